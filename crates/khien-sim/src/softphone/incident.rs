//! The planted steps after the sleep: lines of text that say what an implant was seen to do.
//!
//! Order and timing follow the public accounts of the 3CX case: seven days of silence counted
//! from the update on that machine, a first contact to a public code-hosting site, then contacts
//! to command hosts about once an hour. Few machines get more than that; here, one.

use super::DAYS;
use super::desk::Desk;
use super::product::Threat;
use crate::calendar::{DAY_S, HOUR_S, SimTime};
use crate::fleet::endpoint::Contact;
use crate::fleet::programs;
use crate::fleet::services::CODE_HOSTING;
use crate::fleet::workstation::{Account, Process};
use crate::format::traffic::SCHANNEL;
use crate::manifest::Step;
use crate::random::Random;

impl Desk<'_> {
    /// Plays what happens after the sleep on a machine that was updated at `updated`.
    pub(crate) fn play_incident(&mut self, threat: &Threat, updated: SimTime) {
        let mut random = self.stream("incident");
        let wakes = updated.plus_s(SLEEP_S + random.range(90, 900)).plus_ms(random.range(0, 999));
        let Some(main) = self.softphone_at(wakes) else { return };
        self.write_timer_file(wakes, &main, "after the sleep");
        let beacons_from = self.fetch_instructions(wakes.plus_s(2), &main, &mut random);
        self.call_home(threat, beacons_from, &mut random);
        if self.plan.chosen {
            let theft = SimTime::on_day(wakes.day() + 1, 11 * HOUR_S + random.range(0, 1_800));
            self.copy_histories(threat, theft);
            let shell = SimTime::on_day(THIRD_MONDAY, 14 * HOUR_S + random.range(0, 3_600));
            self.start_shell(shell);
        }
    }

    /// First contacts: a legitimate site that this application never talked to before.
    fn fetch_instructions(&mut self, at: SimTime, main: &Process, random: &mut Random) -> SimTime {
        let mut at = at;
        for _ in 0..2 {
            let mark = self
                .mark(Step::DeadDrop, format!("{} contacted by the softphone", CODE_HOSTING.name));
            let contact = Contact {
                at,
                service: &CODE_HOSTING,
                client: &SCHANNEL,
                up_bytes: random.range(620, 760),
                down_bytes: random.range(9_000, 11_500),
                lasting_ms: random.range(300, 900),
            };
            let station = &mut self.station;
            self.tape.plant(mark, |tape| station.contact(tape, main, &contact));
            at = at.plus_s(random.range(40, 130));
        }
        at.plus_s(random.range(20, 60))
    }

    /// Contacts about once an hour while the softphone runs; mostly one host, sometimes another.
    fn call_home(&mut self, threat: &Threat, from: SimTime, random: &mut Random) {
        let mut at = from;
        while at < SimTime::on_day(DAYS, -600) {
            if let Some(main) = self.softphone_at(at) {
                let host = match random.range(0, 100) {
                    0..60 => threat.command_hosts[0],
                    60..85 => threat.command_hosts[1],
                    _ => threat.command_hosts[2],
                };
                let mark = self.mark(Step::Beacon, format!("contact to {}", host.name));
                let contact = Contact {
                    at,
                    service: host,
                    client: &SCHANNEL,
                    up_bytes: random.range(780, 960),
                    down_bytes: random.range(3_300, 3_900),
                    lasting_ms: random.range(250, 1_400),
                };
                let station = &mut self.station;
                self.tape.plant(mark, |tape| station.contact(tape, &main, &contact));
            }
            at =
                at.plus_s(HOUR_S + random.range(-JITTER_S, JITTER_S)).plus_ms(random.range(0, 999));
        }
    }

    /// Copies of two browsers' history databases within a minute, then a larger upload.
    fn copy_histories(&mut self, threat: &Threat, at: SimTime) {
        let Some(main) = self.softphone_at(at) else { return };
        let copies = [
            (
                "Chrome",
                "C:\\Users\\%U%\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\History.old",
            ),
            (
                "Edge",
                "C:\\Users\\%U%\\AppData\\Local\\Microsoft\\Edge\\User Data\\Default\\History.old",
            ),
        ];
        for (offset_s, (browser, path)) in (0..).step_by(7).zip(copies) {
            let what = format!("copy of the {browser} history by the softphone");
            let mark = self.mark(Step::HistoryCopy, what);
            let station = &mut self.station;
            self.tape
                .plant(mark, |tape| station.create_file(tape, at.plus_s(offset_s), &main, path));
        }
        let host = threat.command_hosts[1];
        let mark = self.mark(Step::Upload, format!("upload of 96 kB to {}", host.name));
        let contact = Contact {
            at: at.plus_s(24),
            service: host,
            client: &SCHANNEL,
            up_bytes: 96_412,
            down_bytes: 3_410,
            lasting_ms: 3_900,
        };
        let station = &mut self.station;
        self.tape.plant(mark, |tape| station.contact(tape, &main, &contact));
    }

    /// The application starts a command shell that asks who it is.
    fn start_shell(&mut self, at: SimTime) {
        let Some(main) = self.softphone_at(at) else { return };
        let mark = self.mark(Step::ShellChild, "command shell started by the softphone");
        let person = Account::Person;
        let station = &mut self.station;
        self.tape.plant(mark, |tape| {
            let command = "C:\\Windows\\system32\\cmd.exe /c whoami";
            let shell = station.start(tape, at, &programs::COMMAND_SHELL, command, (person, &main));
            let console = station.start(
                tape,
                at.plus_ms(40),
                &programs::CONSOLE_HOST,
                "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1",
                (person, &shell),
            );
            let asks =
                station.start(tape, at.plus_ms(110), &programs::WHOAMI, "whoami", (person, &shell));
            for (offset_ms, process) in [(190, &asks), (230, &shell), (270, &console)] {
                station.end(tape, at.plus_ms(offset_ms), process);
            }
        });
    }
}

/// How long the altered release sleeps after it was installed.
const SLEEP_S: i64 = 7 * DAY_S;
/// Largest departure from one hour between contacts.
const JITTER_S: i64 = 640;
/// Monday of the last week.
const THIRD_MONDAY: i64 = 21;
