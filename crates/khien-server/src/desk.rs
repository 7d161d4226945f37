//! The lake, the spool before it, and what is made of what comes: records in, alerts out.
//!
//! The pipeline (`khien_ops::live`) works in threads of its own and tells what it found; a task here
//! makes alerts of it and tells browsers. A lake knows everything that was found, so alerts that a
//! process did not live to write are made when the next one starts.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use khien_detect::sigma::RuleSet;
use khien_lake::{Lake, LakeError, QueryLimits, Selection, Walked};
use khien_lineage::runtime_rate::RuntimeRatesError;
use khien_lineage::{Config, Engine, RuntimeRates};
use khien_model::Timestamp;
use khien_ops::held::lock;
use khien_ops::live::pipeline::{Known, Pipeline, Setup, Steering, Told, parcel_of_row, source_of};
use khien_ops::live::spool::{Spool, SpoolError, SpoolLimits};
use khien_ops::live::writer::{SharedSpool, Writer};
use khien_ops::scan::knowledge::{Advisories, InputError, RuleInputs};
use khien_wire::{ChangeKind, HealthState};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::advisories::named::NamedAdvisories;
use crate::health::{Found, HealthSource};
use crate::live::Bus;
use crate::rules::Rulebook;
use crate::state::{Sighted, StateError, Store};
use alerts::{End, Looking, Missed};

mod alerts;

/// Bound: what the pipeline tells and nobody has taken yet; then it waits.
const TOLD_MAX: usize = 256;
/// Bound: alerts that one write makes or changes.
const ALERTS_AT_ONCE: usize = 5000;
/// Bound: how long a lake may take to be learnt from when a server starts.
const LEARN: Duration = Duration::from_secs(4 * 3600);
/// How long after a failure alerts are written again; doubled with each, up to the second.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// How often what is looked for is held against what should be.
const KEEP_UP: Duration = Duration::from_secs(2);
/// Spool bytes from which senders should know that the lake does not keep up.
const BEHIND_BYTES: u64 = 256 << 20;

/// Bytes of records that may wait for the lake unless told otherwise.
pub const SPOOL_BYTES: u64 = 8 << 30;

/// What a desk is given.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// The organisation that the hosts belong to, as `khien ingest --org` has it.
    pub org: String,
    /// The lake's folder; made where it is not there.
    pub lake: PathBuf,
    /// The spool's folder; made where it is not there.
    pub spool: PathBuf,
    /// Bytes of records that may wait for the lake; beyond it senders are told to wait.
    pub spool_bytes: u64,
    /// Rules.
    pub rules: RuleInputs,
    /// Advisories whose indicators are looked for, by name or file.
    pub advisories: Vec<String>,
}

/// Why there is no desk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// The lake's.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The spool's.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// Of rules or advisories.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The built-in table of base rates cannot be read: a defect.
    #[error("base rates of what programs do: {0}")]
    Rates(#[from] RuntimeRatesError),
    /// The state's.
    #[error(transparent)]
    State(#[from] StateError),
    /// Rules could not be loaded: the state's, or a defect.
    #[error("{0}")]
    Rules(String),
    /// A defect, or the machine's.
    #[error("{0}")]
    Thread(String),
}

/// How the pipeline is.
#[derive(Debug, Default)]
struct Standing {
    failed: Option<String>,
    /// Why alerts cannot be written.
    unwritten: Option<String>,
    set_aside: u64,
    /// Why some of what was found before this start has no alerts.
    unread: Option<String>,
    /// Why what people changed last is not looked for.
    stale: Option<String>,
}

/// A lake at work.
pub(crate) struct Desk {
    pipeline: Pipeline,
    writer: Writer,
    write: std::thread::JoinHandle<()>,
    spool: SharedSpool,
    standing: Arc<Mutex<Standing>>,
    telling: JoinHandle<()>,
    /// Becomes true when the desk closes.
    closing: watch::Sender<bool>,
    lookout: Arc<Lookout>,
}

fn clock() -> (Timestamp, Instant) {
    #[expect(clippy::disallowed_methods, reason = "a process on the floor where clocks live")]
    let (now, at) = (std::time::SystemTime::now(), Instant::now());
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)), at)
}

