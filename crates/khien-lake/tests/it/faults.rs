//! A process that dies at any write.

use std::path::Path;
use std::time::Duration;

use khien_lake::{Compaction, Lake, LakeError, Remade, Retention};
use khien_model::{Indicator, IndicatorKind, Timestamp};

use crate::support::{Breakable, DAY, Failure, START, consistent, number, open, store, texts};

/// Runs a job on a lake whose store breaks at each write in turn, until one run gets through; after
/// each, the lake is opened again by a sound process and `check` is asked.
fn at_every_write(
    prepare: impl Fn(&mut Lake),
    job: impl Fn(&mut Lake) -> bool,
    check: impl Fn(&mut Lake, bool),
) -> usize {
    at_every_write_with(prepare, job, check, &consistent)
}

/// As [`at_every_write`], with what must always be true.
fn at_every_write_with(
    prepare: impl Fn(&mut Lake),
    job: impl Fn(&mut Lake) -> bool,
    check: impl Fn(&mut Lake, bool),
    sound: &dyn Fn(&Lake),
) -> usize {
    let mut runs = 0;
    let prepared = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(prepared.path()).unwrap();
    prepare(&mut lake);
    drop(lake);
    for how in [Failure::Before, Failure::After] {
        for at in 0.. {
            let folder = tempfile::tempdir().unwrap();
            copy(prepared.path(), folder.path());
            let breaks = Breakable::new(at, how);
            let said = match open(folder.path(), &breaks) {
                Ok(mut lake) => job(&mut lake),
                Err(_) => false,
            };
            let mut lake = Lake::open_to_write(folder.path()).unwrap();
            sound(&lake);
            check(&mut lake, said);
            sound(&lake);
            runs += 1;
            if breaks.writes() <= at {
                assert!(said);
                break;
            }
            assert!(at < 200, "it never gets through");
        }
    }
    runs
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_counted_twice() {
    let runs = at_every_write(
        |lake| drop(store(lake, "before", 0..3)),
        |lake| store(lake, "one", 0..40).is_ok(),
        |lake, acknowledged| {
            let known = lake.source_progress("one").unwrap();
            let there = number(lake, "SELECT count(*) FROM events WHERE source = 'one'");
            // All of the batch or nothing, and the progress says which.
            assert_eq!(there, known.map_or(0, |records| i64::try_from(records).unwrap()));
            if acknowledged {
                assert_eq!(there, 160);
            }
            // The one who sends again looks first.
            if known.is_none() {
                store(lake, "one", 0..40).unwrap();
            }
            assert_eq!(number(lake, "SELECT count(*) FROM events"), 160 + 12);
        },
    );
    assert!(runs > 10, "{runs}");
}

#[test]
fn compaction_that_dies_changes_nothing() {
    at_every_write(
        |lake| {
            for batch in 0..4 {
                store(lake, &format!("s{batch}"), batch..batch + 2).unwrap();
            }
        },
        |lake| lake.compact(Compaction::Full).is_ok(),
        |lake, _| {
            assert_eq!(number(lake, "SELECT count(*) FROM events"), 32);
            lake.compact(Compaction::Full).unwrap();
            assert_eq!(number(lake, "SELECT count(*) FROM events"), 32);
        },
    );
}

#[test]
fn a_rebuild_that_dies_is_finished_by_the_next_writer() {
    at_every_write(
        |lake| {
            // More files than are taken at once.
            for batch in 0..20 {
                store(lake, &format!("s{batch}"), batch..batch + 1).unwrap();
            }
        },
        |lake| lake.rebuild().is_ok(),
        |lake, _| assert_eq!(number(lake, "SELECT count(*) FROM events"), 80),
    );
}

#[test]
fn a_retention_that_dies_has_taken_all_or_nothing_and_forgotten_nothing() {
    let wanted = |sightings_too| khien_lake::Retention {
        before: Some(Timestamp::from_nanos(START + 35 * DAY)),
        sightings_too,
        ..khien_lake::Retention::default()
    };
    let events = |lake: &Lake| number(lake, "SELECT count(*) FROM events");
    let seen = "SELECT coalesce(sum(count), 0) FROM sightings WHERE value = 'www.example.com'";
    let runs = at_every_write_with(
        |lake| {
            store(lake, "one", 30..36).unwrap();
            // Something is kept already, and more joins it.
            let first = Timestamp::from_nanos(START + 31 * DAY);
            lake.retain(&khien_lake::Retention { before: Some(first), ..wanted(false) }).unwrap();
            store(lake, "two", 33..38).unwrap();
        },
        |lake| lake.retain(&wanted(false)).is_ok(),
        |lake, said| {
            let left = events(lake);
            assert!(left == 16 || (left == 40 && !said), "{left} {said}");
            lake.retain(&wanted(false)).unwrap();
            assert_eq!(events(lake), 16);
        },
        &|lake| {
            assert_eq!(number(lake, seen), 22, "remembered once each");
            assert_eq!(lake.verify(&mut |_| {}).unwrap(), []);
        },
    );
    assert!(runs > 10, "{runs}");
    at_every_write_with(
        |lake| {
            store(lake, "one", 30..36).unwrap();
            lake.retain(&wanted(false)).unwrap();
        },
        |lake| lake.retain(&wanted(true)).is_ok(),
        |lake, said| {
            let left = number(lake, seen);
            assert!(left == 2 || (left == 12 && !said), "{left} {said}");
        },
        &|lake| assert_eq!(lake.verify(&mut |_| {}).unwrap(), []),
    );
}

#[test]
fn a_lake_that_was_never_finished_is_finished() {
    for at in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let broken = open(folder.path(), &Breakable::new(at, Failure::Before));
        assert!(broken.is_err(), "{at}");
        let mut lake = Lake::open_to_write(folder.path()).unwrap();
        store(&mut lake, "one", 0..1).unwrap();
        consistent(&lake);
    }
}

