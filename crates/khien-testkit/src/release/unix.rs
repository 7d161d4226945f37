//! Tricks inside Linux and Apple libraries and programs, each in three kinds of package.

use super::code::Machine;
use super::codesign::{Signer, Signing};
use super::containers::{debian, npm, tarball, zipped};
use super::elf::Elf;
use super::identity::{OTHER_TEAM, TEAM};
use super::macho::{MachO, fill_signature_room, universal};
use super::native::hidden;
use super::payload::noise;
use super::software::{Edition, Files, add, functions, texts};
use super::tar::Entry;
use super::xar;
use super::{Artefact, Case, Expect, dmg, packages};

/// What a trick is to say, whichever package it is in.
struct Trick<S> {
    names: &'static [&'static str],
    incident: Option<&'static str>,
    hard: bool,
    expect: Expect,
    first_cause: &'static str,
    about: &'static str,
    apply: fn(&mut S),
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = linux_cases();
    cases.extend(apple_cases());
    cases
}

/// A compression library for Linux: works on memory, imports next to nothing.
pub(super) fn library(edition: Edition) -> Elf {
    Elf {
        functions: functions(20, 250, edition),
        soname: "libvetz.so.1".to_owned(),
        needed: texts(&["libc.so.6"]),
        imports: texts(&["free", "malloc", "memcpy", "strlen"]),
        exports: texts(&["vz_code", "vz_crc32", "vz_crc64", "vz_end", "vz_version"]),
        initialisers: 1,
        strings: texts(&["invalid stream", "memory limit reached"]),
        ..Elf::default()
    }
}

type PackElf = fn(Edition, &Elf) -> Artefact;

pub(super) fn deb(edition: Edition, elf: &Elf) -> Artefact {
    debian("libvetz1", edition, &[], &deb_content(edition, elf))
}

pub(super) fn deb_content(edition: Edition, elf: &Elf) -> Vec<Entry> {
    let folder = "./usr/lib/x86_64-linux-gnu";
    let file = format!("libvetz.so.{}", edition.version());
    vec![
        Entry::symlink(&format!("{folder}/libvetz.so.1"), &file),
        Entry::file(&format!("{folder}/{file}"), elf.build()),
        Entry::file("./usr/share/doc/libvetz1/copyright", "Apache-2.0\n"),
    ]
}

fn tape(edition: Edition, elf: &Elf) -> Artefact {
    tarball(edition, &vec![("lib/libvetz.so.1".to_owned(), elf.build())])
}

fn prebuilt(edition: Edition, elf: &Elf) -> Artefact {
    let mut files = packages::javascript("vet-z", edition);
    add(&mut files, "prebuilds/linux-x64/vetz.node", elf.build());
    npm("vet-z", edition, &files)
}

const LINUX: [(&str, PackElf); 3] = [("deb", deb), ("tar.gz", tape), ("npm", prebuilt)];

macro_rules! packed {
    ($name:literal $(, $package:literal)+) => {
        &[$(concat!($name, $package)),+]
    };
}

fn linux_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for trick in linux_tricks() {
        let mut elf = library(Edition::New);
        (trick.apply)(&mut elf);
        for (name, (container, pack)) in trick.names.iter().zip(LINUX) {
            let old = pack(Edition::Old, &library(Edition::Old));
            cases.push(case(&trick, name, container, old, pack(Edition::New, &elf)));
        }
    }
    cases
}

fn case<S>(
    trick: &Trick<S>,
    name: &'static str,
    container: &'static str,
    old: Artefact,
    new: Artefact,
) -> Case {
    let Trick { incident, hard, expect, first_cause, about, .. } = *trick;
    Case { name, incident, container, hard, old, new, expect, first_cause, about }
}

