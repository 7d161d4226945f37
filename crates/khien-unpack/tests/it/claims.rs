//! Room in headers that nobody reads is no structure when it is more than a mark.

use khien_unpack::{FactKind, Format, GapReason, SpanKind};

use crate::support::{INERT, Walked, ZipMember, append, gzip, pe, tar, walk, zip, zip_with};

/// Bytes that are no text and no zeros.
fn blob(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251).to_le_bytes()[0] | 0x80).collect()
}

/// Other bytes of that kind for each number.
fn some(number: usize, len: usize) -> Vec<u8> {
    let mut bytes = blob(number * 3 + len).split_off(number * 3);
    bytes[..2].copy_from_slice(&[number.to_le_bytes()[0] | 0x80, number.to_le_bytes()[0] << 1 | 1]);
    bytes
}

fn unexplained(walked: &Walked, at_least: u64) {
    let found = walked.ledger("").bytes(SpanKind::Unexplained);
    assert!(found >= at_least, "{found} of {at_least} bytes: {:?}", walked.ledger(""));
}

#[test]
fn a_folder_of_a_zip_has_no_content() {
    let folder = |packed: Vec<u8>| ZipMember { packed, size: 0, ..ZipMember::stored("d/", b"") };
    let file = ZipMember::stored("d/a", INERT);
    walk("x.zip", &zip(&[folder(Vec::new()), file.clone()])).is_plain();
    let empty = ZipMember { method: 8, ..folder(vec![3, 0]) };
    walk("x.zip", &zip(&[empty, file.clone()])).is_plain();
    let walked = walk("x.zip", &zip(&[folder(pe()), file]));
    walked.has_fact(FactKind::ForeignBytes, "in a folder's entry");
    assert_eq!(walked.format("(in a folder's entry)"), Format::Pe);
    unexplained(&walked, 500);
}

#[test]
fn extra_fields_of_a_zip_are_counted_together() {
    let member = |number: usize, extra: &[u8]| {
        let mut bytes = zip(&[ZipMember::stored(&format!("f{number:03}"), INERT)]);
        let index = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
        let local: Vec<u8> = bytes.drain(..index).collect();
        let entry = bytes[..bytes.len() - 22].to_vec();
        let mut with = local;
        with[28..30].copy_from_slice(&u16::try_from(extra.len()).unwrap().to_le_bytes());
        with.splice(34..34, extra.iter().copied());
        (with, entry)
    };
    let archive = |extra: usize, same: bool| {
        let (mut bytes, mut index) = (Vec::new(), Vec::new());
        for number in 0..100 {
            let content = if same || extra == 0 { blob(extra) } else { some(number, extra) };
            let len = u16::try_from(content.len()).unwrap().to_le_bytes();
            let field = [&[0x77, 0x77][..], &len, &content].concat();
            let field = if extra == 0 { Vec::new() } else { field };
            let (local, mut entry) = member(number, &field);
            entry[42..46].copy_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
            bytes.extend(local);
            index.extend(entry);
        }
        let start = u32::try_from(bytes.len()).unwrap();
        let len = u32::try_from(index.len()).unwrap();
        bytes.extend(index);
        bytes.extend(b"PK\x05\x06\0\0\0\0\x64\0\x64\0");
        bytes.extend([&len.to_le_bytes()[..], &start.to_le_bytes(), &[0, 0]].concat());
        bytes
    };
    walk("x.zip", &archive(0, true)).is_plain();
    walk("x.zip", &archive(28, false)).is_plain();
    // What all members say alike is said once.
    walk("x.zip", &archive(900, true)).is_plain();
    let walked = walk("x.zip", &archive(900, false));
    walked.has_fact(FactKind::ForeignBytes, "in headers");
    unexplained(&walked, 90_000);
}

