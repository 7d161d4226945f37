//! Requests in JSON, and JSON in bodies.
//!
//! Source: OpenTelemetry Protocol, "JSON Protobuf Encoding": names in camel case, 64-bit numbers as text or
//! number, ids in hexadecimal, unknown members ignored.

use std::borrow::Cow;
use std::fmt;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::line::Taker;
use super::value::{Budget, Member, NESTING_MAX, VALUES_MAX, Value, take};
use super::{Bad, Origin, OtlpError, Record};

/// Bound: values of a request, all in memory together.
const DOCUMENT_VALUES_MAX: u32 = 2_000_000;
/// Bound: levels of a request. A list in an attribute takes three of them and a map four; `serde_json` ends at 128.
const DOCUMENT_NESTING_MAX: usize = 120;

/// Reads `ExportLogsServiceRequest`.
pub(super) fn read(bytes: &[u8], taker: &mut Taker) -> Result<(), OtlpError> {
    let budget = Budget::new(DOCUMENT_VALUES_MAX, DOCUMENT_NESTING_MAX);
    let Value::Map(mut request) = parse(bytes, budget)? else {
        return Err(OtlpError::Malformed("an object is expected".to_owned()));
    };
    for logs in list(&mut request, "resourceLogs") {
        let mut logs = logs.into_members();
        let mut origin = Origin::default();
        let mut resource = take(&mut logs, "resource").unwrap_or_default().into_members();
        let mut budget = Budget::of_record();
        origin.resource = attributes(&mut resource, &mut budget).map_err(Bad::of_request)?;
        for scoped in list(&mut logs, "scopeLogs") {
            let mut scoped = scoped.into_members();
            let mut scope = take(&mut scoped, "scope").unwrap_or_default().into_members();
            origin.scope = text(&mut scope, "name");
            for record in list(&mut scoped, "logRecords") {
                taker.take(&origin, log_record(record))?;
            }
        }
    }
    Ok(())
}

/// The members of an object that stands in a text, where it is one within the bounds of a record.
pub(super) fn object(text: &str) -> Option<Vec<Member<'_>>> {
    text.starts_with('{').then_some(())?;
    match parse(text.as_bytes(), Budget::new(VALUES_MAX, NESTING_MAX)) {
        Ok(Value::Map(members)) => Some(members),
        _ => None,
    }
}

fn parse(bytes: &[u8], mut budget: Budget) -> Result<Value<'_>, OtlpError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Node { budget: &mut budget }.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match error.to_string() {
        why if why.contains(TOO_MANY) => OtlpError::TooLarge,
        why => OtlpError::Malformed(why),
    })
}

fn log_record(record: Value<'_>) -> Result<Record<'_>, Bad> {
    let Value::Map(mut members) = record else {
        return Err(Bad::malformed("an object is expected in logRecords"));
    };
    let members = &mut members;
    let mut budget = Budget::of_record();
    let body = take(members, "body").map(|body| any_value(body, &mut budget)).transpose()?;
    Ok(Record {
        time: number(members, "timeUnixNano")?,
        observed: number(members, "observedTimeUnixNano")?,
        severity: severity(members),
        severity_text: text(members, "severityText"),
        body: body.unwrap_or_default(),
        attributes: attributes(members, &mut budget)?,
        trace_id: id(members, "traceId"),
        span_id: id(members, "spanId"),
        event_name: text(members, "eventName"),
    })
}

fn list<'a>(members: &mut Vec<Member<'a>>, name: &str) -> Vec<Value<'a>> {
    match take(members, name) {
        Some(Value::List(values)) => values,
        _ => Vec::new(),
    }
}

fn text<'a>(members: &mut Vec<Member<'a>>, name: &str) -> Cow<'a, str> {
    match take(members, name) {
        Some(Value::Text(text)) => text,
        _ => Cow::Borrowed(""),
    }
}

fn number(members: &mut Vec<Member<'_>>, name: &str) -> Result<u64, Bad> {
    let number = match take(members, name) {
        None | Some(Value::Nothing) => Some(0),
        Some(Value::Int(number)) => u64::try_from(number).ok(),
        Some(Value::Text(text)) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Bad::Malformed(format!("{name} is no number of nanoseconds")))
}

/// A number; some senders write its name.
fn severity(members: &mut Vec<Member<'_>>) -> i64 {
    let word = match take(members, "severityNumber") {
        Some(Value::Int(number)) => return number,
        Some(Value::Text(word)) => word,
        _ => return 0,
    };
    let word = word.strip_prefix("SEVERITY_NUMBER_").unwrap_or(&word);
    let (word, step) = match word.as_bytes().last() {
        Some(step @ b'2'..=b'4') => {
            (word.get(..word.len() - 1).unwrap_or(word), i64::from(step - b'1'))
        }
        _ => (word, 0),
    };
    let at = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].iter().position(|w| *w == word);
    at.and_then(|at| i64::try_from(at).ok()).map_or(0, |at| at * 4 + 1 + step)
}

