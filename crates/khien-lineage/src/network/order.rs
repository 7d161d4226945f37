//! Puts what comes late into order, within a window: engines then see the same whatever the order of
//! arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use khien_model::Timestamp;

/// Holds things back until nothing older can be expected.
///
/// Two things of one time come out in their own order, so that the order of arrival is forgotten.
/// Bound: `held_max` things; beyond, the oldest come out early and are counted in
/// [`Ordered::early`].
#[derive(Clone, Debug)]
pub struct Ordered<T: Ord> {
    held: BinaryHeap<Reverse<(Timestamp, T)>>,
    lateness_ns: i64,
    held_max: usize,
    newest: Option<Timestamp>,
    early: u64,
    late: u64,
}

impl<T: Ord> Ordered<T> {
    /// Waits `lateness_s` seconds, and holds at most `held_max` things.
    pub const fn new(lateness_s: i64, held_max: usize) -> Self {
        Self {
            held: BinaryHeap::new(),
            lateness_ns: lateness_s.saturating_mul(1_000_000_000),
            held_max,
            newest: None,
            early: 0,
            late: 0,
        }
    }

    /// Takes one thing, and gives those that nothing older can precede any more, in order.
    ///
    /// A thing that comes later than the window allows is given at once, and counted in
    /// [`Ordered::late`].
    pub fn push(&mut self, time: Timestamp, thing: T) -> Vec<(Timestamp, T)> {
        if self.newest.is_some_and(|newest| newest.nanos_since(time) > self.lateness_ns) {
            self.late = self.late.saturating_add(1);
        }
        self.newest = self.newest.max(Some(time));
        self.held.push(Reverse((time, thing)));
        let mut ready = Vec::new();
        while let Some(Reverse((oldest, _))) = self.held.peek() {
            let due = self.newest.is_some_and(|n| n.nanos_since(*oldest) > self.lateness_ns);
            if !due && self.held.len() <= self.held_max {
                break;
            }
            if !due {
                self.early = self.early.saturating_add(1);
            }
            ready.extend(self.held.pop().map(|Reverse(first)| first));
        }
        ready
    }

    /// Gives all that is held, in order: the end of a replay.
    pub fn finish(&mut self) -> Vec<(Timestamp, T)> {
        let mut rest = Vec::with_capacity(self.held.len());
        while let Some(Reverse(first)) = self.held.pop() {
            rest.push(first);
        }
        rest
    }

    /// Things that came out before their time, for want of room.
    pub const fn early(&self) -> u64 {
        self.early
    }

    /// Things that came later than the window allows.
    pub const fn late(&self) -> u64 {
        self.late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(lateness_s: i64, things: &[(i64, u8)]) -> Vec<(i64, u8)> {
        let mut ordered = Ordered::new(lateness_s, 1000);
        let mut out = Vec::new();
        for (second, thing) in things {
            out.extend(ordered.push(Timestamp::from_nanos(second * 1_000_000_000), *thing));
        }
        out.extend(ordered.finish());
        out.into_iter().map(|(time, thing)| (time.as_nanos() / 1_000_000_000, thing)).collect()
    }

    #[test]
    fn what_is_too_late_is_counted_and_not_lost() {
        let mut ordered = Ordered::new(10, 2);
        let at = |s: i64| Timestamp::from_nanos(s * 1_000_000_000);
        assert!(ordered.push(at(100), 'a').is_empty());
        assert_eq!(ordered.push(at(80), 'b'), [(at(80), 'b')]);
        assert_eq!((ordered.late(), ordered.early()), (1, 0));
        assert!(ordered.push(at(101), 'c').is_empty());
        assert_eq!(ordered.push(at(102), 'd'), [(at(100), 'a')]);
        assert_eq!(ordered.early(), 1);
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_within_the_window_is_forgotten(
            mut things in prop::collection::vec((0_i64..60, any::<u8>()), 0..60),
            keys in prop::collection::vec(any::<u32>(), 60),
        ) {
            let straight = all(60, &things);
            let mut keyed: Vec<_> = keys.iter().zip(things.drain(..)).collect();
            keyed.sort();
            let shuffled: Vec<(i64, u8)> = keyed.into_iter().map(|(_, thing)| thing).collect();
            prop_assert_eq!(&all(60, &shuffled), &straight);
            prop_assert!(straight.is_sorted());
        }
    }
}
