//! SARIF 2.1.0, for code scanning, issue trackers and other gates that read it.
//!
//! One result is one finding on one host, placed at its first detection, with the number of
//! detections as `occurrenceCount`. Gaps and dead letters are tool notifications, so that a gate can
//! tell "nothing found" from "not looked at". Texts are English.
//!
//! Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
//! Bound: [`RESULTS_MAX`] results, the most that GitHub takes; what is left out is counted in a
//! notification.

mod log;
pub(super) mod uri;

use std::collections::BTreeSet;
use std::io::{self, Write};

use khien_ingest::DeadLetter;
use khien_model::untrusted::shown;
use khien_model::{Severity, Untrusted};

use self::log::{
    ArtifactLocation, DescriptorReference, Driver, Invocation, Level, Location, Log,
    LogicalLocation, Message, Notification, NotificationDescriptor, PartialFingerprints,
    PhysicalLocation, Place, Region, ResultEntry, ResultProperties, Rule, RuleConfiguration,
    RuleProperties, Run, RunProperties, Tool,
};
use super::escaped_json::write_pretty;
use super::facts::grouped;
use super::words::{Words, stable_word};
use super::{RenderOptions, shell};
use khien_ops::exit::Exit;
use khien_ops::scan::detection::Detection;
use khien_ops::scan::report::{Finding, Gap, Group, Report};

/// Bound: results in the file.
pub const RESULTS_MAX: usize = 25_000;

/// Writes the report as SARIF.
///
/// # Errors
///
/// The writer's own.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let run = Run {
        tool: Tool { driver: driver(report) },
        invocations: [invocation(report)],
        language: "en",
        column_kind: "unicodeCodePoints",
        results: grouped(report).take(RESULTS_MAX).map(|(f, g)| result(f, g)).collect(),
        properties: RunProperties {
            verdict: report.verdict,
            complete: report.complete,
            results_left_out: left_out(report),
        },
    };
    write_pretty(out, &Log::of(run))
}

fn left_out(report: &Report) -> usize {
    report.groups.len().saturating_sub(RESULTS_MAX)
}

fn driver(report: &Report) -> Driver<'_> {
    let notifications = report.gaps.iter().map(|gap| {
        let text = literal(&Words::english().gap(gap).0);
        NotificationDescriptor { id: gap_id(gap), short_description: Message { text } }
    });
    let rules = report.findings.iter().map(rule).collect();
    Driver {
        name: "Khiên", version: report.version, rules, notifications: notifications.collect()
    }
}

fn rule(finding: &Finding) -> Rule {
    let title = literal(&finding.title.to_string());
    let description = match finding.description.as_raw() {
        "" => title.clone(),
        _ => literal(&finding.description.to_string()),
    };
    let mut tags = BTreeSet::from(["security".to_owned(), finding.kind.as_str().to_owned()]);
    tags.extend(finding.techniques.iter().map(ToString::to_string));
    tags.extend(finding.tags.iter().cloned());
    Rule {
        id: rule_id(finding),
        short_description: Message { text: title },
        help: Message { text: help(finding, &description) },
        full_description: Message { text: description },
        default_configuration: RuleConfiguration { level: level(finding.severity) },
        properties: RuleProperties {
            security_severity: security_severity(finding.severity),
            precision: finding.confidence.map(precision),
            tags,
        },
    }
}

fn help(finding: &Finding, description: &str) -> String {
    let list = |title: &str, entries: &[Untrusted]| {
        let lines: String =
            entries.iter().map(|entry| format!("\n- {}", literal(&entry.to_string()))).collect();
        if lines.is_empty() { lines } else { format!("\n\n{title}:{lines}") }
    };
    format!(
        "{description}{}{}",
        list("Known benign causes", &finding.false_positives),
        list("References", &finding.references)
    )
}

fn result(finding: &Finding, group: &Group) -> ResultEntry {
    let host = match group.host.as_raw() {
        "" => "a host without a name".to_owned(),
        _ => format!("host {}", group.host),
    };
    let title = &finding.title;
    let times = Words::english().counted("found.detections", group.count);
    let mut text = format!("{title} on {host}: {times}");
    if let Some((first, last)) = group.span {
        text = format!("{text}, first {first}, last {last}");
    }
    let mut places = group.samples.iter().map(|sample| location(sample, group));
    ResultEntry {
        rule_id: rule_id(finding),
        rule_index: group.finding,
        level: level(finding.severity),
        message: Message { text: literal(&text) },
        locations: places.next().into_iter().collect(),
        related_locations: places.collect(),
        occurrence_count: group.count.max(1),
        partial_fingerprints: PartialFingerprints {
            finding_and_host: format!("{}|{}", rule_id(finding), group.host.as_raw()),
            first_event: group.samples.first().map(|sample| sample.event.to_string()),
        },
        properties: ResultProperties {
            severity: finding.severity,
            host: group.host.as_raw().to_owned(),
            first: group.span.map(|(first, _)| first),
            last: group.span.map(|(_, last)| last),
        },
    }
}

