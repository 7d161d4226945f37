//! Small rules of every form, as YAML trees.
//!
//! Left out are the forms that the matcher is known to read otherwise; each can come back when it
//! is mended:
//!
//! - `fieldref` where a field holds several values or null; `cased` beside it;
//! - records with null beside other values of one field;
//! - `neq` with null, or with `all`;
//! - comparison with whole numbers beyond 2^53, and `inf`;
//! - lists of regular expressions with `(?-i)`; letters whose small form depends on what follows
//!   (Σ) or has several characters (İ).

use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use yaml_serde::Value;

use super::records::{LARGE, NUMBER_FIELD, SECRETS, SINGLE_FIELDS, TEXT_FIELDS, WHOLE, WORDS};

/// A rule that asks for a log source, given as YAML.
pub(super) fn rule(log_source: &'static str) -> impl Strategy<Value = Value> {
    let log_source: Value = yaml_serde::from_str(log_source).unwrap();
    detection().prop_map(move |detection| {
        mapping([
            ("title", "t".into()),
            ("logsource", log_source.clone()),
            ("detection", detection),
        ])
    })
}

/// Gives every rule a title of its own.
pub(super) fn titled(mut rules: Vec<Value>) -> Vec<Value> {
    for (number, rule) in rules.iter_mut().enumerate() {
        rule["title"] = format!("rule {number}").into();
    }
    rules
}

fn mapping<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    Value::Mapping(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

fn detection() -> impl Strategy<Value = Value> {
    let names = subsequence(vec!["sel_a", "sel_b", "filter_main", "_sel"], 1..=4).prop_shuffle();
    (names, vec(selection(), 4), vec(condition(), 1..=2)).prop_map(
        |(names, selections, conditions)| {
            let mut conditions: Vec<Value> =
                conditions.iter().map(|condition| condition.written(&names).into()).collect();
            let condition = match conditions.len() {
                1 => conditions.remove(0),
                _ => Value::Sequence(conditions),
            };
            let named = names.iter().copied().zip(selections);
            mapping(named.chain([("condition", condition)]))
        },
    )
}

/// A condition before the names of the selections are known.
#[derive(Clone, Debug)]
enum Condition {
    Name(usize),
    Selector(&'static str, &'static str),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Condition {
    fn written(&self, names: &[&str]) -> String {
        let joined = |parts: &[Self], word: &str| {
            parts.iter().map(|part| part.bracketed(names)).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Name(number) => names[number % names.len()].to_owned(),
            Self::Selector(quantifier, pattern) => {
                // A selector has to stand for something.
                let stands_for = names.iter().filter(|name| match *pattern {
                    "_*" => **name == "_sel",
                    "sel_*" => name.starts_with("sel_"),
                    _ => !name.starts_with('_'),
                });
                match stands_for.count() {
                    0 => names[0].to_owned(),
                    1 if *quantifier == "2" => format!("1 of {pattern}"),
                    _ => format!("{quantifier} of {pattern}"),
                }
            }
            Self::Not(part) => format!("not {}", part.bracketed(names)),
            Self::And(parts) => joined(parts, " and "),
            Self::Or(parts) => parts
                .iter()
                .map(|part| match part {
                    Self::Or(_) => part.bracketed(names),
                    tighter => tighter.written(names),
                })
                .collect::<Vec<_>>()
                .join(" or "),
        }
    }

    fn bracketed(&self, names: &[&str]) -> String {
        match self {
            Self::And(_) | Self::Or(_) => format!("({})", self.written(names)),
            single => single.written(names),
        }
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    let selector =
        (select(&["1", "all", "any", "2"][..]), select(&["them", "sel_*", "*e*_*", "_*", "*"][..]));
    let leaf = prop_oneof![
        4 => (0..4_usize).prop_map(Condition::Name),
        1 => selector.prop_map(|(quantifier, pattern)| Condition::Selector(quantifier, pattern)),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|part| Condition::Not(Box::new(part))),
            7 => vec(inner.clone(), 2..=3).prop_map(Condition::And),
            3 => vec(inner, 2..=3).prop_map(Condition::Or),
        ]
    })
}

