//! Retention: what is too old, too much, or of someone who left goes out of `events`.
//!
//! Events and dead letters go. What we found stays, and so does what is known of the sources: a log
//! that is read again is not stored again. Rows leave in one commit of `events`; then all roll-ups
//! are made again of what is there, so `coverage` says how far the data goes back. `sightings` alone
//! remembers what is gone, unless it shall not ([`kept`]): that something was here once stays true.
//!
//! A kill before the commit changes nothing; after it, the next writer finishes the roll-ups.

pub(crate) mod kept;

use std::collections::BTreeMap;

use khien_model::Timestamp;

use crate::columns::{month_number, month_of, month_start};
use crate::compact::{EVENTS_ORDER, Target, write_sorted};
use crate::encoding;
use crate::error::LakeError;
use crate::lake::{EVENTS, Lake};
use crate::restore::Stored;
use crate::scan::TableScan;
use crate::sql::{QueryLimits, quoted};
use crate::table::{Change, DataFile, NewFile, touch};
use crate::times::hour_of;

use kept::Keeper;

/// A question of ours over all events: it takes as long as it takes.
const UNHURRIED: QueryLimits = QueryLimits {
    time: std::time::Duration::from_secs(86_400),
    memory_bytes: 512 << 20,
    rows: usize::MAX,
};

/// What shall go. Every condition narrows; `max_bytes` takes whole months, the oldest first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Retention {
    /// What happened before this. A row without a time counts as old as the reading of its source.
    pub before: Option<Timestamp>,
    /// The bytes that all tables together may have.
    pub max_bytes: Option<u64>,
    /// Only of these organisations; of all when there is none.
    pub orgs: Vec<String>,
    /// Only of these hosts; of all when there is none.
    pub hosts: Vec<String>,
    /// What is gone is forgotten in `sightings` too.
    pub sightings_too: bool,
}

/// Rows that go, of one month and host.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Going {
    /// As `2026-03`; empty for rows without a time.
    pub month: String,
    /// The organisation.
    pub org: String,
    /// The host.
    pub host: String,
    /// Rows.
    pub rows: u64,
    /// Their share of the month's bytes.
    pub bytes: u64,
}

/// What a retention would take.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RetentionPlan {
    /// What goes happened before this; `None` when time does not matter, or nothing goes.
    pub before: Option<Timestamp>,
    /// By month, organisation and host.
    pub going: Vec<Going>,
}

/// What a retention did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Retained {
    /// Rows that went.
    pub rows: u64,
    /// Files that went whole or were written again without them.
    pub files_before: usize,
    /// Files in their place.
    pub files_after: usize,
    /// Bytes of all tables before.
    pub bytes_before: u64,
    /// Bytes of all tables after.
    pub bytes_after: u64,
}

/// How far a retention reaches, once sizes are worked out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reach {
    Nothing,
    /// All that happened before, in microseconds.
    Before(i64),
    Everything,
}

impl Retention {
    /// The rows that may go whatever their time, as a condition in SQL.
    fn removable(&self) -> String {
        let mut text =
            "class <> 'source' AND NOT (class = 'finding' AND rule IS NOT NULL)".to_owned();
        for (column, names) in [("org", &self.orgs), ("host", &self.hosts)] {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                text += &format!(" AND coalesce({column}, '') IN ({})", names.join(", "));
            }
        }
        text
    }

    /// The rows that go, as a condition in SQL that is never null.
    fn gone(&self, reach: Reach) -> String {
        let removable = self.removable();
        match reach {
            Reach::Nothing => "false".to_owned(),
            Reach::Everything => format!("coalesce({removable}, false)"),
            Reach::Before(micros) => {
                let before = instant(micros);
                format!(
                    "coalesce({removable} AND (time < {before} OR (time IS NULL AND source IN \
                     (SELECT source FROM {EVENTS} WHERE class = 'source' GROUP BY source HAVING max(time) < {before}))), false)"
                )
            }
        }
    }

    /// Sightings of what was already gone that shall be forgotten too.
    fn forgotten(&self, reach: Reach) -> String {
        let mut text = match reach {
            Reach::Nothing => return "false".to_owned(),
            Reach::Everything => "true".to_owned(),
            // What has no time, or began before, is not told apart from what is to be forgotten.
            Reach::Before(micros) => format!("coalesce(first < {}, true)", instant(micros)),
        };
        for (column, names) in [("org", &self.orgs), ("host", &self.hosts)] {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                text += &format!(" AND {column} IN ({})", names.join(", "));
            }
        }
        text
    }

    fn asks_nothing(&self) -> bool {
        self.before.is_none()
            && self.max_bytes.is_none()
            && self.orgs.is_empty()
            && self.hosts.is_empty()
    }
}

impl RetentionPlan {
    /// All rows that go.
    pub fn rows(&self) -> u64 {
        self.going.iter().fold(0, |sum, going| sum.saturating_add(going.rows))
    }

    /// Their bytes, roughly.
    pub fn bytes(&self) -> u64 {
        self.going.iter().fold(0, |sum, going| sum.saturating_add(going.bytes))
    }
}

