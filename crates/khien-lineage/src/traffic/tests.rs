use proptest::prelude::*;

use super::*;
use crate::RuntimeRates;

const HOUR: i64 = crate::fleet::HOUR;

fn key(kind: TraitKind) -> Key {
    Key { lineage: 3, value: Word::NONE, kind }
}

fn exchange(host: u32, time: i64, sent: u64) -> Exchange {
    Exchange { host, time, sent, received: 0, is_again: false }
}

fn evidence(traffics: &Traffics, time: i64) -> Option<Traffic> {
    let shares = RuntimeRates::built_in().unwrap().traffic();
    let text = |_| Untrusted::from("x");
    traffics.evidence(key(TraitKind::ContactsDomain), time, 0.1, shares, text, |_| {
        Untrusted::from("pc")
    })
}

#[test]
fn what_is_not_watched_costs_nothing() {
    let mut traffics = Traffics::default();
    assert!(!traffics.exchange(key(TraitKind::ContactsDomain), exchange(0, 0, 1 << 40)));
    assert_eq!(evidence(&traffics, 1), None);
}

#[test]
fn bytes_of_the_first_day_count_and_later_ones_do_not() {
    let mut traffics = Traffics::default();
    let key = key(TraitKind::ContactsDomain);
    traffics.watch(key, 0);
    assert!(!traffics.exchange(key, exchange(0, 1, UPLOAD_BYTES - 1)));
    assert!(traffics.exchange(key, exchange(0, 23 * HOUR, 1)), "now it is enough");
    traffics.exchange(key, exchange(0, 25 * HOUR, 5));
    let traffic = evidence(&traffics, 25 * HOUR).unwrap();
    assert_eq!(traffic.first_day_bytes, UPLOAD_BYTES);
    assert!(traffic.bits()[3] > 0.0);
}

#[test]
fn what_is_no_longer_watched_is_forgotten() {
    let mut traffics = Traffics::default();
    let key = key(TraitKind::ContactsDomain);
    traffics.watch(key, 0);
    traffics.exchange(key, exchange(0, 0, 1));
    assert_eq!(traffics.hosts, 1);
    traffics.retain(HOUR, |_| false);
    assert_eq!((traffics.hosts, traffics.is_watched(&key)), (0, false));
}

proptest! {
    /// Bounded per destination, whatever comes.
    #[test]
    fn memory_is_bounded(seen in prop::collection::vec((0_u32..40, 0_i64..200), 0..400)) {
        let mut traffics = Traffics::default();
        let key = key(TraitKind::ContactsDomain);
        traffics.watch(key, 0);
        let mut time = 0;
        for (host, minutes) in seen {
            time += minutes * 60_000_000_000;
            traffics.exchange(key, exchange(host, time, 100));
        }
        let watched = &traffics.of[&key];
        prop_assert!(watched.hosts.len() <= HOSTS_MAX);
        prop_assert!(watched.hosts.iter().all(|on| on.sizes.len() <= SIZES_MAX && on.ring.len() <= 512));
        if let Some(traffic) = evidence(&traffics, time) {
            prop_assert!(traffic.bits().iter().all(|bits| bits.is_finite()));
        }
    }
}