fn selection() -> impl Strategy<Value = Value> {
    let items = |most| {
        vec(item(), 1..=most).prop_map(|items| {
            mapping(items.iter().map(|(key, value)| (key.as_str(), value.clone())))
        })
    };
    prop_oneof![
        6 => items(2),
        2 => vec(items(2), 1..=3).prop_map(Value::Sequence),
        1 => values(pattern()).prop_map(Value::Sequence),
        1 => vec(pattern(), 2..=3).prop_map(|words| mapping([("|all", Value::Sequence(words))])),
        1 => regex().prop_map(|pattern| mapping([("|re", pattern)])),
    ]
}

/// One line of a selection.
type Item = (String, Value);

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        10 => text_item(),
        3 => differing(),
        2 => regex_item(),
        1 => select(&TEXT_FIELDS[..]).prop_map(|name| (name.to_owned(), Value::Null)),
        1 => (field(), any::<bool>()).prop_map(|(name, is)| (format!("{name}|exists"), is.into())),
        1 => flag_item(),
        2 => reference_item(),
        3 => number_item(),
        1 => network_item(),
        2 => option_item(),
        2 => encoded_item(),
    ]
}

fn field() -> impl Strategy<Value = &'static str> {
    prop_oneof![16 => select(&TEXT_FIELDS[..]), 2 => Just(NUMBER_FIELD), 2 => Just("Ip"), 1 => Just("Flag")]
}

