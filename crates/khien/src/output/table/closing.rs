//! The box at the end, and the command to type next.

use std::io;

use anstyle::Style;

use super::screen::{Piece, padded, width_of, wrap};
use super::{BOLD, DIM, PLAIN, Table, verdict_style};
use crate::output::shell;
use crate::output::words::verdict_sign;

impl Table<'_> {
    pub(super) fn closing(&mut self) -> io::Result<()> {
        let verdict = self.summary.report.verdict;
        let word = self.words.verdict(verdict).to_uppercase();
        let style = verdict_style(verdict);
        self.edge('┌', '┐', &format!("{} {word}", verdict_sign(verdict)), style)?;
        let meaning = self.words.verdict_meaning(verdict, self.summary.report.fail_on);
        self.boxed("", &meaning, BOLD)?;
        self.boxed("", "", PLAIN)?;
        self.rows()?;
        self.not_checked()?;
        self.inert()?;
        self.edge('└', '┘', "", PLAIN)?;
        self.next()
    }

    fn rows(&mut self) -> io::Result<()> {
        let rows = self.summary.rows();
        let column = rows.iter().map(|(label, _)| width_of(label)).max().unwrap_or(0) + 2;
        for (label, value) in rows {
            self.boxed(&padded(&label, column), &value, PLAIN)?;
        }
        Ok(())
    }

    fn not_checked(&mut self) -> io::Result<()> {
        let title = self.words.text("section.gaps", &[]).to_uppercase();
        self.edge('├', '┤', &title, BOLD)?;
        let gaps = &self.summary.report.gaps;
        if gaps.is_empty() {
            return self.boxed("✓ ", &self.words.text("gaps.none", &[]), PLAIN);
        }
        for gap in gaps {
            let (what, step) = self.words.gap(gap);
            self.boxed("! ", &what, PLAIN)?;
            self.boxed("  → ", &step, DIM)?;
        }
        Ok(())
    }

    fn inert(&mut self) -> io::Result<()> {
        let count = self.summary.inert();
        if count.is_empty() {
            return Ok(());
        }
        let title = self.words.text("section.inert", &[]).to_uppercase();
        self.edge('├', '┤', &title, BOLD)?;
        self.boxed("", &count, PLAIN)?;
        for reason in self.summary.inert_reasons() {
            let rules = self.words.number(reason.rules);
            self.boxed("- ", &format!("{rules}: {}", reason.text), PLAIN)?;
        }
        self.boxed("", &self.summary.waited_for(), DIM)
    }

    fn next(&mut self) -> io::Result<()> {
        for step in self.summary.next() {
            self.screen.blank()?;
            self.screen.wrapped(0, &step.text, PLAIN)?;
            self.command(&step.command)?;
        }
        Ok(())
    }

    /// A command to copy: broken only where a shell joins it again.
    fn command(&mut self, words: &[String]) -> io::Result<()> {
        let mut line = String::from(" ");
        for unit in shell::units(words) {
            if line.trim() != "" && width_of(&line) + width_of(&unit) + 3 > self.screen.width {
                self.screen.uncut(&format!("{line} \\"), BOLD)?;
                line = String::from("   ");
            }
            line.extend([" ", &unit]);
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
                Piece::new(label, style),
                Piece::new(padded(&line, room), style),
                Piece::plain(" │"),
            ])?;
        }
        Ok(())
    }
}
