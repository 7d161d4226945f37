//! Sleeps spread evenly between (1 - J) and 1 of a period, as common implants sleep: sharper than a
//! gamma distribution where contacts are few and the jitter is wide.
//!
//! Nothing is fitted: odds are averaged over a grid of jitters, periods and losses, so that a model
//! with more to choose from gains nothing by the choice.

use super::renewal::LOST;
use crate::network::number::{ln_mean, real};

/// Jitters that are tried: this many, a twentieth apart, from a tenth on.
const JITTERS: u32 = 19;

/// Periods that are tried to either side of the one that the mean suggests, a step apart.
const PERIODS: i32 = 9;

/// The step between them, as a logarithm.
const STEP: f64 = 0.03;

/// The share of gaps that may be anything: a late wake-up, a contact of somebody else's.
const ANYTHING: f64 = 0.03;

/// Bound: more gaps than this tell enough without this model.
const GAPS_MAX: usize = 128;

/// What the grid tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Even {
    /// Nats against random traffic of the log-likelihood given.
    pub(super) nats: f64,
    /// The likeliest period, in seconds.
    pub(super) period_s: f64,
    /// The likeliest jitter.
    pub(super) jitter: f64,
    /// The likeliest share of lost contacts.
    pub(super) lost: f64,
}

/// Weighs gaps (seconds from start to start); `chance` is their log-likelihood under random traffic.
pub(super) fn even(gaps: &[f64], chance: f64) -> Option<Even> {
    if gaps.len() > GAPS_MAX || gaps.len() < 3 {
        return None;
    }
    let count = real(gaps.len());
    let mean = gaps.iter().sum::<f64>() / count;
    // How well chance knows its own mean, against one step of the grid.
    let step = STEP / (std::f64::consts::TAU / count).sqrt();
    let mut odds = Vec::new();
    let (mut best, mut best_nats) = (Even::default(), f64::NEG_INFINITY);
    for (lost, weight) in LOST {
        for number in 0..JITTERS {
            let jitter = 0.1 + 0.05 * f64::from(number);
            let middle = mean * (1.0 - lost) / (1.0 - jitter / 2.0);
            for steps in -PERIODS..=PERIODS {
                let period_s = middle * (STEP * f64::from(steps)).exp();
                let sleep = Sleep::new(period_s, jitter, lost, mean);
                let nats = gaps.iter().map(|gap| sleep.ln_density(*gap)).sum::<f64>() - chance;
                odds.push((nats, weight / f64::from(JITTERS)));
                if nats > best_nats {
                    (best, best_nats) = (Even { nats, period_s, jitter, lost }, nats);
                }
            }
        }
    }
    // `ln_mean` divides by all weights, which hold each period once.
    let nats = ln_mean(&odds) + (step * f64::from(2 * PERIODS + 1)).ln();
    Some(Even { nats, ..best })
}

/// One point of the grid.
struct Sleep {
    low: f64,
    high: f64,
    lost: f64,
    mean: f64,
}

impl Sleep {
    fn new(period_s: f64, jitter: f64, lost: f64, mean: f64) -> Self {
        // Times are cut to whole seconds.
        Self { low: period_s * (1.0 - jitter) - 0.5, high: period_s + 0.5, lost, mean }
    }

    fn ln_density(&self, gap: f64) -> f64 {
        let width = self.high - self.low;
        let single = if (self.low..=self.high).contains(&gap) { 1.0 / width } else { 0.0 };
        let mut density = (1.0 - self.lost) * single;
        if self.lost > 0.0 {
            let from_peak = (gap - self.low - self.high).abs();
            let double = ((width - from_peak) / (width * width)).max(0.0);
            density += (1.0 - self.lost) * self.lost * double;
            let mut share = (1.0 - self.lost) * self.lost * self.lost;
            for number in 3_u32..6 {
                let number = f64::from(number);
                let middle = number * f64::midpoint(self.low, self.high);
                let variance = number * width * width / 12.0;
                let away = (gap - middle).powi(2) / (2.0 * variance);
                if away < 12.0 {
                    density += share * (-away).exp() / (std::f64::consts::TAU * variance).sqrt();
                }
                share *= self.lost;
            }
        }
        let anything = (-gap / self.mean).exp() / self.mean;
        ((1.0 - ANYTHING) * density + ANYTHING * anything).ln()
    }
}
