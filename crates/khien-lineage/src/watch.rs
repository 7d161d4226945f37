//! Departures under watch: evidence is gathered when a trait appears, when further hosts show it, and
//! once a day, and decides by itself whether there is a finding.
//!
//! A departure belongs to the oldest release that shows the trait: where an older one shows it too, the
//! question becomes what is new in that one.

use khien_model::{Timestamp, Untrusted};
use serde::{Deserialize, Serialize};

use crate::departure::{
    Companion, Contrast, Evidence, HOSTS_NAMED, Known, RAISE_BITS, Score, Sighting, WITHDRAW_BITS,
    bucket,
};
use crate::fleet::{CURRENT, DAY, Fleet, HOUR, Lineage, Slot};
use crate::resolve::Running;
use crate::runtime::{Key, Shown};
use crate::state::{Bounds, State};
use crate::{RuntimeRates, Trait, TraitKind};

pub(crate) mod newcomer;

use newcomer::{has_history, is_new};

const SECOND: i64 = 1_000_000_000;
/// A departure that never became a finding is watched this long.
const WATCHED: i64 = 60 * DAY;
/// A trait that another product of the publisher has shown this long is the publisher's way.
const FAMILY: i64 = 7 * DAY;
/// Without an earlier release, a lineage is learnt this long.
const LEARNING: i64 = 7 * DAY;
/// What only sensors see is held against its own days from here on.
const PAST: i64 = 14 * DAY;
/// Bound: days that are made up for at once after silence.
const DAYS_MAX: i64 = 100;
/// Every host counts until there are so many; then one in four does.
const EACH: u32 = 8;
/// Bound: departures of one lineage.
const OF_LINEAGE_MAX: usize = 256;

/// A departure under watch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Candidate {
    /// The oldest release that shows it.
    pub(crate) origin: u16,
    pub(crate) known: Known,
    /// Hosts at the last look.
    looked_at: u32,
    /// What it tells without company.
    own: f64,
    pub(crate) raised: Option<i64>,
    pub(crate) withdrawn: Option<i64>,
    pub(crate) updated: i64,
    pub(crate) evidence: Evidence,
    pub(crate) score: Score,
}

/// Who showed a trait.
struct Seen {
    sightings: Vec<Sighting>,
    /// Their numbers.
    hosts: Vec<u32>,
    showing: u32,
    ages_apart_h: u32,
    carried_apart_h: u32,
    dates_apart_h: u32,
}

/// Hours between the lowest and the highest age; an age that is only known to be at least so much
/// counts where it is above all others.
fn ages_apart(ages: impl Iterator<Item = i32> + Clone) -> u32 {
    let known = || ages.clone().filter(|age| *age >= 0);
    let (Some(least), Some(most)) = (known().min(), known().max()) else { return 0 };
    let sure = ages.clone().filter(|age| *age < 0).map(|age| -1 - age).max().unwrap_or(0);
    u32::try_from(most.max(sure) - least).unwrap_or(0)
}

impl State {
    /// Time passes: at the turn of each day every departure is looked at again.
    pub(crate) fn pass(&mut self, time: i64, rates: &RuntimeRates) {
        if time <= self.time {
            return;
        }
        let (before, now) = (self.time.div_euclid(DAY), time.div_euclid(DAY));
        // The first act begins the first day.
        if self.time != 0 && now > before {
            for day in (before + 1).max(now - DAYS_MAX)..=now {
                self.turn(day * DAY, rates);
            }
        }
        self.time = time;
    }

