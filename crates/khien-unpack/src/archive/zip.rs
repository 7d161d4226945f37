//! Zip and its kin, with the audit that tools leave out: the central index against every local
//! header, bytes that no entry claims, and members that the index does not list.
//!
//! Tools disagree on which of the two a member's name, size and method come from; an archive in
//! which they differ unpacks to different files for different readers (CVE-2013-4787, "Master
//! Key"). Members are read as the index says, and every difference is a fact.

mod blocks;
mod index;
mod kin;
mod signer;
mod unpack;

use std::ops::Range;

pub(crate) use kin::kin;

use self::index::{End, Entry, Local};
use crate::archive::self_extracting;
use crate::field::{len_u64, name_of, slice};
use crate::node::{FactKind, GapReason};
use crate::reader::{Context, Refusal};

/// An archive's comment that is still a description.
const COMMENT_MAX: u64 = 1024;

/// Packed bytes of a folder: deflate says "nothing" in two.
const FOLDER_BYTES_MAX: u64 = 16;

/// Whether the bytes end as a zip archive with members, whatever they begin with.
pub(crate) fn ends_as_archive(bytes: &[u8]) -> bool {
    index::find_end(bytes, true).is_some_and(|end| {
        end.entries > 0
            && index::entries(bytes, &end)
                .next()
                .is_some_and(|entry| index::local(bytes, entry.local).is_some())
    })
}

/// The first byte of an archive at the end of these bytes.
pub(crate) fn starts_at(bytes: &[u8]) -> Option<u64> {
    let end = index::find_end(bytes, true)?;
    let first = index::entries(bytes, &end).map(|entry| entry.local).min()?;
    Some(first.min(end.index.start))
}

/// Reads one.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let Some(end) = index::find_end(&input, true).or_else(|| index::find_end(&input, false)) else {
        // Without an index only readers that go from header to header see members.
        let front = front(cx, 0)?;
        streamed_members(cx, front..cx.len(), None)?;
        return Err(Refusal::damaged("a zip archive without its index"));
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut walk = index::entries(&input, &end);
    for entry in walk.by_ref() {
        entries.push(entry);
        if entries.len().is_multiple_of(4096) {
            cx.tick()?;
        }
    }
    let index_end = walk.at;
    audit_end(cx, &end, len_u64(entries.len()), index_end);
    kin::signatures(cx, &entries);
    entries.sort_by_key(|entry| entry.local);

    let first = entries.first().map_or(end.index.start, |entry| entry.local.min(end.index.start));
    let mut at = front(cx, first)?;
    for entry in &entries {
        if entry.local > at {
            between(cx, at..entry.local, &end)?;
        } else if entry.local < at {
            let detail = format!("its header at {} lies before {at}", entry.local);
            cx.member_fact(&entry.name, FactKind::Overlap, Some(entry.local), detail);
        }
        let entry_end = member(cx, &input, entry)?;
        at = at.max(entry_end);
    }
    let tail = end.zip64.as_ref().map_or(end.at, |records| records[0].start);
    between(cx, at..tail.max(at), &end)?;
    back(cx, &end)
}

/// What lies between two members, or before and behind the index: the index may stand anywhere
/// (Mozilla's `omni.ja` has it in front).
fn between(cx: &mut Context<'_, '_>, range: Range<u64>, end: &End) -> Result<(), Refusal> {
    let index =
        end.index.start.clamp(range.start, range.end)..end.index.end.clamp(range.start, range.end);
    if range.start < index.start {
        unclaimed(cx, range.start..index.start, end.index.start)?;
    }
    if index.end < range.end {
        unclaimed(cx, index.end..range.end, end.index.start)?;
    }
    Ok(())
}

/// The end records and the index: claims and contradictions.
fn audit_end(cx: &mut Context<'_, '_>, end: &End, found: u64, index_end: u64) {
    cx.structure(end.index.start..index_end);
    cx.structure(end.at..end.comment.start);
    for range in end.zip64.iter().flatten() {
        cx.structure(range.clone());
    }
    // Behind the zip64 end record's numbers: what its maker likes.
    if let Some([record, _]) = &end.zip64 {
        cx.room(record.start.saturating_add(56)..record.end);
    }
    if found != end.entries && found & 0xffff != end.entries {
        let detail = format!("the end record says {} entries, the index has {found}", end.entries);
        cx.fact(FactKind::IndexDisagrees, Some(end.at), detail);
    }
    if index_end != end.index.end {
        let detail = format!("the index ends at {index_end}, not at {}", end.index.end);
        cx.fact(FactKind::IndexDisagrees, Some(index_end), detail);
    }
    if end.ambiguous {
        let detail = "there is an index at the stated offset and another before the end record";
        cx.fact(FactKind::IndexDisagrees, Some(end.index.start), detail);
    }
    if end.spans_disks {
        cx.gap(GapReason::External, "part of an archive over several files", None);
    }
}

