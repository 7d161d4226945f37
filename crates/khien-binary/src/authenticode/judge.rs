//! From a message to what is known of it: signers, state, and bytes that nothing covers.

use std::borrow::Cow;
use std::ops::Range;

use const_oid::ObjectIdentifier;

use super::certificate::Certificate;
use super::chain::{self, Chain, Checks, End};
use super::digest::{pages_fit, written};
use super::extra::{self, Place, is_clock_certificate};
use super::message::{Attribute, Attributes, Message, SignerInfo};
use super::oid;
use super::stamp::{self, Check, Fault, Stamp};
use super::table::irregularity;
use super::tlv::{self, Tlv, context, offset_in};
use super::verify::{DigestKind, hex};
use crate::pe::layout::Layout;
use crate::signature::{IrregularityKind, Signature, Signer, State};

/// Bound: signatures within signatures.
const NESTED_DEPTH_MAX: u32 = 2;
/// Bound: signers judged in all.
const SIGNERS_MAX: usize = 16;
/// Bound: time stamps and nested signatures of one signer; genuine files have one of each.
const STAMPS_MAX: usize = 8;
/// Caps of what may be unsigned, about twice the largest genuine ones.
const TOKEN_MAX: usize = 24 * 1024;
const COUNTER_MAX: usize = 4 * 1024;
const NESTED_MAX: usize = 48 * 1024;
/// Bytes of a message that are neither content, certificates, signed attributes nor signatures:
/// frames, algorithms, names. Genuine ones have about 100 to 500.
const FRAME_MAX: usize = 1024;
/// Bytes of certificates, lists and strays of one message that nobody vouches for. One certificate too
/// many has 1 to 2 KiB.
const SPARE_MAX: usize = 4096;

