//! What one host does on one day.

use super::draft::Draft;
use super::draft::{Deal, Mark, Proc};
use super::host::{Host, Shift};
use super::incident::{self, Reach, State};
use super::pen::{Pen, Talk};
use super::plan::{Meeting, Release};
use super::product::{Delivery, Platform, Style};
use super::shelf::FileId;
use super::world::{Run, World};
use crate::calendar::SimTime;
use crate::random::Random;

/// Steps that belong to the delivery of an altered release and not to a script.
pub(crate) const ALTERED_UPDATE: u8 = 250;
pub(crate) const ALTERED_RUN: u8 = 251;
pub(crate) const SIDE_LOAD: u8 = 252;
/// A planted program starts again with the host.
pub(crate) const RESTART: u8 = 253;
/// The updater starts that carries a line out.
pub(crate) const UPDATER: u8 = 254;

/// Plays one day of one host; `states` are its incidents.
pub(crate) fn play(
    world: &World,
    host: &Host,
    day: i64,
    states: &mut [(u8, State)],
    out: &mut Vec<Draft>,
) {
    let Some(shift) = host.shift(world.scenario.seed, day) else { return };
    let mut pen = Pen::new(world, host, day, out);
    if (0..day).all(|earlier| host.shift(world.scenario.seed, earlier).is_none()) {
        take_stock(&mut pen, shift.from);
    }
    for product in 0..world.plans.len() {
        if world.is_played(host, product, day) {
            for run in world.runs(host, product, day, &shift) {
                play_run(&mut pen, product, &run, (day, &shift));
            }
        }
        let takes = host.takes.get(product).and_then(Option::as_ref);
        let first = takes.and_then(|takes| takes.first());
        if let Some((at, release)) = first.filter(|(at, _)| at.day() == day) {
            play_arrival(&mut pen, product, *release, (*at, day));
        }
        for pair in takes.into_iter().flat_map(|takes| takes.windows(2)) {
            if let [(_, old), (at, new)] = pair
                && at.day() == day
            {
                play_update(&mut pen, product, (*old, *new), (*at, day));
            }
        }
    }
    for (number, state) in states {
        let key = world.key_of(*number);
        incident::play_day(&mut pen.apart(key, day), *number, state, (day, &shift));
    }
}

impl World {
    /// Names an incident's draws, whichever others are played.
    pub(crate) fn key_of(&self, incident: u8) -> u64 {
        self.incidents.get(usize::from(incident)).map_or(0, |plan| plan.case.incident as u64)
    }

    /// Whether a program's day is among those that the volume wants.
    fn is_played(&self, host: &Host, product: usize, day: i64) -> bool {
        let percent = self.scenario.volume.days_percent();
        let keys = [13, host.index.into(), day.unsigned_abs(), product as u64];
        percent >= 100
            || self.incidents.iter().any(|incident| incident.product == product)
            || Random::keyed(self.scenario.seed, keys).chance(percent)
    }

    /// The incident whose altered release this is on this host.
    pub(crate) fn incident_of(&self, host: &Host, product: usize, release: usize) -> Option<u8> {
        let number = self.altered.get(&(host.index, product))?;
        let plan = self.incidents.get(usize::from(*number))?;
        plan.releases.iter().any(|(altered, _)| *altered == release).then_some(*number)
    }

    /// The file as this host has it: altered where the release is.
    fn file_on(
        &self,
        host: &Host,
        (product, release): (usize, usize),
        file: FileId,
    ) -> (FileId, Mark) {
        let Some(number) = self.incident_of(host, product, release) else {
            return (file, Mark::NONE);
        };
        let plan = &self.incidents[usize::from(number)];
        let swaps = plan.releases.iter().filter(|(altered, _)| *altered == release);
        let swap = swaps.flat_map(|(_, files)| files).find(|(honest, _)| *honest == file);
        match swap {
            Some((_, altered)) => (*altered, Mark { incident: number, step: SIDE_LOAD }),
            None => (file, Mark::NONE),
        }
    }

