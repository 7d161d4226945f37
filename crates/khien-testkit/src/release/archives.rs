//! Tricks of archives themselves: what the index says and what is there are two things.

use super::containers::nupkg_members;
use super::payload::{LINE, line, noise};
use super::software::{Edition, Files, add, phone, signed, suite};
use super::tar::{Entry, gzip, tar};
use super::zip::{Member, archive, local_size_lies};
use super::{Artefact, Case, Expect};

type Write = fn(&[Member]) -> Vec<u8>;

struct Trick {
    names: [&'static str; 2],
    hard: bool,
    first_cause: &'static str,
    about: &'static str,
    apply: fn(&mut Vec<Member>),
    write: Write,
}

pub(super) fn cases() -> Vec<Case> {
    let (old, new) = (suite(Edition::Old), suite(Edition::New));
    let plain = |files: &Files| -> Vec<Member> {
        files.iter().map(|(name, bytes)| Member::new(name, bytes.clone())).collect()
    };
    let mut cases = Vec::new();
    for trick in tricks() {
        let sides = [
            ("zip", "VetSoftphone", "zip", plain(&old), plain(&new)),
            (
                "nupkg",
                "VetSoftphone-full",
                "nupkg",
                nupkg_members(Edition::Old, &old),
                nupkg_members(Edition::New, &new),
            ),
        ];
        for (name, (container, stem, ending, old, mut new)) in trick.names.into_iter().zip(sides) {
            (trick.apply)(&mut new);
            let file = |edition: Edition| format!("{stem}-{}.{ending}", edition.version());
            cases.push(Case {
                name,
                incident: None,
                container,
                hard: trick.hard,
                old: Artefact::new(&file(Edition::Old), archive(&old)),
                new: Artefact::new(&file(Edition::New), (trick.write)(&new)),
                expect: if trick.hard { Expect::Block } else { Expect::Hold },
                first_cause: trick.first_cause,
                about: trick.about,
            });
        }
    }
    cases.extend(tapes(&old, &new));
    cases
}

fn tricks() -> Vec<Trick> {
    let mut tricks = lies();
    tricks.extend([
        Trick {
            names: ["traversal-zip", "traversal-nupkg"],
            hard: true,
            first_cause: "container.escapes",
            about: "A member whose name leaves the folder.",
            apply: |members| members.push(Member::new("../../outside/readme.txt", LINE)),
            write: archive,
        },
        Trick {
            names: ["escaping-link-zip", "escaping-link-nupkg"],
            hard: true,
            first_cause: "container.escapes",
            about: "A symbolic link that points out of the folder.",
            apply: |members| {
                let link = Member::new("data", "../../../../outside");
                members.push(Member { link: true, stored: true, ..link });
            },
            write: archive,
        },
        Trick {
            names: ["bomb-zip", "bomb-nupkg"],
            hard: false,
            first_cause: "container.not-opened|container.lies",
            about: "Hundreds of entries that share one well-packed member: small to carry, huge to open.",
            apply: |members| {
                members.push(Member {
                    listed_again: 399,
                    ..Member::new("notes.txt", line(2 << 20))
                });
            },
            write: archive,
        },
        Trick {
            names: ["encrypted-inner-zip", "encrypted-inner-nupkg"],
            hard: false,
            first_cause: "container.not-opened|payload.opaque-bytes",
            about: "An archive inside that cannot be opened without a key.",
            apply: |members| {
                let inner = Member::new("update.dat", noise(64 * 1024, 5));
                let inner = archive(&[Member { encrypted: true, ..inner }]);
                members.push(Member { stored: true, ..Member::new("extra.zip", inner) });
            },
            write: archive,
        },
    ]);
    tricks
}

fn lies() -> Vec<Trick> {
    vec![
        Trick {
            names: ["other-local-name-zip", "other-local-name-nupkg"],
            hard: true,
            first_cause: "container.lies",
            about: "The index calls a member one name, its own header another.",
            apply: |members| {
                let local_name = Some("plugin.exe".to_owned());
                members.push(Member { local_name, ..Member::new("notes.txt", LINE) });
            },
            write: archive,
        },
        Trick {
            names: ["other-local-size-zip", "other-local-size-nupkg"],
            hard: true,
            first_cause: "container.lies",
            about: "The index gives a member one size, its own header another.",
            apply: |members| {
                members.push(Member { stored: true, ..Member::new("size.txt", line(4096)) });
            },
            write: |members| local_size_lies(archive(members), "size.txt"),
        },
        Trick {
            names: ["hidden-member-zip", "hidden-member-nupkg"],
            hard: true,
            first_cause: "container.lies|payload.unexplained-bytes",
            about: "A program between the members that the index does not list.",
            apply: |members| {
                let hidden = Member::new("Softphone.exe", foreign());
                members.insert(0, Member { hidden: true, ..hidden });
            },
            write: archive,
        },
        Trick {
            names: ["duplicate-name-zip", "duplicate-name-nupkg"],
            hard: true,
            first_cause: "container.lies",
            about: "Two members of one name: which is unpacked depends on the tool.",
            apply: |members| {
                let twin = members.last().map(|member| member.name.clone()).unwrap_or_default();
                members.push(Member::new(&twin, foreign()));
            },
            write: archive,
        },
        Trick {
            names: ["overlap-zip", "overlap-nupkg"],
            hard: true,
            first_cause: "container.lies",
            about: "Entries of the index that claim the same bytes under several names.",
            apply: |members| {
                members.push(Member { listed_again: 2, ..Member::new("shared.txt", line(8192)) });
            },
            write: archive,
        },
        Trick {
            names: ["foreign-front-zip", "foreign-front-nupkg"],
            hard: false,
            first_cause: "payload.embedded-program|story.loader",
            about: "Two formats in one file: a program in front of the archive.",
            apply: |_| {},
            write: |members| {
                let mut bytes = foreign();
                bytes.extend(archive(members));
                bytes
            },
        },
    ]
}

fn tapes(old: &Files, new: &Files) -> Vec<Case> {
    let entries = |edition: Edition, files: &Files| -> Vec<Entry> {
        let folder = format!("vetsoft-{}", edition.version());
        files
            .iter()
            .map(|(name, bytes)| Entry::file(&format!("{folder}/{name}"), bytes.clone()))
            .collect()
    };
    let case = |name, hard, first_cause, about, new: Vec<u8>| Case {
        name,
        incident: None,
        container: "tar.gz",
        hard,
        old: Artefact::new("vetsoft-1.0.1.tar.gz", gzip(&tar(&entries(Edition::Old, old)))),
        new: Artefact::new("vetsoft-1.0.2.tar.gz", new),
        expect: if hard { Expect::Block } else { Expect::Hold },
        first_cause,
        about,
    };
    let with = |entry: Entry| {
        let mut entries = entries(Edition::New, new);
        entries.push(entry);
        gzip(&tar(&entries))
    };
    let mut behind = gzip(&tar(&entries(Edition::New, new)));
    behind.extend(noise(64 * 1024, 6));
    let mut encrypted = new.clone();
    let inner = Member { encrypted: true, ..Member::new("update.dat", noise(64 * 1024, 5)) };
    add(&mut encrypted, "extra.zip", archive(&[inner]));
    vec![
        case(
            "traversal-tar",
            true,
            "container.escapes",
            "A member whose name leaves the folder.",
            with(Entry::file("../../outside/readme.txt", LINE)),
        ),
        case(
            "escaping-link-tar",
            true,
            "container.escapes",
            "A symbolic link that points out of the folder.",
            with(Entry::symlink("vetsoft-1.0.2/data", "../../../../outside")),
        ),
        case(
            "duplicate-name-tar",
            true,
            "container.lies",
            "Two members of one name.",
            with(Entry::file("vetsoft-1.0.2/Softphone.exe", foreign())),
        ),
        case(
            "foreign-tail-tar",
            false,
            "payload.unexplained-bytes",
            "Noise behind the compressed archive.",
            behind,
        ),
        case(
            "encrypted-inner-tar",
            false,
            "container.not-opened|payload.opaque-bytes",
            "An archive inside that cannot be opened without a key.",
            gzip(&tar(&entries(Edition::New, &encrypted))),
        ),
        case(
            "bomb-tar",
            false,
            "container.not-opened",
            "A member that unpacks to a thousand times its size.",
            with(Entry::file("vetsoft-1.0.2/notes.txt.gz", bomb())),
        ),
    ]
}

/// A signed program of the new version that is not the one of the release.
fn foreign() -> Vec<u8> {
    let mut pe = phone(Edition::New);
    pe.functions.push(9_400_001);
    signed(&pe)
}

/// The line of all fixtures, 128 MiB of it, packed.
fn bomb() -> Vec<u8> {
    gzip(&line(128 << 20))
}
