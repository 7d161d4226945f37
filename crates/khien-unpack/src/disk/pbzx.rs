//! `pbzx`: chunks of xz (or plain bytes), around the payload of macOS packages.

use std::io::{self, Read};

use bytes::Bytes;
use lzma_rust2::XzReader;

use crate::field::{piece, u64_be};
use crate::node::{Attributes, FactKind, NodeKind};
use crate::reader::{Context, Refusal};

const MAGIC: &[u8] = b"pbzx";
/// Chunks are 16 MiB; a flag for "more follows" is this bit.
const MORE: u64 = 1 << 24;
const CHUNK_BYTES_MAX: u64 = 1 << 30;

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.pass_root_on();
    let mut flags = u64_be(&input, 4).ok_or_else(|| Refusal::damaged("header ends early"))?;
    if !input.starts_with(MAGIC) {
        return Err(Refusal::damaged("no pbzx header"));
    }
    cx.structure(0..12);
    let mut chunks = Vec::new();
    let mut at = 12_u64;
    while flags & MORE != 0 {
        cx.tick()?;
        let (Some(next), Some(len)) = (u64_be(&input, at), u64_be(&input, at + 8)) else { break };
        let start = at + 16;
        let Some(end) = start.checked_add(len).filter(|end| *end <= cx.len()) else {
            return Err(Refusal::damaged(format!("the chunk at {at} ends early")));
        };
        cx.structure(at..start);
        cx.content(start..end);
        chunks.push(start..end);
        flags = next;
        at = end;
    }
    let mut reader = Chunks { input, chunks: chunks.into_iter(), current: None };
    let name = "(payload)";
    if let Some(unpacked) = cx.unpack(name, &mut reader, None)? {
        cx.member(name, NodeKind::File, Attributes::default(), None, unpacked.bytes)?;
    }
    if at < cx.len() {
        let detail = format!("{} bytes behind the last chunk", cx.len() - at);
        cx.fact(FactKind::ForeignBytes, Some(at), detail);
    }
    Ok(())
}

/// The chunks' bytes, one behind the other.
struct Chunks {
    input: Bytes,
    chunks: std::vec::IntoIter<std::ops::Range<u64>>,
    current: Option<Box<dyn Read>>,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(reader) = &mut self.current {
                let read = reader.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    return Ok(read);
                }
            }
            let Some(range) = self.chunks.next() else { return Ok(0) };
            let len = range.end - range.start;
            if len > CHUNK_BYTES_MAX || piece(&self.input, range.start, len).is_none() {
                return Err(io::Error::other("a chunk too large"));
            }
            let start = usize::try_from(range.start).map_err(io::Error::other)?;
            let end = usize::try_from(range.end).map_err(io::Error::other)?;
            let chunk = self.input.slice(start..end);
            let packed = chunk.starts_with(b"\xFD7zXZ\0");
            let chunk = io::Cursor::new(chunk);
            let memory = crate::archive::stream::decoder_kib_max();
            self.current = Some(if packed {
                Box::new(XzReader::new_mem_limit(chunk, false, memory))
            } else {
                Box::new(chunk)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crate::disk::cpio::tests::newc;
    use crate::installer::testing::{INERT, Seen, survives_damage};
    use crate::{FactKind, SpanKind};

    fn payload() -> Vec<u8> {
        let archive = newc(&[("./a.txt", 0o100_644, &INERT.repeat(100))]);
        let (first, second) = archive.split_at(1000);
        let options = lzma_rust2::XzOptions::with_preset(0);
        let mut packed = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        packed.write_all(second).unwrap();
        let packed = packed.finish().unwrap();
        let mut out = b"pbzx".to_vec();
        out.extend_from_slice(&(1_u64 << 24).to_be_bytes());
        for (flags, chunk) in [(1_u64 << 24, first), (0, &packed[..])] {
            out.extend_from_slice(&flags.to_be_bytes());
            out.extend_from_slice(&u64::try_from(chunk.len()).unwrap().to_be_bytes());
            out.extend_from_slice(chunk);
        }
        out
    }

    #[test]
    fn chunks_are_joined_and_opened() {
        let seen = Seen::open("Payload", payload());
        seen.check().unwrap();
        assert_eq!(seen.gaps(), []);
        assert_eq!(seen.node("(payload)!/./a.txt").bytes, INERT.repeat(100));
        assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
    }

    #[test]
    fn bytes_behind_the_last_chunk_are_foreign() {
        let mut bytes = payload();
        bytes.extend_from_slice(INERT);
        let seen = Seen::open("Payload", bytes);
        assert!(seen.has_fact(FactKind::ForeignBytes, "behind the last chunk"));
        assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
    }

    #[test]
    fn damage_never_panics() {
        survives_damage("Payload", &payload(), 200);
    }
}
