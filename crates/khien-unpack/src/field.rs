//! Numbers and text at a place in hostile bytes: a place outside the bytes is `None`, never a panic.
//!
//! Formats give places as 32 or 64 bits, and code as `usize`: every reader here takes any of them.

use std::fmt::Write as _;
use std::ops::Range;

fn array<const N: usize>(bytes: &[u8], at: impl TryInto<usize>) -> Option<[u8; N]> {
    let at = at.try_into().ok()?;
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// One byte.
pub(crate) fn u8_at(bytes: &[u8], at: impl TryInto<usize>) -> Option<u8> {
    bytes.get(at.try_into().ok()?).copied()
}

/// Two bytes, least significant first.
pub(crate) fn u16_le(bytes: &[u8], at: impl TryInto<usize>) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// Four bytes, least significant first.
pub(crate) fn u32_le(bytes: &[u8], at: impl TryInto<usize>) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// Eight bytes, least significant first.
pub(crate) fn u64_le(bytes: &[u8], at: impl TryInto<usize>) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// Two bytes, most significant first.
pub(crate) fn u16_be(bytes: &[u8], at: impl TryInto<usize>) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// Four bytes, most significant first.
pub(crate) fn u32_be(bytes: &[u8], at: impl TryInto<usize>) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// Eight bytes, most significant first.
pub(crate) fn u64_be(bytes: &[u8], at: impl TryInto<usize>) -> Option<u64> {
    array(bytes, at).map(u64::from_be_bytes)
}

/// A length as `u64`; `usize` is never wider.
pub(crate) fn len_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// The length of bytes as formats give it.
pub(crate) fn len(bytes: &[u8]) -> u64 {
    len_u64(bytes.len())
}

/// A stretch of bytes given in `u64`, as formats do.
pub(crate) fn slice<'b>(bytes: &'b [u8], range: &Range<u64>) -> Option<&'b [u8]> {
    bytes.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

/// `len` bytes from `at`, or nothing where they are not all there.
pub(crate) fn piece(bytes: &[u8], at: u64, len: u64) -> Option<&[u8]> {
    slice(bytes, &(at..at.checked_add(len)?))
}

/// Bytes from `at` to the end; empty where that is outside.
pub(crate) fn from(bytes: &[u8], at: u64) -> &[u8] {
    usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default()
}

/// A name from a container: UTF-8 as it is, other bytes as `\xNN`, so that two names never become
/// one by decoding.
pub(crate) fn name_of(bytes: &[u8]) -> String {
    let mut name = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        name.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(name, "\\x{byte:02x}");
        }
    }
    name
}

/// Text up to the first NUL.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).map_or(bytes, |end| &bytes[..end])
}
