//! Records as lines.

use std::borrow::Cow;
use std::collections::HashSet;

use khien_model::Timestamp;

use super::form::{self, Body};
use super::{
    Bad, HOSTS_MAX, LINE_BYTES_MAX, LINES_BYTES_MAX, Lines, Origin, OtlpError, RECORDS_MAX, Record,
    TextLines,
};
use crate::normalize::generic::OTEL_TIME;
use crate::read::syslog::known_line;
use crate::tree::{Member, Value, Within};

/// Names under which records of other formats say their time.
const TIMES: [&str; 12] = [
    "@timestamp",
    "EventTime",
    "TimeCreated",
    "UtcTime",
    "_SOURCE_REALTIME_TIMESTAMP",
    "__REALTIME_TIMESTAMP",
    "eventTime",
    "time",
    "timestamp",
    "ts",
    "unixTime",
    "TimeCreated_SystemTime",
];

/// Makes lines of records.
pub(super) struct Taker {
    now: Timestamp,
    lines: Lines,
    records: u64,
    line: Vec<u8>,
    /// Bytes of lines that are taken.
    taken: usize,
    /// Bytes that lines may have taken which were refused.
    lost: usize,
}

impl Taker {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { now, lines: Lines::default(), records: 0, line: Vec::new(), taken: 0, lost: 0 }
    }

    pub(super) fn into_lines(self) -> Lines {
        self.lines
    }

    /// Takes a record, or counts why it is not taken.
    pub(super) fn take<'a>(
        &mut self,
        origin: &Origin<'a>,
        record: Result<Record<'a>, Bad>,
    ) -> Result<(), OtlpError> {
        self.records = self.records.saturating_add(1);
        let record = match record {
            Ok(_) if self.records > RECORDS_MAX => Err("too many records in one request"),
            // What all records of a resource share may make each of them too large: no more of them are tried.
            Ok(_) if self.lost > LINES_BYTES_MAX => Err("too many records of more than a mebibyte"),
            Ok(record) => Ok(record),
            Err(Bad::Excess(why)) => Err(why),
            Err(Bad::Malformed(why)) => return Err(OtlpError::Malformed(why)),
        };
        let written = record.and_then(|record| {
            // What is refused is made into a line up to its bound, too.
            self.write(origin, record).inspect_err(|_| {
                self.lost = self.lost.saturating_add(LINE_BYTES_MAX);
            })
        });
        if let Err(why) = written {
            self.lines.refused = self.lines.refused.saturating_add(1);
            self.lines.why = why;
            self.line.clear();
        }
        if self.taken > LINES_BYTES_MAX { Err(OtlpError::TooLarge) } else { Ok(()) }
    }

    fn write<'a>(
        &mut self,
        origin: &Origin<'a>,
        mut record: Record<'a>,
    ) -> Result<(), &'static str> {
        let (time, observed) = (nanos(record.time), nanos(record.observed));
        let seen = time.or(observed);
        let is_exact = |nanos: u64| !nanos.is_multiple_of(1_000_000_000);
        let is_vague = ![record.time, record.observed].into_iter().any(is_exact);
        self.lines.vague = self.lines.vague.saturating_add(u64::from(is_vague));
        let body = std::mem::take(&mut record.body);
        if let Some(line) = whole_line(&body, seen.unwrap_or(self.now)) {
            return self.write_text(origin, &line);
        }
        let text;
        let body = match body {
            Value::Map(members) => form::of(members, time),
            Value::Text(written) => {
                text = written;
                match super::json::object(text.trim()) {
                    Some(members) => form::of(members, time),
                    None => Body::Plain(Value::Text(Cow::Borrowed(&*text))),
                }
            }
            other => Body::Plain(other),
        };
        let members = members(origin, record, body, (time, observed.unwrap_or(self.now)));
        self.line.clear();
        let mut within = Within { bytes: &mut self.line, room: LINE_BYTES_MAX };
        serde_json::to_writer(&mut within, &Value::Map(members))
            .map_err(|_| "a record of more than a mebibyte")?;
        self.lines.json.extend_from_slice(&self.line);
        self.lines.json.push(b'\n');
        self.taken = self.taken.saturating_add(self.line.len());
        self.lines.json_records = self.lines.json_records.saturating_add(1);
        Ok(())
    }

    fn write_text(&mut self, origin: &Origin<'_>, line: &str) -> Result<(), &'static str> {
        if line.len() > LINE_BYTES_MAX {
            return Err("a record of more than a mebibyte");
        }
        let host = origin.resource.iter().find(|(name, _)| name == "host.name");
        let host = host.and_then(|(_, host)| host.text()).unwrap_or_default();
        let of = |host: &str, all: &[TextLines]| all.iter().position(|text| text.host == host);
        let known = of(host, &self.lines.syslog);
        let host = if known.is_none() && self.lines.syslog.len() >= HOSTS_MAX { "" } else { host };
        let at = known.or_else(|| of(host, &self.lines.syslog)).unwrap_or_else(|| {
            self.lines.syslog.push(TextLines { host: host.to_owned(), ..TextLines::default() });
            self.lines.syslog.len().saturating_sub(1)
        });
        if let Some(text) = self.lines.syslog.get_mut(at) {
            text.bytes.extend_from_slice(line.as_bytes());
            text.bytes.push(b'\n');
            text.records = text.records.saturating_add(1);
        }
        self.taken = self.taken.saturating_add(line.len());
        Ok(())
    }
}

