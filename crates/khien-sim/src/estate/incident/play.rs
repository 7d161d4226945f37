//! Plays the script of an incident on one host, day by day.

use super::case::{By, Deed};
use super::{IncidentPlan, Victim};
use crate::calendar::SimTime;
use crate::estate::day::{RESTART, UPDATER};
use crate::estate::draft::{Deal, Mark, Proc};
use crate::estate::host::Shift;
use crate::estate::pen::{Pen, Talk};
use crate::estate::plan::{Plan, system_key};
use crate::estate::product::Platform;
use crate::estate::shelf::{FileId, FileKey, NameId, Shelf, TextId};
use crate::estate::world::Run;
use crate::manifest::Step;
use crate::random::Random;

/// A line of a script with its numbers.
#[derive(Debug)]
pub(crate) struct Prepared {
    deed: Act,
    /// Program that acts, where the script names one.
    program: Option<(FileId, TextId)>,
    product: Option<usize>,
}

#[derive(Debug)]
enum Act {
    Child { program: (FileId, TextId), slot: Option<usize> },
    Contact { names: Vec<NameId>, up: i64, down: i64, labelled: bool },
    File { path: TextId, deal: Deal },
    Load { file: FileId },
    Scan { names: Vec<NameId> },
    Set { key: TextId, value: TextId },
}

pub(super) fn prepare(
    line: &super::case::Line,
    plan: &Plan,
    plans: &[Plan],
    shelf: &mut Shelf,
) -> Prepared {
    let platform = plan.product.platform;
    let mut file = |path: &str, deal| Act::File { path: shelf.text(path), deal };
    let deed = match line.deed {
        Deed::Write { path } => file(path, Deal::Create),
        Deed::Open { path } => file(path, Deal::Open),
        Deed::Unlink { path } => file(path, Deal::Unlink),
        Deed::Mode { path } => file(path, Deal::Mode),
        Deed::Contact { hosts, up, down } => {
            let names = hosts.iter().map(|host| shelf.place(host, &documentation(host), 443));
            Act::Contact { names: names.collect(), up, down, labelled: false }
        }
        Deed::Labels { domain } => {
            let names = vec![shelf.place(domain, &documentation(domain), 443)];
            Act::Contact { names, up: 300, down: 900, labelled: true }
        }
        Deed::Address { address, port, up, down } => {
            Act::Contact { names: vec![shelf.place("", address, port)], up, down, labelled: false }
        }
        Deed::Scan { port, count } => {
            let neighbour = |n: i64| format!("10.21.0.{}", 10 + n % 240);
            let names = (0..count).map(|n| shelf.place("", &neighbour(n), port)).collect();
            Act::Scan { names }
        }
        Deed::Load { path, signer } => {
            Act::Load { file: shelf.file(foreign(path, signer, platform)) }
        }
        Deed::Set { key, value } => Act::Set { key: shelf.text(key), value: shelf.text(value) },
        Deed::Child { path, arguments, signer, slot } => {
            let command = match platform {
                Platform::Windows => format!("\"{path}\" {arguments}"),
                _ => format!("{path} {arguments}"),
            };
            let file = shelf.file(foreign(path, signer, platform));
            Act::Child { program: (file, shelf.text(command.trim_end())), slot }
        }
    };
    let program = match line.by {
        By::System(path) => {
            let file = shelf.file(system_key(path.to_owned(), platform));
            Some((file, shelf.text(path)))
        }
        _ => None,
    };
    let product = match line.by {
        By::Product(key) => plans.iter().position(|plan| plan.product.key == key),
        _ => None,
    };
    Prepared { deed, program, product }
}

/// A well-known host keeps its address; every other name of a script gets a documentation one.
fn documentation(host: &str) -> String {
    match host {
        "raw.githubusercontent.com" => "185.199.108.133".to_owned(),
        "objects.githubusercontent.com" => "185.199.109.133".to_owned(),
        "api.github.com" => "20.205.243.168".to_owned(),
        _ => format!("203.0.113.{}", Random::stream(0, host).range(1, 255)),
    }
}

