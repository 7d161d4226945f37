//! ISO 9660, with Joliet and Rock Ridge names (ECMA-119, IEEE P1282).

use std::collections::HashSet;
use std::ops::Range;

use bytes::Bytes;

use crate::field::{self, name_of, piece, u8_at, u16_be, u32_le};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

const SECTOR: u64 = 2048;
const DESCRIPTORS_AT: u64 = 16 * SECTOR;
/// Descriptors that are read before the terminator.
const DESCRIPTORS_MAX: u64 = 64;
const DEPTH_MAX: usize = 128;
/// Continuation areas that one entry may have.
const CONTINUATIONS_MAX: usize = 32;
const RECORD: u64 = 34;

/// Whether these bytes are one.
pub(crate) fn is_iso(bytes: &[u8]) -> bool {
    piece(bytes, DESCRIPTORS_AT + 1, 5) == Some(b"CD001")
}

/// A volume descriptor's tree.
struct Volume {
    joliet: bool,
    root: Record,
    paths: Vec<Range<u64>>,
    blocks: u64,
}

#[derive(Clone, Debug)]
struct Record {
    at: u64,
    len: u64,
    name: Vec<u8>,
    extent: Range<u64>,
    flags: u8,
    modified: Option<i64>,
    system: Range<u64>,
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.names_are_rooted();
    let volumes = volumes(cx, &input);
    if volumes.is_empty() {
        return Err(Refusal::damaged("no volume descriptor"));
    }
    if let Some(other) = second_reading(&input) {
        let detail = format!("also {other}, whose files are not read");
        cx.gap(GapReason::Unsupported, detail, None);
    }
    for volume in &volumes {
        for range in &volume.paths {
            cx.structure(range.clone());
        }
        if volume.blocks * SECTOR > cx.len() {
            let missing = volume.blocks * SECTOR - cx.len();
            cx.gap(GapReason::Damaged, "the image ends early", Some(missing));
        }
    }
    // One tree is read in full: Rock Ridge's where there is one, else Joliet's. The other trees
    // should hold the same files; what only they hold is hidden from half of the readers.
    // Folders of a sound image do not overlap, and an entry has 34 bytes.
    let entries_left = cx.len() / RECORD + 1024;
    let mut walk = Walk { input: &input, extents: HashSet::new(), skip: 0, entries_left };
    let rock_ridge = volumes.iter().find(|v| !v.joliet).is_some_and(|v| walk.has_rock_ridge(v));
    let first = volumes.iter().position(|v| v.joliet != rock_ridge).unwrap_or(0);
    if let Some(volume) = volumes.get(first) {
        walk.tree(cx, volume, None)?;
    }
    for (index, volume) in volumes.iter().enumerate() {
        if index != first {
            let prefix = if volume.joliet { "[joliet only]" } else { "[primary only]" };
            walk.tree(cx, volume, Some(prefix))?;
        }
    }
    Ok(())
}

/// Another file system over the same disc: Windows prefers UDF where there is one, macOS a partition
/// of Apple's map. ECMA-167 puts its descriptors behind those of ISO 9660.
fn second_reading(input: &[u8]) -> Option<&'static str> {
    if piece(input, 512, 4) == Some(b"PM\0\0") {
        return Some("a disk partitioned by Apple's map");
    }
    let mut places = (0..DESCRIPTORS_MAX).map(|index| DESCRIPTORS_AT + index * SECTOR + 1);
    let udf = places.any(|at| matches!(piece(input, at, 5), Some(b"NSR02" | b"NSR03")));
    udf.then_some("a UDF file system")
}

fn volumes(cx: &mut Context<'_, '_>, input: &[u8]) -> Vec<Volume> {
    let mut out = Vec::new();
    for index in 0..DESCRIPTORS_MAX {
        let at = DESCRIPTORS_AT + index * SECTOR;
        if piece(input, at + 1, 5) != Some(b"CD001") {
            break;
        }
        cx.structure(at..at + SECTOR);
        match u8_at(input, at) {
            Some(kind @ (1 | 2)) => {
                let escape = piece(input, at + 88, 3).unwrap_or_default();
                let joliet = kind == 2 && matches!(escape, b"%/@" | b"%/C" | b"%/E");
                if kind == 2 && !joliet {
                    continue;
                }
                out.extend(volume(input, at, joliet));
            }
            Some(0) => cx.fact(
                FactKind::InstallAction,
                Some(at),
                "the image starts a computer (El Torito boot record)",
            ),
            Some(255) => break,
            _ => {}
        }
    }
    out
}

fn volume(input: &[u8], at: u64, joliet: bool) -> Option<Volume> {
    let table_len = u64::from(u32_le(input, at + 132)?);
    let mut paths = Vec::new();
    for field in [140, 144] {
        let start = u64::from(u32_le(input, at + field)?) * SECTOR;
        paths.push(start..start + table_len);
    }
    for field in [148, 152] {
        let start = u64::from(crate::field::u32_be(input, at + field)?) * SECTOR;
        paths.push(start..start + table_len);
    }
    paths.retain(|range| range.start >= DESCRIPTORS_AT);
    let root = record(input, at + 156)?;
    let blocks = u64::from(u32_le(input, at + 80)?);
    Some(Volume { joliet, root, paths, blocks })
}

