//! npm's `package.json`: lifecycle scripts, dependencies from elsewhere, extensions' activation.

use khien_lineage::TraitKind;
use serde_json::Value;

use super::{command, json_of, split};
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;
use crate::traits::lasting::{lasting, shortened};
use crate::traits::names::NameSet;
use crate::traits::script::ScriptWords;

/// Bound: bytes of a manifest that is read.
const MANIFEST_MAX: usize = 4 << 20;

/// Scripts that npm, pnpm or yarn run when a package is installed from a registry.
const LIFECYCLE: &[&str] =
    &["install", "postinstall", "postuninstall", "preinstall", "preuninstall", "uninstall"];

/// Adds the traits of a manifest.
pub(super) fn traits(
    input: &FileInput<'_>,
    words: &ScriptWords,
    names: &mut NameSet,
    out: &mut Collector,
) {
    if split(input.path).1 != "package.json" {
        return;
    }
    let Some(manifest) = json_of(input, MANIFEST_MAX, out) else { return };
    for key in LIFECYCLE {
        let Some(line) = manifest.pointer(&format!("/scripts/{key}")).and_then(Value::as_str)
        else {
            continue;
        };
        let value = format!("npm:{key} {}", shortened(line, 100));
        out.add_text(TraitKind::InstallAction, &value, line);
        for line in with_called(&manifest, line) {
            command(&format!("npm:{key}"), line, words, names, out);
        }
    }
    for list in ["dependencies", "optionalDependencies", "peerDependencies"] {
        let Some(list) = manifest.get(list).and_then(Value::as_object) else { continue };
        for (name, range) in list {
            let range = range.as_str().unwrap_or_default();
            // A registry's ranges have neither; what has them is fetched from somewhere else.
            let elsewhere = range.contains("://") || range.contains('/') || range.contains("git");
            if elsewhere && !range.starts_with("npm:") && !range.starts_with("file:") {
                let value = format!("npm:dependency {name} {}", lasting(range));
                out.add_text(TraitKind::InstallAction, &value, range);
            }
        }
    }
    for event in manifest.get("activationEvents").and_then(Value::as_array).into_iter().flatten() {
        if let Some(event @ ("*" | "onStartupFinished")) = event.as_str() {
            out.add_text(TraitKind::InstallAction, &format!("vscode:activation {event}"), event);
        }
    }
}

/// Bound: scripts that one lifecycle script leads to.
const CALLED_MAX: usize = 16;

/// A lifecycle script and the scripts of the same manifest that it calls by name: `npm run setup`.
fn with_called<'a>(manifest: &'a Value, line: &'a str) -> Vec<&'a str> {
    let mut lines = vec![line];
    let mut at = 0_usize;
    while let Some(line) = lines.get(at).copied().filter(|_| at < CALLED_MAX) {
        at = at.saturating_add(1);
        let words: Vec<&str> =
            line.split([' ', ';', '&', '|', '"', '\'']).filter(|word| !word.is_empty()).collect();
        for (manager, rest) in words.iter().zip(1..) {
            let called = words
                .get(rest..)
                .unwrap_or_default()
                .iter()
                .find(|word| !word.starts_with('-') && !["run", "run-script"].contains(word));
            let script = called
                .filter(|_| ["bun", "npm", "pnpm", "yarn"].contains(manager))
                .and_then(|name| manifest.get("scripts")?.get(*name)?.as_str());
            lines.extend(script.filter(|script| !lines.contains(script)));
        }
    }
    lines
}
