//! Where things are in an ELF file: headers, segments, sections, and which bytes any of them claims.
//!
//! Source: System V gABI, chapters 4 and 5. The loader believes segments only; section headers are
//! for people and tools, and may be missing or lie.

use std::ops::Range;

use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

use crate::Error;
use crate::fields::Fields;
use crate::image::Rights;
use crate::names::zero_terminated;

/// Bound: headers beyond these are not read. Real programs have a dozen segments; objects built with
/// one section for each function have some thousands of sections.
const SEGMENTS_MAX: usize = 128;
const SECTIONS_MAX: usize = 65_536;

/// A program header.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) kind: u32,
    pub(super) rights: Rights,
    pub(super) offset: u64,
    pub(super) address: u64,
    pub(super) file_size: u64,
    pub(super) memory_size: u64,
    pub(super) align: u64,
}

/// A section header.
#[derive(Clone, Debug)]
pub(super) struct RawSection {
    pub(super) name: String,
    pub(super) kind: u32,
    pub(super) flags: u64,
    pub(super) offset: u64,
    pub(super) address: u64,
    pub(super) size: u64,
    pub(super) link: u32,
}

impl RawSection {
    /// Whether the section has bytes in the file.
    pub(super) const fn in_file(&self) -> bool {
        self.kind != elf::SHT_NOBITS.0 && self.kind != elf::SHT_NULL.0 && self.size > 0
    }

    pub(super) const fn allocated(&self) -> bool {
        self.flags & ALLOCATED != 0
    }

    pub(super) const fn executable(&self) -> bool {
        self.flags & EXECUTABLE != 0
    }

    /// Rights that the header promises.
    pub(super) const fn rights(&self) -> Rights {
        Rights {
            read: self.allocated(),
            write: self.flags & WRITABLE != 0,
            execute: self.executable(),
        }
    }
}

const WRITABLE: u64 = 1;
const ALLOCATED: u64 = 2;
const EXECUTABLE: u64 = 4;

/// The headers of a file in one shape for both word sizes and byte orders.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) kind: u16,
    pub(super) machine: u16,
    pub(super) entry: u64,
    pub(super) segments: Vec<Segment>,
    pub(super) sections: Vec<RawSection>,
    /// Byte after the last one that a header, segment, or section claims; may lie outside the file.
    pub(super) claimed: u64,
    pub(super) problems: Vec<String>,
}

