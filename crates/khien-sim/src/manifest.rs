//! What was written, and what of it was planted.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::estate::FleetTruth;
use crate::record::FileKind;

/// Says what a folder of simulated telemetry holds; lies in it as [`Manifest::FILE_NAME`].
///
/// Compat: the JSON form is version [`Manifest::FORMAT_VERSION`]; a later version may add fields.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Manifest {
    /// Says in words that the data are synthetic.
    pub notice: String,
    /// The program that made the folder; always [`Manifest::GENERATOR`].
    pub generator: String,
    /// The version of this JSON form.
    pub format_version: u32,
    /// [`crate::Scenario::id`].
    pub scenario: String,
    /// [`crate::Scenario::title`].
    pub title: String,
    /// [`crate::Scenario::description`].
    pub description: String,
    /// The variant in kebab-case, such as `incident`.
    pub variant: String,
    /// The seed: with scenario and variant it determines every byte.
    pub seed: u64,
    /// Time of the first record.
    pub start: Timestamp,
    /// Time of the last record.
    pub end: Timestamp,
    /// Every file, this one left out.
    pub files: Vec<ManifestFile>,
    /// Every planted record, in time order; empty for a benign variant. For a fleet, the first
    /// record of each step of each incident on each host.
    pub ground_truth: Vec<PlantedRecord>,
    /// For a fleet: the file that holds every planted record, one [`PlantedRecord`] per line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted_file: Option<String>,
    /// For a fleet: incidents, releases and what each changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<FleetTruth>,
}

/// One file of the folder.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ManifestFile {
    /// Relative path with forward slashes.
    pub path: String,
    /// The format of its lines.
    pub kind: FileKind,
    /// How many records it holds; each is one line.
    pub records: u64,
    /// How many lines it holds after decompression, Zeek's `#` lines included.
    pub lines: u64,
}

/// One record that a planted step left behind.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlantedRecord {
    /// The record's own time.
    pub time: Timestamp,
    /// The workstation that the step happened on, also for records of the network sensor.
    pub host: String,
    /// Which step of the incident.
    pub step: Step,
    /// What the record shows, in words.
    pub what: String,
    /// Path as in [`ManifestFile::path`].
    pub file: String,
    /// Line number from 1, after decompression, header lines counted.
    pub line: u64,
}

/// A step of the incident; numbers are the rows of the kill chain in the project's threat notes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// The altered release is installed through the vendor's own updater (4).
    AlteredUpdate,
    /// The application runs in the altered release (4).
    AlteredRun,
    /// An altered library is loaded; its signature still verifies (5).
    SideLoad,
    /// The application writes a timer file into its own program folder (7).
    TimerFile,
    /// First contact, to a public code-hosting site (8).
    DeadDrop,
    /// A contact to a command-and-control host (9).
    Beacon,
    /// A browser's history database is copied beside itself (10).
    HistoryCopy,
    /// A larger upload to a command-and-control host (10).
    Upload,
    /// The application starts a command shell (11).
    ShellChild,
    /// A tool that looks for secrets is started.
    CredentialAccess,
    /// The host, its domain or its neighbours are looked over.
    Discovery,
    /// A program that does not belong to the product is started.
    Execution,
    /// An algorithmic name is asked for, which says who asks.
    NameSignal,
    /// Something will start again with the host or at logon.
    Persistence,
    /// A further program or library is fetched or written.
    SecondStage,
    /// A program deletes its own file.
    SelfDeletion,
}

impl Manifest {
    /// The manifest's name in the output folder.
    pub const FILE_NAME: &'static str = "SYNTHETIC.json";
    /// The name of [`Manifest::planted_file`] in the output folder.
    pub const PLANTED_FILE_NAME: &'static str = "SYNTHETIC-planted.jsonl";
    /// The value of [`Manifest::generator`].
    pub const GENERATOR: &'static str = "khien-sim";
    /// The version of the JSON form that this crate writes.
    pub const FORMAT_VERSION: u32 = 1;
    /// Bound: a larger manifest is refused, in bytes.
    pub const SIZE_BYTES_MAX: u64 = 64 << 20;

    pub(crate) const NOTICE: &'static str = "SYNTHETIC DATA. Everything in this folder was \
        invented by a simulator for drills and tests: people, hosts, times and events. Nothing \
        here happened, no host named here is compromised, and no file here can be executed.";

    /// Reads the manifest of the folder `dir`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the machine cannot read it (also when there is none);
    /// [`Error::Malformed`] when it is not a manifest or is larger than
    /// [`Manifest::SIZE_BYTES_MAX`].
    pub fn read_from(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(Self::FILE_NAME);
        let file = File::open(&path).map_err(Error::io(&path))?;
        let mut text = Vec::new();
        file.take(Self::SIZE_BYTES_MAX).read_to_end(&mut text).map_err(Error::io(&path))?;
        serde_json::from_slice(&text).map_err(|source| Error::Malformed { path, source })
    }
}
