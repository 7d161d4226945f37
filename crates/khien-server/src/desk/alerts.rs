//! Findings of the lake's pipeline as alerts.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use khien_lake::{Lake, LakeError, QueryLimits};
use khien_lineage::{Finding, Status};
use khien_model::Timestamp;
use khien_ops::ingest::found::FoundName;
use khien_ops::ingest::known::CORRELATION_PREFIX;
use khien_ops::scan::detection::Detection;
use khien_wire::{AlertKind, AlertSubject, Severity};
use serde_json::{Map, Value, json};

use crate::state::Sighted;

/// Bits from which a departure is critical.
const CRITICAL_BITS: f64 = 12.0;
/// Bounds: alerts that are made of what a lake knows, in one question and in all.
const MISSED_AT_ONCE: usize = if cfg!(test) { 3 } else { 100_000 };
pub(super) const MISSED_MAX: usize = if cfg!(test) { 12 } else { 1_000_000 };
/// Bound: how long the lake may take for all answers of a start together.
const MISSED_TIME: Duration = Duration::from_secs(120);

const NANOS_OF_MS: i64 = 1_000_000;

fn kind_of(word: &str) -> AlertKind {
    match word {
        "indicator" => AlertKind::Indicator,
        "correlation" => AlertKind::Correlation,
        _ => AlertKind::Rule,
    }
}

fn mark_of(kind: &str, rule: &str, host: &str) -> String {
    format!("{kind}\u{1f}{rule}\u{1f}{}", host.to_lowercase())
}

/// Adds findings of rules, correlations and indicators: one alert for each and each host.
pub(super) fn add(
    sighted: &mut BTreeMap<String, Sighted>,
    found: Vec<(Arc<FoundName>, Detection)>,
) {
    for (name, detection) in found {
        let mark = mark_of(name.kind, &name.id, &detection.host);
        let at = detection.time().map_or(0, Timestamp::as_nanos).div_euclid(NANOS_OF_MS);
        let window = detection.window.as_ref();
        let first = window.map_or(at, |window| window.first_nanos.div_euclid(NANOS_OF_MS));
        let hosts = window.map_or_else(Vec::new, |window| window.hosts.clone());
        let mut hosts = if hosts.is_empty() { vec![detection.host.clone()] } else { hosts };
        hosts.retain(|host| !host.is_empty());
        let evidence = evidence_of(&name, &detection);
        let one = sighted.entry(mark.clone()).or_insert_with(|| Sighted {
            mark,
            kind: kind_of(name.kind),
            rule: name.id.clone(),
            title: name.title.clone(),
            severity: Severity::from_word(name.severity).unwrap_or(Severity::Medium),
            host_count: hosts.len() as u64,
            hosts,
            first,
            last: at,
            count: 0,
            is_withdrawn: false,
            subject: None,
            evidence: Value::Null,
        });
        one.count = one.count.saturating_add(1);
        one.first = one.first.min(first);
        if at >= one.last || one.evidence.is_null() {
            (one.last, one.evidence) = (at.max(one.last), evidence);
        }
    }
}

fn evidence_of(name: &FoundName, detection: &Detection) -> Value {
    let fields: Vec<Value> = detection
        .fields
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let window = detection.window.as_ref().map(|window| {
        json!({
            "count": window.count,
            "first": Timestamp::from_nanos(window.first_nanos).to_string(),
            "last": Timestamp::from_nanos(window.last_nanos).to_string(),
        })
    });
    json!({
        "event": detection.event.to_string(),
        "fields": fields,
        "techniques": name.techniques.split(',').filter(|t| !t.is_empty()).collect::<Vec<_>>(),
        "window": window,
    })
}

/// A departure as an alert.
pub(super) fn of_departure(finding: &Finding) -> Sighted {
    let evidence = &finding.evidence;
    let of = &evidence.of;
    let hosts: Vec<String> =
        evidence.sightings.iter().map(|seen| seen.host.as_raw().to_owned()).collect();
    let first = evidence.sightings.iter().map(|seen| seen.first.as_nanos()).min();
    let first = first.unwrap_or_else(|| finding.raised.as_nanos()).div_euclid(NANOS_OF_MS);
    let (product, version) = (finding.lineage.product.as_raw(), finding.version.as_raw());
    Sighted {
        mark: format!("departure\u{1f}{}", finding.id),
        kind: AlertKind::Departure,
        rule: finding.id.clone(),
        title: format!("{product} {version}: {}", of.value.as_raw()),
        severity: if finding.score.bits >= CRITICAL_BITS {
            Severity::Critical
        } else {
            Severity::High
        },
        hosts: hosts.into_iter().take(crate::state::alerts::HOSTS_MAX).collect(),
        host_count: u64::from(evidence.contrast.showing),
        first,
        last: finding.updated.as_nanos().div_euclid(NANOS_OF_MS),
        count: u64::from(evidence.contrast.showing),
        is_withdrawn: !matches!(finding.status, Status::Open),
        subject: Some(AlertSubject {
            publisher: finding.lineage.publisher.as_raw().to_owned(),
            product: product.to_owned(),
            version: version.to_owned(),
            trait_kind: of.kind.id().to_owned(),
            value: of.value.as_raw().to_owned(),
        }),
        evidence: serde_json::to_value(finding).unwrap_or(Value::Null),
    }
}