/// What is signed.
pub(crate) enum Subject<'a, 'l> {
    /// A PE file without its table.
    Pe(&'l Layout<'a>, &'l Range<usize>),
    /// Bytes for which the caller knows the digest.
    Digest(&'l dyn Fn(DigestKind) -> Option<Vec<u8>>),
    /// The content of the message itself (a catalogue).
    Content,
    /// These bytes, which are not in the message.
    Elsewhere(&'l [u8]),
}

/// Judges messages that lie in `file`.
pub(crate) struct Judge<'a, 'l> {
    /// Bytes to which offsets refer.
    pub(crate) file: &'a [u8],
    pub(crate) subject: Subject<'a, 'l>,
    pub(crate) signature: Signature,
    pub(crate) faults: Faults,
}

/// What the state is made from.
#[derive(Default)]
pub(crate) struct Faults {
    invalid: bool,
    unsupported: bool,
    unknown_root: bool,
    checks: Checks,
}

impl Faults {
    /// What was signed is not at hand.
    pub(crate) const fn content_elsewhere(&mut self) {
        self.unsupported = true;
    }
}

impl<'a> Judge<'a, '_> {
    /// Judges one message and those nested in it.
    pub(crate) fn message(&mut self, bytes: &'a [u8], depth: u32) {
        let Some(message) = Message::read(bytes) else {
            self.fault(IrregularityKind::Malformed, bytes, "not a signed message");
            return;
        };
        let content = match (&self.subject, message.content) {
            (Subject::Elsewhere(content), _) => Some(*content),
            // A package's signature file may be about content that is elsewhere.
            (Subject::Content, content) => content.map(|content| content.value),
            (_, None) => {
                self.fault(IrregularityKind::Malformed, bytes, "a signed message without content");
                return;
            }
            (_, Some(content)) => {
                if message.content_type == oid::SPC_INDIRECT_DATA {
                    self.indirect_data(&content);
                } else {
                    let detail = format!("content of type {}", message.content_type);
                    self.fault(IrregularityKind::Malformed, bytes, detail);
                }
                Some(content.value)
            }
        };
        if message.signers.len() != 1 {
            let detail = format!("{} signers", message.signers.len());
            self.note(IrregularityKind::Malformed, message.raw, detail);
            self.faults.invalid |= message.signers.is_empty();
        }
        let mut used: Vec<&'a [u8]> = Vec::new();
        for signer in &message.signers {
            if self.signature.signers.len() >= SIGNERS_MAX {
                self.signature.remarks.push("more signers than are read".to_owned());
                break;
            }
            self.signer(&message, signer, content, &mut used, depth);
        }
        self.leftovers(&message, &used);
    }

    /// State from faults and irregularities.
    pub(crate) fn finish(mut self) -> Signature {
        use IrregularityKind as Kind;
        let carries = self.signature.irregularities.iter().any(|found| {
            matches!(
                found.kind,
                Kind::Slack
                    | Kind::NotTiled
                    | Kind::ManyEntries
                    | Kind::UnknownEntry
                    | Kind::AfterTable
                    | Kind::UnsignedAttribute
                    | Kind::SpareCertificate
                    | Kind::SpareBytes
                    | Kind::Malformed
            )
        });
        if self.faults.checks.spent() {
            self.faults.unsupported = true;
            self.signature.remarks.push("more signatures than are checked".to_owned());
        }
        self.signature.state = if self.faults.invalid {
            State::Invalid
        } else if self.faults.unsupported || self.signature.signers.is_empty() {
            State::Unsupported
        } else {
            match (self.faults.unknown_root, carries) {
                (false, false) => State::ValidStrict,
                (false, true) => State::ValidCarriesUnsigned,
                (true, false) => State::UnknownRoot,
                (true, true) => State::UnknownRootCarriesUnsigned,
            }
        };
        self.signature.remarks.dedup();
        self.signature
    }

    fn range(&self, part: &[u8]) -> Range<usize> {
        offset_in(self.file, part).map_or(0..0, |start| start..start + part.len())
    }

    fn note(&mut self, kind: IrregularityKind, part: &[u8], detail: impl Into<String>) {
        let range = self.range(part);
        self.signature.irregularities.push(irregularity(kind, self.file, range, detail));
    }

    fn fault(&mut self, kind: IrregularityKind, part: &[u8], detail: impl Into<String>) {
        self.faults.invalid = true;
        self.note(kind, part, detail);
    }

    /// The digest of the file in the content, and page hashes.
    fn indirect_data(&mut self, content: &Tlv<'a>) {
        let read = || {
            // What is signed is the value alone: its tag is nobody's.
            let mut fields = (content.tag == tlv::SEQUENCE).then(|| content.reader())?;
            let data = fields.expect(tlv::SEQUENCE)?;
            let mut digest = fields.expect(tlv::SEQUENCE)?.reader();
            let kind = DigestKind::read(&digest.expect(tlv::SEQUENCE)?);
            Some((data, kind, digest.expect(tlv::OCTET_STRING)?))
        };
        let Some((data, kind, stated)) = read() else {
            self.fault(IrregularityKind::Malformed, content.raw, "no digest in the content");
            return;
        };
        let Some(kind) = kind else {
            self.faults.unsupported = true;
            self.signature.remarks.push("a file digest that is not read here".to_owned());
            return;
        };
        let own = match &self.subject {
            Subject::Pe(layout, table) => {
                Some(super::digest::image_digest(layout, Some(table), kind))
            }
            Subject::Digest(digest) => digest(kind),
            Subject::Content | Subject::Elsewhere(_) => return,
        };
        let Some(own) = own else {
            self.faults.unsupported = true;
            self.signature.remarks.push("the file's digest cannot be made".to_owned());
            return;
        };
        if own != stated.value {
            let detail = format!("signed {}, found {}", hex(stated.value), written(kind, &own));
            self.fault(IrregularityKind::WrongDigest, stated.raw, detail);
        }
        if let Subject::Pe(layout, _) = self.subject
            && let Some((table, kind)) = page_hashes(&data)
        {
            match pages_fit(layout, &table, kind) {
                Ok(()) => {
                    let remark = format!("page hashes ({}) fit", kind.name());
                    self.signature.remarks.push(remark);
                }
                Err(what) => self.fault(IrregularityKind::WrongPageHash, data.raw, what),
            }
        }
    }

    fn signer(
        &mut self,
        message: &Message<'a>,
        info: &SignerInfo<'a>,
        content: Option<&[u8]>,
        used: &mut Vec<&'a [u8]>,
        depth: u32,
    ) {
        let stamps =
            info.unsigned.as_ref().map(|set| self.unsigned(message, info, set, used, depth));
        let (stamp, nested) = stamps.unwrap_or_default();
        let Some(leaf) = info.certificate(&message.certificates) else {
            self.fault(
                IrregularityKind::BrokenChain,
                info.raw,
                "the signer's certificate is missing",
            );
            return;
        };
        if content.is_some() || info.signed.is_some() {
            self.attributes(message, info);
        }
        match stamp::check(info, &leaf, content) {
            Check::Holds => {}
            Check::WrongDigest => {
                self.fault(IrregularityKind::WrongDigest, info.raw, "of the content");
            }
            Check::WrongSignature => {
                self.fault(IrregularityKind::WrongSignature, info.raw, "over the attributes");
            }
            Check::Unsupported(what) => {
                self.faults.unsupported = true;
                self.signature.remarks.push(what.to_owned());
            }
        }
        let at = stamp.as_ref().map(|stamp| stamp.time).or_else(|| info.claimed());
        let chain = chain::build_within(
            &leaf,
            &message.certificates,
            oid::CODE_SIGNING,
            at,
            &self.faults.checks,
        );
        self.chain(&chain, &leaf);
        used.extend(chain.certificates.iter().map(|certificate| certificate.raw));
        if let Some(stamp) = &stamp
            && !stamp.pinned()
        {
            self.faults.unknown_root = true;
            self.signature.remarks.push("time stamp by an authority that is not pinned".to_owned());
        }
        if stamp.is_none() {
            let who = if at.is_some() { "by nobody but the signer" } else { "by nobody" };
            self.signature.remarks.push(format!("the time of signing is vouched for {who}"));
        }
        let signer = describe(info, &leaf, &chain, stamp.as_ref());
        self.signature.signers.push(signer);
        for message in nested {
            self.message(message, depth + 1);
        }
    }

    /// The content type must be among the signed attributes (RFC 5652, 5.3).
    fn attributes(&mut self, message: &Message<'a>, info: &SignerInfo<'a>) {
        let Some(signed) = &info.signed else {
            if message.content_type == oid::DATA {
                return;
            }
            self.fault(IrregularityKind::Malformed, info.raw, "no signed attributes");
            return;
        };
        let stated = signed.first(oid::CONTENT_TYPE).and_then(|value| value.oid());
        if stated != Some(message.content_type) {
            self.fault(IrregularityKind::Malformed, signed.raw, "another content type is signed");
        }
    }

    fn chain(&mut self, chain: &Chain<'a>, leaf: &Certificate<'a>) {
        match &chain.end {
            End::Pinned(_) => {}
            End::Unknown(name) => {
                self.faults.unknown_root = true;
                self.signature.remarks.push(format!("root `{name}` is not pinned"));
            }
            End::Broken(name) => {
                let detail = format!("`{name}` did not sign it");
                let top = chain.certificates.last().map_or(leaf.raw, |top| top.raw);
                self.fault(IrregularityKind::BrokenChain, top, detail);
            }
        }
        for what in &chain.misuse {
            self.fault(IrregularityKind::WrongUsage, leaf.raw, what.clone());
        }
    }

    /// Unsigned attributes: at most a few kinds, and none larger than such a thing is. Gives the
    /// first time stamp that holds and the nested messages.
    fn unsigned(
        &mut self,
        message: &Message<'a>,
        info: &SignerInfo<'a>,
        set: &Attributes<'a>,
        used: &mut Vec<&'a [u8]>,
        depth: u32,
    ) -> (Option<Stamp<'a>>, Vec<&'a [u8]>) {
        let mut stamps: Vec<(Stamp<'a>, &'a [u8])> = Vec::new();
        let mut nested = Vec::new();
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        for attribute in &set.all {
            let Some(kind) = attribute.kind else {
                self.note(IrregularityKind::UnsignedAttribute, attribute.raw, "no identifier");
                continue;
            };
            let cap = cap_of(kind);
            if attribute.values.len() != 1 && cap.is_some() && kind != oid::NESTED_SIGNATURE {
                self.note(
                    IrregularityKind::UnsignedAttribute,
                    attribute.raw,
                    format!("{kind}, {} values", attribute.values.len()),
                );
            }
            let Some(cap) = cap else {
                self.note(IrregularityKind::UnsignedAttribute, attribute.raw, kind.to_string());
                continue;
            };
            // One value each, so that nobody repeats a genuine stamp with other bytes around it.
            if kind != oid::NESTED_SIGNATURE && seen.contains(&kind) {
                self.note(
                    IrregularityKind::UnsignedAttribute,
                    attribute.raw,
                    format!("{kind}, again"),
                );
            }
            seen.push(kind);
            for value in &attribute.values {
                if stamps.len() + nested.len() >= STAMPS_MAX {
                    self.note(IrregularityKind::UnsignedAttribute, value.raw, "too many");
                    break;
                }
                if value.raw.len() > cap {
                    let detail = format!("{kind}, larger than such a thing is");
                    self.note(IrregularityKind::UnsignedAttribute, value.raw, detail);
                }
                if kind != oid::NESTED_SIGNATURE {
                    let stamp = self.stamp(message, info, kind, value, used);
                    stamps.extend(stamp.map(|stamp| (stamp, value.raw)));
                } else if depth < NESTED_DEPTH_MAX {
                    nested.push(value.raw);
                } else {
                    self.note(IrregularityKind::UnsignedAttribute, value.raw, "nested too deep");
                }
            }
            self.attribute_rest(attribute);
        }
        let best = stamps.iter().position(|(stamp, _)| stamp.pinned()).unwrap_or(0);
        // Beside the stamp that counts, one by an authority of anybody's own is room for anything.
        for (index, (stamp, raw)) in stamps.iter().enumerate() {
            if index != best && !stamp.pinned() {
                let detail = "a further time stamp, by an authority that is not pinned";
                self.note(IrregularityKind::UnsignedAttribute, raw, detail);
            }
        }
        let stamp = (best < stamps.len()).then(|| stamps.swap_remove(best).0);
        (stamp, nested)
    }

    /// Bytes of an attribute after its set of values.
    fn attribute_rest(&mut self, attribute: &Attribute<'a>) {
        let mut fields = Tlv::first(attribute.raw).map_or(&[][..], |whole| whole.value);
        for _ in 0..2 {
            let taken = Tlv::first(fields).map_or(fields.len(), |field| field.raw.len());
            fields = fields.get(taken..).unwrap_or_default();
        }
        if !fields.is_empty() {
            self.note(IrregularityKind::UnsignedAttribute, fields, "after the values");
        }
    }

    fn stamp(
        &mut self,
        message: &Message<'a>,
        info: &SignerInfo<'a>,
        kind: ObjectIdentifier,
        value: &Tlv<'a>,
        used: &mut Vec<&'a [u8]>,
    ) -> Option<Stamp<'a>> {
        let stamp = if kind == oid::COUNTER_SIGNATURE {
            let counter =
                stamp::counter(value, info.signature, &message.certificates, &self.faults.checks);
            counter.map(|(stamp, counter)| {
                self.no_unsigned(counter.unsigned.as_ref());
                self.frame(counter.raw, counter.frame());
                stamp
            })
        } else {
            stamp::token(value, info.signature, &message.certificates, &self.faults.checks)
        };
        let Some(stamp) = stamp else {
            let detail = format!("{kind} that is no time stamp");
            self.note(IrregularityKind::UnsignedAttribute, value.raw, detail);
            return None;
        };
        let chain = stamp.chain.as_ref().map(|chain| chain.certificates.as_slice());
        let chain: Vec<_> = chain.unwrap_or_default().iter().map(|found| found.raw).collect();
        if let Some(token) = &stamp.message {
            for signer in &token.signers {
                self.no_unsigned(signer.unsigned.as_ref());
            }
            self.leftovers(token, &chain);
        }
        // Certificates of a counter-signature, and those that an authority left out of its token, are
        // in the outer message.
        used.extend(chain);
        match &stamp.fault {
            None => Some(stamp),
            Some(Fault::Unsupported(what)) => {
                self.faults.unsupported = true;
                self.signature.remarks.push(format!("time stamp: {what}"));
                None
            }
            Some(Fault::Wrong(what)) => {
                let detail = format!("time stamp: {what}");
                self.fault(IrregularityKind::WrongSignature, value.raw, detail);
                None
            }
        }
    }

    /// Time stamps have no unsigned attributes of their own.
    fn no_unsigned(&mut self, set: Option<&Attributes<'a>>) {
        for attribute in set.iter().flat_map(|set| &set.all) {
            let kind = attribute.kind.map(|kind| kind.to_string()).unwrap_or_default();
            let detail = format!("{kind} in a time stamp");
            self.note(IrregularityKind::UnsignedAttribute, attribute.raw, detail);
        }
    }

    /// Certificates in no chain. Those that a pinned root vouches for cannot hold anything of the
    /// signer's own; old Microsoft files have such. Gives the bytes of those that nobody vouches for.
    fn spare(&mut self, message: &Message<'a>, used: &[&'a [u8]]) -> usize {
        let mut bytes = 0;
        let mut issuers = extra::Issuers::of(&message.certificates, used, &self.faults.checks);
        for certificate in &message.certificates {
            let mut place = issuers.place(certificate, &self.faults.checks);
            let name = certificate.subject.short().unwrap_or_default();
            if matches!(place, Place::None | Place::Unverified) {
                let (among, checks) = (&message.certificates, &self.faults.checks);
                let chain = chain::build_within(certificate, among, oid::ANY_USAGE, None, checks);
                if matches!(chain.end, End::Pinned(_)) {
                    self.signature.remarks.push(format!("certificate `{name}` is in no chain"));
                    place = Place::Used;
                }
            }
            match place {
                Place::Used => {}
                Place::Unverified => bytes += certificate.raw.len(),
                Place::None => {
                    bytes += certificate.raw.len();
                    self.note(IrregularityKind::SpareCertificate, certificate.raw, name);
                }
            }
        }
        bytes
    }

