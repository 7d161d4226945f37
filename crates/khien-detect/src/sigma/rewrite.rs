//! Writes detection items out in forms that the matcher below gets right.
//!
//! The black-box suite shows where the matcher and the specification part: inner wildcards that stop
//! at a line feed or lose their anchor beside `startswith`, encoded text whose last character depends
//! on what follows, dashes beyond the hyphen, whole numbers beyond 2^53, presence of an empty field.
//! Each is said here in another way that means the same and is matched as the specification wants.

use rsigma_parser::value::{SpecialChar, StringPart};
use rsigma_parser::{Detection, DetectionItem, FieldSpec, Modifier, SigmaString, SigmaValue};

use super::prepare::Refused;

/// Name under which the view offers the presence of a field, whatever its value.
pub(super) const PRESENCE: char = '\u{1}';

/// Bound: values that one item may grow to.
const VALUES_MAX: usize = 100_000;
/// Bound: nesting of detections, which are walked by recursion.
const NESTING_MAX: usize = 64;

/// Rewrites a detection in place.
pub(super) fn rewrite(detection: &mut Detection, depth: usize) -> Result<(), Refused> {
    if depth > NESTING_MAX {
        return Err(Refused::unsupported(format!("a selection nested over {NESTING_MAX} deep")));
    }
    match detection {
        Detection::AllOf(items) => {
            *detection = rewrite_all(std::mem::take(items))?;
            Ok(())
        }
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter_mut().try_for_each(|part| rewrite(part, depth.saturating_add(1)))
        }
        Detection::Keywords(values) => {
            let values = std::mem::take(values).into_iter().map(as_text);
            let (wild, plain): (Vec<_>, Vec<_>) = values.partition(has_wildcard);
            if wild.is_empty() {
                *detection = Detection::Keywords(plain);
                return Ok(());
            }
            let item = DetectionItem {
                field: FieldSpec::new(None, vec![Modifier::Contains]),
                values: wild,
            };
            let mut parts = vec![rewrite_all(vec![item])?];
            if !plain.is_empty() {
                parts.push(Detection::Keywords(plain));
            }
            *detection = Detection::AnyOf(parts);
            Ok(())
        }
        // An extension that needs nested values, which a flat event does not keep.
        Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
            Err(Refused::unsupported("matching inside array members".to_owned()))
        }
    }
}

/// A keyword is looked for in text, so a number is its digits.
fn as_text(value: SigmaValue) -> SigmaValue {
    let text = match value {
        SigmaValue::Integer(number) => number.to_string(),
        SigmaValue::Float(number) => number.to_string(),
        SigmaValue::Bool(flag) => flag.to_string(),
        other => return other,
    };
    SigmaValue::String(SigmaString::from_raw(&text))
}

fn has_wildcard(value: &SigmaValue) -> bool {
    matches!(value, SigmaValue::String(text) if text.contains_wildcards())
}

/// All items must hold; each may have become several alternatives.
fn rewrite_all(items: Vec<DetectionItem>) -> Result<Detection, Refused> {
    let mut plain = Vec::new();
    let mut split = Vec::new();
    for item in items {
        for alternatives in rewrite_item(item)? {
            match <[DetectionItem; 1]>::try_from(alternatives) {
                Ok([single]) => plain.push(single),
                Err(several) => split.push(Detection::AnyOf(
                    several.into_iter().map(|item| Detection::AllOf(vec![item])).collect(),
                )),
            }
        }
    }
    if split.is_empty() {
        return Ok(Detection::AllOf(plain));
    }
    if !plain.is_empty() {
        split.insert(0, Detection::AllOf(plain));
    }
    Ok(Detection::And(split))
}

/// One item as a list of alternatives that must all hold: an outer AND of inner ORs.
fn rewrite_item(mut item: DetectionItem) -> Result<Vec<Vec<DetectionItem>>, Refused> {
    check_values(&item)?;
    if item.field.name.is_none() {
        item.values = item.values.into_iter().map(as_text).collect();
        let placed = [Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith, Modifier::Re];
        if !placed.into_iter().any(|modifier| item.field.has_modifier(modifier)) {
            item.field.modifiers.push(Modifier::Contains);
        }
    }
    if item.field.has_modifier(Modifier::Exists) {
        return Ok(vec![vec![as_presence(item)]]);
    }
    if item.field.has_modifier(Modifier::Base64) {
        // Base64 tells upper and lower case apart.
        item.field.modifiers.push(Modifier::Cased);
    }
    item.values = item.values.into_iter().map(plain_value).collect();
    // `all` over several values: each value is a condition of its own. Keywords that must all occur
    // may occur in different fields.
    if item.field.has_modifier(Modifier::All) && item.values.len() > 1 && needs_rewrite(&item) {
        let mut conjunction = Vec::new();
        for value in item.values {
            let mut field = item.field.clone();
            field.modifiers.retain(|modifier| *modifier != Modifier::All);
            conjunction.extend(rewrite_item(DetectionItem { field, values: vec![value] })?);
        }
        return Ok(conjunction);
    }
    if item.field.has_modifier(Modifier::Neq) {
        return negation(item);
    }
    if needs_rewrite(&item) { Ok(vec![alternatives(item)?]) } else { Ok(vec![vec![item]]) }
}

