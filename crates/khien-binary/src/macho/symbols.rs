//! What a slice imports and exports, and where its functions start.
//!
//! The loader binds by chained fixups or by bind operations; the symbol table says the same to tools
//! and can be stripped or lie. All of them are read, and what any of them imports counts.
//!
//! Sources: `mach-o/fixup-chains.h`, `mach-o/loader.h`, `mach-o/nlist.h`, dyld's export trie.

use std::collections::BTreeSet;

use super::commands::Commands;
use crate::fields::{Fields, uleb128};
use crate::functions::Extent;
use crate::names::{Names, zero_terminated};

/// Imports and exports.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    /// Place of the library among the load commands, from 0; `None` for flat and weak lookups.
    pub(super) imports: BTreeSet<(Option<u32>, String)>,
    pub(super) exports: BTreeSet<String>,
    /// Addresses of symbols in sections.
    pub(super) places: Vec<u64>,
    pub(super) problems: Vec<String>,
}

/// Reads all tables of symbols.
pub(super) fn read(commands: &Commands<'_>, names: &mut Names) -> Symbols {
    let mut symbols = Symbols::default();
    let fixups = commands.fixups.as_ref().map(|range| commands.bytes(range));
    if let Some(fixups) = fixups
        && symbols.take_fixups(commands.fields.over(fixups), names).is_none()
    {
        symbols.problems.push("chained fixups cannot be read".to_owned());
    }
    for (index, range) in commands.binds.iter().enumerate() {
        let (lazy, weak) = (index % 3 == 2, index % 3 == 1);
        if symbols.take_binds(commands.bytes(range), lazy, weak, names).is_none() {
            symbols.problems.push("bind operations cannot be read".to_owned());
        }
    }
    let trie = commands.exports.as_ref().map(|range| commands.bytes(range));
    if let Some(trie) = trie
        && symbols.take_trie(trie, names).is_none()
    {
        symbols.problems.push("export trie cannot be read".to_owned());
    }
    symbols.take_table(commands, trie.is_none(), names);
    symbols
}

/// Lowest bits of `n_type`.
const STAB: u8 = 0xE0;
const PRIVATE: u8 = 0x10;
const KIND: u8 = 0x0E;
const EXTERNAL: u8 = 0x01;
const IN_SECTION: u8 = 0x0E;
const ABSOLUTE: u8 = 0x02;

impl Symbols {
    fn take_table(&mut self, commands: &Commands<'_>, exports: bool, names: &mut Names) {
        let Some((table, strings)) = &commands.symbols else { return };
        let strings = commands.bytes(strings);
        let fields = commands.fields.over(commands.bytes(table));
        let step = if fields.wide { 16 } else { 12 };
        // MH_TWOLEVEL: each symbol names its library.
        let two_level = commands.flags & 0x80 != 0;
        for index in 0..(table.end - table.start) / step {
            let at = index * step;
            let (Some(name), Some(kind), Some(description), Some(value)) =
                (fields.u32(at), fields.u8(at + 4), fields.u16(at + 6), fields.word(at + 8))
            else {
                self.problems.push("symbol table runs past the file".to_owned());
                break;
            };
            if kind & STAB != 0 {
                continue;
            }
            if kind & KIND == IN_SECTION {
                self.places.push(value);
            }
            let undefined = kind & (KIND | EXTERNAL) == EXTERNAL && value == 0;
            let exported = kind & EXTERNAL != 0
                && kind & PRIVATE == 0
                && matches!(kind & KIND, IN_SECTION | ABSOLUTE);
            if !(undefined || exports && exported) {
                continue;
            }
            let Some(name) = names.take_at(strings, name.into()) else { continue };
            if undefined {
                let ordinal = i32::from(description >> 8);
                // 254 looks the name up anywhere, 255 in the main program.
                let library = if two_level && ordinal < 254 { from_ordinal(ordinal) } else { None };
                self.imports.insert((library, name));
            } else {
                self.exports.insert(name);
            }
        }
    }

    /// Imports of chained fixups.
    fn take_fixups(&mut self, fields: Fields<'_>, names: &mut Names) -> Option<()> {
        let (imports, strings) = (u64::from(fields.u32(8)?), fields.u32(12)?);
        let (count, format) = (u64::from(fields.u32(16)?), fields.u32(20)?);
        if fields.u32(24)? != 0 {
            return None; // compressed names: nobody writes them
        }
        let strings = fields.bytes.get(usize::try_from(strings).ok()?..)?;
        for index in 0..count {
            // DYLD_CHAINED_IMPORT, _ADDEND, _ADDEND64
            let (ordinal, name) = match format {
                1 | 2 => {
                    let step = if format == 1 { 4 } else { 8 };
                    let import = fields.u32(imports + index * step)?;
                    let ordinal = u8::try_from(import & 0xFF).ok()?;
                    (i32::from(ordinal.cast_signed()), u64::from(import >> 9))
                }
                3 => {
                    let import = fields.u64(imports + index * 16)?;
                    let ordinal = u16::try_from(import & 0xFFFF).ok()?;
                    (i32::from(ordinal.cast_signed()), import >> 32)
                }
                _ => return None,
            };
            // Libraries above 127 (format 1) wrap below the special ordinals −1 to −3.
            let ordinal = if ordinal < -15 {
                ordinal + if format == 3 { 0x1_0000 } else { 0x100 }
            } else {
                ordinal
            };
            if let Some(name) = names.take_at(strings, name) {
                self.imports.insert((from_ordinal(ordinal), name));
            } else if names.refused() {
                break;
            }
        }
        Some(())
    }

