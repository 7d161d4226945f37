//! Containers beside those of earlier releases: how they are made, what they run, what stayed shut.

use std::collections::{BTreeMap, BTreeSet};

use khien_binary::signature::{Signature, State};
use khien_lineage::TraitKind;
use khien_lineage::weigh::{Departure, Softening};
use khien_model::Untrusted;
use khien_unpack::{Fact, FactKind, Format, Gap, GapReason, SpanKind};

use super::signature::{Continuity, continuity, has_signer, signer_name};
use super::{Comparison, at, plain, softened};
use crate::profile::{FileProfile, ReleaseProfile, own_name, stem_of};
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

/// Files in which nothing can be looked for, though something could in what they continue: an archive
/// or a program under whose name there are bytes that no reader knows. Of the release as a whole,
/// unknown bytes are a gap whatever was there before.
pub(crate) fn not_recognised(comparison: &Comparison<'_>) -> Vec<Gap> {
    let opens = |file: &FileProfile| !file.format.is_leaf() || file.format.is_executable();
    let says_nothing = |file: &FileProfile| {
        !opens(file)
            && file.format != Format::Empty
            && file.format != Format::Script
            && file.script.is_none()
            && file.signature.is_none()
            && file.link.is_none()
    };
    let mut out = Vec::new();
    for (position, file) in comparison.departing().filter(|(_, file)| says_nothing(file)) {
        let whole = file.path.as_raw().is_empty();
        let before = comparison.predecessors(position).last();
        // What is packed no more has another ending: `changes.gz` and `changes`.
        let goes_on = |old: &&&FileProfile| {
            opens(old) && (whole || file.format == Format::Data || ending(old) == ending(file))
        };
        let what = match before.filter(goes_on) {
            Some(old) => format!("no known format, where {:?} was before", old.format),
            None if whole && file.format == Format::Data => "no known format".to_owned(),
            None => continue,
        };
        out.push(Gap {
            path: file.path.clone(),
            reason: GapReason::Unsupported,
            detail: Untrusted::new(what),
            bytes: Some(file.size),
        });
    }
    out
}

/// What the last release kept shut, where a file of the new one lies that continues none: it may be
/// anything beside what was there, and nobody knows what that was.
pub(crate) fn unknown_before(comparison: &Comparison<'_>) -> Vec<Gap> {
    let Some(last) = comparison.earlier.last() else { return Vec::new() };
    if last.opened.gaps.is_empty() {
        return Vec::new();
    }
    // Those in one container stand together, behind its name.
    let added: BTreeSet<&str> = comparison
        .departing()
        .filter(|(_, file)| file.link.is_none() && !file.path.as_raw().is_empty())
        .filter(|(position, _)| comparison.predecessors(*position).is_empty())
        .map(|(_, file)| file.stem.as_str())
        .collect();
    let is_known = |place: &str| {
        let inside = format!("{place}!/");
        let next = added.range(inside.as_str()..).next();
        !added.contains(place) && !next.is_some_and(|stem| stem.starts_with(&inside))
    };
    let name = last.name.as_raw();
    let told = last.opened.gaps.iter().filter(|gap| match gap.path.as_raw() {
        "" => !added.is_empty(),
        path => !is_known(&stem_of(path)),
    });
    told.map(|gap| gap.of_release(name)).collect()
}

