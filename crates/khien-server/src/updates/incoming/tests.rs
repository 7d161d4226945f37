use super::*;

#[test]
fn names_are_the_last_part_of_a_path() {
    let check = |given: &str, name: Result<&str, &str>| {
        assert_eq!(name_of(given).as_deref().map_err(|code| *code), name, "{given:?}");
    };
    check("app-1.0.msi", Ok("app-1.0.msi"));
    check("../../etc/passwd", Ok("passwd"));
    check("C:\\Temp\\app.exe", Ok("app.exe"));
    check(" bản 1.0.zip ", Ok("bản 1.0.zip"));
    check("gpj.\u{202e}exe", Ok("gpj.\u{202e}exe"));
    check("..", Err("empty"));
    check("a/", Err("empty"));
    check("a\0b", Err("characters"));
    check("a\x1b[2Jb", Err("characters"));
    check(&"a".repeat(255), Ok(&"a".repeat(255)));
    check(&"a".repeat(256), Err("too_long"));
}

#[test]
fn what_is_too_large_or_empty_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut incoming = Incoming::begin(folder.path(), 4).unwrap();
    incoming.write(b"ab").unwrap();
    incoming.write(b"cd").unwrap();
    assert!(matches!(incoming.write(b"e"), Err(Refused::TooLarge(4))));
    drop(incoming);
    assert!(matches!(Incoming::begin(folder.path(), 4).unwrap().end(), Err(Refused::Empty)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let mut incoming = Incoming::begin(folder.path(), 4).unwrap();
    incoming.write(b"abc").unwrap();
    let written = incoming.end().unwrap();
    assert_eq!(written.size, 3);
    assert!(written.sha256.starts_with("ba7816bf8f01cfea414140de5dae2223"), "{}", written.sha256);
    written.put(&folder.path().join("place")).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
