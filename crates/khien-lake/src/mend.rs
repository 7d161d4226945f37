//! Opening a lake whose derived tables are damaged beyond opening, and making them again.
//!
//! What `sightings` remembers of events that are gone cannot be made again: its files are taken over
//! from the folder that was set aside.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deltalake_core::logstore::ObjectStoreRef;

use crate::error::LakeError;
use crate::lake::{Lake, check_mark, lock, threads};
use crate::retain::kept::{self, INSTEAD, KEPT};
use crate::rollup::{ROLLUPS, SIGHTINGS};
use crate::store::DurableFiles;
use crate::table::{Change, Kept, Table, kept_files};
use crate::write::COVERED;

/// What opening a damaged lake did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Remade {
    /// Tables that could not be opened and were made again from the events.
    pub tables: Vec<&'static str>,
    /// Whether sightings of events that are gone were lost with one of them.
    pub memory_lost: bool,
}

impl Lake {
    /// Opens a lake whose derived tables may be damaged beyond opening: those are set aside (their
    /// folders renamed to `NAME.damaged`), and made again from the events.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: there is no lake, another process writes to it, something cannot be read or
    /// written for now, or the events themselves are damaged.
    pub fn open_to_repair(folder: &Path) -> Result<(Self, Remade), LakeError> {
        let folder = std::path::absolute(folder).map_err(LakeError::io(folder))?;
        check_mark(&folder)?;
        let lock = lock(&folder)?;
        let store: ObjectStoreRef = Arc::new(DurableFiles::default());
        let mut remade = Remade::default();
        let threads = threads()?;
        let runtime = threads.handle()?;
        for spec in ROLLUPS {
            match runtime.block_on(Table::open(&folder, spec.table, spec.schema(), &store)) {
                Ok(Some(_)) => {}
                Ok(None) | Err(LakeError::Damaged { .. }) => {
                    // Without its log, its files may still be there.
                    if folder.join(spec.table).exists() {
                        set_aside(&folder, spec.table)?;
                    }
                    remade.tables.push(spec.table);
                }
                Err(error) => return Err(error),
            }
        }
        drop(threads);
        let mut lake = Self::with_all_tables(folder, lock, &store, true)?;
        remade.memory_lost = lake.take_over_memory()?;
        Ok((lake.caught_up()?, remade))
    }

    /// Gives a new table of sightings what an old one remembered; `true` when there is no old one
    /// left that did. Does nothing where the table is not new.
    fn take_over_memory(&mut self) -> Result<bool, LakeError> {
        let number = self.wait(self.events.transaction(KEPT))?.unwrap_or(0);
        let Some(table) = self.rollup(SIGHTINGS.table) else { return Ok(false) };
        let taken = self.wait(table.transaction(KEPT))?.unwrap_or(0);
        if taken >= number || self.wait(table.transaction(COVERED))?.is_some() {
            return Ok(false);
        }
        let latest = kept::latest_prefix(self)?;
        let instead = self.wait(self.events.transaction(INSTEAD))? == Some(1);
        let Some(aside) = newest_aside(&self.folder) else {
            self.commit_memory(&[], number)?;
            return Ok(true);
        };
        let kept = kept_files(&aside);
        let is_wanted = |name: &String| {
            let is_latest = name.starts_with(&latest);
            if instead && kept.number < number { is_latest } else { kept.has(name, is_latest) }
        };
        let wanted: Vec<String> = kept_names(&aside)?.into_iter().filter(is_wanted).collect();
        let folder = self.folder.join(SIGHTINGS.table);
        for name in &wanted {
            let (from, to) = (aside.join(name), folder.join(name));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(LakeError::io(&from))?;
            }
        }
        self.commit_memory(&wanted, number)?;
        Ok(false)
    }

    fn commit_memory(&mut self, names: &[String], number: i64) -> Result<(), LakeError> {
        let mut change =
            Change { transactions: vec![(KEPT.to_owned(), number)], ..Change::default() };
        if let Some(table) = self.rollup(SIGHTINGS.table) {
            for name in names {
                change.adds.push(self.wait(table.adopt(name))?);
            }
        }
        let runtime = self.runtime.clone();
        for table in self.rollups.iter_mut().filter(|table| table.name == SIGHTINGS.table) {
            runtime.block_on(table.commit(std::mem::take(&mut change)))?;
        }
        Ok(())
    }
}

impl Kept {
    /// Whether a file belongs to the table: its log says so, or says nothing because a part of the
    /// log is gone, or the last retention wrote it.
    fn has(&self, name: &str, is_latest: bool) -> bool {
        let unmentioned = !self.live.contains(name) && !self.removed.contains(name);
        self.live.contains(name) || (unmentioned && (!self.whole || is_latest))
    }
}

/// Files with what is remembered, in a folder that was set aside and where a killed repair may have
/// moved them.
fn kept_names(aside: &Path) -> Result<BTreeSet<String>, LakeError> {
    let mut names = BTreeSet::new();
    let table = aside.with_file_name(SIGHTINGS.table);
    for folder in [aside, &table] {
        for entry in std::fs::read_dir(folder).map_err(LakeError::io(folder))? {
            let name = entry.map_err(LakeError::io(folder))?.file_name();
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("kept-") && name.ends_with(".parquet") {
                names.insert(name);
            }
        }
    }
    Ok(names)
}

fn aside_of(lake: &Path, table: &str, number: u32) -> PathBuf {
    match number {
        1 => lake.join(format!("{table}.damaged")),
        number => lake.join(format!("{table}.damaged-{number}")),
    }
}

/// Bound: folders of one table that are set aside.
const ASIDE_MAX: u32 = 100;

fn newest_aside(lake: &Path) -> Option<PathBuf> {
    let all = (1..=ASIDE_MAX).map(|number| aside_of(lake, SIGHTINGS.table, number));
    all.take_while(|folder| folder.exists()).last()
}

/// Renames the folder of a derived table that cannot be opened; what was set aside before stays.
fn set_aside(lake: &Path, table: &str) -> Result<(), LakeError> {
    let folder = lake.join(table);
    let mut free = (1..=ASIDE_MAX).map(|number| aside_of(lake, table, number));
    let aside = free.find(|aside| !aside.exists()).unwrap_or_else(|| aside_of(lake, table, 1));
    std::fs::rename(&folder, &aside).map_err(LakeError::io(&folder))
}
