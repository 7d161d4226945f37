//! Each record once: copies, compressed copies, files that have grown.

use std::io::Write;
use std::path::Path;

use khien_sim::Variant;
use khien_testkit::corpus;

use super::support::{Store, assert_same, kinds_of, simulated};

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    khien_ingest::walk(&[folder.to_owned()], &|_| true)
        .files
        .into_iter()
        .map(|file| file.path)
        .collect()
}

#[test]
fn the_same_logs_twice_are_stored_once_whatever_their_names() {
    let office = simulated(Variant::Incident);
    let store = Store::new();
    let first = store.ingest(&[&office.logs()]);
    assert!(kinds_of(&first).0 > 1000);
    let rows = store.open().everything();
    let again = store.ingest(&[&office.logs(), "-j", "3"]);
    assert_eq!(kinds_of(&again), (0, 0), "{again}");
    assert_eq!(again["records"]["known"], first["records"]["read"]);
    assert_eq!(again["findings"], 0);
    assert_eq!(again["sources"]["known"], first["sources"]["read"]);
    // Copies under other names, one of them compressed, read beside the originals.
    let copies = tempfile::tempdir().unwrap();
    for (number, path) in files_below(Path::new(&office.logs())).iter().enumerate() {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::fs::File::open(path).unwrap(), &mut bytes).unwrap();
        let plain = !bytes.starts_with(&[0x1f, 0x8b]);
        if number % 2 == 0 && plain {
            let file =
                std::fs::File::create(copies.path().join(format!("copy-{number}.gz"))).unwrap();
            let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            packed.write_all(&bytes).unwrap();
            packed.finish().unwrap();
        } else {
            let ending = path.extension().unwrap_or_default().display().to_string();
            std::fs::write(copies.path().join(format!("copy-{number}.{ending}")), bytes).unwrap();
        }
    }
    let copied = store.ingest(&[&copies.path().display().to_string(), "-j", "2"]);
    assert_eq!(copied["records"]["events"], 0, "{copied}");
    assert_same(&store.open().everything(), &rows);
    // The same in one run, with threads that meet.
    let both = Store::new();
    both.ingest(&[&office.logs(), &copies.path().display().to_string(), "-j", "4"]);
    let found: Vec<_> =
        both.open().everything().into_iter().filter(|row| row[0] != "dead_letter").collect();
    let rows: Vec<_> = rows.into_iter().filter(|row| row[0] != "dead_letter").collect();
    assert_eq!(found.len(), rows.len());
    // Another organisation has records of its own.
    let other = store.ingest(&[&office.logs(), "--org", "other"]);
    assert_eq!(kinds_of(&other), kinds_of(&first));
}

/// Reads a log at several lengths, then whole; returns what the lake has then.
fn grown(name: &str, bytes: &[u8], cuts: &[usize]) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let store = Store::new();
    for cut in cuts.iter().chain([&bytes.len()]) {
        std::fs::write(&path, &bytes[..*cut]).unwrap();
        let text = path.display().to_string();
        store.ingest(&[&text, "--no-rules"]);
        assert_eq!(kinds_of(&store.ingest(&[&text, "--no-rules"])), (0, 0), "{name} cut at {cut}");
    }
    let lake = store.open();
    lake.check();
    lake.everything()
}

fn check_grown(name: &str, bytes: &[u8], cuts: &[usize], exactly: bool) {
    let whole = grown(name, bytes, &[]);
    let mut found = grown(name, bytes, cuts);
    if !exactly {
        // What a cut made of a record stays beside the record.
        found.retain(|row| whole.binary_search(row).is_ok());
    }
    assert_same(&found, &whole);
}

/// Ends of lines near some lengths.
fn line_ends(bytes: &[u8], near: &[usize]) -> Vec<usize> {
    let end =
        |from: usize| bytes[from..].iter().position(|byte| *byte == b'\n').map(|at| from + at + 1);
    near.iter().filter_map(|near| end(*near)).collect()
}

#[test]
fn a_log_that_has_grown_is_read_on() {
    let mut json = String::new();
    let (mut syslog, mut zeek) = (
        String::new(),
        "#separator \\x09\n#fields\tts\tuid\tid.orig_h\n#types\ttime\tstring\taddr\n".to_owned(),
    );
    for number in 0..400 {
        json += &format!(
            "{{\"time\":\"2026-03-01T00:{:02}:{:02}Z\",\"number\":{number},\"text\":\"{}\"}}\n",
            number / 60,
            number % 60,
            "x".repeat(number % 50)
        );
        syslog += &format!(
            "Mar  1 00:{:02}:{:02} host program[{number}]: message {number}\n",
            number / 60,
            number % 60
        );
        zeek +=
            &format!("17723232{:02}.{number}\tC{number}\t192.0.2.{}\n", number % 100, number % 250);
    }
    for (name, bytes) in [("a.json", &json), ("a.log", &syslog), ("conn.log", &zeek)] {
        let bytes = bytes.as_bytes();
        check_grown(name, bytes, &line_ends(bytes, &[100, 3000, 5000, 9000]), true);
        // A last line without its line feed, which is there the next time.
        let cuts: Vec<usize> = line_ends(bytes, &[200, 6000]).iter().map(|cut| cut - 1).collect();
        check_grown(name, bytes, &cuts, true);
        // In the middle of a record.
        check_grown(name, bytes, &[150, 4099, 7777], false);
    }
    // In a list, and in a wrapper, the reader must know what came before.
    let list = format!("[{}]", json.trim_end().replace('\n', ",\n"));
    check_grown("list.json", list.as_bytes(), &line_ends(list.as_bytes(), &[100, 5000]), true);
    let wrapper = format!("{{\"Records\": [{}]}}\n", json.trim_end().replace('\n', ",\n"));
    check_grown(
        "wrapper.json",
        wrapper.as_bytes(),
        &line_ends(wrapper.as_bytes(), &[100, 5000]),
        false,
    );
}

