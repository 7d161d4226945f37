//! macOS Endpoint Security events, as `eslogger` writes them.
//!
//! For an execution the acting process is the one that called `exec`: the same process id before
//! it became the new program, which is what Sigma's `ParentImage` means by a parent.

use khien_model::{Event, EventClass, RecordFormat, Scalar};

use super::{Sources, generic};

/// Second names of an execution's parts.
const EXEC: [(&str, &str); 10] = [
    ("event.exec.target.executable.path", "Image"),
    ("process.executable.path", "ParentImage"),
    ("event.exec.cwd.path", "CurrentDirectory"),
    ("event.exec.target.audit_token.pid", "ProcessId"),
    ("event.exec.target.ppid", "ParentProcessId"),
    ("event.exec.target.cdhash", "cdhash"),
    ("event.exec.target.signing_id", "signing_id"),
    ("event.exec.target.team_id", "team_id"),
    ("event.exec.target.is_platform_binary", "is_platform_binary"),
    ("event.exec.target.codesigning_flags", "codesigning_flags"),
];

/// Second names of the acting process in every other event.
const ACTOR: [(&str, &str); 8] = [
    ("process.executable.path", "Image"),
    ("process.audit_token.pid", "ProcessId"),
    ("process.ppid", "ParentProcessId"),
    ("process.cdhash", "cdhash"),
    ("process.signing_id", "signing_id"),
    ("process.team_id", "team_id"),
    ("process.is_platform_binary", "is_platform_binary"),
    ("process.codesigning_flags", "codesigning_flags"),
];

/// Where the file of a file event is named whole.
const FILE_PATHS: [&str; 11] = [
    "event.create.destination.existing_file.path",
    "event.rename.destination.existing_file.path",
    "event.write.target.path",
    "event.close.target.path",
    "event.truncate.target.path",
    "event.unlink.target.path",
    "event.copyfile.target_file.path",
    "event.setextattr.target.path",
    "event.setmode.target.path",
    "event.setowner.target.path",
    "event.open.file.path",
];

/// Where it is named as a folder and a name in it.
const FILE_PARTS: [(&str, &str); 5] = [
    ("event.create.destination.new_path.dir.path", "event.create.destination.new_path.filename"),
    ("event.rename.destination.new_path.dir.path", "event.rename.destination.new_path.filename"),
    ("event.copyfile.target_dir.path", "event.copyfile.target_name"),
    ("event.clone.target_dir.path", "event.clone.target_name"),
    ("event.link.target_dir.path", "event.link.target_filename"),
];

/// Whether a record comes from Endpoint Security; looks at names only.
pub fn recognises(event: &Event) -> bool {
    event.has("event_type")
        && event.has("process.executable.path")
        && (event.has("mach_time") || event.has("schema_version") || event.has("global_seq_num"))
}

/// Sets the envelope of an Endpoint Security event and offers Sigma's names.
pub fn normalize(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    let kind = kind_of(event).to_owned();
    let (class, categories) = subject(&kind, event);
    event.time = generic::first_time(event, &["time"]);
    event.class = class;
    event.source = sources.get(Some("macos"), Some("endpoint_security"), categories);
    if kind == "exec" {
        offer_execution(event);
    }
    ACTOR.iter().filter(|_| kind != "exec").for_each(|(from, to)| event.alias(from, to));
    event.alias("event.rename.source.path", "SourceFilename");
    if class == EventClass::File {
        offer_file(event);
    }
    let token = if kind == "exec" { "event.exec.target" } else { "process" };
    let user = format!("{token}.audit_token.euid");
    match event.get(&user).and_then(Scalar::as_i64) {
        Some(0) => event.push_derived("User", Scalar::Str("root")),
        Some(uid) => event.push_derived("User", Scalar::Str(&uid.to_string())),
        None => {}
    }
    RecordFormat::Eslogger
}

/// The name of what happened: `event` holds one object, named after it.
fn kind_of(event: &Event) -> &str {
    let inside = event.fields().find_map(|(name, ..)| name.strip_prefix("event."));
    inside.map_or("", |name| name.split('.').next().unwrap_or(name))
}

