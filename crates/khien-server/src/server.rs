//! The server as a process: opens the state, listens, serves, and stops in order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use khien_ops::scan::knowledge::RuleInputs;
use rustls::ServerConfig;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::advisories::job::CheckAdvisory;
use crate::advisories::named::NamedAdvisories;
use crate::app::App;
use crate::asking::Asking;
use crate::clock::{Clock, SystemClock};
use crate::desk::{Desk, DeskConfig, DeskError};
use crate::files::{NoFiles, StaticFiles};
use crate::health::{AuditHealth, DiskHealth, HealthSource, JobsHealth, Parts, StateHealth};
use crate::http;
use crate::http::admit::{BODIES_BYTES, PIECE_BYTES, STRANGERS_BYTES};
use crate::http::events::{STRANGERS_UNPACKING, UNPACKING};
use crate::inventory::Inventory;
use crate::jobs::{JobKind, Jobs, VERIFY_AUDIT, VerifyAudit};
use crate::listen;
use crate::live::Bus;
use crate::rules::Rulebook;
use crate::rules::intel::IntelCache;
use crate::rules::test::TestRule;
use crate::sign_in::password::Passwords;
use crate::sign_in::throttle::Logins;
use crate::state::{By, StateError, StateFolder, Store};
use crate::syslog;
use crate::tls::{self, CertificateHealth, Ready, Tls};
use crate::updates::examples::{self, ExampleUpdate};
use crate::updates::job::VetUpdate;
use crate::updates::trace::TraceUpdate;
use crate::updates::watch::{self as watching, WatchHealth, Watching};
use crate::updates::{Around, Updates, UpdatesConfig};

/// How long requests and jobs may take to end when the server stops.
pub(crate) const STOP: Duration = Duration::from_secs(10);

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_secs(60);

/// How often the whole audit log is read: once a day.
const VERIFY_MS: i64 = 24 * 60 * 60 * 1000;

