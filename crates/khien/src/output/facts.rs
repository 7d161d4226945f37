//! What several formats say about a report and none should count for itself.

use std::collections::{BTreeMap, BTreeSet};

use khien_model::{Severity, Timestamp, Untrusted};

use khien_ops::scan::report::{Finding, Group, Report};

/// The counts and dates behind a summary.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// From this severity on, the dates below count: the one that decides the verdict, or the
    /// highest found when nothing reached that.
    pub(super) threshold: Severity,
    /// The earliest sighting at or above the threshold.
    pub(super) earliest: Option<(Timestamp, &'a Untrusted)>,
    /// By severity, mildest first.
    pub(super) levels: [Level; 5],
    /// Hosts with findings above informational: worst first, then earliest, then by name.
    pub(super) hosts: Vec<HostFacts<'a>>,
}

/// Counts of one severity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    /// Findings.
    pub(super) findings: u64,
    /// Detections.
    pub(super) detections: u64,
    /// Hosts that have a name.
    pub(super) hosts: u64,
}

/// What was found on one host.
#[derive(Debug)]
pub(super) struct HostFacts<'a> {
    /// The host; may be empty.
    pub(super) host: &'a Untrusted,
    /// The gravest finding.
    pub(super) worst: Severity,
    /// Findings above informational.
    pub(super) findings: u64,
    /// Their detections.
    pub(super) detections: u64,
    /// First and last time.
    pub(super) span: Option<(Timestamp, Timestamp)>,
}

impl<'a> Facts<'a> {
    /// Counts.
    pub(super) fn of(report: &'a Report) -> Self {
        let worst = report.findings.iter().map(|f| f.severity).max().unwrap_or_default();
        let threshold = report.fail_on.map_or(worst, |asked| asked.min(worst));
        let mut levels = [Level::default(); 5];
        let mut seen: [BTreeSet<&str>; 5] = Default::default();
        for finding in &report.findings {
            let level = &mut levels[position(finding.severity)];
            level.findings += 1;
            level.detections += finding.count;
        }
        let mut hosts: BTreeMap<&str, HostFacts<'a>> = BTreeMap::new();
        let mut earliest: Option<(Timestamp, &Untrusted)> = None;
        for (finding, group) in grouped(report) {
            if !group.host.as_raw().is_empty() {
                seen[position(finding.severity)].insert(group.host.as_raw());
            }
            let first = group.span.map(|(first, _)| (first, &group.host));
            if finding.severity >= threshold {
                earliest = earlier(earliest, first);
            }
            if finding.severity > Severity::Informational {
                let host = hosts.entry(group.host.as_raw()).or_insert_with(|| HostFacts {
                    host: &group.host,
                    worst: finding.severity,
                    findings: 0,
                    detections: 0,
                    span: None,
                });
                host.add(finding, group);
            }
        }
        for (level, hosts) in levels.iter_mut().zip(&seen) {
            level.hosts = hosts.len() as u64;
        }
        let mut hosts: Vec<HostFacts<'a>> = hosts.into_values().collect();
        hosts.sort_by_key(|host| (std::cmp::Reverse(host.worst), first_time(host.span)));
        Self { threshold, earliest, levels, hosts }
    }
}

impl HostFacts<'_> {
    fn add(&mut self, finding: &Finding, group: &Group) {
        self.worst = self.worst.max(finding.severity);
        self.findings += 1;
        self.detections += group.count;
        self.span = match (self.span, group.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
    }
}

/// Groups with their findings.
pub(super) fn grouped(report: &Report) -> impl Iterator<Item = (&Finding, &Group)> {
    report.groups.iter().filter_map(|group| Some((finding_of(report, group.finding)?, group)))
}

/// The finding at a position.
pub(super) fn finding_of(report: &Report, number: u32) -> Option<&Finding> {
    report.findings.get(usize::try_from(number).ok()?)
}

/// Each finding with its hosts: the earliest first, hosts without a time last.
pub(super) fn by_finding(report: &Report) -> Vec<(&Finding, Vec<&Group>)> {
    let mut found: Vec<(&Finding, Vec<&Group>)> =
        report.findings.iter().map(|finding| (finding, Vec::new())).collect();
    for group in &report.groups {
        let place = usize::try_from(group.finding).ok().and_then(|place| found.get_mut(place));
        if let Some((_, groups)) = place {
            groups.push(group);
        }
    }
    for (_, groups) in &mut found {
        groups.sort_by_key(|group| first_time(group.span));
    }
    found
}

/// How many of these hosts have a name.
pub(super) fn named(groups: &[&Group]) -> u64 {
    groups.iter().filter(|group| !group.host.as_raw().is_empty()).count() as u64
}

/// Where a severity stands in [`Severity::ALL`].
pub(super) const fn position(severity: Severity) -> usize {
    match severity {
        Severity::Informational => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

/// For sorting: things without a time come last.
fn first_time(span: Option<(Timestamp, Timestamp)>) -> Timestamp {
    span.map_or(Timestamp::MAX, |(first, _)| first)
}

fn earlier<'a>(
    a: Option<(Timestamp, &'a Untrusted)>,
    b: Option<(Timestamp, &'a Untrusted)>,
) -> Option<(Timestamp, &'a Untrusted)> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    }
}
