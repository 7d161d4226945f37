//! What is listed is what is loaded, each once, with its text and its reason.

use super::*;
use crate::scan::knowledge::{RuleInputs, read_rules};

const RULE: &str = "title: A\nid: 11111111-1111-4111-8111-111111111111\nname: a\nlogsource: {category: dns}\n\
                    detection:\n  s: {query: x}\n  condition: s\nlevel: high\n";
const TWO: &str = "title: Two of them\nid: 22222222-2222-4222-8222-222222222222\ncorrelation:\n  type: event_count\n  \
                   rules: [a]\n  group-by: [host]\n  timespan: 1h\n  condition: {gte: 2}\nlevel: high\n";

fn source(origin: &str, text: &str) -> RuleSource {
    RuleSource { origin: Untrusted::from(origin), text: text.to_owned() }
}

fn loaded(sources: Vec<RuleSource>) -> Catalogue {
    Catalogue::load(RuleTexts { sources, ..RuleTexts::default() })
}

#[test]
fn everything_that_ships_is_listed_once_and_on() {
    let inputs = RuleInputs { builtin: true, ..RuleInputs::default() };
    let all = Catalogue::load(read_rules(&inputs).unwrap());
    assert_eq!(all.entries.len(), all.set.rules().len() + all.set.correlations().len());
    assert!(all.entries.iter().all(|entry| entry.place.is_some() && entry.left_out.is_none()));
    assert!(all.entries.iter().all(|entry| entry.comes_from() == RuleFrom::BuiltIn));
    let ids: HashSet<&str> = all.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), all.entries.len());
    assert!(ids.iter().all(|id| is_plain(id)));
    let correlations = all.entries.iter().filter(|e| e.about.kind == DocumentKind::Correlation);
    assert!(correlations.map(|entry| entry.stands_on.len()).all(|count| count > 0));
}

#[test]
fn what_is_left_out_says_why_and_where() {
    let broken = "title: B\nlogsource: {category: dns}\ndetection:\n  s: {query: x}\n  condition: s and other\n";
    let all =
        loaded(vec![source("f.yml", &format!("{RULE}---\n{broken}")), source("g.yml", "a: [")]);
    let told: Vec<_> = all
        .entries
        .iter()
        .map(|e| (e.about.title.as_str(), e.place, e.left_out.as_ref().map(|why| why.line)))
        .collect();
    assert_eq!(told[0], ("A", Some(Place::Rule(0)), None));
    assert_eq!(told[1], ("B", None, Some(5)), "{:?}", all.entries[1].left_out);
    assert_eq!((told[2].0, told[2].1), ("g.yml", None));
    assert!(told[2].2.is_some());
}

#[test]
fn ids_that_cannot_stand_in_an_address_or_stand_twice_are_made() {
    let odd = RULE.replace("11111111-1111-4111-8111-111111111111", "\"../\\u202e\"");
    let all = loaded(vec![
        source("a", RULE),
        source("b", RULE),
        source("c", &odd),
        source("d", "title: x\nid: test\n"),
    ]);
    let ids: Vec<&str> = all.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids[0], "11111111-1111-4111-8111-111111111111");
    assert!(ids[1..].iter().all(|id| id.starts_with("x-") && id.len() == 34), "{ids:?}");
    assert_eq!(all.entries[1].key, all.entries[0].key);
    // The same id after the same start.
    let again = loaded(vec![source("a", RULE), source("b", RULE), source("c", &odd)]);
    assert_eq!(again.entries[2].id, ids[2]);
}

#[test]
fn a_correlation_stops_with_what_it_stands_on_and_its_parts_stay_silent_without_it() {
    let mut all = loaded(vec![source("f.yml", &format!("{RULE}---\n{TWO}"))]);
    assert_eq!(all.entries[1].stands_on, [0]);
    assert_eq!(all.turn_off(&HashSet::from([0])), HashSet::from([1]));
    assert!(!all.set.rules()[0].is_on && !all.set.correlations()[0].is_on);
    let mut all = loaded(vec![source("f.yml", &format!("{RULE}---\n{TWO}"))]);
    assert!(all.turn_off(&HashSet::from([1])).is_empty());
    assert!(all.set.rules()[0].is_on && !all.set.rules()[0].reports);
    assert!(!all.set.correlations()[0].is_on);
}

#[test]
fn what_is_tried_alone_has_what_it_stands_on() {
    let all = loaded(vec![
        source("f.yml", &format!("{RULE}---\n{TWO}")),
        source("g", &RULE.replace("111", "333").replace("name: a", "name: b")),
    ]);
    let texts = all.alone(&all.entries[1]);
    assert_eq!(texts.sources.len(), 2);
    let set = RuleSet::load(texts.sources, &LoadOptions::default());
    assert_eq!((set.rules().len(), set.correlations().len(), set.problems().len()), (1, 1, 0));
    // A new correlation stands on what is known, and on what comes with it.
    let about = document::about(TWO).unwrap();
    let texts = loaded(vec![source("f.yml", RULE)]).beside(&[(TWO.to_owned(), about)]);
    let set = RuleSet::load(texts.sources, &LoadOptions::default());
    assert_eq!((set.correlations().len(), set.problems().len()), (1, 0));
}
