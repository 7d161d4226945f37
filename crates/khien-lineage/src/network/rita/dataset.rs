//! Hourly imports to pairs: the link between records, the window, names before addresses.
//!
//! Emulates what the reference does before it scores, quirks included: an HTTP or TLS record takes
//! time and bytes from the connection of the same id *in the same import*, so a pair of records on
//! both sides of an hour's end is never linked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;

use super::threat::{Facts, Threat, Weights, threat};
use super::{Rhythm, STROBE_CONNECTIONS, TIMES_MIN, Window, score};

/// HTTP records that one connection may stand for in one import.
const HTTP_PER_CONNECTION: usize = 20;

/// Seconds that rows are kept: a day, and what rounding to hours may ask for besides.
const KEEP_S: i64 = 26 * 3600;

/// Bound: pairs, ends and signatures remembered; rows of further ones are counted in
/// [`Dataset::forgotten`].
const KEYS_MAX: usize = 2_000_000;

/// Bound: destinations remembered of one signature; two already mean that it is not rare.
const SIGNATURE_ENDS_MAX: usize = 8;

/// Summed duration from which on a named pair takes its connections away from the address pair.
const LONG_S: f64 = 3600.0;

/// Where a connection goes: a name where HTTP or TLS told one, else the address.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Destination {
    /// An address.
    Address(IpAddr),
    /// A host name.
    Name(Box<str>),
}

/// Who talks to whom.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Pair {
    /// Who began.
    pub source: IpAddr,
    /// With whom.
    pub destination: Destination,
}

/// One connection record.
#[derive(Clone, Copy, Debug)]
pub struct ConnRow<'a> {
    /// The sensor's id of the connection.
    pub uid: &'a str,
    /// Who began.
    pub source: IpAddr,
    /// With whom.
    pub destination: IpAddr,
    /// Whether the source is one of the watched network's.
    pub source_internal: bool,
    /// Whether the destination is.
    pub destination_internal: bool,
    /// Start, in whole seconds since 1970 (truncated).
    pub start_s: i64,
    /// Duration in seconds; 0 where unknown.
    pub duration_s: f64,
    /// Bytes of IP packets that the source sent.
    pub bytes_sent: u64,
    /// Bytes of IP packets that came back.
    pub bytes_received: u64,
}

/// One HTTP or TLS record.
#[derive(Clone, Copy, Debug)]
pub struct NamedRow<'a> {
    /// The connection that it went through.
    pub uid: &'a str,
    /// When, in nanoseconds since 1970; only the order within a connection matters.
    pub time_ns: i64,
    /// Host header or server name; `None` where there was none.
    pub name: Option<&'a str>,
    /// User agent or JA3.
    pub signature: Option<&'a str>,
}

/// The records of one hour, which are imported and linked together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hour<'a> {
    /// Connections that ended in it.
    pub closed: &'a [ConnRow<'a>],
    /// Connections that were open at its end, with duration and bytes so far.
    pub open: &'a [ConnRow<'a>],
    /// HTTP requests.
    pub http: &'a [NamedRow<'a>],
    /// TLS handshakes.
    pub tls: &'a [NamedRow<'a>],
}

/// What the window shows of one pair.
#[derive(Clone, Debug, PartialEq)]
pub struct PairReport {
    /// Who talks to whom.
    pub pair: Pair,
    /// Closed connections in the window.
    pub count: usize,
    /// The beacon score and its parts.
    pub rhythm: Rhythm,
    /// Summed duration of closed connections and of those open at the end, in seconds.
    pub duration_s: f64,
    /// Bytes of IP packets in both directions, open connections included.
    pub bytes: u64,
    /// HTTP requests without a Host header that were linked to a connection.
    pub missing_host: u64,
    /// Signatures that this source used for this destination only.
    pub rare_signatures: Vec<Box<str>>,
    /// When the external end was first seen, in seconds since 1970.
    pub first_seen_s: i64,
    /// Share of internal hosts that talk to the external end.
    pub prevalence: f64,
    /// The threat score and its parts.
    pub threat: Threat,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    time_s: i64,
    sent: u64,
    both: u64,
    duration_s: f64,
    uid: u64,
}

