//! What one thread of a scan does with the files it is given.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use khien_detect::correlate::{Hit, HitMaker};
use khien_detect::indicator::{IndicatorSet, Sighting};
use khien_detect::sigma::shard::MatcherHandle;
use khien_detect::sigma::{Coverage, Match, Matcher, RuleSet};
use khien_ingest::{DeadLetter, Place, Reason, Sink};
use khien_model::{Event, EventId, Timestamp, Untrusted};

use super::detection::{Detection, VALUE_CHARS_MAX};
use super::kinds::KindsSeen;
use super::report::DEAD_KEPT_MAX;
use super::spool::Spool;

/// What all threads share.
pub struct Knowledge {
    /// Rules, and engines over them.
    pub matcher: Arc<Matcher>,
    /// Which correlations want which matches.
    pub hits: HitMaker,
    /// Indicators of all advisories.
    pub indicators: IndicatorSet,
    /// Only what happened at or after this is reported.
    pub since: Option<Timestamp>,
    /// Only what happened before this is reported.
    pub until: Option<Timestamp>,
}

impl Knowledge {
    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.matcher.rules()
    }

    /// Position of an indicator among all findings: after the rules and the correlations.
    pub fn finding_of_indicator(&self, indicator: u32) -> u32 {
        let before = self.rules().rules().len() + self.rules().correlations().len();
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(indicator)
    }

    /// Position of a correlation among all findings: after the rules.
    pub fn finding_of_correlation(&self, correlation: u32) -> u32 {
        u32::try_from(self.rules().rules().len()).unwrap_or(u32::MAX).saturating_add(correlation)
    }
}

/// What a worker found.
#[derive(Default)]
pub struct Found {
    /// Detections of rules and indicators.
    pub detections: Spool<Detection>,
    /// Matches that correlations wait for.
    pub hits: Spool<Hit>,
    /// What the data held.
    pub coverage: Coverage,
    /// Which kinds of observables the data held.
    pub kinds: KindsSeen,
    /// Dead letters by reason.
    pub dead_by_reason: std::collections::BTreeMap<Reason, u64>,
    /// The first dead letters of each file.
    pub dead: Vec<DeadLetter>,
    /// Matches that a correlation wanted but that have no time.
    pub hits_without_time: u64,
    /// Fields left out of records with too many.
    pub fields_dropped: u64,
    /// The temporary folder failed.
    pub failed: Option<io::Error>,
}

/// Runs rules and indicators over the events of one file at a time.
pub struct Worker<'k> {
    knowledge: &'k Knowledge,
    matcher: MatcherHandle,
    file: String,
    /// The stream's name is learnt from dead letters only; records name the file.
    matches: Vec<Match>,
    sightings: Vec<Sighting>,
    dead_in_file: usize,
    /// What was found so far.
    pub found: Found,
}

/// Bound: dead letters kept of one file; all are counted.
const DEAD_PER_FILE_MAX: usize = 50;

impl<'k> Worker<'k> {
    /// A worker that knows nothing yet.
    pub fn new(knowledge: &'k Knowledge) -> Self {
        Self {
            knowledge,
            matcher: knowledge.matcher.handle(),
            file: String::new(),
            matches: Vec::new(),
            sightings: Vec::new(),
            dead_in_file: 0,
            found: Found::default(),
        }
    }

    /// The next events come from this file.
    pub fn enter(&mut self, file: &Untrusted) {
        file.as_raw().clone_into(&mut self.file);
        self.dead_in_file = 0;
    }

    fn in_range(&self, event: &Event) -> bool {
        event.time.is_none_or(|time| {
            self.knowledge.since.is_none_or(|since| time >= since)
                && self.knowledge.until.is_none_or(|until| time < until)
        })
    }

    fn report_matches(&mut self, event: &Event, place: Place, id: &mut Option<EventId>) {
        let knowledge = self.knowledge;
        for matched in std::mem::take(&mut self.matches) {
            let wanted = knowledge.hits.wants(matched.rule);
            if wanted && event.time.is_none() {
                self.found.hits_without_time += 1;
            }
            if wanted {
                let correlations = knowledge.rules().correlations();
                for hit in knowledge.hits.hits(correlations, matched.rule, event) {
                    let pushed = self.found.hits.push(hit);
                    self.keep_error(pushed);
                }
            }
            if knowledge.rules().rule(matched.rule).is_some_and(|rule| rule.reports) {
                let fields = fields_of(&matched);
                self.push(event, place, matched.rule, fields, id);
            }
        }
    }

    fn report_sightings(&mut self, event: &Event, place: Place, id: &mut Option<EventId>) {
        for sighting in std::mem::take(&mut self.sightings) {
            let finding = self.knowledge.finding_of_indicator(sighting.indicator);
            self.push(event, place, finding, vec![(sighting.field, sighting.value)], id);
        }
    }

    fn push(
        &mut self,
        event: &Event,
        place: Place,
        finding: u32,
        fields: Vec<(String, String)>,
        id: &mut Option<EventId>,
    ) {
        let detection = Detection {
            time_nanos: event.time.map_or(i64::MAX, Timestamp::as_nanos),
            host: event.host().to_owned(),
            finding,
            event: *id.get_or_insert_with(|| event.id()),
            file: self.file.clone(),
            record: place.record,
            offset: place.offset,
            fields,
            window: None,
        };
        let pushed = self.found.detections.push(detection);
        self.keep_error(pushed);
    }

    fn keep_error(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.found.failed.get_or_insert(error);
        }
    }
}

impl Sink for Worker<'_> {
    fn event(&mut self, event: &Event, place: Place) {
        self.found.coverage.note(event, self.knowledge.rules());
        self.found.kinds.note(event);
        self.found.fields_dropped += u64::from(event.fields_dropped());
        if !self.in_range(event) {
            return;
        }
        self.matches.clear();
        self.matcher.matches(event, &mut self.matches);
        self.sightings.clear();
        self.knowledge.indicators.matches(event, &mut self.sightings);
        let mut id = None;
        self.report_matches(event, place, &mut id);
        self.report_sightings(event, place, &mut id);
    }

    fn dead(&mut self, letter: DeadLetter) {
        *self.found.dead_by_reason.entry(letter.reason).or_default() += 1;
        self.dead_in_file += 1;
        if self.dead_in_file <= DEAD_PER_FILE_MAX && self.found.dead.len() < DEAD_KEPT_MAX {
            self.found.dead.push(letter);
        }
    }
}

/// The fields that made a rule match; one that several selections name is shown once.
fn fields_of(matched: &Match) -> Vec<(String, String)> {
    let mut seen = HashMap::new();
    let mut fields = Vec::new();
    for field in &matched.fields {
        let value = match &field.value {
            serde_json::Value::String(text) => cut(text),
            serde_json::Value::Null => String::new(),
            other => cut(&other.to_string()),
        };
        if seen.insert((field.field.clone(), value.clone()), ()).is_none() {
            fields.push((field.field.clone(), value));
        }
    }
    fields
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
