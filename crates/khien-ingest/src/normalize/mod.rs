//! Gives events their time, host, class and log sources, whatever the producer calls them.
//!
//! JSON records are told apart by the names they carry. The answer is remembered per set of names
//! ([`Event::shape`]), so a stream of one producer is looked at once per kind of record.

mod again;
pub mod cloud;
pub mod eslogger;
pub mod generic;
pub(crate) mod http;
pub mod journald;
pub mod osquery;
pub(crate) mod program;
pub mod saas;
mod sources;
pub mod suricata;
pub mod windows;
pub mod zeek;

pub use sources::Sources;

use std::collections::HashMap;

use khien_model::{Event, RecordFormat};

use crate::mapping::Mapping;

/// Who wrote a JSON record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Dialect {
    Azure,
    CloudTrail,
    Eslogger,
    GcpAudit,
    Generic,
    Journald,
    /// By the mapping file of this number.
    Mapped(usize),
    Osquery,
    Saas,
    Suricata,
    Windows,
    Zeek,
}

/// Normalises records. One per worker: it holds caches, all bounded.
#[derive(Debug, Default)]
pub struct Normalizer {
    mappings: Vec<Mapping>,
    dialects: HashMap<u64, Dialect, foldhash::fast::FixedState>,
    /// Shared log sources.
    pub sources: Sources,
    windows: windows::Cache,
}

/// Tells a dialect by the names of a record.
type Test = fn(&Event) -> bool;

/// Bound: shapes remembered; beyond it the cache starts anew.
const SHAPES_MAX: usize = 8192;

impl Normalizer {
    /// A normaliser that tries these mapping files before the built-in dialects.
    pub fn new(mappings: Vec<Mapping>) -> Self {
        Self { mappings, ..Self::default() }
    }

    /// Normalises a JSON record and says what it was. `stream` is the stream's name, from which a
    /// Zeek JSON log without `_path` takes its kind.
    pub fn json(&mut self, event: &mut Event, stream: &str) -> RecordFormat {
        let dialect = match self.dialects.get(&event.shape()) {
            Some(dialect) => *dialect,
            None => {
                let dialect = self.detect(event);
                if self.dialects.len() >= SHAPES_MAX {
                    self.dialects.clear();
                }
                self.dialects.insert(event.shape(), dialect);
                dialect
            }
        };
        match dialect {
            Dialect::Azure => cloud::azure(event, &mut self.sources),
            Dialect::CloudTrail => cloud::cloudtrail(event, &mut self.sources),
            Dialect::Eslogger => eslogger::normalize(event, &mut self.sources),
            Dialect::GcpAudit => cloud::gcp(event, &mut self.sources),
            Dialect::Generic => generic::normalize(event, &mut self.sources),
            Dialect::Journald => journald::normalize(event, &mut self.sources),
            Dialect::Mapped(number) => {
                if let Some(mapping) = self.mappings.get(number) {
                    mapping.apply(event, &mut self.sources);
                }
                RecordFormat::Json
            }
            Dialect::Osquery => osquery::normalize(event, &mut self.sources),
            Dialect::Saas => saas::normalize(event, &mut self.sources),
            Dialect::Suricata => suricata::normalize(event, &mut self.sources),
            Dialect::Windows => {
                self.windows(event);
                RecordFormat::WindowsJson
            }
            Dialect::Zeek => zeek::normalize_json(event, stream, &mut self.sources),
        }
    }

    /// Normalises a Windows event, from an EVTX file or from JSON.
    pub fn windows(&mut self, event: &mut Event) {
        windows::normalize(event, &mut self.sources, &mut self.windows);
    }

    /// The detection looks at names only, never at values, so that it may be remembered by shape.
    fn detect(&self, event: &Event) -> Dialect {
        if let Some(number) = self.mappings.iter().position(|mapping| mapping.recognises(event)) {
            return Dialect::Mapped(number);
        }
        let tests: [(Test, Dialect); 10] = [
            (windows::recognises, Dialect::Windows),
            (suricata::recognises, Dialect::Suricata),
            (cloud::is_cloudtrail, Dialect::CloudTrail),
            (cloud::is_gcp, Dialect::GcpAudit),
            (cloud::is_azure, Dialect::Azure),
            (saas::recognises, Dialect::Saas),
            (eslogger::recognises, Dialect::Eslogger),
            (osquery::recognises, Dialect::Osquery),
            (journald::recognises, Dialect::Journald),
            (zeek::recognises, Dialect::Zeek),
        ];
        tests.into_iter().find(|(test, _)| test(event)).map_or(Dialect::Generic, |(_, d)| d)
    }
}
