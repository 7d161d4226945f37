//! The files are what their tools would have written.

use std::collections::BTreeMap;

use khien_sim::{FileKind, SoftphoneScenario, Variant};
use serde_json::Value;

use crate::written::{Written, time_of};

#[test]
fn every_json_line_is_an_object() {
    let written = Written::new(3, Variant::Incident);
    for (kind, lines) in written.by_kind() {
        if matches!(
            kind,
            FileKind::SysmonEvtxJson
                | FileKind::WinlogbeatSysmon
                | FileKind::NxlogSysmon
                | FileKind::SuricataEve
        ) {
            for line in lines {
                let value: Value = serde_json::from_str(line).unwrap();
                assert!(value.is_object(), "{line}");
            }
        }
    }
}

#[test]
fn zeek_rows_have_the_columns_of_their_header() {
    let written = Written::new(4, Variant::Incident);
    let mut logs = 0;
    for (kind, lines) in written.by_kind() {
        if !matches!(kind, FileKind::ZeekConn | FileKind::ZeekDns | FileKind::ZeekSsl) {
            continue;
        }
        logs += 1;
        assert_eq!(lines[0], "#separator \\x09");
        let columns = |name: &str| {
            let line = lines.iter().find(|line| line.starts_with(name)).unwrap();
            line.split('\t').count() - 1
        };
        assert_eq!(columns("#fields"), columns("#types"));
        assert!(lines.last().unwrap().starts_with("#close\t"));
        for line in lines.iter().filter(|line| !line.starts_with('#')) {
            assert_eq!(line.split('\t').count(), columns("#fields"), "{line}");
            assert!(line.split('\t').all(|field| !field.is_empty()), "{line}");
        }
    }
    assert_eq!(logs, 3);
}

#[test]
fn times_never_run_backwards_within_a_file() {
    let written = Written::new(5, Variant::IncidentWithUnknownIndicators);
    for (kind, lines) in written.by_kind() {
        let times: Vec<_> = lines.iter().filter_map(|line| time_of(kind, line)).collect();
        assert!(times.is_sorted(), "{kind:?}");
        assert!(!times.is_empty(), "{kind:?}");
    }
}

#[test]
fn streamed_records_are_in_time_order_and_match_the_files() {
    let scenario = SoftphoneScenario { seed: 5, variant: Variant::Incident };
    let written = Written::new(5, Variant::Incident);
    let mut streamed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut previous = None;
    for record in scenario.records() {
        assert!(previous.is_none_or(|previous| previous <= record.time));
        previous = Some(record.time);
        let said = time_of(record.file.kind, &record.line).unwrap();
        let lost = record.time.as_microsecond() - said.as_microsecond();
        assert!((0..1_000_000).contains(&lost), "{}", record.line);
        streamed.entry(record.file.path).or_default().push(record.line);
    }
    for (path, lines) in &written.files {
        let rows: Vec<_> = lines.iter().filter(|line| !line.starts_with('#')).cloned().collect();
        assert_eq!(rows, streamed[path.as_str()], "{path}");
    }
}

