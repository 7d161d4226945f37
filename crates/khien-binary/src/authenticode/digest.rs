//! Which bytes of a PE file its signature covers, and their digest.
//!
//! Source: "Windows Authenticode Portable Executable Signature Format" (Microsoft, 2008), steps of
//! "Calculating the PE Image Hash": everything but the checksum, data directory 4 and the signature
//! table. Sections are hashed there in the order of their offsets, which for every file that has no
//! holes or overlaps is the same as the file from start to end; the loader's own check (and every
//! verifier) reads the file in order, and so does this.

use std::ops::Range;

use super::verify::{DigestKind, Hasher, hex};
use crate::pe::layout::Layout;

/// Parts of the file that are covered, in order.
pub(crate) fn covered(layout: &Layout<'_>, table: Option<&Range<usize>>) -> Vec<Range<usize>> {
    let length = layout.bytes.len();
    let checksum = Some(layout.checksum_at..layout.checksum_at.saturating_add(4));
    let directory = layout.security_at.map(|at| at..at.saturating_add(8));
    let mut holes: Vec<Range<usize>> =
        [checksum, directory, table.cloned()].into_iter().flatten().collect();
    holes.sort_unstable_by_key(|hole| hole.start);
    let mut parts = Vec::new();
    let mut at = 0;
    for hole in holes {
        let start = hole.start.min(length);
        if at < start {
            parts.push(at..start);
        }
        at = at.max(hole.end.min(length));
    }
    if at < length {
        parts.push(at..length);
    }
    parts
}

/// The Authentihash.
pub(crate) fn image_digest(
    layout: &Layout<'_>,
    table: Option<&Range<usize>>,
    kind: DigestKind,
) -> Vec<u8> {
    let mut hasher = Hasher::new(kind);
    for part in covered(layout, table) {
        hasher.update(layout.bytes.get(part).unwrap_or_default());
    }
    // Where nothing is signed yet, the file counts as padded to 8 bytes, because signing pads it.
    if table.is_none() {
        let padding = layout.bytes.len().next_multiple_of(8) - layout.bytes.len();
        hasher.update([0_u8; 8].get(..padding).unwrap_or_default());
    }
    hasher.finish()
}

/// Pages that Windows has.
const PAGE_SIZES: std::ops::RangeInclusive<usize> = 4096..=65_536;

/// Whether a table of page hashes fits the file: `(offset, digest)` for every page, the last one
/// with the end and zeroes. Pages are filled up with zeroes.
pub(crate) fn pages_fit(layout: &Layout<'_>, table: &[u8], kind: DigestKind) -> Result<(), String> {
    let page = layout.section_alignment as usize;
    // Bound: pages of 4 to 64 KiB, which is what Windows has. Smaller ones would cost a table as long
    // as the file, larger ones gigabytes of zeroes.
    if !PAGE_SIZES.contains(&page) || !page.is_power_of_two() {
        return Err("section alignment is no page size".to_owned());
    }
    let mut rows = table.chunks_exact(4 + kind.len());
    let mut wanted = |offset: usize, digest: &[u8]| {
        let row = rows.next().ok_or("the list of page hashes is too short")?;
        let offset = u32::try_from(offset).map_err(|_| "the file is too long for page hashes")?;
        if row.get(..4) != Some(&offset.to_le_bytes()) || row.get(4..) != Some(digest) {
            return Err(format!("page at {offset} differs"));
        }
        Ok(())
    };
    let zeroes = vec![0_u8; page];
    let headers = layout.header_size as usize;
    let mut hasher = Hasher::new(kind);
    for part in covered(layout, None) {
        let end = part.end.min(headers);
        hasher.update(layout.bytes.get(part.start..end).unwrap_or_default());
    }
    hasher.update(zeroes.get(headers.min(page)..).unwrap_or_default());
    wanted(0, &hasher.finish())?;
    let mut end = headers;
    for section in layout.sections.iter().filter(|section| !section.file.is_empty()) {
        for start in section.file.clone().step_by(page) {
            let stop = start.saturating_add(page).min(section.file.end);
            let bytes = layout.bytes.get(start..stop).unwrap_or_default();
            let rest = zeroes.get(bytes.len()..).unwrap_or_default();
            wanted(start, &kind.digest(&[bytes, rest]))?;
        }
        end = section.file.end;
    }
    wanted(end, &zeroes[..kind.len().min(page)])
}

/// A digest as it is written in reports: `sha256:…`.
pub(crate) fn written(kind: DigestKind, digest: &[u8]) -> String {
    format!("{}:{}", kind.name(), hex(digest))
}
