//! From a leaf certificate upwards to a pinned root.
//!
//! There is no clock and no network here: validity is judged at the time of signing, revocation not
//! at all. Windows trust stores change; continuity with earlier releases is what the callers weigh
//! first, and an unknown root is not a finding.

use std::cell::Cell;

use const_oid::ObjectIdentifier;

use super::certificate::Certificate;
use super::roots;
use super::verify::{DigestKind, PublicKey, hex};

/// Bound: certificates from leaf to root; genuine chains have two to five.
const LENGTH_MAX: usize = 8;
/// Bound: signatures checked for one chain.
const CHAIN_CHECKS_MAX: u32 = 48;

/// How many signatures may still be checked for one file. A check costs up to a millisecond, a
/// genuine file needs 5 to 40 of them, and a hostile one could ask for millions.
#[derive(Debug)]
pub(crate) struct Checks(Cell<u32>);

impl Default for Checks {
    fn default() -> Self {
        Self(Cell::new(1500))
    }
}

impl Checks {
    /// Whether one more check may be made.
    pub(crate) fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether checks were refused: the answer is incomplete then.
    pub(crate) fn spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Whether a certificate is signed with a key; no, once the checks are spent.
    pub(crate) fn signed_by(
        &self,
        certificate: &Certificate<'_>,
        key: Option<&PublicKey<'_>>,
    ) -> bool {
        let Some(kind) = certificate.algorithm.and_then(|algorithm| algorithm.digest) else {
            return false;
        };
        let Some(key) = key.filter(|_| self.take()) else { return false };
        let digest = kind.digest(&[certificate.signed]);
        key.verifies(kind, &digest, certificate.signature)
    }
}

/// How far upwards the signatures hold.
#[derive(Debug)]
pub(crate) struct Chain<'a> {
    /// Leaf first.
    pub(crate) certificates: Vec<Certificate<'a>>,
    /// Where it ends.
    pub(crate) end: End,
    /// What is wrong with the certificates for the purpose and time, in words.
    pub(crate) misuse: Vec<String>,
}

impl Chain<'_> {
    /// SHA-256 of the public keys, leaf first.
    pub(crate) fn keys(&self) -> Vec<String> {
        let digest = |c: &Certificate<'_>| hex(&DigestKind::Sha256.digest(&[c.key_info]));
        self.certificates.iter().map(digest).collect()
    }
}

/// Where a chain ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// At a pinned root; its name.
    Pinned(String),
    /// At an issuer that is neither in the message nor pinned; its name.
    Unknown(String),
    /// The named issuer is there, and its key did not sign the certificate.
    Broken(String),
}

impl End {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Pinned(name) | Self::Unknown(name) | Self::Broken(name) => name,
        }
    }
}

/// Builds the chain of a leaf over the certificates at hand, with a budget of its own.
pub(crate) fn build<'a>(
    leaf: &Certificate<'a>,
    among: &[Certificate<'a>],
    purpose: ObjectIdentifier,
    at: Option<i64>,
) -> Chain<'a> {
    build_within(leaf, among, purpose, at, &Checks::default())
}

/// As [`build`], within the budget of a file.
pub(crate) fn build_within<'a>(
    leaf: &Certificate<'a>,
    among: &[Certificate<'a>],
    purpose: ObjectIdentifier,
    at: Option<i64>,
    checks: &Checks,
) -> Chain<'a> {
    let mut search = Search { among, purpose, own: CHAIN_CHECKS_MAX, checks };
    let mut path = vec![leaf.clone()];
    let (certificates, end) = search.climb(&mut path);
    let mut chain = Chain { certificates, end, misuse: Vec::new() };
    chain.judge(purpose, at);
    chain
}

struct Search<'a, 'm> {
    among: &'m [Certificate<'a>],
    purpose: ObjectIdentifier,
    own: u32,
    checks: &'m Checks,
}

