//! Canonical forms of indicators, so that a lookup compares bytes.

use std::net::IpAddr;

use khien_model::IndicatorKind;
use khien_model::observable::{canonical_domain, canonical_hash, canonical_url};

use super::path::canonical_pattern;

/// The canonical form of an indicator's pattern; `None` when it cannot match anything.
pub(super) fn canonical_kind(kind: IndicatorKind) -> Option<IndicatorKind> {
    let not_empty = |text: String| (!text.trim().is_empty()).then_some(text);
    Some(match kind {
        IndicatorKind::Cidr(address, bits) => network(address, bits)?,
        IndicatorKind::Domain(text) => IndicatorKind::Domain(domain(&text)?),
        IndicatorKind::Hash(text) => IndicatorKind::Hash(canonical_hash(text.trim())?),
        IndicatorKind::Ip(address) => IndicatorKind::Ip(address.to_canonical()),
        IndicatorKind::Path(text) => IndicatorKind::Path(canonical_pattern(&text)?),
        IndicatorKind::SignerSerial(text) => IndicatorKind::SignerSerial(serial(&text)?),
        IndicatorKind::Signer(text) => IndicatorKind::Signer(not_empty(lower_text(text.trim()))?),
        IndicatorKind::Url(text) => IndicatorKind::Url(url_pattern(text.trim())?),
        IndicatorKind::UserAgent(text) => IndicatorKind::UserAgent(not_empty(text)?),
        IndicatorKind::Mutex(text) => IndicatorKind::Mutex(not_empty(text)?),
        _ => return None,
    })
}

/// The canonical form of a network: host bits cleared, IPv4-mapped IPv6 as IPv4, one address as
/// such.
fn network(address: IpAddr, bits: u8) -> Option<IndicatorKind> {
    let (address, bits) = match (address, address.to_canonical()) {
        (IpAddr::V6(_), v4 @ IpAddr::V4(_)) => (v4, bits.checked_sub(96)?),
        (_, same) => (same, bits),
    };
    let width = if address.is_ipv4() { 32 } else { 128 };
    match bits {
        _ if bits > width => None,
        _ if bits == width => Some(IndicatorKind::Ip(address)),
        _ => Some(IndicatorKind::Cidr(masked(address, bits), bits)),
    }
}

/// The address with all but its first bits cleared.
pub(super) fn masked(address: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.unbounded_shl(32_u32.saturating_sub(bits));
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.unbounded_shl(128_u32.saturating_sub(bits));
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

/// A domain of two labels or more; `*.` in front says what is meant anyway.
fn domain(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("*.").or(text.strip_prefix('.')).unwrap_or(text);
    // RFC 3696 §2: a top level is never all digits, so versions and addresses are no domains.
    let is_name = |domain: &str| {
        domain.rsplit('.').next().is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()))
    };
    canonical_domain(text).filter(|domain| is_name(domain))
}

/// A serial number: lower-case hexadecimal without separators or leading zero bytes.
pub(super) fn serial(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !is_serial_separator(*c)).collect();
    let digits = digits.strip_prefix("0x").unwrap_or(&digits);
    let fits = (1..=SERIAL_DIGITS_MAX).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let significant = digits.trim_start_matches('0');
    (fits && !significant.is_empty()).then(|| significant.to_ascii_lowercase())
}

/// Bound: RFC 5280 §4.1.2.2 allows 20 bytes; some issuers took more.
const SERIAL_DIGITS_MAX: usize = 128;

const fn is_serial_separator(c: char) -> bool {
    matches!(c, ':' | '-' | ' ' | '\t')
}

/// A URL, or with `*` at its end the beginning of one.
fn url_pattern(text: &str) -> Option<String> {
    // A fragment never reaches a server; without it the star may be the last character.
    let text = text.split_once('#').map_or(text, |(text, _)| text);
    let Some(prefix) = text.strip_suffix('*') else {
        return canonical_url(text).filter(|url| !url.ends_with('*'));
    };
    let prefix = prefix.trim_end_matches('*');
    let ends_host = prefix.ends_with('/');
    let canonical = canonical_url(prefix)?;
    let has_path = after_scheme(&canonical).contains(['/', '?']);
    let root = if ends_host && !has_path { "/" } else { "" };
    Some(if has_path {
        format!("{}*", with_root(canonical))
    } else {
        format!("{canonical}{root}*")
    })
}

/// A canonical URL with its empty path written out, for comparison with prefixes.
pub(super) fn with_root(mut canonical: String) -> String {
    let start = canonical.len().saturating_sub(after_scheme(&canonical).len());
    let rest = after_scheme(&canonical);
    match rest.find(['/', '?']) {
        None => canonical.push('/'),
        Some(at) if rest.get(at..).is_some_and(|tail| tail.starts_with('?')) => {
            canonical.insert(start.saturating_add(at), '/');
        }
        Some(_) => {}
    }
    canonical
}

