//! 7-Zip's headers, read just far enough to bound what the library will allocate.
//!
//! The library trusts dictionary sizes and counts files before it reads them; a header of a few
//! bytes may ask for gigabytes. This reader finds every coder's memory and the number of files
//! first.

use std::io::Read;

use lzma_rust2::{Lzma2Reader, LzmaReader};

use crate::budget::DICTIONARY_BYTES_MAX;
use crate::field::{len_u64, slice, u32_le, u64_le};
use crate::node::GapReason;
use crate::reader::Refusal;

/// Headers of the largest archives in use (half a million files) are below this.
pub(super) const HEADER_BYTES_MAX: u64 = 64 << 20;

/// Blocks ("folders") and coders that are looked at.
const FOLDERS_MAX: u64 = 1 << 20;

/// Checksums in one list.
const DIGESTS_MAX: usize = 4 << 20;

/// Memory for all coders of one block.
const BLOCK_MEMORY_MAX: u64 = DICTIONARY_BYTES_MAX + (64 << 20);

const LZMA: &[u8] = &[3, 1, 1];
const LZMA2: &[u8] = &[0x21];
const PPMD: &[u8] = &[3, 4, 1];
const COPY: &[u8] = &[0];
const AES: &[u8] = &[6, 0xf1, 7, 1];

/// What the library will be asked to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) files: u64,
    /// Some block needs a key.
    pub(super) encrypted: bool,
    /// A block whose coders ask for too much memory.
    pub(super) too_large: Option<u64>,
    /// Where the (packed) header is.
    pub(super) header: std::ops::Range<u64>,
    /// Where the packed header's content is.
    pub(super) packed_header: Option<std::ops::Range<u64>>,
}

/// Reads the headers of an archive.
pub(super) fn plan(bytes: &[u8]) -> Result<Plan, Refusal> {
    let damaged = || Refusal::damaged("7-Zip start header");
    let offset = u64_le(bytes, 12).ok_or_else(damaged)?;
    let size = u64_le(bytes, 20).ok_or_else(damaged)?;
    let start = offset.checked_add(32).ok_or_else(damaged)?;
    let header = start..start.checked_add(size).ok_or_else(damaged)?;
    if size > HEADER_BYTES_MAX {
        return Err(Refusal::new(GapReason::TooManyBytes, format!("a header of {size} bytes")));
    }
    let mut plan = Plan { header: header.clone(), ..Plan::default() };
    if size == 0 {
        return Ok(plan);
    }
    let plain = slice(bytes, &header).ok_or_else(damaged)?;
    if plain.first() == Some(&0x17) {
        let mut cursor = Cursor { bytes: plain, at: 1 };
        let streams = cursor.streams().ok_or_else(damaged)?;
        let unpacked = unpack_header(bytes, &streams, &mut plan)?;
        plan.read(&unpacked).ok_or_else(damaged)?;
    } else {
        plan.read(plain).ok_or_else(damaged)?;
    }
    Ok(plan)
}

/// The header's own packing: one coder, LZMA in practice.
fn unpack_header(bytes: &[u8], streams: &Streams, plan: &mut Plan) -> Result<Vec<u8>, Refusal> {
    let damaged = || Refusal::damaged("7-Zip packed header");
    let folder = streams.folders.first().ok_or_else(damaged)?;
    let size = folder.unpacked;
    let packed = *streams.packed.first().ok_or_else(damaged)?;
    let start = streams.position.checked_add(32).ok_or_else(damaged)?;
    let range = start..start.checked_add(packed).ok_or_else(damaged)?;
    let input = slice(bytes, &range).ok_or_else(damaged)?;
    if folder.has(AES) {
        return Err(Refusal::encrypted("names and content need a key"));
    }
    if size > HEADER_BYTES_MAX || folder.memory() > DICTIONARY_BYTES_MAX {
        let detail = format!("a packed header of {size} bytes and {} of memory", folder.memory());
        return Err(Refusal::new(GapReason::TooManyBytes, detail));
    }
    plan.packed_header = Some(range);
    let [coder] = folder.coders.as_slice() else {
        return Err(Refusal::unsupported("a header packed by several coders"));
    };
    let dictionary = u32::try_from(coder.memory()).map_err(|_| damaged())?;
    let mut unpacked = Vec::new();
    let read = match coder.id.as_slice() {
        LZMA => {
            let properties = coder.properties.first().copied().unwrap_or_default();
            LzmaReader::new_with_props(input, size, properties, dictionary, None)
                .and_then(|reader| reader.take(size).read_to_end(&mut unpacked))
        }
        LZMA2 => Lzma2Reader::new(input, dictionary, None).take(size).read_to_end(&mut unpacked),
        COPY => (&mut &*input).take(size).read_to_end(&mut unpacked),
        _ => return Err(Refusal::unsupported("a header packed by an unknown coder")),
    };
    match read {
        Ok(_) if len_u64(unpacked.len()) == size => Ok(unpacked),
        Ok(_) => Err(damaged()),
        Err(error) => Err(Refusal::damaged(format!("packed header: {error}"))),
    }
}

