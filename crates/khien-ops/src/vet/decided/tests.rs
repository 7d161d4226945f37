use proptest::prelude::*;

use super::*;

fn line(sha256: &str, decision: &str, version: &str, found: &str) -> String {
    format!(
        r#"{{"time":"t","by":"an@desk","name":"a.zip","sha256":"{sha256}","version":"{version}","decision":"{decision}","kept":false,"reason":null,"until":null,"products":["App"],"publishers":["Maker","maker"],"versions":["{version}"]{found}}}"#
    )
}

fn found(kind: &str, bits: f64, decides: &str) -> String {
    format!(
        r#","found":[{{"kind":"{kind}","value":"","path":"a.dll","bits":{bits:.1},"decides":"{decides}"}}]"#
    )
}

fn folder(lines: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(DECISIONS), lines.join("\n")).unwrap();
    folder
}

fn read_one(lines: &[String]) -> (Vec<Vetted>, Vec<String>) {
    let (decided, complaints) = read(folder(lines).path());
    let vetted = decided.iter().flat_map(Decided::vetted).collect();
    (vetted, complaints.into_iter().map(|(_, detail)| detail).collect())
}

#[test]
fn a_decision_is_read_under_each_name_of_its_release() {
    let (vetted, complaints) =
        read_one(&[line("aa", "hold", "1.2", &found("capability.network", 5.7, "pass"))]);
    assert_eq!(complaints, Vec::<String>::new());
    let publishers: Vec<_> = vetted.iter().map(|vetted| vetted.publisher.as_str()).collect();
    assert_eq!(publishers, ["Maker", "maker"]);
    assert_eq!(vetted[0].version, "1.2");
    assert_eq!(vetted[0].files.decision, Decision::Hold);
    assert_eq!(vetted[0].files.found[0].of.kind, TraitKind::GainsNetwork);
}

/// What no compromise was counted with weighs nothing in bits, and decides all the same.
#[test]
fn what_decides_alone_tells_as_much_as_a_hold() {
    let bits = |decides: &str| {
        let (vetted, _) =
            read_one(&[line("aa", "block", "1.2", &found("signature.odd", 0.0, decides))]);
        vetted[0].files.found[0].bits
    };
    assert!((bits("block") - HOLD_BITS).abs() < 1e-9);
    assert!(bits("pass").abs() < 1e-9);
}

#[test]
fn beside_itself_a_release_says_nothing_new_and_compared_again_it_does() {
    let first = line("aa", "hold", "1.2", &found("capability.network", 5.7, "pass"));
    let kinds = |second: String| {
        let (vetted, _) = read_one(&[first.clone(), second]);
        vetted[0].files.found.len()
    };
    assert_eq!(kinds(line("aa", "pass", "1.2", "")), 1);
    assert_eq!(kinds(line("aa", "pass", "1.2", r#","found":[]"#)), 0);
}

#[test]
fn releases_that_nobody_judged_are_no_decisions() {
    let (vetted, complaints) =
        read_one(&[line("aa", "earlier", "1.1", ""), line("aa", "forgotten", "1.1", "")]);
    assert_eq!((vetted.len(), complaints.len()), (0, 0));
}

#[test]
fn lines_of_an_earlier_program_are_told() {
    let old = r#"{"time":"t","by":"x","name":"a","sha256":"aa","version":"1","decision":"pass","kept":true,"reason":null,"until":null}"#;
    let (vetted, complaints) = read_one(&[old.to_owned()]);
    assert!(vetted.is_empty());
    assert!(complaints[0].starts_with("1 decisions of an earlier version"), "{complaints:?}");
}

#[test]
fn lineages_below_a_folder_are_found_and_a_folder_without_any_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let (decided, complaints) = read(parent.path());
    assert!(decided.is_empty() && complaints[0].1.contains(DECISIONS), "{complaints:?}");
    for (name, sha256) in [("a", "aa"), ("b", "bb")] {
        let folder = parent.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let line = line(sha256, "pass", "1.2", r#","found":[]"#);
        std::fs::write(folder.join(DECISIONS), line).unwrap();
    }
    let (decided, complaints) = read(parent.path());
    assert_eq!((decided.len(), complaints.len()), (2, 0));
}

#[test]
fn many_names_of_one_release_are_bounded() {
    let many = (0..200).map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(",");
    let line = line("aa", "pass", "1.2", r#","found":[]"#)
        .replace(r#"["App"]"#, &format!("[{many}]"))
        .replace(r#"["Maker","maker"]"#, &format!("[{many}]"));
    assert_eq!(read_one(&[line]).0.len(), NAMES_MAX * NAMES_MAX);
}

proptest! {
    #[test]
    fn a_bad_line_takes_no_other_with_it(bad in prop::collection::vec(any::<u8>(), 1..80), place in 0..3_usize) {
        let bad: Vec<u8> = bad.into_iter().filter(|byte| *byte != b'\n').collect();
        let good = ["aa", "bb"].map(|sha256| line(sha256, "hold", "1.2", r#","found":[]"#).into_bytes());
        let mut all = good.to_vec();
        all.insert(place, bad.clone());
        let (mut last, mut complaints) = (BTreeMap::new(), Vec::new());
        lines(Path::new("x"), &all.join(&b'\n'), &mut last, &mut complaints);
        prop_assert_eq!(last.len(), 2);
        prop_assert_eq!(complaints.is_empty(), bad.trim_ascii().is_empty());
    }
}
