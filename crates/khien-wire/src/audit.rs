//! The audit log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// What kind of doer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person who signed in.
    Account,
    /// Somebody who had not signed in.
    Anonymous,
    /// Somebody at the server's command line.
    CommandLine,
    /// The server itself.
    System,
    /// A machine.
    Token,
}

/// Who did it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// Id of the account or token; empty for others.
    pub id: String,
    /// Its name at that time.
    pub name: String,
}

/// What it was done to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct Target {
    /// What kind: account, token, job, session, state, server.
    pub kind: String,
    /// Its id; empty where there is only one.
    pub id: String,
}

/// One line of the audit log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number; the first is 1, and none is missing.
    pub n: u64,
    /// When.
    pub time: Time,
    /// Who.
    pub actor: Actor,
    /// From where: a network address, or empty.
    pub source: String,
    /// What: a stable word such as `account.created`.
    pub action: String,
    /// To what.
    pub target: Target,
    /// Details by name; never a secret.
    pub detail: BTreeMap<String, String>,
    /// Hash of the entry before, in hexadecimal.
    pub previous: String,
    /// Hash of this one, over all of the above.
    pub hash: String,
}

/// A page of the audit log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditEntry>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// Whether the audit log is whole.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct AuditVerification {
    /// How many entries were read.
    pub entries: u64,
    /// Whether each follows from the one before, and none is missing.
    pub ok: bool,
    /// Number and hash of the last entry, `N:HASH`: keep it elsewhere, and a log that was
    /// written anew from some point on is found out.
    pub head: String,
    /// The first that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_bad: Option<FirstBad>,
}

/// Where the audit log is broken.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct FirstBad {
    /// The number of the entry.
    pub n: u64,
    /// What is wrong, as a stable word: `changed`, `missing`, `out_of_order`, `other_head`, `cut_off`, `unreadable`.
    pub reason: String,
}
