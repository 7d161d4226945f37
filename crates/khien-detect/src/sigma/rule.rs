//! A loaded rule set.

use std::collections::HashMap;

use khien_model::{LogSource, Severity, Technique, Untrusted};
use rsigma_eval::CompiledRule;

use super::load::Problem;
use super::needs::Needs;
use crate::correlate::{CorrelationRule, InputSource};

/// One detection rule, compiled, with what people want to know about it.
#[derive(Debug)]
pub struct Rule {
    /// The rule's own id, or empty.
    pub id: String,
    /// The name that correlations refer to it by.
    pub name: Option<String>,
    /// Title.
    pub title: Untrusted,
    /// What it looks for and why.
    pub description: Untrusted,
    /// Known benign causes.
    pub false_positives: Vec<Untrusted>,
    /// Sources and further reading.
    pub references: Vec<Untrusted>,
    /// Author.
    pub author: Untrusted,
    /// Maturity, as written (`stable`, `test`, `experimental`).
    pub status: String,
    /// Severity; `medium` when the rule does not say, as Sigma recommends no level as unknown.
    pub severity: Severity,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// Where it was loaded from.
    pub origin: Untrusted,
    /// Product asked for.
    pub product: Option<String>,
    /// Category asked for.
    pub category: Option<String>,
    /// Service asked for.
    pub service: Option<String>,
    /// Which fields it needs, and whether it can do without.
    pub needs: Needs,
    /// Whether its matches are detections of their own. A rule that only feeds correlations has
    /// none, unless one of them says `generate: true`.
    pub reports: bool,
    /// Whether it is tried at all ([`RuleSet::turn_off`]).
    pub is_on: bool,
    pub(super) compiled: CompiledRule,
}

impl Rule {
    /// The ATT&CK techniques among its tags.
    pub fn techniques(&self) -> impl Iterator<Item = Technique> {
        self.tags.iter().filter_map(|tag| Technique::from_tag(tag))
    }

    /// Whether the rule is in scope for events of this log source; one that is off is for none.
    pub fn applies_to(&self, source: &LogSource) -> bool {
        if !self.is_on {
            return false;
        }
        let (product, category) = (self.product.as_deref(), self.category.as_deref());
        source.satisfies(product, category, self.service.as_deref())
    }

    /// The log source asked for, as `product/category/service`, with `*` for what it leaves open.
    pub fn log_source(&self) -> String {
        let word = |word: &Option<String>| word.as_deref().unwrap_or("*").to_owned();
        format!("{}/{}/{}", word(&self.product), word(&self.category), word(&self.service))
    }
}

/// Everything that was loaded, and what could not be.
#[derive(Debug, Default)]
pub struct RuleSet {
    pub(super) rules: Vec<Rule>,
    pub(super) correlations: Vec<CorrelationRule>,
    pub(super) problems: Vec<Problem>,
    /// Field names that any rule needs, numbered.
    pub(super) fields: HashMap<Box<str>, u32, foldhash::fast::FixedState>,
    pub(super) filters: usize,
}

impl RuleSet {
    /// Detection rules; a [`super::Match`] names one by its position here.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Correlation rules.
    pub fn correlations(&self) -> &[CorrelationRule] {
        &self.correlations
    }

    /// What could not be loaded, and why.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many filter rules were applied.
    pub const fn filters(&self) -> usize {
        self.filters
    }

    /// Turns rules and correlations off, by position. A correlation that stands on one that is off is
    /// stopped with it: without that part it would say something else. Rules that only feed a correlation
    /// stay silent when it is off.
    pub fn turn_off(&mut self, rules: &[u32], correlations: &[u32]) {
        for (index, rule) in (0_u32..).zip(&mut self.rules) {
            rule.is_on &= !rules.contains(&index);
        }
        for (index, correlation) in (0_u32..).zip(&mut self.correlations) {
            correlation.is_on &= !correlations.contains(&index);
        }
        // Correlations stand on earlier ones only, so one pass carries it all the way up.
        let mut on: Vec<bool> = Vec::with_capacity(self.correlations.len());
        for correlation in &mut self.correlations {
            let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
            correlation.is_on &= correlation.inputs.iter().all(|input| match input.source {
                InputSource::Rule(rule) => self.rules.get(at(rule)).is_some_and(|r| r.is_on),
                InputSource::Correlation(inner) => on.get(at(inner)).is_some_and(|on| *on),
            });
            on.push(correlation.is_on);
        }
    }

    /// Lets only those rules and correlations report that are wanted, told by id and title. What these stand on
    /// is looked at all the same, in silence.
    pub fn report_only(&mut self, is_wanted: impl Fn(&str, &str) -> bool) {
        for rule in &mut self.rules {
            rule.reports = is_wanted(&rule.id, rule.title.as_raw());
        }
        for correlation in &mut self.correlations {
            correlation.reports = is_wanted(&correlation.id, correlation.title.as_raw());
        }
    }

    /// The rule at a position.
    pub fn rule(&self, index: u32) -> Option<&Rule> {
        self.rules.get(usize::try_from(index).ok()?)
    }
}
