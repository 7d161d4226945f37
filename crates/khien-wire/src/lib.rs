//! The wire between the server and those who speak HTTP with it: the console, scripts, other programs.
//!
//! Types of requests and answers, the table of operations ([`OPERATIONS`]) with the least role and
//! the scope that each asks for, and the OpenAPI 3.1 document that is made from both
//! ([`openapi::document`]). The server registers its routes from the same table and the console's
//! types are generated from the document, so the three cannot drift apart.
//!
//! Nothing here opens a socket, asks the clock or knows what is stored.

#![forbid(unsafe_code)]

mod access;
mod account;
mod advisory;
mod alert;
mod audit;
mod case;
mod form;
mod health;
mod hunt;
mod intake;
mod inventory;
mod job;
mod live;
mod node;
pub mod openapi;
mod operation;
mod page;
mod problem;
mod rule;
mod session;
mod severity;
mod shape;
mod table;
mod time;
mod token;
mod update;
mod verdict;

pub use access::{Access, Role, Scope};
pub use account::{
    Account, AccountChange, AccountNew, AccountPage, AccountState, Locale, SetupLink, Theme,
};
pub use advisory::{
    ADVISORY_BYTES_MAX, Advisory, AdvisoryAnswer, AdvisoryDetail, AdvisoryForm, AdvisoryHost,
    AdvisoryHostPage, AdvisoryIndicator, AdvisoryNew, AdvisoryPage, AdvisoryProduct,
    AdvisoryReading, AdvisoryText, Checked, DayCount, HitIndicator, HitRelease, IndicatorUse,
    NamedRelease, SeenIndicator, SourceCount, Tlp, UnknownWhy,
};
pub use alert::{
    Alert, AlertChange, AlertDetail, AlertKind, AlertPage, AlertResolution, AlertState,
    AlertSubject,
};
pub use audit::{Actor, ActorKind, AuditEntry, AuditPage, AuditVerification, FirstBad, Target};
pub use case::{
    Bilingual, Case, CaseAlert, CaseAlertsChange, CaseChange, CaseClock, CaseDetail, CaseEntry,
    CaseEntryKind, CaseEntryNew, CaseEvidence, CaseEvidenceNew, CaseHandOver, CaseHost,
    CaseHostChange, CaseNew, CaseObligation, CaseObligationChange, CaseObligationState, CaseOrigin,
    CaseOriginKind, CaseOverlap, CasePage, CaseResolution, CaseSimilar, CaseSimilarList, CaseState,
    CaseTask, CaseTaskChange, CaseTaskNew, CaseTime, CaseTimes, CaseTimesChange, Duty, DutyBasis,
    DutyLength, DutyUnit, HostVerdict, OverlapKind, Story, StoryColumn, StoryEdge, StoryKind,
    StoryNode,
};
pub use form::{LoginForm, SetupForm};
pub use health::{Health, HealthPart, HealthState};
pub use hunt::{
    HUNT_CHARS_MAX, HUNT_ROWS_MAX, HuntAnswer, HuntColumn, HuntGuide, HuntNew, HuntTable, ReadyHunt,
};
pub use intake::{
    BulkError, BulkItem, BulkReceived, ElasticAbout, ElasticLicense, ElasticLicenseTerms,
    ElasticThere, ElasticVersion, OtlpPartialSuccess, OtlpReceived, RECORDS_BYTES_MAX, Received,
};
pub use inventory::{Exposure, ExposurePage, Host, HostDetail, HostPage, HostRelease, SpanOf};
pub use job::{Job, JobPage, JobProgress, JobState};
pub use live::{Change, ChangeKind};
pub use node::{Node, NodeChange, NodePage, OsqueryAnswer, OsqueryScheduled};
pub use openapi::DOCUMENT_BYTES_MAX;
pub use operation::{Answer, Body, Method, Operation, OperationId, Query, QueryValues};
pub use page::{LIMIT_DEFAULT, LIMIT_MAX};
pub use problem::{FieldProblem, Problem, ProblemCode};
pub use rule::{
    Intel, IntelCount, IntelOrigin, IntelPage, RULE_TEXT_BYTES_MAX, RULES_AT_ONCE_MAX, Rule,
    RuleAct, RuleCase, RuleChange, RuleDay, RuleDetail, RuleDocument, RuleFault, RuleHits,
    RuleHost, RuleKind, RuleOff, RuleOrigin, RulePage, RulePreview, RulePreviewNew, RuleRef,
    RuleReplace, RuleState, RuleSwitch, RuleTest, RuleTestNew, RuleTestResult, RuleText,
    RulesAdded,
};
pub use session::{
    PasswordChange, Session, SessionAccount, SessionAnswer, SessionChange, TotpAction, TotpChange,
    TotpEnrolment,
};
pub use severity::Severity;
pub use shape::Shape;
pub use table::OPERATIONS;
pub use time::Time;
pub use token::{Token, TokenCreated, TokenNew, TokenPage};
pub use update::{
    AllowedUpdate, UPDATE_NAME_CHARS_MAX, Update, UpdateAllowList, UpdateCapability, UpdateChanges,
    UpdateChoice, UpdateDecide, UpdateDecision, UpdateDetail, UpdateDocument, UpdateDossier,
    UpdateDrift, UpdateEvidence, UpdateFile, UpdateFileChange, UpdateGap, UpdateOrigin, UpdatePage,
    UpdateReason, UpdateReceived, UpdateRelease, UpdateStanding, UpdateState, UpdateTrait,
    UpdateVerdict,
};
pub use verdict::{Verdict, VerdictCounts};
