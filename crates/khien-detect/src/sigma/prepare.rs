//! What is done to a parsed rule before it is compiled: the gaps of the matcher below us are closed
//! here, and rules that could only fail in silence are refused with a reason.

use std::collections::HashMap;

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, FilterRule, FilterRuleTarget, LogSource, Modifier,
    Quantifier, SelectorPattern, SigmaRule, SigmaString, SigmaValue,
};

use super::aliases;
use super::load::ProblemKind;
use super::rewrite::rewrite;

/// Why a rule was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Whose doing it is.
    pub kind: ProblemKind,
    /// What is wrong.
    pub detail: String,
}

impl Refused {
    pub(crate) const fn malformed(detail: String) -> Self {
        Self { kind: ProblemKind::Malformed, detail }
    }

    pub(crate) const fn unsupported(detail: String) -> Self {
        Self { kind: ProblemKind::Unsupported, detail }
    }
}

type Placeholders = HashMap<String, Vec<String>>;

/// Bound: values that one item may grow to by placeholders.
const EXPANDED_VALUES_MAX: usize = 100_000;
/// Bound: nesting of conditions and detections, which both are walked by recursion.
const NESTING_MAX: usize = 64;

/// Bound: round brackets open at once, and negations in a row; the condition parser recurses on both.
const OPEN_MAX: usize = 500;
/// Bound: other brackets open at once; the YAML parser takes quadratic time on them.
const FLOW_MAX: usize = 5000;

/// Why a rule file is more than any rule needs, if it is.
///
/// Hostile: asked before a parser sees the text.
pub(super) fn too_much(text: &str) -> Option<&'static str> {
    const NESTED: &str = "nested too deep";
    if opens_too_much(text) {
        return Some(NESTED);
    }
    if aliases::expand_too_far(text) {
        return Some("its aliases make it far longer than it is written");
    }
    hides_nesting(text).then_some(NESTED)
}

/// Whether it opens more brackets (or says `not` more often in a row) than any rule needs. Only a document
/// separator closes what is open, because nothing else ends every kind of YAML text.
fn opens_too_much(text: &str) -> bool {
    let (mut round, mut flow, mut negations) = (0_usize, 0_usize, 0_usize);
    for line in text.lines() {
        if line.starts_with("---") {
            (round, flow, negations) = (0, 0, 0);
        }
        for word in line.split_whitespace() {
            negations = if word == "not" { negations.saturating_add(1) } else { 0 };
            for byte in word.bytes() {
                match byte {
                    b'(' => round = round.saturating_add(1),
                    b')' => round = round.saturating_sub(1),
                    b'[' | b'{' => flow = flow.saturating_add(1),
                    b']' | b'}' => flow = flow.saturating_sub(1),
                    _ => {}
                }
            }
            if round > OPEN_MAX || negations > OPEN_MAX || flow > FLOW_MAX {
                return true;
            }
        }
    }
    false
}

/// The same for conditions that are written in escapes (`"\x6eot …"`), which the text does not show.
fn hides_nesting(text: &str) -> bool {
    let escapes = |line: &str| line.contains('"') && line.contains('\\');
    if !text.lines().any(escapes) {
        return false;
    }
    // A stream that does not parse may never end: stop at the first error.
    let documents = yaml_serde::Deserializer::from_str(text).map_while(|document| {
        <yaml_serde::Value as serde::Deserialize>::deserialize(document).ok()
    });
    documents.into_iter().any(|value| {
        ["detection", "correlation", "filter"].iter().any(|section| {
            let condition = value.get(*section).and_then(|section| section.get("condition"));
            let one = |condition: &yaml_serde::Value| {
                condition.as_str().is_some_and(is_condition_too_deep)
            };
            condition.is_some_and(|condition| match condition.as_sequence() {
                Some(list) => list.iter().any(one),
                None => one(condition),
            })
        })
    })
}