/// Why the server does not start, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The caller's: a certificate or key that cannot be used.
    #[error("{}: {why}", .path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The caller's: the address is taken, or not this machine's.
    #[error("{address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state's.
    #[error(transparent)]
    State(#[from] StateError),
    /// The machine's.
    #[error("the runtime: {0}")]
    Runtime(std::io::Error),
    /// The lake's, the spool's, or of what is looked for.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

/// What the server is given.
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The state folder; made where it is not there.
    pub state: PathBuf,
    /// TLS.
    pub tls: Tls,
    /// The name of the organisation.
    pub organisation: String,
    /// Whether what is shown is simulated.
    pub synthetic: bool,
    /// The console.
    pub files: Arc<dyn StaticFiles>,
    /// Kinds of jobs, besides the server's own.
    pub jobs: Vec<Arc<dyn JobKind>>,
    /// Parts whose health is shown, besides the server's own.
    pub health: Vec<Arc<dyn HealthSource>>,
    /// The lake, and what is looked for in what comes; without, nothing is taken.
    pub desk: Option<DeskConfig>,
    /// Where syslog is taken over TCP as it is: anybody who reaches it can send.
    pub syslog_tcp: Option<SocketAddr>,
    /// Where syslog is taken over TLS, with the server's certificate or one that is made.
    pub syslog_tls: Option<SocketAddr>,
    /// The folder of the lake that is asked; that of the desk where none is given.
    pub lake: Option<PathBuf>,
    /// This program, which is started again to answer what people ask in SQL, so that the system limits what that
    /// may take; without, it is answered in this process.
    pub program: Option<PathBuf>,
    /// How updates are taken and read. Reading takes `program`.
    pub updates: UpdatesConfig,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Config {
    /// A server on this address with its state in this folder, and the defaults.
    pub fn new(listen: SocketAddr, state: PathBuf) -> Self {
        Self {
            listen,
            state,
            tls: Tls::Auto,
            organisation: String::new(),
            synthetic: false,
            files: Arc::new(NoFiles),
            jobs: Vec::new(),
            health: Vec::new(),
            desk: None,
            syslog_tcp: None,
            syslog_tls: None,
            lake: None,
            program: None,
            updates: UpdatesConfig::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// What is to be told once the server listens.
#[derive(Clone, Debug)]
pub struct Started {
    /// Where it listens.
    pub address: SocketAddr,
    /// The address for a browser on this machine.
    pub url: String,
    /// The whole address of the one-time link, as long as there is no account.
    pub setup: Option<String>,
    /// SHA-256 of the certificate, with TLS.
    pub fingerprint: Option<String>,
    /// Where syslog is taken over TCP.
    pub syslog_tcp: Option<SocketAddr>,
    /// Where syslog is taken over TLS.
    pub syslog_tls: Option<SocketAddr>,
}

/// A server that listens, and has not begun to answer.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    tls: Option<Ready>,
    started: Started,
    stop: watch::Sender<bool>,
    desk: Option<Desk>,
    watching: Option<Arc<Watching>>,
    examples: Vec<ExampleUpdate>,
    syslog: Vec<(TcpListener, Option<Arc<ServerConfig>>)>,
    // Held as long as the server is: no second one, and no restoring.
    folder: StateFolder,
}

impl Server {
    /// Opens the state and listens.
    ///
    /// # Errors
    ///
    /// The caller's or the machine's, as the variants say.
    pub async fn start(mut config: Config) -> Result<Self, ServerError> {
        let clock = config.clock;
        let loopback = config.listen.ip().to_canonical().is_loopback();
        let folder = StateFolder::serve(&config.state)?;
        let tls = match &config.tls {
            Tls::Auto if loopback => None,
            Tls::Auto => Some(tls::kept(folder.path(), config.listen.ip(), clock.now_ms())?),
            Tls::Files { certificate, key } => Some(tls::from_files(certificate, key)?),
            Tls::Plain => None,
        };
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|source| ServerError::Listen { address: config.listen, source })?;
        let address = listener.local_addr().map_err(ServerError::Runtime)?;
        let mut syslog = Vec::new();
        let syslog_tcp = bind(config.syslog_tcp, None, &mut syslog).await?;
        let mut certificate = tls.as_ref().map(|tls| Arc::clone(&tls.config));
        if let (Some(address), None) = (config.syslog_tls, &certificate) {
            certificate = Some(tls::kept(folder.path(), address.ip(), clock.now_ms())?.config);
        }
        let syslog_tls = bind(config.syslog_tls, certificate, &mut syslog).await?;
        let store = Store::open(&folder, clock.clone()).await?;
        let setup = store.first_link().await?;
        let bus = Arc::new(Bus::new(clock.now_ms()));
        let lake = config.lake.or_else(|| config.desk.as_ref().map(|desk| desk.lake.clone()));
        let lake = lake.map(|folder| Asking::new(folder, config.program.clone()));
        let examples = std::mem::take(&mut config.updates.examples);
        let updates = Updates::open(folder.path(), config.updates, config.program)?;
        let updates = Arc::new(updates);
        updates.reconcile(&store).await?;
        let inputs = config.desk.as_ref().map(|desk| desk.rules.clone());
        let rulebook = open_rules(inputs).await?;
        let mut kinds = own_kinds(lake.as_ref(), &updates, &rulebook);
        kinds.extend(config.jobs);
        let jobs = Jobs::new(store.clone(), bus.clone(), kinds);
        jobs.recover().await?;
        let mut health = own_parts(&folder, &store);
        if let Some(ends) = tls.as_ref().and_then(|tls| tls.ends) {
            health.push(Arc::new(CertificateHealth { ends, clock: clock.clone() }));
        }
        let watching = updates.config.watch.clone().map(|folder| Arc::new(Watching::new(folder)));
        if let Some(watching) = &watching {
            health.push(Arc::new(WatchHealth(Arc::clone(watching))));
        }
        health.extend(config.health);
        let (stop, stopped) = watch::channel(false);
        let passwords = tokio::task::spawn_blocking(Passwords::new)
            .await
            .map_err(|error| ServerError::Runtime(std::io::Error::other(error)))?;
        let device_key = store.device_key().await?;
        let named = Arc::new(named_advisories(config.desk.as_ref()).await?);
        let desk = match config.desk {
            Some(desk) => Some(Desk::open(desk, &rulebook, &named, &store, &bus).await?),
            None => None,
        };
        health.extend(desk.as_ref().map(Desk::health));
        let app = Arc::new(App {
            intake: desk.as_ref().map(Desk::writer),
            lookout: desk.as_ref().map(Desk::lookout),
            named,
            intel: IntelCache::default(),
            rulebook,
            lake: lake.map(Inventory::new),
            store,
            bus,
            jobs,
            parts: Parts::new(health),
            passwords,
            logins: Logins::new(),
            requests: http::rate::Requests::new(),
            streams: http::stream::Streams::default(),
            metrics: http::metrics::Metrics::default(),
            files: config.files,
            updates,
            device_key,
            organisation: config.organisation,
            synthetic: config.synthetic,
            tls: tls.is_some(),
            loopback,
            bodies: Arc::new(Semaphore::new(BODIES_BYTES / PIECE_BYTES)),
            strangers: Arc::new(Semaphore::new(STRANGERS_BYTES / PIECE_BYTES)),
            unpacking: Arc::new(Semaphore::new(UNPACKING)),
            strangers_unpacking: Arc::new(Semaphore::new(STRANGERS_UNPACKING)),
            verifying: Semaphore::new(1),
            stop: stopped,
        });
        let url = url_of(address, tls.is_some());
        let setup = setup.map(|link| format!("{url}{}", link.path));
        let fingerprint = tls.as_ref().map(|tls| tls.fingerprint.clone());
        let started = Started { address, url, setup, fingerprint, syslog_tcp, syslog_tls };
        Ok(Self { app, listener, tls, started, stop, folder, desk, watching, examples, syslog })
    }

    /// What is to be told.
    pub const fn started(&self) -> &Started {
        &self.started
    }

    /// Tells all live streams that something changed.
    pub fn bus(&self) -> Arc<Bus> {
        self.app.bus.clone()
    }

    /// Asks for a job of one of the kinds that were given; nothing where too many wait.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub async fn add_job(
        &self,
        by: &By,
        kind: &'static str,
        input: &Value,
    ) -> Result<Option<String>, StateError> {
        self.app.jobs.add(by, kind, input).await
    }

    /// Answers until told to stop, then takes nothing new, ends what is begun, and closes the state.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub async fn run(self, until: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Self { app, listener, tls, stop, folder, desk, watching, examples, syslog, .. } = self;
        note(&app, "server.started").await;
        let work = tokio::spawn(app.jobs.clone().work(stop.subscribe()));
        let due = tokio::spawn(look_for_due(app.clone(), stop.subscribe()));
        let watch = watching
            .map(|watching| tokio::spawn(watching::watch(app.clone(), watching, stop.subscribe())));
        let examples = tokio::spawn(examples::take(app.clone(), examples, stop.subscribe()));
        let senders: Vec<_> = syslog
            .into_iter()
            .filter_map(|(listener, tls)| {
                let intake = app.intake.clone()?;
                Some(tokio::spawn(syslog::serve(listener, tls, intake, stop.subscribe())))
            })
            .collect();
        let config = tls.map(|tls| tls.config);
        listen::serve(&app, listener, config, until, &stop).await;
        for sender in senders {
            let _ = sender.await;
        }
        let _ = due.await;
        let _ = examples.await;
        if let Some(watch) = watch {
            let _ = watch.await;
        }
        if tokio::time::timeout(STOP, work).await.is_err() {
            tracing::warn!("a job did not stop in time; it is taken up at the next start");
        }
        if let Some(desk) = desk {
            desk.close().await;
        }
        note(&app, "server.stopped").await;
        app.store.clone().close().await;
        drop(folder);
        Ok(())
    }
}

