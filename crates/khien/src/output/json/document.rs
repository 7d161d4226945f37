//! The shape of the JSON formats, written once for both.

use std::collections::BTreeMap;

use khien_model::{RecordFormat, Severity, Timestamp, Verdict};
use serde::{Serialize, Serializer};

use super::DETECTION_SCHEMA;
use crate::output::facts::finding_of;
use crate::output::words::Words;
use khien_ops::scan::detection::{Detection, Window};
use khien_ops::scan::report::{
    DeadLetters, Finding, Gap, Group, InertRules, Report, SourceSeen, Timeline, Totals,
};

/// The whole report.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    generated_at: Timestamp,
    elapsed_ms: u64,
    command_line: &'a [String],
    verdict: Verdict,
    complete: bool,
    fail_on: Option<Severity>,
    span: Option<Span>,
    totals: TotalsEntry,
    formats: &'a BTreeMap<RecordFormat, u64>,
    gaps: Vec<GapEntry<'a>>,
    findings: Vec<FindingEntry<'a>>,
    groups: Vec<GroupEntry<'a>>,
    sources: Vec<SourceEntry<'a>>,
    inert_rules: Vec<InertEntry<'a>>,
    problems: Vec<ProblemEntry<'a>>,
    dead_letters: DeadEntry<'a>,
    timeline: Option<TimelineEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detections: Option<Detections<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn with_detections(schema: &'static str, report: &'a Report) -> Self {
        let detections = Some(Detections(report));
        Self { detections, ..Self::without_detections(schema, report) }
    }

    pub(super) fn without_detections(schema: &'static str, report: &'a Report) -> Self {
        Self {
            schema,
            tool: Tool { name: "khien", version: report.version },
            generated_at: report.generated_at,
            elapsed_ms: report.elapsed_ms,
            command_line: &report.command_line,
            verdict: report.verdict,
            complete: report.complete,
            fail_on: report.fail_on,
            span: report.span.map(Span::of),
            totals: TotalsEntry::of(report.totals),
            formats: &report.formats,
            gaps: report.gaps.iter().map(GapEntry::of).collect(),
            findings: report.findings.iter().map(FindingEntry::of).collect(),
            groups: report.groups.iter().map(GroupEntry::of).collect(),
            sources: report.sources.iter().map(SourceEntry::of).collect(),
            inert_rules: report.inert.iter().map(InertEntry::of).collect(),
            problems: report.problems.iter().map(ProblemEntry::of).collect(),
            dead_letters: DeadEntry::of(&report.dead),
            timeline: report.timeline.as_ref().map(TimelineEntry::of),
            detections: None,
        }
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Span {
    first: Timestamp,
    last: Timestamp,
}

impl Span {
    const fn of((first, last): (Timestamp, Timestamp)) -> Self {
        Self { first, last }
    }
}

#[derive(Serialize)]
struct TotalsEntry {
    files: u64,
    streams: u64,
    bytes: u64,
    records: u64,
    dead_letters: u64,
    detections: u64,
    duplicates: u64,
    rules: u64,
    indicators: u64,
}

impl TotalsEntry {
    const fn of(totals: Totals) -> Self {
        let Totals {
            files,
            streams,
            bytes,
            records,
            dead_letters,
            detections,
            duplicates,
            rules,
            indicators,
        } = totals;
        Self {
            files,
            streams,
            bytes,
            records,
            dead_letters,
            detections,
            duplicates,
            rules,
            indicators,
        }
    }
}

#[derive(Serialize)]
struct GapEntry<'a> {
    key: &'static str,
    count: u64,
    examples: Vec<&'a str>,
    what: String,
    step: String,
}

impl<'a> GapEntry<'a> {
    fn of(gap: &'a Gap) -> Self {
        let (what, step) = Words::english().gap(gap);
        let examples = gap.examples.iter().map(khien_model::Untrusted::as_raw).collect();
        Self { key: gap.key, count: gap.count, examples, what, step }
    }
}

