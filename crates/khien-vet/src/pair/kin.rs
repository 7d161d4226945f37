//! Files that were split, and files that were merged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Kinship, Matcher, Sorted, class, largest, ratio};

/// Functions below which a part is too little to be known by them.
const PART_FUNCTIONS_MIN: usize = 16;
/// Share of a part's functions that the whole must have.
const PART_SHARE: f64 = 0.7;

impl Matcher<'_, '_> {
    /// A new file most of whose functions an old file had was split off; an old file most of whose
    /// functions a new one has was merged in. In ranks.
    pub(super) fn kinships(&self) -> Vec<Kinship> {
        let split = self.wholes(self.new, &self.new_free, self.old);
        let merged = self.wholes(self.old, &self.old_free, self.new);
        let split = split.into_iter().map(|(new, old)| Kinship { new, old, split: true });
        let merged = merged.into_iter().map(|(old, new)| Kinship { new, old, split: false });
        split.chain(merged).collect()
    }

    /// For each free part, the file of the other release that has most of its functions.
    fn wholes(
        &self,
        parts: &Sorted<'_>,
        free: &BTreeSet<usize>,
        others: &Sorted<'_>,
    ) -> Vec<(usize, usize)> {
        let candidates = largest(parts, free).0;
        let mut wanted: HashMap<u64, Vec<usize>> = HashMap::new();
        for &part in candidates.iter().filter(|p| parts.functions(**p).len() >= PART_FUNCTIONS_MIN)
        {
            for hash in parts.functions(part) {
                wanted.entry(*hash).or_default().push(part);
            }
        }
        // Part to (functions in common, the whole's rank): most in common, then the first by path.
        let mut best: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        if wanted.is_empty() {
            return Vec::new();
        }
        for whole in 0..others.len() {
            if others.functions(whole).len() < PART_FUNCTIONS_MIN {
                continue;
            }
            if (self.stop)() {
                return Vec::new();
            }
            let mut common: BTreeMap<usize, usize> = BTreeMap::new();
            for part in others.functions(whole).iter().filter_map(|hash| wanted.get(hash)).flatten()
            {
                *common.entry(*part).or_default() += 1;
            }
            for (part, count) in common {
                let same_class = parts.file(part).map(class) == others.file(whole).map(class);
                let is_part = ratio(count, parts.functions(part).len()) >= PART_SHARE;
                if same_class && is_part && best.get(&part).is_none_or(|known| count > known.0) {
                    best.insert(part, (count, whole));
                }
            }
        }
        best.into_iter().map(|(part, (_, whole))| (part, whole)).collect()
    }
}
