//! Zip archives that show different readers different things.

use khien_unpack::{FactKind, Format, GapReason, SpanKind};

use crate::support::{INERT, ZipMember, deflate, pe, walk, zip, zip_quoting, zip_with};

#[test]
fn a_name_that_differs_in_the_header_is_told() {
    let mut member = ZipMember::stored("good.txt", INERT);
    member.local_name = b"evil.exe".to_vec();
    let walked = walk("x.zip", &zip(&[member]));
    walked.has_fact(FactKind::IndexDisagrees, "evil.exe");
    assert_eq!(walked.paths(), ["", "good.txt"]);
}

#[test]
fn sizes_and_checksums_that_differ_are_told() {
    let mut bytes = zip(&[ZipMember::stored("a", INERT)]);
    bytes[14] ^= 1;
    bytes[22] ^= 1;
    let walked = walk("x.zip", &bytes);
    walked.has_fact(FactKind::IndexDisagrees, "CRC-32");
    walked.has_fact(FactKind::IndexDisagrees, "bytes");
}

#[test]
fn a_member_that_the_index_hides_is_read() {
    let mut hidden = ZipMember::deflated("hidden.bin", &pe());
    hidden.listed = false;
    for descriptor in [false, true] {
        hidden.descriptor = descriptor;
        for order in [[0, 1, 2], [1, 0, 2], [0, 2, 1]] {
            let all =
                [ZipMember::stored("a", INERT), hidden.clone(), ZipMember::stored("b", INERT)];
            let members: Vec<_> = order.iter().map(|index| all[*index].clone()).collect();
            let walked = walk("x.zip", &zip(&members));
            walked.has_fact(FactKind::HiddenMember, "in no index");
            assert_eq!(walked.format("hidden.bin"), Format::Pe, "{order:?} {descriptor}");
            assert_eq!(walked.ledger("").bytes(SpanKind::Unexplained), 0, "{order:?}");
        }
    }
}

#[test]
fn an_archive_without_index_is_damaged_and_read_by_its_headers() {
    let bytes = zip(&[ZipMember::stored("a", INERT), ZipMember::stored("b", INERT)]);
    let cut = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let walked = walk("x.zip", &bytes[..cut]);
    walked.has_gap(GapReason::Damaged);
    assert_eq!(walked.paths(), ["", "a", "b"]);
    // A download that broke off is no lie.
    let walked = walk("x.zip", &bytes[..bytes.len() - 1]);
    walked.has_gap(GapReason::Damaged);
    assert!(walked.facts(FactKind::HiddenMember).is_empty());
}

#[test]
fn two_members_of_one_name_are_told() {
    let walked =
        walk("x.zip", &zip(&[ZipMember::stored("a", INERT), ZipMember::stored("./a", b"B")]));
    walked.has_fact(FactKind::DuplicateName, "a");
    assert_eq!(walked.opened.nodes, 3);
}

#[test]
fn two_members_in_one_place_are_told_and_counted() {
    let walked = walk("x.zip", &zip_quoting(&ZipMember::deflated("00000", &[0; 5000]), 3));
    walked.has_fact(FactKind::Overlap, "lies before");
    assert!(walked.ledger("").overlapping > 0);
}

#[test]
fn names_that_leave_their_folder_are_told() {
    for name in ["../a", "/etc/a", "C:\\a", "a/../../b", "..\\..\\a"] {
        walk("x.zip", &zip(&[ZipMember::stored(name, INERT)]))
            .has_fact(FactKind::EscapingName, name);
    }
    for name in ["a/../b", "a..b/c", "C:::a", "..."] {
        let walked = walk("x.zip", &zip(&[ZipMember::stored(name, INERT)]));
        assert_eq!(walked.facts(FactKind::EscapingName).len(), 0, "{name}");
    }
}

#[test]
fn names_that_deceive_are_told() {
    for name in ["a\u{202e}gpj.exe", "a\nb", "a\u{200b}b", "bill.pdf.exe", "b.pdf               .x"]
    {
        let walked = walk("x.zip", &zip(&[ZipMember::stored(name, INERT)]));
        assert_eq!(walked.facts(FactKind::DeceivingName).len(), 1, "{name:?}");
    }
    for name in ["pdf.js", "a.txt", "tên tệp.dll", "app.min.js"] {
        let walked = walk("x.zip", &zip(&[ZipMember::stored(name, INERT)]));
        assert_eq!(walked.facts(FactKind::DeceivingName).len(), 0, "{name:?}");
    }
}

#[test]
fn a_link_that_leaves_is_told_and_never_followed() {
    let mut member = ZipMember::stored("d/link", b"../../etc/passwd");
    member.mode = 0o120_777;
    let walked = walk("x.zip", &zip(&[member, ZipMember::stored("d/link/x", INERT)]));
    walked.has_fact(FactKind::EscapingLink, "../../etc/passwd");
    walked.has_fact(FactKind::EscapingName, "behind the link d/link");
}

#[test]
fn foreign_bytes_are_told_and_looked_into() {
    let members = [ZipMember::stored("a", INERT)];
    let mut bytes = zip_with(&members, &pe(), b"");
    let walked = walk("x.zip", &bytes);
    walked.has_fact(FactKind::ForeignBytes, "between");
    assert_eq!(walked.format("(between the members)"), Format::Pe);
    assert_eq!(walked.ledger("").bytes(SpanKind::Unexplained), 0x400 - trailing_zeros(&pe()));

    bytes.extend(pe());
    let walked = walk("x.zip", &bytes);
    walked.has_fact(FactKind::ForeignBytes, "behind the archive");
    assert_eq!(walked.format("(behind the archive)"), Format::Pe);
}

fn trailing_zeros(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.iter().rev().take_while(|byte| **byte == 0).count()).unwrap()
}

#[test]
fn room_behind_a_packed_stream_is_told() {
    let mut packed = deflate(INERT);
    packed.extend(pe());
    let member = ZipMember { packed, ..ZipMember::deflated("a", INERT) };
    let walked = walk("x.zip", &zip(&[member]));
    walked.has_fact(FactKind::ForeignBytes, "behind a member's packed data");
    assert_eq!(walked.node("a").bytes, INERT);
}

#[test]
fn a_picture_that_is_also_an_archive_is_told_and_read() {
    let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    bytes.extend(zip(&[ZipMember::stored("inside", INERT)]));
    let walked = walk("logo.gif", &bytes);
    assert_eq!(walked.format(""), Format::Image);
    walked.has_fact(FactKind::Polyglot, "zip archive");
    assert_eq!(walked.node("inside").bytes, INERT);
}

#[test]
fn a_comment_that_hides_an_archive_is_looked_into() {
    let inner = zip(&[ZipMember::stored("inner", INERT)]);
    let bytes = zip_with(&[ZipMember::stored("outer", INERT)], b"", &inner);
    let walked = walk("x.zip", &bytes);
    // Whichever end record a reader believes, the other archive's members are seen.
    let paths = walked.paths().join(" ");
    assert!(paths.contains("inner") && paths.contains("outer"), "{paths}");
}

#[test]
fn a_wrong_checksum_is_told() {
    let mut member = ZipMember::deflated("a", INERT);
    member.crc ^= 1;
    walk("x.zip", &zip(&[member])).has_fact(FactKind::WrongChecksum, "CRC-32");
}

#[test]
fn a_program_under_a_pictures_name_is_told() {
    let walked = walk("x.zip", &zip(&[ZipMember::stored("logo.png", &pe())]));
    walked.has_fact(FactKind::Disguised, ".png");
}
