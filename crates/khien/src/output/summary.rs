//! The sentences of a summary, for the box of the table and the first page of the HTML report.

use std::collections::BTreeMap;

use khien_model::untrusted::shown;
use khien_model::{Severity, Verdict};

use super::facts::Facts;
use super::shell;
use super::words::{Words, severity_sign, stable_word};
use khien_ops::scan::report::Report;

/// A report, and how to speak about it.
pub(super) struct Summary<'a> {
    pub(super) report: &'a Report,
    pub(super) words: &'a Words,
    pub(super) facts: &'a Facts<'a>,
}

/// Something to do next, with the command that does it.
pub(super) struct NextStep {
    pub(super) text: String,
    pub(super) command: Vec<String>,
}

/// Rules that could not fire, for one reason.
pub(super) struct InertReasonSummary {
    /// Why.
    pub(super) text: String,
    /// How many.
    pub(super) rules: u64,
}

/// Bound: log sources named that rules were waiting for.
const WAITED_FOR_MAX: usize = 4;

impl Summary<'_> {
    /// Label and text of each line; a line that does not apply is absent.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let rows = [
            (self.words.text("label.since", &[]), self.since()),
            (self.words.text("label.findings", &[]), self.found()),
            (self.words.text("label.data", &[]), self.data()),
            (self.words.text("label.read", &[]), self.read()),
            (self.words.text("label.not_read", &[]), self.not_read()),
            (self.words.text("label.loaded", &[]), self.loaded()),
            (self.words.text("label.zone", &[]), self.zone()),
        ];
        rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// When it began, and why not earlier.
    fn since(&self) -> String {
        let Some((time, host)) = self.facts.earliest else { return String::new() };
        let severity = self.words.severity(self.facts.threshold);
        let time = self.words.time(time);
        let mut since = match host.as_raw() {
            "" => {
                self.words.text("since.when_nowhere", &[("time", &time), ("severity", &severity)])
            }
            _ => self
                .words
                .text("since.when", &[("time", &time), ("host", host), ("severity", &severity)]),
        };
        if let Some((first, _)) = self.report.span {
            let first = self.words.minute(first);
            since.push(' ');
            since.push_str(&self.words.text("since.data", &[("time", &first)]));
        }
        since
    }

    /// Findings by severity, detections and hosts.
    pub(super) fn found(&self) -> String {
        let mut parts = Vec::new();
        for (severity, level) in Severity::ALL.into_iter().zip(&self.facts.levels).rev() {
            if level.findings > 0 {
                let count = self.words.number(level.findings);
                let word = self.words.severity(severity);
                // Not to be torn apart at the end of a line.
                parts.push(format!("{}\u{a0}{count}\u{a0}{word}", severity_sign(severity)));
            }
        }
        if parts.is_empty() {
            return self.words.text("found.nothing", &[]);
        }
        let totals = &self.report.totals;
        let mut counts = vec![self.words.counted("found.detections", totals.detections)];
        let named = self.facts.hosts.iter().filter(|host| !host.host.as_raw().is_empty()).count();
        if named > 0 {
            counts.push(self.words.counted("found.hosts", named as u64));
        }
        if totals.duplicates > 0 {
            counts.push(self.words.counted("found.duplicates", totals.duplicates));
        }
        format!("{}; {}", parts.join(", "), counts.join(", "))
    }

    /// The time that the data cover, and how old they are.
    fn data(&self) -> String {
        let Some((first, last)) = self.report.span else {
            return self.words.text("data.no_times", &[]);
        };
        self.words.text(
            "data.span",
            &[
                ("first", &self.words.minute(first)),
                ("last", &self.words.minute(last)),
                ("length", &self.words.between(first, last)),
                ("age", &self.words.between(last, self.report.generated_at)),
            ],
        )
    }

    fn read(&self) -> String {
        let totals = &self.report.totals;
        let counts = [
            self.words.counted("read.files", totals.files),
            self.words.counted("read.records", totals.records),
            self.words.bytes(totals.bytes),
        ];
        let elapsed = self.words.duration(self.report.elapsed_ms);
        self.words.text("read.in", &[("what", &counts.join(", ")), ("elapsed", &elapsed)])
    }

    fn not_read(&self) -> String {
        if self.report.totals.dead_letters == 0 {
            return String::new();
        }
        let count = self.words.counted("dead.count", self.report.totals.dead_letters);
        let reasons = self.report.dead.by_reason.iter().map(|(reason, count)| {
            format!("{} ({})", self.words.of_word("reason", reason), self.words.number(*count))
        });
        format!("{count}: {}", reasons.collect::<Vec<_>>().join(", "))
    }

    fn loaded(&self) -> String {
        let totals = &self.report.totals;
        let mut counts = vec![self.words.counted("loaded.rules", totals.rules)];
        if totals.indicators > 0 {
            counts.push(self.words.counted("loaded.indicators", totals.indicators));
        }
        counts.join(", ")
    }

    /// The time zone, as it holds for this report.
    pub(super) fn zone(&self) -> String {
        let mut at = vec![self.report.generated_at];
        at.extend(self.report.span.into_iter().flat_map(|(first, last)| [first, last]));
        self.words.zone(&at)
    }

    /// How many rules could not fire, of how many; empty when all could.
    pub(super) fn inert(&self) -> String {
        let count: u64 = self.report.inert.iter().map(|inert| inert.rules.len() as u64).sum();
        if count == 0 {
            return String::new();
        }
        let total = self.words.number(self.report.totals.rules);
        let count = self.words.number(count);
        self.words.text("inert.count", &[("count", &count), ("total", &total)])
    }

    /// Why rules could not fire: the commonest reason first.
    pub(super) fn inert_reasons(&self) -> Vec<InertReasonSummary> {
        let mut reasons: BTreeMap<String, InertReasonSummary> = BTreeMap::new();
        for inert in &self.report.inert {
            let text = self.words.of_word("inert", &inert.reason);
            let reason = reasons
                .entry(stable_word(&inert.reason))
                .or_insert(InertReasonSummary { text, rules: 0 });
            reason.rules += inert.rules.len() as u64;
        }
        let mut reasons: Vec<InertReasonSummary> = reasons.into_values().collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rules));
        reasons
    }

    /// The log sources that most of those rules were waiting for.
    pub(super) fn waited_for(&self) -> String {
        let mut by_source: BTreeMap<&str, u64> = BTreeMap::new();
        for inert in &self.report.inert {
            *by_source.entry(&inert.log_source).or_default() += inert.rules.len() as u64;
        }
        let mut sources: Vec<(&str, u64)> = by_source.into_iter().collect();
        sources.sort_by_key(|(_, rules)| std::cmp::Reverse(*rules));
        let more = if sources.len() > WAITED_FOR_MAX { ", …" } else { "" };
        let biggest: Vec<String> = sources
            .iter()
            .take(WAITED_FOR_MAX)
            .map(|(source, rules)| format!("{} ({})", shown(source), self.words.number(*rules)))
            .collect();
        let biggest = format!("{}{more}", biggest.join(", "));
        self.words.text("inert.biggest", &[("sources", &biggest)])
    }

    /// What to do next.
    pub(super) fn next(&self) -> Vec<NextStep> {
        let page = ["--format", "html", "-o", "report.html"];
        let (text, options) = match self.report.verdict {
            Verdict::Hit => (self.words.text("next.hit", &[]), &page[..]),
            Verdict::Unknown => (self.words.text("next.unknown", &[]), &[][..]),
            Verdict::Clear | Verdict::NotApplicable => {
                (self.words.text("next.clear", &[]), &page[..])
            }
        };
        let command = shell::without_output(&self.report.command_line)
            .chain(options.iter().map(|word| (*word).to_owned()))
            .collect();
        let mut steps = vec![NextStep { text, command }];
        if !self.report.inert.is_empty() {
            let text = self.words.text("next.inert", &[]);
            let command = ["khien", "rules", "check", "…"].map(str::to_owned).to_vec();
            steps.push(NextStep { text, command });
        }
        steps
    }
}
