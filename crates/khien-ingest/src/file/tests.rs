use std::io::Write;

use super::*;
use crate::Place;

#[derive(Default)]
struct Collected {
    records: Vec<(String, u64)>,
    dead: Vec<(String, Reason)>,
}

impl Sink for Collected {
    fn event(&mut self, event: &Event, place: Place) {
        self.records.push((event.to_json().to_string(), place.offset));
    }

    fn dead(&mut self, letter: DeadLetter) {
        self.dead.push((letter.file.as_raw().to_owned(), letter.reason));
    }
}

fn read_bytes(bytes: &[u8], limits: &Limits) -> (FileReport, Collected) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in");
    std::fs::write(&path, bytes).unwrap();
    let input = InputFile { path, bytes: bytes.len() as u64 };
    let mut sink = Collected::default();
    let report = read_file(&input, &mut Normalizer::default(), limits, &mut sink, &|_| {});
    assert_eq!(report.records_total(), sink.records.len() as u64);
    assert_eq!(report.dead, sink.dead.len() as u64);
    (report, sink)
}

fn reasons(collected: &Collected) -> Vec<Reason> {
    collected.dead.iter().map(|(_, reason)| *reason).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

const LINES: &[u8] = b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";

#[test]
fn containers_of_all_kinds_and_inside_one_another() {
    let limits = Limits::default();
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9][..], &zstd(LINES)].concat();
    for (what, bytes) in [
        ("plain", LINES.to_vec()),
        ("gzip", gzip(LINES)),
        ("two gzip members", [gzip(b"{\"a\":1}\n"), gzip(b"{\"a\":2}\n{\"a\":3}\n")].concat()),
        ("zstd", zstd(LINES)),
        ("two zstd frames", [zstd(b"{\"a\":1}\n"), zstd(b"{\"a\":2}\n{\"a\":3}\n")].concat()),
        ("zstd after a skippable frame", skippable),
        ("tar", tar(&[("etc/x", LINES)])),
        ("tar in gzip", gzip(&tar(&[("x", LINES)]))),
        ("zip", zip(&[("x/", b""), ("x/y", LINES)])),
        ("zip in tar in gzip", gzip(&tar(&[("b.zip", &zip(&[("c", LINES)]))]))),
    ] {
        let (report, sink) = read_bytes(&bytes, &limits);
        assert_eq!(report.records_total(), 3, "{what}: {:?}", sink.dead);
        assert!(sink.dead.is_empty(), "{what}: {:?}", sink.dead);
    }
}

#[test]
fn members_are_named_behind_their_archive() {
    let (_, sink) = read_bytes(&zip(&[("d/bad.json", b"{\"a\":")]), &Limits::default());
    assert!(sink.dead[0].0.ends_with("in!d/bad.json"), "{:?}", sink.dead);
}

#[test]
fn a_cut_container_yields_what_came_before() {
    let whole = gzip(&LINES.repeat(50_000));
    let (report, sink) = read_bytes(&whole[..whole.len() - 9], &Limits::default());
    assert!(report.records_total() >= 149_000);
    assert_eq!(reasons(&sink), [Reason::DamagedContainer]);
    let whole = zip(&[("a", LINES), ("b", LINES)]);
    let (report, sink) = read_bytes(&whole[..whole.len() - 60], &Limits::default());
    assert_eq!(report.records_total(), 6);
    assert_eq!(reasons(&sink), [Reason::DamagedContainer]);
}

#[test]
fn a_list_behind_an_archive_hides_no_member() {
    let first = zip(&[("a", LINES)]);
    for behind in [zip(&[]), zip(&[("b", LINES)])] {
        let (report, sink) = read_bytes(&[first.clone(), behind].concat(), &Limits::default());
        assert!(report.records_total() >= 3, "{:?}", sink.dead);
        assert_eq!(reasons(&sink).first(), Some(&Reason::DamagedContainer));
    }
}

