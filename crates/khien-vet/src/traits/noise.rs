//! Bytes like noise: windows that a chi-square test cannot tell from random ones.
//!
//! Enciphered and well-compressed data look alike. What a known compressed format accounts for is
//! left out, as far as its own lengths and decoders go ([`khien_unpack::Dense`]): a magic in front of
//! a blob explains nothing.

use std::ops::Range;

use khien_unpack::{DENSE_MAGICS, Dense};

/// Bytes of one window.
pub(crate) const WINDOW: usize = 4096;

/// Windows below which a place is not worth naming: 64 KiB.
pub(crate) const WINDOWS_MIN: usize = 16;

/// Which windows of a file look like noise.
#[derive(Debug, Default)]
pub(crate) struct NoiseMap {
    /// Noisy and unexplained windows before window `i`, for every `i` up to the number of windows.
    before: Vec<u32>,
}

/// Noise within a range.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Noise {
    /// Windows.
    pub(crate) windows: usize,
    /// First byte of the first of them.
    pub(crate) first: usize,
}

impl NoiseMap {
    /// Looks at every whole window of `bytes`.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let flags: Vec<bool> = bytes.chunks_exact(WINDOW).map(is_noise).collect();
        let mut before = Vec::with_capacity(flags.len().saturating_add(1));
        let mut total = 0_u32;
        let mut explained = Explained::new(bytes);
        let mut last = false;
        before.push(0);
        for (i, noisy) in flags.iter().copied().enumerate() {
            let unexplained = noisy && !explained.covers(i.saturating_mul(WINDOW), !last);
            last = noisy;
            total = total.saturating_add(u32::from(unexplained));
            before.push(total);
        }
        Self { before }
    }

    /// Noise in the windows that lie within `range` of the file, `None` below the least amount.
    pub(crate) fn within(&self, range: &Range<u64>) -> Option<Noise> {
        let start = usize::try_from(range.start).ok()?.div_ceil(WINDOW);
        let last = self.before.len().checked_sub(1)?;
        let end = usize::try_from(range.end).unwrap_or(usize::MAX).checked_div(WINDOW)?.min(last);
        let (a, b) = (*self.before.get(start)?, *self.before.get(end)?);
        let windows = usize::try_from(b.checked_sub(a)?).ok()?;
        if windows < WINDOWS_MIN {
            return None;
        }
        let ahead = self.before.get(start..end)?.partition_point(|n| *n <= a);
        let first = start.saturating_add(ahead).saturating_sub(1).saturating_mul(WINDOW);
        Some(Noise { windows, first })
    }
}

/// Whether a window passes a chi-square test for uniform bytes (255 degrees of freedom), on both
/// sides: 330 is about the one-in-a-thousand bound, and 185 excludes tables that are too even.
fn is_noise(window: &[u8]) -> bool {
    // Most bytes of programs and texts fail on the first 256: noise has about 162 values there.
    let mut seen = [0_u64; 4];
    for b in window.iter().take(256) {
        if let Some(word) = seen.get_mut(usize::from(b >> 6)) {
            *word |= 1 << (b & 63);
        }
    }
    if seen.iter().map(|word| word.count_ones()).sum::<u32>() < 136 {
        return false;
    }
    let mut counts = [0_u32; 256];
    for b in window {
        if let Some(count) = counts.get_mut(usize::from(*b)) {
            *count = count.saturating_add(1);
        }
    }
    let squares: u64 = counts.iter().map(|c| u64::from(*c).saturating_pow(2)).sum();
    let len = u64::try_from(window.len()).unwrap_or(u64::MAX);
    // chi² = Σ count² · 256 / n − n
    let chi = squares.saturating_mul(256).checked_div(len).unwrap_or(0).saturating_sub(len);
    (185..330).contains(&chi)
}

/// How far known formats account for the bytes, looked at from the front.
struct Explained<'a> {
    bytes: &'a [u8],
    dense: Dense,
    /// Everything from the last format's beginning to here is accounted for.
    until: usize,
    /// Bound: beginnings that may still be tried.
    tries: u32,
}

/// Bound: beginnings of formats that are tried in one file.
const TRIES_MAX: u32 = 20_000;

/// Bytes between one format's end and the next one's beginning: alignment, and headers of packs.
const REACH: usize = 64;

/// Bytes of a window that need no explanation when the rest has one.
const SLACK: usize = 512;

