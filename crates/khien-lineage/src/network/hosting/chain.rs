//! First contacts of applications with shared hosting, and what follows within ten minutes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use khien_model::Timestamp;

use super::Entity;
use crate::network::Key;

/// Seconds after a fetch from shared hosting in which a new destination belongs to it.
const FOLLOW_S: i64 = 600;

/// Hosts of a drop that are kept by name; more are only counted.
const HOSTS_MAX: usize = 8;

/// Fetches of one host and application that follow-ups may belong to at one time.
const OPEN_MAX: usize = 4;

/// What may be remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// Pairs of application and entity. What comes after is not remembered, and is never called new.
    pub pairs: usize,
    /// Drops (first contacts of an application with a tenant) whose hosts are kept.
    pub drops: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { pairs: 5_000_000, drops: 100_000 }
    }
}

/// One connection with its destination.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The host.
    pub host: Key,
    /// The application on it.
    pub application: Key,
    /// When.
    pub time: Timestamp,
    /// With whom.
    pub entity: &'a Entity,
}

/// How often an application finds something new, before this visit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Novelty {
    /// Its visits on all hosts.
    pub visits: u64,
    /// Entities that it visited exactly once.
    pub singletons: u64,
    /// Entities that it visited at all.
    pub entities: u64,
}

impl Novelty {
    /// The surprise of something new, in bits: Good and Turing's estimate of the chance that the
    /// next visit is to an entity not visited before, (singletons + 0.5) / (visits + 1).
    pub fn bits(&self) -> f64 {
        -((self.singletons as f64 + 0.5) / (self.visits as f64 + 1.0)).log2()
    }
}

/// To whom a destination is new.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Newness {
    /// Nobody here ever visited it.
    ToAll,
    /// Others did, this application did not.
    ToApplication,
}

/// An application's first contact with a tenant of shared hosting.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    /// The application.
    pub application: Key,
    /// The tenant.
    pub entity: Entity,
    /// The host that was first, and when.
    pub host: Key,
    /// When that was.
    pub time: Timestamp,
    /// To whom it was new.
    pub newness: Newness,
    /// How often the application finds something new.
    pub novelty: Novelty,
}

/// A new destination soon after a fetch from shared hosting, by the same application on the same
/// host.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUp {
    /// The fetch.
    pub fetched: Entity,
    /// When it was.
    pub fetched_at: Timestamp,
    /// Whether that fetch was itself the application's first from this tenant.
    pub fetch_was_first: bool,
    /// What followed.
    pub entity: Entity,
    /// When.
    pub time: Timestamp,
    /// Which host and application.
    pub host: Key,
    /// The application.
    pub application: Key,
    /// To whom what followed was new.
    pub newness: Newness,
    /// How often the application finds something new.
    pub novelty: Novelty,
}

/// What a visit shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A first contact with a tenant of shared hosting.
    Drop(Drop),
    /// A new destination after such a contact.
    FollowUp(FollowUp),
}

type Seen = HashMap<u64, u32, BuildHasherDefault<DefaultHasher>>;

#[derive(Clone, Debug, Default)]
struct Application {
    visits: u64,
    singletons: u64,
    seen: Seen,
}

#[derive(Clone, Debug)]
struct Fetch {
    entity: Entity,
    time: Timestamp,
    first: bool,
}

/// What every application has visited. Visits are expected in order of time.
#[derive(Clone, Debug, Default)]
pub struct DeadDrops {
    bounds: Bounds,
    applications: BTreeMap<Key, Application>,
    anyone: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
    fetches: BTreeMap<(Key, Key), VecDeque<Fetch>>,
    drops: BTreeMap<(Key, Entity), (BTreeSet<Key>, u64)>,
    pairs: usize,
    forgotten: u64,
    swept: Option<Timestamp>,
}

impl DeadDrops {
    /// Makes an empty memory.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Pairs of application and entity that did not fit.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The hosts on which an application has fetched from a tenant: the first eight, and how many
    /// visits there were.
    pub fn hosts(&self, application: Key, entity: &Entity) -> Option<(&BTreeSet<Key>, u64)> {
        let (hosts, visits) = self.drops.get(&(application, entity.clone()))?;
        Some((hosts, *visits))
    }

