//! What a release is that its earlier releases were not.
//!
//! Every file that is byte for byte in an earlier release is left alone, unless a later release had
//! replaced it. For the others, traits are compared with those of the files that they continue, in
//! every earlier release; what concerns the
//! release as a whole (versions, hosts, containers) is compared with all of it.

pub(crate) use container::{not_opened, not_recognised, unknown_before};
pub(crate) use files::is_build_text;

mod bytecode;
mod container;
mod files;
mod known;
mod program;
mod release;
mod rule;
mod signature;

use khien_lineage::weigh::{Departure, Softening};
use khien_lineage::{Evidence, Trait, TraitKind};
use khien_model::Untrusted;
use serde::{Deserialize, Serialize};

use self::known::{Names, Places, Seen};
use crate::pair::{How, Pairing, Sorted, Stop, pair, ratio};
use crate::profile::{FileProfile, ReleaseProfile};

/// Above this share of new functions a file counts as rebuilt, and its code says little by differing.
pub const REBUILT_SHARE: f64 = 0.5;

/// Up to this share of new functions, new code is a needle that can be looked for.
pub const NEEDLE_SHARE: f64 = 0.05;

/// A release beside its earlier ones.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// Earlier releases, oldest first; never empty when made by [`Comparison::new`] with a baseline.
    pub earlier: &'a [ReleaseProfile],
    /// The new one.
    pub new: &'a ReleaseProfile,
    /// One for each earlier release.
    pub pairings: Vec<Pairing>,
    /// One for each file of the new release.
    files: Vec<Beside<'a>>,
    /// Whether the time was up before all files were compared: then none of it is worth anything.
    late: bool,
    seen: Seen<'a>,
    names: Names<'a>,
}

/// What a file of the new release is to the earlier ones.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    /// The very same file is in an earlier release, and no later one had another in its place.
    Same,
    /// The very same file is in an earlier release, and the last one had another in its place.
    RolledBack,
    /// No earlier release has it.
    #[default]
    Other,
}

/// One file of the new release beside the files that it continues.
#[derive(Debug, Default)]
struct Beside<'a> {
    state: State,
    /// Oldest first.
    before: Vec<&'a FileProfile>,
    code: CodeChange,
}

/// How one file differs from the one it continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeChange {
    /// Functions that no earlier release of the file had.
    pub new_functions: usize,
    /// Functions in all.
    pub functions: usize,
}

impl CodeChange {
    /// Share of functions that are new; `None` where functions are not known.
    pub fn share(self) -> Option<f64> {
        (self.functions > 0).then(|| ratio(self.new_functions, self.functions))
    }
}

impl<'a> Comparison<'a> {
    /// Compares the new release with each earlier one. Once `stop` says so, the rest is left.
    pub fn new(earlier: &'a [ReleaseProfile], new: &'a ReleaseProfile, stop: Stop<'_>) -> Self {
        let sorted = Sorted::new(new);
        let mut functions_before = Vec::new();
        let mut pairings = Vec::new();
        for release in earlier.iter().take_while(|_| !stop()) {
            let old = Sorted::new(release);
            pairings.push(pair(&old, &sorted, stop));
            functions_before.push(old.into_functions());
        }
        let mut comparison = Self {
            earlier,
            new,
            pairings,
            files: Vec::new(),
            late: stop(),
            seen: Seen::of(earlier),
            names: Names::of(new),
        };
        let places = Places::of(earlier);
        let functions = sorted.into_functions();
        for (position, file) in new.files.iter().enumerate() {
            comparison.late = comparison.late || stop();
            if comparison.late {
                break;
            }
            let state = comparison.state(&places, position, file);
            let before = comparison.continued(state, position);
            let old: Vec<&[u64]> = before
                .iter()
                .filter_map(|(release, old)| functions_before.get(*release)?.get(*old))
                .map(Vec::as_slice)
                .collect();
            let own = functions.get(position).map_or(&[][..], Vec::as_slice);
            let code =
                if state == State::Same { CodeChange::default() } else { code_of(own, &old) };
            let before = before
                .iter()
                .filter_map(|(release, old)| earlier.get(*release)?.files.get(*old))
                .collect();
            comparison.files.push(Beside { state, before, code });
        }
        comparison.files.resize_with(new.files.len(), Beside::default);
        comparison
    }

    /// Programs without a namesake that were too many to be compared by their functions.
    pub fn left_out(&self) -> usize {
        self.pairings.iter().map(|pairing| pairing.left_out).max().unwrap_or(0)
    }

    /// Whether the file at a position is byte for byte as in an earlier release.
    pub fn unchanged(&self, position: usize) -> bool {
        self.files.get(position).is_some_and(|file| file.state == State::Same)
    }

