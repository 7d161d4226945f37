//! What a format's reader is given: its container, and the ways to account for it.
//!
//! A reader is a function `fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal>`. It claims
//! every stretch of the container it understands ([`Context::structure`] and its like), and hands
//! each member on with [`Context::file`] (stored plain) or [`Context::inflate`] (behind a decoder).
//! A member is recognised, hashed, visited and opened before the call returns, so that memory holds
//! one member per level. What `?` passes up is either this container's refusal or the end of the
//! whole walk; a reader never needs to tell them apart.

use std::collections::HashSet;
use std::io::Read;
use std::ops::Range;

use bytes::Bytes;
use khien_model::Untrusted;
use sha2::{Digest, Sha256};

use crate::budget::RATIO_FREE_BYTES;
use crate::field::len_u64;
use crate::ledger::Claims;
use crate::node::{Attributes, Fact, FactKind, Gap, GapReason, NodeKind};
use crate::open::{Arrival, Walk};
use crate::{SpanKind, names};

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
    names: HashSet<[u8; 16]>,
    links: HashSet<[u8; 16]>,
    bytes_out: u64,
    facts: [u32; FACT_KINDS],
    rooted: bool,
    rooted_members: bool,
    folder_members: bool,
}

/// Facts of one kind that one container may leave; the last one says that there are more.
const FACTS_PER_KIND_MAX: u32 = 200;
const FACT_KINDS: usize = 16;

impl<'a, 'w> Context<'a, 'w> {
    pub(crate) fn new(walk: &'a mut Walk<'w>, path: String, depth: u32, input: Bytes) -> Self {
        Self {
            walk,
            path,
            depth,
            input,
            claims: Claims::default(),
            handed: Vec::new(),
            names: HashSet::new(),
            links: HashSet::new(),
            bytes_out: 0,
            facts: [0; FACT_KINDS],
            rooted: false,
            rooted_members: false,
            folder_members: false,
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

    // ---- facts and gaps ------------------------------------------------------------------------

    /// A fact about this container.
    pub(crate) fn fact(&mut self, kind: FactKind, offset: Option<u64>, detail: impl Into<String>) {
        let path = self.path.clone();
        self.note(path, kind, offset, detail.into());
    }

    /// A fact about one member.
    pub(crate) fn member_fact(
        &mut self,
        name: &str,
        kind: FactKind,
        offset: Option<u64>,
        detail: impl Into<String>,
    ) {
        let path = self.path_of(name);
        self.note(path, kind, offset, detail.into());
    }

    fn note(&mut self, path: String, kind: FactKind, offset: Option<u64>, detail: String) {
        let slot = kind.number().min(FACT_KINDS - 1);
        let Some(count) = self.facts.get_mut(slot) else { return };
        *count += 1;
        // Bound: a hostile index of half a million equal names must not become as many facts.
        let detail = match *count {
            count if count < FACTS_PER_KIND_MAX => names::shortened(&detail),
            FACTS_PER_KIND_MAX => "and more of this kind in this container".to_owned(),
            _ => return,
        };
        self.walk.fact(Fact {
            path: Untrusted::new(path),
            kind,
            offset,
            detail: Untrusted::new(detail),
        });
    }

    /// Something in this container that could not be read, while the rest can.
    pub(crate) fn gap(&mut self, reason: GapReason, detail: impl Into<String>, bytes: Option<u64>) {
        let path = self.path.clone();
        self.note_gap(path, reason, detail.into(), bytes);
    }

    /// A member that could not be read.
    pub(crate) fn member_gap(
        &mut self,
        name: &str,
        reason: GapReason,
        detail: impl Into<String>,
        bytes: Option<u64>,
    ) {
        let path = self.path_of(name);
        self.note_gap(path, reason, detail.into(), bytes);
    }

    fn note_gap(&mut self, path: String, reason: GapReason, detail: String, bytes: Option<u64>) {
        self.walk.gap(Gap {
            path: Untrusted::new(path),
            reason,
            detail: Untrusted::new(names::shortened(&detail)),
            bytes,
        });
    }

    // ---- members -------------------------------------------------------------------------------

    /// Hands on one member, whole. `at` is where the container stores it, plain or packed, and is
    /// claimed as content. Bytes that came from [`Context::unpack`] are paid for already; for bytes
    /// that are a slice of the container use [`Context::file`].
    ///
    /// # Errors
    ///
    /// The whole walk is over: a limit of the artefact was reached.
    pub(crate) fn member(
        &mut self,
        name: &str,
        kind: NodeKind,
        attributes: Attributes,
        at: Option<Range<u64>>,
        bytes: Bytes,
    ) -> Result<(), Refusal> {
        if let Some(at) = at {
            self.content(at);
        }
        self.check_name(name);
        self.arrive(name, kind, attributes, bytes)
    }

    fn arrive(
        &mut self,
        name: &str,
        kind: NodeKind,
        attributes: Attributes,
        bytes: Bytes,
    ) -> Result<(), Refusal> {
        let arrival = Arrival {
            path: self.path_of(name),
            kind,
            bytes,
            depth: if self.folder_members { 0 } else { self.depth + 1 },
            attributes,
            rooted: self.rooted_members,
        };
        self.walk.node(arrival).map_err(Refusal::limit)
    }

    /// Hands on a file that the container stores plain.
    ///
    /// # Errors
    ///
    /// A limit was reached. A place outside the container is a gap, not an error.
    pub(crate) fn file(
        &mut self,
        name: &str,
        attributes: Attributes,
        range: Range<u64>,
    ) -> Result<(), Refusal> {
        let Some(bytes) = self.slice(&range) else {
            let detail = format!("stored at {}..{}, outside the container", range.start, range.end);
            self.member_gap(name, GapReason::Damaged, detail, None);
            return self.tick();
        };
        self.charge(len_u64(bytes.len()))?;
        self.member(name, NodeKind::File, attributes, Some(range), bytes)
    }

    /// Bytes that belong to no structure: before the first or behind the last. They stay
    /// unexplained in the ledger; zeros are padding and nothing else. `name` says where, in
    /// brackets, as in `(behind the archive)`.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn foreign(&mut self, name: &str, range: Range<u64>) -> Result<(), Refusal> {
        let Some(bytes) = self.slice(&range).filter(|bytes| bytes.iter().any(|byte| *byte != 0))
        else {
            return Ok(());
        };
        let detail = format!("{} bytes {name}", bytes.len());
        self.fact(FactKind::ForeignBytes, Some(range.start), detail);
        self.charge(len_u64(bytes.len()))?;
        self.handed.push(range);
        self.arrive(name, NodeKind::File, Attributes::default(), bytes)
    }

    /// Hands on what no reader explained, so that a container inside it is opened all the same.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn leftover(&mut self, range: &Range<u64>) -> Result<(), Refusal> {
        let Some(bytes) = self.slice(range) else { return Ok(()) };
        self.charge(len_u64(bytes.len()))?;
        self.arrive("(unexplained)", NodeKind::File, Attributes::default(), bytes)
    }

