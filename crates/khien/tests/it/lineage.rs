//! What releases newly do, asked of a lake as its user does.

mod exceptions;
mod vetted;

use khien_lake::{Lake, QueryLimits, Selection};
use khien_ops::lineage::Said;
use khien_sim::{SoftphoneScenario, Variant};

use super::program::{json, khien_on};

/// The lake of a simulated office.
fn office(variant: Variant) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let (logs, lake) = (folder.path().join("logs"), folder.path().join("lake"));
    SoftphoneScenario { seed: 42, variant }.write_to(&logs).unwrap();
    let lake = lake.display().to_string();
    let stored = khien_on(&lake, &["ingest", &logs.display().to_string(), "--quiet"]);
    // 1: the built-in advisory finds its own indicators on the way in.
    assert!(matches!(stored.status.code(), Some(0 | 1)), "{stored:?}");
    (folder, lake)
}

/// The departures that ask for somebody, in the order in which they were raised.
fn open(report: &serde_json::Value) -> Vec<&serde_json::Value> {
    let all = report["departures"].as_array().unwrap();
    let mut open: Vec<_> = all.iter().filter(|found| found["status"]["is"] == "open").collect();
    open.sort_by_key(|found| found["raised"].as_str().unwrap());
    open
}

/// The same behaviour under published and under unknown names: nothing here knows an indicator.
#[test]
fn an_update_that_changes_its_ways_is_named_with_its_first_fetch() {
    for variant in [Variant::Incident, Variant::IncidentWithUnknownIndicators] {
        let (_folder, lake) = office(variant);
        let output = khien_on(&lake, &["lineage", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        let report = json(&output);
        assert_eq!(report["schema"], "khien.lineage/1");
        let open = open(&report);
        let first = open.first().unwrap();
        let shared = "runtime.contacts.shared-hosting";
        let fetch = open.iter().find(|found| found["evidence"]["of"]["kind"] == shared).unwrap();
        // Three hosts are few: it takes what the fetch leads to, a few minutes later.
        let chain = &first["evidence"]["traffic"]["chain"];
        assert_eq!(chain["fetched"], fetch["evidence"]["of"]["value"]);
        assert!(chain["seconds"].as_u64().unwrap() <= 600);
        assert!(first["evidence"]["sightings"][0]["age_hours"].as_u64().unwrap() >= 7 * 24);
        assert_eq!(first["evidence"]["contrast"]["on_earlier"], 1);
        for found in &open {
            assert_eq!(found["version"], first["version"], "another release: {found}");
            let again: khien_lineage::Finding = serde_json::from_value((*found).clone()).unwrap();
            assert_eq!(again.recompute(), again);
        }
    }
}

#[test]
fn the_same_office_with_an_ordinary_update_is_clear() {
    let (_folder, lake) = office(Variant::Benign);
    let output = khien_on(&lake, &["lineage", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let report = json(&output);
    assert!(open(&report).is_empty());
    let lineages = report["lineages"].as_array().unwrap();
    assert!(lineages.iter().any(|lineage| lineage["releases"].as_array().unwrap().len() > 1));
}

#[test]
fn a_lineage_is_drawn_with_its_reasons_in_both_languages() {
    let (_folder, lake) = office(Variant::Incident);
    for (lang, words) in [
        ("en", ["▲ 18.12.416", "first 7 days after its", "It would be benign if"]),
        ("vi", ["▲ 18.12.416", "7 ngày sau khi cài", "Điều này là lành tính nếu"]),
    ] {
        let output = khien_on(&lake, &["lineage", "3CX", "--lang", lang]);
        let text = String::from_utf8(output.stdout).unwrap();
        for word in words {
            assert!(text.contains(word), "{word} in:\n{text}");
        }
        assert!(!text.contains("lineage."), "a key in place of its words:\n{text}");
        assert!(!text.contains("acrobat"), "another product:\n{text}");
    }
}

/// Nothing to compare is never clear.
#[test]
fn a_lake_without_two_releases_of_anything_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    drop(Lake::open_to_write(&lake).unwrap());
    let lake = lake.display().to_string();
    assert_eq!(khien_on(&lake, &["lineage"]).status.code(), Some(3));
    let (_folder, lake) = office(Variant::Benign);
    assert_eq!(khien_on(&lake, &["lineage", "no such product"]).status.code(), Some(3));
    assert_eq!(khien_on(&lake, &["lineage", "--until", "2023-03-06"]).status.code(), Some(3));
}

/// A Sysmon record of a program's start, as NXLog writes it.
fn start(time: &str, host: &str, version: &str) -> String {
    serde_json::json!({
        "EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": host, "UtcTime": time,
        "ProcessGuid": format!("{{{host}-{time}}}"), "ProcessId": 4711, "FileVersion": version,
        "Image": "C:\\Program Files\\Editor\\editor.exe", "Company": "Editors", "Product": "Editor",
        "ParentImage": "C:\\Windows\\explorer.exe", "User": "CORP\\an", "IntegrityLevel": "Medium",
    })
    .to_string()
}

/// A record of a question for a name, by the same program.
fn ask(time: &str, host: &str, started: &str, name: &str) -> String {
    serde_json::json!({
        "EventID": 22, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": host, "UtcTime": time,
        "ProcessGuid": format!("{{{host}-{started}}}"), "QueryName": name, "QueryResults": "192.0.2.9;",
        "Image": "C:\\Program Files\\Editor\\editor.exe",
    })
    .to_string()
}

fn lake_of(lines: &[String]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let (log, lake) = (folder.path().join("sysmon.json"), folder.path().join("lake"));
    std::fs::write(&log, lines.join("\n")).unwrap();
    let lake = lake.display().to_string();
    let stored = khien_on(&lake, &["ingest", &log.display().to_string(), "--quiet"]);
    assert_eq!(stored.status.code(), Some(0), "{stored:?}");
    (folder, lake)
}

/// Two versions are not yet something that could be judged.
#[test]
fn three_starts_of_two_versions_clear_nobody() {
    let (_folder, lake) = lake_of(&[
        start("2026-03-02 08:00:00.000", "PC1", "1.0"),
        start("2026-03-03 08:00:00.000", "PC1", "1.0"),
        start("2026-03-04 08:00:00.000", "PC1", "1.1"),
    ]);
    let output = khien_on(&lake, &["lineage"]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("UNKNOWN"), "{text}");
    assert!(!text.contains("No release does"), "no all-clear: {text}");
    assert!(text.contains("2026-03-02"), "the whole day: {text}");
    let output = khien_on(&lake, &["lineage", "--org", "nobody"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("No event with a time was selected"), "{text}");
}

/// What is shown is narrowed, and what is learnt from is not.
#[test]
fn one_host_is_judged_against_all() {
    let (_folder, lake) = office(Variant::Incident);
    let whole = json(&khien_on(&lake, &["lineage", "--json"]));
    let output = khien_on(&lake, &["lineage", "--host", "hcm-acc-07", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let one = json(&output);
    assert_eq!(open(&one)[0]["evidence"]["contrast"], open(&whole)[0]["evidence"]["contrast"]);
    let output = khien_on(&lake, &["lineage", "--host", "no-such-host", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let raised = open(&whole).iter().map(|found| found["raised"].as_str().unwrap()).max().unwrap();
    // Open ones that are not shown are no all-clear, and are counted.
    let after = khien_on(&lake, &["lineage", "--since", "2023-04-20", "--json"]);
    assert_eq!(after.status.code(), Some(3));
    let after = json(&after);
    assert!(raised < "2023-04-20" && open(&after).is_empty());
    assert_eq!(
        (&after["verdict"], &after["departures_hidden"]),
        (&"unknown".into(), &open(&whole).len().into())
    );
    for (lang, words) in [("en", "leave out --since to see"), ("vi", "bỏ --since để xem")] {
        let output = khien_on(&lake, &["lineage", "--since", "2023-04-20", "--lang", lang]);
        let text = String::from_utf8(output.stdout).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{text}");
        assert!(!text.contains("No release does"), "no all-clear: {text}");
    }
}

/// Evidence names the first hosts only: whether one more is among the others nobody knows, so it is shown.
#[test]
fn a_host_beyond_those_that_are_named_may_be_one_of_them() {
    let (_folder, path) = office(Variant::Incident);
    let lake = Lake::open(std::path::Path::new(&path)).unwrap();
    let replay = || {
        let said = (Said::default(), khien_model::Timestamp::from_nanos(0));
        let (selection, limits) = (Selection::default(), QueryLimits::default());
        khien_ops::lineage::replay(&lake, &selection, Vec::new(), &limits, said, &|_| {}).unwrap()
    };
    let narrowed = |host: &str, beyond: u32| {
        let mut report = replay();
        for finding in &mut report.findings {
            finding.evidence.sightings.retain(|seen| seen.host.as_raw() != host);
            let named = u32::try_from(finding.evidence.sightings.len()).unwrap();
            finding.evidence.contrast.showing = named + beyond;
        }
        report.narrow_to_hosts(&[host.to_owned()]);
        report.open().count()
    };
    let whole = replay();
    let host = whole.findings[0].evidence.sightings[0].host.as_raw();
    assert_eq!(narrowed(host, 0), 0, "all are named, and it is none of them");
    assert_eq!(narrowed(host, 1), whole.open().count());
    assert_eq!(narrowed("no-such-host", 1), 0, "it has no such product");
}

/// Logs with whole seconds have many acts of one moment, in any order.
#[test]
fn rows_of_one_moment_give_the_same_in_any_order() {
    let mut lines = Vec::new();
    for day in 1..10 {
        for host in ["PC1", "PC2", "PC3", "PC4"] {
            let version = if day > 5 && host == "PC1" { "1.1" } else { "1.0" };
            let time = format!("2026-03-0{day} 08:00:00.000");
            lines.push(start(&time, host, version));
            for name in ["a.one.example", "b.two.example", "c.three.example"] {
                lines.push(ask(&time, host, &time, name));
            }
        }
    }
    let (_folder, lake) = lake_of(&lines);
    let expected = json(&khien_on(&lake, &["lineage", "--json"]));
    assert_eq!(expected["lineages_compared"], 1);
    lines.reverse();
    let (_folder, lake) = lake_of(&lines);
    assert_eq!(json(&khien_on(&lake, &["lineage", "--json"])), expected);
}
