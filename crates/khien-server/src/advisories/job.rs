//! A question to the whole lake as a job: it may take long, and survives a restart.

use std::time::Duration;

use async_trait::async_trait;
use khien_ops::check::check;
use khien_text::Lang;
use khien_wire::{AdvisoryAnswer, ChangeKind, Time};
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
        let store = context.store();
        let id = context.input().get("advisory").and_then(Value::as_str).unwrap_or_default();
        let found = super::find(store, Lang::En, id).await?;
        let about = if found.advisory.built_in { About::BuiltIn } else { About::Added };
        let subject = Subject { id, about, text: found.text, origin: found.advisory.id };
        let (answer, is_kept) = ask_and_keep(context, self.lake.as_ref(), subject).await?;
        if is_kept {
            context.tell(ChangeKind::Advisory, id);
        }
        Ok(json!({ "advisory": id, "checked": answer.checked }))
    }
}

/// What the lake is asked about.
pub(crate) struct Subject<'s> {
    /// Its name in the state.
    pub(crate) id: &'s str,
    pub(crate) about: About,
    /// Indicators, in any form that an advisory has.
    pub(crate) text: String,
    /// What the text is called where it cannot be read.
    pub(crate) origin: String,
}

/// Asks the lake about a subject, in three steps of the job, and keeps the answer; says whether the subject was
/// still there.
pub(crate) async fn ask_and_keep(
    context: &JobContext,
    lake: Option<&Asking>,
    subject: Subject<'_>,
) -> Result<(AdvisoryAnswer, bool), JobFailure> {
    let failed = |reason: &dyn std::fmt::Display| JobFailure::Reason(reason.to_string());
    let Some(lake) = lake else { return Err(failed(&"no_lake")) };
    let (store, began) = (context.store(), tokio::time::Instant::now());
    let Subject { id, about, text, origin } = subject;
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
    let is_kept = store.keep_answer(id, about, &answer, &hosts).await?;
    context.progress(STEPS, Some(STEPS)).await?;
    Ok((answer, is_kept))
}
