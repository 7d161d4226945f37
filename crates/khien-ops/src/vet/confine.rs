//! What a reading child gives up before it sees the first hostile byte.
//!
//! Memory, computing time, file size and open files are limited by the kernel; then a seccomp filter
//! leaves it the system calls of a program that computes and talks through its standard input and
//! output: no network, no file, no process, no debugger, no signal to anybody else. Whatever else it
//! calls is refused with `EPERM`. Files that the caller left open for it are of no use to it.

use std::io;

#[cfg(target_os = "linux")]
pub(super) fn confine(memory_max: u64, cpu_seconds_max: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let limit = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::As, limit(memory_max))?;
    setrlimit(Resource::Cpu, limit(cpu_seconds_max))?;
    setrlimit(Resource::Fsize, limit(0))?;
    setrlimit(Resource::Core, limit(0))?;
    setrlimit(Resource::Nofile, limit(3))?;
    filter()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn confine(_memory_max: u64, _cpu_seconds_max: u64) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system has no confinement that is known here",
    ))
}

/// What a program needs that only computes: memory, its pipes, its own signals and end, the clock.
#[cfg(target_os = "linux")]
fn filter() -> io::Result<()> {
    let program = program(std::process::id())?;
    seccompiler::apply_filter(&program).map_err(|error| io::Error::other(error.to_string()))
}

