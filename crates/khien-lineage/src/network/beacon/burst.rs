//! Contacts that follow each other closely are one: a check-in may take several connections.

use crate::network::number::median;

/// The gaps in seconds, up to which contacts are one burst, that are tried.
const GAPS_S: [i64; 4] = [0, 2, 10, 60];

/// Some contacts that belong together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Burst {
    /// Its first second.
    pub(super) start_s: i64,
    /// Its last.
    pub(super) end_s: i64,
}

/// One way to cut times into bursts.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Contacts at most so far apart are one.
    pub(super) gap_s: i64,
    /// What came of it, in order of time.
    pub(super) bursts: Vec<Burst>,
    /// How many of the gaps tried cut in this way.
    pub(super) same: u32,
}

/// Every different way to cut sorted times into bursts.
pub(super) fn ways(sorted: &[i64]) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for gap_s in GAPS_S {
        let bursts = cut(sorted, gap_s);
        match ways.last_mut().filter(|last| last.bursts.len() == bursts.len()) {
            // As many bursts are the same bursts: a longer gap only ever joins.
            Some(last) => last.same = last.same.saturating_add(1),
            None => ways.push(Way { gap_s, bursts, same: 1 }),
        }
    }
    ways
}

fn cut(sorted: &[i64], gap_s: i64) -> Vec<Burst> {
    let mut bursts: Vec<Burst> = Vec::new();
    for time in sorted {
        match bursts.last_mut() {
            Some(last) if time.saturating_sub(last.end_s) <= gap_s => last.end_s = *time,
            _ => bursts.push(Burst { start_s: *time, end_s: *time }),
        }
    }
    bursts
}

/// From the start of one burst to that of the next, in seconds.
pub(super) fn gaps(bursts: &[Burst]) -> impl Iterator<Item = f64> + '_ {
    bursts.windows(2).filter_map(|pair| match pair {
        [this, next] => Some(next.start_s.saturating_sub(this.start_s) as f64),
        _ => None,
    })
}

/// The median of those.
pub(super) fn median_gap(bursts: &[Burst]) -> f64 {
    let mut gaps: Vec<f64> = gaps(bursts).collect();
    gaps.sort_unstable_by(f64::total_cmp);
    median(&gaps)
}

/// From the first burst to the last, in seconds.
pub(super) fn span(bursts: &[Burst]) -> i64 {
    let (first, last) = (bursts.first(), bursts.last());
    first.zip(last).map_or(0, |(first, last)| last.start_s.saturating_sub(first.start_s))
}
