//! Correlation in event time: matches of several events joined by what they share.
//!
//! The order in which records are read says nothing about the order in which things happened: files
//! are read in parallel, hosts report late. So a [`Hit`] (one match, reduced to what correlations need
//! of it) waits until the watermark has passed its time, and everything after that sees hits in the
//! order of their own clocks. Absence (`a and not b`) is decided when its window closes, never before.
//! One window gives one alert. State is bounded; what the bound costs is counted and shown.
//!
//! Source: Sigma correlation rules specification 2.1; absence as accepted for 2.2 (SEP 198).

mod condition;
mod document;
mod engine;
mod link;
mod state;

pub use condition::{Comparison, Threshold};
pub(crate) use document::{Details, Documents};
pub use engine::{Correlator, CorrelatorReport};

use khien_model::{Event, EventId, Scalar, Severity, Technique, Timestamp, Untrusted};
use serde::{Deserialize, Serialize};

use condition::Condition;

/// A correlation rule whose references are resolved.
#[derive(Clone, Debug)]
pub struct CorrelationRule {
    /// The rule's own id, or empty.
    pub id: String,
    /// The name that other correlations refer to it by.
    pub name: Option<String>,
    /// Title.
    pub title: Untrusted,
    /// What it looks for and why.
    pub description: Untrusted,
    /// Known benign causes.
    pub false_positives: Vec<Untrusted>,
    /// Severity.
    pub severity: Severity,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// Where it was loaded from.
    pub origin: Untrusted,
    /// Whether its base rules report their own matches too.
    pub generate: bool,
    /// Whether its alerts are reported; one that only feeds another correlation is silent.
    pub reports: bool,
    /// Whether it is looked at at all ([`crate::sigma::RuleSet::turn_off`]).
    pub is_on: bool,
    /// What it counts, as Sigma calls it.
    pub kind: &'static str,
    /// Fields that events must share; empty for one global group.
    pub group_by: Vec<String>,
    /// Length of the window, in nanoseconds.
    pub timespan_nanos: i64,
    pub(crate) inputs: Vec<Input>,
    pub(crate) condition: Condition,
    /// Fields whose values are counted or summed.
    pub(crate) value_fields: Vec<String>,
    /// 0 for correlations over detection rules only; one more than the highest it stands on.
    pub(crate) level: usize,
}

/// One of the rules that a correlation stands on.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) source: InputSource,
    /// Where this rule's events keep the group-by values.
    pub(crate) group_fields: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InputSource {
    /// A detection rule, by position.
    Rule(u32),
    /// Another correlation, by position.
    Correlation(u32),
}

impl CorrelationRule {
    /// The detection rules it stands on, by position.
    pub fn base_rules(&self) -> impl Iterator<Item = u32> {
        self.inputs.iter().filter_map(|input| match input.source {
            InputSource::Rule(rule) => Some(rule),
            InputSource::Correlation(_) => None,
        })
    }

    /// The correlations it stands on, by position.
    pub fn base_correlations(&self) -> impl Iterator<Item = u32> {
        self.inputs.iter().filter_map(|input| match input.source {
            InputSource::Correlation(correlation) => Some(correlation),
            InputSource::Rule(_) => None,
        })
    }

    /// The ATT&CK techniques among its tags.
    pub fn techniques(&self) -> impl Iterator<Item = Technique> {
        self.tags.iter().filter_map(|tag| Technique::from_tag(tag))
    }
}

/// A correlation that another stands on reports nothing of its own, unless that one says `generate`.
pub(crate) fn silence_inner(correlations: &mut [CorrelationRule]) {
    let inner: Vec<(u32, bool)> = correlations
        .iter()
        .flat_map(|outer| {
            outer.inputs.iter().filter_map(|input| match input.source {
                InputSource::Correlation(number) => Some((number, outer.generate)),
                InputSource::Rule(_) => None,
            })
        })
        .collect();
    for (number, correlation) in (0_u32..).zip(correlations.iter_mut()) {
        let mut over = inner.iter().filter(|(inner, _)| *inner == number).peekable();
        correlation.reports = over.peek().is_none() || over.any(|(_, generate)| *generate);
    }
}

