//! Alerts: what rules, indicators, correlations and releases have found, for somebody to look at.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Severity, Time};

/// What found it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Several events that belong together.
    Correlation,
    /// A release does what its earlier releases did not.
    Departure,
    /// An indicator of an advisory.
    Indicator,
    /// A rule.
    Rule,
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Somebody looks at it.
    Acknowledged,
    /// It is dealt with.
    Closed,
    /// Nobody has looked at it.
    Open,
    /// Later evidence took it back: only departures.
    Withdrawn,
}

/// What it was, once it is closed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertResolution {
    /// True, and harmless.
    Benign,
    /// True, and not harmless.
    Confirmed,
    /// Told elsewhere already.
    Duplicate,
    /// Not true.
    FalsePositive,
}

/// Which release departs, and how.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct AlertSubject {
    /// Who makes it, as it says; empty where nobody does.
    pub publisher: String,
    /// The product.
    pub product: String,
    /// The release.
    pub version: String,
    /// The kind of trait, such as `runtime.contacts.domain`.
    pub trait_kind: String,
    /// Which one.
    pub value: String,
}

/// An alert.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Alert {
    /// UUIDv7.
    pub id: String,
    /// What found it.
    pub kind: AlertKind,
    /// The rule, correlation or indicator; of a departure its own name, which stays the same.
    pub rule: String,
    /// What it is called. Text from outside.
    pub title: String,
    /// How severe.
    pub severity: Severity,
    /// The first hosts. Text from outside.
    pub hosts: Vec<String>,
    /// How many hosts in all.
    pub host_count: u64,
    /// When it was first seen, by the events.
    pub first: Time,
    /// When it was last seen, by the events.
    pub last: Time,
    /// How often.
    pub count: u64,
    /// Where it stands.
    pub state: AlertState,
    /// What it was, once it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolution: Option<AlertResolution>,
    /// The name of the account that looks after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner: Option<String>,
    /// What somebody noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// Of a departure: which release, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject: Option<AlertSubject>,
    /// When it was raised here.
    pub created: Time,
    /// When it last changed.
    pub updated: Time,
}

/// An alert with what it rests on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AlertDetail {
    /// The alert.
    pub alert: Alert,
    /// The last event's fields that matched; of a departure the whole finding, which can be computed again.
    #[schema(value_type = Object)]
    pub evidence: serde_json::Value,
}

/// What somebody changes of an alert; what is not given stays.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertChange {
    /// Where it stands: `open`, `acknowledged` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<AlertState>,
    /// What it was; needed to close it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolution: Option<AlertResolution>,
    /// Who looks after it: the name of an account; empty for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// A note in place of the one there was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000, nullable = false)]
    pub note: Option<String>,
}

/// A page of alerts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AlertPage {
    /// The alerts.
    pub items: Vec<Alert>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}
