//! Manifests that name code to run at a build: Python's own backends, Cargo's build scripts, MSBuild's
//! commands and tasks. What cannot be read as one may name any: that is a problem.

use std::borrow::Cow;

use khien_lineage::TraitKind;

use super::role::{is_documentation, is_project};
use super::{command, split, text_of};
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;
use crate::traits::lasting::{lasting, shortened};
use crate::traits::names::NameSet;
use crate::traits::script::ScriptWords;

/// Bound: bytes of a manifest that is read.
const MANIFEST_MAX: usize = 1 << 20;

/// Bound: bytes of a project file of MSBuild that are read.
const PROJECT_MAX: usize = 8 << 20;

/// Bound: commands of one project file, requirements of one manifest.
const COMMANDS_MAX: usize = 64;

/// Adds the traits of a manifest.
pub(super) fn traits(
    input: &FileInput<'_>,
    words: &ScriptWords,
    names: &mut NameSet,
    out: &mut Collector,
) {
    let name = split(input.path).1;
    match name {
        _ if is_project(name) => project(input, words, names, out),
        "Cargo.toml" | "pyproject.toml" => manifest(input, names, out),
        "setup.cfg" => setup(input, out),
        _ => {}
    }
}

/// A project file of MSBuild, whose encoding does not matter here: what names a command is ASCII.
fn project(input: &FileInput<'_>, words: &ScriptWords, names: &mut NameSet, out: &mut Collector) {
    let Some(bytes) = within(input, PROJECT_MAX, out) else { return };
    let text = khien_unpack::decode_utf16(bytes);
    let text = text.map_or_else(|| String::from_utf8_lossy(bytes), Cow::Owned);
    for line in attributes(&text, "exec", "command") {
        command("nuget-build", &line, words, names, out);
    }
    for file in attributes(&text, "usingtask", "assemblyfile") {
        let value = format!("nuget-build:task {}", shortened(&lasting(&file), 100));
        out.add_text(TraitKind::InstallAction, &value, &file);
        names.add_start(&file.replace('\\', "/"));
    }
}

/// A manifest in TOML.
fn manifest(input: &FileInput<'_>, names: &mut NameSet, out: &mut Collector) {
    let name = split(input.path).1;
    let Some(bytes) = within(input, MANIFEST_MAX, out) else { return };
    let text = text_of(input, MANIFEST_MAX);
    let Some(manifest) = text.and_then(|text| text.parse::<toml::Table>().ok()) else {
        if !bytes.trim_ascii().is_empty() && !is_documentation(input.path) {
            out.problem(format!("{name} is no TOML: what it runs at a build is unknown"));
        }
        return;
    };
    let is_cargo = name == "Cargo.toml";
    for requirement in fetched(&manifest).filter(|_| !is_cargo) {
        required(requirement, out);
    }
    for (role, path) in if is_cargo { cargo(&manifest) } else { python(&manifest) } {
        let value = format!("{role} {}", shortened(&path, 100));
        out.add_text(TraitKind::InstallAction, &value, &path);
        names.add_start(&path);
        // A module may be a folder.
        if let Some(module) = path.strip_suffix(".py") {
            names.add_start(&format!("{module}/__init__.py"));
        }
    }
}

/// Requirements in the `setup.cfg` of setuptools, which has them line by line.
fn setup(input: &FileInput<'_>, out: &mut Collector) {
    const KEYS: [&str; 3] = ["dependency_links", "install_requires", "setup_requires"];
    let Some(bytes) = within(input, MANIFEST_MAX, out) else { return };
    let text = String::from_utf8_lossy(bytes);
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';'])) {
        let mut value = line;
        if !line.starts_with([' ', '\t']) {
            let (name, after) = line.split_once(['=', ':']).unwrap_or((line, ""));
            key = name.trim().to_ascii_lowercase().replace('-', "_");
            value = after;
        }
        let value = value.trim();
        let fetched = is_fetched(value) || (key == "dependency_links" && value.contains("://"));
        if fetched && KEYS.contains(&key.as_str()) {
            required(value, out);
        }
    }
}

fn required(requirement: &str, out: &mut Collector) {
    let value = format!("python:requires {}", shortened(&lasting(requirement), 100));
    out.add_text(TraitKind::InstallAction, &value, requirement);
}

