//! How many distinct names there were, and how much information they carry, in bounded memory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Names that are kept. Up to so many all is exact; beyond, the relative error is about one over
/// the root of this, 9 %.
const KEPT: usize = 128;

/// Distinct names and their weights. The order of adding, and adding twice, change nothing; two of
/// them merge.
///
/// Each name draws from its hash a number between 0 and 1, and an exponential number of the rate of
/// its weight; the smallest of each are kept. How small the largest of those is tells how many, or
/// how heavy, all were. Source: bottom-k and priority sketches (Cohen and Kaplan).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    /// The smallest hashes.
    hashes: BTreeSet<u64>,
    /// The smallest exponential numbers (as ordered bits), with hash and weight.
    heavy: BTreeSet<(u64, u64, u32)>,
    /// Whether there were more names than are kept.
    more: bool,
}

impl Names {
    /// Adds a name by its hash, with its weight in bytes.
    pub fn add(&mut self, hash: u64, bytes: u32) {
        let mixed = mix(hash);
        self.hashes.insert(mixed);
        // Another draw than the one for the count; never 0, so that the logarithm is finite.
        let unit = (mix(mixed ^ 0x5851_F42D_4C95_7F2D) >> 11) as f64 / (1_u64 << 53) as f64;
        let exponential = -(unit.max(f64::EPSILON)).ln() / f64::from(bytes.max(1));
        // Numbers that are not negative have the order of their bits.
        self.heavy.insert((exponential.to_bits(), mixed, bytes));
        self.shrink();
    }

    /// Adds all of another's.
    pub fn merge(&mut self, other: &Self) {
        self.hashes.extend(&other.hashes);
        self.heavy.extend(&other.heavy);
        self.more |= other.more;
        self.shrink();
    }

    /// Distinct names: exact to 128, then estimated.
    pub fn count(&self) -> f64 {
        let kept = self.hashes.len() as f64;
        match self.hashes.last() {
            Some(largest) if self.more => (kept - 1.0) / (*largest as f64 / u64::MAX as f64),
            _ => kept,
        }
    }

    /// Bytes of the distinct names together: exact to 128 names, then estimated.
    pub fn bytes(&self) -> f64 {
        match self.heavy.last() {
            Some((largest, ..)) if self.more => {
                (self.heavy.len() as f64 - 1.0) / f64::from_bits(*largest).max(f64::MIN_POSITIVE)
            }
            _ => self.heavy.iter().map(|(.., bytes)| f64::from(*bytes)).sum(),
        }
    }

    fn shrink(&mut self) {
        while self.hashes.len() > KEPT {
            self.hashes.pop_last();
            self.more = true;
        }
        while self.heavy.len() > KEPT {
            self.heavy.pop_last();
            self.more = true;
        }
    }
}

/// Spreads a hash over all bits. Source: the finalizer of SplitMix64 (S. Vigna).
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
