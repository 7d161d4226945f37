//! Mach-O: programs and libraries of Apple's systems, one image for each slice of a universal file.
//!
//! Offsets in an image count from the start of the file, not of the slice.
//!
//! Not read: the instructions of chained fixups beyond their imports, Objective-C and Swift metadata.

mod commands;
mod symbols;

use std::collections::BTreeSet;
use std::ops::Range;

use self::commands::{Commands, RawSection};
use self::symbols::Symbols;
use crate::elf::{NoiseBudget, import_hash};
use crate::fields::Fields;
use crate::functions::{self, Code, Extent, Machine};
use crate::image::{Function, FunctionSource, Import, Section};
use crate::names::Names;
use crate::{Error, Image, ImageKind, codesign, golang, toolchain};

/// Bound: slices of one file; the largest real ones have four.
const SLICES_MAX: u64 = 16;

/// Bound: code sections whose functions are hashed.
const CODE_SECTIONS_MAX: usize = 64;

/// Reads a Mach-O file: one image for each slice.
///
/// # Errors
///
/// [`Error::Damaged`] when the header is cut short, a universal file has no slice that can be read,
/// or its slices overlap.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Image>, Error> {
    match bytes.first_chunk::<4>() {
        Some([0xCA, 0xFE, 0xBA, last @ (0xBE | 0xBF)]) => read_universal(bytes, *last == 0xBF),
        _ => read_slice(bytes, 0).map(|image| vec![image]),
    }
}

/// Source: `mach-o/fat.h`.
fn read_universal(bytes: &[u8], wide: bool) -> Result<Vec<Image>, Error> {
    let damaged = |what| Error::Damaged { format: "universal Mach-O", what };
    let fields = Fields { bytes, big: true, wide };
    let count = u64::from(fields.u32(4).ok_or(damaged("header"))?);
    if count > SLICES_MAX {
        return Err(damaged("too many slices"));
    }
    let step = if wide { 32 } else { 20 };
    let mut slices: Vec<Range<u64>> = Vec::new();
    for index in 0..count {
        let at = 8 + index * step;
        let offset = fields.word(at + 8).ok_or(damaged("slice table"))?;
        let size = fields.word(at + 8 + fields.word_size()).ok_or(damaged("slice table"))?;
        slices.push(offset..offset.checked_add(size).ok_or(damaged("slice table"))?);
    }
    let mut images = Vec::new();
    let mut unread = Vec::new();
    for slice in &slices {
        let content = fields.slice(slice.start, slice.end - slice.start);
        match content
            .ok_or(damaged("slice outside the file"))
            .and_then(|content| read_slice(content, slice.start))
        {
            Ok(image) => images.push(image),
            Err(error) => unread.push(format!("slice at {:#x}: {error}", slice.start)),
        }
    }
    let end = slices.iter().map(|slice| slice.end).max().unwrap_or(0);
    let Some(first) = images.first_mut() else { return Err(damaged("no slice can be read")) };
    first.problems.append(&mut unread);
    let (unclaimed, mut overlaps) = gaps(bytes, &slices, 8 + count * step);
    first.unclaimed = unclaimed;
    first.problems.append(&mut overlaps);
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if let Some(last) = images.last_mut()
        && end < len
    {
        match &mut last.overlay {
            Some(_) => last.unclaimed.push(end..len),
            overlay => *overlay = Some(end..len),
        }
    }
    Ok(images)
}

/// Bytes between slices that are not zero, and slices that overlap, in words.
fn gaps(bytes: &[u8], slices: &[Range<u64>], header: u64) -> (Vec<Range<u64>>, Vec<String>) {
    let mut sorted = slices.to_vec();
    sorted.sort_by_key(|slice| slice.start);
    let mut unclaimed = Vec::new();
    let mut problems = Vec::new();
    let mut end = header;
    for slice in sorted {
        if slice.start < end {
            problems.push(format!("the slice at {:#x} overlaps another", slice.start));
        }
        let gap = usize::try_from(end).ok().zip(usize::try_from(slice.start).ok());
        let gap = gap.and_then(|(from, to)| bytes.get(from..to)).unwrap_or_default();
        if gap.iter().any(|byte| *byte != 0) {
            unclaimed.push(end..slice.start);
        }
        end = end.max(slice.end);
    }
    (unclaimed, problems)
}