/// What is opened before anything runs. It blocks.
struct Opened {
    lake: Lake,
    spool: Spool,
    known: Known,
    engine: Engine,
    /// What the lake knows the spool as.
    source: String,
}

/// Opens everything; `missed` is what the state has no alerts of.
fn open(
    config: &DeskConfig,
    rules: Arc<RuleSet>,
    named: &NamedAdvisories,
    kept: &[(String, String)],
) -> Result<Opened, DeskError> {
    let mut lake = Lake::open_to_write(&config.lake)?;
    lake.settle()?;
    let limits = SpoolLimits { bytes_max: config.spool_bytes, ..SpoolLimits::default() };
    let mut spool = Spool::open(&config.spool, limits, clock().0)?;
    let source = source_of(&spool);
    // Before anybody writes to it: its numbers go on behind those of the lake. A spool that the lake does not
    // know begins behind what correlations have found in records of another: they say no spool.
    let begin = match lake.source_progress(&source)? {
        None => Looking::begin(&lake, clock().1).highest(&source)?.map_or(0, parcel_of_row),
        Some(known) => known,
    };
    spool.number_after(begin);
    spool.read_after(lake.source_progress(&source)?.unwrap_or(0))?;
    let known = known(rules, named, kept);
    let mut engine = Engine::new(Config::default(), RuntimeRates::built_in()?);
    let selection = Selection::default();
    let limits = QueryLimits { time: LEARN, ..QueryLimits::default() };
    let walked = Walked::default();
    khien_ops::lineage::learn(
        &mut engine,
        &lake,
        &selection,
        Vec::new(),
        &limits,
        &walked,
        &|_| {},
    )?;
    Ok(Opened { lake, spool, known, engine, source })
}

/// Rules, the advisories that the server was started with, and those that people keep: names and texts.
fn known(rules: Arc<RuleSet>, named: &NamedAdvisories, kept: &[(String, String)]) -> Known {
    let mut advisories: Vec<_> = named.all().map(|(_, advisory)| advisory.clone()).collect();
    for (title, text) in kept {
        match khien_detect::indicator::parse_advisory(text.as_bytes(), title) {
            Ok(advisory) => advisories.push(advisory),
            // It could be read when it was added; the others are looked for all the same.
            Err(error) => tracing::warn!(%error, "an advisory that somebody added cannot be read"),
        }
    }
    Known::new(rules, Advisories::of(advisories))
}

/// What the pipeline looks for, as people change rules and advisories.
pub(crate) struct Lookout {
    steering: Steering,
    rulebook: Arc<Rulebook>,
    /// The rules that are looked for, to be held against those that should be.
    looked_for: Mutex<Arc<RuleSet>>,
    named: Arc<NamedAdvisories>,
    standing: Arc<Mutex<Standing>>,
    /// Held by who changes it: the latest change counts.
    changing: tokio::sync::Mutex<()>,
}

impl Lookout {
    /// Looks for what the state has now; in the background, because everything is made ready anew.
    pub(crate) fn renew(self: &Arc<Self>, store: &Store) {
        let (lookout, store) = (Arc::clone(self), store.clone());
        tokio::spawn(async move {
            let _one = lookout.changing.lock().await;
            lookout.make_anew(&store).await;
        });
    }

    async fn make_anew(self: &Arc<Self>, store: &Store) {
        let made = async {
            let kept = store.advisory_texts().await?;
            let shelf = self.rulebook.now(store).await;
            let rules = shelf.map_err(|error| DeskError::Rules(error.to_string()))?.set.clone();
            let (of, set) = (Arc::clone(self), Arc::clone(&rules));
            let made = tokio::task::spawn_blocking(move || known(set, &of.named, &kept));
            let known = made.await.map_err(|e| DeskError::Thread(e.to_string()))?;
            Ok::<_, DeskError>((rules, known))
        };
        match made.await {
            Ok((rules, known)) => {
                *lock(&self.looked_for) = rules;
                self.steering.look_for(Arc::new(known));
                lock(&self.standing).stale = None;
            }
            Err(error) => self.is_stale(&error),
        }
    }

