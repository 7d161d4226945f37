//! A flat event as the matcher wants to see it.

use std::borrow::Cow;

use khien_model::{Event, Scalar};
use rsigma_eval::EventValue;

use super::rewrite::PRESENCE;

/// Borrows an event for the matcher.
#[derive(Clone, Copy)]
pub(super) struct View<'e> {
    pub(super) event: &'e Event,
}

impl<'e> View<'e> {
    /// The value of a field, a list when it has several.
    pub(super) fn value(self, path: &str) -> Option<EventValue<'e>> {
        if let Some(name) = path.strip_prefix(PRESENCE) {
            return self.event.has(name).then_some(EventValue::Bool(true));
        }
        let (first, more) = self.event.get_with_more(path)?;
        if more {
            return Some(EventValue::Array(self.event.values(path).map(value).collect()));
        }
        Some(value(first))
    }
}

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
        self.value(path)
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        self.event.fields().any(|(_, scalar, _)| match scalar {
            Scalar::Str(text) => pred(text),
            Scalar::Null => false,
            number => pred(&number.to_string()),
        })
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.event
            .fields()
            .filter_map(|(_, scalar, _)| match scalar {
                Scalar::Str(text) => Some(Cow::Borrowed(text)),
                Scalar::Null => None,
                number => Some(Cow::Owned(number.to_string())),
            })
            .collect()
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        for (_, scalar, _) in self.event.fields() {
            match scalar {
                Scalar::Str(text) => visit(text),
                Scalar::Null => {}
                number => visit(&number.to_string()),
            }
        }
    }

    fn to_json(&self) -> serde_json::Value {
        self.event.to_json()
    }

    fn field_keys(&self) -> Vec<Cow<'_, str>> {
        self.event.names().map(Cow::Borrowed).collect()
    }
}
