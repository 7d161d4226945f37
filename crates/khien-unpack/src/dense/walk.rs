//! Formats that are walked over by their own lengths. Each gives the number of bytes it accounts
//! for.

use crate::archive::crc::crc32;
use crate::field::{u8_at, u16_be, u16_le, u32_be, u32_le, u64_be, u64_le};

/// A part beside the content (a comment, somebody's own chunk) that is as long as this is room to
/// hide in.
const ASIDE_MAX: usize = 16 << 10;

/// Colour profiles are the only long parts beside a picture; the largest in use have 4 MiB.
const PROFILE_MAX: usize = 4 << 20;

/// Parts of one file that are walked over.
const PARTS_MAX: usize = 1 << 20;

fn usize_of(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

/// A PNG picture up to the first chunk that is no part of the format.
pub(super) struct Png {
    pub(super) len: usize,
    /// The content of its `IDAT` chunks.
    pub(super) pixels: Vec<u8>,
    /// Apple's variant: the stream has no zlib header.
    pub(super) is_raw: bool,
}

/// Source: PNG specification (third edition) 5.6 and the registered extensions.
pub(super) fn png(bytes: &[u8]) -> Option<Png> {
    const BESIDE: [&[u8; 4]; 25] = [
        b"PLTE", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"tEXt",
        b"zTXt", b"iTXt", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"eXIf", b"tIME", b"acTL", b"fcTL",
        b"oFFs", b"pCAL", b"sCAL", b"dSIG", b"iDOT",
    ];
    let mut at = 8;
    let mut picture = Png { len: 0, pixels: Vec::new(), is_raw: false };
    for _ in 0..PARTS_MAX {
        let len = usize_of(u32_be(bytes, at)?)?;
        let kind = bytes.get(at + 4..)?.first_chunk::<4>()?;
        let start = at + 8;
        let Some(content) = start.checked_add(len).and_then(|end| bytes.get(start..end)) else {
            break;
        };
        let known = match kind {
            b"IHDR" => len == 13,
            b"IDAT" => {
                picture.pixels.extend_from_slice(content);
                true
            }
            b"IEND" => len == 0,
            b"CgBI" => {
                picture.is_raw = true;
                len <= 16
            }
            b"fdAT" => true,
            b"iCCP" => len <= PROFILE_MAX,
            kind if BESIDE.contains(&kind) => len <= ASIDE_MAX,
            // Private chunks are others' own: small ones are marks of programs.
            _ => len <= 256,
        };
        if !known {
            break;
        }
        at = start + len + 4;
        picture.len = at;
        if kind == b"IEND" {
            break;
        }
    }
    (picture.len > 8 && !picture.pixels.is_empty()).then_some(picture)
}

/// Source: ISO/IEC 10918-1 annex B.
pub(super) fn jpeg(bytes: &[u8]) -> Option<usize> {
    const ASIDE: [&[u8]; 8] = [
        b"Exif\0",
        b"ICC_PROFILE\0",
        b"http://ns.adobe.com/",
        b"Photoshop ",
        b"MPF\0",
        b"JFXX\0",
        b"Adobe_",
        b"urn:iso:",
    ];
    let mut at = 2;
    for _ in 0..PARTS_MAX {
        if u8_at(bytes, at)? != 0xff {
            return None;
        }
        let marker = u8_at(bytes, at + 1)?;
        match marker {
            0xff => at += 1,
            0xd9 => return Some(at + 2),
            1 | 0xd0..=0xd7 => at += 2,
            0xc0..=0xfe => {
                let len = usize::from(u16_be(bytes, at + 2)?);
                let content = bytes.get(at + 4..at + 2 + len.max(2))?;
                let aside = matches!(marker, 0xe0..=0xef | 0xfe);
                if aside && len > ASIDE_MAX && !ASIDE.iter().any(|a| content.starts_with(a)) {
                    return Some(at);
                }
                at += 2 + len.max(2);
                if marker == 0xda {
                    at += scan_len(bytes.get(at..)?)?;
                }
            }
            _ => return None,
        }
    }
    None
}

/// Coded pixels: an `FF` in them is followed by a zero or a restart mark.
fn scan_len(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(0xff, bytes)
        .find(|at| !matches!(bytes.get(at + 1), Some(0 | 0xd0..=0xd7)))
        .filter(|at| at + 1 < bytes.len())
}

/// Source: GIF89a specification, "The Grammar".
pub(super) fn gif(bytes: &[u8]) -> Option<usize> {
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3_usize << ((flags & 7) + 1) };
    let mut at = 13 + colours(u8_at(bytes, 10)?);
    for _ in 0..PARTS_MAX {
        let (from, aside) = match u8_at(bytes, at)? {
            b';' => return Some(at + 1),
            b'!' => (at + 2, !matches!(u8_at(bytes, at + 1)?, 0xf9 | 0x01)),
            b',' => (at + 11 + colours(u8_at(bytes, at + 9)?), false),
            _ => return None,
        };
        let mut end = from;
        while let len @ 1.. = usize::from(u8_at(bytes, end)?) {
            end += len + 1;
        }
        if aside && end - from > ASIDE_MAX {
            return Some(at);
        }
        at = end + 1;
    }
    None
}

