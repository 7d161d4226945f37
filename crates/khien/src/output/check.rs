//! The answer to "are we hit?", for people and for programs (`khien.check/1`).

use std::io::{self, Write};

use anstyle::Style;
use khien_lake::Seen;
use khien_model::untrusted::shown;
use khien_model::{Indicator, Timestamp, Verdict};
use serde::Serialize;

use super::RenderOptions;
use super::defang::Defang;
use super::escaped_json::write_pretty;
use super::screen::{Piece, Screen, padded, width_of};
use super::table::{BOLD, DIM, verdict_style};
use super::words::{Words, stable_word, verdict_sign};
use khien_ops::check::{CheckReport, HostAnswer};

/// Schema of the document.
pub const CHECK_SCHEMA: &str = "khien.check/1";

/// Bound: lines of each list of the table; the document for programs has all.
const LINES_MAX: usize = 20;
/// Bound: hosts named in one line.
const NAMED_MAX: usize = 5;
/// Columns of the longest bar.
const BAR_MAX: u64 = 40;

/// Writes the answer for a terminal.
///
/// # Errors
///
/// The writer's own.
pub fn table(report: &CheckReport, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let screen = Screen::new(out, options.width, options.colour);
    let mut table = Table { report, words: Words::of(options), defang: options.defang, screen };
    table.head()?;
    table.hosts()?;
    table.seen()?;
    table.named()?;
    table.releases()?;
    table.months()?;
    table.looked_at()?;
    table.not_checked()
}

struct Table<'a> {
    report: &'a CheckReport,
    words: Words,
    defang: bool,
    screen: Screen<'a>,
}

