use proptest::prelude::*;

use super::*;
use crate::live::segment::SegmentReader;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

fn parcel(text: &str, key: Option<&str>) -> Parcel {
    let key = key.map(|key| ParcelKey::new("sender", key));
    Parcel { form: Form::Json, key, records: 1, bytes: text.as_bytes().to_vec() }
}

fn open(folder: &Path) -> Spool {
    Spool::open(folder, SpoolLimits::default(), at(0)).unwrap()
}

/// What a reader gets before it would have to wait.
fn rest(reader: &mut SegmentReader) -> (String, bool) {
    let (mut text, mut piece) = (Vec::new(), [0; 7]);
    loop {
        match reader.read_within(&mut piece, Duration::ZERO).unwrap() {
            Some(0) => return (String::from_utf8(text).unwrap(), true),
            Some(read) => text.extend_from_slice(&piece[..read]),
            None => return (String::from_utf8(text).unwrap(), false),
        }
    }
}

#[test]
fn what_is_taken_is_read_while_more_comes_and_goes_when_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    assert!(spool.next_segment(Form::Json).unwrap().is_none());
    assert_eq!(spool.append(&[parcel("a", None)], at(1)).unwrap(), [Taken::New]);
    assert!(spool.next_segment(Form::Syslog).unwrap().is_none());
    let mut reader = spool.next_segment(Form::Json).unwrap().unwrap();
    assert!(spool.next_segment(Form::Json).unwrap().is_none(), "one reader each");
    assert_eq!(rest(&mut reader), ("a\n".to_owned(), false));
    spool.append(&[parcel("b\n", None), parcel("c", None)], at(2)).unwrap();
    assert_eq!(rest(&mut reader), ("b\nc\n".to_owned(), false));
    spool.finished(reader.number()).unwrap();
    assert_eq!(spool.waiting_bytes(), 6, "it is still written to");
    spool.close_all();
    assert_eq!(rest(&mut reader), (String::new(), true));
    spool.finished(reader.number()).unwrap();
    assert_eq!(spool.waiting_bytes(), 0);
    spool.append(&[parcel("d", None)], at(3)).unwrap();
    let mut next = spool.next_segment(Form::Json).unwrap().unwrap();
    assert!(next.number() > reader.number());
    assert_eq!(rest(&mut next).0, "d\n");
}

#[test]
fn what_was_never_acknowledged_is_cut_off_and_the_rest_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    spool.append(&[parcel("whole", Some("k"))], at(1)).unwrap();
    drop(spool);
    let log = folder.path().join("000000000001.log");
    let list = folder.path().join("000000000001.parcels");
    let append = |path: &Path, text: &str| {
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append(&log, "half a par");
    append(&list, "{\"end\":9");
    let mut spool = open(folder.path());
    assert_eq!(fs::metadata(&log).unwrap().len(), 6);
    let mut reader = spool.next_segment(Form::Json).unwrap().unwrap();
    assert_eq!(rest(&mut reader), ("whole\n".to_owned(), true));
    // The sender heard nothing, or did, and sends again.
    assert_eq!(spool.append(&[parcel("whole", Some("k"))], at(2)).unwrap(), [Taken::Before(1)]);
}

#[test]
fn the_same_key_is_taken_once_also_after_its_records_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    let twice = [parcel("a", Some("k")), parcel("a", Some("k")), parcel("a", None)];
    assert_eq!(spool.append(&twice, at(1)).unwrap(), [Taken::New, Taken::Before(1), Taken::New]);
    let mut reader = spool.next_segment(Form::Json).unwrap().unwrap();
    spool.close_all();
    assert_eq!(rest(&mut reader).0, "a\na\n");
    spool.finished(reader.number()).unwrap();
    drop(spool);
    let mut spool = open(folder.path());
    assert_eq!(spool.append(&twice[..1], at(2)).unwrap(), [Taken::Before(1)]);
    // Another sender may choose the same word.
    let key = Some(ParcelKey::new("other", "k"));
    assert_eq!(spool.append(&[Parcel { key, ..parcel("a", None) }], at(2)).unwrap(), [Taken::New]);
    drop(spool);
    let later = at(KEY_HOURS * 3600 + 10);
    let mut spool = Spool::open(folder.path(), SpoolLimits::default(), later).unwrap();
    assert_eq!(
        spool.append(&twice[..1], later).unwrap(),
        [Taken::New],
        "a day later it is forgotten"
    );
}

