//! What people and alerts put into a case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Actor, Alert, Time};

/// An alert in a case.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct CaseAlert {
    /// The alert as it is now; as it was when it was attached, where it is gone since.
    pub alert: Alert,
    /// When it was attached.
    pub attached: Time,
    /// Who attached it.
    pub by: Actor,
}

/// Alerts that are taken in or out.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CaseAlertsChange {
    /// Ids of alerts to attach.
    #[schema(max_items = 100)]
    pub attach: Vec<String>,
    /// Ids of alerts to detach.
    #[schema(max_items = 100)]
    pub detach: Vec<String>,
    /// The version that was looked at; needed to detach.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<u64>,
}

/// How a host is, as far as this case goes. Nobody has looked means unknown, and unknown is not clear.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostVerdict {
    /// Looked at, and not affected.
    Clear,
    /// Affected.
    Hit,
    /// The case is not about it.
    NotApplicable,
    /// Not known.
    Unknown,
}

/// A host in a case.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CaseHost {
    /// Its name. Text from outside.
    pub host: String,
    /// How it is.
    pub verdict: HostVerdict,
    /// Why, or what was done; may be empty.
    pub note: String,
    /// Alerts of this case that name it.
    pub alerts: u64,
    /// When it was first seen in what the alerts tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
    /// When it was last seen in what the alerts tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
}

/// What somebody says of a host; one that is not there yet is added.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseHostChange {
    /// The version that was looked at.
    pub version: u64,
    /// Its name.
    #[schema(max_length = 255)]
    pub host: String,
    /// How it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verdict: Option<HostVerdict>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000, nullable = false)]
    pub note: Option<String>,
}

/// A piece of evidence.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CaseEvidence {
    /// UUIDv7.
    pub id: String,
    /// What it is. Text of people, or from outside.
    pub name: String,
    /// SHA-256 in hexadecimal; of an alert that of the copy that is kept here. Empty where nobody said.
    pub sha256: String,
    /// Where it is kept; may be empty.
    pub location: String,
    /// More; may be empty.
    pub note: String,
    /// The alert of which it is the copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub alert: Option<String>,
    /// When it came into the case.
    pub added: Time,
    /// Who added it.
    pub by: Actor,
}

/// A piece of evidence that somebody adds. The thing itself stays where it is.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseEvidenceNew {
    /// What it is.
    #[schema(max_length = 200)]
    pub name: String,
    /// SHA-256 in hexadecimal.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub sha256: String,
    /// Where it is kept.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub location: String,
    /// More.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: String,
}

/// Something to do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CaseTask {
    /// UUIDv7.
    pub id: String,
    /// What.
    pub text: String,
    /// Who does it: the name of an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner: Option<String>,
    /// By when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due: Option<Time>,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done: Option<Time>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done_by: Option<Actor>,
    /// When it was added.
    pub created: Time,
    /// Who added it.
    pub by: Actor,
}

/// A task that somebody adds.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseTaskNew {
    /// What.
    #[schema(max_length = 300)]
    pub text: String,
    /// Who does it: the name of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due: Option<Time>,
}

/// What somebody changes of a task; what is not given stays.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseTaskChange {
    /// The version that was looked at.
    pub version: u64,
    /// Whether it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done: Option<bool>,
    /// Who does it: the name of an account; empty for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// What.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300, nullable = false)]
    pub text: Option<String>,
}

/// What an entry of the timeline tells of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseEntryKind {
    /// Something took place.
    Event,
    /// Something was found out.
    Found,
    /// Word came from outside.
    Intel,
    /// Somebody thought so.
    Note,
    /// We did something.
    Ours,
}

/// An entry of the timeline.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CaseEntry {
    /// UUIDv7.
    pub id: String,
    /// What it tells of.
    pub kind: CaseEntryKind,
    /// What was done, as a stable word (`told` for what people write); `detail` fills it in.
    pub what: String,
    /// Details by name. Text of people, or from outside.
    pub detail: BTreeMap<String, String>,
    /// What people wrote, or what an alert is called. Text from outside.
    pub text: String,
    /// When it took place.
    pub at: Time,
    /// When it was found out, or written down.
    pub noted: Time,
    /// Who wrote or did it.
    pub by: Actor,
    /// The alert that tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub alert: Option<String>,
    /// The host that it is about. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub host: Option<String>,
}

/// A note, or an entry of the timeline that somebody writes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseEntryNew {
    /// What it tells of.
    pub kind: CaseEntryKind,
    /// What to say.
    #[schema(max_length = 4000)]
    pub text: String,
    /// When it took place; else now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at: Option<Time>,
    /// When it was found out; else now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub noted: Option<Time>,
    /// The host that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, nullable = false)]
    pub host: Option<String>,
}

/// A case that goes from one person to another.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseHandOver {
    /// The version that was looked at.
    pub version: u64,
    /// Who leads it from now on: the name of an account.
    #[schema(max_length = 64)]
    pub owner: String,
    /// What they need to know.
    #[schema(max_length = 4000)]
    pub note: String,
}