#[test]
fn a_lost_or_damaged_file_is_told_and_what_is_derived_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..10).unwrap();
    assert_eq!(lake.verify(&mut |_| {}).unwrap(), []);
    std::fs::write(
        folder.path().join("events/month=2026-03/part-0-orphan.parquet"),
        b"half a file",
    )
    .unwrap();
    assert_eq!(lake.verify(&mut |_| {}).unwrap(), [], "what no log names is nobody's fault");
    for file in std::fs::read_dir(folder.path().join("sightings")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            std::fs::write(path, b"damaged").unwrap();
        }
    }
    let faults = lake.verify(&mut |_| {}).unwrap();
    assert!(
        faults.iter().all(|fault| fault.table == "sightings" && fault.repairable),
        "{faults:?}"
    );
    assert_eq!(faults.len(), 1);
    let done = lake.repair(std::time::Duration::ZERO).unwrap();
    assert!(done.files >= 2, "{done:?}");
    assert_eq!(lake.verify(&mut |_| {}).unwrap(), []);
    consistent(&lake);
    let events = std::fs::read_dir(folder.path().join("events/month=2026-03"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    std::fs::remove_file(events.path()).unwrap();
    let faults = lake.verify(&mut |_| {}).unwrap();
    assert!(faults.iter().any(|fault| fault.table == "events" && !fault.repairable), "{faults:?}");
}

#[test]
fn a_full_disk_is_said_and_afterwards_nothing_is_lost_or_doubled() {
    let mut failures = 0;
    for at in 0.. {
        assert!(at < 100, "it never gets through");
        let folder = tempfile::tempdir().unwrap();
        drop(Lake::open_to_write(folder.path()).unwrap());
        let breaks = Breakable::new(at, Failure::Full);
        let mut lake = open(folder.path(), &breaks).unwrap();
        let stored = store(&mut lake, "one", 0..40);
        if let Err(error) = &stored {
            failures += 1;
            let said = error.to_string();
            let place = folder.path().display().to_string();
            assert!(said.contains(&place) && said.contains("free some space"), "{at}: {said}");
            assert!(store(&mut lake, "two", 0..1).is_err(), "it is still full");
        }
        // There is space again, and the same process goes on.
        breaks.free();
        lake.settle().unwrap();
        if lake.source_progress("one").unwrap().is_none() {
            store(&mut lake, "one", 0..40).unwrap();
        }
        assert_eq!(number(&lake, "SELECT count(*) FROM events WHERE source = 'one'"), 160, "{at}");
        assert_eq!(number(&lake, "SELECT count(*) FROM events WHERE source = 'two'"), 0, "{at}");
        consistent(&lake);
        store(&mut lake, "three", 0..1).unwrap();
        consistent(&lake);
        if stored.is_ok() {
            break;
        }
    }
    assert!(failures > 5, "{failures}");
}

fn files_of(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).collect()
}

