//! Rules that look into an object as if it were text, and lists of names beside lists of values.
//!
//! Cloud rules are written for stores that keep an object as JSON text (`requestParameters|contains`)
//! or that make fields of its name and value pairs. Flattening took the objects apart; this offers
//! what those rules look for.

use khien_model::{Event, Scalar};

/// Bound: bytes of the text that stands for one object.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// Bound: pairs that become fields.
const PAIRS_MAX: usize = 256;

/// Offers everything under `prefix` as one text, `"key":"value",...`, under the name `to`, unless
/// the record has that name.
pub(super) fn offer_text(event: &mut Event, prefix: &str, to: &str) {
    if event.has(to) {
        return;
    }
    let mut text = String::new();
    for (name, value, origin) in event.fields() {
        let is_inside = origin == khien_model::event::Origin::Read
            && name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        if !is_inside {
            continue;
        }
        if text.len() >= TEXT_BYTES_MAX {
            break;
        }
        if !text.is_empty() {
            text.push(',');
        }
        let key = name.rsplit('.').next().unwrap_or(name);
        text.push_str(&serde_json::Value::from(key).to_string());
        text.push(':');
        text.push_str(&value.to_json().to_string());
    }
    if !text.is_empty() {
        event.push_derived(to, Scalar::Str(&text));
    }
}

/// Offers pairs that came as a list of names and a list of values as fields of those names.
///
/// Does nothing when the lists differ in length, because then it is not known what belongs together.
pub(super) fn offer_pairs(event: &mut Event, names: &str, values: &str, fold: fn(&str) -> String) {
    let pairs: Vec<(String, String)> = event
        .values(names)
        .zip(event.values(values))
        .take(PAIRS_MAX)
        .map(|(name, value)| (fold(&name.to_string()), value.to_string()))
        .collect();
    if event.values(names).count() != event.values(values).count() {
        return;
    }
    for (name, value) in pairs.iter().filter(|(name, _)| !name.is_empty()) {
        // Entra writes the new value as JSON text.
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        event.push_derived(name, Scalar::Str(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event_of;
    use khien_model::Scalar::{Int, Str};

    #[test]
    fn an_object_reads_as_text() {
        let mut event = event_of(&[
            ("a.b", Str("x \"y\"")),
            ("a.c.d", Int(1)),
            ("ab.c", Str("not inside")),
            ("a.b", Str("z")),
        ]);
        offer_text(&mut event, "a", "a");
        assert_eq!(event.text_of("a"), Some(r#""b":"x \"y\"","d":1,"b":"z""#));
        offer_text(&mut event, "none", "none");
        assert!(!event.has("none"));
    }

    #[test]
    fn pairs_need_lists_of_equal_length() {
        let fields = [("n", Str("A")), ("n", Str("B")), ("v", Str("\"1\"")), ("v", Int(2))];
        let mut event = event_of(&fields);
        offer_pairs(&mut event, "n", "v", str::to_lowercase);
        assert_eq!(event.text_of("a"), Some("1"));
        assert_eq!(event.text_of("b"), Some("2"));
        let mut event = event_of(&fields[1..]);
        offer_pairs(&mut event, "n", "v", str::to_lowercase);
        assert!(!event.has("b"));
    }
}