    /// The files that the one at a position continues, oldest first.
    pub fn predecessors(&self, position: usize) -> &[&'a FileProfile] {
        self.files.get(position).map_or(&[], |file| &file.before)
    }

    /// How much of the code of the file at a position is new to its lineage.
    pub fn code_change(&self, position: usize) -> CodeChange {
        self.files.get(position).map_or_else(CodeChange::default, |file| file.code)
    }

    fn rolled_back(&self, position: usize) -> bool {
        self.files.get(position).is_some_and(|file| file.state == State::RolledBack)
    }

    /// Files that are not what they were in an earlier release, with their positions.
    fn departing(&self) -> impl Iterator<Item = (usize, &'a FileProfile)> + '_ {
        self.new.files.iter().enumerate().filter(|(position, _)| !self.unchanged(*position))
    }

    fn state(&self, places: &Places<'_>, position: usize, file: &FileProfile) -> State {
        if file.link.is_some() || !places.anywhere(file) {
            return State::Other;
        }
        let replaced = || {
            let (last, pairing) = self.earlier.last().zip(self.pairings.last())?;
            let pair = pairing.pair_of(position).filter(|pair| is_by_name(pair.how))?;
            last.files.get(pair.old)
        };
        if !places.in_last(file) && replaced().is_some_and(|old| old.sha256 != file.sha256) {
            State::RolledBack
        } else {
            State::Same
        }
    }

    /// Releases and positions of the files that one continues. A file that was rolled back is compared
    /// with what it replaces: beside its own older self nothing would ever be new.
    fn continued(&self, state: State, position: usize) -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        for (release, pairing) in self.pairings.iter().enumerate() {
            if state == State::RolledBack && release + 1 < self.pairings.len() {
                continue;
            }
            out.extend(pairing.predecessors(position).into_iter().map(|old| (release, old)));
        }
        out
    }
}

const fn is_by_name(how: How) -> bool {
    matches!(how, How::SamePath | How::SameStem | How::SameIdentity | How::SameName)
}

fn code_of(own: &[u64], before: &[&[u64]]) -> CodeChange {
    if before.iter().all(|old| old.is_empty()) {
        return CodeChange::default();
    }
    let is_new = |hash: &&u64| !before.iter().any(|old| old.binary_search(hash).is_ok());
    CodeChange { new_functions: own.iter().filter(is_new).count(), functions: own.len() }
}

/// All departures of the new release, stories not included, in an order of their own; and whether
/// the time was up before all files were looked at.
pub fn departures(comparison: &Comparison<'_>, stop: Stop<'_>) -> (Vec<Departure>, bool) {
    let mut found = Vec::new();
    if comparison.late {
        return (found, true);
    }
    let mut late = false;
    for (position, file) in comparison.departing().filter(|(_, file)| file.link.is_none()) {
        late = late || stop();
        if late {
            break;
        }
        let mut own = Vec::new();
        files::of_file(comparison, position, file, &mut own);
        signature::of_file(file, comparison.predecessors(position), &mut own);
        program::of_program(comparison, position, file, &mut own);
        if comparison.rolled_back(position) {
            own = own.into_iter().map(|d| softened(d, Some(Softening::RolledBack))).collect();
        }
        program::went_back(comparison, position, file, &mut own);
        found.append(&mut own);
    }
    release::rights_and_links(comparison, &mut found);
    release::of_release(comparison, &mut found);
    bytecode::of_release(comparison, &mut found);
    container::of_containers(comparison, &mut found);
    // By everything: two files may have one path, and then their order would be that of the container.
    found.sort_by(|a, b| {
        let key = |d: &Departure| (d.amount, d.before, d.softened);
        let place = (&a.path, &a.of, key(a)).cmp(&(&b.path, &b.of, key(b)));
        place.then_with(|| a.evidence.cmp(&b.evidence))
    });
    (found, late)
}

/// A departure without evidence in bytes.
fn plain(kind: TraitKind, value: impl Into<String>, path: &Untrusted) -> Departure {
    Departure {
        of: Trait { kind, value: Untrusted::new(value) },
        amount: 1,
        before: None,
        path: path.clone(),
        evidence: Vec::new(),
        softened: None,
    }
}

fn softened(mut departure: Departure, why: Option<Softening>) -> Departure {
    departure.softened = departure.softened.or(why);
    departure
}

fn at(mut departure: Departure, offset: u64, len: u64, excerpt: &str) -> Departure {
    departure.evidence.push(Evidence {
        offset: Some(offset),
        len: Some(len),
        excerpt: Untrusted::new(excerpt),
    });
    departure
}

#[cfg(test)]
mod tests;