impl Table<'_> {
    fn title(&mut self, key: &str) -> io::Result<()> {
        self.screen.blank()?;
        let title = self.words.text(key, &[]).to_uppercase();
        self.screen.line(&[Piece::new(title, BOLD)])
    }

    fn time(&self, time: Option<Timestamp>) -> String {
        time.map_or_else(|| self.words.text("check.no-time", &[]), |time| self.words.minute(time))
    }

    /// A time that may be known to the hour only.
    fn time_or_hour(&self, time: Option<Timestamp>, exact: bool) -> String {
        let text = self.time(time);
        if exact || time.is_none() {
            return text;
        }
        self.words.text("check.hour", &[("time", &text)])
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.report.hosts.iter().filter(|host| host.verdict == verdict).count()
    }

    fn head(&mut self) -> io::Result<()> {
        let report = self.report;
        for title in &report.question.titles {
            self.screen.line(&[Piece::new(title.to_string(), BOLD)])?;
        }
        let verdict = self.words.verdict(report.verdict).to_uppercase();
        let verdict = format!("{} {verdict}", verdict_sign(report.verdict));
        let number = |count: usize| self.words.number(u64::try_from(count).unwrap_or(u64::MAX));
        let hosts = self.words.text(
            "check.hosts",
            &[("hit", &number(self.count(Verdict::Hit))), ("count", &number(report.hosts.len()))],
        );
        self.screen.line(&[
            Piece::new(verdict, verdict_style(report.verdict)),
            Piece::plain("  "),
            Piece::plain(hosts),
        ])?;
        let first = report.hosts.iter().filter_map(|host| host.first).min();
        let since = self.words.text(
            if first.is_some() { "check.since" } else { "check.not-since" },
            &[
                ("first", &self.time(first)),
                ("from", &self.time(report.data_from)),
                ("until", &self.time(report.data_until)),
            ],
        );
        self.screen.wrapped(0, &since, Style::new())
    }

    fn hosts(&mut self) -> io::Result<()> {
        if self.report.hosts.is_empty() {
            return Ok(());
        }
        self.title("check.title.hosts")?;
        let report = self.report;
        let hit: Vec<&HostAnswer> =
            report.hosts.iter().filter(|h| h.verdict == Verdict::Hit).collect();
        let listed = hit.get(..hit.len().min(LINES_MAX)).unwrap_or_default();
        let column = listed.iter().map(|host| width_of(&host_name(host))).max().unwrap_or(0) + 2;
        for host in listed {
            let about = self.about_hit(host);
            self.screen.line(&[
                Piece::new(
                    format!("  {} ", verdict_sign(Verdict::Hit)),
                    verdict_style(Verdict::Hit),
                ),
                Piece::plain(padded(&host_name(host), column)),
                Piece::new(about, DIM),
            ])?;
        }
        self.more(hit.len())?;
        for verdict in [Verdict::Unknown, Verdict::Clear, Verdict::NotApplicable] {
            self.grouped(verdict)?;
        }
        Ok(())
    }

    /// What was found on a host: indicators, or affected releases alone.
    fn about_hit(&self, host: &HostAnswer) -> String {
        let from = self.time(host.data_from);
        if host.indicators.is_empty() {
            let releases: Vec<String> = host
                .affected
                .iter()
                .take(LINES_MAX)
                .map(|(app, version)| shown(&format!("{app} {version}")).to_string())
                .collect();
            let releases = releases.join(", ");
            return self
                .words
                .text("check.host-affected", &[("releases", &releases), ("from", &from)]);
        }
        self.words.text(
            "check.host",
            &[
                ("indicators", &host.indicators.len()),
                ("sightings", &self.words.number(u64::try_from(host.count).unwrap_or(0))),
                ("first", &self.time_or_hour(host.first, host.exact)),
                ("last", &self.time_or_hour(host.last, host.exact)),
                ("from", &from),
            ],
        )
    }

    /// Hosts of one verdict in a line; of unknown ones, a line for each thing that is lacking.
    fn grouped(&mut self, verdict: Verdict) -> io::Result<()> {
        let mut groups: std::collections::BTreeMap<String, Vec<&HostAnswer>> = Default::default();
        for host in self.report.hosts.iter().filter(|host| host.verdict == verdict) {
            let lacking: Vec<String> = host
                .lacking
                .iter()
                .map(|kind| self.words.text(&format!("check.kind.{kind}"), &[]))
                .collect();
            groups.entry(lacking.join(", ")).or_default().push(host);
        }
        for (lacking, hosts) in groups.iter().take(LINES_MAX) {
            let mut names: Vec<String> =
                hosts.iter().take(NAMED_MAX).map(|host| host_name(host)).collect();
            if hosts.len() > names.len() {
                names.push("…".to_owned());
            }
            let word = self.words.verdict(verdict).to_uppercase();
            let count = u64::try_from(hosts.len()).unwrap_or(u64::MAX);
            let mut about =
                format!("{}: {}", self.words.counted("check.host-count", count), names.join(", "));
            if !lacking.is_empty() {
                about = format!(
                    "{about} · {}",
                    self.words.text("check.lacking", &[("kinds", lacking)])
                );
            } else if verdict == Verdict::Unknown {
                about = format!("{about} · {}", self.words.text("check.partly", &[]));
            }
            self.screen.line(&[
                Piece::new(format!("  {} {word}  ", verdict_sign(verdict)), verdict_style(verdict)),
                Piece::plain(about),
            ])?;
        }
        Ok(())
    }

    fn more(&mut self, all: usize) -> io::Result<()> {
        let Some(left) = all.checked_sub(LINES_MAX).filter(|left| *left > 0) else { return Ok(()) };
        let text = self.words.counted("check.more", u64::try_from(left).unwrap_or(u64::MAX));
        self.screen.indented(4, text, DIM)
    }

    fn seen(&mut self) -> io::Result<()> {
        if self.report.seen.is_empty() {
            return Ok(());
        }
        self.title("check.title.seen")?;
        for seen in self.report.seen.iter().take(LINES_MAX) {
            let kind = self.words.text(&format!("check.kind.{}", seen.kind), &[]);
            let value = self.value(seen);
            let about = self.words.text(
                "check.seen",
                &[
                    ("host", &shown(&seen.host)),
                    ("events", &self.words.number(u64::try_from(seen.count).unwrap_or(0))),
                    ("first", &self.time_or_hour(seen.first_time(), seen.exact)),
                    ("last", &self.time_or_hour(seen.last_time(), seen.exact)),
                ],
            );
            self.screen.line(&[Piece::plain(format!("  {kind}  ")), Piece::new(value, BOLD)])?;
            self.screen.indented(4, about, DIM)?;
        }
        self.more(self.report.seen.len())
    }

    /// What was seen, made harmless where that is wanted.
    fn value(&self, seen: &Seen) -> String {
        let text = shown(&seen.value).to_string();
        let defang = self.defang && matches!(seen.kind.as_str(), "domain" | "ip" | "url");
        if defang { Defang::Addresses.apply(&text).into_owned() } else { text }
    }

    fn releases(&mut self) -> io::Result<()> {
        if self.report.releases.is_empty() {
            return Ok(());
        }
        self.title("check.title.releases")?;
        let report = self.report;
        for release in report.releases.iter().take(LINES_MAX) {
            let name = format!("{} {}", shown(&release.app), shown(&release.version));
            let about =
                self.words.text("check.release", &[("hosts", &release.hosts), ("of", &release.of)]);
            let style = if release.hosts > 0 { BOLD } else { DIM };
            self.screen.line(&[Piece::new(format!("  {name}  "), style), Piece::plain(about)])?;
        }
        self.more(report.releases.len())
    }

    fn named(&mut self) -> io::Result<()> {
        if self.report.named.is_empty() {
            return Ok(());
        }
        self.title("check.title.named")?;
        let report = self.report;
        for release in report.named.iter().take(LINES_MAX) {
            let key = match release.affected {
                Some(true) => "check.affected",
                Some(false) => "check.not-affected",
                None => "check.perhaps-affected",
            };
            let count = u64::try_from(release.hosts.len()).unwrap_or(u64::MAX);
            let about = format!(
                "{} · {}",
                self.words.counted("check.host-count", count),
                self.words.text(key, &[])
            );
            let name = format!("  {} {}  ", shown(&release.app), shown(&release.version));
            let style = if release.affected == Some(false) { DIM } else { BOLD };
            self.screen.line(&[Piece::new(name, style), Piece::plain(about)])?;
        }
        self.more(report.named.len())
    }

    fn months(&mut self) -> io::Result<()> {
        let Some(most) = self.report.months.values().copied().max() else { return Ok(()) };
        self.title("check.title.months")?;
        for (month, hosts) in self.report.months.iter().rev().take(LINES_MAX).rev() {
            let bar = (hosts.saturating_mul(BAR_MAX) / most.max(1)).max(1);
            let bar = "█".repeat(usize::try_from(bar).unwrap_or(1));
            self.screen
                .line(&[Piece::plain(format!("  {month}  {bar} {}", self.words.number(*hosts)))])?;
        }
        Ok(())
    }

    fn looked_at(&mut self) -> io::Result<()> {
        self.title("check.title.looked-at")?;
        if self.report.sources.is_empty() {
            let nothing = self.words.text("check.nothing", &[]);
            return self.screen.indented(2, nothing, Style::new());
        }
        for (source, (hosts, events)) in self.report.sources.iter().take(LINES_MAX) {
            let events = u64::try_from(*events).unwrap_or(0);
            let about = self.words.text(
                "check.source",
                &[("hosts", &self.words.number(*hosts)), ("events", &self.words.number(events))],
            );
            let name = format!("  {}  ", shown(source));
            self.screen.line(&[Piece::plain(name), Piece::new(about, DIM)])?;
        }
        self.more(self.report.sources.len())
    }

    fn not_checked(&mut self) -> io::Result<()> {
        let report = self.report;
        let (left_out, problems) = (&report.question.left_out, &report.question.problems);
        if report.not_askable.is_empty() && left_out.is_empty() && problems.is_empty() {
            return Ok(());
        }
        self.title("check.title.not-checked")?;
        let count = |all: usize| u64::try_from(all).unwrap_or(u64::MAX);
        if !report.not_askable.is_empty() {
            let text = self.words.counted("check.not-askable", count(report.not_askable.len()));
            self.screen.wrapped(2, &text, Style::new())?;
        }
        for left in left_out.iter().take(LINES_MAX) {
            let why = self.words.of_word("left-out", &left.reason);
            let value = shown(&left.indicator.kind.value()).to_string();
            self.screen.wrapped(2, &format!("{value}: {why}"), Style::new())?;
        }
        self.more(left_out.len())?;
        for problem in problems.iter().take(LINES_MAX) {
            self.screen.wrapped(2, &shown(problem).to_string(), Style::new())?;
        }
        self.more(problems.len())
    }
}

