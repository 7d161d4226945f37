use std::os::unix::fs::symlink;

use super::*;

const TEXT: &[u8] = b"a report\n";

fn write(path: &Path) -> io::Result<()> {
    write_file(path, |out| out.write_all(TEXT))
}

fn is_allowed(path: &Path) -> bool {
    check_output(Some(path), Lang::En).is_ok()
}

fn content(path: &Path) -> String {
    io::read_to_string(File::open(path).unwrap()).unwrap()
}

#[test]
fn a_pipe_is_written_into_and_stays_one() {
    let dir = tempfile::tempdir().unwrap();
    let (pipe, link) = (dir.path().join("pipe"), dir.path().join("link"));
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    symlink(&pipe, &link).unwrap();
    for path in [&pipe, &link] {
        assert!(is_allowed(path));
        let from = pipe.clone();
        let reader = std::thread::spawn(move || content(&from));
        write(path).unwrap();
        assert_eq!(reader.join().unwrap().as_bytes(), TEXT);
    }
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(link.is_symlink());
}

#[test]
fn a_file_is_replaced_as_a_whole_and_a_link_to_it_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link) = (dir.path().join("file"), dir.path().join("link"));
    symlink(&file, &link).unwrap();
    assert!(!is_allowed(&link), "to nowhere");
    assert!(write(&link).is_err());
    for path in [&file, &link] {
        fs::write(&file, "something much longer than the report\n").unwrap();
        assert!(is_allowed(path));
        write(path).unwrap();
        assert_eq!(content(&file).as_bytes(), TEXT);
    }
    assert!(link.is_symlink() && !file.is_symlink());
    assert!(write_file(&file, |_| Err(io::Error::other("half"))).is_err());
    assert_eq!(content(&file).as_bytes(), TEXT);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn a_folder_is_no_place_for_a_file() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!is_allowed(dir.path()));
    assert!(!is_allowed(&dir.path().join("none/file")));
    assert!(is_allowed(&dir.path().join("file")));
}
