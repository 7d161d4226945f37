//! What can go wrong in a lake, in words that say what to do next.

use std::path::{Path, PathBuf};

/// Why the lake could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// There is no lake where one was looked for.
    #[error("no lake at {}: make one with `khien ingest`, or name another with --lake", .0.display())]
    Missing(PathBuf),
    /// The folder holds something else.
    #[error("{} is not empty and holds no lake: give a new or empty folder", .0.display())]
    NotALake(PathBuf),
    /// Another process writes to it.
    #[error("another process ({holder}) writes to the lake at {}: wait until it ends; reading is possible meanwhile", .lake.display())]
    Busy {
        /// The lake.
        lake: PathBuf,
        /// What the lock says of the other.
        holder: String,
    },
    /// The lake was made by a later version of the program.
    #[error("the lake at {} has format {found}; this program knows {known}: use a newer program", .lake.display())]
    Newer {
        /// The lake.
        lake: PathBuf,
        /// The format found.
        found: u32,
        /// The newest known format.
        known: u32,
    },
    /// A file could not be read or written.
    #[error("{}: {source}{}", .path.display(), hint(.source))]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The table format's own library failed.
    #[error("table `{table}`: {detail}; run `khien admin lake check`")]
    Table {
        /// Which table.
        table: String,
        /// What it said.
        detail: String,
    },
    /// An index does not fit its table.
    #[error(
        "table `{table}`: {detail}; run `khien admin lake repair`, which makes it again from the events"
    )]
    Damaged {
        /// Which table.
        table: String,
        /// What is wrong.
        detail: String,
    },
    /// A derived table lacks rows of the events.
    #[error(
        "table `{table}` does not have all events yet: another process is storing some or repairs the lake, so wait a while; if none is running, run `khien admin lake repair`"
    )]
    Behind {
        /// Which table.
        table: String,
    },
    /// A file that nothing else has the rows of cannot be read.
    #[error(
        "table `{table}`: {detail}; nothing makes these rows again: put the file back from a backup, or ingest the logs into a new lake (`khien admin lake check` names every such file)"
    )]
    Lost {
        /// Which table.
        table: String,
        /// What is wrong.
        detail: String,
    },
    /// What may be removed is not enough.
    #[error(
        "the tables have {least} bytes even without every event that may go, and {asked} are asked for: allow more, name fewer organisations and hosts, or run `khien admin lake compact --full` first"
    )]
    TooSmall {
        /// Bytes that would be left.
        least: u64,
        /// Bytes asked for.
        asked: u64,
    },
    /// A query is wrong, or not allowed.
    #[error("{0}")]
    Query(String),
    /// A query took more than it was given.
    #[error("the query took more than {0}: narrow it (host, time), or raise the limit")]
    Limit(String),
    /// A defect of the program.
    #[error("a defect of the program: {0}; please report it")]
    Internal(String),
}

impl LakeError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// An error of a library at a table's folder; a full disk is told as one wherever it came up.
    pub(crate) fn at<E: std::error::Error + 'static>(
        folder: &Path,
        table: &str,
    ) -> impl Fn(E) -> Self + use<E> {
        let (folder, table) = (folder.to_owned(), table.to_owned());
        move |error| match system_error(&error) {
            Some(source) => Self::Io { path: folder.clone(), source },
            None => Self::Table { table: table.clone(), detail: first_line(&error) },
        }
    }

    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }
}

/// What a library says, without the traces that it adds for its developers.
fn first_line(error: &dyn std::error::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// The system's own error below one of a library, where it is one that the user can do something
/// about.
fn system_error(error: &(dyn std::error::Error + 'static)) -> Option<std::io::Error> {
    let mut below = Some(error);
    while let Some(error) = below {
        let system = error.downcast_ref::<std::io::Error>();
        let told = system.filter(|error| !hint(error).is_empty());
        if let Some(told) = told {
            return Some(std::io::Error::new(told.kind(), told.to_string()));
        }
        below = error.source();
    }
    None
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            " (free some space, then start again: nothing stored is lost)"
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            " (the lake's folder must be writable for this account)"
        }
        _ => "",
    }
}
