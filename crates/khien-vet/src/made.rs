//! Profiles made by hand, for tests.

use std::collections::BTreeSet;

use khien_binary::signature::{Scheme, Signature, Signer, State};
use khien_binary::{Image, ImageKind, image::Function};
use khien_lineage::{Observed, Trait, TraitKind};
use khien_model::Untrusted;
use khien_unpack::{Attributes, Format, Opened};

use crate::identity::ReleaseIdentity;
use crate::profile::{FileProfile, PROFILE_FORMAT, ReleaseProfile, own_name, stem_of};
use crate::traits::{Names, ScriptSummary};

/// A text whose bytes are told apart by `content`.
pub(crate) fn text(path: &str, content: &str) -> FileProfile {
    FileProfile {
        path: Untrusted::new(path),
        stem: stem_of(path),
        name: own_name(path).to_lowercase(),
        sha256: format!("{content:0>64}"),
        size: 100,
        format: Format::Text,
        attributes: Attributes::default(),
        link: None,
        images: Vec::new(),
        signature: None,
        observed: Vec::new(),
        names: Names::default(),
        similarity: None,
        certified_by: None,
        catalogued_by: Vec::new(),
        members: BTreeSet::new(),
        script: None,
        starts: Vec::new(),
        problem: None,
    }
}

/// Noise that a format does not explain.
pub(crate) fn opaque(path: &str, content: &str) -> FileProfile {
    let file = FileProfile { format: Format::Data, ..text(path, content) };
    with(file, TraitKind::OpaqueBytes, "file", 300 << 10)
}

/// A script.
pub(crate) fn script(path: &str, content: &str) -> FileProfile {
    FileProfile {
        format: Format::Script,
        script: Some(ScriptSummary::default()),
        ..text(path, content)
    }
}

/// A library with functions of these numbers; its bytes follow from them and from `content`.
pub(crate) fn library(
    path: &str,
    content: &str,
    functions: impl IntoIterator<Item = u64>,
) -> FileProfile {
    let mut image = Image::new(ImageKind::Pe);
    image.machine = "x86_64".to_owned();
    image.library = true;
    image.functions.all =
        functions.into_iter().map(|hash| Function { hash, offset: hash, len: 16 }).collect();
    FileProfile { format: Format::Pe, images: vec![image], ..text(path, content) }
}

/// A program that is started, of one product and version.
pub(crate) fn program(path: &str, content: &str, version: &str) -> FileProfile {
    let mut file = library(path, content, 0..200);
    if let Some(image) = file.images.first_mut() {
        image.library = false;
        image.identity.product = Some("Vet Suite".to_owned());
        image.identity.file_version = Some(version.to_owned());
    }
    file
}

/// The same file with a trait.
pub(crate) fn with(
    mut file: FileProfile,
    kind: TraitKind,
    value: &str,
    amount: u64,
) -> FileProfile {
    let of = Trait { kind, value: Untrusted::new(value) };
    file.observed.push(Observed { of, amount, evidence: Vec::new() });
    file
}

/// The same file, which names another.
pub(crate) fn naming(mut file: FileProfile, name: &str) -> FileProfile {
    file.names.files.push(name.to_owned());
    file
}

/// The same file with a version of its own.
pub(crate) fn versioned(mut file: FileProfile, version: &str) -> FileProfile {
    for image in &mut file.images {
        image.identity.file_version = Some(version.to_owned());
    }
    file
}

/// The same file, signed by an organisation.
pub(crate) fn signed(mut file: FileProfile, organisation: &str) -> FileProfile {
    let signer = Signer { organisation: Some(organisation.to_owned()), ..Signer::default() };
    for image in &mut file.images {
        image.signature = Signature {
            scheme: Scheme::Authenticode,
            state: State::ValidStrict,
            signers: vec![signer.clone()],
            content_digest: Some(file.sha256.clone()),
            ..Signature::default()
        };
    }
    file
}

/// A release; its first file stands for the artefact.
pub(crate) fn release(version: &str, files: Vec<FileProfile>) -> ReleaseProfile {
    let name = format!("suite-{version}.zip");
    let root = FileProfile { format: Format::Zip, ..text("", &format!("artefact {version}")) };
    ReleaseProfile {
        format: PROFILE_FORMAT,
        name: Untrusted::new(name),
        sha256: root.sha256.clone(),
        size: 1000,
        identity: ReleaseIdentity {
            version: Some(version.to_owned()),
            ..ReleaseIdentity::default()
        },
        files: std::iter::once(root).chain(files).collect(),
        opened: Opened::default(),
        knowledge: String::new(),
    }
}

/// The same release as a folder: nothing stands for the whole.
pub(crate) fn folder(mut release: ReleaseProfile) -> ReleaseProfile {
    release.files.remove(0);
    release
}

/// A signature of an organisation with these keys, leaf first, that no known root vouches for.
pub(crate) fn self_made(organisation: &str, keys: &[&str]) -> Signature {
    let signer = Signer {
        organisation: Some(organisation.to_owned()),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Signer::default()
    };
    Signature {
        scheme: Scheme::Authenticode,
        state: State::UnknownRoot,
        signers: vec![signer],
        ..Signature::default()
    }
}

/// The same file, signed so.
pub(crate) fn signed_so(mut file: FileProfile, signature: &Signature) -> FileProfile {
    for image in &mut file.images {
        image.signature = signature.clone();
    }
    file
}
