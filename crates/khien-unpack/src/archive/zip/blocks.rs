//! Blocks that kin of zip put beside the archive to sign it: Chromium's header, Android's block.
//!
//! What no verifier of them reads is room, however it is named.

use std::ops::Range;

use super::signer;
use crate::field::{len_u64, piece, slice, u32_le, u64_le};
use crate::node::{Attributes, FactKind};
use crate::reader::{Context, Refusal};

/// A public key of RSA with 8192 bits takes 1062 bytes, a signature with it 1024.
const KEY_BYTES_MAX: u64 = 1100;

/// Keys that one extension is signed with: its own, the store's, both of two kinds.
const PROOFS_MAX: usize = 4;

/// Signatures of an Android package, of all schemes together: a few certificates each.
const SIGNATURES_MAX: u64 = 48 << 10;

/// Schemes v2, v3 and v3.1, source stamps, the store's own, and the list of libraries.
const SCHEMES: [u32; 7] =
    [0x7109_871a, 0xf053_68c0, 0x1b93_ad61, 0x2b09_189e, 0x6dff_800d, 0x2146_444e, 0x504b_4453];

/// Padding up to a whole page.
const VERITY_PADDING: u32 = 0x4272_6577;

/// The header in front of a Chromium extension; returns where the archive begins.
pub(super) fn chromium(cx: &mut Context<'_, '_>, input: &[u8]) -> Result<u64, Refusal> {
    let word = |at| u32_le(input, at).map_or(0, u64::from);
    cx.structure(0..12);
    let len = if word(4) == 2 { 16 + word(8) + word(12) } else { 12 + word(8) };
    // Version 2 has its two lengths in front of the key, version 3 fields only.
    let header = slice(input, &(if word(4) == 2 { 8..len } else { 12..len }));
    let key = header.and_then(|header| signer::extension(header, word(4)));
    let detail = format!("Chromium extension header, version {}{}", word(4), named(key));
    cx.fact(FactKind::ContainerSignature, Some(0), detail);
    if word(4) == 2 {
        let (key, signature) = (word(8), word(12));
        cx.signature(12..len);
        if key > KEY_BYTES_MAX || signature > KEY_BYTES_MAX {
            cx.room(16..len.min(cx.len()));
        }
        return Ok(len);
    }
    let mut at = 12;
    let Some(fields) = fields(input, 12..len) else {
        cx.signature(12..len);
        cx.room(12..len.min(cx.len()));
        return Ok(len);
    };
    let mut proofs = 0;
    for field in fields {
        let is_proof = matches!(field.number, 2 | 3);
        proofs += usize::from(is_proof);
        let known = match field.number {
            2 | 3 => proofs <= PROOFS_MAX && is_message(input, &field, &[1, 2], KEY_BYTES_MAX),
            // The extension's name: 16 bytes.
            10_000 => is_message(input, &field, &[1], 16),
            // Hashes of the members, packed: looked at like a member.
            4 => {
                cx.signature(at..field.content.start);
                at = field.content.end;
                cx.file("[signature]/verified_contents", Attributes::default(), field.content)?;
                continue;
            }
            _ => false,
        };
        if !known {
            cx.room(field.content);
        }
    }
    cx.signature(at..len);
    Ok(len)
}

/// How a key is named in a fact.
fn named(key: Option<String>) -> String {
    key.map_or_else(String::new, |key| format!(", key {key}"))
}

/// One field of a message in protocol-buffer encoding.
struct Field {
    number: u64,
    content: Range<u64>,
}

/// The fields of a message; `None` where it is none.
fn fields(input: &[u8], within: Range<u64>) -> Option<Vec<Field>> {
    let mut found = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let key = varint(input, &mut at)?;
        let len = match key & 7 {
            0 => {
                let start = at;
                varint(input, &mut at)?;
                let len = at - start;
                at = start;
                len
            }
            1 => 8,
            2 => varint(input, &mut at)?,
            5 => 4,
            _ => return None,
        };
        let end = at.checked_add(len).filter(|end| *end <= within.end)?;
        found.push(Field { number: key >> 3, content: at..end });
        at = end;
    }
    (at == within.end).then_some(found)
}

fn varint(input: &[u8], at: &mut u64) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *piece(input, *at, 1)?.first()?;
        *at = at.checked_add(1)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Whether a field is a message that has each of `numbers` once at most, none longer than `max`, and
/// nothing else.
fn is_message(input: &[u8], field: &Field, numbers: &[u64], max: u64) -> bool {
    let Some(inner) = fields(input, field.content.clone()) else { return false };
    inner.len() <= numbers.len()
        && inner.iter().all(|part| {
            numbers.contains(&part.number) && part.content.end - part.content.start <= max
        })
}

/// Android's signing block stands before the index and ends with its size and a magic.
pub(super) fn android(
    cx: &mut Context<'_, '_>,
    input: &[u8],
    range: &Range<u64>,
) -> Option<Range<u64>> {
    let tail = slice(input, &(range.end.checked_sub(24)?..range.end))?;
    if tail.get(8..)? != b"APK Sig Block 42" {
        return None;
    }
    let size = u64_le(tail, 0)?;
    let start = range.end.checked_sub(size.checked_add(8)?)?;
    if start < range.start {
        return None;
    }
    let block = start..range.end;
    cx.signature(block.clone());
    let key = slice(input, &block).and_then(signer::apk);
    let detail = format!("APK Signing Block{}", named(key));
    cx.fact(FactKind::ContainerSignature, Some(block.start), detail);
    let pairs = start.saturating_add(8)..range.end.saturating_sub(24).max(start);
    note_pairs(cx, input, pairs);
    Some(block)
}

fn note_pairs(cx: &mut Context<'_, '_>, input: &[u8], pairs: Range<u64>) {
    let mut at = pairs.start;
    let mut signatures = 0_u64;
    while at < pairs.end {
        let pair = u64_le(input, at).zip(u32_le(input, at.saturating_add(8)));
        let end = pair
            .and_then(|(len, _)| at.checked_add(8)?.checked_add(len))
            .filter(|end| *end >= at.saturating_add(12) && *end <= pairs.end);
        let (Some((_, id)), Some(end)) = (pair, end) else {
            cx.room(at..pairs.end);
            return;
        };
        let value = at.saturating_add(12)..end;
        if SCHEMES.contains(&id) {
            signatures =
                signatures.saturating_add(len_u64(slice(input, &value).map_or(0, <[u8]>::len)));
        }
        let is_needed = SCHEMES.contains(&id) && signatures <= SIGNATURES_MAX;
        if !is_needed || id == VERITY_PADDING {
            // Padding is zeros, and zeros are no room.
            cx.room(value);
        }
        at = end;
    }
}