fn is_condition_too_deep(condition: &str) -> bool {
    let negations = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
    let negations = negations.filter(|word| *word == "not").count();
    negations > OPEN_MAX || condition.bytes().filter(|byte| *byte == b'(').count() > OPEN_MAX
}

/// Prepares a detection rule.
pub(super) fn rule(rule: &mut SigmaRule, placeholders: &Placeholders) -> Result<(), Refused> {
    if is_open(&rule.logsource) {
        let detail = "no log source: say at least a product, category or service".to_owned();
        return Err(Refused::malformed(detail));
    }
    if let Some(taxonomy) = rule.taxonomy.as_deref().filter(|t| !t.eq_ignore_ascii_case("sigma")) {
        let detail = format!("the taxonomy `{taxonomy}`: field names of the Sigma taxonomy only");
        return Err(Refused::unsupported(detail));
    }
    detections(&mut rule.detection.named, &mut rule.detection.conditions, placeholders)
}

fn is_open(source: &LogSource) -> bool {
    source.product.is_none() && source.category.is_none() && source.service.is_none()
}

/// Prepares a filter rule. Source: Sigma filters specification 2.1.
pub(super) fn filter(filter: &mut FilterRule, placeholders: &Placeholders) -> Result<(), Refused> {
    if filter.logsource.as_ref().is_none_or(is_open) {
        return Err(Refused::malformed("a filter without a log source".to_owned()));
    }
    if filter.detection.conditions.is_empty() {
        return Err(Refused::malformed("a filter without a condition".to_owned()));
    }
    detections(&mut filter.detection.named, &mut filter.detection.conditions, placeholders)
}

fn detections(
    named: &mut HashMap<String, Detection>,
    conditions: &mut [ConditionExpr],
    placeholders: &Placeholders,
) -> Result<(), Refused> {
    for (name, detection) in named.iter_mut() {
        let within = |mut refused: Refused| {
            refused.detail = format!("in `{name}`: {}", refused.detail);
            refused
        };
        expand(detection, placeholders, 0).map_err(within)?;
        rewrite(detection, 0).map_err(within)?;
    }
    let mut names: Vec<&str> = named.keys().map(String::as_str).collect();
    names.sort_unstable();
    for condition in conditions {
        resolve(condition, &names, 0)?;
    }
    Ok(())
}

/// Checks that every name exists, and writes selectors out as the names they stand for.
///
/// Written out, a selector means the same to the matcher, which knows patterns with one star only;
/// and the order of the names no longer depends on a hash map.
fn resolve(condition: &mut ConditionExpr, names: &[&str], depth: usize) -> Result<(), Refused> {
    if depth > NESTING_MAX {
        return Err(Refused::unsupported(format!("a condition nested over {NESTING_MAX} deep")));
    }
    let deeper = depth.saturating_add(1);
    match condition {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            parts.iter_mut().try_for_each(|part| resolve(part, names, deeper))
        }
        ConditionExpr::Not(part) => resolve(part, names, deeper),
        ConditionExpr::Identifier(name) if names.contains(&name.as_str()) => Ok(()),
        ConditionExpr::Identifier(name) => {
            Err(Refused::malformed(format!("the condition names `{name}`, which is not there")))
        }
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen: Vec<ConditionExpr> = names
                .iter()
                .filter(|name| selects(pattern, name))
                .map(|name| ConditionExpr::Identifier((*name).to_owned()))
                .collect();
            if chosen.is_empty() {
                let detail = format!("`{quantifier} of {pattern}` stands for no selection");
                return Err(Refused::malformed(detail));
            }
            *condition = match quantifier {
                Quantifier::Any | Quantifier::Count(1) => ConditionExpr::Or(chosen),
                Quantifier::All => ConditionExpr::And(chosen),
                Quantifier::Count(need) => at_least(*need, chosen)?,
            };
            Ok(())
        }
    }
}

/// Bound: combinations that `N of` is written out to.
const COMBINATIONS_MAX: usize = 2000;

