//! Connections an hour of the window, and how regular those counts are.

use std::collections::BTreeMap;

use super::{Unscorable, Window};
use crate::network::number::{real, thousandths, whole};

/// Parts that the window is cut into.
pub const BINS: usize = 24;

/// Below this many filled parts two usual heights are no news, whatever the limit says.
const FILLED_LEAST: usize = 3;

/// What the histogram is made and judged with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Parts that the window is cut into.
    pub bins: usize,
    /// Heights this share of the tallest apart count as one.
    pub height_step: f64,
    /// Parts that may be out of line without cost.
    pub outliers: usize,
    /// Parts that must be filled before two usual heights are looked for; at least 3.
    pub filled_min: usize,
}

impl Shape {
    /// The reference's defaults.
    pub const RITA: Self = Self { bins: BINS, height_step: 0.05, outliers: 1, filled_min: 11 };
}

/// Where the parts of a window begin, and where the last one ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    edges: Vec<f64>,
}

impl Bins {
    /// Cuts a window into equal parts.
    ///
    /// # Errors
    ///
    /// The caller's: a window that ends where it begins or before, or no parts.
    pub fn new(window: Window, bins: usize) -> Result<Self, Unscorable> {
        let step = window.seconds()? / real(bins);
        let (start, end) = (window.start_s as f64, window.end_s as f64);
        let inner = (0..bins).map(|bin| start + real(bin) * step);
        Self::between(inner.chain([end]).collect())
    }

    /// Takes edges as they are, in ascending order.
    ///
    /// # Errors
    ///
    /// The caller's: fewer than two edges.
    pub fn between(edges: Vec<f64>) -> Result<Self, Unscorable> {
        if edges.len() < 2 { Err(Unscorable::Window) } else { Ok(Self { edges }) }
    }

    /// The edges, one more than parts.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Connections in each part. What lies before the window counts in the first part, and what
    /// lies at its end or after it in the last one.
    ///
    /// # Errors
    ///
    /// The caller's: no times.
    pub fn count(&self, times_s: &[i64]) -> Result<Vec<u32>, Unscorable> {
        if times_s.is_empty() {
            return Err(Unscorable::TooFewTimes);
        }
        let mut counts = vec![0_u32; self.edges.len().saturating_sub(1)];
        let last = counts.len().saturating_sub(1);
        for time in times_s {
            let begun = self.edges.partition_point(|edge| *edge <= *time as f64);
            if let Some(count) = counts.get_mut(begun.saturating_sub(1).min(last)) {
                *count = count.saturating_add(1);
            }
        }
        Ok(counts)
    }
}

/// Connections in each part of a window, and what they show.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Connections in each part.
    pub counts: Vec<u32>,
    /// Which heights occur.
    pub heights: Heights,
    /// How regular the counts are, all alike or of two heights, whichever says more: 0 to 1, in
    /// thousandths.
    pub score: f64,
}

impl Histogram {
    /// Counts and judges times in any order.
    ///
    /// # Errors
    ///
    /// The caller's: no times, an empty window, or no parts.
    pub fn of(times_s: &[i64], window: Window, shape: &Shape) -> Result<Self, Unscorable> {
        let counts = Bins::new(window, shape.bins)?.count(times_s)?;
        let heights = Heights::of(&counts, shape.height_step)?;
        let score = alike(&counts)?.max(heights.in_two(shape.outliers, shape.filled_min)?);
        Ok(Self { counts, heights, score: thousandths(score) })
    }
}

/// One less the coefficient of variation, 0 where that is above 1; not rounded.
///
/// # Errors
///
/// The caller's: no part is filled.
pub fn alike(counts: &[u32]) -> Result<f64, Unscorable> {
    let sum: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    if sum <= 0.0 {
        return Err(Unscorable::Empty);
    }
    let mean = sum / real(counts.len());
    let squares = counts.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>();
    let variation = (squares / real(counts.len())).sqrt() / mean;
    Ok((1.0 - variation).max(0.0))
}

/// Which heights the filled parts of a window have, and how the filled parts lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heights {
    /// How many parts have each height, heights rounded down to whole steps.
    pub parts: BTreeMap<u32, usize>,
    /// How many parts are filled.
    pub filled: usize,
    /// The longest run of filled parts, the last one followed by the first.
    pub longest_run: usize,
}

impl Heights {
    /// Groups the heights of filled parts. A step is the share `step` of the tallest, rounded up.
    ///
    /// # Errors
    ///
    /// The caller's: no parts.
    pub fn of(counts: &[u32], step: f64) -> Result<Self, Unscorable> {
        let tallest = counts.iter().max().copied().ok_or(Unscorable::Empty)?;
        let step = whole((f64::from(tallest) * step).ceil());
        let step = u32::try_from(step).unwrap_or(u32::MAX).max(1);
        let mut heights = Self { longest_run: longest_run(counts), ..Self::default() };
        for count in counts.iter().filter(|count| **count > 0) {
            heights.filled = heights.filled.saturating_add(1);
            let height = count.saturating_sub(count.checked_rem(step).unwrap_or(0));
            let of_height = heights.parts.entry(height).or_default();
            *of_height = of_height.saturating_add(1);
        }
        Ok(heights)
    }

    /// The share of filled parts, some outliers left out, that have one of the two commonest
    /// heights, at most 1 and not rounded; 0 with fewer than `filled_min` filled parts.
    ///
    /// # Errors
    ///
    /// The caller's: no part is filled.
    pub fn in_two(&self, outliers: usize, filled_min: usize) -> Result<f64, Unscorable> {
        if self.filled == 0 || self.parts.is_empty() {
            return Err(Unscorable::Empty);
        }
        if self.filled < filled_min.max(FILLED_LEAST) {
            return Ok(0.0);
        }
        let mut often: Vec<usize> = self.parts.values().copied().collect();
        often.sort_unstable_by(|a, b| b.cmp(a));
        let in_two: usize = often.iter().take(2).sum();
        Ok((real(in_two) / real(self.filled.saturating_sub(outliers).max(1))).min(1.0))
    }
}

/// The longest run of filled parts, the last one followed by the first.
pub fn longest_run(counts: &[u32]) -> usize {
    let (mut longest, mut run) = (0_usize, 0_usize);
    for count in counts.iter().chain(counts) {
        run = if *count > 0 { run.saturating_add(1) } else { 0 };
        longest = longest.max(run);
    }
    longest.min(counts.len())
}
