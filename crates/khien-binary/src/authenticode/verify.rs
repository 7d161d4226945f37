//! Digests and signatures, by the RustCrypto crates.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::oid;
use super::tlv::{self, Tlv};

/// A digest algorithm that is read here.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum DigestKind {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl DigestKind {
    /// Reads an `AlgorithmIdentifier` of a digest.
    pub(crate) fn read(algorithm: &Tlv<'_>) -> Option<Self> {
        let kind = algorithm.reader().next()?.oid()?;
        [
            (oid::SHA1, Self::Sha1),
            (oid::SHA256, Self::Sha256),
            (oid::SHA384, Self::Sha384),
            (oid::SHA512, Self::Sha512),
        ]
        .into_iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, kind)| kind)
    }

    /// Its name as written in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of its output.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of parts one after another.
    pub(crate) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut hasher = Hasher::new(self);
        for part in parts {
            hasher.update(part);
        }
        hasher.finish()
    }

    /// What PKCS #1 puts before a digest: the `DigestInfo` up to the digest (RFC 8017, 9.2).
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            Self::Sha256 => {
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
            }
            Self::Sha384 => {
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
            }
            Self::Sha512 => {
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
            }
        }
    }
}

/// A digest in the making.
pub(crate) enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    pub(crate) fn new(kind: DigestKind) -> Self {
        match kind {
            DigestKind::Sha1 => Self::Sha1(Sha1::new()),
            DigestKind::Sha256 => Self::Sha256(Sha256::new()),
            DigestKind::Sha384 => Self::Sha384(Sha384::new()),
            DigestKind::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(hasher) => hasher.finalize().to_vec(),
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// How something was signed: digest (where the identifier names it) and family.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Algorithm {
    /// `None` for plain `rsaEncryption`, which leaves the digest to the message.
    pub(crate) digest: Option<DigestKind>,
    /// RSA with PKCS #1 v1.5 padding, or ECDSA.
    pub(crate) family: Family,
}

/// See [`Algorithm`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Ecdsa,
    Rsa,
}

impl Algorithm {
    /// Reads an `AlgorithmIdentifier` of a signature; `None` for what is not read here (PSS, DSA, MD5).
    pub(crate) fn of_signature(algorithm: &Tlv<'_>) -> Option<Self> {
        use DigestKind::{Sha1, Sha256, Sha384, Sha512};
        let kind = algorithm.reader().next()?.oid()?;
        [
            (oid::RSA, None, Family::Rsa),
            (oid::SHA1_RSA, Some(Sha1), Family::Rsa),
            (oid::SHA1_RSA_OIW, Some(Sha1), Family::Rsa),
            (oid::SHA256_RSA, Some(Sha256), Family::Rsa),
            (oid::SHA384_RSA, Some(Sha384), Family::Rsa),
            (oid::SHA512_RSA, Some(Sha512), Family::Rsa),
            (oid::EC_KEY, None, Family::Ecdsa),
            (oid::SHA1_ECDSA, Some(Sha1), Family::Ecdsa),
            (oid::SHA256_ECDSA, Some(Sha256), Family::Ecdsa),
            (oid::SHA384_ECDSA, Some(Sha384), Family::Ecdsa),
            (oid::SHA512_ECDSA, Some(Sha512), Family::Ecdsa),
        ]
        .into_iter()
        .find(|(known, ..)| *known == kind)
        .map(|(_, digest, family)| Self { digest, family })
    }
}

/// A public key that is read here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PublicKey<'a> {
    /// Modulus and exponent, big-endian.
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
    /// A point on P-256.
    P256(&'a [u8]),
    /// A point on P-384.
    P384(&'a [u8]),
}

/// Bound: an RSA modulus of this many bits costs about a millisecond; longer ones are not read.
const RSA_BITS_MAX: usize = 8192;

impl<'a> PublicKey<'a> {
    /// Reads a `SubjectPublicKeyInfo`.
    pub(crate) fn read(info: &Tlv<'a>) -> Option<Self> {
        let mut fields = info.reader();
        let mut algorithm = fields.expect(tlv::SEQUENCE)?.reader();
        let bits = fields.expect(tlv::BIT_STRING)?.bits()?;
        let kind = algorithm.next()?.oid()?;
        if kind == oid::RSA {
            let mut numbers = Tlv::first(bits)?.reader();
            let modulus = numbers.expect(tlv::INTEGER)?.value;
            let exponent = numbers.expect(tlv::INTEGER)?.value;
            let fits = modulus.len() <= RSA_BITS_MAX / 8 + 1 && exponent.len() <= 8;
            return fits.then_some(Self::Rsa { modulus, exponent });
        }
        if kind == oid::EC_KEY {
            let curve = algorithm.next()?.oid()?;
            if curve == oid::P256 {
                return Some(Self::P256(bits));
            }
            if curve == oid::P384 {
                return Some(Self::P384(bits));
            }
        }
        None
    }

    /// Its kind and size, such as `rsa2048`.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Rsa { modulus, .. } => {
                let digits = modulus.iter().skip_while(|byte| **byte == 0);
                let bytes = digits.clone().count();
                let unused = digits.take(1).map(|byte| byte.leading_zeros()).sum::<u32>();
                format!("rsa{}", (bytes * 8).saturating_sub(unused as usize))
            }
            Self::P256(_) => "p256".to_owned(),
            Self::P384(_) => "p384".to_owned(),
        }
    }

    /// Whether a signature over a digest is by this key.
    pub(crate) fn verifies(&self, kind: DigestKind, digest: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { modulus, exponent } => {
                let modulus = BigUint::from_bytes_be(modulus);
                let exponent = BigUint::from_bytes_be(exponent);
                let Ok(key) = RsaPublicKey::new_with_max_size(modulus, exponent, RSA_BITS_MAX)
                else {
                    return false;
                };
                let scheme =
                    Pkcs1v15Sign { hash_len: Some(kind.len()), prefix: kind.prefix().into() };
                key.verify(scheme, digest, signature).is_ok()
            }
            Self::P256(point) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point);
                let signature = p256::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(key), Ok(signature))
                    if key.verify_prehash(digest, &signature).is_ok())
            }
            Self::P384(point) => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point);
                let signature = p384::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(key), Ok(signature))
                    if key.verify_prehash(digest, &signature).is_ok())
            }
        }
    }
}
