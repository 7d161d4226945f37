//! What is wrong with the log of a table that its library cannot read, in words with the file's name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::retain::kept::KEPT;

/// Bound: bytes of one commit that are looked at.
const COMMIT_BYTES_MAX: u64 = 256 << 20;

/// Entries and checkpoints of a log, by version.
type Versions = BTreeMap<u64, PathBuf>;

fn listed(log: &Path) -> Option<[Versions; 2]> {
    let (mut commits, mut checkpoints) = (Versions::new(), Versions::new());
    for entry in std::fs::read_dir(log).ok()?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((version, kind)) = name.split_once('.') else { continue };
        let Ok(version) = version.parse::<u64>() else { continue };
        match kind {
            "json" => drop(commits.insert(version, entry.path())),
            "checkpoint.parquet" => drop(checkpoints.insert(version, entry.path())),
            _ => {}
        }
    }
    Some([commits, checkpoints])
}

/// The first entry of a table's log, after the newest checkpoint, that has no bytes.
pub(super) fn emptied(table: &Path) -> Option<(PathBuf, String)> {
    let [commits, checkpoints] = listed(&table.join("_delta_log"))?;
    let first = checkpoints.last_key_value().map_or(0, |(version, _)| version.saturating_add(1));
    let is_empty = |path: &&PathBuf| std::fs::metadata(path).is_ok_and(|file| file.len() == 0);
    let empty = commits.range(first..).map(|(_, path)| path).find(is_empty)?;
    Some((empty.clone(), EMPTY.to_owned()))
}

const EMPTY: &str = "it is empty";

/// The first file of a table's log that is damaged or missing, and what is wrong with it.
pub(super) fn fault(table: &Path) -> Option<(PathBuf, String)> {
    let log = table.join("_delta_log");
    let [commits, checkpoints] = listed(&log)?;
    let newest = checkpoints.last_key_value();
    if let Some((_, path)) = newest
        && let Some(detail) = checkpoint_fault(path)
    {
        return Some((path.clone(), detail));
    }
    // The log counts from its newest checkpoint on.
    let first = newest.map_or(0, |(version, _)| version.saturating_add(1));
    let last = commits.last_key_value().map_or(first, |(version, _)| *version);
    for version in first..=last {
        let Some(path) = commits.get(&version) else {
            let path = log.join(format!("{version:020}.json"));
            return Some((path, "it is missing".to_owned()));
        };
        if let Some(detail) = commit_fault(path) {
            return Some((path.clone(), detail));
        }
    }
    None
}

fn commit_fault(path: &Path) -> Option<String> {
    let mut text = Vec::new();
    let file = File::open(path).and_then(|file| file.take(COMMIT_BYTES_MAX).read_to_end(&mut text));
    // That it cannot be read for now is no damage.
    file.ok()?;
    if text.is_empty() {
        return Some(EMPTY.to_owned());
    }
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        if line.is_empty() {
            continue;
        }
        let parsed: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(line);
        if let Err(error) = parsed {
            return Some(format!("line {number} is damaged ({error})"));
        }
    }
    None
}

/// The marks at both ends of a Parquet file. Source: Parquet format, "File format".
fn checkpoint_fault(path: &Path) -> Option<String> {
    let marks = (|| {
        let mut file = File::open(path)?;
        let mut marks = [[0_u8; 4]; 2];
        for (mark, place) in marks.iter_mut().zip([SeekFrom::Start(0), SeekFrom::End(-4)]) {
            file.seek(place)?;
            file.read_exact(mark)?;
        }
        Ok::<_, std::io::Error>(marks)
    })();
    match marks {
        Ok(marks) if marks == [*b"PAR1"; 2] => None,
        // Too short to have both marks: reading ends early, or there is nowhere to seek to.
        Err(error)
            if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidInput) =>
        {
            None
        }
        _ => Some("it is cut off or is no Parquet file".to_owned()),
    }
}

/// What a log says, as far as it can be read, of the files with sightings of events that are gone.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) live: BTreeSet<String>,
    pub(crate) removed: BTreeSet<String>,
    /// The last retention that the table took over.
    pub(crate) number: i64,
    /// Whether the log could be read from its first entry to its last.
    pub(crate) whole: bool,
}

/// Reads it.
pub(crate) fn kept_files(table: &Path) -> Kept {
    let mut kept = Kept::default();
    let Some([commits, _]) = listed(&table.join("_delta_log")) else { return kept };
    kept.whole = commits.keys().copied().eq(0..u64::try_from(commits.len()).unwrap_or(0));
    kept.whole &= !commits.is_empty();
    for path in commits.values() {
        let mut text = Vec::new();
        let file =
            File::open(path).and_then(|file| file.take(COMMIT_BYTES_MAX).read_to_end(&mut text));
        kept.whole &= file.is_ok() && !text.is_empty();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice::<serde_json::Value>(line) {
                Ok(action) => kept.action(&action),
                Err(_) => kept.whole = false,
            }
        }
    }
    kept
}

impl Kept {
    fn action(&mut self, action: &serde_json::Value) {
        let path = |kind: &str| {
            let path = action.get(kind)?.get("path")?.as_str()?;
            path.starts_with("kept-").then(|| path.to_owned())
        };
        if let Some(path) = path("add") {
            self.removed.remove(&path);
            self.live.insert(path);
        }
        if let Some(path) = path("remove") {
            self.live.remove(&path);
            self.removed.insert(path);
        }
        if let Some(txn) = action.get("txn").filter(|txn| txn.get("appId") == Some(&KEPT.into())) {
            self.number = txn.get("version").and_then(serde_json::Value::as_i64).unwrap_or(0);
        }
    }
}
