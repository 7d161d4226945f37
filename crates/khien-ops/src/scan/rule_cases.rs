//! The test cases that come with the program's own rules, run here and now: a hit has to be found, and a near
//! miss has not.

use std::sync::Arc;

use khien_detect::correlate::HitMaker;
use khien_detect::indicator::IndicatorSet;
use khien_detect::sigma::{LoadOptions, Matcher, RuleSet, RuleSource};
use khien_model::{Limits, Untrusted};
use serde::Deserialize;

use super::run::{self, Inputs};
use super::worker::Knowledge;

/// What a case expects.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// The rule fires on its records.
    Hit,
    /// It does not, although they are nearly what it looks for.
    NearMiss,
}

/// How a case came out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CaseResult {
    /// What it is about.
    pub name: String,
    /// What it expects.
    pub expected: Expected,
    /// Whether it came out so.
    pub passed: bool,
}

#[derive(Deserialize)]
struct Suite {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    expect: Expected,
    records: String,
}

/// Runs all cases of a rule file. It blocks, for some milliseconds a case.
///
/// # Errors
///
/// The machine's, or a test file that cannot be read: a defect of ours. In English.
pub fn run_cases(rules: &str, tests: &str) -> Result<Vec<CaseResult>, String> {
    let suite: Suite = yaml_serde::from_str(tests).map_err(|error| error.to_string())?;
    let source = RuleSource { origin: Untrusted::from("rule"), text: rules.to_owned() };
    let set = Arc::new(RuleSet::load([source], &LoadOptions::default()));
    let knowledge = Knowledge {
        hits: HitMaker::new(set.correlations()),
        matcher: Matcher::new(Arc::clone(&set)),
        indicators: IndicatorSet::default(),
        since: None,
        until: None,
    };
    // Of a correlation it is the correlation that has to fire, and not a part of it.
    let first = if set.correlations().is_empty() { 0 } else { set.rules().len() };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut results = Vec::with_capacity(suite.cases.len());
    for case in suite.cases {
        let path = folder.path().join("records.log");
        std::fs::write(&path, &case.records).map_err(|error| error.to_string())?;
        let walk = khien_ingest::walk(&[path], &|_| true);
        let inputs = Inputs { walk, mappings: Vec::new(), limits: Limits::default(), threads: 1 };
        let outcome = run::run(&inputs, &knowledge, &|_| {}).map_err(|error| error.to_string())?;
        let fired = |finding: &u32| usize::try_from(*finding).is_ok_and(|number| number >= first);
        let is_hit = outcome.fired.keys().any(fired);
        let passed = is_hit == (case.expect == Expected::Hit) && outcome.found.dead.is_empty();
        results.push(CaseResult { name: case.name, expected: case.expect, passed });
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content;

    #[test]
    fn a_rule_that_was_changed_for_the_worse_fails_its_cases() {
        let file =
            content::rules().find(|file| file.name.ends_with("updater_shell_child.yml")).unwrap();
        let tests = content::rule_tests(&file.name).unwrap();
        let results = run_cases(&file.text, tests).unwrap();
        assert!(results.len() >= 2 && results.iter().all(|case| case.passed), "{results:?}");
        let broken = file.text.replace("ParentImage", "NoSuchField");
        let results = run_cases(&broken, tests).unwrap();
        assert!(results.iter().any(|case| case.expected == Expected::Hit && !case.passed));
    }
}
