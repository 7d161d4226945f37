//! Why a rule did or did not match an event, selection by selection.

use khien_model::Event;
use rsigma_eval::{ConditionTrace, DetectionTrace, ItemTrace, MatchReason, explain_rule};
use serde::Serialize;

use super::rewrite::PRESENCE;
use super::rule::Rule;
use super::view::View;

/// One line of an explanation; `depth` says how far it is indented.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Trace {
    /// How deep in the condition it stands.
    pub depth: usize,
    /// Whether this part holds.
    pub matched: bool,
    /// What stands here.
    pub part: Part,
}

/// A part of a rule.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All below must hold.
    And,
    /// One below must hold.
    Or,
    /// What is below must not hold.
    Not,
    /// A selection by name.
    Selection(String),
    /// A field, or (without one) any field.
    Item {
        /// The field.
        field: Option<String>,
        /// What it is compared with.
        pattern: String,
        /// The value that the event holds, as JSON; `None` when it has none.
        actual: Option<String>,
        /// Why, as one of `matched`, `field-absent`, `value-mismatch`, `case-mismatch`,
        /// `existence`, `no-keyword-match`.
        reason: &'static str,
    },
    /// A part that cannot be explained further.
    Other(String),
}

/// Explains a rule against an event. With a list of conditions, each stands at depth 0 and one that
/// holds is enough; the flag tells the verdict.
pub fn explain(rule: &Rule, event: &Event) -> (bool, Vec<Trace>) {
    let explanation = explain_rule(&rule.compiled, &View { event });
    let mut lines = Vec::new();
    for condition in &explanation.conditions {
        walk_condition(condition, 0, &mut lines);
    }
    (explanation.matched, lines)
}

fn walk_condition(trace: &ConditionTrace, depth: usize, lines: &mut Vec<Trace>) {
    let deeper = depth.saturating_add(1);
    let mut line = |matched: &bool, part| lines.push(Trace { depth, matched: *matched, part });
    match trace {
        ConditionTrace::And { matched, children } | ConditionTrace::Or { matched, children } => {
            let and = matches!(trace, ConditionTrace::And { .. });
            line(matched, if and { Part::And } else { Part::Or });
            children.iter().for_each(|child| walk_condition(child, deeper, lines));
        }
        ConditionTrace::Not { matched, child } => {
            line(matched, Part::Not);
            walk_condition(child, deeper, lines);
        }
        ConditionTrace::Selection { name, matched, detection } => {
            line(matched, Part::Selection(name.clone()));
            walk_detection(detection, deeper, lines);
        }
        ConditionTrace::Quantified { quantifier, matched, branches, .. } => {
            line(matched, Part::Other(format!("{quantifier} of")));
            for branch in branches {
                lines.push(Trace {
                    depth: deeper,
                    matched: branch.matched,
                    part: Part::Selection(branch.name.clone()),
                });
                walk_detection(&branch.detection, deeper.saturating_add(1), lines);
            }
        }
    }
}

fn walk_detection(trace: &DetectionTrace, depth: usize, lines: &mut Vec<Trace>) {
    let deeper = depth.saturating_add(1);
    match trace {
        DetectionTrace::AllOf { items, .. } => {
            items.iter().for_each(|item| lines.push(item_line(item, depth)));
        }
        DetectionTrace::AnyOf { matched, branches } | DetectionTrace::And { matched, branches } => {
            let and = matches!(trace, DetectionTrace::And { .. });
            let part = if and { Part::And } else { Part::Or };
            lines.push(Trace { depth, matched: *matched, part });
            branches.iter().for_each(|branch| walk_detection(branch, deeper, lines));
        }
        DetectionTrace::Keywords { item, .. } => lines.push(item_line(item, depth)),
        other => lines.push(Trace {
            depth,
            matched: other.matched(),
            part: Part::Other("array".to_owned()),
        }),
    }
}

fn item_line(item: &ItemTrace, depth: usize) -> Trace {
    let reason = match item.reason {
        MatchReason::Matched => "matched",
        MatchReason::FieldAbsent => "field-absent",
        MatchReason::ValueMismatch => "value-mismatch",
        MatchReason::CaseMismatch => "case-mismatch",
        MatchReason::Existence => "existence",
        MatchReason::NoKeywordMatch => "no-keyword-match",
    };
    let kind = serde_json::to_value(item.matcher).ok();
    let kind = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    let pattern = match &item.pattern {
        Some(pattern) => format!("{kind} {pattern}"),
        None => kind.to_owned(),
    };
    Trace {
        depth,
        matched: item.matched,
        part: Part::Item {
            field: item.field.as_ref().map(|f| f.trim_start_matches(PRESENCE).to_owned()),
            pattern,
            actual: item.actual.as_ref().map(ToString::to_string),
            reason,
        },
    }
}
