//! What is true of a fleet: which releases did what, and what of it was planted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Planted;
use super::change::{Change, LookAlike};
use super::day::{ALTERED_RUN, ALTERED_UPDATE, RESTART, SIDE_LOAD, UPDATER};
use super::draft::Mark;
use super::incident::{self, Incident, State};
use super::pen::Pen;
use super::plan::Arrival;
use super::product::Platform;
use super::world::World;
use crate::manifest::Step;

/// The truth about one fleet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FleetTruth {
    /// How many hosts there are.
    pub hosts: u32,
    /// How many days are played.
    pub days: u32,
    /// Every incident that reached a host.
    pub incidents: Vec<IncidentTruth>,
    /// Every release of every product, the altered ones too.
    pub releases: Vec<ReleaseTruth>,
    /// What vendors changed on their servers, for old and new releases alike.
    pub server_moves: Vec<ServerMove>,
}

/// One incident.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IncidentTruth {
    /// Which one.
    pub incident: Incident,
    /// Whether it is kept apart from tuning; [`Incident::held_out`].
    pub held_out: bool,
    /// Name of the product, as its version resource or package says.
    pub product: String,
    /// Maker of the product.
    pub company: String,
    /// The altered releases that a host took.
    pub releases: Vec<String>,
    /// The first malicious act on any host: time to detection is counted from here.
    pub first_act: Option<Timestamp>,
    /// Every affected host.
    pub hosts: Vec<AffectedHost>,
}

/// What an incident did on one host. Times are as things happened, by the sensor's clock, whether
/// or not a record of them was lost.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AffectedHost {
    /// The host's name.
    pub host: String,
    /// Its address.
    pub address: String,
    /// The first altered release that it took.
    pub release: String,
    /// When it took it.
    pub installed: Timestamp,
    /// The first malicious act; delivery and waiting are none. `None`: the days ended before.
    pub first_act: Option<Timestamp>,
    /// The release that it had then; a later one may have come while it waited.
    pub release_at_act: Option<String>,
    /// When each step was first seen, in time order.
    pub steps: Vec<FirstSeen>,
}

/// When a step was first seen on a host.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FirstSeen {
    /// The step.
    pub step: Step,
    /// When.
    pub time: Timestamp,
}

/// One release of a product.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReleaseTruth {
    /// Name of the product.
    pub product: String,
    /// Maker of the product.
    pub company: String,
    /// Where it runs.
    pub platform: Platform,
    /// Version, as its files or package say.
    pub version: String,
    /// When its vendor published it; before the first record for what was there already.
    pub published: Timestamp,
    /// Whether it was there before the first day.
    pub initial: bool,
    /// Whether only the beta ring is offered it.
    pub beta: bool,
    /// The incident that it carries, on the hosts named there.
    pub altered_by: Option<Incident>,
    /// The look-alike that it shows.
    pub look_alike: Option<LookAlike>,
    /// What it does that its predecessor did not; often nothing.
    pub changes: Vec<Change>,
    /// How many hosts took it.
    pub hosts: u32,
    /// When the first host took it, if one did.
    pub first_installed: Option<Timestamp>,
}

impl ReleaseTruth {
    /// Whether it counts as a benign release that arrived while the fleet was watched.
    #[must_use]
    pub fn is_benign_arrival(&self) -> bool {
        !self.initial && self.altered_by.is_none() && self.hosts > 0
    }
}

/// A name that a vendor's servers exchanged for another.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ServerMove {
    /// Name of the product.
    pub product: String,
    /// When the first host was sent to the new name; the last an hour later.
    pub time: Timestamp,
    /// The earlier name.
    pub from: String,
    /// The new one.
    pub to: String,
}

/// What a mark says, in words.
pub(crate) fn planted(world: &World, mark: Mark) -> Option<Planted> {
    let case = world.incidents.get(usize::from(mark.incident))?.case;
    let (step, what, acts) = match mark.step {
        ALTERED_UPDATE => (Step::AlteredUpdate, "update to the altered release", false),
        ALTERED_RUN => (Step::AlteredRun, "start of the altered release", false),
        RESTART => (Step::Persistence, "planted program starts again", true),
        UPDATER => (Step::AlteredUpdate, "updater of the altered release started", false),
        SIDE_LOAD => (Step::SideLoad, "altered library loaded", false),
        line => {
            let line = case.script.get(usize::from(line))?;
            (line.step, line.what, line.acts)
        }
    };
    Some(Planted { incident: case.incident, step, what, acts })
}

