//! Containers beside those of earlier releases: how they are made, what they run, what stayed shut.

use std::collections::{BTreeMap, BTreeSet};

use khien_lineage::TraitKind;
use khien_lineage::weigh::{Departure, Softening};
use khien_unpack::{Fact, FactKind, Gap, Opened, SpanKind};

use super::{Comparison, at, plain, softened};
use crate::profile::{FileProfile, ReleaseProfile, own_name};
use crate::version;

/// Unexplained bytes of a container that are no trait: alignment and the like.
const UNEXPLAINED_BYTES_MIN: u64 = 64;

/// Adds what the containers depart by.
pub(super) fn of_containers(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    facts(comparison, out);
    signatures(comparison, out);
    unexplained(comparison, out);
    for gap in not_opened(comparison) {
        let mut departure = plain(TraitKind::NotOpened, reason(gap), &gap.path);
        departure.amount = gap.bytes.unwrap_or(1);
        out.push(departure);
    }
}

/// Parts of the new release that were not opened and are not byte for byte those of an earlier one:
/// neither they nor a container that they are in.
pub(crate) fn not_opened<'a>(comparison: &Comparison<'a>) -> Vec<&'a Gap> {
    let unchanged = |path: &str| {
        let found = comparison.names.of_path(path);
        !found.is_empty() && found.iter().all(|position| comparison.unchanged(*position))
    };
    let known = |gap: &Gap| {
        let path = gap.path.as_raw();
        let containers = path.match_indices("!/").filter_map(|(at, _)| path.get(..at));
        unchanged(path) || containers.into_iter().any(unchanged)
    };
    comparison.new.opened.gaps.iter().filter(|gap| !known(gap)).collect()
}

fn reason(gap: &Gap) -> String {
    let word = serde_json::to_value(gap.reason)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default();
    format!("{word}: {}", gap.detail.as_raw())
}

/// The kind of trait that a reader's fact is.
const fn kind_of(fact: FactKind) -> Option<TraitKind> {
    match fact {
        FactKind::IndexDisagrees
        | FactKind::Overlap
        | FactKind::HiddenMember
        | FactKind::WrongChecksum
        | FactKind::DuplicateName => Some(TraitKind::ArchiveLies),
        FactKind::EscapingName | FactKind::EscapingLink => Some(TraitKind::ArchiveEscapes),
        FactKind::DeceivingName | FactKind::Polyglot | FactKind::Disguised => {
            Some(TraitKind::Disguised)
        }
        FactKind::ForeignBytes => Some(TraitKind::UnexplainedBytes),
        // Actions are traits of their installer; signatures are compared below.
        FactKind::InstallAction | FactKind::ContainerSignature => None,
    }
}

/// What stays of a fact's text from release to release.
fn lasting(text: &str) -> String {
    text.split_whitespace().map(version::stem).collect::<Vec<_>>().join(" ")
}

fn facts(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    // What one archive was like soothes neither other archives nor, but for the last release's, later
    // ones.
    let place = |path: &str| path.split("!/").map(lasting).collect::<Vec<_>>().join("!/");
    let last = comparison.earlier.len().saturating_sub(1);
    // The number of the last release that had it.
    let mut known: BTreeMap<(FactKind, String, String), usize> = BTreeMap::new();
    for (number, release) in comparison.earlier.iter().enumerate() {
        for fact in &release.opened.facts {
            let key = (fact.kind, place(fact.path.as_raw()), lasting(fact.detail.as_raw()));
            known.insert(key, number);
        }
    }
    let mut told = BTreeSet::new();
    for fact in &comparison.new.opened.facts {
        let Some(kind) = kind_of(fact.kind) else { continue };
        let detail = lasting(fact.detail.as_raw());
        // A file that is there unchanged soothes what is said about its content, never about the
        // container: of two members of one name, one may well be the old one.
        let content = matches!(kind, TraitKind::Disguised | TraitKind::UnexplainedBytes);
        let here = comparison.names.of_path(fact.path.as_raw());
        let unchanged = content && here.iter().any(|position| comparison.unchanged(*position));
        let key = (fact.kind, place(fact.path.as_raw()), detail.clone());
        if unchanged
            || (fact.kind == FactKind::DuplicateName && are_one(comparison, here))
            || (fact.kind == FactKind::EscapingLink && continues_a_link(comparison, here))
            || known.get(&key) == Some(&last)
            || !told.insert((fact.kind, detail.clone(), fact.path.clone()))
        {
            continue;
        }
        let departure = if is_installed_link(comparison, fact) {
            let target = format!("link to {}", fact.detail.as_raw());
            plain(TraitKind::LibraryPath, target, &fact.path)
        } else {
            plain(kind, fact.detail.as_raw(), &fact.path)
        };
        let departure = match fact.offset {
            Some(offset) => at(departure, offset, 0, fact.detail.as_raw()),
            None => departure,
        };
        // Put right by the last release, and back again.
        let again = known.contains_key(&key);
        out.push(softened(departure, again.then_some(Softening::RolledBack)));
    }
}

