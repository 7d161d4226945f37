//! A writer of PE32+ images (Microsoft PE/COFF specification): sections, imports, exports, unwind
//! tables, thread-local storage, initialisers, resources, relocations, overlay, checksum.

use super::code::{Machine, text};
use super::layout::{Layout, le32, read_u32, set};
use super::resource::{self, Version};

const IMAGE_BASE: usize = 0x1_8000_0000;
const SECTION_ALIGNMENT: usize = 0x1000;
const FILE_ALIGNMENT: usize = 0x200;
const PE_OFFSET: usize = 0x80;
const OPTIONAL: usize = PE_OFFSET + 24;
const DIRECTORIES: usize = OPTIONAL + 112;

const CODE: usize = 0x6000_0020;
const READ: usize = 0x4000_0040;
const READ_WRITE: usize = 0xC000_0040;
/// Rights of a section that may be written and executed.
pub(crate) const READ_WRITE_EXECUTE: usize = 0xE000_0060;

/// What is to be in an image.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pe {
    pub(crate) library: bool,
    /// Numbers of the functions; the first is the entry point.
    pub(crate) functions: Vec<u64>,
    pub(crate) imports: Vec<(String, Vec<String>)>,
    /// Name in the export directory, and the exported names.
    pub(crate) exports: Option<(String, Vec<String>)>,
    pub(crate) tls_callbacks: usize,
    pub(crate) initialisers: usize,
    /// Texts among the constants.
    pub(crate) strings: Vec<String>,
    /// Texts in UTF-16 among the constants.
    pub(crate) wide_strings: Vec<String>,
    pub(crate) version: Version,
    /// Numbers and bytes of `RCDATA` resources.
    pub(crate) resources: Vec<(u16, Vec<u8>)>,
    /// Name, rights and bytes of further sections.
    pub(crate) sections: Vec<(String, usize, Vec<u8>)>,
    pub(crate) overlay: Vec<u8>,
    pub(crate) debug_path: Option<String>,
    /// CLI header and metadata, to be laid at a given address; takes the place of the functions.
    pub(crate) managed: Option<super::dotnet::Assembly>,
}

struct Section {
    name: String,
    rights: usize,
    address: usize,
    bytes: Vec<u8>,
}

/// What is placed so far.
#[derive(Default)]
struct Image {
    sections: Vec<Section>,
    /// Address and size of the data directories, by number.
    directories: [(usize, usize); 16],
    /// Addresses of pointers that move with the image.
    pointers: Vec<usize>,
}

impl Image {
    fn next_address(&self) -> usize {
        self.sections.last().map_or(SECTION_ALIGNMENT, |last| {
            (last.address + last.bytes.len().max(1)).next_multiple_of(SECTION_ALIGNMENT)
        })
    }

    fn push(&mut self, name: &str, rights: usize, bytes: Vec<u8>) {
        let address = self.next_address();
        self.sections.push(Section { name: name.to_owned(), rights, address, bytes });
    }
}

