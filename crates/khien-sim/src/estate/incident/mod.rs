//! The incidents: which hosts they reach, and what the logs of those hosts then say.

mod apart;
mod case;
mod desktop;
mod institution;
mod play;
mod softphone;

use serde::{Deserialize, Serialize};

use super::FleetScenario;
use super::host::Host;
use super::plan::{Plan, file_key};
use super::shelf::FileKey;
use super::shelf::{FileId, Shelf};
use crate::calendar::SimTime;
use crate::random::Random;

pub(crate) use case::{Case, Reach};
pub(crate) use play::{State, play_day};

/// An incident that a fleet can go through, as behaviour: lines of text in logs.
///
/// Modelled on public accounts. Names of command hosts are published ones where the project's
/// threat notes give them, and reserved ones (RFC 2606) elsewhere; every address of one is a
/// documentation address (RFC 5737).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Incident {
    /// CCleaner 5.33 (2017): ten minutes of silence, then an address without a name.
    #[serde(rename = "ccleaner")]
    CCleaner,
    /// CPU-Z (2026): a library beside the genuine program, then PowerShell.
    Cpuid,
    /// DAEMON Tools Lite (2026): a look-alike of the vendor's name, at once.
    DaemonTools,
    /// M.E.Doc (2017): no name of its own; the program starts shells and `rundll32`.
    MeDoc,
    /// Notepad++ (2025): the updater of chosen hosts fetches from elsewhere.
    #[serde(rename = "notepad-plus-plus")]
    NotepadPlusPlus,
    /// An npm worm (2025): a package gets an install script.
    NpmWorm,
    /// DARPA OpTC, day 3 (2019): a malicious upgrade on two hosts.
    OptcUpgrade,
    /// VGCA, SignSight (2020): an extra program in the package.
    SignSight,
    /// SolarWinds Orion (2020): two weeks of silence, then algorithmic names.
    Sunburst,
    /// 3CX on macOS (2023).
    #[serde(rename = "3cx-macos")]
    ThreeCxMacos,
    /// 3CX on Windows (2023): a week of silence, a code-hosting site, then command hosts.
    #[serde(rename = "3cx-windows")]
    ThreeCxWindows,
    /// `X_TRADER` (2021): a retired product's installer leaves a pair of files.
    XTrader,
    // Draws are keyed by position: a new incident comes after these.
    /// ASUS Live Update, `ShadowHammer` (2018).
    ShadowHammer,
    /// `JumpCloud`'s agent (2023).
    JumpCloud,
    /// Codecov's uploader (2021).
    Codecov,
}

impl Incident {
    /// Every incident.
    pub const ALL: [Self; 15] = [
        Self::CCleaner,
        Self::Cpuid,
        Self::DaemonTools,
        Self::MeDoc,
        Self::NotepadPlusPlus,
        Self::NpmWorm,
        Self::OptcUpgrade,
        Self::SignSight,
        Self::Sunburst,
        Self::ThreeCxMacos,
        Self::ThreeCxWindows,
        Self::XTrader,
        Self::ShadowHammer,
        Self::JumpCloud,
        Self::Codecov,
    ];

    /// The stable name, as in the manifest.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::CCleaner => "ccleaner",
            Self::Cpuid => "cpuid",
            Self::DaemonTools => "daemon-tools",
            Self::MeDoc => "me-doc",
            Self::NotepadPlusPlus => "notepad-plus-plus",
            Self::NpmWorm => "npm-worm",
            Self::OptcUpgrade => "optc-upgrade",
            Self::SignSight => "sign-sight",
            Self::Sunburst => "sunburst",
            Self::ThreeCxMacos => "3cx-macos",
            Self::ThreeCxWindows => "3cx-windows",
            Self::XTrader => "x-trader",
            Self::ShadowHammer => "shadow-hammer",
            Self::JumpCloud => "jump-cloud",
            Self::Codecov => "codecov",
        }
    }

    /// Whether the incident is kept apart: no detector may be tuned on it.
    ///
    /// They were written by somebody who had not seen a detector, and no author of a detector reads
    /// them. [`Self::XTrader`] was the first that was held out; it was missed, and was used for tuning
    /// after that.
    #[must_use]
    pub fn held_out(self) -> bool {
        matches!(self, Self::ShadowHammer | Self::JumpCloud | Self::Codecov)
    }

    /// Whether this is the product whose release it comes with.
    pub(crate) fn acts_through(self, product: &str) -> bool {
        self.case().product == product
    }

    pub(crate) fn case(self) -> &'static Case {
        match self {
            Self::CCleaner => &desktop::CCLEANER,
            Self::Cpuid => &desktop::CPUID,
            Self::DaemonTools => &desktop::DAEMON_TOOLS,
            Self::MeDoc => &institution::MEDOC,
            Self::NotepadPlusPlus => &desktop::NOTEPAD,
            Self::NpmWorm => &institution::NPM_WORM,
            Self::OptcUpgrade => &desktop::OPTC,
            Self::SignSight => &institution::SIGN_SIGHT,
            Self::Sunburst => &institution::SUNBURST,
            Self::ThreeCxMacos => &softphone::MACOS,
            Self::ThreeCxWindows => &softphone::WINDOWS,
            Self::XTrader => &institution::X_TRADER,
            Self::ShadowHammer => &apart::SHADOW_HAMMER,
            Self::JumpCloud => &apart::JUMP_CLOUD,
            Self::Codecov => &apart::CODECOV,
        }
    }
}