#[test]
fn audit_events_that_were_open_at_the_end_are_stored_once() {
    let mut text = String::new();
    for number in 0..200 {
        let head = format!("msg=audit(1772323200.{:03}:{number})", number % 1000);
        text += &format!(
            "type=SYSCALL {head}: arch=c000003e syscall=59 success=yes exe=\"/bin/{number}\"\n"
        );
        text += &format!("type=CWD {head}: cwd=\"/\"\n");
    }
    let bytes = text.as_bytes();
    let whole_events: Vec<usize> = bytes
        .windows(9)
        .enumerate()
        .filter(|(_, w)| w == b"\ntype=SYS")
        .map(|(at, _)| at + 1)
        .collect();
    check_grown("audit.log", bytes, &[whole_events[3], whole_events[90], whole_events[150]], true);
    check_grown("audit.log", bytes, &line_ends(bytes, &[1000, 8000]), false);
}

#[test]
fn two_logs_with_the_same_beginning_are_told_apart() {
    let store = Store::new();
    let folder = tempfile::tempdir().unwrap();
    let common: String =
        (0..200).map(|n| format!("{{\"number\":{n},\"text\":\"the same in both\"}}\n")).collect();
    assert!(common.len() > 5000);
    let write = |name: &str, rest: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{common}{rest}")).unwrap();
        path.display().to_string()
    };
    let first = write("a.json", "{\"a\":1}\n");
    let second = write("b.json", "{\"b\":1}\n{\"b\":2}\n");
    assert_eq!(kinds_of(&store.ingest(&[&first])), (201, 0));
    // They are two logs: what is equal in both is in both.
    assert_eq!(kinds_of(&store.ingest(&[&second])), (202, 0));
    assert_eq!(kinds_of(&store.ingest(&[&first, &second])), (0, 0));
    let first = write("a.json", "{\"a\":1}\n{\"a\":2}\n");
    let second = write("b.json", "{\"b\":1}\n{\"b\":2}\n{\"b\":3}\n");
    assert_eq!(kinds_of(&store.ingest(&[&first, &second])), (2, 0));
}

#[test]
fn an_event_log_that_was_written_on_is_read_on() {
    let Some(root) = corpus("evtx") else { return };
    let large = khien_ingest::walk(&[root], &|path| {
        path.is_dir() || path.extension().is_some_and(|e| e == "evtx")
    });
    let file = large
        .files
        .into_iter()
        .filter(|file| (300_000..3_000_000).contains(&file.bytes))
        .min_by_key(|file| file.bytes);
    let Some(file) = file else { return };
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::fs::File::open(&file.path).unwrap(), &mut bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.evtx");
    let text = path.display().to_string();
    let (store, clean) = (Store::new(), Store::new());
    std::fs::write(&path, &bytes).unwrap();
    clean.ingest(&[&text, "--no-rules"]);
    let expected: Vec<_> =
        clean.open().everything().into_iter().filter(|row| row[0] != "dead_letter").collect();
    // An earlier state: fewer chunks, another header.
    for chunks in [1, 3] {
        let mut early = bytes[..4096 + chunks * 65_536].to_vec();
        early[24] ^= 1;
        std::fs::write(&path, &early).unwrap();
        store.ingest(&[&text, "--no-rules"]);
        assert_eq!(kinds_of(&store.ingest(&[&text, "--no-rules"])), (0, 0));
    }
    std::fs::write(&path, &bytes).unwrap();
    store.ingest(&[&text, "--no-rules"]);
    let found: Vec<_> =
        store.open().everything().into_iter().filter(|row| row[0] != "dead_letter").collect();
    assert_same(&found, &expected);
    assert_eq!(kinds_of(&store.ingest(&[&text, "--no-rules"])), (0, 0));
}

#[test]
fn a_long_list_on_one_line_is_stored_once() {
    let records: Vec<String> =
        (0..9000).map(|n| format!("{{\"eventName\":\"x\",\"number\":{n}}}")).collect();
    let text = format!("{{\"Records\":[{}]}}", records.join(","));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.json").display().to_string();
    std::fs::write(&path, text).unwrap();
    let store = Store::new();
    assert_eq!(kinds_of(&store.ingest(&[&path, "--no-rules", "--batch-rows", "1000"])), (9000, 0));
    assert_eq!(kinds_of(&store.ingest(&[&path, "--no-rules"])), (0, 0));
}

