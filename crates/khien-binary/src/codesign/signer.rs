//! The CMS message of a code signature: who signed the code directories.
//!
//! Source: RFC 5652; `CSCommon.h` and `signer.cpp` of Apple's Security project (attributes);
//! "Certification Practice Statement: Developer ID" (Apple) for the certificate extensions.

use const_oid::ObjectIdentifier;

use super::blobs::Blob;
use super::directory::Directory;
use super::property_list::property_list;
use super::{Anchor, Audit};
use crate::authenticode::certificate::Certificate;
use crate::authenticode::chain::{self, Chain, Checks, End};
use crate::authenticode::message::{Message, SignerInfo};
use crate::authenticode::stamp::{self, Check, Stamp};
use crate::authenticode::tlv::{self, Tlv, context, offset_in};
use crate::authenticode::verify::DigestKind;
use crate::authenticode::{hex, oid};
use crate::signature::{IrregularityKind, Signer};

/// Digests of all code directories, as a property list.
const CD_HASHES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.9.1");
/// The same as a set of algorithm and digest.
const CD_HASHES_2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.9.2");

/// SHA-256 of "Apple Root CA" as Apple publishes it. Signatures carry the certificate itself.
const APPLE_ROOT: &str = "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024";

/// Bound: Apple's time stamps take 4 to 6 KiB, most of it certificates.
const STAMP_MAX: usize = 16 * 1024;

/// What an extension of the leaf says that it is for.
const CLASSES: [(&str, &str); 6] = [
    ("1.2.840.113635.100.6.1.13", "class:developer-id"),
    ("1.2.840.113635.100.6.1.7", "class:mac-app-store"),
    ("1.2.840.113635.100.6.1.4", "class:iphone-distribution"),
    ("1.2.840.113635.100.6.1.2", "class:iphone-development"),
    ("1.2.840.113635.100.6.1.12", "class:mac-development"),
    ("1.2.840.113635.100.6.1.9.1", "class:apple"),
];