#[derive(Serialize)]
struct FindingEntry<'a> {
    kind: &'static str,
    id: &'a str,
    title: &'a str,
    description: &'a str,
    severity: Severity,
    techniques: Vec<&'a str>,
    tags: &'a [String],
    false_positives: Vec<&'a str>,
    references: Vec<&'a str>,
    origin: &'a str,
    confidence: Option<u8>,
    count: u64,
}

impl<'a> FindingEntry<'a> {
    fn of(finding: &'a Finding) -> Self {
        let raw = |texts: &'a [khien_model::Untrusted]| {
            texts.iter().map(khien_model::Untrusted::as_raw).collect()
        };
        Self {
            kind: finding.kind.as_str(),
            id: &finding.id,
            title: finding.title.as_raw(),
            description: finding.description.as_raw(),
            severity: finding.severity,
            techniques: finding.techniques.iter().map(khien_model::Technique::as_str).collect(),
            tags: &finding.tags,
            false_positives: raw(&finding.false_positives),
            references: raw(&finding.references),
            origin: finding.origin.as_raw(),
            confidence: finding.confidence,
            count: finding.count,
        }
    }
}

/// `finding` is a position in `findings`; `samples` are event ids of detections.
#[derive(Serialize)]
struct GroupEntry<'a> {
    finding: u32,
    host: &'a str,
    count: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    samples: Vec<String>,
}

impl<'a> GroupEntry<'a> {
    fn of(group: &'a Group) -> Self {
        Self {
            finding: group.finding,
            host: group.host.as_raw(),
            count: group.count,
            first: group.span.map(|(first, _)| first),
            last: group.span.map(|(_, last)| last),
            samples: group.samples.iter().map(|sample| sample.event.to_string()).collect(),
        }
    }
}

#[derive(Serialize)]
struct SourceEntry<'a> {
    name: &'a str,
    events: u64,
    without_time: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    rules: u64,
}

impl<'a> SourceEntry<'a> {
    fn of(source: &'a SourceSeen) -> Self {
        Self {
            name: source.name.as_raw(),
            events: source.events,
            without_time: source.without_time,
            first: source.span.map(|(first, _)| first),
            last: source.span.map(|(_, last)| last),
            rules: source.rules,
        }
    }
}

#[derive(Serialize)]
struct InertEntry<'a> {
    reason: khien_detect::sigma::InertReason,
    log_source: &'a str,
    missing: &'a [String],
    rules: Vec<&'a str>,
}

impl<'a> InertEntry<'a> {
    fn of(inert: &'a InertRules) -> Self {
        Self {
            reason: inert.reason,
            log_source: &inert.log_source,
            missing: &inert.missing,
            rules: inert.rules.iter().map(khien_model::Untrusted::as_raw).collect(),
        }
    }
}

#[derive(Serialize)]
struct ProblemEntry<'a> {
    kind: khien_detect::sigma::ProblemKind,
    origin: &'a str,
    title: &'a str,
    detail: &'a str,
}

impl<'a> ProblemEntry<'a> {
    fn of(problem: &'a khien_detect::sigma::Problem) -> Self {
        Self {
            kind: problem.kind,
            origin: problem.origin.as_raw(),
            title: problem.title.as_raw(),
            detail: problem.detail.as_raw(),
        }
    }
}

#[derive(Serialize)]
struct DeadEntry<'a> {
    by_reason: &'a BTreeMap<khien_ingest::Reason, u64>,
    first: Vec<DeadLetterEntry<'a>>,
    skipped_paths: Vec<SkippedEntry<'a>>,
}

#[derive(Serialize)]
struct DeadLetterEntry<'a> {
    file: &'a str,
    offset: u64,
    reason: khien_ingest::Reason,
    detail: &'a str,
}

#[derive(Serialize)]
struct SkippedEntry<'a> {
    path: &'a str,
    detail: &'a str,
}

impl<'a> DeadEntry<'a> {
    fn of(dead: &'a DeadLetters) -> Self {
        let first = dead.first.iter().map(|letter| DeadLetterEntry {
            file: letter.file.as_raw(),
            offset: letter.offset,
            reason: letter.reason,
            detail: letter.detail.as_raw(),
        });
        let skipped = dead
            .skipped
            .iter()
            .map(|skipped| SkippedEntry { path: skipped.path.as_raw(), detail: &skipped.detail });
        Self {
            by_reason: &dead.by_reason,
            first: first.collect(),
            skipped_paths: skipped.collect(),
        }
    }
}

