//! 64-bit ARM: every instruction is four bytes, so masking the fields that hold addresses is enough.
//!
//! Source: Arm Architecture Reference Manual for A-profile, C4 (encoding index) and C6.

use std::ops::Range;

use super::Code;
use super::mix::Mix;

const NOP: u32 = 0xD503_201F;

/// Hashes spans of one run of code.
pub(super) struct Hasher<'a> {
    bytes: &'a [u8],
}

impl<'a> Hasher<'a> {
    pub(super) const fn new(code: &Code<'a>) -> Self {
        Self { bytes: code.bytes }
    }

    pub(super) fn hash(&self, span: Range<usize>) -> (u64, usize) {
        let (words, _) = self.bytes.get(span).unwrap_or_default().as_chunks::<4>();
        let mut mix = Mix::new();
        let mut kept = (mix, 0);
        let mut pages = Pages(0);
        for (index, word) in words.iter().enumerate() {
            let word = u32::from_le_bytes(*word);
            mix.word(u64::from(pages.normalise(word)));
            if !is_padding(word) {
                kept = (mix, (index + 1) * 4);
            }
        }
        (kept.0.finish(), kept.1)
    }
}

/// `NOP`, `UDF #n` (zeroes) and `BRK` fill the room between functions. A `BRK` that is code loses
/// nothing: it counts as soon as another instruction follows.
const fn is_padding(word: u32) -> bool {
    word == NOP || word >> 16 == 0 || word & 0xFFE0_001F == 0xD420_0000
}

/// Registers that hold the page of an address, as a set of bits: what is added to them is its rest.
struct Pages(u32);

impl Pages {
    /// The instruction with addresses masked.
    const fn normalise(&mut self, word: u32) -> u32 {
        let target = word & 0x1F;
        let base = word >> 5 & 0x1F;
        // ADR, ADRP
        if word & 0x1F00_0000 == 0x1000_0000 {
            self.set(target, word >> 31 == 1);
            return word & 0x9F00_001F;
        }
        // B, BL
        if word & 0x7C00_0000 == 0x1400_0000 {
            if word >> 31 == 1 {
                self.call();
            }
            return word & 0xFC00_0000;
        }
        // BLR and its authenticating kin
        if word & 0xFEFF_F000 == 0xD63F_0000 {
            self.call();
            return word;
        }
        // B.cond, BC.cond; CBZ, CBNZ
        if word & 0xFF00_0000 == 0x5400_0000 || word & 0x7E00_0000 == 0x3400_0000 {
            return word & 0xFF00_001F;
        }
        // TBZ, TBNZ
        if word & 0x7E00_0000 == 0x3600_0000 {
            return word & 0xFFF8_001F;
        }
        // LDR, LDRSW, PRFM (literal), vector registers too
        if word & 0x3B00_0000 == 0x1800_0000 {
            self.written(word, target);
            return word & 0xFF00_001F;
        }
        // ADD (immediate), 64 bits, not shifted: the rest of an address
        if word & 0xFFC0_0000 == 0x9100_0000 && self.has(base) {
            self.set(target, false);
            return word & 0xFFC0_03FF;
        }
        // Load and store (unsigned immediate)
        if word & 0x3B00_0000 == 0x3900_0000 {
            let masked = if self.has(base) { word & 0xFFC0_03FF } else { word };
            self.written(word, target);
            return masked;
        }
        self.written(word, target);
        word
    }

    const fn has(&self, register: u32) -> bool {
        self.0 >> register & 1 == 1
    }

    const fn set(&mut self, register: u32, page: bool) {
        self.0 = self.0 & !(1 << register) | (page as u32) << register;
    }

    /// x0 to x18 do not survive a call.
    const fn call(&mut self) {
        self.0 &= !0x7_FFFF;
    }

    /// Data processing and loads into general registers overwrite their target. Stores do not, nor
    /// does what works on vector registers; for the rarer groups the page is kept, which at worst
    /// leaves one more constant out of the hash.
    const fn written(&mut self, word: u32, target: u32) {
        let group = word >> 25 & 0xF;
        let data = group & 0b1110 == 0b1000 || group & 0b0111 == 0b0101;
        let load = group & 0b0101 == 0b0100 && word >> 26 & 1 == 0 && word >> 22 & 0b11 != 0;
        if data || load {
            self.set(target, false);
        }
    }
}
