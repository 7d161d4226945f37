//! Throw-away people: keys that anybody can derive from the name, certificates that nobody trusts.

use std::sync::OnceLock;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

use super::der::{
    Der, bits, explicit, integer, null, octets, oid, printable, sequence, set_of, tagged, truth,
    utc_time, utf8,
};

const SHA256_WITH_ECDSA: &str = "1.2.840.10045.4.3.2";

/// What a certificate is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    Root,
    CodeSigning,
    TimeStamping,
}

/// A key, its certificate, and who it says it is.
#[derive(Clone)]
pub(crate) struct Identity {
    key: SigningKey,
    pub(crate) certificate: Der,
    issuer: Der,
    serial: Der,
    subject: Der,
}

impl Identity {
    /// The root that signs all others.
    pub(crate) fn root() -> Self {
        static KNOWN: OnceLock<Identity> = OnceLock::new();
        let make = || {
            let name = name("VET TEST ROOT - NOT A REAL CA", "Vet Fixtures Test Root", None);
            let key = key("root");
            Self::issue(key.clone(), &name, 1, &key, &name, Purpose::Root)
        };
        KNOWN.get_or_init(make).clone()
    }

    /// The vendor of the fixtures.
    pub(crate) fn vendor() -> Self {
        static KNOWN: OnceLock<Identity> = OnceLock::new();
        let name = ("Vet Fixture Vendor", "Vet Fixtures", None);
        Self::leaf(&KNOWN, "vendor", name, 2, Purpose::CodeSigning)
    }

    /// The same organisation with a new key and a new certificate.
    pub(crate) fn vendor_renewed() -> Self {
        static KNOWN: OnceLock<Identity> = OnceLock::new();
        let name = ("Vet Fixture Vendor", "Vet Fixtures", None);
        Self::leaf(&KNOWN, "vendor-renewed", name, 3, Purpose::CodeSigning)
    }

    /// Another organisation, also in the part of the maker of somebody else's component.
    pub(crate) fn other() -> Self {
        static KNOWN: OnceLock<Identity> = OnceLock::new();
        let name = ("Other Vet Fixture Vendor", "Other Vet Fixtures", None);
        Self::leaf(&KNOWN, "other", name, 4, Purpose::CodeSigning)
    }

    /// A third one, whose certificate only ever is where it has no business.
    pub(crate) fn bystander() -> Self {
        static KNOWN: OnceLock<Identity> = OnceLock::new();
        let name = ("Vet Fixture Bystander", "Uninvolved Vet Fixtures", None);
        Self::leaf(&KNOWN, "bystander", name, 5, Purpose::CodeSigning)
    }

    /// The authority that says when something was signed.
    pub(crate) fn time_stamper() -> Self {
        static KNOWN: OnceLock<Identity> = OnceLock::new();
        let name = ("Vet Fixture Time Stamping", "Vet Fixtures Time", None);
        Self::leaf(&KNOWN, "time", name, 6, Purpose::TimeStamping)
    }

    /// An identity in Apple's manner: the team stands in the organisational unit.
    pub(crate) fn apple(team: &str) -> Self {
        static KNOWN: [OnceLock<Identity>; 2] = [OnceLock::new(), OnceLock::new()];
        let ours = team == TEAM;
        let organisation = if ours { "Vet Fixtures" } else { "Other Vet Fixtures" };
        let common = format!("Developer ID Application: {organisation} ({team})");
        let name = (common.as_str(), organisation, Some(team));
        let (known, serial) = if ours { (&KNOWN[0], 7) } else { (&KNOWN[1], 8) };
        Self::leaf(known, &common, name, serial, Purpose::CodeSigning)
    }

    /// A certificate under the root, made once.
    fn leaf(
        known: &OnceLock<Self>,
        seed: &str,
        (common, organisation, unit): (&str, &str, Option<&str>),
        serial: u64,
        purpose: Purpose,
    ) -> Self {
        let make = || {
            let (root, name) = (Self::root(), name(common, organisation, unit));
            Self::issue(key(seed), &name, serial, &root.key, &root.subject, purpose)
        };
        known.get_or_init(make).clone()
    }

