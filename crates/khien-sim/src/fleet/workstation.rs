//! A Windows workstation: runs processes and logs them through Sysmon.

use super::endpoint::{Contact, Endpoint, Plain};
use super::file_spec::{FileSpec, derived_digest};
use crate::calendar::SimTime;
use crate::format::sysmon::{self, Ends, Kind, Origin, Value, WinEvent};
use crate::random::{HEX_LOWER, Random};
use crate::record::SimFile;
use crate::tape::{Body, Tape};

/// What distinguishes one workstation from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    pub(crate) address: &'static str,
    pub(crate) user: &'static str,
    /// Last part of the user's SID.
    pub(crate) user_rid: u32,
    /// How far its clock is ahead of the sensor's, in microseconds.
    pub(crate) clock_ahead_us: i64,
    pub(crate) file: SimFile,
}

/// A running workstation.
#[derive(Debug)]
pub(crate) struct Workstation {
    pub(crate) profile: Profile,
    pub(crate) endpoint: Endpoint,
    /// Draws what differs from day to day; activities may use it too.
    pub(crate) random: Random,
    service_pid: u32,
    machine: String,
    started_processes: u16,
}

/// An account as a process token shows it.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) logon_guid: String,
    pub(crate) logon_id: u64,
    pub(crate) session: u32,
    pub(crate) integrity: &'static str,
}

/// Whom a process runs as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Account {
    /// The person who sits there.
    Person,
    NetworkService,
    System,
}

/// One process; clones share its identity.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) spec: FileSpec,
    pub(crate) image: String,
    pub(crate) command_line: String,
    pub(crate) directory: String,
    pub(crate) guid: String,
    pub(crate) pid: u32,
    pub(crate) user: User,
}

impl Workstation {
    pub(crate) fn new(seed: u64, profile: Profile) -> Self {
        let stream = |purpose: &str| Random::stream(seed, &format!("{} {purpose}", profile.name));
        let mut random = stream("host");
        let service_pid = pid(&mut random);
        Self {
            profile,
            endpoint: Endpoint::new(profile.address, stream("network")),
            random,
            service_pid,
            machine: derived_digest(&format!("{} machine", profile.name), HEX_LOWER, 8),
            started_processes: 0,
        }
    }

    /// Describes a process that has been running since before `at`; logs nothing.
    pub(crate) fn resident(
        &mut self,
        at: SimTime,
        spec: &FileSpec,
        command_line: &str,
        account: Account,
    ) -> Process {
        let image = spec.path_for(self.profile.user);
        let directory = match account {
            Account::Person => format!("C:\\Users\\{}\\", self.profile.user),
            Account::NetworkService | Account::System => "C:\\Windows\\system32\\".to_owned(),
        };
        let command_line = if command_line.is_empty() {
            format!("\"{image}\"")
        } else {
            command_line.replace("%U%", self.profile.user)
        };
        Process {
            spec: *spec,
            image,
            command_line,
            directory,
            guid: self.process_guid(at),
            pid: pid(&mut self.random),
            user: self.user(account),
        }
    }

    /// Starts a process (Sysmon 1). An empty command line stands for the quoted path.
    pub(crate) fn start(
        &mut self,
        tape: &mut Tape,
        at: SimTime,
        spec: &FileSpec,
        command_line: &str,
        (account, parent): (Account, &Process),
    ) -> Process {
        let process = self.resident(at, spec, command_line, account);
        self.log(tape, at, |utc| sysmon::process_created(utc, &process, parent));
        process
    }

    /// Ends a process (Sysmon 5).
    pub(crate) fn end(&mut self, tape: &mut Tape, at: SimTime, process: &Process) {
        self.log(tape, at, |utc| sysmon::process_ended(utc, process));
    }

    /// Loads a library (Sysmon 7).
    pub(crate) fn load(
        &mut self,
        tape: &mut Tape,
        at: SimTime,
        process: &Process,
        library: &FileSpec,
    ) {
        let path = library.path_for(self.profile.user);
        self.log(tape, at, |utc| sysmon::image_loaded(utc, process, &path, library));
    }

    /// Creates or overwrites a file (Sysmon 11); `%U%` in the path stands for the user.
    pub(crate) fn create_file(
        &mut self,
        tape: &mut Tape,
        at: SimTime,
        process: &Process,
        path: &str,
    ) {
        let path = path.replace("%U%", self.profile.user);
        self.log(tape, at, |utc| sysmon::file_created(utc, process, &path, utc));
    }

