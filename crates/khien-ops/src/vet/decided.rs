//! What vetting decided of releases, as other commands read it: from the list of decisions of each
//! lineage on disk.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use khien_lineage::departure::Companion;
use khien_lineage::weigh::HOLD_BITS;
use khien_lineage::{Decision, Files, Trait, TraitKind, Vetted};
use khien_model::Untrusted;
use khien_vet::identity::Names;
use serde::{Deserialize, Serialize};

use super::lineage_folder::{DECISIONS, DECISIONS_BYTES_MAX};
use super::outcome::Outcome;

/// Bound: publishers, products and versions of one release.
const NAMES_MAX: usize = 4;
/// Bound: departures written down with one decision, the gravest.
const FOUND_MAX: usize = 50;
/// Bound: lineages in one folder that are read.
const LINEAGES_MAX: usize = 10_000;
/// Bound: complaints about the lines of one file.
const COMPLAINTS_MAX: usize = 5;

/// A departure, as it is written down with a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Its kind.
    pub kind: TraitKind,
    /// Which one.
    pub value: Untrusted,
    /// The file; empty for the release as a whole.
    pub path: Untrusted,
    /// What it tells by itself, in bits.
    pub bits: f64,
    /// What it decides alone.
    pub decides: Decision,
}

/// What was found in a release, to be written down; `None` where nothing was found by comparing.
pub fn found(outcome: &Outcome) -> Option<Vec<Found>> {
    let report = &outcome.report;
    // What blocks without any earlier release was found all the same.
    let is_judged = outcome.is_comparable() || !report.reasons.is_empty();
    if outcome.same_bytes || !is_judged || (report.reasons.is_empty() && !report.complete) {
        return None;
    }
    let found = report.reasons.iter().take(FOUND_MAX).map(|reason| Found {
        kind: reason.departure.of.kind,
        value: reason.departure.of.value.clone(),
        path: reason.departure.path.clone(),
        bits: reason.bits,
        decides: reason.decides,
    });
    Some(found.collect())
}

/// What could not be read, and why.
pub type Complaint = (PathBuf, String);

/// One release that was judged.
#[derive(Clone, Debug)]
pub struct Decided {
    names: Names,
    files: Files,
}

impl Decided {
    /// The release under each of its names.
    pub fn vetted(&self) -> impl Iterator<Item = Vetted> {
        let Names { products, publishers, versions } = &self.names;
        let nobody = publishers.is_empty().then(String::new);
        let publishers = publishers.iter().cloned().chain(nobody).take(NAMES_MAX);
        publishers.flat_map(move |publisher| {
            let versions = versions.iter().take(NAMES_MAX);
            versions.flat_map(move |version| {
                let publisher = publisher.clone();
                products.iter().take(NAMES_MAX).map(move |product| Vetted {
                    publisher: publisher.clone(),
                    product: product.clone(),
                    version: version.clone(),
                    files: self.files.clone(),
                })
            })
        })
    }
}

/// Reads the decisions of the lineage in a folder, or of every lineage in the folders below it: of each
/// artefact the last one that something was compared for. What cannot be read is a complaint, and costs
/// nothing else.
pub fn read(folder: &Path) -> (Vec<Decided>, Vec<Complaint>) {
    let mut complaints = Vec::new();
    let files = match lists(folder) {
        Ok(files) => files,
        Err(error) => return (Vec::new(), vec![(folder.to_owned(), error.to_string())]),
    };
    if files.is_empty() {
        let detail = format!("holds no {DECISIONS}, and none of its folders does");
        complaints.push((folder.to_owned(), detail));
    }
    if files.len() > LINEAGES_MAX {
        let detail = format!("only the first {LINEAGES_MAX} lineages in it were read");
        complaints.push((folder.to_owned(), detail));
    }
    let mut last = BTreeMap::new();
    for path in files.into_iter().take(LINEAGES_MAX) {
        match bytes_of(&path) {
            Ok(bytes) => lines(&path, &bytes, &mut last, &mut complaints),
            Err(error) => complaints.push((path, error.to_string())),
        }
    }
    (last.into_values().filter_map(Line::decided).collect(), complaints)
}

/// The lists of decisions, by name.
fn lists(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let own = folder.join(DECISIONS);
    if own.exists() {
        return Ok(vec![own]);
    }
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path().join(DECISIONS);
        if path.exists() {
            below.push(path);
        }
    }
    below.sort_unstable();
    Ok(below)
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(DECISIONS_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > DECISIONS_BYTES_MAX {
        return Err(io::Error::other(format!("larger than {DECISIONS_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// Hostile: a lineage may come from anywhere. Lines are read each for itself.
fn lines(
    path: &Path,
    bytes: &[u8],
    last: &mut BTreeMap<String, Line>,
    complaints: &mut Vec<Complaint>,
) {
    let (mut wrong, mut silent) = (0_usize, 0_u64);
    for (number, text) in (1_usize..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let line: Line = match serde_json::from_slice(text) {
            Ok(line) => line,
            Err(error) => {
                wrong += 1;
                if wrong <= COMPLAINTS_MAX {
                    complaints.push((path.to_owned(), format!("line {number}: {error}")));
                }
                continue;
            }
        };
        if line.decision().is_none() {
            continue;
        }
        silent += u64::from(line.names.is_none());
        // Beside itself a release passes, which says nothing of how it was before.
        if line.found.is_some() || !last.contains_key(&line.sha256) {
            last.insert(line.sha256.clone(), line);
        }
    }
    if let Some(more) = wrong.checked_sub(COMPLAINTS_MAX).filter(|more| *more > 0) {
        complaints.push((path.to_owned(), format!("and {more} more lines")));
    }
    if silent > 0 {
        let detail = format!(
            "{silent} decisions of an earlier version of this program do not say what was found: vet those releases again"
        );
        complaints.push((path.to_owned(), detail));
    }
}

fn judgement(word: &str) -> Option<Decision> {
    let all = [Decision::Pass, Decision::Hold, Decision::Block];
    all.into_iter().find(|decision| decision.as_str() == word)
}

/// Whether a line with this decision judges a release; others say where it came from or went.
pub(super) fn is_judgement(word: &str) -> bool {
    judgement(word).is_some()
}

/// A line of the list.
#[derive(Deserialize)]
struct Line {
    sha256: String,
    decision: String,
    #[serde(flatten)]
    names: Option<Names>,
    found: Option<Vec<Found>>,
}

impl Line {
    /// What it decided, where somebody judged it.
    fn decision(&self) -> Option<Decision> {
        judgement(&self.decision)
    }

    fn decided(self) -> Option<Decided> {
        let decision = self.decision()?;
        // What decides alone tells at least as much as what makes a hold together.
        let companion = |found: Found| Companion {
            bits: if found.decides > Decision::Pass {
                found.bits.max(HOLD_BITS)
            } else {
                found.bits
            },
            of: Trait { kind: found.kind, value: found.value },
            together: 0,
        };
        let found = self.found.unwrap_or_default().into_iter().take(FOUND_MAX);
        let files = Files { decision, found: found.map(companion).collect() };
        Some(Decided { names: self.names?, files })
    }
}

#[cfg(test)]
mod tests;
