//! What a reading child gives up before it sees the first hostile byte.
//!
//! Memory, computing time, file size and open files are limited by the kernel; then a seccomp filter
//! leaves it the system calls of a program that computes and talks through pipes it already has: no
//! network, no file, no process, no debugger. Whatever else it calls is refused with `EPERM`.

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
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
    const ALLOWED: [libc::c_long; 29] = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_lseek,
        libc::SYS_fstat,
        libc::SYS_mmap,
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
        libc::SYS_tgkill,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_restart_syscall,
    ];
    let other = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let arch =
        std::env::consts::ARCH.try_into().map_err(|e: seccompiler::BackendError| other(&e))?;
    let denied = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    let rules = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let filter =
        SeccompFilter::new(rules, denied, SeccompAction::Allow, arch).map_err(|e| other(&e))?;
    let program: BpfProgram =
        filter.try_into().map_err(|e: seccompiler::BackendError| other(&e))?;
    seccompiler::apply_filter(&program).map_err(|e| other(&e))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs::File;
    use std::io::{self, Write};
    use std::net::{TcpListener, UdpSocket};
    use std::process::Command;

    use super::confine;

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
        say("confined", if confine(MEMORY_MAX, 60).is_ok() { "ok" } else { "failed" });
        say("compute", &(0..1000_u32).sum::<u32>().to_string());
        say("some memory", if reserve(8 << 20) { "ok" } else { "refused" });
        say("listen", &refusal(TcpListener::bind("127.0.0.1:0")));
        say("datagram", &refusal(UdpSocket::bind("127.0.0.1:0")));
        say("open", &refusal(File::open("/proc/self/status")));
        say("create", &refusal(File::create(folder.join("khien-confined"))));
        say("spawn", &refusal(Command::new("/bin/true").spawn()));
        let much = usize::try_from(MEMORY_MAX).unwrap();
        say("too much memory", if reserve(much) { "ok" } else { "refused" });
        std::process::exit(0)
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
