//! Electron's archives: a list of files as JSON inside a Chromium pickle, then the files.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::field::{self, len_u64, u32_le};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

#[derive(Debug, Deserialize)]
struct Entry {
    files: Option<BTreeMap<String, Self>>,
    link: Option<String>,
    size: Option<u64>,
    offset: Option<String>,
    #[serde(default)]
    unpacked: bool,
    #[serde(default)]
    executable: bool,
    integrity: Option<Integrity>,
}

#[derive(Debug, Deserialize)]
struct Integrity {
    algorithm: String,
    hash: String,
    #[serde(rename = "blockSize")]
    block_len: Option<usize>,
    blocks: Option<Vec<String>>,
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let early = || Refusal::damaged("the archive's header ends early");
    let header_len = u64::from(u32_le(&input, 4).ok_or_else(early)?);
    let json_len = u64::from(u32_le(&input, 12).ok_or_else(early)?);
    let json = field::piece(&input, 16, json_len).ok_or_else(early)?;
    cx.structure(0..16 + json_len);
    let base = 8 + header_len;
    if base < 16 + json_len {
        cx.fact(FactKind::IndexDisagrees, Some(4), "the list is longer than its pickle");
    }
    // Nested at most 128 deep: the parser refuses more.
    let root: Entry = serde_json::from_slice(json)
        .map_err(|error| Refusal::damaged(format!("the list of files: {error}")))?;
    let mut claimed = Vec::new();
    let mut todo = vec![(String::new(), &root)];
    while let Some((path, entry)) = todo.pop() {
        let Some(files) = &entry.files else { continue };
        if !path.is_empty() {
            cx.folder(&path)?;
        }
        for (name, inner) in files {
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if inner.files.is_some() {
                todo.push((path, inner));
            } else {
                leaf(cx, &path, inner, base, &mut claimed)?;
            }
        }
    }
    note_overlaps(cx, claimed);
    Ok(())
}

fn leaf(
    cx: &mut Context<'_, '_>,
    path: &str,
    entry: &Entry,
    base: u64,
    claimed: &mut Vec<Range<u64>>,
) -> Result<(), Refusal> {
    let mode = entry.executable.then_some(0o755);
    let attributes = Attributes { mode, ..Attributes::default() };
    if let Some(target) = &entry.link {
        // Targets are relative to the archive's root, not to the link.
        let up = "../".repeat(path.matches('/').count());
        return cx.link(path, attributes, &format!("{up}{target}"));
    }
    let size = entry.size.unwrap_or(0);
    if entry.unpacked {
        let detail = "lies beside the archive, in its .unpacked folder";
        cx.member_gap(path, GapReason::External, detail, Some(size));
        return cx.tick();
    }
    let offset = entry.offset.as_deref().unwrap_or("0").parse::<u64>().ok();
    let Some(range) = offset
        .and_then(|offset| base.checked_add(offset))
        .and_then(|start| Some(start..start.checked_add(size)?))
    else {
        cx.member_gap(path, GapReason::Damaged, "its place is no number", Some(size));
        return cx.tick();
    };
    if let (Some(integrity), Some(bytes)) = (&entry.integrity, cx.slice(&range)) {
        check(cx, path, integrity, &bytes);
    }
    claimed.push(range.clone());
    cx.file(path, attributes, range)
}

fn check(cx: &mut Context<'_, '_>, path: &str, integrity: &Integrity, bytes: &[u8]) {
    if integrity.algorithm != "SHA256" {
        let detail = format!("digest of an unknown kind: {}", integrity.algorithm);
        cx.member_fact(path, FactKind::WrongChecksum, None, detail);
        return;
    }
    if !is_digest(&integrity.hash, bytes) {
        cx.member_fact(path, FactKind::WrongChecksum, None, "SHA-256 of the file");
    }
    if let (Some(len @ 1..), Some(blocks)) = (integrity.block_len, &integrity.blocks) {
        let mut parts: Vec<&[u8]> = bytes.chunks(len).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        let right = parts.len() == blocks.len()
            && parts.iter().zip(blocks).all(|(part, block)| is_digest(block, part));
        if !right {
            cx.member_fact(path, FactKind::WrongChecksum, None, "SHA-256 of a block");
        }
    }
}

fn is_digest(stored: &str, bytes: &[u8]) -> bool {
    let digest = Sha256::digest(bytes);
    let (pairs, rest) = stored.as_bytes().as_chunks::<2>();
    rest.is_empty()
        && pairs.len() == digest.len()
        && pairs.iter().zip(&digest).all(|(pair, byte)| {
            std::str::from_utf8(pair).ok().and_then(|p| u8::from_str_radix(p, 16).ok())
                == Some(*byte)
        })
}

fn note_overlaps(cx: &mut Context<'_, '_>, mut claimed: Vec<Range<u64>>) {
    claimed.retain(|range| !range.is_empty());
    claimed.sort_by_key(|range| (range.start, range.end));
    let shared = claimed.windows(2).filter(|w| matches!(w, [a, b] if b.start < a.end)).count();
    if shared > 0 {
        let detail = format!("{} of {} files share bytes", shared, len_u64(claimed.len()));
        cx.fact(FactKind::Overlap, None, detail);
    }
}

#[cfg(test)]
mod tests;
