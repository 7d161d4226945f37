//! Compound files (structured storage, [MS-CFB]): the file system inside an MSI.
//!
//! Read here rather than by a library, because the account needs to know which sector belongs to
//! whom: a stream that no folder lists, or bytes in a sector that the allocation table calls free,
//! are exactly what must not go unseen.

use std::ops::Range;

use crate::field::{self, len_u64, piece, u16_le, u32_le, u64_le};

/// First eight bytes of every compound file.
pub(crate) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
const NO_STREAM: u32 = 0xFFFF_FFFF;
const REGULAR_MAX: u32 = 0xFFFF_FFFA;
/// Places in the header for numbers of allocation-table sectors.
const HEADER_DIFAT: u64 = 109;

/// What a directory entry is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EntryKind {
    Storage,
    Stream,
    Root,
}

/// One used entry of the directory.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name as stored, without its folder.
    pub(crate) name: String,
    /// Names of the folders it is in, joined by `/`; empty in the root.
    pub(crate) folder: String,
    pub(crate) kind: EntryKind,
    /// Whether the tree of folders reaches it.
    pub(crate) reachable: bool,
    /// Bytes of its stream.
    pub(crate) len: u64,
    /// The class of a storage.
    pub(crate) class: [u8; 16],
    start: u32,
    left: u32,
    right: u32,
    child: u32,
}

/// A compound file, read over its bytes.
#[derive(Debug)]
pub(crate) struct Compound<'a> {
    bytes: &'a [u8],
    sector_len: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    /// Where the mini stream's sectors lie in the file.
    mini_stream: Vec<u64>,
    mini_cutoff: u64,
    /// Used entries; the root first where the file is sound.
    pub(crate) entries: Vec<Entry>,
    /// Parts that are structure: header, allocation tables, directory.
    pub(crate) structure: Vec<Range<u64>>,
    /// Chain steps still allowed, so that many streams over one chain end.
    steps_left: std::cell::Cell<u64>,
}

/// Where a stream lies.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// Its bytes in order.
    pub(crate) ranges: Vec<Range<u64>>,
    /// What its last sector holds behind its end.
    pub(crate) slack: Option<Range<u64>>,
}

