//! What osquery sends to a server: logs, and answers to questions, as lines that its reader knows.
//!
//! Rows of snapshots and of differences become a line each, as osquery's own log files have them with
//! `logger_snapshot_event_type`. Whose rows they are is told by who sent them and not by what is said in them: a host
//! cannot speak for another.
//!
//! Source: osquery, "Remote API" and "Logging"; `plugins/logger/tls_logger.cpp`.

use std::borrow::Cow;
use std::collections::HashSet;

use khien_model::Timestamp;
use serde::Deserialize;

use crate::tree::{Budget, Member, TreeError, Value, Within, parse, take};

/// Bound: values of a request.
const VALUES_MAX: u32 = 1_000_000;
/// Bound: levels of a request; its rows are four below.
const NESTING_MAX: usize = 16;
/// Bound: bytes of all lines. What all rows of a snapshot share stands in each of them.
const LINES_BYTES_MAX: usize = 32 << 20;
/// Bound: bytes of a line.
const LINE_BYTES_MAX: usize = 2 << 20;
/// Bound: lines that were longer, until no more are written.
const REFUSED_MAX: u32 = 64;
/// Bound: words that a host adds to each of its rows.
const DECORATIONS_MAX: usize = 64;

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'s> {
    /// What it enrolled as.
    pub host_identifier: &'s str,
    /// The name that its records are stored under.
    pub hostname: &'s str,
    /// `darwin`, `linux`, `windows`, or empty.
    pub platform: &'s str,
}

/// Rows as lines.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Lines {
    /// JSON objects, one a line.
    pub bytes: Vec<u8>,
    /// How many.
    pub records: u32,
    /// Rows for which there was no room; the last line says how many.
    pub dropped: u64,
}

/// Why a request is not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OsqueryError {
    /// The sender's: it is no request of osquery.
    #[error("no request of osquery: {0}")]
    Malformed(String),
    /// The sender's: too many values for one request.
    #[error("too much for one request")]
    TooLarge,
}

impl From<TreeError> for OsqueryError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Malformed(why) => Self::Malformed(why),
            TreeError::TooMany => Self::TooLarge,
        }
    }
}

/// The key in a request, read without anything else of it.
pub fn node_key(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Keyed {
        node_key: String,
    }
    let keyed: Keyed = serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()?;
    Some(keyed.node_key)
}

/// Reads a request with logs: results of queries, or what osquery says of itself.
///
/// # Errors
///
/// The sender's: it is no such request, or holds more than is read at once.
pub fn log(bytes: &[u8], sender: &Sender<'_>) -> Result<Lines, OsqueryError> {
    // osquery passes on what programs are called by, which need not be UTF-8; and sends again what is refused.
    let text = String::from_utf8_lossy(bytes);
    let mut request = request(text.as_bytes())?;
    let is_status = match take(&mut request, "log_type").as_ref().and_then(Value::text) {
        Some("result" | "snapshot") => false,
        Some("status") => true,
        _ => return Err(OsqueryError::Malformed("log_type is result or status".to_owned())),
    };
    let Some(Value::List(data)) = take(&mut request, "data") else {
        return Err(OsqueryError::Malformed("data is a list".to_owned()));
    };
    let mut writer = Writer::of(sender);
    for entry in data {
        let Value::Map(mut entry) = entry else {
            return Err(OsqueryError::Malformed("data is a list of objects".to_owned()));
        };
        if is_status {
            take(&mut entry, "name");
            entry.push(member("name", "osquery_status"));
        }
        writer.entry(entry);
    }
    Ok(writer.end())
}

