//! The walk: from one artefact to every piece inside it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bytes::Bytes;
use khien_model::Untrusted;
use sha2::{Digest, Sha256};

use crate::budget::Budget;
use crate::field::len_u64;
use crate::node::{Attributes, Fact, FactKind, Format, Gap, GapReason, Node, NodeKind};
use crate::reader::{Context, Refusal};
use crate::recognise::{self, Reader};
use crate::{Ledger, Limits, Opened, SpanKind, Visitor, archive, names};

/// Opens one artefact: the artefact itself and everything inside it is handed to `visitor`.
///
/// `name` is a hint where content does not decide (a script without `#!`) and is compared with the
/// content; it is never used as a path. What could not be opened is in [`Opened::gaps`].
///
/// A panic of the visitor passes through; a panic of a reader is a gap.
pub fn open(name: &str, bytes: Bytes, limits: &Limits, visitor: &mut dyn Visitor) -> Opened {
    open_until(name, bytes, limits, &|| false, visitor)
}

/// Like [`open`], and stops when `cancelled` says so: that is a gap with
/// [`GapReason::Cancelled`]. It is asked for each entry and for every 64 KiB unpacked.
pub fn open_until(
    name: &str,
    bytes: Bytes,
    limits: &Limits,
    cancelled: &dyn Fn() -> bool,
    visitor: &mut dyn Visitor,
) -> Opened {
    let mut walk = Walk::new(limits, cancelled, visitor);
    name.clone_into(&mut walk.root_name);
    let arrival = Arrival {
        path: String::new(),
        kind: NodeKind::File,
        bytes,
        depth: 0,
        attributes: Attributes::default(),
        rooted: false,
    };
    if let Err(reason) = walk.node(arrival) {
        walk.note_stop(String::new(), reason);
    }
    walk.finish()
}

/// One entry of a folder that the caller has listed.
#[derive(Clone, Debug)]
pub struct FolderEntry {
    /// Its name below the folder, parts joined by `/`.
    pub name: String,
    /// File, link or special.
    pub kind: NodeKind,
    /// What the file system says of it.
    pub attributes: Attributes,
}

/// Opens a folder: a plain tree, or an OCI image layout. `load` gives the bytes of one file; this
/// crate touches no file system. What `load` refuses is a gap with its text.
///
/// The folder itself is no node; its files' paths are their names.
pub fn open_folder(
    entries: &[FolderEntry],
    load: &mut dyn FnMut(&str) -> Result<Bytes, String>,
    limits: &Limits,
    cancelled: &dyn Fn() -> bool,
    visitor: &mut dyn Visitor,
) -> Opened {
    let mut walk = Walk::new(limits, cancelled, visitor);
    walk.folder(entries, load);
    walk.finish()
}

/// A piece on its way in: not yet recognised.
pub(crate) struct Arrival {
    pub(crate) path: String,
    pub(crate) kind: NodeKind,
    pub(crate) bytes: Bytes,
    pub(crate) depth: u32,
    pub(crate) attributes: Attributes,
    /// Whether its members' names start at a file system's root.
    pub(crate) rooted: bool,
}

/// Stretches in order, neighbours joined.
fn joined(mut ranges: Vec<std::ops::Range<u64>>) -> Vec<std::ops::Range<u64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    ranges
}

/// Whether one of these stretches, which are in order and apart, holds all of `range`.
fn lies_within(range: &std::ops::Range<u64>, joined: &[std::ops::Range<u64>]) -> bool {
    let behind = joined.partition_point(|other| other.start <= range.start);
    let before = behind.checked_sub(1).and_then(|at| joined.get(at));
    before.is_some_and(|other| range.end <= other.end)
}

/// Everything that is shared over one walk.
pub(crate) struct Walk<'w> {
    pub(crate) budget: Budget,
    cancelled: &'w dyn Fn() -> bool,
    visitor: &'w mut dyn Visitor,
    visiting: bool,
    opened: Opened,
    /// Digests of the containers around the current one.
    around: Vec<[u8; 32]>,
    root_name: String,
}