fn after_scheme(url: &str) -> &str {
    url.split_once("://").map_or("", |(_, rest)| rest)
}

/// The host of a URL, without user, port and brackets; as written.
pub(super) fn url_host(url: &str) -> &str {
    let rest = after_scheme(url);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Text in lower case, character by character: unlike `str::to_lowercase` the same for a part as
/// for the whole.
pub(super) fn lower_text(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// As [`lower_text`], into a buffer; `None` when it does not fit.
pub(super) fn lower_into<'b>(text: &str, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    if text.is_ascii() {
        let room = buffer.get_mut(..text.len())?;
        room.copy_from_slice(text.as_bytes());
        room.make_ascii_lowercase();
        return Some(room);
    }
    let mut len = 0_usize;
    for c in text.chars().flat_map(char::to_lowercase) {
        let end = len.checked_add(c.len_utf8())?;
        c.encode_utf8(buffer.get_mut(len..end)?);
        len = end;
    }
    buffer.get(..len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn canonical_forms_of_indicators() {
        let check = |kind: IndicatorKind, expected: Option<&str>| {
            let found =
                canonical_kind(kind).map(|kind| format!("{} {}", kind.word(), kind.value()));
            assert_eq!(found.as_deref(), expected);
        };
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        check(IndicatorKind::Cidr(ip("192.0.2.77"), 24), Some("cidr 192.0.2.0/24"));
        check(IndicatorKind::Cidr(ip("192.0.2.77"), 32), Some("ip 192.0.2.77"));
        check(IndicatorKind::Cidr(ip("192.0.2.77"), 33), None);
        check(IndicatorKind::Cidr(ip("::ffff:192.0.2.77"), 120), Some("cidr 192.0.2.0/24"));
        check(IndicatorKind::Cidr(ip("2001:db8::1"), 32), Some("cidr 2001:db8::/32"));
        check(IndicatorKind::Cidr(ip("10.0.0.1"), 0), Some("cidr 0.0.0.0/0"));
        check(IndicatorKind::Domain("*.Evil.Example.".into()), Some("domain evil.example"));
        check(IndicatorKind::Domain("192.0.2.1".into()), None);
        check(IndicatorKind::Hash("AB".repeat(16)), Some(&format!("hash {}", "ab".repeat(16))));
        check(IndicatorKind::Hash("ab".into()), None);
        check(IndicatorKind::SignerSerial("00:85:38:A6".into()), Some("signer_serial 8538a6"));
        check(IndicatorKind::SignerSerial("00".into()), None);
        check(IndicatorKind::SignerSerial("8538zz".into()), None);
        check(IndicatorKind::Signer(" Vendor ĐỒNG ".into()), Some("signer vendor đồng"));
        check(IndicatorKind::Mutex(String::new()), None);
    }

    #[test]
    fn url_prefixes_keep_their_slash() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(url_pattern(text).as_deref(), expected, "{text}");
        };
        check("http://Evil.example/*", Some("http://evil.example/*"));
        check("http://evil.example*", Some("http://evil.example*"));
        check("http://evil.example?a*", Some("http://evil.example/?a*"));
        check("http://evil.example/a**", Some("http://evil.example/a*"));
        check("http://evil.example/", Some("http://evil.example"));
        check("*", None);
        assert_eq!(with_root("http://a".into()), "http://a/");
        assert_eq!(with_root("http://a?b".into()), "http://a/?b");
        assert_eq!(with_root("http://a/?b".into()), "http://a/?b");
    }

    #[test]
    fn hosts_of_urls() {
        for (url, host) in [
            ("http://a.b:80/c", "a.b"),
            ("http://u:p@a.b?x", "a.b"),
            ("http://[::1]:80/", "::1"),
            ("http://a#b", "a"),
            ("a/b", ""),
        ] {
            assert_eq!(url_host(url), host, "{url}");
        }
    }

    proptest! {
        #[test]
        fn the_buffer_holds_the_lower_case(text in any::<String>()) {
            let mut buffer = [0_u8; 4096];
            let found = lower_into(&text, &mut buffer).map(<[u8]>::to_vec);
            prop_assert_eq!(found, Some(lower_text(&text).into_bytes()));
            prop_assert!(text.is_empty() || lower_into(&text, &mut []).is_none());
        }

        #[test]
        fn canonical_urls_are_fixed_points(text in "http://[a-c.@:?#/*é]{0,12}") {
            if let Some(url) = url_pattern(&text) {
                prop_assert_eq!(url_pattern(&url), Some(url));
            }
        }
    }
}
