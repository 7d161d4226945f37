//! Gathers traits, each once, with a bounded amount of evidence.

use std::collections::BTreeMap;

use khien_lineage::{Evidence, Observed, Trait, TraitKind};
use khien_model::Untrusted;

/// Bound: places that are kept for one trait; the amount counts them all.
const EVIDENCE_MAX: usize = 8;

/// Bound: different traits of one file; a file with more is said to be incomplete.
const TRAITS_MAX: usize = 20_000;

/// Bound: characters of one excerpt.
const EXCERPT_MAX: usize = 160;

/// Traits of one file while they are being found.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    found: BTreeMap<(TraitKind, String), (u64, Vec<Evidence>)>,
    dropped: u64,
    problems: Vec<String>,
}

impl Collector {
    /// Adds `amount` of a trait.
    pub(crate) fn add(&mut self, kind: TraitKind, value: &str, amount: u64, evidence: Evidence) {
        let key = (kind, clipped(value, EXCERPT_MAX));
        if self.found.len() >= TRAITS_MAX && !self.found.contains_key(&key) {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let (total, places) = self.found.entry(key).or_default();
        *total = total.saturating_add(amount);
        if places.len() < EVIDENCE_MAX && !places.contains(&evidence) {
            places.push(evidence);
        }
    }

    /// Adds one of a trait that is seen as text and not at an offset.
    pub(crate) fn add_text(&mut self, kind: TraitKind, value: &str, excerpt: &str) {
        self.add(kind, value, 1, text(excerpt));
    }

    /// Notes that something could not be looked at, in words.
    pub(crate) fn problem(&mut self, what: String) {
        self.problems.push(what);
    }

    /// What could not be looked at.
    pub(crate) fn take_problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.problems)
    }

    /// The traits, sorted, and how many did not fit.
    pub(crate) fn finish(self) -> (Vec<Observed>, u64) {
        let observed = self
            .found
            .into_iter()
            .map(|((kind, value), (amount, evidence))| Observed {
                of: Trait { kind, value: Untrusted::from(value) },
                amount,
                evidence,
            })
            .collect();
        (observed, self.dropped)
    }
}

/// Evidence that is text without a place.
pub(crate) fn text(excerpt: &str) -> Evidence {
    Evidence { offset: None, len: None, excerpt: Untrusted::from(clipped(excerpt, EXCERPT_MAX)) }
}

/// Evidence at a place.
pub(crate) fn place(offset: usize, len: usize, excerpt: &str) -> Evidence {
    Evidence {
        offset: u64::try_from(offset).ok(),
        len: u64::try_from(len).ok(),
        excerpt: Untrusted::from(clipped(excerpt, EXCERPT_MAX)),
    }
}

/// The first `max` bytes of a text, cut between characters.
pub(crate) fn clipped(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = (0..=max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}
