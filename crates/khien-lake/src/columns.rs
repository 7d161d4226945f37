//! The columns of the `events` table: one list from which the schema, the typed views and the page
//! `docs/tables.md` are made.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use khien_model::{EventClass, Role};

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ColumnKind {
    /// A point in time, in microseconds since 1970 (UTC).
    Time,
    /// Text that repeats: kept as a dictionary in memory.
    Word,
    /// Text that rarely repeats.
    Text,
    /// A whole number.
    Number,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// The role whose value it has, where it is simply one.
    pub role: Option<Role>,
    /// The classes whose view shows it; none means all.
    pub classes: &'static [EventClass],
    /// What it means, for people.
    pub meaning: &'static str,
}

const fn word(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: ColumnKind::Word, role: None, classes: &[], meaning }
}

const fn number(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: ColumnKind::Number, role: None, classes: &[], meaning }
}

impl Column {
    const fn text(mut self) -> Self {
        self.kind = ColumnKind::Text;
        self
    }

    const fn of(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    const fn only(mut self, classes: &'static [EventClass]) -> Self {
        self.classes = classes;
        self
    }

    /// Whether the view of a class shows it.
    pub fn is_of(&self, class: EventClass) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }
}

use EventClass::{
    Authentication, Dns, Driver, File, Finding, Http, Module, Network, Process, Registry,
};

const FLOWS: &[EventClass] = &[Network, Dns, Http, Authentication, Finding];
const HASHED: &[EventClass] = &[Process, Module, Driver, File, Http, Finding];

/// All columns, in their order in the table.
pub const COLUMNS: &[Column] = &[
    Column {
        name: "time",
        kind: ColumnKind::Time,
        role: None,
        classes: &[],
        meaning: "When it happened, by the clock of the machine that saw it; empty when the record has none.",
    },
    word("org", "The organisation that the host belongs to."),
    word("host", "The host that saw it."),
    word("class", "The kind of event; each kind is a view of its own."),
    word("format", "The format that the record was read from."),
    word("log_product", "The Sigma log source's product (`windows`, `zeek`)."),
    word("log_service", "The Sigma log source's service (`sysmon`, `dns`)."),
    word("log_category", "The Sigma log source's categories, joined by commas."),
    word("user", "The account that acted.").of(Role::User),
    word("image", "The path of the acting process (the parent, for a process start).")
        .of(Role::ActorImage),
    word("app", "The product name of the acting program, as its version resource says."),
    word("app_version", "The version of the acting program."),
    word("signer", "The code signer of the acting program, or of the library loaded."),
    word("process", "The path of the started process.").of(Role::ProcessImage).only(&[Process]),
    word("command_line", "The command line of the started process.")
        .text()
        .of(Role::CommandLine)
        .only(&[Process]),
    word("module", "The path of the library or driver loaded.")
        .of(Role::ModulePath)
        .only(&[Module, Driver]),
    word("file", "The path of the file acted on.").of(Role::FilePath).only(&[File, Http, Finding]),
    word("registry", "The registry key or value acted on.")
        .of(Role::RegistryPath)
        .only(&[Registry]),
    word("domain", "The DNS name asked for, or the name of the host connected to.").only(FLOWS),
    word("answers", "What DNS answered.").text().of(Role::DnsAnswers).only(&[Dns]),
    word("url", "The URL, or its path where the log keeps the host apart.")
        .text()
        .of(Role::Url)
        .only(&[Http, File, Finding]),
    word("user_agent", "The HTTP user agent.").of(Role::UserAgent).only(&[Http]),
    word("src_ip", "The address that a connection comes from.").of(Role::SourceIp).only(FLOWS),
    number("src_port", "The port that a connection comes from.").of(Role::SourcePort).only(FLOWS),
    word("dst_ip", "The address that a connection goes to.").of(Role::DestinationIp).only(FLOWS),
    number("dst_port", "The port that a connection goes to.").of(Role::DestinationPort).only(FLOWS),
    number("bytes", "Bytes sent both ways, where the log counts them.").only(FLOWS),
    word("sha256", "The SHA-256 of the file that the event is about.").only(HASHED),
    word("sha1", "Its SHA-1.").only(HASHED),
    word("md5", "Its MD5.").only(HASHED),
    word("rule", "What found it: a rule's id, or the id of an indicator.").only(&[Finding]),
    word("title", "What was found, in words.").only(&[Finding]),
    word("severity", "How bad it would be: informational, low, medium, high, critical.")
        .only(&[Finding]),
    word("source", "The file or stream that the record came from, by its id in `sources`."),
    number("record", "The record's number in that source, from 1."),
    word("fields", "All fields of the record as read, as a flat JSON object.").text(),
];

