//! Makes the report out of what the scan found.

use std::collections::{BTreeMap, HashMap};
use std::io;

use khien_detect::sigma::{Inert, InertReason, ProblemKind};
use khien_ingest::Walk;
use khien_model::{Indicator, Severity, Timestamp, Untrusted, Verdict};

use super::detection::Detection;
use super::knowledge::Advisories;
use super::report::{
    DeadLetters, Finding, FindingKind, Gap, Group, InertRules, Report, SAMPLES_MAX, SourceSeen,
    Timeline, Totals,
};
use super::run::Outcome;
use super::spool::DetectionLog;
use super::worker::Knowledge;

/// What the report needs to know of how the scan was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The command line, as typed.
    pub command_line: Vec<String>,
    /// Now.
    pub now: Timestamp,
    /// Wall time of the scan, in milliseconds.
    pub elapsed_ms: u64,
    /// From which severity on findings decide the verdict.
    pub fail_on: Option<Severity>,
    /// Whether rules of the user that could not fire are gaps (they are, unless waived).
    pub inert_is_gap: bool,
    /// Advisories by what the user typed.
    pub advisories: Vec<String>,
}

/// Makes the report.
///
/// # Errors
///
/// The machine's own, reading back from a temporary file.
pub fn assemble(
    outcome: Outcome,
    knowledge: &Knowledge,
    advisories: &Advisories,
    walk: &Walk,
    asked: Asked,
) -> io::Result<Report> {
    let (findings, order) = findings(&outcome, knowledge, advisories);
    let renumbered = DetectionLog::keep(outcome.detections.iter()?.map(|item| {
        item.map(|mut detection| {
            detection.finding = order.get(&detection.finding).copied().unwrap_or(u32::MAX);
            detection
        })
    }))?;
    let groups = groups(&renumbered, &findings)?;
    let timeline = timeline(&renumbered, &findings)?;
    let inert = outcome.found.coverage.inert(knowledge.rules());
    let gaps = gaps(&outcome, knowledge, advisories, walk, &inert, &asked);
    let hit = asked.fail_on.is_some_and(|level| findings.iter().any(|f| f.severity >= level));
    let sources = sources(&outcome, knowledge);
    let spans = sources.iter().filter_map(|source| source.span);
    let span = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let rules = knowledge.rules();
    let totals = Totals {
        files: walk.files.len() as u64,
        streams: outcome.streams,
        bytes: outcome.bytes,
        records: outcome.records.values().sum(),
        dead_letters: outcome.found.dead_by_reason.values().sum(),
        detections: renumbered.len(),
        duplicates: outcome.duplicates,
        rules: (rules.rules().len() + rules.correlations().len()) as u64,
        indicators: knowledge.indicators.len() as u64,
    };
    Ok(Report {
        version: env!("CARGO_PKG_VERSION"),
        command_line: asked.command_line,
        generated_at: asked.now,
        elapsed_ms: asked.elapsed_ms,
        verdict: Verdict::of(hit, !gaps.is_empty()),
        fail_on: asked.fail_on,
        complete: gaps.is_empty(),
        totals,
        span,
        formats: outcome.records,
        findings,
        groups,
        sources,
        gaps,
        inert: inert_rules(&inert, knowledge),
        problems: rules.problems().to_vec(),
        dead: DeadLetters {
            by_reason: outcome.found.dead_by_reason,
            first: outcome.found.dead,
            skipped: walk.skipped.clone(),
        },
        timeline,
        detections: renumbered,
    })
}

/// What fired, most severe first, and the new number of each old one.
fn findings(
    outcome: &Outcome,
    knowledge: &Knowledge,
    advisories: &Advisories,
) -> (Vec<Finding>, HashMap<u32, u32>) {
    let mut fired: Vec<(u32, Finding)> = outcome
        .fired
        .iter()
        .filter_map(|(number, count)| {
            let mut finding = finding(*number, knowledge, advisories)?;
            finding.count = *count;
            Some((*number, finding))
        })
        .collect();
    fired.sort_by(|(a_number, a), (b_number, b)| {
        let key = |number: u32, f: &Finding| {
            (std::cmp::Reverse(f.severity), f.kind.as_str(), f.title.clone(), f.id.clone(), number)
        };
        key(*a_number, a).cmp(&key(*b_number, b))
    });
    let order = fired.iter().zip(0_u32..).map(|((number, _), place)| (*number, place)).collect();
    (fired.into_iter().map(|(_, finding)| finding).collect(), order)
}

