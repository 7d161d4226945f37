//! self-extracting.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for self-extracting"))
}
pub(crate) fn carries(_bytes: &[u8]) -> bool {
    false
}
