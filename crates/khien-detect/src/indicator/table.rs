//! A compact map from the hash of a canonical value to the first indicator that has it.
//!
//! A slot holds half a hash and an indicator number, eight bytes in all; the value itself stays
//! with the indicator, and the caller compares it. The map owns no text and never deletes.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

/// Hashes the bytes of a canonical value.
///
/// The seed is fixed, so that runs are alike. Hostile: whoever writes events can make probes
/// collide, which costs at most a comparison per slot of one run; only who writes indicators can
/// make runs long.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0x6b68_6965_6e01).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// Hashes a network, or an address as the network of its whole width.
pub(super) fn hash_network(address: IpAddr, bits: u8) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0x6b68_6965_6e02).build_hasher();
    match address {
        IpAddr::V4(v4) => hasher.write_u64((u64::from(bits) << 32) | u64::from(v4.to_bits())),
        IpAddr::V6(v6) => {
            hasher.write_u128(v6.to_bits());
            hasher.write_u8(bits);
        }
    }
    hasher.finish()
}

/// Open addressing with linear probing, at most half full.
///
/// Invariant: the number of slots is a power of two, or zero, and at least one slot is free.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// The high half of the hash, then the indicator's number + 1; 0 is a free slot.
    slots: Vec<u64>,
}

impl Table {
    /// Makes room for `count` values.
    pub(super) fn with_room(count: usize) -> Self {
        let slots = if count == 0 { 0 } else { count.saturating_mul(2).next_power_of_two() };
        Self { slots: vec![0; slots] }
    }

    /// Puts `number` first for its value, and returns the one that was first until now.
    ///
    /// `same` says whether an indicator already in the table has the same value.
    pub(super) fn put(
        &mut self,
        hash: u64,
        number: u32,
        same: impl FnMut(u32) -> bool,
    ) -> Option<u32> {
        let entry = (hash & HIGH) | (u64::from(number).saturating_add(1));
        let (slot, earlier) = self.probe(hash, same);
        if let Some(slot) = slot.and_then(|slot| self.slots.get_mut(slot)) {
            *slot = entry;
        }
        earlier
    }

    /// The first indicator of a value; `same` compares the value of a candidate.
    pub(super) fn find(&self, hash: u64, same: impl FnMut(u32) -> bool) -> Option<u32> {
        self.probe(hash, same).1
    }

    /// Whether nothing is in the table.
    pub(super) const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// How many bytes the table holds.
    pub(super) const fn bytes(&self) -> usize {
        self.slots.capacity().saturating_mul(size_of::<u64>())
    }

    /// The slot where the value is or would go, and the indicator there.
    fn probe(&self, hash: u64, mut same: impl FnMut(u32) -> bool) -> (Option<usize>, Option<u32>) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = low(hash) & mask;
        while let Some(&entry) = self.slots.get(at) {
            if entry == 0 {
                return (Some(at), None);
            }
            if entry & HIGH == hash & HIGH {
                let number = number_in(entry);
                if same(number) {
                    return (Some(at), Some(number));
                }
            }
            at = at.wrapping_add(1) & mask;
        }
        (None, None)
    }
}

/// A set of hashes that may say yes to a value it does not hold, and never no to one it does.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    words: Vec<u64>,
}

impl Filter {
    /// Makes room for `count` values: 16 bits each, hence about one false yes in 16.
    pub(super) fn with_room(count: usize) -> Self {
        let words = if count == 0 {
            0
        } else {
            count.div_ceil(4).next_power_of_two().max(FILTER_WORDS_MIN)
        };
        Self { words: vec![0; words] }
    }

    /// Adds a value.
    pub(super) fn add(&mut self, hash: u64) {
        let (word, bit) = self.place(hash);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether a value may be in the set.
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// How many bytes the set holds.
    pub(super) const fn bytes(&self) -> usize {
        self.words.capacity().saturating_mul(size_of::<u64>())
    }

    const fn place(&self, hash: u64) -> (usize, u64) {
        let mask = self.words.len().wrapping_sub(1);
        (low(hash) & mask, 1 << (hash >> 58))
    }
}

/// The smallest filter, 1 KiB: it stays in the nearest cache anyway.
const FILTER_WORDS_MIN: usize = 128;

/// The half of a hash that a slot keeps.
const HIGH: u64 = 0xffff_ffff_0000_0000;

#[expect(clippy::cast_possible_truncation, reason = "the low half is what places a value")]
const fn low(hash: u64) -> usize {
    hash as u32 as usize
}

#[expect(clippy::cast_possible_truncation, reason = "the low half of an entry is its number + 1")]
const fn number_in(entry: u64) -> u32 {
    (entry as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_hashes_are_told_apart_by_value() {
        let values = ["a", "b", "a", "c"];
        let mut table = Table::with_room(values.len());
        let same = |value: &'static str| move |n: u32| values[n as usize] == value;
        // One hash for all: the worst case.
        assert_eq!(table.put(7, 0, same("a")), None);
        assert_eq!(table.put(7, 1, same("b")), None);
        assert_eq!(table.put(7, 2, same("a")), Some(0));
        assert_eq!(table.put(7, 3, same("c")), None);
        assert_eq!(table.find(7, same("a")), Some(2));
        assert_eq!(table.find(7, same("b")), Some(1));
        assert_eq!(table.find(7, same("d")), None);
        assert_eq!(table.find(8, same("a")), None);
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        let mut table = Table::with_room(0);
        assert_eq!(table.find(1, |_| true), None);
        assert_eq!(table.put(1, 1, |_| true), None);
        assert!(!Filter::with_room(0).may_hold(1));
    }

    #[test]
    fn a_filter_never_forgets() {
        let mut filter = Filter::with_room(1000);
        let hashes = || (0_u32..1000).map(|n| hash_bytes(&n.to_le_bytes()));
        hashes().for_each(|hash| filter.add(hash));
        assert!(hashes().all(|hash| filter.may_hold(hash)));
        let others = (1000_u32..11_000).map(|n| hash_bytes(&n.to_le_bytes()));
        assert!(others.filter(|hash| filter.may_hold(*hash)).count() < 1500);
    }
}
