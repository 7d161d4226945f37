//! Are the gaps too alike for chance? Sums of gamma-distributed sleeps against exponential gaps.

use serde::{Deserialize, Serialize};

use super::burst::{Burst, gaps};
use super::even::even;
use super::gamma::{digamma, falling_zero, ln_gamma};
use crate::network::number::ln_mean;

/// What the gaps tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Renewal {
    /// Nats for sleeps against random traffic; negative where gaps differ more than chance has it.
    pub nats: f64,
    /// The gamma shape of one sleep: 1 is chance, 27 a jitter of 50 %, below 1 are bursts.
    pub shape: f64,
    /// The mean sleep in seconds, lost contacts taken into account.
    pub mean_sleep_s: f64,
    /// The share of contacts that seem lost, 0 to 1.
    pub lost: f64,
    /// Gaps that were left out as sleep or absence of the machine: the longest.
    pub left_out: usize,
}

impl Renewal {
    /// The jitter J of a sleep that is spread evenly between (1 - J) and 1 of its period and has
    /// this shape; 0 to 1.
    pub fn jitter(&self) -> f64 {
        let spread = (12.0 / self.shape.max(0.01)).sqrt();
        (spread / (1.0 + spread / 2.0)).clamp(0.0, 1.0)
    }
}

/// Shares of lost contacts that are tried, each with its weight before the data were seen.
pub(super) const LOST: [(f64, f64); 4] =
    [(0.0, 0.5), (0.15, 1.0 / 6.0), (0.3, 1.0 / 6.0), (0.5, 1.0 / 6.0)];

/// Sleeps that one gap may be the sum of.
const SLEEPS: usize = 6;

/// Rounds of fitting sleeps to gaps.
const ROUNDS: usize = 20;

/// Times are cut to whole seconds, so that gaps err by this much (standard deviation, in seconds).
const CUT_S: f64 = 0.41;

/// The largest shape that is told apart.
const SHAPE_MAX: f64 = 2000.0;

/// A gap between two bursts.
#[derive(Clone, Copy)]
struct Gap {
    /// From start to start: what a sleeping program makes regular.
    period: f64,
    /// From the end of one to the start of the next, less what makes them two: what random traffic
    /// makes exponential.
    silence: f64,
    ln_period: f64,
}

/// Tests the gaps between bursts that are more than `gap_s` apart.
pub(super) fn renewal(bursts: &[Burst], gap_s: i64) -> Renewal {
    // Half a second, because whole seconds hide where within them a contact was.
    let between = gap_s as f64 + 0.5;
    let mut all: Vec<Gap> = bursts
        .windows(2)
        .zip(gaps(bursts))
        .filter_map(|(pair, period)| {
            let [this, next] = pair else { return None };
            let silence = next.start_s.saturating_sub(this.end_s) as f64 - between;
            let period = period.max(0.5);
            Some(Gap { period, silence: silence.max(0.25), ln_period: period.ln() })
        })
        .collect();
    all.sort_unstable_by(|a, b| a.silence.total_cmp(&b.silence));
    let tenth = all.len() / 10;
    let whole = fit(&all, None, 0);
    if tenth == 0 {
        return whole;
    }
    let (kept, longest) = all.split_at(all.len().saturating_sub(tenth));
    let bound = longest.first().map(|gap| gap.silence);
    let trimmed = fit(kept, bound, tenth);
    if whole.nats.max(trimmed.nats) <= 0.0 {
        return whole;
    }
    let nats = ln_mean(&[(whole.nats, 0.5), (trimmed.nats, 0.5)]);
    let best = if trimmed.nats > whole.nats { trimmed } else { whole };
    Renewal { nats, ..best }
}

/// The best explanation by sleeps, against exponential silences. `bound` is the shortest silence
/// that was left out: silences below it are compared with an exponential that ends there, or
/// leaving out the longest would itself look like regularity.
fn fit(gaps: &[Gap], bound: Option<f64>, left_out: usize) -> Renewal {
    let count = gaps.len() as f64;
    if gaps.len() < 3 {
        return Renewal::default();
    }
    let chance = ln_exponential(gaps, bound);
    let mean = gaps.iter().map(|gap| gap.period).sum::<f64>() / count;
    let mean_ln = gaps.iter().map(|gap| gap.ln_period).sum::<f64>() / count;
    let alike = mean_ln - mean.ln();
    let shape = falling_zero(0.02, SHAPE_MAX, |k| alike + k.ln() - digamma(k));
    if shape < 1.0 {
        let bursty: f64 =
            gaps.iter().map(|gap| ln_sleeps(gap, shape, mean / shape, 1)).sum::<f64>();
        let flat = -count * (mean.ln() + 1.0);
        let nats = -(bursty - flat).max(0.0);
        return Renewal { nats, shape, mean_sleep_s: mean, lost: 0.0, left_out };
    }
    let mut best = Renewal { nats: f64::NEG_INFINITY, left_out, ..Renewal::default() };
    let odds = LOST.map(|(lost, weight)| {
        let sleeps = fit_sleeps(gaps, lost, shape, mean);
        let nats = sleeps.ln_likelihood - chance - freedom(sleeps.shape, count);
        if nats + weight.ln() > best.nats {
            let (shape, mean_sleep_s) = (sleeps.shape, sleeps.shape * sleeps.scale);
            best = Renewal { nats: nats + weight.ln(), shape, mean_sleep_s, lost, left_out };
        }
        (nats, weight)
    });
    let gamma = ln_mean(&odds);
    let periods: Vec<f64> = gaps.iter().map(|gap| gap.period).collect();
    let Some(even) = even(&periods, chance) else { return Renewal { nats: gamma, ..best } };
    let nats = ln_mean(&[(gamma, 1.0), (even.nats, 1.0)]);
    if even.nats <= gamma {
        return Renewal { nats, ..best };
    }
    let half = even.jitter / 2.0;
    Renewal {
        nats,
        shape: 3.0 * ((1.0 - half) / half).powi(2),
        mean_sleep_s: even.period_s * (1.0 - half),
        lost: even.lost,
        left_out,
    }
}

