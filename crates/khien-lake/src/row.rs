//! Events to rows: a buffer of columns, and beside it the roll-ups of the same rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Builder, RecordBatch, StringBuilder, StringDictionaryBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use khien_model::{Event, EventClass, Role, Scalar, Timestamp};

use crate::columns::{
    COLUMNS, ColumnKind, DEAD_CLASS, SOURCE_CLASS, class_word, month_number, month_text, position,
};
use crate::derive::Derived;
use crate::error::LakeError;
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
pub struct RowBuffer {
    months: HashMap<i32, Month, foldhash::fast::RandomState>,
    derived: Derived,
    places: Places,
    json: String,
    bytes: usize,
    rows: usize,
    /// What is known of programs by host and path, so that an event that names only a path (a
    /// connection) can be laid at a release's door.
    programs: HashMap<(String, String), Program, foldhash::fast::RandomState>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Program {
    app: String,
    version: String,
    signer: String,
}

/// Bound: programs remembered; beyond it memory starts anew.
const PROGRAMS_MAX: usize = 100_000;

/// Where the columns stand that are not simply a role.
struct Places {
    time: usize,
    org: usize,
    host: usize,
    class: usize,
    format: usize,
    log_product: usize,
    log_service: usize,
    log_category: usize,
    app: usize,
    app_version: usize,
    signer: usize,
    domain: usize,
    bytes: usize,
    sha256: usize,
    sha1: usize,
    md5: usize,
    rule: usize,
    title: usize,
    severity: usize,
    source: usize,
    record: usize,
    fields: usize,
}

impl Places {
    fn new() -> Self {
        // A name that is not there would be a place that no row has; a test holds the names.
        let at = |name| position(name).unwrap_or(usize::MAX);
        Self {
            time: at("time"),
            org: at("org"),
            host: at("host"),
            class: at("class"),
            format: at("format"),
            log_product: at("log_product"),
            log_service: at("log_service"),
            log_category: at("log_category"),
            app: at("app"),
            app_version: at("app_version"),
            signer: at("signer"),
            domain: at("domain"),
            bytes: at("bytes"),
            sha256: at("sha256"),
            sha1: at("sha1"),
            md5: at("md5"),
            rule: at("rule"),
            title: at("title"),
            severity: at("severity"),
            source: at("source"),
            record: at("record"),
            fields: at("fields"),
        }
    }
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

impl Default for RowBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl RowBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self {
            months: HashMap::default(),
            derived: Derived::new(),
            places: Places::new(),
            json: String::new(),
            bytes: 0,
            rows: 0,
            programs: HashMap::default(),
        }
    }