/// Modifiers that take their values as they are.
const OPAQUE: [Modifier; 13] = [
    Modifier::Re,
    Modifier::Cidr,
    Modifier::FieldRef,
    Modifier::Gt,
    Modifier::Gte,
    Modifier::Lt,
    Modifier::Lte,
    Modifier::Minute,
    Modifier::Hour,
    Modifier::Day,
    Modifier::Week,
    Modifier::Month,
    Modifier::Year,
];

fn needs_rewrite(item: &DetectionItem) -> bool {
    let has = |modifier| item.field.has_modifier(modifier);
    if OPAQUE.into_iter().any(has) {
        return false;
    }
    let nulls = item.values.iter().any(|value| matches!(value, SigmaValue::Null));
    item.field.name.is_none() && has(Modifier::All)
        || [Modifier::WindAsh, Modifier::Base64Offset].into_iter().any(has)
        || nulls && item.values.len() > 1
        || item.values.iter().any(has_wildcard)
}

/// `neq`: none of the values may match, and a field that is not there differs from any value.
fn negation(mut item: DetectionItem) -> Result<Vec<Vec<DetectionItem>>, Refused> {
    // To be null is to be absent, so what must not be null must be there.
    let null = item.values.iter().any(|value| matches!(value, SigmaValue::Null));
    let absent = item.field.name.as_ref().filter(|_| !null).map(|name| DetectionItem {
        field: FieldSpec::new(Some(format!("{PRESENCE}{name}")), vec![Modifier::Exists]),
        values: vec![SigmaValue::Bool(false)],
    });
    item.field.modifiers.retain(|modifier| *modifier != Modifier::Neq);
    let forms = if needs_rewrite(&item) { alternatives(item)? } else { vec![item] };
    Ok(forms
        .into_iter()
        .map(|mut form| {
            form.field.modifiers.push(Modifier::Neq);
            std::iter::once(form).chain(absent.clone()).collect()
        })
        .collect())
}

/// Truth values and very large numbers are compared as their text: the first would also match `yes`
/// and `1`, the second would lose digits.
fn plain_value(value: SigmaValue) -> SigmaValue {
    let text = match value {
        SigmaValue::Bool(flag) => flag.to_string(),
        SigmaValue::Integer(number) if number.unsigned_abs() >= EXACT_MAX => number.to_string(),
        other => return other,
    };
    SigmaValue::String(SigmaString::from_raw(&text))
}

/// Above this a 64-bit float no longer tells whole numbers apart.
const EXACT_MAX: u64 = 1 << 53;

/// The forms of an item of which one must match.
fn alternatives(mut item: DetectionItem) -> Result<Vec<DetectionItem>, Refused> {
    if item.field.has_modifier(Modifier::WindAsh) {
        item = spread_dashes(item)?;
    }
    if item.field.has_modifier(Modifier::Base64Offset) {
        return base64_offset(item).map(|item| vec![item]);
    }
    let (wild, plain): (Vec<_>, Vec<_>) =
        std::mem::take(&mut item.values).into_iter().partition(has_wildcard);
    let (nulls, plain): (Vec<_>, Vec<_>) =
        plain.into_iter().partition(|value| matches!(value, SigmaValue::Null));
    let mut forms: Vec<DetectionItem> = Vec::new();
    if !plain.is_empty() {
        forms.push(DetectionItem { field: item.field.clone(), values: plain });
    }
    if !nulls.is_empty() {
        let field = FieldSpec::new(item.field.name.clone(), Vec::new());
        forms.push(DetectionItem { field, values: vec![SigmaValue::Null] });
    }
    for value in wild {
        if let SigmaValue::String(text) = &value {
            add_form(&mut forms, &item.field, text);
        }
    }
    Ok(forms)
}

