//! Exceptions for departures, for people and for programs (`khien.exceptions-list/1`).

use std::io::{self, Write};

use anstyle::Style;
use khien_lineage::{Exception, Releases, Trait};
use khien_model::{Timestamp, Untrusted};
use serde::Serialize;

use super::super::RenderOptions;
use super::super::escaped_json::write_pretty;
use super::super::screen::{Piece, Screen};
use super::super::table::{BOLD, DIM};
use super::super::words::{Words, stable_word};
use super::does;
use khien_ops::exceptions::{Book, Damage, Record, Standing};

/// Schema of the document.
pub const EXCEPTIONS_SCHEMA: &str = "khien.exceptions-list/1";

/// Writes the list for programs: where each stands at this moment, and lines that cannot be read.
///
/// # Errors
///
/// The writer's own.
pub fn json(book: &Book, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        standing: Standing,
        #[serde(flatten)]
        record: &'a Record,
    }
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        at: Timestamp,
        exceptions: Vec<Line<'a>>,
        unread: &'a [Damage],
    }
    let line = |record| Line { standing: Record::standing(record, now), record };
    let document = Document {
        schema: EXCEPTIONS_SCHEMA,
        at: now,
        exceptions: book.records.iter().map(line).collect(),
        unread: &book.damaged,
    };
    write_pretty(out, &document)
}

/// Writes the list for a terminal, the newest first.
///
/// # Errors
///
/// The writer's own.
pub fn table(
    book: &Book,
    now: Timestamp,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = Words::of(options);
    let mut screen = Screen::new(out, options.width, options.colour);
    if book.records.is_empty() {
        return screen.wrapped(0, &words.text("lineage.exceptions.none", &[]), Style::new());
    }
    for (number, record) in book.records.iter().rev().enumerate() {
        if number > 0 {
            screen.blank()?;
        }
        let standing = record.standing(now);
        let style = if standing == Standing::Holds { BOLD } else { DIM };
        let key = format!("lineage.exceptions.{}", stable_word(&standing));
        let until = words.minute(record.exception.until);
        let from = words.minute(record.exception.from);
        let title = words.text(&key, &[("from", &from), ("until", &until)]);
        screen.line(&[Piece::new(format!("{}  {title}", record.id), style)])?;
        one(record, &words, &mut screen)?;
    }
    Ok(())
}

/// Writes what an exception that was just made covers, and how it is taken back.
///
/// # Errors
///
/// The writer's own.
pub fn made(record: &Record, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let words = Words::of(options);
    let mut screen = Screen::new(out, options.width, options.colour);
    let until = words.minute(record.exception.until);
    screen.wrapped(0, &words.text("lineage.exceptions.made", &[("until", &until)]), BOLD)?;
    one(record, &words, &mut screen)?;
    let back = words.text("lineage.id-excepted", &[("id", &record.id)]);
    screen.wrapped(2, &back, DIM)
}

fn one(record: &Record, words: &Words, screen: &mut Screen<'_>) -> io::Result<()> {
    let Exception { product, releases, kind, value, owner, reason, .. } = &record.exception;
    let of = Trait { kind: *kind, value: Untrusted::from(value.as_str()) };
    let form = match releases {
        Releases::Only(_) => "lineage.exceptions.only",
        Releases::UpTo(_) => "lineage.exceptions.up-to",
        Releases::Since(_) => "lineage.exceptions.since",
    };
    let outside = |text: &str| Untrusted::from(text);
    let (product, version) = (outside(product), outside(releases.named()));
    let does = does(words, &of);
    let about = words.text(form, &[("product", &product), ("version", &version), ("does", &does)]);
    screen.wrapped(2, &about, Style::new())?;
    let (owner, reason) = (outside(owner), outside(reason));
    screen.wrapped(2, &format!("{owner}: {reason}"), Style::new())?;
    let (made, by) = (words.minute(record.made), outside(&record.by));
    let made = words.text("lineage.exceptions.made-by", &[("made", &made), ("by", &by)]);
    screen.wrapped(2, &made, DIM)?;
    let Some(back) = &record.taken_back else { return Ok(()) };
    let (at, by) = (words.minute(back.at), outside(&back.by));
    let back = words.text("lineage.exceptions.back-by", &[("at", &at), ("by", &by)]);
    screen.wrapped(2, &back, DIM)
}