/// A point in time as SQL has it.
pub(crate) fn instant(micros: i64) -> String {
    format!("arrow_cast({micros}, 'Timestamp(Microsecond, Some(\"UTC\"))')")
}

const fn micros(time: Timestamp) -> i64 {
    time.as_nanos().div_euclid(1000)
}

impl Lake {
    /// What a retention would take, without taking it.
    ///
    /// # Errors
    ///
    /// [`LakeError::Query`]: nothing is asked for. [`LakeError::TooSmall`]: not even without all
    /// that may go would the tables fit. Others: the tables cannot be read.
    pub fn plan_retention(&self, wanted: &Retention) -> Result<RetentionPlan, LakeError> {
        let reach = self.reach(wanted)?;
        if reach == Reach::Nothing {
            return Ok(RetentionPlan::default());
        }
        let sizes = self.months()?;
        let text = format!(
            "SELECT coalesce(month, ''), coalesce(org, ''), coalesce(host, ''), count(*) FROM {EVENTS} \
             WHERE {} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            wanted.gone(reach)
        );
        let mut going = Vec::new();
        for row in self.query(&text, &UNHURRIED)?.texts()? {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || cells.next().unwrap_or_default();
            let (month, org, host) = (next(), next(), next());
            let rows = next().parse().unwrap_or(0);
            let bytes = share(sizes.get(&month).copied().unwrap_or_default(), rows);
            going.push(Going { month, org, host, rows, bytes });
        }
        let before = match reach {
            Reach::Before(micros) => micros.checked_mul(1000).map(Timestamp::from_nanos),
            _ => None,
        };
        Ok(RetentionPlan { before, going })
    }

    /// Takes out what shall go.
    ///
    /// # Errors
    ///
    /// As [`Lake::plan_retention`], or a file cannot be written: then nothing has gone, or the next
    /// writer finishes.
    pub fn retain(&mut self, wanted: &Retention) -> Result<Retained, LakeError> {
        self.settled(|lake| lake.retain_some(wanted))
    }

    fn retain_some(&mut self, wanted: &Retention) -> Result<Retained, LakeError> {
        let mut done = Retained { bytes_before: self.bytes()?, ..Retained::default() };
        loop {
            let reach = self.reach(wanted)?;
            let gone = self.take_out(wanted, reach, &mut done)?;
            done.bytes_after = self.bytes()?;
            // The sizes of months are estimates until they are gone: more may have to follow.
            let fits = wanted.max_bytes.is_none_or(|max| done.bytes_after <= max);
            if gone == 0 || fits {
                return Ok(done);
            }
        }
    }

    /// Bytes of all tables.
    fn bytes(&self) -> Result<u64, LakeError> {
        Ok(self.sizes()?.iter().fold(0, |sum, size| sum.saturating_add(size.bytes)))
    }

    /// Bytes and rows of `events` by month.
    fn months(&self) -> Result<BTreeMap<String, (u64, u64)>, LakeError> {
        let mut months: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for file in self.events.files()? {
            let (bytes, rows) = months.entry(file.month).or_default();
            (*bytes, *rows) = (bytes.saturating_add(file.bytes), rows.saturating_add(file.rows));
        }
        Ok(months)
    }

    fn reach(&self, wanted: &Retention) -> Result<Reach, LakeError> {
        if wanted.asks_nothing() {
            return Err(LakeError::Query("nothing is named that should go".to_owned()));
        }
        // Whole hours, because sightings know no more of what is gone.
        let by_age = wanted.before.map(micros).map(hour_of);
        let Some(max) = wanted.max_bytes else {
            return Ok(by_age.map_or(Reach::Everything, Reach::Before));
        };
        let by_size = self.cut_for(wanted, max)?;
        Ok(by_age.max(by_size).map_or(Reach::Nothing, Reach::Before))
    }

    /// Before when all must go for the tables to fit; `None` when they do.
    fn cut_for(&self, wanted: &Retention, max: u64) -> Result<Option<i64>, LakeError> {
        let mut left = self.bytes()?;
        if left <= max {
            return Ok(None);
        }
        let sizes = self.months()?;
        let text = format!(
            "SELECT month, count(*), min(time) FROM {EVENTS} WHERE {} AND time IS NOT NULL GROUP BY month ORDER BY month",
            wanted.removable()
        );
        for row in self.query(&text, &UNHURRIED)?.texts()? {
            let [Some(month), Some(rows), Some(first)] = row.as_slice() else { continue };
            let size = sizes.get(month).copied().unwrap_or_default();
            left = left.saturating_sub(share(size, rows.parse().unwrap_or(0)));
            if left <= max {
                let first: Option<jiff::Timestamp> = first.parse().ok();
                let month = month_number(first.map(jiff::Timestamp::as_microsecond));
                return Ok(month_start(month.saturating_add(1)));
            }
        }
        Err(LakeError::TooSmall { least: left, asked: max })
    }

