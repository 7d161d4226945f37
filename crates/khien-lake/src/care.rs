//! Looking after a lake: what is in it, whether all of it is sound, and making it so again.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use futures::TryStreamExt;

use crate::columns::HAPPENED;
use crate::error::LakeError;
use crate::fingerprint;
use crate::lake::{EVENTS, Lake};
use crate::parquet_file;
use crate::rollup::SIGHTINGS;
use crate::sql::QueryLimits;
use crate::table::{DataFile, Table};

/// How large a table is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TableSize {
    /// Its name.
    pub table: &'static str,
    /// Data files.
    pub files: usize,
    /// Of those, files that no compaction has sorted yet.
    pub fresh: usize,
    /// Rows.
    pub rows: u64,
    /// Bytes of the data files.
    pub bytes: u64,
    /// Version of its log.
    pub version: u64,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The table.
    pub table: &'static str,
    /// The file, or nothing.
    pub file: String,
    /// What is wrong, in words.
    pub detail: String,
    /// Whether `repair` puts it right: it does for all that is derived from events.
    pub repairable: bool,
}

/// What a repair did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Repaired {
    /// Files removed that no log names.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// How long a file that no log names is left alone: a reader of an older version may still need it.
pub const GRACE: Duration = Duration::from_secs(3600);

impl Lake {
    /// The size of each table.
    ///
    /// # Errors
    ///
    /// [`LakeError::Table`]: a log cannot be read.
    pub fn sizes(&self) -> Result<Vec<TableSize>, LakeError> {
        self.tables()
            .map(|table| {
                let files = table.files()?;
                Ok(TableSize {
                    table: table.name,
                    files: files.len(),
                    fresh: files.iter().filter(|file| file.level() == 0).count(),
                    rows: files.iter().map(|file| file.rows).sum(),
                    bytes: files.iter().map(|file| file.bytes).sum(),
                    version: table.version(),
                })
            })
            .collect()
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.events).chain(&self.rollups)
    }

    /// Reads every file and compares roll-ups with events. `progress` is told of each file's bytes.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: a log cannot be read; all else is a [`Fault`].
    pub fn verify(&self, progress: &mut dyn FnMut(u64)) -> Result<Vec<Fault>, LakeError> {
        let mut faults = Vec::new();
        for table in self.tables() {
            for file in table.files()? {
                if let Err(detail) = self.wait(readable(table, &file)) {
                    // Of events that are gone nothing can be made again.
                    let repairable = table.name != EVENTS && !file.is_kept();
                    faults.push(Fault {
                        table: table.name,
                        file: file.path.clone(),
                        detail,
                        repairable,
                    });
                }
                if table.name == SIGHTINGS.table {
                    faults.extend(self.index_fault(&file.path));
                }
                progress(file.bytes);
            }
        }
        if let Some(table) = self.behind()? {
            faults.push(Fault {
                table,
                file: String::new(),
                detail: "it does not have all events".to_owned(),
                repairable: true,
            });
        }
        if faults.is_empty() {
            faults.extend(self.disagreement()?);
        }
        Ok(faults)
    }

    /// An index that is there and cannot be read. One that is missing is made again unasked.
    fn index_fault(&self, file: &str) -> Option<Fault> {
        let path = fingerprint::path_of(&self.folder, file);
        (path.exists() && !fingerprint::is_whole(&path)).then(|| Fault {
            table: SIGHTINGS.table,
            file: format!("_index/{}", file_name(&path)),
            detail: "the index of this file is damaged".to_owned(),
            repairable: true,
        })
    }

    /// Whether the roll-ups count what the events count.
    fn disagreement(&self) -> Result<Option<Fault>, LakeError> {
        let text = format!(
            "SELECT (SELECT count(*) FROM events WHERE {HAPPENED}) AS events, \
             (SELECT coalesce(sum(count), 0) FROM coverage) AS counted"
        );
        let rows = self.query(&text, &QueryLimits::default())?.texts()?;
        let counts = rows
            .first()
            .map(|row| row.iter().flatten().cloned().collect::<Vec<_>>())
            .unwrap_or_default();
        Ok(match counts.as_slice() {
            [events, counted] if events == counted => None,
            [events, counted] => Some(Fault {
                table: "coverage",
                file: String::new(),
                detail: format!("it counts {counted} events, and there are {events}"),
                repairable: true,
            }),
            _ => Some(Fault {
                table: "coverage",
                file: String::new(),
                detail: "it could not be compared with the events".to_owned(),
                repairable: true,
            }),
        })
    }

    /// Makes roll-ups and index again from the events, and removes files that no log names and that
    /// are older than `grace`.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: events cannot be read, or a file not written or removed.
    pub fn repair(&mut self, grace: Duration) -> Result<Repaired, LakeError> {
        for path in listed(&self.folder.join("_index"))? {
            // Only a cache: what is damaged goes, and is made again when it is asked for.
            if path.is_file() && !fingerprint::is_whole(&path) {
                std::fs::remove_file(&path).map_err(LakeError::io(&path))?;
            }
        }
        self.settled(Self::rebuild)?;
        self.sweep(grace)
    }

    /// Removes files that no log names and that are older than `grace`: what compaction put away, and
    /// what a process that was killed had written.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: a log cannot be read, or a file not removed.
    pub fn sweep(&mut self, grace: Duration) -> Result<Repaired, LakeError> {
        let mut done = Repaired::default();
        let mut named: BTreeSet<String> = BTreeSet::new();
        for table in self.tables() {
            let files: BTreeSet<String> =
                table.files()?.into_iter().map(|file| file.path).collect();
            remove_unnamed(&self.folder.join(table.name), &files, grace, &mut done)?;
            if table.name == SIGHTINGS.table {
                named = files;
            }
        }
        let kept: BTreeSet<_> =
            named.iter().map(|file| fingerprint::path_of(&self.folder, file)).collect();
        let index = self.folder.join("_index");
        for path in listed(&index)? {
            if !kept.contains(&path) {
                remove(&path, &mut done)?;
            }
        }
        Ok(done)
    }
}

