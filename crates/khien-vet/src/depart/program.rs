//! One program beside the programs that it continues, or as a newcomer: its name, its makers, its
//! version.

use std::cmp::Ordering;

use khien_binary::Image;
use khien_lineage::TraitKind;
use khien_lineage::weigh::{Departure, Softening};

use super::known::{claim, folder};
use super::signature::{Continuity, continuity, is_anchored, signature};
use super::{Comparison, NEEDLE_SHARE, REBUILT_SHARE, plain, softened};
use crate::identity::{fold_organisation, organisation};
use crate::profile::FileProfile;
use crate::version;

/// Names of libraries that Windows itself loads by name, and that programs have no reason to bring.
const SYSTEM_LIBRARIES: &str = include_str!("../../../../content/traits/system-libraries.txt");

/// Adds what one changed or new program departs by.
pub(super) fn of_program(
    comparison: &Comparison<'_>,
    position: usize,
    file: &FileProfile,
    out: &mut Vec<Departure>,
) {
    if !file.is_program() {
        return;
    }
    let before = comparison.predecessors(position);
    if before.is_empty() {
        added(comparison, file, out);
    } else {
        changed(comparison, position, file, out);
    }
    if shadows_system(comparison, file, before) {
        out.push(plain(TraitKind::ShadowsSystem, file.name.as_str(), &file.path));
    }
    if is_disguised(file) && !before.iter().any(|old| is_disguised(old)) {
        out.push(plain(TraitKind::Disguised, file.name.as_str(), &file.path));
    }
}

/// A program that no earlier release had.
fn added(comparison: &Comparison<'_>, file: &FileProfile, out: &mut Vec<Departure>) {
    out.push(plain(TraitKind::AddedProgram, file.name.as_str(), &file.path));
    if !comparison.seen.answers_for(file) && comparison.seen.is_signed_format(file) {
        out.push(plain(TraitKind::UnsignedNewcomer, file.name.as_str(), &file.path));
    }
    if let Some(twin) = twin(comparison, file) {
        let departure = plain(TraitKind::TwinProgram, twin.name.as_str(), &file.path);
        let one_more = is_of_a_suite(comparison, file, twin);
        out.push(softened(departure, one_more.then_some(Softening::ElsewhereBefore)));
    }
}

/// Another program of the release that claims the same product and version.
fn twin<'a>(comparison: &Comparison<'a>, file: &FileProfile) -> Option<&'a FileProfile> {
    let image = file.images.first()?;
    let others = comparison.names.of_claim(claim(file)?).iter();
    let others = others.filter_map(|position| comparison.new.files.get(*position));
    others
        .filter(|other| other.sha256 != file.sha256)
        .filter(|other| other.images.first().is_some_and(|other| other.kind == image.kind))
        .min_by(|a, b| (&a.path, &a.sha256).cmp(&(&b.path, &b.sha256)))
}

/// One more tool of a suite: the last release had several programs of this product already, and the
/// same maker answers for this one, or nobody for any of them.
fn is_of_a_suite(comparison: &Comparison<'_>, file: &FileProfile, twin: &FileProfile) -> bool {
    let made_by = |file| signature(file).filter(|signature| !signature.signers.is_empty());
    let same_maker = match (made_by(twin), made_by(file)) {
        (None, None) => true,
        (Some(other), Some(own)) => continuity(other, own) == Continuity::Same,
        _ => false,
    };
    same_maker && claim(file).is_some_and(|(product, _)| comparison.seen.is_suite(product))
}

/// A library that newly has the name of one of the system's, or newly lies where a program would find
/// it first. Which bytes it has does not matter: an old helper under a new name is loaded all the same.
fn shadows_system(
    comparison: &Comparison<'_>,
    file: &FileProfile,
    before: &[&FileProfile],
) -> bool {
    let library = file.images.iter().all(|image| image.library);
    let by_microsoft = || {
        let signature = signature(file).filter(|signature| is_anchored(signature));
        let signer = signature.and_then(|signature| signature.signers.first());
        signer.is_some_and(|signer| organisation(signer) == "microsoft")
    };
    if !library || !SYSTEM_LIBRARIES.lines().any(|name| name == file.name) || by_microsoft() {
        return false;
    }
    let namesakes: Vec<_> = before.iter().filter(|old| old.name == file.name).collect();
    let stayed = namesakes.iter().any(|old| version_free_folder(old) == version_free_folder(file));
    let found_before = comparison.seen.shadowed(file);
    namesakes.is_empty() || (!stayed && !found_before && comparison.names.beside_a_program(file))
}

fn version_free_folder(file: &FileProfile) -> &str {
    folder(&file.stem)
}

