//! The whole fleet before its first day: hosts, releases, and who takes which release when.

use std::collections::BTreeMap;

use super::FleetScenario;
use super::host::{Host, Shift};
use super::incident::{self, IncidentPlan};
use super::plan::{Arrival, Plan, Release};
use super::product::{Audience, Delivery, Product, Style};
use super::shelf::{NameId, Shelf};
use super::{catalogue, plan};
use crate::calendar::{DAY_S, HOUR_S, SimTime};
use crate::random::Random;

/// Everything that does not change while the days are played.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) scenario: FleetScenario,
    pub(crate) days: i64,
    pub(crate) hosts: Vec<Host>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) shelf: Shelf,
    /// Sites that people browse, the most visited first.
    pub(crate) sites: Vec<NameId>,
    pub(crate) incidents: Vec<IncidentPlan>,
    /// Number of the incident by host and product.
    pub(crate) altered: BTreeMap<(u32, usize), u8>,
    pub(crate) residents: Residents,
}

/// Programs of the operating system that start others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Residents {
    pub(crate) explorer: u32,
    pub(crate) services: u32,
    pub(crate) scheduler: u32,
    pub(crate) launchd: u32,
    pub(crate) systemd: u32,
    pub(crate) proxy: NameId,
    pub(crate) resolver: NameId,
    pub(crate) nothing: u32,
}

/// One run of a main program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) from: SimTime,
    pub(crate) until: SimTime,
    /// When the process started: `from`, or days earlier.
    pub(crate) started: SimTime,
    pub(crate) release: usize,
    pub(crate) number: u16,
}

impl World {
    pub(crate) fn new(scenario: &FleetScenario) -> Self {
        let scenario = scenario.clone();
        let days = i64::from(scenario.days);
        let seed = scenario.seed;
        let mut shelf = Shelf::default();
        let plans: Vec<Plan> = (0..)
            .zip(catalogue::products())
            .map(|(number, product)| {
                let said = (scenario.look_alikes.as_slice(), &mut shelf);
                let plan = plan::plan(seed, number, product, days, said);
                match catalogue::is_apart(product) && !scenario.is_equipped_with(product.key) {
                    true => Plan { arrival: Arrival::Never, ..plan },
                    false => plan,
                }
            })
            .collect();
        let rates = (scenario.proxied_percent.into(), scenario.lost_per_mille.into());
        let mut hosts: Vec<Host> =
            (0..scenario.hosts).map(|index| Host::new(seed, index, rates)).collect();
        for (number, plan) in (0..).zip(&plans) {
            give(seed, number, plan, days, &mut hosts);
        }
        let residents = Residents::on(&mut shelf);
        let sites = sites(&mut shelf);
        let incidents = incident::plan_all(&scenario, &plans, &hosts, &mut shelf);
        let mut altered = BTreeMap::new();
        for (number, incident) in (0..).zip(&incidents) {
            for victim in &incident.victims {
                altered.insert((victim.host, incident.product), number);
            }
        }
        Self { scenario, days, hosts, plans, shelf, sites, incidents, altered, residents }
    }

    /// The release that a host has of a product at a time.
    pub(crate) fn release_at(&self, host: &Host, product: usize, at: SimTime) -> Option<usize> {
        let takes = host.takes.get(product)?.as_ref()?;
        takes.iter().rev().find(|(when, _)| *when <= at).map(|(_, release)| *release)
    }

    pub(crate) fn release(&self, product: usize, release: usize) -> &Release {
        &self.plans[product].releases[release]
    }

