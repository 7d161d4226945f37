//! Rules and what is looked for: which there are, what they say, who turned which off, and what they would find.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Checked, HuntColumn, Job, Severity, Time, Tlp};

/// The most bytes of the rules that are added at once, or tried.
pub const RULE_TEXT_BYTES_MAX: usize = 256 << 10;

/// The most rules that are added at once.
pub const RULES_AT_ONCE_MAX: usize = 200;

/// What a rule is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Several events that belong together.
    Correlation,
    /// Narrows other rules.
    Filter,
    /// One event.
    Rule,
}

/// Where a rule is from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleOrigin {
    /// It ships with the program.
    BuiltIn,
    /// A file that was named when the server was started.
    File,
    /// Somebody added it here.
    Own,
}

/// Whether a rule is looked for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It cannot be loaded; `left_out` says why.
    LeftOut,
    /// Somebody turned it off.
    Off,
    /// It is looked for.
    On,
    /// It stands on one that is off.
    Stopped,
}

/// What is wrong with a rule, and where.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleFault {
    /// A stable word: `malformed`, `missing-reference`, `missing-placeholder`, `unsupported`, `unused`, and for what
    /// somebody adds `filter`, `global`, `id_taken`, `id_twice`, `no_title`, `too_long` and `too_many_patterns`.
    pub code: String,
    /// The line of the text, the first being 1.
    pub line: u64,
    /// What is wrong, in English. Text from outside may be in it.
    pub detail: String,
}

/// Why a rule is off.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleOff {
    /// Why, as somebody wrote it.
    pub reason: String,
    /// Until when; without it until somebody turns it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Time>,
    /// Since when.
    pub since: Time,
    /// The name of whoever turned it off.
    pub by: String,
}

/// Another rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleRef {
    /// Its id.
    pub id: String,
    /// Its title. Text from outside.
    pub title: String,
    /// Whether it is looked for.
    pub state: RuleState,
}

/// A rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Rule {
    /// Its own id where that is unique and plain, else one that is made for it.
    pub id: String,
    /// What alerts call it: its own id, or its title. Text from outside.
    pub key: String,
    /// What it is called. Text from outside.
    pub title: String,
    /// What it is.
    pub kind: RuleKind,
    /// How severe what it finds is; nothing for a filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// How mature it is, as it says: `stable`, `test`, `experimental`; may be empty. Text from outside.
    pub status: String,
    /// The log source that it asks for: product, category and service, each may be empty. Text from outside.
    pub product: String,
    /// The category.
    pub category: String,
    /// The service.
    pub service: String,
    /// Techniques of ATT&CK.
    pub techniques: Vec<String>,
    /// Who wrote it; may be empty. Text from outside.
    pub author: String,
    /// Its licence, where it says one; may be empty. Text from outside.
    pub license: String,
    /// The day it was last changed, or written, by its own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub modified: Option<Time>,
    /// Where it is from.
    pub origin: RuleOrigin,
    /// The file it is in; empty for one that somebody added here. Text from outside.
    pub file: String,
    /// When it was added here, or last replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub added: Option<Time>,
    /// The name of whoever did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub added_by: Option<String>,
    /// Whether it is looked for.
    pub state: RuleState,
    /// Why it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub left_out: Option<RuleFault>,
    /// Why it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub off: Option<RuleOff>,
    /// Alerts of it that there are, whatever became of them.
    pub alerts: u64,
    /// Those that nobody has closed.
    pub open_alerts: u64,
    /// When it last hit, by the events of its alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
    /// Goes up with each change of it here; to be given back by whoever changes it.
    pub version: u64,
}

/// A page of rules.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RulePage {
    /// The rules.
    pub items: Vec<Rule>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// A test case that ships with a rule, run just now.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleCase {
    /// What it is about.
    pub name: String,
    /// Whether the rule has to fire on it; else it must not.
    pub hit: bool,
    /// Whether it came out so.
    pub passed: bool,
}

/// What somebody did to a rule.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleAct {
    /// Added it.
    Added,
    /// Removed it.
    Removed,
    /// Put another text in its place.
    Replaced,
    /// Turned it off.
    TurnedOff,
    /// Turned it on.
    TurnedOn,
}

/// One change of a rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleChange {
    /// When.
    pub time: Time,
    /// Who.
    pub by: String,
    /// What.
    pub act: RuleAct,
    /// Why; may be empty.
    pub reason: String,
    /// Until when it was to be off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Time>,
}

/// A rule with all that is known of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleDetail {
    /// The rule.
    pub rule: Rule,
    /// Its text in YAML. Text from outside.
    pub text: String,
    /// What it looks for and why. Text from outside.
    pub description: String,
    /// Sources and further reading. Text from outside.
    pub references: Vec<String>,
    /// Known benign causes. Text from outside.
    pub false_positives: Vec<String>,
    /// Tags. Text from outside.
    pub tags: Vec<String>,
    /// Of a correlation: what it stands on.
    pub stands_on: Vec<RuleRef>,
    /// Correlations that stand on it: they stop with it.
    pub used_by: Vec<RuleRef>,
    /// Its test cases, where it ships with some.
    pub cases: Vec<RuleCase>,
    /// What was done to it here, the latest first.
    pub history: Vec<RuleChange>,
    /// Its last test on what is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub test: Option<RuleTest>,
}

