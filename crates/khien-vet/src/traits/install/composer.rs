//! Composer's manifest: scripts around installation, and plugins, which are code that Composer runs.

use khien_lineage::TraitKind;
use serde_json::Value;

use super::{command, json_of, split};
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;
use crate::traits::lasting::shortened;
use crate::traits::names::NameSet;
use crate::traits::script::ScriptWords;

/// Bound: bytes of a manifest that is read.
const MANIFEST_MAX: usize = 1 << 20;

/// Bound: lines of one event.
const LINES_MAX: usize = 64;

/// Adds the traits of a manifest.
pub(super) fn traits(
    input: &FileInput<'_>,
    words: &ScriptWords,
    names: &mut NameSet,
    out: &mut Collector,
) {
    if split(input.path).1 != "composer.json" {
        return;
    }
    let Some(manifest) = json_of(input, MANIFEST_MAX, out) else { return };
    let scripts = manifest.get("scripts").and_then(Value::as_object);
    for (event, lines) in scripts.into_iter().flatten() {
        // Others are run by whoever calls them.
        if !(event.starts_with("post-") || event.starts_with("pre-")) {
            continue;
        }
        let one = lines.as_str().into_iter();
        let many = lines.as_array().into_iter().flatten().filter_map(Value::as_str);
        for line in one.chain(many).take(LINES_MAX) {
            let value = format!("composer:{event} {}", shortened(line, 100));
            out.add_text(TraitKind::InstallAction, &value, line);
            command(&format!("composer:{event}"), line, words, names, out);
        }
    }
    if manifest.get("type").and_then(Value::as_str) == Some("composer-plugin") {
        let class = manifest.pointer("/extra/class").map(Value::to_string).unwrap_or_default();
        let value = format!("composer:plugin {}", shortened(&class, 100));
        out.add_text(TraitKind::InstallAction, &value, &class);
    }
}