/// The states of every incident on every host, by host.
pub(crate) fn states(world: &World) -> Vec<Vec<(u8, State)>> {
    let mut states: Vec<Vec<(u8, State)>> = world.hosts.iter().map(|_| Vec::new()).collect();
    for (number, plan) in (0..).zip(&world.incidents) {
        for victim in &plan.victims {
            let state = State::new(world.scenario.seed, plan, *victim);
            if let Some(of_host) = states.get_mut(super::shelf::index_of(victim.host)) {
                of_host.push((number, state));
            }
        }
    }
    states
}

/// Plays the incidents alone, and says what happened when.
pub(crate) fn tell(world: &World) -> FleetTruth {
    let mut states = states(world);
    let mut scratch = Vec::new();
    for (host, states) in world.hosts.iter().zip(&mut states) {
        for day in 0..world.days {
            let Some(shift) = host.shift(world.scenario.seed, day).filter(|_| !states.is_empty())
            else {
                continue;
            };
            let mut pen = Pen::new(world, host, day, &mut scratch);
            for (number, state) in states.iter_mut() {
                let key = world.key_of(*number);
                incident::play_day(&mut pen.apart(key, day), *number, state, (day, &shift));
            }
            scratch.clear();
        }
    }
    let incidents = (0..).zip(&world.incidents).map(|(number, plan)| {
        let hosts = states.iter().flatten().filter(|(of, _)| *of == number);
        let hosts: Vec<AffectedHost> =
            hosts.map(|(_, state)| affected(world, plan.product, state)).collect();
        let product = world.plans[plan.product].product;
        let taken = |release: usize| world.release(plan.product, release).version.clone();
        IncidentTruth {
            incident: plan.case.incident,
            held_out: plan.case.incident.held_out(),
            product: product.name.to_owned(),
            company: product.company.to_owned(),
            releases: plan.releases.iter().map(|(release, _)| taken(*release)).collect(),
            first_act: hosts.iter().filter_map(|host| host.first_act).min(),
            hosts,
        }
    });
    FleetTruth {
        hosts: world.scenario.hosts,
        days: world.scenario.days,
        incidents: incidents.filter(|incident| !incident.hosts.is_empty()).collect(),
        releases: releases(world),
        server_moves: server_moves(world),
    }
}

fn affected(world: &World, product: usize, state: &State) -> AffectedHost {
    let victim = &state.victim;
    let host = &world.hosts[super::shelf::index_of(victim.host)];
    let steps = state.firsts.iter();
    let at_act = state.first_act.and_then(|at| world.release_at(host, product, at));
    let at_act = at_act.map(|release| world.release(product, release).version.clone());
    AffectedHost {
        host: host.name.clone(),
        address: host.address.clone(),
        release: world.release(product, victim.release).version.clone(),
        installed: victim.taken.timestamp(),
        first_act: state.first_act.map(crate::calendar::SimTime::timestamp),
        release_at_act: at_act,
        steps: steps.map(|(step, at)| FirstSeen { step: *step, time: at.timestamp() }).collect(),
    }
}

fn releases(world: &World) -> Vec<ReleaseTruth> {
    let mut all = Vec::new();
    let there = |plan: &&super::plan::Plan| plan.arrival != Arrival::Never;
    for (product, plan) in world.plans.iter().enumerate().filter(|(_, plan)| there(plan)) {
        for (index, release) in plan.releases.iter().enumerate() {
            let takes = world.hosts.iter().filter_map(|host| host.takes.get(product)?.as_ref());
            let takes: Vec<_> = takes.flatten().filter(|(_, taken)| *taken == index).collect();
            let carries = world.incidents.iter().find(|incident| {
                incident.product == product
                    && !incident.victims.is_empty()
                    && incident.releases.iter().any(|(altered, _)| *altered == index)
            });
            let main = world.shelf.file_of(release.habits.main);
            let is_own = plan.product.key != "pinyon-palette";
            let said = |text: &str, or: &str| if is_own { text.to_owned() } else { or.to_owned() };
            all.push(ReleaseTruth {
                product: said(&main.product, plan.product.name),
                company: said(&main.company, plan.product.company),
                platform: plan.product.platform,
                version: release.version.clone(),
                published: release.published.timestamp(),
                initial: index == 0 && plan.arrival == Arrival::Before,
                beta: release.beta,
                altered_by: carries.map(|incident| incident.case.incident),
                look_alike: release.look_alike,
                changes: release.changes.clone(),
                hosts: u32::try_from(takes.len()).unwrap_or(u32::MAX),
                first_installed: takes.iter().map(|(at, _)| *at).min().map(|at| at.timestamp()),
            });
        }
    }
    all
}

fn server_moves(world: &World) -> Vec<ServerMove> {
    let moves = world.plans.iter().filter_map(|plan| {
        let (at, from, to) = plan.server_move.as_ref()?;
        Some(ServerMove {
            product: plan.product.name.to_owned(),
            time: at.timestamp(),
            from: from.clone(),
            to: to.clone(),
        })
    });
    moves.collect()
}
