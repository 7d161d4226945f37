//! A user's mapping file: how to read JSON lines of a producer that this crate does not know.
//!
//! ```toml
//! # Which records: those that have all of these fields (dotted names, as after flattening).
//! [match]
//! has = ["evt.kind", "proc.path"]
//!
//! # Sigma's log source. `category` may be one word or a list. All are optional.
//! [source]
//! product = "linux"
//! service = "falco"
//! category = "process_creation"
//!
//! # The event's time. Without this table the usual names are tried (`@timestamp`, `time`, ...).
//! # format: "rfc3339", "unix" (seconds, also with a fraction), "unix_ms", "unix_us", "unix_ns",
//! # "filetime" (100 ns since 1601), or a pattern such as "%d/%b/%Y:%H:%M:%S %z". Without a format
//! # it is told by the look of the value. A time without a zone is taken as UTC.
//! [time]
//! field = "evt.when"
//! format = "unix_ms"
//!
//! # The host's name. Without this table the usual names are tried.
//! [host]
//! field = "node.name"
//!
//! # Sigma's name = the producer's name; of a list the first that a record has.
//! [fields]
//! Image = "proc.path"
//! CommandLine = ["proc.cmdline", "proc.args"]
//! ```
//!
//! Fields keep their own names too: `[fields]` adds second ones. Mappings are tried in the order
//! given and before everything built in.

mod document;

use jiff::fmt::strtime;
use khien_model::{Event, Scalar, Timestamp, Untrusted};

use crate::normalize::{Sources, generic};

/// Why a mapping file cannot be used: the file's fault, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{origin}, line {line}: {problem}")]
pub struct MappingError {
    /// The file.
    pub origin: Untrusted,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: MappingProblem,
}

/// What is wrong with a mapping file; the text says how to mend it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingProblem {
    /// A pattern with a directive that does not exist.
    #[error("the time pattern is not valid ({detail}); use directives such as %Y-%m-%dT%H:%M:%S%z")]
    BadPattern {
        /// The pattern reader's words.
        detail: Untrusted,
    },
    /// A table or key that must be there.
    #[error("{what} is missing; add {fix}")]
    Missing {
        /// The table or key.
        what: &'static str,
        /// What to write.
        fix: &'static str,
    },
    /// Not TOML.
    #[error("not valid TOML: {detail}")]
    Syntax {
        /// The TOML reader's words.
        detail: Untrusted,
    },
    /// A word that is not one of those allowed.
    #[error("unknown {what} `{found}`; {fix}")]
    Unknown {
        /// What kind of word stands there: a key, a table, a time format.
        what: &'static str,
        /// The word.
        found: Untrusted,
        /// The nearest word allowed, or all of them.
        fix: String,
    },
    /// A value of another type.
    #[error("`{key}` must be {expected}")]
    WrongType {
        /// The key.
        key: Untrusted,
        /// What it must be, with an example.
        expected: &'static str,
    },
}

/// How a time is written.
#[derive(Clone, Debug, Eq, PartialEq)]
enum TimeFormat {
    /// Told by the look of the value.
    Any,
    /// 100 ns since 1601-01-01, as Windows counts.
    Filetime,
    /// A pattern of `strftime` directives.
    Pattern(String),
    /// RFC 3339, or the same without a zone.
    Rfc3339,
    /// A number since 1970-01-01; how many nanoseconds one of them is.
    Unix(i64),
}

/// A mapping file, read. See the module text for its format.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mapping {
    /// Names that a record must have; never empty.
    has: Vec<String>,
    product: Option<String>,
    service: Option<String>,
    categories: Vec<String>,
    time: Option<(String, TimeFormat)>,
    host: Option<String>,
    /// Source name, Sigma name.
    fields: Vec<(String, String)>,
}

impl Mapping {
    /// Reads a mapping file's text; `origin` is its name for errors.
    ///
    /// # Errors
    ///
    /// [`MappingError`]: always the file's fault, with the line and what to write instead.
    pub fn parse(text: &str, origin: &str) -> Result<Self, MappingError> {
        document::parse(text).map_err(|fault| MappingError {
            origin: Untrusted::from(origin),
            line: document::line_of(text, fault.at),
            problem: fault.problem,
        })
    }

    /// Whether a record is of this mapping; looks at names only.
    pub fn recognises(&self, event: &Event) -> bool {
        self.has.iter().all(|name| event.has(name))
    }

    /// Sets the envelope of a record and offers its fields under Sigma's names.
    pub fn apply(&self, event: &mut Event, sources: &mut Sources) {
        generic::normalize(event, sources);
        if let Some((field, format)) = &self.time {
            event.time = event.get(field).and_then(|value| format.read(value));
        }
        if let Some(field) = &self.host {
            let host = event.get(field).map(|value| value.to_string());
            event.set_host(host.as_deref().unwrap_or_default());
        }
        for (from, to) in &self.fields {
            event.alias(from, to);
        }
        let categories: Vec<&str> = self.categories.iter().map(String::as_str).collect();
        event.class = generic::class_of(categories.first().copied());
        event.source = sources.get(self.product.as_deref(), self.service.as_deref(), &categories);
    }
}

/// From 1601-01-01 to 1970-01-01, in units of 100 ns.
const FILETIME_OF_EPOCH: i64 = 116_444_736_000_000_000;

impl TimeFormat {
    fn read(&self, value: Scalar<'_>) -> Option<Timestamp> {
        match self {
            Self::Any => generic::time_of(value),
            Self::Filetime => {
                let ticks = value.as_i64()?.checked_sub(FILETIME_OF_EPOCH)?;
                ticks.checked_mul(100).map(Timestamp::from_nanos)
            }
            Self::Pattern(pattern) => {
                let parsed = strtime::parse(pattern, value.as_str()?.trim()).ok()?;
                if let Ok(time) = parsed.to_timestamp() {
                    return Timestamp::from_jiff(time);
                }
                let civil = parsed.to_datetime().ok()?;
                Timestamp::from_jiff(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
            }
            Self::Rfc3339 => Timestamp::parse(value.as_str()?),
            Self::Unix(nanos) => match value {
                Scalar::Float(number) => from_float(number, *nanos),
                Scalar::Str(text) => match text.trim().parse::<i64>() {
                    Ok(number) => number.checked_mul(*nanos).map(Timestamp::from_nanos),
                    Err(_) => from_float(text.trim().parse().ok()?, *nanos),
                },
                other => other.as_i64()?.checked_mul(*nanos).map(Timestamp::from_nanos),
            },
        }
    }
}

/// From a number of units of `nanos` each, with a fraction.
fn from_float(number: f64, nanos: i64) -> Option<Timestamp> {
    #[expect(clippy::cast_precision_loss, reason = "a power of ten up to 1e9 is exact")]
    Timestamp::from_seconds_f64(number * (nanos as f64 / 1e9))
}

#[cfg(test)]
mod tests;
