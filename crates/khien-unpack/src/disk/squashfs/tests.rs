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

/// A set of attributes: of one file, stored plain.
fn with_attributes(records: &[(u16, &[u8], &[u8])]) -> Vec<u8> {
    let count = u32::try_from(records.len()).unwrap();
    let mut pairs = Vec::new();
    for (kind, name, value) in records {
        pairs.extend_from_slice(&kind.to_le_bytes());
        pairs.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        pairs.extend_from_slice(name);
        pairs.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
        pairs.extend_from_slice(value);
    }
    let metadata = |content: &[u8]| {
        let len = u16::try_from(content.len()).unwrap() | 0x8000;
        [&len.to_le_bytes()[..], content].concat()
    };
    let word = |value: usize| u64::try_from(value).unwrap().to_le_bytes().to_vec();
    let half = |value: u32| value.to_le_bytes().to_vec();
    // A file of no bytes in its long form, then the folder that names it.
    let head = |kind: u8, number: u32| {
        [vec![kind, 0, 0xed, 1, 0, 0, 0, 0, 0, 0, 0, 0], half(number)].concat()
    };
    let file = [head(9, 1), vec![0; 24], half(1), half(u32::MAX), half(0), half(0)].concat();
    let folder = [head(1, 2), half(0), half(2), vec![24, 0, 0, 0], half(3)].concat();
    let inodes = metadata(&[file.clone(), folder].concat());
    let entry = [vec![0, 0, 0, 0, 9, 0, 0, 0], b"a".to_vec()].concat();
    let folders = metadata(&[half(0), half(0), half(1), entry].concat());
    let inode_at = 96;
    let folder_at = inode_at + inodes.len();
    let ids_at = folder_at + folders.len();
    let ids = metadata(&half(0));
    let id_at = ids_at + ids.len();
    let values_at = id_at + 8;
    let values = metadata(&pairs);
    let sets_at = values_at + values.len();
    let sets = metadata(&[word(0), half(count), half(0)].concat());
    let xattr_at = sets_at + sets.len();
    let end = xattr_at + 24;
    let superblock = [
        b"hsqs".to_vec(),
        half(2),
        half(0),
        half(131_072),
        half(0),
        vec![1, 0, 17, 0, 0, 0, 1, 0, 4, 0, 0, 0],
        word(file.len()),
        word(end),
        word(id_at),
        word(xattr_at),
        word(inode_at),
        word(folder_at),
        word(usize::MAX),
        word(usize::MAX),
    ];
    let table = [word(values_at), half(1), half(0), word(sets_at)].concat();
    [superblock.concat(), inodes, folders, ids, word(ids_at), values, sets, table].concat()
}

#[test]
fn extended_attributes_are_looked_into() {
    // cap_net_raw, permitted.
    let value = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let seen = Seen::open("x.squashfs", with_attributes(&[(2, b"capability", &value)]));
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    assert_eq!(seen.node("a").attributes.capabilities, 1 << 13);
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
    let other = Seen::open("x.squashfs", with_attributes(&[(0, b"capability", &value)]));
    assert_eq!(other.node("a").attributes.capabilities, 0);
    let noise: Vec<u8> = (0..7000_u32).map(|i| (i * i % 251 + 1).to_le_bytes()[0]).collect();
    let records: [(u16, &[u8], &[u8]); 2] = [(0, b"note", &noise), (2, b"capability", &value)];
    let bytes = with_attributes(&records);
    let seen = Seen::open("x.squashfs", bytes.clone());
    assert_eq!(seen.node("a").attributes.capabilities, 1 << 13);
    assert!(seen.bytes(SpanKind::Unexplained) > 7000);
    assert!(memchr::memmem::find(&seen.node("(in the headers)").bytes, &noise).is_some());
    survives_damage("x.squashfs", &bytes, 300);
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
