//! The check of one advisory as a job: it may take long, and survives a restart.

use std::time::Duration;

use async_trait::async_trait;
use khien_ops::check::check;
use khien_text::Lang;
use khien_wire::{ChangeKind, Time};
use serde_json::{Value, json};

use super::answer::{self, Asked};
use crate::asking::Asking;
use crate::jobs::{JobContext, JobFailure, JobKind};
use crate::state::About;

/// The word of the job.
pub(crate) const CHECK: &str = "advisory.check";
/// How long a check may take.
const TIME: Duration = Duration::from_secs(15 * 60);
/// Its steps: read, asked, kept.
const STEPS: u64 = 3;

/// Holds an advisory against the whole lake.
pub(crate) struct CheckAdvisory {
    /// Nothing where this server has no lake.
    pub(crate) lake: Option<Asking>,
}

#[async_trait]
impl JobKind for CheckAdvisory {
    fn kind(&self) -> &'static str {
        CHECK
    }

    fn resumable(&self) -> bool {
        true
    }

    async fn run(&self, context: &JobContext) -> Result<Value, JobFailure> {
        let failed = |reason: &dyn std::fmt::Display| JobFailure::Reason(reason.to_string());
        let Some(lake) = &self.lake else { return Err(failed(&"no_lake")) };
        let store = context.store();
        let began = tokio::time::Instant::now();
        let id = context.input().get("advisory").and_then(Value::as_str).unwrap_or_default();
        let found = super::find(store, Lang::En, id).await?;
        let (built_in, text, origin) =
            (found.advisory.built_in, found.text, found.advisory.id.clone());
        let by = store.job(context.id()).await?.created_by;
        context.progress(1, Some(STEPS)).await?;
        let asked = lake.ask(TIME, move |lake| {
            let question = super::question(&text, &origin)
                .map_err(|error| khien_lake::LakeError::Query(error.detail))?;
            check(lake, question)
        });
        let report = asked.await.map_err(|error| failed(&error))?;
        context.progress(2, Some(STEPS)).await?;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let asked = Asked { by, time: Time::from_ms(store.now()), took_ms };
        let told = tokio::task::spawn_blocking(move || answer::of(&report, asked)).await;
        let (answer, hosts) = told.map_err(|error| failed(&error))?;
        let about = if built_in { About::BuiltIn } else { About::Added };
        if store.keep_answer(id, about, &answer, &hosts).await? {
            context.tell(ChangeKind::Advisory, id);
        }
        context.progress(STEPS, Some(STEPS)).await?;
        Ok(json!({ "advisory": id, "checked": answer.checked }))
    }
}
