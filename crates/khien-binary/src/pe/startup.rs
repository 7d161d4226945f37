//! Code that runs uncalled, and where functions are.

use std::ops::Range;

use object::pe;

use super::layout::{Layout, Segment, u16_at, u32_at};
use crate::functions::{self, Code, Extent, Machine};
use crate::image::{Function, FunctionSource, Functions, Startup};

/// Bound: callbacks and initialisers that are counted.
const CALLBACKS_MAX: usize = 65_536;
/// Bound: functions of a file; Chromium has 640,000.
const FUNCTIONS_MAX: usize = 4_000_000;

/// The processor, where its instructions are read.
pub(crate) const fn machine(layout: &Layout<'_>) -> Option<Machine> {
    match pe::Machine(layout.machine) {
        pe::IMAGE_FILE_MACHINE_AMD64 => Some(Machine::X86_64),
        pe::IMAGE_FILE_MACHINE_I386 => Some(Machine::X86),
        pe::IMAGE_FILE_MACHINE_ARM64 => Some(Machine::Aarch64),
        _ => None,
    }
}

/// Addresses where code certainly starts: entry point, exports, TLS callbacks, and the list of
/// targets of indirect calls that Control Flow Guard has.
fn seeds(layout: &Layout<'_>) -> Vec<u64> {
    let absolute = |address: u32| layout.image_base.saturating_add(u64::from(address));
    let mut seeds = vec![layout.entry];
    seeds.extend(super::imports::export_addresses(layout));
    seeds.extend(guarded(layout));
    let mut seeds: Vec<u64> = seeds
        .into_iter()
        .filter(|address| layout.section_of(*address).is_some_and(Segment::executable))
        .map(absolute)
        .collect();
    seeds.extend(tls_list(layout));
    seeds
}

/// Source: `IMAGE_LOAD_CONFIG_DIRECTORY`; the top four bits of the flags widen each row.
fn guarded(layout: &Layout<'_>) -> Vec<u32> {
    let read = || {
        let config = layout.table(10)?;
        let size = u32_at(config, 0)? as usize;
        let config = config.get(..size.min(config.len()))?;
        let (table, flags) = if layout.is_64 { (0x80, 0x90) } else { (0x50, 0x58) };
        let count = layout.pointer_at(config, table + layout.pointer_size())?;
        let rows = layout.at(layout.relative(layout.pointer_at(config, table)?)?)?;
        let width = 4 + (u32_at(config, flags)? >> 28) as usize;
        let count = usize::try_from(count).ok()?.min(FUNCTIONS_MAX);
        Some(rows.chunks_exact(width).take(count).filter_map(|row| u32_at(row, 0)).collect())
    };
    read().unwrap_or_default()
}

/// Reads what runs uncalled.
pub(crate) fn read(layout: &Layout<'_>) -> Startup {
    Startup {
        tls_callbacks: u32::try_from(tls_list(layout).len()).unwrap_or(u32::MAX),
        initialisers: initialisers(layout),
        ifuncs: 0,
        entry_hash: entry_hash(layout),
    }
}

/// The TLS directory points at a list of addresses that ends with zero.
fn tls_list(layout: &Layout<'_>) -> Vec<u64> {
    let list = layout.table(9).and_then(|directory| {
        let address = layout.pointer_at(directory, 3 * layout.pointer_size())?;
        layout.at(layout.relative(address)?)
    });
    let Some(list) = list else { return Vec::new() };
    (0..CALLBACKS_MAX)
        .map_while(|index| layout.pointer_at(list, index * layout.pointer_size()))
        .take_while(|pointer| *pointer != 0)
        .collect()
}

