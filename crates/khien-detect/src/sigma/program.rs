//! A rule in the form in which it is evaluated: names resolved, selections in place.
//!
//! What a comparison means stays with `rsigma-eval`: its compiled matchers are asked. Ours is the way
//! to them: fields are numbered, so that each is found in an event once for all rules, and a
//! text is brought to lower case once.

use rsigma_eval::result::MatchDetailLevel;
use rsigma_eval::{
    CompiledDetection, CompiledMatcher, CompiledRule, Engine, EventValue, PlainEvent,
};
use rsigma_parser::ConditionExpr;

use super::shard::MatchedField;
use super::values::{Values, holds};
use super::view::View;

/// The numbers of field names, as the rules of one engine use them.
#[derive(Debug, Default)]
pub(super) struct Slots {
    numbers: std::collections::HashMap<Box<str>, u32, foldhash::fast::FixedState>,
    names: Vec<Box<str>>,
}

impl Slots {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        number
    }

    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(super) fn name(&self, slot: u32) -> &str {
        self.names.get(slot as usize).map_or("", |name| name)
    }

    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }
}

/// A rule ready to be evaluated.
pub(super) enum Program {
    /// The conditions, any of which is enough.
    Plain(Box<[Node]>),
    /// A form that is not taken apart here: the engine evaluates the rule alone.
    Whole(Box<Engine>),
}

/// A part of a condition or of a selection.
pub(super) enum Node {
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Not(Box<Self>),
    /// A selection by its name.
    Selection(Box<str>, Box<Self>),
    Item(Item),
    /// A text anywhere in the event.
    Keywords(CompiledMatcher),
    /// A selection that the rule does not have.
    Never,
}

/// One field compared.
pub(super) struct Item {
    pub(super) slot: u32,
    /// Whether the field must, or must not, be there; nothing is compared then.
    pub(super) exists: Option<bool>,
    pub(super) matcher: CompiledMatcher,
}

impl Program {
    pub(super) fn new(rule: &CompiledRule, slots: &mut Slots) -> Self {
        let parts = rule.conditions.iter().map(|condition| of_condition(condition, rule, slots));
        parts.collect::<Option<Box<[Node]>>>().map_or_else(
            || {
                let mut engine = Engine::new();
                engine.set_match_detail(MatchDetailLevel::Summary);
                engine.add_compiled_rule(rule.clone());
                Self::Whole(Box::new(engine))
            },
            Self::Plain,
        )
    }

    /// The fields that make the rule match, or `None` when it does not.
    pub(super) fn run(&self, values: &Values<'_, '_>) -> Option<Vec<MatchedField>> {
        let mut fields = Vec::new();
        match self {
            Self::Plain(conditions) => {
                let condition = conditions.iter().find(|node| node.eval(values))?;
                let mut selections = Vec::new();
                condition.selections(values, &mut selections);
                for (name, selection) in selections {
                    selection.collect(name, values, &mut fields);
                }
            }
            Self::Whole(engine) => {
                let result = engine.evaluate(&values.view).pop()?;
                if let rsigma_eval::ResultBody::Detection(body) = result.body {
                    fields.extend(body.matched_fields.into_iter().map(|matched| MatchedField {
                        field: matched.field,
                        value: matched.value,
                        selection: matched.selection.unwrap_or_default(),
                    }));
                }
            }
        }
        // A selection may stand in a condition twice, and the engine keeps selections in a hash
        // map; the answer must depend on neither.
        fields.sort_by(|a, b| (&a.selection, &a.field).cmp(&(&b.selection, &b.field)));
        fields.dedup();
        Some(fields)
    }
}

fn of_condition(condition: &ConditionExpr, rule: &CompiledRule, slots: &mut Slots) -> Option<Node> {
    let mut list = |parts: &[ConditionExpr]| {
        parts.iter().map(|part| of_condition(part, rule, slots)).collect::<Option<Box<[Node]>>>()
    };
    Some(match condition {
        ConditionExpr::And(parts) => Node::All(list(parts)?),
        ConditionExpr::Or(parts) => Node::Any(list(parts)?),
        ConditionExpr::Not(inner) => Node::Not(Box::new(of_condition(inner, rule, slots)?)),
        ConditionExpr::Identifier(name) => match rule.detections.get(name) {
            Some(detection) => {
                let inner = of_detection(detection, slots)?;
                Node::Selection(name.as_str().into(), Box::new(inner))
            }
            None => Node::Never,
        },
        ConditionExpr::Selector { .. } => return None,
    })
}

fn of_detection(detection: &CompiledDetection, slots: &mut Slots) -> Option<Node> {
    let mut list = |parts: &[CompiledDetection]| {
        parts.iter().map(|part| of_detection(part, slots)).collect::<Option<Box<[Node]>>>()
    };
    Some(match detection {
        CompiledDetection::AnyOf(parts) => Node::Any(list(parts)?),
        CompiledDetection::And(parts) => Node::All(list(parts)?),
        CompiledDetection::Keywords(matcher) => Node::Keywords(matcher.clone()),
        CompiledDetection::AllOf(items) => {
            let nodes = items.iter().map(|item| match (&item.field, item.exists) {
                (Some(field), exists) => {
                    let (slot, matcher) = (slots.number(field), item.matcher.clone());
                    Some(Node::Item(Item { slot, exists, matcher }))
                }
                (None, None) => Some(Node::Keywords(item.matcher.clone())),
                (None, Some(_)) => None,
            });
            Node::All(nodes.collect::<Option<_>>()?)
        }
        CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => {
            return None;
        }
    })
}

