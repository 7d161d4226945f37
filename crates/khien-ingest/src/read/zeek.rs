//! Zeek logs as tab-separated values, read by their own headers and never by position.
//!
//! Headers may come again in the middle (concatenated logs); each `#fields` line starts a new plan.
//! Fields that Zeek marks as unset are left out, because Zeek writes every column of every row.
//! A row with the wrong number of columns is a dead letter and costs its neighbours nothing.
//!
//! Source: Zeek manual, "Zeek TSV Format Logs"; escapes as in `get_escaped_string` of Zeek 7.

mod header;
mod value;

use std::io::{self, Read};

use khien_model::{RecordFormat, Scalar};

use self::header::{Column, Header, Plan, Type};
use crate::Place;
use crate::dead_letter::Reason;
use crate::read::Context;
use crate::read::lines::{Line, Lines};

/// Reads a stream of Zeek TSV logs.
///
/// # Errors
///
/// The stream's own error: the machine's or, from a decompressor, the file's.
pub fn read_tsv(stream: &mut dyn Read, ctx: &mut Context<'_>) -> io::Result<()> {
    let mut lines = Lines::new(stream, ctx.limits.record_bytes_max);
    let mut header = Header::new(ctx.name.as_raw());
    let mut plan: Option<Plan> = None;
    let mut scratch = Vec::new();
    let mut record = 0_u64;
    while let Some((offset, line)) = lines.next_line()? {
        let line = match line {
            Line::Whole(b"") => continue,
            Line::Whole(line) => line,
            Line::TooLong(bytes) => {
                ctx.dead(offset, Reason::TooLarge, format!("a line of {bytes} bytes"));
                continue;
            }
        };
        if line.first() == Some(&b'#') {
            if header.take(line) {
                plan = None;
            }
            continue;
        }
        record = record.saturating_add(1);
        let plan = match &mut plan {
            Some(plan) => plan,
            None => match header.plan(&mut ctx.normalizer.sources) {
                Ok(made) => plan.insert(made),
                Err(why) => {
                    ctx.dead(offset, Reason::Malformed, why);
                    continue;
                }
            },
        };
        if let Some(trouble) = plan.trouble.take() {
            ctx.dead(offset, Reason::Malformed, trouble);
        }
        let (found, wanted) = (read_row(plan, line, ctx, &mut scratch), plan.columns.len());
        if found == wanted {
            ctx.emit(RecordFormat::ZeekTsv, Place { record, offset });
            continue;
        }
        // A cut can only take columns away.
        let cut = found < wanted && lines.last_was_unterminated();
        let reason = if cut { Reason::Truncated } else { Reason::Malformed };
        ctx.dead(offset, reason, format!("{found} columns where the header has {wanted}"));
    }
    Ok(())
}

/// Fills the event from one row and says how many columns it has; when that is not what the header
/// says, the event is not to be used.
fn read_row(plan: &Plan, line: &[u8], ctx: &mut Context<'_>, scratch: &mut Vec<u8>) -> usize {
    let lossy;
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(_) => {
            lossy = String::from_utf8_lossy(line);
            &lossy
        }
    };
    let event = &mut *ctx.event;
    event.clear();
    let mut row = Row {
        plan,
        escaped: memchr::memchr(b'\\', line).is_some(),
        event,
        scratch,
        host_rank: usize::MAX,
    };
    let mut rest = Some(text);
    for (number, column) in plan.columns.iter().enumerate() {
        let Some(tail) = rest else { return number };
        let (field, tail) = plan.cut(tail);
        rest = tail;
        row.column(column, field);
    }
    if let Some(mut tail) = rest {
        let mut found = plan.columns.len().saturating_add(1);
        while let (_, Some(next)) = plan.cut(tail) {
            found = found.saturating_add(1);
            tail = next;
        }
        return found;
    }
    event.class = plan.kind.class;
    event.source.clone_from(&plan.source);
    plan.kind.offer_names(event);
    plan.columns.len()
}

/// One row on its way into the event.
struct Row<'a> {
    plan: &'a Plan,
    /// Whether the row has a backslash anywhere.
    escaped: bool,
    event: &'a mut khien_model::Event,
    scratch: &'a mut Vec<u8>,
    /// How good the host's name is that was found so far; smaller is better.
    host_rank: usize,
}

impl Row<'_> {
    #[inline]
    fn column(&mut self, column: &Column, field: &str) {
        if is_mark(field, &self.plan.unset) {
            return;
        }
        if column.host_rank < self.host_rank && field != self.plan.empty {
            self.host_rank = column.host_rank;
            self.event.set_host(field);
        }
        if column.is_list {
            self.list(column, field);
        } else if is_mark(field, &self.plan.empty) {
            self.event.push_named(&column.name, Scalar::Str(""));
        } else {
            self.value(column, field);
        }
    }

    fn list(&mut self, column: &Column, field: &str) {
        if field == self.plan.empty {
            self.event.push_named(&column.name, Scalar::Null);
            return;
        }
        for element in field.split(&*self.plan.set_separator) {
            if element == self.plan.unset {
                self.event.push_named(&column.name, Scalar::Null);
            } else if element == self.plan.empty {
                self.event.push_named(&column.name, Scalar::Str(""));
            } else {
                self.value(column, element);
            }
        }
    }

    #[inline]
    fn value(&mut self, column: &Column, text: &str) {
        let name = &column.name;
        // Each arm pushes for itself: an enum carried through memory to one common push costs more
        // than the parsing.
        match column.of {
            Type::Str => {}
            Type::Int => {
                if let Some(number) = value::whole(text) {
                    return self.event.push_named(name, Scalar::Int(number));
                }
            }
            Type::Float => {
                if let Some(number) = value::decimal(text) {
                    return self.event.push_named(name, Scalar::Float(number));
                }
            }
            Type::Time => {
                if let Some((seconds, time)) = value::time(text) {
                    if column.is_event_time {
                        self.event.time = time;
                    }
                    return self.event.push_named(name, Scalar::Float(seconds));
                }
            }
            Type::Bool => {
                if let Some(flag) = value::truth(text) {
                    return self.event.push_named(name, Scalar::Bool(flag));
                }
            }
        }
        // A value that is not what `#types` says is kept as the text it is.
        if self.escaped && text.contains('\\') {
            let text = value::unescape(text, self.scratch);
            self.event.push_named(name, Scalar::Str(&text));
        } else {
            self.event.push_named(name, Scalar::Str(text));
        }
    }
}

/// Whether a field is the mark for unset or empty; most are told apart by their first byte.
#[inline]
fn is_mark(field: &str, mark: &str) -> bool {
    field.len() == mark.len()
        && field.as_bytes().first() == mark.as_bytes().first()
        && field == mark
}

#[cfg(test)]
mod tests;
