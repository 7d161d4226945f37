//! Programs that chores start: this project's own, and the clients of public registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Python versions that wheels are asked for, newest first.
const PYTHONS: [&str; 9] = ["3.13", "3.12", "3.11", "3.10", "3.9", "3.8", "3.7", "3.6", "2.7"];

/// A command to be started.
#[expect(clippy::disallowed_methods, reason = "chores start programs")]
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

/// Where cargo builds, and where chores keep what they download.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from)
}

/// The program, built in the profile that this chore was built in.
pub(crate) fn khien() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let profile = own.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    match profile {
        Some("debug") | None => khien_in("dev"),
        Some(profile) => khien_in(profile),
    }
}

/// The program, built in a profile.
pub(crate) fn khien_in(profile: &str) -> Result<PathBuf> {
    let status = command("cargo")
        .args(["build", "--quiet", "--locked", "--profile", profile, "--package", "khien"])
        .args(["--features", "khien/placeholder"])
        .current_dir(crate::root())
        .status()?;
    if !status.success() {
        bail!("the program could not be built");
    }
    Ok(target().join(if profile == "dev" { "debug" } else { profile }).join("khien"))
}

/// One release in a public registry.
pub(crate) struct Release<'a> {
    /// `npm`, `pypi` or `deb`.
    pub(crate) registry: &'a str,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    /// The platform of a wheel; empty for others.
    pub(crate) platform: &'a str,
}

impl Release<'_> {
    /// Its file, downloaded into a folder of its own unless it is there.
    pub(crate) fn fetch(&self, folder: &Path) -> Result<PathBuf> {
        fs::create_dir_all(folder)?;
        if let Some(there) = only_file(folder)? {
            return Ok(there);
        }
        let Self { registry, name, version, platform } = self;
        match *registry {
            "npm" => quietly(folder, "npm", &["pack", &format!("{name}@{version}")])?,
            "deb" => quietly(folder, "apt-get", &["download", &format!("{name}={version}")])?,
            "pypi" => {
                for python in PYTHONS {
                    let wanted = format!("{name}=={version}");
                    let arguments = [
                        "download",
                        "-q",
                        "--no-deps",
                        "--only-binary=:all:",
                        "--platform",
                        platform,
                        "--python-version",
                        python,
                        &wanted,
                    ];
                    if quietly(folder, "pip", &arguments).is_ok() {
                        break;
                    }
                }
            }
            other => bail!("unknown registry {other}"),
        }
        only_file(folder)?.with_context(|| format!("{name} {version} is not there"))
    }
}

/// Runs a program in a folder; what it prints is nobody's concern unless it fails.
pub(crate) fn quietly(folder: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let status = command(program)
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("{program} cannot be started"))?;
    if status.success() { Ok(()) } else { bail!("{program} {} failed", arguments.join(" ")) }
}

/// An interpreter of Python that has these libraries, installed in a folder of its own unless they
/// are there.
pub(crate) fn python(folder: &Path, libraries: &[&str]) -> Result<PathBuf> {
    let venv = folder.join("python");
    let python = venv.join("bin/python");
    fs::create_dir_all(folder)?;
    if !venv.join("ready").exists() {
        quietly(folder, "python3", &["-m", "venv", "python"])?;
        let mut arguments = vec!["-m", "pip", "install", "--quiet"];
        arguments.extend(libraries);
        quietly(folder, python.to_str().context("a path that is text")?, &arguments)?;
        fs::write(venv.join("ready"), libraries.join("\n"))?;
    }
    Ok(python)
}

fn only_file(folder: &Path) -> Result<Option<PathBuf>> {
    Ok(fs::read_dir(folder)?.filter_map(Result::ok).map(|e| e.path()).find(|p| p.is_file()))
}

/// A file as bytes.
pub(crate) fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_to_end(&mut file, &mut bytes))
        .with_context(|| path.display().to_string())?;
    Ok(bytes)
}