/// `need of` these, written out as the disjunction of all combinations of that size.
fn at_least(need: u64, chosen: Vec<ConditionExpr>) -> Result<ConditionExpr, Refused> {
    let need = usize::try_from(need).unwrap_or(usize::MAX);
    if need == 0 || need > chosen.len() {
        let detail = format!("`{need} of` asks for that many of {} selections", chosen.len());
        return Err(Refused::malformed(detail));
    }
    let mut combinations: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..need {
        combinations = combinations
            .into_iter()
            .flat_map(|picked| {
                let from = picked.last().map_or(0, |last| last.saturating_add(1));
                (from..chosen.len()).map(move |next| {
                    let mut picked = picked.clone();
                    picked.push(next);
                    picked
                })
            })
            .collect();
        if combinations.len() > COMBINATIONS_MAX {
            return Err(Refused::unsupported(format!("`{need} of` {} selections", chosen.len())));
        }
    }
    let pick = |picked: Vec<usize>| {
        ConditionExpr::And(picked.iter().filter_map(|index| chosen.get(*index).cloned()).collect())
    };
    Ok(ConditionExpr::Or(combinations.into_iter().map(pick).collect()))
}

/// Whether a selector's pattern stands for a selection. A name that begins with `_` is left out,
/// unless the pattern begins with `_` itself.
fn selects(pattern: &SelectorPattern, name: &str) -> bool {
    match pattern {
        SelectorPattern::Them => !name.starts_with('_'),
        SelectorPattern::Pattern(pattern) => {
            (pattern.starts_with('_') || !name.starts_with('_'))
                && glob(pattern.as_bytes(), name.as_bytes())
        }
    }
}

/// `*` stands for any run of characters; linear in the text for every star.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p = p.saturating_add(1);
            }
            Some(byte) if Some(byte) == text.get(t) => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from.saturating_add(1)));
                    p = star.saturating_add(1);
                    t = from.saturating_add(1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|byte| *byte == b'*'))
}

fn expand(
    detection: &mut Detection,
    placeholders: &Placeholders,
    depth: usize,
) -> Result<(), Refused> {
    if depth > NESTING_MAX {
        return Err(Refused::unsupported(format!("a selection nested over {NESTING_MAX} deep")));
    }
    let deeper = depth.saturating_add(1);
    match detection {
        Detection::AllOf(items) => {
            items.iter_mut().try_for_each(|item| expand_item(item, placeholders))
        }
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter_mut().try_for_each(|part| expand(part, placeholders, deeper))
        }
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
            Ok(())
        }
    }
}

fn expand_item(item: &mut DetectionItem, placeholders: &Placeholders) -> Result<(), Refused> {
    if !item.field.has_modifier(Modifier::Expand) {
        return Ok(());
    }
    let mut values = Vec::with_capacity(item.values.len());
    for value in std::mem::take(&mut item.values) {
        match value {
            SigmaValue::String(text) => {
                for filled in fill(&text.original, placeholders)? {
                    values.push(SigmaValue::String(SigmaString::new(&filled)));
                }
            }
            other => values.push(other),
        }
        if values.len() > EXPANDED_VALUES_MAX {
            let detail = format!("placeholders expand to over {EXPANDED_VALUES_MAX} values");
            return Err(Refused::unsupported(detail));
        }
    }
    item.values = values;
    item.field.modifiers.retain(|modifier| *modifier != Modifier::Expand);
    Ok(())
}

