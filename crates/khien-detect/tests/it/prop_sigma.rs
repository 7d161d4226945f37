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

use khien_detect::sigma::shard::{MatchedField, MatcherHandle};
use khien_detect::sigma::{LoadOptions, Matcher, RuleSet, RuleSource, explain};
use khien_model::{Event, LogSource, Scalar, Untrusted};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseResult, TestRunner};
use yaml_serde::Value;

use crate::reference::{Datum, Record, Source, fires, in_scope};
use crate::support::load;
use mangled::{mangled, nested_too_deep};
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
fn matching(
    handle: &mut MatcherHandle,
    set: &RuleSet,
    event: &Event,
) -> BTreeMap<String, Vec<MatchedField>> {
    let mut found = Vec::new();
    handle.matches(event, &mut found);
    let title = |rule: u32| set.rule(rule).unwrap().title.as_raw().to_owned();
    found.into_iter().map(|matched| (title(matched.rule), matched.fields)).collect()
}

/// Runs a property over rules with records, for one of `share` of the usual number of cases.
///
/// The property counts every pair that it looks at, with its verdict. The percentage that matched
/// is the answer: a property that never saw a match, or nothing else, has shown little.
fn run<S: Strategy>(
    test_name: &'static str,
    share: u32,
    strategy: &S,
    property: impl Fn(S::Value, &Tally) -> TestCaseResult,
) -> u32 {
    let mut config = ProptestConfig::default();
    config.cases = config.cases.div_ceil(share);
    config.source_file = Some(file!());
    config.test_name = Some(test_name);
    let tally = Tally::default();
    if let Err(error) = TestRunner::new(config).run(strategy, |input| property(input, &tally)) {
        panic!("{error}");
    }
    tally.matches.get() * 100 / tally.pairs.get()
}

/// Pairs of a rule and an event looked at so far.
#[derive(Default)]
struct Tally {
    pairs: Cell<u32>,
    matches: Cell<u32>,
}

impl Tally {
    fn note(&self, matches: bool) {
        self.pairs.set(self.pairs.get() + 1);
        self.matches.set(self.matches.get() + u32::from(matches));
    }
}

#[test]
fn one_rule_fires_exactly_where_the_plain_reading_says() {
    let name = "one_rule_fires_exactly_where_the_plain_reading_says";
    let percent = run(name, 1, &(rule("category: test"), records(8)), |(rule, records), tally| {
        let text = written(std::slice::from_ref(&rule));
        prop_assert_eq!(&yaml_serde::from_str::<Value>(&text).unwrap(), &rule);
        let set = load_sound(&text)?;
        let mut handle = Matcher::new(Arc::clone(&set)).handle();
        for record in &records {
            let expected = fires(&rule, record);
            tally.note(expected);
            let found = matching(&mut handle, &set, &event_of(record, SOURCES[0]));
            prop_assert_eq!(expected, !found.is_empty(), "{:?}\n{}", record, text);
        }
        Ok(())
    });
    assert!((20..=60).contains(&percent), "{percent} % of the pairs match");
}

#[test]
fn explanations_and_needs_agree_with_the_plain_reading() {
    let name = "explanations_and_needs_agree_with_the_plain_reading";
    let percent = run(name, 1, &(rule("category: test"), records(8)), |(rule, records), tally| {
        let text = written(std::slice::from_ref(&rule));
        let set = load_sound(&text)?;
        let loaded = &set.rules()[0];
        for record in &records {
            let expected = fires(&rule, record);
            tally.note(expected);
            let event = event_of(record, SOURCES[0]);
            let (verdict, lines) = explain(loaded, &event);
            prop_assert_eq!(expected, verdict, "{:?}\n{}", record, text);
            let conditions = lines.iter().filter(|line| line.depth == 0);
            prop_assert_eq!(verdict, conditions.clone().any(|line| line.matched));
            // Needs are a superset: they never rule out a match, and what is missing explains why.
            let has = |field: &str| event.has(field);
            prop_assert!(!expected || loaded.needs.could_match(&has), "{:?}\n{}", record, text);
            prop_assert_eq!(loaded.needs.could_match(&has), loaded.needs.missing(&has).is_empty());
        }
        Ok(())
    });
    assert!((20..=60).contains(&percent), "{percent} % of the pairs match");
}

