//! ELF: programs, libraries, kernel modules.
//!
//! What the dynamic linker acts on is read by way of the segments, as it does; section headers add
//! names. Where the two disagree the image says so in its problems.
//!
//! Not read: core files, compressed debug sections, Android's packed relocations.

mod dynamic;
mod frames;
mod layout;
mod notes;

use std::collections::{BTreeMap, BTreeSet};

use md5::{Digest, Md5};
use object::elf;

use self::dynamic::{Dynamic, RawSymbol, Symbol};
use self::layout::{Layout, RawSection};
use crate::authenticode::hex;
use crate::functions::{self, Code, Extent, Machine};
use crate::image::{Function, FunctionSource, Import, Section};
use crate::names::Names;
use crate::{Error, Image, ImageKind, entropy, golang, toolchain};

/// Bound: executable segments whose functions are hashed; real files have one or two.
const CODE_SEGMENTS_MAX: usize = 8;

/// Reads an ELF file.
///
/// # Errors
///
/// [`Error::Damaged`] when the file header is cut short or of no known class or byte order.
pub(crate) fn read(bytes: &[u8]) -> Result<Image, Error> {
    let mut layout = Layout::read(bytes)?;
    let mut names = Names::for_file(bytes.len());
    let mut dynamic = dynamic::read(&layout, &mut names);
    if !dynamic.present {
        dynamic.ifuncs = dynamic::static_irelative(&layout);
    }
    let table = SymbolTable::read(&layout, &mut dynamic, &mut names);
    let notes = notes::read(&layout);
    let mut image = Image::new(ImageKind::Elf);
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    image.file = 0..len;
    image.machine = machine_name(&layout);
    image.library = is_library(&layout, &dynamic);
    image.identity.link_name.clone_from(&dynamic.soname);
    image.identity.build_id = notes.build_id;
    image.identity.debug_path = notes.debug_link;
    image.toolchain.linker = notes.linker;
    image.toolchain.compilers = notes.compilers;
    image.toolchain.compilers.extend(toolchain::rust(bytes));
    if let Some(go) = toolchain::go(bytes) {
        image.toolchain.compilers.insert(go.version);
        image.identity.product = go.module;
        image.identity.product_version = go.module_version;
    }
    image.sections = sections(&mut layout);
    image.startup.initialisers =
        dynamic.initialisers.saturating_add(initialisers(&layout, &dynamic));
    image.startup.ifuncs = dynamic.ifuncs;
    image.library_paths = std::mem::take(&mut dynamic.paths);
    image.mitigations = mitigations(&layout, &dynamic);
    image.mitigations.extend(notes.properties);
    if layout.claimed < len {
        image.overlay = Some(layout.claimed..len);
    } else if layout.claimed > len {
        layout.problems.push(format!("headers claim {} bytes of {len}", layout.claimed));
    }
    image.functions = functions(&layout, &dynamic, &table);
    image.startup.entry_hash = entry_hash(&layout, &image.functions.all);
    image.imports = imports(&layout, &dynamic);
    image.import_hash = import_hash(&image.imports);
    image.exports = std::mem::take(&mut dynamic.exports).into_iter().collect();
    image.problems = std::mem::take(&mut layout.problems);
    image.problems.append(&mut dynamic.problems);
    if names.refused() {
        image.problems.push("more names than the file has room for: some left out".to_owned());
    }
    Ok(image)
}

/// The symbols of `.symtab`: for people and debuggers, except in relocatable files.
struct SymbolTable {
    functions: Vec<Symbol>,
}

impl SymbolTable {
    /// Reads functions; of a relocatable file (no dynamic segment) imports and exports too.
    fn read(layout: &Layout<'_>, dynamic: &mut Dynamic, names: &mut Names) -> Self {
        let mut table = Self { functions: Vec::new() };
        let Some(section) = layout.sections.iter().find(|found| found.kind == elf::SHT_SYMTAB.0)
        else {
            return table;
        };
        let Some(bytes) = layout.section_bytes(section) else {
            dynamic.problems.push("symbol table outside the file".to_owned());
            return table;
        };
        let strings = usize::try_from(section.link)
            .ok()
            .and_then(|link| layout.section_bytes(layout.sections.get(link)?))
            .unwrap_or_default();
        let fields = layout.fields.over(bytes);
        let relocatable = layout.kind == elf::ET_REL.0;
        let count = section.size / RawSymbol::entry_size(fields);
        for symbol in (1..count).map_while(|index| RawSymbol::read(fields, index)) {
            if symbol.is_function() {
                let found =
                    Symbol { address: symbol.value, size: symbol.size, section: symbol.section };
                table.functions.push(found);
            }
            if !relocatable || !(symbol.undefined() || symbol.exported()) {
                continue;
            }
            let Some(name) = symbol.name_in(strings, names) else {
                continue;
            };
            if symbol.undefined() {
                dynamic.imports.insert((String::new(), name));
            } else {
                dynamic.exports.insert(name);
            }
        }
        table
    }
}

