//! Sections with their rights and noise, the overlay, and the mitigations that are switched on.

use std::collections::BTreeSet;
use std::ops::Range;

use object::pe;

use super::layout::{Layout, u32_at};
use crate::entropy::{self, Noise};
use crate::image::{Rights, Section};

/// Measures parts of a file, twice its length in all: tables can name the same bytes thousands of
/// times.
pub(crate) struct Meter<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Meter<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, left: bytes.len().saturating_mul(2) }
    }

    /// Noise of a range; nothing once the budget is spent.
    pub(crate) fn measure(&mut self, range: Range<usize>) -> Noise {
        let part = self.bytes.get(range).unwrap_or_default();
        match self.left.checked_sub(part.len()) {
            Some(left) => {
                self.left = left;
                entropy::measure(part)
            }
            None => Noise::default(),
        }
    }
}

/// Sections in the order of the table.
pub(crate) fn read(
    layout: &Layout<'_>,
    meter: &mut Meter<'_>,
    problems: &mut Vec<String>,
) -> Vec<Section> {
    if layout.sections_cut {
        problems.push("more sections than are read".to_owned());
    }
    let mut sections = Vec::with_capacity(layout.sections.len());
    for section in &layout.sections {
        let file = section.file.start as u64..section.file.end as u64;
        if section.stated.start != 0 && section.stated.end > layout.bytes.len() as u64 {
            problems.push("a section reaches beyond the file".to_owned());
        }
        let noise = meter.measure(section.file.clone());
        let has = |flag: u32| section.characteristics & flag != 0;
        sections.push(Section {
            name: section.name.clone(),
            file,
            address: layout.image_base.wrapping_add(u64::from(section.address)),
            size: u64::from(section.size),
            rights: Rights {
                read: has(pe::IMAGE_SCN_MEM_READ.0),
                write: has(pe::IMAGE_SCN_MEM_WRITE.0),
                execute: has(pe::IMAGE_SCN_MEM_EXECUTE.0),
            },
            entropy: noise.entropy,
            noise_windows: noise.noise_windows,
        });
    }
    sections
}

/// Bytes between the last section (headers, symbol table) and the signature table or the end; up to
/// seven zeroes that align the table are none.
pub(crate) fn overlay(layout: &Layout<'_>) -> Option<Range<u64>> {
    let start = layout.end_of_sections();
    let table = layout.directory(4).map_or(usize::MAX, |(offset, _)| offset as usize);
    let end = if table < start { layout.bytes.len() } else { table.min(layout.bytes.len()) };
    let between = layout.bytes.get(start..end)?;
    let padding = between.len() < 8 && between.iter().all(|byte| *byte == 0);
    (!padding).then_some(start as u64..end as u64)
}

/// The signature table, as far as it is within the file.
pub(crate) fn signature_table(layout: &Layout<'_>) -> Option<Range<u64>> {
    let (offset, size) = layout.directory(4)?;
    let start = u64::from(offset);
    let end = start.saturating_add(u64::from(size)).min(layout.bytes.len() as u64);
    (start < end).then_some(start..end)
}

/// Those present.
pub(crate) fn mitigations(layout: &Layout<'_>) -> BTreeSet<String> {
    let flags = [
        (0x0020, "high_entropy_va"),
        (0x0040, "aslr"),
        (0x0080, "force_integrity"),
        (0x0100, "nx"),
        (0x0400, "no_seh"),
        (0x1000, "app_container"),
        (0x4000, "cfg"),
    ];
    let mut found: BTreeSet<String> = flags
        .into_iter()
        .filter(|(flag, _)| layout.dll_characteristics & flag != 0)
        .map(|(_, name)| name.to_owned())
        .collect();
    let config = layout.table(10).unwrap_or_default();
    // The table starts with its own size, which grew over the years.
    let size = u32_at(config, 0).map_or(0, |size| size as usize);
    let config = config.get(..size.min(config.len())).unwrap_or_default();
    let cookie = layout.pointer_at(config, if layout.is_64 { 0x58 } else { 0x3C });
    if cookie.is_some_and(|cookie| cookie != 0) {
        found.insert("stack_protector".to_owned());
    }
    if !layout.is_64 && u32_at(config, 0x40).is_some_and(|table| table != 0) {
        found.insert("safeseh".to_owned());
    }
    if super::debug::entries(layout)
        .any(|entry| entry.kind == 20 && entry.data.first().is_some_and(|flags| flags & 1 == 1))
    {
        found.insert("shadow_stack".to_owned());
    }
    found
}
