//! Templates of temporary paths: names that a program makes up anew each time are no use as keys.
//!
//! Half of all distinct paths of an office are random names in temporary folders. The index keeps
//! the template of such a path (`c:/users/an/appdata/local/temp/*.tmp`), and a hunt that meets one
//! looks the exact path up in the events ([`crate::temporary`]).
//!
//! What is replaced is a whole name below a temporary folder, never the folder or anything before
//! it, so a user's name stays. A name is replaced when it looks made up ([`name`]); its extension
//! stays when it is a usual one. Version numbers and program names are words, and stay. Where the
//! guess is wrong nothing is lost: a templated name is confirmed in the events like any other.

use std::collections::HashSet;

/// The template of a canonical path; `None` for a path that is kept as it is.
///
/// No path that is kept as it is equals a template: a name with a star below a temporary folder is
/// itself one that is replaced, and a template is its own template.
pub(crate) fn template(path: &str) -> Option<String> {
    let (folder, names) = path.split_at_checked(folder_end(path)?)?;
    let mut whole = String::with_capacity(path.len());
    whole.push_str(folder);
    let mut replaced = false;
    for (number, part) in names.split('/').enumerate() {
        if number > 0 {
            whole.push('/');
        }
        match name(part) {
            Some(star) => {
                replaced = true;
                whole.push_str(&star);
            }
            None => whole.push_str(part),
        }
    }
    replaced.then_some(whole)
}

/// What stands for one name below a temporary folder; `None` when it is kept as it is.
pub(crate) fn name(name: &str) -> Option<String> {
    let known = |extension: &str| EXTENSIONS.binary_search(&extension).is_ok();
    match name.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && known(end)) {
        Some((stem, end)) => (end == "tmp" || made_up(stem)).then(|| format!("*.{end}")),
        None => made_up(name).then(|| "*".to_owned()),
    }
}

/// Where the names below a temporary folder begin.
fn folder_end(path: &str) -> Option<usize> {
    let (mut first, mut second, mut start) = ("", "", 0_usize);
    for (number, component) in path.split('/').enumerate() {
        let end = start.checked_add(component.len())?;
        if end >= path.len() {
            return None;
        }
        start = end.checked_add(1)?;
        if is_temporary(number, first, second, component) {
            return Some(start);
        }
        (first, second) = (second, component);
    }
    None
}

/// Whether a component is a temporary folder, given its number and the two before it.
fn is_temporary(number: usize, first: &str, second: &str, component: &str) -> bool {
    match component {
        "temp" | "tmp" if number == 1 => {
            // `/tmp`, and on Windows the folders that old programs make at a drive's root.
            (second.is_empty() && component == "tmp")
                || (second.len() == 2 && second.ends_with(':'))
        }
        "temp" => {
            matches!((first, second), ("appdata", "local" | "locallow"))
                || matches!(second, "windows" | "local settings" | "locals~1")
        }
        "systemtemp" => second == "windows",
        "tmp" | "folders" => match (number, first, second) {
            (2, "", "var") | (3, "private", "var") => true,
            (2, "", "private") => component == "tmp",
            _ => false,
        },
        "inetcache" | "temporary internet files" | "%temp%" | "%tmp%" => true,
        _ => false,
    }
}

/// Extensions that stay: what a file is matters where its name says nothing.
const EXTENSIONS: [&str; 50] = [
    "7z", "aspx", "bat", "bin", "cab", "cache", "cfg", "cmd", "conf", "cpl", "css", "csv", "dat",
    "db", "dll", "doc", "docx", "etl", "exe", "gz", "hta", "htm", "html", "ini", "iso", "jar",
    "jpg", "js", "json", "lnk", "log", "msi", "msp", "ocx", "pdf", "php", "png", "ps1", "psm1",
    "py", "scr", "sh", "so", "sys", "tmp", "txt", "vbs", "xls", "xml", "zip",
];

/// Whether a name looks like one that a program made up: a part of it is no word and no number of a
/// version.
fn made_up(stem: &str) -> bool {
    // What has a star can only be kept apart from templates by being one.
    stem.contains('*') || stem.split(|c: char| !c.is_alphanumeric()).any(is_random)
}

/// Processors in names of programs (`7z2301x64`), which make words look like noise.
const PROCESSORS: [&str; 6] = ["amd64", "arm64", "win32", "win64", "x64", "x86"];

