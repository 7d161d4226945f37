//! One workstation with its person and its softphone.

use super::DAYS;
use super::product::{Product, Release};
use crate::calendar::{DAY_S, HOUR_S, SimTime, is_workday};
use crate::fleet::endpoint::Contact;
use crate::fleet::programs;
use crate::fleet::services::EXCHANGE;
use crate::fleet::workstation::{Account, Process, Profile, Workstation};
use crate::format::traffic::{CHROMIUM, SCHANNEL};
use crate::manifest::Step;
use crate::random::Random;
use crate::record::{FileKind, SimFile};
use crate::tape::{Mark, Tape};

/// Who sits where, when the machine is on, and whether the update arrives.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) profile: Profile,
    pub(crate) presence: Presence,
    pub(crate) updates_on_day: Option<i64>,
    /// Browser histories are copied and a shell is started on this one, if there is an incident.
    pub(crate) chosen: bool,
}

/// When a machine is on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Presence {
    DayAndNight,
    OfficeHours,
}

/// A workstation at work.
pub(crate) struct Desk<'a> {
    pub(crate) seed: u64,
    pub(crate) plan: &'static Plan,
    pub(crate) product: &'static Product,
    pub(crate) tape: &'a mut Tape,
    pub(crate) station: Workstation,
    pub(crate) residents: Residents,
    runs: Vec<Run>,
    updated: Option<SimTime>,
}

/// Processes that run as long as the machine does.
pub(crate) struct Residents {
    pub(crate) explorer: Process,
    pub(crate) service_host: Process,
    /// The service host of group policy.
    pub(crate) policy_host: Process,
    pub(crate) lsass: Process,
    pub(crate) spooler: Process,
    pub(crate) kernel: Process,
    pub(crate) defender: Process,
    pub(crate) indexer: Process,
}

