//! Compaction: many small files become few sorted ones, with the same rows.
//!
//! Events are sorted by organisation, program, version, path, host and time: rows that say the same
//! stand together, which halves their size and makes questions about one program cheap. Roll-ups
//! are merged by key. Readers see the old files or the new ones, never both.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use futures::StreamExt;
use parquet::file::properties::WriterProperties;

use crate::encoding::{self, FILE_BYTES};
use crate::error::LakeError;
use crate::fingerprint::{self, Collector};
use crate::lake::{EVENTS, Lake};
use crate::rollup::{ROLLUPS, SIGHTINGS};
use crate::scan::TableScan;
use crate::sql::QueryLimits;
use crate::table::{Change, DataFile, Encoder, NewFile, Table, touch};

/// What rows of events are sorted by.
pub(crate) const EVENTS_ORDER: &str = "org, app, app_version, image, host, time";

/// How many files of one size class there may be before they are merged.
const FILES_MAX: usize = 8;

/// What is done with files that are large already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Compaction {
    /// Files are merged with others of about their size: each row is written again a few times in
    /// its life.
    Gradual,
    /// Everything of a month becomes one sorted run.
    Full,
}

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Compacted {
    /// Files taken away.
    pub files_before: usize,
    /// Files put in their place.
    pub files_after: usize,
    /// Their bytes before.
    pub bytes_before: u64,
    /// Their bytes after.
    pub bytes_after: u64,
}

impl Lake {
    /// Merges small files of all tables.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: a file cannot be read or written; then the files before are still the ones
    /// that count.
    pub fn compact(&mut self, how: Compaction) -> Result<Compacted, LakeError> {
        self.settled(|lake| lake.compact_tables(how))
    }

    fn compact_tables(&mut self, how: Compaction) -> Result<Compacted, LakeError> {
        let mut done = Compacted::default();
        for group in events_groups(&self.events.files()?, how) {
            self.compact_events(group, &mut done)?;
        }
        for at in 0..self.rollups.len() {
            self.compact_rollup(at, how, &mut done)?;
        }
        Ok(done)
    }

    fn compact_events(
        &mut self,
        group: Vec<DataFile>,
        done: &mut Compacted,
    ) -> Result<(), LakeError> {
        let Some(first) = group.first() else { return Ok(()) };
        let (month, level) = (first.month.clone(), next_level(&group));
        let sql = format!("SELECT * EXCLUDE (month) FROM {EVENTS} ORDER BY {EVENTS_ORDER}");
        let context = self.context_with(TableScan::of_files(&self.events, group.clone(), &[]))?;
        let events = &self.events;
        let target =
            Target { table: events, level, month: Some(&month), fingerprints: None, kept: None };
        let adds = self.wait(write_sorted(&context, &sql, &target, encoding::sorted_events))?;
        count(done, &group, &adds);
        let paths: Vec<String> = group.into_iter().map(|file| file.path).collect();
        touch(&self.folder.join(EVENTS), &paths);
        let removes = self.events.removal(&paths, true)?;
        let change = Change { adds, removes, keeps_rows: true, ..Change::default() };
        let (runtime, events) = (&self.runtime, &mut self.events);
        runtime.block_on(events.commit(change))?;
        // The rows are the same, so what the roll-ups cover is too.
        let version = self.events.version();
        self.store_rollups(&[], version)?;
        Ok(())
    }

    fn compact_rollup(
        &mut self,
        at: usize,
        how: Compaction,
        done: &mut Compacted,
    ) -> Result<(), LakeError> {
        let (Some(spec), Some(table)) = (ROLLUPS.get(at), self.rollups.get(at)) else {
            return Ok(());
        };
        let groups = rollup_groups(&table.files()?, how);
        let many = groups.iter().any(|group| group.len() > MERGED_MAX);
        let before = done.files_before.saturating_sub(done.files_after);
        for group in groups.iter().flat_map(|group| group.chunks(MERGED_MAX)) {
            let group = group.to_vec();
            let Some(table) = self.rollups.get(at) else { break };
            let keys = spec.keys.join(", ");
            let sql = format!(
                "SELECT {keys}, min(first) AS first, max(last) AS last, sum(count) AS count \
                 FROM {} GROUP BY {keys} ORDER BY {keys}",
                spec.table
            );
            let level = next_level(&group);
            let context =
                self.context_with(TableScan::of_files(table, group.clone(), spec.keys))?;
            in_one_stream(&context);
            let fingerprints = (spec.table == SIGHTINGS.table).then_some(self.folder.as_path());
            // What is kept of events that are gone stays apart: it cannot be made again.
            let prefix = format!("kept-0-{}", uuid::Uuid::new_v4());
            let is_kept = group.iter().any(DataFile::is_kept);
            let kept = is_kept.then_some(prefix.as_str());
            let target = Target { table, level, month: None, fingerprints, kept };
            let adds =
                self.wait(write_sorted(&context, &sql, &target, || encoding::rollup(spec)))?;
            count(done, &group, &adds);
            let paths: Vec<String> = group.into_iter().map(|file| file.path).collect();
            touch(&self.folder.join(table.name), &paths);
            let removes = table.removal(&paths, true)?;
            let change = Change { adds, removes, keeps_rows: true, ..Change::default() };
            let Some(table) = self.rollups.get_mut(at) else { break };
            self.runtime.block_on(table.commit(change))?;
        }
        // What was merged in parts is merged once more, as long as that makes fewer files: full ones
        // come out as many as they went in.
        let fewer = done.files_before.saturating_sub(done.files_after) > before;
        if many && fewer { self.compact_rollup(at, how, done) } else { Ok(()) }
    }

