use super::*;
use crate::flatten::flatten_json;
use crate::normalize::Normalizer;
use khien_model::{RecordFormat, Timestamp};

fn read(text: &str) -> (Event, RecordFormat) {
    let mut event = Event::new();
    flatten_json(text.as_bytes(), &mut event, 64).unwrap();
    let format = Normalizer::default().json(&mut event, "test");
    (event, format)
}

/// The same Sysmon 13 in every dialect gives the same answers.
#[test]
fn dialects_agree() {
    let dialects = [
        r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},
            "EventID":13,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"H1",
            "TimeCreated":{"#attributes":{"SystemTime":"2023-03-24T07:05:00Z"}}},
            "EventData":{"TargetObject":"HKLM\\x","Details":"DWORD (0x1)"}}}"##,
        r#"{"@timestamp":"2023-03-24T07:05:00Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational",
            "provider_name":"Microsoft-Windows-Sysmon","event_id":13,"computer_name":"H1",
            "event_data":{"TargetObject":"HKLM\\x","Details":"DWORD (0x1)"}}}"#,
        r#"{"@timestamp":"2023-03-24T07:05:00Z","event":{"code":"13"},"host":{"name":"H1"},
            "winlog":{"channel":"Microsoft-Windows-Sysmon/Operational",
            "event_data":{"TargetObject":"HKLM\\x","Details":"DWORD (0x1)"}}}"#,
        r#"{"@timestamp":"2023-03-24T07:05:00Z","event_id":13,"log_name":"Microsoft-Windows-Sysmon/Operational",
            "source_name":"Microsoft-Windows-Sysmon","computer_name":"H1",
            "event_data":{"TargetObject":"HKLM\\x","Details":"DWORD (0x1)"}}"#,
        r#"{"EventTime":"2023-03-24 07:05:00","Hostname":"H1","Channel":"Microsoft-Windows-Sysmon/Operational",
            "SourceName":"Microsoft-Windows-Sysmon","EventID":13,"TargetObject":"HKLM\\x","Details":"DWORD (0x1)"}"#,
        r#"{"_source":{"@timestamp":"2023-03-24T07:05:00Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational",
            "event_id":13,"computer_name":"H1","event_data":{"TargetObject":"HKLM\\x","Details":"DWORD (0x1)"}}}}"#,
    ];
    for text in dialects {
        let (event, format) = read(text);
        assert_eq!(format, RecordFormat::WindowsJson, "{text}");
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00Z"), "{text}");
        assert_eq!(event.host(), "H1", "{text}");
        assert_eq!(
            event.source.to_string(),
            "windows/sysmon/registry_event/registry_set",
            "{text}"
        );
        assert_eq!(event.class, EventClass::Registry);
        assert_eq!(event.text_of("TargetObject"), Some("HKLM\\x"), "{text}");
        assert_eq!(event.get("EventID").and_then(Scalar::as_i64), Some(13), "{text}");
        assert!(event.text_of("Channel").is_some(), "{text}");
    }
}

#[test]
fn a_4688_serves_rules_for_process_creation() {
    let (event, _) = read(
        r#"{"EventID":4688,"Channel":"Security","Hostname":"H","NewProcessName":"C:\\a.exe",
        "ParentProcessName":"C:\\p.exe","CommandLine":"a -b","NewProcessId":"0x10","ProcessId":"0x20",
        "SubjectUserName":"u","SubjectDomainName":"D","MandatoryLabel":"S-1-16-12288"}"#,
    );
    assert!(event.source.satisfies(Some("windows"), Some("process_creation"), None));
    assert!(event.source.satisfies(Some("windows"), None, Some("security")));
    assert_eq!(event.text_of("Image"), Some("C:\\a.exe"));
    assert_eq!(event.text_of("ParentImage"), Some("C:\\p.exe"));
    assert_eq!(event.text_of("IntegrityLevel"), Some("High"));
    assert_eq!(event.text_of("ProcessId"), Some("0x20"), "the field as read is never replaced");
}

#[test]
fn the_id_alone_decides_nothing() {
    let (event, _) =
        read(r#"{"EventID":1,"Channel":"System","SourceName":"Kernel-General","Hostname":"H"}"#);
    assert_eq!(event.source.to_string(), "windows/system");
    assert_eq!(event.class, EventClass::Other);
}
