//! Inno Setup: a program, a packed description, and chunks of packed files.

use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use inno::Inno;
use inno::error::InnoError;
use memchr::memmem;

use super::pe::Pe;
use super::registry::telling;
use crate::NodeKind;
use crate::field::{self, piece, u32_le};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

/// The description begins with one of these, then a version.
const MARKS: [&[u8]; 2] = [b"Inno Setup Setup Data (", b"Inno Setup Messages ("];
/// The resource that says where the parts lie (`rDlPtS` and four bytes of version).
const LOADER_MARK: &[u8] = b"rDlPtS";
/// Entries of the description that are kept as text.
const DESCRIPTION_BYTES_MAX: usize = 16 << 20;

/// Whether these bytes are one: the loader's table is in the program, the description behind it.
pub(crate) fn is_inno(bytes: &[u8]) -> bool {
    let Some(pe) = Pe::parse(bytes) else { return false };
    let Some(program) = piece(bytes, 0, pe.end) else { return false };
    memmem::find(program, LOADER_MARK).is_some()
        && memmem::find(field::from(bytes, pe.end), MARKS[0]).is_some()
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let pe = Pe::parse(&input).ok_or_else(|| Refusal::damaged("the program's headers"))?;
    cx.program(0..pe.end);
    if let Some(table) = &pe.certificates {
        cx.signature(table.clone());
    }
    if pe.directories > 16 {
        // The library makes room for as many as announced.
        return Err(Refusal::damaged("more data directories than programs have"));
    }
    // Young library, hostile input: a panic in it is this container's gap.
    let parsed = catch_unwind(AssertUnwindSafe(|| Inno::new(Cursor::new(input.clone()))));
    let mut setup = match parsed {
        Ok(Ok(setup)) => setup,
        Ok(Err(InnoError::UnsupportedVersion(version))) => {
            return Err(Refusal::unsupported(format!("Inno Setup {version}")));
        }
        Ok(Err(error)) => return Err(Refusal::unsupported(format!("Inno Setup: {error}"))),
        Err(_) => return Err(Refusal::damaged("Inno Setup: the description broke the parser")),
    };
    let places = Places::new(&setup);
    places.claim(cx, &pe);
    places.setup_program(cx)?;
    let mut actions = Actions::default();
    if catch_unwind(AssertUnwindSafe(|| actions.collect(&setup))).is_err() {
        cx.gap(GapReason::Damaged, "Inno Setup: an entry broke the parser", None);
    }
    for action in actions.lines {
        cx.fact(FactKind::InstallAction, None, action);
    }
    let text = actions.description;
    if text.len() >= DESCRIPTION_BYTES_MAX {
        cx.gap(GapReason::TooManyBytes, "the description as text", None);
    }
    cx.inflate("[setup].txt", Attributes::default(), &mut text.as_bytes(), None)?;
    files(cx, &mut setup)
}

/// Where the parts lie, as the loader's table says.
struct Places {
    header: u64,
    data: u64,
    program: u64,
    program_packed: u64,
    program_checksum: u32,
}

impl Places {
    fn new<R: std::io::Read + std::io::Seek>(setup: &Inno<R>) -> Self {
        let loader = setup.setup_loader();
        Self {
            header: loader.header_offset().unsigned_abs(),
            data: loader.data_offset().unsigned_abs(),
            program: loader.exe_offset().unsigned_abs(),
            program_packed: u64::from(loader.exe_compressed_size()),
            program_checksum: loader.exe_checksum().value(),
        }
    }

    /// Description: from its mark to the next part. Data: to the next part or the end.
    fn claim(&self, cx: &mut Context<'_, '_>, pe: &Pe<'_>) {
        let end = pe.overlay().end;
        let next = |from: u64| {
            [self.header, self.data, self.program]
                .into_iter()
                .filter(|at| *at > from)
                .min()
                .unwrap_or(end)
                .min(end)
        };
        if self.header >= pe.end {
            cx.structure(self.header..next(self.header));
        }
        if self.data >= pe.end {
            // `idska32` or `zlb` and a mark, then the chunks.
            cx.content(self.data..next(self.data));
        }
    }