fn host_name(host: &HostAnswer) -> String {
    match host.host.name.as_str() {
        "" => "–".to_owned(),
        name => shown(name).to_string(),
    }
}

/// Writes the answer as one document.
///
/// # Errors
///
/// The writer's own.
pub fn json(report: &CheckReport, out: &mut dyn Write) -> io::Result<()> {
    write_pretty(out, &Document::of(report))
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: Verdict,
    advisories: Vec<&'a str>,
    data_from: Option<String>,
    data_until: Option<String>,
    indicators: usize,
    hosts: Vec<HostDocument<'a>>,
    sightings: Vec<SightingDocument<'a>>,
    releases: Vec<ReleaseDocument<'a>>,
    affected: Vec<NamedDocument<'a>>,
    first_seen_by_month: &'a std::collections::BTreeMap<String, u64>,
    sources: Vec<SourceDocument<'a>>,
    not_askable: Vec<IndicatorDocument<'a>>,
    left_out: Vec<LeftOutDocument<'a>>,
    problems: &'a [String],
}

#[derive(Serialize)]
struct HostDocument<'a> {
    org: &'a str,
    host: &'a str,
    verdict: Verdict,
    indicators: Vec<String>,
    first: Option<String>,
    last: Option<String>,
    /// `exact`, or `hour`: then times are beginnings of hours.
    times: &'static str,
    sightings: i64,
    data_from: Option<String>,
    data_until: Option<String>,
    lacking: Vec<&'static str>,
}

