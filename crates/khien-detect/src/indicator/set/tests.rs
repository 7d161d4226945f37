use std::collections::BTreeSet;

use khien_model::{EventClass, IndicatorKind, Scalar, Timestamp};

use super::*;
use crate::indicator::LeftOutReason;

mod reference;

fn set_of(kinds: Vec<IndicatorKind>) -> IndicatorSet {
    let list = kinds.into_iter().map(Indicator::bare).collect();
    let (set, left_out) = IndicatorSet::build(list, &NoisePolicy::none());
    assert!(left_out.is_empty(), "{left_out:?}");
    set
}

fn event_of(fields: &[(&str, &str)]) -> Event {
    let mut event = Event::new();
    for (name, value) in fields {
        event.push(name, Scalar::Str(value));
    }
    event
}

fn sightings(set: &IndicatorSet, event: &Event) -> Vec<Sighting> {
    let mut found = Vec::new();
    set.matches(event, &mut found);
    found
}

/// What of one indicator is seen in a text; `None` for nothing.
fn seen(kind: IndicatorKind, text: &str) -> Option<String> {
    let found = sightings(&set_of(vec![kind]), &event_of(&[("Message", text)]));
    assert!(found.len() <= 1, "{found:?}");
    found.into_iter().next().map(|sighting| sighting.value)
}

#[track_caller]
fn check(kind: &IndicatorKind, text: &str, expected: Option<&str>) {
    assert_eq!(seen(kind.clone(), text).as_deref(), expected, "{} in {text}", kind.value());
}

fn domain(text: &str) -> IndicatorKind {
    IndicatorKind::Domain(text.into())
}

fn url(text: &str) -> IndicatorKind {
    IndicatorKind::Url(text.into())
}

fn path(text: &str) -> IndicatorKind {
    IndicatorKind::Path(text.into())
}

fn ip(text: &str) -> IndicatorKind {
    IndicatorKind::Ip(text.parse().unwrap())
}

#[test]
fn a_domain_covers_what_is_below_it() {
    let evil = domain("Evil.example");
    check(&evil, "evil.example", Some("evil.example"));
    check(&evil, "A.B.EVIL.EXAMPLE.", Some("A.B.EVIL.EXAMPLE"));
    check(&evil, "curl -s https://cdn.evil.example:8443/x", Some("cdn.evil.example"));
    check(&evil, "u=http%3A%2F%2Fevil.example%2Fx", Some("evil.example"));
    check(&evil, "bob@evil.example", Some("evil.example"));
    check(&evil, "notevil.example", None);
    check(&evil, "evil.example.com", None);
    check(&evil, "evil.examples", None);
    check(&evil, "not-evil.example", None);
    check(&evil, "evil-example", None);
    check(&evil, &format!("{}.evil.example", "a".repeat(250)), None);
    check(&domain("độc.example"), "x ĐỘC.example", Some("ĐỘC.example"));
    check(&domain("độc.example"), "x.độc.example…", Some("x.độc.example"));
    check(&domain("độc.example"), "vôđộc.example", None);
}

#[test]
fn a_hash_stands_apart() {
    let hash = IndicatorKind::Hash("0123456789abcdef".repeat(4));
    let upper = "0123456789ABCDEF".repeat(4);
    check(&hash, &format!("MD5=x,SHA256={upper}"), Some(&upper));
    check(&hash, &format!("{upper}0"), None);
    check(&hash, &format!("f{upper}"), None);
    check(&hash, &upper[1..], None);
}

#[test]
fn an_address_is_a_whole_token() {
    let address = ip("192.0.2.7");
    check(&address, "192.0.2.7", Some("192.0.2.7"));
    check(&address, "to 192.0.2.7:443.", Some("192.0.2.7"));
    check(&address, "::ffff:192.0.2.7", Some("::ffff:192.0.2.7"));
    check(&address, "::ffff:c000:207", Some("::ffff:c000:207"));
    check(&address, "http://192.0.2.7/x", Some("192.0.2.7"));
    check(&address, "...192.0.2.7..", Some("192.0.2.7"));
    check(&address, "1.192.0.2.7", None);
    check(&address, "192.0.2.7.1", None);
    check(&address, "192.0.2.77", None);
    check(&address, "v192.0.2.7", None);
    check(&address, "192.0.2.07", None);
    check(&ip("2001:db8::1"), "[2001:DB8:0::1]:443", Some("2001:DB8:0::1"));
    check(&ip("2001:db8::1"), "2001:db8::11", None);
}

