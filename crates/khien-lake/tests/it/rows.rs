//! Rows in, rows out.

use khien_lake::row::{FoundRow, RowBuffer};
use khien_lake::{Compaction, Lake, LakeError, Progress, QueryLimits};
use khien_model::Timestamp;

use crate::support::{
    DAY, START, asks, consistent, number, office, origin, product_found, starts, store, texts,
};

#[test]
fn what_is_stored_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lake");
    let mut lake = Lake::open_to_write(&path).unwrap();
    assert_eq!(lake.source_progress("one").unwrap(), None);
    let records = store(&mut lake, "one", 0..40).unwrap();
    store(&mut lake, "two", 10..20).unwrap();
    drop(lake);
    let lake = Lake::open(&path).unwrap();
    assert_eq!(lake.source_progress("one").unwrap(), Some(records));
    assert_eq!(number(&lake, "SELECT count(*) FROM events"), 200);
    assert_eq!(number(&lake, "SELECT count(DISTINCT month) FROM events"), 2);
    assert_eq!(number(&lake, "SELECT count(*) FROM process WHERE app_version = '1.2.3'"), 100);
    let asked = texts(&lake, "SELECT DISTINCT host, app, app_version FROM dns ORDER BY host");
    assert_eq!(
        asked,
        [["H1", "App", "1.2.3"], ["H2", "App", "1.2.3"]],
        "a name is laid at a release's door"
    );
    consistent(&lake);
}

#[test]
fn findings_dead_letters_and_sources_have_views_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    let origin = origin("one");
    let time = Timestamp::from_nanos(START + DAY);
    let found = FoundRow {
        time: Some(time),
        host: "H7",
        rule: "r-1",
        title: "A title",
        severity: "high",
        fields: "{}",
        record: 7,
    };
    buffer.finding(&found, &origin);
    buffer.dead(&origin, "no record", "{\"line\": 3}", 3);
    buffer.source(&origin, time, "a.json", "{}", 9);
    assert_eq!(buffer.rows(), 3);
    lake.store(&mut buffer, &Progress::new()).unwrap();
    assert_eq!(texts(&lake, "SELECT host, rule, severity FROM finding"), [["H7", "r-1", "high"]]);
    assert_eq!(texts(&lake, "SELECT title, record FROM dead_letters"), [["no record", "3"]]);
    assert_eq!(texts(&lake, "SELECT title, record FROM sources"), [["a.json", "9"]]);
    consistent(&lake);
}

#[test]
fn what_products_found_is_an_event_and_what_we_found_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    buffer.event(&product_found("H1", 1, "c2.example.net"), &origin("one"), 1);
    // A rule without an id is still ours.
    let time = Some(Timestamp::from_nanos(START));
    let (host, severity, fields) = ("H2", "high", "{\"x\": \"c2.example.net\"}");
    let found = FoundRow { time, host, rule: "", title: "", severity, fields, record: 2 };
    buffer.finding(&found, &origin("one"));
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let seen = "SELECT host, cast(count AS text) FROM sightings WHERE value = 'c2.example.net'";
    let hosts = "SELECT host, cast(count AS text) FROM coverage";
    for rebuilt in [false, true] {
        assert_eq!(texts(&lake, seen), [["H1", "1"]], "{rebuilt}");
        assert_eq!(texts(&lake, hosts), [["H1", "1"]], "{rebuilt}");
        assert_eq!(lake.verify(&mut |_| {}).unwrap(), [], "{rebuilt}");
        lake.rebuild().unwrap();
    }
}

#[test]
fn compaction_keeps_every_row_and_every_count() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    for batch in 0..12 {
        store(&mut lake, &format!("s{batch}"), batch..batch + 3).unwrap();
    }
    let all = "SELECT time, host, class, app, domain, source, record, fields FROM events ORDER BY source, record";
    let before = texts(&lake, all);
    let done = lake.compact(Compaction::Gradual).unwrap();
    assert!(done.files_after < done.files_before, "{done:?}");
    assert_eq!(texts(&lake, all), before);
    assert_eq!(
        lake.compact(Compaction::Gradual).unwrap().files_before,
        0,
        "one file is not too many"
    );
    store(&mut lake, "late", 2..4).unwrap();
    let (before, behaviour) =
        (texts(&lake, all), texts(&lake, "SELECT * FROM behaviour ORDER BY 4, 5, 7"));
    let done = lake.compact(Compaction::Full).unwrap();
    assert!(done.bytes_after < done.bytes_before, "{done:?}");
    assert_eq!(texts(&lake, all), before);
    assert_eq!(
        texts(&lake, "SELECT * FROM behaviour ORDER BY 4, 5, 7"),
        behaviour_summed(&behaviour)
    );
    assert_eq!(
        lake.compact(Compaction::Full).unwrap().files_before,
        0,
        "there is nothing left to do"
    );
    consistent(&lake);
    drop(lake);
    consistent(&Lake::open(folder.path()).unwrap());
}

