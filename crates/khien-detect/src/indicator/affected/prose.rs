//! Affected products in running text and in lists of them.
//!
//! A version alone says nothing; a product's name is what stands before it (or behind *of*, *của*).
//! In prose only a name in capitals, of a package, or before `@` is taken, and only in a sentence
//! that says *affected* in one of its many words.

use khien_model::VersionRange;

use super::super::fold::fold;
use super::phrase::{self, AFFECTED, FILLERS, Numbers, Said};
use super::token::{Kind, Token, tokens};
use super::{AffectedProduct, add};

/// The products that running text calls affected.
pub(in super::super) fn in_prose(text: &str) -> Vec<AffectedProduct> {
    let tokens = tokens(text);
    let said = phrase::ranges(&tokens, Numbers::NeedAWord);
    let mut products = Vec::new();
    let mut start = 0_usize;
    while start < tokens.len() {
        let rest = tokens.get(start..).unwrap_or_default();
        let length = rest.iter().position(|token| token.kind == Kind::End).unwrap_or(rest.len());
        let end = start.saturating_add(length);
        let sentence = Sentence { text, tokens: &tokens, start, end, style: Style::Running };
        if AFFECTED.iter().any(|words| sentence.holds(words)) {
            let inside = said.iter().filter(|said| said.first >= start && said.end <= end);
            sentence.products(&inside.collect::<Vec<_>>(), None, &mut products);
        }
        start = end.saturating_add(1);
    }
    products
}

/// A list of affected products, read line by line.
#[derive(Debug, Default)]
pub(in super::super) struct Listed {
    /// The product that a line without a name is about.
    product: Option<String>,
}

impl Listed {
    /// Reads one line. `Err` when it has versions and nothing says of what.
    pub(in super::super) fn line(
        &mut self,
        line: &str,
        products: &mut Vec<AffectedProduct>,
    ) -> Result<(), ()> {
        let line =
            line.trim().trim_start_matches(['-', '*', '•', '·', '–', '+', '|', '#', ' ', '\t']);
        let line = without_number(line);
        let tokens = tokens(line);
        let said = phrase::ranges(&tokens, Numbers::NeedAWord);
        let sentence = Sentence {
            text: line,
            tokens: &tokens,
            start: 0,
            end: tokens.len(),
            style: Style::Listed,
        };
        if said.is_empty() {
            let gap = sentence.gap(0, tokens.len());
            // A name by itself is about the lines below it; a sentence is not a name.
            let is_short =
                tokens.len() <= NAME_WORDS_MAX && !tokens.iter().any(|t| t.kind == Kind::End);
            if is_short && gap.name.is_some() && gap.platforms.is_empty() {
                self.product = gap.name;
            }
            return Ok(());
        }
        let before = products.len();
        let known = self.product.clone();
        let name = sentence.products(&said.iter().collect::<Vec<_>>(), known.as_deref(), products);
        if name.is_some() {
            self.product = name;
        }
        if products.len() == before && self.product.is_none() { Err(()) } else { Ok(()) }
    }
}

/// The most words of a product's name.
const NAME_WORDS_MAX: usize = 10;

/// Whether a word is a platform or ecosystem.
pub(in super::super) fn is_platform(word: &str) -> bool {
    platform(&fold(word)).is_some()
}

/// A line without the number of its row.
fn without_number(line: &str) -> &str {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number =
        rest.len() < line.len() && rest.starts_with(['\t', ')']) || rest.starts_with(". ");
    if is_number { rest.trim_start_matches(['\t', ')', '.', ' ']) } else { line }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Style {
    Listed,
    Running,
}

/// Tokens that belong together.
struct Sentence<'s, 't> {
    text: &'t str,
    tokens: &'s [Token<'t>],
    start: usize,
    end: usize,
    style: Style,
}

/// What stands between two ranges.
#[derive(Debug, Default)]
struct Gap {
    name: Option<String>,
    platforms: Vec<&'static str>,
}

impl Sentence<'_, '_> {
    /// Adds the products that the sentence names with these ranges; returns the last name.
    fn products(
        &self,
        said: &[&Said],
        known: Option<&str>,
        products: &mut Vec<AffectedProduct>,
    ) -> Option<String> {
        let (first, last) = (said.first()?, said.last()?);
        let head = self.gap(self.start, first.first);
        let tail = self.gap(last.end, self.end);
        // "versions 1.0 and 1.1 of Product"
        let behind = self.name_behind(last.end);
        let mut name = head.name.or(behind).or_else(|| known.map(str::to_owned));
        // Platforms stand either all before their versions or all behind them.
        let is_before = !head.platforms.is_empty();
        let mut platforms = head.platforms;
        let mut versions: Vec<VersionRange> = Vec::new();
        let mut at = first.first;
        for range in said {
            let gap = if range.first > at { self.gap(at, range.first) } else { Gap::default() };
            if !gap.platforms.is_empty() || (gap.name.is_some() && !versions.is_empty()) {
                let platforms_of_group = if is_before { &platforms } else { &gap.platforms };
                put(name.as_deref(), platforms_of_group, std::mem::take(&mut versions), products);
                platforms = if is_before { gap.platforms } else { Vec::new() };
                name = gap.name.or(name);
            }
            versions.push(range.range.clone());
            at = range.end;
        }
        let platforms = if is_before { platforms } else { tail.platforms };
        put(name.as_deref(), &platforms, versions, products);
        name
    }

