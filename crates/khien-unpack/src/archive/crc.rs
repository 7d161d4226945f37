//! Checksums that archives store.

/// CRC-32 (IEEE), as zip, gzip and 7-Zip store it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
