//! Apple installer packages: a xar archive with a `Payload` (cpio in gzip) and scripts.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::identity::sha256;
use super::layout::Layout;
use super::software::Files;
use super::tar::gzip;

/// A portable `cpio` archive (`odc`).
fn cpio(files: &Files) -> Vec<u8> {
    let mut out = Layout::new();
    let mut entry = |number: usize, mode: usize, name: &str, bytes: &[u8]| {
        out.bytes(format!(
            "070707000000{number:06o}{mode:06o}000000000000000001000000{:011o}{:06o}{:011o}",
            1_704_067_200,
            name.len() + 1,
            bytes.len()
        ));
        out.c_string(name).bytes(bytes);
    };
    for ((name, bytes), number) in files.iter().zip(1..) {
        entry(number, 0o100_755, &format!("./{name}"), bytes);
    }
    entry(0, 0, "TRAILER!!!", &[]);
    out.0
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// A xar archive of files, stored plain.
fn xar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut at = 32;
    let mut rows = String::new();
    for ((name, bytes), id) in files.iter().zip(1..) {
        let (len, digest) = (bytes.len(), hexadecimal(&sha256(bytes)));
        rows.push_str(&format!(
            "<file id=\"{id}\"><data><length>{len}</length><offset>{at}</offset><size>{len}</size>\
             <encoding style=\"application/octet-stream\"/><extracted-checksum style=\"sha256\">\
             {digest}</extracted-checksum><archived-checksum style=\"sha256\">{digest}\
             </archived-checksum></data><type>file</type><name>{name}</name></file>"
        ));
        at += len;
    }
    let contents = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><xar><toc><checksum style=\"sha256\"><offset>0\
         </offset><size>32</size></checksum>{rows}</toc></xar>"
    );
    let packed = zlib(contents.as_bytes());
    let mut out = Layout::new();
    // Checksum kind 3 carries its name, padded: the header is then 28 + 36 bytes long.
    out.bytes("xar!").bytes([0, 64, 0, 1]).be64(packed.len()).be64(contents.len()).be32(3);
    out.bytes("sha256").pad_to(64).bytes(&packed).bytes(sha256(&packed));
    for (_, bytes) in files {
        out.bytes(bytes);
    }
    out.0
}

/// An installer package of a version, with scripts by name.
pub(crate) fn package(version: &str, files: &Files, scripts: &Files) -> Vec<u8> {
    let calls: String =
        scripts.iter().map(|(name, _)| format!("<{name} file=\"./{name}\"/>")).collect();
    let info = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><pkg-info format-version=\"2\" \
         identifier=\"test.example.vet\" version=\"{version}\" install-location=\"/Applications\" \
         auth=\"root\"><!-- {} --><scripts>{calls}</scripts></pkg-info>",
        super::LINE
    );
    let mut members = vec![("PackageInfo", info.into_bytes()), ("Payload", gzip(&cpio(files)))];
    if !scripts.is_empty() {
        members.push(("Scripts", gzip(&cpio(scripts))));
    }
    xar(&members)
}
