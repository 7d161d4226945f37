//! The report for a terminal: findings with their hosts, then a box that says what was concluded,
//! what was not checked and what to type next.
//!
//! Bound: [`HOSTS_MAX`] hosts a finding, samples for the first [`SAMPLED_HOSTS_MAX`] of them;
//! informational findings are one line of counts. What is left out is counted in place.

mod closing;

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use khien_model::untrusted::shown;
use khien_model::{Severity, Verdict};

use super::RenderOptions;
use super::defang::Defang;
use super::facts::{Facts, by_finding, named};
use super::screen::{Piece, Screen, cut, cut_left, cut_middle, padded, width_of, wrap};
use super::summary::Summary;
use super::words::{Words, severity_sign};
use khien_ops::scan::detection::Detection;
use khien_ops::scan::report::{Finding, Group, Report};

/// Bound: hosts listed under one finding.
pub const HOSTS_MAX: usize = 20;

/// Bound: hosts of a grave finding that show a sample; milder findings show one.
pub const SAMPLED_HOSTS_MAX: usize = 3;

/// Bound: fields of a sample.
const FIELDS_MAX: usize = 8;
/// Bound: lines of fields of a sample.
const FIELD_LINES_MAX: usize = 4;

/// Writes the report for a terminal.
///
/// # Errors
///
/// The writer's own.
pub fn render(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let (words, facts) = (Words::of(options), Facts::of(report));
    let mut table = Table {
        summary: Summary { report, words: &words, facts: &facts },
        words: &words,
        defang: options.defang,
        screen: Screen::new(out, options.width, options.colour),
    };
    table.findings()?;
    table.closing()
}

struct Table<'a> {
    summary: Summary<'a>,
    words: &'a Words,
    defang: bool,
    screen: Screen<'a>,
}

/// Columns before the line of a host, and before its sample.
const HOST_INDENT: usize = 3;
const SAMPLE_INDENT: usize = 6;