#[test]
fn a_version_is_no_address() {
    let set = set_of(vec![ip("10.0.0.1")]);
    assert!(sightings(&set, &event_of(&[("FileVersion", "10.0.0.1")])).is_empty());
    assert!(sightings(&set, &event_of(&[("agent.version", "10.0.0.1")])).is_empty());
    assert_eq!(sightings(&set, &event_of(&[("DestinationIp", "10.0.0.1")])).len(), 1);
}

#[test]
fn a_network_ends_at_its_edges() {
    let network = IndicatorKind::Cidr("198.51.100.64".parse().unwrap(), 26);
    for (text, inside) in [
        ("198.51.100.63", false),
        ("198.51.100.64", true),
        ("198.51.100.127", true),
        ("198.51.100.128", false),
        ("::ffff:198.51.100.100", true),
    ] {
        check(&network, text, inside.then_some(text));
    }
    let network = IndicatorKind::Cidr("2001:db8:8000::".parse().unwrap(), 33);
    for (text, inside) in [
        ("2001:db8:7fff:ffff::1", false),
        ("2001:db8:8000::", true),
        ("2001:db8:ffff::1", true),
        ("2001:db9::", false),
    ] {
        check(&network, text, inside.then_some(text));
    }
    check(&IndicatorKind::Cidr("0.0.0.0".parse().unwrap(), 0), "9.9.9.9", Some("9.9.9.9"));
    check(&IndicatorKind::Cidr("0.0.0.0".parse().unwrap(), 0), "::9", None);
}

#[test]
fn a_url_is_compared_canonically() {
    let evil = url("HTTP://Evil.example:80/A?b#c");
    check(&evil, "http://evil.example/A?b", Some("http://evil.example/A?b"));
    check(&evil, "(see http://u@EVIL.example:80/A?b).", Some("http://u@EVIL.example:80/A?b"));
    check(&evil, "http://evil.example/a?b", None);
    check(&evil, "http://evil.example/A?bc", None);
    check(&evil, "https://evil.example/A?b", None);
    check(&evil, "xhttp://evil.example/A?b", None);
    check(&evil, "http://x/?u=http://evil.example/A?b", Some("http://evil.example/A?b"));
    check(&url("http://evil.example/"), "http://evil.example", Some("http://evil.example"));
    check(
        &url("http://[2001:db8::1]/a"),
        "http://[2001:db8::1]/a]",
        Some("http://[2001:db8::1]/a"),
    );
}

#[test]
fn a_url_prefix_ends_anywhere() {
    let evil = url("https://evil.example/a*");
    check(&evil, "https://evil.example/abc?d", Some("https://evil.example/abc?d"));
    check(&evil, "https://evil.example/b", None);
    check(&evil, "https://evil.example.com/abc", None);
    check(&url("https://evil.example/*"), "https://evil.example", Some("https://evil.example"));
    check(&url("https://evil.example/*"), "https://evil.example?q", Some("https://evil.example?q"));
    check(&url("https://evil.example/*"), "https://evil.example.com/", None);
    let open = url("https://evil*");
    check(&open, "https://evil.example/x", Some("https://evil.example/x"));
    let set = set_of(vec![
        url("http://a/b*"),
        url("http://a/*"),
        url("http://a/bc*"),
        url("http://a/b*"),
    ]);
    let numbers = |text| -> BTreeSet<u32> {
        sightings(&set, &event_of(&[("m", text)])).iter().map(|s| s.indicator).collect()
    };
    assert_eq!(numbers("http://a/bcd"), [0, 1, 2, 3].into());
    assert_eq!(numbers("http://a/bd"), [0, 1, 3].into());
    assert_eq!(numbers("http://a/c"), [1].into());
}

#[test]
fn split_urls_are_put_together() {
    let set = set_of(vec![url("https://evil.example/a*"), url("http://evil.example/b")]);
    for (host, uri) in [("host", "uri"), ("http.hostname", "http.url"), ("cs-host", "c-uri")] {
        let found = sightings(&set, &event_of(&[(host, "Evil.Example"), (uri, "/ab")]));
        assert_eq!(found.len(), 1, "{host}");
        assert_eq!((found[0].indicator, found[0].field.as_str()), (0, uri));
        assert_eq!(found[0].value, "https://Evil.Example/ab");
        let found = sightings(&set, &event_of(&[(host, "evil.example:80"), (uri, "/b")]));
        assert_eq!(found.len(), 1, "{host}");
        assert!(sightings(&set, &event_of(&[(host, "evil.example"), (uri, "/c")])).is_empty());
        assert!(sightings(&set, &event_of(&[(host, "good.example"), (uri, "/b")])).is_empty());
    }
}

