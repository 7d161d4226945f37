//! Tape archives.

use khien_unpack::{FactKind, Format, GapReason, NodeKind};

use crate::support::{INERT, append, pe, prose, tar, tool, walk};

fn link(builder: &mut tar::Builder<Vec<u8>>, kind: tar::EntryType, name: &str, target: &str) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_mode(0o777);
    builder.append_link(&mut header, name, target).unwrap();
}

#[test]
fn an_archive_of_another_writer_is_plain() {
    let mut builder = tar::Builder::new(Vec::new());
    let long = format!("{}/file.txt", "folder-with-a-long-name/".repeat(12));
    for (name, bytes) in [("a.txt", INERT.to_vec()), (&long, prose(70_000))] {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).unwrap());
        header.set_mode(0o755);
        header.set_mtime(1_700_000_000);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    link(&mut builder, tar::EntryType::Symlink, "b", "a.txt");
    link(&mut builder, tar::EntryType::Link, "d/e/c", "a.txt");
    let walked = walk("x.tar", &builder.into_inner().unwrap());
    walked.is_plain();
    assert_eq!(walked.format(""), Format::Tar);
    assert_eq!(walked.node(&long).bytes, prose(70_000));
    assert_eq!(walked.node(&long).attributes.mode, Some(0o755));
    assert_eq!(walked.node(&long).attributes.modified, Some(1_700_000_000));
    assert_eq!(walked.node("d/e/c").kind, NodeKind::Link("a.txt".into()));
}

#[test]
fn formats_of_gnu_tar_are_plain() {
    let folder = tempfile::tempdir().unwrap();
    let long = "n".repeat(180);
    std::fs::write(folder.path().join(&long), prose(3_000)).unwrap();
    std::fs::write(folder.path().join("tệp.txt"), INERT).unwrap();
    for format in ["gnu", "pax"] {
        let format = format!("--format={format}");
        let args = ["-c", &format, "."];
        let Some(bytes) = tool(folder.path(), "tar", &args, b"") else { return };
        let walked = walk("x.tar", &bytes);
        walked.is_plain();
        assert_eq!(walked.node(&format!("./{long}")).bytes, prose(3_000));
        assert_eq!(walked.node("./tệp.txt").bytes, INERT);
    }
}

#[test]
fn a_sparse_member_is_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("holes")).unwrap();
    file.set_len(8 << 20).unwrap();
    for format in ["gnu", "pax"] {
        let format = format!("--format={format}");
        let args = ["-c", "--sparse", &format, "holes"];
        let Some(bytes) = tool(folder.path(), "tar", &args, b"") else { return };
        let walked = walk("x.tar", &bytes);
        walked.has_gap(GapReason::Unsupported);
    }
}

#[test]
fn bytes_behind_the_end_are_told_and_looked_into() {
    let mut bytes = tar(&[("a", INERT)]);
    bytes.extend(tar(&[("b", &pe())]));
    let walked = walk("x.tar", &bytes);
    walked.has_fact(FactKind::ForeignBytes, "behind the archive");
    assert_eq!(walked.format("(behind the archive)"), Format::Tar);
    assert_eq!(walked.format("(behind the archive)!/b"), Format::Pe);
}

#[test]
fn padding_that_is_not_zero_is_told() {
    let mut bytes = tar(&[("a", INERT)]);
    bytes[512 + INERT.len() + 3] = 7;
    walk("x.tar", &bytes).has_fact(FactKind::ForeignBytes, "padding");
}

#[test]
fn links_and_names_that_leave_are_told() {
    let mut builder = tar::Builder::new(Vec::new());
    link(&mut builder, tar::EntryType::Symlink, "d", "/etc");
    append(&mut builder, "d/passwd", INERT);
    append(&mut builder, "../up", INERT);
    link(&mut builder, tar::EntryType::Link, "h", "../../shadow");
    let walked = walk("x.tar", &builder.into_inner().unwrap());
    assert_eq!(walked.facts(FactKind::EscapingLink), ["/etc", "../../shadow"]);
    walked.has_fact(FactKind::EscapingName, "behind the link d");
    walked.has_fact(FactKind::EscapingName, "../up");
}

#[test]
fn a_huge_announced_size_is_damage_and_what_came_before_stays() {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "a", INERT);
    let mut bytes = builder.into_inner().unwrap();
    bytes.truncate(1024);
    let mut header = tar::Header::new_gnu();
    header.set_path("huge").unwrap();
    header.set_size(1 << 60);
    header.set_cksum();
    bytes.extend(header.as_bytes());
    let walked = walk("x.tar", &bytes);
    walked.has_gap(GapReason::Damaged);
    assert_eq!(walked.paths(), ["", "a"]);
}

#[test]
fn a_package_of_npm_is_one() {
    let bytes = tar(&[("package/package.json", b"{}"), ("package/index.js", INERT)]);
    let walked = walk("p-1.0.0.tgz", &crate::support::gzip(&bytes));
    walked.is_plain();
    assert_eq!(walked.format(""), Format::Npm);
    assert_eq!(walked.format("content!/package/index.js"), Format::Script);
}
