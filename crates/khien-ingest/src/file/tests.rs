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
