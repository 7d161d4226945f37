//! Parcels on their way into rows: what is read in them, what rules and indicators say to it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use khien_detect::correlate::Hit;
use khien_ingest::sniff::Kind;
use khien_ingest::{DeadLetter, Mapping, Normalizer, Place, Reason, Sink};
use khien_lake::row::{Origin, RowBuffer};
use khien_model::{Event, Limits, RecordFormat, Timestamp, Untrusted};

use super::correlating::Named;
use super::parcel::Form;
use super::pipeline::Known;
use super::segment::Incoming;
use crate::ingest::found::{FoundNames, add_finding};
use crate::scan::worker::Worker;

/// A parcel's number stands above those of its records: `parcel << RECORD_BITS | record`.
pub(super) const RECORD_BITS: u32 = 24;
/// From here on are the numbers of alerts of correlations, which no parcel has.
pub(super) const ALERTS: u64 = 1 << (RECORD_BITS - 1);
/// What dead letters of parcels name as their file.
const NAME: &str = "intake";

/// What was counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counted {
    /// Events.
    pub events: u64,
    /// Dead letters.
    pub dead: u64,
    /// Findings.
    pub findings: u64,
}

/// Who is told of events as they are read.
pub(super) trait Seen {
    /// A record.
    fn event(&mut self, event: &Event, host: &str, clock: (Timestamp, Instant));

    /// A match that correlations wait for.
    fn hit(&mut self, hit: Hit);
}

/// Makes rows of parcels.
pub(super) struct Intake<'k> {
    known: &'k Known,
    worker: Worker<'k>,
    normalizer: Normalizer,
    mappings: Vec<Mapping>,
    limits: Limits,
    words: HashMap<RecordFormat, String>,
    /// Rows that are not stored.
    pub(super) buffer: RowBuffer,
    /// Findings among them.
    pub(super) found: Vec<Named>,
    /// What they are.
    pub(super) counted: Counted,
}

impl<'k> Intake<'k> {
    pub(super) fn new(known: &'k Known, mappings: Vec<Mapping>) -> Self {
        Self {
            known,
            worker: Worker::new(&known.knowledge),
            normalizer: Normalizer::new(mappings.clone()),
            mappings,
            limits: Limits::default(),
            words: HashMap::new(),
            buffer: RowBuffer::new(),
            found: Vec::new(),
            counted: Counted::default(),
        }
    }

    /// Adds the rows of a parcel. `seen` is told of its events, and knows which are new to whom.
    ///
    /// # Errors
    ///
    /// It broke its reader, which is a defect: a dead letter says so, and records before that place
    /// are kept.
    pub(super) fn parcel<'s>(
        &mut self,
        incoming: &Incoming,
        of: &Of<'_>,
        seen: &'s mut (dyn Seen + 's),
    ) -> Result<(), Broken> {
        let origin = Origin {
            org: of.org.to_owned(),
            host: incoming.host.clone(),
            source: of.source.to_owned(),
            format: String::new(),
        };
        let kind = match incoming.form {
            Form::Json => Kind::Json,
            Form::Syslog => Kind::Syslog,
        };
        let (name, mut bytes) = (Untrusted::from(NAME), incoming.bytes.as_slice());
        let limits = self.limits;
        let mut normalizer = std::mem::take(&mut self.normalizer);
        let mut sink =
            Parcel { intake: self, of, seen, origin, number: incoming.number, record: 0 };
        let read = catch_unwind(AssertUnwindSafe(|| {
            let sink: &mut dyn Sink = &mut sink;
            khien_ingest::file::read_as(kind, &name, &mut bytes, &mut normalizer, &limits, sink);
        }));
        if read.is_ok() {
            self.normalizer = normalizer;
            return Ok(());
        }
        let detail = Untrusted::from("a defect in the reader; please report it");
        sink.dead(DeadLetter { file: name, offset: 0, reason: Reason::Malformed, detail });
        // Whatever they were in the middle of.
        self.normalizer = Normalizer::new(self.mappings.clone());
        self.worker = Worker::new(&self.known.knowledge);
        Err(Broken)
    }

    fn word(&mut self, format: RecordFormat) -> &str {
        self.words.entry(format).or_insert_with(|| {
            let word = serde_json::to_value(format).ok();
            word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
        })
    }
}

/// A parcel that broke its reader.
#[derive(Debug)]
pub(super) struct Broken;

/// Whose parcels they are.
pub(super) struct Of<'o> {
    /// The organisation.
    pub(super) org: &'o str,
    /// The spool, as the lake knows it.
    pub(super) source: &'o str,
    /// What findings are called.
    pub(super) names: &'o FoundNames,
    /// The clock.
    pub(super) clock: fn() -> (Timestamp, Instant),
}

/// Takes the records of one parcel.
struct Parcel<'p, 'k, 's> {
    intake: &'p mut Intake<'k>,
    of: &'p Of<'p>,
    seen: &'s mut (dyn Seen + 's),
    origin: Origin,
    number: u64,
    record: u64,
}

impl Parcel<'_, '_, '_> {
    /// The number of the record that comes now.
    fn number(&mut self) -> u64 {
        let record = self.record.min(ALERTS - 1);
        self.record = self.record.saturating_add(1);
        self.number << RECORD_BITS | record
    }
}

impl Sink for Parcel<'_, '_, '_> {
    fn event(&mut self, event: &Event, place: Place) {
        self.record(event, RecordFormat::default(), place);
    }

    fn record(&mut self, event: &Event, format: RecordFormat, place: Place) {
        let number = self.number();
        let intake = &mut *self.intake;
        intake.word(format).clone_into(&mut self.origin.format);
        intake.buffer.event(event, &self.origin, number);
        intake.counted.events += 1;
        intake.worker.event(event, place);
        self.seen.event(event, &self.origin.host, (self.of.clock)());
        intake.worker.found.hits.drain().for_each(|hit| self.seen.hit(hit));
        let known = intake.known;
        for found in intake.worker.found.detections.drain() {
            let names = self.of.names;
            if let Some(name) = names.of(found.finding, &known.knowledge, &known.advisories) {
                add_finding(&mut intake.buffer, &name, &found, &self.origin, number);
                intake.counted.findings += 1;
                intake.found.push((Arc::clone(&name), found));
            }
        }
    }

    fn dead(&mut self, letter: DeadLetter) {
        let number = self.number();
        let fields = serde_json::json!({
            "file": letter.file.as_raw(),
            "offset": letter.offset,
            "reason": letter.reason.as_str(),
            "detail": letter.detail.as_raw(),
        });
        let reason = letter.reason.as_str();
        self.intake.buffer.dead(&self.origin, reason, &fields.to_string(), number);
        self.intake.counted.dead += 1;
    }
}
