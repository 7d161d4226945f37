//! How often benign releases show a trait that their earlier releases had not, and how many known
//! compromises showed it: counted, shipped as data, printed beside every finding.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::TraitKind;

/// The table that is built in: counted over benign release pairs by `cargo xtask benign`.
const BUILT_IN: &str = include_str!("../../../content/base-rates/static.toml");

/// How often one kind of departure was seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct BaseRate {
    /// Benign release pairs that show it in full: not as something that counts for less.
    pub pairs: u32,
    /// Benign release pairs looked at.
    pub pairs_of: u32,
    /// Changed benign files that show it.
    pub files: u32,
    /// Changed benign files looked at (for signatures: signed files).
    pub files_of: u32,
    /// Known compromises that show it.
    pub incidents: u32,
    /// Known compromises looked at.
    pub incidents_of: u32,
}

impl BaseRate {
    /// Share of benign releases, with Jeffreys' prior: never zero, because none seen is not never.
    pub fn benign(self) -> f64 {
        jeffreys(self.pairs, self.pairs_of)
    }

    /// Share of compromises, with the same prior.
    pub fn malign(self) -> f64 {
        jeffreys(self.incidents, self.incidents_of)
    }

    /// How much more often compromises show it than benign releases do, in bits; never below zero,
    /// because the absence of surprise is no proof of innocence. What neither compromises nor benign
    /// releases show was not measured: it weighs nothing, and its kind decides what it decides.
    pub fn bits(self) -> f64 {
        if self.incidents == 0 {
            return 0.0;
        }
        (self.malign() / self.benign()).log2().max(0.0)
    }

    /// The share of benign releases that the sample still allows at 95 %: the one-sided bound of
    /// Clopper and Pearson, the share at which so few would be seen one time in twenty.
    pub fn at_most(self) -> f64 {
        if self.pairs >= self.pairs_of {
            return 1.0;
        }
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            if at_most_seen(self.pairs, self.pairs_of, middle) > 0.05 {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

/// Probability of seeing at most `seen` of `of` when each shows it with probability `share`.
fn at_most_seen(seen: u32, of: u32, share: f64) -> f64 {
    let (yes, no) = (share.ln(), (1.0 - share).ln());
    let mut choose = 0.0_f64;
    let mut sum = 0.0_f64;
    for k in 0..=seen {
        if k > 0 {
            choose += (f64::from(of - k + 1) / f64::from(k)).ln();
        }
        sum += (choose + f64::from(k) * yes + f64::from(of - k) * no).exp();
    }
    sum
}

pub(crate) fn jeffreys(seen: u32, of: u32) -> f64 {
    (f64::from(seen) + 0.5) / (f64::from(of) + 1.0)
}

/// The table of base rates.
#[derive(Clone, Debug)]
pub struct BaseRates {
    about: About,
    rates: BTreeMap<TraitKind, BaseRate>,
}

/// What the counts were made from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Day of counting.
    pub counted: String,
    /// Which releases, in words.
    pub corpus: String,
    /// SHA-256 over the sorted list of pairs with their hashes, to tell tables apart and to count again.
    pub corpus_hash: String,
    /// Pairs of releases.
    pub pairs: u32,
    /// Changed files in them.
    pub files: u32,
    /// Signed files in them.
    pub signed_files: u32,
    /// Known compromises that were classified.
    pub incidents: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    about: About,
    #[serde(default)]
    rate: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: TraitKind,
    #[serde(default)]
    pairs: u32,
    #[serde(default)]
    files: u32,
    #[serde(default)]
    incidents: u32,
}

/// Why a table of base rates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RatesError {
    /// Not TOML, or with fields that do not exist.
    #[error("the table of base rates cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A count above its total.
    #[error("base rate of {0}: seen more often than looked at")]
    MoreThanAll(TraitKind),
    /// A kind that is there twice.
    #[error("base rate of {0} is given twice")]
    Twice(TraitKind),
}

impl BaseRates {
    /// The table that is built in.
    ///
    /// # Errors
    ///
    /// When the built-in table is wrong, which a test excludes.
    pub fn built_in() -> Result<Self, RatesError> {
        Self::parse(BUILT_IN)
    }

