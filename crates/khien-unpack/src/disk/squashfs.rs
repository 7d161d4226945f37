//! SquashFS 4.0: the file system inside AppImages and snaps.
//!
//! Read here and not by a library, so that every byte of the image has an owner: metadata blocks,
//! data blocks, fragments and padding are claimed one by one. (Linux: `fs/squashfs/squashfs_fs.h`.)

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;

use bytes::Bytes;

use super::squashfs_packing::unpack_block;
use crate::field::{self, len_u64, name_of, piece, u16_le, u32_le, u64_le};
use crate::node::{self, Attributes, GapReason, NodeKind};
use crate::reader::{Context, Refusal};

const MAGIC: &[u8] = b"hsqs";
const SUPERBLOCK: u64 = 96;
/// What one metadata block holds.
const METADATA_BYTES: usize = 8192;
/// Metadata (inodes, folders) that is unpacked in all.
const TABLE_BYTES_MAX: u64 = 128 << 20;
/// Entries that wait to be read at one time.
const WAITING_MAX: usize = 1 << 20;
const NONE: u32 = 0xFFFF_FFFF;
const NO_TABLE: u64 = u64::MAX;
const DEPTH_MAX: usize = 512;
/// Extended attributes of one file that are looked at.
const XATTRS_MAX: u32 = 256;
/// The flag of a block that is stored plain, in data and in metadata.
const PLAIN_BLOCK: u32 = 1 << 24;
const PLAIN_METADATA: u16 = 1 << 15;
/// Options of the compressor follow the superblock.
const HAS_OPTIONS: u16 = 1 << 10;

/// Whether these bytes are one.
pub(crate) fn is_squashfs(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) && u16_le(bytes, 28) == Some(4)
}

/// How long the image at the start of these bytes says that it is.
pub(crate) fn image_len(bytes: &[u8]) -> Option<u64> {
    is_squashfs(bytes).then(|| u64_le(bytes, 40)).flatten()
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.names_are_rooted();
    let image = Image::open(cx, &input)?;
    image.claim(cx);
    image.walk(cx)
}

/// A chain of metadata blocks, unpacked: where each block began in the file, and what came out.
struct Table {
    bytes: Vec<u8>,
    /// Offset of a block from the table's start, and of its content in `bytes`.
    starts: HashMap<u64, usize>,
    end: u64,
}

impl Table {
    /// A place given as a block's offset and an offset in it.
    fn at(&self, block: u64, offset: u64) -> Option<u64> {
        let start = self.starts.get(&block)?;
        len_u64(*start).checked_add(offset)
    }
}

struct Image {
    input: Bytes,
    compressor: u16,
    block_len: u32,
    used: u64,
    root: u64,
    inodes: Table,
    folders: Table,
    ids: Vec<u32>,
    fragments: Vec<(u64, u32)>,
    structure: Vec<Range<u64>>,
    /// Extended attributes: 16 bytes for each set of them, and what they say.
    xattr_ids: Vec<u8>,
    xattrs: Table,
}

#[derive(Debug)]
struct Inode {
    kind: u16,
    attributes: Attributes,
    body: u64,
}