    /// What of a message no signature covers and no chain needs. All of it together is room for a
    /// payload, whatever its pieces are called.
    fn leftovers(&mut self, message: &Message<'a>, used: &[&'a [u8]]) {
        let mut spare = 0;
        for stray in &message.strays {
            spare += stray.len();
            self.note(IrregularityKind::Malformed, stray, "bytes where nothing belongs");
        }
        let mut clocks = 0;
        for element in &message.unread {
            if clocks == 0 && is_clock_certificate(message, element) {
                clocks += 1;
                continue;
            }
            spare += element.len();
            self.note(IrregularityKind::SpareCertificate, element, "not a certificate");
        }
        if let Some(lists) = message.revocation {
            spare += lists.len();
            self.note(IrregularityKind::SpareCertificate, lists, "revocation lists");
        }
        spare += self.spare(message, used);
        if spare > SPARE_MAX {
            let detail = format!("{spare} bytes of certificates and the like that no chain needs");
            self.note(IrregularityKind::SpareBytes, message.raw, detail);
        }
        let certificates: usize = message.certificates.iter().map(|found| found.raw.len()).sum();
        let signers: usize =
            message.signers.iter().map(|info| info.raw.len().saturating_sub(info.frame())).sum();
        let known = message.content.map_or(0, |content| content.raw.len())
            + certificates
            + signers
            + message.revocation.map_or(0, <[u8]>::len)
            + message.unread.iter().chain(&message.strays).map(|part| part.len()).sum::<usize>();
        let frame = message.raw.len().saturating_sub(known);
        self.frame(message.raw, frame);
    }

    fn frame(&mut self, part: &[u8], frame: usize) {
        if frame > FRAME_MAX {
            self.note(IrregularityKind::Malformed, part, format!("{frame} bytes of frame"));
        }
    }
}

