//! What the engine knows, and what one act changes in it. Acts come in the order of time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::act::{Act, What};
use crate::destination::Destination;
use crate::exception::Exception;
use crate::fleet::{Fleet, HOUR, Map, day_of};
use crate::place::{self, Place};
use crate::resolve::{Facts, Resolver, Running};
use crate::runtime::{Key, OPEN, Shown, Sight, Traits, WARM};
use crate::traffic::Traffics;
use crate::vetted::VettedReleases;
use crate::watch::Candidate;
use crate::words::{Word, Words};
use crate::{RuntimeRates, TraitKind};

mod contact;
mod crowd;
mod flow;
mod installer;
mod room;

use contact::{is_usual, volume_class};
use crowd::Due;
use flow::Flows;
use installer::Installs;

/// Bounds on what is kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Lineages; beyond it those used longest ago, without findings, are forgotten.
    pub lineages_max: usize,
    /// Traits of all lineages; beyond it lineages are forgotten, and then new traits are refused.
    pub traits_max: usize,
    /// Texts; beyond it those that nothing needs are forgotten.
    pub texts_max: usize,
    /// Departures that are watched; beyond it the weakest goes.
    pub departures_max: usize,
    /// Acts that wait for their turn.
    pub waiting_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            lineages_max: 100_000,
            traits_max: 4_000_000,
            texts_max: 8_000_000,
            departures_max: 20_000,
            waiting_max: 1_000_000,
        }
    }
}

/// What did not fit or came too late: counted, never silent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// Acts that were older than what had been looked at: looked at out of order.
    pub late: u64,
    /// Acts that were too old to be looked at.
    pub too_old: u64,
    /// Acts whose time was after their receipt: taken at the receipt.
    pub ahead: u64,
    /// Acts that left the buffer before their time because it was full.
    pub hurried: u64,
    /// Lineages forgotten.
    pub lineages: u64,
    /// Hosts, or lineages on hosts, that found no room.
    pub hosts: u64,
    /// Processes and names of addresses forgotten.
    pub processes: u64,
    /// New traits that found no room.
    pub traits: u64,
    /// Watched departures that gave way to stronger ones.
    pub departures: u64,
    /// Acts whose program nobody could name.
    pub unattributed: u64,
    /// Acts of versions beyond those that a lineage keeps apart.
    pub releases: u64,
    /// Exchanges with a watched destination whose host found no room, and connections, records of sensors
    /// and fetches that were forgotten while something could still belong to them.
    pub traffic: u64,
}

/// Everything that must survive a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) words: Words,
    pub(crate) fleet: Fleet,
    pub(crate) resolver: Resolver,
    pub(crate) traits: Traits,
    #[serde(with = "crate::words::pairs")]
    pub(crate) watched: BTreeMap<Key, Candidate>,
    pub(crate) traffics: Traffics,
    pub(crate) flows: Flows,
    due: Due,
    pub(crate) installs: Installs,
    /// Bits of the strongest departure that found no room today.
    pub(crate) floor: f64,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) vetted: VettedReleases,
    /// Up to when acts were looked at.
    pub(crate) time: i64,
    pub(crate) losses: Losses,
    pub(crate) acts: u64,
    /// By lineage and registered domain: the first name below it that nobody chose.
    #[serde(with = "crate::words::pairs")]
    diced: Map<(u32, Word), Word>,
    #[serde(skip)]
    destinations: Map<Word, (Option<TraitKind>, Word)>,
    /// Names of hosts in lower case.
    #[serde(skip)]
    folded: Map<Word, Word>,
    #[serde(skip)]
    keys: Map<Word, Word>,
    #[serde(skip)]
    ports: Map<(bool, u16), Word>,
}

/// Words in names of products and makers that are nobody's.
const COMMON: [&str; 20] = [
    "agent",
    "application",
    "client",
    "cloud",
    "corporation",
    "data",
    "desktop",
    "free",
    "global",
    "group",
    "lite",
    "microsoft",
    "office",
    "online",
    "platform",
    "server",
    "service",
    "software",
    "systems",
    "windows",
];

/// Ports from here on are given out by the system.
const PORTS_GIVEN: u16 = 49_152;
/// What a program writes to its own folder this long after installation belongs to it.
const SETTLING: i64 = HOUR;
/// Bound: domains below which a lineage asked for a name that nobody chose.
const DICED_MAX: usize = 100_000;
/// Bound: registered domains of a lineage that others are compared with.
const DOMAINS_MAX: usize = 64;
/// Bound: the same of what nobody names, which is everybody's.
const CROWDS_DOMAINS_MAX: usize = 4096;