fn ending(file: &FileProfile) -> &str {
    file.name.rsplit_once('.').map_or("", |(_, ending)| ending)
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
            plain(TraitKind::SpecialFile, target, &fact.path)
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

/// How one container is signed: kinds of signatures, and keys, as far as they are named.
#[derive(Debug, Default)]
struct Signed {
    how: BTreeSet<String>,
    keys: BTreeSet<String>,
}

/// Containers with signatures, by paths without versions.
fn signed(release: &ReleaseProfile) -> BTreeMap<String, Signed> {
    let mut out: BTreeMap<String, Signed> = BTreeMap::new();
    let facts = release.opened.facts.iter();
    for fact in facts.filter(|fact| fact.kind == FactKind::ContainerSignature) {
        let detail = fact.detail.as_raw();
        let signed = out.entry(stem_of(fact.path.as_raw())).or_default();
        let how = detail.split([':', ',']).next().unwrap_or(detail);
        signed.how.insert(how.to_owned());
        let key = [", issuer ", ", key "].iter().find_map(|mark| detail.rsplit_once(mark));
        signed.keys.extend(key.map(|(_, key)| key.to_owned()));
    }
    out
}

/// A container that was signed and is not any more, or by another key, or by fewer.
fn signatures(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let Some((last, before)) = comparison.earlier.split_last() else { return };
    let (old, new) = (signed(last), signed(comparison.new));
    let changed =
        |value: &str, path: &Untrusted| plain(TraitKind::ContainerSignatureChanged, value, path);
    let none = Signed::default();
    for (container, was) in &old {
        let path = comparison.new.files.iter().find(|file| file.stem == *container);
        let Some(path) = path.map(|file| &file.path) else { continue };
        let now = new.get(container).unwrap_or(&none);
        let how = was.how.difference(&now.how).next();
        let keys = || {
            let earlier = before.iter().filter_map(|release| signed(release).remove(container));
            earlier.flat_map(|signed| signed.keys).chain(was.keys.iter().cloned())
        };
        let other = now.keys.iter().find(|key| !keys().any(|known| known == **key));
        let gone = || was.keys.iter().find(|_| now.keys.len() < was.keys.len());
        if let (Some(how), true) = (how, now.how.is_empty()) {
            out.push(changed(how, path));
        } else if let Some(value) = other.filter(|_| !was.keys.is_empty()).or(how).or_else(gone) {
            out.push(softened(changed(value, path), Some(Softening::OtherKey)));
        }
    }
    // Whatever the containers are called now.
    let was = old.values().find_map(|signed| signed.how.first());
    if let (Some(was), true) = (was, new.is_empty())
        && !out.iter().any(|found| found.of.kind == TraitKind::ContainerSignatureChanged)
    {
        out.push(changed(was, &comparison.new.name));
    }
    certified(comparison, out);
}

/// Signatures that are files: each beside all that any earlier release had.
fn certified(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let of = |release: &ReleaseProfile| -> Vec<(usize, Signature)> {
        let files = release.files.iter().enumerate();
        files.filter_map(|(at, file)| Some((at, file.certified_by.clone()?))).collect()
    };
    let before: Vec<_> = comparison.earlier.iter().flat_map(of).map(|(_, found)| found).collect();
    if before.is_empty() {
        return;
    }
    let was_invalid = before.iter().any(|old| old.state == State::Invalid);
    let mut told = BTreeSet::new();
    for (position, new) in of(comparison.new) {
        let Some(file) = comparison.new.files.get(position) else { continue };
        if comparison.unchanged(position) && new.state != State::Invalid {
            continue;
        }
        if new.state == State::Invalid && !was_invalid {
            out.push(plain(TraitKind::SignatureInvalid, new.fault(), &file.path));
        }
        let signed = before.iter().filter(|old| has_signer(old));
        let best = signed.map(|old| continuity(old, &new)).max().filter(|_| has_signer(&new));
        // What was not verified may name any key.
        let unread =
            new.state == State::Unsupported && !before.iter().any(|old| old.state == new.state);
        let best = best.map(|best| if unread { best.min(Continuity::SameName) } else { best });
        let why = match best {
            Some(Continuity::Same) | None => continue,
            Some(Continuity::SameName) => Some(Softening::OtherKey),
            Some(Continuity::Other) => None,
        };
        let who = signer_name(&new);
        if told.insert(who.clone()) {
            let departure = plain(TraitKind::ContainerSignatureChanged, who, &file.path);
            out.push(softened(departure, why));
        }
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
