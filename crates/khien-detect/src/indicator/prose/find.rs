//! What in a line has the shape of an indicator.

use std::net::IpAddr;

use khien_model::IndicatorKind;
use khien_model::observable::{canonical_hash, canonical_ip};

use super::super::canonical::url_host;
use super::super::fang::Whole;
use super::super::list::{address, canonical, is_host, urls};
use super::cue;
use super::host::{has_code_ending, is_likely_host};
use super::path_text::{self, has_executable_ending};

/// A value with the shape of an indicator.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// What it would be, in canonical form.
    pub(super) kinds: Vec<IndicatorKind>,
    pub(super) shape: Shape,
    /// As it stands in the text, made whole.
    pub(super) text: String,
    /// It was defanged.
    pub(super) marked: bool,
    /// Nothing else is in its cell.
    pub(super) alone: bool,
    /// An address that the text calls a version.
    pub(super) is_version: bool,
    /// A hash that the text calls one of something else than a file.
    pub(super) is_of_other: bool,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    Address,
    /// A name such as `README.md`, whose ending is a top level, too.
    CodeName,
    Domain,
    FileName,
    Hash,
    Mail,
    Path,
    Url,
}

/// Whether a line has something dangerous that was defanged.
pub(super) fn has_marked(whole: &Whole) -> bool {
    !whole.marks.is_empty()
        && cells(&whole.text).any(|(start, end)| {
            candidates(whole, start, end).iter().any(|candidate| candidate.marked)
        })
}

/// Where the cells of a line are: between tabs, or between bars in a drawn table.
pub(super) fn cells(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let is_drawn = text.trim_start().starts_with('|') || text.contains(" | ");
    let mut start = 0_usize;
    text.split(move |c| c == '\t' || (is_drawn && c == '|')).filter_map(move |cell| {
        let (from, end) = (start, start.saturating_add(cell.len()));
        start = end.saturating_add(1);
        (!cell.trim().is_empty()).then_some((from, end))
    })
}

/// The hashes of a text, with their places.
pub(super) fn hashes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0_usize;
    text.split(|c: char| !c.is_alphanumeric()).filter_map(move |run| {
        let from = start;
        let separator =
            text.get(from.saturating_add(run.len())..).and_then(|rest| rest.chars().next());
        start = from.saturating_add(run.len()).saturating_add(separator.map_or(1, char::len_utf8));
        let is_mixed = || {
            run.bytes().any(|b| b.is_ascii_digit()) && run.bytes().any(|b| b.is_ascii_alphabetic())
        };
        (run.len() >= 32 && canonical_hash(run).is_some() && is_mixed()).then_some((from, run))
    })
}

/// The candidates in a part of a line, in order.
pub(super) fn candidates(whole: &Whole, start: usize, end: usize) -> Vec<Candidate> {
    let Some(cell) = whole.text.get(start..end) else { return Vec::new() };
    let mut found = Finder { whole, cell, start, found: Vec::new(), taken: Vec::new() };
    found.paths();
    found.tokens();
    found.hashes();
    found.found.sort_by_key(|(at, _)| *at);
    found.found.into_iter().map(|(_, candidate)| candidate).collect()
}

struct Finder<'w> {
    whole: &'w Whole,
    cell: &'w str,
    /// Where the cell begins in the line.
    start: usize,
    found: Vec<(usize, Candidate)>,
    /// Ranges of the cell that are spoken for, in order and apart.
    taken: Vec<(usize, usize)>,
}

