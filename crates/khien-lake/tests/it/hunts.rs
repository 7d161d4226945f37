//! Indicators in history.

use std::collections::BTreeSet;

use khien_lake::row::{Origin, Row, RowBuffer};
use khien_lake::{Compaction, Lake, Progress, QueryLimits, Retention, Seen, Selection, Walked};
use khien_model::{Event, Indicator, IndicatorKind, Timestamp};

use crate::support::{DAY, START, asks, origin, starts, store, texts, writes};

fn shown(seen: &[Seen]) -> Vec<String> {
    seen.iter()
        .map(|seen| {
            let day = |micros: Option<i64>| (micros.unwrap() * 1000 - START) / DAY;
            let days = format!("{}..{}", day(seen.first), day(seen.last));
            format!(
                "{} {} {} {} x{} {days}",
                seen.indicator, seen.value, seen.org, seen.host, seen.count
            )
        })
        .collect()
}

#[test]
fn indicators_are_found_with_hosts_times_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    for batch in 0..10 {
        store(&mut lake, &format!("s{batch}"), batch * 10..batch * 10 + 10).unwrap();
    }
    let mut buffer = RowBuffer::new();
    for (event, record) in [
        asks("H9", 3, "a.bad.example.net"),
        asks("H9", 80, "a.bad.example.net"),
        asks("H1", 40, "bad.example.net"),
        asks("H2", 41, "notbad.example.net"),
        starts("H3", 5, "9.9"),
    ]
    .iter()
    .zip(1..)
    {
        buffer.event(event, &origin("needles"), record);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let aa = "00000000000000000000000000000000000000000000000000000000000000aa";
    let asked = [
        Indicator::bare(IndicatorKind::Domain("bad.example.net".to_owned())),
        Indicator::bare(IndicatorKind::Domain("never.example.org".to_owned())),
        Indicator::bare(IndicatorKind::Hash(aa.to_owned())),
        Indicator::bare(IndicatorKind::Path("app.exe".to_owned())),
        Indicator::bare(IndicatorKind::Mutex("m".to_owned())),
        Indicator::bare(IndicatorKind::Cidr("192.0.2.0".parse().unwrap(), 24)),
    ];
    let expected = [
        "0 a.bad.example.net acme H9 x2 3..80".to_owned(),
        "0 bad.example.net acme H1 x1 40..40".to_owned(),
        format!("2 {aa} acme H1 x100 0..99"),
        format!("2 {aa} acme H2 x100 0..99"),
        format!("2 {aa} acme H3 x1 5..5"),
    ];
    let check = |lake: &Lake, when: &str| {
        let found = lake.retro_hunt(&asked).unwrap();
        let by_path = found.seen.iter().filter(|seen| seen.indicator == 3).count();
        assert_eq!(by_path, 4, "{when}: H1, H2, H3 and H9 ran or used it");
        let others: Vec<Seen> = found.seen.into_iter().filter(|seen| seen.indicator != 3).collect();
        assert_eq!(shown(&others), expected, "{when}");
        assert_eq!(found.not_indexed, [4], "{when}");
    };
    check(&lake, "fresh");
    lake.compact(Compaction::Full).unwrap();
    check(&lake, "compacted");
    // The index is a cache: it is made again.
    std::fs::remove_dir_all(folder.path().join("_index")).unwrap();
    check(&lake, "without index");
    for entry in std::fs::read_dir(folder.path().join("_index")).unwrap() {
        std::fs::write(entry.unwrap().path(), b"damaged").unwrap();
    }
    check(&lake, "damaged index");
    lake.rebuild().unwrap();
    check(&lake, "rebuilt");
}

