//! Linux audit lines: the records of one serial number become one event.
//!
//! The kernel tells one thing in several lines (SYSCALL, EXECVE, CWD, PATH...), and the lines of
//! different things interleave. A bounded set of open events collects them. One is complete when
//! its EOE or PROCTITLE line comes; else when it is five seconds old, when the set is full, or at
//! the end. A line that comes after that makes an event of its own: nothing is lost.
//!
//! Source: `auparse.c` of audit-userspace, `au_check_events`, for when an event is complete.

mod decode;
mod fill;
mod record;
mod syscalls;

use std::collections::VecDeque;
use std::io::{self, Read};

use khien_model::{RecordFormat, Timestamp};

pub(crate) use self::fill::offer_again;
use self::record::{Head, Stamp};
use crate::Place;
use crate::dead_letter::Reason;
use crate::read::Context;
use crate::read::lines::{Line, Lines};
use crate::read::syslog;
use crate::sniff::looks_like_syslog;

/// Bound: open events.
const OPEN_MAX: usize = 1024;

/// Bound: bytes of all open events together, as a multiple of the largest record allowed.
const OPEN_RECORDS_MAX: usize = 4;

/// Bound: records of one event; the kernel writes a few, at most one a path and argument piece.
const RECORDS_MAX: usize = 1024;

/// After how much event time an open event is taken as complete, in nanoseconds.
const PATIENCE_NANOS: i64 = 5_000_000_000;

/// How many closed events are remembered, so that a late EOE line is known as theirs.
const CLOSED_MAX: usize = 64;

/// Reads a stream of raw audit lines, also enriched ones and the output of `ausearch`.
///
/// The separators that `ausearch` writes between events (`----`, `time->`) are skipped. Syslog lines
/// among the audit lines, where both went to one file, are read as such.
///
/// # Errors
///
/// The stream's own error: the machine's or, from a decompressor, the file's.
pub fn read(stream: &mut dyn Read, ctx: &mut Context<'_>) -> io::Result<()> {
    let mut lines = Lines::new(stream, ctx.limits.record_bytes_max);
    let mut open = Open::default();
    let named = syslog::Day::in_name(ctx.name.as_raw());
    let mut number = 0_u64;
    while let Some((offset, line)) = lines.next_line()? {
        number = number.saturating_add(1);
        let line = match line {
            Line::Whole(line) => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
            Line::TooLong(bytes) => {
                ctx.dead(offset, Reason::TooLarge, format!("a line of {bytes} bytes"));
                continue;
            }
        };
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        if text.is_empty() || text == "----" || text.starts_with("time->") {
            continue;
        }
        let Some((head, body)) = record::split(text) else {
            // A damaged audit line may hold anything, also what looks like a request.
            let is_damaged = text.starts_with("type=") || text.starts_with("node=");
            if !is_damaged && looks_like_syslog(text.as_bytes()) {
                syslog::fill(ctx.event, text, named, &mut ctx.normalizer.sources);
                ctx.emit(RecordFormat::Syslog, Place { record: number, offset });
                continue;
            }
            let reason =
                if lines.last_was_unterminated() { Reason::Truncated } else { Reason::Malformed };
            ctx.dead(offset, reason, "not an audit record");
            continue;
        };
        open.take(&head, body, Place { record: number, offset }, ctx);
    }
    while let Some(group) = open.groups.pop_front() {
        open.emit(group, ctx);
    }
    Ok(())
}

/// The records of one event.
#[derive(Debug, Default)]
struct Group {
    stamp: Stamp,
    node: String,
    place: Place,
    /// The records' types and bodies, one after another.
    text: String,
    /// Where each record's type ends in `text`, and where its body does.
    ends: Vec<(usize, usize)>,
}

impl Group {
    fn is_of(&self, head: &Head<'_>) -> bool {
        self.stamp == head.stamp && self.node == head.node
    }

