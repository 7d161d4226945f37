//! Movement inside the network: edges that were never seen, and one host that reaches for many.
//!
//! An edge is who (host), whom (host), with which service, as which account. Traffic from inside to
//! inside is what this looks at, and what the reference tool leaves out. A new edge says little by
//! itself, so it comes with what exactly is new about it; fan-out compares a source with its own
//! past.

use std::collections::{BTreeMap, BTreeSet};

use khien_model::Timestamp;

use super::Key;

mod fan;

#[cfg(test)]
mod tests;

pub use fan::FanOut;

use fan::Fan;

const DAY_S: i64 = 86_400;

/// Seconds after which an edge may give way when there is no room.
const QUIET_S: i64 = 90 * DAY_S;

/// Who reached whom, how, and as whom.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Edge {
    /// The host that began.
    pub source: Key,
    /// The host that was reached.
    pub destination: Key,
    /// The service: port and protocol, or the operation where it is known (`svcctl`, WMI, RDP).
    pub service: Key,
    /// The account; the caller's id for *none* where it is not known.
    pub account: Key,
}

/// What was never seen before, about an edge that was not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NewParts {
    /// The source never reached the destination.
    pub pair: Seen,
    /// The source never used the service towards anybody.
    pub service: Seen,
    /// The account was never used from the source.
    pub account: Seen,
    /// Nobody ever reached the destination by this service.
    pub offered: Seen,
}

/// Whether something was seen before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seen {
    /// It was.
    Before,
    /// It was not.
    Never,
}

/// What an edge shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// An edge that was never seen.
    First {
        /// Which.
        edge: Edge,
        /// When.
        time: Timestamp,
        /// What exactly is new.
        parts: NewParts,
        /// Seconds since the source was first seen.
        source_age_s: i64,
    },
    /// A source that reaches for many.
    FanOut(FanOut),
}

/// What is remembered, and how long is learnt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// Seconds after a source is first seen in which its edges are learnt and not told.
    pub learning_s: i64,
    /// Edges. When they are full, those quiet for 90 days give way; when there is none, further ones
    /// are counted, and never called new.
    pub edges: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { learning_s: 7 * DAY_S, edges: 2_000_000 }
    }
}

/// Watches edges, in order of time.
#[derive(Clone, Debug)]
pub struct Edges {
    settings: Settings,
    /// Every edge with the second it was last seen.
    edges: BTreeMap<Edge, i64>,
    parts: BTreeSet<Part>,
    sources: BTreeMap<Key, i64>,
    fans: BTreeMap<(Key, Key), Fan>,
    forgotten: u64,
    swept_s: Option<i64>,
}

/// A part of an edge that may be new.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Part {
    Pair(Key, Key),
    Service(Key, Key),
    Account(Key, Key),
    Offered(Key, Key),
}

impl Edges {
    /// Begins to watch.
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            edges: BTreeMap::new(),
            parts: BTreeSet::new(),
            sources: BTreeMap::new(),
            fans: BTreeMap::new(),
            forgotten: 0,
            swept_s: None,
        }
    }

    /// Edges that did not fit.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes an edge, and says what it shows.
    pub fn observe(&mut self, edge: Edge, time: Timestamp) -> Vec<Found> {
        let second = time.as_nanos().div_euclid(1_000_000_000);
        let mut found = Vec::new();
        let is_known = self.edges.contains_key(&edge);
        if !is_known && !self.make_room(second) {
            self.forgotten = self.forgotten.saturating_add(1);
            return found;
        }
        let since = self.sources.entry(edge.source).or_insert(second);
        let source_age_s = second.saturating_sub(*since);
        let last = self.edges.entry(edge).or_insert(second);
        *last = (*last).max(second);
        if !is_known {
            let parts = NewParts {
                pair: self.learn(Part::Pair(edge.source, edge.destination)),
                service: self.learn(Part::Service(edge.source, edge.service)),
                account: self.learn(Part::Account(edge.source, edge.account)),
                offered: self.learn(Part::Offered(edge.destination, edge.service)),
            };
            if source_age_s >= self.settings.learning_s {
                found.push(Found::First { edge, time, parts, source_age_s });
            }
        }
        let fan = self.fans.entry((edge.source, edge.service)).or_default();
        let learnt = source_age_s >= self.settings.learning_s;
        found.extend(fan.reach(edge, time, second, learnt).map(Found::FanOut));
        found
    }

    fn learn(&mut self, part: Part) -> Seen {
        if self.parts.insert(part) { Seen::Never } else { Seen::Before }
    }

    /// Bound: edges; parts, sources and fans are never more than a few for each.
    fn make_room(&mut self, second: i64) -> bool {
        // Looking through all edges is worth it once a day only.
        let swept = self.swept_s.is_some_and(|swept| second.saturating_sub(swept) < DAY_S);
        if self.edges.len() >= self.settings.edges && !swept {
            self.swept_s = Some(second);
            self.edges.retain(|_, last| second.saturating_sub(*last) < QUIET_S);
            self.parts.clear();
            let (mut sources, mut fans) = (BTreeSet::new(), BTreeSet::new());
            for edge in self.edges.keys() {
                sources.insert(edge.source);
                fans.insert((edge.source, edge.service));
                self.parts.insert(Part::Pair(edge.source, edge.destination));
                self.parts.insert(Part::Service(edge.source, edge.service));
                self.parts.insert(Part::Account(edge.source, edge.account));
                self.parts.insert(Part::Offered(edge.destination, edge.service));
            }
            self.sources.retain(|source, _| sources.contains(source));
            self.fans.retain(|key, _| fans.contains(key));
        }
        self.edges.len() < self.settings.edges
    }
}