/// What fitting a shape costs, by Laplace's approximation of the marginal likelihood: before the
/// data were seen, the jitter is spread evenly from 0 to 1; and the mean is known the better the
/// larger the shape.
fn freedom(shape: f64, count: f64) -> f64 {
    let spread = (12.0 / shape).sqrt() / 2.0;
    let before = spread / (1.0 + spread).powi(2);
    let after = (std::f64::consts::TAU * 2.0 / count).sqrt();
    0.5 * shape.ln() - (before * after).ln().min(0.0)
}

struct Sleeps {
    shape: f64,
    scale: f64,
    ln_likelihood: f64,
}

/// Expectation and maximisation over how many sleeps each gap is made of.
fn fit_sleeps(gaps: &[Gap], lost: f64, shape: f64, mean: f64) -> Sleeps {
    let total: f64 = gaps.iter().map(|gap| gap.period).sum();
    let kinds = if lost > 0.0 { SLEEPS } else { 1 };
    let mut sleep = mean * (1.0 - lost);
    // With losses the gaps differ more than sleeps do: begin from sleeps that differ little.
    let mut shape = if lost > 0.0 { shape.max(8.0) } else { shape };
    shape = shape.min(largest_shape(sleep));
    let rounds = if lost > 0.0 { ROUNDS } else { 1 };
    for _ in 0..rounds {
        if lost <= 0.0 {
            break;
        }
        let mut of_kind = [0.0; SLEEPS];
        let (mut sleeps, mut sleeps_ln) = (0.0, 0.0);
        for gap in gaps {
            let (shares, _) = shares(gap, shape, sleep / shape, lost, kinds);
            for (number, (share, of_kind)) in (1_u32..).zip(shares.iter().zip(&mut of_kind)) {
                *of_kind += share;
                sleeps += share * f64::from(number);
                sleeps_ln += share * f64::from(number) * gap.ln_period;
            }
        }
        if sleeps <= 0.0 || !sleeps.is_finite() {
            break;
        }
        sleep = total / sleeps;
        shape = falling_zero(1.0, largest_shape(sleep), |k| {
            let pull: f64 = (1_u32..)
                .zip(&of_kind)
                .map(|(number, share)| {
                    let number = f64::from(number);
                    share * number * digamma(number * k)
                })
                .sum();
            sleeps_ln - sleeps * (sleep / k).ln() - pull
        });
    }
    let scale = sleep / shape;
    let ln_likelihood = gaps.iter().map(|gap| shares(gap, shape, scale, lost, kinds).1).sum();
    Sleeps { shape, scale, ln_likelihood }
}

/// Gaps cannot be more alike than whole seconds can tell.
fn largest_shape(sleep: f64) -> f64 {
    (sleep / CUT_S).powi(2).clamp(1.0, SHAPE_MAX)
}

/// Of how many sleeps a gap is the sum, as shares; and the logarithm of its density.
fn shares(gap: &Gap, shape: f64, scale: f64, lost: f64, kinds: usize) -> ([f64; SLEEPS], f64) {
    let mut logs = [f64::NEG_INFINITY; SLEEPS];
    for (number, log) in (1_u32..).zip(logs.iter_mut().take(kinds)) {
        let skipped = f64::from(number.saturating_sub(1));
        let before =
            if number == 1 { (1.0 - lost).ln() } else { skipped * lost.ln() + (1.0 - lost).ln() };
        *log = before + ln_sleeps(gap, shape, scale, number);
    }
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| (log - top).exp()).sum();
    let ln_density = top + sum.ln();
    (logs.map(|log| (log - ln_density).exp()), ln_density)
}

/// The logarithm of the density of a gap that is the sum of `number` sleeps.
fn ln_sleeps(gap: &Gap, shape: f64, scale: f64, number: u32) -> f64 {
    let k = shape * f64::from(number);
    (k - 1.0) * gap.ln_period - gap.period / scale - k * scale.ln() - ln_gamma(k)
}

/// The largest log-likelihood of the silences under random traffic; with a bound, under random
/// traffic of which only silences below it were kept.
fn ln_exponential(gaps: &[Gap], bound: Option<f64>) -> f64 {
    let count = gaps.len() as f64;
    let mean = gaps.iter().map(|gap| gap.silence).sum::<f64>() / count;
    let Some(bound) = bound.filter(|bound| *bound > 0.0) else {
        return -count * (mean.ln() + 1.0);
    };
    // The rate r of an exponential cut off at the bound: 1/r - bound/(e^(r bound) - 1) = mean.
    let ratio = (mean / bound).min(0.4999);
    let x = falling_zero(1e-3, 1e4, |x| 1.0 / x - 1.0 / x.exp_m1() - ratio);
    let rate = x / bound;
    count * (rate.ln() - rate * mean - (-(-x).exp_m1()).ln())
}