fn subject(kind: &str, event: &Event) -> (EventClass, &'static [&'static str]) {
    use EventClass as Class;
    let is_modified = event.get("event.close.modified") == Some(Scalar::Bool(true));
    match kind {
        "exec" => (Class::Process, &["process_creation"]),
        "fork" | "exit" | "signal" | "get_task" | "proc_check" | "remote_thread_create" => {
            (Class::Process, &[])
        }
        "create" | "write" | "copyfile" | "clone" | "link" => (Class::File, &["file_event"]),
        "rename" => (Class::File, &["file_event", "file_rename"]),
        "close" if is_modified => (Class::File, &["file_event"]),
        "unlink" => (Class::File, &["file_delete"]),
        "close" | "open" | "truncate" | "setextattr" | "setmode" | "setowner" => (Class::File, &[]),
        "mmap" => (Class::Module, &[]),
        "kextload" => (Class::Driver, &[]),
        "authentication"
        | "login_login"
        | "login_logout"
        | "lw_session_login"
        | "openssh_login"
        | "openssh_logout"
        | "screensharing_attach"
        | "su"
        | "sudo" => (Class::Authentication, &[]),
        "xp_malware_detected" => (Class::Finding, &[]),
        _ => (Class::Other, &[]),
    }
}

fn offer_execution(event: &mut Event) {
    EXEC.iter().for_each(|(from, to)| event.alias(from, to));
    let mut line = String::new();
    for argument in event.values("event.exec.args").filter_map(Scalar::as_str) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(argument);
    }
    if event.has("event.exec.args") {
        event.push_derived("CommandLine", Scalar::Str(&line));
    }
}

fn offer_file(event: &mut Event) {
    let parts = FILE_PARTS.iter().find_map(|(folder, name)| {
        let (folder, name) = (event.text_of(folder)?, event.text_of(name)?);
        Some(format!("{}/{name}", folder.trim_end_matches('/')))
    });
    match parts {
        Some(path) => event.push_derived("TargetFilename", Scalar::Str(&path)),
        None => FILE_PATHS.iter().for_each(|from| event.alias(from, "TargetFilename")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event_of;
    use khien_model::Scalar::{Bool, Int, Str};
    use khien_model::Timestamp;

    fn normalized(fields: &[(&str, Scalar<'_>)]) -> Event {
        let common = [
            ("schema_version", Int(1)),
            ("event_type", Int(9)),
            ("time", Str("2023-03-24T07:05:00.123456789Z")),
            ("process.executable.path", Str("/bin/zsh")),
            ("process.signing_id", Str("com.apple.zsh")),
            ("process.audit_token.euid", Int(501)),
        ];
        let mut event = event_of(&[&common[..], fields].concat());
        assert!(recognises(&event));
        assert_eq!(normalize(&mut event, &mut Sources::default()), RecordFormat::Eslogger);
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.123456789Z"));
        event
    }

    #[test]
    fn an_execution() {
        let event = normalized(&[
            ("event.exec.target.executable.path", Str("/usr/bin/curl")),
            ("event.exec.target.signing_id", Str("com.apple.curl")),
            ("event.exec.target.is_platform_binary", Bool(true)),
            ("event.exec.target.audit_token.euid", Int(0)),
            ("event.exec.args", Str("curl")),
            ("event.exec.args", Str("-o")),
            ("event.exec.args", Str("a b")),
        ]);
        assert_eq!(event.source.to_string(), "macos/endpoint_security/process_creation");
        assert_eq!(event.class, EventClass::Process);
        for (name, expected) in [
            ("Image", "/usr/bin/curl"),
            ("ParentImage", "/bin/zsh"),
            ("CommandLine", "curl -o a b"),
            ("User", "root"),
            ("signing_id", "com.apple.curl"),
        ] {
            assert_eq!(event.text_of(name), Some(expected), "{name}");
        }
        assert_eq!(event.get("is_platform_binary"), Some(Bool(true)));
    }

    #[test]
    fn files() {
        let event = normalized(&[
            ("event.create.destination.new_path.dir.path", Str("/Library/LaunchAgents")),
            ("event.create.destination.new_path.filename", Str("x.plist")),
        ]);
        assert_eq!(event.source.to_string(), "macos/endpoint_security/file_event");
        assert_eq!(event.text_of("TargetFilename"), Some("/Library/LaunchAgents/x.plist"));
        assert_eq!(event.text_of("Image"), Some("/bin/zsh"));
        assert_eq!(event.text_of("User"), Some("501"));
        let event = normalized(&[
            ("event.close.modified", Bool(false)),
            ("event.close.target.path", Str("/tmp/x")),
        ]);
        assert_eq!(event.source.to_string(), "macos/endpoint_security");
        assert_eq!(event.text_of("TargetFilename"), Some("/tmp/x"));
    }
}
