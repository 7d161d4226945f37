//! How far an endpoint's clock is from the sensor's: the mode of the differences of unique matches.

use std::collections::BTreeMap;

use khien_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Connect, Estimates, Flow, Source, Tuple};

const SECOND_NS: i64 = 1_000_000_000;

/// Differences further apart than this are groups of their own.
const GROUP_GAP_NS: i64 = 2 * SECOND_NS;

/// The width in which the mode is looked for.
const MODE_WIDTH_NS: i64 = 2 * SECOND_NS;

/// Matches below which nothing is said about a clock.
const MATCHES_MIN: usize = 3;

/// A step needs this many matches, and a tenth of all.
const STEP_MATCHES_MIN: usize = 4;

/// Steps closer than this may alternate; further ones must follow each other in time, or they are
/// chance matches of tuples that came again.
const STEP_NEAR_NS: i64 = 30 * SECOND_NS;

/// Matches further than this from every step disagree.
const REACH_NS: i64 = 120 * SECOND_NS;

/// A residual beyond this is too wide to join by.
const RESIDUAL_MAX_NS: i64 = 60 * SECOND_NS;

/// The least tolerance of a join, and what is added to twice the residual.
const TOLERANCE_NS: i64 = 2 * SECOND_NS;

/// One offset that a clock had.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Endpoint less sensor, in nanoseconds.
    pub offset_ns: i64,
    /// Matches that have it.
    pub matches: usize,
    /// The first of them, by the sensor's clock.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// What is known of one clock.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The offsets that it had, the one with most matches first.
    pub steps: Vec<Step>,
    /// 90 % of the matches that agree are this close to a step, in nanoseconds.
    pub residual_ns: i64,
    /// 5-tuples that occur once on both sides.
    pub matches: usize,
    /// How many of them agree with a step to two minutes.
    pub agreeing: usize,
}

/// Why a clock was not estimated.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Refusal {
    /// Fewer than three unique matches.
    TooFew {
        /// How many there were.
        matches: usize,
    },
    /// The differences scatter: less than half agree, or their residual is above a minute.
    Wide {
        /// 90 % of the matches are this close to the best offset, in nanoseconds.
        residual_ns: i64,
    },
}

impl Estimate {
    /// The offset with most matches, in nanoseconds: endpoint less sensor.
    pub fn offset_ns(&self) -> i64 {
        self.steps.first().map_or(0, |step| step.offset_ns)
    }

    /// How far times may differ in a join, in nanoseconds.
    pub const fn tolerance_ns(&self) -> i64 {
        self.residual_ns.saturating_mul(2).saturating_add(TOLERANCE_NS)
    }

    /// How far a connection's time is from a flow's start after correction, in nanoseconds; the
    /// step in force at the flow's start decides, and steps close to it.
    pub fn distance_ns(&self, flow: Timestamp, connect: Timestamp) -> i64 {
        let Some(current) = self.steps.iter().min_by_key(|step| step.away_from(flow)) else {
            return i64::MAX;
        };
        let difference = connect.nanos_since(flow);
        self.steps
            .iter()
            .filter(|step| apart(step.offset_ns, current.offset_ns) <= STEP_NEAR_NS)
            .map(|step| apart(difference, step.offset_ns))
            .min()
            .unwrap_or(i64::MAX)
    }
}

impl Step {
    /// How long before or after the step's matches a time is; 0 between them.
    fn away_from(&self, time: Timestamp) -> i64 {
        self.first.nanos_since(time).max(time.nanos_since(self.last)).max(0)
    }
}

