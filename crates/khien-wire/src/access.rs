//! Who may do what: roles of people, scopes of machine tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A role. Each has what those before it have.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything but accounts, tokens and the audit log.
    Viewer,
    /// Works on alerts and cases.
    Analyst,
    /// Proposes actions on hosts.
    Responder,
    /// Lets proposed actions happen.
    Approver,
    /// Looks after accounts, tokens and the server.
    Admin,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 5] =
        [Self::Viewer, Self::Analyst, Self::Responder, Self::Approver, Self::Admin];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Responder => "responder",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }

    /// The role of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// What a machine token may do. A token has no role: what its scopes do not name, it cannot do.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema,
)]
pub enum Scope {
    /// Read advisories and what checks of them came to.
    #[serde(rename = "advisories:read")]
    AdvisoriesRead,
    /// Add and remove advisories, and check whether they hit.
    #[serde(rename = "advisories:write")]
    AdvisoriesWrite,
    /// Read alerts.
    #[serde(rename = "alerts:read")]
    AlertsRead,
    /// Read what may be rolled out.
    #[serde(rename = "allow-list:read")]
    AllowListRead,
    /// Read the audit log and verify it.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Read cases.
    #[serde(rename = "cases:read")]
    CasesRead,
    /// Open cases and work on them.
    #[serde(rename = "cases:write")]
    CasesWrite,
    /// Send records.
    #[serde(rename = "events:write")]
    EventsWrite,
    /// Read the state of the server's parts.
    #[serde(rename = "health:read")]
    HealthRead,
    /// Ask questions in SQL over all that is stored.
    #[serde(rename = "hunt:run")]
    HuntRun,
    /// Read which hosts there are, and what runs on them.
    #[serde(rename = "inventory:read")]
    InventoryRead,
    /// Read jobs.
    #[serde(rename = "jobs:read")]
    JobsRead,
    /// Cancel jobs.
    #[serde(rename = "jobs:write")]
    JobsWrite,
    /// Hold a live stream.
    #[serde(rename = "live:read")]
    LiveRead,
    /// Read the metrics.
    #[serde(rename = "metrics:read")]
    MetricsRead,
    /// Enrol hosts that run osquery: this is their enrolment secret, and no more than that.
    #[serde(rename = "nodes:enroll")]
    NodesEnroll,
    /// Read rules and what is looked for.
    #[serde(rename = "rules:read")]
    RulesRead,
    /// Add, change and remove rules, turn them off and on, and try them.
    #[serde(rename = "rules:write")]
    RulesWrite,
    /// Read updates under review.
    #[serde(rename = "updates:read")]
    UpdatesRead,
    /// Send updates, have them read again, and ask where they were seen.
    #[serde(rename = "updates:write")]
    UpdatesWrite,
}

impl Scope {
    /// All scopes, by name.
    pub const ALL: [Self; 20] = [
        Self::AdvisoriesRead,
        Self::AdvisoriesWrite,
        Self::AlertsRead,
        Self::AllowListRead,
        Self::AuditRead,
        Self::CasesRead,
        Self::CasesWrite,
        Self::EventsWrite,
        Self::HealthRead,
        Self::HuntRun,
        Self::InventoryRead,
        Self::JobsRead,
        Self::JobsWrite,
        Self::LiveRead,
        Self::MetricsRead,
        Self::NodesEnroll,
        Self::RulesRead,
        Self::RulesWrite,
        Self::UpdatesRead,
        Self::UpdatesWrite,
    ];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AdvisoriesRead => "advisories:read",
            Self::AdvisoriesWrite => "advisories:write",
            Self::AlertsRead => "alerts:read",
            Self::AllowListRead => "allow-list:read",
            Self::AuditRead => "audit:read",
            Self::CasesRead => "cases:read",
            Self::CasesWrite => "cases:write",
            Self::EventsWrite => "events:write",
            Self::HealthRead => "health:read",
            Self::HuntRun => "hunt:run",
            Self::InventoryRead => "inventory:read",
            Self::JobsRead => "jobs:read",
            Self::JobsWrite => "jobs:write",
            Self::LiveRead => "live:read",
            Self::MetricsRead => "metrics:read",
            Self::NodesEnroll => "nodes:enroll",
            Self::RulesRead => "rules:read",
            Self::RulesWrite => "rules:write",
            Self::UpdatesRead => "updates:read",
            Self::UpdatesWrite => "updates:write",
        }
    }

    /// The scope of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// What an operation asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Nothing: everybody who reaches the server.
    Public,
    /// A person with at least this role; where a scope is named, a token with it will do as well.
    Asked {
        /// The least role of a person.
        role: Role,
        /// The scope of a machine; without one, no token can do it.
        scope: Option<Scope>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_serde_writes() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
            assert_eq!(Role::from_word(role.word()), Some(role));
        }
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.word());
            assert_eq!(Scope::from_word(scope.word()), Some(scope));
        }
    }

    #[test]
    fn each_role_is_above_the_one_before() {
        assert!(Role::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
