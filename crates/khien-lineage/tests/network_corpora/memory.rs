//! What five million keys cost. A small number of keys is measured by default; `KHIEN_KEYS=5000000`
//! measures the goal.

use std::path::Path;

use khien_lineage::network::Key;
use khien_lineage::network::state::{Bounds, Contact, Hint, Outcome, Table, Triple};
use khien_model::Timestamp;
use khien_model::limits::read_small_file;

/// The goal: 1.2 GB for five million keys.
const BYTES_A_KEY_MAX: usize = 240;

/// Contacts of each key: the mean that was measured on real traffic.
const CONTACTS: u64 = 7;

#[test]
fn a_key_with_its_part_of_everything_stays_below_240_bytes() {
    let asked = std::env::var("KHIEN_KEYS").ok().and_then(|text| text.parse().ok());
    let keys: u64 = asked.unwrap_or(100_000);
    let before = resident_bytes();
    let mut table = Table::new(Bounds { keys: 5_000_000, ..Bounds::default() });
    for round in 0..CONTACTS {
        for key in 0..keys {
            let mixed = (key * CONTACTS + round).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let scattered = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
            let at = i64::try_from(round * 40_000 + scattered % 39_000).unwrap();
            let contact = Contact {
                who: Triple {
                    host: Key(key % 500),
                    application: Key(key % 97),
                    destination: Key(key),
                },
                time: Timestamp::from_nanos(at * 1_000_000_000),
                sent: 700,
                received: 4000,
                outcome: Outcome::Answered,
            };
            let hint = if key % 100 == 0 { Hint::Rare } else { Hint::Common };
            table.observe(&contact, hint);
        }
    }
    let counts = table.counts();
    let each = table.bytes() / usize::try_from(keys).unwrap();
    let resident = resident_bytes().zip(before).map(|(now, before)| now.saturating_sub(before));
    println!(
        "{keys} keys, {} candidates: {} bytes ({each} a key); resident {resident:?} bytes",
        counts.candidates,
        table.bytes()
    );
    assert_eq!((counts.evicted, counts.not_kept), (0, 0));
    assert!(each <= BYTES_A_KEY_MAX, "{each} bytes a key");
}

/// What the process takes, where the system tells.
fn resident_bytes() -> Option<usize> {
    let status = read_small_file(Path::new("/proc/self/status"), 1 << 16).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024)
}

/// A flood of random keys against regular callers; `KHIEN_FLOOD` asks for more than 300,000.
#[test]
fn a_flood_of_random_keys_costs_no_candidate_and_no_memory() {
    let asked = std::env::var("KHIEN_FLOOD").ok().and_then(|text| text.parse().ok());
    let flood: u64 = asked.unwrap_or(300_000);
    let (callers, rounds) = (200, 30);
    let bounds = Bounds { keys: 50_000, candidates: 5000, ..Bounds::default() };
    let mut table = Table::new(bounds);
    let contact = |host, destination, at: u64| Contact {
        who: Triple { host: Key(host), application: Key(1), destination: Key(destination) },
        time: Timestamp::from_nanos(i64::try_from(at).unwrap() * 1_000_000_000),
        sent: 700,
        received: 90,
        outcome: Outcome::Answered,
    };
    for round in 0..rounds {
        for caller in 0..callers {
            let hint = if caller % 2 == 0 { Hint::Rare } else { Hint::Common };
            table.observe(&contact(caller, caller, round * 900), hint);
        }
        // The flood begins once the regular callers have been noticed.
        let keys = if round < 9 { 0 } else { flood / (rounds - 9) };
        for key in 0..keys {
            let random = (round << 40 | key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            table.observe(&contact(1_000_000 + key % 50, random, round * 900 + 1), Hint::Rare);
        }
    }
    let now = Timestamp::from_nanos(i64::try_from(rounds * 900).unwrap() * 1_000_000_000);
    let kept = (0..callers)
        .filter(|caller| {
            let who = contact(*caller, *caller, 0).who;
            table.get(who).is_some_and(|state| u64::from(state.contacts().0) == rounds)
                && table.evidence(who, now).is_some_and(|found| found.nats > 20.0)
        })
        .count();
    println!("{flood} random keys: {kept} of {callers} callers kept, {:?}", table.counts());
    assert_eq!(kept as u64, callers);
    assert!(table.bytes() < 50_000 * 176 * 3 / 2, "{}", table.bytes());
}
