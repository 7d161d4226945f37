//! Sigma rules against an event; a line of four dashes parts them. What the matcher says and what
//! the explanation says must be the same.
#![no_main]

use std::sync::Arc;

use khien_detect::sigma::{LoadOptions, Matcher, RuleSet, RuleSource, explain};
use khien_model::{Event, LogSource, Untrusted};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((rules, record)) = text.split_once("\n----\n") else { return };
    let mut event = Event::new();
    if khien_ingest::flatten::flatten_json(record.as_bytes(), &mut event, 16).is_err() {
        return;
    }
    event.source = Arc::new(LogSource::new(Some("p"), Some("s"), &["c"]));
    let source = RuleSource { origin: Untrusted::from("a.yml"), text: rules.to_owned() };
    let set = Arc::new(RuleSet::load([source], &LoadOptions::default()));
    let mut handle = Matcher::new(Arc::clone(&set)).handle();
    let (mut found, mut again) = (Vec::new(), Vec::new());
    handle.matches(&event, &mut found);
    handle.matches(&event, &mut again);
    assert_eq!(found, again, "an event matches the same rules every time");
    for (number, rule) in (0_u32..).zip(set.rules()) {
        let matched = found.iter().any(|matched| matched.rule == number);
        let (explained, _) = explain(rule, &event);
        assert_eq!(matched, explained && rule.applies_to(&event.source), "{}", rule.title);
    }
});
