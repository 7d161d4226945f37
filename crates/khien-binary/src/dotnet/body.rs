//! Bodies of methods as hashes of their instructions, tokens replaced by what they name.
//!
//! Tokens are row numbers: one new method early in a module moves all that follow. A body keeps its
//! hash when only row numbers changed.
//!
//! Source: ECMA-335, partition II, 25.4 (method bodies) and partition III (instructions).

use sha2::{Digest, Sha256};

use crate::fields::Fields;

/// The instructions of a body; `None` where there is no whole one.
pub(super) fn code(bytes: &[u8]) -> Option<&[u8]> {
    let fields = Fields { bytes, big: false, wide: false };
    let first = fields.u8(0)?;
    match first & 3 {
        2 => bytes.get(1..1 + usize::from(first >> 2)),
        3 => {
            let header = u64::from(fields.u16(0)? >> 12) * 4;
            fields.slice(header, fields.u32(4)?.into())
        }
        _ => None,
    }
}

/// Hash of instructions; `name` gives the hash of what a token names. Bytes that are no instruction
/// are hashed as they are, to the end.
pub(super) fn hash(code: &[u8], name: &mut dyn FnMut(u32) -> u64) -> u64 {
    let mut hasher = Sha256::new();
    let mut rest = code;
    while let Some((&first, after)) = rest.split_first() {
        let (operand, after) = match (first, after) {
            (0xFE, [second, after @ ..]) => {
                hasher.update([first, *second]);
                (operand_of_long(*second), after)
            }
            _ => {
                hasher.update([first]);
                (operand_of(first), after)
            }
        };
        rest = match operand {
            Operand::Bytes(len) => match after.split_at_checked(len) {
                Some((operand, after)) => {
                    hasher.update(operand);
                    after
                }
                None => &[],
            },
            Operand::Token => match after.split_first_chunk::<4>() {
                Some((token, after)) => {
                    hasher.update(name(u32::from_le_bytes(*token)).to_le_bytes());
                    after
                }
                None => &[],
            },
            Operand::Switch => {
                let targets =
                    after.first_chunk::<4>().map_or(0, |count| u32::from_le_bytes(*count));
                let len = usize::try_from(targets)
                    .unwrap_or(usize::MAX)
                    .saturating_mul(4)
                    .saturating_add(4);
                let (operand, after) = after.split_at_checked(len).unwrap_or((after, &[]));
                hasher.update(operand);
                after
            }
            Operand::Unknown => {
                hasher.update(after);
                &[]
            }
        };
    }
    first_word(&hasher.finalize())
}

/// The first eight bytes of a digest as a number.
pub(super) fn first_word(digest: &[u8]) -> u64 {
    digest.first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word))
}

/// What follows an operation.
enum Operand {
    Bytes(usize),
    Token,
    Switch,
    Unknown,
}

fn operand_of(operation: u8) -> Operand {
    match operation {
        0x0E..=0x13 | 0x1F | 0x2B..=0x37 | 0xDE => Operand::Bytes(1),
        0x20 | 0x22 | 0x38..=0x44 | 0xDD => Operand::Bytes(4),
        0x21 | 0x23 => Operand::Bytes(8),
        0x27..=0x29
        | 0x6F..=0x75
        | 0x79
        | 0x7B..=0x81
        | 0x8C
        | 0x8D
        | 0x8F
        | 0xA3..=0xA5
        | 0xC2
        | 0xC6
        | 0xD0 => Operand::Token,
        0x45 => Operand::Switch,
        0x00..=0x0D
        | 0x14..=0x1E
        | 0x25
        | 0x26
        | 0x2A
        | 0x46..=0x6E
        | 0x76
        | 0x7A
        | 0x82..=0x8B
        | 0x8E
        | 0x90..=0xA2
        | 0xB3..=0xBA
        | 0xC3
        | 0xD1..=0xDC
        | 0xDF
        | 0xE0 => Operand::Bytes(0),
        _ => Operand::Unknown,
    }
}

fn operand_of_long(operation: u8) -> Operand {
    match operation {
        0x09..=0x0E => Operand::Bytes(2),
        0x12 | 0x19 => Operand::Bytes(1),
        0x06 | 0x07 | 0x15 | 0x16 | 0x1C => Operand::Token,
        0x00..=0x05 | 0x0F | 0x11 | 0x13 | 0x14 | 0x17 | 0x18 | 0x1A | 0x1D | 0x1E => {
            Operand::Bytes(0)
        }
        _ => Operand::Unknown,
    }
}
