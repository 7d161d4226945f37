//! Windows event log files, chunk by chunk.
//!
//! A file is a header of 4 KiB and chunks of 64 KiB, each readable on its own; the `evtx` crate reads
//! a chunk. Walking the chunks here instead of through the crate's file parser needs no seeking, so
//! compressed files stream too, and a damaged header, chunk or tail costs only itself.
//!
//! Source of the layout: the libevtx format description by J. Metz.

use std::io::{self, Read};
use std::sync::Arc;

use evtx::{EvtxChunkData, ParserSettings};
use khien_model::RecordFormat;

use self::account::{ChunkAccount, FileAccount};
use super::Context;
use crate::Place;
use crate::dead_letter::Reason;
use crate::flatten::flatten_json;

mod account;

const FILE_HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 65_536;
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const FILE_MAGIC: &[u8] = b"ElfFile\0";
/// A chunk header; less than this holds no record.
const CHUNK_HEADER_BYTES: usize = 512;

/// Reads every record of an EVTX stream, or of chunks carved from one.
///
/// # Errors
///
/// The stream's own error; records before it were handed on.
pub fn read(stream: &mut dyn Read, ctx: &mut Context<'_>) -> io::Result<()> {
    let settings = Arc::new(ParserSettings::new().num_threads(1));
    let mut window = Window { stream, bytes: Vec::new(), offset: 0, failed: None };
    let mut account = FileAccount::default();
    window.fill(FILE_HEADER_BYTES);
    if window.bytes.starts_with(FILE_MAGIC) {
        let header = window.bytes.len().min(FILE_HEADER_BYTES);
        if header < FILE_HEADER_BYTES {
            ctx.dead(0, Reason::Truncated, "the file ends inside its header");
        } else {
            account.header(&window.bytes);
        }
        window.consume(header);
    }
    loop {
        window.fill(CHUNK_BYTES);
        if window.bytes.is_empty() {
            break;
        }
        if window.bytes.starts_with(CHUNK_MAGIC) {
            let (offset, whole) = (window.offset, window.bytes.len() == CHUNK_BYTES);
            let chunk = window.take_chunk();
            let chunk = read_chunk(chunk, offset, whole, &settings, ctx);
            if let Some(missing) = account.chunk(chunk.as_ref()) {
                ctx.dead(offset, Reason::DamagedPart, missing);
            }
        } else {
            resynchronise(&mut window, &mut account, ctx);
        }
    }
    if let Some(error) = window.failed {
        return Err(error);
    }
    // Hostile: a file cut between chunks, or with a chunk set to zeros, looks whole otherwise.
    if let Some(missing) = account.shortfall() {
        ctx.dead(window.offset, Reason::Truncated, missing);
    } else if account.is_empty() {
        ctx.dead(window.offset, Reason::Empty, "an event log without a chunk");
    }
    Ok(())
}

/// Skips to the next chunk; what was skipped is reported unless it is all zeros, which Windows
/// preallocates.
fn resynchronise(window: &mut Window<'_>, account: &mut FileAccount, ctx: &mut Context<'_>) {
    let from = window.offset;
    let next = memchr::memmem::find(window.bytes.get(1..).unwrap_or_default(), CHUNK_MAGIC);
    let skip = match next {
        Some(at) => at.saturating_add(1),
        // Keep the last bytes: the magic may straddle the edge.
        None if window.bytes.len() == CHUNK_BYTES => CHUNK_BYTES.saturating_sub(CHUNK_MAGIC.len()),
        None => window.bytes.len(),
    };
    if window.bytes.iter().take(skip).any(|byte| *byte != 0) {
        account.damage();
        ctx.dead(from, Reason::DamagedPart, format!("{skip} bytes that are no event log chunk"));
    }
    window.consume(skip);
}

/// Reads the records of a chunk; returns what its header says of them when it can be read.
fn read_chunk(
    bytes: Vec<u8>,
    offset: u64,
    whole: bool,
    settings: &Arc<ParserSettings>,
    ctx: &mut Context<'_>,
) -> Option<ChunkAccount> {
    let present = bytes.len();
    if present < CHUNK_HEADER_BYTES {
        ctx.dead(offset, Reason::Truncated, "the file ends inside a chunk header");
        return None;
    }
    let mut bytes = bytes;
    bytes.resize(CHUNK_BYTES, 0);
    let damaged = |ctx: &mut Context<'_>, what: String| {
        ctx.dead(offset, Reason::DamagedPart, what);
        None
    };
    let mut data = match EvtxChunkData::new(bytes, false) {
        Ok(data) => data,
        Err(error) => return damaged(ctx, error.to_string()),
    };
    // Hostile: a changed header can cut records off without any of them looking wrong.
    if whole && !data.validate_checksum() {
        let what = "the chunk's checksum is wrong; records may be missing";
        ctx.dead(offset, Reason::DamagedPart, what);
    }
    let mut account = ChunkAccount::of(&data);
    let mut chunk = match data.parse(Arc::clone(settings)) {
        Ok(chunk) => chunk,
        Err(error) => return damaged(ctx, error.to_string()),
    };
    let mut failed = false;
    for record in chunk.iter() {
        match record.and_then(evtx::EvtxRecord::into_json_bytes) {
            Ok(record) => {
                account.note(record.event_record_id);
                emit(&record.data, record.event_record_id, offset, ctx);
            }
            Err(error) => {
                failed = true;
                let reason = if whole { Reason::Malformed } else { Reason::Truncated };
                ctx.dead(offset, reason, flat_error(&error));
            }
        }
    }
    match account.shortfall().filter(|_| !failed) {
        Some(missing) if whole => ctx.dead(offset, Reason::DamagedPart, missing),
        Some(missing) => {
            let end = offset.saturating_add(u64::try_from(present).unwrap_or(u64::MAX));
            ctx.dead(end, Reason::Truncated, format!("the file ends inside a chunk; {missing}"));
        }
        None => {}
    }
    Some(account)
}

fn emit(json: &[u8], record: u64, offset: u64, ctx: &mut Context<'_>) {
    ctx.event.clear();
    if let Err(error) = flatten_json(json, ctx.event, ctx.limits.nesting_max) {
        return ctx.dead(offset, Reason::Malformed, format!("record {record}: {error}"));
    }
    ctx.normalizer.windows(ctx.event);
    ctx.emit(RecordFormat::Evtx, Place { record, offset });
}

/// An error with its causes, on one line.
fn flat_error(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// The next bytes of a stream and their place.
struct Window<'s> {
    stream: &'s mut dyn Read,
    bytes: Vec<u8>,
    offset: u64,
    failed: Option<io::Error>,
}

impl Window<'_> {
    /// Tops the window up to `wanted` bytes; fewer at the end or after an error.
    fn fill(&mut self, wanted: usize) {
        let missing = wanted.saturating_sub(self.bytes.len());
        if missing == 0 || self.failed.is_some() {
            return;
        }
        let limit = u64::try_from(missing).unwrap_or(u64::MAX);
        if let Err(error) = (&mut *self.stream).take(limit).read_to_end(&mut self.bytes) {
            self.failed = Some(error);
        }
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.bytes.len());
        self.bytes.drain(..count);
        self.offset = self.offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn take_chunk(&mut self) -> Vec<u8> {
        self.offset =
            self.offset.saturating_add(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
        std::mem::replace(&mut self.bytes, Vec::with_capacity(CHUNK_BYTES))
    }
}

#[cfg(test)]
mod tests;