/// A body that is a line which the reader of syslog surely knows.
fn whole_line<'b>(body: &'b Value<'_>, seen: Timestamp) -> Option<Cow<'b, str>> {
    let text = body.text()?.trim();
    if text.contains(['\n', '\r']) {
        return None;
    }
    known_line(text, seen)
}

/// A time that was said.
fn nanos(nanos: u64) -> Option<Timestamp> {
    (nanos > 0).then(|| i64::try_from(nanos).ok().map(Timestamp::from_nanos))?
}

/// Members of one line, each name once. What has no name of its own any more goes into a drawer.
struct Members<'a> {
    all: Vec<Member<'a>>,
    names: HashSet<Cow<'a, str>>,
}

impl<'a> Members<'a> {
    /// Adds a member, unless there is one of this name: then it is given back.
    fn add(&mut self, name: Cow<'a, str>, value: Value<'a>) -> Option<Member<'a>> {
        if self.names.contains(&name) {
            return Some((name, value));
        }
        self.names.insert(name.clone());
        self.all.push((name, value));
        None
    }

    /// Adds what says something.
    fn add_text(&mut self, name: &'static str, text: Cow<'a, str>) {
        if !text.is_empty() {
            self.add(Cow::Borrowed(name), Value::Text(text));
        }
    }

    /// Adds those that have a dot in their name as they are, as semantic conventions name them. Others, and those
    /// whose name is taken, would be mistaken for fields of the body: they stand below `drawer`.
    fn add_attributes(&mut self, drawer: &'static str, attributes: Vec<Member<'a>>) {
        let mut rest = Vec::new();
        for (name, value) in attributes {
            match name.contains('.') {
                true => rest.extend(self.add(name, value)),
                false => rest.push((name, value)),
            }
        }
        if !rest.is_empty() {
            self.add(Cow::Borrowed(drawer), Value::Map(rest));
        }
    }
}

/// All that a line says. `times` are the record's own, and when it was seen.
fn members<'a>(
    origin: &Origin<'a>,
    record: Record<'a>,
    body: Body<'a>,
    times: (Option<Timestamp>, Timestamp),
) -> Vec<Member<'a>> {
    let mut members = Members { all: Vec::new(), names: HashSet::new() };
    match body {
        // A name that comes twice stays as it is: the readers make a list of it.
        Body::Own(all) => {
            members.names = all.iter().map(|(name, _)| name.clone()).collect();
            members.all = all;
        }
        Body::Plain(Value::Nothing) => {}
        Body::Plain(value @ Value::Text(_)) => {
            members.add(Cow::Borrowed("message"), value);
        }
        Body::Plain(value) => {
            members.add(Cow::Borrowed("body"), value);
        }
    }
    let (own, seen) = times;
    let says_time = TIMES.iter().any(|name| members.names.contains(*name));
    // What a record of its own says of its time counts more than when somebody wrapped it.
    let name = if says_time { OTEL_TIME } else { "@timestamp" };
    members.add_text(name, Cow::Owned(own.unwrap_or(seen).to_string()));
    members.add_text("event.name", record.event_name);
    if record.severity != 0 {
        members.add(Cow::Borrowed("severity.number"), Value::Int(record.severity));
    }
    members.add_text("severity.text", record.severity_text);
    members.add_text("trace.id", record.trace_id);
    members.add_text("span.id", record.span_id);
    members.add_attributes("attributes", record.attributes);
    members.add_text("scope.name", origin.scope.clone());
    members.add_attributes("resource", origin.resource.clone());
    members.all
}