    fn holds(&self, words: &[&str]) -> bool {
        (self.start..self.end).any(|at| {
            let is_word =
                |(offset, word): (usize, &&str)| self.word(at.saturating_add(offset)) == Some(word);
            words.iter().enumerate().all(is_word)
        })
    }

    fn word(&self, at: usize) -> Option<&str> {
        match &self.tokens.get(at).filter(|_| at < self.end)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The name and platforms in some tokens.
    fn gap(&self, start: usize, end: usize) -> Gap {
        let mut gap = Gap::default();
        let mut name_end = end;
        for at in start..end {
            let Some(found) = self.platform_at(at) else { continue };
            if !gap.platforms.contains(&found) {
                gap.platforms.push(found);
            }
            let introduced = at
                .checked_sub(1)
                .and_then(|before| self.word(before))
                .is_some_and(|word| INTRODUCING.contains(&word));
            name_end = name_end.min(if introduced { at.saturating_sub(1) } else { at });
        }
        gap.name = self.name(start, name_end);
        gap
    }

    /// The platform that a token names, unless it is part of a product's name (`Windows Defender`).
    fn platform_at(&self, at: usize) -> Option<&'static str> {
        let found = platform(self.word(at)?)?;
        let next_is_name = self.style == Style::Running
            && self
                .tokens
                .get(at.saturating_add(1))
                .filter(|_| at.saturating_add(1) < self.end)
                .is_some_and(|token| {
                    self.is_capital(token)
                        && !matches!(&token.kind, Kind::Word(word) if platform(word).is_some())
                });
        (!next_is_name).then_some(found)
    }

    /// The name at the end of some tokens.
    fn name(&self, start: usize, end: usize) -> Option<String> {
        let tokens = self.tokens.get(start..end)?;
        if let Some(Token { kind: Kind::Package(name), .. }) = tokens.last() {
            return Some((*name).to_owned());
        }
        let end = self.without_fillers(start, end);
        let mut first = end;
        while first > start {
            let before = first.saturating_sub(1);
            let token = self.tokens.get(before)?;
            let is_of_name = match self.style {
                Style::Listed => {
                    !matches!(token.kind, Kind::End | Kind::Close | Kind::Open | Kind::Version(..))
                }
                Style::Running => self.is_capital(token) || matches!(token.kind, Kind::Package(_)),
            };
            if !is_of_name || end.saturating_sub(before) > NAME_WORDS_MAX {
                break;
            }
            first = before;
        }
        while first < end && self.is_stop(first) {
            first = first.saturating_add(1);
        }
        if first < end {
            return self.slice(first, end);
        }
        // A package may be written small: "the package left-pad".
        let package = end.checked_sub(2).filter(|at| *at >= start)?;
        let calls =
            self.word(package).is_some_and(|word| PACKAGES.contains(&word) || OF.contains(&word));
        if calls { self.slice(package.saturating_add(1), end) } else { None }
    }

