//! CMS `SignedData` (RFC 5652, and PKCS #7 as Authenticode writes it).

use const_oid::ObjectIdentifier;

use super::certificate::{Certificate, Name};
use super::oid;
use super::tlv::{self, Reader, Tlv, context, context_primitive};
use super::verify::{Algorithm, DigestKind};

/// Bound: certificates of one message; genuine ones carry three to ten.
const CERTIFICATES_MAX: usize = 64;
/// Bound: signers of one message; Authenticode has one.
const SIGNERS_MAX: usize = 8;

/// A message, pointing into the bytes it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    /// All bytes of the `ContentInfo`.
    pub(crate) raw: &'a [u8],
    /// Kind of the content.
    pub(crate) content_type: ObjectIdentifier,
    /// The content as written within its `[0]`, if it is in the message.
    pub(crate) content: Option<Tlv<'a>>,
    /// Certificates that could be read.
    pub(crate) certificates: Vec<Certificate<'a>>,
    /// Elements among the certificates that could not be read or were too many.
    pub(crate) unread: Vec<&'a [u8]>,
    /// Revocation lists, as written.
    pub(crate) revocation: Option<&'a [u8]>,
    /// Who signed.
    pub(crate) signers: Vec<SignerInfo<'a>>,
    /// Bytes where nothing belongs: after the last field of a structure.
    pub(crate) strays: Vec<&'a [u8]>,
}

/// One signer.
#[derive(Clone, Debug)]
pub(crate) struct SignerInfo<'a> {
    /// All bytes.
    pub(crate) raw: &'a [u8],
    /// Which certificate is the signer's.
    pub(crate) id: SignerId<'a>,
    /// Digest of content and attributes; `None` where it is not read here.
    pub(crate) digest: Option<DigestKind>,
    /// Signed attributes as written (`[0]`), and each.
    pub(crate) signed: Option<Attributes<'a>>,
    /// `None` where it is not read here.
    pub(crate) algorithm: Option<Algorithm>,
    /// The signature.
    pub(crate) signature: &'a [u8],
    /// Attributes that nothing covers.
    pub(crate) unsigned: Option<Attributes<'a>>,
}

/// How a signer's certificate is named.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SignerId<'a> {
    /// Issuer and serial number.
    Issuer(Name<'a>, &'a [u8]),
    /// Subject key identifier.
    Key(&'a [u8]),
}

/// A set of attributes.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a> {
    /// The set as written, with its context tag.
    pub(crate) raw: &'a [u8],
    /// Kind and values.
    pub(crate) all: Vec<Attribute<'a>>,
}

/// One attribute.
#[derive(Clone, Debug)]
pub(crate) struct Attribute<'a> {
    /// What it is; `None` where the identifier is not one.
    pub(crate) kind: Option<ObjectIdentifier>,
    /// All bytes.
    pub(crate) raw: &'a [u8],
    /// Its values.
    pub(crate) values: Vec<Tlv<'a>>,
}

impl<'a> Attributes<'a> {
    fn read(set: &Tlv<'a>, strays: &mut Vec<&'a [u8]>) -> Self {
        let (elements, rest) = set.reader().all_and_rest();
        note(rest, strays);
        let mut all = Vec::with_capacity(elements.len());
        for attribute in elements {
            let mut fields = attribute.reader();
            let kind = fields.next().and_then(|kind| kind.oid());
            let (values, rest) =
                fields.next().map(|values| values.reader().all_and_rest()).unwrap_or_default();
            note(rest, strays);
            all.push(Attribute { kind, raw: attribute.raw, values });
        }
        Self { raw: set.raw, all }
    }

    /// The first value of an attribute.
    pub(crate) fn first(&self, kind: ObjectIdentifier) -> Option<Tlv<'a>> {
        let found = self.all.iter().find(|attribute| attribute.kind == Some(kind))?;
        found.values.first().copied()
    }

    /// What the signature over signed attributes is over: the set with the tag of a set.
    pub(crate) fn digest(&self, kind: DigestKind) -> Vec<u8> {
        match self.raw.split_first() {
            Some((_, rest)) => kind.digest(&[&[tlv::SET], rest]),
            None => kind.digest(&[]),
        }
    }
}