fn check(what: &str, bytes: &[u8], records: u64, why: &[Reason]) {
    let (report, sink) = read_bytes(bytes, &Limits::default());
    let found = (report.records_total(), reasons(&sink));
    assert_eq!(found, (records, why.to_vec()), "{what}: {:?}", sink.dead);
}

/// A tar member of this kind, padded, without the archive's end.
fn tar_member(kind: tar::EntryType, name: &str, stored: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_size(stored.len() as u64);
    header.set_entry_type(kind);
    header.set_cksum();
    let padding = vec![0; stored.len().next_multiple_of(512) - stored.len()];
    [header.as_bytes(), stored, &padding].concat()
}

fn pax(kind: tar::EntryType, properties: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::new();
    for (key, value) in properties {
        let rest = format!(" {key}={value}\n");
        let length = (1..4)
            .map(|digits| rest.len() + digits)
            .find(|n| n.to_string().len() + rest.len() == *n);
        text += &format!("{}{rest}", length.unwrap());
    }
    tar_member(kind, "PaxHeaders/x", text.as_bytes())
}

const TAR_END: [u8; 1024] = [0; 1024];

#[test]
fn tars_one_behind_the_other_and_members_of_odd_kinds_are_read() {
    use tar::EntryType as Kind;
    check("two", &[tar(&[("a", LINES)]), tar(&[("b", LINES)])].concat(), 6, &[]);
    let contiguous = tar_member(Kind::Continuous, "a", LINES);
    check("contiguous", &[&contiguous[..], &TAR_END].concat(), 3, &[]);
    let folder = tar_member(Kind::Directory, "d/", b"");
    let link = tar_member(Kind::Symlink, "l", b"");
    let global = pax(Kind::XGlobalHeader, &[("comment", "a commit")]);
    let file = tar_member(Kind::Regular, "a", LINES);
    check("all", &[&global[..], &folder, &link, &file, &TAR_END].concat(), 3, &[]);
    let hidden = tar_member(Kind::Directory, "d/", LINES);
    check("a folder", &[&hidden[..], &file, &TAR_END].concat(), 3, &[Reason::DamagedPart]);
    let global = pax(Kind::XGlobalHeader, &[("GNU.sparse.major", "1")]);
    check("global", &[&global[..], &file, &TAR_END].concat(), 3, &[Reason::DamagedPart]);
    check("folders only", &[&folder[..], &TAR_END].concat(), 0, &[Reason::Empty]);
    check("folders only", &zip(&[("d/", b"")]), 0, &[Reason::Empty]);
}

#[test]
fn sparse_members_are_read_with_their_holes() {
    let mut header = tar::Header::new_gnu();
    header.set_path("a.log").unwrap();
    header.set_size(LINES.len() as u64);
    header.set_entry_type(tar::EntryType::GNUSparse);
    let octal =
        |number: usize| <[u8; 12]>::try_from(format!("{number:011o}\0").as_bytes()).unwrap();
    let gnu = header.as_gnu_mut().unwrap();
    for (block, (offset, length)) in gnu.sparse.iter_mut().zip([(0, LINES.len()), (4096, 0)]) {
        (block.offset, block.numbytes) = (octal(offset), octal(length));
    }
    gnu.realsize = octal(4096);
    header.set_cksum();
    let mut old = [header.as_bytes(), LINES].concat();
    old.resize(old.len().next_multiple_of(512), 0);
    // The zeros are a line that is no record.
    check("old", &[&old[..], &TAR_END].concat(), 3, &[Reason::Malformed]);

    let properties =
        [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "4096")];
    let member = |map: &str, data: &[u8]| {
        let mut stored = map.as_bytes().to_vec();
        stored.resize(512, 0);
        stored.extend(data);
        let member = tar_member(tar::EntryType::Regular, "GNUSparseFile.1/a.log", &stored);
        [&pax(tar::EntryType::XHeader, &properties)[..], &member, &TAR_END].concat()
    };
    let map = format!("1\n0\n{}\n", LINES.len());
    check("new", &member(&map, LINES), 3, &[Reason::Malformed]);
    for (what, map, data) in [
        ("more data than the map names", map.as_str(), &[LINES, LINES].concat()[..]),
        ("less data than the map names", "1\n0\n4000\n", LINES),
        ("pieces that overlap", "2\n0\n512\n100\n10\n", LINES),
        ("a piece beyond the end", "1\n4096\n1\n", LINES),
        ("no map", "", LINES),
        ("too many pieces", "70000\n", LINES),
        ("a number too large", "99999999999999999999\n", LINES),
    ] {
        let (_, sink) = read_bytes(&member(map, data), &Limits::default());
        let found = reasons(&sink);
        assert!(found.contains(&Reason::DamagedContainer), "{what}: {:?}", sink.dead);
    }
    let older = [
        pax(tar::EntryType::XHeader, &[("GNU.sparse.map", "0,24"), ("GNU.sparse.size", "4096")]),
        tar_member(tar::EntryType::Regular, "a.log", LINES),
        TAR_END.to_vec(),
    ];
    check("a form that is not expanded", &older.concat(), 3, &[Reason::DamagedPart]);
}

