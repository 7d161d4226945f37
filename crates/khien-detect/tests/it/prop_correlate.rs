//! Correlations against a plain reading of the same timeline; order of delivery, watermarks,
//! bounds.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use khien_detect::correlate::{CorrelationAlert, Correlator, CorrelatorReport, Hit, HitMaker};
use khien_detect::sigma::RuleSet;
use khien_model::{Event, Scalar, Timestamp};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::reference::timeline::{Fired, Seen, Wanted, alerts};
use crate::support::load;

const EPOCH: i64 = 1_700_000_000;
/// Groups of a timeline.
const GROUPS: u8 = 3;
/// Events of a timeline, at most.
const MOMENTS_MAX: usize = 40;

/// One correlation: what the rule says, and what it means.
struct Case {
    written: &'static str,
    rules: &'static [usize],
    wanted: Wanted,
}

const fn case(written: &'static str, rules: &'static [usize], wanted: Wanted) -> Case {
    Case { written, rules, wanted }
}

/// All kinds, over the rules `a`, `b` and `c`.
const CASES: [Case; 20] = [
    case("type: event_count, condition: { gte: 1 }", &[0], Wanted::EventsAtLeast(1)),
    case("type: event_count, condition: { gte: 3 }", &[0], Wanted::EventsAtLeast(3)),
    case("type: event_count, condition: { gte: 2 }", &[0, 1], Wanted::EventsAtLeast(2)),
    case("type: event_count, condition: { gt: 3 }", &[2, 1], Wanted::EventsAtLeast(4)),
    case("type: event_count, condition: { lte: 2 }", &[0], Wanted::EventsAtClose(|n| n <= 2)),
    case("type: event_count, condition: { eq: 2 }", &[0, 1], Wanted::EventsAtClose(|n| n == 2)),
    case("type: value_count, condition: { field: V, gte: 2 }", &[0], Wanted::ValuesAtLeast(2)),
    case("type: value_count, condition: { field: V, gte: 3 }", &[0, 1], Wanted::ValuesAtLeast(3)),
    case("type: temporal", &[0, 1], Wanted::RulesAtLeast(2)),
    case("type: temporal", &[0, 1, 2], Wanted::RulesAtLeast(3)),
    case("type: temporal, condition: { gte: 2 }", &[2, 1, 0], Wanted::RulesAtLeast(2)),
    case("type: temporal_ordered", &[0, 1], Wanted::InOrder(2)),
    case("type: temporal_ordered", &[0, 1, 2], Wanted::InOrder(3)),
    case("type: temporal_ordered", &[2, 1, 0], Wanted::InOrder(3)),
    case(
        "type: temporal, condition: a and b",
        &[0, 1],
        Wanted::Formula(|seen| seen.contains(&0) && seen.contains(&1)),
    ),
    case(
        "type: temporal, condition: a or b",
        &[0, 1],
        Wanted::Formula(|seen| seen.contains(&0) || seen.contains(&1)),
    ),
    case(
        "type: temporal, condition: (a or b) and c",
        &[0, 1, 2],
        Wanted::Formula(|seen| (seen.contains(&0) || seen.contains(&1)) && seen.contains(&2)),
    ),
    case(
        "type: temporal, condition: a and not b",
        &[0, 1],
        Wanted::Without(|seen| seen.contains(&0), |seen| seen.contains(&1)),
    ),
    case(
        "type: temporal, condition: a and b and not c",
        &[0, 1, 2],
        Wanted::Without(|seen| seen.contains(&0) && seen.contains(&1), |seen| seen.contains(&2)),
    ),
    case(
        "type: temporal, condition: a and not (b or c)",
        &[0, 1, 2],
        Wanted::Without(|seen| seen.contains(&0), |seen| !seen.is_disjoint(&[1, 2].into())),
    ),
];

/// Timespans that every kind is written for, in seconds.
const TIMESPANS: [i64; 2] = [10, 40];

/// All cases for all timespans, as one rule set.
static RULES: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    let mut text = String::new();
    for (number, case) in CASES.iter().enumerate() {
        let names: Vec<&str> = case.rules.iter().map(|rule| ["a", "b", "c"][*rule]).collect();
        for timespan in TIMESPANS {
            text.push_str(&format!(
                "---\ntitle: case {number}\ncorrelation: {{ rules: [{}], group-by: [G], \
                 timespan: {timespan}s, {} }}\n",
                names.join(", "),
                case.written
            ));
        }
    }
    let set = set_of(&text);
    assert_eq!(set.correlations().len(), CASES.len() * TIMESPANS.len());
    set
});

/// The rules `a`, `b` and `c`, and correlations over them.
fn set_of(correlations: &str) -> Arc<RuleSet> {
    let set = load(&format!("{}{correlations}", base_rules()), HashMap::new());
    assert!(set.problems().is_empty(), "{:?}", set.problems());
    Arc::new(set)
}

