//! Disk images, file systems, and the archives that macOS and Linux installers are made of.

mod adc;
pub(crate) mod apfs;
pub(crate) mod cpio;
pub(crate) mod hfsplus;
pub(crate) mod iso9660;
pub(crate) mod pbzx;
mod pkg;
pub(crate) mod squashfs;
mod squashfs_packing;
pub(crate) mod udif;
mod volume;
pub(crate) mod xar;

use crate::Format;

/// Which disk image or file system these bytes are. Called only when no archive's magic matched at
/// offset 0; must be cheap (fixed places only).
pub(crate) fn recognise(bytes: &[u8]) -> Option<Format> {
    if squashfs::is_squashfs(bytes) {
        Some(Format::SquashFs)
    } else if udif::is_udif(bytes) {
        Some(Format::Udif)
    } else if iso9660::is_iso(bytes) {
        Some(Format::Iso9660)
    } else if hfsplus::is_hfsplus(bytes) {
        Some(Format::HfsPlus)
    } else if apfs::is_apfs(bytes) {
        Some(Format::Apfs)
    } else {
        None
    }
}

/// Bytes of base 64 text, line breaks and all; `None` where it is none.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xFF).ok()?);
        }
    }
    Some(out)
}