/// Rules from their files. A server that takes no records knows those that ship with the program.
async fn open_rules(inputs: Option<RuleInputs>) -> Result<Arc<Rulebook>, ServerError> {
    let builtin = || RuleInputs { builtin: true, ..RuleInputs::default() };
    let inputs = inputs.unwrap_or_else(builtin);
    let read = tokio::task::spawn_blocking(move || Rulebook::open(&inputs)).await;
    let read = read.map_err(|error| ServerError::Runtime(std::io::Error::other(error)))?;
    Ok(Arc::new(read.map_err(DeskError::from)?))
}

async fn named_advisories(desk: Option<&DeskConfig>) -> Result<NamedAdvisories, ServerError> {
    let names = desk.map(|desk| desk.advisories.clone()).unwrap_or_default();
    let read = tokio::task::spawn_blocking(move || NamedAdvisories::read(names)).await;
    let read = read.map_err(|error| ServerError::Runtime(std::io::Error::other(error)))?;
    Ok(read.map_err(DeskError::from)?)
}

/// Kinds of jobs that every server has.
fn own_kinds(
    lake: Option<&Asking>,
    updates: &Arc<Updates>,
    rulebook: &Arc<Rulebook>,
) -> Vec<Arc<dyn JobKind>> {
    vec![
        Arc::new(VerifyAudit),
        Arc::new(CheckAdvisory { lake: lake.cloned() }),
        Arc::new(VetUpdate { updates: Arc::clone(updates) }),
        Arc::new(TraceUpdate { lake: lake.cloned() }),
        Arc::new(TestRule { lake: lake.cloned(), rulebook: Arc::clone(rulebook) }),
    ]
}