impl Image {
    fn open(cx: &mut Context<'_, '_>, input: &Bytes) -> Result<Self, Refusal> {
        let early = || Refusal::damaged("the superblock ends early");
        let field64 = |at| u64_le(input, at).ok_or_else(early);
        let compressor = u16_le(input, 20).ok_or_else(early)?;
        let flags = u16_le(input, 24).ok_or_else(early)?;
        let block_len = u32_le(input, 12).ok_or_else(early)?;
        if !(4096..=1 << 20).contains(&block_len) || !block_len.is_power_of_two() {
            return Err(Refusal::damaged(format!("blocks of {block_len} bytes")));
        }
        if !matches!(compressor, 1 | 2 | 4 | 5 | 6) {
            let name = if compressor == 3 { "LZO" } else { "an unknown compression" };
            return Err(Refusal::unsupported(format!("SquashFS packed with {name}")));
        }
        let (id_at, fragment_at) = (field64(48)?, field64(80)?);
        let (inode_at, folder_at) = (field64(64)?, field64(72)?);
        let export_at = field64(88)?;
        let mut image = Self {
            input: input.clone(),
            compressor,
            block_len,
            used: field64(40)?,
            root: field64(32)?,
            inodes: Table { bytes: Vec::new(), starts: HashMap::new(), end: inode_at },
            folders: Table { bytes: Vec::new(), starts: HashMap::new(), end: folder_at },
            ids: Vec::new(),
            fragments: Vec::new(),
            structure: std::iter::once(0..SUPERBLOCK).collect(),
            xattr_ids: Vec::new(),
            xattrs: Table { bytes: Vec::new(), starts: HashMap::new(), end: 0 },
        };
        if flags & HAS_OPTIONS != 0 {
            let options = image.table(cx, SUPERBLOCK, SUPERBLOCK + 1)?;
            image.structure.push(SUPERBLOCK..options.end);
        }
        image.inodes = image.table(cx, inode_at, folder_at)?;
        let ids = u64::from(u16_le(input, 26).ok_or_else(early)?);
        let fragments = u64::from(u32_le(input, 16).ok_or_else(early)?);
        let inodes = u64::from(u32_le(input, 4).ok_or_else(early)?);
        let ids = image.looked_up(cx, id_at, ids, 4)?;
        image.ids = (0..len_u64(ids.len()) / 4).filter_map(|i| u32_le(&ids, i * 4)).collect();
        let mut folders_end = image.first_metadata(id_at);
        if fragment_at != NO_TABLE && fragments > 0 {
            let raw = image.looked_up(cx, fragment_at, fragments, 16)?;
            image.fragments = (0..len_u64(raw.len()) / 16)
                .filter_map(|i| Some((u64_le(&raw, i * 16)?, u32_le(&raw, i * 16 + 8)?)))
                .collect();
            folders_end = folders_end.min(image.first_metadata(fragment_at));
        }
        if export_at != NO_TABLE {
            image.looked_up(cx, export_at, inodes, 8)?;
            folders_end = folders_end.min(image.first_metadata(export_at));
        }
        let xattr_at = field64(56)?;
        if xattr_at != NO_TABLE {
            folders_end = folders_end.min(image.attributes(cx, xattr_at)?);
        }
        image.folders = image.table(cx, folder_at, folders_end)?;
        image.structure.push(inode_at..image.inodes.end);
        image.structure.push(folder_at..image.folders.end);
        Ok(image)
    }

    /// Extended attributes: of their values only the rights that a program gets are read.
    fn attributes(&mut self, cx: &mut Context<'_, '_>, at: u64) -> Result<u64, Refusal> {
        let (Some(values), Some(count)) = (u64_le(&self.input, at), u32_le(&self.input, at + 8))
        else {
            return Err(Refusal::damaged("the table of extended attributes ends early"));
        };
        self.xattr_ids = self.looked_up(cx, at + 16, u64::from(count), 16)?;
        self.structure.push(at..at + 16);
        let first = self.first_metadata(at + 16);
        let table = self.table(cx, values, first)?;
        self.structure.push(values..table.end);
        cx.packed_room(values..table.end, Bytes::copy_from_slice(&table.bytes));
        self.xattrs = table;
        Ok(values)
    }

    /// The capabilities that a set of extended attributes gives.
    fn capabilities(&self, set: u32) -> Option<u64> {
        const SECURITY: u16 = 2;
        const ELSEWHERE: u16 = 0x100;
        let entry = u64::from(set) * 16;
        let place = |reference: u64| self.xattrs.at(reference >> 16, reference & 0xFFFF);
        let mut at = place(u64_le(&self.xattr_ids, entry)?)?;
        let count = u32_le(&self.xattr_ids, entry + 8)?;
        let raw = &self.xattrs.bytes;
        for _ in 0..count.min(XATTRS_MAX) {
            let (kind, name_len) = (u16_le(raw, at)?, u64::from(u16_le(raw, at + 2)?));
            let name = piece(raw, at + 4, name_len)?;
            let mut value_at = at + 4 + name_len;
            at = value_at + 4 + u64::from(u32_le(raw, value_at)?);
            if kind & 0xFF != SECURITY || name != b"capability" {
                continue;
            }
            if kind & ELSEWHERE != 0 {
                value_at = place(u64_le(raw, value_at + 4)?)?;
            }
            let len = u64::from(u32_le(raw, value_at)?);
            return Some(node::capabilities(piece(raw, value_at + 4, len)?));
        }
        None
    }

