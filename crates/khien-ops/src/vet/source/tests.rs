//! Folders that change between being listed and being read.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::Source;

const SECRET: &str = "not of the release";

struct Release {
    dir: tempfile::TempDir,
    source: Source,
}

/// A folder with `sub/file` and `plain`, listed; and a secret beside it.
fn listed() -> Release {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("release");
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(folder.join("plain"), "plain").unwrap();
    fs::write(folder.join("sub/file"), "inside").unwrap();
    fs::create_dir(dir.path().join("outside")).unwrap();
    fs::write(dir.path().join("outside/file"), SECRET).unwrap();
    Release { source: Source::find(&folder).unwrap(), dir }
}

fn text(source: &Source, name: &str) -> Result<String, String> {
    let (len, mut file) = source.open(name)?;
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text.len() as u64, len);
    Ok(text)
}

#[test]
fn listed_files_are_opened_and_others_are_not() {
    let Release { source, dir } = listed();
    assert_eq!(text(&source, "plain").unwrap(), "plain");
    assert_eq!(text(&source, "sub/file").unwrap(), "inside");
    let absolute = dir.path().join("outside/file").display().to_string();
    for name in ["", "sub", "../outside/file", "sub/../../outside/file", "other", &absolute] {
        assert!(text(&source, name).is_err(), "{name}");
    }
}

#[test]
fn a_link_that_takes_a_files_place_is_not_followed() {
    let Release { source, dir } = listed();
    let plain = dir.path().join("release/plain");
    fs::remove_file(&plain).unwrap();
    symlink(dir.path().join("outside/file"), &plain).unwrap();
    let why = text(&source, "plain").unwrap_err();
    assert!(why.contains("taken its place"), "{why}");
    assert_eq!(text(&source, "sub/file").unwrap(), "inside", "the rest is read");
}

#[test]
fn a_link_that_takes_a_folders_place_is_not_followed() {
    let Release { source, dir } = listed();
    fs::remove_dir_all(dir.path().join("release/sub")).unwrap();
    symlink(dir.path().join("outside"), dir.path().join("release/sub")).unwrap();
    assert!(text(&source, "sub/file").is_err());
}

#[test]
fn the_folder_that_was_listed_is_read_wherever_its_path_leads_now() {
    let Release { source, dir } = listed();
    fs::rename(dir.path().join("release"), dir.path().join("moved")).unwrap();
    symlink(dir.path().join("outside"), dir.path().join("release")).unwrap();
    assert_eq!(text(&source, "sub/file").unwrap(), "inside");
}

#[test]
fn a_folder_that_takes_a_files_place_is_refused() {
    let Release { source, dir } = listed();
    fs::remove_file(dir.path().join("release/plain")).unwrap();
    fs::create_dir(dir.path().join("release/plain")).unwrap();
    assert_eq!(source.open("plain").map(|_| ()), Err("it is no plain file any more".to_owned()));
}

#[test]
fn names_that_are_no_text_stay_apart_and_are_read() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [(&b"a\xff"[..], "one"), (b"a\xfe", "two")] {
        fs::write(dir.path().join(OsStr::from_bytes(name)), content).unwrap();
    }
    let source = Source::find(dir.path()).unwrap();
    assert_eq!(text(&source, "a\\xff").unwrap(), "one");
    assert_eq!(text(&source, "a\\xfe").unwrap(), "two");
}

#[test]
fn an_empty_folder_is_no_release_and_a_folder_of_links_is() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    let error = Source::find(dir.path()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    symlink("nowhere", dir.path().join("sub/link")).unwrap();
    assert!(Source::find(dir.path()).is_ok());
}

#[test]
fn what_is_no_file_is_listed_and_never_opened() {
    let dir = tempfile::tempdir().unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    fs::write(dir.path().join("plain"), "plain").unwrap();
    symlink("plain", dir.path().join("link")).unwrap();
    let source = Source::find(dir.path()).unwrap();
    let entries = &source.folder.as_ref().unwrap().entries;
    let kinds: Vec<_> =
        entries.iter().map(|e| (e.name.as_str(), e.is_plain(), e.special)).collect();
    assert_eq!(kinds, [("link", false, false), ("plain", true, false), ("socket", false, true)]);
    for name in ["link", "socket"] {
        assert!(text(&source, name).unwrap_err().contains("no such file"), "{name}");
    }
    assert_eq!(text(&source, "plain").unwrap(), "plain");
}
