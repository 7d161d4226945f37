//! Vectors that follow from the published formula, most worked out by hand.

use proptest::prelude::*;

use super::*;

const WINDOW: Window = Window { start_s: 0, end_s: 86_400 };

fn near(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-9, "{left} is not {right}");
}

/// The spread of gaps that alternate or climb.
fn of(values: &[f64]) -> Spread {
    Sorted::new(values.to_vec()).spread(1.0).unwrap()
}

fn skew(values: &[f64]) -> f64 {
    Sorted::new(values.to_vec()).symmetry().unwrap().0
}

fn deviation(values: &[f64]) -> f64 {
    Sorted::new(values.to_vec()).narrowness(1.0).unwrap().0
}

fn two_heights(counts: &[u32]) -> f64 {
    let shape = Shape::RITA;
    let heights = Heights::of(counts, shape.height_step).unwrap();
    heights.in_two(shape.outliers, shape.filled_min).unwrap()
}

fn covered(filled: usize, run: usize, first_s: i64, last_s: i64) -> f64 {
    Duration::of(WINDOW, (first_s, last_s), (filled, run), Limits::RITA).unwrap().score
}

#[test]
fn gaps_of_98_and_300_have_no_skew_but_a_wide_middle() {
    let gaps: Vec<f64> = [98.0, 300.0].into_iter().cycle().take(20).collect();
    let spread = of(&gaps);
    near(spread.skew, 0.0);
    near(spread.mad, 101.0);
    near(thousandths(spread.score), 0.746);
}

#[test]
fn gaps_of_98_to_102_score_nearly_all() {
    near(thousandths(of(&[98.0, 99.0, 100.0, 101.0, 102.0]).score), 0.995);
}

#[test]
fn skew_needs_quartiles_apart_and_a_median_between() {
    // Halves 1 2 3 and 5 6 40: quartiles 2 and 6 are 4 apart.
    near(skew(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 40.0]), 0.0);
    // Quartiles 20 and 60, median 40.
    near(skew(&[10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]), 0.0);
    // Halves 10 20 and 40 100: quartiles 15 and 70, median 30: (15 + 70 - 60) / 55.
    near(skew(&[10.0, 20.0, 40.0, 100.0]), 25.0 / 55.0);
    // The median is the first quartile.
    near(skew(&[10.0, 10.0, 10.0, 10.0, 90.0, 95.0, 99.0]), 0.0);
}

#[test]
fn deviation_is_taken_from_the_median() {
    near(deviation(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]), 1.0);
    near(deviation(&[1.0, 3.0]), 1.0);
}

#[test]
fn a_median_below_one_takes_the_default() {
    near(Sorted::new(vec![0.0; 5]).spread(0.0).unwrap().score, 0.5);
    near(Sorted::new(vec![0.0; 5]).spread(1.0).unwrap().score, 1.0);
}

#[test]
fn times_before_the_window_count_in_the_first_part_and_its_end_in_the_last() {
    let times = [-500, 0, 3599, 3600, 86_399, 86_400];
    let counts = Histogram::of(&times, WINDOW, &Shape::RITA).unwrap().counts;
    assert_eq!((counts[0], counts[1], counts[23]), (3, 1, 2));
    assert_eq!(counts.iter().sum::<u32>(), 6);
}

#[test]
fn counts_that_are_alike_score_by_their_variation() {
    near(alike(&[12; 24]).unwrap(), 1.0);
    // Half 10, half 30: mean 20, deviation 10.
    let mut halves = [10; 24];
    halves[12..].fill(30);
    near(alike(&halves).unwrap(), 0.5);
    let mut single = [0; 24];
    single[3] = 100;
    near(alike(&single).unwrap(), 0.0);
    assert_eq!(alike(&[0; 24]), Err(Unscorable::Empty));
}

#[test]
fn two_usual_heights_need_eleven_filled_parts() {
    // Ten parts of 4 and two of 40; the step is ceil(40 * 0.05) = 2; twelve parts less one outlier.
    let mut counts = [0; 24];
    counts[..10].fill(4);
    counts[10..12].fill(40);
    near(two_heights(&counts), 1.0);
    counts[10..12].fill(0);
    near(two_heights(&counts), 0.0);
    // Eleven parts, each of its own height: two of them, of ten.
    let mut stairs = [0; 24];
    for (index, count) in stairs.iter_mut().take(11).enumerate() {
        *count = 10 + 10 * u32::try_from(index).unwrap();
    }
    near(two_heights(&stairs), 0.2);
}

