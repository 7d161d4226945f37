//! Paths in running text, whose names may hold blanks.

use khien_model::IndicatorKind;

use super::super::list::{has_file_extension, registry};

/// Where the paths of a text are.
pub(super) fn paths(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0_usize;
    while let Some(start) = next_start(text, from) {
        let end = end_of(text, start);
        if end > start.saturating_add(PATH_BYTES_MIN) {
            found.push((start, end));
        }
        from = end.max(start.saturating_add(1));
    }
    found
}

/// The shortest path worth the name.
const PATH_BYTES_MIN: usize = 3;

/// What a path stands for: a file, or a registry key with what is below.
pub(super) fn kinds(path: &str) -> Vec<IndicatorKind> {
    let is_key = path.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("HK"));
    if is_key { registry(path) } else { vec![IndicatorKind::Path(path.to_owned())] }
}

/// Where the next path begins.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(sign) = text.get(at..)?.find(['\\', '/']).map(|found| found.saturating_add(at)) {
        if let Some(start) = start_before(text, from, sign) {
            return Some(start);
        }
        at = sign.saturating_add(1);
    }
    None
}

/// Where a path begins whose first separator is known, if one does.
fn start_before(text: &str, from: usize, sign: usize) -> Option<usize> {
    let mut floor = from.max(sign.saturating_sub(RUN_BYTES_MAX));
    while !text.is_char_boundary(floor) {
        floor = floor.saturating_add(1);
    }
    let before = text.get(floor..sign)?;
    let rest = text.get(sign..)?;
    // What precedes a path is not part of a word.
    let run_at = before.rfind(|c: char| c.is_whitespace() || "\"'`“”‘’«»<>|([{=,;".contains(c));
    let run_at = run_at.map_or(0, |at| {
        at.saturating_add(before.get(at..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8))
    });
    let run = before.get(run_at..)?;
    let start = floor.saturating_add(run_at);
    if rest.starts_with('\\') {
        let is_drive = {
            let mut ends = run.bytes().rev();
            let colon = ends.next() == Some(b':');
            let letter = ends.next().is_some_and(|b| b.is_ascii_alphabetic());
            let is_apart = ends.next().is_none_or(|b| !b.is_ascii_alphanumeric());
            colon && letter && is_apart
        };
        if is_drive {
            return sign.checked_sub(2);
        }
        let is_variable = run.len() > 2 && run.starts_with('%') && run.ends_with('%');
        let upper = run.to_ascii_uppercase();
        let is_hive =
            ["HKLM", "HKCU", "HKU", "HKCR"].contains(&upper.as_str()) || upper.starts_with("HKEY_");
        let is_share = run.is_empty()
            && rest.get(1..).is_some_and(|r| {
                r.starts_with('\\')
                    && r.get(1..).is_some_and(|r| {
                        r.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '?'))
                    })
            });
        return (is_variable || is_hive || is_share).then_some(start);
    }
    let is_home = run == "~" || run == "$HOME";
    let is_root = run.is_empty() && ROOTS.iter().any(|root| is_below(rest, root));
    (is_home || is_root).then_some(start)
}

/// How far before its first separator a path may begin.
const RUN_BYTES_MAX: usize = 80;

/// Folders that paths of Unix systems begin with, without their slashes.
const ROOTS: [&str; 16] = [
    "usr",
    "etc",
    "tmp",
    "var",
    "opt",
    "home",
    "Library",
    "Applications",
    "private",
    "Users",
    "root",
    "dev/shm",
    "bin",
    "sbin",
    "lib",
    "System",
];