fn is_random(token: &str) -> bool {
    let token = PROCESSORS.iter().find_map(|end| token.strip_suffix(end)).unwrap_or(token);
    if !token.is_ascii() {
        return false;
    }
    let shape = Shape::of(token);
    let (length, digits) = (token.len(), shape.digits);
    let letters = length.saturating_sub(digits);
    if letters == 0 {
        // Up to eight digits are a version, a date or a number of a process.
        return length >= 9;
    }
    let is_hex = token.bytes().all(|b| b.is_ascii_hexdigit());
    let counted = shape.digits_at_end == digits && digits >= 5 && !token.starts_with("kb");
    (is_hex && length >= 8 && (digits > 0 || length >= 16))
        || counted
        || (token.starts_with("tmp") && length >= 8)
        || (length >= 6 && shape.changes >= 3)
        || (length >= 7 && shape.changes >= 2 && shape.consonants >= 3)
        || (length >= 8 && shape.consonants >= 6)
}

/// What a token is made of.
#[derive(Default)]
struct Shape {
    digits: usize,
    digits_at_end: usize,
    /// How often letters and digits take turns.
    changes: usize,
    /// The longest run of consonants.
    consonants: usize,
}

impl Shape {
    fn of(token: &str) -> Self {
        let mut shape = Self::default();
        let (mut before, mut run) = (None, 0_usize);
        for byte in token.bytes() {
            let is_digit = byte.is_ascii_digit();
            shape.changes += usize::from(before.is_some_and(|before| before != is_digit));
            before = Some(is_digit);
            shape.digits += usize::from(is_digit);
            shape.digits_at_end = if is_digit { shape.digits_at_end + 1 } else { 0 };
            let vowel = matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
            run = if is_digit || vowel { 0 } else { run + 1 };
            shape.consonants = shape.consonants.max(run);
        }
        shape
    }
}

/// Whether a path that a pattern covers may have this template. It may say yes too often.
pub(crate) fn may_cover(pattern: &str, template: &str) -> bool {
    if pattern.contains(['*', '?']) {
        let seen = match pattern.contains('/') {
            true => template,
            false => template.rsplit('/').next().unwrap_or_default(),
        };
        return may_meet(pattern.trim_start_matches('/'), seen);
    }
    let mut seen = template.trim_end_matches('/').rsplit('/');
    for wanted in pattern.trim_end_matches('/').rsplit('/') {
        // The front of a path, a drive or a device, is written in many ways.
        if wanted.is_empty() || wanted.ends_with(':') {
            return true;
        }
        let same = |seen: &str| wanted == seen || seen.contains(['*', '~']);
        if !seen.next().is_some_and(same) {
            return false;
        }
    }
    true
}

/// Bound: cells of the comparison below; what is longer may meet.
const CELLS_MAX: usize = 1 << 16;

/// Whether some text ends with what the pattern covers and has this template.
fn may_meet(pattern: &str, template: &str) -> bool {
    let pattern: Vec<char> = std::iter::once('*').chain(pattern.chars()).collect();
    // A star of a template stands for one or more characters of a name: one, then any number.
    let template: Vec<(char, bool)> = template
        .chars()
        .flat_map(|c| [Some((c, false)), (c == '*').then_some((c, true))].into_iter().flatten())
        .collect();
    let goal = (pattern.len(), template.len());
    if goal.0.saturating_mul(goal.1) > CELLS_MAX {
        return true;
    }
    let (mut open, mut known) = (vec![(0, 0)], HashSet::from([(0, 0)]));
    while let Some((at, seen)) = open.pop() {
        if (at, seen) == goal {
            return true;
        }
        let (wanted, stands) = (pattern.get(at).copied(), template.get(seen).copied());
        let mut next = [None; 3];
        if wanted == Some('*') {
            next[0] = Some((at + 1, seen));
        }
        if stands == Some(('*', true)) {
            next[1] = Some((at, seen + 1));
        }
        if let (Some(wanted), Some((stands, any))) = (wanted, stands) {
            let same = match (wanted, stands) {
                ('*' | '?', _) => true,
                (wanted, '*') => wanted != '/',
                (wanted, stands) => wanted == stands,
            };
            let after = (at + usize::from(wanted != '*'), seen + usize::from(!any));
            next[2] = same.then_some(after);
        }
        open.extend(next.into_iter().flatten().filter(|cell| known.insert(*cell)));
    }
    false
}

#[cfg(test)]
mod tests;