#[test]
fn the_lake_says_what_it_can_see_and_which_releases_did_a_thing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..5).unwrap();
    let mut buffer = RowBuffer::new();
    for (event, record) in [
        starts("H3", 1, "1.2.4"),
        asks("H3", 1, "c2.example.net"),
        starts("H4", 1, "1.2.4"),
        asks("H4", 2, "c2.example.net"),
        starts("H5", 1, "1.2.4"),
        asks("H5", 2, "it's.example.org"),
        starts("H6", 1, "1.2.4"),
    ]
    .iter()
    .zip(1..)
    {
        buffer.event(event, &origin("two"), record);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let hosts = lake.hosts().unwrap();
    let names: Vec<&str> = hosts.keys().map(|host| host.name.as_str()).collect();
    assert_eq!(names, ["H1", "H2", "H3", "H4", "H5", "H6"]);
    let (_, first) = hosts.first_key_value().unwrap();
    assert_eq!(
        (first.all.count, first.kinds["domain"].count, first.kinds["sha256"].count),
        (10, 5, 5)
    );
    assert!(!first.kinds.contains_key("ip"));
    assert_eq!(
        first.sources.keys().collect::<Vec<_>>(),
        ["dns (windows sysmon)", "process (windows sysmon)"]
    );
    let uses = lake
        .releases_of(&[("domain", "c2.example.net"), ("domain", "it's")], &BTreeSet::new())
        .unwrap();
    let shown: Vec<String> = uses
        .iter()
        .map(|one| format!("{} {} {}/{}", one.app, one.version, one.hosts, one.of))
        .collect();
    assert_eq!(shown, ["App 1.2.3 0/2", "App 1.2.4 2/4"]);
    assert!(lake.releases_of(&[], &BTreeSet::new()).unwrap().is_empty());
    assert_eq!(lake.installed().unwrap().len(), 6);
}

#[test]
fn temporary_paths_are_kept_as_templates_and_found_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let temp = |name: &str| format!("C:\\Users\\An\\AppData\\Local\\Temp\\{name}");
    let mut buffer = RowBuffer::new();
    for (event, record) in [
        writes("H1", 1, &temp("a1B2c3D4.tmp")),
        writes("H1", 9, &temp("A1b2c3d4.tmp")),
        writes("H1", 40, &temp("a1b2c3d4.exe")),
        writes("H2", 5, &temp("zz99yy88.tmp")),
        writes("H3", 5, "C:\\Windows\\Temp\\a1b2c3d4.tmp"),
        writes("H4", 5, "C:\\Program Files\\a1b2c3d4.tmp"),
        writes("H5", 5, &temp("{0f3a55c1-7c2e-4f0a-9b7e-1d2c3b4a5f60}\\evil-tool.dll")),
        writes("H6", 5, &temp("setup.exe")),
    ]
    .iter()
    .zip(1..)
    {
        buffer.event(event, &origin("one"), record);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let kept = texts(&lake, "SELECT DISTINCT value FROM sightings WHERE kind = 'path' ORDER BY 1");
    let expected = [
        "c:/program files/a1b2c3d4.tmp",
        "c:/users/an/appdata/local/temp/*.exe",
        "c:/users/an/appdata/local/temp/*.tmp",
        "c:/users/an/appdata/local/temp/*/evil-tool.dll",
        "c:/users/an/appdata/local/temp/setup.exe",
        "c:/windows/temp/*.tmp",
    ];
    assert_eq!(kept.concat(), expected);
    let path = |text: &str| Indicator::bare(IndicatorKind::Path(text.to_owned()));
    let asked = [
        path("c:/users/an/appdata/local/temp/a1b2c3d4.tmp"),
        path("a1b2c3d4.tmp"),
        path("/temp/a1b2c3d4.tmp"),
        path("/temp/a1b2c3*.*"),
        path("evil-tool.dll"),
        path("c:/users/an/appdata/local/temp/b1b2c3d4.tmp"),
        path("/temp/setup.exe"),
    ];
    let user = "c:/users/an/appdata/local/temp";
    let expected = [
        format!("0 {user}/a1b2c3d4.tmp acme H1 x2 1..9"),
        "1 c:/program files/a1b2c3d4.tmp acme H4 x1 5..5".to_owned(),
        format!("1 {user}/a1b2c3d4.tmp acme H1 x2 1..9"),
        "1 c:/windows/temp/a1b2c3d4.tmp acme H3 x1 5..5".to_owned(),
        format!("2 {user}/a1b2c3d4.tmp acme H1 x2 1..9"),
        "2 c:/windows/temp/a1b2c3d4.tmp acme H3 x1 5..5".to_owned(),
        format!("3 {user}/a1b2c3d4.exe acme H1 x1 40..40"),
        format!("3 {user}/a1b2c3d4.tmp acme H1 x2 1..9"),
        "3 c:/windows/temp/a1b2c3d4.tmp acme H3 x1 5..5".to_owned(),
        format!("4 {user}/{{0f3a55c1-7c2e-4f0a-9b7e-1d2c3b4a5f60}}/evil-tool.dll acme H5 x1 5..5"),
        format!("6 {user}/setup.exe acme H6 x1 5..5"),
    ];
    for when in ["fresh", "compacted", "rebuilt"] {
        assert_eq!(shown(&lake.retro_hunt(&asked).unwrap().seen), expected, "{when}");
        match when {
            "fresh" => drop(lake.compact(Compaction::Full).unwrap()),
            _ => lake.rebuild().unwrap(),
        }
    }
}

