//! Changes that leave every byte, or every name, as it was, and ordinary updates that only look odd.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that is wrong")]

use std::sync::OnceLock;

use bytes::Bytes;
use khien_binary::signature::State;
use khien_lineage::weigh::Decision;
use khien_lineage::{BaseRates, TraitKind};
use khien_testkit::release::{Artefact, Case, LINE, benign_cases, cases, noise};
use khien_unpack::{Attributes, Fact, FactKind, FolderEntry, Format, GapReason, Limits, NodeKind};
use khien_vet::profile::{Collector, FileProfile, ReleaseProfile, profile};
use khien_vet::traits::Matchers;
use khien_vet::{Report, judge};

fn matchers() -> Matchers {
    Matchers::built_in().unwrap()
}

fn read(artefact: &Artefact) -> ReleaseProfile {
    let bytes = Bytes::from(artefact.bytes.clone());
    profile(&artefact.file_name, bytes, &Limits::default(), &matchers(), &mut |_, _| {})
}

fn report(old: &ReleaseProfile, new: &ReleaseProfile) -> Report {
    judge(std::slice::from_ref(old), new, &BaseRates::built_in().unwrap())
}

fn has(report: &Report, kind: TraitKind) -> bool {
    report.reasons.iter().any(|reason| reason.departure.of.kind == kind)
}

/// An honest pair with signed programs.
fn signed_pair() -> (ReleaseProfile, ReleaseProfile) {
    let signed = |case: &Case| {
        let profile = read(&case.old);
        profile.files.iter().any(|f| f.images.iter().any(|i| !i.signature.signers.is_empty()))
    };
    let case = benign_cases().into_iter().find(signed).unwrap();
    (read(&case.old), read(&case.new))
}

/// One file, link or folder entry: name, content, link target, mode.
type Entry<'a> = (&'a str, Vec<u8>, Option<&'a str>, u32);

