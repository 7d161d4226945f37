//! Electron's archive: a header of JSON in Chromium's pickle, and files behind it.

use super::layout::Layout;
use super::software::Files;

/// An archive of files in one folder.
pub(crate) fn asar(files: &Files) -> Vec<u8> {
    let mut at = 0;
    let rows: Vec<String> = files
        .iter()
        .map(|(name, bytes)| {
            let row = format!("\"{name}\":{{\"size\":{},\"offset\":\"{at}\"}}", bytes.len());
            at += bytes.len();
            row
        })
        .collect();
    let header = format!("{{\"files\":{{{}}}}}", rows.join(","));
    let padded = header.len().next_multiple_of(4);
    let mut out = Layout::new();
    out.u32(4).u32(padded + 8).u32(padded + 4).u32(header.len()).bytes(&header).pad_to(16 + padded);
    for (_, bytes) in files {
        out.bytes(bytes);
    }
    out.0
}
