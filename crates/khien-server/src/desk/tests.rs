//! What becomes of findings when the state or the server does not go on.

use khien_lake::row::{Origin, RowBuffer};
use khien_model::Event;
use khien_ops::ingest::found::{FoundName, add_finding};
use khien_ops::scan::detection::Detection;
use sqlx::Connection;

use super::*;
use crate::clock::SetClock;
use crate::state::StateFolder;

const NOW: i64 = 1_790_000_000_000;

fn name() -> FoundName {
    FoundName {
        kind: "rule",
        id: "r1".to_owned(),
        title: "Something".to_owned(),
        severity: "high",
        techniques: String::new(),
    }
}

fn on(host: &str) -> Detection {
    Detection {
        time_nanos: NOW * 1_000_000,
        host: host.to_owned(),
        finding: 0,
        event: Event::new().id(),
        file: String::new(),
        record: 1,
        offset: 0,
        fields: Vec::new(),
        window: None,
    }
}

fn stored(upto: u64, host: &str) -> Told {
    let found = vec![(Arc::new(name()), on(host))];
    Told::Stored { upto, counted: Default::default(), found }
}

/// A desk with lake and spool in a folder, which looks for nothing.
fn config_in(folder: &tempfile::TempDir) -> DeskConfig {
    DeskConfig {
        org: String::new(),
        lake: folder.path().join("lake"),
        spool: folder.path().join("spool"),
        spool_bytes: SPOOL_BYTES,
        rules: RuleInputs::default(),
        advisories: Vec::new(),
    }
}

/// How far alerts are is not said past one that could not be written: the next start looks from there.
#[tokio::test]
async fn behind_alerts_that_could_not_be_written_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = StateFolder::serve(&folder.path().join("state")).unwrap();
    let store = Store::open(&folder, Arc::new(SetClock::at(NOW))).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.database());
    let mut aside = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("ALTER TABLE alert RENAME TO away").execute(&mut aside).await.unwrap();
    let (tell, told) = mpsc::channel(TOLD_MAX);
    let (closing, closed) = watch::channel(false);
    let standing = Arc::<Mutex<Standing>>::default();
    let teller = Teller {
        store: store.clone(),
        bus: Arc::new(Bus::new(NOW)),
        standing: Arc::clone(&standing),
        source: "spool-1".to_owned(),
        is_behind: false,
        closed,
    };
    let telling = tokio::spawn(teller.go_on(told));
    tell.send(stored(1, "PC-1")).await.unwrap();
    while lock(&standing).unwritten.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    closing.send_replace(true);
    tokio::time::sleep(Duration::from_millis(100)).await;
    sqlx::query("ALTER TABLE away RENAME TO alert").execute(&mut aside).await.unwrap();
    tell.send(stored(2, "PC-2")).await.unwrap();
    drop(tell);
    telling.await.unwrap();
    assert_eq!(store.told("spool-1").await.unwrap(), None);
    assert_eq!(store.alert_marks().await.unwrap(), [""; 0]);
}

/// What a start left for the next one stays ahead of how far alerts are.
#[tokio::test]
async fn where_a_start_left_some_the_next_one_begins_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = StateFolder::serve(&folder.path().join("state")).unwrap();
    let store = Store::open(&folder, Arc::new(SetClock::at(NOW))).await.unwrap();
    store.sight(&[], Some(("spool-1", 11))).await.unwrap();
    let (tell, told) = mpsc::channel(TOLD_MAX);
    let (_closing, closed) = watch::channel(false);
    let teller = Teller {
        store: store.clone(),
        bus: Arc::new(Bus::new(NOW)),
        standing: Arc::default(),
        source: "spool-1".to_owned(),
        is_behind: true,
        closed,
    };
    let telling = tokio::spawn(teller.go_on(told));
    tell.send(stored(20, "PC-1")).await.unwrap();
    drop(tell);
    telling.await.unwrap();
    assert_eq!(store.told("spool-1").await.unwrap(), Some(11));
    assert_eq!(store.alert_marks().await.unwrap().len(), 1, "what is found is told all the same");
}

