//! What one vetting came to: the report, and what the outputs need beside it.

use std::time::{Duration, Instant};

use khien_lineage::{BaseRates, Decision};
use khien_model::Untrusted;
use khien_unpack::{Gap, GapReason};
use khien_vet::profile::ReleaseProfile;
use khien_vet::report::{Change, Report};

use super::capability::{CapabilityChange, capability_changes};
use super::continuity;
use super::run::Reading;
use crate::exit::Exit;

/// All that the outputs are drawn from.
#[derive(Debug)]
pub struct Outcome {
    /// What was decided, and why.
    pub report: Report,
    /// The release in question, file by file.
    pub new: ReleaseProfile,
    /// What its programs can do beside what they could do.
    pub capabilities: Vec<CapabilityChange>,
    /// The last earlier release has the very same bytes: there is nothing to compare.
    pub same_bytes: bool,
    /// Releases that were read without confinement, and why.
    pub unconfined: Vec<(Untrusted, Untrusted)>,
    /// An earlier release that states a higher version than the one in question: perhaps the order on
    /// the command line is wrong.
    pub newer_earlier: Option<Untrusted>,
    /// The command line, word by word.
    pub command_line: Vec<String>,
    /// Version of this program.
    pub version: &'static str,
}

impl Outcome {
    /// Judges a release by its earlier ones: those of a lineage on disk, and those just read, oldest
    /// first. Comparing takes `time_max` at most: a large release takes a second or two, and what takes
    /// longer was made to.
    pub fn of(
        kept: Vec<ReleaseProfile>,
        olds: Vec<Reading>,
        new: Reading,
        rates: &BaseRates,
        time_max: Duration,
        command_line: Vec<String>,
    ) -> Self {
        let unconfined = unconfined(olds.iter().chain([&new]));
        let some_was_read = !kept.is_empty() || olds.iter().any(|old| !old.cut_off);
        let gaps: Vec<Gap> = olds.iter().filter(|old| old.cut_off).flat_map(gaps_of).collect();
        let earlier = earlier(kept, olds);
        let unread = new.cut_off;
        let new = new.profile;
        // A folder that could not be read has no hash. Bytes of a release before the last one are no
        // update but a way back, which the comparison has to tell.
        let same_bytes =
            !new.sha256.is_empty() && earlier.last().is_some_and(|last| last.sha256 == new.sha256);
        let newer_earlier = newer(&earlier, &new);
        let until = deadline(time_max);
        let mut report = khien_vet::judge_within(&earlier, &new, rates, &|| is_past(until));
        if same_bytes {
            // Nothing is different, and what could not be read was not read now either.
            report.decision = Decision::Pass;
            report.score = 0.0;
            report.reasons.clear();
            report.gaps.clone_from(&new.opened.gaps);
            report.problems = khien_vet::report::Problem::all_of(&new);
            report.complete = report.gaps.is_empty() && report.problems.is_empty();
        } else if unread {
            // What nobody has seen has lost nothing: it is unknown, and so are its departures.
            report.decision = Decision::Hold;
            report.complete = false;
            report.score = 0.0;
            report.reasons.clear();
            add(&mut report.gaps, gaps);
        } else if !gaps.is_empty() {
            report.decision = report.decision.max(Decision::Hold);
            report.complete = false;
            add(&mut report.gaps, gaps);
        }
        let compared = !same_bytes && !unread && some_was_read;
        if compared && !continuity::continues(&report, &earlier, &new) {
            set_aside(&mut report);
            report.gaps.push(not_comparable(&earlier));
        } else if earlier.is_empty() && !unread {
            set_aside(&mut report);
        }
        // The sum of nothing is minus zero, which no reader expects.
        report.score += 0.0;
        Self {
            capabilities: capability_changes(&report, &earlier, &new),
            report,
            new,
            same_bytes,
            unconfined,
            newer_earlier,
            command_line,
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Whether the release in question is one file, whose hash is that of its bytes; a folder's is made
    /// of the list of its files, and a folder that could not be read has none.
    pub fn is_one_file(&self) -> bool {
        let whole = self.new.files.iter().any(|file| file.path.as_raw().is_empty());
        whole || (self.new.files.is_empty() && !self.new.sha256.is_empty())
    }

    /// Whether there was no earlier release at all.
    pub const fn is_first(&self) -> bool {
        self.report.earlier.is_empty()
    }

    /// Whether the release has anything to do with the earlier ones.
    pub fn is_comparable(&self) -> bool {
        !self.report.gaps.iter().any(|gap| gap.reason == GapReason::NotComparable)
    }

    /// Whether no file of the release continues an earlier one, though both say that they are one
    /// product. Where they do not say so either, that is a gap.
    pub fn unrelated(&self) -> bool {
        let inside = |path: &Untrusted| !path.as_raw().is_empty();
        let mut files = self.report.files.iter().filter(|file| inside(&file.path)).peekable();
        let any = files.peek().is_some();
        any && self.is_comparable()
            && !files.any(|file| matches!(file.change, Change::Same | Change::Changed))
    }

    /// How the process is to end.
    pub fn exit(&self) -> Exit {
        match self.report.decision {
            Decision::Pass => Exit::Clear,
            _ if self.report.only_incomplete() => Exit::Unknown,
            Decision::Hold | Decision::Block => Exit::Findings,
        }
    }
}

/// Beside another product, or none, everything is new, which says nothing. What blocks needs no other: an
/// archive that lies, or a story told by the new files alone.
fn set_aside(report: &mut Report) {
    if report.decision < Decision::Block {
        report.decision = Decision::Hold;
        report.score = 0.0;
        report.reasons.clear();
    }
    report.complete = false;
}

/// When comparing has to have come to an end.
#[expect(clippy::disallowed_methods, reason = "the command line reads the clock for its engines")]
fn deadline(time_max: Duration) -> Option<Instant> {
    Instant::now().checked_add(time_max)
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the clock for its engines")]
fn is_past(until: Option<Instant>) -> bool {
    until.is_none_or(|until| Instant::now() > until)
}

/// The gap of a release that continues none of those it was compared with.
fn not_comparable(earlier: &[ReleaseProfile]) -> Gap {
    const NAMED_MAX: usize = 3;
    let names = earlier.iter().rev().take(NAMED_MAX).map(|old| old.name.as_raw());
    Gap {
        path: Untrusted::new(""),
        reason: GapReason::NotComparable,
        detail: Untrusted::new(names.collect::<Vec<_>>().join(", ")),
        bytes: None,
    }
}

/// The earlier release with the highest version, where that is above the new one's.
fn newer(earlier: &[ReleaseProfile], new: &ReleaseProfile) -> Option<Untrusted> {
    let own = new.identity.version.as_deref()?;
    let newer = earlier.iter().rev().find(|old| {
        let version = old.identity.version.as_deref();
        version.is_some_and(|version| khien_vet::version::compare(version, own).is_gt())
    });
    newer.map(|old| old.name.clone())
}

fn unconfined<'r>(readings: impl Iterator<Item = &'r Reading>) -> Vec<(Untrusted, Untrusted)> {
    let why = |reading: &Reading| {
        let why = Untrusted::new(reading.unconfined.as_deref()?);
        Some((reading.profile.name.clone(), why))
    };
    readings.filter_map(why).collect()
}

/// What an earlier release that could not be read leaves unknown: its name stands before the place.
fn gaps_of(reading: &Reading) -> Vec<Gap> {
    let name = reading.profile.name.as_raw();
    reading.profile.opened.gaps.iter().map(|gap| gap.of_release(name)).collect()
}

/// Adds gaps that are not told already.
fn add(known: &mut Vec<Gap>, more: Vec<Gap>) {
    let more: Vec<Gap> = more.into_iter().filter(|gap| !known.contains(gap)).collect();
    known.extend(more);
}

/// Every release once. By version where all state one, else in the order in which they were given. An
/// earlier release that could not be read is no baseline, unless there is no other.
fn earlier(kept: Vec<ReleaseProfile>, olds: Vec<Reading>) -> Vec<ReleaseProfile> {
    let (cut_off, read): (Vec<_>, Vec<_>) = olds.into_iter().partition(|old| old.cut_off);
    let mut earlier: Vec<ReleaseProfile> = Vec::new();
    for profile in kept.into_iter().chain(read.into_iter().map(|old| old.profile)) {
        if !earlier.iter().any(|known| known.sha256 == profile.sha256) {
            earlier.push(profile);
        }
    }
    if earlier.iter().all(|release| release.identity.version.is_some()) {
        khien_vet::baseline::sort(&mut earlier);
    }
    if earlier.is_empty() {
        earlier.extend(cut_off.into_iter().map(|old| old.profile));
    }
    earlier
}