/// Unexplained stretches of one container that are looked into, and how long they must be. The
/// ledger has them all.
const LEFTOVERS_MAX: usize = 256;
const LEFTOVER_BYTES_MIN: u64 = 64;

/// Facts and gaps that are kept in all; past it the walk ends with a gap.
const NOTES_MAX: usize = 200_000;

impl<'w> Walk<'w> {
    fn new(limits: &Limits, cancelled: &'w dyn Fn() -> bool, visitor: &'w mut dyn Visitor) -> Self {
        Self {
            budget: Budget::new(*limits),
            cancelled,
            visitor,
            visiting: false,
            opened: Opened::default(),
            around: Vec::new(),
            root_name: String::new(),
        }
    }

    fn finish(mut self) -> Opened {
        self.opened.bytes_out = self.budget.bytes_out();
        self.opened
    }

    /// Takes in one piece: recognises, hashes, visits and opens it.
    pub(crate) fn node(&mut self, arrival: Arrival) -> Result<(), GapReason> {
        self.tick()?;
        self.budget.charge_entry()?;
        let Arrival { path, kind, bytes, depth, attributes, rooted } = arrival;
        let own_name = if depth == 0 && path.is_empty() { &self.root_name } else { &path };
        let (format, disguise) = match kind {
            NodeKind::File => {
                let format = recognise::format(own_name, &bytes);
                (format, recognise::disguise(own_name, format, &bytes))
            }
            NodeKind::Link(_) | NodeKind::Special => (Format::Empty, None),
        };
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        if let Some(detail) = disguise {
            self.fact(Fact {
                path: Untrusted::new(path.as_str()),
                kind: FactKind::Disguised,
                offset: None,
                detail: Untrusted::new(names::shortened(&detail)),
            });
        }
        self.visit(Node {
            path: Untrusted::new(path.as_str()),
            format,
            kind,
            bytes: bytes.clone(),
            sha256,
            depth,
            attributes,
        });
        if let Some(reader) = recognise::reader(format) {
            self.open_container(&path, depth, rooted, sha256, bytes.clone(), reader);
        } else if archive::zip::ends_as_archive(&bytes) {
            self.polyglot(&path, depth, format, bytes);
        } else if let Some((reason, what)) = recognise::unopened(format, &bytes) {
            self.gap_at(&path, reason, what, Some(len_u64(bytes.len())));
        }
        self.budget.stopped().map_or(Ok(()), Err)
    }

    fn visit(&mut self, node: Node) {
        self.opened.nodes += 1;
        self.visiting = true;
        self.visitor.visit(node);
        self.visiting = false;
    }