impl Finder<'_> {
    fn paths(&mut self) {
        for (start, end) in path_text::paths(self.cell) {
            let Some(text) = self.cell.get(start..end) else { continue };
            self.taken.push((start, end));
            let kinds = path_text::kinds(text);
            self.add(Shape::Path, kinds, start, end);
        }
    }

    fn tokens(&mut self) {
        let mut start = 0_usize;
        for token in self.cell.split(is_boundary) {
            let at = start;
            let boundary =
                self.cell.get(at.saturating_add(token.len())..).and_then(|r| r.chars().next());
            start =
                at.saturating_add(token.len()).saturating_add(boundary.map_or(1, char::len_utf8));
            if token.len() < 3 || self.is_taken(at, at.saturating_add(token.len())) {
                continue;
            }
            if token.contains("://") {
                self.url(token, at);
                continue;
            }
            let mut piece_at = at;
            for piece in token.split([',', ';']) {
                self.token(piece, piece_at);
                piece_at = piece_at.saturating_add(piece.len()).saturating_add(1);
            }
        }
    }

    fn url(&mut self, token: &str, at: usize) {
        let mut at = at;
        for piece in split_urls(token) {
            let piece_at = at;
            at = at.saturating_add(piece.len());
            let Some(colon) = piece.find("://") else { continue };
            let head = piece.get(..colon).unwrap_or_default();
            let scheme_at = head.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| {
                at.saturating_add(
                    head.get(at..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8),
                )
            });
            let url = piece.get(scheme_at..).map(trimmed_end).unwrap_or_default();
            let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if !SCHEMES.contains(&scheme.as_str()) {
                continue;
            }
            let host = url_host(url);
            let is_remote = canonical_ip(host).is_some() || host.contains('.');
            let start = piece_at.saturating_add(scheme_at);
            let end = start.saturating_add(url.len());
            self.taken.push((start, end));
            if is_remote {
                self.add(Shape::Url, vec![IndicatorKind::Url(url.to_owned())], start, end);
            }
        }
    }

    fn token(&mut self, token: &str, at: usize) {
        let bracketed = trimmed_end(token);
        if let Some(kind) = address(bracketed).filter(|_| bracketed.starts_with('[')) {
            return self.add(Shape::Address, vec![kind], at, at.saturating_add(bracketed.len()));
        }
        let trimmed = token.trim_start_matches(is_opening);
        let at = at.saturating_add(token.len().saturating_sub(trimmed.len()));
        let token = trimmed_end(trimmed);
        // "Domain:evil.example"
        let token_at = match token.split_once([':', '=']) {
            Some((label, rest))
                if super::super::list::Word::of(label).is_some() && !rest.is_empty() =>
            {
                Some((rest, at.saturating_add(label.len()).saturating_add(1)))
            }
            _ => Some((token, at)),
        };
        let Some((token, at)) = token_at else { return };
        let end = at.saturating_add(token.len());
        let marked = self.is_marked(at, end);
        if let Some((_, host)) = token.split_once('@') {
            if is_host(host) {
                self.add_bare(Shape::Mail, at, end);
            }
            return;
        }
        if let Some(kind) = address_of(token) {
            return self.add(Shape::Address, vec![kind], at, end);
        }
        let bare = token.strip_prefix("*.").unwrap_or(token);
        let (host, rest) =
            bare.split_once('/').map_or((bare, None), |(host, rest)| (host, Some(rest)));
        let name = host
            .split_once(':')
            .map_or(host, |(name, port)| if port.parse::<u16>().is_ok() { name } else { host });
        if rest.is_some()
            && (is_likely_host(name, marked) || (name.parse::<IpAddr>().is_ok() && marked))
        {
            return self.add(Shape::Url, urls(bare), at, end);
        }
        if rest.is_some() {
            return;
        }
        if !marked && has_code_ending(name) {
            return match has_executable_ending(name) {
                true => {
                    self.add(Shape::FileName, vec![IndicatorKind::Path(name.to_owned())], at, end)
                }
                false => self.add_bare(Shape::CodeName, at, end),
            };
        }
        if is_likely_host(name, marked) {
            return self.add(Shape::Domain, vec![IndicatorKind::Domain(name.to_owned())], at, end);
        }
        if has_executable_ending(name) && is_file_name(name) {
            self.add(Shape::FileName, vec![IndicatorKind::Path(name.to_owned())], at, end);
        }
    }

    fn hashes(&mut self) {
        let found: Vec<(usize, String)> =
            hashes(self.cell).map(|(at, hash)| (at, hash.to_owned())).collect();
        for (at, hash) in found {
            let end = at.saturating_add(hash.len());
            if !self.is_taken(at, end) {
                self.add(Shape::Hash, vec![IndicatorKind::Hash(hash)], at, end);
            }
        }
    }

    /// A candidate that nothing can match.
    fn add_bare(&mut self, shape: Shape, start: usize, end: usize) {
        self.push(shape, Vec::new(), start, end);
    }

    /// A candidate, if its values have the form of their kinds.
    fn add(&mut self, shape: Shape, kinds: Vec<IndicatorKind>, start: usize, end: usize) {
        if let Ok(kinds) = canonical(kinds) {
            self.push(shape, kinds, start, end);
        }
    }

    fn push(&mut self, shape: Shape, kinds: Vec<IndicatorKind>, start: usize, end: usize) {
        let before = self.cell.get(..start).unwrap_or_default();
        let behind = self.cell.get(end..).unwrap_or_default();
        let is_sign = |text: &str| !text.chars().any(char::is_alphanumeric);
        // Looking back further than a few words would cost a long line its square.
        let near = tail_of(before, NEAR_BYTES);
        let is_version = shape == Shape::Address && cue::is_called_version(near);
        let is_of_other = shape == Shape::Hash && cue::is_called_other(near);
        let candidate = Candidate {
            kinds,
            shape,
            text: self.cell.get(start..end).unwrap_or_default().to_owned(),
            marked: self.is_marked(start, end),
            alone: near.len() == before.len()
                && is_sign(before)
                && behind.len() < NEAR_BYTES
                && is_sign(behind),
            is_version,
            is_of_other,
        };
        self.found.push((start, candidate));
    }

    fn is_marked(&self, start: usize, end: usize) -> bool {
        self.whole.is_marked(self.start.saturating_add(start), self.start.saturating_add(end))
    }

    fn is_taken(&self, start: usize, end: usize) -> bool {
        // Paths come before tokens; each list alone is in order, so two looks are enough.
        self.taken.iter().rev().take(TAKEN_LOOKS).any(|(from, to)| start < *to && *from < end)
            || self.taken.iter().take(TAKEN_LOOKS).any(|(from, to)| start < *to && *from < end)
    }
}

