//! How often benign releases newly do something when they run, and how many known compromises did.
//!
//! Where nobody has counted, the table says that its number is judged, and so does every finding.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::TraitKind;
use crate::base_rate::jeffreys;
use crate::traffic::Shares;

/// The table that is built in.
const BUILT_IN: &str = include_str!("../../../content/base-rates/runtime.toml");

/// What a rate of benign releases stands on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Counted as this static kind: what a release does it must be able to do, or name.
    Counted(TraitKind),
    /// An assumption.
    Judged,
}

/// How often one kind of runtime departure was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuntimeRate {
    /// Benign releases that newly do it.
    pub benign: u32,
    /// Benign releases looked at.
    pub benign_of: u32,
    /// Known compromises that did it.
    pub incidents: u32,
    /// Known compromises looked at.
    pub incidents_of: u32,
    /// What the benign number stands on.
    pub standing: Standing,
    /// Bits above the counts for what benign applications hardly do; judged.
    pub exotic: f64,
    /// Whether doing it right after installation excuses nothing.
    pub is_prompt: bool,
}

impl RuntimeRate {
    /// Share of benign releases, never zero.
    pub fn benign(&self) -> f64 {
        jeffreys(self.benign, self.benign_of)
    }

    /// Share of compromises, never zero.
    pub fn malign(&self) -> f64 {
        jeffreys(self.incidents, self.incidents_of)
    }
}

/// The table of runtime base rates.
#[derive(Clone, Debug, PartialEq)]
pub struct RuntimeRates {
    counted: String,
    age: Ages,
    traffic: Shares,
    rates: BTreeMap<TraitKind, RuntimeRate>,
}

/// Shares of first shows by install age: within a day, one to three days, later.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// Of benign releases.
    pub benign: [f64; 3],
    /// Of compromised ones.
    pub malign: [f64; 3],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    about: About,
    age: Ages,
    traffic: Shares,
    rate: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    counted: String,
    incidents: u32,
    pairs: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: TraitKind,
    basis: String,
    benign: u32,
    incidents: u32,
    exotic: f64,
    prompt: bool,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeRatesError {
    /// Not TOML, or with fields that do not exist.
    #[error("the table of runtime base rates cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A row that cannot be: a count above its total, a kind of files, an unknown basis, a share or
    /// weight out of range.
    #[error("the runtime base rate of {0} cannot be")]
    Impossible(TraitKind),
    /// Shares of ages that are none.
    #[error("shares of install ages must be above zero and add up to one")]
    Ages,
    /// Shares of traffic that are none.
    #[error("shares of what traffic shows must be above zero and below one")]
    Traffic,
    /// A kind has no row, or two.
    #[error("{0} has no runtime base rate of its own")]
    NotOnce(TraitKind),
}

impl RuntimeRates {
    /// The table that is built in.
    ///
    /// # Errors
    ///
    /// When the built-in table is wrong, which a test excludes.
    pub fn built_in() -> Result<Self, RuntimeRatesError> {
        Self::parse(BUILT_IN)
    }

    /// Reads a table.
    ///
    /// # Errors
    ///
    /// [`RuntimeRatesError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, RuntimeRatesError> {
        let Table { about, age, traffic, rate } = toml::from_str(text)?;
        let is_whole = |shares: [f64; 3]| {
            shares.iter().all(|share| *share > 0.0)
                && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-6
        };
        if !is_whole(age.benign) || !is_whole(age.malign) {
            return Err(RuntimeRatesError::Ages);
        }
        if !traffic.are_shares() {
            return Err(RuntimeRatesError::Traffic);
        }
        let mut rates = BTreeMap::new();
        for row in rate {
            let kind = row.kind;
            let standing = match row.basis.as_str() {
                "judged" => Standing::Judged,
                word => TraitKind::STATIC
                    .iter()
                    .find(|known| known.id() == word)
                    .map(|known| Standing::Counted(*known))
                    .ok_or(RuntimeRatesError::Impossible(kind))?,
            };
            let is_possible = TraitKind::RUNTIME.contains(&kind)
                && row.benign <= about.pairs
                && row.incidents <= about.incidents
                && (0.0..=8.0).contains(&row.exotic);
            if !is_possible {
                return Err(RuntimeRatesError::Impossible(kind));
            }
            let rate = RuntimeRate {
                benign: row.benign,
                benign_of: about.pairs,
                incidents: row.incidents,
                incidents_of: about.incidents,
                standing,
                exotic: row.exotic,
                is_prompt: row.prompt,
            };
            if rates.insert(kind, rate).is_some() {
                return Err(RuntimeRatesError::NotOnce(kind));
            }
        }
        if let Some(kind) = TraitKind::RUNTIME.iter().find(|kind| !rates.contains_key(kind)) {
            return Err(RuntimeRatesError::NotOnce(*kind));
        }
        Ok(Self { counted: about.counted, age, traffic, rates })
    }

    /// Day of counting.
    pub fn counted(&self) -> &str {
        &self.counted
    }

    /// Shares by install age.
    pub const fn ages(&self) -> Ages {
        self.age
    }

    /// How much traffic with a new destination tells.
    pub const fn traffic(&self) -> Shares {
        self.traffic
    }

    /// The rate of a runtime kind.
    pub fn of(&self, kind: TraitKind) -> Option<&RuntimeRate> {
        self.rates.get(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaseRates;

    /// Nothing in the table can be set at will that somebody counted.
    #[test]
    fn counts_are_those_of_their_sources() {
        #[derive(Deserialize)]
        struct Index {
            incident: Vec<Incident>,
        }
        #[derive(Deserialize)]
        struct Incident {
            runtime: Vec<TraitKind>,
        }
        let index: Index =
            toml::from_str(include_str!("../../../content/incidents/INDEX.toml")).unwrap();
        let (rates, of_files) = (RuntimeRates::built_in().unwrap(), BaseRates::built_in().unwrap());
        for kind in TraitKind::RUNTIME {
            let rate = rates.of(*kind).unwrap();
            let counted = index.incident.iter().filter(|i| i.runtime.contains(kind)).count();
            assert_eq!(rate.incidents as usize, counted, "{kind}");
            assert_eq!(rate.incidents_of as usize, index.incident.len());
            assert_eq!(rate.benign_of, of_files.about().pairs);
            if let Standing::Counted(of) = rate.standing {
                assert_eq!(rate.benign, of_files.of(of).pairs, "{kind} stands on {of}");
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let text = |from: &str, to: &str| {
            assert!(BUILT_IN.contains(from), "{from}");
            RuntimeRates::parse(&BUILT_IN.replacen(from, to, 1))
        };
        assert!(text("exotic = 3.0", "exotic = 3.5").is_ok());
        for (from, to) in [
            ("benign = 13", "benign = 46"),
            ("exotic = 3.0", "exotic = 30.0"),
            ("basis = \"judged\"", "basis = \"heard\""),
            ("kind = \"runtime.listens\"", "kind = \"runtime.volume\""),
            ("kind = \"runtime.listens\"", "kind = \"signature.lost\""),
            ("0.85", "0.95"),
            ("chain = [0.12, 0.01]", "chain = [0.12, 0.0]"),
        ] {
            assert!(text(from, to).is_err(), "{to}");
        }
    }
}
