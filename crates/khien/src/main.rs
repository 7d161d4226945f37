//! The `khien` binary: parses arguments, runs a command, maps the result to an exit code.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(khien::commands::main(std::env::args_os().collect()).code())
}
