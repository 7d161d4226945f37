//! Which file of a new release continues which file of an old one.
//!
//! A step of its own with a score for each pair, because everything after it is only as good as it:
//! a file that is paired with nothing looks new as a whole. Candidates come from equal bytes, equal
//! paths, paths without versions, identity that the file carries, equal names, shared functions and
//! similar bytes; the best pairs are taken first, one to one. What is left over may be a part of a
//! file that was split, or have gone into one that was merged.
//!
//! The order in which a release lists its files decides nothing: they are matched sorted by path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use khien_binary::{Image, ImageKind};
use khien_unpack::Format;
use serde::{Deserialize, Serialize};

use crate::profile::FileProfile;

mod kin;
mod sorted;

pub use sorted::Sorted;

/// Programs without a namesake that are compared by their functions; more of them on both sides
/// leave the comparison incomplete.
const BY_FUNCTIONS_MAX: usize = 10_000;
/// Files that are compared by their bytes' similarity, on each side.
const BY_BYTES_MAX: usize = 400;
/// TLSH distance up to which bytes are called similar (the authors' tables: below 70 about 1 % false).
const TLSH_DISTANCE_MAX: i32 = 70;
/// Share of functions in common from which code is called the same component.
const SHARED_FUNCTIONS_MIN: f64 = 0.4;
/// Functions below which code is too little to be known by them.
const FUNCTIONS_MIN: usize = 8;

/// Asked between files: whether the time is up.
pub type Stop<'a> = &'a dyn Fn() -> bool;

/// What a pair rests on.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Equal bytes.
    SameBytes,
    /// Equal path.
    SamePath,
    /// Equal path once versions and build hashes are left out.
    SameStem,
    /// The file's own identity: product and original name, link name, assembly.
    SameIdentity,
    /// Equal name in another folder, and the only one of that name.
    SameName,
    /// Most functions in common.
    SharedFunctions,
    /// Similar bytes.
    SimilarBytes,
    /// Its code came out of a file that had more.
    SplitOff,
}

/// One pair, by positions in the two releases' lists of files.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Position in the old release.
    pub old: usize,
    /// Position in the new release.
    pub new: usize,
    /// What it rests on.
    pub how: How,
    /// How sure: 1 is certain.
    pub score: f64,
}

/// A file whose code came out of, or went into, another file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Kinship {
    /// Position in the new release.
    pub new: usize,
    /// Position in the old release.
    pub old: usize,
    /// The new file was part of the old one (`true`), or the old one became part of the new (`false`).
    pub split: bool,
}

/// All pairs of two releases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pairing {
    /// One to one; sorted by the new file's position.
    pub pairs: Vec<Pair>,
    /// Positions of old files without a successor.
    pub removed: Vec<usize>,
    /// Positions of new files without a predecessor.
    pub added: Vec<usize>,
    /// Splits and mergers among the removed and added; sorted.
    pub kin: Vec<Kinship>,
    /// Programs without a namesake that were too many to be compared by their functions.
    pub left_out: usize,
}

impl Pairing {
    /// The pair of a new file.
    pub fn pair_of(&self, new: usize) -> Option<&Pair> {
        self.pairs.binary_search_by_key(&new, |p| p.new).ok().and_then(|i| self.pairs.get(i))
    }

    /// Splits and mergers of a new file.
    pub fn kin_of(&self, new: usize) -> &[Kinship] {
        let from = self.kin.partition_point(|k| k.new < new);
        let to = self.kin.partition_point(|k| k.new <= new);
        self.kin.get(from..to).unwrap_or_default()
    }

    /// The old files that a new one continues: those merged into it first, the one it is paired with
    /// or was split from last.
    pub fn predecessors(&self, new: usize) -> Vec<usize> {
        let kin = self.kin_of(new);
        let mut out: Vec<usize> = kin.iter().filter(|k| !k.split).map(|k| k.old).collect();
        let split = || kin.iter().find(|k| k.split).map(|k| k.old);
        out.extend(self.pair_of(new).map(|p| p.old).or_else(split));
        out
    }
}

/// Pairs the files of two releases. Once `stop` says so, what is left stays unpaired.
pub fn pair(old: &Sorted<'_>, new: &Sorted<'_>, stop: Stop<'_>) -> Pairing {
    let mut matcher = Matcher::new(old, new, stop);
    matcher.roots();
    matcher.by_key(How::SameBytes, 1.0, |f| Some(format!("{}|{}", f.sha256, f.stem)));
    matcher.by_key(How::SamePath, 1.0, |f| Some(f.path.as_raw().to_owned()));
    matcher.by_key(How::SameStem, 0.95, |f| Some(f.stem.clone()));
    matcher.by_place();
    matcher.by_key(How::SameBytes, 0.95, |f| (f.size > 0).then(|| f.sha256.clone()));
    matcher.by_key(How::SameIdentity, 0.9, |f| f.images.first().and_then(identity_key));
    matcher.by_key(How::SameName, 0.85, |f| Some(member_stem(&f.stem)));
    matcher.by_key(How::SameName, 0.8, |f| Some(crate::version::stem(&f.name)));
    matcher.by_functions();
    matcher.by_bytes();
    matcher.finish()
}