fn cut_in_half(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let bytes = file.metadata().unwrap().len();
    file.set_len(bytes / 2).unwrap();
}

#[test]
fn files_cut_in_half_are_named_and_those_that_can_be_made_again_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..3).unwrap();
    for derived in ["_index", "coverage"] {
        let path = files_of(&folder.path().join(derived)).remove(0);
        cut_in_half(&path);
        let faults = lake.verify(&mut |_| {}).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let named = faults.iter().filter(|fault| fault.file.ends_with(&*name) && fault.repairable);
        assert_eq!(named.count(), 1, "{faults:?}");
        lake.repair(std::time::Duration::ZERO).unwrap();
        assert_eq!(lake.verify(&mut |_| {}).unwrap(), []);
        consistent(&lake);
    }
    let segment = files_of(&folder.path().join("events/month=2026-03")).remove(0);
    cut_in_half(&segment);
    let faults = lake.verify(&mut |_| {}).unwrap();
    let [fault] = faults.as_slice() else { panic!("{faults:?}") };
    let name = segment.file_name().unwrap().to_string_lossy().into_owned();
    assert!(fault.file.ends_with(&name) && !fault.repairable, "{fault:?}");
    let refused = lake.repair(std::time::Duration::ZERO).unwrap_err().to_string();
    assert!(refused.contains(&name) && refused.contains("backup"), "{refused}");
    assert!(segment.exists(), "what cannot be read is not thrown away");
    // What is unharmed is still answered.
    assert_eq!(number(&lake, "SELECT cast(sum(count) AS bigint) FROM coverage"), 12);
}

/// A log file that is cut off, emptied or gone is named, with what to do.
#[test]
fn damage_of_a_log_is_named_and_derived_tables_are_made_again() {
    let damage = |word: &str, path: &Path| match word {
        "line" => {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }
        "empty" => std::fs::write(path, "").unwrap(),
        _ => std::fs::remove_file(path).unwrap(),
    };
    for word in ["line", "empty", "missing"] {
        for table in ["sightings", "events"] {
            let folder = tempfile::tempdir().unwrap();
            let mut lake = Lake::open_to_write(folder.path()).unwrap();
            for day in 0..3 {
                store(&mut lake, &format!("source {day}"), day..day + 1).unwrap();
            }
            let all = "SELECT kind, value, org, host, min(first), max(last), sum(count) \
                       FROM sightings GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";
            let before = texts(&lake, all);
            drop(lake);
            let name = "00000000000000000002.json";
            damage(word, &folder.path().join(table).join("_delta_log").join(name));
            let told = Lake::open(folder.path()).err();
            let told = told.unwrap_or_else(|| panic!("{word} {table}")).to_string();
            assert!(told.contains(name) && told.contains(word), "{word}: {told}");
            assert!(!told.contains('\n') && told.len() < 600, "{told}");
            if table == "events" {
                assert!(told.contains("backup"), "{told}");
                assert!(Lake::open_to_repair(folder.path()).is_err());
                continue;
            }
            assert!(told.contains("admin lake repair"), "{told}");
            let (lake, again) = Lake::open_to_repair(folder.path()).unwrap();
            assert_eq!((again.tables, again.memory_lost), (vec!["sightings"], false));
            assert_eq!(texts(&lake, all), before);
            assert!(folder.path().join("sightings.damaged").exists());
            drop(lake);
            assert_eq!(Lake::open_to_repair(folder.path()).unwrap().1, Remade::default());
        }
    }
}

