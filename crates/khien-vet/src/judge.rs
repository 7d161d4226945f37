//! Departures to a decision. Fails closed: what could not be looked at is held.

use khien_lineage::weigh::{Decision, HOLD_BITS, weigh};
use khien_lineage::{BaseRates, Family};
use khien_model::Untrusted;
use khien_unpack::{Gap, GapReason};

use crate::depart::{CodeChange, Comparison, departures};
use crate::pair::{How, Stop};
use crate::profile::ReleaseProfile;
use crate::report::{
    Change, Changes, Confidence, Continues, FileChange, Problem, ReleaseSummary, Report,
};
use crate::story::stories;

/// How sure a split is: most functions of the part were in the whole.
const SPLIT_SCORE: f64 = 0.7;

/// Judges a release by its earlier ones, oldest first.
pub fn judge(earlier: &[ReleaseProfile], new: &ReleaseProfile, rates: &BaseRates) -> Report {
    judge_within(earlier, new, rates, &|| false)
}

/// Judges a release by its earlier ones, oldest first, for as long as `stop` says nothing. What could
/// not be compared by then is named as a gap, so that the answer is never *pass*.
pub fn judge_within(
    earlier: &[ReleaseProfile],
    new: &ReleaseProfile,
    rates: &BaseRates,
    stop: Stop<'_>,
) -> Report {
    let comparison = Comparison::new(earlier, new, stop);
    let (mut found, late) = departures(&comparison, stop);
    found.extend(stories(&found));
    let judgement = weigh(found, rates);
    let mut gaps: Vec<_> = crate::depart::not_opened(&comparison).into_iter().cloned().collect();
    gaps.extend(crate::depart::not_recognised(&comparison));
    gaps.extend(crate::depart::unknown_before(&comparison));
    gaps.extend(not_compared(&comparison, late));
    let problems = problems(&comparison);
    let complete = gaps.is_empty() && problems.is_empty();
    let files = file_changes(&comparison);
    let code = code_of(&files);
    let decision =
        if complete { judgement.decision } else { judgement.decision.max(Decision::Hold) };
    Report {
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

/// What the comparison itself left out.
fn not_compared(comparison: &Comparison<'_>, late: bool) -> Vec<Gap> {
    let gap = |reason, detail: String, bytes| Gap {
        path: Untrusted::new(""),
        reason,
        detail: Untrusted::new(detail),
        bytes,
    };
    let mut out = Vec::new();
    if late {
        let detail = "comparing the releases took longer than allowed";
        out.push(gap(GapReason::TooMuchTime, detail.to_owned(), Some(comparison.new.size)));
    }
    if comparison.left_out() > 0 {
        let detail = format!(
            "{} programs without a namesake were not compared by their functions",
            comparison.left_out()
        );
        out.push(gap(GapReason::TooManyEntries, detail, None));
    }
    out
}

impl Report {
    /// Whether the only reason not to pass is that something could not be looked at: evidence that is
    /// enough by itself, alone or together, goes before.
    pub fn only_incomplete(&self) -> bool {
        use khien_lineage::TraitKind::NotOpened;
        let looked_at = self.reasons.iter().filter(|reason| reason.departure.of.kind != NotOpened);
        !self.complete
            && looked_at.map(|reason| reason.adds).sum::<f64>() < HOLD_BITS
            && self.reasons.iter().all(|reason| {
                reason.decides == Decision::Pass || reason.departure.of.kind == NotOpened
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
                Some((_, bits)) => *bits += reason.adds,
                None => out.push((family, reason.adds)),
            }
        }
        out.sort_by(|a, b| b.1.total_cmp(&a.1));
        out
    }
}

/// Changed files that could not be read as what they are.
fn problems(comparison: &Comparison<'_>) -> Vec<Problem> {
    comparison
        .new
        .files
        .iter()
        .enumerate()
        .filter(|(position, _)| !comparison.unchanged(*position))
        .filter_map(|(_, file)| Problem::of(file))
        .collect()
}

fn file_changes(comparison: &Comparison<'_>) -> Vec<FileChange> {
    let mut out = Vec::new();
    for (position, file) in comparison.new.files.iter().enumerate() {
        if comparison.unchanged(position) {
            continue;
        }
        let is_new = comparison.predecessors(position).is_empty();
        out.push(FileChange {
            path: file.path.clone(),
            change: if is_new { Change::Added } else { Change::Changed },
            sha256: file.sha256.clone(),
            size: file.size,
            continues: continues(comparison, position),
            took_in: took_in(comparison, position),
            code: comparison.code_change(position),
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
                took_in: Vec::new(),
                code: CodeChange::default(),
                program: file.is_program(),
            }
        }));
    }
    out
}

/// The newest earlier file that one continues, or was split from.
fn continues(comparison: &Comparison<'_>, position: usize) -> Option<Continues> {
    comparison.earlier.iter().zip(&comparison.pairings).rev().find_map(|(release, pairing)| {
        let pair = pairing.pair_of(position).map(|pair| (pair.old, pair.how, pair.score));
        let split = || {
            let kin = pairing.kin_of(position).iter().find(|kin| kin.split)?;
            Some((kin.old, How::SplitOff, SPLIT_SCORE))
        };
        let (old, how, score) = pair.or_else(split)?;
        let old = release.files.get(old)?;
        Some(Continues { path: old.path.clone(), size: old.size, how, score })
    })
}

/// Files of the last release that are gone and whose code is in this one.
fn took_in(comparison: &Comparison<'_>, position: usize) -> Vec<Untrusted> {
    let last = comparison.earlier.last().zip(comparison.pairings.last());
    let Some((release, pairing)) = last else { return Vec::new() };
    let merged = pairing.kin_of(position).iter().filter(|kin| !kin.split);
    merged.filter_map(|kin| Some(release.files.get(kin.old)?.path.clone())).collect()
}

fn count(comparison: &Comparison<'_>, files: &[FileChange]) -> Changes {
    let of = |change| files.iter().filter(|file| file.change == change).count();
    let positions = 0..comparison.new.files.len();
    let same = positions.filter(|position| comparison.unchanged(*position)).count();
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
