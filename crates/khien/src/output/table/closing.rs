//! The box at the end, and the command to type next.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use khien_model::untrusted::shown;
use khien_model::{Severity, Verdict};

use super::screen::{Piece, padded, width_of, wrap};
use super::{BOLD, DIM, PLAIN, Table, verdict_style};
use crate::output::shell;
use crate::output::words::{severity_sign, stable_word, verdict_sign};

/// Bound: log sources named that rules were waiting for.
const INERT_MAX: usize = 4;

impl Table<'_> {
    pub(super) fn closing(&mut self) -> io::Result<()> {
        let verdict = self.report.verdict;
        let word = self.words.verdict(verdict).to_uppercase();
        let style = verdict_style(verdict);
        self.edge('┌', '┐', &format!("{} {word}", verdict_sign(verdict)), style)?;
        let meaning = self.words.verdict_meaning(verdict, self.report.fail_on);
        self.boxed("", &meaning, BOLD)?;
        self.boxed("", "", PLAIN)?;
        self.rows()?;
        self.not_checked()?;
        self.inert()?;
        self.edge('└', '┘', "", PLAIN)?;
        self.next()
    }

    fn rows(&mut self) -> io::Result<()> {
        let rows = [
            (self.words.text("label.since", &[]), self.since()),
            (self.words.text("label.findings", &[]), self.found()),
            (self.words.text("label.data", &[]), self.data()),
            (self.words.text("label.read", &[]), self.read()),
            (self.words.text("label.not_read", &[]), self.not_read()),
            (self.words.text("label.loaded", &[]), self.loaded()),
            (self.words.text("label.zone", &[]), self.zone()),
        ];
        let rows = rows.iter().filter(|(_, value)| !value.is_empty());
        let column = rows.clone().map(|(label, _)| width_of(label)).max().unwrap_or(0) + 2;
        for (label, value) in rows {
            self.boxed(&padded(label, column), value, PLAIN)?;
        }
        Ok(())
    }

    fn since(&self) -> String {
        let Some((time, host)) = self.facts.earliest else { return String::new() };
        let mut since = self.words.text(
            "since.when",
            &[
                ("time", &self.words.time(time)),
                ("host", &self.words.host(host)),
                ("severity", &self.words.severity(self.facts.threshold)),
            ],
        );
        if let Some((first, _)) = self.report.span {
            since.push(' ');
            let first = self.words.minute(first);
            since.push_str(&self.words.text("since.data", &[("time", &first)]));
        }
        since
    }

    fn found(&self) -> String {
        let mut parts = Vec::new();
        for (severity, level) in Severity::ALL.into_iter().zip(&self.facts.levels).rev() {
            if level.findings > 0 {
                let count = self.words.number(level.findings);
                let word = self.words.severity(severity);
                parts.push(format!("{} {count} {word}", severity_sign(severity)));
            }
        }
        if parts.is_empty() {
            return self.words.text("found.nothing", &[]);
        }
        let totals = &self.report.totals;
        let mut counts = vec![
            self.words.counted("found.detections", totals.detections),
            self.words.counted("found.hosts", self.facts.hosts.len() as u64),
        ];
        if totals.duplicates > 0 {
            counts.push(self.words.counted("found.duplicates", totals.duplicates));
        }
        format!("{}; {}", parts.join("  "), counts.join(", "))
    }

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
        let reasons = self.report.dead.by_reason.iter().map(|(reason, count)| {
            format!("{} {}", self.words.number(*count), self.words.of_word("reason", reason))
        });
        let count = self.words.counted("dead.count", self.report.totals.dead_letters);
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

    fn not_checked(&mut self) -> io::Result<()> {
        let title = self.words.text("section.gaps", &[]).to_uppercase();
        self.edge('├', '┤', &title, BOLD)?;
        if self.report.gaps.is_empty() {
            let text = self.words.text("gaps.none", &[]);
            return self.boxed("", &text, PLAIN);
        }
        for gap in &self.report.gaps {
            let (what, step) = self.words.gap(gap);
            self.boxed("! ", &what, PLAIN)?;
            self.boxed("  → ", &step, DIM)?;
        }
        Ok(())
    }

    fn inert(&mut self) -> io::Result<()> {
        if self.report.inert.is_empty() {
            return Ok(());
        }
        let mut by_reason: BTreeMap<String, (String, u64)> = BTreeMap::new();
        let mut by_source: BTreeMap<&str, u64> = BTreeMap::new();
        let mut total = 0;
        for inert in &self.report.inert {
            let rules = inert.rules.len() as u64;
            let text = self.words.of_word("inert", &inert.reason);
            by_reason.entry(stable_word(&inert.reason)).or_insert((text, 0)).1 += rules;
            *by_source.entry(&inert.log_source).or_default() += rules;
            total += rules;
        }
        let title = self.words.text("section.inert", &[]).to_uppercase();
        self.edge('├', '┤', &title, BOLD)?;
        let (count, all) = (self.words.number(total), self.words.number(self.report.totals.rules));
        let line = self.words.text("inert.count", &[("count", &count), ("total", &all)]);
        self.boxed("", &line, PLAIN)?;
        for (text, rules) in by_reason.values() {
            self.boxed("- ", &format!("{} {text}", self.words.number(*rules)), PLAIN)?;
        }
        let mut sources: Vec<(&str, u64)> = by_source.into_iter().collect();
        sources.sort_by_key(|(_, rules)| std::cmp::Reverse(*rules));
        let more = if sources.len() > INERT_MAX { ", …" } else { "" };
        let biggest: Vec<String> = sources
            .iter()
            .take(INERT_MAX)
            .map(|(source, rules)| format!("{} ({})", shown(source), self.words.number(*rules)))
            .collect();
        let biggest = format!("{}{more}", biggest.join(", "));
        let line = self.words.text("inert.biggest", &[("sources", &biggest)]);
        self.boxed("", &line, DIM)
    }

    fn next(&mut self) -> io::Result<()> {
        self.screen.blank()?;
        let (text, command) = match self.report.verdict {
            Verdict::Hit => ("next.hit", self.command(&["--format", "html", "-o", "report.html"])),
            Verdict::Unknown => ("next.unknown", self.command(&[])),
            Verdict::Clear | Verdict::NotApplicable => {
                ("next.clear", self.command(&["--format", "html", "-o", "report.html"]))
            }
        };
        let text = self.words.text(text, &[]);
        self.suggest(&text, &command)?;
        if !self.report.inert.is_empty() {
            let text = self.words.text("next.inert", &[]);
            self.screen.wrapped(0, &text, PLAIN)?;
            self.screen.uncut("  khien rules check …", BOLD)?;
        }
        Ok(())
    }

    /// A command to copy: broken only where a shell joins it again.
    fn suggest(&mut self, text: &str, command: &[String]) -> io::Result<()> {
        self.screen.wrapped(0, text, PLAIN)?;
        let mut line = String::from(" ");
        for word in command.iter().map(|word| shell::quote(word)) {
            if line.trim() != "" && width_of(&line) + width_of(&word) + 3 > self.screen.width {
                self.screen.uncut(&format!("{line} \\"), BOLD)?;
                line = String::from("   ");
            }
            line.push(' ');
            line.push_str(&word);
        }
        self.screen.uncut(&line, BOLD)
    }

    /// An edge of the box, with a title in it.
    fn edge(&mut self, left: char, right: char, title: &str, style: Style) -> io::Result<()> {
        let title = if title.is_empty() { String::new() } else { format!(" {title} ") };
        let rest = self.screen.width.saturating_sub(width_of(&title) + 3);
        self.screen.line(&[
            Piece::plain(format!("{left}─")),
            Piece::new(title, style),
            Piece::plain(format!("{}{right}", "─".repeat(rest))),
        ])
    }

    /// Text in the box, after a label that following lines leave blank.
    fn boxed(&mut self, label: &str, text: &str, style: Style) -> io::Result<()> {
        let inner = self.screen.width.saturating_sub(4);
        let label_width = width_of(label);
        let room = inner.saturating_sub(label_width);
        for (number, line) in wrap(text, room).into_iter().enumerate() {
            let label = if number == 0 { label.to_owned() } else { " ".repeat(label_width) };
            self.screen.line(&[
                Piece::plain("│ "),
                Piece::new(label, if style == DIM { PLAIN } else { style }),
                Piece::new(padded(&line, room), style),
                Piece::plain(" │"),
            ])?;
        }
        Ok(())
    }
}
