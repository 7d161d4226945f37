use std::collections::BTreeSet;

use object::Object;

use super::*;

fn everything() -> Vec<Case> {
    let mut all = cases();
    all.extend(benign_cases());
    all
}

fn digest(cases: &[Case]) -> Vec<u8> {
    let mut all = Vec::new();
    for case in cases {
        for artefact in [&case.old, &case.new] {
            all.extend(case.name.bytes());
            all.extend(artefact.file_name.bytes());
            all.extend(identity::sha256(&artefact.bytes));
        }
    }
    identity::sha256(&all)
}

#[test]
fn two_runs_give_the_same_bytes() {
    let first = everything();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let second = everything();
    for (a, b) in first.iter().zip(&second) {
        assert!(a.old == b.old && a.new == b.new, "{} differs between two runs", a.name);
    }
    assert_eq!(digest(&first), digest(&second));
}

#[test]
fn cases_are_many_and_distinct() {
    let all = everything();
    let names: BTreeSet<&str> = all.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), all.len(), "two cases have one name");
    for case in &all {
        assert!(case.old.bytes != case.new.bytes, "{}: nothing changes", case.name);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(case.name.chars().all(plain), "{}", case.name);
        assert!(!case.hard || case.expect == Expect::Block, "{}", case.name);
        assert_eq!(case.first_cause.is_empty(), case.expect == Expect::Pass, "{}", case.name);
        for artefact in [&case.old, &case.new] {
            assert!(
                artefact.bytes.len() < 400 << 10,
                "{}: {} bytes",
                case.name,
                artefact.bytes.len()
            );
        }
    }
    assert!(cases().len() >= 40);
    assert!(benign_cases().len() >= 10);
    assert!(benign_cases().iter().all(|case| case.expect == Expect::Pass));
}

#[test]
fn every_artefact_says_that_it_is_inert() {
    for case in everything() {
        for artefact in [&case.old, &case.new] {
            assert!(says_the_line(&artefact.bytes), "{} {}", case.name, artefact.file_name);
        }
    }
}

/// The line in bytes or in UTF-16.
fn says_the_line(bytes: &[u8]) -> bool {
    let wide: Vec<u8> = LINE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [LINE.as_bytes(), &wide].iter().any(|line| bytes.windows(line.len()).any(|w| w == *line))
}

#[test]
fn noise_is_the_line_under_the_published_key() {
    let mut bytes = noise(1 << 16, 0);
    assert!(!says_the_line(&bytes));
    rc4(KEY, &mut bytes);
    assert_eq!(bytes, line(1 << 16));
    // RFC 6229 has no vector for such a key; this one is well known.
    let mut known = *b"Plaintext";
    rc4(b"Key", &mut known);
    assert_eq!(known, [0xBB, 0xF3, 0x16, 0xE8, 0xD9, 0x40, 0xAF, 0x0A, 0xD3]);
}

#[test]
fn functions_differ() {
    for machine in [code::Machine::X86_64, code::Machine::Arm64] {
        let all: BTreeSet<Vec<u8>> = (0..5000).map(|n| code::function(machine, n)).collect();
        assert_eq!(all.len(), 5000);
    }
}

#[test]
fn images_parse() {
    for (name, bytes) in software::suite(software::Edition::New) {
        let file = object::File::parse(&*bytes).unwrap();
        assert!(file.imports().unwrap().count() >= 3, "{name}");
        assert!(file.section_by_name(".pdata").is_some(), "{name}");
    }
}
