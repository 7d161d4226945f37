use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use khien_lake::{QueryLimits, Selection, Walked};
use khien_lineage::{Config, RuntimeRates, Status};
use khien_sim::{SoftphoneScenario, Variant};

use super::*;
use crate::live::parcel::{Form, Parcel, ParcelKey};
use crate::live::spool::{Spool, SpoolLimits};
use crate::live::writer::Writer;
use crate::scan::knowledge::{RuleInputs, load_advisories, load_rules};

fn clock() -> (Timestamp, Instant) {
    #[expect(clippy::disallowed_methods, reason = "a process of its own, as far as the test goes")]
    (Timestamp::from_nanos(1_800_000_000_000_000_000), Instant::now())
}

/// A folder with a lake and a spool, and what runs on them.
struct Running {
    pipeline: Pipeline,
    spool: SharedSpool,
    lake: Arc<Mutex<Lake>>,
    told: Receiver<Told>,
}

fn start(folder: &Path) -> Running {
    let rules = load_rules(&RuleInputs { builtin: true, ..RuleInputs::default() }).unwrap();
    start_with(folder, Known::new(rules, load_advisories(&["3cx".to_owned()]).unwrap()))
}

fn start_with(folder: &Path, known: Known) -> Running {
    let lake = Lake::open_to_write(&folder.join("lake")).unwrap();
    start_on(folder, lake, known)
}

fn start_on(folder: &Path, lake: Lake, known: Known) -> Running {
    let limits = SpoolLimits { segment_bytes: 2 << 20, ..SpoolLimits::default() };
    let spool = Spool::open(&folder.join("spool"), limits, clock().0).unwrap();
    let spool = Arc::new(Mutex::new(spool));
    let mut engine = Engine::new(Config::default(), RuntimeRates::built_in().unwrap());
    let (selection, limits) = (Selection::default(), QueryLimits::default());
    crate::lineage::learn(
        &mut engine,
        &lake,
        &selection,
        vec![],
        &limits,
        &Walked::default(),
        &|_| {},
    )
    .unwrap();
    let lake = Arc::new(Mutex::new(lake));
    let (teller, told): (Sender<Told>, _) = channel();
    let pipeline = Pipeline::start(Setup {
        lake: Arc::clone(&lake),
        spool: Arc::clone(&spool),
        known: Arc::new(known),
        engine,
        // Nobody said which: that must make no difference.
        org: String::new(),
        mappings: Vec::new(),
        clock,
        told: Box::new(move |told| drop(teller.send(told))),
    });
    Running { pipeline, spool, lake, told }
}

fn count(lake: &Mutex<Lake>, what: &str) -> u64 {
    let sql = format!("SELECT count(*) AS n FROM {what}");
    let answer = lock(lake).query(&sql, &QueryLimits::default()).unwrap();
    answer.json().unwrap()[0]["n"].as_u64().unwrap()
}

