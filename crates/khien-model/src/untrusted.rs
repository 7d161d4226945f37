//! Text from outside, which must not be printed raw.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text that came from outside: a log line, a file name, a field value.
///
/// `Display` escapes control characters, so such text cannot forge a log line or drive a terminal.
/// There is no `Deref` to `str` on purpose: code that needs the raw text says so with
/// [`Untrusted::as_raw`], and a reviewer can search for that name.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Takes text as untrusted.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The raw text: for matching, hashing and encoding, never for printing.
    pub fn as_raw(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(f, &self.0)
    }
}

/// Shows borrowed outside text with control characters escaped.
pub fn shown(text: &str) -> impl fmt::Display + '_ {
    struct Shown<'a>(&'a str);
    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_escaped(f, self.0)
        }
    }
    Shown(text)
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write;
    for c in text.chars() {
        match c {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() && u32::from(c) < 0x100 => write!(f, "\\x{:02x}", u32::from(c))?,
            c if is_invisible(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    Ok(())
}

/// Hostile: characters that reorder or hide text (CVE-2021-42574, "Trojan Source").
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_terminal_sequence_is_shown_not_obeyed() {
        assert_eq!(Untrusted::from("a\x1b[2Jb\r\n").to_string(), "a\\x1b[2Jb\\r\\n");
        assert_eq!(shown("abc\u{202e}txt.exe").to_string(), "abc\\u{202e}txt.exe");
        assert_eq!(shown("Đường dẫn").to_string(), "Đường dẫn");
    }

    proptest! {
        #[test]
        fn nothing_shown_holds_a_control_character(text in any::<String>()) {
            prop_assert!(!shown(&text).to_string().chars().any(|c| c.is_control() || is_invisible(c)));
        }
    }
}