fn read_slice(bytes: &[u8], base: u64) -> Result<Image, Error> {
    let mut names = Names::for_file(bytes.len());
    let mut commands = Commands::read(bytes, &mut names)?;
    let mut symbols = symbols::read(&commands, &mut names);
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut image = Image::new(ImageKind::MachO);
    image.file = base..base.saturating_add(len);
    image.machine = machine_name(&commands);
    // MH_FVMLIB, MH_DYLIB, MH_BUNDLE, MH_DYLIB_STUB
    image.library = matches!(commands.file_kind, 3 | 6 | 8 | 9);
    identity(&mut image, &commands);
    image.imports = imports(&commands, &symbols);
    image.import_hash = import_hash(&image.imports);
    image.exports = std::mem::take(&mut symbols.exports).into_iter().collect();
    let mut noise = NoiseBudget::for_file(bytes.len());
    image.sections =
        commands.sections.iter().map(|found| section(&commands, found, base, &mut noise)).collect();
    image.startup.initialisers = initialisers(&commands);
    image.library_paths = std::mem::take(&mut commands.paths);
    image.mitigations = mitigations(&commands, &symbols);
    take_tools(&mut image, &commands, bytes);
    take_functions(&mut image, &commands, &symbols, base);
    if commands.claimed < len {
        image.overlay = Some(base.saturating_add(commands.claimed)..base.saturating_add(len));
    } else if commands.claimed > len {
        commands.problems.push(format!("headers claim {} bytes of {len}", commands.claimed));
    }
    for hole in commands.linkedit_holes() {
        let hole = base.saturating_add(hole.start)..base.saturating_add(hole.end);
        if image.overlay.is_none() {
            image.overlay = Some(hole);
        } else {
            let size = hole.end - hole.start;
            commands.problems.push(format!("{size} bytes of __LINKEDIT belong to no table"));
        }
    }
    if let Some(area) = &commands.signature {
        let plist = commands.section("__TEXT", "__info_plist");
        let plist = plist.map(|section| commands.section_bytes(section));
        let subject = codesign::Subject { bytes, base, area: area.clone(), info_plist: plist };
        let signed = codesign::read(&subject);
        image.mitigations.extend(signed.mitigations);
        image.entitlements = signed.entitlements;
        image.signature = signed.signature;
    }
    image.problems = std::mem::take(&mut commands.problems);
    image.problems.append(&mut symbols.problems);
    for (wrong, problem) in [
        (noise.refused, "sections overlap: not all measured"),
        (names.refused(), "more names than the file has room for: some left out"),
        (commands.encrypted, "encrypted: code and strings cannot be read"),
    ] {
        if wrong {
            image.problems.push(problem.to_owned());
        }
    }
    Ok(image)
}

fn machine_name(commands: &Commands<'_>) -> String {
    let name = match (commands.cpu, commands.cpu_kind & 0xFF) {
        (7, _) => "x86",
        (0x0100_0007, 8) => "x86_64h",
        (0x0100_0007, _) => "x86_64",
        (12, _) => "arm",
        (0x0100_000C, 2) => "arm64e",
        (0x0100_000C, _) => "aarch64",
        (0x0200_000C, _) => "arm64_32",
        (18, _) => "ppc",
        (0x0100_0012, _) => "ppc64",
        (other, _) => return format!("macho:{other:#x}"),
    };
    name.to_owned()
}

fn code_machine(commands: &Commands<'_>) -> Option<Machine> {
    match commands.cpu {
        7 => Some(Machine::X86),
        0x0100_0007 => Some(Machine::X86_64),
        0x0100_000C | 0x0200_000C => Some(Machine::Aarch64),
        _ => None,
    }
}