/// A reader is not told that a thing was not seen while the index lacks events.
#[test]
fn an_index_that_lacks_events_gives_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..1).unwrap();
    store(&mut lake, "two", 1..2).unwrap();
    lake.wait_for_index(Duration::ZERO).unwrap();
    lake.compact(Compaction::Full).unwrap();
    drop(lake);
    let mut sound = Lake::open(folder.path()).unwrap();
    sound.wait_for_index(Duration::ZERO).unwrap();
    assert!(sound.verify(&mut |_| {}).unwrap().is_empty());
    // As a killed repair leaves it: a table that is new and has nothing.
    for damage in ["all", "end"] {
        let log = folder.path().join("sightings/_delta_log");
        match damage {
            "all" => {
                (1..9).for_each(|n| drop(std::fs::remove_file(log.join(format!("{n:020}.json")))))
            }
            _ => {
                let mut lake = Lake::open_to_write(folder.path()).unwrap();
                store(&mut lake, "three", 2..3).unwrap();
                drop(lake);
                std::fs::remove_file(files_of(&log).into_iter().max().unwrap()).unwrap();
            }
        }
        let mut lake = Lake::open(folder.path()).unwrap();
        let refused = lake.wait_for_index(Duration::ZERO).unwrap_err();
        assert!(matches!(refused, LakeError::Behind { .. }), "{damage}: {refused}");
        let faults = lake.verify(&mut |_| {}).unwrap();
        assert!(faults.iter().any(|fault| fault.table == "sightings" && fault.repairable));
        drop(lake);
        let (mut lake, _) = Lake::open_to_repair(folder.path()).unwrap();
        lake.repair(Duration::ZERO).unwrap();
        lake.wait_for_index(Duration::ZERO).unwrap();
        assert!(lake.verify(&mut |_| {}).unwrap().is_empty(), "{damage}");
    }
}

/// What is remembered of events that are gone cannot be made again: a repair takes it over.
#[test]
fn memory_of_events_that_are_gone_outlives_a_damaged_log() {
    let asked = [Indicator::bare(IndicatorKind::Domain("www.example.com".to_owned()))];
    let seen = |lake: &Lake| {
        let seen = lake.retro_hunt(&asked).unwrap().seen;
        seen.into_iter().map(|one| (one.host, one.first, one.last, one.count)).collect::<Vec<_>>()
    };
    for retentions in [1, 2] {
        for damage in ["emptied", "log gone", "folder gone"] {
            let folder = tempfile::tempdir().unwrap();
            let mut lake = Lake::open_to_write(folder.path()).unwrap();
            store(&mut lake, "one", 0..6).unwrap();
            for number in 1..=retentions {
                let before = Some(Timestamp::from_nanos(START + number * 2 * DAY));
                lake.retain(&Retention { before, ..Retention::default() }).unwrap();
            }
            lake.compact(Compaction::Full).unwrap();
            let before = seen(&lake);
            assert_eq!(before.len(), 2);
            drop(lake);
            let table = folder.path().join("sightings");
            let log = table.join("_delta_log");
            match damage {
                "emptied" => std::fs::write(log.join(format!("{:020}.json", 1)), "").unwrap(),
                "log gone" => std::fs::remove_dir_all(&log).unwrap(),
                _ => std::fs::remove_dir_all(&table).unwrap(),
            }
            let what = format!("{damage}, {retentions}");
            if damage != "log gone" {
                let refused = Lake::open_to_write(folder.path()).err().unwrap().to_string();
                assert!(refused.contains("admin lake repair"), "{what}: {refused}");
            }
            let (lake, remade) = Lake::open_to_repair(folder.path()).unwrap();
            assert_eq!(remade.tables, ["sightings"], "{what}");
            assert_eq!(remade.memory_lost, damage == "folder gone", "{what}");
            let after = seen(&lake);
            let times = |all: &[(String, Option<i64>, Option<i64>, i64)]| {
                all.iter()
                    .map(|(host, first, last, _)| (host.clone(), *first, *last))
                    .collect::<Vec<_>>()
            };
            match damage {
                "folder gone" => assert_ne!(times(&after), times(&before), "{what}"),
                // Without a log it is not known which files stand for which.
                "log gone" => assert_eq!(times(&after), times(&before), "{what}"),
                _ => assert_eq!(after, before, "{what}"),
            }
            drop(lake);
            let mut lake = Lake::open_to_write(folder.path()).unwrap();
            store(&mut lake, "two", 9..10).unwrap();
            lake.repair(Duration::ZERO).unwrap();
            let last = seen(&lake);
            assert_eq!(last[0].1, after[0].1, "{what}: nothing is forgotten later");
        }
    }
}

