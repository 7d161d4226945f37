//! Rows waiting to be written, column by column. A column grows only when a row has something for
//! it: most rows fill a third of them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, Field, Int32Type, Schema};

use crate::at;
use crate::columns::{COLUMNS, ColumnKind};
use crate::error::LakeError;
use crate::layout::Read;
use crate::row::Row;
use crate::words::{Keys, Words};

/// The rows of one month.
pub(crate) struct Month {
    columns: Vec<Column>,
    rows: usize,
}

enum Column {
    /// Microseconds, with which of them are there.
    Number(Vec<i64>, Vec<bool>),
    /// Numbers of words from 0; -1 where there is none.
    Word(Vec<i32>),
    /// Where each text ends, and all of them; an empty one is none.
    Text(Vec<i32>, Vec<u8>),
}

impl Default for Month {
    fn default() -> Self {
        let column = |kind| match kind {
            ColumnKind::Time | ColumnKind::Number => Column::Number(Vec::new(), Vec::new()),
            ColumnKind::Word => Column::Word(Vec::new()),
            ColumnKind::Text => Column::Text(vec![0], Vec::new()),
        };
        Self { columns: COLUMNS.iter().map(|known| column(known.kind)).collect(), rows: 0 }
    }
}

impl Month {
    /// Adds a row; returns roughly the bytes that it takes, words left out. The fields of an event are
    /// written straight into their column.
    pub(crate) fn append(
        &mut self,
        row: &Row<'_>,
        keys: &Keys,
        read: Option<&Read<'_>>,
        words: &mut Words,
    ) -> usize {
        let rows = self.rows;
        let mut bytes = 48_usize;
        if let (Some(time), Some(column)) = (row.time, self.columns.get_mut(at::TIME)) {
            column.number(rows, time);
        }
        for place in row.places() {
            let Some(column) = self.columns.get_mut(place) else { continue };
            bytes = bytes.saturating_add(8);
            match column {
                Column::Number(..) => {
                    if let Some(number) = row.number(place) {
                        column.number(rows, number);
                    }
                }
                Column::Word(numbers) => {
                    if numbers.len() < rows {
                        numbers.resize(rows, -1);
                    }
                    let number = i32::try_from(keys.at(place)).unwrap_or(0).saturating_sub(1);
                    numbers.push(number);
                }
                Column::Text(ends, all) => {
                    let text = row.text(place);
                    bytes = bytes.saturating_add(text.len());
                    fill(ends, all, rows);
                    all.extend_from_slice(text.as_bytes());
                    ends.push(end_of(all));
                }
            }
        }
        if let (Some(read), Some(Column::Text(ends, all))) =
            (read, self.columns.get_mut(at::FIELDS))
        {
            let before = all.len();
            make_room(all);
            fill(ends, all, rows);
            read.layout.write_json(read, words, all);
            ends.push(end_of(all));
            bytes = bytes.saturating_add(all.len().saturating_sub(before));
        }
        self.rows = rows.saturating_add(1);
        bytes
    }

    /// An empty one with the memory of rows that nobody else holds any more.
    pub(crate) fn emptied(rows: RecordBatch) -> Self {
        let (_, arrays, _) = rows.into_parts();
        let mut empty = Self::default();
        for (column, array) in empty.columns.iter_mut().zip(arrays) {
            column.take_memory(array);
        }
        empty
    }

    /// All rows, with the words of all columns.
    pub(crate) fn finish(self, words: &[ArrayRef]) -> Result<RecordBatch, LakeError> {
        let mut fields = Vec::with_capacity(COLUMNS.len());
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(COLUMNS.len());
        for (place, (known, column)) in COLUMNS.iter().zip(self.columns).enumerate() {
            let array = column.finish(known.kind, self.rows, words.get(place))?;
            fields.push(Field::new(known.name, array.data_type().clone(), true));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(LakeError::internal)
    }
}

/// Room for much more as soon as it is clear that it will be needed: what grows by doubling is copied to
/// new pages each time, while room that is never filled costs none. From this size on a system moves
/// memory without copying it.
///
/// Bound: a batch has room for few months that are so large, so no more than some hundred MiB of addresses
/// are taken and not used.
fn make_room(all: &mut Vec<u8>) {
    const FROM: usize = 8 << 20;
    const ROOM: usize = 40 << 20;
    if all.len() > FROM && all.capacity() < ROOM {
        all.reserve_exact(ROOM.saturating_sub(all.len()));
    }
}

/// Rows without a text up to here.
fn fill(ends: &mut Vec<i32>, all: &[u8], rows: usize) {
    if ends.len() <= rows {
        ends.resize(rows.saturating_add(1), end_of(all));
    }
}

/// Buffers are written long before they have 2 GiB.
fn end_of(all: &[u8]) -> i32 {
    i32::try_from(all.len()).unwrap_or(i32::MAX)
}

/// The memory of a buffer that nobody else holds.
fn emptied<T: ArrowNativeType>(buffer: Option<Buffer>) -> Vec<T> {
    let mut values = buffer.and_then(|buffer| buffer.into_vec().ok()).unwrap_or_default();
    values.clear();
    values
}

impl Column {
    fn number(&mut self, rows: usize, number: i64) {
        if let Self::Number(numbers, there) = self {
            numbers.resize(rows, 0);
            there.resize(rows, false);
            numbers.push(number);
            there.push(true);
        }
    }

    fn take_memory(&mut self, array: ArrayRef) {
        let data = array.to_data();
        drop(array);
        let buffers = data.buffers().to_vec();
        drop(data);
        let mut buffers = buffers.into_iter();
        let mut next = || buffers.next();
        match self {
            Self::Number(numbers, _) => *numbers = emptied(next()),
            Self::Word(numbers) => *numbers = emptied(next()),
            Self::Text(ends, all) => {
                *ends = emptied(next());
                ends.push(0);
                *all = emptied(next());
            }
        }
    }

    fn finish(
        self,
        kind: ColumnKind,
        rows: usize,
        words: Option<&ArrayRef>,
    ) -> Result<ArrayRef, LakeError> {
        Ok(match self {
            Self::Number(mut numbers, mut there) => {
                numbers.resize(rows, 0);
                there.resize(rows, false);
                let (numbers, there) = (ScalarBuffer::from(numbers), Some(NullBuffer::from(there)));
                if kind == ColumnKind::Time {
                    Arc::new(TimestampMicrosecondArray::new(numbers, there).with_timezone("UTC"))
                } else {
                    Arc::new(Int64Array::new(numbers, there))
                }
            }
            Self::Word(mut numbers) => {
                numbers.resize(rows, -1);
                let there = numbers.iter().map(|number| *number >= 0).collect::<NullBuffer>();
                let keys = Int32Array::new(ScalarBuffer::from(numbers), Some(there));
                let empty = || Arc::new(StringArray::new_null(0)) as ArrayRef;
                let words = words.map_or_else(empty, Arc::clone);
                let array = DictionaryArray::<Int32Type>::try_new(keys, words);
                Arc::new(array.map_err(LakeError::internal)?)
            }
            Self::Text(mut ends, all) => {
                fill(&mut ends, &all, rows);
                let there = ends.windows(2).map(|pair| pair.first() < pair.last());
                let there = there.collect::<NullBuffer>();
                let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
                let array = StringArray::try_new(ends, Buffer::from_vec(all), Some(there));
                Arc::new(array.map_err(LakeError::internal)?)
            }
        })
    }
}
