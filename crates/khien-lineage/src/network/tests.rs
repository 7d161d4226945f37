//! Live, shuffled and replayed give the same: engines behind a window of lateness.

use khien_model::Timestamp;
use proptest::prelude::*;

use super::Key;
use super::edges::{self, Edge, Edges};
use super::hosting::{self, DeadDrops, Entity, Visit};
use super::long::{Presences, Session};
use super::order::Ordered;
use super::state::{self, Contact, Hint, Outcome, Table, Triple};
use super::volume::{Settings, Transfer, Uploads, Way};
use super::{beacon, dns};

/// What happened at one time: host, destination, bytes.
type Thing = (u64, u64, u64);

/// Seconds that things may come late.
const LATENESS_S: i64 = 300;

/// Every engine, and all that it found, in words.
struct Engines {
    ordered: Ordered<Thing>,
    drops: DeadDrops,
    edges: Edges,
    presences: Presences,
    table: Table,
    tunnels: dns::Tunnels,
    uploads: Uploads,
    found: Vec<String>,
}

impl Engines {
    fn new() -> Self {
        let settings = Settings {
            floor_bytes: 10,
            first_day_bytes: 1000,
            learning_s: 0,
            ..Settings::default()
        };
        Self {
            ordered: Ordered::new(LATENESS_S, 10_000),
            drops: DeadDrops::new(hosting::Bounds::default()),
            edges: Edges::new(edges::Settings { learning_s: 0, ..edges::Settings::default() }),
            presences: Presences::new(100),
            table: Table::new(state::Bounds { keys: 100, ..state::Bounds::default() }),
            tunnels: dns::Tunnels::new(dns::Bounds::default()),
            uploads: Uploads::new(settings),
            found: Vec::new(),
        }
    }

    fn take(&mut self, ready: Vec<(Timestamp, Thing)>) {
        for (time, (host, destination, bytes)) in ready {
            let (host, to) = (Key(host), Key(destination));
            let who = Triple { host, application: Key(1), destination: to };
            let contact =
                Contact { who, time, sent: bytes, received: 1, outcome: Outcome::Answered };
            let hint = if destination == 0 { Hint::Rare } else { Hint::Common };
            let observed = self.table.observe(&contact, hint);
            let name = format!("n{bytes}.d{destination}.workers.dev");
            let entity = Entity::of(&name, None);
            let visit = Visit { host, application: Key(1), time, entity: &entity };
            let edge =
                Edge { source: host, destination: to, service: Key(bytes % 3), account: Key(0) };
            let way = Way { from: host, to };
            let transfer = Transfer { way, time, sent: bytes, received: 1 };
            let second = time.as_nanos() / 1_000_000_000;
            let session = Session { who, start_s: second, end_s: second + 60 };
            let query = dns::Query {
                asker: host,
                time,
                name: &name,
                kind: dns::Kind::Text,
                is_missing: false,
                answer_bytes: 0,
            };
            self.found.push(format!(
                "{time} {observed:?} {:?} {:?} {:?} {:?} {:?}",
                self.drops.observe(&visit),
                self.edges.observe(edge, time),
                self.uploads.observe(&transfer),
                self.presences.observe(&session),
                self.tunnels.observe(&query),
            ));
        }
    }

    fn all(things: &[(i64, Thing)]) -> Vec<String> {
        let mut engines = Self::new();
        for (second, thing) in things {
            let time = Timestamp::from_nanos(second * 1_000_000_000);
            let ready = engines.ordered.push(time, *thing);
            engines.take(ready);
        }
        let rest = engines.ordered.finish();
        engines.take(rest);
        let now = Timestamp::from_nanos(100_000_000_000_000);
        for host in 0..3 {
            let who = Triple { host: Key(host), application: Key(1), destination: Key(0) };
            let evidence = engines.table.evidence(who, now);
            engines.found.push(format!("{:?}", evidence.as_ref().map(beacon::Evidence::sentence)));
        }
        engines.found
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn live_shuffled_and_replayed_find_the_same(
        gaps in prop::collection::vec((0_i64..200, 0_u64..3, 0_u64..5, 0_u64..900), 1..80),
        delays in prop::collection::vec(0_i64..LATENESS_S, 80),
    ) {
        let mut at = 0;
        let mut live: Vec<(i64, Thing)> = Vec::new();
        for (gap, host, destination, bytes) in &gaps {
            at += gap;
            live.push((at, (*host, *destination, *bytes)));
        }
        // Each arrives by up to the lateness later than it happened.
        let mut late: Vec<(i64, (i64, Thing))> =
            live.iter().zip(&delays).map(|(thing, delay)| (thing.0 + delay, *thing)).collect();
        late.sort_by_key(|(arrival, _)| *arrival);
        let shuffled: Vec<(i64, Thing)> = late.into_iter().map(|(_, thing)| thing).collect();
        let mut replayed = live.clone();
        replayed.sort_unstable();
        let expected = Engines::all(&live);
        prop_assert_eq!(&Engines::all(&shuffled), &expected);
        prop_assert_eq!(&Engines::all(&replayed), &expected);
    }
}