/// Names: of the library, and of the bundle where the program carries its `Info.plist`.
fn identity(image: &mut Image, commands: &Commands<'_>) {
    image.identity.link_name.clone_from(&commands.link_name);
    image.identity.build_id.clone_from(&commands.uuid);
    let plist = commands.section("__TEXT", "__info_plist");
    let Some(plist) =
        plist.and_then(|found| codesign::property_list(commands.section_bytes(found)))
    else {
        return;
    };
    let text = |key: &str| plist.as_dictionary()?.get(key)?.as_string().map(str::to_owned);
    image.identity.product = text("CFBundleName").or_else(|| text("CFBundleIdentifier"));
    image.identity.product_version = text("CFBundleShortVersionString");
    image.identity.file_version = text("CFBundleVersion");
    image.identity.original_filename = text("CFBundleExecutable");
}

/// Libraries in load order with what is bound to them; then, under no name, symbols looked up
/// anywhere; last a loader other than dyld.
fn imports(commands: &Commands<'_>, symbols: &Symbols) -> Vec<Import> {
    let mut imports: Vec<Import> = commands
        .libraries
        .iter()
        .map(|library| Import {
            library: library.name.clone(),
            symbols: Vec::new(),
            lazy: library.lazy,
        })
        .collect();
    let mut bound = BTreeSet::new();
    let mut anywhere = BTreeSet::new();
    for (library, symbol) in &symbols.imports {
        let place = library.and_then(|library| usize::try_from(library).ok());
        if let Some(import) = place.and_then(|place| imports.get_mut(place)) {
            import.symbols.push(symbol.clone());
            bound.insert(symbol);
        } else if !symbols.exports.contains(symbol) {
            // C++ looks its own inline functions up everywhere, to share them: no imports.
            anywhere.insert(symbol);
        }
    }
    let anywhere: Vec<String> = anywhere.difference(&bound).map(|name| (*name).clone()).collect();
    if !anywhere.is_empty() {
        imports.push(Import { symbols: anywhere, ..Import::default() });
    }
    if let Some(loader) = commands.loader.as_ref().filter(|loader| *loader != "/usr/lib/dyld") {
        imports.push(Import { library: loader.clone(), ..Import::default() });
    }
    imports
}

fn section(
    commands: &Commands<'_>,
    section: &RawSection,
    base: u64,
    noise: &mut NoiseBudget,
) -> Section {
    let measured = noise.measure(commands.section_bytes(section));
    let start = base.saturating_add(section.offset);
    let size = if section.in_file() { section.size } else { 0 };
    Section {
        name: format!("{},{}", section.segment, section.name),
        file: start..start.saturating_add(size),
        address: section.address,
        size: section.size,
        rights: section.rights,
        entropy: measured.entropy,
        noise_windows: measured.noise_windows,
    }
}

/// Pointers and offsets of initialisers, those of thread-local variables, and `LC_ROUTINES`.
fn initialisers(commands: &Commands<'_>) -> u32 {
    let count: u64 = commands
        .sections
        .iter()
        .map(|section| match section.kind() {
            // S_MOD_INIT_FUNC_POINTERS, S_THREAD_LOCAL_INIT_FUNCTION_POINTERS
            0x09 | 0x15 => section.size / commands.fields.word_size(),
            // S_INIT_FUNC_OFFSETS
            0x16 => section.size / 4,
            _ => 0,
        })
        .fold(0, u64::saturating_add);
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(commands.routines)
}

fn mitigations(commands: &Commands<'_>, symbols: &Symbols) -> BTreeSet<String> {
    let imports = |test: &dyn Fn(&str) -> bool| symbols.imports.iter().any(|(_, name)| test(name));
    let library = matches!(commands.file_kind, 6 | 8);
    let found = [
        ("aslr", library || commands.flags & 0x20_0000 != 0),
        ("fortify", imports(&|name| name.starts_with("___") && name.ends_with("_chk"))),
        ("no_heap_execution", commands.flags & 0x0100_0000 != 0),
        // MH_ALLOW_STACK_EXECUTION
        ("nx", commands.flags & 0x2_0000 == 0),
        ("pie", commands.flags & 0x20_0000 != 0),
        ("restrict", commands.segments.iter().any(|found| found.name == "__RESTRICT")),
        ("stack_protector", imports(&|name| name == "___stack_chk_fail")),
    ];
    found.into_iter().filter(|(_, present)| *present).map(|(name, _)| name.to_owned()).collect()
}

