//! Unpacking one member of a zip archive.

use std::ops::Range;

use bytes::Bytes;
use flate2::bufread::DeflateDecoder;
use lzma_rust2::{LzmaReader, XzReader};

use super::index::{self, Entry, Local};
use crate::archive::crc::crc32;
use crate::archive::stream::{Tail, decoder_kib_max, zstd_decoder};
use crate::field::{len_u64, name_of, slice, u8_at, u16_le, u32_le};
use crate::node::{Attributes, FactKind, GapReason, NodeKind};
use crate::reader::{Context, Refusal, Unpacked};

/// Longest link target.
const TARGET_BYTES_MAX: u64 = 4096;

/// What the mark of the end of an LZMA stream takes, and the last bytes of its coder.
const MARK_BYTES_MAX: u64 = 16;

/// A member of the index.
pub(super) fn listed(
    cx: &mut Context<'_, '_>,
    input: &[u8],
    entry: &Entry,
    data: Range<u64>,
) -> Result<(), Refusal> {
    let name = entry.name.as_str();
    if entry.method == 0 && !entry.is_link() {
        if entry.size != entry.packed {
            let detail = format!("stored in {} bytes, says {}", entry.packed, entry.size);
            cx.member_fact(name, FactKind::IndexDisagrees, Some(entry.local), detail);
        }
        let found = crc32(slice(input, &data).unwrap_or_default());
        check_crc(cx, name, entry.local, entry.crc, found);
        return cx.file(name, entry.attributes.clone(), data);
    }
    let packed = slice(input, &data).unwrap_or_default();
    let unpacked = unpack(cx, name, entry.method, packed, (data.start, Some(entry.size)))?;
    let Some((unpacked, used)) = unpacked else {
        cx.content(data);
        return Ok(());
    };
    let end = data.start + used.min(data.end - data.start);
    cx.content(data.start..end);
    if unpacked.complete {
        let found = crc32(&unpacked.bytes);
        check_crc(cx, name, entry.local, entry.crc, found);
        // A stream may end before its member does: room that no unpacker shows.
        cx.foreign("(behind a member's packed data)", end..data.end)?;
    }
    hand_on(cx, entry, unpacked.bytes)
}

fn hand_on(cx: &mut Context<'_, '_>, entry: &Entry, bytes: Bytes) -> Result<(), Refusal> {
    let attributes = entry.attributes.clone();
    if entry.is_link() && len_u64(bytes.len()) <= TARGET_BYTES_MAX {
        return cx.link(&entry.name, attributes, &name_of(&bytes));
    }
    cx.member(&entry.name, NodeKind::File, attributes, None, bytes)
}

fn check_crc(cx: &mut Context<'_, '_>, name: &str, at: u64, stored: u32, found: u32) {
    if stored != found {
        let detail = format!("CRC-32 {found:08x}, stored {stored:08x}");
        cx.member_fact(name, FactKind::WrongChecksum, Some(at), detail);
    }
}

