//! Values seen in events, in a canonical form, so that equal things compare equal.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A value seen, canonical: hashes and domains in lower case, paths with `/` and lower case.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Observable {
    /// A domain name, lower case, without the root dot.
    Domain(String),
    /// A file hash, lower-case hexadecimal; the length tells the kind.
    Hash(String),
    /// An address; IPv4-mapped IPv6 is IPv4.
    Ip(IpAddr),
    /// A file path, lower case, with forward slashes.
    Path(String),
    /// The name of a code signer, lower case.
    Signer(String),
    /// A URL, canonical (see [`canonical_url`]).
    Url(String),
    /// An HTTP user agent, as is.
    UserAgent(String),
}

/// Canonical form of a domain name; `None` when it cannot be one.
///
/// Accepts a trailing dot and any case. Source: RFC 1035 §2.3.1, relaxed to underscores and
/// non-ASCII labels, which logs hold.
pub fn canonical_domain(text: &str) -> Option<String> {
    // Lower case comes first: it can change a label's length and even its kinds of characters.
    let text = text.strip_suffix('.').unwrap_or(text).to_lowercase();
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    let fits = !text.is_empty() && text.len() <= 253 && text.contains('.');
    (fits && text.split('.').all(label_ok)).then_some(text)
}

/// Canonical form of a hash: lower-case hexadecimal of 32 (MD5), 40 (SHA-1), 56, 64 (SHA-256), 96
/// or 128 digits; `None` otherwise.
pub fn canonical_hash(text: &str) -> Option<String> {
    let fits = matches!(text.len(), 32 | 40 | 56 | 64 | 96 | 128);
    (fits && text.bytes().all(|b| b.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

/// Canonical form of an address: IPv4-mapped IPv6 becomes IPv4, brackets and zones go.
pub fn canonical_ip(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// Canonical form of a URL: scheme and host in lower case, default port and fragment gone.
///
/// Not a full RFC 3986 normalisation: the path and query stay as they are, because servers may
/// tell them apart. A trailing slash on an empty path is dropped.
pub fn canonical_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if scheme.is_empty() || !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') {
        return None;
    }
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
    let scheme = scheme.to_ascii_lowercase();
    let host = host.to_lowercase();
    let default_port = match scheme.as_str() {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => "",
    };
    let host = match default_port {
        "" => host.as_str(),
        // Hostile: a port written twice goes twice, or one URL would have two forms.
        port => host.trim_end_matches(port),
    };
    let path = if path == "/" { "" } else { path };
    (!host.is_empty()).then(|| format!("{scheme}://{host}{path}"))
}

/// Canonical form of a path for comparison: lower case, backslashes as slashes, runs folded.
pub fn canonical_path(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c == '\\' { '/' } else { c };
        if c == '/' && path.ends_with('/') && path.len() > 1 {
            continue;
        }
        path.extend(c.to_lowercase());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn canonical_forms() {
        assert_eq!(canonical_domain("WWW.Example.NET.").as_deref(), Some("www.example.net"));
        assert_eq!(canonical_domain("localhost"), None);
        assert_eq!(canonical_domain("a..b"), None);
        // In lower case this letter is two characters, and the second is none of a label's.
        assert_eq!(canonical_domain("x.İ"), None);
        assert_eq!(canonical_ip("::ffff:192.0.2.1"), "192.0.2.1".parse().ok());
        assert_eq!(canonical_ip("[fe80::1%eth0]"), "fe80::1".parse().ok());
        assert_eq!(
            canonical_url("HTTPS://User@Example.Net:443/A?b#c").as_deref(),
            Some("https://example.net/A?b")
        );
        assert_eq!(canonical_url("http://example.net/").as_deref(), Some("http://example.net"));
        assert_eq!(canonical_url("http://a.example:80:80").as_deref(), Some("http://a.example"));
        assert_eq!(canonical_url("mailto:x"), None);
        assert_eq!(canonical_path("C:\\Windows\\\\System32"), "c:/windows/system32");
    }

    /// Any text, and text shaped so that it gets past the first look.
    fn texts() -> impl Strategy<Value = String> {
        let labels = prop::collection::vec("([a-zA-Z0-9_-]|\\PC){0,6}", 1..5);
        let domain = labels.prop_map(|labels| labels.join("."));
        let url = ("(http|HTTPS|ws|ftp)://", domain.clone(), "(:80|:443|:8)?", "(/|\\?|#)?", ".*")
            .prop_map(|(scheme, host, port, edge, rest)| {
                format!("{scheme}{host}{port}{edge}{rest}")
            });
        let ip = "\\[?[0-9a-f:.]{2,16}(%[a-z0-9]{1,4})?\\]?";
        prop_oneof![any::<String>(), domain, url, ip, "[0-9a-fA-F]{32}"]
    }

    proptest! {
        #[test]
        fn canonical_forms_are_fixed_points(text in texts()) {
            for form in [canonical_domain, canonical_hash, canonical_url] {
                if let Some(canonical) = form(&text) {
                    prop_assert_eq!(form(&canonical), Some(canonical));
                }
            }
            if let Some(address) = canonical_ip(&text) {
                prop_assert_eq!(canonical_ip(&address.to_string()), Some(address));
            }
            let path = canonical_path(&text);
            prop_assert_eq!(canonical_path(&path), path);
        }
    }
}
