//! What a format's reader is given: its container, and the ways to account for it.
//!
//! A reader is a function `fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal>`. It claims
//! every stretch of the container it understands ([`Context::structure`] and its like), and hands
//! each member on with [`Context::file`] (stored plain) or [`Context::inflate`] (behind a decoder).
//! A member is recognised, hashed, visited and opened before the call returns, so that memory holds
//! one member per level. What `?` passes up is either this container's refusal or the end of the
//! whole walk; a reader never needs to tell them apart.

mod members;
mod notes;
mod room;
mod unpack;

use std::collections::HashSet;
use std::ops::Range;

use bytes::Bytes;

use self::notes::FACT_KINDS;
use self::room::Room;
use crate::SpanKind;
use crate::field::len_u64;
use crate::ledger::Claims;
use crate::node::{FactKind, GapReason};
use crate::open::Walk;

/// Why a reader stops before its container's end.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: GapReason,
    pub(crate) detail: String,
}

impl Refusal {
    pub(crate) fn new(reason: GapReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// The structure contradicts itself or ends early.
    pub(crate) fn damaged(detail: impl Into<String>) -> Self {
        Self::new(GapReason::Damaged, detail)
    }

    /// A layout or a compression that no reader here knows.
    pub(crate) fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(GapReason::Unsupported, detail)
    }

    /// Needs a key.
    pub(crate) fn encrypted(detail: impl Into<String>) -> Self {
        Self::new(GapReason::Encrypted, detail)
    }

    fn limit(reason: GapReason) -> Self {
        Self::new(reason, "a limit was reached here; the rest was not read")
    }
}

/// Bytes that came out of a decoder.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// What came out, up to the first error.
    pub(crate) bytes: Bytes,
    /// Whether the decoder ended well and with the expected length. Where not, the gap is noted.
    pub(crate) complete: bool,
}

/// One container being read.
pub(crate) struct Context<'a, 'w> {
    walk: &'a mut Walk<'w>,
    path: String,
    depth: u32,
    input: Bytes,
    claims: Claims,
    handed: Vec<Range<u64>>,
    room: Room,
    names: HashSet<[u8; 16]>,
    links: HashSet<[u8; 16]>,
    bytes_out: u64,
    facts: [u32; FACT_KINDS],
    rooted: bool,
    rooted_members: bool,
    folder_members: bool,
    repeats: bool,
}

impl<'a, 'w> Context<'a, 'w> {
    pub(crate) fn new(walk: &'a mut Walk<'w>, path: String, depth: u32, input: Bytes) -> Self {
        Self {
            walk,
            path,
            depth,
            input,
            claims: Claims::default(),
            handed: Vec::new(),
            room: Room::default(),
            names: HashSet::new(),
            links: HashSet::new(),
            bytes_out: 0,
            facts: [0; FACT_KINDS],
            rooted: false,
            rooted_members: false,
            folder_members: false,
            repeats: false,
        }
    }

    /// For a folder: no bytes of its own, members at depth 0.
    pub(crate) fn new_folder(walk: &'a mut Walk<'w>) -> Self {
        let mut cx = Self::new(walk, String::new(), 0, Bytes::new());
        cx.folder_members = true;
        cx
    }

    // ---- the container -------------------------------------------------------------------------

    /// The container's bytes; cloning and slicing cost nothing.
    pub(crate) fn input(&self) -> Bytes {
        self.input.clone()
    }

    /// The container's length.
    pub(crate) fn len(&self) -> u64 {
        len_u64(self.input.len())
    }

    /// The container's own name: the last part of its path.
    pub(crate) fn name(&self) -> &str {
        let member = self.path.rsplit_once("!/").map_or(self.path.as_str(), |(_, name)| name);
        member.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// Whether this is the artefact itself, whose name is the caller's and not a path.
    pub(crate) const fn is_root(&self) -> bool {
        self.path.is_empty()
    }

    /// Members' names start at a file system's root, so absolute names and links stay inside:
    /// packages of the system, disk images, image layers.
    pub(crate) const fn names_are_rooted(&mut self) {
        self.rooted = true;
    }

    /// Members of one name are usual here, and none replaces the other.
    pub(crate) const fn names_may_repeat(&mut self) {
        self.repeats = true;
    }

    /// Whether members' names start at a file system's root.
    pub(crate) const fn is_rooted(&self) -> bool {
        self.rooted
    }

    /// The same for what the members contain: for `deb` and `rpm`, whose payload is an archive.
    pub(crate) const fn names_in_members_are_rooted(&mut self) {
        self.rooted_members = true;
    }

    /// Hands on to the member what holds for this container: for compressors around an archive.
    pub(crate) const fn pass_root_on(&mut self) {
        self.rooted_members = self.rooted;
    }

    // ---- the ledger ----------------------------------------------------------------------------

    /// Claims bytes for one kind. Claims may come in any order; bytes claimed twice are counted.
    pub(crate) fn claim(&mut self, kind: SpanKind, range: Range<u64>) {
        self.claims.add(kind, range);
    }

    /// Headers, tables, indexes.
    pub(crate) fn structure(&mut self, range: Range<u64>) {
        self.claim(SpanKind::Structure, range);
    }

    /// Content of members, packed or plain.
    pub(crate) fn content(&mut self, range: Range<u64>) {
        self.claim(SpanKind::Content, range);
    }

    /// What the format says is padding.
    pub(crate) fn padding(&mut self, range: Range<u64>) {
        self.claim(SpanKind::Padding, range);
    }

    /// Padding that must be zero: where it is not, it stays unexplained and is a fact.
    pub(crate) fn claim_if_zero(&mut self, range: Range<u64>) {
        match self.slice(&range) {
            Some(bytes) if bytes.iter().any(|byte| *byte != 0) => {
                let detail = format!("{} bytes of padding that are not zero", bytes.len());
                self.fact(FactKind::ForeignBytes, Some(range.start), detail);
            }
            _ => self.padding(range),
        }
    }

    /// A signature block.
    pub(crate) fn signature(&mut self, range: Range<u64>) {
        self.claim(SpanKind::Signature, range);
    }

    /// A program in front of or around the container.
    pub(crate) fn program(&mut self, range: Range<u64>) {
        self.claim(SpanKind::Program, range);
    }

    /// A slice of the container without copying.
    pub(crate) fn slice(&self, range: &Range<u64>) -> Option<Bytes> {
        let start = usize::try_from(range.start).ok()?;
        let end = usize::try_from(range.end).ok()?;
        (start <= end && end <= self.input.len()).then(|| self.input.slice(start..end))
    }

    /// Asks whether the caller wants to stop; call it in loops that hand no member on.
    ///
    /// # Errors
    ///
    /// The walk is over.
    pub(crate) fn tick(&mut self) -> Result<(), Refusal> {
        self.walk.tick().map_err(Refusal::limit)
    }

    /// The claims, and the stretches that were handed on as foreign.
    pub(crate) fn into_claims(self) -> (Claims, Vec<Range<u64>>) {
        (self.claims, self.handed)
    }

    pub(crate) const fn set_rooted(&mut self, rooted: bool) {
        self.rooted = rooted;
    }
}
