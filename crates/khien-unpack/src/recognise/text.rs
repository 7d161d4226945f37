//! Text, by its bytes.

use crate::Format;

/// Bytes looked at to tell text from data.
const SAMPLE: usize = 64 << 10;

fn sample(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len().min(SAMPLE)).unwrap_or_default()
}

/// What kind of text these bytes are; `None` for data.
pub(super) fn recognise(bytes: &[u8]) -> Option<Format> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return crate::wide::is_text(bytes).then_some(Format::Text);
    }
    let sample = sample(bytes);
    if !is_text(sample, sample.len() < bytes.len()) {
        return None;
    }
    if sample.starts_with(b"-----BEGIN CERTIFICATE") || sample.starts_with(b"-----BEGIN PKCS7") {
        return Some(Format::Certificate);
    }
    let start = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start();
    Some(match start {
        [b'{', rest @ ..] if matches!(rest.trim_ascii_start(), [b'"' | b'}', ..] | []) => {
            Format::Json
        }
        [b'[', rest @ ..]
            if matches!(rest.trim_ascii_start(), [b'{' | b'[' | b'"' | b']' | b'0'..=b'9', ..]) =>
        {
            Format::Json
        }
        [b'<', b'?', b'x', b'm', b'l', ..] | [b'<', b'!', b'D', b'O', b'C', ..] => markup(start),
        [b'<', rest @ ..] if rest.first().is_some_and(u8::is_ascii_alphabetic) => markup(start),
        _ => Format::Text,
    })
}

fn markup(start: &[u8]) -> Format {
    let head = start.get(..start.len().min(1024)).unwrap_or_default();
    let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    if has(b"<plist") {
        Format::Plist
    } else if has(b"<html") || has(b"<HTML") || has(b"<!DOCTYPE html") || has(b"<!doctype html") {
        Format::Text
    } else {
        Format::Xml
    }
}

/// UTF-8 or a code page, without the control characters that no text has.
fn is_text(sample: &[u8], cut: bool) -> bool {
    !sample.iter().copied().any(is_foreign_to_text) && has_few_strange_letters(sample, cut)
}

/// Text to an interpreter that passes over what it cannot read: a control character in thirty-two.
pub(super) fn is_mostly_text(bytes: &[u8]) -> bool {
    let sample = sample(bytes);
    let foreign = sample.iter().copied().filter(|byte| is_foreign_to_text(*byte)).count();
    foreign * 32 <= sample.len() && has_few_strange_letters(sample, sample.len() < bytes.len())
}

const fn is_foreign_to_text(byte: u8) -> bool {
    matches!(byte, 0..=6 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

fn has_few_strange_letters(sample: &[u8], cut: bool) -> bool {
    match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) if cut && error.valid_up_to() + 4 > sample.len() => true,
        // Compat: a few bytes of an old code page do not make a text into data.
        Err(_) => sample.iter().filter(|byte| !byte.is_ascii()).count() * 10 < sample.len(),
    }
}
