//! File systems that a library reads: what it reads is recorded, and bounded.
//!
//! The libraries for HFS+ and APFS are young. They get a reader that counts: each read costs, so
//! that a circle of nodes ends with an error and not with the machine; and what was read while
//! looking at folders becomes structure in the account, what was read for a file becomes content.

use std::cell::RefCell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use bytes::Bytes;

use crate::NodeKind;
use crate::field::len_u64;
use crate::node::{Attributes, GapReason};
use crate::reader::{Context, Refusal};

/// Folders inside folders that are followed.
const DEPTH_MAX: usize = 128;

/// What a volume has in one folder.
pub(super) struct Item {
    pub(super) name: String,
    pub(super) id: u64,
    pub(super) kind: ItemKind,
    pub(super) len: u64,
    pub(super) modified: Option<i64>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ItemKind {
    File,
    Folder,
    Link,
}

/// A volume that a library reads. Errors are the library's, in words.
pub(super) trait Volume {
    /// The items of a folder; the root is `/`.
    fn list(&mut self, path: &str) -> Result<Vec<Item>, String>;
    /// Mode, owner and group.
    fn attributes(&mut self, path: &str) -> Option<Attributes>;
    /// The bytes of a file or the target of a link. `max` bounds what may come.
    fn bytes(&mut self, path: &str, max: u64) -> Result<Vec<u8>, String>;
}

/// What was read and what may still be read.
#[derive(Debug, Default)]
struct Record {
    ranges: Vec<Range<u64>>,
    steps_left: u64,
    /// What a block must be for the library to see it; `None` while plain data is read.
    sane: Option<fn(&[u8]) -> bool>,
}

/// A reader over the image that records.
#[derive(Clone)]
pub(super) struct Recorder {
    cursor: Cursor<Bytes>,
    record: Rc<RefCell<Record>>,
}

impl Recorder {
    pub(super) fn new(input: Bytes) -> Self {
        // Bytes that may be read before anything is read again, many times over: a B-tree is
        // walked once for each path.
        let steps_left = len_u64(input.len()).saturating_mul(64).saturating_add(64 << 20);
        let record = Record { ranges: Vec::new(), steps_left, sane: None };
        Self { cursor: Cursor::new(input), record: Rc::new(RefCell::new(record)) }
    }

    /// Shows the library only blocks that pass, until it is asked for plain data.
    pub(super) fn guard(&self, sane: Option<fn(&[u8]) -> bool>) {
        self.record.borrow_mut().sane = sane;
    }

    /// What was read since the last time, sorted and joined.
    pub(super) fn take(&self) -> Vec<Range<u64>> {
        joined(std::mem::take(&mut self.record.borrow_mut().ranges))
    }
}

impl Read for Recorder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.cursor.position();
        let read = self.cursor.read(buffer)?;
        let mut record = self.record.borrow_mut();
        // A read costs 64 bytes at least, so that small ones end too.
        record.steps_left = record
            .steps_left
            .checked_sub(len_u64(read).max(64))
            .ok_or_else(|| io::Error::other("the volume reads itself in circles"))?;
        if let Some(sane) = record.sane
            && !sane(buffer.get(..read).unwrap_or_default())
        {
            return Err(io::Error::other(format!("a block at {at} that makes no sense")));
        }
        let next = at..at + len_u64(read);
        match record.ranges.last_mut() {
            Some(last) if last.end == next.start => last.end = next.end,
            _ => record.ranges.push(next),
        }
        Ok(read)
    }
}

impl Seek for Recorder {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.cursor.seek(to)
    }
}

fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in ranges.into_iter().filter(|range| !range.is_empty()) {
        match out.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// `from` without what is in `taken`; both sorted and joined.
fn without(from: Vec<Range<u64>>, taken: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    for range in from {
        let first = taken.partition_point(|t| t.end <= range.start);
        let mut at = range.start;
        for t in taken.get(first..).unwrap_or_default().iter().take_while(|t| t.start < range.end) {
            if t.start > at {
                out.push(at..t.start);
            }
            at = at.max(t.end);
        }
        if at < range.end {
            out.push(at..range.end);
        }
    }
    out
}

/// What one file of a volume may give; the limits of the walk may be lower.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 30;

/// A writer that refuses more than it may take.
pub(super) struct Limited {
    pub(super) bytes: Vec<u8>,
    pub(super) max: u64,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if len_u64(self.bytes.len()) + len_u64(bytes.len()) > self.max {
            return Err(io::Error::other("more bytes than the file has"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens with a library and fences it.
///
/// # Errors
///
/// The library's error, or that it failed.
pub(super) fn fenced<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err("the reader of the volume failed".to_owned()))
}

/// Hands on everything in a volume. `own` is what its headers say is the file system's.
///
/// # Errors
///
/// A limit was reached.
pub(super) fn walk(
    cx: &mut Context<'_, '_>,
    volume: &mut dyn Volume,
    recorder: &Recorder,
    own: Vec<Range<u64>>,
) -> Result<(), Refusal> {
    let mut structure = own;
    structure.extend(recorder.take());
    let mut content = Vec::new();
    let mut todo = vec![(String::new(), 0)];
    let mut seen = std::collections::HashSet::new();
    while let Some((path, depth)) = todo.pop() {
        cx.tick()?;
        let items = fenced(|| volume.list(&format!("/{path}")));
        structure.extend(recorder.take());
        let items = match items {
            Ok(items) => items,
            Err(error) => {
                cx.member_gap(&path, GapReason::Damaged, error, None);
                continue;
            }
        };
        let first = todo.len();
        for item in items {
            let path = match path.as_str() {
                "" => item.name.clone(),
                folder => format!("{folder}/{}", item.name),
            };
            let rooted = format!("/{path}");
            if item.kind == ItemKind::Folder {
                if depth >= DEPTH_MAX || !seen.insert(item.id) {
                    let detail = "a folder inside itself, or too deep";
                    cx.member_gap(&path, GapReason::Recursive, detail, None);
                } else {
                    cx.folder(&path)?;
                    todo.push((path, depth + 1));
                }
                continue;
            }
            let attributes = volume_attributes(volume, &rooted, &item);
            structure.extend(recorder.take());
            // What a file gives is bounded by what it says, and that by a limit.
            let max = item.len.max(4096);
            let bytes = if item.len > FILE_BYTES_MAX {
                Err(format!("{} bytes, more than a member may have", item.len))
            } else {
                fenced(|| volume.bytes(&rooted, max))
            };
            content.extend(recorder.take());
            hand_on(cx, &path, &item, attributes, bytes)?;
        }
        todo.get_mut(first..).unwrap_or_default().reverse();
    }
    let structure = joined(structure);
    for range in without(joined(content), &structure) {
        cx.content(range);
    }
    for range in structure {
        cx.structure(range);
    }
    Ok(())
}

fn volume_attributes(volume: &mut dyn Volume, path: &str, item: &Item) -> Attributes {
    let found = fenced(|| volume.attributes(path).ok_or_else(String::new)).unwrap_or_default();
    Attributes { modified: item.modified, ..found }
}

fn hand_on(
    cx: &mut Context<'_, '_>,
    path: &str,
    item: &Item,
    attributes: Attributes,
    bytes: Result<Vec<u8>, String>,
) -> Result<(), Refusal> {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            cx.member_gap(path, GapReason::Damaged, error, Some(item.len));
            return cx.tick();
        }
    };
    if item.kind == ItemKind::Link {
        return cx.link(path, attributes, &crate::field::name_of(&bytes));
    }
    let Some(unpacked) = cx.unpack(path, &mut &bytes[..], None)? else { return Ok(()) };
    cx.member(path, NodeKind::File, attributes, None, unpacked.bytes)
}

#[cfg(test)]
mod tests {
    use super::{joined, without};

    #[test]
    fn ranges_are_joined_and_taken_out() {
        let joined = joined(vec![5..7, 0..2, 1..3, 7..9, 4..4]);
        assert_eq!(joined, [0..3, 5..9]);
        assert_eq!(without(vec![0..10, 12..14], &joined), [3..5, 9..10, 12..14]);
    }
}
