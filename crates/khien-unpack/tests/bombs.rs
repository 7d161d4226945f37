//! Decompression bombs end in a gap, within little memory. One test in a process of its own, so
//! that the process's peak is the test's.

#![expect(clippy::unwrap_used, reason = "a test that fails may say so by a panic")]

use std::io::Write as _;

use bytes::Bytes;
use khien_unpack::{GapReason, Limits, Node, Opened, Visitor, open};

struct Drops;

impl Visitor for Drops {
    fn visit(&mut self, _node: Node) {}
}

fn walk(bytes: Vec<u8>) -> Opened {
    open("x", Bytes::from(bytes), &Limits::default(), &mut Drops)
}

fn gzip_zeros(len: u64) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0; 1 << 20];
    for _ in 0..len >> 20 {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

fn zip_of(name: &str, packed: &[u8], size: u32, method: u16, times: u16) -> Vec<u8> {
    let len = u32::try_from(packed.len()).unwrap();
    let fields = |bytes: &mut Vec<u8>| {
        bytes.extend([0, 0]);
        bytes.extend(method.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(len.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend([0, 0]);
    };
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    fields(&mut bytes);
    bytes.extend(name.as_bytes());
    bytes.extend(packed);
    let start = u32::try_from(bytes.len()).unwrap();
    for _ in 0..times {
        bytes.extend(b"PK\x01\x02\x14\x03\x14\0");
        fields(&mut bytes);
        bytes.extend([0; 14]);
        bytes.extend(name.as_bytes());
    }
    let index = u32::try_from(bytes.len()).unwrap() - start;
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(times.to_le_bytes());
    bytes.extend(times.to_le_bytes());
    bytes.extend(index.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn bombs_end_in_a_gap_within_little_memory() {
    let gzip = gzip_zeros(400 << 20);
    let opened = walk(gzip.clone());
    assert_eq!(opened.gaps[0].reason, GapReason::TooManyBytesPerByte);
    assert!(opened.bytes_out < 120 << 20, "{}", opened.bytes_out);

    // Deflate is gzip without 10 bytes before and 8 behind.
    let deflated = &gzip[10..gzip.len() - 8];
    let flat = zip_of("a", deflated, 400 << 20, 8, 1);
    let opened = walk(flat.clone());
    assert_eq!(opened.gaps[0].reason, GapReason::TooManyBytesPerByte);

    // A bomb in a bomb: each level alone is within the ratio of its own container.
    let nested = zip_of("inner.zip", &flat, u32::try_from(flat.len()).unwrap(), 0, 1);
    let opened = walk(nested);
    assert!(opened.gaps.iter().any(|gap| gap.reason == GapReason::TooManyBytesPerByte));

    // Many index entries that quote one stream (Fifield 2019).
    let small = gzip_zeros(16 << 20);
    let quoted = zip_of("q", &small[10..small.len() - 8], 16 << 20, 8, 60_000);
    let opened = walk(quoted);
    assert!(!opened.gaps.is_empty());
    assert!(opened.bytes_out <= Limits::default().bytes_out_max);
    assert!(opened.facts.len() < 1_000, "{}", opened.facts.len());

    // The same without packing: one stored stretch, quoted.
    let stored = zip_of("s", &vec![0; 1 << 20], 1 << 20, 0, 2_000);
    let opened = walk(stored);
    assert!(!opened.gaps.is_empty());

    let peak = peak_kib();
    assert!(peak < 700 << 10, "{peak} KiB at the peak");
}

/// The process's peak of resident memory; 0 where the system does not say.
fn peak_kib() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel, in a test")]
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
