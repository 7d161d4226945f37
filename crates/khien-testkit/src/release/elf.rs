//! A writer of ELF shared libraries for x86-64 (System V ABI): dynamic section, symbols, unwind
//! tables, initialisers, functions chosen at load time.

use super::code::{Machine, Text, text};
use super::identity::sha256;
use super::layout::Layout;
use super::payload::LINE;

const PAGE: usize = 0x1000;
/// Where the code is loaded; what stands before it is smaller than this.
const CODE_AT: usize = 0x4_0000;
/// Where the data are loaded.
const DATA_AT: usize = 0x6_0000;

/// What is to be in a library.
#[derive(Clone, Debug, Default)]
pub(crate) struct Elf {
    pub(crate) functions: Vec<u64>,
    pub(crate) soname: String,
    pub(crate) needed: Vec<String>,
    /// Functions of other libraries.
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
    /// Exported functions that a resolver chooses at load time.
    pub(crate) indirect: Vec<String>,
    pub(crate) initialisers: usize,
    pub(crate) run_path: Option<String>,
    pub(crate) strings: Vec<String>,
    /// Name and bytes of further sections that are loaded for reading.
    pub(crate) sections: Vec<(String, Vec<u8>)>,
}

struct Section {
    name: String,
    kind: usize,
    flags: usize,
    address: usize,
    offset: usize,
    len: usize,
    link: usize,
    info: usize,
    entry: usize,
}

/// The file as it grows, with what its section table will say.
struct File {
    out: Layout,
    sections: Vec<Section>,
    /// Address less place in the file, for what is being written.
    shift: usize,
}

impl File {
    fn address(&self) -> usize {
        self.out.len() + self.shift
    }

    /// Writes a section; `kind`, `flags`, `entry` as in its header. Returns its address.
    fn section(
        &mut self,
        name: &str,
        kind: usize,
        flags: usize,
        entry: usize,
        bytes: &[u8],
    ) -> usize {
        self.out.align(16);
        let (offset, address) = (self.out.len(), if flags & 2 == 0 { 0 } else { self.address() });
        self.out.bytes(bytes);
        let (name, len) = (name.to_owned(), bytes.len());
        self.sections.push(Section {
            name,
            kind,
            flags,
            address,
            offset,
            len,
            link: 0,
            info: 0,
            entry,
        });
        address
    }

    fn number(&self, name: &str) -> usize {
        self.sections.iter().position(|section| section.name == name).map_or(0, |at| at + 1)
    }
}

/// Names and where they stand.
struct Names(Layout);

impl Names {
    fn add(&mut self, name: &str) -> usize {
        let at = self.0.len();
        self.0.c_string(name);
        at
    }
}

