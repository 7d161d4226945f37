//! How much a departure tells, and what follows from all of them.
//!
//! The score is a sum of log-likelihood ratios in bits (`facts`: measured base rates of benign
//! releases against known compromises), and correlated traits must not be counted twice: of one
//! family in one file the strongest counts in full and each further one half of the one before.
//! Beside the score stand kinds that decide alone, because no benign release was ever seen with them.

use std::collections::BTreeMap;

use khien_model::Untrusted;
use serde::{Deserialize, Serialize};

use crate::{BaseRate, BaseRates, Evidence, Family, Strength, Trait, TraitKind};

/// Bits from which a release is held.
pub const HOLD_BITS: f64 = 6.0;
/// Bits from which a release is blocked though no trait decides alone.
pub const BLOCK_BITS: f64 = 16.0;

/// What to do with a release. Ordered: the worst of several holds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing speaks against rolling it out.
    Pass,
    /// Somebody must look at it, or something could not be looked at.
    Hold,
    /// It must not be rolled out.
    Block,
}

impl Decision {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }
}

/// Why a departure counts for less than its kind may.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Softening {
    /// Most of the file's functions are new, so that a difference of code says little.
    Rebuilt,
    /// The file is new: it has no earlier self to depart from.
    NewFile,
    /// Another file of the earlier release did the same already.
    ElsewhereBefore,
    /// Only the amount of something it always had has grown.
    MoreOfTheSame,
    /// It is a script: what it does can be read before it is rolled out.
    Readable,
    /// Other tools made the file, and they bring start-up code of their own.
    OtherTools,
    /// A release before the last one had the very same.
    RolledBack,
    /// Still signed, under the same name or for the same package, by a key that no authority known here
    /// vouches for: so does a maker who changes keys.
    OtherKey,
}

/// One trait that a release has and its earlier ones had not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Departure {
    /// The trait.
    pub of: Trait,
    /// How much of it.
    pub amount: u64,
    /// The most that an earlier release had; `None` where it had none.
    pub before: Option<u64>,
    /// The file, empty for the release as a whole.
    pub path: Untrusted,
    /// Where in the file.
    pub evidence: Vec<Evidence>,
    /// Why it counts for less, where it does.
    pub softened: Option<Softening>,
}

impl Departure {
    /// What it may decide alone, softening considered.
    pub fn strength(&self) -> Strength {
        let kind = self.of.kind;
        let own = kind.strength();
        let Some(why) = self.softened else { return own };
        // A story stands on several facts, so one that counts for less takes no more than a step.
        if kind.family() == Family::Story {
            return own.min(Strength::Hold);
        }
        match why {
            // One step less, because a difference of code says little where nearly all differs.
            Softening::Rebuilt if own == Strength::Block => Strength::Hold,
            Softening::Readable | Softening::OtherKey => own.min(Strength::Hold),
            Softening::NewFile | Softening::RolledBack if is_grave(kind) => own.min(Strength::Hold),
            Softening::RolledBack
                if matches!(
                    kind.family(),
                    Family::Signature | Family::Installation | Family::Container
                ) || kind == TraitKind::UnexplainedBytes =>
            {
                own.min(Strength::Hold)
            }
            _ => own.min(Strength::Evidence),
        }
    }
}

/// What a program is looked at for whenever it comes: it gets into other programs, at secrets, or
/// back after a restart.
const fn is_grave(kind: TraitKind) -> bool {
    matches!(
        kind,
        TraitKind::GainsInject | TraitKind::GainsCredentials | TraitKind::GainsPersistence
    )
}

/// A departure with what it tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// The departure.
    pub departure: Departure,
    /// How often benign releases do the same.
    pub rate: BaseRate,
    /// What it tells by itself, in bits.
    pub bits: f64,
    /// What it adds to the score beside its relatives, in bits.
    pub adds: f64,
    /// What it decides alone.
    pub decides: Decision,
}

/// What follows from all departures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The decision.
    pub decision: Decision,
    /// The sum, in bits.
    pub score: f64,
    /// Departures, by weight.
    pub reasons: Vec<Weighed>,
}

/// Weighs departures. The result does not depend on their order.
pub fn weigh(departures: Vec<Departure>, rates: &BaseRates) -> Judgement {
    let mut reasons: Vec<Weighed> = departures
        .into_iter()
        .map(|departure| {
            let rate = rates.of(departure.of.kind);
            let bits = rate.bits() * share_left(departure.softened);
            let decides = match departure.strength() {
                Strength::Block => Decision::Block,
                Strength::Hold => Decision::Hold,
                Strength::Evidence => Decision::Pass,
            };
            Weighed { departure, rate, bits, adds: 0.0, decides }
        })
        .collect();
    reasons.sort_by(by_weight);
    count_relatives_once(&mut reasons);
    let score: f64 = reasons.iter().map(|reason| reason.adds).sum();
    let alone = reasons.iter().map(|reason| reason.decides).max().unwrap_or(Decision::Pass);
    let together = if score >= BLOCK_BITS {
        Decision::Block
    } else if score >= HOLD_BITS {
        Decision::Hold
    } else {
        Decision::Pass
    };
    Judgement { decision: alone.max(together), score, reasons }
}

