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

/// The alerts of one group. `seen` is in the order of time, and of delivery where times are equal (1).
pub(crate) fn alerts(wanted: Wanted, timespan: i64, seen: &[Seen]) -> Vec<Fired> {
    match wanted {
        Wanted::EventsAtLeast(least) => {
            at_once(timespan, seen, Count::Told, &|window| window.len() >= least)
        }
        Wanted::ValuesAtLeast(least) => {
            // Events without the value are left out (6).
            let valued: Vec<Seen> = seen.iter().filter(|s| s.value.is_some()).cloned().collect();
            at_once(timespan, &valued, Count::Open, &|window| {
                window.iter().map(|seen| seen.value).collect::<BTreeSet<_>>().len() >= least
            })
        }
        Wanted::RulesAtLeast(least) => {
            at_once(timespan, seen, Count::Open, &|window| inputs_of(window).len() >= least)
        }
        Wanted::InOrder(steps) => at_once(timespan, seen, Count::Open, &|window| {
            is_sequence(window, 0, steps, &mut Vec::new())
        }),
        Wanted::Formula(formula) => {
            at_once(timespan, seen, Count::Open, &|window| formula(&inputs_of(window)))
        }
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

/// Decided with each event, over `[t - timespan, t]` without what belongs to an earlier alert (2, 3, 4).
fn at_once(
    timespan: i64,
    seen: &[Seen],
    count: Count,
    holds: &dyn Fn(&[&Seen]) -> bool,
) -> Vec<Fired> {
    let mut fired = Vec::new();
    let mut spoken_for = i64::MIN;
    for (index, now) in seen.iter().enumerate() {
        if now.at <= spoken_for {
            continue;
        }
        let is_free = |seen: &&Seen| seen.at > spoken_for && seen.at >= now.at - timespan;
        let window: Vec<&Seen> = seen[..=index].iter().filter(is_free).collect();
        if !holds(&window) {
            continue;
        }
        let until = window[0].at + timespan;
        let within = seen.iter().filter(|s| is_free(s) && s.at <= until).count();
        let told = (count == Count::Told).then_some(within as u64);
        fired.push(Fired { at: now.at, count: told });
        spoken_for = until;
    }
    fired
}

/// Whether the steps can be found in this order, each in another event.
fn is_sequence(window: &[&Seen], step: usize, steps: usize, used: &mut Vec<usize>) -> bool {
    step == steps
        || (0..window.len()).any(|at| {
            let seen = window[at];
            if seen.input != step || used.contains(&seen.event) {
                return false;
            }
            used.push(seen.event);
            let found = is_sequence(&window[at + 1..], step + 1, steps, used);
            used.pop();
            found
        })
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