/// Counts in a bin stand in the order of `severities`.
#[derive(Serialize)]
struct TimelineEntry<'a> {
    start: Timestamp,
    bin_seconds: i64,
    severities: [Severity; 5],
    bins: &'a [[u64; 5]],
}

impl<'a> TimelineEntry<'a> {
    fn of(timeline: &'a Timeline) -> Self {
        Self {
            start: timeline.start,
            bin_seconds: timeline.bin_seconds,
            severities: Severity::ALL,
            bins: &timeline.bins,
        }
    }
}

/// Every detection of a report, read only when it is written.
struct Detections<'a>(&'a Report);

impl Serialize for Detections<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeSeq};
        let mut list = serializer.serialize_seq(None)?;
        for detection in self.0.detections.iter().map_err(S::Error::custom)? {
            list.serialize_element(&DetectionEntry::of(&detection.map_err(S::Error::custom)?))?;
        }
        list.end()
    }
}

/// A detection within the document; `finding` is a position in `findings`.
#[derive(Serialize)]
struct DetectionEntry<'a> {
    time: Option<Timestamp>,
    host: &'a str,
    finding: u32,
    event: String,
    file: &'a str,
    record: u64,
    offset: u64,
    fields: Vec<FieldEntry<'a>>,
    window: Option<WindowEntry<'a>>,
}

impl<'a> DetectionEntry<'a> {
    fn of(detection: &'a Detection) -> Self {
        Self {
            time: detection.time(),
            host: &detection.host,
            finding: detection.finding,
            event: detection.event.to_string(),
            file: &detection.file,
            record: detection.record,
            offset: detection.offset,
            fields: FieldEntry::all(detection),
            window: detection.window.as_ref().map(WindowEntry::of),
        }
    }
}

/// A detection on a line of its own.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    schema: &'static str,
    time: Option<Timestamp>,
    severity: Option<Severity>,
    kind: Option<&'static str>,
    title: Option<&'a str>,
    finding_id: Option<&'a str>,
    techniques: Vec<&'a str>,
    host: &'a str,
    event: String,
    file: &'a str,
    record: u64,
    offset: u64,
    fields: Vec<FieldEntry<'a>>,
    window: Option<WindowEntry<'a>>,
}

impl<'a> Line<'a> {
    pub(super) fn of(detection: &'a Detection, report: &'a Report) -> Self {
        let finding = finding_of(report, detection.finding);
        let techniques = finding.map(|f| f.techniques.as_slice()).unwrap_or_default();
        Self {
            schema: DETECTION_SCHEMA,
            time: detection.time(),
            severity: finding.map(|f| f.severity),
            kind: finding.map(|f| f.kind.as_str()),
            title: finding.map(|f| f.title.as_raw()),
            finding_id: finding.map(|f| f.id.as_str()),
            techniques: techniques.iter().map(khien_model::Technique::as_str).collect(),
            host: &detection.host,
            event: detection.event.to_string(),
            file: &detection.file,
            record: detection.record,
            offset: detection.offset,
            fields: FieldEntry::all(detection),
            window: detection.window.as_ref().map(WindowEntry::of),
        }
    }
}

/// A list, not an object: a name may come up more than once.
#[derive(Serialize)]
struct FieldEntry<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> FieldEntry<'a> {
    fn all(detection: &'a Detection) -> Vec<Self> {
        detection.fields.iter().map(|(name, value)| Self { name, value }).collect()
    }
}

#[derive(Serialize)]
struct WindowEntry<'a> {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    hosts: &'a [String],
}

impl<'a> WindowEntry<'a> {
    fn of(window: &'a Window) -> Self {
        Self {
            count: window.count,
            first: Timestamp::from_nanos(window.first_nanos),
            last: Timestamp::from_nanos(window.last_nanos),
            hosts: &window.hosts,
        }
    }
}
