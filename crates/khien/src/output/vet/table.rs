//! The dossier for a terminal: what was decided in a box, then why, what changed, what could not be
//! looked at, and what to type next.
//!
//! Bound: [`REASONS_MAX`] reasons, [`CAPABILITIES_MAX`] programs; what is left out is counted.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use khien_lineage::Decision;

use super::dossier::{CapabilityView, Dossier, ReasonView};
use super::{VetOptions, decision_sign};
use crate::output::screen::{Piece, Screen, cut_middle, padded, width_of, wrap};
use crate::output::table::{BOLD, DIM, PLAIN};
use crate::output::words::Words;
use khien_ops::vet::outcome::Outcome;

/// Bound: reasons shown.
pub(super) const REASONS_MAX: usize = 12;
/// Bound: programs whose capabilities are shown.
pub(super) const CAPABILITIES_MAX: usize = 12;
/// Bound: capabilities shown of one program, each way.
const CAPABILITIES_EACH_MAX: usize = 6;
/// Bound: gaps shown.
const GAPS_MAX: usize = 12;

/// Columns before what is said about a reason.
const INDENT: usize = 6;

/// Writes the dossier for a terminal.
pub(super) fn render(
    outcome: &Outcome,
    options: &VetOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = Words::in_lang(options.lang);
    let mut table = Table {
        dossier: Dossier { outcome, words: &words },
        words: &words,
        screen: Screen::new(out, options.width, options.colour),
    };
    table.head()?;
    table.reasons()?;
    table.capabilities()?;
    table.gaps()?;
    table.next()
}

struct Table<'a> {
    dossier: Dossier<'a>,
    words: &'a Words,
    screen: Screen<'a>,
}