/// A file that belongs to no product of the fleet, or to the operating system.
fn foreign(path: &str, signer: &str, platform: Platform) -> FileKey {
    let key = system_key(path.to_owned(), platform);
    if signer.starts_with("Microsoft") || path.starts_with("/usr/bin/") {
        return key;
    }
    let made_by = if signer.is_empty() { "-" } else { signer };
    FileKey {
        version: "-".to_owned(),
        product: made_by.to_owned(),
        company: made_by.to_owned(),
        signer: signer.to_owned(),
        content: "planted".to_owned(),
        bundle: String::new(),
        ..key
    }
}

/// How far the script has come on one host.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) victim: Victim,
    /// Lines that are due: when, which, how often done.
    queue: Vec<(SimTime, usize, u32)>,
    /// The last place is the updater's.
    slots: [Option<Slot>; 3],
    /// When each step was first seen.
    pub(crate) firsts: Vec<(Step, SimTime)>,
    pub(crate) first_act: Option<SimTime>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    process: Proc,
    day: i64,
}

impl State {
    pub(crate) fn new(seed: u64, plan: &IncidentPlan, victim: Victim) -> Self {
        let mut state = Self {
            victim,
            queue: Vec::new(),
            slots: [None; 3],
            firsts: Vec::new(),
            first_act: None,
        };
        let mut random =
            Random::keyed(seed, [11, victim.host.into(), plan.case.incident as u64, 0]);
        state.enqueue(plan, 0, victim.taken, &mut random);
        state
    }

    /// Puts the next line that applies to this host into the queue.
    fn enqueue(&mut self, plan: &IncidentPlan, from: usize, at: SimTime, random: &mut Random) {
        let applies = |line: &super::case::Line| self.victim.rank < line.percent;
        let rest = plan.case.script.iter().enumerate().skip(from);
        if let Some((index, line)) = rest.into_iter().find(|(_, line)| applies(line)) {
            let (low, high) = line.after_s;
            self.queue.push((at.plus_s(random.range(low, high)), index, 0));
        }
    }

    fn note(&mut self, step: Step, at: SimTime, acts: bool) {
        if self.firsts.iter().all(|(known, _)| *known != step) {
            self.firsts.push((step, at));
        }
        if acts && self.first_act.is_none() {
            self.first_act = Some(at);
        }
    }
}

/// Plays what is due on one day.
pub(crate) fn play_day(
    pen: &mut Pen<'_, '_>,
    number: u8,
    state: &mut State,
    (day, shift): (i64, &Shift),
) {
    let world = pen.world;
    let plan = &world.incidents[usize::from(number)];
    let mut later = Vec::new();
    while let Some(at) = earliest(&state.queue) {
        let (due, index, times) = state.queue.swap_remove(at);
        let line = &plan.case.script[index];
        let Some(at) = chance(pen, plan, state, index, due, (day, shift)) else {
            later.push((due, index, times));
            continue;
        };
        pen.mark = Mark { incident: number, step: u8::try_from(index).unwrap_or(u8::MAX) };
        perform(pen, plan, state, index, (at, day));
        pen.mark = Mark::NONE;
        state.note(line.step, at, line.acts);
        if times == 0 || line.leads {
            state.enqueue(plan, index + 1, at, &mut pen.random);
        }
        if let Some(again) = line.again.filter(|again| times + 1 < again.times) {
            let jitter_s = again.every_s * again.jitter_percent / 100;
            let gap_s = again.every_s + pen.random.range(-jitter_s, jitter_s + 1);
            state.queue.push((
                at.plus_s(gap_s).plus_ms(pen.random.range(0, 999)),
                index,
                times + 1,
            ));
        }
    }
    state.queue = later;
}

/// The line that is due first; ties go to the earlier line.
fn earliest(queue: &[(SimTime, usize, u32)]) -> Option<usize> {
    (0..queue.len()).min_by_key(|at| (queue[*at].0, queue[*at].1))
}

/// When today the process that must act can; `None` when not today.
fn chance(
    pen: &Pen<'_, '_>,
    plan: &IncidentPlan,
    state: &State,
    index: usize,
    due: SimTime,
    (day, shift): (i64, &Shift),
) -> Option<SimTime> {
    let line = &plan.case.script[index];
    if state.victim.replaced.is_some_and(|replaced| due >= replaced) {
        return None;
    }
    let within = |from: SimTime, until: SimTime| {
        let at = shift.awake(due.max(from));
        (at < until).then_some(at)
    };
    match line.by {
        By::Main => altered_runs(pen, plan, day, shift)
            .into_iter()
            .find_map(|run| within(run.from.plus_s(8), run.until)),
        By::Product(_) => {
            let product = plan.lines[index].product?;
            let runs = pen.world.runs(pen.host, product, day, shift);
            runs.into_iter().find_map(|run| within(run.from.plus_s(8), run.until))
        }
        By::Slot(_) | By::System(_) | By::Updater => within(shift.from.plus_s(90), shift.until),
    }
}