/// Initialisers of the C runtime. GNU linkers keep them in a section of their own (`.CRT`) or, for
/// C++, in the list behind `__CTOR_LIST__`, which has no mark; Microsoft's linker merges them into
/// constants, where the calls of `_initterm` in the start-up code tell the range.
fn initialisers(layout: &Layout<'_>) -> u32 {
    let own = layout.sections.iter().find(|section| section.name == ".CRT");
    let ranges = match own {
        Some(section) => vec![section.file.clone()],
        None => initialiser_ranges(layout),
    };
    let mut count = 0_usize;
    for range in ranges {
        let list = layout.bytes.get(range).unwrap_or_default();
        for at in (0..list.len()).step_by(layout.pointer_size()).take(CALLBACKS_MAX) {
            let code = layout.pointer_at(list, at).and_then(|address| layout.relative(address));
            let section = code.and_then(|address| layout.section_of(address));
            count += usize::from(section.is_some_and(Segment::executable));
        }
    }
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Pairs of addresses that the start-up code passes to a call: first and end of a list of pointers.
fn initialiser_ranges(layout: &Layout<'_>) -> Vec<Range<usize>> {
    let Some((code, Machine::X86_64 | Machine::X86)) = code_at(layout, layout.entry) else {
        return Vec::new();
    };
    let machine = if layout.is_64 { Machine::X86_64 } else { Machine::X86 };
    let start = layout.image_base.wrapping_add(u64::from(layout.entry));
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (from, to) in functions::pairs_passed(&code, machine, start) {
        let (Some(from), Some(to)) = (layout.relative(from), layout.relative(to)) else { continue };
        let (Some(from), Some(to)) = (layout.range(from), layout.range(to)) else { continue };
        let range = from.start..to.start;
        if is_pointer_list(layout, range.clone()) && !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    ranges
}

/// Whether all words of a range are zero or the address of code, in data that is not code.
fn is_pointer_list(layout: &Layout<'_>, range: Range<usize>) -> bool {
    let width = layout.pointer_size();
    let Some(list) = layout.bytes.get(range.clone()) else { return false };
    let outside_code = layout
        .sections
        .iter()
        .any(|section| section.file.contains(&range.start) && !section.executable());
    let right_size = list.len().is_multiple_of(width) && list.len() <= CALLBACKS_MAX * width;
    outside_code
        && right_size
        && (0..list.len()).step_by(width).all(|at| match layout.pointer_at(list, at) {
            Some(0) => true,
            Some(address) => layout
                .relative(address)
                .and_then(|address| layout.section_of(address))
                .is_some_and(Segment::executable),
            None => false,
        })
}

/// The code of the section at a relative address.
fn code_at<'a>(layout: &Layout<'a>, address: u32) -> Option<(Code<'a>, Machine)> {
    let section = layout.section_of(address).filter(|section| section.executable())?;
    Some((code_of(layout, section)?, machine(layout)?))
}

fn code_of<'a>(layout: &Layout<'a>, section: &Segment) -> Option<Code<'a>> {
    let image = if layout.image_base == 0 {
        0..0
    } else {
        layout.image_base..layout.image_base.saturating_add(u64::from(layout.image_size))
    };
    Some(Code {
        bytes: layout.bytes.get(section.file.clone())?,
        address: layout.image_base.checked_add(u64::from(section.address))?,
        offset: section.file.start as u64,
        image,
    })
}

fn entry_hash(layout: &Layout<'_>) -> Option<u64> {
    if layout.entry == 0 {
        return None;
    }
    let (code, machine) = code_at(layout, layout.entry)?;
    functions::entry(&code, machine, layout.image_base.wrapping_add(u64::from(layout.entry)))
}

