//! What a rule needs of an event before it can match at all.
//!
//! A rule over fields that the data never holds cannot fire, and says nothing about it. The
//! condition, read optimistically (every field that exists may hold the wanted value, every
//! negation may come true), tells such rules from the others.

use std::collections::BTreeSet;

use rsigma_eval::{CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule};
use rsigma_parser::ConditionExpr;

use super::rewrite::PRESENCE;

/// The condition of a rule, reduced to which fields must exist.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    any: Vec<Need>,
    fields: BTreeSet<String>,
}

#[derive(Clone, Debug)]
enum Need {
    /// Can come true whatever fields exist.
    Nothing,
    Field(String),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Needs {
    pub(super) fn of(rule: &CompiledRule) -> Self {
        let mut fields = BTreeSet::new();
        for detection in rule.detections.values() {
            collect(detection, &mut fields);
        }
        let any = rule.conditions.iter().map(|c| need_of_condition(c, rule)).collect();
        let fields = fields.iter().map(|f| f.trim_start_matches(PRESENCE).to_owned()).collect();
        Self { any, fields }
    }

    /// Every field that the rule looks at.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str)
    }

    /// Whether the rule could match an event that has these fields.
    pub fn could_match(&self, has: &dyn Fn(&str) -> bool) -> bool {
        self.any.iter().any(|need| met(need, has))
    }

    /// The fields whose absence keeps the rule from matching; empty when it could match.
    pub fn missing(&self, has: &dyn Fn(&str) -> bool) -> Vec<&str> {
        if self.could_match(has) {
            return Vec::new();
        }
        let mut missing = BTreeSet::new();
        for need in &self.any {
            collect_missing(need, has, &mut missing);
        }
        missing.into_iter().collect()
    }
}

fn met(need: &Need, has: &dyn Fn(&str) -> bool) -> bool {
    match need {
        Need::Nothing => true,
        Need::Field(field) => has(field),
        Need::All(needs) => needs.iter().all(|need| met(need, has)),
        Need::Any(needs) => needs.iter().any(|need| met(need, has)),
    }
}

fn collect_missing<'n>(
    need: &'n Need,
    has: &dyn Fn(&str) -> bool,
    missing: &mut BTreeSet<&'n str>,
) {
    match need {
        Need::Nothing => {}
        Need::Field(field) => {
            if !has(field) {
                missing.insert(field);
            }
        }
        Need::All(needs) | Need::Any(needs) => {
            for need in needs.iter().filter(|need| !met(need, has)) {
                collect_missing(need, has, missing);
            }
        }
    }
}

fn need_of_condition(condition: &ConditionExpr, rule: &CompiledRule) -> Need {
    match condition {
        ConditionExpr::And(parts) => {
            Need::All(parts.iter().map(|part| need_of_condition(part, rule)).collect())
        }
        ConditionExpr::Or(parts) => {
            Need::Any(parts.iter().map(|part| need_of_condition(part, rule)).collect())
        }
        ConditionExpr::Identifier(name) => {
            rule.detections.get(name).map_or(Need::Nothing, need_of_detection)
        }
        // A negation holds when the field is missing; written-out selectors leave no other kind.
        ConditionExpr::Not(_) | ConditionExpr::Selector { .. } => Need::Nothing,
    }
}

fn need_of_detection(detection: &CompiledDetection) -> Need {
    match detection {
        CompiledDetection::AllOf(items) => Need::All(items.iter().map(need_of_item).collect()),
        CompiledDetection::AnyOf(parts) => Need::Any(parts.iter().map(need_of_detection).collect()),
        CompiledDetection::And(parts) => Need::All(parts.iter().map(need_of_detection).collect()),
        CompiledDetection::ArrayMatch { field, .. } => Need::Field(field.clone()),
        CompiledDetection::Keywords(_) | CompiledDetection::Conditional { .. } => Need::Nothing,
    }
}

fn need_of_item(item: &CompiledDetectionItem) -> Need {
    match &item.field {
        Some(field) if item.exists != Some(false) && !holds_when_missing(&item.matcher) => {
            Need::Field(field.trim_start_matches(PRESENCE).to_owned())
        }
        _ => Need::Nothing,
    }
}

fn holds_when_missing(matcher: &CompiledMatcher) -> bool {
    match matcher {
        CompiledMatcher::Null | CompiledMatcher::Not(_) => true,
        CompiledMatcher::AnyOf(parts) => parts.iter().any(holds_when_missing),
        CompiledMatcher::AllOf(parts) => parts.iter().all(holds_when_missing),
        _ => false,
    }
}

fn collect(detection: &CompiledDetection, fields: &mut BTreeSet<String>) {
    match detection {
        CompiledDetection::AllOf(items) => {
            fields.extend(items.iter().filter_map(|item| item.field.clone()));
        }
        CompiledDetection::AnyOf(parts) | CompiledDetection::And(parts) => {
            parts.iter().for_each(|part| collect(part, fields));
        }
        CompiledDetection::ArrayMatch { field, .. } => {
            fields.insert(field.clone());
        }
        CompiledDetection::Keywords(_) | CompiledDetection::Conditional { .. } => {}
    }
}
