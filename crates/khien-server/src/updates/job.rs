//! The reading of one update as a job: it may take long, and survives a restart.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use khien_lineage::BaseRates;
use khien_ops::vet::decided;
use khien_ops::vet::document::Document;
use khien_ops::vet::lineage_folder::{self, Entry};
use khien_ops::vet::outcome::Outcome;
use khien_ops::vet::run::{Reading, read_as};
use khien_vet::identity::Names;
use khien_wire::ChangeKind;
use serde_json::{Value, json};

use super::dossier::{Kept, verdict_of};
use super::{Updates, write_whole};
use crate::jobs::{JobContext, JobFailure, JobKind};
use crate::state::{UpdateRow, Vetted};

/// The word of the job.
pub(crate) const VET: &str = "update.vet";
/// Its steps: asked, read, kept.
const STEPS: u64 = 3;
/// How often it is looked whether the job has to stop.
const LOOK: Duration = Duration::from_secs(2);
/// Bound: bytes of a whole report that is kept; of larger ones only the dossier is.
const DOCUMENT_BYTES_MAX: usize = 64 << 20;
/// What stands for the command line in reports.
const COMMAND: [&str; 2] = ["khien", "serve"];
/// Who writes down what vetting says.
const VETTING: &str = "khien serve";

/// Reads an update and judges it by what is trusted.
pub(crate) struct VetUpdate {
    pub(crate) updates: Arc<Updates>,
}

#[async_trait]
impl JobKind for VetUpdate {
    fn kind(&self) -> &'static str {
        VET
    }

    fn resumable(&self) -> bool {
        true
    }

    fn is_patient(&self) -> bool {
        true
    }

    fn about(&self) -> Option<(ChangeKind, &'static str)> {
        Some((ChangeKind::Update, "update"))
    }

    async fn run(&self, context: &JobContext) -> Result<Value, JobFailure> {
        let store = context.store();
        let id = context.input().get("update").and_then(Value::as_str).unwrap_or_default();
        let row = store.update(id).await?;
        context.progress(1, Some(STEPS)).await?;
        let at = Moment::of(store.now());
        let vetted = self.read(context, row, at).await?;
        context.progress(2, Some(STEPS)).await?;
        let verdict = vetted.verdict;
        store.keep_reading(id, &vetted).await?;
        // An update that is passed already, and was not readable, is now.
        if let Err(error) = self.updates.settle(store).await {
            tracing::error!(%error, "the trusted releases could not be brought up to date");
        }
        Ok(json!({ "update": id, "verdict": verdict }))
    }
}

impl VetUpdate {
    /// Reads on a thread that may block, and looks up from time to time.
    async fn read(
        &self,
        context: &JobContext,
        row: UpdateRow,
        at: Moment,
    ) -> Result<Vetted, JobFailure> {
        let failed = |reason: &str| JobFailure::Reason(reason.to_owned());
        let updates = Arc::clone(&self.updates);
        let program = updates.program.clone().ok_or_else(|| failed("no_reader"))?;
        if !updates.file(&row.update.sha256).exists() {
            return Err(failed("gone"));
        }
        let (told, answer) = tokio::sync::oneshot::channel();
        let reading = Arc::clone(&updates.reading);
        let stop = StopWhenGone::default();
        let stopped = Arc::clone(&stop.0);
        let work = async move {
            let turn = reading.acquire_owned().await;
            let thread = std::thread::Builder::new().name("khien-vet".to_owned());
            // A thread of its own: a runtime that stops would wait for one of its blocking threads.
            let started = thread.spawn(move || {
                let _turn = turn;
                drop(told.send(vet(&updates, &program, &row, &at, &stopped)));
            });
            started.map_err(|error| error.to_string())?;
            answer.await.map_err(|_| "internal".to_owned())?
        };
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done.map_err(JobFailure::Reason),
                () = tokio::time::sleep(LOOK) => context.progress(1, Some(STEPS)).await?,
            }
        }
    }
}

/// Says to the thread that reads that the job is gone: it was stopped, or its process ends.
#[derive(Default)]
struct StopWhenGone(Arc<AtomicBool>);

impl Drop for StopWhenGone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A moment, as lineages write it.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) day: Date,
    pub(super) text: String,
}

impl Moment {
    pub(super) fn of(ms: i64) -> Self {
        let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self { day: at.to_zoned(TimeZone::UTC).date(), text: at.to_string() }
    }
}

