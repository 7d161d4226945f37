//! Departures to a decision. Fails closed: what could not be looked at is held.

use khien_lineage::weigh::{Decision, weigh};
use khien_lineage::{BaseRates, Family};
use khien_model::Untrusted;

use crate::depart::{CodeChange, Comparison, departures};
use crate::profile::ReleaseProfile;
use crate::report::{
    Change, Changes, Confidence, Continues, FileChange, REPORT_FORMAT, ReleaseSummary, Report,
};
use crate::story::stories;

/// Judges a release by its earlier ones, oldest first.
pub fn judge(earlier: &[ReleaseProfile], new: &ReleaseProfile, rates: &BaseRates) -> Report {
    let comparison = Comparison::new(earlier, new);
    let mut found = departures(&comparison);
    found.extend(stories(&found));
    let judgement = weigh(found, rates);
    let gaps: Vec<_> = crate::depart::not_opened(&comparison).into_iter().cloned().collect();
    let problems = problems(&comparison);
    let complete = gaps.is_empty() && problems.is_empty();
    let files = file_changes(&comparison);
    let code = code_of(&files);
    let decision =
        if complete { judgement.decision } else { judgement.decision.max(Decision::Hold) };
    Report {
        format: REPORT_FORMAT,
        decision,
        complete,
        score: judgement.score,
        reasons: judgement.reasons,
        gaps,
        problems,
        earlier: earlier.iter().map(ReleaseSummary::of).collect(),
        new: ReleaseSummary::of(new),
        changes: count(&comparison, &files),
        files,
        confidence: confidence(code),
        code,
        base_rates: rates.about().clone(),
        knowledge: new.knowledge.clone(),
    }
}

impl Report {
    /// Whether the only reason not to pass is that something could not be looked at.
    pub fn only_incomplete(&self) -> bool {
        !self.complete
            && self.reasons.iter().all(|reason| {
                reason.decides == Decision::Pass
                    || reason.departure.of.kind == khien_lineage::TraitKind::NotOpened
            })
            && self.decision == Decision::Hold
    }

    /// Reasons that are shown first: those that decide, then the heaviest, at most `most`.
    pub fn leading(&self, most: usize) -> impl Iterator<Item = &khien_lineage::Weighed> {
        self.reasons
            .iter()
            .filter(|reason| reason.bits > 0.0 || reason.decides > Decision::Pass)
            .take(most)
    }

    /// Families that speak against the release, most weight first.
    pub fn families(&self) -> Vec<(Family, f64)> {
        let mut out: Vec<(Family, f64)> = Vec::new();
        for reason in &self.reasons {
            let family = reason.departure.of.kind.family();
            match out.iter_mut().find(|(known, _)| *known == family) {
                Some((_, bits)) => *bits += reason.counted,
                None => out.push((family, reason.counted)),
            }
        }
        out.sort_by(|a, b| b.1.total_cmp(&a.1));
        out
    }
}

/// Changed files that could not be read as what they are.
fn problems(comparison: &Comparison<'_>) -> Vec<(Untrusted, Untrusted)> {
    comparison
        .new
        .files
        .iter()
        .filter(|file| !comparison.unchanged(file))
        .filter_map(|file| Some((file.path.clone(), Untrusted::new(file.problem.clone()?))))
        .collect()
}

fn file_changes(comparison: &Comparison<'_>) -> Vec<FileChange> {
    let mut out = Vec::new();
    for (position, file) in comparison.new.files.iter().enumerate() {
        if comparison.unchanged(file) {
            continue;
        }
        let before = comparison.predecessors(position);
        out.push(FileChange {
            path: file.path.clone(),
            change: if before.is_empty() { Change::Added } else { Change::Changed },
            sha256: file.sha256.clone(),
            size: file.size,
            continues: continues(comparison, position),
            code: comparison.code_change(file, &before),
            program: file.is_program(),
        });
    }
    let removed = comparison.earlier.last().zip(comparison.pairings.last());
    if let Some((release, pairing)) = removed {
        out.extend(pairing.removed.iter().filter_map(|i| release.files.get(*i)).map(|file| {
            FileChange {
                path: file.path.clone(),
                change: Change::Removed,
                sha256: file.sha256.clone(),
                size: file.size,
                continues: None,
                code: CodeChange::default(),
                program: file.is_program(),
            }
        }));
    }
    out
}

/// The newest earlier file that one continues.
fn continues(comparison: &Comparison<'_>, position: usize) -> Option<Continues> {
    comparison.earlier.iter().zip(&comparison.pairings).rev().find_map(|(release, pairing)| {
        let pair = pairing.pairs.iter().find(|pair| pair.new == position)?;
        let old = release.files.get(pair.old)?;
        Some(Continues { path: old.path.clone(), size: old.size, how: pair.how, score: pair.score })
    })
}

fn count(comparison: &Comparison<'_>, files: &[FileChange]) -> Changes {
    let of = |change| files.iter().filter(|file| file.change == change).count();
    let same = comparison.new.files.iter().filter(|file| comparison.unchanged(file)).count();
    Changes {
        same,
        changed: of(Change::Changed),
        added: of(Change::Added),
        removed: of(Change::Removed),
    }
}

fn code_of(files: &[FileChange]) -> CodeChange {
    files.iter().fold(CodeChange::default(), |sum, file| CodeChange {
        new_functions: sum.new_functions + file.code.new_functions,
        functions: sum.functions + file.code.functions,
    })
}

fn confidence(code: CodeChange) -> Confidence {
    match code.share() {
        None => Confidence::NoCode,
        Some(share) if share <= 0.05 => Confidence::High,
        Some(share) if share <= 0.5 => Confidence::Medium,
        Some(_) => Confidence::Low,
    }
}
