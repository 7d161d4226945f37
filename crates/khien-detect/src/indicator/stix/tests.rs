use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(objects: Value) -> Advisory {
    let bundle = json!({"type": "bundle", "id": "bundle--1", "objects": objects});
    parse_bundle(&bundle.to_string(), "intel/test.json").expect("a bundle")
}

fn kinds(advisory: &Advisory) -> Vec<String> {
    let kinds = advisory.indicators.iter().map(|i| format!("{} {}", i.kind.word(), i.kind.value()));
    kinds.collect()
}

fn problems(advisory: &Advisory) -> Vec<String> {
    advisory.problems.iter().map(|p| format!("{}: {}", p.id, p.detail)).collect()
}

fn indicator(number: u8, pattern: &str) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1", "id": format!("indicator--{number}"),
        "pattern": pattern, "pattern_type": "stix", "valid_from": "2023-01-01T00:00:00Z",
    })
}

#[test]
fn an_indicator_with_everything() {
    let advisory = read(json!([
        {"type": "identity", "id": "identity--1", "name": "Someone"},
        {
            "type": "indicator", "id": "indicator--1", "created_by_ref": "identity--1",
            "name": "N", "description": "D", "pattern": "[mutex:name = 'M']", "pattern_type": "stix",
            "valid_from": "2023-01-01T00:00:00Z", "valid_until": "2024-01-01T00:00:00Z",
            "confidence": 85,
            "external_references": [
                {"source_name": "Vendor"}, {"source_name": "mitre-attack", "external_id": "T1"},
                {"source_name": "Vendor"},
            ],
        },
        {"type": "indicator", "id": "indicator--2", "created_by_ref": "identity--1",
         "pattern": "[mutex:name = 'M2']"},
        {"type": "indicator", "id": "indicator--3", "pattern": "[mutex:name = 'M3']"},
    ]));
    assert_eq!(problems(&advisory), Vec::<String>::new());
    assert_eq!(
        advisory.indicators[0],
        Indicator {
            kind: IndicatorKind::Mutex("M".into()),
            id: "indicator--1".into(),
            name: "N".into(),
            description: "D".into(),
            sources: vec!["Vendor".into()],
            confidence: Some(85),
            valid_from: Timestamp::parse("2023-01-01T00:00:00Z"),
            valid_until: Timestamp::parse("2024-01-01T00:00:00Z"),
            tlp: None,
        }
    );
    assert_eq!(advisory.indicators[1].sources, ["Someone"]);
    assert_eq!(advisory.indicators[2].sources, ["test"]);
}

#[test]
fn a_report_names_the_advisory() {
    let advisory = read(json!([
        {"type": "report", "id": "report--1", "name": "T", "description": "D",
         "published": "2023-03-29T00:00:00Z", "object_refs": []},
    ]));
    assert_eq!((advisory.name.as_str(), advisory.title.as_str()), ("test", "T"));
    assert_eq!(advisory.description, "D");
    assert_eq!(advisory.published, Timestamp::parse("2023-03-29T00:00:00Z"));
    assert_eq!(read(json!([])).title, "test");
}

#[test]
fn a_bad_object_costs_no_other() {
    let advisory = read(json!([
        7,
        {"id": "x--1"},
        {"type": "indicator", "id": "indicator--1"},
        indicator(2, "[mutex:name = "),
        {"type": "indicator", "id": "indicator--3", "pattern_type": "yara", "pattern": "rule x {}"},
        indicator(4, "[file:size = 5]"),
        {"type": "indicator", "id": "indicator--5", "pattern": "[mutex:name = 'M5']",
         "confidence": 101, "valid_from": "soon"},
        {"type": "software", "id": "software--1"},
        {"type": "invented", "id": "invented--1"},
        indicator(6, "[mutex:name = 'M6']"),
    ]));
    assert_eq!(kinds(&advisory), ["mutex M5", "mutex M6"]);
    assert_eq!(
        problems(&advisory),
        [
            "objects[0]: not a STIX object",
            "objects[1]: not a STIX object",
            "indicator--1: an indicator without a pattern",
            "indicator--2: a malformed pattern: at byte 14: expected a value, found the end",
            "indicator--3: cannot be matched here: yara pattern",
            "indicator--4: cannot be matched here: file:size is not compared with events",
            "indicator--5: valid_from “soon” is no time",
            "indicator--5: a confidence that is not between 0 and 100",
            "software--1: software without a name",
        ]
    );
}

