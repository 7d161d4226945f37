//! The TOML text of a mapping file, checked word by word so that an error can say where and what.

use std::ops::Range;

use jiff::fmt::strtime;
use khien_model::Untrusted;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{Mapping, MappingProblem, TimeFormat};

/// A fault and the byte where it is.
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) problem: MappingProblem,
}

type Key<'t> = Spanned<DeString<'t>>;
type Value<'t> = Spanned<DeValue<'t>>;

const TABLES: [&str; 5] = ["match", "source", "time", "host", "fields"];
const FORMATS: [(&str, TimeFormat); 6] = [
    ("rfc3339", TimeFormat::Rfc3339),
    ("unix", TimeFormat::Unix(1_000_000_000)),
    ("unix_ms", TimeFormat::Unix(1_000_000)),
    ("unix_us", TimeFormat::Unix(1_000)),
    ("unix_ns", TimeFormat::Unix(1)),
    ("filetime", TimeFormat::Filetime),
];

const A_TEXT: &str = "text, such as \"name\"";
const TEXTS: &str = "text or a list of text, such as [\"a\", \"b\"]";

/// The line, from 1, that a byte stands in.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1)
}

/// Reads the text.
///
/// # Errors
///
/// The first fault found: always the text's.
pub(super) fn parse(text: &str) -> Result<Mapping, Fault> {
    let table = DeTable::parse(text).map_err(|error| Fault {
        at: error.span().map_or(0, |span| span.start),
        problem: MappingProblem::Syntax { detail: Untrusted::from(error.message()) },
    })?;
    let mut mapping = Mapping {
        has: Vec::new(),
        product: None,
        service: None,
        categories: Vec::new(),
        time: None,
        host: None,
        fields: Vec::new(),
    };
    for (key, value) in table.get_ref() {
        let entries = || entries(key, value);
        match &**key.get_ref() {
            "match" => {
                for (key, value) in entries()? {
                    match &**key.get_ref() {
                        "has" => mapping.has = texts(key, value)?,
                        _ => return Err(unknown("key", key, &["has"])),
                    }
                }
            }
            "source" => source(&mut mapping, entries()?)?,
            "time" => mapping.time = Some(time(key, entries()?)?),
            "host" => {
                for (key, value) in entries()? {
                    match &**key.get_ref() {
                        "field" => mapping.host = Some(text_of(key, value)?),
                        _ => return Err(unknown("key", key, &["field"])),
                    }
                }
            }
            "fields" => {
                for (key, value) in entries()? {
                    let to = key.get_ref().to_string();
                    let from = texts(key, value)?.into_iter();
                    mapping.fields.extend(from.map(|from| (from, to.clone())));
                }
            }
            _ => return Err(unknown("table", key, &TABLES)),
        }
    }
    if mapping.has.is_empty() {
        let what = "the list `has` of [match]";
        let fix = "has = [\"field\"] with at least one field that every such record has";
        let at = table.get_ref().get("match").map_or(0, |value| value.span().start);
        return Err(Fault { at, problem: MappingProblem::Missing { what, fix } });
    }
    Ok(mapping)
}

/// Takes `[source]`.
///
/// # Errors
///
/// The first fault found: always the text's.
fn source<'t>(
    mapping: &mut Mapping,
    entries: impl Iterator<Item = (&'t Key<'t>, &'t Value<'t>)>,
) -> Result<(), Fault> {
    for (key, value) in entries {
        match &**key.get_ref() {
            "product" => mapping.product = Some(text_of(key, value)?),
            "service" => mapping.service = Some(text_of(key, value)?),
            "category" => mapping.categories = texts(key, value)?,
            _ => return Err(unknown("key", key, &["product", "service", "category"])),
        }
    }
    Ok(())
}

