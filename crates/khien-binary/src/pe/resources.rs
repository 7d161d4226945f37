//! The resource tree, and the version resource in it.

use std::ops::Range;

use super::layout::{Layout, u16_at, u32_at};
use super::sections::Meter;
use crate::image::{Identity, Resource};

/// Bound: leaves of the tree that are listed.
const LEAVES_MAX: usize = 4096;
/// Bound: directories visited; cycles end here.
const VISITS_MAX: usize = 16_384;

/// A leaf of the tree.
struct Leaf {
    /// Identifiers or names of type, name and language.
    path: [Key; 2],
    file: Range<usize>,
}

#[derive(Clone)]
enum Key {
    Id(u16),
    Name(String),
}

/// Reads the tree: resources in the file's order.
pub(crate) fn read(
    layout: &Layout<'_>,
    meter: &mut Meter<'_>,
    identity: &mut Identity,
    problems: &mut Vec<String>,
) -> Vec<Resource> {
    let Some(tree) = layout.table(2) else { return Vec::new() };
    let mut walk = Walk { layout, tree, visits: VISITS_MAX, leaves: Vec::new() };
    walk.types();
    if walk.visits == 0 || walk.leaves.len() >= LEAVES_MAX {
        problems.push("more resources than are read".to_owned());
    }
    let leaves = walk.leaves;
    let version = leaves.iter().find(|leaf| matches!(leaf.path[0], Key::Id(16)));
    if let Some(version) = version.and_then(|leaf| layout.bytes.get(leaf.file.clone())) {
        version_into(version, identity);
    }
    leaves
        .into_iter()
        .map(|leaf| {
            let noise = meter.measure(leaf.file.clone());
            Resource {
                name: format!("{}/{}", type_name(&leaf.path[0]), key_name(&leaf.path[1])),
                file: leaf.file.start as u64..leaf.file.end as u64,
                entropy: noise.entropy,
                noise_windows: noise.noise_windows,
            }
        })
        .collect()
}

struct Walk<'a, 'l> {
    layout: &'l Layout<'a>,
    tree: &'a [u8],
    visits: usize,
    leaves: Vec<Leaf>,
}

impl Walk<'_, '_> {
    /// The tree has three levels: type, name, language.
    fn types(&mut self) {
        for (kind, at) in self.entries(0) {
            let Some(at) = directory(at) else { continue };
            for (name, at) in self.entries(at) {
                let Some(at) = directory(at) else {
                    self.leaf(&kind, &name, at);
                    continue;
                };
                for (_, at) in self.entries(at) {
                    if directory(at).is_none() {
                        self.leaf(&kind, &name, at);
                    }
                }
            }
        }
    }

    fn leaf(&mut self, kind: &Key, name: &Key, at: u32) {
        let entry = (u32_at(self.tree, at as usize), u32_at(self.tree, at as usize + 4));
        let (Some(address), Some(size)) = entry else { return };
        if self.leaves.len() >= LEAVES_MAX {
            return;
        }
        let Some(range) = self.layout.range(address) else { return };
        let end = range.start.saturating_add(size as usize).min(range.end);
        self.leaves.push(Leaf { path: [kind.clone(), name.clone()], file: range.start..end });
    }

    /// Keys of a directory, and where each leads (the top bit says: to a directory).
    fn entries(&mut self, at: usize) -> Vec<(Key, u32)> {
        let Some(visits) = self.visits.checked_sub(1) else { return Vec::new() };
        self.visits = visits;
        let count = |place: usize| u16_at(self.tree, at + place).map_or(0, usize::from);
        let rows = self.tree.get(at + 16..).unwrap_or_default().as_chunks::<8>().0;
        rows.iter()
            .take((count(12) + count(14)).min(LEAVES_MAX))
            .filter_map(|row| {
                let (key, to) = (u32_at(row, 0)?, u32_at(row, 4)?);
                Some((self.key(key), to))
            })
            .collect()
    }

