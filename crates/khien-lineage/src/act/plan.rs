//! Which fields of an event say what: worked out once for all events with the same names.

use khien_model::{Event, EventClass, Role};

/// What an event says was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verb {
    Ask,
    Contact,
    Driver,
    End,
    Inject,
    Installed,
    Load,
    Nothing,
    Open,
    Read,
    Registry,
    Start,
    Write,
}

type Names = Box<[&'static str]>;

/// What to look at in events of one kind.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) verb: Verb,
    pub(super) actor_id: Names,
    pub(super) actor_pid: Names,
    pub(super) actor_image: Names,
    pub(super) child_id: Names,
    pub(super) child_pid: Names,
    pub(super) user: Names,
    pub(super) product: Names,
    pub(super) company: Names,
    pub(super) signer: Names,
    pub(super) version: Names,
    /// What it was done to: a path, a key, an address.
    pub(super) target: Names,
    pub(super) name: Names,
    pub(super) answers: Names,
    pub(super) port: Names,
    pub(super) source_port: Names,
    pub(super) source: Names,
}

/// Names of what programs say of themselves, in events of their own acts.
const ACTOR: [&[&str]; 4] = [
    &["process.pe.product", "signing_id"],
    &["process.pe.company"],
    &["process.code_signature.subject_name", "team_id"],
    &["process.pe.file_version"],
];

/// The same for a program that is started or installed.
const SUBJECT: [&[&str]; 4] = [
    &["Product", "process.pe.product", "signing_id", "package.name"],
    &["Company", "process.pe.company"],
    &["process.code_signature.subject_name", "team_id"],
    &["FileVersion", "process.pe.file_version", "package.version"],
];

/// The same for a library.
const LIBRARY: [&[&str]; 4] = [
    &["Product", "dll.pe.product"],
    &["Company", "dll.pe.company"],
    &["Signature", "dll.code_signature.subject_name"],
    &["FileVersion", "dll.pe.file_version"],
];

impl Plan {
    pub(super) fn of(event: &Event) -> Self {
        let class = event.class;
        let verb = verb_of(event);
        let has = |names: &[&'static str]| -> Names {
            names.iter().copied().filter(|name| event.has(name)).collect()
        };
        let role = |role: Role| has(role.names(class));
        let is_remote = matches!(verb, Verb::Inject | Verb::Open);
        let actor_id = match (verb, class) {
            _ if is_remote => has(&["SourceProcessGuid", "SourceProcessGUID"]),
            // The end of a process is its own act.
            (Verb::End, _) => has(&["ProcessGuid", "process.entity_id"]),
            _ => role(Role::ActorGuid),
        };
        let actor_pid = match verb {
            Verb::Inject | Verb::Open => has(&["SourceProcessId"]),
            Verb::End => has(&["ProcessId", "process.pid", "pid"]),
            _ => role(Role::ActorPid),
        };
        let actor_image = match verb {
            Verb::Inject | Verb::Open => has(&["SourceImage"]),
            Verb::End => has(&["Image", "ProcessName", "process.executable"]),
            _ => role(Role::ActorImage),
        };
        let [product, company, signer, version] = match verb {
            Verb::Start | Verb::Installed => SUBJECT,
            Verb::Load | Verb::Driver => LIBRARY,
            _ => ACTOR,
        };
        let target = match verb {
            Verb::Start => role(Role::ProcessImage),
            Verb::Contact => role(Role::DestinationIp),
            Verb::Load | Verb::Driver => role(Role::ModulePath),
            Verb::Read | Verb::Write => role(Role::FilePath),
            Verb::Registry => role(Role::RegistryPath),
            Verb::Inject | Verb::Open => has(&["TargetImage"]),
            _ => Names::default(),
        };
        let name = match verb {
            Verb::Ask => role(Role::DnsQuery),
            // What Sysmon writes there is a reverse look-up: the address's owner, not who was meant.
            Verb::Contact if event.has("DestinationHostname") => Names::default(),
            _ => role(Role::DestinationName),
        };
        Self {
            verb,
            actor_id,
            actor_pid,
            actor_image,
            child_id: has(&["ProcessGuid", "process.entity_id"]),
            child_pid: has(&["ProcessId", "process.pid", "pid"]),
            user: role(Role::User),
            product: has(product),
            company: has(company),
            signer: has(signer),
            version: has(version),
            target,
            name,
            answers: role(Role::DnsAnswers),
            port: role(Role::DestinationPort),
            source_port: role(Role::SourcePort),
            source: role(Role::SourceIp),
        }
    }
}

fn verb_of(event: &Event) -> Verb {
    let is = |word: &str| event.source.categories().any(|category| category == word);
    let action = |words: &[&str]| {
        let said = event.values("event.action").filter_map(|value| value.as_str());
        said.take(1).any(|said| words.contains(&said))
    };
    match event.class {
        EventClass::Process if is("process_creation") => Verb::Start,
        EventClass::Process if is("process_termination") => Verb::End,
        EventClass::Process if is("create_remote_thread") => Verb::Inject,
        EventClass::Process if is("process_access") => Verb::Open,
        EventClass::Process if action(&["start", "exec"]) => Verb::Start,
        EventClass::Process if action(&["end"]) => Verb::End,
        EventClass::Network | EventClass::Http => Verb::Contact,
        EventClass::Dns => Verb::Ask,
        EventClass::Module => Verb::Load,
        EventClass::Driver => Verb::Driver,
        EventClass::File if is("file_delete") || is("file_change") => Verb::Nothing,
        EventClass::File if is("file_event") || is("file_rename") || is("create_stream_hash") => {
            Verb::Write
        }
        EventClass::File if is("file_executable_detected") => Verb::Write,
        EventClass::File => Verb::Read,
        EventClass::Registry if is("registry_delete") && !is("registry_add") => Verb::Nothing,
        EventClass::Registry => Verb::Registry,
        EventClass::Software => Verb::Installed,
        _ => Verb::Nothing,
    }
}
