//! zip.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for zip"))
}
pub(crate) fn ends_as_archive(_bytes: &[u8]) -> bool {
    false
}
pub(crate) fn kin(_bytes: &[u8]) -> crate::Format {
    crate::Format::Zip
}
