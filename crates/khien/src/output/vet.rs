//! What vetting says: one file a format, all from the same [`Outcome`].
//!
//! The table and the page speak the language asked for and explain every reason in words that need
//! no analyst; formats for machines are English and whole. No output holds a time: the same releases
//! give the same bytes.

mod cyclonedx;
mod dossier;
mod html;
mod in_toto;
mod json;
mod sarif;
mod table;

use std::io::{self, Write};

use khien_lineage::Decision;

use self::dossier::Dossier;
use super::words::Words;
use khien_ops::vet::outcome::Outcome;
use khien_text::Lang;

pub use in_toto::PREDICATE_TYPE;
pub use json::VET_SCHEMA;

/// How an outcome is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct VetOptions {
    /// Language of what people read.
    pub lang: Lang,
    /// Whether the table may use the 16 colours of a terminal.
    pub colour: bool,
    /// Columns of the terminal, for the table.
    pub width: usize,
}

/// A form that an outcome can take.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum VetFormat {
    /// For the terminal.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning and other gates.
    Sarif,
    /// One self-contained page, to read and to print.
    Html,
    /// CycloneDX 1.6: what was inside the new release.
    CycloneDx,
    /// An in-toto statement about the new release, to be signed.
    InToto,
}

impl VetFormat {
    /// All formats, in the order in which help lists them.
    pub const ALL: [Self; 6] =
        [Self::Table, Self::Json, Self::Sarif, Self::Html, Self::CycloneDx, Self::InToto];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::CycloneDx => "cyclonedx",
            Self::InToto => "in-toto",
        }
    }
}

/// Writes an outcome in a format.
///
/// # Errors
///
/// The writer's own.
pub fn render(
    format: VetFormat,
    outcome: &Outcome,
    options: &VetOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        VetFormat::Table => table::render(outcome, options, out),
        VetFormat::Json => json::render(outcome, out),
        VetFormat::Sarif => sarif::render(outcome, out),
        VetFormat::Html => html::render(outcome, options, out),
        VetFormat::CycloneDx => cyclonedx::render(outcome, out),
        VetFormat::InToto => in_toto::render(outcome, out),
    }
}

/// The decision in one line, for a person whose result went to a file.
pub fn summary_line(outcome: &Outcome, options: &VetOptions) -> String {
    let words = Words::in_lang(options.lang);
    let dossier = Dossier { outcome, words: &words };
    let decision = outcome.report.decision;
    let word = format!("{} {}", decision_sign(decision), dossier.decision().to_uppercase());
    let style = table::decision_style(decision);
    let word = if options.colour { format!("{style}{word}{style:#}") } else { word };
    format!("{word}  {}: {}", dossier.title(), dossier.meaning())
}

/// The sign that stands beside the word of a decision.
const fn decision_sign(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "✓",
        Decision::Hold => "‖",
        Decision::Block => "■",
    }
}
