//! Who signed: names are worth what vouches for them.

use khien_binary::signature::{Signature, State};
use khien_unpack::{Fact, FactKind};

use super::*;
use crate::made::{self_made, signed_so};

fn lib(new: bool, signature: &Signature) -> FileProfile {
    signed_so(library("lib.dll", if new { "new" } else { "old" }, 0..100), signature)
}

fn decided(old: &Signature, new: &Signature) -> Option<Decision> {
    let report = vet(vec![lib(false, old)], vec![lib(true, new)]);
    decides(&report, TraitKind::SignerChanged)
}

#[test]
fn a_name_under_another_self_made_authority_is_held() {
    let old = self_made("Vet Software", &["leaf", "issuer", "root"]);
    assert_eq!(decided(&old, &self_made("Vet Software", &["x", "y"])), Some(Decision::Hold));
    // A new certificate of the same authority, a renewed root of the same key, the same key again.
    assert_eq!(decided(&old, &self_made("Vet Software", &["next", "issuer"])), None);
    assert_eq!(decided(&old, &self_made("Vet Software", &["next", "between", "root"])), None);
    assert_eq!(decided(&old, &self_made("Renamed Software", &["leaf"])), None);
    // Another name of the same authority is another.
    let other = self_made("Other", &["other", "issuer", "root"]);
    assert_eq!(decided(&old, &other), Some(Decision::Block));
    // A known root vouches for the name.
    let vouched = Signature { state: State::ValidStrict, ..self_made("Vet Software", &["x"]) };
    assert_eq!(decided(&old, &vouched), None);
}

#[test]
fn a_number_in_a_self_made_certificate_is_no_identity() {
    let with_number = |keys: &[&str]| {
        let mut signature = self_made("Vet Software", keys);
        for signer in &mut signature.signers {
            signer.durable_identity = Some("VN:0101".to_owned());
        }
        signature
    };
    let (old, new) = (with_number(&["leaf"]), with_number(&["x"]));
    assert_eq!(decided(&old, &new), Some(Decision::Hold));
}

#[test]
fn a_library_by_microsoft_of_ones_own_shadows_the_system() {
    let shadow = |signature: &Signature| {
        let new = signed_so(library("version.dll", "new", 500..600), signature);
        let report = vet(vec![app(false)], vec![app(true), new]);
        decides(&report, TraitKind::ShadowsSystem)
    };
    let mut signature = self_made("Microsoft Corporation", &["x"]);
    assert_eq!(shadow(&signature), Some(Decision::Block));
    signature.state = State::ValidStrict;
    assert_eq!(shadow(&signature), None);
}

#[test]
fn a_newcomer_with_a_self_made_name_is_signed_by_nobody() {
    let own = self_made("Vet Software", &["leaf", "issuer"]);
    let newcomer = |signature: &Signature| {
        let old: Vec<_> = (0..3_u32)
            .map(|i| signed_so(library(&format!("{i}.dll"), &format!("o{i}"), 0..100), &own))
            .collect();
        let added = signed_so(library("added.dll", "added", 900..999), signature);
        let new = old.iter().cloned().chain([added]).collect();
        decides(&vet(old, new), TraitKind::UnsignedNewcomer)
    };
    assert_eq!(newcomer(&self_made("Vet Software", &["x"])), Some(Decision::Hold));
    assert_eq!(newcomer(&self_made("Other", &["leaf2", "issuer"])), Some(Decision::Hold));
    assert_eq!(newcomer(&self_made("Vet Software", &["next", "issuer"])), None);
    let vouched = Signature { state: State::ValidStrict, ..self_made("Other", &["x"]) };
    assert_eq!(newcomer(&vouched), None);
    let wrong = Signature { state: State::Invalid, ..own.clone() };
    assert_eq!(newcomer(&wrong), Some(Decision::Hold));
}

// ------------------------------------------------------------------ signatures of containers

fn certified(new: bool, signature: &Signature) -> FileProfile {
    let content = if new { "new block" } else { "old block" };
    let file = text("META-INF/VET.RSA", content);
    FileProfile { certified_by: Some(signature.clone()), ..file }
}

#[test]
fn a_package_signed_again_by_ones_own_certificate_is_held_and_a_wrong_one_blocked() {
    let own = self_made("Vet Software", &["leaf", "root"]);
    let report = |new: &Signature| vet(vec![certified(false, &own)], vec![certified(true, new)]);
    let kind = TraitKind::ContainerSignatureChanged;
    assert_eq!(decides(&report(&own), kind), None);
    let again = self_made("Vet Software", &["x"]);
    assert_eq!(decides(&report(&again), kind), Some(Decision::Hold));
    let other = self_made("Other", &["x"]);
    assert_eq!(decides(&report(&other), kind), Some(Decision::Block));
    let unread = Signature { state: State::Unsupported, ..own.clone() };
    assert_eq!(decides(&report(&unread), kind), Some(Decision::Hold));
    let wrong = Signature { state: State::Invalid, ..own.clone() };
    assert_eq!(decides(&report(&wrong), TraitKind::SignatureInvalid), Some(Decision::Block));
    assert_eq!(decides(&report(&own), TraitKind::SignatureInvalid), None);
}

