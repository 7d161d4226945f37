//! What the words of columns come to, by their numbers: worked out once for each.

use khien_detect::indicator::{Observables, Reading};

use crate::columns::COLUMNS;

/// One number for each word of a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    /// The number and one; 0 where it is not known yet.
    known: Vec<u32>,
}

impl Memo {
    /// What a word comes to.
    pub(crate) fn of(&mut self, key: u32, make: impl FnOnce() -> u32) -> u32 {
        let at = key as usize;
        if let Some(known) = self.known.get(at).and_then(|known| known.checked_sub(1)) {
            return known;
        }
        let made = make();
        if self.known.len() <= at {
            self.known.resize(at.saturating_add(1), 0);
        }
        if let Some(slot) = self.known.get_mut(at) {
            *slot = made.saturating_add(1);
        }
        made
    }
}

/// The observables that the words of columns show, by column and way of reading.
#[derive(Debug, Default)]
pub(crate) struct Memos {
    /// By column, then by [`side`].
    columns: Vec<[Vec<Option<Part>>; SIDES]>,
    numbers: Vec<u32>,
    /// The age of the numbers.
    age: u64,
}

/// A part of the numbers: where it begins, and how many.
type Part = (u32, u16);

const SIDES: usize = 3;

/// A column is read as free text, as a version, or as what it is known to hold.
const fn side(reading: Reading) -> usize {
    match reading {
        Reading::Text => 0,
        Reading::Version => 1,
        _ => 2,
    }
}

impl Memos {
    /// Forgets all when the observables' numbers began anew.
    pub(crate) fn begin(&mut self, age: u64) {
        if self.age != age {
            *self = Self { age, ..Self::default() };
        }
    }

    /// The event at hand shows what a word of a column shows.
    pub(crate) fn mark(
        &mut self,
        place: usize,
        reading: Reading,
        key: u32,
        text: &str,
        found: &mut Observables,
    ) {
        if self.columns.is_empty() {
            self.columns.resize(COLUMNS.len(), Default::default());
        }
        let known = self.columns.get_mut(place).and_then(|sides| sides.get_mut(side(reading)));
        let Some(known) = known else { return };
        let at = key as usize;
        if known.len() <= at {
            known.resize(at.saturating_add(1), None);
        }
        let Some(slot) = known.get_mut(at) else { return };
        let (from, count) = match *slot {
            Some(part) => part,
            None => {
                let from = self.numbers.len();
                found.shown_by(reading, text, &mut self.numbers);
                let count = self.numbers.len().saturating_sub(from);
                let (Ok(from), Ok(count)) = (u32::try_from(from), u16::try_from(count)) else {
                    // A text that shows more than any event may keep is read each time.
                    self.numbers.truncate(from);
                    found.read(reading, text);
                    return;
                };
                *slot.insert((from, count))
            }
        };
        let from = from as usize;
        let numbers = self.numbers.get(from..from.saturating_add(usize::from(count)));
        found.mark(numbers.unwrap_or_default());
    }
}