/// What a finding's number stands for.
pub(crate) fn finding(
    number: u32,
    knowledge: &Knowledge,
    advisories: &Advisories,
) -> Option<Finding> {
    let rules = knowledge.rules();
    if let Some(rule) = rules.rule(number) {
        return Some(Finding {
            kind: FindingKind::Rule,
            id: rule.id.clone(),
            title: rule.title.clone(),
            description: rule.description.clone(),
            severity: rule.severity,
            techniques: rule.techniques().collect(),
            tags: rule.tags.clone(),
            false_positives: rule.false_positives.clone(),
            references: rule.references.clone(),
            origin: rule.origin.clone(),
            confidence: None,
            count: 0,
        });
    }
    let number = usize::try_from(number).ok()?.checked_sub(rules.rules().len())?;
    if let Some(rule) = rules.correlations().get(number) {
        return Some(Finding {
            kind: FindingKind::Correlation,
            id: rule.id.clone(),
            title: rule.title.clone(),
            description: rule.description.clone(),
            severity: rule.severity,
            techniques: rule.techniques().collect(),
            tags: rule.tags.clone(),
            false_positives: rule.false_positives.clone(),
            references: Vec::new(),
            origin: rule.origin.clone(),
            confidence: None,
            count: 0,
        });
    }
    let number = number.checked_sub(rules.correlations().len())?;
    let indicator = knowledge.indicators.get(u32::try_from(number).ok()?)?;
    let advisory = advisories.advisory_of.get(number).and_then(|a| advisories.advisories.get(*a));
    Some(Finding {
        kind: FindingKind::Indicator,
        id: indicator.id.clone(),
        title: Untrusted::new(format!("{} {}", indicator.kind.word(), indicator.kind.value())),
        description: Untrusted::from(indicator.description.as_str()),
        severity: severity_of(indicator),
        techniques: Vec::new(),
        tags: Vec::new(),
        false_positives: Vec::new(),
        references: indicator.sources.iter().map(|s| Untrusted::from(s.as_str())).collect(),
        origin: advisory.map_or_else(Untrusted::default, |a| Untrusted::from(a.title.as_str())),
        confidence: indicator.confidence,
        count: 0,
    })
}

/// How grave a sighting is, by how sure the advisory is that it means what it says.
fn severity_of(indicator: &Indicator) -> Severity {
    match indicator.confidence {
        Some(80..) => Severity::Critical,
        Some(50..) | None => Severity::High,
        Some(25..) => Severity::Medium,
        Some(_) => Severity::Low,
    }
}

fn groups(log: &DetectionLog, findings: &[Finding]) -> io::Result<Vec<Group>> {
    let mut groups: BTreeMap<(u32, String), Group> = BTreeMap::new();
    for detection in log.iter()? {
        let detection = detection?;
        if usize::try_from(detection.finding).is_ok_and(|place| place >= findings.len()) {
            continue;
        }
        let key = (detection.finding, detection.host.clone());
        let group = groups.entry(key).or_insert_with(|| Group {
            finding: detection.finding,
            host: Untrusted::from(detection.host.as_str()),
            count: 0,
            span: None,
            samples: Vec::new(),
        });
        group.count += 1;
        if let Some(time) = detection.time() {
            let (first, last) = group.span.unwrap_or((time, time));
            group.span = Some((first.min(time), last.max(time)));
        }
        if group.samples.len() < SAMPLES_MAX {
            group.samples.push(detection);
        }
    }
    Ok(groups.into_values().collect())
}

/// Lengths of a bin that people read easily, in seconds.
const BINS: [i64; 16] = [
    1, 5, 15, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    2_592_000, 31_536_000,
];
/// Bound: bins of a timeline.
const BINS_MAX: i64 = 60;

fn timeline(log: &DetectionLog, findings: &[Finding]) -> io::Result<Option<Timeline>> {
    let mut span: Option<(i64, i64)> = None;
    for detection in log.iter()? {
        if let Some(time) = detection?.time() {
            let seconds = time.as_nanos().div_euclid(1_000_000_000);
            let (first, last) = span.unwrap_or((seconds, seconds));
            span = Some((first.min(seconds), last.max(seconds)));
        }
    }
    let Some((first, last)) = span else { return Ok(None) };
    let width = |bin: i64| last.div_euclid(bin) - first.div_euclid(bin) + 1;
    let bin = BINS.into_iter().find(|bin| width(*bin) <= BINS_MAX).unwrap_or(315_360_000);
    let start = first.div_euclid(bin) * bin;
    let count = usize::try_from(width(bin)).unwrap_or(1);
    let mut bins = vec![[0_u64; 5]; count];
    for detection in log.iter()? {
        let detection = detection?;
        if let Some((place, severity)) = place_of(&detection, findings, start, bin)
            && let Some(slot) = bins.get_mut(place).and_then(|bin| bin.get_mut(severity))
        {
            *slot += 1;
        }
    }
    let start = Timestamp::from_seconds(start).unwrap_or(Timestamp::MIN);
    Ok(Some(Timeline { start, bin_seconds: bin, bins }))
}

fn place_of(
    detection: &Detection,
    findings: &[Finding],
    start: i64,
    bin: i64,
) -> Option<(usize, usize)> {
    let seconds = detection.time()?.as_nanos().div_euclid(1_000_000_000);
    let place = usize::try_from((seconds - start) / bin).ok()?;
    let severity = findings.get(usize::try_from(detection.finding).ok()?)?.severity;
    Some((place, Severity::ALL.iter().position(|level| *level == severity)?))
}

