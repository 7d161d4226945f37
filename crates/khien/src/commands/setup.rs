//! What `scan` and `rules` both need: files to read and mappings.

use std::path::{Path, PathBuf};

use khien_ingest::Mapping;
use khien_model::{Limits, Timestamp, Untrusted, limits};

use crate::args::{LakeArgs, LogArgs, RuleArgs};
use khien_ops::scan::knowledge::{InputError, RuleInputs};
use khien_ops::scan::run::Inputs;

/// Finds files and reads mapping files.
///
/// # Errors
///
/// [`InputError`]: a path that was named does not exist, or a mapping file is wrong.
pub(super) fn inputs(paths: &[PathBuf], args: &LogArgs) -> Result<Inputs, InputError> {
    for path in paths {
        if let Err(error) = std::fs::symlink_metadata(path) {
            return Err(InputError::Unreadable { path: shown(path), detail: error.to_string() });
        }
    }
    let wanted = |path: &Path| {
        let text = path.to_string_lossy();
        !args.exclude.iter().any(|part| text.contains(part.as_str()))
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Inputs {
        walk: khien_ingest::walk(paths, &wanted),
        mappings: mappings(&args.mappings)?,
        limits: Limits::default(),
        threads: args.threads.map_or(cores, usize::from),
    })
}

/// Reads mapping files.
///
/// # Errors
///
/// [`InputError`]: one cannot be read, or is wrong.
pub(super) fn mappings(paths: &[PathBuf]) -> Result<Vec<Mapping>, InputError> {
    let read = |path: &PathBuf| {
        let text = limits::read_small_file(path, 1 << 20).map_err(|error| {
            InputError::Unreadable { path: shown(path), detail: error.to_string() }
        })?;
        Mapping::parse(&text, &path.to_string_lossy())
            .map_err(|error| InputError::Invalid { path: shown(path), detail: error.to_string() })
    };
    paths.iter().map(read).collect()
}

/// The rules asked for: the program's own, unless left out, and the user's.
pub(super) fn rule_inputs(args: &RuleArgs) -> RuleInputs {
    RuleInputs {
        paths: args.rules.clone(),
        builtin: !args.no_builtin,
        placeholders: args.placeholders.clone(),
    }
}

/// The folder of the lake: the one asked for, else the user's own.
///
/// # Errors
///
/// [`InputError`]: none was named, and there is no home folder to have one in.
pub(super) fn lake_folder(args: &LakeArgs) -> Result<PathBuf, InputError> {
    if let Some(folder) = args.lake.as_ref().filter(|folder| !folder.as_os_str().is_empty()) {
        return Ok(folder.clone());
    }
    own_folder("khien/lake").ok_or_else(|| InputError::Invalid {
        path: Untrusted::from("HOME"),
        detail: "there is no home folder; name a lake with --lake".to_owned(),
    })
}

/// The folder of the server's state: the one asked for, else the user's own.
///
/// # Errors
///
/// [`InputError`]: none was named, and there is no home folder to have one in.
pub(super) fn state_folder(named: Option<&PathBuf>) -> Result<PathBuf, InputError> {
    if let Some(folder) = named.filter(|folder| !folder.as_os_str().is_empty()) {
        return Ok(folder.clone());
    }
    own_folder("khien/state").ok_or_else(|| InputError::Invalid {
        path: Untrusted::from("HOME"),
        detail: "there is no home folder; name a state folder with --state".to_owned(),
    })
}

/// A folder among the user's data.
fn own_folder(name: &str) -> Option<PathBuf> {
    let folder =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
    data.map(|data| data.join(name))
}

pub(super) fn shown(path: &Path) -> Untrusted {
    Untrusted::new(path.to_string_lossy())
}

/// The one place that asks the clock.
#[expect(clippy::disallowed_methods, reason = "the command line owns the clock")]
pub(super) fn now() -> (Timestamp, std::time::Instant) {
    let now = jiff::Timestamp::try_from(std::time::SystemTime::now()).unwrap_or_default();
    (Timestamp::from_jiff(now).unwrap_or(Timestamp::MIN), std::time::Instant::now())
}
