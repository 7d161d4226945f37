//! What was read, what was not, and how: the parts of the page behind the findings.

use khien_ingest::DeadLetter;
use khien_model::untrusted::shown;

use super::cut_note;
use crate::output::shell;
use crate::output::summary::Summary;
use crate::output::words::{Words, clipped};
use khien_ops::scan::report::{InertRules, Report, SourceSeen};

/// One log source.
pub(super) struct SourceView {
    pub(super) name: String,
    pub(super) events: String,
    pub(super) without_time: String,
    pub(super) span: String,
    pub(super) rules: String,
}

/// Rules that could not fire, for one reason.
pub(super) struct InertView {
    pub(super) log_source: String,
    pub(super) missing: String,
    pub(super) count: String,
    pub(super) titles: Vec<String>,
    pub(super) titles_note: String,
}

/// A rule that was not loaded.
pub(super) struct ProblemView {
    pub(super) kind: String,
    pub(super) rule: String,
    pub(super) detail: String,
}

/// What could not be read.
pub(super) struct DeadView {
    pub(super) file: String,
    pub(super) offset: String,
    pub(super) reason: String,
    pub(super) detail: String,
}

/// A path that could not be entered.
pub(super) struct SkippedView {
    pub(super) path: String,
    pub(super) detail: String,
}

/// How the report came about: label and text, and the command line.
pub(super) struct Method {
    pub(super) rows: Vec<(String, String)>,
    pub(super) command: String,
}

/// Bound: rows of each list, and titles with one of them.
const SOURCES_MAX: usize = 300;
const INERT_MAX: usize = 300;
const TITLES_MAX: usize = 40;
const PROBLEMS_MAX: usize = 200;
const DEAD_MAX: usize = 200;
const SKIPPED_MAX: usize = 100;
/// Bound: characters of a text in them.
const CHARS_MAX: usize = 200;

/// Log sources read, those with most events first.
pub(super) fn sources(report: &Report, words: &Words) -> (Vec<SourceView>, String) {
    let mut seen: Vec<&SourceSeen> = report.sources.iter().collect();
    seen.sort_by_key(|source| std::cmp::Reverse(source.events));
    let views = seen.iter().take(SOURCES_MAX).map(|source| SourceView {
        name: clipped(source.name.as_raw(), CHARS_MAX),
        events: words.number(source.events),
        without_time: words.number(source.without_time),
        span: match source.span {
            Some((first, last)) => format!("{} … {}", words.minute(first), words.minute(last)),
            None => words.text("time.none", &[]),
        },
        rules: words.number(source.rules),
    });
    (views.collect(), cut_note(words, SOURCES_MAX, seen.len()))
}

/// Rules that could not fire, the largest groups first.
pub(super) fn inert(report: &Report, words: &Words) -> (Vec<InertView>, String) {
    let mut inert: Vec<&InertRules> = report.inert.iter().collect();
    inert.sort_by_key(|inert| std::cmp::Reverse(inert.rules.len()));
    let views = inert.iter().take(INERT_MAX).map(|inert| InertView {
        log_source: clipped(&inert.log_source, CHARS_MAX),
        missing: match inert.missing.as_slice() {
            [] => words.of_word("inert", &inert.reason),
            missing => words.text("inert.missing", &[("fields", &fields(missing))]),
        },
        count: words.number(inert.rules.len() as u64),
        titles: inert
            .rules
            .iter()
            .take(TITLES_MAX)
            .map(|t| clipped(t.as_raw(), CHARS_MAX))
            .collect(),
        titles_note: cut_note(words, TITLES_MAX, inert.rules.len()),
    });
    (views.collect(), cut_note(words, INERT_MAX, inert.len()))
}

fn fields(missing: &[String]) -> String {
    let named: Vec<String> = missing.iter().take(20).map(|name| clipped(name, CHARS_MAX)).collect();
    let more = if missing.len() > named.len() { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

/// Rules that were not loaded.
pub(super) fn problems(report: &Report, words: &Words) -> (Vec<ProblemView>, String) {
    let views = report.problems.iter().take(PROBLEMS_MAX).map(|problem| {
        let (title, origin) = (problem.title.as_raw(), problem.origin.as_raw());
        let rule = if title.is_empty() { origin.to_owned() } else { format!("{title} ({origin})") };
        ProblemView {
            kind: words.of_word("problem", &problem.kind),
            rule: clipped(&rule, CHARS_MAX * 2),
            detail: clipped(problem.detail.as_raw(), CHARS_MAX * 2),
        }
    });
    (views.collect(), cut_note(words, PROBLEMS_MAX, report.problems.len()))
}

/// What could not be read, one by one.
pub(super) fn dead(report: &Report, words: &Words) -> (Vec<DeadView>, String) {
    let view = |letter: &DeadLetter| DeadView {
        file: clipped(letter.file.as_raw(), CHARS_MAX * 2),
        offset: words.number(letter.offset),
        reason: words.of_word("reason", &letter.reason),
        detail: clipped(letter.detail.as_raw(), CHARS_MAX),
    };
    let views: Vec<DeadView> = report.dead.first.iter().take(DEAD_MAX).map(view).collect();
    let all = usize::try_from(report.totals.dead_letters).unwrap_or(usize::MAX);
    let note = cut_note(words, views.len(), all);
    (views, note)
}

/// How many could not be read, by reason.
pub(super) fn dead_reasons(report: &Report, words: &Words) -> Vec<String> {
    let reasons = report.dead.by_reason.iter();
    reasons
        .map(|(reason, count)| {
            format!("{}: {}", words.of_word("reason", reason), words.number(*count))
        })
        .collect()
}

/// Paths that could not be entered.
pub(super) fn skipped(report: &Report) -> Vec<SkippedView> {
    let skipped = report.dead.skipped.iter().take(SKIPPED_MAX).map(|skipped| SkippedView {
        path: clipped(skipped.path.as_raw(), CHARS_MAX * 2),
        detail: clipped(&skipped.detail, CHARS_MAX),
    });
    skipped.collect()
}

impl Method {
    /// Version, times, formats, and the exact command line.
    pub(super) fn of(summary: &Summary<'_>) -> Self {
        let (report, words) = (summary.report, summary.words);
        let formats = report.formats.iter().map(|(format, records)| {
            let word = words.of_word("format", format);
            format!("{word}: {}", words.number(*records))
        });
        let formats = formats.collect::<Vec<_>>().join(", ");
        let fail_on = match report.fail_on {
            Some(severity) => words.severity(severity),
            None => words.text("method.never", &[]),
        };
        let rows = [
            (words.text("method.version", &[]), format!("khien {}", shown(report.version))),
            (
                words.text("method.generated", &[]),
                format!("{} · {}", words.time(report.generated_at), report.generated_at),
            ),
            (words.text("label.zone", &[]), summary.zone()),
            (words.text("method.elapsed", &[]), words.duration(report.elapsed_ms)),
            (words.text("method.fail_on", &[]), fail_on),
            (words.text("method.formats", &[]), formats),
        ];
        let rows = rows.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        Self { rows, command: shell::command_line(&report.command_line) }
    }
}
