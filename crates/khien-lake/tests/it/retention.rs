//! What goes, what stays, and what is still known of what went.

use khien_lake::row::{FoundRow, Origin, RowBuffer};
use khien_lake::{Compaction, Lake, LakeError, Progress, Retention};
use khien_model::{Indicator, IndicatorKind, Timestamp};

use crate::support::{DAY, START, asks, number, office, origin, starts, store, texts};

fn day(number: i64) -> Option<Timestamp> {
    Some(Timestamp::from_nanos(START + number * DAY))
}

/// How often the office's name was seen, and since which day.
fn remembered(lake: &Lake) -> (i64, i64) {
    let asked = [Indicator::bare(IndicatorKind::Domain("www.example.com".to_owned()))];
    let seen = lake.retro_hunt(&asked).unwrap().seen;
    let first = seen.iter().filter_map(|seen| seen.first).min().unwrap_or(i64::MAX / 1000);
    (seen.iter().map(|seen| seen.count).sum(), (first * 1000 - START) / DAY)
}

/// Since which day there is data of any host.
fn data_since(lake: &Lake) -> i64 {
    let hosts = lake.hosts().unwrap();
    let first = hosts.values().filter_map(|data| data.all.first).min().unwrap();
    (first.as_nanos() - START) / DAY
}

fn rows(lake: &Lake) -> i64 {
    number(lake, "SELECT count(*) FROM events")
}

#[test]
fn what_is_too_old_goes_and_sightings_remember_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let records = store(&mut lake, "one", 0..20).unwrap();
    store(&mut lake, "two", 20..40).unwrap();
    lake.compact(Compaction::Full).unwrap();
    store(&mut lake, "three", 40..41).unwrap();
    let mut buffer = RowBuffer::new();
    let found = FoundRow {
        time: day(1),
        host: "H1",
        rule: "r-1",
        title: "A title",
        severity: "high",
        fields: "{}",
        record: 1,
    };
    buffer.finding(&found, &origin("one"));
    buffer.source(&origin("one"), day(2).unwrap(), "a.json", "{}", records);
    buffer.dead(&origin("one"), "no record", "{}", 3);
    buffer.source(&origin("three"), day(50).unwrap(), "c.json", "{}", 4);
    buffer.dead(&origin("three"), "no record", "{}", 3);
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let (all, known) = (rows(&lake), remembered(&lake));
    assert_eq!((all, known), (169, (82, 0)));

    let wanted = Retention { before: day(35), ..Retention::default() };
    let plan = lake.plan_retention(&wanted).unwrap();
    let months: Vec<(&str, &str, u64)> = plan
        .going
        .iter()
        .map(|going| (going.month.as_str(), going.host.as_str(), going.rows))
        .collect();
    let expected = [
        ("", "HOST-X", 1),
        ("2026-03", "H1", 62),
        ("2026-03", "H2", 62),
        ("2026-04", "H1", 8),
        ("2026-04", "H2", 8),
    ];
    assert_eq!(months, expected);
    assert!(plan.bytes() > 0);
    assert_eq!(rows(&lake), all, "a plan changes nothing");

    let done = lake.retain(&wanted).unwrap();
    assert_eq!(done.rows, plan.rows());
    assert!(done.bytes_after < done.bytes_before, "{done:?}");
    for when in ["retained", "compacted", "rebuilt", "repaired"] {
        assert_eq!(rows(&lake), all - 141, "{when}");
        assert_eq!(texts(&lake, "SELECT rule FROM finding"), [["r-1"]], "{when}");
        assert_eq!(texts(&lake, "SELECT source FROM dead_letters"), [["three"]], "{when}");
        assert_eq!(number(&lake, "SELECT count(*) FROM sources"), 2, "{when}");
        assert_eq!(lake.source_progress("one").unwrap(), Some(records), "{when}");
        assert_eq!(remembered(&lake), known, "{when}: history stays");
        assert_eq!(data_since(&lake), 35, "{when}");
        assert_eq!(lake.verify(&mut |_| {}).unwrap(), [], "{when}");
        match when {
            "retained" => drop(lake.compact(Compaction::Full).unwrap()),
            "compacted" => lake.rebuild().unwrap(),
            _ => drop(lake.repair(std::time::Duration::ZERO).unwrap()),
        }
    }
    assert_eq!(lake.retain(&wanted).unwrap().rows, 0, "there is nothing more");
    store(&mut lake, "four", 41..42).unwrap();
    assert_eq!(remembered(&lake), (84, 0));

    // A second time, and what both remember is one.
    lake.retain(&Retention { before: day(38), ..Retention::default() }).unwrap();
    assert_eq!((remembered(&lake), data_since(&lake)), ((84, 0), 38));
    lake.compact(Compaction::Full).unwrap();
    assert_eq!(remembered(&lake), (84, 0));
    // And now forgotten, with what went earlier.
    let wanted = Retention { before: day(39), sightings_too: true, ..Retention::default() };
    lake.retain(&wanted).unwrap();
    lake.rebuild().unwrap();
    assert_eq!((remembered(&lake), data_since(&lake)), ((6, 39), 39));
    assert_eq!(lake.verify(&mut |_| {}).unwrap(), []);
}