/// Field names per event id as in real EVTX files of Sysmon 14.
pub(crate) const SYSMON_FIELDS: &[(u64, &[&str])] = &[
    (
        1,
        &[
            "RuleName",
            "UtcTime",
            "ProcessGuid",
            "ProcessId",
            "Image",
            "FileVersion",
            "Description",
            "Product",
            "Company",
            "OriginalFileName",
            "CommandLine",
            "CurrentDirectory",
            "User",
            "LogonGuid",
            "LogonId",
            "TerminalSessionId",
            "IntegrityLevel",
            "Hashes",
            "ParentProcessGuid",
            "ParentProcessId",
            "ParentImage",
            "ParentCommandLine",
            "ParentUser",
        ],
    ),
    (
        3,
        &[
            "RuleName",
            "UtcTime",
            "ProcessGuid",
            "ProcessId",
            "Image",
            "User",
            "Protocol",
            "Initiated",
            "SourceIsIpv6",
            "SourceIp",
            "SourceHostname",
            "SourcePort",
            "SourcePortName",
            "DestinationIsIpv6",
            "DestinationIp",
            "DestinationHostname",
            "DestinationPort",
            "DestinationPortName",
        ],
    ),
    (5, &["RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "User"]),
    (
        7,
        &[
            "RuleName",
            "UtcTime",
            "ProcessGuid",
            "ProcessId",
            "Image",
            "ImageLoaded",
            "FileVersion",
            "Description",
            "Product",
            "Company",
            "OriginalFileName",
            "Hashes",
            "Signed",
            "Signature",
            "SignatureStatus",
            "User",
        ],
    ),
    (
        11,
        &[
            "RuleName",
            "UtcTime",
            "ProcessGuid",
            "ProcessId",
            "Image",
            "TargetFilename",
            "CreationUtcTime",
            "User",
        ],
    ),
    (
        13,
        &[
            "RuleName",
            "EventType",
            "UtcTime",
            "ProcessGuid",
            "ProcessId",
            "Image",
            "TargetObject",
            "Details",
            "User",
        ],
    ),
    (
        22,
        &[
            "RuleName",
            "UtcTime",
            "ProcessGuid",
            "ProcessId",
            "QueryName",
            "QueryStatus",
            "QueryResults",
            "Image",
            "User",
        ],
    ),
];

#[test]
fn sysmon_events_have_the_fields_of_their_id_in_all_three_exports() {
    let written = Written::new(6, Variant::Incident);
    for (kind, lines) in written.by_kind() {
        let (id_at, data_at) = match kind {
            FileKind::SysmonEvtxJson => ("/Event/System/EventID", "/Event/EventData"),
            FileKind::WinlogbeatSysmon => ("/winlog/event_id", "/winlog/event_data"),
            FileKind::NxlogSysmon => ("/EventID", ""),
            _ => continue,
        };
        let mut seen = BTreeMap::new();
        for line in lines {
            let value: Value = serde_json::from_str(line).unwrap();
            let id = value.pointer(id_at).unwrap();
            let id = id.as_u64().unwrap_or_else(|| id.as_str().unwrap().parse().unwrap());
            let data = value.pointer(data_at).unwrap().as_object().unwrap();
            let (_, names) = SYSMON_FIELDS.iter().find(|(known, _)| *known == id).unwrap();
            assert!(names.iter().all(|name| data.contains_key(*name)), "{line}");
            if !data_at.is_empty() {
                assert_eq!(data.len(), names.len(), "{line}");
            }
            *seen.entry(id).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), SYSMON_FIELDS.len(), "{kind:?}: {seen:?}");
    }
}

#[test]
fn a_process_keeps_its_identity_over_all_events() {
    let written = Written::new(7, Variant::Incident);
    let mut known: BTreeMap<String, (Value, Value)> = BTreeMap::new();
    let mut started = BTreeMap::new();
    for line in &written.files["HCM-ACC-07/sysmon.jsonl"] {
        let event: Value = serde_json::from_str(line).unwrap();
        let data = &event["Event"]["EventData"];
        let guid = data["ProcessGuid"].as_str().unwrap().to_owned();
        let identity = (data["Image"].clone(), data["ProcessId"].clone());
        assert!(data["ProcessId"].is_u64());
        let first = known.entry(guid.clone()).or_insert_with(|| identity.clone());
        assert_eq!(*first, identity, "{line}");
        if event["Event"]["System"]["EventID"] == 1 {
            assert!(started.insert(guid, ()).is_none(), "started twice: {line}");
        }
    }
    assert!(started.len() > 100);
}

#[test]
fn audit_records_of_one_event_stay_together() {
    let written = Written::new(8, Variant::Benign);
    let serials: Vec<u64> = written.files["linux/audit.log"]
        .iter()
        .map(|line| {
            let stamp = line.split("msg=audit(").nth(1).unwrap().split(')').next().unwrap();
            stamp.split(':').nth(1).unwrap().parse().unwrap()
        })
        .collect();
    assert!(serials.is_sorted());
    assert!(serials.windows(2).all(|pair| pair[1] - pair[0] <= 1));
}