impl Table<'_> {
    fn findings(&mut self) -> io::Result<()> {
        let report = self.summary.report;
        let shown = report.findings.iter().filter(|f| f.severity > Severity::Informational);
        let count = shown.count() as u64;
        if count > 0 {
            let title = self.words.counted("table.findings", count).to_uppercase();
            let zone = self.words.text("table.order", &[("zone", &self.summary.zone())]);
            self.screen.line(&[
                Piece::new(title, BOLD),
                Piece::plain("  "),
                Piece::new(zone, DIM),
            ])?;
            self.screen.blank()?;
        }
        for (finding, groups) in by_finding(report) {
            if finding.severity > Severity::Informational {
                self.finding(finding, &groups)?;
            }
        }
        self.informational()
    }

    fn finding(&mut self, finding: &Finding, groups: &[&Group]) -> io::Result<()> {
        let word = |severity| self.words.severity(severity).to_uppercase();
        let column = self.listed_severities().map(|s| width_of(&word(s))).max().unwrap_or(0) + 4;
        let head = format!("{} {}", severity_sign(finding.severity), word(finding.severity));
        let defang = Defang::of(finding, self.defang);
        let title = defang.apply(&finding.title.to_string()).into_owned();
        let room = self.screen.width.saturating_sub(column);
        for (number, line) in wrap(&title, room).into_iter().enumerate() {
            let head = if number == 0 { head.as_str() } else { "" };
            self.screen.line(&[
                Piece::new(padded(head, column), severity_style(finding.severity)),
                Piece::new(line, BOLD),
            ])?;
        }
        for line in wrap(&self.about(finding, named(groups)), room) {
            self.screen.line(&[Piece::plain(" ".repeat(column)), Piece::new(line, DIM)])?;
        }
        self.hosts(finding, groups, defang)?;
        self.screen.blank()
    }

    /// Severities that have findings of their own in the table.
    fn listed_severities(&self) -> impl Iterator<Item = Severity> {
        let levels = Severity::ALL.into_iter().zip(self.summary.facts.levels).skip(1);
        levels.filter(|(_, level)| level.findings > 0).map(|(severity, _)| severity)
    }

    /// Kind, counts, techniques, confidence.
    fn about(&self, finding: &Finding, hosts: u64) -> String {
        let mut about =
            vec![self.words.kind(finding.kind), self.words.spread(finding.count, hosts)];
        about.extend(
            finding.techniques.iter().map(|technique| shown(technique.as_str()).to_string()),
        );
        if let Some(confidence) = finding.confidence {
            about.push(self.words.text("table.confidence", &[("percent", &confidence)]));
        }
        about.join(" · ")
    }

    fn hosts(&mut self, finding: &Finding, groups: &[&Group], defang: Defang) -> io::Result<()> {
        let sampled = if finding.severity >= Severity::High { SAMPLED_HOSTS_MAX } else { 1 };
        let listed = groups.get(..groups.len().min(HOSTS_MAX)).unwrap_or_default();
        let names: Vec<String> = listed.iter().map(|group| self.words.host(&group.host)).collect();
        let counts: Vec<String> =
            listed.iter().map(|group| self.words.number(group.count)).collect();
        let widest = |texts: &[String]| texts.iter().map(|text| width_of(text)).max().unwrap_or(0);
        let count_column = widest(&counts);
        // Two times of 19 columns, what stands between them, the count and the gaps.
        let room = self.screen.width.saturating_sub(HOST_INDENT + count_column + 3 + 41 + 2);
        let name_column = widest(&names).clamp(8, room.max(8));
        for (number, (group, (name, count))) in
            listed.iter().zip(names.iter().zip(&counts)).enumerate()
        {
            let name = padded(&cut(name, name_column), name_column);
            let gap = " ".repeat(count_column - width_of(count));
            self.screen.line(&[
                Piece::plain(" ".repeat(HOST_INDENT)),
                Piece::plain(name),
                Piece::plain(format!("  {gap}{count}×  {}", self.span(group))),
            ])?;
            if number < sampled {
                self.sample(group, defang)?;
            }
        }
        let left_out = groups.get(HOSTS_MAX..).unwrap_or_default();
        if !left_out.is_empty() {
            let detections = left_out.iter().map(|group| group.count).sum();
            let line = self.words.text(
                "table.more_hosts",
                &[
                    ("hosts", &self.words.number(left_out.len() as u64)),
                    ("detections", &self.words.number(detections)),
                ],
            );
            self.screen.wrapped(HOST_INDENT, &line, DIM)?;
        }
        Ok(())
    }

    fn span(&self, group: &Group) -> String {
        match group.span {
            Some((first, last)) if first == last => self.words.time(first),
            Some((first, last)) => {
                format!("{} … {}", self.words.time(first), self.words.time(last))
            }
            None => self.words.text("time.none", &[]),
        }
    }

    /// What matched, and where it stands in the files.
    fn sample(&mut self, group: &Group, defang: Defang) -> io::Result<()> {
        let Some(sample) = group.samples.first() else { return Ok(()) };
        let room = self.screen.width.saturating_sub(SAMPLE_INDENT);
        for line in fields(sample, defang, room) {
            self.screen.indented(SAMPLE_INDENT, line, FIELD)?;
        }
        if let Some(window) = &sample.window {
            let line = self.words.window(window);
            self.screen.wrapped(SAMPLE_INDENT, &line, DIM)?;
        }
        if sample.file.is_empty() {
            return Ok(());
        }
        let record = self.words.number(sample.record);
        let place = self.words.text("table.place", &[("record", &record)]);
        let file = shown(&sample.file).to_string();
        let file = cut_left(&file, room.saturating_sub(width_of(&place) + 2));
        self.screen.indented(SAMPLE_INDENT, format!("{file}, {place}"), DIM)
    }

    fn informational(&mut self) -> io::Result<()> {
        let [level, ..] = self.summary.facts.levels;
        if level.findings == 0 {
            return Ok(());
        }
        let line = self.words.text(
            "table.informational",
            &[
                ("findings", &self.words.number(level.findings)),
                ("detections", &self.words.number(level.detections)),
                ("hosts", &self.words.number(level.hosts)),
            ],
        );
        let line = format!("{} {line}", severity_sign(Severity::Informational));
        self.screen.wrapped(0, &line, DIM)?;
        self.screen.blank()
    }
}

/// Fields of a sample in lines of so many columns: several on one line where they fit. A long value
/// is cut in its middle, because of a path or an address both ends matter.
fn fields(sample: &Detection, defang: Defang, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (name, value) in sample.fields.iter().take(FIELDS_MAX) {
        let value = shown(value).to_string();
        let field = format!("{}={}", shown(name), defang.of_field(name).apply(&value));
        let field = cut_middle(&field, columns);
        match lines.last_mut() {
            Some(line) if width_of(line) + width_of(&field) + 3 <= columns => {
                line.extend([" · ", &field]);
            }
            _ => lines.push(field),
        }
    }
    lines.truncate(FIELD_LINES_MAX);
    lines
}

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().effects(Effects::BOLD);
pub(super) const DIM: Style = Style::new().effects(Effects::DIMMED);
const FIELD: Style = AnsiColor::Cyan.on_default();

const fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().effects(Effects::BOLD),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Blue.on_default(),
        Severity::Informational => DIM,
    }
}

/// The colour of a verdict.
pub(super) const fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Hit => AnsiColor::Red.on_default().effects(Effects::BOLD),
        Verdict::Clear => AnsiColor::Green.on_default().effects(Effects::BOLD),
        Verdict::Unknown => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
        Verdict::NotApplicable => BOLD,
    }
}