impl Plan {
    fn read(&mut self, header: &[u8]) -> Option<()> {
        let mut cursor = Cursor { bytes: header, at: 0 };
        let mut id = match cursor.byte()? {
            1 => cursor.byte()?,
            _ => return None,
        };
        if id == 2 {
            while cursor.byte()? != 0 {
                let size = cursor.number()?;
                cursor.skip(size)?;
            }
            id = cursor.byte()?;
        }
        if id == 4 {
            let streams = cursor.streams()?;
            self.encrypted = streams.folders.iter().any(|folder| folder.has(AES));
            let largest = streams.folders.iter().map(Folder::memory).max();
            self.too_large = largest.filter(|memory| *memory > BLOCK_MEMORY_MAX);
            self.files = streams.members;
            id = cursor.byte()?;
        }
        if id == 5 {
            self.files = self.files.max(cursor.number()?);
        }
        Some(())
    }
}

struct Coder {
    id: Vec<u8>,
    properties: Vec<u8>,
}

impl Coder {
    /// Memory this coder will ask for, in bytes.
    fn memory(&self) -> u64 {
        match self.id.as_slice() {
            LZMA | PPMD => u32_le(&self.properties, 1).map_or(0, u64::from),
            LZMA2 => match self.properties.first().copied().unwrap_or_default() {
                40.. => u64::from(u32::MAX),
                bits => u64::from(2 | bits & 1) << (bits / 2 + 11),
            },
            _ => 0,
        }
    }
}

struct Folder {
    coders: Vec<Coder>,
    outputs: u64,
    unpacked: u64,
    has_crc: bool,
}

impl Folder {
    fn memory(&self) -> u64 {
        self.coders.iter().map(Coder::memory).fold(0, u64::saturating_add)
    }

    fn has(&self, id: &[u8]) -> bool {
        self.coders.iter().any(|coder| coder.id == id)
    }
}

