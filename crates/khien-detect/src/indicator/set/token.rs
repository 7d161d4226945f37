//! Finding in free text what could be the value of an indicator.
//!
//! Everything here is linear in the text: a token is read once, and what is too long to be a value
//! is skipped.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest host name, in bytes.
///
/// Source: RFC 1035 §2.3.4.
pub(in crate::indicator) const NAME_BYTES_MAX: usize = 253;

/// The longest URL that is looked at, in bytes.
///
/// Bound: a text of nested URLs costs at most this much for each `://` in it.
pub(in crate::indicator) const URL_BYTES_MAX: usize = 2048;

/// Runs of hexadecimal digits as long as a hash, with no letter or digit beside them.
pub(in crate::indicator) struct HexRuns<'t> {
    text: &'t str,
    /// The next byte to look at.
    ///
    /// Invariant: no run of 32 digits that was not yet reported ends before it.
    at: usize,
}

impl<'t> HexRuns<'t> {
    pub(in crate::indicator) const fn of(text: &'t str) -> Self {
        Self { text, at: SHORTEST_HASH - 1 }
    }
}

impl<'t> Iterator for HexRuns<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        loop {
            // Only every 32nd byte is looked at: a run that long cannot hide between two of them.
            let is_hex = is(*bytes.get(self.at)?, HEX);
            if !is_hex {
                self.at = self.at.saturating_add(SHORTEST_HASH);
                continue;
            }
            let (start, end) = run_around(bytes, self.at, HEX);
            self.at = end.saturating_add(SHORTEST_HASH);
            let apart = !before(bytes, start).is_some_and(|b| b.is_ascii_alphanumeric())
                && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
            if apart && matches!(end.saturating_sub(start), 32 | 40 | 56 | 64 | 96 | 128) {
                return self.text.get(start..end);
            }
        }
    }
}

/// The right part of a dotted name, from one of its dots.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicator) struct NameTail {
    /// Where the last label begins.
    pub(in crate::indicator) top_level: usize,
    /// Where the name ends, dots after it left out.
    pub(in crate::indicator) name_end: usize,
    /// Where the run of name characters ends, and the search goes on.
    pub(in crate::indicator) run_end: usize,
    /// Whether there are characters beyond ASCII.
    pub(in crate::indicator) beyond_ascii: bool,
}

impl NameTail {
    /// Reads on from the dot at `dot`; the name has no label right of it when `name_end` is `dot`.
    pub(in crate::indicator) fn from_dot(text: &str, dot: usize) -> Self {
        let bytes = text.as_bytes();
        let mut tail = Self { top_level: dot, name_end: dot, run_end: dot, beyond_ascii: false };
        let mut after_dot = false;
        while let Some(&byte) = bytes.get(tail.run_end) {
            let width = if byte == b'.' {
                after_dot = true;
                tail.run_end = tail.run_end.saturating_add(1);
                continue;
            } else if is(byte, NAME) {
                1
            } else if is(byte, HIGH) {
                let next = text.get(tail.run_end..).and_then(|rest| rest.chars().next());
                let Some(letter) = next.filter(|c| c.is_alphanumeric()) else { break };
                tail.beyond_ascii = true;
                letter.len_utf8()
            } else {
                break;
            };
            if after_dot {
                tail.top_level = tail.run_end;
                after_dot = false;
            }
            tail.run_end = tail.run_end.saturating_add(width);
            tail.name_end = tail.run_end;
        }
        tail
    }
}

/// Whether a name goes up to the dot at `dot`, so that this dot stands within or after it.
///
/// Hostile: of a row of dots only the first is read on from, or the row would be read for each.
pub(in crate::indicator) fn follows_name(text: &str, dot: usize) -> bool {
    match before(text.as_bytes(), dot) {
        Some(byte) if is(byte, HIGH) => {
            text.get(..dot).and_then(|t| t.chars().next_back()).is_some_and(char::is_alphanumeric)
        }
        Some(byte) => is(byte, NAME),
        None => false,
    }
}

