//! Killed at any moment: nothing that was acknowledged is lost, and nothing is stored twice.

use std::time::{Duration, Instant};

use khien_sim::Variant;

use super::support::{Store, assert_same, simulated, start};
use crate::program::khien;

/// A number generator of three lines, so that a seed says everything.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a failure is repeated by its seed")]
fn a_run_that_was_killed_and_started_again_equals_one_that_was_not() {
    let kills: u64 =
        std::env::var("KHIEN_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let seed: u64 =
        std::env::var("KHIEN_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    eprintln!("{kills} kills, seed {seed}");
    let office = simulated(Variant::Incident);
    let logs = office.logs();
    // Small batches, so that there is much to be interrupted.
    let arguments = [logs.as_str(), "--advisory", "3cx", "-j", "2", "--batch-rows", "400"];
    let clean = Store::new();
    #[expect(clippy::disallowed_methods, reason = "how long a run takes")]
    let started = Instant::now();
    clean.ingest(&arguments);
    let whole = u64::try_from(started.elapsed().as_millis()).unwrap();
    let expected = clean.open().everything();
    // What a killed run leaves is also compacted, and that is killed, too.
    let path = clean.path();
    #[expect(clippy::disallowed_methods, reason = "how long a run takes")]
    let started = Instant::now();
    assert!(khien(&["admin", "lake", "compact", "--full", "--lake", &path]).status.success());
    let compacting = u64::try_from(started.elapsed().as_millis()).unwrap();
    assert_same(&clean.open().everything(), &expected);
    let mut random = Seeded(seed);
    let mut store = Store::new();
    for kill in 0..kills {
        let path = store.path();
        let compacts = store.folder().join("khien-lake.json").exists() && random.below(3) == 0;
        let (mut child, long) = match compacts {
            true => (start(&["admin", "lake", "compact", "--full", "--lake", &path]), compacting),
            false => (start(&[&["ingest", "--lake", &path], &arguments[..]].concat()), whole),
        };
        std::thread::sleep(Duration::from_millis(random.below(long)));
        child.kill().unwrap();
        child.wait().unwrap();
        // Sometimes the next run may end; then all begins anew.
        if kill % 4 == 3 || kill + 1 == kills {
            store.ingest(&arguments);
            let lake = store.open();
            lake.check();
            assert_same(&lake.everything(), &expected);
            store = Store::new();
        }
    }
}
