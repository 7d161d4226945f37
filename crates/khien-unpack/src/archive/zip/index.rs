//! Zip's structures: end records, the central index, local headers (APPNOTE 6.3.10).

use std::ops::Range;

use crate::field::{len_u64, name_of, slice, u8_at, u16_le, u32_le, u64_le};
use crate::node::Attributes;

const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const CENTRAL: u32 = 0x0201_4b50;
pub(super) const LOCAL: u32 = 0x0403_4b50;
pub(super) const DESCRIPTOR: u32 = 0x0807_4b50;

/// Length of the end record without its comment.
const END_LEN: usize = 22;

/// The end of an archive: where its index is.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// The end record without comment.
    pub(super) at: u64,
    pub(super) comment: Range<u64>,
    /// The zip64 end record and its locator.
    pub(super) zip64: Option<[Range<u64>; 2]>,
    /// Central headers: where they truly are.
    pub(super) index: Range<u64>,
    /// What must be added to every offset: bytes in front of the archive that it does not count.
    pub(super) base: u64,
    pub(super) entries: u64,
    pub(super) spans_disks: bool,
    /// The index is also at another place.
    pub(super) ambiguous: bool,
}

/// Finds the last end record. `strict`: it must end with the bytes.
pub(super) fn find_end(bytes: &[u8], strict: bool) -> Option<End> {
    let from = if strict { bytes.len().saturating_sub(END_LEN + 0xffff) } else { 0 };
    let window = bytes.get(from..)?;
    let mut tries = 0;
    let mut before = window.len();
    // Hostile: a comment can hold end records; the real one is the one that tools find, from behind.
    while let Some(at) = memchr::memmem::rfind(window.get(..before)?, b"PK\x05\x06") {
        if let Some(end) = parse_end(bytes, from + at, strict) {
            return Some(end);
        }
        tries += 1;
        if tries > 4096 {
            return None;
        }
        before = at;
    }
    None
}

fn parse_end(bytes: &[u8], at: usize, strict: bool) -> Option<End> {
    if u32_le(bytes, at)? != END {
        return None;
    }
    let comment_len = usize::from(u16_le(bytes, at + 20)?);
    let end = at + END_LEN + comment_len;
    if end > bytes.len() || (strict && end != bytes.len()) {
        return None;
    }
    let mut entries = u64::from(u16_le(bytes, at + 10)?);
    let mut size = u64::from(u32_le(bytes, at + 12)?);
    let mut offset = u64::from(u32_le(bytes, at + 16)?);
    let mut index_end = len_u64(at);
    let mut spans_disks = u16_le(bytes, at + 4)? != 0 && u16_le(bytes, at + 4)? != 0xffff;
    let zip64 = zip64_end(bytes, at);
    if let Some(record) = &zip64 {
        let start = usize::try_from(record[0].start).ok()?;
        spans_disks = u32_le(bytes, start + 16)? != 0;
        entries = u64_le(bytes, start + 32)?;
        size = u64_le(bytes, start + 40)?;
        offset = u64_le(bytes, start + 48)?;
        index_end = record[0].start;
    }
    let (index, base, ambiguous) = place_index(bytes, index_end, offset, size)?;
    let comment = len_u64(at + END_LEN)..len_u64(end);
    Some(End { at: len_u64(at), comment, zip64, index, base, entries, spans_disks, ambiguous })
}

fn zip64_end(bytes: &[u8], end: usize) -> Option<[Range<u64>; 2]> {
    let locator = end.checked_sub(20)?;
    if u32_le(bytes, locator)? != LOCATOR_64 {
        return None;
    }
    let stated = usize::try_from(u64_le(bytes, locator + 8)?).ok()?;
    // Behind foreign bytes the stated place is wrong; the record lies just before its locator.
    let at = [stated, locator.checked_sub(56)?]
        .into_iter()
        .find(|at| at.checked_add(56).is_some() && u32_le(bytes, *at) == Some(END_64))?;
    let len = u64_le(bytes, at + 4)?.checked_add(12)?;
    let end = len_u64(at).checked_add(len).filter(|end| *end <= len_u64(locator))?;
    Some([len_u64(at)..end, len_u64(locator)..len_u64(locator + 20)])
}

/// Where the index is: at its stated offset, or, behind foreign bytes, just before the end record.
fn place_index(bytes: &[u8], end: u64, offset: u64, size: u64) -> Option<(Range<u64>, u64, bool)> {
    let has_header =
        |at: u64| usize::try_from(at).ok().and_then(|at| u32_le(bytes, at)) == Some(CENTRAL);
    let stated_end = offset.checked_add(size)?;
    let before_end = end.checked_sub(size)?;
    if size == 0 {
        return (stated_end <= end).then_some((offset..stated_end, 0, false));
    }
    let at_stated = stated_end <= end && has_header(offset);
    let at_end = before_end != offset && has_header(before_end);
    if at_stated {
        return Some((offset..stated_end, 0, at_end));
    }
    let base = before_end.checked_sub(offset)?;
    at_end.then_some((before_end..end, base, false))
}

