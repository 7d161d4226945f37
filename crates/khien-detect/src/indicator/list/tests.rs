use super::*;
use proptest::prelude::*;

/// The indicators and problems of a text, each as one string.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let advisory = parse_list(text, "feeds/evil.csv");
    let kinds = advisory.indicators.iter().map(|i| format!("{} {}", i.kind.word(), i.kind.value()));
    let problems = advisory.problems.iter().map(|p| format!("{}: {}", p.id, p.detail));
    (kinds.collect(), problems.collect())
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let (kinds, problems) = read(text);
    assert_eq!(
        (kinds.as_slice(), problems),
        (&expected.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>()[..], vec![]),
        "{text}"
    );
}

#[track_caller]
fn check_problem(text: &str, expected: &str) {
    let (kinds, problems) = read(text);
    assert_eq!((kinds, problems), (vec![], vec![format!("line 1: {expected}")]), "{text}");
}

#[test]
fn the_extensions_are_sorted() {
    assert!(FILE_EXTENSIONS.is_sorted());
}

#[test]
fn shapes_tell_kinds() {
    let md5 = "0123456789abcdef0123456789ABCDEF";
    check(md5, &[&format!("hash {}", md5.to_lowercase())]);
    check("192.0.2.1", &["ip 192.0.2.1"]);
    check("192.0.2.1:8080", &["ip 192.0.2.1"]);
    check("192.0.2.0/24", &["cidr 192.0.2.0/24"]);
    check("2001:db8::1", &["ip 2001:db8::1"]);
    check("[2001:db8::1]:443", &["ip 2001:db8::1"]);
    check("Evil.Example", &["domain evil.example"]);
    check("*.evil.example", &["domain evil.example"]);
    check("độc.example", &["domain độc.example"]);
    check("http://evil.example/a", &["url http://evil.example/a"]);
    check("http://evil.example/a*", &["url http://evil.example/a*"]);
    check("evil.example/a", &["url http://evil.example/a", "url https://evil.example/a"]);
    check(r"C:\Program Files\x.dll", &["path c:/program files/x.dll"]);
    check(r"%TEMP%\x.dll", &["path /x.dll"]);
    check("/tmp/x y", &["path /tmp/x y"]);
    check("evil.exe", &["path evil.exe"]);
    check("evil*.exe", &["path evil*.exe"]);
}

#[test]
fn defanged_values() {
    check("hxxps[:]//evil[.]example/a", &["url https://evil.example/a"]);
    check("hXXp://evil(.)example(dot)com", &["url http://evil.example.com"]);
    check("hxxp[://]192[.]0[.]2[.]1/x", &["url http://192.0.2.1/x"]);
    check("evil[DOT]example", &["domain evil.example"]);
    check("192{.}0.2[.]1", &["ip 192.0.2.1"]);
    check("evil[.]exe", &["path evil.exe"]);
    check_problem("bob[@]evil[.]example", NO_MAIL);
    check_problem("bob[at]evil.example", NO_MAIL);
}

#[test]
fn comments_and_blanks() {
    check("# a\n\n; b\n// c\nevil.example # d\r\n", &["domain evil.example"]);
    check("http://evil.example/a#b", &["url http://evil.example/a"]);
    check("\u{feff}evil.example", &["domain evil.example"]);
}

#[test]
fn columns() {
    check("domain,evil.example,C2", &["domain evil.example"]);
    check("evil.example,domain,C2", &["domain evil.example"]);
    check("value,type,description\nevil.example,hostname,x", &["domain evil.example"]);
    check(
        "indicator_type,data,note\nurl,evil.example/x,y",
        &["url http://evil.example/x", "url https://evil.example/x"],
    );
    check(
        "user-agent,Mozilla/5.0 (KHTML, like Gecko)",
        &["user_agent Mozilla/5.0 (KHTML, like Gecko)"],
    );
    check("signer,\"Trading Technologies, Inc\",x", &["signer trading technologies, inc"]);
    check("serial,00:85:38:A6", &["signer_serial 8538a6"]);
    check("mutex,AVMonitorRefreshEvent", &["mutex AVMonitorRefreshEvent"]);
    check(
        "file,evil.exe\nfile,0123456789abcdef0123456789abcdef",
        &["path evil.exe", "hash 0123456789abcdef0123456789abcdef"],
    );
}

#[test]
fn descriptions_are_kept() {
    let description = |text: &str| parse_list(text, "x").indicators[0].description.clone();
    assert_eq!(description("domain,evil.example,\"C2, says \"\"X\"\"\""), "C2, says \"X\"");
    assert_eq!(description("evil.example,C2"), "C2");
    assert_eq!(description("0123456789abcdef0123456789abcdef  setup.exe"), "setup.exe");
    assert_eq!(description("0123456789abcdef0123456789abcdef *setup.exe"), "setup.exe");
    assert_eq!(description("0.0.0.0 evil.example"), "");
    assert_eq!(description("192.0.2.1\tC2"), "C2");
}

#[test]
fn hosts_files() {
    check(
        "0.0.0.0 evil.example\n127.0.0.1 evil.test",
        &["domain evil.example", "domain evil.test"],
    );
}

#[test]
fn bad_lines_have_their_number_and_cost_no_other() {
    let (kinds, problems) =
        read("evil.example\nwhatever\nip,nonsense\nhash,12\nemail,a@b.example\nevil.test");
    assert_eq!(kinds, ["domain evil.example", "domain evil.test"]);
    assert_eq!(
        problems,
        [
            "line 2: cannot tell what kind of indicator “whatever” is",
            "line 3: “nonsense” is no address",
            "line 4: “12” has not the form of kind hash",
            "line 5: cannot be matched here: mail addresses",
        ]
    );
    check_problem(&"a".repeat(LINE_BYTES_MAX + 1), "a line of 8193 bytes");
    check_problem("\u{1b}[2J", "cannot tell what kind of indicator “\\x1b[2J” is");
}

#[test]
fn problems_are_bounded() {
    let advisory = parse_list(&"?\n".repeat(5000), "x");
    assert_eq!(advisory.problems.len(), 1001);
    assert_eq!(advisory.problems[1000].detail, "4000 more problems");
}

#[test]
fn names_come_from_the_origin() {
    let advisory = parse_list("evil.example", "feeds/evil.list.csv");
    assert_eq!((advisory.name.as_str(), advisory.title.as_str()), ("evil.list", "evil.list"));
    assert_eq!(advisory.indicators[0].sources, ["evil.list"]);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = parse_list(&text, &text);
    }

    #[test]
    fn any_pieces_are_survived(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "[", "]", ".", "(dot)", "hxxp", "://", ",", "\"", "#", " ", "\n", "a", "1", ":", "/",
                "\\", "@", "ip", "value", "type", ";", "\t", "*", "%", "é",
            ]),
            0..30,
        ),
    ) {
        let _ = parse_list(&pieces.concat(), "x");
    }
}
