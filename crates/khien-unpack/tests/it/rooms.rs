//! Room in the headers of each format: a little is a description, much is looked at.

use khien_unpack::{FactKind, SpanKind};

use crate::support::{INERT, Walked, ZipMember, append, deflate, walk, zip, zip_with};

/// Bytes like noise, other ones for each seed; none of them zero.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56).to_le_bytes()[0] | 1
    };
    (0..len).map(|_| next()).collect()
}

/// All of `hidden` is unexplained and in one piece before the visitor.
fn is_shown(walked: &Walked, hidden: &[u8]) {
    let found = walked.opened.ledgers.iter().map(|ledger| ledger.bytes(SpanKind::Unexplained));
    let len = u64::try_from(hidden.len()).unwrap();
    assert!(found.max().unwrap() >= len, "{:?}", walked.opened.ledgers);
    assert!(!walked.facts(FactKind::ForeignBytes).is_empty());
    let finder = memchr::memmem::Finder::new(hidden);
    let shown = walked
        .nodes
        .iter()
        .any(|node| node.path.as_raw().contains('(') && finder.find(&node.bytes).is_some());
    assert!(shown, "{:?}", walked.paths());
}

fn is_quiet(walked: &Walked) {
    walked.is_whole();
    assert_eq!(walked.facts(FactKind::ForeignBytes), [""; 0]);
    for ledger in &walked.opened.ledgers {
        assert_eq!(ledger.bytes(SpanKind::Unexplained), 0, "{ledger:?}");
    }
}

/// A field of a message in protocol-buffer encoding.
fn field(number: u64, content: &[u8]) -> Vec<u8> {
    let varint = |mut value: u64| {
        let mut bytes = Vec::new();
        while value > 0x7f {
            bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        bytes.push(value.to_le_bytes()[0]);
        bytes
    };
    let len = u64::try_from(content.len()).unwrap();
    [varint(number << 3 | 2), varint(len), content.to_vec()].concat()
}

#[test]
fn a_chromium_header_has_keys_and_signatures_and_no_more() {
    let proof =
        |seed| field(2, &[field(1, &noise(seed, 294)), field(2, &noise(seed, 256))].concat());
    let id = field(10_000, &field(1, &noise(9, 16)));
    let archive = zip(&[ZipMember::stored("manifest.json", b"{}")]);
    let extension = |more: Vec<u8>| {
        let header = [proof(1), proof(2), id.clone(), more].concat();
        let len = u32::try_from(header.len()).unwrap().to_le_bytes();
        [&b"Cr24\x03\0\0\0"[..], &len, &header, &archive].concat()
    };
    let honest = walk("x.crx", &extension(Vec::new()));
    is_quiet(&honest);
    assert!(honest.ledger("").bytes(SpanKind::Signature) > 1100);
    let hashes = crate::support::gzip(b"[{\"description\": \"treehash per file\"}]");
    let checked = walk("x.crx", &extension(field(4, &hashes)));
    is_quiet(&checked);
    assert_eq!(checked.ledger("").overlapping, 0);
    let hidden = noise(3, 30_000);
    is_shown(&walk("x.crx", &extension(field(77, &hidden))), &hidden);
    is_shown(&walk("x.crx", &extension(field(2, &field(1, &hidden)))), &hidden);
    let many: Vec<u8> = (10..60).flat_map(proof).collect();
    is_shown(&walk("x.crx", &extension(many)), &noise(40, 256));
}

#[test]
fn a_signing_block_of_android_has_known_schemes() {
    let package = |pairs: &[(u32, Vec<u8>)]| {
        let pair = |(id, value): &(u32, Vec<u8>)| {
            let len = u64::try_from(value.len() + 4).unwrap().to_le_bytes();
            [&len[..], &id.to_le_bytes(), value].concat()
        };
        let pairs: Vec<u8> = pairs.iter().flat_map(pair).collect();
        let size = u64::try_from(pairs.len() + 24).unwrap().to_le_bytes();
        let block = [&size[..], &pairs, &size, b"APK Sig Block 42"].concat();
        let member = ZipMember::stored("AndroidManifest.xml", INERT);
        walk("x.apk", &zip_with(&[member], &block, b""))
    };
    let signed = (0x7109_871a, noise(1, 3000));
    is_quiet(&package(&[
        signed.clone(),
        (0x4272_6577, vec![0; 5000]),
        (0x7177_7777, noise(2, 90)),
    ]));
    let hidden = noise(3, 30_000);
    is_shown(&package(&[signed.clone(), (0x1234_5678, hidden.clone())]), &hidden);
    is_shown(&package(&[signed.clone(), (0x4272_6577, hidden.clone())]), &hidden);
    let hidden = noise(4, 60_000);
    is_shown(&package(&[signed, (0xf053_68c0, hidden.clone())]), &hidden);
}

#[test]
fn bytes_behind_any_packed_member_of_a_zip_are_shown() {
    let bzip2 = {
        let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        std::io::Write::write_all(&mut writer, INERT).unwrap();
        writer.finish().unwrap()
    };
    // A raw block in a frame with its size.
    let len = u8::try_from(INERT.len()).unwrap();
    let zstd = [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, len, len << 3 | 1, len >> 5, 0], INERT].concat();
    let hidden = noise(1, 30_000);
    let skippable = {
        let len = u32::try_from(hidden.len()).unwrap().to_le_bytes();
        [&0x184d_2a5e_u32.to_le_bytes()[..], &len, &hidden].concat()
    };
    for (method, packed, more) in [
        (8, deflate(INERT), &hidden),
        (12, bzip2, &hidden),
        (93, zstd.clone(), &hidden),
        (93, zstd, &skippable),
    ] {
        let member = |packed: Vec<u8>| {
            let plain = ZipMember::stored("a", INERT);
            walk("x.zip", &zip(&[ZipMember { packed, method, ..plain }]))
        };
        let honest = member(packed.clone());
        is_quiet(&honest);
        assert_eq!(honest.node("a").bytes, INERT, "{method}");
        let walked = member([&packed[..], more].concat());
        is_shown(&walked, &hidden);
        assert_eq!(walked.node("a").bytes, INERT, "{method}");
    }
}