/// The JSON logs of the simulated office, a record a line.
fn office() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    SoftphoneScenario { seed: 42, variant: Variant::Incident }.write_to(folder.path()).unwrap();
    let found = khien_ingest::walk(&[folder.path().to_owned()], &|_| true);
    let mut lines = Vec::new();
    for file in found.files {
        let mut text = Vec::new();
        let bytes = std::fs::File::open(&file.path).unwrap().take(1 << 30);
        let mut bytes: Box<dyn Read> = match file.path.extension().is_some_and(|e| e == "gz") {
            true => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
            false => Box::new(bytes),
        };
        bytes.read_to_end(&mut text).unwrap();
        let Ok(text) = String::from_utf8(text) else { continue };
        let is_log =
            text.starts_with('{') && text.lines().nth(1).is_some_and(|l| l.starts_with('{'));
        if is_log && !file.path.ends_with("SYNTHETIC.json") {
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    assert!(lines.len() > 5_000, "{}", lines.len());
    lines
}

fn send(writer: &Writer, number: usize, lines: &[String]) {
    send_as(writer, Form::Json, number, lines.join("\n").as_bytes());
}

fn send_as(writer: &Writer, form: Form, number: usize, bytes: &[u8]) {
    let parcel = Parcel {
        form,
        key: Some(ParcelKey::new("test", &number.to_string())),
        host: "gateway".to_owned(),
        records: 1,
        bytes: bytes.to_vec(),
    };
    let (told, answer) = channel();
    writer.offer_all(vec![parcel], Box::new(move |taken| told.send(taken).unwrap())).unwrap();
    answer.recv().unwrap().unwrap();
}

fn is_empty(spool: &SharedSpool) -> bool {
    lock(spool).waiting_bytes() == 0
}

/// Waits until all that was sent is stored.
fn drain(running: &Running) {
    for _ in 0..1200 {
        if is_empty(&running.spool) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the spool is not empty after two minutes");
}

fn names(found: &[Finding], version: &str) -> bool {
    found.iter().any(|finding| finding.version.as_raw() == version)
}

/// What is sent is found as if it had been read from files; a pipeline that is stopped in the middle and
/// started again stores each record once, and senders who send again change nothing.
#[test]
fn everything_that_is_sent_is_stored_once_and_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let lines = office();
    let mut departed: HashMap<String, Finding> = HashMap::new();
    let (mut found, mut highest) = (Vec::new(), 0);
    let parcels: Vec<&[String]> = lines.chunks(500).collect();
    for (round, half) in parcels.chunks(parcels.len().div_ceil(2)).enumerate() {
        let mut running = start(folder.path());
        let (writer, thread) = Writer::start(Arc::clone(&running.spool), || clock().0);
        for (number, parcel) in half.iter().enumerate() {
            send(&writer, round * 100_000 + number, parcel);
        }
        send(&writer, round * 100_000, half[0]);
        match round {
            // In the middle of whatever it does.
            0 => std::thread::sleep(Duration::from_millis(700)),
            _ => drain(&running),
        }
        if round == 1 {
            // What waits for records that come late waits no longer.
            let end = Timestamp::parse("2023-04-20T00:00:00Z").unwrap();
            running.pipeline.with_engine(|engine| engine.advance(end));
        }
        let mut all = Vec::new();
        // Departures are told when they are looked for the next time.
        let is_told =
            |told: &Told| matches!(told, Told::Departed(found) if names(found, "18.12.416"));
        while round == 1 && !all.iter().any(is_told) {
            all.push(running.told.recv_timeout(Duration::from_secs(60)).unwrap());
        }
        running.pipeline.stop();
        drop(writer);
        thread.join().unwrap();
        for told in all.into_iter().chain(running.told.try_iter()) {
            match told {
                Told::Stored { upto, found: more, .. } => {
                    assert!(upto > highest, "{upto} after {highest}");
                    highest = upto;
                    found.extend(more);
                }
                Told::Departed(more) => {
                    departed.extend(more.into_iter().map(|finding| (finding.id.clone(), finding)));
                }
                Told::Recovered => {}
                Told::Failed(text) | Told::SetAside(text) | Told::Noted(text) => panic!("{text}"),
            }
        }
        if round == 1 {
            // What was found stands beside what happened, as sources do.
            let findings = count(&running.lake, "finding WHERE fields LIKE '%\"found.kind\"%'");
            let dead = count(&running.lake, "dead_letters");
            let other = findings + dead + count(&running.lake, "sources");
            let stored = count(&running.lake, "events") - other;
            assert_eq!((stored, dead), (lines.len() as u64, 0), "{other} other rows");
            assert_eq!(findings, found.len() as u64);
        }
    }
    assert!(found.iter().any(|(name, _)| name.kind == "indicator"), "the 3CX advisory is seen");
    let open = departed.values().filter(|finding| finding.status == Status::Open);
    let releases: Vec<&str> = open.map(|finding| finding.version.as_raw()).collect();
    assert!(releases.contains(&"18.12.416"), "{releases:?}");
}

const BURST: &str = r#"
title: A name of a door
name: door
logsource: {product: windows, category: dns_query}
detection:
  asked: {QueryName|endswith: door.example}
  condition: asked
level: low
---
title: Many asked for one door
id: 11111111-2222-4333-8444-555555555555
generate: true
correlation:
  type: event_count
  rules: [door]
  group-by: [QueryName]
  timespan: 10m
  condition: {gte: 3}
level: high
"#;

/// A rule, and a correlation over it.
fn doors(folder: &Path) -> Known {
    let path = folder.join("doors.yml");
    std::fs::write(&path, BURST).unwrap();
    let inputs = RuleInputs { paths: vec![path], ..RuleInputs::default() };
    let rules = load_rules(&inputs).unwrap();
    assert_eq!((rules.rules().len(), rules.correlations().len()), (1, 1));
    Known::new(rules, load_advisories(&[]).unwrap())
}

/// A Sysmon record of a question for a name, so many minutes after a day began.
fn asks(name: &str, minute: u32) -> String {
    serde_json::json!({
        "EventID": 22, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "PC-1",
        "UtcTime": format!("2026-03-02 08:{minute:02}:00.000"), "ProcessId": 4711,
        "Image": "C:\\Windows\\explorer.exe", "QueryName": name, "QueryResults": "192.0.2.7;",
    })
    .to_string()
}

/// Sends one record in a parcel of its own, and waits until it is stored.
fn send_one(running: &Running, number: usize, line: String) {
    let (writer, thread) = Writer::start(Arc::clone(&running.spool), || clock().0);
    send(&writer, number, &[line]);
    drop(writer);
    thread.join().unwrap();
    drain(running);
}

/// The titles of what was found so far and not taken yet, once there are so many.
fn titles(running: &Running, wanted: usize) -> Vec<String> {
    let mut found = Vec::new();
    for _ in 0..100 {
        for told in running.told.try_iter() {
            match told {
                Told::Stored { found: more, .. } => {
                    found.extend(more.into_iter().map(|(name, _)| name.title.clone()));
                }
                Told::SetAside(text) | Told::Noted(text) => panic!("{text}"),
                _ => {}
            }
        }
        if found.len() >= wanted {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    found
}

const DOOR: &str = "A name of a door";
const MANY: &str = "Many asked for one door";

/// What waits in windows is there again after the process ended in order, and an alert that was stored
/// before is not raised again.
#[test]
fn windows_of_correlations_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = start_with(folder.path(), doors(folder.path()));
    for (number, minute) in [1, 2].into_iter().enumerate() {
        send_one(&running, number, asks("a.door.example", minute));
    }
    assert_eq!(titles(&running, 2), [DOOR, DOOR]);
    running.pipeline.stop();
    drop(running);
    let running = start_with(folder.path(), doors(folder.path()));
    send_one(&running, 2, asks("a.door.example", 3));
    // Time goes on, so that the window is decided.
    send_one(&running, 3, asks("else.example", 30));
    assert_eq!(titles(&running, 2), [DOOR, MANY]);
    drop(running);
    let running = start_with(folder.path(), doors(folder.path()));
    send_one(&running, 4, asks("else.example", 31));
    assert_eq!(titles(&running, 1), [""; 0]);
    let finding = format!("finding WHERE title = '{MANY}'");
    assert_eq!(count(&running.lake, &finding), 1);
}

/// A lake that cannot be written to for a while: everything is stored once it can, once, and matches
/// count once.
#[test]
fn what_could_not_be_stored_is_stored_once_later() {
    let folder = tempfile::tempdir().unwrap();
    let running = start_with(folder.path(), doors(folder.path()));
    send_one(&running, 0, asks("a.door.example", 1));
    assert_eq!(titles(&running, 1), [DOOR]);
    // A log of a table that is no folder any more takes no commit.
    let log = folder.path().join("lake/events/_delta_log");
    let away = folder.path().join("away");
    std::fs::rename(&log, &away).unwrap();
    std::fs::write(&log, "").unwrap();
    let (writer, thread) = Writer::start(Arc::clone(&running.spool), || clock().0);
    send(&writer, 1, &[asks("a.door.example", 2)]);
    let failed = running.told.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(matches!(failed, Told::Failed(_)), "{failed:?}");
    // What comes meanwhile is taken too.
    send(&writer, 2, &[asks("else.example", 2)]);
    std::thread::sleep(Duration::from_secs(3));
    assert!(!is_empty(&running.spool));
    std::fs::remove_file(&log).unwrap();
    std::fs::rename(&away, &log).unwrap();
    drain(&running);
    send(&writer, 3, &[asks("else.example", 30)]);
    drain(&running);
    assert_eq!(titles(&running, 1), [DOOR], "two are not three");
    send(&writer, 4, &[asks("b.door.example", 31), asks("b.door.example", 32)]);
    send(&writer, 5, &[asks("b.door.example", 33), asks("else.example", 50)]);
    assert_eq!(titles(&running, 4), [DOOR, DOOR, DOOR, MANY]);
    drop(writer);
    thread.join().unwrap();
    let events = "events WHERE log_category LIKE '%dns_query%'";
    assert_eq!(count(&running.lake, events), 8);
    assert_eq!(count(&running.lake, "finding"), 6);
}

/// One who sends something else than he says harms his own parcel only; and the same words twice are
/// two records.
#[test]
fn every_parcel_is_read_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let running = start_with(folder.path(), doors(folder.path()));
    let (writer, thread) = Writer::start(Arc::clone(&running.spool), || clock().0);
    let line = b"<13>1 2026-03-02T08:00:00Z fw app - - - dropped";
    let packed = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab];
    let odd: [&[u8]; 5] = [b"{\"a\": 1}", b"no syslog at all", &packed, b"\0\0\0\0", b"[1, 2"];
    for (number, odd) in odd.into_iter().enumerate() {
        send_as(&writer, Form::Syslog, number * 10, odd);
        send_as(&writer, Form::Syslog, number * 10 + 1, line);
        send_as(&writer, Form::Json, number * 10 + 2, odd);
        send_as(&writer, Form::Json, number * 10 + 3, b"{\"untimed\": true}");
    }
    drain(&running);
    drop(writer);
    thread.join().unwrap();
    assert_eq!(count(&running.lake, "events WHERE fields LIKE '%dropped%'"), 5);
    assert_eq!(count(&running.lake, "events WHERE fields LIKE '%untimed%'"), 5);
    assert_eq!(
        count(&running.lake, "events WHERE host = 'gateway' AND fields LIKE '%untimed%'"),
        5
    );
    assert!(count(&running.lake, "dead_letters") > 0);
    assert_eq!(titles(&running, 0), [""; 0]);
}

