//! The systemd journal, as `journalctl -o json` writes it.

use khien_model::{Event, RecordFormat, Scalar, Timestamp};

use super::{Sources, generic, program};

/// Second names, in the words that syslog lines get.
const ALIASES: [(&str, &str); 9] = [
    ("MESSAGE", "message"),
    ("SYSLOG_IDENTIFIER", "program"),
    ("_COMM", "program"),
    ("_HOSTNAME", "hostname"),
    ("_PID", "pid"),
    ("SYSLOG_PID", "pid"),
    ("_EXE", "Image"),
    ("_CMDLINE", "CommandLine"),
    ("_SYSTEMD_UNIT", "unit"),
];

/// Names of the facilities that say something about the service.
const AUTH_FACILITIES: [(i64, &str); 3] = [(4, "auth"), (9, "cron"), (10, "authpriv")];

/// Whether a record is of the journal; looks at names only.
pub fn recognises(event: &Event) -> bool {
    event.has("__REALTIME_TIMESTAMP")
        || event.has("_SOURCE_REALTIME_TIMESTAMP") && event.has("MESSAGE")
        || event.has("__CURSOR")
}

/// Sets the envelope of a journal entry and offers it in the words of a syslog line.
pub fn normalize(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    let micros = |event: &Event, name| {
        let micros = event.get(name).and_then(Scalar::as_i64)?;
        micros.checked_mul(1000).map(Timestamp::from_nanos)
    };
    // When it happened, rather than when the journal took it.
    event.time = micros(event, "_SOURCE_REALTIME_TIMESTAMP")
        .or_else(|| micros(event, "__REALTIME_TIMESTAMP"));
    generic::set_host(event, &["_HOSTNAME"]);
    let message = message(event);
    if event.get("MESSAGE").is_some_and(|first| first.as_str().is_none()) {
        event.push_derived("message", Scalar::Str(&message));
    }
    ALIASES.iter().for_each(|(from, to)| event.alias(from, to));
    match event.get("_UID").and_then(Scalar::as_i64) {
        Some(0) => event.push_derived("User", Scalar::Str("root")),
        _ => event.alias("_UID", "User"),
    }
    let writer = event.text_of("SYSLOG_IDENTIFIER").or_else(|| event.text_of("_COMM"));
    let writer = writer.map(str::to_owned);
    let number = event.get("SYSLOG_FACILITY").and_then(Scalar::as_i64);
    let facility = AUTH_FACILITIES.iter().find(|(known, _)| Some(*known) == number);
    let facility = facility.map(|(_, name)| *name);
    program::classify(event, writer.as_deref(), facility, &message, sources);
    RecordFormat::Journald
}

/// The message as text. The journal writes what is not printable as a list of bytes; a field that
/// an entry has twice is a list too.
fn message(event: &Event) -> String {
    match event.get("MESSAGE") {
        Some(Scalar::Str(text)) => text.to_owned(),
        Some(Scalar::Int(_)) => {
            let bytes: Vec<u8> = event
                .values("MESSAGE")
                .filter_map(|value| u8::try_from(value.as_i64()?).ok())
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event_of;
    use khien_model::Scalar::{Int, Str};

    fn normalized(fields: &[(&str, Scalar<'_>)]) -> Event {
        let mut event = event_of(fields);
        assert!(recognises(&event));
        assert_eq!(normalize(&mut event, &mut Sources::default()), RecordFormat::Journald);
        event
    }

    #[test]
    fn an_entry_reads_like_its_syslog_line() {
        let event = normalized(&[
            ("__REALTIME_TIMESTAMP", Str("1679641500999999")),
            ("_SOURCE_REALTIME_TIMESTAMP", Str("1679641500123456")),
            ("MESSAGE", Str("Failed password for mai from 192.0.2.7 port 22 ssh2")),
            ("SYSLOG_IDENTIFIER", Str("sshd")),
            ("_HOSTNAME", Str("web-1")),
            ("_PID", Str("12")),
            ("_UID", Str("0")),
            ("_EXE", Str("/usr/sbin/sshd")),
        ]);
        assert_eq!(event.source.to_string(), "linux/sshd");
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.123456Z"));
        assert_eq!(event.host(), "web-1");
        for (name, expected) in [
            ("message", "Failed password for mai from 192.0.2.7 port 22 ssh2"),
            ("program", "sshd"),
            ("Image", "/usr/sbin/sshd"),
            ("SourceIp", "192.0.2.7"),
            ("User", "root"),
        ] {
            assert_eq!(event.text_of(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_message_of_bytes_is_decoded() {
        let event = normalized(&[
            ("__REALTIME_TIMESTAMP", Str("1679641500999999")),
            ("MESSAGE", Int(0xc4)),
            ("MESSAGE", Int(0x91)),
            ("MESSAGE", Int(27)),
            ("MESSAGE", Int(4000)),
            ("SYSLOG_FACILITY", Str("10")),
        ]);
        assert_eq!(event.text_of("message"), Some("đ\u{1b}"));
        assert_eq!(event.source.to_string(), "linux/auth");
    }

    #[test]
    fn an_empty_entry_is_still_an_entry() {
        let event = normalized(&[("__CURSOR", Str("s=1")), ("MESSAGE", Scalar::Null)]);
        assert_eq!(event.source.to_string(), "linux/syslog");
        assert_eq!(event.time, None);
    }
}
