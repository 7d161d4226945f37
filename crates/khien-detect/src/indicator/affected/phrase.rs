//! Ranges of versions in words: `before 2.0.3`, `từ phiên bản 1.0 đến 1.4`, `>= 1.2, < 1.5`.

use std::ops::Bound;

use khien_model::VersionRange;

use super::token::{Compare, Kind, Onward, Token};

/// A range and the tokens that say it.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) range: VersionRange,
    /// The first token.
    pub(super) first: usize,
    /// The token behind the last.
    pub(super) end: usize,
}

/// Whether a whole number may be a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Numbers {
    /// Everywhere: in a field for versions.
    AreVersions,
    /// Behind a word for version or a sign: in prose.
    NeedAWord,
}

/// The ranges that tokens say, without those that are called fixed or not affected.
pub(super) fn ranges(tokens: &[Token<'_>], numbers: Numbers) -> Vec<Said> {
    let mut all = Vec::new();
    let mut start = 0_usize;
    while start < tokens.len() {
        let rest = tokens.get(start..).unwrap_or_default();
        let ends = |at: &usize| ends_clause(rest, *at);
        let length = (0..rest.len()).find(ends).unwrap_or(rest.len());
        let clause = Clause {
            tokens: tokens.get(..start.saturating_add(length)).unwrap_or_default(),
            numbers,
        };
        let mut said = clause.ranges(start);
        if NOT_AFFECTED.iter().any(|phrase| {
            (start..clause.tokens.len()).any(|at| clause.phrase(at, phrase).is_some())
        }) {
            said.clear();
        }
        all.append(&mut said);
        start = start.saturating_add(length).saturating_add(1);
    }
    all
}

/// Whether a token ends what is said about the versions before it.
fn ends_clause(tokens: &[Token<'_>], at: usize) -> bool {
    let word = |at: usize| match tokens.get(at).map(|token| &token.kind) {
        Some(Kind::Word(word)) => word.as_str(),
        _ => "",
    };
    // "up to but not including 2.0"
    let is_exclusion = || {
        matches!(word(at.saturating_add(1)), "not" | "excluding")
            && at > 0
            && word(at.saturating_sub(1)) == "to"
    };
    match word(at) {
        "but" => !is_exclusion(),
        "whereas" | "while" | "nhung" => true,
        _ => tokens.get(at).is_some_and(|token| token.kind == Kind::End),
    }
}

/// Tokens up to the end of a clause.
struct Clause<'c, 't> {
    tokens: &'c [Token<'t>],
    numbers: Numbers,
}

/// A version with whether it goes on, and the token behind.
struct Found<'t> {
    version: &'t str,
    onward: Onward,
    is_series: bool,
    end: usize,
}