    /// Sets a registry value (Sysmon 13); `%SID%` in the key stands for the user's SID.
    pub(crate) fn set_registry(
        &mut self,
        tape: &mut Tape,
        at: SimTime,
        process: &Process,
        (key, details): (&str, &str),
    ) {
        let sid = format!("{DOMAIN_SID}-{}", self.profile.user_rid);
        let key = key.replace("%SID%", &sid);
        self.log(tape, at, |utc| sysmon::registry_set(utc, process, &key, details));
    }

    /// Talks to a service over TLS: Sysmon 22 and 3, and what the sensor sees.
    pub(crate) fn contact(&mut self, tape: &mut Tape, process: &Process, contact: &Contact) {
        let contacted = self.endpoint.contact(tape, contact);
        let service = contact.service;
        let mut results = String::new();
        if let Some(alias) = service.alias {
            results.push_str(&format!("type:  5 {alias};"));
        }
        for address in service.addresses {
            results.push_str(&format!("::ffff:{address};"));
        }
        self.log(tape, contacted.resolved, |utc| {
            sysmon::name_queried(utc, process, service.name, &results)
        });
        let ends = Ends {
            protocol: "tcp",
            source: (self.profile.address, contacted.port),
            destination: (contacted.address, service.port),
        };
        self.log(tape, contacted.connected, |utc| sysmon::connection(utc, process, &ends));
    }

    /// Opens a connection that needs no name: Sysmon 3, and what the sensor sees.
    pub(crate) fn connect(&mut self, tape: &mut Tape, process: &Process, plain: &Plain) {
        let port = self.endpoint.connect(tape, plain);
        let ends = Ends {
            protocol: plain.transport.lower(),
            source: (self.profile.address, port),
            destination: (plain.address, plain.port),
        };
        self.log(tape, plain.at, |utc| sysmon::connection(utc, process, &ends));
    }

    /// Logs an event of true time `at` by this machine's own clock, a little after it happened.
    fn log(
        &mut self,
        tape: &mut Tape,
        at: SimTime,
        describe: impl FnOnce(SimTime) -> (&'static Kind, Vec<(&'static str, Value)>),
    ) {
        let utc = at.plus_us(self.profile.clock_ahead_us);
        let logged = utc.plus_us(self.random.range(2_000, 21_000));
        let (kind, fields) = describe(utc);
        let thread_id = self.service_pid + 4 * u32::from(kind.id % 4) + 8;
        let origin =
            Origin { computer: self.profile.name, service_pid: self.service_pid, thread_id };
        tape.add(logged, self.profile.file, Body::Windows(WinEvent { origin, kind, fields }));
    }

    fn user(&self, account: Account) -> User {
        let (name, logon_id, session, integrity) = match account {
            Account::Person => (
                format!("{DOMAIN}\\{}", self.profile.user),
                0x0002_081b + 0x31 * u64::from(self.profile.user_rid),
                1,
                "Medium",
            ),
            Account::NetworkService => {
                ("NT AUTHORITY\\NETWORK SERVICE".to_owned(), 0x3e4, 0, "System")
            }
            Account::System => ("NT AUTHORITY\\SYSTEM".to_owned(), 0x3e7, 0, "System"),
        };
        User { logon_guid: self.logon_guid(logon_id), name, logon_id, session, integrity }
    }

    /// Builds a process GUID as Sysmon does: machine, start time, running number, boot number.
    fn process_guid(&mut self, at: SimTime) -> String {
        self.started_processes = self.started_processes.wrapping_add(1);
        let number = self.started_processes.wrapping_add(0x0120).swap_bytes();
        let seconds = at.plus_us(self.profile.clock_ahead_us).unix_s();
        format!(
            "{{{}-{:04x}-{:04x}-{number:04x}-000000000700}}",
            self.machine,
            seconds & 0xffff,
            (seconds >> 16) & 0xffff
        )
    }

    fn logon_guid(&self, logon_id: u64) -> String {
        let [a, b, c, d, e, f, g, h] = logon_id.to_le_bytes();
        let boot = BOOT_UNIX_S;
        format!(
            "{{{}-{:04x}-{:04x}-{a:02x}{b:02x}-{c:02x}{d:02x}{e:02x}{f:02x}{g:02x}{h:02x}}}",
            self.machine,
            boot & 0xffff,
            boot >> 16
        )
    }
}

fn pid(random: &mut Random) -> u32 {
    u32::try_from(random.range(300, 4_800) * 4).unwrap_or(4)
}

/// NetBIOS name of the organisation's domain.
const DOMAIN: &str = "LAMSON";
/// SID of that domain.
const DOMAIN_SID: &str = "S-1-5-21-2914507120-3306842219-1187340562";
/// When the workstations last started: the weekend before the scenario.
const BOOT_UNIX_S: i64 = 1_677_911_000;
