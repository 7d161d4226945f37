//! One host on one day: whatever happens there is noted for every source that would see it.

use std::collections::BTreeSet;

use super::draft::{Body, Deal, Draft, Inventory, Link, Mark, Proc};
use super::host::Host;
use super::product::{Delivery, Platform};
use super::shelf::{FileId, NameId, TextId};
use super::world::World;
use crate::calendar::SimTime;
use crate::random::Random;

/// Takes notes of one host's day.
pub(crate) struct Pen<'w, 'o> {
    pub(crate) world: &'w World,
    pub(crate) host: &'w Host,
    pub(crate) random: Random,
    pub(crate) mark: Mark,
    out: &'o mut Vec<Draft>,
    /// Names that were looked up, by hour.
    cached: BTreeSet<(i64, NameId)>,
    started: u16,
}

/// A wish to talk to a name or an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    pub(crate) name: NameId,
    pub(crate) up: i64,
    pub(crate) down: i64,
    pub(crate) label: u32,
}

impl<'w, 'o> Pen<'w, 'o> {
    pub(crate) fn new(world: &'w World, host: &'w Host, day: i64, out: &'o mut Vec<Draft>) -> Self {
        let keys = [7, host.index.into(), day.unsigned_abs(), 0];
        let random = Random::keyed(world.scenario.seed, keys);
        Self {
            world,
            host,
            random,
            mark: Mark::NONE,
            out,
            cached: BTreeSet::new(),
            started: 0x4000,
        }
    }

    /// A pen for planted acts, whose draws leave the host's own as they are.
    pub(crate) fn apart(&mut self, key: u64, day: i64) -> Pen<'w, '_> {
        let keys = [8, self.host.index.into(), day.unsigned_abs(), key];
        let random = Random::keyed(self.world.scenario.seed, keys);
        let started = 0x8000 + u16::try_from(key % 64 * 256).unwrap_or(0);
        Pen {
            world: self.world,
            host: self.host,
            random,
            mark: Mark::NONE,
            out: self.out,
            cached: BTreeSet::new(),
            started,
        }
    }

    /// A process that has an identity by its start and number alone.
    pub(crate) fn process(
        &self,
        (file, command): (FileId, TextId),
        started: SimTime,
        number: u16,
        person: bool,
    ) -> Proc {
        let keys = [9, self.host.index.into(), started.unix_s().unsigned_abs(), number.into()];
        let mut random = Random::keyed(self.world.scenario.seed, keys);
        let pid = u32::try_from(random.range(300, 8_000) * 4).unwrap_or(4);
        Proc { file, command, started, pid, number, person }
    }

    /// A program of the operating system that has been running since the host started.
    pub(crate) fn resident(&self, file: FileId, day: i64, person: bool) -> Proc {
        let started = SimTime::on_day(day - day.rem_euclid(7), 60);
        self.process((file, self.world.residents.nothing), started, 7, person)
    }

    /// Starts a child process and returns it.
    pub(crate) fn start(
        &mut self,
        at: SimTime,
        program: (FileId, TextId),
        person: bool,
        parent: &Proc,
    ) -> Proc {
        self.started = self.started.wrapping_add(1);
        let process = self.process(program, at, self.started, person);
        self.begin(at, process, parent);
        process
    }

    /// Notes the start of a process that the caller has named.
    pub(crate) fn begin(&mut self, at: SimTime, process: Proc, parent: &Proc) {
        self.endpoint(at, Body::Start { process, parent: *parent });
    }

    pub(crate) fn end(&mut self, at: SimTime, process: &Proc) {
        if self.host.platform != Platform::Linux {
            self.endpoint(at, Body::End { process: *process });
        }
    }

    pub(crate) fn load(&mut self, at: SimTime, process: &Proc, file: FileId) {
        if self.host.platform == Platform::Windows {
            self.endpoint(at, Body::Load { process: *process, file });
        }
    }

    pub(crate) fn file(&mut self, at: SimTime, process: &Proc, path: TextId, deal: Deal) {
        // Sysmon sees neither reads nor changes of rights, and deletions only when told to.
        if self.host.platform == Platform::Macos || deal == Deal::Create {
            let number = u32::try_from(self.random.range(1_000, 99_999)).unwrap_or(0);
            self.endpoint(at, Body::File { process: *process, path, number, deal });
        }
    }

    pub(crate) fn registry(&mut self, at: SimTime, process: &Proc, (key, value): (TextId, TextId)) {
        if self.host.platform == Platform::Windows {
            self.endpoint(at, Body::Registry { process: *process, key, value });
        }
    }

    pub(crate) fn listen(&mut self, at: SimTime, process: &Proc, port: u16) {
        self.endpoint(at, Body::Listen { process: *process, port });
    }

    /// What an inventory says of what is there.
    pub(crate) fn in_stock(&mut self, at: SimTime, delivery: Delivery, file: FileId) {
        let kind = Inventory::of(delivery);
        self.endpoint(at, Body::Inventory { file, kind, added: true });
    }