#[test]
fn what_stands_between_a_program_and_its_archive_is_no_program() {
    let archive = zip(&[ZipMember::stored("a", INERT)]);
    let walked = walk("x.exe", &[pe(), vec![0; 64], archive.clone()].concat());
    walked.is_plain();
    assert_eq!(walked.format(""), Format::SelfExtracting);
    let walked = walk("x.exe", &[pe(), blob(5000), archive].concat());
    assert_eq!(walked.format("a"), Format::Text);
    walked.has_fact(FactKind::ForeignBytes, "between the program and its archive");
    unexplained(&walked, 5000);
}

fn pax(records: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (key, value) in records {
        let body = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
        let digits = |len: usize| len.to_string().len();
        let mut len = body.len() + digits(body.len());
        len = body.len() + digits(len);
        content.extend(len.to_string().into_bytes());
        content.extend(body);
    }
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_path("PaxHeaders/a").unwrap();
    header.set_entry_type(tar::EntryType::XHeader);
    header.set_size(u64::try_from(content.len()).unwrap());
    header.set_cksum();
    builder.append(&header, content.as_slice()).unwrap();
    append(&mut builder, "a", INERT);
    builder.into_inner().unwrap()
}

#[test]
fn a_comment_in_a_tape_archive_is_short() {
    let commit = b"0123456789abcdef0123456789abcdef01234567".to_vec();
    walk("x.tar", &pax(&[("comment", commit), ("mtime", b"1700000000.5".to_vec())])).is_plain();
    let long = [&b"folder/".repeat(400)[..], b"a"].concat();
    walk("x.tar", &pax(&[("path", long), ("uname", b"root".to_vec())])).is_plain();
    let walked = walk("x.tar", &pax(&[("comment", blob(30_000))]));
    walked.has_fact(FactKind::ForeignBytes, "in headers");
    unexplained(&walked, 30_000);
    // Many short ones are as much room as a long one.
    let many: Vec<(&str, Vec<u8>)> = (0..90).map(|at| ("comment", some(at, 60))).collect();
    unexplained(&walk("x.tar", &pax(&many)), 5400);
    let few: Vec<(&str, Vec<u8>)> = (0..20).map(|at| ("comment", some(at, 60))).collect();
    walk("x.tar", &pax(&few)).is_plain();
    // Of a record that comes again only the last one counts.
    let again: Vec<(&str, Vec<u8>)> = (0..90).map(|at| ("path", some(at, 60))).collect();
    unexplained(&walk("x.tar", &pax(&again)), 5000);
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let len = content.len();
        bytes.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{len:<10}`\n", 0, 0, 0, 644).bytes());
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

#[test]
fn a_package_has_no_symbol_table() {
    let version = ("debian-binary", &b"2.0\n"[..]);
    let noise = blob(5000);
    for name in ["__.SYMDEF", "/", "//", "/SYM64/"] {
        let walked = walk("x.deb", &ar(&[version, (name, &noise)]));
        assert_eq!(walked.format(""), Format::Deb);
        walked.has_fact(FactKind::ForeignBytes, "which the package manager does not read");
        assert_eq!(walked.nodes.iter().filter(|node| node.bytes == noise).count(), 1, "{name}");
    }
    // In a library it is one where it looks like one.
    let table = [&2_u32.to_be_bytes()[..], &[0, 0, 0, 80, 0, 0, 0, 90], b"inert_one\0inert_two\0"];
    let walked = walk("x.a", &ar(&[("/", &table.concat()), ("a.o/", INERT)]));
    assert_eq!(walked.paths(), ["", "a.o"]);
    let walked = walk("x.a", &ar(&[("/", &noise), ("a.o/", INERT)]));
    assert_eq!(walked.nodes.len(), 3);
}

#[test]
fn a_package_that_breaks_off_is_damaged() {
    let control = ("control.tar", &tar(&[("control", b"Package: inert\n")])[..]);
    let data = ("data.tar", &tar(&[("a", INERT)])[..]);
    let version = ("debian-binary", &b"2.0\n"[..]);
    let whole = ar(&[version, control, data]);
    assert!(walk("x.deb", &whole).opened.gaps.is_empty());
    let without = ar(&[version, control]);
    walk("x.deb", &without).has_gap(GapReason::Damaged);
    let walked = walk("x.deb", &whole[..without.len() + 700]);
    walked.has_gap(GapReason::Damaged);
    assert_eq!(walked.facts(FactKind::ForeignBytes).len(), 0);
}

#[test]
fn headers_of_every_gzip_member_are_counted() {
    let member = |bytes: &[u8], extra: Vec<u8>| {
        let mut builder = flate2::GzBuilder::new();
        if !extra.is_empty() {
            builder = builder.extra(extra);
        }
        let mut writer = builder.write(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut writer, bytes).unwrap();
        writer.finish().unwrap()
    };
    let content = tar(&[("a", INERT)]);
    let blocks: Vec<u8> = (0..3000_u16)
        .flat_map(|len| member(INERT, [&b"BC\x02\0"[..], &len.to_le_bytes()].concat()))
        .collect();
    walk("x.gz", &blocks).is_plain();
    let hidden = [member(b"", some(1, 3000)), member(b"", some(2, 3000))].concat();
    let walked = walk("x.gz", &[gzip(&content), hidden].concat());
    walked.has_fact(FactKind::ForeignBytes, "in headers");
    unexplained(&walked, 6000);
    let found = walked.node("(in the headers)");
    assert_eq!(found.bytes, [some(1, 3000), some(2, 3000)].concat());
    let many: Vec<u8> = (0..200).flat_map(|at| member(INERT, some(at, 30))).collect();
    unexplained(&walk("x.gz", &many), 6000);
    let name = |len: usize| {
        let builder = flate2::GzBuilder::new().filename(some(1, len));
        let mut writer = builder.write(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut writer, &content).unwrap();
        writer.finish().unwrap()
    };
    assert_eq!(walk("x.tgz", &name(255)).facts(FactKind::ForeignBytes), [""; 0]);
    unexplained(&walk("x.tgz", &name(300_000)), 300_000);
}

#[test]
fn a_members_name_is_one_name() {
    let secret = ZipMember { flags: 1, ..ZipMember::stored("b.bin", INERT) };
    let hostile = tar(&[("x.zip!/b.bin", INERT), ("x.zip", &zip(&[secret]))]);
    let walked = walk("x.tar", &hostile);
    assert_eq!(walked.paths(), ["", "x.zip\\x21/b.bin", "x.zip"]);
    assert_eq!(walked.opened.gaps[0].path.as_raw(), "x.zip!/b.bin");
    assert_eq!(walked.opened.gaps[0].reason, GapReason::Encrypted);
}

#[test]
fn facts_that_are_left_out_are_a_gap() {
    let members = |count: usize| -> Vec<ZipMember> {
        (0..count).map(|_| ZipMember::stored("twice", INERT)).collect()
    };
    walk("x.zip", &zip(&members(201))).is_whole();
    let walked = walk("x.zip", &zip_with(&members(202), b"", b""));
    walked.has_gap(GapReason::TooManyEntries);
    assert_eq!(walked.facts(FactKind::DuplicateName).len(), 200);
    assert!(walked.opened.gaps[0].detail.as_raw().contains("DuplicateName"));
}

#[test]
fn an_import_library_has_one_name_for_all_its_members() {
    let mut members: Vec<(&str, &[u8])> = vec![("//", b"inert.dll\0")];
    members.extend((0..300).map(|_| ("/0", INERT)));
    let walked = walk("x.lib", &ar(&members));
    walked.is_plain();
    assert_eq!(walked.paths()[1], "inert.dll.obj");
    let version = ("debian-binary", &b"2.0\n"[..]);
    let twice = ("_inert", INERT);
    walk("x.deb", &ar(&[version, twice, twice])).has_fact(FactKind::DuplicateName, "_inert");
}
