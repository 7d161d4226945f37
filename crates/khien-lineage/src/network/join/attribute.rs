//! Flows to processes, where tuple and time agree and only one process fits.

use std::collections::BTreeMap;

use super::{Connect, Estimates, Flow, Opening, Tuple};
use crate::network::Key;

/// How long after a flow began another without an opening may continue it.
const CONTINUES_NS: i64 = 600 * 1_000_000_000;

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
    /// How they belong together.
    pub link: Link,
}

/// How a flow and a record belong together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Link {
    /// The flow has no opening, and continues one of the same tuple that the record explains.
    Continued,
    /// Tuple and time agree.
    Direct,
}

/// What came of a join.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Joined {
    /// Flows with their process, in the order of flows; one for each endpoint that recorded the flow,
    /// as both of its ends may.
    pub attributions: Vec<Attribution>,
    /// Flows that fit records of more than one process of an endpoint, by their place in the input;
    /// they may be attributed at another endpoint all the same.
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
        match records.get(&tuple) {
            Some(recorded) => {
                join_tuple(flows, &flows_of, connects, recorded, estimates, &mut joined);
            }
            None => joined.unseen.extend(flows_of),
        }
    }
    joined.attributions.sort_unstable_by_key(|of| (of.flow, of.connect));
    for list in
        [&mut joined.ambiguous, &mut joined.refused, &mut joined.other_time, &mut joined.unseen]
    {
        list.sort_unstable();
    }
    joined
}

/// Joins the flows and records of one tuple.
fn join_tuple(
    flows: &[Flow],
    flows_of: &[usize],
    connects: &[Connect],
    recorded: &[usize],
    estimates: &Estimates,
    joined: &mut Joined,
) {
    let mut fits: BTreeMap<usize, BTreeMap<Key, Vec<Fit>>> = BTreeMap::new();
    let mut known = false;
    for record in recorded {
        let Some(connect) = connects.get(*record) else { continue };
        let Some(Ok(estimate)) = estimates.get(&connect.source) else { continue };
        known = true;
        let tolerance_ns = estimate.tolerance_ns();
        // Flows of one tuple that begin within the tolerance of each other cannot be told apart:
        // such a record fits all of them.
        for index in flows_of {
            let Some(flow) = flows.get(*index) else { continue };
            let apart_ns = estimate.distance_ns(flow.start, connect.time);
            if apart_ns <= tolerance_ns {
                let fit = Fit { connect: *record, apart_ns, tolerance_ns };
                let of_flow = fits.entry(*index).or_default();
                of_flow.entry(connect.source.endpoint).or_default().push(fit);
            }
        }
    }
    let mut direct: Vec<Attribution> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for flow in flows_of.iter().copied() {
        let Some(by_endpoint) = fits.get(&flow) else {
            open.push(flow);
            continue;
        };
        let judged = by_endpoint.values().map(|fits| judge(fits, connects));
        for fit in judged {
            match fit {
                Some(Fit { connect, apart_ns, tolerance_ns }) => {
                    let link = Link::Direct;
                    direct.push(Attribution { flow, connect, apart_ns, tolerance_ns, link });
                }
                None if joined.ambiguous.last() != Some(&flow) => joined.ambiguous.push(flow),
                None => {}
            }
        }
    }
    // Only where all records of the tuple are of one process, nothing is guessed by continuing it.
    let mut processes = recorded.iter().filter_map(|at| connects.get(*at)).map(|c| c.process);
    let first = processes.next();
    let one_process = processes.all(|process| Some(process) == first);
    for flow in open {
        match continued(flow, flows, &direct).filter(|_| one_process) {
            Some(attribution) => joined.attributions.push(attribution),
            None if known => joined.other_time.push(flow),
            None => joined.refused.push(flow),
        }
    }
    joined.attributions.extend(direct);
}

/// The attribution of the latest flow that this one, without an opening, continues.
fn continued(index: usize, flows: &[Flow], direct: &[Attribution]) -> Option<Attribution> {
    let flow = flows.get(index).filter(|flow| flow.opening == Opening::Unseen)?;
    let since = |of: &&Attribution| flows.get(of.flow).map(|o| flow.start.nanos_since(o.start));
    let before = direct
        .iter()
        .filter(|of| since(of).is_some_and(|ns| (0..=CONTINUES_NS).contains(&ns)))
        .min_by_key(since)?;
    Some(Attribution { flow: index, link: Link::Continued, ..*before })
}

/// The closest record of one endpoint, by its tightest clock, unless one of another process fits too
/// by the same clock.
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
