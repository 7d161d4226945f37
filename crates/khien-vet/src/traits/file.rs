//! One file in, its traits out.

use khien_binary::Image;
use khien_detect::yara::RuleEngine;
use khien_lineage::{Observed, TraitKind};
use khien_unpack::{Fact, Format};
use serde::{Deserialize, Serialize};

use super::collect::{Collector, place};
use super::names::NameSet;
use super::noise::NoiseMap;
use super::scan::Scope;
use super::script::Language;
use super::{Matchers, Names, bytecode, image, install, picture};

/// One file of a release.
#[derive(Clone, Copy, Debug)]
pub struct FileInput<'a> {
    /// Where it stands in the release, containers joined by `!/` (as in `khien_unpack::Node`).
    pub path: &'a str,
    /// What it is, by content.
    pub format: Format,
    /// All of it.
    pub bytes: &'a [u8],
    /// The executables in it; empty where it is none.
    pub images: &'a [Image],
}

/// What one file is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileTraits {
    /// Its traits, sorted by kind and value, each once.
    pub observed: Vec<Observed>,
    /// What it names.
    pub names: Names,
    /// What its code does, where it is a script.
    pub script: Option<ScriptSummary>,
    /// Files that its installation commands start, as they are written there: `setup.js`,
    /// `./scripts/run.sh`. See [`installation_script`].
    pub starts: Vec<String>,
    /// What could not be looked at, in words: the answer is incomplete then.
    pub problems: Vec<String>,
}

/// What a script's code does, for callers that learn only later who starts it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScriptSummary {
    /// Classes of means, sorted: `exec`, `network`, `eval`, `decode`, …
    pub classes: Vec<String>,
    /// A digest of the lines in which they stand, numbers left out; empty without classes. It
    /// changes when what is fetched, decoded or run does, and not with a version number.
    pub lines: String,
    /// Hosts of the URLs in its code, sorted and bounded.
    pub hosts: Vec<String>,
}

/// The traits of one file. Never fails: what cannot be read is no trait, and a bound that was met is
/// a problem.
pub fn of_file(input: &FileInput<'_>, matchers: &Matchers) -> FileTraits {
    // Text of two bytes a letter is read as what it says; places are then those of the letters.
    let wide = matches!(input.format, Format::Script | Format::Text)
        .then(|| khien_unpack::decode_utf16(input.bytes))
        .flatten();
    match wide {
        Some(text) => of_bytes(&FileInput { bytes: text.as_bytes(), ..*input }, matchers),
        None => of_bytes(input, matchers),
    }
}

fn of_bytes(input: &FileInput<'_>, matchers: &Matchers) -> FileTraits {
    let mut out = Collector::default();
    let mut names = NameSet::new(input.bytes.len());
    let mut problems = Vec::new();
    let leaf = input.format.is_leaf() || is_script_with_payload(input);
    // A container's bytes are its members', which are files of their own; what is left of it is in
    // its ledger. Installers that are programs are both.
    if leaf || !input.images.is_empty() {
        let noise = NoiseMap::new(input.bytes);
        for one in input.images {
            image::traits(one, &noise, matchers, &mut out);
        }
        // Whatever it claims to be: text has no noise, and pictures explain their own.
        if input.format.is_leaf() && input.images.is_empty() {
            let all = 0..u64::try_from(input.bytes.len()).unwrap_or(u64::MAX);
            image::opaque("file", &all, &noise, &mut out);
        }
        picture::traits(input.bytes, &mut out);
        let programs_at: Vec<u64> = input.images.iter().map(|one| one.file.start).collect();
        let scope = Scope { programs: leaf, commands: !is_document(input.path) };
        matchers.searcher.scan(input.bytes, scope, &programs_at, &mut names, &mut out);
        matchers.hidden.scan(input.bytes, &mut out);
        rules(input, matchers, &mut out, &mut problems);
    }
    bytecode::traits(input, matchers, &mut out);
    let script = script(input, matchers, &mut out, &mut problems);
    install::traits(input, script.as_ref(), &matchers.scripts, &mut names, &mut out);
    finish(out, names, script, problems)
}

