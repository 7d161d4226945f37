//! Advisories as rows below a header: comma, semicolon, tab or bar separated, columns in any order.
//!
//! A row may hold one value with its type, or a value in each of several columns (`md5`, `sha256` and
//! `file name` of one file). Headers are those of common feeds, in English and Vietnamese. Rows
//! without a header are a list and read as one.

use std::borrow::Cow;
use std::collections::HashSet;

use khien_model::{Indicator, IndicatorKind, Timestamp};

use super::affected::{self, AffectedProduct};
use super::fold::fold;
use super::list::{Word, canonical, guess, kinds_of};
use super::misp::{Meaning, meaning};
use super::{Advisory, Form, Omitted, OmittedReason, Problem, excerpt, fang, origin_name, tlp};

mod heading;

use heading::{Column, Header};

/// Reads a text; `None` when it has no header of columns.
pub(super) fn parse(text: &str, origin: &str) -> Option<Advisory> {
    let (separator, first_line, header) = header(text)?;
    let name = origin_name(origin);
    let mut sheet = Sheet {
        header,
        advisory: Advisory {
            title: name.clone(),
            name,
            form: Form::Columns,
            ..Advisory::default()
        },
        known: HashSet::new(),
        label: None,
    };
    let head_lines = text.lines().take(first_line);
    sheet.label = tlp::strictest_of(head_lines.filter_map(tlp::in_text));
    sheet.advisory.tlp = sheet.label.map(str::to_owned);
    let body = unspaced(behind_lines(text, first_line), separator);
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(body.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        match rows.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                sheet.problem(line_number(line, first_line), "a row that cannot be read");
                if error.is_io_error() {
                    break;
                }
                continue;
            }
        }
        let line = line_number(record.position().map_or(0, csv::Position::line), first_line);
        sheet.row(&record, line);
    }
    Some(sheet.advisory)
}

fn line_number(line: u64, first_line: usize) -> u64 {
    line.saturating_add(u64::try_from(first_line).unwrap_or_default())
}

/// How many lines of remarks may stand before the header.
const HEAD_LINES_MAX: usize = 100;

/// The separator, how many lines precede the first row, and the columns.
fn header(text: &str) -> Option<(u8, usize, Header)> {
    for (line, number) in text.lines().take(HEAD_LINES_MAX).zip(1_usize..) {
        let line = line.trim();
        // Some feeds write their header as the last remark.
        let bare = line.trim_start_matches(['#', ' ', ';']).trim_start_matches("//");
        let is_remark = bare.len() < line.len();
        for separator in [',', ';', '\t', '|'] {
            let Some(byte) = u8::try_from(u32::from(separator)).ok() else { continue };
            if let Some(header) = Header::of(&cells(bare, byte), is_remark) {
                return Some((byte, number, header));
            }
        }
        if !is_remark && !line.is_empty() {
            return None;
        }
    }
    None
}