fn base_rules() -> String {
    ["a", "b", "c"]
        .map(|name| {
            format!(
                "title: {name}\nname: {name}\nlogsource: {{ category: test }}\n\
             detection: {{ sel: {{ Kind|contains: {name} }}, condition: sel }}\n"
            )
        })
        .join("---\n")
}

/// One event of a timeline.
#[derive(Clone, Debug)]
struct Moment {
    at: i64,
    group: u8,
    /// The rules that it fits.
    rules: Vec<usize>,
    value: Option<u8>,
}

/// Moments in the order of delivery.
fn timeline() -> impl Strategy<Value = Vec<Moment>> {
    let kinds = prop_oneof![
        8 => (0..3_usize).prop_map(|rule| vec![rule]),
        1 => proptest::sample::subsequence(vec![0, 1, 2], 2..=3),
    ];
    let at = prop_oneof![0..200_i64, 0..60_i64, (0..20_i64).prop_map(|tens| tens * 10)];
    let moment = (at, 0..GROUPS, kinds, weighted(0.8, 0..3_u8))
        .prop_map(|(at, group, rules, value)| Moment { at, group, rules, value });
    vec(moment, 0..MOMENTS_MAX)
}

/// The hits of moments, as matching makes them.
fn hits_of(set: &RuleSet, moments: &[Moment]) -> Vec<Vec<Hit>> {
    let maker = HitMaker::new(set.correlations());
    let hits = |(number, moment): (usize, &Moment)| {
        let mut event = Event::new();
        event.time = Some(time(moment.at));
        event.push("Number", Scalar::Int(i64::try_from(number).unwrap()));
        event.push("G", Scalar::Int(moment.group.into()));
        if let Some(value) = moment.value {
            event.push("V", Scalar::Int(value.into()));
        }
        let rules = moment.rules.iter().map(|rule| u32::try_from(*rule).unwrap());
        rules
            .flat_map(|rule| maker.hits(set.correlations(), rule, &event).collect::<Vec<_>>())
            .collect()
    };
    moments.iter().enumerate().map(hits).collect()
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(EPOCH + seconds).unwrap()
}

fn seconds(time_of: Timestamp) -> i64 {
    time_of.nanos_since(time(0)) / 1_000_000_000
}

/// Alerts by correlation and group.
type Found = BTreeMap<(usize, u8), Vec<Fired>>;

fn case_of(number: usize) -> (&'static Case, i64) {
    (&CASES[number / TIMESPANS.len()], TIMESPANS[number % TIMESPANS.len()])
}

/// What the plain reading finds in moments, taken in the order of their times.
fn expected(moments: &[Moment]) -> Found {
    let mut order: Vec<(usize, &Moment)> = moments.iter().enumerate().collect();
    order.sort_by_key(|(_, moment)| moment.at);
    let mut found = Found::new();
    for number in 0..CASES.len() * TIMESPANS.len() {
        let (case, timespan) = case_of(number);
        for group in 0..GROUPS {
            let own = order.iter().filter(|(_, moment)| moment.group == group);
            let seen: Vec<Seen> = own
                .flat_map(|(event, moment)| {
                    let (at, event, value) = (moment.at, *event, moment.value);
                    let inputs = moment
                        .rules
                        .iter()
                        .filter_map(|rule| case.rules.iter().position(|own| own == rule));
                    inputs.map(move |input| Seen { at, event, input, value })
                })
                .collect();
            found.insert((number, group), alerts(case.wanted, timespan, &seen));
        }
    }
    found
}

/// What the correlator says, in the same form.
fn found(alerts: &[CorrelationAlert]) -> Found {
    let mut found = Found::new();
    for alert in alerts {
        let number = usize::try_from(alert.correlation).unwrap();
        let counts =
            matches!(case_of(number).0.wanted, Wanted::EventsAtLeast(_) | Wanted::EventsAtClose(_));
        let [(_, group)] = &alert.group[..] else { panic!("{:?}", alert.group) };
        let fired = Fired { at: seconds(alert.at), count: counts.then_some(alert.count) };
        found.entry((number, group.parse().unwrap())).or_default().push(fired);
    }
    found.values_mut().for_each(|fired| fired.sort());
    found
}

fn compare(
    moments: &[Moment],
    alerts: &[CorrelationAlert],
    report: CorrelatorReport,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(report, CorrelatorReport::default());
    let mut found = found(alerts);
    for ((number, group), expected) in expected(moments) {
        let found = found.remove(&(number, group)).unwrap_or_default();
        let (Case { written, rules, .. }, timespan) = case_of(number);
        prop_assert_eq!(expected, found, "{} of {:?} in {} s", written, rules, timespan);
    }
    prop_assert!(found.is_empty(), "alerts of unknown groups");
    Ok(())
}

