//! Hosts that run osquery and have enrolled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// A host that enrolled. What it says of itself is text from outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Node {
    /// UUIDv7.
    pub id: String,
    /// What it calls itself: there is one node of each.
    pub host_identifier: String,
    /// The host name that its records are stored under.
    pub hostname: String,
    /// `darwin`, `linux` or `windows`; empty where it said nothing that is known.
    pub platform: String,
    /// Its operating system and the version of it.
    pub os: String,
    /// The version of osquery.
    pub version: String,
    /// The name of the token that it enrolled with.
    pub token: String,
    /// When it enrolled last.
    pub enrolled: Time,
    /// When it was last heard of, to the minute.
    pub seen: Time,
    /// From which address.
    pub address: String,
    /// When it last sent an inventory that it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub inventory: Option<Time>,
    /// When it was revoked: it can send nothing, and not enrol again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoked: Option<Time>,
}

/// A change of a node.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeChange {
    /// Whether it is revoked. Its key counts no more in either case: who is let in again enrols again.
    pub revoked: bool,
}

/// A page of nodes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct NodePage {
    /// The nodes.
    pub items: Vec<Node>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// What osquery is answered. It reads members and no status: `error` is what makes it send once more.
///
/// Source: osquery, "Remote API"; `osquery/remote/utility.h`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct OsqueryAnswer {
    /// Whether the key counts no more, so that the client has to enrol.
    pub node_invalid: bool,
    /// The key of a client that enrolled. Only its hash is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub node_key: Option<String>,
    /// Why a request was not taken, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// Options by their names, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// Queries that run again and again, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub schedule: BTreeMap<String, OsqueryScheduled>,
    /// Queries that run now, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queries: BTreeMap<String, String>,
}

/// A query that runs again and again.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OsqueryScheduled {
    /// In SQL.
    pub query: String,
    /// Seconds between two runs.
    pub interval: u32,
    /// Platforms, with commas between; on all without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub platform: Option<String>,
    /// Whether rows that are gone are told, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub removed: Option<bool>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
}
