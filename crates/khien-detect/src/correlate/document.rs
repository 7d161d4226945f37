//! What the parser does not tell of a document: whether a correlation's condition was written at all,
//! fractions in its bounds, keys that it passes over, and whether a filter says which rules it is for.

use rsigma_parser as parsed;
use std::borrow::Cow;
use yaml_serde::{Mapping, Value};

use super::condition::{Comparison, Threshold};
use crate::sigma::prepare::Refused;

/// What was written in a correlation document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    /// The bounds, with their fractions; `None` when the document has no condition or a formula.
    pub(crate) threshold: Option<Threshold>,
}

/// The documents of a rule file, read once more where there are correlations.
pub(crate) struct Documents<'t> {
    text: Cow<'t, str>,
    correlations: Vec<Result<Details, Refused>>,
}

impl<'t> Documents<'t> {
    /// Looks for correlations in a rule file.
    pub(crate) fn read(text: &'t str) -> Result<Self, Refused> {
        let text = without_empty_tail(text);
        let is_filter = text.starts_with("filter:") || text.contains("\nfilter:");
        if !text.contains("correlation") && !is_filter {
            return Ok(Self { text: Cow::Borrowed(text), correlations: Vec::new() });
        }
        let mut correlations = Vec::new();
        let mut documents = Vec::new();
        let mut changed = false;
        for document in yaml_serde::Deserializer::from_str(text) {
            let Ok(mut value) = <Value as serde::Deserialize>::deserialize(document) else {
                // The rule parser says what is wrong, in its own words.
                return Ok(Self { text: Cow::Borrowed(text), correlations: Vec::new() });
            };
            if let Some(correlation) = value.get_mut("correlation").and_then(Value::as_mapping_mut)
            {
                correlations.push(details_of(correlation));
                changed |= round_bounds(correlation);
            }
            if value.get("filter").is_some_and(|f| f.is_mapping() && f.get("rules").is_none()) {
                let detail = "a filter without `rules`: name rules, or `any`".to_owned();
                return Err(Refused::malformed(detail));
            }
            documents.push(value);
        }
        let text = if changed { written_again(&documents)? } else { Cow::Borrowed(text) };
        Ok(Self { text, correlations })
    }

    /// The text for the rule parser.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What was written in the correlation of this number.
    pub(crate) fn details(
        &self,
        number: usize,
        rule: &parsed::CorrelationRule,
    ) -> Result<Details, Refused> {
        match self.correlations.get(number) {
            Some(details) => details.clone(),
            // A repeated or global document: the parser merged what cannot be told apart here.
            None => Ok(Details { threshold: threshold_of_parsed(&rule.condition) }),
        }
    }
}

/// A file may end in a document separator.
fn without_empty_tail(text: &str) -> &str {
    let mut text = text.trim_end();
    while let Some(rest) = text.strip_suffix("\n---").or_else(|| text.strip_suffix("\n...")) {
        text = rest.trim_end();
    }
    text
}

fn written_again(documents: &[Value]) -> Result<Cow<'static, str>, Refused> {
    let mut text = String::new();
    for document in documents {
        let one = yaml_serde::to_string(document)
            .map_err(|error| Refused::malformed(error.to_string()))?;
        text.push_str("---\n");
        text.push_str(&one);
    }
    Ok(Cow::Owned(text))
}

fn details_of(correlation: &Mapping) -> Result<Details, Refused> {
    check_aliases(correlation)?;
    let threshold = match correlation.get("condition") {
        Some(Value::Mapping(condition)) => Some(threshold_of(condition)?),
        _ => None,
    };
    Ok(Details { threshold })
}

fn threshold_of(condition: &Mapping) -> Result<Threshold, Refused> {
    let mut threshold = Threshold::default();
    for (key, value) in condition {
        let key = key.as_str().unwrap_or_default();
        let comparison = match key {
            "gt" => Comparison::Gt,
            "gte" => Comparison::Gte,
            "lt" => Comparison::Lt,
            "lte" => Comparison::Lte,
            "eq" => Comparison::Eq,
            "neq" => Comparison::Neq,
            "field" | "percentile" => continue,
            other => {
                return Err(Refused::malformed(format!("`{other}` in the condition is not known")));
            }
        };
        let bound = value.as_f64().filter(|bound| bound.is_finite()).ok_or_else(|| {
            Refused::malformed(format!("`{key}` in the condition takes a number"))
        })?;
        threshold.0.push((comparison, bound));
    }
    Ok(threshold)
}

fn check_aliases(correlation: &Mapping) -> Result<(), Refused> {
    let Some(aliases) = correlation.get("aliases") else { return Ok(()) };
    let wrong = |detail: &str| Err(Refused::malformed(detail.to_owned()));
    let Some(aliases) = aliases.as_mapping() else { return wrong("`aliases` takes a map") };
    let rules: Vec<&str> = match correlation.get("rules") {
        Some(Value::Sequence(rules)) => rules.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(rule)) => vec![rule],
        _ => Vec::new(),
    };
    for (alias, fields) in aliases {
        let Some(fields) = fields.as_mapping() else {
            return wrong("an alias takes a map of rules to fields");
        };
        for rule in fields.keys().filter_map(Value::as_str) {
            if !rules.contains(&rule) {
                let alias = alias.as_str().unwrap_or_default();
                return wrong(&format!(
                    "the alias `{alias}` names `{rule}`, which `rules` does not"
                ));
            }
        }
    }
    Ok(())
}

/// The parser takes whole bounds only; what was written is kept in [`Details`].
fn round_bounds(correlation: &mut Mapping) -> bool {
    let mut changed = false;
    if let Some(Value::Mapping(condition)) = correlation.get_mut("condition") {
        for (key, value) in condition.iter_mut() {
            let is_bound = key.as_str() != Some("percentile");
            if is_bound && value.is_number() && value.as_u64().is_none() {
                *value = Value::from(0_u64);
                changed = true;
            }
        }
    }
    changed
}

fn threshold_of_parsed(condition: &parsed::CorrelationCondition) -> Option<Threshold> {
    let parsed::CorrelationCondition::Threshold { predicates, .. } = condition else { return None };
    let comparison = |operator: &parsed::ConditionOperator| match operator {
        parsed::ConditionOperator::Lt => Comparison::Lt,
        parsed::ConditionOperator::Lte => Comparison::Lte,
        parsed::ConditionOperator::Gt => Comparison::Gt,
        parsed::ConditionOperator::Gte => Comparison::Gte,
        parsed::ConditionOperator::Eq => Comparison::Eq,
        parsed::ConditionOperator::Neq => Comparison::Neq,
    };
    #[expect(clippy::cast_precision_loss, reason = "thresholds are far below 2^53")]
    let bounds = predicates.iter().map(|(op, n)| (comparison(op), *n as f64)).collect();
    Some(Threshold(bounds))
}
