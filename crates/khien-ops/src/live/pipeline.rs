//! From the spool into the lake, without an end: rules, indicators, correlations and releases are looked
//! at on the way, and whoever asked is told.
//!
//! One thread takes parcels out in their order. It stores their rows, with the number of the last parcel,
//! in one commit; where that fails, the lake says how far it is, and parcels behind that are read once
//! more. The engines that learn are told of each event once, so long as the process lives.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use khien_detect::correlate::{Hit, HitMaker};
use khien_detect::sigma::{Matcher, RuleSet};
use khien_ingest::Mapping;
use khien_lake::row::Origin;
use khien_lake::{Compaction, Lake, LakeError, Progress, Walked};
use khien_lineage::{Engine, Finding};
use khien_model::{Event, Timestamp};

use super::correlating::{self, Correlating, Named};
use super::intake::{Broken, Counted, Intake, Of, RECORD_BITS, Seen};
use super::segment::{Incoming, Place, Reader};
use super::spool::SpoolError;
use super::writer::SharedSpool;
use crate::held::lock;
use crate::ingest::found::FoundNames;
use crate::scan::knowledge::Advisories;
use crate::scan::worker::Knowledge;

/// How often releases are asked for departures.
const LOOK: Duration = Duration::from_secs(2);
/// How often what waits is stored.
const STORE: Duration = Duration::from_secs(1);
/// How long is waited for a parcel before the clock is looked at.
const WAIT: Duration = Duration::from_millis(200);
/// Bounds of what waits to be stored; a parcel more may come on top.
const ROWS_MAX: usize = 200_000;
const BYTES_MAX: usize = 96 << 20;
/// How long after a failure it is tried again; doubled with each, up to the second.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// After so many commits small files of the lake are merged.
const COMPACT_EVERY: u32 = 64;
/// How often files that no table names any more are removed, and how old they are then.
const SWEEP: Duration = Duration::from_secs(3600);

/// Rules and indicators, with where they come from.
pub struct Known {
    /// What is looked for.
    pub knowledge: Knowledge,
    /// Where indicators are from.
    pub advisories: Advisories,
}

impl Known {
    /// Rules and advisories as they were loaded, made ready.
    pub fn new(rules: impl Into<Arc<RuleSet>>, mut advisories: Advisories) -> Self {
        let rules: Arc<RuleSet> = rules.into();
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
    /// Who is told. Called from the pipeline's thread; while it does not return, nothing is read.
    pub told: Box<dyn Fn(Told) + Send + Sync>,
}

/// What a pipeline says.
#[derive(Debug)]
pub enum Told {
    /// Rows became part of the lake.
    Stored {
        /// The highest number of a row: those of all that was stored before are not above it, and those of
        /// all that follows are.
        upto: u64,
        /// What they are.
        counted: Counted,
        /// Findings among them.
        found: Vec<Named>,
    },
    /// Departures that are new or stand otherwise than before.
    Departed(Vec<Finding>),
    /// A parcel that breaks a reader was set aside, or cannot be.
    SetAside(String),
    /// The lake or the spool fails; it is tried again.
    Failed(String),
    /// It works again.
    Recovered,
    /// Something of less weight could not be done; what it means, in words.
    Noted(String),
}

/// A pipeline that runs.
pub struct Pipeline {
    live: Arc<Live>,
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

struct Control {
    /// Whether it ends.
    over: Mutex<bool>,
    told: Condvar,
    /// Whether what is looked for has changed.
    changed: AtomicBool,
    /// Windows that are made again from the lake; told to stop when it ends.
    again: Walked,
    known: Mutex<Arc<Known>>,
}

/// What others see of it.
struct Live {
    engine: Mutex<Engine>,
    spool: SharedSpool,
    /// What the lake knows the spool as.
    source: String,
    org: String,
    mappings: Vec<Mapping>,
    clock: fn() -> (Timestamp, Instant),
    told: Box<dyn Fn(Told) + Send + Sync>,
}

/// What outlives a failure.
struct Standing {
    correlating: Option<Correlating>,
    /// The last parcel whose events the engines were told of.
    seen: u64,
    /// A write whose end is not known.
    unsure: Option<Unsure>,
    failures: u32,
    departures: Departures,
    commits: u32,
    swept: Instant,
    /// Whether the lake has a row that names the spool.
    is_named: bool,
    /// Whether windows are of other rules than those that are looked for.
    is_changed: bool,
}

/// What a write held that ended with an error.
struct Unsure {
    /// The last parcel.
    parcel: u64,
    /// The highest number of a row.
    upto: u64,
    counted: Counted,
    found: Vec<Named>,
}

struct Departures {
    /// A hash of each as it was told.
    told: HashMap<String, u64>,
    looked: Instant,
}

/// Why it does not go on.
enum Fault {
    Lake(LakeError),
    Spool(SpoolError),
}

impl From<LakeError> for Fault {
    fn from(error: LakeError) -> Self {
        Self::Lake(error)
    }
}

impl From<SpoolError> for Fault {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lake(error) => error.fmt(f),
            Self::Spool(error) => error.fmt(f),
        }
    }
}

