//! The files of one release as the matching wants them: sorted, with their functions as sets.

use crate::profile::{FileProfile, ReleaseProfile};

/// The files of one release, sorted by path. Made once for a release and used for every comparison
/// with it, because a set of a million functions is not built twice.
#[derive(Debug)]
pub struct Sorted<'a> {
    ranks: Vec<Entry<'a>>,
}

#[derive(Debug)]
struct Entry<'a> {
    position: usize,
    file: &'a FileProfile,
    functions: Vec<u64>,
}

impl<'a> Sorted<'a> {
    /// Sorts the files of a release.
    pub fn new(release: &'a ReleaseProfile) -> Self {
        let mut ranks: Vec<Entry<'a>> = release
            .files
            .iter()
            .enumerate()
            .map(|(position, file)| Entry { position, file, functions: functions(file) })
            .collect();
        ranks.sort_by(|a, b| key(a.file).cmp(&key(b.file)).then(a.position.cmp(&b.position)));
        Self { ranks }
    }

    /// How many files there are.
    pub(super) const fn len(&self) -> usize {
        self.ranks.len()
    }

    /// The file at a rank.
    pub(super) fn file(&self, rank: usize) -> Option<&'a FileProfile> {
        self.ranks.get(rank).map(|entry| entry.file)
    }

    /// Where the file at a rank stands in the release.
    pub(super) fn position(&self, rank: usize) -> usize {
        self.ranks.get(rank).map_or(usize::MAX, |entry| entry.position)
    }

    /// Hashes of the functions of the file at a rank: sorted, each once.
    pub(super) fn functions(&self, rank: usize) -> &[u64] {
        self.ranks.get(rank).map_or(&[], |entry| &entry.functions)
    }

    /// The rank of the artefact itself; a folder has none.
    pub(super) fn root(&self) -> Option<usize> {
        self.ranks.first().is_some_and(|entry| entry.file.path.as_raw().is_empty()).then_some(0)
    }

    /// Hashes of functions by position in the release.
    pub(crate) fn into_functions(self) -> Vec<Vec<u64>> {
        let mut out: Vec<Vec<u64>> = Vec::new();
        out.resize_with(self.ranks.len(), Vec::new);
        for entry in self.ranks {
            if let Some(place) = out.get_mut(entry.position) {
                *place = entry.functions;
            }
        }
        out
    }
}

/// What tells two files of one path apart comes after it: they may stand in any order.
fn key(file: &FileProfile) -> (&str, &str, Option<&str>, u32) {
    let link = file.link.as_ref().map(|target| target.as_raw());
    (file.path.as_raw(), &file.sha256, link, file.attributes.mode.unwrap_or(0))
}

/// Hashes of a file's functions, over all its images: sorted, each once.
fn functions(file: &FileProfile) -> Vec<u64> {
    let mut all: Vec<u64> =
        file.images.iter().flat_map(|i| i.functions.all.iter().map(|f| f.hash)).collect();
    all.sort_unstable();
    all.dedup();
    all
}