impl Elf {
    /// The file.
    pub(crate) fn build(&self) -> Vec<u8> {
        let code = text(Machine::X86_64, &self.functions);
        let mut names = Names(Layout(vec![0]));
        let needed: Vec<usize> = self.needed.iter().map(|name| names.add(name)).collect();
        let soname = names.add(&self.soname);
        let run_path = self.run_path.as_ref().map(|path| names.add(path));
        let symbols = self.symbols(&mut names, &code);
        let symbol_count = symbols.len() / 24;
        let mut file = File { out: Layout::new(), sections: Vec::new(), shift: 0 };
        file.out.pad_to(64 + 56 * SEGMENTS);
        let id: Vec<u8> = sha256(&code.bytes).into_iter().take(20).collect();
        let mut note = Layout::new();
        note.u32(4).u32(20).u32(3).bytes(b"GNU\0").bytes(id);
        let note_at = file.section(".note.gnu.build-id", 7, 2, 0, &note.0);
        let hash = file.section(".hash", 5, 2, 4, &hash_table(symbol_count));
        let dynsym = file.section(".dynsym", 11, 2, 24, &symbols);
        let dynstr = file.section(".dynstr", 3, 2, 0, &names.0.0);
        let relocations = self.relocations(&code);
        let rela = file.section(".rela.dyn", 4, 2, 24, &relocations);
        let mut constants = Layout::new();
        for text in &self.strings {
            constants.c_string(text);
        }
        constants.c_string(LINE);
        file.section(".rodata", 1, 2, 0, &constants.0);
        for (name, bytes) in &self.sections {
            file.section(name, 1, 2, 0, bytes);
        }
        let (header, header_len) = unwind(&mut file, &code);
        let constants_end = file.out.len();
        assert!(constants_end <= CODE_AT, "constants end before the code");
        file.out.align(PAGE);
        file.shift = CODE_AT - file.out.len();
        let code_offset = file.out.len();
        file.section(".text", 1, 6, 0, &code.bytes);
        file.out.align(PAGE);
        let data_offset = file.out.len();
        file.shift = DATA_AT - file.out.len();
        let array: Vec<u8> = (0..self.initialisers)
            .flat_map(|at| Layout::new().u64(CODE_AT + code.spans[at].0).0.clone())
            .collect();
        file.section(".init_array", 14, 3, 8, &array);
        file.section(".got", 1, 3, 8, &vec![0; 8 * self.slots()]);
        let mut dynamic = Layout::new();
        let mut row = |tag: usize, value: usize| {
            dynamic.u64(tag).u64(value);
        };
        needed.into_iter().for_each(|name| row(1, name));
        row(14, soname);
        if let Some(path) = run_path {
            row(29, path);
        }
        if self.initialisers > 0 {
            row(25, DATA_AT);
            row(27, array.len());
        }
        for (tag, value) in [
            (4, hash),
            (5, dynstr),
            (6, dynsym),
            (10, names.0.len()),
            (11, 24),
            (7, rela),
            (8, relocations.len()),
            (9, 24),
            (30, 8),
            (0x6FFF_FFFB, 1),
            (0, 0),
        ] {
            row(tag, value);
        }
        let dynamic_at = file.section(".dynamic", 6, 3, 16, &dynamic.0);
        let data_end = file.out.len();
        file.shift = 0;
        file.section(".comment", 1, 0x30, 1, format!("GCC: (fixture) 12.2.0\0{LINE}\0").as_bytes());
        let place =
            |kind, flags, offset, address, len, align| [kind, flags, offset, address, len, align];
        let dynamic_offset = dynamic_at - DATA_AT + data_offset;
        let segments = [
            place(1, 4, 0, 0, constants_end, PAGE),
            place(1, 5, code_offset, CODE_AT, code.bytes.len(), PAGE),
            place(1, 6, data_offset, DATA_AT, data_end - data_offset, PAGE),
            place(2, 6, dynamic_offset, dynamic_at, dynamic.len(), 8),
            place(4, 4, note_at, note_at, note.len(), 4),
            place(0x6474_E550, 4, header, header, header_len, 4),
            place(0x6474_E551, 6, 0, 0, 0, 16),
            place(0x6474_E552, 4, data_offset, DATA_AT, data_end - data_offset, 1),
        ];
        // Indirect functions are GNU's own.
        finish(file, &segments, if self.indirect.is_empty() { 0 } else { 3 })
    }

    fn slots(&self) -> usize {
        self.imports.len() + self.indirect.len()
    }

    fn symbols(&self, names: &mut Names, code: &Text) -> Vec<u8> {
        let mut out = Layout::new();
        out.bytes([0; 24]);
        for name in &self.imports {
            out.u32(names.add(name)).u8(0x12).u8(0).u16(0).u64(0).u64(0);
        }
        let kinds = self.exports.iter().map(|name| (name, 0x12));
        let kinds = kinds.chain(self.indirect.iter().map(|name| (name, 0x1A)));
        for ((name, kind), (start, len)) in kinds.zip(code.spans.iter().rev()) {
            // The number of `.text`: it follows the others, and is told to the reader for its name only.
            let section = 9 + self.sections.len();
            out.u32(names.add(name)).u8(kind).u8(0).u16(section).u64(CODE_AT + start).u64(*len);
        }
        out.0
    }

    fn relocations(&self, code: &Text) -> Vec<u8> {
        let mut out = Layout::new();
        for at in 0..self.initialisers {
            out.u64(DATA_AT + 8 * at).u64(8).u64(CODE_AT + code.spans[at].0);
        }
        let got = DATA_AT + (8 * self.initialisers).next_multiple_of(16);
        for at in 0..self.imports.len() {
            out.u64(got + 8 * at).u64((at + 1) << 32 | 6).u64(0);
        }
        for at in 0..self.indirect.len() {
            let (resolver, _) = code.spans[at + 1];
            out.u64(got + 8 * (self.imports.len() + at)).u64(37).u64(CODE_AT + resolver);
        }
        out.0
    }
}

