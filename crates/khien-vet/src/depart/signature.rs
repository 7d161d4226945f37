//! The signature of one file beside those of the files that it continues. Continuity comes first:
//! who signed the earlier releases is known, whatever a root says.

use khien_binary::Image;
use khien_binary::signature::{Scheme, Signature, State};
use khien_lineage::TraitKind;
use khien_lineage::weigh::{Departure, Softening};

use super::{plain, softened};
use crate::identity::organisation;
use crate::profile::FileProfile;

/// A file re-signed or stamped again differs by less than this.
const RESIGNED_BYTES_MAX: u64 = 1024;

/// Adds what one file's signatures depart by: of each slice of a universal file, beside the slice for
/// the same processor before.
pub(super) fn of_file(file: &FileProfile, before: &[&FileProfile], out: &mut Vec<Departure>) {
    catalogued(file, before, out);
    if file.images.len() <= 1 {
        let old: Vec<&Signature> = before.iter().filter_map(|f| signature(f)).collect();
        if let Some(new) = signature(file) {
            of_signature(file, before, &old, new, out);
        }
        return;
    }
    for image in &file.images {
        let old: Vec<&Signature> = before
            .iter()
            .filter_map(|f| {
                let same = f.images.iter().find(|old| old.machine == image.machine);
                same.map(|old| &old.signature).or_else(|| signature(f))
            })
            .collect();
        of_signature(file, before, &old, &image.signature, out);
    }
}

/// A file that a catalogue vouched for, and none does now, has lost its signature as much as one whose
/// own is gone; with a catalogue of somebody else's it has another signer.
fn catalogued(file: &FileProfile, before: &[&FileProfile], out: &mut Vec<Departure>) {
    let Some(last) = before.iter().rev().find_map(|old| old.catalogued_by.first()) else { return };
    let now = &file.catalogued_by;
    let known = |signer: &String| before.iter().any(|old| old.catalogued_by.contains(signer));
    if now.is_empty() && !signature(file).is_some_and(is_anchored) {
        out.push(plain(TraitKind::SignatureLost, last.as_str(), &file.path));
    } else if let Some(other) = now.first().filter(|_| !now.iter().any(known)) {
        out.push(plain(TraitKind::SignerChanged, other.as_str(), &file.path));
    }
}

fn of_signature(
    file: &FileProfile,
    before: &[&FileProfile],
    old: &[&Signature],
    new: &Signature,
    out: &mut Vec<Departure>,
) {
    if new.state == State::Invalid && !old.iter().any(|s| s.state == State::Invalid) {
        out.push(plain(TraitKind::SignatureInvalid, new.fault(), &file.path));
    }
    let Some(last) = old.last() else { return };
    if is_signed(last) && new.state == State::Unsigned {
        out.push(plain(TraitKind::SignatureLost, signer_name(last), &file.path));
    }
    let weaker = new.state == State::AdHoc
        || new.state == State::Unsupported && last.state != State::Unsupported
        || is_anchored(last) && !is_anchored(new) && has_signer(new) && new.state != State::Invalid;
    if has_signer(last) && weaker {
        out.push(plain(TraitKind::SignatureDowngraded, signer_name(last), &file.path));
    }
    out.extend(signer_changed(file, old, new));
    out.extend(same_digest(file, before, new));
}

/// Whether its chain ends at a root that is known here. A name in a certificate is only worth what
/// its chain is: anybody can write a vendor's name into a certificate of his own.
pub(super) const fn is_anchored(signature: &Signature) -> bool {
    matches!(signature.state, State::ValidStrict | State::ValidCarriesUnsigned)
}

/// The signature of a file: of its first image, or of itself as an installer database.
pub(crate) fn signature(file: &FileProfile) -> Option<&Signature> {
    file.images.first().map(|image: &Image| &image.signature).or(file.signature.as_ref())
}

pub(super) const fn is_signed(signature: &Signature) -> bool {
    !matches!(signature.state, State::Unsigned)
}

pub(super) fn has_signer(signature: &Signature) -> bool {
    !signature.signers.is_empty() && !matches!(signature.state, State::Unsigned | State::AdHoc)
}

pub(super) fn signer_name(signature: &Signature) -> String {
    signature
        .signers
        .first()
        .and_then(|s| s.organisation.clone().or_else(|| s.common_name.clone()))
        .unwrap_or_default()
}

/// Whom a signature is from, beside an earlier one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Continuity {
    /// Another name.
    Other,
    /// The same name, with keys that no authority known here vouches for and that did not sign before:
    /// the maker's new ones, or anybody's.
    SameName,
    /// The same key; or the same name, vouched for.
    Same,
}

/// Whether a signature continues an earlier one. A name is worth what vouches for it: a chain to a
/// known root, else an issuer whose key stood behind the earlier signature too.
pub(super) fn continuity(old: &Signature, new: &Signature) -> Continuity {
    let pair = old.signers.first().zip(new.signers.first());
    let Some((was, now)) = pair.filter(|_| has_signer(old) && has_signer(new)) else {
        return Continuity::Other;
    };
    let durable = was.durable_identity.is_some() && was.durable_identity == now.durable_identity;
    let name = organisation(was);
    let named =
        durable || (!name.is_empty() && name == organisation(now) && !teams_differ(new, was, now));
    let leaf = was.keys.first().is_some_and(|key| now.keys.first() == Some(key));
    if leaf || named && (is_anchored(new) || now.keys.iter().any(|key| was.keys.contains(key))) {
        Continuity::Same
    } else if named {
        Continuity::SameName
    } else {
        Continuity::Other
    }
}

/// New when it continues no signature of any earlier release of the file.
fn signer_changed(file: &FileProfile, old: &[&Signature], new: &Signature) -> Option<Departure> {
    let known = old.iter().filter(|signature| has_signer(signature));
    let best = known.map(|old| continuity(old, new)).max().filter(|_| has_signer(new))?;
    let departure = plain(TraitKind::SignerChanged, signer_name(new), &file.path);
    match best {
        Continuity::Same => None,
        // A signature that does not hold, or no more is vouched for, is told as that.
        Continuity::SameName if new.state == State::Invalid => None,
        Continuity::SameName if old.last().is_some_and(|old| is_anchored(old)) => None,
        Continuity::SameName => Some(softened(departure, Some(Softening::OtherKey))),
        Continuity::Other => Some(departure),
    }
}

/// Apple team identifiers are identities of their own: one organisation's name with another team is
/// another signer.
fn teams_differ(
    new: &Signature,
    a: &khien_binary::signature::Signer,
    b: &khien_binary::signature::Signer,
) -> bool {
    new.scheme == Scheme::AppleCode
        && matches!((&a.durable_identity, &b.durable_identity), (Some(a), Some(b)) if a != b)
}

/// The signed bytes are the same and the file is not: only what no signature covers was edited.
fn same_digest(file: &FileProfile, before: &[&FileProfile], new: &Signature) -> Option<Departure> {
    let digest = new.content_digest.as_ref().filter(|_| is_signed(new))?;
    let old = before.iter().rev().find(|old| {
        signature(old).is_some_and(|s| is_signed(s) && s.content_digest.as_ref() == Some(digest))
            && old.size.abs_diff(file.size) > RESIGNED_BYTES_MAX
    })?;
    let mut departure = plain(TraitKind::SameDigestOtherBytes, digest.as_str(), &file.path);
    departure.amount = file.size;
    departure.before = Some(old.size);
    Some(departure)
}
