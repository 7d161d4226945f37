//! Code without its comments, every byte at its place.
//!
//! What stands in a comment is not run, and readmes in comments name everything. But code that is made
//! to look like a comment must not go unseen: where a reader here cannot be sure, the comment stays.
//! JavaScript and shells have readers of their own; for the others strings and comments are known, and
//! a comment goes only if its text could not be code behind the end of some string.

use std::ops::Range;

use super::{Language, markup};

mod js;
mod shell;

/// Where a reader of a language is in its code, and the comments that it has found.
struct Cursor<'a> {
    code: &'a [u8],
    at: usize,
    found: Vec<Range<usize>>,
}

impl<'a> Cursor<'a> {
    fn new(code: &'a [u8]) -> Self {
        Self { code, at: 0, found: Vec::new() }
    }

    fn rest(&self) -> &'a [u8] {
        self.code.get(self.at..).unwrap_or_default()
    }

    /// Goes on, by one byte at least.
    fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len.max(1));
    }

    /// Goes over a comment of `len` bytes.
    fn comment(&mut self, len: usize) {
        self.found.push(self.at..self.at.saturating_add(len));
        self.skip(len);
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.code.len()
    }
}

/// How a language writes comments and strings.
struct Syntax {
    line: &'static [&'static [u8]],
    block: &'static [(&'static [u8], &'static [u8])],
    quotes: &'static [u8],
    /// Strings that run over lines.
    long_quotes: &'static [u8],
    escape: Option<u8>,
}

const fn syntax(language: Language) -> Syntax {
    match language {
        // These have readers of their own.
        Language::Batch
        | Language::Js
        | Language::Jsx
        | Language::Markup
        | Language::PythonPath
        | Language::Rust
        | Language::Shell => {
            Syntax { line: &[], block: &[], quotes: b"", long_quotes: b"", escape: None }
        }
        Language::Lua => Syntax {
            line: &[b"--"],
            block: &[],
            quotes: b"\"'",
            long_quotes: b"",
            escape: Some(b'\\'),
        },
        Language::Perl => Syntax {
            line: &[b"#"],
            block: &[],
            quotes: b"",
            long_quotes: b"\"'",
            escape: Some(b'\\'),
        },
        Language::Php => Syntax {
            line: &[b"//", b"#"],
            block: &[(b"/*", b"*/")],
            quotes: b"",
            long_quotes: b"\"'",
            escape: Some(b'\\'),
        },
        Language::PowerShell => Syntax {
            line: &[b"#"],
            block: &[(b"<#", b"#>")],
            quotes: b"",
            long_quotes: b"\"'",
            escape: Some(b'`'),
        },
        Language::Python => Syntax {
            line: &[b"#"],
            block: &[],
            quotes: b"\"'",
            long_quotes: b"",
            escape: Some(b'\\'),
        },
        Language::Ruby => Syntax {
            line: &[b"#"],
            block: &[(b"\n=begin", b"\n=end")],
            quotes: b"",
            long_quotes: b"\"'",
            escape: Some(b'\\'),
        },
        Language::VbScript => {
            Syntax { line: &[b"'"], block: &[], quotes: b"\"", long_quotes: b"", escape: None }
        }
    }
}

/// The code with blanks in place of comments. Line ends stay.
pub(super) fn blanked(code: &[u8], language: Language) -> Vec<u8> {
    let mut out = code.to_vec();
    let comments = match language {
        Language::Batch => {
            blank_remarks(&mut out);
            Vec::new()
        }
        Language::Js => js::comments(code),
        // Text that is no code may hold what looks like a comment, and Rust's comments nest.
        Language::Jsx | Language::PythonPath | Language::Rust => Vec::new(),
        Language::Markup => of_page(code),
        Language::Shell => shell::comments(code),
        // Pages with scripts in them, whose text has quotes as it likes.
        Language::VbScript if has_ignoring_case(code, b"<script") => Vec::new(),
        other => Reader::new(code, other).comments(),
    };
    for range in comments {
        blank(&mut out, range);
    }
    out
}

/// All of a page but its scripts, and the comments in these.
fn of_page(page: &[u8]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0_usize;
    for script in markup::code(page) {
        out.push(from..script.start);
        from = script.end;
        let code = page.get(script.clone()).unwrap_or_default();
        let moved = |at: usize| at.saturating_add(script.start);
        let comments = if code.starts_with(b"<") { Vec::new() } else { js::comments(code) };
        out.extend(comments.into_iter().map(|range| moved(range.start)..moved(range.end)));
    }
    out.push(from..page.len());
    out
}

