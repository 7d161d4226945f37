//! A place for everything: columns by kind, and in each an order in which steps cross little.

use std::collections::BTreeMap;

use khien_wire::{Story, StoryColumn, StoryEdge, StoryKind, StoryNode};

use super::{ALERTS_NAMED, Graph, Name};

const NODE_WIDTH: u32 = 136;
const NODE_HEIGHT: u32 = 36;
const GAP_X: u32 = 28;
const GAP_Y: u32 = 12;
const MARGIN: u32 = 8;
/// Room for the names of the columns.
const HEAD: u32 = 30;
/// How often the columns are put in order by their neighbours, there and back.
const PASSES: usize = 4;

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Lays a graph out.
pub(super) fn out(graph: &Graph) -> Story {
    let mut columns: Vec<(StoryKind, Vec<&Name>)> = Vec::new();
    for kind in StoryKind::ALL {
        let here: Vec<&Name> = graph.things.keys().filter(|(of, _)| *of == kind).collect();
        if !here.is_empty() {
            columns.push((kind, here));
        }
    }
    order(graph, &mut columns);
    let most = number(columns.iter().map(|(_, here)| here.len()).max().unwrap_or_default());
    let step = NODE_HEIGHT + GAP_Y;
    let height = HEAD + most.saturating_mul(step) + MARGIN;
    let mut ids: BTreeMap<&Name, String> = BTreeMap::new();
    let mut story = Story {
        columns: Vec::new(),
        nodes: Vec::new(),
        edges: Vec::new(),
        width: 2 * MARGIN
            + number(columns.len()).saturating_mul(NODE_WIDTH + GAP_X).saturating_sub(GAP_X),
        height,
        node_width: NODE_WIDTH,
        node_height: NODE_HEIGHT,
    };
    for (at, (kind, here)) in columns.iter().enumerate() {
        let x = MARGIN + number(at).saturating_mul(NODE_WIDTH + GAP_X);
        let above = (most - number(here.len())).saturating_mul(step) / 2;
        let mut count = 0;
        for (row, name) in here.iter().enumerate() {
            let Some(thing) = graph.things.get(*name) else { continue };
            let id = format!("{}-{row}", kind.word());
            ids.insert(*name, id.clone());
            count += thing.folded.max(1);
            story.nodes.push(StoryNode {
                id,
                kind: *kind,
                label: thing.label.clone(),
                folded: number(thing.folded),
                outside: !matches!(kind, StoryKind::Host | StoryKind::Process),
                marked: thing.marked,
                alerts: thing.alerts.iter().take(ALERTS_NAMED).cloned().collect(),
                x,
                y: HEAD + above + number(row).saturating_mul(step),
            });
        }
        story.columns.push(StoryColumn { kind: *kind, x, count: number(count) });
    }
    for ((from, to), inferred) in &graph.steps {
        if let (Some(from), Some(to)) = (ids.get(from), ids.get(to)) {
            let (from, to) = (from.clone(), to.clone());
            story.edges.push(StoryEdge { from, to, inferred: *inferred });
        }
    }
    story
}

/// Puts each column in the order of what it is joined with, as far as the eye needs it. What is folded
/// stays last.
fn order(graph: &Graph, columns: &mut [(StoryKind, Vec<&Name>)]) {
    let mut beside: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
    for (from, to) in graph.steps.keys() {
        beside.entry(from).or_default().push(to);
        beside.entry(to).or_default().push(from);
    }
    let mut places: BTreeMap<&Name, usize> = BTreeMap::new();
    for (_, here) in columns.iter() {
        places.extend(here.iter().enumerate().map(|(row, name)| (*name, row)));
    }
    for pass in 0..PASSES {
        let all: Vec<usize> = (0..columns.len()).collect();
        let turned: Vec<usize> = all.iter().rev().copied().collect();
        for at in if pass % 2 == 0 { all } else { turned } {
            let Some((_, here)) = columns.get_mut(at) else { continue };
            let middle = |name: &Name| {
                let near = beside.get(name).map_or(&[][..], Vec::as_slice);
                let sum: usize = near.iter().filter_map(|one| places.get(*one)).sum();
                // A thousandth of a row is fine enough, and whole numbers sort the same everywhere.
                (sum * 1000).checked_div(near.len()).unwrap_or(usize::MAX)
            };
            let is_folded =
                |name: &Name| graph.things.get(name).is_some_and(|thing| thing.folded > 0);
            here.sort_by_cached_key(|name| (is_folded(name), middle(name), (*name).clone()));
            places.extend(here.iter().enumerate().map(|(row, name)| (*name, row)));
        }
    }
}
