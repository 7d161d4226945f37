//! Seeded fleet: benign releases and incident scenarios as raw records in real formats; used by
//! the drill and by evaluation.
//!
//! # What it does
//!
//! A scenario is a small organisation over a few weeks: office users, a softphone that updates
//! itself, a build server, a network sensor. [`SoftphoneScenario::write_to`] writes what their
//! tools would have logged, in the formats those tools really write (Sysmon as `evtx_dump`,
//! Winlogbeat and NXLog give it, Zeek TSV, Suricata EVE, auditd, syslog), and a [`Manifest`]
//! that names every planted record by file and line. [`SoftphoneScenario::records`] gives the
//! same records one by one, in time order.
//!
//! The same seed gives the same bytes, on every machine: the generator is our own
//! (xoshiro256\*\*), and nothing is read from the clock, the environment or the machine. (The
//! compressed form of a `.gz` file also depends on the compressor that the workspace pins.)
//!
//! # What it does not do
//!
//! * It holds and makes no attack. A planted step is a *line of text in a log* ("a process with
//!   this name contacted that host"); no program, script, payload or network packet is made, and
//!   no host is contacted.
//! * It does not say that its noise is representative. Volumes are a fraction of a real office,
//!   and precision measured on it is to be reported as measured on synthetic data.
//! * It does not detect anything and knows no rule, so that it cannot be fitted to ours.
//!
//! # What is real and what is invented
//!
//! [`Variant::Incident`] carries *published* indicators of the 3CX case of March 2023 (domain
//! names, file hashes, version number), so that an advisory can find them. People, hosts, the
//! organisation and all times are invented. Published command-and-control names resolve to
//! documentation addresses (RFC 5737) here, so that no real machine is accused; addresses of
//! well-known sites are plausible, not looked up. File hashes other than the published ones are
//! derived from file name and version, and are hashes of nothing. Release numbers before the
//! affected one are plausible and not claimed to have existed.
//!
//! Endpoint clocks differ from the sensor's clock by a fixed amount per host, as they do in
//! life: who joins the two must estimate it.

#![forbid(unsafe_code)]

mod calendar;
mod error;
mod estate;
mod fleet;
mod format;
mod manifest;
mod output;
mod random;
mod record;
mod scenario;
mod softphone;
mod tape;

pub use error::Error;
pub use estate::{
    AffectedHost, Change, FirstSeen, FleetRecord, FleetScenario, FleetTruth, Incident,
    IncidentTruth, LookAlike, Planted, Platform, ReleaseTruth, ServerMove, Sources, Volume,
};
pub use manifest::{Manifest, ManifestFile, PlantedRecord, Step};
pub use record::{FileKind, SimFile, SimRecord};
pub use scenario::Scenario;
pub use softphone::{SoftphoneScenario, Variant};