fn machine_name(layout: &Layout<'_>) -> String {
    let wide = layout.fields.wide;
    let big = layout.fields.big;
    let name = match elf::Machine(layout.machine) {
        elf::EM_386 => "x86",
        elf::EM_X86_64 if wide => "x86_64",
        elf::EM_X86_64 => "x32",
        elf::EM_AARCH64 => "aarch64",
        elf::EM_ARM => "arm",
        elf::EM_RISCV if wide => "riscv64",
        elf::EM_RISCV => "riscv32",
        elf::EM_PPC64 if big => "ppc64",
        elf::EM_PPC64 => "ppc64le",
        elf::EM_PPC => "ppc",
        elf::EM_S390 => "s390x",
        elf::EM_MIPS => "mips",
        elf::EM_LOONGARCH => "loongarch64",
        elf::EM_BPF => "bpf",
        _ => return format!("elf:{}", layout.machine),
    };
    name.to_owned()
}

/// Position-independent programs and libraries are of the same type; the linker's flag, a name to
/// link against, or an interpreter tell them apart. (glibc itself has a name and an interpreter.)
fn is_library(layout: &Layout<'_>, dynamic: &Dynamic) -> bool {
    const PIE: u64 = 0x0800_0000; // DF_1_PIE
    layout.kind == elf::ET_DYN.0
        && dynamic.flags_1 & PIE == 0
        && (dynamic.soname.is_some() || layout.segment(elf::PT_INTERP).is_none())
}

/// Libraries in the order of `DT_NEEDED` with the symbols whose version names them; then, under no
/// name, symbols of any library; last the program interpreter, which is loaded before all of them.
fn imports(layout: &Layout<'_>, dynamic: &Dynamic) -> Vec<Import> {
    let mut imports: Vec<Import> = Vec::new();
    let mut places = BTreeMap::new();
    for library in &dynamic.needed {
        places.entry(library.as_str()).or_insert_with(|| {
            imports.push(Import { library: library.clone(), ..Import::default() });
            imports.len() - 1
        });
    }
    for (library, symbol) in &dynamic.imports {
        let place = *places.entry(library.as_str()).or_insert_with(|| {
            imports.push(Import { library: library.clone(), ..Import::default() });
            imports.len() - 1
        });
        if let Some(import) = imports.get_mut(place) {
            import.symbols.push(symbol.clone());
        }
    }
    if let Some(path) = interpreter(layout) {
        imports.push(Import { library: path, ..Import::default() });
    }
    imports
}

fn interpreter(layout: &Layout<'_>) -> Option<String> {
    let bytes = layout.segment_bytes(layout.segment(elf::PT_INTERP)?);
    let path = bytes.split(|byte| *byte == 0).next()?;
    (!path.is_empty() && path.len() <= 4096).then(|| String::from_utf8_lossy(path).into_owned())
}

/// MD5 over libraries in the file's order and then all symbols sorted: `lib,lib;symbol,symbol`.
/// Symbols stand sorted because linkers order them by hash buckets, which change with each addition.
pub(crate) fn import_hash(imports: &[Import]) -> Option<String> {
    if imports.iter().all(|import| import.symbols.is_empty()) {
        return None;
    }
    let mut hash = Md5::new();
    for import in imports {
        hash.update(import.library.as_bytes());
        hash.update(b",");
    }
    hash.update(b";");
    let mut symbols: Vec<&String> = imports.iter().flat_map(|import| &import.symbols).collect();
    symbols.sort_unstable();
    for symbol in symbols {
        hash.update(symbol.as_bytes());
        hash.update(b",");
    }
    Some(hex(&hash.finalize()))
}

/// Sections with the rights of their segments; loaded segments without any section follow as
/// `LOAD[n]`, since code there runs as well.
fn sections(layout: &mut Layout<'_>) -> Vec<Section> {
    let mut found = Vec::new();
    let mut noise = NoiseBudget::for_file(layout.fields.bytes.len());
    for section in layout.sections.iter().filter(|section| section.kind != elf::SHT_NULL.0) {
        let bytes = layout.section_bytes(section).unwrap_or_default();
        let measured = noise.measure(bytes);
        let size = if section.in_file() { section.size } else { 0 };
        found.push(Section {
            name: section.name.clone(),
            file: section.offset..section.offset.saturating_add(size),
            address: section.address,
            size: section.size,
            rights: layout.rights(section),
            entropy: measured.entropy,
            noise_windows: measured.noise_windows,
        });
    }
    let claimed = |offset: u64, len: u64| {
        layout.sections.iter().any(|section| {
            section.in_file()
                && section.offset < offset.saturating_add(len)
                && section.offset.saturating_add(section.size) > offset
        })
    };
    for (index, segment) in layout.loaded().enumerate() {
        if segment.file_size == 0 || claimed(segment.offset, segment.file_size) {
            continue;
        }
        let measured = noise.measure(layout.segment_bytes(segment));
        found.push(Section {
            name: format!("LOAD[{index}]"),
            file: segment.offset..segment.offset.saturating_add(segment.file_size),
            address: segment.address,
            size: segment.memory_size,
            rights: segment.rights,
            entropy: measured.entropy,
            noise_windows: measured.noise_windows,
        });
    }
    if noise.refused {
        layout.problems.push("sections overlap: not all measured".to_owned());
    }
    found
}

