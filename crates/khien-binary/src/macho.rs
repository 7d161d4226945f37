//! Mach-O: not read yet.

use crate::{Error, Image};

/// Reads a Mach-O file: one image for each slice.
pub(crate) fn read(_bytes: &[u8]) -> Result<Vec<Image>, Error> {
    Err(Error::NotExecutable)
}
