//! Functions from the tables that stack unwinding uses; they survive `strip`.
//!
//! Sources: Linux Standard Base 5.0, "Exception Frames" (`.eh_frame`, `.eh_frame_hdr`); DWARF 4, 6.4.1.

use std::collections::HashMap;

use object::elf;

use super::layout::Layout;
use crate::fields::{Fields, uleb128};
use crate::functions::Extent;

/// The functions that frame descriptions cover: from the sorted table of `.eh_frame_hdr`, else from
/// `.eh_frame` one after the other. Empty where there are none.
pub(super) fn read(layout: &Layout<'_>) -> Vec<Extent> {
    let mut frames = Frames { layout, encodings: HashMap::new() };
    let from_table = layout
        .segment(elf::PT_GNU_EH_FRAME)
        .map(|segment| segment.address)
        .or_else(|| layout.section(".eh_frame_hdr").map(|section| section.address))
        .and_then(|address| frames.search_table(address))
        .unwrap_or_default();
    if !from_table.is_empty() {
        return from_table;
    }
    let Some(section) = layout.section(".eh_frame") else { return Vec::new() };
    let Some(bytes) = layout.section_bytes(section) else { return Vec::new() };
    frames.one_by_one(section.address, bytes)
}

struct Frames<'l, 'a> {
    layout: &'l Layout<'a>,
    /// Encoding of pointers by address of the common entry; many descriptions share few of them.
    encodings: HashMap<u64, Option<u8>>,
}

impl<'a> Frames<'_, 'a> {
    /// Follows the binary search table; `None` where it is absent or of a shape nobody writes.
    fn search_table(&mut self, header: u64) -> Option<Vec<Extent>> {
        let bytes = self.layout.at(header)?;
        let [1, frame, count, table] = *bytes.first_chunk::<4>()? else { return None };
        let mut at = 4;
        let base = Base { section: header, place: header.checked_add(4)? };
        self.pointer(bytes, &mut at, frame, base)?;
        let place = header.checked_add(u64::try_from(at).ok()?)?;
        let count = self.pointer(bytes, &mut at, count, Base { section: header, place })?;
        // Table entries have a fixed size, or there is no search.
        let step = encoded_size(table, self.layout.fields)?;
        let mut extents = Vec::new();
        for _ in 0..count {
            let place = header.checked_add(u64::try_from(at).ok()?)?;
            let base = Base { section: header, place };
            let Some(start) = self.pointer(bytes, &mut at, table, base) else { break };
            let base = Base { section: header, place: place.wrapping_add(step) };
            let Some(description) = self.pointer(bytes, &mut at, table, base) else { break };
            // The description must agree with the table; the table alone gives the start.
            let end = self
                .description(description)
                .filter(|extent| extent.start == start)
                .and_then(|extent| extent.end);
            extents.push(Extent { start, end });
        }
        Some(extents)
    }

    fn one_by_one(&mut self, address: u64, bytes: &'a [u8]) -> Vec<Extent> {
        let mut extents = Vec::new();
        let mut at = 0;
        while let Some(record) = bytes.get(at..).and_then(|rest| Record::read(self.layout, rest)) {
            let Some(here) = u64::try_from(at).ok().and_then(|at| address.checked_add(at)) else {
                break;
            };
            if !record.is_common {
                extents.extend(self.extent_of(here, &record));
            }
            let Some(next) = at.checked_add(record.size) else { break };
            at = next;
        }
        extents
    }

    fn description(&mut self, address: u64) -> Option<Extent> {
        let record = Record::read(self.layout, self.layout.at(address)?)?;
        if record.is_common { None } else { self.extent_of(address, &record) }
    }

    /// What the description at `address` covers.
    fn extent_of(&mut self, address: u64, record: &Record<'a>) -> Option<Extent> {
        let id = address.checked_add(u64::try_from(record.id_at).ok()?)?;
        let common = id.checked_sub(record.id.into())?;
        let layout = self.layout;
        let encoding = *self
            .encodings
            .entry(common)
            .or_insert_with(|| layout.at(common).and_then(|bytes| pointer_encoding(layout, bytes)));
        let encoding = encoding?;
        let mut at = 0;
        let place = id.checked_add(4)?;
        let start = self.pointer(record.body, &mut at, encoding, Base { section: 0, place })?;
        // The length has the format of the pointer and is relative to nothing.
        let len =
            self.pointer(record.body, &mut at, encoding & 0x0F, Base { section: 0, place })?;
        Some(Extent { start, end: Some(start.checked_add(len)?) })
    }

    /// A pointer in one of the encodings of `DW_EH_PE_*`.
    fn pointer(&self, bytes: &[u8], at: &mut usize, encoding: u8, base: Base) -> Option<u64> {
        let fields = self.layout.fields.over(bytes);
        let here = u64::try_from(*at).ok()?;
        let value = match encoding & 0x0F {
            0x00 => fields.word(here)?,
            0x01 => uleb128(bytes, at)?,
            0x02 => fields.u16(here)?.into(),
            0x03 => fields.u32(here)?.into(),
            0x04 | 0x0C => fields.u64(here)?,
            0x0A => i64::from(fields.u16(here)?.cast_signed()).cast_unsigned(),
            0x0B => i64::from(fields.u32(here)?.cast_signed()).cast_unsigned(),
            _ => return None,
        };
        if encoding & 0x0F != 0x01 {
            *at += usize::try_from(encoded_size(encoding, self.layout.fields)?).ok()?;
        }
        let value = match encoding & 0x70 {
            0x00 => value,
            0x10 => base.place.wrapping_add(value),
            0x30 => base.section.wrapping_add(value),
            _ => return None,
        };
        Some(if self.layout.fields.wide { value } else { value & 0xFFFF_FFFF })
    }
}

