//! The Sigma matcher against a plain reading of the same rules.
//!
//! What the generators in [`rules`] and [`records`] leave out on purpose is listed there: known
//! differences, each to be let in again when it is mended.

mod mangled;
mod records;
mod rules;

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use khien_detect::sigma::{LoadOptions, MatchedField, Matcher, MatcherHandle, RuleSet, RuleSource};
use khien_detect::sigma::explain;
use khien_model::{Event, LogSource, Scalar, Untrusted};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseResult, TestRunner};
use yaml_serde::Value;

use crate::reference::{Datum, Record, Source, fires, in_scope};
use crate::support::load;
use mangled::mangled;
use records::records;
use rules::{rule, titled, written};

/// Log sources of events; the first is in scope of most rules, by each of its words.
const SOURCES: [Source; 5] = [
    (Some("khien"), Some("svc"), &["test", "other_test"]),
    (Some("khien"), None, &["test"]),
    (None, None, &["other_test", "test"]),
    (Some("other"), Some("svc"), &[]),
    (None, None, &[]),
];

fn event_of(record: &Record, (product, service, categories): Source) -> Event {
    let mut event = Event::new();
    event.source = Arc::new(LogSource::new(product, service, categories));
    for (name, values) in &record.0 {
        for value in values {
            let scalar = match value {
                Datum::Text(text) => Scalar::Str(text),
                Datum::Whole(number) => Scalar::Int(*number),
                Datum::Fraction(number) => Scalar::Float(*number),
                Datum::Flag(flag) => Scalar::Bool(*flag),
                Datum::Null => Scalar::Null,
            };
            event.push(name, scalar);
        }
    }
    event
}

/// Loads rules that the matcher is expected to know.
fn load_sound(text: &str) -> Result<Arc<RuleSet>, TestCaseError> {
    let set = load(text, HashMap::new());
    prop_assert!(set.problems().is_empty(), "{:?}", set.problems());
    Ok(Arc::new(set))
}

/// The rules that match, by title, with the fields that the matcher names.
fn matching(handle: &mut MatcherHandle, set: &RuleSet, event: &Event) -> BTreeMap<String, Vec<MatchedField>> {
    let mut found = Vec::new();
    handle.matches(event, &mut found);
    let title = |rule: u32| set.rule(rule).unwrap().title.as_raw().to_owned();
    found.into_iter().map(|matched| (title(matched.rule), matched.fields)).collect()
}

/// Runs a property over rules with records; at the end, both outcomes must have been common.
///
/// The property says how many pairs it looked at, and how many of them matched.
fn run<S: Strategy>(
    test_name: &'static str,
    strategy: S,
    cases: u32,
    property: impl Fn(S::Value, &Cell<(u32, u32)>) -> TestCaseResult,
) {
    let mut config = ProptestConfig::default();
    config.cases = config.cases.min(cases.max(config.cases / 4));
    config.source_file = Some(file!());
    config.test_name = Some(test_name);
    let counts = Cell::new((0, 0));
    let mut runner = TestRunner::new(config);
    if let Err(error) = runner.run(&strategy, |input| property(input, &counts)) {
        panic!("{error}");
    }
    let (pairs, matches) = counts.get();
    let percent = matches * 100 / pairs;
    assert!((20..=60).contains(&percent), "{percent} % of {pairs} pairs match");
}

fn count(counts: &Cell<(u32, u32)>, matches: bool) {
    let (pairs, so_far) = counts.get();
    counts.set((pairs + 1, so_far + u32::from(matches)));
}