    /// The program that does the work: packed in blocks of 4096 bytes with a checksum each.
    fn setup_program(&self, cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
        if self.program == 0 {
            return Ok(());
        }
        let input = cx.input();
        let packed = match self.program_packed {
            // Newer loaders do not say how long it is; its own header does.
            0 => u64::from(u32_le(&input, self.program + 4).unwrap_or(0)).saturating_add(9),
            len => len,
        };
        let end = self.program.saturating_add(packed).min(cx.len());
        let name = "[setup program]";
        match unpack_program(&input, self.program) {
            Some(program) => {
                cx.content(self.program..end);
                let program = unfiltered(program, self.program_checksum);
                cx.inflate(name, Attributes::default(), &mut &program[..], None)
            }
            None => {
                let detail = "the packing of the setup program is not known";
                cx.member_gap(name, GapReason::Unsupported, detail, Some(packed));
                cx.file("[setup program, packed]", Attributes::default(), self.program..end)
            }
        }
    }
}

/// Bytes of the program that is unpacked in one piece; it is 3 to 5 MiB.
const PROGRAM_BYTES_MAX: u64 = 64 << 20;

/// A checksum, the stored length, whether it is packed; then blocks: a checksum and up to 4096
/// bytes; in them LZMA with its five bytes of settings. (`Compression.Base.pas`.)
fn unpack_program(input: &[u8], at: u64) -> Option<Vec<u8>> {
    let stored = u64::from(u32_le(input, at + 4)?);
    let is_packed = field::u8_at(input, at + 8)?;
    let mut blocks = piece(input, at + 9, stored)?;
    let mut joined = Vec::new();
    while blocks.len() > 4 {
        let (block, rest) = blocks.split_at(blocks.len().min(4100));
        joined.extend_from_slice(block.get(4..)?);
        blocks = rest;
    }
    if is_packed == 0 {
        return Some(joined);
    }
    let [settings, d0, d1, d2, d3, data @ ..] = &joined[..] else { return None };
    let dictionary = u32::from_le_bytes([*d0, *d1, *d2, *d3]);
    if dictionary > 64 << 20 {
        return None;
    }
    let reader =
        lzma_rust2::LzmaReader::new_with_props(data, u64::MAX, *settings, dictionary, None).ok()?;
    let mut out = Vec::new();
    reader.take(PROGRAM_BYTES_MAX).read_to_end(&mut out).ok()?;
    (!out.is_empty()).then_some(out)
}

/// Undoes the rewriting of jumps, where the checksum says that there was one.
fn unfiltered(program: Vec<u8>, checksum: u32) -> Vec<u8> {
    let sum = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum()
    };
    if sum(&program) == checksum {
        return program;
    }
    let mut plain = program.clone();
    let mut at = 0;
    while let Some([call, a, b, c, d]) = plain.get_mut(at..at + 5) {
        if !matches!(call, 0xE8 | 0xE9) {
            at += 1;
            continue;
        }
        if matches!(*d, 0 | 0xFF) {
            let stored = u32::from_le_bytes([*a, *b, *c, 0]);
            let here = u32::try_from(at + 5).unwrap_or(0);
            let [x, y, z, _] = stored.wrapping_sub(here).to_le_bytes();
            if z & 0x80 != 0 {
                *d = !*d;
            }
            (*a, *b, *c) = (x, y, z);
        }
        at += 5;
    }
    if sum(&plain) == checksum { plain } else { program }
}

/// What the setup does, told one by one, and the whole description as text.
#[derive(Default)]
struct Actions {
    lines: Vec<String>,
    description: String,
}

