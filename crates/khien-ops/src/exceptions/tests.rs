use khien_lineage::{Releases, TraitKind};
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn an_exception() -> Exception {
    Exception {
        org: "default".into(),
        publisher: "vendor".into(),
        product: "softphone".into(),
        folder: String::new(),
        releases: Releases::Only("18.12.416".into()),
        kind: TraitKind::ContactsShared,
        value: "raw.githubusercontent.com".into(),
        reason: "icons".into(),
        owner: "An".into(),
        from: at(1_000_000),
        until: at(2_000_000),
    }
}

fn a_record(number: u64) -> Record {
    Record {
        id: format!("{number:016x}"),
        made: at(1_000_000),
        by: "an@desk".into(),
        exception: an_exception(),
        taken_back: None,
    }
}

fn stored(records: &[Record]) -> (tempfile::TempDir, PathBuf) {
    let lake = tempfile::tempdir().unwrap();
    let path = path(lake.path());
    std::fs::write(&path, encode(records).unwrap()).unwrap();
    (lake, path)
}

prop_compose! {
    fn records()(parts in prop::collection::vec((any::<u64>(), "\\PC{1,30}", ".{1,30}", 0..300_i64,
        0..3_usize, any::<bool>()), 0..8)) -> Vec<Record> {
        let record = |(number, value, reason, days, releases, is_back): (u64, String, String, i64, usize, bool)| {
            let version = "1.2".to_owned();
            let releases = [Releases::Only(version.clone()), Releases::UpTo(version.clone()),
                Releases::Since(version)][releases].clone();
            let exception = Exception {
                value: format!("v{}", value.replace('*', "")),
                reason: format!("r{reason}"),
                until: at(1_000_001 + days * 86_400),
                releases,
                ..an_exception()
            };
            let taken_back = is_back.then(|| TakenBack { at: at(days), by: reason });
            Record { exception, taken_back, ..a_record(number) }
        };
        parts.into_iter().map(record).collect()
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(records in records()) {
        let book = decode(&encode(&records).unwrap()).unwrap();
        prop_assert_eq!(book, Book { records, damaged: Vec::new() });
    }

    /// However a file is cut, every whole line is there, and what is cut is told.
    #[test]
    fn a_cut_file_keeps_its_whole_lines(records in records(), cut in any::<prop::sample::Index>()) {
        let bytes = encode(&records).unwrap();
        let cut = cut.index(bytes.len());
        let Ok(book) = decode(&bytes[..cut]) else {
            prop_assert!(cut < SCHEMA.len() + 20, "the first line is there");
            return Ok(());
        };
        let lines = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        prop_assert!(book.records.len() + 1 >= lines, "{} of {lines}", book.records.len());
        prop_assert_eq!(&records[..book.records.len()], &book.records);
        // A last line without its end is whole, or told.
        let is_at_end = bytes[..cut].ends_with(b"\n") || bytes[cut..].starts_with(b"\n");
        prop_assert_eq!(book.damaged.is_empty(), is_at_end);
    }

    /// Whatever stands in one line, the others are read as they are.
    #[test]
    fn a_bad_line_takes_no_other_with_it(records in records(), bad in prop::collection::vec(any::<u8>(), 0..80),
        place in any::<prop::sample::Index>()) {
        let bad: Vec<u8> = bad.into_iter().filter(|byte| *byte != b'\n').collect();
        let bytes = encode(&records).unwrap();
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let place = 1 + place.index(lines.len());
        lines.insert(place.min(lines.len()), &bad);
        let book = decode(&lines.join(&b'\n')).unwrap();
        prop_assert_eq!(book.records, records);
        let is_told = book.damaged.iter().any(|damage| damage.line == place.min(lines.len() - 1) + 1);
        prop_assert!(is_told || bad.trim_ascii().is_empty());
    }

    #[test]
    fn hostile_bytes_are_refused_or_read_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
        let _ = decode(&[format!("{{\"schema\":\"{SCHEMA}\"}}\n").as_bytes(), &bytes].concat());
    }
}

#[test]
fn no_file_is_no_exception_and_an_empty_file_is_an_error() {
    let lake = tempfile::tempdir().unwrap();
    assert_eq!(load(lake.path()).unwrap(), Book::default());
    std::fs::write(path(lake.path()), b"").unwrap();
    assert!(matches!(load(lake.path()), Err(BookError::Form { .. })));
}

#[test]
fn a_later_form_is_refused_with_its_name() {
    let (lake, path) = stored(&[a_record(1)]);
    std::fs::write(&path, b"{\"schema\":\"khien.exceptions/2\"}\n").unwrap();
    let error = load(lake.path()).unwrap_err().to_string();
    assert!(
        error.contains("khien.exceptions/2") && error.contains("khien.exceptions/1"),
        "{error}"
    );
    assert!(matches!(add(lake.path(), a_record(2)), Err(BookError::Form { .. })));
}

#[test]
fn nothing_is_written_over_a_line_that_cannot_be_read() {
    let (lake, path) = stored(&[a_record(1), a_record(2)]);
    let mut bytes = encode(&[a_record(1), a_record(2)]).unwrap();
    bytes.truncate(bytes.len() - 20);
    std::fs::write(&path, &bytes).unwrap();
    let book = load(lake.path()).unwrap();
    assert_eq!(book.records, [a_record(1)]);
    let error = add(lake.path(), a_record(3)).unwrap_err();
    assert!(matches!(&error, BookError::Damaged { damage, .. } if damage.line == 3), "{error}");
    let mut kept = Vec::new();
    File::open(&path).unwrap().read_to_end(&mut kept).unwrap();
    assert_eq!(kept, bytes);
}

/// An exception for everything, or for ever, is none, whoever wrote it into the file.
#[test]
fn what_the_engine_would_refuse_is_no_exception_in_the_file_either() {
    let wide = Exception { value: "*".into(), ..an_exception() };
    let endless = Exception { until: at(1_000_000_000), ..an_exception() };
    let of_files = Exception { kind: TraitKind::SignatureLost, ..an_exception() };
    for exception in [wide, endless, of_files] {
        let bytes = encode(&[Record { exception, ..a_record(1) }, a_record(2)]).unwrap();
        let book = decode(&bytes).unwrap();
        assert_eq!((book.records, book.damaged.len()), (vec![a_record(2)], 1));
    }
    let named = encode(&[Record { id: "../../etc".into(), ..a_record(1) }]).unwrap();
    assert_eq!(decode(&named).unwrap().damaged.len(), 1);
}

#[test]
fn writers_come_one_after_the_other_and_none_is_lost() {
    let (lake, _) = stored(&[]);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let lake = lake.path();
            scope.spawn(move || add(lake, a_record(number)).unwrap());
        }
    });
    assert_eq!(load(lake.path()).unwrap().records.len(), 8);
}

#[test]
fn it_holds_from_its_beginning_to_its_end_or_until_it_is_taken_back() {
    let mut record = a_record(1);
    assert_eq!(record.standing(at(999_999)), Standing::Ahead);
    assert_eq!(record.standing(at(1_000_000)), Standing::Holds);
    assert_eq!(record.standing(at(1_999_999)), Standing::Holds);
    assert_eq!(record.standing(at(2_000_000)), Standing::Ended);
    record.taken_back = Some(TakenBack { at: at(1_500_000), by: "an@desk".into() });
    assert_eq!(record.standing(at(1_600_000)), Standing::TakenBack);
}
