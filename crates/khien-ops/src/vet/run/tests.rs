//! Children that have been taken over, or are simply broken. Each is a few lines of shell in the
//! place of this program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use khien_unpack::{GapReason, Limits};
use khien_vet::profile::{Collector, ReleaseProfile, profile};
use khien_vet::traits::Matchers;

use super::{Bounds, Reading, read_all};

const CONTENT: &[u8] = b"one release\n";

struct Scene {
    dir: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("app-1.0.bin"), CONTENT).unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        fs::write(dir.path().join("folder/a.txt"), "a\n").unwrap();
        fs::write(dir.path().join("folder/b.txt"), "b\n").unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Reads a release by a child that runs this shell text, `$D` being a folder of its own.
    fn read_within(&self, release: &str, shell: &str, time_max: Duration) -> Reading {
        let script = self.path("child");
        let text =
            format!("#!/bin/sh\nPATH=/usr/bin:/bin\nD='{}'\n{shell}\n", self.path("").display());
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let bounds =
            Bounds { memory_max: 1 << 30, time_max, bytes_out_max: 1 << 30, children_max: 1 };
        let mut last = None;
        // A fork of another test may hold the script open for a moment ("text file busy").
        for _ in 0..100 {
            match read_all(&script, &[self.path(release)], &bounds, &|_, _, _| {}) {
                Ok(mut readings) => return readings.remove(0),
                Err(error) => last = Some(error),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{last:?}")
    }

    fn read(&self, release: &str, shell: &str) -> Reading {
        self.read_within(release, shell, Duration::from_secs(60))
    }

    /// Writes a `Done` message of a profile into a file for a child to send.
    fn done(&self, name: &str, profile: &ReleaseProfile) {
        let packed = khien_vet::baseline::encode(profile).unwrap();
        let mut message = Vec::new();
        super::Message::Done(packed).write(&mut message).unwrap();
        fs::write(self.path(name), message).unwrap();
    }
}

/// Shell that asks for a file (its name in octal-free ASCII) and throws the answer away.
fn want(name: &str, answer_bytes: usize) -> String {
    format!(
        "printf '\\001\\{:03o}\\0\\0\\0\\0\\0\\0\\0{name}'; head -c {} >/dev/null",
        name.len(),
        9 + answer_bytes
    )
}

/// Shell that reads the request, one line, byte by byte, as shells read from pipes.
const LISTEN: &str = "read -r request";

fn why(reading: &Reading) -> String {
    assert!(reading.cut_off);
    assert!(reading.profile.files.is_empty());
    let [gap] = reading.profile.opened.gaps.as_slice() else { panic!("one gap") };
    gap.detail.as_raw().to_owned()
}

fn whole(bytes: &'static [u8]) -> ReleaseProfile {
    let matchers = Matchers::built_in().unwrap();
    profile("app-1.0.bin", bytes.into(), &Limits::default(), &matchers, &mut |_, _| {})
}

/// An honest profile of a folder with these files.
fn of_folder(files: &[(&str, &'static [u8])]) -> ReleaseProfile {
    let matchers = Matchers::built_in().unwrap();
    let entries: Vec<_> = files
        .iter()
        .map(|(name, _)| khien_unpack::FolderEntry {
            name: (*name).to_owned(),
            kind: khien_unpack::NodeKind::File,
            attributes: khien_unpack::Attributes::default(),
        })
        .collect();
    let mut load = |name: &str| {
        let found = files.iter().find(|(known, _)| *known == name);
        Ok(bytes::Bytes::from_static(found.unwrap().1))
    };
    let mut at = |_: &khien_model::Untrusted, _: u64| {};
    let mut collector = Collector::new(&matchers, &mut at);
    let limits = Limits::default();
    let opened = khien_unpack::open_folder(&entries, &mut load, &limits, &|| false, &mut collector);
    let size = collector.size();
    collector.finish("folder", size, opened)
}

#[test]
fn a_child_that_says_nothing_is_a_gap() {
    let scene = Scene::new();
    let reading = scene.read("app-1.0.bin", "exit 0");
    assert!(why(&reading).contains("code 0 and without a result"), "{}", why(&reading));
    assert_eq!(reading.profile.sha256, whole(CONTENT).sha256, "known by its hash all the same");
}

#[test]
fn what_a_child_complains_of_is_told() {
    let reading = Scene::new().read("app-1.0.bin", "echo 'khien: no memory' >&2; exit 7");
    assert!(why(&reading).contains("code 7 and without a result (no memory)"), "{}", why(&reading));
}

#[test]
fn garbage_is_no_message() {
    for said in ["\\0", "\\007garbage", "\\377\\377\\377\\377\\377\\377\\377\\377\\377\\377"] {
        let reading =
            Scene::new().read("app-1.0.bin", &format!("printf '{said}abcdefgh'; exec sleep 9"));
        assert!(why(&reading).contains("cannot be understood"), "{}", why(&reading));
    }
}

#[test]
fn a_length_that_is_too_long_is_not_waited_for() {
    let shell = "printf '\\003\\377\\377\\377\\377\\377\\377\\377\\177'; exec sleep 9";
    let reading = Scene::new().read("app-1.0.bin", shell);
    assert!(why(&reading).contains("longer than allowed"), "{}", why(&reading));
}

#[test]
fn half_a_message_is_a_child_that_ended() {
    let reading = Scene::new().read("app-1.0.bin", "printf '\\003\\100\\0\\0\\0\\0\\0\\0\\0half'");
    assert!(why(&reading).contains("without a result"), "{}", why(&reading));
}

#[test]
fn a_profile_that_is_none_is_refused() {
    let reading = Scene::new().read("app-1.0.bin", "printf '\\003\\004\\0\\0\\0\\0\\0\\0\\0none'");
    assert!(why(&reading).contains("no stored profile"), "{}", why(&reading));
}

#[test]
fn silence_and_endless_talk_end_in_time() {
    let at = "printf '\\002\\001\\0\\0\\0\\0\\0\\0\\0x12345678'";
    for shell in [
        "exec sleep 60".to_owned(),
        format!("while :; do {at}; done"),
        format!("{at} > $D/at; while :; do cat $D/at $D/at $D/at; done"),
        "while :; do echo complaint complaint >&2; done".to_owned(),
        // It asks and never takes the answer.
        "printf '\\001\\0\\0\\0\\0\\0\\0\\0\\0'; exec sleep 60".to_owned(),
    ] {
        let scene = Scene::new();
        // More than a pipe holds, so that the parent is in the middle of writing.
        fs::write(scene.path("large"), vec![0; 1 << 20]).unwrap();
        let reading = scene.read_within("large", &shell, Duration::from_secs(1));
        assert_eq!(why(&reading), "it took longer than 1 s", "{shell}");
    }
}

#[test]
fn one_that_closes_its_mouth_and_stays_is_ended() {
    let reading = Scene::new().read("app-1.0.bin", "exec >&-; exec sleep 60");
    assert!(why(&reading).contains("stopped talking"), "{}", why(&reading));
}

#[test]
fn an_answer_about_another_file_is_refused_and_about_this_one_taken() {
    let scene = Scene::new();
    scene.done("other", &whole(b"another release\n"));
    scene.done("this", &whole(CONTENT));
    let asked = format!("{LISTEN}; {}", want("", CONTENT.len()));
    let other = scene.read("app-1.0.bin", &format!("{asked}; cat $D/other"));
    assert!(why(&other).contains("another file"), "{}", why(&other));
    let unasked = scene.read("app-1.0.bin", "cat $D/this");
    assert!(why(&unasked).contains("another file"), "one that never looked: {}", why(&unasked));
    let this = scene.read("app-1.0.bin", &format!("{asked}; cat $D/this"));
    assert!(!this.cut_off, "{:?}", this.profile.opened.gaps);
}

#[test]
fn files_of_a_folder_are_answered_for_one_by_one() {
    let scene = Scene::new();
    scene.done("true", &of_folder(&[("a.txt", b"a\n"), ("b.txt", b"b\n")]));
    scene.done("swapped", &of_folder(&[("a.txt", b"a\n"), ("b.txt", b"a\n")]));
    scene.done("less", &of_folder(&[("a.txt", b"a\n")]));
    let asked = format!("{LISTEN}; {}; {}", want("a.txt", 2), want("b.txt", 2));
    let whole = scene.read("folder", &format!("{asked}; cat $D/true"));
    assert!(!whole.cut_off, "{:?}", whole.profile.opened.gaps);
    let swapped = scene.read("folder", &format!("{asked}; cat $D/swapped"));
    assert!(why(&swapped).contains("another file than b.txt"), "{}", why(&swapped));
    let less = scene.read("folder", &format!("{asked}; cat $D/less"));
    assert!(why(&less).contains("said nothing about b.txt"), "{}", why(&less));
    let unasked = scene.read("folder", &format!("{LISTEN}; {}; cat $D/true", want("a.txt", 2)));
    assert!(why(&unasked).contains("another file than b.txt"), "{}", why(&unasked));
}

#[test]
fn a_panic_is_told_by_its_reason() {
    let shell = "printf '\\nthread main panicked at src/x.rs:1:2:\\nno such thing\\nnote: run with \
                 `RUST_BACKTRACE=1` environment variable to display a backtrace\\n' >&2; kill -6 $$";
    let reading = Scene::new().read("app-1.0.bin", shell);
    let why = why(&reading);
    assert_eq!(why, "the reader gave up on it (panicked at src/x.rs:1:2: no such thing)");
    assert_eq!(reading.profile.opened.gaps[0].reason, GapReason::Damaged);
}

#[test]
fn a_lack_is_told_as_what_is_lacking() {
    for (shell, reason) in [
        ("echo memory allocation of 9 bytes failed >&2; kill -6 $$", GapReason::TooMuchMemory),
        ("kill -9 $$", GapReason::TooMuchMemory),
        ("kill -24 $$", GapReason::TooMuchTime),
        ("echo 'khien: it needs more memory than allowed' >&2; exit 4", GapReason::TooMuchMemory),
        ("exit 4", GapReason::Damaged),
        ("kill -11 $$", GapReason::Damaged),
    ] {
        let reading = Scene::new().read("app-1.0.bin", shell);
        assert_eq!(reading.profile.opened.gaps[0].reason, reason, "{shell}: {}", why(&reading));
    }
    let noted =
        "printf 'memory allocation of 9 bytes failed\\nnote: run with this\\n' >&2; kill -6 $$";
    let reading = Scene::new().read("app-1.0.bin", noted);
    assert!(why(&reading).ends_with("(memory allocation of 9 bytes failed)"), "{}", why(&reading));
    let scene = Scene::new();
    let reading = scene.read_within("app-1.0.bin", "exec sleep 60", Duration::from_secs(1));
    assert_eq!(reading.profile.opened.gaps[0].reason, GapReason::TooMuchTime);
}

#[test]
fn name_size_and_hash_are_not_the_childs_to_say() {
    let scene = Scene::new();
    let files: [(&str, &'static [u8]); 2] = [("a.txt", b"a\n"), ("b.txt", b"b\n")];
    let mut lie = of_folder(&files);
    lie.name = "another".into();
    lie.size = 1 << 40;
    scene.done("lie", &lie);
    lie.sha256 = "../../elsewhere".to_owned();
    scene.done("path", &lie);
    let asked = format!("{LISTEN}; {}; {}", want("a.txt", 2), want("b.txt", 2));
    let reading = scene.read("folder", &format!("{asked}; cat $D/lie"));
    assert!(!reading.cut_off, "{:?}", reading.profile.opened.gaps);
    assert_eq!((reading.profile.name.as_raw(), reading.profile.size), ("folder", 4));
    let reading = scene.read("folder", &format!("{asked}; cat $D/path"));
    assert!(why(&reading).contains("a hash that is none"), "{}", why(&reading));
}