/// Findings of a rule on one day (UTC).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleDay {
    /// The day, such as `2026-03-22`.
    pub day: String,
    /// Findings.
    pub hits: u64,
    /// Hosts they were on.
    pub hosts: u64,
}

/// Findings of a rule on one host.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleHost {
    /// The host. Text from outside.
    pub host: String,
    /// Findings.
    pub hits: u64,
    /// The first of them in this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
    /// The last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
}

/// What a rule found in the last 30 days, by what the lake has.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleHits {
    /// From when on.
    pub since: Time,
    /// Findings in all.
    pub hits: u64,
    /// Hosts in all.
    pub host_count: u64,
    /// Days on which there were any, the earliest first.
    pub days: Vec<RuleDay>,
    /// The hosts with most of them: up to 200.
    pub hosts: Vec<RuleHost>,
}

/// Rules in YAML, in one document or several.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// The text.
    #[schema(max_length = 262144)]
    pub text: String,
}

/// Rules that are to be read without being kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePreviewNew {
    /// The text.
    #[schema(max_length = 262144)]
    pub text: String,
    /// The id of the rule whose place it is to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub instead: Option<String>,
}

/// A text in place of the one that a rule has.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleReplace {
    /// One document, with the same id.
    #[schema(max_length = 262144)]
    pub text: String,
    /// The version that was looked at; another means that somebody else was faster.
    pub version: u64,
}

/// What was read in one document.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleDocument {
    /// The line of the text on which it begins, the first being 1.
    pub line: u64,
    /// Its title; may be empty. Text from outside.
    pub title: String,
    /// What it is; nothing where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<RuleKind>,
    /// How severe what it finds is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// What is wrong with it; nothing where it can be loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fault: Option<RuleFault>,
}

/// What was read in a text.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RulePreview {
    /// Its documents.
    pub documents: Vec<RuleDocument>,
    /// How many of them can be loaded. They are added together or not at all.
    pub usable: u64,
}

/// Rules that were added.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RulesAdded {
    /// The rules.
    pub items: Vec<Rule>,
}

/// Turns a rule off or on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSwitch {
    /// Whether it is to be looked for.
    pub on: bool,
    /// Why.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// Until when it is off; without it until somebody turns it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Time>,
    /// The version that was looked at; another means that somebody else was faster.
    pub version: u64,
}

/// Tries a rule, or a text that is not added, on what is stored.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleTestNew {
    /// The id of a rule; either this or `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<String>,
    /// A text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 262144, nullable = false)]
    pub text: Option<String>,
    /// How many days back: 1 to 30.
    #[schema(minimum = 1, maximum = 30)]
    pub days: u32,
}

/// A test.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleTest {
    /// UUIDv7.
    pub id: String,
    /// The id of the rule; nothing where a text was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<String>,
    /// How many days back.
    pub days: u32,
    /// The job that does it.
    pub job: Job,
    /// What it came to, once the job is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result: Option<RuleTestResult>,
}

/// What a test came to.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct RuleTestResult {
    /// The first moment that was looked at.
    pub since: Time,
    /// The moment before which was looked.
    pub until: Time,
    /// Events that were looked at.
    pub events: u64,
    /// What would have been found.
    pub hits: u64,
    /// On how many hosts.
    pub host_count: u64,
    /// The hosts with most of it: up to 100.
    pub hosts: Vec<RuleHost>,
    /// Columns of the first rows.
    pub columns: Vec<HuntColumn>,
    /// The first rows: up to 50. Text from outside.
    pub rows: Vec<Vec<Option<String>>>,
    /// What nothing stored could have met, so that no hit says nothing of it.
    pub blind: Vec<RuleFault>,
    /// Rules of the text that could not be loaded.
    pub left_out: Vec<RuleFault>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// Where a set of indicators is from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntelOrigin {
    /// It ships with the program.
    BuiltIn,
    /// A file that was named when the server was started.
    File,
    /// Somebody added it here.
    Own,
}

/// How many indicators of a kind.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct IntelCount {
    /// The kind, as in [`AdvisoryIndicator`](crate::AdvisoryIndicator).
    pub kind: String,
    /// How many.
    pub count: u64,
}

/// A set of indicators: those of one advisory.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Intel {
    /// The advisory's id; of a file that was named at the start one that is made of its name.
    pub id: String,
    /// What it is about. Text from outside.
    pub title: String,
    /// Who published it; may be empty. Text from outside.
    pub source: String,
    /// Where it is from.
    pub origin: IntelOrigin,
    /// With whom it may be shared; nothing where nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tlp: Option<Tlp>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published: Option<Time>,
    /// When it was added here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub added: Option<Time>,
    /// The name of whoever added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub added_by: Option<String>,
    /// Whether every record that comes is held against it.
    pub watched: bool,
    /// Indicators in it.
    pub indicators: u64,
    /// Those that would only make noise, and are not looked for.
    pub left_out: u64,
    /// Those that are looked for, by kind, most first.
    pub kinds: Vec<IntelCount>,
    /// The latest time up to which one of them says that it means something; nothing where one has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_until: Option<Time>,
    /// Those whose time is over by their own word; they are looked for all the same.
    pub expired: u64,
    /// How its last check came out; nothing where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub checked: Option<Checked>,
    /// Alerts of its indicators, whatever became of them.
    pub alerts: u64,
    /// Those that nobody has closed.
    pub open_alerts: u64,
    /// When one of them last hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
}

/// A page of sets of indicators.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct IntelPage {
    /// The sets.
    pub items: Vec<Intel>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}
