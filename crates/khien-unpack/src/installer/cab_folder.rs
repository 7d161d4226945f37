//! The packed data of a cabinet: blocks of up to 32 KiB, each folder one stream.
//!
//! As [MS-CAB] and [MS-MCI] describe them. Folders are decoded here and not by the `cab` crate,
//! which can only be asked for one file by name and then decodes its folder again from the start.

use std::io::{self, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};
use lzxd::{Lzxd, WindowSize};

use crate::field::{self, u16_le, u32_le};

/// What one block may give (MSZIP and LZX alike).
const BLOCK_BYTES_MAX: usize = 32 << 10;

/// One block of a folder.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Header and reserved bytes.
    pub(crate) head: Range<u64>,
    /// Packed bytes.
    pub(crate) data: Range<u64>,
    /// Bytes that come out; 0 where the rest is in the next cabinet.
    pub(crate) unpacked: u16,
    /// Stored and computed checksums differ.
    pub(crate) wrong_checksum: bool,
}

/// Reads the headers of a folder's blocks. Stops where they leave the cabinet: the second value
/// then says so.
pub(crate) fn blocks(cab: &[u8], at: u64, count: u16, reserve: u8) -> (Vec<Block>, bool) {
    let mut out = Vec::new();
    let mut at = at;
    for _ in 0..count {
        let (Some(stored), Some(len), Some(unpacked)) =
            (u32_le(cab, at), u16_le(cab, at + 4), u16_le(cab, at + 6))
        else {
            return (out, false);
        };
        let head = at..at + 8 + u64::from(reserve);
        let data = head.end..head.end + u64::from(len);
        let Some(packed) = field::piece(cab, data.start, u64::from(len)) else {
            return (out, false);
        };
        let rest = field::piece(cab, at + 4, 4 + u64::from(reserve)).unwrap_or_default();
        let wrong_checksum = stored != 0 && checksum(rest, checksum(packed, 0)) != stored;
        at = data.end;
        out.push(Block { head, data, unpacked, wrong_checksum });
    }
    (out, true)
}

/// The sum of [MS-CAB] 3.1: words are XORed; a last part of a word counts from its other end.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    sum ^ rest.iter().fold(0, |last, byte| (last << 8) | u32::from(*byte))
}

enum Codec {
    Stored,
    MsZip { decoder: Decompress, window: Vec<u8> },
    Lzx(Box<Lzxd>),
}

impl Codec {
    fn new(kind: u16) -> Result<Self, &'static str> {
        match kind & 0xF {
            0 => Ok(Self::Stored),
            1 => Ok(Self::MsZip { decoder: Decompress::new(false), window: Vec::new() }),
            2 => Err("Quantum compression"),
            3 => {
                let window = match kind >> 8 & 0x1F {
                    15 => WindowSize::KB32,
                    16 => WindowSize::KB64,
                    17 => WindowSize::KB128,
                    18 => WindowSize::KB256,
                    19 => WindowSize::KB512,
                    20 => WindowSize::MB1,
                    21 => WindowSize::MB2,
                    // Cabinets go to 2^21; larger windows are of other formats.
                    _ => return Err("an LZX window that cabinets do not have"),
                };
                Ok(Self::Lzx(Box::new(Lzxd::new(window))))
            }
            _ => Err("a compression that cabinets do not have"),
        }
    }

    fn block(&mut self, packed: &[u8], unpacked: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Stored => Ok(packed.to_vec()),
            Self::MsZip { decoder, window } => {
                let out = mszip(decoder, window, packed, unpacked)?;
                window.clone_from(&out);
                Ok(out)
            }
            // The decoder asserts what it believes of its input: fenced.
            Self::Lzx(lzx) => catch_unwind(AssertUnwindSafe(|| {
                lzx.decompress_next(packed, unpacked).map(<[u8]>::to_vec)
            }))
            .map_err(|_| io::Error::other("LZX: the decoder failed on this block"))?
            .map_err(|error| io::Error::other(format!("LZX: {error}"))),
        }
    }
}

/// One MSZIP block: `CK`, then deflate whose window is the block before.
fn mszip(
    decoder: &mut Decompress,
    window: &[u8],
    packed: &[u8],
    unpacked: usize,
) -> io::Result<Vec<u8>> {
    let packed = packed.strip_prefix(b"CK").ok_or_else(|| io::Error::other("MSZIP: no mark"))?;
    decoder.reset(false);
    if !window.is_empty() {
        decoder.set_dictionary(window)?;
    }
    // One byte more than announced, so that a block that gives more is seen.
    let mut out = Vec::with_capacity(unpacked.min(BLOCK_BYTES_MAX) + 1);
    let status = decoder.decompress_vec(packed, &mut out, FlushDecompress::Finish)?;
    if status != Status::StreamEnd {
        return Err(io::Error::other("MSZIP: the block does not end where it should"));
    }
    Ok(out)
}

/// The bytes of one folder as a stream.
pub(crate) struct FolderReader {
    cab: Bytes,
    kind: u16,
    blocks: Vec<Block>,
    codec: Codec,
    next: usize,
    current: Vec<u8>,
    used: usize,
    /// Bytes given so far.
    pub(crate) position: u64,
}

impl FolderReader {
    /// # Errors
    ///
    /// The name of a compression that is not read.
    pub(crate) fn new(cab: Bytes, kind: u16, blocks: Vec<Block>) -> Result<Self, &'static str> {
        let codec = Codec::new(kind)?;
        let current = Vec::new();
        Ok(Self { cab, kind, blocks, codec, next: 0, current, used: 0, position: 0 })
    }

    /// Starts again at the first block.
    pub(crate) fn rewind(&mut self) {
        if let Ok(codec) = Codec::new(self.kind) {
            self.codec = codec;
        }
        self.next = 0;
        self.current.clear();
        self.used = 0;
        self.position = 0;
    }

    fn load(&mut self) -> io::Result<bool> {
        let Some(block) = self.blocks.get(self.next) else { return Ok(false) };
        self.next += 1;
        let len = block.data.end - block.data.start;
        let packed = field::piece(&self.cab, block.data.start, len).unwrap_or_default();
        if block.unpacked == 0 {
            return Err(io::Error::other("the block goes on in the next cabinet"));
        }
        let unpacked = usize::from(block.unpacked);
        if unpacked > BLOCK_BYTES_MAX {
            return Err(io::Error::other("a block of more than 32 KiB"));
        }
        self.current = self.codec.block(packed, unpacked)?;
        self.used = 0;
        if self.current.len() == unpacked {
            Ok(true)
        } else {
            Err(io::Error::other(format!(
                "a block gives {} bytes and announced {unpacked}",
                self.current.len()
            )))
        }
    }
}

impl Read for FolderReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used >= self.current.len() {
            if !self.load()? {
                return Ok(0);
            }
        }
        let mut ready = self.current.get(self.used..).unwrap_or_default();
        let read = ready.read(buffer)?;
        self.used += read;
        self.position += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}
