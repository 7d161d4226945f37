//! Events to rows: a buffer of columns, and beside it the roll-ups of the same rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use khien_model::{Event, EventClass, LogSource, Timestamp};

use crate::at;
use crate::buffer::Month;
use crate::columns::{
    COLUMNS, ColumnKind, DEAD_CLASS, SOURCE_CLASS, class_word, month_number, month_text,
};
use crate::derive::Derived;
use crate::error::LakeError;
use crate::layout::{Layout, Layouts, Read, Taken, number, text};
use crate::program::{Hashes, Programs, Said};
use crate::rollup::RollupRows;
use crate::words::{Keys, Words};

/// Where the rows that follow come from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The organisation.
    pub org: String,
    /// The host, for records that do not name one themselves.
    pub host: String,
    /// The source's id: the same bytes read in the same way have the same one.
    pub source: String,
    /// The format, as a word.
    pub format: String,
}

/// One finding to be stored beside the events.
#[derive(Clone, Debug)]
pub struct FoundRow<'a> {
    /// When.
    pub time: Option<Timestamp>,
    /// On which host.
    pub host: &'a str,
    /// A rule's id, or that of an indicator.
    pub rule: &'a str,
    /// In words.
    pub title: &'a str,
    /// How bad.
    pub severity: &'a str,
    /// More, as a flat JSON object.
    pub fields: &'a str,
    /// The record it was found in.
    pub record: u64,
}

/// Rows of one month, ready to be written.
#[derive(Debug)]
pub struct MonthRows {
    /// The month as `2026-03`, or empty for rows without a time.
    pub month: String,
    /// The rows, in the order they came; words as dictionaries.
    pub rows: RecordBatch,
}

/// Takes events and gives columns.
#[derive(Default)]
pub struct RowBuffer {
    months: Months,
    derived: Derived,
    layouts: Layouts,
    taken: Taken,
    programs: Programs,
    /// The categories of a log source, and that source.
    categories: String,
    source: Option<Arc<LogSource>>,
}

/// The rows of all months.
#[derive(Default)]
struct Months {
    months: HashMap<i32, Month, foldhash::fast::RandomState>,
    words: Words,
    bytes: usize,
    rows: usize,
    /// Empty ones with the memory of those that were written: a system takes more time to give a
    /// page than a row takes to fill it.
    spare: Vec<Month>,
}

/// One row, column by column; text is borrowed. Unset columns are empty.
#[derive(Clone)]
pub struct Row<'a> {
    texts: [&'a str; COLUMNS.len()],
    numbers: [Option<i64>; COLUMNS.len()],
    /// The field of the event that a text was taken from, and one.
    from: [u16; COLUMNS.len()],
    /// The places that were set, a bit each.
    set: u64,
    /// When it happened, in microseconds.
    pub time: Option<i64>,
}

const _: () = assert!(COLUMNS.len() <= u64::BITS as usize, "a bit for each column");

impl Default for Row<'_> {
    fn default() -> Self {
        Self {
            texts: [""; COLUMNS.len()],
            numbers: [None; COLUMNS.len()],
            from: [0; COLUMNS.len()],
            set: 0,
            time: None,
        }
    }
}

impl<'a> Row<'a> {
    /// Sets the text of the column at this place of [`COLUMNS`].
    pub fn set(&mut self, place: usize, text: &'a str) {
        if let Some(slot) = self.texts.get_mut(place) {
            *slot = text;
            self.mark(place, !text.is_empty());
        }
    }

    /// Sets the text of a column to that of a field of the event at hand.
    fn set_from(&mut self, place: usize, found: Option<(u16, &'a str)>) {
        let (field, text) = found.map_or((0, ""), |(field, text)| (field.saturating_add(1), text));
        self.set(place, text);
        if let Some(slot) = self.from.get_mut(place) {
            *slot = field;
        }
    }

    /// The field that a text was taken from.
    fn field_of(&self, place: usize) -> Option<u16> {
        self.from.get(place)?.checked_sub(1)
    }

    fn mark(&mut self, place: usize, is_set: bool) {
        let bit = 1_u64 << place;
        self.set = if is_set { self.set | bit } else { self.set & !bit };
    }

    /// The places that hold something, but for the time.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        let mut left = self.set;
        std::iter::from_fn(move || {
            let place = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(place)
        })
    }

