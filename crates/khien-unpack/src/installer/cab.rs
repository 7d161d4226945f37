//! Cabinets ([MS-CAB]).

use std::io::Read;
use std::ops::Range;

use bytes::Bytes;

use super::cab_folder::{Block, FolderReader, blocks};
use crate::field::{self, len_u64, name_of, u8_at, u16_le, u32_le, until_nul};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

const RESERVES: u16 = 4;
const HAS_NEXT: u16 = 2;
const HAS_PREVIOUS: u16 = 1;
/// Folder numbers that mean "goes on in another cabinet".
const FROM_PREVIOUS: u16 = 0xFFFD;
const TO_NEXT: u16 = 0xFFFE;

#[derive(Debug)]
struct Folder {
    data_at: u64,
    blocks: u16,
    kind: u16,
}

#[derive(Debug)]
struct File {
    name: String,
    len: u64,
    offset: u64,
    folder: u16,
    modified: Option<i64>,
}

#[derive(Debug)]
struct Cabinet {
    len: u64,
    folders: Vec<Folder>,
    files: Vec<File>,
    data_reserve: u8,
    structure: Vec<Range<u64>>,
    /// Reserved bytes of the header.
    reserve: Range<u64>,
    /// Names of the cabinets before and after.
    neighbours: Vec<String>,
}

/// A cabinet inside some container: its bytes, and where they lie in it if in one piece.
pub(crate) struct Placed {
    pub(crate) bytes: Bytes,
    pub(crate) base: Option<u64>,
}

/// What a file of a cabinet is called outside of it; `None` where nobody names it.
pub(crate) type Rename<'r> = &'r dyn Fn(&str) -> Option<String>;

/// Reads a cabinet that is a container of its own.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let placed = Placed { bytes: cx.input(), base: Some(0) };
    extract(cx, &placed, &|name| Some(name.to_owned())).map(|_| ())
}

/// Reads a cabinet that lies inside `cx`'s container, and says how long it is.
///
/// # Errors
///
/// As all readers.
pub(crate) fn extract(
    cx: &mut Context<'_, '_>,
    placed: &Placed,
    rename: Rename<'_>,
) -> Result<u64, Refusal> {
    let cab = parse(&placed.bytes).ok_or_else(|| Refusal::damaged("cabinet header"))?;
    let mut work = Work { cx, placed, rename };
    for range in &cab.structure {
        work.structure(range.clone());
    }
    if cab.len > len_u64(placed.bytes.len()) {
        let missing = cab.len - len_u64(placed.bytes.len());
        work.cx.gap(GapReason::Damaged, "the cabinet ends early", Some(missing));
    }
    work.signature(&cab);
    for name in &cab.neighbours {
        let detail = format!("this cabinet is one of a set; another is {name}");
        work.cx.gap(GapReason::External, detail, None);
    }
    work.folders(&cab)?;
    Ok(cab.len)
}

/// The bytes of one file of a cabinet, for readers that need it before the rest; at most `max`.
pub(crate) fn peek(cab: &Bytes, name: &str, max: u64) -> Option<Vec<u8>> {
    let parsed = parse(cab)?;
    let file = parsed.files.iter().find(|file| file.name == name)?;
    let folder = parsed.folders.get(usize::from(file.folder))?;
    let (found, _) = blocks(cab, folder.data_at, folder.blocks, parsed.data_reserve);
    let mut reader = FolderReader::new(cab.clone(), folder.kind, found).ok()?;
    if file.offset > max {
        return None;
    }
    std::io::copy(&mut reader.by_ref().take(file.offset), &mut std::io::sink()).ok()?;
    let mut out = Vec::new();
    reader.take(file.len.min(max)).read_to_end(&mut out).ok()?;
    Some(out)
}

struct Work<'c, 'a, 'w, 'r> {
    cx: &'c mut Context<'a, 'w>,
    placed: &'r Placed,
    rename: Rename<'r>,
}

impl Work<'_, '_, '_, '_> {
    fn structure(&mut self, range: Range<u64>) {
        if let Some(base) = self.placed.base {
            self.cx.structure(base + range.start..base + range.end);
        }
    }

    fn content(&mut self, range: Range<u64>) {
        if let Some(base) = self.placed.base {
            self.cx.content(base + range.start..base + range.end);
        }
    }

