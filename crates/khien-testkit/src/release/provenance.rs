//! Versions, the packages' own signatures, and programs without a package around them.

use super::authenticode::{Options, Stuffing, detached, stuff};
use super::containers::{installer, msi, msi_of, nupkg, nupkg_members, zipped};
use super::identity::{Identity, sha256};
use super::payload::noise;
use super::software::{
    Edition, Files, codec, file_of, functions, phone, replace, signed, signed_by_other, suite,
};
use super::zip::{Member, archive};
use super::{Artefact, Case, Expect};

fn case(
    name: &'static str,
    container: &'static str,
    hard: bool,
    first_cause: &'static str,
    (old, new): (Artefact, Artefact),
    about: &'static str,
) -> Case {
    let expect = if hard { Expect::Block } else { Expect::Hold };
    Case { name, incident: None, container, hard, old, new, expect, first_cause, about }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = versions();
    cases.extend(package_signatures());
    cases.extend(bare());
    cases
}

fn versions() -> Vec<Case> {
    let (old, new) = (suite(Edition::Old), suite(Edition::New));
    // The same version, and a codec with another function in it.
    let mut again = old.clone();
    let mut pe = codec(Edition::Old);
    pe.functions = functions(2, 250, Edition::New);
    replace(&mut again, "ffmpeg.dll", signed(&pe));
    type Pack = fn(Edition, &Files) -> Artefact;
    let packs: [(&str, Pack); 3] = [("nupkg", nupkg), ("msi", msi), ("zip", zipped)];
    let same = ["same-release-nupkg", "same-release-msi", "same-release-zip"];
    let back = ["version-backwards-nupkg", "version-backwards-msi", "version-backwards-zip"];
    let mut cases = Vec::new();
    for ((container, pack), (same, back)) in packs.into_iter().zip(same.into_iter().zip(back)) {
        cases.push(case(
            same,
            container,
            true,
            "provenance.same-version",
            (pack(Edition::Old, &old), pack(Edition::Old, &again)),
            "The version that was released before has other bytes now.",
        ));
        cases.push(case(
            back,
            container,
            false,
            "provenance.version-backwards",
            (pack(Edition::New, &new), pack(Edition::Old, &old)),
            "The new release has a lower version than the one before.",
        ));
    }
    cases
}

/// A NuGet package with a signature over its members.
fn signed_nupkg(edition: Edition, signer: Option<&Identity>) -> Artefact {
    let mut members = nupkg_members(edition, &suite(edition));
    if let Some(signer) = signer {
        let digest = sha256(&archive(&members));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("Version:1\n\n2.16.840.1.101.3.4.2.1-Hash:{digest}\n\n");
        let message = detached(text.as_bytes(), signer, &[]);
        members.push(Member { stored: true, ..Member::new(".signature.p7s", message) });
    }
    Artefact::new(&nupkg(edition, &Vec::new()).file_name, archive(&members))
}

fn package_signatures() -> Vec<Case> {
    let version = |edition: Edition| installer(edition, &suite(edition));
    let old = || msi_of(Edition::Old, &version(Edition::Old));
    let name = msi_of(Edition::New, &version(Edition::New)).file_name;
    let unsigned = Artefact::new(&name, version(Edition::New).build(None));
    let other = version(Edition::New).build(Some(&Options::by(Identity::other())));
    let vendor = Identity::vendor();
    let unsigned_attribute = Some(noise(32 * 1024, 0));
    let options = Options { unsigned: unsigned_attribute, ..Options::by(Identity::vendor()) };
    let carrier = Artefact::new(&name, version(Edition::New).build(Some(&options)));
    let lost = "signature.container-changed|signature.lost";
    let changed = "signature.container-changed|signature.signer-changed";
    vec![
        case(
            "package-signature-lost-msi",
            "msi",
            true,
            lost,
            (old(), unsigned),
            "An installer that was signed comes without a signature.",
        ),
        case(
            "package-signer-changed-msi",
            "msi",
            true,
            changed,
            (old(), Artefact::new(&name, other)),
            "An installer is signed by an organisation that never signed it.",
        ),
        case(
            "package-unsigned-attribute-msi",
            "msi",
            true,
            "signature.unsigned-bytes",
            (old(), carrier),
            "The signature of an installer carries noise that it does not cover.",
        ),
        case(
            "package-signature-lost-nupkg",
            "nupkg",
            true,
            lost,
            (signed_nupkg(Edition::Old, Some(&vendor)), signed_nupkg(Edition::New, None)),
            "A package that was signed comes without a signature.",
        ),
        case(
            "package-signer-changed-nupkg",
            "nupkg",
            true,
            changed,
            (
                signed_nupkg(Edition::Old, Some(&vendor)),
                signed_nupkg(Edition::New, Some(&Identity::other())),
            ),
            "A package is signed by an organisation that never signed it.",
        ),
    ]
}

fn bare() -> Vec<Case> {
    let program = |edition: Edition, bytes: Vec<u8>| {
        Artefact::new(&format!("Softphone-{}.exe", edition.version()), bytes)
    };
    let old = || program(Edition::Old, signed(&phone(Edition::Old)));
    let new = || signed(&phone(Edition::New));
    let stuffed = stuff(new(), Stuffing::InsideEntry, &noise(72 * 1024, 0));
    let library = |files: &Files| {
        Artefact::new("d3dcompiler_47.dll", file_of(files, "d3dcompiler_47.dll").to_vec())
    };
    let shader = library(&suite(Edition::Old));
    let carrier = stuff(shader.bytes.clone(), Stuffing::InsideEntry, &noise(72 * 1024, 0));
    vec![
        case(
            "certificate-slack-bare",
            "pe",
            true,
            "signature.unsigned-bytes|signature.same-digest-other-bytes",
            (old(), program(Edition::New, stuffed)),
            "A program whose certificate table newly carries noise.",
        ),
        case(
            "same-digest-bare",
            "pe",
            true,
            "signature.same-digest-other-bytes|provenance.same-version",
            (shader, Artefact::new("d3dcompiler_47.dll", carrier)),
            "A library whose signed bytes are the same and whose file has grown.",
        ),
        case(
            "signature-lost-bare",
            "pe",
            true,
            "signature.lost",
            (old(), program(Edition::New, phone(Edition::New).build())),
            "A program that was signed comes without a signature.",
        ),
        case(
            "signer-changed-bare",
            "pe",
            true,
            "signature.signer-changed",
            (old(), program(Edition::New, signed_by_other(&phone(Edition::New)))),
            "A program is signed by an organisation that never signed it.",
        ),
    ]
}
