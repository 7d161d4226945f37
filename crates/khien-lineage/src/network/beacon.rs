//! Evidence of a machine's rhythm, in nats: how much better a sleeping program explains the times
//! of contact than random traffic does.
//!
//! Two questions are asked of the same times, at three scales (24 hours, 14 days, 90 days):
//!
//! - **Renewal**: are the gaps too alike for chance? Each gap is a sum of one or more sleeps (some
//!   contacts are lost), each sleep of a gamma distribution; random traffic has exponential gaps.
//!   What is measured is under-dispersion, so a sleep with 90 % jitter still counts, and traffic of
//!   people, which comes in bursts, counts against.
//! - **Phase**: do the contacts keep to a clock, with ticks left out?
//!
//! Both are odds against random traffic *in bursts of the pair's own length*. What several models,
//! ways to cut bursts and scales tell is averaged as odds, so that looking often finds nothing.
//! They are odds against chance, not against benign automation: updaters and time servers have
//! rhythm too. Novelty decides about those. On random traffic of six densities 5 nats came up
//! once in 360 runs; on real outbound traffic about six pairs a host and day reach them.
//! `tests/network_corpora/beacon.rs` prints how many injected beacons are found.
//!
//! Cost: a fit looks at no more than 512 contacts; most take milliseconds, the worst some hundred.
//!
//! Source: the renewal test goes further than Poisson tests of under-dispersion in the literature
//! in that it models lost contacts; the phase test is Rayleigh's; the aggregation over clients of
//! one server follows the idea of "global aggregation-based beaconing" (ACSAC 2023).

use serde::{Deserialize, Serialize};

use super::number::ln_mean;

mod burst;
mod even;
mod fleet;
mod gamma;
mod phase;
mod renewal;
mod sizes;

#[cfg(test)]
mod tests;

pub use fleet::{Fleet, Standing, aggregate};
pub use phase::Phase;
pub use renewal::Renewal;
pub use sizes::{SIZES_NATS_MAX, Sizes};

/// The scales that evidence is looked for at, in seconds: 24 hours, 14 days, 90 days.
pub const SCALES_S: [i64; 3] = [86_400, 14 * 86_400, 90 * 86_400];

/// Contacts that one scale looks at: the newest of them.
///
/// Bound: the cost of the fits; it is also what a ring of times keeps.
pub const CONTACTS_MAX: usize = 512;

/// Bursts below which nothing is said about rhythm.
const BURSTS_MIN: usize = 5;

/// What the contacts of one application with one destination tell about rhythm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Nats for a machine's rhythm against random traffic, sizes included; negative where the
    /// traffic comes in bursts.
    pub nats: f64,
    /// What each scale shows that has enough contacts, shortest first. A longer one that holds no
    /// more contacts than a shorter is left out.
    pub scales: Vec<Scale>,
    /// Which of them tells most.
    pub best: Option<usize>,
    /// What the sizes tell.
    pub sizes: Sizes,
}

/// What one scale shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// How far back it looks, in seconds.
    pub window_s: i64,
    /// Contacts in it, of which the newest 512 are looked at.
    pub contacts: usize,
    /// Contacts at most this many seconds apart are one burst.
    pub burst_gap_s: i64,
    /// Bursts.
    pub bursts: usize,
    /// From the first of them to the last, in seconds.
    pub span_s: i64,
    /// The median of the gaps between their starts, in seconds.
    pub median_gap_s: f64,
    /// Whether the gaps are too alike for chance.
    pub renewal: Renewal,
    /// Whether a clock is kept.
    pub phase: Phase,
    /// The two together, over all ways to cut bursts.
    pub nats: f64,
}

impl Evidence {
    /// The scale that tells most.
    pub fn best_scale(&self) -> Option<&Scale> {
        self.scales.get(self.best?)
    }

    /// The chance of so much regularity under random traffic; at most 1.
    pub fn chance(&self) -> f64 {
        (-self.nats).exp().min(1.0)
    }