fn has_ignoring_case(code: &[u8], word: &[u8]) -> bool {
    code.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

/// Reads what has no reader of its own.
struct Reader<'a> {
    code: &'a [u8],
    language: Language,
    syntax: Syntax,
    at: usize,
    /// Where the last end of a block comment stands: behind it, none is looked for.
    last_end: usize,
    /// Open brackets, in Python.
    depth: usize,
    found: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    fn new(code: &'a [u8], language: Language) -> Self {
        let syntax = syntax(language);
        let ends = syntax.block.iter().filter_map(|(_, end)| memchr::memmem::rfind(code, end));
        let last_end = ends.max().unwrap_or(0);
        Self { code, language, syntax, at: 0, last_end, depth: 0, found: Vec::new() }
    }

    fn comments(mut self) -> Vec<Range<usize>> {
        // PowerShell takes typographic quotes for quotes.
        let quotes = self.language == Language::PowerShell
            && memchr::memmem::find(self.code, b"\xe2\x80").is_some();
        if self.language == Language::Php {
            self.pass_page();
        }
        while !quotes && self.at < self.code.len() && self.step().is_some() {}
        self.found
    }

    /// Reads one token; `None` where the rest cannot be told.
    fn step(&mut self) -> Option<()> {
        let rest = self.code.get(self.at..).filter(|rest| !rest.is_empty())?;
        let byte = *rest.first()?;
        let len = if self.language == Language::Php && rest.starts_with(b"?>") {
            self.pass_page();
            return Some(());
        } else if let Some(len) = self.comment(rest) {
            let text = rest.get(..len).unwrap_or_default();
            if is_plain(text, self.language) {
                self.found.push(self.at..self.at.saturating_add(len));
            }
            len
        } else if let Some((len, alone)) = triple(rest, self.code, self.at, self.language) {
            if alone && self.depth == 0 {
                self.found.push(self.at..self.at.saturating_add(len));
            } else {
                self.formatted(rest.get(..len)?)?;
            }
            len
        } else if let Some(len) = here_string(rest, self.language) {
            len
        } else if self.is_quote(byte) {
            let one_line = self.syntax.quotes.contains(&byte);
            let len = string(rest, byte, self.syntax.escape, one_line);
            self.formatted(rest.get(..len.min(rest.len()))?)?;
            len
        } else if self.language == Language::Php && rest.starts_with(b"<<<") {
            return None;
        } else {
            self.count(byte);
            if self.syntax.escape == Some(byte) { 2 } else { 1 }
        };
        self.at = self.at.saturating_add(len.max(1));
        Some(())
    }

    /// The length of the comment that starts here.
    fn comment(&self, rest: &[u8]) -> Option<usize> {
        for (open, close) in self.syntax.block {
            if rest.starts_with(open) {
                let inside = rest.get(open.len()..)?;
                let from = self.at.saturating_add(open.len());
                let end =
                    (from <= self.last_end).then(|| memchr::memmem::find(inside, close))??;
                return Some(end.saturating_add(open.len()).saturating_add(close.len()));
            }
        }
        let mark = self.syntax.line.iter().find(|mark| rest.starts_with(mark))?;
        // `$#`, `a#b`: only a `#` after a blank is a comment.
        let needs_blank =
            matches!(self.language, Language::PowerShell | Language::Perl | Language::Ruby);
        let before = self.at.checked_sub(1).and_then(|at| self.code.get(at)).copied();
        let starts = before.is_none_or(|b| b.is_ascii_whitespace() || b == b';');
        if *mark == b"#" && needs_blank && !starts {
            return None;
        }
        // `#!` is for the kernel, and PHP's `#[` begins an attribute, with code behind it.
        let is_attribute = self.language == Language::Php && rest.starts_with(b"#[");
        if (self.at == 0 && rest.starts_with(b"#!")) || is_attribute {
            return None;
        }
        let line = rest.get(..line_end(rest))?;
        // PHP's code ends inside a comment, too.
        let ends = memchr::memmem::find(line, b"?>").filter(|_| self.language == Language::Php);
        Some(ends.unwrap_or(line.len()))
    }

    fn is_quote(&self, byte: u8) -> bool {
        self.syntax.quotes.contains(&byte) || self.syntax.long_quotes.contains(&byte)
    }

    fn count(&mut self, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => self.depth = self.depth.saturating_add(1),
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// A string that holds code, which may hold the very quotes that seem to end it; `None` where
    /// it does.
    fn formatted(&self, text: &[u8]) -> Option<()> {
        let count = |byte: u8| memchr::memchr_iter(byte, text).count();
        let before = self.at.checked_sub(1).and_then(|at| self.code.get(at)).copied();
        let whole = match self.language {
            // `f"…"`, `rf"…"`, `fr"…"`, `t"…"`
            Language::Python if before.is_some_and(|b| b"fFtTrR".contains(&b)) => {
                count(b'{') == count(b'}')
            }
            Language::PowerShell => {
                memchr::memmem::find(text, b"$(").is_none() || count(b'(') == count(b')')
            }
            _ => true,
        };
        whole.then_some(())
    }

    /// Passes over the page around PHP's code.
    fn pass_page(&mut self) {
        let rest = self.code.get(self.at..).unwrap_or_default();
        let len = memchr::memmem::find(rest, b"<?").map_or(rest.len(), |at| at.saturating_add(2));
        self.at = self.at.saturating_add(len);
    }
}

/// Whether a comment is text for people, in languages whose quotes cannot all be told: it holds
/// nothing that ends a string or begins code in one.
fn is_plain(text: &[u8], language: Language) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || *b >= 0x80;
    match language {
        Language::Lua | Language::Perl | Language::Ruby => {
            text.iter().all(|b| plain(b) || b",.:-_#?+".contains(b)) && !text.contains(&b'\r')
        }
        _ => true,
    }
}