fn finish(
    mut out: Collector,
    mut names: NameSet,
    script: Option<ScriptSummary>,
    mut problems: Vec<String>,
) -> FileTraits {
    let starts = names.take_starts();
    let names = names.finish();
    problems.extend(out.take_problems());
    let (observed, dropped) = out.finish();
    if dropped > 0 {
        problems.push(format!("{dropped} traits were left out"));
    }
    FileTraits { observed, names, script, starts, problems }
}

/// The traits of what containers' readers noticed, for callers that learn of it after the files:
/// installation actions, and the commands in them.
pub fn of_facts(facts: &[Fact], matchers: &Matchers) -> FileTraits {
    let mut out = Collector::default();
    let mut names = NameSet::new(0);
    install::facts(facts, &matchers.scripts, &mut names, &mut out);
    finish(out, names, None, Vec::new())
}

/// The traits of a signature that is no executable's: of an installer database, of a catalogue.
pub fn of_signature(signature: &khien_binary::Signature) -> Vec<Observed> {
    let mut out = Collector::default();
    image::signature(signature, &mut out);
    out.finish().0
}

/// The traits of a script that turns out to run at installation, because `role` (a manifest, an
/// installer's action) starts it: that it does, and whether it fetches, decodes or executes.
pub fn installation_script(role: &str, path: &str, script: &ScriptSummary) -> Vec<Observed> {
    let mut out = Collector::default();
    out.add_text(TraitKind::InstallAction, role, path);
    install::script(role, script, path, &mut out);
    out.finish().0
}

/// The traits of a link: whether a system starts what it points to because of where the link is.
pub fn of_link(path: &str, target: &str) -> Vec<Observed> {
    install::link(path, target)
}

/// The traits of a device, socket or pipe, which software has no need to bring.
pub fn of_special(path: &str) -> Vec<Observed> {
    let mut out = Collector::default();
    out.add_text(TraitKind::SpecialFile, "device, socket or pipe", path);
    let mut found = out.finish().0;
    found.extend(install::link(path, ""));
    found
}

/// Bound: bytes of a script that are read as code.
const SCRIPT_MAX: usize = 64 << 20;

fn script(
    input: &FileInput<'_>,
    matchers: &Matchers,
    out: &mut Collector,
    problems: &mut Vec<String>,
) -> Option<ScriptSummary> {
    let language =
        Language::of(input.path, input.format, input.bytes).or_else(|| install::language(input))?;
    let code = input.bytes.get(..SCRIPT_MAX).unwrap_or(input.bytes);
    if code.len() < input.bytes.len() {
        problems.push(format!("only {SCRIPT_MAX} bytes were read as a script"));
    }
    Some(matchers.scripts.scan(code, language, out))
}

fn rules(
    input: &FileInput<'_>,
    matchers: &Matchers,
    out: &mut Collector,
    problems: &mut Vec<String>,
) {
    let scan = matchers.rules.scan(input.bytes, &matchers.limits);
    for found in scan.matches {
        for at in &found.offsets {
            let (offset, len) = (usize::try_from(at.offset), usize::try_from(at.len));
            let evidence = place(offset.unwrap_or(0), len.unwrap_or(0), &at.pattern);
            out.add(TraitKind::CapabilityRule, &found.rule, 1, evidence);
        }
        if found.offsets.is_empty() {
            out.add_text(TraitKind::CapabilityRule, &found.rule, "");
        }
    }
    problems.extend(scan.incomplete.map(|why| why.to_string()));
}

/// A script in front of its archive: its own lines are nobody else's.
fn is_script_with_payload(input: &FileInput<'_>) -> bool {
    input.format == Format::SelfExtracting && input.bytes.starts_with(b"#!")
}

/// Whether a file explains commands rather than running them.
fn is_document(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".md", ".txt", ".rst", ".html", ".htm", ".adoc", ".1", ".8"].iter().any(|e| lower.ends_with(e))
}

#[cfg(test)]
mod tests;