    /// Where the first metadata block of a looked-up table begins.
    fn first_metadata(&self, at: u64) -> u64 {
        u64_le(&self.input, at).unwrap_or(NO_TABLE).min(at)
    }

    /// A table whose metadata blocks are listed at `at`.
    fn looked_up(
        &mut self,
        cx: &mut Context<'_, '_>,
        at: u64,
        count: u64,
        width: u64,
    ) -> Result<Vec<u8>, Refusal> {
        let blocks = (count * width).div_ceil(len_u64(METADATA_BYTES));
        let mut out = Vec::new();
        for index in 0..blocks {
            cx.tick()?;
            let Some(block) = u64_le(&self.input, at + index * 8) else {
                return Err(Refusal::damaged("a table of blocks ends early"));
            };
            let (bytes, end) = self.metadata(block)?;
            self.structure.push(block..end);
            out.extend_from_slice(&bytes);
            if len_u64(out.len()) > TABLE_BYTES_MAX {
                return Err(Refusal::new(GapReason::TooManyBytes, "metadata"));
            }
        }
        self.structure.push(at..at + blocks * 8);
        Ok(out)
    }

    /// One metadata block and where it ends.
    fn metadata(&self, at: u64) -> Result<(Vec<u8>, u64), Refusal> {
        let head = u16_le(&self.input, at);
        let head = head.ok_or_else(|| Refusal::damaged(format!("no metadata block at {at}")))?;
        let len = u64::from(head & !PLAIN_METADATA);
        let stored = piece(&self.input, at + 2, len)
            .ok_or_else(|| Refusal::damaged(format!("the metadata block at {at} ends early")))?;
        let bytes = if head & PLAIN_METADATA == 0 {
            unpack_block(self.compressor, stored, METADATA_BYTES)
                .map_err(|error| Refusal::damaged(format!("metadata block at {at}: {error}")))?
        } else {
            stored.to_vec()
        };
        Ok((bytes, at + 2 + len))
    }

    /// All metadata blocks from `at` to `end`.
    fn table(&self, cx: &mut Context<'_, '_>, at: u64, end: u64) -> Result<Table, Refusal> {
        let mut table = Table { bytes: Vec::new(), starts: HashMap::new(), end: at };
        while table.end < end.min(field::len(&self.input)) {
            cx.tick()?;
            let (bytes, next) = self.metadata(table.end)?;
            table.starts.insert(table.end - at, table.bytes.len());
            table.bytes.extend_from_slice(&bytes);
            if len_u64(table.bytes.len()) > TABLE_BYTES_MAX {
                return Err(Refusal::new(GapReason::TooManyBytes, "metadata"));
            }
            table.end = next;
        }
        Ok(table)
    }

    fn claim(&self, cx: &mut Context<'_, '_>) {
        for range in &self.structure {
            cx.structure(range.clone());
        }
        for (start, size) in &self.fragments {
            cx.content(*start..start.saturating_add(u64::from(size & !PLAIN_BLOCK)));
        }
        if self.used > cx.len() {
            cx.gap(GapReason::Damaged, "the image ends early", Some(self.used - cx.len()));
        }
    }

    fn inode(&self, block: u64, offset: u64) -> Option<Inode> {
        let at = self.inodes.at(block, offset)?;
        let raw = &self.inodes.bytes;
        let id = |at| self.ids.get(usize::from(u16_le(raw, at)?)).copied();
        let kind = u16_le(raw, at)?;
        // Only the long form of a file names a set of attributes.
        let set = (kind == 9).then(|| u32_le(raw, at + 52)).flatten().filter(|set| *set != NONE);
        Some(Inode {
            kind,
            attributes: Attributes {
                mode: Some(u32::from(u16_le(raw, at + 2)?)),
                uid: id(at + 4),
                gid: id(at + 6),
                modified: u32_le(raw, at + 8).map(i64::from),
                capabilities: set.and_then(|set| self.capabilities(set)).unwrap_or(0),
            },
            body: at + 16,
        })
    }

