//! Windows event logs change in place: headers are written anew, chunks are filled and later
//! overwritten. What stays is the records of a chunk, to which only more are added; so a chunk is
//! known by its first record and by the hash of the part that is in use.
//!
//! Source of the layout: the libevtx format description by J. Metz, "Chunk header" and "Event record".

use serde::{Deserialize, Serialize};

use super::checkpoint::short_hash;

/// Bytes of a chunk.
pub const CHUNK_BYTES: usize = 65_536;
const HEADER_BYTES: usize = 512;
const FREE_SPACE_AT: usize = 48;
/// Signature, size, id and time of a record.
const RECORD_HEADER_BYTES: usize = 24;

/// A chunk that was read, as far as it was filled then.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChunkState {
    /// Which chunk: a hash of its first record's id and time.
    pub key: u64,
    /// How many bytes of it were in use.
    pub used: u32,
    /// Their hash.
    pub hash: u64,
    /// How many of its events are stored.
    pub events: u64,
}

impl ChunkState {
    /// What a chunk is now; `None` for one that holds no record.
    pub fn of(chunk: &[u8]) -> Option<Self> {
        let free = chunk.get(FREE_SPACE_AT..)?.first_chunk::<4>()?;
        let free = usize::try_from(u32::from_le_bytes(*free)).unwrap_or(usize::MAX);
        // Hostile: a length that does not fit means the whole chunk.
        let end = if (HEADER_BYTES..=chunk.len()).contains(&free) { free } else { chunk.len() };
        let first = chunk.get(HEADER_BYTES..HEADER_BYTES.checked_add(RECORD_HEADER_BYTES)?)?;
        let used = chunk.get(HEADER_BYTES..end)?;
        Some(Self {
            key: short_hash(&[first]),
            used: u32::try_from(end).unwrap_or(u32::MAX),
            hash: short_hash(&[used]),
            events: 0,
        })
    }

    /// Whether a chunk is this one, with perhaps more in it.
    pub fn is_start_of(&self, chunk: &[u8]) -> bool {
        let end = usize::try_from(self.used).unwrap_or(usize::MAX);
        chunk.get(HEADER_BYTES..end).is_some_and(|used| short_hash(&[used]) == self.hash)
    }
}

/// What stands for an event log among others: its first record, within a stream's first bytes.
pub fn first_record(head: &[u8]) -> Option<&[u8]> {
    let at = if head.starts_with(b"ElfFile\0") { 4096 + HEADER_BYTES } else { HEADER_BYTES };
    head.get(at..at.checked_add(RECORD_HEADER_BYTES)?)
}

#[cfg(test)]
mod tests;
