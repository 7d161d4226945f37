use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::held::lock;
use crate::live::parcel::Form;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

fn parcel(text: &str, key: Option<&str>) -> Parcel {
    let key = key.map(|key| ParcelKey::new("sender", key));
    Parcel {
        form: Form::Json,
        key,
        host: String::new(),
        records: 1,
        bytes: text.as_bytes().to_vec(),
    }
}

fn open(folder: &Path) -> Mutex<Spool> {
    Mutex::new(Spool::open(folder, SpoolLimits::default(), at(0)).unwrap())
}

/// What a reader gets before it would have to wait, and how far that is.
fn rest(reader: &mut Reader, spool: &Mutex<Spool>) -> (String, Option<Place>) {
    let (mut text, mut place) = (Vec::new(), None);
    while let Some(incoming) = reader.next(spool, Duration::ZERO).unwrap() {
        text.extend_from_slice(&incoming.bytes);
        place = Some(incoming.place);
    }
    (String::from_utf8(text).unwrap(), place)
}

fn after(spool: &Mutex<Spool>, parcel: u64) -> Reader {
    lock(spool).read_after(parcel).unwrap()
}

fn append(spool: &Mutex<Spool>, parcels: &[Parcel], seconds: i64) -> Vec<Taken> {
    lock(spool).append(parcels, at(seconds)).unwrap()
}

fn waiting(spool: &Mutex<Spool>) -> u64 {
    lock(spool).waiting_bytes()
}

#[test]
fn what_is_taken_is_read_while_more_comes_and_goes_when_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    let mut reader = after(&spool, 0);
    assert_eq!(rest(&mut reader, &spool).0, "");
    assert_eq!(append(&spool, &[parcel("a", None)], 1), [Taken::New]);
    let syslog = Parcel { form: Form::Syslog, host: "gw".to_owned(), ..parcel("b\n", None) };
    append(&spool, &[syslog, parcel("c", None)], 2);
    let first = reader.next(&spool, Duration::ZERO).unwrap().unwrap();
    assert_eq!((first.number, first.form, first.bytes.as_slice()), (1, Form::Json, &b"a\n"[..]));
    let second = reader.next(&spool, Duration::ZERO).unwrap().unwrap();
    assert_eq!((second.number, second.form, second.host.as_str()), (2, Form::Syslog, "gw"));
    lock(&spool).stored(second.place).unwrap();
    assert_eq!(
        waiting(&spool),
        2,
        "what is stored does not wait, though its file is still written to"
    );
    let (text, place) = rest(&mut reader, &spool);
    assert_eq!(text, "c\n");
    lock(&spool).close_all();
    lock(&spool).stored(place.unwrap()).unwrap();
    assert_eq!(waiting(&spool), 0);
    assert!(!folder.path().join("000000000001.log").exists());
    append(&spool, &[parcel("d", None)], 3);
    assert_eq!(rest(&mut reader, &spool).0, "d\n", "another segment follows");
    assert_eq!(rest(&mut after(&spool, 3), &spool).0, "d\n");
    assert_eq!(rest(&mut after(&spool, 4), &spool).0, "");
}

#[test]
fn what_was_never_acknowledged_is_cut_off_and_the_rest_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    append(&spool, &[parcel("whole", Some("k"))], 1);
    drop(spool);
    let log = folder.path().join("000000000001.log");
    let list = folder.path().join("000000000001.parcels");
    let add = |path: &Path, text: &str| {
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    add(&log, "half a par");
    add(&list, "{\"number\":2,\"end\":9");
    let spool = open(folder.path());
    assert_eq!(fs::metadata(&log).unwrap().len(), 6);
    assert_eq!(rest(&mut after(&spool, 0), &spool).0, "whole\n");
    // The sender heard nothing, or did, and sends again.
    assert_eq!(append(&spool, &[parcel("whole", Some("k"))], 2), [Taken::Before(1)]);
}