/// The same while what is looked for changes: windows are made anew of a lake that has not all that was
/// read, and matches of what is read again count.
#[test]
fn a_change_of_rules_while_the_lake_fails_loses_no_match() {
    let folder = tempfile::tempdir().unwrap();
    let running = start_with(folder.path(), doors(folder.path()));
    send_one(&running, 0, asks("a.door.example", 1));
    let log = folder.path().join("lake/events/_delta_log");
    let away = folder.path().join("away");
    std::fs::rename(&log, &away).unwrap();
    std::fs::write(&log, "").unwrap();
    let (writer, thread) = Writer::start(Arc::clone(&running.spool), || clock().0);
    send(&writer, 1, &[asks("a.door.example", 2), asks("a.door.example", 3)]);
    loop {
        let told = running.told.recv_timeout(Duration::from_secs(20)).unwrap();
        if matches!(told, Told::Failed(_)) {
            break;
        }
    }
    running.pipeline.steering().look_for(Arc::new(doors(folder.path())));
    std::fs::remove_file(&log).unwrap();
    std::fs::rename(&away, &log).unwrap();
    drain(&running);
    send(&writer, 2, &[asks("else.example", 30)]);
    assert_eq!(titles(&running, 3), [DOOR, DOOR, MANY]);
    drop(writer);
    thread.join().unwrap();
}

