//! The answer of a check, in the form of the wire and within its bounds.

use std::collections::{BTreeMap, BTreeSet};

use khien_model::{Timestamp, Verdict};
use khien_ops::check::{CheckReport, HostAnswer};
use khien_wire::{
    Actor, AdvisoryAnswer, AdvisoryHost, Checked, DayCount, HitIndicator, HitRelease, NamedRelease,
    SeenIndicator, SourceCount, Time, UnknownWhy, VerdictCounts,
};

use super::reading::{cut, time_of};

/// Bound: days, releases, indicators and sources that are told.
const DAYS_MAX: usize = 400;
const LINES_MAX: usize = 200;
/// Bound: reasons why hosts are unknown, and hosts that are named for each.
const REASONS_MAX: usize = 40;
const NAMED_MAX: usize = 8;
/// Bound: indicators and releases of one host.
const OF_HOST_MAX: usize = 20;
/// Bound: characters of a text from outside.
const TEXT_MAX: usize = 1000;
/// A host that sent nothing for so long is silent.
const SILENT_MS: i64 = 24 * 60 * 60 * 1000;

/// Who asked when, and how long it took.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) by: Actor,
    pub(crate) time: Time,
    pub(crate) took_ms: u64,
}

fn count(all: usize) -> u64 {
    u64::try_from(all).unwrap_or(u64::MAX)
}

fn positive(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

const fn verdict_of(verdict: Verdict) -> khien_wire::Verdict {
    match verdict {
        Verdict::Clear => khien_wire::Verdict::Clear,
        Verdict::Hit => khien_wire::Verdict::Hit,
        Verdict::NotApplicable => khien_wire::Verdict::NotApplicable,
        Verdict::Unknown => khien_wire::Verdict::Unknown,
    }
}

/// The answer as a whole, and host by host.
pub(crate) fn of(report: &CheckReport, asked: Asked) -> (AdvisoryAnswer, Vec<AdvisoryHost>) {
    let hosts = report.hosts.iter().enumerate().map(|(n, host)| of_host(report, n, host)).collect();
    let of_verdict =
        |verdict| count(report.hosts.iter().filter(|host| host.verdict == verdict).count());
    let first =
        report.hosts.iter().filter(|host| host.first.is_some()).min_by_key(|host| host.first);
    let silent_from = asked.time.as_ms().saturating_sub(SILENT_MS);
    let is_silent = |host: &&HostAnswer| {
        host.verdict == Verdict::Clear
            && host.data_until.is_none_or(|until| time_of(until).as_ms() < silent_from)
    };
    let answer = AdvisoryAnswer {
        checked: Checked {
            time: asked.time,
            took_ms: asked.took_ms,
            verdict: verdict_of(report.verdict),
            hosts: VerdictCounts {
                hit: of_verdict(Verdict::Hit),
                clear: of_verdict(Verdict::Clear),
                unknown: of_verdict(Verdict::Unknown),
                not_applicable: of_verdict(Verdict::NotApplicable),
            },
        },
        by: asked.by,
        since: first.and_then(|host| host.first).map(time_of),
        since_host: first.map(|host| cut(&host.host.name, TEXT_MAX)),
        since_exact: first.is_none_or(|host| host.exact),
        data_from: report.data_from.map(time_of),
        data_until: report.data_until.map(time_of),
        days: days(report),
        why_unknown: why_unknown(report),
        clear_but_silent: count(report.hosts.iter().filter(is_silent).count()),
        releases: releases(report),
        seen: seen(report),
        sources: sources(report),
    };
    (answer, hosts)
}

fn of_host(report: &CheckReport, number: usize, host: &HostAnswer) -> AdvisoryHost {
    let indicators = host.indicators.iter().take(OF_HOST_MAX);
    let indicators = indicators.filter_map(|at| report.question.indicators.get(*at));
    let releases = host.affected.iter().take(OF_HOST_MAX).map(|(product, version)| HitRelease {
        product: cut(product, TEXT_MAX),
        version: cut(version, TEXT_MAX),
    });
    AdvisoryHost {
        id: format!("{number:08}"),
        host: cut(&host.host.name, TEXT_MAX),
        org: cut(&host.host.org, TEXT_MAX),
        verdict: verdict_of(host.verdict),
        first: host.first.map(time_of),
        last: host.last.map(time_of),
        exact: host.exact,
        count: positive(host.count),
        indicators: indicators
            .map(|indicator| HitIndicator {
                kind: indicator.kind.word().to_owned(),
                value: cut(&indicator.kind.text(), TEXT_MAX),
            })
            .collect(),
        indicator_count: count(host.indicators.len()),
        releases: releases.collect(),
        lacking: host.lacking.iter().map(|kind| (*kind).to_owned()).collect(),
        data_from: host.data_from.map(time_of),
        data_until: host.data_until.map(time_of),
    }
}

/// Hosts by the day on which they first showed any of it.
fn days(report: &CheckReport) -> Vec<DayCount> {
    let mut days: BTreeMap<String, u64> = BTreeMap::new();
    let day = |time: Timestamp| time.to_string().chars().take(10).collect::<String>();
    for first in report.hosts.iter().filter_map(|host| host.first) {
        *days.entry(day(first)).or_default() += 1;
    }
    let beyond = days.len().saturating_sub(DAYS_MAX);
    days.into_iter().skip(beyond).map(|(day, hosts)| DayCount { day, hosts }).collect()
}

fn why_unknown(report: &CheckReport) -> Vec<UnknownWhy> {
    let mut reasons: BTreeMap<&BTreeSet<&'static str>, (u64, Vec<String>)> = BTreeMap::new();
    for host in report.hosts.iter().filter(|host| host.verdict == Verdict::Unknown) {
        let (hosts, names) = reasons.entry(&host.lacking).or_default();
        *hosts = hosts.saturating_add(1);
        if names.len() < NAMED_MAX {
            names.push(cut(&host.host.name, TEXT_MAX));
        }
    }
    let mut reasons: Vec<UnknownWhy> = reasons
        .into_iter()
        .map(|(lacking, (hosts, names))| UnknownWhy {
            lacking: lacking.iter().map(|kind| (*kind).to_owned()).collect(),
            hosts,
            names,
        })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.hosts));
    reasons.truncate(REASONS_MAX);
    reasons
}