fn is_below(text: &str, root: &str) -> bool {
    let rest = text.strip_prefix('/').and_then(|rest| rest.strip_prefix(root));
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// Where a path ends.
fn end_of(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let limit = rest.char_indices().nth(PATH_CHARS_MAX).map_or(rest.len(), |(at, _)| at);
    let rest = rest.get(..limit).unwrap_or_default();
    let quote = text.get(..start).and_then(|before| before.chars().next_back());
    if let Some(length) = quote.and_then(closing).and_then(|close| rest.find(close)) {
        return start.saturating_add(length);
    }
    let limit = rest.find(|c: char| "\"'`“”‘’«»<>|\t\n".contains(c)).unwrap_or(rest.len());
    let rest = rest.get(..limit).unwrap_or_default();
    // Only on macOS do folders of the system have blanks in their names.
    let is_mac = MAC_ROOTS.iter().any(|root| rest.starts_with(root));
    let separator = match rest.contains('\\') {
        true => Some('\\'),
        false => is_mac.then_some('/'),
    };
    let mut end = 0_usize;
    for word in rest.split_inclusive(' ') {
        let whole = word.trim_end();
        let trimmed = whole.trim_end_matches(['.', ',', ';', ':', ')', ']', '}', '!', '?']);
        end = end.saturating_add(trimmed.len());
        let soft_end = end;
        let path = rest.get(..end).unwrap_or_default();
        let behind = rest.get(end..).unwrap_or_default();
        let ends_here =
            trimmed.len() < whole.len() || has_file_extension(path) || !goes_on(behind, separator);
        if ends_here {
            return start.saturating_add(soft_end);
        }
        end = end.saturating_add(word.len().saturating_sub(trimmed.len()));
    }
    start.saturating_add(end)
}

const MAC_ROOTS: [&str; 6] =
    ["/Library/", "~/Library/", "/Applications/", "~/Applications/", "/Users/", "/System/"];

/// The longest path.
const PATH_CHARS_MAX: usize = 512;

/// The words that are looked at to tell whether a path goes on behind a blank.
const WORDS_AHEAD: usize = 4;

/// Whether what is behind a blank still belongs to the path: a separator comes soon, or the next
/// word ends like a file.
fn goes_on(behind: &str, separator: Option<char>) -> bool {
    let Some(separator) = separator else { return false };
    let mut words = behind.split_whitespace();
    let Some(first) = words.next() else { return false };
    let bare = first.trim_end_matches(['.', ',', ';', ')']);
    let is_new = |word: &str| {
        word.get(1..3).is_some_and(|s| s == ":\\") || word.starts_with(['\\', '/', '%'])
    };
    if is_new(first) {
        return false;
    }
    if has_file_extension(bare)
        && bare.starts_with(|c: char| c.is_alphanumeric())
        && !bare.contains(['\\', '/'])
    {
        return bare.chars().next().is_some_and(char::is_lowercase) || bare.len() < first.len();
    }
    std::iter::once(first)
        .chain(words)
        .take(WORDS_AHEAD)
        .take_while(|word| !is_new(word))
        .find_map(|word| match word {
            word if word.contains("://") => Some(false),
            word if word.contains(separator) => Some(true),
            word if word.ends_with(['.', ',', ';', ':', ')']) => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

fn closing(quote: char) -> Option<char> {
    Some(match quote {
        '"' | '\'' | '`' => quote,
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    })
}

/// Whether a name ends like something that runs, or that something is run from.
pub(super) fn has_executable_ending(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| EXECUTABLE.binary_search(&ending.as_str()).is_ok())
}

/// Sorted.
const EXECUTABLE: [&str; 39] = [
    "apk", "bat", "bin", "cmd", "cpl", "deb", "dll", "dmg", "drv", "dylib", "elf", "exe", "hta",
    "img", "iso", "jar", "jse", "lnk", "msi", "msix", "msp", "nupkg", "ocx", "pif", "pkg", "ps1",
    "psm1", "pth", "py", "rpm", "scr", "sh", "so", "sys", "tgz", "vbe", "vbs", "whl", "wsf",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        paths(text).into_iter().filter_map(|(start, end)| text.get(start..end)).collect()
    }

    #[test]
    fn the_endings_are_sorted() {
        assert!(EXECUTABLE.is_sorted());
    }

    #[test]
    fn paths_with_and_without_blanks() {
        for (text, expected) in [
            (r"drops C:\ProgramData\evil.dll and runs", vec![r"C:\ProgramData\evil.dll"]),
            (
                r"in C:\Program Files\Evil Corp\app\evil.exe.",
                vec![r"C:\Program Files\Evil Corp\app\evil.exe"],
            ),
            (r"see C:\Temp\dir, then", vec![r"C:\Temp\dir"]),
            (r"(%APPDATA%\Evil\run.ps1)", vec![r"%APPDATA%\Evil\run.ps1"]),
            (r"HKCU\Software\Evil Key\x is set", vec![r"HKCU\Software\Evil Key\x"]),
            (r#""C:\a b\c d" and"#, vec![r"C:\a b\c d"]),
            (
                "in ~/Library/Application Support/Evil/x.plist, and",
                vec!["~/Library/Application Support/Evil/x.plist"],
            ),
            ("/tmp/a and/or b", vec!["/tmp/a"]),
            (
                "writes /tmp/.evil and ~/Library/evil.dylib",
                vec!["/tmp/.evil", "~/Library/evil.dylib"],
            ),
            (r"\\host\share\evil.exe", vec![r"\\host\share\evil.exe"]),
            ("either/or and 1/2, a https://evil.example/tmp/x", vec![]),
            (r"from C:\a\b.exe to C:\c\d.exe", vec![r"C:\a\b.exe", r"C:\c\d.exe"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
