//! Pictures, fonts and their like: by a magic and by the fields behind it.
//!
//! Magics of four letters are chance in text and cheap to forge in front of anything; so what the
//! header says must fit the bytes.

use crate::Format;
use crate::field::{u8_at, u16_be, u16_le, u32_be, u32_le};

/// Which of them these bytes are.
pub(super) fn recognise(bytes: &[u8]) -> Option<Format> {
    if is_picture(bytes) {
        Some(Format::Image)
    } else if is_font(bytes) {
        Some(Format::Font)
    } else if is_property_list(bytes) {
        Some(Format::Plist)
    } else if bytes.starts_with(b"PKCX") && is_der(bytes.get(4..)?) || is_der(bytes) {
        Some(Format::Certificate)
    } else {
        None
    }
}

/// Whether `len` bytes from `at` are there.
fn fits(bytes: &[u8], at: u32, len: u32) -> bool {
    at.checked_add(len)
        .and_then(|end| usize::try_from(end).ok())
        .is_some_and(|end| end <= bytes.len())
}

fn is_picture(bytes: &[u8]) -> bool {
    let is = match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => is_png(bytes),
        // The first segment of JPEG: a marker and its length.
        [0xff, 0xd8, 0xff, 0xc0..=0xfe, ..] => {
            u16_be(bytes, 4).map(|len| len >= 2 && fits(bytes, 4, u32::from(len)))
        }
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => is_gif(bytes),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => is_tiff(bytes),
        [b'i', b'c', b'n', b's', ..] => is_apple_icon(bytes),
        // Photoshop: version, then six bytes that are zero, then channels.
        [b'8', b'B', b'P', b'S', 0, 1 | 2, 0, 0, 0, 0, 0, 0, 0, 1..=56, ..] => Some(true),
        [0, 0, 1 | 2, 0, ..] => is_icon(bytes),
        [b'B', b'M', ..] => is_bitmap(bytes),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', b'V', b'P', b'8', ..] => {
            u32_le(bytes, 4).map(|len| fits(bytes, 8, len))
        }
        _ => None,
    };
    is.unwrap_or(false)
}

/// A chunk behind the magic: its length, and a name of four letters.
fn is_png(bytes: &[u8]) -> Option<bool> {
    let letters = bytes.get(12..16)?.iter().all(u8::is_ascii_alphabetic);
    Some(letters && fits(bytes, 16, u32_be(bytes, 8)?))
}

/// A screen with an area, and behind its table of colours a block that there is.
fn is_gif(bytes: &[u8]) -> Option<bool> {
    let (width, height) = (u16_le(bytes, 6)?, u16_le(bytes, 8)?);
    let flags = u8_at(bytes, 10)?;
    let colours = if flags & 0x80 == 0 { 0 } else { 3_usize << ((flags & 7) + 1) };
    let block = u8_at(bytes, 13 + colours)?;
    Some(width > 0 && height > 0 && matches!(block, b'!' | b',' | b';'))
}

/// The first directory: where it is, and how many entries of twelve bytes it has.
fn is_tiff(bytes: &[u8]) -> Option<bool> {
    let little = bytes.first() == Some(&b'I');
    let at = if little { u32_le(bytes, 4)? } else { u32_be(bytes, 4)? };
    let entries = if little { u16_le(bytes, at)? } else { u16_be(bytes, at)? };
    Some(at >= 8 && (1..=1024).contains(&entries) && fits(bytes, at, u32::from(entries) * 12 + 2))
}

/// Its own length, then elements with a name and a length.
fn is_apple_icon(bytes: &[u8]) -> Option<bool> {
    let name = bytes.get(8..12)?.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    Some(name && fits(bytes, 0, u32_be(bytes, 4)?) && fits(bytes, 8, u32_be(bytes, 12)?))
}

/// A directory whose first picture is there.
fn is_icon(bytes: &[u8]) -> Option<bool> {
    let pictures = u32::from(u16_le(bytes, 4)?);
    let (len, at) = (u32_le(bytes, 14)?, u32_le(bytes, 18)?);
    Some((1..=1024).contains(&pictures) && at >= 6 + 16 * pictures && fits(bytes, at, len))
}

/// As long as it says, reserved fields zero, and one of the header lengths that there are.
fn is_bitmap(bytes: &[u8]) -> Option<bool> {
    let whole = usize::try_from(u32_le(bytes, 2)?).ok()? == bytes.len();
    let header = u32_le(bytes, 14)?;
    Some(whole && u32_le(bytes, 6)? == 0 && (12..=124).contains(&header))
}