    /// Takes rows out of `events` in one commit, and makes the roll-ups again.
    fn take_out(
        &mut self,
        wanted: &Retention,
        reach: Reach,
        done: &mut Retained,
    ) -> Result<u64, LakeError> {
        let gone = wanted.gone(reach);
        let last = match reach {
            Reach::Nothing => return Ok(0),
            Reach::Before(micros) => Some(month_of(Some(micros))),
            Reach::Everything => None,
        };
        let mut keeper = Keeper::new(self)?;
        let (mut adds, mut paths, mut rows) = (Vec::new(), Vec::new(), 0_u64);
        for file in self.events.files()? {
            let later = last.as_ref().is_some_and(|last| file.month > *last);
            let leaving = if later { 0 } else { self.leaving(&file, &gone)? };
            if leaving == 0 {
                continue;
            }
            adds.extend(self.without(&file, &gone)?);
            if !wanted.sightings_too {
                self.remember(&file, &gone, &mut keeper)?;
            }
            rows = rows.saturating_add(leaving);
            paths.push(file.path);
        }
        let forgets = wanted.sightings_too && keeper.forget(self, &wanted.forgotten(reach))?;
        if paths.is_empty() && !forgets {
            return Ok(0);
        }
        keeper.flush(self)?;
        done.rows = done.rows.saturating_add(rows);
        done.files_before = done.files_before.saturating_add(paths.len());
        done.files_after = done.files_after.saturating_add(adds.len());
        // What is put away stays for a while, counted from now.
        touch(&self.folder.join(EVENTS), &paths);
        let removes = self.events.removal(&paths, false)?;
        let change =
            Change { adds, removes, transactions: keeper.transactions(), ..Change::default() };
        let (runtime, events) = (&self.runtime, &mut self.events);
        runtime.block_on(events.commit(change))?;
        self.rebuild()?;
        Ok(rows)
    }

    /// A session in which one file is the table `part`, beside all tables.
    pub(super) fn context_of_part(
        &self,
        scan: TableScan,
    ) -> Result<datafusion::prelude::SessionContext, LakeError> {
        let context = self.context(&QueryLimits::default())?;
        context.register_table("part", std::sync::Arc::new(scan)).map_err(LakeError::internal)?;
        Ok(context)
    }

    fn part(&self, file: &DataFile) -> Result<datafusion::prelude::SessionContext, LakeError> {
        self.context_of_part(TableScan::of_files(&self.events, vec![file.clone()], &[]))
    }

    /// How many rows of a file go.
    fn leaving(&self, file: &DataFile, gone: &str) -> Result<u64, LakeError> {
        let mut count = 0_u64;
        self.each_batch(file, &format!("SELECT org FROM part WHERE {gone}"), &mut |batch| {
            count = count.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX));
            Ok(())
        })?;
        Ok(count)
    }

    /// A file again without the rows that go; none when nothing is left.
    fn without(&self, file: &DataFile, gone: &str) -> Result<Vec<NewFile>, LakeError> {
        let level = file.level();
        let order = if level == 0 { String::new() } else { format!(" ORDER BY {EVENTS_ORDER}") };
        let sql = format!("SELECT * EXCLUDE (month) FROM part WHERE NOT {gone}{order}");
        let context = self.part(file)?;
        let month = Some(file.month.as_str());
        let target = Target { table: &self.events, level, month, fingerprints: None, kept: None };
        let properties = if level == 0 { encoding::fresh_events } else { encoding::sorted_events };
        self.wait(write_sorted(&context, &sql, &target, properties))
    }

    /// Keeps what the rows that go were sightings of.
    fn remember(&self, file: &DataFile, gone: &str, keeper: &mut Keeper) -> Result<(), LakeError> {
        let sql = format!("SELECT * EXCLUDE (month) FROM part WHERE {gone}");
        self.each_batch(file, &sql, &mut |batch| {
            Stored::new(batch)?.each(|row, event| keeper.derived.row(row, event));
            if keeper.is_full() { keeper.flush(self) } else { Ok(()) }
        })
    }

    fn each_batch(
        &self,
        file: &DataFile,
        sql: &str,
        take: &mut dyn FnMut(&arrow::array::RecordBatch) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        use futures::StreamExt as _;
        let context = self.part(file)?;
        let failed = |error: datafusion::error::DataFusionError| LakeError::Table {
            table: EVENTS.to_owned(),
            detail: format!("{}: {error}", file.path),
        };
        let mut rows = self.wait(async {
            let frame = context.sql(sql).await.map_err(LakeError::internal)?;
            frame.execute_stream().await.map_err(failed)
        })?;
        while let Some(batch) = self.wait(rows.next()) {
            take(&batch.map_err(failed)?)?;
        }
        Ok(())
    }
}

/// The part of a month's bytes that some of its rows have.
fn share((bytes, rows): (u64, u64), of: u64) -> u64 {
    let part = u128::from(bytes).saturating_mul(u128::from(of.min(rows)));
    u64::try_from(part.checked_div(u128::from(rows)).unwrap_or(0)).unwrap_or(u64::MAX)
}
