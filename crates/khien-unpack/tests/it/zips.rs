//! Honest zip archives.

use std::io::{Cursor, Write as _};

use khien_unpack::{FactKind, Format, GapReason, NodeKind, SpanKind};

use crate::support::{INERT, ZipMember, gzip, pe, prose, tar, tool, walk, zip, zip_with};

#[test]
fn an_archive_of_another_writer_is_plain() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let stored = options.compression_method(zip::CompressionMethod::Stored);
    writer.start_file("a/plain.txt", stored).unwrap();
    writer.write_all(INERT).unwrap();
    writer.start_file("a/packed.txt", options.large_file(true)).unwrap();
    writer.write_all(&prose(300_000)).unwrap();
    writer.add_directory("empty", options).unwrap();
    writer.add_symlink("link", "a/plain.txt", options).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let walked = walk("release.zip", &bytes);
    walked.is_plain();
    assert_eq!(walked.paths(), ["", "a/plain.txt", "a/packed.txt", "link"]);
    assert_eq!(walked.format(""), Format::Zip);
    assert_eq!(walked.node("a/packed.txt").bytes, prose(300_000));
    assert_eq!(walked.node("a/plain.txt").format, Format::Text);
    assert_eq!(walked.node("a/plain.txt").depth, 1);
    assert_eq!(walked.node("link").kind, NodeKind::Link("a/plain.txt".into()));
}

#[test]
fn stored_members_are_slices_of_the_container() {
    let walked = walk("x.zip", &zip(&[ZipMember::stored("a", &prose(100_000))]));
    let (outer, inner) = (&walked.node("").bytes, &walked.node("a").bytes);
    let range = outer.as_ptr_range();
    assert!(range.contains(&inner.as_ptr()));
}

#[test]
fn info_zip_archives_are_plain() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    std::fs::write(folder.path().join("d/one.txt"), prose(5_000)).unwrap();
    std::fs::write(folder.path().join("two"), INERT).unwrap();
    let args = ["-q", "-r", "-", "d", "two"];
    // To a pipe: sizes come after the content, in descriptors.
    let Some(bytes) = tool(folder.path(), "zip", &args, b"") else { return };
    let walked = walk("x.zip", &bytes);
    walked.is_plain();
    assert_eq!(walked.node("d/one.txt").bytes, prose(5_000));
    assert_eq!(walked.node("d/one.txt").attributes.mode.unwrap() & 0o777, 0o644);
}

#[test]
fn kin_are_told_by_their_members() {
    let cases: [(&[&str], Format); 7] = [
        (&["a.nuspec", "_rels/.rels", "[Content_Types].xml"], Format::Nupkg),
        (&["META-INF/MANIFEST.MF", "A.class"], Format::Jar),
        (&["META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex"], Format::Apk),
        (&["p/__init__.py", "p-1.dist-info/WHEEL"], Format::Wheel),
        (&["extension.vsixmanifest", "[Content_Types].xml"], Format::Vsix),
        (&["AppxManifest.xml", "AppxBlockMap.xml"], Format::Msix),
        (&["readme.txt"], Format::Zip),
    ];
    for (names, format) in cases {
        let members: Vec<_> = names.iter().map(|name| ZipMember::stored(name, INERT)).collect();
        assert_eq!(walk("x", &zip(&members)).format(""), format, "{names:?}");
    }
}

#[test]
fn signatures_of_packages_are_told() {
    let names = ["META-INF/CERT.RSA", ".signature.p7s", "AppxSignature.p7x"];
    let members: Vec<_> = names.iter().map(|name| ZipMember::stored(name, INERT)).collect();
    let walked = walk("x", &zip(&members));
    assert_eq!(walked.facts(FactKind::ContainerSignature).len(), 3);
}

#[test]
fn containers_in_containers_have_joined_paths() {
    let inner = tar(&[("t/file", INERT)]);
    let bytes = zip(&[ZipMember::deflated("lib/data.tar.gz", &gzip(&inner))]);
    let walked = walk("x.zip", &bytes);
    walked.is_plain();
    let expected =
        ["", "lib/data.tar.gz", "lib/data.tar.gz!/data.tar", "lib/data.tar.gz!/data.tar!/t/file"];
    assert_eq!(walked.paths(), expected);
    assert_eq!(walked.node(expected[3]).depth, 3);
}

