//! Limits, and what holds over all formats.

use std::cell::Cell;

use bytes::Bytes;
use khien_unpack::{FactKind, Format, GapReason, Limits, open_until};

use crate::support::{INERT, Seen, ZipMember, gzip, pe, prose, tar, walk, walk_within, zip};

#[test]
fn depth_ends_in_a_gap() {
    let mut bytes = tar(&[("leaf", INERT)]);
    for _ in 0..12 {
        bytes = tar(&[("t", &bytes)]);
    }
    let walked = walk("x.tar", &bytes);
    walked.has_gap(GapReason::TooDeep);
    assert_eq!(walked.opened.nodes, 11);
}

#[test]
fn entries_end_in_a_gap_and_those_read_stay() {
    let files: Vec<_> = (0..50).map(|number| format!("f{number}")).collect();
    let files: Vec<_> = files.iter().map(|name| (name.as_str(), INERT)).collect();
    let limits = Limits { entries_max: 20, ..Limits::default() };
    let walked = walk_within("x.tar", &tar(&files), &limits);
    walked.has_gap(GapReason::TooManyEntries);
    assert_eq!(walked.opened.nodes, 20);
}

#[test]
fn bytes_end_in_a_gap_for_the_member_or_for_all() {
    let bytes = gzip(&prose(1 << 20));
    let limits = Limits { member_bytes_max: 1 << 19, ..Limits::default() };
    let walked = walk_within("x.gz", &bytes, &limits);
    walked.has_gap(GapReason::TooManyBytes);
    assert_eq!(walked.paths(), [""]);
    let members: Vec<_> =
        (0..9).map(|number| ZipMember::deflated(&number.to_string(), &prose(1 << 18))).collect();
    let limits = Limits { bytes_out_max: 1 << 20, ..Limits::default() };
    let walked = walk_within("x.zip", &zip(&members), &limits);
    walked.has_gap(GapReason::TooManyBytes);
    assert_eq!(walked.opened.nodes, 5);
}

#[test]
fn the_caller_can_stop() {
    let calls = Cell::new(0);
    let cancelled = || {
        calls.set(calls.get() + 1);
        calls.get() > 5
    };
    let files: Vec<_> = (0..50).map(|number| format!("f{number}")).collect();
    let files: Vec<_> = files.iter().map(|name| (name.as_str(), INERT)).collect();
    let mut seen = Seen::default();
    let bytes = Bytes::from(tar(&files));
    let opened = open_until("x", bytes, &Limits::default(), &cancelled, &mut seen);
    assert_eq!(opened.gaps[0].reason, GapReason::Cancelled);
    assert!(seen.nodes.len() < 10);
}

#[test]
fn leaves_are_told_by_content() {
    let cases: [(&str, &[u8], Format); 16] = [
        ("a", b"", Format::Empty),
        ("a.txt", b"hello", Format::Text),
        ("a", b"#!/bin/sh\ntrue\n", Format::Script),
        ("a.ps1", b"Get-Date", Format::Script),
        ("a", b"{\"a\": 1}", Format::Json),
        ("a", b"<?xml version=\"1.0\"?><a/>", Format::Xml),
        ("a", b"<?xml version=\"1.0\"?><plist></plist>", Format::Plist),
        ("a", b"bplist00\x08\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08", Format::Plist),
        ("a", b"\x89PNG\r\n\x1a\n\0\0\0\x04IHDRsize", Format::Image),
        ("a", b"wOF2\0\x01\0\0\0\0\0\x2c\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", Format::Font),
        ("a", b"-----BEGIN CERTIFICATE-----\n", Format::Certificate),
        ("a", b"SQLite format 3\0\0", Format::Database),
        ("a", b"\x7fELF\x02\x01\x01\0", Format::Elf),
        ("a", b"\xcf\xfa\xed\xfe\x07\0\0\x01", Format::MachO),
        ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34", Format::Data),
        ("a", b"\x01\x02\x03\x04\x05", Format::Data),
    ];
    for (name, bytes, format) in cases {
        assert_eq!(walk(name, bytes).format(""), format, "{name} {bytes:?}");
    }
    assert_eq!(walk("a.dll", &pe()).format(""), Format::Pe);
    walk("a.dll", b"\x01\x02\x03\x04\x05\x06\x07\x08").has_fact(FactKind::Disguised, ".dll");
}

#[test]
fn a_script_with_an_archive_behind_it_is_both() {
    let mut bytes = b"#!/bin/sh\ntail -n +4 \"$0\" | tar xz\nexit 0\n".to_vec();
    bytes.extend(gzip(&tar(&[("a", INERT)])));
    let walked = walk("setup.run", &bytes);
    walked.is_plain();
    assert_eq!(walked.format(""), Format::SelfExtracting);
    assert_eq!(walked.opened.nodes, 4, "{:?}", walked.paths());
}

#[test]
fn archives_without_a_reader_are_gaps() {
    walk("x.rar", b"Rar!\x1a\x07\x01\0").has_gap(GapReason::Unsupported);
    walk("x", b"Salted__\x01\x02\x03\x04\x05\x06\x07\x08").has_gap(GapReason::Encrypted);
    let mut disk = vec![0; 0x8200];
    disk[510] = 0x55;
    walk("x.img", &disk).is_whole();
    for (at, mark) in
        [(3, &b"NTFS    "[..]), (82, b"FAT32   "), (512, b"EFI PART"), (0x8001, b"BEA01\x01")]
    {
        let mut disk = disk.clone();
        disk[at..at + mark.len()].copy_from_slice(mark);
        walk("x.img", &disk).has_gap(GapReason::Unsupported);
    }
    disk[0x438..0x43e].copy_from_slice(b"\x53\xef\xff\xff\0\0");
    walk("x.img", &disk).is_whole();
    disk[0x438..0x43e].copy_from_slice(b"\x53\xef\x01\0\x01\0");
    walk("x.img", &disk).has_gap(GapReason::Unsupported);
    let mut bytes = pe();
    bytes.extend(b"Rar!\x1a\x07\x01\0");
    let walked = walk("setup.exe", &bytes);
    assert_eq!(walked.format(""), Format::SelfExtracting);
    walked.has_gap(GapReason::Unsupported);
}
