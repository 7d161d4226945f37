use std::io::{Cursor, Write};

use cab::{CabinetBuilder, CompressionType};

use crate::installer::testing::{INERT, Seen, survives_damage};
use crate::{FactKind, GapReason, SpanKind};

/// Two files in one MSZIP folder of three blocks, one file stored plain.
pub(in crate::installer) fn cabinet() -> Vec<u8> {
    let mut builder = CabinetBuilder::new();
    let folder = builder.add_folder(CompressionType::MsZip);
    folder.add_file("a.txt");
    folder.add_file("b.txt");
    builder.add_folder(CompressionType::None).add_file("c.txt");
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    while let Some(mut file) = writer.next_file().unwrap() {
        let content = content(file.file_name());
        file.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn content(name: &str) -> Vec<u8> {
    let repeat = if name == "b.txt" { 2000 } else { 1 };
    let mut content = INERT.repeat(repeat);
    content.extend_from_slice(name.as_bytes());
    content
}

#[test]
fn files_come_out_and_every_byte_is_accounted_for() {
    let cab = cabinet();
    let seen = Seen::open("x.cab", cab.clone());
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    for name in ["a.txt", "b.txt", "c.txt"] {
        assert_eq!(seen.node(name).bytes, content(name), "{name}");
    }
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
    assert_eq!(seen.bytes(SpanKind::Padding), 0);
    assert!(seen.opened.facts.is_empty(), "{:?}", seen.opened.facts);
}

#[test]
fn bytes_behind_the_cabinet_are_unexplained() {
    let mut cab = cabinet();
    cab.extend_from_slice(INERT);
    let seen = Seen::open("x.cab", cab);
    assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
}

#[test]
fn a_turned_bit_is_a_wrong_checksum() {
    let mut cab = cabinet();
    let at = cab.len() - 3;
    cab[at] ^= 1;
    let seen = Seen::open("x.cab", cab);
    assert!(seen.has_fact(FactKind::WrongChecksum, "block"));
}

#[test]
fn quantum_is_a_gap_and_a_set_is_external() {
    let mut cab = cabinet();
    // First folder: offset 36, compression at 42.
    cab[42] = 0x72;
    cab[43] = 0x0F;
    let seen = Seen::open("x.cab", cab);
    assert!(seen.gaps().iter().any(|(r, d)| *r == GapReason::Unsupported && d.contains("Quantum")));
    assert_eq!(seen.node("c.txt").bytes, content("c.txt"));
}

#[test]
fn a_file_that_the_list_leaves_out_is_found() {
    let mut cab = cabinet();
    // The first file's length: what is left of it becomes nobody's.
    let first = usize::from(u16::from_le_bytes([cab[16], cab[17]]));
    cab[first] = 4;
    let seen = Seen::open("x.cab", cab);
    seen.check().unwrap();
    assert!(seen.has_fact(FactKind::HiddenMember, "in no file"));
    assert_eq!(seen.node("b.txt").bytes, content("b.txt"));
}

/// Byte-built: one file in one LZX block that is stored plain inside LZX.
fn lzx() -> Vec<u8> {
    let len = u16::try_from(INERT.len()).unwrap();
    // One bit for E8 translation, three for the kind, 24 for the length, in 16-bit words.
    let mut block = 0x3000_u16.to_le_bytes().to_vec();
    block.extend_from_slice(&(len << 4).to_le_bytes());
    for _ in 0..3 {
        block.extend_from_slice(&1_u32.to_le_bytes());
    }
    block.extend_from_slice(INERT);
    let mut out = b"MSCF\0\0\0\0".to_vec();
    let total = 36 + 8 + 22 + 8 + block.len();
    for number in [total, 0, 44, 0] {
        out.extend_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
    }
    out.extend_from_slice(&[3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&[66, 0, 0, 0, 1, 0, 3, 21]);
    out.extend_from_slice(&u32::from(len).to_le_bytes());
    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0x6C, 0x22, 0xBA, 0x59, 0x20, 0]);
    out.extend_from_slice(b"a.txt\0\0\0\0\0");
    out.extend_from_slice(&u16::try_from(block.len()).unwrap().to_le_bytes());
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&block);
    out
}

#[test]
fn lzx_folders_are_read() {
    let seen = Seen::open("x.cab", lzx());
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    assert_eq!(seen.node("a.txt").bytes, INERT);
    assert_eq!(seen.node("a.txt").attributes.modified, Some(858_165_232));
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
    survives_damage("x.cab", &lzx(), 400);
}

#[test]
fn damage_never_panics() {
    survives_damage("x.cab", &cabinet(), 400);
}