fn releases(report: &CheckReport) -> Vec<NamedRelease> {
    let mut releases: Vec<NamedRelease> = report
        .named
        .iter()
        .map(|release| NamedRelease {
            product: cut(&release.app, TEXT_MAX),
            version: cut(&release.version, TEXT_MAX),
            affected: release.affected,
            hosts: count(release.hosts.len()),
        })
        .collect();
    // Affected ones first, then those of which nobody can say.
    releases.sort_by_key(|release| match release.affected {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    });
    releases.truncate(LINES_MAX);
    releases
}

fn seen(report: &CheckReport) -> Vec<SeenIndicator> {
    let mut hosts_of: BTreeMap<usize, BTreeSet<(&str, &str)>> = BTreeMap::new();
    let mut first_of: BTreeMap<usize, Timestamp> = BTreeMap::new();
    for seen in &report.seen {
        hosts_of.entry(seen.indicator).or_default().insert((&seen.org, &seen.host));
        if let Some(time) = seen.first_time() {
            let first = first_of.entry(seen.indicator).or_insert(time);
            *first = time.min(*first);
        }
    }
    let mut all: Vec<SeenIndicator> = hosts_of
        .into_iter()
        .filter_map(|(at, hosts)| {
            let indicator = report.question.indicators.get(at)?;
            Some(SeenIndicator {
                kind: indicator.kind.word().to_owned(),
                value: cut(&indicator.kind.text(), TEXT_MAX),
                hosts: count(hosts.len()),
                first: first_of.get(&at).copied().map(time_of),
            })
        })
        .collect();
    all.sort_by_key(|seen| std::cmp::Reverse(seen.hosts));
    all.truncate(LINES_MAX);
    all
}

fn sources(report: &CheckReport) -> Vec<SourceCount> {
    let mut sources: Vec<SourceCount> = report
        .sources
        .iter()
        .map(|(source, (hosts, events))| SourceCount {
            source: cut(source, TEXT_MAX),
            hosts: *hosts,
            events: positive(*events),
        })
        .collect();
    sources.sort_by_key(|source| std::cmp::Reverse(source.events));
    sources.truncate(LINES_MAX);
    sources
}
