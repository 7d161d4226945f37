//! Texts as small numbers, so that state holds no text twice and comparing costs nothing.
//!
//! Numbers depend on the order of arrival, so no result may depend on them: what must be ordered is
//! ordered by [`Words::hash_of`] or by the text.

use std::hash::{BuildHasher, Hasher};

use serde::{Deserialize, Serialize};

/// A text in [`Words`]; the empty text is number 0.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
#[serde(transparent)]
pub(crate) struct Word(u32);

impl Word {
    /// The empty text.
    pub(crate) const NONE: Self = Self(0);

    /// Whether this is the empty text.
    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Bound: bytes of one text; longer ones are cut.
const TEXT_BYTES_MAX: usize = 1024;

/// The texts.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    texts: Vec<Box<str>>,
    hashes: Vec<u64>,
    /// Open addressing over numbers; 0 is free. Its length is a power of two.
    slots: Vec<u32>,
    free: Vec<u32>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            texts: vec![Box::default()],
            hashes: vec![0],
            slots: vec![0; 1024],
            free: Vec::new(),
        }
    }
}

/// A hash that is the same in every run and on every machine.
pub(crate) fn hash_of(bytes: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0x6c69_6e65).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// Joins a number to a hash.
pub(crate) const fn join(hash: u64, more: u64) -> u64 {
    (hash.rotate_left(23) ^ more).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Words {
    /// The number of a text.
    pub(crate) fn word(&mut self, text: &str) -> Word {
        if text.is_empty() {
            return Word::NONE;
        }
        let text = cut(text);
        let hash = hash_of(text.as_bytes());
        let mask = self.slots.len() - 1;
        let mut slot = slot_of(hash, mask);
        while let Some(&number) = self.slots.get(slot).filter(|number| **number != 0) {
            let at = number as usize;
            if self.hashes.get(at) == Some(&hash)
                && self.texts.get(at).is_some_and(|t| **t == *text)
            {
                return Word(number);
            }
            slot = (slot + 1) & mask;
        }
        self.insert(text, hash, slot)
    }

    fn insert(&mut self, text: &str, hash: u64, slot: usize) -> Word {
        let number = match self.free.pop() {
            Some(number) => {
                if let Some(place) = self.texts.get_mut(number as usize) {
                    *place = text.into();
                }
                if let Some(place) = self.hashes.get_mut(number as usize) {
                    *place = hash;
                }
                number
            }
            None => {
                let Ok(number) = u32::try_from(self.texts.len()) else { return Word::NONE };
                self.texts.push(text.into());
                self.hashes.push(hash);
                number
            }
        };
        if let Some(place) = self.slots.get_mut(slot) {
            *place = number;
        }
        if self.len() * 2 > self.slots.len() {
            self.fill_slots(self.slots.len() * 2);
        }
        Word(number)
    }

    /// The text of a number.
    pub(crate) fn text(&self, word: Word) -> &str {
        self.texts.get(word.index()).map_or("", |text| text)
    }

    /// A hash of the text, the same in every run.
    pub(crate) fn hash_of(&self, word: Word) -> u64 {
        self.hashes.get(word.index()).copied().unwrap_or(0)
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len() - self.free.len()
    }

    /// One more than the highest number.
    pub(crate) fn end(&self) -> usize {
        self.texts.len()
    }

    /// Forgets every text that is not marked.
    pub(crate) fn sweep(&mut self, marked: &[bool]) {
        self.free.clear();
        for number in 1..self.texts.len() {
            if marked.get(number).copied().unwrap_or(false) {
                continue;
            }
            if let Some(text) = self.texts.get_mut(number) {
                *text = Box::default();
            }
            if let Some(hash) = self.hashes.get_mut(number) {
                *hash = 0;
            }
            self.free.extend(u32::try_from(number));
        }
        self.fill_slots(self.slots.len());
    }

    fn fill_slots(&mut self, size: usize) {
        self.slots.clear();
        self.slots.resize(size, 0);
        let mask = size - 1;
        for (number, (text, hash)) in self.texts.iter().zip(&self.hashes).enumerate() {
            if text.is_empty() {
                continue;
            }
            let mut slot = slot_of(*hash, mask);
            while self.slots.get(slot).is_some_and(|taken| *taken != 0) {
                slot = (slot + 1) & mask;
            }
            if let Some(free) = self.slots.get_mut(slot) {
                *free = u32::try_from(number).unwrap_or(0);
            }
        }
    }

    /// Rough bytes of memory.
    pub(crate) fn memory_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|text| text.len() + 24).sum();
        texts + self.slots.len() * 4
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the mask keeps the low bits")]
const fn slot_of(hash: u64, mask: usize) -> usize {
    hash as usize & mask
}

/// The longest beginning within the bound that is whole characters.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or(text)
}

impl Serialize for Words {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.texts.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut texts = Vec::<Box<str>>::deserialize(deserializer)?;
        if texts.is_empty() {
            texts.push(Box::default());
        }
        let hashes = texts.iter().map(|text| match text.is_empty() {
            true => 0,
            false => hash_of(text.as_bytes()),
        });
        let hashes: Vec<u64> = hashes.collect();
        let free = (1..texts.len()).filter(|at| texts.get(*at).is_some_and(|t| t.is_empty()));
        let free = free.filter_map(|at| u32::try_from(at).ok()).collect();
        let size = (texts.len() * 4).next_power_of_two().max(1024);
        let mut words = Self { texts, hashes, slots: Vec::new(), free };
        words.fill_slots(size);
        Ok(words)
    }
}

/// Maps whose keys are no text, written as lists of pairs.
pub(crate) mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<'m, M, S>(map: &'m M, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'m M: IntoIterator<Item: Serialize>,
        S: Serializer,
    {
        serializer.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, M, D>(deserializer: D) -> Result<M, D::Error>
    where
        M: IntoIterator<Item: Deserialize<'de>> + FromIterator<M::Item>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<M::Item>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// The same for sorted maps.
pub(crate) mod ordered_pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_keeps_its_number_until_it_is_forgotten(texts in prop::collection::vec("[a-f]{0,3}", 0..600), keep in any::<u64>()) {
            let mut words = Words::default();
            let numbers: Vec<Word> = texts.iter().map(|text| words.word(text)).collect();
            for (text, number) in texts.iter().zip(&numbers) {
                prop_assert_eq!(words.word(text), *number);
                prop_assert_eq!(words.text(*number), text.as_str());
            }
            let marked: Vec<bool> = (0..words.end()).map(|i| keep >> (i % 64) & 1 == 1).collect();
            words.sweep(&marked);
            let again: Words = serde_json::from_str(&serde_json::to_string(&words).unwrap()).unwrap();
            let mut again = again;
            for (text, number) in texts.iter().zip(&numbers) {
                if marked[number.index()] {
                    prop_assert_eq!(words.word(text), *number);
                    prop_assert_eq!(again.word(text), *number);
                }
            }
            prop_assert_eq!(words.text(Word::NONE), "");
            for text in &texts {
                let number = words.word(text);
                prop_assert_eq!(words.text(number), text.as_str());
            }
        }
    }

    #[test]
    fn a_text_without_end_is_cut_at_a_character() {
        let mut words = Words::default();
        let number = words.word(&"đ".repeat(5000));
        assert_eq!(words.text(number).len(), TEXT_BYTES_MAX);
    }
}
