//! What a release *is* and *does* that its earlier releases were and did not.
//!
//! A [`Trait`] is one checkable property. A release's traits minus those of its earlier releases are
//! its departure; [`weigh`](weigh::weigh) says how much each of them tells, from base rates that were
//! measured on benign releases and are shipped as data ([`base_rate`]).

#![forbid(unsafe_code)]

mod act;
pub mod base_rate;
pub mod departure;
pub mod destination;
pub mod engine;
pub mod exception;
pub mod finding;
mod fleet;
pub mod kind;
mod names;
pub mod network;
mod place;
mod resolve;
mod runtime;
pub mod runtime_rate;
mod state;
pub mod traffic;
pub mod vetted;
mod watch;
pub mod weigh;
mod words;

use khien_model::Untrusted;
use serde::{Deserialize, Serialize};

pub use base_rate::{BaseRate, BaseRates};
pub use engine::{Config, Engine, Snapshot};
pub use exception::{Exception, Releases};
pub use finding::{Finding, Status};
pub use fleet::Basis;
pub use kind::{Family, Strength, TraitKind};
pub use runtime_rate::{RuntimeRate, RuntimeRates, Standing};
pub use state::{Bounds, Losses};
pub use vetted::{Files, Vetted};
pub use weigh::{Decision, Judgement, Weighed};

/// One property of a release or of one of its files.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Trait {
    /// Which property.
    pub kind: TraitKind,
    /// Which one of its kind: a library's class, a sibling's name, a host. Empty where there is only one.
    pub value: Untrusted,
}

/// A trait as it was seen in one file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The trait.
    #[serde(flatten)]
    pub of: Trait,
    /// How much of it, for kinds that have an amount (bytes, windows, functions); 1 otherwise.
    pub amount: u64,
    /// Where.
    pub evidence: Vec<Evidence>,
}

/// Where a trait was seen.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Evidence {
    /// Byte in the file, where there is one.
    pub offset: Option<u64>,
    /// How many bytes.
    pub len: Option<u64>,
    /// What stands there: outside text.
    pub excerpt: Untrusted,
}
