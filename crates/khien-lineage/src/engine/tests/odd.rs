//! What outsiders and careless logs write: versions that are none, floods of versions, hosts in several
//! spellings, products without a maker, things that happen in one moment.

use khien_model::{EventClass, Timestamp};

use super::fleet::*;
use crate::{Config, Engine, RuntimeRates, TraitKind};

const RAW: &str = "raw.githubusercontent.com";

fn engine_of(story: &Story, config: Config) -> Engine {
    let mut engine = Engine::new(config, RuntimeRates::built_in().unwrap());
    for event in &story.events {
        engine.observe(event, "bank", "", Timestamp::from_nanos(0));
    }
    engine.advance(at(UPDATE + 12, 0.0));
    engine
}

/// One start of a build whose version is a word must not blind the comparison of all others.
#[test]
fn a_version_that_is_a_word_hides_nothing() {
    for (day, word) in [(2, "nightly"), (UPDATE + 1, "nightly"), (UPDATE + 6, "0f3c9ab")] {
        let mut story = Story::rollout(UPDATE + 9);
        story.start(day, 11.0, 50, phone(word));
        story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
        let findings = story.sorted().findings();
        assert_eq!(open(&findings), [(TraitKind::ContactsShared.id(), RAW)], "{word}");
        assert_eq!(findings[0].version.as_raw(), NEW);
    }
}

#[test]
fn releases_are_listed_by_version_and_words_after_what_was_the_latest() {
    let mut story = Story::default();
    let versions = ["2.0", "nightly", "1.0", "3.0", "2.5", "weekly"];
    for (day, version) in (0_u32..).zip(versions) {
        story.start(day, 9.0, day, phone(version));
    }
    let lineages = engine_of(&story, Config::default()).lineages();
    let phone = lineages.iter().find(|l| l.name.product.as_raw() == "softphone").unwrap();
    let listed: Vec<&str> = phone.releases.iter().map(|release| release.version.as_raw()).collect();
    assert_eq!(listed, ["1.0", "2.0", "nightly", "2.5", "3.0", "weekly"]);
}

/// Anybody who can start a program can give it a new version each time.
#[test]
fn a_flood_of_versions_is_bounded_and_said() {
    let mut story = Story::default();
    for number in 0..6000_u32 {
        let version = format!("1.{number}");
        let hour = f64::from(number % 2000) / 100.0;
        story.start(number / 2000, hour, number % 7, phone(&version));
    }
    let engine = engine_of(&story, Config::default());
    let lineages = engine.lineages();
    let phone = lineages.iter().find(|l| l.name.product.as_raw() == "softphone").unwrap();
    assert_eq!(phone.releases.len(), 4097);
    assert_eq!(engine.losses().releases, 6000 - 4096);
}

#[test]
fn a_host_in_capitals_is_the_same_host() {
    let mut story = Story::rollout(UPDATE + 8);
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
    let mut story = story.sorted();
    let expected = engine_of(&story, Config::default()).findings();
    for (number, event) in story.events.iter_mut().enumerate().skip(1000) {
        if number % 2 == 0 {
            let name = event.host().to_uppercase();
            event.set_host(&name);
        }
    }
    let findings = engine_of(&story, Config::default()).findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].evidence.contrast, expected[0].evidence.contrast);
    assert_eq!(findings[0].evidence.sightings, expected[0].evidence.sightings);
}

/// Without a maker only the folder tells two products of one name apart.
#[test]
fn products_of_one_name_in_two_folders_are_told_apart() {
    let tool = |version, image| App { company: "", product: "Tool", version, image };
    let images = [r"C:\Program Files\One\tool.exe", r"C:\Program Files\Two\tool.exe"];
    let mut story = Story::rollout(UPDATE + 9);
    for (image, on) in images.into_iter().zip([0_u32, 20]) {
        for day in 0..UPDATE + 9 {
            for host in on..on + 6 {
                let version = if day >= UPDATE && host == on { "2.0" } else { "1.0" };
                story.start(day, 9.0, host, tool(version, image));
            }
        }
        story.ask(UPDATE + 7, 12.0, on, tool("2.0", image), RAW);
    }
    let engine = engine_of(&story.sorted(), Config::default());
    let of_tool: Vec<_> =
        engine.findings().into_iter().filter(|f| f.lineage.product.as_raw() == "tool").collect();
    assert_eq!(of_tool.len(), 2);
    assert_ne!(of_tool[0].id, of_tool[1].id);
    assert_ne!(of_tool[0].lineage, of_tool[1].lineage);
    for lineage in engine.lineages().iter().filter(|l| l.name.product.as_raw() == "tool") {
        let findings: usize = lineage.releases.iter().map(|release| release.findings.len()).sum();
        assert_eq!(findings, 1, "{:?}", lineage.name);
    }
}

/// A replay hands over what happened in one moment in the order of rows, a live stream in that of
/// arrival.
#[test]
fn the_order_within_one_moment_does_not_matter() {
    let config = Config { lateness_s: 1, ..Config::default() };
    let mut story = Story::rollout(UPDATE + 9);
    let names = ["a.test-one.example", "b.test-two.example", "c.test-three.example"];
    for name in names {
        story.ask(UPDATE + 7, 12.0, 0, phone(NEW), name);
        let fields = [("DestinationIp", "192.0.2.9"), ("DestinationPort", "443")];
        story.act(
            UPDATE + 7,
            12.0,
            0,
            phone(NEW),
            EventClass::Network,
            "network_connection",
            &fields,
        );
    }
    let story = story.sorted();
    let mut turned = Story { events: story.events.clone() };
    turned.events.reverse();
    turned.events.sort_by_key(|event| event.time);
    let expected = engine_of(&story, Config::default());
    for story in [&story, &turned] {
        let engine = engine_of(story, config);
        assert_eq!(engine.lineages(), expected.lineages());
        assert_eq!(engine.findings(), expected.findings());
    }
}

/// A program that rests for days looks new where the logs begin; nobody knows how old it is.
#[test]
fn an_age_is_known_only_where_somebody_watched_long_enough() {
    let age = |first_day: u32| {
        let mut story = Story::default();
        story.start(0, 8.0, 1, App { product: "Other", ..phone("5.0") });
        story.start(first_day, 9.0, 1, phone(NEW));
        story.start(first_day + 2, 9.0, 1, phone(NEW));
        let mut engine = engine();
        story.tell(&mut engine);
        let lineages = engine.lineages();
        let phone = lineages.iter().find(|l| l.name.product.as_raw() == "softphone").unwrap();
        phone.releases[0].hosts[0].age_hours
    };
    assert_eq!((age(2), age(16)), (None, Some(48)));
}
