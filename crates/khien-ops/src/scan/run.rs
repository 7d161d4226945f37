//! The scan itself: files in parallel, then correlation, then one report.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use khien_detect::correlate::{CorrelationAlert, Correlator, CorrelatorReport};
use khien_ingest::{DeadLetter, FileReport, InputFile, Mapping, Normalizer, Reason, Sink, Walk};
use khien_model::{Limits, RecordFormat, Timestamp, Untrusted};

use super::detection::{Detection, Window};
use super::spool::{DetectionLog, Spool};
use super::worker::{Found, Knowledge, Worker};

/// What to read, and how.
#[derive(Debug)]
pub struct Inputs {
    /// Files, in the order of their paths.
    pub walk: Walk,
    /// Mapping files for JSON of unknown producers.
    pub mappings: Vec<Mapping>,
    /// Bounds.
    pub limits: Limits,
    /// Threads.
    pub threads: usize,
}

/// What came out of reading and matching, before it is made into a report.
pub struct Outcome {
    /// Detections, sorted and each once; findings by position among all knowledge.
    pub detections: DetectionLog,
    /// Detections left out because the same record stood elsewhere too.
    pub duplicates: u64,
    /// How often each finding fired.
    pub fired: BTreeMap<u32, u64>,
    /// What the workers saw.
    pub found: Found,
    /// Records by format.
    pub records: BTreeMap<RecordFormat, u64>,
    /// Log streams read.
    pub streams: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// What bounds cost the correlator.
    pub correlator: CorrelatorReport,
}

