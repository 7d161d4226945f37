//! An ordinary day at a desk: the noise in which the incident must be found.

use super::desk::{Desk, Presence};
use crate::calendar::{HOUR_S, SimTime};
use crate::fleet::endpoint::{Contact, Plain};
use crate::fleet::file_spec::FileSpec;
use crate::fleet::programs;
use crate::fleet::services::{self, Service};
use crate::fleet::workstation::{Account, Process};
use crate::format::traffic::{CHROMIUM, Fingerprint, SCHANNEL, Transport};
use crate::random::{HEX_UPPER, Random};

/// The applications that a person opens in the morning.
struct Open {
    browser: Process,
    second_browser: Process,
    mail: Process,
    chat: Process,
}

impl Desk<'_> {
    /// Plays one day: the person's, if it is a working day, and the machine's own.
    pub(crate) fn spend_day(&mut self, day: i64) {
        let mut random = self.stream(&format!("day {day}"));
        let hours = self.office_hours(day);
        if let Some((comes, goes)) = hours {
            let open = self.open_applications(comes, &mut random);
            if day == BROWSER_UPDATE_DAY {
                self.update_browser(comes.plus_s(HOUR_S));
            }
            for _ in 0..random.range(8, 13) {
                let at = moment(&mut random, comes.plus_s(400), goes.plus_s(-1_500));
                self.do_something(at, &open, &mut random);
            }
            for process in [&open.browser, &open.second_browser, &open.mail, &open.chat] {
                let at = goes.plus_s(-60).plus_ms(random.range(0, 30_000));
                self.station.end(self.tape, at, process);
            }
        }
        let (from, until, chores) = match (self.plan.presence, hours) {
            (Presence::DayAndNight, _) => {
                (SimTime::on_day(day, 60), SimTime::on_day(day + 1, -300), 5)
            }
            (Presence::OfficeHours, Some((comes, goes))) => (comes, goes.plus_s(-600), 3),
            (Presence::OfficeHours, None) => return,
        };
        for _ in 0..random.range(chores - 1, chores + 2) {
            let span = until.seconds_since(from);
            let at = from.plus_s(random.range(0, span)).plus_ms(random.range(0, 999));
            self.keep_house(at, &mut random);
        }
    }

    fn open_applications(&mut self, comes: SimTime, random: &mut Random) -> Open {
        if self.plan.presence == Presence::OfficeHours {
            self.run_logon_script(comes);
        }
        let person = Account::Person;
        let explorer = self.residents.explorer.clone();
        let (tape, station) = (&mut *self.tape, &mut self.station);
        let mail_at = comes.plus_s(random.range(70, 240));
        let mail = station.start(tape, mail_at, &programs::OUTLOOK, "", (person, &explorer));
        station.load(tape, mail_at.plus_ms(420), &mail, &programs::OFFICE_LIBRARY);
        let chat_at = comes.plus_s(random.range(20, 60));
        let command = format!(
            "\"{}\" --processStart \"Teams.exe\" --process-start-args \"--system-initiated\"",
            programs::TEAMS_UPDATER.path
        );
        let launcher =
            station.start(tape, chat_at, &programs::TEAMS_UPDATER, &command, (person, &explorer));
        let chat =
            station.start(tape, chat_at.plus_s(2), &programs::TEAMS, "", (person, &launcher));
        station.end(tape, chat_at.plus_s(4), &launcher);
        let browser_at = comes.plus_s(random.range(250, 390));
        let browser =
            station.start(tape, browser_at, browser_of(comes.day()), "", (person, &explorer));
        let command = format!("\"{}\" --profile-directory=\"Default\"", programs::CHROME.path);
        let second_at = browser_at.plus_s(random.range(30, 900));
        let second_browser =
            station.start(tape, second_at, &programs::CHROME, &command, (person, &explorer));
        let open = Open { browser, second_browser, mail, chat };
        self.talk(mail_at.plus_s(3), &open.mail, &services::SIGN_IN, &SCHANNEL, random);
        open
    }

    /// The domain's logon script maps drives: an ordinary command shell, started by policy.
    fn run_logon_script(&mut self, at: SimTime) {
        let host = self.residents.policy_host.clone();
        let (tape, station) = (&mut *self.tape, &mut self.station);
        let person = Account::Person;
        let policy = station.start(
            tape,
            at,
            &programs::POLICY_SCRIPT,
            "gpscript.exe /Logon",
            (person, &host),
        );
        let command =
            "C:\\Windows\\system32\\cmd.exe /c \"\\\\lamson.example\\NETLOGON\\drives.cmd\"";
        let shell = station.start(
            tape,
            at.plus_ms(300),
            &programs::COMMAND_SHELL,
            command,
            (person, &policy),
        );
        station.end(tape, at.plus_ms(2_300), &shell);
        station.end(tape, at.plus_ms(2_500), &policy);
        let share = Plain { up_bytes: 5_210, down_bytes: 7_740, ..FILE_SHARE };
        station.connect(tape, &self.residents.kernel, &Plain { at: at.plus_ms(900), ..share });
    }

    fn do_something(&mut self, at: SimTime, open: &Open, random: &mut Random) {
        match random.range(0, 100) {
            0..34 => self.browse(at, open, random),
            34..48 => self.read_mail(at, &open.mail, random),
            48..60 => self.edit_document(at, random),
            60..70 => self.talk(at, &open.chat, &services::CHAT, &CHROMIUM, random),
            70..88 => self.telephone(at, random),
            _ => self.use_share(at, random),
        }
    }

    fn browse(&mut self, at: SimTime, open: &Open, random: &mut Random) {
        let browser =
            if random.chance(70) { open.browser.clone() } else { open.second_browser.clone() };
        let sites = services::WEB;
        let count = i64::try_from(sites.len()).unwrap_or(1);
        // The lesser of two draws: the first sites of the list are visited most.
        let index = random.range(0, count).min(random.range(0, count));
        let site = usize::try_from(index).ok().and_then(|index| sites.get(index));
        let site = site.copied().unwrap_or(&services::MAIL);
        // The sales desk reads a public price list there now and then.
        let rare = self.plan.updates_on_day.is_none() && random.chance(8);
        let site = if rare { &services::CODE_HOSTING } else { site };
        self.talk(at, &browser, site, &CHROMIUM, random);
        if random.chance(35) {
            let (tape, station) = (&mut *self.tape, &mut self.station);
            let id = random.range(5, 900);
            let command = format!(
                "\"{}\" --type=renderer --lang=vi --renderer-client-id={id} /prefetch:1",
                browser.image
            );
            let tab = station.start(
                tape,
                at.plus_ms(700),
                &browser.spec,
                &command,
                (Account::Person, &browser),
            );
            station.end(tape, at.plus_s(random.range(30, 1_200)), &tab);
        }
        if random.chance(10) {
            let path = format!("C:\\Users\\%U%\\Downloads\\{}.pdf", random.pick(PAPERS));
            self.station.create_file(self.tape, at.plus_s(9), &browser, &path);
        }
    }

    fn read_mail(&mut self, at: SimTime, mail: &Process, random: &mut Random) {
        self.talk(at, mail, &services::MAIL, &SCHANNEL, random);
        if random.chance(35) {
            let (tape, station) = (&mut *self.tape, &mut self.station);
            let path = format!(
                "C:\\Users\\%U%\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\\
                 {}\\{}.pdf",
                random.text(HEX_UPPER, 8),
                random.pick(PAPERS)
            );
            station.create_file(tape, at.plus_s(6), mail, &path);
            let command = format!("\"{}\" \"{}\"", programs::READER.path, path);
            let reader = station.start(
                tape,
                at.plus_s(8),
                &programs::READER,
                &command,
                (Account::Person, mail),
            );
            station.end(tape, at.plus_s(random.range(60, 900)), &reader);
        }
    }

    fn edit_document(&mut self, at: SimTime, random: &mut Random) {
        let explorer = self.residents.explorer.clone();
        let (tape, station) = (&mut *self.tape, &mut self.station);
        let (program, extension, key) = if random.chance(55) {
            (&programs::EXCEL, "xlsx", "Excel")
        } else {
            (&programs::WORD, "docx", "Word")
        };
        let name = random.pick(PAPERS);
        let command =
            format!("\"{}\" \"C:\\Users\\%U%\\Documents\\{name}.{extension}\"", program.path);
        let editor = station.start(tape, at, program, &command, (Account::Person, &explorer));
        station.load(tape, at.plus_ms(350), &editor, &programs::OFFICE_LIBRARY);
        let lock = format!("C:\\Users\\%U%\\Documents\\~${name}.{extension}");
        station.create_file(tape, at.plus_s(2), &editor, &lock);
        let key = format!(
            "HKU\\%SID%\\SOFTWARE\\Microsoft\\Office\\16.0\\{key}\\Reading Locations\\\
             Document 0\\Datetime"
        );
        station.set_registry(tape, at.plus_s(3), &editor, (&key, "Binary Data"));
        let closed = at.plus_s(random.range(200, 1_300));
        if random.chance(30) {
            let printed = closed.plus_s(-60);
            let host = station.start(
                tape,
                printed,
                &programs::PRINT_DRIVER_HOST,
                "C:\\Windows\\splwow64.exe 12288",
                (Account::Person, &editor),
            );
            station.connect(
                tape,
                &self.residents.spooler,
                &Plain { at: printed.plus_s(2), ..PRINTER },
            );
            station.end(tape, printed.plus_s(130), &host);
        }
        station.end(tape, closed, &editor);
    }

    /// A call: signalling over TLS, sound over UDP, a line in the application's own log.
    fn telephone(&mut self, at: SimTime, random: &mut Random) {
        let Some(softphone) = self.softphone_at(at) else { return };
        self.talk(at, &softphone, &services::EXCHANGE, &CHROMIUM, random);
        if random.chance(45) {
            let seconds = random.range(20, 400);
            let sound = Plain {
                at: at.plus_ms(1_900),
                address: services::EXCHANGE.addresses[0],
                port: 9_000,
                transport: Transport::Udp,
                service: "-",
                up_bytes: seconds * 8_600,
                down_bytes: seconds * 8_550,
                lasting_ms: seconds * 1_000,
            };
            self.station.connect(self.tape, &softphone, &sound);
            let path = format!("{}logs\\main.log", self.product.data_folder);
            self.station.create_file(self.tape, at.plus_s(seconds), &softphone, &path);
        }
    }

    fn use_share(&mut self, at: SimTime, random: &mut Random) {
        let plain = Plain {
            at,
            up_bytes: random.range(2_000, 60_000),
            down_bytes: random.range(4_000, 900_000),
            lasting_ms: random.range(2_000, 600_000),
            ..FILE_SHARE
        };
        self.station.connect(self.tape, &self.residents.kernel, &plain);
        let ticket = Plain { at: at.plus_ms(-45), ..KERBEROS };
        self.station.connect(self.tape, &self.residents.lsass, &ticket);
    }

    /// What the machine does by itself.
    fn keep_house(&mut self, at: SimTime, random: &mut Random) {
        let residents = &self.residents;
        let (host, defender) = (residents.service_host.clone(), residents.defender.clone());
        let indexer = residents.indexer.clone();
        let (tape, station) = (&mut *self.tape, &mut self.station);
        let system = Account::System;
        match random.range(0, 6) {
            0 => self.talk(at, &host, &services::SYSTEM_UPDATE, &SCHANNEL, random),
            1 => {
                let command = format!(
                    "\"{}\" SignatureUpdate -ScheduleJob -RestrictPrivileges",
                    programs::DEFENDER_TOOL.path
                );
                let tool = station.start(
                    tape,
                    at,
                    &programs::DEFENDER_TOOL,
                    &command,
                    (Account::NetworkService, &defender),
                );
                station.load(tape, at.plus_ms(130), &tool, &programs::WINHTTP);
                self.talk(at.plus_s(1), &tool, &services::DEFENDER_UPDATE, &SCHANNEL, random);
                self.station.end(self.tape, at.plus_s(21), &tool);
            }
            2 => {
                let command = "\"C:\\Windows\\system32\\SearchProtocolHost.exe\" \
                               Global\\UsGthrFltPipeMssGthrPipe3_";
                let program = &programs::SEARCH_PROTOCOL_HOST;
                let worker = station.start(tape, at, program, command, (system, &indexer));
                station.end(tape, at.plus_s(random.range(40, 180)), &worker);
            }
            3 => {
                station.set_registry(tape, at, &host, (CLOCK_KEY, "QWORD (0x01d9547e-0x6a1c9b00)"));
            }
            4 => {
                let program = if random.chance(50) {
                    &programs::TASK_HOST
                } else {
                    &programs::RUNTIME_BROKER
                };
                let command = format!("{} -Embedding", program.path);
                let task = station.start(tape, at, program, &command, (Account::Person, &host));
                station.end(tape, at.plus_s(random.range(5, 300)), &task);
            }
            _ => self.talk(at, &host, &services::TELEMETRY, &SCHANNEL, random),
        }
    }

    /// The browser's own update: an ordinary release of another signed product.
    fn update_browser(&mut self, at: SimTime) {
        let host = self.residents.service_host.clone();
        let mut random = self.stream("browser update");
        let updater = self.station.start(
            self.tape,
            at,
            &programs::EDGE_UPDATER,
            "\"C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe\" /ua \
             /installsource scheduler",
            (Account::System, &host),
        );
        self.talk(at.plus_s(1), &updater, &services::BROWSER_UPDATE, &SCHANNEL, &mut random);
        let (tape, station) = (&mut *self.tape, &mut self.station);
        for (offset_ms, file) in (0..).step_by(410).zip(["msedge.exe", "msedge.dll", "ffmpeg.dll"])
        {
            let path = format!(
                "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\{}\\{file}",
                programs::EDGE_NEXT.version
            );
            station.create_file(tape, at.plus_s(31).plus_ms(offset_ms), &updater, &path);
        }
        station.set_registry(
            tape,
            at.plus_s(34),
            &updater,
            (EDGE_KEY, programs::EDGE_NEXT.version),
        );
        station.end(tape, at.plus_s(36), &updater);
    }

    /// One TLS session of ordinary size.
    fn talk(
        &mut self,
        at: SimTime,
        process: &Process,
        service: &'static Service,
        client: &'static Fingerprint,
        random: &mut Random,
    ) {
        let contact = Contact {
            at,
            service,
            client,
            up_bytes: random.range(900, 14_000),
            down_bytes: random.range(4_000, 420_000),
            lasting_ms: random.range(300, 118_000),
        };
        self.station.contact(self.tape, process, &contact);
    }
}