    /// Follows the folders from the root.
    fn walk(&self, cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
        let mut todo = vec![(self.root >> 16, self.root & 0xFFFF, String::new(), 0_usize)];
        let mut fragments = Fragments { at: None, bytes: Vec::new() };
        // A folder is listed once in a sound image; a circle of folders would not end.
        let mut seen = std::collections::HashSet::new();
        while let Some((block, offset, path, depth)) = todo.pop() {
            cx.tick()?;
            let Some(inode) = self.inode(block, offset) else {
                cx.member_gap(&path, GapReason::Damaged, "no inode where one should be", None);
                continue;
            };
            if !matches!(inode.kind, 1 | 8) {
                self.leaf(cx, &path, &inode, &mut fragments)?;
                continue;
            }
            if !seen.insert((block, offset)) || depth > DEPTH_MAX {
                cx.member_gap(&path, GapReason::Recursive, "a folder inside itself", None);
                continue;
            }
            if !path.is_empty() {
                cx.folder(&path)?;
            }
            if self.folder(&inode, &path, depth, &mut todo).is_none() {
                cx.member_gap(&path, GapReason::Damaged, "the folder ends early", None);
            }
            if todo.len() > WAITING_MAX {
                return Err(Refusal::new(GapReason::TooManyEntries, "folders of the image"));
            }
        }
        Ok(())
    }

    /// Puts the entries of a folder on the list.
    fn folder(
        &self,
        inode: &Inode,
        path: &str,
        depth: usize,
        todo: &mut Vec<(u64, u64, String, usize)>,
    ) -> Option<()> {
        let raw = &self.inodes.bytes;
        let body = inode.body;
        let (block, len, offset) = if inode.kind == 1 {
            (u32_le(raw, body)?, u32::from(u16_le(raw, body + 8)?), u16_le(raw, body + 10)?)
        } else {
            (u32_le(raw, body + 8)?, u32_le(raw, body + 4)?, u16_le(raw, body + 18)?)
        };
        // The stored length counts three bytes for `.` and `..`.
        let mut left = u64::from(len).saturating_sub(3);
        if left == 0 {
            return Some(());
        }
        let mut at = self.folders.at(u64::from(block), u64::from(offset))?;
        let list = &self.folders.bytes;
        let first = todo.len();
        while left >= 12 {
            let count = u64::from(u32_le(list, at)?) + 1;
            let inodes = u64::from(u32_le(list, at + 4)?);
            at += 12;
            left = left.saturating_sub(12);
            for _ in 0..count.min(256) {
                if todo.len() > WAITING_MAX {
                    return Some(());
                }
                let offset = u64::from(u16_le(list, at)?);
                let name_len = u64::from(u16_le(list, at + 6)?) + 1;
                let name = name_of(piece(list, at + 8, name_len)?);
                let path = if path.is_empty() { name } else { format!("{path}/{name}") };
                todo.push((inodes, offset, path, depth + 1));
                at += 8 + name_len;
                left = left.saturating_sub(8 + name_len);
            }
        }
        // The list is taken from its end: entries come out in the order of the image.
        todo.get_mut(first..)?.reverse();
        Some(())
    }

    fn leaf(
        &self,
        cx: &mut Context<'_, '_>,
        path: &str,
        inode: &Inode,
        fragments: &mut Fragments,
    ) -> Result<(), Refusal> {
        let raw = &self.inodes.bytes;
        match inode.kind {
            2 | 9 => self.file(cx, path, inode, fragments),
            3 | 10 => {
                let len = u64::from(u32_le(raw, inode.body + 4).unwrap_or(0));
                let target = piece(raw, inode.body + 8, len.min(65_536)).unwrap_or_default();
                cx.link(path, inode.attributes.clone(), &name_of(target))
            }
            _ => cx.special(path, inode.attributes.clone()),
        }
    }

    fn file(
        &self,
        cx: &mut Context<'_, '_>,
        path: &str,
        inode: &Inode,
        fragments: &mut Fragments,
    ) -> Result<(), Refusal> {
        let Some(file) = self.layout(inode) else {
            cx.member_gap(path, GapReason::Damaged, "the inode ends early", None);
            return cx.tick();
        };
        let mut at = file.start;
        for size in &file.blocks {
            let len = u64::from(size & !PLAIN_BLOCK);
            cx.content(at..at.saturating_add(len));
            at = at.saturating_add(len);
        }
        let size = file.size;
        let mut reader = FileReader {
            image: self,
            file,
            fragments,
            next: 0,
            current: Vec::new(),
            used: 0,
            given: 0,
        };
        let Some(unpacked) = cx.unpack(path, &mut reader, Some(size))? else { return Ok(()) };
        let attributes = inode.attributes.clone();
        cx.member(path, NodeKind::File, attributes, None, unpacked.bytes)
    }

