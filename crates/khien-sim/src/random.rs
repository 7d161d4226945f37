//! The seeded generator: same seed, same bytes, everywhere.
//!
//! xoshiro256\*\* 1.0 by David Blackman and Sebastiano Vigna (2018, public domain,
//! <https://prng.di.unimi.it>), its state filled by SplitMix64 as the authors advise. Not for
//! secrets. Our own few lines, because a crate may change its stream between versions and then
//! every recorded answer with it.

/// Draws pseudo-random numbers from one named stream of a seed.
///
/// Streams are independent of how much others were used, so a change in one part of a scenario
/// leaves the other parts as they were.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    /// Opens the stream `label` of `seed`.
    pub(crate) fn stream(seed: u64, label: &str) -> Self {
        let mut mixer = SplitMix64(SplitMix64(seed).next() ^ fnv1a(label));
        Self { state: std::array::from_fn(|_| mixer.next()) }
    }

    /// Opens the stream of `seed` that four numbers name: cheap enough for one per host and day.
    pub(crate) fn keyed(seed: u64, keys: [u64; 4]) -> Self {
        let mixed = keys
            .into_iter()
            .fold(SplitMix64(seed).next(), |state, key| SplitMix64(state ^ key).next());
        let mut mixer = SplitMix64(mixed);
        Self { state: std::array::from_fn(|_| mixer.next()) }
    }

    /// Returns the next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let result = self.state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = self.state[1] << 17;
        self.state[2] ^= self.state[0];
        self.state[3] ^= self.state[1];
        self.state[1] ^= self.state[2];
        self.state[0] ^= self.state[3];
        self.state[2] ^= shifted;
        self.state[3] = self.state[3].rotate_left(45);
        result
    }

    /// Returns a number in `low..high`, or `low` when that range is empty.
    ///
    /// By remainder: the bias is below 2⁻⁴⁰ for every range used here, and nobody gambles on it.
    pub(crate) fn range(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        low.saturating_add_unsigned(self.bits() % high.abs_diff(low))
    }

    /// Says yes in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.range(0, 100) < percent
    }

    /// Picks one element; `choices` must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = self.bits() % choices.len().max(1) as u64;
        &choices[usize::try_from(index).unwrap_or(0)]
    }

    /// Returns `length` characters drawn from `alphabet`.
    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(alphabet))).collect()
    }
}

/// Upper-case hexadecimal digits.
pub(crate) const HEX_UPPER: &[u8] = b"0123456789ABCDEF";
/// Lower-case hexadecimal digits.
pub(crate) const HEX_LOWER: &[u8] = b"0123456789abcdef";
/// The alphabet of Zeek's connection identifiers.
pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// SplitMix64 (Steele, Lea, Flood 2014), as published beside xoshiro256\*\*.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// FNV-1a, 64 bits: turns a label into a number; collisions would only correlate two streams.
fn fnv1a(label: &str) -> u64 {
    label.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
