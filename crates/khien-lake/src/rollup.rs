//! Roll-ups: small tables derived from events, keyed by words, mergeable.
//!
//! A roll-up counts rows by a few words and keeps the first and the last time. Merging two of them
//! is taking the minimum, the maximum and the sum, so files can be made in any order and put
//! together later, and the whole can be made again from `events`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringBuilder, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use indexmap::IndexSet;

use crate::columns::time_type;
use crate::error::LakeError;
use crate::times::hour_of;

/// The most words that a key has.
pub const KEYS_MAX: usize = 7;

/// One derived table.
#[derive(Debug)]
pub struct RollupSpec {
    /// Its name in SQL.
    pub table: &'static str,
    /// Its key columns, in sort order.
    pub keys: &'static [&'static str],
    /// Whether its times are those of the hour. Times are most of the bytes of a large table, and a
    /// question that needs them exactly finds them in the events of that hour.
    pub hourly: bool,
    /// What it answers, for people.
    pub meaning: &'static str,
}

/// An hour in microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// What was seen where: answers "are we hit, since when".
pub static SIGHTINGS: RollupSpec = RollupSpec {
    table: "sightings",
    keys: &["kind", "value", "org", "host"],
    hourly: true,
    meaning: "Which observable was seen on which host: first, last, how often. A path below a temporary folder (Windows' `Temp` and `INetCache`, \
              `/tmp`, `/var/tmp`, `/var/folders`) has a star for each name that looks made up (`*.tmp` names, GUIDs, hexadecimal and other random text): \
              `c:/users/an/appdata/local/temp/*.tmp`. `khien check` looks the exact path up in `events`; a query of your own has to do the same. \
              What retention took out of `events` stays here unless it was told otherwise. \
              `first` and `last` are the beginnings of the hours in which it was seen first and last.",
};

/// What each release of a program does: answers "is that new for it".
pub static BEHAVIOUR: RollupSpec = RollupSpec {
    table: "behaviour",
    keys: &["app", "app_version", "signer", "kind", "value", "org", "host"],
    hourly: true,
    meaning: "What a release of a program did on which host: that it is installed (by an inventory), that it ran, names it talked to, libraries it loaded, files it wrote. \
              Paths below temporary folders have stars, and times are hours, as in `sightings`.",
};

/// What the lake holds: answers "could we have seen it".
pub static COVERAGE: RollupSpec = RollupSpec {
    table: "coverage",
    keys: &["org", "host", "class", "log_product", "log_service", "format"],
    hourly: false,
    meaning: "Which kinds of events there are from which host, from when to when.",
};

/// What kinds of observables the records of a host show: answers "could we have seen such a one".
pub static REACH: RollupSpec = RollupSpec {
    table: "reach",
    keys: &["org", "host", "kind"],
    hourly: false,
    meaning: "Which kinds of observables the records of which host show, from when to when.",
};

/// All of them.
pub static ROLLUPS: [&RollupSpec; 4] = [&SIGHTINGS, &BEHAVIOUR, &COVERAGE, &REACH];

impl RollupSpec {
    /// The schema: keys, then `first`, `last`, `count`.
    pub fn schema(&self) -> SchemaRef {
        let keys = self.keys.iter().map(|name| Field::new(*name, DataType::Utf8, false));
        let rest = [
            Field::new("first", time_type(), true),
            Field::new("last", time_type(), true),
            Field::new("count", DataType::Int64, false),
        ];
        Arc::new(Schema::new(keys.chain(rest).collect::<Vec<_>>()))
    }
}

/// Rows of roll-ups, each with its table's name.
pub type RollupRows = Vec<(&'static str, RecordBatch)>;

/// The words of a row, by number, in the order of the spec's keys.
pub(crate) type Key = [u32; KEYS_MAX];

/// First and last time in microseconds (`MAX` and `MIN` when no row had one), and how many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    first: i64,
    last: i64,
    count: i64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN, count: 0 }
    }
}

impl Tally {
    /// Counts a row.
    pub(crate) fn count(&mut self, time: Option<i64>) {
        self.merge(Self {
            first: time.unwrap_or(i64::MAX),
            last: time.unwrap_or(i64::MIN),
            count: 1,
        });
    }

    fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
    }
}

/// A roll-up being made.
#[derive(Debug)]
pub struct Rollup {
    spec: &'static RollupSpec,
    words: IndexSet<Box<str>, foldhash::fast::RandomState>,
    rows: HashMap<Key, Tally, foldhash::fast::RandomState>,
    word_bytes: usize,
    /// The last word at each place of a key: rows that follow each other have much in common.
    recent: Key,
}

impl Rollup {
    /// An empty one.
    pub fn new(spec: &'static RollupSpec) -> Self {
        Self {
            spec,
            words: IndexSet::default(),
            rows: HashMap::default(),
            word_bytes: 0,
            recent: Key::default(),
        }
    }