    /// Reads a table.
    ///
    /// # Errors
    ///
    /// [`RatesError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, RatesError> {
        let table: Table = toml::from_str(text)?;
        let about = table.about;
        let mut rates = BTreeMap::new();
        for row in table.rate {
            let of = if row.kind.family() == crate::Family::Signature {
                about.signed_files
            } else {
                about.files
            };
            if row.pairs > about.pairs || row.files > of || row.incidents > about.incidents {
                return Err(RatesError::MoreThanAll(row.kind));
            }
            let rate = BaseRate {
                pairs: row.pairs,
                pairs_of: about.pairs,
                files: row.files,
                files_of: of,
                incidents: row.incidents,
                incidents_of: about.incidents,
            };
            if rates.insert(row.kind, rate).is_some() {
                return Err(RatesError::Twice(row.kind));
            }
        }
        Ok(Self { about, rates })
    }

    /// What the counts were made from.
    pub const fn about(&self) -> &About {
        &self.about
    }

    /// The rate of one kind; a kind without a row was never looked for, so it counts as seen in
    /// half of the benign releases and tells nothing.
    pub fn of(&self, kind: TraitKind) -> BaseRate {
        self.rates.get(&kind).copied().unwrap_or(BaseRate {
            pairs: self.about.pairs / 2,
            pairs_of: self.about.pairs,
            files: self.about.files / 2,
            files_of: self.about.files,
            incidents: 0,
            incidents_of: self.about.incidents,
        })
    }

    /// Kinds that have a row.
    pub fn known(&self) -> impl Iterator<Item = TraitKind> + '_ {
        self.rates.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_has_a_row_for_every_kind() {
        let rates = BaseRates::built_in().unwrap();
        for kind in TraitKind::STATIC {
            assert!(rates.known().any(|known| known == *kind), "{kind} has no base rate");
        }
    }

    /// How many known compromises show a kind is counted from their list, and cannot be set at will.
    #[test]
    fn compromises_are_counted_from_their_list() {
        #[derive(Deserialize)]
        struct Index {
            incident: Vec<Incident>,
        }
        #[derive(Deserialize)]
        struct Incident {
            departures: Vec<TraitKind>,
        }
        let text = include_str!("../../../content/incidents/INDEX.toml");
        let index: Index = toml::from_str(text).unwrap();
        let rates = BaseRates::built_in().unwrap();
        assert_eq!(rates.about().incidents as usize, index.incident.len());
        let hash = &rates.about().corpus_hash;
        assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
        for kind in TraitKind::STATIC {
            let counted = index.incident.iter().filter(|i| i.departures.contains(kind)).count();
            assert_eq!(rates.of(*kind).incidents as usize, counted, "{kind}");
        }
    }

    #[test]
    fn none_seen_is_not_never() {
        let rate = BaseRate {
            pairs: 0,
            pairs_of: 76,
            files: 0,
            files_of: 1186,
            incidents: 4,
            incidents_of: 24,
        };
        assert!(rate.benign() > 0.0);
        // Exactly, and close to the rule of three.
        assert!((rate.at_most() - (1.0 - 0.05_f64.powf(1.0 / 76.0))).abs() < 1e-9);
        assert!((rate.at_most() - 3.0 / 76.0).abs() < 0.001);
        assert!(rate.bits() > 4.0);
    }

    fn seen(pairs: u32, incidents: u32) -> BaseRate {
        BaseRate { pairs, pairs_of: 45, files: 0, files_of: 879, incidents, incidents_of: 25 }
    }

    #[test]
    fn more_seen_never_allows_less() {
        for pairs in 0..45 {
            assert!(seen(pairs, 0).at_most() < seen(pairs + 1, 0).at_most(), "{pairs} of 45");
            assert!(seen(pairs, 0).at_most() > f64::from(pairs) / 45.0, "{pairs} of 45");
        }
        assert!((seen(45, 0).at_most() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_no_compromise_showed_weighs_nothing() {
        assert!(seen(0, 0).bits().abs() < 1e-9);
        assert!(seen(0, 1).bits() > 1.0);
    }

    /// "Never seen in a benign release" is a statement about the table.
    #[test]
    fn what_blocks_alone_was_seen_in_no_benign_release() {
        let rates = BaseRates::built_in().unwrap();
        for kind in TraitKind::STATIC.iter().filter(|k| k.strength() == crate::Strength::Block) {
            assert_eq!(rates.of(*kind).pairs, 0, "{kind} blocks alone");
        }
    }

    #[test]
    fn counts_above_their_total_are_refused() {
        let text = "[about]\ncounted='2026-01-01'\ncorpus='x'\ncorpus_hash='x'\npairs=1\nfiles=1\nsigned_files=1\nincidents=1\n[[rate]]\nkind='payload.overlay'\npairs=2\n";
        assert!(matches!(BaseRates::parse(text), Err(RatesError::MoreThanAll(_))));
    }
}