/// One act with who did it.
#[derive(Clone, Copy)]
struct Deed {
    who: Running,
    host: u32,
    time: i64,
    /// Whether a sensor tells again what an endpoint told.
    is_again: bool,
}

impl State {
    /// Looks at one act.
    pub(crate) fn apply(&mut self, act: &Act, rates: &RuntimeRates, bounds: &Bounds) {
        self.acts += 1;
        self.settle(act.time, rates, bounds);
        self.pass(act.time, rates);
        let folded = self.folded(act.host);
        if self.is_sensed(act) {
            return self.sensed(act, folded, rates, bounds);
        }
        let Some(host) = self.fleet.host(act.org, act.host, folded, act.time) else { return };
        self.named(act, Some(host));
        match act.what {
            What::Start { child, original, user, is_nameless } => {
                let parent = self.resolver.actor(act, host, &mut self.fleet, &mut self.words);
                let (fleet, words) = (&mut self.fleet, &mut self.words);
                let who = self.resolver.start(act, child, original, host, fleet, words);
                self.started(act, who, parent, user, host, rates, bounds);
                if is_nameless {
                    self.nameless(act, who, parent, host, rates, bounds);
                }
            }
            What::End => self.resolver.end(host, act.actor),
            What::Installed { is_event, is_listed, bundle } => {
                // The first inventory of a host says what is there, and not since when.
                let since = self.fleet.hosts.get(host as usize).map_or(act.time, |h| h.first);
                let is_news = !is_listed || act.time - since >= HOUR;
                let release = self.installed(act, is_event && is_news, bundle, host);
                if let Some(release) = release.filter(|_| is_event && !is_listed) {
                    self.finished(release, host, act.time, rates, bounds);
                }
            }
            _ if act.actor.is_none() && self.flows_to(act, rates, bounds) => {}
            _ => match self.who(act, host) {
                Some(who) => {
                    let deed = Deed { who, host, time: act.time, is_again: false };
                    let act = &self.counted_once(act);
                    self.did(act, deed, rates, bounds);
                    if !act.actor.is_none() {
                        self.flows_from(act, deed, rates, bounds);
                    }
                }
                None => {
                    self.losses.unattributed += 1;
                    self.hold(act);
                }
            },
        }
        if self.fleet.len() > bounds.lineages_max {
            self.forget(bounds.lineages_max - bounds.lineages_max / 10);
        }
    }

    fn folded(&mut self, name: Word) -> Word {
        if let Some(known) = self.folded.get(&name) {
            return *known;
        }
        let lower = self.words.text(name).to_lowercase();
        let folded = self.words.word(&lower);
        self.folded.insert(name, folded);
        folded
    }

    /// Whether nobody says which program acted, or it is none of ours: such records teach names and wait
    /// for an endpoint's, and take up no room among the hosts. Anybody outside can make as many of them as
    /// there are addresses.
    fn is_sensed(&self, act: &Act) -> bool {
        let is_about_itself =
            matches!(act.what, What::Start { .. } | What::End | What::Installed { .. });
        if is_about_itself || !act.actor.is_none() {
            return false;
        }
        // A sensor sees strangers too: what knocks from outside is no host of ours.
        let is_stranger =
            || matches!(Destination::of(self.words.text(act.host)), Destination::Address(_));
        act.said.product.is_none() || is_stranger()
    }

    /// A sensor's record that names no program.
    fn sensed(&mut self, act: &Act, folded: Word, rates: &RuntimeRates, bounds: &Bounds) {
        let host = self.fleet.known_host(act.org, folded);
        self.named(act, host);
        if self.flows_to(act, rates, bounds) {
            return;
        }
        self.losses.unattributed += 1;
        if let What::Ask { .. } = act.what {
            let home = self.resolver.names.home(act.org, act.host, act.time).or(host);
            return self.asked_by_sensor(act, home, rates, bounds);
        }
        self.hold(act);
    }

    fn who(&mut self, act: &Act, host: u32) -> Option<Running> {
        if !act.actor.is_none() {
            return self.resolver.actor(act, host, &mut self.fleet, &mut self.words);
        }
        let (fleet, words) = (&mut self.fleet, &mut self.words);
        let lineage = Resolver::agent(act, act.said.product, fleet);
        let version = self.resolver.version(act.said.version, words);
        let release = self.resolver.release_of(lineage, version, host, act.time, fleet, words);
        Some(Running::of_agent(lineage, release, act.time))
    }

