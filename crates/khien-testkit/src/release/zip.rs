//! Zip archives (PKWARE APPNOTE), also ones whose index and content tell different stories.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::layout::{Layout, set};
use super::payload::LINE;

/// One member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) stored: bool,
    /// The encryption bit is set; the bytes are written as they are.
    pub(crate) encrypted: bool,
    /// What the member's own header says instead of the name.
    pub(crate) local_name: Option<String>,
    /// Not in the index.
    pub(crate) hidden: bool,
    /// How many entries of the index point to this one member.
    pub(crate) listed_again: usize,
    /// A symbolic link to what the bytes say.
    pub(crate) link: bool,
}

impl Member {
    pub(crate) fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into(), ..Self::default() }
    }
}

/// CRC-32 of zip and gzip.
pub(crate) fn crc32(bytes: &[u8]) -> usize {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    usize::try_from(crc.sum()).expect("fits")
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// An archive of files.
pub(crate) fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let members: Vec<Member> =
        files.iter().map(|(name, bytes)| Member::new(name, bytes.clone())).collect();
    archive(&members)
}

/// An archive of members.
pub(crate) fn archive(members: &[Member]) -> Vec<u8> {
    let mut out = Layout::new();
    let mut index = Layout::new();
    let mut entries = 0;
    for member in members {
        let at = out.len();
        let packed = if member.stored || member.encrypted || member.bytes.is_empty() {
            member.bytes.clone()
        } else {
            deflate(&member.bytes)
        };
        let method = if packed == member.bytes { 0 } else { 8 };
        let flags = usize::from(member.encrypted);
        // Version, flags, method, time, day (1 January 2024), checksum, sizes, length of the name.
        let mut common = Layout::new();
        common.u16(20).u16(flags).u16(method).u16(0).u16(0x5821).u32(crc32(&member.bytes));
        common.u32(packed.len()).u32(member.bytes.len());
        let local_name = member.local_name.as_ref().unwrap_or(&member.name);
        out.u32(0x0403_4B50).bytes(&common.0).u16(local_name.len()).u16(0).bytes(local_name);
        out.bytes(&packed);
        if member.hidden {
            continue;
        }
        for again in 0..=member.listed_again {
            let name =
                if again == 0 { member.name.clone() } else { format!("{}.{again}", member.name) };
            let mode = if member.link { 0o120_777 } else { 0o100_644 };
            index.u32(0x0201_4B50).u16(0x0314).bytes(&common.0).u16(name.len()).u16(0).u16(0);
            index.u16(0).u16(0).u32(mode << 16).u32(at).bytes(&name);
            entries += 1;
        }
    }
    let index_at = out.len();
    out.bytes(&index.0);
    out.u32(0x0605_4B50).u16(0).u16(0).u16(entries).u16(entries).u32(index.len()).u32(index_at);
    out.u16(LINE.len()).bytes(LINE);
    out.0
}

/// Makes the sizes in a member's own header disagree with the index.
pub(crate) fn local_size_lies(mut archive: Vec<u8>, member: &str) -> Vec<u8> {
    let name = archive.windows(member.len()).position(|window| window == member.as_bytes());
    let name = name.expect("the member is there");
    set(&mut archive, name - 30 + 22, &[0x10, 0, 0, 0]);
    archive
}
