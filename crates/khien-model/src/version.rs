//! Versions as vendors write them: compared, and held against the ranges that advisories give.
//!
//! Vendors agree on no grammar, so nothing here refuses a version. What cannot be decided (a range
//! in text that is no version, a version less exact than the range) is `None`, never a guess.

use std::cmp::Ordering;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

/// Versions of a product, as an advisory names them.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VersionRange {
    /// Every version.
    All,
    /// From one version to another.
    Between {
        /// Where it begins.
        from: Bound<String>,
        /// Where it ends.
        to: Bound<String>,
    },
    /// One version.
    Exactly(String),
    /// Every version that begins so: `14` for what is written `14.x`.
    Series(String),
}

impl VersionRange {
    /// Whether a version is in the range; `None` when that cannot be said, because one of them is no
    /// version or one is less exact than the other (`1.4.2`, and the range ends with `1.4`).
    ///
    /// A packager's revision (`5.6.1-1`) is the version that it packages, where the range names no
    /// revisions.
    pub fn contains(&self, version: &str) -> Option<bool> {
        if !is_version(version) {
            return None;
        }
        match self {
            Self::All => Some(true),
            Self::Between { from, to } => both(is_after(version, from), is_before(version, to)),
            Self::Exactly(wanted) => match order(version, wanted)? {
                Ordering::Equal => Some(true),
                _ if begins(version, wanted) || begins(wanted, version) => None,
                _ => Some(false),
            },
            Self::Series(series) if !is_version(series) => None,
            Self::Series(series) if begins(version, series) => Some(true),
            Self::Series(series) if begins(series, version) => None,
            Self::Series(_) => Some(false),
        }
    }
}

fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn is_after(version: &str, from: &Bound<String>) -> Option<bool> {
    let (bound, is_included) = match from {
        Bound::Unbounded => return Some(true),
        Bound::Included(bound) => (bound, true),
        Bound::Excluded(bound) => (bound, false),
    };
    match order(version, bound)? {
        Ordering::Equal => Some(is_included),
        // `1` may stand for 1.9 where the range begins with 1.2.
        Ordering::Less if begins(bound, version) => None,
        Ordering::Less => Some(false),
        Ordering::Greater if !is_included && begins(version, bound) => None,
        Ordering::Greater => Some(true),
    }
}

fn is_before(version: &str, to: &Bound<String>) -> Option<bool> {
    let (bound, is_included) = match to {
        Bound::Unbounded => return Some(true),
        Bound::Included(bound) => (bound, true),
        Bound::Excluded(bound) => (bound, false),
    };
    match order(version, bound)? {
        Ordering::Equal => Some(is_included),
        Ordering::Less => Some(true),
        // Authors write "to 1.4" for all of 1.4 as well as for its first release.
        Ordering::Greater if is_included && begins(version, bound) => None,
        Ordering::Greater => Some(false),
    }
}

/// The order of two versions, where only one of which may name a packager's epoch or revision.
fn order(version: &str, wanted: &str) -> Option<Ordering> {
    if !is_version(wanted) {
        return None;
    }
    let (version, wanted) = (version.trim(), wanted.trim());
    let version = if split_epoch(wanted).0 == 0 { split_epoch(version).1 } else { version };
    let (upstream, _revision) = split_revision(version);
    let is_packaged = split_revision(wanted).1.is_empty() && compare(upstream, wanted).is_eq();
    Some(if is_packaged { Ordering::Equal } else { compare(version, wanted) })
}

/// Whether a version continues another one: `1.4.2` does 1.4.
fn begins(version: &str, start: &str) -> bool {
    let (version, start) = (parts(split_epoch(version).1), parts(split_epoch(start).1));
    version.len() > start.len() && version.starts_with(&start) || version == start
}

/// Whether a text can be a version at all: it begins with a digit, but for a `v`, and is short.
pub fn is_version(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    text.len() <= VERSION_BYTES_MAX && digits.starts_with(|c: char| c.is_ascii_digit())
}

/// The longest version.
const VERSION_BYTES_MAX: usize = 128;

