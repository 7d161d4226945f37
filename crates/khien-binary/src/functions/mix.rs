//! The streaming hash: short, fast and the same on every machine. Not against an opponent: who can
//! choose the code can choose code with an equal hash, which is no easier than to leave the function
//! alone, because the hashes of genuine functions are long known and 64 bits wide.

/// State of a hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Mix(u64);

impl Mix {
    pub(super) const fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    /// Takes in one word.
    pub(super) const fn word(&mut self, word: u64) {
        // Odd multiplier with well spread bits (Steele, Vigna 2021); the rotation lets the high bits,
        // where the product is good, reach the low ones.
        self.0 = (self.0 ^ word).wrapping_mul(0xD134_2543_DE82_EF95).rotate_left(29);
    }

    /// The hash so far, finished so that all bits depend on all words.
    pub(super) const fn finish(self) -> u64 {
        let mut hash = self.0;
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0x9FB2_1C65_1E98_DF25);
        hash ^= hash >> 28;
        hash
    }
}
