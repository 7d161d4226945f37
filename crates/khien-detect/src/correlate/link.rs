//! Resolves a parsed correlation against the loaded rules.

use khien_model::{Severity, Untrusted};
use rsigma_parser as parsed;

use super::condition::{Aggregate, Condition, Formula};
use super::{CorrelationRule, Details, Input, InputSource};
use crate::sigma::RuleSet;
use crate::sigma::load::ProblemKind;
use crate::sigma::prepare::Refused;

impl CorrelationRule {
    /// Resolves names and checks that the rule can be evaluated here.
    pub(crate) fn link(
        origin: &Untrusted,
        rule: &parsed::CorrelationRule,
        details: &Details,
        set: &RuleSet,
    ) -> Result<Self, Refused> {
        if rule.window != parsed::WindowMode::Sliding {
            let detail = format!("the window mode `{}`", rule.window.as_str());
            return Err(Refused::unsupported(detail));
        }
        let mut inputs = Vec::new();
        let mut level = 0;
        for name in &rule.rules {
            let source = find(name, set)?;
            if let InputSource::Correlation(number) = source {
                let below = usize::try_from(number).ok().and_then(|n| set.correlations().get(n));
                level = level.max(below.map_or(0, |c| c.level.saturating_add(1)));
            }
            inputs.push(Input { source, group_fields: group_fields(rule, name) });
        }
        if inputs.is_empty() {
            return Err(Refused::malformed("the correlation names no rule".to_owned()));
        }
        let seconds = i64::try_from(rule.timespan.seconds).unwrap_or(i64::MAX);
        let timespan_nanos = seconds.checked_mul(1_000_000_000).filter(|nanos| *nanos > 0);
        let timespan_nanos = timespan_nanos.ok_or_else(|| {
            Refused::malformed(format!("the timespan `{}`", rule.timespan.original))
        })?;
        let (condition, value_fields) = condition(rule, details)?;
        Ok(Self {
            id: rule.id.clone().unwrap_or_default(),
            name: rule.name.clone(),
            title: Untrusted::from(rule.title.as_str()),
            description: Untrusted::new(rule.description.clone().unwrap_or_default()),
            false_positives: rule
                .falsepositives
                .iter()
                .map(|s| Untrusted::from(s.as_str()))
                .collect(),
            severity: rule
                .level
                .and_then(|level| Severity::parse(level.as_str()))
                .unwrap_or(Severity::Medium),
            tags: rule.tags.clone(),
            origin: origin.clone(),
            generate: rule.generate,
            reports: true,
            is_on: true,
            kind: rule.correlation_type.as_str(),
            group_by: rule.group_by.clone(),
            timespan_nanos,
            inputs,
            condition,
            value_fields,
            level,
        })
    }
}

fn find(name: &str, set: &RuleSet) -> Result<InputSource, Refused> {
    let named = |id: &str, own: &Option<String>| id == name || own.as_deref() == Some(name);
    let mut rules = (0_u32..).zip(set.rules()).filter(|(_, r)| named(&r.id, &r.name));
    if let Some((index, _)) = rules.next() {
        return match rules.next() {
            Some(_) => Err(Refused::malformed(format!("`{name}` names more than one rule"))),
            None => Ok(InputSource::Rule(index)),
        };
    }
    (0_u32..)
        .zip(set.correlations())
        .find(|(_, c)| named(&c.id, &c.name))
        .map(|(index, _)| InputSource::Correlation(index))
        .ok_or_else(|| Refused {
            kind: ProblemKind::MissingReference,
            detail: format!("the correlation refers to `{name}`, which is not loaded"),
        })
}

/// Where events of rule `name` keep the group-by values: an alias says so per rule.
fn group_fields(rule: &parsed::CorrelationRule, name: &str) -> Vec<String> {
    let field_of = |field: &String| {
        let alias = rule.aliases.iter().find(|alias| alias.alias == *field);
        alias.and_then(|alias| alias.mapping.get(name)).unwrap_or(field).clone()
    };
    rule.group_by.iter().map(field_of).collect()
}

