//! Which traits each release of a lineage showed: on which hosts, since when, at which install age.

use serde::{Deserialize, Serialize};

use crate::TraitKind;
use crate::fleet::Map;
use crate::words::{self, Word};

/// Bound: traits of one kind that a lineage keeps by name; a lineage with more is open in that kind, and
/// new ones are only counted.
pub(crate) const OPEN: u32 = 1000;
/// Bound: hosts of one release that are kept by name for one trait; more are estimated.
pub(crate) const HOSTS_EXACT: usize = 64;
/// Bound: releases that are kept apart for one trait; older ones are added up.
const SHOWS_MAX: usize = 6;

/// Days from which a lineage is known well enough that something new is counted as spontaneous.
pub(crate) const WARM: u64 = 30;

/// What is counted per lineage, by kind of trait.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kinds {
    of: Vec<Kind>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kind {
    /// Traits of this kind.
    pub(crate) traits: u32,
    /// Those that one host showed on one day only.
    pub(crate) once: u32,
    /// Days on which a host showed one of them.
    pub(crate) host_days: u64,
    /// New ones that were not kept by name.
    pub(crate) unnamed: u64,
}

impl Kinds {
    pub(crate) fn of(&self, kind: TraitKind) -> Kind {
        self.of.get(number(kind)).copied().unwrap_or_default()
    }

    pub(crate) fn of_mut(&mut self, kind: TraitKind) -> &mut Kind {
        if self.of.len() < TraitKind::RUNTIME.len() {
            self.of.resize(TraitKind::RUNTIME.len(), Kind::default());
        }
        let at = number(kind).min(TraitKind::RUNTIME.len() - 1);
        &mut self.of[at]
    }
}

/// The number of a kind among the runtime ones.
pub(crate) const fn number(kind: TraitKind) -> usize {
    (kind as usize).saturating_sub(TraitKind::STATIC.len())
}

/// What a trait is kept under.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) lineage: u32,
    pub(crate) value: Word,
    pub(crate) kind: TraitKind,
}

/// All traits of all lineages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Traits {
    #[serde(with = "words::pairs")]
    pub(crate) known: Map<Key, Shown>,
    /// Which lineages of an organisation show a value: a few of them, and how many.
    #[serde(with = "words::pairs")]
    pub(crate) values: Map<(Word, TraitKind, Word), Popular>,
    /// By organisation, those that only sensors saw apart: new traits by kind and host-days of lineages that were
    /// known well.
    #[serde(with = "words::pairs")]
    pub(crate) pooled: Map<(Word, bool), Pooled>,
}

/// Bound: lineages named per value.
pub(crate) const POPULAR_MAX: usize = 6;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Popular {
    pub(crate) lineages: Vec<u32>,
    pub(crate) more: u32,
}

impl Popular {
    /// A lineage shows the value for the first time.
    pub(crate) fn add(&mut self, lineage: u32) {
        if self.lineages.len() < POPULAR_MAX {
            self.lineages.push(lineage);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pooled {
    pub(crate) host_days: u64,
    pub(crate) new: Vec<u64>,
    /// What well-known lineages do, counted once a day.
    pub(crate) manners: crate::watch::newcomer::Manners,
}

impl Pooled {
    pub(crate) fn new_of(&self, kind: TraitKind) -> u64 {
        self.new.get(number(kind)).copied().unwrap_or(0)
    }

    pub(crate) fn count_new(&mut self, kind: TraitKind) {
        self.new.resize(TraitKind::RUNTIME.len(), 0);
        if let Some(new) = self.new.get_mut(number(kind)) {
            *new += 1;
        }
    }
}

/// One trait of one lineage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: u64,
    pub(crate) host_days: u32,
    /// By release.
    pub(crate) shows: Vec<Show>,
}

/// A trait in one release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Show {
    pub(crate) release: u16,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: u64,
    pub(crate) hosts: Hosts,
}

/// The first sight of a trait on a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct OnHost {
    pub(crate) host: u32,
    /// Day of the last sight.
    day: u32,
    /// Install age in hours at the first sight; where it is unknown, -1 less the hours that are sure.
    pub(crate) age: i32,
    /// Second of the first sight.
    pub(crate) first: u32,
}

/// Hosts: by name while they are few, an estimate when they are many.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hosts {
    /// Sorted by host.
    pub(crate) few: Vec<OnHost>,
    many: Option<Box<Sketch>>,
}

/// HyperLogLog with 256 registers: 6.5 % standard error in 256 bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sketch(Vec<u8>);

impl Sketch {
    const REGISTERS: usize = 256;

    fn add(&mut self, hash: u64) -> bool {
        let at = usize::from(hash.to_le_bytes()[0]);
        let rank = u8::try_from((hash >> 8 | 1 << 56).trailing_zeros() + 1).unwrap_or(57);
        match self.0.get_mut(at) {
            Some(register) if *register < rank => {
                *register = rank;
                true
            }
            _ => false,
        }
    }