/// Parts that every server has.
fn own_parts(folder: &StateFolder, store: &Store) -> Vec<Arc<dyn HealthSource>> {
    vec![
        Arc::new(StateHealth(store.clone())),
        Arc::new(AuditHealth(store.clone())),
        Arc::new(DiskHealth(folder.path().to_owned())),
        Arc::new(JobsHealth(store.clone())),
    ]
}

/// Listens for syslog where that is wanted; says where.
async fn bind(
    address: Option<SocketAddr>,
    tls: Option<Arc<ServerConfig>>,
    listeners: &mut Vec<(TcpListener, Option<Arc<ServerConfig>>)>,
) -> Result<Option<SocketAddr>, ServerError> {
    let Some(address) = address else { return Ok(None) };
    let failed = |source| ServerError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    listeners.push((listener, tls));
    Ok(Some(address))
}

async fn note(app: &App, action: &'static str) {
    if let Err(error) = app.store.note_server(action).await {
        tracing::error!(%error, action, "the audit log could not be written");
    }
}

/// What the server does by itself from time to time.
async fn look_for_due(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let done = async {
            app.store.sweep().await?;
            // What cannot be written holds nothing else up.
            if let Err(error) = app.updates.settle(&app.store).await {
                tracing::error!(%error, "what follows from decisions could not be done");
            }
            Around::of(&app).ask_for_unread().await?;
            let last = app.store.last_job(VERIFY_AUDIT).await?;
            let since = app.store.now().saturating_sub(VERIFY_MS);
            if last.is_none_or(|job| job.created.as_ms() <= since) {
                app.jobs.add(&By::system(), VERIFY_AUDIT, &Value::Null).await?;
            }
            Ok::<(), StateError>(())
        };
        if let Err(error) = done.await {
            tracing::error!(%error, "what was due could not be done");
        }
    }
}

fn url_of(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    let unspecified = address.ip().is_unspecified();
    let host = if unspecified { "localhost".to_owned() } else { address.ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    format!("{scheme}://{host}:{}", address.port())
}

/// Runs a server on a runtime of its own, until the process is told to end (SIGTERM, SIGINT). `told`
/// is called once it listens.
///
/// # Errors
///
/// The caller's or the machine's, as the variants say.
pub fn serve(config: Config, told: impl FnOnce(&Started)) -> Result<(), ServerError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("khien-serve")
        .build()
        .map_err(ServerError::Runtime)?;
    runtime.block_on(async {
        // Before anything is told: who is told may end the process at once.
        let ended = ended().map_err(ServerError::Runtime)?;
        let server = Server::start(config).await?;
        told(server.started());
        server.run(ended).await
    })
}

#[cfg(unix)]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