fn condition(
    rule: &parsed::CorrelationRule,
    details: &Details,
) -> Result<(Condition, Vec<String>), Refused> {
    use parsed::CorrelationType as Kind;
    let temporal = matches!(rule.correlation_type, Kind::Temporal | Kind::TemporalOrdered);
    let (threshold, field, percentile) = match &rule.condition {
        parsed::CorrelationCondition::Extended(expr) => {
            if rule.correlation_type != Kind::Temporal {
                let kind = rule.correlation_type.as_str();
                return Err(Refused::malformed(format!("a formula as the condition of `{kind}`")));
            }
            let formula = formula(expr, &rule.rules)?;
            if let Some(unused) = (0..rule.rules.len()).find(|input| !formula.mentions(*input)) {
                let name = rule.rules.get(unused).map(String::as_str).unwrap_or_default();
                return Err(Refused::malformed(format!("the condition leaves out `{name}`")));
            }
            let negates = formula.negates();
            return Ok((Condition::Formula(formula, negates), Vec::new()));
        }
        parsed::CorrelationCondition::Threshold { .. } if temporal => {
            let ordered = rule.correlation_type == Kind::TemporalOrdered;
            return match (ordered, &details.threshold) {
                (true, None) => Ok((Condition::Ordered, Vec::new())),
                (false, None) => Ok((Condition::AllOf, Vec::new())),
                (false, Some(some)) if !some.needs_close() => {
                    Ok((Condition::SomeOf(some.clone()), Vec::new()))
                }
                _ => {
                    Err(Refused::unsupported("this condition on a temporal correlation".to_owned()))
                }
            };
        }
        parsed::CorrelationCondition::Threshold { field, percentile, .. } => {
            let threshold = details.threshold.clone().unwrap_or_default();
            (threshold, field.clone().unwrap_or_default(), *percentile)
        }
    };
    let aggregate = match rule.correlation_type {
        Kind::EventCount => Aggregate::Events,
        Kind::ValueCount => Aggregate::DistinctValues,
        Kind::ValueSum => Aggregate::Sum,
        Kind::ValueAvg => Aggregate::Average,
        Kind::ValueMedian => Aggregate::Median,
        #[expect(clippy::cast_precision_loss, reason = "a percentile is at most 100")]
        Kind::ValuePercentile => Aggregate::Percentile(percentile.unwrap_or(50).min(100) as f64),
        Kind::Temporal | Kind::TemporalOrdered => Aggregate::Events,
    };
    if aggregate != Aggregate::Events && field.is_empty() {
        let kind = rule.correlation_type.as_str();
        return Err(Refused::malformed(format!("`{kind}` needs `field` in its condition")));
    }
    let fields = if aggregate == Aggregate::Events { Vec::new() } else { field };
    Ok((Condition::Number(aggregate, threshold), fields))
}

fn formula(expr: &parsed::ConditionExpr, rules: &[String]) -> Result<Formula, Refused> {
    let all = |parts: &[parsed::ConditionExpr]| {
        parts.iter().map(|part| formula(part, rules)).collect::<Result<Vec<_>, _>>()
    };
    match expr {
        parsed::ConditionExpr::And(parts) => Ok(Formula::And(all(parts)?)),
        parsed::ConditionExpr::Or(parts) => Ok(Formula::Or(all(parts)?)),
        parsed::ConditionExpr::Not(part) => Ok(Formula::Not(Box::new(formula(part, rules)?))),
        parsed::ConditionExpr::Identifier(name) => {
            rules.iter().position(|rule| rule == name).map(Formula::Input).ok_or_else(|| {
                Refused::malformed(format!("the condition names `{name}`, which `rules` does not"))
            })
        }
        parsed::ConditionExpr::Selector { .. } => {
            Err(Refused::unsupported("a selector in the condition of a correlation".to_owned()))
        }
    }
}
