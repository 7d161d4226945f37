//! Apple code signatures (`LC_CODE_SIGNATURE`), audited as structures.
//!
//! Whether the pages are those that were signed; whether entitlements and requirements are; who
//! signed; and which bytes of the slice and of the signature's own area nothing covers.
//!
//! What it does not do: evaluate requirements, check notarisation, revocation, or the resources of a
//! bundle, which lie in other files.

mod blobs;
mod directory;
mod property_list;
mod signer;

use std::ops::Range;

use self::blobs::{Blob, Blobs};
use self::directory::{Directory, flag_names};
pub(crate) use self::property_list::property_list;
use crate::authenticode::hex;
use crate::authenticode::verify::DigestKind;
use crate::entropy;
use crate::signature::{Irregularity, IrregularityKind, Scheme, Signature, State};

/// One slice and where its signature is.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    /// The slice.
    pub(crate) bytes: &'a [u8],
    /// Where the slice starts in the file.
    pub(crate) base: u64,
    /// The signature's area, within the slice.
    pub(crate) area: Range<u64>,
    /// The property list that a program carries itself.
    pub(crate) info_plist: Option<&'a [u8]>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    pub(crate) signature: Signature,
    /// Key and value in JSON, sorted.
    pub(crate) entitlements: Vec<(String, String)>,
    pub(crate) mitigations: Vec<String>,
}

/// Audits the signature of one slice.
pub(crate) fn read(subject: &Subject<'_>) -> Signed {
    let mut audit = Audit {
        subject,
        signed: Signed::default(),
        invalid: false,
        unsupported: false,
        uncovered: false,
    };
    audit.signed.signature.scheme = Scheme::AppleCode;
    let anchor = audit.run();
    audit.finish(anchor)
}

/// Who stands behind the code directory.
enum Anchor {
    /// Nobody.
    AdHoc,
    /// A chain to the pinned root of Apple.
    Pinned,
    /// Another chain, or one that ends before a root.
    Unknown,
}

struct Audit<'s, 'a> {
    subject: &'s Subject<'a>,
    signed: Signed,
    invalid: bool,
    unsupported: bool,
    uncovered: bool,
}