impl<'a> Compound<'a> {
    /// Reads header, allocation tables and directory.
    ///
    /// # Errors
    ///
    /// A sentence on what is wrong.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        if !bytes.starts_with(MAGIC) {
            return Err("no compound file header");
        }
        let shift = u16_le(bytes, 30).ok_or("header ends early")?;
        if !matches!(shift, 9 | 12) || u16_le(bytes, 32) != Some(6) {
            return Err("sector sizes that the format does not have");
        }
        let sector_len = 1_u64 << shift;
        let sectors = field::len(bytes).div_ceil(sector_len);
        let mut file = Self {
            bytes,
            sector_len,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_stream: Vec::new(),
            mini_cutoff: u64::from(u32_le(bytes, 56).ok_or("header ends early")?),
            entries: Vec::new(),
            structure: std::iter::once(0..sector_len.min(field::len(bytes))).collect(),
            steps_left: std::cell::Cell::new(sectors.saturating_mul(4).saturating_add(4096)),
        };
        file.read_allocation(sectors)?;
        let directory = file.chain(u32_le(bytes, 48).ok_or("header ends early")?);
        file.claim(&directory);
        for sector in &directory {
            file.read_directory_sector(*sector);
        }
        let mini_fat = file.chain(u32_le(bytes, 60).ok_or("header ends early")?);
        file.claim(&mini_fat);
        for sector in &mini_fat {
            let numbers = file.sector_numbers(*sector);
            file.mini_fat.extend(numbers);
        }
        let root = file.entries.first().filter(|e| e.kind == EntryKind::Root);
        let root_start = root.ok_or("no root directory")?.start;
        file.mini_stream = file.chain(root_start);
        file.walk();
        file.entries.retain(|e| !(e.kind == EntryKind::Storage && e.name.is_empty()));
        Ok(file)
    }

    /// The class of the root storage, which says what kind of document it is.
    pub(crate) fn class(&self) -> [u8; 16] {
        self.entries.first().map(|e| e.class).unwrap_or_default()
    }

    fn offset(&self, sector: u32) -> u64 {
        // Sector 0 follows the header, which fills one sector.
        u64::from(sector).saturating_add(1).saturating_mul(self.sector_len)
    }

    fn claim(&mut self, offsets: &[u64]) {
        let end = field::len(self.bytes);
        for at in offsets {
            self.structure.push((*at).min(end)..at.saturating_add(self.sector_len).min(end));
        }
    }

    fn sector_numbers(&self, at: u64) -> Vec<u32> {
        let len = self.sector_len.min(field::len(self.bytes).saturating_sub(at));
        piece(self.bytes, at, len).map(numbers).unwrap_or_default()
    }

    fn read_allocation(&mut self, sectors: u64) -> Result<(), &'static str> {
        let mut tables: Vec<u32> =
            (0..HEADER_DIFAT).filter_map(|i| u32_le(self.bytes, 76 + 4 * i)).collect();
        let mut next = u32_le(self.bytes, 68).ok_or("header ends early")?;
        let mut seen = 0_u64;
        while next < REGULAR_MAX {
            seen += 1;
            if seen > sectors {
                return Err("the list of allocation tables is a circle");
            }
            let at = self.offset(next);
            let mut list = self.sector_numbers(at);
            if list.is_empty() {
                return Err("the list of allocation tables leaves the file");
            }
            next = list.pop().unwrap_or(END_OF_CHAIN);
            tables.append(&mut list);
            self.claim(&[at]);
        }
        for table in tables.into_iter().filter(|t| *t < REGULAR_MAX) {
            if len_u64(self.fat.len()) > sectors.saturating_add(self.sector_len) {
                // Enough entries for every sector there is: the rest can only repeat.
                break;
            }
            let at = self.offset(table);
            let list = self.sector_numbers(at);
            self.fat.extend(list);
            self.claim(&[at]);
        }
        Ok(())
    }

    /// Offsets of the sectors of the chain from `start`.
    fn chain(&self, start: u32) -> Vec<u64> {
        let mut out = Vec::new();
        let mut next = start;
        while next < REGULAR_MAX && self.step() {
            let at = self.offset(next);
            if at >= field::len(self.bytes) {
                break;
            }
            out.push(at);
            if out.len() > self.fat.len() {
                break;
            }
            next = entry_of(&self.fat, next);
        }
        out
    }

    fn step(&self) -> bool {
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        left > 0
    }

    fn read_directory_sector(&mut self, at: u64) {
        for index in 0..self.sector_len / 128 {
            let Some(raw) = piece(self.bytes, at + index * 128, 128) else { return };
            self.entries.push(entry(raw, self.sector_len == 512));
        }
    }

    /// Follows the trees from the root and gives entries their folders; drops unused ones.
    fn walk(&mut self) {
        let mut todo: Vec<(u32, String)> = Vec::new();
        if let Some(root) = self.entries.first_mut() {
            root.reachable = true;
            todo.push((root.child, String::new()));
        }
        while let Some((id, folder)) = todo.pop() {
            let Some(found) = usize::try_from(id).ok().and_then(|i| self.entries.get_mut(i)) else {
                continue;
            };
            if found.reachable || folder.len() > 1024 {
                continue;
            }
            found.reachable = true;
            found.folder.clone_from(&folder);
            if found.kind == EntryKind::Storage {
                let inner = if folder.is_empty() {
                    found.name.clone()
                } else {
                    format!("{folder}/{}", found.name)
                };
                todo.push((found.child, inner));
            }
            todo.push((found.left, folder.clone()));
            todo.push((found.right, folder));
        }
    }

    /// Where the stream of an entry lies, and whether all of it is there.
    pub(crate) fn place(&self, entry: &Entry) -> (Place, bool) {
        let mini = entry.len < self.mini_cutoff && entry.kind == EntryKind::Stream;
        let unit = if mini { 64 } else { self.sector_len };
        let offsets = if mini { self.mini_chain(entry.start) } else { self.chain(entry.start) };
        let end_of_file = field::len(self.bytes);
        let mut place = Place::default();
        let mut left = entry.len;
        for at in offsets {
            let room = unit.min(end_of_file.saturating_sub(at));
            let take = room.min(left);
            push_joined(&mut place.ranges, at..at + take);
            if take < room {
                if place.slack.is_none() {
                    place.slack = Some(at + take..at + room);
                }
                break;
            }
            left -= take;
            if left == 0 {
                break;
            }
        }
        let have: u64 = place.ranges.iter().map(|r| r.end - r.start).sum();
        (place, have == entry.len)
    }

    fn mini_chain(&self, start: u32) -> Vec<u64> {
        let per_sector = self.sector_len / 64;
        let mut out = Vec::new();
        let mut next = start;
        while next < REGULAR_MAX && self.step() && out.len() <= self.mini_fat.len() {
            let big = u64::from(next) / per_sector;
            let Some(at) = usize::try_from(big).ok().and_then(|i| self.mini_stream.get(i)) else {
                break;
            };
            out.push(at + u64::from(next) % per_sector * 64);
            next = entry_of(&self.mini_fat, next);
        }
        out
    }
}

