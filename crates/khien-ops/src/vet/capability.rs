//! What the programs of a release can do, beside what they could do before.

use std::collections::BTreeSet;

use khien_lineage::{Family, Trait, TraitKind};
use khien_model::Untrusted;
use khien_vet::profile::{FileProfile, ReleaseProfile};
use khien_vet::report::{Change, Report};
use serde::Serialize;

/// One changed or added program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CapabilityChange {
    /// Where it is in the new release.
    pub path: Untrusted,
    /// The earlier file that it continues; `None` for an added one.
    pub before: Option<Untrusted>,
    /// What it could do before and can do now.
    pub kept: Vec<Trait>,
    /// What it can do now and could not before.
    pub gained: Vec<Trait>,
    /// What it could do before and cannot do now.
    pub lost: Vec<Trait>,
}

/// Programs whose capabilities differ from those of the file they continue, in the report's order.
pub fn capability_changes(
    report: &Report,
    earlier: &[ReleaseProfile],
    new: &ReleaseProfile,
) -> Vec<CapabilityChange> {
    let mut changes = Vec::new();
    for file in report.files.iter().filter(|file| file.program && file.change != Change::Removed) {
        let Some(now) = new.files.iter().find(|known| known.path == file.path) else { continue };
        let before = file.continues.as_ref().and_then(|continues| {
            earlier.iter().rev().find_map(|old| {
                old.files.iter().find(|known| known.path == continues.path).map(capabilities)
            })
        });
        let (old, now) = (before.unwrap_or_default(), capabilities(now));
        let change = CapabilityChange {
            path: file.path.clone(),
            before: file.continues.as_ref().map(|continues| continues.path.clone()),
            kept: now.intersection(&old).map(|of| (*of).clone()).collect(),
            gained: only(&now, &old),
            lost: only(&old, &now),
        };
        if !change.gained.is_empty() || !change.lost.is_empty() {
            changes.push(change);
        }
    }
    changes
}

/// Traits that say what a file can do, or what it does at its start; that it starts somewhere is no
/// news.
fn capabilities(file: &FileProfile) -> BTreeSet<&Trait> {
    let telling = |of: &&Trait| {
        matches!(of.kind.family(), Family::Capability | Family::Startup)
            && of.kind != TraitKind::EntryCode
    };
    file.observed.iter().map(|seen| &seen.of).filter(telling).collect()
}

fn only(a: &BTreeSet<&Trait>, b: &BTreeSet<&Trait>) -> Vec<Trait> {
    a.difference(b).map(|of| (*of).clone()).collect()
}
