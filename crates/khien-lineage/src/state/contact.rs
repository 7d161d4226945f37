//! What a program contacts, and what its names say of it.

use super::{COMMON, CROWDS_DOMAINS_MAX, DICED_MAX, DOMAINS_MAX, Deed, PORTS_GIVEN, State};
use crate::act::Act;
use crate::destination::Destination;
use crate::fleet::{Basis, Lineage};
use crate::place::{self, Place};
use crate::resolve::{Facts, Running};
use crate::runtime::Key;
use crate::state::Bounds;
use crate::traffic::Exchange;
use crate::words::{Word, join};
use crate::{RuntimeRates, TraitKind};

impl State {
    /// A connection's destination: what it says itself, else what its address was asked under.
    pub(super) fn contacted(
        &mut self,
        act: &Act,
        deed: Deed,
        name: Word,
        address: Word,
    ) -> Option<(TraitKind, Word)> {
        let named = |(kind, value): (Option<TraitKind>, Word)| Some((kind?, value));
        if !name.is_none() {
            return named(self.destination(name));
        }
        let (host, process, time) = (deed.host, act.actor.id, act.time);
        if let Some(name) = self.resolver.names.own(host, process, address, time) {
            return named(self.destination(name));
        }
        let lately: Vec<Word> = self.resolver.names.lately(act.org, address, time).collect();
        let lineage = deed.who.lineage;
        for name in &lately {
            if let (Some(kind), value) = self.destination(*name)
                && self.traits.known.contains_key(&Key { lineage, value, kind })
            {
                return Some((kind, value));
            }
        }
        if let Some(name) = self.resolver.names.beside(host, address, time) {
            return named(self.destination(name));
        }
        // Where names are never seen, an address without one says nothing.
        let is_network = self.fleet.lineage(lineage).is_some_and(Lineage::is_network);
        let has_dns = |host: &crate::fleet::Host| host.has_dns || is_network && host.is_heard;
        let has_dns = self.fleet.hosts.get(host as usize).is_some_and(has_dns);
        let found = named(self.destination(address));
        found
            .filter(|(kind, _)| *kind != TraitKind::ContactsAddress || has_dns && lately.is_empty())
    }

    /// An exchange with a destination, which may be under watch.
    pub(super) fn exchanged(
        &mut self,
        deed: Deed,
        kind: TraitKind,
        value: Word,
        (sent, received): (u64, u64),
        rates: &RuntimeRates,
    ) {
        let Deed { who, host, time, is_again } = deed;
        let key = Key { lineage: who.lineage, value, kind };
        if !self.traffics.is_watched(&key) {
            return;
        }
        let seen = Exchange { host, time, sent, received, is_again };
        if self.traffics.exchange(key, seen) {
            self.look(key, time, rates, true);
        }
    }

    /// A question for a name below a destination, which may be under watch.
    pub(super) fn asked(
        &mut self,
        deed: Deed,
        of: TraitKind,
        value: Word,
        (name, kind): (Word, Word),
        rates: &RuntimeRates,
    ) {
        let Deed { who, host, time, .. } = deed;
        let key = Key { lineage: who.lineage, value, kind: of };
        if !self.traffics.is_watched(&key) {
            return;
        }
        // Numbers of lineages are given again; with its beginning it is this one's alone.
        let first = self.fleet.lineage(who.lineage).map_or(0, |known| known.first);
        let asker = join(u64::from(who.lineage) << 32 | u64::from(host), first.cast_unsigned());
        let (name, kind) = (self.words.text(name), self.words.text(kind));
        if self.traffics.ask(key, asker, time, name, kind) {
            self.look(key, time, rates, true);
        }
    }

    /// Whether this is the second name below a domain that nobody chose: one may be a part's number.
    pub(super) fn is_diced(&mut self, deed: Deed, name: Word, domain: Word) -> bool {
        if !crate::names::is_algorithmic(self.words.text(name)) {
            return false;
        }
        if self.diced.len() >= DICED_MAX {
            self.losses.traits += self.diced.len() as u64;
            self.diced.clear();
        }
        *self.diced.entry((deed.who.lineage, domain)).or_insert(name) != name
    }

    pub(super) fn destination(&mut self, name: Word) -> (Option<TraitKind>, Word) {
        if let Some(known) = self.destinations.get(&name) {
            return *known;
        }
        let found = match Destination::of(self.words.text(name)) {
            Destination::Domain(value) => {
                (Some(TraitKind::ContactsDomain), self.words.word(&value))
            }
            Destination::Shared(value) => {
                (Some(TraitKind::ContactsShared), self.words.word(&value))
            }
            Destination::Address(value) => {
                (Some(TraitKind::ContactsAddress), self.words.word(&value))
            }
            Destination::Internal => (None, Word::NONE),
        };
        self.destinations.insert(name, found);
        found
    }

    pub(super) fn persistence(&mut self, key: Word) -> Word {
        if let Some(known) = self.keys.get(&key) {
            return *known;
        }
        let how = place::persistence_of(self.words.text(key));
        let how = how.map_or(Word::NONE, |how| self.words.word(how));
        self.keys.insert(key, how);
        how
    }

    pub(super) fn port(&mut self, is_udp: bool, port: u16) -> Word {
        let port = port.min(PORTS_GIVEN);
        if let Some(known) = self.ports.get(&(is_udp, port)) {
            return *known;
        }
        let protocol = if is_udp { "udp" } else { "tcp" };
        let text = match port {
            PORTS_GIVEN => format!("{protocol}/high"),
            port => format!("{protocol}/{port}"),
        };
        let word = self.words.word(&text);
        self.ports.insert((is_udp, port), word);
        word
    }