    /// The main program's process at a time, if it runs then.
    pub(crate) fn main_process(
        &self,
        pen: &Pen<'_, '_>,
        product: usize,
        at: SimTime,
        day: i64,
    ) -> Option<Proc> {
        let shift = pen.host.shift(self.scenario.seed, day)?;
        let runs = self.runs(pen.host, product, day, &shift);
        let run = runs.into_iter().find(|run| run.from <= at && at < run.until)?;
        Some(self.process_of(pen, product, &run))
    }

    fn process_of(&self, pen: &Pen<'_, '_>, product: usize, run: &Run) -> Proc {
        let habits = &self.release(product, run.release).habits;
        let (file, _) = self.file_on(pen.host, (product, run.release), habits.main);
        let person = self.plans[product].product.style != Style::Service;
        pen.process((file, habits.command), run.started, run.number, person)
    }

    /// Who starts the updater, and whether as the person.
    pub(crate) fn updater_parent(
        &self,
        pen: &Pen<'_, '_>,
        product: usize,
        at: SimTime,
        day: i64,
    ) -> (Proc, bool) {
        let residents = &self.residents;
        match self.plans[product].product.delivery {
            Delivery::Helper(_) | Delivery::Squirrel => {
                let main = self.main_process(pen, product, at, day);
                (main.unwrap_or_else(|| pen.resident(residents.explorer, day, true)), true)
            }
            Delivery::Msi => (pen.resident(residents.services, day, false), false),
            Delivery::Updater(_) => (pen.resident(residents.scheduler, day, false), false),
            Delivery::Bundle => (pen.resident(residents.launchd, day, false), true),
            Delivery::Deb | Delivery::Npm | Delivery::Rpm => {
                (pen.resident(residents.systemd, day, false), false)
            }
        }
    }

    /// What starts a person's programs.
    pub(crate) fn shell_of(&self, platform: Platform) -> FileId {
        match platform {
            Platform::Windows => self.residents.explorer,
            Platform::Macos => self.residents.launchd,
            Platform::Linux => self.residents.systemd,
        }
    }
}

/// The first inventory that a host sends: all that is installed.
fn take_stock(pen: &mut Pen<'_, '_>, from: SimTime) {
    let world = pen.world;
    for (product, plan) in world.plans.iter().enumerate() {
        if let Some(release) = world.release_at(pen.host, product, from) {
            let main = world.release(product, release).habits.main;
            pen.in_stock(from.plus_s(45), plan.product.delivery, main);
        }
    }
}

/// One run of a main program: start, libraries, children, contacts, files.
fn play_run(pen: &mut Pen<'_, '_>, product: usize, run: &Run, (day, shift): (i64, &Shift)) {
    let world = pen.world;
    let plan = &world.plans[product];
    let release = world.release(product, run.release);
    let main = world.process_of(pen, product, run);
    if run.started == run.from {
        start(pen, (product, run), release, (&main, day));
    }
    let length_s = run.until.seconds_since(run.from);
    let whole_s = shift.until.seconds_since(shift.from).max(1);
    let sessions = matches!(plan.product.style, Style::Sessions(_));
    for meeting in &release.habits.contacts {
        // A day's contacts fall on a day's runs, whatever their length.
        let parts = if sessions { 2 } else { whole_s.max(1) / length_s.max(1) };
        meet(pen, meeting, &main, (run, shift), parts.max(1));
    }
    for child in &release.habits.children {
        if pen.random.chance(child.percent) && length_s > 30 {
            let at = shift.moment(&mut pen.random, run.from.plus_s(4), run.until);
            let started = pen.start(at, (child.file, child.command), main.person, &main);
            let lasting_s = pen.random.range(2, 900);
            pen.end(at.plus_s(lasting_s), &started);
        }
    }
    for path in &release.habits.writes {
        if pen.random.chance(70) {
            let at = shift.moment(&mut pen.random, run.from.plus_s(5), run.until);
            pen.file(at, &main, *path, Deal::Create);
        }
    }
    if let Some(command) = release.habits.check_command
        && pen.random.chance(16)
    {
        let at = shift.moment(&mut pen.random, run.from.plus_s(20), run.until);
        check_for_update(pen, product, release, (command, at, day));
    }
    if plan.product.browses {
        browse(pen, &main, run, shift);
    }
    if sessions || run.until < shift.until {
        pen.end(run.until, &main);
    }
}

