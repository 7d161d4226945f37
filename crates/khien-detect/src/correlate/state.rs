//! What is remembered of one group, and when it becomes an alert.

use std::collections::{BTreeSet, HashMap, VecDeque};

use khien_model::{EventId, Timestamp};

use super::condition::{Aggregate, Condition, Formula, Threshold};
use super::{CorrelationAlert, CorrelationRule, EVENTS_MAX, HOSTS_MAX, Hit};

/// Bound: events that one group keeps.
const EVENTS_KEPT_MAX: usize = 10_000;

/// One event in the window.
#[derive(Clone, Debug)]
struct Kept {
    time: i64,
    event: EventId,
    input: usize,
    host: Box<str>,
    value: Option<Box<str>>,
    /// The value as a number, read once.
    number: Option<f64>,
}

/// An alert that has come true and still gathers the events of its window.
#[derive(Debug)]
struct Open {
    at: i64,
    until: i64,
    count: u64,
    aggregate: f64,
    first: i64,
    last: i64,
    hosts: BTreeSet<Box<str>>,
    events: Vec<EventId>,
}

/// A formula with a negation that holds so far; decided at `until`.
#[derive(Debug)]
struct Pending {
    at: i64,
    until: i64,
    kept: Vec<Kept>,
}

/// The state of one group of one correlation.
#[derive(Debug)]
pub(super) struct Group {
    /// The group-by values, as the first event has them.
    shown: Box<[Box<str>]>,
    window: VecDeque<Kept>,
    /// How often each value occurs in the window.
    distinct: HashMap<Box<str>, usize>,
    open: Option<Open>,
    pending: Option<Pending>,
    /// Per input: when it was last seen, for absence.
    last_of: Vec<Option<i64>>,
    /// Per step of an ordered sequence: the events of the chain that ends there.
    chains: Vec<Vec<Kept>>,
    last: i64,
    /// The deadline that the engine knows of.
    scheduled: Option<i64>,
}

impl Group {
    pub(super) fn new(rule: &CorrelationRule, first: &Hit) -> Self {
        Self {
            shown: first.group.clone(),
            window: VecDeque::new(),
            distinct: HashMap::new(),
            open: None,
            pending: None,
            last_of: vec![None; rule.inputs.len()],
            chains: vec![Vec::new(); rule.inputs.len()],
            last: i64::MIN,
            scheduled: None,
        }
    }

    /// When the group has something to decide, if the engine does not know it yet.
    pub(super) fn new_deadline(&mut self, rule: &CorrelationRule) -> Option<i64> {
        let window = match &rule.condition {
            Condition::Number(_, threshold) if threshold.needs_close() => {
                self.window.front().map(|kept| kept.time.saturating_add(rule.timespan_nanos))
            }
            _ => None,
        };
        let open = self.open.as_ref().map(|open| open.until);
        let pending = self.pending.as_ref().map(|pending| pending.until);
        let next = [window, open, pending].into_iter().flatten().min();
        let known = std::mem::replace(&mut self.scheduled, next);
        next.filter(|next| known != Some(*next))
    }

    /// Nothing at or before `watermark` is awaited any more.
    pub(super) fn close(
        &mut self,
        watermark: i64,
        correlation: u32,
        rule: &CorrelationRule,
        fired: &mut Vec<CorrelationAlert>,
    ) {
        self.scheduled = None;
        self.close_until(watermark.saturating_add(1), correlation, rule, fired);
    }

    /// When the group last saw an event, in nanoseconds since the epoch.
    pub(super) const fn last_nanos(&self) -> i64 {
        self.last
    }

    /// How much would be lost with it.
    pub(super) fn weight(&self) -> u64 {
        let kept = self.window.len().saturating_add(self.chains.iter().map(Vec::len).sum());
        u64::try_from(kept).unwrap_or(u64::MAX)
    }