/// The parcel that a row of this number is of, or of a correlation's row, the last one before it was decided.
pub const fn parcel_of_row(record: u64) -> u64 {
    record >> RECORD_BITS
}

/// What the lake knows a spool as.
pub fn source_of(spool: &super::spool::Spool) -> String {
    format!("spool-{}", spool.name())
}

impl Pipeline {
    /// Starts its thread. Parcels that the lake has not are read; the spool gives numbers behind those
    /// that it has from then on.
    pub fn start(setup: Setup) -> Self {
        let Setup { lake, spool, known, engine, org, mappings, clock, told } = setup;
        let (_, at) = clock();
        let control = Arc::new(Control {
            over: Mutex::new(false),
            told: Condvar::new(),
            changed: AtomicBool::new(false),
            again: Walked::default(),
            known: Mutex::new(known),
        });
        let source = source_of(&lock(&spool));
        let engine = Mutex::new(engine);
        let live = Arc::new(Live { engine, spool, source, org, mappings, clock, told });
        let standing = Standing {
            correlating: None,
            seen: 0,
            unsure: None,
            failures: 0,
            departures: Departures { told: HashMap::new(), looked: at },
            commits: 0,
            swept: at,
            is_named: false,
            is_changed: false,
        };
        let (of_thread, steering) = (Arc::clone(&live), Arc::clone(&control));
        let thread = std::thread::spawn(move || go_on(&of_thread, &steering, &lake, standing));
        Self { live, control, thread: Some(thread) }
    }

    /// Changes what it looks for, from anywhere, also after it has ended.
    pub fn steering(&self) -> Steering {
        Steering(Arc::clone(&self.control))
    }

    /// Releases and what they do.
    pub fn with_engine<T>(&self, ask: impl FnOnce(&mut Engine) -> T) -> T {
        ask(&mut lock(&self.live.engine))
    }

    /// Ends it: what was read is stored, and what was not stays in the spool.
    pub fn stop(&mut self) {
        *lock(&self.control.over) = true;
        self.control.again.stop.store(true, Ordering::Relaxed);
        self.control.told.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic there has been told by its hook.
            let _ = thread.join();
        }
    }
}

/// Changes what a pipeline looks for.
#[derive(Clone)]
pub struct Steering(Arc<Control>);

impl Steering {
    /// Looks for these rules and indicators from the next parcel on. Windows of correlations are made
    /// again from the lake.
    pub fn look_for(&self, known: Arc<Known>) {
        *lock(&self.0.known) = known;
        self.0.changed.store(true, Ordering::Release);
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Goes on until it is over: with other rules where they change, and again after a failure.
fn go_on(live: &Live, control: &Control, lake: &Mutex<Lake>, mut standing: Standing) {
    while !*lock(&control.over) {
        // First: what changes after this is seen the next time.
        standing.is_changed |= control.changed.swap(false, Ordering::AcqRel);
        let known = Arc::clone(&lock(&control.known));
        let done = Work::begin(live, control, lake, &known, &mut standing).and_then(Work::go_on);
        let Err(fault) = done else { continue };
        (live.told)(Told::Failed(fault.to_string()));
        standing.failures = standing.failures.saturating_add(1);
        let wait = RETRY.0.saturating_mul(1 << standing.failures.min(6)).min(RETRY.1);
        let over = lock(&control.over);
        drop(control.told.wait_timeout_while(over, wait, |over| !*over));
    }
}

/// One stretch of work with the same rules, until it fails or ends.
struct Work<'w> {
    live: &'w Live,
    control: &'w Control,
    lake: &'w Mutex<Lake>,
    known: &'w Known,
    names: FoundNames,
    intake: Intake<'w>,
    standing: &'w mut Standing,
    correlating: Correlating,
    reader: Reader,
    /// Whether parcels may wait in the spool.
    has_waiting: bool,
    /// Up to where the lake is.
    stored: u64,
    /// The last parcel that was read, where it is not stored.
    read: Option<Place>,
    /// When rows began to wait.
    since: Option<Instant>,
}

impl<'w> Work<'w> {
    fn begin(
        live: &'w Live,
        control: &'w Control,
        lake: &'w Mutex<Lake>,
        known: &'w Known,
        standing: &'w mut Standing,
    ) -> Result<Self, Fault> {
        let names = FoundNames::default();
        let mut opened = lock(lake);
        opened.settle()?;
        let stored = opened.source_progress(&live.source)?.unwrap_or(0);
        let reader = lock(&live.spool).read_after(stored)?;
        // What can fail comes before windows are taken from where they outlive a failure.
        let alerts = match standing.correlating.is_none() || standing.is_changed {
            true => Some(correlating::stored(&opened, &live.org)?),
            false => None,
        };
        let late = match &mut standing.correlating {
            Some(before) => before.settle(&opened, &live.org)?,
            None => Vec::new(),
        };
        let correlating = match (standing.correlating.take(), alerts) {
            // What is looked for is as it was: windows go on.
            (Some(correlating), None) => correlating,
            (before, alerts) => {
                let alerts = alerts.unwrap_or_default();
                let mut made = windows(live, control, &opened, (known, &names), (alerts, stored));
                if let Some(before) = before {
                    made.take_over(before);
                }
                made
            }
        };
        standing.is_changed = false;
        drop(opened);
        // What was not stored after all is found again when it is read again.
        if let Some(Unsure { parcel, upto, counted, mut found }) = standing.unsure.take()
            && parcel <= stored
        {
            found.extend(late);
            (live.told)(Told::Stored { upto, counted, found });
        }
        standing.seen = standing.seen.max(stored);
        let intake = Intake::new(known, live.mappings.clone());
        Ok(Self {
            live,
            control,
            lake,
            known,
            names,
            intake,
            standing,
            correlating,
            reader,
            has_waiting: true,
            stored,
            read: None,
            since: None,
        })
    }