    /// Source: Flajolet et al. 2007, with linear counting where registers are empty.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate of hosts"
    )]
    fn estimate(&self) -> u32 {
        let m = Self::REGISTERS as f64;
        let sum: f64 = self.0.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
        let raw = (0.7213 / (1.0 + 1.079 / m)) * m * m / sum;
        let empty = self.0.iter().filter(|rank| **rank == 0).count();
        let estimate = if raw <= 2.5 * m && empty > 0 { m * (m / empty as f64).ln() } else { raw };
        estimate.round() as u32
    }
}

impl Hosts {
    pub(crate) fn len(&self) -> u32 {
        let few = u32::try_from(self.few.len()).unwrap_or(u32::MAX);
        self.many.as_ref().map_or(few, |many| many.estimate().max(few))
    }

    /// Whether they are counted, and not estimated.
    pub(crate) fn is_exact(&self) -> bool {
        self.many.is_none()
    }

    /// Adds a sight; says whether the host is new, and whether the day is.
    pub(crate) fn add(
        &mut self,
        host: u32,
        day: u32,
        age: impl FnOnce() -> i32,
        first: u32,
    ) -> (bool, bool) {
        match self.few.binary_search_by_key(&host, |known| known.host) {
            Ok(at) => {
                let Some(known) = self.few.get_mut(at) else { return (false, false) };
                let is_new_day = known.day < day;
                known.day = known.day.max(day);
                (false, is_new_day)
            }
            Err(at) if self.few.len() < HOSTS_EXACT => {
                self.few.insert(at, OnHost { host, day, age: age(), first });
                (true, true)
            }
            Err(_) => {
                let many =
                    self.many.get_or_insert_with(|| Box::new(Sketch(vec![0; Sketch::REGISTERS])));
                if many.0.iter().all(|rank| *rank == 0) {
                    for known in &self.few {
                        many.add(spread(u64::from(known.host)));
                    }
                }
                let is_new = many.add(spread(u64::from(host)));
                (is_new, is_new)
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.few.capacity() * size_of::<OnHost>() + self.many.as_ref().map_or(0, |_| 280)
    }
}

/// Mixes all bits into all bits.
const fn spread(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// What one sight of a trait was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sight {
    /// The lineage never did it.
    New,
    /// This release had not done it, or had not on this host.
    NewHost,
    /// Nothing but the count changed.
    Again,
}

impl Shown {
    pub(crate) fn new(time: i64) -> Self {
        // Most traits are of one release.
        let shows = Vec::with_capacity(1);
        Self { first: time, last: time, count: 0, host_days: 0, shows }
    }

    /// The show of a release, made where there is none. `rank` says which releases are older.
    pub(crate) fn show(&mut self, release: u16, time: i64, rank: impl Fn(u16) -> u16) -> &mut Show {
        let known = self.shows.iter().position(|show| show.release == release);
        let at = known.unwrap_or_else(|| {
            if self.shows.len() >= SHOWS_MAX {
                self.merge_oldest(&rank);
            }
            let hosts = Hosts { few: Vec::with_capacity(1), many: None };
            self.shows.push(Show { release, first: time, last: time, count: 0, hosts });
            self.shows.len() - 1
        });
        &mut self.shows[at]
    }

    /// The second oldest release's sights are added to the oldest's.
    fn merge_oldest(&mut self, rank: &impl Fn(u16) -> u16) {
        self.shows.sort_by_key(|show| rank(show.release));
        if self.shows.len() < 2 {
            return;
        }
        let second = self.shows.remove(1);
        let Some(oldest) = self.shows.first_mut() else { return };
        oldest.first = oldest.first.min(second.first);
        oldest.last = oldest.last.max(second.last);
        oldest.count = oldest.count.saturating_add(second.count);
        for host in second.hosts.few {
            oldest.hosts.add(host.host, host.day, || host.age, host.first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn few_hosts_are_counted_and_many_are_estimated(hosts in prop::collection::vec(0_u32..4000, 0..3000)) {
            let mut kept = Hosts::default();
            for host in &hosts {
                kept.add(*host, 1, || 0, 0);
                kept.add(*host, 1, || 0, 0);
            }
            let exact = hosts.iter().collect::<std::collections::HashSet<_>>().len();
            if kept.is_exact() {
                prop_assert_eq!(kept.len() as usize, exact);
            } else {
                let off = f64::from(kept.len()) / exact as f64;
                prop_assert!((0.7..1.3).contains(&off), "{} of {exact}", kept.len());
            }
        }
    }

    #[test]
    fn a_trait_of_many_releases_keeps_a_few_apart() {
        let mut shown = Shown::new(0);
        for release in 0..40_u16 {
            let show = shown.show(release, i64::from(release), |release| release);
            show.count += 1;
            show.hosts.add(u32::from(release), 0, || 0, 0);
        }
        assert_eq!(shown.shows.len(), SHOWS_MAX);
        assert_eq!(shown.shows.iter().map(|show| show.count).sum::<u64>(), 40);
        assert!(shown.shows.iter().any(|show| show.release == 39));
    }
}
