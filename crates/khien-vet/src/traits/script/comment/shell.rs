//! Comments of shells.
//!
//! A `#` is one only where a word may start, and quotes hold code that holds quotes (`"$(cmd "x")"`).
//! So what is open is kept on a stack, and here-documents are passed over. Where the code can be read
//! in two ways, no comment is told from there on.

use std::ops::Range;

use super::Cursor;

/// Bound: what may be open at once; code that has more is read without comments.
const OPEN_MAX: usize = 64;

/// What is open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Open {
    /// `"…"`
    Double,
    /// `${…}`
    Brace,
    /// `$(…)`, `<(…)`
    Substitution,
    /// `(…)`
    Round,
    /// `@(…)` and its kin: a pattern, in which `#` is a letter.
    Pattern,
    /// A substitution in backquotes.
    Tick,
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    open: Vec<Open>,
    /// Where the last escape ends: a blank that was escaped starts no word.
    escaped_until: usize,
    /// What was open at `=~`, on whose line a `#` may be of the regular expression.
    matching: Option<usize>,
    /// Ends of the here-documents that begin on the next line, and whether tabs before them go.
    documents: Vec<(Vec<u8>, bool)>,
}

/// The comments, in order.
pub(super) fn comments(code: &[u8]) -> Vec<Range<usize>> {
    let mut reader = Reader {
        cursor: Cursor::new(code),
        open: Vec::new(),
        escaped_until: 0,
        matching: None,
        documents: Vec::new(),
    };
    while !reader.cursor.is_at_end() && reader.step().is_some() {}
    reader.cursor.found
}

impl<'a> Reader<'a> {
    fn push(&mut self, open: Open, len: usize) -> Option<()> {
        self.cursor.skip(len);
        (self.open.len() < OPEN_MAX).then(|| self.open.push(open))
    }

    /// Reads one token; `None` where the rest cannot be told.
    fn step(&mut self) -> Option<()> {
        let rest = self.cursor.rest();
        let byte = *rest.first()?;
        let top = self.open.last().copied();
        match byte {
            b'\\' => {
                self.cursor.skip(2);
                self.escaped_until = self.cursor.at;
            }
            b'$' if rest.starts_with(b"$(") => return self.push(Open::Substitution, 2),
            b'$' if rest.starts_with(b"${") => return self.push(Open::Brace, 2),
            b'"' if top == Some(Open::Double) => {
                self.open.pop();
                self.cursor.skip(1);
            }
            b'"' => return self.push(Open::Double, 1),
            b'`' => return self.tick(top),
            b'}' if top == Some(Open::Brace) => {
                self.open.pop();
                self.cursor.skip(1);
            }
            b'\'' if self.open.contains(&Open::Double) && !self.in_code() => self.cursor.skip(1),
            b'\'' if top != Some(Open::Double) => return self.single(rest),
            b'$' if rest.starts_with(b"$'") && self.in_code() => return self.escaped(rest),
            _ if self.in_code() => return self.code(byte, rest, top),
            _ => self.cursor.skip(1),
        }
        Some(())
    }

    fn in_code(&self) -> bool {
        !matches!(self.open.last(), Some(Open::Double | Open::Brace))
    }

    fn tick(&mut self, top: Option<Open>) -> Option<()> {
        if top == Some(Open::Tick) {
            self.open.pop();
        } else if self.open.contains(&Open::Tick) {
            return None;
        } else {
            self.open.push(Open::Tick);
        }
        self.cursor.skip(1);
        Some(())
    }

    fn single(&mut self, rest: &[u8]) -> Option<()> {
        let len = memchr::memchr(b'\'', rest.get(1..)?)?;
        self.cursor.skip(len.saturating_add(2));
        Some(())
    }

    /// `$'…'`, in which a backslash takes the next character with it.
    fn escaped(&mut self, rest: &[u8]) -> Option<()> {
        let mut at = 2_usize;
        loop {
            match rest.get(at)? {
                b'\\' => at = at.saturating_add(1),
                b'\'' => break,
                _ => {}
            }
            at = at.saturating_add(1);
        }
        self.cursor.skip(at.saturating_add(1));
        Some(())
    }