    fn go_on(mut self) -> Result<(), Fault> {
        let done = self.until_over();
        // Windows are kept over a failure; the rows of what they decided are made again.
        let Self { standing, correlating, .. } = self;
        standing.correlating = Some(correlating);
        done
    }

    fn until_over(&mut self) -> Result<(), Fault> {
        loop {
            let is_over = *lock(&self.control.over);
            if is_over || self.control.changed.load(Ordering::Acquire) {
                return self.store();
            }
            let clock = (self.live.clock)();
            let (org, has_waiting) = (&self.live.org, self.has_waiting);
            self.correlating.decide(self.known, &self.names, org, clock, has_waiting);
            self.departed(clock);
            if self.is_due(clock.1) {
                self.store()?;
                self.care(clock.1);
            }
            let next = self.reader.next(&self.live.spool, WAIT)?;
            self.has_waiting = next.is_some();
            match next {
                Some(incoming) => self.take(&incoming)?,
                None if self.read.is_none() => self.recovered(),
                None => {}
            }
        }
    }

    /// Reads a parcel into rows.
    fn take(&mut self, incoming: &Incoming) -> Result<(), Fault> {
        let of = Of {
            org: &self.live.org,
            source: &self.live.source,
            names: &self.names,
            clock: self.live.clock,
        };
        let is_new = incoming.number > self.standing.seen;
        self.standing.seen = self.standing.seen.max(incoming.number);
        let engine = is_new.then_some(self.live);
        let correlating = self.correlating.is_new(incoming.number).then_some(&mut self.correlating);
        let mut seen = Engines { engine, correlating };
        if let Err(Broken) = self.intake.parcel(incoming, &of, &mut seen) {
            // Where it cannot be kept, it is not passed over.
            let kept = lock(&self.live.spool).set_aside(incoming.number, &incoming.bytes)?;
            (self.live.told)(Told::SetAside(kept.display().to_string()));
        }
        self.read = Some(incoming.place);
        Ok(())
    }

    /// What failed works again.
    fn recovered(&mut self) {
        if std::mem::take(&mut self.standing.failures) > 0 {
            (self.live.told)(Told::Recovered);
        }
    }

