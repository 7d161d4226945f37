//! Which host runs which release of which lineage, since when.
//!
//! A lineage is one publisher's product within one organisation. The install age of a release is per
//! host, because implants sleep: it begins with an installer's word, an inventory's, or the first
//! execution, and it is *unknown* where the host was not watched before that.

use std::cmp::Ordering;
use std::collections::HashMap;

use khien_model::version;
use serde::{Deserialize, Serialize};

use crate::place::Ground;
use crate::runtime::{Kinds, WARM};
use crate::words::{self, Word, Words};

pub(crate) const HOUR: i64 = 3_600_000_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Bound: hosts; what happens on more is counted and not looked at.
const HOSTS_MAX: usize = 1 << 20;
/// Bound: lineages on hosts.
const USES_MAX: usize = 6 << 20;
/// Bound: releases of one lineage; what comes after counts as of an unknown version.
const RELEASES_MAX: usize = 4096;
/// Bound: releases remembered of one lineage on one host.
const SLOTS: usize = 4;
/// A release that a host still uses was seen there within this time.
pub(crate) const CURRENT: i64 = 14 * DAY;
/// From here on an age is known though nobody said when it was installed: the host was watched before,
/// longer than most things rest.
const WATCHED: i64 = CURRENT;
/// Two releases on one host within this time are beside each other.
const BESIDE: i64 = DAY;

pub(crate) type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// What a lineage is known by.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Publisher and product, as the program says or as it is signed.
    Named,
    /// The publisher is unknown: the product, or the folder and name of the program.
    Path,
    /// The program is unknown: what it calls itself on the network.
    Agent,
    /// The program is unknown, and says nothing of itself: how it opens TLS, or everything that sensors on the
    /// network saw and no endpoint told of.
    Network,
}

/// One product through its releases.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Lineage {
    pub(crate) org: Word,
    pub(crate) publisher: Word,
    pub(crate) product: Word,
    pub(crate) basis: Basis,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) releases: Vec<Release>,
    /// Versions that found no room.
    pub(crate) unnumbered: u64,
    #[serde(with = "words::pairs")]
    numbers: Map<Word, u16>,
    /// Releases, oldest first.
    order: Vec<u16>,
    /// Days on which a host showed it, over all hosts.
    pub(crate) host_days: u64,
    pub(crate) kinds: Kinds,
    /// The place of each release among its like.
    ranks: Vec<u16>,
    pub(crate) is_browser: bool,
    /// Whether its programs lie where the system's do.
    pub(crate) is_of_system: bool,
    /// Whether it first came to a host that had been watched: somebody brought it.
    pub(crate) is_arrival: bool,
    /// The kind of system that it runs on.
    pub(crate) ground: Ground,
    /// Whether one of its traits is or was a finding, so that it is not forgotten.
    pub(crate) is_held: bool,
    /// Where its program is, when nobody says who made it.
    pub(crate) folder: Word,
    /// Hosts that ever had it, beside each other because all of them are asked at once.
    pub(crate) hosts: Vec<OnHost>,
    /// Registered domains that it contacts: the first of them.
    pub(crate) domains: Vec<Word>,
    /// Publishers that it had before, latest first.
    pub(crate) earlier_publishers: Vec<Word>,
}

/// One version of a lineage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Release {
    /// The version; empty where nobody says it.
    pub(crate) version: Word,
    /// The release after which one stands whose version is no number.
    anchor: Option<u16>,
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Hosts that ever had it.
    pub(crate) hosts: u32,
    pub(crate) host_days: u64,
}

/// A lineage on a host.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OnHost {
    pub(crate) host: u32,
    /// Latest use first.
    pub(crate) slots: [Option<Slot>; SLOTS],
    /// Day of the last act, since the epoch.
    day: u32,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) release: u16,
    /// Whether `since` is when it was installed, and not only when somebody looked first.
    pub(crate) is_known: bool,
    /// Whether it came after a newer one.
    pub(crate) is_rollback: bool,
    pub(crate) since: i64,
    pub(crate) last: i64,
}

/// A place where things run: an organisation's host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Host {
    pub(crate) org: Word,
    pub(crate) name: Word,
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Whether it ever said which names were asked for.
    pub(crate) has_dns: bool,
    /// Whether a sensor ever heard it ask for one.
    pub(crate) is_heard: bool,
}