    fn issue(
        own: SigningKey,
        subject: &Der,
        serial: u64,
        by: &SigningKey,
        issuer: &Der,
        purpose: Purpose,
    ) -> Self {
        let extensions = extensions(&own, by, purpose);
        Self::with(own, subject, serial, (by, issuer), &extensions)
    }

    fn with(
        own: SigningKey,
        subject: &Der,
        serial: u64,
        (by, issuer): (&SigningKey, &Der),
        extensions: &Der,
    ) -> Self {
        let serial = integer(0x4B48_4945_0000_0000 | serial);
        let body = sequence(&[
            explicit(0, &integer(2)),
            serial.clone(),
            sequence(&[oid(SHA256_WITH_ECDSA)]),
            issuer.clone(),
            sequence(&[utc_time("200101000000Z"), utc_time("400101000000Z")]),
            subject.clone(),
            public_key(&own),
            explicit(3, extensions),
        ]);
        let signature = sign(by, &body);
        let certificate = sequence(&[body, sequence(&[oid(SHA256_WITH_ECDSA)]), bits(&signature)]);
        let (issuer, subject) = (issuer.clone(), subject.clone());
        Self { key: own, certificate, issuer, serial, subject }
    }

    /// An authority under the root, which says what it may do in its own words.
    pub(crate) fn authority(constraints: Option<Option<u64>>, purpose: Option<&str>) -> Self {
        let root = Self::root();
        let own = key("authority");
        let mut parts = vec![sequence(&[oid("2.5.29.14"), octets(&octets(&key_id(&own)))])];
        if let Some(path_length) = constraints {
            let mut value = vec![truth()];
            value.extend(path_length.map(integer));
            parts.push(sequence(&[oid("2.5.29.19"), truth(), octets(&sequence(&value))]));
        }
        parts.extend(
            purpose
                .map(|purpose| sequence(&[oid("2.5.29.37"), octets(&sequence(&[oid(purpose)]))])),
        );
        let name = name("Vet Fixture Issuing Authority", "Vet Fixtures Authority", None);
        Self::with(own, &name, 9, (&root.key, &root.subject), &sequence(&parts))
    }

    /// Another authority under this one.
    pub(crate) fn sub_authority(&self) -> Self {
        let name = name("Vet Fixture Lower Authority", "Vet Fixtures Authority", None);
        let own = key("lower authority");
        let constraints = octets(&sequence(&[truth()]));
        let parts = sequence(&[sequence(&[oid("2.5.29.19"), truth(), constraints])]);
        Self::with(own, &name, 10, (&self.key, &self.subject), &parts)
    }

    /// A signer of programs under this authority, whose key may do what `usage` says.
    pub(crate) fn signer(&self, usage: u8) -> Self {
        let name = name("Vet Fixture Vendor", "Vet Fixtures", None);
        let parts = sequence(&[
            sequence(&[oid("2.5.29.15"), truth(), octets(&[0x03, 0x02, 0x00, usage])]),
            sequence(&[oid("2.5.29.37"), octets(&sequence(&[oid("1.3.6.1.5.5.7.3.3")]))]),
        ]);
        Self::with(key("vendor below"), &name, 11, (&self.key, &self.subject), &parts)
    }

    /// A certificate with this one's names and key that holds bytes and that its issuer never signed.
    pub(crate) fn forged(&self, number: u64, bytes: &[u8]) -> Der {
        self.holding(number, bytes, &self.issuer)
    }

    /// The same, in the name of an issuer that nobody knows.
    pub(crate) fn crossed(&self, number: u64, bytes: &[u8]) -> Der {
        self.holding(number, bytes, &name("VET TEST - ANOTHER ROOT", "Vet Fixtures", None))
    }