/// The bytes of a manifest, where they are not too many.
fn within<'a>(input: &FileInput<'a>, max: usize, out: &mut Collector) -> Option<&'a [u8]> {
    let bytes = Some(input.bytes).filter(|bytes| bytes.len() <= max);
    if bytes.is_none() && !is_documentation(input.path) {
        let name = split(input.path).1;
        out.problem(format!("{name} is longer than {max} bytes: what it runs is unknown"));
    }
    bytes
}

/// A build script under a name of its own; `build.rs` is told by its name.
fn cargo(manifest: &toml::Table) -> Vec<(&'static str, String)> {
    let path = manifest.get("package").and_then(|package| package.get("build")?.as_str());
    path.filter(|path| *path != "build.rs")
        .map(|path| ("rust:build", path.to_owned()))
        .into_iter()
        .collect()
}

/// A build backend that comes with the source instead of from the index, in each folder in which it
/// may be. The one that is meant where none is named is that of setuptools.
fn python(manifest: &toml::Table) -> Vec<(&'static str, String)> {
    let system = manifest.get("build-system");
    let text = |key: &str| system.and_then(|system| system.get(key)?.as_str());
    let backend = text("build-backend").unwrap_or("setuptools.build_meta");
    let module = backend.split(':').next().unwrap_or_default().trim().replace('.', "/");
    let folders = system.and_then(|system| system.get("backend-path")?.as_array());
    let folders = folders.into_iter().flatten().filter_map(toml::Value::as_str).take(COMMANDS_MAX);
    let file = |folder: &str| format!("{}/{module}.py", folder.trim_end_matches('/'));
    folders.map(|folder| ("python:backend", file(folder))).collect()
}

/// Requirements that come from an address instead of from the index (`name @ https://…`), which runs
/// what lies there.
fn fetched(manifest: &toml::Table) -> impl Iterator<Item = &str> {
    let build = manifest.get("build-system").and_then(|system| system.get("requires"));
    let project = manifest.get("project").and_then(|project| project.get("dependencies"));
    let lists = [build, project].into_iter().flatten().filter_map(toml::Value::as_array).flatten();
    let texts = lists.filter_map(toml::Value::as_str).take(COMMANDS_MAX);
    texts.filter(|text| is_fetched(text))
}

fn is_fetched(requirement: &str) -> bool {
    requirement.split_once('@').is_some_and(|(_, from)| from.contains("://"))
}

/// Whether a project file has an `<Exec>` element, however its name ends.
pub(super) fn has_commands(bytes: &[u8]) -> bool {
    let is_exec = |at| {
        let element = bytes.get(at..).unwrap_or_default();
        let name = element.get(1..5).unwrap_or_default();
        name.eq_ignore_ascii_case(b"exec") && element.get(5).is_some_and(u8::is_ascii_whitespace)
    };
    memchr::memchr_iter(b'<', bytes).any(is_exec)
}

/// The values of an attribute in all elements of a name, in whatever case: `<Exec Command = "…">`.
fn attributes(text: &str, element: &str, attribute: &str) -> Vec<String> {
    let values = text.split('<').skip(1).filter_map(|found| {
        let (name, inside) = found.split_at_checked(element.len())?;
        let is_meant = name.eq_ignore_ascii_case(element)
            && inside.starts_with(|c: char| c.is_ascii_whitespace());
        is_meant.then(|| value_of(inside, attribute))?
    });
    values.take(COMMANDS_MAX).collect()
}

/// The value of an attribute; what stands in the values of others is passed over.
fn value_of(element: &str, attribute: &str) -> Option<String> {
    let mut rest = element;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, behind) = after.get(1..)?.split_once(quote)?;
        if name.trim().eq_ignore_ascii_case(attribute) {
            return Some(unescaped(value));
        }
        rest = behind;
    }
}

/// A value with the characters that its entities stand for.
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, entity)) = rest.split_once('&') {
        out.push_str(before);
        let known = entity.split_once(';').and_then(|(name, behind)| {
            let number = name.strip_prefix('#');
            let code = number.and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            });
            let meant = match name {
                "amp" => '&',
                "apos" => '\'',
                "gt" => '>',
                "lt" => '<',
                "quot" => '"',
                _ => char::from_u32(code?)?,
            };
            Some((meant, behind))
        });
        let (meant, behind) = known.unwrap_or(('&', entity));
        out.push(meant);
        rest = behind;
    }
    out.push_str(rest);
    out
}
