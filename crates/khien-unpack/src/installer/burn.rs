//! WiX Burn bundles.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for WiX Burn bundles"))
}

/// Whether these bytes are one.
pub(crate) fn is_bundle(_bytes: &[u8]) -> bool {
    false
}