    /// The evidence in one English sentence, from the numbers kept here and nothing else.
    pub fn sentence(&self) -> String {
        let Some(scale) = self.best_scale() else {
            return "too few contacts to tell a rhythm".to_owned();
        };
        let sleeps = scale.bursts.saturating_sub(1);
        let gap = spoken(scale.median_gap_s);
        let how = if scale.phase.nats > scale.renewal.nats {
            format!("kept to a clock of {}", spoken(scale.phase.period_s))
        } else {
            let lost = match scale.renewal.lost {
                lost if lost > 0.0 => format!(", {:.0} % of contacts lost", lost * 100.0),
                _ => String::new(),
            };
            format!("jitter about {:.0} %{lost}", scale.renewal.jitter() * 100.0)
        };
        let sizes = match self.sizes.nats {
            nats if nats > 0.0 => format!(
                "; {:.0} % of requests have about {} bytes",
                self.sizes.modal_share * 100.0,
                self.sizes.modal_bytes
            ),
            _ => String::new(),
        };
        let chance = self.chance();
        let window = spoken(scale.window_s as f64);
        format!(
            "{sleeps} sleeps in {window}, median {gap}, {how}{sizes}; \
             chance under random traffic {chance:.0e}"
        )
    }
}

/// A duration as people say it.
fn spoken(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 2.0 * 3600.0 => format!("{:.0} min", s / 60.0),
        s if s < 2.0 * 86_400.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

/// Looks for a rhythm in the times of contact (whole seconds since 1970, in any order) up to and
/// with `now_s`. Failed connections belong into a series of their own: a command server that is
/// down is a signal, but not the same one.
pub fn evidence(times_s: &[i64], now_s: i64, sizes: Sizes) -> Evidence {
    let mut sorted: Vec<i64> = times_s.iter().copied().filter(|time| *time <= now_s).collect();
    sorted.sort_unstable();
    let mut scales: Vec<Scale> = Vec::new();
    for window_s in SCALES_S {
        let from = now_s.saturating_sub(window_s);
        let inside = sorted.partition_point(|time| *time <= from);
        let (_, seen) = sorted.split_at(inside);
        if scales.last().is_some_and(|shorter| shorter.contacts == seen.len()) {
            continue;
        }
        scales.extend(scale(seen, window_s));
    }
    let best =
        (0..scales.len()).max_by(|a, b| nats_of(&scales, *a).total_cmp(&nats_of(&scales, *b)));
    let odds: Vec<(f64, f64)> = scales.iter().map(|scale| (scale.nats, 1.0)).collect();
    let rhythm = if odds.is_empty() { 0.0 } else { ln_mean(&odds) };
    // Equal sizes tell nothing of traffic without rhythm: a page that is loaded again has them too.
    let nats = if rhythm > 0.0 { rhythm + sizes.nats } else { rhythm };
    Evidence { nats, scales, best, sizes }
}

fn nats_of(scales: &[Scale], index: usize) -> f64 {
    scales.get(index).map_or(f64::NEG_INFINITY, |scale| scale.nats)
}

/// One scale: the best of several ways to cut bursts.
fn scale(times: &[i64], window_s: i64) -> Option<Scale> {
    let skip = times.len().saturating_sub(CONTACTS_MAX);
    let (_, newest) = times.split_at(skip);
    let mut ways = burst::ways(newest);
    ways.retain(|way| way.bursts.len() >= BURSTS_MIN);
    let told: Vec<(Renewal, Phase, f64)> = ways
        .iter()
        .map(|way| {
            let renewal = renewal::renewal(&way.bursts, way.gap_s);
            let phase = phase::phase(&way.bursts);
            let nats = ln_mean(&[(renewal.nats, 1.0), (phase.nats, 1.0)]);
            (renewal, phase, nats)
        })
        .collect();
    // A way to cut that comes out alike for several gaps weighs as many.
    let odds: Vec<(f64, f64)> =
        told.iter().zip(&ways).map(|((.., nats), way)| (*nats, f64::from(way.same))).collect();
    let nats = ln_mean(&odds);
    let best = told.into_iter().zip(&ways).max_by(|((.., a), _), ((.., b), _)| a.total_cmp(b));
    best.map(|((renewal, phase, _), way)| Scale {
        window_s,
        contacts: times.len(),
        burst_gap_s: way.gap_s,
        bursts: way.bursts.len(),
        span_s: burst::span(&way.bursts),
        median_gap_s: burst::median_gap(&way.bursts),
        renewal,
        phase,
        nats,
    })
}
