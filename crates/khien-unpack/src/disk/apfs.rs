//! APFS.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for APFS"))
}

/// Whether these bytes are one.
pub(crate) fn is_apfs(_bytes: &[u8]) -> bool {
    false
}
