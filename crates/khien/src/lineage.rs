//! Stored events through the engine of releases and departures.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

use khien_ingest::{Mapping, Normalizer};
use khien_lake::row::Row;
use khien_lake::{Lake, LakeError, QueryLimits, Selection, Walked, at};
use khien_lineage::engine::LineageView;
use khien_lineage::runtime_rate::RuntimeRatesError;
use khien_lineage::{Config, Engine, Finding, Losses, RuntimeRates, Status};
use khien_model::{Event, RecordFormat, Timestamp};

/// What is known of releases, and what they newly do.
pub struct Report {
    /// Lineages, by name.
    pub lineages: Vec<LineageView>,
    /// Departures, strongest first.
    pub findings: Vec<Finding>,
    /// What did not fit.
    pub losses: Losses,
    /// Events looked at.
    pub events: u64,
    /// Time of the first and the last of them.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// The lake's.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The table of base rates that is built in cannot be read: a defect.
    #[error("base rates of what programs do: {0}")]
    Rates(#[from] RuntimeRatesError),
}

/// A stored event as it was when it came: its second names are made again.
struct Again {
    normalizer: Normalizer,
    event: Event,
    formats: HashMap<String, RecordFormat>,
}

impl Again {
    fn make(&mut self, row: &Row<'_>, event: &Event) -> &Event {
        self.event.clone_from(event);
        let word = row.text(at::FORMAT);
        let format = match self.formats.get(word) {
            Some(format) => *format,
            None => {
                let read = serde_json::from_value(serde_json::Value::from(word));
                let format: RecordFormat = read.unwrap_or_default();
                self.formats.insert(word.to_owned(), format);
                format
            }
        };
        self.normalizer.again(&mut self.event, format);
        &self.event
    }
}

/// Replays what is stored. `progress` is told how many events were looked at.
///
/// # Errors
///
/// [`LineageError`]: it took too long, or a file cannot be read.
pub fn replay(
    lake: &Lake,
    selection: &Selection,
    mappings: Vec<Mapping>,
    limits: &QueryLimits,
    progress: &dyn Fn(u64),
) -> Result<Report, LineageError> {
    // History comes in order, and as a whole.
    let config = Config { lateness_s: 0, ..Config::default() };
    let mut engine = Engine::new(config, RuntimeRates::built_in()?);
    let mut again = Again {
        normalizer: Normalizer::new(mappings),
        event: Event::new(),
        formats: HashMap::new(),
    };
    let walked = Walked::default();
    let mut span: Option<(Timestamp, Timestamp)> = None;
    lake.replay(selection, limits, &walked, |row, event| {
        let Some(time) = event.time else { return };
        span = Some((span.map_or(time, |(first, _)| first), time));
        let (org, host) = (row.text(at::ORG), row.text(at::HOST));
        engine.observe(again.make(row, event), org, host, time);
        let events = walked.events.load(Ordering::Relaxed);
        if events.is_multiple_of(10_000) {
            progress(events);
        }
    })?;
    if let Some((_, last)) = span {
        engine.advance(last);
    }
    let findings = engine.findings();
    let mut lineages = engine.lineages();
    // What asks for somebody comes first, then what has a history.
    lineages.sort_by_key(|lineage| {
        let departures = findings.iter().filter(|finding| {
            finding.status == Status::Open
                && finding.org == lineage.org
                && finding.lineage == lineage.name
        });
        Reverse((departures.count(), lineage.releases.len()))
    });
    Ok(Report {
        lineages,
        findings,
        losses: engine.losses(),
        events: walked.events.into_inner(),
        span,
    })
}

impl Report {
    /// Leaves only lineages whose product or publisher holds this text, and their departures.
    pub fn narrow(&mut self, text: &str) {
        let text = text.to_lowercase();
        let holds = |name: &khien_lineage::finding::LineageName| {
            [&name.product, &name.publisher].iter().any(|part| part.as_raw().contains(&text))
        };
        self.lineages.retain(|lineage| holds(&lineage.name));
        self.findings.retain(|finding| holds(&finding.lineage));
    }

    /// Departures that ask for somebody.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == Status::Open)
    }

    /// Whether there was anything to compare: a lineage of which two releases were seen.
    pub fn has_compared(&self) -> bool {
        self.lineages.iter().any(|lineage| lineage.releases.len() > 1)
    }
}
