use super::*;
use crate::testing::{collect, collect_within, texts};
use khien_model::Limits;
use proptest::prelude::*;

fn one(name: &str, line: &str) -> Event {
    let found = collect(read, name, line.as_bytes());
    assert_eq!(found.reasons(), []);
    assert_eq!(found.events.len(), 1, "{line}");
    found.event(0).clone()
}

/// Reads one line and compares fields; `source`, `host` and `time` stand for the envelope.
fn check(name: &str, line: &str, expected: &[(&str, &str)]) {
    let event = one(name, line);
    for (field, value) in expected {
        let found = match *field {
            "source" => event.source.to_string(),
            "host" => event.host().to_owned(),
            "time" => event.time.map_or_else(String::new, |time| time.to_string()),
            _ => event.get(field).map_or_else(|| "<absent>".to_owned(), |value| value.to_string()),
        };
        assert_eq!(found, *value, "{field} of {line}");
    }
}

#[test]
fn rfc3164() {
    check(
        "logs/syslog-20230324",
        "<38>Mar 24 08:05:00 web-1 sshd[123]: Failed password for root from 192.0.2.7 port 22 ssh2",
        &[
            ("source", "linux/sshd"),
            ("host", "web-1"),
            ("time", "2023-03-24T08:05:00Z"),
            ("timestamp", "Mar 24 08:05:00"),
            ("facility", "auth"),
            ("severity", "info"),
            ("program", "sshd"),
            ("pid", "123"),
            ("message", "Failed password for root from 192.0.2.7 port 22 ssh2"),
            ("SourceIp", "192.0.2.7"),
        ],
    );
    for (line, host, program, message) in [
        ("Mar  4 08:05:00 h kernel: [ 1.2] a: b", "h", "kernel", "[ 1.2] a: b"),
        ("Mar 24 08:05:00 h su(pam_unix)[9]: x", "h", "su(pam_unix)", "x"),
        (
            "Mar 24 08:05:00 h last message repeated 3 times",
            "h",
            "<absent>",
            "last message repeated 3 times",
        ),
        ("Mar 24 08:05:00 cron[1]: no host", "", "cron", "no host"),
        ("Mar 24 08:05:00 h kextd[88] <Notice>: mac", "h", "kextd", "mac"),
        ("Mar 24 08:05:00 h launchd[1] (com.apple.x[2]): mac", "h", "launchd", "mac"),
        ("Mar 24 08:05:00 asa : %ASA-6-302013: Built", "asa", "%ASA-6-302013", "Built"),
        ("<13>prog: no time", "", "prog", "no time"),
        ("<13>", "", "<absent>", ""),
        ("Mar 24 08:05:00", "", "<absent>", ""),
    ] {
        check(
            "auth.log",
            line,
            &[("host", host), ("program", program), ("message", message), ("time", "")],
        );
    }
    check(
        "x",
        "Mar 24 2023 08:05:00 h a: b",
        &[("time", "2023-03-24T08:05:00Z"), ("program", "a")],
    );
}

#[test]
fn rfc5424() {
    let line = r#"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 77 ID47 [exampleSDID@32473 iut="3" eventSource="App\"x\" [\]"][only@1] An application event"#;
    check(
        "x",
        line,
        &[
            ("host", "mymachine.example.com"),
            ("time", "2003-10-11T22:14:15.003Z"),
            ("facility", "local4"),
            ("severity", "notice"),
            ("program", "evntslog"),
            ("pid", "77"),
            ("msgid", "ID47"),
            ("sd.exampleSDID@32473.iut", "3"),
            ("sd.exampleSDID@32473.eventSource", "App\"x\" []"),
            ("sd.only@1.", ""),
            ("message", "An application event"),
        ],
    );
    check(
        "x",
        "114 <34>1 - - su - - - \u{feff}'su root' failed",
        &[
            ("program", "su"),
            ("source", "linux/auth"),
            ("message", "'su root' failed"),
            ("pid", "<absent>"),
        ],
    );
    check("x", "<34>1 2003-10-11T22:14:15Z h p - - [broken a=\"b", &[("message", "[broken a=\"b")]);
    check("x", "<34>1 not a version", &[("message", "1 not a version")]);
}

#[test]
fn iso_times() {
    check(
        "x",
        "2023-03-24T08:05:00.123456+07:00 web-1 sudo:   mai : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id",
        &[
            ("time", "2023-03-24T01:05:00.123456Z"),
            ("host", "web-1"),
            ("source", "linux/sudo"),
            ("USER", "root"),
            ("User", "mai"),
        ],
    );
    check(
        "x",
        "2023-03-24 08:05:00 status installed x",
        &[("time", "2023-03-24T08:05:00Z"), ("host", ""), ("message", "status installed x")],
    );
}

