//! osquery result logs: differential rows, snapshots, and the events of its event tables.
//!
//! What a row is about is told by the columns it has, because queries are named by whoever wrote
//! the pack; the query's name only tells apart what the columns do not.

use khien_model::{Event, EventClass, RecordFormat, Scalar};

use super::{Sources, generic};

/// Prefixes of a row's columns in the three shapes of the log.
const PREFIXES: [&str; 4] = ["columns.", "snapshot.", "diffResults.added.", "diffResults.removed."];

/// Second names of a process event's columns.
const PROCESS: [(&str, &str); 9] = [
    ("path", "Image"),
    ("cmdline", "CommandLine"),
    ("pid", "ProcessId"),
    ("parent", "ParentProcessId"),
    ("parent_path", "ParentImage"),
    ("parent_cmdline", "ParentCommandLine"),
    ("cwd", "CurrentDirectory"),
    ("username", "User"),
    ("sha256", "Hashes"),
];

/// Second names of a socket event's columns.
const SOCKET: [(&str, &str); 7] = [
    ("path", "Image"),
    ("pid", "ProcessId"),
    ("remote_address", "DestinationIp"),
    ("remote_port", "DestinationPort"),
    ("local_address", "SourceIp"),
    ("local_port", "SourcePort"),
    ("username", "User"),
];

/// Second names of a file event's columns.
const FILE: [(&str, &str); 4] = [
    ("target_path", "TargetFilename"),
    ("path", "TargetFilename"),
    ("sha256", "Hashes"),
    ("username", "User"),
];

/// Second names of what an inventory says of a product: `deb_packages`, `rpm_packages`, `programs`,
/// `apps` and their like.
const SOFTWARE: [(&str, &str); 8] = [
    ("bundle_name", "Product"),
    ("display_name", "Product"),
    ("columns.name", "Product"),
    ("bundle_short_version", "FileVersion"),
    ("bundle_version", "FileVersion"),
    ("version", "FileVersion"),
    ("publisher", "Company"),
    ("vendor", "Company"),
];

/// Columns that only inventories of software have.
const INVENTORY: [&str; 7] = [
    "bundle_identifier",
    "identifying_number",
    "install_location",
    "install_date",
    "maintainer",
    "package_group",
    "uninstall_string",
];

/// Whether a record is of osquery's result log; looks at names only.
pub fn recognises(event: &Event) -> bool {
    event.has("hostIdentifier")
        && event.has("name")
        && (event.has("action")
            || event.has("unixTime")
            || event.fields().any(|(name, ..)| PREFIXES.iter().any(|p| name.starts_with(p))))
}

/// Sets the envelope of a row, and offers its columns by their own names and by Sigma's.
pub fn normalize(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    PREFIXES.iter().for_each(|prefix| event.alias_prefix(prefix));
    event.time = generic::first_time(event, &["columns.time", "unixTime"])
        .filter(|time| time.as_nanos() > 0)
        .or_else(|| generic::first_time(event, &["unixTime", "calendarTime"]));
    generic::set_host(event, &["decorations.hostname", "hostIdentifier"]);
    let query = event.text_of("name").unwrap_or_default().to_ascii_lowercase();
    let product = product(event, &query);
    let (class, categories, aliases) = subject(event, &query);
    aliases.iter().for_each(|(from, to)| event.alias(from, to));
    if class == EventClass::Network {
        event.push_derived("Initiated", Scalar::Str(initiated(event)));
    }
    event.class = class;
    event.source = sources.get(product, Some("osquery"), categories);
    RecordFormat::Osquery
}

type Subject = (EventClass, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// What the row is about: its class, Sigma's categories, and the second names of its columns.
fn subject(event: &Event, query: &str) -> Subject {
    let has = |name: &str| event.has(name);
    let is_event = has("eid") || query.contains("event");
    if has("remote_address") && has("remote_port") {
        // A row of `process_open_sockets` is a state, not something that happened.
        let categories: &[&str] = if is_event { &["network_connection"] } else { &[] };
        return (EventClass::Network, categories, &SOCKET);
    }
    if has("target_path") || query.contains("file_event") {
        return match event.text_of("columns.action") {
            Some("DELETED" | "unlink") => (EventClass::File, &["file_delete"], &FILE),
            _ => (EventClass::File, &["file_event"], &FILE),
        };
    }
    if has("cmdline") && has("path") {
        let ended = matches!(event.text_of("event_type"), Some("exit" | "fork"));
        let categories: &[&str] = if is_event && !ended { &["process_creation"] } else { &[] };
        return (EventClass::Process, categories, &PROCESS);
    }
    let is_inventory = INVENTORY.iter().any(|name| has(name))
        || ["package", "program", "software", "apps"].iter().any(|word| query.contains(word));
    if is_inventory && (has("version") || has("bundle_short_version")) {
        // What was removed is installed no more.
        let is_there = event.text_of("action") != Some("removed");
        return (EventClass::Software, &[], if is_there { &SOFTWARE } else { &[] });
    }
    (EventClass::Other, &[], &[])
}

/// Whether the host opened the connection, in the word that Sysmon uses.
fn initiated(event: &Event) -> &'static str {
    match event.values("columns.action").find_map(Scalar::as_str) {
        Some("accept" | "bind" | "listen") => "false",
        _ => "true",
    }
}