/// What stands before the first member: a program's stub, Chromium's signed header, or foreign
/// bytes. Returns where the archive begins.
fn front(cx: &mut Context<'_, '_>, first: u64) -> Result<u64, Refusal> {
    let input = cx.input();
    let prefix = slice(&input, &(0..first)).unwrap_or_default();
    if input.starts_with(b"Cr24") {
        let len = blocks::chromium(cx, &input)?;
        if first > len {
            unclaimed(cx, len..first, first)?;
        }
        return Ok(first.max(len));
    }
    if prefix == b"PK\x07\x08" || prefix == b"PK00" {
        cx.structure(0..first);
    } else if let Some(program) = self_extracting::stub_end(prefix) {
        cx.program(0..program);
        cx.foreign("(between the program and its archive)", program..first)?;
    } else if prefix.starts_with(b"PK\x03\x04") {
        streamed_members(cx, 0..first, Some(HIDDEN))?;
    } else if !prefix.is_empty() {
        cx.foreign("(before the archive)", 0..first)?;
    }
    Ok(first)
}

/// The comment and what lies behind the archive.
fn back(cx: &mut Context<'_, '_>, end: &End) -> Result<(), Refusal> {
    let input = cx.input();
    let comment = slice(&input, &end.comment).unwrap_or_default();
    let plain = comment.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace());
    if len_u64(comment.len()) > COMMENT_MAX || !plain {
        cx.foreign("(in the archive's comment)", end.comment.clone())?;
    } else {
        cx.structure(end.comment.clone());
    }
    cx.foreign("(behind the archive)", end.comment.end..cx.len())
}

/// Bytes between members that no entry claims.
fn unclaimed(cx: &mut Context<'_, '_>, range: Range<u64>, index_start: u64) -> Result<(), Refusal> {
    let input = cx.input();
    let mut range = range;
    if range.end == index_start
        && let Some(block) = blocks::android(cx, &input, &range)
    {
        range.end = block.start;
    }
    let bytes = slice(&input, &range).unwrap_or_default();
    if memchr::memmem::find(bytes, b"PK\x03\x04").is_some() {
        return streamed_members(cx, range, Some(HIDDEN));
    }
    cx.foreign("(between the members)", range)
}

/// What is told of members that the index does not list.
const HIDDEN: &str = "in no index: seen only by readers that go from header to header";

/// Members that only readers see that go from header to header. Beside an index that does not list
/// them that is a lie, which `told` says; where there is no index, something was cut off.
fn streamed_members(
    cx: &mut Context<'_, '_>,
    range: Range<u64>,
    told: Option<&str>,
) -> Result<(), Refusal> {
    let input = cx.input();
    // What is left of a cut-off archive is not foreign to it: that it is damaged says all there is to say.
    let behind = |cx: &mut Context<'_, '_>, range: Range<u64>| match told {
        Some(_) => cx.foreign("(between the members)", range),
        None => {
            cx.content(range);
            Ok(())
        }
    };
    let mut at = range.start;
    while at < range.end {
        cx.tick()?;
        let rest = slice(&input, &(at..range.end)).unwrap_or_default();
        let Some(found) = memchr::memmem::find(rest, b"PK\x03\x04") else { break };
        let start = at + len_u64(found);
        behind(cx, at..start)?;
        let Some(local) = index::local(&input, start).filter(|local| local.data <= range.end)
        else {
            at = start;
            break;
        };
        let name = name_of(&local.name);
        if let Some(detail) = told {
            cx.member_fact(&name, FactKind::HiddenMember, Some(start), detail);
        }
        let end = unpack::streamed(cx, &input, &name, &local, range.end)?;
        cx.structure(start..local.data);
        at = end.max(local.data);
    }
    behind(cx, at..range.end)
}