#[test]
fn the_newest_version_counts_and_a_revoked_one_does_not() {
    let version = |modified: &str, name: &str, revoked: bool| {
        json!({"type": "indicator", "id": "indicator--1", "modified": modified, "revoked": revoked,
               "pattern": format!("[mutex:name = '{name}']")})
    };
    let (old, new) = ("2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z");
    assert_eq!(
        kinds(&read(json!([version(old, "a", false), version(new, "b", false)]))),
        ["mutex b"]
    );
    assert_eq!(
        kinds(&read(json!([version(new, "b", false), version(old, "a", false)]))),
        ["mutex b"]
    );
    assert!(kinds(&read(json!([version(old, "a", false), version(new, "b", true)]))).is_empty());
}

#[test]
fn affected_software() {
    let advisory = read(json!([
        {"type": "software", "id": "software--1", "name": "App", "vendor": "V", "version": "1.2",
         "extensions": {"extension-definition--1": {
            "x_khien_platform": "windows", "x_khien_affected_range": "1.0..1.2",
            "x_khien_purl": "pkg:npm/app@1.2"}}},
        {"type": "software", "id": "software--2", "name": "Bare"},
    ]));
    let bare = AffectedProduct { product: "Bare".into(), ..AffectedProduct::default() };
    let full = AffectedProduct {
        product: "App".into(),
        vendor: "V".into(),
        platform: Some("windows".into()),
        purl: Some("pkg:npm/app@1.2".into()),
        versions: vec![affected::between("1.0", "1.2")],
    };
    assert_eq!(advisory.affected, [full, bare]);
}

#[test]
fn observables_of_a_report_count_little() {
    let md5 = "0123456789abcdef0123456789abcdef";
    let advisory = read(json!([
        {"type": "report", "id": "report--1", "name": "T", "published": "2023-03-29T00:00:00Z",
         "object_refs": ["file--1", "file--2", "ipv4-addr--1", "domain-name--1", "observed-data--1",
            "observed-data--2", "url--2", "nothing--1"]},
        {"type": "file", "id": "file--1", "name": "ignored", "hashes": {"MD5": md5, "SSDEEP": "3:a"}},
        {"type": "file", "id": "file--2", "name": "evil.dll", "parent_directory_ref": "directory--1"},
        {"type": "directory", "id": "directory--1", "path": "C:\\Temp\\"},
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "192.0.2.0/24"},
        {"type": "domain-name", "id": "domain-name--1", "value": "evil.example"},
        {"type": "domain-name", "id": "domain-name--2", "value": "unmentioned.example"},
        {"type": "url", "id": "url--1", "value": "http://evil.example/x"},
        {"type": "url", "id": "url--2", "value": "nonsense"},
        {"type": "observed-data", "id": "observed-data--1", "object_refs": ["url--1"]},
        {"type": "observed-data", "id": "observed-data--2", "objects": {
            "0": {"type": "file", "name": "x.exe", "parent_directory_ref": "1"},
            "1": {"type": "directory", "path": "/opt"}}},
        indicator(1, "[domain-name:value = 'evil.example']"),
    ]));
    assert_eq!(
        kinds(&advisory),
        [
            "domain evil.example",
            &format!("hash {md5}"),
            "path c:/temp/evil.dll",
            "cidr 192.0.2.0/24",
            "url http://evil.example/x",
            "path /opt/x.exe",
        ]
    );
    assert_eq!(advisory.indicators[0].confidence, None);
    let second = &advisory.indicators[1];
    assert_eq!((second.confidence, second.id.as_str()), (Some(OBSERVABLE_CONFIDENCE), "file--1"));
    assert_eq!(second.valid_from, advisory.published);
    assert_eq!(problems(&advisory), ["url--2: an observable that has not the form of its type"]);
}