#[test]
fn a_full_spool_takes_nothing_until_the_lake_has_caught_up() {
    let folder = tempfile::tempdir().unwrap();
    let limits = SpoolLimits { bytes_max: 10, segment_bytes: 4, ..SpoolLimits::default() };
    let mut spool = Spool::open(folder.path(), limits, at(0)).unwrap();
    for _ in 0..2 {
        assert_eq!(spool.append(&[parcel("12345", None)], at(1)).unwrap(), [Taken::New]);
    }
    let full = spool.append(&[parcel("6", None)], at(1)).unwrap_err();
    assert!(matches!(full, SpoolError::Full(12)), "{full}");
    spool.close_all();
    let mut reader = spool.next_segment(Form::Json).unwrap().unwrap();
    assert_eq!(rest(&mut reader), ("12345\n".to_owned(), true), "a full segment is closed");
    spool.finished(reader.number()).unwrap();
    assert_eq!(spool.append(&[parcel("6", None)], at(1)).unwrap(), [Taken::New]);
}

#[test]
fn old_segments_are_closed_and_old_lists_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    spool.append(&[parcel("a", Some("k"))], at(1)).unwrap();
    let mut reader = spool.next_segment(Form::Json).unwrap().unwrap();
    spool.close_old(at(600));
    assert_eq!(rest(&mut reader), ("a\n".to_owned(), false));
    spool.close_old(at(601));
    assert_eq!(rest(&mut reader), (String::new(), true));
    spool.finished(reader.number()).unwrap();
    let list = folder.path().join("000000000001.parcels");
    spool.sweep(at(1_000)).unwrap();
    assert!(list.exists());
    let now = fs::metadata(&list).unwrap().modified().unwrap();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    spool.sweep(at(i64::try_from(now).unwrap() + KEY_HOURS * 3600 + 1)).unwrap();
    assert!(!list.exists());
}

#[test]
fn another_process_and_damaged_lists_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path());
    spool.append(&[parcel("a", None), parcel("b", None)], at(1)).unwrap();
    let second = Spool::open(folder.path(), SpoolLimits::default(), at(0)).unwrap_err();
    assert!(second.to_string().contains("another process"), "{second}");
    drop(spool);
    // Behind a damaged line stands what was acknowledged: nothing is cut off.
    let list = folder.path().join("000000000001.parcels");
    let text = khien_model::limits::read_small_file(&list, 1 << 20).unwrap();
    fs::write(&list, text.replacen("\"end\":2", "\"end\":x", 1)).unwrap();
    let damaged = Spool::open(folder.path(), SpoolLimits::default(), at(0)).unwrap_err();
    assert!(damaged.to_string().contains("line 2 is none of a spool"), "{damaged}");
    assert_eq!(fs::metadata(folder.path().join("000000000001.log")).unwrap().len(), 4);
    // A log that is shorter than what was acknowledged lost it elsewhere.
    fs::write(&list, text).unwrap();
    fs::write(folder.path().join("000000000001.log"), "a\n").unwrap();
    let cut = Spool::open(folder.path(), SpoolLimits::default(), at(0)).unwrap_err();
    assert!(cut.to_string().contains("4 were acknowledged"), "{cut}");
}

proptest! {
    /// Whatever is taken, closed, stored and killed in between: each parcel that was told as new is read
    /// once, whole and in order.
    #[test]
    fn every_parcel_is_read_once(steps in prop::collection::vec((0..6_u8, 0..20_u8), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let limits = SpoolLimits { segment_bytes: 40, ..SpoolLimits::default() };
        let mut spool = Spool::open(folder.path(), limits, at(0)).unwrap();
        let (mut wanted, mut stored) = (String::new(), String::new());
        for (number, (step, key)) in steps.into_iter().enumerate() {
            let now = at(i64::try_from(number).unwrap());
            match step {
                0..=2 => {
                    let text = format!("{key}-{number}\n");
                    let key = (step == 2).then(|| key.to_string());
                    let taken = spool.append(&[parcel(&text, key.as_deref())], now).unwrap();
                    if taken == [Taken::New] {
                        wanted.push_str(&text);
                    }
                }
                3 => spool.close_all(),
                4 => {
                    // Only whole segments count as stored.
                    spool.close_all();
                    while let Some(mut reader) = spool.next_segment(Form::Json).unwrap() {
                        let (text, ended) = rest(&mut reader);
                        prop_assert!(ended);
                        stored.push_str(&text);
                        spool.finished(reader.number()).unwrap();
                    }
                }
                _ => {
                    drop(spool);
                    spool = Spool::open(folder.path(), limits, now).unwrap();
                }
            }
        }
        spool.close_all();
        while let Some(mut reader) = spool.next_segment(Form::Json).unwrap() {
            stored.push_str(&rest(&mut reader).0);
            spool.finished(reader.number()).unwrap();
        }
        prop_assert_eq!(stored, wanted);
        prop_assert_eq!(spool.waiting_bytes(), 0);
    }
}
