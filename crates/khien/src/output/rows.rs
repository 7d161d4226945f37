//! Rows of a query, for people and for programs.

use std::io::{self, Write};

use khien_lake::Answer;
use khien_model::untrusted::shown;

use super::csv::guarded;
use super::escaped_json::write_pretty;
use super::screen::{cut, padded, width_of};

/// Columns of a cell at most; longer ones are cut, in the table only.
const CELL_MAX: usize = 80;

/// Writes the rows in columns.
///
/// # Errors
///
/// The writer's own.
pub fn table(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> =
        answer.columns().into_iter().map(|name| shown(name).to_string()).collect();
    let texts = answer.texts().map_err(io::Error::other)?;
    let rows: Vec<Vec<String>> = texts
        .into_iter()
        .map(|row| {
            row.into_iter()
                .map(|cell| cut(&shown(&cell.unwrap_or_default()).to_string(), CELL_MAX))
                .collect()
        })
        .collect();
    let widths: Vec<usize> = (0..names.len())
        .map(|at| {
            let cells = rows.iter().filter_map(|row| row.get(at)).chain(names.get(at));
            cells.map(|cell| width_of(cell)).max().unwrap_or(0)
        })
        .collect();
    for row in std::iter::once(&names).chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Writes the rows as comma-separated values.
///
/// # Errors
///
/// The writer's own.
pub fn csv(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(answer.columns())?;
    for row in answer.texts().map_err(io::Error::other)? {
        writer.write_record(row.iter().map(|cell| guarded(cell.as_deref().unwrap_or_default())))?;
    }
    writer.flush()
}

/// Writes the rows as a list of JSON objects.
///
/// # Errors
///
/// The writer's own.
pub fn json(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    write_pretty(out, &answer.json().map_err(io::Error::other)?)
}
