//! What all earlier releases had, and what the new one has, each looked up and never searched for: a
//! release may list half a million files.

use std::collections::{BTreeMap, HashMap, HashSet};

use khien_binary::ImageKind;
use khien_binary::signature::{Signature, Signer, State};
use khien_lineage::{Trait, TraitKind};
use khien_unpack::{Attributes, Format};

use super::signature::{has_signer, is_anchored, signature};
use crate::identity::{fold_organisation, organisation};
use crate::profile::{FileProfile, ReleaseProfile};

/// What makes a file the same: its bytes, where it lies, and its rights to be another user.
type Place<'a> = (&'a str, &'a str, u32, u64);

fn place(file: &FileProfile) -> Place<'_> {
    let stem = file.stem.rsplit("!/").next().unwrap_or(&file.stem);
    let Attributes { mode, capabilities, .. } = &file.attributes;
    (&file.sha256, stem, mode.unwrap_or(0) & 0o6000, *capabilities)
}

/// Files of earlier releases in their places.
#[derive(Debug)]
pub(super) struct Places<'a> {
    all: HashSet<Place<'a>>,
    last: HashSet<Place<'a>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(earlier: &'a [ReleaseProfile]) -> Self {
        let of = |releases: &'a [ReleaseProfile]| {
            releases.iter().flat_map(|release| release.files.iter().map(place)).collect()
        };
        let last = earlier.last().map_or(&[][..], std::slice::from_ref);
        Self { all: of(earlier), last: of(last) }
    }

    /// Whether any earlier release has the very same file.
    pub(super) fn anywhere(&self, file: &FileProfile) -> bool {
        self.all.contains(&place(file))
    }

    /// Whether the last earlier release has it.
    pub(super) fn in_last(&self, file: &FileProfile) -> bool {
        self.last.contains(&place(file))
    }
}

/// What a file is to others: what a text mentions is no news in another text, and says nothing about
/// a program.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Sort {
    Program,
    Script,
    Other(Format),
}

const fn sort(file: &FileProfile) -> Sort {
    if file.is_program() {
        Sort::Program
    } else if file.script.is_some() {
        Sort::Script
    } else {
        Sort::Other(file.format)
    }
}

/// What the files of earlier releases showed and named.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    traits: HashSet<(TraitKind, &'a str, Sort)>,
    named: HashSet<&'a str>,
    hosts: HashSet<&'a str>,
    /// Programs of the last release by format: signed by somebody, and in all.
    signed: BTreeMap<ImageKind, (usize, usize)>,
    /// Who signed programs, with each key that stood behind the name.
    makers: HashSet<(String, &'a str)>,
    /// Products of which the last release had several programs of one version.
    suites: HashSet<&'a str>,
    /// Names of libraries that lay beside a program.
    beside_programs: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(earlier: &'a [ReleaseProfile]) -> Self {
        let files = || earlier.iter().flat_map(|release| &release.files);
        let traits = files()
            .flat_map(|f| f.observed.iter().map(|o| (o.of.kind, o.of.value.as_raw(), sort(f))));
        let named = files().flat_map(|f| f.names.files.iter().map(String::as_str));
        let hosts = files().flat_map(|f| f.names.hosts.iter().map(String::as_str));
        let mut seen = Self {
            traits: traits.collect(),
            named: named.collect(),
            hosts: hosts.collect(),
            signed: BTreeMap::new(),
            makers: HashSet::new(),
            suites: HashSet::new(),
            beside_programs: HashSet::new(),
        };
        for signature in files().filter_map(signature).filter(|s| holds(s)) {
            let Some(signer) = signature.signers.first() else { continue };
            let keys = signer.keys.iter().map(|key| (organisation(signer), key.as_str()));
            seen.makers.extend(keys);
        }
        for release in earlier {
            let started: HashSet<&str> = starts(release).collect();
            let beside = release.files.iter().filter(|f| f.is_program());
            let beside = beside.filter(|f| started.contains(folder(f.path.as_raw())));
            seen.beside_programs.extend(beside.map(|f| f.name.as_str()));
        }
        let mut claims: HashMap<(&str, &str), usize> = HashMap::new();
        for file in earlier.last().into_iter().flat_map(|release| &release.files) {
            let Some(image) = file.images.first() else { continue };
            let counts = seen.signed.entry(image.kind).or_default();
            counts.0 += usize::from(signature(file).is_some_and(holds));
            counts.1 += 1;
            if let Some(claim) = claim(file) {
                *claims.entry(claim).or_default() += 1;
            }
        }
        let several = claims.into_iter().filter(|(_, programs)| *programs >= 2);
        seen.suites = several.map(|((product, _), _)| product).collect();
        seen
    }

    /// Whether a file of the same sort showed the trait in any earlier release.
    pub(super) fn in_another(&self, file: &FileProfile, of: &Trait) -> bool {
        self.traits.contains(&(of.kind, of.value.as_raw(), sort(file)))
    }

    /// Whether any file of any earlier release names a file of this name.
    pub(super) fn names_file(&self, name: &str) -> bool {
        self.named.contains(name)
    }

    /// Whether any file of any earlier release names this host.
    pub(super) fn names_host(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }

    /// Whether a signature says who made a file: one that a known root vouches for, or by a key that
    /// stood behind the same name before. Anybody can sign with any name.
    pub(super) fn answers_for(&self, file: &FileProfile) -> bool {
        let Some(signature) = signature(file).filter(|signature| holds(signature)) else {
            return false;
        };
        let known = |signer: &Signer| {
            let name = organisation(signer);
            signer.keys.iter().any(|key| self.makers.contains(&(name.clone(), key.as_str())))
        };
        is_anchored(signature) || signature.signers.first().is_some_and(known)
    }

    /// Whether somebody answered for nearly every program of the last release of this format.
    pub(super) fn is_signed_format(&self, file: &FileProfile) -> bool {
        let counts = file.images.first().and_then(|image| self.signed.get(&image.kind));
        counts.is_some_and(|(signed, all)| *signed >= 2 && signed * 10 >= all * 9)
    }

    /// Whether the last release had several programs of this product in one version.
    pub(super) fn is_suite(&self, product: &str) -> bool {
        self.suites.contains(product)
    }

    /// Whether a library of this name lay beside a program in any earlier release.
    pub(super) fn shadowed(&self, file: &FileProfile) -> bool {
        self.beside_programs.contains(file.name.as_str())
    }
}

