//! How random bytes look: Shannon entropy, and windows that pass for uniform noise.
//!
//! Entropy alone says little: machine code has 6 to 6.5 bits per byte, compressed data almost 8, and
//! a small file can never reach 8. The chi-square test over windows tells *where* noise is and how
//! much: a megabyte of icons with 64 KiB of RC4 in it shows 16 windows. It cannot tell encryption
//! from good compression; the caller knows which bytes belong to a compressed format.

/// Bytes of one window.
pub const WINDOW: usize = 4096;

/// What [`measure`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Noise {
    /// Shannon entropy over all bytes, bits per byte, 0 to 8; 0 for no bytes.
    pub entropy: f32,
    /// Windows of [`WINDOW`] bytes, counted from the first byte, whose histogram is that of uniform
    /// noise. A shorter rest at the end is not tested.
    pub noise_windows: u32,
}

/// Sum of squared counts for which the chi-square statistic of a window lies between 180 and 340.
/// With 16 bytes expected in each of 256 bins it is `sum / 16 − 4096`; uniform noise has mean 255
/// and deviation 22.6, so about 1 window of 2,000 of true noise is missed. Too even a window, such as
/// a table of 0 to 255, fails at the lower end.
const SQUARES: std::ops::RangeInclusive<u32> = 16 * (4096 + 180)..=16 * (4096 + 340);

/// Measures bytes in one pass.
pub fn measure(bytes: &[u8]) -> Noise {
    let mut total = [0_u64; 256];
    let mut noise_windows = 0_u32;
    for window in bytes.chunks(WINDOW) {
        let counts = histogram(window);
        for (sum, count) in total.iter_mut().zip(counts) {
            *sum += u64::from(count);
        }
        let squares: u32 = counts.iter().map(|count| count * count).sum();
        if window.len() == WINDOW && SQUARES.contains(&squares) {
            noise_windows = noise_windows.saturating_add(1);
        }
    }
    Noise { entropy: shannon(&total), noise_windows }
}

/// Shannon entropy of bytes, bits per byte.
pub fn shannon_of(bytes: &[u8]) -> f32 {
    measure(bytes).entropy
}

/// Two tables, because runs of one byte would otherwise wait for their own last store.
fn histogram(window: &[u8]) -> [u32; 256] {
    let mut even = [0_u32; 256];
    let mut odd = [0_u32; 256];
    let (pairs, rest) = window.as_chunks::<2>();
    for [first, second] in pairs {
        even[usize::from(*first)] += 1;
        odd[usize::from(*second)] += 1;
    }
    for last in rest {
        even[usize::from(*last)] += 1;
    }
    for (sum, other) in even.iter_mut().zip(odd) {
        *sum += other;
    }
    even
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts below 2^53, and a result between 0 and 8"
)]
fn shannon(counts: &[u64; 256]) -> f32 {
    let all: u64 = counts.iter().sum();
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f64 / all as f64;
            -share * share.log2()
        })
        .sum();
    bits.clamp(0.0, 8.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xorshift64*: noise without a dependency.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        std::iter::repeat_with(|| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0]
        })
        .take(len)
        .collect()
    }

    #[test]
    fn noise_is_found_where_it_is() {
        let mut bytes = b"INERT VET TEST FIXTURE - CONTAINS NO CODE ".repeat(1000);
        bytes.truncate(8 * WINDOW);
        assert_eq!(measure(&bytes).noise_windows, 0);
        bytes.extend(noise(64 * WINDOW));
        let both = measure(&bytes);
        assert!((63..=64).contains(&both.noise_windows), "{both:?}");
        assert!(both.entropy > 7.0 && both.entropy < 8.0);
    }

    #[test]
    fn even_tables_and_small_rests_are_not_noise() {
        let table: Vec<u8> = (0..=255).cycle().take(4 * WINDOW).collect();
        assert_eq!(measure(&table), Noise { entropy: 8.0, noise_windows: 0 });
        assert_eq!(measure(&noise(WINDOW - 1)).noise_windows, 0);
        assert_eq!(measure(&[]), Noise::default());
        assert_eq!(measure(&[7; 100]).entropy, 0.0);
    }
}
