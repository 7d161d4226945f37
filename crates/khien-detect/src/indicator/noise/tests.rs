use super::*;
use crate::indicator::canonical::canonical_kind;

#[track_caller]
fn check(kind: IndicatorKind, expected: Option<LeftOutReason>) {
    let kind = canonical_kind(kind).expect("a canonical form");
    assert_eq!(NoisePolicy::default().judge(&kind), expected, "{}", kind.value());
    assert_eq!(NoisePolicy::none().judge(&kind), None);
}

#[test]
fn the_lists_are_sorted() {
    assert!(HOSTING_SUFFIXES.is_sorted() && COMMON_DOMAINS.is_sorted() && COMMON_FILES.is_sorted());
}

#[test]
fn names_that_every_system_has() {
    let path = |text: &str| IndicatorKind::Path(text.to_owned());
    check(path("PowerShell.exe"), Some(LeftOutReason::CommonFile));
    check(path(r"C:\Windows\System32\svchost.exe"), Some(LeftOutReason::CommonFile));
    check(path(r"C:\ProgramData\svchost.exe"), None);
    check(path("powershell1.exe"), None);
}

#[test]
fn addresses_of_no_public_host() {
    let ip = |text: &str| IndicatorKind::Ip(text.parse().unwrap());
    for text in [
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.1.1",
        "224.0.0.251",
        "255.255.255.255",
        "0.0.0.0",
        "100.64.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::fb",
        "::ffff:10.0.0.1",
    ] {
        check(ip(text), Some(LeftOutReason::PrivateAddress));
    }
    for text in ["172.15.0.1", "172.32.0.1", "192.0.2.1", "100.128.0.1", "2001:db8::1"] {
        check(ip(text), None);
    }
    check(ip("8.8.8.8"), Some(LeftOutReason::CommonAddress));
    check(ip("2606:4700:4700::1111"), Some(LeftOutReason::CommonAddress));
}

#[test]
fn networks_too_wide() {
    let cidr = |text: &str, bits| IndicatorKind::Cidr(text.parse().unwrap(), bits);
    check(cidr("203.0.0.0", 7), Some(LeftOutReason::TooWide));
    check(cidr("203.0.0.0", 8), None);
    check(cidr("2001:db8::", 15), Some(LeftOutReason::TooWide));
    check(cidr("2001:db8::", 16), None);
    check(cidr("192.168.0.0", 16), Some(LeftOutReason::PrivateAddress));
}

#[test]
fn domains_that_everybody_uses() {
    let domain = |text: &str| IndicatorKind::Domain(text.into());
    for text in ["microsoft.com", "GitHub.com.", "raw.githubusercontent.com", "amazonaws.com"] {
        check(domain(text), Some(LeftOutReason::CommonDomain));
    }
    for text in ["co.uk", "com.vn", "github.io", "cloudfront.net"] {
        check(domain(text), Some(LeftOutReason::PublicSuffix));
    }
    for text in ["evil.github.io", "microsoft.com.evil.example", "co.example", "m1crosoft.com"] {
        check(domain(text), None);
    }
    for text in ["com", "vn", "localhost"] {
        assert_eq!(canonical_kind(domain(text)), None);
    }
}

#[test]
fn hashes_of_nothing() {
    for hash in EMPTY_FILE {
        check(IndicatorKind::Hash(hash.into()), Some(LeftOutReason::EmptyFile));
        check(IndicatorKind::Hash("0".repeat(hash.len())), Some(LeftOutReason::Placeholder));
    }
    check(IndicatorKind::Hash("0123456789abcdef".repeat(2)), None);
}

#[test]
fn patterns_too_wide() {
    let path = |text: &str| IndicatorKind::Path(text.into());
    for text in ["*.exe", "/*.dll", r"C:\", "/a", "*/?.js"] {
        check(path(text), Some(LeftOutReason::TooWide));
    }
    for text in ["manifest", "/tmp/*.exe", "evil*.exe", "/app/manifest", ".main_storage", "apdl.cf"]
    {
        check(path(text), None);
    }
    let url = |text: &str| IndicatorKind::Url(text.into());
    check(url("https://github.com/*"), Some(LeftOutReason::CommonDomain));
    check(url("https://github.com*"), Some(LeftOutReason::CommonDomain));
    check(url("https://e*"), Some(LeftOutReason::TooWide));
    check(url("https://github.com/evil/*"), None);
    check(url("https://github.com/evil"), None);
    check(url("https://evil.example/*"), None);
}

#[test]
fn own_domains_and_what_is_below() {
    let policy = NoisePolicy {
        built_in: BuiltIn::Skip,
        own_domains: BTreeSet::from(["Corp.example".to_owned()]),
    };
    let judge = |text: &str| policy.judge(&IndicatorKind::Domain(text.into()));
    assert_eq!(judge("corp.example"), Some(LeftOutReason::OwnDomain));
    assert_eq!(judge("www.corp.example"), Some(LeftOutReason::OwnDomain));
    assert_eq!(judge("notcorp.example"), None);
    let url = IndicatorKind::Url("https://www.corp.example/x".into());
    assert_eq!(policy.judge(&url), Some(LeftOutReason::OwnDomain));
}
