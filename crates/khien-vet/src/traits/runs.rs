//! Stretches of bytes of one kind, found without looking at most of the others.
//!
//! A word of eight letters needs eight bytes in a row that may stand in words. Programs are mostly
//! other bytes, so it is enough to look at every eighth: where that is none, no such stretch covers
//! it. For words of five letters and fewer this costs as much as an automaton over all bytes.

use std::ops::Range;

/// Longest possible stretches of at least `min` places for which `holds` is true, in order.
pub(crate) struct Runs<F> {
    len: usize,
    min: usize,
    holds: F,
    /// Invariant: no stretch reaches from before this place to behind it.
    at: usize,
}

impl<F: Fn(usize) -> bool> Runs<F> {
    /// Over the places `0..len`; `min` is at least 1.
    pub(crate) const fn new(len: usize, min: usize, holds: F) -> Self {
        Self { len, min, holds, at: 0 }
    }
}

impl<F: Fn(usize) -> bool> Iterator for Runs<F> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let probe = self.at.checked_add(self.min)?.checked_sub(1)?;
            if probe >= self.len {
                return None;
            }
            if !(self.holds)(probe) {
                self.at = probe.saturating_add(1);
                continue;
            }
            let start = (self.at..probe).rev().find(|at| !(self.holds)(*at));
            let start = start.map_or(self.at, |before| before.saturating_add(1));
            let behind = probe.saturating_add(1);
            let end = (behind..self.len).find(|at| !(self.holds)(*at)).unwrap_or(self.len);
            // The place at `end` is none, or the last: it can be passed over.
            self.at = end.saturating_add(1);
            if end.saturating_sub(start) >= self.min {
                return Some(start..end);
            }
        }
    }
}

/// Which bytes a set of them holds.
pub(crate) fn table(bytes: &[u8]) -> [bool; 256] {
    std::array::from_fn(|byte| bytes.iter().any(|held| usize::from(*held) == byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exactly_the_long_stretches_come_out(
            flags in prop::collection::vec(prop::bool::weighted(0.8), 0..200),
            min in 1_usize..9,
        ) {
            let found: Vec<Range<usize>> = Runs::new(flags.len(), min, |at| flags[at]).collect();
            let mut wanted = Vec::new();
            let mut start = 0;
            for (at, flag) in flags.iter().copied().chain([false]).enumerate() {
                if !flag {
                    if at - start >= min {
                        wanted.push(start..at);
                    }
                    start = at + 1;
                }
            }
            prop_assert_eq!(found, wanted);
        }
    }
}
