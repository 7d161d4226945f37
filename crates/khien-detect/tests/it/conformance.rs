//! Runs the black-box suite in `tests/conformance`: rules, events and expected answers as YAML,
//! written from the specification.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use khien_detect::correlate::{Correlator, HitMaker};
use khien_detect::sigma::{Matcher, ProblemKind, RuleSet};
use khien_model::{EventId, LogSource, Timestamp};
use yaml_serde::Value;

use crate::support::{event, load, scalar_text};

const EPOCH: i64 = 1_700_000_000;

#[test]
fn the_suite_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let (mut cases, mut failures) = (0, Vec::new());
    for file in &files {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let text = std::fs::File::open(file).and_then(std::io::read_to_string).unwrap();
        let suite: Value = yaml_serde::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        for case in suite["cases"].as_sequence().unwrap_or_else(|| panic!("{name}: no cases")) {
            cases += 1;
            if let Err(why) = check(case) {
                failures.push(format!("{name}: {}: {why}", case["name"].as_str().unwrap_or("?")));
            }
        }
    }
    assert!(cases >= 190, "only {cases} cases found");
    assert!(failures.is_empty(), "{} of {cases} cases:\n{}", failures.len(), failures.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "yml") {
            files.push(path);
        }
    }
}

fn check(case: &Value) -> Result<(), String> {
    let mut placeholders = HashMap::new();
    if let Some(given) = case["placeholders"].as_mapping() {
        for (name, values) in given {
            let values = values.as_sequence().map(|v| v.iter().map(scalar_text).collect());
            placeholders.insert(scalar_text(name), values.unwrap_or_default());
        }
    }
    let set = load(case["rule"].as_str().ok_or("no rule")?, placeholders);
    let problems: Vec<String> = set
        .problems()
        .iter()
        .filter(|p| p.kind != ProblemKind::Unused)
        .map(|p| format!("{:?}: {}", p.kind, p.detail))
        .collect();
    if case["reject"].as_bool() == Some(true) {
        return if problems.is_empty() { Err("was not refused".to_owned()) } else { Ok(()) };
    }
    if !problems.is_empty() {
        return Err(format!("refused: {}", problems.join("; ")));
    }
    let set = Arc::new(set);
    if case.get("timeline").is_some() { check_timeline(case, set) } else { check_events(case, set) }
}

fn test_source() -> Arc<LogSource> {
    Arc::new(LogSource::new(Some("khien-test"), None, &["test"]))
}

fn check_events(case: &Value, set: Arc<RuleSet>) -> Result<(), String> {
    let mut handle = Matcher::new(set).handle();
    for (number, step) in case["events"].as_sequence().ok_or("no events")?.iter().enumerate() {
        let event = event(&step["event"], &test_source());
        let mut found = Vec::new();
        handle.matches(&event, &mut found);
        let expected = step["match"].as_bool().ok_or("no `match`")?;
        if expected == found.is_empty() {
            return Err(format!("event {number}: expected match = {expected}"));
        }
    }
    Ok(())
}

fn check_timeline(case: &Value, set: Arc<RuleSet>) -> Result<(), String> {
    let mut handle = Matcher::new(Arc::clone(&set)).handle();
    let maker = HitMaker::new(set.correlations());
    let mut correlator = Correlator::new(Arc::clone(&set));
    let mut detections = 0_u64;
    for step in case["timeline"].as_sequence().ok_or("no timeline")? {
        let mut event = event(&step["event"], &test_source());
        event.time = Some(at(&step["t"]));
        event.push("__t", khien_model::Scalar::Int(event.time.unwrap().as_nanos()));
        let mut found = Vec::new();
        handle.matches(&event, &mut found);
        for matched in &found {
            detections += u64::from(set.rule(matched.rule).unwrap().reports);
            for hit in maker.hits(set.correlations(), matched.rule, &event) {
                correlator.observe(hit);
            }
        }
    }
    let mut alerts = Vec::new();
    correlator.finish(&mut alerts);
    if let Some(expected) = case["detections"].as_u64()
        && expected != detections
    {
        return Err(format!("expected {expected} detections, found {detections}"));
    }
    let mut found: Vec<String> = Vec::new();
    let no_alerts = Vec::new();
    let wanted = case["alerts"].as_sequence().unwrap_or(&no_alerts);
    let counts = wanted.iter().all(|alert| alert.get("count").is_some());
    for alert in &alerts {
        let rule = &set.correlations()[alert.correlation as usize];
        if !rule.reports {
            continue;
        }
        let group: BTreeMap<&str, &str> =
            alert.group.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let seconds = alert.at.nanos_since(Timestamp::from_seconds(EPOCH).unwrap()) / 1_000_000_000;
        let count = if counts { alert.count.to_string() } else { String::new() };
        found.push(format!("{} {group:?} at {seconds} {count}", rule.title.as_raw()));
    }
    let mut expected: Vec<String> = Vec::new();
    for alert in wanted {
        let mut group = BTreeMap::new();
        let given = alert["group"].as_mapping().cloned().unwrap_or_default();
        let pairs: Vec<(String, String)> =
            given.iter().map(|(k, v)| (scalar_text(k), scalar_text(v))).collect();
        for (name, value) in &pairs {
            group.insert(name.as_str(), value.as_str());
        }
        let seconds = alert["at"].as_i64().ok_or("no `at`")?;
        let count = if counts { scalar_text(&alert["count"]) } else { String::new() };
        let title = alert["rule"].as_str().ok_or("no `rule`")?;
        expected.push(format!("{title} {group:?} at {seconds} {count}"));
    }
    found.sort();
    expected.sort();
    if found == expected { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
}

fn at(seconds: &Value) -> Timestamp {
    let seconds = seconds.as_f64().unwrap();
    Timestamp::from_seconds_f64(seconds + EPOCH as f64).unwrap()
}

#[test]
fn ids_are_stable() {
    // Golden: an id is a promise to whoever stored it.
    let mut event = khien_model::Event::new();
    event.push("a", khien_model::Scalar::Str("1"));
    event.set_host("h");
    let id: EventId = event.id();
    assert_eq!(id.to_string().len(), 32);
    assert_eq!(id, event.clone().id());
}
