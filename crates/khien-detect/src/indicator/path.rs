//! Path patterns: canonical form, the component to look them up by, and the exact comparison.
//!
//! A pattern without a separator is a file name. One that begins with `/` (or `*/`, which means the
//! same) is the end of a path, cut at a component. Any other is a whole path. `*` runs across
//! separators. Windows writes one file in many ways; the comparison of whole paths and of ends
//! sees through `\\?\`, `\Device\HarddiskVolume3`, administrative shares and 8.3 directory names.

use khien_model::observable::canonical_path;

use super::glob::{self, Start, has_wildcard};

/// By what a pattern is looked up: something literal that every path it covers has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Anchor<'p> {
    /// The last component, a file name as a rule.
    Last(&'p [u8]),
    /// The first [`END_BYTES`] bytes of the last component.
    Head(&'p [u8]),
    /// Some component before the last.
    Inner(&'p [u8]),
    /// The last [`END_BYTES`] bytes of the last component.
    Tail(&'p [u8]),
    /// Nothing: the pattern must be tried on every path.
    Loose,
}

impl<'p> Anchor<'p> {
    /// The bytes to look for; none for a loose pattern.
    pub(super) const fn key(self) -> &'p [u8] {
        match self {
            Self::Last(key) | Self::Head(key) | Self::Inner(key) | Self::Tail(key) => key,
            Self::Loose => &[],
        }
    }
}

/// How many bytes of an end of a name are looked up: the length of most extensions.
pub(super) const END_BYTES: usize = 3;

/// The canonical form of a pattern; `None` when it is empty or beyond the bounds of wildcards.
///
/// A leading variable (`%APPDATA%`, `~`, `$HOME`) stands for any directory.
pub(super) fn canonical_pattern(text: &str) -> Option<String> {
    let text = text.trim().trim_matches('"');
    let mut pattern = canonical_path(without_variable(text));
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
    }
    let bare = without_long_prefix(pattern.trim_end_matches('/'));
    let bare = if bare.starts_with("*/") { bare.get(1..)? } else { bare };
    let start = if bare.starts_with('/') { Start::Open } else { Start::Anchored };
    let names_something = bare.chars().any(|c| !matches!(c, '/' | '*' | '?'));
    (names_something && glob::fits(bare, start)).then(|| bare.to_owned())
}

/// By what a canonical pattern is looked up.
pub(super) fn anchor(pattern: &str) -> Anchor<'_> {
    let (directories, last) = match pattern.rsplit_once('/') {
        Some((directories, last)) => (Some(directories), last),
        None => (None, pattern),
    };
    if !has_wildcard(last) {
        return Anchor::Last(last.as_bytes());
    }
    let is_wild = |b: &u8| matches!(b, b'*' | b'?');
    let mut pieces = last.as_bytes().split(is_wild);
    let (first, end) = (pieces.next(), pieces.next_back());
    if let (None, Some(head)) = (directories, first.and_then(|piece| piece.get(..END_BYTES))) {
        return Anchor::Head(head);
    }
    let components = directories.into_iter().flat_map(|directories| directories.split('/'));
    let literal = components.filter(|component| !component.is_empty() && !has_wildcard(component));
    if let Some(longest) = literal.max_by_key(|component| component.len()) {
        return Anchor::Inner(longest.as_bytes());
    }
    end.and_then(end_of).map_or(Anchor::Loose, Anchor::Tail)
}

/// The bytes of a name's end that are looked up.
pub(super) fn end_of(name: &[u8]) -> Option<&[u8]> {
    name.get(name.len().checked_sub(END_BYTES)?..)
}

/// Whether a canonical pattern covers a path in canonical form.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    match (pattern.strip_prefix('/'), has_wildcard(pattern)) {
        _ if !pattern.contains('/') => {
            glob::matches(pattern, last_component(path), Start::Anchored)
        }
        (Some(end), true) => {
            glob::matches(pattern, path, Start::Open) || glob::matches(end, path, Start::Anchored)
        }
        (Some(end), false) => end_matches(end, path).is_some(),
        (None, true) => glob::matches(pattern, without_long_prefix(path), Start::Anchored),
        (None, false) => whole_matches(pattern, path),
    }
}

/// The last component of a path as written, with either separator; empty when there is none.
pub(super) fn last_component(path: &str) -> &str {
    let mut bytes = path.as_bytes();
    while let [rest @ .., b'/' | b'\\'] = bytes {
        bytes = rest;
    }
    let start = memchr::memrchr2(b'/', b'\\', bytes).map_or(0, |at| at.saturating_add(1));
    path.get(start..bytes.len()).unwrap_or_default()
}

/// The components of a path as written, from its end.
pub(super) fn components(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit(SEPARATORS).filter(|component| !component.is_empty())
}

