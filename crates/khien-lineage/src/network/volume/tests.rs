//! Uploads that are too much, and their near misses.

use proptest::prelude::*;

use super::*;

const MB: u64 = 1_000_000;

fn transfer(second: i64, sent: u64, received: u64) -> Transfer {
    let time = Timestamp::from_nanos(second * 1_000_000_000);
    Transfer { way: Way { from: Key(1), to: Key(2) }, time, sent, received }
}

/// A watch that began a year before.
fn watch() -> Uploads {
    let mut uploads = Uploads::new(Settings::default());
    let other = Way { from: Key(9), to: Key(9) };
    uploads.observe(&Transfer { way: other, ..transfer(-365 * DAY_S, 1, 1) });
    uploads
}

fn whys(found: &[Upload]) -> Vec<&'static str> {
    let name = |upload: &Upload| match upload.why {
        Why::Budget { .. } => "budget",
        Why::FirstDay { .. } => "first day",
        Why::Flip { .. } => "flip",
        Why::Jump(jump) if jump.window_s == HOUR_S => "hour",
        Why::Jump(_) => "day",
    };
    found.iter().map(name).collect()
}

#[test]
fn a_first_day_is_told_once_and_only_after_learning() {
    let mut uploads = watch();
    assert_eq!(whys(&uploads.observe(&transfer(0, 19 * MB, 0))), [""; 0]);
    assert_eq!(whys(&uploads.observe(&transfer(50_000, MB, 0))), ["first day"]);
    assert_eq!(whys(&uploads.observe(&transfer(60_000, MB, 0))), [""; 0]);
    let mut second_day = watch();
    second_day.observe(&transfer(0, 19 * MB, 0));
    assert_eq!(whys(&second_day.observe(&transfer(90_000, MB, 0))), [""; 0]);
    let mut learning = Uploads::new(Settings::default());
    assert_eq!(whys(&learning.observe(&transfer(0, 30 * MB, 0))), [""; 0]);
}

#[test]
fn much_at_once_is_a_jump_of_its_hour() {
    let check = |last: u64| {
        let mut uploads = watch();
        for hour in 0..40 {
            let sent = 600_000 + u64::try_from(hour).unwrap() % 5 * 100_000;
            assert_eq!(whys(&uploads.observe(&transfer(hour * HOUR_S, sent, 20 * MB))), [""; 0]);
        }
        let found = uploads.observe(&transfer(40 * HOUR_S, last, 20 * MB));
        for upload in &found {
            let Why::Jump(jump) = upload.why else { continue };
            assert!((jump.sum_of() - jump.sum).abs() < 1e-9 && jump.sum >= ALARM);
        }
        whys(&found).contains(&"hour")
    };
    assert!(check(30 * MB));
    assert!(!check(5 * MB));
}

#[test]
fn a_little_more_every_hour_adds_up() {
    let mut uploads = watch();
    let mut found = Vec::new();
    for hour in 0..60 {
        let sent = if hour < 30 { 2 * MB } else { 8 * MB };
        found.extend(uploads.observe(&transfer(hour * HOUR_S, sent, 40 * MB)));
    }
    let hours: Vec<i64> = found
        .iter()
        .filter(|upload| matches!(upload.why, Why::Jump(jump) if jump.window_s == HOUR_S))
        .map(|upload| upload.time.as_nanos() / 1_000_000_000 / HOUR_S)
        .collect();
    assert!(hours.first().is_some_and(|hour| (31..45).contains(hour)), "{hours:?}");
}

#[test]
fn a_slow_upload_exceeds_the_month() {
    let mut uploads = watch();
    let mut told = Vec::new();
    for day in 0..70 {
        let found = uploads.observe(&transfer(day * DAY_S, 40 * MB, 200 * MB));
        told.extend(whys(&found).iter().filter(|why| **why == "budget").map(|_| day));
    }
    assert_eq!(told, [24, 54]);
    let mut below = watch();
    for day in 0..70 {
        let found = below.observe(&transfer(day * DAY_S, 33 * MB, 200 * MB));
        assert!(!whys(&found).contains(&"budget"), "day {day}");
    }
}

#[test]
fn a_way_that_brought_data_and_sends_it_flips() {
    let check = |sent: u64, days: i64| {
        let mut uploads = watch();
        for day in 0..days {
            uploads.observe(&transfer(day * DAY_S, MB, 50 * MB));
        }
        whys(&uploads.observe(&transfer(days * DAY_S, sent, MB))).contains(&"flip")
    };
    assert!(check(6 * MB, 10));
    assert!(!check(MB, 10));
    assert!(!check(6 * MB, 4));
}

#[test]
fn ways_are_bounded() {
    let mut uploads = Uploads::new(Settings { ways: 10, ..Settings::default() });
    for to in 0..20 {
        let way = Way { from: Key(1), to: Key(to) };
        uploads.observe(&Transfer { way, ..transfer(0, 1, 1) });
    }
    assert_eq!((uploads.forgotten(), uploads.ways.len()), (10, 10));
    uploads.observe(&transfer(31 * DAY_S, 1, 1));
    assert!(uploads.ways.len() <= 10);
}

proptest! {
    #[test]
    fn any_transfers_are_watched_without_panic(
        transfers in prop::collection::vec(
            (any::<i64>(), any::<u64>(), any::<u64>(), 0_u64..3), 0..50),
    ) {
        let mut uploads = watch();
        for (nanos, sent, received, to) in transfers {
            let way = Way { from: Key(1), to: Key(to) };
            let time = Timestamp::from_nanos(nanos);
            for upload in uploads.observe(&Transfer { way, time, sent, received }) {
                if let Why::Jump(jump) = upload.why {
                    prop_assert!(jump.sum.is_finite() && jump.sum_of() == jump.sum);
                }
            }
        }
    }
}