/// What an encoded pointer may be relative to.
#[derive(Clone, Copy)]
struct Base {
    section: u64,
    place: u64,
}

fn encoded_size(encoding: u8, fields: Fields<'_>) -> Option<u64> {
    match encoding & 0x0F {
        0x00 => Some(fields.word_size()),
        0x02 | 0x0A => Some(2),
        0x03 | 0x0B => Some(4),
        0x04 | 0x0C => Some(8),
        _ => None,
    }
}

/// One entry of `.eh_frame`, common or describing.
struct Record<'a> {
    /// Bytes from this entry to the next.
    size: usize,
    /// Where the identifier stands in the entry.
    id_at: usize,
    /// 0 for a common entry, else the distance back to it.
    id: u32,
    is_common: bool,
    /// What follows the identifier.
    body: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(layout: &Layout<'_>, bytes: &'a [u8]) -> Option<Self> {
        let fields = layout.fields.over(bytes);
        let short = fields.u32(0)?;
        let (len, id_at) = match short {
            // A zero ends the list.
            0 => return None,
            u32::MAX => (usize::try_from(fields.u64(4)?).ok()?, 12),
            _ => (usize::try_from(short).ok()?, 4),
        };
        let size = len.checked_add(id_at)?;
        let id = fields.u32(u64::try_from(id_at).ok()?)?;
        let body = bytes.get(id_at + 4..size.min(bytes.len()))?;
        Some(Self { size, id_at, id, is_common: id == 0, body })
    }
}

/// The encoding of pointers that a common entry asks for; absolute where it asks for none.
fn pointer_encoding(layout: &Layout<'_>, bytes: &[u8]) -> Option<u8> {
    let record = Record::read(layout, bytes).filter(|record| record.is_common)?;
    let (version, rest) = record.body.split_first()?;
    // Bound: augmentations are a few letters.
    let end = rest.iter().take(16).position(|byte| *byte == 0)?;
    let (augmentation, rest) = rest.split_at_checked(end)?;
    let rest = rest.get(1..)?;
    let mut at = 0;
    uleb128(rest, &mut at)?; // code alignment
    uleb128(rest, &mut at)?; // data alignment: signed, of the same length
    // The return register: one byte in version 1.
    at = if *version == 1 { at + 1 } else { uleb128(rest, &mut at).map(|_| at)? };
    let Some(b'z') = augmentation.first() else { return Some(0) };
    uleb128(rest, &mut at)?;
    for letter in augmentation.iter().skip(1) {
        match letter {
            b'R' => return rest.get(at).copied(),
            b'L' => at += 1,
            b'P' => {
                let encoding = *rest.get(at)?;
                // An aligned pointer (0x50) is of no use here.
                at = at
                    .checked_add(1)?
                    .checked_add(usize::try_from(encoded_size(encoding, layout.fields)?).ok()?)?;
            }
            b'S' | b'B' | b'G' => {}
            _ => return None,
        }
    }
    Some(0)
}
