//! Writing: rows become files, files become part of the tables, in an order that a kill at any
//! point leaves whole.
//!
//! 1. Data files are written; nobody reads them yet. A kill leaves files that no log names, which
//!    `repair` removes.
//! 2. One commit on `events` makes them part of the lake, together with how far each source was
//!    read. This is the moment at which rows are acknowledged.
//! 3. The roll-ups get theirs, each with the version of `events` that it now covers. A kill before
//!    that leaves a roll-up behind; the next writer catches up from the log of `events`.

use std::collections::BTreeMap;
use std::time::Duration;

use arrow::array::RecordBatch;

use crate::derive::Derived;
use crate::encoding;
use crate::error::LakeError;
use crate::fingerprint::{self, Collector};
use crate::lake::{EVENTS, Lake};
use crate::restore::Stored;
use crate::retain::kept::KEPT;
use crate::rollup::{ROLLUPS, RollupRows, SIGHTINGS};
use crate::row::{MonthRows, RowBuffer};
use crate::table::{Change, DataFile, NewFile, Table, touch};

/// The application transaction by which a roll-up says how much of `events` it covers.
pub(crate) const COVERED: &str = "khien.events";

/// Bound: files of `events` whose roll-ups are made at once when all are made again.
const PART_FILES: usize = 16;

/// How far sources were read, in records of all kinds (events and dead letters).
pub type Progress = BTreeMap<String, u64>;

impl Lake {
    /// How many records of a source are stored; `None` when none ever were.
    ///
    /// # Errors
    ///
    /// [`LakeError::Table`]: the log cannot be read.
    pub fn source_progress(&self, source: &str) -> Result<Option<u64>, LakeError> {
        let version = self.wait(self.events.transaction(&application(source)))?;
        Ok(version.and_then(|records| u64::try_from(records).ok()))
    }

    /// After a write that ended with an error: learns how much of it happened and finishes the rest,
    /// so that [`Lake::source_progress`] tells what has to be stored again. Every write begins with it.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the disk is still full, or the tables cannot be written.
    pub fn settle(&mut self) -> Result<(), LakeError> {
        if self.unsettled {
            self.refresh()?;
            self.catch_up()?;
            self.unsettled = false;
        }
        Ok(())
    }

