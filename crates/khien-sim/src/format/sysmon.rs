//! Sysmon events as values: names, order and types of the fields of Sysmon 14 (schema 4.83),
//! compared with real EVTX files of these event ids.

use crate::calendar::SimTime;
use crate::fleet::file_spec::FileSpec;
use crate::fleet::workstation::Process;

/// One event, independent of the tool that exports it.
#[derive(Debug)]
pub(crate) struct WinEvent {
    pub(crate) origin: Origin,
    pub(crate) kind: &'static Kind,
    /// `EventData`, in Sysmon's order.
    pub(crate) fields: Vec<(&'static str, Value)>,
}

/// The machine and service that logged an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) computer: &'static str,
    pub(crate) service_pid: u32,
    pub(crate) thread_id: u32,
}

/// What is constant per event id.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) id: u16,
    pub(crate) version: u8,
    /// First line of the message.
    pub(crate) title: &'static str,
    /// Task name as the event log gives it.
    pub(crate) task: &'static str,
}

/// A field with the type that the provider's manifest gives it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Flag(bool),
    Number(u64),
    Text(String),
}

impl Value {
    /// Returns the text that exporters without types write.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The two ends of a connection, as Sysmon sees them.
#[derive(Debug)]
pub(crate) struct Ends<'a> {
    pub(crate) protocol: &'static str,
    pub(crate) source: (&'a str, u16),
    pub(crate) destination: (&'a str, u16),
}

pub(crate) fn process_created(
    at: SimTime,
    process: &Process,
    parent: &Process,
) -> (&'static Kind, Vec<(&'static str, Value)>) {
    let spec = &process.spec;
    let fields = vec![
        rule_name(),
        time("UtcTime", at),
        text("ProcessGuid", &process.guid),
        number("ProcessId", process.pid),
        text("Image", &process.image),
        text("FileVersion", spec.version),
        text("Description", spec.description),
        text("Product", spec.product),
        text("Company", spec.company),
        text("OriginalFileName", spec.original_name),
        text("CommandLine", &process.command_line),
        text("CurrentDirectory", &process.directory),
        text("User", &process.user.name),
        text("LogonGuid", &process.user.logon_guid),
        text("LogonId", &format!("{:#x}", process.user.logon_id)),
        number("TerminalSessionId", process.user.session),
        text("IntegrityLevel", process.user.integrity),
        text("Hashes", &spec.hashes()),
        text("ParentProcessGuid", &parent.guid),
        number("ParentProcessId", parent.pid),
        text("ParentImage", &parent.image),
        text("ParentCommandLine", &parent.command_line),
        text("ParentUser", &parent.user.name),
    ];
    (&PROCESS_CREATED, fields)
}

pub(crate) fn connection(
    at: SimTime,
    process: &Process,
    ends: &Ends<'_>,
) -> (&'static Kind, Vec<(&'static str, Value)>) {
    let mut fields = subject(at, process);
    fields.extend([
        text("User", &process.user.name),
        text("Protocol", ends.protocol),
        ("Initiated", Value::Flag(true)),
        ("SourceIsIpv6", Value::Flag(false)),
        text("SourceIp", ends.source.0),
        text("SourceHostname", "-"),
        number("SourcePort", u32::from(ends.source.1)),
        text("SourcePortName", "-"),
        ("DestinationIsIpv6", Value::Flag(false)),
        text("DestinationIp", ends.destination.0),
        text("DestinationHostname", "-"),
        number("DestinationPort", u32::from(ends.destination.1)),
        text("DestinationPortName", "-"),
    ]);
    (&CONNECTION, fields)
}

pub(crate) fn process_ended(
    at: SimTime,
    process: &Process,
) -> (&'static Kind, Vec<(&'static str, Value)>) {
    let mut fields = subject(at, process);
    fields.push(text("User", &process.user.name));
    (&PROCESS_ENDED, fields)
}

