//! Syslog lines and other text lines: RFC 3164, RFC 5424, ISO times, access logs, CEF and LEEF.
//!
//! Every line is a record; a line of no known shape is kept whole in `message`. The order of the
//! attempts is from the strictest shape to the loosest.
//!
//! A time without a year takes it from the date in the stream's name (`syslog-20230324`); without
//! one the event has no time and the text stays in `timestamp`. A time without a zone is taken as
//! UTC, because nothing in the line says otherwise.

mod access;
mod calendar;
mod cef;
mod header;

use std::borrow::Cow;
use std::io::{self, Read};

use khien_model::{Event, EventClass, RecordFormat, Scalar, Timestamp};

pub(super) use self::calendar::Day;
use self::header::Header;
use crate::Place;
use crate::dead_letter::Reason;
use crate::normalize::{Sources, program};
use crate::read::Context;
use crate::read::lines::{Line, Lines};

/// Reads a stream of text lines; empty ones are skipped.
///
/// # Errors
///
/// The stream's own error: the machine's or, from a decompressor, the file's.
pub fn read(stream: &mut dyn Read, ctx: &mut Context<'_>) -> io::Result<()> {
    let named = Day::in_name(ctx.name.as_raw());
    let mut lines = Lines::new(stream, ctx.limits.record_bytes_max);
    let mut record = 0_u64;
    while let Some((offset, line)) = lines.next_line()? {
        let line = match line {
            Line::Whole(line) => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
            Line::TooLong(bytes) => {
                record = record.saturating_add(1);
                ctx.dead(offset, Reason::TooLarge, format!("a line of {bytes} bytes"));
                continue;
            }
        };
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        if text.chars().all(is_blank) {
            continue;
        }
        record = record.saturating_add(1);
        fill(ctx.event, text, named, &mut ctx.normalizer.sources);
        ctx.emit(RecordFormat::Syslog, Place { record, offset });
    }
    Ok(())
}

/// A line that came wrapped in another format, where this reader surely knows its shape: that of a syslog
/// daemon, an access log, CEF or LEEF. A time without a year gets that of the day on which it was seen, and
/// a line that says no time gets the moment.
pub fn known_line(line: &str, seen: Timestamp) -> Option<Cow<'_, str>> {
    if access::parse(line).is_some() {
        return Some(Cow::Borrowed(line));
    }
    if header::is_appliance_format(line) {
        return Some(match cef::says_time(line) {
            true => Cow::Borrowed(line),
            false => Cow::Owned(format!("{seen} {line}")),
        });
    }
    let day = seen.to_string().get(..10).and_then(Day::in_name);
    let header = Header::parse(line, day).filter(Header::is_of_a_daemon)?;
    Some(header.in_full(line, seen))
}

/// White space, and byte order marks, which pieces of files put together leave anywhere.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// Fills the event from one line.
pub(super) fn fill(event: &mut Event, line: &str, named: Option<Day>, sources: &mut Sources) {
    event.clear();
    if access::fill_error_log(event, line, sources) {
        return;
    }
    let Some(header) = Header::parse(line, named) else {
        return fill_message(event, None, line, sources);
    };
    header.fill(event);
    fill_message(event, Some(&header), header.message, sources);
}

/// Fills the event from what stands behind the header.
fn fill_message(
    event: &mut Event,
    header: Option<&Header<'_>>,
    message: &str,
    sources: &mut Sources,
) {
    let program = header.and_then(|header| header.program);
    if let Some(request) = access::parse(message) {
        access::fill(event, &request);
        return finish_access(event, program, sources);
    }
    if cef::fill(event, message) {
        event.class = EventClass::Finding;
        event.source = sources.get(None, None, &[]);
        return;
    }
    event.push("message", Scalar::Str(message));
    match header {
        Some(header) => {
            program::classify(event, program, header.facility(), message, sources);
        }
        // A line that nothing is known about may come from anywhere, most likely from Linux.
        None => event.source = sources.get(Some("linux"), Some("syslog"), &[]),
    }
}

/// Offers once more what [`fill`] offered of a line, from the fields as read alone.
pub(crate) fn offer_again(event: &mut Event, sources: &mut Sources) {
    if event.class == EventClass::Http {
        return access::offer(event);
    }
    if event.class == EventClass::Finding && event.has("device_vendor") {
        return cef::offer(event);
    }
    let text = |name: &str| event.text_read_of(name).map(str::to_owned);
    let has_header = ["facility", "severity", "timestamp", "hostname", "program", "msgid"];
    let has_header = has_header.iter().any(|name| event.has(name));
    if let Some(message) = text("message").filter(|_| has_header) {
        let (program, facility) = (text("program"), text("facility"));
        program::classify(event, program.as_deref(), facility.as_deref(), &message, sources);
    }
}

fn finish_access(event: &mut Event, program: Option<&str>, sources: &mut Sources) {
    event.class = EventClass::Http;
    let service = match program {
        Some("apache" | "apache2" | "httpd") => Some("apache"),
        Some("nginx") => Some("nginx"),
        _ => None,
    };
    event.source = sources.get(None, service, &["webserver"]);
}

#[cfg(test)]
mod tests;