    /// Says where it is seen that what people changed is not looked for.
    fn is_stale(&self, error: &dyn std::error::Error) {
        tracing::error!(%error, "what is looked for stays as it was");
        lock(&self.standing).stale = Some(error.to_string());
    }

    /// Whether other rules are looked for than these, or the last change could not be followed.
    fn is_behind(&self, set: &Arc<RuleSet>) -> bool {
        lock(&self.standing).stale.is_some() || !Arc::ptr_eq(set, &lock(&self.looked_for))
    }

    /// Sees to it that what is looked for follows the state, whoever changed it: a request of which the last step
    /// failed, another process, or a time that is over.
    async fn keep_up(self: Arc<Self>, store: Store, mut closed: watch::Receiver<bool>) {
        while tokio::time::timeout(KEEP_UP, closed.wait_for(|closed| *closed)).await.is_err() {
            let _one = self.changing.lock().await;
            match self.rulebook.now(&store).await {
                Ok(shelf) if !self.is_behind(&shelf.set) => {}
                Ok(_) => self.make_anew(&store).await,
                Err(error) => self.is_stale(&error),
            }
        }
    }
}

/// What the lake knows that no alert was made of.
#[derive(Default)]
struct Looked {
    missed: Vec<Sighted>,
    /// Up to which row of the lake there are alerts then; nothing where that could not be found out.
    upto: Option<u64>,
    /// Why some of it stays in the lake only.
    unread: Option<String>,
    /// Whether that is looked for again at the next start: how far alerts are must not go past it.
    is_behind: bool,
}

/// Looks for what the lake knows that no alert was made of. That it cannot be read in time keeps nobody from
/// starting: it stays in the lake, and health says so.
fn missed(opened: &Opened, told: Option<u64>, marks: &HashSet<String>) -> Looked {
    let Opened { lake, source, engine, .. } = opened;
    let looking = Looking::begin(lake, clock().1);
    let mut found: BTreeMap<String, Sighted> = BTreeMap::new();
    let mut looked = Looked::default();
    let mut look = |part: &Missed<'_>| {
        looking.missed(part).map(|(more, end)| {
            found.extend(more.into_iter().map(|one| (one.mark.clone(), one)));
            end
        })
    };
    let own = match told {
        Some(told) => look(&Missed::After(source, told)),
        // A spool of which the state knows nothing: its alerts are told from those that another had, restored
        // beside an old lake, by their marks.
        None => look(&Missed::Own(source)),
    };
    let upto = |end: End| match end {
        End::Cut(row) => Ok(row),
        End::Whole => looking.highest(source).map(Option::unwrap_or_default),
    };
    let too_many = || format!("more than {} signals", alerts::MISSED_MAX);
    match own.and_then(|end| Ok((end, upto(end)?))) {
        Ok((end, upto)) => {
            looked.upto = Some(upto.max(told.unwrap_or_default()));
            looked.is_behind = matches!(end, End::Cut(_));
            looked.unread = looked.is_behind.then(too_many);
        }
        Err(error) => {
            looked.is_behind = true;
            looked.unread = Some(error.to_string());
        }
    }
    // What was read from files has numbers of its own.
    match look(&Missed::Without(source, marks)) {
        Ok(End::Whole) => {}
        Ok(End::Cut(_)) => looked.unread = Some(too_many()),
        Err(error) => looked.unread = Some(error.to_string()),
    }
    if let Some(error) = &looked.unread {
        tracing::warn!(%error, "what was found before is in the lake only");
    }
    let departed = engine.findings_at(clock().0);
    let departed = departed.iter().map(alerts::of_departure);
    looked.missed = found.into_values().chain(departed).collect();
    looked
}

