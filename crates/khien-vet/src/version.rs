//! Versions as vendors write them: found in names, left out of names, compared.

use std::cmp::Ordering;

/// The version in a file name: the last dotted number, with what may follow it
/// (`app-18.12.416-full.nupkg` has `18.12.416`).
pub(crate) fn in_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut found = None;
    let mut at = 0;
    while let Some(start) = base.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit()))
    {
        let start = at + start;
        let rest = base.get(start..).unwrap_or("");
        let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let run = rest.get(..len).unwrap_or("").trim_end_matches('.');
        if run.contains('.') {
            found = Some(run.to_owned());
        }
        at = start + len.max(1);
    }
    found
}

/// A path component without its version, build hash and compression: what stays from release to
/// release (`libfoo-1.2.3.so.4.5` → `libfoo-#.so.#`).
pub fn stem(component: &str) -> String {
    let mut out = String::with_capacity(component.len());
    let mut rest = component;
    while let Some(c) = rest.chars().next() {
        let hash = leading(rest, |c| c.is_ascii_hexdigit());
        let mixed = hash.bytes().any(|b| b.is_ascii_digit());
        let bounded = out.chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
        let ends = rest
            .get(hash.len()..)
            .and_then(|r| r.chars().next())
            .is_none_or(|c| !c.is_ascii_alphanumeric());
        if hash.len() >= 7 && mixed && bounded && ends {
            out.push('#');
            rest = rest.get(hash.len()..).unwrap_or("");
            continue;
        }
        let run = leading(rest, |c| c.is_ascii_digit() || c == '.');
        let number = run.trim_end_matches('.');
        if number.contains('.') && number.starts_with(|c: char| c.is_ascii_digit()) {
            out.push('#');
            rest = rest.get(number.len()..).unwrap_or("");
            continue;
        }
        if run.len() > 1 && number.starts_with('.') && out.ends_with(".so") {
            out.push_str(".#");
            rest = rest.get(number.len()..).unwrap_or("");
            continue;
        }
        out.push(c.to_ascii_lowercase());
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    out
}

fn leading(text: &str, keep: impl Fn(char) -> bool) -> &str {
    let len = text.find(|c| !keep(c)).unwrap_or(text.len());
    text.get(..len).unwrap_or("")
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_are_found_in_names() {
        assert_eq!(in_name("3CXDesktopApp-18.12.416-full.nupkg").as_deref(), Some("18.12.416"));
        assert_eq!(in_name("liblzma5_5.4.1-1+deb12u1_amd64.deb").as_deref(), Some("5.4.1"));
        assert_eq!(in_name("setup.exe"), None);
    }

    #[test]
    fn stems_drop_versions_and_hashes() {
        assert_eq!(stem("libfoo-1.2.3.so.4.5"), "libfoo-#.so.#");
        assert_eq!(stem("libfoo-984de331.so.3.2"), stem("libfoo-0a1b2c3d.so.3.3"));
        assert_eq!(stem("PyQt6_Qt6-6.11.1.dist-info"), stem("PyQt6_Qt6-6.11.2.dist-info"));
        assert_eq!(stem("d3dcompiler_47.dll"), "d3dcompiler_47.dll");
        assert_eq!(stem("avcodec-61.dll"), "avcodec-61.dll");
        assert_eq!(stem("libc.so.6"), "libc.so.#");
    }

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
        fn stems_take_any_text(a in ".{0,40}") {
            let _ = (stem(&a), in_name(&a));
        }
    }
}
