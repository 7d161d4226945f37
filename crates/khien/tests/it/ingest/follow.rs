//! Standard input, and files that are followed.

use std::io::Write;

use super::support::{EVENTS, Store, kinds_of, start, wait_until};
use crate::program::khien;

fn line(number: usize) -> String {
    format!("{{\"time\":\"2026-03-01T00:00:00Z\",\"number\":{number}}}\n")
}

fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(line).collect()
}

/// How many records a lake has, 0 while there is none.
fn stored(store: &Store) -> u64 {
    if !store.folder().join("khien-lake.json").exists() {
        return 0;
    }
    store.open().number(EVENTS)
}

fn finish(child: std::process::Child) -> serde_json::Value {
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn interrupt(child: &std::process::Child) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

#[test]
fn standard_input_is_stored_as_it_comes() {
    let store = Store::new();
    let path = store.path();
    let arguments =
        ["ingest", "-", "--json", "--no-rules", "--lake", &path, "--batch-seconds", "0.1"];
    let mut child = start(&arguments);
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines(0..3).as_bytes()).unwrap();
    wait_until("a few lines are stored while the pipe is open", || stored(&store) == 3);
    // Half a line waits for its other half.
    let (half, rest) = (line(3)[..20].to_owned(), line(3)[20..].to_owned());
    input.write_all(half.as_bytes()).unwrap();
    input.write_all((rest + &lines(4..10)).as_bytes()).unwrap();
    wait_until("more lines are stored", || stored(&store) == 10);
    drop(input);
    let summary = finish(child);
    assert_eq!(kinds_of(&summary), (10, 0));
    // The same once more, and then more of it.
    let mut child = start(&arguments);
    child.stdin.take().unwrap().write_all(lines(0..10).as_bytes()).unwrap();
    assert_eq!(kinds_of(&finish(child)), (0, 0));
    let mut child = start(&arguments);
    child.stdin.take().unwrap().write_all(lines(0..1000).as_bytes()).unwrap();
    assert_eq!(kinds_of(&finish(child)), (990, 0));
    assert_eq!(stored(&store), 1000);
    let missing = khien(&["ingest", "--follow", "/nowhere/at/all", "--lake", &path]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn compressed_standard_input_is_stored_once() {
    let store = Store::new();
    let path = store.path();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(lines(0..500).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for expected in [500, 0] {
        let mut child = start(&["ingest", "-", "--json", "--no-rules", "--lake", &path]);
        child.stdin.take().unwrap().write_all(&packed).unwrap();
        assert_eq!(kinds_of(&finish(child)), (expected, 0));
    }
}

#[test]
fn a_followed_file_is_stored_as_it_grows_also_after_its_rotation() {
    let store = Store::new();
    let path = store.path();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("x.json");
    std::fs::write(&log, lines(0..5)).unwrap();
    let text = log.display().to_string();
    let arguments = [
        "ingest",
        "--follow",
        &text,
        "--json",
        "--no-rules",
        "--lake",
        &path,
        "--batch-seconds",
        "0.1",
    ];
    let child = start(&arguments);
    wait_until("what is there is stored", || stored(&store) == 5);
    let mut file = std::fs::File::options().append(true).open(&log).unwrap();
    file.write_all(lines(5..9).as_bytes()).unwrap();
    file.write_all(&line(9).as_bytes()[..10]).unwrap();
    wait_until("what was appended is stored", || stored(&store) == 9);
    file.write_all(&line(9).as_bytes()[10..]).unwrap();
    wait_until("the line that was half there is stored", || stored(&store) == 10);
    std::fs::rename(&log, folder.path().join("x.json.1")).unwrap();
    file.write_all(line(10).as_bytes()).unwrap();
    wait_until("the renamed file is read to its end", || stored(&store) == 11);
    std::fs::write(&log, lines(100..103)).unwrap();
    wait_until("the new file is stored", || stored(&store) == 14);
    interrupt(&child);
    let summary = finish(child);
    assert_eq!(kinds_of(&summary), (14, 0));
    // It goes on where it was left; so does a plain run over both files.
    let mut file = std::fs::File::options().append(true).open(&log).unwrap();
    file.write_all(lines(103..105).as_bytes()).unwrap();
    let child = start(&arguments);
    wait_until("what came meanwhile is stored", || stored(&store) == 16);
    interrupt(&child);
    assert_eq!(kinds_of(&finish(child)), (2, 0));
    let all = store.ingest(&[&folder.path().display().to_string(), "--no-rules"]);
    assert_eq!(kinds_of(&all), (0, 0), "{all}");
    store.open().check();
}