/// Lists short and long: a matcher may treat them differently.
fn values(value: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Vec<Value>> {
    let value = value.boxed();
    prop_oneof![8 => vec(value.clone(), 1..=3), 1 => vec(value, 8..=10)]
}

fn one_or_list(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { Value::Sequence(values) }
}

/// A value as written in a rule, with and without wildcards.
fn pattern() -> impl Strategy<Value = Value> {
    const WILD: [&str; 14] = [
        "a*", "*b", "*a*", "a?b", "?", "*", "?*", "a*b*", "*a?", r"a\*b", r"a\\*", r"*\?*", "**",
        "Đ*",
    ];
    prop_oneof![
        6 => select(&WORDS[..]).prop_map(Value::from),
        4 => select(&WILD[..]).prop_map(Value::from),
        2 => "[aAbBđ*?\\\\]{1,4}".prop_map(Value::from),
        1 => select(&WHOLE[..]).prop_map(Value::from),
        1 => select(&LARGE[..]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

/// A text item, in a list of values sometimes with null.
fn text_item() -> impl Strategy<Value = Item> {
    let null = prop_oneof![6 => Just(None), 1 => any::<Index>().prop_map(Some)];
    (valued_item(), null).prop_map(|((key, mut value), null)| {
        if let (Value::Sequence(list), Some(at)) = (&mut value, null) {
            list.insert(at.index(list.len() + 1), Value::Null);
        }
        (key, value)
    })
}

fn valued_item() -> impl Strategy<Value = Item> {
    let place = select(&["", "", "contains", "contains", "startswith", "endswith"][..]);
    let more = (weighted(0.2), weighted(0.15), any::<bool>());
    (field(), place, more, values(pattern())).prop_map(
        |(name, place, (cased, all, swapped), values)| {
            let mut modifiers = vec![place];
            modifiers.extend(cased.then_some("cased"));
            modifiers.extend((all && values.len() > 1).then_some("all"));
            if swapped {
                modifiers.reverse();
            }
            (key(name, &modifiers), one_or_list(values))
        },
    )
}

fn key(name: &str, modifiers: &[&str]) -> String {
    let used = modifiers.iter().filter(|modifier| !modifier.is_empty());
    used.fold(name.to_owned(), |key, modifier| format!("{key}|{modifier}"))
}

/// An item of another form, turned round by `neq` at one of its places.
fn differing() -> impl Strategy<Value = Item> {
    let item = prop_oneof![
        4 => valued_item(),
        1 => regex_item(),
        1 => reference_item(),
        1 => network_item(),
        1 => option_item(),
        1 => encoded_item(),
        1 => flag_item(),
        1 => equal_item(),
    ];
    (item, any::<bool>()).prop_map(|((key, value), first)| {
        let key = key.replace("|all", "");
        let (name, modifiers) = key.split_once('|').unwrap_or((&key, ""));
        let modifiers = if first { ["neq", modifiers] } else { [modifiers, "neq"] };
        (self::key(name, &modifiers), value)
    })
}

fn flag_item() -> impl Strategy<Value = Item> {
    any::<bool>().prop_map(|is| ("Flag".to_owned(), is.into()))
}

fn regex() -> impl Strategy<Value = Value> {
    select(
        &["^a", "b$", "a.b", "^[ab]*$", "(?i)AB", r"\\", r"a*b?", "^.?$", "đ", "[^a]", "1|2", "^$"]
            [..],
    )
    .prop_map(Value::from)
}

fn regex_item() -> impl Strategy<Value = Item> {
    let flags = subsequence(vec!["i", "m", "s"], 0..=3);
    (field(), flags, any::<bool>(), values(regex())).prop_map(|(name, flags, all, values)| {
        let mut modifiers = vec!["re"];
        modifiers.extend(flags);
        modifiers.extend((all && values.len() > 1).then_some("all"));
        (key(name, &modifiers), one_or_list(values))
    })
}

fn reference_item() -> impl Strategy<Value = Item> {
    let place = select(&["", "", "contains", "startswith", "endswith"][..]);
    let others = vec(select(&SINGLE_FIELDS[..]).prop_map(Value::from), 1..=2);
    (select(&SINGLE_FIELDS[..]), place, others)
        .prop_map(|(name, place, others)| (key(name, &["fieldref", place]), one_or_list(others)))
}

fn number_item() -> impl Strategy<Value = Item> {
    let modifier = select(&["gt", "gte", "lt", "lte"][..]);
    let name = prop_oneof![4 => Just(NUMBER_FIELD), 1 => field()];
    prop_oneof![
        4 => (name, modifier, bound())
            .prop_map(|(name, modifier, bound)| (key(name, &[modifier]), bound)),
        1 => equal_item(),
    ]
}

fn bound() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => select(&WHOLE[..]).prop_map(Value::from),
        1 => select(&[-1.5, 0.5, 9.25][..]).prop_map(Value::from),
    ]
}

fn equal_item() -> impl Strategy<Value = Item> {
    let number = prop_oneof![1 => bound(), 1 => select(&LARGE[..]).prop_map(Value::from)];
    vec(number, 1..=2).prop_map(|list| (NUMBER_FIELD.to_owned(), one_or_list(list)))
}

fn network_item() -> impl Strategy<Value = Item> {
    let network = select(
        &[
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.64.0/19",
            "0.0.0.0/0",
            "fe80::/10",
            "2001:db8::/32",
        ][..],
    );
    vec(network.prop_map(Value::from), 1..=2)
        .prop_map(|list| ("Ip|cidr".to_owned(), one_or_list(list)))
}

fn option_item() -> impl Strategy<Value = Item> {
    let option = select(&["-a", "/a", " –a", "-a -b", "x —a", "- a", "x-a", "*―a", " -a*b"][..]);
    let place = select(&["", "contains", "contains", "startswith", "endswith"][..]);
    (place, vec(option.prop_map(Value::from), 1..=2), any::<bool>()).prop_map(
        |(place, list, all)| {
            let all = if all && list.len() > 1 { "all" } else { "" };
            (key("Cmd", &["windash", place, all]), one_or_list(list))
        },
    )
}

fn encoded_item() -> impl Strategy<Value = Item> {
    let wide = select(&["", "", "wide", "utf16le", "utf16be", "utf16"][..]);
    let form = select(&[("base64", ""), ("base64", "contains"), ("base64offset", "contains")][..]);
    (wide, form, vec(select(&SECRETS[..]).prop_map(Value::from), 1..=2)).prop_map(
        |(wide, (form, place), list)| (key("Enc", &[wide, form, place]), one_or_list(list)),
    )
}

/// Rules as one text.
pub(super) fn written(rules: &[Value]) -> String {
    let documents = rules.iter().map(|rule| yaml_serde::to_string(rule).unwrap());
    documents.collect::<Vec<_>>().join("---\n")
}
