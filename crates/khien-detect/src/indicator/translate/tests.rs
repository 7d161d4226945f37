use super::*;
use crate::indicator::pattern::parse;

/// The indicators of a pattern, each as `kind value`.
fn kinds(pattern: &str) -> Vec<String> {
    let translation = Translation::of(&parse(pattern).expect(pattern));
    assert_eq!(translation.unmatched, Vec::<String>::new(), "{pattern}");
    translation.kinds.iter().map(|kind| format!("{} {}", kind.word(), kind.value())).collect()
}

#[track_caller]
fn check(pattern: &str, expected: &[&str]) {
    assert_eq!(kinds(pattern), expected, "{pattern}");
}

#[track_caller]
fn check_lost(pattern: &str, expected: &str) {
    let translation = Translation::of(&parse(pattern).expect(pattern));
    assert_eq!(translation.unmatched, [expected], "{pattern}");
    assert!(translation.kinds.is_empty(), "{pattern}");
}

#[test]
fn single_values() {
    let md5 = "0123456789abcdef0123456789ABCDEF";
    check(&format!("[file:hashes.MD5 = '{md5}']"), &[&format!("hash {}", md5.to_lowercase())]);
    check(
        &format!("[process:image_ref.hashes.MD5 = '{md5}']"),
        &[&format!("hash {}", md5.to_lowercase())],
    );
    check("[domain-name:value = 'Evil.Example']", &["domain evil.example"]);
    check("[ipv4-addr:value = '192.0.2.1']", &["ip 192.0.2.1"]);
    check("[ipv4-addr:value = '192.0.2.1/24']", &["cidr 192.0.2.0/24"]);
    check("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", &["cidr 192.0.2.0/24"]);
    check("[ipv6-addr:value = '2001:db8::/32']", &["cidr 2001:db8::/32"]);
    check("[network-traffic:dst_ref.value = '192.0.2.1']", &["ip 192.0.2.1"]);
    check("[network-traffic:dst_ref.value = 'evil.example']", &["domain evil.example"]);
    check("[url:value = 'http://evil.example/A']", &["url http://evil.example/A"]);
    check("[mutex:name = 'X']", &["mutex X"]);
    check("[x509-certificate:serial_number = '00:AB:12']", &["signer_serial ab12"]);
    check("[x509-certificate:subject = 'CN=3CX Ltd, O=3CX']", &["signer 3cx ltd"]);
    check(
        "[x509-certificate:subject LIKE '%Vanguard Tech Limited%']",
        &["signer vanguard tech limited"],
    );
    check(
        "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Evil/1']",
        &["user_agent Evil/1"],
    );
    check("[file:name = 'x.dll']", &["path x.dll"]);
    check("[process:name = 'x.exe']", &["path x.exe"]);
}

#[test]
fn alternatives_become_several() {
    check("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", &["ip 192.0.2.1", "ip 192.0.2.2"]);
    check(
        "[domain-name:value = 'a.example' OR (url:value = 'http://b.example/x')] OR [mutex:name = 'M']",
        &["domain a.example", "url http://b.example/x", "mutex M"],
    );
    check("[mutex:name = 'M'] WITHIN 5 SECONDS REPEATS 1 TIMES", &["mutex M"]);
}

#[test]
fn names_and_directories() {
    check(
        r"[file:parent_directory_ref.path LIKE '%\\3CXDesktopApp\\app' AND file:name = 'manifest']",
        &["path /3cxdesktopapp/app/manifest"],
    );
    check(
        r"[file:name = 'a.dll' AND file:parent_directory_ref.path = 'C:\\Temp\\']",
        &["path c:/temp/a.dll"],
    );
    check(
        "[file:parent_directory_ref.path LIKE '/etc' AND file:name LIKE '%.cf']",
        &["path /etc/*.cf"],
    );
    check("[file:parent_directory_ref.path = '/opt/evil']", &["path /opt/evil/*"]);
    check("[directory:path = '/opt/evil']", &["path /opt/evil", "path /opt/evil/*"]);
    check("[file:name LIKE 'evil_tool%']", &["path evil?tool*"]);
    check(
        r"[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Evil']",
        &["path /software/evil", "path /software/evil/*"],
    );
}

#[test]
fn wildcards_where_they_fit() {
    check("[domain-name:value LIKE '%.evil.example']", &["domain evil.example"]);
    check("[domain-name:value LIKE 'a_b.example']", &["domain a_b.example"]);
    check("[url:value LIKE 'https://e.example/_a%']", &["url https://e.example/_a*"]);
    check_lost(
        "[domain-name:value LIKE '%evil.example']",
        "domain-name:value LIKE “%evil.example”",
    );
    check_lost("[url:value LIKE '%/evil']", "url:value LIKE “%/evil”");
    check_lost("[url:value = 'http://a/*']", "url:value with the value “http://a/*”");
    check_lost("[file:name = 'a*b']", "a name with a wildcard character");
}

#[test]
fn a_hash_decides_about_its_file() {
    let md5 = "0123456789abcdef0123456789abcdef";
    check(
        &format!("[file:hashes.MD5 = '{md5}' AND file:name = 'x' AND file:size = 5]"),
        &[&format!("hash {md5}")],
    );
    check_lost(
        &format!("[file:hashes.MD5 = '{md5}' AND domain-name:value = 'a.example']"),
        "unlike things joined by AND",
    );
}

#[test]
fn a_type_only_repeats_the_value() {
    check(
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']",
        &["ip 192.0.2.1"],
    );
}

#[test]
fn what_is_more_than_a_value_is_lost() {
    check_lost("[mutex:name = 'a'] AND [mutex:name = 'b']", "several observations joined by AND");
    check_lost(
        "[mutex:name = 'a'] FOLLOWEDBY [mutex:name = 'b']",
        "observations in an order (FOLLOWEDBY)",
    );
    check_lost("[mutex:name = 'a'] REPEATS 5 TIMES", "a number of repetitions (REPEATS)");
    check_lost(
        "[mutex:name = 'a'] START t'2023-01-01T00:00:00Z' STOP t'2024-01-01T00:00:00Z'",
        "a window of time (START STOP)",
    );
    check_lost("[mutex:name NOT = 'a']", "a NOT (mutex:name)");
    check_lost("[mutex:name != 'a']", "mutex:name by such an operator");
    check_lost("[mutex:name MATCHES '^a$']", "mutex:name by such an operator");
    check_lost("[file:size = 5]", "file:size is not compared with events");
    check_lost("[mutex:name = 5]", "mutex:name is not compared with such a value");
    check_lost("[EXISTS mutex:name]", "the existence of mutex:name");
    check_lost(
        "[email-addr:value = 'a@b.example']",
        "email-addr:value is not compared with events",
    );
    check_lost("[file:hashes.ssdeep = '3:a:b']", "file:hashes.ssdeep with the value “3:a:b”");
    check_lost("[ipv4-addr:value = 'x']", "ipv4-addr:value with the value “x”");
    check_lost("[domain-name:value = 'x y']", "domain-name:value: “x y” has not the form of one");
    check_lost(
        "[domain-name:resolves_to_refs[*].value = '192.0.2.1']",
        "domain-name:resolves_to_refs.[*].value is not compared with events",
    );
}

#[test]
fn a_part_may_be_lost_alone() {
    let translation = Translation::of(&parse("[mutex:name = 'a' OR file:size = 5]").unwrap());
    assert_eq!((translation.kinds.len(), translation.unmatched.len()), (1, 1));
}
