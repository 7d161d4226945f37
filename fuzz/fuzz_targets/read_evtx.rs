//! Windows event logs: bytes as they are, and bytes as the records of a chunk that is sound around
//! them, because no fuzzer finds 512 fitting bytes of header.
#![no_main]

use khien_ingest::read::evtx;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((shape, rest)) = bytes.split_first() else { return };
    if shape % 4 == 0 {
        khien_fuzz::check_reader(evtx::read, "a.evtx", rest);
    } else {
        let mut file = chunk(rest, usize::from(shape % 4));
        // Now and then the file ends early.
        if *shape >= 0xf0 {
            file.truncate(512 + rest.len());
        }
        khien_fuzz::check_reader(evtx::read, "a.evtx", &file);
    }
});

/// A chunk of 64 KiB whose records hold `bytes`. Source of the layout: the libevtx format
/// description.
fn chunk(bytes: &[u8], records: usize) -> Vec<u8> {
    let mut body = Vec::new();
    let mut last = 512;
    for (number, part) in (1_u64..).zip(bytes.chunks(bytes.len().div_ceil(records).max(1))) {
        last = 512 + body.len();
        let length = u32::try_from(part.len() + 28).unwrap_or(u32::MAX).to_le_bytes();
        body.extend_from_slice(b"**\0\0");
        body.extend_from_slice(&length);
        body.extend_from_slice(&number.to_le_bytes());
        body.extend_from_slice(&133_000_000_000_000_000_u64.to_le_bytes());
        body.extend_from_slice(part);
        body.extend_from_slice(&length);
    }
    let count = u64::try_from(records).unwrap_or(1);
    let mut chunk = Vec::with_capacity(65_536);
    chunk.extend_from_slice(b"ElfChnk\0");
    for number in [1, count, 1, count] {
        chunk.extend_from_slice(&number.to_le_bytes());
    }
    let free = 512 + body.len();
    for number in [128, last, free] {
        chunk.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }
    chunk.resize(512, 0);
    chunk.extend_from_slice(&body);
    chunk.resize(65_536, 0);
    chunk
}
