//! The names that Sigma's taxonomy gives to the parts of an HTTP request.

use khien_model::{Event, Scalar};

/// Which of a producer's fields hold the parts of a request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) uri: &'static str,
    pub(crate) host: &'static str,
    pub(crate) user_agent: &'static str,
    pub(crate) method: &'static str,
    pub(crate) status: &'static str,
    pub(crate) referrer: &'static str,
    pub(crate) source_ip: &'static str,
    pub(crate) destination_ip: &'static str,
}

/// Offers a request under the names of Sigma's `proxy` category.
///
/// Source: Sigma taxonomy 2.1, "Proxy"; and the spellings that the rules themselves use.
pub(crate) fn offer_proxy_names(event: &mut Event, request: &Request) {
    for (from, to) in [
        (request.uri, "c-uri"),
        (request.uri, "cs-uri"),
        (request.host, "cs-host"),
        (request.user_agent, "c-useragent"),
        (request.user_agent, "cs-user-agent"),
        (request.method, "cs-method"),
        (request.status, "sc-status"),
        (request.referrer, "cs-referrer"),
        (request.referrer, "cs-referer"),
        (request.source_ip, "src_ip"),
        (request.destination_ip, "dst_ip"),
    ] {
        event.alias(from, to);
    }
    let Some(uri) = event.text_of(request.uri).map(str::to_owned) else { return };
    let parts = parts_of(&uri);
    for name in ["c-uri-stem", "cs-uri-stem"] {
        event.push_derived(name, Scalar::Str(parts.stem));
    }
    if let Some(query) = parts.query {
        event.push_derived("c-uri-query", Scalar::Str(query));
    }
    if let Some(extension) = parts.extension {
        event.push_derived("c-uri-extension", Scalar::Str(extension));
    }
}

/// A request target, taken apart.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct UriParts<'a> {
    /// The target up to the question mark.
    pub(crate) stem: &'a str,
    /// What follows the question mark.
    pub(crate) query: Option<&'a str>,
    /// What follows the last full stop of the stem's last segment.
    pub(crate) extension: Option<&'a str>,
}

/// Takes a request target apart; works on a path and on a whole URL.
pub(crate) fn parts_of(uri: &str) -> UriParts<'_> {
    let (stem, query) = match uri.split_once('?') {
        Some((stem, query)) => (stem, Some(query)),
        None => (uri, None),
    };
    // The full stops of a host name without a path behind it are no extension.
    let path = stem.split_once("://").map_or(stem, |(_, rest)| rest);
    let extension = path
        .rsplit_once('/')
        .and_then(|(_, segment)| segment.rsplit_once('.'))
        .map(|(_, extension)| extension)
        .filter(|extension| !extension.is_empty());
    UriParts { stem, query, extension }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_apart() {
        for (uri, stem, query, extension) in [
            ("/a/b.zip", "/a/b.zip", None, Some("zip")),
            ("/a.d/b?x=/c.exe", "/a.d/b", Some("x=/c.exe"), None),
            ("http://h.example/f.tar.gz?", "http://h.example/f.tar.gz", Some(""), Some("gz")),
            ("http://h.example", "http://h.example", None, None),
            ("", "", None, None),
            ("/.", "/.", None, None),
        ] {
            assert_eq!(parts_of(uri), UriParts { stem, query, extension }, "{uri}");
        }
    }
}