    #[expect(clippy::too_many_arguments, reason = "a start has two sides")]
    fn started(
        &mut self,
        act: &Act,
        who: Running,
        parent: Option<Running>,
        user: Word,
        host: u32,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let child = Deed { who, host, time: act.time, is_again: false };
        self.use_on(child);
        let facts = self.resolver.path(who.image, &mut self.words);
        if !user.is_none() {
            self.sight(child, TraitKind::RunsAs, user, rates, bounds);
        }
        let Some(parent) = parent else { return };
        let parents = self.resolver.path(parent.image, &mut self.words);
        self.sight(child, TraitKind::StartedBy, parents.name, rates, bounds);
        let deed = Deed { who: parent, ..child };
        self.use_on(deed);
        let kind = match place::interpreter_of(self.words.text(facts.name)) {
            Some(_) => TraitKind::StartsInterpreter,
            None => TraitKind::StartsProgram,
        };
        if kind == TraitKind::StartsInterpreter || !self.is_brought(parent, who) {
            self.sight(deed, kind, facts.name, rates, bounds);
        }
        self.relocated(act, deed, facts, rates, bounds);
    }

    fn installed(
        &mut self,
        act: &Act,
        is_event: bool,
        bundle: Word,
        host: u32,
    ) -> Option<(u32, u16)> {
        let (fleet, words) = (&mut self.fleet, &mut self.words);
        let lineage = self.resolver.installed(act, bundle, fleet, words)?;
        let version = self.resolver.version(act.said.version, words);
        if version.is_none() {
            return None;
        }
        let release = self.resolver.release_of(lineage, version, host, act.time, fleet, words);
        let installed = is_event.then_some(act.time);
        fleet.occupy(lineage, release, host, act.time, installed);
        Some((lineage, release))
    }

    fn use_on(&mut self, Deed { who, host, time, .. }: Deed) {
        if !self.fleet.used(who.lineage, who.release, host, time) {
            return;
        }
        let Some(lineage) = self.fleet.lineage(who.lineage) else { return };
        if lineage.host_days > WARM {
            self.traits.pooled.entry(lineage.pool()).or_default().host_days += 1;
        }
    }

    fn did(&mut self, act: &Act, deed: Deed, rates: &RuntimeRates, bounds: &Bounds) {
        self.use_on(deed);
        let mut sight =
            |state: &mut Self, kind, value| state.sight(deed, kind, value, rates, bounds);
        match act.what {
            What::Contact { name, address, port, inbound, is_udp, sent, received, tls, .. } => {
                let port = self.port(is_udp, port);
                if inbound {
                    return sight(self, TraitKind::Listens, port);
                }
                if let Some((kind, value)) = self.contacted(act, deed, name, address) {
                    sight(self, kind, value);
                    self.exchanged(deed, kind, value, (sent, received), rates);
                }
                sight(self, TraitKind::UsesPort, port);
                if !tls.is_none() {
                    sight(self, TraitKind::TlsFingerprint, tls);
                }
                if let Some(class) = volume_class(sent) {
                    let class = self.words.word(class);
                    sight(self, TraitKind::UploadVolume, class);
                }
            }
            What::Ask { name, kind, .. } => {
                if let Some(host) = self.fleet.hosts.get_mut(deed.host as usize) {
                    host.has_dns = true;
                }
                if let (Some(of), value) = self.destination(name) {
                    sight(self, of, value);
                    self.exchanged(deed, of, value, (0, 0), rates);
                    self.asked(deed, of, value, (name, kind), rates);
                    if of == TraitKind::ContactsDomain && self.is_diced(deed, name, value) {
                        sight(self, TraitKind::DnsAlgorithmic, value);
                    }
                }
                if !is_usual(self.words.text(kind)) {
                    sight(self, TraitKind::DnsKind, kind);
                }
            }
            What::Load { path, is_signed, is_driver } => {
                self.loaded(deed, path, is_signed, is_driver, &mut sight);
            }
            What::File { path, is_write } => self.touched(act, deed, path, is_write, &mut sight),
            What::Registry { path } => {
                let how = self.persistence(path);
                if !how.is_none() {
                    sight(self, TraitKind::PersistsRegistry, how);
                }
            }
            What::Reach { target, is_thread } => {
                let target = self.resolver.path(target, &mut self.words).name;
                if is_thread {
                    sight(self, TraitKind::InjectsInto, target);
                } else if self.words.text(target) == "lsass.exe" {
                    sight(self, TraitKind::ReadsSecrets, target);
                }
            }
            What::Start { .. } | What::End | What::Installed { .. } => {}
        }
    }

