//! The story of a case: what led to what, from left to right, as a graph that is laid out.
//!
//! A function of the case's alerts and nothing else, so that every picture of the same case is the
//! same. It tells what alerts say and judges nothing. Texts are from outside: whoever draws them
//! escapes them.

mod facts;
mod lay;

use std::collections::{BTreeMap, BTreeSet};

use khien_wire::{AlertDetail, CaseOrigin, CaseOriginKind, Story, StoryKind};

use facts::Told;

/// Bound: things that are shown at first; the rest is folded, a column at a time.
const SHOWN_MAX: usize = 60;
/// Bound: things of one column at first.
const COLUMN_MAX: usize = 12;
/// Bound: things of a column that somebody unfolded.
const EXPANDED_MAX: usize = 300;
/// Bound: things of a column that are told apart at all; cases have no more hosts.
const KEPT_MAX: usize = 5000;
/// Bound: alerts that a node names.
const ALERTS_NAMED: usize = 5;

/// A thing in the story, before it has a place.
#[derive(Clone, Debug, Default)]
struct Thing {
    label: String,
    marked: bool,
    alerts: BTreeSet<String>,
    /// What it stands for, where it is several folded into one.
    folded: usize,
}

/// Kind, and the text in lower case: things that are the same are one.
type Name = (StoryKind, String);

/// The graph before it is laid out.
#[derive(Clone, Debug, Default)]
struct Graph {
    things: BTreeMap<Name, Thing>,
    /// Whether a step only follows from an alert as a whole.
    steps: BTreeMap<(Name, Name), bool>,
}

impl Graph {
    fn add(
        &mut self,
        kind: StoryKind,
        label: &str,
        marked: bool,
        alert: Option<&str>,
    ) -> Option<Name> {
        let name = (kind, label.to_lowercase());
        let of_kind = |things: &BTreeMap<Name, Thing>| {
            things.keys().filter(|(other, _)| *other == kind).count()
        };
        if !self.things.contains_key(&name) && of_kind(&self.things) >= KEPT_MAX {
            return None;
        }
        let thing = self.things.entry(name.clone()).or_default();
        // Of spellings that differ in case always the same, whichever alert came first.
        if thing.label.is_empty() || label < thing.label.as_str() {
            label.clone_into(&mut thing.label);
        }
        thing.marked |= marked;
        thing.alerts.extend(alert.map(str::to_owned));
        Some(name)
    }

    fn step(&mut self, from: &Name, to: &Name, inferred: bool) {
        let step = self.steps.entry((from.clone(), to.clone())).or_insert(true);
        *step &= inferred;
    }

    /// Adds what one alert tells: each layer follows from the one before it.
    fn take(&mut self, told: &Told, alert: &str, origin: Option<&Name>) {
        let mut before: Vec<Name> = origin.cloned().into_iter().collect();
        for kind in StoryKind::ALL {
            let here: Vec<Name> = told
                .layer(kind)
                .iter()
                .filter_map(|(label, marked)| self.add(kind, label, *marked, Some(alert)))
                .collect();
            for from in &before {
                for to in &here {
                    // Nobody saw a rule or an advisory touch a host.
                    self.step(from, to, told.inferred || from.0 == StoryKind::Intel);
                }
            }
            if !here.is_empty() {
                before = here;
            }
        }
    }
}

/// Tells the story. `expand` names a column that is to be shown whole.
pub(crate) fn tell(
    origin: &CaseOrigin,
    alerts: &[AlertDetail],
    expand: Option<StoryKind>,
) -> Story {
    let mut graph = Graph::default();
    let from = match origin.kind {
        CaseOriginKind::Advisory => Some(StoryKind::Intel),
        CaseOriginKind::Update => Some(StoryKind::Version),
        CaseOriginKind::Alert | CaseOriginKind::Manual => None,
    };
    let from = from.filter(|_| !origin.title.is_empty());
    let begin = from.and_then(|kind| graph.add(kind, &facts::short(&origin.title), true, None));
    // An update is one of several versions; only word from outside leads to all that follows.
    let begin = begin.filter(|(kind, _)| *kind == StoryKind::Intel);
    for detail in alerts {
        graph.take(&facts::read(detail), &detail.alert.id, begin.as_ref());
    }
    let shown = fold(graph, expand);
    lay::out(&shown)
}

/// How many things each column may show.
fn room(graph: &Graph, expand: Option<StoryKind>) -> BTreeMap<StoryKind, usize> {
    let mut counts: BTreeMap<StoryKind, usize> = BTreeMap::new();
    for (kind, _) in graph.things.keys() {
        *counts.entry(*kind).or_default() += 1;
    }
    let mut room: BTreeMap<StoryKind, usize> = counts
        .iter()
        .map(|(kind, count)| {
            let most = if Some(*kind) == expand { EXPANDED_MAX } else { COLUMN_MAX };
            (*kind, (*count).min(most))
        })
        .collect();
    let is_free = |kind: &StoryKind| Some(*kind) != expand;
    let total = |room: &BTreeMap<StoryKind, usize>| -> usize {
        room.iter().filter(|(kind, _)| is_free(kind)).map(|(_, count)| count).sum()
    };
    while total(&room) > SHOWN_MAX {
        let largest = room.iter_mut().filter(|(kind, _)| is_free(kind)).max_by_key(|(_, n)| **n);
        match largest {
            Some((_, count)) if *count > 2 => *count -= 1,
            _ => break,
        }
    }
    room
}

/// Folds what a column has no room for into one thing: what alerts are about stays longest, then what
/// most alerts tell of.
fn fold(graph: Graph, expand: Option<StoryKind>) -> Graph {
    let room = room(&graph, expand);
    let mut moved: BTreeMap<Name, Name> = BTreeMap::new();
    let mut shown = Graph::default();
    for kind in StoryKind::ALL {
        let mut here: Vec<(&Name, &Thing)> =
            graph.things.iter().filter(|((of, _), _)| *of == kind).collect();
        let most = room.get(&kind).copied().unwrap_or_default();
        if here.len() <= most {
            shown
                .things
                .extend(here.into_iter().map(|(name, thing)| (name.clone(), thing.clone())));
            continue;
        }
        here.sort_by_key(|(name, thing)| {
            (!thing.marked, std::cmp::Reverse(thing.alerts.len()), (*name).clone())
        });
        let rest = here.split_off(most.saturating_sub(1));
        shown.things.extend(here.into_iter().map(|(name, thing)| (name.clone(), thing.clone())));
        // Sorts behind every text of ours, and no label is like it.
        let name = (kind, "\u{10ffff}".to_owned());
        let mut several = Thing { folded: rest.len(), ..Thing::default() };
        for (of, thing) in rest {
            several.marked |= thing.marked;
            several.alerts.extend(thing.alerts.iter().cloned());
            moved.insert(of.clone(), name.clone());
        }
        shown.things.insert(name, several);
    }
    for ((from, to), inferred) in &graph.steps {
        let place = |name: &Name| moved.get(name).unwrap_or(name).clone();
        shown.step(&place(from), &place(to), *inferred);
    }
    shown
}

#[cfg(test)]
mod tests;