    fn turn(&mut self, time: i64, rates: &RuntimeRates) {
        self.watched.retain(|key, candidate| {
            let first = candidate.evidence.sightings.first().map_or(time, |s| s.first.as_nanos());
            let is_kept = candidate.raised.is_some() || time - first < WATCHED;
            is_kept && self.traits.known.contains_key(key)
        });
        self.traffics.retain(time, |key| self.watched.contains_key(key));
        self.flows.pass(time);
        self.installs.pass(time);
        self.floor = f64::MIN;
        self.count_manners(time);
        let keys: Vec<Key> = self.watched.keys().copied().collect();
        // What each tells alone comes first, so that no order decides who keeps whom company.
        for key in &keys {
            self.look(*key, time, rates, false);
        }
        for key in &keys {
            self.look(*key, time, rates, true);
        }
    }

    /// A lineage does something it never did.
    pub(crate) fn departs(
        &mut self,
        key: Key,
        who: Running,
        time: i64,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let release = who.release;
        let Some(lineage) = self.fleet.lineage(key.lineage) else { return };
        let peers = match is_new(lineage, release, time) {
            true => self.peers(key, lineage, release, rates),
            false => None,
        };
        if peers.is_none() && is_new(lineage, release, time) {
            return;
        }
        let kinds = lineage.kinds.of(key.kind);
        let pooled = self.traits.pooled.get(&lineage.pool());
        // The one at hand is no evidence for itself, and neither are others under suspicion.
        let suspects = self.suspects(key);
        let others = suspects.saturating_add(1);
        let known = Known {
            host_days: lineage.host_days,
            traits: kinds.traits.saturating_sub(1),
            once: u64::from(kinds.once.saturating_sub(others)).saturating_add(kinds.unnamed),
            chances: match lineage.is_network() {
                true => lately(lineage, time),
                false => chances(lineage, release),
            },
            pooled_new: pooled.map_or(0, |p| p.new_of(key.kind)).saturating_sub(others.into()),
            pooled_host_days: pooled.map_or(0, |p| p.host_days),
            is_manner: kinds.traits > others,
            is_installer: who.is_installer,
            peers,
        };
        let Some(shown) = self.traits.known.get(&key) else { return };
        let Some(evidence) = self.gather(key, shown, lineage, release, known, time, rates) else {
            return;
        };
        let score = evidence.weigh();
        if !self.has_room(key, score.bits, bounds) {
            return;
        }
        let candidate = Candidate {
            origin: release,
            known,
            looked_at: 1,
            own: score.bits,
            raised: None,
            withdrawn: None,
            updated: time,
            evidence,
            score,
        };
        self.watched.insert(key, candidate);
        self.traffics.watch(key, time);
        self.look(key, time, rates, true);
    }

    /// How many findings there are of this kind about this lineage.
    fn suspects(&self, key: Key) -> u32 {
        let of_kind = self.watched.range(Key { value: crate::words::Word::NONE, ..key }..);
        let of_kind = of_kind.take_while(|(other, _)| other.lineage == key.lineage);
        let is_suspect = |(other, candidate): &(&Key, &Candidate)| {
            other.kind == key.kind && candidate.raised.is_some() && candidate.withdrawn.is_none()
        };
        u32::try_from(of_kind.filter(is_suspect).count()).unwrap_or(u32::MAX)
    }

    /// The weakest give way, and none that is a finding. Where all room is taken a tenth goes at once, and
    /// until the next day nothing weaker than those comes in, so that a flood costs no search each time.
    fn has_room(&mut self, key: Key, bits: f64, bounds: &Bounds) -> bool {
        let is_full = self.watched.len() >= bounds.departures_max;
        if is_full && bits <= self.floor {
            self.losses.departures += 1;
            return false;
        }
        let from = Key { value: crate::words::Word::NONE, kind: TraitKind::ALL[0], ..key };
        let to = Key { lineage: key.lineage.saturating_add(1), ..from };
        let of_lineage = self.watched.range(from..to);
        if !is_full && of_lineage.clone().count() < OF_LINEAGE_MAX {
            return true;
        }
        let weight = |(key, candidate): (&Key, &Candidate)| {
            let order = (key.lineage, key.kind, self.words.hash_of(key.value));
            candidate.raised.is_none().then_some((candidate.own, order, *key))
        };
        let mut weak: Vec<_> = match is_full {
            true => self.watched.iter().filter_map(weight).collect(),
            false => of_lineage.filter_map(weight).collect(),
        };
        weak.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        weak.truncate(if is_full { bounds.departures_max.div_ceil(10) } else { 1 });
        weak.retain(|(own, ..)| *own < bits);
        if let Some((own, ..)) = weak.last().filter(|_| is_full) {
            self.floor = *own;
        } else if is_full {
            self.floor = bits;
        }
        self.losses.departures += weak.len().max(1) as u64;
        weak.iter().for_each(|(.., key)| {
            self.watched.remove(key);
            self.traffics.end(key);
        });
        !weak.is_empty()
    }

