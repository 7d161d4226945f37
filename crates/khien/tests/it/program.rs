//! The program under test, started as its user starts it.

use std::process::{Command, Output};

use serde_json::Value;

/// Not yet started; of the environment nothing but a plain locale counts.
#[expect(clippy::disallowed_methods, reason = "the program under test")]
pub(super) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khien"));
    command
        .args(arguments)
        .env_remove("KHIEN_LANG")
        .env_remove("KHIEN_LAKE")
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL");
    command
}

/// Run to its end.
pub(super) fn khien(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Run to its end, with this lake.
pub(super) fn khien_on(lake: &str, arguments: &[&str]) -> Output {
    command(arguments).env("KHIEN_LAKE", lake).output().unwrap()
}

pub(super) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(super) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(super) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), stderr(output))
    })
}
