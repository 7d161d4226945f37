//! `cargo xtask benign`: honest releases from public registries, vetted pair by pair.
//!
//! Downloads with npm, pip and apt as anybody would, vets each pair with the built program, lists every
//! *hold* and *block* with its reasons, and counts departures for the table of base rates. Pairs
//! marked `held` are left out unless `--held` is given, so that nobody tunes on them by accident.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::programs::{Release, command, khien_in};
use crate::say;

const LIST: &str = include_str!("../benign.toml");
const HELP: &str = "cargo xtask benign [--folder DIR] [--held | --all] [--only TEXT] [--count FILE]

Downloads consecutive releases (about 3 GB for all) into DIR (default: target/benign), vets each pair with
target/quick/khien, and prints one line a pair, then every hold and block with its reasons.

  --held        only the pairs set aside, which no weight was tuned on
  --all         both sets
  --only TEXT   only pairs whose name contains TEXT
  --count FILE  write the base-rate table with the counts of this run (tuning set only)";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    pair: Vec<Pair>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    registry: String,
    name: String,
    #[serde(default)]
    platform: String,
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    held: bool,
    /// A major version: shown, and counted apart.
    #[serde(default)]
    major: bool,
}

#[derive(Default)]
struct Options {
    folder: PathBuf,
    held: bool,
    all: bool,
    only: String,
    count: Option<PathBuf>,
}

/// Runs the chore.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some(options) = options(arguments)? else {
        say(HELP);
        return Ok(());
    };
    let list: List = toml::from_str(LIST)?;
    let khien = khien_in("quick")?;
    let mut tally = Tally::default();
    for pair in list.pair {
        if !options.all && pair.held != options.held || !pair.name.contains(&options.only) {
            continue;
        }
        match fetch(&options.folder, pair.clone()) {
            Ok((old, new)) => tally.add(&pair, vet(&khien, &old, &new)?),
            Err(error) => say(&format!("{:<40} not fetched: {error:#}", pair.name)),
        }
    }
    tally.print();
    if let Some(file) = &options.count {
        let old = khien_model::limits::read_small_file(file, 1 << 20)?;
        fs::write(file, tally.table(&old)?)?;
        say(&format!("counts written to {}", file.display()));
    }
    Ok(())
}

fn options(arguments: &[String]) -> Result<Option<Options>> {
    let mut options = Options { folder: PathBuf::from("target/benign"), ..Options::default() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("{argument} wants a value"));
        match argument.as_str() {
            "--folder" => options.folder = value()?.into(),
            "--held" => options.held = true,
            "--all" => options.all = true,
            "--only" => options.only = value()?.clone(),
            "--count" => options.count = Some(value()?.into()),
            "--help" | "-h" => return Ok(None),
            other => bail!("unknown argument {other}\n{HELP}"),
        }
    }
    if options.count.is_some() && (options.held || options.all) {
        bail!("--count counts the tuning set only: the pairs set aside must not shape the table");
    }
    Ok(Some(options))
}

/// The two files of a pair, downloaded unless they are there.
fn fetch(folder: &Path, mut pair: Pair) -> Result<(PathBuf, PathBuf)> {
    if pair.registry == "deb" {
        (pair.old, pair.new) = debian_versions(&pair.name)?;
    }
    let plain = |text: &str| text.replace('/', "_").replace('@', "").replace(':', "_");
    let folder = folder.join(format!(
        "{}-{}-{}-{}",
        pair.registry,
        plain(&pair.name),
        plain(&pair.old),
        plain(&pair.new)
    ));
    let old = download(&folder.join("old"), &pair, &pair.old)?;
    let new = download(&folder.join("new"), &pair, &pair.new)?;
    Ok((old, new))
}