/// An archive of one member whose entry in the index has an extra field and a comment.
fn zip_with_extra(extra: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut bytes = zip(&[ZipMember::stored("a", INERT)]);
    let index = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    let end = bytes.len() - 22;
    let short = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
    bytes[index + 30..index + 32].copy_from_slice(&short(extra));
    bytes[index + 32..index + 34].copy_from_slice(&short(comment));
    bytes.splice(end..end, [extra, comment].concat());
    let at = bytes.len() - 10;
    let len = u32::try_from(at - 12 - index).unwrap().to_le_bytes();
    bytes[at..at + 4].copy_from_slice(&len);
    bytes
}

#[test]
fn records_of_known_kinds_hide_nothing() {
    let record = |id: u16, content: &[u8]| {
        let len = u16::try_from(content.len()).unwrap().to_le_bytes();
        [&id.to_le_bytes()[..], &len, content].concat()
    };
    let times = [&[0, 0, 0, 0, 1, 0, 24, 0][..], &noise(1, 24)].concat();
    let usual =
        [record(0x000a, &times), record(0x5455, &noise(2, 5)), record(0xcafe, b"")].concat();
    is_quiet(&walk("x.zip", &zip_with_extra(&usual, b"a comment")));
    let hidden = noise(3, 30_000);
    for id in [0x000a, 0xcafe, 0x9901, 0xa220, 0x7075] {
        is_shown(&walk("x.zip", &zip_with_extra(&record(id, &hidden), b"")), &hidden);
    }
    is_shown(&walk("x.zip", &zip_with_extra(b"", &hidden)), &hidden);
    // Many small ones of a known kind: each comes once.
    let many: Vec<u8> = (0..200).flat_map(|at| record(0x7875, &noise(at, 15))).collect();
    walk("x.zip", &zip_with_extra(&many, b"")).is_plain();
    let many: Vec<u8> = (0..900).flat_map(|at| record(0x7875, &noise(at, 15))).collect();
    is_shown(&walk("x.zip", &zip_with_extra(&many, b"")), &noise(700, 15));
}

fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_pax_extensions(records.iter().copied()).unwrap();
    builder.into_inner().unwrap()[..].strip_suffix(&[0; 1024]).unwrap().to_vec()
}

fn header(kind: tar::EntryType, size: u64, change: impl FnOnce(&mut tar::Header)) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("a").unwrap();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o755);
    change(&mut header);
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn two_lengths_of_one_member_are_told() {
    let file = |stated: u64| header(tar::EntryType::Regular, stated, |_| ());
    let len = u64::try_from(INERT.len()).unwrap();
    let size = len.to_string();
    let same = [pax(&[("size", size.as_bytes())]), file(len), padded(INERT)].concat();
    walk("x.tar", &same).is_plain();
    // A header of no bytes, and an extended one that takes in the next member.
    let inner = [file(len), padded(INERT)].concat();
    let nested = [pax(&[("size", b"1024")]), file(0), inner].concat();
    walk("x.tar", &nested).has_fact(FactKind::IndexDisagrees, "says 0 bytes");
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Directory] {
        let bare = |size| header(kind, size, |header| header.set_link_name("b").unwrap());
        let quiet = walk("x.tar", &bare(0));
        assert_eq!(quiet.facts(FactKind::IndexDisagrees), [""; 0], "{kind:?}");
        let told = [bare(1024), file(len), padded(INERT)].concat();
        walk("x.tar", &told).has_fact(FactKind::IndexDisagrees, "no file, and 1024 bytes");
    }
}

#[test]
fn fields_of_a_tape_header_that_no_file_has_are_room() {
    let archive = |count: u64, target: &dyn Fn(u64) -> Vec<u8>| {
        let mut builder = tar::Builder::new(Vec::new());
        for number in 0..count {
            let mut header = tar::Header::new_ustar();
            header.set_path(format!("f{number}")).unwrap();
            header.as_mut_bytes()[157..257].copy_from_slice(&target(number));
            header.set_username("builder").unwrap();
            header.set_size(0);
            header.set_cksum();
            builder.append(&header, &b""[..]).unwrap();
        }
        append(&mut builder, "last", INERT);
        walk("x.tar", &builder.into_inner().unwrap())
    };
    archive(600, &|_| vec![0; 100]).is_plain();
    is_shown(&archive(60, &|number| noise(number, 100)), &noise(59, 100));
}

#[test]
fn capabilities_of_a_tape_member_are_read() {
    // Revision 2: net_bind_service and sys_admin, permitted.
    let value = [1, 0, 0, 2, 0, 4, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let len = u64::try_from(INERT.len()).unwrap();
    let file = [header(tar::EntryType::Regular, len, |_| ()), padded(INERT)].concat();
    let given = [pax(&[("SCHILY.xattr.security.capability", &value)]), file.clone()].concat();
    let walked = walk("x.tar", &given);
    walked.is_plain();
    assert_eq!(walked.node("a").attributes.capabilities, 1 << 10 | 1 << 21);
    let packed = b"AQAAAgAEIAAAAAAAAAAAAAAAAAA=";
    let given = [pax(&[("LIBARCHIVE.xattr.security.capability", packed)]), file.clone()].concat();
    assert_eq!(walk("x.tar", &given).node("a").attributes.capabilities, 1 << 10 | 1 << 21);
    let other = [pax(&[("SCHILY.xattr.user.note", &value)]), file].concat();
    assert_eq!(walk("x.tar", &other).node("a").attributes.capabilities, 0);
}
