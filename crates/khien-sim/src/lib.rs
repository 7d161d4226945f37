//! Seeded fleet: benign releases and incident scenarios as raw records in real formats; used by
//! the drill and by evaluation.
//!
//! # Two scenarios
//!
//! [`SoftphoneScenario`] is small and looked at closely: three workstations, a build server and a
//! sensor, 24 days, every exporter. [`FleetScenario`] is large: tens to thousands of hosts over
//! weeks to a year, some thirty products with their releases, any of fifteen incidents.
//!
//! # The fleet
//!
//! Of fifty hosts 43 run Windows, four macOS, three are Linux build hosts. People come to work,
//! go, and close the lids of their laptops; some hosts run day and night; every clock is a little
//! wrong; some records are lost; some hosts go through a proxy. Products are invented (the
//! vehicles of published incidents keep their names), each with names it contacts, by chance, at
//! start or by a timer, children, libraries, files, ports. Releases come weekly, monthly or by a
//! list, reach hosts by rings, by a vendor's gate or by a nightly upgrade, come late to some and
//! never to others. About a third of them change a habit, and [`FleetTruth`] says which: so false
//! alerts can be counted per benign release. [`LookAlike`] adds benign developments that resemble
//! an incident.
//!
//! An [`Incident`] is a script: after a wait counted from the update on that host, this process is
//! said to do that. Every record that it leaves carries [`Planted`]; delivery and waiting are
//! planted too, but the first malicious act is counted from the first line that harms or calls.
//! [`FleetScenario::benign_twin`] is the same fleet where the same releases came and none was
//! altered. Some incidents are held out, as [`Incident::held_out`] says: nobody tunes on them. The
//! products of three are only in fleets that are asked to go through them.
//!
//! The fleet is played a day at a time into a few dozen bytes per record, sorted, and rendered
//! into one reused line: memory holds a day, and [`FleetScenario::records`] touches no disk.
//!
//! | Source | File | Says |
//! | --- | --- | --- |
//! | Sysmon 1, 3, 5, 7, 11, 13, 22 | `windows/sysmon.jsonl` | one collector of all Windows hosts |
//! | Windows Installer 1033, 1042 | `windows/application.jsonl` | managed installations |
//! | `eslogger` | `macos/HOST/eslogger.jsonl` | exec, exit, create, rename, open, setmode, unlink |
//! | osquery | `osquery/osqueryd.results.log` | `programs`, `apps`, `deb_packages`, `rpm_packages`, `npm_packages`, `listening_ports`, on macOS `process_open_sockets`, on Linux `process_events`, `socket_events`, `file_events` |
//! | Zeek | `zeek/{conn,dns,http,ssl}.log` | one sensor before the proxy |
//! | Suricata | `suricata/eve.json` | the same sensor; off unless asked for |
//!
//! # The softphone
//!
//! This scenario is a small organisation over a few weeks: office users, a softphone that updates
//! itself, a build server, a network sensor. [`SoftphoneScenario::write_to`] writes what their
//! tools would have logged, in the formats those tools really write (Sysmon as `evtx_dump`,
//! Winlogbeat and NXLog give it, Zeek TSV, Suricata EVE, auditd, syslog), and a [`Manifest`]
//! that names every planted record by file and line. [`SoftphoneScenario::records`] gives the
//! same records one by one, in time order.
//!
//! # What both keep
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
//! derived from file name and version, and are hashes of nothing. Invented vendors lie under
//! `.example`; where an incident needs a name that no note publishes, it is one below
//! `example.net` or `example.org` (RFC 2606), so that it has a registered domain like any other.
//! In a fleet every name that is not well known resolves to a documentation range, honest or not. Release numbers before the
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
mod packages;
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
pub use packages::{PackageRelease, package_releases};
pub use record::{FileKind, SimFile, SimRecord};
pub use scenario::Scenario;
pub use softphone::{SoftphoneScenario, Variant};