    /// A trait that is known appears on another host, or in another release.
    pub(crate) fn departs_again(
        &mut self,
        key: Key,
        release: u16,
        host: u32,
        time: i64,
        rates: &RuntimeRates,
    ) {
        let Some(candidate) = self.watched.get_mut(&key) else { return };
        let Some(lineage) = self.fleet.lineage(key.lineage) else { return };
        let is_lower = lineage.is_older(release, candidate.origin)
            && !had(&self.fleet, key.lineage, host, lineage, candidate.origin);
        if is_lower {
            candidate.origin = release;
            candidate.known.chances = chances(lineage, release);
        }
        let hosts = candidate.evidence.contrast.showing.saturating_add(1);
        if is_lower || hosts <= EACH || hosts > candidate.looked_at + candidate.looked_at / 4 {
            self.look(key, time, rates, true);
        }
    }

    /// Gathers the evidence anew and draws the conclusion.
    pub(crate) fn look(&mut self, key: Key, time: i64, rates: &RuntimeRates, decide: bool) {
        let Some(candidate) = self.watched.get(&key) else { return };
        let (Some(lineage), Some(shown)) =
            (self.fleet.lineage(key.lineage), self.traits.known.get(&key))
        else {
            return;
        };
        let (origin, known) = (candidate.origin, candidate.known);
        let Some(mut evidence) = self.gather(key, shown, lineage, origin, known, time, rates)
        else {
            return;
        };
        let own = evidence.weigh();
        evidence.companion = self.companion(key, lineage, origin, evidence.known.peers.is_some());
        evidence.from_files = self.vetted.companion(lineage, origin, key.kind, &evidence.rate);
        let score = evidence.weigh();
        let Some(candidate) = self.watched.get_mut(&key) else { return };
        candidate.own = own.bits;
        if !decide {
            return;
        }
        candidate.looked_at = evidence.contrast.showing;
        candidate.updated = time;
        // What waited for a name is told when the name is known.
        let now = time.max(self.time);
        if score.bits >= RAISE_BITS {
            candidate.raised.get_or_insert(now);
            candidate.withdrawn = None;
        } else if score.bits < WITHDRAW_BITS && candidate.raised.is_some() {
            candidate.withdrawn.get_or_insert(now);
        }
        let is_held = candidate.raised.is_some();
        (candidate.evidence, candidate.score) = (evidence, score);
        if let Some(lineage) = self.fleet.lineage_mut(key.lineage) {
            lineage.is_held |= is_held;
        }
    }

    /// The strongest other departure of the same release: of another kind. For a newcomer one that others
    /// of its class show together with this one comes last, because it is no company.
    fn companion(
        &self,
        key: Key,
        lineage: &Lineage,
        origin: u16,
        is_newcomer: bool,
    ) -> Option<Companion> {
        let from = Key { value: crate::words::Word::NONE, kind: TraitKind::ALL[0], ..key };
        let to = Key { lineage: key.lineage.saturating_add(1), ..from };
        let others = self.watched.range(from..to).filter(|(other, candidate)| {
            is_other(key, **other)
                && lineage.rank(candidate.origin) == lineage.rank(origin)
                && candidate.own > 0.0
        });
        let is_way = |other: &Key| is_newcomer && self.together(lineage, key.kind, other.kind) > 0;
        let strongest = others.max_by(|(a, one), (b, two)| {
            let order = |key: &Key| (key.kind, self.words.hash_of(key.value));
            let is_way = is_way(b).cmp(&is_way(a));
            is_way.then(one.own.total_cmp(&two.own)).then(order(b).cmp(&order(a)))
        });
        strongest.map(|(other, candidate)| Companion {
            of: self.trait_of(other),
            bits: candidate.own,
            together: self.together(lineage, key.kind, other.kind),
        })
    }