/// One entry of the central index.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) name_bytes: Range<u64>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Its local header, foreign bytes in front included.
    pub(super) local: u64,
    pub(super) attributes: Attributes,
    pub(super) unicode_name: Option<String>,
    /// Its extra field in the index, and its comment.
    pub(super) extra: Range<u64>,
    pub(super) comment: Range<u64>,
}

impl Entry {
    pub(super) const fn is_encrypted(&self) -> bool {
        self.flags & 0x2041 != 0 || self.method == 99
    }

    /// A symbolic link made by Unix: its content is the target.
    pub(super) fn is_link(&self) -> bool {
        self.attributes.mode.is_some_and(|mode| mode & 0o170_000 == 0o120_000)
    }
}

/// Walks the central index; stops at the first thing that is no entry.
pub(super) struct Entries<'a> {
    bytes: &'a [u8],
    pub(super) at: u64,
    end: u64,
    base: u64,
}

pub(super) fn entries<'a>(bytes: &'a [u8], end: &End) -> Entries<'a> {
    Entries { bytes, at: end.index.start, end: end.index.end, base: end.base }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let head = slice(self.bytes, &(self.at..self.end))?;
        if u32_le(head, 0)? != CENTRAL {
            return None;
        }
        let name_len = usize::from(u16_le(head, 28)?);
        let extra_len = usize::from(u16_le(head, 30)?);
        let comment_len = usize::from(u16_le(head, 32)?);
        let len = 46 + name_len + extra_len + comment_len;
        let name = head.get(46..46 + name_len)?;
        let extra = head.get(46 + name_len..46 + name_len + extra_len)?;
        head.get(..len)?;
        let at = self.at;
        let from = |place: usize| at.saturating_add(len_u64(place));
        let mut entry = Entry {
            name: name_of(name),
            name_bytes: self.at + 46..self.at + 46 + len_u64(name_len),
            flags: u16_le(head, 8)?,
            method: u16_le(head, 10)?,
            crc: u32_le(head, 16)?,
            packed: u64::from(u32_le(head, 20)?),
            size: u64::from(u32_le(head, 24)?),
            local: u64::from(u32_le(head, 42)?),
            attributes: Attributes::default(),
            unicode_name: None,
            extra: from(46 + name_len)..from(46 + name_len + extra_len),
            comment: from(46 + name_len + extra_len)..from(len),
        };
        let made_by = u8_at(head, 5)?;
        let external = u32_le(head, 38)?;
        if matches!(made_by, 3 | 19) && external >> 16 != 0 {
            entry.attributes.mode = Some(external >> 16);
        }
        entry.attributes.modified = dos_time(u16_le(head, 12)?, u16_le(head, 14)?);
        apply_extra(&mut entry, extra);
        entry.local = entry.local.checked_add(self.base)?;
        self.at += len_u64(len);
        Some(entry)
    }
}

fn apply_extra(entry: &mut Entry, extra: &[u8]) {
    for (id, field) in extra_fields(extra) {
        match id {
            1 => {
                let mut at = 0;
                for value in [&mut entry.size, &mut entry.packed, &mut entry.local] {
                    if *value == 0xffff_ffff
                        && let Some(wide) = u64_le(field, at)
                    {
                        *value = wide;
                        at += 8;
                    }
                }
            }
            0x5455 => {
                if let Some(time) = u32_le(field, 1).filter(|_| u8_at(field, 0) != Some(0)) {
                    entry.attributes.modified = Some(i64::from(time.cast_signed()));
                }
            }
            0x7075 => entry.unicode_name = field.get(5..).map(name_of),
            _ => {}
        }
    }
}

/// The stretches of an extra field that are no known record, or one for the second time; neighbours
/// are one stretch. `start`: where it stands. `name_len`: of the member's name.
pub(super) fn room(extra: &[u8], start: u64, name_len: usize) -> Vec<Range<u64>> {
    let mut room: Vec<Range<u64>> = Vec::new();
    let mut add = |from: usize, to: usize| {
        let range = start.saturating_add(len_u64(from))..start.saturating_add(len_u64(to));
        match room.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => room.push(range),
        }
    };
    let mut seen = Vec::new();
    let mut at = 0;
    for (id, field) in extra_fields(extra) {
        let end = at + 4 + field.len();
        // Alignment is zeros, and may have any number.
        let is_blank = field.iter().all(|byte| *byte == 0) && field.len() > 16;
        if !is_blank && (seen.contains(&id) || !is_known(id, field, name_len)) {
            add(at, end);
        } else if !is_blank {
            seen.push(id);
        }
        at = end;
    }
    if at < extra.len() {
        add(at, extra.len());
    }
    room
}

