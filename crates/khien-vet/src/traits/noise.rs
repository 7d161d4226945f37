//! Bytes like noise: windows that a chi-square test cannot tell from random ones.
//!
//! Enciphered and well-compressed data look alike. What a known format explains is therefore left
//! out, by its header alone: a blob behind a forged header of a picture is not found here, but by
//! the reader of that format.

use std::ops::Range;

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
        let mut explained = false;
        let mut last = false;
        before.push(0);
        for (i, noisy) in flags.iter().copied().enumerate() {
            if noisy && !last {
                explained = starts_known_format(bytes, i.saturating_mul(WINDOW));
            }
            last = noisy;
            total = total.saturating_add(u32::from(noisy && !explained));
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

/// Whether a known compressed format's header stands within a page before the noise or in its first
/// window.
fn starts_known_format(bytes: &[u8], noise: usize) -> bool {
    let from = noise.saturating_sub(WINDOW);
    let to = noise.saturating_add(64).min(bytes.len());
    let around = bytes.get(from..to).unwrap_or_default();
    MAGICS.iter().any(|magic| memchr::memmem::find(around, magic).is_some())
}

/// Starts of compressed formats, four bytes or more, so that chance does not make one.
const MAGICS: &[&[u8]] = &[
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"\xff\xd8\xff\xe1",
    b"\xff\xd8\xff\xdb",
    b"\x1f\x8b\x08\x00\x00",
    b"\x1f\x8b\x08\x08",
    b"PK\x03\x04",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\x00",
    b"BZh91AY&SY",
    b"7z\xbc\xaf\x27\x1c",
    b"\x04\x22\x4d\x18",
    b"wOF2",
    b"wOFF",
    b"OggS",
    b"fLaC",
    b"RIFF",
    b"MSCF\x00\x00\x00\x00",
    b"ftypmp4",
    b"ftypisom",
    b"%PDF-",
    b"GIF89a",
    b"LZMA",
];

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
        let mut bytes = vec![0; WINDOW];
        bytes[4000..4008].copy_from_slice(b"\x89PNG\r\n\x1a\n");
        bytes.extend(noise(20 * WINDOW));
        assert_eq!(NoiseMap::new(&bytes).within(&(0..bytes.len() as u64)), None);
        let table: Vec<u8> = (0..=255).collect::<Vec<u8>>().repeat(16 * 40);
        assert_eq!(NoiseMap::new(&table).within(&(0..table.len() as u64)), None);
        assert_eq!(NoiseMap::new(&[]).within(&(0..10)), None);
    }
}
