//! Loads rules from YAML text: parses, prepares, compiles, and keeps an account of what failed.

use std::collections::HashMap;

use khien_model::{Severity, Untrusted};
use rsigma_parser::{FilterRule, SigmaCollection, SigmaRule, parse_sigma_yaml};
use serde::Serialize;

use super::needs::Needs;
use super::prepare;
use super::rule::{Rule, RuleSet};
use crate::correlate::{CorrelationRule, Details};

/// The text of one rule file.
#[derive(Clone, Debug)]
pub struct RuleSource {
    /// Where it came from, for messages.
    pub origin: Untrusted,
    /// YAML, one or more documents.
    pub text: String,
}

/// What loading needs besides the rules.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Values for `|expand` placeholders, by name.
    pub placeholders: HashMap<String, Vec<String>>,
}

/// Why a rule was not loaded.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The text is not valid YAML, or not a Sigma document: the rule's fault.
    Malformed,
    /// A correlation or filter names a rule that is not there.
    MissingReference,
    /// A placeholder has no value.
    MissingPlaceholder,
    /// Valid Sigma that is not supported here.
    Unsupported,
    /// Loaded, but without effect: a filter that fits no rule.
    Unused,
}

/// A rule, or a part of a rule file, that was not loaded.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// The file.
    pub origin: Untrusted,
    /// The rule's title, when it got that far.
    pub title: Untrusted,
    /// Whose doing it is.
    pub kind: ProblemKind,
    /// What is wrong, and where.
    pub detail: Untrusted,
}

/// Bound: one rule file, in bytes.
pub const RULE_FILE_BYTES_MAX: u64 = 1 << 20;

impl RuleSet {
    /// Loads rules. Never fails as a whole: a rule that cannot be loaded is a [`Problem`].
    pub fn load(sources: impl IntoIterator<Item = RuleSource>, options: &LoadOptions) -> Self {
        let mut loader = Loader::default();
        for source in sources {
            loader.parse(&source);
        }
        loader.finish(options)
    }
}

#[derive(Default)]
struct Loader {
    set: RuleSet,
    rules: Vec<(Untrusted, SigmaRule)>,
    correlations: Vec<(Untrusted, rsigma_parser::CorrelationRule, Details)>,
    filters: Vec<(Untrusted, FilterRule)>,
}

impl Loader {
    fn problem(&mut self, origin: &Untrusted, title: &str, refused: prepare::Refused) {
        self.set.problems.push(Problem {
            origin: origin.clone(),
            title: Untrusted::from(title),
            kind: refused.kind,
            detail: Untrusted::new(refused.detail),
        });
    }

    fn parse(&mut self, source: &RuleSource) {
        if let Some(why) = prepare::too_much(&source.text) {
            let refused = prepare::Refused::malformed(why.to_owned());
            return self.problem(&source.origin, "", refused);
        }
        let documents = match crate::correlate::Documents::read(&source.text) {
            Ok(documents) => documents,
            Err(refused) => return self.problem(&source.origin, "", refused),
        };
        let collection: SigmaCollection = match parse_sigma_yaml(documents.text()) {
            Ok(collection) => collection,
            Err(error) => {
                let refused = prepare::Refused::malformed(error.to_string());
                return self.problem(&source.origin, "", refused);
            }
        };
        let nothing = collection.rules.is_empty()
            && collection.correlations.is_empty()
            && collection.filters.is_empty();
        for error in &collection.errors {
            // The parser also reports what it could ignore (an unknown status); with a rule in
            // hand that is no reason to lose it.
            if nothing || !is_warning(error) {
                let refused = prepare::Refused::malformed(error.clone());
                self.problem(&source.origin, "", refused);
            }
        }
        if nothing && collection.errors.is_empty() {
            let refused = prepare::Refused::malformed("no Sigma document".to_owned());
            self.problem(&source.origin, "", refused);
        }
        let origin = &source.origin;
        self.rules.extend(collection.rules.into_iter().map(|r| (origin.clone(), r)));
        let correlations = collection.correlations.into_iter().enumerate();
        for (number, rule) in correlations {
            match documents.details(number, &rule) {
                Ok(details) => self.correlations.push((origin.clone(), rule, details)),
                Err(refused) => self.problem(origin, &rule.title, refused),
            }
        }
        self.filters.extend(collection.filters.into_iter().map(|r| (origin.clone(), r)));
    }