#[test]
fn a_self_extracting_archive_is_a_program_and_an_archive() {
    let stub = pe();
    let mut bytes = stub.clone();
    bytes.extend(zip(&[ZipMember::deflated("a.txt", INERT)]));
    let walked = walk("setup.exe", &bytes);
    walked.is_plain();
    assert_eq!(walked.format(""), Format::SelfExtracting);
    assert_eq!(walked.paths(), ["", "a.txt"]);
    assert_eq!(walked.ledger("").bytes(SpanKind::Program), 0x400);
}

#[test]
fn an_encrypted_member_is_a_gap() {
    let mut member = ZipMember::stored("secret", INERT);
    member.flags = 1;
    let walked = walk("x.zip", &zip(&[member, ZipMember::stored("open", INERT)]));
    walked.has_gap(GapReason::Encrypted);
    assert_eq!(walked.paths(), ["", "open"]);
}

#[test]
fn an_unknown_method_is_a_gap() {
    let mut member = ZipMember::stored("odd", INERT);
    member.method = 98;
    walk("x.zip", &zip(&[member])).has_gap(GapReason::Unsupported);
}

#[test]
fn the_signing_block_of_android_is_a_signature() {
    let mut block = Vec::new();
    let size = 8 + 24_u64 + 16;
    block.extend(size.to_le_bytes());
    block.extend([7; 24]);
    block.extend(size.to_le_bytes());
    block.extend(b"APK Sig Block 42");
    let members = [ZipMember::stored("AndroidManifest.xml", INERT)];
    let walked = walk("x.apk", &zip_with(&members, &block, b""));
    walked.is_whole();
    walked.has_fact(FactKind::ContainerSignature, "APK Signing Block");
    assert_eq!(walked.ledger("").bytes(SpanKind::Signature), 56);
    assert_eq!(walked.ledger("").bytes(SpanKind::Unexplained), 0);
}

#[test]
fn a_chromium_extension_is_read_behind_its_header() {
    let mut bytes = b"Cr24\x03\0\0\0\x10\0\0\0".to_vec();
    bytes.extend([9; 16]);
    bytes.extend(zip(&[ZipMember::stored("manifest.json", b"{}")]));
    let walked = walk("x.crx", &bytes);
    walked.is_whole();
    assert_eq!(walked.format(""), Format::Crx);
    assert_eq!(walked.format("manifest.json"), Format::Json);
    assert_eq!(walked.ledger("").bytes(SpanKind::Unexplained), 0);
}

#[test]
fn a_signed_self_extracting_archive_ends_before_its_signature() {
    let mut bytes = pe();
    bytes.extend(zip(&[ZipMember::deflated("a.txt", INERT)]));
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    let start = u32::try_from(bytes.len()).unwrap();
    bytes.extend([0x5a; 64]);
    let directory = 0x98 + 112 + 4 * 8;
    bytes[directory..directory + 4].copy_from_slice(&start.to_le_bytes());
    bytes[directory + 4..directory + 8].copy_from_slice(&64_u32.to_le_bytes());
    let walked = walk("setup.exe", &bytes);
    walked.is_plain();
    assert_eq!(walked.format(""), Format::SelfExtracting);
    assert_eq!(walked.node("(archive behind the program)!/a.txt").bytes, INERT);
    assert_eq!(walked.ledger("").bytes(SpanKind::Signature), 64);
}

#[test]
fn an_index_in_front_of_its_members_is_read() {
    // Mozilla's optimised archives: index first, then members, the end record last.
    let plain = zip(&[ZipMember::stored("chrome/a", INERT), ZipMember::deflated("b", INERT)]);
    let index_at = plain.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let end_at = plain.len() - 22;
    let mut index = plain[index_at..end_at].to_vec();
    let shift = u32::try_from(index.len()).unwrap();
    let mut at = 0;
    while at < index.len() {
        let name = usize::from(index[at + 28]);
        let offset = u32::from_le_bytes(index[at + 42..at + 46].try_into().unwrap()) + shift;
        index[at + 42..at + 46].copy_from_slice(&offset.to_le_bytes());
        at += 46 + name;
    }
    let mut bytes = index;
    bytes.extend(&plain[..index_at]);
    let mut end = plain[end_at..].to_vec();
    end[16..20].copy_from_slice(&0_u32.to_le_bytes());
    bytes.extend(end);
    let walked = walk("omni.ja", &bytes);
    walked.is_whole();
    assert_eq!(walked.node("chrome/a").bytes, INERT);
    assert_eq!(walked.node("b").bytes, INERT);
}
