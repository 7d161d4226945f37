//! Tricks inside Windows programs and libraries, each in three kinds of package.

use super::authenticode::{self, Options, Stuffing, stuff};
use super::containers::{msi, nupkg, zipped};
use super::identity::Identity;
use super::payload::{line, noise};
use super::pe::{Pe, READ_WRITE_EXECUTE};
use super::software::{
    Edition, Files, add, codec, file_of, functions, imports, newcomer, phone, replace, shader,
    signed, suite, texts,
};
use super::{Artefact, Case, Expect};

/// A trick: what it does to the files of an otherwise honest update.
struct Trick {
    names: [&'static str; 3],
    hard: bool,
    expect: Expect,
    first_cause: &'static str,
    about: &'static str,
    apply: fn(&mut Files),
}

macro_rules! trick {
    ($name:literal, hard, $cause:literal, $about:literal, $apply:expr) => {
        trick!($name, true, Expect::Block, $cause, $about, $apply)
    };
    ($name:literal, block, $cause:literal, $about:literal, $apply:expr) => {
        trick!($name, false, Expect::Block, $cause, $about, $apply)
    };
    ($name:literal, hold, $cause:literal, $about:literal, $apply:expr) => {
        trick!($name, false, Expect::Hold, $cause, $about, $apply)
    };
    ($name:literal, $hard:expr, $expect:expr, $cause:literal, $about:literal, $apply:expr) => {
        Trick {
            names: [concat!($name, "-nupkg"), concat!($name, "-msi"), concat!($name, "-zip")],
            hard: $hard,
            expect: $expect,
            first_cause: $cause,
            about: $about,
            apply: $apply,
        }
    };
}

type Pack = fn(Edition, &Files) -> Artefact;
const PACKS: [(&str, Pack); 3] = [("nupkg", nupkg), ("msi", msi), ("zip", zipped)];

/// Bytes like noise that a carrier case adds.
const NOISE_BYTES: usize = 72 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let (old, honest) = (suite(Edition::Old), suite(Edition::New));
    let olds = PACKS.map(|(_, pack)| pack(Edition::Old, &old));
    let mut cases = Vec::new();
    for trick in tricks() {
        let mut files = honest.clone();
        (trick.apply)(&mut files);
        for ((name, (container, pack)), old) in trick.names.into_iter().zip(PACKS).zip(&olds) {
            cases.push(Case {
                name,
                incident: trick.names[0].starts_with("3cx").then_some("3CX"),
                container,
                hard: trick.hard,
                old: old.clone(),
                new: pack(Edition::New, &files),
                expect: trick.expect,
                first_cause: trick.first_cause,
                about: trick.about,
            });
        }
    }
    cases
}

fn sign_shader(files: &mut Files, options: &Options) {
    replace(files, SHADER, authenticode::sign(shader().build(), options));
}

fn stuff_shader(files: &mut Files, how: Stuffing) {
    let stuffed = stuff(file_of(files, SHADER).to_vec(), how, &noise(NOISE_BYTES, 0));
    replace(files, SHADER, stuffed);
}

fn change_codec(files: &mut Files, change: fn(&mut Pe)) {
    let mut pe = codec(Edition::New);
    change(&mut pe);
    replace(files, CODEC, signed(&pe));
}

/// Every byte of a text combined with one: `z` is not in these, and would end the string.
pub(super) fn hidden(text: &str) -> String {
    text.bytes().map(|byte| char::from(byte ^ b'z')).collect()
}

/// One more function of the harmless kind.
fn add_function(pe: &mut Pe) {
    pe.functions.push(9_000_001);
}

const CODEC: &str = "ffmpeg.dll";
const PHONE: &str = "Softphone.exe";
const SHADER: &str = "d3dcompiler_47.dll";

fn tricks() -> Vec<Trick> {
    let mut tricks = carriers();
    tricks.extend(signatures());
    tricks.extend(images());
    tricks.extend(companions());
    tricks
}

