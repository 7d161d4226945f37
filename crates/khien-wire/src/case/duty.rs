//! Who has to be told of a case, and by when.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CaseClock;
use crate::{Actor, Time};

/// A text in both languages.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// In English.
    pub en: String,
    /// In Vietnamese.
    pub vi: String,
}

/// In what a deadline is counted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DutyUnit {
    /// Days of 24 hours.
    Days,
    /// Hours.
    Hours,
    /// Calendar months.
    Months,
    /// Days without Saturdays and Sundays. Holidays are not known, so the time is rather too early.
    WorkingDays,
}

/// How long there is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyLength {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: DutyUnit,
}

/// How sure the entry is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DutyBasis {
    /// Read in part in a public source, in part general knowledge.
    Partly,
    /// Read in a public source.
    Source,
    /// General knowledge, to be looked up before anybody relies on it.
    Unchecked,
}

/// Something that a law or rule asks for. Not legal advice.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// A stable name.
    pub id: String,
    /// Whose law: a country or union in lower case.
    pub jurisdiction: String,
    /// What is to be done.
    pub title: Bilingual,
    /// Who is to be told.
    pub recipient: Bilingual,
    /// Whom it binds.
    pub binds: Bilingual,
    /// Which of the six times starts the clock.
    pub clock: CaseClock,
    /// How long there is; nothing means at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub within: Option<DutyLength>,
    /// The time zone in which days are counted.
    pub zone: String,
    /// The law or rule.
    pub reference: String,
    /// How sure the entry is.
    pub basis: DutyBasis,
    /// What is open about it.
    pub remark: Bilingual,
    /// From which day on, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_from: Option<String>,
    /// To which day, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<String>,
    /// Who of compliance has looked at it, and when; nothing shows as unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub checked_by: Option<String>,
}

/// Where an obligation stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseObligationState {
    /// To be done without delay; no hours are named.
    AtOnce,
    /// There is time left.
    Due,
    /// Somebody said that it does not apply, and why.
    NotApplicable,
    /// The time is over and nothing was sent.
    Overdue,
    /// It was sent.
    Sent,
    /// The clock has not started.
    Waiting,
}

/// An obligation of a case.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CaseObligation {
    /// What is to be done.
    pub duty: Duty,
    /// Where it stands.
    pub state: CaseObligationState,
    /// Since when the clock runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since: Option<Time>,
    /// By when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due: Option<Time>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent: Option<Time>,
    /// Under which number or name it was sent; may be empty.
    pub sent_as: String,
    /// Why it does not apply; empty where it may.
    pub reason: String,
    /// Who said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<Actor>,
}

/// What somebody says of an obligation. Neither a time nor a reason takes back what was said.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseObligationChange {
    /// The version that was looked at.
    pub version: u64,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent: Option<Time>,
    /// Under which number or name it was sent.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub sent_as: String,
    /// Why it does not apply.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub reason: String,
}
