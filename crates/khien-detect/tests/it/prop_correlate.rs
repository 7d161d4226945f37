//! Correlations against a plain reading of the same timeline; order of delivery, watermarks, bounds.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use khien_detect::correlate::{
    CorrelationAlert, Correlator, CorrelatorReport, Hit, HitMaker,
};
use khien_detect::sigma::RuleSet;
use khien_model::{Event, Scalar, Timestamp};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::reference::timeline::{Fired, Seen, Wanted, alerts};
use crate::support::load;

const EPOCH: i64 = 1_700_000_000;

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
const CASES: [Case; 19] = [
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
        Wanted::Without(
            |seen| seen.contains(&0) && seen.contains(&1),
            |seen| seen.contains(&2),
        ),
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
    let mut text = base_rules();
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
    let set = load(&text, Default::default());
    assert!(set.problems().is_empty(), "{:?}", set.problems());
    assert_eq!(set.correlations().len(), CASES.len() * TIMESPANS.len());
    Arc::new(set)
});

fn base_rules() -> String {
    ["a", "b", "c"].map(|name| {
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
    let moment = (at, 0..3_u8, kinds, weighted(0.8, 0..3_u8))
        .prop_map(|(at, group, rules, value)| Moment { at, group, rules, value });
    vec(moment, 0..40)
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

/// Alerts by correlation and group.
type Found = BTreeMap<(usize, String), Vec<Fired>>;

/// What the plain reading finds.
fn expected(moments: &[Moment]) -> Found {
    let mut found = Found::new();
    let mut order: Vec<(usize, &Moment)> = moments.iter().enumerate().collect();
    order.sort_by_key(|(_, moment)| moment.at);
    for (number, case) in CASES.iter().enumerate() {
        for (place, timespan) in TIMESPANS.iter().enumerate() {
            for group in 0..3 {
                let mut seen = Vec::new();
                for (event, moment) in order.iter().filter(|(_, moment)| moment.group == group) {
                    for rule in &moment.rules {
                        let input = case.rules.iter().position(|own| own == rule);
                        let (at, event, value) = (moment.at, *event, moment.value);
                        seen.extend(input.map(|input| Seen { at, event, input, value }));
                    }
                }
                let fired = alerts(case.wanted, *timespan, &seen);
                if !fired.is_empty() {
                    found.insert((number * TIMESPANS.len() + place, group.to_string()), fired);
                }
            }
        }
    }
    found
}

/// What the correlator says, in the same form.
fn found(alerts: &[CorrelationAlert]) -> Found {
    let mut found = Found::new();
    for alert in alerts {
        let number = usize::try_from(alert.correlation).unwrap();
        let counts = matches!(
            CASES[number / TIMESPANS.len()].wanted,
            Wanted::EventsAtLeast(_) | Wanted::EventsAtClose(_)
        );
        let [(_, group)] = &alert.group[..] else { panic!("{:?}", alert.group) };
        let at = alert.at.nanos_since(time(0)) / 1_000_000_000;
        let fired = Fired { at, count: counts.then_some(alert.count) };
        found.entry((number, group.clone())).or_default().push(fired);
    }
    found.values_mut().for_each(|fired| fired.sort());
    found
}

fn check(
    moments: &[Moment],
    alerts: &[CorrelationAlert],
    report: CorrelatorReport,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(report, CorrelatorReport::default());
    let (expected, found) = (expected(moments), found(alerts));
    for (number, case) in (0..CASES.len() * TIMESPANS.len()).map(|n| (n, &CASES[n / TIMESPANS.len()])) {
        let of = |all: &Found| -> Vec<(String, Vec<Fired>)> {
            all.iter()
                .filter(|((own, _), _)| *own == number)
                .map(|((_, group), fired)| (group.clone(), fired.clone()))
                .collect()
        };
        let timespan = TIMESPANS[number % TIMESPANS.len()];
        prop_assert_eq!(of(&expected), of(&found), "{} of {:?} in {} s, {:?}", case.written, case.rules, timespan, moments);
    }
    Ok(())
}

proptest! {
    #[test]
    fn alerts_are_those_of_the_plain_reading(moments in timeline()) {
        let mut correlator = Correlator::new(Arc::clone(&RULES));
        for hit in hits_of(&RULES, &moments).into_iter().flatten() {
            correlator.observe(hit);
        }
        let mut alerts = Vec::new();
        let report = correlator.finish(&mut alerts);
        check(&moments, &alerts, report)?;
    }

    #[test]
    fn watermarks_that_pass_nothing_undelivered_change_nothing(
        moments in timeline(),
        steps in vec(0..=4_i64, 40),
        behind in 0..100_i64,
    ) {
        let mut correlator = Correlator::new(Arc::clone(&RULES));
        let mut alerts = Vec::new();
        let mut watermark = -1000;
        for (number, hits) in hits_of(&RULES, &moments).into_iter().enumerate() {
            // As far as allowed, half as far, or not at all.
            let limit = moments[number..].iter().map(|m| m.at).min().unwrap() - 1;
            watermark += (limit - watermark) * (steps[number] / 2) / 2;
            if steps[number] > 0 {
                correlator.advance(time(watermark), &mut alerts);
            }
            hits.into_iter().for_each(|hit| correlator.observe(hit));
        }
        correlator.advance(time(200 + behind), &mut alerts);
        let report = correlator.finish(&mut alerts);
        check(&moments, &alerts, report)?;
    }
}
#[test]
fn survey() {
    use proptest::test_runner::{TestRunner, Config};
    for number in 0..CASES.len() * TIMESPANS.len() {
        let mut runner = TestRunner::new(Config { failure_persistence: None, cases: 400, ..Config::default() });
        let r = runner.run(&timeline(), |moments| {
            let mut correlator = Correlator::new(Arc::clone(&RULES));
            for hit in hits_of(&RULES, &moments).into_iter().flatten() { correlator.observe(hit); }
            let mut alerts = Vec::new();
            correlator.finish(&mut alerts);
            let (e, f) = (expected(&moments), found(&alerts));
            for g in 0..3 {
                let k = (number, format!("{g}"));
                prop_assert_eq!(e.get(&k), f.get(&k));
            }
            Ok(())
        });
        let case = &CASES[number / 2];
        match r { Ok(()) => eprintln!("OK   {} {:?} {}s", case.written, case.rules, TIMESPANS[number%2]),
          Err(proptest::test_runner::TestError::Fail(why, m)) => {
            let ms: Vec<_> = m.iter().map(|m| format!("{}@{} g{} v{:?}", m.rules.iter().map(|r| ["a","b","c"][*r]).collect::<String>(), m.at, m.group, m.value)).collect();
            eprintln!("FAIL {} {:?} {}s: {ms:?}\n    {}", case.written, case.rules, TIMESPANS[number%2], why.to_string().replace('\n'," ").split("at crates").next().unwrap()) }
          Err(o) => eprintln!("{o}") }
    }
}
#[test]
fn explore() {
    let text = format!("{}---\ntitle: many\nname: many\ncorrelation: {{ rules: [a], group-by: [G], timespan: 10s, type: event_count, condition: {{ gte: 2 }} }}\n---\ntitle: outer\ncorrelation: {{ rules: [many, b], group-by: [G], timespan: 40s, type: temporal_ordered }}\n---\ntitle: abs\ncorrelation: {{ rules: [a, b], group-by: [G], timespan: 10s, type: temporal, condition: a and not b }}\n", base_rules());
    let set = Arc::new(load(&text, Default::default()));
    assert!(set.problems().is_empty(), "{:?}", set.problems());
    let m = |at, rule| Moment { at, group: 0, rules: vec![rule], value: None };
    let moments = [m(0, 0), m(1, 0), m(20, 1)];
    for step in [false, true] {
        let mut c = Correlator::new(Arc::clone(&set));
        let mut alerts = Vec::new();
        for (hits, mo) in hits_of(&set, &moments).into_iter().zip(&moments) {
            if step { c.advance(time(mo.at - 1), &mut alerts); eprintln!("before {}: {}", mo.at, alerts.len()); }
            hits.into_iter().for_each(|h| c.observe(h));
        }
        if step { c.advance(time(1000), &mut alerts); eprintln!("after 1000: {}", alerts.len()); }
        let report = c.finish(&mut alerts);
        for a in &alerts { eprintln!("  {} at {}", set.correlations()[a.correlation as usize].title.as_raw(), a.at.nanos_since(time(0)) / 1_000_000_000); }
        eprintln!("{step} {report:?}");
    }
}
