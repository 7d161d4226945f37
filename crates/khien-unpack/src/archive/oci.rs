//! Container images: OCI image layouts (as a folder or a tape archive) and `docker save`.
//!
//! Blobs have their digest for a name, which changes with every release; here they get the name of
//! their role (`image/layer-03.tar.gz`), so that two releases can be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::tar::{self, Step, Walk};
use crate::field::slice;
use crate::node::{Attributes, FactKind, GapReason, NodeKind};
use crate::open::FolderEntry;
use crate::reader::{Context, Refusal};

/// Headers looked at to tell an image from another archive.
const HEADERS_MAX: usize = 4096;

/// An index or manifest of more is not read; registries refuse more than 4 MiB.
const JSON_BYTES_MAX: usize = 8 << 20;

/// Indexes inside indexes, and images of one index.
const DEPTH_MAX: u32 = 4;
const IMAGES_MAX: usize = 256;

/// Whether a tape archive is an image.
pub(crate) fn is_image(bytes: &[u8]) -> bool {
    let mut walk = Walk::new(bytes);
    let (mut layout, mut index, mut manifest, mut layers) = (false, false, false, false);
    for _ in 0..HEADERS_MAX {
        let Ok(Step::Member(entry)) = walk.step() else { break };
        match entry.name.strip_prefix("./").unwrap_or(&entry.name) {
            "oci-layout" => layout = true,
            "index.json" => index = true,
            "manifest.json" => manifest = true,
            name => layers |= name.starts_with("blobs/sha256/") || name.ends_with("/layer.tar"),
        }
        if (layout && index) || (manifest && layers) {
            return true;
        }
    }
    false
}

/// Where an image's files come from.
trait Source {
    fn has(&self, name: &str) -> bool;
    fn bytes(&mut self, name: &str) -> Result<Bytes, String>;
    /// Hands one file on under another name; `loaded` are its bytes where they are at hand.
    fn hand_on(
        &mut self,
        cx: &mut Context<'_, '_>,
        name: &str,
        role: &str,
        loaded: Option<Bytes>,
    ) -> Result<(), Refusal>;
}

struct Archive {
    input: Bytes,
    files: BTreeMap<String, (Range<u64>, Attributes)>,
}

impl Source for Archive {
    fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    fn bytes(&mut self, name: &str) -> Result<Bytes, String> {
        let range = self.files.get(name).map(|(range, _)| range.clone());
        let bytes = range.as_ref().and_then(|range| slice(&self.input, range));
        bytes.map(|bytes| self.input.slice_ref(bytes)).ok_or_else(|| "not there".to_owned())
    }

    fn hand_on(
        &mut self,
        cx: &mut Context<'_, '_>,
        name: &str,
        role: &str,
        _loaded: Option<Bytes>,
    ) -> Result<(), Refusal> {
        let Some((range, attributes)) = self.files.get(name) else { return Ok(()) };
        cx.file(role, attributes.clone(), range.clone())
    }
}

struct Folder<'a> {
    files: BTreeMap<&'a str, &'a Attributes>,
    load: &'a mut dyn FnMut(&str) -> Result<Bytes, String>,
}

impl Source for Folder<'_> {
    fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    fn bytes(&mut self, name: &str) -> Result<Bytes, String> {
        (self.load)(name)
    }

    fn hand_on(
        &mut self,
        cx: &mut Context<'_, '_>,
        name: &str,
        role: &str,
        loaded: Option<Bytes>,
    ) -> Result<(), Refusal> {
        let Some(attributes) = self.files.get(name) else { return Ok(()) };
        match loaded.map_or_else(|| (self.load)(name), Ok) {
            Ok(bytes) => cx.member(role, NodeKind::File, (*attributes).clone(), None, bytes),
            Err(problem) => {
                cx.member_gap(role, GapReason::Damaged, problem, None);
                cx.tick()
            }
        }
    }
}

/// Reads an image in a tape archive.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let mut source = Archive { input: input.clone(), files: BTreeMap::new() };
    let mut walk = Walk::new(&input);
    loop {
        let step = walk.step();
        tar::account(cx, &mut walk);
        let Step::Member(entry) = step? else { break };
        cx.claim_if_zero(entry.data.end..entry.data.end.div_ceil(512) * 512);
        let name = entry.name.strip_prefix("./").unwrap_or(&entry.name).to_owned();
        let is_file =
            matches!(entry.kind, b'0' | 0 | b'7') && !entry.sparse && !name.ends_with('/');
        if is_file && !source.files.contains_key(&name) {
            cx.tick()?;
            if let Some(sizes) = &entry.sizes {
                cx.member_fact(&name, FactKind::IndexDisagrees, None, sizes.as_str());
            }
            source.files.insert(name, (entry.data, entry.attributes));
        } else {
            tar::hand_on(cx, &entry)?;
        }
    }
    let names: Vec<String> = source.files.keys().cloned().collect();
    read_image(cx, &mut source, names.iter().map(String::as_str))?;
    tar::end(cx, &input, walk.at)
}

