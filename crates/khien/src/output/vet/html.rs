//! The dossier as one page: no script, nothing loaded from elsewhere, readable on a phone, on paper
//! and from a USB stick.
//!
//! The page is `templates/vet.html`, which escapes whatever it is given. Hostile: text from outside
//! has its control and reordering characters written out before it gets there, and stands in
//! `<bdi>` where it meets ours.
//!
//! Bound: [`REASONS_MAX`] reasons, [`CAPABILITIES_MAX`] programs, [`FILES_MAX`] files; what is cut is
//! counted where it is missing.

use std::io::{self, Write};

use askama::Template;
use khien_lineage::weigh::{BLOCK_BITS, HOLD_BITS};
use khien_unpack::SpanKind;
use khien_vet::report::{Change, FileChange, LedgerBytes, ReleaseSummary};

use super::VetOptions;
use super::dossier::{CapabilityView, Dossier, ReasonView};
use crate::output::shell;
use crate::output::words::{Words, stable_word};
use khien_ops::vet::outcome::Outcome;

/// Bound: reasons on the page.
const REASONS_MAX: usize = 200;
/// Bound: programs in the table of capabilities.
const CAPABILITIES_MAX: usize = 200;
/// Bound: files in the table of changes.
const FILES_MAX: usize = 1000;
/// Bound: gaps listed.
const GAPS_MAX: usize = 500;

/// Writes the page.
pub(super) fn render(
    outcome: &Outcome,
    options: &VetOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = Words::in_lang(options.lang);
    Page::of(&Dossier { outcome, words: &words }).write_into(out)
}

/// What the template shows. Every text is ready to be read; the template only escapes and places.
#[derive(Template)]
#[template(path = "vet.html", whitespace = "minimize")]
struct Page<'a> {
    words: &'a Words,
    title: String,
    decision: DecisionView,
    rows: Vec<(String, String)>,
    bar: ScoreBar,
    reasons: Vec<ReasonView>,
    reasons_note: String,
    capabilities: Vec<CapabilityView>,
    capabilities_note: String,
    files: Vec<FileView>,
    files_note: String,
    ledgers: Vec<LedgerView>,
    gaps: Vec<(String, String)>,
    gaps_note: String,
    next: Vec<(String, String)>,
    method: Vec<(String, String)>,
}

struct DecisionView {
    class: &'static str,
    sign: &'static str,
    word: String,
    meaning: String,
}

/// The score against the bounds, in thousandths of the bar's length.
struct ScoreBar {
    score: u64,
    hold: u64,
    block: u64,
    /// The same in words, for who does not see it.
    text: String,
}

struct FileView {
    path: String,
    change: String,
    note: String,
    size: String,
    code: String,
}

/// What the bytes of one release's containers are.
struct LedgerView {
    release: String,
    parts: Vec<LedgerPart>,
}

struct LedgerPart {
    class: String,
    word: String,
    bytes: String,
    start: u64,
    length: u64,
}

impl<'a> Page<'a> {
    fn of(dossier: &Dossier<'a>) -> Self {
        let (words, outcome) = (dossier.words, dossier.outcome);
        let report = &outcome.report;
        let (sign, class, word) = dossier.badge();
        let (reasons, left_out) = dossier.reasons(REASONS_MAX);
        let reasons_note = more(words, left_out);
        let (capabilities, left_out) = dossier.capabilities(CAPABILITIES_MAX);
        let capabilities_note = more(words, left_out);
        let mut gaps = dossier.gaps();
        let gaps_note = more(words, gaps.len().saturating_sub(GAPS_MAX));
        gaps.truncate(GAPS_MAX);
        let releases = report.earlier.last().into_iter().chain([&report.new]);
        Self {
            words,
            title: dossier.title(),
            decision: DecisionView { class, sign, word, meaning: dossier.meaning() },
            rows: dossier.rows(),
            bar: ScoreBar::of(dossier),
            reasons,
            reasons_note,
            capabilities,
            capabilities_note,
            files: report.files.iter().take(FILES_MAX).map(|f| FileView::of(f, dossier)).collect(),
            files_note: more(words, report.files.len().saturating_sub(FILES_MAX)),
            ledgers: releases.filter_map(|release| LedgerView::of(release, dossier)).collect(),
            gaps,
            gaps_note,
            next: dossier
                .next(true)
                .into_iter()
                .map(|step| (step.text, shell::command_line(&step.command)))
                .collect(),
            method: dossier.method(),
        }
    }