    fn loaded(
        &mut self,
        deed: Deed,
        path: Word,
        is_signed: Option<bool>,
        is_driver: bool,
        sight: &mut impl FnMut(&mut Self, TraitKind, Word),
    ) {
        // Every program loads itself first.
        if path == deed.who.image {
            return;
        }
        let facts = self.resolver.path(path, &mut self.words);
        if is_driver {
            return sight(self, TraitKind::LoadsDriver, facts.name);
        }
        if is_signed == Some(false) {
            sight(self, TraitKind::LoadsUnsigned, facts.name);
        }
        if facts.place != Place::Other("system") || is_signed == Some(false) {
            sight(self, TraitKind::LoadsModule, facts.name);
        }
    }

    fn touched(
        &mut self,
        act: &Act,
        deed: Deed,
        path: Word,
        is_write: bool,
        sight: &mut impl FnMut(&mut Self, TraitKind, Word),
    ) {
        let facts = self.resolver.path(path, &mut self.words);
        let class = match facts.place {
            Place::Secrets(whose) => {
                if self.is_keeper(deed, whose) {
                    return;
                }
                let whose = self.words.word(whose);
                return sight(self, TraitKind::ReadsSecrets, whose);
            }
            _ if !is_write => return,
            Place::Startup(how) => {
                let how = self.words.word(how);
                return sight(self, TraitKind::WritesStartup, how);
            }
            Place::Other(class) => class,
        };
        if deed.who.is_installer {
            return self.unpacked(act, deed.host, facts);
        }
        let own = self.resolver.path(deed.who.image, &mut self.words).root;
        let is_own =
            !own.is_none() && self.words.text(facts.template).starts_with(self.words.text(own));
        if is_own {
            let slot = self.fleet.slot(deed.who.lineage, deed.host, deed.who.release);
            let is_settled = slot.is_some_and(|slot| deed.time - slot.since >= SETTLING);
            if is_settled && !self.words.text(facts.name).ends_with(".log") {
                sight(self, TraitKind::WritesOwn, facts.name);
            }
            return;
        }
        let class = self.words.word(class);
        let kind = if facts.is_program { TraitKind::WritesProgram } else { TraitKind::WritesOther };
        sight(self, kind, class);
    }

    /// An installer writes a program that is known, into a folder named after a version.
    fn unpacked(&mut self, act: &Act, host: u32, facts: Facts) {
        if !facts.is_program || facts.version.is_none() {
            return;
        }
        let of = self.fleet.by_place.get(&(act.org, Word::NONE, facts.template));
        let Some(lineage) = of.copied() else { return };
        let (fleet, words) = (&mut self.fleet, &self.words);
        let release =
            self.resolver.release_of(lineage, facts.version, host, act.time, fleet, words);
        if fleet.slot(lineage, host, release).is_none() {
            fleet.occupy(lineage, release, host, act.time, Some(act.time));
        }
    }

    /// Names of addresses, and addresses of hosts: from everybody, attributed or not.
    fn named(&mut self, act: &Act, host: Option<u32>) {
        let (name, answers) = match act.what {
            What::Ask { name, answers, .. } => (name, answers),
            What::Contact { name, address, inbound: false, source, .. } => {
                if let Some(host) = host.filter(|_| !act.actor.is_none() && !source.is_none()) {
                    self.resolver.names.lives(act.org, source, host, act.time);
                }
                // Through a proxy the address is the proxy's.
                if name.is_none() || self.destination(address).0.is_none() {
                    return;
                }
                (name, [address, Word::NONE, Word::NONE, Word::NONE])
            }
            _ => return,
        };
        // What a sensor calls by its address may be a host that tells of itself.
        let home = || self.resolver.names.home(act.org, act.host, act.time);
        let host = if act.actor.is_none() { home().or(host) } else { host };
        let addresses = answers.into_iter().take_while(|address| !address.is_none());
        let asker = (act.org, host, act.actor.id);
        self.resolver.names.learn(asker, name, addresses, act.time);
    }

