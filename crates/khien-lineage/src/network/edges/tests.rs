//! New edges, what is new about them, and fan-out.

use proptest::prelude::*;

use super::*;

fn edge(source: u64, destination: u64, service: u64, account: u64) -> Edge {
    let [source, destination, service, account] = [source, destination, service, account].map(Key);
    Edge { source, destination, service, account }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_nanos(second * 1_000_000_000)
}

/// A month in which host 1 used service 445 at hosts 2 and 3 as account 5.
fn lived() -> Edges {
    let mut edges = Edges::new(Settings::default());
    for day in 0..30 {
        for destination in [2, 3] {
            assert!(edges.observe(edge(1, destination, 445, 5), at(day * DAY_S)).is_empty());
        }
        edges.observe(edge(8, 4, 445, 6), at(day * DAY_S));
    }
    edges
}

#[test]
fn a_new_edge_says_what_is_new_about_it() {
    let mut edges = lived();
    let found = edges.observe(edge(1, 4, 445, 5), at(30 * DAY_S));
    let [Found::First { parts, source_age_s, .. }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((parts.pair, parts.service), (Seen::Never, Seen::Before));
    assert_eq!((parts.account, parts.offered), (Seen::Before, Seen::Before));
    assert_eq!(*source_age_s, 30 * DAY_S);
    let found = edges.observe(edge(1, 2, 5985, 7), at(30 * DAY_S));
    let [Found::First { parts, .. }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((parts.pair, parts.service), (Seen::Before, Seen::Never));
    assert_eq!((parts.account, parts.offered), (Seen::Never, Seen::Never));
}

#[test]
fn a_known_edge_and_a_new_source_are_not_told() {
    let mut edges = lived();
    assert!(edges.observe(edge(1, 2, 445, 5), at(30 * DAY_S)).is_empty());
    assert!(edges.observe(edge(50, 2, 445, 5), at(30 * DAY_S)).is_empty());
}

#[test]
fn many_hosts_in_an_hour_are_a_fan_out_told_once() {
    let mut edges = lived();
    let mut fans = Vec::new();
    for n in 0..20 {
        let second = 30 * DAY_S + i64::try_from(n).unwrap() * 60;
        fans.extend(edges.observe(edge(1, 100 + n, 445, 5), at(second)).into_iter().filter_map(
            |found| match found {
                Found::FanOut(fan) => Some(fan),
                Found::First { .. } => None,
            },
        ));
    }
    let [fan] = fans.as_slice() else { panic!("{fans:?}") };
    assert_eq!((fan.destinations, fan.usual, fan.limit()), (8, 2, 8));
}

#[test]
fn the_same_hosts_over_a_day_are_none() {
    let mut edges = lived();
    for n in 0..20 {
        let second = 30 * DAY_S + i64::try_from(n).unwrap() * 4000;
        let found = edges.observe(edge(1, 100 + n, 445, 5), at(second));
        assert!(!found.iter().any(|found| matches!(found, Found::FanOut(_))));
    }
}

#[test]
fn edges_are_bounded_and_never_called_new_where_they_do_not_fit() {
    let mut edges = Edges::new(Settings { learning_s: 0, edges: 3 });
    for destination in 0..5 {
        let found = edges.observe(edge(1, destination, 1, 1), at(0));
        assert_eq!(found.len(), usize::from(destination < 3));
    }
    assert_eq!(edges.forgotten(), 2);
    assert_eq!(edges.observe(edge(1, 9, 1, 1), at(100 * DAY_S)).len(), 1);
}

proptest! {
    #[test]
    fn any_edges_are_told_first_once(
        seen in prop::collection::vec((0_u64..3, 0_u64..6, 0_u64..3, any::<i32>()), 0..100),
    ) {
        let mut edges = Edges::new(Settings { learning_s: 0, edges: 1000 });
        let mut first = BTreeSet::new();
        for (source, destination, service, second) in seen {
            let edge = edge(source, destination, service, 1);
            let found = edges.observe(edge, at(i64::from(second)));
            let told = found.iter().any(|found| matches!(found, Found::First { .. }));
            prop_assert!(first.insert(edge) || !told, "told again");
        }
    }
}
