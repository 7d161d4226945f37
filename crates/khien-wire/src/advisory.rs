//! Advisories: what somebody published about a threat, what of it can be looked for, and whether we are hit.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Actor, Job, Time, Verdict, VerdictCounts};

/// The most bytes of an advisory's text.
pub const ADVISORY_BYTES_MAX: usize = 4 << 20;

/// With whom an advisory may be shared: a label of TLP 2.0.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub enum Tlp {
    /// Some in the organisation and its clients.
    #[serde(rename = "amber")]
    Amber,
    /// The organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// Everybody.
    #[serde(rename = "clear")]
    Clear,
    /// The community.
    #[serde(rename = "green")]
    Green,
    /// Those whom it names.
    #[serde(rename = "red")]
    Red,
}

/// The form that an advisory was read as.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdvisoryForm {
    /// Columns with a header: CSV and its kin.
    Columns,
    /// A web page.
    Html,
    /// One indicator a line.
    List,
    /// MISP's JSON.
    Misp,
    /// OpenIOC.
    Openioc,
    /// Running text.
    Prose,
    /// STIX 2.0 or 2.1.
    Stix,
}

/// An advisory.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Advisory {
    /// UUIDv7; of one that ships with the program its name.
    pub id: String,
    /// What it is about. Text from outside.
    pub title: String,
    /// Who published it, or where it is from. Text from outside.
    pub source: String,
    /// Whether it ships with the program.
    pub built_in: bool,
    /// The form it was read as.
    pub form: AdvisoryForm,
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
    /// Indicators.
    pub indicators: u64,
    /// Those of them that history can be searched for.
    pub usable: u64,
    /// Products that it calls affected.
    pub products: u64,
    /// How its last check came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub checked: Option<Checked>,
}

/// How a check came out.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Checked {
    /// When.
    pub time: Time,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// All in all.
    pub verdict: Verdict,
    /// Hosts by verdict.
    pub hosts: VerdictCounts,
}

/// A page of advisories.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryPage {
    /// The advisories.
    pub items: Vec<Advisory>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// What becomes of an indicator.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorUse {
    /// Not looked for: it would match ordinary activity, or nothing.
    LeftOut,
    /// No index has such: nobody can be told clear of it.
    NotIndexed,
    /// Looked for.
    Usable,
}

/// An indicator of an advisory.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryIndicator {
    /// Its kind: `cidr`, `domain`, `hash`, `ip`, `mutex`, `path`, `signer`, `signer_serial`, `url`, `user_agent`.
    pub kind: String,
    /// What it matches. Text from outside.
    pub value: String,
    /// A short name, or empty. Text from outside.
    pub name: String,
    /// How likely a match is the real thing, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub confidence: Option<u8>,
    /// What becomes of it.
    pub r#use: IndicatorUse,
    /// Why it was left out, as a stable word such as `common_domain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
}

/// A product that an advisory calls affected.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryProduct {
    /// Its name. Text from outside.
    pub product: String,
    /// Who makes it, or empty. Text from outside.
    pub vendor: String,
    /// The platform or ecosystem, in lower case, or empty. Text from outside.
    pub platform: String,
    /// Affected versions in words; empty where none is named. Text from outside.
    pub versions: Vec<String>,
}

/// What was read in an advisory.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryReading {
    /// The form it was read as.
    pub form: AdvisoryForm,
    /// What it is about. Text from outside.
    pub title: String,
    /// The story, cut after 8,000 characters. Text from outside.
    pub description: String,
    /// With whom it may be shared, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tlp: Option<Tlp>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published: Option<Time>,
    /// How many indicators there are.
    pub indicator_count: u64,
    /// How many of them are looked for.
    pub usable: u64,
    /// The first 1,000 of them.
    pub indicators: Vec<AdvisoryIndicator>,
    /// How many products it calls affected.
    pub product_count: u64,
    /// The first 200 of them.
    pub products: Vec<AdvisoryProduct>,
    /// What could not be read or cannot be matched, in English: the first 100. Nobody is clear of it.
    pub problems: Vec<String>,
    /// How many such there are.
    pub problem_count: u64,
    /// Values that look like indicators and were not taken for such.
    pub omitted: u64,
}

/// An advisory to be read.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvisoryText {
    /// STIX 2.1, MISP's JSON, CSV, a page, or plain text: at most 4 MiB.
    pub text: String,
}