impl Desk {
    /// Opens lake and spool and starts the pipeline.
    ///
    /// # Errors
    ///
    /// [`DeskError`]: one of them cannot be opened, or rules or advisories cannot be read.
    pub(crate) async fn open(
        config: DeskConfig,
        rulebook: &Arc<Rulebook>,
        named: &Arc<NamedAdvisories>,
        store: &Store,
        bus: &Arc<Bus>,
    ) -> Result<Self, DeskError> {
        let org = config.org.clone();
        let kept = store.advisory_texts().await?;
        let shelf = rulebook.now(store).await;
        let rules = shelf.map_err(|error| DeskError::Rules(error.to_string()))?.set.clone();
        let (held, set) = (Arc::clone(named), Arc::clone(&rules));
        let opened = tokio::task::spawn_blocking(move || open(&config, set, &held, &kept)).await;
        let opened = opened.map_err(|error| DeskError::Thread(error.to_string()))??;
        let marks: HashSet<String> = store.alert_marks().await?.into_iter().collect();
        let told = store.told(&opened.source).await?;
        let looked = tokio::task::spawn_blocking(move || {
            let looked = missed(&opened, told, &marks);
            (opened, looked)
        });
        let (opened, looked) = looked.await.map_err(|e| DeskError::Thread(e.to_string()))?;
        let Opened { lake, spool, known, engine, source } = opened;
        for part in looked.missed.chunks(ALERTS_AT_ONCE) {
            store.sight(part, None).await?;
        }
        if let Some(upto) = looked.upto {
            store.sight(&[], Some((source.as_str(), upto))).await?;
        }
        let spool: SharedSpool = Arc::new(Mutex::new(spool));
        let (writer, write) = Writer::start(Arc::clone(&spool), || clock().0);
        let (tell, told) = mpsc::channel(TOLD_MAX);
        let standing =
            Arc::new(Mutex::new(Standing { unread: looked.unread, ..Standing::default() }));
        let (closing, closed) = watch::channel(false);
        let teller = Teller {
            store: store.clone(),
            bus: Arc::clone(bus),
            standing: Arc::clone(&standing),
            source,
            is_behind: looked.is_behind,
            closed: closed.clone(),
        };
        let telling = tokio::spawn(teller.go_on(told));
        let pipeline = Pipeline::start(Setup {
            lake: Arc::new(Mutex::new(lake)),
            spool: Arc::clone(&spool),
            known: Arc::new(known),
            engine,
            org,
            mappings: Vec::new(),
            clock,
            // Nobody listens any more: the server stops, and the next one finds it in the lake.
            told: Box::new(move |told| drop(tell.blocking_send(told))),
        });
        let changing = tokio::sync::Mutex::default();
        let lookout = Arc::new(Lookout {
            steering: pipeline.steering(),
            rulebook: Arc::clone(rulebook),
            looked_for: Mutex::new(rules),
            named: Arc::clone(named),
            standing: Arc::clone(&standing),
            changing,
        });
        tokio::spawn(Arc::clone(&lookout).keep_up(store.clone(), closed));
        Ok(Self { pipeline, writer, write, spool, standing, telling, closing, lookout })
    }

    /// Where records go.
    pub(crate) fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// What is looked for.
    pub(crate) fn lookout(&self) -> Arc<Lookout> {
        Arc::clone(&self.lookout)
    }

    /// How it is.
    pub(crate) fn health(&self) -> Arc<dyn HealthSource> {
        let (spool, standing) = (Arc::clone(&self.spool), Arc::clone(&self.standing));
        Arc::new(DeskHealth { spool, standing })
    }

    /// Stores what was read, and stops. What waits in the spool stays there.
    pub(crate) async fn close(self) {
        let Self { mut pipeline, writer, write, telling, closing, .. } = self;
        drop(writer);
        closing.send_replace(true);
        let stopped = tokio::task::spawn_blocking(move || {
            pipeline.stop();
            drop(pipeline);
            // The last writer may still be with a request that ends with the process.
            if write.is_finished() {
                let _ = write.join();
            }
        });
        if stopped.await.is_err() {
            tracing::error!("the pipeline did not stop in order");
        }
        let _ = telling.await;
    }
}

/// Makes alerts of what the pipeline tells.
struct Teller {
    store: Store,
    bus: Arc<Bus>,
    standing: Arc<Mutex<Standing>>,
    /// Whose findings they are.
    source: String,
    /// There are older ones without alerts, for the next start to look for: until then it is not said that
    /// alerts are further.
    is_behind: bool,
    closed: watch::Receiver<bool>,
}

impl Teller {
    async fn go_on(mut self, mut told: mpsc::Receiver<Told>) {
        let mut is_told = true;
        while let Some(first) = told.recv().await {
            let mut all = vec![first];
            while all.len() < TOLD_MAX
                && let Ok(more) = told.try_recv()
            {
                all.push(more);
            }
            // Behind what could not be written nothing is: how far alerts are would be said wrongly.
            is_told = is_told && self.take(all).await;
        }
    }

