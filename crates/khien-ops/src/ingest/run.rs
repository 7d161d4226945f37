//! A run: files in parallel, or one stream; then correlations; then the row that says that the run
//! came to its end.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use khien_detect::correlate::CorrelatorReport;
use khien_ingest::{DeadLetter, InputFile, Normalizer, Reason, Sink};
use khien_lake::row::{Origin, RowBuffer};
use khien_lake::{Lake, LakeError, Progress};
use khien_model::{Timestamp, Untrusted};

use super::batch::{Batch, BatchLimits, Counts, Shared};
use super::checkpoint::{Checkpoint, id_of};
use super::follow::{Recorded, Source};
use super::found::{FoundNames, add_finding, correlation_id};
use super::known::{Known, RUN_KIND};
use super::sink::Intake;
use crate::held::lock;
use crate::scan::knowledge::Advisories;
use crate::scan::run::{Inputs, correlate};
use crate::scan::spool::Spool;
use crate::scan::worker::Knowledge;

/// Why a run did not come to its end.
#[derive(Debug)]
pub enum IngestError {
    /// The lake.
    Lake(LakeError),
    /// The temporary folder.
    Machine(io::Error),
}

impl From<LakeError> for IngestError {
    fn from(error: LakeError) -> Self {
        Self::Lake(error)
    }
}

impl From<io::Error> for IngestError {
    fn from(error: io::Error) -> Self {
        Self::Machine(error)
    }
}

/// How to store.
#[derive(Clone)]
pub struct Options {
    /// The organisation.
    pub org: String,
    /// The host of records that name none.
    pub host: String,
    /// When batches are stored.
    pub limits: BatchLimits,
    /// The clock.
    pub clock: fn() -> (Timestamp, Instant),
    /// Set by who wants the run to end; what was read is stored.
    pub stop: Arc<AtomicBool>,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was counted.
    pub counts: Counts,
    /// What bounds cost the correlator.
    pub correlator: CorrelatorReport,
    /// Fields left out of records with too many.
    pub fields_dropped: u64,
    /// Observables left out of records with too many.
    pub observables_left_out: u64,
}