#[test]
fn web_servers() {
    let line = r#"192.0.2.7 - mai [24/Mar/2023:08:05:00 +0700] "GET /a/b.php?q=1 2 HTTP/1.1" 200 123 "-" "curl/8 \"x\"""#;
    let expected = [
        ("source", "webserver"),
        ("time", "2023-03-24T01:05:00Z"),
        ("c-ip", "192.0.2.7"),
        ("cs-username", "mai"),
        ("cs-method", "GET"),
        ("cs-uri-query", "/a/b.php?q=1 2"),
        ("cs-uri-stem", "/a/b.php"),
        ("cs-version", "HTTP/1.1"),
        ("sc-status", "200"),
        ("sc-bytes", "123"),
        ("cs-referer", "<absent>"),
        ("cs-user-agent", "curl/8 \\\"x\\\""),
    ];
    check("access.log", line, &expected);
    check(
        "x",
        &format!("Mar 24 08:05:00 web-1 nginx: {line}"),
        &[("source", "nginx/webserver"), ("host", "web-1"), ("c-ip", "192.0.2.7")],
    );
    check(
        "x",
        &format!("www.example:443 {line}"),
        &[("cs-host", "www.example:443"), ("c-ip", "192.0.2.7"), ("cs-username", "mai")],
    );
    check(
        "x",
        r#"2001:db8::1 - - [24/Mar/2023:08:05:00 +0000] "POST / HTTP/1.0" 404 -"#,
        &[
            ("c-ip", "2001:db8::1"),
            ("sc-status", "404"),
            ("sc-bytes", "<absent>"),
            ("cs-username", "<absent>"),
        ],
    );
    check(
        "x",
        r#"192.0.2.7 - - [24/Mar/2023:08:05:00 +0000] "\x16\x03\x01" 400 0 "-" "-" "extra""#,
        &[("request", r"\x16\x03\x01"), ("message", "\"extra\""), ("cs-method", "<absent>")],
    );
    check(
        "x",
        "[Fri Mar 24 08:05:00.123456 2023] [core:notice] [pid 1] AH00051: child pid 7 exit signal Segmentation fault",
        &[
            ("source", "apache"),
            ("time", "2023-03-24T08:05:00.123456Z"),
            ("severity", "core:notice"),
        ],
    );
    check(
        "x",
        "2023/03/24 08:05:00 [alert] 12#0: worker process 13 exited on signal 6 (core dumped)",
        &[("source", "nginx"), ("time", "2023-03-24T08:05:00Z")],
    );
}

#[test]
fn cef_and_leef() {
    check(
        "x",
        r"<134>Mar 24 08:05:00 fw CEF:0|Ac\|me|Wall|1.0|100|Worm \\ stopped|10|src=192.0.2.7 dpt=22 msg=a\=b c\nd cs1Label=Rule cs1=my rule act=blocked rt=1679641500000",
        &[
            ("device_vendor", "Ac|me"),
            ("device_product", "Wall"),
            ("signature_id", "100"),
            ("event_name", "Worm \\ stopped"),
            ("device_severity", "10"),
            ("src", "192.0.2.7"),
            ("src_ip", "192.0.2.7"),
            ("dst_port", "22"),
            ("msg", "a=b c\nd"),
            ("cs1", "my rule"),
            ("action", "blocked"),
            ("host", "fw"),
            ("time", "2023-03-24T07:05:00Z"),
            ("source", "unknown"),
        ],
    );
    check(
        "x",
        "LEEF:2.0|Acme|Wall|1|ID7|^|src=192.0.2.7^usrName=mai^cat=a=b",
        &[
            ("device_vendor", "Acme"),
            ("signature_id", "ID7"),
            ("src_ip", "192.0.2.7"),
            ("User", "mai"),
            ("cat", "a=b"),
        ],
    );
    check(
        "x",
        "LEEF:1.0|Acme|Wall|1|ID7|src=192.0.2.7\tdst=192.0.2.8\tjunk",
        &[("dst_ip", "192.0.2.8"), ("message", "junk")],
    );
    check("x", "CEF:0|broken", &[("device_vendor", "broken"), ("source", "unknown")]);
    check("x", "<1>Mar 24 08:05:00 CEF:0|a|b|c|d|e|f|", &[("device_vendor", "a"), ("host", "")]);
    check("x", "CEF:x|no", &[("message", "CEF:x|no")]);
}

#[test]
fn any_other_line_is_a_message() {
    check(
        "x",
        "  plain text ",
        &[("message", "  plain text"), ("source", "linux/syslog"), ("time", "")],
    );
}

