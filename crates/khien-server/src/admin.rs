//! What is done at the command line beside a server: the same state, the same audit log, without HTTP.

use std::path::Path;
use std::sync::Arc;

use crate::clock::SystemClock;
use crate::state::{self, BackupFacts, By, StateError, StateFolder, Store};

/// The state, for a command that is over soon.
pub struct Admin {
    runtime: tokio::runtime::Runtime,
    store: Store,
    _folder: StateFolder,
}

impl Admin {
    /// Opens the state in a folder, beside a server that may use it.
    ///
    /// # Errors
    ///
    /// The caller's where there is no state, else the machine's.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let folder = StateFolder::beside(folder)?;
        let runtime = runtime()?;
        let store = runtime.block_on(Store::open(&folder, Arc::new(SystemClock)))?;
        Ok(Self { runtime, store, _folder: folder })
    }

    /// Does something with the state, and waits for it.
    ///
    /// # Errors
    ///
    /// What the work gives.
    pub fn block<T>(
        &self,
        work: impl AsyncFnOnce(&Store) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        self.runtime.block_on(work(&self.store))
    }

    /// Closes the state.
    pub fn close(self) {
        self.runtime.block_on(self.store.close());
    }
}

/// What a backup holds, after checking it.
///
/// # Errors
///
/// The caller's where it is not sound, else the machine's.
pub fn backup_facts(file: &Path) -> Result<BackupFacts, StateError> {
    runtime()?.block_on(state::facts_of(file))
}

/// Replaces the state in a folder by a backup. Gives the file that the replaced state is in, if there was one.
///
/// # Errors
///
/// The caller's where the folder is in use or the backup not sound, else the machine's.
pub fn restore(
    folder: &Path,
    backup: &Path,
    by: &By,
) -> Result<Option<std::path::PathBuf>, StateError> {
    let folder = StateFolder::alone(folder)?;
    runtime()?.block_on(state::restore(&folder, backup, by, Arc::new(SystemClock)))
}

fn runtime() -> Result<tokio::runtime::Runtime, StateError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| StateError::Io { path: std::path::PathBuf::new(), source })
}