    /// Takes the next hit in event time. Says whether the group was too full to keep it.
    pub(super) fn observe(
        &mut self,
        hit: &Hit,
        rule: &CorrelationRule,
        fired: &mut Vec<CorrelationAlert>,
    ) -> bool {
        let now = hit.time_nanos;
        self.close_until(now, hit.correlation, rule, fired);
        self.last = now;
        let kept = Kept {
            time: now,
            event: hit.event,
            input: usize::try_from(hit.input).unwrap_or(usize::MAX),
            host: hit.host.clone(),
            value: hit.value.clone(),
            number: hit.value.as_ref().and_then(|v| v.parse().ok()).filter(|n: &f64| n.is_finite()),
        };
        if let Some(seen) = self.last_of.get_mut(kept.input) {
            *seen = Some(now);
        }
        match &rule.condition {
            Condition::Number(aggregate, threshold) => {
                self.observe_number(kept, *aggregate, threshold, rule)
            }
            Condition::AllOf => {
                let need = rule.inputs.len();
                self.observe_some(kept, rule, |seen| seen == need)
            }
            Condition::SomeOf(threshold) => {
                self.observe_some(kept, rule, |seen| threshold.holds(as_number(seen)))
            }
            Condition::Ordered => self.observe_ordered(kept, rule),
            Condition::Formula(formula, negates) => {
                self.observe_formula(kept, formula, *negates, rule)
            }
        }
    }

    fn observe_number(
        &mut self,
        kept: Kept,
        aggregate: Aggregate,
        threshold: &Threshold,
        rule: &CorrelationRule,
    ) -> bool {
        if aggregate != Aggregate::Events && kept.value.is_none() {
            return false;
        }
        if self.join_open(&kept) {
            return false;
        }
        if !threshold.needs_close() {
            self.forget_before(kept.time.saturating_sub(rule.timespan_nanos));
        }
        let saturated = self.keep(kept);
        if !threshold.needs_close() {
            let number = match aggregate {
                Aggregate::DistinctValues => Some(as_number(self.distinct.len())),
                other => aggregate_of(other, self.window.make_contiguous(), threshold),
            };
            if let Some(number) = number.filter(|number| threshold.holds(*number)) {
                let kept = self.drain();
                self.open = Open::new(&kept, number, rule.timespan_nanos);
            }
        }
        saturated
    }

    fn observe_some(
        &mut self,
        kept: Kept,
        rule: &CorrelationRule,
        enough: impl Fn(usize) -> bool,
    ) -> bool {
        if self.join_open(&kept) {
            return false;
        }
        self.forget_before(kept.time.saturating_sub(rule.timespan_nanos));
        let saturated = self.keep(kept);
        let seen: BTreeSet<usize> = self.window.iter().map(|kept| kept.input).collect();
        if enough(seen.len()) {
            let kept = self.drain();
            self.open = Open::new(&kept, as_number(seen.len()), rule.timespan_nanos);
        }
        saturated
    }

    /// A chain that started later is worth more than one that started earlier: it has more time
    /// left. So every step keeps only the chain with the latest start.
    fn observe_ordered(&mut self, kept: Kept, rule: &CorrelationRule) -> bool {
        if self.join_open(&kept) {
            return false;
        }
        let oldest = kept.time.saturating_sub(rule.timespan_nanos);
        let step = kept.input;
        let chain = match step.checked_sub(1) {
            None => Some(vec![kept]),
            Some(before) => self.chains.get(before).and_then(|chain| {
                let first = chain.first().filter(|first| first.time >= oldest)?;
                // One event that matches two rules is one step, not two.
                let distinct = chain.iter().all(|earlier| earlier.event != kept.event);
                (first.time <= kept.time && distinct)
                    .then(|| chain.iter().cloned().chain([kept]).collect())
            }),
        };
        let Some(chain) = chain else { return false };
        if step.saturating_add(1) == rule.inputs.len() {
            self.open = Open::new(&chain, as_number(chain.len()), rule.timespan_nanos);
            self.chains.iter_mut().for_each(Vec::clear);
        } else if let Some(slot) = self.chains.get_mut(step) {
            *slot = chain;
        }
        false
    }

