use std::io::{Cursor, Read};

use crate::installer::testing::{INERT, Seen, survives_damage};
use crate::{FactKind, Format, GapReason, SpanKind};

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let level = flate2::Compression::default();
    flate2::read::ZlibEncoder::new(Cursor::new(bytes), level).read_to_end(&mut out).unwrap();
    out
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for part in bytes.chunks(3) {
        let all = part.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let all = all << (8 * (3 - part.len()));
        for index in 0..=part.len() {
            let value = usize::try_from(all >> (18 - 6 * index) & 63).unwrap();
            out.push(char::from(LETTERS[value]));
        }
    }
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// A partition of inert text: 4 sectors zlib, 2 zero, 4 plain, 4 LZFSE.
fn content() -> Vec<u8> {
    let text = INERT.repeat(200);
    let mut out = text[..2048].to_vec();
    out.resize(2048 + 1024, 0);
    out.extend_from_slice(&text[..4096]);
    out
}

fn image(kind: u32) -> Vec<u8> {
    let content = content();
    let mut lzfse = Vec::new();
    lzfse_rust::encode_bytes(&content[5120..], &mut lzfse).unwrap();
    let mut out = b"before\0\0".to_vec();
    let data = out.len();
    let mut table = b"mish\0\0\0\x01".to_vec();
    table.resize(200, 0);
    table.extend_from_slice(&5_u32.to_be_bytes());
    let runs = [
        (0x8000_0005_u32, 0, 4, zlib(&content[..2048])),
        (0, 4, 2, Vec::new()),
        (1, 6, 4, content[3072..5120].to_vec()),
        (kind, 10, 4, lzfse),
        (0xFFFF_FFFF, 14, 0, Vec::new()),
    ];
    for (kind, start, count, stored) in runs {
        table.extend_from_slice(&kind.to_be_bytes());
        table.extend_from_slice(&[0; 4]);
        for number in [start, count, out.len() - data, stored.len()] {
            table.extend_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        }
        out.extend_from_slice(&stored);
    }
    let data_len = out.len() - data;
    let crc = super::crc(&out[data..]);
    let list = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>resource-fork</key><dict><key>blkx</key><array><dict>
<key>ID</key><string>0</string><key>Name</key><string>disk image</string>
<key>Data</key><data>{}</data></dict></array></dict></dict></plist>"#,
        base64(&table)
    );
    let list_at = out.len();
    out.extend_from_slice(list.as_bytes());
    let trailer = out.len();
    out.resize(trailer + 512, 0);
    out[trailer..trailer + 4].copy_from_slice(b"koly");
    let mut put = |at: usize, bytes: &[u8]| {
        out[trailer + at..trailer + at + bytes.len()].copy_from_slice(bytes);
    };
    put(8, &512_u32.to_be_bytes());
    put(60, &1_u32.to_be_bytes());
    put(80, &2_u32.to_be_bytes());
    put(88, &crc.to_be_bytes());
    for (at, number) in [(24, data), (32, data_len), (216, list_at), (224, list.len())] {
        put(at, &u64::try_from(number).unwrap().to_be_bytes());
    }
    out
}

#[test]
fn runs_are_joined_to_partitions() {
    let seen = Seen::open("x.dmg", image(0x8000_0007));
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    assert_eq!(seen.nodes[0].format, Format::Udif);
    assert_eq!(seen.node("[disk image]").bytes, content());
    assert_eq!(seen.facts(FactKind::WrongChecksum), [] as [&str; 0]);
    // What stands before the data is in no run.
    assert_eq!(seen.bytes(SpanKind::Unexplained), 6);
}

#[test]
fn a_turned_bit_is_a_wrong_checksum() {
    let mut bytes = image(0x8000_0007);
    bytes[400] ^= 1;
    let seen = Seen::open("x.dmg", bytes);
    assert!(seen.has_fact(FactKind::WrongChecksum, "packed data"));
}

#[test]
fn a_packing_that_is_not_known_is_a_gap() {
    let seen = Seen::open("x.dmg", image(0x8000_0009));
    seen.check().unwrap();
    assert_eq!(seen.gaps()[0].0, GapReason::Unsupported);
}

#[test]
fn damage_never_panics() {
    survives_damage("x.dmg", &image(0x8000_0007), 300);
}