/// An incident in one fleet.
#[derive(Debug)]
pub(crate) struct IncidentPlan {
    pub(crate) case: &'static Case,
    pub(crate) product: usize,
    /// The altered releases, and per release an honest file and its altered copy.
    pub(crate) releases: Vec<(usize, Vec<(FileId, FileId)>)>,
    pub(crate) victims: Vec<Victim>,
    pub(crate) lines: Vec<play::Prepared>,
}

/// One affected host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Victim {
    pub(crate) host: u32,
    pub(crate) release: usize,
    pub(crate) taken: SimTime,
    /// When an honest release replaced the altered one.
    pub(crate) replaced: Option<SimTime>,
    /// 0 to 99: smaller numbers get further.
    pub(crate) rank: i64,
}

/// Plans every incident of the scenario; one that the fleet has no host for plans nothing.
pub(crate) fn plan_all(
    scenario: &FleetScenario,
    plans: &[Plan],
    hosts: &[Host],
    shelf: &mut Shelf,
) -> Vec<IncidentPlan> {
    let mut incidents = scenario.incidents.clone();
    incidents.sort_unstable();
    incidents.dedup();
    let plan = |incident: Incident| plan(scenario.seed, incident, plans, hosts, shelf);
    incidents.into_iter().filter_map(plan).collect()
}

fn plan(
    seed: u64,
    incident: Incident,
    plans: &[Plan],
    hosts: &[Host],
    shelf: &mut Shelf,
) -> Option<IncidentPlan> {
    let case = incident.case();
    let product = plans.iter().position(|plan| plan.product.key == case.product)?;
    let plan = &plans[product];
    let mut releases = Vec::new();
    for (index, release) in plan.releases.iter().enumerate() {
        if !case.releases.contains(&release.version.as_str()) {
            continue;
        }
        let swap = case.altered.iter().map(|altered| {
            let published = altered.published.filter(|(version, _)| *version == release.version);
            let sha256 = published.map(|(_, sha256)| sha256);
            let honest = file_key(plan.product, altered.file, &release.version);
            let content = format!("altered {}", release.version);
            let altered = FileKey { content, sha256, ..honest.clone() };
            (shelf.file(honest), shelf.file(altered))
        });
        releases.push((index, swap.collect()));
    }
    let is_altered = |release: usize| releases.iter().any(|(index, _)| *index == release);
    let mut reached: Vec<(u64, Victim)> = Vec::new();
    for host in hosts {
        let Some(takes) = host.takes.get(product).and_then(Option::as_ref) else { continue };
        let Some(at) = takes.iter().position(|(_, release)| is_altered(*release)) else { continue };
        let replaced = takes[at..].iter().find(|(_, release)| !is_altered(*release));
        let (taken, release) = takes[at];
        let victim =
            Victim { host: host.index, release, taken, replaced: replaced.map(|r| r.0), rank: 0 };
        let keys = [10, host.index.into(), incident as u64, 0];
        reached.push((Random::keyed(seed, keys).bits(), victim));
    }
    reached.sort_unstable_by_key(|(order, victim)| (*order, victim.host));
    let count = match case.reach {
        Reach::All => reached.len(),
        Reach::Exactly(count) => count,
        Reach::Percent(percent) => {
            let share = i64::try_from(reached.len()).unwrap_or(0) * percent;
            usize::try_from((share + 99) / 100).unwrap_or(0)
        }
    };
    reached.truncate(count);
    let total = i64::try_from(reached.len()).unwrap_or(1).max(1);
    let ranked = (0..).zip(reached);
    let mut victims: Vec<Victim> =
        ranked.map(|(rank, (_, victim))| Victim { rank: rank * 100 / total, ..victim }).collect();
    victims.sort_unstable_by_key(|victim| victim.host);
    let lines = case.script.iter().map(|line| play::prepare(line, plan, plans, shelf)).collect();
    Some(IncidentPlan { case, product, releases, victims, lines })
}