#[derive(Default)]
struct Streams {
    position: u64,
    packed: Vec<u64>,
    folders: Vec<Folder>,
    /// Members over all folders.
    members: u64,
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, len: u64) -> Option<()> {
        let end = self.at.checked_add(usize::try_from(len).ok()?)?;
        self.bytes.get(..end)?;
        self.at = end;
        Some(())
    }

    fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let taken = self.bytes.get(self.at..self.at.checked_add(len)?)?.to_vec();
        self.at += len;
        Some(taken)
    }

    /// 7-Zip's number: the first byte's leading ones say how many bytes follow.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let mut value = 0_u64;
        for index in 0..8_u32 {
            let mask = 0x80_u8 >> index;
            if first & mask == 0 {
                let high = u64::from(first & (mask.wrapping_sub(1)));
                return Some(value | high << (8 * index));
            }
            value |= u64::from(self.byte()?) << (8 * index);
        }
        Some(value)
    }

    /// A count of things that take at least a bit of the header each.
    fn count(&mut self) -> Option<u64> {
        let count = self.number()?;
        (count <= len_u64(self.bytes.len()).saturating_mul(8)).then_some(count)
    }

    fn streams(&mut self) -> Option<Streams> {
        let mut streams = Streams::default();
        loop {
            match self.byte()? {
                0 => return Some(streams),
                6 => self.pack_info(&mut streams)?,
                7 => self.folders(&mut streams)?,
                8 => streams.members = self.sub_streams(&streams)?,
                _ => return None,
            }
        }
    }

    fn pack_info(&mut self, streams: &mut Streams) -> Option<()> {
        streams.position = self.number()?;
        let count = self.count()?;
        loop {
            match self.byte()? {
                0 => return Some(()),
                9 => {
                    for _ in 0..count {
                        let size = self.number()?;
                        streams.packed.push(size);
                    }
                }
                10 => {
                    self.digests(count)?;
                }
                _ => return None,
            }
        }
    }

    fn folders(&mut self, streams: &mut Streams) -> Option<()> {
        if self.byte()? != 11 {
            return None;
        }
        let count = self.number().filter(|count| *count <= FOLDERS_MAX)?;
        if self.byte()? != 0 {
            return None;
        }
        for _ in 0..count {
            let folder = self.folder()?;
            streams.folders.push(folder);
        }
        if self.byte()? != 12 {
            return None;
        }
        for folder in &mut streams.folders {
            for _ in 0..folder.outputs {
                folder.unpacked = folder.unpacked.max(self.number()?);
            }
        }
        loop {
            match self.byte()? {
                0 => return Some(()),
                10 => {
                    let defined = self.digests(count)?;
                    for (folder, defined) in streams.folders.iter_mut().zip(defined) {
                        folder.has_crc = defined;
                    }
                }
                _ => return None,
            }
        }
    }

    fn folder(&mut self) -> Option<Folder> {
        let count = self.number().filter(|count| (1..=32).contains(count))?;
        let mut folder = Folder { coders: Vec::new(), outputs: 0, unpacked: 0, has_crc: false };
        let mut inputs = 0;
        for _ in 0..count {
            let flags = self.byte()?;
            let id = self.take(usize::from(flags & 15))?;
            let (coder_in, coder_out) = match flags & 0x10 {
                0 => (1, 1),
                _ => (self.number()?, self.number()?),
            };
            if coder_in > 32 || coder_out > 32 {
                return None;
            }
            inputs += coder_in;
            folder.outputs += coder_out;
            let properties = match flags & 0x20 {
                0 => Vec::new(),
                _ => {
                    let len = usize::try_from(self.number()?).ok()?;
                    self.take(len)?
                }
            };
            folder.coders.push(Coder { id, properties });
        }
        let bound = folder.outputs.checked_sub(1)?;
        for _ in 0..bound * 2 {
            self.number()?;
        }
        let packed = inputs.checked_sub(bound)?;
        if packed > 1 {
            for _ in 0..packed {
                self.number()?;
            }
        }
        Some(folder)
    }

    fn sub_streams(&mut self, streams: &Streams) -> Option<u64> {
        let mut counts = vec![1_u64; streams.folders.len()];
        loop {
            match self.byte()? {
                0 => {
                    return Some(
                        counts.iter().fold(0, |sum, count| u64::saturating_add(sum, *count)),
                    );
                }
                13 => {
                    for count in &mut counts {
                        *count = self.count()?;
                    }
                }
                9 => {
                    for count in &counts {
                        for _ in 1..*count {
                            self.number()?;
                        }
                    }
                }
                10 => {
                    let unknown = streams.folders.iter().zip(&counts).map(|(folder, count)| {
                        if *count == 1 && folder.has_crc { 0 } else { *count }
                    });
                    let unknown = unknown.fold(0, u64::saturating_add);
                    self.digests(unknown)?;
                }
                _ => return None,
            }
        }
    }

    /// Checksums: which are there, then four bytes for each that is.
    fn digests(&mut self, count: u64) -> Option<Vec<bool>> {
        let count = usize::try_from(count).ok()?;
        if count > self.bytes.len().saturating_mul(8).min(DIGESTS_MAX) {
            return None;
        }
        let mut defined = vec![true; count];
        if self.byte()? == 0 {
            let bits = self.take(count.div_ceil(8))?;
            for (index, flag) in defined.iter_mut().enumerate() {
                let byte = bits.get(index / 8).copied().unwrap_or_default();
                *flag = byte & (0x80 >> (index % 8)) != 0;
            }
        }
        let present = defined.iter().filter(|flag| **flag).count();
        self.skip(len_u64(present).checked_mul(4)?)?;
        Some(defined)
    }
}