#[test]
fn a_path_is_found_whole_or_by_its_end() {
    let end = path("/3CXDesktopApp/app/manifest");
    check(
        &end,
        r"C:\Users\x\3CXDesktopApp\app\manifest",
        Some(r"C:\Users\x\3CXDesktopApp\app\manifest"),
    );
    check(
        &end,
        r"c:/users\\x/3cxdesktopapp\app/MANIFEST",
        Some(r"c:/users\\x/3cxdesktopapp\app/MANIFEST"),
    );
    check(&end, r"C:\my3CXDesktopApp\app\manifest", None);
    check(&end, "the manifest", None);
    let whole = path(r"C:\Program Files\X\a.dll");
    check(&whole, r"C:\PROGRA~1\X\A.DLL", Some(r"C:\PROGRA~1\X\A.DLL"));
    check(&whole, r#""C:\Program Files\X\a.dll""#, Some(r#""C:\Program Files\X\a.dll""#));
    check(&whole, r"D:\Program Files\X\a.dll", None);
    let name = path("a.msi");
    check(&name, r"C:\x\A.msi:Zone.Identifier", Some(r"C:\x\A.msi:Zone.Identifier"));
    check(&name, r"C:\x\aa.msi", None);
    check(&path(r"C:\x\*\b?.tmp"), r"C:\x\y\z\b1.tmp", Some(r"C:\x\y\z\b1.tmp"));
    check(&path("*.evil"), "/tmp/a.evil", Some("/tmp/a.evil"));
    check(&path("*.evil"), "/tmp/a.evil.txt", None);
}

#[test]
fn a_bare_name_counts_where_a_path_is_expected() {
    let set = set_of(vec![path("manifest")]);
    assert_eq!(sightings(&set, &event_of(&[("TargetFilename", "Manifest")])).len(), 1);
    assert!(sightings(&set, &event_of(&[("Message", "manifest")])).is_empty());
}

#[test]
fn a_registry_key_is_a_path() {
    let set = set_of(vec![path("/Software/Evil/Run")]);
    let found = sightings(&set, &event_of(&[("TargetObject", r"HKU\S-1-5-21\Software\Evil\Run")]));
    assert_eq!(found.len(), 1);
}

#[test]
fn signers_serials_and_agents_have_their_roles() {
    let set = set_of(vec![
        IndicatorKind::Signer("3CX Ltd".into()),
        IndicatorKind::SignerSerial("00:85:38:A6".into()),
        IndicatorKind::UserAgent("Evil/1.0".into()),
    ]);
    const NONE: [u32; 0] = [];
    let numbers = |name: &str, value: &str| -> Vec<u32> {
        sightings(&set, &event_of(&[(name, value)])).iter().map(|s| s.indicator).collect()
    };
    assert_eq!(numbers("Signature", "3cx LTD"), [0]);
    assert_eq!(numbers("Signature", "CN=3CX Ltd, O=Other"), [0]);
    assert_eq!(numbers("Signature", "3CX Ltd."), NONE);
    assert_eq!(numbers("Message", "3CX Ltd"), NONE);
    assert_eq!(numbers("SerialNumber", "8538A6"), [1]);
    assert_eq!(numbers("x509.serial_number", "00 85 38 a6"), [1]);
    assert_eq!(numbers("x509.serial_number", "008538a601"), NONE);
    assert_eq!(numbers("user_agent", "Evil/1.0"), [2]);
    assert_eq!(numbers("user_agent", "evil/1.0"), NONE);
}

#[test]
fn a_mutex_is_a_whole_value_anywhere() {
    let mutex = IndicatorKind::Mutex("AVMonitorRefreshEvent".into());
    check(&mutex, "AVMonitorRefreshEvent", Some("AVMonitorRefreshEvent"));
    check(&mutex, "AVMonitorRefreshEvent2", None);
    check(&mutex, "avmonitorrefreshevent", None);
}

#[test]
fn validity_is_flagged_not_enforced() {
    let mut indicator = Indicator::bare(domain("evil.example"));
    indicator.valid_from = Timestamp::parse("2023-01-01T00:00:00Z");
    indicator.valid_until = Timestamp::parse("2023-02-01T00:00:00Z");
    let (set, _) = IndicatorSet::build(vec![indicator], &NoisePolicy::default());
    let mut event = event_of(&[("query", "evil.example")]);
    for (time, outside) in [
        ("2022-12-31T23:59:59Z", true),
        ("2023-01-01T00:00:00Z", false),
        ("2023-01-31T23:59:59Z", false),
        ("2023-02-01T00:00:00Z", true),
    ] {
        event.time = Timestamp::parse(time);
        assert_eq!(sightings(&set, &event)[0].outside_validity, outside, "{time}");
    }
    event.time = None;
    assert!(!sightings(&set, &event)[0].outside_validity);
}

#[test]
fn an_indicator_is_reported_once_with_its_first_field() {
    let set =
        set_of(vec![domain("evil.example"), domain("a.evil.example"), domain("evil.example")]);
    let mut event = event_of(&[
        ("Message", "evil.example evil.example"),
        ("query", "a.evil.example"),
        ("Other", "evil.example"),
    ]);
    event.push_derived("Again", Scalar::Str("evil.example"));
    let found: Vec<_> =
        sightings(&set, &event).into_iter().map(|s| (s.indicator, s.field)).collect();
    let expected = [(0, "Message"), (2, "Message"), (1, "query")];
    assert_eq!(found, expected.map(|(n, field)| (n, field.to_owned())));
    // A second event starts anew.
    let mut all = Vec::new();
    set.matches(&event, &mut all);
    set.matches(&event, &mut all);
    assert_eq!(all.len(), 6);
}

#[test]
fn a_derived_field_alone_is_not_read() {
    let set = set_of(vec![domain("evil.example")]);
    let mut event = Event::new();
    event.push_derived("query", Scalar::Str("evil.example"));
    assert!(sightings(&set, &event).is_empty());
}

#[test]
fn the_text_seen_is_cut() {
    let long = format!("/{}/evil.dll", "é".repeat(400));
    let found = sightings(&set_of(vec![path("evil.dll")]), &event_of(&[("m", &long)]));
    assert_eq!(found[0].value.chars().count(), SEEN_CHARS_MAX);
    assert!(long.starts_with(&found[0].value));
}

#[test]
fn noise_and_nonsense_are_left_out_with_their_place() {
    let list: Vec<Indicator> = [
        domain("evil.example"),
        domain("com"),
        domain("microsoft.com"),
        ip("127.0.0.1"),
        IndicatorKind::Hash("abc".into()),
        path("*"),
        domain("evil.test"),
    ]
    .into_iter()
    .map(Indicator::bare)
    .collect();
    let (set, left_out) = IndicatorSet::build(list, &NoisePolicy::default());
    let reasons: Vec<_> = left_out.iter().map(|l| (l.position, l.reason)).collect();
    assert_eq!(
        reasons,
        [
            (1, LeftOutReason::PublicSuffix),
            (2, LeftOutReason::CommonDomain),
            (3, LeftOutReason::PrivateAddress),
            (4, LeftOutReason::Malformed),
            (5, LeftOutReason::TooWide),
        ]
    );
    assert_eq!((set.len(), set.position(1), set.position(2)), (2, Some(6), None));
    assert_eq!(set.kinds(), BTreeMap::from([("domain", 2)]));
    assert!(set.index_bytes() > 0 && set.memory_bytes() > set.index_bytes());
}

#[test]
fn loose_patterns_are_few() {
    let list = (0..300).map(|n| Indicator::bare(path(&format!("*evil{n}*")))).collect();
    let (set, left_out) = IndicatorSet::build(list, &NoisePolicy::default());
    assert_eq!((set.len(), left_out.len()), (LOOSE_MAX, 300 - LOOSE_MAX));
    assert!(left_out.iter().all(|out| out.reason == LeftOutReason::TooMany));
}

#[test]
fn an_empty_set_sees_nothing() {
    let (set, _) = IndicatorSet::build(Vec::new(), &NoisePolicy::default());
    assert!(set.is_empty() && set.get(0).is_none());
    assert!(sightings(&set, &event_of(&[("m", "evil.example")])).is_empty());
    assert!(sightings(&set_of(vec![domain("a.b")]), &Event::new()).is_empty());
}

#[test]
fn hostile_texts_end_soon() {
    let set = set_of(vec![
        domain("evil.example"),
        ip("192.0.2.1"),
        IndicatorKind::Cidr("2001:db8::".parse().unwrap(), 32),
        IndicatorKind::Hash("ab".repeat(16)),
        url("http://evil.example/x*"),
        path("/x/evil.dll"),
        path("*e?il*"),
    ]);
    let size = 1 << 16;
    for piece in [
        ".",
        ":",
        "a.",
        ".example",
        "a:",
        "::",
        "://",
        "http://",
        "http://evil.example/",
        "ab",
        "/",
        "\\",
        "e",
        "é.",
        "é",
        "%2F",
        "1.",
        "f:",
        "\"",
        "a@",
        "[",
        "http://[",
    ] {
        let mut event = event_of(&[("m", &piece.repeat(size / piece.len()))]);
        event.class = EventClass::Http;
        let _ = sightings(&set, &event);
    }
}
