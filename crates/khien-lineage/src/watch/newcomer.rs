//! Newcomers: products that nobody in the organisation ran before.
//!
//! A newcomer has no history of its own, and what it does on its first days would become its baseline. The
//! organisation's other applications are a history too: what hardly any of them ever does stays a
//! departure. How often that is so is counted over lineages, not over days: one program that injects every
//! day says nothing of the next program.

use std::collections::BTreeMap;

use super::{Candidate, LEARNING, is_learnt};
use crate::departure::Peers;
use crate::fleet::{Basis, Lineage};
use crate::place::Ground;
use crate::runtime::{Key, WARM, number};
use crate::state::State;
use crate::words::Word;
use crate::{RuntimeRates, TraitKind};

/// So many well-known applications make an organisation that can be compared with.
const PEERS_MIN: u32 = 10;

// Every kind has a bit.
const _: () = assert!(TraitKind::RUNTIME.len() <= 64);

/// How many well-known lineages show which kinds: system, kinds as bits, lineages.
pub(crate) type Manners = Vec<(Ground, u64, u32)>;

impl State {
    /// Counts anew what the well-known lineages of each organisation do.
    pub(super) fn count_manners(&mut self, time: i64) {
        let suspected: std::collections::BTreeSet<(u32, TraitKind)> = self
            .watched
            .iter()
            .filter(|(_, candidate)| is_suspected(candidate))
            .map(|(key, _)| (key.lineage, key.kind))
            .collect();
        let mut manners: BTreeMap<Word, BTreeMap<(Ground, u64), u32>> = BTreeMap::new();
        for (lineage, known) in self.fleet.known().filter(|(_, known)| is_peer(known, time)) {
            let shown = TraitKind::RUNTIME.iter().filter(|kind| {
                known.kinds.of(**kind).traits > 0 && !suspected.contains(&(lineage, **kind))
            });
            let bits = shown.fold(0_u64, |bits, kind| bits | 1 << number(*kind));
            *manners.entry(known.org).or_default().entry((known.ground, bits)).or_default() += 1;
        }
        for ((org, is_network), pooled) in &mut self.traits.pooled {
            if *is_network {
                continue;
            }
            let of_org = manners.remove(org).unwrap_or_default();
            pooled.manners =
                of_org.into_iter().map(|((ground, bits), count)| (ground, bits, count)).collect();
        }
    }

    /// With whom a trait of a lineage that is still learnt can be compared; `None` where it is simply
    /// learnt, because the program came before anybody watched, benign applications do such things, or
    /// too few of them are known.
    pub(super) fn peers(
        &self,
        key: Key,
        lineage: &Lineage,
        release: u16,
        rates: &RuntimeRates,
    ) -> Option<Peers> {
        let is_odd = rates.of(key.kind).is_some_and(|rate| rate.exotic > 0.0);
        let is_program = is_seen(lineage) && !lineage.is_of_system;
        let is_news = lineage.is_arrival && !has_history(lineage, release);
        if !is_odd || !is_program || !is_news {
            return None;
        }
        let (known, showing) = self.manners(lineage, 1 << number(key.kind));
        (known >= PEERS_MIN).then_some(Peers { known, showing })
    }

    /// Well-known lineages on the same kind of system, and those that show all these kinds.
    fn manners(&self, lineage: &Lineage, bits: u64) -> (u32, u32) {
        let pooled = self.traits.pooled.get(&lineage.pool());
        let same = pooled.into_iter().flat_map(|pooled| &pooled.manners);
        same.filter(|(ground, ..)| *ground == lineage.ground).fold(
            (0, 0),
            |(known, showing), (_, of, count)| {
                (known + count, showing + if of & bits == bits { *count } else { 0 })
            },
        )
    }

    /// How many well-known lineages show both kinds.
    pub(super) fn together(&self, lineage: &Lineage, one: TraitKind, other: TraitKind) -> u32 {
        self.manners(lineage, 1 << number(one) | 1 << number(other)).1
    }
}

/// Whether what a lineage does says what applications do: known for long, and no part of the system.
fn is_peer(lineage: &Lineage, time: i64) -> bool {
    lineage.host_days >= WARM
        && time - lineage.first >= LEARNING
        && is_seen(lineage)
        && !lineage.is_of_system
}

/// Whether an endpoint tells of its programs: of others too little is seen to compare with.
const fn is_seen(lineage: &Lineage) -> bool {
    !matches!(lineage.basis, Basis::Agent | Basis::Network)
}

const fn is_suspected(candidate: &Candidate) -> bool {
    candidate.raised.is_some() && candidate.withdrawn.is_none()
}

/// Whether an earlier release was ever used.
pub(super) fn has_history(lineage: &Lineage, release: u16) -> bool {
    let numbered = (0_u16..).zip(&lineage.releases);
    numbered
        .filter(|(other, _)| lineage.is_older(*other, release))
        .any(|(_, known)| known.host_days > 0)
}

/// Whether a lineage is known too little to depart from itself.
pub(super) fn is_new(lineage: &Lineage, release: u16, time: i64) -> bool {
    lineage.host_days < WARM || is_learnt(lineage, release, time)
}
