//! What a scan found, and what it could not check: the one value that every output format draws.

use std::collections::BTreeMap;

use khien_ingest::{DeadLetter, Reason};
use khien_model::{RecordFormat, Severity, Technique, Timestamp, Untrusted, Verdict};

use super::spool::DetectionLog;

/// The result of a scan.
#[derive(Debug)]
pub struct Report {
    /// Version of the program.
    pub version: &'static str,
    /// The command line, as typed.
    pub command_line: Vec<String>,
    /// When the report was made.
    pub generated_at: Timestamp,
    /// Wall time the scan took, in milliseconds.
    pub elapsed_ms: u64,
    /// What was concluded, at the severity asked for (`--fail-on`).
    pub verdict: Verdict,
    /// From which severity on findings decide the verdict; `None` for never.
    pub fail_on: Option<Severity>,
    /// Whether everything asked for was checked.
    pub complete: bool,
    /// Counts.
    pub totals: Totals,
    /// Time of the earliest and the latest event.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Records by format.
    pub formats: BTreeMap<RecordFormat, u64>,
    /// What fired, most severe first; groups and detections name one by position.
    pub findings: Vec<Finding>,
    /// Findings by host, in the order of the findings, then of the hosts.
    pub groups: Vec<Group>,
    /// What was seen of each log source.
    pub sources: Vec<SourceSeen>,
    /// What could not be checked and counts against a clean verdict.
    pub gaps: Vec<Gap>,
    /// Rules that could not fire on this data, by reason.
    pub inert: Vec<InertRules>,
    /// Rules that were not loaded.
    pub problems: Vec<khien_detect::sigma::Problem>,
    /// What could not be read.
    pub dead: DeadLetters,
    /// When things happened.
    pub timeline: Option<Timeline>,
    /// Every detection.
    pub detections: DetectionLog,
}

/// Counts of a scan.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// Files.
    pub files: u64,
    /// Log streams: files, and members of archives.
    pub streams: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Records read.
    pub records: u64,
    /// Records and stretches that could not be read.
    pub dead_letters: u64,
    /// Detections: a rule, an indicator or a correlation met an event. Each counts once.
    pub detections: u64,
    /// Detections left out because the same record stood in another file too.
    pub duplicates: u64,
    /// Rules loaded, correlations included.
    pub rules: u64,
    /// Indicators loaded.
    pub indicators: u64,
}

/// What kind of knowledge fired.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FindingKind {
    /// A Sigma rule.
    Rule,
    /// A Sigma correlation.
    Correlation,
    /// An indicator of an advisory.
    Indicator,
}

impl FindingKind {
    /// The stable word for machine formats.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Correlation => "correlation",
            Self::Indicator => "indicator",
        }
    }
}

/// A rule, correlation or indicator that fired, with what people want to know about it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What kind of knowledge.
    pub kind: FindingKind,
    /// Its own id, or empty.
    pub id: String,
    /// Title. For an indicator: its kind and value, such as `domain example.net`.
    pub title: Untrusted,
    /// What it looks for and why.
    pub description: Untrusted,
    /// Impact if true.
    pub severity: Severity,
    /// ATT&CK techniques.
    pub techniques: Vec<Technique>,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// Known benign causes.
    pub false_positives: Vec<Untrusted>,
    /// Sources and further reading.
    pub references: Vec<Untrusted>,
    /// File, or advisory, it comes from.
    pub origin: Untrusted,
    /// Likelihood that it is true, 0 to 100, where the advisory says so.
    pub confidence: Option<u8>,
    /// Detections of it, over all hosts.
    pub count: u64,
}

/// One finding on one host.
#[derive(Clone, Debug)]
pub struct Group {
    /// A position in [`Report::findings`].
    pub finding: u32,
    /// The host; may be empty.
    pub host: Untrusted,
    /// Detections.
    pub count: u64,
    /// First and last time; `None` when no event had a time.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The first few detections, at most `SAMPLES_MAX`.
    pub samples: Vec<super::detection::Detection>,
}

/// Bound: detections shown with a group.
pub const SAMPLES_MAX: usize = 5;

/// What was seen of one log source.
#[derive(Clone, Debug)]
pub struct SourceSeen {
    /// `product/service/category…`, or `unknown`.
    pub name: Untrusted,
    /// Events.
    pub events: u64,
    /// Events without a readable time.
    pub without_time: u64,
    /// Earliest and latest event.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Rules in scope of it.
    pub rules: u64,
}

/// Something that was asked for and could not be checked, with the step that would close the gap.
/// The texts come from the catalogue: `gap.<key>.what` and `gap.<key>.step`, with these arguments.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gap {
    /// Key of the texts, such as `dead-letters` or `rules-not-loaded`.
    pub key: &'static str,
    /// How many things it is about.
    pub count: u64,
    /// A few of them, for the text.
    pub examples: Vec<Untrusted>,
}

/// Rules that could not fire, for one reason.
#[derive(Clone, Debug)]
pub struct InertRules {
    /// Why: `no-log-source` or `fields-never-seen`.
    pub reason: khien_detect::sigma::InertReason,
    /// The log source asked for (`windows/dns_query/*`).
    pub log_source: String,
    /// The fields that were never seen; empty for `no-log-source`.
    pub missing: Vec<String>,
    /// Titles of the rules.
    pub rules: Vec<Untrusted>,
}

/// What could not be read.
#[derive(Clone, Debug, Default)]
pub struct DeadLetters {
    /// How many, by reason.
    pub by_reason: BTreeMap<Reason, u64>,
    /// The first ones, in the order of file and offset; at most `DEAD_KEPT_MAX`.
    pub first: Vec<DeadLetter>,
    /// Paths that could not be entered.
    pub skipped: Vec<khien_ingest::Skipped>,
}

/// Bound: dead letters shown one by one.
pub const DEAD_KEPT_MAX: usize = 1000;

/// Detections over time, for a picture.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Start of the first bin.
    pub start: Timestamp,
    /// Length of a bin, in seconds.
    pub bin_seconds: i64,
    /// Detections per bin and severity, in the order of [`Severity::ALL`].
    pub bins: Vec<[u64; 5]>,
}
