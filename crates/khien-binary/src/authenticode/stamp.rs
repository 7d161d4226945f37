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
    pub(crate) fault: Option<Fault>,
}

/// Why a stamp does not hold.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is wrong.
    Wrong(String),
    /// It uses what is not read here, or its authority is not known: neither good nor bad.
    Unsupported(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Wrong(what) | Self::Unsupported(what)) = self;
        f.write_str(what)
    }
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

/// Checks the message digest and the signature of a signer over content. Without the content (it is
/// elsewhere) only the signature over the attributes can be.
pub(crate) fn check(
    signer: &SignerInfo<'_>,
    leaf: &Certificate<'_>,
    content: Option<&[u8]>,
) -> Check {
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
            if content.is_some_and(|content| stated.as_deref() != Some(&kind.digest(&[content]))) {
                return Check::WrongDigest;
            }
            attributes.digest(signing)
        }
        None => match content {
            Some(content) => signing.digest(&[content]),
            None => return Check::Unsupported("a signature over content that is elsewhere"),
        },
    };
    if key.verifies(signing, &over, signer.signature) {
        Check::Holds
    } else {
        Check::WrongSignature
    }
}

/// Reads an RFC 3161 token over a signature; `None` where it is none. Some authorities leave their
/// certificates to the outer message.
pub(crate) fn token<'a>(
    value: &Tlv<'a>,
    signature: &[u8],
    outer: &[Certificate<'a>],
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
    let among: Vec<Certificate<'a>> = message.certificates.iter().chain(outer).cloned().collect();
    let leaf = signer.certificate(&among);
    let mut fault = match kind {
        Some(kind) if kind.digest(&[signature]) != *stated => {
            Some(Fault::Wrong("the stamp is over another signature".to_owned()))
        }
        Some(_) => None,
        None => Some(Fault::Unsupported("an imprint that is not read here".to_owned())),
    };
    let chain = leaf
        .as_ref()
        .map(|leaf| chain::build_within(leaf, &among, oid::TIME_STAMPING, Some(time), checks));
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
        let what = "bytes after the counter-signature".to_owned();
        fault = fault.or(Some(Fault::Wrong(what)));
    }
    Some((Stamp { time, chain, message: None, fault }, signer))
}

fn fault_of(
    signer: &SignerInfo<'_>,
    leaf: Option<&Certificate<'_>>,
    content: &[u8],
    chain: Option<&Chain<'_>>,
) -> Option<Fault> {
    let (Some(leaf), Some(chain)) = (leaf, chain) else {
        return Some(Fault::Unsupported("the authority's certificate is missing".to_owned()));
    };
    match check(signer, leaf, Some(content)) {
        Check::Holds => {}
        Check::WrongDigest => return Some(Fault::Wrong("the stamp's digest is wrong".to_owned())),
        Check::WrongSignature => {
            return Some(Fault::Wrong("the stamp's signature is wrong".to_owned()));
        }
        Check::Unsupported(what) => return Some(Fault::Unsupported(what.to_owned())),
    }
    if let End::Broken(name) = &chain.end {
        return Some(Fault::Wrong(format!("the authority's chain breaks at `{name}`")));
    }
    chain.misuse.first().cloned().map(Fault::Wrong)
}
