//! npm's `package.json`: lifecycle scripts, dependencies from elsewhere, extensions' activation.

use khien_lineage::TraitKind;
use serde_json::Value;

use super::{command, split};
use crate::traits::collect::{Collector, clipped};
use crate::traits::file::FileInput;
use crate::traits::image::without_numbers;
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
    if split(input.path).1 != "package.json" || input.bytes.len() > MANIFEST_MAX {
        return;
    }
    let Ok(manifest) = serde_json::from_slice::<Value>(input.bytes) else { return };
    for key in LIFECYCLE {
        let Some(line) = manifest.pointer(&format!("/scripts/{key}")).and_then(Value::as_str)
        else {
            continue;
        };
        let value = format!("npm:{key} {}", without_numbers(&clipped(line, 120)));
        out.add_text(TraitKind::InstallAction, &value, line);
        command(&format!("npm:{key}"), line, words, names, out);
    }
    for list in ["dependencies", "optionalDependencies", "peerDependencies"] {
        let Some(list) = manifest.get(list).and_then(Value::as_object) else { continue };
        for (name, range) in list {
            let range = range.as_str().unwrap_or_default();
            // A registry's ranges have neither; what has them is fetched from somewhere else.
            let elsewhere = range.contains("://") || range.contains('/') || range.contains("git");
            if elsewhere && !range.starts_with("npm:") && !range.starts_with("file:") {
                let value = format!("npm:dependency {name} {}", without_numbers(range));
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