/// The last containers' member path: installers and archives are nested differently when a vendor
/// changes tools, and the files inside stay.
fn member_stem(stem: &str) -> String {
    stem.rsplit("!/").next().unwrap_or(stem).to_owned()
}

/// What a program calls itself, where that is specific enough.
fn identity_key(image: &Image) -> Option<String> {
    let id = &image.identity;
    if let Some(dotnet) = &image.dotnet {
        return Some(format!("assembly {}", dotnet.assembly.to_lowercase()));
    }
    match (&id.link_name, &id.product, &id.original_filename) {
        (_, Some(product), Some(name)) => {
            Some(format!("version {} {}", product.to_lowercase(), name.to_lowercase()))
        }
        (Some(link), ..) => Some(format!("link {}", crate::version::stem(link))),
        _ => None,
    }
}

/// Files of one class may be pairs: code with code for the same processor, never code with text.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Class<'a> {
    Code(ImageKind, &'a str),
    Other(Format),
}

fn class(file: &FileProfile) -> Class<'_> {
    match file.images.first() {
        Some(image) => Class::Code(image.kind, &image.machine),
        None => Class::Other(file.format),
    }
}

/// Works on ranks: places in the lists of files sorted by path.
struct Matcher<'m, 'a> {
    old: &'m Sorted<'a>,
    new: &'m Sorted<'a>,
    stop: Stop<'m>,
    old_free: BTreeSet<usize>,
    new_free: BTreeSet<usize>,
    pairs: Vec<Pair>,
    left_out: usize,
}

impl<'m, 'a> Matcher<'m, 'a> {
    fn new(old: &'m Sorted<'a>, new: &'m Sorted<'a>, stop: Stop<'m>) -> Self {
        Self {
            old,
            new,
            stop,
            old_free: (0..old.len()).collect(),
            new_free: (0..new.len()).collect(),
            pairs: Vec::new(),
            left_out: 0,
        }
    }

    fn take(&mut self, old: usize, new: usize, how: How, score: f64) {
        if self.old_free.contains(&old) && self.new_free.contains(&new) {
            self.old_free.remove(&old);
            self.new_free.remove(&new);
            self.pairs.push(Pair { old, new, how, score });
        }
    }

    /// The artefact itself continues the artefact before it, whatever it has become.
    fn roots(&mut self) {
        match (self.old.root(), self.new.root()) {
            (Some(old), Some(new)) => self.take(old, new, How::SamePath, 1.0),
            (None, Some(new)) => {
                self.new_free.remove(&new);
            }
            _ => {}
        }
    }