/// Everything about lineages and hosts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Fleet {
    pub(crate) lineages: Vec<Option<Lineage>>,
    free: Vec<u32>,
    /// By organisation, publisher and product.
    #[serde(with = "words::pairs")]
    pub(crate) by_name: Map<(Word, Word, Word), u32>,
    /// By organisation, product and program folder; and, under a product of none, by program path.
    #[serde(with = "words::pairs")]
    pub(crate) by_place: Map<(Word, Word, Word), u32>,
    /// By organisation and program folder.
    #[serde(with = "words::pairs")]
    pub(crate) by_folder: Map<(Word, Word), u32>,
    pub(crate) hosts: Vec<Host>,
    #[serde(with = "words::pairs")]
    host_numbers: Map<(Word, Word), u32>,
    /// Where in a lineage's hosts a host stands.
    #[serde(with = "words::pairs")]
    places: Map<(u32, u32), u32>,
    pub(crate) forgotten: u64,
    /// Hosts, or uses on hosts, that found no room.
    pub(crate) refused: u64,
}

impl Fleet {
    /// The number of a host; `None` when there are too many. `folded` is the name in lower case: logs
    /// write the same host in several ways.
    pub(crate) fn host(&mut self, org: Word, name: Word, folded: Word, time: i64) -> Option<u32> {
        if let Some(number) = self.host_numbers.get(&(org, folded)) {
            if let Some(host) = self.hosts.get_mut(*number as usize) {
                host.last = host.last.max(time);
            }
            return Some(*number);
        }
        if self.hosts.len() >= HOSTS_MAX {
            self.refused += 1;
            return None;
        }
        let number = u32::try_from(self.hosts.len()).ok()?;
        self.hosts.push(Host {
            org,
            name,
            first: time,
            last: time,
            has_dns: false,
            is_heard: false,
        });
        self.host_numbers.insert((org, folded), number);
        Some(number)
    }

    /// The number of a host that is known already.
    pub(crate) fn known_host(&self, org: Word, folded: Word) -> Option<u32> {
        self.host_numbers.get(&(org, folded)).copied()
    }

    pub(crate) fn lineage(&self, number: u32) -> Option<&Lineage> {
        self.lineages.get(number as usize)?.as_ref()
    }

    pub(crate) fn lineage_mut(&mut self, number: u32) -> Option<&mut Lineage> {
        self.lineages.get_mut(number as usize)?.as_mut()
    }

    pub(crate) fn known(&self) -> impl Iterator<Item = (u32, &Lineage)> {
        let numbered = (0_u32..).zip(&self.lineages);
        numbered.filter_map(|(number, lineage)| Some((number, lineage.as_ref()?)))
    }

