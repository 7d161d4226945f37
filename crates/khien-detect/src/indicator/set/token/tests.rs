#![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]

use super::*;

fn hex(text: &str) -> Vec<&str> {
    HexRuns::of(text).collect()
}

#[test]
fn hashes_stand_apart() {
    let md5 = "0123456789abcdefABCDEF0123456789";
    let sha1 = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(hex(md5), [md5]);
    assert_eq!(hex(&format!("SHA1={sha1},MD5={md5}")), [sha1, md5]);
    assert_eq!(hex(&format!("{md5}_{md5}-{md5}é{md5}")), [md5; 4]);
    // Inside a longer run, glued to a letter, or of another length.
    for text in [format!("{md5}0"), format!("x{md5}"), format!("{md5}g"), format!("{md5}{sha1}")] {
        assert!(hex(&text).is_empty(), "{text}");
    }
    assert!(hex("").is_empty());
}

#[test]
fn every_offset_of_a_hash_is_found() {
    let md5 = "0123456789abcdefABCDEF0123456789";
    for pad in 0..100 {
        let text = format!("{}{md5}{}", " ".repeat(pad), ".".repeat(pad));
        assert_eq!(hex(&text), [md5], "{pad}");
    }
}

/// The dotted names of a text, found from each name's first dot.
fn names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(dot) = text[from..].find('.').map(|at| at + from) {
        from = dot + 1;
        if follows_name(text, dot) {
            let tail = NameTail::from_dot(text, dot);
            if tail.name_end > dot {
                found.push(&text[name_start(text, dot)..tail.name_end]);
            }
            from = tail.run_end;
        }
    }
    found
}

#[test]
fn names_end_where_a_name_cannot_go_on() {
    let check = |text: &str, expected: &[&str]| assert_eq!(names(text), expected, "{text}");
    check("see evil.example, or a.b-c.d_e/x.y", &["evil.example", "a.b-c.d_e", "x.y"]);
    check("user@evil.example:80", &["evil.example"]);
    check("at evil.example. Then..", &["evil.example"]);
    check("..evil..example..", &["evil..example"]);
    check("“evil.example”", &["evil.example"]);
    check("đường.dẫn…a.b", &["đường.dẫn", "a.b"]);
    check(".", &[]);
    check("a. b .c", &[]);
}

#[test]
fn the_top_level_is_the_last_label() {
    let tail = NameTail::from_dot("a.bc.def. x", 1);
    assert_eq!((tail.top_level, tail.name_end, tail.run_end), (5, 8, 9));
    assert!(!tail.beyond_ascii);
    assert!(NameTail::from_dot("a.bé", 1).beyond_ascii);
}

#[test]
fn escapes_are_cut() {
    assert_eq!(after_escape("u=http%3A%2F%2Fevil.example", 13), Some(15));
    assert_eq!(after_escape("%2", 1), None);
    assert_eq!(after_escape("x2Fevil", 1), None);
    assert_eq!(after_escape("%zzevil", 1), None);
}

#[test]
fn v6_addresses_in_text() {
    let check = |text: &str, expected: Option<&str>| {
        let colon = text.find(':').unwrap();
        let found = v6(text, group_run(text, colon)).map(|(_, address)| address.to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
    };
    check("2001:db8::1", Some("2001:db8::1"));
    check("[2001:DB8::1]:443", Some("2001:db8::1"));
    check("fe80::1%eth0", Some("fe80::1"));
    check("addr:2001:db8::1", Some("2001:db8::1"));
    check("is 2001:db8::1.", Some("2001:db8::1"));
    check("2001:db8::1: refused", Some("2001:db8::1"));
    check("::ffff:192.0.2.1", Some("::ffff:192.0.2.1"));
    check("2001:db8::", Some("2001:db8::"));
    check("1:2:3:4:5:6:7:8", Some("1:2:3:4:5:6:7:8"));
    check("07:05:00.123", None);
    check("00:1b:44:11:3a:b7", None);
    check("2001:db8::1x", None);
    check("std::fmt", None);
    check("1:2:3:4:5:6:7:8:9", None);
    check(&format!("{}::1", "1".repeat(100)), None);
}

#[test]
fn urls_in_text() {
    let check = |text: &str, expected: &[&str]| {
        let colon = text.find("://").unwrap();
        let found = Url::around(text, colon).into_iter().flat_map(Url::readings);
        assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
    };
    check("get http://a.b/c now", &["http://a.b/c"]);
    check("'http://a.b/c'", &["http://a.b/c"]);
    check("see http://a.b/c.", &["http://a.b/c.", "http://a.b/c"]);
    check("(http://a.b/c(d))", &["http://a.b/c(d))", "http://a.b/c(d"]);
    check("(http://a.b).", &["http://a.b).", "http://a.b)", "http://a.b"]);
    check("http://[2001:db8::1]/x]", &["http://[2001:db8::1]/x]", "http://[2001:db8::1]/x"]);
    check("x%20http://a", &["http://a"]);
    check("://a", &[]);
    check("http://", &[]);
    check("http://…", &["http://…"]);
    let long = format!("http://{}é", "a".repeat(URL_BYTES_MAX - 1));
    let lengths: Vec<_> = Url::around(&long, 4).unwrap().readings().map(str::len).collect();
    assert_eq!(lengths, [7 + URL_BYTES_MAX - 1]);
}

#[test]
fn hosts_at_a_glance() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(
            Url::around(text, text.find("://").unwrap()).unwrap().host(),
            expected,
            "{text}"
        );
    };
    check("http://a.b:80/c", Some("a.b"));
    check("x http://u:p@a.b) y", Some("a.b"));
    check("http://a.b", Some("a.b"));
    check("http://[::1]:80/x", Some("::1"));
    check("http://", Some(""));
    check("http://a)@b", None);
    check(&format!("http://{}", "a".repeat(300)), None);
    check(&format!("http://{}/", "a".repeat(300)), None);
}