/// Where records come from.
pub enum Feed<'f> {
    /// Files, in parallel.
    Files(&'f Inputs),
    /// Streams, a thread each, and files beside them.
    Streams(&'f Inputs, Vec<Source>),
}

/// What the threads gathered for the end.
#[derive(Default)]
struct Gathered {
    hits: Spool<khien_detect::correlate::Hit>,
    outcome: Outcome,
    failed: Option<io::Error>,
}

/// Reads everything into the lake.
///
/// # Errors
///
/// [`IngestError`]: the lake or the temporary folder cannot be written. What was acknowledged before
/// is kept, and the next run goes on from there. No log makes a run fail.
pub fn run(
    lake: &mut Lake,
    feed: Feed<'_>,
    knowledge: &Knowledge,
    advisories: &Advisories,
    options: &Options,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Outcome, IngestError> {
    let known = Known::load(lake, &options.org)?;
    let (now, _) = (options.clock)();
    let pid = std::process::id().to_le_bytes();
    let shared = Shared {
        lake: Mutex::new(lake),
        known: Mutex::new(known),
        freed: Condvar::new(),
        waiting: AtomicUsize::new(0),
        failed: Mutex::new(None),
        stop: Arc::clone(&options.stop),
        knowledge,
        advisories,
        found: FoundNames::default(),
        clock: options.clock,
        org: options.org.clone(),
        host: options.host.clone(),
        run: id_of(&[&now.as_nanos().to_le_bytes(), &pid]),
        limits: options.limits,
        touched: Mutex::default(),
    };
    let mut gathered = read(&shared, feed, progress);
    if let Some(error) = lock(&shared.failed).take() {
        return Err(error.into());
    }
    if let Some(error) = gathered.failed.take() {
        return Err(error.into());
    }
    finish(&shared, gathered)
}

fn read(shared: &Shared<'_>, feed: Feed<'_>, progress: &(dyn Fn(u64) + Sync)) -> Gathered {
    let (inputs, threads, sources) = match feed {
        Feed::Files(inputs) => {
            (inputs, inputs.threads.clamp(1, inputs.walk.files.len().max(1)), Vec::new())
        }
        Feed::Streams(inputs, sources) => (inputs, sources.len().max(1), sources),
    };
    let batches: Vec<Mutex<Batch>> =
        (0..threads).map(|holder| Mutex::new(Batch::new(holder))).collect();
    let gathered: Mutex<Gathered> = Mutex::default();
    let (over, next) = (Mutex::new(false), AtomicUsize::new(0));
    let told = Condvar::new();
    let streams = Mutex::new(sources);
    let mut order: Vec<&InputFile> = inputs.walk.files.iter().collect();
    // The smallest first: an earlier state of a file is read before a later one.
    order.sort_by(|a, b| (a.bytes, &a.path).cmp(&(b.bytes, &b.path)));
    std::thread::scope(|scope| {
        let ticker = scope.spawn(|| tick(shared, &batches, &over, &told));
        let mut workers = Vec::new();
        for (holder, batch) in batches.iter().enumerate() {
            let (order, next, gathered, streams) = (&order, &next, &gathered, &streams);
            workers.push(scope.spawn(move || {
                let mut intake = Intake::new(shared, batch, holder);
                let mut normalizer = Normalizer::new(inputs.mappings.clone());
                while let Some(file) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if shared.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    read_file(file, &mut intake, &mut normalizer, inputs, progress);
                }
                let source = lock(streams).pop();
                if let Some(source) = source {
                    read_source(source, &mut intake, &mut normalizer, inputs, progress);
                }
                let mut batch = lock(batch);
                batch.store(shared);
                gather(&mut lock(gathered), &batch, intake);
            }));
        }
        for worker in workers {
            drop(worker.join());
        }
        *lock(&over) = true;
        told.notify_all();
        drop(ticker.join());
    });
    gathered.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn gather(gathered: &mut Gathered, batch: &Batch, intake: Intake<'_, '_>) {
    let found = intake.worker.found;
    gathered.outcome.counts.add(&batch.stored);
    gathered.outcome.fields_dropped += found.fields_dropped;
    gathered.outcome.observables_left_out += batch.buffer.observables_left_out();
    if let Err(error) =
        found.failed.map_or(Ok(()), Err).and_then(|()| gathered.hits.absorb(found.hits))
    {
        gathered.failed.get_or_insert(error);
    }
}

/// Stores what has waited long enough, also while a reader waits for more input.
fn tick(shared: &Shared<'_>, batches: &[Mutex<Batch>], over: &Mutex<bool>, told: &Condvar) {
    let pause = shared.limits.time.min(Duration::from_secs(1)).max(Duration::from_millis(10));
    let mut ended = lock(over);
    while !*ended {
        ended = told.wait_timeout(ended, pause).unwrap_or_else(PoisonError::into_inner).0;
        if !*ended {
            for batch in batches {
                // A thread that holds it is at work and looks at the clock itself.
                if let Ok(mut batch) = batch.try_lock() {
                    batch.store_if_old(shared);
                }
            }
        }
    }
}

/// A panic in a parser is a defect of ours; it costs one file, is kept as a dead letter, and ends
/// nothing else.
fn guarded(name: &Untrusted, intake: &mut Intake<'_, '_>, read: impl FnOnce(&mut Intake<'_, '_>)) {
    if catch_unwind(AssertUnwindSafe(|| read(intake))).is_err() {
        intake.abandon();
        let detail = Untrusted::from("a defect in the reader; please report it with the file");
        intake.dead(DeadLetter {
            file: name.clone(),
            offset: 0,
            reason: Reason::Malformed,
            detail,
        });
    }
}

fn read_file(
    file: &InputFile,
    intake: &mut Intake<'_, '_>,
    normalizer: &mut Normalizer,
    inputs: &Inputs,
    progress: &(dyn Fn(u64) + Sync),
) {
    let name = file.name();
    guarded(&name, intake, |intake| {
        intake.enter(&name, None);
        khien_ingest::read_file(file, normalizer, &inputs.limits, intake, progress);
        let again = std::mem::take(&mut intake.again);
        if !again.is_empty() {
            intake.enter(&name, Some(again));
            khien_ingest::read_file(file, normalizer, &inputs.limits, intake, &|_| {});
        }
    });
}

/// Reads one stream, and those that follow it under the same name.
fn read_source(
    mut source: Source,
    intake: &mut Intake<'_, '_>,
    normalizer: &mut Normalizer,
    inputs: &Inputs,
    progress: &(dyn Fn(u64) + Sync),
) {
    let name = source.name();
    while let Some(stream) = source.next_stream(&intake.stop()) {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                return intake.dead(unreadable(&name, &error));
            }
        };
        guarded(&name, intake, |intake| {
            let mut stream = Recorded::new(stream, progress);
            intake.enter(&name, None);
            intake.listen(stream.watch());
            khien_ingest::file::read_stream(&name, &mut stream, normalizer, &inputs.limits, intake);
            let again = std::mem::take(&mut intake.again);
            if again.is_empty() {
                return;
            }
            match stream.rewind() {
                Ok(mut stream) => {
                    intake.enter(&name, Some(again));
                    khien_ingest::file::read_stream(
                        &name,
                        &mut stream,
                        normalizer,
                        &inputs.limits,
                        intake,
                    );
                }
                Err(error) => intake.dead(unreadable(&name, &error)),
            }
        });
    }
}

