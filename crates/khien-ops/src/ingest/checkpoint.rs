//! How far a source is stored: what its row in the lake says.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::chunks::ChunkState;

/// How many bytes of a stream tell at once whether it may be one that is known.
pub const HEAD_BYTES: usize = 4096;

/// Bound: records remembered that the end of a stream pushed out and that growth may change.
pub const LOOSE_MAX: usize = 4096;

/// How far a source is stored; the `fields` of its row.
///
/// Compat: older rows are read for ever; new fields need a default.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Checkpoint {
    /// Bytes of the (decompressed) stream that were read.
    pub length: u64,
    /// Their BLAKE3.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub blake3: String,
    /// Compat: their SHA-256, by which rows were known before they had a BLAKE3. Only read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// SHA-256 of the first [`HEAD_BYTES`] of them, or of all where there are fewer.
    pub head: String,
    /// What the stream holds, as a word of [`kind_word`].
    pub kind: String,
    /// Records (events and dead letters, in order) that more bytes behind `length` cannot change.
    pub settled: u64,
    /// Where the last settled record begins, and how many come before it.
    pub from: (u64, u64),
    /// Offset and content of records that came out only because the stream ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loose: Vec<(u64, u64)>,
    /// Whether the stream was read to its end.
    #[serde(default)]
    pub complete: bool,
    /// Which run read it.
    pub run: String,
    /// Of a Windows event log: chunks read since the last row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chunks: Vec<ChunkState>,
    /// Of a Windows event log: dead letters since the last row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<u64>,
    /// In the row that ends a run: which runs are done, correlations included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
}

/// A checkpoint with what the row's other columns say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Entry {
    /// The source.
    pub source: String,
    /// Rows stored of it so far, events and dead letters.
    pub stored: u64,
    /// How far.
    pub checkpoint: Checkpoint,
    /// Whether its run came to its end; if not, correlations over it are still owed.
    pub run_closed: bool,
}

/// The word for what a stream holds.
pub const fn kind_word(kind: khien_ingest::sniff::Kind) -> &'static str {
    use khien_ingest::sniff::Kind;
    match kind {
        Kind::Auditd => "auditd",
        Kind::Evtx => "evtx",
        Kind::Json => "json",
        Kind::Syslog => "syslog",
        Kind::ZeekTsv => "zeek",
        _ => "other",
    }
}

/// SHA-256 as text.
pub fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// SHA-256 of some bytes, as text.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// 64 bits of SHA-256 over parts, each with its length before it.
pub fn short_hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    digest.first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first))
}

/// An id out of SHA-256 over parts.
pub fn id_of(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part);
    }
    let mut text = hex(&hasher.finalize());
    text.truncate(32);
    text
}
