//! One line of a selection: a field with modifiers, and values.

use std::cmp::Ordering;

use regex::RegexBuilder;
use yaml_serde::Value;

use super::text::{Case, Place, fits, pattern_of, plain, with_dashes};
use super::{Datum, Record, address, encode};

/// Whether the field of the record meets the values. Without a name, any field will do.
pub(super) fn holds(key: &str, values: &Value, record: &Record) -> bool {
    let mut words = key.split('|');
    let line = Line { name: words.next().unwrap(), modifiers: words.collect(), record };
    let values = match values {
        Value::Sequence(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut holding = values.iter().map(|value| line.value_holds(value));
    let verdict =
        if line.has("all") { holding.all(|holds| holds) } else { holding.any(|holds| holds) };
    verdict != line.has("neq")
}

struct Line<'r> {
    name: &'r str,
    modifiers: Vec<&'r str>,
    record: &'r Record,
}

impl Line<'_> {
    fn has(&self, modifier: &str) -> bool {
        self.modifiers.contains(&modifier)
    }

    fn value_holds(&self, value: &Value) -> bool {
        let present = self.record.values(self.name);
        if self.has("exists") {
            return value.as_bool().unwrap() == present.is_some();
        }
        if value.is_null() {
            return present.is_none_or(|values| values.contains(&Datum::Null));
        }
        if self.name.is_empty() {
            return self.record.all_values().any(|datum| self.datum_holds(value, datum));
        }
        present.is_some_and(|values| values.iter().any(|datum| self.datum_holds(value, datum)))
    }

    fn datum_holds(&self, value: &Value, datum: &Datum) -> bool {
        for (modifier, wanted) in COMPARISONS {
            if self.has(modifier) {
                let order = compare(datum, &datum_of(value));
                return order.is_some_and(|order| wanted.contains(&order));
            }
        }
        let (Some(text), Some(written)) = (datum.text(), datum_of(value).text()) else {
            return false;
        };
        if self.has("cidr") {
            return address::is_within(&text, &written);
        }
        if self.has("re") {
            return self.regex_finds(&written, &text);
        }
        if self.has("fieldref") {
            let others = self.record.values(&written).unwrap_or_default();
            let mut others = others.iter().filter_map(Datum::text);
            return others.any(|other| self.text_fits(&plain(&other), &text));
        }
        if self.has("base64") {
            return self.text_fits(&plain(&encode::base64(&self.bytes_of(&written))), &text);
        }
        if self.has("base64offset") {
            let forms = encode::common_base64(&self.bytes_of(&written));
            return forms.iter().any(|form| self.text_fits(&plain(form), &text));
        }
        // Only text is read for wildcards; other values have none.
        let pattern = pattern_of(&written);
        let pattern = if self.has("windash") { with_dashes(&pattern) } else { pattern };
        self.text_fits(&pattern, &text)
    }

    /// Whether a text fits a pattern at the place that the modifiers ask for.
    fn text_fits(&self, pattern: &[Place], text: &str) -> bool {
        let placed = ["contains", "startswith", "endswith"].iter().any(|m| self.has(m));
        let anywhere = self.has("contains") || (self.name.is_empty() && !placed);
        let mut whole = pattern.to_vec();
        if anywhere || self.has("endswith") {
            whole.insert(0, Place::Many);
        }
        if anywhere || self.has("startswith") {
            whole.push(Place::Many);
        }
        // Base64 tells capitals from small letters.
        let exact = ["cased", "base64", "base64offset"].iter().any(|m| self.has(m));
        let case = if exact { Case::Kept } else { Case::Folded };
        fits(&whole, &text.chars().collect::<Vec<_>>(), case)
    }

    fn bytes_of(&self, written: &str) -> Vec<u8> {
        let text: String = pattern_of(written)
            .iter()
            .map(|place| match place {
                Place::Char(c) => *c,
                other => panic!("{other:?} in a value to encode"),
            })
            .collect();
        encode::bytes_of(&text, &self.modifiers)
    }

    fn regex_finds(&self, pattern: &str, text: &str) -> bool {
        RegexBuilder::new(pattern)
            .case_insensitive(self.has("i"))
            .multi_line(self.has("m"))
            .dot_matches_new_line(self.has("s"))
            .build()
            .unwrap()
            .is_match(text)
    }
}

const COMPARISONS: [(&str, &[Ordering]); 4] = [
    ("gt", &[Ordering::Greater]),
    ("gte", &[Ordering::Greater, Ordering::Equal]),
    ("lt", &[Ordering::Less]),
    ("lte", &[Ordering::Less, Ordering::Equal]),
];

fn datum_of(value: &Value) -> Datum {
    match value {
        Value::String(text) => Datum::Text(text.clone()),
        Value::Bool(flag) => Datum::Flag(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Datum::Whole(whole),
            None => Datum::Fraction(number.as_f64().unwrap()),
        },
        Value::Null => Datum::Null,
        other => panic!("{other:?} as a value"),
    }
}

/// Numbers by value; text that is a decimal number counts as one, other text never compares.
fn compare(left: &Datum, right: &Datum) -> Option<Ordering> {
    match (number_of(left)?, number_of(right)?) {
        (Datum::Whole(left), Datum::Whole(right)) => Some(left.cmp(&right)),
        (left, right) => as_fraction(&left)?.partial_cmp(&as_fraction(&right)?),
    }
}

fn number_of(datum: &Datum) -> Option<Datum> {
    match datum {
        Datum::Text(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
            let is_number =
                |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            if !is_number(whole) || !is_number(fraction) {
                return None;
            }
            let whole = text.parse().map(Datum::Whole).ok();
            whole.or_else(|| text.parse().map(Datum::Fraction).ok())
        }
        Datum::Whole(_) | Datum::Fraction(_) => Some(datum.clone()),
        Datum::Flag(_) | Datum::Null => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "only where one side has a fraction")]
fn as_fraction(datum: &Datum) -> Option<f64> {
    match datum {
        Datum::Whole(number) => Some(*number as f64),
        Datum::Fraction(number) => Some(*number),
        _ => None,
    }
}