/// Reads a folder: an image layout, or a plain tree.
pub(crate) fn read_folder(
    cx: &mut Context<'_, '_>,
    entries: &[FolderEntry],
    load: &mut dyn FnMut(&str) -> Result<Bytes, String>,
) -> Result<(), Refusal> {
    let is_file = |entry: &&FolderEntry| entry.kind == NodeKind::File;
    let files = entries.iter().filter(is_file);
    let files = files.map(|entry| (entry.name.as_str(), &entry.attributes)).collect();
    let mut source = Folder { files, load };
    let is_image = source.has("oci-layout") && source.has("index.json");
    for entry in entries {
        match &entry.kind {
            NodeKind::File if is_image => {}
            NodeKind::File => source.hand_on(cx, &entry.name, &entry.name, None)?,
            NodeKind::Link(target) => {
                cx.link(&entry.name, entry.attributes.clone(), target.as_raw())?;
            }
            NodeKind::Special => cx.special(&entry.name, entry.attributes.clone())?,
        }
    }
    if is_image {
        let names = entries.iter().filter(is_file).map(|entry| entry.name.as_str());
        read_image(cx, &mut source, names)?;
    }
    Ok(())
}

/// Reads an image from its entry point; files that nothing refers to come last.
fn read_image<'n>(
    cx: &mut Context<'_, '_>,
    source: &mut dyn Source,
    names: impl Iterator<Item = &'n str>,
) -> Result<(), Refusal> {
    cx.names_in_members_are_rooted();
    let mut image = Image { source, seen: BTreeSet::new(), images: 0 };
    for name in ["oci-layout", "index.json", "manifest.json", "repositories"] {
        if image.source.has(name) {
            image.seen.insert(name.to_owned());
            image.source.hand_on(cx, name, name, None)?;
        }
    }
    if image.source.has("index.json") {
        image.index(cx, "index.json", "", 0)?;
    } else {
        image.docker(cx)?;
    }
    let Image { source, seen, .. } = image;
    for name in names.filter(|name| !seen.contains(*name)) {
        if name.starts_with("blobs/") {
            let detail = "a blob that no manifest refers to";
            cx.member_fact(name, FactKind::HiddenMember, None, detail);
        }
        source.hand_on(cx, name, name, None)?;
    }
    Ok(())
}

struct Image<'s> {
    source: &'s mut dyn Source,
    seen: BTreeSet<String>,
    images: usize,
}