/// Where the dotted name begins whose dot is at `dot`, dots before it left out.
pub(in crate::indicator) fn name_start(text: &str, dot: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut start, mut run) = (dot, dot);
    while let Some(byte) = before(bytes, run) {
        let width = if byte == b'.' {
            run = run.saturating_sub(1);
            continue;
        } else if is(byte, NAME) {
            1
        } else if is(byte, HIGH) {
            let previous = text.get(..run).and_then(|rest| rest.chars().next_back());
            let Some(letter) = previous.filter(|c| c.is_alphanumeric()) else { break };
            letter.len_utf8()
        } else {
            break;
        };
        run = run.saturating_sub(width);
        start = run;
    }
    start
}

/// Where a token begins once the digits of a percent escape are cut off.
///
/// Hostile: in `?u=http%3A%2F%2Fevil.example` the escape's digits would be part of the name.
pub(in crate::indicator) fn after_escape(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = start.checked_add(2)?;
    let digits = bytes.get(start..end)?;
    (before(bytes, start) == Some(b'%') && digits.iter().all(|b| is(*b, HEX))).then_some(end)
}

/// An IPv4 address that is the whole of a token.
pub(in crate::indicator) fn v4(token: &str) -> Option<Ipv4Addr> {
    token.parse().ok()
}

/// The run of hexadecimal digits, colons and dots around the colon at `colon`.
pub(in crate::indicator) fn group_run(text: &str, colon: usize) -> (usize, usize) {
    run_around(text.as_bytes(), colon, GROUP)
}

/// The IPv6 address in such a run, with the token it was read from.
///
/// A word and a colon may stand in front (`addr:2001:db8::1`), a full stop or colon behind.
pub(in crate::indicator) fn v6(
    text: &str,
    (start, end): (usize, usize),
) -> Option<(&str, Ipv6Addr)> {
    let bytes = text.as_bytes();
    if bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut token = text.get(start..end)?;
    if before(bytes, start).is_some_and(|b| b.is_ascii_alphanumeric()) {
        token = token.split_once(':')?.1;
    }
    token = token.trim_matches('.');
    if !token.starts_with("::") {
        token = token.strip_prefix(':').unwrap_or(token);
    }
    if !token.ends_with("::") {
        token = token.strip_suffix(':').unwrap_or(token);
    }
    let colons = token.bytes().filter(|b| *b == b':').count();
    // A time of day or a MAC address is refused here, before the parser.
    let shaped = token.len() <= 45
        && colons >= 2
        && (colons >= 7 || (colons == 6 && token.contains('.')) || token.contains("::"));
    if shaped { Some((token, token.parse().ok()?)) } else { None }
}

/// A URL in a text: its scheme is there, its end is not known yet.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicator) struct Url<'t> {
    text: &'t str,
    /// Where the scheme begins.
    start: usize,
    /// Where the user or host begins.
    authority: usize,
}

impl<'t> Url<'t> {
    /// The URL around the `://` at `colon`, when there is a scheme.
    pub(in crate::indicator) fn around(text: &'t str, colon: usize) -> Option<Self> {
        let (run, _) = run_around(text.as_bytes(), colon.checked_sub(1)?, SCHEME);
        let start = after_escape(text, run).filter(|start| *start < colon).unwrap_or(run);
        let is_scheme = before(text.as_bytes(), colon).is_some_and(|b| is(b, SCHEME));
        is_scheme.then_some(Self { text, start, authority: colon.saturating_add(3) })
    }

