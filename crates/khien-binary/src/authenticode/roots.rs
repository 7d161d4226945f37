//! Pinned roots of code signing and time stamping.
//!
//! The list is data (`content/roots/code-signing.toml`), compiled in; a test holds every certificate
//! to the fingerprint written beside it, and the fingerprints are those that their owners publish.

use std::sync::LazyLock;

use super::certificate::Certificate;

/// A pinned root.
pub(crate) struct Root {
    /// What people call it.
    pub(crate) name: String,
    der: Vec<u8>,
}

impl Root {
    /// The certificate.
    pub(crate) fn certificate(&self) -> Option<Certificate<'_>> {
        Certificate::read(&self.der)
    }
}

static ROOTS: LazyLock<Vec<Root>> =
    LazyLock::new(|| parse(include_str!("../../../../content/roots/code-signing.toml")));

/// All pinned roots.
pub(crate) fn all() -> &'static [Root] {
    &ROOTS
}

/// Reads the three keys of the list. It is our own file, checked by the tests below, so lines are
/// enough: `name = "…"` and `der = """` up to `"""`.
fn parse(list: &str) -> Vec<Root> {
    let mut roots = Vec::new();
    let mut name = String::new();
    let mut base64: Option<String> = None;
    for line in list.lines() {
        if let Some(text) = &mut base64 {
            if line.trim() == "\"\"\"" {
                roots.push(Root { name: std::mem::take(&mut name), der: decode(text) });
                base64 = None;
            } else {
                text.push_str(line.trim());
            }
        } else if let Some(text) = line.strip_prefix("name = \"") {
            name = text.trim_end_matches('"').to_owned();
        } else if line == "der = \"\"\"" {
            base64 = Some(String::new());
        }
    }
    roots
}

/// Base64 (RFC 4648) of our own list; other characters are passed over.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let mut bits = 0_u32;
    let mut held = 0_u32;
    for symbol in text.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFF_FFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).unwrap_or(0));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authenticode::verify::{DigestKind, hex};

    #[test]
    fn every_root_is_the_one_whose_fingerprint_is_written() {
        let list = include_str!("../../../../content/roots/code-signing.toml");
        let written: Vec<&str> = list
            .lines()
            .filter_map(|line| line.strip_prefix("sha256 = \"")?.strip_suffix('"'))
            .collect();
        let found: Vec<String> =
            all().iter().map(|root| hex(&DigestKind::Sha256.digest(&[&root.der]))).collect();
        assert!(found.len() >= 20);
        assert_eq!(found, written);
    }

    #[test]
    fn every_root_is_read_and_issues() {
        for root in all() {
            let certificate = root.certificate().unwrap();
            assert!(certificate.key.is_some(), "{}", root.name);
            assert!(certificate.self_issued() && certificate.may_issue(), "{}", root.name);
        }
    }
}
