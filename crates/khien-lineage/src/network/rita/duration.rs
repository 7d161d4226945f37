//! How much of the window is covered.

use super::{Unscorable, Window};
use crate::network::number::real;

/// What coverage is judged with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Parts of the window that must be filled, or coverage counts for nothing.
    pub filled_min: usize,
    /// Consecutive parts of the window that count as whole coverage.
    pub run_whole: usize,
}

impl Limits {
    /// The reference's defaults.
    pub const RITA: Self = Self { filled_min: 6, run_whole: 12 };
}

/// How much of the window is covered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duration {
    /// The span from first to last as a share of the window, rounded up to thousandths.
    pub coverage: f64,
    /// The longest run of filled parts as a share of what counts as whole.
    pub consistency: f64,
    /// The higher of the two, 0 to 1.
    pub score: f64,
}

impl Duration {
    /// Judges connections between two times that fill so many parts of a window, so many of them
    /// without a break. All is 0 where too few parts are filled.
    ///
    /// # Errors
    ///
    /// The caller's: an empty window, a first time after the last one, or a limit of 0.
    pub fn of(
        window: Window,
        (first_s, last_s): (i64, i64),
        (filled, longest_run): (usize, usize),
        limits: Limits,
    ) -> Result<Self, Unscorable> {
        let whole = window.seconds()?;
        if last_s < first_s {
            return Err(Unscorable::Backwards);
        }
        if limits.filled_min == 0 || limits.run_whole == 0 {
            return Err(Unscorable::Limits);
        }
        if filled < limits.filled_min {
            return Ok(Self::default());
        }
        let span = last_s.saturating_sub(first_s) as f64 / whole;
        let coverage = ((span * 1000.0).ceil() / 1000.0).min(1.0);
        let consistency = (real(longest_run) / real(limits.run_whole)).min(1.0);
        Ok(Self { coverage, consistency, score: coverage.max(consistency) })
    }
}
