//! Departures that somebody answers for: made, shown, ended, taken back, and never lost.

use std::path::PathBuf;

use khien_sim::Variant;
use serde_json::Value;

use super::{json, khien_on, office, open};

/// A lake in which several things depart.
struct Office {
    _folder: tempfile::TempDir,
    lake: String,
}

const ANSWER: [&str; 4] = ["--owner", "An Nguyen", "--reason", "the vendor says so, ticket 4711"];

impl Office {
    fn new() -> Self {
        let (folder, lake) = office(Variant::Incident);
        Self { _folder: folder, lake }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = khien_on(&self.lake, arguments);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn report(&self) -> (Option<i32>, Value) {
        let output = khien_on(&self.lake, &["lineage", "--json"]);
        (output.status.code(), json(&output))
    }

    fn ids(&self) -> Vec<String> {
        let id = |found: &Value| found["id"].as_str().unwrap().to_owned();
        open(&self.report().1).into_iter().map(id).collect()
    }

    fn except(&self, id: &str, more: &[&str]) -> (Option<i32>, String, String) {
        self.run(&[&["lineage", "--except", id], &ANSWER[..], more].concat())
    }

    fn file(&self) -> PathBuf {
        PathBuf::from(&self.lake).join("exceptions.jsonl")
    }

    fn text(&self) -> String {
        std::io::read_to_string(std::fs::File::open(self.file()).unwrap()).unwrap()
    }
}

#[test]
fn an_exception_is_made_holds_ends_and_is_taken_back() {
    let it = Office::new();
    let ids = it.ids();
    let (first, rest) = ids.split_first().unwrap();
    // The beginning of an id is enough.
    let (code, said, complaint) = it.except(&first[..8], &["--days", "30"]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    assert!(said.contains("no other release") && said.contains("An Nguyen: the vendor"), "{said}");
    for id in rest {
        assert_eq!(it.except(id, &["--days", "60", "--releases", "later"]).0, Some(0));
    }
    // Nothing that asks for somebody is left, and what is excepted is shown and told.
    let (code, report) = it.report();
    assert_eq!((code, open(&report).len()), (Some(0), 0));
    let status = |report: &Value| {
        let all = report["departures"].as_array().unwrap();
        all.iter().find(|found| found["id"] == first.as_str()).unwrap()["status"].clone()
    };
    assert_eq!(
        (&status(&report)["is"], &status(&report)["owner"]),
        (&"excepted".into(), &"An Nguyen".into())
    );
    let count = format!("{} departure", ids.len());
    let (code, table, _) = it.run(&["lineage"]);
    assert_eq!(code, Some(0));
    assert!(table.contains(&count) && table.contains("Beside what is excepted"), "{table}");
    let (code, table, _) = it.run(&["lineage", "3cx"]);
    assert_eq!(code, Some(0));
    assert!(
        table.contains("An Nguyen answers for it: the vendor") && !table.contains("▲"),
        "{table}"
    );
    // Its end comes: it is open again, and whoever looks is told of the exception that was.
    let held = it.text();
    let record: Value = serde_json::from_str(held.lines().nth(1).unwrap()).unwrap();
    let of = |name: &str| record["exception"][name].as_str().unwrap().to_owned();
    let line = held.lines().nth(1).unwrap();
    let ended = line
        .replace(&of("from"), "2023-01-01T00:00:00Z")
        .replace(&of("until"), "2023-02-01T00:00:00Z");
    std::fs::write(it.file(), held.replace(line, &ended)).unwrap();
    let (code, report) = it.report();
    assert_eq!((code, open(&report).len()), (Some(1), 1));
    assert_eq!(status(&report)["is"], "open");
    let (_, table, _) = it.run(&["lineage", "3cx"]);
    assert!(table.contains("An exception for this (of An Nguyen) ended on 2023-02-01"), "{table}");
    // What has ended cannot be taken back; what holds can, once, and stays in the list.
    let (code, _, complaint) = it.run(&["lineage", "--unexcept", first]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("ended on 2023-02-01 00:00 already"), "{complaint}");
    let last = rest.last().unwrap();
    assert_eq!(it.run(&["lineage", "--unexcept", &last[..6]]).0, Some(0));
    assert_eq!(open(&it.report().1).len(), 2);
    let (_, table, _) = it.run(&["lineage", "3cx"]);
    let table = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(table.contains("(of An Nguyen) was taken back on"), "{table}");
    let (code, _, complaint) = it.run(&["lineage", "--unexcept", last]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("was taken back on"), "{complaint}");
    let output = khien_on(&it.lake, &["lineage", "--exceptions", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let list = json(&output);
    let standings: Vec<_> =
        list["exceptions"].as_array().unwrap().iter().map(|e| &e["standing"]).collect();
    assert_eq!(standings.len(), ids.len());
    assert_eq!((standings[0], *standings.last().unwrap()), (&"ended".into(), &"taken-back".into()));
    assert!(list["exceptions"][0]["by"].as_str().unwrap().contains('@'));
    let (_, table, _) = it.run(&["lineage", "--exceptions", "--lang", "vi"]);
    assert!(table.contains("đã rút lại") && !table.contains("lineage."), "{table}");
    // The lake does not mind the file.
    assert_eq!(it.run(&["admin", "lake", "check"]).0, Some(0));
}

#[test]
fn what_cannot_be_excepted_is_refused_with_the_next_step() {
    let it = Office::new();
    let id = it.ids().remove(0);
    let refused = |id: &str, more: &[&str], words: &str| {
        let (code, said, complaint) = it.except(id, more);
        assert_eq!((code, said.as_str()), (Some(2), ""), "{more:?}");
        assert!(complaint.contains(words), "{words} in: {complaint}");
    };
    refused(&id, &[], "give --days N (365 at most) or --until DAY");
    refused(&id, &["--until", "2023-04-01"], "2023-04-01 00:00 is past");
    refused(&id, &["--until", "2199-01-01"], "an exception holds for 365 days at most");
    refused(&id, &["--days", "366"], "366 is not in 1..=365");
    refused(&id, &["--days", "0"], "0 is not in 1..=365");
    refused(&id, &["--days", "3", "--until", "2199-01-01"], "cannot be used with");
    refused("*", &["--days", "3"], "first 4 digits");
    let none = if id.starts_with("0000") { "ffff" } else { "0000" };
    refused(none, &["--days", "3"], "no departure has an id that begins with");
    let (code, _, complaint) =
        it.run(&["lineage", "--except", &id, "--days", "3", "--owner", "An"]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("--reason"), "{complaint}");
    let (code, _, complaint) = it.run(&["lineage", "--unexcept", &id]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("`khien lineage --exceptions` lists them"), "{complaint}");
    assert!(!it.file().exists(), "{}", it.text());
}

/// A line that cannot be read costs no other line, no report, and is never written over.
#[test]
fn a_damaged_file_is_told_and_kept() {
    let it = Office::new();
    let ids = it.ids();
    for id in &ids {
        assert_eq!(it.except(id, &["--days", "30"]).0, Some(0));
    }
    let text = it.text();
    let cut = &text[..text.len() - 30];
    std::fs::write(it.file(), cut).unwrap();
    let (code, report) = it.report();
    assert_eq!((code, open(&report).len()), (Some(1), 1));
    assert_eq!(report["unread"][0]["of"], "exceptions");
    let (_, table, _) = it.run(&["lineage"]);
    assert!(table.contains("not all exceptions could be read"), "{table}");
    let (code, _, complaint) = it.except(ids.last().unwrap(), &["--days", "30"]);
    assert_eq!(code, Some(2));
    let line = format!("line {}", ids.len() + 1);
    assert!(complaint.contains(&line) && complaint.contains("nothing was written"), "{complaint}");
    assert_eq!(it.run(&["lineage", "--exceptions"]).0, Some(3));
    assert_eq!(it.text(), cut);
    // A file of a later program holds for nothing here, and is left alone.
    std::fs::write(it.file(), "{\"schema\":\"khien.exceptions/2\"}\n").unwrap();
    assert_eq!(open(&it.report().1).len(), ids.len());
    let (code, _, complaint) = it.run(&["lineage", "--exceptions"]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("khien.exceptions/2"), "{complaint}");
}
