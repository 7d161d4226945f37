//! Debian and RPM packages.

use khien_unpack::{FactKind, Format, GapReason, SpanKind};
use sha2::{Digest, Sha256};

use crate::support::{INERT, gzip, prose, tool, walk};

fn deb(packing: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("p");
    std::fs::create_dir_all(root.join("DEBIAN")).unwrap();
    std::fs::create_dir_all(root.join("usr/lib/x")).unwrap();
    let control = "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\n\
                   Description: inert\n";
    std::fs::write(root.join("DEBIAN/control"), control).unwrap();
    std::fs::write(root.join("DEBIAN/postinst"), "#!/bin/sh\ntrue\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(root.join("DEBIAN/postinst"), mode).unwrap();
    std::fs::write(root.join("usr/lib/x/data.txt"), prose(40_000)).unwrap();
    std::os::unix::fs::symlink("/etc/x", root.join("usr/lib/x/link")).unwrap();
    let packing = format!("-Z{packing}");
    tool(folder.path(), "dpkg-deb", &[&packing, "--root-owner-group", "-b", "p", "x.deb"], b"")?;
    let mut file = std::fs::File::open(folder.path().join("x.deb")).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    Some(bytes)
}

#[test]
fn packages_of_the_real_tool_are_plain() {
    for (packing, ending) in [("xz", "xz"), ("gzip", "gz"), ("zstd", "zst")] {
        let Some(bytes) = deb(packing) else { return };
        let walked = walk("x_1_all.deb", &bytes);
        // The link to /etc stays inside: names in a package start at the system's root.
        walked.is_plain();
        assert_eq!(walked.format(""), Format::Deb);
        let script = format!("control.tar.{ending}!/control.tar!/./postinst");
        assert_eq!(walked.format(&script), Format::Script);
        assert_eq!(walked.node(&script).attributes.mode, Some(0o755));
        let data = format!("data.tar.{ending}!/data.tar!/./usr/lib/x/data.txt");
        assert_eq!(walked.node(&data).bytes, prose(40_000));
    }
}

fn member(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len())
            .into_bytes();
    bytes.extend(content);
    if content.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    bytes
}

