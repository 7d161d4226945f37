//! `vet`: one update of an application as large as Electron's, vetted by the built program beside the
//! aim (10 s on two cores, 1 GiB), and the steps of reading its new release one after the other.
//!
//! The update is the browser engine of Qt for Python for Windows: two consecutive releases from PyPI
//! of 130 MB each, almost all of which is one program of 200 MB.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use khien_detect::yara::{RuleEngine, Rules, ScanLimits, Source};
use khien_lineage::BaseRates;
use khien_unpack::{Limits, Node, Visitor};
use khien_vet::baseline::{decode, encode};
use khien_vet::traits::{FileInput, Matchers, of_file};

use super::print_line;
use crate::programs::{Release, bytes_of, command, khien, target};

const PACKAGE: &str = "PyQt6-WebEngine-Qt6";
const PLATFORM: &str = "win_amd64";
const VERSIONS: [&str; 2] = ["6.11.1", "6.11.2"];

/// The aim, on two cores: seconds and MiB.
const WALL_S_MAX: f64 = 10.0;
const PEAK_MIB_MAX: f64 = 1024.0;
/// How often the memory of the program and its children is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Prints all figures, or one line that says what is missing.
pub(super) fn run() -> Result<()> {
    if cfg!(debug_assertions) {
        print_line("note: this is a debug build; use `cargo run --release -p xtask -- bench vet`");
    }
    let releases = VERSIONS.map(fetch);
    let [Some(old), Some(new)] = releases else {
        print_line("vet: skipped, the releases cannot be downloaded with pip");
        return Ok(());
    };
    whole(&old, &new)?;
    steps(&old, &new)
}

/// The wheel of one version, downloaded unless it is there.
fn fetch(version: &str) -> Option<PathBuf> {
    let folder = target().join("bench-data").join("vet").join(version);
    let release = Release { registry: "pypi", name: PACKAGE, version, platform: PLATFORM };
    release.fetch(&folder).ok()
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Instant {
    Instant::now()
}

// ---- the program ---------------------------------------------------------------------------------

/// One run of the program with its children.
struct Run {
    wall_s: f64,
    cpu_s: f64,
    peak_mib: f64,
    exit: Option<i32>,
}

/// The program as people run it, three times; the median by the clock.
fn whole(old: &Path, new: &Path) -> Result<()> {
    let program = khien()?;
    let load = super::read("/proc/loadavg")?;
    let load: f64 = load.split(' ').next().context("loadavg")?.parse()?;
    if load > 0.5 {
        print_line(&format!(
            "note: {load} processes of others were running; the clock says less than CPU seconds"
        ));
    }
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(one(&program, old, new)?);
    }
    runs.sort_by(|a, b| a.wall_s.total_cmp(&b.wall_s));
    let median = runs.get(1).context("a median of three")?;
    print_line(&format!(
        "{:<34} {:>9} {:>9} {:>9} {:>6}",
        "vet", "wall s", "CPU s", "peak MiB", "exit"
    ));
    print_line(&format!(
        "{:<34} {:>9.2} {:>9.2} {:>9.0} {:>6}",
        "khien vet OLD NEW --json",
        median.wall_s,
        median.cpu_s,
        median.peak_mib,
        median.exit.map_or_else(|| "signal".to_owned(), |code| code.to_string()),
    ));
    print_line(&format!(
        "{:<34} {:>8.2}x {:>9} {:>8.2}x",
        "beside the aim (10 s, 1 GiB)",
        median.wall_s / WALL_S_MAX,
        "",
        median.peak_mib / PEAK_MIB_MAX
    ));
    Ok(())
}