/// The largest size of a known unsigned attribute.
fn cap_of(kind: ObjectIdentifier) -> Option<usize> {
    [
        (oid::MS_TIME_STAMP, TOKEN_MAX),
        (oid::TIME_STAMP_TOKEN, TOKEN_MAX),
        (oid::COUNTER_SIGNATURE, COUNTER_MAX),
        (oid::NESTED_SIGNATURE, NESTED_MAX),
    ]
    .into_iter()
    .find(|(known, _)| *known == kind)
    .map(|(_, cap)| cap)
}

/// Page hashes in `SpcPeImageData`: a "moniker" of a fixed class with a table in it.
fn page_hashes<'a>(data: &Tlv<'a>) -> Option<(Cow<'a, [u8]>, DigestKind)> {
    /// a6b586d5-b4a1-2466-ae05-a217da8e60d6 as written in the file.
    const CLASS: [u8; 16] = [
        0xA6, 0xB5, 0x86, 0xD5, 0xB4, 0xA1, 0x24, 0x66, 0xAE, 0x05, 0xA2, 0x17, 0xDA, 0x8E, 0x60,
        0xD6,
    ];
    let mut fields = data.reader();
    if fields.next()?.oid()? != oid::SPC_PE_IMAGE_DATA {
        return None;
    }
    let image = fields.next()?;
    let link = image.reader().all().find(|field| field.tag == context(0))?;
    let moniker = link.reader().next().filter(|link| link.tag == context(1))?;
    let mut fields = moniker.reader();
    if fields.next()?.value != CLASS {
        return None;
    }
    let set = Tlv::first(fields.next()?.value)?;
    let mut attribute = set.reader().next()?.reader();
    let kind = attribute.next()?.oid()?;
    let table = attribute.next()?.reader().next()?.octets()?;
    if kind == oid::PAGE_HASHES_V2 {
        Some((table, DigestKind::Sha256))
    } else if kind == oid::PAGE_HASHES_V1 {
        Some((table, DigestKind::Sha1))
    } else {
        None
    }
}