/// Reads, compares, and keeps profile and report.
fn vet(
    updates: &Updates,
    program: &Path,
    row: &UpdateRow,
    at: &Moment,
    stopped: &AtomicBool,
) -> Result<Vetted, String> {
    let stop = || stopped.load(Ordering::Relaxed);
    let update = &row.update;
    let path = updates.file(&update.sha256);
    let bounds = &updates.config.bounds;
    let reading = read_as(program, &path, &update.name, bounds, &|_, _, _| {}, &stop);
    let reading = reading.map_err(|error| error.to_string())?;
    if stop() {
        return Err("cancelled".to_owned());
    }
    if reading.profile.sha256 != update.sha256 {
        return Err("the bytes on disk are not those that came".to_owned());
    }
    let product = product_of(row, &reading);
    let lineage = updates.lineage(&product);
    let kept = lineage_folder::load(&lineage, at.day).map_err(|error| error.to_string())?;
    // What it is compared with is what came before it, not itself.
    let earlier = kept.releases.into_iter().filter(|old| old.sha256 != update.sha256).collect();
    let readable = !reading.cut_off;
    let rates = BaseRates::built_in().map_err(|error| error.to_string())?;
    let command = COMMAND.map(str::to_owned).to_vec();
    let outcome = Outcome::of(earlier, Vec::new(), reading, &rates, bounds.time_max, command);
    let write = |path: &Path, bytes: &[u8]| {
        write_whole(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
    };
    if readable {
        let profile = khien_vet::baseline::encode(&outcome.new);
        let profile = profile.map_err(|error| error.to_string())?;
        write(&updates.profile(&update.sha256), &profile)?;
    }
    let document =
        serde_json::to_vec(&Document::of(&outcome)).map_err(|error| error.to_string())?;
    let place = updates.document(&update.sha256);
    if document.len() <= DOCUMENT_BYTES_MAX {
        write(&place, &document)?;
    } else {
        // That of an earlier reading says something else.
        let _ = std::fs::remove_file(place);
    }
    {
        // Whoever settles writes to the same list, and shortening would lose what is written meanwhile.
        let _alone = updates.settling.blocking_lock();
        note(&lineage, &outcome, at)?;
    }
    vetted(product, readable, &outcome)
}

fn vetted(product: String, readable: bool, outcome: &Outcome) -> Result<Vetted, String> {
    let report = &outcome.report;
    let identity = &report.new.identity;
    let compared = report
        .earlier
        .last()
        .map(|last| last.identity.version.clone().unwrap_or_else(|| last.name.as_raw().to_owned()));
    let dossier = serde_json::to_string(&Kept::of(outcome)).map_err(|error| error.to_string())?;
    Ok(Vetted {
        product,
        version: identity.version.clone(),
        publisher: identity.publisher.clone(),
        verdict: verdict_of(report),
        score: report.score,
        compared,
        first_reason: report.leading(1).next().map(|first| first.departure.of.kind.id().to_owned()),
        dossier,
        readable,
    })
}

/// The product: as whoever sent it says, else as it says itself, else the name of its file without version.
fn product_of(row: &UpdateRow, reading: &Reading) -> String {
    let stated = reading.profile.identity.product.clone();
    match row.given.as_str() {
        "" => stated.unwrap_or_else(|| khien_vet::version::stem(&row.update.name)),
        given => given.to_owned(),
    }
}

/// Writes down what vetting says, which is set beside what the release does when it runs.
fn note(lineage: &Path, outcome: &Outcome, at: &Moment) -> Result<(), String> {
    let entry = Entry {
        time: &at.text,
        by: VETTING,
        name: outcome.new.name.as_raw(),
        sha256: &outcome.new.sha256,
        version: outcome.new.identity.version.as_deref(),
        decision: outcome.report.decision.as_str(),
        kept: false,
        reason: None,
        until: None,
        names: Some(Names::of(&outcome.new)),
        found: decided::found(outcome),
    };
    lineage_folder::note(lineage, &entry).map_err(|error| error.to_string())?;
    // A list that is longer than it need be is no reason to throw a reading away.
    if let Err(error) = lineage_folder::shorten(lineage) {
        tracing::warn!(%error, "a list of decisions could not be shortened");
    }
    Ok(())
}