    fn code(&mut self, byte: u8, rest: &[u8], top: Option<Open>) -> Option<()> {
        let before = self.cursor.at.checked_sub(1).and_then(|at| self.cursor.code.get(at)).copied();
        let starts = before.is_none_or(|b| b.is_ascii_whitespace() || b";&|(".contains(&b))
            && self.escaped_until != self.cursor.at;
        match byte {
            b'#' if starts => return self.comment(rest, top),
            b'(' if before.is_some_and(|b| b"?*+@!".contains(&b)) => {
                return self.push(Open::Pattern, 1);
            }
            b'(' => return self.push(Open::Round, 1),
            b')' => match top {
                Some(Open::Pattern | Open::Round | Open::Substitution) => {
                    self.open.pop();
                }
                // The pattern of a `case`.
                None => {}
                Some(_) => return None,
            },
            // In brackets, its patterns' ends cannot be told from theirs.
            b'c' if starts && rest.starts_with(b"case") && top.is_some() => return None,
            b'=' if rest.starts_with(b"=~") => self.matching = Some(self.open.len()),
            b'<' if rest.starts_with(b"<<<") => self.cursor.skip(2),
            b'<' if rest.starts_with(b"<<") => return self.document(rest, top),
            b'\n' => {
                self.matching = self.matching.filter(|open| self.open.len() > *open);
                self.cursor.skip(1);
                return self.pass_documents();
            }
            _ => {}
        }
        self.cursor.skip(1);
        Some(())
    }

    fn comment(&mut self, rest: &[u8], top: Option<Open>) -> Option<()> {
        if self.matching.is_some() || self.open.contains(&Open::Pattern) {
            self.cursor.skip(1);
            return Some(());
        }
        // A backquote ends a comment in backquotes; in arithmetic there are none.
        if top == Some(Open::Tick) || self.in_arithmetic() {
            return None;
        }
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        if self.cursor.at == 0 && rest.starts_with(b"#!") {
            self.cursor.skip(len);
        } else {
            self.cursor.comment(len);
        }
        Some(())
    }

    /// Inside `((…))` or `$((…))`.
    fn in_arithmetic(&self) -> bool {
        let outer = self.open.len().checked_sub(2).and_then(|at| self.open.get(at));
        self.open.last() == Some(&Open::Round)
            && matches!(outer, Some(Open::Round | Open::Substitution))
    }

    /// `<<END`: the lines after this one, up to `END`, are text.
    fn document(&mut self, rest: &[u8], top: Option<Open>) -> Option<()> {
        if self.in_arithmetic() || top == Some(Open::Tick) {
            return None;
        }
        let after = rest.get(2..)?;
        let (tabs, after) = match after.strip_prefix(b"-") {
            Some(after) => (true, after),
            None => (false, after),
        };
        let blanks = after.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let word = after.get(blanks..)?;
        let len = word.iter().take_while(|b| !b" \t\r\n;&|<>()`$".contains(b)).count();
        let end: Vec<u8> =
            word.get(..len)?.iter().copied().filter(|b| !b"\"'\\".contains(b)).collect();
        if end.is_empty() {
            return None;
        }
        self.documents.push((end, tabs));
        self.cursor.skip(
            2_usize.saturating_add(usize::from(tabs)).saturating_add(blanks).saturating_add(len),
        );
        Some(())
    }

    fn pass_documents(&mut self) -> Option<()> {
        for (end, tabs) in std::mem::take(&mut self.documents) {
            loop {
                let rest = self.cursor.rest();
                let len = memchr::memchr(b'\n', rest)?;
                let mut line = rest.get(..len)?;
                while let (true, Some(after)) = (tabs, line.strip_prefix(b"\t")) {
                    line = after;
                }
                self.cursor.skip(len.saturating_add(1));
                if line == end {
                    break;
                }
            }
        }
        Some(())
    }
}