/// A component of an earlier version than the last release had: known holes come back with it.
pub(super) fn went_back(
    comparison: &Comparison<'_>,
    position: usize,
    file: &FileProfile,
    out: &mut Vec<Departure>,
) {
    let Some(last) = comparison.predecessors(position).last() else { return };
    let stated = |file: &FileProfile| {
        let identity = file.images.first().map(|image| image.identity.clone())?;
        let version =
            identity.file_version.filter(|v| v.chars().any(|c| matches!(c, '1'..='9')))?;
        Some((identity.product, version))
    };
    if let (Some((product, now)), Some((same, before))) = (stated(file), stated(last))
        && product == same
        && version::compare(&now, &before) == Ordering::Less
    {
        // An older line of a component is often taken up again: then nearly all of its code differs.
        let share = comparison.code_change(position).share();
        let rebuilt = share.is_some_and(|share| share > REBUILT_SHARE);
        let another_line = rebuilt && !comparison.rolled_back(position);
        let departure = plain(TraitKind::VersionBackwards, format!("{before} → {now}"), &file.path);
        out.push(softened(departure, another_line.then_some(Softening::Rebuilt)));
    } else if comparison.rolled_back(position) && (file.is_program() || file.script.is_some()) {
        let departure = plain(TraitKind::VersionBackwards, file.name.as_str(), &file.path);
        out.push(softened(departure, Some(Softening::RolledBack)));
    }
}

/// Tools, marks and protections of a program beside its last release.
fn changed(
    comparison: &Comparison<'_>,
    position: usize,
    file: &FileProfile,
    out: &mut Vec<Departure>,
) {
    let before = comparison.predecessors(position);
    let Some(new) = file.images.first() else { return };
    let olds: Vec<&Image> = before.iter().filter_map(|old| old.images.first()).collect();
    let Some(last) = olds.last() else { return };
    if !olds.iter().any(|old| old.toolchain.linker == new.toolchain.linker) {
        let tool = new.toolchain.linker.as_deref().unwrap_or("");
        out.push(plain(TraitKind::Toolchain, tool, &file.path));
    }
    for lost in last.mitigations.difference(&new.mitigations) {
        out.push(plain(TraitKind::ProtectionLost, lost.as_str(), &file.path));
    }
    let folder = |image: &Image| image.identity.debug_path.as_deref().map(folder_of);
    if let Some(place) = folder(new)
        && olds.iter().all(|old| folder(old).is_some_and(|old| old != place))
    {
        out.push(plain(TraitKind::BuildMark, place, &file.path));
    }
    third_party(comparison, position, file, new, out);
}

fn folder_of(path: &str) -> String {
    let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
    folder.split(['/', '\\']).map(version::stem).collect::<Vec<_>>().join("/")
}

/// Somebody else's component that keeps its version and has other code: signed by that somebody, which
/// is never an honest rebuild; or built by the vendor, where only a needle of new code tells.
fn third_party(
    comparison: &Comparison<'_>,
    position: usize,
    file: &FileProfile,
    new: &Image,
    out: &mut Vec<Departure>,
) {
    let before = comparison.predecessors(position);
    let olds: Vec<&Image> = before.iter().filter_map(|old| old.images.first()).collect();
    let Some(company) = new.identity.company.as_deref() else { return };
    let vendor = comparison.names.vendor();
    let same_version = new.identity.file_version.is_some()
        && olds.iter().any(|old| {
            old.identity.file_version == new.identity.file_version
                && old.identity.company == new.identity.company
        });
    let other_code =
        olds.iter().all(|old| old.signature.content_digest != new.signature.content_digest);
    if vendor == Some(fold_organisation(company).as_str()) || !same_version || !other_code {
        return;
    }
    let signer = new.signature.signers.first().map(organisation);
    let by_others = signer.is_some() && signer.as_deref() != vendor;
    let share = comparison.code_change(position).share();
    let needle = share.is_some_and(|share| share > 0.0 && share <= NEEDLE_SHARE);
    if by_others || needle {
        let departure = plain(TraitKind::ThirdPartyChanged, company, &file.path);
        out.push(softened(departure, (!by_others).then_some(Softening::Rebuilt)));
    }
}

/// A program under a name that promises something else.
fn is_disguised(file: &FileProfile) -> bool {
    const HARMLESS: [&str; 22] = [
        "png", "jpg", "jpeg", "gif", "ico", "bmp", "svg", "txt", "log", "md", "json", "xml",
        "html", "css", "csv", "ini", "pdf", "ttf", "woff", "mp3", "wav", "mp4",
    ];
    file.is_program()
        && file.name.rsplit_once('.').is_some_and(|(_, ending)| HARMLESS.contains(&ending))
}