/// An entry as stored; unused ones come out as nameless storages.
fn entry(raw: &[u8], short: bool) -> Entry {
    let name_len = u64::from(u16_le(raw, 64).unwrap_or(0)).min(64).saturating_sub(2);
    let units: Vec<u16> = (0..name_len / 2).filter_map(|i| u16_le(raw, i * 2)).collect();
    let kind = match raw.get(66) {
        Some(1) => EntryKind::Storage,
        Some(2) => EntryKind::Stream,
        Some(5) => EntryKind::Root,
        _ => return unused(),
    };
    let len = u64_le(raw, 120).unwrap_or(0);
    let mut class = [0; 16];
    if let Some(stored) = piece(raw, 80, 16) {
        class.copy_from_slice(stored);
    }
    Entry {
        name: String::from_utf16_lossy(&units),
        folder: String::new(),
        kind,
        reachable: false,
        // Files with short sectors have 32-bit lengths; some writers leave the upper half dirty.
        len: if short { len & 0xFFFF_FFFF } else { len },
        class,
        start: u32_le(raw, 116).unwrap_or(END_OF_CHAIN),
        left: u32_le(raw, 68).unwrap_or(NO_STREAM),
        right: u32_le(raw, 72).unwrap_or(NO_STREAM),
        child: u32_le(raw, 76).unwrap_or(NO_STREAM),
    }
}

fn unused() -> Entry {
    Entry {
        name: String::new(),
        folder: String::new(),
        kind: EntryKind::Storage,
        reachable: false,
        len: 0,
        class: [0; 16],
        start: END_OF_CHAIN,
        left: NO_STREAM,
        right: NO_STREAM,
        child: NO_STREAM,
    }
}

fn entry_of(table: &[u32], index: u32) -> u32 {
    usize::try_from(index).ok().and_then(|i| table.get(i)).copied().unwrap_or(END_OF_CHAIN)
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    let (chunks, _) = bytes.as_chunks::<4>();
    chunks.iter().map(|c| u32::from_le_bytes(*c)).collect()
}

fn push_joined(ranges: &mut Vec<Range<u64>>, next: Range<u64>) {
    if next.is_empty() {
        return;
    }
    match ranges.last_mut() {
        Some(last) if last.end == next.start => last.end = next.end,
        _ => ranges.push(next),
    }
}
