//! What is said about one update. All outputs are drawn from this.

use khien_lineage::weigh::{Decision, Weighed};
use khien_model::Untrusted;
use khien_unpack::{Gap, SpanKind};
use serde::{Deserialize, Serialize};

use crate::depart::CodeChange;
use crate::identity::ReleaseIdentity;
use crate::pair::How;
use crate::profile::{FileProfile, ReleaseProfile};

/// A release in one paragraph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseSummary {
    /// Name of the artefact.
    pub name: Untrusted,
    /// SHA-256 of the artefact.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// Product, version, publisher.
    pub identity: ReleaseIdentity,
    /// Files in it.
    pub files: usize,
    /// Of those, programs and libraries.
    pub programs: usize,
    /// Of those, the ones that carry a signature of somebody.
    pub signed: usize,
    /// Bytes of containers by what they are: structure, content, signature, padding, program, unexplained.
    pub ledger: Vec<LedgerBytes>,
}

/// How many bytes of a release's containers are of one kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LedgerBytes {
    /// What they are.
    pub kind: SpanKind,
    /// How many.
    pub bytes: u64,
}

/// A file that could not be read as what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The file.
    pub path: Untrusted,
    /// What went wrong.
    pub detail: Untrusted,
}

impl Problem {
    /// That of a file, where it has one.
    pub fn of(file: &FileProfile) -> Option<Self> {
        let detail = Untrusted::new(file.problem.clone()?);
        Some(Self { path: file.path.clone(), detail })
    }

    /// Those of all files of a release.
    pub fn all_of(release: &ReleaseProfile) -> Vec<Self> {
        release.files.iter().filter_map(Self::of).collect()
    }
}

impl ReleaseSummary {
    /// Sums up a profile.
    pub fn of(profile: &ReleaseProfile) -> Self {
        const KINDS: [SpanKind; 6] = [
            SpanKind::Structure,
            SpanKind::Content,
            SpanKind::Signature,
            SpanKind::Padding,
            SpanKind::Program,
            SpanKind::Unexplained,
        ];
        let bytes = |kind| profile.opened.ledgers.iter().map(|ledger| ledger.bytes(kind)).sum();
        Self {
            name: profile.name.clone(),
            sha256: profile.sha256.clone(),
            size: profile.size,
            identity: profile.identity.clone(),
            files: profile.files.len(),
            programs: profile.files.iter().filter(|file| file.is_program()).count(),
            signed: profile
                .files
                .iter()
                .filter(|file| file.images.iter().any(|image| !image.signature.signers.is_empty()))
                .count(),
            ledger: KINDS.map(|kind| LedgerBytes { kind, bytes: bytes(kind) }).to_vec(),
        }
    }
}

/// What happened to one file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Byte for byte as in an earlier release.
    Same,
    /// Continues an earlier file.
    Changed,
    /// No earlier release had it.
    Added,
    /// The last earlier release had it.
    Removed,
}

/// One file of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileChange {
    /// Where it is in the new release (in the last earlier one for removed files).
    pub path: Untrusted,
    /// What happened.
    pub change: Change,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its length now.
    pub size: u64,
    /// What it continues, and why that is believed.
    pub continues: Option<Continues>,
    /// Files that are gone and whose code is in this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub took_in: Vec<Untrusted>,
    /// How much of its code is new.
    pub code: CodeChange,
    /// Whether it is a program or library.
    pub program: bool,
}

/// The earlier file that one continues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Continues {
    /// Its path.
    pub path: Untrusted,
    /// Its length.
    pub size: u64,
    /// What the pair rests on.
    pub how: How,
    /// How sure, up to 1.
    pub score: f64,
}

/// Counts of files by what happened to them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named after Change")]
pub struct Changes {
    pub same: usize,
    pub changed: usize,
    pub added: usize,
    pub removed: usize,
}

/// How far the comparison of code can be trusted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// At most a twentieth of the functions is new: new code stands out.
    High,
    /// At most half is new.
    Medium,
    /// More than half is new: a rebuild or a major change; structure and origin must carry the answer.
    Low,
    /// There is no code whose functions could be compared.
    NoCode,
}

/// The report on one update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What to do.
    pub decision: Decision,
    /// Whether everything could be looked at. An incomplete report never passes, except where the bytes
    /// are those of the last release.
    pub complete: bool,
    /// Sum of the reasons, in bits.
    pub score: f64,
    /// Why, by weight.
    pub reasons: Vec<Weighed>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Files of the new release that could not be read as what they are.
    pub problems: Vec<Problem>,
    /// Earlier releases, oldest first.
    pub earlier: Vec<ReleaseSummary>,
    /// The new release.
    pub new: ReleaseSummary,
    /// Counts.
    pub changes: Changes,
    /// Files that changed, were added or removed.
    pub files: Vec<FileChange>,
    /// How far the comparison of code can be trusted.
    pub confidence: Confidence,
    /// New functions and functions in all, over changed programs.
    pub code: CodeChange,
    /// Where the base rates come from: day, corpus, hash.
    pub base_rates: khien_lineage::base_rate::About,
    /// Version of the program whose rules and tables made the traits.
    pub knowledge: String,
}
