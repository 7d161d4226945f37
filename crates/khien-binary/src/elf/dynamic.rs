//! What the dynamic linker is told: libraries, symbols, versions, relocations, start-up.
//!
//! Source: System V gABI, chapter 5; "ELF Symbol Versioning" (Drepper); `DT_GNU_HASH` as glibc reads it.

use std::collections::{BTreeMap, BTreeSet};

use object::elf;

use super::layout::Layout;
use crate::fields::Fields;
use crate::names::{Names, zero_terminated};

/// Bound: entries of `PT_DYNAMIC`. Real ones have about 40.
const ENTRIES_MAX: u64 = 16_384;

/// What was read by way of `PT_DYNAMIC`.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    pub(super) present: bool,
    pub(super) needed: Vec<String>,
    pub(super) soname: Option<String>,
    pub(super) paths: Vec<String>,
    /// Undefined symbols and the library that their version names.
    pub(super) imports: BTreeSet<(String, String)>,
    pub(super) exports: BTreeSet<String>,
    pub(super) flags: u64,
    pub(super) flags_1: u64,
    pub(super) bind_now: bool,
    pub(super) initialisers: u32,
    pub(super) ifuncs: u32,
    pub(super) functions: Vec<Symbol>,
    pub(super) problems: Vec<String>,
}

/// A function symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol {
    pub(super) address: u64,
    pub(super) size: u64,
    pub(super) section: u16,
}

/// One entry of a symbol table, for both word sizes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawSymbol {
    pub(super) name: u32,
    pub(super) bind: u8,
    pub(super) kind: u8,
    pub(super) visibility: u8,
    pub(super) section: u16,
    pub(super) value: u64,
    pub(super) size: u64,
}

impl RawSymbol {
    pub(super) const fn entry_size(fields: Fields<'_>) -> u64 {
        if fields.wide { 24 } else { 16 }
    }

    /// The entry at `index` of a table.
    pub(super) fn read(fields: Fields<'_>, index: u64) -> Option<Self> {
        let at = index.checked_mul(Self::entry_size(fields))?;
        let (info, other, section, value, size) = if fields.wide {
            (4, 5, 6, fields.u64(at + 8)?, fields.u64(at + 16)?)
        } else {
            (12, 13, 14, fields.u32(at + 4)?.into(), fields.u32(at + 8)?.into())
        };
        let info = fields.u8(at + info)?;
        Some(Self {
            name: fields.u32(at)?,
            bind: info >> 4,
            kind: info & 15,
            visibility: fields.u8(at + other)? & 3,
            section: fields.u16(at + section)?,
            value,
            size,
        })
    }

    /// Its name; `None` where it has none or the share of names is used up.
    pub(super) fn name_in(self, strings: &[u8], names: &mut Names) -> Option<String> {
        names.take_at(strings, self.name.into()).filter(|name| !name.is_empty())
    }

    pub(super) const fn undefined(self) -> bool {
        self.section == 0
    }

    /// Whether other images can bind to it.
    pub(super) const fn exported(self) -> bool {
        // Global, weak, or GNU unique; neither internal nor hidden.
        !self.undefined()
            && matches!(self.bind, 1 | 2 | 10)
            && matches!(self.visibility, 0 | 3)
            // Names of versions stand in the table as absolute symbols of value 0.
            && !(self.section == ABSOLUTE && self.value == 0)
    }

    pub(super) fn is_ifunc(self) -> bool {
        !self.undefined() && self.kind == elf::STT_GNU_IFUNC.0
    }

    pub(super) fn is_function(self) -> bool {
        !self.undefined() && matches!(self.kind, FUNCTION | 10)
    }
}

const ABSOLUTE: u16 = 0xFFF1;
const FUNCTION: u8 = 2;

