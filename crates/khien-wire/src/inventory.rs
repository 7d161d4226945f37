//! Hosts and what runs on them, as their records show it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// A host that there are records of.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Host {
    /// Its name. Text from outside.
    pub name: String,
    /// Its organisation. Text from outside.
    pub org: String,
    /// When its first record is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
    /// When its last record is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
    /// How many events.
    pub events: u64,
    /// Kinds of what its records show: `domain`, `sha256`, `release` and so on.
    pub kinds: Vec<String>,
    /// How many releases of programs were seen to run on it.
    pub releases: u64,
}

/// A page of hosts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HostPage {
    /// The hosts.
    pub items: Vec<Host>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// From when to when, and how often.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct SpanOf {
    /// Of what: a kind of observable, or a class and log source. Text from outside.
    pub of: String,
    /// First time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
    /// Last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
    /// Events.
    pub count: u64,
}

/// A release of a program on a host.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HostRelease {
    /// The product, as its version resource names it. Text from outside.
    pub product: String,
    /// Its version. Text from outside.
    pub version: String,
    /// When it was first seen to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
}

/// A host with all that is known of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HostDetail {
    /// The host.
    pub host: Host,
    /// What its records show, by kind.
    pub kinds: Vec<SpanOf>,
    /// Its records, by class and log source.
    pub sources: Vec<SpanOf>,
    /// Releases of programs that were seen to run on it: the first 2,000, by product.
    pub releases: Vec<HostRelease>,
}

/// A release and where it ran.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Exposure {
    /// A number within the answer.
    pub id: String,
    /// The product, as its version resource names it. Text from outside.
    pub product: String,
    /// Its version. Text from outside.
    pub version: String,
    /// On how many hosts it was seen to run.
    pub hosts: u64,
    /// On how many hosts any release of the product was.
    pub of: u64,
    /// The first 16 hosts. Text from outside.
    pub names: Vec<String>,
    /// When it was first seen to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
}

/// A page of releases.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct ExposurePage {
    /// The releases.
    pub items: Vec<Exposure>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}
