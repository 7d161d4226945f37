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
pub(super) const APART: i64 = 600_000_000_000;
/// Bound: connections remembered; beyond it those seen longest ago go.
const FLOWS_MAX: usize = 200_000;
/// Bound: connections whose sensors' records wait for an endpoint's.
const HELD_MAX: usize = 200_000;
/// Bound: records of one connection that wait: of the flow, its handshake, requests and files. Of those
/// beyond it only the bytes are kept.
const HELD_EACH: usize = 6;

/// A connection as an endpoint told it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Flow {
    who: Running,
    host: u32,
    actor: Actor,
    time: i64,
    /// Whether somebody said already how much went over it: what is told again counts once.
    has_bytes: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flows {
    #[serde(with = "words::pairs")]
    seen: Map<u64, Flow>,
    #[serde(with = "words::pairs")]
    held: Map<u64, Vec<Act>>,
    /// Connections and waiting records forgotten while something could still belong to them.
    pub(crate) evicted: u64,
}

impl Flows {
    /// Every text that is needed.
    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let seen = self.seen.values().flat_map(|flow| [flow.who.image, flow.actor.image]);
        seen.chain(self.held.values().flatten().flat_map(Act::words))
    }

    /// Ends what nothing can belong to any more.
    pub(crate) fn pass(&mut self, time: i64) {
        self.seen.retain(|_, flow| time - flow.time <= APART);
        self.held.retain(|_, acts| acts.last().is_some_and(|act| time - act.time <= APART));
    }

    /// Takes what waited for an endpoint until a time; nothing where it came later and waits on.
    pub(super) fn held_until(&mut self, key: u64, until: i64) -> Vec<Act> {
        let first = self.held.get(&key).and_then(|acts| acts.first());
        match first.is_some_and(|act| act.time + APART <= until) {
            true => self.held.remove(&key).unwrap_or_default(),
            false => Vec::new(),
        }
    }

    /// Forgets connections of lineages that were forgotten.
    pub(crate) fn forget_lineages(&mut self, gone: &[u32]) {
        self.seen.retain(|_, flow| gone.binary_search(&flow.who.lineage).is_err());
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.seen.capacity() * (size_of::<(u64, Flow)>() + 1)
            + self.held.capacity() * (size_of::<(u64, Vec<Act>)>() + 1)
            + self.held.values().map(|acts| acts.capacity() * size_of::<Act>()).sum::<usize>()
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

/// Whether two records can be of one connection.
const fn is_near(one: i64, other: i64) -> bool {
    one.abs_diff(other) <= APART.unsigned_abs()
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
        let known = self.flows.seen.get(&key).filter(|flow| is_near(flow.time, act.time));
        let is_told =
            matches!(act.what, What::Contact { sent, received, .. } if sent > 0 || received > 0);
        let flow = Flow {
            who: deed.who,
            host: deed.host,
            actor: act.actor,
            time: act.time,
            has_bytes: is_told || known.is_some_and(|flow| flow.has_bytes),
        };
        if self.flows.seen.len() >= FLOWS_MAX {
            self.flows.pass(act.time);
        }
        if self.flows.seen.len() >= FLOWS_MAX {
            self.flows.evicted += drop_oldest(&mut self.flows.seen, |flow| flow.time);
        }
        self.flows.seen.insert(key, flow);
        for held in self.flows.held.remove(&key).unwrap_or_default() {
            if is_near(held.time, act.time) {
                self.losses.unattributed = self.losses.unattributed.saturating_sub(1);
                self.told_by_sensor(&held, key, act.time, rates, bounds);
            }
        }
    }

    /// An endpoint's record of a connection, without the bytes that somebody has told already.
    pub(super) fn counted_once(&self, act: &Act) -> Act {
        let mut act = *act;
        let key = key_of(&act, &self.words);
        let told = key.and_then(|key| self.flows.seen.get(&key));
        if let What::Contact { sent, received, .. } = &mut act.what
            && told.is_some_and(|flow| flow.has_bytes && is_near(flow.time, act.time))
        {
            (*sent, *received) = (0, 0);
        }
        act
    }

    /// A sensor tells of a connection; says whether an endpoint told whose it is.
    pub(super) fn flows_to(&mut self, act: &Act, rates: &RuntimeRates, bounds: &Bounds) -> bool {
        let Some(key) = key_of(act, &self.words) else { return false };
        let flow = self.flows.seen.get(&key);
        if !flow.is_some_and(|flow| is_near(flow.time, act.time)) {
            return false;
        }
        self.told_by_sensor(act, key, act.time, rates, bounds);
        true
    }

    /// Keeps a sensor's record until an endpoint says whose it is.
    pub(super) fn hold(&mut self, act: &Act) {
        let Some(key) = key_of(act, &self.words) else { return };
        let is_full = self.flows.held.len() >= HELD_MAX && !self.flows.held.contains_key(&key);
        if is_full {
            self.flows.pass(act.time);
        }
        if is_full && self.flows.held.len() >= HELD_MAX {
            let latest = |acts: &Vec<Act>| acts.last().map_or(i64::MIN, |act| act.time);
            self.flows.evicted += drop_oldest(&mut self.flows.held, latest);
        }
        let acts = self.flows.held.entry(key).or_default();
        if acts.is_empty() {
            self.due.push(act.time + APART, key);
        }
        // Both ends' numbers are used again: what is older was another connection.
        acts.retain(|held| is_near(held.time, act.time));
        if acts.len() < HELD_EACH {
            acts.push(*act);
        } else if let (Some(last), What::Contact { sent: more, received: back, .. }) =
            (acts.last_mut(), act.what)
            && let What::Contact { sent, received, .. } = &mut last.what
        {
            (*sent, *received) = (sent.saturating_add(more), received.saturating_add(back));
        }
    }

    fn told_by_sensor(
        &mut self,
        act: &Act,
        key: u64,
        time: i64,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let Some(flow) = self.flows.seen.get_mut(&key) else { return };
        let mut act = Act { actor: flow.actor, time, ..*act };
        let deed = Deed { who: flow.who, host: flow.host, time, is_again: true };
        if let What::Contact { sent, received, .. } = &mut act.what {
            // Two that count the same bytes count them once.
            if flow.has_bytes {
                (*sent, *received) = (0, 0);
            }
            flow.has_bytes |= *sent > 0 || *received > 0;
        }
        self.did(&act, deed, rates, bounds);
    }
}
