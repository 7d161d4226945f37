//! oci.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for oci"))
}
pub(crate) fn read_folder(
    _cx: &mut Context<'_, '_>,
    _e: &[crate::FolderEntry],
    _l: &mut dyn FnMut(&str) -> Result<bytes::Bytes, String>,
) -> Result<(), Refusal> {
    Err(Refusal::unsupported("oci"))
}
pub(crate) fn is_image(_bytes: &[u8]) -> bool {
    false
}
