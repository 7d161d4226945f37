//! Correlations over a stream without an end: what waits in windows, what is decided, what is stored.
//!
//! The lake knows every event that a window may want, so windows are made again from it when a process
//! starts. An alert has the same id however often it is decided, and is stored once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use khien_detect::correlate::{Correlator, Hit};
use khien_ingest::{Mapping, Place, Sink};
use khien_lake::row::{Origin, RowBuffer};
use khien_lake::{Lake, LakeError, QueryLimits, Selection, Walked};
use khien_model::Timestamp;

use super::intake::{ALERTS, RECORD_BITS};
use super::pipeline::Known;
use crate::ingest::found::{FoundName, FoundNames, add_finding, correlation_id};
use crate::ingest::known::{CORRELATION_PREFIX, is_org, numbers, texts};
use crate::scan::detection::Detection;
use crate::scan::run::detection;
use crate::scan::worker::Worker;
use crate::stored::Restored;

/// Hits of one time come within this of each other, over all senders.
const LATENESS: Duration = Duration::from_secs(120);
/// Bound: how long windows are made again from the lake when a process starts.
const AGAIN: Duration = Duration::from_secs(120);
/// Bound: ids of stored alerts that are read.
const IDS_MAX: usize = 5_000_000;
/// Ids that are kept whatever their age.
const IDS_KEPT: usize = 10_000;

/// A finding and its name.
pub(super) type Named = (Arc<FoundName>, Detection);

/// What waits.
pub(super) struct Correlating {
    correlator: Correlator,
    /// Of the latest record.
    latest: i64,
    /// When it came.
    at: Instant,
    /// Alerts that are decided, by id, and when: in the time of records.
    ids: HashMap<String, i64>,
    /// From so many on those are forgotten that cannot be decided again.
    forget_at: usize,
    /// Those of them that are not stored yet.
    waiting: Vec<(String, Named)>,
    /// The highest number that the row of an alert has.
    record: u64,
    /// The last parcel that the windows know.
    seen: u64,
}

/// Alerts that a lake has.
#[derive(Default)]
pub(super) struct Stored {
    ids: HashSet<String>,
    /// The highest number of their rows.
    record: u64,
}

impl Correlating {
    /// Windows as they stand after what the lake has, which are so many parcels, and its alerts.
    ///
    /// # Errors
    ///
    /// [`LakeError`], and windows without anything in them: the lake cannot be read, or not in time.
    pub(super) fn of_lake(
        lake: &Lake,
        (known, names, org): (&Known, &FoundNames, &str),
        mappings: Vec<Mapping>,
        (now, at): (Timestamp, Instant),
        (stored, parcels): (Stored, u64),
        walked: &Walked,
    ) -> (Self, Option<LakeError>) {
        let correlator = || Correlator::new(Arc::clone(known.knowledge.matcher.rules()));
        let mut made = Self {
            correlator: correlator(),
            latest: i64::MIN,
            at,
            ids: stored.ids.into_iter().map(|id| (id, now.as_nanos())).collect(),
            forget_at: IDS_KEPT,
            waiting: Vec::new(),
            record: stored.record.max(parcels << RECORD_BITS | ALERTS),
            seen: parcels,
        };
        let filled = made.fill(lake, (known, names, org), mappings, now, walked);
        if filled.is_err() {
            (made.correlator, made.latest) = (correlator(), i64::MIN);
        }
        (made, filled.err())
    }

    fn fill(
        &mut self,
        lake: &Lake,
        (known, names, org): (&Known, &FoundNames, &str),
        mappings: Vec<Mapping>,
        now: Timestamp,
        walked: &Walked,
    ) -> Result<(), LakeError> {
        let rules = known.knowledge.rules().correlations();
        if rules.is_empty() {
            return Ok(());
        }
        let span = span(known);
        let hosts = lake.hosts()?;
        let spans = hosts.iter().filter(|(host, _)| host.org == org).map(|(_, data)| &data.all);
        let latest = spans.filter_map(|span| span.last).map(|last| last.as_nanos()).max();
        let Some(latest) = latest.map(|latest| latest.min(now.as_nanos())) else { return Ok(()) };
        let decided = latest.saturating_sub(lateness());
        let from =
            |spans: i64| Timestamp::from_nanos(decided.saturating_sub(span.saturating_mul(spans)));
        let selection = Selection { since: Some(from(2)), ..Selection::default() };
        let limits = QueryLimits { time: AGAIN, ..QueryLimits::default() };
        let mut worker = Worker::new(&known.knowledge);
        let mut restored = Restored::new(mappings);
        lake.replay(&selection, &limits, walked, |row, event| {
            if row.text(khien_lake::at::ORG) == org {
                worker.event(restored.event(row, event), Place::default());
                worker.found.detections.drain();
                worker.found.hits.drain().for_each(|hit| self.correlator.observe(hit));
            }
        })?;
        // Told to end in the middle: nothing is decided any more.
        if walked.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.latest = latest;
        self.advance(Timestamp::from_nanos(decided), known, names, org);
        // Windows that began before the first event above are not whole, and were decided long ago.
        self.waiting.retain(|(_, (_, found))| found.time() >= Some(from(1)));
        Ok(())
    }

