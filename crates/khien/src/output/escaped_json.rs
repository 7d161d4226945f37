//! JSON that is safe to look at: characters that are invisible or drive a terminal are written as
//! `\uXXXX`, so the data stay the same and the eye is not deceived.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// Writes a value over several lines.
pub(crate) fn write_pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value
        .serialize(&mut Serializer::with_formatter(&mut *out, Escaping(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// Writes a value on one line.
pub(super) fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Escaping(CompactFormatter)))?;
    out.write_all(b"\n")
}

/// Hostile: beyond what JSON demands, escapes the C1 controls (U+009B starts a terminal sequence)
/// and characters that reorder or hide text (CVE-2021-42574).
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A formatter that escapes more within strings and leaves the layout to another.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| deceives(*c)) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_data_stay_the_same_and_nothing_deceives(text in any::<String>()) {
            let mut line = Vec::new();
            write_line(&mut line, &text).unwrap();
            let line = String::from_utf8(line).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
            prop_assert!(!line.trim_end_matches('\n').chars().any(deceives));
        }
    }

    #[test]
    fn both_layouts_parse_back() {
        let value = serde_json::json!({ "a\u{202e}": ["\u{9b}2J", {}, []], "b": { "c": 1 } });
        let (mut pretty, mut line) = (Vec::new(), Vec::new());
        write_pretty(&mut pretty, &value).unwrap();
        write_line(&mut line, &value).unwrap();
        for text in [pretty, line] {
            assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap(), value);
        }
    }
}
