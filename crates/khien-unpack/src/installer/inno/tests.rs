use crate::installer::testing::{INERT, Seen, program_with, survives_damage};
use crate::{Format, GapReason};

/// A program with a loader's table and a description that is none.
fn bare() -> Vec<u8> {
    let mut table = b"rDlPtS\xCD\xE6\xD7\x7B\x0B\x2A".to_vec();
    table.extend_from_slice(&[0; 64]);
    let mut bytes = program_with(&[(b".rsrc", table)], None);
    bytes.extend_from_slice(b"Inno Setup Setup Data (6.2.0)");
    bytes.resize(bytes.len() + 64, 0);
    bytes.extend_from_slice(INERT);
    bytes
}

#[test]
fn a_description_that_is_none_is_a_gap() {
    let seen = Seen::open("setup.exe", bare());
    seen.check().unwrap();
    assert_eq!(seen.nodes[0].format, Format::Inno);
    assert_eq!(seen.gaps()[0].0, GapReason::Unsupported);
}

#[test]
fn the_setup_program_is_unpacked_and_its_jumps_restored() {
    let mut plain = INERT.repeat(300);
    // A call with a short distance forwards: its rewriting adds where it stands.
    plain[1000..1005].copy_from_slice(&[0xE8, 0x10, 0x20, 0, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&plain);
    let mut filtered = plain.clone();
    let absolute = (0x2010_u32 + 1005).to_le_bytes();
    filtered[1001..1004].copy_from_slice(&absolute[..3]);
    assert_eq!(super::unfiltered(filtered.clone(), crc.sum()), plain);

    let mut input = vec![0; 4];
    let blocks: Vec<u8> =
        filtered.chunks(4096).flat_map(|block| [&[0; 4][..], block].concat()).collect();
    input.extend_from_slice(&u32::try_from(blocks.len()).unwrap().to_le_bytes());
    input.push(0);
    input.extend_from_slice(&blocks);
    assert_eq!(super::unpack_program(&input, 0).unwrap(), filtered);
}

#[test]
fn damage_never_panics() {
    survives_damage("setup.exe", &bare(), 300);
}
