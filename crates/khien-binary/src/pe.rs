//! Portable Executable.

use crate::{Error, Image};

/// Reads a PE file.
pub(crate) fn read(_bytes: &[u8]) -> Result<Image, Error> {
    Err(Error::NotExecutable)
}
