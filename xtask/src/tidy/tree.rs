//! The files of a checkout in memory, so that rules are functions of text and can be tried on made-up
//! checkouts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use khien_model::limits::read_small_file;

/// Folders that hold nothing of ours: what builds, runs and fuzzing leave behind.
const LEFT_OUT: [&str; 10] = [
    ".git",
    "console/dist",
    "console/e2e/dist",
    "console/e2e/output",
    "fuzz/artifacts",
    "fuzz/corpus",
    "fuzz/target",
    "node_modules",
    "sample-logs",
    "target",
];

/// Bound: one file of ours; what is longer or not text is listed with empty text.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Paths from the root with `/`, and texts.
pub(super) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads a checkout.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        collect(root, "", &mut files)?;
        Ok(Self(files))
    }

    /// A made-up checkout.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Files with this ending, such as `.rs`.
    pub(super) fn ending(&self, ending: &'static str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(ending))
    }
}

fn collect(folder: &Path, name: &str, files: &mut BTreeMap<String, String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let base = entry.file_name().to_string_lossy().into_owned();
        let path = if name.is_empty() { base.clone() } else { format!("{name}/{base}") };
        if LEFT_OUT.contains(&path.as_str()) || base == "node_modules" {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else if kind.is_file() {
            let text = read_small_file(&entry.path(), FILE_BYTES_MAX).unwrap_or_default();
            files.insert(path, text);
        }
    }
    Ok(())
}
