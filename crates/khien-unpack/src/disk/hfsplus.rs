//! HFS+.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for HFS+"))
}

/// Whether these bytes are one.
pub(crate) fn is_hfsplus(_bytes: &[u8]) -> bool {
    false
}
