//! The state folder: who may look inside, and who uses it at the moment.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::StateError;

/// A state folder that this process uses.
///
/// The server and the commands beside it hold `lock` together; restoring holds it alone. The server
/// also holds `server.lock`, so that no second one starts on the same state.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    _locks: Vec<File>,
}

impl StateFolder {
    /// Opens the folder for a command beside a server. The folder must be there.
    ///
    /// # Errors
    ///
    /// The caller's where it is not there or is being restored, else the machine's.
    pub(crate) fn beside(path: &Path) -> Result<Self, StateError> {
        require(path)?;
        let shared = lock_file(&path.join("lock"))?;
        locked(shared.try_lock_shared(), path)?;
        Ok(Self { path: path.to_owned(), _locks: vec![shared] })
    }

    /// Opens the folder for a server, and makes it where it is not there.
    ///
    /// # Errors
    ///
    /// The caller's where another server uses it, else the machine's.
    pub(crate) fn serve(path: &Path) -> Result<Self, StateError> {
        make_private_folder(path)?;
        let server = lock_file(&path.join("server.lock"))?;
        locked(server.try_lock(), path)?;
        let shared = lock_file(&path.join("lock"))?;
        locked(shared.try_lock_shared(), path)?;
        Ok(Self { path: path.to_owned(), _locks: vec![server, shared] })
    }

    /// Opens the folder for restoring: nobody else may use it. It is made where it is not there.
    ///
    /// # Errors
    ///
    /// The caller's where anybody uses it, else the machine's.
    pub(crate) fn alone(path: &Path) -> Result<Self, StateError> {
        make_private_folder(path)?;
        let alone = lock_file(&path.join("lock"))?;
        locked(alone.try_lock(), path)?;
        Ok(Self { path: path.to_owned(), _locks: vec![alone] })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database's file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("khien.db")
    }

    /// Makes the database's file, readable by its owner only; what lies beside it takes after it.
    pub(super) fn make_database(&self) -> Result<(), StateError> {
        let file = self.database();
        private().append(true).create(true).open(&file).map_err(StateError::io(&file))?;
        Ok(())
    }
}

/// Options that give a new file to its owner only.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Makes a folder that only its owner can enter.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), StateError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(StateError::io(path))
}

fn require(path: &Path) -> Result<(), StateError> {
    if path.join("khien.db").is_file() {
        return Ok(());
    }
    let why = "there is no state here; `khien serve` makes it".to_owned();
    Err(StateError::NotState { path: path.to_owned(), why })
}

fn lock_file(path: &Path) -> Result<File, StateError> {
    private().read(true).append(true).create(true).open(path).map_err(StateError::io(path))
}

fn locked(result: Result<(), TryLockError>, folder: &Path) -> Result<(), StateError> {
    match result {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StateError::Busy(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(StateError::Io { path: folder.to_owned(), source }),
    }
}