#[test]
fn what_nobody_was_told_of_is_found_in_parts_in_the_order_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    let origin = Origin { source: "spool-1".to_owned(), ..Origin::default() };
    let records = [9, 4, 14, 1, 12, 3, 7, 10, 2, 13, 6, 11, 5, 8];
    for record in records {
        add_finding(&mut buffer, &name(), &on(&format!("PC-{record}")), &origin, record);
    }
    add_finding(&mut buffer, &name(), &on("PC-20"), &Origin::default(), 1);
    lake.store(&mut buffer, &khien_lake::Progress::new()).unwrap();
    let looking = Looking::begin(&lake, clock().1);
    let hosts = |missed: &Missed<'_>| {
        let (found, end) = looking.missed(missed).unwrap();
        assert_eq!(end, End::Whole);
        found.into_iter().map(|one| one.hosts[0].clone()).collect::<Vec<_>>()
    };
    let expected: Vec<_> = (4..=14).map(|number| format!("PC-{number}")).collect();
    assert_eq!(hosts(&Missed::After("spool-1", 3)), expected);
    assert_eq!(looking.highest("spool-1").unwrap(), Some(14));
    assert_eq!(looking.highest("spool-2").unwrap(), None);
    let marks = HashSet::new();
    assert_eq!(hosts(&Missed::Without("spool-1", &marks)), ["PC-20"]);
}

/// How far alerts are is said as it is, and the next start goes on from there.
#[test]
fn of_too_much_at_once_the_rest_is_told_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(&folder);
    let opened = || open(&config, Arc::default(), &NamedAdvisories::default(), &[]).unwrap();
    let source = opened().source;
    let mut lake = Lake::open_to_write(&config.lake).unwrap();
    let mut buffer = RowBuffer::new();
    for (of, count) in [(source.as_str(), 14), ("c-r1", 1), ("a file", 13)] {
        let origin = Origin { source: of.to_owned(), ..Origin::default() };
        for record in 1..=count {
            add_finding(&mut buffer, &name(), &on(&format!("{of}-{record}")), &origin, record);
        }
    }
    lake.store(&mut buffer, &khien_lake::Progress::new()).unwrap();
    drop(lake);
    let mut marks: HashSet<String> = HashSet::new();
    let mut told = None;
    let mut ends = Vec::new();
    for _ in 0..3 {
        let looked = missed(&opened(), told, &marks);
        told = looked.upto;
        marks.extend(looked.missed.into_iter().map(|one| one.mark));
        assert_eq!(looked.is_behind, looked.unread.is_some());
        ends.push((told, looked.is_behind));
    }
    assert_eq!(ends, [(Some(11), true), (Some(14), false), (Some(14), false)]);
    assert_eq!(marks.len(), 28);
}

/// A state that was restored elsewhere has a spool of its own, beside a lake that knows another.
#[test]
fn a_new_spool_goes_on_behind_what_correlations_of_another_have_found() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(&folder);
    let mut lake = Lake::open_to_write(&config.lake).unwrap();
    let mut buffer = RowBuffer::new();
    let origin = Origin { source: "c-r1".to_owned(), ..Origin::default() };
    let row = 4711 << 24 | 1 << 23;
    add_finding(&mut buffer, &name(), &on("PC-1"), &origin, row);
    lake.store(&mut buffer, &khien_lake::Progress::new()).unwrap();
    drop(lake);
    let mut opened = open(&config, Arc::default(), &NamedAdvisories::default(), &[]).unwrap();
    let parcel = khien_ops::live::parcel::Parcel {
        form: khien_ops::live::parcel::Form::Json,
        key: None,
        host: String::new(),
        records: 1,
        bytes: b"{}\n".to_vec(),
    };
    opened.spool.append(&[parcel], clock().0).unwrap();
    let list = std::fs::read_dir(&config.spool).unwrap().map(|entry| entry.unwrap().path());
    let list =
        list.into_iter().find(|path| path.extension().is_some_and(|e| e == "parcels")).unwrap();
    let list = khien_model::limits::read_small_file(&list, 1 << 20).unwrap();
    assert!(list.contains("4712"), "{list}");
    // All that is there was found before, and is told by its marks.
    let marks = HashSet::new();
    let looked = missed(&opened, None, &marks);
    assert_eq!((looked.missed.len(), looked.upto, looked.unread), (1, Some(row), None));
    let marks = looked.missed.into_iter().map(|one| one.mark).collect();
    assert_eq!(missed(&opened, None, &marks).missed.len(), 0, "an alert that was closed stays so");
    assert_eq!(missed(&opened, Some(row), &marks).missed.len(), 0);
}