/// Delivers moments one by one and moves the watermark along: for each as far as allowed, half as
/// far, not at all, or no word of it.
fn run_watched(
    set: &Arc<RuleSet>,
    moments: &[Moment],
    steps: &[i64],
    behind: i64,
) -> (Vec<CorrelationAlert>, CorrelatorReport) {
    let mut correlator = Correlator::new(Arc::clone(set));
    let mut alerts = Vec::new();
    let mut watermark = -1000;
    for (number, hits) in hits_of(set, moments).into_iter().enumerate() {
        let limit = moments[number..].iter().map(|m| m.at).min().unwrap() - 1;
        watermark += (limit - watermark) * (steps[number] / 2) / 2;
        if steps[number] > 0 {
            correlator.advance(time(watermark), &mut alerts);
        }
        hits.into_iter().for_each(|hit| correlator.observe(hit));
    }
    correlator.advance(time(200 + behind), &mut alerts);
    let report = correlator.finish(&mut alerts);
    (alerts, report)
}

/// When the window of an alert ends, in seconds: with the alert, or a timespan after its start.
fn window_end(alert: &CorrelationAlert) -> i64 {
    let (_, timespan) = case_of(usize::try_from(alert.correlation).unwrap());
    seconds(alert.at).max(seconds(alert.first) + timespan)
}

proptest! {
    #[test]
    fn alerts_are_those_of_the_plain_reading_in_any_order_of_delivery(moments in timeline()) {
        let mut correlator = Correlator::new(Arc::clone(&RULES));
        for hit in hits_of(&RULES, &moments).into_iter().flatten() {
            correlator.observe(hit);
        }
        let mut alerts = Vec::new();
        let report = correlator.finish(&mut alerts);
        compare(&moments, &alerts, report)?;
    }

    #[test]
    fn watermarks_that_pass_nothing_undelivered_change_nothing(
        moments in timeline(),
        steps in vec(0..=4_i64, MOMENTS_MAX),
        behind in 0..100_i64,
    ) {
        let (alerts, report) = run_watched(&RULES, &moments, &steps, behind);
        compare(&moments, &alerts, report)?;
    }

    #[test]
    fn what_ends_by_the_watermark_has_been_told(
        moments in timeline(),
        watermarks in vec(0..250_i64, 1..4),
    ) {
        let hits: Vec<Hit> = hits_of(&RULES, &moments).into_iter().flatten().collect();
        let mut correlator = Correlator::new(Arc::clone(&RULES));
        hits.iter().for_each(|hit| correlator.observe(hit.clone()));
        let mut watermarks = watermarks;
        watermarks.sort_unstable();
        let mut told = Vec::new();
        for watermark in watermarks {
            correlator.advance(time(watermark), &mut told);
            let mut prefix = Correlator::new(Arc::clone(&RULES));
            let until = time(watermark).as_nanos();
            let known = hits.iter().filter(|hit| hit.time_nanos <= until);
            known.for_each(|hit| prefix.observe(hit.clone()));
            let mut expected = Vec::new();
            prefix.finish(&mut expected);
            expected.retain(|alert| window_end(alert) <= watermark);
            prop_assert_eq!(found(&expected), found(&told), "up to {}", watermark);
        }
    }

    #[test]
    fn a_correlation_over_a_correlation_sees_its_alerts(
        moments in timeline(),
        steps in vec(0..=4_i64, MOMENTS_MAX),
        behind in 0..100_i64,
    ) {
        let (alerts_found, report) = run_watched(&CHAIN, &moments, &steps, behind);
        prop_assert_eq!(report, CorrelatorReport::default());
        let mut order: Vec<(usize, &Moment)> = moments.iter().enumerate().collect();
        order.sort_by_key(|(_, moment)| moment.at);
        for group in 0..GROUPS {
            let of_rule = |wanted: usize, input: usize| -> Vec<Seen> {
                let fits = |m: &Moment| m.group == group && m.rules.contains(&wanted);
                let own = order.iter().filter(|(_, m)| fits(m));
                own.map(|(event, m)| Seen { at: m.at, event: *event, input, value: None }).collect()
            };
            let inner = alerts(Wanted::EventsAtLeast(2), 10, &of_rule(0, 0));
            let mut seen = of_rule(1, 1);
            let event = moments.len();
            seen.extend(inner.iter().map(|f| Seen { at: f.at, event, input: 0, value: None }));
            seen.sort_by_key(|seen| seen.at);
            let expected = alerts(Wanted::RulesAtLeast(2), 40, &seen);
            let own = alerts_found
                .iter()
                .filter(|a| a.correlation == 1 && a.group[0].1 == group.to_string());
            let mut found: Vec<Fired> =
                own.map(|alert| Fired { at: seconds(alert.at), count: None }).collect();
            found.sort();
            prop_assert_eq!(expected, found);
        }
    }
}