#[test]
fn a_log_whose_end_is_gone_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..1).unwrap();
    store(&mut lake, "two", 1..2).unwrap();
    drop(lake);
    let newest = folder.path().join("events/_delta_log/00000000000000000002.json");
    std::fs::remove_file(newest).unwrap();
    let told = Lake::open_to_write(folder.path()).err().unwrap().to_string();
    assert!(told.contains("ends with version 1") && told.contains("backup"), "{told}");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..3).unwrap();
    // A folder in its place cannot be read by anyone, whatever the account.
    let segment = files_of(&folder.path().join("events/month=2026-03")).remove(0);
    std::fs::remove_file(&segment).unwrap();
    std::fs::create_dir(&segment).unwrap();
    let name = segment.file_name().unwrap().to_string_lossy().into_owned();
    let faults = lake.verify(&mut |_| {}).unwrap();
    assert!(faults.len() == 1 && faults[0].file.ends_with(&name), "{faults:?}");
    assert!(store(&mut lake, "two", 5..6).is_ok(), "what is not needed is not missed");
    assert_eq!(lake.source_progress("one").unwrap(), Some(12));
}

#[test]
fn a_clock_that_goes_backwards_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    store(&mut lake, "one", 0..3).unwrap();
    drop(lake);
    // All that is there was written when the clock was a century ahead.
    let ahead = std::time::UNIX_EPOCH + std::time::Duration::from_secs(4_900_000_000);
    for table in ["events", "sightings", "behaviour", "coverage", "reach"] {
        let log = folder.path().join(table).join("_delta_log");
        for path in files_of(&log).into_iter().chain(files_of(&folder.path().join(table))) {
            if path.extension().is_some_and(|end| end == "json") {
                let text = khien_model::limits::read_small_file(&path, 1 << 20).unwrap();
                // Milliseconds of this century's years from 2001 to 2033 begin with a one.
                let later = text.replace("\"timestamp\":1", "\"timestamp\":4");
                let later = later.replace("\"modificationTime\":1", "\"modificationTime\":4");
                assert_ne!(later, text);
                std::fs::write(&path, later).unwrap();
            }
            std::fs::File::options().append(true).open(&path).unwrap().set_modified(ahead).unwrap();
        }
    }
    let mut lake = Lake::open_to_write(folder.path()).unwrap();
    let mut buffer = khien_lake::row::RowBuffer::new();
    let read_at = Timestamp::from_nanos(START - 900 * DAY);
    buffer.source(&crate::support::origin("one"), read_at, "a.json", "{}", 12);
    lake.store(&mut buffer, &khien_lake::Progress::new()).unwrap();
    for batch in 0..25 {
        store(&mut lake, &format!("s{batch}"), batch..batch + 1).unwrap();
    }
    lake.compact(Compaction::Full).unwrap();
    lake.sweep(khien_lake::GRACE).unwrap();
    drop(lake);
    let lake = Lake::open_to_write(folder.path()).unwrap();
    assert_eq!(lake.source_progress("one").unwrap(), Some(12));
    assert_eq!(number(&lake, "SELECT count(*) FROM events"), 12 + 1 + 100);
    consistent(&lake);
    assert_eq!(lake.verify(&mut |_| {}).unwrap(), []);
}