/// The two newest versions in the archive, older first.
fn debian_versions(name: &str) -> Result<(String, String)> {
    let output = command("apt-cache").args(["madison", name]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut versions: Vec<String> = text
        .lines()
        .filter(|line| !line.contains("Sources"))
        .filter_map(|line| line.split('|').nth(1).map(|v| v.trim().to_owned()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut failed = false;
    versions.sort_by(|a, b| {
        let less = command("dpkg").args(["--compare-versions", a, "lt", b]).status();
        match less {
            Ok(status) if a != b => {
                if status.success() {
                    std::cmp::Ordering::Less
                } else {
                    std::cmp::Ordering::Greater
                }
            }
            Ok(_) => std::cmp::Ordering::Equal,
            Err(_) => {
                failed = true;
                std::cmp::Ordering::Equal
            }
        }
    });
    match versions.as_slice() {
        [.., old, new] if !failed => Ok((old.clone(), new.clone())),
        _ => bail!("the archive holds one version only"),
    }
}

fn download(folder: &Path, pair: &Pair, version: &str) -> Result<PathBuf> {
    let Pair { registry, name, platform, .. } = pair;
    Release { registry, name, version, platform }.fetch(folder)
}

fn vet(khien: &Path, old: &Path, new: &Path) -> Result<Value> {
    #[expect(clippy::disallowed_methods, reason = "chores look at the clock")]
    let started = std::time::Instant::now();
    let output =
        command(khien).arg("vet").args([old, new]).args(["--json", "--no-progress"]).output()?;
    let mut report: Value = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("{}: {}", new.display(), String::from_utf8_lossy(&output.stderr))
    })?;
    if let Some(object) = report.as_object_mut() {
        object.insert("seconds".to_owned(), started.elapsed().as_secs_f64().into());
    }
    Ok(report)
}

#[derive(Default)]
struct Tally {
    lines: Vec<String>,
    details: Vec<String>,
    decisions: BTreeMap<String, usize>,
    with_changes: usize,
    changed_files: usize,
    signed_files: u64,
    pairs_with: BTreeMap<String, usize>,
    files_with: BTreeMap<String, BTreeSet<String>>,
    names: Vec<String>,
}

impl Tally {
    fn add(&mut self, pair: &Pair, report: Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let decision = text(&report["decision"]);
        let none = Vec::new();
        let reasons = report["reasons"].as_array().unwrap_or(&none);
        let files = report["files"].as_array().unwrap_or(&none);
        let changed =
            files.iter().filter(|f| f["program"] == true && f["change"] == "changed").count();
        let kind = |reason: &Value| text(&reason["departure"]["of"]["kind"]);
        let line = format!(
            "{:<38} {:<7} {:>5.1} bits {:>4} changed programs {:>6.1} s{}  {}",
            pair.name,
            decision,
            report["score"].as_f64().unwrap_or(0.0),
            changed,
            report["seconds"].as_f64().unwrap_or(0.0),
            if pair.major { " (major)" } else { "" },
            reasons.first().map(&kind).unwrap_or_default()
        );
        say(&line);
        self.lines.push(line);
        *self.decisions.entry(decision.clone()).or_default() += 1;
        self.with_changes += usize::from(changed > 0);
        self.changed_files += changed;
        self.names.push(format!(
            "{} {} {}",
            pair.name, report["earlier"][0]["sha256"], report["new"]["sha256"]
        ));
        self.signed_files += report["new"]["signed"].as_u64().unwrap_or(0);
        let mut kinds = BTreeSet::new();
        // What counts for less is another thing than what a compromise shows in full.
        for reason in reasons.iter().filter(|reason| reason["departure"]["softened"].is_null()) {
            kinds.insert(kind(reason));
            let path = format!("{}!{}", pair.name, text(&reason["departure"]["path"]));
            self.files_with.entry(kind(reason)).or_default().insert(path);
        }
        for kind in kinds {
            *self.pairs_with.entry(kind).or_default() += 1;
        }
        if decision != "pass" {
            let gaps = report["gaps"].as_array().map_or(0, Vec::len);
            let problems = report["problems"].to_string();
            self.details.push(format!(
                "{}: {decision}, {gaps} gaps, problems {}",
                pair.name,
                problems.chars().take(300).collect::<String>()
            ));
            for reason in reasons
                .iter()
                .filter(|r| r["decides"] != "pass" || r["bits"].as_f64() > Some(2.0))
                .take(8)
            {
                let d = &reason["departure"];
                self.details.push(format!(
                    "    {:<5} {:>4.1} {:<32} {} {} {} {}",
                    text(&reason["decides"]),
                    reason["bits"].as_f64().unwrap_or(0.0),
                    kind(reason),
                    text(&d["path"]),
                    text(&d["of"]["value"]),
                    d["amount"],
                    d["softened"]
                ));
            }
        }
    }

    fn print(&self) {
        say(&format!(
            "\n{} pairs, {} with changed programs ({} files): {:?}",
            self.lines.len(),
            self.with_changes,
            self.changed_files,
            self.decisions
        ));
        for line in &self.details {
            say(line);
        }
        say("\nkinds of departure that count in full, by pairs (files):");
        let mut kinds: Vec<_> = self.pairs_with.iter().collect();
        kinds.sort_by(|a, b| b.1.cmp(a.1));
        for (kind, pairs) in kinds {
            say(&format!(
                "  {kind:<36} {pairs:>3} ({})",
                self.files_with.get(kind).map_or(0, BTreeSet::len)
            ));
        }
    }

    /// The base-rate table with this run's counts; the counts of incidents stay.
    fn table(&self, old: &str) -> Result<String> {
        let mut table: toml::Table = old.parse()?;
        let about =
            table.get_mut("about").and_then(toml::Value::as_table_mut).context("no [about]")?;
        let mut names = self.names.clone();
        names.sort();
        let hash = Sha256::digest(names.join("\n"));
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let number = |n: usize| toml::Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        about.insert("pairs".to_owned(), number(self.lines.len()));
        about.insert("files".to_owned(), number(self.changed_files));
        about.insert(
            "signed_files".to_owned(),
            toml::Value::Integer(i64::try_from(self.signed_files)?),
        );
        about.insert("corpus_hash".to_owned(), hash.into());
        for row in
            table.get_mut("rate").and_then(toml::Value::as_array_mut).context("no [[rate]]")?
        {
            let Some(row) = row.as_table_mut() else { continue };
            let kind = row.get("kind").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            row.insert(
                "pairs".to_owned(),
                number(self.pairs_with.get(&kind).copied().unwrap_or(0)),
            );
            row.insert(
                "files".to_owned(),
                number(self.files_with.get(&kind).map_or(0, BTreeSet::len)),
            );
        }
        let comments: String =
            old.lines().take_while(|l| l.starts_with('#')).map(|l| format!("{l}\n")).collect();
        Ok(format!("{comments}{}", toml::to_string(&table)?))
    }
}