/// Members of one name that are the same in every way: whichever a reader takes, it gets the same.
/// Tools that put several archives into one leave such (a licence of each).
fn are_one(comparison: &Comparison<'_>, positions: &[usize]) -> bool {
    let files = || positions.iter().filter_map(|position| comparison.new.files.get(*position));
    let same = |a: &FileProfile, b: &FileProfile| {
        a.sha256 == b.sha256
            && a.size == b.size
            && a.link == b.link
            && a.attributes.mode == b.attributes.mode
    };
    files().count() >= 2 && files().zip(files().skip(1)).all(|(a, b)| same(a, b))
}

/// A folder has no container that is unpacked: its links lie where they were installed, and one that
/// points elsewhere on the machine is unusual there, not an escape.
fn is_installed_link(comparison: &Comparison<'_>, fact: &Fact) -> bool {
    fact.kind == FactKind::EscapingLink
        && is_folder(comparison)
        && !fact.path.as_raw().contains("!/")
}

/// A link of a folder that was there before: whether it points elsewhere now is compared with the
/// other links.
fn continues_a_link(comparison: &Comparison<'_>, positions: &[usize]) -> bool {
    let was_link =
        |position: &usize| comparison.predecessors(*position).iter().any(|old| old.link.is_some());
    is_folder(comparison) && !positions.is_empty() && positions.iter().all(was_link)
}

fn is_folder(comparison: &Comparison<'_>) -> bool {
    comparison.names.of_path("").is_empty()
}

/// A container that was signed and is not any more.
fn signatures(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let Some(last) = comparison.earlier.last() else { return };
    let signed = |opened: &Opened| -> BTreeSet<String> {
        opened
            .facts
            .iter()
            .filter(|fact| fact.kind == FactKind::ContainerSignature)
            .map(|fact| lasting(fact.detail.as_raw()))
            .collect()
    };
    let (old, new) = (signed(&last.opened), signed(&comparison.new.opened));
    if let (Some(was), true) = (old.iter().next(), new.is_empty()) {
        out.push(plain(TraitKind::ContainerSignatureChanged, was.as_str(), &comparison.new.name));
    }
    let who = |release: &ReleaseProfile| -> BTreeSet<String> {
        release.files.iter().flat_map(|file| &file.certified_by).cloned().collect()
    };
    let before: BTreeSet<String> = comparison.earlier.iter().flat_map(who).collect();
    for other in who(comparison.new).difference(&before).filter(|_| !before.is_empty()) {
        out.push(plain(TraitKind::ContainerSignatureChanged, other.as_str(), &comparison.new.name));
    }
}

/// Bytes of a container that no reader explained, beside the most that an earlier one of its name had.
fn unexplained(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let name = |path: &str| version::stem(own_name(path));
    // Of the last release, and of any.
    let mut most: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (number, release) in comparison.earlier.iter().enumerate() {
        for ledger in &release.opened.ledgers {
            let bytes = ledger.bytes(SpanKind::Unexplained);
            let (last, any) = most.entry(name(&ledger.path)).or_default();
            if number + 1 == comparison.earlier.len() {
                *last = bytes.max(*last);
            }
            *any = bytes.max(*any);
        }
    }
    for ledger in &comparison.new.opened.ledgers {
        let bytes = ledger.bytes(SpanKind::Unexplained);
        let (before, ever) = most.get(&name(&ledger.path)).copied().unwrap_or_default();
        if bytes < UNEXPLAINED_BYTES_MIN || bytes <= before.saturating_mul(2) {
            continue;
        }
        let path = khien_model::Untrusted::new(ledger.path.clone());
        let mut departure = plain(TraitKind::UnexplainedBytes, "", &path);
        departure.amount = bytes;
        departure.before = (before > 0).then_some(before);
        let first = ledger.spans.iter().find(|span| span.kind == SpanKind::Unexplained);
        let departure = match first {
            Some(span) => at(departure, span.range.start, span.range.end - span.range.start, ""),
            None => departure,
        };
        let again = bytes <= ever.saturating_mul(2);
        out.push(softened(departure, again.then_some(Softening::RolledBack)));
    }
}
