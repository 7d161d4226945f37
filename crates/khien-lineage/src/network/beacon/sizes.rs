//! Are requests of one size? Check-ins without an order to carry out look alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::network::number::real;

/// The most that sizes may add. They are a hint beside a rhythm, never evidence of their own.
pub const SIZES_NATS_MAX: f64 = 3.0;

/// Sizes this close, in bytes, are one: padding and counters in a request vary.
const STEP_BYTES: u64 = 16;

/// Contacts below which sizes tell nothing.
const CONTACTS_MIN: usize = 8;

/// What the sizes of contacts tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// Nats, at most [`SIZES_NATS_MAX`].
    pub nats: f64,
    /// Contacts that were looked at.
    pub contacts: usize,
    /// The commonest request size in bytes, to 16.
    pub modal_bytes: u64,
    /// The share of contacts that have it.
    pub modal_share: f64,
    /// Entropy of (request, response) in nats, both to 16 bytes.
    pub entropy: f64,
}

impl Sizes {
    /// From (sent, received) bytes of each burst's first contact.
    pub fn of(contacts: &[(u64, u64)]) -> Self {
        let mut requests: BTreeMap<u64, usize> = BTreeMap::new();
        let mut pairs: BTreeMap<(u64, u64), usize> = BTreeMap::new();
        for (sent, received) in contacts {
            let step = |bytes: &u64| bytes / STEP_BYTES;
            *requests.entry(step(sent)).or_default() += 1;
            *pairs.entry((step(sent), step(received))).or_default() += 1;
        }
        let total = real(contacts.len().max(1));
        let shares = pairs.values().map(|count| real(*count) / total);
        let entropy = -shares.map(|share| share * share.ln()).sum::<f64>();
        let modal = requests.iter().max_by_key(|(_, count)| **count);
        let (modal_bytes, often) =
            modal.map_or((0, 0), |(s, c)| (s.saturating_mul(STEP_BYTES), *c));
        Self::from_summary(contacts.len(), modal_bytes, real(often) / total, entropy.max(0.0))
    }

    /// From what a sketch kept.
    pub fn from_summary(contacts: usize, modal_bytes: u64, modal_share: f64, entropy: f64) -> Self {
        let nats = if contacts < CONTACTS_MIN {
            0.0
        } else {
            SIZES_NATS_MAX * (1.0 - entropy / real(contacts).ln()).clamp(0.0, 1.0)
        };
        Self { nats, contacts, modal_bytes, modal_share, entropy }
    }
}