    /// A program that names no maker was started: by whom, or in whose folder.
    fn nameless(
        &mut self,
        act: &Act,
        who: Running,
        parent: Option<Running>,
        host: u32,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let facts = self.resolver.path(who.image, &mut self.words);
        let owner = self.fleet.by_folder.get(&(act.org, facts.root)).copied();
        let owner = owner.filter(|_| !facts.root.is_none()).map(|lineage| {
            let (fleet, words) = (&mut self.fleet, &self.words);
            let release =
                self.resolver.release_of(lineage, Word::NONE, host, act.time, fleet, words);
            Running::of(lineage, release, who)
        });
        let Some(who) = owner.or(parent) else { return };
        let value = self.classed(facts);
        let deed = Deed { who, host, time: act.time, is_again: false };
        self.sight(deed, TraitKind::StartsNameless, value, rates, bounds);
    }

    /// A release of a lineage shows a trait on a host.
    fn sight(
        &mut self,
        deed: Deed,
        kind: TraitKind,
        value: Word,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let Deed { who, host, time, .. } = deed;
        let key = Key { lineage: who.lineage, value, kind };
        let sight = match self.again(key, deed) {
            Some(sight) => sight,
            None if self.is_new(key, time, bounds) => {
                self.again(key, deed);
                Sight::New
            }
            None => return,
        };
        match sight {
            Sight::Again => {}
            Sight::New => {
                self.departs(key, who, time, rates, bounds);
                if kind == TraitKind::ContactsDomain && self.is_imitation(key) {
                    self.sight(deed, TraitKind::ContactsLookAlike, value, rates, bounds);
                }
                if kind == TraitKind::ContactsDomain && self.is_borrowed(key) {
                    self.sight(deed, TraitKind::ContactsBorrowedName, value, rates, bounds);
                }
            }
            Sight::NewHost => {
                self.departs_again(key, who.release, host, time, rates);
                if kind == TraitKind::ContactsDomain {
                    self.sight_name_again(deed, value, rates, bounds);
                }
            }
        }
    }

    /// Counts a trait; `None` when the lineage never showed it.
    fn again(&mut self, key: Key, Deed { who, host, time, .. }: Deed) -> Option<Sight> {
        let shown = self.traits.known.get_mut(&key)?;
        let lineage = self.fleet.lineage(key.lineage)?;
        shown.last = shown.last.max(time);
        shown.count = shown.count.saturating_add(1);
        let show = shown.show(who.release, time, |release| lineage.rank(release));
        show.last = show.last.max(time);
        show.count = show.count.saturating_add(1);
        let first = u32::try_from(time / 1_000_000_000).unwrap_or(0);
        let fleet = &self.fleet;
        let age = || {
            let slots = &fleet.on(key.lineage, host)?.slots;
            let slot = slots.iter().flatten().find(|slot| slot.release == who.release)?;
            let hours = time.saturating_sub(slot.since).max(0) / HOUR;
            let hours = i32::try_from(hours).unwrap_or(i32::MAX);
            // Where nobody watched the installation, it is at least so old.
            Some(if slot.is_known { hours } else { -1 - hours })
        };
        let (is_new_host, is_new_day) =
            show.hosts.add(host, day_of(time), || age().unwrap_or(-1), first);
        if is_new_day {
            shown.host_days = shown.host_days.saturating_add(1);
            let kinds = self.fleet.lineage_mut(key.lineage)?.kinds.of_mut(key.kind);
            kinds.host_days += 1;
            match shown.host_days {
                1 => kinds.once += 1,
                2 => kinds.once -= 1,
                _ => {}
            }
        }
        Some(if is_new_host { Sight::NewHost } else { Sight::Again })
    }

    /// Makes room for a trait that the lineage never showed; says whether there is some.
    fn is_new(&mut self, key: Key, time: i64, bounds: &Bounds) -> bool {
        if self.traits.known.len() >= bounds.traits_max {
            self.forget(self.fleet.len() - self.fleet.len() / 10);
        }
        let is_full = self.traits.known.len() >= bounds.traits_max;
        let Some(lineage) = self.fleet.lineage_mut(key.lineage) else { return false };
        let (org, pool, is_warm) = (lineage.org, lineage.pool(), lineage.host_days > WARM);
        let kinds = lineage.kinds.of_mut(key.kind);
        if kinds.traits >= OPEN {
            kinds.unnamed += 1;
            return false;
        }
        if is_full {
            self.losses.traits += 1;
            return false;
        }
        kinds.traits += 1;
        if is_warm {
            self.traits.pooled.entry(pool).or_default().count_new(key.kind);
        }
        let popular = self.traits.values.entry((org, key.kind, key.value)).or_default();
        popular.add(key.lineage);
        self.traits.known.insert(key, Shown::new(time));
        true
    }
}
