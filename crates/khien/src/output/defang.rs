//! Makes addresses harmless for people: what nobody should click or resolve by mistake.

use std::borrow::Cow;

use khien_model::EventClass;
use khien_model::facet::Role;
use khien_model::observable::{canonical_domain, canonical_ip};

use khien_ops::scan::report::{Finding, FindingKind};

/// Which addresses in a finding's texts are made harmless.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Defang {
    /// None: the person asked for raw text.
    Nothing,
    /// URLs only. A file name such as `ffmpeg.dll` has the shape of a domain and stays readable.
    Urls,
    /// URLs, and values that are a domain or an address as a whole: the indicator says they are.
    Addresses,
}

impl Defang {
    /// What to do for a finding.
    pub(super) fn of(finding: &Finding, wanted: bool) -> Self {
        let names_an_address = || {
            let kind = finding.title.as_raw().split(' ').next().unwrap_or_default();
            finding.kind == FindingKind::Indicator
                && matches!(kind, "cidr" | "domain" | "ip" | "url")
        };
        match wanted {
            false => Self::Nothing,
            true if names_an_address() => Self::Addresses,
            true => Self::Urls,
        }
    }

    /// What to do for a field: names of hosts and addresses of the network are addresses, whatever
    /// found them.
    pub(super) fn of_field(self, name: &str) -> Self {
        let classes = [EventClass::Network, EventClass::Dns, EventClass::Http];
        let is_address = || {
            let names = |role: Role| classes.into_iter().flat_map(move |class| role.names(class));
            ADDRESS_ROLES.into_iter().flat_map(names).any(|known| *known == name)
        };
        if self == Self::Urls && is_address() { Self::Addresses } else { self }
    }

    /// A title or a field's value, made harmless word by word.
    pub(super) fn apply(self, text: &str) -> Cow<'_, str> {
        if self == Self::Nothing || !text.contains(['.', ':']) {
            return Cow::Borrowed(text);
        }
        let words: Vec<Cow<'_, str>> = text.split(' ').map(|word| self.word(word)).collect();
        Cow::Owned(words.join(" "))
    }

    fn word(self, word: &str) -> Cow<'_, str> {
        if let Some(url) = defang_url(word) {
            return Cow::Owned(url);
        }
        let bare = word.trim_end_matches([':', ',', ';']);
        let address = bare.split_once('/').map_or(bare, |(address, _bits)| address);
        let is_address = canonical_ip(address).is_some() || canonical_domain(bare).is_some();
        if self == Self::Addresses && is_address {
            return Cow::Owned(break_up(word));
        }
        Cow::Borrowed(word)
    }
}

const ADDRESS_ROLES: [Role; 5] =
    [Role::DestinationIp, Role::DestinationName, Role::DnsAnswers, Role::DnsQuery, Role::Url];

/// `https://a.example/p.txt` as `hxxps://a[.]example/p.txt`, wherever it starts in the word.
fn defang_url(word: &str) -> Option<String> {
    let at = word.find("://")?;
    let (before, rest) = word.split_at(at);
    let rest = rest.get(3..)?;
    let scheme_at = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |last| {
        last + before.get(last..).and_then(|tail| tail.chars().next()).map_or(0, char::len_utf8)
    });
    let (prefix, scheme) = before.split_at(scheme_at);
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => "hxxp".to_owned(),
        "https" => "hxxps".to_owned(),
        "ftp" => "fxp".to_owned(),
        _ => scheme.to_owned(),
    };
    let end = rest.find(['/', '?', '#', '"', '\'', ')', '>', ',']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let path = defang_url(path).unwrap_or_else(|| path.to_owned());
    Some(format!("{prefix}{scheme}://{}{path}", break_up(host)))
}

/// Breaks every dot, or the first colon of an IPv6 address.
fn break_up(address: &str) -> String {
    if address.contains('.') {
        address.replace('.', "[.]")
    } else {
        address.replacen(':', "[:]", 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_the_network_holds_an_address() {
        assert_eq!(Defang::Urls.of_field("QueryName").apply("a.example"), "a[.]example");
        assert_eq!(Defang::Urls.of_field("ImageLoaded").apply("ffmpeg.dll"), "ffmpeg.dll");
        assert_eq!(Defang::Nothing.of_field("QueryName").apply("a.example"), "a.example");
    }

    #[test]
    fn only_what_could_be_followed_is_broken() {
        use Defang::{Addresses, Nothing, Urls};
        for (defang, text, expected) in [
            (Nothing, "https://a.example/x", "https://a.example/x"),
            (Urls, "ffmpeg.dll", "ffmpeg.dll"),
            (Urls, "C:\\a\\3CXDesktopApp.exe", "C:\\a\\3CXDesktopApp.exe"),
            (
                Urls,
                "curl http://a.example:8080/x.sh -o y.z",
                "curl hxxp://a[.]example:8080/x.sh -o y.z",
            ),
            (Urls, "'é(https://a.example')", "'é(hxxps://a[.]example')"),
            (
                Urls,
                "https://a.example,https://b.example",
                "hxxps://a[.]example,hxxps://b[.]example",
            ),
            (Urls, "://", "://"),
            (Addresses, "domain a.example.net", "domain a[.]example[.]net"),
            (Addresses, "ip 192.0.2.1", "ip 192[.]0[.]2[.]1"),
            (Addresses, "cidr 192.0.2.0/24", "cidr 192[.]0[.]2[.]0/24"),
            (Addresses, "ip 2001:db8::1", "ip 2001[:]db8::1"),
            (Addresses, "a.example: too common", "a[.]example: too common"),
            (Addresses, "2026-03-24 08:05:00", "2026-03-24 08:05:00"),
        ] {
            assert_eq!(defang.apply(text), expected);
        }
    }
}
