//! What releases newly do, asked of a lake as its user does.

mod exceptions;
mod vetted;

use std::process::{Command, Output};

use khien_lake::Lake;
use khien_sim::{SoftphoneScenario, Variant};

#[expect(clippy::disallowed_methods, reason = "the program under test")]
fn khien(lake: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_khien"))
        .args(arguments)
        .env_remove("KHIEN_LANG")
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .env("KHIEN_LAKE", lake)
        .output()
        .unwrap()
}

/// The lake of a simulated office.
fn office(variant: Variant) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let (logs, lake) = (folder.path().join("logs"), folder.path().join("lake"));
    SoftphoneScenario { seed: 42, variant }.write_to(&logs).unwrap();
    let lake = lake.display().to_string();
    let stored = khien(&lake, &["ingest", &logs.display().to_string(), "--quiet"]);
    // 1: the built-in advisory finds its own indicators on the way in.
    assert!(matches!(stored.status.code(), Some(0 | 1)), "{stored:?}");
    (folder, lake)
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
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
fn an_update_that_changes_its_ways_is_named_at_its_first_fetch() {
    for variant in [Variant::Incident, Variant::IncidentWithUnknownIndicators] {
        let (_folder, lake) = office(variant);
        let output = khien(&lake, &["lineage", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        let report = json(&output);
        assert_eq!(report["schema"], "khien.lineage/1");
        let open = open(&report);
        let first = open.first().unwrap();
        assert_eq!(first["evidence"]["of"]["kind"], "runtime.contacts.shared-hosting");
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
    let output = khien(&lake, &["lineage", "--json"]);
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
        let output = khien(&lake, &["lineage", "3CX", "--lang", lang]);
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
    assert_eq!(khien(&lake, &["lineage"]).status.code(), Some(3));
    let (_folder, lake) = office(Variant::Benign);
    assert_eq!(khien(&lake, &["lineage", "no such product"]).status.code(), Some(3));
    assert_eq!(khien(&lake, &["lineage", "--until", "2023-03-06"]).status.code(), Some(3));
}
