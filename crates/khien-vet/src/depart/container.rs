//! Containers beside those of earlier releases: how they are made, what they run, what stayed shut.

use std::collections::BTreeSet;

use khien_lineage::TraitKind;
use khien_lineage::weigh::Departure;
use khien_unpack::{FactKind, Gap, Opened, SpanKind};

use super::{Comparison, at, plain};
use crate::profile::{ReleaseProfile, own_name};
use crate::version;

/// Unexplained bytes of a container that are no trait: alignment and the like.
const UNEXPLAINED_BYTES_MIN: u64 = 64;

/// How many of the newest earlier releases say how a container is ordinarily made.
const RECENT: usize = 2;

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

/// Parts of the new release that were not opened and are not byte for byte those of an earlier one.
pub(crate) fn not_opened<'a>(comparison: &Comparison<'a>) -> Vec<&'a Gap> {
    let unchanged: BTreeSet<&str> = comparison
        .new
        .files
        .iter()
        .filter(|file| comparison.unchanged(file))
        .map(|file| file.path.as_raw())
        .collect();
    let known = |gap: &Gap| unchanged.contains(gap.path.as_raw());
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
    // What one archive of one release was like soothes neither other archives nor later releases.
    let place = |path: &str| path.split("!/").map(lasting).collect::<Vec<_>>().join("!/");
    let known: BTreeSet<(FactKind, String, String)> = comparison
        .earlier
        .iter()
        .rev()
        .take(RECENT)
        .flat_map(|release| &release.opened.facts)
        .map(|f| (f.kind, place(f.path.as_raw()), lasting(f.detail.as_raw())))
        .collect();
    let mut told = BTreeSet::new();
    for fact in &comparison.new.opened.facts {
        let Some(kind) = kind_of(fact.kind) else { continue };
        let detail = lasting(fact.detail.as_raw());
        // A file that is there unchanged soothes what is said about its content, never about the
        // container: of two members of one name, one may well be the old one.
        let content = matches!(kind, TraitKind::Disguised | TraitKind::UnexplainedBytes);
        let unchanged = content
            && comparison.new.files.iter().any(|f| f.path == fact.path && comparison.unchanged(f));
        if unchanged
            || known.contains(&(fact.kind, place(fact.path.as_raw()), detail.clone()))
            || !told.insert((fact.kind, detail, fact.path.clone()))
        {
            continue;
        }
        let departure = plain(kind, fact.detail.as_raw(), &fact.path);
        out.push(match fact.offset {
            Some(offset) => at(departure, offset, 0, fact.detail.as_raw()),
            None => departure,
        });
    }
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

/// Bytes of a container that no reader explained, beside the most that an earlier one had.
fn unexplained(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    for ledger in &comparison.new.opened.ledgers {
        let bytes = ledger.bytes(SpanKind::Unexplained);
        let before = comparison
            .earlier
            .iter()
            .map(|old| unexplained_before(old, &ledger.path))
            .max()
            .unwrap_or(0);
        if bytes < UNEXPLAINED_BYTES_MIN || bytes <= before.saturating_mul(2) {
            continue;
        }
        let path = khien_model::Untrusted::new(ledger.path.clone());
        let mut departure = plain(TraitKind::UnexplainedBytes, "", &path);
        departure.amount = bytes;
        departure.before = (before > 0).then_some(before);
        let first = ledger.spans.iter().find(|span| span.kind == SpanKind::Unexplained);
        out.push(match first {
            Some(span) => at(departure, span.range.start, span.range.end - span.range.start, ""),
            None => departure,
        });
    }
}

fn unexplained_before(old: &ReleaseProfile, path: &str) -> u64 {
    let stem = version::stem(own_name(path));
    old.opened
        .ledgers
        .iter()
        .filter(|ledger| version::stem(own_name(&ledger.path)) == stem)
        .map(|ledger| ledger.bytes(SpanKind::Unexplained))
        .max()
        .unwrap_or(0)
}
