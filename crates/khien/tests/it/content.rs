//! Every rule that ships with the program fires on its hit and stays silent on its near miss.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use khien_detect::correlate::HitMaker;
use khien_detect::indicator::IndicatorSet;
use khien_detect::sigma::{LoadOptions, Matcher, RuleSet, RuleSource};
use khien_model::{Limits, Untrusted};
use khien_ops::scan::run;
use khien_ops::scan::worker::Knowledge;
use yaml_serde::Value;

fn content(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content").join(path)
}

fn read(path: &Path) -> String {
    std::fs::File::open(path).and_then(std::io::read_to_string).unwrap()
}

#[test]
fn every_rule_has_a_hit_and_a_near_miss() {
    let mut failures = Vec::new();
    let mut tested = 0;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(content("sigma/tests")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in files {
        let suite: Value = yaml_serde::from_str(&read(&file)).unwrap();
        let rule = suite["rule"].as_str().unwrap();
        let text = read(&content("sigma").join(rule));
        let (mut hits, mut misses) = (0, 0);
        for case in suite["cases"].as_sequence().unwrap() {
            let expected = case["expect"].as_str().unwrap() == "hit";
            if expected {
                hits += 1
            } else {
                misses += 1
            }
            let found = fires(&text, case["records"].as_str().unwrap());
            match found {
                Ok(found) if found == expected => tested += 1,
                other => failures.push(format!(
                    "{rule}: {}: expected {expected}, found {other:?}",
                    case["name"].as_str().unwrap()
                )),
            }
        }
        if hits == 0 || misses == 0 {
            failures.push(format!("{rule}: {hits} hits and {misses} near misses"));
        }
    }
    assert!(failures.is_empty(), "{} of {tested}:\n{}", failures.len(), failures.join("\n"));
    assert!(tested >= 150, "{tested}");
}

/// Whether the rule (its correlation, where it has one) fires on these records, read as from a file.
fn fires(rule: &str, records: &str) -> Result<bool, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("records.log");
    std::fs::write(&path, records).unwrap();
    let source = RuleSource { origin: Untrusted::from("rule"), text: rule.to_owned() };
    let set = Arc::new(RuleSet::load([source], &LoadOptions::default()));
    if let Some(problem) = set.problems().first() {
        return Err(format!("not loaded: {}", problem.detail));
    }
    let correlations = set.correlations().len();
    let rules = set.rules().len();
    let knowledge = Knowledge {
        hits: HitMaker::new(set.correlations()),
        matcher: Matcher::new(Arc::clone(&set)),
        indicators: IndicatorSet::default(),
        since: None,
        until: None,
    };
    let walk = khien_ingest::walk(&[path], &|_| true);
    let inputs = run::Inputs { walk, mappings: Vec::new(), limits: Limits::default(), threads: 1 };
    let outcome = run::run(&inputs, &knowledge, &|_| {}).unwrap();
    if !outcome.found.dead.is_empty() {
        return Err(format!("dead letters: {:?}", outcome.found.dead));
    }
    let first = if correlations > 0 { rules } else { 0 };
    Ok(outcome.fired.keys().any(|finding| *finding as usize >= first))
}
