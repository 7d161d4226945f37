//! What the traffic with a new destination tells beyond its being new: a machine's rhythm, a fetch from
//! shared hosting right before it, names that carry data, much that is sent.
//!
//! It is looked at for departures under watch only, and is part of their evidence: a finding stays one
//! for each release and destination, and its score is made of it again. None of it tells by itself:
//! honest programs report at fixed times too.

use std::collections::VecDeque;

use khien_model::{Timestamp, Untrusted};
use serde::{Deserialize, Serialize};

use crate::TraitKind;
use crate::fleet::{DAY, Map};
use crate::names::drop_oldest;
use crate::network::Key as Id;
use crate::network::beacon::{self, Fleet, Sizes, Standing};
use crate::network::dns::{Kind, Query, Reason, Tunnel, Tunnels};
use crate::network::state::Ring;
use crate::runtime::Key;
use crate::words::{self, Word};

/// Nats of a rhythm from which it counts: one in a thousand under random traffic.
pub const RHYTHM_NATS: f64 = 6.9;
/// Bytes sent in the first 24 hours from which they count.
pub const UPLOAD_BYTES: u64 = 20_000_000;
/// Seconds after a fetch from shared hosting in which a new destination belongs to it.
const FOLLOW_NANOS: i64 = 600_000_000_000;
/// Contacts at which a host's rhythm is first looked at; then at each half more.
const FIRST_LOOK: u32 = 6;
/// Bound: hosts whose times are kept for one destination.
const HOSTS_MAX: usize = 8;
/// Bound: hosts whose times are kept, over all destinations.
const ALL_HOSTS_MAX: usize = 40_000;
/// Bound: sizes kept of one host and destination.
const SIZES_MAX: usize = 32;
/// Bound: fetches that something may follow.
const FETCHES_MAX: usize = 100_000;

/// Shares of compromises and of benign releases whose new destinations show something.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// It comes within ten minutes of a new fetch from shared hosting.
    pub chain: [f64; 2],
    /// It is contacted in a machine's rhythm.
    pub rhythm: [f64; 2],
    /// Names below it carry data.
    pub tunnel: [f64; 2],
    /// Much is sent there on the first day.
    pub upload: [f64; 2],
}

impl Shares {
    /// Whether each is a share above zero and below one.
    pub(crate) fn are_shares(&self) -> bool {
        let Self { chain, rhythm, tunnel, upload } = self;
        [chain, rhythm, tunnel, upload]
            .into_iter()
            .flatten()
            .all(|share| *share > 0.0 && *share < 1.0)
    }
}

/// The traffic with a destination that a release newly contacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Whether it came right after a fetch from shared hosting that was new as well.
    pub chain: Option<Chain>,
    /// The rhythm in which it is contacted.
    pub rhythm: Option<Rhythm>,
    /// What names below it carry.
    pub tunnel: Option<Carried>,
    /// Bytes sent there in the first 24 hours, from all hosts.
    pub first_day_bytes: u64,
    /// How much each of these tells.
    pub shares: Shares,
}

/// A new destination soon after a new fetch from shared hosting.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// On which host.
    pub host: Untrusted,
    /// From where.
    pub fetched: Untrusted,
    /// Seconds between the two.
    pub seconds: u32,
}

/// A machine's rhythm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// The host on which it is clearest.
    pub host: Untrusted,
    /// The evidence there.
    pub evidence: beacon::Evidence,
    /// That of all hosts, less what is old and everywhere.
    pub fleet: Fleet,
}

/// Data in names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// Distinct names in the window.
    pub names: f64,
    /// Bytes of information in them.
    pub bytes: f64,
    /// The window in seconds.
    pub window_s: i64,
}

impl Traffic {
    /// The steps that it adds to a score: chain, rhythm, tunnel, upload, in bits.
    pub(crate) fn bits(&self) -> [f64; 4] {
        let tells = |is: bool, [malign, benign]: [f64; 2]| {
            if is { (malign / benign).log2() } else { 0.0 }
        };
        let has_rhythm = self.rhythm.as_ref().is_some_and(|r| r.fleet.nats >= RHYTHM_NATS);
        [
            tells(self.chain.is_some(), self.shares.chain),
            tells(has_rhythm, self.shares.rhythm),
            tells(self.tunnel.is_some(), self.shares.tunnel),
            tells(self.first_day_bytes >= UPLOAD_BYTES, self.shares.upload),
        ]
    }

    fn is_empty(&self) -> bool {
        self.chain.is_none()
            && self.rhythm.is_none()
            && self.tunnel.is_none()
            && self.first_day_bytes == 0
    }
}

/// One exchange with a destination.
#[derive(Clone, Copy)]
pub(crate) struct Exchange {
    pub(crate) host: u32,
    pub(crate) time: i64,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    /// Whether it is told a second time, by a sensor: its bytes count, and its time does not.
    pub(crate) is_again: bool,
}

