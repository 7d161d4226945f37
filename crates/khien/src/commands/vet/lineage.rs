//! What `khien vet --baseline` keeps, forgets and writes down.

use std::cmp::Ordering;
use std::io;
use std::path::Path;

use jiff::civil::Date;
use khien_lineage::Decision;
use khien_model::Untrusted;
use khien_vet::identity::Names;
use khien_vet::profile::{KNOWLEDGE, ReleaseProfile};

use super::super::{Failure, say, setup};
use crate::args::{Global, VetArgs};
use khien_ops::exit::Exit;
use khien_ops::scan::knowledge::InputError;
use khien_ops::vet::decided;
use khien_ops::vet::lineage_folder::{self, Entry, LineageError, Stored};
use khien_ops::vet::outcome::Outcome;
use khien_text::Lang;

/// The decision of a release that was given as an earlier one: nobody judged it.
const GIVEN: &str = "earlier";
/// The decision of one that was taken out.
const FORGOTTEN: &str = "forgotten";

/// Today, and the moment as it is written down.
fn now() -> (Date, String) {
    let (now, _) = setup::now();
    let text = now.to_string();
    let date = text.get(..10).and_then(|date| date.parse().ok()).unwrap_or(Date::MAX);
    (date, text)
}

/// What the user can put right before anything is read.
pub(super) fn check(args: &VetArgs, lang: Lang) -> Result<(), InputError> {
    if let Some(folder) =
        args.baseline.as_ref().filter(|folder| folder.exists() && !folder.is_dir())
    {
        let detail = lang.text("cli.vet.no-folder", &[]);
        return Err(InputError::Invalid { path: setup::shown(folder), detail });
    }
    if let Some(until) = args.until.filter(|until| *until < now().0) {
        let path = Untrusted::new(format!("--until {until}"));
        return Err(InputError::Invalid { path, detail: lang.text("cli.vet.until-past", &[]) });
    }
    Ok(())
}

/// What a lineage holds that still counts; what no longer does is said.
pub(super) fn load(
    args: &VetArgs,
    global: &Global,
    lang: Lang,
) -> Result<Vec<ReleaseProfile>, Failure> {
    let Some(folder) = &args.baseline else { return Ok(Vec::new()) };
    let Stored { releases, lapsed } = lineage_folder::load(folder, now().0).map_err(unusable)?;
    for (release, until) in &lapsed {
        let until = until.to_string();
        say(global, &lang.text("cli.vet.lapsed", &[("release", release), ("until", &until)]));
    }
    for release in releases.iter().filter(|release| release.knowledge != KNOWLEDGE) {
        let version = Untrusted::new(release.knowledge.as_str());
        let args: [(&str, &dyn std::fmt::Display); 2] =
            [("release", &release.name), ("version", &version)];
        say(global, &lang.text("cli.vet.other-rules", &args));
    }
    Ok(releases)
}

/// A lineage that is damaged is the user's to put right; that the disk fails is not.
fn unusable(error: LineageError) -> Failure {
    let detail = match &error {
        LineageError::Io { error, .. } => error.to_string(),
        LineageError::Profile { error, .. } => error.to_string(),
        LineageError::Decisions { detail, .. } => detail.clone(),
        LineageError::TooMany(_) | LineageError::Unknown(_) => error.to_string(),
    };
    match error {
        LineageError::Io { path, error } => {
            let path = setup::shown(&path);
            io::Error::new(error.kind(), format!("{path}: {detail}")).into()
        }
        LineageError::Profile { path, .. }
        | LineageError::Decisions { path, .. }
        | LineageError::TooMany(path)
        | LineageError::Unknown(path) => {
            InputError::Invalid { path: setup::shown(&path), detail }.into()
        }
    }
}

/// What is written down of one release, by whom and when.
struct Book<'a> {
    folder: &'a Path,
    time: String,
    by: String,
}

