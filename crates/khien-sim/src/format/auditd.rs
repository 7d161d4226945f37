//! Linux audit daemon records, `log_format = RAW`.

use crate::calendar::SimTime;

/// The records of one audit event: they share time and serial.
#[derive(Debug)]
pub(crate) struct AuditGroup(pub(crate) Vec<(&'static str, String)>);

/// One program start by a service account.
#[derive(Debug)]
pub(crate) struct Execution<'a> {
    pub(crate) exe: &'a str,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) cwd: &'a str,
    pub(crate) pid: i64,
    pub(crate) ppid: i64,
    pub(crate) session: i64,
    /// Heap addresses and inode: numbers without meaning that differ per event.
    pub(crate) noise: i64,
}

impl AuditGroup {
    /// Builds the six records that an `execve` rule gives: SYSCALL, EXECVE, CWD, PATH, PATH,
    /// PROCTITLE.
    pub(crate) fn execution(run: &Execution<'_>) -> Self {
        let comm: String = run.exe.rsplit('/').next().unwrap_or(run.exe).chars().take(15).collect();
        let words: String = run
            .arguments
            .iter()
            .enumerate()
            .map(|(index, word)| format!(" a{index}={}", quoted(word)))
            .collect();
        let heap = 0x55d6_0000_0000_i64 + run.noise * 16;
        Self(vec![
            (
                "SYSCALL",
                format!(
                    "arch=c000003e syscall=59 success=yes exit=0 a0={heap:x} a1={:x} a2={:x} \
                     a3=8 items=2 ppid={} pid={} auid=997 uid=997 gid=997 euid=997 suid=997 \
                     fsuid=997 egid=997 sgid=997 fsgid=997 tty=(none) ses={} comm=\"{comm}\" \
                     exe=\"{}\" key=\"exec\"",
                    heap + 0x40,
                    heap + 0x1c0,
                    run.ppid,
                    run.pid,
                    run.session,
                    run.exe
                ),
            ),
            ("EXECVE", format!("argc={}{words}", run.arguments.len())),
            ("CWD", format!("cwd=\"{}\"", run.cwd)),
            ("PATH", path_record(0, run.exe, 262_144 + run.noise)),
            ("PATH", path_record(1, "/lib64/ld-linux-x86-64.so.2", 4_198_021)),
            ("PROCTITLE", format!("proctitle={}", process_title(run.arguments))),
        ])
    }

    /// Builds one record of a PAM session, as cron and sshd cause them.
    pub(crate) fn session(kind: &'static str, rest: String) -> Self {
        Self(vec![(kind, rest)])
    }
}

/// Writes the lines of one event.
pub(crate) fn lines(time: SimTime, serial: u64, group: &AuditGroup) -> Vec<String> {
    let stamp = time.auditd();
    group
        .0
        .iter()
        .map(|(kind, rest)| format!("type={kind} msg=audit({stamp}:{serial}): {rest}"))
        .collect()
}

fn path_record(item: u8, name: &str, inode: i64) -> String {
    format!(
        "item={item} name=\"{name}\" inode={inode} dev=fd:00 mode=0100755 ouid=0 ogid=0 \
         rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"
    )
}

/// Quotes a plain word; the kernel writes words with spaces or quotes in hexadecimal.
fn quoted(word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
        format!("\"{word}\"")
    } else {
        hexadecimal(word.as_bytes())
    }
}

/// Joins the arguments with NUL and writes them in hexadecimal; a single plain word is quoted.
fn process_title(arguments: &[&str]) -> String {
    match arguments {
        [word] => quoted(word),
        _ => hexadecimal(arguments.join("\0").as_bytes()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