    /// A text of the catalogue, for the template.
    fn text(&self, key: &str) -> String {
        self.words.text(key, &[])
    }
}

/// `and 3 more: --json`, or nothing when nothing was cut.
fn more(words: &Words, left_out: usize) -> String {
    match left_out {
        0 => String::new(),
        count => words.counted("vet.more", count as u64),
    }
}

impl ScoreBar {
    fn of(dossier: &Dossier<'_>) -> Self {
        let score = dossier.outcome.report.score;
        let whole = (BLOCK_BITS * 1.5).max(score);
        Self {
            score: thousandths(score, whole),
            hold: thousandths(HOLD_BITS, whole),
            block: thousandths(BLOCK_BITS, whole),
            text: dossier.score(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0…1000; not a number becomes 0"
)]
fn thousandths(part: f64, whole: f64) -> u64 {
    (part / whole * 1000.0).round().clamp(0.0, 1000.0) as u64
}

impl FileView {
    fn of(file: &FileChange, dossier: &Dossier<'_>) -> Self {
        let words = dossier.words;
        let number = |count: usize| words.number(count as u64);
        let note = file.continues.as_ref().map_or_else(String::new, |continues| {
            let how = dossier.text(&format!("vet.how.{}", stable_word(&continues.how)));
            if continues.path == file.path {
                return how;
            }
            let path = dossier.place(&continues.path);
            format!("{}; {how}", words.text("vet.continues", &[("path", &path)]))
        });
        let size = match &file.continues {
            Some(old) if old.size != file.size => {
                format!("{} → {}", words.bytes(old.size), words.bytes(file.size))
            }
            _ => words.bytes(file.size),
        };
        let code = match file.code.functions {
            0 => String::new(),
            all => words.text(
                "vet.file.code",
                &[("new", &number(file.code.new_functions)), ("all", &number(all))],
            ),
        };
        let change = match file.change {
            Change::Same => "same",
            Change::Changed => "changed",
            Change::Added => "added",
            Change::Removed => "removed",
        };
        Self {
            path: dossier.place(&file.path),
            change: dossier.text(&format!("vet.change.{change}")),
            note,
            size,
            code,
        }
    }
}

impl LedgerView {
    /// `None` where no container was opened.
    fn of(release: &ReleaseSummary, dossier: &Dossier<'_>) -> Option<Self> {
        let whole: u64 = release.ledger.iter().map(|part| part.bytes).sum();
        if whole == 0 {
            return None;
        }
        let share = |bytes: u64| {
            u64::try_from(u128::from(bytes) * 1000 / u128::from(whole)).unwrap_or(1000)
        };
        let mut parts = Vec::new();
        let mut before = 0_u64;
        for LedgerBytes { kind, bytes } in release.ledger.iter().filter(|part| part.bytes > 0) {
            // What is unexplained is seen, however little it is.
            let least = if *kind == SpanKind::Unexplained { 6 } else { 1 };
            let start = share(before).min(1000 - least);
            before = before.saturating_add(*bytes);
            parts.push(LedgerPart {
                class: stable_word(kind),
                word: dossier.ledger_word(*kind),
                bytes: dossier.words.bytes(*bytes),
                start,
                length: share(before).saturating_sub(start).max(least),
            });
        }
        Some(Self { release: dossier.place(&release.name), parts })
    }
}
