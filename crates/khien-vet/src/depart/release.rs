//! What concerns the release as a whole: which files there are, whom they name, where it comes from.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use khien_binary::Image;
use khien_lineage::TraitKind;
use khien_lineage::weigh::{Departure, Softening};
use khien_unpack::Format;

use super::signature::signature;
use super::{Comparison, plain, softened};
use crate::identity::{fold_organisation, organisation};
use crate::profile::FileProfile;
use crate::version;

/// Hosts that one release may bring as departures; further ones say nothing more.
const HOSTS_MAX: usize = 12;

/// Names of libraries that Windows itself loads by name, and that programs have no reason to bring.
const SYSTEM_LIBRARIES: &str = include_str!("../../../../content/traits/system-libraries.txt");

/// Adds what the release departs by.
pub(super) fn of_release(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    versions(comparison, out);
    hosts(comparison, out);
    for (position, file) in comparison.new.files.iter().enumerate() {
        if comparison.unchanged(file) || !file.is_program() {
            continue;
        }
        let before = comparison.predecessors(position);
        if before.is_empty() {
            added(comparison, file, out);
        } else {
            changed(comparison, file, &before, out);
        }
        if is_disguised(file) && !before.iter().any(|old| is_disguised(old)) {
            out.push(plain(TraitKind::Disguised, file.name.as_str(), &file.path));
        }
    }
}

/// Rights and links that change what is run, or as whom: a newly set user or group id, new capabilities, a
/// link that points elsewhere, a file that became a link.
pub(super) fn rights_and_links(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    for (position, file) in comparison.new.files.iter().enumerate() {
        let before = comparison.predecessors(position);
        let set_id = |f: &FileProfile| f.attributes.mode.unwrap_or(0) & 0o6000;
        let had: u32 = before.iter().map(|old| set_id(old)).fold(0, |all, bits| all | bits);
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

fn versions(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let new = comparison.new;
    let Some(version) = &new.identity.version else { return };
    let programs_differ = new
        .files
        .iter()
        .any(|f| (f.is_program() || f.format == Format::Script) && !comparison.unchanged(f));
    let same = comparison
        .earlier
        .iter()
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

/// Hosts that no file of any earlier release named.
fn hosts(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    let known: BTreeSet<&str> = comparison
        .earlier
        .iter()
        .flat_map(|r| &r.files)
        .flat_map(|f| f.names.hosts.iter().map(String::as_str))
        .collect();
    let mut told = BTreeSet::new();
    for file in comparison.new.files.iter().filter(|f| !comparison.unchanged(f)) {
        for host in &file.names.hosts {
            if known.contains(host.as_str())
                || told.len() >= HOSTS_MAX
                || !told.insert(host.as_str())
            {
                continue;
            }
            out.push(plain(TraitKind::NamesHost, host.as_str(), &file.path));
        }
    }
}

/// A program that no earlier release had.
fn added(comparison: &Comparison<'_>, file: &FileProfile, out: &mut Vec<Departure>) {
    let new = comparison.new;
    out.push(plain(TraitKind::AddedProgram, file.name.as_str(), &file.path));
    let by_microsoft = file
        .images
        .first()
        .and_then(|i| i.signature.signers.first())
        .is_some_and(|signer| organisation(signer) == "microsoft");
    let library = file.images.iter().all(|i| i.library);
    if library && !by_microsoft && SYSTEM_LIBRARIES.lines().any(|name| name == file.name) {
        out.push(plain(TraitKind::ShadowsSystem, file.name.as_str(), &file.path));
    }
    if is_unsigned_newcomer(comparison, file) {
        out.push(plain(TraitKind::UnsignedNewcomer, file.name.as_str(), &file.path));
    }
    let twin = new.files.iter().find(|other| other.sha256 != file.sha256 && is_twin(file, other));
    if let Some(twin) = twin {
        out.push(plain(TraitKind::TwinProgram, twin.name.as_str(), &file.path));
    }
}

/// Nobody answers for it, though somebody answered for nearly every program of the last release.
fn is_unsigned_newcomer(comparison: &Comparison<'_>, file: &FileProfile) -> bool {
    let answered = |file: &FileProfile| signature(file).is_some_and(|s| !s.signers.is_empty());
    let Some(last) = comparison.earlier.last() else { return false };
    let kind = |file: &FileProfile| file.images.first().map(|i| i.kind);
    let peers: Vec<&FileProfile> = last.files.iter().filter(|f| kind(f) == kind(file)).collect();
    let signed = peers.iter().filter(|f| answered(f)).count();
    !answered(file) && signed >= 2 && signed * 10 >= peers.len() * 9
}

/// Both are programs that claim the same product and version.
fn is_twin(file: &FileProfile, other: &FileProfile) -> bool {
    let (Some(a), Some(b)) = (file.images.first(), other.images.first()) else { return false };
    let claims = |i: &Image| (i.identity.product.clone(), i.identity.file_version.clone());
    !a.library
        && !b.library
        && a.kind == b.kind
        && claims(a).0.is_some()
        && claims(a).1.is_some()
        && claims(a) == claims(b)
}

/// Tools, marks and protections of a program beside its last release.
fn changed(
    comparison: &Comparison<'_>,
    file: &FileProfile,
    before: &[&FileProfile],
    out: &mut Vec<Departure>,
) {
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
    third_party(comparison, file, new, before, out);
}

fn folder_of(path: &str) -> String {
    let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
    folder.split(['/', '\\']).map(version::stem).collect::<Vec<_>>().join("/")
}

/// Somebody else's component that keeps its version and has other code: signed by that somebody, which
/// is never an honest rebuild; or built by the vendor, where only a needle of new code tells.
fn third_party(
    comparison: &Comparison<'_>,
    file: &FileProfile,
    new: &Image,
    before: &[&FileProfile],
    out: &mut Vec<Departure>,
) {
    let olds: Vec<&Image> = before.iter().filter_map(|old| old.images.first()).collect();
    let Some(company) = new.identity.company.as_deref() else { return };
    let identity = &comparison.new.identity;
    let vendor = identity.signers.first().cloned();
    let vendor = vendor.or_else(|| identity.publisher.as_deref().map(fold_organisation));
    let same_version = new.identity.file_version.is_some()
        && olds.iter().any(|old| {
            old.identity.file_version == new.identity.file_version
                && old.identity.company == new.identity.company
        });
    let other_code =
        olds.iter().all(|old| old.signature.content_digest != new.signature.content_digest);
    if vendor.as_deref() == Some(&fold_organisation(company)) || !same_version || !other_code {
        return;
    }
    let signer = new.signature.signers.first().map(organisation);
    let by_others = signer.is_some() && signer != vendor;
    let share = comparison.code_change(file, before).share();
    let needle = share.is_some_and(|share| share > 0.0 && share <= super::NEEDLE_SHARE);
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
