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
fn the_installer_names_product_and_version() {
    use khien_model::Role;
    let said = |id: u32, status: &str| {
        let unnamed = format!(
            r#"{{"EventID":{id},"Channel":"Application","Provider_Name":"MsiInstaller",
            "Computer":"H","Data":["Softphone","18.12.416","1033","{status}","Example Ltd","(NULL)",""]}}"#
        );
        let named = format!(
            r#"{{"winlog":{{"channel":"Application","provider_name":"MsiInstaller","event_id":{id},
            "computer_name":"H","event_data":{{"param1":"Softphone","param2":"18.12.416",
            "param3":"1033","param4":"{status}","param5":"Example Ltd"}}}}}}"#
        );
        let [one, other] = [unnamed, named].map(|text| {
            let (event, _) = read(&text);
            assert_eq!(event.class, EventClass::Software);
            [Role::Product, Role::FileVersion].map(|role| event.facet(role).map(str::to_owned))
        });
        assert_eq!(one, other);
        one
    };
    assert_eq!(said(1033, "0"), [Some("Softphone".to_owned()), Some("18.12.416".to_owned())]);
    assert_eq!(said(1033, "3010"), said(1033, "0"), "a restart is needed");
    let (event, _) = read(
        r#"{"EventID":1033,"Channel":"Application","Provider_Name":"MsiInstaller",
        "Computer":"H","Data":["Softphone","18.12.416",1033,0,"Example Ltd"]}"#,
    );
    assert_eq!(event.facet(Role::Product), Some("Softphone"), "numbers as numbers");
    // It failed; and the removal of a product.
    assert_eq!(said(1033, "1603"), [None, None]);
    assert_eq!(said(1034, "0"), [None, None]);
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
