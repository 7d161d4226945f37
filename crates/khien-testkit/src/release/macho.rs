//! A writer of Mach-O images, single and universal, with Apple's code signature.

use super::code::{Machine, text};
use super::codesign::{self, Signing};
use super::layout::{Layout, set};
use super::payload::LINE;

const PAGE: usize = 0x4000;
/// Where the code starts; load commands end before.
const CODE_AT: usize = 0x1000;
const BASE: usize = 0x1_0000_0000;

/// What is to be in an image.
#[derive(Clone)]
pub(crate) struct MachO {
    pub(crate) machine: Machine,
    pub(crate) library: bool,
    /// Install name of a library; identifier of the signature is its last part.
    pub(crate) name: String,
    pub(crate) functions: Vec<u64>,
    /// Libraries with the symbols taken from them.
    pub(crate) libraries: Vec<(String, Vec<String>)>,
    pub(crate) exports: Vec<String>,
    pub(crate) initialisers: usize,
    pub(crate) run_paths: Vec<String>,
    pub(crate) strings: Vec<String>,
    pub(crate) signing: Signing,
}

fn uleb(out: &mut Layout, mut value: usize) {
    loop {
        let low = value & 0x7F;
        value >>= 7;
        if value == 0 {
            out.u8(low);
            return;
        }
        out.u8(low | 0x80);
    }
}

/// Load commands as they grow.
struct Commands {
    out: Layout,
    count: usize,
}

impl Commands {
    fn push(&mut self, kind: usize, body: &Layout) {
        let len = (8 + body.len()).next_multiple_of(8);
        let end = self.out.len() + len;
        self.out.u32(kind).u32(len).bytes(&body.0).pad_to(end);
        self.count += 1;
    }

    /// A command with a name behind its fields.
    fn named(&mut self, kind: usize, fields: &[usize], name: &str) {
        let mut body = Layout::new();
        body.u32(8 + 4 + 4 * fields.len());
        for field in fields {
            body.u32(*field);
        }
        self.push(kind, body.c_string(name));
    }

    /// A command that says where something is in `__LINKEDIT`.
    fn link(&mut self, kind: usize, at: usize, len: usize) {
        self.push(kind, Layout::new().u32(at).u32(len));
    }
}

fn fixed_name(name: &str) -> Vec<u8> {
    name.bytes().chain([0; 16]).take(16).collect()
}

struct Place {
    address: usize,
    offset: usize,
    len: usize,
}

fn segment(
    name: &str,
    place: &Place,
    rights: usize,
    sections: &[(&str, usize, usize, usize)],
) -> Layout {
    let mut out = Layout::new();
    out.bytes(fixed_name(name)).u64(place.address).u64(place.len.next_multiple_of(PAGE));
    out.u64(place.offset).u64(place.len).u32(rights).u32(rights).u32(sections.len()).u32(0);
    for (section, offset, len, flags) in sections {
        out.bytes(fixed_name(section)).bytes(fixed_name(name));
        out.u64(place.address + offset - place.offset).u64(*len).u32(*offset).u32(3);
        out.u32(0).u32(0).u32(*flags).u32(0).u32(0).u32(0);
    }
    out
}

/// What stands in `__LINKEDIT` before the signature.
struct LinkEdit {
    bytes: Layout,
    rebase: (usize, usize),
    bind: (usize, usize),
    starts: (usize, usize),
    symbols: (usize, usize),
    strings: (usize, usize),
    defined: usize,
}

