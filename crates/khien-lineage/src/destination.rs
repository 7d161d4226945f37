//! What a host name stands for: something that somebody registered, a place where anybody may put
//! things, or a name of the house.
//!
//! On shared hosting the registered domain says nothing (`facts`: a dead drop on a raw-file site), so
//! the whole name is kept there.

use std::net::IpAddr;

/// What is contacted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Destination {
    /// A registered domain, or the whole name below a network that delivers for others.
    Domain(String),
    /// A place where anybody may put files, text or a service: the whole name.
    Shared(String),
    /// A public address.
    Address(String),
    /// Something inside: a private address, a name without a public suffix, a reverse look-up.
    Internal,
}

/// Places where anybody may put files, text or a service. A name matches itself and what is below it.
const SHARED: &[&str] = &[
    "000webhostapp.com",
    "1drv.ms",
    "4shared.com",
    "amazonaws.com",
    "anonfiles.com",
    "api.telegram.org",
    "appspot.com",
    "bitbucket.org",
    "blob.core.windows.net",
    "blogdns.com",
    "blogspot.com",
    "catbox.moe",
    "cdn.discordapp.com",
    "codeberg.page",
    "ddns.net",
    "discord.com",
    "docs.google.com",
    "drive.google.com",
    "drive.usercontent.google.com",
    "dropbox.com",
    "dropboxusercontent.com",
    "duckdns.org",
    "dynu.net",
    "file.io",
    "firebaseio.com",
    "gist.github.com",
    "github.com",
    "github.io",
    "githubusercontent.com",
    "gitlab.com",
    "gitlab.io",
    "glitch.me",
    "gofile.io",
    "herokuapp.com",
    "homeunix.org",
    "hopto.org",
    "ipfs.io",
    "justpaste.it",
    "mediafire.com",
    "mega.nz",
    "myftp.org",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.io",
    "no-ip.org",
    "notion.site",
    "onedrive.live.com",
    "onrender.com",
    "pages.dev",
    "paste.ee",
    "pastebin.com",
    "r2.dev",
    "rentry.co",
    "repl.co",
    "script.google.com",
    "serveo.net",
    "sites.google.com",
    "storage.googleapis.com",
    "t.me",
    "transfer.sh",
    "trycloudflare.com",
    "vercel.app",
    "web.app",
    "web.core.windows.net",
    "webhook.site",
    "wordpress.com",
    "workers.dev",
    "zapto.org",
];

/// Networks that deliver for others: the name says whose, the registered domain does not.
const DELIVERY: &[&str] = &[
    "akamaiedge.net",
    "akamaihd.net",
    "akamaized.net",
    "azureedge.net",
    "azurefd.net",
    "b-cdn.net",
    "cdn77.org",
    "cloudapp.azure.com",
    "cloudapp.net",
    "cloudflare.net",
    "cloudfront.net",
    "edgekey.net",
    "edgesuite.net",
    "fastly.net",
    "fastlylb.net",
    "googleusercontent.com",
    "llnwd.net",
    "msecnd.net",
    "stackpathdns.com",
    "trafficmanager.net",
];

impl Destination {
    /// What a name or an address stands for.
    pub fn of(text: &str) -> Self {
        let text = text.trim_end_matches('.');
        if let Some(address) = khien_model::observable::canonical_ip(text) {
            return match is_public(address) {
                true => Self::Address(address.to_string()),
                false => Self::Internal,
            };
        }
        let Some(name) = khien_model::observable::canonical_domain(text) else {
            return Self::Internal;
        };
        let is_reverse = name.ends_with(".arpa");
        if is_reverse || INSIDE.iter().any(|end| name.ends_with(end)) {
            return Self::Internal;
        }
        if SHARED.iter().any(|of| is_below(&name, of)) {
            return Self::Shared(name);
        }
        if DELIVERY.iter().any(|of| is_below(&name, of)) {
            return Self::Domain(without_numbers(&name));
        }
        match psl::domain(name.as_bytes()) {
            Some(domain) if domain.suffix().is_known() || is_for_examples(&name) => {
                let registered = String::from_utf8_lossy(domain.as_bytes()).into_owned();
                Self::Domain(registered)
            }
            _ => Self::Internal,
        }
    }
}

/// Ends of names that are only known inside. Source: RFC 6762, RFC 8375, and common habit.
const INSIDE: [&str; 8] =
    [".local", ".lan", ".internal", ".corp", ".home", ".intranet", ".localdomain", ".home.arpa"];

/// RFC 2606 names behave as public ones, so that examples and drills do.
fn is_for_examples(name: &str) -> bool {
    [".example", ".test", ".invalid"].iter().any(|end| name.ends_with(end))
}

fn is_below(name: &str, of: &str) -> bool {
    name.strip_suffix(of).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Runs of digits as one sign, so that numbered edges are one destination.
pub(crate) fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let is_carrier = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || is_carrier)
        }
        IpAddr::V6(v6) => {
            let first = v6.segments().first().copied().unwrap_or(0);
            let is_inside = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
            !(v6.is_loopback() || v6.is_multicast() || v6.is_unspecified() || is_inside)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        let domain = |text: &str| Destination::Domain(text.to_owned());
        let shared = |text: &str| Destination::Shared(text.to_owned());
        for (text, expected) in [
            ("api.Vendor.co.uk.", domain("vendor.co.uk")),
            ("telemetry.vendor.example", domain("vendor.example")),
            ("raw.githubusercontent.com", shared("raw.githubusercontent.com")),
            ("notgithub.com", domain("notgithub.com")),
            ("drop.s3.eu-west-1.amazonaws.com", shared("drop.s3.eu-west-1.amazonaws.com")),
            ("d111abc.cloudfront.net", domain("d#abc.cloudfront.net")),
            ("192.0.2.7", Destination::Address("192.0.2.7".to_owned())),
            ("::ffff:192.0.2.7", Destination::Address("192.0.2.7".to_owned())),
            ("10.1.2.3", Destination::Internal),
            ("fe80::1", Destination::Internal),
            ("printer", Destination::Internal),
            ("dc01.bank.local", Destination::Internal),
            ("7.2.0.192.in-addr.arpa", Destination::Internal),
            ("com", Destination::Internal),
            ("", Destination::Internal),
        ] {
            assert_eq!(Destination::of(text), expected, "{text}");
        }
    }

    #[test]
    fn the_lists_are_sorted() {
        for list in [SHARED, DELIVERY] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