    /// A symbolic or hard link.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn link(
        &mut self,
        name: &str,
        attributes: Attributes,
        target: &str,
    ) -> Result<(), Refusal> {
        self.link_from(name, attributes, target, name)
    }

    /// A link whose target is read from where `from` lies: hard links of tape archives are read
    /// from the archive's root, which is the empty name's place.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn link_from(
        &mut self,
        name: &str,
        attributes: Attributes,
        target: &str,
        from: &str,
    ) -> Result<(), Refusal> {
        if names::link_escapes(from, target, self.rooted) {
            self.member_fact(name, FactKind::EscapingLink, None, target);
        }
        self.links.insert(name_key(name));
        let kind = NodeKind::Link(Untrusted::new(names::shortened(target)));
        self.member(name, kind, attributes, None, Bytes::new())
    }

    /// A device, socket or pipe.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn special(&mut self, name: &str, attributes: Attributes) -> Result<(), Refusal> {
        self.member(name, NodeKind::Special, attributes, None, Bytes::new())
    }

    /// A folder: only its name is looked at, it is no node.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn folder(&mut self, name: &str) -> Result<(), Refusal> {
        self.check_name_shape(name);
        self.walk.budget.charge_entry().map_err(Refusal::limit)?;
        self.tick()
    }

    /// Refuses a container that says it has more entries than may still come, before anything is
    /// allocated for them.
    ///
    /// # Errors
    ///
    /// There are more.
    pub(crate) fn afford_entries(&self, entries: u64) -> Result<(), Refusal> {
        if entries <= self.walk.budget.entries_left() {
            return Ok(());
        }
        let detail = format!("{entries} entries");
        Err(Refusal::new(GapReason::TooManyEntries, detail))
    }

    /// Reads a decoder to its end and hands the bytes on as a file.
    ///
    /// # Errors
    ///
    /// A limit was reached. A member that is too large is a gap, not an error.
    pub(crate) fn inflate(
        &mut self,
        name: &str,
        attributes: Attributes,
        decoder: &mut dyn Read,
        expected: Option<u64>,
    ) -> Result<(), Refusal> {
        match self.unpack(name, decoder, expected)? {
            Some(unpacked) => self.member(name, NodeKind::File, attributes, None, unpacked.bytes),
            None => Ok(()),
        }
    }

    /// Reads a decoder to its end within the budget. `None`: larger than a member may be; the gap
    /// is noted and the decoder stands somewhere inside the member. A decoder's error, and a length
    /// other than `expected`, are noted as a gap; what came out before it is returned.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn unpack(
        &mut self,
        name: &str,
        decoder: &mut dyn Read,
        expected: Option<u64>,
    ) -> Result<Option<Unpacked>, Refusal> {
        let member_max = self.walk.budget.limits().member_bytes_max;
        if let Some(expected) = expected.filter(|expected| *expected > member_max) {
            let detail = format!("{expected} bytes, more than the {member_max} of a member");
            self.member_gap(name, GapReason::TooManyBytes, detail, Some(expected));
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(self.first_capacity(expected));
        let mut chunk = vec![0; CHUNK];
        let problem = loop {
            let read = match decoder.read(&mut chunk) {
                Ok(0) => break None,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // A dictionary larger than a decoder may have is a limit, not damage.
                Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => {
                    let detail = format!("needs too much memory: {error}");
                    self.member_gap(name, GapReason::TooManyBytes, detail, None);
                    return Ok(None);
                }
                Err(error) => break Some(error.to_string()),
            };
            if len_u64(bytes.len()) + len_u64(read) > member_max {
                let detail = format!("more than {member_max} bytes in one member");
                self.member_gap(name, GapReason::TooManyBytes, detail, None);
                return Ok(None);
            }
            self.pay(len_u64(read))?;
            bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
        };
        let complete = self.check_end(name, &bytes, problem, expected);
        Ok(Some(Unpacked { bytes: Bytes::from(bytes), complete }))
    }

    fn check_end(
        &mut self,
        name: &str,
        bytes: &[u8],
        problem: Option<String>,
        expected: Option<u64>,
    ) -> bool {
        let len = len_u64(bytes.len());
        let detail = match (problem, expected) {
            (Some(problem), _) => format!("after {len} bytes: {problem}"),
            (None, Some(expected)) if expected != len => {
                format!("{len} bytes came out, {expected} were announced")
            }
            _ => return true,
        };
        self.member_gap(name, GapReason::Damaged, detail, None);
        false
    }

    /// Reads a decoder within the budget and drops the bytes: for solid blocks, where the next
    /// member comes after this one.
    ///
    /// # Errors
    ///
    /// A limit was reached, or the decoder failed.
    pub(crate) fn skip(&mut self, decoder: &mut dyn Read, mut left: u64) -> Result<(), Refusal> {
        let mut chunk = vec![0; CHUNK];
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let read = decoder
                .read(chunk.get_mut(..want).unwrap_or_default())
                .map_err(|error| Refusal::damaged(error.to_string()))?;
            if read == 0 {
                return Ok(());
            }
            self.pay(len_u64(read))?;
            left -= len_u64(read);
        }
        Ok(())
    }

    /// Reads a packed table of the container (not a member) of at most `max` bytes.
    ///
    /// # Errors
    ///
    /// A limit was reached, the decoder failed, or the table is longer.
    pub(crate) fn unpack_structure(
        &mut self,
        decoder: &mut dyn Read,
        max: u64,
    ) -> Result<Bytes, Refusal> {
        let mut bytes = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = decoder
                .read(&mut chunk)
                .map_err(|error| Refusal::damaged(format!("packed table: {error}")))?;
            if read == 0 {
                return Ok(Bytes::from(bytes));
            }
            if len_u64(bytes.len()) + len_u64(read) > max {
                let detail = format!("a packed table of more than {max} bytes");
                return Err(Refusal::new(GapReason::TooManyBytes, detail));
            }
            self.pay(len_u64(read))?;
            bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
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

    fn pay(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.tick()?;
        self.charge(bytes)
    }

    fn charge(&mut self, bytes: u64) -> Result<(), Refusal> {
        let container_len = self.len();
        self.walk
            .budget
            .charge_bytes(bytes, &mut self.bytes_out, container_len)
            .map_err(Refusal::limit)
    }

    /// Bound: memory asked for ahead of the bytes is never more than the input allows.
    fn first_capacity(&self, expected: Option<u64>) -> usize {
        let trusted = self.len().saturating_mul(8).min(RATIO_FREE_BYTES);
        usize::try_from(expected.unwrap_or(0).min(trusted)).unwrap_or(0)
    }

    fn path_of(&self, name: &str) -> String {
        names::joined(&self.path, &names::shortened(name))
    }

    fn check_name(&mut self, name: &str) {
        if !self.names.insert(name_key(name)) {
            self.member_fact(name, FactKind::DuplicateName, None, name);
        }
        self.check_behind_link(name);
        self.check_name_shape(name);
    }

    fn check_name_shape(&mut self, name: &str) {
        if let Some(how) = names::escaping(name, self.rooted) {
            self.member_fact(name, FactKind::EscapingName, None, format!("{how}: {name}"));
        }
        if let Some(how) = names::deceiving(name) {
            self.member_fact(name, FactKind::DeceivingName, None, format!("{how}: {name}"));
        }
    }

    /// Hostile: a link to elsewhere, then a member behind the link (CVE-2001-1267 and many since).
    fn check_behind_link(&mut self, name: &str) {
        if self.links.is_empty() || self.rooted {
            return;
        }
        let plain = names::plain(name);
        let behind = plain
            .match_indices('/')
            .filter_map(|(at, _)| plain.get(..at))
            .find(|parent| self.links.contains(&name_key(parent)))
            .map(str::to_owned);
        if let Some(link) = behind {
            let detail = format!("lies behind the link {link}");
            self.member_fact(name, FactKind::EscapingName, None, detail);
        }
    }
}

/// What of a name is kept to find it again: names of half a million members take much memory.
fn name_key(name: &str) -> [u8; 16] {
    let digest = Sha256::digest(names::plain(name).as_bytes());
    std::array::from_fn(|i| digest.get(i).copied().unwrap_or_default())
}

const CHUNK: usize = 64 << 10;
