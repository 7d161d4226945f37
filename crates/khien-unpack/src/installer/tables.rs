//! Tables of a Windows Installer database: names of streams, the string pool, columns and rows.
//!
//! The layout is not published; it is as the `msi` crate and Wine's `dlls/msi` describe it. Read
//! here and not with that crate, which rejects a whole database for one odd column: an auditor has
//! to show what it can of a crooked one.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::field::{self, piece, u16_le, u32_le};

/// What one string of the pool may be; the pool is outside text.
const STRING_BYTES_MAX: u64 = 1 << 20;
/// The text of one table.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// Rows of one table and columns of one table that are read.
const ROWS_MAX: u64 = 1 << 20;
const COLUMNS_MAX: usize = 64;

/// The name of a stream in clear, and whether it is a table.
///
/// Two characters of a 64-letter alphabet are packed into one character at U+3800 and up.
pub(crate) fn stream_name(stored: &str) -> (String, bool) {
    let letter = |value: u32| {
        char::from(match value & 63 {
            v @ 0..=9 => b'0' + u8::try_from(v).unwrap_or(0),
            v @ 10..=35 => b'A' - 10 + u8::try_from(v).unwrap_or(10),
            v @ 36..=61 => b'a' - 36 + u8::try_from(v).unwrap_or(36),
            62 => b'.',
            _ => b'_',
        })
    };
    let mut name = String::new();
    let mut table = false;
    for (at, c) in stored.chars().enumerate() {
        match u32::from(c) {
            0x4840 if at == 0 => table = true,
            v @ 0x3800..0x4800 => {
                name.push(letter(v - 0x3800));
                name.push(letter((v - 0x3800) >> 6));
            }
            v @ 0x4800..0x4840 => name.push(letter(v - 0x4800)),
            _ => name.push(c),
        }
    }
    (name, table)
}

/// One value of a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Value {
    Null,
    Number(i32),
    Text(Arc<str>),
    /// The row has a stream of its own.
    Stream,
}

impl Value {
    /// As text; empty for nothing.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Stream => "[stream]".to_owned(),
        }
    }
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    kind: u16,
}

impl Column {
    const KEY: u16 = 0x2000;

    fn is_stream(&self) -> bool {
        self.kind & !0x1000 == 0x0900 || self.kind & 0x0FFF == 0x0900
    }

    const fn is_text(&self) -> bool {
        self.kind & 0x0800 != 0
    }

    fn width(&self, reference: u64) -> u64 {
        if self.is_stream() {
            2
        } else if self.is_text() {
            reference
        } else if self.kind & 0xFF <= 2 {
            2
        } else {
            4
        }
    }
}

/// One table: its columns' names and its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Value>>,
    /// The stream's length is not a whole number of rows.
    pub(crate) ragged: bool,
}

impl Table {
    /// The value of a column by name in a row of this table, as text; empty where there is none.
    pub(crate) fn text(&self, row: &[Value], column: &str) -> String {
        self.value(row, column).map(Value::text).unwrap_or_default()
    }

    /// The value of a column as a number.
    pub(crate) fn number(&self, row: &[Value], column: &str) -> Option<i32> {
        match self.value(row, column)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn value<'r>(&self, row: &'r [Value], column: &str) -> Option<&'r Value> {
        row.get(self.columns.iter().position(|c| c.name == column)?)
    }

    /// Names and values of a row.
    pub(crate) fn named(&self, row: &[Value]) -> Vec<(String, String)> {
        self.columns.iter().zip(row).map(|(c, v)| (c.name.clone(), v.text())).collect()
    }

    /// Names of the streams that a row owns: the table's name and the row's keys.
    pub(crate) fn stream_of(&self, name: &str, row: &[Value]) -> Option<String> {
        row.iter().find(|v| **v == Value::Stream)?;
        let mut stream = name.to_owned();
        for (column, value) in self.columns.iter().zip(row) {
            if column.kind & Column::KEY != 0 {
                stream.push('.');
                stream.push_str(&value.text());
            }
        }
        Some(stream)
    }

    /// The table as lines of tab-separated text, the columns' names first, rows sorted: row order
    /// in the file means nothing.
    pub(crate) fn as_text(&self) -> String {
        let clean =
            |text: String| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
        let mut lines: Vec<String> = Vec::new();
        let mut left = TEXT_BYTES_MAX;
        for row in &self.rows {
            let line = row.iter().map(|v| clean(v.text())).collect::<Vec<_>>().join("\t");
            // Bound: a row may name one long string many times.
            let Some(rest) = left.checked_sub(line.len()) else { break };
            left = rest;
            lines.push(line);
        }
        lines.sort_unstable();
        let names: Vec<_> = self.columns.iter().map(|c| clean(c.name.clone())).collect();
        lines.insert(0, names.join("\t"));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// All tables of a database.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) by_name: BTreeMap<String, Table>,
    /// Names in `_Tables` (and the tables of tables themselves).
    pub(crate) listed: HashSet<String>,
    /// What was wrong, in words.
    pub(crate) trouble: Vec<String>,
}

/// Table streams by their clear names.
pub(crate) type TableStreams<'a> = BTreeMap<String, std::borrow::Cow<'a, [u8]>>;

