//! The session of the person who asks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Locale, Role, Theme};

/// Who is signed in, and at what.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Session {
    /// Who.
    pub account: SessionAccount,
    /// The version of the server.
    pub version: String,
    /// The name of the organisation, from the configuration.
    pub organisation: String,
    /// Whether what is shown is simulated.
    pub synthetic: bool,
}

/// One's own account.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct SessionAccount {
    /// UUIDv7.
    pub id: String,
    /// What is typed to sign in.
    pub name: String,
    /// What is shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Language.
    pub locale: Locale,
    /// Colours.
    pub theme: Theme,
    /// Whether signing in asks for a code of an authenticator.
    pub totp: bool,
}

/// What to change of one's own account; what is missing stays as it is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionChange {
    /// Language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// Colours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub theme: Option<Theme>,
    /// A new password; ends one's other sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub password: Option<PasswordChange>,
    /// Codes of an authenticator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub totp: Option<TotpChange>,
}

/// A new password.
#[derive(Clone, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present one.
    #[schema(max_length = 1024)]
    pub current: String,
    /// The new one.
    #[schema(min_length = 12, max_length = 1024)]
    pub new: String,
}

/// Passwords are in no log.
impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordChange").finish_non_exhaustive()
    }
}

/// What to do with the codes of an authenticator.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TotpAction {
    /// Make a new secret; asks for the password. It counts once it is confirmed.
    Begin,
    /// Confirm the new secret; asks for a code of it.
    Confirm,
    /// Sign in without codes again; asks for the password.
    Remove,
}

/// A change of the codes of an authenticator.
#[derive(Clone, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpChange {
    /// What to do.
    pub action: TotpAction,
    /// The present password, for `begin` and `remove`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1024, nullable = false)]
    pub password: Option<String>,
    /// A code, for `confirm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 6, max_length = 16, nullable = false)]
    pub code: Option<String>,
}

/// Passwords and codes are in no log.
impl std::fmt::Debug for TotpChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TotpChange").field("action", &self.action).finish_non_exhaustive()
    }
}

/// The session after a change.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct SessionAnswer {
    /// The session.
    pub session: Session,
    /// The new secret, after `begin`. Shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub totp_enrolment: Option<TotpEnrolment>,
}

/// What an authenticator needs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct TotpEnrolment {
    /// The secret in base 32, to be typed.
    pub secret: String,
    /// The same as `otpauth://` address, to be drawn as a code.
    pub uri: String,
}
