//! Honest updates that look a little like the hostile ones.

use super::authenticode::{self, Options};
use super::containers::{msi, nupkg, zipped};
use super::identity::Identity;
use super::software::{
    Edition, Files, add, codec, functions, phone, replace, shader, signed, signed_by_other, suite,
    texts, version,
};
use super::{Artefact, Case, Expect};

fn case(
    name: &'static str,
    container: &'static str,
    old: Artefact,
    new: Artefact,
    about: &'static str,
) -> Case {
    Case {
        name,
        incident: None,
        container,
        hard: false,
        old,
        new,
        expect: Expect::Pass,
        first_cause: "",
        about,
    }
}

pub(super) fn cases() -> Vec<Case> {
    let (old, new) = (suite(Edition::Old), suite(Edition::New));
    let with = |change: fn(&mut Files)| {
        let mut files = new.clone();
        change(&mut files);
        files
    };
    let nupkg_case = |name, change: fn(&mut Files), about| {
        let new = nupkg(Edition::New, &with(change));
        case(name, "nupkg", nupkg(Edition::Old, &old), new, about)
    };
    vec![
        case(
            "plain-update-zip",
            "zip",
            zipped(Edition::Old, &old),
            zipped(Edition::New, &new),
            "A new version with a few changed functions.",
        ),
        case(
            "plain-update-msi",
            "msi",
            msi(Edition::Old, &old),
            msi(Edition::New, &new),
            "A new version with a few changed functions, in an installer.",
        ),
        nupkg_case("plain-update-nupkg", |_| {}, "A new version with a few changed functions."),
        nupkg_case(
            "renewed-certificate",
            |files| {
                let options = Options::by(Identity::vendor_renewed());
                replace(
                    files,
                    "ffmpeg.dll",
                    authenticode::sign(codec(Edition::New).build(), &options),
                );
                replace(
                    files,
                    "Softphone.exe",
                    authenticode::sign(phone(Edition::New).build(), &options),
                );
            },
            "Signed with a new certificate of the same organisation.",
        ),
        nupkg_case(
            "stamped-again",
            |files| {
                let stamped = Some("20240607080910Z");
                let options = Options { stamped, ..Options::by(Identity::other()) };
                replace(
                    files,
                    "d3dcompiler_47.dll",
                    authenticode::sign(shader().build(), &options),
                );
            },
            "Somebody else's component with a newer time stamp and nothing else.",
        ),
        nupkg_case(
            "seven-bytes-of-padding",
            |files| {
                let signed = (1..=64).find_map(|len| {
                    let program = "v".repeat(len);
                    let options = Options { program, ..Options::by(Identity::other()) };
                    let signed = authenticode::sign(shader().build(), &options);
                    signed.ends_with(&[0; 7]).then_some(signed)
                });
                replace(files, "d3dcompiler_47.dll", signed.expect("one length in eight fits"));
            },
            "A certificate entry padded by the most that alignment asks for.",
        ),
        nupkg_case(
            "new-host",
            |files| {
                let mut pe = phone(Edition::New);
                pe.strings.push("https://cdn2.example.test/updates/".to_owned());
                replace(files, "Softphone.exe", signed(&pe));
            },
            "A program that networks anyway names a new host of its vendor.",
        ),
        nupkg_case(
            "new-library",
            |files| {
                let mut pe = codec(Edition::New);
                pe.functions = functions(8, 180, Edition::Old);
                pe.exports = Some(("vetaudio.dll".to_owned(), texts(&["va_close", "va_open"])));
                pe.version = version(
                    "Vet Fixtures",
                    "Vet Softphone",
                    "Audio library",
                    "vetaudio.dll",
                    [1, 0, 2, 0],
                );
                add(files, "vetaudio.dll", signed(&pe));
                let mut pe = phone(Edition::New);
                pe.imports.push(("vetaudio.dll".to_owned(), texts(&["va_close", "va_open"])));
                replace(files, "Softphone.exe", signed(&pe));
            },
            "A new library of the vendor's, signed, properly named, and imported by the program.",
        ),
        nupkg_case(
            "component-upgrade",
            |files| {
                let mut pe = shader();
                pe.functions = functions(3, 200, Edition::New);
                pe.version.number = [10, 0, 19041, 1];
                replace(files, "d3dcompiler_47.dll", signed_by_other(&pe));
            },
            "A newer version of somebody else's component, signed by them.",
        ),
        nupkg_case(
            "new-export",
            |files| {
                let mut pe = codec(Edition::New);
                pe.functions.push(2_700_001);
                if let Some((_, symbols)) = &mut pe.exports {
                    symbols.push("av_frame_clone".to_owned());
                }
                pe.strings.push("frame cannot be cloned".to_owned());
                replace(files, "ffmpeg.dll", signed(&pe));
            },
            "A library with one more function for its callers.",
        ),
    ]
}