impl MachO {
    /// The file, signed.
    pub(crate) fn build(&self) -> Vec<u8> {
        let code = text(self.machine, &self.functions);
        let mut constants = Layout::new();
        for text in &self.strings {
            constants.c_string(text);
        }
        constants.c_string(LINE);
        let constants_at = CODE_AT + code.bytes.len();
        let data_at = (constants_at + constants.len()).next_multiple_of(PAGE);
        let slots: usize = self.libraries.iter().map(|(_, symbols)| symbols.len()).sum();
        let data_len = 8 * (self.initialisers + slots);
        let link_at = data_at + PAGE;
        let link = self.link_edit(&code.spans, link_at);
        let signature_at = link_at + link.bytes.len().next_multiple_of(16);
        let signature_len = codesign::reserved(&self.signing, &self.identifier(), signature_at);
        let link_len = signature_at + signature_len - link_at;

        let mut commands = Commands { out: Layout::new(), count: 0 };
        if !self.library {
            let zero = Place { address: 0, offset: 0, len: 0 };
            let mut page_zero = segment("__PAGEZERO", &zero, 0, &[]);
            page_zero.0[24..32].copy_from_slice(&0x1_0000_0000_u64.to_le_bytes());
            commands.push(0x19, &page_zero);
        }
        let text_place = Place { address: BASE, offset: 0, len: data_at };
        commands.push(
            0x19,
            &segment(
                "__TEXT",
                &text_place,
                5,
                &[
                    ("__text", CODE_AT, code.bytes.len(), 0x8000_0400),
                    ("__cstring", constants_at, constants.len(), 2),
                ],
            ),
        );
        let data_place = Place { address: BASE + data_at, offset: data_at, len: PAGE };
        let mut sections = vec![("__got", data_at + 8 * self.initialisers, 8 * slots, 0)];
        if self.initialisers > 0 {
            sections.insert(0, ("__mod_init_func", data_at, 8 * self.initialisers, 9));
        }
        commands.push(0x19, &segment("__DATA", &data_place, 3, &sections));
        let link_place = Place { address: BASE + link_at, offset: link_at, len: link_len };
        commands.push(0x19, &segment("__LINKEDIT", &link_place, 1, &[]));
        self.write_commands(&mut commands, &link, (signature_at, signature_len));

        let mut out = Layout::new();
        let (processor, kind) = match self.machine {
            Machine::Arm64 => (0x0100_000C, 0),
            Machine::X86_64 => (0x0100_0007, 3),
        };
        out.u32(0xFEED_FACF).u32(processor).u32(kind).u32(if self.library { 6 } else { 2 });
        let flags = if self.library { 0x0010_0085 } else { 0x0020_0085 };
        out.u32(commands.count).u32(commands.out.len()).u32(flags).u32(0).bytes(&commands.out.0);
        out.pad_to(CODE_AT).bytes(&code.bytes).bytes(&constants.0).pad_to(data_at);
        for (start, _) in code.spans.iter().rev().take(self.initialisers) {
            out.u64(BASE + CODE_AT + start);
        }
        out.pad_to(data_at + data_len).pad_to(link_at).bytes(&link.bytes.0).pad_to(signature_at);
        let signature =
            codesign::sign(&out.0, &self.signing, &self.identifier(), data_at, !self.library);
        assert!(signature.len() <= signature_len, "the reserve is large enough");
        out.bytes(signature).pad_to(signature_at + signature_len);
        out.0
    }

    fn identifier(&self) -> String {
        let last = self.name.rsplit('/').next().unwrap_or_default();
        format!("test.example.vet.{}", last.trim_end_matches(".dylib"))
    }

    fn write_commands(&self, commands: &mut Commands, link: &LinkEdit, signature: (usize, usize)) {
        if self.library {
            commands.named(0x0D, &[1, 0x1_0000, 0x1_0000], &self.name);
        } else {
            commands.named(0x0E, &[], "/usr/lib/dyld");
            let mut main = Layout::new();
            commands.push(0x8000_0028, main.u64(CODE_AT).u64(0));
        }
        let mut info = Layout::new();
        info.u32(link.rebase.0).u32(link.rebase.1).u32(link.bind.0).u32(link.bind.1);
        commands.push(0x8000_0022, info.bytes([0; 24]));
        let mut table = Layout::new();
        table.u32(link.symbols.0).u32(link.symbols.1).u32(link.strings.0).u32(link.strings.1);
        commands.push(2, &table);
        let undefined = link.symbols.1 - link.defined;
        let mut dynamic = Layout::new();
        dynamic.u32(0).u32(0).u32(0).u32(link.defined).u32(link.defined).u32(undefined);
        commands.push(0x0B, dynamic.bytes([0; 48]));
        let id = super::identity::sha256(&link.bytes.0);
        commands.push(0x1B, Layout::new().bytes(&id[..16]));
        commands.push(0x32, Layout::new().u32(1).u32(0x0B_0000).u32(0x0D_0300).u32(0));
        for (library, _) in &self.libraries {
            commands.named(0x0C, &[2, 0x1_0000, 0x1_0000], library);
        }
        for path in &self.run_paths {
            commands.named(0x8000_001C, &[], path);
        }
        commands.link(0x26, link.starts.0, link.starts.1);
        commands.link(0x1D, signature.0, signature.1);
    }

