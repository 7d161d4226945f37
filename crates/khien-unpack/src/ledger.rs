//! The account of one container's bytes.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::field::{len_u64, slice};

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

/// Claims of a reader on its container's bytes, in any order.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    claims: Vec<Span>,
}

impl Claims {
    /// Claims a stretch. What lies outside the container is cut off at [`Claims::settle`].
    pub(crate) fn add(&mut self, kind: SpanKind, range: Range<u64>) {
        if range.start >= range.end {
            return;
        }
        if let Some(last) = self.claims.last_mut()
            && last.kind == kind
            && last.range.end == range.start
        {
            last.range.end = range.end;
            return;
        }
        self.claims.push(Span { range, kind });
    }

    /// Lays the claims side by side: what nobody claimed is padding where it is zero and
    /// unexplained where it is not.
    pub(crate) fn settle(self, path: String, bytes: &[u8]) -> Ledger {
        let len = len_u64(bytes.len());
        let mut edges: Vec<(u64, bool, SpanKind)> = Vec::with_capacity(self.claims.len() * 2);
        for claim in &self.claims {
            let (start, end) = (claim.range.start.min(len), claim.range.end.min(len));
            if start < end {
                edges.push((start, true, claim.kind));
                edges.push((end, false, claim.kind));
            }
        }
        // Closing edges first, so that neighbours do not count as overlapping.
        edges.sort_unstable();
        let mut ledger = Ledger { path, len, spans: Vec::new(), overlapping: 0 };
        let mut open = [0_u64; 6];
        let mut at = 0;
        for (place, opens, kind) in edges {
            if place > at {
                ledger.lay(at..place, &open, bytes);
                at = place;
            }
            if let Some(count) = open.get_mut(rank(kind)) {
                *count = if opens { *count + 1 } else { count.saturating_sub(1) };
            }
        }
        if at < len {
            ledger.lay(at..len, &open, bytes);
        }
        ledger
    }
}

/// Which kind wins where two claim one byte: the more telling one.
const RANKED: [SpanKind; 6] = [
    // What was found to be more than a header needs, inside of what was claimed as one.
    SpanKind::Unexplained,
    SpanKind::Signature,
    SpanKind::Structure,
    SpanKind::Content,
    SpanKind::Program,
    SpanKind::Padding,
];

fn rank(kind: SpanKind) -> usize {
    RANKED.iter().position(|ranked| *ranked == kind).unwrap_or(RANKED.len())
}

impl Ledger {
    fn lay(&mut self, range: Range<u64>, open: &[u64; 6], bytes: &[u8]) {
        // The first of them is no claim but a doubt about one.
        if open.iter().skip(1).sum::<u64>() > 1 {
            self.overlapping += range.end - range.start;
        }
        match RANKED.iter().zip(open).find(|(_, count)| **count > 0) {
            Some((kind, _)) if *kind != SpanKind::Unexplained => self.push(range, *kind),
            _ => self.lay_unclaimed(range, bytes),
        }
    }

    fn lay_unclaimed(&mut self, range: Range<u64>, bytes: &[u8]) {
        let stretch = slice(bytes, &range).unwrap_or_default();
        let zeros_before = len_u64(stretch.iter().take_while(|byte| **byte == 0).count());
        if zeros_before == range.end - range.start {
            self.push(range, SpanKind::Padding);
            return;
        }
        let zeros_after = len_u64(stretch.iter().rev().take_while(|byte| **byte == 0).count());
        self.push(range.start..range.start + zeros_before, SpanKind::Padding);
        self.push(range.start + zeros_before..range.end - zeros_after, SpanKind::Unexplained);
        self.push(range.end - zeros_after..range.end, SpanKind::Padding);
    }

    fn push(&mut self, range: Range<u64>, kind: SpanKind) {
        if range.start >= range.end {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.kind == kind => last.range.end = range.end,
            _ => self.spans.push(Span { range, kind }),
        }
    }
}

#[cfg(test)]
mod tests;
