//! Who issued an OpenPGP signature (RFC 9580): read, never verified.

use std::fmt::Write as _;

use crate::field::{u8_at, u16_be, u32_be};

/// What a signature packet says of itself.
pub(crate) fn describe(bytes: &[u8]) -> Option<String> {
    let body = signature_packet(bytes)?;
    let version = u8_at(body, 0)?;
    let (key, hash, issuer) = match version {
        3 => (u8_at(body, 15)?, u8_at(body, 16)?, body.get(7..15).map(<[u8]>::to_vec)),
        4 | 6 => {
            let wide = version == 6;
            let (hashed, rest) = subpackets(body, 4, wide)?;
            let unhashed = subpackets(body, rest, wide).map(|(area, _)| area);
            let issuer = issuer(hashed).or_else(|| unhashed.and_then(issuer));
            (u8_at(body, 2)?, u8_at(body, 3)?, issuer)
        }
        _ => return None,
    };
    let mut text = format!("OpenPGP v{version}, {}, {}", key_algorithm(key), hash_algorithm(hash));
    if let Some(issuer) = issuer {
        text.push_str(", issuer ");
        for byte in issuer {
            let _ = write!(text, "{byte:02x}");
        }
    }
    Some(text)
}

/// Base 64 without its armour; what is no digit is passed over.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count == 4 {
            bytes.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
            (bits, count) = (0, 0);
        }
    }
    let rest = (bits << (6 * (4 - count))).to_be_bytes();
    let left = match count {
        2 => 1,
        3 => 2,
        _ => 0,
    };
    bytes.extend_from_slice(rest.get(1..=left).unwrap_or_default());
    bytes
}

/// The body of the first packet, if it is a signature.
fn signature_packet(bytes: &[u8]) -> Option<&[u8]> {
    let tag = u8_at(bytes, 0)?;
    let (kind, start, len): (u8, usize, usize) = if tag & 0xc0 == 0xc0 {
        let first = u8_at(bytes, 1)?;
        match first {
            0..=191 => (tag & 0x3f, 2, usize::from(first)),
            192..=223 => {
                let low = usize::from(u8_at(bytes, 2)?);
                (tag & 0x3f, 3, (usize::from(first) - 192) * 256 + low + 192)
            }
            _ => (tag & 0x3f, 6, usize::try_from(u32_be(bytes, 2)?).ok()?),
        }
    } else if tag & 0xc0 == 0x80 {
        let kind = tag >> 2 & 15;
        match tag & 3 {
            0 => (kind, 2, usize::from(u8_at(bytes, 1)?)),
            1 => (kind, 3, usize::from(u16_be(bytes, 1)?)),
            2 => (kind, 5, usize::try_from(u32_be(bytes, 1)?).ok()?),
            _ => return None,
        }
    } else {
        return None;
    };
    (kind == 2).then(|| bytes.get(start..start.checked_add(len)?)).flatten()
}

/// A subpacket area and where it ends.
fn subpackets(body: &[u8], at: usize, wide: bool) -> Option<(&[u8], usize)> {
    let (len, head) = if wide {
        (usize::try_from(u32_be(body, at)?).ok()?, 4)
    } else {
        (usize::from(u16_be(body, at)?), 2)
    };
    let start = at.checked_add(head)?;
    let end = start.checked_add(len)?;
    Some((body.get(start..end)?, end))
}

/// The issuer's fingerprint, or its key number.
fn issuer(mut area: &[u8]) -> Option<Vec<u8>> {
    let mut number = None;
    while let Some(first) = u8_at(area, 0) {
        let (len, head): (usize, usize) = match first {
            0..=191 => (usize::from(first), 1),
            192..=254 => ((usize::from(first) - 192) * 256 + usize::from(u8_at(area, 1)?) + 192, 2),
            255 => (usize::try_from(u32_be(area, 1)?).ok()?, 5),
        };
        let packet = area.get(head..head.checked_add(len)?)?;
        match packet {
            [33, _, fingerprint @ ..] => return Some(fingerprint.to_vec()),
            [16, key @ ..] => number = Some(key.to_vec()),
            _ => {}
        }
        area = area.get(head + len..)?;
    }
    number
}

fn key_algorithm(number: u8) -> String {
    match number {
        1..=3 => "RSA".to_owned(),
        17 => "DSA".to_owned(),
        19 => "ECDSA".to_owned(),
        22 | 27 => "EdDSA".to_owned(),
        _ => format!("key algorithm {number}"),
    }
}

fn hash_algorithm(number: u8) -> String {
    match number {
        1 => "MD5".to_owned(),
        2 => "SHA-1".to_owned(),
        8 => "SHA-256".to_owned(),
        9 => "SHA-384".to_owned(),
        10 => "SHA-512".to_owned(),
        11 => "SHA-224".to_owned(),
        12 | 14 => "SHA3".to_owned(),
        _ => format!("hash {number}"),
    }
}
