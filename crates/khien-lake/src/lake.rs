//! The lake itself: a folder of tables, opened for reading, or by one process for writing.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deltalake_core::logstore::ObjectStoreRef;
use tokio::runtime::{Handle, Runtime};

use crate::columns::events_schema;
use crate::error::LakeError;
use crate::retain::kept::KEPT;
use crate::rollup::{ROLLUPS, SIGHTINGS};
use crate::store::DurableFiles;
use crate::table::Table;

/// The newest format that this program reads and writes.
pub const FORMAT: u32 = 1;
/// The name of the table of events.
pub const EVENTS: &str = "events";
/// The file that makes a folder a lake.
const MARK: &str = "khien-lake.json";

/// An open lake.
///
/// All calls block: inside, an own runtime serves the table format's library, which is asynchronous.
pub struct Lake {
    pub(crate) folder: PathBuf,
    pub(crate) runtime: Handle,
    _threads: Threads,
    pub(crate) events: Table,
    pub(crate) rollups: Vec<Table>,
    /// Held while writing.
    lock: Option<File>,
    /// Whether a write ended with an error, and may have happened in part.
    pub(crate) unsettled: bool,
}

impl std::fmt::Debug for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lake").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Lake {
    /// Opens a lake for reading.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: there is none, it is newer than the program, or a file cannot be read.
    pub fn open(folder: &Path) -> Result<Self, LakeError> {
        Self::open_on(folder, Arc::new(DurableFiles::default()))
    }

    /// Opens a lake for writing, and makes it where the folder is new or empty. What a process that
    /// was killed left half done is finished first.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: another process writes to it, the folder holds something else, or the lake
    /// cannot be read or written.
    pub fn open_to_write(folder: &Path) -> Result<Self, LakeError> {
        Self::open_to_write_on(folder, Arc::new(DurableFiles::default()))
    }

    /// As [`Lake::open`], on a store of the caller's.
    ///
    /// # Errors
    ///
    /// As [`Lake::open`].
    pub fn open_on(folder: &Path, store: ObjectStoreRef) -> Result<Self, LakeError> {
        let folder = std::path::absolute(folder).map_err(LakeError::io(folder))?;
        check_mark(&folder)?;
        let threads = threads()?;
        let runtime = threads.handle()?;
        let (events, rollups) = runtime.block_on(async {
            let events = Table::open(&folder, EVENTS, events_schema(), &store).await?;
            let events = events.ok_or_else(|| Table::missing(EVENTS))?;
            let mut rollups = Vec::new();
            for spec in ROLLUPS {
                let table = Table::open(&folder, spec.table, spec.schema(), &store).await?;
                rollups.push(table.ok_or_else(|| Table::missing(spec.table))?);
            }
            Ok::<_, LakeError>((events, rollups))
        })?;
        Ok(Self::of(folder, threads, runtime, (events, rollups), None))
    }

    /// As [`Lake::open_to_write`], on a store of the caller's.
    ///
    /// # Errors
    ///
    /// As [`Lake::open_to_write`].
    pub fn open_to_write_on(folder: &Path, store: ObjectStoreRef) -> Result<Self, LakeError> {
        let folder = std::path::absolute(folder).map_err(LakeError::io(folder))?;
        let is_lake = folder.join(MARK).exists();
        if !is_lake {
            std::fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
            refuse_foreign(&folder)?;
        }
        let lock = lock(&folder)?;
        let lake = Self::with_all_tables(folder, lock, &store, false)?;
        if !is_lake {
            // Last, so that a folder with the mark has all tables.
            write_mark(&lake.folder)?;
        }
        check_mark(&lake.folder)?;
        lake.caught_up()
    }

    /// Opens the tables, and makes those that are not there.
    pub(crate) fn with_all_tables(
        folder: PathBuf,
        lock: File,
        store: &ObjectStoreRef,
        remakes: bool,
    ) -> Result<Self, LakeError> {
        let threads = threads()?;
        let runtime = threads.handle()?;
        let (events, rollups) = runtime.block_on(async {
            let meaning = "Everything that happened, a row each.";
            let events = match Table::open(&folder, EVENTS, events_schema(), store).await? {
                Some(table) => table,
                // Where a lake is, an empty table of events would be a lie.
                None if folder.join(MARK).exists() => return Err(Table::missing(EVENTS)),
                None => {
                    Table::create(&folder, EVENTS, events_schema(), Some("month"), meaning, store)
                        .await?
                }
            };
            let mut rollups = Vec::new();
            for spec in ROLLUPS {
                let table = Table::open(&folder, spec.table, spec.schema(), store).await?;
                rollups.push(match table {
                    Some(table) => table,
                    // What it remembered of events that are gone cannot be made again unasked.
                    None if spec.table == SIGHTINGS.table
                        && !remakes
                        && events.transaction(KEPT).await?.unwrap_or(0) > 0 =>
                    {
                        return Err(Table::missing(spec.table));
                    }
                    None => {
                        let (schema, meaning) = (spec.schema(), spec.meaning);
                        Table::create(&folder, spec.table, schema, None, meaning, store).await?
                    }
                });
            }
            Ok::<_, LakeError>((events, rollups))
        })?;
        Ok(Self::of(folder, threads, runtime, (events, rollups), Some(lock)))
    }

    fn of(
        folder: PathBuf,
        threads: Threads,
        runtime: Handle,
        (events, rollups): (Table, Vec<Table>),
        lock: Option<File>,
    ) -> Self {
        Self { folder, runtime, _threads: threads, events, rollups, lock, unsettled: false }
    }

    pub(crate) fn caught_up(mut self) -> Result<Self, LakeError> {
        self.catch_up()?;
        Ok(self)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether this process may write.
    pub const fn writes(&self) -> bool {
        self.lock.is_some()
    }

    /// Reads what another process committed since.
    ///
    /// # Errors
    ///
    /// [`LakeError::Table`]: the log cannot be read.
    pub fn refresh(&mut self) -> Result<(), LakeError> {
        let (runtime, events, rollups) = (&self.runtime, &mut self.events, &mut self.rollups);
        runtime.block_on(async {
            events.refresh().await?;
            for table in rollups {
                table.refresh().await?;
            }
            Ok(())
        })
    }

    /// The roll-up of this name.
    pub(crate) fn rollup(&self, name: &str) -> Option<&Table> {
        self.rollups.iter().find(|table| table.name == name)
    }

    /// Waits for a future on the lake's own runtime.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// The threads of the table format's library. A query that took too long may still be at work on
/// one of them; nobody waits for it.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    pub(crate) fn handle(&self) -> Result<Handle, LakeError> {
        let handle = self.0.as_ref().map(|runtime| runtime.handle().clone());
        handle.ok_or_else(|| LakeError::Internal("no threads".to_owned()))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn threads() -> Result<Threads, LakeError> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    built
        .map(|runtime| Threads(Some(runtime)))
        .map_err(LakeError::io(Path::new("the lake's threads")))
}

