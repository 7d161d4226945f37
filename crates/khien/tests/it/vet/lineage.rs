//! The lineage on disk: what gets into it, what does not, and what is written down.

use std::path::PathBuf;

use serde_json::Value;

use super::fixture::case;
use super::runs::{Pair, pair, vet, written};
use crate::program::{json, stderr};

struct Lineage {
    pair: Pair,
    folder: PathBuf,
}

impl Lineage {
    fn new() -> Self {
        let pair = pair("plain-update-zip");
        let folder = pair.dir.path().join("lineage");
        Self { pair, folder }
    }

    fn path(&self) -> String {
        self.folder.display().to_string()
    }

    fn profiles(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|e| e == "profile")).collect();
        paths.sort();
        paths
    }

    fn decisions(&self) -> Vec<Value> {
        let file = std::fs::File::open(self.folder.join("decisions.jsonl")).unwrap();
        let text = std::io::read_to_string(file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Decision and whether it was kept, line by line.
    fn noted(&self) -> Vec<(String, bool)> {
        let line = |line: &Value| {
            (line["decision"].as_str().unwrap().to_owned(), line["kept"].as_bool().unwrap())
        };
        self.decisions().iter().map(line).collect()
    }

    /// An update that lost its signature.
    fn bad(&self) -> String {
        written(self.pair.dir.path(), "bad", &case("signature-lost-zip").new)
    }
}

fn lines(lines: &[(&str, bool)]) -> Vec<(String, bool)> {
    lines.iter().map(|(decision, kept)| ((*decision).to_owned(), *kept)).collect()
}

#[test]
fn a_lineage_grows_by_what_passed_or_was_accepted() {
    let it = Lineage::new();
    let lineage = it.path();
    let (old, new) = (it.pair.old.as_str(), it.pair.new.as_str());
    assert_eq!(vet(&["-b", &lineage, old, new]).status.code(), Some(0));
    assert_eq!(it.profiles().len(), 2);
    assert_eq!(it.noted(), lines(&[("earlier", true), ("pass", true)]));
    // Bad news is judged by the lineage alone, is not kept, and is written down.
    let bad = it.bad();
    let output = vet(&["-b", &lineage, &bad, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(json(&output)["earlier"].as_array().unwrap().len(), 2);
    assert_eq!(it.profiles().len(), 2);
    // Somebody answers for it.
    let reason = "the vendor confirmed it, case 4711";
    let output = vet(&["-b", &lineage, &bad, "--accept", reason, "--until", "2999-12-31"]);
    assert_eq!(output.status.code(), Some(1), "accepting changes the lineage, not the answer");
    assert_eq!(it.profiles().len(), 3);
    let noted = it.decisions();
    assert_eq!(noted.len(), 4);
    assert_eq!(noted[2]["kept"], false);
    assert_eq!((&noted[3]["reason"], &noted[3]["until"]), (&reason.into(), &"2999-12-31".into()));
    assert!(noted[3]["by"].as_str().unwrap().contains('@'), "{}", noted[3]);
    // A damaged profile is no smaller baseline, it is an error.
    let one = it.profiles().remove(0);
    std::fs::write(&one, b"KHVETP01 damaged").unwrap();
    let output = vet(&["-b", &lineage, new]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(&one.display().to_string()), "{}", stderr(&output));
}

#[test]
fn nothing_is_kept_beside_a_release_that_was_held() {
    let it = Lineage::new();
    let lineage = it.path();
    let output = vet(&["-b", &lineage, &it.pair.old, &it.bad()]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(it.profiles().is_empty());
    assert_eq!(it.noted().len(), 1);
}

#[test]
fn the_wrong_way_round_the_newer_release_is_not_taken_for_vetted() {
    let it = Lineage::new();
    let lineage = it.path();
    vet(&["-b", &lineage, &it.pair.new, &it.pair.old]);
    assert!(it.profiles().len() <= 1, "{:?}", it.profiles());
    assert!(it.noted().iter().all(|(decision, _)| decision != "earlier"), "{:?}", it.noted());
}

#[test]
fn what_was_accepted_until_a_day_counts_until_that_day() {
    let it = Lineage::new();
    let lineage = it.path();
    assert_eq!(vet(&["-b", &lineage, &it.pair.old, &it.pair.new]).status.code(), Some(0));
    let bad = it.bad();
    let earlier = || {
        let output = vet(&["-b", &lineage, &it.pair.new, "--json"]);
        (json(&output)["earlier"].as_array().unwrap().len(), stderr(&output))
    };
    vet(&["-b", &lineage, &bad, "--accept", "for a test", "--until", "2999-12-31"]);
    assert_eq!(earlier().0, 3);
    // The day passes.
    let decisions = std::path::Path::new(&lineage).join("decisions.jsonl");
    let text = khien_model::limits::read_small_file(&decisions, 1 << 20).unwrap();
    std::fs::write(&decisions, text.replace("2999-12-31", "2020-01-01")).unwrap();
    let (count, said) = earlier();
    assert_eq!(count, 2);
    assert!(said.contains("was accepted until 2020-01-01"), "{said}");
    for wrong in [
        vec!["--until", "2999-12-31"],
        vec!["--accept", "x", "--until", "tomorrow"],
        vec!["--accept", "x", "--until", "2020-01-01"],
    ] {
        let mut arguments = vec!["-b", &lineage, &bad];
        arguments.extend(wrong);
        assert_eq!(vet(&arguments).status.code(), Some(2), "{arguments:?}");
    }
    for wrong in [["-b", &it.pair.old], ["-o", "/no/such/folder/x.json"]] {
        let output = vet(&[wrong[0], wrong[1], &it.pair.old, &it.pair.new]);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(stderr(&output).contains(wrong[1]), "{}", stderr(&output));
    }
}

#[test]
fn vetting_an_accepted_release_again_does_not_prolong_it() {
    let it = Lineage::new();
    let (lineage, bad) = (it.path(), it.bad());
    let last = || it.decisions().pop().unwrap();
    let day = "2999-12-31";
    vet(&["-b", &lineage, &it.pair.old, &bad, "--accept", "for a test", "--until", day]);
    assert_eq!(last()["until"], day);
    // Beside itself it passes.
    assert_eq!(vet(&["-b", &lineage, &bad]).status.code(), Some(0));
    assert_eq!((&last()["kept"], &last()["until"]), (&true.into(), &day.into()));
    // Who answers for it again says for how long.
    vet(&["-b", &lineage, &bad, "--accept", "for good"]);
    assert_eq!((&last()["kept"], &last()["until"]), (&true.into(), &Value::Null));
}

#[test]
fn a_release_can_be_taken_out_again() {
    let it = Lineage::new();
    let lineage = it.path();
    assert_eq!(vet(&["-b", &lineage, &it.pair.old, &it.pair.new]).status.code(), Some(0));
    let sha256 = it.decisions()[0]["sha256"].as_str().unwrap().to_owned();
    for unknown in ["", "0", &sha256[..15], &"0".repeat(64)] {
        let output = vet(&["-b", &lineage, "--forget", unknown]);
        assert_eq!(output.status.code(), Some(2), "{unknown}");
    }
    assert_eq!(it.profiles().len(), 2);
    let output = vet(&["-b", &lineage, "--forget", &sha256]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(it.profiles().len(), 1);
    assert_eq!(it.decisions()[2]["sha256"], sha256.as_str());
    assert_eq!(it.noted()[2], ("forgotten".to_owned(), false));
    assert_eq!(vet(&["--forget", &sha256]).status.code(), Some(2), "of which lineage?");
}

#[test]
fn a_first_release_is_accepted_without_what_it_was_compared_with() {
    let it = Lineage::new();
    let lineage = it.path();
    let other = it.pair.dir.path().join("other.txt");
    std::fs::write(&other, "nothing of it\n").unwrap();
    let other = other.display().to_string();
    let output = vet(&["-b", &lineage, &other, &it.pair.new]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(it.profiles().is_empty());
    vet(&["-b", &lineage, &other, &it.pair.new, "--accept", "the first of its product"]);
    assert_eq!(it.noted(), lines(&[("hold", false), ("hold", true)]));
    assert_eq!(it.profiles().len(), 1);
}
