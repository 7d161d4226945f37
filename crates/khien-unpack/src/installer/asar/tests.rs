use sha2::{Digest, Sha256};

use crate::installer::testing::{INERT, Seen, survives_damage};
use crate::{FactKind, GapReason, SpanKind};

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An archive with this list of files and these bytes behind it.
fn archive(json: &str, body: &[u8]) -> Vec<u8> {
    let padded = json.len().next_multiple_of(4);
    let mut out = Vec::new();
    for number in [4, padded + 8, padded + 4, json.len()] {
        out.extend_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
    }
    out.extend_from_slice(json.as_bytes());
    out.resize(16 + padded, 0);
    out.extend_from_slice(body);
    out
}

fn app(hash: &str) -> Vec<u8> {
    let size = INERT.len();
    let json = format!(
        r#"{{"files":{{"lib":{{"files":{{"index.js":{{"size":{size},"offset":"0","integrity":
        {{"algorithm":"SHA256","hash":"{hash}","blockSize":4194304,"blocks":["{hash}"]}}}}}}}},
        "native.node":{{"size":7,"unpacked":true}},"again":{{"link":"lib/index.js"}}}}}}"#
    );
    archive(&json, INERT)
}

#[test]
fn files_links_and_files_beside_it() {
    let seen = Seen::open("app.asar", app(&digest(INERT)));
    seen.check().unwrap();
    assert_eq!(seen.node("lib/index.js").bytes, INERT);
    assert!(seen.names().contains(&"again"));
    assert_eq!(seen.gaps().len(), 1);
    assert_eq!(seen.gaps()[0].0, GapReason::External);
    assert!(seen.opened.facts.is_empty(), "{:?}", seen.opened.facts);
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
}

#[test]
fn a_wrong_digest_is_said() {
    let seen = Seen::open("app.asar", app(&digest(b"other")));
    assert!(seen.has_fact(FactKind::WrongChecksum, "SHA-256 of the file"));
    assert!(seen.has_fact(FactKind::WrongChecksum, "SHA-256 of a block"));
}

#[test]
fn bytes_that_no_file_claims_are_unexplained() {
    let mut bytes = app(&digest(INERT));
    bytes.extend_from_slice(INERT);
    let seen = Seen::open("app.asar", bytes);
    assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
}

#[test]
fn names_that_climb_and_files_that_share_bytes_are_said() {
    let json =
        r#"{"files":{"..":{"files":{"x":{"size":9,"offset":"0"}}},"y":{"size":9,"offset":"4"}}}"#;
    let seen = Seen::open("app.asar", archive(json, INERT));
    seen.check().unwrap();
    assert!(seen.has_fact(FactKind::EscapingName, "../x"));
    assert!(seen.has_fact(FactKind::Overlap, "1 of 2"));
}

#[test]
fn damage_never_panics() {
    survives_damage("app.asar", &app(&digest(INERT)), 400);
}
