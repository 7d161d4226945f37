//! What `sightings` remembers of events that are gone: files of their own, which cannot be made
//! again, so neither a rebuild nor a compaction mixes them with what is made of events.
//!
//! They are written before the commit of `events` that makes them true, under names that follow from
//! numbers in that commit, and become part of `sightings` when its other files are made again. A
//! kill in between leaves files that the next writer finds by those names.

use crate::compact::{Target, write_sorted};
use crate::derive::Derived;
use crate::encoding;
use crate::error::LakeError;
use crate::fingerprint::{self, Collector};
use crate::lake::Lake;
use crate::rollup::SIGHTINGS;
use crate::scan::TableScan;
use crate::table::{Encoder, NewFile};

/// The application transaction that numbers retentions: on `events` the last one, on `sightings`
/// the last one that it took over.
pub(crate) const KEPT: &str = "khien.kept";
/// A number of its own in the names of its files, so that none has the name of one from an attempt
/// that was killed.
const TOKEN: &str = "khien.kept.token";
/// How many files the last retention wrote.
const PARTS: &str = "khien.kept.parts";
/// 1 when they stand for all that was kept before.
pub(crate) const INSTEAD: &str = "khien.kept.instead";

/// Bound: memory of what is gathered before it is written, in bytes.
const GATHERED_BYTES_MAX: usize = 256 << 20;

/// What one retention keeps.
pub(crate) struct Keeper {
    number: i64,
    token: i64,
    parts: usize,
    instead: bool,
    pub(super) derived: Derived,
}

/// What `sightings` has to take over from the last retention.
pub(crate) struct Pending {
    pub(crate) number: i64,
    pub(crate) files: Vec<NewFile>,
    /// Whether they stand for all that was kept before.
    pub(crate) instead: bool,
}

fn file_prefix(number: i64, token: i64) -> String {
    format!("kept-{number}-{token:016x}")
}

/// How the files of the last retention begin.
pub(crate) fn latest_prefix(lake: &Lake) -> Result<String, LakeError> {
    let number = lake.wait(lake.events.transaction(KEPT))?.unwrap_or(0);
    let token = lake.wait(lake.events.transaction(TOKEN))?.unwrap_or(0);
    Ok(file_prefix(number, token))
}

impl Keeper {
    pub(super) fn new(lake: &Lake) -> Result<Self, LakeError> {
        let last = lake.wait(lake.events.transaction(KEPT))?.unwrap_or(0);
        let number = last.saturating_add(1);
        let token = i64::from(uuid::Uuid::new_v4().as_fields().0);
        Ok(Self { number, token, parts: 0, instead: false, derived: Derived::new() })
    }

    /// Whether what was gathered has to be written.
    pub(super) fn is_full(&self) -> bool {
        self.derived.memory_bytes() > GATHERED_BYTES_MAX
    }

    /// Writes what was gathered.
    pub(super) fn flush(&mut self, lake: &Lake) -> Result<(), LakeError> {
        let Some(table) = lake.rollup(SIGHTINGS.table) else { return Ok(()) };
        let rows = self.derived.take()?;
        let Some((_, batch)) = rows.iter().find(|(name, _)| *name == SIGHTINGS.table) else {
            return Ok(());
        };
        let mut encoder = Encoder::new(batch, encoding::rollup(&SIGHTINGS))?;
        encoder.add(batch)?;
        let (bytes, stats) = encoder.finish()?;
        let name = format!("{}-{}.parquet", file_prefix(self.number, self.token), self.parts);
        let file = lake.wait(table.put_as(bytes, &stats, name, None))?;
        let mut collector = Collector::default();
        collector.batch(batch);
        collector.write(&fingerprint::path_of(&lake.folder, &file.add.path))?;
        self.parts = self.parts.saturating_add(1);
        Ok(())
    }

    /// Writes what was kept before again, without what shall be forgotten; `false` when none of it
    /// is.
    pub(super) fn forget(&mut self, lake: &Lake, forgotten: &str) -> Result<bool, LakeError> {
        let Some(table) = lake.rollup(SIGHTINGS.table) else { return Ok(false) };
        let mut files = table.files()?;
        files.retain(|file| file.is_kept());
        if files.is_empty() {
            return Ok(false);
        }
        let before: u64 = files.iter().map(|file| file.rows).sum();
        let context = lake.context_of_part(TableScan::of_files(table, files, SIGHTINGS.keys))?;
        let keys = SIGHTINGS.keys.join(", ");
        let sql = format!(
            "SELECT {keys}, first, last, count FROM part WHERE NOT ({forgotten}) ORDER BY {keys}"
        );
        let prefix = file_prefix(self.number, self.token);
        let target = Target {
            table,
            level: 0,
            month: None,
            fingerprints: Some(&lake.folder),
            kept: Some(&prefix),
        };
        let written =
            lake.wait(write_sorted(&context, &sql, &target, || encoding::rollup(&SIGHTINGS)))?;
        let after: u64 = written.iter().map(|file| file.rows).sum();
        (self.parts, self.instead) = (written.len(), true);
        Ok(after < before)
    }

    pub(super) fn transactions(&self) -> Vec<(String, i64)> {
        vec![
            (KEPT.to_owned(), self.number),
            (TOKEN.to_owned(), self.token),
            (PARTS.to_owned(), i64::try_from(self.parts).unwrap_or(i64::MAX)),
            (INSTEAD.to_owned(), i64::from(self.instead)),
        ]
    }
}

impl Lake {
    /// What the last retention kept and `sightings` has not taken over yet.
    pub(crate) fn pending(&self) -> Result<Option<Pending>, LakeError> {
        let Some(table) = self.rollup(SIGHTINGS.table) else { return Ok(None) };
        let number = self.wait(self.events.transaction(KEPT))?.unwrap_or(0);
        if self.wait(table.transaction(KEPT))?.unwrap_or(0) >= number {
            return Ok(None);
        }
        let parts = self.wait(self.events.transaction(PARTS))?.unwrap_or(0);
        let instead = self.wait(self.events.transaction(INSTEAD))? == Some(1);
        let token = self.wait(self.events.transaction(TOKEN))?.unwrap_or(0);
        let prefix = file_prefix(number, token);
        let names = (0..parts).map(|part| format!("{prefix}-{part}.parquet"));
        let files = names.map(|name| self.wait(table.adopt(&name)));
        Ok(Some(Pending { number, files: files.collect::<Result<_, _>>()?, instead }))
    }
}