/// Unpacks by method: what came out, and how many packed bytes it took. `packed` stands at `at`.
fn unpack(
    cx: &mut Context<'_, '_>,
    name: &str,
    method: u16,
    packed: &[u8],
    (at, expected): (u64, Option<u64>),
) -> Result<Option<(Unpacked, u64)>, Refusal> {
    let all = len_u64(packed.len());
    let mut used = all;
    let unpacked = match method {
        0 => cx.unpack(name, &mut &*packed, expected)?,
        8 => {
            let mut decoder = DeflateDecoder::new(packed);
            let unpacked = cx.unpack(name, &mut decoder, expected)?;
            used = decoder.total_in();
            unpacked
        }
        12 => {
            let mut decoder = bzip2::bufread::BzDecoder::new(packed);
            let unpacked = cx.unpack(name, &mut decoder, expected)?;
            used = decoder.total_in();
            unpacked
        }
        14 => match lzma(packed, expected) {
            Some(mut decoder) => {
                let unpacked = cx.unpack(name, &mut decoder, expected)?;
                let end = len_u64(decoder.inner().at).saturating_add(9);
                // A mark of the end may follow, of a few bytes.
                used = if all.saturating_sub(end) <= MARK_BYTES_MAX { all } else { end };
                unpacked
            }
            None => {
                cx.member_gap(name, GapReason::Damaged, "LZMA header", Some(all));
                None
            }
        },
        93 | 20 => {
            let mut decoder = zstd_decoder(packed);
            let unpacked = cx.unpack(name, &mut decoder, expected)?;
            used = decoder.used();
            for room in decoder.room {
                cx.room(at.saturating_add(room.start)..at.saturating_add(room.end));
            }
            unpacked
        }
        95 => {
            let tail = Tail::new(packed);
            let mut decoder = XzReader::new_mem_limit(tail, false, decoder_kib_max());
            let unpacked = cx.unpack(name, &mut decoder, expected)?;
            used = len_u64(decoder.inner().at);
            unpacked
        }
        _ => {
            let detail = format!("compression method {method}");
            cx.member_gap(name, GapReason::Unsupported, detail, Some(all));
            None
        }
    };
    Ok(unpacked.map(|unpacked| (unpacked, used)))
}

/// LZMA in zip: version, length of the properties, properties, then the stream.
fn lzma(packed: &[u8], expected: Option<u64>) -> Option<LzmaReader<Tail<'_>>> {
    if u16_le(packed, 2)? != 5 {
        return None;
    }
    let dictionary = u32_le(packed, 5)?;
    if dictionary / 1024 > decoder_kib_max() {
        return None;
    }
    let size = expected.unwrap_or(u64::MAX);
    let tail = Tail::new(packed.get(9..)?);
    LzmaReader::new_with_props(tail, size, u8_at(packed, 4)?, dictionary, None).ok()
}

/// A member that no index lists: read as its own header says, up to `limit`. Returns its end.
pub(super) fn streamed(
    cx: &mut Context<'_, '_>,
    input: &[u8],
    name: &str,
    local: &Local,
    limit: u64,
) -> Result<u64, Refusal> {
    let sized = !local.has_descriptor || local.packed > 0;
    let stated = local.data.checked_add(local.packed).filter(|end| sized && *end <= limit);
    let range = local.data..stated.unwrap_or(limit);
    if local.flags & 0x2041 != 0 {
        cx.content(local.data..range.end);
        cx.member_gap(name, GapReason::Encrypted, "encrypted member", None);
        return Ok(range.end);
    }
    if name.ends_with('/') && local.packed == 0 {
        cx.folder(name)?;
        return Ok(local.data);
    }
    let packed = slice(input, &range).unwrap_or_default();
    if stated.is_none() && local.method != 8 {
        let detail = "a hidden member without its length";
        cx.member_gap(name, GapReason::Damaged, detail, Some(len_u64(packed.len())));
        return Ok(range.end);
    }
    let expected = stated.is_some().then_some(local.size).filter(|_| !local.has_descriptor);
    let Some((unpacked, used)) = unpack(cx, name, local.method, packed, (range.start, expected))?
    else {
        cx.content(range.clone());
        return Ok(range.end);
    };
    let mut end = stated.unwrap_or(local.data + used);
    let unpacked_end = local.data.saturating_add(used).min(end);
    cx.content(local.data..unpacked_end);
    if unpacked.complete {
        cx.foreign("(behind a member's packed data)", unpacked_end..end)?;
    }
    if local.has_descriptor
        && let Some((len, ..)) = index::descriptor(input, end, used)
        && end + len <= limit
    {
        cx.structure(end..end + len);
        end += len;
    }
    cx.member(name, NodeKind::File, Attributes::default(), None, unpacked.bytes)?;
    Ok(end)
}
