//! The output folder: what is written, what is refused, what is repeated byte by byte.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use khien_sim::{Error, Manifest, Scenario, SoftphoneScenario, Variant};

use crate::written::lines;

fn bytes(folder: &Path, manifest: &Manifest) -> BTreeMap<String, Vec<u8>> {
    let paths = manifest.files.iter().map(|file| file.path.clone());
    paths
        .chain([Manifest::FILE_NAME.to_owned()])
        .map(|path| {
            let mut content = Vec::new();
            File::open(folder.join(&path)).unwrap().read_to_end(&mut content).unwrap();
            (path, content)
        })
        .collect()
}

fn write(seed: u64, variant: Variant) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let manifest = SoftphoneScenario { seed, variant }.write_to(folder.path()).unwrap();
    bytes(folder.path(), &manifest)
}

#[test]
fn same_seed_gives_the_same_bytes_and_another_seed_others() {
    for variant in Variant::ALL {
        let first = write(31, variant);
        assert_eq!(first, write(31, variant));
        let other = write(32, variant);
        assert_eq!(first.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        assert!(first.iter().all(|(path, content)| *content != other[path]));
    }
}

#[test]
fn manifest_counts_the_lines_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = SoftphoneScenario { seed: 33, variant: Variant::Incident };
    let manifest = scenario.write_to(folder.path()).unwrap();
    assert_eq!(manifest, Manifest::read_from(folder.path()).unwrap());
    assert_eq!(manifest, scenario.manifest());
    assert!(manifest.notice.contains("SYNTHETIC"));
    assert_eq!((manifest.seed, manifest.scenario.as_str()), (33, Scenario::SOFTPHONE.id));
    for file in &manifest.files {
        let lines = lines(&folder.path().join(&file.path));
        assert_eq!(lines.len() as u64, file.lines, "{}", file.path);
        let records = lines.iter().filter(|line| !line.starts_with('#')).count();
        assert_eq!(records as u64, file.records, "{}", file.path);
    }
}

#[test]
fn a_folder_with_other_files_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("notes.txt");
    File::create(&foreign).unwrap().write_all(b"mine\n").unwrap();
    let scenario = SoftphoneScenario { seed: 1, variant: Variant::Benign };
    let refused = scenario.write_to(folder.path());
    assert!(matches!(refused, Err(Error::FolderNotOurs { .. })), "{refused:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(lines(&foreign), ["mine"]);
}

#[test]
fn a_manifest_of_another_generator_does_not_open_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = SoftphoneScenario { seed: 1, variant: Variant::Benign };
    scenario.write_to(folder.path()).unwrap();
    let mut manifest = scenario.manifest();
    manifest.generator = "somebody else".to_owned();
    let file = File::create(folder.path().join(Manifest::FILE_NAME)).unwrap();
    serde_json::to_writer(file, &manifest).unwrap();
    assert!(matches!(scenario.write_to(folder.path()), Err(Error::FolderNotOurs { .. })));
}

#[test]
fn an_earlier_run_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let write = |seed, variant| {
        let manifest = SoftphoneScenario { seed, variant }.write_to(folder.path()).unwrap();
        bytes(folder.path(), &manifest)
    };
    let first = write(34, Variant::Benign);
    write(35, Variant::Incident);
    assert_eq!(first, write(34, Variant::Benign));
}

#[test]
fn a_missing_or_broken_manifest_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Manifest::read_from(folder.path()), Err(Error::Io { .. })));
    File::create(folder.path().join(Manifest::FILE_NAME)).unwrap().write_all(b"{}").unwrap();
    assert!(matches!(Manifest::read_from(folder.path()), Err(Error::Malformed { .. })));
}
