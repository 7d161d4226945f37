//! Jobs at work: what takes longer than a request, and survives a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use khien_wire::{ChangeKind, JobProgress};
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::live::Bus;
use crate::state::{By, JobEnd, NextJob, StateError, Store};

/// Jobs at work at the same time.
const AT_ONCE: usize = 2;

/// How often it is looked for jobs that another process asked for.
const LOOK: Duration = Duration::from_secs(5);

/// Why a job did not come to its end.
#[derive(Debug)]
pub enum JobFailure {
    /// It was told to stop, by [`JobContext::progress`].
    Stopped,
    /// For this reason: a stable word or a sentence.
    Reason(String),
}

impl From<StateError> for JobFailure {
    fn from(error: StateError) -> Self {
        Self::Reason(error.to_string())
    }
}

/// A kind of job.
#[async_trait]
pub trait JobKind: Send + Sync {
    /// Its stable word, such as `audit.verify`.
    fn kind(&self) -> &'static str;

    /// Whether it can simply begin anew after the process died under it.
    fn resumable(&self) -> bool;

    /// Whether others go first: one that takes long, and of which many may wait.
    fn is_patient(&self) -> bool {
        false
    }

    /// The kind of thing that it is about, and the name that its input has for the thing's id. Browsers are
    /// told that the thing changed when the job begins and when it ended.
    fn about(&self) -> Option<(ChangeKind, &'static str)> {
        None
    }

    /// Does it. What it finds out is the result.
    ///
    /// # Errors
    ///
    /// It was told to stop, or it cannot be done.
    async fn run(&self, context: &JobContext) -> Result<Value, JobFailure>;
}

/// What a job at work has.
#[derive(Debug)]
pub struct JobContext {
    id: String,
    input: Value,
    store: Store,
    bus: Arc<Bus>,
    stop: watch::Receiver<bool>,
    cancelled: AtomicBool,
}

impl JobContext {
    /// What was asked for.
    pub const fn input(&self) -> &Value {
        &self.input
    }

    /// Its own id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tells browsers that a thing changed.
    pub fn tell(&self, kind: ChangeKind, id: &str) {
        self.bus.publish(kind, [id.to_owned()]);
    }

    /// The state.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Notes how much is done. To be called at each step: it is where a job learns that it has to stop.
    ///
    /// # Errors
    ///
    /// [`JobFailure::Stopped`] when somebody cancelled it or the server stops.
    pub async fn progress(&self, done: u64, total: Option<u64>) -> Result<(), JobFailure> {
        if *self.stop.borrow() {
            return Err(JobFailure::Stopped);
        }
        let cancelled = self.store.job_progress(&self.id, JobProgress { done, total }).await?;
        self.bus.publish(ChangeKind::Job, [self.id.clone()]);
        if cancelled {
            self.cancelled.store(true, Ordering::SeqCst);
            return Err(JobFailure::Stopped);
        }
        Ok(())
    }
}

/// Where jobs are asked for.
#[derive(Clone)]
pub(crate) struct Jobs {
    store: Store,
    bus: Arc<Bus>,
    kinds: Arc<Vec<Arc<dyn JobKind>>>,
    wake: Arc<Notify>,
}

impl Jobs {
    pub(crate) fn new(store: Store, bus: Arc<Bus>, kinds: Vec<Arc<dyn JobKind>>) -> Self {
        Self { store, bus, kinds: Arc::new(kinds), wake: Arc::new(Notify::new()) }
    }

    /// Asks for a job; nothing where too many wait.
    pub(crate) async fn add(
        &self,
        by: &By,
        kind: &'static str,
        input: &Value,
    ) -> Result<Option<String>, StateError> {
        let id = self.store.add_job(by, kind, input).await?;
        if let Some(id) = &id {
            self.bus.publish(ChangeKind::Job, [id.clone()]);
            self.wake.notify_one();
        }
        Ok(id)
    }

    /// Takes up what an earlier process left.
    pub(crate) async fn recover(&self) -> Result<(), StateError> {
        let resumable = self.kinds.iter().filter(|kind| kind.resumable());
        let resumable: Vec<&str> = resumable.map(|kind| kind.kind()).collect();
        self.store.recover_jobs(&resumable).await
    }

    /// Works until told to stop, and then until the jobs at work have stopped.
    pub(crate) async fn work(self, stop: watch::Receiver<bool>) {
        let mut workers = JoinSet::new();
        for number in 0..AT_ONCE {
            workers.spawn(self.clone().work_one(number, stop.clone()));
        }
        while workers.join_next().await.is_some() {}
    }

    async fn work_one(self, number: usize, mut stop: watch::Receiver<bool>) {
        // One worker is there for whoever waits at a screen, however many others wait.
        let taken = self.kinds.iter().filter(|kind| number > 0 || !kind.is_patient());
        let kinds: Vec<&str> = taken.map(|kind| kind.kind()).collect();
        while !*stop.borrow() {
            match self.store.take_job(&kinds).await {
                Ok(Some(job)) => {
                    // One was there, so the next worker may find another.
                    self.wake.notify_one();
                    self.run(job, &stop).await;
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "jobs cannot be read"),
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    async fn run(&self, job: NextJob, stop: &watch::Receiver<bool>) {
        let Some(kind) = self.kinds.iter().find(|kind| kind.kind() == job.kind).cloned() else {
            return;
        };
        self.bus.publish(ChangeKind::Job, [job.id.clone()]);
        let about = kind
            .about()
            .and_then(|(what, name)| Some((what, job.input.get(name)?.as_str()?.to_owned())));
        let tell = || {
            if let Some((what, id)) = &about {
                self.bus.publish(*what, [id.clone()]);
            }
        };
        tell();
        let context = Arc::new(JobContext {
            id: job.id.clone(),
            input: job.input,
            store: self.store.clone(),
            bus: self.bus.clone(),
            stop: stop.clone(),
            cancelled: AtomicBool::new(false),
        });
        let (worker, of_worker) = (kind.clone(), context.clone());
        // A task of its own: a panic in one job is that job's end and not the worker's.
        let ended = tokio::spawn(async move { worker.run(&of_worker).await }).await;
        let end = match ended {
            Ok(Ok(result)) => JobEnd::Done(result),
            Ok(Err(JobFailure::Reason(reason))) => JobEnd::Failed(reason),
            Ok(Err(JobFailure::Stopped)) if context.cancelled.load(Ordering::SeqCst) => {
                JobEnd::Cancelled
            }
            Ok(Err(JobFailure::Stopped)) if kind.resumable() => JobEnd::Interrupted,
            Ok(Err(JobFailure::Stopped)) => JobEnd::Failed("interrupted_by_restart".to_owned()),
            Err(_) => JobEnd::Failed("internal".to_owned()),
        };
        if let Err(error) = self.store.end_job(&job.id, &end).await {
            tracing::error!(%error, job.id, "the end of a job could not be noted");
        }
        self.bus.publish(ChangeKind::Job, [job.id]);
        tell();
    }
}

/// Reads the whole audit log; the server asks for it once a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifyAudit;

/// The word of [`VerifyAudit`].
pub(crate) const VERIFY_AUDIT: &str = "audit.verify";

#[async_trait]
impl JobKind for VerifyAudit {
    fn kind(&self) -> &'static str {
        VERIFY_AUDIT
    }

    fn resumable(&self) -> bool {
        true
    }

    async fn run(&self, context: &JobContext) -> Result<Value, JobFailure> {
        let verification = context.store().verify_audit(None).await?;
        serde_json::to_value(verification).map_err(|error| JobFailure::Reason(error.to_string()))
    }
}