    pub(crate) fn trait_of(&self, key: &Key) -> Trait {
        Trait { kind: key.kind, value: Untrusted::from(self.words.text(key.value)) }
    }

    #[expect(clippy::too_many_arguments, reason = "everything that evidence is made of")]
    fn gather(
        &self,
        key: Key,
        shown: &Shown,
        lineage: &Lineage,
        origin: u16,
        known: Known,
        time: i64,
        rates: &RuntimeRates,
    ) -> Option<Evidence> {
        let rate = rates.of(key.kind)?.clone();
        let Seen { mut sightings, hosts, showing, ages_apart_h, carried_apart_h, dates_apart_h } =
            self.sightings(key.lineage, shown, lineage, origin);
        let first = sightings.first().map_or(time, |s| s.first.as_nanos());
        let youngest = sightings.iter().filter_map(|s| s.age_hours).min();
        let mut contrast = contrast(lineage, origin, first, youngest, time);
        (contrast.ages_apart_h, contrast.dates_apart_h) = (ages_apart_h, dates_apart_h);
        contrast.carried_apart_h = carried_apart_h;
        contrast.showing = showing;
        contrast.on_release = contrast.on_release.max(showing);
        for seen in &sightings {
            if let Some(count) = contrast.by_age.get_mut(bucket(seen.age_hours)) {
                *count += 1;
            }
        }
        sightings.truncate(HOSTS_NAMED);
        let share = f64::from(contrast.showing) / f64::from(contrast.on_release.max(1));
        let name = |host: u32| {
            let name = self.fleet.hosts.get(host as usize).map(|host| host.name);
            Untrusted::from(self.words.text(name.unwrap_or_default()))
        };
        let text = |word| Untrusted::from(self.words.text(word));
        let traffic = self.traffics.evidence(key, time, share, rates.traffic(), text, name);
        // The system is not installed, and browsers go where their users like.
        let is_installed = !lineage.is_of_system && !lineage.is_browser;
        if is_installed && contrast.by_age[3] == 0 && sightings.len() >= 3 {
            place(&mut sightings, &hosts, lineage, origin);
        }
        let popular = self.traits.values.get(&(lineage.org, key.kind, key.value));
        let others = popular.map_or(0, |p| p.lineages.len() as u64 + u64::from(p.more));
        Some(Evidence {
            of: self.trait_of(&key),
            contrast,
            known,
            sightings,
            has_earlier: has_history(lineage, origin)
                || lineage.is_network() && first - lineage.first >= PAST,
            is_browser: lineage.is_browser,
            is_network: lineage.is_network(),
            is_own: self.is_own(&key, lineage),
            elsewhere: u32::try_from(others).unwrap_or(u32::MAX).saturating_sub(1),
            in_family: self.in_family(key, lineage, first),
            companion: None,
            traffic,
            from_files: None,
            rate,
            ages: rates.ages(),
        })
    }