    fn layout(&self, inode: &Inode) -> Option<FileLayout> {
        let raw = &self.inodes.bytes;
        let body = inode.body;
        let (start, size, fragment, fragment_offset, list) = if inode.kind == 2 {
            let start = u64::from(u32_le(raw, body)?);
            let size = u64::from(u32_le(raw, body + 12)?);
            (start, size, u32_le(raw, body + 4)?, u32_le(raw, body + 8)?, body + 16)
        } else {
            let (start, size) = (u64_le(raw, body)?, u64_le(raw, body + 8)?);
            (start, size, u32_le(raw, body + 28)?, u32_le(raw, body + 32)?, body + 40)
        };
        let block = u64::from(self.block_len);
        let count = if fragment == NONE { size.div_ceil(block) } else { size / block };
        // The list is in the inode: a count that leaves the table is damage, and bounds the loop.
        let sizes = piece(raw, list, count.checked_mul(4)?)?;
        let blocks = (0..count).filter_map(|i| u32_le(sizes, i * 4)).collect();
        Some(FileLayout { start, size, blocks, fragment, fragment_offset })
    }

    fn data(&self, at: u64, size: u32, max: usize) -> std::io::Result<Vec<u8>> {
        let stored = piece(&self.input, at, u64::from(size & !PLAIN_BLOCK))
            .ok_or_else(|| std::io::Error::other("a block outside the image"))?;
        if size & PLAIN_BLOCK == 0 {
            unpack_block(self.compressor, stored, max)
        } else {
            Ok(stored.to_vec())
        }
    }
}

struct FileLayout {
    start: u64,
    size: u64,
    blocks: Vec<u32>,
    fragment: u32,
    fragment_offset: u32,
}

/// The last fragment block that was unpacked: neighbours share it.
struct Fragments {
    at: Option<u32>,
    bytes: Vec<u8>,
}

struct FileReader<'r> {
    image: &'r Image,
    file: FileLayout,
    fragments: &'r mut Fragments,
    next: usize,
    current: Vec<u8>,
    used: usize,
    given: u64,
}

impl FileReader<'_> {
    fn load(&mut self) -> std::io::Result<bool> {
        let left = self.file.size - self.given;
        if left == 0 {
            return Ok(false);
        }
        let block = usize::try_from(self.image.block_len).map_err(std::io::Error::other)?;
        let want = usize::try_from(left).unwrap_or(block).min(block);
        self.used = 0;
        if let Some(size) = self.file.blocks.get(self.next) {
            self.next += 1;
            let len = u64::from(size & !PLAIN_BLOCK);
            self.current = if len == 0 {
                // A hole.
                vec![0; want]
            } else {
                self.image.data(self.file.start, *size, block)?
            };
            self.file.start += len;
        } else if self.file.fragment != NONE {
            let index = usize::try_from(self.file.fragment).map_err(std::io::Error::other)?;
            if self.fragments.at != Some(self.file.fragment) {
                let (start, size) = *self
                    .image
                    .fragments
                    .get(index)
                    .ok_or_else(|| std::io::Error::other("no such fragment"))?;
                self.fragments.at = None;
                self.fragments.bytes = self.image.data(start, size, block)?;
                self.fragments.at = Some(self.file.fragment);
            }
            let from = u64::from(self.file.fragment_offset);
            let part = piece(&self.fragments.bytes, from, len_u64(want));
            self.current =
                part.ok_or_else(|| std::io::Error::other("outside its fragment"))?.to_vec();
            self.file.fragment = NONE;
        } else {
            return Ok(false);
        }
        self.current.truncate(want);
        Ok(!self.current.is_empty())
    }
}

impl Read for FileReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.used >= self.current.len() && !self.load()? {
            return Ok(0);
        }
        let read = self.current.get(self.used..).unwrap_or_default().read(buffer)?;
        self.used += read;
        self.given += len_u64(read);
        Ok(read)
    }
}

#[cfg(test)]
pub(crate) mod tests;