    /// Whether it is all written.
    async fn take(&mut self, all: Vec<Told>) -> bool {
        let mut sighted: BTreeMap<String, Sighted> = BTreeMap::new();
        let mut latest = None;
        for told in all {
            match told {
                Told::Stored { upto, found, .. } => {
                    latest = Some(upto);
                    alerts::add(&mut sighted, found);
                }
                Told::Departed(found) => {
                    let found = found.iter().map(alerts::of_departure);
                    sighted.extend(found.map(|one| (one.mark.clone(), one)));
                }
                Told::Failed(why) => {
                    tracing::error!(%why, "records cannot be stored; it is tried again");
                    lock(&self.standing).failed = Some(why);
                }
                Told::Recovered => lock(&self.standing).failed = None,
                Told::SetAside(path) => {
                    tracing::error!(%path, "records broke a reader and were set aside");
                    lock(&self.standing).set_aside += 1;
                }
                Told::Noted(what) => tracing::warn!("{what}"),
            }
        }
        let sighted: Vec<Sighted> = sighted.into_values().collect();
        let parts = sighted.len().div_ceil(ALERTS_AT_ONCE);
        for (number, part) in (1..).zip(sighted.chunks(ALERTS_AT_ONCE)) {
            // How far it is belongs to the last part: a process that ends before sees all of it again.
            let told = latest.filter(|_| number == parts && !self.is_behind);
            if !self.write(part, told).await {
                return false;
            }
        }
        true
    }

    /// Writes alerts, however often it takes: until then nothing more is taken from the pipeline. When the
    /// server stops meanwhile they are not written, and the next start makes them of what the lake has.
    async fn write(&mut self, part: &[Sighted], told: Option<u64>) -> bool {
        let mut wait = RETRY.0;
        loop {
            let told = told.map(|upto| (self.source.as_str(), upto));
            match self.store.sight(part, told).await {
                Ok(changed) => {
                    lock(&self.standing).unwritten = None;
                    self.bus.publish(ChangeKind::Alert, changed.alerts.into_iter().take(100));
                    if !changed.cases.is_empty() {
                        self.bus.publish(ChangeKind::Case, changed.cases);
                    }
                    return true;
                }
                Err(error) => {
                    tracing::error!(%error, "alerts could not be written; it is tried again");
                    lock(&self.standing).unwritten = Some(error.to_string());
                }
            }
            let closed = tokio::time::timeout(wait, self.closed.wait_for(|closed| *closed)).await;
            if closed.is_ok() {
                return false;
            }
            wait = wait.saturating_mul(2).min(RETRY.1);
        }
    }
}

/// Whether records reach the lake.
struct DeskHealth {
    spool: SharedSpool,
    standing: Arc<Mutex<Standing>>,
}

#[async_trait]
impl HealthSource for DeskHealth {
    fn id(&self) -> &'static str {
        "intake"
    }

    async fn look(&self) -> Found {
        let spool = Arc::clone(&self.spool);
        let waiting = tokio::task::spawn_blocking(move || lock(&spool).waiting_bytes()).await;
        let waiting = waiting.unwrap_or_default();
        let standing = lock(&self.standing);
        if let Some(why) = &standing.failed {
            return Found::new(HealthState::Failed, "broken", why);
        }
        if let Some(why) = &standing.unwritten {
            return Found::new(HealthState::Failed, "alerts", why);
        }
        if let Some(why) = &standing.stale {
            return Found::new(HealthState::Failed, "stale", why);
        }
        if standing.set_aside > 0 {
            return Found::new(HealthState::Degraded, "set_aside", standing.set_aside);
        }
        if let Some(why) = &standing.unread {
            return Found::new(HealthState::Degraded, "unread", why);
        }
        match waiting {
            0..BEHIND_BYTES => Found::new(HealthState::Ok, "works", waiting >> 20),
            _ => Found::new(HealthState::Degraded, "behind", waiting >> 20),
        }
    }
}

#[cfg(test)]
mod tests;
