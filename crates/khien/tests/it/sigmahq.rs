//! The public regression data, where they stand beside the checkout: every positive case fires its
//! rule on its EVTX and on its JSON twin, as often as stated.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use khien_detect::sigma::Matcher;
use khien_detect::sigma::shard::MatcherHandle;
use khien_ingest::{DeadLetter, InputFile, Normalizer, Place, Sink};
use khien_model::{Event, Limits};
use khien_ops::scan::knowledge::{RuleInputs, load_rules};
use khien_testkit::corpus;
use yaml_serde::Value;

struct Fired<'s> {
    handle: &'s mut MatcherHandle,
    rule: u32,
    count: u64,
    dead: Vec<DeadLetter>,
}

impl Sink for Fired<'_> {
    fn event(&mut self, event: &Event, _: Place) {
        let mut found = Vec::new();
        self.handle.matches(event, &mut found);
        self.count += found.iter().filter(|matched| matched.rule == self.rule).count() as u64;
    }

    fn dead(&mut self, letter: DeadLetter) {
        self.dead.push(letter);
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let wanted = |path: &Path| path.is_dir() || path.extension().is_some_and(|e| e == ending);
    khien_ingest::walk(&[folder.to_owned()], &wanted).files.into_iter().map(|f| f.path).collect()
}

#[test]
fn every_regression_case_fires_on_both_twins() {
    let Some(root) = corpus("sigma") else { return };
    let folders = ["rules", "rules-emerging-threats", "rules-threat-hunting"];
    let paths = folders.iter().map(|folder| root.join(folder)).collect();
    let rules = load_rules(&RuleInputs { paths, builtin: false, placeholders: None }).unwrap();
    let rules = Arc::new(rules);
    let mut handle = Matcher::new(Arc::clone(&rules)).handle();
    let (mut checked, mut failures) = (0, Vec::new());
    for info in files(&root.join("regression_data"), "yml") {
        let text = std::fs::File::open(&info).and_then(std::io::read_to_string).unwrap();
        let info_text: Value = yaml_serde::from_str(&text).unwrap();
        let id = info_text["rule_metadata"][0]["id"].as_str().unwrap();
        let Some(tests) = info_text["regression_tests_info"].as_sequence() else { continue };
        let Some(rule) = rules.rules().iter().position(|rule| rule.id == id) else {
            failures.push(format!("{id} is not loaded"));
            continue;
        };
        let stated = tests[0]["match_count"].as_u64();
        for ending in ["evtx", "json"] {
            for path in files(info.parent().unwrap(), ending) {
                let rule = u32::try_from(rule).unwrap();
                let mut fired = Fired { handle: &mut handle, rule, count: 0, dead: Vec::new() };
                let input = InputFile { path: path.clone(), bytes: 0 };
                let mut normalizer = Normalizer::default();
                khien_ingest::read_file(
                    &input,
                    &mut normalizer,
                    &Limits::default(),
                    &mut fired,
                    &|_| {},
                );
                checked += 1;
                let right = fired.count > 0 && stated.is_none_or(|stated| stated == fired.count);
                if !right || !fired.dead.is_empty() {
                    let count = fired.count;
                    failures.push(format!("{}: fired {count}, stated {stated:?}", path.display()));
                }
            }
        }
    }
    assert!(checked >= 200, "{checked} files");
    assert!(failures.is_empty(), "{} of {checked}:\n{}", failures.len(), failures.join("\n"));
}
