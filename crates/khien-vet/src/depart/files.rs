//! One file beside the files that it continues.

use std::collections::BTreeSet;

use khien_lineage::weigh::{Departure, Softening};
use khien_lineage::{Observed, TraitKind};

use super::rule::{self, Rule};
use super::{CodeChange, Comparison, NEEDLE_SHARE, REBUILT_SHARE, plain, softened};
use crate::profile::FileProfile;
use crate::traits::BYTECODE;
use crate::version;

/// Departures of one kind that one file may bring; further ones say nothing more.
const OF_ONE_KIND_MAX: usize = 8;

/// Adds what one changed or new file departs by.
pub(super) fn of_file(
    comparison: &Comparison<'_>,
    position: usize,
    file: &FileProfile,
    out: &mut Vec<Departure>,
) {
    let before = comparison.predecessors(position);
    let code = comparison.code_change(position);
    let mut found = Vec::new();
    for seen in &file.observed {
        if is_installer_noise(file, seen) {
            continue;
        }
        found.extend(departure(comparison, position, file, seen));
    }
    found.extend(decoded_and_run(file, before));
    found.extend(became_a_program(file, before));
    found.extend(new_code(code, file));
    found.extend(siblings(comparison, position, file));
    found.extend(programs_named(comparison, file, before));
    // The telling ones first, so that many weak ones hide none of them.
    found.sort_by_key(|departure| std::cmp::Reverse(departure.strength()));
    let mut counts = std::collections::BTreeMap::new();
    out.extend(found.into_iter().filter(|departure| {
        let count = counts.entry(departure.of.kind).or_insert(0_usize);
        *count += 1;
        *count <= OF_ONE_KIND_MAX
    }));
}

/// The payload of an installer is behind its last section, or in its resources, and packed: it is
/// opened and looked at as files of its own, so its bytes are no trait of the stub. What is noise in
/// the stub's own sections is.
fn is_installer_noise(file: &FileProfile, seen: &Observed) -> bool {
    let value = seen.of.value.as_raw();
    let in_payload = match seen.of.kind {
        TraitKind::Overlay | TraitKind::EmbeddedProgram => true,
        TraitKind::OpaqueBytes => value == "overlay" || value.starts_with("resource:"),
        _ => false,
    };
    in_payload && file.format.is_installer()
}

fn departure(
    comparison: &Comparison<'_>,
    position: usize,
    file: &FileProfile,
    seen: &Observed,
) -> Option<Departure> {
    let before = comparison.predecessors(position);
    let kind = seen.of.kind;
    let same_kind =
        || before.iter().flat_map(|old| &old.observed).filter(|old| old.of.kind == kind);
    let same = || same_kind().filter(|old| is_same(old, seen));
    let most = match rule::of(kind) {
        Rule::Elsewhere => return None,
        Rule::Value if same().next().is_some() => return None,
        Rule::Class if same_kind().next().is_some() => return None,
        Rule::Value | Rule::Class => None,
        Rule::Changed => {
            let known = before.iter().all(|old| old.observed.iter().any(|o| o.of.kind == kind));
            if before.is_empty()
                || !known
                || same().next().is_some()
                || file.images.iter().all(|image| image.library)
            {
                return None;
            }
            None
        }
        counted @ (Rule::Count | Rule::Bytes(_)) => {
            let most = before.iter().map(|old| total(old, seen)).max().unwrap_or(0);
            if !rule::grew(counted, seen.amount, most) {
                return None;
            }
            (most > 0).then_some(most)
        }
    };
    let departure = Departure {
        of: seen.of.clone(),
        amount: seen.amount,
        before: most,
        path: file.path.clone(),
        evidence: seen.evidence.clone(),
        softened: None,
    };
    Some(softened(departure, softening(comparison, position, file, seen)))
}

/// Whether two traits are one, once versions in places where libraries are looked for are left out.
fn is_same(old: &Observed, new: &Observed) -> bool {
    let lasting = |seen: &Observed| -> Vec<String> {
        let places = seen.of.value.as_raw();
        places.split(['/', '\\', ':']).map(version::stem).collect()
    };
    old.of == new.of
        || (new.of.kind == TraitKind::LibraryPath
            && old.of.kind == TraitKind::LibraryPath
            && lasting(old) == lasting(new))
}

