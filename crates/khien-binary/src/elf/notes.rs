//! What an ELF file says of itself: build id, properties, compilers.
//!
//! Sources: System V gABI, "Note Section"; Linux extensions to gABI (`NT_GNU_PROPERTY_TYPE_0`,
//! `NT_GNU_BUILD_ID`); x86-64 and AArch64 psABI (feature bits).

use std::collections::BTreeSet;

use object::elf;

use super::layout::Layout;
use crate::authenticode::hex;
use crate::fields::Fields;
use crate::names::zero_terminated;

/// What notes and comments say.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) build_id: Option<String>,
    /// `ibt`, `shstk`, `bti`, `pac`.
    pub(super) properties: BTreeSet<String>,
    pub(super) compilers: BTreeSet<String>,
    pub(super) linker: Option<String>,
    pub(super) debug_link: Option<String>,
}

/// Bound: notes of one file, and strings of `.comment`.
const NOTES_MAX: usize = 1024;
const COMMENTS_MAX: usize = 64;

/// Reads notes, `.comment`, and `.gnu_debuglink`.
pub(super) fn read(layout: &Layout<'_>) -> Notes {
    let mut notes = Notes::default();
    let mut left = NOTES_MAX;
    for segment in layout.segments.iter().filter(|segment| segment.kind == elf::PT_NOTE.0) {
        let fields = layout.fields.over(layout.segment_bytes(segment));
        notes.take(fields, segment.align, layout.machine, &mut left);
    }
    if notes.build_id.is_none() {
        // Relocatable files have no segments.
        for section in layout.sections.iter().filter(|found| found.kind == elf::SHT_NOTE.0) {
            let fields = layout.fields.over(layout.section_bytes(section).unwrap_or_default());
            notes.take(fields, 4, layout.machine, &mut left);
        }
    }
    if let Some(comment) = layout.section(".comment").and_then(|found| layout.section_bytes(found))
    {
        for text in comment.split(|byte| *byte == 0).take(COMMENTS_MAX) {
            notes.take_comment(text);
        }
    }
    notes.debug_link = layout
        .section(".gnu_debuglink")
        .and_then(|section| zero_terminated(layout.section_bytes(section)?, 0))
        .map(|name| String::from_utf8_lossy(name.get(..4096).unwrap_or(name)).into_owned());
    notes
}

impl Notes {
    fn take(&mut self, fields: Fields<'_>, align: u64, machine: u16, left: &mut usize) {
        let align = if align == 8 { 8 } else { 4 };
        let mut at = 0_u64;
        while *left > 0 {
            *left -= 1;
            let Some(next) = self.take_one(fields, at, align, machine) else { break };
            at = next;
        }
    }

    /// One note; where the next starts.
    fn take_one(&mut self, fields: Fields<'_>, at: u64, align: u64, machine: u16) -> Option<u64> {
        let name_len = u64::from(fields.u32(at)?);
        let len = u64::from(fields.u32(at.checked_add(4)?)?);
        let kind = fields.u32(at + 8)?;
        let name = fields.slice(at + 12, name_len)?;
        let start = (at + 12).checked_add(name_len)?.next_multiple_of(align);
        let content = fields.slice(start, len)?;
        if name == b"GNU\0" {
            match kind {
                3 if self.build_id.is_none() && content.len() <= 64 => {
                    self.build_id = Some(hex(content));
                }
                5 => self.take_properties(fields.over(content), machine),
                _ => {}
            }
        }
        start.checked_add(len)?.checked_next_multiple_of(align)
    }

    fn take_properties(&mut self, fields: Fields<'_>, machine: u16) {
        let mut at = 0_u64;
        while let (Some(kind), Some(len)) = (fields.u32(at), fields.u32(at + 4)) {
            let bits = fields.u32(at + 8).unwrap_or(0);
            let names = match (elf::Machine(machine), kind) {
                (elf::EM_386 | elf::EM_X86_64, 0xC000_0002) => ["ibt", "shstk"],
                (elf::EM_AARCH64, 0xC000_0000) => ["bti", "pac"],
                _ => ["", ""],
            };
            for (bit, name) in names.into_iter().enumerate() {
                if !name.is_empty() && bits >> bit & 1 != 0 {
                    self.properties.insert(name.to_owned());
                }
            }
            at = (at + 8).saturating_add(len.into()).next_multiple_of(fields.word_size());
        }
    }

    fn take_comment(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text.get(..256).unwrap_or(text));
        let text = text.trim();
        // The Rust compiler is taken from all of the file, in one form.
        if text.is_empty() || text.starts_with("rustc version ") {
            return;
        }
        match text.strip_prefix("Linker: ") {
            Some(linker) => self.linker = Some(linker.to_owned()),
            None if text.starts_with("mold ") => self.linker = Some(text.to_owned()),
            None => drop(self.compilers.insert(text.to_owned())),
        }
    }
}
