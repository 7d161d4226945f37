//! Budgets, promotion, floods, and that what is kept suffices.

use proptest::prelude::*;

use super::*;
use crate::network::beacon;

const DAY: i64 = 86_400;

fn who(host: u64, destination: u64) -> Triple {
    Triple { host: Key(host), application: Key(7), destination: Key(destination) }
}

fn contact(who: Triple, at_s: i64, sent: u64) -> Contact {
    let time = Timestamp::from_nanos(at_s * 1_000_000_000);
    Contact { who, time, sent, received: 90, outcome: Outcome::Answered }
}

fn table(keys: usize) -> Table {
    Table::new(Bounds { keys, candidates: 64, rare_per_host: 8, seed: 0xC0FFEE })
}

#[test]
fn a_key_stays_within_its_budget() {
    assert!(size_of::<HotState>() <= 176, "{}", size_of::<HotState>());
}

#[test]
fn alike_gaps_make_a_candidate_and_scattered_ones_do_not() {
    let mut table = table(1000);
    let clicks = [1, 4, 2, 900, 3, 1, 1, 40, 2, 7000, 5, 1, 2, 300, 1];
    let mut clicked = 0;
    for (tick, gap) in (0..40).zip(clicks.into_iter().cycle()) {
        clicked += gap;
        table.observe(&contact(who(1, 1), tick * 600 + tick % 7 * 20, 700), Hint::Common);
        table.observe(&contact(who(1, 2), clicked, 700), Hint::Common);
    }
    assert!(table.get(who(1, 1)).unwrap().is_candidate());
    assert!(!table.get(who(1, 2)).unwrap().is_candidate());
    let found = table.evidence(who(1, 1), Timestamp::from_nanos(DAY * 1_000_000_000)).unwrap();
    assert!(found.nats > 20.0, "{found:?}");
    assert_eq!(table.evidence(who(1, 2), Timestamp::from_nanos(0)), None);
}

#[test]
fn a_rare_key_keeps_exact_times_from_its_first_contact() {
    let mut table = table(1000);
    let times: Vec<i64> = (1..30).map(|n| n * n * 977 % 80_000).collect();
    let mut sorted = times.clone();
    sorted.sort_unstable();
    for time in &sorted {
        table.observe(&contact(who(1, 1), *time, 700), Hint::Rare);
    }
    assert_eq!(table.ring(who(1, 1)).unwrap().times_s(), sorted);
    let now = Timestamp::from_nanos(DAY * 1_000_000_000);
    let sizes = table.get(who(1, 1)).unwrap().sizes();
    assert_eq!(table.evidence(who(1, 1), now).unwrap(), beacon::evidence(&sorted, DAY, sizes));
    table.expire(now, 90_000);
    assert_eq!(table.counts().candidates, 1);
    table.expire(Timestamp::from_nanos(20 * DAY * 1_000_000_000), 90_000);
    assert_eq!((table.ring(who(1, 1)), table.counts().candidates), (None, 0));
}

#[test]
fn a_host_that_scans_does_not_make_everything_a_candidate() {
    let mut table = table(1000);
    for destination in 0..100 {
        table.observe(&contact(who(1, destination), 10, 0), Hint::Rare);
    }
    table.observe(&contact(who(2, 5), 10, 0), Hint::Rare);
    assert_eq!((table.counts().candidates, table.counts().not_promoted), (9, 92));
    assert!(table.get(who(2, 5)).unwrap().is_candidate());
}

