//! All keys, within a bound that floods cannot turn against candidates.

use std::collections::BTreeMap;

use khien_model::Timestamp;

use super::index::Index;
use super::{Contact, Hint, HotState, Outcome, Ring, Triple, seconds};
use crate::network::Key;
use crate::network::beacon::{self, Evidence};

/// States in one piece of memory: growing copies none.
const CHUNK: usize = 4096;

/// Keys that are looked at when one has to give way.
const SAMPLE: usize = 16;

/// What a table may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// Keys, candidates included. Below 2^32 - 1.
    pub keys: usize,
    /// Candidates. At most half of the keys are, and at most half of them are those that the caller
    /// called rare: a flood of rare keys leaves room for regular ones.
    pub candidates: usize,
    /// Candidates of one host that the caller called rare: a host that scans makes everything rare.
    pub rare_per_host: u32,
    /// Mixed into hashes, so that nobody outside can make keys collide. Results do not depend on it
    /// while the table is not full.
    pub seed: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { keys: 5_000_000, candidates: 100_000, rare_per_host: 256, seed: 0 }
    }
}

/// What the bounds cost so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Keys held.
    pub keys: usize,
    /// Candidates among them.
    pub candidates: usize,
    /// Keys that gave way to others. None was a candidate.
    pub evicted: u64,
    /// Contacts that found every key sampled a candidate, and were not kept.
    pub not_kept: u64,
    /// Keys that would have become candidates, if there had been room.
    pub not_promoted: u64,
}

/// What a contact changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Observed {
    /// The key was not held before: first seen, or forgotten meanwhile.
    First,
    /// It became a candidate.
    Promoted,
    /// It was held.
    Known,
    /// There was no room for it.
    NotKept,
}

/// Every key's state, and every candidate's times.
#[derive(Clone, Debug)]
pub struct Table {
    bounds: Bounds,
    chunks: Vec<Vec<HotState>>,
    index: Index,
    rings: BTreeMap<u32, Ring>,
    rare_of_host: BTreeMap<Key, u32>,
    hand: usize,
    counts: Counts,
}

impl Table {
    /// Makes an empty table.
    pub fn new(bounds: Bounds) -> Self {
        let keys = bounds.keys.clamp(SAMPLE * 2, u32::MAX as usize - 1);
        let candidates = bounds.candidates.min(keys / 2);
        Self {
            bounds: Bounds { keys, candidates, ..bounds },
            chunks: Vec::new(),
            index: Index::new(),
            rings: BTreeMap::new(),
            rare_of_host: BTreeMap::new(),
            hand: 0,
            counts: Counts::default(),
        }
    }

    /// Takes a contact, in order of time.
    pub fn observe(&mut self, contact: &Contact, hint: Hint) -> Observed {
        let (slot, first) = match self.slot(contact.who) {
            Some(slot) => {
                if let Some(state) = self.state_mut(slot) {
                    state.observe(contact);
                }
                (slot, false)
            }
            None => match self.add(contact) {
                Some(slot) => (slot, true),
                None => {
                    self.counts.not_kept = self.counts.not_kept.saturating_add(1);
                    return Observed::NotKept;
                }
            },
        };
        let promoted = self.consider(slot, hint);
        if contact.outcome == Outcome::Answered
            && let Some(ring) = self.rings.get_mut(&slot)
        {
            ring.push(seconds(contact.time));
        }
        match (first, promoted) {
            (true, _) => Observed::First,
            (false, true) => Observed::Promoted,
            (false, false) => Observed::Known,
        }
    }

    /// The state of a key.
    pub fn get(&self, who: Triple) -> Option<&HotState> {
        self.state(self.slot(who)?)
    }

    /// The exact times of a candidate.
    pub fn ring(&self, who: Triple) -> Option<&Ring> {
        self.rings.get(&self.slot(who)?)
    }

    /// The evidence for a candidate's rhythm, from what is kept and nothing else.
    pub fn evidence(&self, who: Triple, now: Timestamp) -> Option<Evidence> {
        let now_s = now.as_nanos().div_euclid(1_000_000_000);
        let times = self.ring(who)?.times_s();
        Some(beacon::evidence(&times, now_s, self.get(who)?.sizes()))
    }

    /// Every candidate, in no order that means anything.
    pub fn candidates(&self) -> impl Iterator<Item = &HotState> {
        self.rings.keys().filter_map(|slot| self.state(*slot))
    }

    /// Says that a key need not be watched exactly any more.
    pub fn demote(&mut self, who: Triple) {
        let Some(slot) = self.slot(who) else { return };
        if self.rings.remove(&slot).is_some()
            && let Some(rare) = self.rare_of_host.get_mut(&who.host)
        {
            *rare = rare.saturating_sub(1);
            if *rare == 0 {
                self.rare_of_host.remove(&who.host);
            }
        }
        if let Some(state) = self.state_mut(slot) {
            state.set_candidate(false);
        }
        self.counts.candidates = self.rings.len();
    }

    /// Demotes candidates that were quiet for so many seconds, so that others find room. The caller
    /// says how long; the longest scale of evidence is 90 days.
    pub fn expire(&mut self, now: Timestamp, quiet_s: u32) {
        let now_s = seconds(now);
        let quiet = |state: &&HotState| now_s.saturating_sub(state.first_and_last_s().1) > quiet_s;
        let gone: Vec<Triple> = self.candidates().filter(quiet).map(HotState::who).collect();
        for who in gone {
            self.demote(who);
        }
    }