    fn open_container(
        &mut self,
        path: &str,
        depth: u32,
        rooted: bool,
        sha256: [u8; 32],
        bytes: Bytes,
        reader: Reader,
    ) {
        let len = Some(len_u64(bytes.len()));
        if self.around.contains(&sha256) {
            self.gap_at(path, GapReason::Recursive, "contains itself", len);
            return;
        }
        if depth >= self.budget.limits().depth_max {
            self.gap_at(path, GapReason::TooDeep, "containers inside containers", len);
            return;
        }
        self.around.push(sha256);
        let mut cx = Context::new(self, path.to_owned(), depth, bytes.clone());
        cx.set_rooted(rooted);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let result = reader(&mut cx);
            let settled = cx.settle_room();
            result.and(settled)
        }));
        let (claims, handed) = cx.into_claims();
        let refusal = match result {
            Ok(Ok(())) => None,
            Ok(Err(refusal)) => Some(refusal),
            Err(panic) if self.visiting => resume_unwind(panic),
            Err(_) => Some(Refusal::damaged("the reader failed on this container")),
        };
        let ledger = claims.settle(path.to_owned(), &bytes);
        match refusal {
            Some(refusal) => self.gap_at(path, refusal.reason, &refusal.detail, None),
            None => self.leftovers(path, depth, &bytes, &ledger, handed),
        }
        self.around.truncate(usize::try_from(depth).unwrap_or(0));
        let at_end = ledger.spans.last().map(|span| span.kind);
        self.opened.ledgers.push(ledger);
        // A zip that ends with its container, and not inside a member, is a second reading of it.
        if at_end == Some(SpanKind::Unexplained) && archive::zip::ends_as_archive(&bytes) {
            self.fact(Fact {
                path: Untrusted::new(path),
                kind: FactKind::Polyglot,
                offset: None,
                detail: Untrusted::new("also a zip archive"),
            });
        }
    }

    /// Looks into what a reader left unexplained and did not hand on itself.
    fn leftovers(
        &mut self,
        path: &str,
        depth: u32,
        bytes: &Bytes,
        ledger: &Ledger,
        handed: Vec<std::ops::Range<u64>>,
    ) {
        let handed = joined(handed);
        let left = ledger.spans.iter().filter(|span| {
            span.kind == SpanKind::Unexplained
                && span.range.end - span.range.start >= LEFTOVER_BYTES_MIN
                && !lies_within(&span.range, &handed)
        });
        let mut refusal = None;
        let mut cx = Context::new(self, path.to_owned(), depth, bytes.clone());
        for span in left.take(LEFTOVERS_MAX) {
            if let Err(refused) = cx.leftover(&span.range) {
                refusal = Some(refused);
                break;
            }
        }
        if let Some(refusal) = refusal {
            self.gap_at(path, refusal.reason, &refusal.detail, None);
        }
    }

    /// A leaf that is also a zip archive: its members are read all the same.
    fn polyglot(&mut self, path: &str, depth: u32, format: Format, bytes: Bytes) {
        self.fact(Fact {
            path: Untrusted::new(path),
            kind: FactKind::Polyglot,
            offset: None,
            detail: Untrusted::new(format!("{format:?}, and also a zip archive")),
        });
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        self.open_container(path, depth, false, sha256, bytes, archive::zip::read);
    }

    fn folder(
        &mut self,
        entries: &[FolderEntry],
        load: &mut dyn FnMut(&str) -> Result<Bytes, String>,
    ) {
        let result = {
            let mut cx = Context::new_folder(self);
            archive::oci::read_folder(&mut cx, entries, load)
        };
        if let Err(refusal) = result {
            self.gap_at("", refusal.reason, &refusal.detail, None);
        }
    }

    pub(crate) fn fact(&mut self, fact: Fact) {
        if self.opened.facts.len() < NOTES_MAX {
            self.opened.facts.push(fact);
        } else {
            self.budget.stop(GapReason::TooManyEntries);
        }
    }

    pub(crate) fn gap(&mut self, gap: Gap) {
        if self.opened.gaps.len() < NOTES_MAX {
            self.opened.gaps.push(gap);
        } else {
            self.budget.stop(GapReason::TooManyEntries);
        }
    }

    fn gap_at(&mut self, path: &str, reason: GapReason, detail: &str, bytes: Option<u64>) {
        self.gap(Gap {
            path: Untrusted::new(path),
            reason,
            detail: Untrusted::new(names::shortened(detail)),
            bytes,
        });
    }

    fn note_stop(&mut self, path: String, reason: GapReason) {
        // Readers on the way up have said it already, where there were any.
        if self.opened.gaps.is_empty() {
            self.gap_at(&path, reason, "a limit was reached here", None);
        }
    }

    /// Asks whether to go on.
    pub(crate) fn tick(&mut self) -> Result<(), GapReason> {
        if let Some(reason) = self.budget.stopped() {
            return Err(reason);
        }
        if (self.cancelled)() { Err(self.budget.stop(GapReason::Cancelled)) } else { Ok(()) }
    }
}