impl<'a> Layout<'a> {
    /// Reads the headers.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when the file header is cut short or of no known class.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        match bytes.get(4) {
            Some(1) => Self::of_class::<FileHeader32<Endianness>>(bytes),
            Some(2) => Self::of_class::<FileHeader64<Endianness>>(bytes),
            _ => Err(Error::Damaged { format: "ELF", what: "unknown class" }),
        }
    }

    fn of_class<E: FileHeader<Endian = Endianness>>(bytes: &'a [u8]) -> Result<Self, Error> {
        let damaged = |what| Error::Damaged { format: "ELF", what };
        let header = E::parse(bytes).map_err(|_| damaged("file header"))?;
        let endian = header.endian().map_err(|_| damaged("byte order"))?;
        let mut layout = Self {
            fields: Fields { bytes, big: header.is_big_endian(), wide: header.is_class_64() },
            kind: header.e_type(endian).0,
            machine: header.e_machine(endian).0,
            entry: header.e_entry(endian).into(),
            segments: Vec::new(),
            sections: Vec::new(),
            claimed: u64::try_from(size_of::<E>()).unwrap_or(0),
            problems: Vec::new(),
        };
        layout.read_segments(header, endian);
        layout.read_sections(header, endian);
        Ok(layout)
    }

    fn read_segments<E: FileHeader<Endian = Endianness>>(
        &mut self,
        header: &E,
        endian: Endianness,
    ) {
        let headers = match header.program_headers(endian, self.fields.bytes) {
            Ok(headers) => headers,
            Err(error) => {
                self.problems.push(format!("program headers: {error}"));
                return;
            }
        };
        self.claim(header.e_phoff(endian).into(), table_size(headers));
        if headers.len() > SEGMENTS_MAX {
            self.problems
                .push(format!("{} program headers: only {SEGMENTS_MAX} read", headers.len()));
        }
        for header in headers.iter().take(SEGMENTS_MAX) {
            let flags = header.p_flags(endian).0;
            let segment = Segment {
                kind: header.p_type(endian).0,
                rights: Rights {
                    read: flags & elf::PF_R.0 != 0,
                    write: flags & elf::PF_W.0 != 0,
                    execute: flags & elf::PF_X.0 != 0,
                },
                offset: header.p_offset(endian).into(),
                address: header.p_vaddr(endian).into(),
                file_size: header.p_filesz(endian).into(),
                memory_size: header.p_memsz(endian).into(),
                align: header.p_align(endian).into(),
            };
            if segment.file_size > 0 {
                self.claim(segment.offset, segment.file_size);
            }
            self.segments.push(segment);
        }
    }

    fn read_sections<E: FileHeader<Endian = Endianness>>(
        &mut self,
        header: &E,
        endian: Endianness,
    ) {
        let bytes = self.fields.bytes;
        let headers = match header.section_headers(endian, bytes) {
            Ok(headers) => headers,
            Err(error) => {
                self.problems.push(format!("section headers: {error}"));
                return;
            }
        };
        if headers.is_empty() {
            return;
        }
        self.claim(header.e_shoff(endian).into(), table_size(headers));
        if headers.len() > SECTIONS_MAX {
            self.problems
                .push(format!("{} section headers: only {SECTIONS_MAX} read", headers.len()));
        }
        let names = header
            .section_strings_index(endian, bytes)
            .ok()
            .and_then(|index| headers.get(index.0)?.data(endian, bytes).ok())
            .unwrap_or_default();
        for header in headers.iter().take(SECTIONS_MAX) {
            let name = usize::try_from(header.sh_name(endian)).unwrap_or(usize::MAX);
            let name = zero_terminated(names, name).unwrap_or_default();
            // Names of sections are short; a long one is cut so that many headers cost little.
            let name = name.get(..256).unwrap_or(name);
            let section = RawSection {
                name: String::from_utf8_lossy(name).into_owned(),
                kind: header.sh_type(endian).0,
                flags: header.sh_flags(endian).0,
                offset: header.sh_offset(endian).into(),
                address: header.sh_addr(endian).into(),
                size: header.sh_size(endian).into(),
                link: header.sh_link(endian),
            };
            if section.in_file() {
                self.claim(section.offset, section.size);
            }
            self.sections.push(section);
        }
    }

    fn claim(&mut self, offset: u64, len: u64) {
        self.claimed = self.claimed.max(offset.saturating_add(len));
    }

    /// Segments that the loader maps.
    pub(super) fn loaded(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|segment| segment.kind == elf::PT_LOAD.0)
    }

    /// The first segment of a kind.
    pub(super) fn segment(&self, kind: elf::ProgramType) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.kind == kind.0)
    }

    /// The first section of a name.
    pub(super) fn section(&self, name: &str) -> Option<&RawSection> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// Bytes of a section; `None` outside the file.
    pub(super) fn section_bytes(&self, section: &RawSection) -> Option<&'a [u8]> {
        section.in_file().then(|| self.fields.slice(section.offset, section.size))?
    }

    /// Bytes of a segment that lie in the file.
    pub(super) fn segment_bytes(&self, segment: &Segment) -> &'a [u8] {
        let len = u64::try_from(self.fields.bytes.len()).unwrap_or(0);
        let size = segment.file_size.min(len.saturating_sub(segment.offset));
        self.fields.slice(segment.offset, size).unwrap_or_default()
    }

    /// The bytes from an address to the end of its segment in the file, as the loader sees them.
    pub(super) fn at(&self, address: u64) -> Option<&'a [u8]> {
        self.loaded().find_map(|segment| {
            let inside = address.checked_sub(segment.address)?;
            let bytes = self.segment_bytes(segment);
            bytes.get(usize::try_from(inside).ok()?..).filter(|rest| !rest.is_empty())
        })
    }

    /// Addresses that the image takes; empty where it starts at 0 and is placed by the loader.
    pub(super) fn span(&self) -> Range<u64> {
        let start = self.loaded().map(|segment| segment.address).min().unwrap_or(0);
        let end = self
            .loaded()
            .map(|segment| segment.address.saturating_add(segment.memory_size))
            .max()
            .unwrap_or(0);
        if start == 0 { 0..0 } else { start..end }
    }

    /// Rights of a section when loaded: those of its segment, because the loader knows no sections.
    pub(super) fn rights(&self, section: &RawSection) -> Rights {
        if !section.allocated() {
            return Rights::default();
        }
        self.loaded()
            .find(|segment| {
                section.address >= segment.address
                    && section.address < segment.address.saturating_add(segment.memory_size)
            })
            .map_or(section.rights(), |segment| segment.rights)
    }
}

/// Bytes of a table of headers.
fn table_size<T>(headers: &[T]) -> u64 {
    u64::try_from(size_of_val(headers)).unwrap_or(u64::MAX)
}
