//! Long connections, by what is usual for the application.
//!
//! Several connections that overlap are one presence: what counts is the time covered by any of
//! them ([`Union`]), open ones included as far as they have come. An hour and more is told once a
//! day, if few of the application's days were as long: a softphone's registration always is, an
//! image viewer's connection never.

use std::collections::BTreeMap;

use super::Key;
use super::rita::{Thresholds, bucketed};
use super::state::Triple;

mod union;

#[cfg(test)]
mod tests;

pub use union::Union;

const DAY_S: i64 = 86_400;

/// Seconds of presence in a day below which nothing is told.
const LONG_S: i64 = 3600;

/// Presences that must be known before one can be unusual.
const HISTORY_MIN: u32 = 19;

/// The share of presences at least as long, from which on a presence is usual.
const RARE_SHARE: f64 = 0.05;

/// Classes of length: below a minute, then each twice the one before.
const CLASSES: usize = 16;

/// A connection, closed or as far as it has come.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Who with whom.
    pub who: Triple,
    /// Its start, in seconds since 1970.
    pub start_s: i64,
    /// Its end, or the present while it is open, in seconds since 1970.
    pub end_s: i64,
}

/// A presence that is long, and longer than usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Presence {
    /// Who with whom.
    pub who: Triple,
    /// The day, as seconds since 1970 at its start.
    pub day_s: i64,
    /// Seconds of that day that were covered so far.
    pub covered_s: i64,
    /// Earlier presences that it was compared with, and how many of them were in its class of
    /// length or a longer one.
    pub history: (u32, u32),
    /// Whose they were.
    pub compared: Compared,
    /// What the reference tool would give for the length, 0 to 0.8.
    pub worth: f64,
}

impl Presence {
    /// The share of presences at least as long, this one included.
    pub fn rarity(&self) -> f64 {
        rarity(self.history)
    }
}

fn rarity((all, as_long): (u32, u32)) -> f64 {
    (f64::from(as_long) + 1.0) / (f64::from(all) + 1.0)
}

/// Whose presences a presence was compared with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Compared {
    /// Those of all applications: its own were too few.
    All,
    /// The application's own.
    Own,
}

/// Presences by class of length.
#[derive(Clone, Copy, Debug, Default)]
struct History([u32; CLASSES]);

impl History {
    fn add(&mut self, covered_s: i64) {
        if let Some(count) = self.0.get_mut(class_of(covered_s)) {
            *count = count.saturating_add(1);
        }
    }

    /// All, and those at least as long.
    fn compare(&self, covered_s: i64) -> (u32, u32) {
        let sum = |counts: &[u32]| counts.iter().fold(0_u32, |sum, n| sum.saturating_add(*n));
        (sum(&self.0), sum(self.0.get(class_of(covered_s)..).unwrap_or_default()))
    }
}

/// The class of a length: 0 below a minute, 1 below two, and so on.
fn class_of(covered_s: i64) -> usize {
    let minutes = u64::try_from(covered_s / 60).unwrap_or(0);
    minutes.checked_ilog2().map_or(0, |power| (power as usize).saturating_add(1)).min(CLASSES - 1)
}

/// Watches presences, a day (UTC) at a time. Sessions are expected in order of their ends.
#[derive(Clone, Debug)]
pub struct Presences {
    keys_max: usize,
    day_s: Option<i64>,
    today: BTreeMap<Triple, (Union, bool)>,
    own: BTreeMap<Key, History>,
    all: History,
    forgotten: u64,
}

impl Presences {
    /// Watches at most so many triples a day, and the history of as many applications; sessions of
    /// further ones are counted and not watched.
    pub const fn new(keys_max: usize) -> Self {
        Self {
            keys_max,
            day_s: None,
            today: BTreeMap::new(),
            own: BTreeMap::new(),
            all: History([0; CLASSES]),
            forgotten: 0,
        }
    }

    /// Sessions that did not fit.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes a session, also while it is open (every minute, say), and tells a presence that is
    /// long and longer than usual, once a day.
    pub fn observe(&mut self, session: &Session) -> Option<Presence> {
        let day_s = session.end_s.saturating_sub(session.end_s.rem_euclid(DAY_S));
        if self.day_s.is_none_or(|today| day_s > today) {
            self.end_day();
            self.day_s = Some(day_s);
        }
        let day_s = self.day_s.unwrap_or(day_s);
        if self.today.len() >= self.keys_max && !self.today.contains_key(&session.who) {
            self.forgotten = self.forgotten.saturating_add(1);
            return None;
        }
        let (union, told) = self.today.entry(session.who).or_default();
        union.add(session.start_s.max(day_s), session.end_s.min(day_s.saturating_add(DAY_S)));
        let covered_s = union.covered_s();
        if *told || covered_s < LONG_S {
            return None;
        }
        let own = self.own.get(&session.who.application).copied().unwrap_or_default();
        let (own, all) = (own.compare(covered_s), self.all.compare(covered_s));
        let (history, compared) =
            if own.0 >= HISTORY_MIN { (own, Compared::Own) } else { (all, Compared::All) };
        if history.0 < HISTORY_MIN || rarity(history) > RARE_SHARE {
            return None;
        }
        *told = true;
        let worth = bucketed(covered_s as f64 / 3600.0, &Thresholds::LONG_HOURS);
        Some(Presence { who: session.who, day_s, covered_s, history, compared, worth })
    }

    /// The day's presences become history.
    fn end_day(&mut self) {
        for (who, (union, _)) in std::mem::take(&mut self.today) {
            let covered_s = union.covered_s();
            self.all.add(covered_s);
            if self.own.len() < self.keys_max || self.own.contains_key(&who.application) {
                self.own.entry(who.application).or_default().add(covered_s);
            }
        }
    }
}
