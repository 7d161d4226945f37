//! A pattern's text to tokens.

use super::{Found, Literal, PatternError};

/// The smallest meaningful piece of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'p> {
    /// A value.
    Literal(Literal),
    /// A bracket, operator or other mark.
    Mark(&'static str),
    /// A keyword or a name.
    Word(&'p str),
}

/// A token with its place in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed<'p> {
    pub(super) token: Token<'p>,
    pub(super) at: usize,
}

/// Every token of a pattern.
///
/// # Errors
///
/// A character or literal that is none of the language's.
pub(super) fn tokens(pattern: &str) -> Result<Vec<Placed<'_>>, PatternError> {
    let mut lexer = Lexer { pattern, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        if lexer.rest().is_empty() {
            return Ok(tokens);
        }
        let at = lexer.at;
        tokens.push(Placed { token: lexer.token()?, at });
    }
}

/// Longer marks first, so that `<=` is not read as `<`.
const MARKS: [&str; 16] =
    ["==", "!=", "<>", "<=", ">=", "=", "<", ">", "[", "]", "(", ")", ":", ".", ",", "*"];

struct Lexer<'p> {
    pattern: &'p str,
    at: usize,
}

impl<'p> Lexer<'p> {
    fn token(&mut self) -> Result<Token<'p>, PatternError> {
        let rest = self.rest();
        if rest.starts_with('\'') {
            return self.text().map(|text| Token::Literal(Literal::Text(text)));
        }
        if let Some(literal) = self.prefixed()? {
            return Ok(Token::Literal(literal));
        }
        if let Some(number) = self.number() {
            return Ok(Token::Literal(Literal::Number(number)));
        }
        if let Some(mark) = MARKS.into_iter().find(|mark| rest.starts_with(mark)) {
            self.skip(mark.len());
            return Ok(Token::Mark(mark));
        }
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = rest.get(..length).filter(|word| !word.is_empty());
        let word = word.ok_or_else(|| self.unexpected("a name, a value or an operator"))?;
        self.skip(length);
        Ok(Token::Word(word))
    }

    /// `h'…'`, `b'…'` and `t'…'`.
    fn prefixed(&mut self) -> Result<Option<Literal>, PatternError> {
        let kind = match self.rest().as_bytes() {
            [kind @ (b'b' | b'h' | b't'), b'\'', ..] => *kind,
            _ => return Ok(None),
        };
        let start = self.at;
        self.skip(1);
        let text = self.text()?;
        let literal = match kind {
            b't' => Some(Literal::Time(text)),
            b'b' => Some(Literal::Bytes(text.into_bytes())),
            _ => hex_bytes(&text).map(Literal::Bytes),
        };
        let malformed = || PatternError::Unexpected {
            at: start,
            expected: "pairs of hexadecimal digits",
            found: Found::of(self.pattern.get(start..).unwrap_or_default()),
        };
        literal.map(Some).ok_or_else(malformed)
    }

    /// A string in single quotes, in which a backslash stands before a quote or a backslash.
    ///
    /// Compat: many published patterns write Windows paths with single backslashes; a backslash
    /// before anything else stands for itself.
    fn text(&mut self) -> Result<String, PatternError> {
        let open = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((offset, c)) = chars.next() {
            match c {
                '\'' => {
                    self.skip(offset.saturating_add(1));
                    return Ok(text);
                }
                '\\' => {
                    let escaped = chars.next_if(|(_, next)| matches!(next, '\'' | '\\'));
                    text.push(escaped.map_or('\\', |(_, next)| next));
                }
                c => text.push(c),
            }
        }
        let found = Found::of(self.pattern.get(open..).unwrap_or_default());
        Err(PatternError::Unexpected { at: open, expected: "a closing quote", found })
    }

    fn number(&mut self) -> Option<f64> {
        let rest = self.rest();
        let unsigned = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let sign = rest.len().saturating_sub(unsigned.len());
        let digits = unsigned.find(|c| !is_part(c)).unwrap_or(unsigned.len());
        let length = sign.saturating_add(digits);
        let number = rest.get(..length)?.parse().ok()?;
        self.skip(length);
        Some(number)
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len().saturating_sub(rest.trim_start().len());
            let comment = match rest.get(blank..) {
                Some(c) if c.starts_with("//") => c.find('\n').unwrap_or(c.len()),
                Some(c) if c.starts_with("/*") => {
                    c.find("*/").map_or(c.len(), |end| end.saturating_add(2))
                }
                _ => 0,
            };
            self.skip(blank.saturating_add(comment));
            if comment == 0 {
                return;
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn rest(&self) -> &'p str {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn unexpected(&self, expected: &'static str) -> PatternError {
        PatternError::Unexpected { at: self.at, expected, found: Found::of(self.rest()) }
    }
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.chars().map(digit).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some((high << 4) | low),
        _ => None,
    });
    pairs.collect()
}
