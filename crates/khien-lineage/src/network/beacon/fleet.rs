//! Evidence of many hosts about one destination of one application.

use serde::{Deserialize, Serialize};

/// Days after which a destination is as old as it gets.
const OLD_DAYS: f64 = 30.0;

/// How a destination stands in the fleet, for one application.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Days since this application first contacted it on any host.
    pub age_days: f64,
    /// Share of the application's hosts that contact it, 0 to 1.
    pub hosts_share: f64,
}

/// Evidence of a fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// Hosts with evidence for a rhythm.
    pub hosts: usize,
    /// Their evidence together, in nats.
    pub sum: f64,
    /// The share of it that age and prevalence of the destination take away, 0 to 1.
    pub discount: f64,
    /// What is left.
    pub nats: f64,
}

/// Sums the hosts' evidence (nats) for one application and destination. What is both old and
/// everywhere is how the application works; what is new, or on few hosts, counts whole.
pub fn aggregate(nats: &[f64], standing: Standing) -> Fleet {
    let mut telling: Vec<f64> = nats.iter().copied().filter(|nats| *nats > 0.0).collect();
    // One order of summing, so that the order of hosts changes nothing.
    telling.sort_unstable_by(f64::total_cmp);
    let sum: f64 = telling.iter().sum();
    let share = |value: f64| if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    let discount = share(standing.age_days / OLD_DAYS) * share(standing.hosts_share);
    Fleet { hosts: telling.len(), sum, discount, nats: sum * (1.0 - discount) }
}