    /// Which table it is for.
    pub const fn spec(&self) -> &'static RollupSpec {
        self.spec
    }

    /// How many rows it would have.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Roughly the memory it takes, in bytes.
    pub fn memory_bytes(&self) -> usize {
        // A slot of the table has the key, the tally and a control byte, at three quarters load.
        self.rows
            .capacity()
            .saturating_mul(56)
            .saturating_add(self.words.len().saturating_mul(40))
            .saturating_add(self.word_bytes)
    }

    /// The number of a word, for [`Rollup::add`].
    pub fn word(&mut self, word: &str) -> u32 {
        if let Some(number) = self.words.get_index_of(word) {
            return u32::try_from(number).unwrap_or(u32::MAX);
        }
        self.word_bytes = self.word_bytes.saturating_add(word.len());
        let (number, _) = self.words.insert_full(word.into());
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// As [`Rollup::word`], for a place of the key at which the last word often comes again.
    pub fn word_at(&mut self, place: usize, word: &str) -> u32 {
        let recent = self.recent.get(place).copied().unwrap_or(0);
        if self.words.get_index(recent as usize).is_some_and(|known| **known == *word) {
            return recent;
        }
        let number = self.word(word);
        if let Some(recent) = self.recent.get_mut(place) {
            *recent = number;
        }
        number
    }

    /// Counts `count` rows under a key, given as numbers of words in the order of the spec's keys.
    pub fn add(&mut self, key: &[u32], first: Option<i64>, last: Option<i64>, count: i64) {
        let (first, last) = (first.unwrap_or(i64::MAX), last.unwrap_or(i64::MIN));
        self.merge(key, Tally { first, last, count });
    }

    pub(crate) fn merge(&mut self, key: &[u32], mut tally: Tally) {
        if self.spec.hourly && tally.first != i64::MAX {
            (tally.first, tally.last) = (hour_of(tally.first), hour_of(tally.last));
        }
        let mut whole: Key = [0; KEYS_MAX];
        for (place, word) in whole.iter_mut().zip(key) {
            *place = *word;
        }
        self.rows.entry(whole).or_default().merge(tally);
    }

    /// The rows in key order, and an empty roll-up in place of this one.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`] when columns do not fit together, which would be a defect.
    pub fn take(&mut self) -> Result<RecordBatch, LakeError> {
        let rows = std::mem::take(&mut self.rows);
        self.take_rows(rows.into_iter())
    }

    /// As [`Rollup::take`], with rows that were counted elsewhere, each key once, in numbers of words of
    /// this one.
    pub(crate) fn take_rows(
        &mut self,
        counted: impl Iterator<Item = (Key, Tally)>,
    ) -> Result<RecordBatch, LakeError> {
        let taken = std::mem::replace(self, Self::new(self.spec));
        let mut order: Vec<u32> =
            (0..u32::try_from(taken.words.len()).unwrap_or(u32::MAX)).collect();
        let text = |number: u32| taken.words.get_index(number as usize).map_or("", AsRef::as_ref);
        order.sort_unstable_by(|a, b| text(*a).cmp(text(*b)));
        let mut rank = vec![0_u32; order.len()];
        for (place, number) in (0_u32..).zip(&order) {
            if let Some(slot) = rank.get_mut(*number as usize) {
                *slot = place;
            }
        }
        let width = self.spec.keys.len();
        let ranked = |key: &Key| {
            let mut ranks: Key = [0; KEYS_MAX];
            for (place, word) in ranks.iter_mut().zip(key).take(width) {
                *place = rank.get(*word as usize).copied().unwrap_or(0);
            }
            ranks
        };
        let mut rows: Vec<(Key, Tally)> =
            counted.map(|(key, tally)| (ranked(&key), tally)).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(width + 3);
        for at in 0..width {
            let mut column =
                StringBuilder::with_capacity(rows.len(), rows.len().saturating_mul(16));
            for (key, _) in &rows {
                let number = key.get(at).and_then(|rank| order.get(*rank as usize)).copied();
                column.append_value(number.map_or("", text));
            }
            columns.push(Arc::new(column.finish()));
        }
        let time = |of: fn(&Tally) -> i64, none: i64| {
            let values = rows.iter().map(|(_, tally)| Some(of(tally)).filter(|time| *time != none));
            let times: TimestampMicrosecondArray = values.collect();
            Arc::new(times.with_timezone("UTC")) as ArrayRef
        };
        columns.push(time(|tally| tally.first, i64::MAX));
        columns.push(time(|tally| tally.last, i64::MIN));
        columns.push(Arc::new(rows.iter().map(|(_, tally)| tally.count).collect::<Int64Array>()));
        RecordBatch::try_new(self.spec.schema(), columns).map_err(LakeError::internal)
    }
}

#[cfg(test)]
mod tests;