    /// Sets a number.
    pub fn set_number(&mut self, place: usize, number: Option<i64>) {
        if let Some(slot) = self.numbers.get_mut(place) {
            *slot = number;
            self.mark(place, number.is_some());
        }
    }

    /// The number of a column.
    pub fn number(&self, place: usize) -> Option<i64> {
        self.numbers.get(place).copied().flatten()
    }

    /// The text of a column, or empty.
    pub fn text(&self, place: usize) -> &'a str {
        self.texts.get(place).copied().unwrap_or("")
    }
}

impl RowBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows waiting.
    pub const fn rows(&self) -> usize {
        self.months.rows
    }

    /// Roughly the memory that the waiting rows take, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let rows = self.months.bytes.saturating_add(self.months.words.bytes());
        rows.saturating_add(self.derived.memory_bytes()).saturating_add(self.layouts.memory_bytes())
    }

    /// Observables left out of records with too many, since the buffer was made.
    pub const fn observables_left_out(&self) -> u64 {
        self.derived.left_out
    }

    /// Adds an event.
    pub fn event(&mut self, event: &Event, origin: &Origin, record: u64) {
        self.name_categories(event);
        let layout = self.layouts.of(event);
        let hashes = Hashes::of(event, &layout.hashes);
        let program = self.programs.of(event, &layout, host_of(event, origin));
        let mut row = Row { time: event.time.map(micros), ..Row::default() };
        fill(&mut row, event, origin, &layout, &hashes, program);
        row.set(at::LOG_CATEGORY, &self.categories);
        row.set_number(at::RECORD, i64::try_from(record).ok());
        let keys = self.months.words.keys(&row);
        self.taken.begin(event.len());
        for place in row.places().filter(|place| keys.at(*place) != 0) {
            if let Some(field) = row.field_of(place) {
                self.taken.take(field, place, keys.at(place));
            }
        }
        let read = Read { event, layout: &layout, taken: &self.taken };
        self.months.append(&row, &keys, Some(&read));
        self.derived.keyed(&row, &keys, &self.months.words, Some(&read));
    }

    fn name_categories(&mut self, event: &Event) {
        if self.source.as_ref().is_some_and(|source| Arc::ptr_eq(source, &event.source)) {
            return;
        }
        self.categories.clear();
        for category in event.source.categories() {
            if !self.categories.is_empty() {
                self.categories.push(',');
            }
            self.categories.push_str(category);
        }
        self.source = Some(Arc::clone(&event.source));
    }

    /// Adds a row whose columns the caller set; its observables are those of its typed columns.
    pub fn typed(&mut self, row: &Row<'_>) {
        let keys = self.months.words.keys(row);
        self.months.append(row, &keys, None);
        self.derived.keyed(row, &keys, &self.months.words, None);
    }

    /// Adds a finding.
    pub fn finding(&mut self, found: &FoundRow<'_>, origin: &Origin) {
        let mut row = bare(origin, class_word(EventClass::Finding));
        row.time = found.time.map(micros);
        if !found.host.is_empty() {
            row.set(at::HOST, found.host);
        }
        // A rule is what tells our findings from those of products, so there must be one.
        let named = [found.rule, found.title, "-"].into_iter().find(|name| !name.is_empty());
        row.set(at::RULE, named.unwrap_or("-"));
        row.set(at::TITLE, found.title);
        row.set(at::SEVERITY, found.severity);
        row.set(at::FIELDS, found.fields);
        row.set_number(at::RECORD, i64::try_from(found.record).ok());
        self.months.bare(&row);
    }

    /// Adds a record that could not be read; `fields` says where and why.
    pub fn dead(&mut self, origin: &Origin, title: &str, fields: &str, record: u64) {
        let mut row = bare(origin, DEAD_CLASS);
        row.set(at::TITLE, title);
        row.set(at::FIELDS, fields);
        row.set_number(at::RECORD, i64::try_from(record).ok());
        self.months.bare(&row);
    }

    /// Adds the row that says that a source was read to its end.
    pub fn source(
        &mut self,
        origin: &Origin,
        read_at: Timestamp,
        name: &str,
        fields: &str,
        records: u64,
    ) {
        let mut row = bare(origin, SOURCE_CLASS);
        row.time = Some(micros(read_at));
        row.set(at::TITLE, name);
        row.set(at::FIELDS, fields);
        row.set_number(at::RECORD, i64::try_from(records).ok());
        self.months.bare(&row);
    }

    /// All rows by month, and the roll-ups over them; the buffer is empty afterwards.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`] when columns do not fit together, which would be a defect.
    pub fn take(&mut self) -> Result<(Vec<MonthRows>, RollupRows), LakeError> {
        let spare = std::mem::take(&mut self.months.spare);
        let taken = std::mem::replace(&mut self.months, Months { spare, ..Months::default() });
        let mut months: Vec<(i32, Month)> = taken.months.into_iter().collect();
        months.sort_unstable_by_key(|(number, _)| *number);
        let words = taken.words.arrays();
        let finished = months.into_iter().map(|(number, month)| {
            Ok(MonthRows { month: month_text(number), rows: month.finish(&words)? })
        });
        let finished = finished.collect::<Result<Vec<_>, LakeError>>()?;
        Ok((finished, self.derived.take()?))
    }

    /// Takes the memory of rows that were written, for the next ones.
    pub(crate) fn reuse(&mut self, written: Vec<MonthRows>) {
        let room = SPARE_MAX.saturating_sub(self.months.spare.len());
        let months = written.into_iter().take(room).map(|month| Month::emptied(month.rows));
        self.months.spare.extend(months);
    }
}

