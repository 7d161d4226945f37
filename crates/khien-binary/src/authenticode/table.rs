//! The certificate table of a PE file: entries, their lengths, and the bytes between them.
//!
//! This is where the 3CX carrier of 2023 hid: nothing in the table is covered by the signature that
//! it holds, and no verifier of the time looked at how long an entry is against what is in it.
//!
//! Source: PE/COFF specification, "The Attribute Certificate Table".

use std::ops::Range;

use super::tlv::Tlv;
use crate::entropy;
use crate::pe::layout::{Layout, u16_at, u32_at};
use crate::signature::{Irregularity, IrregularityKind};

/// `WIN_CERT_TYPE_PKCS_SIGNED_DATA`.
const PKCS_SIGNED_DATA: u16 = 2;
/// `WIN_CERT_REVISION_2_0`; revision 1.0 is no longer written, and still valid.
const REVISIONS: [u16; 2] = [0x0200, 0x0100];
/// Padding of an entry to 8 bytes.
const SLACK_MAX: usize = 7;
/// Bound: entries that are looked at; genuine tables have one.
const ENTRIES_MAX: usize = 16;

/// What the table holds.
pub(crate) struct Table {
    /// Bytes of the table, cut to the file.
    pub(crate) file: Range<usize>,
    /// DER of each signature.
    pub(crate) messages: Vec<Range<usize>>,
    /// What is odd.
    pub(crate) irregularities: Vec<Irregularity>,
}

/// Makes an irregularity about bytes of the file.
pub(crate) fn irregularity(
    kind: IrregularityKind,
    bytes: &[u8],
    range: Range<usize>,
    detail: impl Into<String>,
) -> Irregularity {
    let part = bytes.get(range.clone()).unwrap_or_default();
    Irregularity {
        kind,
        offset: range.start as u64,
        len: range.len() as u64,
        nonzero: part.iter().filter(|byte| **byte != 0).count() as u64,
        entropy: entropy::shannon_of(part),
        detail: detail.into(),
    }
}

/// Reads the table; `None` where the file has none.
pub(crate) fn read(layout: &Layout<'_>) -> Option<Table> {
    // This directory alone holds an offset in the file and not an address.
    let (offset, size) = layout.directory(4)?;
    if size == 0 {
        return None;
    }
    let bytes = layout.bytes;
    let start = (offset as usize).min(bytes.len());
    let stated = (offset as usize).saturating_add(size as usize);
    let end = stated.min(bytes.len());
    let mut table = Table { file: start..end, messages: Vec::new(), irregularities: Vec::new() };
    let mut note = |kind, range: Range<usize>, detail: String| {
        table.irregularities.push(irregularity(kind, bytes, range, detail));
    };
    if stated > bytes.len() {
        note(IrregularityKind::NotTiled, start..end, "the table reaches beyond the file".into());
    }
    if end < bytes.len() {
        note(IrregularityKind::AfterTable, end..bytes.len(), String::new());
    }
    let sections = layout.end_of_sections();
    if sections > start {
        let detail = "the table lies within the sections".to_owned();
        note(IrregularityKind::NotTiled, start..sections.min(end), detail);
    } else if let Some(before) = crate::pe::overlay(layout)
        && let (Ok(from), Ok(to)) = (usize::try_from(before.start), usize::try_from(before.end))
    {
        note(IrregularityKind::BeforeTable, from..to, String::new());
    }
    entries(bytes, &mut table);
    Some(table)
}

fn entries(bytes: &[u8], table: &mut Table) {
    let Range { start, end } = table.file;
    let mut at = start;
    let mut count = 0;
    while at < end && count < ENTRIES_MAX {
        let rest = bytes.get(at..end).unwrap_or_default();
        let header = (u32_at(rest, 0), u16_at(rest, 4), u16_at(rest, 6));
        let (Some(length), Some(revision), Some(kind)) = header else {
            let detail = "a rest too short for an entry";
            table.irregularities.push(not_tiled(bytes, at..end, detail));
            return;
        };
        let length = length as usize;
        if length < 8 || length > rest.len() {
            let detail = format!("an entry of {length} bytes where {} are", rest.len());
            table.irregularities.push(not_tiled(bytes, at..end, &detail));
            return;
        }
        count += 1;
        // Entries start at multiples of 8; the last one may end where the table does.
        let next = at.saturating_add(length.next_multiple_of(8)).min(end);
        if count > 1 {
            table.irregularities.push(irregularity(
                IrregularityKind::ManyEntries,
                bytes,
                at..next,
                format!("entry {count}"),
            ));
        }
        if kind == PKCS_SIGNED_DATA && REVISIONS.contains(&revision) {
            entry(bytes, at + 8..at + length, next, table);
        } else {
            table.irregularities.push(irregularity(
                IrregularityKind::UnknownEntry,
                bytes,
                at..next,
                format!("type 0x{kind:04x}, revision 0x{revision:04x}"),
            ));
        }
        at = next;
    }
    if at < end {
        table.irregularities.push(not_tiled(bytes, at..end, "more entries than are read"));
    }
    if count == 0 {
        table.irregularities.push(not_tiled(bytes, start..end, "no entry"));
    }
}

fn not_tiled(bytes: &[u8], range: Range<usize>, detail: &str) -> Irregularity {
    irregularity(IrregularityKind::NotTiled, bytes, range, detail)
}

/// One PKCS #7 entry: content within `content`, the next entry at `next`.
fn entry(bytes: &[u8], content: Range<usize>, next: usize, table: &mut Table) {
    let Some(message) = bytes.get(content.clone()).and_then(Tlv::first) else {
        let detail = "an entry that holds no DER";
        let malformed = irregularity(IrregularityKind::Malformed, bytes, content, detail);
        table.irregularities.push(malformed);
        return;
    };
    let end = content.start + message.raw.len();
    table.messages.push(content.start..end);
    // `dwLength` may count the padding to 8 bytes or not; what is after the DER is slack either way.
    let slack = bytes.get(end..next).unwrap_or_default();
    if slack.len() > SLACK_MAX || slack.iter().any(|byte| *byte != 0) {
        let detail = format!("entry of {} bytes, DER of {}", content.len(), message.raw.len());
        table.irregularities.push(irregularity(IrregularityKind::Slack, bytes, end..next, detail));
    }
}
