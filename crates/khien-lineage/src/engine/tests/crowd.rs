//! What only sensors on the network saw.

use std::sync::Arc;

use khien_model::{EventClass, LogSource, Timestamp};
use proptest::prelude::*;

use super::fleet::*;
use crate::engine::{Engine, Snapshot};
use crate::{Basis, Config, Finding, RuntimeRates, TraitKind};

const NOBODY: &[(&str, &str)] = &[];
const BORROWED: &str = "officestoragebox.com";
const JA4: &str = "t13d1516h2_8daaf6152771_02713d6af862";
/// Days of an office of which endpoints tell nothing.
const DAYS: u32 = 30;
const HOSTS_INSIDE: u32 = 60;

/// One record of Zeek's, of a host inside.
fn record(
    story: &mut Story,
    (day, hour): (u32, f64),
    source: &str,
    log: &str,
    more: &[(&str, &str)],
) {
    let class = if log == "dns" { EventClass::Dns } else { EventClass::Network };
    let own = [("id.orig_h", source), ("id.orig_p", "50123"), ("proto", "tcp")];
    let mut record = event(at(day, hour), "", class, "", &[&own[..], more].concat());
    record.set_host(source);
    record.source = Arc::new(LogSource::new(Some("zeek"), Some(log), &[]));
    story.events.push(record);
}

fn inside(on: u32) -> String {
    format!("10.3.0.{}", 10 + on)
}

fn asks(story: &mut Story, when: (u32, f64), on: u32, name: &str, answer: &str) {
    let fields =
        [("query", name), ("answers", answer), ("id.resp_h", "10.3.0.1"), ("id.resp_p", "53")];
    record(story, when, &inside(on), "dns", &fields);
}

fn handshake(story: &mut Story, when: (u32, f64), on: u32, name: &str, ja4: &str) {
    let fields =
        [("id.resp_h", "192.0.2.9"), ("id.resp_p", "443"), ("server_name", name), ("ja4", ja4)];
    record(story, when, &inside(on), "ssl", &fields);
}

fn flow(story: &mut Story, when: (u32, f64), on: u32, address: &str) {
    let fields = [("id.resp_h", address), ("id.resp_p", "443"), ("orig_bytes", "900")];
    record(story, when, &inside(on), "conn", &fields);
}

/// Hosts that go to the same places every day.
fn office() -> Story {
    let mut story = Story::default();
    for day in 0..DAYS {
        for on in 0..HOSTS_INSIDE {
            let hour = 8.0 + f64::from(on) / 30.0;
            asks(&mut story, (day, hour), on, "www.news.example", "192.0.2.40");
            handshake(&mut story, (day, hour + 0.01), on, "www.news.example", JA4);
            asks(&mut story, (day, hour + 0.02), on, "daemon-tools.cc", "192.0.2.41");
            flow(&mut story, (day, hour + 0.03), on, "192.0.2.40");
        }
    }
    story
}

/// What is found when something happens on the last day but one.
fn found(more: impl FnOnce(&mut Story)) -> Vec<Finding> {
    let mut story = office();
    more(&mut story);
    story.findings()
}

#[test]
fn a_borrowed_name_that_nobody_ever_went_to_is_told() {
    let told = found(|story| handshake(story, (DAYS - 2, 12.0), 3, BORROWED, JA4));
    assert_eq!(open(&told), [(TraitKind::ContactsBorrowedName.id(), BORROWED)]);
    let finding = &told[0];
    assert_eq!(finding.basis, Basis::Network);
    assert_eq!(finding.lineage.product.as_raw(), format!("tls {JA4}"));
    assert_eq!(finding.evidence.sightings[0].host.as_raw(), inside(3));
    assert_eq!(finding.sentence().id, "lineage.says.network");
    assert_eq!(finding.recompute(), *finding);
    // Any other new name, however new: somebody has a new release or a new wish every day.
    for name in ["www.other.example", "raw.githubusercontent.com"] {
        assert_eq!(open(&found(|story| handshake(story, (DAYS - 2, 12.0), 3, name, JA4))), NOBODY);
    }
    // The same on the third day, while everything is learnt.
    assert_eq!(open(&found(|story| handshake(story, (2, 12.0), 3, BORROWED, JA4))), NOBODY);
}

