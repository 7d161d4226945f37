//! Dispersion of gaps and sizes: Bowley's skew and the median absolute deviation.

use crate::network::number::median;

/// Quartiles closer than this say nothing about skew.
const QUARTILE_RANGE_MIN: f64 = 10.0;

/// How dispersed a list of numbers is, in their own unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// From 0 (scattered) to 1 (all equal); not rounded.
    pub score: f64,
    /// The median.
    pub median: f64,
    /// Bowley's quartile skewness, -1 to 1.
    pub skew: f64,
    /// The median absolute deviation from the median.
    pub mad: f64,
}

/// The score of some numbers: half symmetry, half narrowness. Where the median is below 1, the
/// narrowness is `narrowness_below_one`. Fewer than three numbers score 0.
pub fn spread(mut values: Vec<f64>, narrowness_below_one: f64) -> Spread {
    if values.len() < 3 {
        return Spread::default();
    }
    values.sort_unstable_by(f64::total_cmp);
    let (skew, mad) = (bowley_skew(&values), median_absolute_deviation(&values));
    let median = median(&values);
    let narrow =
        if median < 1.0 { narrowness_below_one } else { ((median - mad) / median).max(0.0) };
    Spread { score: f64::midpoint(1.0 - skew.abs(), narrow), median, skew, mad }
}

/// Bowley's skewness of sorted numbers. Quartiles are the medians of the two halves, without the
/// middle number where there is one. It is 0 where the quartiles are closer than 10, or the median
/// equals one of them.
pub fn bowley_skew(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    let (low, _) = sorted.split_at(half);
    let (_, high) = sorted.split_at(sorted.len().saturating_sub(half));
    let (first, second, third) = (median(low), median(sorted), median(high));
    let range = third - first;
    // The median is taken from these very numbers, so equal means equal to the bit.
    if range < QUARTILE_RANGE_MIN || second <= first || second >= third {
        return 0.0;
    }
    (first + third - 2.0 * second) / range
}

/// The median distance of sorted numbers from their median.
pub fn median_absolute_deviation(sorted: &[f64]) -> f64 {
    let middle = median(sorted);
    let mut away: Vec<f64> = sorted.iter().map(|value| (value - middle).abs()).collect();
    away.sort_unstable_by(f64::total_cmp);
    median(&away)
}
