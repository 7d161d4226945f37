//! Room in headers: comments, extra fields, names of the packed file, unknown records.
//!
//! Formats let a writer put what he likes into their headers, and no unpacker shows it. One rule
//! holds for all of them: a few kibibytes in sum are descriptions, where none is a program or an archive;
//! with more than that none of it is structure, and all of it is handed on as one piece, to be looked at like any other bytes. Records
//! that say the same again (owners, attributes of every file) count once.

use std::collections::HashSet;
use std::ops::Range;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Context, Refusal};
use crate::field::{len_u64, slice};
use crate::node::{Attributes, FactKind, NodeKind};
use crate::{SpanKind, recognise};

/// Bytes of room that one container may have, repetitions left out.
const ROOM_MAX: u64 = 4096;

/// Room of one container so far.
#[derive(Default)]
pub(super) struct Room {
    parts: Vec<Part>,
    seen: HashSet<[u8; 16]>,
    /// Bytes of different parts.
    len: u64,
}

struct Part {
    at: Range<u64>,
    /// What it says, where the container stores it packed.
    unpacked: Option<Bytes>,
}

impl Room {
    fn count(&mut self, bytes: &[u8]) {
        let digest = Sha256::digest(bytes);
        let key = std::array::from_fn(|i| digest.get(i).copied().unwrap_or_default());
        // A program or an archive is no description, however short.
        let format = recognise::format("", bytes);
        if format.is_executable() || recognise::reader(format).is_some() {
            self.len = u64::MAX;
        }
        // Past the bound it does not matter what else there is.
        if self.len <= ROOM_MAX && self.seen.insert(key) {
            self.len = self.len.saturating_add(len_u64(bytes.len()));
        }
    }
}

impl Context<'_, '_> {
    /// Bytes of a header that nobody needs for unpacking. The reader claims its header all the same:
    /// whether this is part of it is decided when all of the container's room is known.
    pub(crate) fn room(&mut self, at: Range<u64>) {
        let Some(bytes) = slice(&self.input, &at) else { return };
        if bytes.iter().any(|byte| *byte != 0) {
            self.room.count(bytes);
            self.room.parts.push(Part { at, unpacked: None });
        }
    }

    /// The same for what is stored packed.
    pub(crate) fn packed_room(&mut self, at: Range<u64>, unpacked: Bytes) {
        if unpacked.iter().any(|byte| *byte != 0) {
            self.room.count(&unpacked);
            self.room.parts.push(Part { at, unpacked: Some(unpacked) });
        }
    }

    /// Decides on the container's room, once its reader is done.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn settle_room(&mut self) -> Result<(), Refusal> {
        let Room { parts, len, .. } = std::mem::take(&mut self.room);
        if len <= ROOM_MAX {
            return Ok(());
        }
        let input = self.input();
        let first = parts.iter().map(|part| part.at.start).min();
        let mut bytes = Vec::new();
        for part in parts {
            let stored = slice(&input, &part.at).unwrap_or_default();
            let part_bytes = part.unpacked.as_deref().unwrap_or(stored);
            self.charge(len_u64(part_bytes.len()))?;
            bytes.extend_from_slice(part_bytes);
            self.claim(SpanKind::Unexplained, part.at.clone());
            self.handed.push(part.at);
        }
        let detail = format!("{} bytes in headers that no unpacking needs", bytes.len());
        self.fact(FactKind::ForeignBytes, first, detail);
        let name = "(in the headers)";
        self.arrive(name, NodeKind::File, Attributes::default(), Bytes::from(bytes))
    }
}