fn carriers() -> Vec<Trick> {
    vec![
        trick!(
            "3cx-windows",
            hard,
            "story.names-carrier|signature.unsigned-bytes",
            "The codec newly names its signed sibling, whose certificate table newly carries noise.",
            |files| {
                change_codec(files, |pe| {
                    add_function(pe);
                    pe.functions.extend([9_000_002, 9_000_003]);
                    pe.wide_strings.push(SHADER.to_owned());
                    pe.imports[0].1.push("VirtualProtect".to_owned());
                });
                stuff_shader(files, Stuffing::InsideEntry);
            }
        ),
        trick!(
            "certificate-slack",
            hard,
            "signature.unsigned-bytes|signature.same-digest-other-bytes",
            "Noise behind the message inside its own certificate entry; verifiers still say valid.",
            |files| stuff_shader(files, Stuffing::InsideEntry)
        ),
        trick!(
            "certificate-table-grown",
            hard,
            "signature.unsigned-bytes|signature.same-digest-other-bytes",
            "The certificate directory is longer than its entries.",
            |files| stuff_shader(files, Stuffing::WithoutEntry)
        ),
        trick!(
            "certificate-forged-copies",
            hard,
            "signature.unsigned-bytes|signature.same-digest-other-bytes",
            "Copies of the signer's certificate, its name and key, that hold noise and nobody signed.",
            |files| {
                let signer = Identity::other();
                let noise = noise(NOISE_BYTES, 0);
                let copies = noise.chunks(2700).zip(0..);
                let certificates =
                    copies.map(|(held, number)| signer.forged(number, held)).collect();
                sign_shader(files, &Options { certificates, ..Options::by(signer.clone()) });
            }
        ),
        trick!(
            "certificate-high-tag",
            hard,
            "signature.unsigned-bytes",
            "Noise behind the time stamp, in an element of a tag that nothing uses.",
            |files| {
                let mut behind_stamp = vec![0x9F, 0x1F, 0x83];
                behind_stamp
                    .extend_from_slice(&u32::try_from(NOISE_BYTES).unwrap_or(0).to_be_bytes()[1..]);
                behind_stamp.extend(noise(NOISE_BYTES, 0));
                sign_shader(files, &Options { behind_stamp, ..Options::by(Identity::other()) });
            }
        ),
        trick!(
            "certificate-unknown-entry",
            hard,
            "signature.unsigned-bytes|signature.same-digest-other-bytes",
            "A second certificate entry of a reserved type.",
            |files| stuff_shader(files, Stuffing::UnknownEntry)
        ),
        trick!(
            "certificate-after-table",
            hard,
            "signature.unsigned-bytes",
            "Noise behind the certificate table.",
            |files| stuff_shader(files, Stuffing::AfterTable)
        ),
        trick!(
            "certificate-before-table",
            hard,
            "signature.invalid|payload.overlay",
            "Noise between the last section and the certificate table.",
            |files| stuff_shader(files, Stuffing::BeforeTable)
        ),
        trick!(
            "certificate-unsigned-attribute",
            hard,
            "signature.unsigned-bytes|signature.same-digest-other-bytes",
            "Noise in an unsigned attribute of a kind that no signing tool writes.",
            |files| {
                let unsigned = Some(noise(32 * 1024, 0));
                let options = Options { unsigned, ..Options::by(Identity::other()) };
                replace(files, SHADER, authenticode::sign(shader().build(), &options));
            }
        ),
        trick!(
            "certificate-spare",
            hold,
            "signature.odd|signature.unsigned-bytes",
            "A certificate in the message that belongs to no chain.",
            |files| {
                let spare = Some(Identity::bystander());
                let options = Options { spare, ..Options::by(Identity::vendor()) };
                let bytes = authenticode::sign(codec(Edition::New).build(), &options);
                replace(files, CODEC, bytes);
            }
        ),
    ]
}

