//! A volume in Apple's HFS Plus (Technical Note TN1150): one leaf node of a catalogue, every file in
//! one extent.

use super::layout::{Layout, set};
use super::software::Files;

const BLOCK: usize = 4096;
/// Bytes of a node of the catalogue; all records fit one.
const NODE: usize = 16_384;
/// 1 January 2024 in seconds since 1904.
const DATE: usize = 1_704_067_200 + 2_082_844_800;

/// A folder or file in the catalogue.
struct Item {
    id: usize,
    parent: usize,
    name: String,
    /// First block and length of a file.
    content: Option<(usize, usize)>,
}

/// The volume.
pub(crate) fn volume(name: &str, files: &Files) -> Vec<u8> {
    // Block 0 headers, 1 bitmap, 2 extents, then the catalogue, then the files.
    let catalogue_at = 3;
    let mut next = catalogue_at + 2 * NODE / BLOCK;
    let mut items = vec![Item { id: 2, parent: 1, name: name.to_owned(), content: None }];
    let mut content = Layout::new();
    for (path, bytes) in files {
        let mut parent = 2;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let known = items.iter().find(|item| item.parent == parent && item.name == part);
            if let Some(known) = known {
                parent = known.id;
                continue;
            }
            let last = parts.peek().is_none();
            let id = 15 + items.len();
            let place = last.then_some((next, bytes.len()));
            items.push(Item { id, parent, name: part.to_owned(), content: place });
            parent = id;
        }
        content.bytes(bytes).align(BLOCK);
        next += bytes.len().div_ceil(BLOCK);
    }
    let blocks = next + 1; // The last one has the second header.
    let file_count = files.len();
    let folders = items.len() - file_count - 1;
    let next_id = 15 + items.len();

    let mut header = Layout::new();
    header.bytes("H+").be16(4).be32(0x100).bytes("8.10").be32(0);
    header.be32(DATE).be32(DATE).be32(0).be32(DATE).be32(file_count).be32(folders);
    header.be32(BLOCK).be32(blocks).be32(0).be32(0).be32(BLOCK).be32(BLOCK).be32(next_id).be32(1);
    header.be64(1).bytes([0; 32]);
    fork(&mut header, 1, BLOCK);
    fork(&mut header, 2, BLOCK);
    fork(&mut header, catalogue_at, 2 * NODE);
    fork(&mut header, 0, 0);
    fork(&mut header, 0, 0);

    let mut out = Layout::new();
    out.pad_to(1024).bytes(&header.0).align(BLOCK);
    let mut bitmap = vec![0_u8; BLOCK];
    for block in 0..blocks {
        bitmap[block / 8] |= 0x80 >> (block % 8);
    }
    out.bytes(bitmap);
    out.bytes(header_node(BLOCK, 10, 1, 0, 2));
    let leaf = leaf(&items);
    out.bytes(header_node(NODE, 516, 2, records(&items), 6)).bytes(leaf);
    out.bytes(&content.0).pad_to(BLOCK * blocks - 1024).bytes(&header.0).align(BLOCK);
    out.0
}

/// Where a file lies: its length and one extent.
fn fork(out: &mut Layout, first: usize, len: usize) {
    let blocks = len.div_ceil(BLOCK);
    out.be64(len).be32(0).be32(blocks).be32(if blocks > 0 { first } else { 0 }).be32(blocks);
    out.bytes([0; 56]);
}

/// The first node of a tree: its header, room for a user, and the map of used nodes.
fn header_node(
    size: usize,
    key_max: usize,
    nodes: usize,
    leaves: usize,
    attributes: usize,
) -> Vec<u8> {
    let full = usize::from(leaves > 0);
    let mut out = Layout::new();
    out.be32(0).be32(0).u8(1).u8(0).be16(3).be16(0);
    out.be16(full).be32(full).be32(leaves).be32(full).be32(full).be16(size).be16(key_max);
    out.be32(nodes).be32(0).be16(0).be32(size).u8(0).u8(0).be32(attributes).bytes([0; 64]);
    let user = out.len();
    out.bytes([0; 128]);
    let map = out.len();
    out.u8(if nodes == 2 { 0xC0 } else { 0x80 }).pad_to(size);
    for (place, offset) in [14, user, map, size - 8].into_iter().enumerate() {
        let at = size - 2 * (place + 1);
        set(&mut out.0, at, &short(offset));
    }
    out.0
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).expect("fits 16 bits").to_be_bytes()
}

fn name_bytes(name: &str) -> Vec<u8> {
    let units: Vec<u16> = name.encode_utf16().collect();
    let mut out = Layout::new();
    out.be16(units.len());
    for unit in units {
        out.be16(usize::from(unit));
    }
    out.0
}

fn key(parent: usize, name: &str) -> Vec<u8> {
    let name = name_bytes(name);
    let mut out = Layout::new();
    out.be16(4 + name.len()).be32(parent).bytes(name);
    out.0
}

/// Records: one for each item and a thread for each.
fn records(items: &[Item]) -> usize {
    2 * items.len()
}

/// The only leaf of the catalogue, its records in the order of their keys.
fn leaf(items: &[Item]) -> Vec<u8> {
    let mut rows: Vec<((usize, String), Vec<u8>)> = Vec::new();
    for item in items {
        let mut record = Layout(key(item.parent, &item.name));
        match item.content {
            None => {
                let within = items.iter().filter(|other| other.parent == item.id).count();
                record.be16(1).be16(0).be32(within).be32(item.id);
                common(&mut record, 0o040_755);
            }
            Some((first, len)) => {
                record.be16(2).be16(2).be32(0).be32(item.id);
                common(&mut record, 0o100_755);
                fork(&mut record, first, len);
                fork(&mut record, 0, 0);
            }
        }
        rows.push(((item.parent, item.name.to_lowercase()), record.0));
        let mut thread = Layout(key(item.id, ""));
        thread.be16(if item.content.is_some() { 4 } else { 3 }).be16(0).be32(item.parent);
        thread.bytes(name_bytes(&item.name));
        rows.push(((item.id, String::new()), thread.0));
    }
    rows.sort();
    let mut out = Layout::new();
    out.be32(0).be32(0).u8(0xFF).u8(1).be16(rows.len()).be16(0);
    let mut offsets = Vec::new();
    for (_, row) in rows {
        offsets.push(out.len());
        out.bytes(row).align(2);
    }
    offsets.push(out.len());
    out.pad_to(NODE);
    for (place, offset) in offsets.into_iter().enumerate() {
        set(&mut out.0, NODE - 2 * (place + 1), &short(offset));
    }
    out.0
}

/// Dates, owner and rights, and what the Finder would keep.
fn common(out: &mut Layout, mode: usize) {
    for _ in 0..4 {
        out.be32(DATE);
    }
    out.be32(0).be32(0).be32(0).u8(0).u8(0).be16(mode).be32(0).bytes([0; 32]).be32(0).be32(0);
}
