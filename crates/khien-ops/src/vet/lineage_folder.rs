//! A lineage on disk: profiles of releases that were judged, and a list of the decisions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use khien_model::Untrusted;
use khien_model::limits::read_small_file;
use khien_vet::baseline::{self, BaselineError};
use khien_vet::identity::Names;
use khien_vet::profile::ReleaseProfile;
use serde::{Deserialize, Serialize};

use super::decided::Found;

/// Releases of one lineage that are read; older ones must be moved away by hand.
const RELEASES_MAX: usize = 1000;
/// Bytes of one stored profile that are read; a longer one is cut and so refused as damaged.
const PROFILE_BYTES_MAX: u64 = 1 << 30;
/// Bytes of the list of decisions that are read: some hundred thousand decisions.
pub(super) const DECISIONS_BYTES_MAX: u64 = 64 << 20;
/// Bytes from which a list of decisions is shortened.
const SHORTEN_BYTES: u64 = 4 << 20;
/// Digits of a hash that name a release at least.
const SHA256_DIGITS_MIN: usize = 16;
/// The list of decisions: one JSON object a line.
pub(super) const DECISIONS: &str = "decisions.jsonl";

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
    /// The list of decisions is damaged.
    #[error("{path}: {detail}")]
    Decisions {
        /// Where.
        path: PathBuf,
        /// What, and in which line.
        detail: String,
    },
    /// No release of this hash.
    #[error(
        "no release is kept there whose SHA-256 begins like this; give {SHA256_DIGITS_MIN} digits or more, as in decisions.jsonl"
    )]
    Unknown(PathBuf),
}

/// What a lineage holds.
#[derive(Debug, Default)]
pub struct Stored {
    /// Releases that count as earlier ones, oldest first.
    pub releases: Vec<ReleaseProfile>,
    /// Those that were accepted until a day which is past, with that day.
    pub lapsed: Vec<(Untrusted, Date)>,
}

/// Earlier releases of a lineage, as they count on this day. A folder that does not exist is an empty
/// lineage.
///
/// # Errors
///
/// A profile that cannot be read is an error and not left out: with less history more would look new.
pub fn load(folder: &Path, today: Date) -> Result<Stored, LineageError> {
    let until = ends(folder)?;
    let mut stored = Stored::default();
    for (_, profile) in profiles(folder, &|_| true)? {
        match until.get(&profile.sha256) {
            Some(Some(until)) if *until < today => stored.lapsed.push((profile.name, *until)),
            _ => stored.releases.push(profile),
        }
    }
    baseline::sort(&mut stored.releases);
    Ok(stored)
}

/// The day until which a release counts that is kept there today, where one was named.
///
/// # Errors
///
/// When the list of decisions cannot be read.
pub fn counts_until(
    folder: &Path,
    sha256: &str,
    today: Date,
) -> Result<Option<Date>, LineageError> {
    Ok(ends(folder)?.remove(sha256).flatten().filter(|until| *until >= today))
}

/// The day until which each release counts, by its hash: as it was last taken in.
fn ends(folder: &Path) -> Result<BTreeMap<String, Option<Date>>, LineageError> {
    #[derive(Deserialize)]
    struct Line {
        sha256: String,
        kept: bool,
        until: Option<Date>,
    }
    let path = folder.join(DECISIONS);
    let text = match read_small_file(&path, DECISIONS_BYTES_MAX) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(LineageError::Decisions { path, detail: error.to_string() });
        }
        other => other.map_err(|error| LineageError::Io { path: path.clone(), error })?,
    };
    let mut ends = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line: Line = serde_json::from_str(line).map_err(|error| {
            let detail = format!("line {} is no decision: {error}", number + 1);
            LineageError::Decisions { path: path.clone(), detail }
        })?;
        if line.kept {
            ends.insert(line.sha256, line.until);
        }
    }
    Ok(ends)
}