fn folder(files: &[Entry<'_>]) -> ReleaseProfile {
    let entries: Vec<FolderEntry> = files
        .iter()
        .map(|(name, _, link, mode)| FolderEntry {
            name: (*name).to_owned(),
            kind: link.map_or(NodeKind::File, |target| NodeKind::Link(target.into())),
            attributes: Attributes { mode: Some(*mode), ..Attributes::default() },
        })
        .collect();
    let mut load = |name: &str| {
        let found = files.iter().find(|file| file.0 == name).unwrap();
        Ok(Bytes::from(found.1.clone()))
    };
    let (matchers, mut progress) = (matchers(), |_: &_, _| {});
    let mut collector = Collector::new(&matchers, &mut progress);
    let opened = khien_unpack::open_folder(
        &entries,
        &mut load,
        &Limits::default(),
        &|| false,
        &mut collector,
    );
    collector.finish("app", 0, opened)
}

fn line() -> Vec<u8> {
    LINE.as_bytes().to_vec()
}

#[test]
fn a_folders_hash_covers_rights_and_links() {
    let plain = folder(&[("a", line(), None, 0o644), ("b", Vec::new(), Some("a"), 0o777)]);
    let rights = folder(&[("a", line(), None, 0o4755), ("b", Vec::new(), Some("a"), 0o777)]);
    let link = folder(&[("a", line(), None, 0o644), ("b", Vec::new(), Some("../c"), 0o777)]);
    assert_ne!(plain.sha256, rights.sha256);
    assert_ne!(plain.sha256, link.sha256);
    let again = folder(&[("a", line(), None, 0o644), ("b", Vec::new(), Some("a"), 0o777)]);
    assert_eq!(plain.sha256, again.sha256);
}

#[test]
fn new_capabilities_are_held() {
    let release = |capabilities: u64| {
        let mut release = folder(&[("bin/helper", line(), None, 0o755)]);
        release.files[0].attributes.capabilities = capabilities;
        release.sha256 = format!("{capabilities:064x}");
        release
    };
    let decision = |old: u64, new: u64| report(&release(old), &release(new)).decision;
    assert_eq!(decision(0, 2), Decision::Hold);
    assert_eq!(decision(2, 6), Decision::Hold);
    assert_eq!(decision(6, 2), Decision::Pass);
    assert_eq!(decision(2, 2), Decision::Pass);
}

#[test]
fn a_newly_set_user_id_is_held() {
    let old = folder(&[("bin/helper", line(), None, 0o755)]);
    let new = folder(&[("bin/helper", line(), None, 0o4755)]);
    assert_eq!(report(&old, &new).decision, Decision::Hold);
    assert_eq!(report(&new, &new).decision, Decision::Pass);
}

#[test]
fn a_link_that_points_elsewhere_is_held_and_a_new_version_of_its_target_is_not() {
    let to = |target| folder(&[("lib/libvet.so", Vec::new(), Some(target), 0o777)]);
    assert_eq!(report(&to("libvet.so.1.0.1"), &to("libother.so.1")).decision, Decision::Hold);
    assert_eq!(report(&to("libvet.so.1.0.1"), &to("libvet.so.1.0.2")).decision, Decision::Pass);
}

#[test]
fn a_name_in_a_certificate_is_worth_what_its_chain_is() {
    let (mut old, new) = signed_pair();
    for image in old.files.iter_mut().flat_map(|file| &mut file.images) {
        if !image.signature.signers.is_empty() {
            image.signature.state = State::ValidStrict;
        }
    }
    let report = report(&old, &new);
    assert_eq!(report.decision, Decision::Block);
    assert!(has(&report, TraitKind::SignatureDowngraded));
}

#[test]
fn a_signature_that_cannot_be_checked_any_more_does_not_pass() {
    let (old, mut new) = signed_pair();
    for image in new.files.iter_mut().flat_map(|file| &mut file.images) {
        image.signature.state = State::Unsupported;
        image.signature.signers.clear();
    }
    assert!(has(&report(&old, &new), TraitKind::SignatureDowngraded));
}

#[test]
fn every_slice_of_a_universal_file_is_judged() {
    let (mut old, mut new) = signed_pair();
    for (release, team) in [(&mut old, "AAAAAAAAAA"), (&mut new, "BBBBBBBBBB")] {
        for file in release.files.iter_mut().filter(|f| !f.images.is_empty()) {
            let mut second = file.images.first().unwrap().clone();
            second.machine = "second".to_owned();
            for signer in &mut second.signature.signers {
                signer.organisation = Some(team.to_owned());
                signer.common_name = Some(team.to_owned());
                signer.durable_identity = Some(team.to_owned());
                signer.keys = vec![team.to_owned()];
            }
            file.images.push(second);
        }
    }
    assert!(has(&report(&old, &new), TraitKind::SignerChanged));
}

#[test]
fn a_constant_version_inside_is_no_version_when_the_names_differ() {
    let (mut old, mut new) = signed_pair();
    old.identity.version = Some("1.0.0.0".to_owned());
    new.identity.version = Some("1.0.0.0".to_owned());
    new.name = "vetsoft-1.0.2.zip".into();
    old.name = "vetsoft-1.0.1.zip".into();
    assert!(!has(&report(&old, &new), TraitKind::SameVersionOtherBytes));
    new.name = "vetsoft-1.0.1.zip".into();
    assert!(has(&report(&old, &new), TraitKind::SameVersionOtherBytes));
}

#[test]
fn many_new_texts_keep_no_program_from_what_it_continues() {
    let (old, mut new) = signed_pair();
    let code = |file: &FileProfile| {
        file.images.iter().map(|image| image.functions.all.len()).sum::<usize>() > 16
    };
    let at = new.files.iter().position(code).unwrap();
    let mut program = new.files.remove(at);
    program.path = "zz/other-place.bin".into();
    program.stem = "zz/other-place.bin".to_owned();
    program.name = "other-place.bin".to_owned();
    for image in &mut program.images {
        image.identity.product = None;
        image.identity.link_name = None;
    }
    let text = |i: usize| {
        let mut file = program.clone();
        file.path = format!("texts/{i}.txt").into();
        file.stem = format!("texts/{}.txt", "a".repeat(i + 1));
        file.name = format!("{}.txt", "a".repeat(i + 1));
        file.sha256 = format!("{i}");
        file.format = Format::Text;
        file.images.clear();
        file.observed.clear();
        file.similarity = None;
        file
    };
    let texts: Vec<FileProfile> = (0..450).map(text).collect();
    new.files.splice(1..1, texts);
    new.files.push(program);
    let report = report(&old, &new);
    let moved = report.files.iter().find(|f| f.path.as_raw() == "zz/other-place.bin").unwrap();
    assert!(moved.continues.is_some(), "{moved:?}");
}

#[test]
fn what_one_archive_was_like_soothes_no_other_and_not_for_ever() {
    let (mut old, mut new) = signed_pair();
    let hidden = |path: &str| Fact {
        path: path.into(),
        kind: FactKind::HiddenMember,
        offset: None,
        detail: "a member that the index does not list".into(),
    };
    let plain = old.clone();
    old.opened.facts.push(hidden("docs-1.0.zip"));
    new.opened.facts.push(hidden("docs-1.1.zip"));
    assert!(!has(&report(&old, &new), TraitKind::ArchiveLies));
    let judged = |earlier: &[ReleaseProfile], new: &ReleaseProfile| {
        has(&judge(earlier, new, &BaseRates::built_in().unwrap()), TraitKind::ArchiveLies)
    };
    assert!(judged(&[old.clone(), plain.clone(), plain.clone()], &new));
    assert!(!judged(&[plain, old.clone()], &new));
    new.opened.facts.push(hidden("code-1.1.zip"));
    assert!(judged(&[old], &new));
}

/// The bytes of a program that is published as it is.
fn a_program() -> Vec<u8> {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(find_a_program).clone()
}

fn find_a_program() -> Vec<u8> {
    let all = cases().into_iter().chain(benign_cases());
    let program = |case: &Case| {
        case.old.bytes.starts_with(b"MZ") && read(&case.old).files[0].format == Format::Pe
    };
    all.into_iter().find(program).unwrap().old.bytes
}

#[test]
fn what_a_place_makes_of_a_program_is_told_of_that_place_only() {
    let places = ["etc/cron.daily/vet", "usr/bin/vet", "var/spool/cron/vet"];
    let files: Vec<Entry<'_>> = places.map(|path| (path, a_program(), None, 0o755)).into();
    let started = |release: &ReleaseProfile| -> Vec<bool> {
        let acts = |kind: TraitKind| kind == TraitKind::InstallAction;
        let files = release.files.iter();
        files.map(|file| file.observed.iter().any(|o| acts(o.of.kind))).collect()
    };
    let release = folder(&files);
    assert!(release.files.iter().all(|file| file.is_program()));
    assert_eq!(started(&release), [true, false, true]);
    let values = |i: usize| -> Vec<String> {
        let found = release.files.get(i).unwrap().observed.iter();
        let found = found.filter(|o| o.of.kind == TraitKind::InstallAction);
        found.map(|o| o.evidence.iter().map(|e| e.excerpt.to_string()).collect()).collect()
    };
    assert_eq!(values(2), ["var/spool/cron/vet"]);
}

#[test]
fn an_old_program_that_is_put_where_it_is_started_is_held() {
    let put = |places: &[&str]| {
        let files = places.iter().map(|path| (*path, a_program(), None, 0o755));
        let mut release = folder(&files.collect::<Vec<Entry<'_>>>());
        release.identity.version = None;
        release
    };
    let old = put(&["usr/bin/vet"]);
    let judged = |places: &[&str]| report(&old, &put(places)).decision;
    assert_eq!(judged(&["usr/bin/vet", "etc/cron.daily/vet"]), Decision::Hold);
    assert_eq!(judged(&["etc/cron.daily/vet"]), Decision::Hold);
    assert_eq!(judged(&["usr/lib/vet/vet"]), Decision::Pass);
}

#[test]
fn a_link_that_enables_a_unit_is_held() {
    let unit = || ("lib/systemd/system/vet.service", line(), None, 0o644);
    let link = |place: &'static str| {
        let to = Some("../../../../lib/systemd/system/vet.service");
        vec![unit(), (place, Vec::new(), to, 0o777)]
    };
    let judged = |place| report(&folder(&[unit()]), &folder(&link(place))).decision;
    assert_eq!(judged("etc/systemd/system/multi-user.target.wants/vet.service"), Decision::Hold);
    assert_eq!(judged("usr/share/doc/vet/vet.service"), Decision::Pass);
    let enabled = folder(&link("etc/systemd/system/multi-user.target.wants/vet.service"));
    assert_eq!(report(&enabled, &enabled).decision, Decision::Pass);
}

#[test]
fn an_archive_that_became_unknown_bytes_is_unknown() {
    let whole = |bytes: &[u8]| {
        profile("app.zip", bytes.to_vec().into(), &Limits::default(), &matchers(), &mut |_, _| {})
    };
    let member = |bytes: &[u8]| folder(&[("plugin.zip", bytes.to_vec(), None, 0o644)]);
    let case = benign_cases().into_iter().find(|case| case.name == "plain-update-zip").unwrap();
    let (old, new) = (case.old.bytes, case.new.bytes);
    let more = [noise(5000, 1), noise(5000, 2)].concat();
    let noise = noise(5000, 1);
    let page = b"<!doctype html><title>Sign in</title><p>Please sign in to go on.".to_vec();
    let is_unknown = |report: &Report| {
        let reasons = report.gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>();
        if reasons.is_empty() {
            return false;
        }
        assert_eq!(reasons, [GapReason::Unsupported], "{reasons:?}");
        assert!(!report.complete);
        report.decision >= Decision::Hold
    };
    for other in [noise.clone(), page.clone(), line()] {
        assert!(is_unknown(&report(&whole(&old), &whole(&other))));
        assert!(is_unknown(&report(&member(&old), &member(&other))));
    }
    assert!(!is_unknown(&report(&whole(&old), &whole(&new))));
    assert!(!is_unknown(&report(&member(&old), &member(&new))));
    // A text that was one is read as such; what never was known stays unknown.
    assert!(!is_unknown(&report(&whole(&line()), &whole(&page))));
    assert!(!is_unknown(&report(&member(&noise), &member(&more))));
    assert!(is_unknown(&report(&whole(&noise), &whole(&more))));
    // Packed no more.
    let packed = |name| folder(&[(name, old.clone(), None, 0o644)]);
    let plain = folder(&[("plugin", line(), None, 0o644)]);
    assert!(!is_unknown(&report(&packed("plugin.zip"), &plain)));
}