    /// A new domain of a lineage: whether it is a hair away from one that the lineage contacted before.
    pub(super) fn is_imitation(&mut self, Key { lineage, value, .. }: Key) -> bool {
        let Some(known) = self.fleet.lineage_mut(lineage) else { return false };
        // A browser's user goes where others imitate others.
        if known.is_browser {
            return false;
        }
        let words = &self.words;
        let domain = words.text(value);
        let is_near = |of: &Word| crate::names::is_look_alike(domain, words.text(*of));
        let found = known.domains.iter().any(is_near);
        let most = if known.is_network() { CROWDS_DOMAINS_MAX } else { DOMAINS_MAX };
        if known.domains.len() < most {
            known.domains.push(value);
        }
        found
    }

    /// A domain appears on another host: what its name was found to be, it is there too.
    pub(super) fn sight_name_again(
        &mut self,
        deed: Deed,
        value: Word,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        for kind in [TraitKind::ContactsLookAlike, TraitKind::ContactsBorrowedName] {
            if self.traits.known.contains_key(&Key { lineage: deed.who.lineage, value, kind }) {
                self.sight(deed, kind, value, rates, bounds);
            }
        }
    }

    /// A new domain of a lineage: whether it bears the name of somebody's service and is neither that service's
    /// nor contacted by its maker's own program.
    pub(super) fn is_borrowed(&self, Key { lineage, value, .. }: Key) -> bool {
        let Some(known) = self.fleet.lineage(lineage).filter(|known| !known.is_browser) else {
            return false;
        };
        let owner = crate::names::borrowed_from(self.words.text(value));
        owner.is_some_and(|owner| !self.words.text(known.publisher).contains(owner))
    }

    /// Whether a program of the operating system was started where the system keeps none.
    pub(super) fn is_relocated(&self, act: &Act, facts: Facts) -> bool {
        let product = self.words.text(act.said.product);
        // Definitions and platform updates of the system's own scanner come there.
        let is_makers = || self.words.text(facts.template).contains("/microsoft/");
        product.to_lowercase().contains("operating system")
            && !matches!(facts.place, Place::Other("system" | "programs"))
            && !is_makers()
    }

    /// Whether it is a part of the operating system, which starts whatever it is told to.
    pub(super) fn is_system(&self, who: Running) -> bool {
        self.fleet.lineage(who.lineage).is_none_or(|lineage| lineage.is_of_system)
    }

    /// The class of place and the name.
    pub(super) fn classed(&mut self, facts: Facts) -> Word {
        let (Place::Secrets(class) | Place::Startup(class) | Place::Other(class)) = facts.place;
        let value = format!("{class}/{}", self.words.text(facts.name));
        self.words.word(&value)
    }

    /// Whether a start is the started product's doing, and not the starter's: desks, service managers and
    /// schedulers of the system start whatever is installed, and that has a lineage of its own.
    pub(super) fn is_brought(&self, parent: Running, child: Running) -> bool {
        let lineage = |of: Running| self.fleet.lineage(of.lineage);
        lineage(parent).is_some_and(|parent| parent.is_of_system)
            && lineage(child)
                .is_some_and(|child| !child.is_of_system && child.basis == Basis::Named)
    }

    /// Whether a store is kept by the program itself: a browser's profile by the browser.
    pub(super) fn is_keeper(&mut self, deed: Deed, whose: &str) -> bool {
        let lineage = self.fleet.lineage(deed.who.lineage);
        if lineage.is_none_or(|lineage| lineage.basis != Basis::Named) {
            return false;
        }
        let name = self.resolver.path(deed.who.image, &mut self.words).name;
        let mut parts = self.words.text(name).split(|c: char| !c.is_alphanumeric());
        parts.any(|part| part == whose || part.strip_prefix("ms") == Some(whose))
    }

    /// Whether a domain bears the name of the product or of its maker.
    pub(crate) fn is_own(&self, key: &Key, lineage: &Lineage) -> bool {
        if key.kind != TraitKind::ContactsDomain {
            return false;
        }
        let domain = self.words.text(key.value);
        let label = domain.split('.').next().unwrap_or_default().replace(['-', '_'], "");
        [lineage.publisher, lineage.product].into_iter().any(|name| {
            let name = self.words.text(name);
            let words = name.split(|c: char| !c.is_alphanumeric());
            let mut words = words.filter(|word| word.len() >= 4 && !COMMON.contains(word));
            words.any(|word| label.contains(word))
        })
    }
}

/// The decimal class of what was sent in one connection, from a megabyte on.
pub(super) const fn volume_class(sent: u64) -> Option<&'static str> {
    match sent {
        0..1_000_000 => None,
        1_000_000..10_000_000 => Some("1 MB"),
        10_000_000..100_000_000 => Some("10 MB"),
        100_000_000..1_000_000_000 => Some("100 MB"),
        _ => Some("1 GB"),
    }
}

/// Kinds of DNS records that everything asks for.
pub(super) fn is_usual(kind: &str) -> bool {
    matches!(
        kind,
        "" | "-"
            | "A"
            | "AAAA"
            | "CNAME"
            | "HTTPS"
            | "PTR"
            | "SRV"
            | "SOA"
            | "NS"
            | "1"
            | "28"
            | "5"
            | "65"
            | "12"
            | "33"
    )
}
