//! Microsoft Authenticode, audited as a structure: PE files, installer databases, catalogues.
//!
//! Three questions are kept apart: does the signature hold over what it covers (digest, signature,
//! chain); who made it; and what lies in the signed file that it does *not* cover. The last one is why
//! this is own code: verifiers answer the first and say "valid".
//!
//! What it does not do: revocation (there is no network), and trust by policy. An unknown root is a
//! state, not a finding.

use crate::pe::layout::Layout;
use crate::signature::{Scheme, Signature, State};

mod catalogue;
pub(crate) mod certificate;
pub(crate) mod chain;
mod digest;
mod extra;
mod judge;
pub(crate) mod message;
mod msi;
pub(crate) mod oid;
mod roots;
pub(crate) mod stamp;
mod table;
pub(crate) mod tlv;
pub(crate) mod verify;

pub use catalogue::{Catalogue, catalogue, signed_message};
pub use msi::msi;
pub(crate) use verify::hex;

use digest::{image_digest, written};
use judge::{Judge, Subject};
use verify::DigestKind;

/// Audits the certificate table of a PE file. The content digest is always SHA-256, whatever was
/// signed, so that it can be compared between files; unsigned files have one too.
pub(crate) fn pe(layout: &Layout<'_>) -> Signature {
    let Some(table) = table::read(layout) else {
        let digest = image_digest(layout, None, DigestKind::Sha256);
        let content_digest = Some(written(DigestKind::Sha256, &digest));
        return Signature { content_digest, ..Signature::default() };
    };
    let digest = image_digest(layout, Some(&table.file), DigestKind::Sha256);
    let mut judge = Judge {
        file: layout.bytes,
        subject: Subject::Pe(layout, &table.file),
        signature: Signature {
            scheme: Scheme::Authenticode,
            content_digest: Some(written(DigestKind::Sha256, &digest)),
            irregularities: table.irregularities,
            ..Signature::default()
        },
        faults: judge::Faults::default(),
    };
    for message in &table.messages {
        judge.message(layout.bytes.get(message.clone()).unwrap_or_default(), 0);
    }
    let mut signature = judge.finish();
    if table.messages.is_empty() {
        signature.state = State::Invalid;
        signature.remarks.push("a certificate table without a signature".to_owned());
    }
    signature
}

#[cfg(test)]
mod tests;