impl Image<'_> {
    fn json(&mut self, cx: &mut Context<'_, '_>, name: &str) -> Option<Value> {
        let problem = match self.source.bytes(name) {
            Ok(bytes) if bytes.len() > JSON_BYTES_MAX => format!("{} bytes of JSON", bytes.len()),
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(value) => return Some(value),
                Err(error) => error.to_string(),
            },
            Err(problem) => problem,
        };
        cx.member_gap(name, GapReason::Damaged, problem, None);
        None
    }

    /// An index: a list of manifests.
    fn index(
        &mut self,
        cx: &mut Context<'_, '_>,
        file: &str,
        label: &str,
        depth: u32,
    ) -> Result<(), Refusal> {
        let Some(index) = self.json(cx, file) else { return Ok(()) };
        let manifests = index.get("manifests").and_then(Value::as_array);
        let manifests = manifests.map_or(&[][..], Vec::as_slice);
        for descriptor in manifests {
            if !self.one_more(cx, depth) {
                return Ok(());
            }
            let label = label_of(descriptor, label, manifests.len(), self.images);
            let Some(blob) = self.blob(cx, descriptor, &label) else { continue };
            let Some(value) = self.json(cx, &blob) else { continue };
            if value.get("manifests").is_some() {
                self.take(cx, descriptor, &blob, &format!("{label}/index.json"))?;
                self.index(cx, &blob, &label, depth + 1)?;
            } else {
                self.take(cx, descriptor, &blob, &format!("{label}/manifest.json"))?;
                self.manifest(cx, &value, &label)?;
            }
        }
        Ok(())
    }

    /// Counts one more image; past the bound the gap is noted.
    fn one_more(&mut self, cx: &mut Context<'_, '_>, depth: u32) -> bool {
        self.images += 1;
        let may = self.images <= IMAGES_MAX && depth < DEPTH_MAX;
        if !may {
            cx.gap(GapReason::TooManyEntries, "images of an index", None);
        }
        may
    }

    /// The file of that name; one that is not in the image is fetched by whoever runs it.
    fn present(
        &self,
        cx: &mut Context<'_, '_>,
        label: &str,
        name: &str,
        bytes: Option<u64>,
    ) -> bool {
        let present = self.source.has(name);
        if !present {
            let detail = format!("{name} is not in the image");
            cx.member_gap(label, GapReason::External, detail, bytes);
        }
        present
    }

    /// A manifest: a configuration and layers.
    fn manifest(
        &mut self,
        cx: &mut Context<'_, '_>,
        manifest: &Value,
        label: &str,
    ) -> Result<(), Refusal> {
        if let Some(config) = manifest.get("config")
            && let Some(blob) = self.blob(cx, config, label)
        {
            self.take(cx, config, &blob, &format!("{label}/config.json"))?;
        }
        let layers = manifest.get("layers").and_then(Value::as_array);
        for (index, layer) in layers.into_iter().flatten().enumerate() {
            let Some(blob) = self.blob(cx, layer, label) else { continue };
            let role = format!("{label}/layer-{index:02}{}", layer_ending(layer));
            self.take(cx, layer, &blob, &role)?;
        }
        Ok(())
    }

    /// The file a descriptor points to.
    fn blob(&self, cx: &mut Context<'_, '_>, descriptor: &Value, label: &str) -> Option<String> {
        let digest = descriptor.get("digest").and_then(Value::as_str)?;
        let name = format!("blobs/{}", digest.replacen(':', "/", 1));
        let bytes = descriptor.get("size").and_then(Value::as_u64);
        self.present(cx, label, &name, bytes).then_some(name)
    }

    /// Hands a blob on by its role, once, and checks that it is what the descriptor says.
    fn take(
        &mut self,
        cx: &mut Context<'_, '_>,
        descriptor: &Value,
        blob: &str,
        role: &str,
    ) -> Result<(), Refusal> {
        if !self.seen.insert(blob.to_owned()) {
            return cx.tick();
        }
        let loaded = self.source.bytes(blob).ok();
        if let Some(bytes) = &loaded {
            let stated = blob.rsplit('/').next().unwrap_or_default();
            if blob.starts_with("blobs/sha256/") {
                let digest = Sha256::digest(bytes);
                let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                if found != stated {
                    let detail = format!("SHA-256 {found}, named {stated}");
                    cx.member_fact(role, FactKind::WrongChecksum, None, detail);
                }
            }
            let size = descriptor.get("size").and_then(Value::as_u64);
            if size.is_some_and(|size| usize::try_from(size) != Ok(bytes.len())) {
                let detail = format!("{} bytes, the descriptor says {size:?}", bytes.len());
                cx.member_fact(role, FactKind::IndexDisagrees, None, detail);
            }
        }
        self.source.hand_on(cx, blob, role, loaded)
    }

    /// `docker save` before it wrote image layouts.
    fn docker(&mut self, cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
        let Some(list) = self.json(cx, "manifest.json") else { return Ok(()) };
        let images = list.as_array().map_or(&[][..], Vec::as_slice);
        for (number, image) in images.iter().enumerate() {
            if !self.one_more(cx, 0) {
                return Ok(());
            }
            let label =
                if images.len() == 1 { "image".to_owned() } else { format!("image-{number}") };
            if let Some(config) = image.get("Config").and_then(Value::as_str)
                && self.present(cx, &label, config, None)
            {
                self.take(cx, &Value::Null, config, &format!("{label}/config.json"))?;
            }
            let layers = image.get("Layers").and_then(Value::as_array);
            for (index, layer) in layers.into_iter().flatten().enumerate() {
                let Some(layer) = layer.as_str() else { continue };
                if self.present(cx, &label, layer, None) {
                    let role = format!("{label}/layer-{index:02}.tar");
                    self.take(cx, &Value::Null, layer, &role)?;
                }
            }
        }
        Ok(())
    }
}

/// A name for one image that does not change with its content: its platform.
fn label_of(descriptor: &Value, around: &str, siblings: usize, number: usize) -> String {
    let part = |key| {
        descriptor.get("platform").and_then(|platform| platform.get(key)).and_then(Value::as_str)
    };
    let own = match (part("os"), part("architecture"), part("variant")) {
        // Attestations of the image beside it.
        (Some("unknown"), ..) => format!("attestation-{number}"),
        (Some(os), Some(architecture), Some(variant)) => format!("{os}-{architecture}-{variant}"),
        (Some(os), Some(architecture), None) => format!("{os}-{architecture}"),
        _ if siblings == 1 => "image".to_owned(),
        _ => format!("image-{number}"),
    };
    // Names from outside stay one part of a path.
    let own = own.replace(['/', '\\'], "_");
    if around.is_empty() { own } else { format!("{around}/{own}") }
}

fn layer_ending(layer: &Value) -> &'static str {
    match layer.get("mediaType").and_then(Value::as_str).unwrap_or_default() {
        kind if kind.ends_with("gzip") => ".tar.gz",
        kind if kind.ends_with("zstd") => ".tar.zst",
        kind if kind.ends_with("tar") => ".tar",
        kind if kind.ends_with("json") => ".json",
        _ => "",
    }
}