/// Whether a signature names a signer and is not plainly wrong.
fn holds(signature: &Signature) -> bool {
    has_signer(signature) && signature.state != State::Invalid
}

/// Product and version that a program, not a library, claims.
pub(super) fn claim(file: &FileProfile) -> Option<(&str, &str)> {
    let image = file.images.first().filter(|image| !image.library)?;
    Some((image.identity.product.as_deref()?, image.identity.file_version.as_deref()?))
}

/// The files of the new release by what they are looked up by.
#[derive(Debug)]
pub(super) struct Names<'a> {
    by_name: HashMap<&'a str, Vec<usize>>,
    by_path: HashMap<&'a str, Vec<usize>>,
    /// By product, then version.
    by_claim: HashMap<&'a str, HashMap<&'a str, Vec<usize>>>,
    /// Folders with programs in them that are no libraries.
    started_from: HashSet<&'a str>,
    vendor: Option<String>,
}

impl<'a> Names<'a> {
    pub(super) fn of(new: &'a ReleaseProfile) -> Self {
        let mut names = Self {
            by_name: HashMap::new(),
            by_path: HashMap::new(),
            by_claim: HashMap::new(),
            started_from: starts(new).collect(),
            vendor: vendor(new),
        };
        for (position, file) in new.files.iter().enumerate() {
            names.by_name.entry(&file.name).or_default().push(position);
            names.by_path.entry(file.path.as_raw()).or_default().push(position);
            if let Some((product, version)) = claim(file) {
                let versions = names.by_claim.entry(product).or_default();
                versions.entry(version).or_default().push(position);
            }
        }
        names
    }

    /// Positions of files of one name, lower case.
    pub(super) fn of_name(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Positions of files of one path.
    pub(super) fn of_path(&self, path: &str) -> &[usize] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// Positions of programs that claim the same product and version.
    pub(super) fn of_claim(&self, (product, version): (&str, &str)) -> &[usize] {
        let versions = self.by_claim.get(product);
        versions.and_then(|versions| versions.get(version)).map_or(&[], Vec::as_slice)
    }

    /// Who makes the product, folded.
    pub(super) fn vendor(&self) -> Option<&str> {
        self.vendor.as_deref()
    }

    /// Whether a program is started from this file's folder.
    pub(super) fn beside_a_program(&self, file: &FileProfile) -> bool {
        self.started_from.contains(folder(file.path.as_raw()))
    }
}

/// Who makes the product: who signed most of it. Where nobody did, the publisher; unless the author
/// that a manifest names is the company of no program, and most programs are one company's.
fn vendor(new: &ReleaseProfile) -> Option<String> {
    if let Some(signer) = new.identity.signers.first() {
        return Some(signer.clone());
    }
    let mut companies: BTreeMap<String, usize> = BTreeMap::new();
    let mut programs = 0_usize;
    for image in new.files.iter().filter_map(|file| file.images.first()) {
        programs += 1;
        if let Some(company) = &image.identity.company {
            *companies.entry(fold_organisation(company)).or_default() += 1;
        }
    }
    let publisher = new.identity.publisher.as_deref().map(fold_organisation);
    if publisher.as_ref().is_some_and(|name| companies.contains_key(name)) {
        return publisher;
    }
    let most = companies.into_iter().find(|(_, count)| count * 2 > programs);
    most.map(|(company, _)| company).or(publisher)
}

/// Folders of programs that are no libraries.
fn starts(release: &ReleaseProfile) -> impl Iterator<Item = &str> {
    let is_started = |file: &&FileProfile| file.images.first().is_some_and(|image| !image.library);
    release.files.iter().filter(is_started).map(|file| folder(file.path.as_raw()))
}

/// The folder of a path, its containers with it.
pub(super) fn folder(path: &str) -> &str {
    path.rfind(['/', '\\']).and_then(|at| path.get(..at)).unwrap_or("")
}
