//! Honest updates that look a little like the hostile ones.

use super::authenticode::{self, Options};
use super::containers::{gem, installer, msi, msi_of, npm, nupkg, wheel, zipped};
use super::identity::Identity;
use super::incidents::deb_with_script;
use super::installation::plain_desktop;
use super::msi_package::Action;
use super::packages::{javascript, manifest, python, ruby};
use super::payload::LINE;
use super::software::{
    Edition, Files, add, codec, functions, phone, replace, shader, signed, signed_by_other, suite,
    texts, version,
};
use super::{Artefact, Case, Expect, managed, unix};

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
    let mut cases = others();
    let nupkg_case = |name, change: fn(&mut Files), about| {
        let new = nupkg(Edition::New, &with(change));
        case(name, "nupkg", nupkg(Edition::Old, &old), new, about)
    };
    cases.extend([
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
    ]);
    cases
}

/// Packages of other kinds.
fn others() -> Vec<Case> {
    let (old, new) = (Edition::Old, Edition::New);
    let comment = |text: &str| {
        vec![("postinst", format!("#!/bin/sh\n# {LINE}\n# {text}\nset -e\nldconfig\n"))]
    };
    let hooked = |edition| {
        let mut files = javascript("vet-hooked", edition);
        let hooks = [("postinstall", "node postinstall.js")];
        replace(&mut files, "package.json", manifest("vet-hooked", edition, &hooks));
        add(&mut files, "postinstall.js", format!("// {LINE}\nconsole.log(\"thank you\");\n"));
        files
    };
    let action = |edition| {
        let mut installer = installer(edition, &suite(edition));
        installer.actions.push(Action {
            name: "SetFolder",
            kind: 51,
            source: "INSTALLFOLDER",
            target: "[INSTALLDIR]",
            binary: None,
        });
        msi_of(edition, &installer)
    };
    let mut wider = unix::library(new);
    wider.needed.insert(0, "libm.so.6".to_owned());
    wider.imports.push("sqrt".to_owned());
    wider.exports.push("vz_crc16".to_owned());
    let managed = |edition| nupkg(edition, &managed::files("BusinessLayer", edition, |_| {}));
    let scripts = deb_with_script;
    vec![
        case(
            "plain-update-deb",
            "deb",
            unix::deb(old, &unix::library(old)),
            unix::deb(new, &unix::library(new)),
            "A library under a new file name, as so-names want it.",
        ),
        case(
            "new-dependency-deb",
            "deb",
            unix::deb(old, &unix::library(old)),
            unix::deb(new, &wider),
            "A library that newly uses the system's mathematics and exports one more function.",
        ),
        case(
            "script-comment-deb",
            "deb",
            scripts(old, &comment("first"), &[]),
            scripts(new, &comment("second"), &[]),
            "Only a comment of the maintainer script changes.",
        ),
        case(
            "plain-update-npm",
            "npm",
            npm("vet-plain", old, &javascript("vet-plain", old)),
            npm("vet-plain", new, &javascript("vet-plain", new)),
            "A package of scripts with two changed constants.",
        ),
        case(
            "same-hook-npm",
            "npm",
            npm("vet-hooked", old, &hooked(old)),
            npm("vet-hooked", new, &hooked(new)),
            "A lifecycle script that was always there and did not change.",
        ),
        case(
            "plain-update-wheel",
            "wheel",
            wheel("vet_plain", old, &python("vet_plain", old)),
            wheel("vet_plain", new, &python("vet_plain", new)),
            "A Python package with two changed constants.",
        ),
        case(
            "plain-update-gem",
            "gem",
            gem("vet-plain", old, &ruby("vet-plain", old)),
            gem("vet-plain", new, &ruby("vet-plain", new)),
            "A Ruby library with two changed constants.",
        ),
        case(
            "same-action-msi",
            "msi",
            action(old),
            action(new),
            "An installer whose custom action was always there.",
        ),
        case(
            "plain-update-mac",
            "zip",
            unix::app_zip(old, &unix::app(old)),
            unix::app_zip(new, &unix::app(new)),
            "A macOS application, signed by the same team.",
        ),
        case(
            "plain-update-pkg",
            "pkg",
            unix::app_pkg(old, &unix::app(old)),
            unix::app_pkg(new, &unix::app(new)),
            "A macOS application in an installer package.",
        ),
        case(
            "plain-update-dmg",
            "dmg",
            unix::app_dmg(old, &unix::app(old)),
            unix::app_dmg(new, &unix::app(new)),
            "A macOS application in a disk image.",
        ),
        case(
            "plain-update-managed",
            "nupkg",
            managed(old),
            managed(new),
            "A .NET component with two changed methods.",
        ),
        case(
            "plain-update-desktop",
            "zip",
            plain_desktop(old),
            plain_desktop(new),
            "An application on Electron with two changed constants.",
        ),
    ]
}
