//! Chores in Rust: `cargo xtask help`.

#![forbid(unsafe_code)]

mod bench;
mod benign;
mod engines;
mod evaluate;
mod fixtures;
mod fuzz_smoke;
mod genuine;
mod outputs;
mod programs;
mod sample;
mod tidy;
mod ui;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
Usage: cargo xtask COMMAND

  sample DIR [--seed N] [--variant incident|benign|unknown]
        write the simulated office's logs (seed 42, variant incident) into DIR
  benign [--help]
        vet consecutive releases of honest software, and count what vetting says about them
  tidy  hold the house rules; also run as ordinary tests by `cargo test`
  engines
        ask DuckDB, chDB and a cluster of Sail the same questions about a lake as `khien hunt`, and
        compare the rows; downloads them once, or takes the Python of KHIEN_PEERS_PYTHON
  evaluate [--help]
        what is found without an indicator in simulated fleets or the real logs: recall, time to
        detection, false alerts per host-day and per benign release
  fixtures DIR
        write the inert update pairs of the vetting tests into DIR, with a manifest
  fuzz-smoke [--seconds N] [TARGET…]
        build the fuzz targets and run each for N seconds (5)
  genuine [--folder DIR]
        vet a genuine Microsoft-signed library with inert bytes in its signature, and look for such
        bytes in more than 500 genuine signed programs; downloads 260 MB once
  outputs
        check the outputs of vetting with the official schemas and libraries; downloads them once
  ui [--all] [--e2e]
        build the web console into console/dist; with --all lint, unit tests and a second build that
        has to be equal; with --e2e the tests in a real browser
  bench NAME
        measure, and print figures beside a floor or a peer
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let Some((command, rest)) = arguments.split_first() else { bail!("no command\n\n{HELP}") };
    match command.as_str() {
        "bench" => bench::run(rest),
        "benign" => benign::run(rest),
        "engines" => engines::run(rest),
        "evaluate" => evaluate::run(rest),
        "fixtures" => fixtures::run(rest),
        "fuzz-smoke" => fuzz_smoke::run(rest),
        "genuine" => genuine::run(rest),
        "outputs" => outputs::run(rest),
        "help" | "--help" | "-h" => {
            say(HELP.trim_end());
            Ok(())
        }
        "sample" => sample::run(rest),
        "tidy" => tidy::run(),
        "ui" => ui::run(rest),
        other => bail!("no command `{other}`\n\n{HELP}"),
    }
}

/// The root of the checkout.
fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

#[expect(clippy::print_stdout, reason = "a chore talks to the person who started it")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "a chore talks to the person who started it")]
fn say_error(line: &str) {
    eprintln!("{line}");
}
