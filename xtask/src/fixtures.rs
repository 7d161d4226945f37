//! `cargo xtask fixtures`: the inert update pairs as files, to run other programs on.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use khien_testkit::release::{Artefact, Case, Expect, LINE, benign_cases, cases};
use serde_json::{Value, json};

use crate::say;

/// Writes `DIR/CASE/{old,new}/FILE` for every case, and `DIR/manifest.json`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let [dir] = arguments else { bail!("usage: cargo xtask fixtures DIR") };
    let dir = PathBuf::from(dir);
    let mut rows = Vec::new();
    let mut all = cases();
    all.extend(benign_cases());
    for case in &all {
        rows.push(write_case(&dir, case)?);
    }
    let manifest = json!({
        "note": "Synthetic and inert: structure only. The one payload is the line below, in clear or under RC4 with the key.",
        "line": LINE,
        "key": "khien-fixture-key",
        "cases": rows,
    });
    let path = dir.join("manifest.json");
    let text = serde_json::to_string_pretty(&manifest).context("the manifest is plain JSON")?;
    fs::write(&path, text + "\n").with_context(|| path.display().to_string())?;
    say(&format!("{}: {} inert pairs", dir.display(), all.len()));
    Ok(())
}

fn write_case(dir: &Path, case: &Case) -> Result<Value> {
    let (old, new) = (write(dir, case, "old", &case.old)?, write(dir, case, "new", &case.new)?);
    Ok(json!({
        "name": case.name,
        "inert": true,
        "synthetic": true,
        "incident": case.incident,
        "container": case.container,
        "hard": case.hard,
        "expect": match case.expect {
            Expect::Block => "block",
            Expect::Hold => "hold",
            Expect::Pass => "pass",
        },
        "first_cause": case.first_cause.split('|').filter(|id| !id.is_empty()).collect::<Vec<_>>(),
        "about": case.about,
        "old": old,
        "new": new,
    }))
}

/// Writes one side and returns its path below `dir`.
fn write(dir: &Path, case: &Case, side: &str, artefact: &Artefact) -> Result<String> {
    let folder = dir.join(case.name).join(side);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(&artefact.file_name);
    fs::write(&path, &artefact.bytes).with_context(|| path.display().to_string())?;
    Ok(format!("{}/{side}/{}", case.name, artefact.file_name))
}