    pub(crate) fn add(&mut self, lineage: Lineage) -> u32 {
        match self.free.pop() {
            Some(number) => {
                if let Some(place) = self.lineages.get_mut(number as usize) {
                    *place = Some(lineage);
                }
                number
            }
            None => {
                self.lineages.push(Some(lineage));
                u32::try_from(self.lineages.len() - 1).unwrap_or(u32::MAX)
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lineages.len() - self.free.len()
    }

    /// Forgets the lineages that were used longest ago and are no finding, so that `keep` are left;
    /// says which.
    pub(crate) fn forget(&mut self, keep: usize, words: &Words) -> Vec<u32> {
        let mut oldest: Vec<(i64, u64, u32)> = self
            .known()
            .filter(|(_, lineage)| !lineage.is_held)
            .map(|(number, lineage)| (lineage.last, lineage.key(words), number))
            .collect();
        oldest.sort_unstable();
        oldest.truncate(self.len().saturating_sub(keep));
        let mut gone: Vec<u32> = oldest.into_iter().map(|(.., number)| number).collect();
        gone.sort_unstable();
        let is_gone = |number: &u32| gone.binary_search(number).is_ok();
        self.by_name.retain(|_, number| !is_gone(number));
        self.by_place.retain(|_, number| !is_gone(number));
        self.by_folder.retain(|_, number| !is_gone(number));
        self.places.retain(|(number, _), _| !is_gone(number));
        for number in &gone {
            if let Some(place) = self.lineages.get_mut(*number as usize) {
                *place = None;
            }
        }
        self.free.extend(&gone);
        self.forgotten = self.forgotten.saturating_add(gone.len() as u64);
        gone
    }

    /// A lineage was used on a host; says whether this was the first time today.
    pub(crate) fn used(&mut self, lineage: u32, release: u16, host: u32, time: i64) -> bool {
        let is_latest = |on: &OnHost| {
            on.slots.first().is_some_and(|slot| slot.is_some_and(|s| s.release == release))
        };
        if !self.on(lineage, host).is_some_and(is_latest) {
            self.occupy(lineage, release, host, time, None);
        }
        let day = day_of(time);
        let Some(on_host) = self.on_mut(lineage, host) else { return false };
        if let Some(slot) = on_host.slots.first_mut().and_then(Option::as_mut) {
            slot.last = slot.last.max(time);
        }
        let is_new_day = on_host.day < day;
        on_host.day = on_host.day.max(day);
        let Some(known) = self.lineage_mut(lineage) else { return false };
        known.last = known.last.max(time);
        if is_new_day {
            known.host_days += 1;
        }
        if let Some(release) = known.releases.get_mut(usize::from(release)) {
            release.last = release.last.max(time);
            release.host_days += u64::from(is_new_day);
        }
        is_new_day
    }

    /// Says that a host has a release; `installed` is when, where somebody said so.
    pub(crate) fn occupy(
        &mut self,
        lineage: u32,
        release: u16,
        host: u32,
        time: i64,
        installed: Option<i64>,
    ) {
        if !self.places.contains_key(&(lineage, host)) && !self.settle(lineage, host, time) {
            return;
        }
        let Some(on) = self.on(lineage, host) else { return };
        let Some(known) = self.lineage(lineage) else { return };
        let mut slots = on.slots;
        let before = slots[0];
        if let Some(first) = slots[0].as_mut()
            && first.release == release
        {
            first.last = first.last.max(time);
            return self.put(lineage, host, slots);
        }
        let at = slots.iter().position(|slot| slot.is_some_and(|slot| slot.release == release));
        if let Some(at) = at {
            let newer = before.map_or(release, |slot| slot.release);
            let is_back = known.is_older(release, newer);
            if let Some(slot) = slots.get_mut(at).and_then(Option::as_mut) {
                // Two releases that take turns are beside each other; one that comes back was put back.
                if is_back && time.saturating_sub(slot.last) > BESIDE {
                    (slot.is_rollback, slot.is_known, slot.since) = (true, true, time);
                }
                slot.last = slot.last.max(time);
            }
            slots.get_mut(..=at).into_iter().for_each(|slots| slots.rotate_right(1));
            return self.put(lineage, host, slots);
        }
        let watched = self.hosts.get(host as usize).is_some_and(|h| time - h.first >= WATCHED);
        let has = |number: u16| {
            known.releases.get(usize::from(number)).is_some_and(|r| !r.version.is_none())
        };
        // After an unknown version the release may have been there all the time.
        let is_after_unknown = before.is_some_and(|before| !has(before.release));
        let is_watched = has(release) && !is_after_unknown && (watched || before.is_some());
        let slot = Slot {
            release,
            is_known: installed.is_some() || is_watched,
            is_rollback: before.is_some_and(|before| known.is_older(release, before.release)),
            since: installed.unwrap_or(time),
            last: time,
        };
        slots.rotate_right(1);
        slots[0] = Some(slot);
        self.put(lineage, host, slots);
        if let Some(release) =
            self.lineage_mut(lineage).and_then(|l| l.releases.get_mut(usize::from(release)))
        {
            release.hosts += 1;
        }
    }

    /// A lineage comes to a host; `false` when there is no room.
    fn settle(&mut self, lineage: u32, host: u32, time: i64) -> bool {
        if self.places.len() >= USES_MAX {
            self.refused += 1;
            return false;
        }
        let since = self.hosts.get(host as usize).map_or(time, |host| host.first);
        let Some(known) = self.lineage_mut(lineage) else { return false };
        if known.hosts.is_empty() {
            known.is_arrival = time - since >= WATCHED;
        }
        let Ok(at) = u32::try_from(known.hosts.len()) else { return false };
        known.hosts.push(OnHost { host, ..OnHost::default() });
        self.places.insert((lineage, host), at);
        true
    }

    /// A lineage on a host.
    pub(crate) fn on(&self, lineage: u32, host: u32) -> Option<&OnHost> {
        let at = self.places.get(&(lineage, host))?;
        self.lineage(lineage)?.hosts.get(*at as usize)
    }

    fn on_mut(&mut self, lineage: u32, host: u32) -> Option<&mut OnHost> {
        let at = *self.places.get(&(lineage, host))?;
        self.lineage_mut(lineage)?.hosts.get_mut(at as usize)
    }

    fn put(&mut self, lineage: u32, host: u32, slots: [Option<Slot>; SLOTS]) {
        if let Some(on) = self.on_mut(lineage, host) {
            on.slots = slots;
        }
    }

    /// Rough bytes of memory.
    pub(crate) fn memory_bytes(&self) -> usize {
        let of_lineages = self.known().map(|(_, lineage)| {
            lineage.releases.capacity() * (size_of::<Release>() + 14)
                + lineage.hosts.capacity() * size_of::<OnHost>()
                + 700
        });
        self.places.capacity() * (size_of::<((u32, u32), u32)>() + 1)
            + (self.by_name.capacity() + self.by_place.capacity() + self.by_folder.capacity()) * 17
            + self.hosts.capacity() * (size_of::<Host>() + 13)
            + of_lineages.sum::<usize>()
    }

    /// Every text that is needed.
    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let lineages = self.known().flat_map(|(_, lineage)| {
            let own = [lineage.org, lineage.publisher, lineage.product, lineage.folder];
            let versions = lineage.releases.iter().map(|release| release.version);
            let named = lineage.earlier_publishers.iter().chain(&lineage.domains).copied();
            own.into_iter().chain(versions).chain(named)
        });
        let keys = self.by_name.keys().chain(self.by_place.keys());
        let keys = keys.flat_map(|(org, a, b)| [*org, *a, *b]);
        let hosts = self.hosts.iter().flat_map(|host| [host.org, host.name]);
        let folded = self.host_numbers.keys().map(|(_, name)| *name);
        let folders = self.by_folder.keys().flat_map(|(org, folder)| [*org, *folder]);
        lineages.chain(keys).chain(hosts).chain(folded).chain(folders)
    }

    /// A lineage's state on one host.
    pub(crate) fn slot(&self, lineage: u32, host: u32, release: u16) -> Option<Slot> {
        self.on(lineage, host)?.slots.iter().flatten().find(|slot| slot.release == release).copied()
    }
}

pub(crate) fn day_of(time: i64) -> u32 {
    u32::try_from(time.div_euclid(DAY)).unwrap_or(0)
}

impl OnHost {
    /// When the host first had a release or a later one, and until when it was used there.
    pub(crate) fn first(&self, lineage: &Lineage, origin: u16) -> Option<Slot> {
        let slots = self.slots.iter().flatten();
        let new = slots.filter(|slot| lineage.is_same_or_later(slot.release, origin));
        let last = new.clone().map(|slot| slot.last).max()?;
        let first = new.min_by_key(|slot| slot.since).copied()?;
        Some(Slot { last, ..first })
    }
}

/// How one release stands to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Relation {
    Older,
    SameOrLater,
    /// One of them has no version.
    Unknown,
}