fn location(sample: &Detection, group: &Group) -> Location {
    let host = group.host.as_raw();
    Location {
        physical_location: physical(&sample.file, sample.offset),
        logical_locations: match host {
            "" => Vec::new(),
            _ => vec![LogicalLocation { fully_qualified_name: host.to_owned(), kind: "host" }],
        },
        properties: Some(Place {
            record: sample.record,
            event: sample.event.to_string(),
            time: sample.time(),
        }),
    }
}

/// `None` for what stands in no file, as a correlation does.
fn physical(file: &str, offset: u64) -> Option<PhysicalLocation> {
    (!file.is_empty()).then(|| PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri::of_path(file) },
        region: Region { byte_offset: offset },
    })
}

fn invocation(report: &Report) -> Invocation {
    let gaps = report.gaps.iter().map(|gap| {
        let (what, step) = Words::english().gap(gap);
        Notification::new(Level::Warning, gap_id(gap), literal(&format!("{what} {step}")))
    });
    let dead = report.dead.first.iter().map(dead_letter);
    let cap = left_out(report);
    let cap = (cap > 0).then(|| {
        let text = format!("{cap} results are left out: this file holds the first {RESULTS_MAX}.");
        Notification::new(Level::Warning, "results-left-out".to_owned(), text)
    });
    let problems = report.problems.iter().map(|problem| {
        let parts = [&problem.origin, &problem.title, &problem.detail];
        let parts = parts.into_iter().map(ToString::to_string).filter(|part| !part.is_empty());
        let text = parts.collect::<Vec<_>>().join(": ");
        let id = format!("rule/{}", stable_word(&problem.kind));
        Notification::new(Level::Warning, id, literal(&text))
    });
    let elapsed = i64::try_from(report.elapsed_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let end = report.generated_at;
    Invocation {
        execution_successful: true,
        exit_code: Exit::from(report.verdict).code(),
        exit_code_description: match report.verdict {
            khien_model::Verdict::Hit => "findings",
            khien_model::Verdict::Unknown => {
                "nothing found at the severity asked for, but not everything was checked"
            }
            _ => "everything was checked, nothing found at the severity asked for",
        },
        command_line: shell::command_line(&report.command_line),
        start_time_utc: khien_model::Timestamp::from_nanos(end.as_nanos().saturating_sub(elapsed)),
        end_time_utc: end,
        tool_execution_notifications: gaps.chain(cap).chain(dead).collect(),
        tool_configuration_notifications: problems.collect(),
    }
}

fn dead_letter(letter: &DeadLetter) -> Notification {
    let reason = Words::english().of_word("reason", &letter.reason);
    let text = format!("{} at byte {}: {reason}: {}", letter.file, letter.offset, letter.detail);
    let id = format!("dead-letter/{}", letter.reason);
    let place = Location {
        physical_location: physical(letter.file.as_raw(), letter.offset),
        logical_locations: Vec::new(),
        properties: None,
    };
    Notification { locations: vec![place], ..Notification::new(Level::Warning, id, literal(&text)) }
}

impl Notification {
    fn new(level: Level, id: String, text: String) -> Self {
        let descriptor = DescriptorReference { id };
        Self { level, descriptor, message: Message { text }, locations: Vec::new() }
    }
}

fn gap_id(gap: &Gap) -> String {
    format!("gap/{}", gap.key)
}

/// A finding without an id of its own is known by its title.
fn rule_id(finding: &Finding) -> String {
    match finding.id.as_str() {
        "" => format!("{}/{}", finding.kind.as_str(), finding.title),
        id => shown(id).to_string(),
    }
}

const fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Informational => Level::Note,
    }
}

/// On the scale of CVSS, by which GitHub sorts: above 9 critical, above 7 high, above 4 medium.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Informational => "0.0",
    }
}

const fn precision(confidence: u8) -> &'static str {
    match confidence {
        80.. => "very-high",
        50.. => "high",
        25.. => "medium",
        _ => "low",
    }
}

/// Hostile: in a message, brackets make links and braces are placeholders (SARIF 3.11.5, 3.11.6).
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '[' | ']' => literal.extend(['\\', c]),
            '{' | '}' => literal.extend([c, c]),
            c => literal.push(c),
        }
    }
    literal
}