    fn link_edit(&self, spans: &[(usize, usize)], base: usize) -> LinkEdit {
        let mut out = Layout::new();
        let data_segment = if self.library { 1 } else { 2 };
        if self.initialisers > 0 {
            out.u8(0x11).u8(0x20 | data_segment).u8(0).u8(0x50 | self.initialisers).u8(0);
        }
        out.align(8);
        let rebase = (base, out.len());
        let start = out.len();
        let mut slot = 8 * self.initialisers;
        for ((_, symbols), ordinal) in self.libraries.iter().zip(1..) {
            for symbol in symbols {
                out.u8(0x10 | ordinal).u8(0x40).c_string(symbol).u8(0x51).u8(0x70 | data_segment);
                uleb(&mut out, slot);
                out.u8(0x90);
                slot += 8;
            }
        }
        out.u8(0).align(8);
        let bind = (base + start, out.len() - start);
        let start = out.len();
        let mut last = 0;
        for (at, _) in spans {
            uleb(&mut out, CODE_AT + at - last);
            last = CODE_AT + at;
        }
        out.u8(0).align(8);
        let starts = (base + start, out.len() - start);
        let start = out.len();
        let mut names = Layout(vec![b' ', 0]);
        for (symbol, (at, _)) in self.exports.iter().zip(spans.iter().skip(1)) {
            out.u32(names.len()).u8(0x0F).u8(1).u16(0).u64(BASE + CODE_AT + at);
            names.c_string(symbol);
        }
        let mut count = self.exports.len();
        for ((_, symbols), ordinal) in self.libraries.iter().zip(1..) {
            for symbol in symbols {
                out.u32(names.len()).u8(0x01).u8(0).u16(ordinal << 8).u64(0);
                names.c_string(symbol);
                count += 1;
            }
        }
        let symbols = (base + start, count);
        let strings = (base + out.len(), names.len());
        out.bytes(&names.0).align(8);
        LinkEdit { bytes: out, rebase, bind, starts, symbols, strings, defined: self.exports.len() }
    }
}

/// A universal file of images for several processors.
pub(crate) fn universal(slices: &[(Machine, Vec<u8>)]) -> Vec<u8> {
    let mut out = Layout::new();
    out.be32(0xCAFE_BABE).be32(slices.len());
    let mut at = PAGE;
    for (machine, bytes) in slices {
        let (processor, kind) = match machine {
            Machine::Arm64 => (0x0100_000C, 0),
            Machine::X86_64 => (0x0100_0007, 3),
        };
        out.be32(processor).be32(kind).be32(at).be32(bytes.len()).be32(14);
        at = (at + bytes.len()).next_multiple_of(PAGE);
    }
    for (_, bytes) in slices {
        out.align(PAGE).bytes(bytes);
    }
    out.0
}

/// Puts bytes behind the content of the last slot of a signature, inside the room that the load
/// command gives it.
pub(crate) fn fill_signature_room(mut file: Vec<u8>, bytes: &[u8]) -> Vec<u8> {
    let end = file.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let room = file.len() - end;
    set(&mut file, end, &bytes[..room.min(bytes.len())]);
    file
}