impl Release {
    const fn new(version: Word, anchor: Option<u16>, time: i64) -> Self {
        Self { version, anchor, first: time, last: time, hosts: 0, host_days: 0 }
    }
}

impl Lineage {
    /// A lineage that nothing is known of yet.
    pub(crate) fn new(named: (Word, Word, Word), basis: Basis, time: i64) -> Self {
        let (org, publisher, product) = named;
        Self {
            org,
            publisher,
            product,
            basis,
            first: time,
            last: time,
            releases: Vec::new(),
            unnumbered: 0,
            numbers: Map::default(),
            order: Vec::new(),
            host_days: 0,
            kinds: Kinds::default(),
            ranks: Vec::new(),
            is_browser: false,
            is_of_system: false,
            is_arrival: false,
            ground: Ground::Unknown,
            is_held: false,
            folder: Word::NONE,
            hosts: Vec::new(),
            domains: Vec::new(),
            earlier_publishers: Vec::new(),
        }
    }

    /// The number of a version, new or known.
    pub(crate) fn release(&mut self, version: Word, time: i64, words: &Words) -> u16 {
        if let Some(number) = self.numbers.get(&version) {
            return *number;
        }
        // Room for the one that has no version is kept: what finds no other is of that.
        if self.releases.len() >= RELEASES_MAX && !version.is_none() {
            self.unnumbered = self.unnumbered.saturating_add(1);
            return self.release(Word::NONE, time, words);
        }
        let number = u16::try_from(self.releases.len()).unwrap_or(u16::MAX);
        let anchor = if version::is_version(words.text(version)) {
            Some(number)
        } else {
            // It comes after what was the latest when it was first seen, whatever comes between later.
            let latest =
                self.order.last().and_then(|latest| self.releases.get(usize::from(*latest)));
            latest.and_then(|latest| latest.anchor)
        };
        self.releases.push(Release::new(version, anchor, time));
        let at = self.order.partition_point(|known| self.compare(*known, number, words).is_lt());
        self.order.insert(at, number);
        self.ranks.push(0);
        for (rank, release) in (0_u16..).zip(&self.order).skip(at) {
            if let Some(place) = self.ranks.get_mut(usize::from(*release)) {
                *place = rank;
            }
        }
        self.numbers.insert(version, number);
        number
    }