#[test]
fn lines_are_counted_and_the_long_ones_reported() {
    let limits = Limits { record_bytes_max: 100, ..Limits::default() };
    let text = format!("one\n\n  \n{}\nthree\r\ncaf\u{fffd}", "x".repeat(1 << 20));
    let found = collect_within(read, "x", text.as_bytes(), &limits);
    assert_eq!(found.reasons(), [(8, Reason::TooLarge)]);
    assert_eq!(found.events.iter().map(|(_, place)| place.record).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!(texts(found.event(1), "message"), ["three"]);
}

#[test]
fn marks_and_blanks_alone_are_no_event() {
    for line in ["", " \t", "\u{feff}", "\u{feff}\u{feff}", "\u{feff} \u{feff} "] {
        let found = collect(read, "x", format!("{line}\none\n{line}\n").as_bytes());
        assert_eq!(found.events.len(), 1, "{line:?}");
        assert_eq!(found.events[0].1.record, 1);
    }
}

proptest! {
    #[test]
    fn every_line_is_an_event(lines in prop::collection::vec(
        prop_oneof![
            "(<[0-9]{0,4}>)?(1 )?(Mar 24 08:05:00 )?[a-z\\[\\]:\" =|-]{0,30}",
            "(CEF:0|LEEF:[12].0)?[a-z|=\\\\ ^x0-9]{0,40}",
            "[0-9.]{7} - - \\[24/Mar/2023:08:05:00 \\+0000\\] \"[A-Z \"\\\\/]{0,20}\" 200 .{0,20}",
            "<34>1 2003-10-11T22:14:15Z h p - - (\\[[a-z]+( [a-z]=\"[a-z\\]\\\\\"]{0,4}\")*\\]?){0,3}.{0,9}",
            ".{0,60}",
        ], 0..20))
    {
        let text: String = lines.iter().map(|line| line.replace(['\n', '\r'], " ") + "\n").collect();
        let found = collect(read, "syslog-20230324", text.as_bytes());
        let full = text.lines().filter(|line| !line.chars().all(|c| c.is_whitespace() || c == '\u{feff}')).count();
        prop_assert_eq!(found.events.len(), full);
        prop_assert!(found.dead.is_empty());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        collect(read, "x", &bytes);
    }

    #[test]
    fn parameters_come_back(value in "[a-z\"\\\\\\] đ]{0,12}") {
        let mut written = String::new();
        for c in value.chars() {
            if matches!(c, '"' | '\\' | ']') {
                written.push('\\');
            }
            written.push(c);
        }
        let event = one("x", &format!("<1>1 - h - - - [id v=\"{written}\"] m"));
        prop_assert_eq!(texts(&event, "sd.id.v"), [value]);
        prop_assert_eq!(event.text_of("message"), Some("m"));
    }
}

#[test]
fn lines_inside_other_formats_are_known_by_their_shape() {
    let seen = Timestamp::parse("2026-03-02T08:00:05Z").unwrap();
    let known = |line: &str| known_line(line, seen).map(std::borrow::Cow::into_owned);
    let kept = |line: &str| assert_eq!(known(line).as_deref(), Some(line));
    kept("<34>1 2026-03-02T08:00:00Z web-1 sshd 12 - - hello");
    kept("2026-03-02T08:00:00.5+07:00 web-1 sshd[12]: hello");
    kept("192.0.2.7 - - [24/Mar/2023:08:05:00 +0700] \"GET / HTTP/1.1\" 200 123");
    kept("CEF:0|Vendor|Product|1|100|Name|5|src=192.0.2.7 rt=1772438400000");
    // What says no time gets that of the record around it.
    for (line, dated) in [
        (
            "CEF:0|V|P|1|100|Name|5|src=192.0.2.7",
            "2026-03-02T08:00:05Z CEF:0|V|P|1|100|Name|5|src=192.0.2.7",
        ),
        ("<34>su[7]: hello", "<34>2026-03-02T08:00:05Z su[7]: hello"),
        ("<34>1 - web-1 su 7 - - hello", "<34>1 2026-03-02T08:00:05Z web-1 su 7 - - hello"),
        // It would read as the name of a host.
        ("<34>hello world", "<34>hello world"),
    ] {
        assert_eq!(known(line).as_deref(), Some(dated));
    }
    let event = one("x", &known("CEF:0|V|P|1|100|Name|5|src=192.0.2.7").unwrap());
    assert_eq!((event.time, event.text_of("device_vendor")), (Some(seen), Some("V")));
    assert_eq!(
        known("Mar  2 08:00:00 web-1 sshd[12]: hello").as_deref(),
        Some("2026-03-02T08:00:00Z web-1 sshd[12]: hello")
    );
    // The last day of the year before, seen after midnight.
    let january = Timestamp::parse("2026-01-01T00:00:05Z").unwrap();
    assert_eq!(
        known_line("<34>Dec 31 23:59:59 web-1 su: hello", january).as_deref(),
        Some("<34>2025-12-31T23:59:59Z web-1 su: hello")
    );
    // Programs that write a time first, and plain text.
    assert_eq!(known("2026-03-02T08:00:00Z INFO server: listening"), None);
    assert_eq!(known("2026-03-02 08:00:00,123 ERROR app.main: failed"), None);
    assert_eq!(known("user 7 logged in"), None);
    assert_eq!(known(""), None);
}