pub(crate) fn image_loaded(
    at: SimTime,
    process: &Process,
    path: &str,
    library: &FileSpec,
) -> (&'static Kind, Vec<(&'static str, Value)>) {
    let mut fields = subject(at, process);
    fields.extend([
        text("ImageLoaded", path),
        text("FileVersion", library.version),
        text("Description", library.description),
        text("Product", library.product),
        text("Company", library.company),
        text("OriginalFileName", library.original_name),
        text("Hashes", &library.hashes()),
        text("Signed", "true"),
        text("Signature", library.signer),
        text("SignatureStatus", "Valid"),
        text("User", &process.user.name),
    ]);
    (&IMAGE_LOADED, fields)
}

pub(crate) fn file_created(
    at: SimTime,
    process: &Process,
    path: &str,
    created: SimTime,
) -> (&'static Kind, Vec<(&'static str, Value)>) {
    let mut fields = subject(at, process);
    fields.extend([
        text("TargetFilename", path),
        time("CreationUtcTime", created),
        text("User", &process.user.name),
    ]);
    (&FILE_CREATED, fields)
}

pub(crate) fn registry_set(
    at: SimTime,
    process: &Process,
    key: &str,
    details: &str,
) -> (&'static Kind, Vec<(&'static str, Value)>) {
    let mut fields = subject(at, process);
    fields.insert(1, text("EventType", "SetValue"));
    fields.extend([
        text("TargetObject", key),
        text("Details", details),
        text("User", &process.user.name),
    ]);
    (&REGISTRY_SET, fields)
}

/// `results` is Sysmon's own form, such as `type:  5 alias.example;::ffff:192.0.2.1;`.
pub(crate) fn name_queried(
    at: SimTime,
    process: &Process,
    name: &str,
    results: &str,
) -> (&'static Kind, Vec<(&'static str, Value)>) {
    let mut fields = subject(at, process);
    let image = fields.pop();
    fields.extend([
        text("QueryName", name),
        text("QueryStatus", "0"),
        text("QueryResults", results),
    ]);
    fields.extend(image);
    fields.push(text("User", &process.user.name));
    (&NAME_QUERIED, fields)
}

fn subject(at: SimTime, process: &Process) -> Vec<(&'static str, Value)> {
    vec![
        rule_name(),
        time("UtcTime", at),
        text("ProcessGuid", &process.guid),
        number("ProcessId", process.pid),
        text("Image", &process.image),
    ]
}

fn rule_name() -> (&'static str, Value) {
    text("RuleName", "-")
}

fn text(name: &'static str, value: &str) -> (&'static str, Value) {
    (name, Value::Text(value.to_owned()))
}

fn number(name: &'static str, value: u32) -> (&'static str, Value) {
    (name, Value::Number(u64::from(value)))
}

fn time(name: &'static str, value: SimTime) -> (&'static str, Value) {
    (name, Value::Text(value.sysmon()))
}

/// Name of the provider in the event log.
pub(crate) const PROVIDER: &str = "Microsoft-Windows-Sysmon";
/// Name of the channel in the event log.
pub(crate) const CHANNEL: &str = "Microsoft-Windows-Sysmon/Operational";

static PROCESS_CREATED: Kind = Kind {
    id: 1,
    version: 5,
    title: "Process Create",
    task: "Process Create (rule: ProcessCreate)",
};
static CONNECTION: Kind = Kind {
    id: 3,
    version: 5,
    title: "Network connection detected",
    task: "Network connection detected (rule: NetworkConnect)",
};
static PROCESS_ENDED: Kind = Kind {
    id: 5,
    version: 3,
    title: "Process terminated",
    task: "Process terminated (rule: ProcessTerminate)",
};
static IMAGE_LOADED: Kind =
    Kind { id: 7, version: 3, title: "Image loaded", task: "Image loaded (rule: ImageLoad)" };
static FILE_CREATED: Kind =
    Kind { id: 11, version: 2, title: "File created", task: "File created (rule: FileCreate)" };
static REGISTRY_SET: Kind = Kind {
    id: 13,
    version: 2,
    title: "Registry value set",
    task: "Registry value set (rule: RegistryEvent)",
};
static NAME_QUERIED: Kind =
    Kind { id: 22, version: 5, title: "Dns query", task: "Dns query (rule: DnsQuery)" };