/// The traffic of all departures under watch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Traffics {
    #[serde(with = "words::pairs")]
    of: Map<Key, Watched>,
    /// By lineage and host: the last new fetch from shared hosting.
    #[serde(with = "words::pairs")]
    fetches: Map<(u32, u32), (Word, i64)>,
    tunnels: Tunnels,
    hosts: usize,
    pub(crate) refused: u64,
}

/// The traffic of one departure.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Watched {
    first: i64,
    hosts: Vec<OnHost>,
    first_day_bytes: u64,
    chain: Option<(u32, Word, u32)>,
    tunnel: Option<Carried>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct OnHost {
    host: u32,
    contacts: u32,
    /// Contacts at which it is looked at again.
    due: u32,
    ring: Ring,
    sizes: VecDeque<(u64, u64)>,
    rhythm: Option<beacon::Evidence>,
}

/// Kinds of departures that are destinations.
pub(crate) const fn is_destination(kind: TraitKind) -> bool {
    use TraitKind::{ContactsAddress, ContactsDomain, ContactsShared};
    matches!(kind, ContactsAddress | ContactsDomain | ContactsShared)
}

/// The departure whose traffic another is about: names that imitate or that nobody chose are those of a
/// domain.
const fn destination_of(key: Key) -> Key {
    match key.kind {
        TraitKind::ContactsBorrowedName
        | TraitKind::ContactsLookAlike
        | TraitKind::DnsAlgorithmic => Key { kind: TraitKind::ContactsDomain, ..key },
        _ => key,
    }
}

impl Traffics {
    /// Begins to look at a departure's traffic.
    pub(crate) fn watch(&mut self, key: Key, time: i64) {
        if is_destination(key.kind) {
            self.of.entry(key).or_insert_with(|| Watched {
                first: time,
                hosts: Vec::new(),
                first_day_bytes: 0,
                chain: None,
                tunnel: None,
            });
        }
    }

    /// Forgets fetches of lineages that were forgotten: their numbers are given to others.
    pub(crate) fn forget_lineages(&mut self, gone: &[u32]) {
        self.fetches.retain(|(lineage, _), _| gone.binary_search(lineage).is_err());
    }

    /// Ends what is not watched any more, and fetches that nothing can follow.
    pub(crate) fn retain(&mut self, time: i64, is_kept: impl Fn(&Key) -> bool) {
        self.of.retain(|key, _| is_kept(key));
        self.hosts = self.of.values().map(|watched| watched.hosts.len()).sum();
        self.fetches.retain(|_, (_, at)| time - *at <= FOLLOW_NANOS);
    }

    pub(crate) fn end(&mut self, key: &Key) {
        if let Some(ended) = self.of.remove(key) {
            self.hosts = self.hosts.saturating_sub(ended.hosts.len());
        }
    }

    pub(crate) fn is_watched(&self, key: &Key) -> bool {
        self.of.contains_key(key)
    }

    /// Takes an exchange; says whether what is known of the departure changed.
    pub(crate) fn exchange(&mut self, key: Key, seen: Exchange) -> bool {
        let Exchange { host, time, sent, received, is_again } = seen;
        let of_host = (key.lineage, host);
        let fetch = self.fetches.get(&of_host).copied();
        if key.kind == TraitKind::ContactsShared {
            if self.fetches.len() >= FETCHES_MAX {
                self.fetches.retain(|_, (_, at)| time - *at <= FOLLOW_NANOS);
            }
            if self.fetches.len() >= FETCHES_MAX {
                self.refused += drop_oldest(&mut self.fetches, |(_, at)| *at);
            }
            self.fetches.insert(of_host, (key.value, time));
        }
        let Some(watched) = self.of.get_mut(&key) else { return false };
        if time - watched.first < DAY {
            watched.first_day_bytes = watched.first_day_bytes.saturating_add(sent);
        }
        let mut changes = watched.first_day_bytes >= UPLOAD_BYTES
            && watched.first_day_bytes.saturating_sub(sent) < UPLOAD_BYTES;
        let at = watched.hosts.iter().position(|on| on.host == host);
        let at = match at {
            Some(at) => at,
            // The first hosts of a destination are its witnesses; that there are more changes little.
            None if watched.hosts.len() >= HOSTS_MAX => return changes,
            None if self.hosts >= ALL_HOSTS_MAX => {
                self.refused = self.refused.saturating_add(1);
                return changes;
            }
            None => {
                let follows = fetch.filter(|(value, at)| {
                    *value != key.value && (0..=FOLLOW_NANOS).contains(&(time - at))
                });
                if let Some((value, at)) = follows
                    && watched.chain.is_none()
                {
                    let seconds = u32::try_from((time - at) / 1_000_000_000).unwrap_or(0);
                    watched.chain = Some((host, value, seconds));
                    changes = true;
                }
                self.hosts += 1;
                watched.hosts.push(OnHost {
                    host,
                    contacts: 0,
                    due: FIRST_LOOK,
                    ring: Ring::default(),
                    sizes: VecDeque::new(),
                    rhythm: None,
                });
                watched.hosts.len() - 1
            }
        };
        let is_due = watched.hosts.get_mut(at).is_some_and(|on| {
            on.size(sent, received);
            !is_again && on.add(time)
        });
        changes || is_due
    }

