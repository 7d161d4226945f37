//! JavaScript's comments.
//!
//! Whether a slash begins a regular expression depends on what stands before it, and a template holds
//! code that holds templates. So brackets are kept on a stack, with what each of them was opened
//! after. Where the code can be read in two ways, no comment is told from there on.

use std::ops::Range;

use super::{Cursor, REGEX_MAX, line_end, string};

/// Bound: open brackets; code that has more is read without comments.
const OPEN_MAX: usize = 10_000;

/// What stands before the place that is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Before {
    /// An operator, a separator, or nothing: a value comes next.
    Operator,
    /// A value: a slash divides it.
    Value,
    /// The end of `if (…)` and its kin: a statement comes next.
    Header,
    /// The end of a block or of an object, `++`, `of`: a slash may be either.
    Either,
}

/// An open bracket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Open {
    /// `(`, and what its end is: that of a header or of a value.
    Round(Before),
    Square,
    Curly,
    /// `${` in a template, whose text goes on behind its end.
    Template,
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    open: Vec<Open>,
    before: Before,
    /// The last word, where nothing but blanks came after it, and whether it is a property's name.
    word: Option<(&'a [u8], bool)>,
}

/// The comments, in order.
pub(super) fn comments(code: &[u8]) -> Vec<Range<usize>> {
    let before = Before::Operator;
    let cursor = Cursor::new(code);
    let mut reader = Reader { cursor, open: Vec::new(), before, word: None };
    while !reader.cursor.is_at_end() && reader.step().is_some() {}
    reader.cursor.found
}

impl<'a> Reader<'a> {
    /// Reads one token; `None` where the rest cannot be told.
    fn step(&mut self) -> Option<()> {
        let rest = self.cursor.rest();
        let byte = *rest.first()?;
        if byte.is_ascii_whitespace() {
            self.cursor.skip(1);
            return Some(());
        }
        if is_word(byte) {
            self.word(rest);
            return Some(());
        }
        if byte == b'/' {
            return self.slash(rest);
        }
        let word = self.word.take();
        match byte {
            b'"' | b'\'' => {
                self.before = Before::Value;
                self.cursor.skip(string(rest, byte, Some(b'\\'), true));
            }
            b'`' => {
                self.cursor.skip(1);
                self.template();
            }
            b'(' => self.push(Open::Round(match word {
                Some((b"if" | b"while" | b"for" | b"with", false)) => Before::Header,
                Some((b"await", false)) => Before::Either,
                _ => Before::Value,
            }))?,
            b'[' => self.push(Open::Square)?,
            b'{' => self.push(Open::Curly)?,
            b')' | b']' | b'}' => self.close(byte)?,
            // Comments of old, in scripts and not in modules.
            b'<' | b'-' if rest.starts_with(b"<!--") || rest.starts_with(b"-->") => return None,
            b'+' | b'-' if rest.get(1) == Some(&byte) => {
                self.before = Before::Either;
                self.cursor.skip(2);
            }
            // `!` behind a value is TypeScript's word for "not null".
            b'!' if self.before == Before::Value && rest.get(1) != Some(&b'=') => {
                self.before = Before::Either;
                self.cursor.skip(1);
            }
            _ => {
                self.before = Before::Operator;
                self.cursor.skip(1);
            }
        }
        Some(())
    }

    fn word(&mut self, rest: &'a [u8]) {
        // `1.` is a number, whose dot asks for nothing.
        let before = self.word.take();
        let number = rest.first().is_some_and(u8::is_ascii_digit);
        let len = rest.iter().take_while(|b| is_word(**b) || (number && **b == b'.')).count();
        let word = rest.get(..len).unwrap_or_default();
        let head = self.cursor.code.get(..self.cursor.at).unwrap_or_default().trim_ascii_end();
        let property = head.ends_with(b".") && !head.ends_with(b"...");
        self.before = match word {
            _ if property => Before::Value,
            // The label is the end of the statement: what comes on the next line is another one.
            _ if matches!(before, Some((b"break" | b"continue", false))) => Before::Either,
            b"break" | b"continue" | b"debugger" | b"default" => Before::Operator,
            b"return" | b"typeof" | b"case" | b"in" | b"void" | b"delete" | b"do" | b"else"
            | b"instanceof" | b"new" | b"throw" => Before::Operator,
            b"of" | b"yield" | b"await" | b"async" | b"let" | b"static" | b"get" | b"set" => {
                Before::Either
            }
            _ => Before::Value,
        };
        self.word = Some((word, property));
        self.cursor.skip(len);
    }

    fn slash(&mut self, rest: &[u8]) -> Option<()> {
        if rest.starts_with(b"//") {
            let len = line_end(rest);
            self.cursor.comment(len);
            return Some(());
        }
        if rest.starts_with(b"/*") {
            // Without an end it is an error, and nothing of the file is run.
            let len = memchr::memmem::find(rest.get(2..)?, b"*/")?.saturating_add(4);
            self.cursor.comment(len);
            return Some(());
        }
        self.word = None;
        match self.before {
            Before::Either => None,
            Before::Value => {
                self.before = Before::Operator;
                self.cursor.skip(1);
                Some(())
            }
            Before::Operator | Before::Header => {
                self.before = Before::Value;
                self.cursor.skip(regex(rest)?);
                Some(())
            }
        }
    }

    fn push(&mut self, open: Open) -> Option<()> {
        self.before = Before::Operator;
        self.cursor.skip(1);
        (self.open.len() < OPEN_MAX).then(|| self.open.push(open))
    }

    fn close(&mut self, byte: u8) -> Option<()> {
        self.cursor.skip(1);
        match (byte, self.open.pop()?) {
            (b')', Open::Round(end)) => self.before = end,
            (b']', Open::Square) => self.before = Before::Value,
            (b'}', Open::Curly) => self.before = Before::Either,
            (b'}', Open::Template) => self.template(),
            _ => return None,
        }
        Some(())
    }

    /// Reads a template's text up to its end, or to code in it.
    fn template(&mut self) {
        let rest = self.cursor.rest();
        let mut at = 0_usize;
        while let Some(byte) = rest.get(at) {
            match byte {
                b'\\' => at = at.saturating_add(1),
                b'`' => {
                    self.before = Before::Value;
                    break;
                }
                b'$' if rest.get(at.saturating_add(1)) == Some(&b'{') => {
                    self.open.push(Open::Template);
                    self.before = Before::Operator;
                    at = at.saturating_add(1);
                    break;
                }
                _ => {}
            }
            at = at.saturating_add(1);
        }
        self.cursor.skip(at.saturating_add(1));
    }
}

/// A byte of a name; those above ASCII are letters.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'@' | 0x80..)
}

/// The length of the regular expression that starts here; `None` where it does not end on its line.
fn regex(rest: &[u8]) -> Option<usize> {
    let line = rest.get(..REGEX_MAX).unwrap_or(rest);
    let line = line.get(..line_end(line))?;
    let mut at = 1_usize;
    let mut in_class = false;
    loop {
        match line.get(at)? {
            b'\\' => at = at.saturating_add(1),
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return Some(at.saturating_add(1)),
            _ => {}
        }
        at = at.saturating_add(1);
    }
}