    /// Rows waiting.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Roughly the memory that the waiting rows take, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.saturating_add(self.derived.memory_bytes())
    }

    /// Observables left out of records with too many, since the buffer was made.
    pub const fn observables_left_out(&self) -> u64 {
        self.derived.left_out
    }

    /// Adds an event.
    pub fn event(&mut self, event: &Event, origin: &Origin, record: u64) {
        let mut json = std::mem::take(&mut self.json);
        json.clear();
        event.write_json(&mut json);
        let mut row = Row { time: event.time.map(micros), ..Row::default() };
        let categories = event.source.categories().collect::<Vec<_>>().join(",");
        let hashes = hashes(event);
        let program = self.program(event, host_of(event, origin));
        self.fill(&mut row, event, origin, &categories, &hashes, &program);
        row.set(self.places.fields, &json);
        row.set_number(self.places.record, i64::try_from(record).ok());
        self.append(&row);
        self.derived.row(&row, Some(event));
        self.json = json;
    }

    /// Adds a row whose columns the caller set; its observables are those of its typed columns.
    pub fn typed(&mut self, row: &Row<'_>) {
        self.append(row);
        self.derived.row(row, None);
    }

    /// Adds a finding.
    pub fn finding(&mut self, found: &FoundRow<'_>, origin: &Origin) {
        let mut row = self.bare(origin, class_word(EventClass::Finding));
        row.time = found.time.map(micros);
        if !found.host.is_empty() {
            row.set(self.places.host, found.host);
        }
        // A rule is what tells our findings from those of products, so there must be one.
        let named = [found.rule, found.title, "-"].into_iter().find(|name| !name.is_empty());
        row.set(self.places.rule, named.unwrap_or("-"));
        row.set(self.places.title, found.title);
        row.set(self.places.severity, found.severity);
        row.set(self.places.fields, found.fields);
        row.set_number(self.places.record, i64::try_from(found.record).ok());
        self.append(&row);
    }

    /// Adds a record that could not be read; `fields` says where and why.
    pub fn dead(&mut self, origin: &Origin, title: &str, fields: &str, record: u64) {
        let mut row = self.bare(origin, DEAD_CLASS);
        row.set(self.places.title, title);
        row.set(self.places.fields, fields);
        row.set_number(self.places.record, i64::try_from(record).ok());
        self.append(&row);
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
        let mut row = self.bare(origin, SOURCE_CLASS);
        row.time = Some(micros(read_at));
        row.set(self.places.title, name);
        row.set(self.places.fields, fields);
        row.set_number(self.places.record, i64::try_from(records).ok());
        self.append(&row);
    }

    fn bare<'a>(&self, origin: &'a Origin, class: &'a str) -> Row<'a> {
        let mut row = Row::default();
        row.set(self.places.org, &origin.org);
        row.set(self.places.host, &origin.host);
        row.set(self.places.class, class);
        row.set(self.places.format, &origin.format);
        row.set(self.places.source, &origin.source);
        row
    }

    fn fill<'a>(
        &self,
        row: &mut Row<'a>,
        event: &'a Event,
        origin: &'a Origin,
        categories: &'a str,
        hashes: &'a Hashes<'a>,
        program: &'a Program,
    ) {
        let places = &self.places;
        row.set(places.org, &origin.org);
        row.set(places.host, host_of(event, origin));
        row.set(places.class, class_word(event.class));
        row.set(places.format, &origin.format);
        row.set(places.source, &origin.source);
        row.set(places.log_product, event.source.product().unwrap_or(""));
        row.set(places.log_service, event.source.service().unwrap_or(""));
        row.set(places.log_category, categories);
        for (place, column) in COLUMNS.iter().enumerate() {
            let Some(role) = column.role.filter(|_| column.is_of(event.class)) else { continue };
            match column.kind {
                ColumnKind::Number => row.set_number(place, number_of(event, role)),
                _ => row.set(place, event.facet(role).unwrap_or("")),
            }
        }
        row.set(places.app, &program.app);
        row.set(places.app_version, &program.version);
        row.set(places.signer, &program.signer);
        let domain = match event.class {
            EventClass::Dns => event.facet(Role::DnsQuery),
            EventClass::Network | EventClass::Http => event.facet(Role::DestinationName),
            _ => None,
        };
        row.set(places.domain, domain.unwrap_or(""));
        row.set_number(places.bytes, bytes_of(event));
        row.set(places.sha256, hashes.sha256);
        row.set(places.sha1, hashes.sha1);
        row.set(places.md5, hashes.md5);
    }

    /// Which program an event is about: what it says itself, or what the host's last start of the
    /// same path said.
    fn program(&mut self, event: &Event, host: &str) -> Program {
        let said = Program {
            app: event.facet(Role::Product).filter(|text| *text != "-").unwrap_or("").to_owned(),
            version: event
                .facet(Role::FileVersion)
                .filter(|text| *text != "-")
                .unwrap_or("")
                .to_owned(),
            signer: event.facet(Role::Signer).filter(|text| *text != "-").unwrap_or("").to_owned(),
        };
        let path = match event.class {
            EventClass::Process => event.facet(Role::ProcessImage),
            // A module's version resource is the module's, not the program's.
            EventClass::Module | EventClass::Driver => None,
            _ => event.facet(Role::ActorImage),
        };
        let Some(path) = path else { return said };
        let key = (host.to_owned(), path.to_lowercase());
        if said != Program::default() {
            if self.programs.len() >= PROGRAMS_MAX {
                self.programs.clear();
            }
            self.programs.insert(key, said.clone());
            return said;
        }
        self.programs.get(&key).cloned().unwrap_or(said)
    }

    fn append(&mut self, row: &Row<'_>) {
        let month = self.months.entry(month_number(row.time)).or_insert_with(Month::new);
        let mut bytes = 48_usize;
        for (place, builder) in month.builders.iter_mut().enumerate() {
            let text = row.text(place);
            match builder {
                Builder::Time(builder) => {
                    builder.append_option(row.time.filter(|_| place == self.places.time))
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

    /// All rows by month, and the roll-ups over them; the buffer is empty afterwards.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`] when columns do not fit together, which would be a defect.
    pub fn take(&mut self) -> Result<(Vec<MonthRows>, RollupRows), LakeError> {
        let mut months: Vec<(i32, Month)> = self.months.drain().collect();
        months.sort_unstable_by_key(|(number, _)| *number);
        let finished = months.into_iter().map(|(number, month)| {
            Ok(MonthRows { month: month_text(number), rows: month.finish()? })
        });
        let finished = finished.collect::<Result<Vec<_>, LakeError>>()?;
        (self.rows, self.bytes) = (0, 0);
        Ok((finished, self.derived.take()?))
    }
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

/// The hashes of a record, by length of the run; the first of each.
#[derive(Default)]
struct Hashes<'a> {
    md5: &'a str,
    sha1: &'a str,
    sha256: &'a str,
}

fn hashes(event: &Event) -> Hashes<'_> {
    let mut found = Hashes::default();
    for name in Role::Hashes.names(event.class) {
        let Some(text) = event.text_of(name) else { continue };
        // `SHA256=…,IMPHASH=…`: the hash of imports is as long as an MD5 and is none.
        let parts = text.split([',', ' ', ';', '|']).filter(|part| {
            let label = part.split(['=', ':']).next().unwrap_or_default();
            !label.trim().eq_ignore_ascii_case("imphash")
        });
        for run in parts.flat_map(|part| part.split(|c: char| !c.is_ascii_hexdigit())) {
            let slot = match run.len() {
                32 => &mut found.md5,
                40 => &mut found.sha1,
                64 => &mut found.sha256,
                _ => continue,
            };
            if slot.is_empty() {
                *slot = run;
            }
        }
    }
    found
}

fn number_of(event: &Event, role: Role) -> Option<i64> {
    role.names(event.class).iter().find_map(|name| event.get(name)?.as_i64())
}

/// Bytes both ways, under the names of Zeek, Suricata and ECS.
fn bytes_of(event: &Event) -> Option<i64> {
    const PAIRS: [(&str, &str); 4] = [
        ("orig_bytes", "resp_bytes"),
        ("flow.bytes_toserver", "flow.bytes_toclient"),
        ("source.bytes", "destination.bytes"),
        ("request_body_len", "response_body_len"),
    ];
    PAIRS.into_iter().find_map(|(sent, received)| {
        let value = |name| event.get(name).and_then(Scalar::as_i64);
        match (value(sent), value(received)) {
            (None, None) => None,
            (sent, received) => Some(sent.unwrap_or(0).saturating_add(received.unwrap_or(0))),
        }
    })
}

#[cfg(test)]
mod tests;
