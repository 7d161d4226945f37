//! Builds the web console: packages by the lock file, type check, bundle, size gates, stamp.
//!
//! The gates and the stamp are `console/build/finish.mjs`, so that whoever works on the console with
//! npm alone has them too; here is only the order, and what is not done twice.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use khien_model::limits::read_small_file;
use sha2::{Digest, Sha256};

use crate::programs::command;
use crate::{root, say};

/// Bound: a lock file of npm.
const LOCK_BYTES_MAX: u64 = 8 << 20;

/// The lock file that `node_modules` was installed by, as a digest.
const INSTALLED: &str = "node_modules/.khien-lock";

/// Runs the chore. `--all` adds what a gate wants besides: lint, unit tests, and that two builds are
/// equal to the byte. `--e2e` adds the tests in a real browser.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut steps = vec![("the type check", "check"), ("the build", "build")];
    for argument in arguments {
        match argument.as_str() {
            "--all" => steps.extend([
                ("the linter", "lint"),
                ("a unit test", "test"),
                ("the comparison of two builds", "reproducible"),
            ]),
            "--e2e" => steps.push(("a test in the browser", "e2e")),
            other => bail!("ui takes --all and --e2e, not `{other}`"),
        }
    }
    let console = root().join("console");
    install(&console)?;
    for (what, script) in steps {
        npm(&console, &["run", "--silent", script]).with_context(|| format!("{what} failed"))?;
    }
    say("console/dist is built, and the next `cargo build` embeds it");
    Ok(())
}

/// Installs the packages of the lock file, unless they are. No script of a package ever runs.
fn install(console: &Path) -> Result<()> {
    let lock = read_small_file(&console.join("package-lock.json"), LOCK_BYTES_MAX)?;
    let digest = format!("{:x}", Sha256::digest(lock.as_bytes()));
    let installed = console.join(INSTALLED);
    if read_small_file(&installed, 128).is_ok_and(|known| known == digest) {
        return Ok(());
    }
    npm(console, &["ci", "--ignore-scripts"]).context("the packages could not be installed")?;
    fs::write(&installed, digest).with_context(|| installed.display().to_string())
}

fn npm(console: &Path, arguments: &[&str]) -> Result<()> {
    let status = command("npm")
        .args(arguments)
        .current_dir(console)
        .status()
        .context("npm could not be started: the console needs Node 20 and npm")?;
    if !status.success() {
        bail!("`npm {}` in console ended with {status}", arguments.join(" "));
    }
    Ok(())
}