/// An id; one that is all zeros, or none, says nothing.
fn id<'a>(members: &mut Vec<Member<'a>>, name: &str) -> Cow<'a, str> {
    let id = text(members, name);
    let is_id = matches!(id.len(), 16 | 32)
        && HEXLOWER_PERMISSIVE.decode(id.as_bytes()).is_ok_and(|id| id.iter().any(|b| *b != 0));
    if is_id { id } else { Cow::Borrowed("") }
}

fn attributes<'a>(
    members: &mut Vec<Member<'a>>,
    budget: &mut Budget,
) -> Result<Vec<Member<'a>>, Bad> {
    key_values(list(members, "attributes"), budget)
}

fn key_values<'a>(
    values: Vec<Value<'a>>,
    budget: &mut Budget,
) -> Result<Vec<Member<'a>>, Bad> {
    let mut members = Vec::with_capacity(values.len());
    for value in values {
        budget.value()?;
        let mut pair = value.into_members();
        let name = text(&mut pair, "key");
        let value = take(&mut pair, "value").unwrap_or_default();
        members.push((name, any_value(value, budget)?));
    }
    Ok(members)
}

fn any_value<'a>(value: Value<'a>, budget: &mut Budget) -> Result<Value<'a>, Bad> {
    budget.value()?;
    let value = match value {
        Value::Map(members) => members.into_iter().next(),
        Value::Nothing => None,
        _ => return Err(Bad::malformed("a value is an object, such as {\"stringValue\": \"…\"}")),
    };
    let Some((kind, value)) = value else { return Ok(Value::Nothing) };
    Ok(match (&*kind, value) {
        ("stringValue", value @ Value::Text(_)) | ("boolValue", value @ Value::Bool(_)) => value,
        ("intValue", value @ Value::Int(_)) => value,
        ("intValue", Value::Text(text)) => match text.parse() {
            Ok(number) => Value::Int(number),
            Err(_) => return Err(Bad::malformed("intValue is no whole number")),
        },
        ("doubleValue", Value::Int(number)) => float(&number.to_string()),
        ("doubleValue", value @ Value::Float(_)) => value,
        ("doubleValue", Value::Text(text)) => float(&text),
        ("bytesValue", Value::Text(text)) => match BASE64.decode(text.as_bytes()) {
            Ok(bytes) => Value::Bytes(Cow::Owned(bytes)),
            Err(_) => return Err(Bad::malformed("bytesValue is no base64")),
        },
        ("arrayValue", Value::Map(mut inside)) => {
            budget.enter()?;
            let values = list(&mut inside, "values").into_iter();
            let values = values.map(|value| any_value(value, budget)).collect::<Result<_, _>>()?;
            budget.leave();
            Value::List(values)
        }
        ("kvlistValue", Value::Map(mut inside)) => {
            budget.enter()?;
            let members = key_values(list(&mut inside, "values"), budget)?;
            budget.leave();
            Value::Map(members)
        }
        (_, Value::Nothing) => Value::Nothing,
        (kind, _) => return Err(Bad::Malformed(format!("{kind:.40} is no value"))),
    })
}

/// A number as the mapping writes it: `NaN` and `Infinity` are text.
fn float<'a>(text: &str) -> Value<'a> {
    text.parse().map_or(Value::Nothing, Value::Float)
}

/// What the bound on values says; no sender can put it there, because keys and texts are not told.
const TOO_MANY: &str = "more values than are read at once";

/// Reads one value of a document, within a budget.
struct Node<'b> {
    budget: &'b mut Budget,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        self.budget.value().map_err(|_| D::Error::custom(TOO_MANY))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        // Text keeps every digit; a float would not.
        let as_text = || Value::Text(Cow::Owned(value.to_string()));
        Ok(i64::try_from(value).map_or_else(|_| as_text(), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        self.budget.enter().map_err(|_| A::Error::custom("nested too deep"))?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Node { budget: &mut *self.budget })? {
            values.push(value);
        }
        self.budget.leave();
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        self.budget.enter().map_err(|_| A::Error::custom("nested too deep"))?;
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            members.push((name, map.next_value_seed(Node { budget: &mut *self.budget })?));
        }
        self.budget.leave();
        Ok(Value::Map(members))
    }
}

/// Reads a name without copying it.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
