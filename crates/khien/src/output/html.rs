//! The report as one page: no script, nothing loaded from elsewhere, readable on a phone, on paper
//! and from a USB stick.
//!
//! The page is `templates/report.html`, which escapes whatever it is given; here is only what it
//! shows. Hostile: text from outside has its control and reordering characters written out before it
//! gets there, and stands in `<bdi>` where it meets ours.
//!
//! Bound: about 3 MB. What is cut is counted where it is missing; JSON and CSV hold everything.

mod budget;
mod chart;
mod findings;
mod rest;

use std::io::{self, Write};

use askama::Template;
use khien_model::{Severity, Verdict};

use self::chart::Chart;
use self::findings::Findings;
use self::rest::{DeadView, InertView, Method, ProblemView, SkippedView, SourceView};
use super::facts::{Facts, HostFacts, position};
use super::summary::{NextStep, Summary};
use super::words::{Words, severity_sign, verdict_sign};
use super::{RenderOptions, shell};
use khien_ops::scan::report::Report;

/// Bound: hosts in the table of the summary.
const HOSTS_MAX: usize = 10;

/// Writes the page.
///
/// # Errors
///
/// The writer's own.
pub fn render(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let (words, facts) = (Words::of(options), Facts::of(report));
    let summary = Summary { report, words: &words, facts: &facts };
    Page::of(&summary, options).write_into(out)
}

/// What the template shows. Every text is ready to be read; the template only escapes and places.
#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    words: &'a Words,
    generated: String,
    verdict: VerdictView,
    rows: Vec<(String, String)>,
    levels: Vec<LevelView>,
    hosts: Vec<HostView>,
    hosts_note: String,
    next: Vec<(String, String)>,
    chart: Option<Chart>,
    gaps: Vec<(String, String)>,
    findings: Findings,
    sources: Vec<SourceView>,
    sources_note: String,
    inert: String,
    inert_reasons: Vec<String>,
    inert_rules: Vec<InertView>,
    inert_note: String,
    problems: Vec<ProblemView>,
    problems_note: String,
    dead: Vec<DeadView>,
    dead_reasons: Vec<String>,
    dead_note: String,
    skipped: Vec<SkippedView>,
    method: Method,
}

struct VerdictView {
    class: &'static str,
    sign: &'static str,
    word: String,
    meaning: String,
}

/// A severity as a badge: colour, sign and word.
#[derive(Clone)]
struct Badge {
    class: &'static str,
    sign: &'static str,
    word: String,
}

struct LevelView {
    badge: Badge,
    findings: String,
    detections: String,
    hosts: String,
}

struct HostView {
    host: String,
    badge: Badge,
    findings: String,
    detections: String,
    first: String,
    last: String,
}

impl<'a> Page<'a> {
    fn of(summary: &Summary<'a>, options: &RenderOptions) -> Self {
        let (report, words) = (summary.report, summary.words);
        let hosts = &summary.facts.hosts;
        let (sources, sources_note) = rest::sources(report, words);
        let (inert_rules, inert_note) = rest::inert(report, words);
        let (problems, problems_note) = rest::problems(report, words);
        let (dead, dead_note) = rest::dead(report, words);
        Self {
            words,
            generated: words.minute(report.generated_at),
            verdict: VerdictView::of(report, words),
            rows: summary.rows(),
            levels: levels(summary),
            hosts: hosts.iter().take(HOSTS_MAX).map(|host| HostView::of(host, words)).collect(),
            hosts_note: cut_note(words, HOSTS_MAX, hosts.len()),
            next: next(summary),
            chart: report.timeline.as_ref().map(|timeline| Chart::of(timeline, words)),
            gaps: report.gaps.iter().map(|gap| words.gap(gap)).collect(),
            findings: Findings::of(report, words, options.defang),
            sources,
            sources_note,
            inert: summary.inert(),
            inert_reasons: summary
                .inert_reasons()
                .iter()
                .map(|reason| format!("{}: {}", words.number(reason.rules), reason.text))
                .collect(),
            inert_rules,
            inert_note,
            problems,
            problems_note,
            dead,
            dead_reasons: rest::dead_reasons(report, words),
            dead_note,
            skipped: rest::skipped(report),
            method: Method::of(summary),
        }
    }

    /// A text of the catalogue, for the template.
    fn text(&self, key: &str) -> String {
        self.words.text(key, &[])
    }

    /// A text that says how many there are.
    fn counted<T>(&self, key: &str, things: &[T]) -> String {
        self.words.counted(key, things.len() as u64)
    }
}

impl VerdictView {
    fn of(report: &Report, words: &Words) -> Self {
        Self {
            class: report.verdict.as_str(),
            sign: verdict_sign(report.verdict),
            word: words.verdict(report.verdict),
            meaning: words.verdict_meaning(report.verdict, report.fail_on),
        }
    }
}

impl Badge {
    fn of(severity: Severity, words: &Words) -> Self {
        Self {
            class: severity.as_str(),
            sign: severity_sign(severity),
            word: words.severity(severity),
        }
    }
}

impl HostView {
    fn of(host: &HostFacts<'_>, words: &Words) -> Self {
        let time = |time: Option<khien_model::Timestamp>| match time {
            Some(time) => words.time(time),
            None => words.text("time.none", &[]),
        };
        Self {
            host: words.host(host.host),
            badge: Badge::of(host.worst, words),
            findings: words.number(host.findings),
            detections: words.number(host.detections),
            first: time(host.span.map(|(first, _)| first)),
            last: time(host.span.map(|(_, last)| last)),
        }
    }
}

/// Counts by severity, gravest first; severities without findings are left out.
fn levels(summary: &Summary<'_>) -> Vec<LevelView> {
    let words = summary.words;
    let severities = Severity::ALL.into_iter().rev();
    let counted = severities.filter_map(|severity| {
        let level = summary.facts.levels.get(position(severity))?;
        (level.findings > 0).then(|| LevelView {
            badge: Badge::of(severity, words),
            findings: words.number(level.findings),
            detections: words.number(level.detections),
            hosts: words.number(level.hosts),
        })
    });
    counted.collect()
}

/// What to do next, for someone who holds this page already: text, and the command if there is one.
fn next(summary: &Summary<'_>) -> Vec<(String, String)> {
    let text = match summary.report.verdict {
        Verdict::Hit => summary.words.text("page.next.hit", &[]),
        Verdict::Unknown => summary.words.text("page.next.unknown", &[]),
        Verdict::Clear | Verdict::NotApplicable => summary.words.text("page.next.clear", &[]),
    };
    let spell = |step: NextStep| (step.text, shell::command_line(&step.command));
    let mut steps: Vec<(String, String)> = summary.next().into_iter().map(spell).collect();
    if let Some((first, command)) = steps.first_mut() {
        *first = text;
        if summary.report.verdict != Verdict::Unknown {
            command.clear();
        }
    }
    steps
}

/// `Shown are the first 10 of 1,000.`, or nothing when nothing was cut.
fn cut_note(words: &Words, shown: usize, all: usize) -> String {
    if all <= shown {
        return String::new();
    }
    let (shown, all) = (words.number(shown as u64), words.number(all as u64));
    words.text("page.cut", &[("shown", &shown), ("all", &all)])
}
