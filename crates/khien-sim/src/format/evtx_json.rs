//! Sysmon events as `evtx_dump -o jsonl` (the `evtx` crate) writes them: nested, with types.

use super::object::Object;
use super::sysmon::{CHANNEL, PROVIDER, Value, WinEvent};
use crate::calendar::SimTime;

/// Writes one event as one line; `time` is when it was logged.
pub(crate) fn line(time: SimTime, record_id: u64, event: &WinEvent) -> String {
    let kind = event.kind;
    let provider =
        Object::new().text("Name", PROVIDER).text("Guid", "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}");
    let execution = Object::new()
        .number("ProcessID", event.origin.service_pid)
        .number("ThreadID", event.origin.thread_id);
    let system = Object::new()
        .object("Provider", attributes(provider))
        .number("EventID", kind.id)
        .number("Version", kind.version)
        .number("Level", 4)
        .number("Task", kind.id)
        .number("Opcode", 0)
        .text("Keywords", "0x8000000000000000")
        .object("TimeCreated", attributes(Object::new().text("SystemTime", &time.filetime())))
        .number("EventRecordID", record_id)
        .null("Correlation")
        .object("Execution", attributes(execution))
        .text("Channel", CHANNEL)
        .text("Computer", event.origin.computer)
        .object("Security", attributes(Object::new().text("UserID", "S-1-5-18")));
    let data = event.fields.iter().fold(Object::new(), |data, (name, value)| match value {
        Value::Flag(flag) => data.flag(name, *flag),
        Value::Number(number) => data.number(name, *number),
        Value::Text(text) => data.text(name, text),
    });
    let schema = "http://schemas.microsoft.com/win/2004/08/events/event";
    let body = Object::new()
        .object("#attributes", Object::new().text("xmlns", schema))
        .object("System", system)
        .object("EventData", data);
    Object::new().object("Event", body).finish()
}

fn attributes(inner: Object) -> Object {
    Object::new().object("#attributes", inner)
}