/// Capabilities are counted on native code, where they are rare; scripts gain them more often.
fn is_gain(kind: TraitKind) -> bool {
    rule::of(kind) == Rule::Class
}

/// How much of the same trait an earlier file had.
fn total(old: &FileProfile, seen: &Observed) -> u64 {
    old.observed.iter().filter(|o| o.of == seen.of).map(|o| o.amount).fold(0, u64::saturating_add)
}

fn softening(
    comparison: &Comparison<'_>,
    position: usize,
    file: &FileProfile,
    seen: &Observed,
) -> Option<Softening> {
    let before = comparison.predecessors(position);
    let kind = seen.of.kind;
    if file.script.is_some() && !file.is_program() && is_gain(kind) {
        return Some(if before.is_empty() { Softening::NewFile } else { Softening::Readable });
    }
    let nothing_alike = before.is_empty();
    if nothing_alike && !rule::absolute(kind) && !is_new_channel(comparison, seen) {
        return Some(Softening::NewFile);
    }
    // Classes of one archive take over each other's work.
    let bytecode = is_gain(kind) && seen.of.value.as_raw().starts_with(BYTECODE);
    let soothed = rule::soothed_by_others(kind) || bytecode;
    if soothed && comparison.seen.in_another(file, &seen.of) {
        return Some(Softening::ElsewhereBefore);
    }
    // Other tools bring start-up code of their own. They are named in a byte that anybody can write,
    // so the difference is told all the same.
    if kind == TraitKind::EntryCode && toolchain_changed(file, before) {
        return Some(Softening::OtherTools);
    }
    let share = comparison.code_change(position).share();
    // Start-up code changes with the compiler; it stands out where hardly any other code changed.
    let rebuilt = if kind == TraitKind::EntryCode { NEEDLE_SHARE } else { REBUILT_SHARE };
    if rule::from_code(kind) && share.is_some_and(|share| share > rebuilt) {
        return Some(Softening::Rebuilt);
    }
    let counted = before.iter().map(|old| total(old, seen)).max().unwrap_or(0);
    let grows = kind == TraitKind::IndirectFunction
        || (kind == TraitKind::OpaqueBytes && !file.is_program());
    (grows && counted > 0).then_some(Softening::MoreOfTheSame)
}

/// An update channel to a host that no earlier release named: whoever answers there decides about all
/// later releases, whichever file says so.
fn is_new_channel(comparison: &Comparison<'_>, seen: &Observed) -> bool {
    let named = || crate::traits::hosts_of(seen.of.value.as_raw());
    seen.of.kind == TraitKind::UpdateChannel
        && named()
            .iter()
            .any(|host| !comparison.seen.names_host(host.split(':').next().unwrap_or(host)))
}

fn toolchain_changed(file: &FileProfile, before: &[&FileProfile]) -> bool {
    let linker = |file: &FileProfile| file.images.first().and_then(|i| i.toolchain.linker.clone());
    !before.iter().any(|old| linker(old) == linker(file))
}

/// What was data, or an archive, and is a program now: everything of the program is new.
fn became_a_program(file: &FileProfile, before: &[&FileProfile]) -> Option<Departure> {
    let was_none = !before.is_empty() && !before.iter().any(|old| old.is_program());
    (file.is_program() && was_none)
        .then(|| plain(TraitKind::EmbeddedProgram, "in place of what was none", &file.path))
}

/// Rules for text that is decoded and run at once: hiding, whichever release of the file it is.
const DECODED_AND_RUN: [&str; 3] = [
    "obfuscation_decoded_and_run",
    "obfuscation_invisible_letters",
    "install_build_reads_test_data",
];

fn decoded_and_run(file: &FileProfile, before: &[&FileProfile]) -> Option<Departure> {
    let rule = |file: &FileProfile| {
        file.observed
            .iter()
            .find(|o| {
                o.of.kind == TraitKind::CapabilityRule
                    && DECODED_AND_RUN.contains(&o.of.value.as_raw())
            })
            .cloned()
    };
    let seen = rule(file)
        .filter(|_| file.script.is_some() && !before.iter().any(|old| rule(old).is_some()))?;
    let mut departure = plain(TraitKind::HiddenText, seen.of.value.as_raw(), &file.path);
    departure.evidence = seen.evidence;
    Some(departure)
}