/// Reads the dynamic segment.
pub(super) fn read(layout: &Layout<'_>, names: &mut Names) -> Dynamic {
    let mut dynamic = Dynamic::default();
    let Some(segment) = layout.segment(elf::PT_DYNAMIC) else { return dynamic };
    dynamic.present = true;
    // The loader goes by the address; tools by the offset. They agree in honest files.
    let by_address = layout.at(segment.address).unwrap_or_default();
    let by_offset = layout.segment_bytes(segment);
    if !by_address.starts_with(by_offset) {
        dynamic.problems.push("PT_DYNAMIC: address and file offset disagree".to_owned());
    }
    let table = layout.fields.over(if by_address.is_empty() { by_offset } else { by_address });
    let entries = Entries::read(table);
    let strings = entries
        .get(elf::DT_STRTAB)
        .and_then(|address| {
            let bytes = layout.at(address)?;
            let size = entries.get(elf::DT_STRSZ).and_then(|size| usize::try_from(size).ok());
            size.and_then(|size| bytes.get(..size)).or(Some(bytes))
        })
        .unwrap_or_default();
    if strings.is_empty() && !entries.all.is_empty() {
        dynamic.problems.push("dynamic string table outside the segments".to_owned());
    }
    dynamic.take_names(&entries, strings, names);
    dynamic.take_flags(&entries, layout.fields.word_size());
    let relocations = Relocations::read(layout, &entries);
    dynamic.ifuncs = relocations.irelative;
    if let Some(table) = entries.get(elf::DT_SYMTAB).and_then(|address| layout.at(address)) {
        let table = layout.fields.over(table);
        let count = symbol_count(layout, &entries, relocations.symbols);
        let versions = Versions::read(layout, &entries, strings);
        dynamic.take_symbols(table, count, strings, &versions, names);
    }
    dynamic
}

/// Entries up to `DT_NULL`, in order.
struct Entries {
    all: Vec<(i64, u64)>,
}

impl Entries {
    fn read(table: Fields<'_>) -> Self {
        let step = table.word_size();
        let all = (0..ENTRIES_MAX)
            .map_while(|index| {
                let at = index * step * 2;
                let tag = if table.wide {
                    table.u64(at)?.cast_signed()
                } else {
                    i64::from(table.u32(at)?.cast_signed())
                };
                Some((tag, table.word(at + step)?)).filter(|(tag, _)| *tag != 0)
            })
            .collect();
        Self { all }
    }

    /// The last value of a tag, as the loader takes it.
    fn get(&self, tag: elf::DynamicTag) -> Option<u64> {
        self.all.iter().rev().find(|(found, _)| *found == tag.0).map(|(_, value)| *value)
    }
}

impl Dynamic {
    fn take_names(&mut self, entries: &Entries, strings: &[u8], names: &mut Names) {
        for (tag, value) in &entries.all {
            let tag = elf::DynamicTag(*tag);
            if ![elf::DT_NEEDED, elf::DT_SONAME, elf::DT_RPATH, elf::DT_RUNPATH].contains(&tag) {
                continue;
            }
            let Some(name) = names.take_at(strings, *value) else {
                self.problems.push("a name of the dynamic table is outside its strings".to_owned());
                continue;
            };
            match tag {
                elf::DT_NEEDED => self.needed.push(name),
                elf::DT_SONAME => self.soname = Some(name),
                _ => self
                    .paths
                    .extend(name.split(':').filter(|path| !path.is_empty()).map(str::to_owned)),
            }
        }
        self.problems.dedup();
    }

    fn take_flags(&mut self, entries: &Entries, word: u64) {
        self.flags = entries.get(elf::DT_FLAGS).unwrap_or(0);
        self.flags_1 = entries.get(elf::DT_FLAGS_1).unwrap_or(0);
        self.bind_now = entries.get(elf::DT_BIND_NOW).is_some()
            || self.flags & 8 != 0 // DF_BIND_NOW
            || self.flags_1 & 1 != 0; // DF_1_NOW
        let pointers = |tag| entries.get(tag).unwrap_or(0) / word;
        let count = pointers(elf::DT_INIT_ARRAYSZ)
            .saturating_add(pointers(elf::DT_PREINIT_ARRAYSZ))
            .saturating_add(u64::from(entries.get(elf::DT_INIT).is_some_and(|init| init != 0)));
        self.initialisers = u32::try_from(count).unwrap_or(u32::MAX);
    }

