//! Live, shuffled within the lateness, replayed, interrupted and starved: the same findings.

use khien_model::Timestamp;
use proptest::prelude::*;

use super::fleet::*;
use crate::engine::{Engine, Snapshot};
use crate::exception::ExceptionError;
use crate::{Bounds, Config, Exception, Finding, Releases, RuntimeRates, Status, TraitKind};

const RAW: &str = "raw.githubusercontent.com";

/// A story with findings of several kinds.
fn story() -> Story {
    let mut story = Story::rollout(UPDATE + 10);
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
    story.ask(UPDATE + 7, 12.0, 3, phone(NEW), RAW);
    story.ask(UPDATE + 7, 12.01, 0, phone(NEW), "akamaitech.example");
    story.write(UPDATE + 7, 12.02, 0, phone(NEW), r"C:\Program Files\Softphone\manifest");
    story.sorted()
}

/// Small again, so that a case takes milliseconds: every third host, from day 10 on.
fn short() -> Vec<khien_model::Event> {
    let mut events = story().events;
    events.retain(|event| {
        let number: u32 = event.host().get(2..4).unwrap().parse().unwrap();
        number.is_multiple_of(3) && event.time.unwrap() >= at(10, 0.0)
    });
    events
}

fn run(events: &[khien_model::Event], config: Config) -> Engine {
    let mut engine = Engine::new(config, RuntimeRates::built_in().unwrap());
    for event in events {
        engine.observe(event, "bank", "", Timestamp::from_nanos(0));
    }
    engine.advance(at(UPDATE + 12, 0.0));
    engine
}