fn start(
    pen: &mut Pen<'_, '_>,
    (product, run): (usize, &Run),
    release: &Release,
    (main, day): (&Proc, i64),
) {
    let world = pen.world;
    let parent = match (pen.host.platform, main.person) {
        (Platform::Windows, false) => pen.resident(world.residents.services, day, false),
        (platform, person) => pen.resident(world.shell_of(platform), day, person),
    };
    let incident = world.incident_of(pen.host, product, run.release);
    let swaps = incident
        .is_some_and(|number| !world.incidents[usize::from(number)].case.altered.is_empty());
    if let Some(incident) = incident.filter(|_| swaps) {
        pen.mark = Mark { incident, step: ALTERED_RUN };
    }
    pen.begin(run.from, *main, &parent);
    for (offset_ms, file) in (60..).step_by(35).zip(&release.habits.loads) {
        let (file, mark) = world.file_on(pen.host, (product, run.release), *file);
        pen.mark = mark;
        pen.load(run.from.plus_ms(offset_ms), main, file);
    }
    pen.mark = Mark::NONE;
    for port in &release.habits.listens {
        let at = run.from.plus_s(pen.random.range(20, 900));
        pen.listen(at, main, *port);
    }
}

fn meet(
    pen: &mut Pen<'_, '_>,
    meeting: &Meeting,
    main: &Proc,
    (run, shift): (&Run, &Shift),
    parts: i64,
) {
    let rare = meeting.rare_per_mille;
    if rare > 0 && pen.random.range(0, 1_000) >= rare {
        return;
    }
    let talk = |random: &mut Random| Talk {
        name: meeting.name,
        up: random.range(600, 9_000),
        down: random.range(2_000, 220_000),
        label: 0,
    };
    if meeting.at_start && run.started == run.from {
        let at = run.from.plus_s(pen.random.range(2, 40)).plus_ms(pen.random.range(0, 999));
        let talk = talk(&mut pen.random);
        pen.contact(at, main, &talk);
    }
    if meeting.period_s > 0 {
        // From the process's start on, also over the days that it runs.
        let past_s = run.from.seconds_since(run.started).rem_euclid(meeting.period_s);
        let mut at = run.from.plus_s(meeting.period_s - past_s);
        while at < run.until {
            let jitter_ms = pen.random.range(0, meeting.period_s * 20);
            let talk = Talk { up: 900, down: 1_400, ..talk(&mut pen.random) };
            pen.contact(shift.awake(at.plus_ms(jitter_ms)), main, &talk);
            at = at.plus_s(meeting.period_s);
        }
    }
    let tenths = pen.world.scenario.volume.of(meeting.tenths, 5);
    let count = (tenths / parts / 2 + pen.random.range(0, 10)) / 10;
    for _ in 0..count {
        let at = shift.moment(&mut pen.random, run.from.plus_s(3), run.until);
        let talk = talk(&mut pen.random);
        pen.contact(at, main, &talk);
    }
}

/// Sites of a person's choice: few of them often, most of them hardly ever.
fn browse(pen: &mut Pen<'_, '_>, main: &Proc, run: &Run, shift: &Shift) {
    let wanted = pen.random.range(1, 5);
    for _ in 0..pen.world.scenario.volume.of(wanted, 6) {
        let sites = &pen.world.sites;
        let total = i64::try_from(sites.len()).unwrap_or(1);
        let draw = |random: &mut Random| random.range(0, total);
        let rank = draw(&mut pen.random) * draw(&mut pen.random) / total;
        let rank = rank * draw(&mut pen.random) / total;
        let Some(name) = usize::try_from(rank).ok().and_then(|rank| sites.get(rank)) else {
            continue;
        };
        let at = shift.moment(&mut pen.random, run.from.plus_s(3), run.until);
        let talk =
            Talk { name: *name, up: 2_000, down: pen.random.range(8_000, 900_000), label: 0 };
        pen.contact(at, main, &talk);
    }
}

