//! Stored events once more, one by one: what was selected by columns that the files know, so that a
//! rule over thirteen months reads only what could meet it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use datafusion::functions::expr_fn::lower;
use datafusion::logical_expr::{Expr, lit};
use datafusion::physical_plan::ExecutionPlanProperties;
use datafusion::prelude::ident;
use futures::StreamExt;
use khien_model::{Event, LogSource, Timestamp};

use crate::compact::in_one_stream;
use crate::error::LakeError;
use crate::lake::{EVENTS, Lake};
use crate::restore::Stored;
use crate::row::Row;
use crate::scan::TableScan;
use crate::sql::{QueryLimits, wrong};
use crate::table::DataFile;

/// Which events to look at. This is what detection says to the lake; everything else it decides
/// itself, event by event.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Log sources of which an event must meet one, in each part that is named; none: all events.
    pub sources: Vec<LogSource>,
    /// Nothing before this.
    pub since: Option<Timestamp>,
    /// Nothing from this on.
    pub until: Option<Timestamp>,
    /// Hosts; none: all.
    pub hosts: Vec<String>,
    /// Organisations; none: all.
    pub orgs: Vec<String>,
}

/// Rows between looks at the clock.
const ROWS_BETWEEN: u64 = 256;
/// Rows that are sorted together: so many wide ones still fit into memory many times.
const BATCH: (&str, &str) = ("datafusion.execution.batch_size", "1024");

/// How far a walk over history is.
#[derive(Debug, Default)]
pub struct Walked {
    /// Events looked at.
    pub events: AtomicU64,
    /// Stored events that say no time, of any host: a replay has no place for them.
    pub untimed: AtomicU64,
    /// Set by who wants it to end.
    pub stop: AtomicBool,
}

impl Selection {
    /// As a condition over the columns of `events`. Events without a time are never left out for it.
    fn condition(&self) -> Option<Expr> {
        let column = |name: &str| ident(name);
        let mut all: Vec<Expr> = Vec::new();
        let same = |name: &str, word: &str| column(name).ilike(lit(literal(word)));
        let sources = self.sources.iter().map(|source| {
            // Categories stand joined by commas; a name within another costs only a look.
            let within =
                |category| column("log_category").ilike(lit(format!("%{}%", literal(category))));
            let mut parts: Vec<Expr> = source.categories().map(within).collect();
            parts.extend(source.product().map(|word| same("log_product", word)));
            parts.extend(source.service().map(|word| same("log_service", word)));
            parts.into_iter().reduce(Expr::and).unwrap_or_else(|| lit(true))
        });
        all.extend(sources.reduce(Expr::or));
        let micros = |time: Timestamp| time.as_nanos().div_euclid(1000);
        let time = |micros: i64| {
            lit(datafusion::common::ScalarValue::TimestampMicrosecond(
                Some(micros),
                Some("UTC".into()),
            ))
        };
        let or_none = |condition: Expr| condition.or(column("time").is_null());
        all.extend(self.since.map(|since| or_none(column("time").gt_eq(time(micros(since))))));
        all.extend(self.until.map(|until| or_none(column("time").lt(time(micros(until))))));
        for (name, words) in [("host", &self.hosts), ("org", &self.orgs)] {
            if !words.is_empty() {
                // Names of hosts are the same in any case, and logs write them in several.
                let words = words.iter().map(|word| lit(word.to_lowercase()));
                all.push(lower(column(name)).in_list(words.collect(), false));
            }
        }
        all.into_iter().reduce(Expr::and)
    }
}

/// A word as a pattern of LIKE that means itself.
fn literal(word: &str) -> String {
    word.chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect()
}