    /// Does a write; when it ends with an error, the next one settles that first.
    pub(crate) fn settled<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, LakeError>,
    ) -> Result<T, LakeError> {
        self.settle()?;
        self.unsettled = true;
        let written = write(self)?;
        self.unsettled = false;
        Ok(written)
    }

    /// Stores the rows of a buffer and how far their sources are now read, in one step.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the disk is full, or the tables cannot be written; then all of it counts as
    /// stored or nothing, and after [`Lake::settle`] the progress of its sources tells which.
    pub fn store(
        &mut self,
        buffer: &mut RowBuffer,
        progress: &Progress,
    ) -> Result<Receipt, LakeError> {
        self.settled(|lake| lake.store_rows(buffer, progress))
    }

    fn store_rows(
        &mut self,
        buffer: &mut RowBuffer,
        progress: &Progress,
    ) -> Result<Receipt, LakeError> {
        let (months, rollups) = buffer.take()?;
        let mut receipt = Receipt::default();
        let adds = self.wait(write_months(&self.events, &months))?;
        buffer.reuse(months);
        for file in &adds {
            receipt.rows = receipt.rows.saturating_add(file.rows);
            receipt.bytes = receipt.bytes.saturating_add(u64::try_from(file.add.size).unwrap_or(0));
        }
        let transactions = progress.iter().map(|(source, records)| {
            (application(source), i64::try_from(*records).unwrap_or(i64::MAX))
        });
        let change = Change { adds, transactions: transactions.collect(), ..Change::default() };
        let (runtime, events) = (&self.runtime, &mut self.events);
        let version = runtime.block_on(events.commit(change))?;
        receipt.bytes = receipt.bytes.saturating_add(self.store_rollups(&rollups, version)?);
        Ok(receipt)
    }

    /// Adds to each roll-up what a version of `events` brought; returns the bytes written.
    pub(crate) fn store_rollups(
        &mut self,
        rollups: &[(&'static str, RecordBatch)],
        version: u64,
    ) -> Result<u64, LakeError> {
        let mut bytes = 0_u64;
        let covered = i64::try_from(version).unwrap_or(i64::MAX);
        let (runtime, folder) = (&self.runtime, &self.folder);
        for (spec, table) in ROLLUPS.into_iter().zip(&mut self.rollups) {
            let mut change =
                Change { transactions: vec![(COVERED.to_owned(), covered)], ..Change::default() };
            if let Some((_, batch)) = rollups.iter().find(|(name, _)| *name == spec.table) {
                let properties = encoding::rollup(spec);
                let file = runtime.block_on(table.write(batch, properties, 0, None))?;
                bytes = bytes.saturating_add(u64::try_from(file.add.size).unwrap_or(0));
                if spec.table == SIGHTINGS.table {
                    let mut collector = Collector::default();
                    collector.batch(batch);
                    collector.write(&fingerprint::path_of(folder, &file.add.path))?;
                }
                change.adds.push(file);
            }
            runtime.block_on(table.commit(change))?;
        }
        Ok(bytes)
    }

    /// The roll-up that lacks rows of `events`: one is being made again, or a process ended between
    /// the two commits. Until then nobody can be told that a thing was not seen.
    pub(crate) fn behind(&self) -> Result<Option<&'static str>, LakeError> {
        let version = self.events.version();
        for table in &self.rollups {
            let covered = self.wait(table.transaction(COVERED))?.unwrap_or(0);
            for missing in u64::try_from(covered).unwrap_or(0).saturating_add(1)..=version {
                let brought = self.wait(self.events.brought_in(missing))?;
                if brought.is_none_or(|files| !files.is_empty()) {
                    return Ok(Some(table.name));
                }
            }
        }
        Ok(None)
    }

    /// Waits until the roll-ups have all rows of `events`, as they will when a writer is at work.
    ///
    /// # Errors
    ///
    /// [`LakeError::Behind`] when they do not in time.
    pub fn wait_for_index(&mut self, patience: Duration) -> Result<(), LakeError> {
        const STEP: Duration = Duration::from_millis(100);
        let mut waited = Duration::ZERO;
        while let Some(table) = self.behind()? {
            if waited >= patience {
                return Err(LakeError::Behind { table: table.to_owned() });
            }
            std::thread::sleep(STEP);
            waited = waited.saturating_add(STEP);
            self.refresh()?;
        }
        Ok(())
    }

    /// Brings roll-ups up to date with `events` after a process ended between the two commits.
    pub(crate) fn catch_up(&mut self) -> Result<(), LakeError> {
        let version = self.events.version();
        let behind = self.wait(async {
            let mut behind = version;
            for table in &self.rollups {
                let covered = table.transaction(COVERED).await?.unwrap_or(0);
                let Ok(covered) = u64::try_from(covered) else { return Ok(None) };
                behind = behind.min(covered);
            }
            Ok::<_, LakeError>(Some(behind))
        })?;
        let Some(behind) = behind else { return self.rebuild() };
        for table in &self.rollups {
            let covered = self.wait(table.transaction(COVERED))?.unwrap_or(0);
            if covered > i64::try_from(version).unwrap_or(i64::MAX) {
                let detail = format!(
                    "its log ends with version {version}, and `{}` was made of version {covered}",
                    table.name
                );
                return Err(Table::lost(EVENTS, detail));
            }
        }
        if behind == version {
            return Ok(());
        }
        let mut uneven = false;
        for table in &self.rollups {
            let covered = self.wait(table.transaction(COVERED))?.unwrap_or(0);
            uneven |= u64::try_from(covered).unwrap_or(0) != behind;
        }
        let mut files = Vec::new();
        for missing in behind.saturating_add(1)..=version {
            match self.wait(self.events.brought_in(missing))? {
                Some(paths) => files.extend(paths),
                // The log was cleaned up: only a new start is sure.
                None => return self.rebuild(),
            }
        }
        if uneven {
            // Some roll-ups have the version and some have not: each is given only what it lacks.
            return self.catch_up_each(version);
        }
        let rollups = self.derive(&files)?;
        self.store_rollups(&rollups, version)?;
        Ok(())
    }

    fn catch_up_each(&mut self, version: u64) -> Result<(), LakeError> {
        for at in 0..self.rollups.len() {
            let Some(table) = self.rollups.get(at) else { break };
            let covered =
                self.wait(table.transaction(COVERED))?.map_or(0, |n| u64::try_from(n).unwrap_or(0));
            let mut files = Vec::new();
            for missing in covered.saturating_add(1)..=version {
                files.extend(self.wait(self.events.brought_in(missing))?.unwrap_or_default());
            }
            let rollups = self.derive(&files)?;
            self.store_one(
                at,
                &rollups,
                i64::try_from(version).unwrap_or(i64::MAX),
                Change::default(),
            )?;
        }
        Ok(())
    }

    /// Adds to one roll-up, with other changes in the same commit.
    fn store_one(
        &mut self,
        at: usize,
        rollups: &[(&'static str, RecordBatch)],
        covered: i64,
        mut change: Change,
    ) -> Result<(), LakeError> {
        change.transactions.push((COVERED.to_owned(), covered));
        self.write_one(at, rollups, &mut change)?;
        let Some(table) = self.rollups.get_mut(at) else { return Ok(()) };
        self.runtime.block_on(table.commit(change))?;
        Ok(())
    }

    /// Writes the rows of one roll-up; they are not part of it before the change is committed.
    fn write_one(
        &self,
        at: usize,
        rollups: &[(&'static str, RecordBatch)],
        change: &mut Change,
    ) -> Result<(), LakeError> {
        let (Some(spec), Some(table)) = (ROLLUPS.get(at), self.rollups.get(at)) else {
            return Ok(());
        };
        for (_, batch) in rollups.iter().filter(|(name, _)| *name == spec.table) {
            let file =
                self.runtime.block_on(table.write(batch, encoding::rollup(spec), 0, None))?;
            if spec.table == SIGHTINGS.table {
                let mut collector = Collector::default();
                collector.batch(batch);
                collector.write(&fingerprint::path_of(&self.folder, &file.add.path))?;
            }
            change.adds.push(file);
        }
        Ok(())
    }

    /// Makes all roll-ups again from `events`.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: events cannot be read, or tables not written.
    pub fn rebuild(&mut self) -> Result<(), LakeError> {
        let version = self.events.version();
        let files = self.events.files()?;
        let mut pending = self.pending()?;
        let mut changes: Vec<Change> = ROLLUPS.iter().map(|_| Change::default()).collect();
        // A part at a time bounds the memory; the roll-ups of parts are merged by compaction.
        for part in files.chunks(PART_FILES) {
            let rollups = self.derive(part)?;
            for (at, change) in changes.iter_mut().enumerate() {
                self.write_one(at, &rollups, change)?;
            }
        }
        // Readers see a table as it was or all of it made again, never a part.
        for (at, mut change) in changes.into_iter().enumerate() {
            let Some(table) = self.rollups.get(at) else { break };
            // What is kept of events that are gone cannot be made again.
            let instead = pending.as_ref().is_some_and(|pending| pending.instead);
            let mut files = table.files()?;
            files.retain(|file| instead || !file.is_kept());
            let paths: Vec<String> = files.into_iter().map(|file| file.path).collect();
            touch(&self.folder.join(table.name), &paths);
            change.removes = table.removal(&paths, false)?;
            if table.name == SIGHTINGS.table
                && let Some(pending) = pending.take()
            {
                change.adds.extend(pending.files);
                change.transactions.push((KEPT.to_owned(), pending.number));
            }
            self.store_one(at, &[], i64::try_from(version).unwrap_or(i64::MAX), change)?;
        }
        Ok(())
    }

    /// The roll-ups of stored events files.
    pub(crate) fn derive(&self, files: &[DataFile]) -> Result<RollupRows, LakeError> {
        let mut derived = Derived::new();
        for file in files {
            for batch in self.wait(crate::restore::batches(&self.events, file))? {
                Stored::new(&batch)?.each(|row, event| derived.row(row, event));
            }
        }
        derived.take()
    }
}

/// What a commit stored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Receipt {
    /// Rows of `events`.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

async fn write_months(events: &Table, months: &[MonthRows]) -> Result<Vec<NewFile>, LakeError> {
    let mut files = Vec::with_capacity(months.len());
    for month in months {
        let properties = encoding::fresh_events();
        files.push(events.write(&month.rows, properties, 0, Some(&month.month)).await?);
    }
    Ok(files)
}

/// The application transaction of a source.
fn application(source: &str) -> String {
    format!("khien.source.{source}")
}
