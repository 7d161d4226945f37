//! Readers: one file a format. Each cuts records out of a byte stream and hands them on.

pub mod auditd;
mod buffer;
pub mod evtx;
pub mod json;
pub mod lines;
pub mod syslog;
pub mod zeek;

use khien_model::{Event, Limits, RecordFormat, Untrusted};

use crate::dead_letter::{DeadLetter, Reason};
use crate::normalize::Normalizer;
use crate::{Place, Sink};

/// What one stream (a file, or a member of an archive) held.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StreamReport {
    /// Records that became events, by format.
    pub records: std::collections::BTreeMap<RecordFormat, u64>,
    /// Records and stretches that could not be read.
    pub dead: u64,
}

/// What a reader works with: where it reads, within which limits, and who gets the result.
pub struct Context<'a> {
    /// The stream's name for people: the file, with `!member` for archives.
    pub name: &'a Untrusted,
    /// Bounds for one record and for containers.
    pub limits: &'a Limits,
    /// Gives events their time, host, class and log sources.
    pub normalizer: &'a mut Normalizer,
    /// The event being filled; readers clear it before each record.
    pub event: &'a mut Event,
    /// Takes events and dead letters.
    pub sink: &'a mut dyn Sink,
    /// What was counted so far.
    pub report: &'a mut StreamReport,
}

impl Context<'_> {
    /// Hands the filled event on and counts it.
    pub fn emit(&mut self, format: RecordFormat, place: Place) {
        let count = self.report.records.entry(format).or_default();
        *count = count.saturating_add(1);
        self.sink.record(self.event, format, place);
    }

    /// Reports what could not be read, and counts it.
    pub fn dead(&mut self, offset: u64, reason: Reason, detail: impl Into<String>) {
        self.report.dead = self.report.dead.saturating_add(1);
        self.sink.dead(DeadLetter {
            file: self.name.clone(),
            offset,
            reason,
            detail: Untrusted::new(detail),
        });
    }
}
