//! Cases: what an advisory, a held update or alerts become once somebody works on them.

mod duty;
mod story;
mod work;

pub use duty::{
    Bilingual, CaseObligation, CaseObligationChange, CaseObligationState, Duty, DutyBasis,
    DutyLength, DutyUnit,
};
pub use story::{Story, StoryColumn, StoryEdge, StoryKind, StoryNode};
pub use work::{
    CaseAlert, CaseAlertsChange, CaseEntry, CaseEntryKind, CaseEntryNew, CaseEvidence,
    CaseEvidenceNew, CaseHandOver, CaseHost, CaseHostChange, CaseTask, CaseTaskChange, CaseTaskNew,
    HostVerdict,
};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Actor, Severity, Time};

/// Where a case stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Nothing is left to do.
    Closed,
    /// It spreads no further; cleaning and proof are to come.
    Contained,
    /// Somebody works on it, or should.
    Open,
}

/// What a case was, once it is closed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseResolution {
    /// True, and harmless.
    Benign,
    /// True, and not harmless.
    Confirmed,
    /// Another case tells it.
    Duplicate,
    /// Not true.
    FalsePositive,
}

/// What kind of thing a case was opened from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseOriginKind {
    /// An advisory.
    Advisory,
    /// An alert.
    Alert,
    /// Somebody told of it.
    Manual,
    /// An update that is held.
    Update,
}

/// What a case was opened from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseOrigin {
    /// What kind.
    pub kind: CaseOriginKind,
    /// Its id; empty where somebody told of it.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub id: String,
    /// What it was called then. Text from outside.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub title: String,
}

/// A case, as it stands in a list.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Case {
    /// UUIDv7.
    pub id: String,
    /// What people call it: year and number, `2026-014`.
    pub number: String,
    /// What it is about. Text of people, or from outside.
    pub title: String,
    /// What is known so far, in a few sentences; may be empty.
    pub summary: String,
    /// How severe.
    pub severity: Severity,
    /// Where it stands.
    pub state: CaseState,
    /// What it was, once it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolution: Option<CaseResolution>,
    /// The name of the account that leads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner: Option<String>,
    /// What it was opened from.
    pub origin: CaseOrigin,
    /// Alerts in it.
    pub alert_count: u64,
    /// Hosts in it.
    pub host_count: u64,
    /// Tasks in it.
    pub task_count: u64,
    /// Tasks that are done.
    pub tasks_done: u64,
    /// The nearest time by which somebody has to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_due: Option<Time>,
    /// Grows with every change that could overwrite somebody else's; what is only added leaves it.
    pub version: u64,
    /// When it was opened.
    pub created: Time,
    /// When anything in it last changed.
    pub updated: Time,
}

/// One of the times of a case.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CaseTime {
    /// The time.
    pub at: Time,
    /// Who set it; nobody where it comes from the alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<Actor>,
    /// When it was set.
    pub set: Time,
}

/// The six times from which deadlines follow. Each is set once; another time needs a reason.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(default)]
pub struct CaseTimes {
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub occurred: Option<CaseTime>,
    /// When something here showed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detected: Option<CaseTime>,
    /// When somebody knew that it is an incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub aware: Option<CaseTime>,
    /// When it was judged material, or major.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub material: Option<CaseTime>,
    /// When it spread no further.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contained: Option<CaseTime>,
    /// When it was fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fixed: Option<CaseTime>,
}

/// Which of the six times.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseClock {
    /// When it began.
    Occurred,
    /// When something here showed it.
    Detected,
    /// When somebody knew that it is an incident.
    Aware,
    /// When it was judged material, or major.
    Material,
    /// When it spread no further.
    Contained,
    /// When it was fixed.
    Fixed,
}

impl CaseClock {
    /// All of them, in the order in which they usually come.
    pub const ALL: [Self; 6] =
        [Self::Occurred, Self::Detected, Self::Aware, Self::Material, Self::Contained, Self::Fixed];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Occurred => "occurred",
            Self::Detected => "detected",
            Self::Aware => "aware",
            Self::Material => "material",
            Self::Contained => "contained",
            Self::Fixed => "fixed",
        }
    }
}

impl CaseTimes {
    /// One of the times.
    pub const fn at(&self, clock: CaseClock) -> Option<&CaseTime> {
        match clock {
            CaseClock::Occurred => self.occurred.as_ref(),
            CaseClock::Detected => self.detected.as_ref(),
            CaseClock::Aware => self.aware.as_ref(),
            CaseClock::Material => self.material.as_ref(),
            CaseClock::Contained => self.contained.as_ref(),
            CaseClock::Fixed => self.fixed.as_ref(),
        }
    }

