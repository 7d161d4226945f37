//! Tape archives (POSIX ustar), gzip around them, and `ar` archives as Debian uses them.

use super::layout::Layout;
use super::payload::LINE;
use super::zip::{crc32, deflate};

/// What an entry is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    File,
    Symlink(String),
}

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
}

impl Entry {
    pub(crate) fn file(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let (name, bytes) = (name.to_owned(), bytes.into());
        Self { name, bytes, kind: Kind::File, mode: 0o644 }
    }

    pub(crate) fn program(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { mode: 0o755, ..Self::file(name, bytes) }
    }

    pub(crate) fn symlink(name: &str, target: &str) -> Self {
        Self { kind: Kind::Symlink(target.to_owned()), ..Self::file(name, Vec::new()) }
    }
}

/// A tape archive, with its two empty blocks at the end.
pub(crate) fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut out = Layout::new();
    for entry in entries {
        out.bytes(header(entry, entry.bytes.len())).bytes(&entry.bytes).align(512);
    }
    out.bytes([0; 1024]);
    out.0
}

fn header(entry: &Entry, len: usize) -> Vec<u8> {
    let mut out = Layout::new();
    assert!(entry.name.len() <= 100, "a short name");
    out.bytes(&entry.name).pad_to(100).bytes(format!("{:07o}\0", entry.mode));
    out.bytes("0000000\x000000000\0").bytes(format!("{len:011o}\0"));
    out.bytes(format!("{:011o}\0", 1_704_067_200)).bytes("        ");
    match &entry.kind {
        Kind::File => out.bytes("0"),
        Kind::Symlink(target) => out.bytes("2").bytes(target),
    };
    out.pad_to(257).bytes(b"ustar\x0000").bytes("root").pad_to(297).bytes("root").pad_to(512);
    let sum: u32 = out.0.iter().map(|byte| u32::from(*byte)).sum();
    out.0[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.0
}

/// A tape archive of files.
pub(crate) fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<Entry> =
        files.iter().map(|(name, bytes)| Entry::file(name, bytes.clone())).collect();
    tar(&entries)
}

/// Gzip (RFC 1952) with the line of all fixtures as its comment.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Layout::new();
    out.bytes([0x1F, 0x8B, 8, 0x10, 0, 0, 0, 0, 0, 3]).c_string(LINE).bytes(deflate(bytes));
    out.u32(crc32(bytes)).u32(bytes.len());
    out.0
}

/// An `ar` archive.
pub(crate) fn ar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = Layout(b"!<arch>\n".to_vec());
    for (name, bytes) in members {
        let (len, time) = (bytes.len(), 1_704_067_200);
        out.bytes(format!("{name:<16}{time:<12}{:<6}{:<6}{:<8}{len:<10}`\n", 0, 0, "100644"));
        out.bytes(bytes);
        if !bytes.len().is_multiple_of(2) {
            out.bytes("\n");
        }
    }
    out.0
}

/// A Debian package: control files and content.
pub(crate) fn deb(control: &[Entry], content: &[Entry]) -> Vec<u8> {
    ar(&[
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&tar(control))),
        ("data.tar.gz", gzip(&tar(content))),
    ])
}
