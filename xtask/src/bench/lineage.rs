//! `lineage`: the engine of releases and departures over a simulated fleet, against reading the same
//! records; what five million hosts, applications and destinations cost; and a flood of random keys
//! against callers that must not be lost. `KHIEN_FLOOD` says how many millions of keys (100).

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use khien_ingest::file::read_stream;
use khien_ingest::{DeadLetter, Normalizer, Place, Sink};
use khien_lineage::network::Key;
use khien_lineage::network::state::{Bounds, Contact, Hint, Outcome, Table, Triple};
use khien_lineage::{Config, Engine, RuntimeRates};
use khien_model::{Event, Limits, Timestamp, Untrusted};
use khien_sim::FleetScenario;

use super::{Measured, cpu_seconds, peak_mib};

pub(super) const PARTS: [(&str, &str); 4] = [
    ("read", "read a fleet of 100 hosts, 30 days"),
    ("engine", "khien: the engine over its events"),
    ("keys", "5 M keys (matches: bytes each)"),
    ("flood", "flood (matches: of 200 kept)"),
];

pub(super) fn part(name: &str) -> Result<Measured> {
    match name {
        "read" => fleet(false),
        "engine" => fleet(true),
        "keys" => keys(),
        _ => flood(),
    }
}

/// Records of a fleet by the hour, and the engine that takes their events, if any.
struct Fleet {
    engine: Option<Engine>,
    normalizer: Normalizer,
    waiting: BTreeMap<String, (String, String)>,
    hour: i64,
    host: String,
    events: u64,
    bytes: u64,
}

impl Fleet {
    fn take(&mut self, record: &khien_sim::FleetRecord<'_>) {
        let hour = record.time.as_second().div_euclid(3600);
        if hour != self.hour {
            self.read();
            self.hour = hour;
        }
        let (_, text) = self.waiting.entry(record.path.to_owned()).or_insert_with(|| {
            let header: Vec<String> = record.header();
            (record.host.to_owned(), header.iter().map(|line| format!("{line}\n")).collect())
        });
        text.push_str(record.line);
        text.push('\n');
    }

    fn read(&mut self) {
        for (path, (host, text)) in std::mem::take(&mut self.waiting) {
            self.host = host;
            self.bytes += text.len() as u64;
            let mut normalizer = std::mem::take(&mut self.normalizer);
            let (name, mut bytes) = (Untrusted::from(path.as_str()), text.as_bytes());
            read_stream(&name, &mut bytes, &mut normalizer, &Limits::default(), self);
            self.normalizer = normalizer;
        }
    }
}

impl Sink for Fleet {
    fn event(&mut self, event: &Event, _: Place) {
        self.events += 1;
        if let Some(engine) = &mut self.engine {
            let received = event.time.unwrap_or(Timestamp::from_nanos(0));
            engine.observe(event, "", &self.host, received);
        }
    }

    fn dead(&mut self, _: DeadLetter) {}
}

/// Plays the fleet once; gives CPU seconds, making the records included.
fn play(engine: Option<Engine>) -> Result<(f64, Fleet)> {
    let mut fleet = Fleet {
        engine,
        normalizer: Normalizer::default(),
        waiting: BTreeMap::new(),
        hour: i64::MIN,
        host: String::new(),
        events: 0,
        bytes: 0,
    };
    let before = cpu_seconds()?;
    FleetScenario::new(11, 100, 30).records(|record| fleet.take(record));
    fleet.read();
    Ok((cpu_seconds()? - before, fleet))
}

/// The engine's part is what it adds to reading the same records, in the same process.
fn fleet(with_engine: bool) -> Result<Measured> {
    let (read_s, fleet) = play(None)?;
    let mut measured = Measured {
        cpu_s: read_s,
        load_cpu_s: 0.0,
        peak_mib: peak_mib()?,
        items: fleet.events,
        matches: 0,
        bytes: fleet.bytes,
    };
    if with_engine {
        let config = Config { lateness_s: 2 * 3600, ..Config::default() };
        let (both_s, fleet) = play(Some(Engine::new(config, RuntimeRates::built_in()?)))?;
        let engine = fleet.engine.context("the engine")?;
        ensure!(engine.acts() > 0, "no event of the fleet was an act");
        measured.matches = engine.findings().len() as u64;
        (measured.cpu_s, measured.load_cpu_s) = (both_s - read_s, read_s);
        measured.peak_mib = peak_mib()?;
    }
    Ok(measured)
}

fn contact(host: u64, application: u64, destination: u64, second: u64) -> Result<Contact> {
    let nanos = second.checked_mul(1_000_000_000).context("a time")?;
    Ok(Contact {
        who: Triple {
            host: Key(host),
            application: Key(application),
            destination: Key(destination),
        },
        time: Timestamp::from_nanos(i64::try_from(nanos)?),
        sent: 700,
        received: 4000,
        outcome: Outcome::Answered,
    })
}

const KEYS: u64 = 5_000_000;
/// Contacts of each key: the mean that was measured on real traffic.
const CONTACTS: u64 = 7;

fn keys() -> Result<Measured> {
    let mut table = Table::new(Bounds { keys: 5_000_000, ..Bounds::default() });
    let before = cpu_seconds()?;
    for round in 0..CONTACTS {
        for key in 0..KEYS {
            let hint = if key % 100 == 0 { Hint::Rare } else { Hint::Common };
            let second = round * 40_000 + key.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 39_000;
            table.observe(&contact(key % 500, key % 97, key, second)?, hint);
        }
    }
    let cpu_s = cpu_seconds()? - before;
    let counts = table.counts();
    ensure!(counts.evicted == 0 && counts.not_kept == 0, "a key was lost: {counts:?}");
    let bytes = table.bytes() as u64;
    Ok(Measured {
        cpu_s,
        load_cpu_s: 0.0,
        peak_mib: peak_mib()?,
        items: KEYS * CONTACTS,
        matches: bytes / KEYS,
        bytes,
    })
}

/// The flood begins once the regular callers have been noticed; all of them must still be there.
fn flood() -> Result<Measured> {
    let millions: u64 = match std::env::var("KHIEN_FLOOD") {
        Ok(text) => text.parse().context("KHIEN_FLOOD is a number of millions")?,
        Err(_) => 100,
    };
    let (callers, rounds, quiet) = (200, 30, 9);
    let mut table = Table::new(Bounds::default());
    let before = cpu_seconds()?;
    for round in 0..rounds {
        for caller in 0..callers {
            let hint = if caller % 2 == 0 { Hint::Rare } else { Hint::Common };
            table.observe(&contact(caller, 1, caller, round * 900)?, hint);
        }
        let keys = if round < quiet { 0 } else { millions * 1_000_000 / (rounds - quiet) };
        for key in 0..keys {
            let random = (round << 40 | key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            table.observe(&contact(1_000_000 + key % 50, 1, random, round * 900 + 1)?, Hint::Rare);
        }
    }
    let cpu_s = cpu_seconds()? - before;
    let now = Timestamp::from_nanos(i64::try_from(rounds * 900)? * 1_000_000_000);
    let mut kept = 0;
    for caller in 0..callers {
        let who = contact(caller, 1, caller, 0)?.who;
        let is_whole = table.get(who).is_some_and(|state| u64::from(state.contacts().0) == rounds);
        kept += u64::from(is_whole && table.evidence(who, now).is_some_and(|e| e.nats > 20.0));
    }
    Ok(Measured {
        cpu_s,
        load_cpu_s: 0.0,
        peak_mib: peak_mib()?,
        items: millions * 1_000_000,
        matches: kept,
        bytes: table.bytes() as u64,
    })
}
