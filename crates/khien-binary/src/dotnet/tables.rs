//! The metadata of a .NET module: heaps and tables.
//!
//! Source: ECMA-335 (6th edition), partition II, chapters 22 and 24. Own reading, because the table
//! layout is small and the public reader panics on damaged input.

use crate::fields::Fields;
use crate::names::{Names, zero_terminated};

/// Tables that are read here.
pub(super) const MODULE: u8 = 0x00;
pub(super) const TYPE_REF: u8 = 0x01;
pub(super) const TYPE_DEF: u8 = 0x02;
pub(super) const FIELD: u8 = 0x04;
pub(super) const METHOD_PTR: u8 = 0x05;
pub(super) const METHOD_DEF: u8 = 0x06;
pub(super) const MEMBER_REF: u8 = 0x0A;
pub(super) const MODULE_REF: u8 = 0x1A;
pub(super) const TYPE_SPEC: u8 = 0x1B;
pub(super) const IMPL_MAP: u8 = 0x1C;
pub(super) const ASSEMBLY: u8 = 0x20;
pub(super) const ASSEMBLY_REF: u8 = 0x23;
pub(super) const NESTED_CLASS: u8 = 0x29;
pub(super) const METHOD_SPEC: u8 = 0x2B;

/// One column.
#[derive(Clone, Copy)]
enum Column {
    /// Two bytes.
    U2,
    /// Four bytes.
    U4,
    /// Index into `#Strings`.
    Text,
    /// Index into `#GUID`.
    Guid,
    /// Index into `#Blob`.
    Blob,
    /// Row of a table.
    Row(u8),
    /// Row of one of several tables; the lowest bits say of which.
    Coded(&'static [u8]),
}

use Column::{Blob, Coded, Guid, Row, Text, U2, U4};

/// No table has this number; it holds a place in a coded index.
const NONE: u8 = 0xFF;

pub(super) const TYPE_DEF_OR_REF: &[u8] = &[TYPE_DEF, TYPE_REF, TYPE_SPEC];
pub(super) const MEMBER_REF_PARENT: &[u8] =
    &[TYPE_DEF, TYPE_REF, MODULE_REF, METHOD_DEF, TYPE_SPEC];
pub(super) const METHOD_DEF_OR_REF: &[u8] = &[METHOD_DEF, MEMBER_REF];
pub(super) const MEMBER_FORWARDED: &[u8] = &[FIELD, METHOD_DEF];
pub(super) const RESOLUTION_SCOPE: &[u8] = &[MODULE, MODULE_REF, ASSEMBLY_REF, TYPE_REF];
const HAS_CONSTANT: &[u8] = &[0x04, 0x08, 0x17];
const HAS_ATTRIBUTE: &[u8] = &[
    0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0A, 0x00, 0x0E, 0x17, 0x14, 0x11, 0x1A, 0x1B, 0x20, 0x23,
    0x26, 0x27, 0x28, 0x2A, 0x2C, 0x2B,
];
const ATTRIBUTE_TYPE: &[u8] = &[NONE, NONE, METHOD_DEF, MEMBER_REF, NONE];
const IMPLEMENTATION: &[u8] = &[0x26, ASSEMBLY_REF, 0x27];

/// Columns of all tables by number (II.22).
const SCHEMA: [&[Column]; 0x2D] = [
    &[U2, Text, Guid, Guid, Guid],
    &[Coded(RESOLUTION_SCOPE), Text, Text],
    &[U4, Text, Text, Coded(TYPE_DEF_OR_REF), Row(FIELD), Row(METHOD_DEF)],
    &[Row(FIELD)],
    &[U2, Text, Blob],
    &[Row(METHOD_DEF)],
    &[U4, U2, U2, Text, Blob, Row(0x08)],
    &[Row(0x08)],
    &[U2, U2, Text],
    &[Row(TYPE_DEF), Coded(TYPE_DEF_OR_REF)],
    &[Coded(MEMBER_REF_PARENT), Text, Blob],
    &[U2, Coded(HAS_CONSTANT), Blob],
    &[Coded(HAS_ATTRIBUTE), Coded(ATTRIBUTE_TYPE), Blob],
    &[Coded(&[0x04, 0x08]), Blob],
    &[U2, Coded(&[TYPE_DEF, METHOD_DEF, ASSEMBLY]), Blob],
    &[U2, U4, Row(TYPE_DEF)],
    &[U4, Row(FIELD)],
    &[Blob],
    &[Row(TYPE_DEF), Row(0x14)],
    &[Row(0x14)],
    &[U2, Text, Coded(TYPE_DEF_OR_REF)],
    &[Row(TYPE_DEF), Row(0x17)],
    &[Row(0x17)],
    &[U2, Text, Blob],
    &[U2, Row(METHOD_DEF), Coded(&[0x14, 0x17])],
    &[Row(TYPE_DEF), Coded(METHOD_DEF_OR_REF), Coded(METHOD_DEF_OR_REF)],
    &[Text],
    &[Blob],
    &[U2, Coded(MEMBER_FORWARDED), Text, Row(MODULE_REF)],
    &[U4, Row(FIELD)],
    &[U4, U4],
    &[U4],
    &[U4, U2, U2, U2, U2, U4, Blob, Text, Text],
    &[U4],
    &[U4, U4, U4],
    &[U2, U2, U2, U2, U4, Blob, Text, Text, Blob],
    &[U4, Row(ASSEMBLY_REF)],
    &[U4, U4, U4, Row(ASSEMBLY_REF)],
    &[U4, Text, Blob],
    &[U4, U4, Text, Text, Coded(IMPLEMENTATION)],
    &[U4, U4, Text, Coded(IMPLEMENTATION)],
    &[Row(TYPE_DEF), Row(TYPE_DEF)],
    &[U2, U2, Coded(&[TYPE_DEF, METHOD_DEF]), Text],
    &[Coded(METHOD_DEF_OR_REF), Blob],
    &[Row(0x2A), Coded(TYPE_DEF_OR_REF)],
];

/// Where a table lies.
#[derive(Clone, Debug, Default)]
struct Table {
    offset: u64,
    rows: u32,
    row_size: u64,
    /// Offset and width of each column within a row.
    columns: Vec<(u64, u8)>,
}

/// Heaps and tables of one module.
#[derive(Debug)]
pub(super) struct Tables<'a> {
    bytes: Fields<'a>,
    strings: &'a [u8],
    blobs: &'a [u8],
    user_strings: &'a [u8],
    tables: Vec<Table>,
}

