//! Feeds hits to groups in event time, level by level.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use khien_model::Timestamp;

use super::state::Group;
use super::{CorrelationAlert, CorrelationRule, Hit, InputSource};
use crate::sigma::RuleSet;

/// Bound: groups that one correlation follows at a time.
pub(super) const GROUPS_MAX: usize = 100_000;

/// What the bounds cost.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CorrelatorReport {
    /// Groups given up to make room for others.
    pub groups_evicted: u64,
    /// Hits that came after the watermark had passed them.
    pub hits_late: u64,
    /// Events that a full group could not keep.
    pub events_saturated: u64,
}

/// Joins hits into alerts.
///
/// Feed it with [`Correlator::observe`] in any order, tell it with [`Correlator::advance`] up to when
/// nothing more is awaited, and end with [`Correlator::finish`].
pub struct Correlator {
    rules: Arc<RuleSet>,
    levels: Vec<Level>,
    report: CorrelatorReport,
    sequence: u64,
    last: Option<(i64, khien_model::EventId)>,
    groups_max: usize,
}

/// The group-by values, in lower case.
type Key = Box<[Box<str>]>;
/// The groups of one correlation.
type Groups = HashMap<Key, Group, foldhash::fast::FixedState>;

struct Level {
    waiting: BinaryHeap<Reverse<(Order, Waiting)>>,
    /// When which group has something to decide; a group may stand here more than once.
    deadlines: BinaryHeap<Reverse<(i64, u32, Key)>>,
    watermark: i64,
    /// An alert of this level may come this long after its own time.
    delay: i64,
    groups: HashMap<u32, Groups>,
}

/// Time, then the order of coming. Hits of one event have one number, and the later step of a
/// sequence comes first, so that one event is never two steps.
type Order = (i64, u64, Reverse<u32>);

/// A hit in the queue; ordered by time and sequence alone.
#[derive(Debug)]
struct Waiting(Hit);

impl PartialEq for Waiting {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl Correlator {
    /// A correlator for the correlations of a rule set.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self::with_groups_max(rules, GROUPS_MAX)
    }

    /// The same with another bound on groups per correlation.
    pub fn with_groups_max(rules: Arc<RuleSet>, groups_max: usize) -> Self {
        let count = rules.correlations().iter().map(|c| c.level.saturating_add(1)).max();
        let levels = (0..count.unwrap_or(0))
            .map(|number| Level {
                waiting: BinaryHeap::new(),
                deadlines: BinaryHeap::new(),
                watermark: i64::MIN,
                delay: rules
                    .correlations()
                    .iter()
                    .filter(|c| c.level == number)
                    .map(|c| c.timespan_nanos.saturating_mul(2))
                    .max()
                    .unwrap_or(0),
                groups: HashMap::new(),
            })
            .collect();
        Self {
            rules,
            levels,
            report: CorrelatorReport::default(),
            sequence: 0,
            last: None,
            groups_max,
        }
    }

    /// Takes a hit, whenever it comes. Ties in time keep the order of coming.
    pub fn observe(&mut self, hit: Hit) {
        if self.last != Some((hit.time_nanos, hit.event)) {
            self.sequence = self.sequence.saturating_add(1);
            self.last = Some((hit.time_nanos, hit.event));
        }
        let number = usize::try_from(hit.correlation).ok();
        let level = number.and_then(|n| self.rules.correlations().get(n)).map(|c| c.level);
        let Some(level) = level.and_then(|level| self.levels.get_mut(level)) else { return };
        if hit.time_nanos <= level.watermark {
            self.report.hits_late = self.report.hits_late.saturating_add(1);
            return;
        }
        let order = (hit.time_nanos, self.sequence, Reverse(hit.input));
        level.waiting.push(Reverse((order, Waiting(hit))));
    }

    /// Nothing at or before `watermark` is awaited any more: decides what can be decided.
    pub fn advance(&mut self, watermark: Timestamp, alerts: &mut Vec<CorrelationAlert>) {
        let mut watermark = watermark.as_nanos();
        for number in 0..self.levels.len() {
            let mut fired = Vec::new();
            self.advance_level(number, watermark, &mut fired);
            for alert in fired {
                self.feed_upwards(number, &alert);
                alerts.push(alert);
            }
            let delay = self.levels.get(number).map_or(0, |level| level.delay);
            watermark = watermark.saturating_sub(delay);
        }
    }

    /// The data ended: closes every window. Returns what the bounds cost.
    pub fn finish(mut self, alerts: &mut Vec<CorrelationAlert>) -> CorrelatorReport {
        for number in 0..self.levels.len() {
            let mut fired = Vec::new();
            self.advance_level(number, i64::MAX, &mut fired);
            let groups = self.levels.get_mut(number).map(|l| std::mem::take(&mut l.groups));
            let mut groups: Vec<_> = groups.unwrap_or_default().into_iter().collect();
            groups.sort_by_key(|(correlation, _)| *correlation);
            for (correlation, groups) in groups {
                let Some(rule) = rule_of(&self.rules, correlation) else { continue };
                for (_, group) in groups {
                    group.finish(correlation, rule, &mut fired);
                }
            }
            for alert in fired {
                self.feed_upwards(number, &alert);
                alerts.push(alert);
            }
        }
        alerts
            .sort_by(|a, b| (a.at, a.correlation, &a.group).cmp(&(b.at, b.correlation, &b.group)));
        self.report
    }

