//! The beacon and threat scores of RITA v5, for people who know them: a column to compare with.
//!
//! Written from the published behaviour of version 5 (head a3c5150, January 2026) and held against
//! the values that its unit and integration tests expect. The score tells regularity of gaps, of request
//! sizes and of hours; it does not tell who made the connections, and alone it is far too coarse
//! for an alarm. [`super::beacon`] has the evidence that this product acts on.
//!
//! [`score`] is the pure formula. [`Dataset`] emulates what stands before it: hourly imports, the
//! link between HTTP and connection records, the 24-hour window, names before addresses.

use super::number::thousandths;

mod dataset;
mod duration;
mod histogram;
mod spread;
mod threat;
mod unscorable;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use dataset::{ConnRow, Dataset, Destination, History, Hour, NamedRow, Pair, PairReport};
pub use duration::{Duration, Limits};
pub use histogram::{BINS, Bins, Heights, Histogram, Shape, alike, longest_run};
pub use spread::{Distinct, Regularity, Sorted, Spread, sizes, timestamps};
pub use threat::{Facts, Modifier, Threat, Thresholds, Weights, bucketed, threat};
pub use unscorable::Unscorable;

/// Connections in the window from which on a pair is a strobe instead of a beacon.
pub const STROBE_CONNECTIONS: usize = 86_400;

/// Distinct seconds that a pair needs to be scored.
pub const TIMES_MIN: usize = 4;

/// Seconds of the window that is scored.
const WINDOW_S: i64 = 86_400;

/// The window that is scored, in whole seconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// Its first second.
    pub start_s: i64,
    /// Its last second: the newest time in the data set.
    pub end_s: i64,
}

impl Window {
    /// The 24 hours before the newest record.
    pub const fn before(newest_s: i64) -> Self {
        Self { start_s: newest_s.saturating_sub(WINDOW_S), end_s: newest_s }
    }

    /// From when on rows are taken: the full hour before the window's start. The histogram begins
    /// at the start itself, so that up to an hour of rows falls into its first bin.
    pub const fn rows_from_s(self) -> i64 {
        self.start_s.saturating_sub(self.start_s.rem_euclid(3600))
    }

    /// How long it is, in seconds.
    ///
    /// # Errors
    ///
    /// The caller's: it ends where it begins, or before.
    pub(crate) fn seconds(self) -> Result<f64, Unscorable> {
        if self.end_s <= self.start_s {
            return Err(Unscorable::Window);
        }
        Ok(self.end_s.saturating_sub(self.start_s) as f64)
    }
}

/// What the window shows of one pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Rhythm {
    /// At least four distinct seconds, below 86,400 connections.
    Beacon(Box<Beacon>),
    /// 86,400 connections and more.
    Strobe,
    /// Fewer than four distinct seconds.
    TooFew,
    /// What was given cannot be scored: an empty window, or fewer than three sizes.
    Unscorable(Unscorable),
}

impl Rhythm {
    /// The beacon score, where there is one.
    pub const fn score(&self) -> Option<f64> {
        match self {
            Self::Beacon(beacon) => Some(beacon.score),
            Self::Strobe | Self::TooFew | Self::Unscorable(_) => None,
        }
    }
}

/// RITA's beacon score with its four parts. Each has a score from 0 to 1 in thousandths.
#[derive(Clone, Debug, PartialEq)]
pub struct Beacon {
    /// The mean of the four parts.
    pub score: f64,
    /// Regularity of the gaps between connections, in seconds.
    pub timestamps: Regularity,
    /// Regularity of the bytes sent.
    pub sizes: Regularity,
    /// How much of the window is covered.
    pub duration: Duration,
    /// Regularity of the counts in the 24 parts of the window.
    pub histogram: Histogram,
}

/// Scores the connections of one pair: when they began (seconds, in any order, repetitions kept),
/// and how many bytes of IP packets the source sent in each.
///
/// The two lists are sorted apart: RITA does not couple times and sizes.
pub fn score(times_s: &[i64], bytes: &[u64], window: Window) -> Rhythm {
    if times_s.len() >= STROBE_CONNECTIONS {
        return Rhythm::Strobe;
    }
    let mut sorted = times_s.to_vec();
    sorted.sort_unstable();
    let distinct = sorted.chunk_by(|a, b| a == b).count();
    if distinct < TIMES_MIN {
        return Rhythm::TooFew;
    }
    match beacon(&sorted, bytes, window) {
        Ok(beacon) => Rhythm::Beacon(Box::new(beacon)),
        Err(why) => Rhythm::Unscorable(why),
    }
}

/// What each of the four parts weighs.
const WEIGHT: f64 = 0.25;

fn beacon(sorted_s: &[i64], bytes: &[u64], window: Window) -> Result<Beacon, Unscorable> {
    let (Some(first), Some(last)) = (sorted_s.first(), sorted_s.last()) else {
        return Err(Unscorable::TooFewTimes);
    };
    let (timestamps, sizes) = (timestamps(sorted_s)?, sizes(bytes)?);
    let histogram = Histogram::of(sorted_s, window, &Shape::RITA)?;
    let bars = (histogram.heights.filled, histogram.heights.longest_run);
    let duration = Duration::of(window, (*first, *last), bars, Limits::RITA)?;
    let parts = [timestamps.score, sizes.score, duration.score, histogram.score];
    let score = weigh(parts.map(|part| (part, WEIGHT)))?;
    Ok(Beacon { score, timestamps, sizes, duration, histogram })
}

/// How far the sum of the weights may be from 1: what adding binary fractions costs.
const WEIGHTS_SLACK: f64 = 1e-9;

/// The weighted mean of the four parts, each given as value and weight; in thousandths.
///
/// # Errors
///
/// The caller's: a value or a weight that is not from 0 to 1, or weights that do not add up to 1.
pub fn weigh(parts: [(f64, f64); 4]) -> Result<f64, Unscorable> {
    let in_range = |value: f64| (0.0..=1.0).contains(&value);
    if !parts.iter().all(|(value, weight)| in_range(*value) && in_range(*weight)) {
        return Err(Unscorable::OutOfRange);
    }
    let weights: f64 = parts.iter().map(|(_, weight)| weight).sum();
    if (weights - 1.0).abs() > WEIGHTS_SLACK {
        return Err(Unscorable::Weights);
    }
    Ok(thousandths(parts.iter().map(|(value, weight)| value * weight).sum()))
}