#[test]
fn thirty_rules_together_fire_as_each_alone_in_every_log_source() {
    let name = "thirty_rules_together_fire_as_each_alone_in_every_log_source";
    let events = proptest::collection::vec(select(&SOURCES[..]), 8);
    let percent = run(name, 4, &(thirty_rules(), records(8), events), |input, tally| {
        let (rules, records, sources) = input;
        let set = load_sound(&written(&rules))?;
        let mut handle = Matcher::new(Arc::clone(&set)).handle();
        for (record, source) in records.iter().zip(sources) {
            let found = matching(&mut handle, &set, &event_of(record, source));
            for rule in &rules {
                let expected = in_scope(rule, source) && fires(rule, record);
                tally.note(expected);
                let title = rule["title"].as_str().unwrap();
                let detection = yaml_serde::to_string(&rule["detection"]).unwrap();
                let found = found.contains_key(title);
                prop_assert_eq!(expected, found, "{:?} {:?}\n{}", record, source, detection);
            }
        }
        Ok(())
    });
    assert!((5..=60).contains(&percent), "{percent} % of the pairs match");
}

#[test]
fn what_is_not_tried_would_not_match() {
    let name = "what_is_not_tried_would_not_match";
    let events = proptest::collection::vec(select(&SOURCES[..]), 24);
    let percent = run(name, 4, &(thirty_rules(), records(24), events), |input, tally| {
        let (rules, records, sources) = input;
        let set = load_sound(&written(&rules))?;
        let mut filtered = Matcher::new(Arc::clone(&set)).handle();
        let mut unfiltered = Matcher::unfiltered(Arc::clone(&set)).handle();
        for (record, source) in records.iter().zip(sources) {
            let event = event_of(record, source);
            let expected = matching(&mut unfiltered, &set, &event);
            tally.note(!expected.is_empty());
            prop_assert_eq!(expected, matching(&mut filtered, &set, &event), "{:?}", record);
        }
        Ok(())
    });
    assert!(percent > 0);
}

fn thirty_rules() -> impl Strategy<Value = Vec<Value>> {
    let source = select(&RULE_SOURCES[..]).prop_flat_map(rule);
    proptest::collection::vec(source, 30).prop_map(titled)
}

/// Log sources that rules ask for.
const RULE_SOURCES: [&str; 6] = [
    "category: test",
    "category: other_test",
    "product: Khien",
    "{ product: khien, category: test }",
    "service: svc",
    "{ product: other, service: svc }",
];

#[test]
fn neither_order_nor_files_nor_threads_change_a_match() {
    let name = "neither_order_nor_files_nor_threads_change_a_match";
    let rules =
        thirty_rules().prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle()));
    let percent = run(name, 8, &(rules, records(12)), |((rules, shuffled), records), tally| {
        let events: Vec<Event> =
            records.iter().zip(0_usize..).map(|(r, n)| event_of(r, SOURCES[n % 5])).collect();
        let set = load_sound(&written(&rules))?;
        let mut handle = Matcher::new(Arc::clone(&set)).handle();
        let expected: Vec<_> = events.iter().map(|e| matching(&mut handle, &set, e)).collect();
        expected.iter().for_each(|found| tally.note(!found.is_empty()));

        let one_file_each = shuffled.iter().map(|rule| RuleSource {
            origin: Untrusted::from("rule.yml"),
            text: written(std::slice::from_ref(rule)),
        });
        let set = Arc::new(RuleSet::load(one_file_each, &LoadOptions::default()));
        let matcher = Matcher::new(Arc::clone(&set));
        let found: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> = (events.chunks(4).rev())
                .map(|events| {
                    let (mut handle, set) = (matcher.handle(), &set);
                    let work = move || {
                        events.iter().map(|e| matching(&mut handle, set, e)).collect::<Vec<_>>()
                    };
                    scope.spawn(work)
                })
                .collect();
            workers.into_iter().rev().flat_map(|worker| worker.join().unwrap()).collect()
        });
        prop_assert_eq!(expected, found);
        Ok(())
    });
    assert!(percent > 0);
}

proptest! {
    #[test]
    fn mangled_text_gives_a_rule_or_a_problem(text in mangled(), records in records(2)) {
        let set = Arc::new(load(&text, HashMap::new()));
        let loaded = set.rules().len() + set.correlations().len() + set.filters();
        prop_assert!(loaded + set.problems().len() > 0);
        let mut handle = Matcher::new(Arc::clone(&set)).handle();
        for record in &records {
            matching(&mut handle, &set, &event_of(record, SOURCES[0]));
        }
    }

    #[test]
    fn what_nests_too_deep_is_refused(text in nested_too_deep()) {
        let set = load(&text, HashMap::new());
        prop_assert!(!set.problems().is_empty());
        prop_assert_eq!(set.rules().len() + set.correlations().len() + set.filters(), 0);
    }

    #[test]
    fn any_text_gives_a_rule_or_a_problem(text in any::<String>()) {
        let set = load(&text, HashMap::new());
        prop_assert!(set.rules().len() + set.problems().len() > 0);
    }
}
