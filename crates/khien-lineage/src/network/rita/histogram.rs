//! Connections an hour of the window, and how regular those counts are.

use std::collections::BTreeMap;

use super::{Window, bin_of};
use crate::network::number::{real, thousandths};

/// Parts that the window is cut into.
pub const BINS: usize = 24;

/// Parts that must be filled before two usual heights are looked for.
const FILLED_MIN: usize = 11;

/// Heights this share of the tallest apart count as one.
const HEIGHT_STEP: f64 = 0.05;

/// Parts that may be out of line without cost.
const OUTLIERS: usize = 1;

/// Connections in each part of the window. Times before the window count in the first part.
pub fn histogram(times_s: &[i64], window: Window) -> [u32; BINS] {
    let mut counts = [0_u32; BINS];
    for time in times_s {
        if let Some(count) = counts.get_mut(bin_of(*time, window)) {
            *count = count.saturating_add(1);
        }
    }
    counts
}

/// How regular the counts are: all alike, or of two heights; the better of the two.
pub(super) fn score(counts: &[u32; BINS]) -> f64 {
    alike(counts).max(two_heights(counts))
}

/// One less the coefficient of variation, 0 where that is above 1.
pub(super) fn alike(counts: &[u32; BINS]) -> f64 {
    let mean = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / real(BINS);
    if mean <= 0.0 {
        return 0.0;
    }
    let squares = counts.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>();
    let variation = (squares / real(BINS)).sqrt() / mean;
    thousandths((1.0 - variation).max(0.0))
}

/// The share of filled parts, one outlier left out, that have one of the two commonest heights;
/// 0 with fewer than 11 filled parts.
pub(super) fn two_heights(counts: &[u32; BINS]) -> f64 {
    let filled = counts.iter().filter(|count| **count > 0).count();
    if filled < FILLED_MIN {
        return 0.0;
    }
    let tallest = counts.iter().max().copied().unwrap_or(0);
    let step = (f64::from(tallest) * HEIGHT_STEP).ceil().max(1.0);
    let mut heights: BTreeMap<u64, usize> = BTreeMap::new();
    for count in counts.iter().filter(|count| **count > 0) {
        let height = (f64::from(*count) / step).floor();
        let of_height = heights.entry(height.to_bits()).or_default();
        *of_height = of_height.saturating_add(1);
    }
    let mut often: Vec<usize> = heights.into_values().collect();
    often.sort_unstable_by(|a, b| b.cmp(a));
    let in_two: usize = often.iter().take(2).sum();
    thousandths(real(in_two) / real(filled.saturating_sub(OUTLIERS).max(1))).min(1.0)
}

/// The longest run of filled parts, the last one followed by the first.
pub fn longest_run(counts: &[u32; BINS]) -> usize {
    let (mut longest, mut run) = (0_usize, 0_usize);
    for count in counts.iter().chain(counts) {
        run = if *count > 0 { run.saturating_add(1) } else { 0 };
        longest = longest.max(run);
    }
    longest.min(BINS)
}
