//! Requests in JSON, and JSON in bodies.
//!
//! Source: OpenTelemetry Protocol, "JSON Protobuf Encoding": names in camel case, 64-bit numbers as text or
//! number, ids in hexadecimal, unknown members ignored.

use std::borrow::Cow;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::line::Taker;
use super::{Bad, NESTING_MAX, Origin, OtlpError, Record, VALUES_MAX, of_record};
use crate::tree::{Budget, Member, TreeError, Value, parse, take};

/// Bound: values of a request, all in memory together.
const DOCUMENT_VALUES_MAX: u32 = 2_000_000;
/// Bound: levels of a request. A list in an attribute takes three of them and a map four; `serde_json` ends at 128.
const DOCUMENT_NESTING_MAX: usize = 120;

/// Reads `ExportLogsServiceRequest`.
pub(super) fn read(bytes: &[u8], taker: &mut Taker) -> Result<(), OtlpError> {
    let budget = Budget::new(DOCUMENT_VALUES_MAX, DOCUMENT_NESTING_MAX);
    let request = parse(bytes, budget).map_err(|error| match error {
        TreeError::Malformed(why) => OtlpError::Malformed(why),
        TreeError::TooMany => OtlpError::TooLarge,
    })?;
    let Value::Map(mut request) = request else {
        return Err(OtlpError::Malformed("an object is expected".to_owned()));
    };
    for logs in list(&mut request, "resourceLogs") {
        let mut logs = logs.into_members();
        let mut origin = Origin::default();
        let mut resource = take(&mut logs, "resource").unwrap_or_default().into_members();
        let mut budget = of_record();
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

fn log_record(record: Value<'_>) -> Result<Record<'_>, Bad> {
    let Value::Map(mut members) = record else {
        return Err(Bad::malformed("an object is expected in logRecords"));
    };
    let members = &mut members;
    let mut budget = of_record();
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
    let mut steps = [('2', 1), ('3', 2), ('4', 3)].into_iter();
    let stepped = steps.find_map(|(digit, step)| Some((word.strip_suffix(digit)?, step)));
    let (word, step) = stepped.unwrap_or((word, 0));
    let at = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].iter().position(|w| *w == word);
    at.and_then(|at| i64::try_from(at).ok())
        .map_or(0, |at| at.saturating_mul(4).saturating_add(1).saturating_add(step))
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

fn key_values<'a>(values: Vec<Value<'a>>, budget: &mut Budget) -> Result<Vec<Member<'a>>, Bad> {
    let mut members = Vec::with_capacity(values.len());
    for value in values {
        Bad::counted(budget)?;
        let mut pair = value.into_members();
        let name = text(&mut pair, "key");
        let value = take(&mut pair, "value").unwrap_or_default();
        members.push((name, any_value(value, budget)?));
    }
    Ok(members)
}

fn any_value<'a>(value: Value<'a>, budget: &mut Budget) -> Result<Value<'a>, Bad> {
    Bad::counted(budget)?;
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
            Bad::entered(budget)?;
            let values = list(&mut inside, "values").into_iter();
            let values = values.map(|value| any_value(value, budget)).collect::<Result<_, _>>()?;
            budget.leave();
            Value::List(values)
        }
        ("kvlistValue", Value::Map(mut inside)) => {
            Bad::entered(budget)?;
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
