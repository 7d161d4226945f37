//! A slow second opinion on rules and correlations, for the property tests.
//!
//! Written from the Sigma specification 2.1 and the choices in `tests/conformance/README.md`. It
//! reads the YAML tree that a test made, knows nothing of the crate's parser, matcher or index, and
//! takes the plainest way everywhere: it tries every place, every split, every pair. It refuses
//! nothing, so it says something about sound rules only.

mod address;
mod condition;
mod encode;
mod item;
mod text;
pub(crate) mod timeline;

pub(crate) use encode::base64;

use yaml_serde::Value;

/// One value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    /// Text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Fraction(f64),
    /// True or false.
    Flag(bool),
    /// Present without a value.
    Null,
}

impl Datum {
    /// The value as written; nothing for null.
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Whole(number) => Some(number.to_string()),
            Self::Fraction(number) => Some(number.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Null => None,
        }
    }
}

/// A flat event: names with their values.
#[derive(Clone, Debug)]
pub(crate) struct Record(pub(crate) Vec<(String, Vec<Datum>)>);

impl Record {
    fn values(&self, name: &str) -> Option<&[Datum]> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, values)| values.as_slice())
    }

    fn all_values(&self) -> impl Iterator<Item = &Datum> {
        self.0.iter().flat_map(|(_, values)| values)
    }
}

/// Whether a detection rule matches a record; the log source is not looked at.
pub(crate) fn fires(rule: &Value, record: &Record) -> bool {
    let detection = rule["detection"].as_mapping().unwrap();
    let names: Vec<&str> =
        detection.keys().filter_map(Value::as_str).filter(|name| *name != "condition").collect();
    let test = |name: &str| selection_holds(&detection[name], record);
    match &detection["condition"] {
        Value::Sequence(several) => several
            .iter()
            .any(|condition| condition::holds(condition.as_str().unwrap(), &names, &test)),
        one => condition::holds(one.as_str().unwrap(), &names, &test),
    }
}

/// Maps link with "and", lists with "or"; a bare value is a keyword.
fn selection_holds(selection: &Value, record: &Record) -> bool {
    match selection {
        Value::Mapping(items) => {
            items.iter().all(|(key, values)| item::holds(key.as_str().unwrap(), values, record))
        }
        Value::Sequence(parts) => parts.iter().any(|part| selection_holds(part, record)),
        keyword => item::holds("", keyword, record),
    }
}

/// What an event says of its log source: product, service, categories.
pub(crate) type Source = (Option<&'static str>, Option<&'static str>, &'static [&'static str]);

/// Whether a rule is meant for events of this log source.
pub(crate) fn in_scope(rule: &Value, (product, service, categories): Source) -> bool {
    let asked = rule["logsource"].as_mapping().unwrap();
    asked.iter().all(|(part, word)| {
        let word = word.as_str().unwrap().to_lowercase();
        match part.as_str().unwrap() {
            "product" => product == Some(word.as_str()),
            "service" => service == Some(word.as_str()),
            "category" => categories.contains(&word.as_str()),
            other => panic!("`{other}` in a log source"),
        }
    })
}
