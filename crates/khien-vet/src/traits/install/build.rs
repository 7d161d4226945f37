//! Manifests that name code to run at a build: Python's own backends, Cargo's build scripts, MSBuild's
//! commands.

use khien_lineage::TraitKind;

use super::role::is_project;
use super::{command, split, text_of};
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;
use crate::traits::lasting::{lasting, shortened};
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
    let is_project = is_project(name);
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
    let is_cargo = name == "Cargo.toml";
    for requirement in fetched(&manifest).filter(|_| !is_cargo) {
        let value = format!("python:requires {}", shortened(&lasting(requirement), 100));
        out.add_text(TraitKind::InstallAction, &value, requirement);
    }
    let found = if is_cargo { cargo(&manifest) } else { python(&manifest) };
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

/// Requirements that come from an address instead of from the index (`name @ https://…`), which runs
/// what lies there.
fn fetched(manifest: &toml::Table) -> impl Iterator<Item = &str> {
    let build = manifest.get("build-system").and_then(|system| system.get("requires"));
    let project = manifest.get("project").and_then(|project| project.get("dependencies"));
    let lists = [build, project].into_iter().flatten().filter_map(toml::Value::as_array).flatten();
    let texts = lists.filter_map(toml::Value::as_str).take(COMMANDS_MAX);
    texts.filter(|text| text.split_once('@').is_some_and(|(_, from)| from.contains("://")))
}

/// Whether a project file has an `<Exec>` element, however its name ends.
pub(super) fn has_commands(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"<Exec").any(|at| {
        let next = at.checked_add(5).and_then(|at| bytes.get(at));
        next.is_some_and(u8::is_ascii_whitespace)
    })
}

/// What `<Exec Command="…">` runs.
fn exec_commands(text: &str) -> Vec<String> {
    let elements = text.split("<Exec").skip(1).take(COMMANDS_MAX);
    let elements =
        elements.filter(|element| element.starts_with(|c: char| c.is_ascii_whitespace()));
    let commands = elements.filter_map(|element| {
        let after = element.split_once("Command=")?.1;
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        after.get(1..)?.split(quote).next()
    });
    commands
        .map(|line| line.replace("&quot;", "\"").replace("&amp;", "&").replace("&gt;", ">"))
        .collect()
}