impl<'a> Tables<'a> {
    /// Reads the metadata root and the layout of all tables.
    ///
    /// # Errors
    ///
    /// What was wrong, in words: the file's doing.
    pub(super) fn read(metadata: &'a [u8]) -> Result<Self, &'static str> {
        let root = Fields { bytes: metadata, big: false, wide: false };
        if root.u32(0) != Some(0x424A_5342) {
            return Err("no .NET metadata where the CLI header points");
        }
        let version = u64::from(root.u32(12).ok_or("metadata root")?);
        let mut at = version.next_multiple_of(4) + 16;
        let count = root.u16(at + 2).ok_or("metadata root")?;
        at += 4;
        let (mut stream, mut strings, mut blobs, mut user) = (None, None, None, None);
        for _ in 0..count.min(64) {
            let (offset, size) =
                root.u32(at).zip(root.u32(at + 4)).ok_or("metadata stream header")?;
            let start = usize::try_from(at + 8).map_err(|_| "metadata stream header")?;
            let name = zero_terminated(metadata, start).ok_or("metadata stream header")?;
            let length = u64::try_from(name.len()).map_err(|_| "metadata stream header")?;
            at = (at + 8 + length + 1).next_multiple_of(4);
            let bytes = root.slice(offset.into(), size.into());
            let place = match name {
                b"#~" | b"#-" => &mut stream,
                b"#Strings" => &mut strings,
                b"#Blob" => &mut blobs,
                b"#US" => &mut user,
                _ => continue,
            };
            *place = place.or(Some(bytes.ok_or("a metadata stream lies outside the metadata")?));
        }
        let mut tables = Self {
            bytes: root.over(stream.ok_or("no metadata tables")?),
            strings: strings.unwrap_or_default(),
            blobs: blobs.unwrap_or_default(),
            user_strings: user.unwrap_or_default(),
            tables: vec![Table::default(); SCHEMA.len()],
        };
        tables.lay_out()?;
        Ok(tables)
    }

    /// Finds each table: they follow one another, so one wrong width would move all the rest.
    fn lay_out(&mut self) -> Result<(), &'static str> {
        const SHORT: &str = "metadata table header";
        let heaps = self.bytes.u8(6).ok_or(SHORT)?;
        let present = self.bytes.u64(8).ok_or(SHORT)?;
        if present >> SCHEMA.len() != 0 {
            return Err("unknown metadata tables");
        }
        let mut at = 24_u64;
        for (number, table) in self.tables.iter_mut().enumerate() {
            if present >> number & 1 != 0 {
                table.rows = self.bytes.u32(at).ok_or(SHORT)?;
                at += 4;
            }
        }
        // An undocumented flag of edit-and-continue: four more bytes.
        if heaps & 0x40 != 0 {
            at += 4;
        }
        let rows: Vec<u32> = self.tables.iter().map(|table| table.rows).collect();
        let rows_of = |table: u8| rows.get(usize::from(table)).copied().unwrap_or(0);
        let heap = |bit: u8| if heaps & bit != 0 { 4 } else { 2 };
        for (table, schema) in self.tables.iter_mut().zip(SCHEMA) {
            for column in schema {
                let width = match column {
                    U2 => 2,
                    U4 => 4,
                    Text => heap(1),
                    Guid => heap(2),
                    Blob => heap(4),
                    Row(of) => {
                        if rows_of(*of) > 0xFFFF {
                            4
                        } else {
                            2
                        }
                    }
                    Coded(of) => {
                        let most = of.iter().map(|table| rows_of(*table)).max().unwrap_or(0);
                        if most >= 1 << (16 - tag_bits(of)) { 4 } else { 2 }
                    }
                };
                table.columns.push((table.row_size, width));
                table.row_size += u64::from(width);
            }
            table.offset = at;
            at += table.row_size * u64::from(table.rows);
        }
        let len = u64::try_from(self.bytes.bytes.len()).unwrap_or(0);
        if at > len { Err("metadata tables run past their stream") } else { Ok(()) }
    }

