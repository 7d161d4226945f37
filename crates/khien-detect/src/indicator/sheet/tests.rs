use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Advisory {
    parse(text, "feed.csv").expect("columns")
}

#[track_caller]
fn check(text: &str, expected: &[&str]) -> Advisory {
    let advisory = read(text);
    let kinds: Vec<String> = advisory
        .indicators
        .iter()
        .map(|i| format!("{} {}", i.kind.word(), i.kind.value()))
        .collect();
    assert_eq!(kinds, expected, "{text}: {:?}", advisory.problems);
    advisory
}

const MD5: &str = "00112233445566778899aabbccddeeff";

#[test]
fn columns_in_any_order() {
    check("indicator,type\nevil.example,domain", &["domain evil.example"]);
    check("Type;Value\nIPv4;192.0.2.1", &["ip 192.0.2.1"]);
    check("ioc_value\tioc_type\nhxxp://evil[.]example/a\turl", &["url http://evil.example/a"]);
    check("Mô tả,Giá trị,Loại\nC2,evil.example,tên miền", &["domain evil.example"]);
    check(&format!("FileHash,notes\n{MD5},x"), &[&format!("hash {MD5}")]);
    check(&format!("md5_hash,sha256_hash,file_name\n{MD5},,a.exe"), &[&format!("hash {MD5}")]);
    check("file_name,notes\na.exe,x", &["path a.exe"]);
    check("ip,domain\n192.0.2.1,evil.example", &["ip 192.0.2.1", "domain evil.example"]);
    check(
        "uuid,event_id,category,type,value,comment,to_ids\n1,2,Network activity,ip-dst|port,192.0.2.1|80,c,1\n3,2,x,domain,honest.example,,0",
        &["ip 192.0.2.1"],
    );
    check(
        "# made today\n# \"first_seen_utc\",\"ioc_value\",\"ioc_type\"\n\"2025-01-01\", \"evil.example\", \"domain\"",
        &["domain evil.example"],
    );
    check("threat_type,value\nbotnet_cc,evil.example", &["domain evil.example"]);
}

#[test]
fn what_a_row_says_beside_its_value() {
    let advisory = check(
        "value,type,confidence,tlp,source,first_seen,valid_until,description,id\nevil.example,domain,high,TLP:RED,Team,2025-01-02,2026-01-02T00:00:00Z,\"C2, main\",7",
        &["domain evil.example"],
    );
    let indicator = &advisory.indicators[0];
    assert_eq!(indicator.confidence, Some(85));
    assert_eq!(indicator.tlp.as_deref(), Some("red"));
    assert_eq!(advisory.tlp.as_deref(), Some("red"));
    assert_eq!(indicator.sources, ["Team"]);
    assert_eq!(indicator.valid_from, Timestamp::parse("2025-01-02T00:00:00Z"));
    assert_eq!(indicator.valid_until, Timestamp::parse("2026-01-02T00:00:00Z"));
    assert_eq!(indicator.description, "C2, main");
    assert_eq!(indicator.id, "7");
}

#[test]
fn bad_rows_have_their_line_and_cost_no_other() {
    let advisory = check(
        "value,type,confidence\nevil.example,domain,200\nnowhere,ip,\n,domain,\n\"bad.example\",domain,0.8",
        &["domain evil.example", "domain bad.example"],
    );
    let problems: Vec<String> =
        advisory.problems.iter().map(|p| format!("{}: {}", p.id, p.detail)).collect();
    assert_eq!(
        problems,
        [
            "line 2: “200” is no confidence",
            "line 3: “nowhere” is no address",
            "line 4: a row without a value"
        ]
    );
    assert_eq!(advisory.indicators[1].confidence, Some(80));
}

#[test]
fn products() {
    let advisory =
        check("Product,Version,OS\n3CX Desktop App,\"18.12.407, 18.12.416\",Windows", &[]);
    let product = &advisory.affected[0];
    assert_eq!(
        (product.product.as_str(), product.platform.as_deref()),
        ("3CX Desktop App", Some("windows"))
    );
    assert_eq!(product.contains("18.12.416"), Some(true));
}

#[test]
fn what_is_no_header() {
    for text in [
        "evil.example,domain",
        "domain,evil.example,C2",
        "evil.example",
        "a,b\nc,d",
        "",
        "url,https://evil.example",
        "The type, and the value of it.",
        "# value\nevil.example",
        "domain,url",
    ] {
        let found = parse(text, "x").map(|advisory| advisory.indicators);
        assert!(found.is_none_or(|found| found.is_empty()), "{text}");
    }
}

#[test]
fn times_and_confidences() {
    let seconds = |text: &str| time(text).map(|time| time.as_nanos() / 1_000_000_000);
    assert_eq!(seconds("2025-01-02"), Some(1_735_776_000));
    for same in ["2025-01-02 00:00:00 UTC", "02/01/2025", "1735776000", "2025-01-02T00:00:00Z"] {
        assert_eq!(seconds(same), Some(1_735_776_000), "{same}");
    }
    assert_eq!(seconds("soon"), None);
    assert_eq!(["85", "85%", "0.85", "high", "cao"].map(confidence_of), [Some(85); 5]);
    assert_eq!(["", "101", "-1", "sure"].map(confidence_of), [None; 4]);
}

proptest! {
    #[test]
    fn any_rows_are_survived(rows in any::<String>()) {
        let _ = parse(&format!("value,type,confidence,first_seen,md5,product,version\n{rows}"), "x");
    }
}