#[derive(Serialize)]
struct IndicatorDocument<'a> {
    kind: &'static str,
    value: String,
    name: &'a str,
    confidence: Option<u8>,
}

#[derive(Serialize)]
struct SightingDocument<'a> {
    indicator: Option<IndicatorDocument<'a>>,
    kind: &'a str,
    value: &'a str,
    org: &'a str,
    host: &'a str,
    first: Option<String>,
    last: Option<String>,
    /// `exact`, or `hour`: then times are beginnings of hours.
    times: &'static str,
    events: i64,
}

#[derive(Serialize)]
struct ReleaseDocument<'a> {
    product: &'a str,
    version: &'a str,
    hosts_with: i64,
    hosts: i64,
}

#[derive(Serialize)]
struct NamedDocument<'a> {
    product: &'a str,
    version: &'a str,
    affected: Option<bool>,
    hosts: Vec<&'a str>,
}

#[derive(Serialize)]
struct SourceDocument<'a> {
    source: &'a str,
    hosts: u64,
    events: i64,
}

#[derive(Serialize)]
struct LeftOutDocument<'a> {
    #[serde(flatten)]
    indicator: IndicatorDocument<'a>,
    reason: String,
}

const fn precision(exact: bool) -> &'static str {
    if exact { "exact" } else { "hour" }
}

fn utc(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

impl<'a> IndicatorDocument<'a> {
    fn of(indicator: &'a Indicator) -> Self {
        Self {
            kind: indicator.kind.word(),
            value: indicator.kind.value(),
            name: &indicator.name,
            confidence: indicator.confidence,
        }
    }
}

impl<'a> Document<'a> {
    fn of(report: &'a CheckReport) -> Self {
        let indicator = |at: usize| report.question.indicators.get(at);
        let hosts = report.hosts.iter().map(|host| HostDocument {
            org: &host.host.org,
            host: &host.host.name,
            verdict: host.verdict,
            indicators: host
                .indicators
                .iter()
                .filter_map(|at| Some(indicator(*at)?.kind.value()))
                .collect(),
            first: utc(host.first),
            last: utc(host.last),
            times: precision(host.exact),
            sightings: host.count,
            data_from: utc(host.data_from),
            data_until: utc(host.data_until),
            lacking: host.lacking.iter().copied().collect(),
        });
        let sightings = report.seen.iter().map(|seen| SightingDocument {
            indicator: indicator(seen.indicator).map(IndicatorDocument::of),
            kind: &seen.kind,
            value: &seen.value,
            org: &seen.org,
            host: &seen.host,
            first: utc(seen.first_time()),
            last: utc(seen.last_time()),
            times: precision(seen.exact),
            events: seen.count,
        });
        let releases = report.releases.iter().map(|release| ReleaseDocument {
            product: &release.app,
            version: &release.version,
            hosts_with: release.hosts,
            hosts: release.of,
        });
        let sources = report.sources.iter().map(|(source, (hosts, events))| SourceDocument {
            source,
            hosts: *hosts,
            events: *events,
        });
        let named = report.named.iter().map(|release| NamedDocument {
            product: &release.app,
            version: &release.version,
            affected: release.affected,
            hosts: release.hosts.iter().map(|host| host.name.as_str()).collect(),
        });
        let left_out = report.question.left_out.iter().map(|left| LeftOutDocument {
            indicator: IndicatorDocument::of(&left.indicator),
            reason: stable_word(&left.reason),
        });
        Self {
            schema: CHECK_SCHEMA,
            verdict: report.verdict,
            advisories: report.question.titles.iter().map(khien_model::Untrusted::as_raw).collect(),
            data_from: utc(report.data_from),
            data_until: utc(report.data_until),
            indicators: report.question.indicators.len(),
            hosts: hosts.collect(),
            sightings: sightings.collect(),
            releases: releases.collect(),
            affected: named.collect(),
            first_seen_by_month: &report.months,
            sources: sources.collect(),
            not_askable: report
                .not_askable
                .iter()
                .filter_map(|at| indicator(*at))
                .map(IndicatorDocument::of)
                .collect(),
            left_out: left_out.collect(),
            problems: &report.question.problems,
        }
    }
}
