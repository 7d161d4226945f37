use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use khien_detect::yara::{RuleEngine, ScanLimits};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    hit: Bytes,
    near: Bytes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bytes {
    #[serde(default)]
    hex: String,
    #[serde(default)]
    text: String,
}

impl Bytes {
    fn bytes(&self) -> Vec<u8> {
        let digits: Vec<char> = self.hex.chars().collect();
        let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).expect("hex");
        let mut bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
        bytes.extend(self.text.bytes());
        bytes
    }
}

fn cases() -> BTreeMap<String, Case> {
    toml::from_str(include_str!("../../../../../content/yara/tests.toml")).expect("tests.toml")
}

fn matches(rules: &Rules, bytes: &[u8]) -> Vec<String> {
    let scan = rules.scan(bytes, &ScanLimits::default());
    assert_eq!(scan.incomplete, None);
    scan.matches.into_iter().map(|found| found.rule).collect()
}

#[test]
fn every_rule_finds_its_hit_and_passes_its_near_miss() {
    let rules = built_in().expect("rules");
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        if !matches(&rules, &case.hit.bytes()).contains(&name) {
            wrong.push(format!("{name}: misses its hit"));
        }
        if matches(&rules, &case.near.bytes()).contains(&name) {
            wrong.push(format!("{name}: finds its near miss"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_a_test_and_says_what_it_is_for() {
    let rules = built_in().expect("rules");
    let tested: Vec<String> = cases().into_keys().collect();
    assert_eq!(rules.names(), tested);
    for (name, case) in cases() {
        let scan = rules.scan(&case.hit.bytes(), &ScanLimits::default());
        for found in scan.matches.iter().filter(|found| found.rule == name) {
            let keys: Vec<_> = found.meta.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys, ["description", "capability", "attack", "base"], "{name}");
            let capability = found.meta[1].1.replace('-', "_");
            assert!(name.starts_with(&format!("{capability}_")), "{name}");
        }
    }
}

/// The list in the source is the folder.
#[test]
fn every_file_is_compiled_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/yara");
    let mut there = BTreeSet::new();
    for folder in std::fs::read_dir(&root).expect("content/yara").map(|e| e.expect("entry").path())
    {
        for file in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = file.expect("entry").path();
            let path = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
            there.insert(path.replace('\\', "/"));
        }
    }
    assert_eq!(there, SOURCES.iter().map(|source| source.name.to_owned()).collect());
}