/// Tools of `LC_BUILD_VERSION`, and what Go and Rust leave behind.
fn take_tools(image: &mut Image, commands: &Commands<'_>, bytes: &[u8]) {
    let version =
        |packed: u32| format!("{}.{}.{}", packed >> 16, packed >> 8 & 0xFF, packed & 0xFF);
    for (tool, packed) in &commands.tools {
        let version = version(*packed);
        match tool {
            1 => drop(image.toolchain.compilers.insert(format!("clang {version}"))),
            2 => drop(image.toolchain.compilers.insert(format!("swift {version}"))),
            3 => image.toolchain.linker = Some(format!("ld {version}")),
            4 => image.toolchain.linker = Some(format!("lld {version}")),
            other => drop(image.toolchain.compilers.insert(format!("tool {other} {version}"))),
        }
    }
    if let Some(sdk) = commands.sdk.filter(|sdk| *sdk != 0) {
        image.toolchain.compilers.insert(format!("sdk {}", version(sdk)));
    }
    image.toolchain.compilers.extend(toolchain::rust(bytes));
    if let Some(go) = toolchain::go(bytes) {
        image.toolchain.compilers.insert(go.version);
        image.identity.product = image.identity.product.take().or(go.module);
        image.identity.product_version =
            image.identity.product_version.take().or(go.module_version);
    }
}

/// Functions by `LC_FUNCTION_STARTS`, else by symbols; and the hash of the one at the entry.
fn take_functions(image: &mut Image, commands: &Commands<'_>, symbols: &Symbols, base: u64) {
    let Some(machine) = code_machine(commands) else { return };
    let mut extents = symbols::function_starts(commands);
    let mut source = FunctionSource::FunctionStarts;
    if extents.is_empty() {
        extents = go_functions(commands);
        source = FunctionSource::Unwind;
    }
    if extents.is_empty() {
        extents = symbols.places.iter().map(|start| Extent { start: *start, end: None }).collect();
        source = FunctionSource::Symbols;
    }
    extents.sort_unstable();
    // Bound: sections that overlap are hashed for twice the file's length together.
    let mut left = commands.fields.bytes.len().saturating_mul(2);
    let sections = commands.sections.iter().filter(|section| section.is_code());
    for section in sections.take(CODE_SECTIONS_MAX) {
        let bytes = commands.section_bytes(section);
        let Some(rest) = left.checked_sub(bytes.len()) else { break };
        left = rest;
        let end = section.address.saturating_add(section.size);
        let from = extents.partition_point(|extent| extent.start < section.address);
        let to = extents.partition_point(|extent| extent.start < end);
        let inside = extents.get(from..to).unwrap_or_default();
        let code = Code {
            bytes,
            address: section.address,
            offset: base.saturating_add(section.offset),
            image: commands.span(),
        };
        image.functions.all.extend(functions::hash(&code, machine, inside));
    }
    image.functions.all.sort_unstable();
    if !image.functions.all.is_empty() {
        image.functions.source = source;
    }
    let entry = commands.entry.map(|entry| base.saturating_add(entry));
    let at_entry = |function: &&Function| Some(function.offset) == entry;
    image.startup.entry_hash =
        image.functions.all.iter().find(at_entry).map(|function| function.hash);
}

fn go_functions(commands: &Commands<'_>) -> Vec<Extent> {
    let text = commands.section("__TEXT", "__text").map_or(0, |section| section.address);
    let table = commands.sections.iter().find(|section| section.name == "__gopclntab");
    table.map_or_else(Vec::new, |table| {
        golang::functions(commands.fields.over(commands.section_bytes(table)), text)
    })
}

#[cfg(test)]
pub(crate) mod tests;
