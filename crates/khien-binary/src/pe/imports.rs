//! Imports, delayed imports, exports, and the import hash.

use md5::{Digest as _, Md5};

use super::layout::{Layout, u16_at, u32_at};
use super::ordinals;
use crate::authenticode::hex;
use crate::image::Import;
use crate::names::Names;

/// Bound: imported libraries of a file; the largest programs have about 200.
const LIBRARIES_MAX: usize = 4096;
/// Bound: symbols of a file, imported or exported; Qt and ICU have tens of thousands.
const SYMBOLS_MAX: usize = 1 << 18;

/// One symbol as the file names it.
enum Symbol {
    Name(String),
    Ordinal(u16),
}

/// What a file imports.
pub(crate) struct Imports {
    /// Normal ones, then delayed ones, in the file's order.
    pub(crate) all: Vec<Import>,
    /// MD5 as Mandiant defined it in 2014, the same as that of `pefile`.
    pub(crate) hash: Option<String>,
}

/// Reads both tables.
pub(crate) fn read(layout: &Layout<'_>, names: &mut Names, problems: &mut Vec<String>) -> Imports {
    let mut left = SYMBOLS_MAX;
    let mut all = Vec::new();
    let mut hashed = Md5::new();
    let mut any = false;
    let rows = layout.table(1).unwrap_or_default().as_chunks::<20>().0;
    for row in rows.iter().take(LIBRARIES_MAX) {
        let field = |at| u32_at(row, at).unwrap_or(0);
        let (lookup, name, bound) = (field(0), field(12), field(16));
        if name == 0 || bound == 0 && lookup == 0 {
            break;
        }
        let Some(library) = layout.name(name, names) else {
            problems.push("a name of an imported library lies outside the file".to_owned());
            break;
        };
        let table = if layout.at(lookup).is_some() && lookup != 0 { lookup } else { bound };
        let symbols = thunks(layout, table, &mut left, 0, names);
        for symbol in &symbols {
            let part = hash_part(&library, symbol);
            if any {
                hashed.update(b",");
            }
            any = true;
            hashed.update(part.as_bytes());
        }
        all.push(import(library, symbols, false));
    }
    delayed(layout, &mut left, &mut all, names);
    if left == 0 {
        problems.push("more imported symbols than are read".to_owned());
    }
    Imports { all, hash: any.then(|| hex(&hashed.finalize())) }
}

/// The delay-load table; version 1 (before 2002) holds absolute addresses.
fn delayed(layout: &Layout<'_>, left: &mut usize, all: &mut Vec<Import>, names: &mut Names) {
    let rows = layout.table(13).unwrap_or_default().as_chunks::<32>().0;
    for row in rows.iter().take(LIBRARIES_MAX) {
        let field = |at| u32_at(row, at).unwrap_or(0);
        let base = if field(0) & 1 == 1 { 0 } else { layout.image_base };
        let relative = |address: u32| u32::try_from(u64::from(address).checked_sub(base)?).ok();
        let (Some(name), Some(table)) = (relative(field(4)), relative(field(16))) else { break };
        if name == 0 {
            break;
        }
        let Some(library) = layout.name(name, names) else { break };
        let symbols = thunks(layout, table, left, base, names);
        all.push(import(library, symbols, true));
    }
}

fn import(library: String, symbols: Vec<Symbol>, lazy: bool) -> Import {
    let mut symbols: Vec<String> = symbols
        .into_iter()
        .map(|symbol| match symbol {
            Symbol::Name(name) => name,
            Symbol::Ordinal(ordinal) => format!("#{ordinal}"),
        })
        .collect();
    symbols.sort_unstable();
    Import { library, symbols, lazy }
}