    fn holding(&self, number: u64, bytes: &[u8], issuer: &Der) -> Der {
        let parts = sequence(&[
            sequence(&[oid("2.5.29.19"), truth(), octets(&sequence(&[truth()]))]),
            sequence(&[oid("1.3.6.1.4.1.99999.3"), octets(bytes)]),
        ]);
        let by = key("nobody");
        let own = self.key.clone();
        Self::with(own, &self.subject, 100 + number, (&by, issuer), &parts).certificate
    }

    /// A signature over a message, DER.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        sign(&self.key, message)
    }

    /// How a signed message names the signer.
    pub(crate) fn issuer_and_serial(&self) -> Der {
        sequence(&[self.issuer.clone(), self.serial.clone()])
    }

    /// The algorithm of [`Self::sign`].
    pub(crate) fn algorithm() -> Der {
        sequence(&[oid(SHA256_WITH_ECDSA)])
    }
}

/// Team of the vendor.
pub(crate) const TEAM: &str = "VETFIXT001";
/// Team of somebody else.
pub(crate) const OTHER_TEAM: &str = "VETOTHER02";

/// SHA-256 as an algorithm.
pub(crate) fn sha256_algorithm() -> Der {
    sequence(&[oid("2.16.840.1.101.3.4.2.1"), null()])
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn key(seed: &str) -> SigningKey {
    let scalar = Sha256::digest(format!("khien fixture key, worthless: {seed}"));
    SigningKey::from_bytes(&scalar).expect("these few are below the curve's order")
}

fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(message);
    signature.to_der().as_bytes().to_vec()
}

fn point(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_encoded_point(false).as_bytes().to_vec()
}

fn public_key(key: &SigningKey) -> Der {
    let algorithm = sequence(&[oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]);
    sequence(&[algorithm, bits(&point(key))])
}

/// A short name for a key, as key identifiers want it.
fn key_id(key: &SigningKey) -> Vec<u8> {
    sha256(&point(key)).into_iter().take(20).collect()
}

fn name(common: &str, organisation: &str, unit: Option<&str>) -> Der {
    let part = |kind: &str, value: Der| set_of(&[sequence(&[oid(kind), value])]);
    let mut parts = vec![part("2.5.4.6", printable("VN")), part("2.5.4.10", utf8(organisation))];
    parts.extend(unit.map(|unit| part("2.5.4.11", utf8(unit))));
    parts.push(part("2.5.4.3", utf8(common)));
    sequence(&parts)
}

fn extensions(own: &SigningKey, by: &SigningKey, purpose: Purpose) -> Der {
    let critical = |kind: &str, value: Der| sequence(&[oid(kind), truth(), octets(&value)]);
    let plain = |kind: &str, value: Der| sequence(&[oid(kind), octets(&value)]);
    let mut parts = Vec::new();
    let usage = |value: &str| sequence(&[oid(value)]);
    match purpose {
        Purpose::Root => {
            parts.push(critical("2.5.29.19", sequence(&[truth()])));
            parts.push(critical("2.5.29.15", vec![0x03, 0x02, 0x01, 0x06])); // certificates, lists
        }
        Purpose::CodeSigning => {
            parts.push(critical("2.5.29.19", sequence(&[])));
            parts.push(critical("2.5.29.15", vec![0x03, 0x02, 0x07, 0x80])); // signatures
            parts.push(plain("2.5.29.37", usage("1.3.6.1.5.5.7.3.3")));
        }
        Purpose::TimeStamping => {
            parts.push(critical("2.5.29.19", sequence(&[])));
            parts.push(critical("2.5.29.15", vec![0x03, 0x02, 0x07, 0x80]));
            parts.push(critical("2.5.29.37", usage("1.3.6.1.5.5.7.3.8")));
        }
    }
    parts.push(plain("2.5.29.14", octets(&key_id(own))));
    parts.push(plain("2.5.29.35", sequence(&[tagged(0x80, &key_id(by))])));
    sequence(&parts)
}