    /// Authenticode of a cabinet: its header reserves 20 bytes that say where the PKCS #7 lies,
    /// behind the cabinet.
    fn signature(&mut self, cab: &Cabinet) {
        let Some(reserve) = field::piece(
            &self.placed.bytes,
            cab.reserve.start,
            cab.reserve.end - cab.reserve.start,
        ) else {
            return;
        };
        let (Some(0x0010_0000), Some(at), Some(len)) =
            (u32_le(reserve, 0), u32_le(reserve, 4), u32_le(reserve, 8))
        else {
            // Reserved for an application that is not known: left unexplained.
            return;
        };
        self.structure(cab.reserve.clone());
        let (at, len) = (u64::from(at), u64::from(len));
        let Some(base) = self.placed.base.filter(|_| len > 0 && at >= cab.len) else { return };
        if field::piece(&self.placed.bytes, at, len).is_none() {
            self.cx.gap(GapReason::Damaged, "the signature lies outside the file", Some(len));
            return;
        }
        self.cx.signature(base + at..base + at + len);
        let detail = format!("Authenticode, {len} bytes behind the cabinet");
        self.cx.fact(FactKind::ContainerSignature, Some(base + at), detail);
    }

    fn folders(&mut self, cab: &Cabinet) -> Result<(), Refusal> {
        // Folders of a sound cabinet do not share blocks, and each block has a header of 8 bytes.
        let mut blocks_left = len_u64(self.placed.bytes.len()) / 8 + 1;
        // In the order of the folders and their bytes.
        let mut files: Vec<&File> = cab.files.iter().collect();
        files.sort_by_key(|f| (f.folder, f.offset));
        // Files that go on in the next cabinet belong to the last folder.
        let last_folder = usize::from(TO_NEXT);
        for (index, folder) in cab.folders.iter().enumerate() {
            self.cx.tick()?;
            if u64::from(folder.blocks) > blocks_left {
                self.cx.gap(GapReason::Damaged, "folders share their blocks", None);
                break;
            }
            let (found, whole) =
                blocks(&self.placed.bytes, folder.data_at, folder.blocks, cab.data_reserve);
            blocks_left -= len_u64(found.len());
            if !whole {
                let detail = format!("folder {index}: its blocks leave the cabinet");
                self.cx.gap(GapReason::Damaged, detail, None);
            }
            let number = if index + 1 == cab.folders.len() { last_folder } else { index };
            let files = files_of(&files, index, number);
            self.folder(folder, found, &files)?;
        }
        for file in cab.files.iter().filter(|f| usize::from(f.folder) >= cab.folders.len()) {
            if file.folder < FROM_PREVIOUS {
                let detail = "in a folder that the cabinet does not have";
                self.cx.member_gap(&file.name, GapReason::Damaged, detail, Some(file.len));
            } else if file.folder != TO_NEXT {
                let detail = "begins in the cabinet before this one";
                self.cx.member_gap(&file.name, GapReason::External, detail, Some(file.len));
            }
        }
        Ok(())
    }

    fn folder(
        &mut self,
        folder: &Folder,
        found: Vec<Block>,
        files: &[&File],
    ) -> Result<(), Refusal> {
        let mut packed = 0;
        for block in &found {
            self.structure(block.head.clone());
            self.content(block.data.clone());
            packed += block.data.end - block.data.start;
            if block.wrong_checksum {
                let at = self.placed.base.map(|base| base + block.head.start);
                self.cx.fact(FactKind::WrongChecksum, at, "a block of the cabinet");
            }
        }
        let mut reader = match FolderReader::new(self.placed.bytes.clone(), folder.kind, found) {
            Ok(reader) => reader,
            Err(what) => {
                self.cx.gap(GapReason::Unsupported, what, Some(packed));
                return Ok(());
            }
        };
        for file in files {
            if !self.file(&mut reader, file)? {
                let detail = "the folder could not be read past this file";
                self.cx.gap(GapReason::Damaged, detail, None);
                return Ok(());
            }
        }
        self.unnamed(&mut reader, None).map(|_| ())
    }

    /// Hands on one file. `false`: the folder cannot be read any further.
    fn file(&mut self, reader: &mut FolderReader, file: &File) -> Result<bool, Refusal> {
        if file.offset < reader.position {
            let detail = format!("{} begins inside the file before it", file.name);
            self.cx.fact(FactKind::Overlap, None, detail);
            reader.rewind();
            self.cx.skip(reader, file.offset)?;
        } else if file.offset > reader.position && !self.unnamed(reader, Some(file.offset))? {
            return Ok(false);
        }
        let name = self.named(&file.name);
        let attributes = Attributes { modified: file.modified, ..Attributes::default() };
        let start = reader.position;
        let unpacked =
            self.cx.unpack(&name, &mut reader.by_ref().take(file.len), Some(file.len))?;
        let Some(unpacked) = unpacked else {
            // Too large for a member: the gap is noted; go on behind it.
            let left = file.len - (reader.position - start).min(file.len);
            return self.cx.skip(reader, left).map(|()| true);
        };
        self.cx.member(&name, crate::NodeKind::File, attributes, None, unpacked.bytes)?;
        Ok(unpacked.complete)
    }