/// Reads all files and matches all events. `progress` is told bytes as they are read.
///
/// # Errors
///
/// The machine's own: the temporary folder is full or not writable. No log makes a scan fail.
pub fn run(
    inputs: &Inputs,
    knowledge: &Knowledge,
    progress: &(dyn Fn(u64) + Sync),
) -> io::Result<Outcome> {
    let mut order: Vec<&InputFile> = inputs.walk.files.iter().collect();
    // The largest first, so that no thread is left with a large one at the end.
    order.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(Found, Vec<FileReport>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..inputs.threads.max(1) {
            scope.spawn(|| {
                let mut worker = Worker::new(knowledge);
                let mut reports = Vec::new();
                let mut normalizer = Normalizer::new(inputs.mappings.clone());
                while let Some(file) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    reports.push(read_one(file, &mut worker, &mut normalizer, inputs, progress));
                }
                let found = std::mem::take(&mut worker.found);
                done.lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push((found, reports));
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let bytes = inputs.walk.files.iter().map(|file| file.bytes).sum();
    finish(done, knowledge, bytes)
}

/// A panic in a parser is a defect of ours; it costs one file, is reported, and ends nothing else.
fn read_one(
    file: &InputFile,
    worker: &mut Worker<'_>,
    normalizer: &mut Normalizer,
    inputs: &Inputs,
    progress: &(dyn Fn(u64) + Sync),
) -> FileReport {
    let name = file.name();
    worker.enter(&name);
    let read = catch_unwind(AssertUnwindSafe(|| {
        khien_ingest::read_file(file, normalizer, &inputs.limits, worker, progress)
    }));
    read.unwrap_or_else(|_| {
        let detail = Untrusted::from("a defect in the reader; please report it with the file");
        worker.dead(DeadLetter { file: name, offset: 0, reason: Reason::Malformed, detail });
        FileReport { dead: 1, ..FileReport::default() }
    })
}

fn finish(
    done: Vec<(Found, Vec<FileReport>)>,
    knowledge: &Knowledge,
    bytes: u64,
) -> io::Result<Outcome> {
    let mut all = Found::default();
    let (mut records, mut streams) = (BTreeMap::new(), 0_u64);
    for (found, reports) in done {
        if let Some(error) = found.failed {
            return Err(error);
        }
        all.detections.absorb(found.detections)?;
        all.hits.absorb(found.hits)?;
        all.coverage.merge(found.coverage);
        all.kinds.merge(found.kinds);
        all.hits_without_time += found.hits_without_time;
        all.fields_dropped += found.fields_dropped;
        for (reason, count) in found.dead_by_reason {
            *all.dead_by_reason.entry(reason).or_default() += count;
        }
        all.dead.extend(found.dead);
        for report in reports {
            streams += report.streams;
            for (format, count) in report.records {
                *records.entry(format).or_default() += count;
            }
        }
    }
    all.dead.sort_by(|a, b| (&a.file, a.offset, a.reason).cmp(&(&b.file, b.offset, b.reason)));
    all.dead.truncate(super::report::DEAD_KEPT_MAX);
    let hits = std::mem::take(&mut all.hits);
    let correlator = correlate(hits, knowledge, &mut all.detections)?;
    let (detections, duplicates, fired) = merge(std::mem::take(&mut all.detections))?;
    Ok(Outcome { detections, duplicates, fired, found: all, records, streams, bytes, correlator })
}

/// Feeds hits to the correlations in event time; alerts become detections.
///
/// # Errors
///
/// The machine's own, reading back from a temporary file.
pub(crate) fn correlate(
    hits: Spool<khien_detect::correlate::Hit>,
    knowledge: &Knowledge,
    detections: &mut Spool<Detection>,
) -> io::Result<CorrelatorReport> {
    let rules = knowledge.matcher.rules();
    if rules.correlations().is_empty() {
        return Ok(CorrelatorReport::default());
    }
    let mut correlator = Correlator::new(std::sync::Arc::clone(rules));
    let mut alerts = Vec::new();
    let mut last: Option<khien_detect::correlate::Hit> = None;
    for hit in hits.into_sorted()? {
        let hit = hit?;
        // The same record in two files is one event.
        if last.as_ref() == Some(&hit) {
            continue;
        }
        correlator.advance(Timestamp::from_nanos(hit.time_nanos.saturating_sub(1)), &mut alerts);
        correlator.observe(hit.clone());
        last = Some(hit);
        push_alerts(&mut alerts, knowledge, detections)?;
    }
    let report = correlator.finish(&mut alerts);
    push_alerts(&mut alerts, knowledge, detections)?;
    Ok(report)
}

fn push_alerts(
    alerts: &mut Vec<CorrelationAlert>,
    knowledge: &Knowledge,
    detections: &mut Spool<Detection>,
) -> io::Result<()> {
    alerts
        .drain(..)
        .filter_map(|alert| detection(alert, knowledge))
        .try_for_each(|d| detections.push(d))
}

/// What is told of a correlation's alert; nothing where it only serves others.
pub(crate) fn detection(alert: CorrelationAlert, knowledge: &Knowledge) -> Option<Detection> {
    let number = usize::try_from(alert.correlation).ok();
    let rule = number.and_then(|n| knowledge.rules().correlations().get(n));
    let event = alert.events.last().filter(|_| rule.is_some_and(|rule| rule.reports))?;
    let host = match alert.hosts.as_slice() {
        [host] => host.clone(),
        _ => String::new(),
    };
    Some(Detection {
        time_nanos: alert.at.as_nanos(),
        host,
        finding: knowledge.finding_of_correlation(alert.correlation),
        event: *event,
        file: String::new(),
        record: 0,
        offset: 0,
        fields: alert.group,
        window: Some(Window {
            count: alert.count,
            first_nanos: alert.first.as_nanos(),
            last_nanos: alert.last.as_nanos(),
            hosts: alert.hosts,
        }),
    })
}

type Merged = (DetectionLog, u64, BTreeMap<u32, u64>);

fn merge(detections: Spool<Detection>) -> io::Result<Merged> {
    let (mut duplicates, mut fired) = (0_u64, HashMap::<u32, u64>::new());
    let mut last: Option<Detection> = None;
    let log = DetectionLog::keep(detections.into_sorted()?.filter(|item| match item {
        Ok(detection) => {
            if last.as_ref().is_some_and(|last| last.same_as(detection)) {
                duplicates += 1;
                return false;
            }
            *fired.entry(detection.finding).or_default() += 1;
            last = Some(detection.clone());
            true
        }
        Err(_) => true,
    }))?;
    Ok((log, duplicates, fired.into_iter().collect()))
}
