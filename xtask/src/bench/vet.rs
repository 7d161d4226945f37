//! `vet`: one update of an application as large as Electron's, vetted by the built program beside the
//! aim (10 s on two cores, 1 GiB), and the steps of reading its new release one after the other.
//!
//! The update is the browser engine of Qt for Python for Windows: two consecutive releases from PyPI
//! of 130 MB each, almost all of which is one program of 200 MB.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use khien_detect::yara::{RuleEngine, Rules, ScanLimits, Source};
use khien_lineage::BaseRates;
use khien_unpack::{Limits, Node, Visitor};
use khien_vet::baseline::{decode, encode};
use khien_vet::traits::{FileInput, Matchers, of_file};

use super::print_line;
use super::process::Run;
use crate::programs::{Release, bytes_of, command, khien, target};

const PACKAGE: &str = "PyQt6-WebEngine-Qt6";
const PLATFORM: &str = "win_amd64";
const VERSIONS: [&str; 2] = ["6.11.1", "6.11.2"];

/// The aim, on two cores: seconds and MiB.
const WALL_S_MAX: f64 = 10.0;
const PEAK_MIB_MAX: f64 = 1024.0;

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

// ---- the program ---------------------------------------------------------------------------------

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
        let mut vet = command(&program);
        vet.arg("vet").args([old, new]).args(["--json", "--quiet"]);
        runs.push(Run::of(&mut vet)?);
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