#[test]
fn the_same_key_is_taken_once_also_after_its_records_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    let twice = [parcel("a", Some("k")), parcel("a", Some("k")), parcel("a", None)];
    assert_eq!(append(&spool, &twice, 1), [Taken::New, Taken::Before(1), Taken::New]);
    lock(&spool).close_all();
    let (text, place) = rest(&mut after(&spool, 0), &spool);
    assert_eq!(text, "a\na\n");
    lock(&spool).stored(place.unwrap()).unwrap();
    drop(spool);
    let spool = open(folder.path());
    assert_eq!(append(&spool, &twice[..1], 2), [Taken::Before(1)]);
    // Another sender may choose the same word.
    let key = Some(ParcelKey::new("other", "k"));
    assert_eq!(append(&spool, &[Parcel { key, ..parcel("a", None) }], 2), [Taken::New]);
    drop(spool);
    let later = at(KEY_HOURS * 3600 + 10);
    let spool = Mutex::new(Spool::open(folder.path(), SpoolLimits::default(), later).unwrap());
    let taken = lock(&spool).append(&twice[..1], later).unwrap();
    assert_eq!(taken, [Taken::New], "a day later it is forgotten");
}

#[test]
fn a_full_spool_takes_nothing_until_the_lake_has_caught_up() {
    let folder = tempfile::tempdir().unwrap();
    let limits = SpoolLimits { bytes_max: 10, segment_bytes: 4, ..SpoolLimits::default() };
    let spool = Mutex::new(Spool::open(folder.path(), limits, at(0)).unwrap());
    for _ in 0..2 {
        assert_eq!(append(&spool, &[parcel("12345", None)], 1), [Taken::New]);
    }
    let full = lock(&spool).append(&[parcel("6", None)], at(1)).unwrap_err();
    assert!(matches!(full, SpoolError::Full(12)), "{full}");
    let mut reader = after(&spool, 0);
    let first = reader.next(&spool, Duration::ZERO).unwrap().unwrap();
    lock(&spool).stored(first.place).unwrap();
    assert!(!folder.path().join("000000000001.log").exists(), "a full segment is closed");
    assert_eq!(append(&spool, &[parcel("6", None)], 1), [Taken::New]);
}

#[test]
fn old_segments_are_closed_and_old_lists_go_except_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    append(&spool, &[parcel("a", Some("k"))], 1);
    let (_, place) = rest(&mut after(&spool, 0), &spool);
    lock(&spool).stored(place.unwrap()).unwrap();
    let log = folder.path().join("000000000001.log");
    lock(&spool).close_old(at(600)).unwrap();
    assert!(log.exists());
    lock(&spool).close_old(at(601)).unwrap();
    assert!(!log.exists(), "it is closed, and all of it is stored");
    let list = folder.path().join("000000000001.parcels");
    let now = fs::metadata(&list).unwrap().modified().unwrap();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let later = at(i64::try_from(now).unwrap() + KEY_HOURS * 3600 + 1);
    lock(&spool).sweep(later).unwrap();
    assert!(list.exists(), "it knows which number comes next");
    append(&spool, &[parcel("b", None)], 602);
    lock(&spool).sweep(at(1_000)).unwrap();
    assert!(list.exists());
    lock(&spool).sweep(later).unwrap();
    assert!(!list.exists());
}

/// A number that was given to a parcel of the lake is not given again, or that parcel would never be
/// read: not when lists are old, and not when the folder was emptied.
#[test]
fn numbers_go_on_behind_those_of_the_lake() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    append(&spool, &[parcel("a", None), parcel("b", None)], 1);
    let (_, place) = rest(&mut after(&spool, 0), &spool);
    lock(&spool).close_all();
    lock(&spool).stored(place.unwrap()).unwrap();
    let name = lock(&spool).name().to_owned();
    drop(spool);
    // A year later.
    let later = at(400 * 86_400);
    let spool = Mutex::new(Spool::open(folder.path(), SpoolLimits::default(), later).unwrap());
    assert_eq!(lock(&spool).name(), name);
    lock(&spool).append(&[parcel("c", None)], later).unwrap();
    assert_eq!(rest(&mut after(&spool, 2), &spool).0, "c\n");
    drop(spool);
    // The lake knows of more than the spool: it was not there for a while.
    let spool = open(folder.path());
    let mut reader = after(&spool, 77);
    append(&spool, &[parcel("d", None)], 5);
    assert_eq!(rest(&mut reader, &spool).0, "d\n");
    assert_eq!(rest(&mut after(&spool, 77), &spool).0, "d\n");
    drop((reader, spool));
    for entry in fs::read_dir(folder.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    assert_ne!(lock(&open(folder.path())).name(), name, "an emptied folder is another spool");
}

