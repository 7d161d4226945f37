//! CycloneDX 1.6: what was inside the new release, file within file.
//!
//! Source: ECMA-424, "CycloneDX Bill of Materials Specification". The serial number is made from the
//! release's hash, so that the same release gives the same document.

use std::collections::BTreeMap;
use std::io::{self, Write};

use khien_vet::profile::FileProfile;
use serde_json::{Map, Value, json};

use crate::output::escaped_json::write_pretty;
use crate::output::words::stable_word;
use khien_ops::vet::outcome::Outcome;

/// Bound: containers inside containers that stay nested; deeper files stand beside one another.
const DEPTH_MAX: usize = 32;

/// Writes the document.
pub(super) fn render(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let summary = &outcome.report.new;
    let mut artefact = Map::new();
    artefact.insert("type".into(), "application".into());
    artefact.insert("bom-ref".into(), "release".into());
    let product = summary.identity.product.as_deref().unwrap_or_else(|| summary.name.as_raw());
    artefact.insert("name".into(), product.into());
    if let Some(version) = &summary.identity.version {
        artefact.insert("version".into(), version.as_str().into());
    }
    if let Some(publisher) = &summary.identity.publisher {
        artefact.insert("publisher".into(), publisher.as_str().into());
    }
    if outcome.is_one_file() {
        artefact.insert("hashes".into(), hashes(&summary.sha256));
    }
    artefact.insert(
        "properties".into(),
        properties([
            ("khien:file-name", summary.name.as_raw().to_owned()),
            ("khien:size", summary.size.to_string()),
            ("khien:decision", outcome.report.decision.as_str().to_owned()),
            ("khien:complete", outcome.report.complete.to_string()),
        ]),
    );
    let tool = json!({ "type": "application", "name": "khien", "version": outcome.version });
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial_number(&summary.sha256),
        "version": 1,
        "metadata": { "tools": { "components": [tool] }, "component": artefact },
        "components": Tree::of(&outcome.new.files).components(),
        "compositions": [{
            "aggregate": if outcome.report.complete { "complete" } else { "incomplete" },
            "assemblies": ["release"],
        }],
    });
    // A folder that could not be read has no hash, and two documents must not share a number.
    if let (true, Some(document)) = (summary.sha256.is_empty(), document.as_object_mut()) {
        document.remove("serialNumber");
    }
    write_pretty(out, &document)
}

/// Files by what they are in: positions of the members of each container's path.
struct Tree<'a> {
    files: &'a [FileProfile],
    members: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Tree<'a> {
    fn of(files: &'a [FileProfile]) -> Self {
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let known: BTreeMap<&str, usize> =
            files.iter().enumerate().map(|(i, file)| (file.path.as_raw(), i)).collect();
        for (position, file) in files.iter().enumerate() {
            let path = file.path.as_raw();
            if path.is_empty() {
                continue;
            }
            let container = path.rsplit_once("!/").map_or("", |(container, _)| container);
            // A member's name may hold the mark itself; then its container is further out.
            let mut container = container;
            while !container.is_empty() && !known.contains_key(container) {
                container = container.rsplit_once("!/").map_or("", |(outer, _)| outer);
            }
            members.entry(container).or_default().push(position);
        }
        Self { files, members }
    }

    fn components(&self) -> Vec<Value> {
        self.inside("", 0)
    }

    fn inside(&self, container: &str, depth: usize) -> Vec<Value> {
        let positions = self.members.get(container).into_iter().flatten();
        let mut components = Vec::new();
        for position in positions {
            let Some(file) = self.files.get(*position) else { continue };
            let mut component = component(file, *position);
            let inside = match file.link {
                None => self.inside(file.path.as_raw(), depth + 1),
                Some(_) => Vec::new(),
            };
            if depth < DEPTH_MAX {
                if !inside.is_empty() {
                    component.insert("components".into(), inside.into());
                }
                components.push(component.into());
            } else {
                components.push(component.into());
                components.extend(inside);
            }
        }
        components
    }
}

fn component(file: &FileProfile, position: usize) -> Map<String, Value> {
    let mut component = Map::new();
    component.insert("type".into(), "file".into());
    component.insert("bom-ref".into(), format!("file-{position}").into());
    component.insert("name".into(), file.path.as_raw().into());
    if file.link.is_none() {
        component.insert("hashes".into(), hashes(&file.sha256));
    }
    let mut facts =
        vec![("khien:format", stable_word(&file.format)), ("khien:size", file.size.to_string())];
    if let Some(target) = &file.link {
        facts.push(("khien:link", target.as_raw().to_owned()));
    }
    if let Some(image) = file.images.first() {
        let id = &image.identity;
        let version = id.file_version.as_ref().or(id.product_version.as_ref());
        if let Some(version) = version {
            component.insert("version".into(), version.as_str().into());
        }
        if let Some(company) = &id.company {
            component.insert("publisher".into(), company.as_str().into());
        }
        if let Some(description) = &id.description {
            component.insert("description".into(), description.as_str().into());
        }
        let named = [
            ("khien:product", &id.product),
            ("khien:original-name", &id.original_filename),
            ("khien:link-name", &id.link_name),
            ("khien:build-id", &id.build_id),
        ];
        facts.extend(named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
    }
    component.insert("properties".into(), properties(facts));
    component
}

fn hashes(sha256: &str) -> Value {
    json!([{ "alg": "SHA-256", "content": sha256 }])
}

fn properties(facts: impl IntoIterator<Item = (&'static str, String)>) -> Value {
    facts.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// A UUID of version 8 (RFC 9562) from the first half of the hash.
fn serial_number(sha256: &str) -> String {
    let digits: String = sha256
        .chars()
        .filter(char::is_ascii_hexdigit)
        .chain("0".repeat(32).chars())
        .take(32)
        .collect();
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        part(0..8),
        part(8..12),
        part(13..16),
        part(17..20),
        part(20..32)
    )
}
