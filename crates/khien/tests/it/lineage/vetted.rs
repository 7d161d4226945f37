//! What vetting found in a release's files, beside what the release does when it runs.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use khien_sim::{SoftphoneScenario, Variant};
use serde_json::Value;

use super::super::vet::runs::{Pair, pair, vet};
use super::{json, khien_on, open};

/// The product of the test kit's releases, in a simulated office.
struct Office {
    folder: tempfile::TempDir,
    pair: Pair,
}

const RENAMED: [(&str, &str); 5] = [
    ("3CX Desktop App", "Vet Softphone"),
    ("3CX Ltd.", "Vet Fixtures"),
    ("3CX Ltd", "Vet Fixtures"),
    ("18.12.416", "1.0.2"),
    ("18.10.461", "1.0.1"),
];

fn rename(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rename(&path);
            continue;
        }
        let file = std::fs::File::open(&path).unwrap();
        let is_packed = path.extension().is_some_and(|e| e == "gz");
        let mut text = String::new();
        match is_packed {
            true => GzDecoder::new(file).read_to_string(&mut text).unwrap(),
            false => BufReader::new(file).read_to_string(&mut text).unwrap(),
        };
        for (from, to) in RENAMED {
            text = text.replace(from, to);
        }
        std::fs::write(path.with_extension("txt"), text).unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        SoftphoneScenario { seed: 42, variant: Variant::Incident }.write_to(&logs).unwrap();
        rename(&logs);
        let office = Self { folder, pair: pair("3cx-windows-nupkg") };
        let stored = khien_on(&office.lake(), &["ingest", &logs.display().to_string(), "--quiet"]);
        assert!(matches!(stored.status.code(), Some(0 | 1)), "{stored:?}");
        office
    }

    fn lake(&self) -> String {
        self.folder.path().join("lake").display().to_string()
    }

    fn lineages(&self) -> PathBuf {
        self.folder.path().join("lineages")
    }

    fn decisions(&self) -> PathBuf {
        self.lineages().join("softphone/decisions.jsonl")
    }

    fn report(&self, more: &[&str]) -> Value {
        let output = khien_on(&self.lake(), &[&["lineage", "--json"], more].concat());
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        json(&output)
    }

    fn table(&self, more: &[&str]) -> String {
        let output = khien_on(&self.lake(), &[&["lineage"], more].concat());
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The decisions on its releases, by version.
fn vetted(report: &Value) -> Vec<(&str, &Value)> {
    let lineages = report["lineages"].as_array().unwrap();
    let releases = lineages.iter().flat_map(|lineage| lineage["releases"].as_array().unwrap());
    let vetted = releases.filter(|release| !release["vetted"].is_null());
    vetted.map(|release| (release["version"].as_str().unwrap(), &release["vetted"])).collect()
}

fn bits(report: &Value) -> f64 {
    open(report).iter().map(|found| found["score"]["bits"].as_f64().unwrap()).sum()
}

#[test]
fn what_files_newly_are_keeps_company_with_what_the_release_newly_does() {
    let it = Office::new();
    let (lineages, own) = (it.lineages(), it.lineages().join("softphone"));
    let (lineages, own) = (lineages.display().to_string(), own.display().to_string());
    // Held, and so not kept; what was found is written down all the same.
    assert_eq!(vet(&["-b", &own, &it.pair.old, &it.pair.new]).status.code(), Some(1));
    let before = it.report(&[]);
    assert!(open(&before).iter().all(|found| found["evidence"]["from_files"].is_null()));
    let with = it.report(&["-b", &lineages]);
    let [(version, files)] = vetted(&with)[..] else { panic!("{:?}", vetted(&with)) };
    assert_eq!((version, &files["decision"]), ("1.0.2", &"block".into()));
    // With what is known of its files, its first fetch is enough.
    let fetch = |report: &Value| {
        let is_fetch =
            |found: &&Value| found["evidence"]["of"]["kind"] == "runtime.contacts.shared-hosting";
        let found = open(report).into_iter().find(is_fetch).unwrap().clone();
        (
            found["raised"].as_str().unwrap().to_owned(),
            found["evidence"]["sightings"][0]["first"].clone(),
        )
    };
    let ((late, _), (early, first)) = (fetch(&before), fetch(&with));
    assert!(early < late, "{early} {late}");
    assert_eq!(early.get(..19), first.as_str().unwrap().get(..19));
    for found in open(&with).iter().filter(|found| found["version"] == "1.0.2") {
        let from_files = found["evidence"]["from_files"]["of"]["kind"].as_str().unwrap();
        assert!(!from_files.starts_with("runtime."), "{from_files}");
        let again: khien_lineage::Finding = serde_json::from_value((*found).clone()).unwrap();
        assert_eq!(again.recompute(), again);
    }
    let table = it.table(&["-b", &own]);
    assert!(table.contains("1 release was vetted: vet softphone 1.0.2 (block)."), "{table}");
    for (lang, words) in [("en", ["vetted: block", "From files: "]), ("vi", ["chặn", "Từ tệp: "])]
    {
        let table = it.table(&["vet softphone", "-b", &own, "--lang", lang]);
        assert!(words.iter().all(|word| table.contains(word)), "{table}");
        assert!(!table.contains("vet.kind.") && !table.contains("lineage."), "{table}");
    }
    // A decision that cannot be read costs no report.
    let text = std::io::read_to_string(std::fs::File::open(it.decisions()).unwrap()).unwrap();
    std::fs::write(it.decisions(), format!("{text}{{\"sha256\":")).unwrap();
    let with = it.report(&["-b", &lineages]);
    assert_eq!(vetted(&with).len(), 1);
    assert_eq!(with["unread"][0]["of"], "vetting");
    let table = it.table(&["-b", &lineages]);
    assert!(table.contains("not all decisions of vetting") && table.contains("line 2"), "{table}");
    // Files of another release are no company.
    std::fs::write(it.decisions(), text.replace("1.0.2", "1.0.3")).unwrap();
    let other = it.report(&["-b", &lineages]);
    assert!(vetted(&other).is_empty());
    assert!((bits(&other) - bits(&before)).abs() < 1e-9);
    assert!(it.table(&["-b", &lineages]).contains("None of the vetted releases was seen"));
}

#[test]
fn a_lineage_that_is_not_there_is_told_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake").display().to_string();
    let output = khien_on(&lake, &["lineage", "-b", "/no/such/lineages"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("/no/such/lineages"), "{complaint}");
}
