use super::*;

fn read_text(text: &str) -> Advisory {
    read(&lines_of(text), Form::Prose, "mail.txt")
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let advisory = read_text(text);
    let kinds: Vec<String> = advisory
        .indicators
        .iter()
        .map(|i| format!("{} {}", i.kind.word(), i.kind.value()))
        .collect();
    assert_eq!(kinds, expected, "{text}\n{:?}\n{:?}", advisory.omitted, advisory.problems);
}

#[track_caller]
fn check_omitted(text: &str, expected: &[(&str, OmittedReason)]) {
    let advisory = read_text(text);
    let found: Vec<(&str, OmittedReason)> =
        advisory.omitted.iter().map(|omitted| (omitted.text.as_str(), omitted.reason)).collect();
    assert_eq!(found, expected, "{text}: {:?}", advisory.indicators);
}

const MD5: &str = "00112233445566778899aabbccddeeff";

#[test]
fn what_is_defanged_is_meant() {
    check(
        "It talks to evil[.]example and hxxp://192.0.2.1/a.",
        &["domain evil.example", "url http://192.0.2.1/a"],
    );
    check(
        "Connects to 192[.]0[.]2[.]1:8080, 198.51.100[.]0/24.",
        &["ip 192.0.2.1", "cidr 198.51.100.0/24"],
    );
    check(
        "see (evil[.]example), \"bad[.]example\"; worse[.]example!",
        &["domain evil.example", "domain bad.example", "domain worse.example"],
    );
    check(
        "hxxp://a[.]example/x,hxxp://b[.]example/y",
        &["url http://a.example/x", "url http://b.example/y"],
    );
    check("The C2 is 2001[:]db8[::]7 today", &["ip 2001:db8::7"]);
    check(
        "visit evil[.]example/login now",
        &["url http://evil.example/login", "url https://evil.example/login"],
    );
    check("hxxps://evil[.]example/a(b)/c?d=[e]).", &["url https://evil.example/a(b)/c?d=[e]"]);
}

#[test]
fn in_a_text_that_defangs_the_rest_is_reference() {
    let text = "C2 is evil[.]example.\nMore at https://vendor.example.org/post and www.vendor.example.net.";
    check(text, &["domain evil.example"]);
    check_omitted(
        text,
        &[
            ("https://vendor.example.org/post", OmittedReason::Reference),
            ("www.vendor.example.net", OmittedReason::Reference),
        ],
    );
    // One that the author missed, in the list.
    check(
        "IOCs:\nevil[.]example\nmissed.example",
        &["domain evil.example", "domain missed.example"],
    );
}

#[test]
fn in_a_text_that_does_not_something_must_say_so() {
    check("The implant connects to evil.example now.", &["domain evil.example"]);
    check_omitted(
        "We thank example.com for help with this report.",
        &[("example.com", OmittedReason::RunningText)],
    );
    check("Indicators of compromise\n\nhttp://evil.example/a\n", &["url http://evil.example/a"]);
    check("Domain: evil.example", &["domain evil.example"]);
    let text = "IOCs\nevil.example\n\nReferences\nhttps://vendor.example.org/a\nvendor.example.net";
    check(text, &["domain evil.example"]);
}

#[test]
fn hashes_need_no_mark() {
    check(&format!("The sample ({MD5}) was seen."), &[&format!("hash {MD5}")]);
    check(&format!("SHA256:{}", "ab12".repeat(16)), &[&format!("hash {}", "ab12".repeat(16))]);
    check(&format!("setup.exe\t{MD5}"), &[&format!("hash {MD5}")]);
    check_omitted(&format!("setup.exe  {MD5}"), &[("setup.exe", OmittedReason::BesideHash)]);
    check_omitted(
        &format!("Fixed in commit {}", "ab12".repeat(10)),
        &[(&"ab12".repeat(10), OmittedReason::NotOfFile)],
    );
    check(
        "An id of 00112233-4455-6677-8899-aabbccddeeff and 12345678901234567890123456789012",
        &[],
    );
    check(&format!("https://scan.example.org/file/{MD5} has more"), &[]);
}

#[test]
fn broken_hashes_are_joined_where_only_one_reading_is() {
    let hash = "ab12".repeat(16);
    check(&format!("SHA256\n{}\n{}", &hash[..50], &hash[50..]), &[&format!("hash {hash}")]);
    check(&format!("SHA256: {}\n{}", &hash[..32], &hash[32..]), &[&format!("hash {hash}")]);
    check(&format!("SHA-256:\n- {}\n{}", &hash[..40], &hash[40..]), &[&format!("hash {hash}")]);
    let (a, b) = ("ab12".repeat(8), "cd34".repeat(8));
    check(&format!("Two files:\n{a}\n{b}"), &[&format!("hash {a}"), &format!("hash {b}")]);
    check(&format!("x {}\n{}", &hash[..50], &hash[..10]), &[]);
}

