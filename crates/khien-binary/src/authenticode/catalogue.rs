//! Security catalogues (`.cat`): a signed list of digests of other files, as drivers have.
//!
//! Source: certificate trust lists, MS-CAESO 2.2; Authenticode's `SPC_INDIRECT_DATA` per member.

use std::collections::BTreeSet;

use super::judge::{Faults, Judge, Subject};
use super::message::Message;
use super::oid;
use super::tlv::{self, Reader, Tlv};
use super::verify::{DigestKind, hex};
use crate::Error;
use crate::signature::{Scheme, Signature};

/// Bound: members that are listed; those of a Windows update have tens of thousands.
const MEMBERS_MAX: usize = 500_000;

/// A catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Who signed the list.
    pub signature: Signature,
    /// Digests of members: `sha256:…`, `sha1:…`; for PE files this is the Authentihash.
    pub members: BTreeSet<String>,
}

/// Reads a catalogue.
///
/// # Errors
///
/// [`Error::NotExecutable`] where the bytes are not a signed list.
pub fn catalogue(bytes: &[u8]) -> Result<Catalogue, Error> {
    let message = Message::read(bytes)
        .filter(|message| message.content_type == oid::CERTIFICATE_TRUST_LIST)
        .ok_or(Error::NotExecutable)?;
    let list = message.content.ok_or(Error::Damaged { format: "catalogue", what: "no content" })?;
    let mut judge = Judge {
        file: bytes,
        subject: Subject::Content,
        signature: Signature { scheme: Scheme::Authenticode, ..Signature::default() },
        faults: Faults::default(),
    };
    judge.message(bytes, 0);
    if let Some(rest) = bytes.get(message.raw.len()..).filter(|rest| !rest.is_empty()) {
        judge.signature.irregularities.push(super::table::irregularity(
            crate::signature::IrregularityKind::AfterTable,
            bytes,
            message.raw.len()..message.raw.len() + rest.len(),
            "after the message",
        ));
    }
    Ok(Catalogue { signature: judge.finish(), members: members(list.reader()) })
}

/// Who signed a CMS message, such as the signature file of a package, whatever it is about: over
/// `elsewhere` where that is given, as of a Java archive, else over the content in the message. Where
/// there is neither, the signature over the message's own attributes is checked, and a good one is
/// `Unsupported`, neither good nor bad.
///
/// # Errors
///
/// [`Error::NotExecutable`] where the bytes are no signed message.
pub fn signed_message(bytes: &[u8], elsewhere: Option<&[u8]>) -> Result<Signature, Error> {
    let message = Message::read(bytes).ok_or(Error::NotExecutable)?;
    let detached = message.content.is_none() && elsewhere.is_none();
    let mut judge = Judge {
        file: bytes,
        subject: elsewhere.map_or(Subject::Content, Subject::Elsewhere),
        signature: Signature { scheme: Scheme::Authenticode, ..Signature::default() },
        faults: Faults::default(),
    };
    judge.message(bytes, 0);
    if detached {
        judge.faults.content_elsewhere();
        judge.signature.remarks.push("the signed content is elsewhere".to_owned());
    }
    Ok(judge.finish())
}

/// Usage, identifier, number and times come before the list; extensions after it.
fn members(fields: Reader<'_>) -> BTreeSet<String> {
    let lists: Vec<Tlv<'_>> = fields.all().filter(|field| field.tag == tlv::SEQUENCE).collect();
    // The last sequence is the list: usage and algorithm come before, extensions are `[0]`.
    let Some(list) = lists.last().filter(|_| lists.len() >= 3) else { return BTreeSet::new() };
    list.reader().all().take(MEMBERS_MAX).filter_map(|member| digest_of(&member)).collect()
}

/// The digest of a member: in its attributes, else its identifier where that has the length of one.
fn digest_of(member: &Tlv<'_>) -> Option<String> {
    let mut fields = member.reader();
    let identifier = fields.expect(tlv::OCTET_STRING)?.value;
    let indirect = fields.expect(tlv::SET).and_then(|attributes| {
        attributes.reader().all().find_map(|attribute| {
            let mut fields = attribute.reader();
            let kind = fields.next()?.oid()?;
            let value = fields.next()?.reader().next()?;
            (kind == oid::SPC_INDIRECT_DATA).then_some(value)
        })
    });
    if let Some(value) = indirect {
        let mut fields = value.reader();
        let _data = fields.next()?;
        let mut digest = fields.next()?.reader();
        let kind = DigestKind::read(&digest.next()?)?;
        return Some(format!("{}:{}", kind.name(), hex(digest.next()?.value)));
    }
    let kind = match identifier.len() {
        20 => DigestKind::Sha1,
        32 => DigestKind::Sha256,
        _ => return None,
    };
    Some(format!("{}:{}", kind.name(), hex(identifier)))
}
