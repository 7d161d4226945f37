//! How the server's parts are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// How a part is. Unknown is never drawn as ok.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Works, but somebody should look.
    Degraded,
    /// Does not work.
    Failed,
    /// Works.
    Ok,
    /// Could not be told.
    Unknown,
}

/// One part.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HealthPart {
    /// Which: a stable word such as `state`, `audit`, `disk`, `certificate`, `jobs`, `lake`.
    pub id: String,
    /// How it is.
    pub state: HealthState,
    /// What about it, as a stable word.
    pub code: String,
    /// The same as a sentence, in the language of the account.
    pub what: String,
    /// Since when it has been so, as far as this process knows.
    pub since: Time,
    /// What to do about it, in the language of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_step: Option<String>,
}

/// All parts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Health {
    /// The worst of the parts' states: failed, then unknown, then degraded, then ok.
    pub state: HealthState,
    /// The parts.
    pub parts: Vec<HealthPart>,
}