/// A version 4 signature packet by key 0123456789abcdef.
fn signature_packet() -> Vec<u8> {
    let mut body = vec![4, 0x13, 1, 10, 0, 0, 0, 10, 9, 16];
    body.extend([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
    body.extend([0; 16]);
    let mut packet = vec![0xc2, u8::try_from(body.len()).unwrap()];
    packet.extend(body);
    packet
}

#[test]
fn members_beside_the_archives_are_told() {
    let mut bytes = b"!<arch>\n".to_vec();
    bytes.extend(member("debian-binary", b"2.0\n"));
    bytes.extend(member("control.tar", &crate::support::tar(&[("./control", INERT)])));
    bytes.extend(member("data.tar", &crate::support::tar(&[("./a", INERT)])));
    bytes.extend(member("_gpgorigin", &signature_packet()));
    bytes.extend(member("extra", INERT));
    let walked = walk("x.deb", &bytes);
    walked.is_whole();
    walked.has_fact(FactKind::ContainerSignature, "RSA, SHA-512, issuer 0123456789abcdef");
    walked.has_fact(FactKind::ForeignBytes, "extra");
    bytes.extend(INERT);
    walk("x.deb", &bytes).has_fact(FactKind::ForeignBytes, "behind the archive");
}

#[test]
fn ar_with_long_names_is_plain() {
    let mut bytes = b"!<arch>\n".to_vec();
    bytes.extend(member("/", &[0; 4]));
    bytes.extend(member("//", b"a-name-that-is-too-long-for-the-header.o/\n"));
    bytes.extend(member("/0", INERT));
    bytes.extend(member("short.o/", INERT));
    let walked = walk("x.a", &bytes);
    walked.is_plain();
    assert_eq!(walked.paths(), ["", "a-name-that-is-too-long-for-the-header.o", "short.o"]);
}

enum Value<'a> {
    Text(&'a str),
    Texts(&'a [&'a str]),
    Bytes(&'a [u8]),
    Number(u32),
    /// Kind 3 is 16 bits wide, 4 is 32.
    Numbers(u32, &'a [u32]),
}

fn header(tags: &[(u32, Value<'_>)]) -> Vec<u8> {
    let (mut index, mut store) = (Vec::new(), Vec::new());
    for (tag, value) in tags {
        let (kind, count, bytes) = match value {
            Value::Text(text) => (6_u32, 1, [text.as_bytes(), b"\0"].concat()),
            Value::Texts(texts) => (
                8,
                texts.len(),
                texts.iter().flat_map(|t| [t.as_bytes(), b"\0"].concat()).collect(),
            ),
            Value::Bytes(bytes) => (7, bytes.len(), bytes.to_vec()),
            Value::Number(number) => {
                while store.len() % 4 != 0 {
                    store.push(0);
                }
                (4, 1, number.to_be_bytes().to_vec())
            }
            Value::Numbers(kind, numbers) => {
                while store.len() % 4 != 0 {
                    store.push(0);
                }
                let skip = if *kind == 3 { 2 } else { 0 };
                let bytes = numbers.iter().flat_map(|n| n.to_be_bytes()[skip..].to_vec()).collect();
                (*kind, numbers.len(), bytes)
            }
        };
        index.extend(tag.to_be_bytes());
        index.extend(kind.to_be_bytes());
        index.extend(u32::try_from(store.len()).unwrap().to_be_bytes());
        index.extend(u32::try_from(count).unwrap().to_be_bytes());
        store.extend(bytes);
    }
    let mut bytes = b"\x8e\xad\xe8\x01\0\0\0\0".to_vec();
    bytes.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
    bytes.extend(u32::try_from(store.len()).unwrap().to_be_bytes());
    bytes.extend(index);
    bytes.extend(store);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn rpm(payload: &[u8]) -> Vec<u8> {
    rpm_with(payload, Vec::new())
}

fn rpm_with<'a>(payload: &[u8], more: Vec<(u32, Value<'a>)>) -> Vec<u8> {
    let digest = hex(payload);
    let digests = [digest.as_str()];
    let mut tags = vec![
        (1000, Value::Text("x")),
        (1024, Value::Text("true # post")),
        (1026, Value::Text("print('inert')")),
        (1086, Value::Text("/bin/sh")),
        (1087, Value::Text("/sbin/ldconfig")),
        (1088, Value::Text("<lua>")),
        (1065, Value::Texts(&["true # trigger"])),
        (1066, Value::Texts(&["glibc"])),
        (1092, Value::Texts(&["/bin/sh"])),
        (5092, Value::Texts(&digests)),
        (5093, Value::Number(8)),
    ];
    tags.extend(more);
    let main = header(&tags);
    let main_digest = hex(&main);
    let signatures =
        header(&[(268, Value::Bytes(&signature_packet())), (273, Value::Text(&main_digest))]);
    let mut bytes = b"\xed\xab\xee\xdb\x03\0\0\0".to_vec();
    bytes.resize(96, 0);
    bytes.extend(signatures);
    bytes.resize(bytes.len().div_ceil(8) * 8, 0);
    bytes.extend(main);
    bytes.extend(payload);
    bytes
}

#[test]
fn an_rpm_gives_its_scripts_its_signature_and_its_payload() {
    let bytes = rpm(&gzip(INERT));
    let walked = walk("x-1.noarch.rpm", &bytes);
    walked.is_whole();
    assert_eq!(walked.format(""), Format::Rpm);
    assert_eq!(walked.node("payload.cpio.gz!/payload.cpio").bytes, INERT);
    assert_eq!(walked.format("scripts/postin.sh"), Format::Script);
    assert_eq!(walked.format("scripts/postun.lua"), Format::Script);
    assert_eq!(walked.format("scripts/trigger-0.sh"), Format::Script);
    walked.has_fact(FactKind::InstallAction, "preun runs /sbin/ldconfig");
    walked.has_fact(FactKind::InstallAction, "glibc");
    walked.has_fact(FactKind::ContainerSignature, "RSA, SHA-512, issuer 0123456789abcdef");
    assert_eq!(walked.facts(FactKind::WrongChecksum).len(), 0);
    assert_eq!(walked.ledger("").bytes(SpanKind::Unexplained), 0);
}

#[test]
fn an_rpm_whose_digests_are_wrong_is_told() {
    let mut bytes = rpm(&gzip(INERT));
    bytes.extend(b"more");
    let walked = walk("x.rpm", &bytes);
    walked.has_fact(FactKind::WrongChecksum, "payload");
    bytes.truncate(150);
    walk("x.rpm", &bytes).has_gap(GapReason::Damaged);
}

#[test]
fn a_payload_that_numbers_its_files_is_read_by_the_header() {
    let mut payload = Vec::new();
    let files = [(0_u32, INERT), (1, b"/etc/x"), (2, b"second")];
    for (index, content) in files {
        payload.extend(format!("07070X{index:08x}").as_bytes());
        payload.resize(payload.len().next_multiple_of(4), 0);
        payload.extend(content);
        payload.resize(payload.len().next_multiple_of(4), 0);
    }
    let mut trailer = b"070701".to_vec();
    trailer.resize(110, b'0');
    trailer.extend(b"TRAILER!!!\0");
    payload.extend(trailer);
    payload.resize(payload.len().next_multiple_of(4), 0);
    let inert = u32::try_from(INERT.len()).unwrap();
    let tags = || {
        vec![
            (1117, Value::Texts(&["a", "link", "b"])),
            (1118, Value::Texts(&["/usr/bin/", "/etc/"])),
            (1116, Value::Numbers(4, &[0, 1, 0])),
            (1030, Value::Numbers(3, &[0o100_755, 0o120_777, 0o104_755])),
            (1036, Value::Texts(&["", "/etc/x", ""])),
            (1095, Value::Numbers(4, &[1, 1, 1])),
            (1096, Value::Numbers(4, &[1, 2, 3])),
        ]
    };
    let sizes = [inert, 6, 6];
    let mut good = tags();
    good.push((1028, Value::Numbers(4, &sizes)));
    let walked = walk("x.rpm", &rpm_with(&gzip(&payload), good));
    walked.is_whole();
    assert_eq!(walked.node("/usr/bin/a").bytes, INERT);
    assert_eq!(walked.node("/usr/bin/b").attributes.mode, Some(0o104_755));
    assert_eq!(walked.node("/etc/link").kind, khien_unpack::NodeKind::Link("/etc/x".into()));
    assert_eq!(walked.facts(FactKind::EscapingName).len(), 0);
    let wrong = [inert, 6, 60_000];
    let mut bad = tags();
    bad.push((1028, Value::Numbers(4, &wrong)));
    walk("x.rpm", &rpm_with(&gzip(&payload), bad)).has_gap(GapReason::Damaged);
}

#[test]
fn capabilities_of_an_rpm_stand_in_its_header() {
    let tags = |given: &'static [&'static str]| {
        vec![
            (1117, Value::Texts(&["ping", "plain"])),
            (1118, Value::Texts(&["/usr/bin/", "/etc/"])),
            (1116, Value::Numbers(4, &[0, 1])),
            (5010, Value::Texts(given)),
        ]
    };
    let walked = walk("x.rpm", &rpm_with(&gzip(INERT), tags(&["= cap_net_raw+ep", ""])));
    let told = "/usr/bin/ping gets the rights = cap_net_raw+ep";
    walked.has_fact(FactKind::InstallAction, told);
    assert_eq!(walked.ledger("").bytes(SpanKind::Unexplained), 0);
    let none = walk("x.rpm", &rpm_with(&gzip(INERT), tags(&["", ""])));
    assert!(!none.facts(FactKind::InstallAction).iter().any(|fact| fact.contains("rights")));
}

#[test]
fn an_rpm_header_holds_what_its_tags_say() {
    let noise: Vec<u8> = (0..30_000_u32).map(|i| (i * i % 251 + 1).to_le_bytes()[0]).collect();
    let walked = walk("x.rpm", &rpm_with(&gzip(INERT), vec![(7777, Value::Bytes(&noise))]));
    walked.has_fact(FactKind::ForeignBytes, "in headers");
    assert_eq!(walked.node("(in the headers)").bytes, noise);
    // A tag that says it has one byte, and a store with more.
    let mut bytes = rpm_with(&gzip(INERT), vec![(7777, Value::Bytes(&noise))]);
    let tag = memchr::memmem::find(&bytes, &7777_u32.to_be_bytes()).unwrap();
    bytes[tag + 12..tag + 16].copy_from_slice(&1_u32.to_be_bytes());
    assert_eq!(walk("x.rpm", &bytes).node("(in the headers)").bytes, noise[1..]);
    let icon = vec![(1043, Value::Bytes(&noise[..3000]))];
    let quiet = walk("x.rpm", &rpm_with(&gzip(INERT), icon));
    assert_eq!(quiet.ledger("").bytes(SpanKind::Unexplained), 0);
}