/// All texts that a template with `%name%` placeholders stands for; `\\%` is a plain percent sign.
fn fill(template: &str, placeholders: &Placeholders) -> Result<Vec<String>, Refused> {
    let mut filled = vec![String::new()];
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        if let Some(before) = before.strip_suffix('\\') {
            filled.iter_mut().for_each(|text| *text = format!("{text}{before}%"));
            rest = after;
            continue;
        }
        let Some((name, after)) = after.split_once('%') else { break };
        let values =
            placeholders.get(name).filter(|values| !values.is_empty()).ok_or_else(|| Refused {
                kind: ProblemKind::MissingPlaceholder,
                detail: format!("the placeholder `%{name}%` has no value"),
            })?;
        if filled.len().saturating_mul(values.len()) > EXPANDED_VALUES_MAX {
            let detail = format!("placeholders expand to over {EXPANDED_VALUES_MAX} values");
            return Err(Refused::unsupported(detail));
        }
        filled = filled
            .iter()
            .flat_map(|head| values.iter().map(move |value| format!("{head}{before}{value}")))
            .collect();
        rest = after;
    }
    for text in &mut filled {
        text.push_str(rest);
    }
    Ok(filled)
}

/// Applies a filter to a rule it is meant for; says whether it was.
///
/// Source: Sigma filters specification 2.1.
pub(super) fn apply_filter(rule: &mut SigmaRule, filter: &FilterRule, number: usize) -> bool {
    let meant = match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(names) => names.iter().any(|name| {
            rule.id.as_ref() == Some(name)
                || rule.name.as_ref() == Some(name)
                || rule.title == *name
        }),
    };
    let in_scope = filter.logsource.as_ref().is_none_or(|asked| covers(asked, &rule.logsource));
    if !meant || !in_scope || filter.detection.named.is_empty() {
        return false;
    }
    // Resolved names of the rule must stay clear of those of the filter.
    let renamed = |name: &str| format!("__filter_{number}_{name}");
    for (name, detection) in &filter.detection.named {
        rule.detection.named.insert(renamed(name), detection.clone());
    }
    let condition = match filter.detection.conditions.first() {
        Some(condition) => rename(condition, &renamed),
        None => return false,
    };
    for own in &mut rule.detection.conditions {
        *own = ConditionExpr::And(vec![own.clone(), condition.clone()]);
    }
    true
}

fn covers(asked: &LogSource, have: &LogSource) -> bool {
    let same = |asked: &Option<String>, have: &Option<String>| {
        asked
            .as_ref()
            .is_none_or(|asked| have.as_ref().is_some_and(|have| have.eq_ignore_ascii_case(asked)))
    };
    same(&asked.product, &have.product)
        && same(&asked.category, &have.category)
        && same(&asked.service, &have.service)
}

fn rename(condition: &ConditionExpr, renamed: &dyn Fn(&str) -> String) -> ConditionExpr {
    let all = |parts: &[ConditionExpr]| parts.iter().map(|part| rename(part, renamed)).collect();
    match condition {
        ConditionExpr::And(parts) => ConditionExpr::And(all(parts)),
        ConditionExpr::Or(parts) => ConditionExpr::Or(all(parts)),
        ConditionExpr::Not(part) => ConditionExpr::Not(Box::new(rename(part, renamed))),
        ConditionExpr::Identifier(name) => ConditionExpr::Identifier(renamed(name)),
        // `resolve` has written all selectors out.
        selector @ ConditionExpr::Selector { .. } => selector.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("*_sel_*", "x_sel_y", true),
            ("*_sel_*", "x_se_y", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("sel", "selx", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn placeholders_multiply_and_are_bounded() {
        let placeholders = HashMap::from([
            ("a".to_owned(), vec!["1".to_owned(), "2".to_owned()]),
            ("b".to_owned(), vec!["x".to_owned()]),
            ("many".to_owned(), vec!["v".to_owned(); 1000]),
        ]);
        assert_eq!(fill("p%a%-%b%s", &placeholders).unwrap(), ["p1-xs", "p2-xs"]);
        assert_eq!(fill("50%", &placeholders).unwrap(), ["50%"]);
        let missing = fill("%none%", &placeholders).unwrap_err();
        assert_eq!(missing.kind, ProblemKind::MissingPlaceholder);
        assert!(fill("%many%%many%", &placeholders).is_err());
    }
}