/// The updater looks, and finds nothing new.
fn check_for_update(
    pen: &mut Pen<'_, '_>,
    product: usize,
    release: &Release,
    (command, at, day): (u32, SimTime, i64),
) {
    let (parent, person) = pen.world.updater_parent(pen, product, at, day);
    let updater = pen.start(at, (release.habits.updater, command), person, &parent);
    let talk = Talk { name: release.habits.update_name, up: 700, down: 2_600, label: 0 };
    pen.contact(at.plus_s(1), &updater, &talk);
    pen.end(at.plus_s(4), &updater);
}

/// A product comes to a host that had none of it: its installer does what an update does.
fn play_arrival(pen: &mut Pen<'_, '_>, product: usize, release: usize, (at, day): (SimTime, i64)) {
    let world = pen.world;
    let delivery = world.plans[product].product.delivery;
    let habits = &world.release(product, release).habits;
    let explorer = pen.resident(world.residents.explorer, day, true);
    let (parent, program, person) = match delivery {
        Delivery::Msi => {
            let services = pen.resident(world.residents.services, day, false);
            (services, (habits.updater, habits.update_command), false)
        }
        _ => (explorer, habits.setup, true),
    };
    let installer = pen.start(at.plus_s(-48), program, person, &parent);
    for (offset_ms, path) in (0..).step_by(130).zip(&habits.installs) {
        pen.file(at.plus_s(-20).plus_ms(offset_ms), &installer, *path, Deal::Create);
    }
    pen.registry(at.plus_s(-12), &installer, habits.uninstall);
    if world.plans[product].product.style == Style::Logon {
        pen.registry(at.plus_s(-11), &installer, habits.run_key);
    }
    pen.arrived(at.plus_s(-10), delivery, habits.main);
    pen.end(at.plus_s(-6), &installer);
}

/// The update of a product: its updater fetches, writes, registers.
fn play_update(
    pen: &mut Pen<'_, '_>,
    product: usize,
    (old, new): (usize, usize),
    (at, day): (SimTime, i64),
) {
    let world = pen.world;
    let plan = &world.plans[product];
    let (before, release) = (world.release(product, old), world.release(product, new));
    if let Some(incident) = world.incident_of(pen.host, product, new) {
        let case = world.incidents[usize::from(incident)].case;
        if matches!(case.reach, Reach::All) {
            pen.mark = Mark { incident, step: ALTERED_UPDATE };
        }
    }
    let (parent, person) = world.updater_parent(pen, product, at.plus_s(-50), day);
    let habits = &release.habits;
    let program = (before.habits.updater, habits.update_command);
    let updater = pen.start(at.plus_s(-48), program, person, &parent);
    let size = pen.random.range(4_000_000, 90_000_000);
    let fetch = Talk { name: habits.update_name, up: 1_400, down: size, label: 0 };
    pen.contact(at.plus_s(-44), &updater, &fetch);
    for (offset_ms, path) in (0..).step_by(130).zip(&habits.installs) {
        let deal = match pen.host.platform {
            Platform::Macos => Deal::Rename,
            _ => Deal::Create,
        };
        pen.file(at.plus_s(-20).plus_ms(offset_ms), &updater, *path, deal);
    }
    pen.registry(at.plus_s(-12), &updater, habits.uninstall);
    if habits.starts_at_logon && !before.habits.starts_at_logon {
        pen.registry(at.plus_s(-11), &updater, habits.run_key);
    }
    let (main, _) = world.file_on(pen.host, (product, new), habits.main);
    pen.installed(at.plus_s(-10), plan.product.delivery, before.habits.main, main);
    pen.end(at.plus_s(-6), &updater);
    pen.mark = Mark::NONE;
}
