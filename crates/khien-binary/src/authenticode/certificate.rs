//! X.509 certificates as far as code signing needs them (RFC 5280).
//!
//! Own reading on raw slices, because real code-signing certificates break the rules that strict
//! decoders hold (negative serial numbers, times without seconds), and because the signed bytes must
//! be those of the file and not a re-encoding.

use const_oid::ObjectIdentifier;

use super::oid;
use super::tlv::{self, Reader, Tlv, context};
use super::verify::{Algorithm, PublicKey};

/// A certificate, pointing into the message that carries it.
#[derive(Clone, Debug)]
pub(crate) struct Certificate<'a> {
    /// All bytes.
    pub(crate) raw: &'a [u8],
    /// The signed part.
    pub(crate) signed: &'a [u8],
    /// Version 1 has no extensions.
    pub(crate) first_version: bool,
    /// Serial number, big-endian.
    pub(crate) serial: &'a [u8],
    /// Issuer's name as written.
    pub(crate) issuer: Name<'a>,
    /// Subject's name as written.
    pub(crate) subject: Name<'a>,
    /// First and last second of validity, since 1970.
    pub(crate) valid: (i64, i64),
    /// The subject's key; `None` where its kind is not read here.
    pub(crate) key: Option<PublicKey<'a>>,
    /// The key as written, to tell equal keys.
    pub(crate) key_info: &'a [u8],
    /// What the extensions say.
    pub(crate) extensions: Extensions<'a>,
    /// How the issuer signed; `None` where the algorithm is not read here.
    pub(crate) algorithm: Option<Algorithm>,
    /// The issuer's signature.
    pub(crate) signature: &'a [u8],
}

/// The extensions that matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions<'a> {
    /// May issue certificates; `None` where basic constraints are absent (version 1 roots).
    pub(crate) authority: Option<bool>,
    /// How many authorities may stand between it and a leaf.
    pub(crate) path_length: Option<u32>,
    /// First octet of the key usage bits, if given: `digitalSignature` is `0x80`, `keyCertSign` `0x04`.
    pub(crate) key_usage: Option<u8>,
    /// Purposes; `None` where the extension is absent and every purpose is allowed.
    pub(crate) purposes: Option<Vec<ObjectIdentifier>>,
    /// Key identifiers of subject and issuer.
    pub(crate) subject_key: Option<&'a [u8]>,
    /// See `subject_key`.
    pub(crate) authority_key: Option<&'a [u8]>,
}

/// A distinguished name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a>(pub(crate) &'a [u8]);

impl Name<'_> {
    /// Attributes in order.
    fn attributes(&self) -> Vec<(ObjectIdentifier, String)> {
        let mut attributes = Vec::new();
        let Some(name) = Tlv::first(self.0) else { return attributes };
        for set in name.reader().all() {
            for pair in set.reader().all() {
                let mut pair = pair.reader();
                if let (Some(kind), Some(value)) = (pair.next(), pair.next())
                    && let Some(kind) = kind.oid()
                {
                    attributes.push((kind, value.text()));
                }
            }
        }
        attributes
    }

    /// The first attribute of a kind.
    pub(crate) fn attribute(&self, kind: ObjectIdentifier) -> Option<String> {
        self.attributes().into_iter().find(|(found, _)| *found == kind).map(|(_, text)| text)
    }

    /// What people call it: common name, else organisational unit, else organisation.
    pub(crate) fn short(&self) -> Option<String> {
        [oid::COMMON_NAME, oid::ORGANISATIONAL_UNIT, oid::ORGANISATION]
            .into_iter()
            .find_map(|kind| self.attribute(kind))
    }

    /// Equal, also where the same text is in another string type (RFC 5280, 7.1, without its
    /// folding of spaces).
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.0 == other.0 || {
            let fold = |name: &Self| -> Vec<_> {
                let attributes = name.attributes().into_iter();
                attributes.map(|(kind, text)| (kind, text.to_lowercase())).collect()
            };
            let own = fold(self);
            !own.is_empty() && own == fold(other)
        }
    }
}

