//! Updates under review: what arrived, what vetting found in it, what people decided, and where it runs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Actor, AdvisoryAnswer, Job, Time};

/// Characters of a name under which an update arrives.
pub const UPDATE_NAME_CHARS_MAX: usize = 255;

/// How far reading is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// It was read and judged.
    Done,
    /// It could not be read at all; `failure` says why.
    Failed,
    /// It waits.
    Queued,
    /// It is being read.
    Reading,
}

/// What vetting says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateVerdict {
    /// It must not be rolled out.
    Block,
    /// A person has to look at it.
    Hold,
    /// Nothing in it speaks against rolling it out.
    Pass,
    /// Something could not be read, or there was no trusted release to compare with: a person has to look at it.
    Unknown,
}

/// What somebody decides.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateChoice {
    /// It must not be rolled out.
    Block,
    /// Not yet: somebody looks at it, by a day.
    Hold,
    /// It may be rolled out, and counts as a trusted release of its product.
    Pass,
}

/// Where an update stands now, by what was decided and what time it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStanding {
    /// Somebody blocked it.
    Blocked,
    /// Somebody holds it.
    Held,
    /// It was passed, and the time of that is over: it is not on the allow list any more.
    Lapsed,
    /// It is held or blocked, and the time of that is over: it is still not on the allow list.
    Overdue,
    /// It is on the allow list.
    Passed,
    /// Nobody has decided.
    Undecided,
}

/// How it arrived.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateOrigin {
    /// Somebody sent it.
    Upload,
    /// It lay in the folder that is watched.
    Watch,
}

/// An update.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct Update {
    /// UUIDv7.
    pub id: String,
    /// The name of its file. Text from outside.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
    /// The product: as whoever sent it says, else as it says itself; empty where nobody does, and before it was read. Text from outside.
    pub product: String,
    /// The version that it states. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<String>,
    /// The publisher that it states. Text from outside; the signers are in the dossier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub publisher: Option<String>,
    /// When it arrived.
    pub arrived: Time,
    /// Who sent it; the system where it lay in the watched folder.
    pub by: Actor,
    /// How.
    pub origin: UpdateOrigin,
    /// How far reading is.
    pub state: UpdateState,
    /// Why it could not be read, as a stable word or a sentence in English. Where its state is `done`, why it could not
    /// be read again: what is said of it is as it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failure: Option<String>,
    /// What vetting says; nothing before it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verdict: Option<UpdateVerdict>,
    /// How much speaks against it, in bits: from 6 on it is held, from 16 blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub score: Option<f64>,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub read: Option<Time>,
    /// The last trusted release that it was compared with: its version, else its name. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub compared_with: Option<String>,
    /// The gravest reason: a kind such as `signature.unsigned-bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_reason: Option<String>,
    /// The same as a title, in the language of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_reason_title: Option<String>,
    /// It was passed, and vetting says worse of it now than it said then: somebody has to decide again. It stands
    /// as it was decided until then.
    pub contested: bool,
    /// Where it stands now.
    pub standing: UpdateStanding,
    /// What was decided last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision: Option<UpdateDecision>,
    /// Whether the server still has its bytes: without them it cannot be read again.
    pub kept: bool,
    /// Grows with each decision and each reading; a decision names the one that was looked at.
    pub revision: u64,
}

/// A decision.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateDecision {
    /// What.
    pub decision: UpdateChoice,
    /// Why.
    pub reason: String,
    /// The account that answers for it.
    pub owner: String,
    /// Until when it counts; nothing means for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Time>,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: Time,
    /// What vetting said then; nothing where it had not been read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verdict: Option<UpdateVerdict>,
}

/// What somebody decides.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDecide {
    /// The revision that was looked at.
    pub revision: u64,
    /// What. To pass what vetting does not pass, or what somebody blocked, takes an approver.
    pub decision: UpdateChoice,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// The account that answers for it; else whoever decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner: Option<String>,
    /// Until when it counts. A hold needs one, else it rots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Time>,
}

