use proptest::prelude::*;

use super::*;

const RULE: &str = r#"
rule greets : polite {
  meta:
    description = "says good day"
    weight = 3
    loud = false
  strings:
    $day = "good day" ascii wide nocase
    $name = "inert"
  condition: $day and $name
}"#;

fn rules(text: &str) -> Rules {
    Rules::compile(&[Source { name: "test", text }]).expect("compiles")
}

#[test]
fn a_match_says_where_and_why() {
    let scan = rules(RULE).scan(b"__Good Day, inert and inert", &ScanLimits::default());
    let [found] = scan.matches.as_slice() else { panic!("{scan:?}") };
    assert_eq!(found.rule, "greets");
    assert_eq!(found.tags, ["polite"]);
    let meta = [("description", "says good day"), ("weight", "3"), ("loud", "false")];
    let meta: Vec<_> = meta.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    assert_eq!(found.meta, meta);
    let at: Vec<_> = found.offsets.iter().map(|p| (p.offset, p.len, p.pattern.as_str())).collect();
    assert_eq!(at, [(2, 8, "day"), (12, 5, "name"), (22, 5, "name")]);
    assert_eq!(scan.incomplete, None);
    assert_eq!(rules(RULE).scan(b"good night, inert", &ScanLimits::default()), Scan::default());
}

#[test]
fn every_source_that_is_wrong_is_named() {
    let sources = [
        Source { name: "good", text: RULE },
        Source { name: "bad", text: "rule x { condition: $nowhere }" },
        Source { name: "worse", text: "include \"/etc/passwd\"" },
    ];
    let problems = Rules::compile(&sources).expect_err("two are wrong");
    let names: Vec<_> = problems.iter().map(|p| p.source_name.as_str()).collect();
    assert_eq!(names, ["bad", "worse"]);
}

#[test]
fn bounds_are_kept_and_told() {
    let many = b"good day inert ".repeat(500);
    let limits = ScanLimits { offsets_max: 3, ..ScanLimits::default() };
    let scan = rules(RULE).scan(&many, &limits);
    assert_eq!(scan.matches[0].offsets.len(), 3);
    let limits = ScanLimits { bytes_max: 10, ..limits };
    let scan = rules(RULE).scan(&many, &limits);
    assert_eq!((scan.matches.len(), scan.incomplete), (0, Some(Incomplete::TooLong)));
}

proptest! {
    #[test]
    fn any_bytes_are_scanned(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let scan = rules(RULE).scan(&bytes, &ScanLimits::default());
        prop_assert_eq!(scan.incomplete, None);
    }
}