impl Actions {
    fn collect<R: std::io::Read + std::io::Seek>(&mut self, setup: &Inno<R>) {
        let header = setup.header();
        self.note(format!("Inno Setup {}", setup.version()));
        let named = [("AppName", header.app_name()), ("AppVersion", header.app_version())];
        for (name, value) in named {
            self.note(format!("{name}: {}", value.unwrap_or_default()));
        }
        for (what, entries) in
            [("Run", setup.run_entries()), ("UninstallRun", setup.uninstall_run_entries())]
        {
            for run in entries {
                let line = format!(
                    "{what}: {}, parameters={}, verb={}",
                    run.name().unwrap_or_default(),
                    run.parameters().unwrap_or_default(),
                    run.verb().unwrap_or_default()
                );
                self.act(line);
            }
        }
        for entry in setup.registry_entries() {
            let (key, name) = (entry.key().unwrap_or_default(), entry.name().unwrap_or_default());
            let value = entry.value().unwrap_or_default();
            let root = entry.registry_root();
            let line = format!("{root:?}\\{key}, name={name}, value={value}");
            match telling(key, name) {
                Some(what) => self.act(format!("Registry ({what}): {line}")),
                None => self.note(format!("Registry: {line}")),
            }
        }
        for icon in setup.icon_entries() {
            self.act(format!(
                "Icon: {}, target={}, parameters={}",
                icon.name().unwrap_or_default(),
                icon.filename().unwrap_or_default(),
                icon.parameters().unwrap_or_default()
            ));
        }
        for file in setup.file_entries() {
            self.note(format!("File: {}", file.destination().unwrap_or_default()));
        }
        for task in setup.tasks() {
            self.note(format!("Task: {}", task.name().unwrap_or_default()));
        }
        if let Some(code) = header.compiled_code_text() {
            let line = format!("Code: a compiled script of {} bytes", code.len());
            self.act(line);
        }
    }

    fn act(&mut self, line: String) {
        self.note(line.clone());
        self.lines.push(line);
    }

    fn note(&mut self, line: String) {
        if self.description.len() < DESCRIPTION_BYTES_MAX {
            self.description.push_str(&line.replace('\n', "\\n"));
            self.description.push('\n');
        }
    }
}

fn files(cx: &mut Context<'_, '_>, setup: &mut Inno<Cursor<bytes::Bytes>>) -> Result<(), Refusal> {
    if setup.setup_loader().data_offset() == 0 {
        let detail = "the files lie in .bin slices beside the setup";
        cx.gap(GapReason::External, detail, None);
        return Ok(());
    }
    let mut taken = HashSet::new();
    let mut stream = setup.streaming_files(|_| true);
    loop {
        cx.tick()?;
        let Some(next) = stream.next() else { return Ok(()) };
        let (entry, mut reader) = match next {
            Ok(next) => next,
            Err(error) => {
                let reason = match error {
                    InnoError::Encrypted => GapReason::Encrypted,
                    _ => GapReason::Damaged,
                };
                return Err(Refusal::new(reason, format!("Inno Setup: {error}")));
            }
        };
        let file = entry.file();
        let name = file.destination().or_else(|| file.source()).unwrap_or("[unnamed]").to_owned();
        let name = if taken.insert(name.clone()) {
            name
        } else {
            format!("{name}#{}", entry.location_index())
        };
        let len = Some(entry.file_location().uncompressed_size());
        let mut fenced = Fenced(&mut reader);
        if let Some(unpacked) = cx.unpack(&name, &mut fenced, len)? {
            let attributes = Attributes::default();
            cx.member(&name, NodeKind::File, attributes, None, unpacked.bytes)?;
        }
    }
}

/// A reader whose panic is an error.
struct Fenced<'r, R>(&'r mut R);

impl<R: Read> Read for Fenced<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        catch_unwind(AssertUnwindSafe(|| self.0.read(buffer)))
            .unwrap_or_else(|_| Err(std::io::Error::other("the decoder failed")))
    }
}

#[cfg(test)]
mod tests;