    fn observe_formula(
        &mut self,
        kept: Kept,
        formula: &Formula,
        negates: bool,
        rule: &CorrelationRule,
    ) -> bool {
        if self.join_open(&kept) {
            return false;
        }
        let now = kept.time;
        let oldest = now.saturating_sub(rule.timespan_nanos);
        self.forget_before(oldest);
        let saturated = self.keep(kept);
        let seen = |input: usize| self.last_of.get(input).copied().flatten();
        if let Some(pending) = &self.pending {
            // Presence up to when the formula held; absence until its window closes.
            let (held, from) = (pending.at, pending.at.saturating_sub(rule.timespan_nanos));
            let present = |input: usize, negated: bool| {
                if negated {
                    seen(input).is_some_and(|time| time >= from)
                } else {
                    pending.kept.iter().any(|k| k.input == input && k.time <= held)
                }
            };
            if !formula.holds(&present) {
                self.pending = None;
            }
            return saturated;
        }
        // Presence is that of events which no earlier alert has used up; absence is absence.
        let present = |input: usize, negated: bool| {
            if negated {
                seen(input).is_some_and(|time| time >= oldest)
            } else {
                self.window.iter().any(|kept| kept.input == input)
            }
        };
        if formula.holds(&present) {
            let kept: Vec<Kept> = self.window.iter().cloned().collect();
            if negates {
                let until = now.saturating_add(rule.timespan_nanos);
                self.pending = Some(Pending { at: now, until, kept });
            } else {
                let inputs: BTreeSet<usize> = kept.iter().map(|k| k.input).collect();
                self.open = Open::new(&kept, as_number(inputs.len()), rule.timespan_nanos);
                self.drain();
            }
        }
        saturated
    }

    /// Closes what ends before `now`.
    fn close_until(
        &mut self,
        now: i64,
        correlation: u32,
        rule: &CorrelationRule,
        fired: &mut Vec<CorrelationAlert>,
    ) {
        if let Some(open) = self.open.take_if(|open| open.until < now) {
            fired.push(open.alert(correlation, rule, &self.shown));
            self.chains.iter_mut().for_each(Vec::clear);
        }
        if let Some(pending) = self.pending.take_if(|pending| pending.until < now) {
            fired.extend(pending.alert(correlation, rule, &self.shown));
            self.forget_before(pending.until.saturating_add(1));
        }
        if let Condition::Number(aggregate, threshold) = &rule.condition
            && threshold.needs_close()
        {
            let until = self.window.front().map(|k| k.time.saturating_add(rule.timespan_nanos));
            if until.is_some_and(|until| until < now) {
                self.decide_window(*aggregate, threshold, correlation, rule, fired);
            }
        }
    }

    /// The data ended, or the group's time is over.
    pub(super) fn finish(
        mut self,
        correlation: u32,
        rule: &CorrelationRule,
        fired: &mut Vec<CorrelationAlert>,
    ) {
        self.close_until(i64::MAX, correlation, rule, fired);
    }

    /// The group gives way: what has come true is told, what is undecided is not.
    pub(super) fn abandon(
        mut self,
        correlation: u32,
        rule: &CorrelationRule,
        fired: &mut Vec<CorrelationAlert>,
    ) {
        if let Some(open) = self.open.take() {
            fired.push(open.alert(correlation, rule, &self.shown));
        }
    }

    fn decide_window(
        &mut self,
        aggregate: Aggregate,
        threshold: &Threshold,
        correlation: u32,
        rule: &CorrelationRule,
        fired: &mut Vec<CorrelationAlert>,
    ) {
        let kept = self.drain();
        let number = aggregate_of(aggregate, &kept, threshold);
        if let Some(number) = number.filter(|number| threshold.holds(*number))
            && let Some(mut open) = Open::new(&kept, number, rule.timespan_nanos)
        {
            open.at = open.until;
            fired.push(open.alert(correlation, rule, &self.shown));
        }
    }

    fn join_open(&mut self, kept: &Kept) -> bool {
        self.open.as_mut().is_some_and(|open| {
            open.add(kept);
            true
        })
    }

    fn forget_before(&mut self, oldest: i64) {
        while self.window.front().is_some_and(|kept| kept.time < oldest) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(value) = self.window.pop_front().and_then(|kept| kept.value) else { return };
        if let Some(count) = self.distinct.get_mut(&value) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.distinct.remove(&value);
            }
        }
    }

    /// Takes all events out of the window.
    fn drain(&mut self) -> Vec<Kept> {
        self.distinct.clear();
        self.window.drain(..).collect()
    }

    fn keep(&mut self, kept: Kept) -> bool {
        let full = self.window.len() >= EVENTS_KEPT_MAX;
        if full {
            self.forget_first();
        }
        if let Some(value) = &kept.value {
            let count = self.distinct.entry(value.clone()).or_default();
            *count = count.saturating_add(1);
        }
        self.window.push_back(kept);
        full
    }
}

