use crate::installer::testing::{INERT, Seen, file, has_tool, run, survives_damage};
use crate::{FactKind, Format, NodeKind, SpanKind};

fn image(options: &[&str]) -> Option<Vec<u8>> {
    if !has_tool("genisoimage") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    std::fs::create_dir_all(tree.join("a/b/c/d/e/f/g/h/i")).unwrap();
    std::fs::write(tree.join("a/Long Name of a File.text"), INERT.repeat(200)).unwrap();
    std::fs::write(tree.join("a/b/c/d/e/f/g/h/i/deep.txt"), INERT).unwrap();
    std::os::unix::fs::symlink("a/b", tree.join("link")).unwrap();
    let mut arguments = vec!["-quiet", "-o", "out.iso", "-V", "Vet"];
    arguments.extend_from_slice(options);
    arguments.push("tree");
    run(folder.path(), "genisoimage", &arguments);
    Some(file(folder.path().join("out.iso")))
}

#[test]
fn rock_ridge_names_links_and_moved_folders() {
    let Some(bytes) = image(&["-R", "-J"]) else { return };
    let seen = Seen::open("x.iso", bytes);
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    assert_eq!(seen.nodes[0].format, Format::Iso9660);
    assert_eq!(seen.node("a/Long Name of a File.text").bytes, INERT.repeat(200));
    assert_eq!(seen.node("a/b/c/d/e/f/g/h/i/deep.txt").bytes, INERT);
    assert!(matches!(&seen.node("link").kind, NodeKind::Link(to) if to.as_raw() == "a/b"));
    assert_eq!(seen.facts(FactKind::HiddenMember), [] as [&str; 0]);
    assert_eq!(seen.opened.ledgers[0].overlapping, 0);
}

#[test]
fn joliet_names_where_there_is_no_rock_ridge() {
    let Some(bytes) = image(&["-J", "-D", "-f"]) else { return };
    let seen = Seen::open("x.iso", bytes);
    seen.check().unwrap();
    assert_eq!(seen.node("a/Long Name of a File.text").bytes, INERT.repeat(200));
    assert_eq!(seen.facts(FactKind::HiddenMember), [] as [&str; 0]);
}

fn both_ends(number: u32) -> Vec<u8> {
    [number.to_le_bytes(), number.to_be_bytes()].concat()
}

fn record(name: &[u8], sector: u32, len: usize, flags: u8) -> Vec<u8> {
    let mut out = vec![0; 33 + name.len() + (name.len() + 1) % 2];
    out[0] = u8::try_from(out.len()).unwrap();
    out[2..10].copy_from_slice(&both_ends(sector));
    out[10..18].copy_from_slice(&both_ends(u32::try_from(len).unwrap()));
    out[18..21].copy_from_slice(&[126, 11, 22]);
    out[25] = flags;
    out[32] = u8::try_from(name.len()).unwrap();
    out[33..33 + name.len()].copy_from_slice(name);
    out
}

/// Byte-built: a primary volume with one file, in sectors 18 (root) and 19.
fn bare() -> Vec<u8> {
    let mut out = vec![0; 20 * 2048];
    let root = record(&[0], 18, 2048, 2);
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(16 * 2048, b"\x01CD001\x01");
    put(16 * 2048 + 80, &both_ends(20));
    put(16 * 2048 + 156, &root);
    put(17 * 2048, b"\xffCD001\x01");
    put(
        18 * 2048,
        &[root.clone(), record(&[1], 18, 2048, 2), record(b"A.TXT;1", 19, INERT.len(), 0)].concat(),
    );
    put(19 * 2048, INERT);
    out
}

#[test]
fn a_bare_image_is_read() {
    let seen = Seen::open("x.iso", bare());
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    assert_eq!(seen.node("A.TXT").bytes, INERT);
    assert_eq!(seen.node("A.TXT").attributes.modified, Some(20_779 * 86_400));
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
}

#[test]
fn the_system_area_and_gaps_are_unexplained() {
    let mut bytes = bare();
    bytes[100..100 + INERT.len()].copy_from_slice(INERT);
    bytes.extend_from_slice(INERT);
    let seen = Seen::open("x.iso", bytes);
    assert_eq!(seen.bytes(SpanKind::Unexplained), 2 * u64::try_from(INERT.len()).unwrap());
}

#[test]
fn damage_never_panics() {
    survives_damage("x.iso", &bare(), 300);
    if let Some(bytes) = image(&["-R", "-J"]) {
        survives_damage("x.iso", &bytes, 60);
    }
}

#[test]
fn another_file_system_over_the_same_disc_is_a_gap() {
    let Some(bytes) = image(&["-R", "-udf"]) else { return };
    let seen = Seen::open("x.iso", bytes);
    seen.check().unwrap();
    assert!(seen.gaps().iter().any(|(_, detail)| detail.contains("UDF")), "{:?}", seen.gaps());
}
