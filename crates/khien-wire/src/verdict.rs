//! The four answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The four answers to "are we hit?".
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything asked for was checked, and nothing was found.
    Clear,
    /// There is evidence.
    Hit,
    /// The question does not apply.
    NotApplicable,
    /// Something asked for could not be checked.
    Unknown,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct VerdictCounts {
    /// Hit.
    pub hit: u64,
    /// Clear.
    pub clear: u64,
    /// Unknown.
    pub unknown: u64,
    /// Not applicable.
    pub not_applicable: u64,
}