/// Adds a value with wildcards in the simplest form that means the same: `*x*` is `contains x`, and
/// only wildcards in the middle need a regular expression.
fn add_form(forms: &mut Vec<DetectionItem>, field: &FieldSpec, text: &SigmaString) {
    let star = StringPart::Special(SpecialChar::WildcardMulti);
    let has = |modifier| field.has_modifier(modifier);
    let mut open_start = has(Modifier::Contains) || has(Modifier::EndsWith);
    let mut open_end = has(Modifier::Contains) || has(Modifier::StartsWith);
    let mut parts: &[StringPart] = &text.parts;
    while let Some(rest) = parts.strip_prefix(std::slice::from_ref(&star)) {
        open_start = true;
        parts = rest;
    }
    while let Some(rest) = parts.strip_suffix(std::slice::from_ref(&star)) {
        open_end = true;
        parts = rest;
    }
    let cased = has(Modifier::Cased);
    let mut modifiers = Vec::new();
    let value = match parts {
        [StringPart::Plain(plain)] => {
            modifiers.extend(match (open_start, open_end) {
                (true, true) => Some(Modifier::Contains),
                (false, true) => Some(Modifier::StartsWith),
                (true, false) => Some(Modifier::EndsWith),
                (false, false) => None,
            });
            modifiers.extend(cased.then_some(Modifier::Cased));
            SigmaString::from_raw(plain)
        }
        parts => {
            modifiers.extend([Modifier::Re, Modifier::DotAll]);
            modifiers.extend((!cased).then_some(Modifier::IgnoreCase));
            let mut pattern = String::new();
            pattern.push_str(if open_start { "" } else { r"\A" });
            for part in parts {
                match part {
                    StringPart::Plain(plain) => pattern.push_str(&regex::escape(plain)),
                    StringPart::Special(SpecialChar::WildcardMulti) => pattern.push_str(".*"),
                    StringPart::Special(SpecialChar::WildcardSingle) => pattern.push('.'),
                }
            }
            pattern.push_str(if open_end { "" } else { r"\z" });
            SigmaString::from_raw(&pattern)
        }
    };
    let value = SigmaValue::String(value);
    match forms.iter_mut().find(|form| form.field.modifiers == modifiers) {
        Some(form) => form.values.push(value),
        None => {
            let field = FieldSpec::new(field.name.clone(), modifiers);
            forms.push(DetectionItem { field, values: vec![value] });
        }
    }
}

/// `exists` asks for the field, not for a value in it.
fn as_presence(mut item: DetectionItem) -> DetectionItem {
    if let Some(name) = &item.field.name {
        item.field.name = Some(format!("{PRESENCE}{name}"));
    }
    item
}

fn check_values(item: &DetectionItem) -> Result<(), Refused> {
    let has = |modifier| item.field.has_modifier(modifier);
    let wrong = |what: &str| {
        let name = item.field.name.as_deref().unwrap_or("keywords");
        Err(Refused::malformed(format!("`{name}`: {what}")))
    };
    let encodes = [
        Modifier::Base64,
        Modifier::Base64Offset,
        Modifier::Wide,
        Modifier::Utf16,
        Modifier::Utf16be,
    ];
    if item.field.name.as_deref().is_some_and(|name| name.contains('[')) {
        let name = item.field.name.as_deref().unwrap_or_default();
        return Err(Refused::unsupported(format!("the list position in the field name `{name}`")));
    }
    for value in &item.values {
        // The parser writes a map or a list that stands as a value out as text.
        if matches!(value, SigmaValue::String(text)
            if text.original.starts_with("Mapping {") || text.original.starts_with("Sequence ["))
        {
            return wrong("a map or a list where a value is expected");
        }
        if has(Modifier::Exists) && !matches!(value, SigmaValue::Bool(_)) {
            return wrong("`exists` takes true or false");
        }
        if encodes.into_iter().any(has) {
            match value {
                SigmaValue::String(text) if !text.contains_wildcards() => {}
                SigmaValue::String(_) => return wrong("an encoding of a value with wildcards"),
                _ => return wrong("an encoding of something that is not text"),
            }
        }
    }
    Ok(())
}

/// The characters that Windows programs take for a dash before an option.
///
/// Source: Sigma modifiers 2.1, `windash`.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];
/// Bound: places in one value that vary on their own; beyond it all vary together.
const DASHES_FREE_MAX: usize = 3;

fn spread_dashes(item: DetectionItem) -> Result<DetectionItem, Refused> {
    let mut field = item.field;
    field.modifiers.retain(|modifier| *modifier != Modifier::WindAsh);
    let mut values = Vec::new();
    for value in item.values {
        match value {
            SigmaValue::String(text) => values.extend(
                dash_variants(&text.original)
                    .iter()
                    .map(|variant| SigmaValue::String(SigmaString::new(variant))),
            ),
            other => values.push(other),
        }
        if values.len() > VALUES_MAX {
            let detail = format!("`windash` makes over {VALUES_MAX} values");
            return Err(Refused::unsupported(detail));
        }
    }
    Ok(DetectionItem { field, values })
}