impl<'t> Clause<'_, 't> {
    fn ranges(&self, from: usize) -> Vec<Said> {
        let mut said = Vec::new();
        let mut at = from;
        let mut is_fixed = false;
        while at < self.tokens.len() {
            if let Some(end) = self.any(at, &FIXED) {
                is_fixed = true;
                at = end;
                continue;
            }
            if self.any(at, &AFFECTED).is_some() || self.kind(at) == Some(&Kind::Close) {
                is_fixed = false;
            }
            match self.range(at) {
                Some((range, end)) => {
                    if !is_fixed {
                        said.push(Said { range, first: at, end });
                    }
                    at = end.max(at.saturating_add(1));
                }
                None => at = at.saturating_add(1),
            }
        }
        said
    }

    /// The range that begins at a token, and the token behind it.
    fn range(&self, at: usize) -> Option<(VersionRange, usize)> {
        self.compared(at)
            .or_else(|| self.everything(at))
            .or_else(|| self.from(at))
            .or_else(|| self.before(at))
            .or_else(|| self.after(at))
            .or_else(|| self.plain(at))
    }

    /// `>= 1.2, < 1.5`
    fn compared(&self, at: usize) -> Option<(VersionRange, usize)> {
        let (first, end) = self.comparison(at)?;
        let joined = self.skip(end, |kind| is_joint(kind));
        let second = self.comparison(joined).or_else(|| self.comparison(end));
        match (first, second) {
            (Compared::From(from), Some((Compared::To(to), end)))
            | (Compared::To(to), Some((Compared::From(from), end))) => {
                Some((VersionRange::Between { from, to }, end))
            }
            (Compared::From(from), _) => {
                Some((VersionRange::Between { from, to: Bound::Unbounded }, end))
            }
            (Compared::To(to), _) => {
                Some((VersionRange::Between { from: Bound::Unbounded, to }, end))
            }
            (Compared::Exactly(version), _) => Some((VersionRange::Exactly(version), end)),
        }
    }

    fn comparison(&self, at: usize) -> Option<(Compared, usize)> {
        let Some(Kind::Compare(compare)) = self.kind(at) else { return None };
        let found = self.version(at.saturating_add(1), Numbers::AreVersions)?;
        let version = found.version.to_owned();
        let compared = match compare {
            Compare::Less => Compared::To(Bound::Excluded(version)),
            Compare::LessOrEqual => Compared::To(Bound::Included(version)),
            Compare::More => Compared::From(Bound::Excluded(version)),
            Compare::MoreOrEqual => Compared::From(Bound::Included(version)),
            Compare::Equal => Compared::Exactly(version),
        };
        Some((compared, found.end))
    }

    /// `all versions`, with nothing that narrows it behind.
    fn everything(&self, at: usize) -> Option<(VersionRange, usize)> {
        let end = self.any(at, &ALL)?;
        let narrowed = self.any(end, &BEFORE).is_some()
            || self.any(end, &FROM).is_some()
            || self.any(end, &AFTER).is_some()
            || self.any(end, &UP_TO).is_some()
            || matches!(
                self.kind(end),
                Some(Kind::Compare(_) | Kind::Version(..) | Kind::Series(_))
            );
        (!narrowed).then_some((VersionRange::All, end))
    }

    /// `from 1.0 to 1.4`, `between 1.0 and 1.4`, `từ 1.0`
    fn from(&self, at: usize) -> Option<(VersionRange, usize)> {
        let end = self.any(at, &FROM)?;
        let first = self.version(end, Numbers::NeedAWord)?;
        let from = Bound::Included(first.version.to_owned());
        let is_between = self.any(at, &[&["between"], &["giua"]]).is_some();
        let joined =
            self.skip(first.end, |kind| matches!(kind, Kind::Comma | Kind::Open | Kind::Close));
        let upper = self.upper(joined).or_else(|| {
            let end = self.any(joined, &[&["and"], &["va"]]).filter(|_| is_between)?;
            let last = self.version(end, Numbers::NeedAWord)?;
            Some((Bound::Included(last.version.to_owned()), last.end))
        });
        match upper {
            Some((to, end)) => Some((VersionRange::Between { from, to }, end)),
            None => {
                let end = self.any(joined, &ONWARD).unwrap_or(first.end);
                Some((VersionRange::Between { from, to: Bound::Unbounded }, end))
            }
        }
    }

    /// The end of a range behind its beginning.
    fn upper(&self, at: usize) -> Option<(Bound<String>, usize)> {
        let excluded = self.any(at, &UP_TO_EXCLUDED).or_else(|| self.any(at, &BEFORE));
        let included = self
            .any(at, &UP_TO)
            .or_else(|| matches!(self.kind(at), Some(Kind::Dash)).then(|| at.saturating_add(1)));
        let (end, is_included) = match (excluded, included) {
            (Some(end), _) => (end, false),
            (None, Some(end)) => (end, true),
            _ => return None,
        };
        let last = self.version(end, Numbers::AreVersions)?;
        let version = last.version.to_owned();
        Some((
            if is_included { Bound::Included(version) } else { Bound::Excluded(version) },
            last.end,
        ))
    }

    /// `before 2.0.3`, `up to 2.0.3`
    fn before(&self, at: usize) -> Option<(VersionRange, usize)> {
        let (end, is_included) = match (
            self.any(at, &UP_TO_EXCLUDED).or_else(|| self.any(at, &BEFORE)),
            self.any(at, &UP_TO),
        ) {
            (Some(end), _) => (end, false),
            (None, Some(end)) => (end, true),
            _ => return None,
        };
        let last = self.version(end, self.numbers)?;
        let version = last.version.to_owned();
        let to = if is_included { Bound::Included(version) } else { Bound::Excluded(version) };
        Some((VersionRange::Between { from: Bound::Unbounded, to }, last.end))
    }

    /// `after 2.0.3`
    fn after(&self, at: usize) -> Option<(VersionRange, usize)> {
        let end = self.any(at, &AFTER)?;
        let first = self.version(end, Numbers::NeedAWord)?;
        let from = Bound::Excluded(first.version.to_owned());
        Some((VersionRange::Between { from, to: Bound::Unbounded }, first.end))
    }

    /// A version, with what may follow: `- 1.4`, `and earlier`, `trở lên`.
    fn plain(&self, at: usize) -> Option<(VersionRange, usize)> {
        let found = self.version(at, self.numbers)?;
        if matches!(self.kind(found.end), Some(Kind::Word(word)) if QUANTITIES.contains(&word.as_str()))
        {
            return None;
        }
        let version = found.version.to_owned();
        if found.onward == Onward::Yes {
            return Some((
                VersionRange::Between { from: Bound::Included(version), to: Bound::Unbounded },
                found.end,
            ));
        }
        // A word that only introduces another range belongs to that one.
        if !found.is_series
            && let Some((to @ Bound::Included(_), end)) = self.upper(found.end)
        {
            return Some((VersionRange::Between { from: Bound::Included(version), to }, end));
        }
        let joined = self.skip(found.end, |kind| matches!(kind, Kind::Comma | Kind::Open));
        if let Some(end) = self.any(joined, &AND_EARLIER) {
            return Some((
                VersionRange::Between { from: Bound::Unbounded, to: Bound::Included(version) },
                end,
            ));
        }
        if let Some(end) = self.any(joined, &AND_LATER) {
            return Some((
                VersionRange::Between { from: Bound::Included(version), to: Bound::Unbounded },
                end,
            ));
        }
        let range = if found.is_series {
            VersionRange::Series(version)
        } else {
            VersionRange::Exactly(version)
        };
        Some((range, found.end))
    }

    /// A version, behind words for it.
    fn version(&self, at: usize, numbers: Numbers) -> Option<Found<'t>> {
        let mut at = at;
        let mut is_called = false;
        while let Some(end) = self.any(at, &FILLERS) {
            // Only words that mean "version" make one of a number.
            is_called |= !matches!(self.kind(at), Some(Kind::Word(word)) if matches!(word.as_str(), "the" | "cac" | "so" | "number" | "numbers"));
            at = end;
        }
        if is_called {
            at = self.skip(at, |kind| *kind == Kind::Comma);
        }
        let end = at.saturating_add(1);
        let (version, onward, is_series) = match self.kind(at)? {
            Kind::Version(version, onward) => (*version, *onward, false),
            Kind::Series(series) => (*series, Onward::No, true),
            Kind::Number(number) if is_called || numbers == Numbers::AreVersions => {
                (*number, Onward::No, false)
            }
            _ => return None,
        };
        Some(Found { version, onward, is_series, end })
    }

    fn kind(&self, at: usize) -> Option<&Kind<'t>> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    fn skip(&self, at: usize, is_skipped: impl Fn(&Kind<'t>) -> bool) -> usize {
        let rest = self.tokens.get(at..).unwrap_or_default();
        let skipped = rest.iter().take_while(|token| is_skipped(&token.kind)).count();
        at.saturating_add(skipped)
    }

    /// The token behind the longest of some phrases that stands at a token.
    fn any(&self, at: usize, phrases: &[&[&str]]) -> Option<usize> {
        phrases.iter().filter_map(|phrase| self.phrase(at, phrase)).max()
    }

    fn phrase(&self, at: usize, phrase: &[&str]) -> Option<usize> {
        let end = at.checked_add(phrase.len())?;
        let tokens = self.tokens.get(at..end)?;
        let is_same = |(token, word): (&Token<'_>, &&str)| matches!(&token.kind, Kind::Word(seen) if seen == word);
        tokens.iter().zip(phrase).all(is_same).then_some(end)
    }
}