#[test]
fn holes_and_headers_are_no_bombs() {
    let mut huge = pax(
        tar::EntryType::XHeader,
        &[
            ("GNU.sparse.major", "1"),
            ("GNU.sparse.minor", "0"),
            ("GNU.sparse.realsize", "9000000000000000000"),
        ],
    );
    let mut stored = b"1\n0\n24\n".to_vec();
    stored.resize(512, 0);
    stored.extend(LINES);
    huge.extend(tar_member(tar::EntryType::Regular, "a.log", &stored));
    let (report, sink) = read_bytes(&huge, &Limits::default());
    assert!(reasons(&sink).contains(&Reason::LimitExceeded), "{:?}", sink.dead);
    assert_eq!(report.records_total(), 3);
    let name = vec![b'a'; 9 << 20];
    let long = tar_member(tar::EntryType::GNULongName, "././@LongLink", &name);
    check(
        "a long name",
        &gzip(&[tar(&[("a", b"")]), long].concat()),
        0,
        &[Reason::Empty, Reason::LimitExceeded],
    );
}

#[test]
fn bytes_that_a_zip_does_not_list_are_a_gap() {
    let gap = &[Reason::DamagedContainer];
    let whole = zip(&[("a", LINES), ("b", b"{\"b\":1}\n")]);
    check("a line behind it", &[&whole[..], LINES].concat(), 4, gap);
    // The list's first entry goes, and the end record says so; both members are still there.
    let find = |magic: &[u8]| memchr::memmem::find(&whole, magic).unwrap();
    let (list, end) = (find(b"PK\x01\x02"), find(b"PK\x05\x06"));
    let second = list + 4 + memchr::memmem::find(&whole[list + 4..], b"PK\x01\x02").unwrap();
    let mut cut = [&whole[..list], &whole[second..]].concat();
    let end = end - (second - list);
    cut[end + 8] = 1;
    cut[end + 10] = 1;
    let size = u32::try_from(end - list).unwrap();
    cut[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
    check("a member that the list leaves out", &cut, 1, gap);
    let mut behind = whole.clone();
    behind.splice(end + (second - list)..end + (second - list), LINES.iter().copied());
    check("lines behind the list", &behind, 4, gap);
}

#[test]
fn an_end_record_alone_hides_nothing() {
    let end = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    check("no member", &end, 0, &[Reason::DamagedContainer]);
    // Found by fuzzing: text behind an empty archive, and an empty archive behind a container.
    let (report, sink) =
        read_bytes(&[&end[..], b"64 18::5\nLEEF:2.0|V|P|1|id|"].concat(), &Limits::default());
    assert!(report.records_total() > 0 || !sink.dead.is_empty());
    let record = b"{\"canary\":\"here\"}\n";
    for container in [gzip(record), tar(&[("a.json", record)]), zip(&[("a.json", record)])] {
        for behind in [&end[..], b"x", &[0], b"PK\x05\x06"] {
            let (report, sink) = read_bytes(&[&container, behind].concat(), &Limits::default());
            assert!(!sink.dead.is_empty(), "{behind:?}");
            assert_eq!(report.records_total(), 1, "{behind:?} {:?} {}", sink.dead, container.len());
        }
    }
}

#[test]
fn bombs_stop_at_their_limit() {
    let limits = Limits { expansion_ratio_max: 50, ..Limits::default() };
    let bomb = gzip(&vec![b' '; 100 << 20]);
    let (_, sink) = read_bytes(&bomb, &limits);
    assert!(reasons(&sink).contains(&Reason::LimitExceeded), "{:?}", sink.dead);
    let limits = Limits { expanded_bytes_max: 10, ..Limits::default() };
    let (_, sink) = read_bytes(&gzip(LINES), &limits);
    assert!(reasons(&sink).contains(&Reason::LimitExceeded), "{:?}", sink.dead);
    let limits = Limits { members_max: 2, ..Limits::default() };
    let (report, sink) = read_bytes(&tar(&[("a", LINES), ("b", LINES), ("c", LINES)]), &limits);
    assert_eq!((report.records_total(), reasons(&sink)), (6, vec![Reason::LimitExceeded]));
    let mut deep = LINES.to_vec();
    for _ in 0..9 {
        deep = gzip(&deep);
    }
    let (_, sink) = read_bytes(&deep, &Limits::default());
    assert_eq!(reasons(&sink), [Reason::LimitExceeded]);
}

#[test]
fn odd_files_are_named_and_nothing_panics() {
    for (bytes, reason) in [
        (&b""[..], Reason::Empty),
        (b"\n\n", Reason::Empty),
        (b"# A page\n\nof text.\n", Reason::UnknownFormat),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", Reason::UnknownFormat),
        (b"ElfFile\0", Reason::Truncated),
        (b"\x1f\x8b\x08\0", Reason::DamagedContainer),
        (b"\x28\xb5\x2f\xfd", Reason::DamagedContainer),
        (b"PK\x03\x04", Reason::DamagedContainer),
    ] {
        let (report, sink) = read_bytes(bytes, &Limits::default());
        assert_eq!(report.records_total(), 0);
        assert!(reasons(&sink).contains(&reason), "{bytes:?}: {:?}", sink.dead);
    }
}

#[test]
fn a_bad_record_costs_only_itself() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(2000));
    let deep = format!("{}1{}", "{\"a\":".repeat(90), "}".repeat(90));
    let text =
        format!("{{\"a\":1}}\n{{\"a\":\nnoise\n{long}\n{deep}\n{{\"a\":2}}\n{{\"a\":\"\u{7f}");
    let limits = Limits { record_bytes_max: 1000, ..Limits::default() };
    let (report, sink) = read_bytes(text.as_bytes(), &limits);
    assert_eq!(report.records_total(), 2, "{:?}", sink.dead);
    let found = reasons(&sink);
    for reason in [Reason::Malformed, Reason::TooLarge, Reason::TooDeep, Reason::Truncated] {
        assert!(found.contains(&reason), "{reason}: {found:?}");
    }
}

#[test]
fn a_missing_file_is_a_dead_letter() {
    let input = InputFile { path: "/nowhere/at/all".into(), bytes: 0 };
    let mut sink = Collected::default();
    read_file(&input, &mut Normalizer::default(), &Limits::default(), &mut sink, &|_| {});
    assert_eq!(reasons(&sink), [Reason::Unreadable]);
}

proptest::proptest! {
    #[test]
    fn any_bytes_end_without_a_panic(
        start in proptest::sample::select(vec![
            &b""[..], b"ElfFile\0", b"ElfChnk\0", b"PK\x03\x04", b"\x1f\x8b\x08", b"{\"a\":1}\n",
            b"#separator \\x09\n#fields\tts\n", b"type=SYSCALL msg=audit(1.2:3): ", b"<13>",
        ]),
        rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
    ) {
        read_bytes(&[start, &rest].concat(), &Limits::default());
    }
}
