//! Bodies that are records of their own, in the names that their readers know.
//!
//! Source: OpenTelemetry Collector Contrib, `receiver/windowseventlogreceiver` and `receiver/journaldreceiver`
//! (README of each: what a body looks like).

use std::borrow::Cow;

use khien_model::Timestamp;

use crate::tree::{Member, Value, take};

/// What a body is.
#[derive(Debug, PartialEq)]
pub(super) enum Body<'a> {
    /// A record of its own: its members stand in the line by their names.
    Own(Vec<Member<'a>>),
    /// A text, a number, a list, or nothing.
    Plain(Value<'a>),
}

/// Members that only Windows events have in a body, and all of them together.
const WINDOWS: [&str; 4] = ["channel", "computer", "event_id", "provider"];

/// What the members of a body are. `time` is the record's own.
pub(super) fn of<'a>(mut members: Vec<Member<'a>>, time: Option<Timestamp>) -> Body<'a> {
    let has = |name: &str| members.iter().any(|(known, _)| known == name);
    if WINDOWS.iter().all(|name| has(name)) {
        return Body::Own(windows(members));
    }
    let is_entry = has("__CURSOR") || has("_BOOT_ID") || has("_HOSTNAME");
    if is_entry && has("MESSAGE") && !has("__REALTIME_TIMESTAMP") {
        // The receiver takes it out of the entry, and makes the record's time of it.
        if let Some(time) = time {
            let micros = time.as_nanos().div_euclid(1000).to_string();
            let value = Value::Text(Cow::Owned(micros));
            members.push((Cow::Borrowed("__REALTIME_TIMESTAMP"), value));
        }
    }
    Body::Own(members)
}

/// A Windows event in the names of its own rendering, with its data beside them.
fn windows<'a>(mut members: Vec<Member<'a>>) -> Vec<Member<'a>> {
    let mut found: Vec<Member<'a>> = Vec::new();
    let mut add = |name: &'static str, value: Option<Value<'a>>| {
        if let Some(value) = value {
            found.push((Cow::Borrowed(name), value));
        }
    };
    let id = take(&mut members, "event_id").map(|id| match id {
        Value::Map(mut inside) => take(&mut inside, "id").unwrap_or_default(),
        other => other,
    });
    add("EventID", id);
    let mut provider = take(&mut members, "provider").unwrap_or_default().into_members();
    add("Provider_Name", take(&mut provider, "name"));
    add("Provider_Guid", take(&mut provider, "guid"));
    add("Channel", take(&mut members, "channel"));
    add("Computer", take(&mut members, "computer"));
    add("TimeCreated_SystemTime", take(&mut members, "system_time"));
    add("EventRecordID", take(&mut members, "record_id"));
    let mut execution = take(&mut members, "execution").unwrap_or_default().into_members();
    add("Execution_ProcessID", take(&mut execution, "process_id"));
    add("Execution_ThreadID", take(&mut execution, "thread_id"));
    let mut security = take(&mut members, "security").unwrap_or_default().into_members();
    add("Security_UserID", take(&mut security, "user_id"));
    let head = found.len();
    for name in ["event_data", "user_data"] {
        let data = take(&mut members, name).map_or_else(Vec::new, data);
        for (name, value) in data {
            let name = if name.contains(' ') { Cow::Owned(name.replace(' ', "")) } else { name };
            let is_taken = found.iter().take(head).any(|(known, _)| *known == name);
            let name = if is_taken { Cow::Owned(format!("EventData.{name}")) } else { name };
            found.push((name, value));
        }
    }
    found.extend(members);
    found
}

/// Data of an event: by name, or (from some versions on) a list of objects with one name each below `data`.
/// Entries without a name are called `Data`, as in the event's own rendering.
fn data(value: Value<'_>) -> Vec<Member<'_>> {
    let Value::Map(mut members) = value else { return vec![(Cow::Borrowed("Data"), value)] };
    match take(&mut members, "data") {
        Some(Value::List(entries)) => {
            for entry in entries {
                match entry {
                    Value::Map(inside) => members.extend(inside),
                    other => members.push((Cow::Borrowed("Data"), other)),
                }
            }
        }
        Some(other) => members.push((Cow::Borrowed("data"), other)),
        None => {}
    }
    for (name, _) in &mut members {
        if name.is_empty() {
            *name = Cow::Borrowed("Data");
        }
    }
    members
}
