//! Runs of the built program, measured from outside: clock, processor and memory, children included.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often the memory of the program and its children is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// One run of a program with its children.
pub(super) struct Run {
    pub(super) wall_s: f64,
    pub(super) cpu_s: f64,
    pub(super) peak_mib: f64,
    pub(super) exit: Option<i32>,
}

impl Run {
    /// Runs a program to its end; what it prints is nobody's concern.
    pub(super) fn of(command: &mut Command) -> Result<Self> {
        let cpu_before = cpu_seconds_of_children()?;
        let start = now();
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let (peak_kib, done) = (AtomicU64::new(0), AtomicBool::new(false));
        let id = child.id();
        let status = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    peak_kib.fetch_max(resident_kib(id), Ordering::Relaxed);
                    std::thread::sleep(LOOK_EVERY);
                }
            });
            let status = child.wait();
            done.store(true, Ordering::Relaxed);
            status
        })?;
        Ok(Self {
            wall_s: start.elapsed().as_secs_f64(),
            cpu_s: cpu_seconds_of_children()? - cpu_before,
            peak_mib: peak_kib.into_inner() as f64 / 1024.0,
            exit: status.code(),
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// CPU seconds of all processes that were started here and have ended, and of theirs.
fn cpu_seconds_of_children() -> Result<f64> {
    let stat = super::read("/proc/self/stat")?;
    let fields = stat.rsplit_once(") ").context("/proc/self/stat")?.1;
    let ticks: u64 =
        fields.split(' ').skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / 100.0)
}

/// Resident memory of a process and of all that it started, in KiB. Pages of the program file that
/// they share are counted for each.
fn resident_kib(id: u32) -> u64 {
    let status = super::read(&format!("/proc/{id}/status")).unwrap_or_default();
    let own = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0_u64);
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let children: u64 = threads
        .filter_map(|thread| super::read(thread.path().join("children").to_str()?).ok())
        .flat_map(|list| {
            list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()
        })
        .map(resident_kib)
        .sum();
    own + children
}