/// A RIFF file whose chunks fill it: sound, film, picture.
pub(super) fn riff(bytes: &[u8]) -> Option<usize> {
    let end = usize_of(u32_le(bytes, 4)?)?.checked_add(8)?;
    let known = [&b"WAVE"[..], b"WEBP", b"AVI ", b"ACON", b"sfbk", b"CDXA"];
    if end > bytes.len() || !known.contains(&bytes.get(8..12)?) {
        return None;
    }
    let mut at = 12;
    while at + 8 <= end {
        let name = bytes.get(at..at + 4)?;
        if !name.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return None;
        }
        at = at.checked_add(8)?.checked_add(usize_of(u32_le(bytes, at + 4)?)?)?;
        at += at % 2;
    }
    (at <= end + 1).then_some(end)
}

/// WOFF 1 and 2: the length in the header, and what the tables take of it.
pub(super) fn web_font(bytes: &[u8]) -> Option<usize> {
    let len = usize_of(u32_be(bytes, 8)?)?;
    let tables = usize::from(u16_be(bytes, 12)?);
    if len > bytes.len() || tables == 0 || u16_be(bytes, 14)? != 0 {
        return None;
    }
    if bytes.get(3) == Some(&b'2') {
        let packed = usize_of(u32_be(bytes, 20)?)?;
        // Two bytes and more for each table, and padding; what else is there are metadata.
        let head = 48 + tables * 24;
        return (packed <= len && len <= packed + head + ASIDE_MAX).then_some(len);
    }
    let mut taken = 44 + tables * 20;
    for table in 0..tables {
        let entry = 44 + table * 20;
        let (at, packed) =
            (usize_of(u32_be(bytes, entry + 4)?)?, usize_of(u32_be(bytes, entry + 8)?)?);
        if at.checked_add(packed)? > len {
            return None;
        }
        taken = taken.checked_add(packed)?.checked_add(3)?;
    }
    (len <= taken + ASIDE_MAX).then_some(len)
}

/// Ogg pages, one behind the other.
pub(super) fn ogg(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..PARTS_MAX {
        let page = bytes.get(at..).filter(|page| page.starts_with(b"OggS\0"));
        let Some(page) = page else { break };
        let segments = usize::from(u8_at(page, 26)?);
        let Some(lengths) = page.get(27..27 + segments) else { break };
        let len = 27 + segments + lengths.iter().map(|len| usize::from(*len)).sum::<usize>();
        if len > page.len() {
            break;
        }
        at += len;
    }
    (at > 0).then_some(at)
}