/// A signer for reports.
fn describe(
    info: &SignerInfo<'_>,
    leaf: &Certificate<'_>,
    chain: &Chain<'_>,
    stamp: Option<&Stamp<'_>>,
) -> Signer {
    let digest = info.digest.map_or("unknown", DigestKind::name);
    let key = leaf.key.map_or_else(|| "unknown".to_owned(), |key| key.name());
    Signer {
        organisation: leaf.subject.attribute(oid::ORGANISATION),
        common_name: leaf.subject.attribute(oid::COMMON_NAME),
        country: leaf.subject.attribute(oid::COUNTRY),
        durable_identity: durable_identity(leaf),
        issuer: leaf.issuer.short(),
        serial: Some(hex(leaf.serial)),
        leaf_sha256: Some(hex(&DigestKind::Sha256.digest(&[leaf.raw]))),
        keys: chain.keys(),
        root: Some(chain.end.name().to_owned()).filter(|name| !name.is_empty()),
        valid: Some(leaf.valid),
        stamped: stamp.map(|stamp| stamp.time),
        stamp_root: stamp
            .and_then(|stamp| stamp.chain.as_ref())
            .map(|chain| chain.end.name().to_owned()),
        claimed: info.claimed(),
        algorithm: format!("{digest}/{key}"),
    }
}

/// The identity usage of Microsoft's signing service, else the registration number that extended
/// validation puts into the subject, with the country that keeps the register.
fn durable_identity(leaf: &Certificate<'_>) -> Option<String> {
    let usages = leaf.extensions.purposes.iter().flatten().map(ObjectIdentifier::to_string);
    let identity = usages.into_iter().find(|usage| {
        usage.starts_with(oid::IDENTITY_PREFIX) && !usage.starts_with(oid::IDENTITY_PROGRAMME)
    });
    identity.or_else(|| {
        let number = leaf.subject.attribute(oid::SUBJECT_SERIAL)?;
        let country = leaf.subject.attribute(oid::JURISDICTION_COUNTRY).unwrap_or_default();
        Some(format!("{country}:{number}"))
    })
}
