//! From the spool into the lake, without an end: rules, indicators, correlations and releases are looked
//! at on the way, and whoever asked is told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use khien_detect::correlate::{Correlator, Hit, HitMaker};
use khien_detect::sigma::{Matcher, RuleSet};
use khien_ingest::{Mapping, Walk};
use khien_lake::Lake;
use khien_lineage::{Engine, Finding};
use khien_model::{Event, Limits, Timestamp};

use super::spool::Form;
use super::writer::SharedSpool;
use crate::ingest::batch::{BatchLimits, Counts, FoundName};
use crate::ingest::follow::{SEGMENT, Source};
use crate::ingest::run::{Feed, IngestError, Options, run};
use crate::ingest::watch::Watcher;
use crate::scan::detection::Detection;
use crate::scan::knowledge::Advisories;
use crate::scan::run::{Inputs, detection};
use crate::scan::worker::Knowledge;

/// Hits of one time come within this of each other, over all senders.
const LATENESS: Duration = Duration::from_secs(120);
/// After so long without a record, time is what the clock says.
const IDLE: Duration = Duration::from_secs(10);
/// How often releases are asked for departures.
const LOOK: Duration = Duration::from_secs(2);
/// How often what waits is stored.
const STORE: Duration = Duration::from_secs(1);
/// How long after a failure it is tried again; doubled with each, up to the second.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Rules and indicators, with where they come from.
pub struct Known {
    /// What is looked for.
    pub knowledge: Knowledge,
    /// Where indicators are from.
    pub advisories: Advisories,
}

impl Known {
    /// Rules and advisories as they were loaded, made ready.
    pub fn new(rules: RuleSet, mut advisories: Advisories) -> Self {
        let rules = Arc::new(rules);
        let knowledge = Knowledge {
            hits: HitMaker::new(rules.correlations()),
            matcher: Matcher::new(rules),
            indicators: std::mem::take(&mut advisories.set),
            since: None,
            until: None,
        };
        Self { knowledge, advisories }
    }
}

/// What a pipeline works with.
pub struct Setup {
    /// The lake.
    pub lake: Arc<Mutex<Lake>>,
    /// Where records come from.
    pub spool: SharedSpool,
    /// Rules and indicators.
    pub known: Arc<Known>,
    /// Releases and what they do, as far as the lake knows.
    pub engine: Engine,
    /// The organisation.
    pub org: String,
    /// Mapping files for JSON of unknown producers.
    pub mappings: Vec<Mapping>,
    /// The clock.
    pub clock: fn() -> (Timestamp, Instant),
    /// Who is told. Called from the pipeline's threads, and must be quick.
    pub told: Box<dyn Fn(Told) + Send + Sync>,
}

/// What a pipeline says.
#[derive(Debug)]
pub enum Told {
    /// Records became part of the lake.
    Stored(Counts),
    /// Findings became part of the lake.
    Found(Vec<(Arc<FoundName>, Detection)>),
    /// Departures that are new or stand otherwise than before.
    Departed(Vec<Finding>),
    /// Records of the spool that break a reader were set aside, or cannot be.
    SetAside(String),
    /// The lake cannot be written; it is tried again.
    Failed(String),
    /// It can again.
    Recovered,
}