fn is_font(bytes: &[u8]) -> bool {
    let is = match bytes {
        [b'O', b'T', b'T', b'O', ..] | [0, 1, 0, 0, ..] | [b't', b'r', b'u', b'e', ..] => {
            has_tables(bytes, 0)
        }
        [b't', b't', b'c', b'f', 0, 1 | 2, 0, 0, ..] => {
            u32_be(bytes, 12).and_then(|first| has_tables(bytes, first))
        }
        [b'w', b'O', b'F', b'F' | b'2', ..] => is_web_font(bytes),
        _ => None,
    };
    is.unwrap_or(false)
}

/// A table directory whose tables have names of letters and lie within the file.
fn has_tables(bytes: &[u8], at: u32) -> Option<bool> {
    let count = u32::from(u16_be(bytes, at.checked_add(4)?)?);
    for number in 0..count {
        let entry = at.checked_add(12)?.checked_add(number.checked_mul(16)?)?;
        let start = usize::try_from(entry).ok()?;
        let name = bytes.get(start..start.checked_add(4)?)?;
        let (table, len) = (u32_be(bytes, start + 8)?, u32_be(bytes, start + 12)?);
        if !name.iter().all(|byte| (b' '..=b'~').contains(byte)) || !fits(bytes, table, len) {
            return Some(false);
        }
    }
    Some((1..=256).contains(&count))
}

/// Its own length, how many tables, and a field that is zero.
fn is_web_font(bytes: &[u8]) -> Option<bool> {
    let tables = u16_be(bytes, 12)?;
    let len = u32_be(bytes, 8)?;
    Some((1..=256).contains(&tables) && u16_be(bytes, 14)? == 0 && len >= 44 && fits(bytes, 0, len))
}

/// The trailer: widths of numbers and references.
fn is_property_list(bytes: &[u8]) -> bool {
    let trailer = bytes.strip_prefix(b"bplist00").and_then(|rest| rest.last_chunk::<32>());
    trailer.is_some_and(|trailer| matches!(trailer, [0, 0, 0, 0, 0, _, 1..=8, 1..=8, ..]))
}

/// A DER sequence as long as the bytes whose first element is a sequence (a certificate) or the
/// object identifier of PKCS#7.
fn is_der(bytes: &[u8]) -> bool {
    let (len, rest) = match bytes {
        [0x30, 0x82, high, low, rest @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        [0x30, 0x83, a, b, c, rest @ ..] => {
            (usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap_or(0), rest)
        }
        _ => return false,
    };
    len == rest.len()
        && (rest.first() == Some(&0x30)
            || rest.starts_with(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magics_alone_are_nothing() {
        let magics: [&[u8]; 14] = [
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0",
            b"GIF89a",
            b"II*\0",
            b"MM\0*",
            b"icns",
            b"8BPS",
            b"\0\0\x01\0",
            b"BM",
            b"OTTO",
            b"wOFF",
            b"ttcf",
            b"\0\x01\0\0\0",
            b"bplist00",
        ];
        for magic in magics {
            for rest in
                [b"=1;\n// text and more of it, to fill the header".to_vec(), vec![0xa5; 90]]
            {
                assert_eq!(recognise(&[magic, &rest].concat()), None, "{magic:x?}");
            }
            assert_eq!(recognise(magic), None);
        }
    }

    #[test]
    fn headers_that_fit_are_something() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0crc!";
        assert_eq!(recognise(png), Some(Format::Image));
        assert_eq!(recognise(b"\xff\xd8\xff\xe0\0\x04ab\xff\xd9"), Some(Format::Image));
        assert_eq!(recognise(b"GIF89a\x01\0\x01\0\0\0\0;"), Some(Format::Image));
        let mut font = b"OTTO\0\x01\0\0\0\0\0\0CFF \0\0\0\0\0\0\0\x1c\0\0\0\x04".to_vec();
        assert_eq!(recognise(&font), None, "the table is outside");
        font.extend(b"cff!");
        assert_eq!(recognise(&font), Some(Format::Font));
        let mut list = b"bplist00\x08".to_vec();
        list.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        list.extend([0; 24]);
        assert_eq!(recognise(&list), Some(Format::Plist));
    }
}