/// Reads a request with answers to questions. `is_asked` says which names of questions are ours; what answers
/// another is left. Gives also whether one of ours was answered.
///
/// # Errors
///
/// The sender's: it is no such request, or holds more than is read at once.
pub fn answers(
    bytes: &[u8],
    sender: &Sender<'_>,
    now: Timestamp,
    is_asked: impl Fn(&str) -> bool,
) -> Result<(Lines, bool), OsqueryError> {
    let text = String::from_utf8_lossy(bytes);
    let mut request = request(text.as_bytes())?;
    let mut take = |name| take(&mut request, name).unwrap_or_default().into_members();
    let (queries, mut statuses, mut messages) =
        (take("queries"), take("statuses"), take("messages"));
    let seconds = now.as_nanos().div_euclid(1_000_000_000);
    let mut writer = Writer::of(sender);
    let mut is_answered = false;
    let mut known = HashSet::new();
    for (name, rows) in queries {
        // Each question has one answer.
        if !is_asked(&name) || !known.insert(name.clone()) {
            continue;
        }
        is_answered = true;
        let status = crate::tree::take(&mut statuses, &name).unwrap_or_default();
        let message = crate::tree::take(&mut messages, &name);
        let head = |action: &'static str| {
            vec![
                (Cow::Borrowed("name"), Value::Text(name.clone())),
                (Cow::Borrowed("unixTime"), Value::Int(seconds)),
                member("action", action),
            ]
        };
        let is_fine =
            matches!(&status, Value::Nothing | Value::Int(0)) || status.text() == Some("0");
        match rows {
            Value::List(rows) if is_fine => writer.rows(&head("snapshot"), rows),
            _ => {
                let columns = vec![
                    (Cow::Borrowed("status"), status),
                    (Cow::Borrowed("message"), message.unwrap_or_default()),
                ];
                writer.rows(&head("failed"), vec![Value::Map(columns)]);
            }
        }
    }
    Ok((writer.end(), is_answered))
}

fn request(bytes: &[u8]) -> Result<Vec<Member<'_>>, OsqueryError> {
    match parse(bytes, Budget::new(VALUES_MAX, NESTING_MAX))? {
        Value::Map(members) => Ok(members),
        _ => Err(OsqueryError::Malformed("an object is expected".to_owned())),
    }
}

fn member<'a>(name: &'static str, text: &'a str) -> Member<'a> {
    (Cow::Borrowed(name), Value::Text(Cow::Borrowed(text)))
}

/// Writes lines, and counts what has no room.
struct Writer<'s> {
    sender: &'s Sender<'s>,
    lines: Lines,
    /// No more rows are written.
    is_full: bool,
    /// Lines that were too long.
    refused: u32,
}

impl<'s> Writer<'s> {
    fn of(sender: &'s Sender<'s>) -> Self {
        Self { sender, lines: Lines::default(), is_full: false, refused: 0 }
    }
}