    /// The runs of a product's main program on one day, in time order.
    pub(crate) fn runs(&self, host: &Host, product: usize, day: i64, shift: &Shift) -> Vec<Run> {
        let Some(takes) = host.takes.get(product).and_then(Option::as_ref) else {
            return Vec::new();
        };
        let style = self.plans[product].product.style;
        let keys = [5, host.index.into(), product as u64, day.unsigned_abs()];
        let mut random = Random::keyed(self.scenario.seed, keys);
        let mut runs = Vec::new();
        let mut add = |from: SimTime, until: SimTime, started: SimTime| {
            if let Some(release) = self.release_at(host, product, from) {
                let number = u16::try_from(product * 16).unwrap_or(0);
                runs.push(Run { from, until, started, release, number });
            }
        };
        if let Style::Sessions(most) = style {
            let slots = random.range(if most > 1 { 1 } else { 0 }, most + 1);
            let length = shift.until.seconds_since(shift.from) / most.max(1);
            for slot in 0..slots {
                let from = shift.from.plus_s(slot * length + random.range(120, length / 2));
                let until = from.plus_s(random.range(240, length / 2 - 60));
                add(from, until, from);
            }
            return runs;
        }
        let delay = if style == Style::Service { (1, 40) } else { (25, 240) };
        let delay_s = random.range(delay.0, delay.1);
        let (mut from, mut started) = (shift.from.plus_s(delay_s), shift.from.plus_s(delay_s));
        if host.always_on {
            // Restarted on Mondays, and by updates.
            let monday = day - day.rem_euclid(7);
            let restart_on = |monday: i64| {
                let keys = [13, host.index.into(), product as u64, monday.unsigned_abs()];
                let delay_s = Random::keyed(self.scenario.seed, keys).range(1, 240);
                SimTime::on_day(monday, 3 * HOUR_S).plus_s(delay_s)
            };
            let restart = restart_on(monday);
            let last = takes.iter().rev().find(|(when, _)| *when <= shift.from);
            let updated = last.map_or(restart, |(when, _)| when.plus_s(RESTART_S));
            (from, started) = (shift.from, restart.max(updated));
            if day == monday {
                // Until then the process of the week before runs.
                let before = restart_on(monday - 7);
                let updated = last.map_or(before, |(when, _)| when.plus_s(RESTART_S));
                add(shift.from, restart.plus_s(-60), before.max(updated));
                from = restart;
            }
        }
        let first = from;
        for (when, _) in takes.iter().filter(|(when, _)| first < *when && *when < shift.until) {
            add(from, *when, started);
            from = when.plus_s(RESTART_S);
            started = from;
        }
        add(from, shift.until, started);
        runs
    }
}

impl Residents {
    fn on(shelf: &mut Shelf) -> Self {
        use super::product::Platform::{Linux, Macos, Windows};
        let mut file =
            |path: &str, platform| shelf.file(plan::system_key(path.to_owned(), platform));
        let explorer = file("C:\\Windows\\explorer.exe", Windows);
        let services = file("C:\\Windows\\System32\\services.exe", Windows);
        let scheduler = file("C:\\Windows\\System32\\svchost.exe", Windows);
        let launchd = file("/sbin/launchd", Macos);
        let systemd = file("/usr/lib/systemd/systemd", Linux);
        Self {
            explorer,
            services,
            scheduler,
            launchd,
            systemd,
            proxy: shelf.place("proxy.lamson.example", "10.20.10.80", 3128),
            resolver: shelf.place("dns.lamson.example", "10.20.10.10", 53),
            nothing: shelf.text(""),
        }
    }
}

/// Decides who has a product and when each takes which release.
fn give(seed: u64, number: u64, plan: &Plan, days: i64, hosts: &mut [Host]) {
    let product = plan.product;
    let wanted = |host: &Host| {
        let at_desk = product.platform != super::product::Platform::Linux;
        host.platform == product.platform
            && host.is_in(if at_desk { product.audience } else { Audience::All })
    };
    let mut ranked: Vec<(u64, usize)> = hosts
        .iter()
        .enumerate()
        .filter(|(_, host)| wanted(host))
        .map(|(at, host)| (Random::keyed(seed, [6, host.index.into(), number, 0]).bits(), at))
        .collect();
    ranked.sort_unstable();
    let share = i64::try_from(ranked.len()).unwrap_or(0) * product.share_percent;
    let count = usize::try_from((share + 99) / 100).unwrap_or(0).max(MIN_HOSTS.min(ranked.len()));
    ranked.truncate(count);
    for host in hosts.iter_mut() {
        host.takes.push(None);
    }
    if plan.arrival == Arrival::Never {
        return;
    }
    // Some keep what they have: updates are switched off, or fail for good.
    let one_in = if plan::is_fixed(product) { 6 } else { 14 };
    for (rank, (_, at)) in (0..).zip(ranked) {
        let keeps = rank % one_in == 3;
        let takes = takes(seed, number, plan, (days, keeps), &hosts[at]);
        if let Some(slot) = hosts[at].takes.last_mut() {
            *slot = Some(takes);
        }
    }
}