    fn take_symbols(
        &mut self,
        table: Fields<'_>,
        count: u64,
        strings: &[u8],
        versions: &Versions,
        names: &mut Names,
    ) {
        for index in 1..count {
            let Some(symbol) = RawSymbol::read(table, index) else {
                self.problems.push("dynamic symbols run past their segment".to_owned());
                break;
            };
            if symbol.is_ifunc() {
                self.ifuncs = self.ifuncs.saturating_add(1);
            }
            if symbol.is_function() {
                self.functions.push(Symbol {
                    address: symbol.value,
                    size: symbol.size,
                    section: symbol.section,
                });
            }
            if !symbol.undefined() && !symbol.exported() {
                continue;
            }
            let Some(name) = symbol.name_in(strings, names) else { continue };
            if symbol.undefined() {
                self.imports.insert((versions.library(index).to_owned(), name));
            } else {
                self.exports.insert(name);
            }
        }
    }
}

/// How many dynamic symbols there are. No field says it: the hash tables do, and where they leave
/// symbols out, relocations and the section header name more.
fn symbol_count(layout: &Layout<'_>, entries: &Entries, from_relocations: u64) -> u64 {
    let chains = entries.get(elf::DT_HASH).and_then(|address| {
        let table = layout.fields.over(layout.at(address)?);
        table.u32(4).map(u64::from)
    });
    let gnu = entries
        .get(elf::DT_GNU_HASH)
        .and_then(|address| gnu_hash_count(layout.fields.over(layout.at(address)?)));
    let table = entries.get(elf::DT_SYMTAB);
    let section = layout
        .sections
        .iter()
        .find(|section| section.kind == elf::SHT_DYNSYM.0 && Some(section.address) == table)
        .map(|section| section.size / RawSymbol::entry_size(layout.fields));
    let counts = [chains, gnu, section, Some(from_relocations)];
    // Bound: no table has more entries than the file has room for.
    let room = layout.fields.bytes.len() / 16;
    counts.into_iter().flatten().max().unwrap_or(0).min(u64::try_from(room).unwrap_or(0))
}

fn gnu_hash_count(table: Fields<'_>) -> Option<u64> {
    let buckets = u64::from(table.u32(0)?);
    let first = u64::from(table.u32(4)?);
    let bloom = u64::from(table.u32(8)?) * table.word_size();
    let chains = buckets.checked_mul(4)?.checked_add(bloom)?.checked_add(16)?;
    let mut last = 0;
    for bucket in 0..buckets {
        last = last.max(u64::from(table.u32(16 + bloom + bucket * 4)?));
    }
    if last < first {
        return Some(first);
    }
    // The lowest bit marks the end of a chain; the walk ends with the bytes at the latest.
    loop {
        let hash = table.u32((last - first).checked_mul(4)?.checked_add(chains)?)?;
        last += 1;
        if hash & 1 != 0 {
            return Some(last);
        }
    }
}

/// What relocations say: how many call a resolver, and the highest symbol they name.
struct Relocations {
    irelative: u32,
    symbols: u64,
}

impl Relocations {
    fn read(layout: &Layout<'_>, entries: &Entries) -> Self {
        let with_addend = entries.get(elf::DT_PLTREL) == Some(elf::DT_RELA.0.cast_unsigned());
        let tables = [
            (elf::DT_RELA, elf::DT_RELASZ, true),
            (elf::DT_REL, elf::DT_RELSZ, false),
            (elf::DT_JMPREL, elf::DT_PLTRELSZ, with_addend),
        ];
        let mut found = Self { irelative: 0, symbols: 0 };
        let mut seen = BTreeSet::new();
        for (table, size, addend) in tables {
            let (Some(address), Some(size)) = (entries.get(table), entries.get(size)) else {
                continue;
            };
            // Some linkers give the PLT's part of `DT_RELA` a second time.
            let Some(bytes) = layout.at(address) else { continue };
            let end = usize::try_from(size).ok().and_then(|size| bytes.get(..size));
            found.count(
                layout,
                layout.fields.over(end.unwrap_or(bytes)),
                addend,
                address,
                &mut seen,
            );
        }
        found
    }

    fn count(
        &mut self,
        layout: &Layout<'_>,
        table: Fields<'_>,
        addend: bool,
        address: u64,
        seen: &mut BTreeSet<u64>,
    ) {
        let words = if addend { 3 } else { 2 };
        let step = words * table.word_size();
        let count = u64::try_from(table.bytes.len()).unwrap_or(0) / step;
        for index in 0..count {
            let at = index * step;
            let Some(info) = table.word(at + table.word_size()) else { break };
            let (symbol, kind) = if table.wide {
                (info >> 32, info & 0xFFFF_FFFF)
            } else {
                (info >> 8, info & 0xFF)
            };
            self.symbols = self.symbols.max(symbol.saturating_add(1));
            if is_irelative(layout.machine, kind) && seen.insert(address.wrapping_add(at)) {
                self.irelative = self.irelative.saturating_add(1);
            }
        }
    }
}

