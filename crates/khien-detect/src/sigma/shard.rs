//! One matcher per set of rules in scope: rules are bucketed by log source before any is tried.
//!
//! A log source that many events share gets its own engine, built when its first event comes, so a
//! scan pays only for the kinds of events it meets. Two log sources with the same rules share one.
//!
//! An engine does not try all of its rules. What the names of an event's fields and its event id leave
//! possible is worked out once for all such events (`plan`); of those rules, the ones that need
//! a word are tried when one pass over the values found it (`candidates`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use khien_model::{Event, LogSource};

use super::bits::Bits;
use super::candidates::Index;
use super::plan::{Id, Plan};
use super::program::{Program, Slots};
use super::rule::RuleSet;
use super::values::Values;
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
    filtered: bool,
    shards: Mutex<HashMap<Box<[u32]>, Slot>>,
}

/// An engine, built when first needed.
type Slot = Arc<OnceLock<Shard>>;

/// The engine for one set of rules.
struct Shard {
    rules: Box<[u32]>,
    programs: Box<[Program]>,
    slots: Slots,
    index: Index,
    /// The plan for events that have none of their own.
    general: Plan,
}

/// A worker's own view of the shared engines: no lock once a log source was met.
pub struct MatcherHandle {
    matcher: Arc<Matcher>,
    known: HashMap<u64, Slot, foldhash::fast::FixedState>,
    plans: Plans,
    /// The rules that the event at hand may match.
    candidates: Bits,
}

/// Plans by log source, set of names, and event id.
#[derive(Default)]
struct Plans {
    kept: HashMap<(u64, u64, Id), Plan, foldhash::fast::FixedState>,
    /// Events that were looked at since plans were last forgotten.
    served: usize,
}

/// Bound: log sources remembered by a worker; a service name may come from outside.
const KNOWN_MAX: usize = 4096;
/// Bound: plans remembered by a worker; names and event ids come from outside.
const PLANS_MAX: usize = 4096;
/// Before this many events, full plans are not forgotten: making one costs as much as trying the
/// rules on some tens of events, and names that never repeat must not make that the rule.
const PLANS_SERVE_MIN: usize = PLANS_MAX * 64;

impl Matcher {
    /// A matcher over these rules. Nothing is built until an event comes.
    pub fn new(rules: Arc<RuleSet>) -> Arc<Self> {
        Arc::new(Self { rules, filtered: true, shards: Mutex::default() })
    }

    /// A matcher that tries every rule in scope on every event. It finds the same, later; what
    /// [`Matcher::new`] finds can be held against it.
    pub fn unfiltered(rules: Arc<RuleSet>) -> Arc<Self> {
        Arc::new(Self { rules, filtered: false, shards: Mutex::default() })
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
            plans: Plans::default(),
            candidates: Bits::default(),
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
    fn build(matcher: &Matcher, source: &LogSource) -> Self {
        let in_scope: Vec<(u32, &super::Rule)> = (0_u32..)
            .zip(matcher.rules.rules())
            .filter(|(_, rule)| rule.applies_to(source))
            .collect();
        let mut slots = Slots::default();
        let programs: Box<[Program]> =
            in_scope.iter().map(|(_, rule)| Program::new(&rule.compiled, &mut slots)).collect();
        let index = Index::new(&programs);
        let general = match matcher.filtered {
            true => Plan::general(&programs, &slots, &index),
            false => Plan::unfiltered(&programs, &slots),
        };
        let rules = in_scope.into_iter().map(|(number, _)| number).collect();
        Self { rules, programs, slots, index, general }
    }

    fn matches(&self, event: &Event, plan: &Plan, candidates: &mut Bits, found: &mut Vec<Match>) {
        candidates.copy_from(&plan.open);
        let values = Values::new(View { event }, &self.slots, plan);
        for slot in &plan.scans {
            self.index.scan_field(*slot, &values, candidates);
        }
        if plan.keywords {
            self.index.scan_all(event, candidates);
        }
        candidates.keep(&plan.possible);
        for place in candidates.iter() {
            let place = place as usize;
            if let (Some(rule), Some(program)) = (self.rules.get(place), self.programs.get(place))
                && let Some(fields) = program.run(&values)
            {
                found.push(Match { rule: *rule, fields });
            }
        }
    }
}

impl Plans {
    fn get<'p>(&'p mut self, source: u64, event: &Event, shard: &'p Shard) -> &'p Plan {
        let key = (source, event.shape(), Id::of(event));
        self.served = self.served.saturating_add(1);
        if self.kept.len() >= PLANS_MAX && !self.kept.contains_key(&key) {
            if self.served < PLANS_SERVE_MIN {
                return &shard.general;
            }
            self.kept.clear();
            self.served = 0;
        }
        let new = || Plan::of(event, &shard.programs, &shard.slots, &shard.index);
        self.kept.entry(key).or_insert_with(new)
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
            let shard = slot.get_or_init(|| Shard::build(&self.matcher, &event.source));
            if shard.rules.is_empty() {
                return;
            }
            let plan = match self.matcher.filtered {
                true => self.plans.get(key, event, shard),
                false => &shard.general,
            };
            shard.matches(event, plan, &mut self.candidates, found);
        }
    }
}

#[cfg(test)]
mod tests;