/// Number of program headers.
const SEGMENTS: usize = 8;

/// One bucket that holds all symbols.
fn hash_table(symbols: usize) -> Vec<u8> {
    let mut out = Layout::new();
    out.u32(1).u32(symbols).u32(usize::from(symbols > 1)).u32(0);
    for symbol in 1..symbols {
        out.u32(if symbol + 1 < symbols { symbol + 1 } else { 0 });
    }
    out.0
}

/// `.eh_frame_hdr` and `.eh_frame`. Returns the address and length of the first.
fn unwind(file: &mut File, code: &Text) -> (usize, usize) {
    file.out.align(16);
    let header_len = 12 + 8 * code.spans.len();
    let header_at = file.address();
    let frames_at = (header_at + header_len).next_multiple_of(16);
    let relative = |to: usize, from: usize| {
        let value = i64::try_from(to).expect("small") - i64::try_from(from).expect("small");
        i32::try_from(value).expect("near").to_le_bytes()
    };
    let mut frames = Layout::new();
    frames
        .u32(20)
        .u32(0)
        .u8(1)
        .bytes(b"zR\0")
        .bytes([1, 0x78, 16, 1, 0x1B, 0x0C, 7, 8, 0x90, 1, 0, 0]);
    let mut header = Layout::new();
    header.bytes([1, 0x1B, 0x03, 0x3B]).bytes(relative(frames_at, header_at + 4));
    header.u32(code.spans.len());
    for (start, len) in &code.spans {
        let frame = frames.len();
        frames.u32(16).u32(frame + 4);
        let here = frames_at + frames.len();
        frames.bytes(relative(CODE_AT + start, here)).u32(*len).u8(0).bytes([0; 3]);
        header.bytes(relative(CODE_AT + start, header_at));
        header.bytes(relative(frames_at + frame, header_at));
    }
    frames.u32(0);
    file.section(".eh_frame_hdr", 1, 2, 0, &header.0);
    file.section(".eh_frame", 1, 2, 0, &frames.0);
    (header_at, header_len)
}

/// What a section's address is a multiple of.
fn alignment(name: &str) -> usize {
    match name {
        ".note.gnu.build-id" => 4,
        ".comment" | ".dynstr" | ".shstrtab" => 1,
        ".text" => 16,
        _ => 8,
    }
}

/// Headers before, names and section table behind.
fn finish(mut file: File, segments: &[[usize; 6]; SEGMENTS], abi: u8) -> Vec<u8> {
    let strings = file.number(".dynstr");
    let symbols = file.number(".dynsym");
    for section in &mut file.sections {
        match section.name.as_str() {
            ".dynsym" => (section.link, section.info) = (strings, 1),
            ".dynamic" => section.link = strings,
            ".hash" | ".rela.dyn" => section.link = symbols,
            _ => {}
        }
    }
    let mut names = Names(Layout(vec![0]));
    let mut places: Vec<usize> = file.sections.iter().map(|s| names.add(&s.name)).collect();
    places.push(names.add(".shstrtab"));
    file.section(".shstrtab", 3, 0, 0, &names.0.0);
    file.out.align(16);
    let table = file.out.len();
    file.out.bytes([0; 64]);
    for (section, name) in file.sections.iter().zip(places) {
        file.out.u32(name).u32(section.kind).u64(section.flags).u64(section.address);
        file.out.u64(section.offset).u64(section.len).u32(section.link).u32(section.info);
        file.out.u64(alignment(&section.name)).u64(section.entry);
    }
    let mut head = Layout::new();
    head.bytes(b"\x7FELF").bytes([2, 1, 1, abi]).bytes([0; 8]).u16(3).u16(62).u32(1).u64(0).u64(64);
    head.u64(table).u32(0).u16(64).u16(56).u16(SEGMENTS).u16(64);
    head.u16(file.sections.len() + 1).u16(file.sections.len());
    for [kind, flags, offset, address, len, align] in segments {
        head.u32(*kind).u32(*flags).u64(*offset).u64(*address).u64(*address).u64(*len).u64(*len);
        head.u64(*align);
    }
    let mut bytes = file.out.0;
    bytes[..head.len()].copy_from_slice(&head.0);
    bytes
}
