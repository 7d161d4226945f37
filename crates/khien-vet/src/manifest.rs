//! Manifests in JSON, read as package managers read them.
//!
//! What `npm` takes, a stricter parser may refuse: a byte order mark, bytes that are no UTF-8, half a
//! surrogate pair, a number beyond all bounds, a thousand nested lists. A manifest that is not read
//! would be one without scripts, so what can be mended is, and only its values change.

use serde_json::Value;

/// Nesting below which values are read; deeper ones are left out.
const DEPTH_MAX: usize = 64;

/// The value that these bytes are; `None` where no package manager could read them either.
pub(crate) fn json(bytes: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&mended(text))).ok()
}

/// The text with values that every parser takes in place of those that some refuse.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' => string_len(rest),
            '-' | '0'..='9' => rest.find(|c| !is_of_number(c)).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (token, behind) = rest.split_at_checked(len).unwrap_or((rest, ""));
        rest = behind;
        let inside = depth <= DEPTH_MAX;
        match first {
            '[' | '{' => {
                depth = depth.saturating_add(1);
                if inside {
                    out.push_str(if depth > DEPTH_MAX { "null" } else { token });
                }
            }
            ']' | '}' => {
                if inside {
                    out.push_str(token);
                }
                depth = depth.saturating_sub(1);
            }
            _ if !inside => {}
            '"' => push_string(token, &mut out),
            '-' | '0'..='9' => {
                let finite = token.parse().is_ok_and(f64::is_finite);
                out.push_str(if finite { token } else { "0" });
            }
            _ => out.push_str(token),
        }
    }
    out
}

const fn is_of_number(c: char) -> bool {
    matches!(c, '+' | '-' | '.' | '0'..='9' | 'E' | 'e')
}

/// The bytes of the string that starts here, quotes included.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at.saturating_add(1),
            _ => {}
        }
    }
    text.len()
}

/// Adds a string with U+FFFD in place of each half of a surrogate pair that has no other half.
fn push_string(token: &str, out: &mut String) {
    let mut rest = token;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let len = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        let (escape, behind) = escape.split_at_checked(len).unwrap_or((escape, ""));
        out.push_str(escape);
        rest = behind;
    }
    out.push_str(rest);
}

/// The unit of UTF-16 that an escape stands for.
fn unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn script(text: &[u8]) -> Option<String> {
        Some(json(text)?.pointer("/scripts/postinstall")?.as_str()?.to_owned())
    }

    #[test]
    fn what_npm_takes_is_read() {
        let nested = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let around = |other: &[u8]| {
            let mut text = b"{\"x\": ".to_vec();
            text.extend_from_slice(other);
            text.extend_from_slice(b", \"scripts\": {\"postinstall\": \"echo 1\"}}");
            text
        };
        let others: [&[u8]; 9] = [
            b"1",
            b"1e999",
            b"-1e-999",
            b"\"\\ud800\"",
            b"\"\\udc00\\ud800x\"",
            b"\"\xff\"",
            b"\"\\ud83d\\ude00 \\\\ud800\"",
            b"\"]}\\\"\"",
            nested.as_bytes(),
        ];
        for other in others {
            let text = around(other);
            let shown = String::from_utf8_lossy(&text);
            assert_eq!(script(&text).as_deref(), Some("echo 1"), "{shown:.80}");
            let marked = [b"\xef\xbb\xbf".as_slice(), &text].concat();
            assert_eq!(script(&marked).as_deref(), Some("echo 1"), "{shown:.80}");
        }
    }

    #[test]
    fn what_nobody_takes_is_nothing() {
        for text in ["", "{", "// a comment\n{}", "{'x': 1}", "{\"x\": 1,}"] {
            assert_eq!(json(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn mending_keeps_what_needs_none(text in "[\\[\\]{}\":,0-9eE+.ab\\\\u-]{0,60}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_eq!(serde_json::from_str::<Value>(&mended(&text)).unwrap(), value);
            }
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = json(&bytes);
            let _ = mended(&String::from_utf8_lossy(&bytes));
        }
    }
}
