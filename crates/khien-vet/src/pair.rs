//! Which file of a new release continues which file of an old one.
//!
//! A step of its own with a score for each pair, because everything after it is only as good as it:
//! a file that is paired with nothing looks new as a whole. Candidates come from equal bytes, equal
//! paths, paths without versions, identity that the file carries, equal names, shared functions and
//! similar bytes; the best pairs are taken first, one to one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use khien_binary::Image;
use serde::{Deserialize, Serialize};

use crate::profile::{FileProfile, ReleaseProfile};

/// Candidates looked at for a file by its functions or bytes.
const CANDIDATES_MAX: usize = 400;
/// TLSH distance up to which bytes are called similar (the authors' tables: below 70 about 1 % false).
const TLSH_DISTANCE_MAX: i32 = 70;
/// Share of functions in common from which code is called the same component.
const SHARED_FUNCTIONS_MIN: f64 = 0.4;

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

/// A file of the new release whose code came out of, or went into, another file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Kinship {
    /// Position in the old release.
    pub old: usize,
    /// Position in the new release.
    pub new: usize,
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
    /// Splits and mergers among the removed and added.
    pub kin: Vec<Kinship>,
}

impl Pairing {
    /// The old file that a new one continues, or was split from.
    pub fn predecessor(&self, new: usize) -> Option<usize> {
        let pair =
            self.pairs.binary_search_by_key(&new, |p| p.new).ok().and_then(|i| self.pairs.get(i));
        pair.map(|p| p.old)
            .or_else(|| self.kin.iter().find(|k| k.new == new && k.split).map(|k| k.old))
    }
}

/// Pairs the files of two releases.
pub fn pair(old: &ReleaseProfile, new: &ReleaseProfile) -> Pairing {
    let mut matcher = Matcher::new(&old.files, &new.files);
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
fn class(file: &FileProfile) -> String {
    match file.images.first() {
        Some(image) => format!("{:?} {}", image.kind, image.machine),
        None => format!("{:?}", file.format),
    }
}

struct Matcher<'a> {
    old: &'a [FileProfile],
    new: &'a [FileProfile],
    old_free: BTreeSet<usize>,
    new_free: BTreeSet<usize>,
    pairs: Vec<Pair>,
}

