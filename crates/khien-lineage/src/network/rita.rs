//! The beacon and threat scores of RITA v5, for people who know them: a column to compare with.
//!
//! Written from the published behaviour of version 5 (head a3c5150, January 2026) and held against
//! the values that its integration tests expect. The score tells regularity of gaps, of request
//! sizes and of hours; it does not tell who made the connections, and alone it is far too coarse
//! for an alarm. [`super::beacon`] has the evidence that this product acts on.
//!
//! [`score`] is the pure formula. [`Dataset`] emulates what stands before it: hourly imports, the
//! link between HTTP and connection records, the 24-hour window, names before addresses.

use super::number::{index_below, real, thousandths};

mod dataset;
mod histogram;
mod spread;
mod threat;

#[cfg(test)]
mod tests;

pub use dataset::{ConnRow, Dataset, Destination, History, Hour, NamedRow, Pair, PairReport};
pub use histogram::{BINS, histogram, longest_run};
pub use spread::{Spread, bowley_skew, median_absolute_deviation, spread};
pub use threat::{Facts, Modifier, Threat, Thresholds, Weights, bucketed, threat};

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

    /// How long it is, in seconds; never below 1.
    pub(crate) fn seconds(self) -> f64 {
        self.end_s.saturating_sub(self.start_s).max(1) as f64
    }
}

/// What the window shows of one pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Rhythm {
    /// At least four distinct seconds, below 86,400 connections.
    Beacon(Beacon),
    /// 86,400 connections and more.
    Strobe,
    /// Fewer than four distinct seconds.
    TooFew,
}

impl Rhythm {
    /// The beacon score, where there is one.
    pub const fn score(&self) -> Option<f64> {
        match self {
            Self::Beacon(beacon) => Some(beacon.score),
            Self::Strobe | Self::TooFew => None,
        }
    }
}

/// RITA's beacon score with its four parts, each from 0 to 1 and in thousandths.
#[derive(Clone, Debug, PartialEq)]
pub struct Beacon {
    /// The mean of the four parts.
    pub score: f64,
    /// Regularity of the gaps between connections.
    pub timestamps: f64,
    /// Regularity of the bytes sent.
    pub sizes: f64,
    /// How much of the window is covered.
    pub duration: f64,
    /// Regularity of the counts an hour.
    pub histogram: f64,
    /// Dispersion of the gaps, in seconds.
    pub gaps: Spread,
    /// Dispersion of the sizes, in bytes.
    pub bytes: Spread,
    /// Connections in each of the 24 parts of the window.
    pub hours: [u32; BINS],
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
    let hours = histogram(&sorted, window);
    let gaps = spread(gaps_of(&sorted), 1.0);
    let bytes = spread(bytes.iter().map(|bytes| *bytes as f64).collect(), 0.0);
    let (timestamps, sizes) = (thousandths(gaps.score), thousandths(bytes.score));
    let by_hour = histogram::score(&hours);
    let duration = duration_score(&hours, &sorted, window);
    Rhythm::Beacon(Beacon {
        score: thousandths((timestamps + sizes + duration + by_hour) / 4.0),
        timestamps,
        sizes,
        duration,
        histogram: by_hour,
        gaps,
        bytes,
        hours,
    })
}

/// Gaps between sorted times, in seconds, without those of zero.
fn gaps_of(sorted: &[i64]) -> Vec<f64> {
    sorted
        .windows(2)
        .filter_map(|pair| match pair {
            [earlier, later] if later != earlier => Some(later.saturating_sub(*earlier) as f64),
            _ => None,
        })
        .collect()
}

/// Parts of the window without which its coverage counts for nothing.
const FILLED_MIN: usize = 6;

/// Consecutive parts of the window that count as whole coverage.
const RUN_WHOLE: f64 = 12.0;

/// How much of the window is covered: by the span from first to last, or by the longest unbroken
/// run of hours (the day taken as a ring), whichever says more.
pub fn duration_score(hours: &[u32; BINS], sorted_s: &[i64], window: Window) -> f64 {
    if hours.iter().filter(|count| **count > 0).count() < FILLED_MIN {
        return 0.0;
    }
    let (first, last) = (sorted_s.first().copied(), sorted_s.last().copied());
    let span = last.unwrap_or(0).saturating_sub(first.unwrap_or(0)) as f64;
    let coverage = (span / window.seconds() * 1000.0).ceil() / 1000.0;
    let run = real(longest_run(hours)) / RUN_WHOLE;
    coverage.max(run).clamp(0.0, 1.0)
}

/// The part of the window that a time falls into; what lies before it falls into the first.
fn bin_of(time_s: i64, window: Window) -> usize {
    let since = time_s.saturating_sub(window.start_s).max(0) as f64;
    index_below(since / (window.seconds() / real(BINS)), BINS)
}
