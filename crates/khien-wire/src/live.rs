//! Live changes: ids only, to be fetched anew.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Accounts; only admins are told.
    Account,
    /// Advisories.
    Advisory,
    /// Alerts.
    Alert,
    /// Cases.
    Case,
    /// What there is data of.
    Coverage,
    /// Hosts.
    Host,
    /// Jobs.
    Job,
    /// Rules.
    Rule,
    /// Updates under review.
    Update,
}

/// The data of an event `change` on the live stream.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// What kind.
    pub kind: ChangeKind,
    /// Which ones.
    pub ids: Vec<String>,
}
