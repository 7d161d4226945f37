//! One detection a row, for spreadsheets and line tools.
//!
//! Compat: the header is fixed. Times are RFC 3339 in UTC. Control characters are written as `\n`
//! and `\x1b`, so that a row is one line and a terminal is not driven; the JSON formats hold them as
//! they are.

use std::io::{self, Write};

use khien_model::Timestamp;
use khien_model::untrusted::shown;

use super::RenderOptions;
use super::facts::finding_of;
use khien_ops::scan::detection::{Detection, Window};
use khien_ops::scan::report::{Finding, Report};

/// The columns.
pub const HEADER: [&str; 16] = [
    "time",
    "severity",
    "kind",
    "title",
    "finding_id",
    "techniques",
    "host",
    "fields",
    "window_count",
    "window_first",
    "window_last",
    "window_hosts",
    "file",
    "record",
    "offset",
    "event",
];

/// Writes one detection a row, after the header.
///
/// # Errors
///
/// The writer's own; or the machine's, reading detections back from a temporary file.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut table = ::csv::Writer::from_writer(out);
    table.write_record(HEADER)?;
    for detection in report.detections.iter()? {
        let detection = detection?;
        let finding = finding_of(report, detection.finding);
        table.write_record(row(&detection, finding).iter().map(|cell| guarded(cell)))?;
    }
    table.flush()
}

fn row(detection: &Detection, finding: Option<&Finding>) -> [String; HEADER.len()] {
    let of_finding = |text: &dyn Fn(&Finding) -> String| finding.map(text).unwrap_or_default();
    let of_window =
        |text: &dyn Fn(&Window) -> String| detection.window.as_ref().map(text).unwrap_or_default();
    let time = |nanos: i64| Timestamp::from_nanos(nanos).to_string();
    let techniques = |finding: &Finding| {
        let ids: Vec<&str> =
            finding.techniques.iter().map(khien_model::Technique::as_str).collect();
        ids.join(" ")
    };
    let fields: Vec<String> =
        detection.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    [
        detection.time().map(|time| time.to_string()).unwrap_or_default(),
        of_finding(&|finding| finding.severity.to_string()),
        of_finding(&|finding| finding.kind.as_str().to_owned()),
        of_finding(&|finding| finding.title.as_raw().to_owned()),
        of_finding(&|finding| finding.id.clone()),
        of_finding(&techniques),
        detection.host.clone(),
        fields.join(" ¦ "),
        of_window(&|window| window.count.to_string()),
        of_window(&|window| time(window.first_nanos)),
        of_window(&|window| time(window.last_nanos)),
        of_window(&|window| window.hosts.join(" ")),
        detection.file.clone(),
        detection.record.to_string(),
        detection.offset.to_string(),
        detection.event.to_string(),
    ]
}

/// Hostile: a cell that begins like a formula is run by spreadsheets when the file is opened, so it
/// gets an apostrophe. The same holds after a semicolon: where the decimal sign is a comma, as in
/// Vietnam, a spreadsheet takes semicolons for the borders of cells.
pub(super) fn guarded(cell: &str) -> String {
    let mut guarded = String::with_capacity(cell.len() + 1);
    let mut at_start = true;
    for c in cell.chars() {
        if at_start && matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠')
        {
            guarded.push('\'');
        }
        at_start = c == ';' || (at_start && c == '"');
        if c == ' ' || c.is_ascii_graphic() {
            guarded.push(c);
        } else {
            guarded.push_str(&shown(c.encode_utf8(&mut [0; 4])).to_string());
        }
    }
    guarded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_text() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("a=b", "a=b"),
            ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
            ("\t=1", "'\\t=1"),
            ("\r@SUM(1)", "'\\r@SUM(1)"),
            ("-2", "'-2"),
            ("x;=1+1;y", "x;'=1+1;y"),
            ("\"=1", "\"'=1"),
            ("＝1", "'＝1"),
            ("a\nb\u{202e}\u{9b}", "a\\nb\\u{202e}\\x9b"),
        ] {
            assert_eq!(guarded(cell), expected);
        }
    }
}