/// Reads a lookup table up to its zero. `base` is taken off the addresses in it.
fn thunks(
    layout: &Layout<'_>,
    address: u32,
    left: &mut usize,
    base: u64,
    names: &mut Names,
) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let Some(table) = layout.at(address) else { return symbols };
    let ordinal_bit = if layout.is_64 { 1 << 63 } else { 1 << 31 };
    for index in 0.. {
        let Some(entry) = layout.pointer_at(table, index * layout.pointer_size()) else { break };
        let Some(rest) = left.checked_sub(1) else { break };
        if entry == 0 {
            break;
        }
        *left = rest;
        if entry & ordinal_bit != 0 {
            symbols.push(Symbol::Ordinal(low_16(entry)));
            continue;
        }
        let name = entry.checked_sub(base).and_then(|name| u32::try_from(name).ok());
        // A hint of two bytes comes before the name.
        match name.and_then(|name| layout.name(name.checked_add(2)?, names)) {
            Some(name) if !name.is_empty() => symbols.push(Symbol::Name(name)),
            Some(_) => {}
            None => break,
        }
    }
    symbols
}

fn low_16(entry: u64) -> u16 {
    u16::try_from(entry & 0xFFFF).unwrap_or(0)
}

fn hash_part(library: &str, symbol: &Symbol) -> String {
    let library = library.to_lowercase();
    let stem = match library.rsplit_once('.') {
        Some((stem, "dll" | "ocx" | "sys")) => stem,
        _ => &library,
    };
    match symbol {
        Symbol::Name(name) => format!("{stem}.{}", name.to_lowercase()),
        Symbol::Ordinal(ordinal) => match ordinals::name(&library, *ordinal) {
            Some(name) => format!("{stem}.{}", name.to_lowercase()),
            None => format!("{stem}.ord{ordinal}"),
        },
    }
}

/// Exported names, sorted, and the name that the file has for itself. A forwarded symbol is
/// `name=LIBRARY.symbol`, one without a name `#ordinal`.
pub(crate) fn exports(layout: &Layout<'_>, share: &mut Names) -> (Vec<String>, Option<String>) {
    let Some(table) = layout.table(0) else { return (Vec::new(), None) };
    let field = |at| u32_at(table, at).unwrap_or(0);
    let own_name = layout.name(field(12), share).filter(|name| !name.is_empty());
    let base = field(16);
    let functions = layout.at(field(28)).unwrap_or_default();
    let names = layout.at(field(32)).unwrap_or_default();
    let ordinals = layout.at(field(36)).unwrap_or_default();
    let count = (field(20) as usize).min(SYMBOLS_MAX).min(functions.len() / 4);
    let mut named = vec![false; count];
    let mut all = Vec::new();
    for index in 0..(field(24) as usize).min(SYMBOLS_MAX) {
        let Some(name) = u32_at(names, index * 4) else { break };
        let Some(slot) = u16_at(ordinals, index * 2).map(usize::from) else { break };
        let Some(name) = layout.name(name, share) else { continue };
        if let Some(named) = named.get_mut(slot) {
            *named = true;
        }
        all.push(match forwarded(layout, functions, slot, share) {
            Some(target) => format!("{name}={target}"),
            None => name,
        });
    }
    for (slot, _) in named.iter().enumerate().filter(|(_, named)| !**named) {
        if u32_at(functions, slot * 4).is_some_and(|address| address != 0) {
            let ordinal = u64::from(base) + slot as u64;
            all.push(match forwarded(layout, functions, slot, share) {
                Some(target) => format!("#{ordinal}={target}"),
                None => format!("#{ordinal}"),
            });
        }
    }
    all.sort_unstable();
    (all, own_name)
}

/// Relative addresses of what is exported, forwarded ones included.
pub(crate) fn export_addresses(layout: &Layout<'_>) -> Vec<u32> {
    let Some(table) = layout.table(0) else { return Vec::new() };
    let count = u32_at(table, 20).map_or(0, |count| count as usize).min(SYMBOLS_MAX);
    let functions = u32_at(table, 28).and_then(|address| layout.at(address)).unwrap_or_default();
    let words = functions.as_chunks::<4>().0;
    words.iter().take(count).map(|word| u32::from_le_bytes(*word)).collect()
}

/// An address within the export directory is text: `LIBRARY.symbol`.
fn forwarded(
    layout: &Layout<'_>,
    functions: &[u8],
    slot: usize,
    share: &mut Names,
) -> Option<String> {
    let (start, size) = layout.directory(0)?;
    let address = u32_at(functions, slot.checked_mul(4)?)?;
    let within = address.checked_sub(start)? < size;
    if within { layout.name(address, share) } else { None }
}