/// `R_*_IRELATIVE` of the processors that have indirect functions.
fn is_irelative(machine: u16, kind: u64) -> bool {
    let expected = match elf::Machine(machine) {
        elf::EM_386 => 42,
        elf::EM_X86_64 => 37,
        elf::EM_AARCH64 => 1032,
        elf::EM_ARM => 160,
        elf::EM_PPC64 => 248,
        elf::EM_S390 => 61,
        elf::EM_RISCV => 58,
        _ => return false,
    };
    kind == expected
}

/// `IRELATIVE` relocations of a program without a dynamic segment: its start-up code applies them.
pub(super) fn static_irelative(layout: &Layout<'_>) -> u32 {
    let mut found = Relocations { irelative: 0, symbols: 0 };
    let mut seen = BTreeSet::new();
    // Bound: sections may overlap; all together they are read for the file's length.
    let mut left = layout.fields.bytes.len();
    for section in layout.sections.iter().filter(|section| section.allocated()) {
        let addend = match elf::SectionType(section.kind) {
            elf::SHT_RELA => true,
            elf::SHT_REL => false,
            _ => continue,
        };
        let Some(bytes) = layout.section_bytes(section) else { continue };
        let Some(rest) = left.checked_sub(bytes.len()) else { break };
        left = rest;
        found.count(layout, layout.fields.over(bytes), addend, section.address, &mut seen);
    }
    found.irelative
}

/// Libraries by symbol, from `DT_VERSYM` and `DT_VERNEED`.
#[derive(Default)]
struct Versions {
    /// Version index of each symbol.
    symbols: Vec<u16>,
    /// Library by version index.
    libraries: BTreeMap<u16, String>,
}

impl Versions {
    fn read(layout: &Layout<'_>, entries: &Entries, strings: &[u8]) -> Self {
        let mut versions = Self::default();
        let Some(table) = entries.get(elf::DT_VERNEED).and_then(|address| layout.at(address))
        else {
            return versions;
        };
        let table = layout.fields.over(table);
        // Bound: an index has 15 bits, so more steps than that repeat themselves.
        let mut steps = 0_u32;
        let mut at = 0_u64;
        for _ in 0..entries.get(elf::DT_VERNEEDNUM).unwrap_or(0).min(4096) {
            if versions.library_at(table, at, strings, &mut steps).is_none() {
                break;
            }
            match table.u32(at.saturating_add(12)) {
                Some(next) if next > 0 => at = at.saturating_add(next.into()),
                _ => break,
            }
        }
        if let Some(symbols) = entries.get(elf::DT_VERSYM).and_then(|address| layout.at(address)) {
            let fields = layout.fields.over(symbols);
            let count = u64::try_from(symbols.len() / 2).unwrap_or(0);
            versions.symbols = (0..count).map_while(|index| fields.u16(index * 2)).collect();
        }
        versions
    }

    /// One needed library with its versions.
    fn library_at(
        &mut self,
        table: Fields<'_>,
        at: u64,
        strings: &[u8],
        steps: &mut u32,
    ) -> Option<()> {
        let count = table.u16(at.checked_add(2)?)?;
        let file = zero_terminated(strings, usize::try_from(table.u32(at + 4)?).ok()?)?;
        let file = file.get(..256).unwrap_or(file);
        let mut aux = at.checked_add(table.u32(at + 8)?.into())?;
        for _ in 0..count {
            *steps += 1;
            if *steps > 0x8000 {
                return None;
            }
            let index = table.u16(aux.checked_add(6)?)? & 0x7FFF;
            self.libraries.insert(index, String::from_utf8_lossy(file).into_owned());
            aux = aux.checked_add(table.u32(aux + 12)?.into())?;
        }
        Some(())
    }

    fn library(&self, symbol: u64) -> &str {
        usize::try_from(symbol)
            .ok()
            .and_then(|symbol| self.symbols.get(symbol))
            .and_then(|version| self.libraries.get(&(version & 0x7FFF)))
            .map_or("", String::as_str)
    }
}