/// Reads a file to its end.
async fn readable(table: &Table, file: &DataFile) -> Result<(), String> {
    let opened = parquet_file::open(table, file).await.map_err(|error| error.to_string())?;
    let mut rows = opened.build().map_err(|error| error.to_string())?;
    let mut count = 0_u64;
    while let Some(batch) = rows.try_next().await.map_err(|error| error.to_string())? {
        count = count.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX));
    }
    if count == file.rows {
        Ok(())
    } else {
        Err(format!("it has {count} rows, and the log says {}", file.rows))
    }
}

/// Removes data files of a table that its log does not name, one folder deep.
fn remove_unnamed(
    folder: &Path,
    named: &BTreeSet<String>,
    grace: Duration,
    done: &mut Repaired,
) -> Result<(), LakeError> {
    for path in listed(folder)? {
        let name = file_name(&path);
        if path.is_dir() && name.starts_with("month=") {
            for inner in listed(&path)? {
                let whole = format!("{name}/{}", file_name(&inner));
                remove_if_old(&inner, !named.contains(&whole), grace, done)?;
            }
        } else if path.is_file() && name.ends_with(".parquet") {
            remove_if_old(&path, !named.contains(&name), grace, done)?;
        }
    }
    Ok(())
}

fn remove_if_old(
    path: &Path,
    unnamed: bool,
    grace: Duration,
    done: &mut Repaired,
) -> Result<(), LakeError> {
    let age = || {
        path.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok())
    };
    // A clock that went backwards gives no age: such a file is left for another day.
    if unnamed && (grace.is_zero() || age().is_some_and(|age| age >= grace)) {
        remove(path, done)?;
    }
    Ok(())
}

fn remove(path: &Path, done: &mut Repaired) -> Result<(), LakeError> {
    let bytes = path.metadata().map_or(0, |meta| meta.len());
    std::fs::remove_file(path).map_err(LakeError::io(path))?;
    (done.files, done.bytes) = (done.files.saturating_add(1), done.bytes.saturating_add(bytes));
    Ok(())
}

fn listed(folder: &Path) -> Result<Vec<std::path::PathBuf>, LakeError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(LakeError::io(folder))?;
    entries.map(|entry| Ok(entry.map_err(LakeError::io(folder))?.path())).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
