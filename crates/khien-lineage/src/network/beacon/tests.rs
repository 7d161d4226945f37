//! Rhythms that must be found, traffic that must not, and what holds for any input.

use proptest::prelude::*;

use super::gamma::{digamma, ln_gamma};
use super::*;

const DAY: i64 = 86_400;

/// A small generator with a fixed seed (xorshift*), so that every run sees the same traffic.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[expect(clippy::cast_possible_truncation, reason = "times of tests are small")]
fn arrivals(until: f64, mut gap: impl FnMut() -> f64) -> Vec<i64> {
    let mut at = gap();
    let mut times = Vec::new();
    while at < until {
        times.push(at as i64);
        at += gap();
    }
    times
}

fn nats(times: &[i64], now: i64) -> f64 {
    evidence(times, now, Sizes::default()).nats
}

#[test]
fn gamma_functions_are_right() {
    for (x, expected) in
        [(1.0, 0.0), (0.5, 0.572_364_942_9), (5.0, 3.178_053_830_3), (100.0, 359.134_205_37)]
    {
        assert!((ln_gamma(x) - expected).abs() < 1e-8, "{x}: {}", ln_gamma(x));
    }
    for (x, expected) in [(1.0, -0.577_215_664_9), (0.5, -1.963_510_026), (10.0, 2.251_752_589_1)] {
        assert!((digamma(x) - expected).abs() < 1e-8, "{x}: {}", digamma(x));
    }
}

#[test]
fn sleeps_with_half_jitter_and_losses_are_found() {
    let mut found = 0;
    for seed in 1..=20 {
        let mut random = Random(seed * 0x9E37_79B9);
        let mut beacon = arrivals(DAY as f64, || 3600.0 * (0.5 + 0.5 * random.unit()));
        beacon.retain(|_| random.unit() > 0.3);
        found += u32::from(nats(&beacon, DAY) >= 5.0);
    }
    assert!(found >= 18, "{found} of 20");
}

#[test]
fn random_traffic_of_any_density_reaches_five_nats_as_seldom_as_they_say() {
    let (mut runs, mut wrong) = (0_u32, 0_u32);
    for (number, (mean, days)) in
        (1_u64..).zip([(4.0, 1), (20.0, 1), (120.0, 1), (2700.0, 1), (9000.0, 14), (40_000.0, 30)])
    {
        let mut random = Random(number * 0x9E37_79B9);
        for _ in 0..10 {
            let end = (days * DAY) as f64;
            let times = arrivals(end, || -mean * (1.0 - random.unit()).ln());
            runs += 1;
            wrong += u32::from(nats(&times, days * DAY) >= 5.0);
        }
    }
    // Odds of 5 nats are 1 in 148; of 360 runs with these seeds it was one.
    assert!(wrong <= 1, "{wrong} of {runs}");
}

#[test]
fn a_clock_with_missing_ticks_is_found_by_its_phase() {
    let mut random = Random(7);
    let times: Vec<i64> =
        (0..200).map(|tick| tick * 600).filter(|_| random.unit() < 0.35).collect();
    let found = evidence(&times, 120_000, Sizes::default());
    let scale = found.best_scale().unwrap();
    assert!(scale.phase.nats > 20.0 && scale.renewal.nats > 20.0, "{scale:?}");
    assert!((scale.phase.period_s - 600.0).abs() < 1.0, "{scale:?}");
}

#[test]
fn traffic_in_bursts_counts_against() {
    // Ten minutes of clicks every few hours.
    let mut random = Random(3);
    let mut times = Vec::new();
    for at in [0, 9000, 11_500, 40_000, 52_000, 81_000] {
        let clicks = arrivals(600.0, || -8.0 * (1.0 - random.unit()).ln());
        times.extend(clicks.iter().map(|time| time + at));
    }
    assert!(nats(&times, DAY) < 5.0, "{:?}", evidence(&times, DAY, Sizes::default()));
}