/// Functions by the exception table, else by the symbol table, else by following calls.
pub(crate) fn functions(layout: &Layout<'_>, problems: &mut Vec<String>) -> Functions {
    let Some(machine) = machine(layout) else { return Functions::default() };
    let mut extents = match machine {
        Machine::X86_64 => unwind_x64(layout),
        Machine::Aarch64 => unwind_arm64(layout),
        Machine::X86 => Vec::new(),
    };
    let mut source = FunctionSource::Unwind;
    if extents.is_empty() {
        extents = symbols(layout);
        source = FunctionSource::Symbols;
    }
    let mut seeds = Vec::new();
    if extents.is_empty() && machine != Machine::Aarch64 {
        seeds = self::seeds(layout);
        source = FunctionSource::Calls;
    }
    if extents.len() >= FUNCTIONS_MAX {
        problems.push("more functions than are read".to_owned());
    }
    let mut all: Vec<Function> = Vec::with_capacity(extents.len());
    for section in layout.sections.iter().filter(|section| section.executable()) {
        let Some(code) = code_of(layout, section) else { continue };
        let end = code.address.saturating_add(code.bytes.len() as u64);
        if source == FunctionSource::Calls {
            extents = functions::discover(&code, machine, &seeds);
        }
        let within: Vec<Extent> = extents
            .iter()
            .filter(|extent| (code.address..end).contains(&extent.start))
            .copied()
            .collect();
        if !within.is_empty() {
            all.extend(functions::hash(&code, machine, &within));
        }
    }
    if all.is_empty() {
        return Functions::default();
    }
    all.sort_unstable();
    Functions { source, all }
}

/// Bytes of the exception table as its directory says, cut to the section.
fn exception_table<'a>(layout: &Layout<'a>) -> &'a [u8] {
    let size = layout.directory(3).map_or(0, |(_, size)| size as usize);
    let table = layout.table(3).unwrap_or_default();
    table.get(..size.min(table.len())).unwrap_or_default()
}

/// `RUNTIME_FUNCTION`: begin, end, unwind data.
fn unwind_x64(layout: &Layout<'_>) -> Vec<Extent> {
    let rows = exception_table(layout).as_chunks::<12>().0;
    let extent = |row: &[u8; 12]| {
        let (start, end) = (u32_at(row, 0)?, u32_at(row, 4)?);
        (start != 0 && start < end).then(|| extent(layout, start, Some(end)))
    };
    rows.iter().take(FUNCTIONS_MAX).filter_map(extent).collect()
}

/// Begin, and either packed unwind data or the address of a record; both hold the length in words.
///
/// Source: "ARM64 exception handling" in Microsoft's documentation of the C++ compiler.
fn unwind_arm64(layout: &Layout<'_>) -> Vec<Extent> {
    let rows = exception_table(layout).as_chunks::<8>().0;
    let extent = |row: &[u8; 8]| {
        let (start, data) = (u32_at(row, 0)?, u32_at(row, 4)?);
        let words =
            if data & 3 == 0 { u32_at(layout.at(data)?, 0)? & 0x3_FFFF } else { data >> 2 & 0x7FF };
        let end = start.checked_add(words * 4)?;
        (start != 0 && words > 0).then(|| extent(layout, start, Some(end)))
    };
    rows.iter().take(FUNCTIONS_MAX).filter_map(extent).collect()
}

/// COFF symbols of functions, which GNU linkers leave in unless told to strip.
fn symbols(layout: &Layout<'_>) -> Vec<Extent> {
    let Some(table) = layout.symbols.clone().and_then(|range| layout.bytes.get(range)) else {
        return Vec::new();
    };
    let rows = table.as_chunks::<18>().0;
    let mut extents = Vec::new();
    let mut skip = 0_u8;
    for row in rows.iter().take(layout.symbol_count as usize).take(FUNCTIONS_MAX) {
        if let Some(rest) = skip.checked_sub(1) {
            skip = rest;
            continue;
        }
        skip = row[17];
        let function = u16_at(row, 14).is_some_and(|kind| kind >> 4 & 0xF == 2);
        let section = u16_at(row, 12).map_or(0, usize::from);
        let section = section.checked_sub(1).and_then(|index| layout.sections.get(index));
        if let (true, Some(section), Some(value)) = (function, section, u32_at(row, 8))
            && let Some(start) = section.address.checked_add(value)
        {
            extents.push(extent(layout, start, None));
        }
    }
    extents
}

fn extent(layout: &Layout<'_>, start: u32, end: Option<u32>) -> Extent {
    let absolute = |address: u32| layout.image_base.saturating_add(u64::from(address));
    Extent { start: absolute(start), end: end.map(absolute) }
}
