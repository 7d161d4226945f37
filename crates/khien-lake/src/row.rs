//! Events to rows: a buffer of columns, and beside it the roll-ups of the same rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Builder, RecordBatch, StringBuilder, StringDictionaryBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use khien_model::{Event, EventClass, Timestamp};

use crate::at;
use crate::columns::{
    COLUMNS, ColumnKind, DEAD_CLASS, SOURCE_CLASS, class_word, month_number, month_text,
};
use crate::derive::Derived;
use crate::error::LakeError;
use crate::plan::{Hashes, Plan, Plans, Programs, Said, number, text};
use crate::rollup::RollupRows;

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

enum Builder {
    Time(TimestampMicrosecondBuilder),
    Word(StringDictionaryBuilder<Int32Type>),
    Text(StringBuilder),
    Number(Int64Builder),
}

/// Rows waiting to be written, of one month.
struct Month {
    builders: Vec<Builder>,
    rows: usize,
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
    plans: Plans,
    programs: Programs,
    json: String,
    categories: String,
}

/// The rows of all months.
#[derive(Default)]
struct Months {
    months: HashMap<i32, Month, foldhash::fast::RandomState>,
    bytes: usize,
    rows: usize,
}

/// One row, column by column; text is borrowed. Unset columns are empty.
#[derive(Clone)]
pub struct Row<'a> {
    texts: [&'a str; COLUMNS.len()],
    numbers: [Option<i64>; COLUMNS.len()],
    /// When it happened, in microseconds.
    pub time: Option<i64>,
}

impl Default for Row<'_> {
    fn default() -> Self {
        Self { texts: [""; COLUMNS.len()], numbers: [None; COLUMNS.len()], time: None }
    }
}

impl<'a> Row<'a> {
    /// Sets the text of the column at this place of [`COLUMNS`].
    pub fn set(&mut self, place: usize, text: &'a str) {
        if let Some(slot) = self.texts.get_mut(place) {
            *slot = text;
        }
    }