#[test]
fn labels_of_sharing() {
    let tlp = |objects: Value| read(objects).tlp;
    let definition = |id: &str, label: &str| {
        json!({"type": "marking-definition", "id": format!("marking-definition--{id}"),
               "definition_type": "tlp", "definition": {"tlp": label}})
    };
    assert_eq!(tlp(json!([definition("1", "white")])).as_deref(), Some("clear"));
    assert_eq!(
        tlp(json!([definition("1", "green"), definition("2", "red")])).as_deref(),
        Some("red")
    );
    // What objects carry outweighs what is merely defined.
    let carrier = json!({"type": "report", "id": "report--1", "object_marking_refs": ["marking-definition--1"]});
    assert_eq!(
        tlp(json!([definition("1", "amber"), definition("2", "red"), carrier])).as_deref(),
        Some("amber")
    );
    let known = json!({"type": "report", "id": "report--1", "object_marking_refs":
        ["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"]});
    assert_eq!(tlp(json!([known])).as_deref(), Some("amber+strict"));
    let extended =
        json!({"type": "marking-definition", "id": "marking-definition--1", "name": "TLP:CLEAR"});
    assert_eq!(tlp(json!([extended])).as_deref(), Some("clear"));
    assert_eq!(tlp(json!([])), None);
}

#[test]
fn what_is_no_bundle_is_refused() {
    let refused = |text: &str| parse_bundle(text, "x").map_err(|error| error.to_string());
    assert!(refused("{").is_err_and(|e| e.starts_with("not JSON: ")));
    for text in ["1", "{}", "{\"a\": 1}", "[{\"a\": 1}]", "[1]"] {
        assert_eq!(refused(text), Err("JSON without STIX objects".into()), "{text}");
    }
    assert!(refused(&"[".repeat(100_000)).is_err());
    // A bare list and a bare object will do.
    let one = indicator(1, "[mutex:name = 'M']");
    assert_eq!(kinds(&parse_bundle(&format!("[{one}]"), "x").unwrap()), ["mutex M"]);
    assert_eq!(kinds(&parse_bundle(&one.to_string(), "x").unwrap()), ["mutex M"]);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = parse_bundle(&text, &text);
    }

    #[test]
    fn any_values_are_survived(
        keys in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "type", "id", "pattern", "pattern_type", "name", "object_refs", "valid_from",
                    "confidence", "hashes", "objects", "extensions", "external_references",
                ]),
                prop::sample::select(vec![
                    json!(null), json!(1), json!("x"), json!("indicator"), json!("report"),
                    json!("file"), json!(["x"]), json!({"x": "y"}), json!([{}]), json!("observed-data"),
                ]),
            ),
            0..12,
        ),
    ) {
        let object: Map<String, Value> =
            keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let _ = parse_bundle(&json!({"objects": [object]}).to_string(), "x");
    }
}

/// A set without members is grammatical, and nothing is in it: that is said, and nothing is lost beside it.
#[test]
fn a_pattern_that_nothing_can_match_is_said() {
    let one = |pattern: &str| read(json!([indicator(1, pattern)]));
    for pattern in ["[domain-name:value IN ()]", "[a:b IN () AND domain-name:value IN ()]"] {
        let advisory = one(pattern);
        assert!(advisory.indicators.is_empty(), "{pattern}");
        assert!(!advisory.problems.is_empty(), "{pattern}");
    }
    assert_eq!(
        problems(&one("[domain-name:value IN ()]")),
        ["indicator--1: a pattern that nothing can match"]
    );
    let advisory = one("[domain-name:value IN () OR domain-name:value IN ('a.example')]");
    assert_eq!(kinds(&advisory), ["domain a.example"]);
    assert_eq!(problems(&advisory), Vec::<String>::new());
}
