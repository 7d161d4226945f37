//! The compressions of SquashFS blocks.

use std::io::{self, Read};

use flate2::read::ZlibDecoder;

/// Unpacks one block that gives at most `max` bytes.
///
/// # Errors
///
/// The decoder's error; more bytes than `max`; a compression that is not known.
pub(super) fn unpack_block(compressor: u16, packed: &[u8], max: usize) -> io::Result<Vec<u8>> {
    let memory = crate::archive::stream::decoder_kib_max();
    match compressor {
        1 => limited(ZlibDecoder::new(packed), max),
        2 => limited(lzma_rust2::LzmaReader::new_mem_limit(packed, memory, None)?, max),
        4 => limited(lzma_rust2::XzReader::new_mem_limit(packed, false, memory), max),
        5 => lz4(packed, max),
        6 => {
            // A frame's window is never larger than its block here: refuse before it is allocated.
            let frame =
                ruzstd::decoding::StreamingDecoder::new(packed).map_err(io::Error::other)?;
            limited(frame, max)
        }
        _ => Err(io::Error::other("a compression that is not known")),
    }
}

fn limited(reader: impl Read, max: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let bound = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(bound).read_to_end(&mut out)?;
    if out.len() > max {
        return Err(io::Error::other("the block gives more than it may"));
    }
    Ok(out)
}

/// One LZ4 block: literals, then a match that may overlap what it writes.
fn lz4(packed: &[u8], max: usize) -> io::Result<Vec<u8>> {
    let broken = || io::Error::other("LZ4: the block is broken");
    let mut out: Vec<u8> = Vec::new();
    let mut rest = packed;
    while let [token, tail @ ..] = rest {
        rest = tail;
        let literals = run(usize::from(token >> 4), &mut rest).ok_or_else(broken)?;
        let (plain, tail) = rest.split_at_checked(literals).ok_or_else(broken)?;
        out.extend_from_slice(plain);
        if tail.is_empty() {
            break;
        }
        let ([low, high], tail) = tail.split_first_chunk().ok_or_else(broken)?;
        rest = tail;
        let distance = usize::from(u16::from_le_bytes([*low, *high]));
        let len = run(usize::from(token & 15), &mut rest).ok_or_else(broken)? + 4;
        if distance == 0 || distance > out.len() || out.len() + len > max {
            return Err(broken());
        }
        for _ in 0..len {
            let byte = out.len().checked_sub(distance).and_then(|at| out.get(at)).copied();
            out.push(byte.ok_or_else(broken)?);
        }
    }
    if out.len() > max { Err(broken()) } else { Ok(out) }
}

/// A length of 15 goes on in bytes of up to 255.
fn run(first: usize, rest: &mut &[u8]) -> Option<usize> {
    let mut len = first;
    if first == 15 {
        loop {
            let (byte, tail) = rest.split_first()?;
            *rest = tail;
            len = len.checked_add(usize::from(*byte))?;
            if *byte != 255 {
                break;
            }
        }
    }
    Some(len)
}

#[cfg(test)]
mod tests {
    use super::lz4;

    #[test]
    fn lz4_copies_what_it_has_just_written() {
        // Two literals, then ten bytes from two back.
        assert_eq!(lz4(&[0x26, b'a', b'b', 2, 0, 0x10, b'!'], 64).unwrap(), b"abababababab!");
        assert!(lz4(&[0x26, b'a', b'b', 9, 0, 0], 64).is_err());
        assert!(lz4(&[0x26, b'a', b'b', 2, 0, 0], 8).is_err());
    }
}