    /// Sets a number.
    pub fn set_number(&mut self, place: usize, number: Option<i64>) {
        if let Some(slot) = self.numbers.get_mut(place) {
            *slot = number;
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
        self.months.bytes.saturating_add(self.derived.memory_bytes())
    }

    /// Observables left out of records with too many, since the buffer was made.
    pub const fn observables_left_out(&self) -> u64 {
        self.derived.left_out
    }

    /// Adds an event.
    pub fn event(&mut self, event: &Event, origin: &Origin, record: u64) {
        self.json.clear();
        event.write_json(&mut self.json);
        self.categories.clear();
        for category in event.source.categories() {
            if !self.categories.is_empty() {
                self.categories.push(',');
            }
            self.categories.push_str(category);
        }
        let plan = self.plans.of(event);
        let hashes = Hashes::of(event, &plan.hashes);
        let program = self.programs.of(event, &plan, host_of(event, origin));
        let mut row = Row { time: event.time.map(micros), ..Row::default() };
        fill(&mut row, event, origin, &plan, &hashes, program);
        row.set(at::LOG_CATEGORY, &self.categories);
        row.set(at::FIELDS, &self.json);
        row.set_number(at::RECORD, i64::try_from(record).ok());
        self.months.append(&row);
        self.derived.row(&row, Some(event));
    }

    /// Adds a row whose columns the caller set; its observables are those of its typed columns.
    pub fn typed(&mut self, row: &Row<'_>) {
        self.months.append(row);
        self.derived.row(row, None);
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
        self.months.append(&row);
    }

    /// Adds a record that could not be read; `fields` says where and why.
    pub fn dead(&mut self, origin: &Origin, title: &str, fields: &str, record: u64) {
        let mut row = bare(origin, DEAD_CLASS);
        row.set(at::TITLE, title);
        row.set(at::FIELDS, fields);
        row.set_number(at::RECORD, i64::try_from(record).ok());
        self.months.append(&row);
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
        self.months.append(&row);
    }

    /// All rows by month, and the roll-ups over them; the buffer is empty afterwards.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`] when columns do not fit together, which would be a defect.
    pub fn take(&mut self) -> Result<(Vec<MonthRows>, RollupRows), LakeError> {
        let mut months: Vec<(i32, Month)> = self.months.months.drain().collect();
        months.sort_unstable_by_key(|(number, _)| *number);
        let finished = months.into_iter().map(|(number, month)| {
            Ok(MonthRows { month: month_text(number), rows: month.finish()? })
        });
        let finished = finished.collect::<Result<Vec<_>, LakeError>>()?;
        (self.months.rows, self.months.bytes) = (0, 0);
        Ok((finished, self.derived.take()?))
    }
}

impl Months {
    fn append(&mut self, row: &Row<'_>) {
        let month = self.months.entry(month_number(row.time)).or_insert_with(Month::new);
        let mut bytes = 48_usize;
        for (place, builder) in month.builders.iter_mut().enumerate() {
            let text = row.text(place);
            match builder {
                Builder::Time(builder) => {
                    builder.append_option(row.time.filter(|_| place == at::TIME))
                }
                Builder::Number(builder) => {
                    builder.append_option(row.numbers.get(place).copied().flatten())
                }
                Builder::Word(builder) if text.is_empty() => builder.append_null(),
                // Only an overflow of the keys fails, and the buffer is emptied long before 2³¹ rows.
                Builder::Word(builder) => drop(builder.append(text)),
                Builder::Text(builder) if text.is_empty() => builder.append_null(),
                Builder::Text(builder) => {
                    builder.append_value(text);
                    bytes = bytes.saturating_add(text.len());
                }
            }
        }
        month.rows = month.rows.saturating_add(1);
        self.rows = self.rows.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes.saturating_add(COLUMNS.len() * 4));
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
    plan: &Plan,
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
    for (place, kind, names) in &plan.columns {
        match kind {
            ColumnKind::Number => row.set_number(*place, number(event, names)),
            _ => row.set(*place, text(event, names).unwrap_or("")),
        }
    }
    for (place, said) in [at::APP, at::APP_VERSION, at::SIGNER].into_iter().zip(program) {
        row.set(place, said);
    }
    row.set(at::DOMAIN, text(event, &plan.domain).unwrap_or(""));
    row.set_number(at::BYTES, plan.bytes(event));
    row.set(at::SHA256, hashes.sha256);
    row.set(at::SHA1, hashes.sha1);
    row.set(at::MD5, hashes.md5);
}

impl Month {
    fn new() -> Self {
        let builder = |kind| match kind {
            ColumnKind::Time => {
                Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            ColumnKind::Word => Builder::Word(StringDictionaryBuilder::new()),
            ColumnKind::Text => Builder::Text(StringBuilder::new()),
            ColumnKind::Number => Builder::Number(Int64Builder::new()),
        };
        Self { builders: COLUMNS.iter().map(|column| builder(column.kind)).collect(), rows: 0 }
    }

    fn finish(self) -> Result<RecordBatch, LakeError> {
        let mut fields = Vec::with_capacity(COLUMNS.len());
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(COLUMNS.len());
        for (column, builder) in COLUMNS.iter().zip(self.builders) {
            let array: ArrayRef = match builder {
                Builder::Time(mut builder) => Arc::new(builder.finish()),
                Builder::Word(mut builder) => Arc::new(builder.finish()),
                Builder::Text(mut builder) => Arc::new(builder.finish()),
                Builder::Number(mut builder) => Arc::new(builder.finish()),
            };
            let kind: DataType = array.data_type().clone();
            fields.push(Field::new(column.name, kind, true));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(LakeError::internal)
    }
}

fn host_of<'a>(event: &'a Event, origin: &'a Origin) -> &'a str {
    if event.host().is_empty() { &origin.host } else { event.host() }
}

const fn micros(time: Timestamp) -> i64 {
    time.as_nanos().div_euclid(1000)
}
