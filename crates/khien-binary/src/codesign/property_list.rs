//! Property lists within limits, and entitlements in their two forms.
//!
//! Apple writes entitlements as XML and as DER; the system now trusts the DER, tools show the XML. A
//! file in which they differ shows one thing and gets another.

use std::fmt::Write as _;

use plist::{Dictionary, Value};

use crate::authenticode::tlv::{self, Tlv};

/// Bound: size of one list, and dictionaries and arrays in it (so also their nesting).
const BYTES_MAX: usize = 4 * 1024 * 1024;
const CONTAINERS_MAX: usize = 1024;
const DEPTH_MAX: u32 = 32;

/// Reads an XML property list; `None` when it is none or beyond the limits. Binary lists, which may
/// refer to one object many times, are not read.
pub(crate) fn property_list(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.get(..memchr::memchr(0, bytes).unwrap_or(bytes.len()))?;
    if bytes.len() > BYTES_MAX {
        return None;
    }
    let containers = ["<dict", "<array"]
        .iter()
        .map(|open| memchr::memmem::find_iter(bytes, open).take(CONTAINERS_MAX + 1).count())
        .sum::<usize>();
    if containers > CONTAINERS_MAX {
        return None;
    }
    Value::from_reader_xml(bytes).ok()
}

/// Entitlements as DER: `[APPLICATION 16] { INTEGER 1, [16] { { key, value } … } }`.
pub(super) fn entitlements_der(bytes: &[u8]) -> Option<Value> {
    let outer = Tlv::first(bytes).filter(|outer| outer.tag == 0x70)?;
    let mut fields = outer.reader();
    if fields.expect(tlv::INTEGER)?.small()? != 1 {
        return None;
    }
    value_of(&fields.next()?, DEPTH_MAX)
}

fn value_of(element: &Tlv<'_>, depth: u32) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    Some(match element.tag {
        tlv::BOOLEAN => Value::Boolean(element.value.iter().any(|byte| *byte != 0)),
        tlv::INTEGER => Value::Integer(integer(element.value)?.into()),
        tlv::OCTET_STRING => Value::Data(element.value.to_vec()),
        0x0C => Value::String(element.text()),
        tlv::SEQUENCE => Value::Array(
            element.reader().all().map(|item| value_of(&item, depth)).collect::<Option<_>>()?,
        ),
        // [16] in the current form, SET in the first.
        0xB0 | tlv::SET => {
            let mut dictionary = Dictionary::new();
            for pair in element.reader().all() {
                let mut pair = pair.reader();
                let key = pair.expect(0x0C)?.text();
                dictionary.insert(key, value_of(&pair.next()?, depth)?);
            }
            Value::Dictionary(dictionary)
        }
        _ => return None,
    })
}

fn integer(bytes: &[u8]) -> Option<i64> {
    let first = i64::from(bytes.first()?.cast_signed());
    (bytes.len() <= 8)
        .then(|| bytes.iter().skip(1).fold(first, |number, byte| number << 8 | i64::from(*byte)))
}

/// Key and value in JSON, sorted by key.
pub(super) fn entries(value: &Value) -> Option<Vec<(String, String)>> {
    let mut all: Vec<_> = value
        .as_dictionary()?
        .iter()
        .map(|(key, value)| {
            let mut text = String::new();
            write_json(value, &mut text, DEPTH_MAX);
            (key.clone(), text)
        })
        .collect();
    all.sort_unstable();
    Some(all)
}

fn write_json(value: &Value, text: &mut String, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else {
        text.push_str("\"…\"");
        return;
    };
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_json(item, text, depth);
            }
            text.push(']');
        }
        Value::Dictionary(dictionary) => {
            let mut sorted: Vec<_> = dictionary.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_string(key, text);
                text.push(':');
                write_json(item, text, depth);
            }
            text.push('}');
        }
        Value::Boolean(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Integer(number) => text.push_str(&number.to_string()),
        Value::Real(number) if number.is_finite() => text.push_str(&number.to_string()),
        Value::String(string) => write_string(string, text),
        Value::Data(bytes) => write_string(&crate::authenticode::hex(bytes), text),
        Value::Date(date) => write_string(&date.to_xml_format(), text),
        _ => text.push_str("null"),
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for symbol in string.chars() {
        match symbol {
            '"' | '\\' => text.extend(['\\', symbol]),
            control if control < ' ' => {
                let _infallible = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}