/// The index knows hours; the events know the rest, as long as they are there.
#[test]
fn times_are_exact_where_the_events_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    let minute = 60_000_000_000;
    let at = |host: &str, day: i64, minutes: i64, name: &str| {
        let mut event = asks(host, day, name);
        event.time =
            event.time.map(|time| Timestamp::from_nanos(time.as_nanos() + minutes * minute));
        event
    };
    let events = [
        at("H1", 40, 5, "c2.example.net"),
        at("H1", 40, 7, "c2.example.net"),
        at("H1", 41, 59, "a.c2.example.net"),
        at("H1", 43, 61, "c2.example.net"),
        // In the same hours, of others.
        at("H2", 40, 1, "c2.example.net"),
        at("H1", 40, 1, "d2.example.net"),
        at("H3", 1, 30, "c2.example.net"),
        at("H3", 50, 30, "c2.example.net"),
    ];
    for (event, record) in events.iter().zip(1..) {
        buffer.event(event, &origin("one"), record);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let asked = [Indicator::bare(IndicatorKind::Domain("c2.example.net".to_owned()))];
    let told = |lake: &Lake| -> Vec<String> {
        let mut seen = lake.retro_hunt(&asked).unwrap().seen;
        assert!(seen.iter().all(|one| !one.exact && one.first.unwrap() % 3_600_000_000 == 0));
        lake.exact_times(&mut seen).unwrap();
        let minutes = |micros: Option<i64>| {
            let nanos = micros.unwrap() * 1000 - START;
            format!("{}d{}m", nanos / DAY, nanos % DAY / minute)
        };
        let one = |one: &Seen| {
            let exact = if one.exact { "" } else { " (hour)" };
            let (first, last) = (minutes(one.first), minutes(one.last));
            format!("{} {} {first}..{last}{exact}", one.host, one.value)
        };
        seen.iter().map(one).collect()
    };
    let expected = [
        "H1 a.c2.example.net 41d59m..41d59m",
        "H1 c2.example.net 40d5m..43d61m",
        "H2 c2.example.net 40d1m..40d1m",
        "H3 c2.example.net 1d30m..50d30m",
    ];
    assert_eq!(told(&lake), expected);
    lake.compact(Compaction::Full).unwrap();
    assert_eq!(told(&lake), expected);
    // Of the first month only sightings are left.
    let before = Timestamp::from_nanos(START + 30 * DAY);
    let retention = Retention { before: Some(before), ..Retention::default() };
    lake.retain(&retention).unwrap();
    let expected = [&expected[..3], &["H3 c2.example.net 1d0m..50d0m (hour)"]].concat();
    assert_eq!(told(&lake), expected);
}

