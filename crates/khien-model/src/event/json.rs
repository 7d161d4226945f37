//! JSON text of values, without a tree.

use std::io::Write;

use super::Scalar;

/// Appends a value. Numbers that JSON lacks (not a number, infinities) become `null`.
pub(super) fn write_scalar(value: Scalar<'_>, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = match value {
        Scalar::Str(text) => {
            write_text(text, out);
            Ok(())
        }
        Scalar::Int(number) => {
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            Ok(())
        }
        Scalar::Float(number) => write!(out, "{}", serde_json::Value::from(number)),
        Scalar::Bool(flag) => write!(out, "{flag}"),
        Scalar::Null => out.write_all(b"null"),
    };
}

/// Appends a string literal. Source: RFC 8259 section 7.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let (mut from, mut at) = (0_usize, 0_usize);
    let bytes = text.as_bytes();
    for part in bytes.chunks(CHUNK) {
        let next = at.saturating_add(part.len());
        // Without a way out in the middle, so that the compiler looks at all bytes at once.
        if part.iter().fold(false, |any, byte| any | is_escaped(*byte)) {
            out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
            part.iter().for_each(|byte| write_byte(*byte, out));
            from = next;
        }
        at = next;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    out.push(b'"');
}

/// Bytes looked at at once.
const CHUNK: usize = 16;

/// Whether a literal escapes this byte; all such bytes are ASCII.
const fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn write_byte(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        control if control < 0x20 => {
            let _ = write!(out, "\\u{control:04x}");
        }
        plain => out.push(plain),
    }
}
