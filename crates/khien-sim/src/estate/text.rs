//! Text of log lines, escaped once and filled in often.

/// A text with places for a user and a number, ready to stand inside a JSON string.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Is(String),
    Number,
    User,
}

impl Text {
    /// Reads `%U%` as the user and `%N%` as a number.
    pub(crate) fn new(template: &str) -> Self {
        let mut parts = Vec::new();
        for (index, piece) in template.split('%').enumerate() {
            match (index % 2, piece) {
                (0, "") => {}
                (1, "U") => parts.push(Part::User),
                (1, "N") => parts.push(Part::Number),
                (0, piece) => parts.push(Part::Is(escaped(piece))),
                // A percent sign that stands for itself.
                (_, piece) => parts.push(Part::Is(format!("%{}%", escaped(piece)))),
            }
        }
        Self(parts)
    }

    /// Appends the text to `out`.
    pub(crate) fn push(&self, out: &mut String, user: &str, number: u32) {
        for part in &self.0 {
            match part {
                Part::Is(text) => out.push_str(text),
                Part::Number => push_number(out, number.into()),
                Part::User => out.push_str(user),
            }
        }
    }

    /// Returns the text of what stands before the last separator, and of what follows.
    pub(crate) fn folder_and_name(&self, user: &str, number: u32) -> (String, String) {
        let mut whole = String::new();
        self.push(&mut whole, user, number);
        match whole.rsplit_once('/') {
            Some((folder, name)) => (folder.to_owned(), name.to_owned()),
            None => (String::new(), whole),
        }
    }
}

/// Appends a decimal number.
pub(crate) fn push_number(out: &mut String, number: u64) {
    let mut digits = [0_u8; 20];
    let mut rest = number;
    let mut at = digits.len();
    loop {
        at -= 1;
        // A remainder of ten fits.
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

/// Appends a number with leading zeros to `width`, 4 at most.
pub(crate) fn push_padded(out: &mut String, number: i64, width: usize) {
    let number = number.unsigned_abs();
    for divisor in [100_000, 10_000, 1_000, 100, 10, 1].into_iter().skip(6 - width.min(6)) {
        out.push(char::from(b'0' + u8::try_from(number / divisor % 10).unwrap_or(0)));
    }
}

/// Appends `digits` hexadecimal digits in lower case.
pub(crate) fn push_hex(out: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let nibble = usize::try_from((number >> (place * 4)) & 15).unwrap_or(0);
        out.push(char::from(crate::random::HEX_LOWER[nibble]));
    }
}

/// Escapes what may not stand inside a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out
}
