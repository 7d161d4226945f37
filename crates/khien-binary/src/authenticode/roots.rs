//! Pinned roots of code signing and time stamping.
//!
//! The list is data (`content/roots/code-signing.toml`), compiled in; a test holds every certificate
//! to the fingerprint written beside it, and the fingerprints are those that their owners publish.

use std::sync::LazyLock;

use const_oid::ObjectIdentifier;

use super::certificate::Certificate;
use super::oid;

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

    /// Whether chains for a purpose may end at it. Roots that exist to vouch for clocks vouch for
    /// nobody's programs; the others are asked for both, and Windows asks them so.
    pub(crate) fn serves(&self, purpose: ObjectIdentifier) -> bool {
        let name = self.name.to_ascii_lowercase();
        let clock = ["timestamp", "time stamp", " ts "].iter().any(|mark| name.contains(mark));
        purpose != oid::CODE_SIGNING || !clock
    }
}

static ROOTS: LazyLock<Vec<Root>> =
    LazyLock::new(|| parse(include_str!("../../../../content/roots/code-signing.toml")));

/// All pinned roots.
pub(crate) fn all() -> impl Iterator<Item = &'static Root> {
    #[cfg(test)]
    let more = TEST_ROOT.iter();
    #[cfg(not(test))]
    let more = std::iter::empty();
    ROOTS.iter().chain(more)
}

/// The root of the fixtures, pinned in the tests of this crate alone, so that what a pinned root
/// changes can be tested at all.
#[cfg(test)]
static TEST_ROOT: LazyLock<[Root; 1]> = LazyLock::new(|| {
    let der = khien_testkit::release::signatures::root();
    [Root { name: "VET TEST ROOT - NOT A REAL CA".to_owned(), der }]
});

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
            ROOTS.iter().map(|root| hex(&DigestKind::Sha256.digest(&[&root.der]))).collect();
        assert!(found.len() >= 20);
        assert_eq!(found, written);
    }

    #[test]
    fn every_root_is_read_and_issues() {
        for root in all() {
            let certificate = root.certificate().unwrap();
            assert!(certificate.key.is_some(), "{}", root.name);
            // The oldest has no basic constraints: it is trusted by being here.
            let may = certificate.may_issue() || root.name == "Microsoft Root Authority";
            assert!(certificate.self_issued() && may, "{}", root.name);
        }
    }

    #[test]
    fn roots_of_clocks_vouch_for_no_programs() {
        let serves = |name: &str, purpose| {
            all().find(|root| root.name.contains(name)).is_some_and(|root| root.serves(purpose))
        };
        for clock in ["Thawte Timestamping", "ECC TS Root", "Time Stamp Root", "Timestamp RSA"] {
            assert!(!serves(clock, oid::CODE_SIGNING), "{clock}");
            assert!(serves(clock, oid::TIME_STAMPING), "{clock}");
        }
        for other in ["DigiCert Trusted Root G4", "Microsoft Root Certificate Authority 2010"] {
            assert!(serves(other, oid::CODE_SIGNING) && serves(other, oid::TIME_STAMPING));
        }
    }
}
