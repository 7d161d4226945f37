//! A set of rules, as one bit a rule.

/// Rules by their place in an engine.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set with room for so many rules.
    pub(super) fn new(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64)])
    }

    /// Adds a rule; one beyond the room is left out.
    pub(super) fn insert(&mut self, rule: u32) {
        if let Some(word) = self.0.get_mut(rule as usize / 64) {
            *word |= 1 << (rule % 64);
        }
    }

    /// Adds several rules.
    pub(super) fn insert_all(&mut self, rules: &[u32]) {
        rules.iter().for_each(|rule| self.insert(*rule));
    }

    /// Makes this a copy of another set, without allocating where there is room.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.0.clone_from(&other.0);
    }

    /// Takes out what is not in the other set.
    pub(super) fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own &= other);
    }

    /// Whether a rule is in this set and in `other`, but not in `without`.
    pub(super) fn shares(&self, other: &Self, without: &Self) -> bool {
        let mut words = self.0.iter().zip(&other.0).zip(&without.0);
        words.any(|((own, other), without)| own & other & !without != 0)
    }

    /// The rules, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        (0_u32..).step_by(64).zip(&self.0).flat_map(|(first, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left.wrapping_sub(1);
                Some(first | bit)
            })
        })
    }
}