/// Reads the tables out of their streams.
///
/// # Errors
///
/// A sentence where there is no string pool to read anything with.
pub(crate) fn read(streams: &TableStreams<'_>) -> Result<Tables, &'static str> {
    let pool = streams.get("_StringPool").ok_or("no string pool")?;
    let data = streams.get("_StringData").ok_or("no string data")?;
    let pool = StringPool::read(pool, data)?;
    let mut tables = Tables::default();
    let list = [column("Name", 0x2D40)];
    if let Some(stream) = streams.get("_Tables") {
        let table = rows(&pool, &list, stream);
        tables.listed = table.rows.iter().filter_map(|r| r.first()).map(Value::text).collect();
        tables.by_name.insert("_Tables".to_owned(), table);
    }
    let columns = [
        column("Table", 0x2D40),
        column("Number", 0x2502),
        column("Name", 0x0D40),
        column("Type", 0x0502),
    ];
    let mut schemas: BTreeMap<String, BTreeMap<i32, Column>> = BTreeMap::new();
    if let Some(stream) = streams.get("_Columns") {
        let table = rows(&pool, &columns, stream);
        for row in &table.rows {
            let [Value::Text(name), Value::Number(at), column, Value::Number(kind)] = &row[..]
            else {
                continue;
            };
            let kind = u16::try_from(*kind & 0xFFFF).unwrap_or(0);
            let column = Column { name: column.text(), kind };
            schemas.entry(name.to_string()).or_default().insert(*at & 0x7FFF, column);
        }
        tables.by_name.insert("_Columns".to_owned(), table);
    }
    for (name, schema) in schemas {
        let Some(stream) = streams.get(&name) else { continue };
        if schema.len() > COLUMNS_MAX {
            tables.trouble.push(format!("table {name} has more than {COLUMNS_MAX} columns"));
        }
        let schema: Vec<Column> = schema.into_values().take(COLUMNS_MAX).collect();
        let table = rows(&pool, &schema, stream);
        if u64::try_from(table.rows.len()).is_ok_and(|rows| rows >= ROWS_MAX) {
            tables.trouble.push(format!("table {name} has {ROWS_MAX} rows or more"));
        }
        if table.ragged {
            tables.trouble.push(format!("table {name} is not a whole number of rows"));
        }
        tables.by_name.insert(name, table);
    }
    Ok(tables)
}

fn column(name: &str, kind: u16) -> Column {
    Column { name: name.to_owned(), kind }
}

/// Rows of a table: columns are stored one after the other.
fn rows(pool: &StringPool, columns: &[Column], stream: &[u8]) -> Table {
    let width: u64 = columns.iter().map(|c| c.width(pool.reference)).sum();
    let mut table = Table { columns: columns.to_vec(), ..Table::default() };
    if width == 0 {
        return table;
    }
    let count = (field::len(stream) / width).min(ROWS_MAX);
    table.ragged = count * width != field::len(stream);
    for row in 0..count {
        let mut at = 0;
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            let width = column.width(pool.reference);
            let stored = piece(stream, at + row * width, width).unwrap_or_default();
            values.push(pool.value(column, stored));
            at += count * width;
        }
        table.rows.push(values);
    }
    table
}

#[derive(Debug)]
struct StringPool {
    /// Shared: a row costs a reference, however long the string.
    strings: Vec<Arc<str>>,
    /// Bytes of a reference into the pool.
    reference: u64,
}

impl StringPool {
    fn read(pool: &[u8], data: &[u8]) -> Result<Self, &'static str> {
        let head = u32_le(pool, 0).ok_or("string pool without a header")?;
        let page = i32::try_from(head & 0x7FFF_FFFF).unwrap_or(0);
        let page = msi::CodePage::from_id(page).unwrap_or_default();
        let reference = if head & 0x8000_0000 == 0 { 2 } else { 3 };
        // String 0 is the null string.
        let mut strings: Vec<Arc<str>> = vec!["".into()];
        let (mut at, mut from) = (4, 0);
        while let (Some(low), Some(count)) = (u16_le(pool, at), u16_le(pool, at + 2)) {
            at += 4;
            let mut len = u64::from(low);
            if low == 0 && count != 0 {
                // A long string: its length is in the next place, its use count in this one.
                let Some(long) = u32_le(pool, at) else { break };
                at += 4;
                len = u64::from(long);
            }
            let stored = piece(data, from, len).unwrap_or_else(|| field::from(data, from));
            let shown = stored.get(..usize::try_from(STRING_BYTES_MAX).unwrap_or(0));
            strings.push(page.decode(shown.unwrap_or(stored)).into());
            from = from.saturating_add(len);
        }
        Ok(Self { strings, reference })
    }

    fn value(&self, column: &Column, stored: &[u8]) -> Value {
        let number = stored.iter().rev().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        if number == 0 {
            return Value::Null;
        }
        if column.is_stream() {
            return Value::Stream;
        }
        if column.is_text() {
            let index = usize::try_from(number).unwrap_or(usize::MAX);
            return self.strings.get(index).map_or(Value::Null, |s| Value::Text(s.clone()));
        }
        // Numbers are stored with their highest bit turned, so that zero can mean null.
        Value::Number(if stored.len() == 2 {
            i32::from((u16::try_from(number).unwrap_or(0) ^ 0x8000).cast_signed())
        } else {
            (number ^ 0x8000_0000).cast_signed()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_out_of_the_packed_alphabet() {
        // "\u{4840}\u{3f3f}..." is how every MSI stores its tables; these are `_Tables` and a plain one.
        assert_eq!(
            stream_name("\u{5}DigitalSignature"),
            ("\u{5}DigitalSignature".to_owned(), false)
        );
        let stored = "\u{4840}\u{3f7f}\u{4164}\u{422f}\u{4836}";
        assert_eq!(stream_name(stored), ("_Tables".to_owned(), true));
    }
}
