//! Words that are looked for in one pass over a value, whatever their number.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::bits::Bits;
use super::witness::{Anchor, folded};

/// Words with the rules that want them, and where.
pub(super) type Needles = HashMap<String, Vec<(u32, Anchor)>, foldhash::fast::FixedState>;

/// The rules that want a word, and where.
type Wanted = Box<[(u32, Anchor)]>;

/// Words, and the rules that want them.
#[derive(Default)]
pub(super) struct Words {
    automaton: Option<AhoCorasick>,
    /// By word.
    rules: Box<[Wanted]>,
    skip: Option<Skip>,
    /// Whether a word could stand in a number, written out.
    pub(super) may_be_in_number: bool,
}

impl Words {
    /// Fails with the rules concerned, when the words are too many for an automaton.
    pub(super) fn new(needles: Needles) -> Result<Self, Vec<u32>> {
        if needles.is_empty() {
            return Ok(Self::default());
        }
        let mut needles: Vec<_> = needles.into_iter().collect();
        needles.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let builder = |kind| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .ascii_case_insensitive(true)
                .kind(kind)
                .build(needles.iter().map(|(word, _)| word))
        };
        let automaton = builder(Some(AhoCorasickKind::DFA)).or_else(|_| builder(None));
        let Ok(automaton) = automaton else {
            return Err(needles.iter().flat_map(|n| n.1.iter().map(|(rule, _)| *rule)).collect());
        };
        let in_number = |c: char| c.is_ascii_digit() || "+-.einfatrulsNI".contains(c);
        let may_be_in_number = needles.iter().any(|(word, _)| word.chars().all(in_number));
        let skip = Skip::new(needles.iter().map(|(word, _)| word.as_bytes()));
        let rules = needles.into_iter().map(|(_, rules)| rules.into()).collect();
        Ok(Self { automaton: Some(automaton), rules, skip, may_be_in_number })
    }

    /// Adds the rules that a text speaks for.
    pub(super) fn scan(&self, text: &str, found: &mut Bits) {
        let Some(automaton) = &self.automaton else { return };
        // The automaton ignores the case of ASCII letters itself.
        let text = if text.is_ascii() { text.into() } else { folded(text) };
        if self.skip.as_ref().is_some_and(|skip| !skip.may_hold(text.as_bytes())) {
            return;
        }
        for hit in automaton.find_overlapping_iter(&*text) {
            let rules = self.rules.get(hit.pattern().as_usize());
            for (rule, anchor) in rules.into_iter().flatten() {
                let fits = match anchor {
                    Anchor::Any => true,
                    Anchor::Start => hit.start() == 0,
                    Anchor::End => hit.end() == text.len(),
                };
                if fits {
                    found.insert(*rule);
                }
            }
        }
    }
}

/// Tells most texts without any word by looking at every few bytes only, after Wu and Manber: three
/// bytes that stand in no word's head let the search go on behind them.
struct Skip {
    /// By three bytes: how far the next place to look at is; 0 where a head may end.
    shifts: Box<[u8; SHIFTS]>,
    /// The length of the heads: that of the shortest word.
    head: usize,
}

const SHIFTS: usize = 1 << SHIFT_BITS;
const SHIFT_BITS: u32 = 13;
/// What is left of a product of 32 bits when the place is taken from its top.
const BITS_BELOW: u32 = u32::BITS - SHIFT_BITS;
/// With shorter heads the search would not skip enough to be worth it.
const HEAD_MIN: usize = 6;
/// With more words most bytes would stand in one.
const SKIP_WORDS_MAX: usize = 256;

impl Skip {
    fn new<'w>(words: impl ExactSizeIterator<Item = &'w [u8]> + Clone) -> Option<Self> {
        let head = words.clone().map(<[u8]>::len).min()?.min(usize::from(u8::MAX));
        if head < HEAD_MIN || words.len() > SKIP_WORDS_MAX {
            return None;
        }
        let furthest = u8::try_from(head.saturating_sub(2)).ok()?;
        let mut shifts = Box::new([furthest; SHIFTS]);
        for word in words {
            let heads = word.get(..head)?.windows(3).rev();
            for (shift, bytes) in (0..furthest).zip(heads) {
                if let Some(entry) = shifts.get_mut(place_of(bytes)) {
                    *entry = shift.min(*entry);
                }
            }
        }
        Some(Self { shifts, head })
    }

    fn may_hold(&self, text: &[u8]) -> bool {
        let mut at = self.head.saturating_sub(3);
        while let Some(bytes) = text.get(at..at.saturating_add(3)) {
            match self.shifts.get(place_of(bytes)) {
                Some(0) => return true,
                Some(shift) => at = at.saturating_add(usize::from(*shift)),
                None => return true,
            }
        }
        false
    }
}

/// The place of three bytes; letters of either case have the same.
fn place_of(bytes: &[u8]) -> usize {
    let number = bytes.iter().fold(0, |number: u32, byte| number << 8 | u32::from(byte | 0x20));
    (number.wrapping_mul(0x9e37_79b1) >> BITS_BELOW) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_word_is_never_skipped(
            words in prop::collection::vec("[a-d\\\\ ]{6,9}", 1..5),
            before in "[a-dA-D\\\\ ]{0,20}",
            after in "[a-dA-D]{0,20}",
            number in any::<prop::sample::Index>(),
            upper in any::<bool>(),
        ) {
            let skip = Skip::new(words.iter().map(|word| word.as_bytes())).unwrap();
            let word = &words[number.index(words.len())];
            let word = if upper { word.to_ascii_uppercase() } else { word.clone() };
            let text = format!("{before}{word}{after}");
            prop_assert!(skip.may_hold(text.as_bytes()));
        }

        #[test]
        fn a_scan_finds_what_the_text_holds(
            words in prop::collection::btree_set("[a-cſé]{1,7}", 1..6),
            text in "[a-cA-CſSÉé]{0,30}",
        ) {
            let anchors = [Anchor::Any, Anchor::Start, Anchor::End];
            let numbered = (0_u32..).zip(words.iter().flat_map(|w| anchors.map(|a| (w, a))));
            let mut needles = Needles::default();
            for (rule, (word, anchor)) in numbered.clone() {
                needles.entry(folded(word).into_owned()).or_default().push((rule, anchor));
            }
            let mut found = Bits::new(words.len() * 3);
            Words::new(needles).unwrap().scan(&text, &mut found);
            let lower = folded(&text);
            let expected = numbered.filter(|(_, (word, anchor))| {
                let word = folded(word);
                match anchor {
                    Anchor::Any => lower.contains(&*word),
                    Anchor::Start => lower.starts_with(&*word),
                    Anchor::End => lower.ends_with(&*word),
                }
            });
            let expected: Vec<u32> = expected.map(|(rule, _)| rule).collect();
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        }
    }
}
