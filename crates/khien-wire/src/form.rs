//! What the forms of the pages send.

use serde::Deserialize;
use utoipa::ToSchema;

/// `POST /login`.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct LoginForm {
    /// The name of the account.
    pub name: String,
    /// The password.
    pub password: String,
    /// A code of the authenticator, for accounts that have one.
    pub code: String,
    /// The path to go to.
    pub next: String,
}

/// `POST /setup/{token}`.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct SetupForm {
    /// The name of the account; asked for only when the first one is made.
    pub name: String,
    /// What is shown; asked for only when the first account is made.
    pub display_name: String,
    /// The new password.
    pub password: String,
    /// The same again.
    pub again: String,
}

/// Passwords are in no log.
impl std::fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginForm").finish_non_exhaustive()
    }
}

/// Passwords are in no log.
impl std::fmt::Debug for SetupForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetupForm").finish_non_exhaustive()
    }
}