impl Writer<'_> {
    /// An entry of a log: a row, or several.
    fn entry(&mut self, mut entry: Vec<Member<'_>>) {
        Self::own(&mut entry);
        if let Some(Value::List(rows)) = take(&mut entry, "snapshot") {
            take(&mut entry, "action");
            entry.push(member("action", "snapshot"));
            return self.rows(&entry, rows);
        }
        let Some(Value::Map(mut both)) = take(&mut entry, "diffResults") else {
            return self.line(entry);
        };
        take(&mut entry, "action");
        for action in ["added", "removed"] {
            if let Some(Value::List(rows)) = take(&mut both, action) {
                let mut head = entry.clone();
                head.push(member("action", action));
                self.rows(&head, rows);
            }
        }
    }

    /// A line for each row, with what they share.
    fn rows<'a>(&mut self, head: &[Member<'a>], rows: Vec<Value<'a>>) {
        for row in rows {
            if self.is_full {
                self.lines.dropped = self.lines.dropped.saturating_add(1);
                continue;
            }
            let mut line = head.to_vec();
            line.push((Cow::Borrowed("columns"), row));
            self.line(line);
        }
    }

    /// Leaves of an entry what osquery says, each name once: anything else could be taken for a record of
    /// another kind, or for one of another host.
    fn own(entry: &mut Vec<Member<'_>>) {
        let mut known = HashSet::new();
        entry.retain(|(name, value)| {
            let said = SAID.iter().find(|(said, _)| *said == &**name);
            let is_deep = matches!(value, Value::List(_) | Value::Map(_));
            said.is_some_and(|(said, may_be_deep)| {
                (*may_be_deep || !is_deep) && known.insert(*said)
            })
        });
        if let Some(decorations) = take(entry, "decorations") {
            // A dot in a name would make it the name of another place.
            let mut theirs = decorations.into_members();
            theirs.retain(|(name, value)| {
                let is_deep = matches!(value, Value::List(_) | Value::Map(_));
                !is_deep && !name.contains('.') && !OURS.contains(&&**name)
            });
            theirs.truncate(DECORATIONS_MAX);
            entry.push((Cow::Borrowed("decorations"), Value::Map(theirs)));
        }
    }

    /// A line, by the name of its sender.
    fn line(&mut self, members: Vec<Member<'_>>) {
        if self.is_full {
            self.lines.dropped = self.lines.dropped.saturating_add(1);
            return;
        }
        // As short-lived as the sender's words that come with them.
        let mut said: Vec<Member<'_>> = members;
        let mut decorations = vec![member("hostname", self.sender.hostname)];
        if !self.sender.platform.is_empty() {
            decorations.push(member("platform", self.sender.platform));
        }
        decorations.extend(take(&mut said, "decorations").unwrap_or_default().into_members());
        let mut members = vec![member("hostIdentifier", self.sender.host_identifier)];
        members.push((Cow::Borrowed("decorations"), Value::Map(decorations)));
        members.append(&mut said);
        let before = self.lines.bytes.len();
        let room = LINES_BYTES_MAX.saturating_sub(before).min(LINE_BYTES_MAX);
        let mut within = Within { bytes: &mut self.lines.bytes, room };
        if serde_json::to_writer(&mut within, &Value::Map(members)).is_err() {
            self.is_full = LINES_BYTES_MAX.saturating_sub(before) < LINE_BYTES_MAX;
            self.lines.bytes.truncate(before);
            self.lines.dropped = self.lines.dropped.saturating_add(1);
            self.refused = self.refused.saturating_add(1);
            // Lines that are too long cost as much as those that are taken.
            self.is_full |= self.refused >= REFUSED_MAX;
            return;
        }
        self.lines.bytes.push(b'\n');
        self.lines.records = self.lines.records.saturating_add(1);
    }

    fn end(mut self) -> Lines {
        let dropped = std::mem::take(&mut self.lines.dropped);
        if dropped > 0 {
            let columns =
                vec![(Cow::Borrowed("rows"), Value::Text(Cow::Owned(dropped.to_string())))];
            // There is room for this one: what did not fit was larger.
            let full = std::mem::take(&mut self.lines.bytes);
            self.is_full = false;
            self.rows(
                &[member("name", "osquery_dropped"), member("action", "failed")],
                vec![Value::Map(columns)],
            );
            self.lines.bytes = [full, std::mem::take(&mut self.lines.bytes)].concat();
        }
        Lines { dropped, ..self.lines }
    }
}

/// Decorations that say whose a row is: they are ours to say.
const OURS: [&str; 5] = ["hostname", "host_uuid", "os_name", "os_platform", "platform"];

/// What osquery says in its logs, besides the names that this module gives; and whether it may have parts.
const SAID: [(&str, bool); 16] = [
    ("action", false),
    ("calendarTime", false),
    ("columns", true),
    ("counter", false),
    ("decorations", true),
    ("diffResults", true),
    ("epoch", false),
    ("filename", false),
    ("line", false),
    ("message", false),
    ("name", false),
    ("numerics", false),
    ("severity", false),
    ("snapshot", true),
    ("unixTime", false),
    ("version", false),
];

#[cfg(test)]
mod tests;