/// The platform by what the decorations say, else by tables that only one platform has, else by
/// the look of paths.
fn product(event: &Event, query: &str) -> Option<&'static str> {
    let said =
        ["decorations.platform", "decorations.os_platform", "decorations.os_name", "platform"];
    let said = said.iter().find_map(|name| event.text_of(name)).unwrap_or_default();
    let said = said.to_ascii_lowercase();
    if said.contains("darwin") || said.contains("macos") || query.contains("es_process") {
        return Some("macos");
    }
    if said.contains("windows") || query.contains("windows") || query.contains("etw") {
        return Some("windows");
    }
    if !said.is_empty() || query.contains("bpf_") {
        return Some("linux");
    }
    let path = event.text_of("path").or_else(|| event.text_of("target_path"))?;
    if path.get(1..3) == Some(":\\") {
        return Some("windows");
    }
    let on_macos = ["/Applications/", "/Library/", "/System/", "/Users/", "/private/"];
    match on_macos.iter().any(|start| path.starts_with(start)) || event.has("signing_id") {
        true => Some("macos"),
        false => path.starts_with('/').then_some("linux"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event_of;
    use khien_model::Scalar::{Int, Str};
    use khien_model::{Role, Timestamp};

    fn normalized(fields: &[(&str, Scalar<'_>)]) -> Event {
        let common = [("hostIdentifier", Str("web-1")), ("unixTime", Int(1_679_641_500))];
        let mut event = event_of(&[&common[..], fields].concat());
        assert!(recognises(&event));
        assert_eq!(normalize(&mut event, &mut Sources::default()), RecordFormat::Osquery);
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00Z"));
        assert_eq!(event.host(), "web-1");
        event
    }

    #[test]
    fn process_events() {
        let event = normalized(&[
            ("name", Str("pack_ir_process_events")),
            ("action", Str("added")),
            ("columns.path", Str("/usr/bin/curl")),
            ("columns.cmdline", Str("curl x")),
            ("columns.time", Str("1679641500")),
        ]);
        assert_eq!(event.source.to_string(), "linux/osquery/process_creation");
        assert_eq!(event.class, EventClass::Process);
        assert_eq!(event.text_of("Image"), Some("/usr/bin/curl"));
        assert_eq!(event.text_of("CommandLine"), Some("curl x"));
        let event = normalized(&[
            ("name", Str("es_process_events")),
            ("columns.path", Str("/bin/ls")),
            ("columns.cmdline", Str("ls")),
            ("columns.event_type", Str("exit")),
        ]);
        assert_eq!(event.source.to_string(), "macos/osquery");
    }

    #[test]
    fn sockets_and_files() {
        let event = normalized(&[
            ("name", Str("socket_events")),
            ("decorations.platform", Str("ubuntu")),
            ("columns.action", Str("connect")),
            ("columns.remote_address", Str("192.0.2.7")),
            ("columns.remote_port", Str("443")),
        ]);
        assert_eq!(event.source.to_string(), "linux/osquery/network_connection");
        assert_eq!(event.text_of("DestinationIp"), Some("192.0.2.7"));
        assert_eq!(event.text_of("Initiated"), Some("true"));
        let event = normalized(&[
            ("name", Str("fim")),
            ("action", Str("added")),
            ("columns.target_path", Str("/Library/LaunchDaemons/x.plist")),
            ("columns.action", Str("CREATED")),
        ]);
        assert_eq!(event.source.to_string(), "macos/osquery/file_event");
        assert_eq!(event.text_of("TargetFilename"), Some("/Library/LaunchDaemons/x.plist"));
    }

    #[test]
    fn inventories_name_product_and_version() {
        let said = |fields: &[(&str, Scalar<'_>)]| {
            let event = normalized(fields);
            assert_eq!(event.class, EventClass::Software);
            [Role::Product, Role::FileVersion].map(|role| event.facet(role).map(str::to_owned))
        };
        let deb = [
            ("name", Str("pack_it_deb_packages")),
            ("columns.name", Str("xz-utils")),
            ("columns.version", Str("5.6.1-1")),
            ("columns.maintainer", Str("x")),
        ];
        let added = [&deb[..], &[("action", Str("added"))]].concat();
        assert_eq!(said(&added), [Some("xz-utils".to_owned()), Some("5.6.1-1".to_owned())]);
        let removed = [&deb[..], &[("action", Str("removed"))]].concat();
        assert_eq!(said(&removed), [None, None]);
        let app = [
            ("name", Str("apps")),
            ("action", Str("snapshot")),
            ("columns.name", Str("Softphone.app")),
            ("columns.bundle_name", Str("Softphone")),
            ("columns.bundle_identifier", Str("com.example.softphone")),
            ("columns.bundle_short_version", Str("18.12.416")),
            ("columns.bundle_version", Str("7")),
        ];
        assert_eq!(said(&app), [Some("Softphone".to_owned()), Some("18.12.416".to_owned())]);
        // A version alone is no inventory.
        let event = normalized(&[
            ("name", Str("osquery_info")),
            ("action", Str("added")),
            ("columns.version", Str("5.9.1")),
        ]);
        assert_eq!(event.class, EventClass::Other);
    }

    #[test]
    fn a_snapshot_is_a_state_not_a_start() {
        let event = normalized(&[
            ("name", Str("processes")),
            ("action", Str("snapshot")),
            ("snapshot.path", Str("C:\\a.exe")),
            ("snapshot.cmdline", Str("a")),
            ("snapshot.path", Str("C:\\b.exe")),
            ("snapshot.cmdline", Str("b")),
        ]);
        assert_eq!(event.source.to_string(), "windows/osquery");
        assert!(event.is_list("Image"));
    }
}