/// A page of updates.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdatePage {
    /// The updates.
    pub items: Vec<Update>,
    /// Give it as `after` to get what follows; null at the end.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// An update that was taken.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateReceived {
    /// It, or the one with the very same bytes that was there before.
    pub update: Update,
    /// Whether these bytes were there before.
    pub repeated: bool,
}

/// An update with its dossier, its decisions, and where it was seen.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateDetail {
    /// The update.
    pub update: Update,
    /// What vetting found; nothing before it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dossier: Option<UpdateDossier>,
    /// All decisions, the last first.
    pub decisions: Vec<UpdateDecision>,
    /// The last 20 updates of the product, this one among them where it is one of these, in the order in which they arrived.
    pub drift: Vec<UpdateDrift>,
    /// The reading that was asked for last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub job: Option<Job>,
    /// Where it was seen; nothing where nobody asked. Its hosts are a list of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trace: Option<AdvisoryAnswer>,
    /// The trace that was asked for last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trace_job: Option<Job>,
}

/// An update of the same product, for a line over its releases.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateDrift {
    /// The update.
    pub id: String,
    /// Its version, else the name of its file. Text from outside.
    pub version: String,
    /// When it arrived.
    pub arrived: Time,
    /// How much spoke against it, in bits; nothing where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub score: Option<f64>,
    /// What vetting said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verdict: Option<UpdateVerdict>,
    /// Where it stands.
    pub standing: UpdateStanding,
}

/// What vetting found, within bounds; the whole is in `/api/v1/updates/{id}/dossier`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateDossier {
    /// What vetting says.
    pub verdict: UpdateVerdict,
    /// What that means here, as a sentence in the language of the account.
    pub meaning: String,
    /// How much speaks against it, in bits.
    pub score: f64,
    /// From how many bits on a release is held.
    pub hold_bits: f64,
    /// From how many on it is blocked.
    pub block_bits: f64,
    /// Whether everything could be looked at.
    pub complete: bool,
    /// The last trusted release has the very same bytes.
    pub same_bytes: bool,
    /// There was no trusted release of this product to compare with.
    pub first: bool,
    /// It was read without confinement.
    pub unconfined: bool,
    /// The release.
    pub release: UpdateRelease,
    /// Trusted releases that it was compared with, oldest first: the last 20.
    pub earlier: Vec<UpdateRelease>,
    /// How many there were.
    pub earlier_count: u64,
    /// Why, by weight: the first 100.
    pub reasons: Vec<UpdateReason>,
    /// How many there are.
    pub reason_count: u64,
    /// What could not be looked at: the first 100.
    pub gaps: Vec<UpdateGap>,
    /// How many there are.
    pub gap_count: u64,
    /// Programs that changed or are new, where what they can do is not what it was: the first 100.
    pub capabilities: Vec<UpdateCapability>,
    /// How many there are.
    pub capability_count: u64,
    /// Files that changed, came or went: the first 500, programs first.
    pub files: Vec<UpdateFile>,
    /// How many there are.
    pub file_count: u64,
    /// Counts of files.
    pub changes: UpdateChanges,
    /// How far the comparison of code can be trusted, as a sentence in the language of the account.
    pub code: String,
    /// The version of the program that read it.
    pub program: String,
    /// The corpus that base rates were counted over, and when.
    pub base_rates: String,
}

/// A release.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateRelease {
    /// The name of its file. Text from outside.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
    /// The product that it states. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub product: Option<String>,
    /// The version that it states. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<String>,
    /// The publisher that it states. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub publisher: Option<String>,
    /// Organisations that signed any file, most files first: the first 8. Text from outside.
    pub signers: Vec<String>,
    /// Files in it.
    pub files: u64,
    /// Of those, programs and libraries.
    pub programs: u64,
    /// Of those, the ones that carry a signature of somebody.
    pub signed: u64,
}