    /// What the bounds cost so far.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes of states, index and rings, as allocated.
    pub fn bytes(&self) -> usize {
        let states = self.chunks.iter().map(Vec::capacity).sum::<usize>();
        let rings: usize = self.rings.values().map(|ring| ring.bytes().max(64)).sum();
        states
            .saturating_mul(size_of::<HotState>())
            .saturating_add(self.index.bytes())
            .saturating_add(rings)
    }

    fn consider(&mut self, slot: u32, hint: Hint) -> bool {
        let Some(state) = self.state(slot) else { return false };
        let host = state.who().host;
        if state.is_candidate() {
            return false;
        }
        let alike = state.is_under_dispersed();
        let rare_before = self.rare_of_host.get(&host).copied().unwrap_or(0);
        let rare = hint == Hint::Rare && rare_before < self.bounds.rare_per_host;
        if !alike && !rare {
            if hint == Hint::Rare {
                self.counts.not_promoted = self.counts.not_promoted.saturating_add(1);
            }
            return false;
        }
        let room = if alike { self.bounds.candidates } else { self.bounds.candidates / 2 };
        if self.rings.len() >= room {
            self.counts.not_promoted = self.counts.not_promoted.saturating_add(1);
            return false;
        }
        *self.rare_of_host.entry(host).or_default() = rare_before.saturating_add(1);
        self.rings.insert(slot, Ring::default());
        self.counts.candidates = self.rings.len();
        if let Some(state) = self.state_mut(slot) {
            state.set_candidate(true);
        }
        true
    }

    /// A new key, in a free place or that of one that gives way.
    fn add(&mut self, contact: &Contact) -> Option<u32> {
        let slot = if self.counts.keys < self.bounds.keys {
            let slot = u32::try_from(self.counts.keys).ok()?;
            if self.chunks.last().is_none_or(|chunk| chunk.len() >= CHUNK) {
                self.chunks.push(Vec::with_capacity(CHUNK.min(self.bounds.keys)));
            }
            self.chunks.last_mut()?.push(HotState::new(contact));
            self.counts.keys = self.counts.keys.saturating_add(1);
            slot
        } else {
            let slot = self.give_way()?;
            *self.state_mut(slot)? = HotState::new(contact);
            slot
        };
        let (hash, chunks, seed) = (self.hash(contact.who), &self.chunks, self.bounds.seed);
        self.index.insert(slot, hash, |slot| hash_of(chunks, slot, seed));
        Some(slot)
    }

    /// Frees the place of the key with the fewest contacts, among equals the longest quiet one, of a
    /// few that the hand passes.
    fn give_way(&mut self) -> Option<u32> {
        let passed = (0..SAMPLE).map(|step| self.hand.wrapping_add(step) % self.bounds.keys);
        let weakest = passed
            .filter_map(|at| u32::try_from(at).ok())
            .filter_map(|slot| Some((slot, self.state(slot)?)))
            .filter(|(_, state)| !state.is_candidate())
            .min_by_key(|(_, state)| (state.contacts().0, state.first_and_last_s().1));
        let found = weakest.map(|(slot, state)| (slot, self.hash(state.who())));
        self.hand = self.hand.wrapping_add(SAMPLE) % self.bounds.keys;
        let (slot, hash) = found?;
        let (chunks, seed) = (&self.chunks, self.bounds.seed);
        self.index.remove(slot, hash, |slot| hash_of(chunks, slot, seed));
        self.counts.evicted = self.counts.evicted.saturating_add(1);
        Some(slot)
    }

    fn slot(&self, who: Triple) -> Option<u32> {
        let is = |slot| self.state(slot).is_some_and(|state| state.who() == who);
        self.index.find(self.hash(who), is)
    }

    fn state(&self, slot: u32) -> Option<&HotState> {
        state_in(&self.chunks, slot)
    }

    fn state_mut(&mut self, slot: u32) -> Option<&mut HotState> {
        let slot = slot as usize;
        self.chunks.get_mut(slot / CHUNK)?.get_mut(slot % CHUNK)
    }

    const fn hash(&self, who: Triple) -> u64 {
        hash(who, self.bounds.seed)
    }
}

fn state_in(chunks: &[Vec<HotState>], slot: u32) -> Option<&HotState> {
    let slot = slot as usize;
    chunks.get(slot / CHUNK)?.get(slot % CHUNK)
}

fn hash_of(chunks: &[Vec<HotState>], slot: u32, seed: u64) -> u64 {
    state_in(chunks, slot).map_or(0, |state| hash(state.who(), seed))
}

/// Mixes three ids and the seed. Source: the finalizer of SplitMix64 (S. Vigna).
const fn hash(who: Triple, seed: u64) -> u64 {
    const fn mix(value: u64) -> u64 {
        let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }
    let host = mix(who.host.0 ^ seed);
    let application = mix(host.wrapping_add(who.application.0).wrapping_add(0x9E37_79B9_7F4A_7C15));
    mix(application.wrapping_add(who.destination.0) ^ seed.rotate_left(32))
}
