//! Disk images, file systems, and the archives that macOS and Linux installers are made of.

pub(crate) mod apfs;
pub(crate) mod cpio;
pub(crate) mod hfsplus;
pub(crate) mod iso9660;
pub(crate) mod pbzx;
pub(crate) mod squashfs;
pub(crate) mod udif;
pub(crate) mod xar;

use crate::Format;

/// Which disk image or file system these bytes are. Called only when no archive's magic matched at
/// offset 0; must be cheap (fixed places only).
pub(crate) fn recognise(_bytes: &[u8]) -> Option<Format> {
    None
}
