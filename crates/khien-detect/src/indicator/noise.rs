//! Indicators that would match everywhere, and why each is left out.
//!
//! Published lists hold them by accident: a sandbox report names the resolver it used, a converter
//! hashes an empty file. One such entry buries every true sighting.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use khien_model::{Indicator, IndicatorKind};
use serde::Serialize;

use super::canonical::{lower_text, url_host};

/// What to leave out of a set beyond what cannot match at all.
#[derive(Clone, Debug, Default)]
pub struct NoisePolicy {
    /// Whether the built-in judgement applies.
    pub built_in: BuiltIn,
    /// Domains that are no indicator, nor is anything below them: the organisation's own.
    pub own_domains: BTreeSet<String>,
}

/// Whether the built-in judgement about noise applies.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BuiltIn {
    /// It does.
    #[default]
    Apply,
    /// It does not: for measuring, and for lists that someone has checked.
    Skip,
}

/// An indicator that a set does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// Its place in the list that the set was built from.
    pub position: usize,
    /// The indicator.
    pub indicator: Indicator,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why an indicator was left out.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftOutReason {
    /// An address that everybody uses, such as a public resolver.
    CommonAddress,
    /// A domain that everybody uses.
    CommonDomain,
    /// The bare name of a file that every system has.
    CommonFile,
    /// The hash of no bytes at all.
    EmptyFile,
    /// A value that has not the form of its kind, so nothing can match it.
    Malformed,
    /// A domain of the organisation's own.
    OwnDomain,
    /// A private, loopback, link-local, multicast or unspecified address.
    PrivateAddress,
    /// A hash of one digit repeated: a placeholder.
    Placeholder,
    /// A suffix under which anybody can register.
    PublicSuffix,
    /// More indicators than a set holds.
    TooMany,
    /// A network or a pattern so wide that it says nothing.
    TooWide,
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CommonAddress => "an address that everybody uses",
            Self::CommonDomain => "a domain that everybody uses",
            Self::CommonFile => "the name of a file that every system has",
            Self::EmptyFile => "the hash of an empty file",
            Self::Malformed => "not a value of its kind",
            Self::OwnDomain => "a domain of the organisation's own",
            Self::PrivateAddress => "an address that is not of the public internet",
            Self::Placeholder => "a placeholder instead of a hash",
            Self::PublicSuffix => "a suffix under which anybody can register",
            Self::TooMany => "more indicators than a set holds",
            Self::TooWide => "too wide to mean anything",
        })
    }
}

impl NoisePolicy {
    /// Leaves out nothing but what cannot match.
    pub fn none() -> Self {
        Self { built_in: BuiltIn::Skip, own_domains: BTreeSet::new() }
    }

    /// Why a pattern in canonical form is noise, if it is.
    pub(super) fn judge(&self, kind: &IndicatorKind) -> Option<LeftOutReason> {
        let host = match kind {
            IndicatorKind::Domain(domain) => Some(domain.as_str()),
            IndicatorKind::Url(url) => Some(url_host(url).trim_end_matches('*')),
            _ => None,
        };
        if host.is_some_and(|host| self.is_own(host)) {
            return Some(LeftOutReason::OwnDomain);
        }
        if self.built_in == BuiltIn::Skip {
            return None;
        }
        match kind {
            IndicatorKind::Cidr(address, bits) => judge_network(*address, *bits),
            IndicatorKind::Domain(domain) => judge_domain(domain),
            IndicatorKind::Hash(hash) => judge_hash(hash),
            IndicatorKind::Ip(address) => judge_address(*address),
            IndicatorKind::Path(pattern) => judge_path(pattern),
            IndicatorKind::Url(url) => judge_url(url),
            _ => None,
        }
    }

    fn is_own(&self, host: &str) -> bool {
        let mut suffix = Some(host);
        !self.own_domains.is_empty()
            && std::iter::from_fn(|| {
                let current = suffix?;
                suffix = current.split_once('.').map(|(_, rest)| rest);
                Some(current)
            })
            .any(|suffix| self.own_domains.iter().any(|own| lower_text(own) == suffix))
    }
}

