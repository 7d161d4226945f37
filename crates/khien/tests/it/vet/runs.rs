//! The program as its user runs it: real files, real children, exit codes, the lineage on disk.

use std::path::Path;
use std::process::Output;

use khien_testkit::release::{Artefact, Case};

use super::fixture::case;
use crate::program::{command, json, khien, stderr};

pub(crate) fn vet(arguments: &[&str]) -> Output {
    khien(&[&["vet"], arguments].concat())
}

/// Writes an artefact into a folder of its own, so that two may have one name.
pub(super) fn written(dir: &Path, side: &str, artefact: &Artefact) -> String {
    let folder = dir.join(side);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(&artefact.file_name);
    std::fs::write(&path, &artefact.bytes).unwrap();
    path.display().to_string()
}

pub(crate) struct Pair {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) old: String,
    pub(crate) new: String,
}

pub(crate) fn pair(name: &str) -> Pair {
    let Case { old, new, .. } = case(name);
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (written(dir.path(), "old", &old), written(dir.path(), "new", &new));
    Pair { dir, old, new }
}

#[test]
fn an_honest_update_passes() {
    let pair = pair("plain-update-zip");
    let output = vet(&[&pair.old, &pair.new, "--json"]);
    let report = json(&output);
    assert_eq!(report["decision"], "pass", "{report:#}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(report["schema"], "khien.vet/1");
    assert_eq!(report["unconfined"], serde_json::json!([]), "the child must be confined here");
}

#[test]
fn a_3cx_like_update_is_blocked_in_every_format() {
    let pair = pair("3cx-windows-nupkg");
    let output = vet(&[&pair.old, &pair.new, "--json"]);
    let report = json(&output);
    assert_eq!(report["decision"], "block", "{report:#}");
    let cause = report["reasons"][0]["departure"]["of"]["kind"].as_str().unwrap().to_owned();
    assert!(case("3cx-windows-nupkg").first_cause.split('|').any(|id| id == cause), "{cause}");
    for format in ["table", "json", "sarif", "html", "cyclonedx", "in-toto"] {
        for lang in ["en", "vi"] {
            let output = vet(&[&pair.old, &pair.new, "-f", format, "--lang", lang]);
            assert_eq!(output.status.code(), Some(1), "{format}: {}", stderr(&output));
            assert!(output.stdout.len() > 500, "{format} {lang}");
            assert_eq!(stderr(&output), "", "{format} {lang}");
        }
    }
}

#[test]
fn what_cannot_be_opened_is_held_as_unknown() {
    let pair = pair("encrypted-inner-tar");
    let output = vet(&[&pair.old, &pair.new, "--json"]);
    let report = json(&output);
    assert_eq!((&report["decision"], &report["complete"]), (&"hold".into(), &false.into()));
    assert!(report["gaps"][0]["path"].as_str().unwrap().contains("extra.zip"), "{report:#}");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn wrong_usage_says_what_to_do() {
    let pair = pair("plain-update-zip");
    let missing = format!("{}.missing", pair.new);
    let empty = pair.dir.path().join("lineage").display().to_string();
    for (arguments, said) in [
        (vec![pair.new.as_str()], "khien vet OLD NEW"),
        (vec![&pair.new, "--baseline", &empty], "--baseline"),
        (vec![&pair.old, &missing], missing.as_str()),
        (vec![&pair.old, &pair.new, "--accept", "x"], "--baseline"),
        (vec![&pair.old, &pair.new, "-f", "csv"], "cyclonedx"),
    ] {
        let output = vet(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn releases_in_the_wrong_order_are_noticed() {
    let pair = pair("plain-update-zip");
    let output = vet(&[&pair.new, &pair.old]);
    assert!(stderr(&output).contains("states a newer version"), "{}", stderr(&output));
    let output = vet(&[&pair.old, &pair.new]);
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_is_no_release_is_wrong_usage() {
    let pair = pair("plain-update-zip");
    let empty = pair.dir.path().join("empty");
    std::fs::create_dir_all(empty.join("in/side")).unwrap();
    let empty = empty.display().to_string();
    let nothing = pair.dir.path().join("nothing.zip");
    std::fs::write(&nothing, "").unwrap();
    let nothing = nothing.display().to_string();
    for (arguments, said) in [
        ([pair.old.as_str(), nothing.as_str()], "the file is empty"),
        ([&nothing, &pair.new], "the file is empty"),
        ([pair.old.as_str(), &empty], "there is no file in it"),
        ([&empty, &pair.new], "there is no file in it"),
        ([&pair.old, "/dev/null"], "neither a file nor a folder"),
    ] {
        let output = vet(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_reader_that_goes_away_does_not_change_the_answer() {
    let pair = pair("3cx-windows-nupkg");
    let mut child = command(&["vet", &pair.old, &pair.new, "--json", "--quiet"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn the_same_bytes_pass_whatever_is_in_them() {
    let pair = pair("encrypted-inner-tar");
    let output = vet(&[&pair.new, &pair.new]);
    assert_eq!(output.status.code(), Some(0));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.contains("same bytes"), "{table}");
    // What could not be read then was not read now.
    let report = json(&vet(&[&pair.new, &pair.new, "--json"]));
    assert_eq!((&report["decision"], &report["complete"]), (&"pass".into(), &false.into()));
    assert!(report["gaps"][0]["path"].as_str().unwrap().contains("extra.zip"), "{report:#}");
    let report = json(&vet(&[&pair.old, &pair.old, "--json"]));
    assert_eq!((&report["decision"], &report["complete"]), (&"pass".into(), &true.into()));
}

#[test]
fn a_child_that_is_ended_is_a_hold_that_names_the_file() {
    let pair = pair("plain-update-zip");
    let big = pair.dir.path().join("big-1.1.bin");
    // Larger than the child may have memory.
    std::fs::File::create(&big).unwrap().set_len(300 << 20).unwrap();
    let big = big.display().to_string();
    let output = vet(&[&pair.old, &big, "--json", "--memory-mib", "256"]);
    let report = json(&output);
    assert_eq!((&report["decision"], &report["complete"]), (&"hold".into(), &false.into()));
    assert_eq!(report["new"]["name"], "big-1.1.bin");
    assert_eq!(report["new"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(output.status.code(), Some(3), "{report:#}");
    // The other way round: an earlier release that cannot be read.
    let output = vet(&[&big, &pair.new, "--json", "--memory-mib", "256"]);
    let report = json(&output);
    assert_ne!(report["decision"], "pass");
    let gaps = report["gaps"].as_array().unwrap();
    assert!(gaps.iter().any(|gap| gap["path"].as_str().unwrap().starts_with("big-1.1.bin")));
}

#[test]
fn a_signed_release_that_cannot_be_read_has_not_lost_its_signature() {
    let pair = pair("plain-update-msi");
    let big = pair.dir.path().join("big.msi");
    std::fs::File::create(&big).unwrap().set_len(300 << 20).unwrap();
    let output = vet(&[&pair.old, &big.display().to_string(), "--json", "--memory-mib", "256"]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(3), "{report:#}");
    assert_eq!(report["reasons"], serde_json::json!([]));
}

#[test]
fn two_products_are_not_compared() {
    let (one, two) = (pair("plain-update-zip"), tempfile::tempdir().unwrap());
    let other = two.path().join("other.txt");
    std::fs::write(&other, "nothing of it\n").unwrap();
    let other = other.display().to_string();
    let output = vet(&[&other, &one.new, "--json"]);
    let report = json(&output);
    assert_eq!((&report["decision"], &report["complete"]), (&"hold".into(), &false.into()));
    assert_eq!(output.status.code(), Some(3), "{report:#}");
    let gaps = report["gaps"].as_array().unwrap();
    let gap = gaps.iter().find(|gap| gap["reason"] == "not_comparable").unwrap();
    assert_eq!(gap["detail"], "other.txt");
    let table = vet(&[&other, &one.new]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("nothing of the earlier release continues"), "{table}");
    assert!(table.contains("--accept"), "the next step: {table}");
    // One related release among them is enough.
    let output = vet(&[&other, &one.old, &one.new, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_bound_that_was_too_small_is_offered_larger_and_once() {
    let pair = pair("plain-update-zip");
    let (old, new) = (pair.old.as_str(), pair.new.as_str());
    let output = vet(&[old, "--memory-mib=16", new]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, offered) = table.split_once("allow more:").unwrap_or_else(|| panic!("{table}"));
    let (offered, _) = offered.trim_start().split_once("\n\n").unwrap();
    assert!(offered.contains("--memory-mib 64"), "{table}");
    assert!(!offered.contains("--memory-mib=16") && !offered.contains("--timeout"), "{table}");
    assert!(!table.contains("RUST_BACKTRACE"), "{table}");
    assert!(table.contains("khien vet "), "the program by its name: {table}");
    assert!(!table.contains(env!("CARGO_BIN_EXE_khien")), "and not by where it lies: {table}");
}

#[test]
fn a_folder_that_could_not_be_read_is_in_no_statement_and_has_no_number() {
    let pair = pair("plain-update-zip");
    let path = |side: &str| pair.dir.path().join(side).display().to_string();
    let (old, new) = (path("old"), path("new"));
    let with = |format| vet(&[&old, &new, "--memory-mib", "16", "--quiet", "-f", format]);
    let output = with("in-toto");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(stderr(&output).contains("could not be read, so there is no digest"));
    let output = with("cyclonedx");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let document = json(&output);
    assert!(document.get("serialNumber").is_none(), "{document:#}");
    assert!(document["metadata"]["component"].get("hashes").is_none(), "{document:#}");
    // The near miss: one that could be read has both.
    let output = vet(&[&old, &new, "--quiet", "-f", "cyclonedx"]);
    assert!(json(&output)["serialNumber"].is_string());
}

#[test]
fn folders_are_releases_too() {
    let dir = tempfile::tempdir().unwrap();
    for (side, text) in [("old", "one\n"), ("new", "two\n")] {
        std::fs::create_dir_all(dir.path().join(side).join("sub")).unwrap();
        std::fs::write(dir.path().join(side).join("sub/readme.txt"), text).unwrap();
    }
    let path = |side: &str| dir.path().join(side).display().to_string();
    let output = vet(&[&path("old"), &path("new"), "--json"]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!(report["changes"]["changed"], 1);
    let statement = json(&vet(&[&path("old"), &path("new"), "-f", "in-toto"]));
    assert!(statement["subject"][0]["digest"].get("sha256").is_none(), "a folder has no hash");
}