/// The dead letter of a stream that cannot be read (any more).
fn unreadable(name: &Untrusted, error: &io::Error) -> DeadLetter {
    DeadLetter {
        file: name.clone(),
        offset: 0,
        reason: Reason::Unreadable,
        detail: Untrusted::new(error.to_string()),
    }
}

/// Correlations, and the row that says that the run came to its end.
fn finish(shared: &Shared<'_>, gathered: Gathered) -> Result<Outcome, IngestError> {
    let Gathered { hits, mut outcome, .. } = gathered;
    let mut detections = Spool::default();
    outcome.correlator = correlate(hits, shared.knowledge, &mut detections)?;
    let mut buffer = RowBuffer::new();
    let mut closed = lock(&shared.known).runs_made_good(&lock(&shared.touched));
    let wrote = outcome.counts.batches > 0;
    for detection in detections.into_sorted()? {
        let detection = detection?;
        let source = correlation_id(&shared.org, &detection, shared.knowledge);
        // The same alert over records that were stored before a run was killed.
        if !lock(&shared.known).take(source.clone()) {
            continue;
        }
        let origin = Origin { org: shared.org.clone(), source, ..Origin::default() };
        let name = shared.found.of(detection.finding, shared.knowledge, shared.advisories);
        let Some(name) = name else { continue };
        add_finding(&mut buffer, &name, &detection, &origin, 0);
        outcome.counts.findings += 1;
    }
    if !wrote && closed.is_empty() && buffer.rows() == 0 {
        return Ok(outcome);
    }
    closed.push(shared.run.clone());
    let checkpoint = Checkpoint {
        kind: RUN_KIND.to_owned(),
        run: shared.run.clone(),
        closed,
        ..Checkpoint::default()
    };
    let origin = Origin {
        org: shared.org.clone(),
        source: format!("{RUN_KIND}-{}", shared.run),
        format: RUN_KIND.to_owned(),
        ..Origin::default()
    };
    let fields = serde_json::to_string(&checkpoint).map_err(io::Error::from)?;
    buffer.source(&origin, (shared.clock)().0, RUN_KIND, &fields, 0);
    let receipt = lock(&shared.lake).store(&mut buffer, &Progress::new())?;
    outcome.counts.batches += 1;
    outcome.counts.bytes_written += receipt.bytes;
    Ok(outcome)
}