pub(crate) fn check_mark(folder: &Path) -> Result<(), LakeError> {
    let path = folder.join(MARK);
    if !path.exists() {
        return Err(LakeError::Missing(folder.to_owned()));
    }
    let text =
        khien_model::limits::read_small_file(&path, 1 << 16).map_err(LakeError::io(&path))?;
    let mark: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        LakeError::io(&path)(std::io::Error::new(std::io::ErrorKind::InvalidData, error))
    })?;
    let found =
        mark.get("format").and_then(serde_json::Value::as_u64).and_then(|n| u32::try_from(n).ok());
    match found {
        Some(found) if found <= FORMAT => Ok(()),
        found => Err(LakeError::Newer {
            lake: folder.to_owned(),
            found: found.unwrap_or(u32::MAX),
            known: FORMAT,
        }),
    }
}

fn write_mark(folder: &Path) -> Result<(), LakeError> {
    let path = folder.join(MARK);
    let part = folder.join(format!("{MARK}.part"));
    let written = (|| {
        let mut file = File::create(&part)?;
        writeln!(file, "{{\"format\": {FORMAT}, \"tables\": \"Delta Lake; see docs/tables.md\"}}")?;
        file.sync_all()?;
        std::fs::rename(&part, &path)?;
        File::open(folder)?.sync_all()
    })();
    written.map_err(LakeError::io(&path))
}

/// A folder that holds other things is no place for a lake.
fn refuse_foreign(folder: &Path) -> Result<(), LakeError> {
    let known = |name: &std::ffi::OsStr| {
        let name = name.to_string_lossy();
        name == EVENTS
            || name == LOCK
            || name.starts_with(MARK)
            || ROLLUPS.iter().any(|spec| spec.table == name)
    };
    for entry in std::fs::read_dir(folder).map_err(LakeError::io(folder))? {
        let entry = entry.map_err(LakeError::io(folder))?;
        if !known(&entry.file_name()) {
            return Err(LakeError::NotALake(folder.to_owned()));
        }
    }
    Ok(())
}

const LOCK: &str = "writer.lock";

/// One process writes at a time. The system gives the lock back when the process ends, however.
pub(crate) fn lock(folder: &Path) -> Result<File, LakeError> {
    let path = folder.join(LOCK);
    let fail = || LakeError::io(&path);
    let open = File::options().create(true).truncate(false).read(true).write(true).open(&path);
    let mut file = open.map_err(fail())?;
    if file.try_lock().is_err() {
        let mut holder = String::new();
        // What the other wrote helps to find it; without it the message is still true.
        let _ = Read::by_ref(&mut file).take(64).read_to_string(&mut holder);
        let known = holder.trim().chars().all(|c| c.is_ascii_digit()) && !holder.trim().is_empty();
        let holder = if known {
            format!("process {}", holder.trim())
        } else {
            "of unknown number".to_owned()
        };
        return Err(LakeError::Busy { lake: folder.to_owned(), holder });
    }
    file.set_len(0).map_err(fail())?;
    file.seek(SeekFrom::Start(0)).map_err(fail())?;
    writeln!(file, "{}", std::process::id()).map_err(fail())?;
    Ok(file)
}
