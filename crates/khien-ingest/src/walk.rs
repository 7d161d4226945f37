//! Finds the files to read: folders are walked in order, links are followed once, and what cannot
//! be entered is named.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use khien_model::Untrusted;

/// A file to read.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes, for progress and for reading the largest first.
    pub bytes: u64,
}

impl InputFile {
    /// Its name for people.
    pub fn name(&self) -> Untrusted {
        Untrusted::new(self.path.to_string_lossy())
    }
}

/// Something that could not be entered or is no file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Skipped {
    /// Where.
    pub path: Untrusted,
    /// Why, in the machine's words.
    pub detail: String,
}

/// What a walk found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Walk {
    /// Files, in the order of their paths.
    pub files: Vec<InputFile>,
    /// What could not be entered.
    pub skipped: Vec<Skipped>,
}

/// Bound: folders below folders, whatever links say.
const DEPTH_MAX: usize = 64;

/// Finds all files at and below `paths`. `wanted` decides by path who is left out.
///
/// A file reached twice (by two links, or because a path was given twice) is listed once. A link
/// that leads back up is followed only until a folder comes up a second time, so loops end.
pub fn walk(paths: &[PathBuf], wanted: &dyn Fn(&Path) -> bool) -> Walk {
    let mut found = Walk::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        visit(path, 0, wanted, &mut seen, &mut found);
    }
    found.files.sort();
    found
}

fn visit(
    path: &Path,
    depth: usize,
    wanted: &dyn Fn(&Path) -> bool,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut Walk,
) {
    if depth > 0 && !wanted(path) {
        return;
    }
    let mut skip = |detail: String| {
        found.skipped.push(Skipped { path: Untrusted::new(path.to_string_lossy()), detail });
    };
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) => return skip(describe(&error)),
    };
    if !seen.insert(real) {
        return;
    }
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => return skip(describe(&error)),
    };
    if meta.is_file() {
        found.files.push(InputFile { path: path.to_owned(), bytes: meta.len() });
        return;
    }
    if !meta.is_dir() {
        // Hostile: opening a pipe or a device may block for ever.
        return skip("neither a file nor a folder".to_owned());
    }
    if depth >= DEPTH_MAX {
        return skip(format!("more than {DEPTH_MAX} folders deep"));
    }
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return skip(describe(&error)),
    };
    let mut children = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => children.push(entry.path()),
            Err(error) => skip(describe(&error)),
        }
    }
    children.sort();
    for child in children {
        visit(&child, depth.saturating_add(1), wanted, seen, found);
    }
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_in_order_once_and_survives_link_loops() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for name in ["b/z.log", "a.log", "b/c/y.log", "skip.me"] {
            fs::write(root.join(name), "x").unwrap();
        }
        std::os::unix::fs::symlink(root, root.join("b/c/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("a.log"), root.join("b/again.log")).unwrap();
        std::os::unix::fs::symlink(root.join("nowhere"), root.join("dangling")).unwrap();
        let wanted = |path: &Path| !path.ends_with("skip.me");
        let found = walk(&[root.to_owned(), root.join("a.log")], &wanted);
        let names: Vec<_> = found
            .files
            .iter()
            .map(|f| f.path.strip_prefix(root).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["a.log", "b/c/y.log", "b/z.log"]);
        assert_eq!(found.skipped.len(), 1);
        assert_eq!(found.skipped[0].detail, "no such file or folder");
    }
}
