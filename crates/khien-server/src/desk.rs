//! The lake, the spool before it, and what is made of what comes: records in, alerts out.
//!
//! The pipeline (`khien_ops::live`) works in threads of its own and tells what it found; a task here
//! makes alerts of it and tells browsers. A lake knows everything that was found, so alerts that a
//! process did not live to write are made when the next one starts.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use khien_lake::{Lake, LakeError, QueryLimits, Selection, Walked};
use khien_lineage::runtime_rate::RuntimeRatesError;
use khien_lineage::{Config, Engine, RuntimeRates};
use khien_model::Timestamp;
use khien_ops::live::pipeline::{Known, Pipeline, Setup, Told};
use khien_ops::live::spool::{Spool, SpoolError, SpoolLimits};
use khien_ops::live::writer::{SharedSpool, Writer, lock};
use khien_ops::scan::knowledge::{InputError, RuleInputs, load_advisories, load_rules};
use khien_wire::{ChangeKind, HealthState};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::health::{Found, HealthSource};
use crate::live::Bus;
use crate::state::{Sighted, StateError, Store};

mod alerts;

/// Bound: what the pipeline tells and nobody has taken yet; then it waits.
const TOLD_MAX: usize = 256;
/// Bound: alerts that one write makes or changes.
const ALERTS_AT_ONCE: usize = 5000;
/// Spool bytes from which senders should know that the lake does not keep up.
const BEHIND_BYTES: u64 = 256 << 20;

/// What a desk is given.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// The organisation that the hosts belong to, as `khien ingest --org` has it.
    pub org: String,
    /// The lake's folder; made where it is not there.
    pub lake: PathBuf,
    /// The spool's folder; made where it is not there.
    pub spool: PathBuf,
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
    /// A defect, or the machine's.
    #[error("{0}")]
    Thread(String),
}

/// How the pipeline is.
#[derive(Debug, Default)]
struct Standing {
    failed: Option<String>,
    set_aside: u64,
}

/// A lake at work.
pub(crate) struct Desk {
    pipeline: Pipeline,
    writer: Writer,
    write: std::thread::JoinHandle<()>,
    spool: SharedSpool,
    standing: Arc<Mutex<Standing>>,
    telling: JoinHandle<()>,
}

fn clock() -> (Timestamp, Instant) {
    #[expect(clippy::disallowed_methods, reason = "a process on the floor where clocks live")]
    let (now, at) = (std::time::SystemTime::now(), Instant::now());
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)), at)
}

fn standing(of: &Mutex<Standing>) -> std::sync::MutexGuard<'_, Standing> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is opened before anything runs. It blocks.
struct Opened {
    lake: Lake,
    spool: Spool,
    known: Known,
    engine: Engine,
    /// What the lake knows that no alert was made of, as far as that can be seen.
    missed: Vec<Sighted>,
}

fn open(config: &DeskConfig, marks: &HashSet<String>) -> Result<Opened, DeskError> {
    let lake = Lake::open_to_write(&config.lake)?;
    let spool = Spool::open(&config.spool, SpoolLimits::default(), clock().0)?;
    let known = Known::new(load_rules(&config.rules)?, load_advisories(&config.advisories)?);
    let mut engine = Engine::new(Config::default(), RuntimeRates::built_in()?);
    let (selection, limits) = (Selection::default(), QueryLimits::default());
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
    let mut missed = alerts::of_lake(&lake, marks)?;
    missed.extend(engine.findings_at(clock().0).iter().map(alerts::of_departure));
    Ok(Opened { lake, spool, known, engine, missed })
}

impl Desk {
    /// Opens lake and spool and starts the pipeline.
    ///
    /// # Errors
    ///
    /// [`DeskError`]: one of them cannot be opened, or rules or advisories cannot be read.
    pub(crate) async fn open(
        config: DeskConfig,
        store: &Store,
        bus: &Arc<Bus>,
    ) -> Result<Self, DeskError> {
        let marks: HashSet<String> = store.alert_marks().await?.into_iter().collect();
        let org = config.org.clone();
        let opened = tokio::task::spawn_blocking(move || open(&config, &marks)).await;
        let Opened { lake, spool, known, engine, missed } =
            opened.map_err(|error| DeskError::Thread(error.to_string()))??;
        for part in missed.chunks(ALERTS_AT_ONCE) {
            store.sight(part).await?;
        }
        let spool: SharedSpool = Arc::new(Mutex::new(spool));
        let (writer, write) = Writer::start(Arc::clone(&spool), || clock().0);
        let (tell, told) = mpsc::channel(TOLD_MAX);
        let standing = Arc::<Mutex<Standing>>::default();
        let telling =
            tokio::spawn(take(told, store.clone(), Arc::clone(bus), Arc::clone(&standing)));
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
        Ok(Self { pipeline, writer, write, spool, standing, telling })
    }

    /// Where records go.
    pub(crate) fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// How it is.
    pub(crate) fn health(&self) -> Arc<dyn HealthSource> {
        let (spool, standing) = (Arc::clone(&self.spool), Arc::clone(&self.standing));
        Arc::new(DeskHealth { spool, standing })
    }

    /// Stores what was read, and stops. What waits in the spool stays there.
    pub(crate) async fn close(self) {
        let Self { mut pipeline, writer, write, telling, .. } = self;
        drop(writer);
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
async fn take(
    mut told: mpsc::Receiver<Told>,
    store: Store,
    bus: Arc<Bus>,
    standing_of: Arc<Mutex<Standing>>,
) {
    while let Some(first) = told.recv().await {
        let mut all = vec![first];
        while all.len() < TOLD_MAX
            && let Ok(more) = told.try_recv()
        {
            all.push(more);
        }
        let mut sighted: BTreeMap<String, Sighted> = BTreeMap::new();
        for told in all {
            match told {
                Told::Found(found) => alerts::add(&mut sighted, found),
                Told::Departed(found) => {
                    let found = found.iter().map(alerts::of_departure);
                    sighted.extend(found.map(|one| (one.mark.clone(), one)));
                }
                Told::Failed(why) => {
                    tracing::error!(%why, "records cannot be stored; it is tried again");
                    standing(&standing_of).failed = Some(why);
                }
                Told::Recovered => standing(&standing_of).failed = None,
                Told::SetAside(path) => {
                    tracing::error!(%path, "records broke a reader and were set aside");
                    standing(&standing_of).set_aside += 1;
                }
                Told::Stored(_) => {}
            }
        }
        let sighted: Vec<Sighted> = sighted.into_values().collect();
        for part in sighted.chunks(ALERTS_AT_ONCE) {
            match store.sight(part).await {
                Ok(changed) => {
                    bus.publish(ChangeKind::Alert, changed.alerts.into_iter().take(100));
                    if !changed.cases.is_empty() {
                        bus.publish(ChangeKind::Case, changed.cases);
                    }
                }
                Err(error) => tracing::error!(%error, "alerts could not be written"),
            }
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
        let standing = standing(&self.standing);
        if let Some(why) = &standing.failed {
            return Found::new(HealthState::Failed, "broken", why);
        }
        if standing.set_aside > 0 {
            return Found::new(HealthState::Degraded, "set_aside", standing.set_aside);
        }
        match waiting {
            0..BEHIND_BYTES => Found::new(HealthState::Ok, "works", waiting >> 20),
            _ => Found::new(HealthState::Degraded, "behind", waiting >> 20),
        }
    }
}