    /// Rows of a table.
    pub(super) fn rows(&self, table: u8) -> u32 {
        self.tables.get(usize::from(table)).map_or(0, |table| table.rows)
    }

    /// A column of a row; rows count from 1. `None` outside the table.
    pub(super) fn value(&self, table: u8, row: u32, column: usize) -> Option<u32> {
        let table = self.tables.get(usize::from(table))?;
        let row = row.checked_sub(1).filter(|row| *row < table.rows)?;
        let (offset, width) = *table.columns.get(column)?;
        let at = table.offset + u64::from(row) * table.row_size + offset;
        if width == 2 { self.bytes.u16(at).map(u32::from) } else { self.bytes.u32(at) }
    }

    /// A coded index: table and row. `None` for the null index and for tables that do not exist.
    pub(super) fn coded(&self, table: u8, row: u32, column: usize, of: &[u8]) -> Option<(u8, u32)> {
        decode(self.value(table, row, column)?, of)
    }

    /// The string that a column names, as bytes.
    pub(super) fn text(&self, table: u8, row: u32, column: usize) -> Option<&'a [u8]> {
        zero_terminated(self.strings, usize::try_from(self.value(table, row, column)?).ok()?)
    }

    /// As [`Self::text`], charged to a share of names.
    pub(super) fn name(
        &self,
        table: u8,
        row: u32,
        column: usize,
        names: &mut Names,
    ) -> Option<String> {
        names.take_at(self.strings, self.value(table, row, column)?.into())
    }

    /// The blob that a column names.
    pub(super) fn blob(&self, table: u8, row: u32, column: usize) -> Option<&'a [u8]> {
        sized(self.blobs, self.value(table, row, column)?)
    }

    /// A string of the program (`ldstr`), in UTF-16 with its last byte of flags.
    pub(super) fn user_string(&self, offset: u32) -> Option<&'a [u8]> {
        sized(self.user_strings, offset)
    }
}

/// Splits a coded index.
pub(super) fn decode(value: u32, of: &[u8]) -> Option<(u8, u32)> {
    let bits = tag_bits(of);
    let tag = usize::try_from(value & ((1 << bits) - 1)).ok()?;
    let table = of.get(tag).copied().filter(|table| *table != NONE)?;
    Some((table, value >> bits)).filter(|(_, row)| *row > 0)
}

/// Bits that tell the tables of a coded index apart.
const fn tag_bits(of: &[u8]) -> u32 {
    of.len().next_power_of_two().trailing_zeros()
}

/// A run of bytes with its compressed length in front (II.24.2.4).
fn sized(heap: &[u8], offset: u32) -> Option<&[u8]> {
    let rest = heap.get(usize::try_from(offset).ok()?..)?;
    let (len, rest) = compressed(rest)?;
    rest.get(..usize::try_from(len).ok()?)
}

/// A compressed unsigned number (II.23.2) and what follows it.
pub(super) fn compressed(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match *bytes {
        [first @ 0..=0x7F, ref rest @ ..] => Some((first.into(), rest)),
        [first @ 0x80..=0xBF, second, ref rest @ ..] => {
            Some((u32::from(first & 0x3F) << 8 | u32::from(second), rest))
        }
        [first @ 0xC0..=0xDF, second, third, fourth, ref rest @ ..] => {
            Some((u32::from_be_bytes([first & 0x1F, second, third, fourth]), rest))
        }
        _ => None,
    }
}