/// Takes `[time]`.
///
/// # Errors
///
/// The first fault found: always the text's.
fn time<'t>(
    table: &Key<'_>,
    entries: impl Iterator<Item = (&'t Key<'t>, &'t Value<'t>)>,
) -> Result<(String, TimeFormat), Fault> {
    let (mut field, mut format) = (None, TimeFormat::Any);
    for (key, value) in entries {
        match &**key.get_ref() {
            "field" => field = Some(text_of(key, value)?),
            "format" => format = format_of(key, value)?,
            _ => return Err(unknown("key", key, &["field", "format"])),
        }
    }
    field.map(|field| (field, format)).ok_or_else(|| {
        let (what, fix) = ("the key `field` of [time]", "field = \"name\"");
        Fault { at: table.span().start, problem: MappingProblem::Missing { what, fix } }
    })
}

/// Reads a time format.
///
/// # Errors
///
/// The first fault found: always the text's.
fn format_of(key: &Key<'_>, value: &Value<'_>) -> Result<TimeFormat, Fault> {
    let word = text_of(key, value)?;
    if let Some((_, format)) = FORMATS.iter().find(|(name, _)| *name == word) {
        return Ok(format.clone());
    }
    if !word.contains('%') {
        return Err(unknown_word(
            "time format",
            &word,
            value.span(),
            &FORMATS.map(|(name, _)| name),
        ));
    }
    // Writing a time shows whether every directive exists.
    let epoch = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    match strtime::format(&word, &epoch) {
        Ok(_) => Ok(TimeFormat::Pattern(word)),
        Err(error) => Err(Fault {
            at: value.span().start,
            problem: MappingProblem::BadPattern { detail: Untrusted::new(error.to_string()) },
        }),
    }
}

/// The entries of a value that must be a table.
///
/// # Errors
///
/// It is none: the text's fault.
fn entries<'t>(
    key: &Key<'_>,
    value: &'t Value<'t>,
) -> Result<impl Iterator<Item = (&'t Key<'t>, &'t Value<'t>)>, Fault> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(table.iter()),
        _ => Err(wrong_type(key, value, "a table, such as [match] with keys below it")),
    }
}

/// Reads a value that must be text.
///
/// # Errors
///
/// It is none, or empty: the text's fault.
fn text_of(key: &Key<'_>, value: &Value<'_>) -> Result<String, Fault> {
    match value.get_ref() {
        DeValue::String(text) if !text.is_empty() => Ok(text.to_string()),
        _ => Err(wrong_type(key, value, A_TEXT)),
    }
}

/// Reads a value that must be text or a list of text.
///
/// # Errors
///
/// It is neither: the text's fault.
fn texts(key: &Key<'_>, value: &Value<'_>) -> Result<Vec<String>, Fault> {
    match value.get_ref() {
        DeValue::Array(list) => list
            .iter()
            .map(|value| text_of(key, value).map_err(|_| wrong_type(key, value, TEXTS)))
            .collect(),
        _ => text_of(key, value).map(|text| vec![text]).map_err(|_| wrong_type(key, value, TEXTS)),
    }
}

fn wrong_type(key: &Key<'_>, value: &Value<'_>, expected: &'static str) -> Fault {
    let key = Untrusted::new(key.get_ref().to_string());
    Fault { at: value.span().start, problem: MappingProblem::WrongType { key, expected } }
}

fn unknown(what: &'static str, key: &Key<'_>, allowed: &[&str]) -> Fault {
    unknown_word(what, key.get_ref(), key.span(), allowed)
}

fn unknown_word(what: &'static str, word: &str, span: Range<usize>, allowed: &[&str]) -> Fault {
    let nearest = allowed.iter().map(|name| (distance(word, name), name)).min();
    let fix = match nearest {
        Some((distance, name)) if distance <= 3 => format!("did you mean `{name}`?"),
        _ => format!("use one of {}", allowed.join(", ")),
    };
    let found = Untrusted::from(word);
    Fault { at: span.start, problem: MappingProblem::Unknown { what, found, fix } }
}

/// How many letters to change, add or take away to make one word of the other; long words count as
/// far away.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 32 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (number, letter) in a.chars().enumerate() {
        let mut diagonal = number;
        let mut left = number.saturating_add(1);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (other, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let change = diagonal.saturating_add(usize::from(*other != letter));
            diagonal = *above;
            left = change.min(left.saturating_add(1)).min(above.saturating_add(1));
            *above = left;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("has", "has", 0),
            ("hsa", "has", 2),
            ("", "has", 3),
            ("category", "categry", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
