//! Compressors around one file.

use khien_unpack::{FactKind, Format, GapReason, SpanKind};

use crate::support::{INERT, gzip, pe, prose, tool, walk};

#[test]
fn output_of_the_real_tools_is_plain() {
    let folder = tempfile::tempdir().unwrap();
    let text = prose(400_000);
    let cases: [(&str, &[&str], Format); 7] = [
        ("gzip", &["-c"], Format::Gzip),
        ("xz", &["-c"], Format::Xz),
        ("xz", &["-c", "-9", "--block-size=65536", "--check=sha256"], Format::Xz),
        ("zstd", &["-c", "-q"], Format::Zstd),
        ("zstd", &["-c", "-q", "--ultra", "-22"], Format::Zstd),
        ("bzip2", &["-c"], Format::Bzip2),
        ("xz", &["-c", "--format=lzma"], Format::Lzma),
    ];
    for (program, args, format) in cases {
        let Some(one) = tool(folder.path(), program, args, &text) else { continue };
        let walked = walk("text.txt.packed", &one);
        walked.is_plain();
        assert_eq!(walked.format(""), format, "{program} {args:?}");
        assert_eq!(walked.node("content").bytes, text, "{program} {args:?}");
        if format == Format::Lzma {
            continue;
        }
        // Several in a row are one file, and what follows is foreign.
        let mut two = [one.clone(), one.clone()].concat();
        let walked = walk("x", &two);
        walked.is_plain();
        assert_eq!(walked.node("content").bytes.len(), 2 * text.len(), "{program} {args:?}");
        two.extend(pe());
        let walked = walk("x", &two);
        if format == Format::Xz {
            walked.has_fact(FactKind::ForeignBytes, "behind");
        }
        walked.has_fact(FactKind::ForeignBytes, "behind the compressed data");
        assert_eq!(walked.format("(behind the compressed data)"), Format::Pe);
        assert!(walked.ledger("").bytes(SpanKind::Unexplained) > 0);
        // Cut in the middle: what came out stays, and the rest is a gap.
        let walked = walk("x", &one[..one.len() / 2]);
        walked.has_gap(GapReason::Damaged);
        assert!(walked.paths().contains(&"content"), "{program} {args:?}");
    }
}

#[test]
fn a_wrong_checksum_of_gzip_is_told() {
    let mut bytes = gzip(INERT);
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    walk("x.gz", &bytes).has_fact(FactKind::WrongChecksum, "CRC-32");
}

#[test]
fn a_gzip_file_that_breaks_off_in_its_trailer_is_damaged_and_no_lie() {
    let bytes = gzip(INERT);
    for cut in 1..=8 {
        let walked = walk("x.gz", &bytes[..bytes.len() - cut]);
        walked.has_gap(GapReason::Damaged);
        assert!(walked.facts(FactKind::WrongChecksum).is_empty());
        assert!(walked.paths().contains(&"content"));
    }
}

#[test]
fn a_skippable_frame_with_content_is_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let Some(frame) = tool(folder.path(), "zstd", &["-c", "-q"], INERT) else { return };
    let hidden = pe();
    let mut bytes = frame.clone();
    bytes.extend(0x184d_2a50_u32.to_le_bytes());
    bytes.extend(u32::try_from(hidden.len()).unwrap().to_le_bytes());
    bytes.extend(&hidden);
    bytes.extend(&frame);
    let walked = walk("x.zst", &bytes);
    walked.is_whole();
    walked.has_fact(FactKind::ForeignBytes, "in headers");
    assert_eq!(walked.node("content").bytes.len(), 2 * INERT.len());
    assert_eq!(walked.format("(in the headers)"), Format::Pe);
}

#[test]
fn a_name_that_deceives_in_a_gzip_header_is_told() {
    let mut bytes = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03../../x\0".to_vec();
    bytes.extend(&gzip(INERT)[10..]);
    walk("x.gz", &bytes).has_fact(FactKind::DeceivingName, "../../x");
}

#[test]
fn a_dictionary_larger_than_allowed_is_refused_before_it_is_made() {
    let mut bytes = vec![0x5d];
    bytes.extend((1_u32 << 31).to_le_bytes());
    bytes.extend(u64::MAX.to_le_bytes());
    bytes.extend([0; 64]);
    let walked = walk("x.lzma", &bytes);
    assert_eq!(walked.format(""), Format::Lzma);
    assert_eq!(walked.opened.gaps.len(), 1, "{:?}", walked.opened.gaps);
}
