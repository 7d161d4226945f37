//! What could not be read, and why: counted and shown, never dropped in silence.

use std::fmt;

use khien_model::Untrusted;
use serde::Serialize;

/// Why a record or a stretch of a file could not be read.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The container (gzip, zstd, zip, tar) is damaged or cut short.
    DamagedContainer,
    /// A part of the file (an EVTX chunk, a header) is damaged.
    DamagedPart,
    /// The file is empty.
    Empty,
    /// The archive member is encrypted.
    Encrypted,
    /// A limit stopped the reading: size, ratio, members, nesting of containers.
    LimitExceeded,
    /// The record does not parse.
    Malformed,
    /// The machine refused: permissions, I/O errors.
    Unreadable,
    /// No known log format.
    UnknownFormat,
    /// The record is larger than one record may be.
    TooLarge,
    /// The record is nested deeper than it may be.
    TooDeep,
    /// The file ends inside a record.
    Truncated,
}

impl Reason {
    /// The stable word used in machine formats and as a key of the message catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DamagedContainer => "damaged-container",
            Self::DamagedPart => "damaged-part",
            Self::Empty => "empty",
            Self::Encrypted => "encrypted",
            Self::LimitExceeded => "limit-exceeded",
            Self::Malformed => "malformed",
            Self::TooDeep => "too-deep",
            Self::TooLarge => "too-large",
            Self::Truncated => "truncated",
            Self::Unreadable => "unreadable",
            Self::UnknownFormat => "unknown-format",
        }
    }

    /// Whether the whole file was lost, not just a record of it.
    pub const fn is_whole_file(self) -> bool {
        matches!(self, Self::Empty | Self::UnknownFormat | Self::Unreadable | Self::Encrypted)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One record, or stretch of a file, that could not be read.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct DeadLetter {
    /// The file, with the member's name after `!` when it stood in an archive.
    pub file: Untrusted,
    /// Byte offset in the decompressed stream where the trouble starts.
    pub offset: u64,
    /// Why.
    pub reason: Reason,
    /// The reader's own words, for the person who wants to know more.
    pub detail: Untrusted,
}
