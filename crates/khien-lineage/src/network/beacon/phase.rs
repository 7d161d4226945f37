//! Do contacts keep to a clock, even if ticks are left out? Rayleigh's test over candidate periods.

use serde::{Deserialize, Serialize};

use super::burst::{Burst, gaps};
use crate::network::number::real;

/// What the phases tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Nats for a clock against random traffic: the power less the logarithm of the trials.
    pub nats: f64,
    /// The period that fits best, in seconds; 0 where none was tried.
    pub period_s: f64,
    /// Rayleigh's power at that period, at most the number of periods with a contact.
    pub power: f64,
    /// Periods tried.
    pub trials: usize,
}

/// Periods around a quartile of the gaps that are tried: a fifth to either side.
const AROUND: f64 = 0.2;

/// Frequencies tried for each that is independent of its neighbours.
const OVERSAMPLING: f64 = 2.0;

/// Bound: frequencies tried around one quartile; beyond, fewer far from it.
const TRIALS_MAX: f64 = 400.0;

/// The shortest period that is looked for, in seconds: whole seconds blur shorter ones.
const PERIOD_MIN_S: f64 = 4.0;

/// Tests the starts of bursts.
pub(super) fn phase(bursts: &[Burst]) -> Phase {
    let (Some(first), Some(last)) = (bursts.first(), bursts.last()) else {
        return Phase::default();
    };
    let since: Vec<f64> =
        bursts.iter().map(|burst| burst.start_s.saturating_sub(first.start_s) as f64).collect();
    let span = last.start_s.saturating_sub(first.start_s) as f64;
    let mut sorted: Vec<f64> = gaps(bursts).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut best = Phase::default();
    let mut trials = 0_usize;
    let mut tried: Vec<f64> = Vec::new();
    for quarter in [1, 2, 3] {
        let at = sorted.len().saturating_mul(quarter) / 4;
        let Some(period) = sorted.get(at).copied().filter(|gap| *gap >= PERIOD_MIN_S) else {
            continue;
        };
        // A quartile beside one that was tried adds nothing.
        if tried.iter().any(|other| (other / period - 1.0).abs() < AROUND / 2.0) {
            continue;
        }
        tried.push(period);
        let step = 1.0 / (OVERSAMPLING * span.max(1.0));
        let reach = (AROUND / period).min(step * TRIALS_MAX / 2.0);
        let mut frequency = 1.0 / period - reach;
        while frequency <= 1.0 / period + reach {
            let power = power(&since, frequency);
            trials = trials.saturating_add(1);
            if power > best.power {
                (best.power, best.period_s) = (power, 1.0 / frequency);
            }
            frequency += step;
        }
    }
    best.trials = trials;
    best.nats = if trials == 0 { 0.0 } else { best.power - real(trials).ln() };
    best
}

/// Rayleigh's power where every period counts once, however many contacts fall into it: a burst is
/// no proof of a clock.
fn power(since: &[f64], frequency: f64) -> f64 {
    let (mut sum, mut periods) = ((0.0, 0.0), 0.0);
    let (mut own, mut members, mut current) = ((0.0, 0.0), 0.0, f64::NEG_INFINITY);
    let mut close = |own: &mut (f64, f64), members: &mut f64| {
        if *members > 0.0 {
            sum = (sum.0 + own.0 / *members, sum.1 + own.1 / *members);
            periods += 1.0;
        }
        (*own, *members) = ((0.0, 0.0), 0.0);
    };
    for time in since {
        let turns = time * frequency;
        if turns.floor() > current {
            close(&mut own, &mut members);
            current = turns.floor();
        }
        let (sine, cosine) = (std::f64::consts::TAU * turns.fract()).sin_cos();
        own = (own.0 + cosine, own.1 + sine);
        members += 1.0;
    }
    close(&mut own, &mut members);
    if periods > 0.0 { (sum.0 * sum.0 + sum.1 * sum.1) / periods } else { 0.0 }
}