/// Work on entropy, bounded: overlapping sections may name the same bytes many times.
pub(crate) struct NoiseBudget {
    left: usize,
    /// Whether something was not measured.
    pub(crate) refused: bool,
}

impl NoiseBudget {
    /// Four times the file.
    pub(crate) const fn for_file(len: usize) -> Self {
        Self { left: len.saturating_mul(4), refused: false }
    }

    /// Measures bytes while the budget lasts; nothing for no bytes.
    pub(crate) fn measure(&mut self, bytes: &[u8]) -> entropy::Noise {
        match self.left.checked_sub(bytes.len()) {
            Some(left) => {
                self.left = left;
                entropy::measure(bytes)
            }
            None => {
                self.refused = true;
                entropy::Noise::default()
            }
        }
    }
}

/// Initialisers that no dynamic table counts: old `.ctors`, and everything of programs without one.
fn initialisers(layout: &Layout<'_>, dynamic: &Dynamic) -> u32 {
    let word = layout.fields.word_size();
    let count = |section: &RawSection| section.size / word;
    let arrays: u64 = layout
        .sections
        .iter()
        .filter(|found| {
            !dynamic.present
                && found.in_file()
                && [elf::SHT_INIT_ARRAY.0, elf::SHT_PREINIT_ARRAY.0].contains(&found.kind)
        })
        .map(count)
        .fold(0, u64::saturating_add);
    let constructors: u64 =
        layout.section(".ctors").and_then(|found| layout.section_bytes(found)).map_or(0, |bytes| {
            let fields = layout.fields.over(bytes);
            let words = u64::try_from(bytes.len()).unwrap_or(0) / word;
            // The list stands between −1 (or a count) and 0.
            let values = (0..words).filter_map(|index| fields.word(index * word));
            let ends = [0, u64::MAX, 0xFFFF_FFFF];
            u64::try_from(values.filter(|value| !ends.contains(value)).count()).unwrap_or(0)
        });
    u32::try_from(arrays.saturating_add(constructors)).unwrap_or(u32::MAX)
}

fn mitigations(layout: &Layout<'_>, dynamic: &Dynamic) -> BTreeSet<String> {
    let imports = |test: &dyn Fn(&str) -> bool| dynamic.imports.iter().any(|(_, name)| test(name));
    let is_pie = layout.kind == elf::ET_DYN.0 && !is_library(layout, dynamic);
    let relro = layout.segment(elf::PT_GNU_RELRO).is_some();
    let nx = layout.segment(elf::PT_GNU_STACK).is_some_and(|stack| !stack.rights.execute);
    let found = [
        ("aslr", layout.kind == elf::ET_DYN.0),
        ("bind_now", dynamic.bind_now),
        ("fortify", imports(&|name| name.starts_with("__") && name.ends_with("_chk"))),
        ("nx", nx),
        ("pie", is_pie),
        ("relro", relro),
        (
            "stack_protector",
            imports(&|name| name == "__stack_chk_fail" || name == "__stack_chk_guard"),
        ),
    ];
    found.into_iter().filter(|(_, present)| *present).map(|(name, _)| name.to_owned()).collect()
}

/// Functions from unwind tables where the file has them, else from symbols.
fn functions(
    layout: &Layout<'_>,
    dynamic: &Dynamic,
    table: &SymbolTable,
) -> crate::image::Functions {
    let mut functions = crate::image::Functions::default();
    let Some(machine) = code_machine(layout) else { return functions };
    if layout.kind == elf::ET_REL.0 {
        functions.all = relocatable_functions(layout, table, machine);
        functions.source = FunctionSource::Symbols;
    } else {
        let stubs: Vec<_> = layout
            .sections
            .iter()
            .filter(|section| section.name.starts_with(".plt"))
            .map(|section| section.address..section.address.saturating_add(section.size))
            .take(16)
            .collect();
        let mut extents = frames::read(layout);
        // One description covers the whole procedure linkage table, which is imports, not code.
        extents.retain(|extent| !stubs.iter().any(|stub| stub.contains(&extent.start)));
        extents.extend(go_functions(layout));
        functions.source = FunctionSource::Unwind;
        if extents.is_empty() {
            extents = dynamic.functions.iter().chain(&table.functions).map(extent).collect();
            functions.source = FunctionSource::Symbols;
        }
        fill_gaps(layout, &mut extents);
        for segment in layout.loaded().filter(|found| found.rights.execute).take(CODE_SEGMENTS_MAX)
        {
            let code = Code {
                bytes: layout.segment_bytes(segment),
                address: segment.address,
                offset: segment.offset,
                image: layout.span(),
            };
            functions.all.extend(functions::hash(&code, machine, &extents));
        }
    }
    functions.all.sort_unstable();
    if functions.all.is_empty() {
        functions.source = FunctionSource::None;
    }
    functions
}