impl<'a> SignerInfo<'a> {
    /// Reads a `SignerInfo`; bytes after its fields go to `strays`.
    pub(crate) fn read(whole: &Tlv<'a>, strays: &mut Vec<&'a [u8]>) -> Option<Self> {
        let mut fields = whole.reader();
        let _version = fields.expect(tlv::INTEGER)?;
        let id = fields.next()?;
        let id = if id.tag == tlv::SEQUENCE {
            let mut pair = id.reader();
            let issuer = pair.expect(tlv::SEQUENCE)?.raw;
            SignerId::Issuer(Name(issuer), pair.expect(tlv::INTEGER)?.value)
        } else if id.tag == context_primitive(0) {
            SignerId::Key(id.value)
        } else {
            return None;
        };
        let digest = DigestKind::read(&fields.expect(tlv::SEQUENCE)?);
        // What the signature covers cannot hide anything: no strays there.
        let signed = fields.expect(context(0)).map(|set| Attributes::read(&set, &mut Vec::new()));
        let algorithm = Algorithm::of_signature(&fields.expect(tlv::SEQUENCE)?);
        let signature = fields.expect(tlv::OCTET_STRING)?.value;
        let unsigned = fields.expect(context(1)).map(|set| Attributes::read(&set, strays));
        note_rest(fields, strays);
        Some(Self { raw: whole.raw, id, digest, signed, algorithm, signature, unsigned })
    }

    /// The digest with which the signature was made.
    pub(crate) fn signature_digest(&self) -> Option<DigestKind> {
        self.algorithm.and_then(|algorithm| algorithm.digest).or(self.digest)
    }

    /// Bytes that are neither attributes nor signature: names, numbers, algorithms.
    pub(crate) fn frame(&self) -> usize {
        let length = |set: &Option<Attributes<'_>>| set.as_ref().map_or(0, |set| set.raw.len());
        let known = length(&self.signed) + length(&self.unsigned) + self.signature.len();
        self.raw.len().saturating_sub(known)
    }

    /// The time that the signer claims.
    pub(crate) fn claimed(&self) -> Option<i64> {
        self.signed.as_ref()?.first(oid::SIGNING_TIME)?.time()
    }

    /// The signer's certificate among others.
    pub(crate) fn certificate(&self, among: &[Certificate<'a>]) -> Option<Certificate<'a>> {
        among
            .iter()
            .find(|certificate| match self.id {
                SignerId::Issuer(issuer, serial) => {
                    certificate.serial == serial && certificate.issuer.same(&issuer)
                }
                SignerId::Key(key) => certificate.extensions.subject_key == Some(key),
            })
            .cloned()
    }
}

impl<'a> Message<'a> {
    /// Reads the message that starts the bytes; `None` where the frame of it is damaged.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let outer = Tlv::first(bytes).filter(|outer| outer.tag == tlv::SEQUENCE)?;
        let mut strays = Vec::new();
        let mut fields = outer.reader();
        if fields.next()?.oid()? != oid::SIGNED_DATA {
            return None;
        }
        let wrapped = fields.expect(context(0))?;
        note_rest(fields, &mut strays);
        let mut fields = wrapped.reader();
        let body = fields.expect(tlv::SEQUENCE)?;
        note_rest(fields, &mut strays);

        let mut fields = body.reader();
        let _version = fields.expect(tlv::INTEGER)?;
        let _digests = fields.expect(tlv::SET)?;
        let mut content = fields.expect(tlv::SEQUENCE)?.reader();
        let content_type = content.next()?.oid()?;
        let wrapped = content.expect(context(0));
        note_rest(content, &mut strays);
        let content = wrapped.and_then(|wrapped| {
            let mut inner = wrapped.reader();
            let first = inner.next();
            note_rest(inner, &mut strays);
            first
        });
        let list = fields.expect(context(0));
        let revocation = fields.expect(context(1)).map(|lists| lists.raw);
        let infos = fields.expect(tlv::SET)?;
        note_rest(fields, &mut strays);

        let mut message = Self {
            raw: outer.raw,
            content_type,
            content,
            certificates: Vec::new(),
            unread: Vec::new(),
            revocation,
            signers: Vec::new(),
            strays,
        };
        if let Some(list) = list {
            message.take_certificates(&list);
        }
        let (elements, rest) = infos.reader().all_and_rest();
        note(rest, &mut message.strays);
        for info in elements {
            let signer = SignerInfo::read(&info, &mut message.strays);
            match signer {
                Some(signer) if message.signers.len() < SIGNERS_MAX => message.signers.push(signer),
                _ => message.strays.push(info.raw),
            }
        }
        Some(message)
    }

    fn take_certificates(&mut self, list: &Tlv<'a>) {
        let mut reader = list.reader();
        while let Some(element) = reader.next() {
            match Certificate::read(element.raw) {
                Some(certificate) if self.certificates.len() < CERTIFICATES_MAX => {
                    self.certificates.push(certificate);
                }
                _ => self.unread.push(element.raw),
            }
        }
        note_rest(reader, &mut self.strays);
    }
}

fn note_rest<'a>(reader: Reader<'a>, strays: &mut Vec<&'a [u8]>) {
    note(reader.rest(), strays);
}

fn note<'a>(rest: &'a [u8], strays: &mut Vec<&'a [u8]>) {
    if !rest.is_empty() {
        strays.push(rest);
    }
}