fn record(input: &[u8], at: u64) -> Option<Record> {
    let len = u64::from(u8_at(input, at)?);
    let name_len = u64::from(u8_at(input, at + 32)?);
    if len < RECORD || 33 + name_len > len {
        return None;
    }
    let start = u64::from(u32_le(input, at + 2)?) * SECTOR;
    let name_end = 33 + name_len + u64::from(name_len % 2 == 0);
    let date = piece(input, at + 18, 7)?;
    Some(Record {
        at,
        len,
        name: piece(input, at + 33, name_len)?.to_vec(),
        extent: start..start + u64::from(u32_le(input, at + 10)?),
        flags: u8_at(input, at + 25)?,
        modified: modified(date),
        system: at + name_end.min(len)..at + len,
    })
}

/// Years from 1900, month, day, hour, minute, second, zone in quarters of an hour.
fn modified(date: &[u8]) -> Option<i64> {
    let [year, month, day, hour, minute, second, zone] = date else { return None };
    let days = crate::installer::days_from_civil(
        1900 + u16::from(*year),
        u16::from(*month),
        u16::from(*day),
    )?;
    let time = i64::from(*hour) * 3600 + i64::from(*minute) * 60 + i64::from(*second);
    Some(days * 86_400 + time - i64::from(zone.cast_signed()) * 900)
}

struct Walk<'i> {
    input: &'i Bytes,
    /// Extents of files that came out.
    extents: HashSet<(u64, u64)>,
    /// Entries that may still be read.
    entries_left: u64,
    /// Bytes of other data before each system use area (SUSP `SP`).
    skip: u64,
}

/// What Rock Ridge says of an entry.
#[derive(Default)]
struct System {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    attributes: Attributes,
    areas: Vec<Range<u64>>,
    /// This is a folder that was moved here because it lay too deep.
    moved: bool,
    /// Where the folder went that should be here.
    child: Option<u64>,
    special: bool,
}