fn signatures() -> Vec<Trick> {
    vec![
        trick!(
            "signer-changed",
            hard,
            "signature.signer-changed",
            "A library of the vendor's, signed by an organisation that never signed it.",
            |files| {
                let options = Options::by(Identity::other());
                let bytes = authenticode::sign(codec(Edition::New).build(), &options);
                replace(files, CODEC, bytes);
            }
        ),
        trick!(
            "signature-lost",
            hard,
            "signature.lost",
            "A library that was signed comes without a signature.",
            |files| replace(files, CODEC, codec(Edition::New).build())
        ),
        trick!(
            "signature-broken",
            hard,
            "signature.invalid",
            "A signed library with one byte of its constants changed afterwards.",
            |files| {
                let mut bytes = file_of(files, CODEC).to_vec();
                let at = bytes.windows(13).position(|window| window == b"invalid frame");
                bytes[at.expect("among the constants")] = b'I';
                replace(files, CODEC, bytes);
            }
        ),
        trick!(
            "same-version-other-bytes",
            hard,
            "provenance.same-version|composition.third-party-changed",
            "Somebody else's component with the same version, signed by the same, and other code.",
            |files| {
                let mut pe = shader();
                add_function(&mut pe);
                replace(files, SHADER, super::software::signed_by_other(&pe));
            }
        ),
    ]
}

fn images() -> Vec<Trick> {
    vec![
        trick!(
            "overlay",
            hold,
            "payload.overlay|payload.opaque-bytes",
            "Noise behind the last section, covered by the signature.",
            |files| change_codec(files, |pe| pe.overlay = noise(NOISE_BYTES, 1))
        ),
        trick!(
            "noise-section",
            hold,
            "payload.opaque-bytes",
            "A new section full of noise.",
            |files| change_codec(files, |pe| {
                pe.sections.push((".vdata".to_owned(), 0x4000_0040, noise(NOISE_BYTES, 2)));
            })
        ),
        trick!(
            "noise-resource",
            hold,
            "payload.opaque-bytes",
            "A new resource full of noise.",
            |files| change_codec(files, |pe| pe.resources.push((101, noise(NOISE_BYTES, 3))))
        ),
        trick!(
            "writable-code",
            hold,
            "payload.writable-code",
            "A new section that may be written and executed.",
            |files| change_codec(files, |pe| {
                pe.sections.push((".wx".to_owned(), READ_WRITE_EXECUTE, line(4096)));
            })
        ),
        trick!(
            "sibling-reference",
            hold,
            "reference.sibling",
            "The codec newly names a sibling that it never used.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                pe.wide_strings.push(SHADER.to_owned());
            })
        ),
        trick!(
            "gains-network",
            block,
            "capability.network|story.loader",
            "A codec library newly imports functions that speak to the network.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                pe.imports.extend(imports(&[(
                    "WINHTTP.dll",
                    &["WinHttpConnect", "WinHttpOpen", "WinHttpReadData", "WinHttpSendRequest"],
                )]));
            })
        ),
        trick!(
            "gains-process-start",
            block,
            "capability.exec|story.loader",
            "A codec library newly imports functions that start programs.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                pe.imports[0].1.push("CreateProcessW".to_owned());
                pe.imports.extend(imports(&[("SHELL32.dll", &["ShellExecuteW"])]));
            })
        ),
        trick!(
            "gains-injection",
            block,
            "capability.inject|story.loader",
            "A codec library newly imports functions that write into other processes.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                let symbols =
                    ["CreateRemoteThread", "OpenProcess", "VirtualAllocEx", "WriteProcessMemory"];
                pe.imports[0].1.extend(texts(&symbols));
            })
        ),
        trick!(
            "gains-service",
            block,
            "capability.persistence|story.loader",
            "A codec library newly imports functions that create services.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                pe.imports.extend(imports(&[(
                    "ADVAPI32.dll",
                    &["CreateServiceW", "OpenSCManagerW", "StartServiceW"],
                )]));
            })
        ),
        trick!(
            "browser-profiles",
            hold,
            "reference.secrets|capability.credentials",
            "A codec library newly names the places where browsers keep their secrets.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                let places = [
                    "\\Google\\Chrome\\User Data\\Default\\Login Data",
                    "\\Mozilla\\Firefox\\Profiles\\logins.json",
                    "\\Microsoft\\Edge\\User Data\\Default\\Cookies",
                ];
                pe.wide_strings.extend(texts(&places));
            })
        ),
        trick!(
            "tls-callback",
            hold,
            "startup.tls-callback|story.loader",
            "A codec library gains a thread-local-storage callback and may make memory executable.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                pe.tls_callbacks = 1;
                pe.imports[0].1.extend(texts(&["VirtualAlloc", "VirtualProtect"]));
            })
        ),
        trick!(
            "start-up-code",
            hold,
            "startup.entry-code|startup.initialiser",
            "The first code of the program is new and all else is old, as when a run-time's start-up was changed.",
            |files| {
                let mut pe = phone(Edition::New);
                pe.functions[0] = 9_000_007;
                pe.initialisers = 3;
                replace(files, PHONE, signed(&pe));
            }
        ),
        trick!(
            "hidden-text",
            hold,
            "payload.hidden-text",
            "A codec library gains addresses that are hidden by a cipher of one byte.",
            |files| change_codec(files, |pe| {
                add_function(pe);
                for place in
                    ["https://relay.example.invalid/one", "https://relay.example.invalid/two"]
                {
                    pe.strings.push(hidden(place));
                }
            })
        ),
        trick!(
            "program-in-resource",
            hold,
            "payload.embedded-program|payload.opaque-bytes",
            "A program in a resource of a library.",
            |files| change_codec(files, |pe| {
                let inner = newcomer("inner.dll", 9, &["inner_start"]);
                pe.resources.push((102, inner.build()));
            })
        ),
    ]
}