enum Compared {
    From(Bound<String>),
    To(Bound<String>),
    Exactly(String),
}

fn is_joint(kind: &Kind<'_>) -> bool {
    match kind {
        Kind::Comma => true,
        Kind::Word(word) => matches!(word.as_str(), "and" | "va"),
        _ => false,
    }
}

/// Words before a version that only call it one. Folded, as all that follow.
pub(super) const FILLERS: [&[&str]; 16] = [
    &["version"],
    &["versions"],
    &["phien", "ban"],
    &["ban"],
    &["release"],
    &["releases"],
    &["ver"],
    &["v"],
    &["build"],
    &["builds"],
    &["ban", "phat", "hanh"],
    &["the"],
    &["cac"],
    &["number"],
    &["numbers"],
    &["so"],
];

const ALL: [&[&str]; 8] = [
    &["all", "versions"],
    &["all", "releases"],
    &["any", "version"],
    &["every", "version"],
    &["tat", "ca", "cac", "phien", "ban"],
    &["tat", "ca", "phien", "ban"],
    &["moi", "phien", "ban"],
    &["toan", "bo", "cac", "phien", "ban"],
];

const FROM: [&[&str]; 8] = [
    &["from"],
    &["since"],
    &["starting", "with"],
    &["starting", "from"],
    &["between"],
    &["tu"],
    &["ke", "tu"],
    &["giua"],
];

const BEFORE: [&[&str]; 18] = [
    &["before"],
    &["prior", "to"],
    &["earlier", "than"],
    &["older", "than"],
    &["lower", "than"],
    &["less", "than"],
    &["below"],
    &["under"],
    &["truoc"],
    &["cu", "hon"],
    &["thap", "hon"],
    &["nho", "hon"],
    &["duoi"],
    &["preceding"],
    &["truoc", "ban"],
    &["up", "to", "excluding"],
    &["cho", "den", "truoc"],
    &["den", "truoc"],
];