#[test]
fn the_story_has_findings() {
    let findings = run(&short(), Config::default()).findings();
    assert!(
        open(&findings).contains(&(TraitKind::ContactsShared.id(), RAW)),
        "{:?}",
        open(&findings)
    );
    let company = findings[0].evidence.companion.as_ref();
    assert!(company.is_some(), "{:#?}", findings[0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_within_the_lateness_does_not_matter(delays in prop::collection::vec(0_i64..300, 97), turns in prop::collection::vec(any::<bool>(), 31)) {
        let sorted = short();
        let expected = run(&sorted, Config::default());
        let mut shuffled: Vec<_> = sorted.iter().enumerate().map(|(number, event)| {
            let delay = delays[number % delays.len()];
            (event.time.unwrap().saturating_add_seconds(delay), event.clone())
        }).collect();
        shuffled.sort_by_key(|(arrival, _)| *arrival);
        let mut engine = Engine::new(Config::default(), RuntimeRates::built_in().unwrap());
        for (number, (arrival, event)) in shuffled.iter().enumerate() {
            engine.observe(event, "bank", "", *arrival);
            // Live, somebody looks at the clock now and then.
            if turns[number % turns.len()] {
                engine.advance(arrival.saturating_add_seconds(-301));
            }
        }
        engine.advance(at(UPDATE + 12, 0.0));
        prop_assert_eq!(engine.findings(), expected.findings());
        prop_assert_eq!(engine.lineages(), expected.lineages());
        prop_assert_eq!(engine.losses(), expected.losses());
    }

    #[test]
    fn a_restart_changes_nothing(cut in 0_usize..2000) {
        let events = short();
        let expected = run(&events, Config::default());
        let cut = cut.min(events.len());
        let mut engine = Engine::new(Config::default(), RuntimeRates::built_in().unwrap());
        for event in &events[..cut] {
            engine.observe(event, "bank", "", Timestamp::from_nanos(0));
        }
        let stored = serde_json::to_vec(&engine.snapshot()).unwrap();
        let snapshot: Snapshot = serde_json::from_slice(&stored).unwrap();
        let mut engine = Engine::restore(Config::default(), RuntimeRates::built_in().unwrap(), snapshot).unwrap();
        for event in &events[cut..] {
            engine.observe(event, "bank", "", Timestamp::from_nanos(0));
        }
        engine.advance(at(UPDATE + 12, 0.0));
        prop_assert_eq!(engine.findings(), expected.findings());
        prop_assert_eq!(engine.lineages(), expected.lineages());
    }
}

#[test]
fn a_snapshot_of_another_form_is_refused() {
    let mut stored = serde_json::to_value(engine().snapshot()).unwrap();
    stored["form"] = 99.into();
    let snapshot: Snapshot = serde_json::from_value(stored).unwrap();
    let rates = RuntimeRates::built_in().unwrap();
    assert!(Engine::restore(Config::default(), rates, snapshot).is_err());
}

#[test]
fn findings_recompute_and_survive_storage() {
    for finding in run(&short(), Config::default()).findings() {
        assert_eq!(finding.recompute(), finding);
        let stored = serde_json::to_string(&finding).unwrap();
        let again: crate::Finding = serde_json::from_str(&stored).unwrap();
        assert_eq!(again.recompute(), finding);
        let mut forged = finding.clone();
        forged.evidence.contrast.showing += 1;
        forged.evidence.known.once += 50;
        assert_ne!(forged.recompute().score, finding.score);
    }
}

/// Texts are forgotten over and over, and nothing changes.
#[test]
fn few_texts_are_enough() {
    let events = short();
    let bounds = Bounds { texts_max: 700, ..Bounds::default() };
    let mut engine =
        Engine::new(Config { bounds, ..Config::default() }, RuntimeRates::built_in().unwrap());
    let mut noise = Story::default();
    for (number, event) in events.iter().enumerate() {
        engine.observe(event, "bank", "", Timestamp::from_nanos(0));
        noise.events.clear();
        let mut other = event.clone();
        other.set_host(&event.host().replace("pc", "lone"));
        if number.is_multiple_of(3) {
            let name = format!("n{number}.noise.example");
            let ask = [("QueryName", name.as_str()), ("ProcessGuid", "{unknown}")];
            let ask = super::fleet::event(
                event.time.unwrap(),
                "pc00.bank.test",
                khien_model::EventClass::Dns,
                "dns_query",
                &ask,
            );
            engine.observe(&ask, "bank", "", Timestamp::from_nanos(0));
        }
    }
    engine.advance(at(UPDATE + 12, 0.0));
    assert_eq!(engine.findings(), run(&events, Config::default()).findings());
}

/// A number in letters, because paths are kept without their digits.
fn letters(number: u64) -> String {
    number.to_string().bytes().map(|digit| char::from(digit + (b'g' - b'0'))).collect()
}

/// A flood of random programs, hosts and names is bounded, counted, and hides no finding.
#[test]
fn a_flood_is_bounded_and_hides_nothing() {
    let bounds = Bounds {
        lineages_max: 200,
        traits_max: 4000,
        texts_max: 20_000,
        departures_max: 100,
        waiting_max: 1000,
    };
    let mut engine =
        Engine::new(Config { bounds, ..Config::default() }, RuntimeRates::built_in().unwrap());
    let mut seed = 7_u64;
    for event in short() {
        engine.observe(&event, "bank", "", Timestamp::from_nanos(0));
        for _ in 0..10 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let (host, image, name) = (
                format!("h{}", seed % 5003),
                format!("C:\\p\\{}\\{}.exe", letters(seed % 911), letters(seed % 4099)),
                format!("r{seed}.example"),
            );
            let fields = [("Image", image.as_str()), ("QueryName", name.as_str())];
            let ask = super::fleet::event(
                event.time.unwrap(),
                &host,
                khien_model::EventClass::Dns,
                "dns_query",
                &fields,
            );
            engine.observe(&ask, "bank", "", Timestamp::from_nanos(0));
        }
    }
    engine.advance(at(UPDATE + 12, 0.0));
    assert!(engine.lineages().len() <= 200);
    let losses = engine.losses();
    assert!(losses.lineages > 1000, "{losses:?}");
    assert!(open(&engine.findings()).contains(&(TraitKind::ContactsShared.id(), RAW)));
    assert!(engine.memory_bytes() < 40 << 20, "{}", engine.memory_bytes());
}

#[test]
fn what_comes_too_late_is_counted_and_looked_at() {
    let events = short();
    let mut engine = run(&events, Config::default());
    let acts = engine.acts();
    engine.observe(&events[0], "bank", "", Timestamp::from_nanos(0));
    engine.advance(at(UPDATE + 12, 1.0));
    assert_eq!((engine.losses().late, engine.acts()), (1, acts + 1));
}

/// One clock in the next century, one in the last.
#[test]
fn wrong_clocks_stop_nothing() {
    let events = short();
    let expected = run(&events, Config::default());
    let mut engine = engine();
    for (number, event) in events.iter().enumerate() {
        let received = event.time.unwrap();
        let odd = match number {
            400 => Some(at(40_000, 0.0)),
            700 => Some(at(0, 0.0).saturating_add_seconds(-90 * 86_400)),
            _ => None,
        };
        if let Some(time) = odd {
            let fields = [("Image", r"C:\x\y\z.exe"), ("QueryName", "a.example")];
            let odd = super::fleet::event(
                time,
                "pc00.bank.test",
                khien_model::EventClass::Dns,
                "dns_query",
                &fields,
            );
            engine.observe(&odd, "bank", "", received);
        }
        engine.observe(event, "bank", "", received);
    }
    engine.advance(at(UPDATE + 12, 0.0));
    let losses = engine.losses();
    assert_eq!((losses.ahead, losses.too_old, losses.late), (1, 1, 0));
    let ids = |engine: &Engine| engine.findings().into_iter().map(|f| f.id).collect::<Vec<_>>();
    assert_eq!(ids(&engine), ids(&expected));
}

fn exception() -> Exception {
    Exception {
        org: "bank".into(),
        publisher: "vendor".into(),
        product: "softphone".into(),
        folder: String::new(),
        releases: Releases::UpTo(NEW.into()),
        kind: TraitKind::ContactsShared,
        value: RAW.into(),
        reason: "icons of the plug-in".into(),
        owner: "an@bank.test".into(),
        from: at(0, 0.0),
        until: at(UPDATE + 20, 0.0),
    }
}

#[test]
fn an_exception_covers_what_it_names_and_ends() {
    let status = |change: fn(&mut Exception)| {
        let mut engine = run(&short(), Config::default());
        let mut exception = exception();
        change(&mut exception);
        engine.except(exception).unwrap();
        engine
            .findings()
            .into_iter()
            .find(|f| f.evidence.of.kind == TraitKind::ContactsShared)
            .unwrap()
            .status
    };
    assert!(matches!(status(|_| {}), Status::Excepted { .. }));
    assert_eq!(status(|e| e.until = at(UPDATE + 12, 0.0)), Status::Open);
    assert_eq!(status(|e| e.from = at(UPDATE + 13, 0.0)), Status::Open);
    assert_eq!(status(|e| e.releases = Releases::UpTo("18.12.407".into())), Status::Open);
    assert_eq!(status(|e| e.releases = Releases::Only("18.12.500".into())), Status::Open);
    assert_eq!(status(|e| e.releases = Releases::Since("18.12.500".into())), Status::Open);
    assert!(matches!(
        status(|e| e.releases = Releases::Since("18.12.407".into())),
        Status::Excepted { .. }
    ));
    assert_eq!(status(|e| e.value = "gist.github.com".into()), Status::Open);
    assert_eq!(status(|e| e.org = "other".into()), Status::Open);
    // Another product of that name, whose maker nobody says.
    assert_eq!(status(|e| e.folder = r"c:\tools\softphone".into()), Status::Open);
}

/// Who asks of last year's events asks today.
#[test]
fn an_exception_holds_by_the_clock_of_whoever_asks() {
    let mut engine = run(&short(), Config::default());
    let later = at(UPDATE + 300, 0.0);
    let until = at(UPDATE + 310, 0.0);
    engine.except(Exception { from: later, until, ..exception() }).unwrap();
    let status = |findings: Vec<Finding>| {
        findings
            .into_iter()
            .find(|f| f.evidence.of.kind == TraitKind::ContactsShared)
            .unwrap()
            .status
    };
    assert_eq!(status(engine.findings()), Status::Open);
    assert!(matches!(status(engine.findings_at(later)), Status::Excepted { .. }));
    assert_eq!(status(engine.findings_at(until)), Status::Open);
}

#[test]
fn an_exception_that_is_too_wide_or_endless_is_refused() {
    let refused = |change: fn(&mut Exception)| {
        let mut exception = exception();
        change(&mut exception);
        engine().except(exception)
    };
    assert_eq!(refused(|_| {}), Ok(()));
    assert_eq!(refused(|e| e.product = "*".into()), Err(ExceptionError::TooWide));
    assert_eq!(refused(|e| e.product = String::new()), Err(ExceptionError::TooWide));
    assert_eq!(refused(|e| e.value = String::new()), Err(ExceptionError::TooWide));
    assert_eq!(refused(|e| e.reason = " ".into()), Err(ExceptionError::TooWide));
    assert_eq!(refused(|e| e.until = e.from), Err(ExceptionError::Time));
    assert_eq!(refused(|e| e.until = at(400, 0.0)), Err(ExceptionError::Time));
    assert_eq!(refused(|e| e.kind = TraitKind::SignatureLost), Err(ExceptionError::Kind));
}
