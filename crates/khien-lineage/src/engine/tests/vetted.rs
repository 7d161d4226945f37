//! What vetting found in a release's files keeps company with what the release does, and nothing else.

use khien_model::Untrusted;

use super::fleet::*;
use crate::departure::{Companion, RAISE_BITS};
use crate::engine::Engine;
use crate::{Config, Decision, Files, Finding, RuntimeRates, Trait, TraitKind, Vetted};

const NAME: &str = "edge.newname.example";

fn of_files(kind: TraitKind, bits: f64) -> Companion {
    Companion { of: Trait { kind, value: Untrusted::from("softphone.dll") }, bits, together: 0 }
}

fn vetted(version: &str, found: Vec<Companion>) -> Vetted {
    Vetted {
        publisher: "Vendor Ltd".to_owned(),
        product: "Softphone".to_owned(),
        version: version.to_owned(),
        files: Files { decision: Decision::Hold, found },
    }
}

/// A week after the update, one host contacts a domain that nobody knows.
fn engine(vetted: &[Vetted]) -> Engine {
    let mut story = Story::rollout(UPDATE + 10);
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), NAME);
    let mut engine = Engine::new(Config::default(), RuntimeRates::built_in().unwrap());
    for release in vetted {
        engine.vetted(release);
    }
    for event in &story.sorted().events {
        engine.observe(event, "bank", "", event.time.unwrap());
    }
    engine.advance(at(UPDATE + 10, 0.0));
    engine
}

fn findings(vetted: &[Vetted]) -> Vec<Finding> {
    let kind = TraitKind::ContactsDomain;
    let findings = engine(vetted).findings().into_iter();
    findings.filter(|finding| finding.evidence.of.kind == kind).collect()
}

#[test]
fn what_is_too_little_alone_is_a_finding_beside_what_the_files_newly_can() {
    assert_eq!(findings(&[]), []);
    // Another spelling of publisher and version is the same release.
    let found = vec![of_files(TraitKind::GainsNetwork, 5.7)];
    let found = findings(&[vetted("18.12.416.0", found)]);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert!(finding.score.bits >= RAISE_BITS);
    let from_files = finding.evidence.from_files.as_ref().unwrap();
    assert_eq!(from_files.of.kind, TraitKind::GainsNetwork);
    assert_eq!(finding.evidence.companion, None);
    assert_eq!(finding.recompute(), *finding);
}

#[test]
fn company_is_capped_however_much_the_files_tell() {
    let bits = |bits| {
        let found = findings(&[vetted(NEW, vec![of_files(TraitKind::GainsNetwork, bits)])]);
        found[0].score.bits
    };
    assert!((bits(1e300) - bits(6.0)).abs() < 1e-9);
}

#[test]
fn files_of_another_release_or_product_are_no_company() {
    let found = || vec![of_files(TraitKind::GainsNetwork, 5.7)];
    assert_eq!(findings(&[vetted(OLD, found())]), []);
    assert_eq!(findings(&[vetted("18.12.417", found())]), []);
    assert_eq!(findings(&[vetted("", found())]), []);
    let other = Vetted { product: "Softphone Plus".to_owned(), ..vetted(NEW, found()) };
    assert_eq!(findings(&[other]), []);
    let other = Vetted { publisher: "Other Ltd".to_owned(), ..vetted(NEW, found()) };
    assert_eq!(findings(&[other]), []);
}

/// A host that is newly named and then contacted is one thing, told twice.
#[test]
fn what_the_act_needs_in_the_files_is_no_second_witness() {
    assert_eq!(findings(&[vetted(NEW, vec![of_files(TraitKind::NamesHost, 8.0)])]), []);
    let both = vec![of_files(TraitKind::NamesHost, 8.0), of_files(TraitKind::GainsMemory, 5.7)];
    let found = findings(&[vetted(NEW, both)]);
    assert_eq!(found[0].evidence.from_files.as_ref().unwrap().of.kind, TraitKind::GainsMemory);
}

#[test]
fn what_weighs_nothing_is_no_company() {
    for bits in [0.0, -4.0, f64::NAN, f64::INFINITY] {
        assert_eq!(findings(&[vetted(NEW, vec![of_files(TraitKind::NewCode, bits)])]), []);
    }
}

#[test]
fn several_artefacts_of_a_release_are_one_and_unseen_releases_are_none() {
    let first =
        vetted(NEW, vec![of_files(TraitKind::NewCode, 0.0), of_files(TraitKind::GainsMemory, 1.0)]);
    let mut second = vetted(NEW, vec![of_files(TraitKind::GainsMemory, 3.6)]);
    second.files.decision = Decision::Block;
    let unseen = vetted("19.0", vec![of_files(TraitKind::GainsNetwork, 5.7)]);
    let engine = engine(&[first, second, unseen]);
    let lineages = engine.lineages();
    let phone = lineages.iter().find(|l| l.name.product.as_raw() == "softphone").unwrap();
    assert_eq!(phone.releases.len(), 2);
    assert_eq!(phone.releases[0].vetted, None);
    let files = phone.releases[1].vetted.as_ref().unwrap();
    assert_eq!(files.decision, Decision::Block);
    let found = [of_files(TraitKind::GainsMemory, 3.6), of_files(TraitKind::NewCode, 0.0)];
    assert_eq!(files.found, found);
}

#[test]
fn what_vetting_found_survives_a_restart() {
    let found = vec![of_files(TraitKind::GainsNetwork, 5.7)];
    let before = engine(&[vetted(NEW, found)]);
    let text = serde_json::to_string(&before.snapshot()).unwrap();
    let snapshot = serde_json::from_str(&text).unwrap();
    let rates = RuntimeRates::built_in().unwrap();
    let after = Engine::restore(Config::default(), rates, snapshot).unwrap();
    assert_eq!(after.lineages(), before.lineages());
    assert_eq!(after.findings(), before.findings());
}