fn linux_tricks() -> Vec<Trick<Elf>> {
    vec![
        Trick {
            names: packed!("xz-ifunc", "-deb", "-tar", "-npm"),
            incident: Some("XZ"),
            hard: false,
            expect: Expect::Hold,
            first_cause: "startup.ifunc|story.loader",
            about: "A compression library newly chooses two checksum functions by code at load time.",
            apply: |elf| {
                elf.functions.extend([9_200_001, 9_200_002, 9_200_003]);
                elf.exports.retain(|name| !name.starts_with("vz_crc"));
                elf.indirect = texts(&["vz_crc32", "vz_crc64"]);
            },
        },
        Trick {
            names: packed!("initialiser-network", "-deb", "-tar", "-npm"),
            incident: None,
            hard: false,
            expect: Expect::Block,
            first_cause: "story.loader|capability.network",
            about: "A compression library gains an initialiser and imports of the network.",
            apply: |elf| {
                elf.functions.push(9_200_004);
                elf.initialisers = 2;
                elf.imports.extend(texts(&["connect", "getaddrinfo", "recv", "send", "socket"]));
            },
        },
        Trick {
            names: packed!("starts-programs", "-deb", "-tar", "-npm"),
            incident: None,
            hard: false,
            expect: Expect::Block,
            first_cause: "capability.exec|story.loader",
            about: "A compression library newly imports functions that start programs.",
            apply: |elf| {
                elf.functions.push(9_200_005);
                elf.imports.extend(texts(&["execve", "fork", "popen", "system"]));
            },
        },
        Trick {
            names: packed!("library-path", "-deb", "-tar", "-npm"),
            incident: None,
            hard: false,
            expect: Expect::Hold,
            first_cause: "provenance.library-path",
            about: "A library newly looks for its dependencies in a folder that everybody may write to.",
            apply: |elf| elf.run_path = Some("/tmp/lib".to_owned()),
        },
        Trick {
            names: packed!("elf-noise-section", "-deb", "-tar", "-npm"),
            incident: None,
            hard: false,
            expect: Expect::Hold,
            first_cause: "payload.opaque-bytes",
            about: "A new section of a library is full of noise.",
            apply: |elf| elf.sections.push((".vdata".to_owned(), noise(72 * 1024, 7))),
        },
    ]
}

/// An application for macOS as its parts.
#[derive(Clone)]
pub(super) struct App {
    pub(super) program: MachO,
    pub(super) codec: [MachO; 2],
    extra: Vec<(&'static str, MachO)>,
    room: bool,
}

fn developer(team: &'static str) -> Signing {
    Signing { signer: Signer::Team(team), entitlements: Vec::new(), hardened: true }
}

pub(super) fn app(edition: Edition) -> App {
    let codec = |machine| MachO {
        machine,
        library: true,
        name: "@rpath/libffmpeg.dylib".to_owned(),
        functions: functions(30, 200, edition),
        libraries: vec![(
            "/usr/lib/libSystem.B.dylib".to_owned(),
            texts(&["_free", "_malloc", "_memcpy", "_open", "_read"]),
        )],
        exports: texts(&["_av_codec_close", "_av_codec_decode", "_av_codec_open"]),
        initialisers: 0,
        run_paths: Vec::new(),
        strings: texts(&["codec not found", "invalid frame"]),
        signing: developer(TEAM),
    };
    let program = MachO {
        machine: Machine::Arm64,
        library: false,
        name: "Softphone".to_owned(),
        functions: functions(31, 260, edition),
        libraries: vec![
            (
                "/usr/lib/libSystem.B.dylib".to_owned(),
                texts(&["_connect", "_exit", "_malloc", "_recv", "_send", "_socket"]),
            ),
            ("@rpath/libffmpeg.dylib".to_owned(), texts(&["_av_codec_open"])),
        ],
        exports: Vec::new(),
        initialisers: 0,
        run_paths: texts(&["@executable_path/../Frameworks"]),
        strings: texts(&["Vet Softphone", "sip.example.test"]),
        signing: Signing {
            entitlements: vec!["com.apple.security.network.client"],
            ..developer(TEAM)
        },
    };
    App {
        program,
        codec: [codec(Machine::Arm64), codec(Machine::X86_64)],
        extra: Vec::new(),
        room: false,
    }
}

fn app_files(edition: Edition, app: &App) -> Files {
    let folder = "Vet Softphone.app/Contents";
    let version = edition.version();
    let info = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\
         \t<key>CFBundleIdentifier</key>\n\t<string>test.example.vet.Softphone</string>\n\
         \t<key>CFBundleName</key>\n\t<string>Vet Softphone</string>\n\
         \t<key>CFBundleShortVersionString</key>\n\t<string>{version}</string>\n</dict>\n</plist>\n"
    );
    let slices = app.codec.each_ref().map(|codec| (codec.machine, codec.build()));
    let mut files = vec![
        (format!("{folder}/Info.plist"), info.into_bytes()),
        (format!("{folder}/MacOS/Softphone"), app.program.build()),
        (format!("{folder}/Frameworks/libffmpeg.dylib"), universal(&slices)),
    ];
    for (name, image) in &app.extra {
        files.push((format!("{folder}/Frameworks/{name}"), image.build()));
    }
    if app.room {
        let program = &mut files[1].1;
        *program = fill_signature_room(std::mem::take(program), &noise(64 * 1024, 8));
    }
    files
}

type PackApp = fn(Edition, &App) -> Artefact;

pub(super) fn app_zip(edition: Edition, app: &App) -> Artefact {
    zipped(edition, &app_files(edition, app))
}

fn app_tape(edition: Edition, app: &App) -> Artefact {
    tarball(edition, &app_files(edition, app))
}

