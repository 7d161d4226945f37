//! The report for programs: one document (`khien.scan/1`), or one object a line
//! (`khien.detection/1`, then one `khien.summary/1`).
//!
//! Compat: the shape is a promise of its own and no image of internal types; what is added raises
//! the number behind the schema's name. Times are RFC 3339 in UTC, names are snake_case, words of
//! enums are English in every language, and text from outside is whole.

mod document;

use std::io::{self, Write};

use self::document::{Document, Line};
use super::RenderOptions;
use super::escaped_json::{write_line, write_pretty};
use khien_ops::scan::report::Report;

/// Schema of the whole document.
pub const SCAN_SCHEMA: &str = "khien.scan/1";
/// Schema of a line that holds a detection.
pub const DETECTION_SCHEMA: &str = "khien.detection/1";
/// Schema of the last line.
pub const SUMMARY_SCHEMA: &str = "khien.summary/1";

/// Writes one document. Detections are read and written one by one.
///
/// # Errors
///
/// The writer's own; or the machine's, reading detections back from a temporary file.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    write_pretty(out, &Document::with_detections(SCAN_SCHEMA, report))
}

/// Writes one detection a line, and a summary as the last line: all of the document but the
/// detections.
///
/// # Errors
///
/// As for [`render`].
pub fn render_lines(
    report: &Report,
    _options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    for detection in report.detections.iter()? {
        write_line(out, &Line::of(&detection?, report))?;
    }
    write_line(out, &Document::without_detections(SUMMARY_SCHEMA, report))
}
