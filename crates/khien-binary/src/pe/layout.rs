//! Headers and sections, and where an address lies in the file.
//!
//! Source: Microsoft PE/COFF specification. The headers are read by `object`; the rest of the PE
//! reader needs only what is here, the same for 32 and 64 bits.

use std::ops::Range;

use object::LittleEndian as LE;
use object::pe::{self, ImageDosHeader, ImageNtHeaders32, ImageNtHeaders64};
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader};

use crate::Error;
use crate::names::Names;

/// Bound: the loader of Windows takes 96; packers and other systems a few more.
const SECTIONS_MAX: usize = 512;

/// What the headers say.
pub(crate) struct Layout<'a> {
    /// The whole file.
    pub(crate) bytes: &'a [u8],
    /// Addresses have 64 bits (PE32+).
    pub(crate) is_64: bool,
    /// `IMAGE_FILE_MACHINE_*`.
    pub(crate) machine: u16,
    /// `IMAGE_FILE_*`.
    pub(crate) characteristics: u16,
    /// `IMAGE_DLLCHARACTERISTICS_*`.
    pub(crate) dll_characteristics: u16,
    /// Preferred address.
    pub(crate) image_base: u64,
    /// Bytes in memory.
    pub(crate) image_size: u32,
    /// Bytes of all headers in the file.
    pub(crate) header_size: u32,
    /// Alignment of sections in memory, which is the page size of page hashes.
    pub(crate) section_alignment: u32,
    /// Relative address of the entry point.
    pub(crate) entry: u32,
    /// Version of the linker.
    pub(crate) linker: (u8, u8),
    /// `TimeDateStamp`.
    pub(crate) time: u32,
    /// Offset of `NT headers`.
    pub(crate) headers_at: usize,
    /// Offset of the `CheckSum` field.
    pub(crate) checksum_at: usize,
    /// Offset of data directory 4, where there is one.
    pub(crate) security_at: Option<usize>,
    /// Data directories as written: address and size.
    directories: Vec<(u32, u32)>,
    /// Sections in the order of the table.
    pub(crate) sections: Vec<Segment>,
    /// The COFF symbol table and its string table.
    pub(crate) symbols: Option<Range<usize>>,
    /// Number of COFF symbols.
    pub(crate) symbol_count: u32,
    /// The table had more sections than are read.
    pub(crate) sections_cut: bool,
}

/// A section header.
pub(crate) struct Segment {
    /// Name, long ones from the string table.
    pub(crate) name: String,
    /// Relative address.
    pub(crate) address: u32,
    /// Bytes in memory.
    pub(crate) size: u32,
    /// Bytes in the file, cut to the file.
    pub(crate) file: Range<usize>,
    /// Bytes in the file as the header says.
    pub(crate) stated: Range<u64>,
    /// `IMAGE_SCN_*`.
    pub(crate) characteristics: u32,
}

impl Segment {
    pub(crate) const fn executable(&self) -> bool {
        self.characteristics & pe::IMAGE_SCN_MEM_EXECUTE.0 != 0
    }
}

const fn damaged(what: &'static str) -> Error {
    Error::Damaged { format: "PE", what }
}

