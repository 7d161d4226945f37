//! `ingest`: Sysmon events as JSON lines into a lake, by the built program on one thread; and what each
//! stage costs, by runs that leave the later ones out.
//!
//! The events are those of ordinary weeks of the simulated office, over and over from other seeds.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use khien_sim::{FileKind, SoftphoneScenario, Variant};

use super::print_line;
use super::process::Run;
use crate::programs::{command, khien, target};

/// The aim, in events a second and core.
const RATE_MIN: f64 = 150_000.0;

/// Prints the figures for a million events, or for so many.
pub(super) fn run(millions: u64) -> Result<()> {
    if cfg!(debug_assertions) {
        print_line("note: this is a debug build; use `cargo run --release -p xtask -- bench …`");
    }
    let events = millions.checked_mul(1_000_000).context("so many million events")?;
    let folder = target().join("bench-data").join("ingest");
    fs::create_dir_all(&folder)?;
    let (file, bytes) = logs(&folder, events)?;
    let program = khien()?;
    let lake = folder.join("lake");
    print_line(&format!(
        "{events} events, {} MiB of JSON lines, one thread\n{:<44} {:>8} {:>8} {:>9} {:>12}",
        bytes >> 20,
        "ingest",
        "wall s",
        "CPU s",
        "peak MiB",
        "events/CPU-s"
    ));
    let stages: [(&str, &[&str]); 4] = [
        ("read, with one advisory (scan)", &["scan", "--no-builtin", "--advisory", "3cx"]),
        ("read, with rules (scan)", &["scan"]),
        ("stored and indexed (ingest, no rules)", &["ingest", "--no-rules"]),
        ("all of it (ingest)", &["ingest"]),
    ];
    let mut rate = 0.0;
    for (label, arguments) in stages {
        let mut runs = Vec::new();
        for _ in 0..3 {
            if lake.exists() {
                fs::remove_dir_all(&lake)?;
            }
            let mut program = command(&program);
            program.args(arguments).args(["--threads", "1", "--quiet"]).arg(&file);
            if arguments.contains(&"ingest") {
                program.arg("--lake").arg(&lake);
            }
            runs.push(Run::of(&mut program)?);
        }
        runs.sort_by(|a, b| a.cpu_s.total_cmp(&b.cpu_s));
        let median = runs.get(1).context("a median of three")?;
        ensure!(median.exit.is_some(), "{label}: ended by a signal");
        rate = events as f64 / median.cpu_s.max(1e-9);
        print_line(&format!(
            "{label:<44} {:>8.2} {:>8.2} {:>9.0} {rate:>12.0}",
            median.wall_s, median.cpu_s, median.peak_mib
        ));
    }
    print_line(&format!("beside the aim of {RATE_MIN} events/s/core{:>34.2} x", rate / RATE_MIN));
    print_line(&format!(
        "stored: {:.1} bytes an event",
        bytes_below(&lake)? as f64 / events as f64
    ));
    Ok(())
}

/// A file of so many events, made unless it is there.
fn logs(folder: &Path, events: u64) -> Result<(PathBuf, u64)> {
    let file = folder.join(format!("sysmon-{events}.jsonl"));
    if !file.exists() {
        let half = folder.join("half.jsonl");
        let mut out = BufWriter::new(File::create(&half)?);
        let mut left = events;
        let mut seed = 0;
        while left > 0 {
            let before = left;
            let scenario = SoftphoneScenario { seed, variant: Variant::Benign };
            for record in scenario.records().filter(|r| r.file.kind == FileKind::SysmonEvtxJson) {
                if left == 0 {
                    break;
                }
                writeln!(out, "{}", record.line)?;
                left -= 1;
            }
            ensure!(left < before, "the simulated office has no Sysmon events");
            seed += 1;
        }
        out.into_inner()?.sync_all()?;
        fs::rename(half, &file)?;
    }
    let bytes = fs::metadata(&file)?.len();
    Ok((file, bytes))
}

fn bytes_below(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => bytes_below(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}