/// Whether a stored release of this name can be the one whose hash begins so. A name that ends in no digits may be
/// any.
fn may_be(name: &str, wanted: &str) -> bool {
    let digits = name.strip_suffix(".profile").and_then(|stem| stem.rsplit_once('-'));
    match digits {
        Some((_, digits))
            if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            let digits = digits.to_ascii_lowercase();
            wanted.starts_with(&digits) || digits.starts_with(wanted)
        }
        _ => true,
    }
}

/// Stored profiles whose file's name is wanted, and where they are, by name.
fn profiles(
    folder: &Path,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<(PathBuf, ReleaseProfile)>, LineageError> {
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
    files.retain(|path| is_wanted(&path.file_name().unwrap_or_default().to_string_lossy()));
    files.sort();
    let mut releases = Vec::new();
    for path in files {
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(PROFILE_BYTES_MAX).read_to_end(&mut bytes))
            .map_err(io(&path))?;
        let profile = baseline::decode(&bytes)
            .map_err(|error| LineageError::Profile { path: path.clone(), error })?;
        releases.push((path, profile));
    }
    Ok(releases)
}

/// Takes the release out whose hash begins with these digits, and gives it back.
///
/// # Errors
///
/// When there is none, when a profile cannot be read, or the file system's.
pub fn forget(folder: &Path, sha256: &str) -> Result<ReleaseProfile, LineageError> {
    let wanted = sha256.to_ascii_lowercase();
    let unknown = || LineageError::Unknown(folder.to_owned());
    if wanted.len() < SHA256_DIGITS_MIN {
        return Err(unknown());
    }
    let mut found = profiles(folder, &|name| may_be(name, &wanted))?
        .into_iter()
        .filter(|(_, profile)| profile.sha256.starts_with(&wanted));
    let (Some((path, profile)), None) = (found.next(), found.next()) else {
        return Err(unknown());
    };
    fs::remove_file(&path).map_err(|error| LineageError::Io { path, error })?;
    Ok(profile)
}

/// Who runs this program, for the list of decisions: user and machine as they call themselves.
pub fn who() -> String {
    let user = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let user = user
        .filter(|user| !user.is_empty())
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let system = rustix::system::uname();
    format!("{user}@{}", system.nodename().to_string_lossy())
}

/// One decision, as it is written down.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    /// When, RFC 3339.
    pub time: &'a str,
    /// Who.
    pub by: &'a str,
    /// Name of the artefact.
    pub name: &'a str,
    /// Its SHA-256.
    pub sha256: &'a str,
    /// The version it states.
    pub version: Option<&'a str>,
    /// What was decided: `pass`, `hold` or `block`; `earlier` where it was given as an earlier release
    /// and nobody judged it; `forgotten` where it was taken out.
    pub decision: &'a str,
    /// Whether it counts as an earlier release from now on.
    pub kept: bool,
    /// Why somebody took it in against the decision.
    pub reason: Option<&'a str>,
    /// The last day on which it counts, where whoever took it in has named one.
    pub until: Option<String>,
    /// The names that it goes by, where it was judged.
    #[serde(flatten)]
    pub names: Option<Names>,
    /// What it had that earlier releases had not, where it was compared with any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Vec<Found>>,
}

