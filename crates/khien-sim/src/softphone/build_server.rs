//! The build server: routine work of a Linux machine, in audit records and syslog lines.
//!
//! Its clock runs in UTC, so its syslog lines are in UTC.

use super::DAYS;
use crate::calendar::{HOUR_S, SimTime, is_workday};
use crate::fleet::endpoint::{Contact, Endpoint};
use crate::fleet::services;
use crate::format::auditd::{AuditGroup, Execution};
use crate::format::traffic::OPENSSL;
use crate::random::Random;
use crate::record::{FileKind, SimFile};
use crate::tape::{Body, Tape};

/// Plays all days of the build server.
pub(crate) fn play(seed: u64, tape: &mut Tape) {
    let mut server = BuildServer {
        tape,
        endpoint: Endpoint::new("10.20.40.15", Random::stream(seed, "HCM-BLD-01 network")),
        random: Random::stream(seed, "HCM-BLD-01"),
        session: 1_840,
    };
    for day in 0..DAYS {
        server.build_nightly(SimTime::on_day(day, 2 * HOUR_S));
        server.keep_house(day);
        if is_workday(day) {
            server.visit(SimTime::on_day(day, 10 * HOUR_S));
        }
    }
}

struct BuildServer<'a> {
    tape: &'a mut Tape,
    endpoint: Endpoint,
    random: Random,
    session: i64,
}

impl BuildServer<'_> {
    /// Cron starts the nightly build: fetch, compile, package, copy.
    fn build_nightly(&mut self, at: SimTime) {
        let at = at.plus_s(1).plus_ms(self.random.range(10, 90));
        self.session += 1;
        let pid = self.random.range(20_000, 900_000);
        let unset = "4294967295";
        self.session_record(at, "USER_ACCT", pid, (unset, unset), "op=PAM:accounting", "cron");
        self.session_record(at.plus_ms(1), "CRED_ACQ", pid, (unset, unset), SETCRED, "cron");
        let session = self.session.to_string();
        let login = format!(
            "pid={pid} uid=0 old-auid=4294967295 auid=997 tty=(none) old-ses=4294967295 \
             ses={session} res=1"
        );
        self.audit(at.plus_ms(2), AuditGroup::session("LOGIN", login));
        let ours = ("997", session.as_str());
        self.session_record(at.plus_ms(3), "USER_START", pid, ours, "op=PAM:session_open", "cron");
        self.syslog(at.plus_ms(5), 78, &format!("CRON[{pid}]: (builder) CMD (/srv/build/nightly)"));
        let mut now = at.plus_ms(40);
        for (index, command) in (1..).zip(NIGHTLY) {
            self.execute(now, command, (pid + index, pid));
            if index == 1 {
                self.fetch(now.plus_ms(300));
            }
            now = now.plus_s(self.random.range(8, 240));
        }
        self.session_record(now, "CRED_DISP", pid, ours, SETCRED, "cron");
        let close = "op=PAM:session_close";
        self.session_record(now.plus_ms(1), "USER_END", pid, ours, close, "cron");
        self.syslog(now.plus_ms(4), 14, &format!("nightly[{pid}]: build finished, 0 errors"));
    }

    fn execute(&mut self, at: SimTime, command: &[&str], (pid, ppid): (i64, i64)) {
        let group = AuditGroup::execution(&Execution {
            exe: command[0],
            arguments: &command[1..],
            cwd: "/srv/build/portal",
            pid,
            ppid,
            session: self.session,
            noise: self.random.range(1, 90_000),
        });
        self.audit(at, group);
    }

    fn fetch(&mut self, at: SimTime) {
        let mut at = at;
        for service in services::BUILD_SOURCES {
            let contact = Contact {
                at,
                service,
                client: &OPENSSL,
                up_bytes: self.random.range(900, 5_000),
                down_bytes: self.random.range(20_000, 2_400_000),
                lasting_ms: self.random.range(400, 9_000),
            };
            self.endpoint.contact(self.tape, &contact);
            at = at.plus_s(self.random.range(1, 7));
        }
    }

    /// Timers and services that every Debian machine logs.
    fn keep_house(&mut self, day: i64) {
        for (second, priority, line) in HOUSEKEEPING {
            let second = second + self.random.range(0, 500);
            let at = SimTime::on_day(day, second).plus_ms(self.random.range(0, 999));
            self.syslog(at, *priority, line);
        }
    }

    /// An administrator looks in over SSH.
    fn visit(&mut self, at: SimTime) {
        let at = at.plus_s(self.random.range(0, 3_600)).plus_ms(self.random.range(0, 999));
        let pid = self.random.range(20_000, 900_000);
        let port = self.random.range(49_152, 65_535);
        self.session += 1;
        let session = self.session.to_string();
        let ours = ("1000", session.as_str());
        let accepted = format!(
            "sshd[{pid}]: Accepted publickey for admin from 10.20.30.20 port {port} ssh2: ED25519 \
             SHA256:q5Zk2mN8vJr0sT4yWb7xLc1dFg3hKp6uEa9oRi2nMvX"
        );
        self.syslog(at, 38, &accepted);
        let opened = format!(
            "sshd[{pid}]: pam_unix(sshd:session): session opened for user \
             admin(uid=1000) by (uid=0)"
        );
        self.syslog(at.plus_ms(12), 86, &opened);
        self.session_record(at.plus_ms(14), "USER_START", pid, ours, "op=PAM:session_open", "ssh");
        let leaves = at.plus_s(self.random.range(60, 1_500));
        self.session_record(leaves, "USER_END", pid, ours, "op=PAM:session_close", "ssh");
        let closed = format!("sshd[{pid}]: pam_unix(sshd:session): session closed for user admin");
        self.syslog(leaves.plus_ms(3), 86, &closed);
    }

    fn session_record(
        &mut self,
        at: SimTime,
        kind: &'static str,
        pid: i64,
        (auid, session): (&str, &str),
        operation: &str,
        terminal: &str,
    ) {
        let (account, exe, host) = if terminal == "ssh" {
            ("admin", "/usr/sbin/sshd", "10.20.30.20")
        } else {
            ("builder", "/usr/sbin/cron", "?")
        };
        let rest = format!(
            "pid={pid} uid=0 auid={auid} ses={session} msg='{operation} \
             grantors=pam_permit acct=\"{account}\" exe=\"{exe}\" hostname={host} addr={host} \
             terminal={terminal} res=success'"
        );
        self.audit(at, AuditGroup::session(kind, rest));
    }

    fn audit(&mut self, at: SimTime, group: AuditGroup) {
        self.tape.add(at, AUDIT, Body::Audit(group));
    }

    fn syslog(&mut self, at: SimTime, priority: u8, message: &str) {
        let line = format!("<{priority}>{} HCM-BLD-01 {message}", at.syslog());
        self.tape.add(at, SYSLOG, Body::Line(line));
    }
}

