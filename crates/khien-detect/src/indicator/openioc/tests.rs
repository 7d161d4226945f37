use proptest::prelude::*;

use super::*;

fn read(conditions: &str) -> Advisory {
    parse(&format!("<ioc><definition>{conditions}</definition></ioc>"), "x.ioc")
        .expect("a document")
}

fn item(search: &str, condition: &str, content: &str) -> String {
    format!(
        "<IndicatorItem condition=\"{condition}\"><Context search=\"{search}\"/><Content>{content}</Content></IndicatorItem>"
    )
}

fn joined(operator: &str, items: &[String]) -> String {
    format!("<Indicator operator=\"{operator}\">{}</Indicator>", items.concat())
}

#[track_caller]
fn check(conditions: &str, expected: &[&str]) {
    let advisory = read(conditions);
    let kinds: Vec<String> = advisory
        .indicators
        .iter()
        .map(|i| format!("{} {}", i.kind.word(), i.kind.value()))
        .collect();
    assert_eq!(kinds, expected, "{:?}", advisory.problems);
    assert_eq!(
        advisory.problems.len(),
        usize::from(expected.is_empty()),
        "{:?}",
        advisory.problems
    );
}

const MD5: &str = "00112233445566778899aabbccddeeff";

#[test]
fn single_conditions() {
    check(&item("FileItem/Md5sum", "is", MD5), &[&format!("hash {MD5}")]);
    check(&item("FileItem/FileName", "is", "a.exe"), &["path a.exe"]);
    check(&item("FileItem/FullPath", "contains", r"\Evil\a.exe"), &["path /evil/a.exe*"]);
    check(&item("FileItem/FileName", "ends-with", "evil.exe"), &["path *evil.exe"]);
    check(&item("Network/DNS", "contains", ".evil.example"), &["domain evil.example"]);
    check(&item("Network/URI", "is", "http://evil.example/a"), &["url http://evil.example/a"]);
    check(&item("Network/URI", "contains", "evil.example"), &["domain evil.example"]);
    check(&item("PortItem/remoteIP", "is", "192.0.2.1"), &["ip 192.0.2.1"]);
    check(&item("DnsEntryItem/Host", "is", "evil.example"), &["domain evil.example"]);
}

#[test]
fn conditions_that_say_too_little() {
    check(&item("Network/URI", "contains", "/a.php"), &[]);
    check(&item("FileItem/FileName", "matches", "a.*"), &[]);
    check(&item("FileItem/SizeInBytes", "is", "5"), &[]);
    check(&item("FileItem/FilePath", "is", r"C:\Evil"), &[]);
    check(&item("FileItem/Md5sum", "isnot", MD5), &[]);
    check(&item("Network/DNS", "contains", "evil"), &[]);
    check(&item("Email/From", "is", "a@b.example"), &[]);
    check(&item("FileItem/Md5sum", "is", ""), &[]);
}

#[test]
fn conjunctions() {
    let hash = item("FileItem/Md5sum", "is", MD5);
    let name = item("FileItem/FileName", "is", "a.exe");
    let size = item("FileItem/SizeInBytes", "is", "5");
    let folder = item("FileItem/FilePath", "is", r"C:\Evil\");
    let dns = item("Network/DNS", "is", "evil.example");
    let address = item("PortItem/remoteIP", "is", "192.0.2.1");
    let port = item("PortItem/remotePort", "is", "80");
    let not = item("FileItem/FileName", "isnot", "b.exe");
    let both = |parts: &[&String]| {
        joined("AND", &parts.iter().map(|part| (*part).clone()).collect::<Vec<_>>())
    };
    check(&both(&[&hash, &name, &size]), &[&format!("hash {MD5}")]);
    check(&both(&[&name, &folder]), &["path c:/evil/a.exe"]);
    check(&both(&[&address, &port]), &["ip 192.0.2.1"]);
    check(&both(&[&name]), &["path a.exe"]);
    check(&both(&[&name, &size]), &[]);
    check(&both(&[&dns, &port]), &[]);
    check(&both(&[&hash, &dns]), &[]);
    check(&both(&[&hash, &not]), &[]);
    check(&both(&[&name, &folder, &size]), &[]);
    let either = joined("OR", &[hash.clone(), item("FileItem/Sha1sum", "is", &"ab".repeat(20))]);
    check(
        &both(&[&either, &name]),
        &[&format!("hash {MD5}"), &format!("hash {}", "ab".repeat(20))],
    );
    let mixed = joined("OR", &[hash, dns]);
    check(&both(&[&mixed, &name]), &[]);
}

#[test]
fn depth_is_bounded() {
    let deep =
        (0..200).fold(item("Network/DNS", "is", "evil.example"), |inner, _| joined("OR", &[inner]));
    check(&deep, &[]);
}

#[test]
fn places_are_lines() {
    let advisory =
        parse("<ioc>\n<definition>\n<IndicatorItem id=\"i1\"/>\n</definition></ioc>", "x")
            .expect("a document");
    assert_eq!(advisory.problems[0].id, "line 3: IndicatorItem i1");
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = parse(&text, "x");
    }

    #[test]
    fn any_conditions_are_survived(
        terms in prop::collection::vec(
            (
                prop::sample::select(vec!["FileItem/Md5sum", "FileItem/FileName", "FileItem/FilePath", "Network/URI", "Network/DNS", "PortItem/remoteIP", "PortItem/remotePort", "x"]),
                prop::sample::select(vec!["is", "contains", "starts-with", "ends-with", "isnot", "matches"]),
                "[a-z0-9./:* -]{0,12}",
            ),
            0..6,
        ),
        and in any::<bool>(),
    ) {
        let items: Vec<String> = terms.iter().map(|(search, condition, content)| item(search, condition, content)).collect();
        let _ = read(&joined(if and { "AND" } else { "OR" }, &items));
    }
}