    /// The name behind "of" or "của".
    fn name_behind(&self, at: usize) -> Option<String> {
        let at = (at..self.end).find(|at| self.word(*at).is_some_and(|word| OF.contains(&word)))?;
        let mut first = at.saturating_add(1);
        while first < self.end && (self.is_stop(first) || !self.is_capital(self.tokens.get(first)?))
        {
            first = first.saturating_add(1);
            if first > at.saturating_add(5) {
                return None;
            }
        }
        let rest = self.tokens.get(first..self.end)?;
        let is_of_name = |token: &&Token<'_>| {
            self.is_capital(token)
                && !matches!(&token.kind, Kind::Word(word) if platform(word).is_some())
        };
        let length = rest.iter().take(NAME_WORDS_MAX).take_while(is_of_name).count();
        self.slice(first, first.saturating_add(length)).filter(|_| length > 0)
    }

    /// Where the tokens end without words for "version", signs and "of".
    fn without_fillers(&self, start: usize, end: usize) -> usize {
        let mut end = end;
        while end > start {
            let last = end.saturating_sub(1);
            let pair = FILLERS.iter().filter(|words| words.len() > 1).find(|words| {
                let from = end.saturating_sub(words.len());
                from >= start
                    && words
                        .iter()
                        .enumerate()
                        .all(|(o, w)| self.word(from.saturating_add(o)) == Some(w))
            });
            if let Some(words) = pair {
                end = end.saturating_sub(words.len());
                continue;
            }
            // "Update 7"
            let before = last.checked_sub(1).filter(|at| *at >= start);
            let is_numbered =
                matches!(self.tokens.get(last).map(|token| &token.kind), Some(Kind::Number(_)))
                    && before
                        .and_then(|at| self.word(at))
                        .is_some_and(|word| NUMBERED.contains(&word));
            if is_numbered {
                end = last.saturating_sub(1);
                continue;
            }
            let is_filler = match self.tokens.get(last).map(|token| &token.kind) {
                Some(Kind::Word(word)) => {
                    FILLERS.iter().any(|words| *words == [word.as_str()])
                        || CONNECTING.contains(&word.as_str())
                        || AFFECTED.iter().any(|words| *words == [word.as_str()])
                }
                Some(
                    Kind::Comma
                    | Kind::Dash
                    | Kind::Open
                    | Kind::Close
                    | Kind::End
                    | Kind::Compare(_),
                ) => true,
                _ => false,
            };
            if !is_filler {
                break;
            }
            end = last;
        }
        end
    }

    fn is_stop(&self, at: usize) -> bool {
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Word(word)) => {
                STOP.contains(&word.as_str()) || CONNECTING.contains(&word.as_str())
            }
            Some(Kind::Package(_)) => false,
            Some(Kind::Number(_)) | Some(Kind::Series(_)) => false,
            _ => true,
        }
    }

    /// Whether a token is a word that begins with a capital or a digit.
    fn is_capital(&self, token: &Token<'_>) -> bool {
        let first = self.text.get(token.start..).and_then(|text| text.chars().next());
        match token.kind {
            Kind::Word(_) => first.is_some_and(|c| c.is_uppercase() || c.is_ascii_digit()),
            Kind::Package(_) => true,
            _ => false,
        }
    }

    fn slice(&self, first: usize, end: usize) -> Option<String> {
        let start = self.tokens.get(first)?.start;
        let end = self.tokens.get(end.checked_sub(1)?)?.end;
        let name = self.text.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = name
            .trim_matches(|c: char| matches!(c, '"' | '\'' | '`' | '“' | '”' | ':' | ','))
            .to_owned();
        (name.chars().any(char::is_alphabetic) && name.len() <= NAME_BYTES_MAX).then_some(name)
    }
}

/// The longest name of a product.
const NAME_BYTES_MAX: usize = 200;

/// Adds a product once a platform.
fn put(
    name: Option<&str>,
    platforms: &[&'static str],
    versions: Vec<VersionRange>,
    products: &mut Vec<AffectedProduct>,
) {
    let Some(name) = name else { return };
    if versions.is_empty() {
        return;
    }
    let product = |platform: Option<&str>| AffectedProduct {
        product: name.to_owned(),
        platform: platform.map(str::to_owned),
        versions: versions.clone(),
        ..AffectedProduct::default()
    };
    match platforms {
        [] => add(products, product(None)),
        some => some.iter().for_each(|platform| add(products, product(Some(platform)))),
    }
}

/// The platform or ecosystem that a folded word names.
fn platform(word: &str) -> Option<&'static str> {
    Some(match word {
        "windows" | "win32" | "win64" => "windows",
        "macos" | "mac" | "osx" => "macos",
        "linux" => "linux",
        "android" => "android",
        "ios" => "ios",
        "npm" => "npm",
        "pypi" => "pypi",
        _ => return None,
    })
}

/// Words before a platform.
const INTRODUCING: [&str; 7] = ["on", "for", "tren", "cho", "in", "the", "danh"];

/// Words before a product's name that is behind its versions.
const OF: [&str; 2] = ["of", "cua"];

/// Words that call what follows a package.
const PACKAGES: [&str; 8] =
    ["package", "packages", "library", "module", "goi", "vien", "crate", "gem"];

/// Words before the number of a part of a release.
const NUMBERED: [&str; 6] = ["update", "hotfix", "hf", "sp", "patch", "pack"];

/// Words between a name and its versions.
const CONNECTING: [&str; 22] = [
    "and",
    "or",
    "va",
    "hoac",
    "on",
    "for",
    "in",
    "tren",
    "cho",
    "with",
    "is",
    "are",
    "la",
    "bi",
    "shipped",
    "included",
    "including",
    "namely",
    "hf",
    "hotfix",
    "no",
    "without",
];

/// Words that begin sentences and are no names.
const STOP: [&str; 38] = [
    "our",
    "we",
    "their",
    "its",
    "some",
    "several",
    "the",
    "a",
    "an",
    "all",
    "both",
    "only",
    "these",
    "this",
    "those",
    "affected",
    "vulnerable",
    "compromised",
    "malicious",
    "versions",
    "version",
    "releases",
    "release",
    "products",
    "product",
    "software",
    "package",
    "packages",
    "cac",
    "nhung",
    "phien",
    "ban",
    "phan",
    "mem",
    "san",
    "pham",
    "ung",
    "dung",
];