/// One run of the softphone, from start to end.
struct Run {
    from: SimTime,
    until: SimTime,
    main: Process,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        seed: u64,
        plan: &'static Plan,
        product: &'static Product,
        tape: &'a mut Tape,
    ) -> Self {
        let mut station = Workstation::new(seed, plan.profile);
        let residents = Residents::new(&mut station);
        Self { seed, plan, product, tape, station, residents, runs: Vec::new(), updated: None }
    }

    /// Plays all days: the softphone first, then the office around it, then the incident.
    pub(crate) fn play(mut self) {
        self.run_softphone();
        for day in 0..DAYS {
            self.spend_day(day);
        }
        if let (Some(threat), Some(updated)) = (&self.product.threat, self.updated) {
            self.play_incident(threat, updated);
        }
    }

    /// Opens a stream of numbers for one purpose on this machine.
    pub(crate) fn stream(&self, purpose: &str) -> Random {
        Random::stream(self.seed, &format!("{} {purpose}", self.plan.profile.name))
    }

    /// Returns when the person comes and goes on `day`, if it is a working day.
    pub(crate) fn office_hours(&self, day: i64) -> Option<(SimTime, SimTime)> {
        let mut random = self.stream(&format!("hours {day}"));
        is_workday(day).then(|| {
            let comes = SimTime::on_day(day, 8 * HOUR_S + random.range(-900, 1_500));
            let goes = SimTime::on_day(day, 17 * HOUR_S + random.range(1_200, 4_200));
            (comes, goes)
        })
    }

    /// Returns the softphone's main process at `at`, if it runs then.
    pub(crate) fn softphone_at(&self, at: SimTime) -> Option<Process> {
        self.runs
            .iter()
            .find(|run| run.from.plus_s(20) <= at && at < run.until)
            .map(|run| run.main.clone())
    }

    /// Builds the mark of a planted step; `None` in a benign variant.
    pub(crate) fn mark(&self, step: Step, what: impl Into<String>) -> Option<Mark> {
        self.product.threat.as_ref().map(|_| Mark {
            host: self.plan.profile.name,
            step,
            what: what.into(),
        })
    }

    /// Plays the softphone's runs over all days, the update included.
    fn run_softphone(&mut self) {
        let mut random = self.stream("softphone");
        let update = self.plan.updates_on_day.map(|day| {
            SimTime::on_day(day, 10 * HOUR_S + random.range(-900, 1_800))
                .plus_ms(random.range(0, 999))
        });
        let mut release = &self.product.old;
        for (from, until) in self.softphone_sessions() {
            let first_start = from < SimTime::on_day(0, 0);
            let main = self.start_softphone(from, release, first_start);
            match update.filter(|at| from < *at && *at < until) {
                None => self.finish_run(from, until, main),
                Some(at) => {
                    let restart = self.update_softphone(at, &main);
                    self.finish_run(from, restart.plus_s(-2), main);
                    release = &self.product.new;
                    let main = self.start_softphone(restart, release, false);
                    self.write_timer_file(restart.plus_s(41), &main, "first run of the release");
                    self.finish_run(restart, until, main);
                    self.updated = Some(at);
                }
            }
        }
    }

    /// Lists when the softphone is started and stopped: with the machine, or every Monday.
    fn softphone_sessions(&self) -> Vec<(SimTime, SimTime)> {
        match self.plan.presence {
            Presence::OfficeHours => (0..DAYS)
                .filter_map(|day| self.office_hours(day))
                .map(|(comes, goes)| (comes.plus_s(55), goes.plus_s(-70)))
                .collect(),
            Presence::DayAndNight => {
                let mut starts = vec![SimTime::on_day(-2, 9 * HOUR_S)];
                starts.extend(
                    (1..DAYS)
                        .filter(|day| day % 7 == 0)
                        .filter_map(|day| self.office_hours(day))
                        .map(|(comes, _)| comes.plus_s(90)),
                );
                let end = SimTime::on_day(DAYS, 0);
                let stops = starts.iter().skip(1).map(|next| next.plus_s(-40));
                let stops: Vec<SimTime> = stops.chain([end]).collect();
                starts.into_iter().zip(stops).collect()
            }
        }
    }

    fn finish_run(&mut self, from: SimTime, until: SimTime, main: Process) {
        if until < SimTime::on_day(DAYS, 0) {
            self.station.end(self.tape, until, &main);
        }
        self.runs.push(Run { from, until, main });
    }

    /// Starts the softphone: main, graphics and window processes, and the libraries they load.
    fn start_softphone(&mut self, at: SimTime, release: &Release, before_log: bool) -> Process {
        let application = &release.application;
        let person = Account::Person;
        if before_log {
            return self.station.resident(at, application, "", person);
        }
        let altered = release.version == self.product.new.version;
        let run = self.mark(Step::AlteredRun, format!("release {} runs", release.version));
        let load = self.mark(Step::SideLoad, "altered library loaded, signature valid");
        let (run, load) = if altered { (run, load) } else { (None, None) };
        let quietly = altered && self.product.threat.is_some();
        let (station, explorer) = (&mut self.station, &self.residents.explorer);
        let (main, graphics) = self.tape.plant(run, |tape| {
            let main = station.start(tape, at, application, "", (person, explorer));
            let helper = |kind: &str| {
                format!(
                    "\"{}\" --type={kind} --user-data-dir=\"{}\" --lang=en-US /prefetch:2",
                    main.image,
                    self.product.data_folder.trim_end_matches('\\')
                )
            };
            let graphics = helper("gpu-process");
            let graphics =
                station.start(tape, at.plus_ms(640), application, &graphics, (person, &main));
            let window = helper("renderer");
            station.start(tape, at.plus_ms(910), application, &window, (person, &main));
            (main, graphics)
        });
        self.tape.plant(load, |tape| {
            station.load(tape, at.plus_ms(180), &main, &release.media_library);
            if quietly {
                station.load(tape, at.plus_ms(260), &main, &release.shader_library);
            }
            station.load(tape, at.plus_ms(790), &graphics, &release.shader_library);
        });
        station.load(self.tape, at.plus_ms(330), &main, &programs::MEDIA_FOUNDATION);
        self.greet_servers(at.plus_s(3), &main);
        main
    }

    /// What every start brings: the exchange, the vendor's site, a log file.
    fn greet_servers(&mut self, at: SimTime, main: &Process) {
        let exchange = Contact {
            at,
            service: &EXCHANGE,
            client: &CHROMIUM,
            up_bytes: 4_120,
            down_bytes: 38_450,
            lasting_ms: 61_000,
        };
        self.station.contact(self.tape, main, &exchange);
        let vendor = Contact {
            at: at.plus_s(4),
            service: self.product.vendor,
            up_bytes: 1_310,
            down_bytes: 9_870,
            lasting_ms: 2_400,
            ..exchange
        };
        self.station.contact(self.tape, main, &vendor);
        let log = format!("{}logs\\main.log", self.product.data_folder);
        self.station.create_file(self.tape, at.plus_s(5), main, &log);
    }

    /// Plays the updater; returns when the new release starts.
    fn update_softphone(&mut self, at: SimTime, main: &Process) -> SimTime {
        let Product { new, program_folder, package_prefix, update_path, .. } = self.product;
        let what = format!("update to {} through the vendor's updater", new.version);
        let mark = self.mark(Step::AlteredUpdate, what);
        let station = &mut self.station;
        self.tape.plant(mark, |tape| {
            let url = format!("{update_path}{}", new.version);
            let command = format!("\"{}\" --update {url}", new.updater.path);
            let updater = station.start(tape, at, &new.updater, &command, (Account::Person, main));
            let download = Contact {
                at: at.plus_s(1),
                service: &EXCHANGE,
                client: &SCHANNEL,
                up_bytes: 186_400,
                down_bytes: 101_274_112,
                lasting_ms: 48_300,
            };
            station.contact(tape, &updater, &download);
            let unpacked = at.plus_s(52);
            let files = [
                format!("packages\\{package_prefix}{}-full.nupkg", new.version),
                "packages\\RELEASES".to_owned(),
                format!("app\\{}", new.application.file_name()),
                "app\\ffmpeg.dll".to_owned(),
                "app\\d3dcompiler_47.dll".to_owned(),
                "app\\resources\\app.asar".to_owned(),
            ];
            for (offset_ms, file) in (0..).step_by(340).zip(&files) {
                let path = format!("{program_folder}{file}");
                station.create_file(tape, unpacked.plus_ms(offset_ms), &updater, &path);
            }
            let key = format!("{UNINSTALL}{}\\DisplayVersion", self.product.uninstall_key);
            station.set_registry(tape, unpacked.plus_s(4), &updater, (&key, new.version));
            station.end(tape, unpacked.plus_s(9), &updater);
        });
        at.plus_s(59)
    }

    /// The altered release writes its timer file into its own program folder.
    pub(crate) fn write_timer_file(&mut self, at: SimTime, main: &Process, when: &str) {
        let mark = self.mark(Step::TimerFile, format!("timer file in the program folder, {when}"));
        if mark.is_none() {
            return;
        }
        let path = format!("{}app\\manifest", self.product.program_folder);
        let station = &mut self.station;
        self.tape.plant(mark, |tape| station.create_file(tape, at, main, &path));
    }
}

