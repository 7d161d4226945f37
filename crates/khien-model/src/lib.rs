//! The vocabulary of Khiên: events, log sources, observables, indicators, verdicts.
//!
//! Names follow OCSF (event, observable), STIX (indicator), Sigma (log source) and ATT&CK
//! (technique). This crate reads no file, opens no socket and asks no clock: it only says what
//! things are. Disk and wire formats live with the crates that write them.

#![forbid(unsafe_code)]

pub mod attack;
pub mod event;
pub mod facet;
pub mod indicator;
pub mod limits;
pub mod log_source;
pub mod observable;
pub mod severity;
pub mod time;
pub mod untrusted;
pub mod verdict;
pub mod version;

pub use attack::Technique;
pub use event::{Event, EventClass, EventId, Scalar};
pub use facet::Role;
pub use indicator::{Indicator, IndicatorKind};
pub use limits::Limits;
pub use log_source::{LogSource, RecordFormat};
pub use observable::Observable;
pub use severity::Severity;
pub use time::Timestamp;
pub use untrusted::Untrusted;
pub use verdict::Verdict;
pub use version::VersionRange;