#[test]
fn check_ins_of_several_connections_are_one() {
    let mut random = Random(11);
    let single = arrivals(DAY as f64, || 1800.0 * (0.5 + 0.5 * random.unit()));
    let several: Vec<i64> =
        single.iter().flat_map(|time| [*time, time + 1, time + 2, time + 5]).collect();
    let (one, many) = (nats(&single, DAY), nats(&several, DAY));
    assert!(one > 20.0 && many > one - 5.0, "{one} {many}");
}

#[test]
fn what_a_day_cannot_tell_two_weeks_do() {
    let mut random = Random(5);
    let times = arrivals(14.0 * DAY as f64, || 12.0 * 3600.0 * (0.5 + 0.5 * random.unit()));
    let found = evidence(&times, 14 * DAY, Sizes::default());
    assert!(found.nats > 8.0, "{found:?}");
    assert_eq!(found.best_scale().unwrap().window_s, 14 * DAY);
    let day: Vec<i64> = times.iter().copied().filter(|time| *time > 13 * DAY).collect();
    assert!(nats(&day, 14 * DAY) < 8.0);
}

#[test]
fn a_night_without_the_machine_is_left_out() {
    let mut random = Random(9);
    let mut times = arrivals(DAY as f64, || 900.0 * (0.7 + 0.3 * random.unit()));
    times.retain(|time| !(30_000..70_000).contains(time));
    assert!(nats(&times, DAY) > 15.0, "{:?}", evidence(&times, DAY, Sizes::default()));
}

#[test]
fn equal_sizes_add_a_little_and_only_to_a_rhythm() {
    let mut random = Random(13);
    let times = arrivals(DAY as f64, || 1800.0 * (0.5 + 0.5 * random.unit()));
    let equal = Sizes::of(&vec![(700, 90); times.len()]);
    assert!((equal.nats - SIZES_NATS_MAX).abs() < 1e-9 && equal.modal_bytes == 688);
    let without = nats(&times, DAY);
    let with = evidence(&times, DAY, equal.clone()).nats;
    assert!((with - without - SIZES_NATS_MAX).abs() < 1e-9);
    assert!(evidence(&[1, 2, 3, 500, 501, 9000, 9001], DAY, equal).nats <= 0.0);
    let scattered: Vec<(u64, u64)> = (0..40).map(|at| (at * 100, at)).collect();
    assert!(Sizes::of(&scattered).nats < 1e-9);
}

#[test]
fn a_fleet_counts_whole_unless_old_and_everywhere() {
    let new = Standing { age_days: 1.0, hosts_share: 0.01 };
    assert!(aggregate(&[4.0, 5.0, -3.0], new).nats > 8.9);
    assert_eq!(aggregate(&[4.0, 5.0, -3.0], new).hosts, 2);
    let old = Standing { age_days: 300.0, hosts_share: 0.95 };
    assert!(aggregate(&[9.0; 50], old).nats < aggregate(&[9.0; 50], new).nats / 10.0);
}

#[test]
fn the_sentence_comes_from_what_is_kept() {
    let mut random = Random(21);
    let times = arrivals(DAY as f64, || 3600.0 * (0.5 + 0.5 * random.unit()));
    let found = evidence(&times, DAY, Sizes::of(&vec![(700, 90); times.len()]));
    let kept = toml::to_string(&found).unwrap();
    let again: Evidence = toml::from_str(&kept).unwrap();
    assert_eq!(again.sentence(), found.sentence());
    assert!(found.sentence().contains("sleeps in 24.0 h, median"), "{}", found.sentence());
    assert_eq!(Evidence::default().sentence(), "too few contacts to tell a rhythm");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_times_give_finite_evidence_in_any_order(
        mut times in prop::collection::vec(
            prop_oneof![any::<i64>(), 0..DAY, (0_i64..20).prop_map(|tick| tick * 60)], 0..40),
        now in prop_oneof![any::<i64>(), Just(DAY)],
    ) {
        let found = evidence(&times, now, Sizes::default());
        prop_assert!(found.nats.is_finite(), "{:?}", found);
        prop_assert!((0.0..=1.0).contains(&found.chance()));
        times.reverse();
        prop_assert_eq!(evidence(&times, now, Sizes::default()), found);
    }
}