impl Walk<'_> {
    /// Whether the root's own entry begins the system use protocol.
    fn has_rock_ridge(&mut self, volume: &Volume) -> bool {
        let Some(own) = record(self.input, volume.root.extent.start) else { return false };
        let area = field::from(self.input, own.system.start);
        if !area.starts_with(b"SP") {
            return false;
        }
        self.skip = u64::from(area.get(6).copied().unwrap_or(0));
        self.system(&own).attributes.mode.is_some()
    }

    /// Reads a tree. With a prefix, only what no tree before has shown.
    fn tree(
        &mut self,
        cx: &mut Context<'_, '_>,
        volume: &Volume,
        prefix: Option<&str>,
    ) -> Result<(), Refusal> {
        let mut todo = vec![(volume.root.clone(), prefix.unwrap_or_default().to_owned(), 0)];
        let mut seen = HashSet::new();
        while let Some((folder, path, depth)) = todo.pop() {
            if !seen.insert(folder.extent.start) || depth > DEPTH_MAX {
                cx.member_gap(&path, GapReason::Recursive, "a folder inside itself", None);
                continue;
            }
            cx.structure(folder.extent.clone());
            if !path.is_empty() && prefix.is_none() {
                cx.folder(&path)?;
            }
            let first = todo.len();
            let mut parts: Vec<Range<u64>> = Vec::new();
            for entry in self.entries(&folder) {
                cx.tick()?;
                if matches!(entry.name[..], [0] | [1]) {
                    for area in self.system(&entry).areas {
                        cx.structure(area);
                    }
                    continue;
                }
                let system = self.system(&entry);
                for area in &system.areas {
                    cx.structure(area.clone());
                }
                let name = name(&entry, &system, volume.joliet);
                let path = if path.is_empty() { name } else { format!("{path}/{name}") };
                if let Some(own) = system.child.and_then(|at| record(self.input, at)) {
                    todo.push((own, path, depth + 1));
                    continue;
                }
                if entry.flags & 2 != 0 {
                    // A moved folder is found where it was moved to.
                    if !system.moved {
                        todo.push((entry, path, depth + 1));
                    }
                    continue;
                }
                parts.push(entry.extent.clone());
                // A file of 4 GiB or more is in several entries; all but the last say so.
                if entry.flags & 0x80 == 0 {
                    let parts = std::mem::take(&mut parts);
                    self.file(cx, &path, &entry, system, &parts, prefix.is_some())?;
                }
            }
            todo.get_mut(first..).unwrap_or_default().reverse();
            if self.entries_left == 0 {
                return Err(Refusal::damaged("folders share their entries"));
            }
        }
        Ok(())
    }

    fn entries(&mut self, folder: &Record) -> Vec<Record> {
        let mut out = Vec::new();
        let mut at = folder.extent.start;
        let end = folder.extent.end.min(field::len(self.input));
        while at < end && self.entries_left > 0 {
            self.entries_left -= 1;
            match record(self.input, at) {
                Some(record) => {
                    at += record.len;
                    out.push(record);
                }
                // Entries do not cross sectors: zeros fill the rest of one.
                None => at = (at + 1).next_multiple_of(SECTOR),
            }
        }
        out
    }

    fn file(
        &mut self,
        cx: &mut Context<'_, '_>,
        path: &str,
        entry: &Record,
        system: System,
        parts: &[Range<u64>],
        only_new: bool,
    ) -> Result<(), Refusal> {
        let place = parts.first().map_or((0, 0), |part| (part.start, part.end));
        let empty = place.0 == place.1;
        let fresh = empty || self.extents.insert(place);
        if only_new && (!fresh || empty) {
            return Ok(());
        }
        if only_new {
            let detail = format!("{path}: other trees of the image do not have it");
            cx.fact(FactKind::HiddenMember, Some(entry.at), detail);
        }
        let mut attributes = system.attributes;
        attributes.modified = entry.modified;
        if let Some(target) = &system.link {
            return cx.link(path, attributes, &name_of(target));
        }
        if system.special {
            return cx.special(path, attributes);
        }
        let [one] = parts else {
            for part in parts {
                cx.content(part.clone());
            }
            let mut reader = Parts { input: self.input, parts: parts.to_vec() };
            let len = parts.iter().map(|part| part.end - part.start).sum();
            return cx.inflate(path, attributes, &mut reader, Some(len));
        };
        cx.file(path, attributes, one.clone())
    }

    /// Rock Ridge's fields of an entry.
    fn system(&self, entry: &Record) -> System {
        let mut out = System::default();
        let mut area = entry.system.start.saturating_add(self.skip)..entry.system.end;
        if self.skip > 0 && entry.name == [0] {
            area.start = entry.system.start;
        }
        for _ in 0..CONTINUATIONS_MAX {
            let Some(next) = self.fields(area, &mut out) else { break };
            out.areas.push(next.clone());
            area = next;
        }
        out
    }

    /// The fields of one area, and where they go on.
    fn fields(&self, area: Range<u64>, out: &mut System) -> Option<Range<u64>> {
        let mut at = area.start;
        let mut next = None;
        while at + 4 <= area.end {
            let len = u64::from(u8_at(self.input, at + 2)?);
            let field = piece(self.input, at, len).filter(|_| len >= 4)?;
            match field.get(..2)? {
                b"NM" if !matches!(field.get(4), Some(flags) if flags & 6 != 0) => {
                    out.name.get_or_insert_default().extend_from_slice(field.get(5..)?);
                }
                b"PX" => {
                    let mode = u32_le(field, 4)?;
                    out.attributes.mode = Some(mode & 0o7777);
                    out.attributes.uid = u32_le(field, 20);
                    out.attributes.gid = u32_le(field, 28);
                    out.special = !matches!(mode & 0o170_000, 0o100_000 | 0o120_000 | 0o040_000);
                }
                b"SL" => link(field, out.link.get_or_insert_default()),
                b"RE" => out.moved = true,
                b"CL" => out.child = u32_le(field, 4).map(|sector| u64::from(sector) * SECTOR),
                b"CE" => {
                    let start = u64::from(u32_le(field, 4)?) * SECTOR;
                    let start = start + u64::from(u32_le(field, 12)?);
                    next = Some(start..start + u64::from(u32_le(field, 20)?));
                }
                b"ST" => return next,
                _ => {}
            }
            at += len;
        }
        next
    }
}

/// Parts of a link's target: flags, a length, text.
fn link(field: &[u8], target: &mut Vec<u8>) {
    let mut rest = field.get(5..).unwrap_or_default();
    while let [flags, len, tail @ ..] = rest {
        let Some((text, tail)) = tail.split_at_checked(usize::from(*len)) else { return };
        rest = tail;
        if !target.is_empty() && !target.ends_with(b"/") {
            target.push(b'/');
        }
        match flags & 0xE {
            2 => target.push(b'.'),
            4 => target.extend_from_slice(b".."),
            8 => target.push(b'/'),
            _ => target.extend_from_slice(text),
        }
    }
}

fn name(entry: &Record, system: &System, joliet: bool) -> String {
    if let Some(name) = &system.name {
        return name_of(name);
    }
    let name = if joliet {
        let units: Vec<u16> = (0..field::len(&entry.name) / 2)
            .filter_map(|index| u16_be(&entry.name, index * 2))
            .collect();
        String::from_utf16_lossy(&units)
    } else {
        name_of(&entry.name)
    };
    // `;1` is a version, and a dot without an ending is no part of the name.
    let name = name.rsplit_once(';').map_or(name.as_str(), |(name, _)| name);
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

/// A file in several extents.
struct Parts<'i> {
    input: &'i Bytes,
    parts: Vec<Range<u64>>,
}

impl std::io::Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(part) = self.parts.first_mut() {
            if part.is_empty() {
                self.parts.remove(0);
                continue;
            }
            let mut stored = piece(self.input, part.start, part.end - part.start)
                .ok_or_else(|| std::io::Error::other("an extent outside the image"))?;
            let read = stored.read(buffer)?;
            part.start += crate::field::len_u64(read);
            return Ok(read);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests;
