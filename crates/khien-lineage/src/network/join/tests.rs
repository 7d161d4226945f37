//! Clocks that differ, jump and scatter; tuples that come again.

use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1_000_000_000;
const ENDPOINT: Source = Source { endpoint: Key(1), clock: Clock::Seen };

fn tuple(port: u16) -> Tuple {
    let one = ("10.0.0.5".parse().unwrap(), port);
    Tuple::new(one, ("192.0.2.7".parse().unwrap(), 443), Protocol::TCP)
}

fn flow(port: u16, at_s: i64) -> Flow {
    let start = Timestamp::from_nanos(at_s * SECOND);
    Flow { tuple: tuple(port), start, opening: Opening::Seen }
}

fn connect(port: u16, at_s: i64, process: u64) -> Connect {
    let time = Timestamp::from_nanos(at_s * SECOND);
    Connect { tuple: tuple(port), time, source: ENDPOINT, process: Key(process) }
}

fn estimated(flows: &[Flow], connects: &[Connect]) -> Result<Estimate, Refusal> {
    estimate(flows, connects).remove(&ENDPOINT).unwrap()
}

#[test]
fn a_tuple_is_the_same_in_either_direction() {
    let (a, b) = (("10.0.0.5".parse().unwrap(), 5), ("192.0.2.7".parse().unwrap(), 443));
    assert_eq!(Tuple::new(a, b, Protocol::TCP), Tuple::new(b, a, Protocol::TCP));
    assert_ne!(Tuple::new(a, b, Protocol::TCP), Tuple::new(a, b, Protocol::UDP));
    let mapped = ("::ffff:10.0.0.5".parse().unwrap(), 5);
    assert_eq!(Tuple::new(mapped, b, Protocol::TCP), Tuple::new(a, b, Protocol::TCP));
}

#[test]
fn six_days_of_offset_are_found_to_the_second() {
    let flows: Vec<Flow> = (0..40).map(|n| flow(1000 + n, i64::from(n) * 30)).collect();
    let connects: Vec<Connect> = (0..40)
        .map(|n| connect(1000 + n, i64::from(n) * 30 - 518_400 + i64::from(n % 2), 9))
        .collect();
    let found = estimated(&flows, &connects).unwrap();
    assert!((found.offset_ns() + 518_400 * SECOND).abs() <= 2 * SECOND);
    assert_eq!((found.steps.len(), found.matches, found.agreeing), (1, 40, 40));
    let joined = join(&flows, &connects, &estimate(&flows, &connects));
    assert_eq!(joined.attributions.len(), 40);
}

#[test]
fn a_clock_that_is_set_during_the_capture_has_two_steps() {
    let offset = |n: u16| if n < 20 { 100 } else { 3700 };
    let flows: Vec<Flow> = (0..40).map(|n| flow(1000 + n, i64::from(n) * 30)).collect();
    let connects: Vec<Connect> =
        (0..40).map(|n| connect(1000 + n, i64::from(n) * 30 + offset(n), 9)).collect();
    let found = estimated(&flows, &connects).unwrap();
    assert_eq!(found.steps.len(), 2, "{found:?}");
    assert_eq!(join(&flows, &connects, &estimate(&flows, &connects)).attributions.len(), 40);
}

#[test]
fn a_clock_whose_differences_scatter_is_refused() {
    let flows: Vec<Flow> = (0..40).map(|n| flow(1000 + n, i64::from(n) * 30)).collect();
    let connects: Vec<Connect> = (0..40)
        .map(|n| connect(1000 + n, i64::from(n) * 30 + i64::from(n) * i64::from(n) * 97, 9))
        .collect();
    assert!(matches!(estimated(&flows, &connects), Err(Refusal::Wide { .. })));
    let joined = join(&flows, &connects, &estimate(&flows, &connects));
    assert_eq!((joined.attributions.len(), joined.refused.len()), (0, 40));
    let few = estimated(&flows[..2], &connects[..2]);
    assert_eq!(few, Err(Refusal::TooFew { matches: 2 }));
}

#[test]
fn a_tuple_that_comes_again_goes_to_the_process_of_its_time() {
    let mut flows: Vec<Flow> = (0..20).map(|n| flow(1000 + n, i64::from(n) * 30)).collect();
    let mut connects: Vec<Connect> =
        (0..20).map(|n| connect(1000 + n, i64::from(n) * 30 + 500, 9)).collect();
    flows.extend([flow(7, 100), flow(7, 4000), flow(7, 9000)]);
    connects.extend([connect(7, 4500, 2), connect(7, 600, 1)]);
    let joined = join(&flows, &connects, &estimate(&flows, &connects));
    let process = |flow| {
        let of = joined.attributions.iter().find(|attribution| attribution.flow == flow)?;
        Some(connects[of.connect].process.0)
    };
    assert_eq!((process(20), process(21), process(22)), (Some(1), Some(2), None));
    assert_eq!(joined.other_time, [22]);
}