/// Rows of a roll-up with one key, put together: first, last, sum.
fn behaviour_summed(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut summed: Vec<Vec<String>> = Vec::new();
    for row in rows {
        match summed.last_mut().filter(|last| last[..7] == row[..7]) {
            Some(last) => {
                last[7] = last[7].clone().min(row[7].clone());
                last[8] = last[8].clone().max(row[8].clone());
                let count: i64 = last[9].parse::<i64>().unwrap() + row[9].parse::<i64>().unwrap();
                last[9] = count.to_string();
            }
            None => summed.push(row.clone()),
        }
    }
    summed
}

#[test]
fn queries_only_read_and_end_within_their_limits() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..10).unwrap();
    for text in [
        "DROP TABLE events",
        "DELETE FROM events",
        "CREATE TABLE x AS SELECT 1",
        "COPY events TO 'x'",
        "nonsense",
    ] {
        let refused = lake.query(text, &QueryLimits::default());
        assert!(matches!(refused, Err(LakeError::Query(_))), "{text}: {refused:?}");
    }
    let few = QueryLimits { rows: 3, ..QueryLimits::default() };
    let answer = lake.query("SELECT * FROM events", &few).unwrap();
    assert_eq!(answer.batches.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>(), 3);
    assert!(answer.cut);
    assert!(!lake.query("SELECT 1 WHERE false", &few).unwrap().cut);
    let short =
        QueryLimits { time: std::time::Duration::from_millis(50), ..QueryLimits::default() };
    let long = "SELECT count(*) FROM events a, events b, events c, events d, events e WHERE a.record + b.record + c.record + d.record + e.record = -1";
    assert!(matches!(lake.query(long, &short), Err(LakeError::Limit(_))));
}

#[test]
fn a_folder_that_holds_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Lake::open(folder.path()), Err(LakeError::Missing(_))));
    std::fs::write(folder.path().join("photo.png"), b"x").unwrap();
    assert!(matches!(Lake::open_to_write(folder.path()), Err(LakeError::NotALake(_))));
}

#[test]
fn one_process_writes_and_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Lake::open_to_write(folder.path()).unwrap();
    let mut reader = Lake::open(folder.path()).unwrap();
    let second = Lake::open_to_write(folder.path());
    assert!(matches!(second, Err(LakeError::Busy { .. })), "{second:?}");
    store(&mut writer, "one", 0..2).unwrap();
    assert_eq!(number(&reader, "SELECT count(*) FROM events"), 0);
    reader.refresh().unwrap();
    assert_eq!(number(&reader, "SELECT count(*) FROM events"), 8);
    drop(writer);
    Lake::open_to_write(folder.path()).unwrap();
}

#[test]
fn rows_without_a_time_and_from_far_away_times_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = RowBuffer::new();
    let mut timeless = starts("H1", 0, "1");
    timeless.time = None;
    let mut early = asks("H1", 0, "www.example.com");
    early.time = Some(Timestamp::from_nanos(-1));
    for (event, record) in [timeless, early, asks("H1", 200, "www.example.com")].iter().zip(1..) {
        buffer.event(event, &origin("one"), record);
    }
    office(&mut buffer, "one", 0..1);
    lake.store(&mut buffer, &Progress::new()).unwrap();
    assert_eq!(
        number(&lake, "SELECT count(*) FROM events WHERE time IS NULL AND month IS NULL"),
        1
    );
    assert_eq!(number(&lake, "SELECT count(*) FROM events WHERE month = '1969-12'"), 1);
    assert_eq!(
        number(&lake, "SELECT count(*) FROM events WHERE time >= '2026-09-01T00:00:00Z'"),
        1
    );
    lake.compact(Compaction::Full).unwrap();
    consistent(&lake);
}

/// A lake that nothing was put into answers every question, those too that sort, group and join.
#[test]
fn a_lake_without_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_to_write(folder.path()).unwrap();
    for sql in [
        "SELECT host FROM events ORDER BY time LIMIT 3",
        "SELECT host, count(*) AS n FROM finding GROUP BY host ORDER BY n OFFSET 2",
        "SELECT a.host FROM events a JOIN dns b ON a.host = b.host ORDER BY 1",
        "SELECT b.app, e.month FROM behaviour b CROSS JOIN events e ORDER BY b.app",
    ] {
        assert!(texts(&lake, sql).is_empty(), "{sql}");
    }
    assert_eq!(number(&lake, "SELECT count(*) FROM events"), 0);
}