#[test]
fn what_retention_took_out_is_not_stored_again() {
    let office = simulated(Variant::Incident);
    let store = Store::new();
    let first = store.ingest(&[&office.logs()]);
    let findings = store.open().number("SELECT count(*) FROM finding WHERE rule IS NOT NULL");
    assert!(findings > 0);
    let end = khien_model::Timestamp::from_nanos(i64::MAX);
    let wanted = khien_lake::Retention { before: Some(end), ..khien_lake::Retention::default() };
    let mut lake = khien_lake::Lake::open_to_write(store.folder()).unwrap();
    let done = lake.retain(&wanted).unwrap();
    drop(lake);
    let (events, dead) = kinds_of(&first);
    assert_eq!(done.rows, events + dead);
    let again = store.ingest(&[&office.logs()]);
    assert_eq!(kinds_of(&again), (0, 0), "{again}");
    assert_eq!(again["records"]["known"], first["records"]["read"]);
    let kept = store.open().number("SELECT count(*) FROM finding WHERE rule IS NOT NULL");
    assert_eq!(kept, findings, "findings stay, and are not made twice");
    let folder = store.path();
    let checked = crate::program::khien(&["admin", "lake", "check", "--lake", &folder]);
    assert_eq!(checked.status.code(), Some(0));
}

/// A lake that knows a log as rows did before they had a BLAKE3: by its SHA-256.
fn lake_of_before(log: &[u8], records: u64, run: Option<&str>) -> Store {
    let store = Store::new();
    let sha256 = khien_ops::ingest::checkpoint::sha256;
    let head = &log[..log.len().min(4096)];
    let last = log[..log.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let known = format!(
        r#"{{"length":{},"sha256":"{}","head":"{}","kind":"json","settled":{records},"from":[{last},{}],"complete":true,"run":"r1"}}"#,
        log.len(),
        sha256(log),
        sha256(head),
        records - 1
    );
    let mut buffer = khien_lake::row::RowBuffer::new();
    let now = khien_model::Timestamp::from_nanos(1_772_323_200_000_000_000);
    let origin = |source: &str, format: &str| khien_lake::row::Origin {
        org: "default".to_owned(),
        source: source.to_owned(),
        format: format.to_owned(),
        ..khien_lake::row::Origin::default()
    };
    buffer.source(&origin("s1", "json"), now, "a.json", &known, records);
    if let Some(run) = run {
        let ended = format!(
            r#"{{"length":0,"sha256":"","head":"","kind":"run","settled":0,"from":[0,0],"complete":false,"run":"{run}","closed":["{run}"]}}"#
        );
        buffer.source(&origin(&format!("run-{run}"), "run"), now, "run", &ended, 0);
    }
    let mut lake = khien_lake::Lake::open_to_write(store.folder()).unwrap();
    lake.store(&mut buffer, &khien_lake::Progress::from([("s1".to_owned(), records)])).unwrap();
    store
}

#[test]
fn what_an_earlier_version_stored_is_not_stored_again() {
    // Longer than a head, and shorter.
    for records in [400_u64, 20] {
        let line = |n| format!("{{\"number\":{n},\"text\":\"what is said\"}}\n");
        let old: String = (0..records).map(line).collect();
        // A run that ended, and one that was killed: there, correlations want the records.
        for run in [Some("r1"), None] {
            let store = lake_of_before(old.as_bytes(), records, run);
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("b.json");
            let text = path.display().to_string();
            let ingest = |log: &str| {
                std::fs::write(&path, log).unwrap();
                let summary = store.ingest(&[&text, "--no-rules"]);
                (kinds_of(&summary), summary["records"]["known"].as_u64().unwrap())
            };
            assert_eq!(ingest(&old), ((0, 0), records), "{run:?}");
            // It is read on from there, and then known by its new row.
            let grown = old.clone() + &line(records) + &line(records + 1);
            assert_eq!(ingest(&grown), ((2, 0), records), "{run:?}");
            assert_eq!(ingest(&grown), ((0, 0), records + 2), "{run:?}");
            // The old state is still known by its old row.
            assert_eq!(ingest(&old), ((0, 0), records), "{run:?}");
            let lake = store.open();
            assert_eq!(
                lake.number(
                    "SELECT count(DISTINCT source) FROM events WHERE class NOT IN ('source')"
                ),
                1
            );
            assert_eq!(lake.number("SELECT count(*) FROM sources WHERE fields LIKE '%blake3%'"), 1);
            // Another log with the same beginning is another log.
            let other = format!("{old}{{\"another\":1}}\n");
            let known = ingest(&other).0;
            assert_eq!(known, (1, 0), "it is that log, written on in another way");
            let changed = old.replacen("\"number\":1,", "\"number\":7,", 1);
            assert_eq!(ingest(&changed).0, (records, 0), "{run:?}");
        }
    }
}
