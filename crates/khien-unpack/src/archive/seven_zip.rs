//! 7-Zip archives, solid blocks included.

mod header;

use std::io::{Cursor, Read};

use bytes::Bytes;
use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};

use crate::field::name_of;
use crate::node::{Attributes, FactKind, GapReason, NodeKind};
use crate::reader::{Context, Refusal};

/// Seconds between 1601 and 1970.
const EPOCH_SECONDS: i64 = 11_644_473_600;

/// Reads one.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.structure(0..32);
    let plan = header::plan(&input)?;
    cx.structure(plan.header.clone());
    if let Some(range) = plan.packed_header {
        cx.structure(range);
    }
    if let Some(memory) = plan.too_large {
        let detail = format!("a block needs {memory} bytes of memory to unpack");
        return Err(Refusal::new(GapReason::TooManyBytes, detail));
    }
    cx.afford_entries(plan.files)?;
    if plan.header.is_empty() {
        return cx.foreign("(behind the archive)", 32..cx.len());
    }
    let mut source = Cursor::new(input);
    let password = Password::empty();
    let archive =
        Archive::read(&mut source, &password).map_err(|error| refusal(&error, plan.encrypted))?;
    claim_streams(cx, &archive);
    for block in 0..archive.blocks.len() {
        let decoder = BlockDecoder::new(1, block, &archive, &password, &mut source);
        read_block(cx, decoder, block)?;
    }
    for (entry, block) in archive.files.iter().zip(&archive.stream_map.file_block_index) {
        if block.is_none() {
            hand_on(cx, entry, Some(Bytes::new()))?;
        }
    }
    cx.foreign("(behind the archive)", plan.header.end..cx.len())
}

fn claim_streams(cx: &mut Context<'_, '_>, archive: &Archive) {
    let mut at = archive.pack_pos().saturating_add(32);
    for size in archive.pack_sizes() {
        let end = at.saturating_add(*size);
        cx.content(at..end);
        at = end;
    }
}

fn read_block(
    cx: &mut Context<'_, '_>,
    decoder: BlockDecoder<'_, Cursor<Bytes>>,
    block: usize,
) -> Result<(), Refusal> {
    let mut over = None;
    let mut each = |entry: &ArchiveEntry, reader: &mut dyn Read| {
        if let Err(refusal) = read_entry(cx, entry, reader) {
            over = Some(refusal);
            return Ok(false);
        }
        Ok(true)
    };
    let result = decoder.for_each_entries(&mut each);
    if let Some(refusal) = over {
        return Err(refusal);
    }
    if let Err(error) = result {
        let Refusal { reason, detail } = refusal(&error, false);
        cx.gap(reason, format!("block {block}: {detail}"), None);
    }
    cx.tick()
}

fn read_entry(
    cx: &mut Context<'_, '_>,
    entry: &ArchiveEntry,
    reader: &mut dyn Read,
) -> Result<(), Refusal> {
    if !entry.has_stream || entry.size == 0 {
        return hand_on(cx, entry, Some(Bytes::new()));
    }
    let unpacked = cx.unpack(entry.name(), reader, Some(entry.size))?;
    let Some(unpacked) = unpacked else {
        // The next member of the block comes after this one, and it costs what it costs.
        return cx.skip(reader, entry.size);
    };
    hand_on(cx, entry, Some(unpacked.bytes))
}

fn hand_on(
    cx: &mut Context<'_, '_>,
    entry: &ArchiveEntry,
    bytes: Option<Bytes>,
) -> Result<(), Refusal> {
    let name = entry.name();
    if entry.is_anti_item() {
        cx.member_fact(name, FactKind::InstallAction, None, "unpacking removes this file");
        return Ok(());
    }
    if entry.is_directory() {
        return cx.folder(name);
    }
    let Some(bytes) = bytes else { return Ok(()) };
    let attributes = attributes(entry);
    if attributes.mode.is_some_and(|mode| mode & 0o170_000 == 0o120_000) && bytes.len() <= 4096 {
        return cx.link(name, attributes, &name_of(&bytes));
    }
    cx.member(name, NodeKind::File, attributes, None, bytes)
}

fn attributes(entry: &ArchiveEntry) -> Attributes {
    let windows = entry.windows_attributes();
    // p7zip: the upper half is the Unix mode where this bit is set.
    let unix = entry.has_windows_attributes && windows & 0x8000 != 0;
    let modified = entry.has_last_modified_date.then(|| {
        let ticks = u64::from(entry.last_modified_date());
        i64::try_from(ticks / 10_000_000).unwrap_or(i64::MAX) - EPOCH_SECONDS
    });
    Attributes { mode: unix.then_some(windows >> 16), modified, ..Attributes::default() }
}

/// The library's error as ours.
fn refusal(error: &Error, encrypted: bool) -> Refusal {
    let detail = error.to_string();
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => Refusal::encrypted(detail),
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => {
            Refusal::encrypted(detail)
        }
        _ if encrypted => Refusal::encrypted(detail),
        Error::UnsupportedCompressionMethod(_)
        | Error::UnsupportedVersion { .. }
        | Error::Unsupported(_)
        | Error::ExternalUnsupported => Refusal::unsupported(detail),
        Error::MaxMemLimited { .. } => Refusal::new(GapReason::TooManyBytes, detail),
        _ => Refusal::damaged(detail),
    }
}