impl<'a> Audit<'_, 'a> {
    fn run(&mut self) -> Anchor {
        let area = self.subject.area.clone();
        let start = usize::try_from(area.start).ok();
        let end = usize::try_from(area.end).ok();
        let bytes = start.zip(end).and_then(|(start, end)| self.subject.bytes.get(start..end));
        let Some(bytes) = bytes else {
            self.fault(IrregularityKind::Malformed, area, "the signature lies outside the file");
            return Anchor::AdHoc;
        };
        let Some(blobs) = Blobs::read(bytes) else {
            self.fault(
                IrregularityKind::Malformed,
                area,
                "no signature where the load command points",
            );
            return Anchor::AdHoc;
        };
        self.note_frame(&blobs);
        let mut directories = Vec::new();
        for blob in blobs.directories() {
            match Directory::read(blob) {
                Some(directory) => directories.push(directory),
                None => {
                    let range = self.range_of(blob);
                    self.fault(
                        IrregularityKind::Malformed,
                        range,
                        "a code directory cannot be read",
                    );
                }
            }
        }
        // The loader takes the strongest.
        let Some(best) = directories.iter().max_by_key(|directory| directory.strength()) else {
            self.fault(IrregularityKind::Malformed, area, "no code directory");
            return Anchor::AdHoc;
        };
        self.describe(best);
        for directory in &directories {
            self.check_pages(directory);
            self.check_special(directory, &blobs);
            self.check_agreement(directory, best);
        }
        self.check_limit(best);
        self.take_entitlements(&blobs);
        self.check_message(&blobs, &directories)
    }

    /// Adds an irregularity about a range of the slice.
    fn note(&mut self, kind: IrregularityKind, range: Range<u64>, detail: impl Into<String>) {
        let start = usize::try_from(range.start).unwrap_or(usize::MAX);
        let end = usize::try_from(range.end).unwrap_or(usize::MAX).min(self.subject.bytes.len());
        let bytes = self.subject.bytes.get(start..end).unwrap_or_default();
        let nonzero = bytes.iter().filter(|byte| **byte != 0).count();
        self.signed.signature.irregularities.push(Irregularity {
            kind,
            offset: self.subject.base.saturating_add(range.start),
            len: range.end.saturating_sub(range.start),
            nonzero: u64::try_from(nonzero).unwrap_or(u64::MAX),
            entropy: entropy::shannon_of(bytes),
            detail: detail.into(),
        });
    }

    /// An irregularity that makes the signature invalid.
    fn fault(&mut self, kind: IrregularityKind, range: Range<u64>, detail: &str) {
        self.note(kind, range, detail);
        self.signed.signature.remarks.push(detail.to_owned());
        self.invalid = true;
    }

    /// A blob's place within the slice.
    fn range_of(&self, blob: Blob<'_>) -> Range<u64> {
        let start = self.subject.area.start.saturating_add(blob.offset);
        start..start.saturating_add(u64::try_from(blob.bytes.len()).unwrap_or(0))
    }

    fn within_area(&self, range: &Range<u64>) -> Range<u64> {
        let start = self.subject.area.start;
        start.saturating_add(range.start)..start.saturating_add(range.end)
    }

    /// What is odd about the table of blobs.
    fn note_frame(&mut self, blobs: &Blobs<'_>) {
        for range in &blobs.unclaimed {
            let range = self.within_area(range);
            // Signing tools reserve more room than they use and leave it zero.
            let start = usize::try_from(range.start).unwrap_or(usize::MAX);
            let end = usize::try_from(range.end).unwrap_or(usize::MAX);
            let bytes = self.subject.bytes.get(start..end).unwrap_or_default();
            if bytes.iter().all(|byte| *byte == 0) {
                continue;
            }
            if self.is_left_over(bytes) {
                let remark =
                    format!("{} bytes are page digests of an earlier signature", bytes.len());
                self.signed.signature.remarks.push(remark);
                continue;
            }
            self.note(IrregularityKind::SuperBlobSlack, range, "bytes that belong to no blob");
            self.uncovered = true;
        }
        for range in &blobs.overlaps {
            let range = self.within_area(range);
            self.note(IrregularityKind::SuperBlobSlack, range, "blobs share these bytes");
        }
        for (kind, range) in &blobs.unknown {
            let range = self.within_area(range);
            self.note(IrregularityKind::UnknownEntry, range, format!("blob of type {kind:#x}"));
            self.uncovered = true;
        }
        for fault in &blobs.faults {
            self.fault(IrregularityKind::Malformed, self.subject.area.clone(), fault);
        }
    }

    /// Whether bytes are a piece of an earlier code directory over the same pages. Signing tools write
    /// the new signature over the linker's longer one and leave its end; such bytes follow from the
    /// code and can carry nothing.
    fn is_left_over(&self, bytes: &[u8]) -> bool {
        let end = usize::try_from(self.subject.area.start).unwrap_or(usize::MAX);
        let code = self.subject.bytes.get(..end).unwrap_or_default();
        let Some(used) = bytes.iter().rposition(|byte| *byte != 0) else { return true };
        let bytes = bytes.get(..=used).unwrap_or(bytes);
        // A shorter piece could be chosen to fit; it is noted.
        bytes.len() >= 64
            && [4096, 16_384].into_iter().any(|page| {
                let digests: Vec<u8> =
                    code.chunks(page).flat_map(|page| DigestKind::Sha256.digest(&[page])).collect();
                memchr::memmem::find(&digests, bytes).is_some()
            })
    }

    fn describe(&mut self, best: &Directory<'_>) {
        let signature = &mut self.signed.signature;
        signature.content_digest = Some(format!("{}:{}", best.digest.name(), hex(&best.hash())));
        signature.identifier = Some(best.identifier.clone());
        signature.flags = flag_names(best.flags, best.execution_flags);
        for (bit, name) in
            [(0x1_0000, "hardened_runtime"), (0x2000, "library_validation"), (0x800, "restrict")]
        {
            if best.flags & bit != 0 {
                self.signed.mitigations.push(name.to_owned());
            }
        }
    }

    fn check_pages(&mut self, directory: &Directory<'_>) {
        let range = self.range_of(directory.blob);
        if directory.scattered {
            self.unsupported = true;
            self.signed.signature.remarks.push("a scattered code directory".to_owned());
            return;
        }
        match directory.verify_pages(self.subject.bytes) {
            None => self.fault(
                IrregularityKind::Malformed,
                range,
                "the pages of a code directory do not fit the file",
            ),
            Some(pages) if pages.wrong > 0 => {
                let at = pages.first_wrong.unwrap_or(0);
                let detail = format!(
                    "{} digest: {} pages differ from what was signed, the first at {at:#x}",
                    directory.digest.name(),
                    pages.wrong
                );
                self.fault(IrregularityKind::WrongPageHash, at..at, &detail);
            }
            Some(_) => {}
        }
    }

    /// Requirements, entitlements, and constraints must be those whose digests the directory has.
    fn check_special(&mut self, directory: &Directory<'_>, blobs: &Blobs<'_>) {
        for slot in [2_u32, 5, 7, 8, 9, 10, 11] {
            let range = self.range_of(directory.blob);
            match (blobs.find(slot), directory.special_digest(slot)) {
                (None, None) => {}
                (Some(blob), None) => {
                    let range = self.range_of(blob);
                    let detail = format!("blob {slot} is not covered by a code directory");
                    self.note(IrregularityKind::SuperBlobSlack, range, detail);
                    self.uncovered = true;
                }
                (Some(blob), Some(digest)) if directory.digest_of(blob.bytes) == digest => {}
                (Some(blob), Some(_)) => {
                    let detail = format!("blob {slot} is not the one that was signed");
                    let range = self.range_of(blob);
                    self.fault(IrregularityKind::WrongDigest, range, &detail);
                }
                (None, Some(_)) => {
                    let detail = format!("blob {slot} was signed and is missing");
                    self.fault(IrregularityKind::WrongDigest, range, &detail);
                }
            }
        }
        if let (Some(plist), Some(digest)) = (self.subject.info_plist, directory.special_digest(1))
            && directory.digest_of(plist) != digest
        {
            // A bundle's property list lies in another file and goes before the embedded one.
            let remark = "the signed Info.plist is not the embedded one";
            self.signed.signature.remarks.push(remark.to_owned());
        }
    }

    /// Directories differ in their digests and in nothing else.
    fn check_agreement(&mut self, directory: &Directory<'_>, best: &Directory<'_>) {
        let same = directory.limit == best.limit
            && directory.identifier == best.identifier
            && directory.team == best.team
            && directory.flags == best.flags;
        if !same {
            let range = self.range_of(directory.blob);
            self.fault(
                IrregularityKind::Malformed,
                range,
                "code directories contradict each other",
            );
        }
    }

    /// The signed code must reach up to the signature, and the signature to the end of the slice.
    fn check_limit(&mut self, best: &Directory<'_>) {
        let area = self.subject.area.clone();
        let len = u64::try_from(self.subject.bytes.len()).unwrap_or(u64::MAX);
        for range in [best.limit..area.start, area.end..len] {
            if range.start < range.end {
                let detail = "bytes outside the signed code and the signature";
                self.note(IrregularityKind::OutsideCodeLimit, range, detail);
                self.uncovered = true;
            }
        }
        if best.limit > area.start {
            let range = area.start..best.limit;
            self.note(
                IrregularityKind::OutsideCodeLimit,
                range,
                "the signed code reaches into its signature",
            );
        }
    }

    fn take_entitlements(&mut self, blobs: &Blobs<'_>) {
        let xml = blobs.find(blobs::ENTITLEMENTS);
        let der = blobs.find(blobs::ENTITLEMENTS_DER);
        let from_xml = xml.map(|blob| {
            // An empty blob means no entitlements.
            let list = property_list(blob.content());
            (blob, list.as_ref().and_then(property_list::entries))
        });
        let from_der = der.map(|blob| {
            let list = property_list::entitlements_der(blob.content());
            (blob, list.as_ref().and_then(property_list::entries))
        });
        for (blob, list) in [&from_xml, &from_der].into_iter().flatten() {
            if list.is_none() && !blob.content().is_empty() {
                let range = self.range_of(*blob);
                self.note(IrregularityKind::Malformed, range, "entitlements that cannot be read");
            }
        }
        if let (Some((_, Some(xml))), Some((blob, Some(der)))) = (&from_xml, &from_der)
            && xml != der
        {
            let range = self.range_of(*blob);
            let detail = "entitlements differ between XML and DER";
            self.note(IrregularityKind::Malformed, range, detail);
        }
        // The system goes by the DER where there is one.
        let lists = [from_der, from_xml].into_iter().flatten();
        self.signed.entitlements = lists.filter_map(|(_, list)| list).next().unwrap_or_default();
    }

    fn check_message(&mut self, blobs: &Blobs<'a>, directories: &[Directory<'a>]) -> Anchor {
        let message = blobs.find(blobs::MESSAGE).filter(|blob| !blob.content().is_empty());
        let Some(message) = message else { return Anchor::AdHoc };
        self.check_signer(message, directories)
    }

    fn finish(mut self, anchor: Anchor) -> Signed {
        self.signed.signature.state = match anchor {
            _ if self.invalid => State::Invalid,
            _ if self.unsupported => State::Unsupported,
            Anchor::AdHoc => State::AdHoc,
            Anchor::Pinned if self.uncovered => State::ValidCarriesUnsigned,
            Anchor::Pinned => State::ValidStrict,
            Anchor::Unknown if self.uncovered => State::UnknownRootCarriesUnsigned,
            Anchor::Unknown => State::UnknownRoot,
        };
        self.signed
    }
}

#[cfg(test)]
mod tests;