/// PowerShell's strings from `@"` at the end of a line to `"@` at the beginning of one.
fn here_string(rest: &[u8], language: Language) -> Option<usize> {
    if language != Language::PowerShell {
        return None;
    }
    let end: &[u8] = match rest.get(..2)? {
        b"@\"" => b"\n\"@",
        b"@'" => b"\n'@",
        _ => return None,
    };
    let mut behind = rest.get(2..)?.iter().skip_while(|b| matches!(b, b' ' | b'\t' | 0x0b | 0x0c));
    matches!(behind.next(), None | Some(b'\n' | b'\r')).then_some(())?;
    let len = memchr::memmem::find(rest, end).unwrap_or(rest.len());
    Some(len.saturating_add(end.len()))
}

/// The length of the line that starts here, without its end: in most languages, a carriage return
/// ends one too, and in JavaScript two letters of Unicode.
fn line_end(rest: &[u8]) -> usize {
    let breaks = |at: &usize| {
        let here = rest.get(*at..).unwrap_or_default();
        matches!(here.first(), Some(b'\n' | b'\r'))
            || here.starts_with(b"\xe2\x80\xa8")
            || here.starts_with(b"\xe2\x80\xa9")
    };
    memchr::memchr3_iter(b'\n', b'\r', 0xe2, rest).find(breaks).unwrap_or(rest.len())
}

/// Python's long strings: their length, and whether they stand alone as documentation.
fn triple(rest: &[u8], code: &[u8], at: usize, language: Language) -> Option<(usize, bool)> {
    if language != Language::Python {
        return None;
    }
    let mark = [&b"\"\"\""[..], b"'''"].into_iter().find(|mark| rest.starts_with(mark))?;
    let len = triple_len(rest, mark);
    // Bound: how far back is looked, so that a line of quotes costs no more than another.
    let before = code.get(at.saturating_sub(256)..at)?;
    let line = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at.saturating_add(1));
    // Only blanks before it on its line, and the line above ends a statement or a header.
    let indent = before.get(line..)?;
    let above = before.get(..line)?.iter().rfind(|b| !b.is_ascii_whitespace());
    let ends = above.is_none_or(|b| !b"(,[{=+\\%".contains(b));
    // Nothing is done with it on its line.
    let after = rest.get(len..).unwrap_or_default();
    let next = after.iter().take(256).find(|b| !matches!(b, b' ' | b'\t' | 0x0c));
    let ends = ends && (after.is_empty() || matches!(next, Some(b'\n' | b'\r' | b'#')));
    Some((len, indent.iter().all(u8::is_ascii_whitespace) && ends))
}

/// The length of the long string that starts here; a backslash takes the next character with it, in
/// raw strings too.
fn triple_len(rest: &[u8], mark: &[u8]) -> usize {
    let quote = mark.first().copied().unwrap_or(b'"');
    let mut at = mark.len();
    while let Some(next) = rest.get(at..).and_then(|rest| memchr::memchr2(b'\\', quote, rest)) {
        at = at.saturating_add(next);
        let here = rest.get(at..).unwrap_or_default();
        if here.starts_with(mark) {
            return at.saturating_add(mark.len());
        }
        at = at.saturating_add(if here.starts_with(b"\\") { 2 } else { 1 });
    }
    rest.len()
}

/// The length of the string that starts here.
fn string(rest: &[u8], quote: u8, escape: Option<u8>, one_line: bool) -> usize {
    let mut at = 1_usize;
    while let Some(byte) = rest.get(at).copied() {
        if Some(byte) == escape && (quote != b'\'' || one_line) {
            let pair = rest.get(at..).is_some_and(|rest| rest.get(1..3) == Some(b"\r\n"));
            at = at.saturating_add(if pair { 3 } else { 2 });
            continue;
        }
        at = at.saturating_add(1);
        if byte == quote || (one_line && byte == b'\n') {
            break;
        }
    }
    at
}

/// Bound: bytes of a regular expression; what follows is read as code again.
const REGEX_MAX: usize = 4096;

/// Lines of a batch file that start with `rem` or `::`.
fn blank_remarks(out: &mut [u8]) {
    for line in out.split_mut(|b| *b == b'\n') {
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"@").unwrap_or(text);
        let word = text.get(..4).map(<[u8]>::to_ascii_lowercase);
        // `rem & x` runs x.
        let joined = text.contains(&b'&') || text.contains(&b'|') || text.contains(&b'\r');
        if (text.starts_with(b"::") || word.as_deref() == Some(b"rem ")) && !joined {
            line.fill(b' ');
        }
    }
}

fn blank(out: &mut [u8], range: Range<usize>) {
    let range = range.start..range.end.min(out.len());
    for byte in out.get_mut(range).unwrap_or_default() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}