impl<'a> Certificate<'a> {
    /// Reads one certificate that starts the bytes.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let outer = Tlv::first(bytes).filter(|outer| outer.tag == tlv::SEQUENCE)?;
        let mut reader = outer.reader();
        let body = reader.expect(tlv::SEQUENCE)?;
        let algorithm = reader.expect(tlv::SEQUENCE)?;
        let signature = reader.expect(tlv::BIT_STRING)?.bits()?;
        let mut fields = body.reader();
        let version = fields.expect(context(0)).and_then(|version| version.reader().next());
        let version = version.and_then(|version| version.small()).unwrap_or(0);
        let serial = fields.expect(tlv::INTEGER)?.value;
        // The outer name of the algorithm is not signed; it repeats the inner one, and has no room for
        // anything else. Nor has the rest of the outer sequence.
        let inner = fields.expect(tlv::SEQUENCE)?;
        let odd = inner.raw != algorithm.raw && algorithm.raw.len() > ALGORITHM_MAX;
        if odd || !reader.rest().is_empty() {
            return None;
        }
        let issuer = fields.expect(tlv::SEQUENCE)?.raw;
        let mut validity = fields.expect(tlv::SEQUENCE)?.reader();
        let valid = (validity.next()?.time()?, validity.next()?.time()?);
        let subject = fields.expect(tlv::SEQUENCE)?.raw;
        let key_info = fields.expect(tlv::SEQUENCE)?;
        let extensions = fields.all().find(|field| field.tag == context(3));
        Some(Self {
            raw: outer.raw,
            signed: body.raw,
            first_version: version == 0,
            serial,
            issuer: Name(issuer),
            subject: Name(subject),
            valid,
            key: PublicKey::read(&key_info),
            key_info: key_info.raw,
            extensions: extensions.map(|list| Extensions::read(&list)).unwrap_or_default(),
            algorithm: Algorithm::of_signature(&algorithm),
            signature,
        })
    }

    /// Whether its issuer's name is its own.
    pub(crate) fn self_issued(&self) -> bool {
        self.issuer.same(&self.subject)
    }

    /// Whether it may be used for a purpose.
    pub(crate) fn allows(&self, purpose: ObjectIdentifier) -> bool {
        self.extensions
            .purposes
            .as_ref()
            .is_none_or(|list| list.contains(&purpose) || list.contains(&oid::ANY_USAGE))
    }

    /// Whether it may issue certificates. Version 1 certificates have no way to say so; a later one
    /// that does not say so is none that may (RFC 5280, 4.2.1.9).
    pub(crate) fn may_issue(&self) -> bool {
        self.extensions.authority.unwrap_or(self.first_version)
            && self.extensions.key_usage.is_none_or(|usage| usage & 0x04 != 0)
    }

    /// Whether its key may sign other things than certificates: `digitalSignature`, or
    /// `nonRepudiation`, which old time-stamping authorities have instead.
    pub(crate) fn may_sign(&self) -> bool {
        self.extensions.key_usage.is_none_or(|usage| usage & 0xC0 != 0)
    }
}

/// Bound: an algorithm with parameters that stand for none.
const ALGORITHM_MAX: usize = 32;

impl<'a> Extensions<'a> {
    fn read(list: &Tlv<'a>) -> Self {
        let mut found = Self::default();
        let Some(list) = list.reader().next() else { return found };
        for extension in list.reader().all() {
            let mut fields = extension.reader();
            let Some(kind) = fields.next().and_then(|kind| kind.oid()) else { continue };
            let _critical = fields.expect(tlv::BOOLEAN);
            let Some(value) = fields.expect(tlv::OCTET_STRING) else { continue };
            let Some(value) = Tlv::first(value.value) else { continue };
            found.take(kind, &value);
        }
        found
    }

    fn take(&mut self, kind: ObjectIdentifier, value: &Tlv<'a>) {
        if kind == oid::BASIC_CONSTRAINTS {
            let mut fields = value.reader();
            let flag = fields.expect(tlv::BOOLEAN);
            self.authority =
                Some(flag.is_some_and(|flag| flag.value.iter().any(|byte| *byte != 0)));
            self.path_length = fields.next().and_then(|length| length.small());
        } else if kind == oid::KEY_USAGE {
            self.key_usage = value.value.get(1).copied();
        } else if kind == oid::EXTENDED_KEY_USAGE {
            self.purposes = Some(value.reader().all().filter_map(|usage| usage.oid()).collect());
        } else if kind == oid::SUBJECT_KEY_ID {
            self.subject_key = Some(value.value);
        } else if kind == oid::AUTHORITY_KEY_ID {
            let mut fields = Reader::new(value.value);
            self.authority_key = fields.expect(tlv::context_primitive(0)).map(|key| key.value);
        }
    }
}
