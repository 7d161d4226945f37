//! The frame of an Apple code signature: a table of typed blobs in `__LINKEDIT`.
//!
//! Source: `cs_blobs.h` of xnu, `cscdefs.h` and `superblob.h` of Apple's Security project. All numbers
//! are big-endian.

use std::ops::Range;

use crate::fields::Fields;

/// Bound: entries of the table; genuine ones have up to about ten.
const BLOBS_MAX: u32 = 64;

/// Types of blobs (`CSSLOT_*`), which are the special slots of a code directory too.
pub(super) const DIRECTORY: u32 = 0;
pub(super) const REQUIREMENTS: u32 = 2;
pub(super) const ENTITLEMENTS: u32 = 5;
pub(super) const ENTITLEMENTS_DER: u32 = 7;
/// First of the further code directories, with other digests.
pub(super) const ALTERNATES: Range<u32> = 0x1000..0x1006;
pub(super) const MESSAGE: u32 = 0x1_0000;
/// Notarisation ticket: signed by itself.
const TICKET: u32 = 0x1_0002;

const SUPER_BLOB: u32 = 0xFADE_0CC0;

/// One blob.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blob<'a> {
    pub(super) kind: u32,
    /// Offset within the signature's area.
    pub(super) offset: u64,
    /// All of it, with its header of eight bytes.
    pub(super) bytes: &'a [u8],
}

impl<'a> Blob<'a> {
    /// What follows the header.
    pub(super) fn content(&self) -> &'a [u8] {
        self.bytes.get(8..).unwrap_or_default()
    }

    /// The magic that a blob of this type has; `None` for types that are not known here.
    pub(super) fn expected_magic(kind: u32) -> Option<u32> {
        match kind {
            DIRECTORY => Some(0xFADE_0C02),
            REQUIREMENTS => Some(0xFADE_0C01),
            ENTITLEMENTS => Some(0xFADE_7171),
            ENTITLEMENTS_DER => Some(0xFADE_7172),
            // Launch and library constraints.
            8..=11 => Some(0xFADE_8181),
            kind if ALTERNATES.contains(&kind) => Some(0xFADE_0C02),
            MESSAGE | TICKET => Some(0xFADE_0B01),
            _ => None,
        }
    }
}

/// The table and what is odd about it.
#[derive(Debug, Default)]
pub(super) struct Blobs<'a> {
    pub(super) all: Vec<Blob<'a>>,
    /// Bytes of the area that no blob claims.
    pub(super) unclaimed: Vec<Range<u64>>,
    /// Blobs that share bytes, as ranges of the area.
    pub(super) overlaps: Vec<Range<u64>>,
    /// Entries of unknown type: type and range.
    pub(super) unknown: Vec<(u32, Range<u64>)>,
    /// What is malformed, in words.
    pub(super) faults: Vec<String>,
}

impl<'a> Blobs<'a> {
    /// Reads the area that the load command names; `None` when it does not start with a table.
    pub(super) fn read(area: &'a [u8]) -> Option<Self> {
        let fields = Fields { bytes: area, big: true, wide: true };
        if fields.u32(0)? != SUPER_BLOB {
            return None;
        }
        let end = u64::from(fields.u32(4)?);
        let count = fields.u32(8)?;
        let mut blobs = Self::default();
        let len = u64::try_from(area.len()).ok()?;
        if end > len {
            blobs.faults.push(format!("the table claims {end} bytes of {len}"));
        }
        if count > BLOBS_MAX {
            blobs.faults.push(format!("{count} blobs"));
        }
        let count = count.min(BLOBS_MAX);
        let header = 12 + 8 * u64::from(count);
        let mut claims: Vec<Range<u64>> = Vec::from([Range { start: 0, end: header }]);
        for index in 0..u64::from(count) {
            let entry = fields.u32(12 + 8 * index).zip(fields.u32(16 + 8 * index));
            let Some((kind, offset)) = entry else {
                blobs.faults.push("the table is cut short".to_owned());
                break;
            };
            blobs.take(fields, kind, offset.into(), end.min(len), &mut claims);
        }
        blobs.tile(claims, len);
        Some(blobs)
    }

    fn take(
        &mut self,
        fields: Fields<'a>,
        kind: u32,
        offset: u64,
        end: u64,
        claims: &mut Vec<Range<u64>>,
    ) {
        let header = fields.u32(offset).zip(fields.u32(offset + 4));
        let Some((magic, size)) = header else {
            self.faults.push(format!("blob {kind:#x} lies outside the signature"));
            return;
        };
        let range = offset..offset + u64::from(size);
        let bytes = fields.slice(offset, size.into()).filter(|bytes| bytes.len() >= 8);
        let Some(bytes) = bytes.filter(|_| range.end <= end) else {
            self.faults.push(format!("blob {kind:#x} lies outside the signature"));
            return;
        };
        claims.push(range.clone());
        match Blob::expected_magic(kind) {
            None => self.unknown.push((kind, range)),
            Some(expected) if expected != magic => {
                self.faults.push(format!("blob {kind:#x} has the magic {magic:#x}"));
            }
            Some(_) if self.find(kind).is_some() => {
                self.faults.push(format!("blob {kind:#x} is there twice"));
            }
            Some(_) => self.all.push(Blob { kind, offset, bytes }),
        }
    }

    /// Notes what no blob claims and what two do.
    fn tile(&mut self, mut claims: Vec<Range<u64>>, len: u64) {
        claims.sort_by_key(|claim| (claim.start, claim.end));
        let mut end = 0;
        for claim in claims {
            if claim.start > end {
                self.unclaimed.push(end..claim.start);
            }
            if claim.start < end {
                self.overlaps.push(claim.start..claim.end.min(end));
            }
            end = end.max(claim.end);
        }
        if end < len {
            self.unclaimed.push(end..len);
        }
    }

    /// The blob of a type.
    pub(super) fn find(&self, kind: u32) -> Option<Blob<'a>> {
        self.all.iter().find(|blob| blob.kind == kind).copied()
    }

    /// The code directories, the main one first.
    pub(super) fn directories(&self) -> impl Iterator<Item = Blob<'a>> {
        let main = self.find(DIRECTORY);
        main.into_iter().chain(ALTERNATES.filter_map(|kind| self.find(kind)))
    }
}
