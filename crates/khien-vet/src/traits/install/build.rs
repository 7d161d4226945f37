//! Manifests that name code to run at a build: Python's own backends, Cargo's build scripts, MSBuild's
//! commands.

use khien_lineage::TraitKind;

use super::{command, split, text_of};
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;
use crate::traits::lasting::shortened;
use crate::traits::names::NameSet;
use crate::traits::script::ScriptWords;

/// Bound: bytes of a manifest that is read.
const MANIFEST_MAX: usize = 1 << 20;

/// Bound: commands of one project file.
const COMMANDS_MAX: usize = 64;

/// Adds the traits of a manifest.
pub(super) fn traits(
    input: &FileInput<'_>,
    words: &ScriptWords,
    names: &mut NameSet,
    out: &mut Collector,
) {
    let name = split(input.path).1;
    let is_project = [".targets", ".props", ".tasks"].iter().any(|ending| name.ends_with(ending));
    if !is_project && !["Cargo.toml", "pyproject.toml"].contains(&name) {
        return;
    }
    let Some(text) = text_of(input, MANIFEST_MAX) else { return };
    if is_project {
        for line in exec_commands(text) {
            command("nuget-build", &line, words, names, out);
        }
        return;
    }
    let Ok(manifest) = text.parse::<toml::Table>() else { return };
    let found = match name {
        "Cargo.toml" => cargo(&manifest),
        _ => python(&manifest),
    };
    if let Some((role, path)) = found {
        let value = format!("{role} {}", shortened(&path, 100));
        out.add_text(TraitKind::InstallAction, &value, &path);
        names.add_start(&path);
    }
}

/// A build script under a name of its own; `build.rs` is told by its name.
fn cargo(manifest: &toml::Table) -> Option<(&'static str, String)> {
    let path = manifest.get("package")?.get("build")?.as_str()?;
    (path != "build.rs").then(|| ("rust:build", path.to_owned()))
}

/// A build backend that comes with the source instead of from the index.
fn python(manifest: &toml::Table) -> Option<(&'static str, String)> {
    let system = manifest.get("build-system")?;
    let folder = system.get("backend-path")?.as_array()?.first()?.as_str()?;
    let backend = system.get("build-backend")?.as_str()?;
    let module = backend.split(':').next()?.replace('.', "/");
    Some(("python:backend", format!("{}/{module}.py", folder.trim_end_matches('/'))))
}

/// What `<Exec Command="…">` runs.
fn exec_commands(text: &str) -> Vec<String> {
    let elements = text.split("<Exec ").skip(1).take(COMMANDS_MAX);
    let commands = elements.filter_map(|element| {
        let after = element.split_once("Command=")?.1;
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        after.get(1..)?.split(quote).next()
    });
    commands
        .map(|line| line.replace("&quot;", "\"").replace("&amp;", "&").replace("&gt;", ">"))
        .collect()
}