impl Node {
    fn eval(&self, values: &Values<'_, '_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.eval(values)),
            Self::Any(parts) => parts.iter().any(|part| part.eval(values)),
            Self::Not(inner) => !inner.eval(values),
            Self::Selection(_, inner) => inner.eval(values),
            Self::Item(item) => item.eval(values),
            Self::Keywords(matcher) => matcher.matches_keyword(&values.view),
            Self::Never => false,
        }
    }

    /// The selections that hold, as far as they were needed to tell that the condition does.
    fn selections<'n>(
        &'n self,
        values: &Values<'_, '_>,
        found: &mut Vec<(&'n str, &'n Self)>,
    ) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.selections(values, found)),
            Self::Any(parts) => parts.iter().any(|part| part.selections(values, found)),
            Self::Not(inner) => !inner.selections(values, found),
            Self::Selection(name, inner) => {
                let holds = inner.eval(values);
                if holds {
                    found.push((name, inner));
                }
                holds
            }
            Self::Item(_) | Self::Keywords(_) | Self::Never => self.eval(values),
        }
    }

    /// The fields of a selection that holds.
    fn collect(&self, selection: &str, values: &Values<'_, '_>, fields: &mut Vec<MatchedField>) {
        match self {
            Self::All(parts) => {
                parts.iter().for_each(|part| part.collect(selection, values, fields));
            }
            Self::Any(parts) => {
                let holding = parts.iter().filter(|part| part.eval(values));
                holding.for_each(|part| part.collect(selection, values, fields));
            }
            Self::Item(item) => fields.extend(item.matched(values).map(|value| MatchedField {
                field: values.name(item.slot).to_owned(),
                value,
                selection: selection.to_owned(),
            })),
            Self::Keywords(matcher) => {
                let texts = rsigma_eval::Event::all_string_values(&values.view).into_iter();
                let holding = texts.filter(|text| {
                    matcher.matches_keyword(&PlainEvent::new(text.clone().into_owned()))
                });
                fields.extend(holding.take(KEYWORDS_MAX).map(|text| MatchedField {
                    field: "keyword".to_owned(),
                    value: serde_json::Value::String(text.into_owned()),
                    selection: selection.to_owned(),
                }));
            }
            Self::Not(_) | Self::Selection(..) | Self::Never => {}
        }
    }
}

/// Bound: values named for one keyword selection, as many as the engine names.
const KEYWORDS_MAX: usize = 16;

impl Item {
    fn eval(&self, values: &Values<'_, '_>) -> bool {
        let value = values.get(self.slot);
        match (self.exists, value) {
            (Some(wanted), None) => !wanted,
            (Some(wanted), Some(value)) => wanted != value.raw().is_null(),
            (None, Some(value)) => holds(&self.matcher, value, values.view),
            (None, None) => self.holds_when_absent(),
        }
    }

    /// Whether nothing is what is looked for.
    pub(super) const fn holds_when_absent(&self) -> bool {
        match self.exists {
            Some(wanted) => !wanted,
            None => matches!(self.matcher, CompiledMatcher::Null),
        }
    }

    /// Whether the comparison holds for a value, where the value alone decides.
    pub(super) fn decides(&self, value: &EventValue<'_>, view: View<'_>) -> Option<bool> {
        (self.exists.is_none() && value_decides(&self.matcher))
            .then(|| self.matcher.matches(value, &view))
    }

    fn matched(&self, values: &Values<'_, '_>) -> Option<serde_json::Value> {
        match values.get(self.slot) {
            Some(value) => holds(&self.matcher, value, values.view).then(|| value.raw().to_json()),
            None => {
                let absence =
                    matches!(self.matcher, CompiledMatcher::Null | CompiledMatcher::Exists(false));
                absence.then_some(serde_json::Value::Null)
            }
        }
    }
}

/// Whether a comparison looks at nothing but the value.
fn value_decides(matcher: &CompiledMatcher) -> bool {
    match matcher {
        CompiledMatcher::Exact { .. }
        | CompiledMatcher::Contains { .. }
        | CompiledMatcher::StartsWith { .. }
        | CompiledMatcher::EndsWith { .. }
        | CompiledMatcher::Regex(_)
        | CompiledMatcher::AhoCorasickSet { .. }
        | CompiledMatcher::RegexSetMatch { .. }
        | CompiledMatcher::CaseInsensitiveGroup { .. }
        | CompiledMatcher::NumericEq(_)
        | CompiledMatcher::NumericGt(_)
        | CompiledMatcher::NumericGte(_)
        | CompiledMatcher::NumericLt(_)
        | CompiledMatcher::NumericLte(_) => true,
        CompiledMatcher::Not(inner) => value_decides(inner),
        CompiledMatcher::AnyOf(parts) | CompiledMatcher::AllOf(parts) => {
            parts.iter().all(value_decides)
        }
        _ => false,
    }
}
