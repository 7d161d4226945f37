//! What the data held, and which rules could therefore not fire: never "0 matches" in silence.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use khien_model::{Event, LogSource, Timestamp};
use serde::Serialize;

use super::rule::{Rule, RuleSet};

/// What was seen of each log source.
#[derive(Debug, Default)]
pub struct Coverage {
    sources: HashMap<u64, Seen, foldhash::fast::FixedState>,
    /// Events of log sources beyond the bound.
    pub uncounted: u64,
}

/// What was seen of one log source.
#[derive(Debug)]
pub struct Seen {
    /// The log source.
    pub source: Arc<LogSource>,
    /// Events.
    pub events: u64,
    /// Events without a readable time.
    pub without_time: u64,
    /// Time of the earliest and the latest event.
    pub span: Option<(Timestamp, Timestamp)>,
    shapes: HashSet<u64, foldhash::fast::FixedState>,
    /// Numbers of the rules' fields that occurred.
    fields: HashSet<u32, foldhash::fast::FixedState>,
    /// More kinds of records than are remembered: every field counts as seen.
    unbounded: bool,
}

/// Bound: log sources told apart.
const SOURCES_MAX: usize = 4096;
/// Bound: sets of names looked at per log source; past it, fields count as seen.
const SHAPES_MAX: usize = 20_000;

/// Why a rule could not fire on the data.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InertReason {
    /// No event of the rule's log source.
    NoLogSource,
    /// Events of the log source, but never the fields that the rule needs.
    FieldsNeverSeen,
}

/// A rule that could not fire on the data.
#[derive(Clone, Debug)]
pub struct Inert {
    /// The rule's position.
    pub rule: u32,
    /// Why.
    pub reason: InertReason,
    /// The fields that were never seen.
    pub missing: Vec<String>,
}

impl Coverage {
    /// Takes note of an event.
    pub fn note(&mut self, event: &Event, rules: &RuleSet) {
        if !self.sources.contains_key(&event.source.key()) && self.sources.len() >= SOURCES_MAX {
            self.uncounted = self.uncounted.saturating_add(1);
            return;
        }
        let seen = self
            .sources
            .entry(event.source.key())
            .or_insert_with(|| Seen::new(Arc::clone(&event.source)));
        seen.events = seen.events.saturating_add(1);
        match event.time {
            Some(time) => {
                let (first, last) = seen.span.unwrap_or((time, time));
                seen.span = Some((first.min(time), last.max(time)));
            }
            None => seen.without_time = seen.without_time.saturating_add(1),
        }
        if seen.unbounded || !seen.shapes.insert(event.shape()) {
            return;
        }
        seen.unbounded = seen.shapes.len() >= SHAPES_MAX;
        for name in event.names() {
            if let Some(number) = rules.fields.get(name) {
                seen.fields.insert(*number);
            }
        }
    }

    /// Adds what another worker saw.
    pub fn merge(&mut self, other: Self) {
        self.uncounted = self.uncounted.saturating_add(other.uncounted);
        for (key, theirs) in other.sources {
            let ours =
                self.sources.entry(key).or_insert_with(|| Seen::new(Arc::clone(&theirs.source)));
            ours.events = ours.events.saturating_add(theirs.events);
            ours.without_time = ours.without_time.saturating_add(theirs.without_time);
            ours.span = match (ours.span, theirs.span) {
                (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                (a, b) => a.or(b),
            };
            ours.fields.extend(theirs.fields);
            ours.unbounded |= theirs.unbounded;
            ours.shapes.extend(theirs.shapes);
        }
    }

    /// What was seen, by log source, in the order of their names.
    pub fn sources(&self) -> Vec<&Seen> {
        let mut sources: Vec<&Seen> = self.sources.values().collect();
        sources.sort_by_key(|seen| seen.source.to_string());
        sources
    }

    /// The rules that could not fire, and why.
    pub fn inert(&self, rules: &RuleSet) -> Vec<Inert> {
        (0_u32..)
            .zip(rules.rules())
            .filter(|(_, rule)| rule.is_on)
            .filter_map(|(index, rule)| self.inert_reason(index, rule, rules))
            .collect()
    }

    fn inert_reason(&self, index: u32, rule: &Rule, rules: &RuleSet) -> Option<Inert> {
        let in_scope: Vec<&Seen> =
            self.sources.values().filter(|seen| rule.applies_to(&seen.source)).collect();
        if in_scope.is_empty() {
            let reason = InertReason::NoLogSource;
            return Some(Inert { rule: index, reason, missing: Vec::new() });
        }
        let has = |field: &str| {
            let number = rules.fields.get(field);
            in_scope.iter().any(|s| s.unbounded || number.is_some_and(|n| s.fields.contains(n)))
        };
        let missing: Vec<String> =
            rule.needs.missing(&has).into_iter().map(str::to_owned).collect();
        (!missing.is_empty()).then_some(Inert {
            rule: index,
            reason: InertReason::FieldsNeverSeen,
            missing,
        })
    }
}

impl Seen {
    fn new(source: Arc<LogSource>) -> Self {
        Self {
            source,
            events: 0,
            without_time: 0,
            span: None,
            shapes: HashSet::default(),
            fields: HashSet::default(),
            unbounded: false,
        }
    }
}
