//! Signatures that stand beside the files that they are about, and what readers of programs leave out.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that is wrong")]

use bytes::Bytes;
use khien_lineage::weigh::Decision;
use khien_lineage::{BaseRates, TraitKind};
use khien_testkit::release::{cases, noise, signatures as signed};
use khien_unpack::{Attributes, FolderEntry, Limits, NodeKind};
use khien_vet::profile::{Collector, ReleaseProfile, profile};
use khien_vet::traits::Matchers;
use khien_vet::{Report, judge};

fn folder(files: &[(&str, Vec<u8>)]) -> ReleaseProfile {
    let entries: Vec<FolderEntry> = files
        .iter()
        .map(|(name, _)| FolderEntry {
            name: (*name).to_owned(),
            kind: NodeKind::File,
            attributes: Attributes::default(),
        })
        .collect();
    let mut load = |name: &str| {
        Ok(Bytes::from(files.iter().find(|(known, _)| *known == name).unwrap().1.clone()))
    };
    let (matchers, mut progress) = (Matchers::built_in().unwrap(), |_: &_, _| {});
    let mut collector = Collector::new(&matchers, &mut progress);
    let limits = Limits::default();
    let opened = khien_unpack::open_folder(&entries, &mut load, &limits, &|| false, &mut collector);
    collector.finish("driver", 0, opened)
}

fn report(old: &ReleaseProfile, new: &ReleaseProfile) -> Report {
    judge(std::slice::from_ref(old), new, &BaseRates::built_in().unwrap())
}

fn has(report: &Report, kind: TraitKind) -> bool {
    report.reasons.iter().any(|reason| reason.departure.of.kind == kind)
}

/// The library with one constant of its code changed.
fn changed() -> Vec<u8> {
    let mut bytes = signed::unsigned();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    bytes
}

#[test]
fn a_catalogue_vouches_for_the_files_that_it_lists() {
    let with = |file: Vec<u8>, list: Vec<u8>| folder(&[("vet.sys", file), ("vet.cat", list)]);
    let old = with(signed::unsigned(), signed::catalogue_of(&[signed::unsigned()]));
    let driver = old.files.iter().find(|file| file.name == "vet.sys").unwrap();
    assert_eq!(driver.catalogued_by, ["vet fixtures"]);

    let stale = with(changed(), signed::catalogue_of(&[signed::unsigned()]));
    assert!(stale.files.iter().all(|file| file.catalogued_by.is_empty()));
    assert!(has(&report(&old, &stale), TraitKind::SignatureLost));
    let renewed = with(changed(), signed::catalogue_of(&[changed()]));
    let found = report(&old, &renewed);
    assert!(!has(&found, TraitKind::SignatureLost) && !has(&found, TraitKind::SignerChanged));
    let other = with(changed(), signed::catalogue_by_other(&[changed()]));
    assert!(has(&report(&old, &other), TraitKind::SignerChanged));
}

#[test]
fn a_catalogue_that_was_edited_vouches_for_nothing() {
    let mut list = signed::catalogue_of(&[changed()]);
    let last = list.iter().position(|byte| *byte == 0x17).unwrap();
    list[last + 3] ^= 1;
    let old = folder(&[
        ("vet.sys", signed::unsigned()),
        ("vet.cat", signed::catalogue_of(&[signed::unsigned()])),
    ]);
    let new = folder(&[("vet.sys", changed()), ("vet.cat", list)]);
    assert!(new.files.iter().all(|file| file.catalogued_by.is_empty()));
    assert!(has(&report(&old, &new), TraitKind::SignatureInvalid));
}

#[test]
fn bytes_in_no_slice_of_a_universal_file_are_told() {
    let with = |before: &[u8]| folder(&[("libvet.dylib", signed::universal(before))]);
    let old = with(&[]);
    let new = report(&old, &with(&noise(2048, 0)));
    assert!(has(&new, TraitKind::UnexplainedBytes));
    assert_ne!(new.decision, Decision::Pass);
    assert_eq!(report(&old, &old).decision, Decision::Pass);
}

#[test]
fn what_a_reader_of_programs_leaves_out_is_not_passed_over() {
    let mut cut = signed::unsigned();
    cut.truncate(cut.len() - 512);
    let old = folder(&[("vet.dll", signed::unsigned())]);
    let new = folder(&[("vet.dll", cut)]);
    let found = report(&old, &new);
    assert!(
        found.problems.iter().any(|problem| problem.detail.as_raw().contains("beyond the file"))
    );
    assert_ne!(found.decision, Decision::Pass);
    assert!(old.files.iter().all(|file| file.problem.is_none()));
}

#[test]
fn an_installers_signature_is_a_trait_of_it_and_its_signer_one_of_the_release() {
    let case = cases().into_iter().find(|c| c.name == "package-unsigned-attribute-msi").unwrap();
    let read = |name: &str, bytes: &[u8]| {
        let matchers = Matchers::built_in().unwrap();
        let bytes = Bytes::copy_from_slice(bytes);
        profile(name, bytes, &Limits::default(), &matchers, &mut |_, _| {})
    };
    let told = |release: &ReleaseProfile| {
        let own = release.files.iter().find(|file| file.signature.is_some()).unwrap();
        own.observed.iter().any(|seen| seen.of.kind == TraitKind::UnsignedBytes)
    };
    let old = read(&case.old.file_name, &case.old.bytes);
    let new = read(&case.new.file_name, &case.new.bytes);
    assert!(told(&new) && !told(&old));
    assert!(old.identity.signers.contains(&"vet fixtures".to_owned()));
}
