//! The account of one container's bytes.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What a stretch of a container is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// Headers, tables, indexes: read and understood.
    Structure,
    /// Content of members, which are accounted for as nodes of their own.
    Content,
    /// A signature block.
    Signature,
    /// Zero bytes, or what the format says is padding.
    Padding,
    /// A program in front of or around the container (an installer's stub), looked at as a program.
    Program,
    /// No reader explained these bytes.
    Unexplained,
}

/// One stretch of a container.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Where, in bytes from the container's start.
    pub range: Range<u64>,
    /// What it is.
    pub kind: SpanKind,
}

/// Which bytes of one container are what. Spans are sorted, do not overlap, and cover it all.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The container's path: empty for the artefact itself.
    pub path: String,
    /// Its length in bytes.
    pub len: u64,
    /// Its spans, neighbours of one kind joined.
    pub spans: Vec<Span>,
    /// Bytes that two members or structures both claim.
    pub overlapping: u64,
}

impl Ledger {
    /// Bytes of one kind.
    pub fn bytes(&self, kind: SpanKind) -> u64 {
        self.spans.iter().filter(|s| s.kind == kind).map(|s| s.range.end - s.range.start).sum()
    }
}