/// Bound: a cell with more paths and URLs than this may show a part of one twice.
const TAKEN_LOOKS: usize = 512;

/// How far back a word may stand that says what a value is.
const NEAR_BYTES: usize = 60;

/// The last bytes of a text.
pub(super) fn tail_of(text: &str, bytes: usize) -> &str {
    let mut from = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from = from.saturating_add(1);
    }
    text.get(from..).unwrap_or_default()
}

fn is_boundary(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '«' | '»' | '<' | '>' | '|')
}

fn is_opening(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '-' | '•' | '·' | '–' | '—' | '+' | ':' | '=')
}

/// A token without the sentence's punctuation; a bracket goes when it was not opened inside.
fn trimmed_end(token: &str) -> &str {
    const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];
    if !token.ends_with(is_punctuation) {
        return token;
    }
    // Counted once: a token of nothing but brackets would cost its square.
    let count = |sign: char| token.matches(sign).count();
    let mut unopened = BRACKETS.map(|(open, close)| count(close).saturating_sub(count(open)));
    let mut token = token;
    while let Some(last) = token.chars().next_back().filter(|c| is_punctuation(*c)) {
        let pair = BRACKETS.iter().position(|(_, close)| *close == last);
        if let Some(left) = pair.and_then(|at| unopened.get_mut(at)) {
            if *left == 0 {
                break;
            }
            *left = left.saturating_sub(1);
        }
        token = token.strip_suffix(last).unwrap_or_default();
    }
    token
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…' | ')' | ']' | '}')
}

/// A token cut where a second URL begins behind a comma.
fn split_urls(token: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = token;
    let mut from = 0_usize;
    while let Some(at) =
        rest.get(from..).and_then(|r| r.find([',', ';'])).map(|at| at.saturating_add(from))
    {
        let behind = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let starts_url = SCHEMES.iter().any(|scheme| {
            behind.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
                && behind.get(scheme.len()..).is_some_and(|r| r.starts_with("://"))
        });
        if starts_url {
            // The separator stays with the first, where it is cut as punctuation.
            let (piece, next) = rest.split_at_checked(at.saturating_add(1)).unwrap_or((rest, ""));
            pieces.push(piece);
            rest = next;
            from = 0;
        } else {
            from = at.saturating_add(1);
        }
    }
    pieces.push(rest);
    pieces
}

/// An address, a network, or an address with a port.
fn address_of(token: &str) -> Option<IndicatorKind> {
    let is_v4 = token.split('.').count() >= 4 && token.starts_with(|c: char| c.is_ascii_digit());
    let is_v6 = token.matches(':').count() >= 2
        && token.split(':').filter(|group| !group.is_empty()).count() >= 3
        && token.bytes().any(|b| b.is_ascii_digit());
    (is_v4 || is_v6 || token.starts_with('[')).then(|| address(token)).flatten()
}

fn is_file_name(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    !stem.is_empty()
        && stem.chars().any(char::is_alphanumeric)
        && !name.contains(['(', ')', '[', '{', '=', '\\'])
}

const SCHEMES: [&str; 12] =
    ["http", "https", "ftp", "ftps", "sftp", "ws", "wss", "tcp", "udp", "ldap", "ldaps", "smb"];
