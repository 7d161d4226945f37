//! What stays of a line from release to release, and whom it names.
//!
//! Versions, counters and identifiers change with every release and say nothing; the address that an
//! installation fetches from says everything, digits included.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::collect::clipped;

/// Bound: addresses kept of one script.
const HOSTS_MAX: usize = 64;

/// Bound: bytes of one address.
const HOST_MAX: usize = 200;

/// The text in lower case with numbers left out, except those of addresses.
pub(crate) fn lasting(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut previous = ' ';
    while let Some(first) = rest.chars().next() {
        let kept = kept(rest, previous);
        let len = if kept > 0 { kept } else { first.len_utf8() };
        let (part, after) = rest.split_at(len);
        if kept > 0 {
            out.push_str(&part.to_ascii_lowercase());
        } else if let Some(len) = guid(rest) {
            out.push('0');
            previous = '0';
            rest = rest.get(len..).unwrap_or_default();
            continue;
        } else if !first.is_ascii_digit() {
            out.push(first.to_ascii_lowercase());
        } else if !previous.is_ascii_digit() {
            out.push('0');
        }
        previous = part.chars().next_back().unwrap_or(' ');
        rest = after;
    }
    out
}

/// How many bytes at the start are an address: of a URL behind its scheme, or four numbers that stand
/// alone.
fn kept(rest: &str, previous: char) -> usize {
    if let Some(authority) = rest.strip_prefix("://") {
        return "://".len().saturating_add(authority_len(authority));
    }
    let starts = rest.starts_with(|c: char| c.is_ascii_digit());
    if !starts || previous.is_ascii_alphanumeric() || "._-~+".contains(previous) {
        return 0;
    }
    let len = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    let (number, after) = rest.split_at(len);
    let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || "_-~+".contains(c));
    if ends && number.parse::<Ipv4Addr>().is_ok() { len } else { 0 }
}

fn authority_len(text: &str) -> usize {
    let in_host = |c: char| c.is_alphanumeric() || "-._~:@[]%${}".contains(c);
    text.find(|c: char| !in_host(c)).unwrap_or(text.len())
}

/// The length of a GUID at the start: installers make new ones for every release.
fn guid(rest: &str) -> Option<usize> {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut at = 0_usize;
    for (i, len) in LENGTHS.into_iter().enumerate() {
        if i > 0 {
            rest.get(at..)?.strip_prefix('-')?;
            at = at.saturating_add(1);
        }
        let end = at.saturating_add(len);
        rest.get(at..end)?.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
        at = end;
    }
    Some(at)
}

/// The text shortened to `max` bytes; what was cut off is in a digest, so that a change there shows.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    let text = lasting(text);
    if text.len() <= max {
        return text;
    }
    format!("{}… #{}", clipped(&text, max), digest(&[&text]))
}

/// Eight hexadecimal digits for some texts.
pub(crate) fn digest(texts: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text);
    }
    digest.finalize().iter().take(4).map(|b| format!("{b:02x}")).collect()
}

/// Adds the hosts of the URLs in a text: lower case, without user.
pub(crate) fn hosts(text: &str, out: &mut BTreeSet<String>) {
    for (at, mark) in text.match_indices("://") {
        let rest = text.get(at.saturating_add(mark.len())..).unwrap_or_default();
        let authority = rest.get(..authority_len(rest)).unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = host.trim_end_matches(['.', ':']);
        if !host.is_empty() && out.len() < HOSTS_MAX {
            out.insert(clipped(&host.to_ascii_lowercase(), HOST_MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_and_addresses_stay() {
        let cases = [
            ("curl HTTP://192.0.2.10:80/app-1.22.zip", "curl http://192.0.2.10:80/app-0.0.zip"),
            ("nc 192.0.2.7 4444", "nc 192.0.2.7 0"),
            ("tool-1.0.2.3 --at 12", "tool-0.0.0.0 --at 0"),
            ("get https://cdn2.inert.test/a7", "get https://cdn2.inert.test/a0"),
            ("x {0F4A1B2C-12AB-34CD-56EF-0123456789AB} y", "x {0} y"),
        ];
        for (text, expected) in cases {
            assert_eq!(lasting(text), expected);
        }
    }

    #[test]
    fn what_is_cut_off_still_counts() {
        let long = |end: &str| format!("{}{end}", "a".repeat(150));
        assert_ne!(shortened(&long("x"), 100), shortened(&long("y"), 100));
        assert_eq!(shortened(&long("1.2"), 100), shortened(&long("1.3"), 100));
        assert!(shortened(&long("x"), 100).len() < 130);
    }

    #[test]
    fn hosts_of_urls() {
        let mut out = BTreeSet::new();
        hosts("u=https://me@CDN.inert.test:8443/x; v='ftp://$host/'", &mut out);
        assert_eq!(out.into_iter().collect::<Vec<_>>(), ["$host", "cdn.inert.test:8443"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}", marked in "[0-9a-f:/.@ {}-]{0,120}") {
            for text in [text, marked] {
                let _ = (lasting(&text), shortened(&text, 40));
                hosts(&text, &mut BTreeSet::new());
            }
        }
    }
}
