//! Arbitrary and damaged bytes: no panic, no unpaid byte, every ledger tiles.

use khien_unpack::Limits;
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use proptest::sample::select;

use crate::support::{INERT, ZipMember, gzip, pe, prose, tar, walk_within, zip, zip_with};

const LIMITS: Limits = Limits {
    bytes_out_max: 8 << 20,
    member_bytes_max: 1 << 20,
    ratio_max: 250,
    depth_max: 6,
    entries_max: 2_000,
};

fn magics() -> Vec<&'static [u8]> {
    vec![
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"\x50\x2a\x4d\x18",
        b"\x1f\x8b\x08",
        b"BZh91AY&SY",
        b"\x5d\0\0\x10\0",
        b"Cr24\x03\0\0\0",
        b"MSCF\0\0\0\0",
        b"!<arch>\ndebian-binary   ",
        b"\xed\xab\xee\xdb",
        b"070701",
        b"pbzx",
        b"xar!",
        b"MZ",
        b"\x7fELF",
        b"#!/bin/sh\n\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"hsqs",
        b"\x04\0\0\0",
    ]
}

/// Small valid files of the kinds that need no tool.
fn valid() -> Vec<Vec<u8>> {
    let text = prose(3_000);
    let members = [
        ZipMember::stored("a", INERT),
        ZipMember::deflated("b", &text),
        ZipMember { descriptor: true, ..ZipMember::deflated("c", &text) },
    ];
    let plain = zip(&members);
    let archive = tar(&[("a", INERT), ("b", &text), ("c.zip", &plain)]);
    let mut program = pe();
    program.extend(&plain);
    let mut deb =
        b"!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n".to_vec();
    deb.extend(
        format!(
            "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            "control.tar.gz",
            0,
            0,
            0,
            644,
            gzip(&archive).len()
        )
        .as_bytes(),
    );
    deb.extend(gzip(&archive));
    vec![plain.clone(), zip_with(&members, INERT, &plain), gzip(&archive), archive, program, deb]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_behind_a_magic(magic in select(magics()), rest in prop::collection::vec(any::<u8>(), 0..600)) {
        let bytes = [magic, &rest].concat();
        walk_within("x", &bytes, &LIMITS);
    }

    #[test]
    fn damaged_files(
        file in select(valid()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = file;
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        walk_within("x", &bytes, &LIMITS);
    }

    #[test]
    fn spliced_files(one in select(valid()), two in select(valid()), at in any::<prop::sample::Index>()) {
        let cut = at.index(one.len() + 1);
        walk_within("x", &[&one[..cut], &two, &one[cut..]].concat(), &LIMITS);
    }
}