/// Where a column stands in [`COLUMNS`].
pub fn position(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.name == name)
}

/// The type of all time columns: microseconds, UTC, as Delta's `timestamp` is.
pub fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")))
}

/// The schema of an `events` file. The partition column `month` is in the path, not in the file.
pub fn events_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let field = |column: &Column| {
            let kind = match column.kind {
                ColumnKind::Time => time_type(),
                ColumnKind::Word | ColumnKind::Text => DataType::Utf8,
                ColumnKind::Number => DataType::Int64,
            };
            Field::new(column.name, kind, true)
        };
        Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
    });
    Arc::clone(&SCHEMA)
}

/// The word that stands for a class in the column `class`, and the name of its view.
pub const fn class_word(class: EventClass) -> &'static str {
    match class {
        EventClass::Authentication => "auth",
        EventClass::Dns => "dns",
        EventClass::Driver => "driver",
        EventClass::File => "file",
        EventClass::Finding => "finding",
        EventClass::Http => "http",
        EventClass::Module => "module",
        EventClass::Network => "network",
        EventClass::Process => "process",
        EventClass::Registry => "registry",
        EventClass::Software => "software",
        _ => "other",
    }
}

/// The classes that have a view.
pub const CLASSES: [EventClass; 11] = [
    EventClass::Authentication,
    EventClass::Dns,
    EventClass::Driver,
    EventClass::File,
    EventClass::Finding,
    EventClass::Http,
    EventClass::Module,
    EventClass::Network,
    EventClass::Process,
    EventClass::Registry,
    EventClass::Software,
];

/// The class of a word of [`class_word`].
pub fn class_of(word: &str) -> EventClass {
    CLASSES.into_iter().find(|class| class_word(*class) == word).unwrap_or_default()
}

/// Class of the row that says that a source was read to its end.
pub const SOURCE_CLASS: &str = "source";
/// Class of the row of a record that could not be read.
pub const DEAD_CLASS: &str = "dead_letter";
/// Class of what was found: by a product, which is an event, or by us, which is none.
pub const FINDING_CLASS: &str = "finding";

/// The rows of `events` that are about something that happened, as a condition in SQL: roll-ups
/// count these. What a product found is among them; what we found has a rule.
pub const HAPPENED: &str =
    "(class NOT IN ('source', 'dead_letter') AND (class <> 'finding' OR rule IS NULL))";

/// As [`HAPPENED`], of one row: its class, and its rule, empty where there is none.
pub fn happened(class: &str, rule: &str) -> bool {
    match class {
        SOURCE_CLASS | DEAD_CLASS => false,
        FINDING_CLASS => rule.is_empty(),
        _ => true,
    }
}

/// Months since the year 0, or `MIN` without a time.
pub(crate) fn month_number(time: Option<i64>) -> i32 {
    let Some(date) = time.and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok()) else {
        return i32::MIN;
    };
    let date = date.to_zoned(jiff::tz::TimeZone::UTC).date();
    i32::from(date.year()).saturating_mul(12).saturating_add(i32::from(date.month()) - 1)
}

pub(crate) fn month_text(number: i32) -> String {
    if number == i32::MIN {
        return String::new();
    }
    format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1)
}

/// When a month of [`month_number`] begins, in microseconds.
pub(crate) fn month_start(number: i32) -> Option<i64> {
    let year = i16::try_from(number.div_euclid(12)).ok()?;
    let month = i8::try_from(number.rem_euclid(12)).ok()?.checked_add(1)?;
    let start = jiff::civil::Date::new(year, month, 1).ok()?;
    Some(start.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// The month of a time as its files have it: `2026-03`, or empty without a time.
pub(crate) fn month_of(time: Option<i64>) -> String {
    month_text(month_number(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_classes_have_words_of_their_own() {
        let mut names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COLUMNS.len());
        for class in CLASSES {
            assert_eq!(class_of(class_word(class)), class);
        }
        assert_eq!(class_of("source"), EventClass::Other);
    }
}
