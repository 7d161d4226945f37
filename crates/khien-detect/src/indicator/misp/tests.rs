use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(attributes: Value) -> Advisory {
    of_value(&json!({"Event": {"info": "e", "Attribute": attributes}}), "x.json").expect("an event")
}

fn kinds(advisory: &Advisory) -> Vec<String> {
    advisory.indicators.iter().map(|i| format!("{} {}", i.kind.word(), i.kind.value())).collect()
}

#[track_caller]
fn check(kind: &str, value: &str, expected: &[&str]) {
    let advisory = read(json!([{"type": kind, "value": value}]));
    assert_eq!(kinds(&advisory), expected, "{kind}: {:?}", advisory.problems);
}

#[track_caller]
fn check_problem(kind: &str, value: &str, expected: &str) {
    let advisory = read(json!([{"type": kind, "value": value, "to_ids": true}]));
    assert_eq!(kinds(&advisory), Vec::<String>::new());
    let problems: Vec<String> =
        advisory.problems.iter().map(|p| format!("{}: {}", p.id, p.detail)).collect();
    assert_eq!(problems, [format!("$.Event.Attribute[0]: {expected}")]);
}

const MD5: &str = "00112233445566778899aabbccddeeff";

#[test]
fn types() {
    check("md5", MD5, &[&format!("hash {MD5}")]);
    check("filename|md5", &format!("a|b.exe|{MD5}"), &[&format!("hash {MD5}")]);
    check("malware-sample", &format!("a.exe|{MD5}"), &[&format!("hash {MD5}")]);
    check("filename", "a.exe", &["path a.exe"]);
    check("domain", "evil[.]example", &["domain evil.example"]);
    check("domain|ip", "evil.example|192.0.2.1", &["domain evil.example", "ip 192.0.2.1"]);
    check("ip-dst", "192.0.2.0/24", &["cidr 192.0.2.0/24"]);
    check("ip-src|port", "192.0.2.1|80", &["ip 192.0.2.1"]);
    check("hostname|port", "evil.example|80", &["domain evil.example"]);
    check("url", "hxxp://evil.example/a", &["url http://evil.example/a"]);
    check("uri", "evil.example/a", &["url http://evil.example/a", "url https://evil.example/a"]);
    check("regkey", r"HKCU\Software\Evil", &["path /software/evil/*", "path /software/evil"]);
    check("x509-fingerprint-md5", MD5, &[&format!("hash {MD5}")]);
    check("comment", "text", &[]);
}

#[test]
fn what_cannot_be_matched_is_told() {
    check_problem("md5", "12", "“12” has not the form of kind hash");
    check_problem(
        "filename|ssdeep",
        "a|3:b",
        "cannot be matched here: a file's name with its ssdeep",
    );
    check_problem("filename|md5", "a", "“a” is not two values");
    check_problem("sigma", "title: x", "a rule (sigma): load it as a rule");
    check_problem("uri", "/a.php", "cannot be matched here: a URL's path without a host");
    check_problem("email-src", "a@b.example", "cannot be matched here: mail addresses");
    check_problem(
        "regkey|value",
        r"HKCU\Run\a|b",
        "cannot be matched here: a registry key together with its data",
    );
    check_problem("btc", "1a", "cannot be matched here: btc");
    check_problem("ip-dst", "nowhere", "“nowhere” is no address");
}

#[test]
fn the_flag_decides_only_where_some_have_it() {
    let mixed = read(json!([
        {"type": "domain", "value": "evil.example", "to_ids": true},
        {"type": "domain", "value": "honest.example", "to_ids": false},
    ]));
    assert_eq!(kinds(&mixed), ["domain evil.example"]);
    assert_eq!(mixed.omitted[0].reason, OmittedReason::NotForDetection);
    let unmarked = read(json!([
        {"type": "domain", "value": "evil.example", "to_ids": false},
        {"type": "domain", "value": "other.example", "to_ids": "0"},
    ]));
    assert_eq!(kinds(&unmarked), ["domain evil.example", "domain other.example"]);
    assert!(unmarked.indicators.iter().all(|i| i.confidence == Some(UNMARKED_CONFIDENCE)));
    assert!(unmarked.omitted.is_empty());
}

#[test]
fn a_bad_part_costs_no_other() {
    let advisory = read(json!([
        7, {"type": "md5"}, {"type": "md5", "value": MD5, "first_seen": "soon"},
    ]));
    assert_eq!(advisory.indicators.len(), 1);
    let places: Vec<&str> = advisory.problems.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(
        places,
        ["$.Event.Attribute[0]", "$.Event.Attribute[1]", "$.Event.Attribute[2].first_seen"]
    );
    let advisory =
        of_value(&json!({"Event": {"info": "e", "Attribute": {}}}), "x").expect("an event");
    assert_eq!(advisory.problems[0].id, "$.Event.Attribute");
}

#[test]
fn several_events_have_one_title() {
    let advisory =
        of_value(&json!({"response": [{"Event": {"info": "a"}}, {"Event": {"info": "b"}}]}), "x");
    assert_eq!(advisory.expect("events").title, "a (+1)");
}

#[test]
fn other_json_is_not_misp() {
    for value in [
        json!({}),
        json!([]),
        json!([1]),
        json!("x"),
        json!({"type": "bundle"}),
        json!({"response": 1}),
    ] {
        assert!(of_value(&value, "x").is_none(), "{value}");
    }
}

proptest! {
    #[test]
    fn any_values_are_survived(
        kind in "(md5|filename\\|md5|domain\\|ip|ip-dst\\|port|url|uri|regkey|cpe|link|x509-serial|text|.{0,9})",
        value in any::<String>(),
        flag in any::<Option<bool>>(),
    ) {
        let _ = read(json!([{"type": kind, "value": value, "to_ids": flag}]));
    }
}