/// A second program that claims to be the client.
fn twin() -> Pe {
    let mut pe = phone(Edition::New);
    pe.functions = functions(6, 150, Edition::Old);
    pe.version.original_filename = "eToken.exe".to_owned();
    pe.version.description = "eToken".to_owned();
    pe
}

fn companions() -> Vec<Trick> {
    vec![
        trick!(
            "shadows-system-library",
            hard,
            "composition.shadows-system",
            "A new library with the name of one of Windows', which the program would load first.",
            |files| {
                let exports = ["GetFileVersionInfoW", "VerQueryValueW"];
                let pe = newcomer("version.dll", 5, &exports);
                add(files, "version.dll", signed(&pe));
            }
        ),
        trick!(
            "twin-program",
            hold,
            "composition.twin-program|signature.unsigned-newcomer",
            "A second program beside the real client, with the same product and version, and without a signature.",
            |files| add(files, "eToken.exe", twin().build())
        ),
        trick!(
            "signed-twin-program",
            hold,
            "composition.twin-program",
            "A second program beside the real client, with the same product and version, and signed as the client is.",
            |files| add(files, "eToken.exe", signed(&twin()))
        ),
        trick!(
            "disguised-program",
            hold,
            "composition.disguised",
            "A program that is called a picture.",
            |files| {
                let pe = newcomer("splash.dll", 7, &["splash_show"]);
                add(files, "splash.png", signed(&pe));
            }
        ),
        trick!(
            "opaque-file",
            hold,
            "payload.opaque-bytes|story.names-carrier",
            "A new file of noise that nothing explains, and a library that names it.",
            |files| {
                change_codec(files, |pe| {
                    add_function(pe);
                    pe.wide_strings.push("codec.bin".to_owned());
                });
                add(files, "codec.bin", noise(NOISE_BYTES, 4));
            }
        ),
    ]
}