    /// Whether what waits is stored now.
    fn is_due(&mut self, now: Instant) -> bool {
        if self.read.is_none() && !self.correlating.has_waiting() {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let buffer = &self.intake.buffer;
        now.duration_since(since) >= STORE
            || buffer.rows() >= ROWS_MAX
            || buffer.memory_bytes() >= BYTES_MAX
    }

    /// Stores what waits, in one commit.
    fn store(&mut self) -> Result<(), Fault> {
        self.since = None;
        let parcel = self.read.map_or(self.stored, |place| place.parcel());
        if self.read.is_none() && !self.correlating.has_waiting() {
            return Ok(());
        }
        let (now, _) = (self.live.clock)();
        let number = self.correlating.number(parcel);
        self.correlating.add_to(&mut self.intake.buffer, &self.live.org, number);
        if !self.standing.is_named {
            let origin = Origin {
                org: self.live.org.clone(),
                source: self.live.source.clone(),
                format: "spool".to_owned(),
                ..Origin::default()
            };
            self.intake.buffer.source(&origin, now, "intake", r#"{"kind":"spool"}"#, number);
        }
        let counted = std::mem::take(&mut self.intake.counted);
        let mut found = std::mem::take(&mut self.intake.found);
        let progress = Progress::from([(self.live.source.clone(), parcel)]);
        let stored = lock(self.lake).store(&mut self.intake.buffer, &progress);
        if let Err(error) = stored {
            // The rows are gone; whether they are in the lake is looked up before it goes on.
            self.standing.unsure = Some(Unsure { parcel, upto: number, counted, found });
            return Err(error.into());
        }
        found.extend(self.correlating.stored());
        self.standing.is_named = true;
        self.standing.commits = self.standing.commits.saturating_add(1);
        self.stored = parcel;
        self.recovered();
        (self.live.told)(Told::Stored { upto: number, counted, found });
        if let Some(place) = self.read.take()
            && let Err(error) = lock(&self.live.spool).stored(place)
        {
            (self.live.told)(Told::Noted(error.to_string()));
        }
        Ok(())
    }

    /// Merges small files of the lake, and removes those that no table names any more.
    fn care(&mut self, now: Instant) {
        let note = |what: &str, error: &LakeError| {
            (self.live.told)(Told::Noted(format!("{what}: {error}")));
        };
        if self.standing.commits >= COMPACT_EVERY {
            self.standing.commits = 0;
            if let Err(error) = lock(self.lake).compact(Compaction::Gradual) {
                note("small files of the lake cannot be merged", &error);
            }
        }
        if now.duration_since(self.standing.swept) >= SWEEP {
            self.standing.swept = now;
            if let Err(error) = lock(self.lake).sweep(SWEEP) {
                note("old files of the lake cannot be removed", &error);
            }
        }
    }

    /// Tells departures that are new or stand otherwise than when they were told.
    fn departed(&mut self, (now, at): (Timestamp, Instant)) {
        let departures = &mut self.standing.departures;
        if at.duration_since(departures.looked) < LOOK {
            return;
        }
        departures.looked = at;
        let found = lock(&self.live.engine).findings_at(now);
        let (mut told, mut changed) = (HashMap::with_capacity(found.len()), Vec::new());
        for finding in found {
            let state = state_of(&finding);
            if departures.told.get(&finding.id) != Some(&state) {
                changed.push(finding.clone());
            }
            told.insert(finding.id, state);
        }
        // Those that the engine has forgotten are forgotten here too.
        departures.told = told;
        if !changed.is_empty() {
            (self.live.told)(Told::Departed(changed));
        }
    }
}

/// Windows of correlations as the lake has them; none where it does not say in time.
fn windows(
    live: &Live,
    control: &Control,
    lake: &Lake,
    (known, names): (&Known, &FoundNames),
    stored: (correlating::Stored, u64),
) -> Correlating {
    let (of, clock) = ((known, names, live.org.as_str()), (live.clock)());
    let mappings = live.mappings.clone();
    let (made, failed) = Correlating::of_lake(lake, of, mappings, clock, stored, &control.again);
    if let Some(error) = failed {
        let what = "correlations begin anew, without the records before";
        (live.told)(Told::Noted(format!("{what}: {error}")));
    }
    made
}

/// What of a departure is told anew when it changes.
fn state_of(finding: &Finding) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hash = DefaultHasher::new();
    finding.updated.as_nanos().hash(&mut hash);
    serde_json::to_string(&finding.status).unwrap_or_default().hash(&mut hash);
    hash.finish()
}

/// Tells the engines to which an event is new.
struct Engines<'e> {
    engine: Option<&'e Live>,
    correlating: Option<&'e mut Correlating>,
}

impl Seen for Engines<'_> {
    fn event(&mut self, event: &Event, host: &str, clock: (Timestamp, Instant)) {
        if let Some(live) = self.engine {
            lock(&live.engine).observe(event, &live.org, host, clock.0);
        }
        if let Some(correlating) = &mut self.correlating {
            correlating.came(event.time, clock);
        }
    }

    fn hit(&mut self, hit: Hit) {
        if let Some(correlating) = &mut self.correlating {
            correlating.hit(hit);
        }
    }
}

#[cfg(test)]
mod tests;