impl Row {
    fn of(row: &ConnRow<'_>) -> Self {
        Self {
            time_s: row.start_s,
            sent: row.bytes_sent,
            both: row.bytes_sent.saturating_add(row.bytes_received),
            duration_s: if row.duration_s.is_finite() { row.duration_s.max(0.0) } else { 0.0 },
            uid: id_of(row.uid),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Rows {
    closed: Vec<Row>,
    /// Open at the end of the last import.
    open: Vec<Row>,
    /// Times of requests without a Host header.
    missing_host: Vec<i64>,
    /// The ends of the pair that are ours and theirs.
    internal: Option<IpAddr>,
    external: Option<Destination>,
}

/// Imports of a network, as far as the last day needs them.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    pairs: BTreeMap<Pair, Rows>,
    first_seen: BTreeMap<Destination, i64>,
    /// For each source and signature: where it was used, and when last.
    signatures: BTreeMap<(IpAddr, Box<str>), BTreeMap<Destination, i64>>,
    newest_s: Option<i64>,
    forgotten: u64,
}

impl Dataset {
    /// Makes an empty data set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows that did not fit the bound.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The window that ends with the newest connection.
    pub fn window(&self) -> Window {
        Window::before(self.newest_s.unwrap_or(0))
    }

    /// Takes one hour of records. Connections that were open at the end of the hour before are
    /// forgotten: they are closed by now, or reported as open again.
    pub fn import(&mut self, hour: &Hour<'_>) {
        for rows in self.pairs.values_mut() {
            rows.open.clear();
        }
        let mut linked: HashMap<u64, &ConnRow<'_>, BuildHasherDefault<DefaultHasher>> =
            HashMap::default();
        for row in hour.closed.iter().filter(|row| is_kept(row)) {
            self.newest_s = self.newest_s.max(Some(row.start_s));
            linked.insert(id_of(row.uid), row);
            if let Some(rows) = self.rows(row, Destination::Address(row.destination)) {
                push_bounded(&mut rows.closed, Row::of(row));
            }
        }
        for row in hour.open.iter().filter(|row| is_kept(row)) {
            self.newest_s = self.newest_s.max(Some(row.start_s));
            if let Some(rows) = self.rows(row, Destination::Address(row.destination)) {
                push_bounded(&mut rows.open, Row::of(row));
            }
        }
        self.link(hour.http, &linked, Kind::Http);
        self.link(hour.tls, &linked, Kind::Tls);
        self.forget_old();
    }

    /// Gives HTTP or TLS records the time and bytes of their connections.
    fn link<S: BuildHasher>(
        &mut self,
        records: &[NamedRow<'_>],
        linked: &HashMap<u64, &ConnRow<'_>, S>,
        kind: Kind,
    ) {
        let mut by_connection: BTreeMap<u64, Vec<&NamedRow<'_>>> = BTreeMap::new();
        for record in records {
            let id = id_of(record.uid);
            if linked.contains_key(&id) {
                by_connection.entry(id).or_default().push(record);
            }
        }
        for (id, mut records) in by_connection {
            let Some(row) = linked.get(&id) else { continue };
            records.sort_by_key(|record| std::cmp::Reverse(record.time_ns));
            records.truncate(HTTP_PER_CONNECTION);
            let Some(newest) = records.first() else { continue };
            let address = Destination::Address(row.destination);
            let end = newest.name.map_or_else(|| address.clone(), |n| Destination::Name(n.into()));
            if newest.name.is_some()
                && let Some(rows) = self.rows(row, end)
            {
                push_bounded(&mut rows.closed, Row::of(row));
            }
            for record in records {
                self.sign(row, record);
                if kind == Kind::Http
                    && record.name.is_none()
                    && let Some(rows) = self.rows(row, address.clone())
                {
                    push_bounded(&mut rows.missing_host, row.start_s);
                }
            }
        }
    }

    fn sign(&mut self, row: &ConnRow<'_>, record: &NamedRow<'_>) {
        let Some(signature) = record.signature else { return };
        let end = record
            .name
            .map_or(Destination::Address(row.destination), |name| Destination::Name(name.into()));
        let key = (row.source, signature.into());
        if self.signatures.len() >= KEYS_MAX && !self.signatures.contains_key(&key) {
            self.forgotten = self.forgotten.saturating_add(1);
            return;
        }
        let ends = self.signatures.entry(key).or_default();
        let last = ends.entry(end).or_insert(row.start_s);
        *last = (*last).max(row.start_s);
        if ends.len() > SIGNATURE_ENDS_MAX
            && let Some(oldest) = ends.iter().min_by_key(|(_, last)| **last).map(|(e, _)| e.clone())
        {
            ends.remove(&oldest);
        }
    }

    /// The rows of a pair; `None` where the bound is reached.
    fn rows(&mut self, row: &ConnRow<'_>, destination: Destination) -> Option<&mut Rows> {
        let (internal, external) = if row.source_internal {
            (row.source, destination.clone())
        } else {
            (row.destination, Destination::Address(row.source))
        };
        if self.first_seen.len() < KEYS_MAX || self.first_seen.contains_key(&external) {
            let first = self.first_seen.entry(external.clone()).or_insert(row.start_s);
            *first = (*first).min(row.start_s);
        }
        let pair = Pair { source: row.source, destination };
        if self.pairs.len() >= KEYS_MAX && !self.pairs.contains_key(&pair) {
            self.forgotten = self.forgotten.saturating_add(1);
            return None;
        }
        let rows = self.pairs.entry(pair).or_default();
        rows.internal = Some(internal);
        rows.external = Some(external);
        Some(rows)
    }

    fn forget_old(&mut self) {
        let from = self.newest_s.unwrap_or(0).saturating_sub(KEEP_S);
        for rows in self.pairs.values_mut() {
            rows.closed.retain(|row| row.time_s >= from);
            rows.missing_host.retain(|time| *time >= from);
        }
        self.pairs.retain(|_, rows| !rows.closed.is_empty() || !rows.open.is_empty());
        self.signatures.retain(|_, ends| {
            ends.retain(|_, last| *last >= from);
            !ends.is_empty()
        });
    }

    /// Every pair of the window with its scores, in the order of pairs. `history` says whether
    /// ages of ends count, which the reference does for rolling data sets only.
    pub fn report(&self, weights: &Weights, history: History) -> Vec<PairReport> {
        let window = self.window();
        let from = window.rows_from_s();
        let mut hosts = BTreeSet::new();
        let mut talking: BTreeMap<&Destination, BTreeSet<IpAddr>> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for (pair, rows) in &self.pairs {
            if let (Some(internal), Some(external)) = (rows.internal, &rows.external) {
                hosts.insert(internal);
                talking.entry(external).or_default().insert(internal);
            }
            if matches!(pair.destination, Destination::Name(_)) && takes_connections(rows, from) {
                taken.extend(rows.closed.iter().map(|row| row.uid));
            }
        }
        let rare = self.rare_signatures(from);
        self.pairs
            .iter()
            .filter(|(pair, rows)| {
                matches!(pair.destination, Destination::Name(_))
                    || !rows.closed.iter().any(|row| taken.contains(&row.uid))
            })
            .map(|(pair, rows)| {
                let external = rows.external.as_ref().unwrap_or(&pair.destination);
                let sharing = talking.get(external).map_or(0, BTreeSet::len);
                let prevalence = sharing as f64 / hosts.len().max(1) as f64;
                let first_seen_s = self.first_seen.get(external).copied().unwrap_or(window.end_s);
                let rare_signatures = rare.get(pair).cloned().unwrap_or_default();
                let known = Known { prevalence, first_seen_s, rare_signatures };
                report(pair, rows, known, window, weights, history)
            })
            .collect()
    }

    fn rare_signatures(&self, from: i64) -> BTreeMap<Pair, Vec<Box<str>>> {
        let mut rare: BTreeMap<Pair, Vec<Box<str>>> = BTreeMap::new();
        for ((source, signature), ends) in &self.signatures {
            let mut ends = ends.iter().filter(|(_, last)| **last >= from).map(|(end, _)| end);
            if let (Some(end), None) = (ends.next(), ends.next()) {
                let pair = Pair { source: *source, destination: end.clone() };
                rare.entry(pair).or_default().push(signature.clone());
            }
        }
        rare
    }
}

/// Whether ages of ends count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum History {
    /// The data set goes on: ages count.
    Rolling,
    /// It is one import of old logs: ages say nothing.
    Single,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Http,
    Tls,
}

/// What is known of a pair from the whole data set.
struct Known {
    prevalence: f64,
    first_seen_s: i64,
    rare_signatures: Vec<Box<str>>,
}

fn report(
    pair: &Pair,
    rows: &Rows,
    known: Known,
    window: Window,
    weights: &Weights,
    history: History,
) -> PairReport {
    let from = window.rows_from_s();
    let closed: Vec<&Row> = rows.closed.iter().filter(|row| row.time_s >= from).collect();
    let times: Vec<i64> = closed.iter().map(|row| row.time_s).collect();
    let sent: Vec<u64> = closed.iter().map(|row| row.sent).collect();
    let rhythm = score(&times, &sent, window);
    let all = || closed.iter().copied().chain(&rows.open);
    let duration_s = all().map(|row| row.duration_s).sum();
    let bytes = all().fold(0_u64, |sum, row| sum.saturating_add(row.both));
    let missing_host = rows.missing_host.iter().filter(|time| **time >= from).count() as u64;
    let age_s = window.end_s.saturating_sub(known.first_seen_s);
    let facts = Facts {
        beacon: rhythm.score(),
        strobe: rhythm == Rhythm::Strobe,
        duration_s,
        prevalence: Some(known.prevalence),
        first_seen_days: (history == History::Rolling).then_some(age_s as f64 / 86_400.0),
        missing_host,
        rare_signatures: known.rare_signatures.len() as u64,
        bytes,
        ..Facts::default()
    };
    PairReport {
        pair: pair.clone(),
        count: closed.len(),
        rhythm,
        duration_s,
        bytes,
        missing_host,
        rare_signatures: known.rare_signatures,
        first_seen_s: known.first_seen_s,
        prevalence: known.prevalence,
        threat: threat(&facts, weights),
    }
}

/// Whether a named pair takes its connections away from the pair of addresses: it could be a
/// beacon, or is long.
fn takes_connections(rows: &Rows, from: i64) -> bool {
    let closed = || rows.closed.iter().filter(|row| row.time_s >= from);
    let times: BTreeSet<i64> = closed().map(|row| row.time_s).collect();
    let long = closed().map(|row| row.duration_s).sum::<f64>() >= LONG_S;
    long || times.len() >= TIMES_MIN && closed().count() < STROBE_CONNECTIONS
}

/// Whether the reference looks at such a connection at all: between inside and outside, and with
/// one machine.
fn is_kept(row: &ConnRow<'_>) -> bool {
    let one_machine = |address: IpAddr| match address {
        IpAddr::V4(v4) => {
            !(v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_broadcast())
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unicast_link_local() || v6.is_multicast()),
    };
    row.source_internal != row.destination_internal
        && one_machine(row.source)
        && one_machine(row.destination)
}

/// Bound: rows of one pair; a strobe is one from 86,400 on, and the window may hold a 25th hour.
fn push_bounded<T>(rows: &mut Vec<T>, row: T) {
    if rows.len() < STROBE_CONNECTIONS * 2 {
        rows.push(row);
    }
}

/// A connection's id as a number; the same in every run.
fn id_of(uid: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(uid)
}