/// An advisory to be kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvisoryNew {
    /// STIX 2.1, MISP's JSON, CSV, a page, or plain text: at most 4 MiB.
    pub text: String,
    /// What it is about; else what the text says.
    #[serde(default)]
    #[schema(max_length = 200, nullable = false)]
    pub title: Option<String>,
    /// Who published it, or where it is from.
    #[serde(default)]
    #[schema(max_length = 200, nullable = false)]
    pub source: Option<String>,
    /// With whom it may be shared; else what the text says.
    #[serde(default)]
    #[schema(nullable = false)]
    pub tlp: Option<Tlp>,
}

/// An advisory with what was read in it, and the last answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryDetail {
    /// The advisory.
    pub advisory: Advisory,
    /// What was read in it.
    pub reading: AdvisoryReading,
    /// Are we hit? Nothing where it was never checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answer: Option<AdvisoryAnswer>,
    /// The latest check that was asked for: at work, or how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub job: Option<Job>,
}

/// Are we hit? As of the moment of the check.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryAnswer {
    /// When, how long, and the verdict.
    pub checked: Checked,
    /// Who asked.
    pub by: Actor,
    /// When any of it was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since: Option<Time>,
    /// On which host. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since_host: Option<String>,
    /// Whether that time is exact; else it is the beginning of an hour.
    pub since_exact: bool,
    /// From when on there is data at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data_from: Option<Time>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data_until: Option<Time>,
    /// Hosts by the day (UTC) on which any of it was first seen there, days without a host left out; the last 400.
    pub days: Vec<DayCount>,
    /// Why hosts are unknown, the most frequent reason first.
    pub why_unknown: Vec<UnknownWhy>,
    /// Clear hosts that sent nothing in the last day before the check: they are clear until then only.
    pub clear_but_silent: u64,
    /// Releases of affected products wherever they ran: the first 200.
    pub releases: Vec<NamedRelease>,
    /// What was looked for, and on how many hosts it was seen: the first 200 that were seen.
    pub seen: Vec<SeenIndicator>,
    /// What was looked at: kinds of records, with hosts and events.
    pub sources: Vec<SourceCount>,
}

/// Hosts of a day.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct DayCount {
    /// The day in UTC, `2026-03-22`.
    pub day: String,
    /// How many hosts.
    pub hosts: u64,
}

/// Why some hosts are unknown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UnknownWhy {
    /// Kinds of what their records do not show, such as `sha256`, `registry`, `release`; where there is none, a part of
    /// what was asked could be looked for nowhere, or a version does not compare.
    pub lacking: Vec<String>,
    /// How many hosts.
    pub hosts: u64,
    /// The first of them. Text from outside.
    pub names: Vec<String>,
}

/// A release of a product that an advisory names.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct NamedRelease {
    /// The product. Text from outside.
    pub product: String,
    /// Its version. Text from outside.
    pub version: String,
    /// Whether it is affected; null where that cannot be said.
    #[schema(required = true)]
    pub affected: Option<bool>,
    /// On how many hosts it ran.
    pub hosts: u64,
}

/// An indicator that was seen.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct SeenIndicator {
    /// Its kind.
    pub kind: String,
    /// What it matches. Text from outside.
    pub value: String,
    /// On how many hosts.
    pub hosts: u64,
    /// When it was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
}

/// Records of one kind of source.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct SourceCount {
    /// The class and log source, such as `dns (windows sysmon)`. Text from outside.
    pub source: String,
    /// Of how many hosts.
    pub hosts: u64,
    /// How many events.
    pub events: u64,
}

/// The answer for one host.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryHost {
    /// A number within the answer.
    pub id: String,
    /// The host. Text from outside.
    pub host: String,
    /// Its organisation. Text from outside.
    pub org: String,
    /// The answer.
    pub verdict: Verdict,
    /// When any of it was first seen on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Time>,
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last: Option<Time>,
    /// Whether these times are exact; else they are beginnings of hours.
    pub exact: bool,
    /// In how many events.
    pub count: u64,
    /// What hit: the first 20 indicators.
    pub indicators: Vec<HitIndicator>,
    /// How many hit.
    pub indicator_count: u64,
    /// Affected releases that ran on it: the first 20.
    pub releases: Vec<HitRelease>,
    /// Why it is unknown: kinds of what its records do not show.
    pub lacking: Vec<String>,
    /// From when on there is data of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data_from: Option<Time>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data_until: Option<Time>,
}

/// An indicator that hit a host.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HitIndicator {
    /// Its kind.
    pub kind: String,
    /// What it matches. Text from outside.
    pub value: String,
}

/// An affected release that ran on a host.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct HitRelease {
    /// The product. Text from outside.
    pub product: String,
    /// Its version. Text from outside.
    pub version: String,
}

/// A page of the answers for hosts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AdvisoryHostPage {
    /// The hosts: hits first, then what is unknown.
    pub items: Vec<AdvisoryHost>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}
