//! WiX Burn bundles: a program whose `.wixburn` section says where its cabinets lie.
//!
//! Layout: `BURN_SECTION_HEADER` in the WiX toolset's `src/burn/engine/section.cpp`.

use std::collections::HashMap;
use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};

use super::cab;
use super::pe::Pe;
use crate::field::{len_u64, u32_le};
use crate::node::{FactKind, GapReason};
use crate::reader::{Context, Refusal};

const MAGIC: u32 = 0x00F1_4300;
/// Versions of the section that have this layout.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
/// The manifest is this file of the first cabinet.
const MANIFEST: &str = "0";
const MANIFEST_BYTES_MAX: u64 = 16 << 20;
const MANIFEST_NODES_MAX: u32 = 500_000;
const CONTAINERS_MAX: u32 = 64;

/// Whether these bytes are one.
pub(crate) fn is_bundle(bytes: &[u8]) -> bool {
    Pe::parse(bytes)
        .and_then(|pe| pe.section(b".wixburn"))
        .is_some_and(|section| u32_le(section, 0) == Some(MAGIC))
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let pe = Pe::parse(&input).ok_or_else(|| Refusal::damaged("the program's headers"))?;
    let section = pe.section(b".wixburn").unwrap_or_default();
    cx.program(0..pe.end);
    if let Some(table) = &pe.certificates {
        cx.signature(table.clone());
    }
    let version = u32_le(section, 4).unwrap_or(0);
    if !VERSIONS.contains(&version) {
        return Err(Refusal::unsupported(format!("a bundle's section of version {version}")));
    }
    let containers = containers(section, cx)?;
    let mut manifest = None;
    for (index, range) in containers.into_iter().enumerate() {
        let Some(bytes) = cx.slice(&range) else {
            let detail = format!("container {index} lies outside the bundle");
            cx.gap(GapReason::Damaged, detail, Some(range.end - range.start));
            continue;
        };
        if index == 0 {
            manifest = cab::peek(&bytes, MANIFEST, MANIFEST_BYTES_MAX);
            if manifest.is_none() {
                cx.gap(GapReason::Damaged, "the bundle has no manifest", None);
            }
        }
        let names = match manifest.as_deref().map(Manifest::read) {
            Some(Ok(read)) => {
                if index == 0 {
                    read.tell(cx);
                }
                read.names(index)
            }
            Some(Err(what)) if index == 0 => {
                cx.gap(GapReason::Damaged, what, None);
                HashMap::new()
            }
            _ => HashMap::new(),
        };
        container(cx, index, &range, bytes, &names)?;
    }
    Ok(())
}

/// Where the containers lie. A bundle's engine is signed before the attached containers are put
/// behind it: they begin behind that first signature where there is one.
fn containers(section: &[u8], cx: &mut Context<'_, '_>) -> Result<Vec<Range<u64>>, Refusal> {
    let field = |at| u32_le(section, at).map(u64::from);
    let short = || Refusal::damaged("the bundle's section ends early");
    let stub = field(24).ok_or_else(short)?;
    let (signature_at, signature_len) =
        (field(32).ok_or_else(short)?, field(36).ok_or_else(short)?);
    let count = u32_le(section, 44).ok_or_else(short)?;
    if count > CONTAINERS_MAX {
        return Err(Refusal::damaged(format!("a bundle of {count} containers")));
    }
    let mut out = Vec::new();
    let mut at = stub;
    for index in 0..u64::from(count) {
        let len = field(48 + 4 * index).ok_or_else(short)?;
        if index == 1 && signature_at != 0 {
            at = signature_at + signature_len;
            cx.signature(signature_at..at);
            let detail = format!("Authenticode of the engine alone, {signature_len} bytes");
            cx.fact(FactKind::ContainerSignature, Some(signature_at), detail);
        }
        out.push(at..at + len);
        at += len;
    }
    Ok(out)
}