impl Table<'_> {
    fn head(&mut self) -> io::Result<()> {
        let decision = self.dossier.outcome.report.decision;
        let word = self.dossier.decision().to_uppercase();
        let title = format!("{} {word}", decision_sign(decision));
        self.screen.edge('┌', '┐', &title, decision_style(decision))?;
        self.screen.boxed("", &self.dossier.title(), BOLD)?;
        self.screen.boxed("", &self.dossier.meaning(), PLAIN)?;
        self.screen.boxed("", "", PLAIN)?;
        let rows = self.dossier.rows();
        let column = rows.iter().map(|(label, _)| width_of(label)).max().unwrap_or(0) + 2;
        for (label, value) in rows {
            self.screen.boxed(&padded(&label, column), &value, PLAIN)?;
        }
        self.screen.edge('└', '┘', "", PLAIN)
    }

    fn title(&mut self, key: &str) -> io::Result<()> {
        let title = self.dossier.text(key).to_uppercase();
        self.screen.blank()?;
        self.screen.line(&[Piece::new(title, BOLD)])
    }

    fn reasons(&mut self) -> io::Result<()> {
        let (reasons, left_out) = self.dossier.reasons(REASONS_MAX);
        self.title("vet.section.why")?;
        if reasons.is_empty() {
            let none = self.dossier.text("vet.why.none");
            self.screen.wrapped(1, &none, PLAIN)?;
        }
        let mut explained = BTreeSet::new();
        for (number, reason) in reasons.iter().enumerate() {
            self.reason(number + 1, reason, explained.insert(reason.id))?;
        }
        self.more(left_out)
    }

    /// One reason; what its kind means is said the first time only.
    fn reason(&mut self, number: usize, reason: &ReasonView, explain: bool) -> io::Result<()> {
        let style = reason_style(reason.class);
        let weight = format!("{} {}", reason.decides, reason.bits);
        let room = self.screen.width.saturating_sub(INDENT + width_of(&weight) + 2);
        for (line_number, line) in wrap(&reason.title, room).into_iter().enumerate() {
            let first = line_number == 0;
            let head = if first { format!("{number:>2} {} ", reason.sign) } else { String::new() };
            let weight = if first { weight.as_str() } else { "" };
            self.screen.line(&[
                Piece::new(padded(&head, INDENT), style),
                Piece::new(padded(&line, room + 2), BOLD),
                Piece::new(weight, style),
            ])?;
        }
        let room = self.screen.width.saturating_sub(INDENT);
        self.screen.indented(INDENT, cut_middle(&reason.path, room), FIELD)?;
        if !reason.what.is_empty() {
            self.screen.wrapped(INDENT, &reason.what, PLAIN)?;
        }
        for evidence in &reason.evidence {
            self.screen.wrapped(INDENT, &format!("» {evidence}"), PLAIN)?;
        }
        if !reason.softened.is_empty() {
            self.screen.wrapped(INDENT, &reason.softened, DIM)?;
        }
        if explain {
            self.screen.wrapped(INDENT, &reason.why, PLAIN)?;
            self.screen.wrapped(INDENT, &reason.benign, DIM)?;
            let mut about = vec![reason.id.to_owned(), reason.rate.clone()];
            if !reason.techniques.is_empty() {
                about.push(format!("ATT&CK {}", reason.techniques.join(", ")));
            }
            self.screen.wrapped(INDENT, &about.join(" · "), DIM)?;
        }
        Ok(())
    }

    fn more(&mut self, left_out: usize) -> io::Result<()> {
        if left_out == 0 {
            return Ok(());
        }
        let line = self.words.counted("vet.more", left_out as u64);
        self.screen.wrapped(1, &line, DIM)
    }

    fn capabilities(&mut self) -> io::Result<()> {
        let (changes, left_out) = self.dossier.capabilities(CAPABILITIES_MAX);
        if changes.is_empty() {
            return Ok(());
        }
        self.title("vet.section.capabilities")?;
        for change in &changes {
            self.capability(change)?;
        }
        self.more(left_out)
    }

    fn capability(&mut self, change: &CapabilityView) -> io::Result<()> {
        let room = self.screen.width.saturating_sub(2);
        let head = match change.note.as_str() {
            "" => change.path.clone(),
            note => format!("{} ({note})", change.path),
        };
        self.screen.indented(1, cut_middle(&head, room), FIELD)?;
        let kept = change.kept.iter().take(CAPABILITIES_EACH_MAX);
        let kept = kept.cloned().collect::<Vec<_>>().join(", ");
        if !kept.is_empty() {
            let more = if change.kept.len() > CAPABILITIES_EACH_MAX { ", …" } else { "" };
            self.screen.wrapped(3, &format!("= {kept}{more}"), DIM)?;
        }
        for (sign, list, style) in [("+", &change.gained, GAINED), ("-", &change.lost, DIM)] {
            for word in list.iter().take(CAPABILITIES_EACH_MAX) {
                self.screen.wrapped(3, &format!("{sign} {word}"), style)?;
            }
            let left_out = list.len().saturating_sub(CAPABILITIES_EACH_MAX);
            if left_out > 0 {
                let more = self.words.counted("vet.more", left_out as u64);
                self.screen.wrapped(3, &format!("{sign} {more}"), DIM)?;
            }
        }
        Ok(())
    }

    fn gaps(&mut self) -> io::Result<()> {
        self.title("vet.section.gaps")?;
        let gaps = self.dossier.gaps();
        if gaps.is_empty() {
            let none = self.dossier.text("vet.gaps.none");
            return self.screen.wrapped(1, &format!("✓ {none}"), PLAIN);
        }
        for (what, step) in gaps.iter().take(GAPS_MAX) {
            self.screen.wrapped(1, &format!("? {what}"), PLAIN)?;
            self.screen.wrapped(3, &format!("→ {step}"), DIM)?;
        }
        self.more(gaps.len().saturating_sub(GAPS_MAX))
    }

    fn next(&mut self) -> io::Result<()> {
        for step in self.dossier.next(false) {
            self.screen.blank()?;
            self.screen.wrapped(0, &step.text, PLAIN)?;
            if !step.command.is_empty() {
                self.screen.command(&step.command)?;
            }
        }
        Ok(())
    }
}

const FIELD: Style = AnsiColor::Cyan.on_default();
const GAINED: Style = AnsiColor::Yellow.on_default();

/// The colour of a decision.
pub(super) const fn decision_style(decision: Decision) -> Style {
    match decision {
        Decision::Pass => AnsiColor::Green.on_default().effects(Effects::BOLD),
        Decision::Hold => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
        Decision::Block => AnsiColor::Red.on_default().effects(Effects::BOLD),
    }
}

fn reason_style(class: &str) -> Style {
    match class {
        "block" => AnsiColor::Red.on_default().effects(Effects::BOLD),
        "hold" => AnsiColor::Yellow.on_default(),
        _ => DIM,
    }
}
