//! Named benches: `cargo xtask bench NAME` prints figures and the ratio against the named floor or
//! peer, measured in the same run.
//!
//! Every part runs in a process of its own, so that peak memory is its own, three times, and the
//! median is printed. CPU time is the process's (user and system), read from `/proc/self/stat`.

mod evtx_scan;
mod hunt;
mod ingest;
mod lineage;
mod matching;
mod process;
mod serve;
mod vet;
mod zeek_read;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// What one part of a bench measured.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Measured {
    /// CPU seconds of the part, loading excluded.
    pub(crate) cpu_s: f64,
    /// CPU seconds of loading (rules, input into memory).
    pub(crate) load_cpu_s: f64,
    /// Peak resident memory of the process, in MiB.
    pub(crate) peak_mib: f64,
    /// Items processed.
    pub(crate) items: u64,
    /// Matches found, where that means something.
    pub(crate) matches: u64,
    /// Bytes processed.
    pub(crate) bytes: u64,
}

/// Runs `cargo xtask bench …`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let names = [
        "scan-evtx",
        "match",
        "zeek",
        "lineage",
        "vet",
        "hunt [MILLIONS]",
        "ingest [MILLIONS]",
        "serve",
    ];
    match arguments {
        [name] if name == "serve" => serve::run(60),
        [name, seconds] if name == "serve" => {
            serve::run(seconds.parse().context("SECONDS is a number")?)
        }
        [name] if name == "vet" => vet::run(),
        [name] if name == "hunt" => hunt::run(60),
        [name, millions] if name == "hunt" => {
            hunt::run(millions.parse().context("MILLIONS is a number")?)
        }
        [name] if name == "ingest" => ingest::run(1),
        [name, millions] if name == "ingest" => {
            ingest::run(millions.parse().context("MILLIONS is a number")?)
        }
        [name] if names.contains(&name.as_str()) => compare(name),
        [flag, name, part] if flag == "--inner" => inner(name, part),
        _ => bail!("usage: cargo xtask bench {}", names.join("|")),
    }
}

fn inner(name: &str, part: &str) -> Result<()> {
    let measured = match name {
        "scan-evtx" => evtx_scan::part(part)?,
        "match" => matching::part(part)?,
        "zeek" => zeek_read::part(part)?,
        "lineage" => lineage::part(part)?,
        _ => bail!("no bench `{name}`"),
    };
    print_line(&serde_json::to_string(&measured)?);
    Ok(())
}

fn compare(name: &str) -> Result<()> {
    if cfg!(debug_assertions) {
        print_line("note: this is a debug build; use `cargo run --release -p xtask -- bench …`");
    }
    let parts: &[(&str, &str)] = match name {
        "scan-evtx" => &evtx_scan::PARTS,
        "match" => &matching::PARTS,
        "lineage" => &lineage::PARTS,
        _ => &zeek_read::PARTS,
    };
    print_line(&format!(
        "{:<34} {:>9} {:>9} {:>9} {:>10} {:>11} {:>9}",
        name, "CPU s", "load s", "peak MiB", "items", "items/s", "matches"
    ));
    let mut floor = None;
    for (part, label) in parts {
        let Some(median) = median(name, part)? else {
            print_line(&format!("{label:<34} skipped: its data is not beside the checkout"));
            continue;
        };
        let rate = median.items as f64 / median.cpu_s.max(1e-9);
        let ratio = floor.map(|floor: f64| median.cpu_s / floor);
        let ratio = ratio.map(|r| format!("  {r:.2} x the first")).unwrap_or_default();
        print_line(&format!(
            "{label:<34} {:>9.3} {:>9.3} {:>9.0} {:>10} {rate:>11.0} {:>9}{ratio}",
            median.cpu_s, median.load_cpu_s, median.peak_mib, median.items, median.matches
        ));
        floor.get_or_insert(median.cpu_s);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench starts itself, part by part")]
fn median(name: &str, part: &str) -> Result<Option<Measured>> {
    let mut runs = Vec::new();
    for _ in 0..3 {
        let output = std::process::Command::new(std::env::current_exe()?)
            .args(["bench", "--inner", name, part])
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            if error.contains(NO_DATA) {
                return Ok(None);
            }
            bail!("{name} {part}: {error}");
        }
        let line = text.lines().last().unwrap_or_default();
        runs.push(serde_json::from_str::<Measured>(line).context("the inner run's answer")?);
    }
    runs.sort_by(|a, b| a.cpu_s.total_cmp(&b.cpu_s));
    Ok(runs.into_iter().nth(1))
}

const NO_DATA: &str = "no corpus beside the checkout";

/// A folder of real data beside the checkout.
pub(crate) fn corpus(folder: &str) -> Result<PathBuf> {
    khien_testkit::corpus(folder).context(NO_DATA)
}

/// CPU seconds of this process so far, all threads, user and system.
pub(crate) fn cpu_seconds() -> Result<f64> {
    let stat = read("/proc/self/stat")?;
    let fields = stat.rsplit_once(") ").context("/proc/self/stat")?.1;
    let ticks: u64 =
        fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    // Linux reports in ticks of 1/100 s on every supported machine.
    Ok(ticks as f64 / 100.0)
}

/// Peak resident memory of this process, in MiB.
pub(crate) fn peak_mib() -> Result<f64> {
    let status = read("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).context("VmHWM")?.parse()?;
    Ok(kib / 1024.0)
}

fn read(path: &str) -> Result<String> {
    Ok(std::fs::File::open(path).and_then(std::io::read_to_string)?)
}

/// Files with this ending at and below a folder, in order.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<khien_ingest::InputFile> {
    let wanted =
        |path: &Path| path.is_dir() || path.extension().is_some_and(|found| found == ending);
    khien_ingest::walk(&[folder.to_owned()], &wanted).files
}

#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
fn print_line(line: &str) {
    println!("{line}");
}
