//! How many hosts one source reaches by one service within an hour, against its own past.

use std::collections::BTreeMap;

use khien_model::Timestamp;

use super::Edge;
use crate::network::Key;

/// The window in seconds.
const WINDOW_S: i64 = 3600;

/// Seconds that a destination may count beyond the window.
const PRUNE_S: i64 = 60;

/// Destinations below which no fan-out is told.
const REACHED_MIN: usize = 8;

/// How many times its usual maximum a source must reach.
const TIMES_USUAL: usize = 3;

/// Bound: destinations of one window that are told apart; a scan of more is told all the same.
const REACHED_MAX: usize = 4096;

/// A source that reaches many hosts by one service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FanOut {
    /// The source.
    pub source: Key,
    /// The service.
    pub service: Key,
    /// When it became too many.
    pub time: Timestamp,
    /// Hosts reached in the hour up to then.
    pub destinations: usize,
    /// The most that it reached in an hour before, hours of fan-outs that were told left out.
    pub usual: usize,
}

impl FanOut {
    /// The number from which on it is told.
    pub fn limit(&self) -> usize {
        limit(self.usual)
    }
}

fn limit(usual: usize) -> usize {
    usual.saturating_mul(TIMES_USUAL).max(REACHED_MIN)
}

/// The destinations of one source and service.
#[derive(Clone, Debug, Default)]
pub(super) struct Fan {
    /// When each was last reached.
    reached: BTreeMap<Key, i64>,
    /// The most in an hour that has ended, and the most in the present one.
    usual: usize,
    present: usize,
    hour: i64,
    /// When destinations beyond the window were last taken out.
    pruned_s: i64,
    /// Whether the present fan-out was told.
    told: bool,
}

impl Fan {
    pub(super) fn reach(
        &mut self,
        edge: Edge,
        time: Timestamp,
        second: i64,
        learnt: bool,
    ) -> Option<FanOut> {
        if self.reached.len() < REACHED_MAX || self.reached.contains_key(&edge.destination) {
            let last = self.reached.entry(edge.destination).or_insert(second);
            *last = (*last).max(second);
        }
        // Once a minute is often enough, and keeps a scan from costing its own square.
        if second.saturating_sub(self.pruned_s) >= PRUNE_S {
            self.pruned_s = second;
            self.reached.retain(|_, last| second.saturating_sub(*last) < WINDOW_S);
        }
        let destinations = self.reached.len();
        let hour = second.div_euclid(WINDOW_S);
        if hour > self.hour {
            // An hour of a fan-out that was told is not what is usual.
            if !self.told {
                self.usual = self.usual.max(self.present);
            }
            self.told &= destinations.saturating_mul(2) > limit(self.usual);
            (self.hour, self.present) = (hour, 0);
        }
        self.present = self.present.max(destinations);
        if destinations < limit(self.usual) || !learnt {
            return None;
        }
        if std::mem::replace(&mut self.told, true) {
            return None;
        }
        let (source, service, usual) = (edge.source, edge.service, self.usual);
        Some(FanOut { source, service, time, destinations, usual })
    }
}
