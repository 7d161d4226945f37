//! Jobs: work that takes longer than a request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Actor, Time};

/// How far a job is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Somebody stopped it.
    Cancelled,
    /// Came to its end.
    Done,
    /// Did not; `reason` says why.
    Failed,
    /// Waits for its turn.
    Queued,
    /// At work.
    Running,
}

/// How much of a job is done.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct JobProgress {
    /// Steps done.
    pub done: u64,
    /// Steps in all, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total: Option<u64>,
}

/// A job.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Job {
    /// UUIDv7.
    pub id: String,
    /// What is done: a stable word such as `audit.verify`.
    pub kind: String,
    /// How far it is.
    pub state: JobState,
    /// How much is done.
    pub progress: JobProgress,
    /// When it was asked for.
    pub created: Time,
    /// Who asked for it.
    pub created_by: Actor,
    /// When it last began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub started: Option<Time>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished: Option<Time>,
    /// How often it began.
    pub attempts: u32,
    /// Why it failed, as a stable word or a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// What came out, in the form that its kind has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    pub result: Option<serde_json::Value>,
}

/// A page of jobs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct JobPage {
    /// The jobs.
    pub items: Vec<Job>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}
