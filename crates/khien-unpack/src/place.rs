//! Numbers at places that formats give as 64-bit offsets; see [`crate::field`] for the rest.

use crate::field;

/// `len` bytes from `at`, or nothing where they are not all there.
pub(crate) fn slice(bytes: &[u8], at: u64, len: u64) -> Option<&[u8]> {
    field::slice(bytes, &(at..at.checked_add(len)?))
}

/// Bytes from `at` to the end; empty where that is outside.
pub(crate) fn from(bytes: &[u8], at: u64) -> &[u8] {
    usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default()
}

/// One byte.
pub(crate) fn u8_at(bytes: &[u8], at: u64) -> Option<u8> {
    field::u8_at(bytes, usize::try_from(at).ok()?)
}

/// Two bytes, least significant first.
pub(crate) fn u16_le(bytes: &[u8], at: u64) -> Option<u16> {
    field::u16_le(bytes, usize::try_from(at).ok()?)
}

/// Four bytes, least significant first.
pub(crate) fn u32_le(bytes: &[u8], at: u64) -> Option<u32> {
    field::u32_le(bytes, usize::try_from(at).ok()?)
}

/// Eight bytes, least significant first.
pub(crate) fn u64_le(bytes: &[u8], at: u64) -> Option<u64> {
    field::u64_le(bytes, usize::try_from(at).ok()?)
}

/// Two bytes, most significant first.
pub(crate) fn u16_be(bytes: &[u8], at: u64) -> Option<u16> {
    field::u16_be(bytes, usize::try_from(at).ok()?)
}

/// Four bytes, most significant first.
pub(crate) fn u32_be(bytes: &[u8], at: u64) -> Option<u32> {
    field::u32_be(bytes, usize::try_from(at).ok()?)
}

/// Eight bytes, most significant first.
pub(crate) fn u64_be(bytes: &[u8], at: u64) -> Option<u64> {
    field::u64_be(bytes, usize::try_from(at).ok()?)
}

/// The length of bytes as formats give it.
pub(crate) fn len(bytes: &[u8]) -> u64 {
    field::len_u64(bytes.len())
}
