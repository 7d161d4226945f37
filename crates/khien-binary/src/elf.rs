//! ELF: not read yet.

use crate::{Error, Image};

/// Reads an ELF file.
pub(crate) fn read(_bytes: &[u8]) -> Result<Image, Error> {
    Err(Error::NotExecutable)
}