/// FLAC: the blocks in front, then frames to the end, of which the first is looked at.
pub(super) fn flac(bytes: &[u8]) -> Option<usize> {
    let mut at = 4;
    for number in 0..1024 {
        let head = u32_be(bytes, at)?;
        let (kind, len) = (head >> 24 & 0x7f, usize_of(head & 0x00ff_ffff)?);
        if (number == 0) != (kind == 0 && len == 34) {
            return None;
        }
        at += 4 + len;
        if head >> 31 == 1 {
            let frame = u16_be(bytes, at)?;
            return matches!(frame, 0xfff8 | 0xfff9).then_some(bytes.len());
        }
    }
    None
}

/// Boxes of the ISO base media format (14496-12): film, and pictures such as AVIF.
pub(super) fn boxes(bytes: &[u8]) -> Option<usize> {
    const TOP: [&[u8; 4]; 18] = [
        b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"meta", b"moof", b"mfra", b"sidx",
        b"styp", b"pdin", b"ssix", b"prft", b"emsg", b"uuid", b"udta", b"pnot",
    ];
    let (mut at, mut whole) = (0_usize, false);
    for _ in 0..PARTS_MAX {
        let Some(kind) = bytes.get(at.saturating_add(4)..).and_then(|rest| rest.first_chunk())
        else {
            break;
        };
        if !TOP.contains(&kind) {
            break;
        }
        let len = match u32_be(bytes, at)? {
            0 => bytes.len() - at,
            1 => usize::try_from(u64_be(bytes, at + 8)?).ok()?,
            len => usize_of(len)?,
        };
        let aside = matches!(kind, b"free" | b"skip" | b"uuid" | b"wide");
        let Some(end) = at.checked_add(len).filter(|end| len >= 8 && *end <= bytes.len()) else {
            break;
        };
        if aside && len > ASIDE_MAX {
            break;
        }
        whole |= matches!(kind, b"moov" | b"meta" | b"moof");
        at = end;
    }
    (whole && at > 0).then_some(at)
}

/// 7z: the first header has a checksum over where the last one is.
pub(super) fn seven_zip(bytes: &[u8]) -> Option<usize> {
    let start = bytes.get(12..32)?;
    if crc32(start) != u32_le(bytes, 8)? {
        return None;
    }
    let (at, len) = (u64_le(start, 0)?, u64_le(start, 8)?);
    let header = usize::try_from(at.checked_add(32)?).ok()?;
    let end = header.checked_add(usize::try_from(len).ok()?)?;
    (crc32(bytes.get(header..end)?) == u32_le(start, 16)?).then_some(end)
}

/// A cabinet of version 1.3 that says how long it is.
pub(super) fn cabinet(bytes: &[u8]) -> Option<usize> {
    let (len, files) = (usize_of(u32_le(bytes, 8)?)?, usize_of(u32_le(bytes, 16)?)?);
    let version = bytes.get(24..26)? == [3, 1];
    let folders = usize::from(u16_le(bytes, 26)?);
    (version && folders > 0 && files >= 36 && files < len && len <= bytes.len()).then_some(len)
}

/// An LZ4 frame: blocks with their lengths, ended by a zero.
pub(super) fn lz4(bytes: &[u8]) -> Option<usize> {
    let flags = u8_at(bytes, 4)?;
    if flags >> 6 != 1 || u8_at(bytes, 5)? & 0x8f != 0 {
        return None;
    }
    let mut at = 7;
    at += if flags & 8 == 0 { 0 } else { 8 };
    at += if flags & 1 == 0 { 0 } else { 4 };
    for _ in 0..PARTS_MAX {
        let head = u32_le(bytes, at)?;
        let len = usize_of(head & 0x7fff_ffff)?;
        at += 4;
        if head == 0 {
            return Some(at + if flags & 4 == 0 { 0 } else { 4 });
        }
        // Blocks that are stored plain explain nothing.
        if len > 4 << 20 || head >> 31 == 1 || at + len > bytes.len() {
            return None;
        }
        at += len + if flags & 16 == 0 { 0 } else { 4 };
    }
    None
}