impl<'a> Layout<'a> {
    /// Reads the headers.
    ///
    /// # Errors
    ///
    /// [`Error::NotExecutable`] for a DOS program; [`Error::Damaged`] where headers are cut off.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let dos = ImageDosHeader::parse(bytes).map_err(|_| Error::NotExecutable)?;
        let at = u64::from(dos.nt_headers_offset());
        let start = usize::try_from(at).map_err(|_| Error::NotExecutable)?;
        if bytes.get(start..).and_then(|rest| rest.get(..4)) != Some(b"PE\0\0") {
            return Err(Error::NotExecutable);
        }
        match u16_at(bytes, start + 24) {
            Some(pe::IMAGE_NT_OPTIONAL_HDR32_MAGIC) => Self::of::<ImageNtHeaders32>(bytes, start),
            Some(pe::IMAGE_NT_OPTIONAL_HDR64_MAGIC) => Self::of::<ImageNtHeaders64>(bytes, start),
            _ => Err(damaged("unknown optional header")),
        }
    }

    fn of<Headers: ImageNtHeaders>(bytes: &'a [u8], start: usize) -> Result<Self, Error> {
        let mut offset = start as u64;
        let (headers, list) =
            Headers::parse(bytes, &mut offset).map_err(|_| damaged("the headers are cut off"))?;
        let (file, optional) = (headers.file_header(), headers.optional_header());
        let directories: Vec<(u32, u32)> =
            list.iter().map(|entry| (entry.virtual_address.get(LE), entry.size.get(LE))).collect();
        let fixed = if headers.is_type_64() { 112 } else { 96 };
        let directories_at = start + 24 + fixed;
        let symbols =
            symbols(bytes, file.pointer_to_symbol_table.get(LE), file.number_of_symbols.get(LE));
        let count = usize::from(file.number_of_sections.get(LE));
        let table = usize::try_from(offset).map_err(|_| damaged("headers beyond the file"))?;
        let strings = symbols.as_ref().and_then(|range| {
            let names = (file.number_of_symbols.get(LE) as usize).checked_mul(18)?;
            bytes.get(range.start.checked_add(names)?..range.end)
        });
        let sections = read_sections(bytes, table, count.min(SECTIONS_MAX), strings);
        Ok(Self {
            bytes,
            is_64: headers.is_type_64(),
            machine: file.machine.get(LE).0,
            characteristics: file.characteristics.get(LE).0,
            dll_characteristics: optional.dll_characteristics().0,
            image_base: optional.image_base(),
            image_size: optional.size_of_image(),
            header_size: optional.size_of_headers(),
            section_alignment: optional.section_alignment(),
            entry: optional.address_of_entry_point(),
            linker: (optional.major_linker_version(), optional.minor_linker_version()),
            time: file.time_date_stamp.get(LE),
            headers_at: start,
            checksum_at: start + 24 + 64,
            security_at: (directories.len() > 4).then_some(directories_at + 32),
            sections_cut: sections.len() < count,
            directories,
            sections,
            symbols,
            symbol_count: file.number_of_symbols.get(LE),
        })
    }

    /// A data directory that is there: address and size, neither checked.
    pub(crate) fn directory(&self, index: usize) -> Option<(u32, u32)> {
        self.directories.get(index).copied().filter(|(address, _)| *address != 0)
    }

    /// Bytes of a data directory, cut to its section; the size in the headers is often wrong and
    /// loaders do not look at it, so the slice goes to the end of the section.
    pub(crate) fn table(&self, index: usize) -> Option<&'a [u8]> {
        self.at(self.directory(index)?.0)
    }

    /// Bytes from a relative address to the end of its section in the file.
    pub(crate) fn at(&self, address: u32) -> Option<&'a [u8]> {
        let range = self.range(address)?;
        self.bytes.get(range)
    }

    /// As [`Layout::at`], as a range of the file.
    pub(crate) fn range(&self, address: u32) -> Option<Range<usize>> {
        for section in &self.sections {
            let Some(delta) = address.checked_sub(section.address) else { continue };
            let start = section.file.start.checked_add(delta as usize)?;
            if start < section.file.end {
                return Some(start..section.file.end);
            }
        }
        let headers = (self.header_size as usize).min(self.bytes.len());
        ((address as usize) < headers).then_some(address as usize..headers)
    }

    /// The section that holds a relative address in memory.
    pub(crate) fn section_of(&self, address: u32) -> Option<&Segment> {
        self.sections.iter().find(|section| {
            address.checked_sub(section.address).is_some_and(|delta| {
                (delta as usize) < section.file.len().max(section.size as usize)
            })
        })
    }

    /// A relative address from an absolute one.
    pub(crate) fn relative(&self, address: u64) -> Option<u32> {
        u32::try_from(address.checked_sub(self.image_base)?).ok()
    }

    /// A pointer of the file's width.
    pub(crate) fn pointer_at(&self, bytes: &[u8], at: usize) -> Option<u64> {
        if self.is_64 { u64_at(bytes, at) } else { u32_at(bytes, at).map(u64::from) }
    }

    /// Bytes of a pointer.
    pub(crate) const fn pointer_size(&self) -> usize {
        if self.is_64 { 8 } else { 4 }
    }

    /// Zero-terminated text at a relative address, within the share of the image.
    pub(crate) fn name(&self, address: u32, names: &mut Names) -> Option<String> {
        names.take_at(self.at(address)?, 0)
    }

    /// Where the last section, the headers or the symbol table end in the file.
    pub(crate) fn end_of_sections(&self) -> usize {
        let sections = self.sections.iter().map(|section| section.file.end);
        let headers = (self.header_size as usize).min(self.bytes.len());
        let symbols = self.symbols.as_ref().map_or(0, |symbols| symbols.end);
        sections.max().unwrap_or(0).max(headers).max(symbols)
    }
}

/// The symbol table with the string table behind it.
fn symbols(bytes: &[u8], at: u32, count: u32) -> Option<Range<usize>> {
    let start = usize::try_from(at).ok().filter(|start| *start > 0)?;
    let strings = start.checked_add(usize::try_from(count).ok()?.checked_mul(18)?)?;
    let length = u32_at(bytes, strings)?.max(4);
    let end = strings.checked_add(usize::try_from(length).ok()?)?;
    (end <= bytes.len()).then_some(start..end)
}

fn read_sections(bytes: &[u8], table: usize, count: usize, strings: Option<&[u8]>) -> Vec<Segment> {
    let rows = bytes.get(table..).unwrap_or_default().as_chunks::<40>().0;
    rows.iter().take(count).map(|row| read_section(bytes, row, strings)).collect()
}

fn read_section(bytes: &[u8], row: &[u8; 40], strings: Option<&[u8]>) -> Segment {
    let field = |at| u32_at(row, at).unwrap_or(0);
    let (size, address, length, start) = (field(8), field(12), field(16), field(20));
    let stated = u64::from(start)..u64::from(start) + u64::from(length);
    // Uninitialised data have no bytes in the file, whatever the offset says.
    let length = if start == 0 { 0 } else { length as usize };
    let start = (start as usize).min(bytes.len());
    let end = start.saturating_add(length).min(bytes.len());
    Segment {
        name: section_name(row, strings),
        address,
        size,
        file: start..end,
        stated,
        characteristics: field(36),
    }
}

/// `/123` stands for a name in the string table (GNU linkers).
fn section_name(row: &[u8; 40], strings: Option<&[u8]>) -> String {
    let short = text(row.get(..8).unwrap_or_default());
    let long = short
        .strip_prefix('/')
        .and_then(|digits| digits.parse::<usize>().ok())
        .and_then(|at| strings?.get(at..))
        .map(text);
    long.unwrap_or(short)
}

/// Zero-terminated text, at most 512 bytes, Latin-1 where it is not UTF-8.
pub(crate) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.get(..512).unwrap_or(bytes);
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned)
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