    /// Takes a visit, and says what it shows.
    pub fn observe(&mut self, visit: &Visit<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        let (newness, novelty) = self.learn(visit);
        let key = (visit.host, visit.application);
        if visit.entity.is_shared() {
            self.count_host(visit, newness.is_some());
            if let Some(newness) = newness {
                found.push(Found::Drop(Drop {
                    application: visit.application,
                    entity: visit.entity.clone(),
                    host: visit.host,
                    time: visit.time,
                    newness,
                    novelty,
                }));
            }
        }
        if let (Some(newness), Some(fetch)) = (newness, self.open_fetch(visit)) {
            found.push(Found::FollowUp(FollowUp {
                fetched: fetch.entity,
                fetched_at: fetch.time,
                fetch_was_first: fetch.first,
                entity: visit.entity.clone(),
                time: visit.time,
                host: visit.host,
                application: visit.application,
                newness,
                novelty,
            }));
        }
        if visit.entity.is_shared() {
            let open = self.fetches.entry(key).or_default();
            if open.len() >= OPEN_MAX {
                open.pop_front();
            }
            let first = newness.is_some();
            open.push_back(Fetch { entity: visit.entity.clone(), time: visit.time, first });
            self.sweep(visit.time);
        }
        found
    }

    /// Remembers the visit; says to whom it was new, and how often the application finds something
    /// new.
    fn learn(&mut self, visit: &Visit<'_>) -> (Option<Newness>, Novelty) {
        let id = BuildHasherDefault::<DefaultHasher>::default().hash_one(visit.entity);
        let known = self.applications.get(&visit.application).and_then(|of| of.seen.get(&id));
        if known.is_none() && self.pairs >= self.bounds.pairs {
            // Bound: what cannot be remembered cannot be called new either.
            self.forgotten = self.forgotten.saturating_add(1);
            return (None, Novelty::default());
        }
        let to_all = self.anyone.insert(id);
        let of = self.applications.entry(visit.application).or_default();
        let novelty = Novelty {
            visits: of.visits,
            singletons: of.singletons,
            entities: of.seen.len() as u64,
        };
        of.visits = of.visits.saturating_add(1);
        let count = of.seen.entry(id).or_insert(0);
        *count = count.saturating_add(1);
        match *count {
            1 => {
                of.singletons = of.singletons.saturating_add(1);
                self.pairs = self.pairs.saturating_add(1);
                (Some(if to_all { Newness::ToAll } else { Newness::ToApplication }), novelty)
            }
            2 => {
                of.singletons = of.singletons.saturating_sub(1);
                (None, novelty)
            }
            _ => (None, novelty),
        }
    }

    fn count_host(&mut self, visit: &Visit<'_>, first: bool) {
        let key = (visit.application, visit.entity.clone());
        let has_room = first && self.drops.len() < self.bounds.drops;
        if !has_room && !self.drops.contains_key(&key) {
            return;
        }
        let (hosts, visits) = self.drops.entry(key).or_default();
        *visits = visits.saturating_add(1);
        if hosts.len() < HOSTS_MAX {
            hosts.insert(visit.host);
        }
    }

    /// The fetch that a new destination follows: a first one before a usual one, then the latest.
    fn open_fetch(&self, visit: &Visit<'_>) -> Option<Fetch> {
        let open = self.fetches.get(&(visit.host, visit.application))?;
        open.iter()
            .filter(|fetch| follows(visit.time, fetch.time) && fetch.entity != *visit.entity)
            .max_by_key(|fetch| (fetch.first, fetch.time))
            .cloned()
    }

    /// Bound: fetches that nothing can follow any more are forgotten, ten minutes at a time, so that
    /// there are at most four for each host and application that was at work in twenty.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept.is_some_and(|swept| follows(now, swept)) {
            return;
        }
        self.swept = Some(now);
        self.fetches.retain(|_, open| {
            open.retain(|fetch| follows(now, fetch.time));
            !open.is_empty()
        });
    }
}

/// Whether a time is at most ten minutes after another.
fn follows(time: Timestamp, earlier: Timestamp) -> bool {
    (0..=FOLLOW_S * 1_000_000_000).contains(&time.nanos_since(earlier))
}