fn takes(
    seed: u64,
    number: u64,
    plan: &Plan,
    (days, keeps): (i64, bool),
    host: &Host,
) -> Vec<(SimTime, usize)> {
    let mut random = Random::keyed(seed, [4, host.index.into(), number, 0]);
    let is_there = plan.arrival == Arrival::Before;
    let mut takes = Vec::new();
    if is_there {
        takes.push((SimTime::on_day(-30, 0), 0));
    }
    let last_day = if keeps { random.range(0, days * 3 / 10 + 1) } else { days };
    for (index, release) in plan.releases.iter().enumerate().skip(usize::from(is_there)) {
        let delay_s = delay(plan.product, host, &mut random);
        let skips = host.laggard && random.chance(45);
        if skips || (release.beta && !host.beta) {
            continue;
        }
        let ready = release.published.plus_s(if release.beta { delay_s / 8 } else { delay_s });
        let Some(at) = first_chance(seed, host, ready, days, &mut random) else { continue };
        if at.day() > last_day {
            break;
        }
        // A later release that was ready first makes the earlier one pointless.
        if takes.last().is_some_and(|(last, _)| at.seconds_since(*last) < 2 * HOUR_S) {
            continue;
        }
        takes.push((at, index));
    }
    takes
}

/// How long after publication a host is offered a release.
fn delay(product: &Product, host: &Host, random: &mut Random) -> i64 {
    let day = |low: i64, high: i64, random: &mut Random| random.range(low * DAY_S, high * DAY_S);
    let delay_s = match product.delivery {
        Delivery::Msi => match host.ring {
            0 => day(0, 1, random),
            1 => day(1, 3, random),
            2 => day(3, 8, random),
            _ => day(8, 13, random),
        },
        Delivery::Deb | Delivery::Rpm => day(0, 2, random),
        Delivery::Npm => day(0, 3, random),
        // Vendors open the gate for some, then for all.
        Delivery::Bundle | Delivery::Helper(_) | Delivery::Squirrel | Delivery::Updater(_) => {
            if random.chance(20) {
                day(0, 1, random)
            } else {
                day(0, 6, random)
            }
        }
    };
    if host.laggard { delay_s * 3 } else { delay_s }
}

/// The first working time of the host at or after `ready`.
fn first_chance(
    seed: u64,
    host: &Host,
    ready: SimTime,
    days: i64,
    random: &mut Random,
) -> Option<SimTime> {
    let offset_s = random.range(600, 4 * HOUR_S);
    for day in ready.day()..days {
        let Some(shift) = host.shift(seed, day) else { continue };
        let at = shift.awake(ready.max(shift.from.plus_s(offset_s)));
        if at < shift.until.plus_s(-1_200) {
            return Some(at);
        }
    }
    None
}

/// Names of sites: invented, and a few that everybody knows.
fn sites(shelf: &mut Shelf) -> Vec<NameId> {
    let mut names = vec![
        "search.findwell.example".to_owned(),
        "news.daybreak.example".to_owned(),
        "github.com".to_owned(),
        "raw.githubusercontent.com".to_owned(),
        "storage.googleapis.com".to_owned(),
    ];
    let (first, second) = (SITE_FIRST, SITE_SECOND);
    names.extend(
        first
            .iter()
            .flat_map(|one| second.iter().map(move |two| format!("www.{one}{two}.example"))),
    );
    names.iter().map(|name| shelf.name(name)).collect()
}

/// Seconds from the end of an update to the next start of the program.
const RESTART_S: i64 = 75;
/// Every product is on so many hosts at least, if there are as many.
const MIN_HOSTS: usize = 3;

const SITE_FIRST: &[&str] = &[
    "lotus", "river", "bamboo", "market", "train", "city", "garden", "harbour", "tax", "bank",
    "school", "travel", "music", "sport", "kitchen", "photo", "forum", "law", "health", "weather",
];
const SITE_SECOND: &[&str] = &[
    "daily", "hub", "world", "online", "shop", "guide", "press", "forum", "portal", "point",
    "club", "life", "today", "view", "direct", "house", "link", "net", "place", "star",
];
