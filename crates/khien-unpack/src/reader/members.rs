//! Handing members on, and what their names would do.

use std::ops::Range;

use bytes::Bytes;
use khien_model::Untrusted;
use sha2::{Digest, Sha256};

use super::{Context, Refusal};
use crate::field::len_u64;
use crate::names;
use crate::node::{Attributes, FactKind, GapReason, NodeKind};
use crate::open::Arrival;

impl Context<'_, '_> {
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

    pub(super) fn arrive(
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

    fn check_name(&mut self, name: &str) {
        if !self.names.insert(name_key(name)) && !self.repeats {
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