impl<'a> Matcher<'a> {
    fn new(old: &'a [FileProfile], new: &'a [FileProfile]) -> Self {
        Self {
            old,
            new,
            old_free: (0..old.len()).collect(),
            new_free: (0..new.len()).collect(),
            pairs: Vec::new(),
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
        let root = |files: &[FileProfile]| files.iter().position(|f| f.path.as_raw().is_empty());
        match (root(self.old), root(self.new)) {
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
        let table = |files: &[FileProfile], free: &BTreeSet<usize>| {
            let mut table: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
            for &i in free {
                let Some(file) = files.get(i) else { continue };
                let class = if how == How::SameBytes { String::new() } else { class(file) };
                if let Some(key) = key(file) {
                    table.entry((class, key)).or_default().push(i);
                }
            }
            table
        };
        let olds = table(self.old, &self.old_free);
        for (key, news) in table(self.new, &self.new_free) {
            let Some(olds) = olds.get(&key) else { continue };
            let certain = olds.len() == news.len() || how == How::SameBytes;
            if certain && (how != How::SameName || news.len() == 1) {
                for (old, new) in olds.iter().zip(&news) {
                    self.take(*old, *new, how, score);
                }
            }
        }
    }

    /// One file in one place is one file, whatever it has become.
    fn by_place(&mut self) {
        let olds: BTreeMap<&str, usize> = self
            .old_free
            .iter()
            .filter_map(|&i| Some((self.old.get(i)?.path.as_raw(), i)))
            .collect();
        let found: Vec<(usize, usize)> = self
            .new_free
            .iter()
            .filter_map(|&new| Some((*olds.get(self.new.get(new)?.path.as_raw())?, new)))
            .collect();
        for (old, new) in found {
            self.take(old, new, How::SamePath, 0.9);
        }
    }

    /// Pairs free programs by the functions that they share.
    fn by_functions(&mut self) {
        let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
        for i in candidates(self.old, &self.old_free) {
            for hash in self.old.get(i).map(functions).unwrap_or_default() {
                holders.entry(hash).or_default().push(i);
            }
        }
        let mut found = Vec::new();
        for new in candidates(self.new, &self.new_free) {
            let Some(file) = self.new.get(new) else { continue };
            let own = functions(file);
            if own.len() < 8 {
                continue;
            }
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for old in own.iter().filter_map(|hash| holders.get(hash)).flatten() {
                *shared.entry(*old).or_default() += 1;
            }
            for (old, common) in shared {
                let Some(before) = self.old.get(old) else { continue };
                let all = own.len().max(functions(before).len());
                let share = ratio(common, all);
                if share >= SHARED_FUNCTIONS_MIN && class(before) == class(file) {
                    found.push((share, old, new));
                }
            }
        }
        self.take_best(found, How::SharedFunctions);
    }

    /// Pairs free files by TLSH distance.
    fn by_bytes(&mut self) {
        let mut found = Vec::new();
        let olds = candidates(self.old, &self.old_free);
        for new in candidates(self.new, &self.new_free) {
            let Some((file, digest)) = self.new.get(new).and_then(with_digest) else { continue };
            for &old in &olds {
                let Some((before, earlier)) = self.old.get(old).and_then(with_digest) else {
                    continue;
                };
                let distance = digest.diff(&earlier, true);
                if distance <= TLSH_DISTANCE_MAX && class(before) == class(file) {
                    found.push((0.8 - f64::from(distance) / 200.0, old, new));
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

    fn finish(mut self) -> Pairing {
        self.pairs.sort_by_key(|pair| pair.new);
        let kin = self.kinships();
        Pairing {
            pairs: self.pairs,
            removed: self.old_free.into_iter().collect(),
            added: self.new_free.into_iter().collect(),
            kin,
        }
    }

    /// A new file most of whose functions an old, paired file had was split off; an old file most
    /// of whose functions a new, paired file has was merged in.
    fn kinships(&self) -> Vec<Kinship> {
        let mut kin = Vec::new();
        for new in candidates(self.new, &self.new_free) {
            let parent = self
                .pairs
                .iter()
                .map(|p| p.old)
                .find(|&old| contains(self.old.get(old), self.new.get(new)));
            kin.extend(parent.map(|old| Kinship { old, new, split: true }));
        }
        for old in candidates(self.old, &self.old_free) {
            let heir = self
                .pairs
                .iter()
                .map(|p| p.new)
                .find(|&new| contains(self.new.get(new), self.old.get(old)));
            kin.extend(heir.map(|new| Kinship { old, new, split: false }));
        }
        kin
    }
}

/// The free files that are compared each with each, programs first: what is bounded must not be
/// filled up with texts.
fn candidates(files: &[FileProfile], free: &BTreeSet<usize>) -> Vec<usize> {
    let is_program = |i: &usize| files.get(*i).is_some_and(FileProfile::is_program);
    let (programs, others): (Vec<usize>, Vec<usize>) = free.iter().copied().partition(is_program);
    programs.into_iter().chain(others).take(CANDIDATES_MAX).collect()
}

fn with_digest(file: &FileProfile) -> Option<(&FileProfile, tlsh2::TlshDefault)> {
    Some((file, file.similarity.as_ref()?.parse().ok()?))
}

fn contains(whole: Option<&FileProfile>, part: Option<&FileProfile>) -> bool {
    let (Some(whole), Some(part)) = (whole, part) else { return false };
    let part = functions(part);
    if part.len() < 16 || class_of_code(whole).is_none() {
        return false;
    }
    let whole: BTreeSet<u64> = functions(whole).into_iter().collect();
    ratio(part.iter().filter(|hash| whole.contains(hash)).count(), part.len()) >= 0.7
}

fn class_of_code(file: &FileProfile) -> Option<&str> {
    file.images.first().map(|image| image.machine.as_str())
}

/// Hashes of a file's functions, over all its images, each once.
pub(crate) fn functions(file: &FileProfile) -> Vec<u64> {
    let mut all: Vec<u64> =
        file.images.iter().flat_map(|i| i.functions.all.iter().map(|f| f.hash)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// A share of counts; both fit a double exactly in all real files.
#[expect(clippy::cast_precision_loss, reason = "counts of functions and files are far below 2^53")]
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
