//! What is run, registered or scheduled at installation, and where updates come from.
//!
//! Which file that is shows in its path, because installers go by names too.

use khien_lineage::TraitKind;
use khien_unpack::{Fact, FactKind};
use sha2::{Digest, Sha256};

use super::collect::{Collector, clipped};
use super::file::{FileInput, ScriptSummary};
use super::image::without_numbers;
use super::names::NameSet;
use super::script::ScriptWords;

mod channel;
mod package_json;
mod unit;

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
    let role = role(input).or_else(|| input.runs_at_installation.then(|| "started".to_owned()));
    if let Some(role) = role {
        out.add_text(TraitKind::InstallAction, &role, input.path);
        if let Some(findings) = findings {
            script(&role, findings, input.path, out);
        }
    }
    self::facts(input.facts, words, names, out);
    package_json::traits(input, words, names, out);
    unit::traits(input, words, names, out);
    channel::traits(input, out);
}

/// Adds what containers' readers noticed of installers' actions.
pub(crate) fn facts(facts: &[Fact], words: &ScriptWords, names: &mut NameSet, out: &mut Collector) {
    for fact in facts.iter().filter(|fact| fact.kind == FactKind::InstallAction) {
        let detail = fact.detail.as_raw();
        out.add_text(TraitKind::InstallAction, &lasting(detail), detail);
        command("action", detail, words, names, out);
    }
}

/// Bound: letters of an action that are shown; the rest counts by its digest.
const SHOWN_MAX: usize = 120;

/// An action's text as it stays from release to release: without numbers and generated names, and
/// with a digest for what is too long to show, so that a change behind the cut is a change.
fn lasting(action: &str) -> String {
    let plain = without_numbers(&without_generated(action));
    let shown = clipped(&plain, SHOWN_MAX);
    if shown.len() == plain.len() {
        return plain;
    }
    let digest = Sha256::digest(plain.as_bytes());
    let rest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{shown}… {rest}")
}

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
    }
}

/// The last component of a path, and what stands before it.
fn split(path: &str) -> (&str, &str) {
    path.rfind(['/', '\\']).map_or(("", path), |at| {
        let (folder, name) = path.split_at(at);
        (folder, name.get(1..).unwrap_or_default())
    })
}

/// Which part of an installation runs this file, from its name.
fn role(input: &FileInput<'_>) -> Option<String> {
    let (folder, name) = split(input.path);
    let has = |part: &str| folder.contains(part);
    let bare = name.trim_start_matches('%');
    let role = match bare {
        "config" | "postinst" | "postrm" | "preinst" | "prerm" if has("control.tar") => "deb",
        "InstallationCheck" | "VolumeCheck" | "postflight" | "postinstall" | "postupgrade"
        | "preflight" | "preinstall" | "preupgrade"
            if has("Scripts") || has(".pkg") =>
        {
            "pkg"
        }
        "post" | "posttrans" | "postun" | "pre" | "pretrans" | "preun" | "trigger"
            if name.starts_with('%') || has("scriptlet") =>
        {
            "rpm"
        }
        "setup.py" => "python",
        "extconf.rb" => "ruby",
        "build.rs" => "rust",
        "chocolateyInstall.ps1" | "chocolateyinstall.ps1" | "init.ps1" | "install.ps1"
            if has("tools") =>
        {
            "nuget"
        }
        // Hooks of Python's start-up: lines that start with `import` are run.
        _ if name.ends_with(".pth") && runs_at_start(input.bytes) => "python-path",
        // Node's `node-gyp` expands these commands when it builds.
        "binding.gyp" if memchr::memmem::find(input.bytes, b"<!").is_some() => "npm",
        _ if name.ends_with(".targets") || name.ends_with(".props") => {
            return memchr::memmem::find(input.bytes, b"<Exec ")
                .map(|_| "nuget-build:exec".to_owned());
        }
        _ => return None,
    };
    Some(format!("{role}:{bare}"))
}

fn runs_at_start(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').take(1000);
    lines.any(|line| line.starts_with(b"import ") || line.starts_with(b"import\t"))
}

#[cfg(test)]
mod tests;