/// One match, reduced to what correlations need of it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Hit {
    /// When it happened, in nanoseconds since the epoch.
    pub time_nanos: i64,
    /// The event, to break ties in a way that does not depend on the order of reading.
    pub event: EventId,
    /// The correlation it is for, by position.
    pub correlation: u32,
    /// Which of the correlation's rules matched.
    pub input: u32,
    /// The host it was seen on.
    pub host: Box<str>,
    /// The group-by values.
    pub group: Box<[Box<str>]>,
    /// The counted or summed value.
    pub value: Option<Box<str>>,
}

impl Hit {
    /// When it happened.
    pub const fn time(&self) -> Timestamp {
        Timestamp::from_nanos(self.time_nanos)
    }
}

/// Which correlations want matches of which rule.
#[derive(Debug, Default)]
pub struct HitMaker {
    by_rule: std::collections::HashMap<u32, Vec<(u32, u32)>>,
}

impl HitMaker {
    /// Prepares for a set of correlations.
    pub fn new(correlations: &[CorrelationRule]) -> Self {
        let mut maker = Self::default();
        for (number, correlation) in (0_u32..).zip(correlations).filter(|(_, c)| c.is_on) {
            for (input, stands_on) in (0_u32..).zip(&correlation.inputs) {
                if let InputSource::Rule(rule) = stands_on.source {
                    maker.by_rule.entry(rule).or_default().push((number, input));
                }
            }
        }
        maker
    }

    /// Whether any correlation wants matches of this rule.
    pub fn wants(&self, rule: u32) -> bool {
        self.by_rule.contains_key(&rule)
    }

    /// Makes the hits of one match. An event without a time or without a group-by field makes none.
    pub fn hits<'m>(
        &'m self,
        correlations: &'m [CorrelationRule],
        rule: u32,
        event: &'m Event,
    ) -> impl Iterator<Item = Hit> + 'm {
        let wanted = self.by_rule.get(&rule).map(Vec::as_slice).unwrap_or_default();
        let id = if wanted.is_empty() { None } else { Some(event.id()) };
        wanted.iter().filter_map(move |(number, input)| {
            let correlation = correlations.get(usize::try_from(*number).ok()?)?;
            let stands_on = correlation.inputs.get(usize::try_from(*input).ok()?)?;
            let group = stands_on
                .group_fields
                .iter()
                .map(|field| text_of(event, field))
                .collect::<Option<Box<[Box<str>]>>>()?;
            Some(Hit {
                time_nanos: event.time?.as_nanos(),
                event: id?,
                correlation: *number,
                input: *input,
                host: event.host().into(),
                group,
                value: value_of(event, &correlation.value_fields),
            })
        })
    }
}

fn text_of(event: &Event, field: &str) -> Option<Box<str>> {
    match event.get(field)? {
        Scalar::Null => None,
        value => Some(value.to_string().into_boxed_str()),
    }
}

/// Several fields count as one value: their combination.
fn value_of(event: &Event, fields: &[String]) -> Option<Box<str>> {
    match fields {
        [] => None,
        [field] => text_of(event, field),
        fields => {
            let parts: Option<Vec<Box<str>>> = fields.iter().map(|f| text_of(event, f)).collect();
            Some(parts?.join("\u{1f}").into_boxed_str())
        }
    }
}

/// A correlation came true.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelationAlert {
    /// The correlation, by position.
    pub correlation: u32,
    /// When its condition came true; for absence and upper bounds, when the window closed.
    pub at: Timestamp,
    /// First event of the window.
    pub first: Timestamp,
    /// Last event of the window.
    pub last: Timestamp,
    /// Group-by fields and values.
    pub group: Vec<(String, String)>,
    /// Hosts of the window's events, at most [`HOSTS_MAX`], sorted.
    pub hosts: Vec<String>,
    /// Events of the window.
    pub count: u64,
    /// The number that met the condition: a count, a sum, an average.
    pub aggregate: f64,
    /// Some of the events: the first ones and the last.
    pub events: Vec<EventId>,
}

/// Bound: hosts named in one alert.
pub const HOSTS_MAX: usize = 20;
/// Bound: events named in one alert.
pub const EVENTS_MAX: usize = 20;
