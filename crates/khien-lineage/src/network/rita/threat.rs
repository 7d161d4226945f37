//! From scores to one threat score: buckets, and modifiers with the weights of code or config.

/// Where a value becomes worth 0.2, 0.4, 0.6 and 0.8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Worth 0.2; below it the value is worth nothing.
    pub base: f64,
    /// Worth 0.4.
    pub low: f64,
    /// Worth 0.6.
    pub medium: f64,
    /// Worth 0.8, and so is all above.
    pub high: f64,
}

impl Thresholds {
    /// Beacon score in per cent, as the code has it.
    pub const BEACON: Self = Self { base: 50.0, low: 75.0, medium: 90.0, high: 100.0 };
    /// Beacon score in per cent, as the shipped config has it.
    pub const BEACON_SHIPPED: Self = Self { low: 70.0, ..Self::BEACON };
    /// Summed duration of open and closed connections, in hours.
    pub const LONG_HOURS: Self = Self { base: 1.0, low: 4.0, medium: 8.0, high: 12.0 };
    /// Distinct names below one registered domain.
    pub const DNS_NAMES: Self = Self { base: 100.0, low: 500.0, medium: 800.0, high: 1000.0 };
}

/// The worth of a value: piecewise linear through the thresholds.
pub fn bucketed(value: f64, at: &Thresholds) -> f64 {
    let steps = [(at.base, 0.2), (at.low, 0.4), (at.medium, 0.6), (at.high, 0.8)];
    if value.is_nan() || value < at.base {
        return 0.0;
    }
    for pair in steps.windows(2) {
        let [(from, worth), (to, _)] = pair else { continue };
        if value < *to {
            return worth + 0.2 * (value - from) / (to - from);
        }
    }
    0.8
}

/// What a pair shows besides its rhythm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Beacon score, 0 to 1.
    pub beacon: Option<f64>,
    /// 86,400 connections and more in the window.
    pub strobe: bool,
    /// Summed duration of closed and open connections, in seconds.
    pub duration_s: f64,
    /// Distinct names asked below one registered domain.
    pub dns_names: u64,
    /// Share of internal hosts that talk to the other end, 0 to 1.
    pub prevalence: Option<f64>,
    /// Days since the other end was first seen; `None` outside rolling data sets.
    pub first_seen_days: Option<f64>,
    /// HTTP requests without a Host header.
    pub missing_host: u64,
    /// User agents or JA3 that this source used for this destination only.
    pub rare_signatures: u64,
    /// Answers whose type belies the extension in the URI.
    pub mime_mismatches: u64,
    /// A tunnel through DNS whose domain no host connected to.
    pub dns_without_direct: bool,
    /// The other end is on a threat list.
    pub listed: bool,
    /// Bytes of all packets in both directions.
    pub bytes: u64,
}

/// What modifies the score; RITA's config names each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Modifier {
    /// A tunnel through DNS without direct connections.
    DnsWithoutDirect,
    /// First seen lately (more) or long ago (less).
    FirstSeen,
    /// 25 MB and more to a listed end.
    ListedVolume,
    /// Type of content and extension disagree.
    MimeMismatch,
    /// Requests without a Host header.
    MissingHost,
    /// Few (more) or many (less) internal hosts talk to the other end.
    Prevalence,
    /// A user agent or JA3 used for one destination only.
    RareSignature,
}

/// What each modifier adds or takes, and the beacon thresholds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Thresholds of the beacon score.
    pub beacon: Thresholds,
    /// For a tunnel through DNS without direct connections.
    pub dns_without_direct: f64,
    /// For an end first seen at most 7 days ago; taken off from 30 days on.
    pub first_seen: f64,
    /// For 25 MB and more to a listed end.
    pub listed_volume: f64,
    /// For content that belies its extension.
    pub mime_mismatch: f64,
    /// For requests without a Host header.
    pub missing_host: f64,
    /// For an end that at most 2 % of hosts talk to; taken off from 50 % on.
    pub prevalence: f64,
    /// For a signature used for one destination only.
    pub rare_signature: f64,
}

impl Weights {
    /// The defaults in the code, which RITA's own integration tests run on.
    pub const CODE: Self = Self {
        beacon: Thresholds::BEACON,
        dns_without_direct: 0.15,
        first_seen: 0.15,
        listed_volume: 0.15,
        mime_mismatch: 0.15,
        missing_host: 0.10,
        prevalence: 0.0,
        rare_signature: 0.0,
    };
    /// The config that is shipped with it.
    pub const SHIPPED: Self = Self {
        beacon: Thresholds::BEACON_SHIPPED,
        prevalence: 0.15,
        rare_signature: 0.15,
        ..Self::CODE
    };
}

/// Bytes to a listed end that count.
const LISTED_BYTES: u64 = 25_000_000;

/// What strobes and listed ends are worth: the highest bucket.
const HIGHEST: f64 = 0.8;

/// A threat score with its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Threat {
    /// Worth of the beacon score.
    pub beacon: f64,
    /// Worth of the summed duration.
    pub long: f64,
    /// Worth of the tunnel through DNS.
    pub dns: f64,
    /// Worth of a strobe.
    pub strobe: f64,
    /// Worth of a listed end.
    pub listed: f64,
    /// What was added or taken; those of weight 0 are named too.
    pub modifiers: Vec<(Modifier, f64)>,
    /// The highest of the five and the modifiers.
    pub total: f64,
}

/// Scores what a pair shows.
pub fn threat(facts: &Facts, weights: &Weights) -> Threat {
    let worth_if = |so: bool| if so { HIGHEST } else { 0.0 };
    let mut threat = Threat {
        beacon: facts.beacon.map_or(0.0, |score| bucketed(score * 100.0, &weights.beacon)),
        long: bucketed(facts.duration_s / 3600.0, &Thresholds::LONG_HOURS),
        dns: bucketed(facts.dns_names as f64, &Thresholds::DNS_NAMES),
        strobe: worth_if(facts.strobe),
        listed: worth_if(facts.listed),
        modifiers: modifiers(facts, weights),
        total: 0.0,
    };
    let parts = [threat.beacon, threat.long, threat.dns, threat.strobe, threat.listed];
    let highest = parts.into_iter().fold(0.0, f64::max);
    threat.total = threat.modifiers.iter().fold(highest, |sum, (_, by)| sum + by);
    threat
}

fn modifiers(facts: &Facts, weights: &Weights) -> Vec<(Modifier, f64)> {
    let either = |value: Option<f64>, few: f64, many: f64, by: f64| match value {
        Some(value) if value <= few => Some(by),
        Some(value) if value >= many => Some(-by),
        _ => None,
    };
    let when = |so: bool, by: f64| so.then_some(by);
    let listed = facts.listed && facts.bytes >= LISTED_BYTES;
    [
        (Modifier::DnsWithoutDirect, when(facts.dns_without_direct, weights.dns_without_direct)),
        (Modifier::FirstSeen, either(facts.first_seen_days, 7.0, 30.0, weights.first_seen)),
        (Modifier::ListedVolume, when(listed, weights.listed_volume)),
        (Modifier::MimeMismatch, when(facts.mime_mismatches > 0, weights.mime_mismatch)),
        (Modifier::MissingHost, when(facts.missing_host > 0, weights.missing_host)),
        (Modifier::Prevalence, either(facts.prevalence, 0.02, 0.5, weights.prevalence)),
        (Modifier::RareSignature, when(facts.rare_signatures > 0, weights.rare_signature)),
    ]
    .into_iter()
    .filter_map(|(modifier, by)| Some((modifier, by?)))
    .collect()
}