/// The filter for the process of this number.
///
/// What was open before stays open, and may be anything: the caller's own files, which a child
/// inherits. So reading is for standard input alone, writing for standard output and error, memory
/// cannot be made of a file, and the only process that may get a signal is this one, to abort.
#[cfg(target_os = "linux")]
fn program(own: u32) -> io::Result<seccompiler::BpfProgram> {
    use seccompiler::{SeccompAction, SeccompFilter};
    const ALLOWED: [libc::c_long; 20] = [
        libc::SYS_close,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_clock_nanosleep,
        libc::SYS_restart_syscall,
    ];
    // The position of an argument, and what it has to be.
    let abort = u32::try_from(libc::SIGABRT).unwrap_or_default();
    let with_arguments: [(libc::c_long, &[Way<'_>]); 6] = [
        (libc::SYS_read, &[&[(0, 0)]]),
        (libc::SYS_readv, &[&[(0, 0)]]),
        (libc::SYS_write, &[&[(0, 1)], &[(0, 2)]]),
        (libc::SYS_writev, &[&[(0, 1)], &[(0, 2)]]),
        (libc::SYS_mmap, &[&[(4, u32::MAX)]]),
        (libc::SYS_tgkill, &[&[(0, own), (2, abort)]]),
    ];
    let mut rules: std::collections::BTreeMap<_, _> =
        ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    for (call, ways) in with_arguments {
        let ways = ways.iter().map(|way| all_of(way)).collect::<Result<_, _>>();
        rules.insert(call, ways.map_err(io::Error::other)?);
    }
    let arch: seccompiler::TargetArch =
        std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let denied = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    SeccompFilter::new(rules, denied, SeccompAction::Allow, arch)
        .and_then(TryInto::try_into)
        .map_err(io::Error::other)
}

/// Positions of arguments, and what each has to be.
#[cfg(target_os = "linux")]
type Way<'a> = &'a [(u8, u32)];

/// A rule that wants these arguments to be these numbers, of which the kernel looks at 32 bits.
#[cfg(target_os = "linux")]
fn all_of(arguments: &[(u8, u32)]) -> Result<seccompiler::SeccompRule, seccompiler::BackendError> {
    use seccompiler::{SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};
    let equal = |(position, wanted): &(u8, u32)| {
        let (length, wanted) = (SeccompCmpArgLen::Dword, u64::from(*wanted));
        SeccompCondition::new(*position, length, SeccompCmpOp::Eq, wanted)
    };
    SeccompRule::new(arguments.iter().map(equal).collect::<Result<_, _>>()?)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::net::{TcpListener, UdpSocket};
    use std::os::unix::net::UnixStream;
    use std::process::Command;

    use super::{confine, program};

    /// Set for the process that confines itself and then tries what it may not.
    const INSIDE: &str = "KHIEN_TEST_CONFINED";
    const MEMORY_MAX: u64 = 512 << 20;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "this very test, in a process of its own")]
    fn a_confined_process_can_only_compute() {
        if std::env::var_os(INSIDE).is_some() {
            inside();
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "vet::confine::tests::a_confined_process_can_only_compute"])
            .args(["--nocapture", "--test-threads", "1"])
            .env(INSIDE, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in [
            "confined: ok",
            "compute: 499500",
            "some memory: ok",
            "listen: EPERM",
            "datagram: EPERM",
            "open: EPERM",
            "read what was open: EPERM",
            "write to what was open: EPERM",
            "write to a socket that was open: EPERM",
            "create: EPERM",
            "spawn: EPERM",
            "too much memory: refused",
        ] {
            assert!(said.contains(line), "{line} is missing: {said}{output:?}");
        }
    }

    /// Tries everything and says what came of it; ends the process.
    #[expect(clippy::disallowed_methods, reason = "spawning is what must fail")]
    #[expect(clippy::exit, reason = "the test runner's own end would need what is forbidden now")]
    fn inside() -> ! {
        let folder = std::env::temp_dir();
        // As if the caller had left them open.
        let mut readable = File::open("/proc/self/status").unwrap();
        let mut writable = tempfile::tempfile().unwrap();
        let (mut socket, _other_end) = UnixStream::pair().unwrap();
        say("confined", if confine(MEMORY_MAX, 60).is_ok() { "ok" } else { "failed" });
        say("compute", &(0..1000_u32).sum::<u32>().to_string());
        say("some memory", if reserve(8 << 20) { "ok" } else { "refused" });
        say("listen", &refusal(TcpListener::bind("127.0.0.1:0")));
        say("datagram", &refusal(UdpSocket::bind("127.0.0.1:0")));
        say("open", &refusal(File::open("/proc/self/status")));
        say("read what was open", &refusal(readable.read(&mut [0; 8])));
        say("write to what was open", &refusal(writable.write(b"x")));
        say("write to a socket that was open", &refusal(socket.write(b"x")));
        say("create", &refusal(File::create(folder.join("khien-confined"))));
        say("spawn", &refusal(Command::new("/bin/true").spawn()));
        let much = usize::try_from(MEMORY_MAX).unwrap();
        say("too much memory", if reserve(much) { "ok" } else { "refused" });
        std::process::exit(0)
    }

    /// What the filter says to a system call, by its instructions (linux/filter.h): whether it is let.
    fn lets(own: u32, call: libc::c_long, arguments: [u64; 6]) -> bool {
        let program = program(own).unwrap();
        let arch = if cfg!(target_arch = "x86_64") { 0xc000_003e_u32 } else { 0xc000_00b7 };
        let mut data = Vec::from(u32::try_from(call).unwrap().to_le_bytes());
        data.extend(arch.to_le_bytes());
        data.extend([0; 8]);
        data.extend(arguments.iter().flat_map(|argument| argument.to_le_bytes()));
        let (mut at, mut held) = (0, 0_u32);
        loop {
            let step = &program[at];
            at += 1;
            let mut jump = |taken: bool| at += usize::from(if taken { step.jt } else { step.jf });
            match step.code {
                0x20 => {
                    let word = &data[step.k as usize..step.k as usize + 4];
                    held = u32::from_le_bytes(word.try_into().unwrap());
                }
                0x05 => at += step.k as usize,
                0x15 => jump(held == step.k),
                0x25 => jump(held > step.k),
                0x35 => jump(held >= step.k),
                0x54 => held &= step.k,
                0x06 => return step.k == 0x7fff_0000,
                code => panic!("instruction {code:#x}"),
            }
        }
    }

    #[test]
    fn only_its_own_pipes_its_own_memory_and_its_own_end() {
        let none = u64::from(u32::MAX);
        let abort = u64::try_from(libc::SIGABRT).unwrap();
        let stop = u64::try_from(libc::SIGSTOP).unwrap();
        for (call, arguments, let_through) in [
            (libc::SYS_read, [0, 1, 1, 0, 0, 0], true),
            (libc::SYS_read, [9, 1, 1, 0, 0, 0], false),
            (libc::SYS_read, [1, 1, 1, 0, 0, 0], false),
            (libc::SYS_readv, [251, 1, 1, 0, 0, 0], false),
            (libc::SYS_write, [1, 1, 1, 0, 0, 0], true),
            (libc::SYS_write, [2, 1, 1, 0, 0, 0], true),
            (libc::SYS_write, [0, 1, 1, 0, 0, 0], false),
            (libc::SYS_writev, [10, 1, 1, 0, 0, 0], false),
            (libc::SYS_mmap, [0, 4096, 3, 0x22, none, 0], true),
            (libc::SYS_mmap, [0, 4096, 3, 0x22, u64::MAX, 0], true),
            (libc::SYS_mmap, [0, 4096, 1, 2, 9, 0], false),
            (libc::SYS_tgkill, [77, 77, abort, 0, 0, 0], true),
            (libc::SYS_tgkill, [77, 77, stop, 0, 0, 0], false),
            (libc::SYS_tgkill, [76, 76, abort, 0, 0, 0], false),
            (libc::SYS_kill, [76, abort, 0, 0, 0, 0], false),
            (libc::SYS_openat, [0; 6], false),
            (libc::SYS_pread64, [9, 1, 1, 0, 0, 0], false),
            (libc::SYS_ptrace, [0; 6], false),
        ] {
            assert_eq!(lets(77, call, arguments), let_through, "{call} {arguments:?}");
        }
    }

    /// Set for the process that confines itself and then gives up.
    const ABORTS: &str = "KHIEN_TEST_ABORTS";

    #[test]
    #[expect(clippy::disallowed_methods, reason = "this very test, in a process of its own")]
    fn a_confined_process_can_still_abort() {
        use std::os::unix::process::ExitStatusExt;
        if std::env::var_os(ABORTS).is_some() {
            confine(MEMORY_MAX, 60).unwrap();
            std::process::abort();
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "vet::confine::tests::a_confined_process_can_still_abort"])
            .args(["--nocapture", "--test-threads", "1"])
            .env(ABORTS, "1")
            .output()
            .unwrap();
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
    }

    fn reserve(bytes: usize) -> bool {
        let mut memory: Vec<u8> = Vec::new();
        memory.try_reserve_exact(bytes).is_ok()
    }

    fn refusal<T>(result: io::Result<T>) -> String {
        match result {
            Ok(_) => "allowed".to_owned(),
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => "EPERM".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn say(what: &str, came: &str) {
        io::stdout().write_all(format!("{what}: {came}\n").as_bytes()).unwrap();
    }
}