const fn share_left(softened: Option<Softening>) -> f64 {
    match softened {
        None => 1.0,
        Some(
            Softening::Rebuilt | Softening::Readable | Softening::OtherTools | Softening::OtherKey,
        ) => 0.5,
        Some(
            Softening::NewFile
            | Softening::ElsewhereBefore
            | Softening::MoreOfTheSame
            | Softening::RolledBack,
        ) => 0.25,
    }
}

/// What decides alone comes first; of that, a container that lies, because then every file in it may be
/// another to the next reader; then stories before the facts they are made of, bits, and names.
fn by_weight(a: &Weighed, b: &Weighed) -> std::cmp::Ordering {
    let story = |w: &Weighed| w.departure.of.kind.family() == Family::Story;
    let lies = |w: &Weighed| {
        matches!(w.departure.of.kind, TraitKind::ArchiveLies | TraitKind::ArchiveEscapes)
    };
    b.decides
        .cmp(&a.decides)
        .then(lies(b).cmp(&lies(a)))
        .then(story(b).cmp(&story(a)))
        .then(b.bits.total_cmp(&a.bits))
        .then(rank(a.departure.of.kind).cmp(&rank(b.departure.of.kind)))
        .then(a.departure.path.cmp(&b.departure.path))
        .then(a.departure.of.value.cmp(&b.departure.of.value))
}

fn rank(kind: TraitKind) -> usize {
    TraitKind::ALL.iter().position(|known| *known == kind).unwrap_or(usize::MAX)
}

/// Of one family, over the whole release: the strongest in full, then a half, a quarter, …
fn count_relatives_once(reasons: &mut [Weighed]) {
    let mut seen: BTreeMap<Family, f64> = BTreeMap::new();
    let mut order: Vec<usize> = (0..reasons.len()).collect();
    order.sort_by(|&a, &b| {
        let bits = |i: usize| reasons.get(i).map_or(0.0, |w| w.bits);
        bits(b).total_cmp(&bits(a)).then(a.cmp(&b))
    });
    for i in order {
        let Some(reason) = reasons.get_mut(i) else { continue };
        let share = seen.entry(reason.departure.of.kind.family()).or_insert(1.0);
        reason.adds = reason.bits * *share;
        *share /= 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn departure(kind: TraitKind, path: &str) -> Departure {
        Departure {
            of: Trait { kind, value: Untrusted::new("") },
            amount: 1,
            before: None,
            path: Untrusted::new(path),
            evidence: Vec::new(),
            softened: None,
        }
    }

    #[test]
    fn nothing_new_passes() {
        let judgement = weigh(Vec::new(), &BaseRates::built_in().unwrap());
        assert_eq!(judgement.decision, Decision::Pass);
    }

    #[test]
    fn bytes_outside_the_signature_block_alone() {
        let found = vec![departure(TraitKind::UnsignedBytes, "a.dll")];
        assert_eq!(weigh(found, &BaseRates::built_in().unwrap()).decision, Decision::Block);
    }

    #[test]
    fn a_new_host_alone_passes() {
        let found = vec![departure(TraitKind::NamesHost, "a.dll")];
        assert_eq!(weigh(found, &BaseRates::built_in().unwrap()).decision, Decision::Pass);
    }

    #[test]
    fn many_of_one_family_count_less_than_twice_the_strongest() {
        let found = (0..40).map(|i| departure(TraitKind::NamesHost, &format!("{i}.dll"))).collect();
        let judgement = weigh(found, &BaseRates::built_in().unwrap());
        assert!(judgement.score <= 2.0 * judgement.reasons[0].bits + 1e-9);
        assert_eq!(judgement.decision, Decision::Pass);
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_more_never_soothes(picks in prop::collection::vec(0..TraitKind::ALL.len(), 0..12), seed in any::<u64>()) {
            let rates = BaseRates::built_in().unwrap();
            let found: Vec<_> = picks.iter().enumerate()
                .map(|(i, k)| departure(TraitKind::ALL[*k], &format!("{i}"))).collect();
            let mut shuffled = found.clone();
            let n = shuffled.len().max(1);
            shuffled.rotate_left(usize::try_from(seed % n as u64).unwrap());
            let (a, b) = (weigh(found.clone(), &rates), weigh(shuffled, &rates));
            prop_assert_eq!(&a, &b);
            if let Some((_, fewer)) = found.split_last() {
                prop_assert!(weigh(fewer.to_vec(), &rates).decision <= a.decision);
            }
        }
    }
}
