//! Installers: programs and databases that carry files and say what to do with them.

pub(crate) mod appimage;
pub(crate) mod asar;
pub(crate) mod burn;
pub(crate) mod cab;
pub(crate) mod inno;
pub(crate) mod msi;
pub(crate) mod nsis;
pub(crate) mod squirrel;

use crate::Format;

/// Which installer a PE program is, by its structure; `None` for a program that carries nothing.
pub(crate) fn recognise_pe(_bytes: &[u8]) -> Option<Format> {
    None
}

/// Which installer an ELF program is (AppImage: `AI` at offset 8).
pub(crate) fn recognise_elf(_bytes: &[u8]) -> Option<Format> {
    None
}

/// Whether a compound file (`D0 CF 11 E0`) is an installer database.
pub(crate) fn is_msi(_bytes: &[u8]) -> bool {
    false
}
