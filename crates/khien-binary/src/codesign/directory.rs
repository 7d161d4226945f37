//! Code directories: digests of every page of the code and of the other blobs.
//!
//! Source: `codedirectory.h` of Apple's Security project, `cs_blobs.h` of xnu.

use super::blobs::Blob;
use crate::authenticode::verify::DigestKind;
use crate::fields::Fields;

/// One code directory.
#[derive(Clone, Debug)]
pub(super) struct Directory<'a> {
    pub(super) blob: Blob<'a>,
    pub(super) flags: u32,
    pub(super) identifier: String,
    pub(super) team: Option<String>,
    pub(super) digest: DigestKind,
    /// Bytes kept of each digest: fewer for truncated SHA-256.
    pub(super) digest_len: usize,
    /// Bytes of the slice that the pages cover.
    pub(super) limit: u64,
    pub(super) execution_flags: u64,
    special: u32,
    pages: u32,
    /// Logarithm of the page size; 0 for one page of everything.
    page: u8,
    digests_at: u64,
    pub(super) scattered: bool,
}

/// What the pages say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Pages {
    /// Offset of the first page whose digest is wrong, within the slice.
    pub(super) first_wrong: Option<u64>,
    /// How many are wrong.
    pub(super) wrong: u64,
}

/// Bound: names in a directory.
const NAME_MAX: usize = 1024;

impl<'a> Directory<'a> {
    /// Reads a code directory; `None` when it is cut short or its digest is not read here.
    pub(super) fn read(blob: Blob<'a>) -> Option<Self> {
        let fields = Fields { bytes: blob.bytes, big: true, wide: true };
        let version = fields.u32(8)?;
        let (digest, digest_len) = match fields.u8(37)? {
            1 => (DigestKind::Sha1, 20),
            2 => (DigestKind::Sha256, 32),
            3 => (DigestKind::Sha256, 20),
            4 => (DigestKind::Sha384, 48),
            5 => (DigestKind::Sha512, 64),
            _ => return None,
        };
        if usize::from(fields.u8(36)?) != digest_len {
            return None;
        }
        let since = |first: u32, at: u64| (version >= first).then(|| fields.u32(at)).flatten();
        let limit64 = if version >= 0x2_0300 { fields.u64(56)? } else { 0 };
        let team = since(0x2_0200, 48).filter(|at| *at != 0);
        let name = |at: u32| {
            let text = blob.bytes.get(usize::try_from(at).ok()?..)?;
            let end = text.iter().take(NAME_MAX).position(|byte| *byte == 0)?;
            Some(String::from_utf8_lossy(text.get(..end)?).into_owned())
        };
        Some(Self {
            blob,
            flags: fields.u32(12)?,
            identifier: name(fields.u32(20)?)?,
            team: match team {
                Some(at) => Some(name(at)?),
                None => None,
            },
            digest,
            digest_len,
            limit: if limit64 != 0 { limit64 } else { fields.u32(32)?.into() },
            execution_flags: if version >= 0x2_0400 { fields.u64(80)? } else { 0 },
            special: fields.u32(24)?,
            pages: fields.u32(28)?,
            page: fields.u8(39)?,
            digests_at: fields.u32(16)?.into(),
            scattered: since(0x2_0100, 44).is_some_and(|at| at != 0),
        })
    }

    /// Digest of the directory itself: what a signature is over.
    pub(super) fn hash(&self) -> Vec<u8> {
        self.digest.digest(&[self.blob.bytes])
    }

    /// Digest of something, in this directory's kind and length.
    pub(super) fn digest_of(&self, bytes: &[u8]) -> Vec<u8> {
        let mut digest = self.digest.digest(&[bytes]);
        digest.truncate(self.digest_len);
        digest
    }

    /// The digest in a special slot; `None` where there is none or it is all zero.
    pub(super) fn special_digest(&self, slot: u32) -> Option<&'a [u8]> {
        if slot == 0 || slot > self.special {
            return None;
        }
        let len = u64::try_from(self.digest_len).ok()?;
        let at = self.digests_at.checked_sub(u64::from(slot).checked_mul(len)?)?;
        let digest = self.fields().slice(at, len)?;
        digest.iter().any(|byte| *byte != 0).then_some(digest)
    }

    /// How strong the digest is; the loader uses the strongest directory.
    pub(super) fn strength(&self) -> (DigestKind, usize) {
        (self.digest, self.digest_len)
    }

    /// Compares the digests of all pages with the slice; `None` where the directory contradicts itself
    /// or the file.
    pub(super) fn verify_pages(&self, slice: &[u8]) -> Option<Pages> {
        let code = slice.get(..usize::try_from(self.limit).ok()?)?;
        let size = match self.page {
            0 => code.len().max(1),
            // Apple uses 4 and 16 KiB; a page beyond that is no page.
            bits @ 9..=24 => 1_usize << bits,
            _ => return None,
        };
        if u64::from(self.pages) != u64::try_from(code.len().div_ceil(size)).ok()? {
            return None;
        }
        let len = u64::try_from(self.digest_len).ok()?;
        let digests = self.fields().slice(self.digests_at, u64::from(self.pages) * len)?;
        let mut pages = Pages::default();
        for (index, (page, expected)) in
            code.chunks(size).zip(digests.chunks(self.digest_len)).enumerate()
        {
            if self.digest_of(page) != expected {
                pages.wrong += 1;
                pages.first_wrong = pages.first_wrong.or(u64::try_from(index * size).ok());
            }
        }
        Some(pages)
    }

    const fn fields(&self) -> Fields<'a> {
        Fields { bytes: self.blob.bytes, big: true, wide: true }
    }
}

/// Names of the flags of a directory, and of its execution segment.
///
/// Source: `SecCode.h` (`kSecCodeSignature*`) and `cs_blobs.h` (`CS_EXECSEG_*`).
pub(super) fn flag_names(flags: u32, execution: u64) -> Vec<String> {
    let named = [
        (0x1, "host"),
        (0x2, "adhoc"),
        (0x100, "hard"),
        (0x200, "kill"),
        (0x400, "expires"),
        (0x800, "restrict"),
        (0x1000, "enforcement"),
        (0x2000, "library-validation"),
        (0x1_0000, "runtime"),
        (0x2_0000, "linker-signed"),
    ];
    let execution_named = [
        (0x10, "allow-unsigned"),
        (0x20, "debugger"),
        (0x40, "jit"),
        (0x80, "skip-library-validation"),
        (0x100, "can-load-cdhash"),
        (0x200, "can-execute-cdhash"),
    ];
    let own = named.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| (*name).to_owned());
    let more = execution_named.iter().filter(|(bit, _)| execution & bit != 0);
    own.chain(more.map(|(_, name)| (*name).to_owned())).collect()
}