/// A reason.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateReason {
    /// Its kind, such as `signature.unsigned-bytes`.
    pub kind: String,
    /// What it is, in the language of the account.
    pub title: String,
    /// Why it matters, in the language of the account.
    pub why: String,
    /// What would make it benign, in the language of the account.
    pub benign: String,
    /// What it decides alone; `pass` where it is evidence only.
    pub decides: UpdateChoice,
    /// What it tells by itself, in bits.
    pub bits: f64,
    /// What it adds to the score beside its relatives, in bits.
    pub adds: f64,
    /// The file; empty for the release as a whole. Text from outside.
    pub path: String,
    /// Which one of its kind, or empty. Text from outside.
    pub value: String,
    /// How much of it.
    pub amount: u64,
    /// Whether that counts bytes.
    pub in_bytes: bool,
    /// The most that an earlier release had; nothing where it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub before: Option<u64>,
    /// Why it counts for less, in the language of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub softened: Option<String>,
    /// Where in the file: the first 3.
    pub evidence: Vec<UpdateEvidence>,
    /// In how many pairs of benign releases the same was seen.
    pub benign_pairs: u32,
    /// Of how many.
    pub benign_pairs_of: u32,
    /// In how many known attacks.
    pub incidents: u32,
    /// Of how many.
    pub incidents_of: u32,
    /// Techniques of ATT&CK.
    pub techniques: Vec<String>,
}

/// Where something is in a file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateEvidence {
    /// From which byte on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offset: Option<u64>,
    /// How many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub len: Option<u64>,
    /// What stands there, or empty. Text from outside.
    pub excerpt: String,
}

/// What could not be looked at.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateGap {
    /// The file; empty for the release as a whole. Text from outside.
    pub path: String,
    /// Why, as a stable word such as `encrypted`, `too_much_memory`, `no_earlier`.
    pub code: String,
    /// Why, in the language of the account.
    pub what: String,
    /// What would close the gap, in the language of the account.
    pub step: String,
    /// More, in English, or empty. Text from outside.
    pub detail: String,
    /// How many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub bytes: Option<u64>,
}

/// What one program can do beside what it could do before.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateCapability {
    /// The file. Text from outside.
    pub path: String,
    /// The earlier file that it continues; nothing for one that is new. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub before: Option<String>,
    /// What it could do before and can do now: the first 40.
    pub kept: Vec<UpdateTrait>,
    /// What it can do now and could not before: the first 40.
    pub gained: Vec<UpdateTrait>,
    /// What it could do before and cannot do now: the first 40.
    pub lost: Vec<UpdateTrait>,
}

/// Something that a program can do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateTrait {
    /// Its kind, such as `capability.network`.
    pub kind: String,
    /// What it is, in the language of the account.
    pub title: String,
    /// Which one of its kind, or empty. Text from outside.
    pub value: String,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateFileChange {
    /// No earlier release had it.
    Added,
    /// It continues an earlier file.
    Changed,
    /// The last earlier release had it.
    Removed,
    /// Byte for byte as in an earlier release.
    Same,
}

/// A file of the comparison.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateFile {
    /// Where it is. Text from outside.
    pub path: String,
    /// What happened to it.
    pub change: UpdateFileChange,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
    /// Whether it is a program or library.
    pub program: bool,
    /// The earlier file that it continues. Text from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub before: Option<String>,
    /// How many bytes that had.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub before_size: Option<u64>,
}

/// Counts of files by what happened to them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct UpdateChanges {
    /// Byte for byte as before.
    pub same: u64,
    /// Changed.
    pub changed: u64,
    /// New.
    pub added: u64,
    /// Gone.
    pub removed: u64,
}

/// What may be rolled out: updates that somebody passed, as long as that counts. What nobody decided, what is held,
/// blocked or lapsed is never here.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct UpdateAllowList {
    /// `khien.allow-list/1`.
    pub schema: String,
    /// The updates, by SHA-256.
    pub items: Vec<AllowedUpdate>,
}

/// An update that may be rolled out.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct AllowedUpdate {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The name of its file. Text from outside.
    pub name: String,
    /// The product, or empty. Text from outside.
    pub product: String,
    /// The version, or empty. Text from outside.
    pub version: String,
    /// When it was passed.
    pub decided: Time,
    /// The name of whoever passed it.
    pub by: String,
    /// Until when that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Time>,
}

/// The whole report on an update, as `khien vet --json` writes it (`khien.vet/1`).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[schema(value_type = Object)]
pub struct UpdateDocument(pub serde_json::Value);