    /// By the version, or that of the release it stands after, then by first sight.
    fn compare(&self, one: u16, other: u16, words: &Words) -> Ordering {
        let anchor = |of: u16| self.releases.get(usize::from(of)).and_then(|r| r.anchor);
        let version = |of: Option<u16>| {
            let release = self.releases.get(usize::from(of?))?;
            Some(words.text(release.version))
        };
        let (mine, others) = (anchor(one), anchor(other));
        let versions = match (version(mine), version(others)) {
            (Some(a), Some(b)) => version::compare(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let after = |of: u16, anchor: Option<u16>| anchor != Some(of);
        versions
            .then(mine.cmp(&others))
            .then(after(one, mine).cmp(&after(other, others)))
            .then(one.cmp(&other))
    }

    /// Whether it is what only sensors on the network saw: it has no releases, and is held against its own past
    /// days.
    pub(crate) fn is_network(&self) -> bool {
        self.basis == Basis::Network
    }

    /// With which others it is counted.
    pub(crate) fn pool(&self) -> (Word, bool) {
        (self.org, self.is_network())
    }

    /// Whether its releases were compared: long enough known, and an earlier and a later one that ran.
    pub(crate) fn is_compared(&self) -> bool {
        if self.is_network() {
            return self.host_days >= WARM && self.last - self.first >= CURRENT;
        }
        let ran = |number: &&u16| {
            let release = self.releases.get(usize::from(**number));
            release.is_some_and(|r| r.host_days > 0 && !r.version.is_none())
        };
        self.host_days >= WARM && self.order.iter().filter(ran).nth(1).is_some()
    }

    /// Where a release stands among its like: by version, and what has none after what was the latest
    /// when it came.
    pub(crate) fn rank(&self, release: u16) -> u16 {
        self.ranks.get(usize::from(release)).copied().unwrap_or(release)
    }

    /// How one release stands to another: an unknown version is neither older nor newer.
    pub(crate) fn relation(&self, release: u16, to: u16) -> Relation {
        let is_unknown = |number: u16| {
            self.releases.get(usize::from(number)).is_none_or(|release| release.version.is_none())
        };
        if release == to {
            Relation::SameOrLater
        } else if is_unknown(release) || is_unknown(to) {
            Relation::Unknown
        } else if self.rank(release) < self.rank(to) {
            Relation::Older
        } else {
            Relation::SameOrLater
        }
    }

    pub(crate) fn is_older(&self, release: u16, than: u16) -> bool {
        self.relation(release, than) == Relation::Older
    }

    pub(crate) fn is_same_or_later(&self, release: u16, than: u16) -> bool {
        self.relation(release, than) == Relation::SameOrLater
    }

    /// The same in every run.
    pub(crate) fn key(&self, words: &Words) -> u64 {
        let key = words::join(words.hash_of(self.org), words.hash_of(self.publisher));
        let key = words::join(key, words.hash_of(self.product));
        if self.folder.is_none() { key } else { words::join(key, words.hash_of(self.folder)) }
    }
}
