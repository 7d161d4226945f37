//! Sightings being counted: which observable was seen in which place, before that is a table.
//!
//! Nearly every event shows several observables, so this is the map that is asked most. Its keys are
//! packed into one number: a fraction of the memory of the words of a row, and of the time that a
//! processor waits for it.

use std::collections::HashMap;

use indexmap::IndexSet;
use khien_detect::indicator::ObservableKind;

use crate::rollup::{KEYS_MAX, Key, Tally};

/// Rows of `sightings`, in words of that roll-up.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    rows: HashMap<u64, Tally, foldhash::fast::RandomState>,
    /// Organisation and host.
    places: IndexSet<[u32; 2], foldhash::fast::RandomState>,
    /// The place of the last row.
    last: Option<([u32; 2], u32)>,
    kinds: Vec<u32>,
}

/// What is seen: a kind, by its number here, and the word of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct What {
    kind: u32,
    pub(crate) value: u32,
}

/// Bits of a key for the kind, of which there are eight; the place has what the value's word leaves.
const KIND_BITS: u32 = 4;
const _: () = assert!(ObservableKind::ALL.len() <= 1 << KIND_BITS);

impl Seen {
    /// What a kind's word and a value's word stand for.
    pub(crate) fn what(&mut self, kind: u32, value: u32) -> What {
        let known = self.kinds.iter().position(|known| *known == kind);
        let number = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len().saturating_sub(1)
        });
        What { kind: u32::try_from(number).unwrap_or(u32::MAX), value }
    }

    /// The number of a place.
    pub(crate) fn place(&mut self, place: [u32; 2]) -> u32 {
        if let Some((_, number)) = self.last.filter(|(last, _)| *last == place) {
            return number;
        }
        let (number, _) = self.places.insert_full(place);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.last = Some((place, number));
        number
    }

    /// Counts a row. `hour` is the beginning of the hour in which it was, in microseconds.
    pub(crate) fn count(&mut self, what: What, place: u32, hour: Option<i64>) {
        let low = (u64::from(place) << KIND_BITS) | u64::from(what.kind);
        let key = (u64::from(what.value) << 32) | low;
        self.rows.entry(key).or_default().count(hour);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Roughly the memory it takes, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        // A slot has key, tally and a control byte.
        let rows = self.rows.capacity().saturating_mul(38);
        rows.saturating_add(self.places.len().saturating_mul(24))
    }

    /// The rows, by the words of their keys; nothing is left but some of the memory.
    pub(crate) fn take(&mut self) -> Vec<(Key, Tally)> {
        let mut rows = Vec::with_capacity(self.rows.len());
        for (key, tally) in self.rows.drain() {
            let [value, low] = [key >> 32, key & u64::from(u32::MAX)]
                .map(|half| u32::try_from(half).unwrap_or(u32::MAX));
            let kind = usize::try_from(low & ((1 << KIND_BITS) - 1)).unwrap_or(usize::MAX);
            let place = usize::try_from(low >> KIND_BITS).unwrap_or(usize::MAX);
            let [org, host] = self.places.get_index(place).copied().unwrap_or_default();
            let mut whole: Key = [0; KEYS_MAX];
            let words = [self.kinds.get(kind).copied().unwrap_or(0), value, org, host];
            whole.iter_mut().zip(words).for_each(|(slot, word)| *slot = word);
            rows.push((whole, tally));
        }
        // The next rows are about as many; what a burst took is given back.
        self.rows.shrink_to(rows.len());
        self.places.clear();
        self.last = None;
        self.kinds.clear();
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_comes_out_with_its_words() {
        let mut seen = Seen::default();
        let (path, domain) = (seen.what(7, 70), seen.what(9, 90));
        let (here, there) = (seen.place([1, 2]), seen.place([1, 3]));
        assert_eq!(seen.place([1, 2]), here);
        for (what, place) in [(path, here), (path, there), (domain, here), (path, here)] {
            seen.count(what, place, Some(3_600_000_000));
        }
        assert!(!seen.is_empty() && seen.memory_bytes() > 0);
        let mut keys: Vec<_> = seen.take().into_iter().map(|(key, _)| key[..4].to_vec()).collect();
        keys.sort();
        assert_eq!(keys, [[7, 70, 1, 2], [7, 70, 1, 3], [9, 90, 1, 2]]);
        assert!(seen.is_empty());
        // Numbers begin anew.
        assert_eq!(seen.place([5, 6]), 0);
    }
}