    fn finish(mut self, options: &LoadOptions) -> RuleSet {
        let mut filters = Vec::new();
        for (origin, mut filter) in std::mem::take(&mut self.filters) {
            match prepare::filter(&mut filter, &options.placeholders) {
                Ok(()) => filters.push((origin, filter, 0_usize)),
                Err(refused) => {
                    let title = filter.title.clone();
                    self.problem(&origin, &title, refused);
                }
            }
        }
        for (origin, mut rule) in std::mem::take(&mut self.rules) {
            let prepared = prepare::rule(&mut rule, &options.placeholders).and_then(|()| {
                for (number, (_, filter, used)) in filters.iter_mut().enumerate() {
                    if prepare::apply_filter(&mut rule, filter, number) {
                        *used = used.saturating_add(1);
                    }
                }
                compile(&origin, &rule)
            });
            match prepared {
                Ok(rule) => self.set.rules.push(rule),
                Err(refused) => self.problem(&origin, &rule.title, refused),
            }
        }
        for (origin, filter, used) in filters {
            self.set.filters = self.set.filters.saturating_add(1);
            if used == 0 {
                let refused = prepare::Refused {
                    kind: ProblemKind::Unused,
                    detail: "the filter applies to none of the loaded rules".to_owned(),
                };
                self.problem(&origin, &filter.title, refused);
            }
        }
        self.link_correlations();
        self.number_fields();
        self.set
    }

    fn link_correlations(&mut self) {
        let mut pending = std::mem::take(&mut self.correlations);
        // A correlation may stand on another: take those whose references are known, until no
        // more can be taken.
        loop {
            let mut left = Vec::new();
            let before = pending.len();
            for (origin, correlation, details) in pending {
                match CorrelationRule::link(&origin, &correlation, &details, &self.set) {
                    Ok(linked) => self.set.correlations.push(linked),
                    Err(refused) => left.push((origin, correlation, details, refused)),
                }
            }
            if left.len() == before {
                for (origin, correlation, _, refused) in left {
                    self.problem(&origin, &correlation.title, refused);
                }
                break;
            }
            pending =
                left.into_iter().map(|(origin, rule, more, _)| (origin, rule, more)).collect();
        }
        crate::correlate::silence_inner(&mut self.set.correlations);
        let mut reports = vec![true; self.set.rules.len()];
        for correlation in &self.set.correlations {
            for rule in correlation.base_rules() {
                if let Some(flag) = usize::try_from(rule).ok().and_then(|r| reports.get_mut(r)) {
                    *flag = false;
                }
            }
        }
        for correlation in self.set.correlations.iter().filter(|c| c.generate) {
            for rule in correlation.base_rules() {
                if let Some(flag) = usize::try_from(rule).ok().and_then(|r| reports.get_mut(r)) {
                    *flag = true;
                }
            }
        }
        for (rule, reports) in self.set.rules.iter_mut().zip(reports) {
            rule.reports = reports;
        }
    }

    fn number_fields(&mut self) {
        for rule in &self.set.rules {
            for field in rule.needs.fields() {
                let next = u32::try_from(self.set.fields.len()).unwrap_or(u32::MAX);
                if !self.set.fields.contains_key(field) {
                    self.set.fields.insert(field.into(), next);
                }
            }
        }
    }
}

/// Words that the parser uses for what it ignored rather than refused.
fn is_warning(error: &str) -> bool {
    [
        "invalid status",
        "invalid level",
        "Unknown status",
        "Unknown level",
        "related",
        "sigma-version",
    ]
    .iter()
    .any(|word| error.contains(word))
}

fn compile(origin: &Untrusted, rule: &SigmaRule) -> Result<Rule, prepare::Refused> {
    let mut compiled = rsigma_eval::compile_rule(rule)
        .map_err(|error| prepare::Refused::unsupported(error.to_string()))?;
    let needs = Needs::of(&compiled);
    // Matches are told apart by position (see `shard`); what is shown comes from `Rule`.
    compiled.description = None;
    compiled.falsepositives = Vec::new();
    compiled.tags = Vec::new();
    compiled.custom_attributes = std::sync::Arc::default();
    compiled.include_event = false;
    let list = |list: &[String]| list.iter().map(|s| Untrusted::from(s.as_str())).collect();
    let text = |text: &Option<String>| Untrusted::new(text.clone().unwrap_or_default());
    Ok(Rule {
        id: rule.id.clone().unwrap_or_default(),
        name: rule.name.clone(),
        title: Untrusted::from(rule.title.as_str()),
        description: text(&rule.description),
        false_positives: list(&rule.falsepositives),
        references: list(&rule.references),
        author: text(&rule.author),
        status: rule.status.map(|s| format!("{s:?}").to_lowercase()).unwrap_or_default(),
        severity: rule
            .level
            .and_then(|level| Severity::parse(level.as_str()))
            .unwrap_or(Severity::Medium),
        tags: rule.tags.clone(),
        origin: origin.clone(),
        product: rule.logsource.product.clone(),
        category: rule.logsource.category.clone(),
        service: rule.logsource.service.clone(),
        needs,
        reports: true,
        is_on: true,
        compiled,
    })
}
