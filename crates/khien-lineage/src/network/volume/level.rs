//! The usual level of uploads, and sums over what exceeds it.

use serde::{Deserialize, Serialize};

/// How much one bin moves the level: about the last 20 count.
const FADE: f64 = 0.1;

/// Bins before which there is no usual level.
const BINS_MIN: u32 = 8;

/// The least deviation, in nats: a factor of 1.6.
const DEVIATION_MIN: f64 = 0.5;

/// Deviations above the mean that are usual.
const USUAL: f64 = 1.0;

/// Deviations beyond the usual that add up to a jump.
pub const ALARM: f64 = 5.0;

/// A bin that is far out of line teaches no more than this, in deviations.
const TEACHES_MAX: f64 = 3.0;

/// A bin that exceeds the usual level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Jump {
    /// The bin's length in seconds: an hour or a day.
    pub window_s: i64,
    /// Bytes sent in it so far.
    pub bytes: u64,
    /// The mean of ln(1 + bytes) over bins before, in nats.
    pub mean: f64,
    /// Its deviation, at least 0.5.
    pub deviation: f64,
    /// What bins before have added up to.
    pub before: f64,
    /// What it adds up to with this one, in deviations.
    pub sum: f64,
}

impl Jump {
    /// The sum that the other numbers give.
    pub fn sum_of(&self) -> f64 {
        let exceeds = ((self.bytes as f64).ln_1p() - self.mean) / self.deviation;
        (self.before + exceeds - USUAL).max(0.0)
    }
}

/// Mean and deviation of ln(1 + bytes), faded, and the cumulative sum.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    bins: u32,
    mean: f64,
    variance: f64,
    sum: f64,
}

impl Level {
    /// Whether the bytes of the current bin are a jump.
    pub(super) fn jump(&self, bytes: u64, window_s: i64) -> Option<Jump> {
        let jump = self.with(bytes, window_s);
        (self.bins >= BINS_MIN && jump.sum >= ALARM).then_some(jump)
    }

    /// Ends a bin. After an alarm the sum begins anew.
    pub(super) fn end(&mut self, bytes: u64, told: bool) {
        if bytes == 0 {
            return;
        }
        let enough = self.bins >= BINS_MIN;
        self.sum = if told || !enough { 0.0 } else { self.with(bytes, 0).sum };
        let reach = TEACHES_MAX * self.deviation();
        let away = (bytes as f64).ln_1p() - self.mean;
        let away = if enough { away.clamp(-reach, reach) } else { away };
        // The first bins count evenly.
        let fade = FADE.max(1.0 / (f64::from(self.bins) + 1.0));
        self.mean += fade * away;
        self.variance = (1.0 - fade) * (self.variance + fade * away * away);
        self.bins = self.bins.saturating_add(1);
    }

    fn with(&self, bytes: u64, window_s: i64) -> Jump {
        let (mean, deviation, before) = (self.mean, self.deviation(), self.sum);
        let mut jump = Jump { window_s, bytes, mean, deviation, before, sum: 0.0 };
        jump.sum = jump.sum_of();
        jump
    }

    fn deviation(&self) -> f64 {
        self.variance.sqrt().max(DEVIATION_MIN)
    }
}
