//! Tunnels fast and slow, busy domains that are none, and sketches that merge.

use khien_model::Timestamp;
use proptest::prelude::*;

use super::*;

fn query(second: i64, name: &str) -> Query<'_> {
    Query {
        asker: Key(1),
        time: Timestamp::from_nanos(second * 1_000_000_000),
        name,
        kind: Kind::Address,
        is_missing: false,
        answer_bytes: 4,
    }
}

/// A label of base32 characters that no other number has.
fn label(number: u64, length: usize) -> String {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(state >> 59) as usize])
    };
    (0..length).map(letter).collect()
}

fn reasons(found: &[Tunnel], window: i64) -> Vec<Reason> {
    let of = |tunnel: &&Tunnel| tunnel.window_s.1 == window;
    found.iter().filter(of).flat_map(|tunnel| tunnel.reasons.clone()).collect()
}

#[test]
fn an_interactive_tunnel_is_found_within_a_minute() {
    let mut tunnels = Tunnels::new(Bounds::default());
    let mut found = Vec::new();
    for n in 0..120 {
        let name = format!("{}.{}.t.example.com", label(n * 2, 60), label(n * 2 + 1, 60));
        let asked = Query { kind: Kind::Opaque, ..query(i64::try_from(n).unwrap() / 4, &name) };
        found.extend(tunnels.observe(&asked));
    }
    let first = found.iter().find(|f| f.reasons.contains(&Reason::Information)).unwrap();
    assert_eq!((first.domain.as_raw(), first.window_s), ("example.com", (0, 60)));
    assert!(first.queries < 40, "{first:?}");
    assert!(found.iter().any(|tunnel| tunnel.reasons.contains(&Reason::Kinds)));
    for tunnel in &found {
        assert_eq!(tunnel.reasons_of(), tunnel.reasons);
    }
}

#[test]
fn a_byte_a_second_is_found_within_a_day() {
    let mut tunnels = Tunnels::new(Bounds::default());
    let mut found = Vec::new();
    // 20 bytes (32 characters) every 20 seconds.
    for n in 0..4320_u64 {
        let name = format!("{}.example.com", label(n, 32));
        found.extend(tunnels.observe(&query(i64::try_from(n).unwrap() * 20, &name)));
    }
    let told = found.iter().find(|tunnel| tunnel.reasons.contains(&Reason::Information)).unwrap();
    assert_eq!(told.window_s.1, 86_400);
    assert!(told.queries < 3200, "{told:?}");
    assert!((0.5..0.9).contains(&told.bytes_per_second()));
}

#[test]
fn a_busy_domain_with_few_names_is_none() {
    let mut tunnels = Tunnels::new(Bounds::default());
    for n in 0..5000_i64 {
        let name = format!("{}.cdn.example.com", label(u64::try_from(n).unwrap() % 60, 60));
        assert_eq!(tunnels.observe(&query(n * 5, &name)), [], "{n}");
    }
}

#[test]
fn a_hundred_names_are_the_reference_rule_and_no_more() {
    let mut tunnels = Tunnels::new(Bounds::default());
    let mut found = Vec::new();
    for n in 0..100_i64 {
        let name = format!("host{n}.example.com");
        found.push(tunnels.observe(&query(n * 30, &name)).len());
        if n == 98 {
            assert_eq!(found.iter().sum::<usize>(), 0);
        }
    }
    let last = tunnels.observe(&query(3000, "host100.example.com"));
    assert_eq!((found.last(), last.len()), (Some(&2), 0));
    let again = Tunnels::new(Bounds::default()).observe(&query(0, "a.example.com"));
    assert_eq!(reasons(&again, 3600), []);
}

#[test]
fn reverse_zones_and_local_names_say_nothing() {
    for name in ["1.2.0.192.in-addr.arpa", "printer.local", "wpad", "example.com", "", "."] {
        assert_eq!(split(name), None, "{name}");
    }
    let (domain, below) = split("A.b.Example.co.uk.").unwrap();
    assert_eq!((domain.as_str(), below.as_str()), ("example.co.uk", "a.b"));
}

#[test]
fn a_flood_of_domains_is_bounded() {
    let mut tunnels = Tunnels::new(Bounds { pairs: 100 });
    for n in 0..10_000 {
        tunnels.observe(&query(0, &format!("a.x{n}.example")));
    }
    assert_eq!(tunnels.forgotten(), 0);
    let mut twice = Tunnels::new(Bounds { pairs: 100 });
    for n in 0..200 {
        twice.observe(&query(0, &format!("a.x{n}.example")));
        twice.observe(&query(0, &format!("b.x{n}.example")));
    }
    assert!(twice.forgotten() > 0);
}

#[test]
fn the_estimates_are_close() {
    let mut names = Names::default();
    for n in 0..5000_u64 {
        names.add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15), 10 + u32::try_from(n % 40).unwrap());
    }
    assert!((names.count() / 5000.0 - 1.0).abs() < 0.25, "{}", names.count());
    let bytes = 5000.0 * 29.5;
    assert!((names.bytes() / bytes - 1.0).abs() < 0.25, "{}", names.bytes());
}

proptest! {
    #[test]
    fn order_repetition_and_merging_change_nothing(
        mut hashes in prop::collection::vec((any::<u64>(), 1_u32..100), 0..300),
        split_at in 0_usize..300,
    ) {
        // One hash is one name, and a name has one length.
        for (hash, bytes) in &mut hashes {
            *bytes = u32::try_from(*hash % 90).unwrap() + 1;
        }
        let add = |part: &[(u64, u32)]| {
            let mut names = Names::default();
            for (hash, bytes) in part.iter().chain(part) {
                names.add(*hash, *bytes);
            }
            names
        };
        let whole = add(&hashes);
        let (left, right) = hashes.split_at(split_at.min(hashes.len()));
        let (mut merged, other) = (add(left), add(right));
        merged.merge(&other);
        prop_assert_eq!(&merged, &whole);
        hashes.reverse();
        prop_assert_eq!(add(&hashes), whole);
    }

    #[test]
    fn any_name_is_watched_without_panic(name in ".{0,80}", second in any::<i64>()) {
        let mut tunnels = Tunnels::new(Bounds::default());
        let asked = Query { time: Timestamp::from_nanos(second), ..query(0, &name) };
        tunnels.observe(&asked);
        tunnels.observe(&asked);
    }
}
