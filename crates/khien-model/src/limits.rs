//! Bounds on what one piece of hostile input may cost.

use std::io::{self, Read};
use std::path::Path;

/// Bounds for reading logs. Every one is on what comes *out*, because input is what a
/// decompression bomb keeps small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest record (a line, a JSON value), in bytes; a longer one is a dead letter.
    pub record_bytes_max: usize,
    /// The deepest nesting of a JSON value.
    pub nesting_max: usize,
    /// Output bytes allowed per input byte of a compressed stream, once past a first 64 MiB.
    pub expansion_ratio_max: u64,
    /// Output bytes allowed from one compressed file or archive in all.
    pub expanded_bytes_max: u64,
    /// Archive members read per archive.
    pub members_max: u64,
    /// How many containers may be inside one another (a zip in a tar.gz is two).
    pub containers_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: 16 << 20,
            nesting_max: 64,
            expansion_ratio_max: 250,
            expanded_bytes_max: 1 << 40,
            members_max: 100_000,
            containers_max: 4,
        }
    }
}

/// Reads a whole file that should be small: a rule, an advisory, a mapping.
///
/// # Errors
///
/// The machine's own error, or `InvalidData` when the file is larger than `bytes_max` or not
/// UTF-8: the file's fault.
pub fn read_small_file(path: &Path, bytes_max: u64) -> io::Result<String> {
    let file = std::fs::File::open(path)?;
    let mut text = String::new();
    let read = file.take(bytes_max.saturating_add(1)).read_to_string(&mut text)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > bytes_max {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("larger than {bytes_max} bytes"),
        ));
    }
    Ok(text)
}