    /// Takes a question for a name below a destination under watch; says whether that tells something
    /// new.
    pub(crate) fn ask(&mut self, key: Key, asker: u64, time: i64, name: &str, kind: &str) -> bool {
        let query = Query {
            asker: Id(asker),
            time: Timestamp::from_nanos(time),
            name,
            kind: kind_of(kind),
            is_missing: false,
            answer_bytes: 0,
        };
        let tells = |tunnel: &&Tunnel| {
            let counts = [Reason::Information, Reason::Kinds];
            tunnel.reasons.iter().any(|reason| counts.contains(reason))
        };
        let found = self.tunnels.observe(&query);
        let Some(tunnel) = found.iter().find(tells) else { return false };
        let Some(watched) = self.of.get_mut(&key) else { return false };
        let is_first = watched.tunnel.is_none();
        watched.tunnel = Some(Carried {
            names: tunnel.names,
            bytes: tunnel.name_bytes,
            window_s: tunnel.window_s.1,
        });
        is_first
    }

    /// What is known of a departure's traffic; `text` says names, `name` those of hosts.
    pub(crate) fn evidence(
        &self,
        key: Key,
        time: i64,
        hosts_share: f64,
        shares: Shares,
        text: impl Fn(Word) -> Untrusted,
        name: impl Fn(u32) -> Untrusted,
    ) -> Option<Traffic> {
        let watched = self.of.get(&destination_of(key))?;
        let rhythms = watched.hosts.iter().filter_map(|on| Some((on.host, on.rhythm.as_ref()?)));
        let nats: Vec<f64> = rhythms.clone().map(|(_, rhythm)| rhythm.nats).collect();
        let clearest =
            rhythms.reduce(|best, other| if other.1.nats > best.1.nats { other } else { best });
        #[expect(clippy::cast_precision_loss, reason = "days")]
        let age_days = (time - watched.first).max(0) as f64 / DAY as f64;
        let fleet = beacon::aggregate(&nats, Standing { age_days, hosts_share });
        let traffic =
            Traffic {
                chain: watched.chain.map(|(host, fetched, seconds)| Chain {
                    host: name(host),
                    fetched: text(fetched),
                    seconds,
                }),
                rhythm: clearest.filter(|(_, rhythm)| rhythm.nats > 0.0).map(|(host, rhythm)| {
                    Rhythm { host: name(host), evidence: rhythm.clone(), fleet }
                }),
                tunnel: watched.tunnel,
                first_day_bytes: watched.first_day_bytes,
                shares,
            };
        (!traffic.is_empty()).then_some(traffic)
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let chains = self.of.values().filter_map(|watched| Some(watched.chain?.1));
        chains.chain(self.fetches.values().map(|(value, _)| *value))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let on_host = |on: &OnHost| size_of::<OnHost>() + on.ring.bytes() + on.sizes.len() * 16;
        let hosts: usize = self.of.values().flat_map(|watched| &watched.hosts).map(on_host).sum();
        hosts + self.of.len() * size_of::<(Key, Watched)>() + self.fetches.len() * 24
    }
}

impl OnHost {
    fn size(&mut self, sent: u64, received: u64) {
        if sent == 0 && received == 0 {
            return;
        }
        if self.sizes.len() >= SIZES_MAX {
            self.sizes.pop_front();
        }
        self.sizes.push_back((sent, received));
    }

    /// Adds a contact; says whether the rhythm was looked at anew.
    fn add(&mut self, time: i64) -> bool {
        self.contacts = self.contacts.saturating_add(1);
        let second = time.div_euclid(1_000_000_000);
        self.ring.push(u32::try_from(second).unwrap_or(0));
        if self.contacts < self.due {
            return false;
        }
        self.due = self.contacts.saturating_add(self.contacts / 2);
        let sizes: Vec<(u64, u64)> = self.sizes.iter().copied().collect();
        let found = beacon::evidence(&self.ring.times_s(), second, Sizes::of(&sizes));
        self.rhythm = Some(found);
        true
    }
}

fn kind_of(kind: &str) -> Kind {
    match kind {
        "TXT" | "16" => Kind::Text,
        "NULL" | "10" | "PRIVATE" => Kind::Opaque,
        "A" | "AAAA" | "" | "-" | "1" | "28" => Kind::Address,
        "CNAME" | "MX" | "SRV" | "5" | "15" | "33" => Kind::Name,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests;
