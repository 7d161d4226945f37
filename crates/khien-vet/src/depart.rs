//! What a release is that its earlier releases were not.
//!
//! Every file that is byte for byte in an earlier release is left alone. For the others, traits are
//! compared with those of the files that they continue, in every earlier release; what concerns the
//! release as a whole (versions, hosts, containers) is compared with all of it.

pub(crate) use container::not_opened;
pub(crate) use files::is_build_text;

mod container;
mod files;
mod release;
mod rule;
mod signature;

use std::collections::BTreeSet;

use khien_lineage::weigh::{Departure, Softening};
use khien_lineage::{Evidence, Trait, TraitKind};
use khien_model::Untrusted;
use khien_unpack::Attributes;
use serde::{Deserialize, Serialize};

use crate::pair::{Pairing, pair, ratio};
use crate::profile::{FileProfile, ReleaseProfile};

/// Above this share of new functions a file counts as rebuilt, and its code says little by differing.
pub const REBUILT_SHARE: f64 = 0.5;

/// Up to this share of new functions, new code is a needle that can be looked for.
pub const NEEDLE_SHARE: f64 = 0.05;

/// A release beside its earlier ones.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// Earlier releases, oldest first; never empty when made by [`Comparison::new`] with a baseline.
    pub earlier: &'a [ReleaseProfile],
    /// The new one.
    pub new: &'a ReleaseProfile,
    /// One for each earlier release.
    pub pairings: Vec<Pairing>,
    hashes: BTreeSet<(&'a str, String, u32, u64)>,
    named: BTreeSet<&'a str>,
}

/// How one file differs from the one it continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeChange {
    /// Functions that no earlier release of the file had.
    pub new_functions: usize,
    /// Functions in all.
    pub functions: usize,
}

impl CodeChange {
    /// Share of functions that are new; `None` where functions are not known.
    pub fn share(self) -> Option<f64> {
        (self.functions > 0).then(|| ratio(self.new_functions, self.functions))
    }
}

impl<'a> Comparison<'a> {
    /// Pairs the new release with each earlier one.
    pub fn new(earlier: &'a [ReleaseProfile], new: &'a ReleaseProfile) -> Self {
        let pairings = earlier.iter().map(|old| pair(old, new)).collect();
        let hashes = earlier.iter().flat_map(|r| r.files.iter().map(place)).collect();
        let files = earlier.iter().flat_map(|r| &r.files);
        let named = files.flat_map(|f| f.names.files.iter().map(String::as_str)).collect();
        Self { earlier, new, pairings, hashes, named }
    }

    /// Whether an earlier release holds the very same bytes.
    pub fn unchanged(&self, file: &FileProfile) -> bool {
        file.link.is_none() && self.hashes.contains(&place(file))
    }

    /// Whether any file of any earlier release names a file of this name.
    fn named_before(&self, name: &str) -> bool {
        self.named.contains(name)
    }

    /// The files that the new one continues, oldest first: at most one for each earlier release.
    pub fn predecessors(&self, position: usize) -> Vec<&'a FileProfile> {
        self.earlier
            .iter()
            .zip(&self.pairings)
            .filter_map(|(release, pairing)| release.files.get(pairing.predecessor(position)?))
            .collect()
    }

    /// How much of a file's code is new to its lineage.
    pub fn code_change(&self, file: &FileProfile, before: &[&FileProfile]) -> CodeChange {
        let known: BTreeSet<u64> =
            before.iter().flat_map(|old| crate::pair::functions(old)).collect();
        let own = crate::pair::functions(file);
        if known.is_empty() {
            return CodeChange::default();
        }
        CodeChange {
            new_functions: own.iter().filter(|hash| !known.contains(hash)).count(),
            functions: own.len(),
        }
    }

    /// Whether any file of any earlier release had the trait.
    fn had_before(&self, of: &Trait) -> bool {
        self.earlier
            .iter()
            .flat_map(|r| &r.files)
            .flat_map(|f| &f.observed)
            .any(|seen| seen.of == *of)
    }
}

/// What makes a file the same: its bytes, where it lies, and its rights to be another user.
fn place(file: &FileProfile) -> (&str, String, u32, u64) {
    let stem = file.stem.rsplit("!/").next().unwrap_or(&file.stem);
    let Attributes { mode, capabilities, .. } = &file.attributes;
    (&file.sha256, stem.to_owned(), mode.unwrap_or(0) & 0o6000, *capabilities)
}

/// All departures of the new release, stories not included.
pub fn departures(comparison: &Comparison<'_>) -> Vec<Departure> {
    let mut found = Vec::new();
    for (position, file) in comparison.new.files.iter().enumerate() {
        if comparison.unchanged(file) || file.link.is_some() {
            continue;
        }
        let before = comparison.predecessors(position);
        files::of_file(comparison, file, &before, &mut found);
        signature::of_file(file, &before, &mut found);
    }
    release::rights_and_links(comparison, &mut found);
    release::of_release(comparison, &mut found);
    container::of_containers(comparison, &mut found);
    found
}

/// A departure without evidence in bytes.
fn plain(kind: TraitKind, value: impl Into<String>, path: &Untrusted) -> Departure {
    Departure {
        of: Trait { kind, value: Untrusted::new(value) },
        amount: 1,
        before: None,
        path: path.clone(),
        evidence: Vec::new(),
        softened: None,
    }
}

fn softened(mut departure: Departure, why: Option<Softening>) -> Departure {
    departure.softened = departure.softened.or(why);
    departure
}

fn at(mut departure: Departure, offset: u64, len: u64, excerpt: &str) -> Departure {
    departure.evidence.push(Evidence {
        offset: Some(offset),
        len: Some(len),
        excerpt: Untrusted::new(excerpt),
    });
    departure
}