/// A pipeline that runs.
pub struct Pipeline {
    live: Arc<Live>,
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

struct Control {
    /// Ends the run that goes on now.
    stop: Mutex<Arc<AtomicBool>>,
    /// Whether none follows it.
    over: Mutex<bool>,
    told: Condvar,
    known: Mutex<Arc<Known>>,
}

struct Live {
    engine: Mutex<Engine>,
    correlating: Mutex<Correlating>,
    spool: SharedSpool,
    org: String,
    clock: fn() -> (Timestamp, Instant),
    told: Box<dyn Fn(Told) + Send + Sync>,
    /// Departures as they were told last.
    departures: Mutex<Departures>,
    known: Arc<Control>,
    failures: Mutex<u32>,
}

struct Correlating {
    correlator: Correlator,
    /// Of the latest record.
    latest: i64,
    /// When it came.
    at: Instant,
}

struct Departures {
    /// A hash of each as it was told.
    told: HashMap<String, u64>,
    looked: Instant,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pipeline {
    /// Starts its threads.
    pub fn start(setup: Setup) -> Self {
        let Setup { lake, spool, known, engine, org, mappings, clock, told } = setup;
        let (_, at) = clock();
        let correlator = Correlator::new(Arc::clone(known.knowledge.matcher.rules()));
        let control = Arc::new(Control {
            stop: Mutex::default(),
            over: Mutex::new(false),
            told: Condvar::new(),
            known: Mutex::new(known),
        });
        let live = Arc::new(Live {
            engine: Mutex::new(engine),
            correlating: Mutex::new(Correlating { correlator, latest: i64::MIN, at }),
            spool,
            org,
            clock,
            told,
            departures: Mutex::new(Departures { told: HashMap::new(), looked: at }),
            known: Arc::clone(&control),
            failures: Mutex::new(0),
        });
        let (of_thread, steering) = (Arc::clone(&live), Arc::clone(&control));
        let thread = std::thread::spawn(move || go_on(&of_thread, &steering, &lake, mappings));
        Self { live, control, thread: Some(thread) }
    }

    /// Looks for other rules and indicators from now on. What waits in windows of correlations is
    /// forgotten.
    pub fn look_for(&self, known: Arc<Known>) {
        let correlator = Correlator::new(Arc::clone(known.knowledge.matcher.rules()));
        *lock(&self.control.known) = known;
        lock(&self.live.correlating).correlator = correlator;
        lock(&self.control.stop).store(true, Ordering::Relaxed);
    }

    /// Releases and what they do.
    pub fn with_engine<T>(&self, ask: impl FnOnce(&mut Engine) -> T) -> T {
        ask(&mut lock(&self.live.engine))
    }

    /// Ends it: what was read is stored, and what was not stays in the spool.
    pub fn stop(&mut self) {
        *lock(&self.control.over) = true;
        lock(&self.control.stop).store(true, Ordering::Relaxed);
        self.control.told.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic there has been told by its hook.
            let _ = thread.join();
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One run behind the other, until it is over.
fn go_on(live: &Arc<Live>, control: &Control, lake: &Mutex<Lake>, mappings: Vec<Mapping>) {
    let inputs = Inputs { walk: Walk::default(), mappings, limits: Limits::default(), threads: 1 };
    loop {
        let stop = Arc::new(AtomicBool::new(false));
        *lock(&control.stop) = Arc::clone(&stop);
        if *lock(&control.over) {
            return;
        }
        super::writer::lock(&live.spool).give_out_again();
        let known = Arc::clone(&lock(&control.known));
        let sources = [Form::Json, Form::Syslog].map(|form| Source::Spool {
            spool: Arc::clone(&live.spool),
            form,
            number: 0,
        });
        let options = Options {
            org: live.org.clone(),
            host: String::new(),
            limits: BatchLimits { time: STORE, ..BatchLimits::of_threads(sources.len()) },
            clock: live.clock,
            stop,
            watcher: Some(Arc::clone(live) as Arc<dyn Watcher>),
        };
        let feed = Feed::Streams(&inputs, sources.into());
        let ended = run(lake, feed, &known.knowledge, &known.advisories, &options, &|_| {});
        let Err(error) = ended else { continue };
        let error = match error {
            IngestError::Lake(error) => error.to_string(),
            IngestError::Machine(error) => error.to_string(),
        };
        (live.told)(Told::Failed(error));
        let failures = {
            let mut failures = lock(&live.failures);
            *failures = failures.saturating_add(1);
            *failures
        };
        let wait = RETRY.0.saturating_mul(1 << failures.min(6)).min(RETRY.1);
        let over = lock(&control.over);
        drop(control.told.wait_timeout_while(over, wait, |over| !*over));
    }
}

impl Live {
    /// Departures that are new or stand otherwise than when they were told.
    fn departed(&self, now: Timestamp, at: Instant) -> Vec<Finding> {
        let mut departures = lock(&self.departures);
        if at.duration_since(departures.looked) < LOOK {
            return Vec::new();
        }
        departures.looked = at;
        let found = lock(&self.engine).findings_at(now);
        let mut changed = Vec::new();
        for finding in found {
            let state = state_of(&finding);
            if departures.told.insert(finding.id.clone(), state) != Some(state) {
                changed.push(finding);
            }
        }
        changed
    }
}

/// What of a departure is told anew when it changes.
fn state_of(finding: &Finding) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hash = DefaultHasher::new();
    finding.updated.as_nanos().hash(&mut hash);
    serde_json::to_string(&finding.status).unwrap_or_default().hash(&mut hash);
    hash.finish()
}

impl Watcher for Live {
    fn event(&self, event: &Event) {
        let (now, at) = (self.clock)();
        lock(&self.engine).observe(event, &self.org, "", now);
        let mut correlating = lock(&self.correlating);
        let time = event.time.map_or(i64::MIN, Timestamp::as_nanos).min(now.as_nanos());
        correlating.latest = correlating.latest.max(time);
        correlating.at = at;
    }

    fn hit(&self, hit: Hit) {
        lock(&self.correlating).correlator.observe(hit);
    }

    fn correlated(&self) -> Vec<Detection> {
        let (now, at) = (self.clock)();
        let departed = self.departed(now, at);
        if !departed.is_empty() {
            (self.told)(Told::Departed(departed));
        }
        let mut correlating = lock(&self.correlating);
        if correlating.latest == i64::MIN {
            return Vec::new();
        }
        // Records of last year are looked at in their own time; when none come, time goes on.
        let latest = match at.duration_since(correlating.at) >= IDLE {
            true => now.as_nanos(),
            false => correlating.latest,
        };
        let lateness = i64::try_from(LATENESS.as_nanos()).unwrap_or(i64::MAX);
        let mut alerts = Vec::new();
        let until = Timestamp::from_nanos(latest.saturating_sub(lateness));
        correlating.correlator.advance(until, &mut alerts);
        drop(correlating);
        let known = Arc::clone(&lock(&self.known.known));
        alerts.into_iter().filter_map(|alert| detection(alert, &known.knowledge)).collect()
    }

    fn stored(&self, counts: &Counts, found: Vec<(Arc<FoundName>, Detection)>) {
        if std::mem::take(&mut *lock(&self.failures)) > 0 {
            (self.told)(Told::Recovered);
        }
        (self.told)(Told::Stored(counts.clone()));
        if !found.is_empty() {
            (self.told)(Told::Found(found));
        }
    }

    fn finished(&self, name: &str) {
        let number = name.strip_prefix(SEGMENT).and_then(|number| number.parse().ok());
        if let Some(number) = number
            && let Err(error) = super::writer::lock(&self.spool).finished(number)
        {
            (self.told)(Told::Failed(error.to_string()));
        }
    }

    fn gave_up(&self, name: &str) {
        let number = name.strip_prefix(SEGMENT).and_then(|number| number.parse().ok());
        let Some(number) = number else { return };
        let text = match super::writer::lock(&self.spool).set_aside(number) {
            Ok(path) => path.display().to_string(),
            Err(error) => error.to_string(),
        };
        (self.told)(Told::SetAside(text));
    }
}

#[cfg(test)]
mod tests;
