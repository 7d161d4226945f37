//! `cargo xtask fuzz-smoke`: builds the fuzz targets with the stable compiler and runs each for a
//! few seconds.
//!
//! The folder `fuzz/` has the layout that cargo-fuzz wants, so that tool works on it too. It is not
//! needed here: coverage instrumentation is a set of code generation options, and because all our
//! code is safe Rust nothing is gained by an address sanitiser, which stable compilers lack.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use khien_model::limits::read_small_file;

use crate::{root, say};

/// What cargo-fuzz passes too: counters and comparisons for libFuzzer to look at.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// One input may take so long before it counts as a hang.
const INPUT_SECONDS_MAX: u32 = 10;
/// One input may take so much memory before it counts as a bomb that went off.
const MEMORY_MIB_MAX: u32 = 2048;
/// Longer inputs find nothing new here and make every run slower.
const INPUT_BYTES_MAX: u32 = 16 << 10;

/// Targets that read whole releases get seeds made from the inert update pairs, which are longer.
const SEEDED_BYTES_MAX: u32 = 192 << 10;

struct Asked {
    seconds: u32,
    targets: Vec<String>,
}

/// Builds and runs; fails when a target crashes, hangs or takes too much memory.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let asked = parse(arguments)?;
    let fuzz = root().join("fuzz");
    let known = targets(&fuzz)?;
    let wanted = match asked.targets.iter().find(|name| !known.contains(name)) {
        Some(name) => bail!("no target `{name}`; there are {}", known.join(", ")),
        None if asked.targets.is_empty() => known,
        None => asked.targets,
    };
    let binaries = build(&fuzz)?;
    write_seeds(&fuzz.join("target/seeds"))?;
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(wanted.len()) {
            scope.spawn(|| {
                while let Some(target) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = run_target(&fuzz, &binaries, target, asked.seconds) {
                        let mut failed = failed.lock().unwrap_or_else(|e| e.into_inner());
                        failed.push(format!("{target}: {error:#}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(|e| e.into_inner());
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("\n\n")) }
}

fn parse(arguments: &[String]) -> Result<Asked> {
    let mut asked = Asked { seconds: 5, targets: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--seconds" => {
                let text = rest.next().context("--seconds needs a value")?;
                asked.seconds = text.parse().with_context(|| format!("no number: `{text}`"))?;
            }
            flag if flag.starts_with('-') => bail!("no option `{flag}`"),
            target => asked.targets.push(target.to_owned()),
        }
    }
    Ok(asked)
}

/// Writes seeds for the targets that read releases: the artefacts of the inert update pairs, and the
/// programs inside them.
fn write_seeds(folder: &Path) -> Result<()> {
    for case in khien_testkit::release::cases() {
        for (side, artefact) in [("old", &case.old), ("new", &case.new)] {
            let name = format!("{}-{side}", case.name);
            write_seed(&folder.join("unpack"), &name, &artefact.bytes)?;
            let mut programs = Programs { folder, name: &name, count: 0, failed: None };
            let limits =
                khien_unpack::Limits { bytes_out_max: 64 << 20, ..khien_unpack::Limits::default() };
            khien_unpack::open(
                &artefact.file_name,
                artefact.bytes.clone().into(),
                &limits,
                &mut programs,
            );
            if let Some(error) = programs.failed {
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Writes each program that is found inside a release.
struct Programs<'a> {
    folder: &'a Path,
    name: &'a str,
    count: usize,
    failed: Option<anyhow::Error>,
}

impl khien_unpack::Visitor for Programs<'_> {
    fn visit(&mut self, node: khien_unpack::Node) {
        let target = match node.format {
            khien_unpack::Format::Pe => "image_pe",
            khien_unpack::Format::Elf => "image_elf",
            khien_unpack::Format::MachO => "image_macho",
            khien_unpack::Format::Msi => "msi_signature",
            khien_unpack::Format::Script | khien_unpack::Format::Json => "traits",
            _ => return,
        };
        self.count += 1;
        let name = format!("{}-{}", self.name, self.count);
        if let Err(error) = write_seed(&self.folder.join(target), &name, &node.bytes) {
            self.failed = Some(error);
        }
        // The certificate table alone is the input of a target of its own.
        if target == "image_pe"
            && let Some(table) = certificate_table(&node.bytes)
            && let Err(error) = write_seed(&self.folder.join("certificate_table"), &name, table)
        {
            self.failed = Some(error);
        }
    }
}

fn certificate_table(file: &[u8]) -> Option<&[u8]> {
    let number =
        |at: usize| Some(u32::from_le_bytes(*file.get(at..)?.first_chunk::<4>()?) as usize);
    let directory = number(0x3c)? + 24 + 112 + 4 * 8;
    let (at, len) = (number(directory)?, number(directory + 4)?);
    file.get(at..at.checked_add(len)?).filter(|table| !table.is_empty())
}

fn write_seed(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    if bytes.len() as u64 > u64::from(SEEDED_BYTES_MAX) {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(name), bytes)?;
    Ok(())
}

/// The names of the targets, as the manifest lists them.
fn targets(fuzz: &Path) -> Result<Vec<String>> {
    let manifest = read_small_file(&fuzz.join("Cargo.toml"), 1 << 20)?;
    let manifest: toml::Table = manifest.parse()?;
    let bins = manifest.get("bin").and_then(toml::Value::as_array).context("no [[bin]]")?;
    let name = |bin: &toml::Value| Some(bin.get("name")?.as_str()?.to_owned());
    Ok(bins.iter().filter_map(name).collect())
}

/// Builds all targets and returns the folder they are in.
fn build(fuzz: &Path) -> Result<PathBuf> {
    // An explicit target keeps the instrumentation out of build scripts and procedural macros.
    let host = host()?;
    let target_dir = fuzz.join("target");
    let status = cargo()
        .args(["build", "--release", "--locked", "--bins", "--target", &host])
        .arg("--manifest-path")
        .arg(fuzz.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target_dir)
        .env("RUSTFLAGS", INSTRUMENTATION)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()?;
    if !status.success() {
        bail!("the fuzz targets do not build");
    }
    Ok(target_dir.join(host).join("release"))
}

fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = command(rustc).arg("-vV").output().context("start rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc -vV names no host")
}

fn run_target(fuzz: &Path, binaries: &Path, target: &str, seconds: u32) -> Result<()> {
    let corpus = fuzz.join("corpus").join(target);
    let artifacts = fuzz.join("artifacts").join(target);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    let seeds = fuzz.join("seeds").join(target);
    let dictionary = fuzz.join("dictionaries").join(format!("{target}.txt"));
    // New inputs go to the first folder, the others are only read.
    let mut fuzzer = command(binaries.join(target));
    fuzzer.arg(&corpus);
    if seeds.is_dir() {
        fuzzer.arg(&seeds);
    }
    if dictionary.is_file() {
        fuzzer.arg(format!("-dict={}", dictionary.display()));
    }
    let made = fuzz.join("target/seeds").join(target);
    if made.is_dir() {
        fuzzer.arg(&made);
    }
    let bytes_max = if made.is_dir() { SEEDED_BYTES_MAX } else { INPUT_BYTES_MAX };
    let output = fuzzer
        .arg(format!("-max_total_time={seconds}"))
        // The gate tries the same inputs every time; longer runs with fresh seeds are made apart.
        .arg("-seed=1")
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .arg(format!("-max_len={bytes_max}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg("-print_final_stats=1")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .context("start the fuzzer")?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        let whole = artifacts.join("last.log");
        std::fs::write(&whole, &output.stderr)?;
        bail!("{}\n{}\n  all of it: {}", output.status, essence(&log), whole.display());
    }
    let runs = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    say(&format!("{target:<18} {:>9} inputs, no crash", runs.unwrap_or("?").trim()));
    Ok(())
}

/// The lines of a fuzzer's log that say what went wrong, and with which input.
fn essence(log: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut of_panic = 0_u8;
    for line in log.lines() {
        if line.contains("panicked at") {
            of_panic = 4;
        }
        let told = ["SUMMARY:", "ERROR: libFuzzer", "Base64:", "Test unit written to"];
        if of_panic > 0 || told.iter().any(|word| line.contains(word)) {
            lines.push(line);
        }
        of_panic = of_panic.saturating_sub(1);
    }
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

#[expect(clippy::disallowed_methods, reason = "chores start programs")]
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}