fn container(
    cx: &mut Context<'_, '_>,
    index: usize,
    range: &Range<u64>,
    bytes: bytes::Bytes,
    names: &HashMap<String, String>,
) -> Result<(), Refusal> {
    let place = if index == 0 { "[engine]" } else { "" };
    let rename = |name: &str| {
        let known = names.get(name).cloned();
        // The manifest and the engine's own data are in no list.
        let known = known.or_else(|| (index == 0).then(|| name.to_owned()))?;
        Some(if place.is_empty() { known } else { format!("{place}/{known}") })
    };
    let len = len_u64(bytes.len());
    let placed = cab::Placed { bytes, base: Some(range.start) };
    match cab::extract(cx, &placed, &rename) {
        Ok(used) if used < len => {
            let rest = range.start + used..range.end;
            cx.foreign(&format!("[behind container {index}]"), rest)
        }
        Ok(_) => Ok(()),
        Err(refusal) if refusal.reason == GapReason::Damaged => {
            let detail = format!("container {index}: {}", refusal.detail);
            cx.gap(GapReason::Unsupported, detail, Some(len));
            cx.file(&format!("[container {index}]"), crate::Attributes::default(), range.clone())
        }
        Err(refusal) => Err(refusal),
    }
}

struct Manifest<'m>(Document<'m>);

impl<'m> Manifest<'m> {
    fn read(bytes: &'m [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "the manifest is no text".to_owned())?;
        let text = text.trim_start_matches('\u{feff}');
        // No document types: entities are how XML becomes a bomb.
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: MANIFEST_NODES_MAX,
            ..ParsingOptions::default()
        };
        Document::parse_with_options(text, options)
            .map(Self)
            .map_err(|error| format!("the manifest: {error}"))
    }

    fn elements<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Node<'s, 'm>> {
        self.0.descendants().filter(move |n| n.is_element() && n.tag_name().name() == name)
    }

    /// Names in a cabinet and the paths they stand for.
    fn names(&self, index: usize) -> HashMap<String, String> {
        let inside = |node: &Node<'_, '_>| {
            node.parent().is_some_and(|parent| parent.tag_name().name() == "UX")
        };
        self.elements("Payload")
            .filter(|node| inside(node) == (index == 0))
            .filter_map(|node| {
                let source = node.attribute("SourcePath")?;
                Some((source.to_owned(), node.attribute("FilePath")?.to_owned()))
            })
            .collect()
    }

    /// Packages are what a bundle installs; payloads outside are what it fetches.
    fn tell(&self, cx: &mut Context<'_, '_>) {
        for chain in self.elements("Chain") {
            for package in chain.children().filter(Node::is_element) {
                let name = package.tag_name().name();
                if !name.ends_with("Package") {
                    continue;
                }
                let mut parts: Vec<String> = Vec::new();
                for key in [
                    "Id",
                    "InstallArguments",
                    "InstallCondition",
                    "RepairArguments",
                    "UninstallArguments",
                    "PerMachine",
                    "Permanent",
                    "ProductCode",
                ] {
                    if let Some(value) = package.attribute(key).filter(|v| !v.is_empty()) {
                        parts.push(format!("{key}={value}"));
                    }
                }
                cx.fact(FactKind::InstallAction, None, format!("{name}: {}", parts.join(", ")));
            }
        }
        for node in self.elements("Payload") {
            if node.attribute("Packaging") != Some("external")
                && node.attribute("DownloadUrl").is_none()
            {
                continue;
            }
            let file = node.attribute("FilePath").unwrap_or_default();
            let from = node.attribute("DownloadUrl").unwrap_or("beside the bundle");
            let digest = node.attribute("Hash").unwrap_or("none");
            let detail = format!("{file} comes from {from}, digest {digest}");
            if node.attribute("Packaging") == Some("embedded") {
                cx.fact(FactKind::InstallAction, None, format!("Payload: {detail}"));
            } else {
                let len = node.attribute("FileSize").and_then(|size| size.parse().ok());
                cx.gap(GapReason::External, detail, len);
            }
        }
    }
}

#[cfg(test)]
mod tests;