/// A disk that is full takes nothing, leaves nothing half written, and is fine again afterwards.
#[test]
fn what_a_full_disk_took_half_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    let mut reader = after(&spool, 0);
    append(&spool, &[parcel("a", None)], 1);
    // Every write from now on fails, as one to a full disk.
    let fail = |spool: &Mutex<Spool>| {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut spool = lock(spool);
        let segment = spool.segments.values_mut().find(|segment| segment.files.is_some());
        segment.unwrap().files.as_mut().unwrap().list = full;
        drop(spool);
    };
    fail(&spool);
    let failed = lock(&spool).append(&[parcel("b", Some("k"))], at(2)).unwrap_err();
    assert!(matches!(failed, SpoolError::Io { .. }), "{failed}");
    assert_eq!(fs::metadata(folder.path().join("000000000001.log")).unwrap().len(), 2);
    // The sender tries again, and it is taken once.
    assert_eq!(append(&spool, &[parcel("b", Some("k"))], 3), [Taken::New]);
    assert_eq!(rest(&mut reader, &spool).0, "a\nb\n");
    lock(&spool).close_all();
    // In a segment of which nothing was acknowledged yet.
    lock(&spool).open_segment(at(4)).unwrap();
    fail(&spool);
    lock(&spool).append(&[parcel("c", None)], at(5)).unwrap_err();
    assert!(!folder.path().join("000000000003.log").exists());
    assert!(!folder.path().join("000000000003.parcels").exists());
    append(&spool, &[parcel("d", None)], 6);
    assert_eq!(rest(&mut reader, &spool).0, "d\n");
    drop((reader, spool));
    let spool = open(folder.path());
    assert_eq!(rest(&mut after(&spool, 0), &spool).0, "a\nb\nd\n");
}

#[test]
fn another_process_and_damaged_lists_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    append(&spool, &[parcel("a", None), parcel("b", None)], 1);
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

/// Records that cannot be read are an error, and no end: nothing behind them counts as stored.
#[test]
fn a_log_that_loses_bytes_while_it_is_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    append(&spool, &[parcel("aaaa", None), parcel("bbbb", None)], 1);
    let mut reader = after(&spool, 0);
    assert!(reader.next(&spool, Duration::ZERO).unwrap().is_some());
    let log = File::options().write(true).open(folder.path().join("000000000001.log")).unwrap();
    log.set_len(7).unwrap();
    let short = reader.next(&spool, Duration::ZERO).unwrap_err();
    assert!(short.to_string().contains("shorter than the 10 bytes acknowledged"), "{short}");
    assert_eq!(waiting(&spool), 10);
    log.set_len(0).unwrap();
    after(&spool, 1).next(&spool, Duration::ZERO).unwrap_err();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is taken, closed, stored and killed in between: each parcel that was told as new is read
    /// once, whole and in order.
    #[test]
    fn every_parcel_is_read_once(steps in prop::collection::vec((0..7_u8, 0..20_u8), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let limits = SpoolLimits { segment_bytes: 40, ..SpoolLimits::default() };
        let mut spool = Mutex::new(Spool::open(folder.path(), limits, at(0)).unwrap());
        let (mut wanted, mut stored, mut lake) = (String::new(), String::new(), 0);
        let mut reader = after(&spool, 0);
        for (number, (step, key)) in steps.into_iter().enumerate() {
            let now = i64::try_from(number).unwrap();
            match step {
                0..=2 => {
                    let text = format!("{key}-{number}\n");
                    let key = (step == 2).then(|| key.to_string());
                    if append(&spool, &[parcel(&text, key.as_deref())], now) == [Taken::New] {
                        wanted.push_str(&text);
                    }
                }
                3 => lock(&spool).close_all(),
                4 => {
                    let (text, place) = rest(&mut reader, &spool);
                    stored.push_str(&text);
                    if let Some(place) = place {
                        lake = place.parcel();
                        lock(&spool).stored(place).unwrap();
                    }
                }
                // A write to the lake failed: what was read is read again.
                5 => {
                    rest(&mut reader, &spool);
                    reader = after(&spool, lake);
                }
                _ => {
                    drop(spool);
                    spool = Mutex::new(Spool::open(folder.path(), limits, at(now)).unwrap());
                    reader = after(&spool, lake);
                }
            }
        }
        lock(&spool).close_all();
        let (text, place) = rest(&mut reader, &spool);
        stored.push_str(&text);
        if let Some(place) = place {
            lock(&spool).stored(place).unwrap();
        }
        prop_assert_eq!(stored, wanted);
        prop_assert_eq!(waiting(&spool), 0);
    }
}
