//! The "stripped" payload of RPM 6 and of packages with files over 4 GiB: cpio whose entries say
//! only which file of the header follows.

use std::collections::BTreeMap;

use super::Header;
use crate::field::{name_of, u16_be, u32_be, u64_be};
use crate::node::{Attributes, FactKind, NodeKind};
use crate::reader::{Context, Refusal};

pub(super) const MAGIC: &[u8] = b"07070X";
const HEAD_LEN: usize = 14;

/// Files of one package.
const FILES_MAX: usize = 1 << 20;

/// Files as the header lists them.
struct Files<'h, 'a> {
    header: &'h Header<'a>,
    names: Vec<&'a [u8]>,
    folders: Vec<&'a [u8]>,
    targets: Vec<&'a [u8]>,
    /// For each file with several names, the one that has the content.
    carriers: BTreeMap<(u32, u32), usize>,
}

impl<'h, 'a> Files<'h, 'a> {
    fn new(header: &'h Header<'a>) -> Self {
        let mut files = Self {
            header,
            names: header.texts(1117).take(FILES_MAX).collect(),
            folders: header.texts(1118).take(FILES_MAX).collect(),
            targets: header.texts(1036).take(FILES_MAX).collect(),
            carriers: BTreeMap::new(),
        };
        for index in 0..files.names.len() {
            // Ghosts (0x40) are in no payload.
            let ghost = files.field(1037, index).is_some_and(|flags| flags & 0x40 != 0);
            if let Some(node) = files.inode(index).filter(|_| !ghost) {
                files.carriers.insert(node, index);
            }
        }
        files
    }

    /// Number `index` of a list of 32-bit numbers.
    fn field(&self, tag: u32, index: usize) -> Option<u32> {
        u32_be(self.header.element(tag, 4, index, 4)?, 0)
    }

    fn mode(&self, index: usize) -> u32 {
        let mode = self.header.element(1030, 3, index, 2).and_then(|bytes| u16_be(bytes, 0));
        mode.map_or(0, u32::from)
    }

    fn inode(&self, index: usize) -> Option<(u32, u32)> {
        let regular = self.mode(index) & 0o170_000 == 0o100_000;
        regular.then_some((self.field(1095, index)?, self.field(1096, index)?))
    }

    /// Bytes of content behind this file's entry.
    fn size(&self, index: usize) -> Option<usize> {
        match self.mode(index) & 0o170_000 {
            0o120_000 => return self.targets.get(index).map(|target| target.len()),
            0o100_000 => {}
            _ => return Some(0),
        }
        let carrier = self.inode(index).and_then(|node| self.carriers.get(&node));
        if carrier.is_some_and(|carrier| *carrier != index) {
            return Some(0);
        }
        let long = self.header.element(5008, 5, index, 8).and_then(|bytes| u64_be(bytes, 0));
        let size = long.or_else(|| self.field(1028, index).map(u64::from))?;
        usize::try_from(size).ok()
    }

    fn name(&self, index: usize) -> Option<String> {
        let folder = usize::try_from(self.field(1116, index)?).ok()?;
        Some(name_of(&[*self.folders.get(folder)?, *self.names.get(index)?].concat()))
    }

    fn attributes(&self, index: usize) -> Attributes {
        Attributes {
            mode: Some(self.mode(index)),
            modified: self.field(1034, index).map(i64::from),
            ..Attributes::default()
        }
    }
}

/// Hands on the files of an unpacked payload. The payload is no node of its own.
pub(super) fn read(
    cx: &mut Context<'_, '_>,
    header: &Header<'_>,
    payload: &bytes::Bytes,
) -> Result<(), Refusal> {
    let files = Files::new(header);
    let mut at = 0_usize;
    while let Some(head) = payload.get(at..at + HEAD_LEN).filter(|head| head.starts_with(MAGIC)) {
        let damaged = || Refusal::damaged(format!("payload entry at {at}"));
        let digits = head.get(MAGIC.len()..).and_then(|digits| std::str::from_utf8(digits).ok());
        let index = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let index = index.and_then(|index| usize::try_from(index).ok()).ok_or_else(damaged)?;
        let name = files.name(index).ok_or_else(damaged)?;
        let size = files.size(index).ok_or_else(damaged)?;
        let start = (at + HEAD_LEN).next_multiple_of(4);
        let end = start.checked_add(size).filter(|end| *end <= payload.len());
        let end = end.ok_or_else(damaged)?;
        hand_on(cx, &files, index, &name, payload.slice(start..end))?;
        at = end.next_multiple_of(4);
    }
    let rest = payload.get(at..).unwrap_or_default();
    // A last entry of ordinary cpio, then zeros.
    let trailer = rest.starts_with(b"070701")
        && rest.get(110..121) == Some(b"TRAILER!!!\0".as_slice())
        && rest.get(121..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0));
    if !trailer {
        let detail = format!("{} bytes behind the last file of the payload", rest.len());
        cx.fact(FactKind::ForeignBytes, None, detail);
        let name = "(behind the payload)";
        cx.member(name, NodeKind::File, Attributes::default(), None, payload.slice_ref(rest))?;
    }
    Ok(())
}

fn hand_on(
    cx: &mut Context<'_, '_>,
    files: &Files<'_, '_>,
    index: usize,
    name: &str,
    bytes: bytes::Bytes,
) -> Result<(), Refusal> {
    let attributes = files.attributes(index);
    match files.mode(index) & 0o170_000 {
        0o120_000 => cx.link(name, attributes, &name_of(&bytes)),
        0o040_000 => cx.folder(name),
        0o100_000 => {
            let carrier = files.inode(index).and_then(|node| files.carriers.get(&node));
            match carrier.filter(|carrier| **carrier != index).and_then(|at| files.name(*at)) {
                Some(target) => cx.link_from(name, attributes, &target, ""),
                None => cx.member(name, NodeKind::File, attributes, None, bytes),
            }
        }
        _ => cx.special(name, attributes),
    }
}
