//! Which process a sensor's record of a connection belongs to: the one that an endpoint's record of the
//! same connection names.
//!
//! Addresses and both ports name a connection for minutes; clocks that differ by more than that are for
//! [`network::join`](crate::network::join), which estimates by how much. What a sensor adds is what
//! endpoints do not see: the name in the handshake, its fingerprint, and how much was sent.

use serde::{Deserialize, Serialize};

use super::{Deed, State};
use crate::RuntimeRates;
use crate::act::{Act, Actor, What};
use crate::fleet::Map;
use crate::names::drop_oldest;
use crate::resolve::Running;
use crate::state::Bounds;
use crate::words::{self, Word, Words, join};

/// Records of one connection come within this time of each other.
const APART: i64 = 600_000_000_000;
/// Bound: connections remembered; beyond it those seen longest ago go.
const FLOWS_MAX: usize = 200_000;
/// Bound: sensors' records that wait for an endpoint's.
const HELD_MAX: usize = 100_000;

/// A connection as an endpoint told it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Flow {
    who: Running,
    host: u32,
    actor: Actor,
    time: i64,
    /// Whether a sensor said already how much went over it.
    has_bytes: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flows {
    #[serde(with = "words::pairs")]
    seen: Map<u64, Flow>,
    #[serde(with = "words::pairs")]
    held: Map<u64, Act>,
}

impl Flows {
    /// Every text that is needed.
    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let seen = self.seen.values().flat_map(|flow| [flow.who.image, flow.actor.image]);
        seen.chain(self.held.values().flat_map(Act::words))
    }

    /// Ends what nothing can belong to any more.
    pub(crate) fn pass(&mut self, time: i64) {
        self.seen.retain(|_, flow| time - flow.time <= APART);
        self.held.retain(|_, act| time - act.time <= APART);
    }

    /// Forgets connections of lineages that were forgotten.
    pub(crate) fn forget_lineages(&mut self, gone: &[u32]) {
        self.seen.retain(|_, flow| gone.binary_search(&flow.who.lineage).is_err());
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.seen.capacity() * (size_of::<(u64, Flow)>() + 1)
            + self.held.capacity() * (size_of::<(u64, Act)>() + 1)
    }
}

/// What names a connection that began here.
fn key_of(act: &Act, words: &Words) -> Option<u64> {
    let What::Contact { address, source, port, source_port, inbound: false, is_udp, .. } = act.what
    else {
        return None;
    };
    if source_port == 0 || port == 0 || address.is_none() || source.is_none() {
        return None;
    }
    let ends = join(words.hash_of(source), words.hash_of(address));
    let ports = u64::from(source_port) << 17 | u64::from(port) << 1 | u64::from(is_udp);
    Some(join(join(words.hash_of(act.org), ends), ports))
}

impl State {
    /// An endpoint says who opened a connection: what a sensor said of it before is that process's too.
    pub(super) fn flows_from(
        &mut self,
        act: &Act,
        deed: Deed,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let Some(key) = key_of(act, &self.words) else { return };
        let flow = Flow {
            who: deed.who,
            host: deed.host,
            actor: act.actor,
            time: act.time,
            has_bytes: false,
        };
        if self.flows.seen.len() >= FLOWS_MAX {
            drop_oldest(&mut self.flows.seen, |flow| flow.time);
        }
        self.flows.seen.insert(key, flow);
        let held = self.flows.held.remove(&key).filter(|held| act.time - held.time <= APART);
        if let Some(held) = held {
            self.losses.unattributed = self.losses.unattributed.saturating_sub(1);
            self.told_by_sensor(&held, key, flow, act.time, rates, bounds);
        }
    }

    /// A sensor tells of a connection; says whether an endpoint told whose it is.
    pub(super) fn flows_to(&mut self, act: &Act, rates: &RuntimeRates, bounds: &Bounds) -> bool {
        let Some(key) = key_of(act, &self.words) else { return false };
        let flow = self.flows.seen.get(&key).copied();
        let Some(flow) = flow.filter(|flow| act.time.abs_diff(flow.time) <= APART.unsigned_abs())
        else {
            return false;
        };
        self.told_by_sensor(act, key, flow, act.time, rates, bounds);
        true
    }

    /// Keeps a sensor's record until an endpoint says whose it is. Of several the first is kept.
    pub(super) fn hold(&mut self, act: &Act) {
        let Some(key) = key_of(act, &self.words) else { return };
        if self.flows.held.len() >= HELD_MAX {
            drop_oldest(&mut self.flows.held, |act| act.time);
        }
        self.flows.held.entry(key).or_insert(*act);
    }

    fn told_by_sensor(
        &mut self,
        act: &Act,
        key: u64,
        flow: Flow,
        time: i64,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let mut act = Act { actor: flow.actor, time, ..*act };
        if let What::Contact { sent, received, .. } = &mut act.what {
            // Two sensors that count the same bytes count them once.
            if flow.has_bytes {
                (*sent, *received) = (0, 0);
            }
            if (*sent > 0 || *received > 0)
                && let Some(known) = self.flows.seen.get_mut(&key)
            {
                known.has_bytes = true;
            }
        }
        let deed = Deed { who: flow.who, host: flow.host, time, is_again: true };
        self.did(&act, deed, rates, bounds);
    }
}