const SETCRED: &str = "op=PAM:setcred";

/// Program file, then its arguments.
const NIGHTLY: &[&[&str]] = &[
    &["/usr/bin/git", "git", "fetch", "--prune", "origin"],
    &["/usr/bin/git", "git", "checkout", "--detach", "origin/main"],
    &["/usr/bin/make", "make", "-j4", "VERSION=nightly build", "package"],
    &["/usr/bin/dpkg-deb", "dpkg-deb", "--build", "--root-owner-group", "out/portal"],
    &["/usr/bin/rsync", "rsync", "-a", "out/", "hcm-fs-01.lamson.example::builds/"],
];

/// Local second of the day, priority (facility × 8 + severity), text.
const HOUSEKEEPING: &[(i64, u8, &str)] = &[
    (600, 30, "systemd[1]: Starting logrotate.service - Rotate log files..."),
    (1_200, 30, "systemd[1]: logrotate.service: Deactivated successfully."),
    (14_400, 30, "systemd[1]: Starting fstrim.service - Discard unused blocks..."),
    (22_000, 30, "systemd[1]: Starting apt-daily.service - Daily apt download activities..."),
    (22_600, 30, "systemd[1]: Finished apt-daily.service - Daily apt download activities."),
    (33_000, 30, "systemd-timesyncd[611]: Initial synchronization to time server 10.20.10.10:123."),
    (47_000, 78, "CRON[4182]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)"),
    (58_000, 30, "systemd[1]: Starting man-db.service - Daily man-db regeneration..."),
    (
        69_000,
        6,
        "kernel: [UFW BLOCK] IN=eth0 OUT= SRC=10.20.40.1 DST=224.0.0.1 LEN=36 TTL=1 PROTO=2",
    ),
    (
        79_900,
        30,
        "dbus-daemon[587]: [system] Successfully activated service 'org.freedesktop.timedate1'",
    ),
];

/// Audit log of the build server.
const AUDIT: SimFile = SimFile::new(FileKind::Auditd, "linux/audit.log");
/// Syslog of the build server.
const SYSLOG: SimFile = SimFile::new(FileKind::Syslog, "linux/syslog");
