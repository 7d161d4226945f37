//! Sigma rules from arbitrary text: loading never fails as a whole, and says what it left out.
#![no_main]

use khien_detect::sigma::{LoadOptions, RuleSet, RuleSource};
use khien_model::Untrusted;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let source = RuleSource { origin: Untrusted::from("a.yml"), text: text.to_owned() };
    let set = RuleSet::load([source], &LoadOptions::default());
    let loaded = set.rules().len() + set.correlations().len() + set.filters();
    assert!(loaded > 0 || !set.problems().is_empty(), "no text is passed over");
    for problem in set.problems() {
        assert!(!problem.detail.to_string().chars().any(char::is_control));
    }
});