    /// Whether a parcel comes for the first time, to these windows.
    pub(super) fn is_new(&mut self, parcel: u64) -> bool {
        let is_new = parcel > self.seen;
        self.seen = self.seen.max(parcel);
        is_new
    }

    /// A record came.
    pub(super) fn came(&mut self, time: Option<Timestamp>, (now, at): (Timestamp, Instant)) {
        let time = time.map_or(i64::MIN, Timestamp::as_nanos).min(now.as_nanos());
        self.latest = self.latest.max(time);
        self.at = at;
    }

    /// A match came that a correlation wants.
    pub(super) fn hit(&mut self, hit: Hit) {
        self.correlator.observe(hit);
    }

    /// Decides what can be decided.
    pub(super) fn decide(
        &mut self,
        known: &Known,
        names: &FoundNames,
        org: &str,
        (now, at): (Timestamp, Instant),
        has_waiting: bool,
    ) {
        if self.latest == i64::MIN {
            return;
        }
        // Records of last year are looked at in their own time, which goes on when none come: not while some
        // wait to be read, because the lake or the state could not be written to for a while.
        let since = if has_waiting { 0 } else { at.duration_since(self.at).as_nanos() };
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        let latest = self.latest.saturating_add(since).min(now.as_nanos());
        let until = Timestamp::from_nanos(latest.saturating_sub(lateness()));
        self.advance(until, known, names, org);
    }

    fn advance(&mut self, until: Timestamp, known: &Known, names: &FoundNames, org: &str) {
        let mut alerts = Vec::new();
        self.correlator.advance(until, &mut alerts);
        let knowledge = &known.knowledge;
        for found in alerts.into_iter().filter_map(|alert| detection(alert, knowledge)) {
            let id = correlation_id(org, &found, knowledge);
            if let Some(name) = names.of(found.finding, knowledge, &known.advisories)
                && self.ids.insert(id.clone(), until.as_nanos()).is_none()
            {
                self.waiting.push((id, (name, found)));
            }
        }
        if self.ids.len() >= self.forget_at {
            // Windows are made again of two spans at most.
            let since = until.as_nanos().saturating_sub(span(known).saturating_mul(2));
            self.ids.retain(|_, at| *at >= since);
            self.forget_at = self.ids.len().saturating_mul(2).max(IDS_KEPT);
        }
    }

    /// The number of the rows that are stored now, after so many parcels: higher than any before, and than
    /// those of the parcels' own records.
    pub(super) fn number(&mut self, parcels: u64) -> u64 {
        let after = parcels << RECORD_BITS | ALERTS;
        self.record = self.record.saturating_add(1).max(after);
        self.record
    }

    /// Whether something is decided and not stored.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Adds the rows of what is decided and not stored.
    pub(super) fn add_to(&self, buffer: &mut RowBuffer, org: &str, record: u64) {
        for (id, (name, found)) in &self.waiting {
            let origin = Origin { org: org.to_owned(), source: id.clone(), ..Origin::default() };
            add_finding(buffer, name, found, &origin, record);
        }
    }

    /// These rows are stored.
    pub(super) fn stored(&mut self) -> Vec<Named> {
        self.waiting.drain(..).map(|(_, named)| named).collect()
    }

    /// After a write that ended with an error: what of it is stored nevertheless.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the lake cannot be read.
    pub(super) fn settle(&mut self, lake: &Lake, org: &str) -> Result<Vec<Named>, LakeError> {
        if self.waiting.is_empty() {
            return Ok(Vec::new());
        }
        let stored = stored(lake, org)?;
        let (done, waiting): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|(id, _)| stored.ids.contains(id));
        self.waiting = waiting;
        Ok(done.into_iter().map(|(_, named)| named).collect())
    }

    /// Takes over what another decided that is not stored yet.
    pub(super) fn take_over(&mut self, before: Self) {
        for (id, named) in before.waiting {
            if self.ids.insert(id.clone(), self.latest).is_none() {
                self.waiting.push((id, named));
            }
        }
    }
}

/// How long before a decision the records are that it may rest on: a correlation that stands on others
/// sees their alerts, whose windows end before its own.
fn span(known: &Known) -> i64 {
    let rules = known.knowledge.rules().correlations();
    rules.iter().fold(0_i64, |sum, rule| sum.saturating_add(rule.timespan_nanos))
}

fn lateness() -> i64 {
    i64::try_from(LATENESS.as_nanos()).unwrap_or(i64::MAX)
}

/// Ids of alerts that the lake has, and the highest number of their rows.
///
/// # Errors
///
/// [`LakeError`]: the lake cannot be read.
pub(super) fn stored(lake: &Lake, org: &str) -> Result<Stored, LakeError> {
    let sql = format!(
        "SELECT source, max(record) FROM finding WHERE {} AND source LIKE '{CORRELATION_PREFIX}%' \
         GROUP BY source",
        is_org("", org)
    );
    let limits = QueryLimits { rows: IDS_MAX, time: AGAIN, ..QueryLimits::default() };
    let mut stored = Stored::default();
    for batch in lake.query(&sql, &limits)?.batches {
        stored.ids.extend(texts(&batch, 0)?);
        stored.record = numbers(&batch, 1).into_iter().fold(stored.record, u64::max);
    }
    Ok(stored)
}