#[test]
fn runs_go_round_the_day() {
    let mut counts = [0; 24];
    counts[22..].fill(1);
    counts[..3].fill(1);
    assert_eq!(longest_run(&counts), 5);
    assert_eq!(longest_run(&[1; 24]), 24);
    assert_eq!(longest_run(&[0; 24]), 0);
}

#[test]
fn duration_needs_six_filled_parts() {
    near(covered(5, 5, 0, 18_000), 0.0);
    // Span 21,000 s of 86,400 is 0.2431, rounded up; six parts in a row are half of twelve.
    near(covered(6, 6, 0, 21_000), 0.5);
    near(covered(6, 1, 0, 72_001), 0.834);
    near(covered(6, 1, -5000, 90_000), 1.0);
}

#[test]
fn a_metronome_scores_one_and_three_seconds_are_too_few() {
    let times: Vec<i64> = (0..289).map(|index| index * 300).collect();
    let Rhythm::Beacon(beacon) = score(&times, &vec![512; times.len()], WINDOW) else { panic!() };
    near(beacon.timestamps.score, 1.0);
    near(beacon.sizes.score, 1.0);
    near(beacon.duration.score, 1.0);
    // 23 parts of 12 and the last of 13: deviation 0.2 of a mean of 12.04; two heights: all.
    near(beacon.histogram.score, 1.0);
    near(beacon.score, 1.0);
    assert_eq!(score(&[1, 1, 2, 2, 3, 3], &[9; 6], WINDOW), Rhythm::TooFew);
    assert_eq!(score(&vec![5; 86_400], &[], WINDOW), Rhythm::Strobe);
}

#[test]
fn the_numbers_behind_a_score_are_told() {
    let Rhythm::Beacon(beacon) = score(&[0, 300, 600, 1000, 1000], &[70, 70, 9, 9, 9], WINDOW)
    else {
        panic!()
    };
    assert_eq!(*beacon.timestamps.distinct.counts, [(300, 2), (400, 1)]);
    assert_eq!(beacon.timestamps.distinct.usual, (300, 2));
    assert_eq!(beacon.sizes.distinct.usual, (9, 3));
    assert_eq!((beacon.histogram.counts[0], beacon.histogram.heights.filled), (5, 1));
}

#[test]
fn what_cannot_be_scored_says_why() {
    let times = [1, 2, 3, 4];
    let backwards = Window { start_s: 9, end_s: 8 };
    assert_eq!(score(&times, &[5; 4], backwards), Rhythm::Unscorable(Unscorable::Window));
    assert_eq!(score(&times, &[5; 2], WINDOW), Rhythm::Unscorable(Unscorable::TooFewValues));
    assert_eq!(score(&times, &[5; 2], WINDOW).score(), None);
}

#[test]
fn sizes_and_times_weigh_a_quarter_each() {
    // Sizes 98 and 300 in turn: 0.746 (see above), the rest as of a metronome.
    let times: Vec<i64> = (0..288).map(|index| index * 300).collect();
    let sizes: Vec<u64> = [98, 300].into_iter().cycle().take(288).collect();
    near(score(&times, &sizes, WINDOW).score().unwrap(), thousandths((3.0 + 0.746) / 4.0));
}

#[test]
fn buckets_are_straight_between_thresholds() {
    for (value, worth) in [
        (0.0, 0.0),
        (49.9, 0.0),
        (50.0, 0.2),
        (62.5, 0.3),
        (75.0, 0.4),
        (90.0, 0.6),
        (95.0, 0.7),
        (100.0, 0.8),
        (1e9, 0.8),
        (f64::NAN, 0.0),
    ] {
        near(bucketed(value, &Thresholds::BEACON), worth);
    }
    near(bucketed(1e9, &Thresholds::LONG_HOURS), 0.8);
    near(bucketed(100.0, &Thresholds::DNS_NAMES), 0.2);
    near(bucketed(99.0, &Thresholds::DNS_NAMES), 0.0);
}

