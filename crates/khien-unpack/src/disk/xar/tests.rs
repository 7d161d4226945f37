use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::read::{GzEncoder, ZlibEncoder};
use sha1::{Digest, Sha1};

use crate::disk::cpio::tests::newc;
use crate::installer::testing::{INERT, Seen, survives_damage};
use crate::{FactKind, Format, SpanKind};

fn packed(mut reader: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    reader.read_to_end(&mut out).unwrap();
    out
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    packed(ZlibEncoder::new(Cursor::new(bytes), Compression::default()))
}

fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const INFO: &str = r#"<pkg-info identifier="org.example.vet" auth="root" install-location="/">
<scripts><postinstall file="./postinstall"/></scripts></pkg-info>"#;

/// A flat package: a signature, PackageInfo (packed), Payload (plain gzip of cpio).
fn package(extra: &[u8]) -> Vec<u8> {
    package_with(extra, b"", &[])
}

/// With bytes behind a member's packed data, and with extended attributes.
fn package_with(extra: &[u8], behind: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    let cpio = newc(&[("./Applications/vet.txt", 0o100_644, INERT)]);
    let payload = packed(GzEncoder::new(Cursor::new(&cpio[..]), Compression::default()));
    let mut info = zlib(INFO.as_bytes());
    info.extend_from_slice(behind);
    let (info_len, payload_len) = (info.len(), payload.len());
    let payload_at = 84 + info_len;
    let mut at = payload_at + payload_len;
    let mut listed = String::new();
    for value in attributes {
        let len = value.len();
        listed += &format!("<ea><name>a</name><offset>{at}</offset><length>{len}</length></ea>");
        at += len;
    }
    let toc = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><xar><toc>
        <checksum style="sha1"><offset>0</offset><size>20</size></checksum>
        <signature style="RSA"><offset>20</offset><size>64</size></signature>
        <file id="1"><name>vet.pkg</name><type>directory</type>
         <file id="2"><name>PackageInfo</name><type>file</type><mode>0644</mode>{listed}<data>
          <offset>84</offset><length>{info_len}</length><size>{}</size>
          <encoding style="application/x-gzip"/>
          <archived-checksum style="sha1">{}</archived-checksum>
          <extracted-checksum style="sha1">{}</extracted-checksum></data></file>
         <file id="3"><name>Payload</name><type>file</type><data>
          <offset>{payload_at}</offset><length>{payload_len}</length><size>{payload_len}</size>
          <encoding style="application/octet-stream"/></data></file>
        </file></toc></xar>"#,
        INFO.len(),
        sha1(&info),
        sha1(INFO.as_bytes()),
    );
    let toc_packed = zlib(toc.as_bytes());
    let mut out = b"xar!\0\x1c\0\x01".to_vec();
    out.extend_from_slice(&u64::try_from(toc_packed.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&u64::try_from(toc.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&1_u32.to_be_bytes());
    out.write_all(&toc_packed).unwrap();
    out.extend_from_slice(&Sha1::digest(&toc_packed));
    out.extend_from_slice(&[0x5A; 64]);
    out.extend_from_slice(&info);
    out.extend_from_slice(&payload);
    out.extend_from_slice(&attributes.concat());
    out.extend_from_slice(extra);
    out
}

#[test]
fn a_package_is_read_down_to_its_files() {
    let seen = Seen::open("vet.pkg", package(b""));
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    assert_eq!(seen.nodes[0].format, Format::Xar);
    assert_eq!(seen.node("vet.pkg/PackageInfo").bytes, INFO.as_bytes());
    let names = seen.names();
    let file = names.iter().find(|name| name.ends_with("./Applications/vet.txt"));
    assert_eq!(seen.node(file.unwrap()).bytes, INERT);
    assert_eq!(
        seen.facts(FactKind::InstallAction),
        ["installs org.example.vet to /, rights: root", "runs ./postinstall as postinstall",]
    );
    assert!(seen.has_fact(FactKind::ContainerSignature, "RSA, 64 bytes"));
    assert_eq!(seen.bytes(SpanKind::Signature), 64);
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
    assert_eq!(seen.facts(FactKind::WrongChecksum), [] as [&str; 0]);
}

#[test]
fn bytes_of_the_heap_that_nobody_names_are_unexplained() {
    let seen = Seen::open("vet.pkg", package(INERT));
    assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
}

#[test]
fn extended_attributes_and_bytes_behind_packed_ones_are_looked_at() {
    let quiet = Seen::open("vet.pkg", package_with(b"", b"", &[INERT.to_vec()]));
    assert_eq!(quiet.bytes(SpanKind::Unexplained), 0);
    let noise = |seed: u32| -> Vec<u8> {
        (0..6000_u32).map(|i| ((i * i + seed) % 251 + 1).to_le_bytes()[0]).collect()
    };
    let seen = Seen::open("vet.pkg", package_with(b"", b"", &[noise(1), noise(2)]));
    seen.check().unwrap();
    assert_eq!(seen.bytes(SpanKind::Unexplained), 12_000);
    assert_eq!(seen.node("(in the headers)").bytes, [noise(1), noise(2)].concat());
    let seen = Seen::open("vet.pkg", package_with(b"", &noise(1), &[]));
    assert_eq!(seen.bytes(SpanKind::Unexplained), 6000);
    assert_eq!(seen.node("(behind a member's packed data)").bytes, noise(1));
}

#[test]
fn wrong_digests_are_said() {
    let mut bytes = package(b"");
    let toc_len = usize::from(u16::from_be_bytes([bytes[14], bytes[15]]));
    let heap = 28 + toc_len;
    bytes[heap] ^= 1;
    bytes[heap + 90] ^= 1;
    let seen = Seen::open("vet.pkg", bytes);
    seen.check().unwrap();
    assert!(seen.has_fact(FactKind::WrongChecksum, "table of contents"));
    assert!(seen.has_fact(FactKind::WrongChecksum, "archived-checksum"));
}

#[test]
fn entities_are_refused() {
    let toc = r#"<!DOCTYPE x [<!ENTITY a "aaaa">]><xar><toc>&a;</toc></xar>"#;
    let packed = zlib(toc.as_bytes());
    let mut out = b"xar!\0\x1c\0\x01".to_vec();
    out.extend_from_slice(&u64::try_from(packed.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&u64::try_from(toc.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&0_u32.to_be_bytes());
    out.extend_from_slice(&packed);
    let seen = Seen::open("vet.pkg", out);
    assert_eq!(seen.gaps().len(), 1);
}

#[test]
fn damage_never_panics() {
    survives_damage("vet.pkg", &package(b""), 300);
}
