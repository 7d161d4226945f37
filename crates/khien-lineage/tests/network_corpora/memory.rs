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
