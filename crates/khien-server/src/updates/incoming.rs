//! An update on its way to disk: hashed as it comes, within its bound, gone where it does not end well.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::secret::hex;

/// What the disk keeps free for the state beside it.
const FREE_BYTES: u64 = 512 << 20;
/// How often that is looked at, in bytes written.
const LOOK_BYTES: u64 = 64 << 20;

/// Why an update is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// The sender's: there are no bytes.
    #[error("there are no bytes in it")]
    Empty,
    /// The sender's: it is larger than is taken.
    #[error("more than {0} bytes")]
    TooLarge(u64),
    /// The disk is full, or nearly.
    #[error("there is no room for it on the disk")]
    NoRoom,
    /// The machine's.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// An update that is being written.
#[derive(Debug)]
pub(crate) struct Incoming {
    folder: PathBuf,
    file: NamedTempFile,
    hasher: Sha256,
    size: u64,
    bytes_max: u64,
    /// Bytes after which the disk is looked at again.
    look_at: u64,
}

/// An update that was written as a whole.
#[derive(Debug)]
pub(crate) struct Written {
    file: NamedTempFile,
    /// SHA-256 of its bytes.
    pub(crate) sha256: String,
    /// How many.
    pub(crate) size: u64,
}

impl Incoming {
    pub(super) fn begin(folder: &Path, bytes_max: u64) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix("update-").tempfile_in(folder)?;
        let folder = folder.to_owned();
        Ok(Self { folder, file, hasher: Sha256::new(), size: 0, bytes_max, look_at: 0 })
    }

    /// Takes the bytes that come next.
    ///
    /// # Errors
    ///
    /// [`Refused`]; what was written is gone then.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.size = self.size.saturating_add(more);
        if self.size > self.bytes_max {
            return Err(Refused::TooLarge(self.bytes_max));
        }
        if self.size > self.look_at {
            if !has_room(&self.folder) {
                return Err(Refused::NoRoom);
            }
            self.look_at = self.size.saturating_add(LOOK_BYTES);
        }
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(refused)
    }

    /// That was all; it is on disk now.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub(crate) fn end(self) -> Result<Written, Refused> {
        if self.size == 0 {
            return Err(Refused::Empty);
        }
        self.file.as_file().sync_all().map_err(refused)?;
        let sha256 = hex(&self.hasher.finalize());
        Ok(Written { file: self.file, sha256, size: self.size })
    }
}

impl Written {
    /// Gives it its place.
    pub(super) fn put(self, place: &Path) -> io::Result<()> {
        self.file.persist(place).map_err(|error| error.error)?;
        Ok(())
    }
}

fn refused(error: io::Error) -> Refused {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Refused::NoRoom,
        _ => Refused::Io(error),
    }
}

/// Whether the disk can spare more. Where that cannot be told, writing will tell.
pub(super) fn has_room(folder: &Path) -> bool {
    #[cfg(unix)]
    if let Ok(volume) = rustix::fs::statvfs(folder) {
        return volume.f_bavail.saturating_mul(volume.f_frsize) > FREE_BYTES;
    }
    true
}

/// The name of a file as somebody gives it: the last part of a path, whatever system it is of.
///
/// # Errors
///
/// A stable word for what is wrong with it.
pub(crate) fn name_of(given: &str) -> Result<String, &'static str> {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if name.is_empty() || name == "." || name == ".." {
        return Err("empty");
    }
    if name.chars().count() > khien_wire::UPDATE_NAME_CHARS_MAX {
        return Err("too_long");
    }
    if name.chars().any(char::is_control) {
        return Err("characters");
    }
    // Hostile: what reorders text is kept, as it says something of its sender; it is shown escaped.
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests;
