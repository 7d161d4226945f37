//! Renders a report: one file a format, all from the same [`khien_ops::scan::report::Report`]; the
//! outputs of vetting are in [`vet`].
//!
//! Formats for people ([`table`], [`html`]) speak the language asked for and escape what came from
//! outside; formats for machines keep it whole, in English words, and escape only what could drive
//! a terminal or a spreadsheet. Nothing here decides anything: verdict, gaps and counts come with
//! the report.

pub mod check;
pub mod csv;
mod defang;
pub(crate) mod escaped_json;
mod facts;
pub mod html;
pub mod json;
pub mod lineage;
pub mod navigator;
pub mod rows;
pub mod sarif;
mod screen;
mod shell;
mod summary;
pub mod table;
pub mod vet;
mod words;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use jiff::tz::TimeZone;
use khien_model::Untrusted;

use self::facts::Facts;
use self::summary::Summary;
use self::words::Words;
use khien_ops::scan::report::Report;
use khien_text::Lang;

/// How a report is to be drawn. Formats use what applies to them.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Language of what people read.
    pub lang: Lang,
    /// Time zone of what people read; machine formats write UTC.
    pub tz: TimeZone,
    /// Whether the table may use the 16 colours of a terminal.
    pub colour: bool,
    /// Columns of the terminal, for the table.
    pub width: usize,
    /// Whether addresses that an indicator names are made harmless for people (`hxxps://`, `[.]`).
    pub defang: bool,
}

/// A form that a report can take.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// For the terminal.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line: each detection, then a summary.
    Jsonl,
    /// One detection a row.
    Csv,
    /// SARIF 2.1.0, for code scanning and other gates.
    Sarif,
    /// One self-contained page, to read and to print.
    Html,
    /// A layer for the ATT&CK Navigator.
    Navigator,
}

impl Format {
    /// All formats, in the order in which help lists them.
    pub const ALL: [Self; 7] =
        [Self::Table, Self::Json, Self::Jsonl, Self::Csv, Self::Sarif, Self::Html, Self::Navigator];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::Navigator => "navigator",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.ok_or_else(|| UnknownFormat(Untrusted::from(name)))
    }
}

/// The word names no format.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown format `{0}`, expected one of table, json, jsonl, csv, sarif, html, navigator")]
pub struct UnknownFormat(Untrusted);

/// The result in one line, for a person whose result went to a file.
pub fn summary_line(report: &Report, options: &RenderOptions) -> String {
    let (words, facts) = (Words::of(options), Facts::of(report));
    let found = Summary { report, words: &words, facts: &facts }.found();
    let verdict = words.verdict(report.verdict).to_uppercase();
    let verdict = format!("{} {verdict}", words::verdict_sign(report.verdict));
    let style = table::verdict_style(report.verdict);
    let verdict = if options.colour { format!("{style}{verdict}{style:#}") } else { verdict };
    let gaps = match report.gaps.len() {
        0 => words.text("gaps.none", &[]),
        count => words.counted("gaps.count", count as u64),
    };
    format!("{verdict}  {found}. {gaps}")
}

/// A point in time as people read it, to the minute.
pub fn minute(time: khien_model::Timestamp, tz: &TimeZone) -> String {
    time.to_jiff().to_zoned(tz.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Writes the report in a format.
///
/// # Errors
///
/// The writer's own; or the machine's, reading detections back from a temporary file.
pub fn render(
    format: Format,
    report: &Report,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::render(report, options, out),
        Format::Json => json::render(report, options, out),
        Format::Jsonl => json::render_lines(report, options, out),
        Format::Csv => csv::render(report, options, out),
        Format::Sarif => sarif::render(report, options, out),
        Format::Html => html::render(report, options, out),
        Format::Navigator => navigator::render(report, options, out),
    }
}

/// A whole number for people, its digits in groups of three.
pub fn number(lang: Lang, number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(match lang {
                Lang::En => ',',
                Lang::Vi => '.',
            });
        }
        grouped.push(digit);
    }
    grouped
}