/// The lake could not be written to for an hour: what came meanwhile waits to be read, and may belong to a
/// window that the clock alone would close.
#[test]
fn the_clock_decides_nothing_while_parcels_wait_to_be_read() {
    use khien_detect::correlate::Hit;

    use crate::live::correlating::{Correlating, Stored};

    let folder = tempfile::tempdir().unwrap();
    let (known, names) = (doors(folder.path()), FoundNames::default());
    let lake = Lake::open_to_write(&folder.path().join("lake")).unwrap();
    let (now, at) = clock();
    let (of, stored) = ((&known, &names, "org"), (Stored::default(), 0));
    let walked = Walked::default();
    let (mut windows, error) =
        Correlating::of_lake(&lake, of, Vec::new(), (now, at), stored, &walked);
    assert!(error.is_none());
    let time = Timestamp::parse("2026-03-02T08:01:00Z").unwrap();
    windows.came(Some(time), (now, at));
    for second in 0..3 {
        windows.hit(Hit {
            time_nanos: time.as_nanos() + second * 1_000_000_000,
            event: khien_model::Event::new().id(),
            correlation: 0,
            input: 0,
            host: "PC-1".into(),
            group: ["a.door.example".into()].into(),
            value: None,
        });
    }
    let later = (now, at + Duration::from_secs(3600));
    windows.decide(&known, &names, "org", later, true);
    assert!(!windows.has_waiting());
    windows.decide(&known, &names, "org", later, false);
    let titles: Vec<_> = windows.stored().into_iter().map(|(name, _)| name.title.clone()).collect();
    assert_eq!(titles, [MANY]);
}