impl Open {
    fn new(kept: &[Kept], aggregate: f64, timespan: i64) -> Option<Self> {
        let (first, last) = (kept.first()?, kept.last()?);
        let mut open = Self {
            at: last.time,
            until: first.time.saturating_add(timespan),
            count: 0,
            aggregate,
            first: first.time,
            last: last.time,
            hosts: BTreeSet::new(),
            events: Vec::new(),
        };
        kept.iter().for_each(|kept| open.add(kept));
        Some(open)
    }

    fn add(&mut self, kept: &Kept) {
        self.count = self.count.saturating_add(1);
        self.last = self.last.max(kept.time);
        if self.hosts.len() < HOSTS_MAX && !kept.host.is_empty() {
            self.hosts.insert(kept.host.clone());
        }
        if self.events.len() < EVENTS_MAX {
            self.events.push(kept.event);
        } else if let Some(last) = self.events.last_mut() {
            *last = kept.event;
        }
    }

    fn alert(self, correlation: u32, rule: &CorrelationRule, key: &[Box<str>]) -> CorrelationAlert {
        let group =
            rule.group_by.iter().zip(key).map(|(f, v)| (f.clone(), v.to_string())).collect();
        CorrelationAlert {
            correlation,
            at: Timestamp::from_nanos(self.at),
            first: Timestamp::from_nanos(self.first),
            last: Timestamp::from_nanos(self.last),
            group,
            hosts: self.hosts.into_iter().map(String::from).collect(),
            count: self.count,
            aggregate: self.aggregate,
            events: self.events,
        }
    }
}

impl Pending {
    fn alert(
        &self,
        correlation: u32,
        rule: &CorrelationRule,
        key: &[Box<str>],
    ) -> Option<CorrelationAlert> {
        let inputs: BTreeSet<usize> = self.kept.iter().map(|kept| kept.input).collect();
        let mut open = Open::new(&self.kept, as_number(inputs.len()), rule.timespan_nanos)?;
        open.at = self.until;
        Some(open.alert(correlation, rule, key))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn as_number(count: usize) -> f64 {
    count as f64
}

/// The number over these events; `None` when there is nothing to make it from.
fn aggregate_of(aggregate: Aggregate, kept: &[Kept], threshold: &Threshold) -> Option<f64> {
    if kept.is_empty() {
        return None;
    }
    let numbers = || -> Vec<f64> { kept.iter().filter_map(|k| k.number).collect() };
    match aggregate {
        Aggregate::Events => Some(as_number(kept.len())),
        Aggregate::DistinctValues => {
            let distinct: BTreeSet<&str> = kept.iter().filter_map(|k| k.value.as_deref()).collect();
            Some(as_number(distinct.len()))
        }
        Aggregate::Sum => {
            let numbers = numbers();
            (!numbers.is_empty()).then(|| numbers.iter().sum())
        }
        Aggregate::Average => {
            let numbers = numbers();
            (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / as_number(numbers.len()))
        }
        Aggregate::Median => percentile(numbers(), 50.0),
        Aggregate::Percentile(rank) => match numbers() {
            numbers if numbers.is_empty() => share(kept, threshold),
            numbers => percentile(numbers, rank),
        },
    }
}

/// Percentile with linear interpolation between closest ranks (Hyndman and Fan's type 7).
fn percentile(mut numbers: Vec<f64>, rank: f64) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().checked_sub(1)?;
    let place = rank / 100.0 * as_number(last);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rank is within 0 and 100, so place is within the list"
    )]
    let below = place.floor() as usize;
    let low = numbers.get(below)?;
    let high = numbers.get(below.saturating_add(1)).unwrap_or(low);
    Some((high - low).mul_add(place.fract(), *low))
}

/// For text there is no order, only frequency: the share in percent of the first value whose share
/// meets the threshold (the specification's "processes seen in at most 1 %"), else of the rarest.
fn share(kept: &[Kept], threshold: &Threshold) -> Option<f64> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for value in kept.iter().filter_map(|k| k.value.as_deref()) {
        let count = counts.entry(value).or_default();
        *count = count.saturating_add(1);
    }
    let total = as_number(counts.values().sum());
    let mut shares: Vec<f64> = counts.values().map(|n| as_number(*n) / total * 100.0).collect();
    shares.sort_by(f64::total_cmp);
    shares.iter().copied().find(|share| threshold.holds(*share)).or(shares.first().copied())
}
