//! Does no work: looks whether `cargo xtask ui` has left its stamp.
//!
//! Without it, debug builds get a page that says so (a fresh clone is tested without Node), and
//! release builds fail, because a program without its console must not be shipped by mistake.
//! The feature `placeholder` lets a release build go without as well.

use std::path::Path;
use std::process::ExitCode;

/// A folder that is always there: watching a file that is missing would build this crate every time.
const FOLDER: &str = "../../console/stamp";

const MISSING: &str = "the console is not built. Run `cargo xtask ui` (needs Node 20 and npm), or build with \
     `--features placeholder` to go without it";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-env-changed=CARGO_FEATURE_PLACEHOLDER");
    println!("cargo::rustc-check-cfg=cfg(console_built)");
    let stamp =
        std::fs::File::open(Path::new(FOLDER).join("dist")).and_then(std::io::read_to_string);
    if let Ok(stamp) = stamp {
        println!("cargo::rustc-cfg=console_built");
        // Another build of the console is another value, and makes cargo embed anew.
        println!("cargo::rustc-env=KHIEN_CONSOLE_STAMP={}", stamp.trim());
        return ExitCode::SUCCESS;
    }
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let may_go_without = std::env::var_os("CARGO_FEATURE_PLACEHOLDER").is_some();
    if is_release && !may_go_without {
        println!("cargo::error={MISSING}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
