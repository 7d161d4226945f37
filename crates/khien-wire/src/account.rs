//! Accounts of people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Role, Time};

/// A language of the console and of pages.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Vietnamese.
    Vi,
}

/// Colours of the console.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// What the system says.
    #[default]
    Auto,
    /// Light on dark.
    Dark,
    /// Most contrast.
    HighContrast,
    /// Dark on light.
    Light,
}

/// Whether somebody can sign in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Can sign in.
    Active,
    /// An admin closed it.
    Disabled,
    /// Has no password yet; a setup link lets its owner set one.
    Invited,
}

/// An account, as admins see it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Account {
    /// UUIDv7.
    pub id: String,
    /// What is typed to sign in: lower-case letters, digits and `. _ @ -`.
    pub name: String,
    /// What is shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Language.
    pub locale: Locale,
    /// Colours.
    pub theme: Theme,
    /// Whether it can sign in.
    pub state: AccountState,
    /// Whether signing in asks for a code of an authenticator.
    pub totp: bool,
    /// When it was made.
    pub created: Time,
    /// When it last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_login: Option<Time>,
    /// Until when its setup link works, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub setup_link_expires: Option<Time>,
}

/// A new account. It can sign in once its owner has followed a setup link.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountNew {
    /// What is typed to sign in.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9._@-]{0,63}$")]
    pub name: String,
    /// What is shown.
    #[schema(min_length = 1, max_length = 100)]
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Language.
    #[serde(default)]
    pub locale: Locale,
}

/// What to change of an account; what is missing stays as it is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// What is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub display_name: Option<String>,
    /// What it may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
    /// True closes it and ends its sessions; false opens it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disabled: Option<bool>,
    /// True takes its authenticator away: for somebody who lost it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remove_totp: Option<bool>,
}

/// A page of accounts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AccountPage {
    /// The accounts.
    pub items: Vec<Account>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// A link that sets a password, once.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct SetupLink {
    /// The path on this server, such as `/setup/…`. Shown once; only its hash is kept.
    pub path: String,
    /// Until when it works: 24 hours.
    pub expires: Time,
}
