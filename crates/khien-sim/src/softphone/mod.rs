//! The softphone scenario: a signed update that changes its ways (3CX, March 2023).
//!
//! Three workstations and a build server over 24 days from Monday, 6 March 2023, Ho Chi Minh City
//! time. `HCM-ACC-07` stays on day and night and updates on day 10; `HCM-ACC-08` is used in
//! office hours and updates on day 11; `HCM-SAL-03` keeps the earlier release. So a comparison by
//! release shows two hosts of two, and none of one, and a comparison by date shows a muddle.

mod build_server;
mod desk;
mod incident;
mod office;
mod product;

use std::path::Path;

use crate::error::Error;
use crate::manifest::Manifest;
use crate::output::{Label, Output};
use crate::record::SimRecord;
use crate::scenario::Scenario;
use crate::tape::{Playback, Tape};

use desk::{DESKS, Desk};
use product::Product;

/// The softphone scenario with its seed and variant; the same pair gives the same bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SoftphoneScenario {
    /// Any number; decides times, sizes, ports and identifiers, never which steps happen.
    pub seed: u64,
    /// What kind of update arrives.
    pub variant: Variant,
}

/// What kind of update arrives.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Variant {
    /// An ordinary update; nothing is planted.
    Benign,
    /// The altered update, with published indicators of the 3CX case as text.
    Incident,
    /// The same behaviour from another product, with invented names on reserved domains and
    /// hashes that no list holds: only behaviour gives it away.
    IncidentWithUnknownIndicators,
}

impl Variant {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::Benign, Self::Incident, Self::IncidentWithUnknownIndicators];

    /// Returns the kebab-case name that the manifest carries.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Incident => "incident",
            Self::IncidentWithUnknownIndicators => "incident-with-unknown-indicators",
        }
    }
}

impl SoftphoneScenario {
    /// The scenario's entry in the catalogue.
    pub const SCENARIO: Scenario = Scenario::SOFTPHONE;

    /// Writes every file and the manifest under `dir`, which is made if it is missing.
    ///
    /// The manifest is written first, so that a run that was cut short can be repeated. A folder
    /// that holds an earlier run of this scenario is overwritten.
    ///
    /// # Errors
    ///
    /// [`Error::FolderNotOurs`] when `dir` holds anything else; nothing is written then.
    /// [`Error::Io`] when the machine cannot write.
    pub fn write_to(&self, dir: &Path) -> Result<Manifest, Error> {
        self.output().write_to(dir)
    }

    /// Returns the manifest that [`SoftphoneScenario::write_to`] would write.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        self.output().into_manifest()
    }

    /// Returns every record in time order, without the header lines that some formats need.
    pub fn records(&self) -> impl Iterator<Item = SimRecord> + use<> {
        self.play().map(|(record, _)| record)
    }

    fn output(&self) -> Output {
        let label =
            Label { scenario: Self::SCENARIO, variant: self.variant.name(), seed: self.seed };
        Output::collect(&label, self.play())
    }

    fn play(&self) -> Playback {
        let product = Product::of(self.variant);
        let mut tape = Tape::new(self.seed);
        for plan in &DESKS {
            Desk::new(self.seed, plan, product, &mut tape).play();
        }
        build_server::play(self.seed, &mut tape);
        tape.play()
    }
}

/// Days of the scenario.
const DAYS: i64 = 24;
