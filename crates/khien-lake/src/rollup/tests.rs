use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use proptest::prelude::*;

use super::*;

#[test]
fn rows_come_out_in_key_order_with_first_last_and_count() {
    let mut rollup = Rollup::new(&SIGHTINGS);
    let times = [("b", Some(5)), ("a", Some(9)), ("b", Some(3)), ("b", None)];
    for (value, hour) in times {
        let time = hour.map(|hour| hour * HOUR + 1234);
        let key = ["domain", value, "acme", "h1"].map(|word| rollup.word(word));
        rollup.add(&key, time, time, 1);
    }
    let batch = rollup.take().unwrap();
    assert!(rollup.is_empty());
    let values: Vec<&str> = batch.column(1).as_string::<i32>().iter().flatten().collect();
    assert_eq!(values, ["a", "b"]);
    let first = batch.column(4).as_primitive::<TimestampMicrosecondType>();
    let last = batch.column(5).as_primitive::<TimestampMicrosecondType>();
    assert_eq!((first.value(1), last.value(1)), (3 * HOUR, 5 * HOUR));
    assert_eq!(batch.column(6).as_primitive::<Int64Type>().values(), &[1, 3]);
}

#[test]
fn a_row_without_any_time_has_none() {
    let mut rollup = Rollup::new(&COVERAGE);
    let key = ["acme", "h", "dns", "", "", "zeek"].map(|word| rollup.word(word));
    rollup.add(&key, None, None, 7);
    let batch = rollup.take().unwrap();
    assert!(batch.column(6).is_null(0) && batch.column(7).is_null(0));
    assert_eq!(batch.num_columns(), COVERAGE.keys.len() + 3);
}

proptest! {
    #[test]
    fn the_order_of_rows_never_matters(
        rows in prop::collection::vec(("[a-c]{0,2}", "[a-c]{0,2}", prop::option::of(-9_i64..9)), 0..40),
        seed in any::<u64>(),
    ) {
        let fill = |rows: &[(String, String, Option<i64>)]| {
            let mut rollup = Rollup::new(&SIGHTINGS);
            for (value, host, time) in rows {
                let key = ["ip", value, "o", host].map(|word| rollup.word(word));
                rollup.add(&key, *time, *time, 1);
            }
            rollup.take().unwrap()
        };
        let mut other = rows.clone();
        if !other.is_empty() {
            let middle = usize::try_from(seed).unwrap_or(0) % other.len();
            other.rotate_left(middle);
            other.reverse();
        }
        prop_assert_eq!(fill(&rows), fill(&other));
    }
}
