//! A lineage on disk: profiles of releases that were judged, and a list of the decisions.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use khien_vet::baseline::{self, BaselineError};
use khien_vet::profile::ReleaseProfile;
use serde::Serialize;

/// Releases of one lineage that are read; older ones must be moved away by hand.
const RELEASES_MAX: usize = 1000;
/// Bytes of one stored profile that are read; a longer one is cut and so refused as damaged.
const PROFILE_BYTES_MAX: u64 = 1 << 30;
/// The list of decisions: one JSON object a line.
const DECISIONS: &str = "decisions.jsonl";

/// Why a lineage cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// The file system's error.
    #[error("{path}: {error}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// One profile is damaged or of another format.
    #[error("{path}: {error}")]
    Profile {
        /// Which.
        path: PathBuf,
        /// What.
        error: BaselineError,
    },
    /// Too many.
    #[error("{0}: more than {RELEASES_MAX} releases; move the oldest .profile files away")]
    TooMany(PathBuf),
}

/// Earlier releases of a lineage, oldest first. A folder that does not exist is an empty lineage.
///
/// # Errors
///
/// A profile that cannot be read is an error and not left out: with less history more would look new.
pub fn load(folder: &Path) -> Result<Vec<ReleaseProfile>, LineageError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| LineageError::Io { path, error }
    };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        if path.extension().is_some_and(|e| e == "profile") {
            files.push(path);
        }
    }
    if files.len() > RELEASES_MAX {
        return Err(LineageError::TooMany(folder.to_owned()));
    }
    files.sort();
    let mut releases = Vec::new();
    for path in files {
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(PROFILE_BYTES_MAX).read_to_end(&mut bytes))
            .map_err(io(&path))?;
        releases
            .push(baseline::decode(&bytes).map_err(|error| LineageError::Profile { path, error })?);
    }
    baseline::sort(&mut releases);
    Ok(releases)
}

/// One decision, as it is written down.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    /// When, RFC 3339.
    pub time: String,
    /// Name of the artefact.
    pub name: &'a str,
    /// Its SHA-256.
    pub sha256: &'a str,
    /// The version it states.
    pub version: Option<&'a str>,
    /// What was decided.
    pub decision: &'static str,
    /// Whether it counts as an earlier release from now on.
    pub kept: bool,
    /// Why somebody took it in against the decision.
    pub reason: Option<&'a str>,
}

/// Keeps a release: written under another name and renamed, so that no half a profile is left.
///
/// # Errors
///
/// The file system's.
pub fn keep(folder: &Path, profile: &ReleaseProfile) -> Result<(), LineageError> {
    let path = folder.join(baseline::file_name(profile));
    let io = |error| LineageError::Io { path: path.clone(), error };
    fs::create_dir_all(folder).map_err(io)?;
    let bytes = baseline::encode(profile)
        .map_err(|error| LineageError::Profile { path: path.clone(), error })?;
    let mut file = tempfile::Builder::new().prefix(".khien-").tempfile_in(folder).map_err(io)?;
    file.write_all(&bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Writes a decision down.
///
/// # Errors
///
/// The file system's.
pub fn note(folder: &Path, entry: &Entry<'_>) -> Result<(), LineageError> {
    let path = folder.join(DECISIONS);
    let io = |error| LineageError::Io { path: path.clone(), error };
    fs::create_dir_all(folder).map_err(io)?;
    let mut line = serde_json::to_vec(entry).map_err(|e| io(e.into()))?;
    line.push(b'\n');
    let mut file = File::options().create(true).append(true).open(&path).map_err(io)?;
    file.write_all(&line).and_then(|()| file.sync_all()).map_err(io)
}
