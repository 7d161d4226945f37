//! Code without its comments, every byte at its place.
//!
//! What stands in a comment is not run, and readmes in comments name everything. This is no parser:
//! it knows strings, so that `"http://"` is no comment, and JavaScript's regular expressions by what
//! stands before them.

use super::Language;

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
        Language::Batch => {
            Syntax { line: &[], block: &[], quotes: b"", long_quotes: b"", escape: None }
        }
        Language::Js => Syntax {
            line: &[b"//"],
            block: &[(b"/*", b"*/")],
            quotes: b"\"'",
            long_quotes: b"`",
            escape: Some(b'\\'),
        },
        Language::Perl | Language::Shell => Syntax {
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
    if language == Language::Batch {
        blank_remarks(&mut out);
        return out;
    }
    let syntax = syntax(language);
    let mut at = 0;
    // The last character that is no blank: tells a regular expression from a division.
    let mut previous = b'\n';
    while let Some(rest) = code.get(at..).filter(|rest| !rest.is_empty()) {
        let byte = rest.first().copied().unwrap_or(0);
        let len = if let Some(len) = comment(rest, previous, at, code, &syntax, language) {
            blank(&mut out, at, len);
            len
        } else if let Some((len, doc)) = triple(rest, code, at, language) {
            if doc {
                blank(&mut out, at, len);
            }
            previous = b'"';
            len
        } else if syntax.quotes.contains(&byte) || syntax.long_quotes.contains(&byte) {
            previous = byte;
            string(rest, byte, syntax.escape, syntax.quotes.contains(&byte))
        } else if language == Language::Js && byte == b'/' && before_regex(previous, code, at) {
            previous = b'/';
            regex(rest)
        } else {
            let escaped = syntax.escape == Some(byte) && language != Language::Js;
            if !byte.is_ascii_whitespace() {
                previous = byte;
            }
            if escaped { 2 } else { 1 }
        };
        at = at.saturating_add(len.max(1));
    }
    out
}

/// The length of the comment that starts here.
fn comment(
    rest: &[u8],
    previous: u8,
    at: usize,
    code: &[u8],
    syntax: &Syntax,
    language: Language,
) -> Option<usize> {
    for (open, close) in syntax.block {
        if rest.starts_with(open) {
            let inside = rest.get(open.len()..)?;
            let found = memchr::memmem::find(inside, close);
            let len = |end: usize| end.saturating_add(open.len()).saturating_add(close.len());
            return Some(found.map_or(rest.len(), len));
        }
    }
    let mark = syntax.line.iter().find(|mark| rest.starts_with(mark))?;
    // `$#`, `${x#y}`, `a#b`: only a `#` after a blank is a comment in shells and their kin.
    let needs_blank = matches!(
        language,
        Language::Shell | Language::PowerShell | Language::Perl | Language::Ruby
    );
    let before = at.checked_sub(1).and_then(|at| code.get(at)).copied().unwrap_or(b'\n');
    if *mark == b"#" && needs_blank && !(before.is_ascii_whitespace() || before == b';') {
        return None;
    }
    // `#!` is for the kernel, and `#{` of Ruby is code.
    if at == 0 && rest.starts_with(b"#!") {
        return None;
    }
    // `https://` outside a string, as in a template or a label's URL: not worth losing the line.
    if *mark == b"//" && previous == b':' && before == b':' {
        return None;
    }
    Some(memchr::memchr(b'\n', rest).unwrap_or(rest.len()))
}

/// Python's long strings: their length, and whether they stand alone as documentation.
fn triple(rest: &[u8], code: &[u8], at: usize, language: Language) -> Option<(usize, bool)> {
    if language != Language::Python {
        return None;
    }
    let mark = [&b"\"\"\""[..], b"'''"].into_iter().find(|mark| rest.starts_with(mark))?;
    let end = memchr::memmem::find(rest.get(3..)?, mark);
    let len = end.map_or(rest.len(), |end| end.saturating_add(6));
    // Bound: how far back is looked, so that a line of quotes costs no more than another.
    let before = code.get(at.saturating_sub(256)..at)?;
    let line = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at.saturating_add(1));
    // Only blanks before it on its line, and the line above ends a statement or a header.
    let indent = before.get(line..)?;
    let above = before.get(..line)?.iter().rfind(|b| !b.is_ascii_whitespace());
    let ends = above.is_none_or(|b| !b"(,[{=+\\%".contains(b));
    Some((len, indent.iter().all(u8::is_ascii_whitespace) && ends))
}

/// The length of the string that starts here.
fn string(rest: &[u8], quote: u8, escape: Option<u8>, one_line: bool) -> usize {
    let mut at = 1_usize;
    while let Some(byte) = rest.get(at).copied() {
        if Some(byte) == escape && (quote != b'\'' || one_line) {
            at = at.saturating_add(2);
            continue;
        }
        at = at.saturating_add(1);
        if byte == quote || (one_line && byte == b'\n') {
            break;
        }
    }
    at
}

/// Whether a slash here starts a regular expression: after an operator, or a word like `return`.
fn before_regex(previous: u8, code: &[u8], at: usize) -> bool {
    if b"(,=:[!&|?{};+-*%<>~^\n".contains(&previous) {
        return true;
    }
    let before = code.get(at.saturating_sub(16)..at).unwrap_or_default().trim_ascii_end();
    ["return", "typeof", "case", "in", "of", "void", "delete"].iter().any(|word| {
        let head = before.strip_suffix(word.as_bytes());
        head.is_some_and(|head| {
            !head.last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
        })
    })
}

/// The length of the regular expression that starts here; up to the line's end where it has none.
fn regex(rest: &[u8]) -> usize {
    let mut at = 1_usize;
    let mut in_class = false;
    while let Some(byte) = rest.get(at).copied() {
        match byte {
            b'\\' => at = at.saturating_add(1),
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return at.saturating_add(1),
            b'\n' => break,
            _ => {}
        }
        at = at.saturating_add(1);
        if at > REGEX_MAX {
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
        let text = line.trim_ascii_start();
        let text = text.strip_prefix(b"@").unwrap_or(text);
        let word = text.get(..4).map(<[u8]>::to_ascii_lowercase);
        if text.starts_with(b"::") || word.as_deref() == Some(b"rem ") {
            line.fill(b' ');
        }
    }
}

fn blank(out: &mut [u8], at: usize, len: usize) {
    let end = at.saturating_add(len).min(out.len());
    for byte in out.get_mut(at..end).unwrap_or_default() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}
