//! .NET metadata (ECMA-335): not read yet.

use crate::image::DotNet;

/// Reads the metadata of a PE file. `header` starts at the CLI header (data directory 14); `at`
/// gives the bytes from a relative virtual address to the end of its section in the file.
///
/// # Errors
///
/// What was wrong, for the image's `problems`.
pub(crate) fn read<'a>(
    _header: &'a [u8],
    _at: &dyn Fn(u32) -> Option<&'a [u8]>,
) -> Result<DotNet, &'static str> {
    Err("not read yet")
}