/// Whether a record is of a known kind and as long as that kind is: times, owners, names, alignment.
fn is_known(id: u16, field: &[u8], name_len: usize) -> bool {
    let zeros_from = |at| field.iter().skip(at).all(|byte| *byte == 0);
    match id {
        1 => field.len() <= 28,
        // NTFS: four zeros, then three times as attribute 1.
        0x000a => field.len() == 32 && field.get(..8) == Some(&[0, 0, 0, 0, 1, 0, 24, 0]),
        0x000d | 0x5455 | 0x5855 | 0x7875 => field.len() <= 15,
        0x7855 => field.len() <= 4,
        // The mark of jar tools.
        0xcafe => field.is_empty(),
        // AES.
        0x9901 => field.len() == 7,
        // The name in UTF-8, behind a version and a checksum.
        0x7075 => {
            let name = field.get(5..).and_then(|name| std::str::from_utf8(name).ok());
            name.is_some_and(|name| name.len() <= name_len.saturating_mul(4))
        }
        // zipalign and OPC: zeros behind a number or two.
        0xd935 => zeros_from(2),
        0xa220 => zeros_from(4),
        _ => false,
    }
}

/// The records of an extra field, up to the first that does not fit.
fn extra_fields(mut extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let id = u16_le(extra, 0)?;
        let len = usize::from(u16_le(extra, 2)?);
        let field = extra.get(4..4 + len)?;
        extra = extra.get(4 + len..)?;
        Some((id, field))
    })
}

/// A local header.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Its extra field.
    pub(super) extra: Range<u64>,
    /// Sizes and checksum come after the content.
    pub(super) has_descriptor: bool,
    pub(super) has_zip64: bool,
    /// Where the content starts.
    pub(super) data: u64,
}

pub(super) fn local(bytes: &[u8], at: u64) -> Option<Local> {
    let start = usize::try_from(at).ok()?;
    let head = bytes.get(start..)?;
    if u32_le(head, 0)? != LOCAL {
        return None;
    }
    let name_len = usize::from(u16_le(head, 26)?);
    let extra_len = usize::from(u16_le(head, 28)?);
    let name = head.get(30..30 + name_len)?.to_vec();
    let extra = head.get(30 + name_len..30 + name_len + extra_len)?;
    let flags = u16_le(head, 6)?;
    let from = |place: usize| at.saturating_add(len_u64(place));
    let mut local = Local {
        name,
        flags,
        method: u16_le(head, 8)?,
        crc: u32_le(head, 14)?,
        packed: u64::from(u32_le(head, 18)?),
        size: u64::from(u32_le(head, 22)?),
        extra: from(30 + name_len)..from(30 + name_len + extra_len),
        has_descriptor: flags & 8 != 0,
        has_zip64: false,
        data: at + len_u64(30 + name_len + extra_len),
    };
    for (_, field) in extra_fields(extra).filter(|(id, _)| *id == 1) {
        local.has_zip64 = true;
        if local.size == 0xffff_ffff {
            local.size = u64_le(field, 0).unwrap_or(local.size);
            local.packed = u64_le(field, 8).unwrap_or(local.packed);
        }
    }
    Some(local)
}

/// A data descriptor: its length, checksum and sizes.
pub(super) fn descriptor(bytes: &[u8], at: u64, packed: u64) -> Option<(u64, u32, u64)> {
    let start = usize::try_from(at).ok()?;
    let signed = u32_le(bytes, start) == Some(DESCRIPTOR);
    let from = if signed { start + 4 } else { start };
    let crc = u32_le(bytes, from)?;
    let head = if signed { 8 } else { 4 };
    if u64_le(bytes, from + 4) == Some(packed) && packed > 0 {
        // Four-byte sizes read as eight match only where the size behind is zero.
        if u32_le(bytes, from + 8) == Some(0)
            && let Some(size) = u64_le(bytes, from + 12)
            && size < 1 << 40
        {
            return Some((head + 16, crc, size));
        }
    }
    if u64::from(u32_le(bytes, from + 4)?) == packed & 0xffff_ffff {
        return Some((head + 8, crc, u64::from(u32_le(bytes, from + 8)?)));
    }
    None
}

/// Seconds since 1970 of an MS-DOS date, read as UTC: the format has no zone.
fn dos_time(time: u16, date: u16) -> Option<i64> {
    let (year, month, day) =
        (1980 + i64::from(date >> 9), i64::from(date >> 5 & 15), i64::from(date & 31));
    if !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    // Days from the civil calendar (H. Hinnant): March is the first month.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let era = year / 400;
    let of_era = year - era * 400;
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds =
        i64::from(time >> 11) * 3600 + i64::from(time >> 5 & 63) * 60 + i64::from(time & 31) * 2;
    Some(days * 86_400 + seconds)
}