#[test]
fn the_total_is_the_worst_part_and_the_modifiers() {
    let facts = Facts {
        beacon: Some(0.75),
        duration_s: 8.0 * 3600.0,
        prevalence: Some(0.01),
        missing_host: 1,
        rare_signatures: 1,
        ..Facts::default()
    };
    near(threat(&facts, &Weights::CODE).total, 0.6 + 0.10);
    near(threat(&facts, &Weights::SHIPPED).total, 0.6 + 0.10 + 0.15 + 0.15);
    let common = Facts { prevalence: Some(0.5), first_seen_days: Some(31.0), ..facts };
    near(threat(&common, &Weights::SHIPPED).total, 0.6 + 0.10 + 0.15 - 0.15 - 0.15);
    let listed = Facts { listed: true, bytes: 25_000_000, ..Facts::default() };
    near(threat(&listed, &Weights::CODE).total, 0.95);
    near(threat(&Facts { bytes: 24_999_999, ..listed }, &Weights::CODE).total, 0.8);
}

fn conn<'a>(uid: &'a str, start_s: i64) -> ConnRow<'a> {
    ConnRow {
        uid,
        source: "10.0.0.1".parse().unwrap(),
        destination: "192.0.2.1".parse().unwrap(),
        source_internal: true,
        destination_internal: false,
        start_s,
        duration_s: 1.0,
        bytes_sent: 100,
        bytes_received: 200,
    }
}

#[test]
fn a_request_is_linked_within_its_hour_only() {
    let closed = [conn("a", 100), conn("b", 200)];
    let request =
        |uid| NamedRow { uid, time_ns: 0, name: None, signature: Some("agent/1 (invented)") };
    let mut data = Dataset::new();
    data.import(&Hour { closed: &closed, http: &[request("a")], ..Hour::default() });
    data.import(&Hour { http: &[request("b")], ..Hour::default() });
    let reports = data.report(&Weights::CODE, History::Single);
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].count, reports[0].missing_host), (2, 1));
    assert_eq!(reports[0].rare_signatures, ["agent/1 (invented)".into()]);
}

#[test]
fn names_take_their_connections_away_from_addresses_once_they_could_be_beacons() {
    let check = |requests: usize, expected: usize| {
        let uids = ["a", "b", "c", "d"];
        let closed: Vec<_> = uids.iter().zip([10, 20, 30, 40]).map(|(u, t)| conn(u, t)).collect();
        let http: Vec<_> = uids[..requests]
            .iter()
            .map(|uid| NamedRow { uid, time_ns: 0, name: Some("a.example"), signature: None })
            .collect();
        let mut data = Dataset::new();
        data.import(&Hour { closed: &closed, http: &http, ..Hour::default() });
        let by_address = data
            .report(&Weights::CODE, History::Single)
            .iter()
            .filter(|report| matches!(report.pair.destination, Destination::Address(_)))
            .count();
        assert_eq!(by_address, expected);
    };
    check(4, 0);
    check(3, 1);
}

#[test]
fn an_open_connection_is_counted_once() {
    let mut data = Dataset::new();
    for hour in 1..4 {
        let open = ConnRow { duration_s: 3600.0 * f64::from(hour), ..conn("long", 0) };
        data.import(&Hour { open: &[open], ..Hour::default() });
    }
    let reports = data.report(&Weights::CODE, History::Single);
    near(reports[0].duration_s, 3.0 * 3600.0);
    assert_eq!((reports[0].count, reports[0].bytes), (0, 300));
}

#[test]
fn inside_to_inside_is_left_out_as_the_reference_does() {
    let mut data = Dataset::new();
    let inside = ConnRow { destination_internal: true, ..conn("a", 5) };
    data.import(&Hour { closed: &[inside], ..Hour::default() });
    assert!(data.report(&Weights::CODE, History::Single).is_empty());
}

proptest! {
    #[test]
    fn any_times_and_sizes_score_between_0_and_1_in_any_order(
        mut rows in prop::collection::vec((any::<i64>(), any::<u64>()), 0..60),
        newest in any::<i64>(),
        near_day in any::<bool>(),
    ) {
        let window = Window::before(newest);
        if near_day {
            for row in &mut rows {
                row.0 = window.start_s.saturating_add(row.0.rem_euclid(86_400));
            }
        }
        let scored = |rows: &[(i64, u64)]| {
            let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
            let sizes: Vec<u64> = rows.iter().map(|row| row.1).collect();
            score(&times, &sizes, window)
        };
        let before = scored(&rows);
        rows.reverse();
        prop_assert_eq!(&before, &scored(&rows));
        if let Rhythm::Beacon(beacon) = before {
            for part in [
                beacon.score,
                beacon.timestamps.score,
                beacon.sizes.score,
                beacon.duration.score,
                beacon.histogram.score,
            ] {
                prop_assert!((0.0..=1.0).contains(&part), "{}", part);
            }
        }
    }
}
