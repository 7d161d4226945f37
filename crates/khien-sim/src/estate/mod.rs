//! A fleet of many hosts over many days, with benign releases and incidents.

mod catalogue;
mod change;
mod day;
mod draft;
mod host;
mod incident;
mod pen;
mod plan;
mod product;
mod render;
mod shelf;
mod text;
mod train;
mod truth;
mod world;
mod write;

use std::convert::Infallible;
use std::path::Path;

use jiff::Timestamp;

use crate::calendar::SimTime;
use crate::error::Error;
use crate::manifest::{Manifest, Step};
use crate::record::FileKind;
use crate::scenario::Scenario;

pub use change::{Change, LookAlike};
pub use incident::Incident;
pub use product::Platform;
pub use truth::{AffectedHost, FirstSeen, FleetTruth, IncidentTruth, ReleaseTruth, ServerMove};

use draft::Draft;
use render::Renderer;
use world::World;

/// A fleet: what it is made of, how long it is watched, and what happens to it.
///
/// The same values give the same bytes on every machine. Day 0 is Monday, 6 March 2023, Ho Chi
/// Minh City time.
///
/// ```
/// use khien_sim::{FleetScenario, Incident};
///
/// let fleet = FleetScenario::new(42, 50, 14).with_incidents(&[Incident::ThreeCxWindows]);
/// let (mut records, mut planted) = (0, 0);
/// fleet.records(|record| {
///     records += 1;
///     planted += usize::from(record.planted.is_some());
/// });
/// assert!(records > 50 * 14 && planted > 0);
/// assert!(fleet.truth().incidents[0].first_act.is_some());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FleetScenario {
    /// Any number; decides everything that is drawn.
    pub seed: u64,
    /// How many hosts; of fifty, 43 run Windows, 4 macOS, 3 Linux.
    pub hosts: u32,
    /// How many days.
    pub days: u32,
    /// The incidents that the fleet goes through.
    pub incidents: Vec<Incident>,
    /// Incidents whose products the fleet has though it does not go through them. Only the
    /// products of some that are held out are not in every fleet.
    pub equipped_for: Vec<Incident>,
    /// The benign developments that look like one.
    pub look_alikes: Vec<LookAlike>,
    /// Which records are written.
    pub sources: Sources,
    /// How many records a host gives.
    pub volume: Volume,
    /// How many of 100 Windows hosts go through a proxy.
    pub proxied_percent: u8,
    /// How many of 1,000 endpoint records are lost, on average over hosts; sensors lose a quarter
    /// of that.
    pub lost_per_mille: u8,
}

/// Which records are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sources {
    /// Sysmon, Windows Installer, `eslogger`, osquery.
    pub endpoint: bool,
    /// Zeek `conn`, `dns`, `http`, `ssl`.
    pub zeek: bool,
    /// Suricata `dns`, `tls`, `flow`.
    pub suricata: bool,
}

impl Sources {
    /// Everything.
    pub const ALL: Self = Self { endpoint: true, zeek: true, suricata: true };
    /// Endpoints and Zeek.
    pub const BOTH: Self = Self { suricata: false, ..Self::ALL };
    /// Endpoints alone.
    pub const ENDPOINT: Self = Self { zeek: false, ..Self::BOTH };
    /// Zeek alone.
    pub const SENSOR: Self = Self { endpoint: false, ..Self::BOTH };
}

/// How many records a host gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Volume {
    /// Five times the contacts, for benches.
    Full,
    /// What tells releases apart: a few hundred records per host and day at most.
    Sparse,
    /// A third of the contacts of that, and programs on few days but those that an incident comes with,
    /// for demonstrations.
    Light,
}

impl Volume {
    /// On how many of 100 days a program runs that runs every day.
    pub(crate) const fn days_percent(self) -> i64 {
        match self {
            Self::Full | Self::Sparse => 100,
            Self::Light => 12,
        }
    }

    /// So many contacts, of those of [`Volume::Sparse`]; `full` is what [`Volume::Full`] makes of one.
    pub(crate) const fn of(self, count: i64, full: i64) -> i64 {
        match self {
            Self::Full => count * full,
            Self::Sparse => count,
            Self::Light => (count + 2) / 3,
        }
    }
}

/// One line, and what is true of it. Borrowed: the next record reuses the memory.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FleetRecord<'a> {
    /// The format of the line.
    pub kind: FileKind,
    /// The file that it would be in, under the output folder.
    pub path: &'a str,
    /// The host that it is about, also for records of a sensor. A reader does not see this for
    /// formats that do not say it, such as `eslogger`'s; there it is the folder's name.
    pub host: &'a str,
    /// The time in the line, to the microsecond; whole seconds in osquery's.
    pub time: Timestamp,
    /// The line, without its line end.
    pub line: &'a str,
    /// What was planted, if it was.
    pub planted: Option<Planted>,
}

impl FleetRecord<'_> {
    /// The lines that a file of this format begins with, as if this were its first record.
    #[must_use]
    pub fn header(&self) -> Vec<String> {
        crate::format::zeek::header(self.kind, self.time)
    }
}

/// The step that a planted record belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Planted {
    /// The incident.
    pub incident: Incident,
    /// The step.
    pub step: Step,
    /// What the record shows, in words.
    pub what: &'static str,
    /// Whether it is a malicious act; delivery and waiting are none.
    pub acts: bool,
}

