//! The `#` lines of a Zeek TSV log, and the reading plan that follows from them.

use std::sync::Arc;

use khien_model::LogSource;
use khien_model::event::{FIELDS_MAX, FieldName};

use super::value;
use crate::normalize::Sources;
use crate::normalize::zeek::{HOST, Kind, path_of_stream};

/// What a column holds, as far as reading it goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Type {
    Bool,
    Float,
    Int,
    /// Text, addresses, subnets, enum words, and whatever Zeek adds one day.
    Str,
    Time,
}

/// One column of the plan.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: FieldName,
    pub(super) of: Type,
    pub(super) is_list: bool,
    /// Whether this is the time of the event itself.
    pub(super) is_event_time: bool,
    /// Place in the list of names that tell the host; `usize::MAX` for the others.
    pub(super) host_rank: usize,
}

/// How to read the rows below a header.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) columns: Vec<Column>,
    pub(super) set_separator: String,
    pub(super) empty: String,
    pub(super) unset: String,
    pub(super) kind: Kind,
    pub(super) source: Arc<LogSource>,
    /// What is wrong with the header although its rows can be read; reported once.
    pub(super) trouble: Option<String>,
    separator: Separator,
}

#[derive(Debug)]
enum Separator {
    Byte(u8),
    Text(Box<str>),
}

impl Plan {
    /// Cuts off the first field; the rest is `None` behind the last one.
    #[inline]
    pub(super) fn cut<'t>(&self, text: &'t str) -> (&'t str, Option<&'t str>) {
        let (at, len) = match &self.separator {
            // Fields are a few bytes long: a vector search costs more to call than it saves.
            Separator::Byte(byte) => (text.as_bytes().iter().position(|at| at == byte), 1),
            Separator::Text(separator) => (text.find(&**separator), separator.len()),
        };
        match at.and_then(|at| Some((text.get(..at)?, text.get(at.checked_add(len)?..)?))) {
            Some((field, rest)) => (field, Some(rest)),
            None => (text, None),
        }
    }
}

/// The header lines seen so far.
#[derive(Debug)]
pub(super) struct Header {
    /// The log's path as the stream's name tells it, for logs without `#path`.
    fallback_path: String,
    separator: String,
    set_separator: String,
    empty: String,
    unset: String,
    path: Option<String>,
    fields: Option<Vec<String>>,
    types: Vec<String>,
}

impl Header {
    /// A header that says nothing yet, of a stream of this name.
    pub(super) fn new(stream: &str) -> Self {
        Self {
            fallback_path: path_of_stream(stream).to_owned(),
            separator: "\t".to_owned(),
            set_separator: ",".to_owned(),
            empty: "(empty)".to_owned(),
            unset: "-".to_owned(),
            path: None,
            fields: None,
            types: Vec::new(),
        }
    }

    /// Takes a header line; says whether rows are to be read differently from here on.
    pub(super) fn take(&mut self, line: &[u8]) -> bool {
        let text = String::from_utf8_lossy(line);
        if let Some(written) = text.strip_prefix("#separator ") {
            // A new log begins: nothing of the one before it holds any more.
            let stream = std::mem::take(&mut self.fallback_path);
            *self = Self { fallback_path: stream, ..Self::new("") };
            let separator = value::unescape(written, &mut Vec::new()).into_owned();
            if !separator.is_empty() && separator.is_ascii() {
                self.separator = separator;
            }
            return true;
        }
        let Some((word, rest)) = text.split_once(&self.separator) else { return false };
        let list = |rest: &str| rest.split(&self.separator).map(str::to_owned).collect();
        match word {
            "#set_separator" if !rest.is_empty() => self.set_separator = rest.to_owned(),
            "#empty_field" => self.empty = rest.to_owned(),
            "#unset_field" => self.unset = rest.to_owned(),
            "#path" => self.path = Some(rest.to_owned()),
            "#fields" => {
                self.fields = Some(list(rest));
                self.types.clear();
            }
            "#types" => self.types = list(rest),
            _ => return false,
        }
        true
    }

    /// The reading plan.
    ///
    /// # Errors
    ///
    /// Why the rows cannot be read: the file's fault.
    pub(super) fn plan(&self, sources: &mut Sources) -> Result<Plan, String> {
        let Some(fields) = &self.fields else {
            return Err("a row before any #fields line".to_owned());
        };
        // Bound: an event holds no more fields, and a header may be as long as a record.
        if fields.len() > FIELDS_MAX {
            return Err(format!("{} columns, more than {FIELDS_MAX}", fields.len()));
        }
        let (types, trouble) = match (self.types.len(), fields.len()) {
            (0, _) => (None, None),
            (have, want) if have == want => (Some(&self.types), None),
            (have, want) => {
                (None, Some(format!("{have} #types for {want} #fields: all are read as text")))
            }
        };
        let columns = fields.iter().enumerate().map(|(number, name)| {
            column(name, types.and_then(|types| types.get(number)).map_or("string", |t| t))
        });
        let path = self.path.as_deref().unwrap_or(&self.fallback_path);
        let kind = Kind::of(path);
        let separator = match self.separator.as_bytes() {
            [byte] => Separator::Byte(*byte),
            _ => Separator::Text(self.separator.as_str().into()),
        };
        Ok(Plan {
            columns: columns.collect(),
            set_separator: self.set_separator.clone(),
            empty: self.empty.clone(),
            unset: self.unset.clone(),
            kind,
            source: kind.source(path, sources),
            trouble,
            separator,
        })
    }
}

fn column(name: &str, written: &str) -> Column {
    let element = ["set[", "vector[", "table["]
        .iter()
        .find_map(|start| written.strip_prefix(start)?.strip_suffix(']'));
    let of = match element.unwrap_or(written) {
        "bool" => Type::Bool,
        "count" | "int" | "port" => Type::Int,
        "double" | "interval" => Type::Float,
        "time" => Type::Time,
        _ => Type::Str,
    };
    // Without #types the time is still the time.
    let is_event_time = name == "ts";
    let of = if is_event_time && element.is_none() { Type::Time } else { of };
    Column {
        name: FieldName::new(name),
        of,
        is_list: element.is_some(),
        is_event_time,
        host_rank: HOST.iter().position(|host| *host == name).unwrap_or(usize::MAX),
    }
}
