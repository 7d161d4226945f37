//! From keys to places: an open table of four bytes a place. Keys themselves lie in the states.

/// A place that holds nothing.
const FREE: u32 = u32::MAX;

/// Places to begin with.
const PLACES_MIN: usize = 1024;

/// Slots by hash, with linear probing. The caller says which hash a slot has.
#[derive(Clone, Debug)]
pub(super) struct Index {
    places: Vec<u32>,
    taken: usize,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { places: vec![FREE; PLACES_MIN], taken: 0 }
    }

    /// The slot with this hash that `is` accepts.
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        loop {
            match self.places.get(at) {
                Some(slot) if *slot == FREE => return None,
                Some(slot) if is(*slot) => return Some(*slot),
                Some(_) => at = self.after(at),
                None => return None,
            }
        }
    }

    /// Adds a slot that is not there yet.
    pub(super) fn insert(&mut self, slot: u32, hash: u64, hash_of: impl Fn(u32) -> u64) {
        // At most two thirds are taken, so that probing ends soon, and ends.
        if self.taken.saturating_mul(3) >= self.places.len().saturating_mul(2) {
            let longer = vec![FREE; self.places.len().saturating_mul(2)];
            let old = std::mem::replace(&mut self.places, longer);
            for slot in old.into_iter().filter(|slot| *slot != FREE) {
                self.put(slot, hash_of(slot));
            }
        }
        self.put(slot, hash);
        self.taken = self.taken.saturating_add(1);
    }

    /// Takes a slot out, and moves up those that were pushed on by it.
    pub(super) fn remove(&mut self, slot: u32, hash: u64, hash_of: impl Fn(u32) -> u64) {
        let mut hole = self.home(hash);
        loop {
            match self.places.get(hole) {
                Some(found) if *found == slot => break,
                Some(found) if *found != FREE => hole = self.after(hole),
                _ => return,
            }
        }
        let mut at = self.after(hole);
        while let Some(slot) = self.places.get(at).copied().filter(|slot| *slot != FREE) {
            let home = self.home(hash_of(slot));
            // Whether the hole lies on the way from this slot's home to where it is.
            if self.way(home, at) >= self.way(hole, at) {
                self.set(hole, slot);
                hole = at;
            }
            at = self.after(at);
        }
        self.set(hole, FREE);
        self.taken = self.taken.saturating_sub(1);
    }

    /// Bytes that the places take.
    pub(super) fn bytes(&self) -> usize {
        self.places.capacity().saturating_mul(size_of::<u32>())
    }

    fn put(&mut self, slot: u32, hash: u64) {
        let mut at = self.home(hash);
        while self.places.get(at).is_some_and(|found| *found != FREE) {
            at = self.after(at);
        }
        self.set(at, slot);
    }

    fn set(&mut self, at: usize, slot: u32) {
        if let Some(place) = self.places.get_mut(at) {
            *place = slot;
        }
    }

    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash & self.mask() as u64).unwrap_or(0)
    }

    const fn after(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.mask()
    }

    const fn way(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.mask()
    }

    /// The number of places is a power of two.
    const fn mask(&self) -> usize {
        self.places.len().wrapping_sub(1)
    }
}