/// Returns the release of the browser that starts on `day`.
fn browser_of(day: i64) -> &'static FileSpec {
    if day > BROWSER_UPDATE_DAY { &programs::EDGE_NEXT } else { &programs::EDGE }
}

/// Draws a working moment: not at lunch.
fn moment(random: &mut Random, from: SimTime, until: SimTime) -> SimTime {
    let at = from.plus_s(random.range(0, until.seconds_since(from))).plus_ms(random.range(0, 999));
    let lunch = 12 * HOUR_S..13 * HOUR_S;
    if lunch.contains(&at.second_of_day()) { at.plus_s(HOUR_S) } else { at }
}

/// Value that the time service keeps.
const CLOCK_KEY: &str = "HKLM\\System\\CurrentControlSet\\Services\\W32Time\\SecureTimeLimits\\\
                         SecureTimeEstimated";
/// Value in which the browser's updater keeps the installed release.
const EDGE_KEY: &str = "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\EdgeUpdate\\Clients\\\
                        {56EB18F8-B008-4CBD-B6D2-8C97FE7E9062}\\pv";

/// Day on which the browser's next release arrives.
const BROWSER_UPDATE_DAY: i64 = 14;

/// Names of papers in an accounting office, without spaces.
const PAPERS: &[&str] = &[
    "bang-luong-thang-3",
    "bao-cao-cong-no",
    "bao-gia-2023",
    "de-nghi-thanh-toan",
    "hoa-don-VAT-0231",
    "hop-dong-mua-ban",
    "ke-hoach-quy-2",
];

const FILE_SHARE: Plain = Plain {
    at: SimTime::EPOCH,
    address: "10.20.10.21",
    port: 445,
    transport: Transport::Tcp,
    service: "gssapi,smb",
    up_bytes: 0,
    down_bytes: 0,
    lasting_ms: 9_000,
};

const KERBEROS: Plain = Plain {
    address: "10.20.10.10",
    port: 88,
    service: "krb_tcp",
    up_bytes: 1_702,
    down_bytes: 1_664,
    lasting_ms: 4,
    ..FILE_SHARE
};

const PRINTER: Plain = Plain {
    address: "10.20.30.50",
    port: 9_100,
    service: "-",
    up_bytes: 318_220,
    down_bytes: 412,
    lasting_ms: 6_400,
    ..FILE_SHARE
};
