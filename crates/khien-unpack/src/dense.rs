//! Which bytes that look like noise a known compressed format explains.
//!
//! Enciphered and well-compressed bytes look alike, and a magic in front of either is cheap. So a
//! format explains only what it accounts for itself: streams are decoded, and must come out longer
//! than they went in; the others are walked over by their own lengths, up to the first part that the
//! format does not know.

mod walk;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use flate2::bufread::{DeflateDecoder, ZlibDecoder};

use crate::archive::stream;
use crate::field::{u16_le, u32_le};

/// Beginnings of the formats that [`Dense`] knows, each with its place in the format.
pub const DENSE_MAGICS: &[(usize, &[u8])] = &[
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"\xff\xd8\xff"),
    (0, b"GIF8"),
    (0, b"RIFF"),
    (0, b"wOF2"),
    (0, b"wOFF"),
    (0, b"OggS"),
    (0, b"fLaC"),
    (4, b"ftyp"),
    (0, b"PK\x03\x04"),
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"MSCF\0\0\0\0"),
    (0, b"\x04\x22\x4d\x18"),
    (0, b"\x1f\x8b\x08"),
    (0, b"\xfd7zXZ\0"),
    (0, b"\x28\xb5\x2f\xfd"),
    (0, b"BZh"),
    (0, b"\x5d\0\0"),
    (0, b"\x78\x01"),
    (0, b"\x78\x5e"),
    (0, b"\x78\x9c"),
    (0, b"\x78\xda"),
];

/// Measures compressed formats within one file.
#[derive(Debug)]
pub struct Dense {
    /// Bound: bytes that may still come out of decoders, for the whole file.
    left: u64,
}

/// Bytes that decoders may give for one file whatever its length, and for each of its bytes.
const OUT_FREE: u64 = 32 << 20;
const OUT_PER_BYTE: u64 = 16;

impl Dense {
    /// For a file of this length, which bounds the work.
    pub fn for_file(len: usize) -> Self {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        Self { left: OUT_FREE.saturating_add(len.saturating_mul(OUT_PER_BYTE)) }
    }

    /// How many bytes the compressed format explains that begins here; `None` where none begins, or
    /// where it is none but for its magic.
    pub fn len(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.left == 0 {
            return None;
        }
        // Decoders are others' code on hostile bytes: what fails explains nothing.
        let len = catch_unwind(AssertUnwindSafe(|| self.measure(bytes))).ok().flatten()?;
        Some(len.min(bytes.len()))
    }

    fn measure(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes {
            [0x89, b'P', ..] => self.png(bytes),
            [0xff, 0xd8, 0xff, ..] => walk::jpeg(bytes),
            [b'G', b'I', b'F', ..] => walk::gif(bytes),
            [b'R', b'I', b'F', b'F', ..] => walk::riff(bytes),
            [b'w', b'O', b'F', ..] => walk::web_font(bytes),
            [b'O', b'g', b'g', ..] => walk::ogg(bytes),
            [b'f', b'L', b'a', ..] => walk::flac(bytes),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => walk::boxes(bytes),
            [b'P', b'K', 3, 4, ..] => self.zip_member(bytes),
            [b'7', b'z', ..] => walk::seven_zip(bytes),
            [b'M', b'S', ..] => walk::cabinet(bytes),
            [4, 0x22, ..] => walk::lz4(bytes),
            [0x78, ..] => {
                let mut decoder = ZlibDecoder::new(bytes);
                let out = self.drain(&mut decoder)?;
                shrank(decoder.total_in(), out)
            }
            _ => {
                let (used, out) = stream::measure(bytes, self.left)?;
                self.left = self.left.saturating_sub(out);
                shrank(used, out)
            }
        }
    }

    /// Reads a decoder to its end, or to the bound; `None` where it fails.
    fn drain(&mut self, decoder: &mut dyn Read) -> Option<u64> {
        let mut chunk = vec![0; 64 << 10];
        let mut out = 0_u64;
        loop {
            let read = u64::try_from(decoder.read(&mut chunk).ok()?).ok()?;
            out = out.saturating_add(read);
            self.left = self.left.saturating_sub(read);
            if read == 0 || self.left == 0 {
                return Some(out);
            }
        }
    }

    /// Up to the first chunk that is none of the format's: pixels must be a zlib stream.
    fn png(&mut self, bytes: &[u8]) -> Option<usize> {
        let picture = walk::png(bytes)?;
        let mut pixels = ZlibDecoder::new(picture.pixels.as_slice());
        let raw = picture.is_raw;
        let out = match raw {
            true => self.drain(&mut DeflateDecoder::new(picture.pixels.as_slice()))?,
            false => self.drain(&mut pixels)?,
        };
        // Behind the stream's own end the chunks may hold anything.
        let used =
            if raw { picture.pixels.len() } else { usize::try_from(pixels.total_in()).ok()? };
        let whole = picture.pixels.len().saturating_sub(used) <= 16 || self.left == 0;
        shrank(u64::try_from(used).ok()?, out).filter(|_| whole).map(|_| picture.len)
    }

    /// One member from its own header. What is stored plain explains nothing but its header.
    fn zip_member(&mut self, bytes: &[u8]) -> Option<usize> {
        let (flags, method) = (u16_le(bytes, 6)?, u16_le(bytes, 8)?);
        let names = usize::from(u16_le(bytes, 26)?) + usize::from(u16_le(bytes, 28)?);
        let data = 30_usize.checked_add(names)?;
        let packed = usize::try_from(u32_le(bytes, 18)?).ok()?;
        let body = bytes.get(data..)?;
        if flags & 0x2041 != 0 {
            return None;
        }
        match method {
            0 => Some(data),
            8 => {
                let mut decoder = DeflateDecoder::new(body);
                let out = self.drain(&mut decoder)?;
                shrank(decoder.total_in(), out).map(|used| data + used)
            }
            _ => {
                let body = body.get(..packed).filter(|body| !body.is_empty())?;
                let (used, out) = stream::measure(body, self.left)?;
                self.left = self.left.saturating_sub(out);
                shrank(used, out).map(|used| data + used)
            }
        }
    }
}

/// Noise does not get shorter by packing it: what hardly did is as unexplained as before.
fn shrank(used: u64, out: u64) -> Option<usize> {
    let shorter = out.saturating_mul(50) >= used.saturating_mul(51);
    shorter.then_some(usize::try_from(used).ok()?)
}

#[cfg(test)]
mod tests;