impl<'a> Book<'a> {
    fn open(folder: &'a Path) -> Self {
        Self { folder, time: now().1, by: lineage_folder::who() }
    }

    fn note(
        &self,
        release: &ReleaseProfile,
        decision: &str,
        kept: bool,
        answers: Option<&VetArgs>,
        until: Option<Date>,
        outcome: Option<&Outcome>,
    ) -> Result<(), Failure> {
        let entry = Entry {
            time: &self.time,
            by: &self.by,
            name: release.name.as_raw(),
            sha256: &release.sha256,
            version: release.identity.version.as_deref(),
            decision,
            kept,
            reason: answers.and_then(|args| args.accept.as_deref()),
            until: until.map(|until| until.to_string()),
            names: outcome.map(|outcome| Names::of(&outcome.new)),
            found: outcome.and_then(decided::found),
        };
        lineage_folder::note(self.folder, &entry).map_err(unusable)
    }
}

/// Writes the decision down, and keeps the release where it passed or somebody answers for it; then
/// also the earlier ones that it was compared with. Nothing enters a lineage by being named beside a
/// release that was held.
pub(super) fn settle(
    outcome: &Outcome,
    olds: &[ReleaseProfile],
    args: &VetArgs,
    global: &Global,
    lang: Lang,
    unread: bool,
) -> Result<(), Failure> {
    let Some(folder) = &args.baseline else { return Ok(()) };
    let book = Book::open(folder);
    let decision = outcome.report.decision;
    let wanted = decision == Decision::Pass || args.accept.is_some();
    // A release that nobody has seen the inside of would make everything after it look new.
    let kept = wanted && !unread;
    // Beside itself every release passes: what was accepted until a day is not accepted for longer.
    let until = match args.accept {
        Some(_) => args.until,
        None if kept => {
            lineage_folder::counts_until(folder, &outcome.new.sha256, now().0).map_err(unusable)?
        }
        None => None,
    };
    if kept {
        // What it continues nothing of is not its lineage.
        let olds = if outcome.is_comparable() { olds } else { &[] };
        for old in olds.iter().filter(|old| args.accept.is_some() || !is_newer(old, &outcome.new)) {
            if lineage_folder::keep_once(folder, old).map_err(unusable)? {
                book.note(old, GIVEN, true, None, None, None)?;
            }
        }
        lineage_folder::keep(folder, &outcome.new).map_err(unusable)?;
    }
    book.note(&outcome.new, decision.as_str(), kept, Some(args), until, Some(outcome))?;
    let folder = setup::shown(folder);
    let said = match (kept, wanted) {
        (true, _) => "cli.vet.kept",
        (false, true) => "cli.vet.not-kept-unread",
        (false, false) => "cli.vet.not-kept",
    };
    let name = &outcome.new.name;
    say(global, &lang.text(said, &[("release", name), ("folder", &folder)]));
    Ok(())
}

/// Whether an earlier release states a higher version than the one in question: then the two were
/// most likely given the wrong way round, and it has not been vetted.
fn is_newer(old: &ReleaseProfile, new: &ReleaseProfile) -> bool {
    let versions = (old.identity.version.as_deref(), new.identity.version.as_deref());
    matches!(versions, (Some(old), Some(new)) if khien_vet::version::compare(old, new) == Ordering::Greater)
}

/// `--forget`: takes a release out of a lineage, and writes that down.
pub(super) fn forget(
    folder: &Path,
    sha256: &str,
    global: &Global,
    lang: Lang,
) -> Result<Exit, Failure> {
    let release = lineage_folder::forget(folder, sha256).map_err(unusable)?;
    Book::open(folder).note(&release, FORGOTTEN, false, None, None, None)?;
    let folder: Untrusted = setup::shown(folder);
    let arguments: [(&str, &dyn std::fmt::Display); 2] =
        [("release", &release.name), ("folder", &folder)];
    say(global, &lang.text("cli.vet.forgotten", &arguments));
    Ok(Exit::Clear)
}