#[test]
fn the_oldest_months_go_until_the_tables_fit() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    // Names that are seen once make months whose size counts beside the roll-ups.
    let mut buffer = RowBuffer::new();
    for (month, record) in (0..4).flat_map(|month| (0..2000).map(move |record| (month, record))) {
        let event = starts("H1", month * 31, &format!("{}", record * 7919 % 10_007));
        buffer.event(&event, &origin("one"), record);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let bytes: u64 = lake.sizes().unwrap().iter().map(|size| size.bytes).sum();
    let events = lake.sizes().unwrap()[0].bytes;
    let fits = Retention { max_bytes: Some(bytes), ..Retention::default() };
    assert!(lake.plan_retention(&fits).unwrap().going.is_empty());
    assert_eq!(lake.retain(&fits).unwrap().rows, 0);
    let wanted = Retention { max_bytes: Some(bytes - events / 3), ..Retention::default() };
    let plan = lake.plan_retention(&wanted).unwrap();
    let months: Vec<&str> = plan.going.iter().map(|going| going.month.as_str()).collect();
    assert_eq!(months, ["2026-03", "2026-04"]);
    let done = lake.retain(&wanted).unwrap();
    assert!(done.bytes_after <= bytes - events / 3, "{done:?}");
    assert_eq!(texts(&lake, "SELECT max(month) FROM events"), [["2026-06"]]);
    assert!(rows(&lake) <= 4000 && rows(&lake) > 0);
    let never = Retention { max_bytes: Some(1), ..Retention::default() };
    let before = rows(&lake);
    assert!(matches!(lake.retain(&never), Err(LakeError::TooSmall { .. })));
    assert_eq!(rows(&lake), before, "what cannot fit takes nothing");
}

#[test]
fn an_organisation_or_a_host_goes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    office(&mut buffer, "one", 0..3);
    for org in ["left", "it's"] {
        let origin = Origin { org: org.to_owned(), ..origin("two") };
        buffer.event(&asks("H1", 40, "www.example.com"), &origin, 1);
        buffer.dead(&origin, "no record", "{}", 2);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let per = "SELECT org, coalesce(host, ''), cast(count(*) AS text) FROM events GROUP BY 1, 2 ORDER BY 1, 2";
    let nobody = Retention { orgs: vec!["nobody".to_owned()], ..Retention::default() };
    assert_eq!(lake.retain(&nobody).unwrap().rows, 0);
    let org = Retention {
        orgs: vec!["left".to_owned(), "it's".to_owned()],
        sightings_too: true,
        ..Retention::default()
    };
    assert_eq!(lake.retain(&org).unwrap().rows, 4);
    assert_eq!(texts(&lake, per), [["acme", "H1", "6"], ["acme", "H2", "6"]]);
    assert_eq!(remembered(&lake), (6, 0), "forgotten too");
    let host = Retention { hosts: vec!["H2".to_owned()], before: day(2), ..Retention::default() };
    assert_eq!(lake.retain(&host).unwrap().rows, 4);
    assert_eq!(texts(&lake, per), [["acme", "H1", "6"], ["acme", "H2", "2"]]);
    assert_eq!(remembered(&lake), (6, 0));
    assert_eq!(lake.verify(&mut |_| {}).unwrap(), []);
    let nothing = lake.retain(&Retention::default());
    assert!(matches!(nothing, Err(LakeError::Query(_))), "{nothing:?}");
}

#[test]
fn files_that_went_stay_for_a_while_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..3).unwrap();
    let month = folder.path().join("events/month=2026-03");
    let files = || std::fs::read_dir(&month).unwrap().map(|entry| entry.unwrap().path());
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_772_323_200);
    for path in files() {
        let file = std::fs::File::options().append(true).open(path).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    lake.retain(&Retention { hosts: vec!["H1".to_owned()], ..Retention::default() }).unwrap();
    lake.sweep(khien_lake::GRACE).unwrap();
    assert_eq!(files().count(), 2, "the old one is there too");
    lake.sweep(std::time::Duration::ZERO).unwrap();
    assert_eq!(files().count(), 1);
}