    /// Runs bind operations for their names; `None` at an unknown one.
    fn take_binds(
        &mut self,
        bytes: &[u8],
        lazy: bool,
        weak: bool,
        names: &mut Names,
    ) -> Option<()> {
        let mut at = 0;
        let mut library = None;
        while let Some(byte) = bytes.get(at) {
            at += 1;
            let immediate = byte & 0x0F;
            match byte & 0xF0 {
                // Lazy binds end with this one by one; the others with the last.
                0x00 if lazy => library = None,
                0x00 => break,
                0x10 => library = from_ordinal(immediate.into()),
                0x20 => library = from_ordinal(i32::try_from(uleb128(bytes, &mut at)?).ok()?),
                0x30 => library = None,
                0x40 => {
                    let name = zero_terminated(bytes, at)?;
                    at += name.len() + 1;
                    let library = if weak { None } else { library };
                    if let Some(name) = names.take(name) {
                        self.imports.insert((library, name));
                    }
                }
                0x50 | 0x90 | 0xB0 => {}
                0x60 | 0x70 | 0x80 | 0xA0 => drop_leb128(bytes, &mut at)?,
                0xC0 => {
                    drop_leb128(bytes, &mut at)?;
                    drop_leb128(bytes, &mut at)?;
                }
                // Threaded binds of early arm64e: a count for the table, nothing for the chain.
                0xD0 if immediate == 0 => drop_leb128(bytes, &mut at)?,
                0xD0 => {}
                _ => return None,
            }
        }
        Some(())
    }

    /// Names of the export trie. `None` where it is no tree within its bytes.
    fn take_trie(&mut self, trie: &[u8], names: &mut Names) -> Option<()> {
        if trie.is_empty() {
            return Some(());
        }
        // Bound: a tree visits each node once, and a node has two bytes at least.
        let mut left = trie.len();
        let mut open = vec![(0_usize, Vec::new())];
        // Bound: prefixes in waiting are text too.
        let mut text_left = trie.len().saturating_mul(64).saturating_add(4096);
        while let Some((node, prefix)) = open.pop() {
            left = left.checked_sub(1)?;
            let mut at = node;
            let size = usize::try_from(uleb128(trie, &mut at)?).ok()?;
            if size > 0
                && let Some(name) = names.take(&prefix)
            {
                self.exports.insert(name);
            }
            at = at.checked_add(size)?;
            let children = *trie.get(at)?;
            at += 1;
            for _ in 0..children {
                let edge = zero_terminated(trie, at)?;
                at += edge.len() + 1;
                let child = usize::try_from(uleb128(trie, &mut at)?).ok()?;
                text_left = text_left.checked_sub(prefix.len() + edge.len())?;
                open.push((child, [prefix.as_slice(), edge].concat()));
            }
        }
        Some(())
    }
}

fn drop_leb128(bytes: &[u8], at: &mut usize) -> Option<()> {
    // Only the length matters, and that is the same for signed numbers.
    while bytes.get(*at)? & 0x80 != 0 {
        *at += 1;
    }
    *at += 1;
    Some(())
}

/// Place among the libraries; `None` for this image, the main program, and flat or weak lookups.
fn from_ordinal(ordinal: i32) -> Option<u32> {
    u32::try_from(ordinal).ok()?.checked_sub(1)
}

/// Starts of functions from `LC_FUNCTION_STARTS`: distances, each from the one before.
pub(super) fn function_starts(commands: &Commands<'_>) -> Vec<Extent> {
    let Some(range) = &commands.starts else { return Vec::new() };
    let bytes = commands.bytes(range);
    let mut address = commands.text_address();
    let mut at = 0;
    let mut starts = Vec::new();
    while let Some(distance) = uleb128(bytes, &mut at).filter(|distance| *distance > 0) {
        let Some(next) = address.checked_add(distance) else { break };
        address = next;
        // Thumb functions are marked by the lowest bit.
        let start = if commands.cpu == 12 { address & !1 } else { address };
        starts.push(Extent { start, end: None });
    }
    starts
}

#[cfg(test)]
impl Symbols {
    pub(super) fn take_binds_for_test(&mut self, bytes: &[u8], names: &mut Names) -> bool {
        self.take_binds(bytes, false, false, names).is_some()
    }

    pub(super) fn take_trie_for_test(&mut self, trie: &[u8], names: &mut Names) -> bool {
        self.take_trie(trie, names).is_some()
    }

    pub(super) fn take_fixups_for_test(&mut self, bytes: &[u8], names: &mut Names) -> bool {
        self.take_fixups(Fields::little(bytes), names).is_some()
    }
}