/// Estimates every clock that the connections were recorded by.
pub fn estimate(flows: &[Flow], connects: &[Connect]) -> Estimates {
    let mut flows_of: BTreeMap<Tuple, (usize, Timestamp)> = BTreeMap::new();
    for flow in flows {
        let entry = flows_of.entry(flow.tuple).or_insert((0, flow.start));
        entry.0 = entry.0.saturating_add(1);
    }
    let mut connects_of: BTreeMap<(Source, Tuple), (usize, Timestamp)> = BTreeMap::new();
    let mut differences: BTreeMap<Source, Vec<Difference>> = BTreeMap::new();
    for connect in connects {
        let key = (connect.source, connect.tuple);
        let entry = connects_of.entry(key).or_insert((0, connect.time));
        entry.0 = entry.0.saturating_add(1);
        differences.entry(connect.source).or_default();
    }
    for ((source, tuple), (count, time)) in connects_of {
        if let (1, Some((1, start))) = (count, flows_of.get(&tuple)) {
            let difference = Difference { ns: time.nanos_since(*start), at: *start };
            differences.entry(source).or_default().push(difference);
        }
    }
    differences.into_iter().map(|(source, found)| (source, of_clock(found))).collect()
}

/// Endpoint less sensor, of one unique match.
#[derive(Clone, Copy)]
struct Difference {
    ns: i64,
    at: Timestamp,
}

fn of_clock(mut found: Vec<Difference>) -> Result<Estimate, Refusal> {
    let matches = found.len();
    if matches < MATCHES_MIN {
        return Err(Refusal::TooFew { matches });
    }
    found.sort_unstable_by_key(|difference| (difference.ns, difference.at));
    let mut groups: Vec<&[Difference]> =
        found.chunk_by(|a, b| apart(a.ns, b.ns) <= GROUP_GAP_NS).collect();
    // Most matches first; among equals the smaller offset, so that the order of input is no matter.
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut steps: Vec<Step> = Vec::new();
    for group in groups {
        let Some(step) = step_of(group) else { continue };
        let many = step.matches >= STEP_MATCHES_MIN && step.matches.saturating_mul(10) >= matches;
        if steps.is_empty() || many && steps.iter().all(|other| may_follow(other, &step)) {
            steps.push(step);
        }
    }
    let nearest = |difference: &Difference| {
        steps.iter().map(|step| apart(difference.ns, step.offset_ns)).min().unwrap_or(i64::MAX)
    };
    let mut distances: Vec<i64> = found.iter().map(nearest).collect();
    distances.sort_unstable();
    let agreeing = distances.partition_point(|distance| *distance <= REACH_NS);
    let residual_of = |count: usize| {
        let at = count.saturating_mul(9) / 10;
        distances.get(at.min(count.saturating_sub(1))).copied().unwrap_or(0)
    };
    let residual_ns = residual_of(agreeing);
    if agreeing < MATCHES_MIN
        || agreeing.saturating_mul(2) < matches
        || residual_ns > RESIDUAL_MAX_NS
    {
        return Err(Refusal::Wide { residual_ns: residual_of(matches) });
    }
    Ok(Estimate { steps, residual_ns, matches, agreeing })
}

/// The mode of a group: the median of the densest two seconds.
fn step_of(group: &[Difference]) -> Option<Step> {
    let mut best: &[Difference] = &[];
    for (from, difference) in group.iter().enumerate() {
        let (_, rest) = group.split_at(from);
        let until = difference.ns.saturating_add(MODE_WIDTH_NS);
        let (inside, _) = rest.split_at(rest.partition_point(|other| other.ns <= until));
        if inside.len() > best.len() {
            best = inside;
        }
    }
    let offset_ns = best.get(best.len() / 2)?.ns;
    let first = group.iter().map(|difference| difference.at).min()?;
    let last = group.iter().map(|difference| difference.at).max()?;
    Some(Step { offset_ns, matches: group.len(), first, last })
}

/// Whether a clock can have had both offsets: they are close, or one ended before the other began.
fn may_follow(one: &Step, other: &Step) -> bool {
    apart(one.offset_ns, other.offset_ns) <= STEP_NEAR_NS
        || one.last < other.first
        || other.last < one.first
}

/// The distance of two numbers, without overflow.
fn apart(one: i64, other: i64) -> i64 {
    i64::try_from(one.abs_diff(other)).unwrap_or(i64::MAX)
}
