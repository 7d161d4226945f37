//! What a reader says of its container: facts and gaps.

use khien_model::Untrusted;

use super::Context;
use crate::names;
use crate::node::{Fact, FactKind, Gap, GapReason};

/// Kinds that are counted: more than there are.
pub(super) const FACT_KINDS: usize = 16;

/// Facts of one kind that one container may leave. Installers of large products register thousands
/// of classes and shortcuts; of what no honest container has, two hundred are enough.
const fn per_container_max(kind: FactKind) -> u32 {
    match kind {
        FactKind::InstallAction => 10_000,
        _ => 200,
    }
}

impl Context<'_, '_> {
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
        *count = count.saturating_add(1);
        let max = per_container_max(kind);
        // Bound: a hostile index of half a million equal names must not become as many facts. What is
        // left out is said: nobody may hide behind two hundred harmless ones.
        if *count > max {
            if *count == max + 1 {
                let detail =
                    format!("more than {max} facts of the kind {kind:?}; the rest is not told");
                self.gap(GapReason::TooManyEntries, detail, None);
            }
            return;
        }
        self.walk.fact(Fact {
            path: Untrusted::new(path),
            kind,
            offset,
            detail: Untrusted::new(names::shortened(&detail)),
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

    pub(super) fn path_of(&self, name: &str) -> String {
        names::joined(&self.path, &names::shortened(name))
    }
}
