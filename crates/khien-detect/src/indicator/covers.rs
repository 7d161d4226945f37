//! Whether an indicator covers a value of the index, as it would in an event.

use std::net::IpAddr;

use khien_model::IndicatorKind;

use super::glob::has_wildcard;
use super::path;

/// Whether an indicator covers an observable, given by the word of its kind
/// ([`super::ObservableKind::word`]) and its canonical value.
pub fn covers(indicator: &IndicatorKind, kind: &str, value: &str) -> bool {
    match indicator {
        IndicatorKind::Domain(domain) => kind == "domain" && is_at_or_below(value, domain),
        IndicatorKind::Hash(hash) => kind == "hash" && hash == value,
        IndicatorKind::Ip(address) => kind == "ip" && value.parse() == Ok(*address),
        IndicatorKind::Cidr(network, bits) => {
            kind == "ip" && value.parse().is_ok_and(|address| is_in(address, *network, *bits))
        }
        IndicatorKind::Path(pattern) => kind == "path" && path::matches(pattern, value),
        IndicatorKind::Signer(name) => kind == "signer" && name.to_lowercase() == value,
        IndicatorKind::SignerSerial(serial) => kind == "signer_serial" && serial == value,
        IndicatorKind::Url(url) => {
            let begins = url.strip_suffix('*').is_some_and(|begin| value.starts_with(begin));
            kind == "url" && (begins || url == value)
        }
        IndicatorKind::UserAgent(agent) => kind == "user_agent" && agent == value,
        _ => false,
    }
}

/// What an index can look up for an indicator, instead of trying it on every value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LookUp<'i> {
    /// The value itself, of the kind with this word.
    Whole(&'static str, &'i str),
    /// A domain, and whatever is below it.
    Domain(&'i str),
    /// Paths whose last component is this; each must then be confirmed by [`covers`].
    PathName(&'i str),
    /// Nothing: every value of the kind with this word must be tried.
    Every(&'static str),
    /// Nothing, and the index has no such values: only the events can tell.
    NotIndexed,
}

/// How an indicator is looked up. `text` is [`IndicatorKind::value`] of it, which the answer borrows.
pub fn look_up<'i>(indicator: &IndicatorKind, text: &'i str) -> LookUp<'i> {
    match indicator {
        IndicatorKind::Domain(_) => LookUp::Domain(text),
        IndicatorKind::Hash(_) => LookUp::Whole("hash", text),
        IndicatorKind::Ip(_) => LookUp::Whole("ip", text),
        IndicatorKind::Cidr(..) => LookUp::Every("ip"),
        IndicatorKind::Path(_) => match path::last_component(text) {
            "" => LookUp::Every("path"),
            name if has_wildcard(name) => LookUp::Every("path"),
            name => LookUp::PathName(name),
        },
        IndicatorKind::Signer(_) => LookUp::Whole("signer", text),
        IndicatorKind::SignerSerial(_) => LookUp::Whole("signer_serial", text),
        IndicatorKind::Url(_) if text.ends_with('*') => LookUp::Every("url"),
        IndicatorKind::Url(_) => LookUp::Whole("url", text),
        IndicatorKind::UserAgent(_) => LookUp::Whole("user_agent", text),
        _ => LookUp::NotIndexed,
    }
}

fn is_at_or_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32_u32.saturating_sub(u32::from(bits));
            let prefix = |ip: std::net::Ipv4Addr| ip.to_bits().checked_shr(shift).unwrap_or(0);
            prefix(address) == prefix(network)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128_u32.saturating_sub(u32::from(bits));
            let prefix = |ip: std::net::Ipv6Addr| ip.to_bits().checked_shr(shift).unwrap_or(0);
            prefix(address) == prefix(network)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_covers_its_own_and_no_near_miss() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let cases = [
            (
                IndicatorKind::Domain("example.net".into()),
                "domain",
                "a.example.net",
                "badexample.net",
            ),
            (IndicatorKind::Cidr(ip("198.51.100.0"), 24), "ip", "198.51.100.7", "198.51.101.7"),
            (IndicatorKind::Cidr(ip("2001:db8::"), 32), "ip", "2001:db8::1", "2001:db9::1"),
            (IndicatorKind::Cidr(ip("0.0.0.0"), 0), "ip", "192.0.2.1", "2001:db8::1"),
            (IndicatorKind::Path("/x/y.dll".into()), "path", "c:/a/x/y.dll", "c:/a/xx/y.dll"),
            (IndicatorKind::Path("y.dll".into()), "path", "c:/a/y.dll", "c:/a/yy.dll"),
            (
                IndicatorKind::Url("http://a.example/x*".into()),
                "url",
                "http://a.example/xyz",
                "http://a.example/y",
            ),
            (IndicatorKind::Signer("Acme Ltd".into()), "signer", "acme ltd", "acme ltd."),
        ];
        for (indicator, kind, hit, miss) in cases {
            assert!(covers(&indicator, kind, hit), "{indicator:?}");
            assert!(
                !covers(&indicator, kind, miss) && !covers(&indicator, "other", hit),
                "{indicator:?}"
            );
        }
    }

    #[test]
    fn a_pattern_with_an_open_end_is_tried_on_every_value() {
        let of = |pattern: &str| {
            let text = pattern.to_owned();
            match look_up(&IndicatorKind::Path(text.clone()), &text) {
                LookUp::PathName(name) => name.to_owned(),
                other => format!("{other:?}"),
            }
        };
        assert_eq!(of("/a/*/b.exe"), "b.exe");
        assert_eq!(of("/a/b*.exe"), "Every(\"path\")");
        assert_eq!(look_up(&IndicatorKind::Mutex("m".into()), "m"), LookUp::NotIndexed);
    }
}
