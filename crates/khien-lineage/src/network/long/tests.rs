//! Presences that are unusual, those that are usual, and unions.

use proptest::prelude::*;

use super::*;

fn session(host: u64, application: u64, start_s: i64, end_s: i64) -> Session {
    let who = Triple { host: Key(host), application: Key(application), destination: Key(7) };
    Session { who, start_s, end_s }
}

/// Five days of ten hosts: application 1 is always connected, application 2 for seconds.
fn lived() -> Presences {
    let mut presences = Presences::new(1000);
    for day in 0..5 {
        for host in 0..10 {
            let start = day * DAY_S;
            presences.observe(&session(host, 1, start, start + 80_000));
            presences.observe(&session(host, 2, start + 80_000, start + 80_030));
        }
    }
    presences.observe(&session(99, 9, 5 * DAY_S, 5 * DAY_S + 1));
    presences
}

#[test]
fn a_connection_that_is_long_for_its_application_is_told_once() {
    let mut presences = lived();
    let start = 5 * DAY_S + 100;
    assert_eq!(presences.observe(&session(1, 2, start, start + 3599)), None);
    let told = presences.observe(&session(1, 2, start, start + 3600)).unwrap();
    assert_eq!((told.covered_s, told.history, told.compared), (3600, (50, 0), Compared::Own));
    assert!(told.rarity() < 0.02 && (told.worth - 0.2).abs() < 1e-9);
    assert_eq!(presences.observe(&session(1, 2, start, start + 9000)), None);
}

#[test]
fn what_is_always_long_is_not_told() {
    let mut presences = lived();
    let start = 5 * DAY_S;
    assert_eq!(presences.observe(&session(1, 1, start, start + 80_000)), None);
}

#[test]
fn an_application_without_history_is_compared_with_all() {
    let mut presences = lived();
    let start = 5 * DAY_S;
    // Half of all presences are as long.
    assert_eq!(presences.observe(&session(1, 3, start, start + 80_000)), None);
    let mut short = Presences::new(1000);
    for host in 0..30 {
        short.observe(&session(host, 2, 0, 30));
    }
    let told = short.observe(&session(1, 3, DAY_S, DAY_S + 80_000)).unwrap();
    assert_eq!((told.compared, told.history), (Compared::All, (30, 0)));
    assert_eq!(Presences::new(10).observe(&session(1, 3, 0, 80_000)), None);
}

#[test]
fn connections_that_overlap_count_once() {
    let mut presences = lived();
    let start = 5 * DAY_S;
    for _ in 0..10 {
        assert_eq!(presences.observe(&session(1, 2, start, start + 1800)), None);
    }
    assert_eq!(presences.observe(&session(1, 2, start + 900, start + 2700)), None);
    assert!(presences.observe(&session(1, 2, start + 5000, start + 5900)).is_some());
}

#[test]
fn a_connection_over_midnight_counts_for_each_day_apart() {
    let mut presences = lived();
    let midnight = 6 * DAY_S;
    assert_eq!(presences.observe(&session(1, 2, midnight - 9000, midnight + 60)), None);
    let told = presences.observe(&session(1, 2, midnight - 9000, midnight + 3600)).unwrap();
    assert_eq!((told.day_s, told.covered_s), (midnight, 3600));
}

#[test]
fn triples_are_bounded() {
    let mut presences = Presences::new(5);
    for host in 0..9 {
        presences.observe(&session(host, 1, 0, 10));
    }
    assert_eq!(presences.forgotten(), 4);
}

proptest! {
    #[test]
    fn a_union_is_the_seconds_in_any_span(
        mut spans in prop::collection::vec((0_i64..400, 0_i64..60), 0..50),
        at in 0_usize..50,
    ) {
        let of = |spans: &[(i64, i64)]| {
            let mut union = Union::default();
            for (start, length) in spans {
                union.add(*start, start + length);
            }
            union
        };
        let union = of(&spans);
        let inside = |s: &i64| spans.iter().any(|(start, length)| (*start..start + length).contains(s));
        prop_assert_eq!(union.covered_s(), i64::try_from((0..500).filter(inside).count()).unwrap());
        let (left, right) = spans.split_at(at.min(spans.len()));
        let mut merged = of(right);
        merged.merge(&of(left));
        prop_assert_eq!(&merged, &union);
        spans.reverse();
        prop_assert_eq!(of(&spans), union);
    }

    #[test]
    fn any_sessions_are_watched_without_panic(
        sessions in prop::collection::vec((any::<i64>(), any::<i64>()), 0..400),
    ) {
        let mut presences = Presences::new(100);
        let mut union = Union::default();
        for (start, end) in sessions {
            presences.observe(&session(1, 1, start, end));
            union.add(start, end);
        }
        prop_assert!(union.spans().count() <= 256 && union.covered_s() >= 0);
    }
}