    fn add(&mut self, kind: &str, body: &str) {
        self.text.push_str(kind);
        let kind_end = self.text.len();
        self.text.push_str(body);
        self.ends.push((kind_end, self.text.len()));
    }

    /// Type and body of each record, in the order read.
    fn records(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |(kind_end, end)| {
            let kind = self.text.get(start..*kind_end).unwrap_or_default();
            start = *end;
            (kind, self.text.get(*kind_end..*end).unwrap_or_default())
        })
    }
}

/// The open events, oldest first.
#[derive(Debug, Default)]
struct Open {
    groups: VecDeque<Group>,
    /// The sum of the open groups' text, in bytes.
    bytes: usize,
    closed: VecDeque<(Stamp, String)>,
    /// Emptied groups, whose buffers are used again.
    spare: Vec<Group>,
}

impl Open {
    fn take(&mut self, head: &Head<'_>, body: &str, place: Place, ctx: &mut Context<'_>) {
        self.expire(head.stamp.time, ctx);
        // The event that a line belongs to is nearly always among the newest.
        let found = self.groups.iter().rposition(|group| group.is_of(head));
        let at = match found {
            Some(at) => at,
            None if head.kind == "EOE" && self.was_closed(head) => return,
            None => self.begin(head, place, ctx),
        };
        let Some(group) = self.groups.get_mut(at) else { return };
        group.add(head.kind, body);
        self.bytes = self.bytes.saturating_add(head.kind.len()).saturating_add(body.len());
        let full =
            group.text.len() > ctx.limits.record_bytes_max || group.ends.len() >= RECORDS_MAX;
        if full || record::completes(head.kind, found.is_some()) {
            self.close(at, ctx);
        }
        let bytes_max = ctx.limits.record_bytes_max.saturating_mul(OPEN_RECORDS_MAX);
        while self.bytes > bytes_max && !self.groups.is_empty() {
            self.close(0, ctx);
        }
    }

    /// Opens an event and says where it stands.
    fn begin(&mut self, head: &Head<'_>, place: Place, ctx: &mut Context<'_>) -> usize {
        if self.groups.len() >= OPEN_MAX {
            self.close(0, ctx);
        }
        let mut group = self.spare.pop().unwrap_or_default();
        group.stamp = head.stamp;
        group.node.push_str(head.node);
        group.place = place;
        self.groups.push_back(group);
        self.groups.len().saturating_sub(1)
    }

    fn expire(&mut self, now: Option<Timestamp>, ctx: &mut Context<'_>) {
        let is_old = |group: &Group| match (now, group.stamp.time) {
            (Some(now), Some(then)) => now.nanos_since(then) > PATIENCE_NANOS,
            _ => false,
        };
        while self.groups.front().is_some_and(is_old) {
            self.close(0, ctx);
        }
    }

    fn was_closed(&self, head: &Head<'_>) -> bool {
        self.closed.iter().any(|(stamp, node)| *stamp == head.stamp && node == head.node)
    }

    fn close(&mut self, at: usize, ctx: &mut Context<'_>) {
        if let Some(group) = self.groups.remove(at) {
            self.emit(group, ctx);
        }
    }

    fn emit(&mut self, mut group: Group, ctx: &mut Context<'_>) {
        fill::fill(ctx.event, &group, &mut ctx.normalizer.sources);
        ctx.emit(RecordFormat::Auditd, group.place);
        self.bytes = self.bytes.saturating_sub(group.text.len());
        if self.closed.len() >= CLOSED_MAX {
            self.closed.pop_front();
        }
        self.closed.push_back((group.stamp, std::mem::take(&mut group.node)));
        // A buffer that one huge event made large is given back.
        if self.spare.len() < 16 && group.text.capacity() < 64 << 10 {
            group.text.clear();
            group.ends.clear();
            self.spare.push(group);
        }
    }
}

#[cfg(test)]
mod tests;