/// Whether a value as a whole has the shape of a path.
pub(super) fn looks_like_path(text: &str) -> bool {
    let text = text.trim_start_matches('"');
    let mut bytes = text.bytes();
    let (first, second, third) = (bytes.next(), bytes.next(), bytes.next());
    let separates = |byte: Option<u8>| matches!(byte, Some(b'/' | b'\\'));
    match first {
        Some(b'/' | b'\\' | b'%') => second.is_some(),
        Some(b'~') => separates(second),
        Some(b'A'..=b'Z' | b'a'..=b'z') if second == Some(b':') => separates(third),
        // A relative path or a registry key: separators and no blank, colon, equals sign or quote.
        Some(_) => {
            let is_odd = |b: u8| b <= b' ' || matches!(b, b':' | b'=' | b'"' | b'\'' | b'<' | b'>');
            memchr::memchr2(b'/', b'\\', text.as_bytes()).is_some() && !text.bytes().any(is_odd)
        }
        None => false,
    }
}

/// The path without the name of an alternate data stream (`a.msi:Zone.Identifier`).
pub(super) fn without_stream(path: &str) -> Option<&str> {
    memchr::memrchr(b':', path.as_bytes()).filter(|at| *at > 1)?;
    let last = last_component(path);
    let colon = last.find(':').filter(|at| *at > 0)?;
    let start = memchr::memmem::rfind(path.as_bytes(), last.as_bytes())?;
    path.get(..start.checked_add(colon)?)
}

const SEPARATORS: [char; 2] = ['/', '\\'];

/// Cuts a variable off the front, and leaves the separator after it.
fn without_variable(text: &str) -> &str {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | ')'))
    };
    let percent = text.strip_prefix('%').and_then(|rest| rest.split_once('%'));
    let rest = match percent {
        Some((name, rest)) if is_name(name) => Some(rest),
        _ => ["${HOME}", "$HOME", "~"].iter().find_map(|home| text.strip_prefix(home)),
    };
    rest.filter(|rest| rest.starts_with(SEPARATORS)).unwrap_or(text)
}

/// Cuts the prefixes that switch off Windows' path parsing: `\\?\`, `\??\`, `\\.\`.
fn without_long_prefix(path: &str) -> &str {
    ["//?/", "/??/", "//./"].iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path)
}

/// What precedes the components of `end` when the path ends with them; `Some("")` at its start.
fn end_matches<'p>(end: &str, path: &'p str) -> Option<&'p str> {
    let mut rest = Some(path);
    for wanted in end.rsplit('/') {
        let (before, seen) = match rest?.rsplit_once('/') {
            Some((before, seen)) => (Some(before), seen),
            None => (None, rest?),
        };
        if wanted != seen && !is_short_name(wanted, seen) {
            return None;
        }
        rest = before;
    }
    Some(rest.unwrap_or_default())
}

fn whole_matches(pattern: &str, path: &str) -> bool {
    if pattern == path {
        return true;
    }
    match pattern.split_once('/') {
        Some((drive, end)) if drive.len() == 2 && drive.ends_with(':') => {
            end_matches(end, path).is_some_and(|volume| is_volume(drive, volume))
        }
        _ => end_matches(pattern, path) == Some("") && !path.starts_with('/'),
    }
}

/// Whether a canonical prefix can be a drive: `c:` itself, `//?/c:`, `//host/c$`, or a device,
/// whose letter the record does not tell.
fn is_volume(drive: &str, prefix: &str) -> bool {
    let letter = drive.trim_end_matches(':');
    let last = prefix.rsplit('/').next().unwrap_or_default();
    without_long_prefix(prefix) == drive
        || (prefix.starts_with("//") && last.strip_suffix('$') == Some(letter))
        || (prefix.starts_with("/device/") && last.starts_with("harddiskvolume"))
}

/// Whether `seen` is an 8.3 short name (`progra~1`) that Windows may have given to `name`.
///
/// Source: [MS-FSCC] §2.1.5.2.1; the hashed form used after four collisions is not covered.
fn is_short_name(name: &str, seen: &str) -> bool {
    let split = |text: &str| -> (String, String) {
        let (stem, extension) = text.rsplit_once('.').unwrap_or((text, ""));
        let kept = |part: &str| part.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
        (kept(stem), kept(extension))
    };
    let Some((head, tail)) = seen.split_once('~') else { return false };
    let (digits, extension) = tail.split_once('.').unwrap_or((tail, ""));
    let shaped = !head.is_empty()
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && seen.len() <= 12;
    if !shaped {
        return false;
    }
    let (stem, long_extension) = split(name);
    // Six characters, a tilde and a digit; fewer characters when the number has more digits.
    let length = head.chars().count().saturating_add(digits.len());
    (length == 7 || (length < 7 && stem == head))
        && stem.starts_with(head)
        && long_extension.chars().take(3).eq(extension.chars())
}

#[cfg(test)]
mod tests;