/// Compares versions part by part: numbers as numbers; words for what comes before a release (`rc`,
/// `beta`, `dev`, Debian's `~`) before nothing, other words (`post`, `ubuntu`, `build`) after it; a
/// missing part as zero; an epoch (`2:`) before all else, and a packager's revision (`-1`) after all
/// else. This is where PEP 440, semantic versions and Debian's policy agree.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (split_epoch(a), split_epoch(b));
    if a.0 != b.0 {
        return a.0.cmp(&b.0);
    }
    let (a, b) = (split_revision(a.1), split_revision(b.1));
    compare_parts(&parts(a.0), &parts(b.0)).then_with(|| compare_parts(&parts(a.1), &parts(b.1)))
}

fn compare_parts(a: &[Part], b: &[Part]) -> Ordering {
    let nothing = Part::Number(0);
    for i in 0..a.len().max(b.len()) {
        let order = a.get(i).unwrap_or(&nothing).cmp(b.get(i).unwrap_or(&nothing));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Debian's epoch, 0 where there is none.
fn split_epoch(version: &str) -> (u64, &str) {
    match version.split_once(':') {
        Some((epoch, rest)) => epoch.parse().map_or((0, version), |epoch| (epoch, rest)),
        None => (0, version),
    }
}

/// A packager's revision: what starts with a digit after the only hyphen.
fn split_revision(version: &str) -> (&str, &str) {
    match version.split_once('-') {
        Some((upstream, revision))
            if revision.starts_with(|c: char| c.is_ascii_digit()) && !revision.contains('-') =>
        {
            (upstream, revision)
        }
        _ => (version, ""),
    }
}

/// One part of a version. The order of the variants is the order of versions, and zero is nothing.
#[derive(Debug, Eq, PartialEq)]
enum Part {
    Before(String),
    Number(u128),
    After(String),
}

impl Part {
    fn rank(&self) -> (u8, u128, &str) {
        match self {
            Self::Before(word) => (0, 0, word),
            Self::Number(0) => (1, 0, ""),
            Self::After(word) => (2, 0, word),
            Self::Number(number) => (3, *number, ""),
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// Words for what comes before a release.
const BEFORE: [&str; 11] =
    ["a", "alpha", "b", "beta", "c", "rc", "pre", "preview", "dev", "snapshot", "nightly"];

fn parts(version: &str) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = version.trim_start_matches(['v', 'V']);
    let mut separated = true;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let run = leading(rest, |c| c.is_ascii_digit());
            out.push(Part::Number(run.parse().unwrap_or(u128::MAX)));
            rest = rest.get(run.len()..).unwrap_or("");
            separated = false;
        } else if c.is_alphabetic() {
            let run = leading(rest, char::is_alphabetic);
            let word = run.to_lowercase();
            // `1.1.1a` is a later release of OpenSSL; `1.0a1` and `1.0-a` come before 1.0.
            let numbered =
                rest.get(run.len()..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
            let letter = word.len() == 1 && !separated && !numbered;
            out.push(if BEFORE.contains(&word.as_str()) && !letter {
                Part::Before(word)
            } else {
                Part::After(word)
            });
            rest = rest.get(run.len()..).unwrap_or("");
            separated = false;
        } else {
            if c == '~' {
                out.push(Part::Before(String::new()));
            }
            separated = true;
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
    }
    out
}

fn leading(text: &str, keep: impl Fn(char) -> bool) -> &str {
    let len = text.find(|c| !keep(c)).unwrap_or(text.len());
    text.get(..len).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_compare_part_by_part() {
        assert_eq!(compare("18.12.416", "18.12.407"), Ordering::Greater);
        assert_eq!(compare("1.0", "1.0.0"), Ordering::Equal);
        assert_eq!(compare("1.0-rc1", "1.0"), Ordering::Less);
        assert_eq!(compare("v2.10", "2.9"), Ordering::Greater);
        for (earlier, later) in [
            ("1.1.1", "1.1.1a"),
            ("1.0", "1.0.post1"),
            ("1.0-1", "1.0-1ubuntu1"),
            ("1.0-1", "1.0-1build1"),
            ("1.0b2", "1.0"),
            ("1.0-beta", "1.0"),
            ("1.0~rc1-1", "1.0-1"),
            ("9.0", "1:1.0"),
            ("2.4.1-1", "2.4.1-2"),
            ("1.0-1", "1.0+dfsg-1"),
            ("1.0+dfsg-2", "1.0.1-1"),
            ("1.0-alpha", "1.0-alpha-2"),
            ("1.0-alpha-2", "1.0-beta"),
        ] {
            assert_eq!(compare(earlier, later), Ordering::Less, "{earlier} {later}");
        }
        assert_eq!(compare("5.4.1-1+deb12u2", "5.4.1-1+deb12u1"), Ordering::Greater);
    }

    proptest! {
        #[test]
        fn comparing_is_an_order(a in "[0-9a-z.+-]{0,12}", b in "[0-9a-z.+-]{0,12}", c in "[0-9a-z.+-]{0,12}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            if compare(&a, &b) != Ordering::Greater && compare(&b, &c) != Ordering::Greater {
                prop_assert_ne!(compare(&a, &c), Ordering::Greater);
            }
        }

        #[test]
        fn a_version_is_itself_and_in_ranges_that_it_ends(version in "[0-9]{1,3}(\\.[0-9]{1,4}){0,3}(-?[a-z]{1,4}[0-9]?)?") {
            let with = |range: VersionRange| range.contains(&version);
            prop_assert_eq!(with(VersionRange::Exactly(version.clone())), Some(true));
            prop_assert_eq!(with(VersionRange::Series(version.clone())), Some(true));
            prop_assert_eq!(with(before(Bound::Included(version.clone()))), Some(true));
            prop_assert_eq!(with(before(Bound::Excluded(version.clone()))), Some(false));
        }

        #[test]
        fn any_text_is_survived(range in any::<String>(), version in any::<String>()) {
            let _ = VersionRange::Exactly(range.clone()).contains(&version);
            let _ = VersionRange::Series(range.clone()).contains(&version);
            let _ = before(Bound::Included(range)).contains(&version);
        }
    }

    fn before(to: Bound<String>) -> VersionRange {
        VersionRange::Between { from: Bound::Unbounded, to }
    }

    fn between(from: &str, to: &str) -> VersionRange {
        VersionRange::Between {
            from: Bound::Included(from.to_owned()),
            to: Bound::Included(to.to_owned()),
        }
    }

    #[track_caller]
    fn check(range: &VersionRange, cases: &[(&str, Option<bool>)]) {
        for (version, expected) in cases {
            assert_eq!(range.contains(version), *expected, "{version} in {range:?}");
        }
    }

    #[test]
    fn one_version_is_itself_however_it_is_packaged() {
        let (yes, no) = (Some(true), Some(false));
        check(
            &VersionRange::Exactly("18.12.416".into()),
            &[
                ("18.12.416", yes),
                ("v18.12.416.0", yes),
                ("18.12.416-1", yes),
                ("18.12.407", no),
                ("18.12.4160", no),
                // Less or more exact than the advisory.
                ("18.12", None),
                ("18.12.416.5", None),
                ("latest", None),
                ("", None),
            ],
        );
        check(
            &VersionRange::Exactly("5.6.1".into()),
            &[("1:5.6.1-1", yes), ("5.6.1+really5.4.5-1", None), ("5.4.1-1", no)],
        );
        check(&VersionRange::Exactly("newest".into()), &[("1.0", None)]);
    }

    #[test]
    fn ranges_have_ends() {
        let (yes, no) = (Some(true), Some(false));
        check(
            &between("1.2", "1.4"),
            &[
                ("1.2", yes),
                ("1.3.9", yes),
                ("1.4.0", yes),
                ("1.4.2", None),
                ("1.10", no),
                ("1.1.9", no),
                ("1", None),
                ("1.2-rc1", no),
            ],
        );
        check(
            &before(Bound::Excluded("2.0.3".into())),
            &[("2.0.2", yes), ("2.0", yes), ("2.0.3", no), ("2.0.3-1", no), ("2.0.3-rc1", yes)],
        );
        let after =
            VersionRange::Between { from: Bound::Excluded("1.4".into()), to: Bound::Unbounded };
        check(&after, &[("1.5", yes), ("1.4", no), ("1.4.1", None), ("1.3", no)]);
    }

    #[test]
    fn series_and_everything() {
        let (yes, no) = (Some(true), Some(false));
        check(
            &VersionRange::Series("14".into()),
            &[("14", yes), ("14.0.1", yes), ("14.2-beta", yes), ("15.0", no), ("140", no)],
        );
        check(&VersionRange::Series("14.2".into()), &[("14", None), ("14.20", no)]);
        check(&VersionRange::All, &[("0.0.1", yes), ("?", None)]);
    }
}
