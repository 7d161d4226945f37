//! A Microsoft cabinet with one folder of stored blocks ([MS-CAB]).

use super::layout::Layout;

/// Bytes of one block at most.
const BLOCK_BYTES: usize = 32_768;

/// A cabinet of files.
pub(crate) fn cabinet(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let content: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let blocks: Vec<&[u8]> = content.chunks(BLOCK_BYTES).collect();
    let files_at = 36 + 8;
    let names: usize = files.iter().map(|(name, _)| 16 + name.len() + 1).sum();
    let data_at = files_at + names;
    let mut out = Layout::new();
    out.bytes("MSCF").u32(0).u32(data_at + content.len() + 8 * blocks.len()).u32(0).u32(files_at);
    out.u32(0).u8(3).u8(1).u16(1).u16(files.len()).u16(0).u16(0x4B48).u16(0);
    out.u32(data_at).u16(blocks.len()).u16(0);
    let mut at = 0;
    for (name, bytes) in files {
        out.u32(bytes.len()).u32(at).u16(0).u16(0x5821).u16(0).u16(0x20).c_string(name);
        at += bytes.len();
    }
    for block in blocks {
        let mut sizes = Layout::new();
        sizes.u16(block.len()).u16(block.len());
        let sum = checksum(&sizes.0, checksum(block, 0));
        out.bytes(sum.to_le_bytes()).bytes(&sizes.0).bytes(block);
    }
    out.0
}

/// Exclusive-or of 32-bit words; the last bytes count from the high end.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let words = bytes.chunks_exact(4);
    let rest = words.remainder().iter().fold(0, |rest, byte| rest << 8 | u32::from(*byte));
    let word = |word: &[u8]| word.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    words.fold(seed, |sum, bytes| sum ^ word(bytes)) ^ rest
}