impl Pe {
    /// The file, with its checksum.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut image = Image::default();
        let code = text(Machine::X86_64, &self.functions);
        let code_at = image.next_address();
        match &self.managed {
            Some(assembly) => {
                image.directories[14] = (code_at, super::dotnet::CLI_HEADER_BYTES);
                image.push(".text", CODE, assembly.bytes(code_at));
            }
            None => image.push(".text", CODE, code.bytes.clone()),
        }
        image.push(".data", READ_WRITE, vec![0; 0x40]);
        if self.initialisers > 0 {
            self.push_initialisers(&mut image, code_at, &code.spans);
        }
        let unwind = self.push_constants(&mut image, code_at, &code.spans);
        if self.managed.is_none() {
            let mut table = Layout::new();
            for (start, len) in &code.spans {
                table.u32(code_at + start).u32(code_at + start + len).u32(unwind);
            }
            image.directories[3] = (image.next_address(), table.len());
            image.push(".pdata", READ, table.0);
        }
        for (name, rights, bytes) in &self.sections {
            image.push(name, *rights, bytes.clone());
        }
        let at = image.next_address();
        let resources = resource::directory(at, &self.version, &self.resources);
        image.directories[2] = (at, resources.len());
        image.push(".rsrc", READ, resources);
        if !image.pointers.is_empty() {
            let table = relocations(&image.pointers);
            image.directories[5] = (image.next_address(), table.len());
            image.push(".reloc", READ, table);
        }
        let entry = if self.managed.is_some() { 0 } else { code_at };
        let mut file = write(&image, self.library, entry);
        file.extend_from_slice(&self.overlay);
        write_checksum(&mut file);
        file
    }

    /// `.CRT`: a table of pointers between two zeros, as the C run-time's start-up walks it.
    fn push_initialisers(&self, image: &mut Image, code_at: usize, spans: &[(usize, usize)]) {
        let at = image.next_address();
        let mut table = Layout::new();
        table.u64(0);
        for (start, _) in spans.iter().rev().take(self.initialisers) {
            image.pointers.push(at + table.len());
            table.u64(IMAGE_BASE + code_at + start);
        }
        table.u64(0);
        image.push(".CRT", READ, table.0);
    }

    /// `.rdata`. Returns the address of the unwind information that all functions share.
    fn push_constants(&self, image: &mut Image, code_at: usize, spans: &[(usize, usize)]) -> usize {
        let at = image.next_address();
        let mut out = Layout::new();
        out.bytes([1, 0, 0, 0]).align(16); // Version 1, no prologue, no codes.
        for text in &self.strings {
            out.c_string(text);
        }
        // Apart, so that the end of the last one is no beginning of the first.
        out.align(16).bytes([0; 16]);
        for text in &self.wide_strings {
            text.encode_utf16().for_each(|unit| {
                out.u16(usize::from(unit));
            });
            out.u16(0);
        }
        out.align(16);
        if self.tls_callbacks > 0 {
            let data = image.sections[1].address;
            let callbacks = at + out.len();
            for (start, _) in spans.iter().rev().take(self.tls_callbacks) {
                image.pointers.push(at + out.len());
                out.u64(IMAGE_BASE + code_at + start);
            }
            out.u64(0);
            image.directories[9] = (at + out.len(), 40);
            for value in [data, data + 16, data + 32, callbacks] {
                image.pointers.push(at + out.len());
                out.u64(IMAGE_BASE + value);
            }
            out.u64(0);
        }
        self.write_imports(image, at, &mut out);
        self.write_exports(image, at, code_at, spans, &mut out);
        self.write_debug(image, at, &mut out);
        image.push(".rdata", READ, out.0);
        at
    }

    fn write_imports(&self, image: &mut Image, base: usize, out: &mut Layout) {
        if self.imports.is_empty() {
            return;
        }
        let table = out.len();
        let table_len = 20 * (self.imports.len() + 1);
        out.pad_to(table + table_len).align(16);
        image.directories[1] = (base + table, table_len);
        for (number, (library, symbols)) in self.imports.iter().enumerate() {
            let name = out.len();
            out.c_string(library).align(2);
            let mut hints = Vec::new();
            for symbol in symbols {
                hints.push(base + out.len());
                out.u16(0).c_string(symbol).align(2);
            }
            out.align(8);
            let lookup = out.len();
            for _ in 0..2 {
                hints.iter().for_each(|hint| {
                    out.u64(*hint);
                });
                out.u64(0);
            }
            let addresses = lookup + 8 * (hints.len() + 1);
            let row = table + 20 * number;
            out.set_u32(row, base + lookup);
            out.set_u32(row + 12, base + name);
            out.set_u32(row + 16, base + addresses);
        }
    }

    fn write_exports(
        &self,
        image: &mut Image,
        base: usize,
        code_at: usize,
        spans: &[(usize, usize)],
        out: &mut Layout,
    ) {
        let Some((name, symbols)) = &self.exports else { return };
        let mut symbols = symbols.clone();
        symbols.sort();
        out.align(16);
        let table = out.len();
        let (addresses, names) = (table + 40, table + 40 + 4 * symbols.len());
        let ordinals = names + 4 * symbols.len();
        let mut texts = (ordinals + 2 * symbols.len()).next_multiple_of(2);
        out.u32(0).u32(0).u32(0).u32(base + texts).u32(1).u32(symbols.len()).u32(symbols.len());
        out.u32(base + addresses).u32(base + names).u32(base + ordinals);
        for (number, _) in symbols.iter().enumerate() {
            let start = spans.get(number + 1).map_or(0, |span| span.0);
            out.u32(code_at + start);
        }
        texts += name.len() + 1;
        for symbol in &symbols {
            out.u32(base + texts);
            texts += symbol.len() + 1;
        }
        for number in 0..symbols.len() {
            out.u16(number);
        }
        out.align(2).c_string(name);
        for symbol in &symbols {
            out.c_string(symbol);
        }
        image.directories[0] = (base + table, out.len() - table);
    }

    fn write_debug(&self, image: &mut Image, base: usize, out: &mut Layout) {
        let Some(path) = &self.debug_path else { return };
        out.align(16);
        let table = out.len();
        let len = 24 + path.len() + 1;
        // The place in the file is filled in by `write`, which knows it.
        out.u32(0).u32(TIME).u32(0).u32(2).u32(len).u32(base + table + 28).u32(0);
        out.bytes("RSDS").bytes([0x4B; 16]).u32(1).c_string(path).align(16);
        image.directories[6] = (base + table, 28);
    }
}