/// New functions in a component whose code is known: shown, and only evidence.
fn new_code(change: CodeChange, file: &FileProfile) -> Option<Departure> {
    if change.new_functions == 0 {
        return None;
    }
    let mut departure = plain(TraitKind::NewCode, "", &file.path);
    departure.amount = change.new_functions as u64;
    departure.before = Some((change.functions - change.new_functions) as u64);
    Some(departure)
}

/// Files of the same release that this one newly names, as `ffmpeg.dll` named `d3dcompiler_47.dll`.
/// Imports are no such names: the loader needs them.
fn siblings(comparison: &Comparison<'_>, position: usize, file: &FileProfile) -> Vec<Departure> {
    if !(file.is_program() || file.script.is_some() || is_build_text(&file.name)) {
        return Vec::new();
    }
    let before = comparison.predecessors(position);
    let known: BTreeSet<&str> = before.iter().flat_map(|old| mentioned(old)).collect();
    let change = comparison.code_change(position);
    let rebuilt = change.share().is_some_and(|share| share > REBUILT_SHARE);
    let named = |name: &str| {
        let present = comparison.names.of_name(name);
        let found = present.iter().filter_map(|at| Some((*at, comparison.new.files.get(*at)?)));
        let mut worth =
            found.filter(|(_, f)| is_worth_naming(file, f, before.is_empty())).peekable();
        worth.peek()?;
        // A program that came with its name is a new part of the product; one that was there and
        // that nobody named is what a carrier looks like.
        let all_new = worth.all(|(at, f)| f.is_program() && comparison.predecessors(at).is_empty());
        let why =
            if rebuilt { Some(Softening::Rebuilt) } else { all_new.then_some(Softening::NewFile) };
        Some(softened(plain(TraitKind::NamesSibling, name, &file.path), why))
    };
    file.names
        .files
        .iter()
        .map(String::as_str)
        .filter(|name| *name != file.name && !known.contains(name) && !imports(file, name))
        .filter_map(named)
        .collect()
}

/// A program that an old program newly names; or bytes like noise that anything names.
fn is_worth_naming(by: &FileProfile, file: &FileProfile, by_is_new: bool) -> bool {
    let opaque = || file.observed.iter().any(|seen| seen.of.kind == TraitKind::OpaqueBytes);
    (by.is_program() && file.is_program() && !by_is_new) || (!file.is_program() && opaque())
}

/// Text that steers a build, as `build-to-host.m4` did in XZ Utils 5.6.0.
pub(crate) fn is_build_text(name: &str) -> bool {
    const NAMES: [&str; 5] = ["makefile", "configure", "cmakelists.txt", "meson.build", "build.rs"];
    const ENDINGS: [&str; 8] = [".m4", ".mk", ".am", ".ac", ".cmake", ".in", ".gyp", ".gradle"];
    NAMES.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn mentioned(file: &FileProfile) -> impl Iterator<Item = &str> {
    file.names.files.iter().map(String::as_str)
}

fn imports(file: &FileProfile, name: &str) -> bool {
    file.images
        .iter()
        .flat_map(|i| &i.imports)
        .any(|import| crate::profile::own_name(&import.library).eq_ignore_ascii_case(name))
}

/// Programs and libraries that are newly named and are not in the release.
fn programs_named(
    comparison: &Comparison<'_>,
    file: &FileProfile,
    before: &[&FileProfile],
) -> Option<Departure> {
    if !file.is_program() || before.is_empty() {
        return None;
    }
    let new: Vec<&str> = mentioned(file)
        .filter(|name| {
            is_program_name(name) && !comparison.seen.names_file(name) && !imports(file, name)
        })
        .take(OF_ONE_KIND_MAX)
        .collect();
    (!new.is_empty()).then(|| {
        let mut departure = plain(TraitKind::NamesProgram, new.join(", "), &file.path);
        departure.amount = new.len() as u64;
        departure
    })
}

fn is_program_name(name: &str) -> bool {
    [".exe", ".dll", ".sys", ".ps1", ".bat", ".vbs", ".dylib"]
        .iter()
        .any(|ending| name.ends_with(ending))
}