    fn named(&mut self, name: &str) -> String {
        (self.rename)(name).unwrap_or_else(|| {
            let detail = format!("{name}: in the cabinet, and in no table");
            self.cx.fact(FactKind::HiddenMember, None, detail);
            format!("[cabinet]/{name}")
        })
    }

    /// Bytes of a folder that no file names, up to `until` or the folder's end.
    fn unnamed(&mut self, reader: &mut FolderReader, until: Option<u64>) -> Result<bool, Refusal> {
        let start = reader.position;
        let len = until.map(|until| until - start);
        let name = format!("[unnamed bytes at {start}]");
        let mut part = reader.by_ref().take(len.unwrap_or(u64::MAX));
        let Some(unpacked) = self.cx.unpack(&name, &mut part, len)? else {
            return Ok(false);
        };
        if unpacked.bytes.iter().any(|byte| *byte != 0) {
            let detail = format!("{} bytes of a folder in no file", unpacked.bytes.len());
            self.cx.fact(FactKind::HiddenMember, None, detail);
            let attributes = Attributes::default();
            self.cx.member(&name, crate::NodeKind::File, attributes, None, unpacked.bytes)?;
        }
        Ok(unpacked.complete)
    }
}

/// The files of one folder, and of another number that stands for it.
fn files_of<'f>(sorted: &[&'f File], index: usize, also: usize) -> Vec<&'f File> {
    let of = |number: usize| {
        let start = sorted.partition_point(|f| usize::from(f.folder) < number);
        let end = sorted.partition_point(|f| usize::from(f.folder) <= number);
        sorted.get(start..end).unwrap_or_default().to_vec()
    };
    let mut files = of(index);
    if also != index {
        files.extend(of(also));
        files.sort_by_key(|f| f.offset);
    }
    files
}

fn parse(cab: &[u8]) -> Option<Cabinet> {
    if !cab.starts_with(b"MSCF") {
        return None;
    }
    let flags = u16_le(cab, 30)?;
    let mut at = 36;
    let (mut reserve, mut folder_reserve, mut data_reserve) = (0..0, 0, 0);
    if flags & RESERVES != 0 {
        reserve = 40..40 + u64::from(u16_le(cab, 36)?);
        folder_reserve = u8_at(cab, 38)?;
        data_reserve = u8_at(cab, 39)?;
        at = reserve.end;
    }
    let mut structure = Vec::new();
    structure.push(0..at - (reserve.end - reserve.start));
    let mut neighbours = Vec::new();
    let strings_at = at;
    for flag in [HAS_PREVIOUS, HAS_NEXT] {
        if flags & flag != 0 {
            let (name, next) = string(cab, at)?;
            let (_disk, next) = string(cab, next)?;
            neighbours.push(name_of(name));
            at = next;
        }
    }
    let mut folders = Vec::new();
    for _ in 0..u16_le(cab, 26)? {
        folders.push(Folder {
            data_at: u64::from(u32_le(cab, at)?),
            blocks: u16_le(cab, at + 4)?,
            kind: u16_le(cab, at + 6)?,
        });
        at += 8 + u64::from(folder_reserve);
    }
    structure.push(strings_at..at);
    let files_at = u64::from(u32_le(cab, 16)?);
    let mut at = files_at;
    let mut files = Vec::new();
    for _ in 0..u16_le(cab, 28)? {
        let (name, end) = string(cab, at + 16)?;
        files.push(File {
            name: name_of(name),
            len: u64::from(u32_le(cab, at)?),
            offset: u64::from(u32_le(cab, at + 4)?),
            folder: u16_le(cab, at + 8)?,
            modified: modified(u16_le(cab, at + 10)?, u16_le(cab, at + 12)?),
        });
        at = end;
    }
    structure.push(files_at..at);
    let len = u64::from(u32_le(cab, 8)?);
    Some(Cabinet { len, folders, files, data_reserve, structure, reserve, neighbours })
}

/// A string that ends with a zero byte, at most 256 bytes long, and where it ends.
fn string(cab: &[u8], at: u64) -> Option<(&[u8], u64)> {
    let window = field::from(cab, at);
    let text = until_nul(window.get(..257).unwrap_or(window));
    let end = at + len_u64(text.len());
    (u8_at(cab, end)? == 0).then_some((text, end + 1))
}

/// The file's local time as if it were universal: the zone is not stored.
fn modified(date: u16, time: u16) -> Option<i64> {
    let (year, month, day) = (1980 + (date >> 9), date >> 5 & 15, date & 31);
    let seconds =
        i64::from(time >> 11) * 3600 + i64::from(time >> 5 & 63) * 60 + i64::from(time & 31) * 2;
    Some(super::days_from_civil(year, month, day)? * 86_400 + seconds)
}

#[cfg(test)]
pub(in crate::installer) mod tests;
