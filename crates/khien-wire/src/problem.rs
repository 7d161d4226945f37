//! What went wrong, as RFC 9457 has it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A stable word for what went wrong; the console says it in words (`console.problem.<code>`).
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request cannot be read: not JSON, not UTF-8, a wrong query.
    BadRequest,
    /// Somebody else has changed it meanwhile; `version` is no longer the one that was looked at.
    Changed,
    /// The request came from another site, or did not say from where.
    CrossSite,
    /// The role does not allow it.
    Forbidden,
    /// The server has a defect; its log says more.
    Internal,
    /// Values that cannot be taken; `fields` says which and why.
    Invalid,
    /// The job has ended.
    JobEnded,
    /// There would be no active admin left.
    LastAdmin,
    /// This path does not take this method.
    MethodNotAllowed,
    /// The request was for another host name.
    Misdirected,
    /// An account of this name is there already.
    NameTaken,
    /// There is no lake to ask.
    NoLake,
    /// There is no room left for it.
    NoRoom,
    /// It is not there.
    NotFound,
    /// Too much to do at the moment.
    Overloaded,
    /// Too many requests; wait for `Retry-After`.
    RateLimited,
    /// The token has not the scope.
    ScopeMissing,
    /// The request took too long to arrive.
    Timeout,
    /// The body is too large.
    TooLarge,
    /// Too many live streams are open.
    TooManyStreams,
    /// Nobody is signed in, or the token does not count.
    Unauthenticated,
    /// The body is not JSON by its content type.
    UnsupportedMediaType,
    /// The code of the authenticator is wrong, or was used before.
    WrongCode,
    /// The present password is wrong.
    WrongPassword,
}

impl ProblemCode {
    /// All codes.
    pub const ALL: [Self; 24] = [
        Self::BadRequest,
        Self::Changed,
        Self::CrossSite,
        Self::Forbidden,
        Self::Internal,
        Self::Invalid,
        Self::JobEnded,
        Self::LastAdmin,
        Self::MethodNotAllowed,
        Self::Misdirected,
        Self::NameTaken,
        Self::NoLake,
        Self::NoRoom,
        Self::NotFound,
        Self::Overloaded,
        Self::RateLimited,
        Self::ScopeMissing,
        Self::Timeout,
        Self::TooLarge,
        Self::TooManyStreams,
        Self::Unauthenticated,
        Self::UnsupportedMediaType,
        Self::WrongCode,
        Self::WrongPassword,
    ];

    /// The status of HTTP that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated => 401,
            Self::CrossSite
            | Self::Forbidden
            | Self::ScopeMissing
            | Self::WrongCode
            | Self::WrongPassword => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::Changed | Self::JobEnded | Self::LastAdmin | Self::NameTaken => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Misdirected => 421,
            Self::Invalid => 422,
            Self::RateLimited | Self::TooManyStreams => 429,
            Self::Internal => 500,
            Self::NoLake | Self::Overloaded => 503,
            Self::NoRoom => 507,
        }
    }

    /// A short English title, for those who read the answer raw.
    pub const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "the request cannot be read",
            Self::Changed => "somebody else has changed it meanwhile",
            Self::CrossSite => "the request does not come from this site",
            Self::Forbidden => "the role does not allow this",
            Self::Internal => "an internal error",
            Self::Invalid => "some values cannot be taken",
            Self::JobEnded => "the job has ended",
            Self::LastAdmin => "no active admin would be left",
            Self::MethodNotAllowed => "this path does not take this method",
            Self::Misdirected => "the request is for another host",
            Self::NameTaken => "the name is taken",
            Self::NoLake => "there is no lake to ask",
            Self::NoRoom => "there is no room left for it",
            Self::NotFound => "not found",
            Self::Overloaded => "too much to do at the moment",
            Self::RateLimited => "too many requests",
            Self::ScopeMissing => "the token has not the scope",
            Self::Timeout => "the request took too long",
            Self::TooLarge => "the body is too large",
            Self::TooManyStreams => "too many live streams",
            Self::Unauthenticated => "sign in first",
            Self::UnsupportedMediaType => "the body is to be application/json",
            Self::WrongCode => "the code is wrong",
            Self::WrongPassword => "the password is wrong",
        }
    }
}

/// An answer that is an error, as `application/problem+json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short English title.
    pub title: String,
    /// The status of HTTP.
    pub status: u16,
    /// More, in English, for those who read the answer raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// A stable word.
    pub code: ProblemCode,
    /// The values that cannot be taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
}

/// A value that cannot be taken.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field, with dots between levels: `password.new`.
    pub field: String,
    /// Why, as a stable word: `too_short`, `too_long`, `empty`, `characters`, `missing`, `unknown_word`, `out_of_range`, `too_easy`.
    pub code: String,
}

impl Problem {
    /// A problem of this code.
    pub fn new(code: ProblemCode) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: code.title().to_owned(),
            status: code.status(),
            detail: None,
            code,
            fields: Vec::new(),
        }
    }
}
