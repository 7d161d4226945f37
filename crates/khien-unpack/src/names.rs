//! Names inside containers: data, never paths. What they would do as paths is a fact.

use sha2::{Digest, Sha256};

/// Longest name that is kept; the rest is cut and counted.
const NAME_BYTES_MAX: usize = 4096;

/// Joins a container's path and a member's name. Hostile: a member whose own name has the separator
/// in it would be taken for a member's member.
pub(crate) fn joined(container: &str, name: &str) -> String {
    let name = name.replace("!/", "\\x21/");
    if container.is_empty() { name } else { format!("{container}!/{name}") }
}

/// Eight letters that change with a text. No digits, in any base: who compares texts of two releases
/// leaves numbers out.
pub(crate) fn mark(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let halves = digest.iter().take(4).flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(b'g' + half)).collect()
}

/// Cuts text that is longer than any honest name; what is cut off still counts, by its mark.
pub(crate) fn shortened(text: &str) -> String {
    if text.len() <= NAME_BYTES_MAX {
        return text.to_owned();
    }
    let mut end = NAME_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…({} bytes, {})", text.get(..end).unwrap_or_default(), text.len(), mark(text))
}

/// The name that an unpacking tool would make of it: `./a//b` and `a\b` are `a/b`.
pub(crate) fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for part in parts(name) {
        if !plain.is_empty() {
            plain.push('/');
        }
        plain.push_str(part);
    }
    plain
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".")
}

/// How a name leaves the folder it is unpacked to.
pub(crate) fn escaping(name: &str, rooted: bool) -> Option<&'static str> {
    let mut depth = 0_i64;
    for part in parts(name) {
        depth += if part == ".." { -1 } else { 1 };
        if depth < 0 {
            return Some("leaves its folder");
        }
    }
    if rooted {
        return None;
    }
    let mut first = name.chars();
    match (first.next(), first.next(), first.next()) {
        (Some('/' | '\\'), ..) => Some("absolute"),
        (Some(drive), Some(':'), third)
            if drive.is_ascii_alphabetic() && !matches!(third, Some(':')) =>
        {
            Some("on a drive")
        }
        _ => None,
    }
}

/// Whether a link, read from where it lies, points outside.
pub(crate) fn link_escapes(name: &str, target: &str, rooted: bool) -> bool {
    let absolute = target.starts_with(['/', '\\']);
    let on_drive = target.as_bytes().get(1) == Some(&b':')
        && target.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    if absolute || on_drive {
        return !rooted || on_drive;
    }
    let mut depth = i64::try_from(parts(name).count()).unwrap_or(i64::MAX) - 1;
    for part in parts(target) {
        depth += if part == ".." { -1 } else { 1 };
        if depth < 0 {
            // At the root of a file system `..` stays where it is.
            return !rooted;
        }
    }
    false
}

/// How a name deceives the eye.
pub(crate) fn deceiving(name: &str) -> Option<&'static str> {
    if name.chars().any(is_reordering) {
        return Some("reorders its own letters");
    }
    if name.chars().any(char::is_control) {
        return Some("control characters");
    }
    if name.chars().any(is_blank) {
        return Some("invisible characters");
    }
    if hides_ending(name) {
        return Some("an ending pushed out of sight");
    }
    None
}

/// Bidirectional controls (UAX #9): `gpj.exe` behind one reads as `exe.jpg`.
const fn is_reordering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

const fn is_blank(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{3164}' | '\u{ffa0}' | '\u{180e}'
        | '\u{2800}' | '\u{115f}' | '\u{1160}' | '\u{e0000}'..='\u{e007f}')
}

/// `invoice.pdf                .exe`, and names that Windows cuts: `a.txt.` or `a.exe `.
fn hides_ending(name: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let spaced = last.contains("          ");
    let double = ending(last).is_some_and(|end| RUNNABLE.contains(&end.as_str()))
        && last
            .rsplit_once('.')
            .and_then(|(stem, _)| ending(stem.trim_end()))
            .is_some_and(|end| DOCUMENTS.contains(&end.as_str()));
    spaced || double
}

/// A name's ending in lower case, without the dot.
pub(crate) fn ending(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, end) = last.rsplit_once('.')?;
    (!stem.is_empty() && !end.is_empty() && end.len() <= 16).then(|| end.to_ascii_lowercase())
}

const RUNNABLE: [&str; 12] =
    ["exe", "scr", "com", "pif", "bat", "cmd", "vbs", "vbe", "wsf", "hta", "lnk", "msi"];

const DOCUMENTS: [&str; 16] = [
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "rtf", "txt", "jpg", "jpeg", "png", "gif",
    "mp3", "mp4", "zip",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_in_a_name_is_none() {
        assert_eq!(joined("x.zip", "b.bin"), "x.zip!/b.bin");
        assert_eq!(joined("", "x.zip!/b.bin"), "x.zip\\x21/b.bin");
        assert_ne!(joined("", "x.zip!/b.bin"), joined("x.zip", "b.bin"));
        assert_eq!(joined("a!", "b!"), "a!!/b!");
    }

    #[test]
    fn what_is_cut_off_counts() {
        let long = "a".repeat(5000);
        let other = format!("{}b", "a".repeat(4999));
        assert_ne!(shortened(&long), shortened(&other));
        assert!(mark(&long).bytes().all(|letter| (b'g'..=b'v').contains(&letter)));
        assert_eq!(shortened("short"), "short");
    }
}
