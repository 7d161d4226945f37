//! ar archives and Debian packages.

use crate::reader::{Context, Refusal};

/// Reads one.
pub(crate) fn read(_cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    Err(Refusal::unsupported("no reader for ar archives and Debian packages"))
}
pub(crate) fn is_old_cpio(_bytes: &[u8]) -> bool {
    false
}