    /// The place of one of the times.
    pub const fn at_mut(&mut self, clock: CaseClock) -> &mut Option<CaseTime> {
        match clock {
            CaseClock::Occurred => &mut self.occurred,
            CaseClock::Detected => &mut self.detected,
            CaseClock::Aware => &mut self.aware,
            CaseClock::Material => &mut self.material,
            CaseClock::Contained => &mut self.contained,
            CaseClock::Fixed => &mut self.fixed,
        }
    }
}

/// Times that somebody sets; what is not given stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CaseTimesChange {
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub occurred: Option<Time>,
    /// When something here showed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detected: Option<Time>,
    /// When somebody knew that it is an incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub aware: Option<Time>,
    /// When it was judged material, or major.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub material: Option<Time>,
    /// When it spread no further.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contained: Option<Time>,
    /// When it was fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fixed: Option<Time>,
}

impl CaseTimesChange {
    /// One of the times.
    pub const fn at(&self, clock: CaseClock) -> Option<Time> {
        match clock {
            CaseClock::Occurred => self.occurred,
            CaseClock::Detected => self.detected,
            CaseClock::Aware => self.aware,
            CaseClock::Material => self.material,
            CaseClock::Contained => self.contained,
            CaseClock::Fixed => self.fixed,
        }
    }
}

/// A case with all that is in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct CaseDetail {
    /// The case.
    pub case: Case,
    /// The six times.
    pub times: CaseTimes,
    /// Alerts, those attached first before others.
    pub alerts: Vec<CaseAlert>,
    /// Hosts, by name.
    pub hosts: Vec<CaseHost>,
    /// Evidence, oldest first.
    pub evidence: Vec<CaseEvidence>,
    /// Tasks, oldest first.
    pub tasks: Vec<CaseTask>,
    /// The timeline, by the time at which things took place.
    pub entries: Vec<CaseEntry>,
    /// Who has to be told, and by when.
    pub obligations: Vec<CaseObligation>,
}

/// A case that somebody opens.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseNew {
    /// What it is about; where there are alerts and no title, that of the first alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200, nullable = false)]
    pub title: Option<String>,
    /// What is known so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000, nullable = false)]
    pub summary: Option<String>,
    /// How severe; else that of the most severe alert, else medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// Ids of alerts to take: with their hosts, times and evidence.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub alerts: Vec<String>,
    /// What it is opened from; else the first alert, else `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub origin: Option<CaseOrigin>,
    /// When somebody knew that it is an incident; else now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub aware: Option<Time>,
    /// Who leads it: the name of an account; else who opens it, where that is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub owner: Option<String>,
}

/// What somebody changes of a case; what is not given stays.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseChange {
    /// The version that was looked at; another means that somebody else was faster.
    pub version: u64,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200, nullable = false)]
    pub title: Option<String>,
    /// What is known so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000, nullable = false)]
    pub summary: Option<String>,
    /// How severe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<CaseState>,
    /// What it was; needed to close it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolution: Option<CaseResolution>,
    /// Who leads it: the name of an account; empty for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// Times to set.
    #[serde(default)]
    pub times: CaseTimesChange,
    /// Why; needed to set a time again that somebody has set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000, nullable = false)]
    pub reason: Option<String>,
}

/// A page of cases.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct CasePage {
    /// The cases.
    pub items: Vec<Case>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// In what two cases are alike.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverlapKind {
    /// Hosts.
    Host,
    /// Products.
    Product,
    /// Rules, indicators and correlations.
    Rule,
}

/// What two cases share.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CaseOverlap {
    /// What kind of thing.
    pub kind: OverlapKind,
    /// The first of them, the rarest first. Text from outside.
    pub values: Vec<String>,
    /// How many in all.
    pub count: u64,
}

/// Another case, and why it is alike.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct CaseSimilar {
    /// The other case.
    pub case: Case,
    /// How alike, in bits: what few cases have counts more.
    pub bits: f64,
    /// Why.
    pub why: Vec<CaseOverlap>,
}

/// Cases that are alike, the most alike first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct CaseSimilarList {
    /// At most ten.
    pub items: Vec<CaseSimilar>,
}