/// Twice `a` within 10 s, and `b` within 40 s of that.
static CHAIN: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    set_of(
        "---\ntitle: inner\nname: inner\ncorrelation: { rules: [a], group-by: [G], timespan: 10s, \
         type: event_count, condition: { gte: 2 } }\n---\ntitle: outer\ncorrelation: \
         { rules: [inner, b], group-by: [G], timespan: 40s, type: temporal }\n",
    )
});

/// Three times `a` within a minute.
static BURST: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    set_of(
        "---\ntitle: burst\ncorrelation: { rules: [a], group-by: [G], timespan: 60s, \
         type: event_count, condition: { gte: 3 } }\n",
    )
});

/// Hits of `a`: seconds and group.
fn burst_hits(moments: &[(i64, u32)]) -> Vec<Hit> {
    let maker = HitMaker::new(BURST.correlations());
    let hits = |(number, (at, group)): (usize, &(i64, u32))| {
        let mut event = Event::new();
        event.time = Some(time(*at));
        event.push("Number", Scalar::Int(i64::try_from(number).unwrap()));
        event.push("G", Scalar::Int((*group).into()));
        maker.hits(BURST.correlations(), 0, &event).collect::<Vec<_>>()
    };
    moments.iter().enumerate().flat_map(hits).collect()
}

/// Feeds hits of `a` to a correlator that follows at most so many groups.
fn run_burst(
    moments: &[(i64, u32)],
    groups_max: usize,
) -> (Vec<CorrelationAlert>, CorrelatorReport) {
    let mut correlator = Correlator::with_groups_max(Arc::clone(&BURST), groups_max);
    burst_hits(moments).into_iter().for_each(|hit| correlator.observe(hit));
    let mut alerts = Vec::new();
    let report = correlator.finish(&mut alerts);
    (alerts, report)
}

proptest! {
    #[test]
    fn a_flood_of_groups_is_bounded_and_counted(
        groups in 0..60_u32,
        groups_max in 1..30_usize,
        seconds in vec(0..60_i64, 60),
    ) {
        let flood: Vec<(i64, u32)> = seconds.into_iter().zip(0..groups).collect();
        let (alerts, report) = run_burst(&flood, groups_max);
        prop_assert!(alerts.is_empty());
        let surplus = u64::from(groups).saturating_sub(groups_max as u64);
        let tenth = (groups_max as u64 / 10).max(1);
        prop_assert!(report.groups_evicted >= surplus, "{report:?}");
        let most = if surplus == 0 { 0 } else { surplus + tenth };
        prop_assert!(report.groups_evicted <= most, "{report:?}");
        prop_assert_eq!(report.hits_late + report.events_saturated, 0);
    }

    #[test]
    fn groups_whose_time_is_over_give_way_for_free(groups in 0..60_u32, groups_max in 1..30_usize) {
        // Apart so far that, when the bound is met, all but the newest are over.
        let flood: Vec<(i64, u32)> =
            (0..groups).map(|group| (i64::from(group) * 121, group)).collect();
        let (alerts, report) = run_burst(&flood, groups_max);
        prop_assert!(alerts.is_empty());
        prop_assert_eq!(report, CorrelatorReport::default());
    }

    #[test]
    fn a_group_about_to_fire_survives_a_flood_of_single_events(
        victim in vec(0..60_i64, 3..=5),
        flood in vec(0..60_i64, 0..120),
        groups_max in 2..20_usize,
    ) {
        let mut victim = victim;
        victim.sort_unstable();
        // Before its second event the group weighs as little as any of the flood.
        let flood = flood.into_iter().enumerate().filter(|(_, at)| *at > victim[1]);
        let mut moments: Vec<(i64, u32)> =
            flood.map(|(number, at)| (at, u32::try_from(number).unwrap() + 1)).collect();
        moments.extend(victim.iter().map(|at| (*at, 0)));
        let (alerts, _) = run_burst(&moments, groups_max);
        let own: Vec<i64> = alerts.iter().map(|alert| seconds(alert.at)).collect();
        prop_assert_eq!(own.first(), Some(&victim[2]));
        prop_assert!(alerts.iter().all(|alert| alert.group[0].1 == "0"));
    }

    #[test]
    fn an_alert_that_has_fired_survives_any_flood(
        flood in vec(21..60_i64, 0..120),
        groups_max in 1..20_usize,
    ) {
        let mut moments = vec![(0, 0), (10, 0), (20, 0)];
        moments.extend(flood.into_iter().zip(1..));
        let (alerts, _) = run_burst(&moments, groups_max);
        let own: Vec<i64> = alerts.iter().map(|alert| seconds(alert.at)).collect();
        prop_assert_eq!(own, [20]);
    }
}