    /// A session in which a table has only some of its files.
    pub(crate) fn context_with(&self, scan: TableScan) -> Result<SessionContext, LakeError> {
        self.context_of(scan, &QueryLimits::default())
    }

    /// As [`Lake::context_with`], within limits.
    pub(crate) fn context_of(
        &self,
        scan: TableScan,
        limits: &QueryLimits,
    ) -> Result<SessionContext, LakeError> {
        let context = self.context(limits)?;
        let name = scan.table_name();
        context.deregister_table(name).map_err(LakeError::internal)?;
        context.register_table(name, Arc::new(scan)).map_err(LakeError::internal)?;
        Ok(context)
    }
}

/// Bound: files of a roll-up merged at a time; of each a part is in memory.
const MERGED_MAX: usize = 16;

/// Lets the files, each sorted, be merged into one stream and counted up as it passes: spread over
/// threads, rows would wait in memory for their turn, as many as the table has.
pub(crate) fn in_one_stream(context: &SessionContext) {
    let state = context.state_ref();
    let mut state = state.write();
    let options = state.config_mut().options_mut();
    options.execution.target_partitions = 1;
    options.optimizer.prefer_existing_sort = true;
}

/// Where sorted rows go.
pub(crate) struct Target<'t> {
    pub(crate) table: &'t Table,
    pub(crate) level: u32,
    pub(crate) month: Option<&'t str>,
    /// The lake's folder, when the table has fingerprints.
    pub(crate) fingerprints: Option<&'t Path>,
    /// How names begin, where they are of what is kept of events that are gone.
    pub(crate) kept: Option<&'t str>,
}

/// Runs a query and writes its rows, in their order, as files of about [`FILE_BYTES`].
pub(crate) async fn write_sorted(
    context: &SessionContext,
    sql: &str,
    target: &Target<'_>,
    properties: impl Fn() -> WriterProperties,
) -> Result<Vec<NewFile>, LakeError> {
    let frame = context.sql(sql).await.map_err(LakeError::internal)?;
    let mut rows = frame.execute_stream().await.map_err(LakeError::internal)?;
    let mut files = Vec::new();
    let mut open: Option<(Encoder, Collector)> = None;
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(|error| LakeError::Table {
            table: target.table.name.to_owned(),
            detail: format!("compaction: {error}"),
        })?;
        if batch.num_rows() == 0 {
            continue;
        }
        let (mut encoder, mut collector) = match open.take() {
            Some(open) => open,
            None => (Encoder::new(&batch, properties())?, Collector::default()),
        };
        encoder.add(&batch)?;
        if target.fingerprints.is_some() {
            collector.batch(&batch);
        }
        if encoder.bytes() < FILE_BYTES {
            open = Some((encoder, collector));
        } else {
            files.push(close(encoder, collector, target, files.len()).await?);
        }
    }
    if let Some((encoder, collector)) = open {
        files.push(close(encoder, collector, target, files.len()).await?);
    }
    Ok(files)
}

async fn close(
    encoder: Encoder,
    collector: Collector,
    target: &Target<'_>,
    number: usize,
) -> Result<NewFile, LakeError> {
    let (bytes, stats) = encoder.finish()?;
    let file = match target.kept {
        Some(prefix) => {
            let name = format!("{prefix}-{number}.parquet");
            target.table.put_as(bytes, &stats, name, None).await?
        }
        None => target.table.put(bytes, &stats, target.level, target.month).await?,
    };
    if let Some(lake) = target.fingerprints {
        collector.write(&fingerprint::path_of(lake, &file.add.path))?;
    }
    Ok(file)
}

/// Which events files are merged together: of one month, small ones first.
fn events_groups(files: &[DataFile], how: Compaction) -> Vec<Vec<DataFile>> {
    let mut months: BTreeMap<&str, Vec<&DataFile>> = BTreeMap::new();
    for file in files {
        months.entry(&file.month).or_default().push(file);
    }
    months.into_values().filter_map(|files| chosen(&files, how)).collect()
}

fn rollup_groups(files: &[DataFile], how: Compaction) -> Vec<Vec<DataFile>> {
    let (kept, made): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.is_kept());
    [kept, made].into_iter().filter_map(|files| chosen(&files, how)).collect()
}

/// The files to merge: all of them, or those of the smallest size class that has too many.
fn chosen(files: &[&DataFile], how: Compaction) -> Option<Vec<DataFile>> {
    let unsorted = files.iter().any(|file| file.level() == 0 && !file.is_kept());
    if how == Compaction::Full {
        let worth = files.len() > 1 || unsorted;
        return worth.then(|| files.iter().copied().cloned().collect());
    }
    let mut classes: BTreeMap<u32, Vec<DataFile>> = BTreeMap::new();
    for file in files {
        // A class is a factor of eight in rows.
        classes.entry(file.rows.max(1).ilog2() / 3).or_default().push((*file).clone());
    }
    classes.into_values().find(|class| class.len() >= FILES_MAX)
}

fn next_level(files: &[DataFile]) -> u32 {
    files.iter().map(DataFile::level).max().unwrap_or(0).saturating_add(1)
}

fn count(done: &mut Compacted, before: &[DataFile], after: &[NewFile]) {
    done.files_before += before.len();
    done.files_after += after.len();
    done.bytes_before =
        before.iter().fold(done.bytes_before, |sum, file| sum.saturating_add(file.bytes));
    let sizes = after.iter().map(|file| u64::try_from(file.add.size).unwrap_or(0));
    done.bytes_after = sizes.fold(done.bytes_after, u64::saturating_add);
}
