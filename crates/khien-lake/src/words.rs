//! The words of columns: each text once, told by a number.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use indexmap::IndexSet;
use khien_model::Scalar;

use crate::columns::{COLUMNS, ColumnKind};
use crate::row::Row;

/// The words of all columns whose texts repeat.
#[derive(Debug)]
pub(crate) struct Words {
    columns: [Column; COLUMNS.len()],
    bytes: usize,
}

impl Default for Words {
    fn default() -> Self {
        Self { columns: std::array::from_fn(|_| Column::default()), bytes: 0 }
    }
}

#[derive(Debug, Default)]
struct Column {
    words: IndexSet<Box<str>, foldhash::fast::RandomState>,
    /// The last word met: rows that follow each other have much in common.
    recent: u32,
    /// Words as literals of JSON, made when asked for.
    literals: Vec<Box<[u8]>>,
}

/// The words of one row by column: their number from 1, or 0 where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys([u32; COLUMNS.len()]);

impl Keys {
    pub(crate) fn at(&self, place: usize) -> u32 {
        self.0.get(place).copied().unwrap_or(0)
    }
}

impl Words {
    /// The words of a row.
    pub(crate) fn keys(&mut self, row: &Row<'_>) -> Keys {
        let mut keys = Keys([0; COLUMNS.len()]);
        for place in row.places() {
            if COLUMNS.get(place).is_some_and(|column| column.kind == ColumnKind::Word)
                && let Some(slot) = keys.0.get_mut(place)
            {
                *slot = self.key(place, row.text(place));
            }
        }
        keys
    }

    fn key(&mut self, place: usize, text: &str) -> u32 {
        let Some(column) = self.columns.get_mut(place) else { return 0 };
        let recent = column.words.get_index(column.recent as usize);
        if recent.is_none_or(|recent| **recent != *text) {
            let number = match column.words.get_index_of(text) {
                Some(number) => number,
                None => {
                    self.bytes = self.bytes.saturating_add(text.len().saturating_add(64));
                    column.words.insert_full(text.into()).0
                }
            };
            column.recent = u32::try_from(number).unwrap_or(u32::MAX);
        }
        column.recent.saturating_add(1)
    }

    /// The text of a word, or empty for 0.
    pub(crate) fn text(&self, place: usize, key: u32) -> &str {
        let number = key.checked_sub(1).map(|number| number as usize);
        let column = self.columns.get(place);
        column.and_then(|column| column.words.get_index(number?)).map_or("", AsRef::as_ref)
    }

    /// Appends a word as a literal of JSON.
    pub(crate) fn write_json(&mut self, place: usize, key: u32, out: &mut Vec<u8>) {
        let Some(column) = self.columns.get_mut(place) else { return };
        let number = key.saturating_sub(1) as usize;
        if column.literals.len() <= number {
            column.literals.resize(column.words.len(), Box::default());
        }
        let (Some(literal), Some(word)) =
            (column.literals.get_mut(number), column.words.get_index(number))
        else {
            return;
        };
        if literal.is_empty() {
            let mut made = Vec::with_capacity(word.len().saturating_add(8));
            Scalar::Str(word).write_json(&mut made);
            self.bytes = self.bytes.saturating_add(made.len());
            *literal = made.into();
        }
        out.extend_from_slice(literal);
    }

    /// Roughly the memory that they take, in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The words of each column as an array, in the order of their numbers.
    pub(crate) fn arrays(&self) -> Vec<ArrayRef> {
        let array = |column: &Column| -> ArrayRef {
            let words = column.words.iter().map(|word| Some(word.as_ref()));
            Arc::new(words.collect::<StringArray>())
        };
        self.columns.iter().map(array).collect()
    }
}