impl<'a> Search<'a, '_> {
    /// Depth first; the first way to a pinned root wins, else the longest.
    fn climb(&mut self, path: &mut Vec<Certificate<'a>>) -> (Vec<Certificate<'a>>, End) {
        let Some(top) = path.last().cloned() else {
            return (Vec::new(), End::Unknown(String::new()));
        };
        if let Some(end) = self.pinned(&top) {
            return (path.clone(), end);
        }
        let name = top.issuer.short().unwrap_or_default();
        if top.self_issued() || path.len() >= LENGTH_MAX {
            return (path.clone(), End::Unknown(name));
        }
        let mut best: Option<(Vec<Certificate<'a>>, End)> = None;
        let mut denied = false;
        for issuer in self.among {
            let used = path.iter().any(|known| known.raw == issuer.raw);
            if used || !issuer.subject.same(&top.issuer) {
                continue;
            }
            if !self.signed_by(&top, issuer.key.as_ref()) {
                // Another key of the same name is common; the one that the certificate asks for is not.
                let asked = top.extensions.authority_key;
                denied |= asked.is_none() || asked == issuer.extensions.subject_key;
                denied &= top.algorithm.is_some() && issuer.key.is_some() && self.own > 0;
                continue;
            }
            path.push(issuer.clone());
            let found = self.climb(path);
            path.pop();
            if matches!(found.1, End::Pinned(_)) {
                return found;
            }
            if best.as_ref().is_none_or(|best| best.0.len() < found.0.len()) {
                best = Some(found);
            }
        }
        best.unwrap_or_else(|| {
            (path.clone(), if denied { End::Broken(name) } else { End::Unknown(name) })
        })
    }

    /// Whether the certificate is a pinned root or signed by one.
    fn pinned(&mut self, top: &Certificate<'a>) -> Option<End> {
        let purpose = self.purpose;
        for root in roots::all().filter(|root| root.serves(purpose)) {
            let Some(own) = root.certificate() else { continue };
            // The very certificate, or one that the root's key has signed: name and key alone can
            // be copied into a certificate that says anything.
            if own.raw == top.raw
                || own.subject.same(&top.issuer) && self.signed_by(top, own.key.as_ref())
            {
                return Some(End::Pinned(root.name.clone()));
            }
        }
        None
    }

    fn signed_by(&mut self, certificate: &Certificate<'_>, key: Option<&PublicKey<'_>>) -> bool {
        let Some(own) = self.own.checked_sub(1) else { return false };
        self.own = own;
        self.checks.signed_by(certificate, key)
    }
}

impl Chain<'_> {
    fn judge(&mut self, purpose: ObjectIdentifier, at: Option<i64>) {
        // Authorities between this certificate and the leaf.
        let mut below = 0_u32;
        for (index, certificate) in self.certificates.iter().enumerate() {
            let name = certificate.subject.short().unwrap_or_default();
            // Roots are trusted by being pinned; their own dates do not count on Windows either.
            let root = certificate.self_issued();
            // Purposes nest: an authority for mail makes no certificates for programs.
            if (index == 0 || !root) && !certificate.allows(purpose) {
                self.misuse.push(format!("`{name}` may not be used for this purpose"));
            }
            if index == 0 && !certificate.may_sign() {
                self.misuse.push(format!("the key of `{name}` may not sign"));
            }
            let pinned = root && matches!(self.end, End::Pinned(_));
            if index > 0 && !pinned && !certificate.may_issue() {
                self.misuse.push(format!("`{name}` may not issue certificates"));
            }
            if index > 0 && certificate.extensions.path_length.is_some_and(|most| below > most) {
                self.misuse.push(format!("`{name}` may not issue to so many authorities"));
            }
            below += u32::from(index > 0 && !root);
            let (from, to) = certificate.valid;
            if let Some(at) = at
                && !root
                && !(from..=to).contains(&at)
            {
                self.misuse.push(format!("`{name}` was out of date at the time of signing"));
            }
        }
    }
}
