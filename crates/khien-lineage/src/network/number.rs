//! Conversions and small statistics that several engines share; none of them can panic.

/// A count as a floating number. Exact below 2^53, which no count here reaches.
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

/// The whole part of a number; what is not a number is 0, what is too large the nearest there is.
#[expect(clippy::cast_possible_truncation, reason = "`as` cuts off fractions and saturates")]
pub(super) const fn whole(value: f64) -> i64 {
    value as i64
}

/// The median of sorted numbers; 0 of none.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let upper = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let lower = sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    f64::midpoint(lower, upper)
}

/// Rounded half away from zero to three decimals.
pub(super) fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The logarithm of the weighted mean of odds that are given as logarithms: what several models
/// tell together, each believed as much as its weight says.
pub(super) fn ln_mean(odds: &[(f64, f64)]) -> f64 {
    let top = odds.iter().map(|(nats, _)| *nats).fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        return top;
    }
    let (sum, weights) = odds
        .iter()
        .fold((0.0, 0.0), |(sum, all), (nats, w)| (sum + w * (nats - top).exp(), all + w));
    top + (sum / weights).ln()
}