/// Which findings of a lake alerts are made of.
pub(super) enum Missed<'m> {
    /// Those of a source, and of correlations, whose rows have numbers above this one.
    After(&'m str, u64),
    /// Those of a source.
    Own(&'m str),
    /// Those that another source than this one has, of a rule and host with none of these marks: nothing
    /// tells which were told before.
    Without(&'m str, &'m HashSet<String>),
}

/// How far that was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// Up to this row, because there is too much.
    Cut(u64),
    /// To its end.
    Whole,
}

/// What a lake is asked when a server starts, within one bound of time.
pub(super) struct Looking<'l> {
    lake: &'l Lake,
    began: Instant,
}

impl<'l> Looking<'l> {
    /// Begins to look; `now` is when.
    pub(super) const fn begin(lake: &'l Lake, now: Instant) -> Self {
        Self { lake, began: now }
    }

    fn limits(&self, now: Instant, rows: usize) -> QueryLimits {
        let spent = now.saturating_duration_since(self.began);
        QueryLimits { rows, time: MISSED_TIME.saturating_sub(spent), ..QueryLimits::default() }
    }

    /// The highest number of a row that this source has found, or correlations have; nothing where there is none.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the lake cannot be read, or not in time.
    pub(super) fn highest(&self, source: &str) -> Result<Option<u64>, LakeError> {
        let sql =
            format!("SELECT max(record) AS record FROM finding WHERE {}", own_or_joined(source));
        let answered = self.lake.query(&sql, &self.limits(super::clock().1, 1))?.json()?;
        Ok(answered.first().and_then(|row| row.get("record")).and_then(Value::as_u64))
    }

    /// What the lake has found and nobody was told of, because a process ended between the two.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the lake cannot be read, or not in time.
    pub(super) fn missed(&self, missed: &Missed<'_>) -> Result<(Vec<Sighted>, End), LakeError> {
        let among = match missed {
            Missed::After(source, upto) => format!("{} AND record > {upto}", own_or_joined(source)),
            Missed::Own(source) => format!("source = '{source}'"),
            Missed::Without(source, _) => format!("source IS DISTINCT FROM '{source}'"),
        };
        let (mut found, mut rows) = (Vec::new(), 0);
        // In the order of their rows: where it is cut, what was told ends before what was not.
        loop {
            let sql = format!(
                "SELECT host, rule, max(title) AS title, max(severity) AS severity, \
                 max(fields) AS fields, min(time) AS first, max(time) AS last, count(*) AS n, \
                 max(record) AS record FROM finding \
                 WHERE fields LIKE '%\"found.kind\"%' AND {among} GROUP BY host, rule \
                 ORDER BY record, host, rule OFFSET {rows}"
            );
            let limits = self.limits(super::clock().1, MISSED_AT_ONCE);
            let answered = self.lake.query(&sql, &limits)?.json()?;
            for row in &answered {
                let one = of_row(row);
                if !matches!(missed, Missed::Without(_, marks) if marks.contains(&one.mark)) {
                    found.push(one);
                }
            }
            rows += answered.len();
            if answered.len() < MISSED_AT_ONCE {
                return Ok((found, End::Whole));
            }
            if found.len() >= MISSED_MAX {
                let last =
                    answered.last().and_then(|row| row.get("record")).and_then(Value::as_u64);
                // Others of that row may come behind it, so it is told again.
                return Ok((found, End::Cut(last.unwrap_or_default().saturating_sub(1))));
            }
        }
    }
}

/// Rows of a source, and of correlations, which go over records of several. The spool's name is of our own
/// making: hexadecimal digits.
fn own_or_joined(source: &str) -> String {
    format!("(source = '{source}' OR source LIKE '{CORRELATION_PREFIX}%')")
}

/// Findings of one rule on one host.
fn of_row(row: &Map<String, Value>) -> Sighted {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let fields: Value = serde_json::from_str(text("fields")).unwrap_or(Value::Null);
    let field = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = field("found.kind");
    let time = |name: &str| {
        let time = Timestamp::parse(text(name));
        time.map_or(0, Timestamp::as_nanos).div_euclid(NANOS_OF_MS)
    };
    let shown: Vec<Value> = fields
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !name.starts_with("found."))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let hosts: Vec<String> =
        Some(text("host").to_owned()).filter(|host| !host.is_empty()).into_iter().collect();
    Sighted {
        mark: mark_of(kind, text("rule"), text("host")),
        kind: kind_of(kind),
        rule: text("rule").to_owned(),
        title: text("title").to_owned(),
        severity: Severity::from_word(text("severity")).unwrap_or(Severity::Medium),
        host_count: hosts.len() as u64,
        hosts,
        first: time("first"),
        last: time("last"),
        count: row.get("n").and_then(Value::as_u64).unwrap_or(1),
        is_withdrawn: false,
        subject: None,
        evidence: json!({ "event": field("found.event"), "fields": shown, "techniques": [], "window": null }),
    }
}