#[test]
fn an_imitation_is_found_among_what_everybody_goes_to() {
    let ask = |name: &'static str| {
        found(move |story| asks(story, (DAYS - 2, 12.0), 3, name, "192.0.2.77"))
    };
    let told = ask("env-check.daemontools.cc");
    assert_eq!(open(&told), [(TraitKind::ContactsLookAlike.id(), "daemontools.cc")]);
    assert_eq!(open(&ask("www.damontolls.cc")), NOBODY);
}

#[test]
fn an_address_without_a_name_is_told_where_names_are_heard() {
    let told = found(|story| flow(story, (DAYS - 2, 12.0), 3, "198.51.100.7"));
    assert_eq!(open(&told), [(TraitKind::ContactsAddress.id(), "198.51.100.7")]);
    let named = found(|story| {
        asks(story, (DAYS - 3, 12.0), 5, "cdn.news.example", "198.51.100.7");
        flow(story, (DAYS - 2, 12.0), 3, "198.51.100.7");
    });
    assert_eq!(open(&named), NOBODY);
}

#[test]
fn strangers_and_what_an_endpoint_tells_of_are_none_of_the_crowd() {
    // From outside to inside.
    let stranger = found(|story| {
        let fields = [("id.resp_h", "10.3.0.12"), ("id.resp_p", "443"), ("server_name", BORROWED)];
        record(story, (DAYS - 2, 12.0), "198.51.100.9", "ssl", &fields);
    });
    assert_eq!(open(&stranger), NOBODY);
    // An endpoint says whose connection it was, eight minutes later.
    let claimed = found(|story| {
        handshake(story, (DAYS - 2, 12.0), 3, BORROWED, JA4);
        story.start(DAYS - 2, 11.0, 3, phone(NEW));
        let fields = [
            ("SourceIp", "10.3.0.13"),
            ("SourcePort", "50123"),
            ("DestinationIp", "192.0.2.9"),
            ("DestinationPort", "443"),
            ("Protocol", "tcp"),
            ("Initiated", "true"),
        ];
        let (class, category) = (EventClass::Network, "network_connection");
        story.act(DAYS - 2, 12.13, 3, phone(NEW), class, category, &fields);
    });
    assert!(claimed.iter().all(|finding| finding.basis != Basis::Network), "{claimed:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Connections that wait for an endpoint survive a restart, and the order within the lateness is of no account.
    #[test]
    fn what_waits_is_the_same_live_and_replayed(
        cut in 0_usize..7200,
        delays in prop::collection::vec(0_i64..300, 53),
    ) {
        let mut story = office();
        handshake(&mut story, (DAYS - 2, 12.0), 3, BORROWED, JA4);
        flow(&mut story, (DAYS - 2, 12.001), 3, "192.0.2.9");
        flow(&mut story, (DAYS - 2, 13.0), 5, "198.51.100.7");
        let events = story.sorted().events;
        let rates = || RuntimeRates::built_in().unwrap();
        let end = at(DAYS, 0.0);
        let mut expected = Engine::new(Config::default(), rates());
        for event in &events {
            expected.observe(event, "bank", "", Timestamp::from_nanos(0));
        }
        expected.advance(end);
        prop_assert_eq!(expected.findings().len(), 2);

        let mut late: Vec<_> = (0..).zip(&events).map(|(number, event)| {
            let delay = delays[number % delays.len()];
            (event.time.unwrap().saturating_add_seconds(delay), event)
        }).collect();
        late.sort_by_key(|(arrival, _)| *arrival);
        let mut engine = Engine::new(Config::default(), rates());
        for (number, (arrival, event)) in late.iter().enumerate() {
            engine.observe(event, "bank", "", *arrival);
            if number == cut.min(late.len() - 1) {
                let stored = serde_json::to_vec(&engine.snapshot()).unwrap();
                let snapshot: Snapshot = serde_json::from_slice(&stored).unwrap();
                engine = Engine::restore(Config::default(), rates(), snapshot).unwrap();
            }
        }
        engine.advance(end);
        prop_assert_eq!(engine.findings(), expected.findings());
        prop_assert_eq!(engine.lineages(), expected.lineages());
    }
}
