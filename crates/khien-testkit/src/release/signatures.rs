//! Signed libraries for the tests of the readers of signatures: proper ones, and ones that carry or
//! claim what they should not. All under the throw-away root, with keys that anybody can derive.

use super::authenticode::{Options, catalogue, sign, with_message};
use super::identity::Identity;
use super::software::{Edition, codec};
use super::{macho, unix};

/// The certificate of the root under which everything is signed.
pub fn root() -> Vec<u8> {
    Identity::root().certificate
}

/// A library that nobody signed.
pub fn unsigned() -> Vec<u8> {
    codec(Edition::Old).build()
}

/// A library signed by the vendor and stamped.
pub fn signed() -> Vec<u8> {
    sign(unsigned(), &vendor())
}

/// The same with another message in the place of its own.
pub fn resigned(edit: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    with_message(signed(), edit)
}

/// The same without a time stamp.
pub fn unstamped() -> Vec<u8> {
    sign(unsigned(), &Options { stamped: None, ..vendor() })
}

/// A list of the digests of files, signed by the vendor.
pub fn catalogue_of(files: &[Vec<u8>]) -> Vec<u8> {
    catalogue(files, &vendor())
}

/// A list signed by somebody else.
pub fn catalogue_by_other(files: &[Vec<u8>]) -> Vec<u8> {
    catalogue(files, &Options::by(Identity::other()))
}

/// Whose name and key a forged certificate repeats.
#[derive(Clone, Copy, Debug)]
pub enum Copied {
    /// The signer.
    Leaf,
    /// The root.
    Root,
    /// The root, in a certificate that names another issuer, who is not here.
    Cross,
}

/// A signed library with more certificates, each with the name and the key of a genuine one, none
/// signed by its issuer, and each holding some bytes.
pub fn with_forged_certificates(of: Copied, held: &[Vec<u8>]) -> Vec<u8> {
    let identity = match of {
        Copied::Leaf => Identity::vendor(),
        Copied::Root | Copied::Cross => Identity::root(),
    };
    let forged = held.iter().zip(0..).map(|(bytes, number)| match of {
        Copied::Cross => identity.crossed(number, bytes),
        Copied::Leaf | Copied::Root => identity.forged(number, bytes),
    });
    sign(unsigned(), &Options { certificates: forged.collect(), ..vendor() })
}

/// A signed library with a certificate of the root's that is genuine and in no chain.
pub fn with_sibling_certificate() -> Vec<u8> {
    sign(unsigned(), &Options { spare: Some(Identity::bystander()), ..vendor() })
}

/// A signed library with bytes behind its time stamp, in the set of the attribute's values.
pub fn with_bytes_behind_stamp(bytes: &[u8]) -> Vec<u8> {
    sign(unsigned(), &Options { behind_stamp: bytes.to_vec(), ..vendor() })
}

/// A signed library whose stamp names its authority's certificate, which is in the outer message.
pub fn with_bare_stamp() -> Vec<u8> {
    sign(unsigned(), &Options { bare_stamp: true, ..vendor() })
}

/// A signed library whose stamp is signed in a way that no reader here knows.
pub fn with_unknown_stamp() -> Vec<u8> {
    // Ed25519
    sign(unsigned(), &Options { stamp_algorithm: Some("1.3.101.112"), ..vendor() })
}

/// What the authority between the root and the signer says of itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Authority {
    /// That it may issue certificates to signers.
    Proper,
    /// Nothing.
    WithoutConstraints,
    /// That it may have no authority below it, and has one.
    TooLong,
    /// That it may issue for mail.
    ForMail,
    /// All is proper, but the signer's key may only agree on keys.
    KeyAgreement,
}

/// A library signed through an authority.
pub fn signed_through(kind: Authority) -> Vec<u8> {
    let (constraints, purpose) = match kind {
        Authority::Proper | Authority::KeyAgreement => (Some(Some(0)), Some("1.3.6.1.5.5.7.3.3")),
        Authority::WithoutConstraints => (None, None),
        Authority::TooLong => (Some(Some(0)), None),
        Authority::ForMail => (Some(None), Some("1.3.6.1.5.5.7.3.4")),
    };
    let authority = Identity::authority(constraints, purpose);
    let mut certificates = vec![authority.certificate.clone()];
    let issuer = if kind == Authority::TooLong {
        let lower = authority.sub_authority();
        certificates.push(lower.certificate.clone());
        lower
    } else {
        authority
    };
    let signer = issuer.signer(if kind == Authority::KeyAgreement { 0x08 } else { 0x80 });
    sign(unsigned(), &Options { certificates, ..Options::by(signer) })
}

/// A universal library of two slices, with bytes before the first one.
pub fn universal(before: &[u8]) -> Vec<u8> {
    let app = unix::app(Edition::Old);
    let slices: Vec<_> = app.codec.iter().map(|image| (image.machine, image.build())).collect();
    let mut file = macho::universal(&slices);
    // The table ends well before the first page.
    file[0x100..0x100 + before.len()].copy_from_slice(before);
    file
}

fn vendor() -> Options {
    Options::by(Identity::vendor())
}