    /// The host in every reading, but for marks behind it; `None` when it takes more than a glance.
    pub(in crate::indicator) fn host(self) -> Option<&'t str> {
        let rest = cut(self.rest(), NAME_BYTES_MAX.saturating_add(16));
        let authority = rest.split(['/', '?', '#']).next().filter(|host| host.len() < rest.len());
        let authority = authority.or((rest.len() == self.rest().len()).then_some(rest))?;
        let authority = authority.split(ends_url).next()?;
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if user.contains([')', ']', '}']) {
            // A reading may end within what looks like the user.
            return None;
        }
        match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next(),
            None => host.split([':', ')', ']', '}']).next(),
        }
    }

    /// What the URL may be, longest first; usually one.
    ///
    /// A URL in text ends at a blank, a quote or an angle bracket. Whether a closing bracket or a
    /// full stop is still part of it cannot be known, so it is read both ways.
    pub(in crate::indicator) fn readings(self) -> impl Iterator<Item = &'t str> {
        let rest = cut(self.rest(), URL_BYTES_MAX).split(ends_url).next().unwrap_or_default();
        let v6 = rest.find(']').filter(|_| rest.starts_with('['));
        let host_end = v6.map_or(0, |at| at.saturating_add(1));
        let closing = rest.get(host_end..).and_then(|tail| tail.find([')', ']', '}']));
        let shorter = closing.map_or(0, |at| host_end.saturating_add(at));
        let trimmed =
            |end: usize| rest.get(..end).unwrap_or_default().trim_end_matches(MARKS_BEHIND).len();
        let mut last = usize::MAX;
        [rest.len(), trimmed(rest.len()), shorter, trimmed(shorter)].into_iter().filter_map(
            move |length| {
                let is_new = length != last && length > 0;
                last = length;
                let end = self.authority.checked_add(length).filter(|_| is_new)?;
                self.text.get(self.start..end)
            },
        )
    }

    fn rest(self) -> &'t str {
        self.text.get(self.authority..).unwrap_or_default()
    }
}

/// Marks that end a sentence or a clause, and may or may not belong to a URL before them.
pub(in crate::indicator) const MARKS_BEHIND: [char; 7] = ['.', ',', ';', ':', '!', '?', '|'];

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

/// The text up to a number of bytes, or less so as to cut no character.
fn cut(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// The shortest hash, in digits (MD5).
const SHORTEST_HASH: usize = 32;

const HEX: u8 = 1;
/// Letters, digits, `-` and `_`, ASCII only: what labels of names are made of.
const NAME: u8 = 2;
/// What an IPv6 address is made of.
const GROUP: u8 = 4;
/// What the scheme of a URL is made of, as `canonical_url` has it.
const SCHEME: u8 = 8;
/// The bytes of characters beyond ASCII.
const HIGH: u8 = 16;

/// For each byte, the classes it is of.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        let hex = if byte.is_ascii_hexdigit() { HEX | GROUP } else { 0 };
        let word = if byte.is_ascii_alphanumeric() { NAME | SCHEME } else { 0 };
        let other = match byte {
            b'-' | b'_' => NAME,
            b':' | b'.' => GROUP,
            b'+' => SCHEME,
            0x80.. => HIGH,
            _ => 0,
        };
        #[expect(clippy::indexing_slicing, reason = "a constant: the compiler checks the bounds")]
        {
            classes[byte as usize] = hex | word | other;
        }
        if byte == u8::MAX {
            break classes;
        }
        byte = byte.wrapping_add(1);
    }
};

fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

fn before(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at.checked_sub(1)?).copied()
}

/// The longest run of one class that holds the byte at `at`, or touches it.
fn run_around(bytes: &[u8], at: usize, class: u8) -> (usize, usize) {
    let ahead = bytes.get(at..).unwrap_or_default();
    let behind = bytes.get(..at).unwrap_or_default();
    let end =
        ahead.iter().position(|b| !is(*b, class)).map_or(bytes.len(), |n| at.saturating_add(n));
    let start = behind.iter().rposition(|b| !is(*b, class)).map_or(0, |n| n.saturating_add(1));
    (start, end)
}

#[cfg(test)]
mod tests;
