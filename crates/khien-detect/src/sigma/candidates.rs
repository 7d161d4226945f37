//! Words of all rules in one place: one pass over a value tells which rules may match.
//!
//! The answer may hold rules that do not match, never lack one that does (see [`super::witness`]).

use std::collections::HashMap;

use khien_model::{Event, Scalar};
use rsigma_eval::EventValue;

use super::bits::Bits;
use super::program::Program;
use super::values::Values;
use super::witness::{Anchor, Witness, folded, gate};
use super::words::{Needles, Words};

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// What must be seen in an event for the rules of an engine.
pub(super) struct Index {
    /// Rules that may match whatever is seen.
    always: Bits,
    /// Rules that may match as soon as a field is there, by field.
    present: Map<u32, Vec<u32>>,
    fields: Map<u32, FieldWords>,
    keywords: Words,
    keyword_rules: Bits,
}

/// What is looked for in one field.
struct FieldWords {
    equal: Map<Box<str>, Vec<u32>>,
    words: Words,
    rules: Bits,
}

impl Index {
    pub(super) fn new(programs: &[Program]) -> Self {
        let count = programs.len();
        let mut index = Self {
            always: Bits::new(count),
            present: Map::default(),
            fields: Map::default(),
            keywords: Words::default(),
            keyword_rules: Bits::new(count),
        };
        let (mut equal, mut words) =
            (Map::<u32, Map<Box<str>, Vec<u32>>>::default(), Map::default());
        let mut anywhere = Needles::default();
        for (rule, program) in (0_u32..).zip(programs) {
            let Some(witnesses) = gate(program) else {
                index.always.insert(rule);
                continue;
            };
            for witness in witnesses {
                match witness {
                    Witness::Present(slot) => index.present.entry(slot).or_default().push(rule),
                    Witness::Equal(slot, text) => {
                        let texts = equal.entry(slot).or_default();
                        texts.entry(text.into()).or_default().push(rule);
                    }
                    Witness::Word(slot, word, anchor) => {
                        let words: &mut Needles = words.entry(slot).or_default();
                        words.entry(word).or_default().push((rule, anchor));
                    }
                    Witness::Anywhere(word) => {
                        index.keyword_rules.insert(rule);
                        anywhere.entry(word).or_default().push((rule, Anchor::Any));
                    }
                }
            }
        }
        let mut slots: Vec<u32> = equal.keys().chain(words.keys()).copied().collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            let equal = equal.remove(&slot).unwrap_or_default();
            let words = words.remove(&slot).unwrap_or_default();
            index.add_field(slot, equal, words, count);
        }
        index.keywords = Words::new(anywhere).unwrap_or_else(|rules| {
            rules.iter().for_each(|rule| index.always.insert(*rule));
            Words::default()
        });
        index
    }

    fn add_field(
        &mut self,
        slot: u32,
        equal: Map<Box<str>, Vec<u32>>,
        words: Needles,
        count: usize,
    ) {
        let mut rules = Bits::new(count);
        equal.values().for_each(|own| rules.insert_all(own));
        words.values().flatten().for_each(|(rule, _)| rules.insert(*rule));
        let words = Words::new(words).unwrap_or_else(|rules| {
            rules.iter().for_each(|rule| self.always.insert(*rule));
            Words::default()
        });
        self.fields.insert(slot, FieldWords { equal, words, rules });
    }

    /// Adds the rules that may match whatever the values of these fields are.
    pub(super) fn open(&self, present: &[u32], open: &mut Bits) {
        open.copy_from(&self.always);
        for rules in present.iter().filter_map(|slot| self.present.get(slot)) {
            open.insert_all(rules);
        }
    }

    /// The rules that look for words in a field.
    pub(super) fn rules_of(&self, slot: u32) -> Option<&Bits> {
        self.fields.get(&slot).map(|field| &field.rules)
    }

    /// The rules that look for words in any value.
    pub(super) const fn keyword_rules(&self) -> &Bits {
        &self.keyword_rules
    }

    /// Adds the rules that a field's values speak for.
    pub(super) fn scan_field(&self, slot: u32, values: &Values<'_, '_>, found: &mut Bits) {
        if let (Some(field), Some(value)) = (self.fields.get(&slot), values.get(slot)) {
            field.scan(value.raw(), found);
        }
    }

    /// Adds the rules that any value speaks for.
    pub(super) fn scan_all(&self, event: &Event, found: &mut Bits) {
        for (_, scalar, _) in event.fields() {
            match scalar {
                Scalar::Str(text) => self.keywords.scan(text, found),
                Scalar::Null => {}
                number if self.keywords.may_be_in_number => {
                    self.keywords.scan(&number.to_string(), found);
                }
                _ => {}
            }
        }
    }
}

impl FieldWords {
    fn scan(&self, value: &EventValue<'_>, found: &mut Bits) {
        match value {
            EventValue::Str(text) => self.scan_text(text, found),
            EventValue::Int(number) => self.scan_text(&number.to_string(), found),
            EventValue::Float(number) => self.scan_text(&number.to_string(), found),
            EventValue::Bool(flag) => self.scan_text(if *flag { "true" } else { "false" }, found),
            EventValue::Array(values) => values.iter().for_each(|value| self.scan(value, found)),
            _ => {}
        }
    }

    fn scan_text(&self, text: &str, found: &mut Bits) {
        if !self.equal.is_empty()
            && let Some(rules) = self.equal.get(&*folded(text))
        {
            found.insert_all(rules);
        }
        self.words.scan(text, found);
    }
}