/// All spellings of a value: every dash that starts an option (no word before it, a word after it)
/// takes each of the five characters.
fn dash_variants(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let places: Vec<usize> = chars
        .iter()
        .enumerate()
        .filter(|(at, c)| {
            DASHES.contains(c)
                && !is_word(at.checked_sub(1).and_then(|before| chars.get(before)))
                && is_word(chars.get(at.saturating_add(1)))
        })
        .map(|(at, _)| at)
        .collect();
    let mut variants = vec![chars];
    let put = |chars: &[char], places: &[usize], dash: char| {
        let mut chars = chars.to_vec();
        for place in places {
            if let Some(c) = chars.get_mut(*place) {
                *c = dash;
            }
        }
        chars
    };
    let groups: Vec<&[usize]> = if places.len() > DASHES_FREE_MAX {
        vec![&places]
    } else {
        places.iter().map(std::slice::from_ref).collect()
    };
    for group in groups {
        variants = variants
            .iter()
            .flat_map(|chars| DASHES.iter().map(|dash| put(chars, group, *dash)))
            .collect();
    }
    variants.into_iter().map(String::from_iter).collect()
}

/// Base64 of a text that stands somewhere inside a longer encoded text.
///
/// The three alignments each have characters at both ends that depend on the neighbours; those are
/// left out, so that what is left always occurs. Source: Sigma modifiers 2.1, `base64offset`.
fn base64_offset(item: DetectionItem) -> Result<DetectionItem, Refused> {
    let has = |modifier| item.field.has_modifier(modifier);
    let mut values = Vec::new();
    for value in &item.values {
        let SigmaValue::String(text) = value else { continue };
        let plain = text.as_plain().unwrap_or_default();
        let bytes: Vec<u8> = if has(Modifier::Wide) {
            plain.encode_utf16().flat_map(u16::to_le_bytes).collect()
        } else if has(Modifier::Utf16be) {
            plain.encode_utf16().flat_map(u16::to_be_bytes).collect()
        } else if has(Modifier::Utf16) {
            let text = plain.encode_utf16().flat_map(u16::to_le_bytes);
            [0xff, 0xfe].into_iter().chain(text).collect()
        } else {
            plain.into_bytes()
        };
        for aligned in aligned_base64(&bytes) {
            values.push(SigmaValue::String(SigmaString::from_raw(&aligned)));
        }
    }
    if values.is_empty() {
        return Err(Refused::malformed(
            "`base64offset` of a text too short to be found".to_owned(),
        ));
    }
    let mut modifiers: Vec<Modifier> = item
        .field
        .modifiers
        .iter()
        .copied()
        .filter(|m| matches!(m, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith))
        .collect();
    // Base64 tells upper and lower case apart.
    modifiers.push(Modifier::Cased);
    Ok(DetectionItem { field: FieldSpec::new(item.field.name, modifiers), values })
}

/// The part of the encoding that does not depend on neighbours, for each of the three alignments.
fn aligned_base64(bytes: &[u8]) -> Vec<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = bytes.len().saturating_mul(8);
    (0..3_usize)
        .filter_map(|before| {
            // Sextets that lie wholly within our bits, counted from the start of the text.
            let shift = before.saturating_mul(8);
            let first = shift.div_ceil(6);
            let last = shift.saturating_add(bits) / 6;
            let encoded: String = (first..last)
                .filter_map(|sextet| {
                    let from = sextet.saturating_mul(6).saturating_sub(shift);
                    let value = (from..from.saturating_add(6)).fold(0_usize, |value, bit| {
                        let byte = bytes.get(bit / 8).copied().unwrap_or(0);
                        let set = byte >> (7_usize.saturating_sub(bit % 8)) & 1;
                        value << 1 | usize::from(set)
                    });
                    ALPHABET.get(value).map(|byte| char::from(*byte))
                })
                .collect();
            (!encoded.is_empty()).then_some(encoded)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_base64_of_a_known_text() {
        // Echo the three classic forms of "http://".
        assert_eq!(aligned_base64(b"http://"), ["aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"]);
    }

    #[test]
    fn dashes_start_options_only() {
        assert_eq!(dash_variants("a-b").len(), 1);
        assert_eq!(dash_variants(" -x").len(), 5);
        assert_eq!(dash_variants(" -x -y").len(), 25);
        assert_eq!(dash_variants(" -a -b -c -d").len(), 5);
        assert!(dash_variants(" /create").contains(&" \u{2013}create".to_owned()));
        assert_eq!(dash_variants(" --").len(), 1);
    }
}