impl<'a> Audit<'_, 'a> {
    /// Checks the message over the code directories.
    pub(super) fn check_signer(&mut self, blob: Blob<'a>, directories: &[Directory<'a>]) -> Anchor {
        let whole = self.range_of(blob);
        let Some(message) = Message::read(blob.content()) else {
            self.fault(
                IrregularityKind::Malformed,
                whole,
                "the signature's message cannot be read",
            );
            return Anchor::Unknown;
        };
        self.note_leftovers(blob, &message);
        let [signer] = message.signers.as_slice() else {
            self.fault(IrregularityKind::ManyEntries, whole, "not exactly one signer");
            return Anchor::Unknown;
        };
        let Some(leaf) = signer.certificate(&message.certificates) else {
            self.fault(IrregularityKind::Malformed, whole, "the signer's certificate is missing");
            return Anchor::Unknown;
        };
        let Some(main) = directories.first() else { return Anchor::Unknown };
        match stamp::check(signer, &leaf, Some(main.blob.bytes)) {
            Check::Holds => {}
            Check::WrongDigest => {
                let detail = "the code directory is not the one that was signed";
                self.fault(IrregularityKind::WrongDigest, whole.clone(), detail);
            }
            Check::WrongSignature => {
                let detail = "the signature over the code directory does not verify";
                self.fault(IrregularityKind::WrongSignature, whole.clone(), detail);
            }
            Check::Unsupported(what) => {
                self.unsupported = true;
                self.signed.signature.remarks.push(what.to_owned());
            }
        }
        self.check_hashes(blob, signer, directories);
        let stamp = self.take_stamp(blob, signer, &message.certificates);
        let stamped = stamp.as_ref().filter(|stamp| stamp.fault.is_none()).map(|stamp| stamp.time);
        let at = stamped.or(signer.claimed());
        let chain = chain::build(&leaf, &message.certificates, oid::CODE_SIGNING, at);
        let pinned = self.judge_chain(blob, &chain);
        self.note_spare(blob, &message, &chain);
        self.describe_signer(signer, &leaf, &chain, stamp.as_ref());
        self.check_team(blob, main, &leaf);
        if pinned { Anchor::Pinned } else { Anchor::Unknown }
    }

    /// Bytes of the blob that are no part of the message.
    fn note_leftovers(&mut self, blob: Blob<'a>, message: &Message<'a>) {
        let start = self.range_of(blob).start.saturating_add(8);
        let mut parts = message.strays.clone();
        parts.extend(message.unread.iter().copied());
        parts.extend(message.revocation);
        parts.extend(blob.content().get(message.raw.len()..));
        for part in parts {
            let Some(offset) =
                offset_in(blob.content(), part).filter(|_| part.iter().any(|byte| *byte != 0))
            else {
                continue;
            };
            let start = start.saturating_add(u64::try_from(offset).unwrap_or(0));
            let end = start.saturating_add(u64::try_from(part.len()).unwrap_or(0));
            self.note(
                IrregularityKind::Slack,
                start..end,
                "bytes that belong to no part of the message",
            );
            self.uncovered = true;
        }
    }

    /// The signed attributes must name every code directory, or one could be put in beside the others.
    fn check_hashes(
        &mut self,
        blob: Blob<'a>,
        signer: &SignerInfo<'a>,
        directories: &[Directory<'a>],
    ) {
        let Some(attributes) = &signer.signed else { return };
        let list = attributes.first(CD_HASHES).and_then(|value| value.octets()).and_then(|text| {
            let list = property_list(&text)?;
            let hashes = list.as_dictionary()?.get("cdhashes")?.as_array()?;
            Some(
                hashes
                    .iter()
                    .filter_map(|hash| hash.as_data().map(<[u8]>::to_vec))
                    .collect::<Vec<_>>(),
            )
        });
        let set: Vec<(DigestKind, Vec<u8>)> = attributes
            .all
            .iter()
            .filter(|attribute| attribute.kind == Some(CD_HASHES_2))
            .flat_map(|attribute| &attribute.values)
            .filter_map(|value| {
                let kind = DigestKind::read(value)?;
                Some((kind, value.reader().all().nth(1)?.octets()?.into_owned()))
            })
            .collect();
        for directory in directories {
            let hash = directory.hash();
            let short = hash.get(..20).unwrap_or_default();
            let in_list = list.as_ref().map(|list| list.iter().any(|known| known == short));
            let in_set = set
                .iter()
                .filter(|(kind, _)| *kind == directory.digest)
                .map(|(_, known)| *known == hash)
                .reduce(|found, other| found || other);
            // The main directory is what the message digest is of; lists may be absent with it alone.
            let named = in_list.or(in_set).unwrap_or(directories.len() == 1);
            if !named || in_set == Some(false) {
                let range = self.range_of(blob);
                let detail = "a code directory is not among those that were signed";
                self.fault(IrregularityKind::WrongDigest, range, detail);
            }
        }
    }

    /// The time stamp; other unsigned attributes are noted.
    fn take_stamp(
        &mut self,
        blob: Blob<'a>,
        signer: &SignerInfo<'a>,
        outer: &[Certificate<'a>],
    ) -> Option<Stamp<'a>> {
        let checks = Checks::default();
        let mut found = None;
        for attribute in signer.unsigned.iter().flat_map(|set| &set.all) {
            let plausible = attribute.kind == Some(oid::TIME_STAMP_TOKEN)
                && attribute.raw.len() <= STAMP_MAX
                && found.is_none();
            let value = match attribute.values.as_slice() {
                [value] if plausible => Some(value),
                _ => None,
            };
            // A token with room for anything else is no mere time stamp.
            let stamp = value
                .and_then(|value| stamp::token(value, signer.signature, outer, &checks))
                .filter(is_tight);
            if let Some(stamp) = stamp {
                if let Some(fault) = &stamp.fault {
                    self.signed.signature.remarks.push(format!("time stamp: {fault}"));
                }
                found = Some(stamp);
            } else {
                let kind = attribute.kind.map(|kind| kind.to_string()).unwrap_or_default();
                let start = self.range_of(blob).start.saturating_add(8);
                let offset = offset_in(blob.content(), attribute.raw).unwrap_or(0);
                let start = start.saturating_add(u64::try_from(offset).unwrap_or(0));
                let end = start.saturating_add(u64::try_from(attribute.raw.len()).unwrap_or(0));
                self.note(IrregularityKind::UnsignedAttribute, start..end, kind);
                self.uncovered = true;
            }
        }
        found
    }

    /// Whether the chain ends at Apple's root.
    fn judge_chain(&mut self, blob: Blob<'a>, chain: &Chain<'a>) -> bool {
        let range = self.range_of(blob);
        if let End::Broken(name) = &chain.end {
            let detail = format!("the chain breaks at `{name}`");
            self.fault(IrregularityKind::BrokenChain, range.clone(), &detail);
        }
        for misuse in &chain.misuse {
            self.fault(IrregularityKind::WrongUsage, range.clone(), misuse);
        }
        // No root but Apple's: those that are pinned for Windows vouch for nothing here.
        chain.certificates.last().is_some_and(is_apple_root)
    }

    /// Certificates that are in no chain of the message.
    fn note_spare(&mut self, blob: Blob<'a>, message: &Message<'a>, chain: &Chain<'a>) {
        for certificate in &message.certificates {
            let used = chain.certificates.iter().any(|known| known.raw == certificate.raw)
                || is_apple_root(certificate);
            if !used {
                let start = self.range_of(blob).start.saturating_add(8);
                let offset = offset_in(blob.content(), certificate.raw).unwrap_or(0);
                let start = start.saturating_add(u64::try_from(offset).unwrap_or(0));
                let end = start.saturating_add(u64::try_from(certificate.raw.len()).unwrap_or(0));
                let name = certificate.subject.short().unwrap_or_default();
                self.note(IrregularityKind::SpareCertificate, start..end, name);
                self.uncovered = true;
            }
        }
    }

    fn describe_signer(
        &mut self,
        signer: &SignerInfo<'a>,
        leaf: &Certificate<'a>,
        chain: &Chain<'a>,
        stamp: Option<&Stamp<'a>>,
    ) {
        // A stamp that does not hold says nothing of the time.
        let stamp = stamp.filter(|stamp| stamp.fault.is_none());
        let digest = signer.signature_digest().map_or("unknown", DigestKind::name);
        let key = leaf.key.map_or_else(|| "unknown".to_owned(), |key| key.name());
        let root = match chain.certificates.last() {
            Some(top) if is_apple_root(top) => top.subject.short(),
            _ => Some(chain.end.name().to_owned()),
        };
        self.signed.signature.signers.push(Signer {
            organisation: leaf.subject.attribute(oid::ORGANISATION),
            common_name: leaf.subject.attribute(oid::COMMON_NAME),
            country: leaf.subject.attribute(oid::COUNTRY),
            durable_identity: leaf.subject.attribute(oid::ORGANISATIONAL_UNIT),
            issuer: leaf.issuer.short(),
            serial: Some(hex(leaf.serial)),
            leaf_sha256: Some(hex(&DigestKind::Sha256.digest(&[leaf.raw]))),
            keys: chain.keys(),
            root,
            valid: Some(leaf.valid),
            stamped: stamp.map(|stamp| stamp.time),
            stamp_root: stamp
                .and_then(|stamp| stamp.chain.as_ref())
                .map(|chain| chain.end.name().to_owned()),
            claimed: signer.claimed(),
            algorithm: format!("{digest}/{key}"),
        });
        for class in classes(leaf) {
            self.signed.signature.flags.push(class.to_owned());
        }
    }

    /// The Team ID of the directory must be that of the certificate.
    fn check_team(&mut self, blob: Blob<'a>, main: &Directory<'a>, leaf: &Certificate<'a>) {
        let of_leaf = leaf.subject.attribute(oid::ORGANISATIONAL_UNIT);
        // Apple's own programs have no team.
        if let Some(team) = &main.team
            && of_leaf.as_ref() != Some(team)
        {
            let range = self.range_of(blob);
            let detail = format!("Team ID {team} is not that of the certificate");
            self.fault(IrregularityKind::Malformed, range, &detail);
        }
    }
}

