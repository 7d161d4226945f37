//! What can go wrong while a scenario is written or a manifest is read.

use std::io;
use std::path::PathBuf;

/// Says why a scenario could not be written or a manifest could not be read.
///
/// Generating records cannot fail; only the disk can.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder holds files that no simulator wrote there, or another scenario's files.
    ///
    /// The caller's choice of folder is at fault; nothing was written.
    #[error("write to {}: the folder holds other files than this scenario's", path.display())]
    FolderNotOurs {
        /// The folder that was refused.
        path: PathBuf,
    },
    /// The machine could not read or write.
    #[error("access {}", path.display())]
    Io {
        /// The file or folder in question.
        path: PathBuf,
        /// The machine's own error.
        source: io::Error,
    },
    /// A manifest is not valid JSON of the known format, or is over the size limit.
    #[error("read manifest {}", path.display())]
    Malformed {
        /// The manifest in question.
        path: PathBuf,
        /// What the JSON reader said.
        source: serde_json::Error,
    },
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