impl Lake {
    /// Gives every stored event that was selected to a worker: each thread has one of its own, in
    /// `workers`, and no order is kept. Findings, dead letters and marks of sources are no events.
    ///
    /// # Errors
    ///
    /// [`LakeError::Limit`]: it took longer than `time`. [`LakeError::Damaged`]: a file cannot be
    /// read. What the workers saw before stays with them.
    pub fn each_event<W: FnMut(&Row<'_>, &Event) + Send>(
        &self,
        selection: &Selection,
        workers: &mut [W],
        time: Option<Duration>,
        walked: &Walked,
    ) -> Result<(), LakeError> {
        let limits = QueryLimits { time: time.unwrap_or(Duration::MAX), ..QueryLimits::default() };
        let context = self.context(&limits)?;
        let parts = self.wait(async {
            let frame = context.table(EVENTS).await.map_err(|error| wrong(&error, &limits))?;
            let frame = match selection.condition() {
                Some(condition) => frame.filter(condition),
                None => Ok(frame),
            };
            let plan = async { frame?.create_physical_plan().await }.await;
            plan.map_err(|error| wrong(&error, &limits))
        })?;
        let task = context.task_ctx();
        let count = parts.output_partitioning().partition_count();
        let next = AtomicU64::new(0);
        let deadline = time.and_then(|time| tokio::time::Instant::now().checked_add(time));
        let failed: std::sync::Mutex<Option<LakeError>> = std::sync::Mutex::default();
        let keep = |error: LakeError| {
            walked.stop.store(true, Ordering::Relaxed);
            failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
        };
        let walk = |worker: &mut W| -> Result<(), LakeError> {
            loop {
                let number = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(count);
                if number >= count || walked.stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let mut stream = parts
                    .execute(number, std::sync::Arc::clone(&task))
                    .map_err(|error| wrong(&error, &limits))?;
                while let Some(batch) = self.wait(stream.next()) {
                    if walked.stop.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                    if deadline.is_some_and(|deadline| tokio::time::Instant::now() > deadline) {
                        return Err(LakeError::Limit(format!("{} s", limits.time.as_secs())));
                    }
                    let batch = batch.map_err(|error| wrong(&error, &limits))?;
                    Stored::new(&batch)?.each(|row, event| {
                        walked.events.fetch_add(1, Ordering::Relaxed);
                        if let Some(event) = event {
                            worker(row, event);
                        }
                    });
                }
            }
        };
        std::thread::scope(|scope| {
            let (walk, keep) = (&walk, &keep);
            for worker in workers {
                scope.spawn(move || walk(worker).unwrap_or_else(keep));
            }
        });
        let failed = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        failed.map_or(Ok(()), Err)
    }

    /// Gives every stored event that was selected and has a time, in the order of time: month by month,
    /// each sorted, on disk where it does not fit into memory.
    ///
    /// # Errors
    ///
    /// As [`Lake::each_event`].
    pub fn replay(
        &self,
        selection: &Selection,
        limits: &QueryLimits,
        walked: &Walked,
        mut take: impl FnMut(&Row<'_>, &Event),
    ) -> Result<(), LakeError> {
        let deadline = tokio::time::Instant::now().checked_add(limits.time);
        let mut months: BTreeMap<String, Vec<DataFile>> = BTreeMap::new();
        for file in self.events.files()? {
            months.entry(file.month.clone()).or_default().push(file);
        }
        // Rows without a time are in no month.
        let untimed = months.remove("").into_iter().flatten().map(|file| file.rows).sum();
        walked.untimed.store(untimed, Ordering::Relaxed);
        for files in months.into_values() {
            let context = self.context_of(TableScan::of_files(&self.events, files, &[]), limits)?;
            // Several sorted streams would each take their share of the memory, and leave none to merge them.
            in_one_stream(&context);
            let state = context.state_ref();
            let batch = state.write().config_mut().options_mut().set(BATCH.0, BATCH.1);
            batch.map_err(LakeError::internal)?;
            let mut rows = self.wait(async {
                let frame = context.table(EVENTS).await?;
                let frame = match selection.condition() {
                    Some(condition) => frame.filter(condition)?,
                    None => frame,
                };
                let order = ["time", "source", "record"].map(|name| ident(name).sort(true, true));
                frame.sort(order.to_vec())?.execute_stream().await
            });
            let rows = rows.as_mut().map_err(|error| wrong(error, limits))?;
            while let Some(batch) = self.wait(rows.next()) {
                if walked.stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                if deadline.is_some_and(|deadline| tokio::time::Instant::now() > deadline) {
                    return Err(LakeError::Limit(format!("{} s", limits.time.as_secs())));
                }
                let batch = batch.map_err(|error| wrong(&error, limits))?;
                // One row may cost much more than another: the time is looked at between them as well.
                let is_late =
                    || deadline.is_some_and(|deadline| tokio::time::Instant::now() > deadline);
                let mut stopped = false;
                Stored::new(&batch)?.each(|row, event| {
                    let number = walked.events.fetch_add(1, Ordering::Relaxed);
                    stopped = stopped || number.is_multiple_of(ROWS_BETWEEN) && is_late();
                    if let Some(event) = event.filter(|_| !stopped) {
                        take(row, event);
                    }
                });
                if stopped {
                    return Err(LakeError::Limit(format!("{} s", limits.time.as_secs())));
                }
            }
        }
        Ok(())
    }
}