/// Adds what lies between functions in sections of code: hand-written assembly has often no unwind
/// tables, and code put there later need have none. Gaps of mere padding get no hash.
fn fill_gaps(layout: &Layout<'_>, extents: &mut Vec<Extent>) {
    extents.sort_unstable();
    let mut gaps = Vec::new();
    let code = layout.sections.iter().filter(|section| {
        section.in_file() && section.executable() && !section.name.starts_with(".plt")
    });
    // Bound: a linked file has a handful of code sections.
    for section in code.take(64) {
        let last = section.address.saturating_add(section.size);
        let from = extents.partition_point(|extent| extent.start < section.address);
        let to = extents.partition_point(|extent| extent.start < last);
        let mut at = section.address;
        for extent in extents.get(from..to).unwrap_or_default() {
            if extent.start > at {
                gaps.push(Extent { start: at, end: Some(extent.start) });
            }
            // Without an end it reaches to the next one, wherever that is.
            at = extent.end.map_or(u64::MAX, |end| at.max(end));
        }
        if at < last {
            gaps.push(Extent { start: at, end: Some(last) });
        }
    }
    extents.append(&mut gaps);
}

fn go_functions(layout: &Layout<'_>) -> Vec<Extent> {
    let text = layout.section(".text").map_or(0, |section| section.address);
    let table = layout.section(".gopclntab").and_then(|section| layout.section_bytes(section));
    table.map_or_else(Vec::new, |table| golang::functions(layout.fields.over(table), text))
}

fn extent(symbol: &Symbol) -> Extent {
    let end = (symbol.size > 0).then(|| symbol.address.saturating_add(symbol.size));
    Extent { start: symbol.address, end }
}

/// Addresses of a relocatable file count from the start of each section.
fn relocatable_functions(
    layout: &Layout<'_>,
    table: &SymbolTable,
    machine: Machine,
) -> Vec<Function> {
    let mut by_section: BTreeMap<u16, Vec<Extent>> = BTreeMap::new();
    for symbol in &table.functions {
        by_section.entry(symbol.section).or_default().push(extent(symbol));
    }
    let mut all = Vec::new();
    // Bound: sections that overlap are hashed for twice the file's length together.
    let mut left = layout.fields.bytes.len().saturating_mul(2);
    for (index, extents) in by_section {
        let Some(section) = layout.sections.get(usize::from(index)) else { continue };
        let bytes = layout.section_bytes(section).unwrap_or_default();
        let Some(rest) = left.checked_sub(bytes.len()) else { break };
        left = rest;
        if section.executable() {
            let code = Code { bytes, address: 0, offset: section.offset, image: 0..0 };
            all.extend(functions::hash(&code, machine, &extents));
        }
    }
    all
}

fn code_machine(layout: &Layout<'_>) -> Option<Machine> {
    match elf::Machine(layout.machine) {
        elf::EM_386 => Some(Machine::X86),
        elf::EM_X86_64 => Some(Machine::X86_64),
        elf::EM_AARCH64 if !layout.fields.big => Some(Machine::Aarch64),
        _ => None,
    }
}

/// Hash of the function at the entry point; of up to 256 bytes there when no table names it.
fn entry_hash(layout: &Layout<'_>, all: &[Function]) -> Option<u64> {
    if layout.entry == 0 {
        return None;
    }
    let segment = layout.loaded().find(|segment| {
        layout.entry >= segment.address && layout.entry - segment.address < segment.file_size
    })?;
    let offset = segment.offset.checked_add(layout.entry - segment.address)?;
    if let Some(function) = all.iter().find(|function| function.offset == offset) {
        return Some(function.hash);
    }
    let code = Code {
        bytes: layout.segment_bytes(segment),
        address: segment.address,
        offset: segment.offset,
        image: layout.span(),
    };
    let extent = Extent { start: layout.entry, end: Some(layout.entry.saturating_add(256)) };
    let found = functions::hash(&code, code_machine(layout)?, &[extent]);
    found.first().map(|function| function.hash)
}

#[cfg(test)]
mod tests;