fn judge_network(address: IpAddr, bits: u8) -> Option<LeftOutReason> {
    let bits_min = if address.is_ipv4() { 8 } else { 16 };
    if bits < bits_min { Some(LeftOutReason::TooWide) } else { judge_private(address) }
}

fn judge_address(address: IpAddr) -> Option<LeftOutReason> {
    let is_resolver = match address {
        IpAddr::V4(v4) => RESOLVERS_V4.contains(&v4),
        IpAddr::V6(v6) => RESOLVERS_V6.contains(&v6),
    };
    if is_resolver { Some(LeftOutReason::CommonAddress) } else { judge_private(address) }
}

/// Documentation networks (RFC 5737) are not private here: examples and tests use them.
fn judge_private(address: IpAddr) -> Option<LeftOutReason> {
    let private = match address {
        IpAddr::V4(v4) => {
            let is_shared = matches!(v4.octets(), [100, 64..=127, ..]); // RFC 6598
            let is_this_network = matches!(v4.octets(), [0, ..]); // RFC 791
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || is_shared
                || is_this_network
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    };
    private.then_some(LeftOutReason::PrivateAddress)
}

fn judge_domain(domain: &str) -> Option<LeftOutReason> {
    if is_public_suffix(domain) {
        Some(LeftOutReason::PublicSuffix)
    } else {
        COMMON_DOMAINS.binary_search(&domain).is_ok().then_some(LeftOutReason::CommonDomain)
    }
}

fn judge_hash(hash: &str) -> Option<LeftOutReason> {
    let first = hash.bytes().next();
    if hash.bytes().all(|b| Some(b) == first) {
        return Some(LeftOutReason::Placeholder);
    }
    EMPTY_FILE.contains(&hash).then_some(LeftOutReason::EmptyFile)
}

fn judge_path(pattern: &str) -> Option<LeftOutReason> {
    // In a folder of its own such a name is a disguise, and an indicator.
    let name = pattern.strip_prefix("c:/windows/system32/").unwrap_or(pattern);
    if COMMON_FILES.binary_search(&name).is_ok() {
        return Some(LeftOutReason::CommonFile);
    }
    // A drive, an extension (`*.exe`) or a letter or two.
    let last = pattern.rsplit('/').next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let is_wild = |text: &str| !text.chars().any(char::is_alphanumeric);
    let directories = pattern.strip_suffix(last).unwrap_or_default();
    let wide = is_wild(directories) && (is_wild(stem) && pattern.contains(['*', '?']));
    let short = pattern.chars().filter(|c| c.is_alphanumeric()).count() < 3;
    (wide || short).then_some(LeftOutReason::TooWide)
}

fn judge_url(url: &str) -> Option<LeftOutReason> {
    let prefix = url.strip_suffix('*')?;
    let (_scheme, rest) = prefix.split_once("://")?;
    match rest.split_once(['/', '?']) {
        // Everything on a host that many share.
        Some((_, "")) => judge_domain(url_host(prefix)),
        Some(_) => None,
        // The host itself is open-ended.
        None if rest.len() < 4 => Some(LeftOutReason::TooWide),
        None => judge_domain(url_host(prefix)),
    }
}

/// Whether anybody can register below a domain: a short list, not the whole Public Suffix List.
fn is_public_suffix(domain: &str) -> bool {
    let Some((first, rest)) = domain.split_once('.') else { return true };
    let is_generic = GENERIC_SECOND_LEVEL.contains(&first);
    (rest.len() == 2 && is_generic) || HOSTING_SUFFIXES.binary_search(&domain).is_ok()
}

/// Second levels that registries of countries use like top levels (`co.uk`, `com.vn`).
const GENERIC_SECOND_LEVEL: [&str; 22] = [
    "ac", "biz", "co", "com", "edu", "go", "gob", "gouv", "gov", "gv", "health", "id", "info",
    "int", "mil", "name", "ne", "net", "nom", "or", "org", "pro",
];

/// Suffixes under which a hosting service gives names to customers. Sorted.
const HOSTING_SUFFIXES: [&str; 32] = [
    "amplifyapp.com",
    "appspot.com",
    "azureedge.net",
    "azurewebsites.net",
    "blob.core.windows.net",
    "blogspot.com",
    "cloudapp.azure.com",
    "cloudapp.net",
    "cloudfront.net",
    "ddns.net",
    "duckdns.org",
    "elasticbeanstalk.com",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "glitch.me",
    "herokuapp.com",
    "netlify.app",
    "ngrok.app",
    "ngrok.io",
    "no-ip.org",
    "onrender.com",
    "pages.dev",
    "r2.dev",
    "readthedocs.io",
    "s3.amazonaws.com",
    "trafficmanager.net",
    "trycloudflare.com",
    "vercel.app",
    "web.app",
    "workers.dev",
];

/// Domains that are no indicator by themselves; what is below them may be. Sorted.
const COMMON_DOMAINS: [&str; 64] = [
    "adobe.com",
    "akadns.net",
    "akamai.com",
    "akamai.net",
    "akamaiedge.net",
    "akamaihd.net",
    "akamaized.net",
    "amazon.com",
    "amazonaws.com",
    "api.github.com",
    "api.telegram.org",
    "apple.com",
    "azure.com",
    "bing.com",
    "bitbucket.org",
    "cdn.discordapp.com",
    "cdn.jsdelivr.net",
    "cdnjs.cloudflare.com",
    "cloudflare.com",
    "codeload.github.com",
    "crates.io",
    "debian.org",
    "digicert.com",
    "discord.com",
    "docker.com",
    "docker.io",
    "dropbox.com",
    "facebook.com",
    "fastly.net",
    "files.pythonhosted.org",
    "firefox.com",
    "gist.github.com",
    "gist.githubusercontent.com",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "google.com",
    "googleapis.com",
    "googleusercontent.com",
    "gstatic.com",
    "icloud.com",
    "ifconfig.me",
    "ip-api.com",
    "ipify.org",
    "letsencrypt.org",
    "live.com",
    "microsoft.com",
    "microsoftonline.com",
    "mozilla.org",
    "npmjs.com",
    "npmjs.org",
    "office.com",
    "office365.com",
    "outlook.com",
    "pastebin.com",
    "pypi.org",
    "raw.githubusercontent.com",
    "registry.npmjs.org",
    "slack.com",
    "ubuntu.com",
    "windows.com",
    "windows.net",
    "windowsupdate.com",
    "youtube.com",
];

/// Names of files that every system has, which reports of incidents mention. Sorted.
const COMMON_FILES: [&str; 40] = [
    "bash.exe",
    "bitsadmin.exe",
    "certutil.exe",
    "cmd.exe",
    "conhost.exe",
    "cscript.exe",
    "csrss.exe",
    "curl.exe",
    "dllhost.exe",
    "explorer.exe",
    "kernel32.dll",
    "lsass.exe",
    "mshta.exe",
    "msiexec.exe",
    "net.exe",
    "net1.exe",
    "netsh.exe",
    "node.exe",
    "notepad.exe",
    "ntdll.dll",
    "ntoskrnl.exe",
    "ping.exe",
    "powershell.exe",
    "pwsh.exe",
    "python.exe",
    "reg.exe",
    "regsvr32.exe",
    "rundll32.exe",
    "sc.exe",
    "schtasks.exe",
    "services.exe",
    "setup.exe",
    "svchost.exe",
    "tasklist.exe",
    "user32.dll",
    "whoami.exe",
    "winlogon.exe",
    "wmic.exe",
    "wmiprvse.exe",
    "wscript.exe",
];

/// Public resolvers, which sandbox reports list among the contacts of everything.
const RESOLVERS_V4: [Ipv4Addr; 9] = [
    Ipv4Addr::new(1, 0, 0, 1),
    Ipv4Addr::new(1, 1, 1, 1),
    Ipv4Addr::new(4, 2, 2, 2),
    Ipv4Addr::new(8, 8, 4, 4),
    Ipv4Addr::new(8, 8, 8, 8),
    Ipv4Addr::new(9, 9, 9, 9),
    Ipv4Addr::new(149, 112, 112, 112),
    Ipv4Addr::new(208, 67, 220, 220),
    Ipv4Addr::new(208, 67, 222, 222),
];

/// The same in IPv6.
const RESOLVERS_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8844),
    Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888),
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1001),
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1111),
];

/// MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512 of no bytes.
const EMPTY_FILE: [&str; 6] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
];

#[cfg(test)]
mod tests;