#[test]
fn versions_are_no_addresses_and_files_no_domains() {
    check_omitted("Update to version 10.2.3.4 now", &[("10.2.3.4", OmittedReason::Version)]);
    check_omitted(
        "các phiên bản 10.2.3.4 và 10.2.3.5",
        &[("10.2.3.4", OmittedReason::Version), ("10.2.3.5", OmittedReason::Version)],
    );
    check_omitted("Indicators\nsee README.md", &[("README.md", OmittedReason::FileName)]);
    check("It uses Node.js, ASP.NET, e.g. i.e. System.Net.Http, obj.field and 3.5GB.End", &[]);
    check("It connects to the C2 with obj.method at 12:30:45, foo::bar::baz.", &[]);
    check_omitted(
        "Write to cert@vendor.example",
        &[("cert@vendor.example", OmittedReason::Contact)],
    );
}

#[test]
fn paths_and_names() {
    check(
        r"It drops C:\ProgramData\Evil Corp\evil.dll, then runs %TEMP%\x.ps1 (loader.exe).",
        &["path c:/programdata/evil corp/evil.dll", "path /x.ps1", "path loader.exe"],
    );
    let advisory = read_text("It drops evil.dll on the disk.");
    assert_eq!(advisory.indicators[0].confidence, Some(NAME_CONFIDENCE));
    let advisory = read_text("IOCs:\n- evil.dll");
    assert_eq!(advisory.indicators[0].confidence, None);
    check(
        "The malware sets HKLM\\Software\\Evil to 1",
        &["path /software/evil/*", "path /software/evil"],
    );
    check_omitted(
        "Antivirus removed App.exe on many hosts.",
        &[("App.exe", OmittedReason::RunningText)],
    );
}

#[test]
fn tables_with_a_header() {
    check(
        "STT\tLoại\tGiá trị\tGhi chú\n1\tURL\thttp://192.0.2.9:8080/a.php\t\n2\tFile\tevil-1.0.msi\t",
        &["url http://192.0.2.9:8080/a.php", "path evil-1.0.msi"],
    );
    check(
        "| IOC | Type |\n|---|---|\n| `evil.example` | domain |\n\n| a | b |",
        &["domain evil.example"],
    );
    let advisory = read_text(
        "| Package | Affected versions | Patched |\n|---|---|---|\n| quietlib (npm) | = 1.14.1, < 0.3 | 2.0.0 |",
    );
    let product = &advisory.affected[0];
    assert_eq!((product.product.as_str(), product.platform.as_deref()), ("quietlib", Some("npm")));
    assert_eq!((product.contains("0.2.9"), product.contains("2.0.0")), (Some(true), Some(false)));
}

#[test]
fn labels() {
    check("Mutex: Global\\Evil", &["mutex Global\\Evil"]);
    check("User-Agent: Evil/1.0 (x; y)", &["user_agent Evil/1.0 (x; y)"]);
    check("Serial number: 0A:BC:12", &["signer_serial abc12"]);
    check("Tên miền: evil.example", &["domain evil.example"]);
    check("| Type | Value |\n|---|---|\n| Domain | evil.example |", &["domain evil.example"]);
    check("- IP: 192.0.2.7 - first server", &["ip 192.0.2.7"]);
    check("evil dot example\n", &["domain evil.example"]);
    check("Tên miền: evil chấm example", &["domain evil.example"]);
}

#[test]
fn the_surer_mention_counts() {
    let advisory = read_text("It drops evil.dll.\n\nIOCs:\n- evil.dll");
    assert_eq!(advisory.indicators.len(), 1);
    assert_eq!(advisory.indicators[0].confidence, None);
}

#[test]
fn titles_and_dates() {
    let head = |text: &str| {
        let advisory = read_text(text);
        (advisory.title, advisory.published.map(|time| time.to_jiff().to_string()[..10].to_owned()))
    };
    assert_eq!(
        head("A title\n\nPublished: 2025-03-04"),
        ("A title".into(), Some("2025-03-04".into()))
    );
    assert_eq!(head("T\nMarch 4th, 2025").1.as_deref(), Some("2025-03-04"));
    assert_eq!(head("T\nNgày 4 tháng 3 năm 2025").1.as_deref(), Some("2025-03-04"));
    assert_eq!(head("T\nNgày phát hành: 04/03/2025").1.as_deref(), Some("2025-03-04"));
    assert_eq!(
        head("T\nUsers of the last eight years and 12 months, 30 days or 2025 minutes").1,
        None
    );
}
