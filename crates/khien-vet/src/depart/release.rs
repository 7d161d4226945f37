//! What concerns the release as a whole: which files there are, whom they name, where it comes from.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use khien_lineage::TraitKind;
use khien_lineage::weigh::Departure;
use khien_unpack::Format;

use super::{Comparison, plain};
use crate::profile::{FileProfile, ReleaseProfile};
use crate::version;

/// Hosts that one release, and one script that fetches, may bring as departures; further ones say
/// nothing more.
const HOSTS_MAX: usize = 12;

/// Adds what the release departs by.
pub(super) fn of_release(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    versions(comparison, out);
    hosts(comparison, out);
}

/// Rights and links that change what is run, or as whom: a newly set user or group id, new capabilities, a
/// link that points elsewhere, a file that became a link.
pub(super) fn rights_and_links(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    for (position, file) in comparison.new.files.iter().enumerate() {
        let before = comparison.predecessors(position);
        let set_id = |f: &FileProfile| f.attributes.mode.unwrap_or(0) & 0o6000;
        let had: u32 = before.iter().copied().map(set_id).fold(0, |all, bits| all | bits);
        if set_id(file) & !had != 0 {
            let value = format!("set-user-id or set-group-id: {:o}", set_id(file));
            out.push(plain(TraitKind::InstallAction, value, &file.path));
        }
        let had =
            before.iter().map(|old| old.attributes.capabilities).fold(0, |all, bits| all | bits);
        if file.attributes.capabilities & !had != 0 {
            let value = format!("file capabilities: {:x}", file.attributes.capabilities);
            out.push(plain(TraitKind::InstallAction, value, &file.path));
        }
        if file.link.is_some() {
            out.extend(started_by_a_link(file, before));
        }
        let lasting = |f: &FileProfile| f.link.as_ref().map(|to| version::stem(to.as_raw()));
        if let Some(target) = &file.link
            && !before.is_empty()
            && before.iter().all(|old| lasting(old) != lasting(file))
        {
            out.push(plain(
                TraitKind::LibraryPath,
                format!("link to {}", target.as_raw()),
                &file.path,
            ));
        }
    }
}

/// A link that newly lies where things are started, as a unit is enabled by a link in `*.wants`.
fn started_by_a_link(file: &FileProfile, before: &[&FileProfile]) -> Option<Departure> {
    let acts = |file: &FileProfile| {
        file.observed.iter().find(|seen| seen.of.kind == TraitKind::InstallAction).cloned()
    };
    let seen = acts(file).filter(|_| !before.iter().any(|old| acts(old).is_some()))?;
    let target = file.link.as_ref().map_or("", |target| target.as_raw());
    let value = format!("{}, a link to {target}", seen.of.value.as_raw());
    Some(plain(TraitKind::InstallAction, value, &file.path))
}

fn versions(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let new = comparison.new;
    if let Some((last, before)) = comparison.earlier.split_last()
        && last.sha256 != new.sha256
        && before.iter().any(|old| old.sha256 == new.sha256)
    {
        let value = "byte for byte a release before the last";
        out.push(plain(TraitKind::VersionBackwards, value, &new.name));
        return;
    }
    let Some(version) = &new.identity.version else { return };
    let programs_differ =
        comparison.departing().any(|(_, f)| f.is_program() || f.format == Format::Script);
    let same = comparison
        .earlier
        .iter()
        .filter(|old| may_be_one_product(old, new))
        .any(|old| old.identity.version.as_ref() == Some(version) && old.sha256 != new.sha256);
    // A constant inside (1.0.0.0, 0.0.0) is no version when the names say other ones.
    let named = version::in_name(new.name.as_raw());
    let names_differ = named.is_some()
        && comparison.earlier.iter().all(|old| version::in_name(old.name.as_raw()) != named);
    if same && programs_differ && !names_differ {
        out.push(plain(TraitKind::SameVersionOtherBytes, version.as_str(), &new.name));
    }
    let newest = comparison
        .earlier
        .iter()
        .filter_map(|old| old.identity.version.as_ref())
        .max_by(|a, b| version::compare(a, b));
    if newest.is_some_and(|newest| version::compare(version, newest) == Ordering::Less) {
        out.push(plain(TraitKind::VersionBackwards, version.as_str(), &new.name));
    }
}

/// Whether two releases do not both state a product, and another one: of two products one version says
/// nothing.
fn may_be_one_product(old: &ReleaseProfile, new: &ReleaseProfile) -> bool {
    match (&old.identity.product, &new.identity.product) {
        (Some(old), Some(new)) => old.to_lowercase() == new.to_lowercase(),
        _ => true,
    }
}

/// Hosts that no file of any earlier release named. Each is told once, of code rather than of
/// documents; of a script that can fetch and start programs it is told whoever else names it, because
/// only there it makes a story.
fn hosts(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let runs = |file: &FileProfile| file.is_program() || file.script.is_some();
    let mut files: Vec<&FileProfile> = comparison.departing().map(|(_, file)| file).collect();
    files.sort_by(|a, b| {
        runs(b).cmp(&runs(a)).then_with(|| (&a.path, &a.sha256).cmp(&(&b.path, &b.sha256)))
    });
    let mut told = BTreeSet::new();
    for file in files {
        let is_new = |host: &&String| !comparison.seen.names_host(host);
        for host in file.names.hosts.iter().filter(is_new).take(HOSTS_MAX) {
            let first = told.insert(host.as_str());
            if first && told.len() <= HOSTS_MAX || fetches_and_starts(file) {
                out.push(plain(TraitKind::NamesHost, host.as_str(), &file.path));
            }
        }
    }
}

fn fetches_and_starts(file: &FileProfile) -> bool {
    let has = |kind| file.observed.iter().any(|seen| seen.of.kind == kind);
    file.script.is_some() && has(TraitKind::GainsNetwork) && has(TraitKind::GainsExec)
}
