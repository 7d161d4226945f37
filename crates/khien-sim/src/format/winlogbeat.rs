//! Sysmon events as Winlogbeat 8 writes them to a file, before any ingest pipeline: ECS at the
//! top, everything else under `winlog`, all event data as strings.

use super::object::Object;
use super::sysmon::{CHANNEL, PROVIDER, WinEvent};
use crate::calendar::SimTime;
use crate::fleet::file_spec::derived_guid;

/// Writes one event as one line; `time` is when it was logged.
pub(crate) fn line(time: SimTime, record_id: u64, event: &WinEvent) -> String {
    let computer = event.origin.computer;
    let kind = event.kind;
    let metadata = Object::new()
        .text("beat", "winlogbeat")
        .text("type", "_doc")
        .text("version", AGENT_VERSION);
    let ecs_event = Object::new()
        .text("action", kind.task)
        .text("code", &kind.id.to_string())
        .text("created", &time.plus_ms(1_120).beats())
        .text("kind", "event")
        .text("provider", PROVIDER);
    let agent = Object::new()
        .text("ephemeral_id", &derived_guid(&format!("{computer} ephemeral")))
        .text("id", &derived_guid(&format!("{computer} agent")))
        .text("name", computer)
        .text("type", "winlogbeat")
        .text("version", AGENT_VERSION);
    Object::new()
        .text("@timestamp", &time.beats())
        .object("@metadata", metadata)
        .text("message", &message(event, "\n"))
        .object("winlog", winlog(record_id, event))
        .object("event", ecs_event)
        .object("log", Object::new().text("level", "information"))
        .object("host", Object::new().text("name", computer))
        .object("ecs", Object::new().text("version", "8.0.0"))
        .object("agent", agent)
        .finish()
}

/// Renders the message text that the provider's manifest describes.
pub(crate) fn message(event: &WinEvent, line_end: &str) -> String {
    let mut text = format!("{}:", event.kind.title);
    for (name, value) in &event.fields {
        text.push_str(line_end);
        text.push_str(name);
        text.push_str(": ");
        text.push_str(&value.text());
    }
    text
}

fn winlog(record_id: u64, event: &WinEvent) -> Object {
    let kind = event.kind;
    let data = event
        .fields
        .iter()
        .fold(Object::new(), |data, (name, value)| data.text(name, &value.text()));
    let process = Object::new()
        .number("pid", event.origin.service_pid)
        .object("thread", Object::new().number("id", event.origin.thread_id));
    let user = Object::new()
        .text("identifier", "S-1-5-18")
        .text("name", "SYSTEM")
        .text("domain", "NT AUTHORITY")
        .text("type", "Well Known Group");
    Object::new()
        .text("api", "wineventlog")
        .text("channel", CHANNEL)
        .text("computer_name", event.origin.computer)
        .object("event_data", data)
        .text("event_id", &kind.id.to_string())
        .text("opcode", "Info")
        .object("process", process)
        .text("provider_guid", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}")
        .text("provider_name", PROVIDER)
        .number("record_id", record_id)
        .text("task", kind.task)
        .object("user", user)
        .number("version", kind.version)
}

const AGENT_VERSION: &str = "8.6.2";
