//! Where an update was seen, as a job: its bytes, and those of the files that it brought.

use std::time::Duration;

use async_trait::async_trait;
use khien_ops::check::check;
use khien_wire::{ChangeKind, Time, UpdateFileChange};
use serde_json::{Value, json};

use super::dossier::Kept;
use crate::advisories;
use crate::advisories::answer::{self, Asked};
use crate::asking::Asking;
use crate::jobs::{JobContext, JobFailure, JobKind};
use crate::state::{About, UpdateRow};

/// The word of the job.
pub(crate) const TRACE: &str = "update.trace";
/// How long it may take.
const TIME: Duration = Duration::from_secs(15 * 60);
/// Its steps: begun, asked, kept.
const STEPS: u64 = 3;

/// Asks the lake where an update was seen.
pub(crate) struct TraceUpdate {
    /// Nothing where this server has no lake.
    pub(crate) lake: Option<Asking>,
}

#[async_trait]
impl JobKind for TraceUpdate {
    fn kind(&self) -> &'static str {
        TRACE
    }

    fn resumable(&self) -> bool {
        true
    }

    fn about(&self) -> Option<(ChangeKind, &'static str)> {
        Some((ChangeKind::Update, "update"))
    }

    async fn run(&self, context: &JobContext) -> Result<Value, JobFailure> {
        let failed = |reason: &dyn std::fmt::Display| JobFailure::Reason(reason.to_string());
        let Some(lake) = &self.lake else { return Err(failed(&"no_lake")) };
        let store = context.store();
        let began = tokio::time::Instant::now();
        let id = context.input().get("update").and_then(Value::as_str).unwrap_or_default();
        let row = store.update(id).await?;
        let by = store.job(context.id()).await?.created_by;
        context.progress(1, Some(STEPS)).await?;
        let (text, origin) = (hashes(&row), row.update.name);
        let asked = lake.ask(TIME, move |lake| {
            let question = advisories::question(&text, &origin)
                .map_err(|error| khien_lake::LakeError::Query(error.detail))?;
            check(lake, question)
        });
        let report = asked.await.map_err(|error| failed(&error))?;
        context.progress(2, Some(STEPS)).await?;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let asked = Asked { by, time: Time::from_ms(store.now()), took_ms };
        let told = tokio::task::spawn_blocking(move || answer::of(&report, asked)).await;
        let (answer, hosts) = told.map_err(|error| failed(&error))?;
        store.keep_answer(id, About::Update, &answer, &hosts).await?;
        context.progress(STEPS, Some(STEPS)).await?;
        Ok(json!({ "update": id, "checked": answer.checked }))
    }
}

/// The hashes that stand for an update, one a line: its own, and those of files that are new or changed in
/// it. Files that were in a trusted release before are on every host that has that one.
fn hashes(row: &UpdateRow) -> String {
    let kept: Option<Kept> =
        row.dossier.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut all = vec![row.update.sha256.clone()];
    for file in kept.iter().flat_map(|kept| &kept.bare().files) {
        let brought = matches!(file.change, UpdateFileChange::Added | UpdateFileChange::Changed);
        if brought && !file.sha256.is_empty() && !all.contains(&file.sha256) {
            all.push(file.sha256.clone());
        }
    }
    all.join("\n") + "\n"
}