    /// First sights on this release and later ones, in order, one for each host.
    fn sightings(&self, number: u32, shown: &Shown, lineage: &Lineage, origin: u16) -> Seen {
        let mut first: Vec<(u32, u64, u32, i32, u16)> = Vec::new();
        let mut most = 0;
        let shows =
            shown.shows.iter().filter(|show| lineage.is_same_or_later(show.release, origin));
        for show in shows {
            most = most.max(show.hosts.len());
            first.extend(show.hosts.few.iter().map(|on| {
                let name = self.fleet.hosts.get(on.host as usize).map(|host| host.name);
                let hash = name.map_or(0, |name| self.words.hash_of(name));
                (on.first, hash, on.host, on.age, show.release)
            }));
        }
        first.sort_unstable();
        let mut seen = std::collections::HashSet::new();
        first.retain(|(_, _, host, ..)| seen.insert(*host));
        let count = u32::try_from(first.len()).unwrap_or(u32::MAX);
        let dates = first.last().zip(first.first());
        let dates_apart_h = dates.map_or(0, |(last, first)| (last.0 - first.0) / 3600);
        let ages_apart_h = ages_apart(first.iter().map(|(.., age, _)| *age));
        let text = |word| Untrusted::from(self.words.text(word));
        let carried = first.iter().map(|(first, _, host, age, _)| {
            self.carried(number, lineage, origin, (*host, *first)).unwrap_or(*age)
        });
        let carried_apart_h = ages_apart(carried.collect::<Vec<_>>().into_iter());
        let hosts = first.iter().map(|(_, _, host, ..)| *host).collect();
        let named = first.into_iter().map(|(first, _, host, age, release)| Sighting {
            host: text(self.fleet.hosts.get(host as usize).map(|h| h.name).unwrap_or_default()),
            version: text(
                lineage.releases.get(usize::from(release)).map(|r| r.version).unwrap_or_default(),
            ),
            first: Timestamp::from_seconds(i64::from(first)).unwrap_or(Timestamp::MAX),
            age_hours: u32::try_from(age).ok(),
            place: 0,
            of: 0,
        });
        let sightings = named.collect();
        Seen {
            sightings,
            hosts,
            showing: count.max(most),
            ages_apart_h,
            carried_apart_h,
            dates_apart_h,
        }
    }

    /// The install age at first sight on a host, of the first release that shows the trait or a later one.
    fn carried(
        &self,
        number: u32,
        lineage: &Lineage,
        origin: u16,
        (host, first): (u32, u32),
    ) -> Option<i32> {
        let slot = self.fleet.on(number, host)?.first(lineage, origin)?;
        let hours = (i64::from(first) * SECOND).saturating_sub(slot.since).max(0) / HOUR;
        let hours = i32::try_from(hours).ok()?;
        Some(if slot.is_known { hours } else { -1 - hours })
    }

    /// Whether another product of the publisher has shown the same for long, and beyond suspicion.
    fn in_family(&self, key: Key, lineage: &Lineage, first: i64) -> bool {
        let publishers = || std::iter::once(&lineage.publisher).chain(&lineage.earlier_publishers);
        let popular = self.traits.values.get(&(lineage.org, key.kind, key.value));
        popular.into_iter().flat_map(|popular| &popular.lineages).any(|number| {
            let other = Key { lineage: *number, ..key };
            let is_family = *number != key.lineage
                && self.fleet.lineage(*number).is_some_and(|other| {
                    !other.publisher.is_none() && publishers().any(|p| *p == other.publisher)
                });
            let is_old =
                || self.traits.known.get(&other).is_some_and(|shown| first - shown.first >= FAMILY);
            is_family && is_old() && self.watched.get(&other).is_none_or(|c| c.raised.is_none())
        })
    }
}

/// Whether two departures are two acts, and not one that is told twice.
fn is_other(one: Key, other: Key) -> bool {
    use TraitKind::{
        ContactsBorrowedName, ContactsDomain as Domain, ContactsLookAlike, DnsAlgorithmic,
        StartsNameless, StartsProgram, StartsRelocated,
    };
    let is_of_name =
        |kind| matches!(kind, ContactsBorrowedName | ContactsLookAlike | DnsAlgorithmic);
    let is_one_act = match (one.kind, other.kind) {
        (StartsNameless | StartsRelocated, StartsProgram)
        | (StartsProgram, StartsNameless | StartsRelocated) => true,
        (kind, Domain) | (Domain, kind) if is_of_name(kind) => one.value == other.value,
        (one, other) => one == other,
    };
    !is_one_act
}

