//! What only sensors on the network saw: no endpoint says which program it was.
//!
//! Such a connection waits as long as an endpoint's record of it may still come. Then it belongs to whatever opens
//! TLS in that way (JA4; JA3 changes with every connection of today's browsers), or, without even that, to the
//! organisation's programs that nobody names. Who that is has no releases and goes where its users like, so it is held
//! against its own past days and only for what hardly any program ever does: addresses without a name, names that
//! imitate, borrow, or were chosen by nobody.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Deed, State};
use crate::act::{Act, What};
use crate::destination::Destination;
use crate::fleet::{Basis, Fleet, Lineage};
use crate::resolve::Running;
use crate::state::Bounds;
use crate::words::{Word, Words};
use crate::{RuntimeRates, TraitKind};

/// What programs are called that nobody names and that no fingerprint tells apart.
const UNNAMED: &str = "unnamed programs";

/// Bound: connections that wait, those included that an endpoint has told of since.
const DUE_MAX: usize = 1 << 20;

/// When connections stop waiting for an endpoint, in order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Due {
    queue: VecDeque<(i64, u64)>,
}

impl Due {
    pub(super) fn push(&mut self, at: i64, key: u64) {
        self.queue.push_back((at, key));
    }

    /// The next one whose time has come; under a flood those that waited longest do not wait to the end.
    fn pop(&mut self, time: i64) -> Option<(i64, u64)> {
        let is_full = self.queue.len() > DUE_MAX;
        self.queue.pop_front_if(|(at, _)| is_full || *at < time)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.queue.capacity() * size_of::<(i64, u64)>()
    }
}

/// The lineage of programs that only sensors saw.
fn lineage_of(org: Word, tls: Word, time: i64, fleet: &mut Fleet, words: &mut Words) -> u32 {
    let product = match words.text(tls) {
        "" => words.word(UNNAMED),
        ja4 => {
            let named = format!("tls {ja4}");
            words.word(&named)
        }
    };
    let key = (org, Word::NONE, product);
    if let Some(lineage) = fleet.by_name.get(&key) {
        return *lineage;
    }
    let lineage = fleet.add(Lineage::new(key, Basis::Network, time));
    fleet.by_name.insert(key, lineage);
    lineage
}

impl State {
    /// Connections that waited long enough for an endpoint's record belong to programs that nobody names.
    pub(crate) fn settle(&mut self, time: i64, rates: &RuntimeRates, bounds: &Bounds) {
        while let Some((at, key)) = self.due.pop(time) {
            // Others of the same ends came since: they have their own turn.
            let held = self.flows.held_until(key, at);
            let tls = held.iter().find_map(|act| match act.what {
                What::Contact { tls, .. } if !tls.is_none() => Some(tls),
                _ => None,
            });
            for (number, act) in held.iter().enumerate() {
                self.seen_by_sensor(act, tls.unwrap_or_default(), number > 0, rates, bounds);
            }
        }
    }

    /// A host asks for a name, and no endpoint there tells of names.
    pub(super) fn asked_by_sensor(
        &mut self,
        act: &Act,
        home: Option<u32>,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let tells = home.and_then(|host| self.fleet.hosts.get(host as usize));
        if tells.is_none_or(|host| !host.has_dns) {
            self.seen_by_sensor(act, Word::NONE, false, rates, bounds);
        }
    }

    /// Whether an endpoint has told of a program that goes there: records are lost, and it is that one's.
    fn is_told(&self, org: Word, (kind, value): (TraitKind, Word)) -> bool {
        let popular = self.traits.values.get(&(org, kind, value));
        popular
            .into_iter()
            .flat_map(|popular| &popular.lineages)
            .any(|number| self.fleet.lineage(*number).is_some_and(|lineage| !lineage.is_network()))
    }

    fn seen_by_sensor(
        &mut self,
        act: &Act,
        tls: Word,
        is_again: bool,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        if !act.actor.is_none() || !act.said.product.is_none() {
            return;
        }
        let source = match act.what {
            What::Contact { source, .. } if !source.is_none() => source,
            _ => act.host,
        };
        // Strangers who knock are no hosts of ours.
        if Destination::of(self.words.text(source)) != Destination::Internal {
            return;
        }
        let home = self.resolver.names.home(act.org, source, act.time);
        let host = home.or_else(|| {
            let folded = self.folded(source);
            self.fleet.host(act.org, source, folded, act.time)
        });
        let Some(host) = host else { return };
        let lineage = lineage_of(act.org, tls, act.time, &mut self.fleet, &mut self.words);
        let (fleet, words) = (&mut self.fleet, &self.words);
        let release = self.resolver.release_of(lineage, Word::NONE, host, act.time, fleet, words);
        let who = Running::of_agent(lineage, release, act.time);
        let deed = Deed { who, host, time: act.time, is_again };
        self.use_on(deed);
        match act.what {
            What::Contact { name, address, sent, received, inbound: false, .. } => {
                let found = self.contacted(act, deed, name, address);
                if let Some((kind, value)) = found.filter(|found| !self.is_told(act.org, *found)) {
                    self.sight(deed, kind, value, rates, bounds);
                    self.exchanged(deed, kind, value, (sent, received), rates);
                }
            }
            What::Ask { name, kind, .. } => {
                if let Some(host) = self.fleet.hosts.get_mut(host as usize) {
                    host.is_heard = true;
                }
                if let (Some(of), value) = self.destination(name)
                    && !self.is_told(act.org, (of, value))
                {
                    self.sight(deed, of, value, rates, bounds);
                    self.asked(deed, of, value, (name, kind), rates);
                    if of == TraitKind::ContactsDomain && self.is_diced(deed, name, value) {
                        self.sight(deed, TraitKind::DnsAlgorithmic, value, rates, bounds);
                    }
                }
            }
            _ => {}
        }
    }
}