    /// Pairs free files whose key is equal and belongs to one free file on each side, or to equally
    /// many on both, which are then taken in order.
    fn by_key(&mut self, how: How, score: f64, key: impl Fn(&FileProfile) -> Option<String>) {
        let table = |files: &Sorted<'a>, free: &BTreeSet<usize>| {
            let mut table: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for &i in free {
                let Some(file) = files.file(i) else { continue };
                if let Some(key) = key(file) {
                    table.entry(key).or_default().push(i);
                }
            }
            table
        };
        if self.old_free.is_empty() || (self.stop)() {
            return;
        }
        let olds = table(self.old, &self.old_free);
        for (key, news) in table(self.new, &self.new_free) {
            let Some(olds) = olds.get(&key) else { continue };
            for (olds, news) in self.classes(how, olds, &news) {
                let certain = olds.len() == news.len() || how == How::SameBytes;
                if certain && (how != How::SameName || news.len() == 1) {
                    for (old, new) in olds.iter().zip(&news) {
                        self.take(*old, *new, how, score);
                    }
                }
            }
        }
    }

    /// Files of one key, those of one class together.
    fn classes(&self, how: How, olds: &[usize], news: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
        if how == How::SameBytes {
            return vec![(olds.to_vec(), news.to_vec())];
        }
        let mut classes: BTreeMap<Option<Class<'_>>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for &i in olds {
            classes.entry(self.old.file(i).map(class)).or_default().0.push(i);
        }
        for &i in news {
            classes.entry(self.new.file(i).map(class)).or_default().1.push(i);
        }
        classes.into_values().collect()
    }

    /// One file in one place is one file, whatever it has become.
    fn by_place(&mut self) {
        let mut olds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &i in self.old_free.iter().rev() {
            let Some(file) = self.old.file(i) else { continue };
            olds.entry(file.path.as_raw()).or_default().push(i);
        }
        let mut found = Vec::new();
        for &new in &self.new_free {
            let path = self.new.file(new).map_or("", |f| f.path.as_raw());
            found.extend(olds.get_mut(path).and_then(Vec::pop).map(|old| (old, new)));
        }
        for (old, new) in found {
            self.take(old, new, How::SamePath, 0.9);
        }
    }

    /// Pairs free programs by the functions that they share.
    fn by_functions(&mut self) {
        let (olds, old_more) = largest(self.old, &self.old_free);
        let (news, new_more) = largest(self.new, &self.new_free);
        if !olds.is_empty() && !news.is_empty() {
            self.left_out = old_more.max(new_more);
        }
        let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
        for &i in &olds {
            for hash in self.old.functions(i) {
                holders.entry(*hash).or_default().push(i);
            }
        }
        let mut found = Vec::new();
        for &new in &news {
            if (self.stop)() {
                return;
            }
            let own = self.new.functions(new);
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for old in own.iter().filter_map(|hash| holders.get(hash)).flatten() {
                *shared.entry(*old).or_default() += 1;
            }
            for (old, common) in shared {
                let share = ratio(common, own.len().max(self.old.functions(old).len()));
                if share >= SHARED_FUNCTIONS_MIN && self.same_class(old, new) {
                    found.push((share, old, new));
                }
            }
        }
        self.take_best(found, How::SharedFunctions);
    }

    fn same_class(&self, old: usize, new: usize) -> bool {
        self.old.file(old).map(class) == self.new.file(new).map(class)
    }

    /// Pairs free files by TLSH distance.
    fn by_bytes(&mut self) {
        let digests = |files: &Sorted<'a>, free: &BTreeSet<usize>| {
            let with = free.iter().filter_map(|&i| {
                let digest: tlsh2::TlshDefault =
                    files.file(i)?.similarity.as_ref()?.parse().ok()?;
                Some((i, digest))
            });
            with.take(BY_BYTES_MAX).collect::<Vec<_>>()
        };
        let (olds, news) = (digests(self.old, &self.old_free), digests(self.new, &self.new_free));
        let mut found = Vec::new();
        for (new, digest) in &news {
            if (self.stop)() {
                return;
            }
            for (old, earlier) in olds.iter().filter(|(old, _)| self.same_class(*old, *new)) {
                let distance = digest.diff(earlier, true);
                if distance <= TLSH_DISTANCE_MAX {
                    found.push((0.8 - f64::from(distance) / 200.0, *old, *new));
                }
            }
        }
        self.take_best(found, How::SimilarBytes);
    }

    fn take_best(&mut self, mut found: Vec<(f64, usize, usize)>, how: How) {
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)).then(a.1.cmp(&b.1)));
        for (score, old, new) in found {
            self.take(old, new, how, score);
        }
    }

    /// Ranks become positions.
    fn finish(self) -> Pairing {
        let mut kin: Vec<Kinship> = self
            .kinships()
            .into_iter()
            .map(|k| Kinship { new: self.new.position(k.new), old: self.old.position(k.old), ..k })
            .collect();
        let mut pairs: Vec<Pair> = self
            .pairs
            .iter()
            .map(|p| Pair { old: self.old.position(p.old), new: self.new.position(p.new), ..*p })
            .collect();
        kin.sort_unstable();
        pairs.sort_by_key(|pair| pair.new);
        let positions = |free: &BTreeSet<usize>, files: &Sorted<'a>| {
            let mut out: Vec<usize> = free.iter().map(|&i| files.position(i)).collect();
            out.sort_unstable();
            out
        };
        Pairing {
            pairs,
            removed: positions(&self.old_free, self.old),
            added: positions(&self.new_free, self.new),
            kin,
            left_out: self.left_out,
        }
    }
}

/// Free programs with enough functions to be known by, those with most first, and how many are left out.
fn largest(files: &Sorted<'_>, free: &BTreeSet<usize>) -> (Vec<usize>, usize) {
    let count = |i: &usize| files.functions(*i).len();
    let mut out: Vec<usize> = free.iter().copied().filter(|i| count(i) >= FUNCTIONS_MIN).collect();
    out.sort_by_key(|i| (std::cmp::Reverse(count(i)), *i));
    let more = out.len().saturating_sub(BY_FUNCTIONS_MAX);
    out.truncate(BY_FUNCTIONS_MAX);
    (out, more)
}

/// A share of counts; both fit a double exactly in all real files.
#[expect(clippy::cast_precision_loss, reason = "counts of functions and files are far below 2^53")]
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests;
