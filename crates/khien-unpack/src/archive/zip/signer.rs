//! By whose key an Android package or a Chromium extension says that it is signed: read, never
//! verified.
//!
//! Sources: "APK Signature Scheme v2" and "v3" (Android Open Source Project); `crx3.proto` (Chromium).

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::field::{u32_le, u64_le};

/// Identifiers of the pairs that hold signers, the newest scheme first.
const SCHEMES: [u32; 3] = [0x1b93_ad61, 0xf053_68c0, 0x7109_871a];
/// Pairs that are looked through; genuine blocks have two to six.
const PAIRS_MAX: usize = 64;

/// SHA-256 of the first signer's certificate of a whole signing block.
pub(super) fn apk(block: &[u8]) -> Option<String> {
    let mut found: [Option<&[u8]>; 3] = [None; 3];
    let mut rest = block.get(8..block.len().checked_sub(24)?)?;
    for _ in 0..PAIRS_MAX {
        let Some(len) = u64_le(rest, 0).and_then(|len| usize::try_from(len).ok()) else { break };
        let Some(pair) = rest.get(8..).and_then(|rest| rest.get(..len)) else { break };
        if let Some(scheme) = SCHEMES.iter().position(|known| u32_le(pair, 0) == Some(*known))
            && let Some(place) = found.get_mut(scheme)
        {
            *place = pair.get(4..);
        }
        rest = rest.get(8 + len..).unwrap_or_default();
    }
    let signers = first(found.into_iter().flatten().next()?)?;
    let signed = first(first(signers)?)?;
    let after_digests = signed.get(first(signed)?.len().checked_add(4)?..)?;
    Some(hex(&Sha256::digest(first(first(after_digests)?)?)))
}

/// The first of parts that each stand behind their length.
fn first(bytes: &[u8]) -> Option<&[u8]> {
    let len = usize::try_from(u32_le(bytes, 0)?).ok()?;
    bytes.get(4..)?.get(..len)
}

/// The identifier of an extension, which is a hash of its key; of the older version, the
/// hash of its key in full.
pub(super) fn extension(header: &[u8], version: u64) -> Option<String> {
    if version == 2 {
        let len = usize::try_from(u32_le(header, 0)?).ok()?;
        return Some(hex(&Sha256::digest(header.get(8..)?.get(..len)?)));
    }
    // Field 10000, 18 bytes, with field 1 of 16 bytes in it.
    const MARK: [u8; 6] = [0x82, 0xf1, 0x04, 0x12, 0x0a, 0x10];
    let at = memchr::memmem::rfind(header, &MARK)?;
    Some(hex(header.get(at + MARK.len()..)?.get(..16)?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
    }

    fn block(certificate: &[u8]) -> Vec<u8> {
        let signed = [part(b"digests"), part(&part(certificate)), part(b"")].concat();
        let signer = [part(&signed), part(b"signatures"), part(b"key")].concat();
        let pair = [&0x7109_871a_u32.to_le_bytes()[..], &part(&part(&signer))].concat();
        let mut out = vec![0; 8];
        out.extend(u64::try_from(pair.len()).unwrap().to_le_bytes());
        out.extend(pair);
        out.extend([0; 24]);
        out
    }

    #[test]
    fn an_android_package_is_known_by_its_certificate() {
        assert_eq!(apk(&block(b"mine")), Some(hex(&Sha256::digest(b"mine"))));
        assert_ne!(apk(&block(b"mine")), apk(&block(b"other")));
        for len in 0..block(b"mine").len() {
            let _ = apk(block(b"mine").get(..len).unwrap());
        }
    }

    #[test]
    fn an_extension_is_known_by_its_identifier() {
        let header = [&b"proofs"[..], &[0x82, 0xf1, 0x04, 0x12, 0x0a, 0x10], &[7; 16]].concat();
        assert_eq!(extension(&header, 3), Some("07".repeat(16)));
        assert_eq!(extension(b"proofs", 3), None);
        let old = [&3_u32.to_le_bytes()[..], &4_u32.to_le_bytes(), b"keysign"].concat();
        assert_eq!(extension(&old, 2), Some(hex(&Sha256::digest(b"key"))));
        assert_eq!(extension(b"", 2), None);
    }
}
