//! What is evaluated here against what the engine below makes of the same rules.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rsigma_eval::result::MatchDetailLevel;
use rsigma_eval::{Engine, ResultBody};

use super::*;
use crate::sigma::{LoadOptions, RuleSource};

/// Detections of every form, one rule each.
const DETECTIONS: [&str; 24] = [
    r"{ s: { Image|endswith: '\cmd.exe' }, condition: s }",
    r"{ s: { Image|endswith: ['\cmd.exe', '\sh.exe'], Text|contains: ' /c ' }, condition: s }",
    r"{ s: { EventID: 4688 }, f: { Text: null }, condition: s and not f }",
    r"{ s: { EventID: [1, 4688], Text|contains|all: [a, b] }, condition: s }",
    r"{ s: { EventID|gt: 100 }, condition: not s }",
    r"{ s: { Text|re: '(?i)mask.{1,3}kiss' }, condition: s }",
    r"{ s: { Text|re: 'cm?d' }, t: { Image|re: '.*' }, condition: s or t }",
    r"{ s: { Text: 'k*s?s' }, condition: s }",
    r"{ s: ['sekurlsa::', 'mask kiss'], condition: s }",
    r"{ s: [abc, cd], f: { EventID: 1 }, condition: s and not f }",
    r"{ s: [{ Image: cmd }, { Text|startswith: kis }], condition: s }",
    r"{ s: { Text|cased|contains: Kis }, condition: s }",
    r"{ s: { Text|exists: false }, condition: s }",
    r"{ s: { Text|exists: true, Image|contains: c }, condition: s }",
    r"{ s: { Text: '' }, condition: s }",
    r"{ s: { Text|fieldref: Image }, condition: s }",
    r"{ s: { EventID|neq: 1 }, condition: s }",
    r"{ s1: { Text: ab }, s2: { Image: cd }, condition: 1 of s* }",
    r"{ s1: { Text|contains: a }, s2: { Image|contains: c }, condition: all of s* }",
    r"{ s: { Text|windash|contains: ' -c ' }, condition: s }",
    r"{ s: { Text: '10' }, t: { EventID: 10 }, condition: s or t }",
    r"{ s: { Text|contains: ['é', 'ſ', 'k'] }, condition: s }",
    r"{ s: { Text|re: '(?i)é.s' }, condition: s }",
    r"{ s: { Text: true, EventID: '1' }, condition: s }",
];

fn rules() -> Arc<RuleSet> {
    let documents = DETECTIONS.iter().enumerate().map(|(number, detection)| {
        format!("title: r{number}\nlogsource: {{ category: test }}\ndetection: {detection}\n")
    });
    let origin = khien_model::Untrusted::from("rules.yml");
    let text = documents.collect::<Vec<_>>().join("---\n");
    let set = RuleSet::load([RuleSource { origin, text }], &LoadOptions::default());
    assert!(set.problems().is_empty(), "{:?}", set.problems());
    Arc::new(set)
}

/// The matches as the engine reports them, with each rule asked alone and nothing left out.
fn by_the_engine(set: &RuleSet, event: &Event) -> Vec<Match> {
    let mut found = Vec::new();
    for (number, rule) in (0_u32..).zip(set.rules()) {
        let mut engine = Engine::new();
        engine.set_match_detail(MatchDetailLevel::Summary);
        engine.add_compiled_rule(rule.compiled.clone());
        for result in engine.evaluate(&View { event }) {
            let ResultBody::Detection(body) = result.body else { continue };
            let fields = body.matched_fields.into_iter().map(|matched| MatchedField {
                field: matched.field,
                value: matched.value,
                selection: matched.selection.unwrap(),
            });
            let mut fields: Vec<_> = fields.collect();
            fields.sort_by(|a, b| (&a.selection, &a.field).cmp(&(&b.selection, &b.field)));
            fields.dedup();
            found.push(Match { rule: number, fields });
        }
    }
    found
}

#[derive(Clone, Debug)]
enum Datum {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Null,
}

/// Texts that some of the rules look for, and near misses.
const TEXTS: [&str; 24] = [
    "",
    "a",
    "ab",
    "AB c",
    "cd",
    "CMD",
    r"C:\CMD.exe",
    r"\sh.exe",
    "x /c y",
    "a -c b /C ",
    "MASK to Kiss",
    "mask kiss",
    "maſk kiſſ",
    "\u{212a}iss",
    "kiſs",
    "Éas",
    "SEKURLSA::x",
    "xabcx",
    "1",
    "10",
    "4688",
    "true",
    "ΑΣ",
    "İ",
];

fn datum() -> impl Strategy<Value = Datum> {
    prop_oneof![
        8 => select(&TEXTS[..]).prop_map(|text| Datum::Text(text.to_owned())),
        2 => "[abckK /\\\\.ſsé]{0,8}".prop_map(Datum::Text),
        4 => select(&[0, 1, 10, 4688, 99999][..]).prop_map(Datum::Int),
        1 => select(&[1.0, 0.5, 4688.0][..]).prop_map(Datum::Float),
        1 => any::<bool>().prop_map(Datum::Bool),
        1 => Just(Datum::Null),
    ]
}

proptest! {
    #[test]
    fn matches_and_their_fields_are_those_of_the_engine(
        events in vec(vec((select(&["Image", "Text", "EventID", "Other"][..]), datum()), 0..6), 12),
    ) {
        let set = rules();
        let mut handle = Matcher::new(Arc::clone(&set)).handle();
        for fields in events {
            let mut event = Event::new();
            event.source = Arc::new(LogSource::new(None, None, &["test"]));
            for (name, value) in &fields {
                event.push(name, match value {
                    Datum::Text(text) => khien_model::Scalar::Str(text),
                    Datum::Int(number) => khien_model::Scalar::Int(*number),
                    Datum::Float(number) => khien_model::Scalar::Float(*number),
                    Datum::Bool(flag) => khien_model::Scalar::Bool(*flag),
                    Datum::Null => khien_model::Scalar::Null,
                });
            }
            let mut found = Vec::new();
            handle.matches(&event, &mut found);
            prop_assert_eq!(found, by_the_engine(&set, &event), "{:?}", fields);
        }
    }
}

#[test]
fn names_that_never_repeat_do_not_fill_memory_or_hide_a_match() {
    let set = rules();
    let mut handle = Matcher::new(set).handle();
    let mut found = Vec::new();
    for number in 0..PLANS_MAX + 10 {
        let mut event = Event::new();
        event.source = Arc::new(LogSource::new(None, None, &["test"]));
        event.push(&format!("x{number}"), khien_model::Scalar::Null);
        event.push("Image", khien_model::Scalar::Str("cmd"));
        found.clear();
        handle.matches(&event, &mut found);
        assert!(found.iter().any(|matched| matched.rule == 10), "{number}");
    }
    assert_eq!(handle.plans.kept.len(), PLANS_MAX);
}