impl<'a> Explained<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let dense = Dense::for_file(bytes.len());
        let mut explained = Self { bytes, dense, until: 0, tries: TRIES_MAX };
        // A format that is the whole file may have much in front that is no noise.
        explained.look(0..REACH);
        explained
    }

    /// Whether the window at `start` is accounted for. `fresh`: no noise stands before it, so that a
    /// header may stand up to a page before.
    fn covers(&mut self, start: usize, fresh: bool) -> bool {
        let needed = start.saturating_add(WINDOW).saturating_sub(SLACK);
        let goes_on = self.until.saturating_add(REACH) > start;
        let mut from = match (fresh, goes_on) {
            (true, _) => start.saturating_sub(WINDOW),
            (false, true) => self.until,
            (false, false) => return false,
        };
        while self.until < needed {
            let before = self.until;
            self.look(from..start.max(self.until).saturating_add(REACH));
            if self.until <= before {
                return false;
            }
            from = self.until;
        }
        true
    }

    /// Tries every beginning within a range.
    fn look(&mut self, range: Range<usize>) {
        let around = range.start..range.end.min(self.bytes.len());
        let Some(text) = self.bytes.get(around.clone()) else { return };
        for (place, magic) in DENSE_MAGICS {
            for found in memchr::memmem::find_iter(text, magic) {
                let start = around.start.saturating_add(found).checked_sub(*place);
                let Some(rest) = start.and_then(|start| self.bytes.get(start..)) else { continue };
                let Some(left) = self.tries.checked_sub(1) else { return };
                self.tries = left;
                if let (Some(start), Some(len)) = (start, self.dense.len(rest)) {
                    self.until = self.until.max(start.saturating_add(len));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a fixed generator (xorshift64*), which pass for noise.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            u8::try_from(state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56).unwrap_or(0)
        };
        (0..len).map(|_| next()).collect()
    }

    /// Bytes of 7 bits each, which packing makes shorter by an eighth.
    fn letters(len: usize) -> Vec<u8> {
        noise(len).iter().map(|byte| byte & 0x7f).collect()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn png(pixels: &[u8], beside: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let chunk = |kind: &[u8], content: &[u8]| {
            let len = u32::try_from(content.len()).expect("short").to_be_bytes();
            [&len[..], kind, content, b"crc!"].concat()
        };
        let header = [0, 0, 1, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0];
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(beside, content),
            chunk(b"IDAT", &zlib(pixels)),
            chunk(b"IEND", b""),
        ]
        .concat()
    }

    #[test]
    fn noise_is_found_where_it_is_and_text_is_none() {
        let mut bytes = b"quiet words, and many of them. ".repeat(1000);
        bytes.truncate(5 * WINDOW);
        bytes.extend(noise(20 * WINDOW));
        bytes.extend(vec![0; 3 * WINDOW]);
        let map = NoiseMap::new(&bytes);
        let found = map.within(&(0..bytes.len() as u64)).expect("noise");
        assert!((19..=20).contains(&found.windows), "{found:?}");
        assert!(found.first >= 5 * WINDOW && found.first <= 6 * WINDOW);
        assert_eq!(map.within(&(0..5 * 4096)), None);
        assert_eq!(map.within(&(u64::MAX - 1..u64::MAX)), None);
        assert_eq!(map.within(&(0..u64::MAX)).map(|n| n.windows), Some(found.windows));
        #[expect(clippy::reversed_empty_ranges, reason = "hostile sections have them")]
        let backwards = map.within(&(9000..3));
        assert_eq!(backwards, None);
    }

    #[test]
    fn a_picture_explains_its_noise_and_a_table_is_none() {
        let all = |bytes: &[u8]| NoiseMap::new(bytes).within(&(0..bytes.len() as u64));
        let mut bytes = vec![0; 4000];
        bytes.extend(png(&letters(40 * WINDOW), b"tEXt", b""));
        assert_eq!(all(&bytes), None);
        // What stands behind the picture is not the picture's.
        bytes.extend(noise(20 * WINDOW));
        assert!(all(&bytes).is_some_and(|found| (19..=20).contains(&found.windows)));
        let table: Vec<u8> = (0..=255).collect::<Vec<u8>>().repeat(16 * 40);
        assert_eq!(NoiseMap::new(&table).within(&(0..table.len() as u64)), None);
        assert_eq!(NoiseMap::new(&[]).within(&(0..10)), None);
    }

    #[test]
    fn magics_in_front_of_noise_explain_nothing() {
        for (place, magic) in DENSE_MAGICS {
            let bytes = [&vec![0; *place][..], magic, &noise(20 * WINDOW)].concat();
            let found = NoiseMap::new(&bytes).within(&(0..bytes.len() as u64));
            assert!(found.is_some_and(|found| found.windows >= 19), "{magic:x?}");
        }
        let private = png(&letters(WINDOW), b"prVt", &noise(20 * WINDOW));
        let found = NoiseMap::new(&private).within(&(0..private.len() as u64));
        assert!(found.is_some_and(|found| found.windows >= 19), "a private chunk");
        // Noise that was packed is still noise: packing did not make it shorter.
        let packed = zlib(&noise(20 * WINDOW));
        let found = NoiseMap::new(&packed).within(&(0..packed.len() as u64));
        assert!(found.is_some_and(|found| found.windows >= 19), "packed noise");
    }

    #[test]
    fn packed_streams_explain_themselves_one_behind_the_other() {
        let one = zlib(&letters(15 * WINDOW));
        let pack = [one.clone(), vec![0; 9], one.clone(), vec![0; 40], one].concat();
        assert!(pack.len() > 20 * WINDOW);
        assert_eq!(NoiseMap::new(&pack).within(&(0..pack.len() as u64)), None);
    }
}