impl FleetScenario {
    /// The scenario's entry in the catalogue.
    pub const SCENARIO: Scenario = Scenario::FLEET;
    /// Bound on [`FleetScenario::hosts`]; more are not played.
    pub const HOSTS_MAX: u32 = 10_000;
    /// Bound on [`FleetScenario::days`]; more are not played.
    pub const DAYS_MAX: u32 = 400;

    /// A fleet without incidents, with every look-alike, endpoints and Zeek, sparse.
    #[must_use]
    pub fn new(seed: u64, hosts: u32, days: u32) -> Self {
        Self {
            seed,
            hosts: hosts.min(Self::HOSTS_MAX),
            days: days.min(Self::DAYS_MAX),
            incidents: Vec::new(),
            equipped_for: Vec::new(),
            look_alikes: LookAlike::ALL.to_vec(),
            sources: Sources::BOTH,
            volume: Volume::Sparse,
            proxied_percent: 10,
            lost_per_mille: 5,
        }
    }

    /// The same fleet, going through these incidents.
    #[must_use]
    pub fn with_incidents(self, incidents: &[Incident]) -> Self {
        Self { incidents: incidents.to_vec(), ..self }
    }

    /// The same fleet with the same releases on the same days, none of them altered: its records
    /// are those of the incident that were not planted.
    #[must_use]
    pub fn benign_twin(&self) -> Self {
        let mut equipped_for = [self.equipped_for.as_slice(), &self.incidents].concat();
        equipped_for.sort_unstable();
        equipped_for.dedup();
        Self { incidents: Vec::new(), equipped_for, ..self.clone() }
    }

    fn is_equipped_with(&self, product: &str) -> bool {
        let mut asked_for = self.incidents.iter().chain(&self.equipped_for);
        asked_for.any(|incident| incident.acts_through(product))
    }

    /// Gives every record to `sink`, in time order. Memory holds one day of the fleet.
    pub fn records(&self, mut sink: impl FnMut(&FleetRecord<'_>)) {
        let done = self.try_records(|record| {
            sink(record);
            Ok::<(), Infallible>(())
        });
        match done {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// Gives every record to `sink`, in time order, until it says no.
    ///
    /// # Errors
    ///
    /// What the sink says.
    pub fn try_records<E>(
        &self,
        sink: impl FnMut(&FleetRecord<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        play(&World::new(&self.within_bounds()), sink)
    }

    /// What is true of the fleet; plays the incidents but writes no line.
    #[must_use]
    pub fn truth(&self) -> FleetTruth {
        truth::tell(&World::new(&self.within_bounds()))
    }

    /// Writes every file and the manifest under `dir`, which is made if it is missing.
    ///
    /// The manifest's ground truth names the first record of each step on each host; every planted
    /// record is in the file that [`Manifest::planted_file`] names, one [`crate::PlantedRecord`]
    /// per line, as text in JSON.
    ///
    /// # Errors
    ///
    /// [`Error::FolderNotOurs`] when `dir` holds anything else; nothing is written then.
    /// [`Error::Io`] when the machine cannot write.
    pub fn write_to(&self, dir: &Path) -> Result<Manifest, Error> {
        write::write(&self.within_bounds(), dir)
    }

    fn within_bounds(&self) -> Self {
        let mut bounded = self.clone();
        bounded.hosts = self.hosts.min(Self::HOSTS_MAX);
        bounded.days = self.days.min(Self::DAYS_MAX);
        bounded.proxied_percent = self.proxied_percent.min(100);
        bounded.lost_per_mille = self.lost_per_mille.min(100);
        bounded
    }
}

/// Plays day after day; a day's records are written once no later day can add an earlier one.
fn play<E>(
    world: &World,
    mut sink: impl FnMut(&FleetRecord<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut states = truth::states(world);
    let mut renderer = Renderer::new(world);
    let mut pending: Vec<Draft> = Vec::new();
    let mut line = String::new();
    let folders: Vec<String> =
        world.hosts.iter().map(|host| format!("macos/{}/eslogger.jsonl", host.name)).collect();
    for day in 0..=world.days {
        let until = if day < world.days {
            for (host, states) in world.hosts.iter().zip(&mut states) {
                day::play(world, host, day, states, &mut pending);
            }
            SimTime::on_day(day + 1, -host::CLOCK_ERROR_MAX_S - 60)
        } else {
            SimTime::on_day(day + 30, 0)
        };
        // Stable: records of one microsecond stay in the order of hosts and acts.
        pending.sort_by_key(|draft| draft.time);
        let ready = pending.partition_point(|draft| draft.time < until);
        for draft in pending.drain(..ready) {
            let kind = renderer.kind(&draft);
            let host = shelf::index_of(draft.host);
            line.clear();
            renderer.line(&draft, kind, &mut line);
            let planted = truth::planted(world, draft.mark);
            let path = match kind {
                FileKind::Eslogger => folders[host].as_str(),
                kind => write::path_of(kind),
            };
            sink(&FleetRecord {
                kind,
                path,
                host: &world.hosts[host].name,
                time: draft.time.timestamp(),
                line: &line,
                planted,
            })?;
        }
    }
    Ok(())
}
