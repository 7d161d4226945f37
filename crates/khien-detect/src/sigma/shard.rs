//! One matcher per set of rules in scope: rules are bucketed by log source before any is tried.
//!
//! A log source that many events share gets its own engine, built when its first event comes, so a
//! scan pays only for the kinds of events it meets. Two log sources with the same rules share one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use khien_model::{Event, LogSource};
use rsigma_eval::Engine;
use rsigma_eval::result::MatchDetailLevel;

use super::rewrite::PRESENCE;
use super::rule::RuleSet;
use super::view::View;

/// One rule matched one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The rule's position in its set.
    pub rule: u32,
    /// The fields that made it match.
    pub fields: Vec<MatchedField>,
}

/// A field that made a rule match.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedField {
    /// The field, or `keyword` where any field would do.
    pub field: String,
    /// The value seen; null where absence is what matched.
    pub value: serde_json::Value,
    /// The selection it belongs to.
    pub selection: String,
}

/// Engines by log source, shared by all workers.
pub struct Matcher {
    rules: Arc<RuleSet>,
    shards: Mutex<HashMap<Box<[u32]>, Slot>>,
}

/// An engine, built when first needed.
type Slot = Arc<OnceLock<Shard>>;

/// The engine for one set of rules.
struct Shard {
    engine: Engine,
    rules: Box<[u32]>,
    /// The names that its rules look at, as the engine knows them (see [`PRESENCE`]).
    fields: HashSet<Box<str>, foldhash::fast::FixedState>,
}

/// A worker's own view of the shared engines: no lock once a log source was met.
pub struct MatcherHandle {
    matcher: Arc<Matcher>,
    known: HashMap<u64, Slot, foldhash::fast::FixedState>,
    /// For a log source and a set of names: those that a rule in scope looks at.
    relevant: HashMap<(u64, u64), Box<[Box<str>]>, foldhash::fast::FixedState>,
}

/// Bound: log sources remembered by a worker; a service name may come from outside.
const KNOWN_MAX: usize = 4096;
/// Bound: sets of names remembered by a worker; names come from outside.
const RELEVANT_MAX: usize = 16_384;

impl Matcher {
    /// A matcher over these rules. Nothing is built until an event comes.
    pub fn new(rules: Arc<RuleSet>) -> Arc<Self> {
        Arc::new(Self { rules, shards: Mutex::default() })
    }

    /// The rules it matches.
    pub const fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// A handle for one worker.
    pub fn handle(self: &Arc<Self>) -> MatcherHandle {
        MatcherHandle {
            matcher: Arc::clone(self),
            known: HashMap::default(),
            relevant: HashMap::default(),
        }
    }

    fn slot(&self, source: &LogSource) -> Slot {
        let in_scope: Box<[u32]> = (0_u32..)
            .zip(self.rules.rules())
            .filter(|(_, rule)| rule.applies_to(source))
            .map(|(index, _)| index)
            .collect();
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shards.entry(in_scope).or_default())
    }
}

impl Shard {
    fn build(rules: &RuleSet, source: &LogSource) -> Self {
        let mut engine = Engine::new();
        engine.set_match_detail(MatchDetailLevel::Summary);
        let in_scope: Vec<(u32, &super::Rule)> =
            (0_u32..).zip(rules.rules()).filter(|(_, rule)| rule.applies_to(source)).collect();
        engine.extend_compiled_rules(in_scope.iter().zip(0_u32..).map(|((_, rule), place)| {
            let mut compiled = rule.compiled.clone();
            // The engine hands the title back with a match: it carries the position, which is
            // cheaper than the rule's words.
            compiled.title = place.to_string();
            compiled.id = None;
            compiled
        }));
        let fields = in_scope.iter().flat_map(|(_, rule)| rule.needs.raw_fields());
        let fields = fields.map(Box::from).collect();
        Self { engine, fields, rules: in_scope.into_iter().map(|(index, _)| index).collect() }
    }

    /// The names of an event that a rule looks at.
    fn relevant(&self, event: &Event) -> Box<[Box<str>]> {
        let mut names = Vec::new();
        for name in event.names() {
            for known in [name.to_owned(), format!("{PRESENCE}{name}")] {
                if self.fields.contains(known.as_str()) {
                    names.push(known.into_boxed_str());
                }
            }
        }
        names.into_boxed_slice()
    }

    fn matches(&self, event: &Event, names: &[Box<str>], found: &mut Vec<Match>) {
        for result in self.engine.evaluate(&View { event, names: Some(names) }) {
            let rule = result.header.rule_title.parse::<usize>().ok();
            let Some(rule) = rule.and_then(|place| self.rules.get(place)).copied() else {
                continue;
            };
            let fields = match result.body {
                rsigma_eval::ResultBody::Detection(body) => body.matched_fields,
                rsigma_eval::ResultBody::Correlation(_) => Vec::new(),
            };
            let mut fields: Vec<MatchedField> = fields
                .into_iter()
                .map(|matched| MatchedField {
                    field: matched.field,
                    value: matched.value,
                    selection: matched.selection.unwrap_or_default(),
                })
                .collect();
            // The matcher keeps selections in a hash map; the answer must not depend on it.
            fields.sort_by(|a, b| (&a.selection, &a.field).cmp(&(&b.selection, &b.field)));
            fields.dedup();
            found.push(Match { rule, fields });
        }
        found.sort_by_key(|matched| matched.rule);
    }
}

impl MatcherHandle {
    /// Appends the rules that match an event, in the order of the rule set.
    pub fn matches(&mut self, event: &Event, found: &mut Vec<Match>) {
        let key = event.source.key();
        if !self.known.contains_key(&key) {
            if self.known.len() >= KNOWN_MAX {
                self.known.clear();
            }
            self.known.insert(key, self.matcher.slot(&event.source));
        }
        if let Some(slot) = self.known.get(&key) {
            let shard = slot.get_or_init(|| Shard::build(&self.matcher.rules, &event.source));
            if shard.rules.is_empty() {
                return;
            }
            if self.relevant.len() >= RELEVANT_MAX {
                self.relevant.clear();
            }
            let names = self.relevant.entry((key, event.shape()));
            shard.matches(event, names.or_insert_with(|| shard.relevant(event)), found);
        }
    }
}
