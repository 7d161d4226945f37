//! Bytes behind the end of a picture.

use khien_lineage::TraitKind;

use super::collect::{Collector, place};

/// Adds what stands after the last chunk of a PNG file or the last picture of an icon file.
pub(crate) fn traits(bytes: &[u8], out: &mut Collector) {
    let end = png_end(bytes).map(|end| ("png", end)).or_else(|| ico_end(bytes).map(|e| ("ico", e)));
    if let Some((what, end)) = end
        && let Some(left) = bytes.len().checked_sub(end).filter(|left| *left > 0)
    {
        let amount = u64::try_from(left).unwrap_or(u64::MAX);
        out.add(TraitKind::Overlay, what, amount, place(end, left, ""));
    }
}

/// Source: PNG specification 5.3: length, type, data, checksum; `IEND` is the last.
fn png_end(bytes: &[u8]) -> Option<usize> {
    let mut at = bytes.starts_with(b"\x89PNG\r\n\x1a\n").then_some(8_usize)?;
    loop {
        let len = bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))?;
        let kind = bytes.get(at.checked_add(4)?..)?.first_chunk::<4>()?;
        at = at.checked_add(12)?.checked_add(usize::try_from(len).ok()?)?;
        if kind == b"IEND" {
            return (at <= bytes.len()).then_some(at);
        }
    }
}

/// An icon file's directory: reserved 0, type 1, count; entries of 16 bytes with size and offset.
fn ico_end(bytes: &[u8]) -> Option<usize> {
    let count = bytes.strip_prefix(&[0, 0, 1, 0])?.first_chunk().map(|b| u16::from_le_bytes(*b))?;
    let entries = bytes.get(6..)?.chunks_exact(16).take(usize::from(count));
    let mut end = None;
    for entry in entries {
        let number = |at| entry.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b));
        let last =
            usize::try_from(number(8)?).ok()?.checked_add(usize::try_from(number(12)?).ok()?)?;
        if entry.get(3) != Some(&0) || last > bytes.len() {
            return None;
        }
        end = end.max(Some(last));
    }
    end.filter(|_| (1..=64).contains(&count))
}