fn judged(old: &[&str], new: &[&str]) -> Option<Decision> {
    let with = |version: &str, details: &[&str]| {
        let mut release = release(version, vec![text("a.txt", version)]);
        release.opened.facts = details
            .iter()
            .map(|detail| Fact {
                path: Untrusted::new(""),
                kind: FactKind::ContainerSignature,
                offset: None,
                detail: Untrusted::new(*detail),
            })
            .collect();
        release
    };
    let report = judge(&[with("1.0.0", old)], &with("1.0.1", new), &rates());
    decides(&report, TraitKind::ContainerSignatureChanged)
}

#[test]
fn a_package_under_another_key_is_held_and_an_unsigned_one_blocked() {
    let origin = "Debian package signature member _gpgorigin: OpenPGP v4, RSA, SHA-1, issuer aaaa";
    let newer = "Debian package signature member _gpgorigin: OpenPGP v4, RSA, SHA-256, issuer aaaa";
    let evil = "Debian package signature member _gpgorigin: OpenPGP v4, RSA, SHA-1, issuer eeee";
    let maker = "Debian package signature member _gpgbuilder: OpenPGP v4, RSA, SHA-1, issuer bbbb";
    assert_eq!(judged(&[origin], &[origin]), None);
    assert_eq!(judged(&[origin], &[newer]), None);
    assert_eq!(judged(&[origin], &[evil]), Some(Decision::Hold));
    assert_eq!(judged(&[origin], &[]), Some(Decision::Block));
    // One of several leaves; one more comes by a key that was there; one comes where there was none.
    assert_eq!(judged(&[origin, maker], &[origin]), Some(Decision::Hold));
    assert_eq!(judged(&[origin, maker], &[maker, origin]), None);
    assert_eq!(judged(&[], &[origin]), None);
    // What names no key is known by its kind, whatever its length is.
    let cabinet = |len: u32| format!("Authenticode, {len} bytes behind the cabinet");
    assert_eq!(judged(&[&cabinet(9000)], &[&cabinet(9208)]), None);
    let block = "APK Signing Block, key aaaa";
    assert_eq!(judged(&[block], &["APK Signing Block, key eeee"]), Some(Decision::Hold));
}

// ------------------------------------------------------------------ whole releases, and gaps

#[test]
fn a_whole_release_from_before_the_last_is_held() {
    let of = |content: &str| release("1.0.0", vec![script("main.js", content)]);
    let (first, second) = (of("a"), {
        let mut second = of("b");
        second.sha256 = "second".to_owned();
        second
    });
    let report = judge(&[first.clone(), second.clone()], &first, &rates());
    assert_eq!(decides(&report, TraitKind::VersionBackwards), Some(Decision::Hold));
    let same = judge(&[first, second.clone()], &second, &rates());
    assert_eq!(reason(&same, TraitKind::VersionBackwards), None);
}

#[test]
fn evidence_goes_before_gaps() {
    use khien_unpack::{Gap, GapReason};
    let gap = Gap {
        path: Untrusted::new("inner.bin"),
        reason: GapReason::Encrypted,
        detail: Untrusted::new(""),
        bytes: None,
    };
    let judged = |files: Vec<FileProfile>| {
        let mut new = release("1.0.1", files);
        new.opened.gaps.push(gap.clone());
        judge(&[release("1.0.0", vec![app(false)])], &new, &rates())
    };
    let gaps_only = judged(vec![app(true)]);
    assert!(gaps_only.only_incomplete(), "{:?}", gaps_only.reasons);
    // Several that decide nothing alone, and enough together.
    let many = [
        TraitKind::NamesSecrets,
        TraitKind::OpaqueBytes,
        TraitKind::HiddenText,
        TraitKind::UpdateChannel,
        TraitKind::GainsNetwork,
        TraitKind::GainsExec,
    ];
    let plugin = |path: &str| library(path, path, 300..310);
    let loaded = many.into_iter().fold(plugin("plugin.dll"), |f, kind| with(f, kind, "x", 1 << 20));
    let both = judged(vec![app(true), loaded]);
    assert!(both.score >= khien_lineage::weigh::HOLD_BITS, "{}", both.score);
    assert!(!both.only_incomplete());
}

#[test]
fn other_noise_in_place_of_a_download_tag_is_blocked_and_another_tag_is_not() {
    let carrying = |content: &str, value: &str, amount| {
        with(library("lib.dll", content, 0..100), TraitKind::UnsignedBytes, value, amount)
    };
    let from = |old: &str, new: &str, amount| {
        let report = vec![carrying("a", old, 16 << 10)];
        let report = vet(report, vec![carrying("b", new, amount)]);
        decides(&report, TraitKind::UnsignedBytes)
    };
    assert_eq!(from("slack", "slack", 17 << 10), None);
    assert_eq!(from("slack", "slack, dense 7.98811", 17 << 10), Some(Decision::Block));
    let noise = "slack, dense 7.98811";
    assert_eq!(from(noise, noise, 16 << 10), None);
    assert_eq!(from(noise, "slack, dense 7.98907", 16 << 10), Some(Decision::Block));
}
