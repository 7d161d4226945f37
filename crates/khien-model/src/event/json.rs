//! JSON text of values, without a tree.

use std::fmt::Write;

use super::Scalar;

/// Appends a value. Numbers that JSON lacks (not a number, infinities) become `null`.
pub(super) fn write_scalar(value: Scalar<'_>, out: &mut String) {
    // Writing to a String does not fail.
    let _ = match value {
        Scalar::Str(text) => {
            write_text(text, out);
            Ok(())
        }
        Scalar::Int(number) => write!(out, "{number}"),
        Scalar::Float(number) => write!(out, "{}", serde_json::Value::from(number)),
        Scalar::Bool(flag) => write!(out, "{flag}"),
        Scalar::Null => out.write_str("null"),
    };
}

/// Appends a string literal. Source: RFC 8259 section 7.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_escape(rest.as_bytes()) {
        // What is cut at is ASCII, so both cuts are at the edges of characters.
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut tail = tail.chars();
        match tail.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(control) => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            None => {}
        }
        rest = tail.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Where the first byte stands that a literal escapes.
fn first_escape(text: &[u8]) -> Option<usize> {
    let escaped = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    let mut before = 0_usize;
    for part in text.chunks(16) {
        // Without a way out in the middle, so that the compiler looks at all bytes at once.
        if part.iter().fold(false, |any, byte| any | escaped(byte)) {
            return before.checked_add(part.iter().position(escaped)?);
        }
        before = before.saturating_add(part.len());
    }
    None
}
