//! Rules about source files.

use std::collections::BTreeSet;

use super::tree::Tree;

/// Names of drawers: the file is to be called what it holds.
const DRAWERS: [&str; 8] =
    ["common", "helper", "helpers", "manager", "misc", "processor", "util", "utils"];

pub(super) fn file_names_name_things(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, _) in tree.ending(".rs") {
        let drawer = path.split('/').find(|part| {
            let stem = part.strip_suffix(".rs").unwrap_or(part);
            DRAWERS.contains(&stem)
        });
        if let Some(drawer) = drawer {
            complaints.push(format!("{path}: `{drawer}` names a drawer; name what is in it"));
        }
    }
    complaints
}

pub(super) fn unsafe_is_forbidden(tree: &Tree) -> Vec<String> {
    let is_root = |path: &str| {
        let ours = path.starts_with("crates/") || path.starts_with("xtask/");
        let root = path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs");
        ours && (root || path.contains("/src/bin/")) && !path.starts_with("crates/khien-sys/")
    };
    tree.ending(".rs")
        .filter(|(path, text)| is_root(path) && !text.contains("\n#![forbid(unsafe_code)]\n"))
        .map(|(path, _)| format!("{path}: write `#![forbid(unsafe_code)]` after the crate's text"))
        .collect()
}

/// Files that cargo takes as roots of a crate.
fn is_crate_root(path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    let in_folder = |name: &str| folder.ends_with(name);
    matches!(file, "build.rs")
        || in_folder("/src") && matches!(file, "lib.rs" | "main.rs")
        || in_folder("/src/bin")
        || in_folder("/tests")
        || in_folder("/tests/it") && file == "main.rs"
        || in_folder("/benches")
        || in_folder("/examples")
        || in_folder("fuzz/fuzz_targets")
}

pub(super) fn files_are_reachable(tree: &Tree) -> Vec<String> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<(String, bool)> = tree
        .ending(".rs")
        .filter(|(path, _)| is_crate_root(path))
        .map(|(path, _)| (path.to_owned(), true))
        .collect();
    while let Some((path, is_root)) = open.pop() {
        if !reached.insert(path.clone()) {
            continue;
        }
        let text = tree.text(&path).unwrap_or_default();
        for module in modules(text) {
            let found = candidates(&path, is_root, module).into_iter().find(|p| tree.has(p));
            open.extend(found.map(|path| (path, false)));
        }
    }
    tree.ending(".rs")
        .filter(|(path, _)| !reached.contains(*path))
        .map(|(path, _)| format!("{path}: no `mod` leads here; add one or take the file out"))
        .collect()
}

/// Names after `mod` in lines such as `pub(crate) mod name;`.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim().strip_suffix(';')?;
        let (before, name) = line.rsplit_once("mod ")?;
        let before = before.trim_end();
        let visible = before.is_empty()
            || before == "pub"
            || before.starts_with("pub(") && before.ends_with(')');
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (visible && plain).then_some(name)
    })
}

/// Where a module of this file may be.
fn candidates(path: &str, is_root: bool, module: &str) -> [String; 2] {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let below =
        if is_root || stem == "mod" { folder.to_owned() } else { format!("{folder}/{stem}") };
    [format!("{below}/{module}.rs"), format!("{below}/{module}/mod.rs")]
}

pub(super) fn no_marks_left(tree: &Tree) -> Vec<String> {
    // Written in two pieces, so that this file does not find itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let calls = [concat!("todo", "!("), concat!("unimplemented", "!(")];
    let ours = |path: &str| {
        [".rs", ".toml", ".md", ".sh", ".yml", ".yaml"].iter().any(|end| path.ends_with(end))
            || path.starts_with(".ci/")
    };
    let mut complaints = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| ours(path)) {
        for (number, line) in text.lines().enumerate() {
            let word = words.iter().find(|word| has_word(line, word));
            let call = calls.iter().find(|call| path.ends_with(".rs") && line.contains(**call));
            if let Some(mark) = word.or(call) {
                let place = number.saturating_add(1);
                complaints.push(format!("{path}:{place}: `{mark}`: do it or open an issue"));
            }
        }
    }
    complaints
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before = line.get(..at).unwrap_or_default().chars().next_back();
        let after = line.get(at.saturating_add(word.len())..).unwrap_or_default().chars().next();
        !is_letter(before) && !is_letter(after)
    })
}

pub(super) fn no_paths_of_one_machine(tree: &Tree) -> Vec<String> {
    let folders = [concat!("/wo", "rk/"), concat!("../sha", "red"), concat!("/ro", "ot/")];
    // In programs this is data; in scripts it would be somebody's folder.
    let variable = concat!("$HO", "ME");
    // Looks for real data beside the checkout, and says that it skips where there is none.
    const EXEMPT: &str = "crates/khien-testkit/src/lib.rs";
    let is_script = |path: &str| path.ends_with(".sh") || path.starts_with(".ci/");
    let ours = |path: &str| {
        [".rs", ".toml", ".md"].iter().any(|end| path.ends_with(end)) || is_script(path)
    };
    let mut complaints = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| ours(path) && *path != EXEMPT) {
        let variable = Some(variable).filter(|_| is_script(path));
        for (number, line) in text.lines().enumerate() {
            let patterns = folders.iter().copied().chain(variable);
            for pattern in patterns.filter(|pattern| starts_somewhere(line, pattern)) {
                let place = number.saturating_add(1);
                let what = "a path of one machine; take it as an argument";
                complaints.push(format!("{path}:{place}: `{pattern}`: {what}"));
            }
        }
    }
    complaints
}

/// Whether the pattern stands where a path may begin, and not inside a longer one.
fn starts_somewhere(line: &str, pattern: &str) -> bool {
    line.match_indices(pattern).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default().chars().next_back();
        let after = line.get(at.saturating_add(pattern.len())..).unwrap_or_default();
        let bare = before == Some('"') && after.starts_with('"');
        !bare
            && before
                .is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*' | '/')))
    })
}

pub(super) fn no_ignored_tests(tree: &Tree) -> Vec<String> {
    let marks = [concat!("#[igno", "re"), concat!("#[should_", "panic")];
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(".rs") {
        for (number, line) in text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.trim_start().starts_with(**mark)) {
                let place = number.saturating_add(1);
                let what = "a test runs, or is not there; assert on the value instead of a panic";
                complaints.push(format!("{path}:{place}: `{mark}`: {what}"));
            }
        }
    }
    complaints
}