fn cells(line: &str, separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(separator)
        .from_reader(line.as_bytes());
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(|cell| cell.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn behind_lines(text: &str, count: usize) -> &str {
    let mut rest = text;
    for _ in 0..count {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

/// A table within a text, read row by row as a sheet is.
pub(super) struct Table {
    sheet: Sheet,
}

impl Table {
    /// The table whose header some cells are; `None` when they are none.
    pub(super) fn of(cells: &[String], source: &str) -> Option<Self> {
        let advisory = Advisory { name: source.to_owned(), ..Advisory::default() };
        let header = Header::of(cells, false).filter(|_| cells.len() > 1)?;
        Some(Self { sheet: Sheet { header, advisory, known: HashSet::new(), label: None } })
    }

    /// What a row says; `None` when it says nothing or something is wrong with it.
    pub(super) fn row(&mut self, cells: &[String], line: u64) -> Option<Advisory> {
        let name = self.sheet.advisory.name.clone();
        self.sheet.known.clear();
        self.sheet.row(&csv::StringRecord::from(cells), line);
        let empty = Advisory { name, ..Advisory::default() };
        let said = std::mem::replace(&mut self.sheet.advisory, empty);
        let says = !said.indicators.is_empty() || !said.affected.is_empty();
        (says && said.problems.is_empty()).then_some(said)
    }
}

/// Some feeds write a blank between separator and quote, which then quotes nothing.
fn unspaced(body: &str, separator: u8) -> Cow<'_, str> {
    let separator = char::from(separator);
    let spaced = format!("\"{separator} \"");
    let head: String = body.chars().take(SNIFFED_CHARS).collect();
    if head.contains(&spaced) {
        Cow::Owned(body.replace(&spaced, &format!("\"{separator}\"")))
    } else {
        Cow::Borrowed(body)
    }
}

const SNIFFED_CHARS: usize = 8 << 10;

/// Rows on their way to an advisory.
struct Sheet {
    header: Header,
    advisory: Advisory,
    known: HashSet<IndicatorKind>,
    /// The label of the whole, which rows may override.
    label: Option<&'static str>,
}

impl Sheet {
    fn row(&mut self, record: &csv::StringRecord, line: u64) {
        let first = record.get(0).unwrap_or_default().trim_start();
        let is_blank = record.iter().all(|cell| cell.trim().is_empty());
        if is_blank || first.starts_with('#') {
            return;
        }
        let cell = |column: Column| {
            self.header.place(column).and_then(|at| record.get(at)).unwrap_or_default().trim()
        };
        if cell(Column::ForDetection).eq_ignore_ascii_case("false")
            || cell(Column::ForDetection) == "0"
        {
            let place = format!("line {line}");
            return Omitted::push(
                &mut self.advisory.omitted,
                &place,
                cell(Column::Value),
                OmittedReason::NotForDetection,
            );
        }
        let product = self.product(record);
        let has_product = product.is_some();
        if let Some(product) = product {
            affected::add(&mut self.advisory.affected, product);
        }
        let mut kinds = Vec::new();
        let mut problems = Vec::new();
        let value = cell(Column::Value);
        if !value.is_empty() {
            match typed(cell(Column::Type), value) {
                Ok(Typed::Kinds(mut found)) => kinds.append(&mut found),
                Ok(Typed::Product(product)) => affected::add(&mut self.advisory.affected, product),
                Ok(Typed::Nothing) => {}
                Err(detail) => problems.push(detail),
            }
        }
        let columns = self.header.typed();
        let of_column = |(at, word): &(usize, Word)| {
            let values = record.get(*at).unwrap_or_default().split(['\n', ';', ' ']).map(str::trim);
            let whole = record.get(*at).unwrap_or_default().trim();
            // Only values without blanks of their own can be several in a cell.
            let many = matches!(word, Word::Hash | Word::Address | Word::Domain | Word::Url);
            let values: Vec<&str> = if many { values.collect() } else { vec![whole] };
            values
                .into_iter()
                .filter(|v| !is_none(v))
                .map(|v| (*word, v.to_owned()))
                .collect::<Vec<_>>()
        };
        let cells: Vec<(Word, String)> = columns.iter().flat_map(of_column).collect();
        let has_hash =
            kinds.iter().any(is_hash) || cells.iter().any(|(word, _)| *word == Word::Hash);
        for (word, value) in cells {
            // The name of a file describes its hash.
            if has_hash && matches!(word, Word::Path | Word::File) {
                let place = format!("line {line}");
                Omitted::push(
                    &mut self.advisory.omitted,
                    &place,
                    &value,
                    OmittedReason::BesideHash,
                );
                continue;
            }
            match kinds_of(word, &value) {
                Ok(mut found) => kinds.append(&mut found),
                Err(detail) => problems.push(detail),
            }
        }
        if kinds.is_empty() && problems.is_empty() && !has_product && value.is_empty() {
            problems.push(String::from("a row without a value"));
        }
        for detail in problems {
            self.problem(line, &detail);
        }
        self.add(kinds, record, line);
    }

    fn add(&mut self, kinds: Vec<IndicatorKind>, record: &csv::StringRecord, line: u64) {
        if kinds.is_empty() {
            return;
        }
        let cell = |column: Column| {
            self.header.place(column).and_then(|at| record.get(at)).unwrap_or_default().trim()
        };
        let label = tlp::in_text(cell(Column::Tlp))
            .or_else(|| tlp::label(cell(Column::Tlp)))
            .or_else(|| tlp::in_text(cell(Column::Tags)));
        let source = Some(cell(Column::Source))
            .filter(|source| !source.is_empty())
            .unwrap_or(&self.advisory.name);
        let confidence = cell(Column::Confidence);
        let (from, until) = (cell(Column::ValidFrom), cell(Column::ValidUntil));
        let template = Indicator {
            id: cell(Column::Id).to_owned(),
            name: cell(Column::Name).to_owned(),
            description: self.header.descriptions(record),
            sources: vec![source.to_owned()],
            confidence: confidence_of(confidence),
            valid_from: time(from),
            valid_until: time(until),
            tlp: label.or(self.label).map(str::to_owned),
            ..Indicator::bare(IndicatorKind::Hash(String::new()))
        };
        let bad_time = [(from, template.valid_from), (until, template.valid_until)]
            .into_iter()
            .find(|(text, time)| !is_none(text) && time.is_none())
            .map(|(text, _)| format!("“{}” is no time", excerpt(text)));
        let bad_confidence = (!is_none(confidence) && template.confidence.is_none())
            .then(|| format!("“{}” is no confidence", excerpt(confidence)));
        for detail in bad_time.into_iter().chain(bad_confidence) {
            self.problem(line, &detail);
        }
        if let Some(label) = label {
            let known = self.advisory.tlp.as_deref().and_then(tlp::label);
            self.advisory.tlp =
                tlp::strictest_of(known.into_iter().chain([label])).map(str::to_owned);
        }
        for kind in kinds {
            if self.known.insert(kind.clone()) {
                self.advisory.indicators.push(Indicator { kind, ..template.clone() });
            }
        }
    }

    fn product(&self, record: &csv::StringRecord) -> Option<AffectedProduct> {
        let cell = |column: Column| {
            self.header.place(column).and_then(|at| record.get(at)).unwrap_or_default().trim()
        };
        let product = cell(Column::Product);
        let platform = cell(Column::Platform);
        // "quietlib (npm)"
        let named = product.strip_suffix(')').and_then(|product| product.rsplit_once(" ("));
        let named = named.filter(|(_, platform)| affected::is_platform(platform));
        let (product, platform) = match named {
            Some((product, named)) if is_none(platform) => (product, named),
            _ => (product, platform),
        };
        (!is_none(product) && self.header.place(Column::Version).is_some()).then(|| {
            AffectedProduct {
                product: product.to_owned(),
                vendor: cell(Column::Vendor).to_owned(),
                platform: (!is_none(platform)).then(|| platform.to_lowercase()),
                purl: None,
                versions: affected::versions_of_field(cell(Column::Version)),
            }
        })
    }

    fn problem(&mut self, line: u64, detail: &str) {
        Problem::push(&mut self.advisory.problems, &format!("line {line}"), detail);
    }
}

/// What a value of a typed row is.
enum Typed {
    Kinds(Vec<IndicatorKind>),
    Nothing,
    Product(AffectedProduct),
}

fn typed(kind: &str, value: &str) -> Result<Typed, String> {
    if kind.is_empty() {
        return canonical(guess(&fang::refang(value))?).map(Typed::Kinds);
    }
    // What people call a type, then what MISP does.
    if let Some(word) = Word::of(kind) {
        return kinds_of(word, value).map(Typed::Kinds);
    }
    match meaning(kind, value) {
        Meaning::Kinds(kinds) => Ok(Typed::Kinds(kinds)),
        Meaning::Product(product) => Ok(Typed::Product(product)),
        Meaning::Unmatched(detail) => Err(detail),
        Meaning::Reference => Ok(Typed::Nothing),
        Meaning::Remark => {
            // Not a type at all, but a class of threat: the shape has to tell.
            canonical(
                guess(&fang::refang(value)).map_err(|_| {
                    format!("“{}” is no kind of indicator known here", excerpt(kind))
                })?,
            )
            .map(Typed::Kinds)
        }
    }
}

fn is_hash(kind: &IndicatorKind) -> bool {
    matches!(kind, IndicatorKind::Hash(_))
}

/// Whether a cell says that there is nothing.
fn is_none(cell: &str) -> bool {
    matches!(
        fold(cell).as_str(),
        "" | "-" | "n/a" | "na" | "none" | "null" | "unknown" | "khong" | "khong co"
    )
}

/// A confidence as a number of 0 to 100, or as a word.
///
/// Source for the words: STIX 2.1 appendix A, the scale "none, low, medium, high".
fn confidence_of(text: &str) -> Option<u8> {
    let folded = fold(text);
    match folded.as_str() {
        "high" | "cao" | "very high" | "rat cao" => return Some(85),
        "medium" | "moderate" | "trung binh" | "vua" => return Some(50),
        "low" | "thap" => return Some(15),
        _ => {}
    }
    let number = folded.trim_end_matches('%').trim();
    match number.parse::<u8>() {
        Ok(number) => Some(number).filter(|number| *number <= 100),
        Err(_) => {
            let number = number.parse::<f32>().ok().filter(|n| (0.0..=100.0).contains(n))?;
            let scaled = if number <= 1.0 { number * 100.0 } else { number };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 100"
            )]
            Some(scaled.round() as u8)
        }
    }
}

/// A time as feeds write it: RFC 3339, a date, a date of Vietnamese order, `… UTC`, Unix seconds.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_end_matches("UTC").trim();
    let as_date = || {
        let mut parts = text.splitn(3, ['/', '-']);
        let (day, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let (year, hour) = rest.split_once(' ').unwrap_or((rest, "00:00:00"));
        if year.len() != 4 {
            return None;
        }
        let (day, month) = (day.parse::<u8>().ok()?, month.parse::<u8>().ok()?);
        Timestamp::parse(&format!("{year}-{month:02}-{day:02}T{hour}"))
    };
    Timestamp::parse(text)
        .or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")))
        .or_else(as_date)
        .or_else(|| text.parse().ok().filter(|_| text.len() >= 9).and_then(Timestamp::from_seconds))
}

#[cfg(test)]
mod tests;