    fn key(&self, key: u32) -> Key {
        let Some(at) = directory(key) else {
            return Key::Id(u16::try_from(key & 0xFFFF).unwrap_or(0));
        };
        let length = u16_at(self.tree, at).map_or(0, usize::from).min(256);
        Key::Name(wide(self.tree.get(at + 2..).unwrap_or_default(), length))
    }
}

/// The place of a directory (or a name), if the top bit is set.
fn directory(to: u32) -> Option<usize> {
    (to >> 31 == 1).then_some((to & 0x7FFF_FFFF) as usize)
}

fn type_name(kind: &Key) -> String {
    let Key::Id(id) = kind else { return key_name(kind) };
    let name = match id {
        1 => "CURSOR",
        2 => "BITMAP",
        3 => "ICON",
        4 => "MENU",
        5 => "DIALOG",
        6 => "STRING",
        7 => "FONTDIR",
        8 => "FONT",
        9 => "ACCELERATOR",
        10 => "RCDATA",
        11 => "MESSAGETABLE",
        12 => "GROUP_CURSOR",
        14 => "GROUP_ICON",
        16 => "VERSION",
        17 => "DLGINCLUDE",
        19 => "PLUGPLAY",
        20 => "VXD",
        21 => "ANICURSOR",
        22 => "ANIICON",
        23 => "HTML",
        24 => "MANIFEST",
        _ => return id.to_string(),
    };
    name.to_owned()
}

fn key_name(key: &Key) -> String {
    match key {
        Key::Id(id) => id.to_string(),
        Key::Name(name) => name.clone(),
    }
}

/// UTF-16 of so many units, up to a zero.
fn wide(bytes: &[u8], units: usize) -> String {
    let units = bytes.as_chunks::<2>().0.iter().take(units).map(|unit| u16::from_le_bytes(*unit));
    char::decode_utf16(units.take_while(|unit| *unit != 0))
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// A block of the version resource: key, value, children.
struct Block<'a> {
    key: String,
    value: &'a [u8],
    children: &'a [u8],
    length: usize,
}

/// Source: `VS_VERSIONINFO`, `StringFileInfo`, `StringTable`, `String` in the Windows SDK.
fn block(bytes: &[u8]) -> Option<Block<'_>> {
    let length = usize::from(u16_at(bytes, 0)?);
    let bytes = bytes.get(..length).filter(|bytes| bytes.len() >= 6)?;
    let text = u16_at(bytes, 4)? == 1;
    let units = usize::from(u16_at(bytes, 2)?);
    let key = wide(bytes.get(6..)?, 128);
    let after_key = (6 + (key.encode_utf16().count() + 1) * 2).next_multiple_of(4);
    let size = if text { units * 2 } else { units };
    let rest = bytes.get(after_key..).unwrap_or_default();
    let value = rest.get(..size).unwrap_or(rest);
    let children = rest.get(size.next_multiple_of(4)..).unwrap_or_default();
    Some(Block { key, value, children, length })
}

fn blocks(mut bytes: &[u8]) -> impl Iterator<Item = Block<'_>> {
    std::iter::from_fn(move || {
        let found = block(bytes)?;
        bytes = bytes.get(found.length.next_multiple_of(4)..).unwrap_or_default();
        Some(found)
    })
}

/// Reads the first string table.
fn version_into(bytes: &[u8], identity: &mut Identity) {
    let Some(root) = block(bytes) else { return };
    let Some(strings) = blocks(root.children).find(|block| block.key == "StringFileInfo") else {
        return;
    };
    let Some(table) = blocks(strings.children).next() else { return };
    for line in blocks(table.children).take(256) {
        let value = wide(line.value, 512).trim().to_owned();
        if value.is_empty() {
            continue;
        }
        let place = match line.key.as_str() {
            "ProductName" => &mut identity.product,
            "CompanyName" => &mut identity.company,
            "OriginalFilename" => &mut identity.original_filename,
            "FileDescription" => &mut identity.description,
            "FileVersion" => &mut identity.file_version,
            "ProductVersion" => &mut identity.product_version,
            _ => continue,
        };
        place.get_or_insert(value);
    }
}