    /// What inventories and the installer say of a product that comes.
    pub(crate) fn arrived(&mut self, at: SimTime, delivery: Delivery, file: FileId) {
        if delivery == Delivery::Msi {
            self.endpoint(at, Body::Installer { file, id: 1033 });
            self.endpoint(at.plus_ms(40), Body::Installer { file, id: 1042 });
        }
        let asked = at.plus_s(self.random.range(60, 1_500));
        self.in_stock(asked, delivery, file);
    }

    /// What inventories and the installer say of a change of release.
    pub(crate) fn installed(&mut self, at: SimTime, delivery: Delivery, old: FileId, new: FileId) {
        let kind = Inventory::of(delivery);
        if delivery == Delivery::Msi {
            self.endpoint(at, Body::Installer { file: new, id: 1033 });
            self.endpoint(at.plus_ms(40), Body::Installer { file: new, id: 1042 });
        }
        let asked = at.plus_s(self.random.range(60, 1_500));
        self.endpoint(asked, Body::Inventory { file: old, kind, added: false });
        self.endpoint(asked, Body::Inventory { file: new, kind, added: true });
    }

    /// Looks the name up if it has one, and connects: what the host and the sensor see of it.
    pub(crate) fn contact(&mut self, at: SimTime, process: &Proc, talk: &Talk) {
        let entry = self.world.shelf.name_of(talk.name);
        let name = match entry.moves {
            // Not everybody on the same minute: names are cached.
            Some((from, to)) if at >= from.plus_s(i64::from(self.host.index % 40) * 90) => to,
            _ => talk.name,
        };
        let entry = self.world.shelf.name_of(name);
        let is_internal = entry.address.starts_with("10.");
        let link = Link {
            name,
            up: u32::try_from(talk.up + self.random.range(0, 200)).unwrap_or(0),
            down: u32::try_from(talk.down + self.random.range(0, 2_000)).unwrap_or(0),
            lasting_ms: u32::try_from(self.random.range(180, 40_000)).unwrap_or(0),
            uid: self.random.bits(),
            label: talk.label,
            source_port: u16::try_from(self.random.range(49_152, 65_536)).unwrap_or(u16::MAX),
            proxied: self.host.proxied && !is_internal,
        };
        let named = !entry.name.is_empty();
        if named && !link.proxied {
            let hour = at.unix_s() / 3_600;
            if talk.label != 0 || self.cached.insert((hour, name)) {
                self.sensor(at, Body::ZeekDns { link }, Body::EveDns { link });
            }
            if self.host.platform == Platform::Windows {
                self.endpoint(at.plus_ms(9), Body::Query { process: *process, link });
            }
        }
        let connected = at.plus_ms(self.random.range(12, 60));
        self.sensor(connected, Body::ZeekConn { link }, Body::EveFlow { link });
        let shaken = connected.plus_ms(self.random.range(4, 40));
        if link.proxied {
            self.sensor(connected.plus_ms(2), Body::ZeekHttp { link }, Body::EveFlow { link });
        }
        if (named && entry.port != 80) || entry.port == 443 {
            self.sensor(shaken, Body::ZeekSsl { link }, Body::EveTls { link });
        } else if entry.port == 80 && !link.proxied {
            self.sensor(shaken, Body::ZeekHttp { link }, Body::EveFlow { link });
        }
        // A table of open sockets is asked now and then, not told of every one.
        if self.host.platform != Platform::Macos || self.random.chance(50) {
            self.endpoint(connected.plus_ms(1), Body::Connect { process: *process, link });
        }
    }

    /// One record by the host's own clock, unless it is lost.
    fn endpoint(&mut self, at: SimTime, body: Body) {
        let lost = self.random.range(0, 10_000) < self.host.lost_per_10k;
        let lag_ms = self.random.range(2, 21);
        if !self.world.scenario.sources.endpoint || lost {
            return;
        }
        let time = at.plus_us(self.host.clock_ahead_us).plus_ms(lag_ms);
        let lag_ms = u8::try_from(lag_ms).unwrap_or(0);
        self.out.push(Draft { time, host: self.host.index, lag_ms, mark: self.mark, body });
    }

    /// One record of each sensor, unless it is lost.
    fn sensor(&mut self, at: SimTime, zeek: Body, suricata: Body) {
        let lost = self.random.range(0, 1_000) < i64::from(self.world.scenario.lost_per_mille) / 4;
        if lost {
            return;
        }
        let sources = self.world.scenario.sources;
        let draft =
            |time, body| Draft { time, host: self.host.index, lag_ms: 0, mark: self.mark, body };
        if sources.zeek {
            self.out.push(draft(at, zeek));
        }
        match suricata {
            // A flow is told when it is forgotten, and once.
            Body::EveFlow { link } if sources.suricata && matches!(zeek, Body::ZeekConn { .. }) => {
                let ends = at.plus_ms(link.lasting_ms.into()).plus_s(61);
                self.out.push(draft(ends, suricata));
            }
            Body::EveFlow { .. } => {}
            _ if sources.suricata => self.out.push(draft(at, suricata)),
            _ => {}
        }
    }
}