    fn advance_level(&mut self, number: usize, watermark: i64, fired: &mut Vec<CorrelationAlert>) {
        let Some(level) = self.levels.get_mut(number) else { return };
        while let Some(Reverse((order, _))) = level.waiting.peek() {
            if order.0 > watermark {
                break;
            }
            let Some(Reverse((_, Waiting(hit)))) = level.waiting.pop() else { break };
            let Some(rule) = rule_of(&self.rules, hit.correlation) else { continue };
            let groups = level.groups.entry(hit.correlation).or_default();
            // Values are compared as rules compare them: without regard to case.
            let key: Key = hit.group.iter().map(|v| v.to_lowercase().into()).collect();
            if groups.len() >= self.groups_max && !groups.contains_key(&key) {
                let evicted = make_room(groups, rule, &hit, fired);
                self.report.groups_evicted = self.report.groups_evicted.saturating_add(evicted);
            }
            let group = groups.entry(key.clone()).or_insert_with(|| Group::new(rule, &hit));
            let saturated = group.observe(&hit, rule, fired);
            if let Some(deadline) = group.new_deadline(rule) {
                level.deadlines.push(Reverse((deadline, hit.correlation, key)));
            }
            self.report.events_saturated =
                self.report.events_saturated.saturating_add(u64::from(saturated));
        }
        level.watermark = level.watermark.max(watermark);
        level.close_until(&self.rules, watermark, fired);
    }

    /// Alerts are hits for the correlations that stand on this one.
    fn feed_upwards(&mut self, level: usize, alert: &CorrelationAlert) {
        let below = InputSource::Correlation(alert.correlation);
        let above: Vec<(u32, u32, Vec<String>)> = (0_u32..)
            .zip(self.rules.correlations())
            .filter(|(_, rule)| rule.level > level)
            .flat_map(|(number, rule)| {
                (0_u32..)
                    .zip(&rule.inputs)
                    .filter(|(_, stands_on)| stands_on.source == below)
                    .map(move |(input, on)| (number, input, on.group_fields.clone()))
            })
            .collect();
        for (correlation, input, fields) in above {
            let value_of = |field: &String| {
                alert.group.iter().find(|(name, _)| name == field).map(|(_, v)| v.as_str().into())
            };
            let Some(group) = fields.iter().map(value_of).collect::<Option<Box<[Box<str>]>>>()
            else {
                continue;
            };
            let Some(event) = alert.events.last().copied() else { continue };
            let host = alert.hosts.first().map(String::as_str).unwrap_or_default().into();
            self.observe(Hit {
                time_nanos: alert.at.as_nanos(),
                event,
                correlation,
                input,
                host,
                group,
                value: None,
            });
        }
    }
}

impl Level {
    /// Decides every window that ends at or before the watermark: nothing that could change it is
    /// awaited any more.
    fn close_until(&mut self, rules: &RuleSet, watermark: i64, fired: &mut Vec<CorrelationAlert>) {
        while let Some(Reverse((deadline, ..))) = self.deadlines.peek() {
            if *deadline > watermark {
                break;
            }
            let Some(Reverse((_, correlation, key))) = self.deadlines.pop() else { break };
            let Some(rule) = rule_of(rules, correlation) else { continue };
            let groups = self.groups.get_mut(&correlation);
            let Some(group) = groups.and_then(|groups| groups.get_mut(&key)) else { continue };
            group.close(watermark, correlation, rule, fired);
            if let Some(deadline) = group.new_deadline(rule) {
                self.deadlines.push(Reverse((deadline, correlation, key)));
            }
        }
    }
}

fn rule_of(rules: &RuleSet, correlation: u32) -> Option<&CorrelationRule> {
    rules.correlations().get(usize::try_from(correlation).ok()?)
}

/// Gives up a tenth of the groups: first those whose window is over, then those with the fewest
/// events, so that a flood of new groups cannot push out one that is about to fire.
fn make_room(
    groups: &mut Groups,
    rule: &CorrelationRule,
    hit: &Hit,
    fired: &mut Vec<CorrelationAlert>,
) -> u64 {
    let before = groups.len();
    let over = hit.time_nanos.saturating_sub(rule.timespan_nanos.saturating_mul(2));
    let expired: Vec<Key> = groups
        .iter()
        .filter(|(_, group)| group.last_nanos() < over)
        .map(|(key, _)| key.clone())
        .collect();
    for key in expired {
        if let Some(group) = groups.remove(&key) {
            group.finish(hit.correlation, rule, fired);
        }
    }
    let target = before.saturating_sub((before / 10).max(1));
    if groups.len() <= target {
        return 0;
    }
    let mut order: Vec<(u64, i64, Key)> =
        groups.iter().map(|(key, g)| (g.weight(), g.last_nanos(), key.clone())).collect();
    order.sort_unstable();
    let surplus = groups.len().saturating_sub(target);
    let mut evicted = 0_u64;
    for (_, _, key) in order.into_iter().take(surplus) {
        if let Some(group) = groups.remove(&key) {
            // An alert that has fired is never lost; only what was still open is.
            group.abandon(hit.correlation, rule, fired);
            evicted = evicted.saturating_add(1);
        }
    }
    evicted
}
