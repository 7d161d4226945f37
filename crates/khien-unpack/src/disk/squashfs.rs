//! SquashFS.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for SquashFS"))
}
