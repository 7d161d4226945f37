//! Where an update was seen, as a job: its bytes, and those of the files that it brought.

use async_trait::async_trait;
use khien_wire::{ChangeKind, UpdateFileChange};
use serde_json::{Value, json};

use super::dossier::Kept;
use crate::advisories::job::{Subject, ask_and_keep};
use crate::asking::Asking;
use crate::jobs::{JobContext, JobFailure, JobKind};
use crate::state::{About, UpdateRow};

/// The word of the job.
pub(crate) const TRACE: &str = "update.trace";

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
        let id = context.input().get("update").and_then(Value::as_str).unwrap_or_default();
        let row = context.store().update(id).await?;
        let (text, origin) = (hashes(&row), row.update.name);
        let subject = Subject { id, about: About::Update, text, origin };
        let (answer, _) = ask_and_keep(context, self.lake.as_ref(), subject).await?;
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