/// Keeps a release that is not kept already; says whether it was not.
///
/// # Errors
///
/// The file system's.
pub fn keep_once(folder: &Path, profile: &ReleaseProfile) -> Result<bool, LineageError> {
    let is_new = !folder.join(baseline::file_name(profile)).exists();
    if is_new {
        keep(folder, profile)?;
    }
    Ok(is_new)
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

/// Shortens a list of decisions that has grown long: of each artefact the last line stays, the last judgement, the
/// last one that something was found for, and the last one by which it was taken in. Readers look at no others.
/// Where that saves less than half of a list that is far below what readers take, it stays as it is: it would be
/// written anew each time.
///
/// # Errors
///
/// When the list cannot be read or written; it is as it was then.
pub fn shorten(folder: &Path) -> Result<(), LineageError> {
    shorten_from(folder, SHORTEN_BYTES)
}

fn shorten_from(folder: &Path, bytes_min: u64) -> Result<(), LineageError> {
    #[derive(Deserialize)]
    struct Line {
        sha256: String,
        kept: bool,
        decision: String,
        found: Option<serde::de::IgnoredAny>,
    }
    let path = folder.join(DECISIONS);
    let io = |error| LineageError::Io { path: path.clone(), error };
    let length = fs::metadata(&path).map_err(io)?.len();
    if length < bytes_min {
        return Ok(());
    }
    let text = read_small_file(&path, DECISIONS_BYTES_MAX).map_err(io)?;
    let mut last: BTreeMap<(String, u8), usize> = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line: Line = serde_json::from_str(line).map_err(|error| {
            let detail = format!("line {} is no decision: {error}", number + 1);
            LineageError::Decisions { path: path.clone(), detail }
        })?;
        if line.kept {
            last.insert((line.sha256.clone(), 0), number);
        }
        if line.found.is_some() {
            last.insert((line.sha256.clone(), 1), number);
        }
        if super::decided::is_judgement(&line.decision) {
            last.insert((line.sha256.clone(), 2), number);
        }
        last.insert((line.sha256, 3), number);
    }
    let stay: BTreeSet<usize> = last.into_values().collect();
    let lengths = text.lines().map(|line| line.len() + 1).enumerate();
    let staying: usize = lengths.filter(|(number, _)| stay.contains(number)).map(|(_, n)| n).sum();
    // What grows towards the bound of its readers is shortened whatever that saves.
    let is_large = length > DECISIONS_BYTES_MAX / 2;
    if staying > text.len() / 2 && !is_large {
        return Ok(());
    }
    let mut file = tempfile::Builder::new().prefix(".khien-").tempfile_in(folder).map_err(io)?;
    for (number, line) in text.lines().enumerate() {
        if stay.contains(&number) {
            writeln!(file, "{line}").map_err(io)?;
        }
    }
    file.as_file().sync_all().map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sha256: &str, decision: &str, kept: bool, found: bool) -> String {
        let mut line = serde_json::json!({ "sha256": sha256, "decision": decision, "kept": kept });
        if found {
            line["found"] = serde_json::json!([]);
        }
        line.to_string()
    }

    #[test]
    fn a_long_list_keeps_what_its_readers_look_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DECISIONS);
        let mut lines = vec![
            line("a", "pass", true, true),
            line("a", "hold", false, true),
            line("b", "pass", false, false),
            line("b", "forgotten", false, false),
        ];
        let write = |lines: &[String]| fs::write(&path, lines.join("\n") + "\n").unwrap();
        let text = || read_small_file(&path, 1 << 20).unwrap();
        lines.extend(vec![line("a", "hold", false, false); 3]);
        write(&lines);
        shorten_from(folder.path(), 1).unwrap();
        assert_eq!(text().lines().count(), 7, "too little would be saved");
        lines.extend(vec![line("a", "hold", false, false); 7]);
        write(&lines);
        shorten_from(folder.path(), 1 << 20).unwrap();
        assert_eq!(text().lines().count(), 14, "a short list stays as it is");
        shorten_from(folder.path(), 1).unwrap();
        let left: Vec<String> = text().lines().map(str::to_owned).collect();
        let expected = [
            line("a", "pass", true, true),
            line("a", "hold", false, true),
            line("b", "pass", false, false),
            line("b", "forgotten", false, false),
            line("a", "hold", false, false),
        ];
        assert_eq!(left, expected);
        shorten_from(folder.path(), 1).unwrap();
        assert_eq!(text().lines().count(), 5);
        fs::write(&path, "no decision\n").unwrap();
        shorten_from(folder.path(), 1).unwrap_err();
        assert_eq!(text(), "no decision\n", "what cannot be read is left as it is");
    }

    #[test]
    fn only_files_are_opened_whose_names_can_be_meant() {
        let hash = "0123456789abcdef0123";
        assert!(may_be("1.0-0123456789abcdef.profile", hash));
        assert!(may_be("1.0-0123456789ABCDEF.profile", hash));
        assert!(may_be("mine.profile", hash), "somebody gave it another name");
        assert!(may_be("my-own.profile", hash));
        assert!(!may_be("1.0-1123456789abcdef.profile", hash));
    }
}
