//! Correlations over a finished timeline, by looking at every event with the whole list in hand.
//!
//! The numbers in brackets are those of "Choices behind the correlation cases" in
//! `tests/conformance/README.md`.

use std::collections::BTreeSet;

/// One match that a correlation is given.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// When, in seconds.
    pub(crate) at: i64,
    /// Which event; one that fits several rules is seen several times.
    pub(crate) event: usize,
    /// Which of the correlation's rules it fits.
    pub(crate) input: usize,
    /// The value that `value_count` looks at.
    pub(crate) value: Option<u8>,
}

/// An alert.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Fired {
    /// When the condition came true.
    pub(crate) at: i64,
    /// Events of its window, where the choices say how many.
    pub(crate) count: Option<u64>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// So many events.
    EventsAtLeast(usize),
    /// The number of events when the window closes.
    EventsAtClose(fn(usize) -> bool),
    /// So many different values.
    ValuesAtLeast(usize),
    /// So many of the rules.
    RulesAtLeast(usize),
    /// All of so many rules, in order.
    InOrder(usize),
    /// A formula over the rules seen.
    Formula(fn(&BTreeSet<usize>) -> bool),
    /// The first formula; and the second over a whole timespan on both sides does not hold.
    Without(fn(&BTreeSet<usize>) -> bool, fn(&BTreeSet<usize>) -> bool),
}

/// The alerts of one group. `seen` is in the order of time, and of delivery where times are equal
/// (1).
pub(crate) fn alerts(wanted: Wanted, timespan: i64, seen: &[Seen]) -> Vec<Fired> {
    let oldest_if = |holds: bool, window: &[&Seen]| holds.then(|| window[0].at);
    match wanted {
        Wanted::EventsAtLeast(least) => {
            at_once(timespan, seen, Count::Told, &|window| oldest_if(window.len() >= least, window))
        }
        Wanted::ValuesAtLeast(least) => {
            // Events without the value are left out (6).
            let valued: Vec<Seen> = seen.iter().filter(|s| s.value.is_some()).cloned().collect();
            at_once(timespan, &valued, Count::Open, &|window| {
                let values: BTreeSet<_> = window.iter().map(|seen| seen.value).collect();
                oldest_if(values.len() >= least, window)
            })
        }
        Wanted::RulesAtLeast(least) => at_once(timespan, seen, Count::Open, &|window| {
            oldest_if(inputs_of(window).len() >= least, window)
        }),
        Wanted::InOrder(steps) => {
            at_once(timespan, seen, Count::Open, &|window| latest_start(window, steps))
        }
        Wanted::Formula(formula) => at_once(timespan, seen, Count::Open, &|window| {
            oldest_if(formula(&inputs_of(window)), window)
        }),
        Wanted::EventsAtClose(holds) => at_close(timespan, seen, holds),
        Wanted::Without(present, absent) => without(timespan, seen, present, absent),
    }
}

/// Whether the choices say what an alert counts.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    Told,
    Open,
}

fn inputs_of(window: &[&Seen]) -> BTreeSet<usize> {
    window.iter().map(|seen| seen.input).collect()
}

/// Decided with each event, over `[t - timespan, t]` without what belongs to an earlier alert (2,
/// 3, 4).
///
/// `start_of` says whether the condition holds, and where the alert's window starts.
fn at_once(
    timespan: i64,
    seen: &[Seen],
    count: Count,
    start_of: &dyn Fn(&[&Seen]) -> Option<i64>,
) -> Vec<Fired> {
    let mut fired = Vec::new();
    let mut spoken_for = i64::MIN;
    for (index, now) in seen.iter().enumerate() {
        let is_free = |seen: &&Seen| seen.at > spoken_for && seen.at >= now.at - timespan;
        let window: Vec<&Seen> = seen[..=index].iter().filter(is_free).collect();
        if now.at <= spoken_for {
            continue;
        }
        let Some(start) = start_of(&window) else { continue };
        let until = start + timespan;
        let within = seen.iter().filter(|s| is_free(s) && s.at <= until).count();
        let told = (count == Count::Told).then_some(within as u64);
        fired.push(Fired { at: now.at, count: told });
        spoken_for = until;
    }
    fired
}

/// The latest start of a sequence in the window, when there is one.
///
/// An alert's window starts at the first event of the sequence (3): an older event that is no part
/// of it does not count.
fn latest_start(window: &[&Seen], steps: usize) -> Option<i64> {
    let starts = (0..window.len()).filter(|at| window[*at].input == 0);
    starts
        .filter(|at| goes_on(&window[*at..], 0, steps, &mut Vec::new()))
        .map(|at| window[at].at)
        .max()
}

/// Whether the window begins with this step and holds the others behind it, each in another event.
fn goes_on(window: &[&Seen], step: usize, steps: usize, used: &mut Vec<usize>) -> bool {
    let seen = window[0];
    if seen.input != step || used.contains(&seen.event) {
        return false;
    }
    used.push(seen.event);
    let found = step + 1 == steps
        || (1..window.len()).any(|at| goes_on(&window[at..], step + 1, steps, used));
    used.pop();
    found
}

/// A window is opened by the first event behind the last one, and decided at its end (4).
fn at_close(timespan: i64, seen: &[Seen], holds: fn(usize) -> bool) -> Vec<Fired> {
    let mut fired = Vec::new();
    let mut rest = seen;
    while let Some(first) = rest.first() {
        let until = first.at + timespan;
        let within = rest.iter().take_while(|seen| seen.at <= until).count();
        if holds(within) {
            fired.push(Fired { at: until, count: Some(within as u64) });
        }
        rest = &rest[within..];
    }
    fired
}

/// Presence up to an event, absence for a timespan around it (5).
fn without(
    timespan: i64,
    seen: &[Seen],
    present: fn(&BTreeSet<usize>) -> bool,
    absent: fn(&BTreeSet<usize>) -> bool,
) -> Vec<Fired> {
    let mut fired = Vec::new();
    let mut spoken_for = i64::MIN;
    for (index, now) in seen.iter().enumerate() {
        if now.at <= spoken_for {
            continue;
        }
        let before: Vec<&Seen> = seen[..=index]
            .iter()
            .filter(|seen| seen.at > spoken_for && seen.at >= now.at - timespan)
            .collect();
        let around: Vec<&Seen> =
            seen.iter().filter(|seen| (seen.at - now.at).abs() <= timespan).collect();
        if present(&inputs_of(&before)) && !absent(&inputs_of(&around)) {
            fired.push(Fired { at: now.at + timespan, count: None });
            spoken_for = now.at + timespan;
        }
    }
    fired
}
