//! Headers: which column is what.

use super::super::fold::words;
use super::super::list::Word;

/// What a column holds, apart from values of one kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Column {
    Confidence,
    Description,
    ForDetection,
    Id,
    Name,
    Platform,
    Product,
    Source,
    Tags,
    Tlp,
    Type,
    ValidFrom,
    ValidUntil,
    Value,
    Vendor,
    Version,
}

/// The columns of a sheet.
#[derive(Debug)]
pub(super) struct Header {
    columns: Vec<Option<Column>>,
    words: Vec<(usize, Word)>,
}

impl Header {
    /// The columns that cells name; `None` when the line is no header.
    pub(super) fn of(cells: &[String], is_remark: bool) -> Option<Self> {
        let columns: Vec<Option<Column>> = cells.iter().map(|cell| column(cell)).collect();
        let mut words = Vec::new();
        for (at, (cell, column)) in cells.iter().zip(&columns).enumerate() {
            if let Some(word) = word(cell).filter(|_| column.is_none()) {
                words.push((at, word));
            }
        }
        let has = |wanted: Column| columns.contains(&Some(wanted));
        let named =
            columns.iter().filter(|column| column.is_some()).count().saturating_add(words.len());
        let has_values = has(Column::Value)
            || !words.is_empty()
            || (has(Column::Product) && has(Column::Version));
        // A row `domain,evil.example` begins with the word for a kind, too.
        let unnamed = cells.iter().zip(&columns).enumerate().filter(|(at, (cell, column))| {
            column.is_none()
                && !words.iter().any(|(known, _)| known == at)
                && looks_like_value(cell)
        });
        let is_header = has_values
            && unnamed.count() == 0
            && (named > 1 || (cells.len() == 1 && has(Column::Value)));
        let is_sure = !is_remark || named > 1;
        (is_header && is_sure).then_some(Self { columns, words })
    }

    /// Where a column is.
    pub(super) fn place(&self, wanted: Column) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(wanted))
    }

    /// The columns whose cells are values of one kind.
    pub(super) fn typed(&self) -> &[(usize, Word)] {
        &self.words
    }

    /// What a row says in words.
    pub(super) fn descriptions(&self, record: &csv::StringRecord) -> String {
        let cells = self.columns.iter().zip(record.iter());
        let wanted = cells.filter(|(column, cell)| {
            **column == Some(Column::Description) && !cell.trim().is_empty()
        });
        wanted.map(|(_, cell)| cell.trim()).collect::<Vec<_>>().join("; ")
    }
}

/// Whether a cell is rather a value than the name of a column.
fn looks_like_value(cell: &str) -> bool {
    let has_digits = cell.bytes().filter(u8::is_ascii_digit).count() > 4;
    has_digits
        || cell.contains("://")
        || cell.contains("[.]")
        || (cell.contains('.') && !cell.contains(' '))
        || cell.len() > 60
}

fn column(cell: &str) -> Option<Column> {
    Some(match words(cell).as_str() {
        "confidence" | "confidence level" | "score" | "do tin cay" | "muc do tin cay"
        | "muc tin cay" => Column::Confidence,
        "description" | "comment" | "comments" | "note" | "notes" | "context" | "malware"
        | "malware printable" | "threat" | "threat type" | "signature" | "campaign" | "mo ta"
        | "ghi chu" | "chu thich" | "chien dich" | "dien giai" => Column::Description,
        "to ids" => Column::ForDetection,
        "id" | "ioc id" | "uuid" | "indicator id" => Column::Id,
        "name" | "title" | "ten" => Column::Name,
        "platform" | "os" | "operating system" | "nen tang" | "he dieu hanh" => Column::Platform,
        "product"
        | "software"
        | "package"
        | "affected product"
        | "san pham"
        | "phan mem"
        | "san pham bi anh huong"
        | "product name"
        | "ten san pham"
        | "ten phan mem" => Column::Product,
        "source" | "reporter" | "feed" | "author" | "provider" | "nguon" | "reference"
        | "references" | "tham khao" => Column::Source,
        "tags" | "tag" | "attribute tag" | "labels" => Column::Tags,
        "tlp" | "traffic light" | "tlp marking" | "marking" => Column::Tlp,
        "type" | "kind" | "indicator type" | "ioc type" | "entity type" | "loai" | "kieu"
        | "loai chi bao" | "loai ioc" | "observable type" => Column::Type,
        "first seen" | "first seen utc" | "firstseen" | "valid from" | "dateadded"
        | "date added" | "lan dau" | "lan dau thay" | "ngay phat hien" | "hieu luc tu" => {
            Column::ValidFrom
        }
        "valid until" | "valid to" | "expires" | "expiration" | "expiration date" | "het han"
        | "hieu luc den" => Column::ValidUntil,
        "value" | "indicator" | "ioc" | "ioc value" | "indicator value" | "observable" | "data"
        | "gia tri" | "chi bao" | "gia tri chi bao" | "gia tri ioc" | "dau hieu"
        | "observable value" | "indicators" | "iocs" => Column::Value,
        "vendor" | "manufacturer" | "nha cung cap" | "hang" | "nha san xuat" => Column::Vendor,
        "version"
        | "versions"
        | "affected versions"
        | "affected version"
        | "affected version s"
        | "phien ban"
        | "phien ban bi anh huong"
        | "cac phien ban" => Column::Version,
        _ => return None,
    })
}

/// The kind of value that a column is named after.
fn word(cell: &str) -> Option<Word> {
    match words(cell).as_str() {
        "dst ip" | "src ip" | "destination ip" | "source ip" | "ip address es" | "remote ip"
        | "dia chi" => Some(Word::Address),
        "c2 domain" | "c2 host" => Some(Word::Domain),
        // Links lead to reports, not to malware.
        "link" => None,
        _ => Word::of(cell),
    }
}
