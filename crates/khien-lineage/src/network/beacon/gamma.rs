//! The logarithm of the gamma function and its derivative, for positive numbers.

/// From here on the asymptotic series is good to ten digits.
const LARGE: f64 = 8.0;

/// The natural logarithm of the gamma function. Source: Stirling's series (Abramowitz and Stegun,
/// 6.1.41), reached by the recurrence for small numbers.
pub(super) fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x.max(f64::MIN_POSITIVE), 0.0);
    while x < LARGE {
        shift -= x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square / 1260.0));
    shift + (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

/// The derivative of that. Source: Abramowitz and Stegun, 6.3.18.
pub(super) fn digamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x.max(1e-6), 0.0);
    while x < LARGE {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    shift + x.ln() - 0.5 / x - square * (1.0 / 12.0 - square * (1.0 / 120.0 - square / 252.0))
}

/// The shape above `low` and below `high` at which a falling function is zero, by halving the
/// logarithm of the range.
pub(super) fn falling_zero(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (low.ln(), high.max(low).ln());
    for _ in 0..30 {
        let middle = f64::midpoint(low, high);
        if f(middle.exp()) > 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high).exp()
}
