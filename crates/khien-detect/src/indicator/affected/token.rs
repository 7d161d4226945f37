//! Text as tokens for reading versions: versions, words, signs.

use super::super::fold::fold;

/// A token and where it is.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a token is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Kind<'t> {
    /// `<`, `<=`, `>`, `>=`, `=`.
    Compare(Compare),
    /// A closing bracket.
    Close,
    /// A comma or another sign that joins.
    Comma,
    /// A dash that stands by itself.
    Dash,
    /// The end of a sentence.
    End,
    /// A name that stands before `@`, as packages are written.
    Package(&'t str),
    /// An opening bracket.
    Open,
    /// `14.x`, without the end.
    Series(&'t str),
    /// A version with a dot, or `1.2+`.
    Version(&'t str, Onward),
    /// A whole number, which may be a version.
    Number(&'t str),
    /// A word, folded.
    Word(String),
}

/// Whether later versions are meant as well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Onward {
    No,
    Yes,
}

/// A comparison sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Compare {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Equal,
}

/// Bound: tokens of one text; the rest is not looked at.
const TOKENS_MAX: usize = 20_000;

/// A text as tokens.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|_| tokens.len() < TOKENS_MAX) {
        let Some(c) = rest.chars().next() else { break };
        let (kind, length) = token(rest, c);
        let end = at.saturating_add(length.max(1));
        match kind {
            Some(Kind::Package(name)) => {
                tokens.push(Token {
                    kind: Kind::Package(name),
                    start: at,
                    end: at.saturating_add(name.len()),
                });
                let version = rest.get(name.len().saturating_add(1)..length).unwrap_or_default();
                let start = end.saturating_sub(version.len());
                tokens.push(Token { kind: Kind::Version(version, Onward::No), start, end });
            }
            Some(kind) => tokens.push(Token { kind, start: at, end }),
            None => {}
        }
        at = end;
    }
    tokens
}

/// The token at the start of a text, and its length.
fn token(rest: &str, c: char) -> (Option<Kind<'_>>, usize) {
    let next = rest.chars().nth(1);
    match c {
        '<' | '>' | '=' | '≤' | '≥' => compare(rest, c),
        ',' | '&' | '|' | '/' | '\t' | ':' => (Some(Kind::Comma), 1),
        ';' => (Some(Kind::End), 1),
        '(' | '[' => (Some(Kind::Open), 1),
        ')' | ']' => (Some(Kind::Close), 1),
        '-' | '–' | '—' | '‑' | '→' => (Some(Kind::Dash), c.len_utf8()),
        '.' if rest.starts_with("..") => {
            (Some(Kind::Dash), rest.len().saturating_sub(rest.trim_start_matches('.').len()))
        }
        '.' | '!' | '?' if next.is_none_or(char::is_whitespace) => (Some(Kind::End), 1),
        c if c.is_ascii_digit() => numbered(rest),
        '@' if next.is_some_and(char::is_alphanumeric) => package(rest).unwrap_or((None, 1)),
        c if c.is_alphanumeric() => package(rest).unwrap_or_else(|| worded(rest)),
        c => (None, c.len_utf8()),
    }
}

fn compare(rest: &str, c: char) -> (Option<Kind<'_>>, usize) {
    let is_wide = rest.chars().nth(1) == Some('=');
    let length = c.len_utf8().saturating_add(usize::from(is_wide));
    let compare = match (c, is_wide) {
        ('≤', _) | ('<', true) => Compare::LessOrEqual,
        ('<', false) => Compare::Less,
        ('≥', _) | ('>', true) => Compare::MoreOrEqual,
        ('>', false) => Compare::More,
        _ => Compare::Equal,
    };
    (Some(Kind::Compare(compare)), length)
}

/// `name@1.2.3`, `@scope/name@1.2.3`.
fn package(rest: &str) -> Option<(Option<Kind<'_>>, usize)> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let scope = rest.strip_prefix('@');
    let scope_length = match scope {
        Some(scoped) => {
            let mut ends = scoped.char_indices().take(RUN_CHARS_MAX);
            let (slash, sign) = ends.find(|(_, c)| !is_of_name(*c))?;
            slash.checked_add(2).filter(|_| sign == '/')?
        }
        None => 0,
    };
    let name = rest.get(scope_length..)?;
    let mut ends = name.char_indices().take(RUN_CHARS_MAX);
    let (at, _) = ends.find(|(_, c)| !is_of_name(*c)).filter(|(at, _)| *at > 0)?;
    let version = name.get(at..)?.strip_prefix('@')?;
    let version = version_text(version);
    let name = rest.get(..scope_length.checked_add(at)?)?;
    let is_package = is_dotted(version) && !name.is_empty();
    let length = name.len().checked_add(1)?.checked_add(version.len())?;
    is_package.then_some((Some(Kind::Package(name)), length))
}

