//! What is run, registered or scheduled at installation, and where updates come from.
//!
//! Which file that is shows in its path, because installers go by names too.

use khien_lineage::TraitKind;
use khien_unpack::{Fact, FactKind};
use serde_json::Value;

use super::collect::Collector;
use super::file::{FileInput, ScriptSummary};
use super::lasting::shortened;
use super::names::NameSet;
use super::script::ScriptWords;
use crate::manifest;

mod appx;
mod build;
mod channel;
mod composer;
mod package_json;
mod role;
pub(super) mod starts;
mod unit;

pub(crate) use role::{is_documentation, language};
pub(crate) use unit::link;

/// Classes of a script that a script at installation has no need of in most packages.
const TELLING: &[&str] =
    &["credentials", "decode", "eval", "exec", "inject", "memory", "network", "persistence"];

/// Adds what one file does at installation. `findings` are of the file as a script.
pub(crate) fn traits(
    input: &FileInput<'_>,
    findings: Option<&ScriptSummary>,
    words: &ScriptWords,
    names: &mut NameSet,
    out: &mut Collector,
) {
    if let Some(role) = role::role(input) {
        out.add_text(TraitKind::InstallAction, &role, input.path);
        if let Some(findings) = findings {
            script(&role, findings, input.path, out);
        }
    }
    package_json::traits(input, words, names, out);
    composer::traits(input, words, names, out);
    build::traits(input, words, names, out);
    appx::traits(input, words, names, out);
    unit::traits(input, words, names, out);
    channel::traits(input, out);
}

/// Adds what containers' readers noticed of installers' actions.
pub(crate) fn facts(facts: &[Fact], words: &ScriptWords, names: &mut NameSet, out: &mut Collector) {
    for fact in facts.iter().filter(|fact| fact.kind == FactKind::InstallAction) {
        let detail = fact.detail.as_raw();
        let text = shortened(&without_generated(detail), SHOWN_MAX);
        out.add_text(TraitKind::InstallAction, &text, detail);
        command("action", detail, words, names, out);
    }
}

/// A manifest in JSON. One that cannot be read as such may hold anything: that is a problem, but for
/// the examples and fixtures of a test.
fn json_of(input: &FileInput<'_>, max: usize, out: &mut Collector) -> Option<Value> {
    let bytes = Some(input.bytes).filter(|bytes| bytes.len() <= max);
    let value = bytes.and_then(manifest::json);
    if value.is_none() && !input.bytes.trim_ascii().is_empty() && !is_documentation(input.path) {
        let name = split(input.path).1;
        out.problem(match bytes {
            Some(_) => format!("{name} is no JSON: what it runs at installation is unknown"),
            None => format!("{name} is longer than {max} bytes: what it runs is unknown"),
        });
    }
    value
}

/// Whether a file is short enough to be read as a manifest, and text.
fn text_of<'a>(input: &FileInput<'a>, max: usize) -> Option<&'a str> {
    input.bytes.get(..).filter(|bytes| bytes.len() <= max).and_then(|b| std::str::from_utf8(b).ok())
}

/// Bound: letters of an action that are shown; the rest counts by its digest.
const SHOWN_MAX: usize = 120;

/// Packagers make new identifiers for each release: long hexadecimal words with digits in them.
fn without_generated(text: &str) -> String {
    let is_joined = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_joined) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_joined(c)).unwrap_or(word.len());
        let (word, behind) = word.split_at(end);
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        out.push_str(before);
        out.push_str(if word.len() >= 12 && digits >= 2 { "0" } else { word });
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Adds a command line that is run at installation.
fn command(role: &str, line: &str, words: &ScriptWords, names: &mut NameSet, out: &mut Collector) {
    names.add_command(line);
    script(role, &words.command(line), line, out);
}

/// Adds a script that runs at installation, if it fetches, decodes or executes.
pub(crate) fn script(role: &str, findings: &ScriptSummary, excerpt: &str, out: &mut Collector) {
    let classes: Vec<&str> =
        findings.classes.iter().map(String::as_str).filter(|c| TELLING.contains(c)).collect();
    if !classes.is_empty() {
        let value = format!("{role} {} {}", classes.join("+"), findings.lines);
        out.add_text(TraitKind::InstallScript, &value, excerpt);
        // What fetches by words that are known has its addresses among its lines.
        let fetches = classes.contains(&"network");
        for host in findings.hosts.iter().filter(|_| !fetches) {
            out.add_text(TraitKind::InstallAction, &format!("{role} names {host}"), excerpt);
        }
    }
}

/// The last component of a path, and what stands before it.
fn split(path: &str) -> (&str, &str) {
    path.rfind(['/', '\\']).map_or(("", path), |at| {
        let (folder, name) = path.split_at(at);
        (folder, name.get(1..).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests;
