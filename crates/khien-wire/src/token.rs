//! Tokens of machines.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Scope, Time};

/// A token, without its secret.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Token {
    /// UUIDv7.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: Time,
    /// Who made it: the name of the account.
    pub created_by: String,
    /// From when on it does not work any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires: Option<Time>,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_used: Option<Time>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoked: Option<Time>,
}

/// A new token.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenNew {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do; at least one.
    #[schema(min_items = 1)]
    pub scopes: Vec<Scope>,
    /// After how many days it stops working; without, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650, nullable = false)]
    pub days: Option<u32>,
}

/// A new token with its secret.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct TokenCreated {
    /// The token.
    pub token: Token,
    /// `khn_<id>_<secret>`, for `Authorization: Bearer`. Shown once; only its hash is kept.
    pub secret: String,
}

/// A page of tokens.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct TokenPage {
    /// The tokens.
    pub items: Vec<Token>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}
