//! Flows to processes, where tuple and time agree and only one process fits.

use std::collections::BTreeMap;

use super::{Connect, Estimates, Flow, Tuple};

/// A flow and the connection record that explains it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attribution {
    /// Which flow, by its place in the input.
    pub flow: usize,
    /// Which record, by its place in the input.
    pub connect: usize,
    /// How far apart their times are after correction, in nanoseconds.
    pub apart_ns: i64,
    /// How far apart they might have been, in nanoseconds.
    pub tolerance_ns: i64,
}

/// What came of a join.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Joined {
    /// Flows with their process, in the order of flows.
    pub attributions: Vec<Attribution>,
    /// Flows that fit records of more than one process, by their place in the input.
    pub ambiguous: Vec<usize>,
    /// Flows whose tuple was recorded, but by clocks that were not estimated.
    pub refused: Vec<usize>,
    /// Flows whose tuple was recorded at other times only.
    pub other_time: Vec<usize>,
    /// Flows whose tuple no endpoint recorded.
    pub unseen: Vec<usize>,
}

/// A record that might explain a flow.
#[derive(Clone, Copy)]
struct Fit {
    connect: usize,
    apart_ns: i64,
    tolerance_ns: i64,
}

/// Joins flows and records by tuple and corrected time. A record explains the flow of its tuple
/// that is closest to it, so that a tuple that comes again is not given to the wrong process.
pub fn join(flows: &[Flow], connects: &[Connect], estimates: &Estimates) -> Joined {
    let mut records: BTreeMap<Tuple, Vec<usize>> = BTreeMap::new();
    for (index, connect) in connects.iter().enumerate() {
        records.entry(connect.tuple).or_default().push(index);
    }
    let mut by_tuple: BTreeMap<Tuple, Vec<usize>> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        by_tuple.entry(flow.tuple).or_default().push(index);
    }
    let mut joined = Joined::default();
    for (tuple, flows_of) in by_tuple {
        let Some(recorded) = records.get(&tuple) else {
            joined.unseen.extend(flows_of);
            continue;
        };
        let mut fits: BTreeMap<usize, Vec<Fit>> = BTreeMap::new();
        let mut known = false;
        for record in recorded {
            let Some(connect) = connects.get(*record) else { continue };
            let Some(Ok(estimate)) = estimates.get(&connect.source) else { continue };
            known = true;
            let apart = |index: &usize| {
                let flow = flows.get(*index);
                flow.map_or(i64::MAX, |flow| estimate.distance_ns(flow.start, connect.time))
            };
            let tolerance_ns = estimate.tolerance_ns();
            // Flows of one tuple that begin within the tolerance of each other cannot be told apart:
            // such a record fits all of them.
            for flow in flows_of.iter().filter(|index| apart(index) <= tolerance_ns) {
                let fit = Fit { connect: *record, apart_ns: apart(flow), tolerance_ns };
                fits.entry(*flow).or_default().push(fit);
            }
        }
        for flow in flows_of {
            match fits.get(&flow).map(|fits| judge(fits, connects)) {
                Some(Some(fit)) => joined.attributions.push(Attribution {
                    flow,
                    connect: fit.connect,
                    apart_ns: fit.apart_ns,
                    tolerance_ns: fit.tolerance_ns,
                }),
                Some(None) => joined.ambiguous.push(flow),
                None if known => joined.other_time.push(flow),
                None => joined.refused.push(flow),
            }
        }
    }
    joined.attributions.sort_unstable_by_key(|attribution| attribution.flow);
    for list in
        [&mut joined.ambiguous, &mut joined.refused, &mut joined.other_time, &mut joined.unseen]
    {
        list.sort_unstable();
    }
    joined
}

/// The closest record, unless one of another process on the same endpoint and clock fits too.
///
/// Two ends of one connection are two processes on two endpoints; the closer in time speaks, and
/// the other is found under its own record.
fn judge(fits: &[Fit], connects: &[Connect]) -> Option<Fit> {
    let closest = fits.iter().min_by_key(|fit| {
        (fit.tolerance_ns, fit.apart_ns, connects.get(fit.connect).map(|c| (c.source, c.process)))
    })?;
    let chosen = connects.get(closest.connect)?;
    let contested = fits
        .iter()
        .filter_map(|fit| connects.get(fit.connect))
        .any(|other| other.process != chosen.process && other.source == chosen.source);
    (!contested).then_some(*closest)
}