/// A disk image, as applications for macOS mostly come.
pub(super) fn app_dmg(edition: Edition, app: &App) -> Artefact {
    let bytes = dmg::image("Vet Softphone", &app_files(edition, app));
    Artefact::new(&format!("VetSoftphone-{}.dmg", edition.version()), bytes)
}

pub(super) fn app_pkg(edition: Edition, app: &App) -> Artefact {
    app_pkg_with(edition, app, &Vec::new())
}

pub(super) fn app_pkg_with(edition: Edition, app: &App, scripts: &Files) -> Artefact {
    let version = edition.version();
    let bytes = xar::package(version, &app_files(edition, app), scripts);
    Artefact::new(&format!("VetSoftphone-{version}.pkg"), bytes)
}

const APPLE: [(&str, PackApp); 4] =
    [("zip", app_zip), ("tar.gz", app_tape), ("pkg", app_pkg), ("dmg", app_dmg)];

fn apple_cases() -> Vec<Case> {
    let olds = APPLE.map(|(_, pack)| pack(Edition::Old, &app(Edition::Old)));
    let mut cases = Vec::new();
    for trick in apple_tricks() {
        let mut new = app(Edition::New);
        (trick.apply)(&mut new);
        for ((name, (container, pack)), old) in trick.names.iter().zip(APPLE).zip(&olds) {
            cases.push(case(&trick, name, container, old.clone(), pack(Edition::New, &new)));
        }
    }
    cases
}

fn apple_tricks() -> Vec<Trick<App>> {
    let trick = |names, hard, first_cause, about, apply| Trick {
        names,
        incident: None,
        hard,
        expect: if hard { Expect::Block } else { Expect::Hold },
        first_cause,
        about,
        apply,
    };
    vec![
        Trick {
            incident: Some("3CX"),
            expect: Expect::Block,
            ..trick(
                packed!("3cx-mac", "-zip", "-tar", "-pkg", "-dmg"),
                false,
                "story.loader|capability.exec",
                "The codec of a macOS application gains an initialiser and imports that start programs and fetch.",
                |app: &mut App| {
                    for codec in &mut app.codec {
                        codec.functions.extend([9_300_001, 9_300_002, 9_300_003]);
                        codec.initialisers = 1;
                        codec.libraries[0].1.extend(texts(&[
                            "_chmod",
                            "_gethostname",
                            "_pclose",
                            "_popen",
                        ]));
                        codec.libraries.push((
                            "/System/Library/Frameworks/Foundation.framework/Versions/C/Foundation"
                                .to_owned(),
                            texts(&[
                                "_OBJC_CLASS_$_NSMutableURLRequest",
                                "_OBJC_CLASS_$_NSURLSession",
                            ]),
                        ));
                        codec.strings.push("\"%s\" >/dev/null 2>&1".to_owned());
                        codec.strings.push(hidden("https://relay.example.invalid/collect"));
                    }
                },
            )
        },
        trick(
            packed!("entitlement", "-zip", "-tar", "-pkg", "-dmg"),
            true,
            "signature.entitlement-gained",
            "The program may newly load libraries of anybody.",
            |app| {
                let entitlements = &mut app.program.signing.entitlements;
                entitlements.push("com.apple.security.cs.disable-library-validation");
            },
        ),
        trick(
            packed!("team-changed", "-zip", "-tar", "-pkg", "-dmg"),
            true,
            "signature.signer-changed",
            "The codec is signed by a developer of another team.",
            |app| app.codec.iter_mut().for_each(|codec| codec.signing = developer(OTHER_TEAM)),
        ),
        trick(
            packed!("signature-downgraded", "-zip", "-tar", "-pkg", "-dmg"),
            true,
            "signature.downgraded",
            "The codec was signed by a developer and now is by nobody.",
            |app| app.codec.iter_mut().for_each(|codec| codec.signing.signer = Signer::AdHoc),
        ),
        trick(
            packed!("superblob-room", "-zip", "-tar", "-pkg", "-dmg"),
            true,
            "signature.unsigned-bytes",
            "Noise in the room behind the content of the code signature.",
            |app| app.room = true,
        ),
        trick(
            packed!("loads-extra-library", "-zip", "-tar", "-pkg", "-dmg"),
            false,
            "signature.unsigned-newcomer|composition.added-program",
            "The codec newly loads a library beside it, which is new, unsigned by anybody, and starts at load.",
            |app| {
                let mut extra = app.codec[0].clone();
                extra.name = "@loader_path/libextra.dylib".to_owned();
                extra.functions = functions(33, 130, Edition::Old);
                extra.initialisers = 1;
                extra.signing.signer = Signer::AdHoc;
                app.extra.push(("libextra.dylib", extra));
                for codec in &mut app.codec {
                    codec.libraries.push(("@loader_path/libextra.dylib".to_owned(), Vec::new()));
                }
            },
        ),
    ]
}