fn sources(outcome: &Outcome, knowledge: &Knowledge) -> Vec<SourceSeen> {
    outcome
        .found
        .coverage
        .sources()
        .into_iter()
        .map(|seen| {
            let rules = knowledge.rules().rules().iter();
            SourceSeen {
                name: Untrusted::new(seen.source.to_string()),
                events: seen.events,
                without_time: seen.without_time,
                span: seen.span,
                rules: rules.filter(|rule| rule.applies_to(&seen.source)).count() as u64,
            }
        })
        .collect()
}

fn inert_rules(inert: &[Inert], knowledge: &Knowledge) -> Vec<InertRules> {
    type Key = (InertReason, String, Vec<String>);
    let mut grouped: BTreeMap<Key, Vec<Untrusted>> = BTreeMap::new();
    for inert in inert {
        if let Some(rule) = knowledge.rules().rule(inert.rule) {
            let key = (inert.reason, rule.log_source(), inert.missing.clone());
            grouped.entry(key).or_default().push(rule.title.clone());
        }
    }
    grouped
        .into_iter()
        .map(|((reason, log_source, missing), rules)| InertRules {
            reason,
            log_source,
            missing,
            rules,
        })
        .collect()
}

/// Bound: examples named with a gap.
const EXAMPLES_MAX: usize = 5;

/// What was asked for and could not be checked.
fn gaps(
    outcome: &Outcome,
    knowledge: &Knowledge,
    advisories: &Advisories,
    walk: &Walk,
    inert: &[Inert],
    asked: &Asked,
) -> Vec<Gap> {
    let mut gaps = Gaps::default();
    let found = &outcome.found;
    let dead: u64 = found.dead_by_reason.values().sum();
    gaps.add("dead-letters", dead, found.dead.iter().map(|letter| letter.file.clone()));
    gaps.add(
        "skipped-paths",
        walk.skipped.len() as u64,
        walk.skipped.iter().map(|skipped| skipped.path.clone()),
    );
    let records: u64 = outcome.records.values().sum();
    gaps.add("nothing-read", u64::from(records == 0 && dead == 0 && walk.skipped.is_empty()), []);
    let not_loaded: Vec<Untrusted> = knowledge
        .rules()
        .problems()
        .iter()
        .filter(|problem| problem.kind != ProblemKind::Unused)
        .map(|problem| problem.origin.clone())
        .collect();
    gaps.add("rules-not-loaded", not_loaded.len() as u64, not_loaded);
    if asked.inert_is_gap {
        let titles: Vec<Untrusted> = inert
            .iter()
            .filter_map(|inert| knowledge.rules().rule(inert.rule))
            .filter(|rule| !rule.origin.as_raw().starts_with("khien:"))
            .map(|rule| rule.title.clone())
            .collect();
        gaps.add("rules-inert", titles.len() as u64, titles);
    }
    advisory_gaps(&mut gaps, outcome, knowledge, advisories);
    let without_time = found.hits_without_time;
    gaps.add("events-without-time", without_time, []);
    gaps.add("correlation-groups-evicted", outcome.correlator.groups_evicted, []);
    gaps.add("log-sources-uncounted", found.coverage.uncounted, []);
    gaps.add("fields-dropped", found.fields_dropped, []);
    gaps.0
}

fn advisory_gaps(
    gaps: &mut Gaps,
    outcome: &Outcome,
    knowledge: &Knowledge,
    advisories: &Advisories,
) {
    let unmatchable: Vec<Untrusted> = advisories
        .advisories
        .iter()
        .flat_map(|advisory| &advisory.problems)
        .map(|problem| Untrusted::from(problem.detail.as_str()))
        .collect();
    let left_out: Vec<Untrusted> = advisories
        .left_out
        .iter()
        .map(|left| Untrusted::new(format!("{}: {}", left.indicator.kind.value(), left.reason)))
        .collect();
    gaps.add("indicators-left-out", left_out.len() as u64, left_out);
    gaps.add("indicators-not-matchable", unmatchable.len() as u64, unmatchable);
    if outcome.records.is_empty() {
        return;
    }
    let mut blind: BTreeMap<&str, u64> = BTreeMap::new();
    let all = (0..u32::try_from(knowledge.indicators.len()).unwrap_or(u32::MAX))
        .filter_map(|index| Some(&knowledge.indicators.get(index)?.kind));
    for kind in all.filter(|kind| !outcome.found.kinds.covers(kind)) {
        *blind.entry(kind.word()).or_default() += 1;
    }
    let examples = blind.iter().map(|(kind, count)| Untrusted::new(format!("{kind} ({count})")));
    gaps.add("indicator-kind-without-data", blind.values().sum(), examples);
}

#[derive(Default)]
struct Gaps(Vec<Gap>);

impl Gaps {
    fn add(
        &mut self,
        key: &'static str,
        count: u64,
        examples: impl IntoIterator<Item = Untrusted>,
    ) {
        if count > 0 {
            let mut named: Vec<Untrusted> = Vec::new();
            for example in examples {
                if named.len() >= EXAMPLES_MAX {
                    break;
                }
                if !named.contains(&example) {
                    named.push(example);
                }
            }
            self.0.push(Gap { key, count, examples: named });
        }
    }
}