fn altered_runs(pen: &Pen<'_, '_>, plan: &IncidentPlan, day: i64, shift: &Shift) -> Vec<Run> {
    let mut runs = pen.world.runs(pen.host, plan.product, day, shift);
    runs.retain(|run| plan.releases.iter().any(|(release, _)| *release == run.release));
    runs
}

fn perform(
    pen: &mut Pen<'_, '_>,
    plan: &IncidentPlan,
    state: &mut State,
    index: usize,
    (at, day): (SimTime, i64),
) {
    let prepared = &plan.lines[index];
    let Some(process) = actor(pen, plan, state, index, (at, day)) else { return };
    match &prepared.deed {
        Act::Child { program, slot } => {
            let started = pen.start(at, *program, process.person, &process);
            match slot.and_then(|slot| state.slots.get_mut(slot)) {
                Some(place) => *place = Some(Slot { process: started, day }),
                None => {
                    let lasting_ms = pen.random.range(90, 2_400);
                    pen.end(at.plus_ms(lasting_ms), &started);
                }
            }
        }
        Act::Contact { names, up, down, labelled } => {
            let which = match pen.random.range(0, 100) {
                0..62 => 0,
                62..86 => 1,
                _ => 2,
            };
            let Some(name) = names.get(which % names.len().max(1)) else { return };
            let label = if *labelled { pen.random.range(1, 1 << 30) } else { 0 };
            let label = u32::try_from(label).unwrap_or(1);
            pen.contact(at, &process, &Talk { name: *name, up: *up, down: *down, label });
        }
        Act::File { path, deal } => pen.file(at, &process, *path, *deal),
        Act::Load { file } => pen.load(at, &process, *file),
        Act::Scan { names } => {
            for (offset, name) in (0..).step_by(700).zip(names) {
                let talk = Talk { name: *name, up: 120, down: 0, label: 0 };
                pen.contact(at.plus_ms(offset), &process, &talk);
            }
        }
        Act::Set { key, value } => pen.registry(at, &process, (*key, *value)),
    }
}

/// The process that acts; starts it where it does not run.
fn actor(
    pen: &mut Pen<'_, '_>,
    plan: &IncidentPlan,
    state: &mut State,
    index: usize,
    (at, day): (SimTime, i64),
) -> Option<Proc> {
    let world = pen.world;
    let prepared = &plan.lines[index];
    match plan.case.script[index].by {
        By::Main => world.main_process(pen, plan.product, at, day),
        By::Product(_) => world.main_process(pen, prepared.product?, at, day),
        By::System(_) => Some(pen.process(prepared.program?, SimTime::on_day(day, 61), 9, false)),
        By::Updater => {
            if let Some(slot) = state.slots[2].filter(|slot| slot.day == day) {
                return Some(slot.process);
            }
            let habits = &world.release(plan.product, state.victim.release).habits;
            let program = (habits.updater, habits.update_command);
            let (parent, person) = world.updater_parent(pen, plan.product, at, day);
            let mark = std::mem::replace(&mut pen.mark.step, UPDATER);
            let process = pen.start(at.plus_s(-2), program, person, &parent);
            pen.mark.step = mark;
            state.slots[2] = Some(Slot { process, day });
            Some(process)
        }
        By::Slot(slot) => {
            let slot = state.slots.get_mut(slot)?.as_mut()?;
            if slot.day != day && !pen.host.always_on {
                // It starts with the host again; how, an earlier line said.
                let (person, residents) = (slot.process.person, &world.residents);
                let file = match (person, pen.host.platform) {
                    (false, Platform::Windows) => residents.services,
                    (_, platform) => world.shell_of(platform),
                };
                let parent = pen.resident(file, day, person);
                let program = (slot.process.file, slot.process.command);
                let mark = std::mem::replace(&mut pen.mark.step, RESTART);
                slot.process = pen.start(at.plus_s(-20), program, person, &parent);
                pen.mark.step = mark;
                slot.day = day;
            }
            Some(slot.process)
        }
    }
}
