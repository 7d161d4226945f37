//! The time that any of several connections covers.

use std::collections::BTreeMap;

/// Bound: separate spans that are kept. Beyond, the two with the shortest gap between them become
/// one, which counts that gap as covered.
const SPANS_MAX: usize = 256;

/// Spans of seconds that neither touch nor overlap, start to end. The order of adding changes
/// nothing (within the bound), and two of them merge.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Union {
    spans: BTreeMap<i64, i64>,
}

impl Union {
    /// Adds a span; one that ends before it starts, or at once, adds nothing.
    pub fn add(&mut self, start_s: i64, end_s: i64) {
        if end_s <= start_s {
            return;
        }
        let (mut start, mut end) = (start_s, end_s);
        // Every span that begins by this one's end, last first, until one ends before it begins.
        while let Some((from, to)) = self.spans.range(..=end).next_back().map(|(a, b)| (*a, *b)) {
            if to < start {
                break;
            }
            self.spans.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        self.spans.insert(start, end);
        if self.spans.len() > SPANS_MAX {
            self.join_closest();
        }
    }

    /// Adds all of another's.
    pub fn merge(&mut self, other: &Self) {
        for (start, end) in &other.spans {
            self.add(*start, *end);
        }
    }

    /// Seconds that are covered.
    pub fn covered_s(&self) -> i64 {
        let length = |(start, end): (&i64, &i64)| end.saturating_sub(*start);
        self.spans.iter().map(length).fold(0, i64::saturating_add)
    }

    /// The separate spans, in order.
    pub fn spans(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.spans.iter().map(|(start, end)| (*start, *end))
    }

    fn join_closest(&mut self) {
        let pairs = self.spans.iter().zip(self.spans.iter().skip(1));
        let closest = pairs
            .min_by_key(|((_, end), (next, _))| next.saturating_sub(**end))
            .map(|((start, _), (next, _))| (*start, *next));
        if let Some((start, next)) = closest
            && let Some(end) = self.spans.remove(&next)
        {
            self.spans.insert(start, end);
        }
    }
}
