//! The box at the end, and the command to type next.

use std::io;

use super::{BOLD, DIM, PLAIN, Table, verdict_style};
use crate::output::screen::{padded, width_of};
use crate::output::words::verdict_sign;

impl Table<'_> {
    pub(super) fn closing(&mut self) -> io::Result<()> {
        let verdict = self.summary.report.verdict;
        let word = self.words.verdict(verdict).to_uppercase();
        let style = verdict_style(verdict);
        self.screen.edge('┌', '┐', &format!("{} {word}", verdict_sign(verdict)), style)?;
        let meaning = self.words.verdict_meaning(verdict, self.summary.report.fail_on);
        self.screen.boxed("", &meaning, BOLD)?;
        self.screen.boxed("", "", PLAIN)?;
        self.rows()?;
        self.not_checked()?;
        self.inert()?;
        self.screen.edge('└', '┘', "", PLAIN)?;
        self.next()
    }

    fn rows(&mut self) -> io::Result<()> {
        let rows = self.summary.rows();
        let column = rows.iter().map(|(label, _)| width_of(label)).max().unwrap_or(0) + 2;
        for (label, value) in rows {
            self.screen.boxed(&padded(&label, column), &value, PLAIN)?;
        }
        Ok(())
    }

    fn not_checked(&mut self) -> io::Result<()> {
        let title = self.words.text("section.gaps", &[]).to_uppercase();
        self.screen.edge('├', '┤', &title, BOLD)?;
        let gaps = &self.summary.report.gaps;
        if gaps.is_empty() {
            return self.screen.boxed("✓ ", &self.words.text("gaps.none", &[]), PLAIN);
        }
        for gap in gaps {
            let (what, step) = self.words.gap(gap);
            self.screen.boxed("! ", &what, PLAIN)?;
            self.screen.boxed("  → ", &step, DIM)?;
        }
        Ok(())
    }

    fn inert(&mut self) -> io::Result<()> {
        let count = self.summary.inert();
        if count.is_empty() {
            return Ok(());
        }
        let title = self.words.text("section.inert", &[]).to_uppercase();
        self.screen.edge('├', '┤', &title, BOLD)?;
        self.screen.boxed("", &count, PLAIN)?;
        for reason in self.summary.inert_reasons() {
            let rules = self.words.number(reason.rules);
            self.screen.boxed("- ", &format!("{rules}: {}", reason.text), PLAIN)?;
        }
        self.screen.boxed("", &self.summary.waited_for(), DIM)
    }

    fn next(&mut self) -> io::Result<()> {
        for step in self.summary.next() {
            self.screen.blank()?;
            self.screen.wrapped(0, &step.text, PLAIN)?;
            self.screen.command(&step.command)?;
        }
        Ok(())
    }
}