fn is_apple_root(certificate: &Certificate<'_>) -> bool {
    hex(&DigestKind::Sha256.digest(&[certificate.raw])) == APPLE_ROOT
}

/// Whether a token is a time stamp and nothing else: every certificate in it is one of its chain.
fn is_tight(stamp: &Stamp<'_>) -> bool {
    let Some(token) = &stamp.message else { return true };
    let chain = stamp.chain.as_ref().map(|chain| chain.certificates.as_slice()).unwrap_or_default();
    token.strays.is_empty()
        && token.unread.is_empty()
        && token.revocation.is_none()
        && token.certificates.iter().all(|certificate| {
            chain.iter().any(|known| known.raw == certificate.raw) || is_apple_root(certificate)
        })
}

/// Names of Apple's marks on a leaf.
fn classes(leaf: &Certificate<'_>) -> Vec<&'static str> {
    let body = Tlv::first(leaf.signed);
    let list = body.and_then(|body| body.reader().all().find(|field| field.tag == context(3)));
    let Some(list) = list.and_then(|list| list.reader().expect(tlv::SEQUENCE)) else {
        return Vec::new();
    };
    list.reader()
        .all()
        .filter_map(|extension| extension.reader().next()?.oid())
        .filter_map(|kind| {
            let kind = kind.to_string();
            CLASSES.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name)
        })
        .collect()
}
