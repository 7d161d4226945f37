//! Which kind of package a zip archive is, and where its signature is.

use super::index::{self, Entry};
use crate::node::{FactKind, Format};
use crate::reader::Context;

/// Names that are looked at: every kind has its marks among the first or the last.
const NAMES_MAX: usize = 100_000;

/// The kind of package, by the names in the index.
pub(crate) fn kin(bytes: &[u8]) -> Format {
    let end = index::find_end(bytes, true).or_else(|| index::find_end(bytes, false));
    let Some(end) = end else { return Format::Zip };
    let mut manifest = false;
    let mut relations = false;
    let mut nuspec = false;
    let mut found = Format::Zip;
    for entry in index::entries(bytes, &end).take(NAMES_MAX) {
        match entry.name.as_str() {
            "AppxManifest.xml" | "AppxMetadata/AppxBundleManifest.xml" => return Format::Msix,
            "extension.vsixmanifest" => return Format::Vsix,
            "AndroidManifest.xml" => found = Format::Apk,
            "META-INF/MANIFEST.MF" => manifest = true,
            "_rels/.rels" => relations = true,
            name if name.ends_with(".nuspec") && !name.contains('/') => nuspec = true,
            name => {
                if let Some((folder, "WHEEL")) = name.split_once('/')
                    && folder.ends_with(".dist-info")
                {
                    found = Format::Wheel;
                }
            }
        }
    }
    match found {
        Format::Zip if nuspec && relations => Format::Nupkg,
        Format::Zip if manifest => Format::Jar,
        _ => found,
    }
}

/// Says which members are signatures of the whole.
pub(super) fn signatures(cx: &mut Context<'_, '_>, entries: &[Entry]) {
    for entry in entries {
        let Some(what) = signature(&entry.name) else { continue };
        let detail = format!("{what}: {}", entry.name);
        cx.fact(FactKind::ContainerSignature, Some(entry.local), detail);
    }
}

fn signature(name: &str) -> Option<&'static str> {
    if let Some(file) = name.strip_prefix("META-INF/")
        && !file.contains('/')
        && let Some((_, end)) = file.rsplit_once('.')
    {
        return match end.to_ascii_uppercase().as_str() {
            "RSA" | "DSA" | "EC" => Some("JAR signature (PKCS#7)"),
            "SF" => Some("JAR signature manifest"),
            _ => None,
        };
    }
    match name {
        ".signature.p7s" => Some("NuGet signature (PKCS#7)"),
        "AppxSignature.p7x" => Some("MSIX signature (PKCS#7)"),
        _ if name.starts_with("package/services/digital-signature/xml-signature/") => {
            Some("OPC signature (XML)")
        }
        _ if name.ends_with(".dist-info/RECORD.jws") => Some("wheel signature (JWS)"),
        _ => None,
    }
}
