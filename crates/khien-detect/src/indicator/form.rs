//! Which form an advisory has, told by its content, and the reading of it.

use khien_model::Untrusted;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::stix::{self, StixError};
use super::{Advisory, BUNDLE_BYTES_MAX, Problem, html, list, misp, openioc, prose, sheet};

/// The largest text that is not JSON, in bytes. Bound: a page or list is read as a whole.
pub const TEXT_BYTES_MAX: usize = 64 << 20;

/// The form that an advisory was read as.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Form {
    /// Columns with a header (CSV and its kin).
    Columns,
    /// A web page.
    Html,
    /// One indicator a line.
    #[default]
    List,
    /// MISP's JSON.
    Misp,
    /// OpenIOC 1.0 or 1.1.
    #[serde(rename = "openioc")]
    OpenIoc,
    /// Running text.
    Prose,
    /// STIX 2.0 or 2.1.
    Stix,
}

/// Why bytes are no advisory: the publisher's fault, or the user's who gave the wrong file, but for
/// the limits, which are ours.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdvisoryError {
    /// There is nothing but blanks.
    #[error("the text is empty")]
    Empty,
    /// Nothing in the text is an indicator or an affected product, or looks like one.
    #[error("no indicator and no affected product in the text")]
    NoContent,
    /// The bytes are not text.
    #[error("not text but {0}; save it as text, HTML or CSV")]
    NotText(&'static str),
    /// A STIX bundle that cannot be read, or text that begins like JSON and is none.
    #[error(transparent)]
    Stix(#[from] StixError),
    /// The text is larger than [`TEXT_BYTES_MAX`].
    #[error("{0} bytes are over the limit of {TEXT_BYTES_MAX}")]
    TooLarge(usize),
    /// JSON that is neither STIX nor MISP.
    #[error("JSON that is neither STIX nor MISP")]
    UnknownJson,
    /// XML that is no OpenIOC document.
    #[error("XML with the root “{0}” is no OpenIOC document")]
    UnknownXml(Untrusted),
    /// Text that begins like XML and is none, or is beyond the limits of reading it.
    #[error("not XML: {0}")]
    Xml(String),
}

/// Reads an advisory of any form.
///
/// `origin` says where the bytes are from, a file name as a rule; it names the advisory, and is the
/// source of indicators that name none. It does not decide the form.
///
/// # Errors
///
/// When the bytes are no advisory; [`AdvisoryError`] says whose fault that is. A bad part beside good
/// ones is no error but a [`Problem`] that names its place.
pub fn parse_advisory(bytes: &[u8], origin: &str) -> Result<Advisory, AdvisoryError> {
    let (text, damaged_line) = decode(bytes)?;
    let text = text.trim_start_matches('\u{feff}');
    let start = text.trim_start();
    if start.is_empty() {
        return Err(AdvisoryError::Empty);
    }
    let mut advisory = if is_json(start) {
        of_json(text, origin)?
    } else if text.len() > TEXT_BYTES_MAX {
        return Err(AdvisoryError::TooLarge(text.len()));
    } else if html::is_html(start) {
        prose::read(&html::text_of(text), Form::Html, origin)
    } else if openioc::is_xml(start) {
        openioc::parse(start, origin)?
    } else {
        of_text(text, origin)
    };
    if let Some(line) = damaged_line {
        let detail = "bytes that are no text were replaced here";
        Problem::push(&mut advisory.problems, &format!("line {line}"), detail);
    }
    let is_empty = advisory.indicators.is_empty()
        && advisory.affected.is_empty()
        && advisory.problems.is_empty()
        && advisory.omitted.is_empty();
    let may_be_empty = !matches!(advisory.form, Form::Prose | Form::Html);
    if is_empty && !may_be_empty { Err(AdvisoryError::NoContent) } else { Ok(advisory) }
}

/// JSON, and not a list that begins with an address in brackets.
fn is_json(start: &str) -> bool {
    let inside = start.strip_prefix('[').map(str::trim_start);
    start.starts_with('{') || inside.is_some_and(|rest| rest.starts_with('{'))
}

fn of_json(text: &str, origin: &str) -> Result<Advisory, AdvisoryError> {
    if text.len() > BUNDLE_BYTES_MAX {
        return Err(StixError::TooLarge(text.len()).into());
    }
    let value: Value = serde_json::from_str(text).map_err(StixError::Json)?;
    if let Some(advisory) = misp::of_value(&value, origin) {
        return Ok(advisory);
    }
    stix::of_value(&value, origin).map_err(|error| match error {
        StixError::NoObjects => AdvisoryError::UnknownJson,
        error => error.into(),
    })
}

/// Columns, a list or prose.
fn of_text(text: &str, origin: &str) -> Advisory {
    if let Some(advisory) = sheet::parse(text, origin) {
        return advisory;
    }
    // A list has no line that only running text has. A line that is neither (a bad entry) does not
    // make the rest prose.
    let is_remark = |line: &str| line.starts_with(['#', ';']) || line.starts_with("//");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_remark(line));
    let is_prose =
        lines.take(SNIFFED_LINES).any(|line| !list::is_entry(line) && prose::is_prose(line));
    if is_prose {
        prose::read(&prose::lines_of(text), Form::Prose, origin)
    } else {
        list::parse_list(text, origin)
    }
}

/// How many lines are looked at to tell running text from a list.
const SNIFFED_LINES: usize = 10_000;

/// Bytes as text, and the first line where some were replaced.
///
/// UTF-8 and, with a byte order mark, UTF-16 of either order.
fn decode(bytes: &[u8]) -> Result<(String, Option<usize>), AdvisoryError> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        return Err(StixError::TooLarge(bytes.len()).into());
    }
    for (magic, name) in BINARIES {
        if bytes.starts_with(magic) {
            return Err(AdvisoryError::NotText(name));
        }
    }
    let wide = match bytes {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    if let Some((rest, unit)) = wide {
        let units = rest.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
        return Ok((text, None));
    }
    if bytes.iter().take(SNIFFED_BYTES).any(|byte| *byte == 0) {
        return Err(AdvisoryError::NotText("binary data"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), None)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
            Ok((String::from_utf8_lossy(bytes).into_owned(), Some(line)))
        }
    }
}

/// How many bytes are looked at for zeros.
const SNIFFED_BYTES: usize = 8 << 10;

/// Files that people have advisories in and that are not text.
const BINARIES: [(&[u8], &str); 6] = [
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip or office file"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "an old office file"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"{\\rtf", "RTF"),
];

#[cfg(test)]
mod tests;
