//! Certificates that a message carries beyond its chains.
//!
//! Signers add roots and cross-certificates, so some are genuine; and a certificate is a container
//! that holds anything in its extensions. The name and the key of one can be copied by anybody, its
//! signature by nobody: only certificates that a key of the chain has signed are above suspicion.

use super::certificate::Certificate;
use super::chain::Checks;
use super::message::Message;
use super::oid;
use super::tlv::{self, Tlv};

/// Bound: an issuer's certificate whose own signature cannot be checked.
const UNVERIFIED_MAX: usize = 2048;

/// How a certificate belongs to a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// In a chain, or an authority's and signed by a key in one.
    Used,
    /// The first certificate of an issuer in a chain that has another issuer itself, who is not here.
    Unverified,
    /// No reason to be there.
    None,
}

/// The chains of a message and the keys in them.
pub(crate) struct Issuers<'c, 'a> {
    used: &'c [&'a [u8]],
    /// Certificates whose keys signed those in the chains.
    authorities: Vec<&'c Certificate<'a>>,
    /// Keys of which an unverified certificate was taken.
    taken: Vec<&'a [u8]>,
}

impl<'c, 'a> Issuers<'c, 'a> {
    /// The issuers of the certificates in use: each one's key has verified a signature.
    pub(crate) fn of(all: &'c [Certificate<'a>], used: &'c [&'a [u8]], checks: &Checks) -> Self {
        let chain: Vec<&Certificate<'a>> =
            all.iter().filter(|found| used.contains(&found.raw)).collect();
        let mut keys: Vec<&Certificate<'a>> = Vec::new();
        for other in all.iter().filter(|other| other.may_issue()) {
            let known = |key: &&Certificate<'a>| {
                key.key_info == other.key_info && key.subject.same(&other.subject)
            };
            if !keys.iter().any(known)
                && chain.iter().any(|below| {
                    other.subject.same(&below.issuer) && checks.signed_by(below, other.key.as_ref())
                })
            {
                keys.push(other);
            }
        }
        Self { used, authorities: keys, taken: Vec::new() }
    }

    /// Where a certificate belongs.
    pub(crate) fn place(&mut self, certificate: &Certificate<'a>, checks: &Checks) -> Place {
        if self.used.contains(&certificate.raw) {
            return Place::Used;
        }
        // An authority's own certificates; those of other signers have no business here.
        let may_issue = certificate.may_issue();
        let signed = may_issue
            && self.authorities.iter().any(|authority| {
                authority.subject.same(&certificate.issuer)
                    && checks.signed_by(certificate, authority.key.as_ref())
            });
        if signed {
            return Place::Used;
        }
        let issuer = self.authorities.iter().any(|authority| {
            authority.key_info == certificate.key_info
                && authority.subject.same(&certificate.subject)
        });
        // One that says it signed itself, and did not, is no issuer's.
        let forged = certificate.self_issued()
            && certificate.algorithm.is_some_and(|algorithm| algorithm.digest.is_some())
            && certificate.key.is_some();
        if issuer
            && may_issue
            && !forged
            && certificate.raw.len() <= UNVERIFIED_MAX
            && !self.taken.contains(&certificate.key_info)
        {
            self.taken.push(certificate.key_info);
            return Place::Unverified;
        }
        Place::None
    }
}

/// An attribute certificate that Microsoft's time stamps of about 2005 to 2020 carry: it says who
/// audits the clock of the authority, names the authority's certificate, and is about 900 bytes long.
pub(crate) fn is_clock_certificate(message: &Message<'_>, element: &[u8]) -> bool {
    let Some(outer) = Tlv::first(element) else { return false };
    let mut holder = outer.reader();
    let holder = holder.expect(tlv::SEQUENCE).and_then(|body| {
        let mut fields = body.reader();
        fields.expect(tlv::INTEGER)?;
        fields.expect(tlv::SEQUENCE)
    });
    let authority =
        message.signers.first().and_then(|info| info.certificate(&message.certificates));
    let (Some(holder), Some(authority)) = (holder, authority) else { return false };
    message.content_type == oid::TST_INFO
        && matches!(outer.tag, 0xA1 | 0xA2)
        && element.len() <= 1536
        && memchr::memmem::find(holder.value, authority.subject.0).is_some()
}