const UP_TO: [&[&str]; 11] = [
    &["up", "to"],
    &["up", "to", "and", "including"],
    &["through"],
    &["thru"],
    &["until"],
    &["till"],
    &["to"],
    &["den"],
    &["toi"],
    &["cho", "den"],
    &["den", "het"],
];

const UP_TO_EXCLUDED: [&[&str]; 3] = [
    &["up", "to", "but", "not", "including"],
    &["up", "to", "but", "excluding"],
    &["up", "to", "not", "including"],
];

const AFTER: [&[&str]; 11] = [
    &["after"],
    &["newer", "than"],
    &["later", "than"],
    &["higher", "than"],
    &["greater", "than"],
    &["above"],
    &["sau"],
    &["moi", "hon"],
    &["cao", "hon"],
    &["lon", "hon"],
    &["tren"],
];

const ONWARD: [&[&str]; 7] = [
    &["onwards"],
    &["onward"],
    &["and", "later"],
    &["tro", "len"],
    &["tro", "di"],
    &["tro", "ve", "sau"],
    &["on"],
];

const AND_EARLIER: [&[&str]; 26] = [
    &["and", "earlier"],
    &["or", "earlier"],
    &["and", "older"],
    &["or", "older"],
    &["and", "below"],
    &["or", "below"],
    &["and", "prior"],
    &["or", "prior"],
    &["and", "lower"],
    &["or", "lower"],
    &["and", "previous"],
    &["and", "before"],
    &["and", "under"],
    &["tro", "ve", "truoc"],
    &["tro", "xuong"],
    &["va", "cu", "hon"],
    &["hoac", "cu", "hon"],
    &["va", "truoc", "do"],
    &["hoac", "truoc", "do"],
    &["va", "thap", "hon"],
    &["hoac", "thap", "hon"],
    &["tro", "lui"],
    &["va", "cac", "phien", "ban", "cu", "hon"],
    &["va", "cac", "phien", "ban", "truoc", "do"],
    &["and", "earlier", "versions"],
    &["and", "all", "earlier", "versions"],
];

const AND_LATER: [&[&str]; 16] = [
    &["and", "later"],
    &["or", "later"],
    &["and", "newer"],
    &["or", "newer"],
    &["and", "above"],
    &["or", "above"],
    &["and", "higher"],
    &["or", "higher"],
    &["and", "up"],
    &["and", "onwards"],
    &["tro", "len"],
    &["tro", "ve", "sau"],
    &["tro", "di"],
    &["va", "moi", "hon"],
    &["hoac", "moi", "hon"],
    &["va", "cao", "hon"],
];

/// What makes a number before it no version.
const QUANTITIES: [&str; 18] = [
    "million", "billion", "thousand", "percent", "gb", "mb", "kb", "tb", "hours", "days", "years",
    "minutes", "times", "users", "trieu", "ty", "nghin", "phan",
];

/// What follows is a remedy, not the illness.
const FIXED: [&[&str]; 19] = [
    &["fixed"],
    &["patched"],
    &["resolved"],
    &["remediated"],
    &["upgrade", "to"],
    &["upgrading", "to"],
    &["update", "to"],
    &["updating", "to"],
    &["updated", "to"],
    &["nang", "cap", "len"],
    &["cap", "nhat", "len"],
    &["nang", "cap"],
    &["da", "va"],
    &["ban", "va"],
    &["khac", "phuc"],
    &["va", "loi"],
    &["an", "toan"],
    &["downgrade", "to"],
    &["ha", "cap"],
];

/// Words for being affected.
pub(super) const AFFECTED: [&[&str]; 23] = [
    &["affected"],
    &["affects"],
    &["vulnerable"],
    &["compromised"],
    &["trojanized"],
    &["trojanised"],
    &["backdoored"],
    &["malicious"],
    &["poisoned"],
    &["infected"],
    &["tampered"],
    &["impacted"],
    &["anh", "huong"],
    &["xam", "nhap"],
    &["doc", "hai"],
    &["nhiem"],
    &["ma", "doc"],
    &["security", "issue"],
    &["malware"],
    &["trojan"],
    &["chen", "ma"],
    &["cua", "hau"],
    &["ton", "thuong"],
];

const NOT_AFFECTED: [&[&str]; 10] = [
    &["not", "affected"],
    &["unaffected"],
    &["not", "vulnerable"],
    &["not", "impacted"],
    &["khong", "bi", "anh", "huong"],
    &["khong", "anh", "huong"],
    &["khong", "chiu", "anh", "huong"],
    &["not", "compromised"],
    &["not", "malicious"],
    &["khong", "bi", "nhiem"],
];
