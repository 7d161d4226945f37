//! A flat event as the matcher wants to see it.

use std::borrow::Cow;

use khien_model::{Event, Scalar};
use rsigma_eval::EventValue;

use super::rewrite::PRESENCE;

/// Borrows an event for the matcher.
///
/// The flag says whether a rule in scope asks for mere presence, which costs a second round of names.
#[derive(Clone, Copy)]
pub(super) struct View<'e>(pub(super) &'e Event, pub(super) bool);

fn value(scalar: Scalar<'_>) -> EventValue<'_> {
    match scalar {
        Scalar::Str(text) => EventValue::Str(Cow::Borrowed(text)),
        Scalar::Int(number) => EventValue::Int(number),
        Scalar::Float(number) => EventValue::Float(number),
        Scalar::Bool(flag) => EventValue::Bool(flag),
        Scalar::Null => EventValue::Null,
    }
}

impl rsigma_eval::Event for View<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        if let Some(name) = path.strip_prefix(PRESENCE) {
            return self.0.has(name).then_some(EventValue::Bool(true));
        }
        let first = self.0.get(path)?;
        if self.0.is_list(path) {
            return Some(EventValue::Array(self.0.values(path).map(value).collect()));
        }
        Some(value(first))
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        self.0.fields().any(|(_, scalar, _)| match scalar {
            Scalar::Str(text) => pred(text),
            Scalar::Null => false,
            number => pred(&number.to_string()),
        })
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.0
            .fields()
            .filter_map(|(_, scalar, _)| match scalar {
                Scalar::Str(text) => Some(Cow::Borrowed(text)),
                Scalar::Null => None,
                number => Some(Cow::Owned(number.to_string())),
            })
            .collect()
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        for (_, scalar, _) in self.0.fields() {
            match scalar {
                Scalar::Str(text) => visit(text),
                Scalar::Null => {}
                number => visit(&number.to_string()),
            }
        }
    }

    fn to_json(&self) -> serde_json::Value {
        self.0.to_json()
    }

    fn field_keys(&self) -> Vec<Cow<'_, str>> {
        self.0.names().map(Cow::Borrowed).collect()
    }

    fn visit_top_level_keys(&self, visit: &mut dyn FnMut(&str)) -> bool {
        if self.1 {
            let mut name_of_presence = String::from(PRESENCE);
            for name in self.0.names() {
                name_of_presence.truncate(PRESENCE.len_utf8());
                name_of_presence.push_str(name);
                visit(&name_of_presence);
            }
        }
        self.0.names().for_each(visit);
        true
    }
}
