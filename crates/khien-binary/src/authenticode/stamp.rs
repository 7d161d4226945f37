//! Time stamps: RFC 3161 tokens and PKCS #9 counter-signatures.

use super::certificate::Certificate;
use super::chain::{self, Chain, Checks, End};
use super::message::{Message, SignerInfo};
use super::oid;
use super::tlv::{self, Tlv};
use super::verify::DigestKind;

/// A time stamp over a signature.
#[derive(Debug)]
pub(crate) struct Stamp<'a> {
    /// Seconds since 1970.
    pub(crate) time: i64,
    /// Of the authority.
    pub(crate) chain: Option<Chain<'a>>,
    /// The token, where it is a message of its own.
    pub(crate) message: Option<Message<'a>>,
    /// Why it does not hold, if it does not.
    pub(crate) fault: Option<String>,
}

impl Stamp<'_> {
    /// Whether it holds and its authority's chain ends at a pinned root.
    pub(crate) fn pinned(&self) -> bool {
        self.fault.is_none()
            && self.chain.as_ref().is_some_and(|chain| matches!(chain.end, End::Pinned(_)))
    }
}

/// What a check of one signer found.
pub(crate) enum Check {
    Holds,
    WrongDigest,
    WrongSignature,
    Unsupported(&'static str),
}

/// Checks the message digest and the signature of a signer over content.
pub(crate) fn check(signer: &SignerInfo<'_>, leaf: &Certificate<'_>, content: &[u8]) -> Check {
    let (Some(kind), Some(signing)) = (signer.digest, signer.signature_digest()) else {
        return Check::Unsupported("a digest algorithm that is not read here");
    };
    if signer.algorithm.is_none() {
        return Check::Unsupported("a signature algorithm that is not read here");
    }
    let Some(key) = leaf.key else {
        return Check::Unsupported("a key that is not read here");
    };
    let over = match &signer.signed {
        Some(attributes) => {
            let stated = attributes.first(oid::MESSAGE_DIGEST);
            let stated = stated.as_ref().and_then(Tlv::octets);
            if stated.as_deref() != Some(kind.digest(&[content]).as_slice()) {
                return Check::WrongDigest;
            }
            attributes.digest(signing)
        }
        None => signing.digest(&[content]),
    };
    if key.verifies(signing, &over, signer.signature) {
        Check::Holds
    } else {
        Check::WrongSignature
    }
}

/// Reads an RFC 3161 token over a signature, with a budget of its own.
pub(crate) fn token<'a>(value: &Tlv<'a>, signature: &[u8]) -> Option<Stamp<'a>> {
    token_within(value, signature, &Checks::default())
}

/// Reads an RFC 3161 token over a signature; `None` where it is none.
pub(crate) fn token_within<'a>(
    value: &Tlv<'a>,
    signature: &[u8],
    checks: &Checks,
) -> Option<Stamp<'a>> {
    let message = Message::read(value.raw)?;
    if message.content_type != oid::TST_INFO {
        return None;
    }
    let content = message.content?.octets()?;
    let info = Tlv::first(&content)?;
    let mut fields = info.reader();
    let _version = fields.expect(tlv::INTEGER)?;
    let _policy = fields.next()?;
    let mut imprint = fields.expect(tlv::SEQUENCE)?.reader();
    let kind = DigestKind::read(&imprint.next()?);
    let stated = imprint.next()?.octets()?;
    let _serial = fields.expect(tlv::INTEGER)?;
    let time = fields.next()?.time()?;

    let signer = message.signers.first()?;
    let leaf = signer.certificate(&message.certificates);
    let mut fault = match kind {
        Some(kind) if kind.digest(&[signature]) != *stated => {
            Some("the stamp is over another signature".to_owned())
        }
        Some(_) => None,
        None => Some("an imprint that is not read here".to_owned()),
    };
    let chain = leaf.as_ref().map(|leaf| {
        chain::build_within(leaf, &message.certificates, oid::TIME_STAMPING, Some(time), checks)
    });
    fault = fault.or_else(|| fault_of(signer, leaf.as_ref(), &content, chain.as_ref()));
    Some(Stamp { time, chain, message: Some(message), fault })
}

/// Reads a PKCS #9 counter-signature; the authority's certificates are in the outer message.
pub(crate) fn counter<'a>(
    value: &Tlv<'a>,
    signature: &[u8],
    among: &[Certificate<'a>],
    checks: &Checks,
) -> Option<(Stamp<'a>, SignerInfo<'a>)> {
    let mut strays = Vec::new();
    let signer = SignerInfo::read(value, &mut strays)?;
    let time = signer.claimed()?;
    let leaf = signer.certificate(among);
    let chain = leaf
        .as_ref()
        .map(|leaf| chain::build_within(leaf, among, oid::TIME_STAMPING, Some(time), checks));
    let mut fault = fault_of(&signer, leaf.as_ref(), signature, chain.as_ref());
    if !strays.is_empty() {
        fault = fault.or_else(|| Some("bytes after the counter-signature".to_owned()));
    }
    Some((Stamp { time, chain, message: None, fault }, signer))
}

fn fault_of(
    signer: &SignerInfo<'_>,
    leaf: Option<&Certificate<'_>>,
    content: &[u8],
    chain: Option<&Chain<'_>>,
) -> Option<String> {
    let (Some(leaf), Some(chain)) = (leaf, chain) else {
        return Some("the authority's certificate is missing".to_owned());
    };
    match check(signer, leaf, content) {
        Check::Holds => {}
        Check::WrongDigest => return Some("the stamp's digest is wrong".to_owned()),
        Check::WrongSignature => return Some("the stamp's signature is wrong".to_owned()),
        Check::Unsupported(what) => return Some(what.to_owned()),
    }
    if let End::Broken(name) = &chain.end {
        return Some(format!("the authority's chain breaks at `{name}`"));
    }
    chain.misuse.first().cloned()
}