/// Whether it belongs to what is first learnt of a lineage: without an earlier release there is nothing
/// to depart from but days that somebody watched.
fn is_learnt(lineage: &Lineage, release: u16, time: i64) -> bool {
    time - lineage.first < LEARNING && !has_history(lineage, release)
}

/// Days on which a host showed this release or a later one.
fn chances(lineage: &Lineage, origin: u16) -> u64 {
    let numbered = (0_u16..).zip(&lineage.releases);
    let new = numbered.filter(|(number, _)| lineage.is_same_or_later(*number, origin));
    new.map(|(_, release)| release.host_days).sum()
}

/// Days on which a host showed it, of the last two weeks: without a release nothing began that chance has had since.
fn lately(lineage: &Lineage, time: i64) -> u64 {
    let days = u64::try_from((time - lineage.first).max(PAST) / DAY).unwrap_or(u64::MAX);
    (lineage.host_days * u64::try_from(PAST / DAY).unwrap_or(1)).div_ceil(days)
}

/// Whether a host ever had this release or a later one: what it does after going back proves nothing.
fn had(fleet: &Fleet, number: u32, host: u32, lineage: &Lineage, origin: u16) -> bool {
    fleet.on(number, host).is_some_and(|on_host| {
        on_host.slots.iter().flatten().any(|slot| lineage.is_same_or_later(slot.release, origin))
    })
}

/// Hosts on this release and on earlier ones.
fn contrast(
    lineage: &Lineage,
    origin: u16,
    first: i64,
    youngest: Option<u32>,
    time: i64,
) -> Contrast {
    let mut contrast = Contrast::default();
    for on_host in &lineage.hosts {
        let slots = || on_host.slots.iter().flatten();
        let is_new = |slot: &&Slot| lineage.is_same_or_later(slot.release, origin);
        if slots().any(|slot| lineage.is_older(slot.release, origin)) {
            contrast.ever_earlier += 1;
        }
        let Some(latest) = slots().next() else { continue };
        if time - latest.last > CURRENT {
            continue;
        }
        if let Some(slot) = slots().find(is_new) {
            contrast.on_release += 1;
            let age = time.saturating_sub(slot.since) / HOUR;
            if i64::from(youngest.unwrap_or(0)) <= age {
                contrast.as_old += 1;
            }
        } else if lineage.is_older(latest.release, origin) && latest.last >= first - DAY {
            contrast.on_earlier += 1;
        }
    }
    contrast
}

/// The place of each sighting among the hosts that could have shown it, by installation.
fn place(sightings: &mut [Sighting], hosts: &[u32], lineage: &Lineage, origin: u16) {
    let slots = lineage.hosts.iter().filter_map(|on| {
        let slot = on.first(lineage, origin)?;
        slot.is_known.then_some((on.host, slot))
    });
    let slots: Vec<(u32, Slot)> = slots.collect();
    for (index, seen) in sightings.iter_mut().enumerate() {
        let (at, before) = (seen.first.as_nanos(), hosts.get(..index).unwrap_or_default());
        let host = hosts.get(index);
        let own = slots.iter().find(|(other, _)| Some(other) == host);
        // What comes within a day of installation comes in its order too.
        let Some((_, own)) = own.filter(|(_, slot)| at - slot.since >= DAY) else { continue };
        let could = slots.iter().filter(|(other, slot)| {
            slot.since <= at && at - slot.last <= CURRENT && !before.contains(other)
        });
        let older = |(_, slot): &&(u32, Slot)| slot.since <= own.since;
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        seen.place = count(could.clone().filter(older).count());
        seen.of = count(could.count());
    }
}
