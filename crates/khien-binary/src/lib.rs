//! Reads executables and their signatures as structures: PE, ELF, Mach-O, .NET.
//!
//! [`read`] turns the bytes of one file into [`Image`]s: what the file imports and exports, how it
//! starts, what its sections hold, which functions it has, and who signed which bytes of it. A
//! signature is never a boolean here: [`signature::Signature`] says what was covered, what was not,
//! and why. Everything is offline, and everything is a summary: nothing refers to the bytes.
//!
//! What it does not do: it decides nothing about a file, compares no two files, and opens no
//! containers.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

pub mod authenticode;
mod codesign;
mod dotnet;
mod elf;
pub mod entropy;
mod fields;
pub mod functions;
mod golang;
pub mod image;
mod macho;
mod names;
mod pe;
pub mod signature;
mod toolchain;

pub use image::{Image, ImageKind};
pub use signature::Signature;

/// Why a file gives no image.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The first bytes are those of no format that is read here: the usual answer for other files.
    #[error("not an executable that is read here")]
    NotExecutable,
    /// It starts like an executable and cannot be followed further: the file's doing.
    #[error("damaged {format}: {what}")]
    Damaged {
        /// Which format it started as.
        format: &'static str,
        /// What was wrong.
        what: &'static str,
    },
    /// A reader stopped on an invariant of its own. A defect of this program or of a library; the
    /// file must count as unread.
    #[error("the reader failed on this file")]
    Defect,
}

/// Whether [`read`] knows the first bytes of a file; four bytes are enough, except for PE (64).
pub fn is_executable(start: &[u8]) -> bool {
    format_of(start).is_some()
}

/// Reads an executable: one image, or one for each slice of a universal Mach-O.
///
/// What can be read of a partly damaged file is returned, with `problems` in the image.
///
/// # Errors
///
/// [`Error::NotExecutable`] by the magic alone; [`Error::Damaged`] when the headers contradict the
/// file; [`Error::Defect`] when a reader panicked.
pub fn read(bytes: &[u8]) -> Result<Vec<Image>, Error> {
    let Some(format) = format_of(bytes) else { return Err(Error::NotExecutable) };
    // Last fence: libraries parse hostile bytes below. The release profile unwinds.
    let images = catch_unwind(AssertUnwindSafe(|| match format {
        Format::Pe => pe::read(bytes).map(|image| vec![image]),
        Format::Elf => elf::read(bytes).map(|image| vec![image]),
        Format::MachO => macho::read(bytes),
    }));
    images.unwrap_or(Err(Error::Defect))
}

enum Format {
    Pe,
    Elf,
    MachO,
}

/// Source: PE/COFF specification (DOS stub), System V gABI, `mach-o/loader.h` and `mach-o/fat.h`.
fn format_of(bytes: &[u8]) -> Option<Format> {
    match bytes.first_chunk::<4>()? {
        [b'M', b'Z', _, _] => Some(Format::Pe),
        b"\x7fELF" => Some(Format::Elf),
        [0xFE, 0xED, 0xFA, 0xCE | 0xCF] | [0xCE | 0xCF, 0xFA, 0xED, 0xFE] => Some(Format::MachO),
        // Java class files share CAFEBABE; there the next four bytes are the class version, which is
        // above 40, and no universal file has that many slices.
        [0xCA, 0xFE, 0xBA, 0xBE | 0xBF] => {
            let slices = u32::from_be_bytes(*bytes.get(4..)?.first_chunk::<4>()?);
            (1..=40).contains(&slices).then_some(Format::MachO)
        }
        _ => None,
    }
}
