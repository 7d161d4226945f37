//! Sysmon events as NXLog's `im_msvistalog` and `to_json()` write them: flat, local time, all
//! event data as strings.

use super::object::Object;
use super::sysmon::{CHANNEL, PROVIDER, WinEvent};
use super::winlogbeat::message;
use crate::calendar::SimTime;

/// Writes one event as one line; `time` is when it was logged.
///
/// Sysmon's own `EventType` ("SetValue") replaces NXLog's ("INFO"), as it does in NXLog: a flat
/// object has room for one.
pub(crate) fn line(time: SimTime, record_id: u64, event: &WinEvent) -> String {
    let kind = event.kind;
    let own_event_type =
        event.fields.iter().find(|(name, _)| *name == EVENT_TYPE).map(|(_, value)| value.text());
    let head = Object::new()
        .text("EventTime", &time.nxlog())
        .text("Hostname", event.origin.computer)
        .text("Keywords", "9223372036854775808")
        .text(EVENT_TYPE, own_event_type.as_deref().unwrap_or("INFO"))
        .number("SeverityValue", 2)
        .text("Severity", "INFO")
        .number("EventID", kind.id)
        .text("SourceName", PROVIDER)
        .text("ProviderGuid", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}")
        .number("Version", kind.version)
        .number("TaskValue", kind.id)
        .number("OpcodeValue", 0)
        .number("RecordNumber", record_id)
        .number("ExecutionProcessID", event.origin.service_pid)
        .number("ExecutionThreadID", event.origin.thread_id)
        .text("Channel", CHANNEL)
        .text("Domain", "NT AUTHORITY")
        .text("AccountName", "SYSTEM")
        .text("UserID", "S-1-5-18")
        .text("AccountType", "User")
        .text("Message", &message(event, "\r\n"))
        .text("Category", kind.task)
        .text("Opcode", "Info");
    event
        .fields
        .iter()
        .filter(|(name, _)| *name != EVENT_TYPE)
        .fold(head, |line, (name, value)| line.text(name, &value.text()))
        .text("EventReceivedTime", &time.plus_ms(1_340).nxlog())
        .text("SourceModuleName", "in_sysmon")
        .text("SourceModuleType", "im_msvistalog")
        .finish()
}

const EVENT_TYPE: &str = "EventType";