#[test]
fn which_releases_wrote_a_temporary_path_is_told_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    let temp = |name: &str| format!("C:\\Windows\\Temp\\{name}");
    let by_app = |host: &str, name: &str| {
        let mut event = writes(host, 2, &temp(name));
        let image = starts(host, 1, "").text_of("Image").unwrap().to_owned();
        event.push("Image", khien_model::Scalar::Str(&image));
        event
    };
    for (event, record) in [
        starts("H1", 1, "1.2.3"),
        by_app("H1", "a1b2c3d4.tmp"),
        starts("H2", 1, "1.2.4"),
        by_app("H2", "ffffeeee11.tmp"),
        starts("H3", 1, "1.2.4"),
        by_app("H3", "A1B2C3D4.tmp"),
        // By no program that is known.
        writes("H4", 2, &temp("a1b2c3d4.tmp")),
    ]
    .iter()
    .zip(1..)
    {
        buffer.event(event, &origin("one"), record);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let kept = "SELECT DISTINCT value FROM behaviour WHERE kind = 'file'";
    assert_eq!(texts(&lake, kept).concat(), ["c:/windows/temp/*.tmp"]);
    let asked = [Indicator::bare(IndicatorKind::Path("/temp/a1b2c3d4.tmp".to_owned()))];
    let found = lake.retro_hunt(&asked).unwrap();
    let hosts: Vec<&str> = found.seen.iter().map(|seen| seen.host.as_str()).collect();
    assert_eq!(hosts, ["H1", "H3", "H4"]);
    let values: Vec<(&str, &str)> =
        found.seen.iter().map(|seen| (seen.kind.as_str(), seen.value.as_str())).collect();
    let uses = lake.releases_of(&values, &found.did).unwrap();
    let told: Vec<String> =
        uses.iter().map(|u| format!("{} {}/{}", u.version, u.hosts, u.of)).collect();
    assert_eq!(told, ["1.2.3 1/1", "1.2.4 1/2"]);
}

#[test]
fn a_temporary_path_without_a_time_is_found_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    let mut timeless = writes("", 0, "/tmp/Đường-a1b2c3d4e5");
    timeless.time = None;
    buffer.event(&timeless, &Origin { host: String::new(), ..origin("one") }, 1);
    buffer.event(&writes("H2", 3, "/tmp/đường-ffffeeee11"), &origin("one"), 2);
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let asked = [Indicator::bare(IndicatorKind::Path("đường-a1b2c3d4e5".to_owned()))];
    let seen = lake.retro_hunt(&asked).unwrap().seen;
    let told: Vec<_> =
        seen.iter().map(|seen| (seen.host.as_str(), seen.first, seen.count)).collect();
    assert_eq!(told, [("", None, 1)]);
}

/// A month that is many times the memory is sorted on disk.
#[test]
fn history_larger_than_memory_is_replayed_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    let text = "x".repeat(1000);
    for batch in 0..8 {
        for number in 0..4000_i64 {
            let record = batch * 4000 + (number * 1237) % 4000;
            let mut event = asks("H1", 3, &format!("{record}.{text}"));
            event.time = Some(Timestamp::from_nanos(START + 3 * DAY + record * 1_000_000));
            buffer.event(&event, &origin("one"), record.unsigned_abs());
        }
        lake.store(&mut buffer, &Progress::new()).unwrap();
    }
    let limits = QueryLimits { memory_bytes: 32 << 20, ..QueryLimits::default() };
    let mut times = Vec::new();
    let take = |_: &Row<'_>, event: &Event| times.push(event.time.unwrap());
    lake.replay(&Selection::default(), &limits, &Walked::default(), take).unwrap();
    assert_eq!(times.len(), 32_000);
    assert!(times.is_sorted());
}

/// Sources of other months, later days first, before and after compaction, which sorts by program.
#[test]
fn history_is_replayed_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    for batch in [7, 2, 5, 0, 3, 6, 1, 4] {
        store(&mut lake, &format!("s{batch}"), batch * 10..batch * 10 + 10).unwrap();
    }
    for compacted in [false, true] {
        if compacted {
            lake.compact(Compaction::Full).unwrap();
        }
        let of = |selection: &Selection| {
            let mut times = Vec::new();
            let (limits, walked) = (QueryLimits::default(), Walked::default());
            let take = |_: &Row<'_>, event: &Event| times.push(event.time.unwrap());
            lake.replay(selection, &limits, &walked, take).unwrap();
            times
        };
        let all = of(&Selection::default());
        assert_eq!(all.len(), 80 * 4);
        assert!(all.is_sorted());
        let since = Timestamp::from_nanos(START + 40 * DAY);
        let some = of(&Selection {
            since: Some(since),
            hosts: vec!["h1".to_owned()],
            ..Selection::default()
        });
        assert_eq!((some.len(), some.first()), (40 * 2, Some(&since)));
    }
}