fn one(program: &Path, old: &Path, new: &Path) -> Result<Run> {
    let cpu_before = cpu_seconds_of_children()?;
    let start = now();
    let mut child = command(program)
        .arg("vet")
        .args([old, new])
        .args(["--json", "--quiet"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
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
    Ok(Run {
        wall_s: start.elapsed().as_secs_f64(),
        cpu_s: cpu_seconds_of_children()? - cpu_before,
        peak_mib: peak_kib.into_inner() as f64 / 1024.0,
        exit: status.code(),
    })
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

// ---- its steps -----------------------------------------------------------------------------------

/// Seconds and bytes of one step.
#[derive(Clone, Copy, Default)]
struct Step {
    seconds: f64,
    bytes: u64,
}

/// Reads the new release in this process, step by step.
///
/// In CPU seconds, so that other work on the machine tells less.
fn steps(old: &Path, new: &Path) -> Result<()> {
    let load = |path: &Path| -> Result<(String, Vec<u8>)> {
        let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
        Ok((name, bytes_of(path)?))
    };
    let matchers = Matchers::built_in()?;
    let limits = Limits::default();
    let (name, bytes) = load(new)?;
    let start = cpu()?;
    let mut count = Count(0);
    khien_unpack::open(&name, bytes.clone().into(), &limits, &mut count);
    let unpacking = Step { seconds: cpu()? - start, bytes: count.0 };
    let rules = rules()?;
    let mut timing = Timing { matchers: &matchers, rules: &rules, steps: BTreeMap::new() };
    khien_unpack::open(&name, bytes.clone().into(), &limits, &mut timing);

    let start = cpu()?;
    let profile =
        khien_vet::profile::profile(&name, bytes.into(), &limits, &matchers, &mut |_, _| {});
    let all = Step { seconds: cpu()? - start, bytes: count.0 };
    let start = cpu()?;
    let encoded = encode(&profile)?;
    let encoding = Step { seconds: cpu()? - start, bytes: encoded.len() as u64 };
    let start = cpu()?;
    let decoded = decode(&encoded)?;
    let decoding = Step { seconds: cpu()? - start, ..encoding };
    let (name, bytes) = load(old)?;
    let earlier =
        khien_vet::profile::profile(&name, bytes.into(), &limits, &matchers, &mut |_, _| {});
    let rates = BaseRates::built_in()?;
    let start = cpu()?;
    khien_vet::judge(std::slice::from_ref(&earlier), &decoded, &rates);
    let judging = Step { seconds: cpu()? - start, bytes: 0 };

    let step = |key: &str| timing.steps.get(key).copied().unwrap_or_default();
    let (images, mut traits, rules) = (step("images"), step("traits"), step("rules"));
    traits.seconds -= rules.seconds;
    let known = unpacking.seconds + images.seconds + traits.seconds + rules.seconds;
    let rest = Step { seconds: all.seconds - known, bytes: all.bytes };
    print_line("");
    print_line(&format!("{:<34} {:>9} {:>9} {:>9}", "one release, by step", "CPU s", "MB", "MB/s"));
    for (label, step) in [
        ("unpacking and hashes", unpacking),
        ("images and their functions", images),
        ("traits without rules", traits),
        ("rules", rules),
        ("similarity, claims, the rest", rest),
        ("all of it", all),
        ("profile encoded", encoding),
        ("profile decoded", decoding),
        ("judged beside the old one", judging),
    ] {
        let mb = step.bytes as f64 / 1e6;
        let rate = if step.bytes == 0 { 0.0 } else { mb / step.seconds.max(1e-9) };
        print_line(&format!("{label:<34} {:>9.2} {mb:>9.1} {rate:>9.0}", step.seconds));
    }
    Ok(())
}

/// CPU seconds of this thread so far; `cpu_seconds` counts in hundredths, which is too coarse for a
/// small file.
fn cpu() -> Result<f64> {
    let text = super::read("/proc/thread-self/schedstat")?;
    let nanoseconds: u64 = text.split(' ').next().context("schedstat")?.parse()?;
    Ok(nanoseconds as f64 / 1e9)
}

/// The rules that are compiled into the program, once more: there they are part of the traits.
fn rules() -> Result<Rules> {
    let mut texts = Vec::new();
    for folder in std::fs::read_dir(crate::root().join("content/yara"))?.flatten() {
        if folder.path().is_dir() {
            for file in super::files(&folder.path(), "yar") {
                let text = std::io::read_to_string(std::fs::File::open(&file.path)?)?;
                texts.push((file.path.to_string_lossy().into_owned(), text));
            }
        }
    }
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    Rules::compile(&sources).map_err(|problems| anyhow::anyhow!("rules: {problems:?}"))
}

/// Counts the bytes that come out.
struct Count(u64);

impl Visitor for Count {
    fn visit(&mut self, node: Node) {
        self.0 += node.bytes.len() as u64;
    }
}

/// Takes the time of the steps on each file.
struct Timing<'a> {
    matchers: &'a Matchers,
    rules: &'a Rules,
    steps: BTreeMap<&'static str, Step>,
}

impl Timing<'_> {
    fn time<T>(&mut self, key: &'static str, bytes: usize, work: impl FnOnce(&Self) -> T) -> T {
        let start = cpu().unwrap_or_default();
        let done = work(self);
        let step = self.steps.entry(key).or_default();
        step.seconds += cpu().unwrap_or_default() - start;
        step.bytes += bytes as u64;
        done
    }
}

impl Visitor for Timing<'_> {
    fn visit(&mut self, node: Node) {
        let len = node.bytes.len();
        let images = if khien_binary::is_executable(&node.bytes) {
            self.time("images", len, |_| khien_binary::read(&node.bytes)).unwrap_or_default()
        } else {
            Vec::new()
        };
        // Containers are looked at by their members.
        if node.depth == 0 {
            return;
        }
        let input = FileInput {
            path: node.path.as_raw(),
            format: node.format,
            bytes: &node.bytes,
            images: &images,
        };
        self.time("traits", len, |this| of_file(&input, this.matchers));
        self.time("rules", len, |this| this.rules.scan(&node.bytes, &ScanLimits::default()));
    }
}
