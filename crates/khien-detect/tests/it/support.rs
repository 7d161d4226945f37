//! Events and rule sets from YAML, for tests.

use std::collections::HashMap;
use std::sync::Arc;

use khien_detect::sigma::{LoadOptions, RuleSet, RuleSource};
use khien_model::{Event, LogSource, Scalar, Untrusted};
use yaml_serde::Value;

/// Loads rules from one text.
pub(crate) fn load(text: &str, placeholders: HashMap<String, Vec<String>>) -> RuleSet {
    let source = RuleSource { origin: Untrusted::from("test.yml"), text: text.to_owned() };
    RuleSet::load([source], &LoadOptions { placeholders })
}

/// A flat event from a nested YAML mapping: dotted names, lists as repeated names.
pub(crate) fn event(fields: &Value, source: &Arc<LogSource>) -> Event {
    let mut event = Event::new();
    event.source = Arc::clone(source);
    push(&mut event, "", fields);
    event
}

fn push(event: &mut Event, name: &str, value: &Value) {
    match value {
        Value::Null => event.push(name, Scalar::Null),
        Value::Bool(flag) => event.push(name, Scalar::Bool(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => event.push(name, Scalar::Int(whole)),
            None => event.push(name, Scalar::Float(number.as_f64().unwrap())),
        },
        Value::String(text) => event.push(name, Scalar::Str(text)),
        Value::Sequence(list) if list.is_empty() => event.push(name, Scalar::Null),
        Value::Sequence(list) => list.iter().for_each(|value| push(event, name, value)),
        Value::Mapping(map) => {
            for (key, value) in map {
                let key = scalar_text(key);
                let name = if name.is_empty() { key } else { format!("{name}.{key}") };
                push(event, &name, value);
            }
        }
        Value::Tagged(tagged) => push(event, name, &tagged.value),
    }
}

pub(crate) fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}
