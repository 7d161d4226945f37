//! Opening, with what every test wants checked; and making fixtures.

use std::io::Write as _;
use std::process::{Command, Stdio};

use bytes::Bytes;
use khien_unpack::{
    FactKind, Format, GapReason, Ledger, Limits, Node, Opened, SpanKind, Visitor, open,
};

/// The only payload of any fixture.
pub(crate) const INERT: &[u8] = b"INERT VET TEST FIXTURE - CONTAINS NO CODE";

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) nodes: Vec<Node>,
}

impl Visitor for Seen {
    fn visit(&mut self, node: Node) {
        self.nodes.push(node);
    }
}

pub(crate) struct Walked {
    pub(crate) nodes: Vec<Node>,
    pub(crate) opened: Opened,
}

impl Walked {
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.path.as_raw()).collect()
    }

    pub(crate) fn node(&self, path: &str) -> &Node {
        let found = self.nodes.iter().find(|node| node.path.as_raw() == path);
        found.unwrap_or_else(|| panic!("no {path} in {:?}", self.paths()))
    }

    pub(crate) fn format(&self, path: &str) -> Format {
        self.node(path).format
    }

    pub(crate) fn facts(&self, kind: FactKind) -> Vec<&str> {
        let facts = self.opened.facts.iter().filter(|fact| fact.kind == kind);
        facts.map(|fact| fact.detail.as_raw()).collect()
    }

    pub(crate) fn has_fact(&self, kind: FactKind, part: &str) {
        let found = self.facts(kind);
        assert!(
            found.iter().any(|detail| detail.contains(part)),
            "no {kind:?} with {part:?} in {:?}",
            self.opened.facts
        );
    }

    pub(crate) fn has_gap(&self, reason: GapReason) {
        let found = self.opened.gaps.iter().any(|gap| gap.reason == reason);
        assert!(found, "no {reason:?} in {:?}", self.opened.gaps);
    }

    pub(crate) fn is_whole(&self) {
        assert_eq!(self.opened.gaps, []);
    }

    pub(crate) fn is_plain(&self) {
        self.is_whole();
        assert_eq!(self.opened.facts, []);
        for ledger in &self.opened.ledgers {
            assert_eq!(ledger.bytes(SpanKind::Unexplained), 0, "{ledger:?}");
            assert_eq!(ledger.overlapping, 0, "{ledger:?}");
        }
    }

    pub(crate) fn ledger(&self, path: &str) -> &Ledger {
        let found = self.opened.ledgers.iter().find(|ledger| ledger.path == path);
        found.unwrap_or_else(|| panic!("no ledger of {path:?}"))
    }
}

pub(crate) fn walk(name: &str, bytes: &[u8]) -> Walked {
    walk_within(name, bytes, &Limits::default())
}

pub(crate) fn walk_within(name: &str, bytes: &[u8], limits: &Limits) -> Walked {
    let mut seen = Seen::default();
    let opened = open(name, Bytes::copy_from_slice(bytes), limits, &mut seen);
    check(&opened, limits);
    Walked { nodes: seen.nodes, opened }
}

/// What holds whatever the bytes are.
pub(crate) fn check(opened: &Opened, limits: &Limits) {
    assert!(opened.bytes_out <= limits.bytes_out_max);
    for gap in &opened.gaps {
        assert!(!gap.detail.as_raw().contains("the reader failed"), "a panic: {gap:?}");
    }
    for ledger in &opened.ledgers {
        let mut at = 0;
        let mut last = None;
        for span in &ledger.spans {
            assert_eq!(span.range.start, at, "{ledger:?}");
            assert!(span.range.end > at, "{ledger:?}");
            assert_ne!(Some(span.kind), last, "neighbours of one kind: {ledger:?}");
            at = span.range.end;
            last = Some(span.kind);
        }
        assert_eq!(at, ledger.len, "{ledger:?}");
    }
}

