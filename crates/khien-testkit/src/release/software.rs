//! The software of which the Windows cases are releases: a softphone, its codec library, and a
//! shader compiler that somebody else made and signed.

use std::sync::OnceLock;

use super::authenticode::{self, Options};
use super::identity::Identity;
use super::pe::Pe;
use super::resource::Version;

/// Files of a release: name and bytes.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// Which of two releases.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Edition {
    Old,
    New,
}

impl Edition {
    /// The release's version.
    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::Old => "1.0.1",
            Self::New => "1.0.2",
        }
    }

    pub(crate) const fn number(self) -> [u16; 4] {
        match self {
            Self::Old => [1, 0, 1, 0],
            Self::New => [1, 0, 2, 0],
        }
    }
}

/// Numbers of a component's functions. A new release changes three of them and adds one, as small
/// updates do.
pub(crate) fn functions(component: u64, count: u64, edition: Edition) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..count).map(|number| component * 1_000_000 + number).collect();
    if edition == Edition::New {
        for at in [40, 80, 120] {
            numbers[at] += 500_000;
        }
        numbers.push(component * 1_000_000 + 600_000);
    }
    numbers
}

pub(crate) fn imports(libraries: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    libraries.iter().map(|(library, symbols)| ((*library).to_owned(), texts(symbols))).collect()
}

pub(crate) fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// The program. It networks already, as a telephone does.
pub(crate) fn phone(edition: Edition) -> Pe {
    Pe {
        functions: functions(1, 300, edition),
        imports: imports(&[
            ("KERNEL32.dll", &["CreateFileW", "ReadFile", "WriteFile", "HeapAlloc", "ExitProcess"]),
            ("USER32.dll", &["CreateWindowExW", "DefWindowProcW", "MessageBoxW"]),
            ("WS2_32.dll", &["WSAStartup", "connect", "recv", "send", "socket"]),
            ("ffmpeg.dll", &["av_codec_open", "av_codec_decode"]),
        ]),
        strings: texts(&["Vet Softphone", "sip.example.test", "Ready", "Calling"]),
        version: version(
            "Vet Fixtures",
            "Vet Softphone",
            "Softphone",
            "Softphone.exe",
            edition.number(),
        ),
        initialisers: 2,
        debug_path: Some("D:\\build\\softphone\\Softphone.pdb".to_owned()),
        ..Pe::default()
    }
}

/// The codec: it works on memory and files, and does not network.
pub(crate) fn codec(edition: Edition) -> Pe {
    let symbols =
        ["av_codec_close", "av_codec_decode", "av_codec_open", "av_frame_alloc", "av_frame_free"];
    Pe {
        library: true,
        functions: functions(2, 250, edition),
        imports: imports(&[(
            "KERNEL32.dll",
            &["CreateFileW", "GetModuleFileNameW", "HeapAlloc", "HeapFree", "ReadFile"],
        )]),
        exports: Some(("ffmpeg.dll".to_owned(), texts(&symbols))),
        strings: texts(&["codec not found", "invalid frame", "out of memory"]),
        version: version(
            "Vet Fixtures",
            "Vet Softphone",
            "Codec library",
            "ffmpeg.dll",
            edition.number(),
        ),
        debug_path: Some("D:\\build\\codec\\ffmpeg.pdb".to_owned()),
        ..Pe::default()
    }
}

/// A component of somebody else. It is the same in both releases.
pub(crate) fn shader() -> Pe {
    Pe {
        library: true,
        functions: functions(3, 200, Edition::Old),
        imports: imports(&[("KERNEL32.dll", &["HeapAlloc", "HeapFree", "GetTickCount"])]),
        exports: Some(("d3dcompiler_47.dll".to_owned(), texts(&["D3DCompile", "D3DReflect"]))),
        strings: texts(&["shader model 5.0", "syntax error"]),
        version: version(
            "Graphics Test Works",
            "Graphics Runtime",
            "Shader compiler",
            "d3dcompiler_47.dll",
            [10, 0, 17763, 1],
        ),
        ..Pe::default()
    }
}

/// A small library of the vendor's that no release had, under a name of its own.
pub(crate) fn newcomer(file: &str, component: u64, exports: &[&str]) -> Pe {
    Pe {
        library: true,
        functions: functions(component, 140, Edition::Old),
        imports: imports(&[("KERNEL32.dll", &["HeapAlloc", "HeapFree"])]),
        exports: Some((file.to_owned(), texts(exports))),
        version: version("Vet Fixtures", "Vet Softphone", file, file, Edition::New.number()),
        ..Pe::default()
    }
}

pub(crate) fn version(
    company: &str,
    product: &str,
    description: &str,
    file: &str,
    number: [u16; 4],
) -> Version {
    Version {
        company: company.to_owned(),
        product: product.to_owned(),
        description: description.to_owned(),
        original_filename: file.to_owned(),
        number,
    }
}

/// Builds and signs as the vendor.
pub(crate) fn signed(pe: &Pe) -> Vec<u8> {
    authenticode::sign(pe.build(), &Options::by(Identity::vendor()))
}

/// Builds and signs as the other organisation.
pub(crate) fn signed_by_other(pe: &Pe) -> Vec<u8> {
    authenticode::sign(pe.build(), &Options::by(Identity::other()))
}

/// All files of a release.
pub(crate) fn suite(edition: Edition) -> Files {
    static KNOWN: [OnceLock<Files>; 2] = [OnceLock::new(), OnceLock::new()];
    let [old, new] = &KNOWN;
    let known = if edition == Edition::Old { old } else { new };
    known.get_or_init(|| make_suite(edition)).clone()
}

fn make_suite(edition: Edition) -> Files {
    vec![
        ("Softphone.exe".to_owned(), signed(&phone(edition))),
        ("ffmpeg.dll".to_owned(), signed(&codec(edition))),
        ("d3dcompiler_47.dll".to_owned(), signed_by_other(&shader())),
    ]
}

/// Puts other bytes in the place of a file.
pub(crate) fn replace(files: &mut Files, name: &str, bytes: Vec<u8>) {
    let place = files.iter_mut().find(|(known, _)| known == name);
    place.expect("a file of the release").1 = bytes;
}

pub(crate) fn file_of<'f>(files: &'f Files, name: &str) -> &'f [u8] {
    let place = files.iter().find(|(known, _)| known == name);
    &place.expect("a file of the release").1
}

/// Adds a file.
pub(crate) fn add(files: &mut Files, name: &str, bytes: impl Into<Vec<u8>>) {
    files.push((name.to_owned(), bytes.into()));
}
