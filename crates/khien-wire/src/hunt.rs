//! Hunts: questions in SQL over all that is stored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most characters of a question.
pub const HUNT_CHARS_MAX: usize = 20_000;

/// The most rows of an answer.
pub const HUNT_ROWS_MAX: u32 = 5000;

/// A question.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HuntNew {
    /// One `SELECT`.
    #[schema(max_length = 20000)]
    pub sql: String,
    /// What it is for; the audit log keeps it.
    #[schema(max_length = 500)]
    pub purpose: String,
    /// Rows at most: 1,000 unless said otherwise, and 5,000 at most.
    #[serde(default)]
    #[schema(nullable = false)]
    pub rows: Option<u32>,
}

/// A column of an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HuntColumn {
    /// Its name. Text from outside.
    pub name: String,
    /// Whether its values are numbers.
    pub number: bool,
}

/// What a question came to.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HuntAnswer {
    /// The columns.
    pub columns: Vec<HuntColumn>,
    /// The rows, a text for each column or null; times in UTC. A text is cut after 4,000 characters. Text from outside.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there are more rows than were asked for, or than an answer holds.
    pub cut: bool,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A hunt that is ready to be run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct ReadyHunt {
    /// Its name.
    pub id: String,
    /// What it shows, in the language of who asks.
    pub title: String,
    /// The question.
    pub sql: String,
}

/// A table or view that can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HuntTable {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// What can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HuntGuide {
    /// Hunts that are ready.
    pub ready: Vec<ReadyHunt>,
    /// Tables and views; none where there is no lake to ask.
    pub tables: Vec<HuntTable>,
}