#[test]
fn a_flood_costs_no_candidate() {
    let mut table = table(4000);
    let mut at = 0;
    // Fifty candidates that call every ten minutes, of which half are rare and half only regular.
    for round in 0..30_i64 {
        at = round * 600;
        for host in 0..50_u64 {
            let hint = if host < 25 { Hint::Rare } else { Hint::Common };
            table.observe(&contact(who(host, 1_000_000 + host), at, 700), hint);
        }
        // Ten thousand random keys between two calls of the first rounds, with one from then on.
        let flood = if round < 8 { 10 } else { 10_000 };
        for n in 0..flood {
            let scanned = 2_000_000 + u64::try_from(round).unwrap() * 10_000 + n;
            table.observe(&contact(who(99, scanned), at + 1, 0), Hint::Rare);
        }
    }
    let counts = table.counts();
    assert_eq!(counts.keys, 4000);
    assert!(counts.evicted > 200_000, "{counts:?}");
    let now = Timestamp::from_nanos((at + 600) * 1_000_000_000);
    for host in 0..50 {
        let key = who(host, 1_000_000 + host);
        assert_eq!(table.get(key).unwrap().contacts(), (30, 0), "host {host}");
        assert!(table.evidence(key, now).unwrap().nats > 20.0);
    }
}

#[test]
fn the_hours_and_gaps_that_are_told_are_those_of_the_last_day() {
    let mut table = table(1000);
    for at in [0, 3600, 3601, 30 * 3600, 49 * 3600, 49 * 3600 + 4] {
        table.observe(&contact(who(1, 1), at, 0), Hint::Common);
    }
    let state = table.get(who(1, 1)).unwrap();
    let mut expected = [0; 24];
    (expected[23], expected[4]) = (2, 1);
    assert_eq!(state.hours(), expected);
    assert_eq!((state.gaps()[0], state.gaps()[2], state.gaps()[11]), (1, 1, 1));
    assert_eq!(state.first_and_last_s(), (0, 49 * 3600 + 4));
}

#[test]
fn the_sketch_of_sizes_finds_the_commonest() {
    let mut table = table(1000);
    for n in 0..200 {
        let sent = if n % 4 == 0 { 5000 + n * 100 } else { 704 };
        table.observe(&contact(who(1, 1), i64::try_from(n).unwrap() * 10, sent), Hint::Common);
    }
    let sizes = table.get(who(1, 1)).unwrap().sizes();
    assert_eq!((sizes.modal_bytes, sizes.contacts), (704, 200));
    assert!((0.5..=0.75).contains(&sizes.modal_share), "{sizes:?}");
    assert!(sizes.nats > 0.0 && sizes.nats < beacon::SIZES_NATS_MAX);
}

#[test]
fn failed_contacts_are_a_series_of_their_own() {
    let mut table = table(1000);
    for tick in 0..40 {
        let down = Contact { outcome: Outcome::Failed, ..contact(who(1, 1), tick * 600, 0) };
        table.observe(&down, Hint::Rare);
    }
    assert_eq!(table.get(who(1, 1)).unwrap().contacts(), (0, 40));
    assert!(table.ring(who(1, 1)).unwrap().is_empty());
}

proptest! {
    #[test]
    fn a_ring_gives_back_the_newest_times(
        mut times in prop::collection::vec(any::<u32>(), 0..700),
    ) {
        times.sort_unstable();
        let mut ring = Ring::default();
        for time in &times {
            ring.push(*time);
        }
        let newest = &times[times.len().saturating_sub(beacon::CONTACTS_MAX)..];
        let kept: Vec<i64> = newest.iter().map(|time| i64::from(*time)).collect();
        prop_assert_eq!(ring.times_s(), kept);
        prop_assert_eq!(ring.len(), newest.len());
        prop_assert!(ring.bytes() <= beacon::CONTACTS_MAX * 5);
    }

    #[test]
    fn keys_are_found_again_whatever_was_evicted(
        contacts in prop::collection::vec((0_u64..4, 0_u64..60, any::<i32>(), any::<u64>()), 0..400),
    ) {
        let mut table = table(40);
        for (host, destination, at, sent) in &contacts {
            let key = who(*host, *destination);
            let seen = table.observe(&contact(key, i64::from(*at), *sent), Hint::Common);
            prop_assert_eq!(table.get(key).is_some(), seen != Observed::NotKept);
        }
        let held = (0..4).flat_map(|host| (0..60).map(move |d| who(host, d)))
            .filter(|key| table.get(*key).is_some())
            .count();
        prop_assert_eq!(held, table.counts().keys);
        prop_assert!(held <= 40);
    }
}
