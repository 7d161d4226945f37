use std::sync::Arc;

use arrow::array::StringArray;
use proptest::prelude::*;

use super::*;

fn batch(rows: &[(&str, &str)]) -> RecordBatch {
    let kinds: StringArray = rows.iter().map(|(kind, _)| Some(*kind)).collect();
    let values: StringArray = rows.iter().map(|(_, value)| Some(*value)).collect();
    RecordBatch::try_from_iter([("kind", Arc::new(kinds) as _), ("value", Arc::new(values) as _)])
        .unwrap()
}

fn found(path: &Path, asked: &[(&str, Aspect, &str)]) -> Option<Vec<(u32, Run)>> {
    let mut wanted: Vec<(u64, u32)> =
        asked.iter().zip(0..).map(|((k, a, v), n)| (hash(k, *a, v), n)).collect();
    wanted.sort_unstable();
    let mut hits = Vec::new();
    look_up(path, &wanted, |question, run| hits.push((question, run)))?;
    hits.sort_unstable();
    Some(hits)
}

#[test]
fn values_domains_above_and_file_names_are_found_with_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.fp");
    let mut collector = Collector::default();
    collector.batch(&batch(&[("domain", "a.b.example.net"), ("domain", "a.b.example.net")]));
    collector.batch(&batch(&[("domain", "a.b.example.net"), ("path", "c:/x/y.exe")]));
    collector.write(&path).unwrap();
    let domain = Run { first: 0, rows: 3 };
    let asked = [
        ("domain", Aspect::Whole, "a.b.example.net"),
        ("domain", Aspect::Below, "example.net"),
        ("domain", Aspect::Below, "net"),
        ("path", Aspect::Name, "y.exe"),
        ("path", Aspect::Whole, "c:/x"),
    ];
    assert_eq!(
        found(&path, &asked),
        Some(vec![(0, domain), (1, domain), (3, Run { first: 3, rows: 1 })])
    );
}

#[test]
fn a_damaged_file_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.fp");
    let mut collector = Collector::default();
    collector.batch(&batch(&[("ip", "192.0.2.1")]));
    collector.write(&path).unwrap();
    let asked = [("ip", Aspect::Whole, "192.0.2.1")];
    assert_eq!(found(&path, &asked).map(|hits| hits.len()), Some(1));
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(24).unwrap();
    assert_eq!(found(&path, &asked), None);
    assert_eq!(found(&folder.path().join("missing"), &asked), None);
}

proptest! {
    #[test]
    fn every_value_is_found_and_nothing_else(
        values in prop::collection::btree_set("[a-c]{1,3}", 0..30),
        asked in prop::collection::vec("[a-c]{1,3}", 0..30),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.fp");
        let rows: Vec<(&str, &str)> = values.iter().map(|value| ("url", value.as_str())).collect();
        let mut collector = Collector::default();
        for row in &rows {
            collector.batch(&batch(&[*row]));
        }
        collector.write(&path).unwrap();
        let questions: Vec<_> = asked.iter().map(|value| ("url", Aspect::Whole, value.as_str())).collect();
        let mut expected: Vec<(u32, Run)> = Vec::new();
        for (value, question) in asked.iter().zip(0_u32..) {
            if let Some(row) = values.iter().position(|known| known == value) {
                expected.push((question, Run { first: u32::try_from(row).unwrap(), rows: 1 }));
            }
        }
        expected.sort_unstable();
        prop_assert_eq!(found(&path, &questions), Some(expected));
    }
}

#[test]
fn long_values_have_the_hash_of_their_whole_text() {
    for length in [0, 1, 248, 249, 250, 251, 252, 4000] {
        let value = "x".repeat(length);
        let whole = [b"path\0".as_slice(), value.as_bytes()].concat();
        let expected = XxHash3_64::oneshot_with_seed(2, &whole);
        assert_eq!(hash("path", Aspect::Name, &value), expected, "{length}");
    }
}
