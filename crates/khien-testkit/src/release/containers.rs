//! Packages around the files of a release.

use super::Artefact;
use super::authenticode::Options;
use super::identity::Identity;
use super::msi_package::Installer;
use super::payload::LINE;
use super::software::{Edition, Files};
use super::tar::{Entry, deb, gzip, tar, tar_of};
use super::zip::{Member, archive, zip};

/// A Squirrel package as desktop programs update themselves with.
pub(crate) fn nupkg(edition: Edition, files: &Files) -> Artefact {
    let version = edition.version();
    Artefact::new(
        &format!("VetSoftphone-{version}-full.nupkg"),
        archive(&nupkg_members(edition, files)),
    )
}

pub(crate) fn nupkg_members(edition: Edition, files: &Files) -> Vec<Member> {
    let version = edition.version();
    let nuspec = format!(
        "<?xml version=\"1.0\"?>\n<package>\n  <metadata>\n    <id>VetSoftphone</id>\n    \
         <version>{version}</version>\n    <authors>Vet Fixtures</authors>\n    \
         <description>{LINE}</description>\n  </metadata>\n</package>\n"
    );
    let types = "<?xml version=\"1.0\"?>\n<Types>\n  <Default Extension=\"dll\" \
                 ContentType=\"application/octet\"/>\n</Types>\n";
    let mut members =
        vec![Member::new("VetSoftphone.nuspec", nuspec), Member::new("[Content_Types].xml", types)];
    members.extend(
        files.iter().map(|(name, bytes)| Member::new(&format!("lib/net45/{name}"), bytes.clone())),
    );
    members
}

/// A plain archive.
pub(crate) fn zipped(edition: Edition, files: &Files) -> Artefact {
    Artefact::new(&format!("VetSoftphone-{}.zip", edition.version()), zip(files))
}

/// A signed installer.
pub(crate) fn msi(edition: Edition, files: &Files) -> Artefact {
    msi_of(edition, &installer(edition, files))
}

pub(crate) fn installer(edition: Edition, files: &Files) -> Installer {
    let version = edition.version().to_owned();
    Installer { version, files: files.clone(), ..Installer::default() }
}

pub(crate) fn msi_of(edition: Edition, installer: &Installer) -> Artefact {
    let bytes = installer.build(Some(&Options::by(Identity::vendor())));
    Artefact::new(&format!("VetSoftphone-{}.msi", edition.version()), bytes)
}

/// A compressed tape archive.
pub(crate) fn tarball(edition: Edition, files: &Files) -> Artefact {
    let version = edition.version();
    let files: Files =
        files.iter().map(|(n, b)| (format!("vetsoft-{version}/{n}"), b.clone())).collect();
    Artefact::new(&format!("vetsoft-{version}.tar.gz"), gzip(&tar_of(&files)))
}

/// An npm package; the manifest is among the files.
pub(crate) fn npm(name: &str, edition: Edition, files: &Files) -> Artefact {
    let files: Files = files.iter().map(|(n, b)| (format!("package/{n}"), b.clone())).collect();
    Artefact::new(&format!("{name}-{}.tgz", edition.version()), gzip(&tar_of(&files)))
}

/// A Python wheel.
pub(crate) fn wheel(name: &str, edition: Edition, files: &Files) -> Artefact {
    let version = edition.version();
    let mut files = files.clone();
    let info = format!("{name}-{version}.dist-info");
    let metadata =
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {LINE}\n");
    let wheel =
        "Wheel-Version: 1.0\nGenerator: vet-fixture\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    files.push((format!("{info}/METADATA"), metadata.into_bytes()));
    files.push((format!("{info}/WHEEL"), wheel.as_bytes().to_vec()));
    let record: String = files.iter().map(|(name, _)| format!("{name},,\n")).collect();
    files.push((format!("{info}/RECORD"), format!("{record}{info}/RECORD,,\n").into_bytes()));
    Artefact::new(&format!("{name}-{version}-py3-none-any.whl"), zip(&files))
}

/// A Python source distribution.
pub(crate) fn sdist(name: &str, edition: Edition, files: &Files) -> Artefact {
    let version = edition.version();
    let info =
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {LINE}\n");
    let mut all = vec![(format!("{name}-{version}/PKG-INFO"), info.into_bytes())];
    all.extend(files.iter().map(|(n, b)| (format!("{name}-{version}/{n}"), b.clone())));
    Artefact::new(&format!("{name}-{version}.tar.gz"), gzip(&tar_of(&all)))
}

/// A Ruby gem.
pub(crate) fn gem(name: &str, edition: Edition, files: &Files) -> Artefact {
    let version = edition.version();
    let metadata = format!(
        "--- !ruby/object:Gem::Specification\nname: {name}\nversion: !ruby/object:Gem::Version\n  \
         version: {version}\nauthors:\n- Vet Fixtures\nsummary: {LINE}\n"
    );
    let entries = [
        Entry::file("metadata.gz", gzip(metadata.as_bytes())),
        Entry::file("data.tar.gz", gzip(&tar_of(files))),
    ];
    Artefact::new(&format!("{name}-{version}.gem"), tar(&entries))
}

/// A Debian package. `scripts` are maintainer scripts by name.
pub(crate) fn debian(
    name: &str,
    edition: Edition,
    scripts: &[(&str, String)],
    content: &[Entry],
) -> Artefact {
    let version = edition.version();
    let control = format!(
        "Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: Vet Fixtures \
         <vet@example.test>\nDescription: {LINE}\n"
    );
    let mut entries = vec![Entry::file("./control", control)];
    entries.extend(
        scripts.iter().map(|(name, text)| Entry::program(&format!("./{name}"), text.clone())),
    );
    let mut content = content.to_vec();
    content.sort_by(|a, b| a.name.cmp(&b.name));
    Artefact::new(&format!("{name}_{version}_amd64.deb"), deb(&entries, &content))
}
