//! Real logs beside the checkout: every record is read, whatever the number of threads.

use std::path::PathBuf;
use std::sync::Arc;

use khien_detect::correlate::HitMaker;
use khien_detect::indicator::IndicatorSet;
use khien_detect::sigma::Matcher;
use khien_ingest::Reason;
use khien_model::{Limits, RecordFormat};
use khien_ops::scan::knowledge::{RuleInputs, load_rules};
use khien_ops::scan::run::{Inputs, Outcome, run};
use khien_ops::scan::worker::Knowledge;
use khien_testkit::corpus;

fn knowledge(paths: Vec<PathBuf>) -> Knowledge {
    let rules = load_rules(&RuleInputs { paths, builtin: true, placeholders: None }).unwrap();
    let rules = Arc::new(rules);
    Knowledge {
        hits: HitMaker::new(rules.correlations()),
        matcher: Matcher::new(rules),
        indicators: IndicatorSet::default(),
        since: None,
        until: None,
    }
}

fn scan(path: PathBuf, threads: usize, reversed: bool, knowledge: &Knowledge) -> Outcome {
    let mut walk = khien_ingest::walk(&[path], &|_| true);
    if reversed {
        walk.files.reverse();
    }
    let inputs = Inputs { walk, mappings: Vec::new(), limits: Limits::default(), threads };
    run(&inputs, knowledge, &|_| {}).unwrap()
}

#[test]
fn evtx_records_equal_those_of_the_crate_and_detections_any_order() {
    let Some(root) = corpus("evtx") else { return };
    let mut expected = 0;
    for file in khien_ingest::walk(std::slice::from_ref(&root), &|_| true).files {
        if file.path.extension().is_some_and(|ending| ending == "evtx") {
            let mut parser = evtx::EvtxParser::from_path(&file.path).unwrap();
            expected += parser.records_json_value().filter(Result::is_ok).count() as u64;
        }
    }
    let rules = corpus("sigma").map(|sigma| sigma.join("rules/windows"));
    let knowledge = knowledge(rules.into_iter().collect());
    let one = scan(root.clone(), 1, false, &knowledge);
    let four = scan(root, 4, true, &knowledge);
    assert_eq!(one.records.get(&RecordFormat::Evtx), Some(&expected));
    assert_eq!(one.records, four.records);
    let list = |outcome: &Outcome| -> Vec<String> {
        outcome.detections.iter().unwrap().map(|d| format!("{:?}", d.unwrap())).collect()
    };
    assert!(one.detections.len() > 1000 || knowledge.rules().rules().len() < 1000);
    assert_eq!(list(&one), list(&four));
}

#[test]
fn zeek_logs_are_read_whole() {
    let Some(root) = corpus("rita/missing_host") else { return };
    let outcome = scan(root, 2, false, &knowledge(Vec::new()));
    // Rows counted by `zcat | grep -vc '^#'`.
    assert_eq!(outcome.records.get(&RecordFormat::ZeekTsv), Some(&170_915));
    let reasons: Vec<_> = outcome.found.dead_by_reason.keys().copied().collect();
    assert!(reasons.iter().all(|reason| *reason == Reason::UnknownFormat), "{reasons:?}");
}

#[test]
fn host_logs_in_their_upstream_archives_are_read_whole() {
    let Some(root) = corpus("otrf") else { return };
    let outcome = scan(root, 2, false, &knowledge(Vec::new()));
    // Lines counted by `unzip -p` and `tar xO`; the Zeek rows as above.
    assert_eq!(outcome.records.get(&RecordFormat::WindowsJson), Some(&193_424));
    assert_eq!(outcome.records.get(&RecordFormat::ZeekTsv), Some(&1111));
    // One archive is cut in its last bytes, after its last record; the licence is no log.
    let dead: Vec<_> = outcome.found.dead.iter().map(|d| (d.file.to_string(), d.reason)).collect();
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert!(dead.iter().any(|(file, reason)| {
        file.contains("empire_scm_dll_hijack") && *reason == Reason::DamagedContainer
    }));
    // The persistence trick of 3CX's build host is in that archive, and our own rules see it.
    assert!(!outcome.fired.is_empty());
}