#[test]
fn both_ends_of_a_flow_may_have_recorded_it() {
    let flows: Vec<Flow> = (0..20).map(|n| flow(1000 + n, i64::from(n) * 30)).collect();
    let mut connects: Vec<Connect> =
        (0..20).map(|n| connect(1000 + n, i64::from(n) * 30 + 500, 9)).collect();
    let server = Source { endpoint: Key(2), clock: Clock::Seen };
    connects.extend(
        (0..20).map(|n| Connect { source: server, ..connect(1000 + n, i64::from(n) * 30 - 70, 4) }),
    );
    let joined = join(&flows, &connects, &estimate(&flows, &connects));
    assert_eq!((joined.attributions.len(), joined.ambiguous.len()), (40, 0));
    let of_first = joined.attributions.iter().filter(|of| of.flow == 0);
    let processes: Vec<u64> = of_first.map(|of| connects[of.connect].process.0).collect();
    assert_eq!(processes, [9, 4]);
}

#[test]
fn a_flow_without_opening_continues_one_that_is_known() {
    let check = |opening, at_s, process, expected: Option<Link>| {
        let mut flows: Vec<Flow> = (0..20).map(|n| flow(1000 + n, i64::from(n) * 30)).collect();
        let mut connects: Vec<Connect> =
            (0..20).map(|n| connect(1000 + n, i64::from(n) * 30 + 500, 9)).collect();
        flows.extend([flow(7, 100), Flow { opening, ..flow(7, at_s) }]);
        connects.extend([connect(7, 600, 1), connect(7, 9000, process)]);
        let joined = join(&flows, &connects, &estimate(&flows, &connects));
        let of = joined.attributions.iter().find(|of| of.flow == 21);
        assert_eq!(of.map(|of| of.link), expected);
    };
    check(Opening::Unseen, 300, 1, Some(Link::Continued));
    check(Opening::Seen, 300, 1, None);
    check(Opening::Unseen, 300, 2, None);
    check(Opening::Unseen, 701, 1, None);
}

#[test]
fn two_processes_at_one_time_are_not_guessed_between() {
    let mut flows: Vec<Flow> = (0..20).map(|n| flow(1000 + n, i64::from(n) * 30)).collect();
    let mut connects: Vec<Connect> =
        (0..20).map(|n| connect(1000 + n, i64::from(n) * 30 + 500, 9)).collect();
    flows.extend([flow(7, 100), flow(7, 101)]);
    connects.extend([connect(7, 600, 1), connect(7, 601, 2)]);
    let joined = join(&flows, &connects, &estimate(&flows, &connects));
    assert_eq!(joined.ambiguous, [20, 21]);
}

proptest! {
    #[test]
    fn no_wrong_process_whatever_the_offset_and_the_reuse(
        offset in -520_000_i64..520_000,
        ports in prop::collection::vec(0_u16..12, 20..80),
        gaps in prop::collection::vec(0_i64..200, 80),
        seed in any::<u64>(),
    ) {
        // Each flow has a process of its own; ports come again at random.
        let (mut flows, mut connects, mut at) = (Vec::new(), Vec::new(), 0);
        for (number, (port, gap)) in (0_u16..).zip(ports.iter().zip(&gaps)) {
            at += gap;
            // Half the ports are used once, so that there are unique matches.
            let port = if number % 2 == 0 { 5000 + number } else { *port };
            flows.push(flow(port, at));
            if (seed >> (number % 64)) & 1 == 0 || number % 2 == 0 {
                connects.push(connect(port, at + offset, u64::from(number)));
            }
        }
        let joined = join(&flows, &connects, &estimate(&flows, &connects));
        prop_assert!(!joined.attributions.is_empty());
        for attribution in &joined.attributions {
            let of = connects[attribution.connect].process.0;
            let same_second = flows[attribution.flow].start
                == flows[usize::try_from(of).unwrap()].start;
            prop_assert!(
                of == attribution.flow as u64 || same_second || near_twin(&flows, attribution.flow),
                "flow {} got process {}", attribution.flow, of
            );
        }
        let mut reversed = connects.clone();
        reversed.reverse();
        let again = join(&flows, &reversed, &estimate(&flows, &reversed));
        prop_assert_eq!(again.attributions.len(), joined.attributions.len());
    }

    #[test]
    fn any_times_are_joined_without_panic(
        times in prop::collection::vec((any::<i64>(), any::<i64>(), 0_u16..6), 0..30),
    ) {
        let flows: Vec<Flow> = times.iter()
            .map(|(at, _, port)| Flow { start: Timestamp::from_nanos(*at), ..flow(*port, 0) })
            .collect();
        let connects: Vec<Connect> = times.iter()
            .map(|(_, at, port)| Connect { time: Timestamp::from_nanos(*at), ..connect(*port, 0, 1) })
            .collect();
        let joined = join(&flows, &connects, &estimate(&flows, &connects));
        let given: std::collections::BTreeSet<usize> =
            joined.attributions.iter().map(|of| of.flow).collect();
        let told = given.len() + joined.ambiguous.len() + joined.refused.len()
            + joined.other_time.len() + joined.unseen.len();
        prop_assert_eq!(told, flows.len());
    }
}

/// Whether another flow of the same tuple begins within the tolerance: such flows cannot be told
/// apart where one of their records is missing.
fn near_twin(flows: &[Flow], of: usize) -> bool {
    flows.iter().enumerate().any(|(index, other)| {
        index != of
            && other.tuple == flows[of].tuple
            && other.start.nanos_since(flows[of].start).abs() <= 3 * SECOND
    })
}
