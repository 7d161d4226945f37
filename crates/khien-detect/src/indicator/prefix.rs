//! Which of many texts a given text begins with.

/// Texts in order, each knowing the longest other one that it begins with.
///
/// A text's own prefixes among them form a chain, so one binary search finds them all.
#[derive(Clone, Debug, Default)]
pub(super) struct PrefixIndex {
    /// Indicator numbers, ordered by text.
    ordered: Vec<u32>,
    /// For each place in `ordered`, the place of its longest prefix + 1; 0 when it has none.
    parents: Vec<u32>,
}

impl PrefixIndex {
    /// Orders the numbers by their texts.
    pub(super) fn build<'t>(mut numbers: Vec<u32>, text_of: impl Fn(u32) -> &'t str) -> Self {
        numbers.sort_by(|a, b| text_of(*a).cmp(text_of(*b)).then(a.cmp(b)));
        let mut parents = Vec::with_capacity(numbers.len());
        let mut open: Vec<(u32, &str)> = Vec::new();
        for (number, place) in numbers.iter().zip(1_u32..) {
            let text = text_of(*number);
            while open.last().is_some_and(|(_, prefix)| !text.starts_with(prefix)) {
                open.pop();
            }
            parents.push(open.last().map_or(0, |(place, _)| *place));
            open.push((place, text));
        }
        numbers.shrink_to_fit();
        Self { ordered: numbers, parents }
    }

    /// Reports every number whose text the given text begins with.
    pub(super) fn each<'t>(
        &self,
        text: &str,
        text_of: impl Fn(u32) -> &'t str,
        mut report: impl FnMut(u32),
    ) {
        let mut place = self.ordered.partition_point(|number| text_of(*number) <= text);
        let shared = match place.checked_sub(1).and_then(|at| self.ordered.get(at)) {
            Some(nearest) => {
                text_of(*nearest).bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count()
            }
            None => return,
        };
        while let Some(at) = place.checked_sub(1) {
            let Some(number) = self.ordered.get(at) else { return };
            if text_of(*number).len() <= shared {
                report(*number);
            }
            place = self.parents.get(at).map_or(0, |parent| *parent as usize);
        }
    }

    /// Whether there is no text.
    pub(super) const fn is_empty(&self) -> bool {
        self.ordered.is_empty()
    }

    /// How many bytes the index holds.
    pub(super) const fn bytes(&self) -> usize {
        let numbers = self.ordered.capacity().saturating_add(self.parents.capacity());
        numbers.saturating_mul(size_of::<u32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_exactly_the_prefixes(
            texts in prop::collection::vec("[abé]{0,4}", 0..20),
            text in "[abé]{0,6}",
        ) {
            let text_of = |number: u32| texts[number as usize].as_str();
            let numbers = (0..).take(texts.len()).collect();
            let mut found = Vec::new();
            PrefixIndex::build(numbers, text_of).each(&text, text_of, |number| found.push(number));
            found.sort_unstable();
            let expected: Vec<u32> =
                (0..).take(texts.len()).filter(|n| text.starts_with(text_of(*n))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
