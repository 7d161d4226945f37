//! What a manifest of an app package (AppX, MSIX) has Windows start or run.

use khien_lineage::TraitKind;

use super::{command, split, text_of};
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;
use crate::traits::lasting::shortened;
use crate::traits::names::NameSet;
use crate::traits::script::ScriptWords;

/// Bound: bytes of a manifest that is read.
const MANIFEST_MAX: usize = 4 << 20;

/// Extensions with which a package runs something that its user did not start.
const STARTING: [&str; 4] = [
    "windows.customInstall",
    "windows.service",
    "windows.startupTask",
    "windows.preInstalledConfigTask",
];

/// Adds the traits of a manifest, or of a scheduled task that is kept as a file.
pub(super) fn traits(
    input: &FileInput<'_>,
    words: &ScriptWords,
    names: &mut NameSet,
    out: &mut Collector,
) {
    let name = split(input.path).1;
    if name.eq_ignore_ascii_case("AppxManifest.xml") {
        let text = text_of(input, MANIFEST_MAX).unwrap_or_default();
        for element in text.split("Category=").skip(1).take(1000) {
            let category = element.get(1..).unwrap_or_default().split(['"', '\'']).next();
            if let Some(category) = category.filter(|category| STARTING.contains(category)) {
                let value = format!("appx:{category}");
                out.add_text(TraitKind::InstallAction, &value, category);
            }
        }
    }
    let is_task = |bytes: &[u8]| memchr::memmem::find(bytes, TASK.as_bytes()).is_some();
    if name.to_ascii_lowercase().ends_with(".xml") && is_task(input.bytes) {
        let text = text_of(input, MANIFEST_MAX).unwrap_or_default();
        let element = |part: &str, tag: &str| -> Option<String> {
            let after = part.split_once(&format!("<{tag}>"))?.1;
            Some(after.split_once("</")?.0.to_owned())
        };
        for part in text.split("<Exec>").skip(1).take(64) {
            let part = part.split("</Exec>").next().unwrap_or_default();
            let program = element(part, "Command").unwrap_or_default();
            let line = format!("{program} {}", element(part, "Arguments").unwrap_or_default());
            let value = format!("task:{}", shortened(line.trim(), 100));
            out.add_text(TraitKind::InstallAction, &value, &line);
            command("task", &line, words, names, out);
        }
    }
}

/// The namespace of the Task Scheduler's files.
const TASK: &str = "schemas.microsoft.com/windows/2004/02/mit/task";
