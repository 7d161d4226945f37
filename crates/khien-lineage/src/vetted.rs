//! What vetting found in the files of releases, as company for what they do when they run.
//!
//! Files tell nothing of a running release by themselves here: vetting has decided about them. Where a
//! release also does what no earlier one did, the two support each other, unless they are one act: who
//! newly names a host and then contacts it has done one thing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::departure::Companion;
use crate::fleet::{Lineage, Map};
use crate::resolve::Resolver;
use crate::runtime_rate::{RuntimeRate, Standing};
use crate::words::{self, Word, Words};
use crate::{Decision, Trait, TraitKind};

/// Bound: names of vetted releases; what comes after is not taken in.
const NAMES_MAX: usize = 50_000;
/// Bound: departures kept of one release, the strongest.
const FOUND_MAX: usize = 16;

/// One release that was vetted.
#[derive(Clone, Debug, PartialEq)]
pub struct Vetted {
    /// The publisher, as the release or its signature says; empty where unknown.
    pub publisher: String,
    /// The product.
    pub product: String,
    /// The version.
    pub version: String,
    /// What vetting came to.
    pub files: Files,
}

/// What vetting found in a release's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Files {
    /// What was decided; the worst, where several artefacts of the release were vetted.
    pub decision: Decision,
    /// What they had that those of earlier releases had not, each with what it tells by itself; the
    /// strongest first.
    pub found: Vec<Companion>,
}

/// Vetted releases by publisher, product and version. A release has the same files in every
/// organisation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct VettedReleases {
    #[serde(with = "words::pairs")]
    of: Map<(Word, Word, Word), Files>,
}

impl VettedReleases {
    /// Adds a release, or to what is known of one. `false` when there is no room, or it has no version.
    pub(crate) fn add(
        &mut self,
        vetted: &Vetted,
        resolver: &mut Resolver,
        words: &mut Words,
    ) -> bool {
        let (publisher, product) = (words.word(&vetted.publisher), words.word(&vetted.product));
        let (publisher, product) = resolver.canonical(publisher, product, words);
        let version = words.word(&vetted.version);
        let version = resolver.version(version, words);
        let key = (publisher, product, version);
        let is_full = self.of.len() >= NAMES_MAX && !self.of.contains_key(&key);
        if is_full || product.is_none() || version.is_none() {
            return false;
        }
        let known = self.of.remove(&key);
        let decision = vetted.files.decision;
        let decision = known.as_ref().map_or(decision, |known| known.decision.max(decision));
        let known = known.map(|known| known.found).unwrap_or_default();
        // The same trait in several files or artefacts of a release is told once.
        let mut all: BTreeMap<Trait, f64> = BTreeMap::new();
        for Companion { of, bits, .. } in
            known.into_iter().chain(vetted.files.found.iter().cloned())
        {
            if TraitKind::STATIC.contains(&of.kind) {
                let bits = if bits.is_finite() { bits.max(0.0) } else { 0.0 };
                let most = all.entry(of).or_insert(bits);
                *most = most.max(bits);
            }
        }
        let all = all.into_iter().map(|(of, bits)| Companion { of, bits, together: 0 });
        let mut found: Vec<Companion> = all.collect();
        found.sort_by(|a, b| b.bits.total_cmp(&a.bits));
        found.truncate(FOUND_MAX);
        self.of.insert(key, Files { decision, found });
        true
    }

    /// What was found in the files of a release; `None` where nobody vetted it.
    pub(crate) fn of(&self, lineage: &Lineage, release: u16) -> Option<&Files> {
        let version = lineage.releases.get(usize::from(release))?.version;
        if version.is_none() || self.of.is_empty() {
            return None;
        }
        let mut publishers = std::iter::once(&lineage.publisher).chain(&lineage.earlier_publishers);
        publishers.find_map(|publisher| self.of.get(&(*publisher, lineage.product, version)))
    }

    /// The strongest departure of a release's files that is another act than this one of its running.
    pub(crate) fn companion(
        &self,
        lineage: &Lineage,
        release: u16,
        kind: TraitKind,
        rate: &RuntimeRate,
    ) -> Option<Companion> {
        let is_other =
            |found: &&Companion| found.bits > 0.0 && !is_one_act(kind, rate, found.of.kind);
        self.of(lineage, release)?.found.iter().find(is_other).cloned()
    }

    /// Every text that is needed.
    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        self.of.keys().flat_map(|(publisher, product, version)| [*publisher, *product, *version])
    }
}

/// Whether a release cannot do the one without the other in its files: then the two are one witness.
fn is_one_act(running: TraitKind, rate: &RuntimeRate, in_files: TraitKind) -> bool {
    use TraitKind as K;
    // What it is counted as is what it needs.
    if rate.standing == Standing::Counted(in_files) {
        return true;
    }
    match in_files {
        K::NamesHost => matches!(
            running,
            K::ContactsAddress
                | K::ContactsDomain
                | K::ContactsLookAlike
                | K::ContactsShared
                | K::DnsAlgorithmic
        ),
        K::UnsignedNewcomer => running == K::LoadsUnsigned,
        _ => false,
    }
}