/// Link time of every image: 1 January 2024.
const TIME: usize = 1_704_067_200;

fn relocations(pointers: &[usize]) -> Vec<u8> {
    let mut pointers = pointers.to_vec();
    pointers.sort_unstable();
    let mut out = Layout::new();
    for page in pointers.chunk_by(|a, b| a / 0x1000 == b / 0x1000) {
        let slots = page.len().next_multiple_of(2);
        out.u32(page[0] & !0xFFF).u32(8 + 2 * slots);
        for pointer in page {
            out.u16(0xA000 | (pointer & 0xFFF));
        }
        out.align(4);
    }
    out.0
}

fn write(image: &Image, library: bool, entry: usize) -> Vec<u8> {
    let mut out = Layout::new();
    out.bytes("MZ").pad_to(0x3C).u32(PE_OFFSET).pad_to(PE_OFFSET).bytes(b"PE\0\0");
    let characteristics = if library { 0x2022 } else { 0x0022 };
    out.u16(0x8664).u16(image.sections.len()).u32(TIME).u32(0).u32(0).u16(240).u16(characteristics);
    let headers = (DIRECTORIES + 128 + 40 * image.sections.len()).next_multiple_of(FILE_ALIGNMENT);
    let raw = |section: &Section| section.bytes.len().next_multiple_of(FILE_ALIGNMENT);
    let (code, rest) = image.sections.split_first().expect("there is a .text");
    let data: usize = rest.iter().map(raw).sum();
    out.u16(0x020B).u8(14).u8(38).u32(raw(code)).u32(data).u32(0).u32(entry).u32(code.address);
    out.u64(IMAGE_BASE).u32(SECTION_ALIGNMENT).u32(FILE_ALIGNMENT);
    out.u16(6).u16(0).u16(1).u16(0).u16(6).u16(0).u32(0);
    out.u32(image.next_address()).u32(headers).u32(0).u16(if library { 2 } else { 3 }).u16(0x0160);
    out.u64(0x10_0000).u64(0x1000).u64(0x10_0000).u64(0x1000).u32(0).u32(16);
    for (address, len) in image.directories {
        out.u32(address).u32(len);
    }
    let mut at = headers;
    for section in &image.sections {
        let name: Vec<u8> = section.name.bytes().chain([0; 8]).take(8).collect();
        out.bytes(name).u32(section.bytes.len()).u32(section.address).u32(raw(section)).u32(at);
        out.u32(0).u32(0).u32(0).u32(section.rights);
        at += raw(section);
    }
    out.pad_to(headers);
    for section in &image.sections {
        let start = out.len();
        out.bytes(&section.bytes).align(FILE_ALIGNMENT);
        let debug = image.directories[6].0;
        if debug >= section.address && debug < section.address + section.bytes.len() {
            let row = start + debug - section.address;
            out.set_u32(row + 24, row + 28);
        }
    }
    out.0
}

/// Where the checksum stands.
pub(crate) const fn checksum_field() -> usize {
    OPTIONAL + 64
}

/// Where the directory entry of the certificate table stands.
pub(crate) const fn certificate_directory() -> usize {
    DIRECTORIES + 4 * 8
}

/// Computes the checksum anew (the sum of all 16-bit words with carry, and the length).
pub(crate) fn write_checksum(file: &mut [u8]) {
    let field = checksum_field();
    set(file, field, &[0; 4]);
    let mut sum = 0_u32;
    for pair in file.chunks(2) {
        let word = u32::from(pair[0]) | pair.get(1).map_or(0, |high| u32::from(*high) << 8);
        sum += word;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    let sum = usize::try_from(sum).expect("fits") + file.len();
    set(file, field, &le32(sum));
    debug_assert_eq!(read_u32(file, field), sum);
}