/// Bound: months whose memory is kept. Events of a live stream are of one, or of two.
const SPARE_MAX: usize = 2;

impl Months {
    fn append(&mut self, row: &Row<'_>, keys: &Keys, read: Option<&Read<'_>>) {
        let month = self.months.entry(month_number(row.time));
        let month = month.or_insert_with(|| self.spare.pop().unwrap_or_default());
        let bytes = month.append(row, keys, read, &mut self.words);
        self.bytes = self.bytes.saturating_add(bytes);
        self.rows = self.rows.saturating_add(1);
    }

    /// Adds a row without an event.
    fn bare(&mut self, row: &Row<'_>) {
        let keys = self.words.keys(row);
        self.append(row, &keys, None);
    }
}

fn bare<'a>(origin: &'a Origin, class: &'a str) -> Row<'a> {
    let mut row = Row::default();
    row.set(at::ORG, &origin.org);
    row.set(at::HOST, &origin.host);
    row.set(at::CLASS, class);
    row.set(at::FORMAT, &origin.format);
    row.set(at::SOURCE, &origin.source);
    row
}

fn fill<'a>(
    row: &mut Row<'a>,
    event: &'a Event,
    origin: &'a Origin,
    layout: &Layout,
    hashes: &Hashes<'a>,
    program: Said<'a>,
) {
    row.set(at::ORG, &origin.org);
    row.set(at::HOST, host_of(event, origin));
    row.set(at::CLASS, class_word(event.class));
    row.set(at::FORMAT, &origin.format);
    row.set(at::SOURCE, &origin.source);
    row.set(at::LOG_PRODUCT, event.source.product().unwrap_or(""));
    row.set(at::LOG_SERVICE, event.source.service().unwrap_or(""));
    for (place, kind, fields) in &layout.columns {
        match kind {
            ColumnKind::Number => row.set_number(*place, number(event, fields)),
            _ => row.set_from(*place, text(event, fields)),
        }
    }
    let said_in = [&layout.product, &layout.version, &layout.signer];
    for ((place, said), fields) in
        [at::APP, at::APP_VERSION, at::SIGNER].into_iter().zip(program).zip(said_in)
    {
        // It may be remembered from an earlier event.
        match text(event, fields).filter(|(_, text)| *text == said) {
            Some(found) => row.set_from(place, Some(found)),
            None => row.set(place, said),
        }
    }
    row.set_from(at::DOMAIN, text(event, &layout.domain));
    row.set_number(at::BYTES, layout.bytes(event));
    row.set(at::SHA256, hashes.sha256);
    row.set(at::SHA1, hashes.sha1);
    row.set(at::MD5, hashes.md5);
}

fn host_of<'a>(event: &'a Event, origin: &'a Origin) -> &'a str {
    if event.host().is_empty() { &origin.host } else { event.host() }
}

const fn micros(time: Timestamp) -> i64 {
    time.as_nanos().div_euclid(1000)
}
