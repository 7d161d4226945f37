//! 7-Zip archives, by its own tool.

use khien_unpack::{FactKind, Format, GapReason};

use crate::support::{INERT, crc32, pe, prose, tool, walk};

fn archive(args: &[&str]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    std::fs::write(folder.path().join("d/one.txt"), prose(200_000)).unwrap();
    std::fs::write(folder.path().join("d/two.txt"), INERT).unwrap();
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    std::fs::write(folder.path().join("prog.exe"), pe()).unwrap();
    let mut all = vec!["a", "-bd", "-y"];
    all.extend(args);
    all.extend(["out.7z", "d", "empty", "prog.exe"]);
    tool(folder.path(), "7zz", &all, b"")?;
    Some(std::fs::File::open(folder.path().join("out.7z")).map(read_all).unwrap())
}

fn read_all(mut file: std::fs::File) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    bytes
}

#[test]
fn archives_of_the_real_tool_are_plain() {
    let methods: [&[&str]; 7] = [
        &[],
        &["-ms=off"],
        &["-m0=LZMA"],
        &["-m0=PPMd"],
        &["-m0=BZip2"],
        &["-m0=Deflate"],
        &["-m0=Copy", "-mhc=off"],
    ];
    for method in methods {
        let Some(bytes) = archive(method) else { return };
        let walked = walk("x.7z", &bytes);
        walked.is_plain();
        assert_eq!(walked.format(""), Format::SevenZip);
        assert_eq!(walked.node("d/one.txt").bytes, prose(200_000), "{method:?}");
        assert_eq!(walked.format("prog.exe"), Format::Pe);
        assert_eq!(walked.format("empty"), Format::Empty);
    }
}

#[test]
fn encryption_is_a_gap() {
    for args in [&["-psecret"][..], &["-psecret", "-mhe=on"]] {
        let Some(bytes) = archive(args) else { return };
        walk("x.7z", &bytes).has_gap(GapReason::Encrypted);
    }
}

#[test]
fn behind_a_program_it_is_self_extracting() {
    let Some(archive) = archive(&[]) else { return };
    let mut bytes = pe();
    bytes.extend(b";!@Install@!UTF-8!\nTitle=\"x\"\n;!@InstallEnd@!");
    bytes.extend(&archive);
    let walked = walk("setup.exe", &bytes);
    walked.is_plain();
    assert_eq!(walked.format(""), Format::SelfExtracting);
    assert_eq!(walked.node("(archive behind the program)!/d/two.txt").bytes, INERT);
    let walked = walk("x.7z", &[archive.as_slice(), &pe()].concat());
    walked.has_fact(FactKind::ForeignBytes, "behind the archive");
}

/// An archive whose header is these bytes.
fn with_header(header: &[u8]) -> Vec<u8> {
    let mut start = Vec::new();
    start.extend(0_u64.to_le_bytes());
    start.extend(u64::try_from(header.len()).unwrap().to_le_bytes());
    start.extend(crc32(header).to_le_bytes());
    let mut bytes = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    bytes.extend(crc32(&start).to_le_bytes());
    bytes.extend(start);
    bytes.extend(header);
    bytes
}

#[test]
fn a_header_that_asks_for_much_is_refused_first() {
    // A packed header that wants a dictionary of 4 GiB.
    let dictionary = [
        0x17, 6, 0, 1, 9, 0, 0, 7, 11, 1, 0, 1, 0x23, 3, 1, 1, 5, 0x5d, 0xff, 0xff, 0xff, 0xff, 12,
        0x20, 0, 0,
    ];
    // A plain header with 2^48 files.
    let files = [1, 5, 0xfe, 0, 0, 0, 0, 0, 0, 1, 0];
    // A packed header of 2^40 bytes.
    let long = [
        0x17, 6, 0, 1, 9, 0, 0, 7, 11, 1, 0, 1, 0x23, 3, 1, 1, 5, 0x5d, 0, 0, 1, 0, 12, 0xf8, 0, 0,
        0, 0, 1, 0, 0,
    ];
    for header in [&dictionary[..], &files, &long] {
        let walked = walk("x.7z", &with_header(header));
        assert_eq!(walked.opened.gaps.len(), 1, "{:?}", walked.opened.gaps);
        let reason = walked.opened.gaps[0].reason;
        let limits = [GapReason::TooManyBytes, GapReason::TooManyEntries];
        assert!(limits.contains(&reason), "{:?}", walked.opened.gaps);
    }
}