impl Residents {
    fn new(station: &mut Workstation) -> Self {
        let boot = SimTime::on_day(0, 0).plus_s(-2 * DAY_S + 600);
        let mut system =
            |spec, command: &str| station.resident(boot, spec, command, Account::System);
        let service_host =
            system(&programs::SVCHOST, "C:\\Windows\\system32\\svchost.exe -k netsvcs -p");
        let policy_host =
            system(&programs::SVCHOST, "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s gpsvc");
        let lsass = system(&programs::LSASS, "C:\\Windows\\system32\\lsass.exe");
        let spooler = system(&programs::SPOOLER, "C:\\Windows\\System32\\spoolsv.exe");
        let mut kernel = system(&programs::SYSTEM, "System");
        kernel.pid = 4;
        let defender = system(&programs::DEFENDER, "");
        let indexer = system(
            &programs::SEARCH_INDEXER,
            "C:\\Windows\\system32\\SearchIndexer.exe /Embedding",
        );
        let shell = "C:\\Windows\\Explorer.EXE";
        let explorer =
            station.resident(boot.plus_s(60), &programs::EXPLORER, shell, Account::Person);
        Self { explorer, policy_host, service_host, lsass, spooler, kernel, defender, indexer }
    }
}

/// The workstations; none of these people exists.
pub(crate) static DESKS: [Plan; 3] = [
    Plan {
        profile: Profile {
            name: "HCM-ACC-07",
            address: "10.20.30.107",
            user: "linh.tran",
            user_rid: 1107,
            clock_ahead_us: 38_000,
            file: SimFile::new(FileKind::SysmonEvtxJson, "HCM-ACC-07/sysmon.jsonl"),
        },
        presence: Presence::DayAndNight,
        updates_on_day: Some(10),
        chosen: true,
    },
    Plan {
        profile: Profile {
            name: "HCM-ACC-08",
            address: "10.20.30.108",
            user: "minh.pham",
            user_rid: 1108,
            clock_ahead_us: 1_840_000,
            file: SimFile::new(FileKind::WinlogbeatSysmon, "HCM-ACC-08/winlogbeat.jsonl"),
        },
        presence: Presence::OfficeHours,
        updates_on_day: Some(11),
        chosen: false,
    },
    Plan {
        profile: Profile {
            name: "HCM-SAL-03",
            address: "10.20.30.203",
            user: "huong.le",
            user_rid: 1203,
            clock_ahead_us: -260_000,
            file: SimFile::new(FileKind::NxlogSysmon, "HCM-SAL-03/nxlog.json.gz"),
        },
        presence: Presence::OfficeHours,
        updates_on_day: None,
        chosen: false,
    },
];

const UNINSTALL: &str = "HKU\\%SID%\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\";
