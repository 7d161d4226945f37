//! Askers and domains, a minute, an hour and a day at a time.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use serde::{Deserialize, Serialize};

use super::{Kind, Names, Query, split};
use crate::network::Key;

/// A window's length in seconds, and the bytes in distinct names from which on it is a tunnel.
///
/// The day's is 0.6 bytes a second, so that a tunnel of one byte a second is found within a day
/// wherever the window begins; the minute's is an interactive tunnel at about 30 bytes a second.
const WINDOWS: [(i64, f64); 3] = [(60, 2000.0), (3600, 10_000.0), (86_400, 52_000.0)];

/// Distinct names below one registered domain that the reference tool begins to score at.
const MANY_NAMES: f64 = 100.0;

/// Distinct names from which on the mix of query types says something.
const KINDS_NAMES: f64 = 20.0;

/// Share of queries for text and opaque data that no usual domain has.
const KINDS_SHARE: f64 = 0.5;

/// What may be remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Pairs of asker and domain in one window. When they are full, those with a single query give
    /// way; when that frees nothing, queries for further domains are counted and forgotten.
    pub pairs: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { pairs: 200_000 }
    }
}

/// Why names below a domain look like a tunnel.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Reason {
    /// The distinct names carry more information than names do.
    Information,
    /// 100 distinct names: the reference tool's rule, for comparison. Alone it is common.
    ManyNames,
    /// Half of the queries are for text or opaque data.
    Kinds,
}

/// What was asked below one registered domain in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Tunnel {
    /// Who asked.
    pub asker: Key,
    /// The registered domain: outside text.
    pub domain: khien_model::Untrusted,
    /// The window's first second since 1970, and its length in seconds.
    pub window_s: (i64, i64),
    /// Queries.
    pub queries: u64,
    /// Distinct names, estimated beyond 128.
    pub names: f64,
    /// Bytes of information in the distinct names, at five bits a character.
    pub name_bytes: f64,
    /// Bytes of answers.
    pub answer_bytes: u64,
    /// Share of queries for names that do not exist.
    pub missing_share: f64,
    /// Share of queries for text or opaque data.
    pub data_share: f64,
    /// What of it looks like a tunnel.
    pub reasons: Vec<Reason>,
}

impl Tunnel {
    /// Bytes a second out of the network, over the whole window.
    pub fn bytes_per_second(&self) -> f64 {
        self.name_bytes / self.window_s.1.max(1) as f64
    }

    /// The reasons that these numbers give: what is stored suffices to say them again.
    pub fn reasons_of(&self) -> Vec<Reason> {
        let limit = WINDOWS.iter().find(|(length, _)| *length == self.window_s.1);
        let mut reasons = Vec::new();
        if limit.is_some_and(|(_, bytes)| self.name_bytes >= *bytes) {
            reasons.push(Reason::Information);
        }
        if self.names >= MANY_NAMES {
            reasons.push(Reason::ManyNames);
        }
        if self.names >= KINDS_NAMES && self.data_share >= KINDS_SHARE {
            reasons.push(Reason::Kinds);
        }
        reasons
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Asked {
    queries: u64,
    missing: u64,
    data: u64,
    answer_bytes: u64,
    names: Names,
    /// Reasons that were told in this window.
    told: Vec<Reason>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Window {
    start_s: i64,
    #[serde(with = "crate::words::ordered_pairs")]
    asked: BTreeMap<(Key, String), Asked>,
}

/// Watches queries. They are expected in order of time; one that belongs to a window that has ended
/// counts in the current one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tunnels {
    bounds: Bounds,
    windows: [Window; 3],
    forgotten: u64,
}

impl Tunnels {
    /// Makes an empty watch.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Queries that did not fit.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes a query. What it makes look like a tunnel is told once for each window and reason, as
    /// soon as it does.
    pub fn observe(&mut self, query: &Query<'_>) -> Vec<Tunnel> {
        let Some((domain, below)) = split(query.name) else { return Vec::new() };
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&below);
        let characters = below.bytes().filter(|byte| *byte != b'.').count();
        let bytes = u32::try_from(characters.saturating_mul(5) / 8).unwrap_or(u32::MAX);
        let second = query.time.as_nanos().div_euclid(1_000_000_000);
        let mut found = Vec::new();
        for (window, (length, _)) in self.windows.iter_mut().zip(WINDOWS) {
            let start_s = second.saturating_sub(second.rem_euclid(length));
            if start_s > window.start_s || window.asked.is_empty() {
                (window.start_s, window.asked) = (start_s, BTreeMap::new());
            }
            let key = (query.asker, domain.clone());
            if !window.asked.contains_key(&key) && !make_room(&mut window.asked, self.bounds.pairs)
            {
                self.forgotten = self.forgotten.saturating_add(1);
                continue;
            }
            let asked = window.asked.entry(key).or_default();
            asked.add(query, hash, bytes);
            let mut tunnel = asked.tunnel(query.asker, &domain, (window.start_s, length));
            if tunnel.reasons.iter().any(|reason| !asked.told.contains(reason)) {
                asked.told.clone_from(&tunnel.reasons);
                tunnel.reasons.sort_unstable();
                found.push(tunnel);
            }
        }
        found
    }
}

impl Asked {
    fn add(&mut self, query: &Query<'_>, hash: u64, bytes: u32) {
        self.queries = self.queries.saturating_add(1);
        self.missing = self.missing.saturating_add(u64::from(query.is_missing));
        let is_data = matches!(query.kind, Kind::Opaque | Kind::Text);
        self.data = self.data.saturating_add(u64::from(is_data));
        self.answer_bytes = self.answer_bytes.saturating_add(u64::from(query.answer_bytes));
        self.names.add(hash, bytes);
    }

    fn tunnel(&self, asker: Key, domain: &str, window_s: (i64, i64)) -> Tunnel {
        let share = |count: u64| count as f64 / self.queries.max(1) as f64;
        let mut tunnel = Tunnel {
            asker,
            domain: khien_model::Untrusted::new(domain),
            window_s,
            queries: self.queries,
            names: self.names.count(),
            name_bytes: self.names.bytes(),
            answer_bytes: self.answer_bytes,
            missing_share: share(self.missing),
            data_share: share(self.data),
            reasons: Vec::new(),
        };
        tunnel.reasons = tunnel.reasons_of();
        tunnel
    }
}

/// Bound: pairs of one window. A flood of domains asked once makes room by itself.
fn make_room(asked: &mut BTreeMap<(Key, String), Asked>, pairs: usize) -> bool {
    if asked.len() >= pairs {
        asked.retain(|_, asked| asked.queries > 1);
    }
    asked.len() < pairs
}
