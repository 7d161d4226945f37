//! Logs of OpenTelemetry (OTLP): what a request holds, as lines that the readers of this crate know.
//!
//! A record becomes a JSON object a line. A body that is a record of its own keeps that form, so that rules for
//! it apply: JSON in text, entries of the journal and Windows events as the Collector's receivers write them. A
//! body that is a line of a syslog daemon, of an access log or of CEF is handed on as such a line. Nothing is looked
//! for in records here, and no form is guessed from what a sender calls them.
//!
//! Source: OpenTelemetry Protocol 1.x, "OTLP/HTTP"; opentelemetry-proto `logs/v1/logs.proto`, `common/v1/common.proto`.

mod form;
mod json;
mod line;
mod protobuf;

use std::borrow::Cow;

use khien_model::Timestamp;

use crate::tree::{Budget, Member, Value};

/// Bound: records of a request; those beyond are refused.
const RECORDS_MAX: u64 = 100_000;
/// Bound: bytes of a line; a record that needs more is refused.
const LINE_BYTES_MAX: usize = 1 << 20;
/// Bound: bytes of all lines. What all records of a resource share stands in each of them.
const LINES_BYTES_MAX: usize = 32 << 20;
/// Bound: hosts whose lines of text are kept apart.
const HOSTS_MAX: usize = 64;

/// Bound: levels of lists and maps in a value.
const NESTING_MAX: usize = 32;
/// Bound: names and values of a record, or of a resource.
const VALUES_MAX: u32 = 20_000;

/// How a request is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// The JSON mapping.
    Json,
    /// Protocol buffers.
    Protobuf,
}

/// The records of a request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Lines {
    /// JSON objects, one a line.
    pub json: Vec<u8>,
    /// How many.
    pub json_records: u32,
    /// Lines of syslog and of other text logs, by the host that their resources name.
    pub syslog: Vec<TextLines>,
    /// Records that were not taken.
    pub refused: u64,
    /// Why the last of them was not.
    pub why: &'static str,
    /// Records that say no time to better than a second: two hosts may send the same.
    pub vague: u64,
}

/// Lines of one host.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TextLines {
    /// As its resource names it; empty where it does not, and for hosts beyond the first 64.
    pub host: String,
    /// The lines.
    pub bytes: Vec<u8>,
    /// How many.
    pub records: u32,
}

/// Why nothing of a request was taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// The sender's: it is no such request.
    #[error("no ExportLogsServiceRequest: {0}")]
    Malformed(String),
    /// The sender's: smaller batches can be taken.
    #[error("too much for one request: send smaller batches")]
    TooLarge,
}

/// Why a part of a request cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Bad {
    /// The record is refused.
    Excess(&'static str),
    /// The request is.
    Malformed(String),
}

impl Bad {
    fn malformed(why: &str) -> Self {
        Self::Malformed(why.to_owned())
    }

    /// Counts a value of a record.
    fn counted(budget: &mut Budget) -> Result<(), Self> {
        if budget.value() { Ok(()) } else { Err(Self::Excess("too many values")) }
    }

    /// Goes a level down in a record.
    fn entered(budget: &mut Budget) -> Result<(), Self> {
        if budget.enter() { Ok(()) } else { Err(Self::Excess("nested too deep")) }
    }

    /// Outside a record there is nothing smaller to refuse than the request.
    fn of_request(self) -> OtlpError {
        match self {
            Self::Excess(why) => OtlpError::Malformed(why.to_owned()),
            Self::Malformed(why) => OtlpError::Malformed(why),
        }
    }
}

/// What a record may hold.
const fn of_record() -> Budget {
    Budget::new(VALUES_MAX, NESTING_MAX)
}

/// Who wrote records.
#[derive(Clone, Debug, Default)]
struct Origin<'a> {
    resource: Vec<Member<'a>>,
    scope: Cow<'a, str>,
}

/// A record as it was sent. Times are nanoseconds since 1970, and 0 where none is said.
#[derive(Clone, Debug, Default)]
struct Record<'a> {
    time: u64,
    observed: u64,
    severity: i64,
    severity_text: Cow<'a, str>,
    body: Value<'a>,
    attributes: Vec<Member<'a>>,
    trace_id: Cow<'a, str>,
    span_id: Cow<'a, str>,
    event_name: Cow<'a, str>,
}

/// Reads a request. `now` is for records that say no time.
///
/// # Errors
///
/// The sender's: it is no request, or larger than what is taken at once.
pub fn read(encoding: Encoding, bytes: &[u8], now: Timestamp) -> Result<Lines, OtlpError> {
    let mut taker = line::Taker::new(now);
    match encoding {
        Encoding::Json => json::read(bytes, &mut taker)?,
        Encoding::Protobuf => protobuf::read(bytes, &mut taker)?,
    }
    Ok(taker.into_lines())
}

#[cfg(test)]
mod tests;