/// Runs a tool in a folder of its own; `None`, with a line on the screen, where it is missing.
#[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "fixtures by the real tools")]
pub(crate) fn tool(
    folder: &std::path::Path,
    program: &str,
    args: &[&str],
    input: &[u8],
) -> Option<Vec<u8>> {
    let child = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: no {program} here");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// Text of some length that packs but not to nothing.
pub(crate) fn prose(len: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(len + 64);
    let mut state = 1_u64;
    while text.len() < len {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.extend_from_slice(format!("{:08x} ", state >> 32).as_bytes());
        text.extend_from_slice(INERT);
        text.push(b'\n');
    }
    text.truncate(len);
    text
}

/// The smallest PE file that is one: headers and a section of zeros.
pub(crate) fn pe() -> Vec<u8> {
    let mut bytes = vec![0; 0x400];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x80;
    bytes[0x80..0x84].copy_from_slice(b"PE\0\0");
    bytes[0x84..0x86].copy_from_slice(&0x8664_u16.to_le_bytes());
    bytes[0x86] = 1;
    bytes[0x94..0x96].copy_from_slice(&240_u16.to_le_bytes());
    bytes[0x98..0x9a].copy_from_slice(&0x20b_u16.to_le_bytes());
    let section = 0x98 + 240;
    bytes[section..section + 5].copy_from_slice(b".text");
    bytes[section + 16..section + 20].copy_from_slice(&0x200_u32.to_le_bytes());
    bytes[section + 20..section + 24].copy_from_slice(&0x200_u32.to_le_bytes());
    bytes[0x200..0x200 + INERT.len()].copy_from_slice(INERT);
    bytes
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// One member of a zip archive as a test wants it written, truthful or not.
#[derive(Clone)]
pub(crate) struct ZipMember {
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Vec<u8>,
    pub(crate) packed: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) size: u32,
    pub(crate) mode: u32,
    pub(crate) descriptor: bool,
    pub(crate) listed: bool,
}

impl ZipMember {
    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.into(),
            local_name: name.into(),
            packed: bytes.to_vec(),
            method: 0,
            flags: 0,
            crc: crc32(bytes),
            size: u32::try_from(bytes.len()).unwrap(),
            mode: 0o100_644,
            descriptor: false,
            listed: true,
        }
    }

    pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Self {
        Self { packed: deflate(bytes), method: 8, ..Self::stored(name, bytes) }
    }

    fn local(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04\x14\0".to_vec();
        let flags = if self.descriptor { self.flags | 8 } else { self.flags };
        let packed = u32::try_from(self.packed.len()).unwrap();
        let (crc, packed, size) =
            if self.descriptor { (0, 0, 0) } else { (self.crc, packed, self.size) };
        bytes.extend(flags.to_le_bytes());
        bytes.extend(self.method.to_le_bytes());
        bytes.extend([0, 0, 0x21, 0x58]);
        bytes.extend(crc.to_le_bytes());
        bytes.extend(packed.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(u16::try_from(self.local_name.len()).unwrap().to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(&self.local_name);
        bytes.extend(&self.packed);
        if self.descriptor {
            bytes.extend(b"PK\x07\x08");
            bytes.extend(self.crc.to_le_bytes());
            bytes.extend(u32::try_from(self.packed.len()).unwrap().to_le_bytes());
            bytes.extend(self.size.to_le_bytes());
        }
        bytes
    }

    fn central(&self, offset: usize) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02\x14\x03\x14\0".to_vec();
        let flags = if self.descriptor { self.flags | 8 } else { self.flags };
        bytes.extend(flags.to_le_bytes());
        bytes.extend(self.method.to_le_bytes());
        bytes.extend([0, 0, 0x21, 0x58]);
        bytes.extend(self.crc.to_le_bytes());
        bytes.extend(u32::try_from(self.packed.len()).unwrap().to_le_bytes());
        bytes.extend(self.size.to_le_bytes());
        bytes.extend(u16::try_from(self.name.len()).unwrap().to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend((self.mode << 16).to_le_bytes());
        bytes.extend(u32::try_from(offset).unwrap().to_le_bytes());
        bytes.extend(&self.name);
        bytes
    }
}

/// An archive of these members.
pub(crate) fn zip(members: &[ZipMember]) -> Vec<u8> {
    zip_with(members, b"", b"")
}

/// An archive with bytes between the members and the index, and a comment.
pub(crate) fn zip_with(members: &[ZipMember], before_index: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut index = Vec::new();
    let mut count = 0_u16;
    for member in members {
        if member.listed {
            index.extend(member.central(bytes.len()));
            count += 1;
        }
        bytes.extend(member.local());
    }
    bytes.extend(before_index);
    end_zip(bytes, &index, count, comment)
}

/// Many index entries for one local header.
pub(crate) fn zip_quoting(member: &ZipMember, times: u16) -> Vec<u8> {
    let mut index = Vec::new();
    for number in 0..times {
        let name = format!("{number:05}").into_bytes();
        index.extend(ZipMember { name, ..member.clone() }.central(0));
    }
    end_zip(member.local(), &index, times, b"")
}

fn end_zip(mut bytes: Vec<u8>, index: &[u8], count: u16, comment: &[u8]) -> Vec<u8> {
    let start = u32::try_from(bytes.len()).unwrap();
    bytes.extend(index);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(u32::try_from(index.len()).unwrap().to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend(u16::try_from(comment.len()).unwrap().to_le_bytes());
    bytes.extend(comment);
    bytes
}

/// A tape archive of plain files.
pub(crate) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        append(&mut builder, name, bytes);
    }
    builder.into_inner().unwrap()
}

pub(crate) fn append(builder: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(u64::try_from(bytes.len()).unwrap());
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, bytes).unwrap();
}