/// What begins with a digit: a version, a number or a word such as `3CX`.
fn numbered(rest: &str) -> (Option<Kind<'_>>, usize) {
    let run = version_text(rest);
    if let Some(series) = series(run) {
        return (Some(Kind::Series(series)), run.len());
    }
    // `1.0-1.4` is two versions, `1.0-1` a version and its packager's revision.
    if let Some((first, last)) = run.split_once('-')
        && [first, last]
            .iter()
            .all(|v| v.contains('.') && v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    {
        return (Some(Kind::Version(first, Onward::No)), first.len());
    }
    if is_dotted(run) {
        let is_onward = rest.get(run.len()..).is_some_and(|tail| {
            tail.strip_prefix('+').is_some_and(|tail| !tail.starts_with(char::is_alphanumeric))
        });
        let onward = if is_onward { Onward::Yes } else { Onward::No };
        return (
            Some(Kind::Version(run, onward)),
            run.len().saturating_add(usize::from(is_onward)),
        );
    }
    if !run.is_empty() && run.bytes().all(|b| b.is_ascii_digit()) {
        return (Some(Kind::Number(run)), run.len());
    }
    worded(rest)
}

/// A word, or a version behind a `v`.
fn worded(rest: &str) -> (Option<Kind<'_>>, usize) {
    if let Some(digits) =
        rest.strip_prefix(['v', 'V']).filter(|d| d.starts_with(|c: char| c.is_ascii_digit()))
    {
        match numbered(digits) {
            (Some(Kind::Number(number)), length) => {
                return (Some(Kind::Version(number, Onward::No)), length.saturating_add(1));
            }
            (Some(Kind::Word(_)) | None, _) => {}
            (kind, length) => return (kind, length.saturating_add(1)),
        }
    }
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}' | '_');
    let ends = |(at, c): &(usize, char)| {
        let goes_on =
            || rest.get(at.saturating_add(1)..).is_some_and(|r| r.starts_with(is_of_word));
        !is_of_word(*c) && (*c != '-' || !goes_on())
    };
    let length = rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at);
    (Some(Kind::Word(fold(rest.get(..length).unwrap_or_default()))), length)
}

/// The run at the start of a text that could be a version, without signs at its end.
fn version_text(rest: &str) -> &str {
    let mut end = 0_usize;
    let mut previous = ' ';
    for (at, c) in rest.char_indices().take(RUN_CHARS_MAX) {
        let fits = c.is_ascii_alphanumeric()
            || matches!(c, '-' | '~' | '_')
            || (c == '.' && previous != '.')
            || (c == '+'
                && rest
                    .get(at.saturating_add(1)..)
                    .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphanumeric())))
            || (c == '*' && previous == '.');
        if !fits {
            break;
        }
        end = at.saturating_add(c.len_utf8());
        previous = c;
    }
    let run = rest.get(..end).unwrap_or_default();
    // The second of two dots was not taken: `1.0..1.4`.
    run.trim_end_matches(['.', '-', '~', '_', '+'])
}

/// Bound: the longest version or name of a package, as every label of a long run begins one.
const RUN_CHARS_MAX: usize = 214;

/// The start of `14.x`, `14.2.*`.
fn series(run: &str) -> Option<&str> {
    let mut start = run;
    while let Some(shorter) = [".x", ".X", ".*"].iter().find_map(|end| start.strip_suffix(end)) {
        start = shorter;
    }
    let is_number =
        start.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    (start.len() < run.len() && is_number).then_some(start)
}

/// Whether a run is a version with a dot, and no date and no quantity (`3.5GB`).
fn is_dotted(run: &str) -> bool {
    let mut parts = run.split(['.', '-', '+', '~', '_']);
    let first = parts.next().unwrap_or_default();
    let starts = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    let second = parts.next().unwrap_or_default();
    let has_dot = run.get(first.len()..).is_some_and(|rest| rest.starts_with('.'));
    let letters = second.trim_start_matches(|c: char| c.is_ascii_digit());
    let second_starts = second.starts_with(|c: char| c.is_ascii_digit());
    let suffix = letters.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_suffix =
        suffix.len() <= 1 || PRE_RELEASES.contains(&suffix.to_ascii_lowercase().as_str());
    starts && has_dot && second_starts && is_suffix && !is_date(run)
}

const PRE_RELEASES: [&str; 9] =
    ["rc", "alpha", "beta", "dev", "post", "pre", "sp", "build", "patch"];

/// `29.03.2023`
fn is_date(run: &str) -> bool {
    let numbers: Option<Vec<u32>> = run.split('.').map(|part| part.parse().ok()).collect();
    matches!(numbers.as_deref(), Some([1..=31, 1..=12, 1990..=2100]))
}