/// Notes the bytes of a header's extra field that nobody reads.
fn note_room(cx: &mut Context<'_, '_>, input: &[u8], extra: &Range<u64>, name_len: usize) {
    let bytes = slice(input, extra).unwrap_or_default();
    for range in index::room(bytes, extra.start, name_len) {
        cx.room(range);
    }
}

/// One member as the index says it; returns where it ends.
fn member(cx: &mut Context<'_, '_>, input: &[u8], entry: &Entry) -> Result<u64, Refusal> {
    let name_len = slice(input, &entry.name_bytes).map_or(0, <[u8]>::len);
    note_room(cx, input, &entry.extra, name_len);
    cx.room(entry.comment.clone());
    let Some(local) = index::local(input, entry.local) else {
        let detail = format!("no header at {}, where the index says it is", entry.local);
        cx.member_gap(&entry.name, GapReason::Damaged, detail, Some(entry.packed));
        cx.tick()?;
        return Ok(entry.local);
    };
    let data_end = local.data.checked_add(entry.packed).filter(|end| *end <= len_u64(input.len()));
    let Some(data_end) = data_end else {
        let detail = format!("{} packed bytes, more than there are", entry.packed);
        cx.member_gap(&entry.name, GapReason::Damaged, detail, Some(entry.packed));
        cx.tick()?;
        return Ok(local.data);
    };
    cx.structure(entry.local..local.data);
    note_room(cx, input, &local.extra, name_len);
    let mut end = data_end;
    if local.has_descriptor {
        match index::descriptor(input, data_end, entry.packed) {
            Some((len, crc, size)) => {
                cx.structure(data_end..data_end + len);
                end = data_end + len;
                if crc != entry.crc || size != entry.size {
                    disagree(cx, entry, "checksum or size behind the content", "the index's");
                }
            }
            None => disagree(cx, entry, "no sizes behind the content", "announced"),
        }
    }
    compare(cx, input, entry, &local);
    if entry.is_encrypted() {
        cx.content(local.data..data_end);
        let detail = "encrypted member";
        cx.member_gap(&entry.name, GapReason::Encrypted, detail, Some(entry.packed));
    } else if entry.name.ends_with('/') && entry.size == 0 {
        if entry.packed > FOLDER_BYTES_MAX {
            cx.foreign("(in a folder's entry)", local.data..data_end)?;
        } else {
            cx.content(local.data..data_end);
        }
        cx.folder(&entry.name)?;
    } else {
        unpack::listed(cx, input, entry, local.data..data_end)?;
    }
    Ok(end)
}

/// The index against the local header.
fn compare(cx: &mut Context<'_, '_>, input: &[u8], entry: &Entry, local: &Local) {
    if slice(input, &entry.name_bytes) != Some(local.name.as_slice()) {
        disagree(cx, entry, &format!("name {}", name_of(&local.name)), &entry.name);
    }
    if let Some(unicode) = &entry.unicode_name
        && entry.name.is_ascii()
        && *unicode != entry.name
    {
        disagree(cx, entry, &format!("Unicode name {unicode}"), &entry.name);
    }
    if local.method != entry.method {
        disagree(cx, entry, &format!("method {}", local.method), &entry.method.to_string());
    }
    if (local.flags ^ entry.flags) & 0x2041 != 0 {
        disagree(cx, entry, &format!("flags {:04x}", local.flags), &format!("{:04x}", entry.flags));
    }
    // With a descriptor the header's own sizes are zero, or what the writer knew already.
    let unset = |value: u64| local.has_descriptor && (value == 0 || value == 0xffff_ffff);
    if local.packed != entry.packed && !unset(local.packed) {
        let says = format!("{} packed bytes", local.packed);
        disagree(cx, entry, &says, &entry.packed.to_string());
    }
    if local.size != entry.size && !unset(local.size) {
        disagree(cx, entry, &format!("{} bytes", local.size), &entry.size.to_string());
    }
    if local.crc != entry.crc && !(local.has_descriptor && local.crc == 0) {
        let says = format!("CRC-32 {:08x}", local.crc);
        disagree(cx, entry, &says, &format!("{:08x}", entry.crc));
    }
}

fn disagree(cx: &mut Context<'_, '_>, entry: &Entry, local: &str, central: &str) {
    let detail = format!("header: {local}; index: {central}");
    cx.member_fact(&entry.name, FactKind::IndexDisagrees, Some(entry.local), detail);
}
