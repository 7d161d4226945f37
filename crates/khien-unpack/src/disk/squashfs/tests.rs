use crate::installer::testing::{INERT, Seen, file, has_tool, run, survives_damage};
use crate::{Format, GapReason, NodeKind, SpanKind};

pub(crate) fn image(compression: &str) -> Option<Vec<u8>> {
    if !has_tool("mksquashfs") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    std::fs::create_dir_all(tree.join("usr/bin")).unwrap();
    std::fs::write(tree.join("usr/bin/tool"), INERT.repeat(9000)).unwrap();
    std::fs::write(tree.join("small.txt"), INERT).unwrap();
    std::fs::write(tree.join("empty"), b"").unwrap();
    std::os::unix::fs::symlink("usr/bin/tool", tree.join("AppRun")).unwrap();
    for index in 0..300 {
        std::fs::write(tree.join(format!("usr/{index}.txt")), format!("{index}")).unwrap();
    }
    let arguments =
        ["tree", "out.squashfs", "-noappend", "-comp", compression, "-all-root", "-quiet"];
    run(folder.path(), "mksquashfs", &arguments);
    Some(file(folder.path().join("out.squashfs")))
}

fn check(compression: &str) {
    let Some(bytes) = image(compression) else { return };
    let seen = Seen::open("x.squashfs", bytes);
    seen.check().unwrap();
    assert_eq!(seen.gaps(), [], "{compression}");
    assert_eq!(seen.nodes[0].format, Format::SquashFs);
    assert_eq!(seen.node("usr/bin/tool").bytes, INERT.repeat(9000));
    assert_eq!(seen.node("small.txt").bytes, INERT);
    assert_eq!(seen.node("usr/299.txt").bytes, "299");
    assert_eq!(seen.node("small.txt").attributes.uid, Some(0));
    assert!(
        matches!(&seen.node("AppRun").kind, NodeKind::Link(to) if to.as_raw() == "usr/bin/tool")
    );
    assert_eq!(seen.nodes.len(), 1 + 304);
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0, "{compression}");
}

#[test]
fn images_of_every_compression_are_read_whole() {
    for compression in ["gzip", "xz", "zstd", "lz4", "lzma"] {
        check(compression);
    }
}

#[test]
fn bytes_behind_the_image_are_unexplained() {
    let Some(mut bytes) = image("gzip") else { return };
    bytes.extend_from_slice(INERT);
    let seen = Seen::open("x.squashfs", bytes);
    assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
}

#[test]
fn a_bare_superblock_is_a_gap() {
    let mut bytes = b"hsqs".to_vec();
    bytes.resize(96, 0);
    bytes[28] = 4;
    let seen = Seen::open("x.squashfs", bytes.clone());
    seen.check().unwrap();
    assert_eq!(seen.gaps()[0].0, GapReason::Damaged);
    survives_damage("x.squashfs", &bytes, 300);
}

#[test]
fn damage_never_panics() {
    for compression in ["gzip", "xz", "zstd"] {
        if let Some(bytes) = image(compression) {
            survives_damage("x.squashfs", &bytes, 40);
        }
    }
}
